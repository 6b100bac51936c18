"""JetClass (Zenodo 6619768, arXiv:2202.03772): jets of ten kinds.

ROOT: the TTree ``tree`` with, for each jet, lists part_px, part_py, part_pz, part_energy [GeV], part_deta, part_dphi
and part_charge; jet_pt, jet_eta, jet_phi, jet_energy; and label_QCD, label_Hbb ... of which one is 1. part_deta is
(eta - jet_eta) times the sign of jet_eta: jets of the backward hemisphere are reflected. Schema as in the loader that
its authors publish.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from eventspace.base.errors import InputError
from eventspace.base.extras import require
from eventspace.events.base import Events, Problem, faulty
from eventspace.events.formats.clouds import from_columns, integers
from eventspace.events.formats.format import EVENTS_AT_ONCE, Flawed, Format, countable, flawed
from eventspace.events.momenta import cylindrical
from eventspace.events.ragged import any_entry, offsets_of
from eventspace.events.reading import existing, reading

__all__ = ["FORMAT", "read"]

_TREE = "tree"
_MAGIC = b"root"
_PARTICLES = ("part_px", "part_py", "part_pz", "part_energy", "part_deta", "part_dphi", "part_charge")
_JETS = ("jet_pt", "jet_eta", "jet_phi", "jet_energy")


def read(path: str | Path) -> Iterator[Events | Flawed]:
    """Jets relative to their axes, with pt, eta, phi, mass and charge; the label is that of the file, like ``Tbqq``."""
    with _opened(path) as tree:
        labels = tree.keys(filter_name="label_*")
        for jets in tree.iterate([*_PARTICLES, *_JETS, *labels], step_size=EVENTS_AT_ONCE, library="ak"):
            yield _clouds(jets, labels)


def _clouds(jets: Any, labels: list[str]) -> Events | Flawed:
    import awkward as ak

    counts = ak.to_numpy(ak.num(jets["part_px"])).astype(np.int64)
    flat = {name: ak.to_numpy(ak.flatten(jets[name])).astype(np.float64) for name in _PARTICLES}
    momenta = cylindrical(flat["part_energy"], flat["part_px"], flat["part_py"], flat["part_pz"])
    columns = {
        "pt": momenta["pt"],
        "eta": flat["part_deta"],
        "phi": flat["part_dphi"],
        "mass": momenta["mass"],
        "charge": integers(flat["part_charge"], np.int8),
    }
    per_event = {name: ak.to_numpy(jets[name]).astype(np.float64) for name in _JETS}
    energy = per_event.pop("jet_energy")
    momentum = per_event["jet_pt"] * np.cosh(per_event["jet_eta"])
    per_event["jet_mass"] = np.sqrt(np.maximum((energy - momentum) * (energy + momentum), 0))
    real, charge = flat["part_energy"] != 0, flat["part_charge"]
    broken = any_entry(offsets_of(counts), real & (charge != np.round(charge)))
    problems = list(faulty(broken, "a charge is not a whole number", "correct the charge"))
    if labels:
        per_event["label"], unclear = _label(jets, labels)
        problems += unclear
    units = {"jet_pt": "GeV", "jet_phi": "rad", "jet_mass": "GeV"}
    clouds = from_columns(counts, columns, real=real, per_event=per_event, units=units)
    return flawed(clouds, problems)


def _label(jets: Any, labels: list[str]) -> tuple[NDArray[Any], tuple[Problem, ...]]:
    """The name of the column that is 1, and the problem of the jets where another one is not 0."""
    import awkward as ak

    columns = np.stack([ak.to_numpy(jets[name]) for name in labels], axis=1)
    unclear = ((columns != 0).sum(axis=1) != 1) | ((columns == 1).sum(axis=1) != 1)
    text = f"of the columns {labels[0]} ... {labels[-1]} not one is 1 and the others 0"
    names = np.array([name.removeprefix("label_") for name in labels])
    return names[(columns == 1).argmax(axis=1)], tuple(faulty(unclear, text, "give each jet one label"))


@contextmanager
def _opened(path: str | Path) -> Iterator[Any]:
    with require("formats", "reading ROOT files"):
        import uproot

    with reading(path), uproot.open(existing(path)) as file:
        if _TREE not in file:
            raise InputError(f"there is no tree {_TREE!r}", remedy=f"it has {', '.join(file.keys()) or 'nothing'}")
        tree = file[_TREE]
        missing = [name for name in (*_PARTICLES, *_JETS) if name not in tree]
        if missing:
            raise InputError(f"the tree {_TREE!r} has no branch {missing[0]}", remedy="check the format")
        yield tree


def _count(path: Path) -> int:
    with _opened(path) as tree:
        return int(tree.num_entries)


def _recognises(path: Path) -> bool:
    with path.open("rb") as file:
        if file.read(len(_MAGIC)) != _MAGIC:
            return False
    return countable(_count)(path)


FORMAT = Format("jetclass", "JetClass jets, ROOT", _recognises, _count, read)
