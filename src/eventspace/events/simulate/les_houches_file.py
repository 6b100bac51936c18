"""The matrix-element events of a simulated sample as a Les Houches file."""

from pathlib import Path
from typing import Any

from eventspace.base.errors import InputError
from eventspace.base.files import atomic
from eventspace.events.simulate import SIMULATIONS
from eventspace.events.simulate.blocks import cut

__all__ = ["write_lhe"]


def write_lhe(path: str | Path, kind: str, n: int, *, seed: int = 1, **options: Any) -> None:
    """Write the unweighted events that ``simulate`` hands to Pythia with the same arguments, before the shower.

    They are in the order of the sample; events that Pythia gives up, none among 10,000, are missing in the sample.

    Arguments:
        path: the file; it appears whole or not at all.
        kind: a name in ``SIMULATIONS`` with a matrix element of ours, ``zhh``.
        n: how many events.
        seed: from 0.
        options: of the kind.

    Raises:
        InputError: the kind has no matrix element of ours, or an option cannot be used.

    Example:
        >>> import tempfile
        >>> path = Path(tempfile.mkdtemp()) / "zhh.lhe"
        >>> write_lhe(path, "zhh", 10, seed=1, kappa_lambda=2.0)
        >>> path.read_text().count("<event>")
        10

    Source: J. Alwall et al., hep-ph/0609017.
    """
    simulation = SIMULATIONS.get(kind)
    if simulation is None or simulation.lhe is None:
        has = ", ".join(name for name, entry in SIMULATIONS.items() if entry.lhe is not None)
        raise InputError(f"{kind} has no Les Houches events", remedy=f"choose from {has}")
    chosen = simulation.options.of(kind, options)
    lines = simulation.lhe(chosen, seed, cut(n, simulation.size(chosen)))
    with atomic(path) as temporary, Path(temporary).open("w", encoding="utf-8") as file:
        file.writelines(f"{line}\n" for line in lines)
