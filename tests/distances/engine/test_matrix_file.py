"""An unfinished matrix that is damaged is refused with the names of its files; a whole one is continued."""

from pathlib import Path

import h5py
import numpy as np
import pytest

import eventspace as es
from eventspace.distances.engine.matrix_file import MatrixFile
from eventspace.distances.engine.pairwise import matrix_to_file
from eventspace.distances.engine.tiles import Tile

METRIC = es.Euclidean()
EVENTS = es.Points(values=np.arange(20.0).reshape(10, 2))


@pytest.fixture
def unfinished(tmp_path: Path) -> Path:
    """The path of a matrix of which one tile is written."""
    path = tmp_path / "d.h5"
    tile = Tile(0, 4, 4, 8, False)
    with pytest.raises(KeyboardInterrupt), MatrixFile(path, METRIC, EVENTS, None, 4) as file:
        file.write(tile, es.matrix(METRIC, EVENTS[0:4], EVENTS[4:8]))
        raise KeyboardInterrupt
    return path


def other_shape(part: Path) -> None:
    with h5py.File(part, "w") as file:
        file["distances"] = np.zeros((2, 2))


def journal(change):
    return lambda path: (lines := path.read_text().splitlines()) and path.write_text("\n".join(change(lines)))


DAMAGES = {
    "journal empty": (".d.h5.journal", lambda path: path.write_text("")),
    "journal no JSON": (".d.h5.journal", lambda path: path.write_text("{")),
    "journal nested": (".d.h5.journal", lambda path: path.write_text("[" * 100_000)),
    "journal no text": (".d.h5.journal", lambda path: path.write_bytes(b"\xff\xfe")),
    "tile of three": (".d.h5.journal", journal(lambda lines: [lines[0], "[0, 1, 2]"])),
    "tile outside": (".d.h5.journal", journal(lambda lines: [lines[0], "[0, 4, 90, 94, false]"])),
    "tile of text": (".d.h5.journal", journal(lambda lines: [lines[0], '["a", 4, 4, 8, false]'])),
    "part empty": (".d.h5.part", lambda path: path.write_bytes(b"")),
    "part cut": (".d.h5.part", lambda path: path.write_bytes(path.read_bytes()[:-100])),
    "part text": (".d.h5.part", lambda path: path.write_text("no HDF5 file")),
    "part of another shape": (".d.h5.part", other_shape),
}


@pytest.mark.parametrize("damage", DAMAGES)
def test_a_damaged_unfinished_matrix_is_refused(unfinished: Path, damage: str) -> None:
    name, change = DAMAGES[damage]
    change(unfinished.with_name(name))
    with pytest.raises(es.InputError, match=r"d\.h5: an unfinished file .* damaged; delete \.d\.h5\.part and \.d"):
        matrix_to_file(METRIC, EVENTS, path=unfinished, block=4)
    assert not unfinished.exists()


def test_a_whole_unfinished_matrix_is_continued(unfinished: Path) -> None:
    matrix_to_file(METRIC, EVENTS, path=unfinished, block=4)
    with h5py.File(unfinished) as file:
        assert np.array_equal(file["distances"][:], es.matrix(METRIC, EVENTS))
