"""Distances of an embedding beside the exact ones and those along lines, between jets held back from its training."""

from dataclasses import replace
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np
from numpy.typing import NDArray
from pydantic import Field

from eventspace.base.errors import InputError
from eventspace.distances.engine.checkpoint import fingerprint
from eventspace.distances.engine.pairwise import matrix
from eventspace.distances.transport.exact import Transport
from eventspace.distances.transport.projected import SlicedTransport
from eventspace.events.base import Events
from eventspace.events.choice import at_random
from eventspace.models.held_back import split
from eventspace.statistics.event_means import bounded_mean
from eventspace.statistics.number import SETTING, Number
from eventspace.statistics.pair_means import mean_over_pairs
from eventspace.studies.study import Outcome, StudyConfig
from eventspace.studies.training.judge import Judge

if TYPE_CHECKING:
    from eventspace.models.recipe import EmbeddingRecipe, Trained

__all__ = ["BANDS", "JUDGE", "EmbeddingConfig", "best_scale", "recalls"]

BANDS = (0.025, 0.16, 0.5, 0.84, 0.975)
"""Quantiles of the relative error that are drawn against the distance."""

_K = 10  # neighbours
_FEWEST = 16  # jets
_SCALED_ON = 100  # training jets whose pairs give the factor of the distance along lines
_BINS = 12

Floats = NDArray[np.float64]
Integers = NDArray[np.int64]


class EmbeddingConfig(StudyConfig):
    """Options of the comparison."""

    compared: int = Field(
        1200,
        ge=2,
        description="Jets held back that are compared, at most: a quarter search their 10 nearest among the others.",
    )
    shortlist: int = Field(
        50, ge=_K, description="Jets nearest in the embedding among which the exact distance finds the 10 nearest."
    )


class _Exact(NamedTuple):
    """What does not depend on the network."""

    distances: Floats
    sliced: Floats | None
    scale: float


_latest: dict[str, _Exact] = {}  # of the last training: the same at all of its checkpoints


def _compare(recipe: "EmbeddingRecipe", events: Events, trained: "Trained", config: Any) -> Outcome:
    """Errors over pairs, and how many of the nearest are found, among jets that the training has not seen."""
    training, held = split(len(events), config.held_back, config.seed)
    chosen = held[at_random(len(held), config.compared, config.seed)]
    if len(chosen) < _FEWEST:
        text = f"{len(chosen)} events are held back"
        raise InputError(text, remedy=f"give more events, or hold back more of them: at least {_FEWEST}")
    asking = np.random.default_rng((config.seed, 3)).permutation(len(chosen)) < len(chosen) // 4
    queries, others = events[chosen[asking]], events[chosen[~asking]]
    exact = _exact(queries, others, events[training[at_random(len(training), _SCALED_ON, config.seed)]], trained.card.p)
    a, b = (recipe.places(trained, part).astype(np.float64) for part in (queries, others))
    found = {"embedding": np.sqrt(((a[:, np.newaxis] - b) ** 2).sum(axis=2))}
    if exact.sliced is not None:
        found["sliced"] = exact.sliced
    shortlist = min(config.shortlist, len(others))
    numbers, arrays = _judged(found, exact, trained.card.p, shortlist, config.level)
    error, recall, reranked = (numbers[name] for name in ("error.embedding", "recall10.embedding", "recall10.reranked"))
    answer = (
        f"After {trained.card.steps} steps the mean relative error of distances is {error}, between jets that the "
        f"training has not seen; {recall} of the 10 nearest among {len(others)} are the nearest in the embedding, and "
        f"{reranked} are among the {shortlist} nearest, where the exact distance finds them."
    )
    if exact.sliced is None:
        answer += " Particles lie too far from phi = 0 for the distance along lines, which is left out."
    return Outcome(answer, numbers, arrays)


