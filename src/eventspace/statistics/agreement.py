"""Do two samples agree? Second opinions on a generated sample, from tables of features.

None of them replaces the others: a Frechet distance sees means and covariances only, precision and recall see the
supports, a classifier whatever it can learn. Features are standardised with the reference's mean and spread first, so
units do not matter.
"""

import math
from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike, NDArray

from eventspace.base.errors import InputError
from eventspace.statistics.bootstrap import interval, interval_of_norm
from eventspace.statistics.number import Number
from eventspace.statistics.roc import auc

__all__ = ["Neighbourhoods", "classifier_auc", "frechet_distance", "neighbourhoods", "opinions"]

Floats = NDArray[np.float64]


class Neighbourhoods(NamedTuple):
    """How two samples cover each other, by balls around each event that reach its k-th neighbour in its own sample.

    Attributes:
        precision: the share of generated events in the ball of a reference event: are they plausible?
        recall: the share of reference events in the ball of a generated event: are all kinds made?
        density: how many reference balls hold a generated event, over k; 1 for equal distributions, above where
            generated events crowd the dense parts.
        coverage: the share of reference balls that hold a generated event.
    """

    precision: Number
    recall: Number
    density: Number
    coverage: Number


def frechet_distance(
    reference: ArrayLike, generated: ArrayLike, *, seed: int, replicas: int = 100, level: float = 0.95
) -> Number:
    """The squared Frechet distance |m - m'|^2 + tr(C + C' - 2 (C C')^(1/2)) of two Gaussians with the same moments.

    Arguments:
        reference, generated: (n, k) and (m, k) features.
        seed, replicas: of the resampling by event that gives the interval.
        level: its confidence level.

    Returns:
        A pure number: features are in units of the reference's standard deviation. It is above 0 even for samples of
        the same source, by about k (1/n + 1/m); the interval then begins at 0. Its root is a metric W, so that
        |W(a, b) - W(A, B)| <= W(a, A) + W(b, B) for samples a, b of the sources A, B: the interval of the root is as
        long to both sides as the quantile of W(a*, a) + W(b*, b) with bootstrap replicas a*, b*.

    Raises:
        InputError: the tables do not fit, are too small, or hold NaN.

    Example:
        >>> rng = np.random.default_rng(1)
        >>> near = frechet_distance(rng.normal(size=(500, 2)), rng.normal(size=(500, 2)), seed=1)
        >>> far = frechet_distance(rng.normal(size=(500, 2)), rng.normal(1, 1, size=(500, 2)), seed=1)
        >>> near.value < 0.05, 1.5 < far.value < 2.5
        (True, True)

    Source: M. Heusel et al., arXiv:1706.08500; D. Dowson and B. Landau, J. Multivar. Anal. 12 (1982) 450.
    """
    a, b = _standardised(reference, generated)
    rng = np.random.default_rng(seed)
    noise = [
        sum(math.sqrt(_frechet(sample[rng.integers(len(sample), size=len(sample))], sample)) for sample in (a, b))
        for _ in range(replicas)
    ]
    value = _frechet(a, b)
    root = interval_of_norm(noise, math.sqrt(value), level)
    assert root.low is not None
    assert root.high is not None
    return Number(value, root.low**2, root.high**2, level)


def neighbourhoods(
    reference: ArrayLike, generated: ArrayLike, k: int = 5, *, seed: int, replicas: int = 200, level: float = 0.95
) -> Neighbourhoods:
    """Precision, recall, density and coverage.

    Arguments:
        reference, generated: (n, f) and (m, f) features.
        k: which neighbour a ball reaches.
        seed, replicas: of the resampling, by event, of the events that are counted; the balls stay as they are.
        level: the confidence level of the intervals.

    Raises:
        InputError: the tables do not fit, hold NaN, or have k events or fewer.

    Example:
        >>> rng = np.random.default_rng(1)
        >>> reference, narrow = rng.normal(size=(500, 2)), 0.3 * rng.normal(size=(500, 2))
        >>> found = neighbourhoods(reference, narrow, seed=1)
        >>> found.precision.value > 0.95, found.recall.value < 0.6
        (True, True)

    Source: T. Kynkaanniemi et al., arXiv:1904.06991; M. Naeem et al., arXiv:2002.09797.
    """
    a, b = _standardised(reference, generated)
    if min(len(a), len(b)) <= k:
        raise InputError(f"{min(len(a), len(b))} events have no {k}-th neighbour", remedy="give more events")
    from sklearn.neighbors import NearestNeighbors

    trees = [NearestNeighbors(n_neighbors=k + 1).fit(table) for table in (a, b)]
    reach, other_reach = (tree.kneighbors()[0][:, k - 1] for tree in trees)
    holding = np.array([np.count_nonzero(np.linalg.norm(a - event, axis=1) <= reach) for event in b])
    held = np.array([(np.linalg.norm(b - event, axis=1) <= other_reach).any() for event in a])
    covered = trees[1].kneighbors(a, n_neighbors=1)[0][:, 0] <= reach
    rng = np.random.default_rng(seed)

    def share(values: NDArray[np.float64]) -> Number:
        resampled = [values[rng.integers(len(values), size=len(values))].mean() for _ in range(replicas)]
        return interval(resampled, float(values.mean()), level)

    return Neighbourhoods(
        precision=share((holding > 0).astype(np.float64)),
        recall=share(held.astype(np.float64)),
        density=share(holding / k),
        coverage=share(covered.astype(np.float64)),
    )


