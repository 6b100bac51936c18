import numpy as np
import pytest

import eventspace as es
from eventspace.models.colouring.maps import CHANNELS, angles, energy_maps, pixels_of


@pytest.fixture(scope="module")
def zhh() -> es.Collisions:
    return next(es.simulate("zhh", 5, seed=1, processes=1))


def test_the_energy_is_that_of_the_particles_in_the_pixel(zhh: es.Collisions) -> None:
    cos_theta, phi = angles(zhh)
    found = energy_maps(zhh, ["fraction"], cos_theta_bins=32, phi_bins=16)
    for i, (start, stop) in enumerate(zip(zhh.offsets[:-1], zhh.offsets[1:], strict=True)):
        here = slice(start, stop)
        weights = 20 * zhh.flat("E")[here] / zhh.visible_energy[i]
        expected = np.histogram2d(cos_theta[here], phi[here], (32, 16), [(-1, 1), (-np.pi, np.pi)], weights=weights)[0]
        np.testing.assert_allclose(found[i, 0], expected, rtol=1e-5, atol=1e-6)


def test_a_map_does_not_depend_on_other_events(zhh: es.Collisions) -> None:
    channels = list(CHANNELS)
    np.testing.assert_array_equal(energy_maps(zhh, channels)[2:4], energy_maps(zhh[2:4], channels))


def test_means_are_weighted_with_energy() -> None:
    columns = {"px": [3.0, 1.0], "py": [0.1, 0.1], "pz": [0.0, 0.0], "E": [3.1, 1.1], "charge": [1, -1]}
    found = energy_maps(es.Collisions.from_flat([2], columns), ["charge"], cos_theta_bins=1, phi_bins=1)
    assert found.item() == pytest.approx((3.1 - 1.1) / 4.2)


def test_the_ends_of_the_ranges_have_pixels() -> None:
    ends = np.array([-1.0, 1.0])
    assert pixels_of(ends, np.array([-np.pi, np.pi]), (4, 8)).tolist() == [0, 24]


def test_what_cannot_be_drawn_is_refused(zhh: es.Collisions) -> None:
    plain = es.Collisions.from_flat([1], {"px": [1.0], "py": [0.0], "pz": [0.0], "E": [1.0]})
    with pytest.raises(es.InputError, match="no column charge"):
        energy_maps(plain, ["charge"])
    with pytest.raises(es.InputError, match="no channel 'colour'"):
        energy_maps(zhh, ["colour"])
    with pytest.raises(es.InputError, match="1 or more of each"):
        energy_maps(zhh, phi_bins=0)
