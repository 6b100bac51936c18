import numpy as np
import pytest

from eventspace.base.errors import InputError
from eventspace.events.formats.assemble import assemble


def test_cartesian_momenta_become_rapidities(toy_jets, momenta):
    jets = toy_jets(5)
    counts, rows = np.array([len(jet) for jet in jets]), np.concatenate(jets)
    columns = dict(zip(("E", "px", "py", "pz"), rows.T, strict=True)) | {"pid": np.full(len(rows), 211.0)}
    clouds = assemble(counts, columns, {"x": np.arange(5.0)})
    assert clouds.multiplicity.tolist() == counts.tolist()
    for name in ("pt", "rapidity", "phi"):
        np.testing.assert_allclose(clouds.flat(name), getattr(momenta(rows), name), atol=1e-12)
    np.testing.assert_allclose(clouds.flat("mass"), momenta(rows).mass, atol=1e-5)
    assert clouds.per_event["x"].tolist() == [0, 1, 2, 3, 4]
    assert clouds.flat("pid").dtype == np.int32


def test_entries_without_energy_or_pt_are_no_particles():
    columns = {"E": [5.0, 0.0, 4.0, 5.0], "px": [3.0, 3.0, 0.0, 3.0], "py": [0.0] * 4, "pz": [0.0, 0.0, 4.0, 0.0]}
    clouds = assemble(np.array([3, 1]), {name: np.array(values) for name, values in columns.items()}, {})
    assert clouds.multiplicity.tolist() == [1, 1]


@pytest.mark.parametrize("name", ["E", "px", "pz"])
@pytest.mark.parametrize("value", [np.nan, np.inf, -np.inf])
def test_numbers_that_are_none_are_found_by_event(name, value):
    columns = {"E": np.full(6, 5.0), "px": np.full(6, 3.0), "py": np.zeros(6), "pz": np.zeros(6)}
    columns[name][3] = value
    with pytest.raises(InputError) as error:
        assemble(np.array([2, 2, 2]), columns, {}).check()
    assert error.value.event == 1


def test_a_negative_energy_is_found_by_event():
    columns = {"E": np.array([5.0, -5.0]), "px": np.full(2, 5.0), "py": np.zeros(2), "pz": np.zeros(2)}
    with pytest.raises(InputError, match="event 1: mass is NaN or infinite, or an energy negative"):
        assemble(np.array([1, 1]), columns, {}).check()
