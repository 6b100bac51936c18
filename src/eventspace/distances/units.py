"""Events are compared in one unit."""

from eventspace.base.errors import InputError
from eventspace.events.base import Events

__all__ = ["check_units", "energy_unit"]

_COLUMNS = {"particles": "pt", "showers": "energy"}


def energy_unit(events: Events) -> str:
    """The unit of the energies of these events; GeV where they do not say."""
    return events.units.get(_COLUMNS.get(events.kind, "values"), "GeV")


def check_units(left: Events, right: Events) -> None:
    """Make sure that the energies of two sets are in the same unit; GeV where a set does not say.

    Raises:
        InputError: they are not.
    """
    a, b = energy_unit(left), energy_unit(right)
    if a != b:
        raise InputError(f"energies in {a} cannot be compared with energies in {b}", remedy="convert one of the sets")
