"""Showers from a trained generator."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from pydantic import Field

from eventspace.base.errors import InputError
from eventspace.events.base import Events
from eventspace.events.incident import ROUNDING
from eventspace.events.showers import Showers
from eventspace.events.simulate.options import Options
from eventspace.models.file import load
from eventspace.models.recipe import Trained
from eventspace.models.registry import generator as recipe_of
from eventspace.models.showers.networks import ENERGY_SCALE, POWER
from eventspace.models.training import DivergedError

__all__ = ["SHIPPED", "EnergyOptions", "cells_of", "draw", "generate_showers"]

SHIPPED = Path(__file__).parent / "weights" / "shower-gan.safetensors"
"""The generator that comes with eventspace; docs/models.md says how good it is."""

_BLOCK = 16  # always this many at once, so that no shower depends on how many are asked for


class EnergyOptions(Options):
    """What can be chosen of generated showers."""

    energy: float | None = Field(
        None,
        allow_inf_nan=True,  # an error further on says what the range is
        description="Energy of the primary particle in GeV, within the range of the training; not needed where the "
        "generator was trained at one energy.",
    )


def generate_showers(
    model: str | Path | None, n: int, *, energy: float | None = None, seed: int = 1, device: str = "auto"
) -> Iterator[Events]:
    """Make showers with a trained generator, a few at a time.

    The same seed gives the same showers, and the first ones do not depend on how many follow.

    Arguments:
        model: the safetensors file of a generator; None for the one that comes with eventspace.
        n: how many showers.
        energy: of the primary particle in GeV, within the range of the training; may be left out where the generator
            was trained at one energy.
        seed: of the random numbers.
        device: ``cpu``, ``cuda``, or ``auto`` for a GPU if there is one. The same seed gives the same bytes only on
            the same kind of device.

    Yields:
        Showers in GeV with ``incident_energy``, without the cells below the threshold of the model card.

    Raises:
        InputError: the file cannot be used, n is not positive, the energy is outside the range of the training, or a
            shower has no cell above the threshold.

    Example:
        >>> [len(showers) for showers in generate_showers(None, 20, seed=1)]
        [16, 4]
    """
    trained = load(model or SHIPPED, "shower-gan")
    yield from recipe_of("shower-gan").generate(trained, n, seed=seed, device=device, energy=energy)


def draw(trained: Trained, n: int, seed: int, options: EnergyOptions) -> Iterator[Showers]:
    """Make showers as of :func:`generate_showers`."""
    card = trained.card
    chosen = _energy(options.energy, card.energy_range)
    origin = f"shower GAN, {card.steps} steps, generator {trained.digest[:16]}"
    energies = np.full(_BLOCK, chosen)
    for block, start in enumerate(range(0, n, _BLOCK)):
        count = min(_BLOCK, n - start)
        cells = cells_of(trained, energies, (seed, block))[:count]
        filled = cells.any(axis=(1, 2, 3))
        if not filled.all():
            raise InputError(
                f"the generator made a shower without any cell above {card.threshold:g} GeV",
                event=start + int(np.argmin(filled)),
                remedy="train it longer",
            )
        yield Showers.from_dense(
            cells,
            per_event={"incident_energy": energies[:count]},
            units={"energy": "GeV", "incident_energy": "GeV"},
            seed=seed,
            origin=origin,
        )


def cells_of(trained: Trained, energies: NDArray[np.floating[Any]], seed: tuple[int, ...]) -> NDArray[np.float32]:
    """The cells of showers in GeV, (n, x, y, z) of the whole grid, of primary particles with these n energies in GeV.

    The generator is used as after its training, and left as it was.

    Raises:
        DivergedError: a cell is not finite.
    """
    generator, card = trained.network, trained.card
    device = next(generator.parameters()).device
    noise = np.random.default_rng(seed).standard_normal((len(energies), card.latent), dtype=np.float32)
    training = generator.training
    generator.eval()
    with torch.inference_mode():
        made = generator(
            torch.from_numpy(np.float32(energies / ENERGY_SCALE)).to(device), torch.from_numpy(noise).to(device)
        )
    generator.train(training)
    window = np.float32(card.cell_unit) * (made.float() ** (1 / POWER)).cpu().numpy()
    if not np.isfinite(window).all():
        raise DivergedError("the generator makes showers that are not finite; train one with another seed")
    window[window < card.threshold] = 0
    cells = np.zeros((len(energies), *card.grid), dtype=np.float32)
    x, y, z = (
        slice((whole - kept) // 2, (whole - kept) // 2 + kept)
        for whole, kept in zip(card.grid, card.window, strict=True)
    )
    cells[:, x, y, z] = window
    return cells


def _energy(energy: float | None, trained: tuple[float, float]) -> float:
    low, high = trained
    if energy is None:
        if low < high:
            raise InputError(
                "the energy of the primary particle is not given",
                remedy=f"give --energy from {low:.15g} to {high:.15g} GeV",
            )
        return low
    inside = min(max(energy, low), high)
    if not abs(energy - inside) <= ROUNDING * inside:
        raise InputError(
            f"the generator was not trained at {energy:.15g} GeV",
            remedy=f"choose from {low:.15g} to {high:.15g} GeV"
            if low < high
            else f"leave out --energy: it is {low:.15g} GeV",
        )
    return float(inside)
