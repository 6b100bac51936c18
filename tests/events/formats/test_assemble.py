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


@pytest.mark.parametrize(("unit", "factor"), [("GeV", 1.0), ("MeV", 1000.0), ("TeV", 1e-3)])
@pytest.mark.parametrize("energies", [("pt", "mass"), ("E", "px", "py", "pz"), ("pt", "E")])
def test_energies_in_any_unit_become_gev(toy_jets, momenta, unit, factor, energies):
    particles = momenta(np.concatenate(toy_jets(3)))
    names = {"E", "px", "py", "pz"} if "px" in energies else {*energies, "eta", "phi"}
    columns = {name: getattr(particles, name) * (factor if name in energies else 1.0) for name in names}
    jet_pt = np.array([100.0]) * factor
    clouds = assemble(np.array([len(particles)]), columns, {"jet_pt": jet_pt, "x": np.ones(1)}, unit=unit)
    np.testing.assert_allclose(clouds.flat("pt"), particles.pt, rtol=1e-12)
    np.testing.assert_allclose(clouds.flat("mass"), particles.mass, atol=2e-5)
    np.testing.assert_allclose(clouds.per_event["jet_pt"], [100.0], rtol=1e-15)
    assert clouds.per_event["x"].tolist() == [1.0]
    assert clouds.units["jet_pt"] == clouds.units["pt"] == "GeV"


def test_units_are_taken_off_in_double_precision():
    """3 MeV are the double 0.003, whatever the file stores."""
    columns = {"pt": np.float32([3.0, 7.0]), "eta": np.zeros(2, np.float32), "phi": np.zeros(2, np.float32)}
    assert assemble(np.array([2]), columns, {}, unit="MeV").flat("pt").tolist() == [0.003, 0.007]


@pytest.mark.parametrize("coordinate", ["eta", "rapidity"])
def test_the_mass_follows_from_the_energy(toy_jets, momenta, coordinate):
    particles = momenta(np.concatenate(toy_jets(3)))
    columns = {name: getattr(particles, name) for name in ("pt", "phi", "E", coordinate)}
    clouds = assemble(np.array([len(particles)]), columns, {})
    np.testing.assert_allclose(clouds.flat("mass"), particles.mass, atol=2e-5)
    assert clouds.coordinate == coordinate
    columns["E"] = columns["E"] / 1000
    with pytest.raises(InputError, match=r"event 4: E is below the momentum that the other columns give; check what"):
        assemble(np.array([len(particles)]), columns, {}, start=4)


def test_an_unknown_unit_lists_the_known_ones():
    with pytest.raises(InputError, match="there is no unit 'eV'; choose from GeV, MeV, TeV"):
        assemble(np.array([1]), dict.fromkeys(("pt", "eta", "phi"), np.ones(1)), {}, unit="eV")
