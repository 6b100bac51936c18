"""Files appear whole or not at all, and errors say where and what to do."""

import pickle
from pathlib import Path

import pytest

from eventspace.base.errors import InputError, MissingExtraError
from eventspace.base.files import atomic, sha256
from eventspace.base.provenance import environment, input_record


def test_interrupted_write_leaves_the_old_file_and_nothing_else(tmp_path: Path) -> None:
    path = tmp_path / "a.txt"
    path.write_text("old")
    with pytest.raises(KeyboardInterrupt), atomic(path) as temporary:
        temporary.write_text("half")
        raise KeyboardInterrupt
    assert path.read_text() == "old"
    assert list(tmp_path.iterdir()) == [path]


@pytest.mark.parametrize("place", ["missing/a.txt", "."])
def test_place_that_cannot_be_written_is_told(tmp_path: Path, place: str) -> None:
    with pytest.raises(InputError, match="folder"), atomic(tmp_path / place):
        pytest.fail("the block must not be entered")


def test_digest_is_that_of_the_standard_example(tmp_path: Path) -> None:
    path = tmp_path / "abc"
    path.write_bytes(b"abc")
    assert sha256(path) == "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"
    assert input_record([path]) == [{"file": "abc", "sha256": sha256(path)}]


def test_error_names_file_event_and_remedy() -> None:
    error = InputError("pt is negative", file="a.h5", event=3, remedy="remove it")
    assert str(error) == "a.h5, event 3: pt is negative; remove it"
    assert isinstance(error, ValueError)


def test_missing_extra_names_the_command() -> None:
    error = MissingExtraError("distributed", "dask", "a cluster")
    assert "pip install 'eventspace[dask]'" in str(error)
    assert str(pickle.loads(pickle.dumps(error))) == str(error), "it must come back from another process"


def test_environment_names_versions_and_hardware() -> None:
    found = environment()
    assert {"eventspace", "python", "numpy"} <= set(found["versions"])
    assert found["hardware"]["cores"] >= 1