def _judged(
    found: dict[str, Floats], exact: _Exact, p: float, shortlist: int, level: float
) -> tuple[dict[str, Number], dict[str, Any]]:
    """Numbers and arrays of each distance beside the exact one."""
    true = np.where(exact.distances > 0, exact.distances, np.nan)  # equal jets have no relative error
    sizes = np.unique(np.geomspace(_K, true.shape[1], 25).round().astype(np.int64))
    edges = np.quantile(exact.distances, np.linspace(0, 1, _BINS + 1))
    numbers = {"shortlist": Number(shortlist, None, None, level, note=SETTING)}
    arrays: dict[str, Any] = {
        "shortlist": sizes,
        "distance": (edges[1:] + edges[:-1]) / 2,
        "chosen": np.array(shortlist),
    }
    for name, distances in found.items():
        errors = distances / true - 1
        if name == "sliced":
            errors = exact.scale * distances ** min(p, 1) / true - 1
            numbers["error.sliced.scaled"] = mean_over_pairs(np.abs(errors), level)
            if p >= 1:
                numbers["error.sliced"] = mean_over_pairs(np.abs(distances / true - 1), level)
        else:
            numbers[f"error.{name}"] = mean_over_pairs(np.abs(errors), level)
        note = f"over query jets, for these {true.shape[1]} jets among which they search"
        each = recalls(exact.distances, distances, np.array([_K, shortlist, *sizes]))
        whole = [bounded_mean(values, 0, 1, level) for values in each.T[:2]]
        numbers[f"recall10.{name}"] = _noted(whole[0], note)
        numbers["recall10.reranked" if name == "embedding" else f"recall10.{name}.reranked"] = _noted(whole[1], note)
        arrays[f"recall.{name}"] = each[:, 2:].mean(axis=0)
        place = np.clip(np.searchsorted(edges, exact.distances, side="right") - 1, 0, _BINS - 1)
        arrays[f"band.{name}"] = np.array(
            [
                np.nanquantile(errors[place == k], BANDS)
                if np.isfinite(errors[place == k]).any()
                else np.full(5, np.nan)
                for k in range(_BINS)
            ]
        ).T
    return numbers, arrays


def _noted(number: Number, note: str) -> Number:
    return replace(number, note=f"{note}; {number.note}" if number.note else note)


def recalls(exact: Floats, cheap: Floats, sizes: Integers, k: int = _K) -> Floats:
    """The fraction of the k nearest of each row that is among the nearest by a cheaper distance.

    Arguments:
        exact, cheap: (n, m) distances.
        sizes: (s,) how many of the nearest by the cheaper one are taken.
        k: neighbours.

    Returns:
        (n, s) from 0 to 1.

    Example:
        >>> recalls(np.array([[1.0, 2.0, 3.0]]), np.array([[1.0, 3.0, 2.0]]), np.array([2, 3]), k=2)
        array([[0.5, 1. ]])
    """
    nearest = np.argsort(exact, axis=1, kind="stable")[:, :k]
    rank = np.argsort(np.argsort(cheap, axis=1, kind="stable"), axis=1, kind="stable")
    found = np.take_along_axis(rank, nearest, axis=1)
    return np.asarray((found[:, :, np.newaxis] < sizes).mean(axis=1))


def best_scale(distances: NDArray[Any], exact: NDArray[Any]) -> float:
    """The factor c with the least mean of |c d - W| / W: a weighted median.

    Example:
        >>> best_scale(np.array([1.0, 2.0, 3.0]), np.array([2.0, 4.0, 7.0]))
        2.0
    """
    used = (exact > 0) & (distances > 0)
    ratio = exact[used] / distances[used]
    order = np.argsort(ratio)
    weight = np.cumsum(1 / ratio[order])
    return float(ratio[order][np.searchsorted(weight, weight[-1] / 2)]) if len(ratio) else 1.0


def _exact(queries: Events, others: Events, some: Events, p: float) -> _Exact:
    key = f"{fingerprint(queries)} {fingerprint(others)} {fingerprint(some)} {p}"
    if key not in _latest:
        _latest.clear()
        _latest[key] = _computed(queries, others, some, p)
    return _latest[key]


def _computed(queries: Events, others: Events, some: Events, p: float) -> _Exact:
    import torch

    metric, lines, threads = Transport(p=p), SlicedTransport(p=max(p, 1)), torch.get_num_threads()
    distances = matrix(metric, queries, others, threads=threads, show_progress=False)
    try:
        sliced = matrix(lines, queries, others, threads=threads, show_progress=False)
        pairs = np.triu_indices(len(some), 1)
        known = [matrix(each, some, threads=threads, show_progress=False)[pairs] for each in (lines, metric)]
    except InputError:
        return _Exact(distances, None, 1.0)
    return _Exact(distances, sliced, best_scale(known[0] ** min(p, 1), known[1]))


JUDGE = Judge(
    question="How near are the distances of the embedding to the exact ones, and are the nearest neighbours found?",
    config=EmbeddingConfig,
    compare=_compare,
    headline=lambda name: name in ("error.embedding", "recall10.embedding", "recall10.reranked"),
)
