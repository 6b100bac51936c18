"""The figures of the study ``representation``: what is kept and lost against the resolution, and what keeps it."""

from typing import Any

import numpy as np
from matplotlib.axes import Axes
from numpy.typing import NDArray

from eventspace.report.representation_page import places_page
from eventspace.report.style import COLOURS, Picture, panels, style
from eventspace.report.ticks import plain_ticks
from eventspace.statistics.number import Number
from eventspace.studies.representation.kinds import BASELINES
from eventspace.studies.representation.representation import RepresentationConfig
from eventspace.studies.study import Result

__all__ = ["figures"]

_LINES = {"up": "-", "down": "--"}
_WRITTEN = 10  # clusters, of which numbers are written into the figure
_MOST = 12  # latents that are drawn
_SEEN = 0.005  # fraction of pt, from which on a particle decides how large a view is
_MANY = 1000  # numbers, of which the largest do not decide how large a view is


def figures(result: Result) -> list[Picture]:
    """Draw rate and error, dimensions, and the spectrum of the latents, for each latent space."""
    pictures: list[Picture] = []
    with style():
        for latent in map(str, result.arrays["spaces"]):
            if len(result.arrays["beta"]) > 1:
                pictures.append(_dimensions(result, latent))
            pictures += [_curves(result, latent), _spectrum(result, latent), _paths(result, latent)]
            if f"{latent}.kinds" in result.arrays:
                pictures.append(_kinds(result, latent))
            pictures += [_map(result, latent), _events(result, latent), _told(result, latent)]
        if len(result.arrays["spaces"]) > 1:
            pictures.insert(0, _spaces(result))
    return pictures


def _suffix(result: Result, latent: str) -> str:
    return "" if len(result.arrays["spaces"]) == 1 else f".{latent.replace(' ', '')}"


def _curves(result: Result, latent: str) -> Picture:
    figure, [[left, right]] = panels(1, 2, 8.6, 3.6)
    beta, suffix = result.arrays["beta"], _suffix(result, latent)
    config = result.config
    assert isinstance(config, RepresentationConfig)
    for colour, direction in zip(COLOURS, config.directions, strict=False):
        for axis, quantity in ((left, "kl"), (right, "reconstruction")):
            names = {each: f"{quantity}.beta{each:g}.{direction}{suffix}" for each in beta}
            known = {each: result.numbers[name] for each, name in names.items() if name in result.numbers}
            if not known:
                continue  # a way down from the only resolution
            x, value = np.array(list(known)), np.array([number.value for number in known.values()])
            ends = np.array([[number.low, number.high] for number in known.values()], dtype=float)
            axis.fill_between(x, *ends.T, color=colour, alpha=0.25, linewidth=0)
            axis.plot(x, value, _LINES[direction], marker=".", color=colour, label=direction)
    right.plot(beta, beta**2, ":", color="0.5", label="β²: one dimension")
    if result.arrays[f"{latent}.floor"].any():
        right.plot(beta, result.arrays[f"{latent}.floor"], color="0.6", label="floor")
    left.set(xscale="log", xlabel="resolution β", ylabel="KL divergence [nats]")
    left.set_ylim(bottom=0)
    right.set(xscale="log", yscale="log", xlabel="resolution β", ylabel="mean squared error ⟨ρ²⟩")
    for axis in (left, right):
        plain_ticks(axis.xaxis)
    left.legend(title="annealed")
    right.legend()
    repetitions = len(result.arrays[f"{latent}.kl"])
    caption = (
        f"Latent space {latent}. What is kept of an event (left) and what is lost (right, by the exact distance) at "
        f"each resolution, on events that were not learned from. Bands hold all trainings ({repetitions} for "
        f"each line), each with its {100 * config.level:g}% interval by event. Where the lines of both directions "
        "differ, trainings end in local minima."
    )
    return Picture(f"rate{_file(result, latent)}", caption, figure)


