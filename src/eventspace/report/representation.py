"""The figures of the study ``representation``: what is kept and lost against the resolution, and what keeps it."""

import numpy as np

from eventspace.report.style import COLOURS, Picture, panels, style
from eventspace.studies.representation.representation import RepresentationConfig
from eventspace.studies.study import Result

__all__ = ["figures"]

_LINES = {"up": "-", "down": "--"}
_MOST = 12  # latents that are drawn


def figures(result: Result) -> list[Picture]:
    """Draw rate and error, dimensions, and the spectrum of the latents, for each latent space."""
    pictures: list[Picture] = []
    with style():
        for latent in map(str, result.arrays["spaces"]):
            pictures += [_curves(result, latent), _spectrum(result, latent)]
            if len(result.arrays["beta"]) > 1:
                pictures.append(_dimensions(result, latent))
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
    left.set(xscale="log", xlabel="resolution β", ylabel="KL divergence [nats]")
    left.set_ylim(bottom=0)
    right.set(xscale="log", yscale="log", xlabel="resolution β", ylabel="mean squared error ⟨ρ²⟩")
    left.legend(title="annealed")
    right.legend()
    caption = (
        f"Latent space {latent}. What is kept of an event (left) and what is lost (right, by the exact distance) at "
        f"each resolution, on events that were not learned from. Bands hold all trainings ({config.repetitions} for "
        f"each line), each with its {100 * config.level:g}% interval by event. Where the lines of both directions "
        "differ, trainings end in local minima."
    )
    return Picture(f"rate{_file(result, latent)}", caption, figure)


def _dimensions(result: Result, latent: str) -> Picture:
    figure, [[axis]] = panels(1, 1, 6.0, 4.0)
    beta, suffix = result.arrays["beta"], _suffix(result, latent)
    for colour, name, label in ((COLOURS[0], "d1", "D1, by the errors"), (COLOURS[1], "d2", "D2, by the rate")):
        numbers = [result.numbers[f"{name}.beta{each:g}{suffix}"] for each in beta]
        ends = np.array([[number.low, number.high] for number in numbers], dtype=float)
        axis.fill_between(beta, *ends.T, color=colour, alpha=0.25, linewidth=0)
        axis.plot(beta, [number.value for number in numbers], marker=".", color=colour, label=label)
    axis.set(xscale="log", xlabel="resolution β", ylabel="dimension")
    axis.set_ylim(bottom=min(0.0, axis.get_ylim()[0]))
    axis.legend()
    caption = (
        f"Dimensions of the sample against the resolution, latent space {latent}: D1 = d<rho^2>/d beta^2 and "
        "D2 = -dKL/d ln beta. At the best encoder and decoder they are equal. Bands hold all trainings and both "
        "directions."
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
    left.legend(fontsize=8)
    caption = (
        f"Spectrum of the latents of {latent}, on the first way up: what each keeps of an event, and how well it is "
        "known, as a standard deviation where the prior has 1, or an angle on spheres. A latent that keeps nothing has "
        "the width of the prior."
    )
    return Picture(f"spectrum{_file(result, latent)}", caption, figure)


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
    axis.legend(title="latent space")
    caption = (
        "By how much the loss of each latent space exceeds the lowest, at each resolution; of the ways up and down the "
        "better one counts. Bands hold all repetitions."
    )
    return Picture("spaces", caption, figure)


def _file(result: Result, latent: str) -> str:
    return "" if len(result.arrays["spaces"]) == 1 else f"-{latent.replace(' ', '')}"
