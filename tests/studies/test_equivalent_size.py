"""The equivalent size of samples for which the fractions in the bins are known in closed form."""

from typing import Any

import numpy as np
import pytest
from scipy.stats import norm

import eventspace as es
from eventspace.base.work import Work
from eventspace.events.base import Events
from eventspace.studies.equivalent_size import EquivalentSizeConfig
from eventspace.studies.registry import study
from eventspace.studies.study import Result


def run(holdout: Events, training: Events, generated: Events, config: EquivalentSizeConfig, **how: Any) -> Result:
    """The study, asked of these events."""
    return study("equivalent-size").ask(
        {"holdout": holdout, "training": training, "generated": generated}, config, Work(**how)
    )


def normal(n: int, width: float, seed: int) -> es.Points:
    return es.Points(values=np.random.default_rng(seed).normal(0, width, size=(n, 2)))


def size_of_width(width: float, parts: tuple[int, int]) -> float:
    """The equivalent size of unlimited points that are too wide by this factor, in parts[0] x parts[1] bins."""
    fractions = [np.diff(norm.cdf(norm.ppf(np.linspace(0, 1, n + 1)) / width)) for n in parts]
    bins = parts[0] * parts[1]
    return (1 / bins) * (1 - 1 / bins) / float(np.mean((np.outer(*fractions) - 1 / bins) ** 2))


@pytest.mark.parametrize(("bins", "parts"), [(25, (5, 5)), (35, (7, 5))])
def test_equivalent_size_of_a_wrong_width_is_the_closed_form(bins: int, parts: tuple[int, int]) -> None:
    config = EquivalentSizeConfig(quantiles=(bins,), level=0.999)
    result = run(normal(400_000, 1.0, 1), normal(500, 1.0, 2), normal(400_000, 1.2, 3), config)
    found, truth = result.numbers[f"equivalent.source.q{bins}"], size_of_width(1.2, parts)
    assert found.low < truth < found.high
    assert found.value == pytest.approx(truth, rel=0.2)
    assert result.numbers[f"amplification.source.q{bins}"].value == pytest.approx(found.value / 500)


def test_what_no_bin_shows_has_a_limit_only() -> None:
    # Both features are cut at zero, where a wrong width does not show.
    config = EquivalentSizeConfig(quantiles=(4,), level=0.99)
    found = run(normal(40_000, 1.0, 1), normal(500, 1.0, 2), normal(40_000, 1.2, 3), config).numbers[
        "equivalent.source.q4"
    ]
    assert found.high is None
    assert found.value > 2000


def test_true_events_are_equivalent_to_their_number_however_small_the_holdout() -> None:
    for holdout in (500, 5000):
        numbers = run(
            normal(holdout, 1.0, 4), normal(1000, 1.0, 5), normal(2000, 1.0, 6), EquivalentSizeConfig()
        ).numbers
        for bins in (10, 20, 50):
            for name, events in (("training", 1000), ("generated", 2000)):
                assert numbers[f"equivalent.{name}.q{bins}"].high == events
                assert "only the lower end is evidence" in numbers[f"equivalent.{name}.q{bins}"].note
                assert numbers[f"probability.{name}.q{bins}"].value > 0.01
            assert numbers[f"amplification.q{bins}"].note == numbers[f"equivalent.generated.q{bins}"].note


def test_showers_and_jets_have_bins_too() -> None:
    rng = np.random.default_rng(7)

    def showers(n: int, scale: float) -> es.Showers:
        return es.Showers.from_dense(rng.exponential(scale, size=(n, 4, 4, 4)))

    def jets(n: int, width: float) -> es.ParticleClouds:
        return es.ParticleClouds.from_lists(
            [np.column_stack([rng.exponential(5, 8), rng.normal(0, width, (8, 2))]) for _ in range(n)]
        )

    # Pairs of one kind: total energy first, and the mass, are far apart where the source is wrong.
    for holdout, train, right, wrong in (
        (showers(600, 1.0), showers(50, 1.0), showers(400, 1.0), showers(400, 1.3)),
        (jets(600, 0.2), jets(50, 0.2), jets(400, 0.2), jets(400, 0.3)),
    ):
        config = EquivalentSizeConfig(quantiles=(12,))
        good, bad = (run(holdout, train, generated, config).numbers for generated in (right, wrong))
        assert good["equivalent.source.q12"].high is None
        assert good["probability.generated.q12"].value > 1e-3
        assert bad["equivalent.generated.q12"].high < 50


