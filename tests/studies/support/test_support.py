"""The study ``support``: the same duplicates as brute force, and the truth where it is known."""

from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from scipy.stats import beta, chi2

import eventspace as es
from eventspace import InputError
from eventspace.base.store import Store
from eventspace.base.work import Work
from eventspace.events.base import Events
from eventspace.studies.registry import study
from eventspace.studies.study import Result
from eventspace.studies.support.duplicates import Condition, close_pairs, random_distances, threshold
from eventspace.studies.support.support import SupportConfig

POINTS = es.Points(values=np.random.default_rng(0).normal(size=(20, 2)))
QUIET = {"show_progress": False, "threads": 2}
NOTHING_KEPT = Store(None, {})
SIZE = 120  # showers of the reference; a test of all pairs compares each with brute force, whatever their number
PAIRS = SIZE * (SIZE - 1) // 2


def run(reference: Events, generated: Events, config: SupportConfig, **how: Any) -> Result:
    """The study, asked of these events."""
    return study("support").ask({"reference": reference, "generated": generated}, config, Work(**how))


def showers(n, seed, shape=(13, 13, 12), width=1.0):
    """Showers with a depth, a width and an energy of their own, and noise in every cell."""
    rng = np.random.default_rng(seed)
    axes = [np.arange(cells) - (cells - 1) / 2 for cells in shape]
    energy, depth = rng.normal(100, 3 * width, n), rng.normal(0, 1.0 * width, n)
    wide = rng.lognormal(0, 0.2 * width, n)
    lateral = np.exp(-np.abs(axes[0][None]) / wide[:, None])
    along = np.exp(-0.5 * ((axes[2][None] - depth[:, None]) / 2.5) ** 2)
    dense = np.einsum("ni,nj,nk->nijk", lateral, lateral, along)
    dense *= rng.gamma(20, 1 / 20, dense.shape)
    dense *= (energy / dense.sum((1, 2, 3)))[:, None, None, None]
    dense[dense < 1e-3] = 0
    return es.Showers.from_dense(dense)


def threshold_from(condition, events, alphas, count, seed):
    random = random_distances(condition, events, count, seed, QUIET, NOTHING_KEPT, "")
    return threshold(condition, events, alphas, random, seed, QUIET)


def same_arrays(arrays, others):
    assert list(arrays) == list(others)
    for name, values in arrays.items():
        np.testing.assert_array_equal(values, others[name], err_msg=name)  # equal where both are NaN


@pytest.fixture
def no_opinions(monkeypatch):
    """The two-sample metrics take most of the time of a small study; for tests that do not ask for them."""
    monkeypatch.setattr("eventspace.studies.support.support.opinions", lambda *tables, **options: {})


without_opinions = pytest.mark.usefixtures("no_opinions")


@pytest.fixture(scope="module")
def reference():
    return showers(SIZE, 1)


@pytest.mark.slow
@without_opinions
def test_duplicates_are_those_of_brute_force(reference):
    generated = showers(90, 2, width=0.7)
    config = SupportConfig(alpha=(0.2, 0.35), sampled_pairs=50_000)  # all pairs: no threshold is uncertain
    result = run(reference, generated, config, **QUIET)
    metrics = [
        *(es.JensenShannon(axis, normalise=False) for axis in "xyz"),
        es.EnergyDifference(),
        es.SSIM(L=float(reference.energy.max())),
    ]
    within = {
        sample: [es.matrix(metric, events) for metric in metrics]
        for sample, events in (("reference", reference), ("generated", generated))
    }
    between = [es.matrix(metric, reference, generated) for metric in metrics]
    upper = np.triu_indices(SIZE, 1)
    for alpha, suffix in ((0.2, ""), (0.35, ".alpha0.35")):
        limits = np.array([np.sort(distances[upper])[int(alpha * PAIRS)] for distances in within["reference"]])
        for sample, events in (("reference", reference), ("generated", generated)):
            near = np.array(within[sample]) < limits[:, None, None]
            pairs = len(events) * (len(events) - 1) / 2
            for count, definition in ((3, "profiles"), (4, "profiles+total"), (5, "profiles+total+ssim")):
                expected = np.triu(near[:count].all(axis=0), k=1).sum() / pairs
                assert expected > 0
                found = result.numbers[f"collision.{sample}.{definition}{suffix}"]
                assert found.value == pytest.approx(expected, rel=1e-12)
                assert result.numbers[f"support.{sample}.{definition}{suffix}"].value == pytest.approx(1 / expected)
        across = np.array(between) < limits[:, None, None]
        for count, definition in ((3, "profiles"), (4, "profiles+total"), (5, "profiles+total+ssim")):
            name = f"{definition}{suffix}"
            own = [result.numbers[f"collision.{sample}.{name}"].value for sample in ("reference", "generated")]
            expected = across[:count].all(axis=0).mean() / np.sqrt(np.prod(own))
            assert result.numbers[f"overlap.{name}"].value == pytest.approx(expected, rel=1e-12)


