"""The simulated calorimeter: layers of tungsten and silicon, after the ECAL of a detector for CLIC."""

from typing import NamedTuple

__all__ = ["CALORIMETER", "Calorimeter"]


class Calorimeter(NamedTuple):
    """Square layers behind each other along z, each of tungsten, silicon and a gap without matter.

    Attributes:
        pads: silicon pads along x and along y.
        pad: side of a pad, mm.
        tungsten: thickness of the tungsten in each layer, mm; the silicon lies behind it.
        silicon: thickness of the silicon, mm.
        depth: of all layers together, mm; what the matter leaves is shared among the gaps.
    """

    pads: int
    pad: float
    tungsten: tuple[float, ...]
    silicon: float
    depth: float

    @property
    def shape(self) -> tuple[int, int, int]:
        """Cells along x, y and z."""
        return self.pads, self.pads, len(self.tungsten)

    @property
    def width(self) -> float:
        """Side of a layer, mm."""
        return self.pads * self.pad

    @property
    def gap(self) -> float:
        """Thickness of the gap in each layer, mm."""
        layers = len(self.tungsten)
        return (self.depth - sum(self.tungsten)) / layers - self.silicon

    def __str__(self) -> str:
        thicknesses = sorted(set(self.tungsten))
        tungsten = " + ".join(f"{self.tungsten.count(mm)} x {mm:g} mm W" for mm in thicknesses)
        x, y, z = self.shape
        return f"{x}x{y}x{z} cells, pads of {self.pad:g} mm, {tungsten}, {self.silicon:g} mm Si, {self.depth:g} mm deep"


CALORIMETER = Calorimeter(pads=51, pad=5.1, tungsten=(2.4,) * 17 + (4.8,) * 8, silicon=0.5, depth=159.0)
"""CLIC-like: 23 radiation lengths deep, 260 mm wide.

Source: the grid is that of the public 3DGAN samples for CLIC's electromagnetic calorimeter, arXiv:1912.06794.
"""
