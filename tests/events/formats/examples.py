"""A small good file of every format, and the same file with one thing that users' files have and that is not good.

The schemas are written afresh here, by the libraries that make such files; the readers are not asked. The tests of all
formats use them (``tests/events/formats/test_hostile.py``), and so does the fuzz (``benchmarks/validation/fuzz.py``).
"""

import warnings
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import awkward as ak
import h5py
import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
import pyhepmc
import uproot

__all__ = ["COLUMNS", "EXAMPLES", "Sample"]

COLUMNS = "pt=PT,rapidity=Y,phi=PHI,label=kind"
SHAPE = (4, 3, 5)
CELLS = 60


def toy_jets(count: int) -> list[np.ndarray]:
    """Jets of massless particles as rows of E, px, py, pz."""
    generator = np.random.default_rng(3)
    jets = []
    for number in range(count):
        particles = 3 + number % 4
        pt, y, phi = generator.uniform(5, 50, particles), *(generator.normal(0.1, 0.2, (2, particles)))
        jets.append(np.stack([pt * np.cosh(y), pt * np.cos(phi), pt * np.sin(phi), pt * np.sinh(y)], axis=1))
    return jets


@dataclass(frozen=True)
class Sample:
    """What is written.

    Attributes:
        jets: one array an event, rows of E, px, py, pz in GeV; for showers, how many there are is what counts.
        kinds: the class of each event, 0 or 1 in a good file.
        filler: what stands in the rows of a table behind the particles of an event; 0 in a good file.
    """

    jets: list[np.ndarray] = field(default_factory=lambda: toy_jets(12))
    kinds: Any = None
    filler: float = 0.0

    @property
    def labels(self) -> np.ndarray:
        return np.arange(len(self.jets)) % 2 if self.kinds is None else np.asarray(self.kinds)

    def lists(self, *names: str) -> dict[str, list[np.ndarray]]:
        """Columns of the particles by name, one array an event."""
        return {name: [_COORDINATES[name](jet) for jet in self.jets] for name in names}

    def padded(self, length: int, *names: str) -> np.ndarray:
        """The same as one array (events, length, names), filled up."""
        rows = np.full((len(self.jets), length, len(names)), self.filler)
        for row, jet in zip(rows, self.jets, strict=True):
            row[: len(jet)] = np.stack([_COORDINATES[name](jet) for name in names], axis=1)
        return rows

    @property
    def cells(self) -> np.ndarray:
        """Showers as (events, x, y, z) in GeV, one cell in three filled."""
        cells = np.random.default_rng(4).exponential(1.0, (len(self.jets), *SHAPE))
        return cells * (np.arange(CELLS).reshape(1, *SHAPE) % 3 == 0)


_COORDINATES: dict[str, Callable[[np.ndarray], np.ndarray]] = {
    "E": lambda jet: jet[:, 0],
    "px": lambda jet: jet[:, 1],
    "py": lambda jet: jet[:, 2],
    "pz": lambda jet: jet[:, 3],
    "pt": lambda jet: np.hypot(jet[:, 1], jet[:, 2]),
    "rapidity": lambda jet: np.arctanh(jet[:, 3] / jet[:, 0]),
    "eta": lambda jet: np.arcsinh(jet[:, 3] / np.hypot(jet[:, 1], jet[:, 2])),
    "phi": lambda jet: np.arctan2(jet[:, 2], jet[:, 1]),
    "pid": lambda jet: np.full(len(jet), 211.0),
}

Written = tuple[Path, dict[str, Any]]


def top_tagging(folder: Path, sample: Sample) -> Written:
    values = sample.padded(200, "E", "px", "py", "pz").astype(np.float32).reshape(len(sample.jets), 800)
    frame = pd.DataFrame(values, columns=[f"{name}_{i}" for i in range(200) for name in ("E", "PX", "PY", "PZ")])
    label = pd.DataFrame({"is_signal_new": sample.labels})
    return _pandas(folder / "train.h5", pd.concat([frame, label], axis=1), "table"), {}


def lhc_olympics(folder: Path, sample: Sample) -> Written:
    values = sample.padded(700, "pt", "eta", "phi").reshape(len(sample.jets), 2100)
    return _pandas(folder / "events.h5", pd.DataFrame(np.column_stack([values, sample.labels])), "df"), {}


def _pandas(path: Path, frame: pd.DataFrame, key: str) -> Path:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", pd.errors.PerformanceWarning)
        frame.to_hdf(path, key=key, mode="w")
    return path