@without_opinions
def test_single_feature_is_close_in_a_share_alpha_by_construction(reference):
    result = run(reference, showers(100, 3), SupportConfig(features=("total",)), **QUIET)
    assert result.numbers["collision.reference.total"].value == int(0.02 * PAIRS) / PAIRS
    assert result.numbers["collision.reference.total.alpha0.05"].value == int(0.05 * PAIRS) / PAIRS
    assert abs(result.numbers["s50.reference.total"].value - 9) <= 1
    assert abs(result.numbers["s50.reference.total.alpha0.05"].value - 6) <= 1


@pytest.mark.slow
@without_opinions
def test_two_samples_of_one_source_have_the_same_support():
    result = run(showers(400, 4), showers(400, 5), SupportConfig(features=("profiles", "total")), **QUIET)
    for name in ("ratio.profiles", "overlap.profiles", "overlap.profiles+total"):
        assert result.numbers[name].low < 1 < result.numbers[name].high
    assert "the events that each repeats most are the same ones" in result.answer


@pytest.mark.slow
def test_a_generator_that_memorised_some_showers_is_found_out():
    known, rng = 40, np.random.default_rng(6)
    memory = showers(known, 7)
    copies = memory[rng.integers(known, size=300)]
    blurred = replace(copies, energy=copies.energy * rng.normal(1, 1e-4, len(copies.energy)))
    result = run(showers(200, 1), blurred, SupportConfig(), **QUIET)
    support = result.numbers["support.generated.profiles+total+ssim"]
    assert support.low < known < support.high
    assert support.high < 1.2 * known
    assert result.numbers["ratio.profiles+total+ssim"].value < 0.1
    assert result.numbers["opinion.coverage"].value < 0.6
    # The talk's convention overstates the number, its correction does not.
    assert result.numbers["support.corrected.generated.profiles+total+ssim"].value == pytest.approx(known, rel=0.25)
    talk = result.numbers["support.talk.generated.profiles+total+ssim"]
    assert talk.value == result.numbers["s50.generated.profiles+total+ssim"].value ** 2


@pytest.mark.slow
@without_opinions
def test_more_variety_is_told_from_being_elsewhere():
    """On a grid: twice as many places that hold the 100 of the reference, half of them, or twice as many others."""
    rng = np.random.default_rng(7)

    def at(places):
        return es.Points(values=np.array(divmod(rng.choice(places, 1000), 100)).T + rng.normal(0, 1e-3, (1000, 2)))

    reference = at(100)
    config = SupportConfig(alpha=(0.0099,))  # pairs of one place are 1% of all: the threshold lies within it
    cases = [(200, 2.0, np.sqrt(0.5)), (50, 0.5, np.sqrt(0.5)), (np.arange(150, 350), 2.0, 0.0)]
    answers = []
    for places, of_supports, truth in cases:
        result = run(reference, at(places), config, **QUIET)
        ratio, shared = (result.numbers[f"{name}.euclidean"] for name in ("ratio", "overlap"))
        assert ratio.low < of_supports < ratio.high
        assert (shared.low or 0) <= truth <= shared.high < truth + 0.1
        answers.append(result.answer)
    assert all("most of the smaller support lies within the larger one" in answer for answer in answers[:2])
    assert "mostly other events" in answers[2]


@pytest.mark.slow
def test_a_common_narrow_class_is_not_called_one_source():
    """A fifth of both samples in one narrow peak, the rest of each 20 widths from that of the other."""
    rng = np.random.default_rng(1)

    def at(centre):
        narrow = rng.random(600)[:, None] < 0.2
        return es.Points(values=np.where(narrow, rng.normal(0, 0.01, (600, 3)), centre + rng.normal(0, 1, (600, 3))))

    result = run(at([10.0, 0, 0]), at([-10.0, 0, 0]), SupportConfig(), **QUIET)
    ratio, shared = (result.numbers[f"{name}.euclidean"] for name in ("ratio", "overlap"))
    assert ratio.low < 1 < ratio.high
    assert shared.low < 1 < shared.high < 1.35
    assert "one source" not in result.answer
    assert "the rarer ones may differ: see the two-sample metrics (opinion.…)" in result.answer
    assert result.numbers["opinion.classifier"].value > 0.85


