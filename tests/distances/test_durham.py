"""The Durham distance against FastJet, against closed forms, and at angles where 1 - cos has no digits left."""

from decimal import Decimal, localcontext

import numpy as np
import pytest

import eventspace as es
from eventspace.events.simulate.clustering import load_fastjet


def particles(n, seed=0, mass=0.0):
    """Four-momenta E, px, py, pz in all directions."""
    rng = np.random.default_rng(seed)
    momentum = rng.normal(size=(n, 3)) * rng.exponential(10, size=(n, 1))
    return np.column_stack([np.sqrt((momentum**2).sum(axis=1) + mass**2), momentum])


def durham(values, visible_energy):
    return es.matrix(es.Durham(visible_energy=visible_energy), es.Points(values=np.asarray(values, dtype=float)))


def clusters(events):
    """FastJet's history of events of four-momenta."""
    import awkward as ak

    fastjet = load_fastjet()
    columns = dict(zip(("E", "px", "py", "pz"), np.moveaxis(events, 2, 0), strict=True))
    momenta = ak.zip({name: ak.from_regular(column) for name, column in columns.items()}, with_name="Momentum4D")
    return fastjet.ClusterSequence(momenta, fastjet.JetDefinition0Param(fastjet.ee_kt_algorithm))


@pytest.mark.parametrize("mass", [0.0, 3.0])
def test_two_particles_merge_at_their_distance_in_fastjet(mass):
    pairs = particles(100, mass=mass).reshape(50, 2, 4)
    ours = [durham(pair, 20.0)[0, 1] for pair in pairs]
    np.testing.assert_allclose(ours, np.asarray(clusters(pairs).exclusive_dmerge(1)) / 20.0**2, rtol=1e-12)


def test_merging_the_nearest_is_the_durham_algorithm():
    event = particles(15, seed=3)
    visible_energy = event[:, 0].sum()
    history = clusters(event[None])
    for jets in range(len(event) - 1, 0, -1):
        d = durham(event, visible_energy)
        pairs = np.triu_indices(len(event), 1)
        nearest = int(np.argmin(d[pairs]))
        assert d[pairs][nearest] == pytest.approx(float(history.exclusive_ymerge(jets)[0]), rel=1e-12)
        i, j = pairs[0][nearest], pairs[1][nearest]
        event = np.vstack([np.delete(event, [i, j], axis=0), event[i] + event[j]])


def test_closed_forms():
    x, y, z = np.eye(3)
    event = np.array([[10, *10 * x], [20, *20 * y], [30, *-30 * x], [5, *3 * z]])
    expected = (
        2
        * np.minimum(event[:, :1], event[:, 0]) ** 2
        * (1 - np.array([[1, 0, -1, 0], [0, 1, 0, 0], [-1, 0, 1, 0], [0, 0, 0, 1]]))
    )
    np.testing.assert_allclose(durham(event, 65.0), expected / 65.0**2, rtol=1e-15)
    back_to_back = np.array([[7, *7 * z], [7, *-7 * z]])
    assert durham(back_to_back, 14.0)[0, 1] == 1.0


@pytest.mark.parametrize("angle", [1e-3, 1e-6, 1e-9, 1e-12])
def test_small_angles_keep_their_digits(angle):
    """Against sixty digits; the difference 1 - cos has none left below an angle of 1e-8."""
    momenta = [(3.0, 0.0, 4.0), (3.0 + 5 * angle, 0.0, 4.0 - 2 * angle)]
    with localcontext() as context:
        context.prec = 60
        a, b = ([Decimal(value) for value in momentum] for momentum in momenta)
        product = sum(x * y for x, y in zip(a, b, strict=True))
        norms = (sum(x * x for x in a) * sum(x * x for x in b)).sqrt()
        expected = float(2 * (1 - product / norms) / 4)
    ours = durham([[1.0, *momentum] for momentum in momenta], 2.0)[0, 1]
    assert ours == pytest.approx(expected, rel=max(1e-14, 1e-15 / angle))


@pytest.mark.parametrize("scale", [1e-200, 1e-3, 1e200])
def test_only_shares_and_directions_matter(scale):
    event = particles(12, seed=4)
    d = durham(event, event[:, 0].sum())
    np.testing.assert_allclose(durham(scale * event, scale * event[:, 0].sum()), d, rtol=1e-13)
    turned = event.copy()
    turned[:, 1:] = event[:, 1:] @ np.linalg.qr(np.random.default_rng(1).normal(size=(3, 3)))[0]
    np.testing.assert_allclose(durham(turned, event[:, 0].sum()), d, rtol=1e-9, atol=1e-15)
    assert ((d >= 0) & (d <= 1)).all()


def test_it_is_no_metric():
    """A soft particle is close to both of two hard ones that are far from each other."""
    d = durham([[10, 10, 0, 0], [0.1, 0, 0.1, 0], [10, -10, 0, 0]], 20.1)
    assert d[0, 2] > d[0, 1] + d[1, 2]
    assert not es.Durham(visible_energy=1).is_metric
    assert es.Durham(visible_energy=1).unit == ""


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: es.Durham(visible_energy=0), "visible energy is 0; give a positive number"),
        (lambda: es.Durham(visible_energy=np.nan), "visible energy is nan"),
        (lambda: durham([[1.0, 0.0, 0.0]], 1), "points; give points with the coordinates E, px, py, pz"),
        (lambda: durham([[1.0, 1, 0, 0], [-1.0, 1, 0, 0]], 1), "event 1: the energy is negative"),
        (lambda: durham([[1.0, 1, 0, 0], [1.0, 0, 0, 0]], 1), "event 1: the momentum has no direction"),
        (lambda: durham([[1.0, 1, 0, np.inf]], 1), "event 0: a coordinate is NaN or infinite"),
        (
            lambda: es.matrix(es.Durham(visible_energy=1), es.ParticleClouds.from_lists([[(1.0, 0.0, 0.0)]])),
            "not defined for these particles",
        ),
    ],
)
def test_wrong_input_ends_with_one_message(call, message):
    with pytest.raises(es.InputError, match=message):
        call()
