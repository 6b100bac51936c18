"""Bins of equal probability: grids by arithmetic, trees by the fractions they give to other samples."""

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import eventspace as es
from eventspace.statistics.bins import Tree, factors, grid_bin, grid_cuts


@given(st.integers(2, 5000), st.integers(1, 12))
def test_grid_has_the_given_number_of_bins(bins: int, dimension: int) -> None:
    assert math.prod(factors(bins)) == bins
    assert factors(bins) == sorted(factors(bins), reverse=True)
    assert math.prod(grid_cuts(bins, dimension)) == bins


def test_grid_bins_are_the_boxes_of_the_grid() -> None:
    points = np.random.default_rng(1).random((500, 3))
    cuts = grid_cuts(30, 3)
    assert cuts == (5, 3, 2)
    boxes = [tuple(int(x * parts) for x, parts in zip(point, cuts, strict=True)) for point in points]
    assert grid_bin(points, 30).tolist() == [int(np.ravel_multi_index(box, cuts)) for box in boxes]


@pytest.mark.parametrize("bins", [2, 7, 20, 64])
def test_tree_gives_its_own_sample_equal_counts(bins: int) -> None:
    rng = np.random.default_rng(2)
    sample = rng.normal(size=(bins * 13, 3))  # no value occurs twice, so chance plays no part
    assert set(Tree.of(sample, bins, rng).counts(sample, rng).tolist()) == {13}


def test_coarse_features_are_cut_into_equal_fractions_too() -> None:
    rng = np.random.default_rng(3)

    def sample(n: int) -> np.ndarray:
        return np.column_stack([rng.poisson(1.0, n), rng.integers(0, 2, n), np.zeros(n)])

    tree = Tree.of(sample(40_000), 40, rng)
    fractions = tree.counts(sample(40_000), rng) / 40_000
    # Noise of both samples: sqrt(2 * 0.025 * 0.975 / 40000) = 0.0011.
    assert abs(fractions - 1 / 40).max() < 4 * 0.0011


def test_true_fractions_of_a_tree_scatter_as_the_formula_says() -> None:
    # The probability of a bin between order statistics varies by (1/q)(1 - 1/q)/(M + 1).
    rng, bins, events = np.random.default_rng(4), 12, 240
    large = rng.random((100_000, 2))
    squares = []
    for _ in range(40):
        fractions = Tree.of(rng.random((events, 2)), bins, rng).counts(large, rng) / len(large)
        squares.append(np.mean((fractions - 1 / bins) ** 2))
    expected = (1 / bins) * (1 - 1 / bins) * (1 / (events + 1) + 1 / len(large))
    assert np.mean(squares) == pytest.approx(expected, rel=0.15)


def test_left_over_events_are_left_out() -> None:
    rng = np.random.default_rng(5)
    assert Tree.of(rng.normal(size=(107, 2)), 10, rng).events == 100


@pytest.mark.parametrize(("events", "bins", "message"), [(9, 10, "cannot be cut"), (9, 1, "measure nothing")])
def test_too_few_are_told(events: int, bins: int, message: str) -> None:
    with pytest.raises(es.InputError, match=message):
        Tree.of(np.zeros((events, 1)), bins, np.random.default_rng(1))
