"""A learned distance: jets become points whose Euclidean distance is close to the exact transport distance."""

import hashlib
import json
import warnings
from dataclasses import dataclass, field
from itertools import pairwise
from pathlib import Path
from typing import Any, ClassVar, Literal

import numpy as np
from numpy.typing import NDArray
from pydantic import BaseModel, Field, FiniteFloat, NonNegativeFloat, PositiveFloat, ValidationError
from scipy.spatial.distance import cdist

from eventspace.base.errors import InputError, UnfamiliarEventsWarning
from eventspace.base.extras import require
from eventspace.distances.metric import Metric, parameter
from eventspace.distances.transport.encoder import INPUTS, Layers, encode
from eventspace.distances.transport.particles import as_clouds
from eventspace.distances.transport.quantile import Rows, seen_of
from eventspace.distances.transport.scan import nearest_points
from eventspace.events.base import Events
from eventspace.events.particles import ParticleClouds
from eventspace.events.ragged import sum_over_entries
from eventspace.events.reading import existing

__all__ = ["LearnedTransport", "Terms", "familiar_range", "places_of", "shapes"]

Floats = NDArray[np.float64]
Singles = NDArray[np.float32]

_MODEL = "embedding"
_REMEDY = f"make it with eventspace train {_MODEL}, or copy it again"
_AT_ONCE = 10_000  # jets whose particles are sorted together: memory stays small
_NEAR = 0.01  # by which jets may be outside of what 98% of the training jets are


class Terms(BaseModel):
    """What the card of an embedding says of the distance.

    Attributes:
        p: the power of the angle.
        dimension: of the points.
        width: of the layers.
        coordinate: of the jets along the beam.
        multiplicity: particles with pt, which 1% of the jets that it learned from have less than, and 1% more.
        reach: mean angle of the pt from the centre of all particles, in the same way.
    """

    p: PositiveFloat
    dimension: int = Field(ge=1, le=1024)
    width: int = Field(ge=1, le=4096)
    coordinate: Literal["rapidity", "eta"]
    multiplicity: tuple[PositiveFloat, PositiveFloat]
    reach: tuple[NonNegativeFloat, FiniteFloat]


class _Card(Terms):
    """Those parts of the card that are read here."""

    model: str


