"""The network of a learned distance, computed for each jet alone: no number depends on the jets beside it."""

import math
from collections.abc import Mapping
from typing import NamedTuple, Self

import numpy as np
from numpy.typing import NDArray

from eventspace.distances.transport.simplex import Particles
from eventspace.distances.vectorised import compiled

__all__ = ["AXES", "BINS", "INPUTS", "Layer", "Layers", "encode", "quantiles"]

AXES = 16
"""Directions in the plane of y and phi, equally spaced over half a turn."""

BINS = 16
"""Equal ranges of the pt below a place on an axis."""

INPUTS = AXES * BINS
"""Numbers that the network sees of a jet."""

Singles = NDArray[np.float32]
Floats = NDArray[np.float64]
Integers = NDArray[np.int64]


class Layer(NamedTuple):
    """A dense layer, x -> x weight + bias.

    Attributes:
        weight: (told, made).
        bias: (made,).
    """

    weight: Singles
    bias: Singles


class Layers(NamedTuple):
    """The whole network.

    Attributes:
        mean, spread: (inputs,) of what it sees, and one number that divides it.
        first, second, third: from what it sees to a place.
        across: (inputs, dimension), the same without a layer between.
    """

    mean: Singles
    spread: Singles
    first: Layer
    second: Layer
    third: Layer
    across: Singles

    @classmethod
    def of(cls, weights: Mapping[str, NDArray[np.float32]]) -> Self:
        """From weights by their names in the file of a model."""

        def layer(number: int) -> Layer:
            weight, bias = (weights[f"layers.{number}.{part}"] for part in ("weight", "bias"))
            return Layer(np.ascontiguousarray(weight.T), np.ascontiguousarray(bias))

        return cls(
            np.ascontiguousarray(weights["mean"]),
            np.atleast_1d(weights["spread"]),
            layer(0),
            layer(2),
            layer(4),
            np.ascontiguousarray(weights["across.weight"].T),
        )

    @property
    def dimension(self) -> int:
        """Of the places."""
        return int(self.across.shape[1])


@compiled()
def quantiles(offsets: Integers, particles: Particles, y: float, phi: float, found: Singles) -> None:
    """The quantile functions of jets along axes, as means over equal ranges.

    Along an axis x(s), 0 < s < 1, is the place below which the fraction s of the pt lies. Places are relative to a
    centre, phi within half a turn of it. The particles of an axis are nearly in the order of the axis before, so that
    inserting them one by one sorts them in few steps.

    Arguments:
        offsets: (n + 1,); jet i owns the particles ``offsets[i]:offsets[i + 1]``.
        particles: of all jets; the energies of each sum to 1.
        y, phi: the centre.
        found: (n, axes * bins), filled.
    """
    found[:] = 0
    for event in range(len(offsets) - 1):
        first, count = offsets[event], offsets[event + 1] - offsets[event]
        along, across = np.empty(count), np.empty(count)
        for k in range(count):
            turn = particles.phi[first + k] - phi
            along[k], across[k] = particles.y[first + k] - y, turn - 2 * math.pi * np.rint(turn / (2 * math.pi))
        order, places = np.arange(count), np.empty(count)
        for axis in range(AXES):
            cosine, sine = math.cos(math.pi * axis / AXES), math.sin(math.pi * axis / AXES)
            for k in range(count):
                particle = order[k]
                x = along[particle] * cosine + across[particle] * sine
                place = k
                while place > 0 and places[place - 1] > x:
                    places[place], order[place] = places[place - 1], order[place - 1]
                    place -= 1
                places[place], order[place] = x, particle
            bin_, room, mean = 0, 1.0 / BINS, 0.0
            for k in range(count):
                energy = particles.energy[first + order[k]]
                while energy > room and bin_ < BINS - 1:
                    found[event, axis * BINS + bin_] = (mean + room * places[k]) * BINS
                    energy -= room
                    bin_, room, mean = bin_ + 1, 1.0 / BINS, 0.0
                mean += energy * places[k]
                room -= energy
            found[event, axis * BINS + bin_] = mean * BINS


@compiled(fastmath=("contract",))
def _dense(given: Singles, weight: Singles, made: Singles) -> None:
    """Add x weight to what is there, the rows in their order; those of zeros are left out."""
    for k in range(len(given)):
        x = given[k]
        if x != 0:
            for j in range(len(made)):
                made[j] += x * weight[k, j]


@compiled()
def _rectify(values: Singles) -> None:
    for j in range(len(values)):
        values[j] = max(values[j], np.float32(0))


@compiled()
def encode(seen: Singles, layers: Layers, places: Singles) -> None:
    """The places of jets.

        place = across(x) + third(relu(second(relu(first(x))))),    x = (quantiles - mean) / spread

    Arguments:
        seen: (n, inputs) from ``quantiles``.
        layers: the network.
        places: (n, dimension), filled.
    """
    told = np.empty_like(layers.mean)
    one, other = np.empty_like(layers.first.bias), np.empty_like(layers.second.bias)
    for event in range(len(seen)):
        for k in range(len(told)):
            told[k] = (seen[event, k] - layers.mean[k]) / layers.spread[0]
        one[:] = layers.first.bias
        _dense(told, layers.first.weight, one)
        _rectify(one)
        other[:] = layers.second.bias
        _dense(one, layers.second.weight, other)
        _rectify(other)
        place = places[event]
        place[:] = layers.third.bias
        _dense(other, layers.third.weight, place)
        _dense(told, layers.across, place)
