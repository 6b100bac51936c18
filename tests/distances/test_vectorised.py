"""The vector forms do what plain loops do, and the plain loops can take their place."""

import os
import subprocess
import sys

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numba import njit

from eventspace.distances import vectorised
from eventspace.distances.vectorised import LANES, SINGLE_LANES

# What these give is what the documentation of the operations says.
least = njit(lambda matrix, row, added: vectorised.row_minimum(matrix, row, added))
find = njit(lambda matrix, row, added, value: vectorised.find_equal(matrix, row, added, value))
add = njit(lambda matrix, weights, sums: vectorised.row_sum(matrix, weights, sums))
shift = njit(lambda values, bits, step: vectorised.masked_shift(values, bits, step))

seeds = st.integers(0, 2**32 - 1)
vectors = st.integers(1, 25)


def test_vector_forms_compile_here():
    assert vectorised._vector_forms_work()


@given(seeds, vectors, st.booleans())
def test_row_minimum_and_its_first_position(seed, count, ties):
    rng = np.random.default_rng(seed)
    matrix, added = rng.normal(size=(3, LANES * count)), rng.normal(size=LANES * count)
    if ties:
        matrix, added = np.round(matrix), np.round(added)
    for row in range(3):
        sums = matrix[row] + added
        assert least(matrix, row, added) == sums.min()
        assert find(matrix, row, added, sums.min()) == np.argmin(sums)
        assert find(matrix, row, added, 1e9) == -1


@given(seeds, vectors)
def test_masked_shift_moves_the_chosen_values_only(seed, count):
    rng = np.random.default_rng(seed)
    chosen = rng.random(64 * ((LANES * count + 63) // 64)) < 0.5
    bits = np.packbits(chosen, bitorder="little").view(np.uint64)
    values = rng.normal(size=LANES * count)
    expected = np.where(chosen[: len(values)], values + 0.25, values)
    shift(values, bits, 0.25)
    np.testing.assert_array_equal(values, expected)


@given(seeds, st.integers(1, 9), st.integers(1, 6))
def test_row_sum_adds_in_the_order_it_says(seed, fours, count):
    rng = np.random.default_rng(seed)
    matrix = rng.normal(size=(4 * fours, SINGLE_LANES * count)).astype(np.float32)
    weights, sums = rng.normal(size=4 * fours + 3).astype(np.float32), np.zeros(SINGLE_LANES * count, np.float32)
    add(matrix, weights, sums)
    terms = matrix * weights[: len(matrix), None]
    a, b, c, d = (np.cumsum(terms[first::4], axis=0, dtype=np.float32)[-1] for first in range(4))
    np.testing.assert_array_equal(sums, (a + b) + (c + d))


def test_operations_accept_arrays_that_begin_anywhere():
    """Only lengths are multiples of the vector; memory need not be aligned."""
    block = np.arange(1.0, 1.0 + 2 * LANES + 1)
    matrix, added = block[1:].reshape(2, LANES), np.zeros(LANES + 1)[1:]
    assert (least(matrix, 1, added), find(matrix, 1, added, 12.0)) == (10.0, 2)


@pytest.mark.slow
def test_plain_loops_give_what_the_vector_forms_give():
    """To the last bit, operation by operation; the slow test below compares whole distances."""
    rng = np.random.default_rng(3)
    matrix, added = rng.normal(size=(8, LANES * 9)), rng.normal(size=LANES * 9)
    singles = rng.normal(size=(8, SINGLE_LANES * 5)).astype(np.float32)
    bits = rng.integers(0, 2**63, size=2, dtype=np.uint64)
    names = ("row_minimum", "find_equal", "row_sum", "masked_shift")
    plain = {name: njit(getattr(vectorised, f"_plain_{name}")) for name in names}
    for row in range(8):
        smallest = least(matrix, row, added)
        assert plain["row_minimum"](matrix, row, added) == smallest
        assert plain["find_equal"](matrix, row, added, smallest) == find(matrix, row, added, smallest)
    sums, shifted = np.zeros((2, SINGLE_LANES * 5), np.float32), np.stack([added, added])
    add(singles, singles[0], sums[0])
    plain["row_sum"](singles, singles[0], sums[1])
    shift(shifted[0], bits, 0.1)
    plain["masked_shift"](shifted[1], bits, 0.1)
    np.testing.assert_array_equal(*sums)
    np.testing.assert_array_equal(*shifted)
    assert (sums[0] != 0).all()
    assert (shifted[0] != added).any()


PROGRAM = """
import numpy as np
from eventspace import ParticleClouds, Sinkhorn, Transport
from eventspace.distances import vectorised

rng = np.random.default_rng(7)
jets = ParticleClouds.from_lists(
    [np.c_[rng.exponential(size=n), rng.normal(0, 0.3, size=(n, 2))] for n in rng.integers(1, 90, 12)]
    + [np.c_[np.ones(n), rng.integers(0, 4, size=(n, 2)) / 5] for n in (5, 40, 80)]
)
for metric in (Transport(), Transport(R=9.0, p=0.5, normalise=False), Sinkhorn()):
    prepared, _ = metric.prepare(jets, jets)
    print(vectorised.VECTORISED, metric.block(prepared, prepared, upper=True).tobytes().hex())
"""


@pytest.mark.slow  # all kernels are compiled once more
def test_plain_loops_give_the_same_distances_to_the_last_bit(capsys):
    environment = os.environ | {"EVENTSPACE_VECTORISED": "0"}
    answer = subprocess.run([sys.executable, "-c", PROGRAM], env=environment, check=True, capture_output=True)
    plain = answer.stdout.decode().split()
    exec(PROGRAM, {})
    vector = capsys.readouterr().out.split()
    assert vector[::2] == ["True"] * 3
    assert plain[::2] == ["False"] * 3
    assert vector[1::2] == plain[1::2]
