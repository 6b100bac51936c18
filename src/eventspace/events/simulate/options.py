"""Options of a kind of sample: frozen, typed, and with errors that list the valid ones."""

from collections.abc import Mapping
from typing import Any, Self

from pydantic import BaseModel, ConfigDict, ValidationError

from eventspace.base.errors import InputError
from eventspace.base.validation import first_fault

__all__ = ["Options"]


class Options(BaseModel):
    """The options of a kind of sample; the base class has none.

    Example:
        >>> Options.of("ring", {"radius": 3})
        Traceback (most recent call last):
            ...
        eventspace.base.errors.InputError: ring has no option radius; it takes no options
    """

    model_config = ConfigDict(frozen=True, extra="forbid", allow_inf_nan=False)

    @classmethod
    def of(cls, kind: str, given: Mapping[str, Any]) -> Self:
        """The options of a kind, with defaults for what is not given.

        Raises:
            InputError: an option is unknown, or a value cannot be used.
        """
        unknown = [name for name in given if name not in cls.model_fields]
        if unknown:
            valid = ", ".join(cls.model_fields)
            raise InputError(
                f"{kind} has no option {', '.join(unknown)}",
                remedy=f"choose from {valid}" if valid else "it takes no options",
            )
        try:
            return cls(**given)
        except ValidationError as error:
            fault = first_fault(error)
            name = f"{fault.place} = {fault.given}: " if fault.place else ""
            raise InputError(f"{kind}: {name}{fault.message}") from None
