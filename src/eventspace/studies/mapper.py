"""How is a sample connected? Mapper: clusters along a filter, joined where they share events.

After "Using Topological Data Analysis to Disentangle Complex Datasets" in the talk of K. Jaruskova, "IML Summary:
GANplifying event samples, Topological data analysis", 2020. A single graph depends on the resolution and the overlap of
the cover. Both are scanned, and the answer is the result of most covers.
"""

import logging
from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Annotated, Any

import numpy as np
from numpy.typing import NDArray
from pydantic import Field, PositiveFloat

from eventspace.base.errors import InputError
from eventspace.base.memory import require_memory
from eventspace.base.work import Work
from eventspace.events.base import Events
from eventspace.events.images import Images
from eventspace.events.particles import ParticleClouds
from eventspace.events.points import Points
from eventspace.events.preprocess import pixelate, preprocess
from eventspace.events.showers import Showers
from eventspace.statistics.mapper import Clusterer, MapperGraph, mapper, principal_coordinate
from eventspace.statistics.number import SETTING, Number
from eventspace.studies.geometry import GeometryConfig, all_distances, matrix_memory
from eventspace.studies.samples import labels, naming, place
from eventspace.studies.study import Outcome, Role, Study

__all__ = ["STUDY", "MapperConfig", "run"]

PIXELS = 24  # along each side of the mean display of jets

_REACHED = 0.99  # of the events have their neighbours within the default distance of the clusterer
_SCANNED = "the range of the scan: of the choice of the cover, not of other samples"
_DRAWN = "of the one graph that is drawn, without an interval"
_STABILITY = "a fraction of the covers that were scanned, without an interval"

_log = logging.getLogger(__name__)

Floats = NDArray[np.float64]
Overlap = Annotated[float, Field(gt=0, lt=0.5)]


class MapperConfig(GeometryConfig):
    """Options of the study ``mapper``."""

    filter: str = Field(
        "principal",
        description="Along what the sample is cut: principal (the direction of the largest spread), eccentricity (mean "
        "distance to the others), density (distance to the neighbour of number 2 --min-samples), a column of the file, "
        "or coordinate.0.",
    )
    colour: str | None = Field(
        None, description="What colours the nodes, named as for --filter; by default the filter. Labels: label=top."
    )
    intervals: int = Field(20, ge=2, description="Intervals of the cover of the filter (resolution).")
    overlap: Overlap = Field(0.3, description="Fraction of an interval that overlaps with each neighbour (gain).")
    clusterer: Clusterer = Field("dbscan", description="How the events of an interval are clustered.")
    # Not eps, which is a parameter of the metric.
    cluster_eps: PositiveFloat | None = Field(
        None,
        description="Distance eps of the clusterer; by default the distance within which 99% of the events have twice "
        "--min-samples others.",
    )
    min_samples: int = Field(
        10, ge=1, description="Events that a node must have, and that dbscan needs within --cluster-eps."
    )
    scanned_intervals: tuple[Annotated[int, Field(ge=2)], ...] = Field(
        (10, 15, 20, 25, 30), min_length=1, description="Resolutions of the scan."
    )
    scanned_overlaps: tuple[Overlap, ...] = Field((0.2, 0.3, 0.4), min_length=1, description="Overlaps of the scan.")


