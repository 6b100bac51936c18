"""The vector operations that numba does not make well from source, written as LLVM instructions.

LLVM turns a floating-point minimum over a loop into vector instructions only if NaN may be ignored everywhere, numba
has no masked store, and it leaves sums over the rows of a matrix in memory. The operations below are spelled out for
vectors of eight doubles or sixteen single numbers; LLVM lowers them to what the processor has (AVX-512, AVX2, SSE2,
NEON), so they are right everywhere and fast where that is possible.

Plain loops with the same results take their place where the vector forms do not compile, or if the environment variable
``EVENTSPACE_VECTORISED`` is ``0``. The lengths of all arrays of doubles must be multiples of :data:`LANES`, those of
single numbers of :data:`SINGLE_LANES`, and the first three operations take no NaN; nothing is checked.
"""

import os
from collections.abc import Callable, Iterable
from types import ModuleType
from typing import Any, TypeVar, cast

import numpy as np
from llvmlite import ir
from numba import njit, types
from numba.core import cgutils
from numba.extending import intrinsic

from eventspace.base.files import sha256

__all__ = ["LANES", "SINGLE_LANES", "VECTORISED", "compiled", "find_equal", "masked_shift", "row_minimum", "row_sum"]

LANES = 8
SINGLE_LANES = 16

_Operation = Callable[..., Any]
_Function = TypeVar("_Function", bound=Callable[..., Any])

_VECTOR = ir.VectorType(ir.DoubleType(), LANES)
_INDEX = ir.IntType(64)
_LANE = ir.IntType(32)
_MASK = ir.IntType(LANES)
_SINGLES = ir.VectorType(ir.FloatType(), SINGLE_LANES)
_PARTIAL_SUMS = 4
_INFINITY = ir.Constant(_VECTOR, [float("inf")] * LANES)


def _lanes(numbers: list[int]) -> Any:
    return ir.Constant(ir.VectorType(_LANE, LANES), numbers)


def _in_every_lane(builder: Any, value: Any) -> Any:
    undefined = ir.Constant(_VECTOR, ir.Undefined)
    return builder.shuffle_vector(builder.insert_element(undefined, value, _LANE(0)), undefined, _lanes([0] * LANES))


def _array(context: Any, builder: Any, signature: Any, arguments: Any, position: int) -> Any:
    return context.make_array(signature.args[position])(context, builder, arguments[position])


def _address(builder: Any, array: Any, index: Any) -> Any:
    return builder.bitcast(builder.gep(array.data, [index]), _VECTOR.as_pointer())


def _load(builder: Any, array: Any, index: Any) -> Any:
    loaded = builder.load(_address(builder, array, index))
    loaded.align = 8
    return loaded


def _row_start(builder: Any, matrix: Any, row: Any) -> Any:
    return builder.mul(row, builder.extract_value(matrix.shape, 1))


def _smaller(builder: Any, a: Any, b: Any) -> Any:
    return builder.select(builder.fcmp_ordered("<", a, b), a, b)


def _variable(builder: Any, value: Any) -> Any:
    tools: Any = cgutils
    return tools.alloca_once_value(builder, value)


def _every_vector(builder: Any, array: Any) -> Any:
    """A loop over the first index of each vector in the array."""
    length = builder.extract_value(array.shape, 0)
    return cgutils.for_range_slice(builder, _INDEX(0), length, _INDEX(LANES), intp=_INDEX)


