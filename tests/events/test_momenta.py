"""Four-momenta against the package vector and arithmetic in more digits."""

import itertools

import mpmath
import numpy as np
import pytest
import vector

from eventspace.base.errors import InputError
from eventspace.events.momenta import cylindrical, from_coordinates

PLANES = (("px", "py"), ("x", "y"), ("pt", "phi"), ("rho", "phi"))
ALONG = ("pz", "z", "eta", "theta")
TEMPORAL = ("E", "e", "energy", "t", "mass", "m", "M", "tau")


def test_cylindrical_is_that_of_vector(toy_jets, momenta):
    rows = np.concatenate(toy_jets(50))
    columns = cylindrical(*rows.T)
    for name in ("pt", "rapidity", "phi"):
        np.testing.assert_allclose(columns[name], getattr(momenta(rows), name), atol=1e-10)
    np.testing.assert_allclose(columns["mass"] ** 2, momenta(rows).mass2, atol=1e-9)


def test_forward_particles_keep_their_rapidity():
    """For a massless particle the rapidity is asinh(pz / pt), far beyond where E - pz cancels to zero."""
    pt, pz = 1e-3, 7e6
    assert np.hypot(pt, pz) == pz
    assert cylindrical(pz, pt, 0.0, pz)["rapidity"] == pytest.approx(np.log(2 * pz / pt), rel=1e-12)


def test_spacelike_momenta_are_massless_and_negative_energies_none():
    columns = cylindrical([3.0 - 1e-9, -5.0], [3.0, 3.0], [0.0, 0.0], [0.0, 0.0])
    assert columns["mass"][0] == 0
    assert np.isnan(columns["mass"][1])


@pytest.mark.parametrize(("plane", "along", "temporal"), [*itertools.product(PLANES, ALONG, TEMPORAL)])
def test_all_coordinates_give_the_same_particles(toy_jets, momenta, plane, along, temporal):
    vectors = momenta(np.concatenate(toy_jets(5)))
    columns = from_coordinates({name: getattr(vectors, name) for name in (*plane, along, temporal)})
    for name in ("pt", "rapidity", "phi"):
        np.testing.assert_allclose(columns[name], getattr(vectors, name), atol=1e-9, err_msg=name)
    np.testing.assert_allclose(columns["mass"], np.maximum(vectors.mass, 0), atol=1e-4)


def test_without_energy_and_mass_there_is_no_rapidity():
    columns = from_coordinates({"px": 3.0, "py": 4.0, "pz": 5.0})
    assert set(columns) == {"pt", "eta", "phi"}
    assert columns["eta"] == pytest.approx(vector.obj(px=3.0, py=4.0, pz=5.0).eta)


def test_single_precision_is_computed_in_double():
    """Of the same single-precision numbers, mpmath and this make the same rapidity."""
    eta = np.array([2.0, 4.7, 6.0, 8.0])
    pt, pz, energy = (2 * values.astype(np.float32) for values in (np.ones(4), np.sinh(eta), np.cosh(eta)))
    found = from_coordinates({"px": pt, "py": 0 * pt, "pz": pz, "E": energy})["rapidity"]
    for value, t, z, e in zip(found, pt.tolist(), pz.tolist(), energy.tolist(), strict=True):
        transverse = mpmath.sqrt(max(mpmath.mpf(e) ** 2 - mpmath.mpf(z) ** 2, mpmath.mpf(t) ** 2))
        assert value == pytest.approx(float(mpmath.asinh(z / transverse)), rel=1e-9)


@pytest.mark.parametrize("names", [(), ("pt", "phi"), ("px", "pz", "E"), ("pt", "eta", "mass")])
def test_fields_that_are_no_momenta_are_refused(names):
    with pytest.raises(InputError, match="do not describe particles"):
        from_coordinates(dict.fromkeys(names, 1.0))
