"""Cross-sections of ZHH, and unweighted events that follow the matrix element."""

from itertools import islice

import numpy as np
import pytest
from numpy.random import default_rng

from eventspace.events.simulate.electron_positron import matrix_element
from eventspace.events.simulate.electron_positron.amplitude import dot, squared_amplitudes
from eventspace.events.simulate.electron_positron.constants import Z_MASS
from eventspace.events.simulate.electron_positron.matrix_element import HardEvents, Setting, cross_section, hard_events
from eventspace.events.simulate.electron_positron.phase_space import random_momenta


@pytest.mark.parametrize(
    ("kappa", "femtobarn"),
    [(0.0, 0.079), (1.0, 0.148), (2.0, 0.246)],
)
def test_cross_sections_at_500_gev(kappa, femtobarn):
    """To the last digit of the numbers of the literature at this order, half a unit of it and four errors."""
    found = cross_section(Setting(kappa=kappa), points=60_000, seed=3)
    assert found.error < 0.004 * found.value
    assert abs(found.value - femtobarn) < 0.0005 + 4 * found.error


def test_left_handed_electrons_give_more():
    """The ratio of the two polarisations is that of the squared couplings, 1.68 at sin^2 theta = 0.2312."""
    left, right = (cross_section(Setting(electron_polarisation=p, positron_polarisation=-p), 20_000) for p in (-1, 1))
    assert left.value / right.value == pytest.approx((0.5 - 0.2312) ** 2 / 0.2312**2, rel=0.15)
    both = cross_section(Setting(), 20_000)
    assert left.value + right.value == pytest.approx(4 * both.value, rel=1e-9)


def test_there_is_none_below_threshold_and_less_far_above():
    values = [cross_section(Setting(energy=e), 20_000).value for e in (350.0, 580.0, 2000.0)]
    assert values[0] < 0.1 * values[1]
    assert values[2] < values[1]


@pytest.fixture(scope="module")
def events():
    parts = list(islice(hard_events(Setting(), seed=1, block=0), 60))
    columns = ("flavour", "quark", "antiquark", "higgs_1", "higgs_2")
    return HardEvents(*(np.concatenate([getattr(part, name) for part in parts]) for name in columns))


@pytest.fixture(scope="module")
def weighted():
    momenta, volume = random_momenta(default_rng(7), 100_000, 500.0)
    return momenta, squared_amplitudes(momenta) * volume[:, None]


def observables(quark, antiquark, higgs_1, higgs_2):
    """Masses of the Z and of the Higgs pair, angle and energy of the Z, and the angle of the quark in its frame."""
    z, pair = quark + antiquark, higgs_1 + higgs_2
    mass = np.sqrt(dot(z, z))
    momentum = np.linalg.norm(z[:, 1:], axis=1)
    # In the frame of the Z, along its flight: E_q = (gamma / 2) m (1 + beta cos theta*).
    decay = (2 * quark[:, 0] - z[:, 0]) / momentum
    return {
        "z mass": np.abs(mass - Z_MASS),
        "pair mass": np.sqrt(dot(pair, pair)),
        "z angle": (z[:, 3] / momentum) ** 2,
        "decay angle": decay**2,
        "higgs energy": higgs_1[:, 0],
    }


def test_unweighted_events_follow_the_weights(events, weighted):
    momenta, weights = weighted
    total = weights.sum(axis=1)
    expected = observables(momenta.quark, momenta.antiquark, momenta.higgs_1, momenta.higgs_2)
    found = observables(events.quark, events.antiquark, events.higgs_1, events.higgs_2)
    assert len(events) > 5000
    for name, values in found.items():
        mean = np.average(expected[name], weights=total)
        error = np.hypot(values.std() / np.sqrt(len(values)), expected[name].std() / np.sqrt(len(total) * 0.35))
        assert abs(values.mean() - mean) < 4 * error, name
    fractions = np.bincount(events.flavour, minlength=6)[1:] / len(events)
    np.testing.assert_allclose(fractions, weights.sum(axis=0) / weights.sum(), atol=4 * np.sqrt(0.2 / len(events)))


def test_the_spin_of_the_z_is_seen_in_its_decay(events):
    """Isotropic decays have <cos^2> = 1/3, transverse Z 2/5 and longitudinal ones 1/5."""
    cos2 = observables(events.quark, events.antiquark, events.higgs_1, events.higgs_2)["decay angle"]
    assert cos2.max() <= 1 + 1e-9
    assert cos2.mean() < 1 / 3 - 4 * cos2.std() / np.sqrt(len(cos2))
    assert cos2.mean() > 0.2


def test_hardly_any_weight_is_above_the_largest(weighted):
    _, weights = weighted
    identical_flux = 0.5 * 0.3893793721e12 / (2 * 500.0**2)
    total = weights.sum(axis=1) * identical_flux
    excess = np.maximum(total - cross_section(Setting()).largest, 0).sum() / total.sum()
    assert excess < 1e-4


def test_little_lies_below_the_least_z_mass(weighted, monkeypatch):
    monkeypatch.setattr("eventspace.events.simulate.electron_positron.phase_space.LEAST_Z_MASS", 1.0)
    momenta, volume = random_momenta(default_rng(8), 100_000, 500.0)
    weights = (squared_amplitudes(momenta) * volume[:, None]).sum(axis=1)
    z = momenta.quark + momenta.antiquark
    below = weights[dot(z, z) < 20.0**2].sum() / weights.sum()
    assert below < 2e-3


def test_the_stream_depends_on_seed_and_block_alone(events):
    again = next(hard_events(Setting(), seed=1, block=0))
    np.testing.assert_array_equal(again.quark, events.quark[: len(again)])
    for other in (hard_events(Setting(), seed=2, block=0), hard_events(Setting(), seed=1, block=1)):
        assert not np.isin(next(other).quark[:, 0], events.quark[:, 0]).any()


def test_the_largest_weight_is_that_of_a_fixed_seed():
    assert matrix_element.cross_section(Setting()) is matrix_element.cross_section(Setting())
