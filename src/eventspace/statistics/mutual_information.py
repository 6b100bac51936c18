"""How much a latent tells about an observable: mutual information, and how much of it chance would show."""

from math import ceil
from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike, NDArray

from eventspace.base.errors import InputError

__all__ = ["MutualInformation", "mutual_information"]

Floats = NDArray[np.float64]

_FEWEST = 20  # events: with fewer, the neighbours of an event reach across the whole sample


class MutualInformation(NamedTuple):
    """What :func:`mutual_information` finds.

    Attributes:
        values: (l, o) in nats, of each latent with each observable; 0 where the estimate is negative.
        threshold: (o,) in nats: the largest value of an observable that no latent tells about lies at or below it in a
            fraction of at least ``level`` of all samples. It is the same for all observables.
    """

    values: Floats
    threshold: Floats


def mutual_information(
    latents: ArrayLike, observables: ArrayLike, *, permutations: int = 20, seed: int, level: float = 0.95
) -> MutualInformation:
    """The mutual information I(z; x) = H(z) + H(x) - H(z, x) of each latent with each observable.

    Estimated from the 3 nearest neighbours of each event (Kraskov et al., scikit-learn's ``mutual_info_regression``)
    after each column is replaced by the normal quantiles of its ranks. This leaves the mutual information as it is,
    makes the estimate the same for every rising map of a column, and spares it long tails. Events with equal values, as
    of a multiplicity, are ranked at random: that adds nothing and takes nothing away, and the estimator, which is for
    continuous variables, meets no ties. A latent that is the same for all events tells nothing, up to chance.

    How much chance shows: the normal quantiles are shuffled over the events, and the largest value over all latents
    kept. The threshold is the k-th smallest of these m ``permutations``, k = ceil(level (m + 1)). If the latents tell
    nothing about an observable, the probability that any of them exceeds it is 1 - k / (m + 1) <= 1 - level, or less
    where values are 0; and so for those that tell nothing beside others that do. After ranking all observables are
    permutations of the same numbers, so that one threshold serves all. The level is that of one observable: of several,
    one exceeds the threshold by chance more often.

    A latent that determines an observable has an infinite mutual information; the estimate ends near ln(n) - 1.3.

    Arguments:
        latents: (n, l), an independent event a row.
        observables: (n, o), of the same events.
        permutations: m, at least level / (1 - level).
        seed: of the order of equal values and of the permutations.
        level: of the threshold.

    Returns:
        Values and threshold; ``values > threshold`` says which are above chance.

    Raises:
        InputError: the tables do not fit, hold NaN, or have fewer than 20 events; or an option is out of range.

    Example:
        >>> rng = np.random.default_rng(1)
        >>> latents = rng.normal(size=(500, 2))
        >>> mass = latents[:, :1] + rng.normal(size=(500, 1))  # of correlation r: -ln(1 - r^2) / 2 = 0.347 nats
        >>> found = mutual_information(latents, mass, seed=1)
        >>> found.values.round(1).tolist(), (found.values > found.threshold).tolist()
        ([[0.3], [0.0]], [[True], [False]])

    Source: A. Kraskov, H. Stoegbauer, P. Grassberger, Phys. Rev. E 69 (2004) 066138, doi:10.1103/PhysRevE.69.066138;
    for the level, B. Phipson, G. Smyth, Stat. Appl. Genet. Mol. Biol. 9 (2010) 39, doi:10.2202/1544-6115.1585.
    """
    place = _place(permutations, level)
    z, x = _table("latents", latents), _table("observables", observables)
    if len(z) != len(x):
        raise InputError(f"{len(z)} events with latents and {len(x)} with observables", remedy="give the same events")
    rng = np.random.default_rng(seed)
    z, x = _normal(z, rng), _normal(x, rng)
    values = np.column_stack([_with_each(z, column) for column in x.T])
    chance = sorted(float(_with_each(z, rng.permutation(x[:, 0])).max()) for _ in range(permutations))
    return MutualInformation(values, np.full(x.shape[1], chance[place - 1]))


def _place(permutations: int, level: float) -> int:
    """Which of the sorted values under permutation is the threshold, counted from 1."""
    if not 0 < level < 1:
        raise InputError(f"the level {level} is not between 0 and 1", remedy="write 0.95 for 95%")
    # Rounded, since 0.95 and its like are not exact in binary.
    needed = ceil(round(level / (1 - level), 9))
    if permutations < needed:
        remedy = f"take at least {needed}, or a lower level"
        raise InputError(f"{permutations} permutations cannot reach the level {level:g}", remedy=remedy)
    return ceil(round(level * (permutations + 1), 9))


def _table(name: str, table: ArrayLike) -> Floats:
    values = np.asarray(table, dtype=np.float64)
    if values.ndim != 2 or not values.shape[1]:
        raise InputError(f"the {name} have the shape {values.shape}", remedy=f"give (events, {name})")
    if len(values) < _FEWEST:
        raise InputError(f"{len(values)} events with {name}", remedy=f"give at least {_FEWEST}, better a thousand")
    bad = np.flatnonzero(~np.isfinite(values).all(axis=1))
    if len(bad):
        raise InputError(f"one of the {name} is NaN or infinite", event=int(bad[0]), remedy="remove the event")
    return values


def _normal(table: Floats, rng: np.random.Generator) -> Floats:
    """The normal quantiles of the ranks in each column; the order of equal values is random."""
    from scipy.stats import norm

    ranks = np.lexsort((rng.random(table.shape), table), axis=0).argsort(axis=0)
    return np.asarray(norm.ppf((ranks + 0.5) / len(table)))


def _with_each(latents: Floats, observable: Floats) -> Floats:
    """In nats, (l,)."""
    from sklearn.feature_selection import mutual_info_regression

    # Its noise of 1e-10 is for equal values; here it only decides between equal distances, the same way in each run.
    return np.asarray(mutual_info_regression(latents, observable, random_state=0))
