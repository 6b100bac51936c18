"""What is added or split, what stays as it was, and that safe quantities do not notice."""

import numpy as np
import pytest

import eventspace as es
from eventspace.events.durham.history import durham_history
from eventspace.events.features import features
from eventspace.events.soft_and_collinear import with_soft_particle, with_split_particle

MOMENTUM = ("E", "px", "py", "pz")


def some_events(n=30, seed=1, dtype=np.float64):
    """Events with every column, of 8 to 20 particles."""
    rng = np.random.default_rng(seed)
    counts = rng.integers(8, 20, n)
    size = int(counts.sum())
    momenta, mass = rng.normal(0, 10, (size, 3)), rng.uniform(0, 1, size)
    columns = dict(zip(("px", "py", "pz"), momenta.T.astype(dtype), strict=True))
    columns |= {"E": np.sqrt((momenta**2).sum(axis=1) + mass**2).astype(dtype), "mass": mass.astype(dtype)}
    columns |= {"charge": rng.integers(-1, 2, size).astype(np.int8), "pid": rng.choice([22, 211, 130], size)}
    columns |= {"d0": rng.normal(size=size).astype(np.float32), "z0": rng.normal(size=size).astype(np.float32)}
    truth = rng.integers(-1, 6, size)
    columns |= {"truth_jet": truth.astype(np.int8), "truth_boson": np.where(truth >= 0, truth // 2, -1).astype(np.int8)}
    return es.Collisions.from_flat(counts, columns, per_event={"weight": rng.random(n)}, seed=7, origin="some events")


def old_and_new(modified):
    """The numbers of the particles that were there, and of the last of each event."""
    last = modified.events.offsets[1:] - 1
    return np.setdiff1d(np.arange(len(modified.parent)), last), last


@pytest.mark.parametrize("modify", [lambda e: with_soft_particle(e, 1e-9, 3), lambda e: with_split_particle(e, 3)])
def test_one_particle_more_and_all_else_as_it_was(modify):
    events = some_events()
    modified = modify(events)
    changed = modified.events
    old, _ = old_and_new(modified)
    assert (changed.multiplicity == events.multiplicity + 1).all()
    assert modified.parent[old].tolist() == list(range(len(events.flat("E"))))
    assert {name: values.dtype for name, values in changed.columns.items()} == {
        name: values.dtype for name, values in events.columns.items()
    }
    for name in set(events.columns) - {*MOMENTUM, "mass"}:
        np.testing.assert_array_equal(changed.flat(name)[old], events.flat(name), err_msg=name)
    np.testing.assert_array_equal(changed.per_event["weight"], events.per_event["weight"])
    assert (changed.seed, changed.units) == (events.seed, events.units)
    assert changed.origin.startswith("some events and ")
    again = modify(events)
    np.testing.assert_array_equal(again.events.flat("px"), changed.flat("px"))


@pytest.mark.parametrize("modify", [lambda e: with_soft_particle(e, 1e-9, 3), lambda e: with_split_particle(e, 3)])
def test_events_of_a_slice_and_few_columns(modify):
    events = some_events()
    modified = modify(events[10:12])
    assert modified.events.multiplicity.tolist() == (events.multiplicity[10:12] + 1).tolist()
    assert modified.parent.max() == events.multiplicity[10:12].sum() - 1
    bare = es.Collisions.from_flat(events.multiplicity, {name: events.flat(name) for name in MOMENTUM})
    assert set(modify(bare).events.columns) == set(MOMENTUM)


def test_the_soft_particle():
    events = some_events(400)
    modified = with_soft_particle(events, 1e-6, seed=1)
    old, last = old_and_new(modified)
    added = {name: values[last] for name, values in modified.events.columns.items()}
    for name in MOMENTUM:
        np.testing.assert_array_equal(modified.events.flat(name)[old], events.flat(name))
    for name, value in {"E": 1e-6, "pid": 22, "truth_jet": -1, "truth_boson": -1}.items():
        assert (added[name] == value).all()
    assert not any(added[name].any() for name in ("charge", "mass", "d0", "z0"))
    assert (modified.parent[last] == -1).all()
    direction = modified.events.momenta()[last, 1:] / 1e-6
    np.testing.assert_allclose(np.linalg.norm(direction, axis=1), 1)
    # Uniform on the sphere: means 0 and variances 1/3, within four standard deviations.
    assert (np.abs(direction.mean(axis=0)) < 4 / np.sqrt(3 * 400)).all()
    assert (np.abs((direction**2).mean(axis=0) - 1 / 3) < 4 * np.sqrt(4 / 45 / 400)).all()


def test_the_split_particle():
    events = some_events(400)
    modified = with_split_particle(events, seed=1)
    changed, (old, last) = modified.events, old_and_new(modified)
    parent = modified.parent[last]
    first = old[parent]
    z = changed.flat("E")[first] / events.flat("E")[parent]
    assert z.min() >= 0.01 - 1e-12
    assert z.max() <= 0.99 + 1e-12
    assert abs(z.mean() - 0.5) < 4 * 0.98 / np.sqrt(12 * 400)
    for name in (*MOMENTUM, "mass"):
        whole = events.flat(name)[parent]
        np.testing.assert_allclose(changed.flat(name)[first], z * whole, rtol=1e-12)
        np.testing.assert_allclose(changed.flat(name)[last], (1 - z) * whole, rtol=1e-9)
        untouched = np.setdiff1d(np.arange(len(old)), parent)
        np.testing.assert_array_equal(changed.flat(name)[old[untouched]], events.flat(name)[untouched])
    a, b = changed.momenta()[first, 1:], changed.momenta()[last, 1:]
    cosine = (a * b).sum(axis=1) / np.linalg.norm(a, axis=1) / np.linalg.norm(b, axis=1)
    np.testing.assert_allclose(cosine, 1, atol=1e-14)
    assert not changed.flat("charge")[last].any()
    for name in ("pid", "d0", "z0", "truth_jet", "truth_boson"):
        np.testing.assert_array_equal(changed.flat(name)[last], events.flat(name)[parent])
    event = np.repeat(np.arange(400), events.multiplicity)
    place = parent - (events.offsets[:-1])
    assert (event[parent] == np.arange(400)).all()
    assert 0.4 < (place / (events.multiplicity - 1)).mean() < 0.6


@pytest.mark.parametrize("name", ["visible_energy", "visible_mass", "missing_pt", "sphericity"])
def test_safe_quantities_do_not_notice(name):
    events = some_events()
    before = features(events)[name]
    np.testing.assert_allclose(features(with_split_particle(events, 1).events)[name], before, rtol=1e-9)
    np.testing.assert_allclose(features(with_soft_particle(events, 1e-12, 1).events)[name], before, rtol=1e-9)


def test_durham_scales_do_not_notice():
    events = some_events()
    for modified in (with_split_particle(events, 1), with_soft_particle(events, 1e-9, 1)):
        for jets in (2, 4):
            y = durham_history(modified.events).y_merge(jets)
            np.testing.assert_allclose(y, durham_history(events).y_merge(jets), rtol=1e-6)


def test_columns_in_single_precision_and_labels_without_sign():
    events = some_events(dtype=np.float32)
    labels = {name: np.abs(events.flat(name)).astype(np.uint8) for name in ("truth_jet", "truth_boson")}
    labels["truth_boson"] = labels["truth_jet"] // 2
    columns = {name: events.flat(name) for name in events.columns} | labels
    unsigned = es.Collisions.from_flat(events.multiplicity, columns).check()
    soft = with_soft_particle(unsigned, 1e-9, 1)
    assert (soft.events.flat("truth_jet")[old_and_new(soft)[1]] == -1).all()
    with_split_particle(unsigned, 1)
    with pytest.raises(es.InputError, match="at rest"):
        with_soft_particle(unsigned, 1e-60, 1)


@pytest.mark.parametrize("energy", [0.0, -1.0, np.nan, np.inf])
def test_energies_that_cannot_be(energy):
    with pytest.raises(es.InputError, match="give a positive one"):
        with_soft_particle(some_events(), energy, 1)


def test_only_collisions_are_modified():
    points = es.Points(values=np.zeros((2, 4)))
    for modify in (lambda: with_soft_particle(points, 1e-9, 1), lambda: with_split_particle(points, 1)):
        with pytest.raises(es.InputError, match="these are points"):
            modify()
