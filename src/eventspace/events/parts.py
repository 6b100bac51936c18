"""Sets of events taken apart: what all events of a set share, how long each is, and plain columns."""

from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

__all__ = ["Parts"]


class Parts(NamedTuple):
    """A set of events without what all kinds have.

    Attributes:
        settings: what the events share: coordinate, field of view or grid; it fits into JSON.
        counts: (n,) entries of each event; None where each has one row.
        columns: by name, for exactly these events: entries one after the other, or rows.
    """

    settings: dict[str, Any]
    counts: NDArray[np.int64] | None
    columns: dict[str, NDArray[Any]]
