"""The figures of a training judged by reconstruction: how far reconstructions are, what each latent keeps, losses."""

import numpy as np

from eventspace.report.style import COLOURS, Picture, panels
from eventspace.report.training.curves import losses
from eventspace.studies.study import Result

__all__ = ["figures"]

_MOST, _NAMED = 40, 20  # latents that are drawn, and that are named


def figures(result: Result) -> list[Picture]:
    """Draw distances, divergence and width of each latent, and the losses of all steps."""
    return [_latents(result), losses(result)]


def _latents(result: Result) -> Picture:
    error, kl = result.arrays["squared"], result.arrays["kl"].mean(axis=0)
    figure, [[left, right]] = panels(1, 2, 8.6, 3.6)
    left.hist(error, bins=40, histtype="step", color=COLOURS[0])
    left.axvline(error.mean(), color=COLOURS[1], linewidth=1, label="mean")
    left.set(xlabel=str(result.arrays["judged"]), ylabel="events")
    left.legend()
    order = np.argsort(-kl, kind="stable")[:_MOST]
    right.bar(np.arange(len(order)), kl[order], color=COLOURS[0])
    step = -(-len(order) // _NAMED)
    right.set_xticks(np.arange(len(order))[::step], result.arrays["latents"][order][::step], rotation=90)
    right.set(ylabel="mean KL divergence [nats]")
    caption = (
        f"Left: {result.arrays['judged']}, of {len(error)} events that were held back. Right: what each latent keeps "
        "of an event, the largest first; one of 0 is not used, and a plain autoencoder has no such number."
    )
    return Picture("latents", caption, figure)
