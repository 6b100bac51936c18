"""The Jensen-Shannon divergence against scipy, closed forms and the laws that it obeys."""

import math
from decimal import Decimal, localcontext

import numpy as np
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from scipy.spatial.distance import cdist
from scipy.special import rel_entr, xlogy

import eventspace as es
from eventspace.distances.jensen_shannon.divergence import jensen_shannon

CONTENT = st.one_of(st.just(0.0), st.floats(1e-12, 1e6), st.sampled_from([1e-150, 1e-12, 1.0]))
BINS = st.shared(st.integers(1, 30), key="bins")


def profiles(n=None):
    """Rows of bins, none of them empty, many bins at 0."""
    rows = st.integers(1, 5) if n is None else st.just(n)
    shapes = st.tuples(rows, BINS)
    return shapes.flatmap(lambda shape: arrays(np.float64, shape, elements=CONTENT)).filter(
        lambda values: bool((values.sum(axis=1) > 0).all())
    )


def points(*rows):
    return es.Points(values=np.array(rows, dtype=float))


def divergence(p, q, normalise=True):
    return es.JensenShannon(normalise=normalise).between(points(p), points(q))


def showers(n=12, shape=(5, 4, 7), seed=0):
    rng = np.random.default_rng(seed)
    return es.Showers.from_dense(rng.gamma(0.3, 2.0, (n, *shape)) * (rng.random((n, *shape)) < 0.5))


@pytest.mark.slow
@given(profiles(), profiles())
def test_normalised_divergence_is_that_of_scipy(p, q):
    ours = es.matrix(es.JensenShannon(), es.Points(values=p), es.Points(values=q), threads=1)
    root = np.nan_to_num(cdist(p, q, "jensenshannon"))  # scipy gives NaN where rounding makes its sum negative
    np.testing.assert_allclose(ours, root**2, rtol=1e-11, atol=1e-14)


@pytest.mark.slow
@given(profiles(4), profiles(4))
def test_row_by_row_it_is_the_diagonal_of_the_matrix(p, q):
    found = jensen_shannon(p, q)
    expected = es.matrix(es.JensenShannon(), es.Points(values=p), es.Points(values=q), threads=1)
    np.testing.assert_array_equal(found, np.diag(expected))


@pytest.mark.parametrize(
    ("p", "q", "message"),
    [
        ([[1, 2]], [[1, 2], [1, 2]], r"\(1, 2\) and \(2, 2\)"),
        ([1, 2], [1, 2], "row by row"),
        ([[1, 1], [0, 0]], [[1, 1], [1, 0]], "event 1"),
        ([[1, 1]], [[2, -1]], "event 0"),
        ([[np.nan, 1]], [[2, 1]], "event 0"),
    ],
)
def test_histograms_that_cannot_be_compared(p, q, message):
    with pytest.raises(es.InputError, match=message):
        jensen_shannon(p, q)


@pytest.mark.slow
@given(profiles(), profiles())
def test_unnormalised_divergence_is_the_definition(p, q):
    ours = es.matrix(es.JensenShannon(normalise=False), es.Points(values=p), es.Points(values=q), threads=1)
    a, b = p[:, None], q[None]
    middle = (a + b) / 2
    each_way = [rel_entr(x, middle) - x + middle for x in (a, b)]
    expected = sum(terms.sum(axis=2) for terms in each_way) / 2
    scale = float(max(p.sum(axis=1).max(), q.sum(axis=1).max()))
    np.testing.assert_allclose(ours, expected, rtol=1e-11, atol=1e-13 * scale)


def test_closed_forms():
    assert divergence([1, 0], [0, 1]) == math.log(2)
    assert divergence([3, 0, 0], [0, 1, 2], normalise=False) == pytest.approx(3 * math.log(2), rel=1e-15)
    # A coin of probability x against one that always falls on the same side.
    x = np.linspace(0, 1, 11)[:-1]
    values = es.matrix(es.JensenShannon(), points([1, 0]), es.Points(values=np.stack([x, 1 - x], axis=1)))[0]
    m = (1 + x) / 2
    expected = (-np.log(m) + xlogy(x, x / m) + (1 - x) * np.log(2)) / 2
    np.testing.assert_allclose(values, expected, rtol=1e-14)
    # A profile against itself at another energy: all bins have the same ratio.
    p, factor = np.array([1.0, 2.0, 4.0]), 3.0
    m = (1 + factor) / 2
    expected = p.sum() * (-math.log(m) + factor * math.log(factor / m)) / 2
    assert divergence(p, factor * p, normalise=False) == pytest.approx(expected, rel=1e-15)
    assert divergence(p, factor * p) == pytest.approx(0, abs=1e-30)


@pytest.mark.parametrize("t", [1e-12, 1e-8, 1e-5, 1e-3, 0.12, 0.1249999, 0.125, 0.126, 0.3, 0.5, 0.9, 1 - 1e-9])
def test_every_ratio_keeps_its_digits(t):
    """Against forty digits: also where the profiles are nearly equal, unlike a difference of entropies."""
    p, q = Decimal(1 + t), Decimal(1 - t)
    with localcontext() as context:
        context.prec = 40
        m = (p + q) / 2
        expected = float((p * (p / m).ln() + q * (q / m).ln()) / 2)
    assert divergence([1 + t], [1 - t], normalise=False) == pytest.approx(expected, rel=2e-14)


