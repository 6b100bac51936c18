"""The Durham algorithm against FastJet and against a plain search, and what must not change it."""

import numpy as np
import pytest

import eventspace as es
from eventspace.events.durham.history import DurhamHistory, Vertices, durham_history
from eventspace.events.durham.reference import fastjet_labels
from eventspace.events.ragged import event_of_entry


def jetty(count, seed=1, most=60):
    """Events of a few narrow jets, each of massive particles."""
    rng = np.random.default_rng(seed)
    counts = rng.integers(2, most, count)
    axes = rng.normal(size=(count, 4, 3))
    chosen = rng.integers(0, 4, counts.sum())
    event = np.repeat(np.arange(count), counts)
    axis = axes[event, chosen] / np.linalg.norm(axes[event, chosen], axis=1, keepdims=True)
    momenta = rng.exponential(3.0, (counts.sum(), 1)) * (axis + 0.3 * rng.normal(size=(counts.sum(), 3)))
    energy = np.sqrt((momenta**2).sum(axis=1) + rng.choice([0.0, 0.13957], counts.sum()) ** 2)
    return of(counts, energy, momenta)


def of(counts, energy, momenta):
    columns = dict(zip(("px", "py", "pz"), momenta.T, strict=True))
    return es.Collisions.from_flat(counts, columns | {"E": energy})


def same_partition(events, one, other):
    """Whether each event is divided in the same way, whatever the jets are called."""
    event = event_of_entry(events.offsets)
    pairs = np.unique(np.stack([event, one, other]), axis=1)
    ones, others = np.unique(pairs[:2], axis=1), np.unique(pairs[[0, 2]], axis=1)
    return pairs.shape == (3, ones.shape[1]) == (3, others.shape[1])


@pytest.mark.parametrize("jets", [1, 2, 6])
def test_thousands_of_events_are_as_in_fastjet(jets):
    events = jetty(4000)
    history = durham_history(events)
    labels, y = fastjet_labels(events, jets)
    np.testing.assert_array_equal(history.labels(jets) < 0, labels < 0)
    assert same_partition(events, history.labels(jets), labels)
    np.testing.assert_allclose(history.y_merge(jets), y, rtol=1e-10)


def plain(momenta):
    """Every step of the algorithm as the paper has it: all pairs, 1 - cos; y of each merge and the final partition."""
    clusters = [(p, {i}) for i, p in enumerate(momenta)]
    merges = []
    visible = momenta[:, 0].sum()
    while len(clusters) > 1:
        best = None
        for i, (p, _) in enumerate(clusters):
            for j, (q, _) in enumerate(clusters[:i]):
                cos = p[1:] @ q[1:] / np.linalg.norm(p[1:]) / np.linalg.norm(q[1:])
                y = 2 * min(p[0], q[0]) ** 2 * (1 - cos) / visible**2
                if best is None or y < best[0]:
                    best = y, i, j
        y, i, j = best
        joined = clusters[i][0] + clusters[j][0], clusters[i][1] | clusters[j][1]
        clusters = [c for k, c in enumerate(clusters) if k not in (i, j)] + [joined]
        merges.append((y, frozenset(joined[1])))
    return merges


def test_every_merge_is_that_of_the_paper():
    events = jetty(30, seed=2, most=25)
    history = durham_history(events)
    for event in range(len(events)):
        start, stop = history.offsets[event], history.offsets[event + 1]
        expected = plain(history.momenta[start:stop])
        members = [{i} for i in range(stop - start)]
        for merge in range(stop - start - 1):
            place = start - event + merge
            members.append(members[history.first[place]] | members[history.second[place]])
            assert members[-1] == expected[merge][1]
            assert history.y[place] == pytest.approx(expected[merge][0], rel=1e-9, abs=1e-13)


def test_the_metric_gives_the_y_of_the_first_merge():
    events = jetty(20)
    history = durham_history(events)
    for event in range(len(events)):
        y = es.matrix(
            es.Durham(visible_energy=events.visible_energy[event]), events[event : event + 1].as_points(), threads=1
        )
        assert y[np.triu_indices(len(y), 1)].min() == pytest.approx(history.y[history.offsets[event] - event])


def test_jets_add_up_to_the_event_and_fewer_particles_give_none():
    events = jetty(200, most=9)
    history = durham_history(events)
    jets = history.jets(6)
    few = events.multiplicity < 6
    assert np.isnan(jets[few]).all()
    total = np.stack(
        [np.bincount(event_of_entry(events.offsets), weights=column) for column in events.momenta().T], axis=1
    )
    np.testing.assert_allclose(jets[~few].sum(axis=1), total[~few], atol=1e-9)
    labels = history.labels(6)
    assert (labels[few[event_of_entry(events.offsets)]] == -1).all()
    assert np.isnan(history.y_merge(6)[events.multiplicity <= 6]).all()
    at_n = history.labels(int(events.multiplicity[0]))[: events.multiplicity[0]]
    assert at_n.tolist() == list(range(len(at_n)))


def test_a_partition_of_more_jets_refines_one_of_fewer():
    events = jetty(300)
    history = durham_history(events)
    event, fine, coarse = event_of_entry(events.offsets), history.labels(9), history.labels(6)
    enough = fine >= 0
    pairs = np.unique(np.stack([event, fine, coarse])[:, enough], axis=1)
    assert pairs.shape[1] == np.unique(pairs[:2], axis=1).shape[1]


