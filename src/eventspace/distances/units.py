"""Events are compared in one unit."""

from eventspace.base.errors import InputError
from eventspace.events.base import Events

__all__ = ["check_units"]

_COLUMNS = {"particles": "pt", "showers": "energy"}


def check_units(left: Events, right: Events) -> None:
    """Make sure that the energies of two sets are in the same unit; GeV where a set does not say.

    Raises:
        InputError: they are not.
    """
    a, b = (events.units.get(_COLUMNS.get(events.kind, "values"), "GeV") for events in (left, right))
    if a != b:
        raise InputError(f"energies in {a} cannot be compared with energies in {b}", remedy="convert one of the sets")
