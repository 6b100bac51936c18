"""Persistent homology: the connected components, loops and voids of a sample, and the scales over which each lives."""

import math

import numpy as np
from numpy.typing import ArrayLike, NDArray

from eventspace.base.errors import InputError
from eventspace.base.extras import require

__all__ = ["RIPS", "bottleneck", "diagrams", "memory", "persistence", "persistence_image", "wasserstein"]

Floats = NDArray[np.float64]

RIPS = math.sqrt(2)
"""A cycle of Euclidean points that lives over a smaller factor of scale may be an artefact of the Rips complex.

With balls of radius t around the points, Rips(t) lies between Cech(t) and Cech(sqrt(2) t): V. de Silva and R. Ghrist,
Algebr. Geom. Topol. 7 (2007) 339, doi:10.2140/agt.2007.7.339."""

_FIELD = 2  # homology with coefficients 0 and 1
_PRECISION = 1e-5  # relative, of a Wasserstein distance; ten times more costs little


def diagrams(births: ArrayLike, distances: ArrayLike, dimensions: int = 1) -> list[Floats]:
    """The persistence diagrams of a weighted Rips complex, in which all appears no earlier than its parts.

    A point x appears at its own scale b(x), an edge at max(b(x), b(y), d(x, y) / 2), a simplex with its last edge. With
    the distance to a measure as b, the complex at the scale t is the shape of those parts of the sample that are dense
    at this scale, seen with the resolution t. Where b changes by at most a factor f, so do births and deaths.

    Arguments:
        births: (L,) scales at which the points appear.
        distances: (L, L) between the points.
        dimensions: the highest dimension: 0 connected components, 1 loops, 2 voids.

    Returns:
        For each dimension (features, 2) birth and death, longest life (death over birth) first. One component lives for
        ever: its death is infinite. Features of no duration are left out.

    Raises:
        MissingExtraError: gudhi is not installed.
        InputError: a scale is not positive, or the shapes do not fit.

    Example:
        The corners of a square are four points until half the side, then a loop until half the diagonal:

        >>> square = np.array([[0, 1, 2**0.5, 1], [1, 0, 1, 2**0.5], [2**0.5, 1, 0, 1], [1, 2**0.5, 1, 0]])
        >>> components, loops = diagrams(np.full(4, 0.1), square)
        >>> components.round(3).tolist()
        [[0.1, inf], [0.1, 0.5], [0.1, 0.5], [0.1, 0.5]]
        >>> loops.round(3).tolist()
        [[0.5, 0.707]]

    Source: H. Anai et al., DTM-based filtrations, arXiv:1811.04757 (here p is infinite); the algorithm is Ripser's, U.
    Bauer, J. Appl. Comput. Topol. 5 (2021) 391, arXiv:1908.02518.
    """
    with require("topology", "persistent homology"):
        from gudhi import SimplexTree
        from gudhi.sklearn.rips_persistence import RipsPersistence
    births, distances = np.asarray(births, dtype=np.float64), np.asarray(distances, dtype=np.float64)
    if births.ndim != 1 or distances.shape != (len(births), len(births)):
        raise InputError(
            f"{births.shape} scales and {distances.shape} distances do not fit", remedy="give L and (L, L)"
        )
    if not (np.isfinite(births).all() and (births > 0).all() and np.isfinite(distances).all()):
        raise InputError("a scale is not a positive number", remedy="give positive scales and finite distances")
    edges = np.maximum(np.maximum(births[:, None], births), distances / 2)
    np.fill_diagonal(edges, births)
    # From here on every point is joined to one of them, and nothing more can happen.
    radius = float(edges.max(axis=1).min())
    tree = SimplexTree.create_from_array(edges, max_filtration=radius)
    tree.compute_persistence(homology_coeff_field=_FIELD, persistence_dim_max=False)
    found = [np.asarray(tree.persistence_intervals_in_dimension(0), dtype=np.float64)]
    if dimensions > 0:
        # Ripser lets all points appear at 0, which changes components, but neither loops nor voids.
        np.fill_diagonal(edges, 0.0)
        rips = RipsPersistence(
            homology_dimensions=list(range(1, dimensions + 1)),
            input_type="full distance matrix",
            homology_coeff_field=_FIELD,
        )
        found += [np.asarray(diagram, dtype=np.float64) for diagram in rips.fit_transform([edges])[0]]
    return [_sorted(diagram.reshape(-1, 2)) for diagram in found]


def _sorted(diagram: Floats) -> Floats:
    diagram = diagram[diagram[:, 1] > diagram[:, 0]]
    order = np.lexsort((diagram[:, 1], diagram[:, 0], -diagram[:, 1] / diagram[:, 0]))
    ordered: Floats = diagram[order]
    return ordered


def persistence(diagram: Floats) -> Floats:
    """The factor of scale over which each feature lives, death over birth; infinite for what never dies.

    Example:
        >>> persistence(np.array([[0.5, np.inf], [0.5, 2.0]])).tolist()
        [inf, 4.0]
    """
    ratio: Floats = diagram[:, 1] / diagram[:, 0]
    return ratio


