"""The command line: one command a question, thin wrappers in the order of the work."""

import sys
import warnings
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any

from cyclopts import App, CycloptsError, MissingArgumentError, Parameter, Token, UnusedCliTokensError
from cyclopts import convert as as_usual  # there is a module convert here

from eventspace import __version__
from eventspace.base.errors import EventspaceError, EventspaceWarning
from eventspace.base.provenance import command
from eventspace.base.validation import first_fault
from eventspace.studies.registry import STUDIES

__all__ = ["COMMANDS", "main", "warnings_in_one_line"]

_BEFORE = {
    "simulate": "Simulate events: jets with Pythia 8, calorimeter showers, or points of a toy distribution.",
    "convert": "Turn a file of another format into an eventspace file.",
    "merge": "Make one eventspace file from several.",
    "inspect": "Show what a file holds and what is wrong with it.",
    "distances": "Compute all distances between two files of events, or within one.",
}
_AFTER = {
    "train": "Train a network on the events of a file.",
    "generate": "Make events with a trained network.",
    "encode": "Write where events lie in the latent space of a trained autoencoder.",
    "cluster": "Cluster e+e- events to jets, with a trained network or the Durham algorithm.",
    "report": "Make one page from finished runs.",
    "demo": "From simulated collisions to a page with an answer, in a few minutes.",
}

COMMANDS = _BEFORE | STUDIES | _AFTER
"""What each command does, in the order of the work."""


def _app(chosen: str | None) -> App:
    """The commands, loaded when they are needed: the overview shows one line of each, the chosen one its own page."""
    app = App(
        name="eventspace",
        version=__version__,
        suppress_keyboard_interrupt=False,  # what to do then is said below
        help="How far apart are two collider events, and what follows from it.\n\n"
        "Start with `eventspace demo --out DIR`, or bring a file: `eventspace convert IN OUT`.",
        # Options keep the names of the physics (--R), and lists are given as: --p 1 0.5
        default_parameter=Parameter(
            converter=_converted,
            name_transform=lambda name: name.strip("_").replace("_", "-"),
            consume_multiple=True,
            negative_iterable=(),
        ),
    )
    for name, line in COMMANDS.items():
        place = f"studies:{name.replace('-', '_')}" if name in STUDIES else f"{name}:{name}"
        app.command(f"eventspace.cli.{place}", name=name, help=None if name == chosen else line)
    return app


def main(arguments: list[str] | None = None) -> int:
    """Run one command; wrong input or options end with one message and exit code 2."""
    tokens = sys.argv[1:] if arguments is None else arguments
    command.set(("eventspace", *tokens))
    try:
        with warnings_in_one_line():
            app = _app(next(iter(tokens), None))
            app(tokens, exit_on_error=False, print_error=False, result_action="return_value")
    except CycloptsError as error:
        return _fail(_one_line(error, tokens))
    except EventspaceError as error:
        return _fail(str(error))
    except MemoryError as error:
        return _fail(f"there is not enough memory ({error}); ask for less")
    except OSError as error:
        return _fail(f"{error.filename or 'the system'}: {error.strerror or error}")
    except KeyboardInterrupt:
        _fail("interrupted; a study continues with --resume, a distance file when the same command is given again")
        return 130
    return 0


def _converted(type_: Any, tokens: Sequence[Token]) -> Any:
    """What an option becomes: as cyclopts does it, but 1.5 is not rounded to a whole number."""
    if type_ in (int, int | None) and any("." in token.value for token in tokens):
        raise ValueError(f"{tokens[0].value} is not a whole number")
    return as_usual(type_, tokens)


@contextmanager
def warnings_in_one_line() -> Iterator[None]:
    """Each of our warnings is one line of the error stream, once; all others are shown as Python shows them."""

    usual = warnings.showwarning

    def show(message: Warning | str, category: type[Warning], *where: Any, **more: Any) -> None:
        if issubclass(category, EventspaceWarning):
            print(f"eventspace: {message}", file=sys.stderr)
        else:
            usual(message, category, *where, **more)

    with warnings.catch_warnings():
        warnings.simplefilter("default", EventspaceWarning)
        warnings.showwarning = show
        yield


def _one_line(error: CycloptsError, tokens: list[str]) -> str:
    """What is wrong with the options first; pydantic on a study's options comes without its scaffolding."""
    usage = f"eventspace {' '.join(error.command_chain or ())} --help shows what it takes"
    if isinstance(error, MissingArgumentError) and error.argument is not None:
        given = any(token.split("=")[0] in error.argument.names for token in tokens)
        return f"{error.argument.name} {'has no value' if given else 'is missing'}; {usage}"
    if isinstance(error, UnusedCliTokensError):
        return f"there is no place for {' '.join(error.unused_tokens or ())}; {usage}"
    cause: Any = error.__cause__
    if not hasattr(cause, "errors"):
        return " ".join(str(error).split())
    fault = first_fault(cause)
    option = ".".join(part for part in fault.place.split(".") if not part.isdecimal()).replace("_", "-")
    return f"--{option}: {fault.message}, not {fault.given}"


def _fail(text: str) -> int:
    print(f"eventspace: {text}", file=sys.stderr)
    return 2
