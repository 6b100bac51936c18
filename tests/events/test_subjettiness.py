"""N-subjettiness: prongs that can be counted by eye, kt written out in plain Python, and what must not change it."""

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import eventspace as es
from eventspace.events.subjettiness import subjettiness

THREE = [(5.0, 0.0, 0.0), (3.0, 0.6, 0.1), (2.0, -0.2, 0.7)]


def clouds_of(*events, coordinate="rapidity"):
    return es.ParticleClouds.from_lists([np.asarray(event, float) for event in events], coordinate=coordinate)


def random_event(seed, particles):
    rng = np.random.default_rng(seed)
    pt = rng.exponential(size=particles) ** 2 + 1e-3
    return np.column_stack([pt, rng.normal(0.3, 0.4, particles), rng.normal(3.0, 0.4, particles)])


def apart(a, b):
    turn = abs(a[1] - b[1]) % (2 * math.pi)
    return math.hypot(a[0] - b[0], min(turn, 2 * math.pi - turn))


def place(momentum):
    """Rapidity and phi of px, py, pz, E."""
    px, py, pz, energy = momentum
    return 0.5 * math.log((energy + pz) / (energy - pz)), math.atan2(py, px)


def slow_axes(event, axes):
    """Exclusive kt without a beam: the two nearest become one, until as many are left as axes."""
    jets = [(pt * math.cos(p), pt * math.sin(p), pt * math.sinh(y), pt * math.cosh(y)) for pt, y, p in event]
    while len(jets) > axes:
        pairs = [(i, j) for i in range(len(jets)) for j in range(i)]

        def scale(pair):
            a, b = jets[pair[0]], jets[pair[1]]
            return min(a[0] ** 2 + a[1] ** 2, b[0] ** 2 + b[1] ** 2) * apart(place(a), place(b)) ** 2

        i, j = min(pairs, key=scale)
        jets[j] = tuple(a + b for a, b in zip(jets[i], jets[j], strict=True))
        del jets[i]
    return [place(jet) for jet in jets]


def slow_subjettiness(event, axes, R=1.0, beta=1.0):
    places = slow_axes(event, axes)
    near = sum(pt * min(apart((y, p), axis) for axis in places) ** beta for pt, y, p in event)
    return near / (sum(pt for pt, _, _ in event) * R**beta)


@pytest.mark.slow
@given(st.lists(st.tuples(st.integers(0, 1 << 30), st.integers(1, 12)), min_size=1, max_size=6), st.integers(1, 4))
def test_kt_written_out_in_python(events, axes):
    events = [random_event(seed, particles) for seed, particles in events]
    expected = [slow_subjettiness(event.tolist(), axes, 0.8, 1.5) for event in events]
    found = subjettiness(clouds_of(*events), axes, R=0.8, beta=1.5)
    np.testing.assert_allclose(found, expected, rtol=1e-9, atol=1e-12)


def test_one_axis_of_two_particles():
    """Equal pt at the same rapidity: the axis lies in the middle."""
    jets = clouds_of([(1.0, 0.0, 0.1), (1.0, 0.0, 0.5)])
    assert subjettiness(jets, 1) == pytest.approx(0.2)
    assert subjettiness(jets, 1, beta=2) == pytest.approx(0.04)
    assert subjettiness(jets, 1, R=0.4) == pytest.approx(0.5)
    assert subjettiness(jets, 1, R=0.4, beta=2) == pytest.approx(0.25)


@pytest.mark.parametrize("prongs", [2, 3])
def test_prongs_of_collinear_particles(prongs):
    """As many axes as directions: nothing is left; one axis fewer: the softest prong is merged and something is."""
    split = [(share * pt, y, phi) for pt, y, phi in THREE[:prongs] for share in (0.2, 0.5, 0.3)]
    assert subjettiness(clouds_of(split), prongs)[0] == pytest.approx(0, abs=1e-7)
    assert subjettiness(clouds_of(split), prongs - 1)[0] > 0.05


def test_prongs_with_a_width_leave_their_width():
    """Pairs about two axes at the distance of 0.01 each, far apart."""
    event = [(2.0, 0.0, 0.01), (2.0, 0.0, -0.01), (1.0, 1.0, 0.51), (1.0, 1.0, 0.49)]
    assert subjettiness(clouds_of(event), 2) == pytest.approx(0.01, rel=1e-3)


def test_fewer_particles_than_axes_among_others():
    """FastJet fails on such a batch as a whole."""
    events = [THREE[:1], random_event(1, 9), THREE[:2], THREE, random_event(2, 7)]
    for axes in (1, 2, 3, 4, 8, 20):
        found = subjettiness(clouds_of(*events), axes)
        assert found.shape == (5,)
        assert found.dtype == np.float64
        for value, event in zip(found, events, strict=True):
            assert value == subjettiness(clouds_of(event), axes)[0]
            assert (value == 0) == (len(event) <= axes)


def test_no_events_and_slices():
    jets = clouds_of(*(random_event(seed, 8) for seed in range(5)))
    assert subjettiness(jets[:0], 2).shape == (0,)
    np.testing.assert_array_equal(subjettiness(jets[2:4], 2), subjettiness(jets, 2)[2:4])


