"""Events chosen at random, or by their labels, and labels given new names: ``top=1,qcd=0``."""

from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Self, TypeVar

import numpy as np
from numpy.typing import NDArray

from eventspace.base.errors import InputError
from eventspace.events.base import Events

__all__ = ["Choice", "at_random"]

_REMEDY = "give names and the labels in the file: --label top=1,qcd=0, or labels to keep: --label top"

AnyEvents = TypeVar("AnyEvents", bound=Events)


def at_random(events: int, most: int, seed: int) -> NDArray[np.int64]:
    """Numbers of some events, at most so many: chosen at random, since files may be sorted, and rising.

    Example:
        >>> at_random(5, 3, seed=1).tolist(), at_random(2, 3, seed=1).tolist()
        ([0, 1, 4], [0, 1])
    """
    return np.sort(np.random.default_rng(seed).permutation(events)[:most])


@dataclass
class Choice:
    """Which events are kept, and what their labels are called from now on.

    Attributes:
        names: our name for each label of the file that is kept.
        seen: how many events had each label.

    Example:
        >>> from eventspace.events.points import Points
        >>> points = Points(values=np.zeros((3, 1)), per_event={"label": np.array(["1", "0", "1"])})
        >>> choice = Choice.parse("top=1")
        >>> wanted = choice.wanted(points)
        >>> wanted.tolist(), choice.named(points[wanted]).labels.tolist()
        ([True, False, True], ['top', 'top'])
    """

    names: dict[str, str]
    seen: dict[str, int] = field(default_factory=dict)

    @classmethod
    def parse(cls, text: str) -> Self:
        """Read ``OURS=THEIRS`` pairs, or labels that keep their names, separated by commas.

        Raises:
            InputError: not such pairs, or a label twice.
        """
        names: dict[str, str] = {}
        for pair in text.split(","):
            ours, equals, theirs = (part.strip() for part in pair.partition("="))
            theirs = theirs if equals else ours
            if not (ours and theirs):
                raise InputError(f"{pair.strip()!r} chooses no label", remedy=_REMEDY)
            if theirs in names:
                raise InputError(f"the label {theirs} is chosen twice", remedy=_REMEDY)
            names[theirs] = ours
        return cls(names)

    def wanted(self, events: Events) -> NDArray[np.bool_]:
        """Which events have a label that is kept.

        Raises:
            InputError: the events have no labels.
        """
        if events.labels is None:
            raise InputError("the events have no labels", remedy="leave out --label, or map a column: label=NAME")
        for label, count in zip(*np.unique(events.labels, return_counts=True), strict=True):
            self.seen[str(label)] = self.seen.get(str(label), 0) + int(count)
        return np.isin(events.labels, list(self.names))

    def named(self, events: AnyEvents) -> AnyEvents:
        """The same events with our names for labels."""
        labels = np.array([self.names.get(str(label), str(label)) for label in events.per_event["label"]], dtype=str)
        return replace(events, per_event={**events.per_event, "label": labels})

    def check(self, source: Path) -> None:
        """Make sure that every label was seen.

        Raises:
            InputError: one is in no event; the error lists those that are.
        """
        for theirs in self.names:
            if theirs not in self.seen:
                raise InputError(
                    f"no event has the label {theirs!r}",
                    file=source,
                    remedy=f"it has {', '.join(sorted(self.seen))}",
                )
