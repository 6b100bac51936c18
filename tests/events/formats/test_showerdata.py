import h5py
import numpy as np
import pytest

from eventspace.base.errors import InputError
from eventspace.events.formats import format as sizes
from eventspace.events.formats.registry import detect
from eventspace.events.formats.showerdata import read


def toy_points(count=6, seed=1, numbers=5):
    """Points of showers: x, y, layer, energy and time; some share a cell."""
    generator = np.random.default_rng(seed)
    showers = []
    for length in generator.integers(3, 200, count):
        points = np.zeros((length, numbers), dtype=np.float32)
        points[:, :2] = generator.normal(0, 15, (length, 2))
        points[:, 2] = generator.integers(0, 30, length)
        points[:, 3] = generator.exponential(1e-3, length)
        points[:, 4:] = generator.exponential(1.0, (length, numbers - 4))
        showers.append(points)
    return showers


def store(path, showers, **other):
    """The schema of showerdata 0.7.0; the values of ``other`` replace datasets, or leave them out where None."""
    count = len(showers)
    datasets = {
        "energies": np.linspace(10, 60, count, dtype=np.float32).reshape(count, 1),
        "directions": np.tile(np.float32([0.6, 0.0, 0.8]), (count, 1)),
        "pdg": np.full(count, 22, dtype=np.int32),
        "shower_ids": np.arange(count, dtype=np.int32),
        "num_points": np.array([len(points) for points in showers], dtype=np.int32),
        "shape": np.array([count, max(len(points) for points in showers), showers[0].shape[1]]),
    } | other
    with h5py.File(path, "w") as file:
        rows = file.create_dataset("showers", (count,), dtype=h5py.vlen_dtype(np.float32))
        for number, points in enumerate(showers):
            rows[number] = points.ravel()
        for name, values in datasets.items():
            if values is not None:
                file[name] = values
        file.attrs["showerdata_version"] = "0.7.0"
    return path


def binned(showers, shape, size):
    """The same grid from numpy's histogram."""
    edges = [(np.arange(cells + 1) - cells / 2) * size for cells in shape[:2]] + [np.arange(shape[2] + 1) - 0.1]
    return np.stack([np.histogramdd(points[:, :3].astype(float), edges, weights=points[:, 3])[0] for points in showers])


@pytest.mark.parametrize("numbers", [4, 5])
@pytest.mark.parametrize(("shape", "size"), [((40, 40, 30), 5.0), ((30, 61, 35), 10.0), ((9, 7, 30), 27.5)])
def test_points_are_added_up_in_cells(tmp_path, numbers, shape, size):
    points = toy_points(numbers=numbers)
    path = store(tmp_path / "photons.h5", points)
    (showers,) = read(path, shape=shape, cell_size=size)
    assert showers.shape == shape
    np.testing.assert_allclose(showers.check().to_dense(), binned(points, shape, size), rtol=1e-6, atol=1e-12)
    np.testing.assert_allclose(showers.per_event["incident_energy"], np.linspace(10, 60, 6))
    assert showers.per_event["pid"].tolist() == [22] * 6
    for axis, value in zip("xyz", (0.6, 0.0, 0.8), strict=True):
        np.testing.assert_allclose(showers.per_event[f"direction_{axis}"], value)
    assert detect(path).name == "showerdata"


def test_the_smallest_grid_holds_all_points(tmp_path, monkeypatch):
    monkeypatch.setattr(sizes, "EVENTS_AT_ONCE", 4)
    points = toy_points()
    parts = list(read(store(tmp_path / "photons.h5", points)))
    assert [len(part) for part in parts] == [4, 2]
    furthest = max(np.abs(shower[:, :2]).max() for shower in points)
    cells = parts[0].shape[0]
    assert parts[0].shape == parts[1].shape == (cells, cells, 30)
    assert cells % 2 == 0
    assert (cells / 2 - 1) * 5 <= furthest < cells / 2 * 5
    dense = np.concatenate([part.to_dense() for part in parts])
    np.testing.assert_allclose(dense, binned(points, parts[0].shape, 5.0), rtol=1e-6, atol=1e-12)
    assert f"{cells} x {cells} x 30 cells, 5 mm wide along x and y" in parts[0].origin


def test_points_on_the_edge_of_a_cell_belong_to_the_next_one(tmp_path):
    points = np.float32([[-5, -5, 0, 1], [0, 0, 1, 2], [5, 4.99, 2, 4]])
    (showers,) = read(store(tmp_path / "points.h5", [points]))
    dense = showers.to_dense()[0]
    assert dense.shape == (4, 4, 3)
    assert (dense[1, 1, 0], dense[2, 2, 1], dense[3, 2, 2], dense.sum()) == (1, 2, 4, 7)


def test_files_that_the_package_writes(tmp_path):
    package = pytest.importorskip("showerdata")
    points = np.zeros((6, 250, 5), dtype=np.float32)
    for row, shower in zip(points, toy_points(), strict=True):
        row[: len(shower)] = shower
    made = package.Showers(points=points, energies=np.linspace(10, 60, 6), pdg=11)
    package.save(made, tmp_path / "electrons.h5")
    assert detect(tmp_path / "electrons.h5").name == "showerdata"
    (showers,) = read(tmp_path / "electrons.h5")
    layers = package.observables.calc_energy_per_layer(made, 30)
    np.testing.assert_allclose(showers.profile("z"), layers, rtol=1e-5, atol=1e-9)
    assert showers.per_event["direction_z"].tolist() == [1.0] * 6

    clustered = package.cluster_module.cluster(made, random_shift=False)
    package.save(clustered, tmp_path / "cells.h5")
    (cells,) = read(tmp_path / "cells.h5")
    assert np.diff(cells.offsets).tolist() == np.count_nonzero(clustered.points[:, :, 3], axis=1).tolist()
    np.testing.assert_array_equal(cells.cell, showers.cell)
    np.testing.assert_allclose(cells.energy, showers.energy, rtol=1e-5)