def _row_minimum_code(_: Any, matrix: Any, row: Any, added: Any) -> Any:
    def generate(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        matrix, added = (_array(context, builder, signature, arguments, position) for position in (0, 2))
        start = _row_start(builder, matrix, arguments[1])
        least = _variable(builder, _INFINITY)
        with _every_vector(builder, added) as (index, _):
            entries = _load(builder, matrix, builder.add(start, index))
            sums = builder.fadd(entries, _load(builder, added, index))
            builder.store(_smaller(builder, sums, builder.load(least)), least)
        vector = builder.load(least)
        for distance in (4, 2, 1):
            turned = _lanes([(lane + distance) % LANES for lane in range(LANES)])
            vector = _smaller(builder, builder.shuffle_vector(vector, vector, turned), vector)
        return builder.extract_element(vector, _LANE(0))

    return types.float64(matrix, types.int64, added), generate


def _find_equal_code(_: Any, matrix: Any, row: Any, added: Any, value: Any) -> Any:
    def generate(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        matrix, added = (_array(context, builder, signature, arguments, position) for position in (0, 2))
        start = _row_start(builder, matrix, arguments[1])
        wanted = _in_every_lane(builder, arguments[3])
        last = builder.sub(builder.extract_value(added.shape, 0), _INDEX(LANES))
        found = _variable(builder, _INDEX(-1))
        # From the end to the beginning and without a branch, so that what is written last is the first position.
        with _every_vector(builder, added) as (done, _):
            index = builder.sub(last, done)
            entries = _load(builder, matrix, builder.add(start, index))
            sums = builder.fadd(entries, _load(builder, added, index))
            equal = builder.bitcast(builder.fcmp_ordered("==", sums, wanted), _MASK)
            lane = builder.cttz(builder.zext(equal, _INDEX), ir.IntType(1)(0))
            some = builder.icmp_unsigned("!=", equal, _MASK(0))
            builder.store(builder.select(some, builder.add(index, lane), builder.load(found)), found)
        return builder.load(found)

    return types.int64(matrix, types.int64, added, types.float64), generate


def _masked_shift_code(_: Any, values: Any, bits: Any, shift: Any) -> Any:
    def generate(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        values, bits = (_array(context, builder, signature, arguments, position) for position in (0, 1))
        shifts = _in_every_lane(builder, arguments[2])
        octets = builder.bitcast(bits.data, _MASK.as_pointer())
        with _every_vector(builder, values) as (index, _):
            octet = builder.load(builder.gep(octets, [builder.lshr(index, _INDEX(3))]))
            chosen = builder.bitcast(octet, ir.VectorType(ir.IntType(1), LANES))
            old = _load(builder, values, index)
            new = builder.select(chosen, builder.fadd(old, shifts), old)
            builder.store(new, _address(builder, values, index)).align = 8
        return context.get_dummy_value()

    return types.void(values, bits, types.float64), generate


def _row_sum_code(_: Any, matrix: Any, weights: Any, sums: Any) -> Any:
    def generate(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        matrix, weights, sums = (_array(context, builder, signature, arguments, position) for position in range(3))
        rows, width = (builder.extract_value(matrix.shape, axis) for axis in range(2))
        zero = ir.Constant(_SINGLES, [0.0] * SINGLE_LANES)
        undefined = ir.Constant(_SINGLES, ir.Undefined)
        first = ir.Constant(ir.VectorType(_LANE, SINGLE_LANES), [0] * SINGLE_LANES)
        partial = [_variable(builder, zero) for _ in range(_PARTIAL_SUMS)]
        columns = cgutils.for_range_slice(builder, _INDEX(0), width, _INDEX(SINGLE_LANES), intp=_INDEX)
        with columns as (column, _):
            for sum_ in partial:
                builder.store(zero, sum_)
            with cgutils.for_range_slice(builder, _INDEX(0), rows, _INDEX(_PARTIAL_SUMS), intp=_INDEX) as (row, _):
                for offset, sum_ in enumerate(partial):
                    number = builder.add(row, _INDEX(offset))
                    weight = builder.load(builder.gep(weights.data, [number]))
                    spread = builder.shuffle_vector(
                        builder.insert_element(undefined, weight, _LANE(0)), undefined, first
                    )
                    start = builder.gep(matrix.data, [builder.add(builder.mul(number, width), column)])
                    entries = builder.load(builder.bitcast(start, _SINGLES.as_pointer()))
                    entries.align = 4
                    builder.store(builder.fadd(builder.load(sum_), builder.fmul(entries, spread)), sum_)
            halves = [builder.fadd(*(builder.load(sum_) for sum_ in pair)) for pair in (partial[:2], partial[2:])]
            target = builder.bitcast(builder.gep(sums.data, [column]), _SINGLES.as_pointer())
            builder.store(builder.fadd(*halves), target).align = 4
        return context.get_dummy_value()

    return types.void(matrix, weights, sums), generate


_vector_row_minimum: _Operation = intrinsic(_row_minimum_code)
_vector_find_equal: _Operation = intrinsic(_find_equal_code)
_vector_masked_shift: _Operation = intrinsic(_masked_shift_code)
_vector_row_sum: _Operation = intrinsic(_row_sum_code)


def _plain_row_minimum(matrix: Any, row: int, added: Any) -> float:
    least = np.inf
    for k in range(len(added)):
        least = min(least, matrix[row, k] + added[k])
    return least


def _plain_find_equal(matrix: Any, row: int, added: Any, value: float) -> int:
    for k in range(len(added)):
        if matrix[row, k] + added[k] == value:
            return k
    return -1


def _plain_masked_shift(values: Any, bits: Any, shift: float) -> None:
    for k in range(len(values)):
        if (bits[k >> 6] >> np.uint64(k & 63)) & np.uint64(1):
            values[k] += shift


def _plain_row_sum(matrix: Any, weights: Any, sums: Any) -> None:
    rows, width = matrix.shape
    partial = np.zeros((_PARTIAL_SUMS, width), np.float32)
    for row in range(rows):
        weight, into = weights[row], partial[row % _PARTIAL_SUMS]
        for k in range(width):
            into[k] += matrix[row, k] * weight
    for k in range(width):
        sums[k] = (partial[0, k] + partial[1, k]) + (partial[2, k] + partial[3, k])


def _use_vector_forms(matrix: Any, values: Any, bits: Any, singles: Any, sums: Any) -> Any:
    _vector_masked_shift(values, bits, 1.0)
    _vector_row_sum(singles, sums, sums)
    return _vector_find_equal(matrix, 0, values, _vector_row_minimum(matrix, 0, values))


def _vector_forms_work() -> bool:
    """Whether the vector forms compile on this machine and find the one smaller value of eight."""
    use: _Operation = njit(cache=True)(_use_vector_forms)
    try:
        singles = np.zeros((_PARTIAL_SUMS, SINGLE_LANES), np.float32)
        bits = np.array([0b11011111], dtype=np.uint64)
        return bool(use(np.zeros((1, LANES)), np.zeros(LANES), bits, singles, singles[0]) == 5)
    except Exception:  # whatever numba and LLVM raise, the plain loops are the answer
        return False


VECTORISED = os.environ.get("EVENTSPACE_VECTORISED") != "0" and _vector_forms_work()
"""Whether the vector forms are in use."""

_EDITION = f"_{'vector' if VECTORISED else 'plain'}_{sha256(__file__)[:8]}"


def compiled(fastmath: Iterable[str] = (), calls: Iterable[ModuleType] = ()) -> Callable[[_Function], _Function]:
    """Compile a function with numba: without Python's lock, and kept on disk.

    Numba keeps code under the name of its function and knows only that function's own file, so the name gets what
    else the code depends on: this file, whether the vector forms are in use, and other files with functions it calls.

    Arguments:
        fastmath: LLVM's names of the liberties that floating-point operations may take.
        calls: other modules of which it calls compiled functions.
    """
    edition = _EDITION + "".join(f"_{sha256(str(module.__file__))[:8]}" for module in calls)

    def compile_(function: _Function) -> _Function:
        function.__qualname__ += edition
        decorate: Any = njit(nogil=True, cache=True, error_model="numpy", fastmath=set(fastmath))
        return cast(_Function, decorate(function))

    return compile_


row_minimum: _Operation = _vector_row_minimum if VECTORISED else njit(_plain_row_minimum)
"""``row_minimum(matrix, row, added)``: the smallest matrix[row, k] + added[k]."""

find_equal: _Operation = _vector_find_equal if VECTORISED else njit(_plain_find_equal)
"""``find_equal(matrix, row, added, value)``: the first k with matrix[row, k] + added[k] == value, or -1."""

masked_shift: _Operation = _vector_masked_shift if VECTORISED else njit(_plain_masked_shift)
"""``masked_shift(values, bits, shift)``: add shift to the values whose bits, in uint64 words, lowest first, are set."""

row_sum: _Operation = _vector_row_sum if VECTORISED else njit(_plain_row_sum)
"""``row_sum(matrix, weights, sums)``: sums[k] becomes the sum over rows of matrix[row, k] * weights[row].

In single precision, the number of rows a multiple of 4. Four partial sums over every fourth row, (1 + 2) + (3 + 4).
"""
