import numpy as np
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from eventspace.base.errors import InputError
from eventspace.events.particles import ParticleClouds
from eventspace.events.preprocess import centre, flip, pixelate, preprocess, rotate

seeds = st.integers(0, 2**32 - 1)
angles = st.floats(-7, 7)


def jets_of(seed, count=5):
    """Jets of three to thirty particles around an axis, longer than they are wide."""
    generator = np.random.default_rng(seed)
    sizes = generator.integers(3, 30, count)
    pt = generator.exponential(10, sizes.sum()) + 0.1
    spread = generator.normal(0, 1, (sizes.sum(), 2)) * (0.1, 0.3)
    return ParticleClouds.from_flat(sizes, {"pt": pt, "rapidity": spread[:, 0], "phi": spread[:, 1]})


def moved(jets, matrix=((1, 0), (0, 1)), shift=(0.0, 0.0)):
    """The jets turned, then shifted in the plane of rapidity and phi."""
    plane = np.stack([jets.flat("rapidity"), jets.flat("phi")])
    rapidity, phi = np.asarray(matrix, dtype=float) @ plane + np.reshape(shift, (2, 1))
    return jets.replace_columns(rapidity=rapidity, phi=phi)


def turn(angle):
    return ((np.cos(angle), -np.sin(angle)), (np.sin(angle), np.cos(angle)))


def split(jets, seed):
    """Each particle replaced by two at the same place that share the pt."""
    generator = np.random.default_rng(seed)
    share = generator.uniform(0.01, 0.99, jets.offsets[-1])
    pt = np.stack([jets.flat("pt") * share, jets.flat("pt") * (1 - share)], axis=1).ravel()
    columns = {name: np.repeat(jets.flat(name), 2) for name in ("rapidity", "phi")}
    return ParticleClouds.from_flat(2 * jets.multiplicity, {"pt": pt, **columns})


def centroid(jets, name):
    return np.add.reduceat(jets.flat("pt") * jets.flat(name), jets.offsets[:-1]) / jets.total_pt


def check_same(one, other):
    for name in ("rapidity", "phi"):
        np.testing.assert_allclose(one.flat(name), other.flat(name), atol=1e-9)


@pytest.mark.slow
@given(seeds, st.floats(-4, 4), st.floats(-10, 10))
def test_the_centroid_is_the_origin_wherever_the_jet_was(seed, rapidity, phi):
    jets = jets_of(seed)
    centred = centre(moved(jets, shift=(rapidity, phi)))
    np.testing.assert_allclose(centroid(centred, "rapidity"), 0, atol=1e-12)
    np.testing.assert_allclose(centroid(centred, "phi"), 0, atol=1e-12)
    check_same(centred, centre(jets))


def test_a_jet_across_pi_stays_whole():
    jets = ParticleClouds.from_lists([[(1.0, 0.0, np.pi - 0.1), (1.0, 0.0, -np.pi + 0.3)]])
    np.testing.assert_allclose(centre(jets).flat("phi"), [-0.2, 0.2])


@given(seeds)
def test_the_principal_axis_is_upright(seed):
    ready = rotate(centre(jets_of(seed)))
    pt, x, y = (ready.flat(name) for name in ("pt", "rapidity", "phi"))
    starts = ready.offsets[:-1]
    xx, yy, xy = (np.add.reduceat(pt * product, starts) for product in (x * x, y * y, x * y))
    np.testing.assert_allclose(xy / (xx + yy), 0, atol=1e-12)
    assert (yy >= xx).all()
    assert (np.add.reduceat(pt * np.sign(y), starts) >= 0).all()


@given(seeds, angles)
def test_turned_jets_are_the_same_jets(seed, angle):
    jets = centre(jets_of(seed))
    check_same(rotate(moved(jets, turn(angle))), rotate(jets))
    check_same(preprocess(moved(jets, turn(angle))), preprocess(jets))


@given(seeds, st.sampled_from([(-1, 1), (1, -1), (-1, -1)]))
def test_reflected_jets_are_the_same_jets(seed, signs):
    jets = centre(jets_of(seed))
    check_same(flip(moved(jets, np.diag(signs))), flip(jets))
    check_same(preprocess(moved(jets, np.diag(signs))), preprocess(jets))


@given(seeds)
def test_the_hardest_quadrant_is_the_first(seed):
    jets = flip(jets_of(seed))
    right, up = jets.flat("rapidity") >= 0, jets.flat("phi") >= 0
    sums = [
        np.add.reduceat(jets.flat("pt") * ((right == a) & (up == b)), jets.offsets[:-1]) for a in (1, 0) for b in (1, 0)
    ]
    assert (sums[0] >= np.max(sums, axis=0)).all()


@given(seeds, st.sampled_from([("centre",), ("rotate",), ("flip",), ("centre", "rotate", "flip")]))
def test_splitting_a_particle_changes_nothing(seed, steps):
    jets = jets_of(seed)
    ready = preprocess(jets, steps)
    halves = preprocess(split(jets, seed), steps)
    for name in ("rapidity", "phi"):
        np.testing.assert_allclose(halves.flat(name)[::2], ready.flat(name), atol=1e-9)
    edges = np.linspace(-1, 1, 6)
    places = np.stack([ready.flat("rapidity"), ready.flat("phi")])
    assume(np.abs(places[..., None] - edges).min() > 1e-8)  # at an edge, rounding decides
    one, other = (pixelate(part, 5, 1.0) for part in (ready, halves))
    np.testing.assert_allclose(other.values, one.values, atol=1e-9)


