"""Electromagnetic showers from Geant4, which the package calzone brings."""

import os
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from eventspace.base.errors import InputError
from eventspace.base.extras import require
from eventspace.events.simulate.calorimeter import Calorimeter
from eventspace.events.simulate.geant4_tables import DESCRIPTION, load_xraylib, write_tables

__all__ = ["Simulation", "load_calzone", "simulation"]

_DATA = "GEANT4_DATA_DIR"


def load_calzone() -> Any:
    """The module of calzone.

    Raises:
        MissingExtraError: calzone is not installed, or Geant4 has no data and xraylib is not installed.
    """
    with require("geant4", "simulating showers with Geant4"):
        import calzone
    if _DATA not in os.environ:
        os.unsetenv(_DATA)  # calzone sets it, unseen by Python, and other processes would inherit it
        load_xraylib()
    return calzone


@cache
def simulation(calorimeter: Calorimeter) -> "Simulation":
    """The one simulation of a process: Geant4 starts once."""
    return Simulation(calorimeter)


class Simulation:
    """Geant4 in one calorimeter: standard electromagnetic physics, option 1, with production cuts of 0.7 mm.

    Above 150 MeV, photons and electrons also react with nuclei; the hadrons that come from that only ionise.

    Geant4 reads its data at the start: from the folder that the environment variable ``GEANT4_DATA_DIR`` names, or
    else tables that are made on the spot (see ``geant4_tables``).

    Arguments:
        calorimeter: the layers.

    Attributes:
        data: which data Geant4 works with, for people.

    Raises:
        InputError: ``GEANT4_DATA_DIR`` lacks what Geant4 needs.
        MissingExtraError: calzone is not installed, or Geant4 has no data and xraylib is not installed.

    Source: S. Agostinelli et al., Nucl. Instrum. Meth. A 506 (2003) 250; calzone, V. Niess.
    """

    def __init__(self, calorimeter: Calorimeter):
        self._calzone = load_calzone()
        self.data = "Geant4's own data" if _DATA in os.environ else DESCRIPTION
        self._calorimeter = calorimeter
        self._simulation = self._calzone.Simulation({"World": _world(calorimeter)})
        self._simulation.physics.em_model = "option1"
        self._simulation.physics.default_cut = 0.07  # cm
        self._simulation.sample_deposits = "detailed"
        with _data():
            try:
                self.shower("gamma", 0.001, x=0.0, y=0.0, seed=0)
            except FileNotFoundError as error:
                raise InputError(
                    f"{_DATA} cannot be used: {error}",
                    remedy="fill it with `python -m calzone download`, or unset it to have small tables made",
                ) from None

    def shower(
        self, kind: str, energy: float, x: float, y: float, *, seed: int
    ) -> tuple[NDArray[np.int32], NDArray[np.float32]]:
        """One shower along z.

        Arguments:
            kind: ``e-``, ``e+`` or ``gamma``.
            energy: of the particle, GeV.
            x, y: where it enters, mm from the middle of the calorimeter.
            seed: of this shower alone.

        Returns:
            The numbers of the cells with energy, rising, and the energy left in the silicon of each, GeV.
        """
        particle = self._calzone.particles(1, pid=kind, energy=1000 * energy, direction=(0, 0, 1))
        particle["position"] = (x / 10, y / 10, -1)
        self._simulation.random.seed = seed
        deposits = self._simulation.run(particle).deposits or {}

        calorimeter = self._calorimeter
        grid = np.zeros(calorimeter.shape)
        for layer in range(len(calorimeter.tungsten)):
            found = deposits.get(f"World.{_silicon(layer)}")
            if found is not None:
                steps, points = found.line, found.point
                where = np.concatenate([(steps["start"] + steps["end"]) / 2, points["position"]])
                pads = np.floor(10 * where[:, :2] / calorimeter.pad + calorimeter.pads / 2).astype(np.int64)
                pads = np.clip(pads, 0, calorimeter.pads - 1)  # the rim itself
                np.add.at(grid[:, :, layer], tuple(pads.T), np.concatenate([steps["value"], points["value"]]))
        flat = grid.ravel().astype(np.float32) / np.float32(1000)
        cell = np.flatnonzero(flat)
        return cell.astype(np.int32), flat[cell]


def _silicon(layer: int) -> str:
    return f"Silicon{layer}"


def _world(calorimeter: Calorimeter) -> dict[str, Any]:
    """The geometry as calzone takes it, in cm, the front at z = 0."""
    width = calorimeter.width / 10
    world: dict[str, Any] = {"material": "G4_Galactic", "box": [2 * width, 2 * width, 4 * calorimeter.depth / 10]}
    front = 0.0
    for layer, tungsten in enumerate(calorimeter.tungsten):
        silicon = front + tungsten
        world[f"Tungsten{layer}"] = _plate("G4_W", width, front / 10, tungsten / 10)
        world[_silicon(layer)] = _plate("G4_Si", width, silicon / 10, calorimeter.silicon / 10)
        world[_silicon(layer)]["role"] = "record_deposits"
        front = silicon + calorimeter.silicon + calorimeter.gap
    return world


def _plate(material: str, width: float, front: float, thickness: float) -> dict[str, Any]:
    return {"material": material, "box": [width, width, thickness], "position": [0, 0, front + thickness / 2]}


@contextmanager
def _data() -> Iterator[None]:
    """Geant4's environment while it starts: no other variables of Geant4, and a folder with data."""
    kept = {name: value for name, value in os.environ.items() if name.startswith(("G4", "GEANT4_"))}
    for name in kept:
        del os.environ[name]
    try:
        with tempfile.TemporaryDirectory(prefix="eventspace-geant4-") as temporary:
            if _DATA not in kept:
                write_tables(Path(temporary))
            os.environ[_DATA] = kept.get(_DATA, temporary)
            yield
    finally:
        os.environ.pop(_DATA, None)
        for name in _SET_BY_CALZONE:
            os.unsetenv(name)  # calzone sets them where os.environ does not see it
        os.environ.update(kept)


_SET_BY_CALZONE = (
    "G4ABLADATA",
    "G4CHANNELINGDATA",
    "G4ENSDFSTATEDATA",
    "G4INCLDATA",
    "G4LEDATA",
    "G4LEVELGAMMADATA",
    "G4NEUTRONHPDATA",
    "G4PARTICLEXSDATA",
    "G4PIIDATA",
    "G4RADIOACTIVEDATA",
    "G4REALSURFACEDATA",
    "G4SAIDXSDATA",
)
