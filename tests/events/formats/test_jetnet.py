import h5py
import numpy as np
import pytest

from eventspace.base.errors import InputError
from eventspace.events.convert import convert
from eventspace.events.formats.jetnet import read
from eventspace.events.formats.registry import detect


@pytest.fixture
def jets(toy_jets, momenta):
    """particle_features and jet_features of toy jets."""
    rows = toy_jets(25)
    particles, features = np.zeros((25, 30, 4), np.float32), np.zeros((25, 4), np.float32)
    for i, row in enumerate(rows):
        axis, p = momenta(row.sum(axis=0, keepdims=True)), momenta(row)
        particles[i, : len(row)] = np.stack([p.eta - axis.eta, p.deltaphi(axis), p.pt / axis.pt, np.ones(len(row))], 1)
        features[i] = axis.pt[0], axis.eta[0], axis.mass[0], len(row)
    return rows, particles, features


def store(path, particles, features):
    with h5py.File(path, "w") as file:
        file["particle_features"], file["jet_features"] = particles, features


def test_pt_is_in_gev_and_directions_stay_relative(tmp_path, jets, momenta):
    rows, particles, features = jets
    store(tmp_path / "t150.hdf5", particles, features)
    (clouds,) = read(tmp_path / "t150.hdf5")
    assert clouds.multiplicity.tolist() == [len(row) for row in rows]
    np.testing.assert_allclose(clouds.flat("pt"), momenta(np.concatenate(rows)).pt, rtol=1e-5)
    np.testing.assert_array_equal(clouds.flat("eta"), particles[particles[:, :, 3] == 1][:, 0])
    np.testing.assert_array_equal(clouds.flat("phi"), particles[particles[:, :, 3] == 1][:, 1])
    np.testing.assert_array_equal(clouds.per_event["jet_mass"], features[:, 2])
    assert set(clouds.labels) == {"top"}
    assert detect(tmp_path / "t150.hdf5").name == "jetnet"


def test_masked_entries_are_no_particles_whatever_they_hold(tmp_path, jets):
    _, particles, features = jets
    particles[:, 0, 3] = 0
    features[:, 3] -= 1
    store(tmp_path / "mine.h5", particles, features)
    (clouds,) = read(tmp_path / "mine.h5")
    np.testing.assert_array_equal(clouds.multiplicity, features[:, 3])
    assert clouds.labels is None


@pytest.mark.parametrize(
    ("low", "high", "noise"), [(-0.5, 0.5, 0.0), (0.0, 1.0, 0.03), (-0.5, 0.5, 0.03), (0.0, 0.5, 0.0)]
)
def test_masks_of_any_two_values_are_understood(tmp_path, jets, low, high, noise):
    """Normalised, or as a network makes them: the particles are those of the masks 0 and 1."""
    rows, particles, features = jets
    soft = np.abs(np.random.default_rng(1).normal(0, noise, particles.shape[:2])).clip(0, 0.1)
    particles[..., 3] = np.where(particles[..., 3] == 1, high - soft, low + soft)
    store(tmp_path / "t.h5", particles, features)
    (clouds,) = read(tmp_path / "t.h5")
    assert clouds.multiplicity.tolist() == [len(row) for row in rows]


def test_masks_between_two_values_are_refused(tmp_path, jets):
    _, particles, features = jets
    particles[3, 2, 3] = 0.5
    store(tmp_path / "t.h5", particles, features)
    with pytest.raises(InputError, match=r"t\.h5, event 3: a mask is neither near 0 nor near 1; set the masks"):
        convert(tmp_path / "t.h5", tmp_path / "events.h5")
    assert convert(tmp_path / "t.h5", tmp_path / "events.h5", drop_invalid=True).written == 24


def test_masks_that_leave_another_number_of_particles_are_refused(tmp_path, jets):
    _, particles, features = jets
    features[7, 3] += 1
    store(tmp_path / "t.h5", particles, features)
    with pytest.raises(InputError, match="event 7: the masks leave another number of particles than jet_features"):
        convert(tmp_path / "t.h5", tmp_path / "events.h5")


def test_wrong_shapes_are_named(tmp_path, jets):
    _, particles, features = jets
    store(tmp_path / "g.h5", particles[:, :, :3], features)
    with pytest.raises(InputError, match=r"particle_features \(25, 30, 3\)"):
        list(read(tmp_path / "g.h5"))


def test_a_missing_dataset_is_named(tmp_path):
    with h5py.File(tmp_path / "g.h5", "w") as file:
        file["jets"] = np.zeros(3)
    with pytest.raises(InputError, match="jet_features is missing; it has jets"):
        list(read(tmp_path / "g.h5"))


def test_a_file_that_claims_more_than_it_holds_is_refused(tmp_path):
    with h5py.File(tmp_path / "g.h5", "w") as file:
        file.create_dataset("particle_features", shape=(10**12, 30, 4), dtype="f4", chunks=(100, 30, 4))
        file.create_dataset("jet_features", shape=(10**12, 4), dtype="f4", chunks=(100, 4))
    with pytest.raises(InputError, match="claims"):
        list(read(tmp_path / "g.h5"))