def classifier_auc(
    reference: ArrayLike, generated: ArrayLike, *, seed: int, folds: int = 5, level: float = 0.95
) -> Number:
    """How well boosted trees tell the samples apart: the area under the ROC curve of scores from cross-validation.

    0.5 means that this classifier finds no difference. The interval resamples the events; the trees stay as they are.

    Arguments:
        reference, generated: (n, f) and (m, f) features.
        seed: of the folds, the trees and the resampling.
        folds: each event is scored by trees that have not seen its fold.
        level: the confidence level.

    Raises:
        InputError: the tables do not fit, hold NaN, or have fewer events than folds.

    Example:
        >>> rng = np.random.default_rng(1)
        >>> found = classifier_auc(rng.normal(size=(300, 2)), rng.normal(1, 1, size=(300, 2)), seed=1)
        >>> 0.75 < found.value < 0.9
        True

    Source: D. Lopez-Paz and M. Oquab, Revisiting classifier two-sample tests, arXiv:1610.06545.
    """
    a, b = _standardised(reference, generated)
    if min(len(a), len(b)) < folds:
        raise InputError(f"{min(len(a), len(b))} events in {folds} folds", remedy="give more events, or fewer folds")
    from sklearn.ensemble import HistGradientBoostingClassifier
    from sklearn.model_selection import StratifiedKFold, cross_val_predict
    from threadpoolctl import threadpool_limits

    kind = np.r_[np.zeros(len(a)), np.ones(len(b))]
    splits = StratifiedKFold(folds, shuffle=True, random_state=seed)
    trees = HistGradientBoostingClassifier(max_iter=100, random_state=seed)
    # On one thread: with several they wait for each other, and sums depend on their number.
    with threadpool_limits(1):
        scores = cross_val_predict(trees, np.vstack((a, b)), kind, cv=splits, method="decision_function")
    return auc(scores[kind == 0], scores[kind == 1], level=level)


def opinions(reference: ArrayLike, generated: ArrayLike, *, seed: int, level: float = 0.95) -> dict[str, Number]:
    """All of them by name: precision, recall, density, coverage, frechet and classifier.

    Arguments:
        reference, generated: (n, f) and (m, f) features.
        seed: of everything random.
        level: the confidence level of the intervals.

    Raises:
        InputError: the tables do not fit, hold NaN, or have fewer than 6 events.

    Example:
        >>> rng = np.random.default_rng(1)
        >>> list(opinions(rng.normal(size=(50, 2)), rng.normal(size=(50, 2)), seed=1))
        ['precision', 'recall', 'density', 'coverage', 'frechet', 'classifier']
    """
    found: dict[str, Number] = neighbourhoods(reference, generated, seed=seed, level=level)._asdict()
    found["frechet"] = frechet_distance(reference, generated, seed=seed, level=level)
    found["classifier"] = classifier_auc(reference, generated, seed=seed, level=level)
    return found


def _standardised(reference: ArrayLike, generated: ArrayLike) -> tuple[Floats, Floats]:
    a, b = np.asarray(reference, dtype=np.float64), np.asarray(generated, dtype=np.float64)
    for name, table in (("reference", a), ("generated", b)):
        if table.ndim != 2 or len(table) < 2:
            raise InputError(f"the {name} features have the shape {table.shape}", remedy="give (events, features)")
        bad = np.flatnonzero(~np.isfinite(table).all(axis=1))
        if len(bad):
            raise InputError(f"a {name} feature is NaN or infinite", event=int(bad[0]), remedy="remove the event")
    if a.shape[1] != b.shape[1]:
        raise InputError(f"{a.shape[1]} and {b.shape[1]} features cannot be compared", remedy="take the same ones")
    spread = a.std(axis=0)
    spread[spread == 0] = 1.0
    return (a - a.mean(axis=0)) / spread, (b - a.mean(axis=0)) / spread


def _frechet(a: Floats, b: Floats) -> float:
    """With C = S S^T, tr (C C')^(1/2) is the sum of the singular values of S^T S'."""
    difference = a.mean(axis=0) - b.mean(axis=0)
    # The columns of a centred table, over the root of its length, are such an S transposed.
    c, d = (np.asarray(np.linalg.qr((t - t.mean(axis=0)) / np.sqrt(len(t)), mode="r")) for t in (a, b))
    overlap = np.linalg.svd(c @ d.T, compute_uv=False).sum()
    return max(float(difference @ difference + np.sum(c**2) + np.sum(d**2) - 2 * overlap), 0.0)
