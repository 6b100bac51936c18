"""Errors that say what is wrong, where, and what to do about it; and the warnings."""

from pathlib import Path

__all__ = [
    "EventspaceError",
    "EventspaceWarning",
    "InputError",
    "MissingExtraError",
    "TriangleInequalityWarning",
    "UnfamiliarEventsWarning",
]


class EventspaceError(Exception):
    """Any error that eventspace raises on purpose; the command line prints its text and exits with code 2."""


class InputError(EventspaceError, ValueError):
    """The caller's data or options cannot be used.

    Arguments:
        problem: what is wrong, in one sentence without a full stop.
        file: the file it was found in.
        event: the number of the first event that shows it, counted from 0.
        remedy: what the caller can do.

    Example:
        >>> str(InputError("pt is negative", file="jets.h5", event=7, remedy="remove the event"))
        'jets.h5, event 7: pt is negative; remove the event'
    """

    def __init__(
        self,
        problem: str,
        *,
        file: str | Path | None = None,
        event: int | None = None,
        remedy: str | None = None,
    ):
        self.problem = problem
        self.file = file
        self.event = event
        self.remedy = remedy
        where = ", ".join(
            part for part in (str(file) if file else "", f"event {event}" if event is not None else "") if part
        )
        text = f"{where}: {problem}" if where else problem
        super().__init__(f"{text}; {remedy}" if remedy else text)

    def at(self, file: str | Path, *, first: int = 0) -> "InputError":
        """The same error with the file it was found in.

        Arguments:
            file: its name.
            first: the number in the file of the first event that was looked at.

        Example:
            >>> str(InputError("pt is negative", event=7).at("jets.h5", first=2000))
            'jets.h5, event 2007: pt is negative'
        """
        event = None if self.event is None else self.event + first
        return InputError(self.problem, file=file, event=event, remedy=self.remedy)


class MissingExtraError(EventspaceError, ImportError):
    """An optional package is not installed.

    Arguments:
        package: the package that could not be imported.
        extra: the extra of eventspace that installs it.
        purpose: what it is needed for.
    """

    def __init__(self, package: str, extra: str, purpose: str):
        self._made_of = (package, extra, purpose)
        super().__init__(f"{purpose} needs {package}; install it with: pip install 'eventspace[{extra}]'")

    def __reduce__(self) -> tuple[type, tuple[str, str, str]]:
        return type(self), self._made_of


class EventspaceWarning(UserWarning):
    """Any warning of eventspace; the command line prints each once, on a line of the error stream."""


class TriangleInequalityWarning(EventspaceWarning):
    """The distances are right, but d(a, c) may be larger than d(a, b) + d(b, c): do not reason with it."""


class UnfamiliarEventsWarning(EventspaceWarning):
    """A network is used on events that are unlike those that it learned from."""
