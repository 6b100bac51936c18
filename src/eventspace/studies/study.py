"""The shape of every study: events by role, a frozen configuration and a way to work in; a frozen result out."""

import warnings
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, NamedTuple, get_args, get_origin

from numpy.typing import NDArray
from pydantic import BaseModel, ConfigDict, Field, ValidationInfo, field_validator
from threadpoolctl import threadpool_limits

from eventspace.base.errors import EventspaceWarning, InputError
from eventspace.base.work import Work
from eventspace.distances.engine.workers import connect
from eventspace.distances.transport.exact import Transport
from eventspace.events.base import Events
from eventspace.statistics.number import Number
from eventspace.studies.samples import place

__all__ = ["GENERATOR_ROLES", "Outcome", "Result", "Role", "Study", "StudyConfig", "TransportConfig"]


class StudyConfig(BaseModel):
    """The options of every study. Unknown keys are rejected, and nothing changes after construction."""

    model_config = ConfigDict(frozen=True, extra="forbid", allow_inf_nan=False)

    seed: int = Field(1, ge=0, description="Seed of every random choice.")
    level: float = Field(0.95, gt=0, lt=1, description="Confidence level of the intervals.")

    @property
    def without_effect(self) -> set[str]:
        """Options that the others leave without effect: they stand in no record."""
        return set()

    @property
    def files(self) -> list[Path]:
        """The files that options name; of a folder, the networks in it.

        Example:
            >>> StudyConfig().files
            []
        """
        values = [getattr(self, name) for name in type(self).model_fields]
        paths = [path for value in values for path in (value if isinstance(value, tuple) else (value,))]
        named = [path for path in paths if isinstance(path, Path)]
        return [file for path in named for file in ([path] if path.is_file() else sorted(path.rglob("*.safetensors")))]

    @field_validator("*", mode="before")
    @classmethod
    def _several(cls, value: Any, info: ValidationInfo) -> Any:
        """One value where several are possible stands for itself: ``medoids=50``."""
        expected = cls.model_fields[str(info.field_name)].annotation
        several = any(get_origin(each) is tuple for each in (expected, *get_args(expected)))
        return (value,) if several and isinstance(value, str | int | float | Path) else value


class TransportConfig(StudyConfig):
    """The parameters of the transport distance that belong to every power p."""

    R: float = Field(
        1.0, gt=0, description="Angular scale of the transport distance: moving all of the energy by R costs 1."
    )
    normalise: bool = Field(True, description="Scale the energies of each event to the sum 1 first.")

    def transport(self, p: float) -> Transport:
        """The metric for one power of the angle."""
        return Transport(R=self.R, p=p, normalise=self.normalise)


class Outcome(NamedTuple):
    """What the calculation of a study gives.

    Attributes:
        answer: one sentence with the main number.
        numbers: values with intervals; names are dotted, from general to special.
        arrays: what the figures are drawn from.
    """

    answer: str
    numbers: Mapping[str, Number]
    arrays: Mapping[str, NDArray[Any]]


@dataclass(frozen=True)
class Result:
    """What a study found.

    Attributes:
        study: the name of the study.
        question: the question of the study.
        answer: one sentence with the main number.
        numbers: values with intervals; names are dotted, from general to special.
        arrays: what the figures are drawn from.
        config: the configuration.
    """

    study: str
    question: str
    answer: str
    numbers: Mapping[str, Number]
    arrays: Mapping[str, NDArray[Any]]
    config: StudyConfig


class Role(NamedTuple):
    """What a sample is to a study.

    Attributes:
        name: of the role: ``reference``.
        description: of the events that play it, for people.
        most: how many samples may play it, each under a name of its own; 0 for any number.
    """

    name: str
    description: str
    most: int = 1


GENERATOR_ROLES = (
    Role("reference", "Events of the true source."),
    Role("generated", "Events of the generator."),
)


