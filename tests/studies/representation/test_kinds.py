"""Categories that separate a mixed sample, scored without what they could have learned from."""

from functools import cache
from typing import Any

import numpy as np
import pytest
from sklearn.metrics import accuracy_score

import eventspace as es
from eventspace.base.work import Work
from eventspace.report.representation import figures
from eventspace.statistics.fraction import fraction
from eventspace.studies.registry import study
from eventspace.studies.representation.kinds import BASELINES, by_distances, kinds_of, purity
from eventspace.studies.representation.representation import RepresentationConfig
from eventspace.studies.study import Result

HOW = {"threads": 1, "show_progress": False}
CENTRES = np.array([[0.0, 0.0], [9.0, 0.0], [0.0, 9.0]])


def blobs(n: int, seed: int, *, labelled: bool = True) -> es.Points:
    """Three far clumps, as a merged file has them: one after the other."""
    rng = np.random.default_rng(seed)
    kind = np.sort(rng.integers(0, 3, n))
    labels = {"label": np.array(["a", "b", "c"])[kind]} if labelled else {}
    return es.Points(values=CENTRES[kind] + 0.5 * rng.normal(size=(n, 2)), per_event=labels)


def jets(n: int, prongs: int, seed: int) -> es.ParticleClouds:
    """Jets of one hard particle, or of two that are apart."""
    rng = np.random.default_rng(seed)
    events = []
    for _ in range(n):
        angle = rng.uniform(0, 2 * np.pi)
        place = 0.3 * np.array([np.cos(angle), np.sin(angle)])
        hard = [(5.0, *place), (5.0, *-place)] if prongs == 2 else [(10.0, 0.0, 0.0)]
        events.append([*hard, *np.column_stack([np.full(3, 0.2), rng.normal(0, 0.2, (3, 2))]).tolist()])
    return es.ParticleClouds.from_lists(events, per_event={"label": np.full(n, f"{prongs} prongs")})


def ask(events: es.Points, **options: Any) -> Result:
    usual = {"latent": ("C3 x R1",), "beta": (0.6, 1.2), "repetitions": 1, "steps": 2, "batch": 16, "width": 8}
    work = Work(device="cpu", threads=1, show_progress=False)
    return study("representation").ask({"sample": events}, RepresentationConfig(**(usual | options)), work)


@cache
def usual(labelled: bool) -> Result:
    """The usual options, asked once of events with labels and once of events without."""
    return ask(blobs(300, 1, labelled=labelled))


def test_purity_is_the_accuracy_of_the_best_names_and_its_interval_is_exact() -> None:
    rng = np.random.default_rng(1)
    kinds = np.array(["qcd", "top", "w"])[rng.integers(0, 3, 2000)]
    clusters = np.array([{"qcd": 2, "top": 0, "w": 1}[kind] for kind in kinds])
    wrong = rng.random(2000) < 0.2
    clusters[wrong] = rng.integers(0, 3, int(wrong.sum()))
    found = purity([clusters], kinds, 0.95)
    named = np.array(["top", "w", "qcd"])[clusters[1::2]]
    right = round(accuracy_score(kinds[1::2], named, normalize=False))
    assert found == fraction(right, 1000, 0.95)


@pytest.mark.parametrize("clusters", [3, 40])
def test_clusters_that_know_nothing_have_no_more_than_the_purity_of_one_cluster(clusters: int) -> None:
    """Also many small ones, whose names would fit events of their own by chance."""
    rng = np.random.default_rng(2)
    kinds = np.where(rng.random(4000) < 0.6, "qcd", "w")
    found = purity([rng.integers(0, clusters, 4000)], kinds, 0.95)
    alone = purity([np.zeros(4000, np.int64)], kinds, 0.95)
    assert alone.value == pytest.approx(0.6, abs=0.03)
    assert alone.value - 0.06 < found.value < alone.value + 0.03


def test_the_interval_holds_those_of_all_clusterings() -> None:
    kinds = np.array(["a", "a", "b", "b"] * 50)
    right, useless = np.array([1, 1, 0, 0] * 50), np.zeros(200, np.int64)
    both = purity([right, useless], kinds, 0.95)
    assert both.value == pytest.approx((1 + 0.5) / 2)
    assert both.low == purity([useless], kinds, 0.95).low
    assert both.high == purity([right], kinds, 0.95).high


