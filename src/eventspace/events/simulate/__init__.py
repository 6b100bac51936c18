"""Simulated samples: jets of proton-proton collisions, calorimeter showers, and points of known distribution."""

import os
from collections.abc import Iterator
from functools import partial
from typing import Any

from eventspace.base.errors import InputError
from eventspace.base.progress import progress
from eventspace.events.base import Events
from eventspace.events.simulate import jets, showers, toys
from eventspace.events.simulate.blocks import Maker, cut, in_order

__all__ = ["KINDS", "simulate"]

KINDS = {
    **{kind: process.description for kind, process in jets.PROCESSES.items()},
    **showers.SHOWERS,
    **{kind: toy.description for kind, toy in toys.TOYS.items()},
}
"""What can be simulated: name and description."""


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

    The same kind, options and seed give the same events, byte for byte, whatever ``processes`` is; and a smaller
    sample is the beginning of a larger one.

    Arguments:
        kind: a name in ``KINDS``.
        n: how many events.
        seed: from 0.
        processes: how many processes simulate jets or showers at once; by default as many as there are cores. More
            than one needs the script's main guard. Points are made in this process.
        show_progress: always or never; by default only on a terminal.
        options: of the kind: those of ``JetOptions`` for jets, of ``ShowerOptions`` for showers, ``dimension`` for
            shell.

    Returns:
        An iterator over parts of the sample in order: ParticleClouds, Showers or Points.

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
    if kind not in KINDS:
        raise InputError(f"there is no kind '{kind}'", remedy=f"choose from {', '.join(KINDS)}")
    if n < 1:
        raise InputError(f"{n} events were asked for", remedy="ask for one or more")
    if not 0 <= seed < 2**63:
        raise InputError(f"the seed {seed} cannot be used", remedy="choose one from 0 to 2**63 - 1")
    if processes is not None and processes < 1:
        raise InputError(f"{processes} processes cannot work", remedy="give 1 or more")

    make: Maker
    if kind in toys.TOYS:
        size, unit, processes = toys.BLOCK, "points", 1
        make = partial(toys.block, kind, toys.TOYS[kind].options.of(kind, options), seed)
    elif kind in showers.SHOWERS:
        shower_options = showers.ShowerOptions.of(kind, options)
        size, unit = showers.BLOCKS[shower_options.backend], "showers"
        make = partial(showers.block, shower_options, seed)
        showers.require(shower_options)
    else:
        size, unit = jets.BLOCK, "jets"
        make = partial(jets.block, kind, jets.JetOptions.of(kind, options), seed)
        jets.require()
    blocks = cut(n, size)
    workers = min(processes or os.cpu_count() or 1, -(-n // size))
    return _shown(in_order(make, blocks, workers), f"simulating {kind}", n, unit, show_progress)


def _shown(
    parts: Iterator[Events], description: str, n: int, unit: str, show_progress: bool | None
) -> Iterator[Events]:
    with progress(description, n, unit, show_progress) as advance:
        for part in parts:
            advance(len(part))
            yield part
