import h5py
import numpy as np
import pytest

from eventspace.base.errors import InputError
from eventspace.events.formats import format as sizes
from eventspace.events.formats.registry import detect
from eventspace.events.formats.threedgan import read


def toy_cells(count=5, shape=(7, 6, 4), seed=1):
    """Showers with a tenth of the cells filled, at least one each."""
    generator = np.random.default_rng(seed)
    cells = generator.exponential(1.0, (count, *shape)) * (generator.random((count, *shape)) < 0.1)
    cells[:, 3, 3, 1] = 2.0
    return cells.astype(np.float32)


def store(path, **datasets):
    with h5py.File(path, "w") as file:
        for name, values in datasets.items():
            file[name] = values
    return path


@pytest.fixture
def variable(tmp_path):
    """A file with variable angles, as a function that replaces some of its datasets."""

    def make(**other):
        angles = {"theta": np.linspace(1.1, 2.0, 5), "eta": np.linspace(-1.0, 1.0, 5)}
        return store(
            tmp_path / "electrons.h5",
            **{"ECAL": toy_cells(), "energy": np.arange(100.0, 600.0, 100.0), **angles, **other},
        )

    return make


def test_variable_angles(variable):
    path = variable()
    (showers,) = read(path)
    assert showers.shape == (7, 6, 4)
    np.testing.assert_allclose(showers.to_dense(), toy_cells() / 50, rtol=1e-6)
    assert showers.per_event["incident_energy"].tolist() == [100, 200, 300, 400, 500]
    np.testing.assert_array_equal(showers.per_event["theta"], np.linspace(1.1, 2.0, 5))
    np.testing.assert_array_equal(showers.per_event["eta"], np.linspace(-1.0, 1.0, 5))
    assert showers.units == {"energy": "GeV", "incident_energy": "GeV", "theta": "rad"}
    assert showers.origin == "one unit of the cells taken as 0.02 GeV"
    assert detect(path).name == "3dgan"


@pytest.mark.parametrize("target_shape", [(5, 5), (5, 1, 2)])
def test_a_fixed_angle(tmp_path, target_shape):
    target = np.zeros(target_shape)
    target[..., 0], target[..., 1] = 11, 150 + np.arange(5).reshape(-1, *[1] * (len(target_shape) - 2))
    path = store(tmp_path / "electrons.h5", ECAL=toy_cells(), target=target, HCAL=np.ones((5, 2, 2, 2)))
    (showers,) = read(path)
    np.testing.assert_array_equal(showers.to_dense(), toy_cells())
    assert showers.per_event["incident_energy"].tolist() == [150, 151, 152, 153, 154]
    assert set(showers.per_event) == {"incident_energy"}
    assert showers.units == {"energy": "GeV", "incident_energy": "GeV"}
    assert detect(path).name == "3dgan"


@pytest.mark.parametrize(("unit", "gev"), [("GeV", 1), ("MeV", 1e-3), ("keV", 1e-6), (0.5, 0.5)])
def test_the_unit_of_the_cells_is_given(variable, unit, gev):
    (showers,) = read(variable(), cell_unit=unit)
    np.testing.assert_allclose(showers.to_dense(), toy_cells() * gev, rtol=1e-6)
    assert showers.origin.endswith(f" {gev:g} GeV")


@pytest.mark.parametrize("unit", ["J", 0, -1.0, np.nan, np.inf])
def test_a_unit_that_is_none(variable, unit):
    with pytest.raises(InputError, match=r"is not the unit of an energy; choose from GeV, MeV, keV.*--cell-unit 0\.02"):
        list(read(variable(), cell_unit=unit))


