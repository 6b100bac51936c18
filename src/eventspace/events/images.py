"""Jet images: transverse momentum in the pixels of the rapidity-phi plane."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, ClassVar, Self

import numpy as np
from numpy.typing import NDArray

from eventspace.events.arrays import floats
from eventspace.events.base import Events, Index, Problem, faulty
from eventspace.events.particles import ParticleClouds
from eventspace.events.parts import Parts

__all__ = ["Images"]


@dataclass(frozen=True, kw_only=True, eq=False, repr=False)
class Images(Events):
    """A set of images with equal, square fields of view centred on the origin.

    Attributes:
        values: (n, rapidity pixels, phi pixels), not negative; pt in GeV unless ``units`` says otherwise.
        half_width: the field of view runs from -half_width to +half_width in both coordinates.

    Example:
        >>> image = Images(values=np.array([[[0.0, 1.0], [0.0, 0.0]]]), half_width=1.0)
        >>> cloud = image.to_particles()
        >>> cloud.flat("rapidity").tolist(), cloud.flat("phi").tolist()
        ([-0.5], [0.5])
    """

    kind: ClassVar[str] = "images"

    values: NDArray[np.floating[Any]]
    half_width: float

    def __post_init__(self) -> None:
        super().__post_init__()
        self._set(values=floats("values", self.values))

    def __len__(self) -> int:
        return len(self.values)

    @property
    def _layout(self) -> str:
        pixels = " x ".join(map(str, self.values.shape[1:]))
        return f"{pixels} pixels of {self._with_unit('values')}, half width {self.half_width:g}"

    def pixel_centres(self) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
        """Rapidity of each row and phi of each column."""
        rows, columns = self.values.shape[1:]
        return _centres(rows, self.half_width), _centres(columns, self.half_width)

    def to_particles(self) -> ParticleClouds:
        """Each filled pixel as a particle at the centre of the pixel."""
        event, row, column = np.nonzero(self.values)
        rapidity, phi = self.pixel_centres()
        columns = {
            "pt": self.values[event, row, column].astype(np.float64),
            "rapidity": rapidity[row],
            "phi": phi[column],
        }
        return ParticleClouds.from_flat(
            np.bincount(event, minlength=len(self)),
            columns,
            per_event=self.per_event,
            units={"pt": self.units.get("values", "GeV")},
            seed=self.seed,
            origin=self.origin,
        )

    def taken_apart(self) -> Parts:
        """The half width and the pixels."""
        return Parts({"half_width": float(self.half_width)}, None, {"values": self.values})

    @classmethod
    def assembled(cls, parts: Parts, common: Mapping[str, Any]) -> Self:
        """From the half width and the pixels."""
        return cls(values=parts.columns["values"], half_width=float(parts.settings["half_width"]), **common)

    def sizes(self) -> NDArray[np.int64]:
        """The filled pixels of each image, (n,)."""
        filled: NDArray[np.int64] = np.sum(self.values != 0, axis=(1, 2), dtype=np.int64)
        return filled

    def _select(self, index: Index) -> dict[str, Any]:
        return {"values": self.values[index]}

    def _problems(self) -> Iterator[Problem]:
        if self.values.ndim != 3:
            yield Problem(None, f"shape {self.values.shape} is not (images, rows, columns)", "reshape the array")
            return
        if not 0 < self.half_width < np.inf:
            yield Problem(None, f"half_width is {self.half_width}", "give the positive half width of the field of view")
        unsound, negative, filled = ~np.isfinite(self.values), self.values < 0, self.values != 0
        pixels = (1, 2)
        yield from faulty(np.any(unsound, axis=pixels), "a pixel is NaN or infinite", "remove the image")
        yield from faulty(np.any(negative, axis=pixels), "a pixel is negative", "remove the image")
        yield from faulty(~np.any(filled, axis=pixels), "the image is empty", "remove the image")


def _centres(pixels: int, half_width: float) -> NDArray[np.float64]:
    return (np.arange(pixels, dtype=np.float64) + 0.5) * (2 * half_width / pixels) - half_width
