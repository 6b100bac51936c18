import h5py
import numpy as np
import pandas as pd
import pytest

from eventspace.base.errors import InputError
from eventspace.events import native
from eventspace.events.convert import convert
from eventspace.events.formats import datasets
from eventspace.events.formats import format as sizes
from eventspace.events.formats.columns import parse
from eventspace.events.formats.registry import detect

ATLAS = "pt=fjet_clus_pt,eta=fjet_clus_eta,phi=fjet_clus_phi,E=fjet_clus_E,label=labels"


def store(path, **arrays):
    with h5py.File(path, "w") as file:
        for name, values in arrays.items():
            file.create_dataset(name, data=values, compression="gzip")
    return path


def test_the_layout_of_the_atlas_top_tagging_sample(tmp_path, toy_jets, momenta, padded, monkeypatch):
    """Padded rows of pt, eta, phi, E in MeV, single precision."""
    monkeypatch.setattr(sizes, "EVENTS_AT_ONCE", 8)
    jets = toy_jets(20)
    rows = [np.stack([momenta(jet).pt, momenta(jet).eta, momenta(jet).phi, momenta(jet).E], axis=1) for jet in jets]
    filled = padded(rows, 200) * [1000, 1, 1, 1000]
    arrays = {f"fjet_clus_{name}": filled[..., i].astype("f4") for i, name in enumerate(("pt", "eta", "phi", "E"))}
    path = store(tmp_path / "train.h5", **arrays, labels=np.arange(20) % 2, fjet_pt=np.ones(20))
    summary = convert(path, tmp_path / "ours.h5", columns=ATLAS, unit="MeV", label="top=1,qcd=0")
    assert (summary.format, summary.written) == ("hdf5", 20)
    clouds, particles = native.read(tmp_path / "ours.h5"), momenta(np.concatenate(jets))
    assert clouds.multiplicity.tolist() == [len(jet) for jet in jets]
    np.testing.assert_allclose(clouds.flat("pt"), particles.pt, rtol=1e-6)
    np.testing.assert_allclose(clouds.flat("eta"), particles.eta, rtol=1e-6)
    massive = particles.mass > 0.05 * particles.E  # what single precision can hold
    np.testing.assert_allclose(clouds.flat("mass")[massive], particles.mass[massive], rtol=1e-3)
    assert clouds.labels[:2].tolist() == ["qcd", "top"]
    assert clouds.units["pt"] == "GeV"


def test_groups_records_and_flat_arrays(tmp_path, toy_jets, momenta):
    jets = toy_jets(5)
    flat, cuts = np.concatenate(jets), np.cumsum([0, *(len(jet) for jet in jets)])
    tracks = np.zeros(len(flat), dtype=[("E", "f8"), ("px", "f8"), ("py", "f8"), ("pz", "f8"), ("d0", "f4")])
    for name, values in zip(("E", "px", "py", "pz"), flat.T, strict=True):
        tracks[name] = values
    path = store(tmp_path / "jets.h5", **{"jets/tracks": tracks, "jets/cuts": cuts, "jets/run": np.arange(5)})
    columns = ",".join(f"{name}=jets/tracks.{name}" for name in ("E", "px", "py", "pz"))
    (clouds,) = datasets.FORMAT.read(path, parse(f"{columns},offsets=jets/cuts,run=jets/run"))
    np.testing.assert_allclose(clouds.flat("rapidity"), momenta(flat).rapidity, atol=1e-12)
    assert clouds.multiplicity.tolist() == [len(jet) for jet in jets]
    assert clouds.per_event["run"].tolist() == list(range(5))
    assert detect(path).name == "hdf5"
    with pytest.raises(InputError, match=r"no column 'jets/tracks\.M'; it has jets/tracks\.E, jets/tracks\.px"):
        list(
            datasets.FORMAT.read(path, parse("pt=jets/tracks.M,eta=jets/tracks.E,phi=jets/tracks.E,offsets=jets/cuts"))
        )


@pytest.mark.parametrize("layout", ["fixed", "table"])
@pytest.mark.parametrize("points", [("df/mass", "df/tau21"), ("df/mass", "df/tau21", "df/n")])
def test_tables_of_pandas_become_points(tmp_path, layout, points):
    frame = pd.DataFrame({"mass": [80.0, 90.0, 170.0], "tau21": np.float32([0.5, 0.25, 0.75]), "n": [3, 4, 2**53 + 1]})
    frame.to_hdf(tmp_path / "features.h5", key="df", format=layout)
    convert(tmp_path / "features.h5", tmp_path / "ours.h5", points=points, columns="label=df/n,run=df/n")
    events = native.read(tmp_path / "ours.h5")
    assert events.values[:, :2].tolist() == [[80.0, 0.5], [90.0, 0.25], [170.0, 0.75]]
    assert events.values.shape == (3, len(points))
    assert events.labels.tolist() == ["3", "4", str(2**53 + 1)]
    assert events.per_event["run"].tolist() == [3, 4, 2**53 + 1]
    assert f"the coordinates are {', '.join(points)}" in events.origin


def test_wide_tables_are_families_of_columns(tmp_path, toy_jets, padded, momenta, monkeypatch):
    monkeypatch.setattr(sizes, "EVENTS_AT_ONCE", 3)
    jets = toy_jets(7)
    rows = padded(jets, 12)
    names = [f"{name}_{i}" for i in range(12) for name in ("E", "PX", "PY", "PZ")]
    pd.DataFrame(rows.reshape(7, -1), columns=names).to_hdf(tmp_path / "wide.h5", key="x")
    parts = list(datasets.FORMAT.read(tmp_path / "wide.h5", parse("E=x/E_*,px=x/PX_*,py=x/PY_*,pz=x/PZ_*")))
    assert [len(part) for part in parts] == [3, 3, 1]
    pt = np.concatenate([part.flat("pt") for part in parts])
    np.testing.assert_allclose(pt, momenta(np.concatenate(jets)).pt)
    with pytest.raises(InputError, match=r"there is no column 'x/M_\*'; it has x/E_0, x/PX_0"):
        list(datasets.FORMAT.read(tmp_path / "wide.h5", parse("pt=x/M_*,eta=x/E_*,phi=x/E_*")))


def test_texts_of_variable_length_are_refused(tmp_path):
    path = store(tmp_path / "jets.h5", x=np.ones((2, 3)), kind=np.array(["top", "qcd"], dtype=h5py.string_dtype()))
    with pytest.raises(InputError, match=r"jets\.h5: /kind holds texts or rows of variable length"):
        list(datasets.FORMAT.read(path, parse("pt=x,eta=x,phi=x,label=kind")))


def test_texts_of_fixed_length_are_labels(tmp_path):
    path = store(tmp_path / "jets.h5", x=np.ones((2, 3)), kind=np.array(["é".encode(), b"top"]))
    (clouds,) = datasets.FORMAT.read(path, parse("pt=x,eta=x,phi=x,label=kind"))
    assert clouds.labels.tolist() == ["é", "top"]


def test_a_file_that_claims_more_than_it_holds_is_refused(tmp_path):
    with h5py.File(tmp_path / "jets.h5", "w") as file:
        file.create_dataset("x", shape=(10**9, 30), dtype="f4", chunks=(10, 30))
    with pytest.raises(InputError, match="claims"):
        list(datasets.FORMAT.read(tmp_path / "jets.h5", parse("pt=x,eta=x,phi=x")))
