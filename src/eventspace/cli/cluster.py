"""The command ``cluster``."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Protocol

import numpy as np

from eventspace.base.errors import InputError
from eventspace.base.progress import progress
from eventspace.events.collisions import Collisions
from eventspace.events.jets import Jets
from eventspace.events.native import chunks, count, writer
from eventspace.events.target import target

if TYPE_CHECKING:
    from eventspace.models.clustering import Method

__all__ = ["cluster"]

_CHUNK = 2000  # events


class _Sink(Protocol):
    """Takes jets, some events at a time."""

    def __call__(self, jets: Jets, /) -> None: ...


def cluster(
    events: Path,
    out: Path,
    /,
    *,
    model: str,
    jets: int | None = None,
    device: str = "auto",
    overwrite: bool = False,
) -> None:
    """Cluster e+e- events to jets, with a trained network or the Durham algorithm.

    Methods: durham and durham-vertices, which need --jets; networks that come with eventspace, ranker-zhh for six jets
    of ZHH at 500 GeV and ranker-two-bosons for four jets of WW, ZZ or ZH at 250 GeV, each also with -no-displaced
    at the end, for events without d0 and z0; and model.safetensors of your own training. A network is right for events
    like those it learned from: the same process, energy and detector. unet-zhh and unet-crf-zhh give probabilities,
    but put less energy into the right jet than the Durham algorithm.

    What is written depends on the name of the file. NAME.root: particles, tracks, and jets with their constituents and
    four-momenta, in the layout of EDM4hep, for uproot and ROOT. Any other name: an eventspace file of the events with
    one more column, jet, the number of the jet of each particle in its event. The four-momentum of a jet is the sum of
    those of its particles.

    For example: eventspace cluster zhh.h5 jets.root --model ranker-zhh

    For example: eventspace cluster zhh.h5 jets.h5 --model durham --jets 6

    Args:
        events: Eventspace file of collisions; eventspace convert makes it of HepMC, LHE or EDM4hep.
        out: The file to write.
        model: A method, or a file: model.safetensors in the run directory of eventspace train ranker or unet.
        jets: Number of jets, of the Durham algorithm.
        device: cpu, cuda, or auto for a GPU if there is one.
        overwrite: Replace a file that eventspace did not write.
    """
    from eventspace.models.clustering import method

    found = method(model, jets=jets, device=device)
    own = [Path(model)] if Path(model).exists() else []
    out, number, done = target(out, [events, *own], overwrite=overwrite), count(events), 0
    with (
        (_edm4hep if out.suffix.lower() == ".root" else _events)(out) as sink,
        progress("clustering", number, "events") as advance,
    ):
        for part in chunks(events, _CHUNK):
            if not isinstance(part, Collisions):
                raise InputError(f"it holds {part.kind}, not collisions", file=events, remedy="name another file")
            try:
                sink(Jets(_with_origin(part, found), found.label(part), found.jets))
            except InputError as error:
                raise error if error.file else error.at(events, first=done) from None
            done += len(part)
            advance(len(part))
    print(f"{out}: {done} events of {found.jets} jets, by {found.name}")


@contextmanager
def _events(out: Path) -> Iterator[_Sink]:
    with writer(out) as file:
        yield lambda jets: file.append(_with_jets(jets))


def _with_origin(events: Collisions, method: "Method") -> Collisions:
    """A file says who made its jets."""
    made = f"jets: {method.name}" + (f", sha256 {method.digest[:16]}" if method.digest else "")
    return replace(events, origin=f"{events.origin}; {made}" if events.origin else made)


def _with_jets(jets: Jets) -> Collisions:
    return replace(jets.events, columns={**jets.events.columns, "jet": jets.labels.astype(np.int16)})


@contextmanager
def _edm4hep(out: Path) -> Iterator[_Sink]:
    from eventspace.events.formats.edm4hep_jets import edm4hep_jets_writer

    with edm4hep_jets_writer(out) as file:
        yield lambda jets: file.append(jets.events, jets.labels, jets.momenta)
