import numpy as np

import eventspace as es
from eventspace.events.jets import Jets


def test_jets_as_awkward_have_their_constituents_and_sums() -> None:
    events = next(es.simulate("zz", 5, seed=1, processes=1))
    labels = es.cluster(events, "durham", jets=4).labels
    labels[events.offsets[2]] = -1  # a particle of no jet
    jets = Jets(events, labels, 4)
    array = jets.to_awkward()
    particles = events.to_awkward()
    for event, part in enumerate(np.split(labels, events.offsets[1:-1])):
        assert [jet.tolist() for jet in array.constituents[event]] == [
            np.flatnonzero(part == jet).tolist() for jet in range(4)
        ]
        for jet in range(4):
            total = particles[event][array.constituents[event][jet]]
            np.testing.assert_allclose(array[event][jet].E, total.E.to_numpy().sum(), rtol=1e-12)
    np.testing.assert_allclose(array.mass.to_numpy()[1], array[1].mass.to_numpy())


def test_jets_of_some_events_count_their_particles_from_the_start_of_each() -> None:
    events = next(es.simulate("zz", 5, seed=1, processes=1))
    whole, part = es.cluster(events, "durham", jets=4), es.cluster(events[3:], "durham", jets=4)
    np.testing.assert_array_equal(whole.momenta[3:], part.momenta)
    assert whole.to_awkward()[3:].constituents.tolist() == part.to_awkward().constituents.tolist()
