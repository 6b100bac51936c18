"""Mapper: a sample as a graph of clusters, cut along a filter: where it splits, where parts join again."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import coo_array
from scipy.sparse.csgraph import connected_components

from eventspace.base.errors import InputError
from eventspace.base.extras import require

__all__ = ["Clusterer", "MapperGraph", "mapper", "principal_coordinate"]

Floats = NDArray[np.float64]
Integers = NDArray[np.int64]
Clusterer = Literal["dbscan", "single-linkage"]


@dataclass(frozen=True, eq=False)
class MapperGraph:
    """A graph whose nodes are clusters of events, joined where they share events.

    Attributes:
        nodes: the numbers of the events in each node, rising.
        edges: (E, 2) pairs of nodes, the lower one first.
    """

    nodes: Sequence[Integers]
    edges: Integers

    @property
    def components(self) -> int:
        """The number of connected components."""
        count = len(self.nodes)
        joined = coo_array((np.ones(len(self.edges)), (self.edges[:, 0], self.edges[:, 1])), shape=(count, count))
        return int(connected_components(joined, directed=False)[0])

    @property
    def loops(self) -> int:
        """The number of independent loops: edges - nodes + components."""
        return len(self.edges) - len(self.nodes) + self.components


def mapper(
    distances: Floats,
    values: Floats,
    *,
    intervals: int,
    overlap: float,
    clusterer: Clusterer,
    eps: float,
    min_samples: int,
) -> MapperGraph:
    """The Mapper graph of a sample under a filter with one value an event.

    The range of the filter is covered by intervals that overlap; the events of each are clustered by their distances;
    each cluster becomes a node, and nodes that share an event are joined. At most two intervals hold an event, so that
    the graph is the whole nerve.

    Arguments:
        distances: (n, n) between the events.
        values: (n,) of the filter.
        intervals: their number (resolution).
        overlap: the fraction of an interval that overlaps with each of its neighbours (gain), below one half.
        clusterer: ``dbscan``: clusters around events that have ``min_samples`` within ``eps``, the others are noise;
            ``single-linkage``: chains of events with gaps below ``eps``.
        eps: the distance of the clusterer, in the unit of the distances.
        min_samples: clusters of fewer events make no node.

    Raises:
        InputError: an option is out of range, or the filter has one value for all events.
        MissingExtraError: kmapper is not installed.

    Example:
        A circle along its first coordinate:

        >>> angle = np.linspace(0, 2 * np.pi, 200, endpoint=False)
        >>> circle = np.exp(1j * angle)
        >>> apart = np.abs(circle[:, None] - circle)
        >>> options = {"clusterer": "single-linkage", "eps": 0.1, "min_samples": 1}
        >>> graph = mapper(apart, circle.real, intervals=6, overlap=0.3, **options)
        >>> graph.components, graph.loops
        (1, 1)

    Source: G. Singh, F. Memoli and G. Carlsson, Eurographics Symp. Point-Based Graphics 2007,
    doi:10.2312/SPBG/SPBG07/091-100; computed by KeplerMapper, doi:10.21105/joss.01315.
    """
    with require("topology", "Mapper"):
        from kmapper import Cover, KeplerMapper
    if not 0 < overlap < 0.5:
        raise InputError(f"an overlap of {overlap:g}", remedy="give one between 0 and 0.5")
    if not np.ptp(values) > 0:
        raise InputError("the filter has one value for all events", remedy="choose another filter")
    found = KeplerMapper(verbose=0).map(
        values[:, None],
        X=distances,
        cover=Cover(n_cubes=intervals, perc_overlap=overlap),
        clusterer=_clusterer(clusterer, eps, min_samples),
        precomputed=True,
    )
    kept = {name: events for name, events in found["nodes"].items() if len(events) >= min_samples}
    number = {name: k for k, name in enumerate(kept)}
    edges = sorted(
        (min(number[a], number[b]), max(number[a], number[b]))
        for a, others in found["links"].items()
        for b in others
        if a in number and b in number
    )
    return MapperGraph(
        [np.array(sorted(events), dtype=np.int64) for events in kept.values()],
        np.array(edges, dtype=np.int64).reshape(-1, 2),
    )


def _clusterer(name: Clusterer, eps: float, min_samples: int) -> Any:
    from sklearn.cluster import DBSCAN

    if name == "dbscan":
        return DBSCAN(eps=eps, min_samples=min_samples, metric="precomputed")
    # Chains of gaps below eps: with min_samples = 1 dbscan makes exactly these. KeplerMapper leaves out intervals with
    # fewer events than the min_samples of the clusterer, so that other clusterers lose events that are alone.
    return DBSCAN(eps=np.nextafter(eps, 0), min_samples=1, metric="precomputed")


def principal_coordinate(distances: Floats) -> Floats:
    """The coordinate along which the events are spread most, from their distances alone (classical scaling).

    For Euclidean distances it is the first principal component. Its sign is such that its largest value is positive.

    Example:
        >>> line = np.array([0.0, 1.0, 5.0])
        >>> principal_coordinate(np.abs(line[:, None] - line)).round(6).tolist()
        [-2.0, -1.0, 3.0]

    Source: W. Torgerson, Psychometrika 17 (1952) 401, doi:10.1007/BF02288916.
    """
    from scipy.sparse.linalg import LinearOperator, eigsh

    squares = distances**2
    rows, all_ = squares.mean(axis=1), squares.mean()
    count = len(distances)

    def centred(vector: Floats) -> Floats:
        vector = vector.ravel()
        product: Floats = -0.5 * (squares @ vector - rows * vector.sum() - (rows - all_) @ vector)
        return product

    start = np.random.default_rng(0).normal(size=count)  # any; the same each time
    value, vector = eigsh(LinearOperator((count, count), matvec=centred, dtype=np.float64), k=1, which="LA", v0=start)
    coordinate: Floats = vector[:, 0] * np.sqrt(max(float(value[0]), 0.0))
    return coordinate if coordinate[np.abs(coordinate).argmax()] >= 0 else -coordinate
