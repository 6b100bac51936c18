"""The pictures of the study ``colorization``: gains, masses, regions, and events with their jets."""

from itertools import product
from typing import Any

import numpy as np
from matplotlib.axes import Axes
from numpy.typing import NDArray

from eventspace.report.colorization_page import particle_page
from eventspace.report.style import COLOURS, Picture, panels, style
from eventspace.statistics.number import Number
from eventspace.studies.colorization.gallery import SHOWN, TITLES
from eventspace.studies.study import Result

__all__ = ["figures"]

_BELOW: dict[str, Any] = {"loc": "upper center", "bbox_to_anchor": (0.5, -0.16), "fontsize": 8}
_USUAL = dict(
    zip(
        ("durham", "durham-vertices", "ranker", "ranker-no-displaced", "unet", "unet-crf", "perfect"),
        COLOURS,
        strict=True,
    )
)
_PAIRINGS = {"truth": "paired by the truth", "chi2": "paired by chi²"}


def figures(result: Result) -> list[Picture]:
    """Draw what each method gains, and some events."""
    with style():
        pictures = [_fractions(result), _masses(result), _regions(result), _events(result)]
        if "shown.probabilities" in result.arrays:
            pictures.append(_heat_maps(result))
        if any(name.startswith("changed.") for name in result.numbers):
            pictures.append(_safety(result))
        if any(name.startswith("separation.") for name in result.numbers):
            pictures.append(_background(result))
        return pictures


def _methods(result: Result) -> list[str]:
    return [str(name) for name in result.arrays["methods"]]


def _colour(result: Result, name: str) -> str:
    """Black for the truth, one of the palette for each method, always the same for those that are always there."""
    if name in _USUAL:
        return _USUAL[name]
    others = [each for each in _methods(result) if each not in _USUAL]
    return COLOURS[(2 + others.index(name)) % (len(COLOURS) - 1)]


def _bar(axis: Axes, place: float, number: Number, colour: str) -> None:
    """A number with its interval, lying."""
    low = number.value if number.low is None else number.low
    high = number.value if number.high is None else number.high
    axis.plot([low, high], [place, place], color=colour, linewidth=3, alpha=0.5, solid_capstyle="butt")
    axis.plot([number.value], [place], "o", color=colour, markersize=5)


def _fractions(result: Result) -> Picture:
    methods = [name for name in _methods(result) if name != "perfect"]
    figure, [[left, right]] = panels(1, 2, 9.2, 0.9 + 0.42 * len(methods))
    for axis, title in ((left, "fraction"), (right, "gain")):
        for place, name in enumerate(methods):
            if f"{title}.{name}" in result.numbers:
                _bar(axis, -place, result.numbers[f"{title}.{name}"], _colour(result, name))
        axis.set_yticks([-k for k in range(len(methods))], methods if axis is left else [""] * len(methods))
        axis.set_ylim(0.6 - len(methods), 0.6)
    right.axvline(0, color="0.5", linewidth=1)
    left.set_xlabel("fraction of the energy in the right jet")
    right.set_xlabel("more than Durham, in the same events")
    caption = (
        "The fraction of the energy in the right jet, its mean over the events, and the difference from the Durham "
        f"algorithm in the same events; bars are intervals at {100 * result.config.level:g}%. Perfect clustering has 1."
    )
    return Picture("fractions", caption, figure)


def _masses(result: Result) -> Picture:
    bosons = [str(name) for name in result.arrays["bosons"]]
    kinds = list(dict.fromkeys(bosons))
    figure, rows = panels(2, len(kinds), max(4.6 * len(kinds), 5.0), 8.0)
    for (row, pairing), (column, kind) in product(enumerate(_PAIRINGS), enumerate(kinds)):
        axis = rows[row][column]
        places = [k for k, name in enumerate(bosons) if name == kind]
        true = result.arrays["mass.truth.perfect"][:, places]
        middle = float(np.median(true))
        edges = np.linspace(max(middle - 60, 0), middle + 60, 61)
        for name in _methods(result):
            masses = result.arrays[f"mass.{pairing}.{name}"][:, places].ravel()
            height = np.histogram(masses, edges)[0] / len(masses) / np.diff(edges)
            width = result.numbers[f"width.{kind}.{pairing}.{name}"].value
            label = f"{name}: {width:.1f} GeV"
            line: dict[str, Any] = {"linestyle": ":", "linewidth": 1.2} if name == "perfect" else {}
            axis.stairs(height, edges, color=_colour(result, name), label=label, **line)
        best = max(
            np.histogram(result.arrays[f"mass.{pairing}.{name}"][:, places].ravel(), edges)[0].max()
            / result.arrays[f"mass.{pairing}.{name}"][:, places].size
            for name in _methods(result)
            if name != "perfect"
        )
        axis.set(ylim=(0, 1.5 * best / (edges[1] - edges[0])), xlim=(edges[0], edges[-1]))
        axis.set(title=f"{kind}, {_PAIRINGS[pairing]}", xlabel="mass of the di-jet [GeV]", ylabel="density [1/GeV]")
        axis.legend(**_BELOW | {"fontsize": 7, "ncols": 2, "bbox_to_anchor": (0.5, -0.2)})
    caption = (
        "Masses of the di-jets, in the legend half the narrowest interval with 68% of them. Above, the truth says "
        "which jets are of one boson; below, the smallest chi² of the masses does, as in data: pairs near the masses "
        "are chosen, so the peaks are narrow even where jets are wrong. The dotted line of perfect clustering may "
        "leave the panel."
    )
    return Picture("masses", caption, figure)