def test_a_cluster_that_none_of_the_events_it_is_named_by_has_counts_as_wrong() -> None:
    kinds = np.array(["a", "b"] * 20)  # every event that names is an a
    clusters = np.array([0, 1] * 20)
    assert purity([clusters], kinds, 0.95).value == 0


def test_far_clumps_are_found_without_a_network() -> None:
    training, test = blobs(200, 1), blobs(120, 2)
    found = by_distances(training, test, 3, 2, seed=1, most=150, how=HOW)
    assert set(found) == set(BASELINES)
    for clusters in found.values():
        assert clusters.shape == (2, 120)
        assert purity(list(clusters), np.array(test.labels), 0.95).value == 1
    again = by_distances(training, test, 3, 2, seed=1, most=150, how=HOW)
    assert all((again[name] == found[name]).all() for name in found)


def test_jets_of_one_prong_and_of_two_in_any_direction_are_found_without_a_network() -> None:
    training, test = es.concatenate([jets(40, 1, 1), jets(40, 2, 2)]), es.concatenate([jets(30, 1, 3), jets(30, 2, 4)])
    found = by_distances(training, test, 2, 1, seed=1, most=80, how=HOW)
    for clusters in found.values():
        assert purity([clusters[0]], np.array(test.labels), 0.95).value == 1


@pytest.mark.slow
def test_the_study_gives_purities_where_there_are_categories_and_labels() -> None:
    result = ask(blobs(300, 1), repetitions=2)
    names = {name for name in result.numbers if name.startswith("purity.")}
    assert names == {
        "purity.beta0.6.up",
        "purity.beta1.2.up",
        "purity.beta0.6.down",
        *(f"purity.{name}" for name in (*BASELINES, "none")),
    }
    assert result.numbers["purity.k-medoids"].value == result.numbers["purity.k-means"].value == 1
    assert "without having seen a label" in result.answer
    assert result.arrays["C3 x R1.kinds"].tolist() == ["a", "b", "c"]
    table = result.arrays["C3 x R1.kinds.category"]
    assert table.shape == (2, 3, 3)
    assert np.allclose(table.sum(axis=2), 1)
    assert "kinds" in [picture.name for picture in figures(result)]


@pytest.mark.parametrize(("labelled", "latent"), [(False, "C3 x R1"), (True, "R2")])
def test_without_labels_or_without_categories_there_are_none(labelled: bool, latent: str) -> None:
    result = usual(labelled) if latent == "C3 x R1" else ask(blobs(300, 1, labelled=labelled), latent=(latent,))
    assert not [name for name in result.numbers if name.startswith("purity.")]
    assert "label" not in result.answer


def test_labels_change_nothing_that_is_learned() -> None:
    with_, without = usual(True), usual(False)
    for name, number in without.numbers.items():
        assert with_.numbers[name] == number


@pytest.mark.slow
def test_categories_find_far_clumps() -> None:
    result = ask(blobs(1500, 1), beta=(0.5, 1.0, 2.0), steps=150, batch=64, repetitions=1, directions=("up",))
    assert result.numbers["purity.beta1.up"].value > 0.95
    assert result.numbers["latents.beta1.up"].value >= 1


def test_one_label_is_no_mixture() -> None:
    some = blobs(50, 1)
    assert kinds_of(some[np.array(some.labels) == "a"]) is None
    assert kinds_of(blobs(50, 1, labelled=False)) is None
    assert set(np.unique(kinds_of(some))) == {"a", "b", "c"}  # type: ignore[arg-type]


def test_more_categories_than_events_to_cluster_are_refused_before_any_training() -> None:
    with pytest.raises(es.InputError, match="50 events are too few to find 60 clusters among"):
        ask(blobs(300, 1), latent=("C60",), compared=50, steps=10**9)


@pytest.mark.slow
@pytest.mark.parametrize("beta", [(0.6,), (0.6, 1.2)])
def test_figures_of_many_categories_are_drawn(beta: tuple[float, ...]) -> None:
    result = ask(blobs(300, 1), latent=("C40",), beta=beta, directions=("up",))
    assert "kinds" in [picture.name for picture in figures(result)]
