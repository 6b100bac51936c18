"""How showers come to the networks."""

import hashlib
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from eventspace.base.errors import InputError
from eventspace.events.incident import in_double
from eventspace.events.showers import Showers
from eventspace.models.showers.networks import ENERGY_SCALE, POWER

__all__ = ["TrainingSample", "incident_energy"]


@dataclass(frozen=True)
class TrainingSample:
    """Showers as the networks see them, kept sparse.

    Attributes:
        kept: the showers in GeV, without the cells below the threshold.
        cells: those in the window, in the unit of the training, to the power 0.85.
        total: (n,) the energy of the cells in the window, in the unit of the training.
        cell_unit: GeV in one unit of the training: the mean fraction of the energy of the primary particle that the
            cells in the window hold. So the totals are about the energies in GeV, as in the published sample.
        threshold: cells below this many GeV are left out.
        energy: (n,) energy of the primary particle in GeV.
        digest: of cells and energies.
    """

    kept: Showers
    cells: Showers
    total: NDArray[np.float64]
    cell_unit: float
    threshold: float
    energy: NDArray[np.float64]
    digest: str

    @classmethod
    def of(
        cls,
        showers: Showers,
        *,
        threshold: float,
        energy: float | None = None,
        window: tuple[int, int, int] | None = None,
    ) -> "TrainingSample":
        """Prepare showers.

        Arguments:
            showers: in GeV, with ``incident_energy`` in GeV.
            threshold: in GeV.
            energy: of all primary particles in GeV, instead of ``incident_energy``.
            window: cells in the middle of the grid to learn; all of them by default.

        Raises:
            InputError: the showers are not valid, not in GeV, without the energy of the primary particle, or have no
                cell above the threshold in the window; the window is not within the grid.
        """
        energies = incident_energy(showers.check().check_unit(), energy)
        kept = showers.above(threshold)
        inside = kept.window(window or kept.shape)
        empty = np.diff(inside.offsets) == 0
        if empty.any():
            raise InputError(
                "a shower has no cell above the threshold in the window",
                event=int(np.argmax(empty)),
                remedy="make --window larger, or remove the shower",
            )
        digest = hashlib.sha256(repr(kept.shape).encode())
        for part in (kept.offsets, kept.cell, kept.energy.astype(np.float64), energies):
            digest.update(part.tobytes())
        total = inside.total_energy
        unit = float(total.sum() / energies.sum())
        cells = (inside.energy.astype(np.float64) / unit) ** POWER
        return cls(
            kept,
            replace(inside, energy=cells.astype(np.float32), per_event={}),
            total / unit,
            unit,
            threshold,
            energies,
            digest.hexdigest(),
        )

    def batch(self, index: NDArray[np.integer[Any]], device: torch.device) -> tuple[Tensor, Tensor, Tensor]:
        """Cells (n, x, y, z), energies in units of 100 GeV (n,), and totals (n,) of some showers."""
        cells = torch.from_numpy(self.cells[index].to_dense())
        energy = torch.from_numpy(np.float32(self.energy[index] / ENERGY_SCALE))
        total = torch.from_numpy(np.float32(self.total[index]))
        return cells.to(device), energy.to(device), total.to(device)


def incident_energy(showers: Showers, given: float | None) -> NDArray[np.float64]:
    """The energy of the primary particle of each shower in GeV, (n,): the one given for all, or that of the file.

    Raises:
        InputError: it is not known, or not positive.
    """
    if given is None and "incident_energy" not in showers.per_event:
        raise InputError(
            "the showers do not say the energy of the primary particle (incident_energy)",
            remedy="give it: --energy 100",
        )
    energies = np.full(len(showers), given) if given is not None else in_double(showers.per_event["incident_energy"])
    if not (energies > 0).all():
        event = int(np.argmin(energies > 0))
        raise InputError("the energy of the primary particle is not positive", event=event, remedy="remove the shower")
    return energies
