"""Two samples under the same thresholds: which pairs of each, and which between them, are duplicates.

By each definition and at each alpha.
"""

import logging
from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from eventspace.base.errors import InputError
from eventspace.base.store import Store
from eventspace.events.base import Events
from eventspace.statistics.collisions import Collisions
from eventspace.statistics.number import Number
from eventspace.statistics.overlap import overlap
from eventspace.studies.samples import naming, place
from eventspace.studies.support.duplicates import Close, Condition, Threshold, close_pairs, random_distances, threshold

__all__ = ["Comparison", "compare", "definitions"]

Integers = NDArray[np.int64]

BETWEEN = "between"  # the samples

_log = logging.getLogger(__name__)


class Comparison(NamedTuple):
    """The close pairs of each of two samples and between them, and the thresholds that make them duplicates.

    Attributes:
        conditions: in the order in which they are applied.
        alphas: at which there are thresholds.
        thresholds: of each condition.
        sizes: how many events each sample has, by its name, the reference first.
        close: the pairs of each sample, and between them, that are close at the largest alpha.
        random: the distances of random pairs of the reference by each condition.
    """

    conditions: Sequence[Condition]
    alphas: tuple[float, ...]
    thresholds: Sequence[Threshold]
    sizes: Mapping[str, int]
    close: Mapping[str, Close]
    random: Sequence[NDArray[np.float64]]

    @property
    def definitions(self) -> list[str]:
        """The definitions of a duplicate, from the loosest to the strictest."""
        return definitions(list(dict.fromkeys(condition.feature for condition in self.conditions)))

    @property
    def values(self) -> NDArray[np.float64]:
        """(conditions, alphas) thresholds."""
        return np.array([found.values for found in self.thresholds])

    def at(self, alphas: Sequence[float]) -> NDArray[np.float64]:
        """(conditions, alphas) thresholds at some of the alphas."""
        return self.values[:, [self.alphas.index(alpha) for alpha in alphas]]

    def duplicates(self, sample: str, definition: str, alpha: float) -> tuple[Integers, Integers]:
        """The two events of each duplicate of a sample; for ``between`` the first is one of the reference."""
        close = self.close[sample]
        same = close.duplicates(self.values[:, self.alphas.index(alpha)].tolist(), self._conditions(definition))
        return close.i[same], close.j[same]

    def collisions(self, sample: str, definition: str, alpha: float) -> Collisions:
        """Count the duplicates; where a threshold comes from random pairs, their number has a variance from that."""
        found = Collisions.of(self.sizes[sample], *self.duplicates(sample, definition, alpha))
        replicas = self._replicas(sample, definition, alpha)
        return found.blurred(replicas) if replicas else found

    def overlap(self, definition: str, alpha: float, level: float) -> Number | None:
        """The overlap of the samples; None if there are no duplicates to estimate it from."""
        pairs = {name: self.duplicates(name, definition, alpha) for name in (*self.sizes, BETWEEN)}
        own = [np.bincount(np.concatenate(pairs[name]), minlength=size) for name, size in self.sizes.items()]
        both = zip(pairs[BETWEEN], self.sizes.values(), strict=True)
        other = [np.bincount(events, minlength=size) for events, size in both]
        replicas = [self._replicas(name, definition, alpha) for name in pairs]
        return overlap(own, other, level, np.transpose(replicas) if replicas[0] else None)

    def _replicas(self, sample: str, definition: str, alpha: float) -> list[int]:
        """How many duplicates there might as well be, where random pairs give a threshold; else empty."""
        number, chosen = self.alphas.index(alpha), self._conditions(definition)
        uncertain = [k for k in chosen if len(self.thresholds[k].replicas)]
        if not uncertain:
            return []
        close, sure = self.close[sample], [k for k in chosen if k not in uncertain]
        passing = close.duplicates(self.values[:, number].tolist(), sure)
        values = close.values[passing][:, uncertain]
        replicas = np.stack([self.thresholds[k].replicas[:, number] for k in uncertain], axis=1)
        return [int(np.count_nonzero((values < limits).all(axis=1))) for limits in replicas]

    def _conditions(self, definition: str) -> list[int]:
        features = definition.split("+")
        return [number for number, condition in enumerate(self.conditions) if condition.feature in features]


