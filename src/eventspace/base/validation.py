"""What pydantic finds wrong with values, in the words of our errors."""

from typing import TYPE_CHECKING, Any, NamedTuple

if TYPE_CHECKING:  # the command line comes without pydantic until it is needed
    from pydantic import ValidationError

__all__ = ["Fault", "first_fault"]


class Fault(NamedTuple):
    """The first thing that is wrong.

    Attributes:
        place: names and numbers of the fields that lead to it, joined by dots; empty where it is the whole.
        message: what is wrong, beginning with a small letter.
        given: the value there.
    """

    place: str
    message: str
    given: Any


def first_fault(error: "ValidationError") -> Fault:
    """The first fault that pydantic tells.

    Example:
        >>> from pydantic import TypeAdapter, ValidationError
        >>> try:
        ...     _ = TypeAdapter(dict[str, int]).validate_python({"seed": "one"})
        ... except ValidationError as error:
        ...     print(*first_fault(error), sep="; ")
        seed; input should be a valid integer, unable to parse string as an integer; one
    """
    fault = error.errors(include_url=False)[0]
    message = fault["msg"].removeprefix("Value error, ")
    return Fault(".".join(map(str, fault["loc"])), f"{message[:1].lower()}{message[1:]}", fault["input"])
