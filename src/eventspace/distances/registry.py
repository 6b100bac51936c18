"""All metrics by name, and their parameters as options: what a command or a study is told about its distance.

A new metric is one file and one line here.
"""

from dataclasses import MISSING, Field, fields
from typing import TYPE_CHECKING, Any, Literal, get_type_hints

from pydantic import BaseModel, ConfigDict, create_model
from pydantic import Field as Option

from eventspace.base.errors import InputError
from eventspace.distances.durham import Durham
from eventspace.distances.energy import EnergyDifference
from eventspace.distances.euclidean import Euclidean
from eventspace.distances.jensen_shannon.divergence import JensenShannon
from eventspace.distances.mean_squared_error import MeanSquaredError
from eventspace.distances.metric import Metric
from eventspace.distances.sinkhorn.distance import Sinkhorn
from eventspace.distances.ssim.similarity import SSIM
from eventspace.distances.transport.exact import Transport
from eventspace.distances.transport.learned import LearnedTransport
from eventspace.distances.transport.profiles import ProfileTransport
from eventspace.distances.transport.projected import SlicedTransport
from eventspace.distances.transport.quantile import QuantileTransport
from eventspace.distances.transport.showers import ShowerTransport
from eventspace.events.base import Events

__all__ = ["METRICS", "MetricConfig", "named_metric"]

METRICS: dict[str, type[Metric]] = {
    metric.name: metric
    for metric in (
        Transport,
        Sinkhorn,
        SlicedTransport,
        QuantileTransport,
        LearnedTransport,
        ShowerTransport,
        ProfileTransport,
        JensenShannon,
        SSIM,
        Euclidean,
        MeanSquaredError,
        EnergyDifference,
        Durham,
    )
}

_USUAL: dict[str, tuple[str, dict[str, Any]]] = {  # for each kind of events
    "particles": ("transport", {}),
    "images": ("transport", {}),
    "showers": ("jensen-shannon", {"axis": "z"}),
    "points": ("euclidean", {}),
}


def named_metric(name: str, **parameters: Any) -> Metric:
    """The metric of that name.

    Arguments:
        name: one of :data:`METRICS`.
        parameters: of the metric, by the names that they have as options.

    Raises:
        InputError: there is no metric of this name; it lacks a parameter that is given, or needs one that is not; or a
            parameter is out of its range.

    Example:
        >>> named_metric("transport", p=0.5)
        Transport(R=1.0, p=0.5, normalise=True)
        >>> named_metric("euclidean", p=0.5)
        Traceback (most recent call last):
        eventspace.base.errors.InputError: the metric euclidean has no parameter p; it has none
    """
    if name not in METRICS:
        raise InputError(f"there is no metric {name!r}", remedy=f"choose from {', '.join(METRICS)}")
    known = _parameters(METRICS[name])
    for option in parameters:
        if option not in known:
            remedy = f"it has {', '.join(known) or 'none'}"
            raise InputError(f"the metric {name} has no parameter {option}", remedy=remedy)
    for option, parameter in known.items():
        if option not in parameters and parameter.default is MISSING:
            words = option.replace("_", " ")
            remedy = f"give --{option.replace('_', '-')}"
            raise InputError(f"the metric {name} needs the {words}", remedy=remedy)
    return METRICS[name](**{known[option].name: value for option, value in parameters.items()})


def _parameters(metric: type[Metric]) -> dict[str, Field[Any]]:
    """The parameters of a metric that are offered as options, by the name of the option."""
    described = [entry for entry in fields(metric) if "description" in entry.metadata]  # type: ignore[arg-type]
    return {entry.metadata["option"] or entry.name: entry for entry in described}


class _Choice(BaseModel):
    """The choice of a metric; unknown keys are rejected, and nothing changes after construction."""

    model_config = ConfigDict(frozen=True, extra="forbid", allow_inf_nan=False)

    metric: str | None = None

    def metric_for(self, events: Events) -> Metric:
        """The metric that was chosen, or the usual one of this kind of events.

        Raises:
            InputError: the metric lacks a parameter that was given, or needs one; or this kind has no usual metric.
        """
        if not self.metric and events.kind not in _USUAL:
            raise InputError(f"there is no usual distance between {events.kind}", remedy="choose one with --metric")
        name, usual = (self.metric, {}) if self.metric else _USUAL[events.kind]
        given = {option: getattr(self, option) for option in _OPTIONS if option in self.model_fields_set}
        return named_metric(name, **usual | {option: value for option, value in given.items() if value is not None})


def _options() -> dict[str, tuple[Any, Any]]:
    """The parameters of all metrics by the name of the option: its type, and pydantic's default and description."""
    offered: dict[str, dict[str, Any]] = {}
    for metric in METRICS.values():
        types = get_type_hints(metric)
        for option, parameter in _parameters(metric).items():
            entry = offered.setdefault(option, {"type": types[parameter.name], "defaults": set(), "texts": {}})
            entry["defaults"].add(None if parameter.default is MISSING else parameter.default)
            entry["texts"].setdefault(parameter.metadata["description"], []).append(metric.name)
    found = {}
    for option, entry in offered.items():
        text = "; ".join(f"{text} ({', '.join(names)})" for text, names in entry["texts"].items())
        default = entry["defaults"].pop() if len(entry["defaults"]) == 1 else None
        wanted = entry["type"] if default is not None else entry["type"] | None
        found[option] = (wanted, Option(default, description=f"{text}."))
    return found


_OPTIONS = _options()

if TYPE_CHECKING:

    class MetricConfig(_Choice):
        """The choice of a metric, with the parameters of all of them."""

else:
    _CHOICE = Option(
        None,
        description="The distance; by default transport for jets and images, euclidean for points, and jensen-shannon "
        "of the profiles along z for showers.",
    )
    MetricConfig = create_model(
        "MetricConfig", __base__=_Choice, metric=(Literal[tuple(METRICS)] | None, _CHOICE), **_OPTIONS
    )
