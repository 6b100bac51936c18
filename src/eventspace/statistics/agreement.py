"""Do two samples agree? Two-sample metrics on tables of features.

They complement each other: a Frechet distance depends on means and covariances only, precision and recall on the
supports, a classifier on any difference that it can learn. Features are first standardised with the mean and spread of
the reference, so units do not matter.
"""

import math

import numpy as np
from numpy.typing import ArrayLike, NDArray

from eventspace.base.errors import InputError
from eventspace.statistics.bootstrap import interval_of_norm
from eventspace.statistics.neighbourhoods import neighbourhoods
from eventspace.statistics.number import Number
from eventspace.statistics.roc import auc
from eventspace.statistics.scale import scales, varies
from eventspace.statistics.splits import over_splits
from eventspace.statistics.standardised import standardised

__all__ = ["classifier_auc", "frechet_distance", "opinions"]

Floats = NDArray[np.float64]


def frechet_distance(
    reference: ArrayLike, generated: ArrayLike, *, seed: int, replicas: int = 100, level: float = 0.95
) -> Number:
    """The squared Frechet distance |m - m'|^2 + tr(C + C' - 2 (C C')^(1/2)) of two Gaussians with the same moments.

    Arguments:
        reference, generated: (n, k) and (m, k) features.
        seed, replicas: of the resampling by event that gives the interval.
        level: its confidence level.

    Returns:
        A pure number: features are in units of the reference's standard deviation, and in their own where they do not
        vary in the reference, which a note says. It is above 0 even for samples of the same source, by about
        k (1/n + 1/m); the interval then begins at 0. Its root is a metric W, so that
        |W(a, b) - W(A, B)| <= W(a, A) + W(b, B) for samples a, b of the sources A, B: the interval of the root is as
        long to both sides as the quantile of W(a*, a) + W(b*, b) with bootstrap replicas a*, b*, to which is added how
        much W(a, b) changes in the units of a*.

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
    a, b = standardised(reference, generated)
    rng = np.random.default_rng(seed)
    value, noise = _frechet(a, b), []
    for _ in range(replicas):
        again = [sample[rng.integers(len(sample), size=len(sample))] for sample in (a, b)]
        moved = sum(math.sqrt(_frechet(some, sample)) for some, sample in zip(again, (a, b), strict=True))
        unit = scales(again[0])
        noise.append(moved + abs(math.sqrt(_frechet(a / unit, b / unit)) - math.sqrt(value)))
    root = interval_of_norm(noise, math.sqrt(value), level)
    assert root.low is not None
    assert root.high is not None
    fixed = int(np.count_nonzero(~varies(reference)))
    note = f"{fixed} of {a.shape[1]} features do not vary in the reference: in their own unit" if fixed else ""
    return Number(value, root.low**2, root.high**2, level, note=note)


def classifier_auc(
    reference: ArrayLike, generated: ArrayLike, *, seed: int, folds: int = 5, repeats: int = 5, level: float = 0.95
) -> Number:
    """How well boosted trees tell the samples apart: the area under the ROC curve of scores from cross-validation.

    0.5 means that this classifier finds no difference. The cross-validation is repeated with other folds and trees, and
    the value is the mean; the interval adds the scatter of the repetitions to that of the events
    (:func:`eventspace.statistics.splits.over_splits`): with the trees held fixed, 0.5 would be missed in 15% of samples
    of one source.

    Arguments:
        reference, generated: (n, f) and (m, f) features.
        seed: of the folds and the trees.
        folds: each event is scored by trees that have not seen its fold.
        repeats: how often the events are divided anew.
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
    a, b = standardised(reference, generated)
    if min(len(a), len(b)) < folds:
        raise InputError(f"{min(len(a), len(b))} events in {folds} folds", remedy="give more events, or fewer folds")
    from sklearn.ensemble import HistGradientBoostingClassifier
    from sklearn.model_selection import StratifiedKFold, cross_val_predict
    from threadpoolctl import threadpool_limits

    kind = np.r_[np.zeros(len(a)), np.ones(len(b))]
    areas = []
    for number in np.random.default_rng(seed).integers(1 << 31, size=repeats).tolist():
        splits = StratifiedKFold(folds, shuffle=True, random_state=number)
        trees = HistGradientBoostingClassifier(max_iter=100, random_state=number)
        # On one thread: with several they wait for each other, and sums depend on their number.
        with threadpool_limits(1):
            scores = cross_val_predict(trees, np.vstack((a, b)), kind, cv=splits, method="decision_function")
        areas.append(auc(scores[kind == 0], scores[kind == 1], level=level))
    return over_splits(areas, within=(0, 1))


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


def _frechet(a: Floats, b: Floats) -> float:
    """With C = S S^T, tr (C C')^(1/2) is the sum of the singular values of S^T S'."""
    difference = a.mean(axis=0) - b.mean(axis=0)
    # The columns of a centred table, over the root of its length, are such an S transposed.
    c, d = (np.asarray(np.linalg.qr((t - t.mean(axis=0)) / np.sqrt(len(t)), mode="r")) for t in (a, b))
    overlap = np.linalg.svd(c @ d.T, compute_uv=False).sum()
    return max(float(difference @ difference + np.sum(c**2) + np.sum(d**2) - 2 * overlap), 0.0)
