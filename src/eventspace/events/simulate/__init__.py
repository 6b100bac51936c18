"""Simulated samples: jets, e+e- collisions, calorimeter showers, and points of known distribution."""

import os
from collections.abc import Iterator
from functools import partial
from typing import Any

from eventspace.base.errors import InputError
from eventspace.base.progress import progress
from eventspace.events.base import Events
from eventspace.events.simulate import electron_positron, jets, showers, toys
from eventspace.events.simulate.blocks import cut, in_order
from eventspace.events.simulate.simulation import Simulation

__all__ = ["SIMULATIONS", "simulate"]

SIMULATIONS: dict[str, Simulation] = {
    **jets.SIMULATIONS,
    **electron_positron.SIMULATIONS,
    **showers.SIMULATIONS,
    **toys.SIMULATIONS,
}
"""What can be simulated, by name. A new kind is one file and its part of this line."""


def simulate(
    kind: str,
    n: int,
    *,
    seed: int = 1,
    processes: int | None = None,
    show_progress: bool | None = None,
    **options: Any,
) -> Iterator[Events]:
    """Simulate a sample, part by part, so that memory is bounded however large it is.

    The same kind, options and seed give the same events, byte for byte, for any number of ``processes``; and a smaller
    sample is the beginning of a larger one.

    Arguments:
        kind: a name in ``SIMULATIONS``.
        n: how many events.
        seed: from 0.
        processes: how many processes simulate jets or showers at once; by default as many as there are cores. More
            than one needs the script's main guard. Points are made in this process.
        show_progress: always or never; by default only on a terminal.
        options: of the kind: the fields of its ``options``.

    Returns:
        An iterator over parts of the sample in order: ParticleClouds, Collisions, Showers or Points.

    Raises:
        InputError: an argument or option cannot be used; the text lists the valid ones.
        MissingExtraError: jets need Pythia and FastJet, showers with Geant4 need calzone.

    Example:
        >>> from eventspace.events.native import read, writer
        >>> import tempfile, pathlib
        >>> path = pathlib.Path(tempfile.mkdtemp()) / "ring.h5"
        >>> with writer(path) as file:
        ...     for part in simulate("ring", 60_000, seed=1):
        ...         file.append(part)
        >>> len(read(path))
        60000
    """
    if kind not in SIMULATIONS:
        raise InputError(f"there is no kind '{kind}'", remedy=f"choose from {', '.join(SIMULATIONS)}")
    if n < 1:
        raise InputError(f"{n} events cannot be simulated", remedy="give one or more")
    if not 0 <= seed < 2**63:
        raise InputError(f"the seed {seed} cannot be used", remedy="choose one from 0 to 2**63 - 1")
    if processes is not None and processes < 1:
        raise InputError(f"{processes} processes cannot work", remedy="give 1 or more")

    simulation = SIMULATIONS[kind]
    chosen = simulation.options.of(kind, options)
    simulation.require(chosen)
    size = simulation.size(chosen)
    workers = 1 if simulation.alone else min(processes or os.cpu_count() or 1, -(-n // size))
    parts = in_order(partial(simulation.block, chosen, seed), cut(n, size), workers)
    return _shown(parts, f"simulating {kind}", n, simulation.unit, show_progress)


def _shown(
    parts: Iterator[Events], description: str, n: int, unit: str, show_progress: bool | None
) -> Iterator[Events]:
    with progress(description, n, unit, show_progress) as advance:
        for part in parts:
            advance(len(part))
            yield part
