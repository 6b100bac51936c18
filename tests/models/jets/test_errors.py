"""The error of a reconstruction is the exact transport, whatever the training has used."""

import numpy as np
import ot
import pytest
import torch

import eventspace as es
from eventspace.events.base import Events
from eventspace.events.preprocess import preprocess
from eventspace.models.cloud_vae import CloudCard
from eventspace.models.jets.errors import floor, metric_of, prepared, reconstructed
from eventspace.models.recipe import EncoderRecipe, Trained
from eventspace.models.registry import encoder


def untrained(latent: str, *, coordinate: str = "", steps: tuple[str, ...] = ("centre",), hardest: int = 4) -> Trained:
    """A network of random weights, of jets in this coordinate, or of points of three coordinates."""
    jets = bool(coordinate)
    card = CloudCard.model_validate(
        {
            "model": "cloud-vae",
            "data": "",
            "steps": 0,
            "seed": 1,
            "command": (),
            "versions": {},
            "latent": latent,
            "beta": 0.1,
            "eps": 0.05,
            "jets": jets,
            "coordinate": coordinate or "rapidity",
            "particles": 3 if jets else 1,
            "hardest": hardest,
            "preprocessing_steps": steps,
            "centre": (0.0, 0.0) if jets else (0.0, 1.0, 2.0),
            "spread": (0.2, 0.2) if jets else (1.0, 2.0, 1.0),
            "width": 8,
            "events": 10,
            "batch": 4,
        }
    )
    torch.manual_seed(1)
    return Trained(recipe().network(card), card)


def recipe() -> EncoderRecipe:
    return encoder("cloud-vae")


def jets(n: int = 12, coordinate: str = "rapidity", phi: float = 0.0) -> es.ParticleClouds:
    rng = np.random.default_rng(4)
    counts = rng.integers(1, 8, n)
    total = int(counts.sum())
    columns = {"pt": rng.exponential(5, total), "phi": phi + rng.normal(0, 0.3, total)}
    return es.ParticleClouds.from_flat(counts, columns | {coordinate: rng.normal(0, 0.3, total)})


def brute(events: Events, made: Events) -> list[float]:
    """Transport of each jet to what stands beside it, squared, by POT."""
    found = []
    assert isinstance(events, es.ParticleClouds)
    assert isinstance(made, es.ParticleClouds)
    for k in range(len(events)):
        one, other = events[k : k + 1], made[k : k + 1]
        a, b = one.flat("pt").astype(float), other.flat("pt").astype(float)
        y = one.flat(one.coordinate)[:, None] - other.flat(other.coordinate)
        phi = np.abs(one.flat("phi")[:, None] - other.flat("phi")) % (2 * np.pi)
        cost = np.hypot(y, np.minimum(phi, 2 * np.pi - phi))
        found.append(float(ot.emd2(a / a.sum(), b / b.sum(), np.ascontiguousarray(cost))) ** 2)
    return found


@pytest.mark.parametrize("coordinate", ["rapidity", "eta"])
@pytest.mark.parametrize("latent", ["R2", "C3 x S1"])
def test_it_is_the_exact_transport_of_all_particles(latent: str, coordinate: str) -> None:
    events, trained = jets(coordinate=coordinate, phi=3.0), untrained(latent, coordinate=coordinate)
    found = reconstructed(recipe(), trained, events, seed=5, threads=1)
    encoded = found.encoded
    np.testing.assert_allclose(encoded.probabilities.sum(axis=1), 1, rtol=1e-5)
    expected = np.zeros(len(events))
    seen = preprocess(events, ("centre",))
    for category in range(encoded.points.shape[1]):
        made = recipe().events_at(trained, encoded.points[:, category])
        expected += encoded.probabilities[:, category] * brute(seen, made)
    np.testing.assert_allclose(found.squared, expected, rtol=1e-6)
    assert encoded.kl.shape == encoded.scale.shape == (len(events), 2)


