"""The studies as functions, ``es.support(reference, generated)`` and the like, made from their dictionary."""

from collections.abc import Callable, Mapping, Sequence
from difflib import get_close_matches
from functools import cache
from inspect import Parameter, Signature
from pathlib import Path
from textwrap import fill
from typing import Any

from pydantic import ValidationError

from eventspace.base.errors import InputError
from eventspace.base.validation import first_fault
from eventspace.base.work import DESCRIPTIONS, Work
from eventspace.events.base import Events
from eventspace.events.native import read
from eventspace.report.answer import Answer
from eventspace.statistics.number import Numbers
from eventspace.studies.registry import STUDIES, study
from eventspace.studies.study import Study, StudyConfig

__all__ = ["function", "labelled"]

Sample = Events | str | Path

_WIDTH, _IN = 116, "    "  # of the lines of help
_USUAL_WORK = ("show_progress", "folder")  # in addition to the options of the study


def __getattr__(name: str) -> Any:
    study_name = name.replace("_", "-")
    if study_name not in STUDIES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return function(study_name)


@cache
def function(name: str) -> Callable[..., Answer]:
    """A study as a function: samples first, then its options and those of :class:`eventspace.base.work.Work`.

    Arguments:
        name: one of :data:`eventspace.studies.registry.STUDIES`.

    Example:
        >>> import inspect
        >>> list(inspect.signature(function("support")).parameters)[:4]
        ['reference', 'generated', 'seed', 'level']
    """
    asked = study(name)
    signature = _signature(asked)

    def ask(*arguments: Any, **keywords: Any) -> Answer:
        _refuse_unknown(keywords, signature)
        given = signature.bind(*arguments, **keywords).arguments
        samples = _samples(asked, given)
        config = _config(asked, {option: given[option] for option in asked.config.model_fields if option in given})
        work = Work(**{option: given[option] for option in _work(asked) if option in given})
        found = asked.ask(samples, config, work)
        inputs = [*(events.file for events in samples.values() if events.file), *config.files]
        return Answer(**{**vars(found), "numbers": Numbers(found.numbers)}, inputs=inputs)

    ask.__name__ = ask.__qualname__ = name.replace("-", "_")
    ask.__doc__ = _document(asked)
    ask.__signature__ = signature  # type: ignore[attr-defined]
    return ask


def labelled(samples: Sequence[Any]) -> dict[str, Any]:
    """Samples under names of their own: those of the one dictionary that is given, those of their files, or numbers.

    Raises:
        InputError: two files have the same name.
    """
    if len(samples) == 1 and isinstance(samples[0], Mapping):
        return dict(samples[0])
    paths = [Path(sample) if isinstance(sample, str | Path) else getattr(sample, "file", None) for sample in samples]
    alone = len(samples) == 1
    names = [path.stem if path else f"sample{'' if alone else f' {k}'}" for k, path in enumerate(paths, 1)]
    if len(set(names)) < len(names):
        twice = next(name for name in names if names.count(name) > 1)
        text = f"two samples have the same file name, {twice}"
        raise InputError(text, remedy="rename one: the names label the results; in Python a dictionary can name them")
    return dict(zip(names, samples, strict=True))


def _signature(asked: Study) -> Signature:
    if asked.several:
        first = [Parameter(asked.roles[0].name, Parameter.VAR_POSITIONAL, annotation=Sample)]
    else:
        first = [Parameter(role.name, Parameter.POSITIONAL_OR_KEYWORD, annotation=Sample) for role in asked.roles]
    options = [
        Parameter(name, Parameter.KEYWORD_ONLY, default=field.default)
        for name, field in asked.config.model_fields.items()
    ]
    usual = Work()
    how = [Parameter(name, Parameter.KEYWORD_ONLY, default=getattr(usual, name)) for name in _work(asked)]
    return Signature([*first, *options, *how], return_annotation=Answer)


def _work(asked: Study) -> tuple[str, ...]:
    """The attributes of ``Work`` that a caller can choose."""
    return (*asked.options, *_USUAL_WORK)


def _refuse_unknown(keywords: Mapping[str, Any], signature: Signature) -> None:
    known = [name for name, each in signature.parameters.items() if each.kind is not Parameter.VAR_POSITIONAL]
    for name in keywords:
        if name not in known:
            near = get_close_matches(name, known, n=1, cutoff=0.5)
            guess = f" (did you mean {near[0]!r}?)" if near else ""
            raise TypeError(f"there is no keyword {name!r}{guess}; the keywords are {', '.join(known)}")


def _samples(asked: Study, given: Mapping[str, Any]) -> dict[str, Events]:
    if asked.several:
        found = labelled(given.get(asked.roles[0].name, ()))
    else:
        found = {role.name: given[role.name] for role in asked.roles}
    return {name: read(sample) if isinstance(sample, str | Path) else sample for name, sample in found.items()}


def _config(asked: Study, options: Mapping[str, Any]) -> StudyConfig:
    try:
        return asked.config(**options)
    except ValidationError as error:
        fault = first_fault(error)
        raise InputError(f"{fault.place}: {fault.message}, not {fault.given!r}") from None


def _document(asked: Study) -> str:
    """What help() shows: the description, and the samples and options with what they mean."""
    described = [
        *((f"{'*' if asked.several else ''}{role.name}", role.description) for role in asked.roles),
        *((name, field.description or "") for name, field in asked.config.model_fields.items()),
        *((name, DESCRIPTIONS[name]) for name in _work(asked)),
    ]
    lines = [fill(f"{name}: {text}", _WIDTH, initial_indent=_IN, subsequent_indent=2 * _IN) for name, text in described]
    arguments = "\n".join(["Arguments:", *lines])
    description, _, _ = asked.description.partition("\n\nFor example: ")  # which is a command
    example = f"For example: es.{asked.name.replace('-', '_')}({', '.join(role.name for role in asked.roles)})"
    return "\n\n".join(
        [
            asked.question,
            description,
            example,
            arguments,
            "Returns:\n    The answer; see eventspace.report.answer.Answer.",
        ]
    )