def _dimensions(result: Result, latent: str) -> Picture:
    figure, [[axis]] = panels(1, 1, 6.0, 4.0)
    beta, suffix, below = result.arrays["beta"], _suffix(result, latent), result.arrays[f"{latent}.below"]
    for colour, name, label in ((COLOURS[0], "d1", "D1, by the errors"), (COLOURS[1], "d2", "D2, by the rate")):
        numbers = [result.numbers[f"{name}.beta{each:g}{suffix}"] for each in beta]
        ends = np.array([[number.low, number.high] for number in numbers], dtype=float)
        axis.fill_between(beta, *ends.T, color=colour, alpha=0.25, linewidth=0)
        value = np.array([number.value for number in numbers])
        axis.plot(beta, value, marker=".", color=colour, label=label)
        axis.plot(beta[below], value[below], "o", color="lightgrey", markersize=7, zorder=3)
    reach = (beta.min() / 2, beta.max() * 2)
    distances = (("midpoints", "dimension", "low", "high"), ("gride_scales", "gride", "gride_low", "gride_high"))
    labels = ("correlation dimension", "Gride")
    for colour, keys, label in zip(COLOURS[2:], distances, labels, strict=False):
        if f"distances.{keys[0]}" in result.arrays:
            x, value, low, high = (result.arrays[f"distances.{key}"] for key in keys)
            near = (x >= reach[0]) & (x <= reach[1]) & np.isfinite(value)
            axis.fill_between(x[near], low[near], high[near], color=colour, alpha=0.2, linewidth=0)
            axis.plot(x[near], value[near], "--", color=colour, label=label)
    axis.set(xscale="log", xlabel="resolution β; scale Q of the dimensions from distances", ylabel="dimension")
    axis.set_ylim(bottom=min(0.0, axis.get_ylim()[0]))
    plain_ticks(axis.xaxis)
    axis.legend()
    caption = (
        f"Dimensions of the sample against the resolution, latent space {latent}: D1 = d<rho^2>/d beta^2 and "
        "D2 = -dKL/d ln beta. At the best encoder and decoder they are equal. Lines: means over repetitions, at each "
        "resolution from the training, up or down, with the lower loss; bands hold all trainings. Grey: the "
        "error is hardly above its floor, and the numbers say little of the sample. Dashed: from distances between "
        "events alone, at the scale Q; these are other dimensions of the same sample, and need not be equal."
    )
    return Picture(f"dimensions{_file(result, latent)}", caption, figure)


