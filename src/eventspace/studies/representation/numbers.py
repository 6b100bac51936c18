"""What a sweep has found as numbers: rates, errors, dimensions, and which latent space is best."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from eventspace.statistics.number import Number
from eventspace.statistics.rate_distortion import error_dimension, rate_dimension, spanned
from eventspace.studies.representation.sweep import Swept

__all__ = ["answer", "arrays_of", "compared", "numbers_of", "short"]

_ACTIVE = 0.05  # nats that a latent keeps at least, to be called active
_FLOORS = 2.0  # a squared error below so many times the floor says nothing
_BELOW = f"the squared error is below {_FLOORS:g} times its floor: this says little of the sample"
_APART, _SMALL = 0.2, 0.1  # a difference of D1 and D2, relative and by itself, that training should have removed
_DIFFER = "D1 and D2 differ by more than a fifth: the trainings are not at the minimum of their loss"

Floats = NDArray[np.float64]


def numbers_of(found: Sequence[Swept], config: Any, betas: Sequence[float]) -> dict[str, Number]:
    """The numbers of one latent space.

    Arguments:
        found: its trainings.
        config: of the study.
        betas: rising resolutions.
    """
    numbers: dict[str, Number] = {}
    for direction in config.directions:
        for k, beta in enumerate(betas):
            mine = [one for one in found if (one.stage.direction, one.stage.place) == (direction, k)]
            if not mine:
                continue  # the largest resolution is where the way down begins
            name = f"beta{beta:g}.{direction}"
            kl, squared = [one.kl.sum(axis=1) for one in mine], [one.squared for one in mine]
            loss = [_loss(one, betas) for one in mine]
            numbers[f"kl.{name}"] = spanned(kl, config.level, "nats")
            numbers[f"reconstruction.{name}"] = spanned(squared, config.level)
            numbers[f"loss.{name}"] = spanned(loss, config.level, "nats")
            if direction == "up" and mine[0].floor.any():
                note = "of an event from its own copy, blurred by the training and with as many particles as are made"
                numbers[f"floor.beta{beta:g}"] = replace(spanned([mine[0].floor], config.level), note=note)
            active = [float((one.kl.mean(axis=0) > _ACTIVE).sum()) for one in mine]
            note = f"of a mean divergence above {_ACTIVE} nats; the interval holds all trainings"
            numbers[f"latents.{name}"] = Number(
                float(np.mean(active)), min(active), max(active), config.level, note=note
            )
    if len(betas) > 1:
        ways = _curves(found, len(betas))
        best = _best(ways, betas)
        curves, chosen = ways + best, range(len(ways), len(ways) + len(best))
        kl = [rate_dimension(betas, np.stack([one.kl.sum(axis=1) for one in curve], axis=1)) for curve in curves]
        squared = [error_dimension(betas, np.stack([one.squared for one in curve], axis=1)) for curve in curves]
        for k, beta in enumerate(betas):
            note = _BELOW if _below_floor(found, k) else ""
            both = {
                name: spanned([curve[:, k] for curve in each], config.level, note=note, chosen=chosen)
                for name, each in (("d1", squared), ("d2", kl))
            }
            d1, d2 = both["d1"].value, both["d2"].value
            if not note and abs(d1 - d2) > max(_APART * max(abs(d1), abs(d2)), _SMALL):
                both = {name: replace(number, note=_DIFFER) for name, number in both.items()}
            numbers |= {f"{name}.beta{beta:g}": number for name, number in both.items()}
    return numbers


def _best(ways: Sequence[Sequence[Swept]], betas: Sequence[float]) -> list[list[Swept]]:
    """Of each repetition, at each resolution the training with the lower loss: a way may fail at one of them alone."""
    together: dict[int, list[Sequence[Swept]]] = {}
    for curve in ways:
        together.setdefault(curve[0].stage.repetition, []).append(curve)
    return [
        [min(at, key=lambda one: float(_loss(one, betas).mean())) for at in zip(*mine, strict=True)]
        for mine in together.values()
    ]


def _below_floor(found: Sequence[Swept], place: int) -> bool:
    """Whether the errors at a resolution are hardly above those that no training can mend."""
    mine = [one for one in found if one.stage.place == place]
    return bool(np.mean([one.squared.mean() for one in mine]) < _FLOORS * np.mean([one.floor.mean() for one in mine]))


def _curves(found: Sequence[Swept], count: int) -> list[list[Swept]]:
    """The trainings of each repetition and direction, by rising resolution; where the way down begins is in both."""
    ways = []
    for key in dict.fromkeys((one.stage.repetition, one.stage.direction) for one in found):
        curve = {one.stage.place: one for one in found if (one.stage.repetition, one.stage.direction) == key}
        for one in found:
            if one.stage.repetition == key[0]:
                curve.setdefault(one.stage.place, one)
        ways.append([curve[k] for k in range(count)])
    return ways


def arrays_of(found: Sequence[Swept], config: Any, betas: Sequence[float]) -> dict[str, NDArray[Any]]:
    """Means of each training, (repetitions, directions, betas, latents); where the way down begins is in both."""
    from eventspace.models.jets.latents.space import latent_space

    ways = _curves(found, len(betas))
    shape = (config.repetitions, len(ways) // config.repetitions, len(betas), -1)  # of one resolution only up
    return {
        "latents": np.array(latent_space(found[0].stage.latent).latents),
        "kl": np.array([[one.kl.mean(axis=0) for one in curve] for curve in ways]).reshape(shape),
        "scale": np.array([[one.scale.mean(axis=0) for one in curve] for curve in ways]).reshape(shape),
        "floor": np.array([one.floor.mean() for one in ways[0]]),
        "below": np.array([_below_floor(found, k) for k in range(len(betas))]),
        "squared": np.array([[one.squared.mean() for one in curve] for curve in ways]).reshape(shape[:3]),
    }


def compared(found: Sequence[Swept], config: Any, betas: Sequence[float]) -> tuple[dict[str, Number], str]:
    """By how much the loss of each latent space exceeds that of the best one, at each resolution and on average.

    Of the trainings up and down the better one counts. The same events and seeds are compared.
    """
    losses: dict[str, list[NDArray[np.float64]]] = {}  # of each repetition (events, betas)
    for latent in config.latent:
        ways = _curves([one for one in found if one.stage.latent == latent], len(betas))
        each = [np.stack([_loss(one, betas) for one in curve], axis=1) for curve in ways]
        pairs = np.array(each).reshape(config.repetitions, -1, *each[0].shape)
        chosen = pairs.mean(axis=2).argmin(axis=1)  # (repetitions, betas)
        losses[latent] = [pairs[k, chosen[k], :, np.arange(len(betas))].T for k in range(config.repetitions)]
    numbers: dict[str, Number] = {}
    for k, beta in enumerate(betas):
        at = {latent: [each[:, k] for each in mine] for latent, mine in losses.items()}
        numbers |= _ranked(at, config, f".beta{beta:g}")
    numbers |= _ranked({latent: [each.mean(axis=1) for each in mine] for latent, mine in losses.items()}, config, "")
    best = config.latent[int(numbers["latent.best"].value)]
    others = [latent for latent in config.latent if latent != best]
    nearest = min(others, key=lambda latent: numbers[f"behind.{short(latent)}"].value)
    text = (
        f"Of the latent spaces {', '.join(config.latent)} the best, by the loss at all resolutions, is {best}; "
        f"{nearest} is {numbers[f'behind.{short(nearest)}']} behind."
    )
    return numbers, text


def short(latent: str) -> str:
    """For the names of numbers."""
    return latent.replace(" ", "")


def _ranked(losses: Mapping[str, list[Floats]], config: Any, suffix: str) -> dict[str, Number]:
    """Which latent space has the lowest loss, and how far the others are behind it."""
    best = min(losses, key=lambda latent: float(np.mean([each.mean() for each in losses[latent]])))
    note = f"{best}, by its place in the order given"
    numbers = {f"latent.best{suffix}": Number(config.latent.index(best), None, None, config.level, note=note)}
    for latent, mine in losses.items():
        if latent != best:
            behind = [each - least for each, least in zip(mine, losses[best], strict=True)]
            name = f"behind.{short(latent)}{suffix}"
            numbers[name] = spanned(behind, config.level, "nats", f"behind {best}")
    return numbers


def _loss(one: Swept, betas: Sequence[float]) -> Floats:
    return np.asarray(one.squared / (2 * betas[one.stage.place] ** 2) + one.kl.sum(axis=1))


def answer(numbers: Mapping[str, Number], betas: Sequence[float], latent: str) -> str:
    """Of the study, where one latent space was asked for: the dimensions at the middle resolution."""
    beta = betas[len(betas) // 2]
    active = f"{numbers[f'latents.beta{beta:g}.up'].value:.3g} latents of {latent} are in use"
    if len(betas) == 1:
        return f"At the resolution beta = {beta:g}, {numbers[f'kl.beta{beta:g}.up']} are kept of an event; {active}."
    d1, d2 = numbers[f"d1.beta{beta:g}"], numbers[f"d2.beta{beta:g}"]
    remark = f" {d1.note[:1].upper()}{d1.note[1:]}." if d1.note else ""
    return (
        f"At the resolution beta = {beta:g} the sample has {d1} dimensions by the errors (D1) and {d2} by what is kept "
        f"(D2); {active}.{remark}"
    )