def test_features_can_be_chosen_and_have_an_order() -> None:
    samples = normal(2000, 1.0, 1), normal(100, 1.0, 2), normal(2000, 1.0, 3)
    result = run(*samples, EquivalentSizeConfig(features=("x2",), quantiles=(10,)))
    assert result.arrays["features"].tolist() == ["x2"]
    edges = np.quantile(samples[0].values[:, 1], np.linspace(0, 1, 11)[1:-1])
    counts = np.bincount(np.searchsorted(edges, samples[2].values[:, 1]), minlength=10)
    assert result.arrays["counts.generated.q10"] == pytest.approx(counts, abs=2)  # where exactly a quantile lies


def test_same_seed_same_numbers() -> None:
    samples = normal(2003, 1.0, 1), normal(100, 1.0, 2), normal(2000, 1.0, 3)
    assert run(*samples, EquivalentSizeConfig()).numbers == run(*samples, EquivalentSizeConfig()).numbers


@pytest.mark.parametrize(
    ("samples", "options", "message"),
    [
        ((400, 10, 10), {}, "holdout sample: 400 hold-out events are too few for 50 bins"),
        ((600, 10, 10), {"features": ("x3",)}, "holdout sample: it has no feature x3; choose from x1, x2"),
        ((600, 0, 10), {}, "training sample: it is empty"),
    ],
)
def test_wrong_samples_are_told(samples: tuple[int, ...], options: dict[str, tuple[str, ...]], message: str) -> None:
    with pytest.raises(es.InputError, match=message):
        run(*(normal(n, 1.0, n) for n in samples), EquivalentSizeConfig(**options))


def test_kinds_must_agree() -> None:
    jets = es.ParticleClouds.from_lists([[(1.0, 0.0, 0.0)]])
    with pytest.raises(es.InputError, match="training sample: particles cannot be compared with points"):
        run(normal(600, 1.0, 1), jets, jets, EquivalentSizeConfig())


def cells(n: int, shape: tuple[int, ...] = (3, 3, 3), unit: str = "GeV") -> es.Showers:
    return es.Showers.from_dense(np.random.default_rng(n).exponential(size=(n, *shape)), units={"energy": unit})


@pytest.mark.parametrize(
    ("train", "generated", "message"),
    [
        (cells(20), cells(30, unit="MeV"), "generated sample: energies in GeV cannot be compared with energies in MeV"),
        (cells(20, (3, 3, 4)), cells(30), "training sample: showers on 3 x 3 x 4 cells cannot be compared"),
    ],
)
def test_units_and_grids_must_agree(train: es.Showers, generated: es.Showers, message: str) -> None:
    with pytest.raises(es.InputError, match=message):
        run(cells(200), train, generated, EquivalentSizeConfig(quantiles=(4,)))


@pytest.mark.parametrize(("holdout", "generated"), [(1, 2), (2, 1)])
def test_dimensions_must_agree(holdout: int, generated: int) -> None:
    samples = [es.Points(values=np.random.default_rng(1).normal(size=(100, d))) for d in (holdout, holdout, generated)]
    with pytest.raises(
        es.InputError, match=f"points of {generated} coordinates cannot be compared with points of {holdout}"
    ):
        run(*samples, EquivalentSizeConfig(quantiles=(4,)))


@pytest.mark.parametrize("role", ["training", "generated"])
def test_the_holdout_is_not_what_is_judged_by_it(role: str) -> None:
    samples = {"holdout": normal(600, 1.0, 1), "training": normal(60, 1.0, 2), "generated": normal(70, 1.0, 3)}
    samples[role] = samples["holdout"][:]
    with pytest.raises(es.InputError, match=f"{role} sample: it holds the events of the holdout"):
        run(*samples.values(), EquivalentSizeConfig())
