import h5py
import numpy as np
import pytest

from eventspace.base.errors import InputError
from eventspace.events.formats.registry import detect
from eventspace.events.formats.vae_jets import read


def store(path, jets):
    """The leading jets, each with a second jet that must not be read."""
    with h5py.File(path, "w") as file:
        group = file.create_group("objects/jets")
        constituents = group.create_dataset("constituents", (len(jets), 2), dtype=h5py.vlen_dtype(np.float64))
        group["obs"] = np.zeros((len(jets), 2, 7))
        for number, jet in enumerate(jets):
            constituents[number, 0] = np.column_stack([jet, np.full(len(jet), 7.0)]).ravel()
            constituents[number, 1] = np.arange(5.0)


def test_leading_jets_are_relative_to_their_axes(tmp_path, toy_jets, check_relative):
    jets = toy_jets(12)
    store(tmp_path / "top.h5", jets)
    (clouds,) = read(tmp_path / "top.h5")
    check_relative(clouds, jets)
    assert detect(tmp_path / "top.h5").name == "vae-jets"


def test_a_broken_particle_is_named_by_its_event(tmp_path, toy_jets):
    store(tmp_path / "top.h5", toy_jets(4))
    with h5py.File(tmp_path / "top.h5", "r+") as file:
        file["objects/jets/constituents"][2, 0] = np.arange(7.0)
    with pytest.raises(InputError, match=r"top\.h5, event 2: 7 numbers are not five for each particle"):
        list(read(tmp_path / "top.h5"))


def test_the_wrong_type_is_named(tmp_path):
    with h5py.File(tmp_path / "top.h5", "w") as file:
        file["objects/jets/constituents"] = np.zeros((3, 2))
    with pytest.raises(InputError, match="not rows of numbers"):
        list(read(tmp_path / "top.h5"))


def test_a_missing_dataset_is_named(tmp_path):
    with h5py.File(tmp_path / "top.h5", "w") as file:
        file["objects/leptons"] = np.zeros((3, 2))
    with pytest.raises(InputError, match="objects/jets/constituents is missing; it has objects"):
        list(read(tmp_path / "top.h5"))
