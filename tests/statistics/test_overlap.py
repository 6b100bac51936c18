"""The overlap of two samples: known truth, the coverage that is stated, limits."""

import numpy as np
import pytest

from eventspace import InputError
from eventspace.statistics import overlap as module
from eventspace.statistics.overlap import overlap

UNIFORM = np.full(1000, 1.0)
FALLING = 1 / np.arange(1.0, 1001)


def source(weights, first, outcomes=1700):
    p = np.zeros(outcomes)
    p[first : first + len(weights)] = weights
    return p / p.sum()


def degrees(one, two):
    ones, twos = (np.bincount(outcome, minlength=1700) for outcome in (one, two))
    return [ones[one] - 1, twos[two] - 1], [twos[one], ones[two]]


def toys(p, r, sizes, count, seed):
    rng = np.random.default_rng(seed)
    for _ in range(count):
        yield degrees(*(rng.choice(len(of), size, p=of) for of, size in zip((p, r), sizes, strict=True)))


def cosine(p, r):
    return p @ r / np.sqrt((p @ p) * (r @ r))


@pytest.mark.slow
@pytest.mark.parametrize(
    ("p", "r", "truth"),
    [
        (source(UNIFORM, 0), source(UNIFORM, 0), 1.0),
        (source(UNIFORM, 0), source(UNIFORM, 700), 0.3),
        (source(UNIFORM, 0), source(UNIFORM[:100], 0), np.sqrt(0.1)),
        (source(FALLING, 0), source(UNIFORM, 100), None),
    ],
    ids=["one source", "300 of 1000 shared", "100 of 1000", "1/k and its tail"],
)
def test_interval_covers_the_truth(p, r, truth):
    truth = cosine(p, r) if truth is None else truth
    assert cosine(p, r) == pytest.approx(truth)
    found = [overlap(own, other) for own, other in toys(p, r, (1000, 500), 1000, 1)]
    assert 930 <= sum(number.low <= truth <= number.high for number in found) <= 970
    assert np.median([number.value for number in found]) == pytest.approx(truth, rel=0.05)


@pytest.mark.slow
def test_interval_of_one_uneven_source_is_short_and_holds_1():
    """What one outcome more or less does to the duplicates within the samples and between them cancels."""
    p = source(FALLING, 0)
    found = [overlap(own, other) for own, other in toys(p, p, (1000, 500), 200, 2)]
    assert sum(number.low <= 1 <= number.high for number in found) >= 190
    assert np.median([number.high / number.low for number in found]) < 1.1


@pytest.mark.slow
def test_variance_is_that_of_the_logarithm():
    """The variance of 500 toys is known to 6%: a factor of 1.3 would be seen."""
    for p, r in ((source(UNIFORM, 0), source(UNIFORM, 700)), (source(FALLING, 0), source(UNIFORM, 100))):
        logs, variances = [], []
        for own, other in toys(p, r, (1000, 600), 500, 3):
            logs.append(np.log(overlap(own, other).value))
            variances.append(module._variance(*([np.asarray(c, dtype=float) for c in both] for both in (own, other))))
        assert np.mean(variances) == pytest.approx(np.var(logs), rel=0.2)


@pytest.mark.parametrize("shapes", [(1.0, 5.0, 8.0), (40.0, 300.0, 1.0), (1.0, 1.0, 1.0), (2e4, 3e5, 1e3)])
def test_quantile_is_that_of_random_numbers(shapes):
    rng = np.random.default_rng(4)
    one, two, three = (rng.gamma(shape, size=200_000) for shape in shapes)
    drawn = one / np.sqrt(two * three)
    for share in (0.025, 0.05, 0.5, 0.95, 0.975):
        found = module._quantile(np.array(shapes), share)
        assert np.mean(drawn < found) == pytest.approx(share, abs=5 * np.sqrt(share * (1 - share) / 200_000))


def test_samples_without_duplicates_have_limits():
    one, two = np.repeat(np.arange(50), 2), np.repeat(np.arange(100, 150), 2)
    apart = overlap(*degrees(one, two))
    assert apart.low is None
    # One outcome in common, expected three times, would make two duplicates each; within each there are 50 of 4,950.
    assert apart.value == apart.high == pytest.approx(2 * 3 / 100**2 / (50 / 4950), rel=0.05)
    assert "for any sources" in apart.note
    alone = overlap(*degrees(one, np.arange(100)))
    assert alone.high is None
    assert alone.value == alone.low
    # 100 of 10,000 pairs between them, at most 11 of 4,950 within the second.
    assert alone.low == pytest.approx(0.01 / np.sqrt((50 / 4950) * (11 / 4950)), rel=0.4)
    assert overlap(*degrees(np.arange(100), two)) is None
    assert overlap(*degrees(np.arange(100), np.arange(100, 200))) is None


@pytest.mark.slow
def test_limit_covers_the_truth():
    """30 outcomes that both have among 1,000, so that one pair between the samples is expected."""
    p, r = source(UNIFORM, 0), source(UNIFORM[:730], 970)
    found = [overlap(own, other) for own, other in toys(p, r, (160, 160), 1000, 5)]
    limits = [number for number in found if number is not None and number.low is None]
    assert len(limits) > 200
    assert sum(number is not None and number.high is not None and number.high < cosine(p, r) for number in found) <= 60