@dataclass(frozen=True)
class LearnedTransport(Metric):
    """The Euclidean distance of the points to which a trained network takes jets, close to the transport distance.

        d(a, b) = |f(a) - f(b)|,    f(a) = A q(a) + g(q(a))

    q are the quantile functions of the pt along 16 axes in the plane of y and phi, each as 16 means; A is a matrix, and
    g are dense layers, trained so that d is as near as possible to ``Transport(p=p)`` of jets like those of the
    training: its value for p <= 1, and the p-th root of the cost for p > 1, with R = 1. How near, as the mean relative
    error over pairs of jets that were held back, stands in the file, and with the results of every study
    that runs on it.

    It is a metric, but for jets to which the network gives the same point. The order of particles and particles
    without energy do not matter; phi is periodic; a collinear splitting changes nothing but the rounding. A jet costs
    some tens of microseconds, and a pair nanoseconds. **It is right only for jets like those that it has learned
    from**; a warning says when the jets are others.

    Arguments:
        file: ``model.safetensors`` in the run directory of ``eventspace train embedding``.

    Raises:
        InputError: there is no such file, it is damaged, or it holds no embedding.
        MissingExtraError: safetensors, of the extra ``torch``, is not installed.

    Source: for embeddings of transport N. Courty, R. Flamary, M. Ducoffe, "Learning Wasserstein embeddings",
    arXiv:1710.07457, and for jets S. E. Park, P. Harris, B. Ostdiek, "Neural embedding: learning the embedding of the
    manifold of physics data", arXiv:2208.05484.
    """

    name: ClassVar[str] = "learned-transport"
    default_block: ClassVar[int] = 256  # nanoseconds a pair
    compares_points: ClassVar[bool] = True

    file: Path = parameter("File of a trained embedding")  # noqa: RUF009  a path does not change
    digest: str = field(init=False, default="")
    terms: Terms = field(init=False, repr=False, compare=False)
    error: float = field(init=False, repr=False, compare=False)
    centre: tuple[float, float] = field(init=False, repr=False, compare=False)
    layers: Layers = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        path = existing(self.file)
        terms, weights, digest = _read(path)
        found = {
            "file": path,
            "digest": digest[:16],
            "terms": terms,
            "error": float(weights["error"]),
            "centre": tuple(weights["centre"].tolist()),
            "layers": Layers.of(weights),
        }
        for name, value in found.items():
            object.__setattr__(self, name, value)

    @property
    def unit(self) -> str:
        """None: energies are fractions, and angles in units of R = 1."""
        return ""

    @property
    def is_metric(self) -> bool:
        """True: it is a distance between points."""
        return True

    @property
    def p(self) -> float:
        """The power of the angle in the distance that it has learned."""
        return self.terms.p

    def prepare(self, left: Events, right: Events) -> tuple[Rows, Rows]:
        """The jets as points, each computed alone.

        Raises:
            InputError: there are no events, they are not particles or not valid, or they are in another coordinate than
                those that the network has learned from.

        Warns:
            UnfamiliarEventsWarning: the jets are unlike those that the network has learned from.
        """
        a = self._embedded(left)
        return a, a if right is left else self._embedded(right)

    def block(self, left: Rows, right: Rows, upper: bool) -> Floats:
        """Distances of a block, by the direct sum of squares in double precision."""
        distances = cdist(left.places.astype(np.float64), right.places.astype(np.float64))
        return np.triu(distances, k=1) if upper else distances

    def nearest_points(
        self, left: Rows, right: Rows, count: int, *, within: bool, threads: int | None
    ) -> NDArray[np.int64]:
        """The nearest points, in single precision: tens of nanoseconds a pair."""
        return nearest_points(left.places, right.places, count, within=within, threads=threads)

    def remark(self, events: Events) -> str:
        """The error that the file states."""
        return (
            f"The distances are those of a network, {100 * self.error:.2g}% from the exact ones in the mean over pairs "
            "of jets that its training held back."
        )

    def _embedded(self, events: Events) -> Rows:
        if not isinstance(events, ParticleClouds):
            as_clouds(events)  # says what is no set of events
            raise InputError(f"an {_MODEL} is not defined for {events.kind}", remedy="give jets of particles")
        if events.coordinate != self.terms.coordinate:
            text = f"the network has learned from jets in {self.terms.coordinate}, these are in {events.coordinate}"
            raise InputError(text, remedy="give such jets, or train another")
        clouds = as_clouds(events)
        self._warn_if_unfamiliar(clouds)
        return Rows(places_of(clouds, self.layers, self.centre))

    def _warn_if_unfamiliar(self, jets: ParticleClouds) -> None:
        some = jets[:_AT_ONCE]
        for words, values, (low, high) in (
            ("particles", _multiplicity(some), self.terms.multiplicity),
            ("as the mean angle of their pt", _reach(some, self.centre), self.terms.reach),
        ):
            middle = float(np.median(values))
            if not (1 - _NEAR) * low <= middle <= (1 + _NEAR) * high:
                text = (
                    f"the jets have {middle:.3g} {words} (median), those that this {_MODEL} learned from {low:.3g} "
                    f"to {high:.3g}; train one on jets like yours: eventspace train {_MODEL}"
                )
                warnings.warn(text, UnfamiliarEventsWarning, stacklevel=4)


def places_of(jets: ParticleClouds, layers: Layers, centre: tuple[float, float]) -> Singles:
    """The points of valid jets, (n, dimension), each computed alone and in single precision."""
    places = np.empty((len(jets), layers.dimension), np.float32)
    for start in range(0, len(jets), _AT_ONCE):
        stop = min(start + _AT_ONCE, len(jets))
        encode(seen_of(jets[start:stop], centre), layers, places[start:stop])
    return places