def _spectrum(result: Result, latent: str) -> Picture:
    figure, [[left, right]] = panels(1, 2, 8.6, 3.6)
    beta, names = result.arrays["beta"], result.arrays[f"{latent}.latents"]
    kl, scale = (result.arrays[f"{latent}.{name}"][0, 0] for name in ("kl", "scale"))  # the first way up
    order = np.argsort(-kl.max(axis=0), kind="stable")[:_MOST]
    for place, k in enumerate(order):
        colour = COLOURS[place % len(COLOURS)]
        marker = "os^vD"[place // len(COLOURS)]
        left.plot(beta, kl[:, k], marker=marker, markersize=3, color=colour, label=names[k])
        right.plot(beta, scale[:, k], marker=marker, markersize=3, color=colour, label=names[k])
    left.set(xscale="log", xlabel="resolution β", ylabel="KL divergence of the latent [nats]")
    right.set(xscale="log", yscale="log", xlabel="resolution β", ylabel="width of the posterior")
    for axis in (left, right):
        plain_ticks(axis.xaxis)
    left.legend(fontsize=8)
    caption = (
        f"Spectrum of the latents of {latent}, on the first way up: what each keeps of an event, and how well it is "
        "known, as a standard deviation where the prior has 1, or an angle on spheres. A latent that keeps nothing has "
        "the width of the prior."
    )
    return Picture(f"spectrum{_file(result, latent)}", caption, figure)


def _kinds(result: Result, latent: str) -> Picture:
    """How well the categories separate the labels, against the resolution, and where the events of each label are."""
    figure, [row] = panels(1, 2 + len(BASELINES), 12.4, 3.3)
    beta, suffix, config = result.arrays["beta"], _suffix(result, latent), result.config
    assert isinstance(config, RepresentationConfig)
    for colour, direction in zip(COLOURS, config.directions, strict=False):
        names = {each: f"purity.beta{each:g}.{direction}{suffix}" for each in beta}
        known = {each: result.numbers[name] for each, name in names.items() if name in result.numbers}
        if known:
            _band(row[0], list(known), list(known.values()), colour, f"categories, {direction}", _LINES[direction])
    for colour, name in zip(COLOURS[2:], (*BASELINES, "none"), strict=False):
        label = "one cluster" if name == "none" else name
        _band(row[0], list(beta), [result.numbers[f"purity.{name}{suffix}"]] * len(beta), colour, label, ":")
    row[0].set(xscale="log", xlabel="resolution β", ylabel="purity", ylim=(0, 1))
    plain_ticks(row[0].xaxis)
    row[0].legend(fontsize=7)
    kinds = [str(name) for name in result.arrays[f"{latent}.kinds"]]
    place = int(np.argmin(np.abs(beta - result.arrays["shown"])))
    shares = {"categories": result.arrays[f"{latent}.kinds.category"][place]}
    shares |= {name: result.arrays[f"{latent}.kinds.{name}"] for name in BASELINES}
    for axis, (name, table) in zip(row[1:], shares.items(), strict=True):
        order = np.argsort(table.argmax(axis=0), kind="stable")
        axis.imshow(table[:, order], cmap="cividis", vmin=0, vmax=1, aspect="auto")
        for (y, x), value in np.ndenumerate(table[:, order][:, : _WRITTEN if len(order) <= _WRITTEN else 0]):
            axis.text(x, y, f"{value:.2f}", ha="center", va="center", color="black" if value > 0.55 else "white")
        axis.set_yticks(range(len(kinds)), kinds)
        step = max(len(order) // _WRITTEN, 1)
        axis.set_xticks(range(0, len(order), step), [str(k + 1) for k in order[::step]])
        axis.set(title=name, xlabel="cluster")
        axis.grid(visible=False)
    caption = (
        f"Left: fraction of the events that lie with their kind, by the categories of {latent} and by clusters without "
        "a network; no method saw a label. Bands hold all repetitions. Right: the fraction of each kind in "
        f"each cluster, of the categories at the resolution {result.arrays['shown']:g} on the first way up."
    )
    return Picture(f"kinds{_file(result, latent)}", caption, figure)


def _band(axis: Axes, x: list[float], numbers: list[Number], colour: str, label: str, line: str) -> None:
    ends = np.array([[number.low, number.high] for number in numbers], dtype=float)
    if len(x) == 1:
        axis.vlines(x, *ends.T, color=colour, linewidth=1.2, alpha=0.7)
    axis.fill_between(x, *ends.T, color=colour, alpha=0.2, linewidth=0)
    marker = "." if len(x) == 1 else ""
    axis.plot(x, [number.value for number in numbers], line, marker=marker, color=colour, label=label)


def _paths(result: Result, latent: str) -> Picture:
    """Events made along the latents that keep most."""
    seen = f"{latent}.shown"
    names = [str(name) for name in result.arrays[f"{seen}.paths"]]
    steps = len(result.arrays[f"{seen}.path.{names[0]}.weight"]) if names else 0
    figure, axes = panels(max(len(names), 1), max(steps, 1), 1.35 * max(steps, 1), 1.45 * max(len(names), 1))
    places = [result.arrays[f"{seen}.path.{name}.position"][..., :2] for name in names]
    reach = _reach(np.stack(places)) if places else 1.0
    for name, row in zip(names, axes, strict=False):
        for step, axis in enumerate(row):
            weight, position = (result.arrays[f"{seen}.path.{name}.{key}"][step] for key in ("weight", "position"))
            _draw(axis, weight, position, reach, COLOURS[0])
        row[0].set_ylabel(name)
    for axis, along in zip(axes[-1], np.linspace(-1, 1, steps), strict=False):
        axis.set_xlabel(f"{along:+.2f}")
    caption = (
        f"What the network makes along the latents of {latent} that keep most, at the resolution "
        f"{result.arrays['shown']:g}: from -1, two standard deviations of the prior below its mean, to 1, two above; "
        "or once around a sphere; with all other latents at their zero. The area of a particle is its fraction of pt."
    )
    return Picture(f"paths{_file(result, latent)}", caption, figure)


def _events(result: Result, latent: str) -> Picture:
    """Some events above their reconstructions."""
    seen, count = f"{latent}.shown", 7
    figure, axes = panels(2, count, 1.35 * count, 3.0)
    known = [result.arrays[f"{seen}.{name}.position"] for name in ("event", "reconstruction")]
    present = result.arrays[f"{seen}.event.weight"] > _SEEN
    reach = _reach(known[0][present][:, :2])
    for row, name, colour in zip(axes, ("event", "reconstruction"), (COLOURS[1], COLOURS[0]), strict=True):
        for k, axis in enumerate(row):
            weight, position = (result.arrays[f"{seen}.{name}.{key}"] for key in ("weight", "position"))
            if k < len(weight):
                _draw(axis, weight[k], position[k], reach, colour)
        row[0].set_ylabel(name)
    caption = (
        f"Events that were not learned from, and their reconstructions from the most probable place in {latent}, at "
        f"the resolution {result.arrays['shown']:g}."
    )
    return Picture(f"events{_file(result, latent)}", caption, figure)


def _map(result: Result, latent: str) -> Picture:
    """Where the events lie in the two coordinates that vary most, coloured by what is known of them."""
    seen = f"{latent}.shown"
    points, names = result.arrays[f"{seen}.points"], result.arrays[f"{seen}.observables.names"][:4]
    labels = [str(label) for label in result.arrays[f"{seen}.points.names"]]
    first, second = np.argsort(-points.var(axis=0), kind="stable")[[0, min(1, points.shape[1] - 1)]]
    figure, [row] = panels(1, len(names), 2.6 * len(names), 2.7)
    for axis, name, values in zip(row, names, result.arrays[f"{seen}.observables"].T, strict=False):
        low, high = np.quantile(values, [0.02, 0.98])
        shown = axis.scatter(points[:, first], points[:, second], c=values, s=3, vmin=low, vmax=high, cmap="cividis")
        figure.colorbar(shown, ax=axis, label=str(name))
        axis.set(xlabel=labels[first], ylabel=labels[second])
    caption = (
        f"The most probable places of the events in {latent} at the resolution {result.arrays['shown']:g}, in the two "
        "coordinates that vary most, coloured by what is known of the events. On the page: point at a place to see the "
        "event and its reconstruction."
    )
    position = result.arrays[f"{seen}.event.position"][result.arrays[f"{seen}.event.weight"] > _SEEN]
    page = places_page(result, latent, (int(first), int(second)), _reach(position[:, :2]))
    return Picture(f"map{_file(result, latent)}", caption, figure, page)


def _told(result: Result, latent: str) -> Picture:
    """What each coordinate tells about what is known of the events."""
    seen = f"{latent}.shown"
    values, threshold = result.arrays[f"{seen}.mutual"], result.arrays[f"{seen}.mutual.threshold"]
    order = np.argsort(-values.max(axis=1), kind="stable")[:_MOST]
    names = [str(result.arrays[f"{seen}.points.names"][k]) for k in order]
    observed = [str(name) for name in result.arrays[f"{seen}.observables.names"]]
    figure, [[axis]] = panels(1, 1, 1.6 + 0.95 * len(observed), 1.4 + 0.34 * len(names))
    shown = axis.imshow(values[order], cmap="cividis", vmin=0, aspect="auto")
    for (row, column), value in np.ndenumerate(values[order]):
        above = value > threshold[column]
        dark = value < 0.6 * values.max()
        text = f"{value:.2f}" if above else "."
        axis.text(column, row, text, ha="center", va="center", color="white" if dark else "black", fontsize=8)
    axis.set_xticks(range(len(observed)), observed, rotation=30, ha="right")
    axis.set_yticks(range(len(names)), names)
    axis.grid(visible=False)
    figure.colorbar(shown, ax=axis, label="mutual information [nats]")
    caption = (
        f"What each coordinate of {latent}, at a random place of the posterior, tells about what is known of the "
        f"events, at the resolution {result.arrays['shown']:g}. A dot: no more than chance shows in 95% of samples, "
        f"{threshold.max():.2g} nats."
    )
    return Picture(f"told{_file(result, latent)}", caption, figure)


def _reach(position: NDArray[np.floating[Any]]) -> float:
    """Half the side of a view that holds all particles, or almost all of many."""
    return float(np.quantile(np.abs(position), 0.995 if position.size > _MANY else 1.0)) * 1.1


def _draw(axis: Axes, weight: NDArray[Any], position: NDArray[Any], reach: float, colour: str) -> None:
    """One cloud; of points the first two coordinates."""
    kept = weight > 0
    x, y = position[kept, 0], position[kept, 1] if position.shape[1] > 1 else np.zeros(int(kept.sum()))
    axis.scatter(x, y, s=np.maximum(120 * weight[kept], 0.5), color=colour, alpha=0.6, linewidths=0)
    axis.set(xlim=(-reach, reach), ylim=(-reach, reach), xticks=[], yticks=[], aspect="equal")
    axis.grid(visible=False)


def _spaces(result: Result) -> Picture:
    figure, [[axis]] = panels(1, 1, 6.4, 4.0)
    beta, spaces = result.arrays["beta"], [str(name) for name in result.arrays["spaces"]]
    for place, latent in enumerate(spaces):
        names = [f"behind.{latent.replace(' ', '')}.beta{each:g}" for each in beta]
        numbers = [result.numbers.get(name) for name in names]
        value = [0.0 if number is None else number.value for number in numbers]
        low = [0.0 if number is None or number.low is None else number.low for number in numbers]
        high = [0.0 if number is None or number.high is None else number.high for number in numbers]
        colour = COLOURS[place % len(COLOURS)]
        axis.fill_between(beta, low, high, color=colour, alpha=0.2, linewidth=0)
        axis.plot(beta, value, marker=".", linestyle="-" if place < len(COLOURS) else "--", color=colour, label=latent)
    axis.set(xscale="log", yscale="symlog", xlabel="resolution β", ylabel="loss above that of the best [nats]")
    plain_ticks(axis.xaxis)
    axis.legend(title="latent space")
    caption = (
        "By how much the loss of each latent space exceeds the lowest, at each resolution; of the ways up and down the "
        "better one counts. Bands hold all repetitions."
    )
    return Picture("spaces", caption, figure)


def _file(result: Result, latent: str) -> str:
    return "" if len(result.arrays["spaces"]) == 1 else f"-{latent.replace(' ', '')}"
