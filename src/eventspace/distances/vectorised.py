"""The three vector operations that numba does not make from source, written as LLVM instructions.

LLVM turns a floating-point minimum over a loop into vector instructions only if NaN may be ignored everywhere, and numba
has no masked store. The operations below are spelled out for vectors of eight doubles; LLVM lowers them to what the
processor has (AVX-512, AVX2, SSE2, NEON), so they are right everywhere and fast where that is possible.

Plain loops with the same results take their place where the vector forms do not compile, or if the environment variable
``EVENTSPACE_VECTORISED`` is ``0``. The lengths of all floating-point arrays must be multiples of :data:`LANES`, and there
must be no NaN; nothing is checked.
"""

import os
from collections.abc import Callable, Iterable
from typing import Any, TypeVar

import numpy as np
from llvmlite import ir
from numba import njit, types
from numba.core import cgutils
from numba.extending import intrinsic

__all__ = ["LANES", "VECTORISED", "compiled", "find_equal", "masked_shift", "row_minimum"]

LANES = 8

_Function = TypeVar("_Function", bound=Callable[..., Any])

_VECTOR = ir.VectorType(ir.DoubleType(), LANES)
_INDEX = ir.IntType(64)
_LANE = ir.IntType(32)
_MASK = ir.IntType(LANES)
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


def _sum(builder: Any, a: Any, b: Any, index: Any) -> Any:
    return builder.fadd(_load(builder, a, index), _load(builder, b, index))


def _smaller(builder: Any, a: Any, b: Any) -> Any:
    return builder.select(builder.fcmp_ordered("<", a, b), a, b)


def _every_vector(builder: Any, array: Any) -> Any:
    """A loop over the first index of each vector in the array."""
    length = builder.extract_value(array.shape, 0)
    return cgutils.for_range_slice(builder, _INDEX(0), length, _INDEX(LANES), intp=_INDEX)


@intrinsic  # type: ignore[untyped-decorator]
def _vector_row_minimum(_: Any, a: Any, b: Any) -> Any:
    def generate(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        a, b = (_array(context, builder, signature, arguments, position) for position in (0, 1))
        least = cgutils.alloca_once_value(builder, _INFINITY)
        with _every_vector(builder, a) as (index, _):
            builder.store(_smaller(builder, _sum(builder, a, b, index), builder.load(least)), least)
        vector = builder.load(least)
        for distance in (4, 2, 1):
            turned = _lanes([(lane + distance) % LANES for lane in range(LANES)])
            vector = _smaller(builder, builder.shuffle_vector(vector, vector, turned), vector)
        return builder.extract_element(vector, _LANE(0))

    return types.float64(a, b), generate


@intrinsic  # type: ignore[untyped-decorator]
def _vector_find_equal(_: Any, a: Any, b: Any, value: Any) -> Any:
    def generate(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        a, b = (_array(context, builder, signature, arguments, position) for position in (0, 1))
        wanted = _in_every_lane(builder, arguments[2])
        last = builder.sub(builder.extract_value(a.shape, 0), _INDEX(LANES))
        found = cgutils.alloca_once_value(builder, _INDEX(-1))
        # From the end to the beginning and without a branch, so that what is written last is the first position.
        with _every_vector(builder, a) as (done, _):
            index = builder.sub(last, done)
            equal = builder.bitcast(builder.fcmp_ordered("==", _sum(builder, a, b, index), wanted), _MASK)
            lane = builder.cttz(builder.zext(equal, _INDEX), ir.IntType(1)(0))
            some = builder.icmp_unsigned("!=", equal, _MASK(0))
            builder.store(builder.select(some, builder.add(index, lane), builder.load(found)), found)
        return builder.load(found)

    return types.int64(a, b, types.float64), generate


@intrinsic  # type: ignore[untyped-decorator]
def _vector_masked_shift(_: Any, values: Any, bits: Any, shift: Any) -> Any:
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


def _plain_row_minimum(a: Any, b: Any) -> float:
    least = np.inf
    for k in range(len(a)):
        value = a[k] + b[k]
        if value < least:
            least = value
    return least


def _plain_find_equal(a: Any, b: Any, value: float) -> int:
    for k in range(len(a)):
        if a[k] + b[k] == value:
            return k
    return -1


def _plain_masked_shift(values: Any, bits: Any, shift: float) -> None:
    for k in range(len(values)):
        if (bits[k >> 6] >> np.uint64(k & 63)) & np.uint64(1):
            values[k] += shift


@njit(cache=True)  # type: ignore[untyped-decorator]
def _vector_forms(values: Any, bits: Any) -> int:
    _vector_masked_shift(values, bits, 1.0)
    return int(_vector_find_equal(values, values, _vector_row_minimum(values, values)))


def _vector_forms_work() -> bool:
    """Whether the vector forms compile on this machine and find the one smaller value of eight."""
    try:
        return bool(_vector_forms(np.zeros(LANES), np.array([0b11011111], dtype=np.uint64)) == 5)
    except Exception:  # whatever numba and LLVM raise, the plain loops are the answer
        return False


VECTORISED = os.environ.get("EVENTSPACE_VECTORISED") != "0" and _vector_forms_work()
"""Whether the vector forms are in use."""


def compiled(fastmath: Iterable[str] = ()) -> Callable[[_Function], _Function]:
    """Compile a function with numba: without Python's lock, and kept on disk.

    Code with the vector forms and code with the plain loops have files of their own.

    Arguments:
        fastmath: LLVM's names of the liberties that floating-point operations may take.
    """

    def compile_(function: _Function) -> _Function:
        if not VECTORISED:
            function.__qualname__ += "_plain"
        decorated: _Function = njit(nogil=True, cache=True, error_model="numpy", fastmath=set(fastmath))(function)
        return decorated

    return compile_


def _plain(function: _Function) -> _Function:
    decorated: _Function = njit(nogil=True)(function)
    return decorated


row_minimum = _vector_row_minimum if VECTORISED else _plain(_plain_row_minimum)
"""``row_minimum(a, b)``: the smallest a[k] + b[k]."""

find_equal = _vector_find_equal if VECTORISED else _plain(_plain_find_equal)
"""``find_equal(a, b, value)``: the first k with a[k] + b[k] == value, or -1."""

masked_shift = _vector_masked_shift if VECTORISED else _plain(_plain_masked_shift)
"""``masked_shift(values, bits, shift)``: add shift to each value whose bit is set; bits are uint64 words, lowest first."""