def familiar_range(jets: ParticleClouds, centre: tuple[float, float]) -> dict[str, tuple[float, float]]:
    """The ``multiplicity`` and the ``reach`` of :class:`Terms`."""
    found = {}
    for name, values in (("multiplicity", _multiplicity(jets)), ("reach", _reach(jets, centre))):
        low, high = np.quantile(values, [0.01, 0.99])
        found[name] = (float(low), float(high))
    return found


def _multiplicity(jets: ParticleClouds) -> NDArray[Any]:
    return sum_over_entries(jets.offsets, (jets.flat("pt") > 0).astype(np.float64))


def _reach(jets: ParticleClouds, centre: tuple[float, float]) -> Floats:
    pt, y, phi = (jets.flat(name).astype(np.float64) for name in ("pt", jets.coordinate, "phi"))
    turn = phi - centre[1]
    angle = np.hypot(y - centre[0], turn - 2 * np.pi * np.rint(turn / (2 * np.pi)))
    return np.asarray(sum_over_entries(jets.offsets, pt * angle) / sum_over_entries(jets.offsets, pt))


def shapes(terms: Terms) -> dict[str, tuple[int, ...]]:
    """The shapes of all weights in the file, by their names."""
    found: dict[str, tuple[int, ...]] = {"centre": (2,), "mean": (INPUTS,), "spread": (), "error": ()}
    sizes = (INPUTS, terms.width, terms.width, terms.dimension)
    for number, (told, made) in enumerate(pairwise(sizes)):
        found |= {f"layers.{2 * number}.weight": (made, told), f"layers.{2 * number}.bias": (made,)}
    return found | {"across.weight": (terms.dimension, INPUTS)}


def _read(path: Path) -> tuple[Terms, dict[str, Singles], str]:
    """Card, weights and digest; nothing in the file is executed."""
    with require("torch", "a learned distance"):
        from safetensors import SafetensorError, safe_open

    content = path.read_bytes()
    try:
        with safe_open(path, "np") as file:
            terms = _card(path, (file.metadata() or {}).get("card"))
            expected = shapes(terms)
            given = {name: tuple(file.get_slice(name).get_shape()) for name in file.keys()}  # noqa: SIM118
            if given != expected:
                wrong = sorted(name for name in given | expected if given.get(name) != expected.get(name))
                raise InputError(f"the weight {wrong[0]!r} does not fit its card", file=path, remedy=_REMEDY)
            weights = {name: file.get_tensor(name) for name in expected}
    except (OSError, SafetensorError) as error:
        reason = str(error).split("\n")[0]
        text = f"this is no safetensors file, or damaged ({reason})"
        raise InputError(text, file=path, remedy=_REMEDY) from None
    for name, values in weights.items():
        if values.dtype != np.float32 or not np.isfinite(values).all():
            text = f"the weight {name!r} is not a finite number of single precision"
            raise InputError(text, file=path, remedy=_REMEDY)
    if not weights["spread"] > 0 or weights["error"] < 0:
        raise InputError("the spread or the error is not positive", file=path, remedy=_REMEDY)
    return terms, weights, hashlib.sha256(content).hexdigest()


def _card(path: Path, text: str | None) -> Terms:
    if text is None:
        raise InputError("it holds no model card", file=path, remedy=_REMEDY)
    try:
        model = json.loads(text)["model"]
        if model != _MODEL:
            raise InputError(f"this is no {_MODEL} but a model {model!r}", file=path, remedy=_REMEDY)
        return _Card.model_validate_json(text)
    except (ValidationError, ValueError, TypeError, KeyError, RecursionError) as error:
        if isinstance(error, InputError):
            raise
        fault = error.errors()[0] if isinstance(error, ValidationError) else None
        reason = f"{'.'.join(map(str, fault['loc']))}: {fault['msg']}" if fault else "it is no JSON of a card"
        raise InputError(f"its model card is wrong ({reason})", file=path, remedy=_REMEDY) from None