@without_opinions
def test_noise_about_the_reference_is_neither():
    """Normal points in six dimensions, those of the generator wider: chi^2 laws."""
    rng, width = np.random.default_rng(9), 1.5
    points = [es.Points(values=rng.normal(0, scale, (1000, 6))) for scale in (1, width)]
    result = run(*points, SupportConfig(alpha=(1e-3,)), **QUIET)
    square = result.arrays["thresholds"][0, 0] ** 2
    within, wide, between = (chi2.cdf(square / variance, 6) for variance in (2, 2 * width**2, 1 + width**2))
    ratio, shared = (result.numbers[f"{name}.euclidean"] for name in ("ratio", "overlap"))
    assert 1 < ratio.low < within / wide < ratio.high
    assert shared.low < between / np.sqrt(within * wide) < shared.high
    assert shared.low > np.sqrt(1 / ratio.value)


@without_opinions
def test_no_duplicates_give_limits():
    """Points so far apart that none but the alpha-closest of the reference are near."""
    rng = np.random.default_rng(8)
    reference, generated = rng.normal(size=(60, 8)), 1000 * rng.normal(size=(50, 8))
    result = run(es.Points(values=reference), es.Points(values=generated), SupportConfig(), **QUIET)
    support, ratio = result.numbers["support.generated.euclidean"], result.numbers["ratio.euclidean"]
    assert support.high is None
    assert support.low == pytest.approx(1 / beta.ppf(0.95, 2, 49) ** 2)  # for any source
    assert result.numbers["support.even.generated.euclidean"].low == pytest.approx(-50 * 49 / 2 / np.log(0.05))
    assert "support.even.reference.euclidean" not in result.numbers
    assert ratio.high is None
    assert ratio.low > 1
    assert result.numbers["s50.generated.euclidean"].high is None
    assert "> " in result.answer


@pytest.mark.slow
def test_random_pairs_give_the_quantile_and_its_uncertainty(reference):
    reference = reference[:70]
    upper = np.triu_indices(len(reference), 1)
    exact = np.sort(es.matrix(es.SSIM(L=1.0), reference)[upper])[int(0.1 * len(upper[0]))]
    slow = Condition("ssim", "ssim", es.SSIM(L=1.0), True)
    covered = 0
    for seed in range(20):
        found = threshold_from(slow, reference, (0.1,), 400, seed)
        low, high = np.quantile(found.replicas[:, 0], [0.025, 0.975])
        covered += low <= exact <= high
        assert found.loosest >= found.values[0]
    assert covered >= 16
    assert len(threshold_from(slow, reference, (0.1,), 10**6, 1).replicas) == 0


@pytest.mark.parametrize("alpha", [0.5, 0.9999, 0.999999])
def test_quantile_of_all_pairs_is_exact_up_to_the_largest(alpha):
    points = es.Points(values=np.random.default_rng(12).normal(size=(300, 2)))
    expected = np.sort(es.matrix(es.Euclidean(), points)[np.triu_indices(300, 1)])[int(alpha * 44_850)]
    found = threshold_from(Condition("d", "euclidean", es.Euclidean(), False), points, (alpha,), 1000, 1)
    assert found.values[0] == expected


@without_opinions
def test_dynamic_range_is_that_of_these_showers_and_is_told(reference):
    some = reference[10:60]
    found = run(some, reference[60:100], SupportConfig(features=("ssim",), alpha=(0.3,)), **QUIET)
    assert found.numbers["dynamic_range"].value == some.to_dense().max()


@pytest.mark.slow
@without_opinions
def test_uncertain_threshold_widens_the_interval():
    """Of 200 showers; 120 do not show it with 1000 pairs."""
    smaller = (11, 11, 11)  # one place for the window of the SSIM
    reference, generated = showers(200, 1, smaller), showers(150, 2, smaller)
    sure, unsure = (
        run(reference, generated, SupportConfig(alpha=(0.3,), features=("ssim",), sampled_pairs=pairs), **QUIET)
        for pairs in (50_000, 1000)
    )
    name = "support.reference.ssim"
    widths = [np.log(result.numbers[name].high / result.numbers[name].low) for result in (sure, unsure)]
    assert widths[1] > widths[0]


