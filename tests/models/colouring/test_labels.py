import itertools
import logging

import numpy as np
import pytest

import eventspace as es
from eventspace.models.colouring.labels import most_probable_labels


def some(particles: int, colours: int, seed: int) -> np.ndarray:
    return np.random.default_rng(seed).dirichlet(np.full(colours, 0.3), particles).astype(np.float32)


@pytest.mark.parametrize("seed", range(8))
def test_it_is_the_most_probable_of_all_colourings_without_empty_jets(seed: int) -> None:
    probabilities = some(5, 4, seed)
    found = most_probable_labels(np.array([0, 5]), probabilities)
    every = [labels for labels in itertools.product(range(4), repeat=5) if len(set(labels)) == 4]
    chances = [np.log(probabilities[range(5), labels].astype(float)).sum() for labels in every]
    assert tuple(found.tolist()) == every[int(np.argmax(chances))]


def test_where_no_jet_is_empty_each_particle_has_its_most_probable_colour() -> None:
    probabilities = some(200, 3, 1)
    found = most_probable_labels(np.array([0, 60, 200]), probabilities)
    np.testing.assert_array_equal(found, probabilities.argmax(axis=1))


def test_an_empty_jet_takes_one_particle_of_its_event_and_this_is_logged(caplog: pytest.LogCaptureFixture) -> None:
    one_colour = np.array([[0.9, 0.1, 0.0], [0.6, 0.4, 0.0], [0.8, 0.1, 0.1], [1.0, 0.0, 0.0]], np.float32)
    probabilities = np.concatenate([some(50, 3, 1), one_colour])
    with caplog.at_level(logging.INFO):
        found = most_probable_labels(np.array([0, 50, 54]), probabilities)
    np.testing.assert_array_equal(found[:50], probabilities[:50].argmax(axis=1))
    assert found[50:].tolist() == [0, 1, 2, 0]
    assert "in 1 of 2 events a jet would be empty" in caplog.text


def test_probabilities_of_nothing_leave_no_jet_empty() -> None:
    certain = np.eye(6, dtype=np.float32)[[2] * 9]
    assert set(most_probable_labels(np.array([0, 9]), certain).tolist()) == set(range(6))


def test_too_few_particles_are_refused_and_no_events_are_not() -> None:
    with pytest.raises(es.InputError, match="event 1: 2 particles cannot make 3 jets; leave the event out"):
        most_probable_labels(np.array([0, 4, 6]), some(6, 3, 1))
    assert most_probable_labels(np.array([0]), some(0, 3, 1)).shape == (0,)
