"""Events as the colouring sees them: the particles of some events as padded arrays, with their map."""

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
import torch
from numpy.random import Generator
from numpy.typing import NDArray
from torch import Tensor

from eventspace.events.collisions import Collisions
from eventspace.events.ragged import event_of_entry
from eventspace.events.tracks import displaced_tracks
from eventspace.models.colouring.colour_loss import Order, Truth, true_colours
from eventspace.models.colouring.maps import DISPLACED_CHANNELS, angles, particle_values, pixels_of, rasterise

__all__ = ["Batch", "ColouringSample"]

Floats = NDArray[np.float64]
Integers = NDArray[np.int64]


class Batch(NamedTuple):
    """Some events, n of them; where one has fewer particles than another, the rest is 0 and false.

    Attributes:
        maps: (n, channels, cos theta bins, phi bins).
        pixel: (n, particles) int64, that of each particle.
        energy: (n, particles) E / E_vis.
        direction: (n, particles, 3) unit vectors.
        displaced: (n, particles) whether it is a displaced track.
        mask: (n, particles) true for particles.
        colour: (n, particles) int64, that of the true jet; -1 where it is not known.
        weight: (n, particles) of its logarithm in the loss.
    """

    maps: Tensor
    pixel: Tensor
    energy: Tensor
    direction: Tensor
    displaced: Tensor
    mask: Tensor
    colour: Tensor
    weight: Tensor

    def to(self, device: torch.device) -> "Batch":
        """The same on a device."""
        return Batch(*(values.to(device) for values in self))


class ColouringSample:
    """Events from which batches are drawn.

    Arguments:
        events: n events.
        channels: of the maps, names from ``CHANNELS``.
        shape: bins of cos theta and of phi.
        truth: the colours and the order of the true jets; none for events that are only to be coloured.

    Raises:
        InputError: a column is missing, there is no such channel, or the true jets cannot be used.
    """

    def __init__(
        self,
        events: Collisions,
        channels: Sequence[str],
        shape: tuple[int, int],
        truth: tuple[int, Order] | None = None,
    ):
        self.channels, self.shape = tuple(channels), shape
        self._offsets = events.offsets - events.offsets[0]
        event = event_of_entry(self._offsets)
        self._cos_theta, self._phi = angles(events)
        self._energy = events.flat("E") / events.visible_energy[event]
        self._values = particle_values(events, channels)
        count = len(self._energy)
        wanted = any(name in DISPLACED_CHANNELS for name in channels)
        self._displaced = displaced_tracks(events) if wanted else np.zeros(count, dtype=bool)
        unknown = Truth(np.full(count, -1, np.int64), np.zeros(count), np.zeros(len(events), np.int64))
        self._order = truth[1] if truth else None
        self._truth = true_colours(events, *truth) if truth else unknown

    def __len__(self) -> int:
        return len(self._offsets) - 1

    def batch(self, chosen: Integers, rng: Generator | None = None) -> Batch:
        """The events with these numbers.

        Arguments:
            chosen: (n,).
            rng: if given, each event is turned around the beam by a random angle, and reflected in phi and in the plane
                across the beam with probability 1/2 each. No channel has a sign that a reflection would turn round.
        """
        counts = np.diff(self._offsets)[chosen]
        event = np.repeat(np.arange(len(chosen)), counts)
        place = np.arange(counts.sum()) - np.repeat(np.cumsum(counts) - counts, counts)
        entry = self._offsets[chosen][event] + place
        cos_theta, phi, colour = self._cos_theta[entry], self._phi[entry], self._truth.colour[entry]
        if rng is not None:
            turn = rng.uniform(-np.pi, np.pi, len(chosen))
            across, back = (rng.choice([-1.0, 1.0], len(chosen)) for _ in range(2))
            phi, cos_theta = across[event] * phi + turn[event], back[event] * cos_theta
            if self._order == "polar":
                reversed_order = self._truth.jets[chosen][event] - 1 - colour
                colour = np.where((back[event] < 0) & (colour >= 0), reversed_order, colour)
        pixel, energy = pixels_of(cos_theta, phi, self.shape), self._energy[entry]
        maps = rasterise(event, pixel, energy, self._values[:, entry], self.channels, len(chosen), self.shape)
        sine = np.sqrt(np.maximum(1 - cos_theta**2, 0))
        direction = np.stack([sine * np.cos(phi), sine * np.sin(phi), cos_theta], axis=1)
        size = (len(chosen), int(counts.max(initial=0)))

        def padded(values: NDArray[np.generic], fill: int = 0) -> Tensor:
            array = np.full((*size, *values.shape[1:]), fill, values.dtype)
            array[event, place] = values
            return torch.from_numpy(array)

        return Batch(
            maps=torch.from_numpy(maps),
            pixel=padded(pixel),
            energy=padded(energy.astype(np.float32)),
            direction=padded(direction.astype(np.float32)),
            displaced=padded(self._displaced[entry]),
            mask=padded(np.ones(len(entry), dtype=bool)),
            colour=padded(colour, -1),
            weight=padded(self._truth.weight[entry].astype(np.float32)),
        )