def jetnet(folder: Path, sample: Sample) -> Written:
    rows = sample.padded(30, "eta", "phi", "pt", "pid")
    axes = np.array([jet.sum(axis=0) for jet in sample.jets]).reshape(-1, 4)
    pt, counts = np.hypot(axes[:, 1], axes[:, 2]), np.array([len(jet) for jet in sample.jets])
    real = np.arange(30) < counts[:, None]
    rows[..., 2] = np.where(real, rows[..., 2] / np.maximum(pt, 1e-9)[:, None], rows[..., 2])
    rows[..., 3] = real
    with h5py.File(folder / "t.hdf5", "w") as file:
        file["particle_features"] = rows.astype(np.float32)
        file["jet_features"] = np.column_stack([pt, pt * 0, pt / 10, counts]).astype(np.float32)
    return folder / "t.hdf5", {}


def energyflow(folder: Path, sample: Sample) -> Written:
    np.savez(folder / "QG_jets.npz", X=sample.padded(15, "pt", "rapidity", "phi", "pid"), y=sample.labels)
    return folder / "QG_jets.npz", {}


def vae_jets(folder: Path, sample: Sample) -> Written:
    with h5py.File(folder / "top_100k_01.h5", "w") as file:
        group = file.create_group("objects/jets")
        rows = group.create_dataset("constituents", (len(sample.jets), 2), dtype=h5py.vlen_dtype(np.float64))
        group["obs"] = np.zeros((len(sample.jets), 2, 7))
        for number, jet in enumerate(sample.jets):
            rows[number, 0] = np.column_stack([jet, np.full(len(jet), 7.0)]).ravel()
            rows[number, 1] = np.arange(5.0)
    return folder / "top_100k_01.h5", {}


def jetclass(folder: Path, sample: Sample) -> Written:
    count = len(sample.jets)
    flat = sample.lists("px", "py", "pz", "E", "eta", "phi")
    theirs = ("part_px", "part_py", "part_pz", "part_energy", "part_deta", "part_dphi")
    tree: dict[str, Any] = {name: _lists(lists) for name, lists in zip(theirs, flat.values(), strict=True)}
    tree["part_charge"] = _lists([np.ones(len(jet)) for jet in sample.jets])
    tree |= {f"jet_{name}": np.full(count, 100.0, np.float32) for name in ("pt", "energy")}
    tree |= {f"jet_{name}": np.zeros(count, np.float32) for name in ("eta", "phi")}
    tree |= {"label_QCD": (sample.labels == 0).astype(np.int32), "label_Tbqq": (sample.labels == 1).astype(np.int32)}
    with uproot.recreate(folder / "jets.root") as file:
        file["tree"] = tree
    return folder / "jets.root", {}


def _lists(rows: list[np.ndarray]) -> Any:
    """Lists of single precision, also where there are none."""
    flat = np.concatenate([*rows, []]).astype(np.float32)
    return ak.unflatten(ak.Array(flat), np.array([len(row) for row in rows], dtype=np.int64))


def hepmc(folder: Path, sample: Sample) -> Written:
    with pyhepmc.open(folder / "events.hepmc", "w", format="hepmc3") as file:
        for number, jet in enumerate(sample.jets):
            event = pyhepmc.GenEvent(pyhepmc.Units.GEV, pyhepmc.Units.MM)
            event.event_number = number
            vertex = pyhepmc.GenVertex()
            vertex.add_particle_in(pyhepmc.GenParticle((0, 0, 7e3, 7e3), 2212, 4))
            for energy, px, py, pz in jet:
                vertex.add_particle_out(pyhepmc.GenParticle((px, py, pz, energy), 211, 1))
            event.add_vertex(vertex)
            event.weights = [1.0]
            file.write(event)
    return folder / "events.hepmc", {}


def parquet(folder: Path, sample: Sample) -> Written:
    flat = sample.lists("pt", "rapidity", "phi")
    lists = {
        theirs: pa.array([values.tolist() for values in rows], type=pa.list_(pa.float32()))
        for theirs, rows in zip(("PT", "Y", "PHI"), flat.values(), strict=True)
    }
    pq.write_table(pa.table({**lists, "kind": sample.labels}), folder / "jets.parquet")
    return folder / "jets.parquet", {"columns": COLUMNS}