def even(outcomes, others, common):
    """Equally likely outcomes, and others of which so many are common to both."""
    p, r = np.zeros((2, outcomes + others - common))
    p[:outcomes], r[outcomes - common :] = 1 / outcomes, 1 / others
    return p, r


def with_a_common_one(share, expected, size):
    """3,000 outcomes and one more, of which the second source makes this share and the first a few of the sample."""
    p, r = np.zeros((2, 6001))
    p[0], p[1:3001] = expected / size, (1 - expected / size) / 3000
    r[0], r[3001:] = share, (1 - share) / 3000
    return p, r


@pytest.mark.slow
@pytest.mark.parametrize(
    ("sources", "sizes", "count"),
    [
        (even(1000, 10, 1), (300, 300), 300),
        (even(1000, 10, 1), (1000, 300), 300),
        (even(2000, 20, 2), (1000, 1000), 200),
        (even(35_700, 424, 1), (15_701, 15_701), 40),
        (with_a_common_one(0.2, 2.9, 1000), (1000, 1000), 200),
        ((source(FALLING, 0), source(UNIFORM, 0)), (1000, 300), 200),
    ],
    ids=["1 of 10", "1 of 10, larger reference", "2 of 20", "1 of 424", "a very common one", "1/k and uniform"],
)
def test_duplicates_that_come_in_clumps_are_covered_from_above(sources, sizes, count):
    """An outcome of which one sample has many, and the other would have a few: hit or missed, all at once."""
    rng, truth, missed = np.random.default_rng(6), cosine(*sources), 0
    for _ in range(count):
        one, two = (rng.choice(len(p), size, p=p) for p, size in zip(sources, sizes, strict=True))
        ones, twos = (np.bincount(outcome, minlength=len(sources[0])) for outcome in (one, two))
        found = overlap([ones[one] - 1, twos[two] - 1], [twos[one], ones[two]])
        missed += found is not None and found.high is not None and found.high < truth
    assert missed <= 0.05 * count


def test_limit_is_that_of_the_commonest_event():
    """40 events of one outcome in the second sample, seen in neither of the first: 3 expected there make 120 pairs."""
    one, two = np.arange(300) % 290, np.concatenate((np.full(40, 1000), 1001 + np.arange(260)))
    found = overlap(*degrees(one, two))
    assert found.low is None
    assert found.high == pytest.approx(40 * 3 / 300**2 / np.sqrt(10 * 780 / (150 * 299) ** 2), rel=0.35)


def test_few_independent_duplicates_are_said():
    rng = np.random.default_rng(7)
    one, two = (
        np.concatenate((np.zeros(count, dtype=int), first + rng.integers(700, size=290)))
        for count, first in ((3, 1), (40, 800))
    )
    assert "few independent duplicates" in overlap(*degrees(one, two)).note
    assert overlap(*degrees(*rng.integers(100, size=(2, 300)))).note == ""


def test_all_pairs_the_same():
    same = overlap([np.full(5, 4), np.full(4, 3)], [np.full(5, 4), np.full(4, 5)])
    assert same.value == 1
    assert same.low < 1 < same.high


def test_uncertain_definition_widens_the_interval():
    """Unless it changes all numbers alike, as the overlap does not depend on it then."""
    own, other = next(toys(source(UNIFORM, 0), source(UNIFORM, 700), (1000, 1000), 1, 6))
    pairs = np.array([own[0].sum() / 2, own[1].sum() / 2, other[0].sum()])
    sure = overlap(own, other)
    alike = overlap(own, other, replicas=np.outer([0.8, 1.0, 1.2], pairs))
    wide = overlap(own, other, replicas=pairs * [[1, 1, 0.7], [1, 1, 1], [1, 1, 1.3]])
    assert (alike.low, alike.high) == (pytest.approx(sure.low), pytest.approx(sure.high))
    assert wide.low < sure.low < sure.high < wide.high
    assert wide.value == sure.value


def test_between_clumps_it_exceeds_1():
    """Closeness is not an equivalence: a source amid two clumps is close to both, which are not close to each other."""
    clumps, middle = np.repeat([-0.9, 0.9], 100), np.zeros(100)
    close = [np.abs(x[:, None] - y) < 1 for x, y in ((clumps, clumps), (middle, middle), (clumps, middle))]
    own = [near.sum(axis=1) - 1 for near in close[:2]]
    assert overlap(own, [close[2].sum(axis=1), close[2].sum(axis=0)]).value == pytest.approx(np.sqrt(2), rel=0.01)


@pytest.mark.parametrize(
    ("own", "other", "message"),
    [
        (([0, 0], [0, 0, 0]), ([0, 0], [0, 0, 0]), "hardly a pair"),
        (([0, 0, 0], [0, 0, 0]), ([0, 0, 0], [0, 0]), "two samples"),
        (([0, 0, 0],), ([0, 0, 0],), "two samples"),
        (([0, 0, 0], [0, 0, 0]), ([1, 0, 0], [0, 0, 0]), "same duplicates"),
        (([0, -1, 1], [0, 0, 0]), ([0, 0, 0], [0, 0, 0]), "same duplicates"),
    ],
)
def test_bad_input(own, other, message):
    with pytest.raises(InputError, match=message):
        overlap(own, other)