def run(samples: Mapping[str, Events], config: MapperConfig, work: Work) -> Outcome:
    """Draw the Mapper graph of a sample and scan which of its features are stable.

    Arguments:
        samples: the ``sample``.
        config: see :class:`MapperConfig`.
        work: how to work.

    Returns:
        ``components`` and ``loops``, the numbers of connected components and loops in most graphs of the scan, with the
        range of the central fraction ``level`` of the scan; ``stability``, the fraction of the scan with exactly these
        two numbers; ``graph.components``, ``graph.loops`` and ``graph.nodes`` of the graph that is drawn; ``noise``,
        the fraction of events in no node; ``cluster_eps``, the distance of the clusterer. Arrays hold the nodes with
        their events, sizes, filter, colour and mean display.

        Only the first two have an interval. ``stability`` is counted over the whole scan, which is a choice and not a
        sample; ``graph.…`` and ``noise`` describe the one graph that is drawn; ``cluster_eps`` is a setting, also where
        it is derived from the sample.

    Raises:
        InputError: the sample is too small, a filter or colour is unknown, or the matrix does not fit into memory.
        MissingExtraError: kmapper is not installed.

    Example:
        >>> import eventspace as es
        >>> angle = np.random.default_rng(1).uniform(0, 2 * np.pi, 2000)
        >>> circle = es.Points(values=np.stack([np.cos(angle), np.sin(angle)], axis=1))
        >>> result = es.mapper(circle, scanned_overlaps=(0.3,))
        >>> result.numbers["components"].value, result.numbers["loops"].value
        (1.0, 1.0)
    """
    [name], events = labels(samples), samples["sample"]
    metric = config.metric_for(events)
    drawn_numbers = config.drawn(len(events), metric)
    with naming("sample"):
        used = config.prepared(events[drawn_numbers])
    if len(used) <= config.min_samples:
        raise InputError(
            f"{len(used)} events are too few for nodes of {config.min_samples}",
            file=place("sample"),
            remedy="give more events, or a smaller --min-samples",
        )
    # KeplerMapper and the clusterers copy the matrix; measured with a cover of two intervals, the worst case.
    require_memory(6 * matrix_memory([len(used)]), "give fewer --events")
    distances, unit = all_distances(metric, [used], work)
    # Twice as many as a cluster needs, so that fluctuations do not divide a connected cluster.
    neighbour = min(2 * config.min_samples, len(used) - 1)
    nearest = np.partition(distances, neighbour, axis=1)[:, neighbour]
    if not distances.any():
        raise InputError("all events are equal", file=place("sample"), remedy="Mapper needs events that differ")
    # Where events have that many copies, eps may be smaller than all other distances.
    usual = float(np.quantile(nearest, _REACHED)) or float(distances[distances > 0].min()) / 2
    eps = config.cluster_eps or usual
    values = _quantity(config.filter, used, distances, nearest)
    colour_name = config.colour or config.filter
    colour = _quantity(colour_name, used, distances, nearest)

    def graph(intervals: int, overlap: float) -> MapperGraph:
        return mapper(
            distances,
            values,
            intervals=intervals,
            overlap=overlap,
            clusterer=config.clusterer,
            eps=eps,
            min_samples=config.min_samples,
        )

    _log.info("the graph and the scan of %s", name)
    drawn = graph(config.intervals, config.overlap)
    if len(drawn.nodes) == 0:
        raise InputError(
            "no cluster is large enough for a node", remedy="give a larger --cluster-eps or fewer --intervals"
        )
    scan = [[graph(n, g) for g in config.scanned_overlaps] for n in config.scanned_intervals]
    counts = np.array([[(each.components, each.loops) for each in row] for row in scan])

    numbers = _numbers(counts, config.level)
    for key, value in (("components", drawn.components), ("loops", drawn.loops), ("nodes", len(drawn.nodes))):
        numbers[f"graph.{key}"] = Number(float(value), None, None, config.level, note=_DRAWN)
    covered = len(np.unique(np.concatenate(drawn.nodes))) / len(used)
    numbers["noise"] = Number(1 - covered, None, None, config.level, note=_DRAWN)
    numbers["cluster_eps"] = Number(eps, None, None, config.level, unit, SETTING)
    arrays: dict[str, NDArray[Any]] = {
        "name": np.array(name),
        "kind": np.array(events.kind),
        "colour_name": np.array(colour_name),
        "unit": np.array(unit),
        "sizes": np.array([len(node) for node in drawn.nodes]),
        "events": drawn_numbers[np.concatenate(drawn.nodes)],
        "filter": np.array([values[node].mean() for node in drawn.nodes]),
        "colour": np.array([colour[node].mean() for node in drawn.nodes]),
        "edges": drawn.edges,
        "layout": _layout(drawn, values, config.seed),
        "scan": counts,
    }
    displays = _displays(used, drawn.nodes)
    if displays is not None:
        arrays["displays"] = displays
    answer = f"{_answer(name, numbers, config)} {metric.remark(used)}".strip()
    return Outcome(answer, numbers, arrays)


