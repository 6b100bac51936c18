"""Batches of the colouring: padded particles with their maps, turned and reflected without changing what is true."""

import numpy as np
import pytest
import torch

import eventspace as es
from eventspace.models.colouring.colour_loss import Order, colour_loss
from eventspace.models.colouring.colouring_network import Colouring
from eventspace.models.colouring.maps import energy_maps
from eventspace.models.colouring.sample import ColouringSample

CHANNELS = ("energy", "polar", "charge", "d0")
SHAPE = (16, 16)


@pytest.fixture(scope="module")
def events() -> es.Collisions:
    found = next(iter(es.simulate("zhh", 12, seed=1, processes=1)))
    assert isinstance(found, es.Collisions)
    return found


def test_a_batch_holds_the_particles_and_the_map_of_each_event(events: es.Collisions) -> None:
    chosen = np.array([7, 2])
    batch = ColouringSample(events, CHANNELS, SHAPE, (6, "energy")).batch(chosen)
    assert batch.mask.sum(dim=1).tolist() == events.multiplicity[chosen].tolist()
    maps = energy_maps(events[chosen], CHANNELS, cos_theta_bins=16, phi_bins=16)
    np.testing.assert_allclose(batch.maps, maps, rtol=1e-6)
    np.testing.assert_allclose(batch.energy.sum(dim=1), 1, rtol=1e-5)
    np.testing.assert_allclose(batch.weight.sum(dim=1), 1, rtol=1e-5)
    np.testing.assert_allclose(batch.direction.norm(dim=2)[batch.mask], 1, rtol=1e-5)
    assert not batch.weight[~batch.mask].any()


@pytest.mark.parametrize("order", ["energy", "polar"])
def test_turned_and_reflected_events_keep_angles_and_order(events: es.Collisions, order: Order) -> None:
    sample = ColouringSample(events, CHANNELS, SHAPE, (6, order))
    chosen = np.arange(12)
    still, moved = sample.batch(chosen), sample.batch(chosen, np.random.default_rng(1))
    angles = [batch.direction @ batch.direction.transpose(1, 2) for batch in (still, moved)]
    torch.testing.assert_close(angles[0], angles[1], rtol=0, atol=1e-5)
    assert not torch.equal(still.maps, moved.maps)
    reflected = ((still.direction[:, 0, 2] * moved.direction[:, 0, 2]) < 0).tolist()
    assert set(reflected) == {True, False}
    for turned, before, after in zip(reflected, still.colour, moved.colour, strict=True):
        expected = 5 - before if turned and order == "polar" else before
        assert torch.equal(after, torch.where(before < 0, before, expected))


@pytest.mark.parametrize("field", [False, True])
def test_colours_of_an_event_do_not_depend_on_the_others_in_the_batch(events: es.Collisions, field: bool) -> None:
    sample = ColouringSample(events, CHANNELS, SHAPE, (6, "energy"))
    torch.manual_seed(1)
    network = Colouring(len(CHANNELS), 6, field=field, width=4, levels=2).eval()
    together, alone = sample.batch(np.arange(4)), sample.batch(np.array([1]))
    with torch.no_grad():
        found, expected = network(together)[1], network(alone)[0]
    torch.testing.assert_close(found[: len(expected)], expected, rtol=1e-4, atol=1e-5)
    np.testing.assert_allclose(expected.exp().sum(dim=1), 1, rtol=1e-5)


@pytest.mark.slow
def test_some_steps_lower_the_loss_and_reach_every_parameter(events: es.Collisions) -> None:
    batch = ColouringSample(events, CHANNELS, SHAPE, (6, "energy")).batch(np.arange(12))
    torch.manual_seed(1)
    network = Colouring(len(CHANNELS), 6, field=True, width=4, levels=2)
    optimiser = torch.optim.Adam(network.parameters(), lr=1e-2)
    losses = []
    for _ in range(30):
        loss = colour_loss(network(batch), batch.colour, batch.weight).mean()
        optimiser.zero_grad()
        loss.backward()
        assert all(value.grad is not None and bool(value.grad.any()) for value in network.parameters())
        optimiser.step()
        losses.append(loss.item())
    assert losses[-1] < losses[0] - 0.2


def test_a_column_that_is_missing_is_named(events: es.Collisions) -> None:
    columns = {name: events.flat(name) for name in events.columns if name != "d0"}
    with pytest.raises(es.InputError, match="no column d0; give d0 with the momenta, or leave the channel d0 out"):
        ColouringSample(es.Collisions.from_flat(events.multiplicity, columns), CHANNELS, SHAPE)
