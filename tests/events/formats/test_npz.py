import zipfile

import numpy as np
import pytest

from eventspace.base.errors import InputError
from eventspace.events.formats import format as sizes
from eventspace.events.formats.columns import parse
from eventspace.events.formats.npz import FORMAT
from eventspace.events.formats.registry import detect

read = FORMAT.read
PADDED = parse("pt=PT,rapidity=Y,phi=PHI,label=kind")
FLAT = parse("E=e,px=x,py=y,pz=z,offsets=cuts,jet_charge=q")


@pytest.mark.parametrize("order", ["C", "F"])
def test_padded_arrays(tmp_path, toy_jets, momenta, padded, monkeypatch, order):
    jets = toy_jets(20)
    columns = [np.column_stack([momenta(jet).pt, momenta(jet).rapidity, momenta(jet).phi]) for jet in jets]
    rows = padded(columns, 16)
    arrays = {name: np.asarray(rows[:, :, i], order=order) for i, name in enumerate(("PT", "Y", "PHI"))}
    np.savez(tmp_path / "jets.npz", **arrays, kind=np.array(["qcd", "top"] * 10))
    monkeypatch.setattr(sizes, "EVENTS_AT_ONCE", 9)
    parts = list(read(tmp_path / "jets.npz", PADDED))
    assert [len(part) for part in parts] == [9, 9, 2]
    for i, name in enumerate(("pt", "rapidity", "phi")):
        np.testing.assert_array_equal(
            np.concatenate([part.flat(name) for part in parts]), np.concatenate(columns)[:, i]
        )
    assert parts[2].labels.tolist() == ["qcd", "top"]
    assert detect(tmp_path / "jets.npz").name == "npz"


def test_flat_arrays_cut_by_offsets(tmp_path, toy_jets, momenta, monkeypatch):
    jets = toy_jets(20)
    columns = dict(zip("exyz", np.concatenate(jets).T, strict=True))
    cuts = np.cumsum([0, *(len(jet) for jet in jets)])
    np.savez_compressed(tmp_path / "jets.npz", **columns, cuts=cuts, q=np.arange(20))
    monkeypatch.setattr(sizes, "EVENTS_AT_ONCE", 9)
    parts = list(read(tmp_path / "jets.npz", FLAT))
    assert [len(part) for part in parts] == [9, 9, 2]
    rapidity = np.concatenate([part.flat("rapidity") for part in parts])
    np.testing.assert_allclose(rapidity, momenta(np.concatenate(jets)).rapidity, atol=1e-12)
    assert np.concatenate([part.multiplicity for part in parts]).tolist() == [len(jet) for jet in jets]
    assert parts[1].per_event["jet_charge"].tolist() == list(range(9, 18))


def good():
    return {name: np.ones((3, 2)) for name in ("PT", "Y", "PHI")} | {"kind": np.array(["a", "b", "c"])}


@pytest.mark.parametrize(
    ("change", "problem"),
    [
        ({"Y": np.ones((3, 4))}, "event 0: Y has 4 particles where another column has 2"),
        ({"PT": np.ones(3)}, "PT holds one value an event, not one a particle"),
        ({"PT": np.ones((3, 2, 4))}, "PT has 4 values a particle; say which: PT:0 to PT:3"),
        ({"PT": np.float64(3)}, "'PT' is a single value"),
        ({"kind": np.array(["a"])}, r"kind has the shape \(1,\) for 3 events"),
        ({"PHI": np.full((3, 2), "a")}, "PHI holds text"),
        ({"PHI": np.ones((3, 2), dtype=complex)}, "'PHI' holds complex128"),
        ({"kind": np.array([None, 1, "b"], dtype=object)}, "'kind' holds Python objects"),
    ],
)
def test_arrays_that_do_not_fit_are_named(tmp_path, change, problem):
    np.savez(tmp_path / "jets.npz", **{**good(), **change})
    with pytest.raises(InputError, match=problem):
        list(read(tmp_path / "jets.npz", PADDED))


@pytest.mark.parametrize("cuts", [[0, 2, 5], [0, 3, 2, 4], [1, 2, 4], [0.0, 4.0], [[0, 4]], []])
def test_offsets_that_do_not_fit_are_refused(tmp_path, cuts):
    np.savez(tmp_path / "jets.npz", **dict.fromkeys("exyz", np.ones(4)), cuts=np.array(cuts))
    with pytest.raises(InputError, match="offsets"):
        list(read(tmp_path / "jets.npz", parse("E=e,px=x,py=y,pz=z,offsets=cuts")))


def test_a_missing_array_lists_those_of_the_file(tmp_path):
    np.savez(tmp_path / "jets.npz", PT=np.ones((2, 2)))
    with pytest.raises(InputError, match="there is no column 'Y'; it has PT"):
        list(read(tmp_path / "jets.npz", PADDED))


def test_a_header_that_claims_more_than_the_file_holds_is_refused(tmp_path):
    np.savez(tmp_path / "jets.npz", **good())
    with zipfile.ZipFile(tmp_path / "jets.npz") as old, zipfile.ZipFile(tmp_path / "huge.npz", "w") as new:
        for name in old.namelist():
            new.writestr(name, old.read(name).replace(b"(3, 2), }          ", b"(3, 2000000000), } "))
    with pytest.raises(InputError, match="does not fit its bytes"):
        list(read(tmp_path / "huge.npz", PADDED))