def _quantity(name: str, events: Events, distances: Floats, nearest: Floats) -> Floats:
    """One value an event."""
    match name:
        case "principal":
            return principal_coordinate(distances)
        case "eccentricity":
            return np.asarray(distances.mean(axis=1))
        case "density":
            return np.asarray(nearest)
    known = ["principal", "eccentricity", "density"]
    if isinstance(events, Points):
        known += [f"coordinate.{k}" for k in range(events.values.shape[1])]
        if name in known:
            return np.asarray(events.values[:, int(name.removeprefix("coordinate."))], dtype=np.float64)
    for column, values in events.per_event.items():
        if column == "label":
            known += [f"label={label}" for label in np.unique(values)]
            if name in known and name.startswith("label="):
                return np.asarray(values == name.removeprefix("label="), dtype=np.float64)
        else:
            known.append(column)
            if name == column:
                return np.asarray(values, dtype=np.float64)
    raise InputError(f"it has no quantity {name!r}", file=place("sample"), remedy=f"choose from {', '.join(known)}")


def _numbers(counts: NDArray[np.int64], level: float) -> dict[str, Number]:
    """The most common numbers of the scan; of equally common ones the smaller."""
    seen = Counter(tuple(map(int, pair)) for pair in counts.reshape(-1, 2))
    (components, loops), agreeing = min(seen.items(), key=lambda item: (-item[1], item[0]))
    numbers = {}
    for column, (key, value) in enumerate((("components", components), ("loops", loops))):
        low, high = np.quantile(counts[..., column], [(1 - level) / 2, (1 + level) / 2])
        numbers[key] = Number(float(value), float(min(low, value)), float(max(high, value)), level, note=_SCANNED)
    numbers["stability"] = Number(agreeing / sum(seen.values()), None, None, level, note=_STABILITY)
    return numbers


def _layout(graph: MapperGraph, values: Floats, seed: int) -> Floats:
    """Places to draw the nodes at: joined ones close, the filter along the first axis at the start."""
    import networkx as nx

    drawing = nx.Graph()
    drawing.add_nodes_from(range(len(graph.nodes)))
    drawing.add_edges_from(map(tuple, graph.edges.tolist()))
    rng = np.random.default_rng(seed)
    span = float(np.ptp(values))
    start = {k: ((values[node].mean() - values.min()) / span, rng.uniform()) for k, node in enumerate(graph.nodes)}
    placed = nx.spring_layout(drawing, pos=start, seed=seed, iterations=200)
    return np.array([placed[k] for k in range(len(graph.nodes))], dtype=np.float64)


def _displays(events: Events, nodes: Sequence[NDArray[np.int64]]) -> Floats | None:
    """(nodes, phi or z, rapidity or x): the mean of the events of each node, or None for events without one."""
    if isinstance(events, ParticleClouds):
        centred = preprocess(events, ("centre",))
        outwards = np.maximum(np.abs(centred.flat(centred.coordinate)), np.abs(centred.flat("phi")))
        # Wide enough that every event has a particle in its picture.
        closest = np.minimum.reduceat(outwards, centred.offsets[:-1])
        pictures = pixelate(centred, PIXELS, max(1.0, 1.01 * float(closest.max()))).values
        pictures = pictures / pictures.sum(axis=(1, 2), keepdims=True)
    elif isinstance(events, Images):
        pictures = events.values
    elif isinstance(events, Showers):
        return np.array([events[node].to_dense().sum(axis=2).mean(axis=0).T for node in nodes])
    else:
        return None
    return np.array([pictures[node].mean(axis=0).T for node in nodes], dtype=np.float64)


def _answer(name: str, numbers: dict[str, Number], config: MapperConfig) -> str:
    graphs = len(config.scanned_intervals) * len(config.scanned_overlaps)
    components, loops, stability = (numbers[key].value for key in ("components", "loops", "stability"))
    return (
        f"Along {config.filter}, {name} has {components:g} connected component{'' if components == 1 else 's'} and "
        f"{loops:g} loop{'' if loops == 1 else 's'} in {stability:.0%} of {graphs} covers."
    )


STUDY = Study(
    roles=(Role("sample", "Events."),),
    config=MapperConfig,
    run=run,
    description="""Draw a sample as a graph of clusters along a filter, and scan which components and loops are stable.

Mapper: the range of a filter is cut into intervals that overlap, the events of each are clustered, and clusters that
share events are joined. Nodes are coloured by any quantity, and the page shows what is in each. A single graph depends
on resolution and overlap, so both are scanned.

Any distance of eventspace distances can be chosen with --metric. For jensen-shannon and mse the square root is used,
which is a metric.

For example: eventspace mapper qcd-top.h5 --colour label=top --out runs/mapper""",
)
