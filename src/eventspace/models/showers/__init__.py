"""The parts of the generators of calorimeter showers."""

import eventspace.models.extra  # noqa: F401
