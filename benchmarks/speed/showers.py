"""Showers for the benchmarks: electrons of 100 GeV from the parameterised simulation, 51 x 51 x 25 cells."""

import tempfile
from pathlib import Path

import eventspace as es
from eventspace.events.native import writer


def showers(count: int, seed: int) -> es.Showers:
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "showers.h5"
        with writer(path) as file:
            for part in es.simulate("showers", count, energy=100, seed=seed, show_progress=False):
                file.append(part)
        events = es.read(path)
    assert isinstance(events, es.Showers)
    return events
