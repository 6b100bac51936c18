"""The pictures of the study ``mapper``: the graph, which the page lets explore, the scan, and what is in nodes."""

from typing import Any

import numpy as np
from matplotlib import colormaps
from matplotlib.colors import Normalize, PowerNorm, to_hex
from numpy.typing import NDArray

from eventspace.report.page import rendered
from eventspace.report.style import Picture, panels, style
from eventspace.studies.mapper import MapperConfig
from eventspace.studies.study import Result

__all__ = ["figures"]

_WIDTH, _HEIGHT, _MARGIN = 600, 400, 24  # of the graph on the page
_GALLERY = 8  # mean displays shown
_LEVELS = 64  # shades of a display
_KEYS = {"components": "connected components", "loops": "loops"}


def figures(result: Result) -> list[Picture]:
    """Draw the graph, which of its features are stable under the choice of the cover, and what is in the nodes."""
    with style():
        pictures = [_graph(result), _scan(result)]
        if "displays" in result.arrays:
            pictures.append(_gallery(result))
        return pictures


def _config(result: Result) -> MapperConfig:
    assert isinstance(result.config, MapperConfig)
    return result.config


def _graph(result: Result) -> Picture:
    arrays = result.arrays
    layout, edges, colour = arrays["layout"], arrays["edges"], arrays["colour"]
    figure, ((axis,),) = panels(1, 1, 6.6, 4.4)
    for a, b in edges:
        axis.plot(*layout[[a, b]].T, color="grey", linewidth=1, zorder=1)
    area = 20 + 280 * arrays["sizes"] / arrays["sizes"].max()
    shown = axis.scatter(layout[:, 0], layout[:, 1], s=area, c=colour, cmap="viridis", zorder=2, edgecolors="white")
    figure.colorbar(shown, ax=axis, label=f"mean of {arrays['colour_name']}")
    axis.set(xticks=[], yticks=[], title=str(arrays["name"]))
    axis.grid(visible=False)
    config = _config(result)
    caption = (
        f"The Mapper graph along {config.filter} with {config.intervals} intervals that overlap by "
        f"{config.overlap:g}: each node is a cluster of events, its area grows with their number, and nodes that share "
        "events are joined. Places on the plane have no meaning. A single graph depends on the cover: see the scan."
    )
    return Picture("graph", caption, figure, _page(result))


def _page(result: Result) -> str:
    """The graph as a page of its own, which shows what is in a node."""
    arrays = result.arrays
    layout, sizes, colour = arrays["layout"], arrays["sizes"], arrays["colour"]
    low, span = layout.min(axis=0), np.maximum(np.ptp(layout, axis=0), 1e-12)
    places = _MARGIN + (layout - low) / span * (np.array([_WIDTH, _HEIGHT]) - 2 * _MARGIN)
    fills = colormaps["viridis"](Normalize(colour.min(), colour.max())(colour))
    levels = _levels(arrays["displays"]) if "displays" in arrays else None
    events = np.split(arrays["events"], np.cumsum(sizes)[:-1])
    nodes = []
    for k, members in enumerate(events):
        facts = [
            ("events", f"{sizes[k]}"),
            (f"mean {_config(result).filter}", f"{arrays['filter'][k]:.4g}"),
            (f"mean {arrays['colour_name']}", f"{colour[k]:.4g}"),
            ("numbers", ", ".join(map(str, members[:6])) + (", …" if len(members) > 6 else "")),
        ]
        nodes.append(
            {
                "x": round(float(places[k, 0]), 1),
                "y": round(float(_HEIGHT - places[k, 1]), 1),
                "r": round(4 + 10 * float(np.sqrt(sizes[k] / sizes.max())), 1),
                "fill": to_hex(fills[k]),
                "facts": facts,
                "display": None if levels is None else levels[k].tolist(),
            }
        )
    shades = (255 * colormaps["viridis"](np.linspace(0, 1, _LEVELS))[:, :3]).round().astype(int).tolist()
    axes = f"Mean of its events: {_axes(result)[0]} to the right, {_axes(result)[1]} upwards."
    data: dict[str, Any] = {"nodes": nodes, "edges": arrays["edges"].tolist(), "colours": shades, "axes": axes}
    key = f"mean of {arrays['colour_name']}, from {colour.min():.3g} (dark) to {colour.max():.3g} (light)"
    return rendered("mapper.html.j2", title=str(arrays["name"]), width=_WIDTH, height=_HEIGHT, data=data, colour=key)


def _levels(displays: NDArray[np.float64]) -> NDArray[np.int64]:
    """Shades that rise with the root of the content, on one scale for all nodes."""
    fraction = np.sqrt(np.clip(displays, 0, None) / max(float(displays.max()), 1e-300))
    return np.asarray((fraction * (_LEVELS - 1)).round(), dtype=np.int64)


def _axes(result: Result) -> tuple[str, str]:
    return ("rapidity", "phi") if str(result.arrays["kind"]) != "showers" else ("x", "z")


def _scan(result: Result) -> Picture:
    config = _config(result)
    counts = result.arrays["scan"]
    figure, (axes,) = panels(1, 2, 8.6, 3.6)
    for axis, values, key in zip(axes, np.moveaxis(counts, 2, 0), _KEYS, strict=True):
        axis.imshow(values, cmap="Blues", aspect="auto", origin="lower", vmin=0, vmax=2 * max(1, values.max()))
        for (row, column), value in np.ndenumerate(values):
            axis.text(column, row, str(value), ha="center", va="center")
        axis.set_xticks(range(len(config.scanned_overlaps)), [f"{g:g}" for g in config.scanned_overlaps])
        axis.set_yticks(range(len(config.scanned_intervals)), [str(n) for n in config.scanned_intervals])
        axis.set(xlabel="overlap of the intervals (gain)", ylabel="intervals (resolution)")
        axis.set_title(f"{_KEYS[key]}: {result.numbers[key].value:g} in most")
        axis.grid(visible=False)
    caption = (
        "How many connected components and loops the graph has for each choice of the cover. A feature of the sample "
        "appears for most choices; one that appears for few is due to the choice."
    )
    return Picture("scan", caption, figure)


def _gallery(result: Result) -> Picture:
    displays, filter_ = result.arrays["displays"], result.arrays["filter"]
    order = np.argsort(filter_, kind="stable")
    chosen = order[np.unique(np.linspace(0, len(order) - 1, _GALLERY).round().astype(int))]
    figure, rows = panels(-(-len(chosen) // 4), 4, 9.2, 2.5 * -(-len(chosen) // 4))
    flat = [axis for row in rows for axis in row]
    norm = PowerNorm(0.5, 0, float(displays.max()) or 1.0)
    for axis, node in zip(flat, chosen, strict=False):
        axis.imshow(displays[node], origin="lower", aspect="auto", cmap="viridis", norm=norm)
        axis.set_title(f"{result.arrays['sizes'][node]} events, {filter_[node]:.3g}", fontsize=8)
        axis.set(xlabel=f"{_axes(result)[0]} [pixels]", ylabel=f"{_axes(result)[1]} [pixels]")
        axis.grid(visible=False)
        axis.tick_params(labelsize=6)
    for axis in flat[len(chosen) :]:
        axis.set_visible(False)
    caption = (
        f"What is in the nodes: the mean of their events for nodes of rising {_config(result).filter}, with their "
        "number of events and its mean; colours rise with the root of the content."
    )
    return Picture("gallery", caption, figure)
