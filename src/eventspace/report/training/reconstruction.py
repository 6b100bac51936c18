"""The figures of a training judged by reconstruction: how far reconstructions are, what each latent keeps, losses."""

import numpy as np

from eventspace.report.style import COLOURS, Picture, panels
from eventspace.report.training.curves import losses
from eventspace.studies.study import Result

__all__ = ["figures"]

_MOST = 40  # latents that are drawn


def figures(result: Result) -> list[Picture]:
    """Draw distances, divergence and width of each latent, and the losses of all steps."""
    return [_latents(result), losses(result)]


def _latents(result: Result) -> Picture:
    distance, kl = np.sqrt(result.arrays["squared"]), result.arrays["kl"].mean(axis=0)
    figure, [[left, right]] = panels(1, 2, 8.6, 3.6)
    left.hist(distance, bins=40, histtype="step", color=COLOURS[0])
    left.axvline(np.sqrt(np.mean(distance**2)), color=COLOURS[1], linewidth=1, label="root of the mean square")
    left.set(xlabel="distance of an event from its reconstruction", ylabel="events")
    left.legend()
    order = np.argsort(-kl, kind="stable")[:_MOST]
    right.bar(np.arange(len(order)), kl[order], color=COLOURS[0])
    right.set_xticks(np.arange(len(order)), result.arrays["latents"][order], rotation=90)
    right.set(ylabel="mean KL divergence [nats]")
    caption = (
        f"Left: how far {len(distance)} events that were held back are from their reconstructions, by the exact "
        f"distance. Right: what each latent keeps of an event, the largest first; one of 0 is not used."
    )
    return Picture("latents", caption, figure)