@given(seeds, angles)
def test_distances_within_a_jet_are_kept(seed, angle):
    jets = jets_of(seed, count=1)
    ready = preprocess(moved(jets, turn(angle), shift=(1.0, 2.0)))
    for part in (jets, ready):
        assert part.total_pt == pytest.approx(jets.total_pt)
    before, after = (np.stack([part.flat("rapidity"), part.flat("phi")], axis=1) for part in (jets, ready))
    np.testing.assert_allclose(
        np.linalg.norm(after[:, None] - after, axis=-1), np.linalg.norm(before[:, None] - before, axis=-1), atol=1e-9
    )


def test_steps_are_applied_in_their_order_and_nothing_else_changes():
    jets = jets_of(1)
    labelled = ParticleClouds(
        offsets=jets.offsets,
        columns={**jets.columns, "mass": np.arange(len(jets.flat("pt")), dtype=float)},
        per_event={"jet_pt": np.arange(5.0)},
        seed=3,
        origin="made up",
    )
    check_same(preprocess(labelled, ("flip", "centre")), flip(centre(jets)))
    ready = preprocess(labelled)
    assert ready.flat("mass").tolist() == labelled.flat("mass").tolist()
    assert (ready.seed, ready.origin, ready.per_event["jet_pt"].tolist()) == (3, "made up", [0, 1, 2, 3, 4])
    assert preprocess(labelled, ()) is labelled


def test_a_slice_is_preprocessed_like_the_whole():
    jets = jets_of(2)
    check_same(preprocess(jets[2:4]), preprocess(jets)[2:4])
    np.testing.assert_array_equal(pixelate(jets[2:4], 4, 1.0).values, pixelate(jets, 4, 1.0).values[2:4])


def test_pseudorapidity_is_a_coordinate_too():
    jets = jets_of(3)
    columns = {"pt": jets.flat("pt"), "eta": jets.flat("rapidity"), "phi": jets.flat("phi")}
    ready = preprocess(ParticleClouds.from_flat(jets.multiplicity, columns))
    np.testing.assert_array_equal(ready.flat("eta"), preprocess(jets).flat("rapidity"))


@pytest.mark.parametrize("jet", [[(3.0, 0.0, 0.0)], [(3.0, 1.0, 2.0)], [(1.0, 0.0, 0.0), (1.0, 0.0, 0.0)]])
def test_jets_without_an_axis_stay_in_place(jet):
    ready = preprocess(ParticleClouds.from_lists([jet]))
    np.testing.assert_allclose(ready.flat("rapidity"), 0, atol=1e-15)
    np.testing.assert_allclose(ready.flat("phi"), 0, atol=1e-15)


def test_an_unknown_step_lists_the_known_ones():
    with pytest.raises(InputError, match="'trim' is not a step of preprocessing; choose from centre, rotate, flip"):
        preprocess(jets_of(1), ("trim",))


@settings(max_examples=50)
@given(seeds, st.integers(1, 40), st.floats(0.05, 3.0))
def test_pt_within_the_field_is_kept(seed, pixels, half_width):
    jets = centre(jets_of(seed))
    inside = (np.abs(jets.flat("rapidity")) < half_width) & (np.abs(jets.flat("phi")) < half_width)
    kept = np.add.reduceat(jets.flat("pt") * inside, jets.offsets[:-1])
    if (kept == 0).any():
        with pytest.raises(InputError, match="no particle is within"):
            pixelate(jets, pixels, half_width)
        return
    images = pixelate(jets, pixels, half_width)
    assert images.values.shape == (5, pixels, pixels)
    np.testing.assert_allclose(images.values.sum(axis=(1, 2)), kept)
    np.testing.assert_allclose(images.per_event["pt_outside"], 1 - kept / jets.total_pt, atol=1e-12)
    assert images.check() is images


def test_images_are_histograms():
    jets = jets_of(5)
    images = pixelate(jets, 8, 0.5)
    edges = np.linspace(-0.5, 0.5, 9)
    for number, image in enumerate(images.values):
        jet = jets[number : number + 1]
        expected, _, _ = np.histogram2d(
            jet.flat("rapidity"), jet.flat("phi"), bins=(edges, edges), weights=jet.flat("pt")
        )
        np.testing.assert_allclose(image, expected)


def test_pixels_come_back_as_particles():
    images = pixelate(jets_of(6), 16, 1.0)
    again = pixelate(images.to_particles(), 16, 1.0)
    np.testing.assert_allclose(again.values, images.values)


@pytest.mark.parametrize(("pixels", "half_width"), [(0, 1.0), (-3, 1.0), (4, 0.0), (4, -1.0), (4, np.nan), (4, np.inf)])
def test_a_field_of_view_that_is_none(pixels, half_width):
    with pytest.raises(InputError, match="give at least one pixel and a positive half width"):
        pixelate(jets_of(1), pixels, half_width)