def definitions(features: Sequence[str]) -> list[str]:
    """The definitions of a duplicate: the first feature, the first two, and so on.

    Example:
        >>> definitions(["profiles", "total", "ssim"])
        ['profiles', 'profiles+total', 'profiles+total+ssim']
    """
    return ["+".join(features[: number + 1]) for number in range(len(features))]


def compare(
    samples: Mapping[str, Events],
    conditions: Sequence[Condition],
    alphas: tuple[float, ...],
    scan: Sequence[float],
    *,
    sampled_pairs: int,
    seed: int,
    how: dict[str, Any],
    kept: Store,
    name: str = "",
) -> Comparison:
    """Find the thresholds of the reference and the pairs of each sample, and between them, that may be duplicates.

    The thresholds of slow distances have replicas; those of fast ones, from all pairs of the reference, are taken as
    they are, although another reference would give others. For ratio and overlap this hardly matters, since a threshold
    moves all counts alike: with thresholds from one of two samples of one source, intervals of 95% hold the true ratio
    in 94 to 96% of 1,000 cases (300 and 1,000 events), and in 95 to 99.8% where the generator is wider or narrower. For
    the support of one sample alone it is 74 to 93%: this interval holds for these thresholds
    (``benchmarks/results/intervals.md``).

    Arguments:
        samples: two by name, the reference first.
        conditions: what has to be close.
        alphas: fractions of the reference's pairs that are close in one condition.
        scan: more of them, none larger, that are left out where the threshold would be 0.
        sampled_pairs: how many random pairs give the quantile of a slow distance.
        how: threads, scheduler, show_progress.
        kept: keeps the steps.
        name: of this comparison among others that are kept.

    Raises:
        InputError: a threshold is 0, or the events cannot be compared.
    """
    reference, generated = samples.values()
    of_all = tuple(dict.fromkeys((*alphas, *scan)))
    _log.info("thresholds of %d conditions from %d events%s", len(conditions), len(reference), _of(name))
    random, thresholds = [], []
    for condition in conditions:
        with naming("reference"):
            random.append(random_distances(condition, reference, sampled_pairs, seed, how, kept, f"reference{name}"))
            thresholds.append(_threshold(condition, reference, of_all, random[-1], seed, how, kept, name))
        if min(thresholds[-1].values[of_all.index(alpha)] for alpha in alphas) <= 0:
            raise InputError(
                f"more than {min(alphas):g} of the pairs of events are equal by {condition.name}",
                file=place("reference"),
                remedy="leave this feature out, or remove the copies from the reference",
            )
        with naming("generated"):
            condition.metric.prepare(reference[:1], generated[:1])  # now, not after the search within the samples
    usable = [number for number in range(len(of_all)) if all(found.values[number] > 0 for found in thresholds)]
    thresholds = [Threshold(found.values[usable], found.replicas[:, usable]) for found in thresholds]
    loosest = [found.loosest for found in thresholds]
    close: dict[str, Close] = {}
    for sample, events in samples.items():
        _log.info("close pairs of %d events of the %s sample%s", len(events), sample, _of(name))
        with naming(sample):
            close[sample] = close_pairs(events, conditions, loosest, how, kept, f"{sample}{name}")
    _log.info("close pairs between the samples%s", _of(name))
    close[BETWEEN] = close_pairs(reference, conditions, loosest, how, kept, f"{BETWEEN}{name}", generated)
    sizes = {sample: len(events) for sample, events in samples.items()}
    return Comparison(conditions, tuple(of_all[k] for k in usable), thresholds, sizes, close, random)


def _of(name: str) -> str:
    return f", {name.removeprefix('.')}" if name else ""


def _threshold(
    condition: Condition,
    reference: Events,
    alphas: Sequence[float],
    random: NDArray[np.float64],
    seed: int,
    how: dict[str, Any],
    kept: Store,
    name: str,
) -> Threshold:
    found = kept.step(
        f"threshold.{condition.name}{name}",
        lambda: threshold(condition, reference, alphas, random, seed, how)._asdict(),
    )
    return Threshold(**found)
