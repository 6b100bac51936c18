import json

import numpy as np
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from eventspace.base.errors import InputError
from eventspace.statistics.number import Number

finite = st.floats(-1e12, 1e12)


@settings(deadline=None)
@given(
    value=finite,
    ends=st.tuples(finite, finite),
    level=st.floats(0.01, 0.99),
    bounds=st.tuples(st.booleans(), st.booleans()),
)
def test_every_number_survives_strict_json(value, ends, level, bounds):
    low, high = (end if bound else None for end, bound in zip(sorted(ends), bounds, strict=True))
    number = Number(np.float64(value), low, high, level, "GeV")
    assert Number(**json.loads(json.dumps(number.as_dict(), allow_nan=False))) == number


def test_numpy_scalars_become_plain_floats():
    number = Number(np.float32(0.5), np.float32(0.25), np.int64(1), 0.95).as_dict()
    assert [type(number[name]) for name in ("value", "low", "high", "level")] == [float] * 4


@settings(deadline=None)
@given(value=finite, below=st.floats(1e-6, 1e6), above=st.floats(1e-6, 1e6))
def test_the_text_rounds_to_a_tenth_of_the_interval(value, below, above):
    assume(min(below, above) > 1e-9 * abs(value))
    number = Number(value, value - below, value + above, 0.9)
    printed, ends = str(number).removesuffix(" (90%)").rstrip("]").split(" [")
    precision = 0.05 * max(below, above) * (1 + 1e-6) + 1e-14 * abs(value)
    for text, exact in zip([printed, *ends.split(", ")], [number.value, number.low, number.high], strict=True):
        assert abs(float(text) - exact) <= precision


@settings(deadline=None)
@given(limit=finite, upper=st.booleans())
def test_a_printed_limit_claims_no_more_than_was_found(limit, upper):
    number = Number(limit, None, limit, 0.95) if upper else Number(limit, limit, None, 0.95)
    printed = float(str(number)[2:].removesuffix(" (95%)"))
    assert printed >= limit if upper else printed <= limit
    assert abs(printed - limit) <= 0.1 * abs(limit) * (1 + 1e-12)


@settings(deadline=None)
@given(value=finite, below=st.floats(0, 1e12), above=st.floats(0, 1e12))
def test_a_printed_value_keeps_two_digits_of_its_own(value, below, above):
    assume(value - below <= value <= value + above)
    printed = str(Number(value, value - below, value + above, 0.95)).split(" [")[0]
    assert abs(float(printed) - value) <= 0.05 * abs(value) * (1 + 1e-9)


@pytest.mark.parametrize(
    ("number", "text"),
    [
        (Number(0.9134, 0.9012, 0.9251, 0.95), "0.913 [0.901, 0.925] (95%)"),
        (Number(1234.6, 1101.0, 1402.0, 0.68, "GeV"), "1230 [1100, 1400] GeV (68%)"),
        (Number(3.2e-9, 3.1e-9, 3.35e-9, 0.95, "s"), "3.20e-09 [3.10e-09, 3.35e-09] s (95%)"),
        (Number(6.02214e23, 6.0e23, 6.05e23, 0.95), "6.022e+23 [6.000e+23, 6.050e+23] (95%)"),
        (Number(0.0, -0.5, 0.5, 0.955), "0.00 [-0.50, 0.50] (95.5%)"),
        (Number(333.9, 333.9, None, 0.95), "> 330 (95%)"),
        (Number(0.02, None, 0.02, 0.9), "< 0.020 (90%)"),
        (Number(10.52, 10.52, None, 0.95), "> 10 (95%)"),
        (Number(0.0201, None, 0.0201, 0.95), "< 0.021 (95%)"),
        (Number(2.251e-05, None, 2.251e-05, 0.95), "< 2.3e-05 (95%)"),
        (Number(1.49e8, 1.49e8, None, 0.95), "> 1.4e+08 (95%)"),
        (Number(-1.21, -1.21, None, 0.95), "> -1.3 (95%)"),
        (Number(0.0, None, 0.0, 0.95), "< 0.0 (95%)"),
        (Number(5.0, 0.0, 1000.0, 0.95), "5.0 [0, 1000] (95%)"),
        (Number(0.001, 0.0, 1.0, 0.95), "0.0010 [0.00, 1.00] (95%)"),
        (Number(1.874, 1.191, 14.44, 0.95), "1.9 [1, 14] (95%)"),
        (Number(15.48, 1.4714, 15.56, 0.95), "15 [1, 16] (95%)"),
        (Number(50.0, 21.0, None, 0.95), "50 [21, unbounded] (95%)"),
        (Number(1.0, 1.0, 1.0, 0.95), "1.000 [1.000, 1.000] (95%)"),
        (Number(2.5, None, None, 0.95, "rad"), "2.500 rad"),
        (Number(4498500, 1.1e6, 4.2e7, 0.95), "4.5e+06 [1.1e+06, 4.2e+07] (95%)"),
        (Number(0.0041, 0.0003, 0.02, 0.9), "0.0041 [0.00030, 0.020] (90%)"),
    ],
)
def test_text(number, text):
    assert str(number) == text


def test_the_value_may_lie_outside_the_interval():
    assert Number(0.5, 0.6, 0.7, 0.95).value == 0.5


@pytest.mark.parametrize(
    ("fields", "problem"),
    [
        ((np.nan, 0, 1, 0.95), "value of a number is nan"),
        ((np.inf, 0, 1, 0.95), "value of a number is inf"),
        ((0.5, -np.inf, 1, 0.95), "low of a number is -inf.*None"),
        ((0.5, 0, np.inf, 0.95), "high of a number is inf.*None"),
        ((0.5, 1, 0, 0.95), "backwards"),
        ((0.5, 0, 1, 95), "level 95"),
        ((0.5, 0, 1, 0.0), "level 0"),
        ((0.5, 0, 1, 1.0), "level 1"),
        ((0.5, 0, 1, np.nan), "level nan"),
    ],
)
def test_what_is_no_number_is_refused(fields, problem):
    with pytest.raises(InputError, match=problem):
        Number(*fields)


def test_an_end_far_below_the_value_keeps_its_digits_without_an_upper_end():
    assert str(Number(150.0, 4.717, None, 0.95)) == "150 [4.7, unbounded] (95%)"


@pytest.mark.parametrize(("value", "printed"), [(0, "0"), (2, "2"), (1234, "1234"), (0.0187, "0.01870")])
def test_a_count_is_printed_as_a_whole_number(value, printed):
    assert str(Number(value, None, None, 0.95)) == printed