def _regions(result: Result) -> Picture:
    methods = _methods(result)
    figure, [axes] = panels(1, 2, 9.2, 1.2 + 0.36 * len(methods))
    titles = {"A": "A: whole and clean", "B": "B: with foreign energy", "C": "C: with lost energy", "D": "D: both"}
    for axis, pairing in zip(axes, _PAIRINGS, strict=True):
        left = np.zeros(len(methods))
        for colour, (region, title) in zip(("#009E73", "#56B4E9", "#E69F00", "#D55E00"), titles.items(), strict=True):
            values = [result.numbers[f"region-{region}.{pairing}.{name}"].value for name in methods]
            axis.barh([-k for k in range(len(methods))], values, left=left, color=colour, label=title, height=0.7)
            left += values
        axis.set_yticks([-k for k in range(len(methods))], methods if axis is axes[0] else [""] * len(methods))
        axis.set(xlim=(0, 1), xlabel="fraction of the di-jets", title=_PAIRINGS[pairing])
        axis.grid(visible=False)
    figure.legend(*axes[0].get_legend_handles_labels(), ncols=4, fontsize=8, loc="outside lower center")
    caption = (
        "Di-jets by efficiency, the fraction of their boson's energy that they hold, and purity, the fraction of their "
        "energy that comes from it. A: both are above 0.95; B: only the efficiency; C: only the purity; D: neither."
    )
    return Picture("regions", caption, figure)


def _safety(result: Result) -> Picture:
    methods = [name for name in _methods(result) if name != "perfect"]
    figure, [axes] = panels(1, 2, 9.2, 0.9 + 0.36 * len(methods))
    titles = {"soft": "a photon of 1 keV is added", "split": "a particle is split in two"}
    for axis, (change, title) in zip(axes, titles.items(), strict=True):
        for place, name in enumerate(methods):
            _bar(axis, -place, result.numbers[f"changed.{change}.{name}"], _colour(result, name))
        axis.set_yticks([-k for k in range(len(methods))], methods if axis is axes[0] else [""] * len(methods))
        axis.set_ylim(0.6 - len(methods), 0.6)
        axis.set(title=title, xlabel="fraction of the events whose jets change")
    caption = (
        "What an infrared or collinear safe clustering does not notice: a photon of 1 keV in a random direction, and a "
        "random particle divided into two parts with its direction."
    )
    return Picture("safety", caption, figure)


def _background(result: Result) -> Picture:
    bosons = [str(name) for name in result.arrays["bosons"]]
    kinds = list(dict.fromkeys(bosons))
    methods = [name for name in _methods(result) if name != "perfect"]
    figure, [axes] = panels(1, 1 + len(kinds), 4.2 * (1 + len(kinds)), 4.2)
    edges = np.linspace(-2, 7, 46)
    for name in methods:
        for sample, line in (("sample", "-"), ("background", ":")):
            chi2 = np.log(np.maximum(result.arrays[f"chi2.{sample}.{name}"], np.exp(edges[0])))
            height = np.histogram(np.minimum(chi2, edges[-1] - 1e-6), edges)[0] / len(chi2)
            area = result.numbers[f"separation.{name}"].value
            label = f"{name}: AUC {area:.3f}" if sample == "sample" else None
            axes[0].stairs(height, edges, color=_colour(result, name), linestyle=line, label=label)
    axes[0].set(
        xlabel="ln of the smallest chi²", ylabel="fraction of the events", title="sample, and background dotted"
    )
    axes[0].legend(**_BELOW)
    for axis, kind in zip(axes[1:], kinds, strict=True):
        places = [k for k, name in enumerate(bosons) if name == kind]
        edges = np.linspace(0, 200, 81)
        for name in methods:
            masses = result.arrays[f"mass.background.{name}"][:, places].ravel()
            height = np.histogram(masses, edges)[0] / len(masses) / np.diff(edges)
            axis.stairs(height, edges, color=_colour(result, name), label=name)
        axis.set(
            xlabel="mass of the di-jet [GeV]", ylabel="density [1/GeV]", title=f"{kind} picked from the background"
        )
        axis.legend(**_BELOW)
    caption = (
        "Left: the smallest chi² of the masses in the sample and in the background. Right: the masses that it picks "
        "from the background, where none of these bosons may be: the peaks there are made by the choice."
    )
    return Picture("background", caption, figure)


