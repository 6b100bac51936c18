"""Jet images: transverse momentum in the pixels of the rapidity-phi plane."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, ClassVar

import numpy as np
from numpy.typing import NDArray

from eventspace.events.base import Events, Index, Problem, first_where
from eventspace.events.particles import ParticleClouds

__all__ = ["Images"]


@dataclass(frozen=True, kw_only=True, eq=False)
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

    def __len__(self) -> int:
        return len(self.values)

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
            seed=self.seed,
            origin=self.origin,
        )

    def _select(self, index: Index) -> dict[str, Any]:
        return {"values": self.values[index]}

    def _problems(self) -> Iterator[Problem]:
        if self.values.ndim != 3:
            yield Problem(
                None, f"shape {self.values.shape} is not (images, rows, columns)", "reshape the array"
            )
            return
        if not self.half_width > 0:
            yield Problem(
                None, f"half_width is {self.half_width}", "give the positive half width of the field of view"
            )
        flat = self.values.reshape(len(self), -1)
        faults = (
            (~np.isfinite(flat).all(axis=1), "a pixel is not finite"),
            ((flat < 0).any(axis=1), "a pixel is negative"),
            (~flat.any(axis=1), "the image is empty"),
        )
        for mask, text in faults:
            bad = first_where(mask)
            if bad is not None:
                yield Problem(bad, text, "remove the image")


def _centres(pixels: int, half_width: float) -> NDArray[np.float64]:
    return (np.arange(pixels) + 0.5) * (2 * half_width / pixels) - half_width