def bottleneck(a: Floats, b: Floats) -> float:
    """The bottleneck distance between two diagrams in the logarithm of scale.

    The features of one diagram are matched with those of the other, or with none; the distance is the largest change
    of ln birth or ln death that the best matching needs. No match costs half of ln(death / birth). What never dies is
    matched with its like by birth; unequal numbers of them are infinitely far apart.

    Arguments:
        a, b: (features, 2) births and deaths, as :func:`diagrams` returns them.

    Raises:
        MissingExtraError: gudhi is not installed.

    Example:
        >>> one, none = np.array([[1.0, np.e]]), np.empty((0, 2))
        >>> round(bottleneck(one, none), 6), round(bottleneck(one, np.array([[1.0, 3.0]])), 6)
        (0.5, 0.098612)

    Source: D. Cohen-Steiner, H. Edelsbrunner and J. Harer, Discrete Comput. Geom. 37 (2007) 103,
    doi:10.1007/s00454-006-1276-5; computed by Hera, M. Kerber, D. Morozov and A. Nigmetov, arXiv:1606.03357.
    """
    change = _endless_change(a, b)
    return max(float(change.max(initial=0.0)), _finite_bottleneck(_logarithms(a), _logarithms(b)))


def wasserstein(a: Floats, b: Floats) -> float:
    """The Wasserstein distance of order 2 between two diagrams in the logarithm of scale.

    As :func:`bottleneck`, but the root of the sum of the squares of all changes that the best matching needs: one long
    feature counts as much as there, and many short ones count together.

    Arguments:
        a, b: (features, 2) births and deaths, as :func:`diagrams` returns them.

    Raises:
        MissingExtraError: gudhi is not installed.

    Example:
        >>> two, none = np.array([[1.0, np.e], [2.0, 2 * np.e]]), np.empty((0, 2))
        >>> round(wasserstein(two, none), 6), round(bottleneck(two, none), 6)
        (0.707107, 0.5)

    Source: D. Cohen-Steiner, H. Edelsbrunner, J. Harer and Y. Mileyko, Found. Comput. Math. 10 (2010) 127,
    doi:10.1007/s10208-010-9060-6; computed by Hera, M. Kerber, D. Morozov and A. Nigmetov, arXiv:1606.03357.
    """
    change = _endless_change(a, b)
    return math.hypot(*change, _finite_wasserstein(_logarithms(a), _logarithms(b)))


def _endless_change(a: Floats, b: Floats) -> Floats:
    """By how much the births of what never dies differ in ln scale."""
    endless, others = (np.sort(np.log(diagram[np.isinf(diagram[:, 1]), 0])) for diagram in (a, b))
    if len(endless) != len(others):
        return np.array([math.inf])
    change: Floats = np.abs(endless - others)
    return change


def _finite_bottleneck(first: Floats, second: Floats) -> float:
    with require("topology", "the distance between diagrams"):
        from gudhi.hera import bottleneck_distance
    # With nothing on one side all features of the other go without a match.
    if len(first) == 0 or len(second) == 0:
        return float(_unmatched(first, second).max(initial=0.0))
    return float(bottleneck_distance(first, second, delta=0))  # exact, not to one percent


def _finite_wasserstein(first: Floats, second: Floats) -> float:
    with require("topology", "the distance between diagrams"):
        from gudhi.hera import wasserstein_distance
    if len(first) == 0 or len(second) == 0:
        return float(np.linalg.norm(_unmatched(first, second)))
    return float(wasserstein_distance(first, second, order=2.0, internal_p=math.inf, delta=_PRECISION))


def _unmatched(first: Floats, second: Floats) -> Floats:
    """What each feature costs that is matched with none."""
    cost: Floats = np.diff(np.concatenate([first, second]), axis=1)[:, 0] / 2
    return cost


def persistence_image(
    diagram: Floats, scales: tuple[float, float], highest: float, pixels: int = 20, width: float = 0.1
) -> Floats:
    """A diagram as a picture of fixed size, for machine learning.

    Each feature becomes a Gaussian in the plane of ln birth and ln(death / birth), weighted with the latter, so that
    features of no duration, which come and go with single events, do not count.

    Arguments:
        diagram: (features, 2) births and deaths; what never dies is left out.
        scales: smallest and largest birth of the picture.
        highest: the largest death over birth of the picture.
        pixels: along each side.
        width: of the Gaussian, in units of ln scale.

    Returns:
        (pixels, pixels): rows of rising ln(death / birth), columns of rising ln birth.

    Raises:
        MissingExtraError: gudhi is not installed.

    Example:
        >>> image = persistence_image(np.array([[1.0, np.e]]), (0.5, 2.0), np.e**2)
        >>> image.shape, [int(i) for i in np.unravel_index(image.argmax(), image.shape)]
        ((20, 20), [10, 10])

    Source: H. Adams et al., J. Mach. Learn. Res. 18 (2017) 8, arXiv:1507.06217.
    """
    with require("topology", "a persistence image"):
        from gudhi.representations import PersistenceImage
    finite = _logarithms(diagram)
    if len(finite) == 0:
        return np.zeros((pixels, pixels))
    picture = PersistenceImage(
        bandwidth=width,
        weight=lambda feature: feature[1],
        resolution=[pixels, pixels],
        im_range=[math.log(scales[0]), math.log(scales[1]), 0.0, math.log(highest)],
    )
    return np.asarray(picture.fit_transform([finite])[0], dtype=np.float64).reshape(pixels, pixels)


def _logarithms(diagram: Floats) -> Floats:
    finite: Floats = np.log(diagram[np.isfinite(diagram[:, 1])])
    return finite


def memory(points: int) -> int:
    """About how many bytes the diagrams of this number of points need at their peak.

    The edges of the complex, points^2 / 2 of them, take the most: 70 bytes each while components are counted, and at
    most 90 in Ripser, measured with gudhi 3.13 on up to 1,500 points of 2 and of 10 dimensions, and with voids on up to
    1,200. The matrices of scales add 24 bytes a pair of points.

    Example:
        >>> memory(400) / 1e6
        11.022
    """
    return 90 * points * (points - 1) // 2 + 24 * points**2
