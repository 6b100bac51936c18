import itertools
import math

import numpy as np
import pytest
import torch

import eventspace as es
from eventspace.models.colouring.colour_loss import colour_loss, jet_losses, smallest_losses, true_colours


def events(truth: list[int], energy: list[float]) -> es.Collisions:
    columns = {"px": energy, "py": [0.0] * len(energy), "pz": [0.0] * len(energy), "E": energy, "truth_jet": truth}
    return es.Collisions.from_flat([len(energy)], columns)


@pytest.mark.slow
def test_a_uniform_guess_costs_the_logarithm_of_the_colours() -> None:
    zhh = next(es.simulate("zhh", 4, seed=1, processes=1))
    truth = true_colours(zhh, 6)
    for start, stop in itertools.pairwise(zhh.offsets):
        colour, weight = (torch.from_numpy(v[start:stop])[None] for v in (truth.colour, truth.weight))
        uniform = torch.full((1, stop - start, 6), -math.log(6), dtype=torch.float64)
        assert colour_loss(uniform, colour, weight).item() == pytest.approx(math.log(6), rel=1e-12)


def test_jets_are_ordered_by_energy() -> None:
    truth = true_colours(events([0, 1, 1, 2], [3.0, 4.0, 1.0, 4.0]), 6)
    assert truth.colour.tolist() == [2, 0, 0, 1]
    assert truth.weight == pytest.approx([1 / 3, 0.8 / 3, 0.2 / 3, 1 / 3])


def test_the_matched_loss_is_the_smallest_of_all_720() -> None:
    rng = torch.Generator().manual_seed(3)
    logarithms = torch.log_softmax(3 * torch.randn(4, 30, 6, generator=rng), dim=2)
    colour = torch.arange(30).remainder(6).expand(4, 30)
    weight = torch.rand(4, 30, generator=rng)
    losses = jet_losses(logarithms, colour, weight)
    orders = list(itertools.permutations(range(6)))
    every = torch.stack([losses[:, range(6), order].sum(dim=1) for order in orders])
    torch.testing.assert_close(colour_loss(logarithms, colour, weight, matched=True), every.min(dim=0).values)
    torch.testing.assert_close(smallest_losses(losses), every.min(dim=0).values)
    torch.testing.assert_close(every[orders.index(tuple(range(6)))], colour_loss(logarithms, colour, weight))


@pytest.mark.parametrize(
    ("truth", "colours", "words"),
    [
        ([0, 3], 6, "fewer particles than jets"),
        ([0, 1, 2], 2, "more jets than the 2 colours"),
        ([-1, -1], 6, "no particle has a true jet"),
        ([0, 2, 2], 6, "true jet 1 has no particle"),
    ],
)
def test_impossible_truth_is_refused(truth: list[int], colours: int, words: str) -> None:
    with pytest.raises(es.InputError, match=f"event 0.*{words}"):
        true_colours(events(truth, [1.0] * len(truth)), colours)


def test_events_without_truth_are_refused() -> None:
    plain = es.Collisions.from_flat([1], {"px": [1.0], "py": [0.0], "pz": [0.0], "E": [1.0]})
    with pytest.raises(es.InputError, match="no column truth_jet"):
        true_colours(plain, 6)


def test_particles_without_a_jet_count_nothing() -> None:
    truth = true_colours(events([0, -1, 1], [3.0, 9.0, 4.0]), 6)
    assert truth.weight.tolist() == [0.5, 0.0, 0.5]
    assert np.all(truth.colour == [1, -1, 0])


def test_a_loss_that_is_not_finite_stays_so() -> None:
    """The training stops at it with an error of its own; the matching must not fail before."""
    losses = torch.tensor([[[math.nan, math.nan], [1.0, math.nan]], [[1.0, 2.0], [2.0, 1.0]]])
    found = smallest_losses(losses)
    assert found.isfinite().tolist() == [False, True]
    assert found[1].item() == 2.0