def npz(folder: Path, sample: Sample) -> Written:
    rows = sample.padded(8, "pt", "rapidity", "phi")
    np.savez(folder / "jets.npz", PT=rows[..., 0], Y=rows[..., 1], PHI=rows[..., 2], kind=sample.labels)
    return folder / "jets.npz", {"columns": COLUMNS}


def npy(folder: Path, sample: Sample) -> Written:
    np.save(folder / "jets.npy", sample.padded(8, "E", "px", "py", "pz"))
    return folder / "jets.npy", {"columns": "E=array:0,px=array:1,py=array:2,pz=array:3"}


def root(folder: Path, sample: Sample) -> Written:
    flat = sample.lists("pt", "eta", "phi")
    with uproot.recreate(folder / "nano.root") as file:
        tree = file.mktree("Events", {**{f"PF_{name}": "var * float32" for name in flat}, "kind": "int32"})
        if sample.jets:
            lists = {f"PF_{name}": _lists(rows) for name, rows in flat.items()}
            tree.extend({**lists, "kind": sample.labels.astype(np.int32)})
    return folder / "nano.root", {"columns": "pt=PF_pt,eta=PF_eta,phi=PF_phi,label=kind"}


def hdf5(folder: Path, sample: Sample) -> Written:
    rows = Sample([1000 * jet for jet in sample.jets], filler=sample.filler).padded(8, "pt", "eta", "phi", "E")
    with h5py.File(folder / "atlas.h5", "w") as file:
        for number, name in enumerate(("pt", "eta", "phi", "E")):
            file[f"fjet_clus_{name}"] = rows[..., number]
        file["labels"] = sample.labels
    columns = ",".join(f"{name}=fjet_clus_{name}" for name in ("pt", "eta", "phi", "E"))
    return folder / "atlas.h5", {"columns": f"{columns},label=labels", "unit": "MeV"}


def csv(folder: Path, sample: Sample) -> Written:
    masses = [5.0 * len(jet) for jet in sample.jets]
    frame = pd.DataFrame({"mass": masses, "tau21": np.linspace(0, 1, len(masses)), "truth": sample.labels})
    frame.to_csv(folder / "features.csv", index=False)
    return folder / "features.csv", {"points": ("mass", "tau21"), "columns": "label=truth"}


def lhe(folder: Path, sample: Sample) -> Written:
    text = ['<LesHouchesEvents version="3.0">', "<init>", "2212 2212 7e3 7e3 0 0 0 0 -4 1", "1 1 1 1", "</init>"]
    for jet in sample.jets:
        text += ["<event>", f"{len(jet) + 2} 1 1.0 91.2 0.0078 0.118"]
        text += ["21 -1 0 0 501 502 0 0 7e2 7e2 0 0 9", "21 -1 0 0 502 501 0 0 -7e2 7e2 0 0 9"]
        text += [f"11 1 1 2 0 0 {px!r} {py!r} {pz!r} {energy!r} 0 0 9" for energy, px, py, pz in jet.tolist()]
        text += ["</event>"]
    (folder / "events.lhe").write_text("\n".join([*text, "</LesHouchesEvents>", ""]))
    return folder / "events.lhe", {}


def lhe_ee(folder: Path, sample: Sample) -> Written:
    path, options = lhe(folder, sample)
    text = path.read_text().replace("2212 2212", "11 -11").replace("21 -1 0 0 501 502", "11 -1 0 0 0 0")
    path.write_text(text.replace("21 -1 0 0 502 501", "-11 -1 0 0 0 0"))
    return path, options


def hepmc_ee(folder: Path, sample: Sample) -> Written:
    with pyhepmc.open(folder / "zh.hepmc", "w", format="hepmc3") as file:
        for jet in sample.jets:
            event = pyhepmc.GenEvent(pyhepmc.Units.GEV, pyhepmc.Units.MM)
            vertex = pyhepmc.GenVertex()
            for sign in (1, -1):
                vertex.add_particle_in(pyhepmc.GenParticle((0, 0, sign * 125.0, 125.0), 11 * sign, 4))
            for energy, px, py, pz in jet:
                vertex.add_particle_out(pyhepmc.GenParticle((px, py, pz, energy), 211, 1))
            event.add_vertex(vertex)
            file.write(event)
    return folder / "zh.hepmc", {}


