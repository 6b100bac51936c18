"""Points: events that are plain vectors of numbers."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, ClassVar, Self

import numpy as np
from numpy.typing import NDArray

from eventspace.events.arrays import floats
from eventspace.events.base import Events, Index, Problem, faulty
from eventspace.events.parts import Parts

__all__ = ["Points"]


@dataclass(frozen=True, kw_only=True, eq=False, repr=False)
class Points(Events):
    """A set of points.

    Attributes:
        values: (n, d), finite.

    Example:
        >>> len(Points(values=np.zeros((3, 2)))[1:])
        2
    """

    kind: ClassVar[str] = "points"

    values: NDArray[np.floating[Any]]

    def __post_init__(self) -> None:
        super().__post_init__()
        self._set(values=floats("values", self.values))

    def __len__(self) -> int:
        return len(self.values)

    @property
    def _layout(self) -> str:
        return f"{' x '.join(map(str, self.values.shape[1:]))} coordinates"

    def taken_apart(self) -> Parts:
        """The coordinates.

        Example:
            >>> Points(values=[[1.0], [2.0]]).taken_apart().columns
            {'values': array([[1.],
                   [2.]])}
        """
        return Parts({}, None, {"values": self.values})

    @classmethod
    def assembled(cls, parts: Parts, common: Mapping[str, Any]) -> Self:
        """From the coordinates."""
        return cls(values=parts.columns["values"], **common)

    def measured(self) -> dict[str, NDArray[np.float64]]:
        """The coordinates x1, x2 …"""
        return {f"x{number + 1}": column for number, column in enumerate(self.values.astype(np.float64).T)}

    def _select(self, index: Index) -> dict[str, Any]:
        return {"values": self.values[index]}

    def _problems(self) -> Iterator[Problem]:
        if self.values.ndim != 2:
            yield Problem(None, f"shape {self.values.shape} is not (points, coordinates)", "reshape the array")
            return
        yield from faulty(~np.isfinite(self.values).all(axis=1), "a coordinate is NaN or infinite", "remove the point")
