"""Samples of showers cut by the energy of the incident particle."""

from collections.abc import Mapping, Sequence
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from eventspace.base.errors import InputError
from eventspace.events.base import Events
from eventspace.events.incident import in_double, on_edges
from eventspace.studies.samples import place

__all__ = ["bin_names", "in_energy_bins"]

COLUMN = "incident_energy"


def bin_names(edges: Sequence[float]) -> list[str]:
    """What the bins between these edges are called.

    Example:
        >>> bin_names([50, 100, 200])
        ['energy50-100', 'energy100-200']
    """
    return [f"energy{low:g}-{high:g}" for low, high in pairwise(edges)]


def in_energy_bins(samples: Mapping[str, Events], edges: Sequence[float], least: int) -> dict[str, dict[str, Events]]:
    """The events of each sample in each bin of incident energy.

    Arguments:
        samples: by name.
        edges: rising, in GeV; an event on an edge belongs above it, on the last one below it. An energy within
            rounding of an edge is on it.
        least: the number of events that each bin needs.

    Returns:
        For each bin, by name, the events of each sample in it.

    Raises:
        InputError: the edges do not rise, a sample lacks its incident energies or has them in another unit, or a bin
            has too few events.
    """
    if (np.diff(edges) <= 0).any():
        raise InputError(
            f"the edges of the energy bins do not rise: {' '.join(f'{edge:g}' for edge in edges)}",
            remedy="sort them and remove duplicates",
        )
    energies = {name: on_edges(_energies(name, events), edges) for name, events in samples.items()}
    bins: dict[str, dict[str, Events]] = {}
    for name, (low, high) in zip(bin_names(edges), pairwise(edges), strict=True):
        bins[name] = {}
        for sample, energy in energies.items():
            inside = (low <= energy) & (energy <= high if high == edges[-1] else energy < high)
            if np.count_nonzero(inside) < least:
                raise InputError(
                    f"there are {np.count_nonzero(inside)} events from {low:g} to {high:g} GeV, "
                    f"and its energies go from {energy.min():g} to {energy.max():g} GeV",
                    file=place(sample),
                    remedy=f"choose --energy-bins with at least {least} events each",
                )
            bins[name][sample] = samples[sample][inside]
    return bins


def _energies(name: str, events: Events) -> NDArray[np.float64]:
    if COLUMN not in events.per_event:
        raise InputError(
            "it lacks the energy of its incident particles",
            file=place(name),
            remedy=f"give a file with the column event/{COLUMN}, or leave out --energy-bins",
        )
    unit = events.units.get(COLUMN, "GeV")
    if unit != "GeV":
        raise InputError(f"the incident energies are in {unit}", file=place(name), remedy="convert them to GeV")
    return in_double(events.check().per_event[COLUMN])
