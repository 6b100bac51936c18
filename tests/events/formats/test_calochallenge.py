import h5py
import numpy as np
import pytest

from eventspace.base.errors import InputError
from eventspace.events.formats import format as sizes
from eventspace.events.formats.calochallenge import read
from eventspace.events.formats.registry import detect


def store(path, showers, incident=None):
    with h5py.File(path, "w") as file:
        file.create_dataset("showers", data=showers, compression="gzip")
        file["incident_energies"] = np.full((len(showers), 1), 2000.0) if incident is None else incident
    return path


def number(layer, angle, radius, angles, radii):
    """The place of a cell in a shower, as the homepage describes it: radii first, then angles, then layers."""
    return (layer * angles + angle) * radii + radius


@pytest.mark.parametrize(("radii", "angles", "layers"), [(9, 16, 45), (18, 50, 45)])
def test_every_cell_comes_to_its_radius_angle_and_layer(tmp_path, radii, angles, layers):
    showers = np.zeros((3, radii * angles * layers), dtype=np.float32)
    cells = [(0, 0, 1), (0, 1, 0), (1, 0, 0), (layers - 1, angles - 1, radii - 1), (7, 3, 5)]
    for energy, (layer, angle, radius) in enumerate(cells, start=1):
        showers[1, number(layer, angle, radius, angles, radii)] = 1000.0 * energy
    showers[[0, 2], 0] = 500.0
    path = store(tmp_path / "dataset.hdf5", showers, np.array([[1000.0], [2000.0], [4000.0]]))
    (events,) = read(path)
    assert events.shape == (radii, angles, layers)
    dense = events.to_dense()
    for energy, (layer, angle, radius) in enumerate(cells, start=1):
        assert dense[1, radius, angle, layer] == pytest.approx(energy)
    np.testing.assert_allclose(events.total_energy, [0.5, 15.0, 0.5], rtol=1e-6)
    np.testing.assert_allclose(events.per_event["incident_energy"], [1.0, 2.0, 4.0])
    assert events.units == {"energy": "GeV", "incident_energy": "GeV"}
    assert f"x is the radius ({radii}), y the angle ({angles}), z the layer ({layers})" in events.origin
    assert detect(path).name == "calochallenge"


def test_energies_of_layers_and_rings(tmp_path):
    """The sums that the evaluation of the challenge makes from slices of the flat showers."""
    showers = np.random.default_rng(1).exponential(1.0, (4, 6480))
    (events,) = read(store(tmp_path / "dataset.hdf5", showers))
    layers = np.stack([showers[:, 144 * layer : 144 * (layer + 1)].sum(axis=1) for layer in range(45)], axis=1)
    rings = np.stack([showers[:, radius::9].sum(axis=1) for radius in range(9)], axis=1)
    np.testing.assert_allclose(events.profile("z"), layers / 1000)
    np.testing.assert_allclose(events.profile("x"), rings / 1000)


def test_any_grid(tmp_path, monkeypatch):
    monkeypatch.setattr(sizes, "EVENTS_AT_ONCE", 2)
    showers = np.arange(1.0, 121.0).reshape(5, 24)
    parts = list(read(store(tmp_path / "mine.h5", showers), shape=(2, 3, 4)))
    assert [len(part) for part in parts] == [2, 2, 1]
    dense = np.concatenate([part.to_dense() for part in parts])
    np.testing.assert_allclose(dense.transpose(0, 3, 2, 1).reshape(5, 24), showers / 1000)


@pytest.mark.parametrize(("cells", "particle"), [(368, "photons"), (533, "pions")])
def test_dataset_1_is_refused(tmp_path, cells, particle):
    path = store(tmp_path / "dataset_1.hdf5", np.ones((2, cells)))
    assert detect(path).name == "calochallenge"
    with pytest.raises(
        InputError, match=rf"dataset_1\.hdf5: {cells} cells are those of dataset 1 \({particle}\).*grid"
    ):
        list(read(path))


@pytest.mark.parametrize(
    ("shape", "problem"),
    [
        (None, "24 cells are neither the 6480 nor the 40500 of dataset 2 or 3; give radii, angles, layers: --shape"),
        ((2, 3, 5), "2 x 3 x 5 cells are not the 24 of a shower; give radii, angles, layers: --shape"),
        ((6, 4), "a grid of 6 x 4 cells is impossible; give radii"),
        ((-2, -3, 4), "a grid of -2 x -3 x 4 cells is impossible"),
    ],
)
def test_a_wrong_grid_is_named(tmp_path, shape, problem):
    with pytest.raises(InputError, match=rf"mine\.h5: {problem}"):
        list(read(store(tmp_path / "mine.h5", np.ones((2, 24))), shape=shape))


@pytest.mark.parametrize(
    ("showers", "incident", "problem"),
    [
        (np.ones((2, 45, 16, 9)), np.ones((2, 1)), r"showers holds float64 of shape \(2, 45, 16, 9\)"),
        (np.full((2, 6480), b"no"), np.ones((2, 1)), r"showers holds \|S2"),
        (np.ones((2, 6480)), np.ones((3, 1)), r"incident_energies holds float64 of shape \(3, 1\) for 2 showers"),
        (np.ones((2, 6480)), np.full((2, 1), b"no"), r"incident_energies holds \|S2"),
    ],
)
def test_what_does_not_fit_is_named(tmp_path, showers, incident, problem):
    with pytest.raises(InputError, match=rf"mine\.h5: {problem}"):
        list(read(store(tmp_path / "mine.h5", showers, incident)))


def test_a_missing_dataset_is_named(tmp_path):
    with h5py.File(tmp_path / "mine.h5", "w") as file:
        file["showers"] = np.ones((2, 6480))
    with pytest.raises(InputError, match="showers or incident_energies is missing; it has showers"):
        list(read(tmp_path / "mine.h5"))


def test_a_file_that_claims_more_than_it_holds_is_refused(tmp_path):
    with h5py.File(tmp_path / "mine.h5", "w") as file:
        file.create_dataset("showers", shape=(10**9, 6480), dtype="f4", chunks=(10, 6480))
        file.create_dataset("incident_energies", shape=(10**9, 1), dtype="f4", chunks=(10, 1))
    with pytest.raises(InputError, match="claims"):
        list(read(tmp_path / "mine.h5"))