def test_points_without_energy_only_fill_up(tmp_path):
    points = toy_points()
    padded = [np.vstack([shower, np.float32([[9999, 9999, 99, 0, 0]])]) for shower in points]
    (bare,), (filled,) = read(store(tmp_path / "a.h5", points)), read(store(tmp_path / "b.h5", padded))
    np.testing.assert_array_equal(bare.to_dense(), filled.to_dense())


@pytest.mark.parametrize(
    ("column", "value", "problem"),
    [
        (0, np.nan, "a cell energy is NaN or infinite"),
        (2, np.inf, "a cell energy is NaN or infinite"),
        (3, np.nan, "a cell energy is NaN or infinite"),
        (3, -1e-4, "a cell energy is negative"),
    ],
)
@pytest.mark.parametrize("shape", [None, (100, 100, 30)])
def test_faults_are_those_of_their_shower(tmp_path, column, value, problem, shape):
    points = toy_points()
    points[4][1] = points[4][0]  # in one cell with a good point
    points[4][1, column] = value
    (showers,) = read(store(tmp_path / "photons.h5", points), shape=shape)
    (found,) = showers.problems()
    assert (found.text, found.events) == (problem, (4,))


def test_showers_without_points_are_empty(tmp_path):
    points = toy_points()
    points[2] = points[2][:0]
    (showers,) = read(store(tmp_path / "photons.h5", points))
    assert [(problem.text, problem.events) for problem in showers.problems()] == [("the shower is empty", (2,))]
    (none,) = read(store(tmp_path / "none.h5", [points[2]]))
    assert none.shape == (2, 2, 1)
    assert [problem.text for problem in none.problems()] == ["the shower is empty"]


@pytest.mark.parametrize(
    ("change", "options", "problem"),
    [
        (
            (0, 200.0),
            {"shape": (40, 40, 30)},
            "event 5: the point x = 200 mm, .* is outside the 40 x 40 x 30 cells; give",
        ),
        (
            (2, 30.0),
            {"shape": (400, 400, 30)},
            "event 5: .* layer 30 is outside the 400 x 400 x 30 cells; give a larger",
        ),
        ((2, -1.0), {}, "event 5: .* layer -1 is outside"),
        ((1, 1e9), {}, r"a grid of \d+ x \d+ x 30 cells is impossible; give cells along x and y"),
        ((0, 0.0), {"shape": (0, 40, 30)}, "a grid of 0 x 40 x 30 cells is impossible"),
        ((0, 0.0), {"cell_size": -5.0}, "cells of -5 mm are impossible; .*--cell-size 5"),
        ((0, 0.0), {"cell_size": np.nan}, "cells of nan mm are impossible"),
    ],
)
def test_points_that_do_not_fit_are_named(tmp_path, change, options, problem, monkeypatch):
    monkeypatch.setattr(sizes, "EVENTS_AT_ONCE", 4)
    points = toy_points()
    points[5][1, change[0]] = change[1]
    path = store(tmp_path / "photons.h5", points)
    with pytest.raises(InputError, match=problem):
        list(read(path, **options))


def test_a_broken_row_is_named_by_its_event(tmp_path):
    path = store(tmp_path / "photons.h5", toy_points())
    with h5py.File(path, "r+") as file:
        file["showers"][3] = np.arange(12.0)
    with pytest.raises(InputError, match=r"photons\.h5, event 3: 12 numbers are not 5 for each point"):
        list(read(path))


@pytest.mark.parametrize(
    ("other", "problem"),
    [
        ({"shape": None}, "showers, shape or energies is missing; it has directions, energies"),
        ({"shape": np.array([6, 200, 3])}, "shape does not say that points have four or five numbers"),
        ({"shape": np.array([6, 200])}, "shape does not say"),
        ({"shape": np.array([6.0, 200.0, 5.0])}, "shape does not say"),
        ({"energies": np.ones((5, 1))}, r"energies holds float64 of shape \(5, 1\) for 6 showers"),
        ({"pdg": None}, "pdg is missing; it has directions"),
        ({"directions": None}, r"directions is missing or not \(6, 3\)"),
        ({"directions": np.ones((6, 2))}, r"directions is missing or not \(6, 3\)"),
    ],
)
def test_what_does_not_fit_is_named(tmp_path, other, problem):
    with pytest.raises(InputError, match=rf"photons\.h5: {problem}"):
        list(read(store(tmp_path / "photons.h5", toy_points(), **other)))


def test_the_wrong_type_is_named(tmp_path):
    path = store(tmp_path / "photons.h5", toy_points())
    with h5py.File(path, "r+") as file:
        del file["showers"]
        file["showers"] = np.ones((6, 20))
    with pytest.raises(InputError, match=r"showers holds float64 of shape \(6, 20\), not rows of numbers"):
        list(read(path))
