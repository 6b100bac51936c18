"""The shape of every study: a frozen configuration in, a frozen result out."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from numpy.typing import NDArray
from pydantic import BaseModel, ConfigDict, Field

from eventspace.distances.transport.exact import Transport
from eventspace.statistics.number import Number

__all__ = ["Result", "StudyConfig", "TransportConfig"]


class StudyConfig(BaseModel):
    """What every study can be told. Unknown keys are rejected, and nothing changes after construction."""

    model_config = ConfigDict(frozen=True, extra="forbid", allow_inf_nan=False)

    seed: int = Field(1, ge=0, description="Seed of every random choice.")
    level: float = Field(0.95, gt=0, lt=1, description="Confidence level of the intervals.")


class TransportConfig(StudyConfig):
    """The parameters of the transport distance that belong to every power p."""

    R: float = Field(
        1.0, gt=0, description="Angular scale of the transport distance: moving all of the energy by R costs 1."
    )
    normalise: bool = Field(True, description="Scale the energies of each event to the sum 1 first.")

    def transport(self, p: float) -> Transport:
        """The metric for one power of the angle."""
        return Transport(R=self.R, p=p, normalise=self.normalise)


@dataclass(frozen=True)
class Result:
    """What a study found.

    Attributes:
        study: the name of the study.
        question: what was asked.
        answer: one sentence with the main number.
        numbers: values with intervals; names are dotted, from general to special.
        arrays: what the figures are drawn from.
        config: what was asked for.
    """

    study: str
    question: str
    answer: str
    numbers: Mapping[str, Number]
    arrays: Mapping[str, NDArray[Any]]
    config: StudyConfig