@pytest.mark.parametrize("shape", [(51, 51, 25), (25, 25, 25), (1, 2, 3), (3, 1, 2)])
@pytest.mark.parametrize("axes", ["xyz", "xyz1", "1xyz"])
def test_any_grid_with_or_without_an_axis_of_colours(tmp_path, shape, axes):
    cells = np.zeros((2, *shape), dtype=np.float32)
    cells[0, 0, 1 % shape[1], 2 % shape[2]], cells[1, -1, -1, -1] = 3.0, 4.0
    stored = {"xyz": cells, "xyz1": cells[..., None], "1xyz": cells[:, None]}[axes]
    (showers,) = read(store(tmp_path / "showers.h5", ECAL=stored, energy=np.ones((2, 1))), cell_unit="GeV")
    assert showers.shape == shape
    np.testing.assert_array_equal(showers.to_dense(), cells)


@pytest.mark.parametrize("kind", [np.float16, np.float64, np.uint8, np.int32])
def test_other_types_of_numbers(variable, kind):
    cells = (4 * toy_cells()).astype(kind)
    (showers,) = read(variable(ECAL=cells), cell_unit=0.3)
    np.testing.assert_allclose(showers.to_dense(), cells.astype(np.float64) * 0.3, rtol=1e-6)


def test_it_is_read_in_parts(variable, monkeypatch):
    (whole,) = read(variable())
    monkeypatch.setattr(sizes, "EVENTS_AT_ONCE", 2)
    parts = list(read(variable()))
    assert [len(part) for part in parts] == [2, 2, 1]
    np.testing.assert_array_equal(np.concatenate([part.to_dense() for part in parts]), whole.to_dense())
    np.testing.assert_array_equal(np.concatenate([part.per_event["theta"] for part in parts]), whole.per_event["theta"])


@pytest.mark.parametrize(
    ("other", "problem"),
    [
        ({"ECAL": np.ones((5, 3, 3))}, r"ECAL holds float64 of shape \(5, 3, 3\), not numbers \(N, x, y, z\)"),
        ({"ECAL": np.ones((5, 3, 3, 2, 2))}, r"ECAL holds float64 of shape \(5, 3, 3, 2, 2\)"),
        ({"ECAL": np.full((5, 2, 2, 2), b"no")}, r"ECAL holds \|S2"),
        ({"ECAL": np.ones((5, 0, 2, 2))}, "a grid of 0 x 2 x 2 cells is impossible"),
        ({"energy": np.ones(4)}, r"energy holds float64 of shape \(4,\) for 5 showers"),
        ({"energy": np.ones((5, 2))}, r"energy holds float64 of shape \(5, 2\) for 5 showers"),
        ({"theta": np.full(5, b"no")}, r"theta holds \|S2"),
    ],
)
def test_what_does_not_fit_is_named(variable, other, problem):
    with pytest.raises(InputError, match=rf"electrons\.h5: {problem}"):
        list(read(variable(**other)))


@pytest.mark.parametrize("shape", [(5,), (5, 1), (4, 2), (5, 3, 2)])
def test_a_wrong_target_is_named(tmp_path, shape):
    path = store(tmp_path / "electrons.h5", ECAL=toy_cells(), target=np.ones(shape))
    with pytest.raises(InputError, match=r"electrons\.h5: target has the shape \(.*\), not \(5, 2 or more\)"):
        list(read(path))


@pytest.mark.parametrize("names", [("ECAL",), ("energy",), ()])
def test_missing_datasets_are_named(tmp_path, names):
    path = store(tmp_path / "showers.h5", **dict.fromkeys(names, np.ones((5, 1, 1, 1))))
    with pytest.raises(InputError, match=f"ECAL, energy or target is missing; it has {''.join(names) or 'nothing'}"):
        list(read(path))


def test_a_file_that_claims_more_than_it_holds_is_refused(tmp_path):
    with h5py.File(tmp_path / "showers.h5", "w") as file:
        file.create_dataset("ECAL", shape=(10**9, 51, 51, 25), dtype="f4", chunks=(1, 51, 51, 25))
        file.create_dataset("energy", shape=(10**9,), dtype="f4", chunks=(100,))
    with pytest.raises(InputError, match="claims"):
        list(read(tmp_path / "showers.h5"))
