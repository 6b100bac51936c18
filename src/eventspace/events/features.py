"""Events of any kind as a table of named numbers."""

import numpy as np
from numpy.typing import NDArray

from eventspace.base.errors import InputError
from eventspace.events.base import Events, kind_of

__all__ = ["features"]


def features(events: Events) -> dict[str, NDArray[np.float64]]:
    """What can be measured of each event, by name.

    Points have their coordinates, x1, x2 …; jets and other clouds what ``cloud_features`` lists; showers what
    ``shower_features`` lists. Behind them stand the columns of numbers that the events carry.

    Arguments:
        events: n of a kind.

    Returns:
        (n,) float64 each.

    Raises:
        InputError: the events are not valid, or of a kind that has no features here.

    Example:
        >>> from eventspace.events.points import Points
        >>> points = Points(values=np.array([[1.0, 2.0]]), per_event={"weight": np.array([0.5])})
        >>> {name: values.tolist() for name, values in features(points).items()}
        {'x1': [1.0], 'x2': [2.0], 'weight': [0.5]}
    """
    kind_of(events)
    columns = events.check().measured()
    if columns is None:
        raise InputError(
            f"there are no features of {kind_of(events)}", remedy="give points, particle clouds or showers"
        )
    numbers = {name: values for name, values in events.per_event.items() if values.dtype.kind in "biuf"}
    return columns | {name: values.astype(np.float64) for name, values in numbers.items() if name not in columns}
