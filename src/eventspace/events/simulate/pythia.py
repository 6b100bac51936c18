"""Pythia 8: a silent generator whose events depend on its settings and seed alone."""

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from eventspace.base.errors import InputError
from eventspace.base.extras import require

__all__ = ["block_seed", "charges", "generator", "load_pythia"]

_SEEDS = 900_000_000
"""Pythia's seeds run from 1 to this number."""


def load_pythia() -> Any:
    """The module of Pythia.

    Raises:
        MissingExtraError: Pythia is not installed.
    """
    with require("simulate", "simulating collisions"):
        import pythia8mc
    return pythia8mc


def generator(settings: Sequence[str], seed: int, source: Any = None) -> Any:
    """An initialised Pythia that prints nothing.

    Arguments:
        settings: lines of the form "PhaseSpace:pTHatMin = 450".
        seed: from 1 to 900,000,000.
        source: an LHAup object that gives the hard processes, with the setting "Beams:frameType = 5"; the caller
            keeps it alive.

    Raises:
        MissingExtraError: Pythia is not installed.
        InputError: Pythia does not know a setting, or finds no phase space for the process.

    Example:
        >>> pythia = generator(["WeakDoubleBoson:ffbar2WW = on", "PhaseSpace:pTHatMin = 400"], seed=1)
        >>> len(pythia.nextBatch(2))
        2

    Source: C. Bierlich et al., arXiv:2203.11601.
    """
    pythia = load_pythia().Pythia("", False)
    pythia.readString("Print:quiet = on")
    for line in (*settings, "Random:setSeed = on", f"Random:seed = {seed}"):
        if not pythia.readString(line):
            raise InputError(f"Pythia does not accept the setting '{line}'", remedy="see Pythia's manual")
    if source is not None:
        pythia.setLHAupPtr(source)
    if not pythia.init():
        raise InputError(
            f"Pythia cannot start with {', '.join(settings)}",
            remedy="lower pt_min, or raise beam_energy: the process may have no phase space left",
        )
    return pythia


def block_seed(seed: int, block: int) -> int:
    """Pythia's seed for a block of a sample, from 1 to 900,000,000.

    The blocks of a sample count on from a place that numpy's SeedSequence chooses. Seeds drawn anew for each block
    would repeat within a sample of a million jets (4,000 blocks) with a probability of 1%, and with them 250 jets.

    Example:
        >>> block_seed(7, 1) - block_seed(7, 0)
        1
    """
    first = int(np.random.SeedSequence(seed).generate_state(1, np.uint64)[0])
    return 1 + (first + block) % _SEEDS


def charges(pythia: Any, pid: NDArray[np.int32]) -> NDArray[np.int8]:
    """The electric charge of each particle in units of e, from Pythia's particle table."""
    kinds, inverse = np.unique(pid, return_inverse=True)
    table = [round(pythia.particleData.charge(int(kind))) for kind in kinds]
    return np.array(table, dtype=np.int8)[inverse]
