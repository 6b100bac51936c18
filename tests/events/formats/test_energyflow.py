import numpy as np
import pytest

from eventspace.base.errors import InputError
from eventspace.events import native
from eventspace.events.convert import convert
from eventspace.events.formats import energyflow
from eventspace.events.formats import format as sizes
from eventspace.events.formats.energyflow import read
from eventspace.events.formats.registry import detect
from eventspace.events.kinematics import about_axis


@pytest.fixture
def jets(toy_jets, momenta, padded):
    """Toy jets of massless particles, as rows of momenta and as X."""
    rows = [np.column_stack([np.linalg.norm(jet[:, 1:], axis=1), jet[:, 1:]]) for jet in toy_jets(21)]
    pids = [np.where(np.arange(len(row)) % 2, 22, -211) for row in rows]
    columns = [
        np.column_stack([momenta(row).pt, momenta(row).rapidity, momenta(row).phi % (2 * np.pi), pid])
        for row, pid in zip(rows, pids, strict=True)
    ]
    return rows, padded(columns, 15), np.concatenate(pids)


@pytest.mark.parametrize("save", [np.savez, np.savez_compressed])
@pytest.mark.parametrize("order", ["C", "F"])
def test_jets_are_relative_to_their_axes(tmp_path, jets, check_relative, save, order):
    rows, values, pids = jets
    save(tmp_path / "QG_jets.npz", X=np.asarray(values, order=order), y=np.arange(21.0) % 2)
    (clouds,) = read(tmp_path / "QG_jets.npz")
    check_relative(clouds, rows)
    assert clouds.flat("pid").tolist() == pids.tolist()
    assert clouds.labels[:2].tolist() == ["gluon", "quark"]
    assert detect(tmp_path / "QG_jets.npz").name == "energyflow"


def test_chunks_join_without_a_seam(tmp_path, jets, check_relative, monkeypatch):
    rows, values, _ = jets
    np.savez_compressed(tmp_path / "QG_jets.npz", X=values, y=np.arange(21.0) % 2)
    monkeypatch.setattr(sizes, "EVENTS_AT_ONCE", 8)
    parts = list(read(tmp_path / "QG_jets.npz"))
    assert [len(part) for part in parts] == [8, 8, 5]
    check_relative(parts[2], rows[16:])
    assert parts[1].labels[0] == "gluon"


def test_python_objects_are_never_loaded(tmp_path):
    np.savez(tmp_path / "QG_jets.npz", X=np.array([[1], [1, 2]], dtype=object), y=np.zeros(2))
    with pytest.raises(InputError, match="'X' holds Python objects, which are not read"):
        list(read(tmp_path / "QG_jets.npz"))


def test_wrong_shapes_are_named(tmp_path):
    np.savez(tmp_path / "QG_jets.npz", X=np.zeros((2, 3, 5)), y=np.zeros(2))
    with pytest.raises(InputError, match=r"X \(2, 3, 5\) and y \(2,\) are not"):
        list(read(tmp_path / "QG_jets.npz"))


def test_a_truncated_archive_is_an_input_error(tmp_path, jets):
    path = tmp_path / "QG_jets.npz"
    np.savez(path, X=jets[1], y=np.zeros(21))
    path.write_bytes(path.read_bytes()[:3000])
    with pytest.raises(InputError, match="not a whole npz archive"):
        list(read(path))
    with pytest.raises(InputError, match="not a whole npz archive"):
        detect(path)


def test_a_flipped_bit_is_an_input_error(tmp_path, jets):
    path = tmp_path / "QG_jets.npz"
    np.savez(path, X=jets[1], y=np.zeros(21))
    data = bytearray(path.read_bytes())
    data[2000] ^= 1
    path.write_bytes(data)
    with pytest.raises(InputError, match=r"QG_jets\.npz: the file is damaged \(Bad CRC"):
        list(read(path))


def four_momenta(values):
    """The same array with E, px, py, pz in place of pt, rapidity, phi and identifier."""
    pt, rapidity, phi = np.moveaxis(values[..., :3], -1, 0)
    return np.stack([pt * np.cosh(rapidity), pt * np.cos(phi), pt * np.sin(phi), pt * np.sinh(rapidity)], axis=-1)


FOREIGN = {
    "not a PDG identifier": four_momenta,
    "not a PDG identifier; if X": lambda values: np.concatenate(
        [values[..., :3], 0 * values[..., 3:] + 0.13957], axis=-1
    ),
    "not a PDG identifier; if": lambda values: values * (1, 1, 1, 0),
    "beyond any detector": lambda values: values * (1, 50, 1, 1),
    "phi of a particle": lambda values: values * (1, 1, 180 / np.pi, 1),
}


@pytest.mark.parametrize("problem", FOREIGN)
def test_other_arrays_of_this_shape_are_not_taken_for_these_jets(tmp_path, jets, problem):
    path = tmp_path / "jets.npz"
    np.savez(path, X=FOREIGN[problem](jets[1]), y=np.arange(21) % 2)
    assert detect(path).name == "npz"
    with pytest.raises(InputError, match="needs a column map; for example --columns E=X:0,px=X:1,py=X:2,pz=X:3"):
        convert(path, tmp_path / "events.h5")
    with pytest.raises(InputError, match=f"{problem}.*--format npz --columns E=X:0"):
        convert(path, tmp_path / "events.h5", format="energyflow")


def test_negative_pt_is_none_of_these_jets(tmp_path, jets):
    np.savez(tmp_path / "jets.npz", X=jets[1] * (-1, 1, 1, 1), y=np.arange(21) % 2)
    assert detect(tmp_path / "jets.npz").name == "npz"


def test_four_momenta_are_read_by_their_columns(tmp_path, jets, check_relative):
    rows, values, _ = jets
    np.savez(tmp_path / "jets.npz", X=four_momenta(values), y=np.arange(21) % 2)
    convert(tmp_path / "jets.npz", tmp_path / "jets.h5", columns="E=X:0,px=X:1,py=X:2,pz=X:3,label=y")
    clouds = native.read(tmp_path / "jets.h5")
    check_relative(about_axis(clouds), rows)
    assert clouds.labels[:2].tolist() == ["0", "1"]


def test_what_comes_late_in_the_file_is_checked_too(tmp_path, jets, monkeypatch):
    """Recognition looks at the first jets only; the reader looks at all."""
    values = jets[1].copy()
    values[17, 0, 3] = 0.5
    np.savez(tmp_path / "jets.npz", X=values, y=np.arange(21) % 2)
    monkeypatch.setattr(energyflow, "_PEEK", 5)
    monkeypatch.setattr(sizes, "EVENTS_AT_ONCE", 8)
    assert detect(tmp_path / "jets.npz").name == "energyflow"
    with pytest.raises(InputError, match="event 17: the fourth number of a particle is not a PDG identifier"):
        convert.__wrapped__(tmp_path / "jets.npz", tmp_path / "events.h5")  # here, where the patches are
    assert convert.__wrapped__(tmp_path / "jets.npz", tmp_path / "events.h5", drop_invalid=True).written == 20
