"""A number with its interval: what every study answers with."""

from dataclasses import dataclass, fields
from decimal import ROUND_CEILING, ROUND_FLOOR, Decimal
from math import floor, isfinite, log10
from typing import Any

from eventspace.base.errors import InputError
from eventspace.base.extras import require

__all__ = ["EXACT", "P_VALUE", "SETTING", "Number", "Numbers"]

# Why a number has no interval: the note of one without either end.
EXACT = "exact for this sample, without an interval"
P_VALUE = "a p-value, without an interval"
SETTING = "a setting, without an interval"


@dataclass(frozen=True)
class Number:
    """A value with a confidence interval.

    All fields fit a JSON file: neither NaN nor infinity occurs. A side on which the interval has no bound is None.
    A limit is a number whose value is the bound itself, with nothing on the other side: ``low == value`` and
    ``high is None`` says "at least value", ``high == value`` and ``low is None`` says "at most value", each at the
    one-sided ``level``.

    The value need not lie inside the interval: a percentile interval of a biased estimate can miss it.

    Attributes:
        value: the estimate.
        low: the lower end of the interval, None where it is not bounded.
        high: the upper end of the interval, None where it is not bounded.
        level: the confidence level of the interval, between 0 and 1.
        unit: the unit of value, low and high; empty for a pure number.
        note: what a reader has to know of this interval, for example that it was measured to cover less than its level,
            or why there is none; it is printed beside the number on the page.

    Raises:
        InputError: a number is not finite, low is above high, or the level is not between 0 and 1.

    Example:
        >>> print(Number(0.91342, 0.90105, 0.92511, 0.95))
        0.913 [0.901, 0.925] (95%)
        >>> print(Number(33.7, 33.7, None, 0.95, "GeV"))
        > 33 GeV (95%)
    """

    value: float
    low: float | None
    high: float | None
    level: float
    unit: str = ""
    note: str = ""

    def __post_init__(self) -> None:
        for name, number in (("value", self.value), ("low", self.low), ("high", self.high)):
            if number is not None and not isfinite(number):
                remedy = None if name == "value" else "write None for a side without bound"
                raise InputError(f"the {name} of a number is {number}", remedy=remedy)
        if self.low is not None and self.high is not None and self.low > self.high:
            raise InputError(f"the interval [{self.low}, {self.high}] runs backwards", remedy="exchange its ends")
        if not 0 < self.level < 1:
            raise InputError(f"the level {self.level} is not between 0 and 1", remedy="write 0.95 for 95%")

    def as_dict(self) -> dict[str, Any]:
        """Plain values for a JSON file: value, low, high, level, unit, note."""
        return {
            "value": float(self.value),
            "low": None if self.low is None else float(self.low),
            "high": None if self.high is None else float(self.high),
            "level": float(self.level),
            "unit": self.unit,
            "note": self.note,
        }

    def __str__(self) -> str:
        """Value and interval, rounded to two digits of the distance from the value to the farther end.

        The value keeps at least two digits of its own, and where the interval spans a factor above 20, so do its ends.
        A limit is rounded outward, a lower one down and an upper one up, so that the text never claims more than was
        found; the ends of an interval are rounded to the nearest digit, which moves them by a twentieth of its width at
        most. A whole number without an interval is a count, and printed as one.
        """
        unit = f" {self.unit}" if self.unit else ""
        level = f"({100 * self.level:.4g}%)"
        if self.low == self.value and self.high is None:
            return f"> {_outward(self.value, ROUND_FLOOR)}{unit} {level}"
        if self.high == self.value and self.low is None:
            return f"< {_outward(self.value, ROUND_CEILING)}{unit} {level}"
        ends = [end for end in (self.low, self.high) if end is not None]
        largest = max(abs(number) for number in (self.value, *ends))
        width = max((abs(end - self.value) for end in ends), default=0.0)
        first = _exponent(largest)
        # Without a width there is nothing to round to: an exact number keeps four digits.
        digits = min(first - _exponent(width) + 1, 15) if width > 0 else 3
        wide = bool(ends) and min(self.value, *ends) > 0 and largest > 20 * min(self.value, *ends)

        def text(number: float | None) -> str:
            if number is None:
                return "unbounded"
            if wide or (number == self.value and number and first - _exponent(number) >= digits):
                own = _exponent(number)
                if own > -5 and first < 7:
                    return f"{round(number, 1 - own):.{max(1 - own, 0)}f}"
                return f"{number:.1e}"
            if -5 < first < 7:
                return f"{round(number, digits - first):.{max(digits - first, 0)}f}"
            return f"{number / 10.0**first:.{digits}f}e{first:+03d}"

        if not ends and first < 7 and self.value == round(self.value):
            return f"{self.value:.0f}{unit}"
        if not ends:
            return f"{text(self.value)}{unit}"
        return f"{text(self.value)} [{text(self.low)}, {text(self.high)}]{unit} {level}"


class Numbers(dict[str, Number]):
    """Numbers by name; they print as a table, and become one of pandas.

    Example:
        >>> numbers = Numbers(auc=Number(0.91342, 0.90105, 0.92511, 0.95), bins=Number(10, None, None, 0.95))
        >>> numbers
        auc   0.913 [0.901, 0.925] (95%)
        bins  10
        >>> float(numbers.to_pandas().loc["auc", "high"])
        0.92511
    """

    def __repr__(self) -> str:
        width = max(map(len, self), default=0)
        return "\n".join(f"{name:{width}}  {number}" for name, number in self.items())

    def to_pandas(self) -> Any:
        """A frame with a row a number: value, low, high, level, unit and note; a side without bound is NaN.

        Raises:
            MissingExtraError: pandas is not installed.
        """
        with require("pandas", "a frame of numbers"):
            import pandas as pd
        rows = [number.as_dict() for number in self.values()]
        frame = pd.DataFrame(rows, index=list(self), columns=[field.name for field in fields(Number)])
        return frame.astype({"value": float, "low": float, "high": float, "level": float})


def _outward(limit: float, rounding: str) -> str:
    """Two digits, up or down."""
    first = _exponent(limit)
    rounded = Decimal(repr(float(limit))).quantize(Decimal(1).scaleb(first - 1), rounding)
    return f"{rounded:f}" if -5 < first < 7 else f"{rounded.scaleb(-first):f}e{first:+03d}"


def _exponent(number: float) -> int:
    return floor(log10(abs(number))) if number else 0
