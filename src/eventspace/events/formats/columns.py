"""Column maps: which array of a file is which column of the events, ``pt=PT,rapidity=Y,phi=PHI``."""

from collections.abc import Collection, Mapping, Sequence

from eventspace.base.errors import InputError

__all__ = ["EXAMPLE", "MOMENTA", "PARTICLE", "of_events", "parse"]

EXAMPLE = "--columns pt=PT,rapidity=Y,phi=PHI"

MOMENTA = ("E", "px", "py", "pz")
PARTICLE = (*MOMENTA, "pt", "rapidity", "eta", "phi", "mass", "pid", "charge")
"""The columns that have one value a particle; any other name is a column with one value an event."""

_NOT_EVENTS = (*PARTICLE, "mask", "offsets")

_REMEDY = f"give pt, phi and rapidity or eta, with E or mass where known, or E, px, py and pz: {EXAMPLE}"


def parse(columns: str, points: Sequence[str] = ()) -> dict[str, str]:
    """Read a column map.

    Arguments:
        columns: OURS=THEIRS pairs, separated by commas. Ours are pt, rapidity or eta, phi, and mass or E, pid and
            charge where known; or E, px, py and pz. ``mask`` says which entries are particles, ``offsets`` where the
            events begin in flat arrays. Any other name makes a column with one value an event; ``label`` becomes text.
            Theirs are the names in the file; ``NAME:INDEX`` is one of the numbers along the last axis of an array, and
            ``NAME*`` all columns of a table that have a number in place of the star.
        points: the columns of the points, where the file becomes points; then the map names columns of events only.

    Raises:
        InputError: not such pairs, a column twice, or columns that do not describe what the file becomes.

    Example:
        >>> parse("pt=PT, eta=ETA, phi=PHI, label=truth")
        {'pt': 'PT', 'eta': 'ETA', 'phi': 'PHI', 'label': 'truth'}
        >>> parse("E=X:0,px=X:1,py=X:2,pz=X:3")["pz"]
        'X:3'
    """
    chosen: dict[str, str] = {}
    for pair in columns.split(",") if columns or not points else ():
        ours, equals, theirs = (part.strip() for part in pair.partition("="))
        if not (ours and equals and theirs):
            raise InputError(f"{pair.strip()!r} is not OURS=THEIRS in the column map", remedy=_REMEDY)
        if ours in chosen:
            raise InputError(f"{ours} stands twice in the column map", remedy=_REMEDY)
        chosen[ours] = theirs
    if points:
        _only_events(chosen)
    elif not _describes_particles(chosen):
        raise InputError(f"{', '.join(chosen)} do not describe particles", remedy=_REMEDY)
    return chosen


def of_events(columns: Mapping[str, str]) -> dict[str, str]:
    """The part of a map that has one value an event."""
    return {ours: theirs for ours, theirs in columns.items() if ours not in _NOT_EVENTS}


def _describes_particles(names: Collection[str]) -> bool:
    given = set(names) & set(PARTICLE) - {"pid", "charge"}
    if given == set(MOMENTA):
        return True
    coordinates = {"pt", "phi"} <= given and len(given & {"rapidity", "eta"}) == 1
    return coordinates and not given & {"px", "py", "pz"} and not {"mass", "E"} <= given


def _only_events(names: Collection[str]) -> None:
    for name in names:
        if name in _NOT_EVENTS:
            raise InputError(
                f"{name} is a column of particles, and points have none",
                remedy="name coordinates with --points only, or leave out --points",
            )