def test_rotations_scales_and_the_order_of_particles_change_nothing():
    events = jetty(300, seed=5)
    history = durham_history(events)
    rng = np.random.default_rng(1)
    turn = np.linalg.qr(rng.normal(size=(3, 3)))[0]
    energy, momenta = events.flat("E"), events.momenta()[:, 1:]
    turned = durham_history(of(events.multiplicity, 7.0 * energy, 7.0 * momenta @ turn))
    np.testing.assert_array_equal(turned.labels(6), history.labels(6))
    np.testing.assert_allclose(turned.y_merge(6), history.y_merge(6), rtol=1e-9)
    event = event_of_entry(events.offsets)
    order = np.lexsort((rng.random(len(energy)), event))
    shuffled = durham_history(of(events.multiplicity, energy[order], momenta[order]))
    assert same_partition(events, shuffled.labels(6), history.labels(6)[order])


def test_it_is_infrared_and_collinear_safe():
    """A soft particle is added, or each hardest particle split in two: the partition of the others stays."""
    events = jetty(300, seed=6)
    labels, y = durham_history(events).labels(4), durham_history(events).y_merge(4)
    momenta, starts = events.momenta(), events.offsets[1:]
    rng = np.random.default_rng(2)
    soft = rng.normal(size=(len(events), 3)) * 1e-9
    added = np.insert(momenta, starts, np.column_stack([np.linalg.norm(soft, axis=1), soft]), axis=0)
    kept = np.insert(np.ones(len(momenta), bool), starts, False)
    with_soft = durham_history(of(events.multiplicity + 1, added[:, 0], added[:, 1:]))
    enough = np.repeat(events.multiplicity >= 4, events.multiplicity)
    assert same_partition_where(enough, events, with_soft.labels(4)[kept], labels)

    hardest = np.array(
        [start + np.argmax(momenta[start:stop, 0]) for start, stop in zip(events.offsets[:-1], starts, strict=True)]
    )
    split = momenta.copy()
    split[hardest] *= 0.6
    both = np.insert(split, starts, momenta[hardest] * 0.4, axis=0)
    collinear = durham_history(of(events.multiplicity + 1, both[:, 0], both[:, 1:]))
    assert same_partition_where(enough, events, collinear.labels(4)[kept], labels)
    for other in (with_soft, collinear):
        np.testing.assert_allclose(
            other.y_merge(4)[events.multiplicity > 4], y[events.multiplicity > 4], rtol=1e-6, atol=1e-12
        )


def same_partition_where(chosen, events, one, other):
    event = event_of_entry(events.offsets)[chosen]
    pairs = np.unique(np.stack([event, one[chosen], other[chosen]]), axis=1)
    return pairs.shape[1] == np.unique(pairs[:2], axis=1).shape[1] == np.unique(pairs[[0, 2]], axis=1).shape[1]


def test_two_vertices_are_not_merged_while_others_can_be():
    """Two pairs of displaced tracks in directions 0.6 rad apart, and two harder particles far from both."""
    one, other = np.array([1.0, 0.0, 0.0]), np.array([np.cos(0.6), np.sin(0.6), 0.0])
    up = np.array([0.0, 0.0, 1.0])
    momenta = np.array([10 * one, 10 * one + 0.1 * up, 10 * other, 10 * other + 0.1 * up, 40 * up, -40 * up])
    events = of([6], np.linalg.norm(momenta, axis=1), momenta)
    displaced = np.array([True, True, True, True, False, False])
    assert durham_history(events).labels(3).tolist() == [0, 0, 0, 0, 1, 2]
    labels = durham_history(events, Vertices(displaced, tracks=2)).labels(3)
    assert labels[0] == labels[1] != labels[2] == labels[3]
    none = durham_history(events, Vertices(np.zeros(6, bool)))
    np.testing.assert_array_equal(none.labels(3), durham_history(events).labels(3))


def test_a_cluster_at_rest_has_no_direction_and_does_no_harm():
    events = of([3], np.array([5.0, 5.0, 1.0]), np.array([[5.0, 0, 0], [-5.0, 0, 0], [0, 0.5, 0]]))
    history = durham_history(events, Vertices(np.array([False, False, True]), tracks=2))
    assert isinstance(history, DurhamHistory)
    assert np.isfinite(history.y).all()


def test_vertices_at_small_angles_are_of_one_jet():
    """The halves of one vertex, 0.3 rad apart, are merged first, as without vertices; 0.1 rad would keep them apart."""
    one, other = np.array([1.0, 0.0, 0.0]), np.array([np.cos(0.3), np.sin(0.3), 0.0])
    up = np.array([0.0, 0.0, 1.0])
    momenta = np.array([10 * one, 10 * one + 0.1 * up, 10 * other, 10 * other + 0.1 * up, 40 * up, -40 * up])
    events = of([6], np.linalg.norm(momenta, axis=1), momenta)
    displaced = np.arange(6) < 4
    for angle, together in ((0.4, True), (0.1, False)):
        labels = durham_history(events, Vertices(displaced, tracks=2, angle=angle)).labels(3)
        assert (labels[0] == labels[2]) == together


@pytest.mark.parametrize(
    ("vertices", "said"),
    [
        (Vertices(np.array([True])), "give one value a particle"),
        (Vertices(None, tracks=1), "give 2 or more tracks"),
        (Vertices(None, angle=4.0), "an angle from 0 to pi"),
    ],
)
def test_what_cannot_be_clustered_is_refused(vertices, said):
    events = jetty(2)
    if vertices.displaced is None:
        vertices = Vertices(np.zeros(len(events.flat("E")), bool), vertices.tracks, vertices.angle)
    with pytest.raises(es.InputError, match=said):
        durham_history(events, vertices)


def test_other_kinds_of_events_are_refused():
    with pytest.raises(es.InputError, match="these are points, not collisions"):
        durham_history(es.Points(values=np.ones((2, 4))))


def test_no_jets_are_refused():
    with pytest.raises(es.InputError, match="0 jets were asked for"):
        durham_history(jetty(2)).labels(0)