def _events(result: Result) -> Picture:
    columns = ("energy", "durham", "method", "truth")
    best = str(result.arrays["shown.method"])
    soft = "shown.probabilities" in result.arrays
    figure, rows = panels(len(SHOWN), len(columns), 3.0 * len(columns), 2.6 * len(SHOWN) + 0.3)
    for row, event in zip(rows, SHOWN, strict=True):
        momenta = result.arrays[f"shown.{event}.momenta"]
        for axis, column in zip(row, columns, strict=True):
            labels = None if column == "energy" else result.arrays[f"shown.{event}.{column}"]
            _draw_event(axis, momenta, labels)
            title = {"energy": f"{TITLES[event]}: energy", "durham": "Durham", "method": best, "truth": "truth"}[column]
            if column in ("durham", "method"):
                title += f": {float(result.arrays[f'shown.{event}.fraction.{column}']):.3f}"
            axis.set_title(title, fontsize=9)
        row[0].set_ylabel("cos θ")
    for axis in rows[-1]:
        axis.set_xlabel("φ [rad]")
    caption = (
        f"Three events as maps of their particles, the area of a disc grows with the energy: where {best} "
        "gains most on Durham, where it has the median fraction of the energy in the right jet, and where it loses "
        "most. Jets have the colour of the true jet that they match; numbers are fractions of the energy in the "
        "right jet. On the page: point at a particle to see its jets"
        + (f" and the probabilities of {result.arrays['shown.probabilities']}." if soft else ".")
    )
    return Picture("events", caption, figure, page=particle_page(result))


def _heat_maps(result: Result) -> Picture:
    event = SHOWN[1]
    momenta, each = result.arrays[f"shown.{event}.momenta"], result.arrays[f"shown.{event}.probabilities"]
    truth = result.arrays[f"shown.{event}.truth"]
    columns = (each.shape[1] + 1) // 2
    figure, rows = panels(2, columns, 3.4 * columns, 5.4)
    for jet, axis in enumerate(axis for row in rows for axis in row):
        if jet >= each.shape[1]:
            axis.set_visible(False)
            continue
        place = _place(axis, momenta)
        order = np.argsort(each[:, jet])  # the most probable on top
        colours: dict[str, Any] = {"c": each[order, jet], "cmap": "Blues", "vmin": -0.15, "vmax": 1.0}
        drawn = axis.scatter(place[0][order], place[1][order], s=_sizes(momenta)[order], linewidths=0, **colours)
        mine = truth == jet
        rings: dict[str, Any] = {"facecolors": "none", "edgecolors": COLOURS[1], "linewidths": 0.6}
        axis.scatter(place[0][mine], place[1][mine], s=_sizes(momenta)[mine] + 18, **rings)
        axis.set_title(f"jet {jet}", fontsize=9)
        axis.set(xlabel="φ [rad]" if jet >= columns else "", ylabel="" if jet % columns else "cos θ")
    figure.colorbar(drawn, ax=[axis for row in rows for axis in row], label="probability", shrink=0.7)
    caption = (
        f"The heat map of each jet by {result.arrays['shown.probabilities']}, in the {event} event: the probability "
        "that a particle belongs to it. Those that truly do are encircled; jets are numbered in "
        "the order of the colours of the figure of events."
    )
    return Picture("heat-maps", caption, figure)


def _place(axis: Axes, momenta: NDArray[np.float64]) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """phi and cos theta of the particles, on axes made for them."""
    _, x, y, z = momenta.T
    axis.set(xlim=(-np.pi, np.pi), ylim=(-1, 1))
    axis.set_xticks([-np.pi, 0, np.pi], ["-π", "0", "π"])
    axis.tick_params(labelsize=7)
    return np.arctan2(y, x), z / np.sqrt(x**2 + y**2 + z**2)


def _sizes(momenta: NDArray[np.float64]) -> NDArray[np.float64]:
    """Areas in proportion to the energy."""
    sizes: NDArray[np.float64] = 500 * momenta[:, 0] / momenta[:, 0].sum() + 2
    return sizes


def _draw_event(axis: Axes, momenta: NDArray[np.float64], labels: NDArray[np.int64] | None) -> None:
    energy = momenta[:, 0]
    phi, cos_theta = _place(axis, momenta)
    order = np.argsort(-energy)
    colours = ["0.45"] * len(energy) if labels is None else [COLOURS[label % len(COLOURS)] for label in labels]
    axis.scatter(
        phi[order],
        cos_theta[order],
        s=_sizes(momenta)[order],
        c=[colours[k] for k in order],
        alpha=0.7,
        linewidths=0,
    )
