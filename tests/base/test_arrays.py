"""Kept arrays come back as they were, or are refused with the name of their file."""

from pathlib import Path

import numpy as np
import pytest

from eventspace.base.arrays import load_arrays, save_arrays
from eventspace.base.errors import InputError

ARRAYS = {
    "numbers": np.arange(12.0).reshape(3, 4),
    "one": np.array(7),
    "none": np.empty((0, 5)),
    "text": np.array(["a", "bc"]),
    "flags": np.array([True, False]),
}
HEADER = {"seed": 1, "alpha": [0.1, 0.2]}


def changed(path: Path, **other: np.ndarray) -> None:
    with np.load(path) as saved:
        arrays = {name: saved[name] for name in saved.files}
    np.savez(path, **(arrays | other))


DAMAGES = {
    "cut to nothing": lambda path: path.write_bytes(b""),
    "cut": lambda path: path.write_bytes(path.read_bytes()[:400]),
    "text": lambda path: path.write_text("not a zip file"),
    "another shape": lambda path: changed(path, numbers=np.zeros((4, 3))),
    "that of one number": lambda path: changed(path, numbers=np.zeros(1)),
    "another type": lambda path: changed(path, numbers=np.zeros((3, 4), np.float32)),
    "another value": lambda path: changed(path, one=np.array(8)),
    "one more": lambda path: changed(path, more=np.zeros(3)),
    "no digest": lambda path: np.savez(path, header=np.array('{"alpha": [0.1, 0.2], "seed": 1}'), **ARRAYS),
    "pickle": lambda path: np.savez(path, header=np.array("{}"), digest=np.array(""), x=np.array([{}], dtype=object)),
    "a folder": lambda path: (path.unlink(), path.mkdir()),
}


def test_arrays_come_back(tmp_path: Path) -> None:
    save_arrays(tmp_path / "a.npz", HEADER, ARRAYS)
    found = load_arrays(tmp_path / "a.npz", HEADER)
    assert list(found) == list(ARRAYS)
    for name, values in ARRAYS.items():
        np.testing.assert_array_equal(found[name], values)
        assert found[name].dtype == values.dtype


@pytest.mark.parametrize("damage", DAMAGES)
def test_damage_is_told(tmp_path: Path, damage: str) -> None:
    path = tmp_path / "a.npz"
    save_arrays(path, HEADER, ARRAYS)
    DAMAGES[damage](path)
    with pytest.raises(InputError, match=r"a\.npz: this checkpoint is damaged; delete it and start again"):
        load_arrays(path, HEADER)


def test_arrays_of_another_calculation_are_refused(tmp_path: Path) -> None:
    save_arrays(tmp_path / "a.npz", HEADER, ARRAYS)
    with pytest.raises(InputError, match="another calculation"):
        load_arrays(tmp_path / "a.npz", HEADER | {"seed": 2})