def edm4hep(folder: Path, sample: Sample, name: str = "PandoraPFOs") -> Written:
    columns = {f"momentum.{axis}": sample.lists(f"p{axis}")[f"p{axis}"] for axis in "xyz"}
    columns |= {"energy": sample.lists("E")["E"], "mass": [np.zeros(len(jet)) for jet in sample.jets]}
    columns |= {"charge": [np.ones(len(jet)) for jet in sample.jets]}
    return _podio(folder / "reco.root", {f"{name}.{column}": lists for column, lists in columns.items()})


def edm4hep_mc(folder: Path, sample: Sample, name: str = "MCParticles") -> Written:
    columns = {f"momentum.{axis}": sample.lists(f"p{axis}")[f"p{axis}"] for axis in "xyz"}
    columns |= {f"vertex.{axis}": [np.zeros(len(jet)) for jet in sample.jets] for axis in "xyz"}
    columns |= {"mass": [np.zeros(len(jet)) for jet in sample.jets]}
    whole = {"PDG": 211, "generatorStatus": 1}
    columns |= {column: [np.full(len(jet), value, np.int32) for jet in sample.jets] for column, value in whole.items()}
    return _podio(folder / "mc.root", {f"{name}.{column}": lists for column, lists in columns.items()})


def _podio(path: Path, columns: dict[str, list[np.ndarray]]) -> Written:
    """A tree of one branch for each member of a collection, as podio splits them."""
    kinds = {name: "int32" if lists and lists[0].dtype.kind == "i" else "float64" for name, lists in columns.items()}
    with uproot.recreate(path) as file:
        tree = file.mktree("events", {name: f"var * {kind}" for name, kind in kinds.items()})
        if any(len(lists) for lists in columns.values()):
            tree.extend({name: _lists(lists) for name, lists in columns.items()})
    return path, {}


def threedgan(folder: Path, sample: Sample) -> Written:
    count = len(sample.jets)
    with h5py.File(folder / "electrons.h5", "w") as file:
        file["ECAL"], file["energy"] = sample.cells * 50, np.linspace(10, 90, count)
        file["theta"] = np.full(count, 1.5)
    return folder / "electrons.h5", {}


def calochallenge(folder: Path, sample: Sample) -> Written:
    with h5py.File(folder / "dataset_2.hdf5", "w") as file:
        file["showers"] = sample.cells.transpose(0, 3, 2, 1).reshape(len(sample.jets), CELLS) * 1000
        file["incident_energies"] = np.linspace(1e4, 9e4, len(sample.jets))[:, None]
    return folder / "dataset_2.hdf5", {"shape": SHAPE}


def showerdata(folder: Path, sample: Sample) -> Written:
    count = len(sample.jets)
    with h5py.File(folder / "photons.h5", "w") as file:
        rows = file.create_dataset("showers", (count,), dtype=h5py.vlen_dtype(np.float32))
        for number, shower in enumerate(sample.cells):
            x, y, z = np.nonzero(shower)
            points = [(x + 0.5 - SHAPE[0] / 2) * 5, (y + 0.5 - SHAPE[1] / 2) * 5, z, shower[x, y, z]]
            rows[number] = np.stack(points, axis=1).ravel()
        file["shape"], file["energies"] = [count, CELLS, 4], np.linspace(10, 90, count)[:, None]
        file["directions"], file["pdg"] = np.ones((count, 3)), np.full(count, 22)
    return folder / "photons.h5", {"shape": SHAPE}


_WRITERS: dict[str, Callable[[Path, Sample], Written]] = {
    "top-tagging": top_tagging,
    "jetnet": jetnet,
    "energyflow": energyflow,
    "lhc-olympics": lhc_olympics,
    "vae-jets": vae_jets,
    "jetclass": jetclass,
    "hepmc": hepmc,
    "lhe": lhe,
    "lhe-ee": lhe_ee,
    "hepmc-ee": hepmc_ee,
    "edm4hep": edm4hep,
    "edm4hep-mc": edm4hep_mc,
    "3dgan": threedgan,
    "calochallenge": calochallenge,
    "showerdata": showerdata,
    "parquet": parquet,
    "npz": npz,
    "npy": npy,
    "root": root,
    "hdf5": hdf5,
    "csv": csv,
}


def _example(write: Callable[[Path, Sample], Written]) -> Callable[..., Written]:
    return lambda folder, sample=None: write(folder, Sample() if sample is None else sample)


EXAMPLES: dict[str, Callable[..., Written]] = {name: _example(write) for name, write in _WRITERS.items()}
"""By the name of the format: writes its file into a folder; returns the path and the options that ``convert`` needs."""