def test_of_points_it_is_the_squared_distance_of_euclid() -> None:
    events = es.Points(values=np.random.default_rng(2).normal(size=(600, 3)))
    trained = untrained("R2")
    found = reconstructed(recipe(), trained, events, seed=5)
    made = recipe().events_at(trained, found.encoded.points[:, 0])
    assert isinstance(made, es.Points)
    np.testing.assert_allclose(found.squared, np.square(events.values - made.values).sum(axis=1), rtol=1e-9)


def test_the_seed_decides_and_without_one_the_most_probable_points_are_taken() -> None:
    events, trained = jets(), untrained("R2", coordinate="rapidity")
    one, again, other = (reconstructed(recipe(), trained, events, seed=seed).squared for seed in (1, 1, 2))
    assert one.tobytes() == again.tobytes()
    assert one.tobytes() != other.tobytes()
    modes = [recipe().places(trained, events).points for _ in range(2)]
    assert modes[0].tobytes() == modes[1].tobytes()
    draws = [recipe().places(trained, events, seed=seed).points for seed in range(200)]
    width = recipe().places(trained, events).scale.mean()
    np.testing.assert_allclose(np.mean(draws, axis=0), modes[0], atol=5 * width / np.sqrt(200))


def test_jets_are_compared_as_the_network_sees_them() -> None:
    events = jets(phi=2.0)
    steps = ("centre", "rotate", "flip")
    seen = prepared(events, untrained("R2", coordinate="rapidity", steps=steps))
    assert isinstance(seen, es.ParticleClouds)
    assert seen.flat("phi").tobytes() == preprocess(events, steps).flat("phi").tobytes()
    points = es.Points(values=np.eye(3))
    assert prepared(points, untrained("R2")) is points
    assert metric_of(jets=True) == es.Transport(R=1.0, p=1.0, normalise=True)
    assert metric_of(jets=False) == es.Euclidean()


def test_a_jet_turned_in_phi_has_the_same_error() -> None:
    trained = untrained("R2", coordinate="rapidity")
    one, other = (reconstructed(recipe(), trained, jets(phi=phi), seed=1).squared for phi in (0.0, 3.0))
    np.testing.assert_allclose(one, other, rtol=1e-3)


def test_other_events_are_refused() -> None:
    for trained, events, words in (
        (untrained("R2", coordinate="rapidity"), es.Points(values=np.eye(3)), "learned from jets; give such events"),
        (untrained("R2"), jets(), "learned from points of 3 coordinates"),
        (untrained("R2"), es.Points(values=np.eye(2)), "learned from points of 3 coordinates"),
        (untrained("R2", coordinate="eta"), jets(), "jets in eta, these are in rapidity; give such jets"),
        (untrained("R2"), es.Showers.from_dense(np.ones((2, 2, 2, 2))), "does not learn from showers; give a file of"),
    ):
        with pytest.raises(es.InputError, match=words):
            reconstructed(recipe(), trained, events, seed=1)


def test_the_floor_is_what_a_blurred_and_shortened_copy_lacks() -> None:
    """Two pairs of close particles: below eps they become one, and two particles can stand for all four."""
    jet = [(1.0, 0.0, 0.0), (1.0, 0.02, 0.0), (1.0, 1.0, 0.0), (1.0, 1.02, 0.0)]
    jets = es.ParticleClouds.from_lists([jet, jet])

    def at(eps: float, particles: int) -> float:
        trained = untrained("R2", coordinate="rapidity")
        card = trained.card.model_copy(update={"eps": eps, "particles": particles})
        first, second = floor(trained._replace(card=card), jets)
        assert first == pytest.approx(second)
        return float(first)

    assert at(1e-4, 4) < 1e-8
    moved = 0.02 / (1 + np.exp(0.02 / 0.1))  # towards the other of its pair, which gets exp(-0.02 / 0.1) of the flow
    assert at(0.1, 4) == pytest.approx(moved**2, rel=1e-2)
    # The two hardest stand for all: here the first two of equal ones, so half of the pt is a unit away.
    assert at(1e-4, 2) == pytest.approx(0.5**2, rel=0.01)
    points = es.Points(values=np.zeros((3, 3)))
    assert (floor(untrained("R2"), points) == 0).all()
