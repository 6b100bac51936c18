"""Events of a matrix element handed to Pythia in memory, or written as a Les Houches file."""

from collections.abc import Iterable, Iterator, Sequence
from itertools import chain
from typing import Any, NamedTuple

import numpy as np

from eventspace.events.simulate.electron_positron.constants import HIGGS_MASS
from eventspace.events.simulate.electron_positron.matrix_element import CrossSection, HardEvents, Setting
from eventspace.events.simulate.pythia import load_pythia

__all__ = ["Entry", "entries", "lhe_lines", "source"]

_ALPHA, _ALPHA_S = 1 / 128, 0.118
_BEAM, _DECAYED, _FINAL = -1, 2, 1
_UNKNOWN_SPIN = 9.0
_PICOBARN = 1e-3  # in fb


class Entry(NamedTuple):
    """A particle of a Les Houches event, with the names of the accord."""

    pid: int
    status: int
    mothers: tuple[int, int]
    colours: tuple[int, int]
    momentum: tuple[float, float, float, float]
    """px, py, pz, E in GeV."""
    mass: float


def entries(events: HardEvents, energy: float) -> Iterator[list[Entry]]:
    """The particles of each event: beams, Z, two Higgs bosons, quark and antiquark.

    Arguments:
        events: unweighted events of e+e- -> q qbar HH.
        energy: of both beams together in GeV.

    Yields:
        7 particles an event.
    """
    half = energy / 2
    z = events.quark + events.antiquark
    mass = np.sqrt(np.maximum(z[:, 0] ** 2 - (z[:, 1:] ** 2).sum(axis=1), 0.0))
    columns = (z, events.higgs_1, events.higgs_2, events.quark, events.antiquark)
    rows = [np.roll(column, -1, axis=1).tolist() for column in columns]
    for flavour, z_mass, momenta in zip(events.flavour.tolist(), mass.tolist(), zip(*rows, strict=True), strict=True):
        boson, first, second, quark, antiquark = (tuple(momentum) for momentum in momenta)
        yield [
            Entry(11, _BEAM, (0, 0), (0, 0), (0.0, 0.0, half, half), 0.0),
            Entry(-11, _BEAM, (0, 0), (0, 0), (0.0, 0.0, -half, half), 0.0),
            Entry(23, _DECAYED, (1, 2), (0, 0), boson, z_mass),
            Entry(25, _FINAL, (1, 2), (0, 0), first, HIGGS_MASS),
            Entry(25, _FINAL, (1, 2), (0, 0), second, HIGGS_MASS),
            Entry(flavour, _FINAL, (3, 3), (501, 0), quark, 0.0),
            Entry(-flavour, _FINAL, (3, 3), (0, 501), antiquark, 0.0),
        ]


def source(events: Iterable[HardEvents], setting: Setting, sigma: CrossSection) -> Any:
    """A source of events that Pythia reads in memory; keep a reference to it as long as Pythia is used.

    Arguments:
        events: unweighted events, without end.
        setting: of the matrix element.
        sigma: their cross-section.

    Returns:
        An object of Pythia's class ``LHAup``, for ``setLHAupPtr`` and ``Beams:frameType = 5``.

    Raises:
        MissingExtraError: Pythia is not installed.

    Source: J. Alwall et al., "A standard format for Les Houches Event Files", hep-ph/0609017.
    """
    pythia = load_pythia()

    class Source(pythia.LHAup):  # type: ignore[misc, name-defined, unused-ignore]
        def __init__(self) -> None:
            pythia.LHAup.__init__(self)
            self._stream = chain.from_iterable(entries(some, setting.energy) for some in events)

        def setInit(self) -> bool:  # noqa: N802
            self.setBeamA(11, setting.energy / 2, 0, 0)
            self.setBeamB(-11, setting.energy / 2, 0, 0)
            self.setStrategy(3)
            self.addProcess(1, sigma.value * _PICOBARN, sigma.error * _PICOBARN, sigma.largest * _PICOBARN)
            return True

        def setEvent(self, process: int = 0) -> bool:  # noqa: N802
            self.setProcess(1, 1.0, setting.energy, _ALPHA, _ALPHA_S)
            for entry in next(self._stream):
                self.addParticle(
                    entry.pid,
                    entry.status,
                    *entry.mothers,
                    *entry.colours,
                    *entry.momentum,
                    entry.mass,
                    0.0,
                    _UNKNOWN_SPIN,
                    -1.0,
                )
            return True

    return Source()


def lhe_lines(
    events: Iterable[HardEvents], setting: Setting, sigma: CrossSection, comments: Sequence[str]
) -> Iterator[str]:
    """The lines of a Les Houches file, without line ends.

    Arguments:
        events: unweighted events.
        setting: of the matrix element.
        sigma: their cross-section.
        comments: lines of the header.
    """
    half = setting.energy / 2
    yield '<LesHouchesEvents version="3.0">'
    yield "<header>"
    for comment in comments:
        yield f"# {comment}"
    yield "</header>"
    yield "<init>"
    yield f"11 -11 {half:.10e} {half:.10e} 0 0 0 0 3 1"
    yield " ".join(f"{value * _PICOBARN:.10e}" for value in (sigma.value, sigma.error, sigma.largest)) + " 1"
    yield "</init>"
    for some in events:
        for particles in entries(some, setting.energy):
            yield "<event>"
            yield f"{len(particles)} 1 1.0 {setting.energy:.10e} {_ALPHA:.10e} {_ALPHA_S:.10e}"
            for entry in particles:
                whole = " ".join(map(str, (entry.pid, entry.status, *entry.mothers, *entry.colours)))
                numbers = " ".join(f"{value:.17g}" for value in (*entry.momentum, entry.mass))
                yield f"{whole} {numbers} 0. 9."
            yield "</event>"
    yield "</LesHouchesEvents>"
