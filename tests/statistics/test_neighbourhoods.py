"""Precision, recall, density and coverage: brute force, what they see, and how often their intervals hold."""

import numpy as np
import pytest

from eventspace.statistics.neighbourhoods import neighbourhoods


def test_neighbourhoods_are_those_of_brute_force():
    rng = np.random.default_rng(3)
    a, b, k = rng.normal(size=(60, 2)), rng.normal(0.5, 0.7, size=(50, 2)), 3
    x, y = ((table - a.mean(axis=0)) / a.std(axis=0) for table in (a, b))

    def reach(table):
        return np.sort(np.linalg.norm(table[:, None] - table, axis=2), axis=1)[:, k]

    between = np.linalg.norm(x[:, None] - y, axis=2)
    in_real, in_made = between <= reach(x)[:, None], between <= reach(y)
    found = neighbourhoods(a, b, k, seed=1)
    assert found.precision.value == pytest.approx(in_real.any(axis=0).mean())
    assert found.recall.value == pytest.approx(in_made.any(axis=1).mean())
    assert found.density.value == pytest.approx(in_real.sum() / (k * len(b)))
    assert found.coverage.value == pytest.approx(in_real.any(axis=1).mean())


def test_a_generator_that_lost_a_mode_has_precision_but_no_recall():
    rng = np.random.default_rng(5)
    reference = np.vstack((rng.normal(-4, 1, (300, 2)), rng.normal(4, 1, (300, 2))))
    found = neighbourhoods(reference, rng.normal(4, 1, (600, 2)), seed=1)
    assert found.precision.value > 0.9
    assert found.recall.value < 0.6
    assert found.coverage.value < 0.6


@pytest.mark.slow
@pytest.mark.parametrize(("shift", "width"), [(0.0, 1.0), (0.0, 0.7), (1.0, 1.0)])
def test_intervals_hold_what_samples_of_this_size_give(shift, width):
    rng, found = np.random.default_rng(6), []
    for seed in range(60):
        a, b = rng.normal(size=(80, 2)), rng.normal(shift, width, (80, 2))
        found.append([(x.low, x.value, x.high) for x in neighbourhoods(a, b, seed=seed)])
    low, value, high = np.moveaxis(found, 2, 0)
    held = (low <= value.mean(axis=0)) & (value.mean(axis=0) <= high)
    assert (held.mean(axis=0) > 0.86).all()  # three errors below 95%; with the balls held fixed 0.42 to 0.82


def test_fractions_at_the_edge_have_a_width():
    rng = np.random.default_rng(7)
    a = rng.normal(size=(50, 2))
    near, far = neighbourhoods(a, 0.1 * rng.normal(size=(50, 2)), seed=1), neighbourhoods(a, a + 100, seed=1)
    assert (near.precision.value, near.precision.high) == (1, 1)
    assert near.precision.low < 0.95
    for number in (far.precision, far.recall, far.coverage):
        assert (number.value, number.low) == (0, 0)
        assert number.high > 0.05


def test_balls_of_copies_are_told():
    rng = np.random.default_rng(8)
    a = rng.normal(size=(200, 2))
    repeated = np.repeat(a[:20], 10, axis=0)  # a memoriser: a few events of the reference, again and again
    found = neighbourhoods(a, repeated, seed=1)
    assert found.recall.value == pytest.approx(20 / 200)  # only the copied events themselves
    assert found.recall.note == "100% of the generated events have so many copies that their balls have no width"
    assert "copies" not in found.precision.note
    assert found.precision.value == 1


def test_few_events_have_a_note_and_many_have_none():
    few, many = (neighbourhoods(*np.random.default_rng(2).normal(size=(2, n, 2)), seed=1) for n in (200, 201))
    assert "88 to 97%" in few.precision.note
    assert many.precision.note == many.recall.note == ""


def test_same_seed_gives_the_same_numbers():
    a, b = np.random.default_rng(9).normal(size=(2, 100, 2))
    assert neighbourhoods(a, b, seed=3) == neighbourhoods(a, b, seed=3)
    assert neighbourhoods(a, b, seed=3) != neighbourhoods(a, b, seed=4)