@pytest.mark.parametrize("axes", [1, 2, 3])
def test_what_must_not_matter(qcd_jets, axes):
    jets = qcd_jets[:60]
    expected = subjettiness(jets, axes)
    assert (expected > 0).all()
    assert (expected < 1).all()
    pt, rapidity, phi = (jets.flat(name).astype(float) for name in ("pt", "rapidity", "phi"))
    rng = np.random.default_rng(1)
    event = np.repeat(np.arange(len(jets)), jets.multiplicity)
    shuffled = np.lexsort((rng.random(len(pt)), event))
    far = rng.uniform(-4, 4, len(jets))[event]
    around = rng.uniform(-7, 7, len(jets))[event]
    fractions = pt / jets.total_pt[event]
    for name, columns in {
        "order": {"pt": pt[shuffled], "rapidity": rapidity[shuffled], "phi": phi[shuffled]},
        "rapidity": {"pt": pt, "rapidity": rapidity + far, "phi": phi},
        "phi": {"pt": pt, "rapidity": rapidity, "phi": phi + around},
        "mirror": {"pt": pt, "rapidity": -rapidity, "phi": -phi},
        "fractions": {"pt": fractions, "rapidity": rapidity, "phi": phi},
        "tiny": {"pt": 1e-150 * pt, "rapidity": rapidity, "phi": phi},
        "huge": {"pt": 1e150 * pt, "rapidity": rapidity, "phi": phi},
        "eta": {"pt": pt, "eta": rapidity, "phi": phi},
    }.items():
        moved = es.ParticleClouds.from_flat(jets.multiplicity, columns)
        np.testing.assert_allclose(subjettiness(moved, axes), expected, rtol=1e-7, err_msg=name)


def test_a_turn_in_the_plane_of_rapidity_and_phi():
    """Sums of four-momenta turn along only in a narrow jet, where the plane is that of the momenta."""
    event = random_event(3, 10)
    centre = event[:, 1:].mean(axis=0)
    narrow, turn = 1e-3 * (event[:, 1:] - centre), np.array([[0.6, 0.8], [-0.8, 0.6]])
    before, after = (np.column_stack([event[:, 0], centre + offset]) for offset in (narrow, narrow @ turn))
    np.testing.assert_allclose(subjettiness(clouds_of(before), 2), subjettiness(clouds_of(after), 2), rtol=1e-5)


@pytest.mark.parametrize("axes", [1, 2, 3])
def test_collinear_and_infrared_safe(axes):
    events = [random_event(seed, 8) for seed in range(20)]
    expected = subjettiness(clouds_of(*events), axes)
    split = [np.vstack([event, event[seed % 8]]) for seed, event in enumerate(events)]
    for seed, event in enumerate(split):
        z = np.random.default_rng(seed).uniform(0.05, 0.95)
        event[seed % 8, 0] *= 1 - z
        event[8, 0] *= z
    soft = [np.vstack([event, [1e-12, 0.5, 3.2]]) for event in events]
    np.testing.assert_allclose(subjettiness(clouds_of(*split), axes), expected, rtol=1e-7)
    np.testing.assert_allclose(subjettiness(clouds_of(*soft), axes), expected, rtol=1e-7)


def test_many_axes_of_many_particles_leave_little(qcd_jets):
    """Not for one axis more, since kt axes are not at the minimum, but from one to ten."""
    assert (subjettiness(qcd_jets, 10) < subjettiness(qcd_jets, 1)).all()


def test_particles_across_the_seam_of_phi():
    across, away = ([(1.0, 0.0, centre - 0.2), (2.0, 0.0, centre + 0.2), (1.0, 0.3, centre)] for centre in (math.pi, 1))
    np.testing.assert_allclose(subjettiness(clouds_of(across), 1), subjettiness(clouds_of(away), 1), rtol=1e-9)


@pytest.mark.parametrize("axes", [0, -1, 1.5, True, "2"])
def test_axes_are_counted(axes):
    with pytest.raises(es.InputError, match="number of axes"):
        subjettiness(clouds_of(THREE), axes)


@pytest.mark.parametrize("option", ["R", "beta"])
@pytest.mark.parametrize("value", [0.0, -1.0, math.inf, math.nan])
def test_options_are_positive(option, value):
    with pytest.raises(es.InputError, match=rf"{option} is .*; write a positive number"):
        subjettiness(clouds_of(THREE), 1, **{option: value})


def test_bad_events_are_named():
    columns = {"pt": [1.0, np.nan], "rapidity": [0.0, 0.0], "phi": [0.0, 0.0]}
    with pytest.raises(es.InputError, match="event 1: pt is NaN"):
        subjettiness(es.ParticleClouds.from_flat([1, 1], columns), 1)
    with pytest.raises(es.InputError, match="event 1: a particle lies more than 10 in rapidity from the mean"):
        subjettiness(clouds_of(THREE, [(1.0, 0.0, 0.0), (1.0, 900.0, 0.0), (1.0, 0.0, 0.1)]), 1)
