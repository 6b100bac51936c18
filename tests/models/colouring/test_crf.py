import itertools

import pytest
import torch
from torch import Tensor

from eventspace.models.colouring.crf import MeanField, energy_of, mean_field

PARTICLES, COLOURS = 4, 3


def problem(strength: float, seed: int = 1) -> tuple[Tensor, Tensor]:
    rng = torch.Generator().manual_seed(seed)
    logarithms = torch.log_softmax(torch.randn(1, PARTICLES, COLOURS, generator=rng, dtype=torch.float64), dim=2)
    pair = strength * torch.rand(1, PARTICLES, PARTICLES, generator=rng, dtype=torch.float64)
    pair = (pair + pair.transpose(1, 2)) / 2
    return logarithms, pair - torch.diag_embed(torch.diagonal(pair, dim1=1, dim2=2))


def enumerated(logarithms: Tensor, pair: Tensor) -> Tensor:
    """The marginals of exp(-E) from all colourings."""
    every = torch.tensor(list(itertools.product(range(COLOURS), repeat=PARTICLES)))
    count = len(every)
    energy = energy_of(every, logarithms.expand(count, -1, -1), pair.expand(count, -1, -1))
    chance = torch.softmax(-energy, dim=0)
    return torch.stack([(chance[:, None] * (every == colour)).sum(dim=0) for colour in range(COLOURS)], dim=1)


def event(n: int = 6) -> tuple[Tensor, ...]:
    rng = torch.Generator().manual_seed(4)
    energy = torch.rand(1, n, generator=rng)
    direction = torch.nn.functional.normalize(torch.randn(1, n, 3, generator=rng), dim=2)
    logarithms = torch.log_softmax(torch.randn(1, n, COLOURS, generator=rng), dim=2)
    displaced = torch.rand(1, n, generator=rng) < 0.6
    return logarithms, energy / energy.sum(), direction, displaced, torch.ones(1, n, dtype=torch.bool)


def test_the_energy_is_the_sum_over_particles_and_pairs() -> None:
    logarithms, pair = problem(1.0)
    for colours in itertools.product(range(COLOURS), repeat=PARTICLES):
        expected = -sum(float(logarithms[0, i, c]) for i, c in enumerate(colours))
        for i, j in itertools.combinations(range(PARTICLES), 2):
            expected += float(pair[0, i, j]) * (colours[i] != colours[j])
        assert energy_of(torch.tensor([colours]), logarithms, pair).item() == pytest.approx(expected, rel=1e-12)


@pytest.mark.parametrize(("strength", "error"), [(0.01, 1e-4), (0.1, 3e-3)])
def test_weak_couplings_give_the_marginals_of_all_colourings(strength: float, error: float) -> None:
    logarithms, pair = problem(strength)
    found, exact = mean_field(logarithms, pair, 50).exp()[0], enumerated(logarithms, pair)
    assert float((found - exact).abs().max()) < error
    # The field moves the marginals much farther than it misses them: the wrong sign would not pass.
    assert float((exact - logarithms.exp()[0]).abs().max()) > 5 * float((found - exact).abs().max())


def test_no_coupling_gives_the_network_alone() -> None:
    logarithms, energy, direction, displaced, mask = event()
    field = MeanField()
    with torch.no_grad():
        field.weights.fill_(-torch.inf)
    torch.testing.assert_close(field(logarithms, energy, direction, displaced, mask), logarithms)


def test_agreement_is_rewarded() -> None:
    logarithms = torch.tensor([[[0.9, 0.1], [0.9, 0.1], [0.4, 0.6]]]).log()
    pair = torch.ones(1, 3, 3) - torch.eye(3)
    assert mean_field(logarithms, pair, 10).exp()[0, 2, 0] > 0.5


def test_the_order_of_particles_does_not_matter() -> None:
    logarithms, energy, direction, displaced, mask = event()
    order, field = torch.tensor([3, 0, 5, 1, 4, 2]), MeanField()
    moved = field(logarithms[:, order], energy[:, order], direction[:, order], displaced[:, order], mask)
    torch.testing.assert_close(moved, field(logarithms, energy, direction, displaced, mask)[:, order])


def test_what_fills_up_changes_nothing() -> None:
    logarithms, energy, direction, displaced, mask = event()
    field = MeanField()
    alone = field(logarithms[:, :4], energy[:, :4], direction[:, :4], displaced[:, :4], mask[:, :4])
    filled = mask.clone()
    filled[:, 4:] = False
    torch.testing.assert_close(field(logarithms, energy, direction, displaced, filled)[:, :4], alone)


def test_every_parameter_is_reached() -> None:
    logarithms, energy, direction, _, mask = event()
    field = MeanField()
    found = field(logarithms, energy, direction, torch.ones_like(mask), mask)
    found[..., 0].sum().backward()
    assert all(value.grad is not None and bool((value.grad != 0).all()) for value in field.parameters())