@dataclass(frozen=True)
class Study:
    """A question, and how it is answered.

    Attributes:
        roles: those of its samples, in order; none where it makes its own events. A role that several samples can play
            is the only one.
        config: its options.
        run: computes the answer. It takes the events of each role, or of each sample by its name where one role is
            played by several; the configuration; and how to work.
        description: what is done and how to read the answer, for the help of the command.
        headline: whether a number is printed when the study ends.
        options: which attributes of :class:`Work` a user chooses.
        name, question: as in :data:`eventspace.studies.registry.STUDIES`, which puts them here.
    """

    roles: Sequence[Role]
    config: type[StudyConfig]
    run: Callable[[Mapping[str, Events], Any, Work], Outcome]
    description: str
    headline: Callable[[str], bool] = lambda name: True
    options: Sequence[str] = ("threads", "scheduler")
    name: str = ""
    question: str = ""

    def ask(self, samples: Mapping[str, Events], config: StudyConfig | None = None, work: Work | None = None) -> Result:
        """The answer of the study.

        Arguments:
            samples: the events of each role; of each sample by its name where one role is played by several.
            config: its options; see :attr:`config`.
            work: how to work.

        Raises:
            InputError: the events or the configuration cannot be used; it names the file of the events, if they came
                from one.
        """
        config, work = config or self.config(), work or Work()
        self._check(samples)
        watch = work.watch
        report = None if watch is None else lambda outcome: watch(self.result(outcome, config))
        try:
            # One connection for the many calculations of a study. The last digits of a sum of products depend on the
            # number of threads of BLAS; the threads of the distances are others.
            with connect(work.scheduler) as client, threadpool_limits(1, "blas"), _remarks() as remarks:
                outcome = self.run(samples, config, replace(work, scheduler=client, watch=report))
        except InputError as error:
            files = {place(name): events.file for name, events in samples.items() if events.file}
            if str(error.file) not in files:
                raise
            raise error.at(files[str(error.file)]) from None
        return self.result(outcome._replace(answer=" ".join([outcome.answer, *remarks])), config)

    def result(self, outcome: Outcome, config: StudyConfig) -> Result:
        """An outcome together with the study and its configuration."""
        return Result(self.name, self.question, *outcome, config)

    def _check(self, samples: Mapping[str, object]) -> None:
        """Refuse samples in other roles than the study has, or too many of them."""
        for name, events in samples.items():
            if not isinstance(events, Events):
                remedy = "give a file, or make one: es.Points(values=...), es.ParticleClouds.from_lists(...)"
                raise TypeError(f"{name} is a {type(events).__name__}, not a set of events; {remedy}")
            if not name or not name.isprintable():
                raise InputError(f"the name {name!r} of a sample cannot be printed", remedy="give another")
        if self.several:
            [role] = self.roles
            if not samples or (role.most and len(samples) > role.most):
                raise InputError(
                    f"{self.name} was given {len(samples)} samples",
                    remedy=f"give 1 to {role.most}" if role.most else "give at least 1",
                )
        elif list(samples) != (names := [role.name for role in self.roles]):
            raise InputError(
                f"{self.name} was given {', '.join(samples) or 'no sample'}",
                remedy=f"give {', '.join(names) or 'none'}",
            )

    @property
    def several(self) -> bool:
        """Whether its samples play one role, each under a name of its own."""
        return len(self.roles) == 1 and self.roles[0].most != 1


@contextmanager
def _remarks() -> Iterator[list[str]]:
    """What we warn of in here, each as one sentence at the end: who reads the result later has not seen it."""
    remarks: list[str] = []
    with warnings.catch_warnings(record=True) as seen:
        warnings.simplefilter("always", EventspaceWarning)
        yield remarks
    for warning in {(each.category, str(each.message)): each for each in seen}.values():
        text = str(warning.message)
        if issubclass(warning.category, EventspaceWarning):
            remarks.append(f"{text[:1].upper()}{text[1:]}.")
        warnings.warn_explicit(text, warning.category, warning.filename, warning.lineno)
