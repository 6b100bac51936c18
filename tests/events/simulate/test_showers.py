"""The physics of simulated showers. The full comparison with Geant4 is benchmarks/validation/showers_geant4.py."""

import numpy as np
import pytest

from eventspace.events.simulate import simulate
from eventspace.events.simulate.calorimeter import CALORIMETER
from eventspace.events.simulate.parameterised import ShowerModel

N = 400
DEPTH = ShowerModel(CALORIMETER).depth
WEIGHT = np.array(CALORIMETER.tungsten) / 2.4


def made(n=N, seed=7, **options):
    (part,) = simulate("showers", n, seed=seed, processes=1, **options)
    return part.check()


@pytest.fixture(scope="module")
def electrons():
    return {energy: made(energy=energy) for energy in (2.0, 10.0, 100.0, 500.0)}


def response(showers):
    """The energy seen, each layer weighted with its tungsten."""
    return showers.profile("z") @ WEIGHT


def depth(showers):
    """The centre of gravity of each shower, radiation lengths."""
    return showers.profile("z") @ (WEIGHT * DEPTH) / response(showers)


def error(values):
    return np.std(values) / np.sqrt(len(values))


def test_showers_carry_energy_label_units_seed_and_origin():
    sample = made(n=5, energy=20, energy_max=30, particle="e+")
    assert (sample.shape, sample.seed, set(sample.labels)) == ((51, 51, 25), 7, {"e+"})
    assert sample.units == {"energy": "GeV", "incident_energy": "GeV"}
    energies = sample.per_event["incident_energy"]
    assert len(set(energies)) == 5
    assert 20 <= energies.min() < energies.max() <= 30
    for said in ("showers:", "Grindhammer", "51x51x25", "17 x 2.4 mm W", "energy_max=30.0", "particle=e+"):
        assert said in sample.origin


def test_the_stack_is_23_radiation_lengths_deep():
    assert DEPTH[-1] == pytest.approx(79.2 / 3.504 + 12.0 / 93.7, rel=2e-3)
    assert CALORIMETER.width == pytest.approx(260.1)
    layers = sum(CALORIMETER.tungsten) + 25 * (CALORIMETER.silicon + CALORIMETER.gap)
    assert layers == pytest.approx(CALORIMETER.depth)


def test_depth_grows_with_the_logarithm_of_the_energy(electrons):
    """The paper's <t> = T + 1/beta gains one radiation length for each factor e, and the shape's growth adds a bit."""
    means = [depth(showers).mean() for showers in electrons.values()]
    growth = np.diff(means) / np.diff(np.log(list(electrons)))
    assert ((growth > 0.9) & (growth < 1.2)).all()


def test_response_is_linear_until_the_back_leaks(electrons):
    per_gev = [response(showers).mean() / energy for energy, showers in electrons.items()]
    assert per_gev[:3] == pytest.approx([per_gev[1]] * 3, rel=0.03)
    assert 0.93 < per_gev[3] / per_gev[1] < 1.0


@pytest.mark.parametrize(("energy", "least", "most"), [(2.0, 0.12, 0.16), (10.0, 0.058, 0.074), (100.0, 0.02, 0.03)])
def test_resolution_is_that_of_a_sampling_calorimeter(electrons, energy, least, most):
    """Around 21% / sqrt(E) in Geant4: 0.150, 0.065 and 0.024 at these energies."""
    assert least < response(electrons[energy]).std() / response(electrons[energy]).mean() < most


def test_photons_shower_later_by_less_than_their_conversion_length(electrons):
    photons = depth(made(energy=100.0, particle="gamma"))
    later = photons.mean() - depth(electrons[100.0]).mean()
    assert 0.4 < later < 9 / 7
    assert photons.std() > depth(electrons[100.0]).std()


def test_positrons_shower_as_electrons(electrons):
    positrons = made(energy=10.0, particle="e+")
    assert np.array_equal(positrons.energy, electrons[10.0].energy)


def test_showers_are_round_and_centred(electrons):
    for showers in electrons.values():
        x, y = showers.profile("x"), showers.profile("y")
        for values in (x - x[:, ::-1], x - y):
            far = np.abs(values.mean(axis=0)) / np.maximum(values.std(axis=0) / np.sqrt(N), 1e-12)
            assert far[20:31].max() < 4.5


def test_most_of_a_shower_lies_in_few_pads(electrons):
    """Geant4 has 72% in the 3x3 pads in the middle and 92% in the 9x9."""
    for showers in electrons.values():
        pads = showers.to_dense().sum(axis=(0, 3))
        inner, outer = (pads[25 - k : 26 + k, 25 - k : 26 + k].sum() / pads.sum() for k in (1, 4))
        assert inner == pytest.approx(0.72, abs=0.03)
        assert outer == pytest.approx(0.92, abs=0.015)


def test_cells_are_as_many_as_in_geant4(electrons):
    """Above 0.1 MeV and above 1 MeV."""
    counted = {
        energy: tuple((showers.energy > cut).sum() / N for cut in (1e-4, 1e-3)) for energy, showers in electrons.items()
    }
    expected = {2.0: (66, 11.9), 10.0: (213, 49), 100.0: (939, 271), 500.0: (2302, 787)}
    for energy, numbers in expected.items():
        assert counted[energy] == pytest.approx(numbers, rel=0.08)


@pytest.mark.parametrize(("energy", "spread"), [(10.0, 0.016), (100.0, 0.0055)])
def test_what_lies_far_out_fluctuates_as_in_geant4(electrons, energy, spread):
    """The share beyond 40 mm; spots that do not follow one another would give it two thirds of that."""
    pads = electrons[energy].to_dense().sum(axis=3)
    steps = CALORIMETER.pad * (np.arange(51) - 25)
    far = pads[:, np.hypot(steps[:, None], steps) > 40].sum(axis=1) / electrons[energy].total_energy
    assert far.mean() == pytest.approx(0.041, rel=0.1)
    assert far.std() == pytest.approx(spread, rel=0.2)


def test_some_electrons_shower_late(electrons):
    """A tail to late showers; the skewness of the depth is around 0.9 in Geant4."""
    for showers in electrons.values():
        depths = depth(showers)
        assert 0.3 < ((depths - depths.mean()) ** 3).mean() / depths.std() ** 3 < 1.8


def test_particles_enter_all_over_the_pad_in_the_middle(electrons):
    steps = CALORIMETER.pad * (np.arange(51) - 25)
    central = electrons[100.0].profile("x") @ steps / electrons[100.0].total_energy
    assert abs(central.mean()) < 4.5 * error(central)
    # Uniform over the pad: 5.1 / sqrt(12) mm, which the pads' own width shrinks.
    assert 0.7 < central.std() < 5.1 / np.sqrt(12) + 0.2


def test_the_model_reads_no_numbers_but_its_generators():
    model = ShowerModel(CALORIMETER)
    first = model.shower(np.random.default_rng(3), 5.0, photon=True, x=1.0, y=-1.0)
    np.random.default_rng(9).random(10)
    model.shower(np.random.default_rng(4), 50.0, photon=False, x=0.0, y=0.0)
    second = model.shower(np.random.default_rng(3), 5.0, photon=True, x=1.0, y=-1.0)
    assert all(np.array_equal(a, b) for a, b in zip(first, second, strict=True))