@given(profiles(2))
def test_laws(values):
    p, q = values
    for normalise in (True, False):
        there, back = divergence(p, q, normalise), divergence(q, p, normalise)
        assert there == back
        assert divergence(p, p, normalise) == 0
        assert there >= 0
        bound = math.log(2) if normalise else math.log(2) / 2 * (p.sum() + q.sum())
        assert there <= bound * (1 + 1e-14)
    shapes = values / values.sum(axis=1, keepdims=True)
    if np.abs(shapes[0] - shapes[1]).max() > 1e-12:
        assert divergence(p, q) > 0


@given(profiles(2), st.randoms())
def test_order_of_bins_and_empty_bins_do_not_matter(values, random):
    p, q = values
    order = list(range(len(p))) + [len(p)] * random.randint(0, 9)
    random.shuffle(order)
    wider = np.append(values, np.zeros((2, 1)), axis=1)[:, order]
    unmixed = divergence(p, q, normalise=False)
    assert divergence(*wider, normalise=False) == pytest.approx(unmixed, rel=1e-13, abs=1e-300)


@given(profiles(2), st.floats(0, 1))
def test_splitting_a_bin_in_equal_ratios_changes_nothing(values, share):
    split = np.column_stack([share * values[:, :1], (1 - share) * values[:, :1], values[:, 1:]])
    for normalise in (True, False):
        scale = 1 if normalise else values.sum()
        assert divergence(*split, normalise) == pytest.approx(divergence(*values, normalise), abs=1e-14 * scale)


@given(profiles(2))
def test_joining_bins_never_raises_it(values):
    assume(values.shape[1] > 1)
    joined = np.column_stack([values[:, :1] + values[:, 1:2], values[:, 2:]])
    for normalise in (True, False):
        scale = 1 if normalise else values.sum()
        assert divergence(*joined, normalise) <= divergence(*values, normalise) + 1e-14 * scale


@pytest.mark.slow
@given(profiles(3))
def test_root_satisfies_the_triangle_inequality(values):
    for normalise in (True, False):
        metric = es.JensenShannon(normalise=normalise)
        root = np.sqrt(es.matrix(metric, es.Points(values=values), threads=1))
        scale = 1 if normalise else math.sqrt(values.sum())
        assert (root[:, None, :] <= root[:, :, None] + root[None] + 1e-12 * scale).all()


def test_divergence_itself_does_not():
    ends_and_middle = points([1, 0], [0.5, 0.5], [0, 1])
    d = es.matrix(es.JensenShannon(), ends_and_middle)
    assert d[0, 2] > d[0, 1] + d[1, 2]
    assert not es.JensenShannon().is_metric


@pytest.mark.parametrize(("axis", "sum_over"), [("x", (2, 3)), ("y", (1, 3)), ("z", (1, 2))])
def test_showers_are_compared_by_their_profiles(axis, sum_over):
    events = showers()
    dense = events.to_dense().sum(axis=sum_over)
    np.testing.assert_allclose(events.profile(axis), dense, rtol=1e-14)
    np.testing.assert_array_equal(events[3:7].profile(axis), events.profile(axis)[3:7])
    ours = es.matrix(es.JensenShannon(axis=axis), events)
    np.testing.assert_allclose(ours, cdist(dense, dense, "jensenshannon") ** 2, atol=1e-14)


def test_totals_matter_only_unnormalised():
    p, q = np.array([1.0, 2.0, 5.0]), np.array([2.0, 2.0, 1.0])
    assert divergence(p, 8 * q) == divergence(p, q)
    assert divergence(8 * p, 8 * q, normalise=False) == 8 * divergence(p, q, normalise=False)
    assert es.JensenShannon("z").unit == "nat"
    assert es.JensenShannon("z", normalise=False).unit == "GeV"


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: es.JensenShannon("w"), "no axis 'w'"),
        (lambda: showers().profile("energy"), "no axis 'energy'"),
        (lambda: divergence([1, 2], [1, 2, 3]), "2 and 3 bins"),
        (lambda: divergence([1, -2], [1, 2]), "event 0: a bin is negative"),
        (lambda: divergence([1, 2], [0, 0]), "sum to 0"),
        (lambda: divergence([1, 2], [1e308, 1e308]), "sum to inf"),
        (lambda: divergence([1, np.nan], [1, 2]), "NaN"),
        (lambda: es.matrix(es.JensenShannon("z"), points([1, 2])), "give showers and an axis"),
        (lambda: es.matrix(es.JensenShannon(), showers()), "axis x, y or z"),
        (lambda: es.matrix(es.JensenShannon("z"), showers(), showers(shape=(5, 4, 8))), "7 and 8 bins"),
        (lambda: es.matrix(es.JensenShannon("z", False), showers(), in_mev(showers())), "energies in GeV .* in MeV"),
    ],
)
def test_wrong_input_ends_with_one_message(call, message):
    with np.errstate(over="ignore"), pytest.raises(es.InputError, match=message):
        call()


def in_mev(events):
    return es.Showers(
        shape=events.shape, offsets=events.offsets, cell=events.cell, energy=events.energy, units={"energy": "MeV"}
    )