def test_slow_distances_are_computed_only_where_fast_ones_agree(reference, monkeypatch):
    asked = []
    monkeypatch.setattr(
        "eventspace.studies.support.duplicates.listed",
        lambda metric, events, i, j, others, **how: asked.append((metric.name, len(i))) or np.zeros(len(i)),
    )
    conditions = [
        Condition("x", "profiles", es.JensenShannon("x"), False),
        Condition("ssim", "ssim", es.SSIM(L=1.0), True),
    ]
    close = close_pairs(reference, conditions, [1e-3, 1.0], QUIET, NOTHING_KEPT)
    assert asked == [("ssim", len(close.i))]
    assert 0 < len(close.i) < PAIRS / 2


@pytest.mark.slow
def test_same_seed_same_result(reference):
    generated = showers(60, 9)
    one, other = (
        run(reference[:80], generated, SupportConfig(seed=4, sampled_pairs=1000), threads=threads) for threads in (1, 2)
    )
    assert one.numbers == other.numbers
    same_arrays(one.arrays, other.arrays)


@pytest.mark.slow
@without_opinions
def test_ratio_of_two_samples_of_jets_covers_1():
    """Although the thresholds come from one of the samples."""
    rng, covered = np.random.default_rng(10), 0
    for _ in range(20):
        jets = [
            es.ParticleClouds.from_lists(
                [np.column_stack([rng.exponential(size=8), rng.normal(0, 0.3, (8, 2))]) for _ in range(40)]
            )
            for _ in range(2)
        ]
        found = run(*jets, SupportConfig(), **QUIET).numbers["ratio.transport"]
        covered += found.low < 1 < found.high
    assert covered >= 17


@pytest.mark.slow
@without_opinions
def test_profiles_by_transport(reference):
    found = run(reference, showers(200, 11), SupportConfig(features=("profile-transport",), alpha=(0.3,)), **QUIET)
    assert found.arrays["conditions"].tolist() == ["W x", "W y", "W z"]
    assert found.numbers["ratio.profile-transport"].low < 1 < found.numbers["ratio.profile-transport"].high


@pytest.mark.slow
@without_opinions
def test_threshold_cuts_both_samples(reference):
    generated = showers(150, 3)
    config = SupportConfig(features=("profiles", "total"), threshold=float(np.quantile(reference.energy, 0.4)))
    cut = run(reference, generated, config, **QUIET)
    by_hand = (sample.above(config.threshold) for sample in (reference, generated))
    expected = run(*by_hand, config.model_copy(update={"threshold": 0.0}), **QUIET)
    assert cut.numbers == expected.numbers
    assert cut.numbers != run(reference, generated, SupportConfig(features=("profiles", "total")), **QUIET).numbers


@pytest.mark.parametrize(
    ("reference", "generated", "config", "message"),
    [
        (showers(5, 1), showers(50, 1), SupportConfig(), "5 events"),
        (showers(20, 1), showers(20, 1), SupportConfig(), "generated sample: it holds the events of the reference"),
        (showers(20, 1), es.Points(values=np.zeros((20, 2))), SupportConfig(), "points cannot be compared"),
        (es.Points(values=np.zeros((20, 2))), es.Points(values=np.ones((20, 2))), SupportConfig(), "are equal"),
        (  # more pairs than are drawn at random
            es.Points(values=np.arange(300.0)[:, None] * (np.arange(300) >= 100)[:, None]),
            es.Points(values=np.arange(300.0)[:, None]),
            SupportConfig(),
            "reference sample: more than 0.02 of the pairs of events are equal by euclidean; leave this feature out",
        ),
        (
            es.Points(values=np.eye(20)),
            es.Points(values=2 * np.eye(20)),
            SupportConfig(features=("ssim",)),
            "dynamic range",
        ),
        (
            es.Points(values=np.eye(20)),
            es.Points(values=2 * np.eye(20)),
            SupportConfig(features=("total",)),
            "no energy",
        ),
        (es.Points(values=np.eye(20)), es.Points(values=2 * np.eye(20)), SupportConfig(threshold=1.0), "have no cells"),
        (
            showers(20, 1),
            showers(20, 2),
            SupportConfig(threshold=1e9),
            "reference sample, event 0: a shower has no cell",
        ),
    ],
)
def test_bad_input(reference, generated, config, message):
    with pytest.raises(InputError, match=message):
        run(reference, generated, config, **QUIET)


@pytest.mark.parametrize("options", [{"alpha": (0.0,)}, {"alpha": (1.0,)}, {"alpha": ()}, {"sizes": 3}])
def test_bad_options(options):
    with pytest.raises(ValueError, match=r"alpha|sizes"):
        SupportConfig(**options)
