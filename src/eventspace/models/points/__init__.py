"""What the generators of points share."""

import eventspace.models.extra  # noqa: F401
