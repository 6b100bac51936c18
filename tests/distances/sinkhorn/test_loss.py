"""The Sinkhorn loss: its gradient against a converged solution, differences and POT; one number in every form."""

import numpy as np
import ot
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from eventspace import InputError, ParticleClouds, Sinkhorn, sinkhorn_loss
from eventspace.distances.sinkhorn import loss as module
from eventspace.distances.sinkhorn import plain as sinkhorn_plain


def batch(seed, count, particles, dtype=torch.float32):
    rng = np.random.default_rng(seed)
    energy, place = rng.exponential(size=(count, particles)), rng.normal(0, 0.3, (count, particles, 2))
    return torch.tensor(energy, dtype=dtype), torch.tensor(place, dtype=dtype)


def pairs(count=5, n=14, m=11, dtype=torch.float32):
    return *batch(1, count, n, dtype), *batch(2, count, m, dtype)


def with_gradient(tensors, **options):
    leaves = [values.clone().requires_grad_() for values in tensors]
    loss = sinkhorn_loss(*leaves, **options)
    loss.sum().backward()
    return [loss.detach(), *(leaf.grad for leaf in leaves)]


def error(ours, theirs):
    return ((ours.double() - theirs).norm() / theirs.norm()).item()


CASES = pytest.mark.parametrize(
    ("p", "eps", "options"),
    [
        (1.0, 0.02, {}),
        (1.0, 0.1, {"divergence": True}),
        (1.0, 0.05, {"normalise": False}),
        (0.5, 0.1, {"normalise": False, "divergence": True}),
        (2.0, 0.02, {}),
        (1.4, 0.5, {}),
    ],
)


@pytest.mark.slow
@CASES
def test_single_precision_agrees_with_the_converged_solution(p, eps, options):
    options = {"R": 1.2, "p": p, "eps": eps, **options}
    ours = with_gradient(pairs(), **options)
    converged = with_gradient(pairs(dtype=torch.float64), **options)
    assert converged[0].dtype == torch.float64
    value, *gradients = (error(*both) for both in zip(ours, converged, strict=True))
    assert value < 1e-4
    assert gradients[1] < 5e-3
    assert gradients[3] < 5e-3
    assert max(gradients) < 5e-2


@CASES
def test_plain_torch_takes_the_steps_of_the_kernel(p, eps, options, monkeypatch):
    options = {"R": 1.2, "p": p, "eps": eps, **options}
    ours = with_gradient(pairs(), **options)
    monkeypatch.setattr(module, "_solver", lambda *energies: sinkhorn_plain.solve)
    plain = with_gradient(pairs(), **options)
    for mine, other in zip(ours, plain, strict=True):
        torch.testing.assert_close(mine, other, rtol=1e-2, atol=2e-3)


@pytest.mark.slow
@CASES
def test_gradient_agrees_with_finite_differences(p, eps, options):
    """Along a direction in which all energies and positions change, in double precision."""
    options = {"R": 1.2, "p": p, "eps": eps, **options}
    tensors = pairs(3, 4, 3, torch.float64)
    generator, step = torch.Generator().manual_seed(1), 1e-5
    direction = [torch.randn(values.shape, generator=generator, dtype=torch.float64) / 5 for values in tensors]
    _, *gradients = with_gradient(tensors, **options)

    def moved(by):
        there = (values + by * along for values, along in zip(tensors, direction, strict=True))
        return sinkhorn_loss(*there, **options)

    expected = sum((slope * along).flatten(1).sum(dim=1) for slope, along in zip(gradients, direction, strict=True))
    torch.testing.assert_close((moved(step) - moved(-step)) / (2 * step), expected, rtol=1e-5, atol=1e-6)


def test_plan_and_potentials_agree_with_pot():
    """The derivative with respect to a position is that of the cost, summed with POT's plan."""
    energy, place, other_energy, other_place = pairs(3, dtype=torch.float64)
    _, slope, push, *_ = with_gradient((energy, place, other_energy, other_place), eps=0.05)
    for k in range(3):
        a, b = (values[k] / values[k].sum() for values in (energy, other_energy))
        way = place[k][:, None] - other_place[k]
        cost = way.norm(dim=-1)
        plan = ot.sinkhorn(a, b, cost, 0.05, method="sinkhorn_log", numItermax=20_000, stopThr=1e-12)
        torch.testing.assert_close(push[k], (plan[..., None] * way / cost[..., None]).sum(dim=1), rtol=1e-6, atol=1e-8)
        potential = 0.05 * torch.log(torch.as_tensor(plan) / (a[:, None] * b)).add(cost / 0.05)[:, 0]
        centred = (potential - (a * potential).sum()) / energy[k].sum()
        torch.testing.assert_close(slope[k], centred, rtol=1e-6, atol=1e-8)


@pytest.mark.parametrize("normalise", [True, False])
def test_gradient_tends_to_that_of_the_exact_transport(normalise):
    """Of single particles against many, where every flow is optimal, and of a translation."""
    energy, place = batch(3, 2, 9)
    one, origin = energy.sum(dim=1, keepdim=True), torch.zeros(2, 1, 2)
    _, _, push, _, other = with_gradient((energy, place, one, origin), eps=1e-3, normalise=normalise)
    weight = energy / energy.sum(dim=1, keepdim=True) if normalise else energy
    expected = weight[..., None] * place / place.norm(dim=-1, keepdim=True)
    torch.testing.assert_close(push, expected, rtol=1e-3, atol=1e-4)
    torch.testing.assert_close(other[:, 0], -expected.sum(dim=1), rtol=1e-3, atol=1e-3)


def test_value_is_that_of_the_metric():
    energy, place, other_energy, other_place = pairs()
    for options in ({}, {"normalise": False}, {"divergence": True}, {"normalise": False, "divergence": True}):
        losses = sinkhorn_loss(energy, place, other_energy, other_place, R=1.5, eps=0.1, **options)
        metric = Sinkhorn(R=1.5, eps=0.1, **options)
        for k in range(len(energy)):
            events = ((energy, place), (other_energy, other_place))
            clouds = ParticleClouds.from_lists([torch.cat((e[k, :, None], x[k]), dim=1) for e, x in events])
            assert losses[k].item() == pytest.approx(metric.between(clouds[:1], clouds[1:]), rel=1e-3, abs=1e-5)


@pytest.mark.parametrize("dtype", [torch.float32, torch.float64])
@pytest.mark.parametrize("normalise", [True, False])
def test_padding_masks_and_order_change_nothing(dtype, normalise):
    tensors = pairs(dtype=dtype)
    reference = with_gradient(tensors, normalise=normalise)
    energy, place, *others = tensors
    padded = torch.cat((energy, torch.zeros(5, 3, dtype=dtype)), dim=1)
    anywhere = torch.cat((place, torch.full((5, 3, 2), torch.nan, dtype=dtype)), dim=1)
    value, slope, push, *_ = with_gradient((padded, anywhere, *others), normalise=normalise)
    masked = torch.cat((energy, torch.full((5, 3), 7.0, dtype=dtype)), dim=1)
    mask = torch.arange(17).expand(5, 17) < 14
    other = with_gradient((masked, anywhere, *others), mask=mask, normalise=normalise)
    for ours, theirs in zip((value, slope, push), other, strict=False):
        assert torch.equal(ours, theirs)
    assert not slope[:, 14:].any()
    assert not push[:, 14:].any()
    for ours, theirs in zip((value, slope[:, :14], push[:, :14]), reference, strict=False):
        torch.testing.assert_close(ours, theirs, rtol=1e-4, atol=1e-5)

    order = torch.randperm(14, generator=torch.Generator().manual_seed(1))
    shuffled = with_gradient((energy[:, order], place[:, order], *others), normalise=normalise)
    torch.testing.assert_close(shuffled[2], reference[2][:, order], rtol=1e-2, atol=1e-3)


def test_a_pair_alone_gives_what_it_gives_in_a_batch_on_any_number_of_threads():
    tensors = pairs(9)
    threads = torch.get_num_threads()
    try:
        torch.set_num_threads(1)
        alone = [with_gradient([values[k : k + 1] for values in tensors]) for k in range(9)]
        for number in (1, 3):
            torch.set_num_threads(number)
            for k, ours in enumerate(with_gradient(tensors)):
                assert torch.equal(ours, torch.cat([results[k] for results in alone]))
    finally:
        torch.set_num_threads(threads)


def test_full_turns_change_nothing():
    energy, place, *others = pairs()
    turned = place + torch.tensor([0.0, 4 * torch.pi])
    for ours, theirs in zip(
        with_gradient((energy, turned, *others)), with_gradient((energy, place, *others)), strict=True
    ):
        torch.testing.assert_close(ours, theirs, rtol=1e-2, atol=1e-4)


def test_equal_events_have_no_divergence_and_no_gradient():
    energy, place = batch(1, 4, 12)
    for normalise in (True, False):
        value, slope, push, _, _ = with_gradient(
            (energy, place, energy, place), divergence=True, normalise=normalise, eps=0.1
        )
        assert (value == 0).all()
        assert push.abs().max() < 1e-3 * (1 if normalise else energy.sum(dim=1).max())
        if normalise:  # otherwise there is a kink where the energies agree
            assert slope.abs().max() < 1e-2


def hard_events(rng, dtype):
    """Energies over twelve powers of ten, particles in one place, and almost."""
    n = rng.integers(1, 7)
    energy = 10.0 ** rng.uniform(-10, 2, (3, n)) * (rng.random((3, n)) < 0.7)
    energy[:, 0] += 1e-3
    place = rng.choice([0.0, 1e-7, 0.1, 3.0], (3, n, 2)) * rng.normal(size=(3, n, 2))
    return torch.tensor(energy, dtype=dtype), torch.tensor(place, dtype=dtype)


@pytest.mark.slow
@given(
    st.integers(0, 2**32 - 1),
    st.sampled_from([0.3, 1.0, 2.0]),
    st.floats(-8, 3),
    st.floats(-20, 20),
    st.booleans(),
    st.booleans(),
)
@settings(max_examples=200)
def test_every_valid_batch_has_a_finite_gradient(seed, p, eps, R, normalise, divergence):
    rng = np.random.default_rng(seed)
    tensors = (*hard_events(rng, torch.float32), *hard_events(rng, torch.float32))
    options = {"R": 10.0**R, "p": p, "eps": 10.0**eps, "normalise": normalise, "divergence": divergence}
    assert all(bool(values.isfinite().all()) for values in with_gradient(tensors, **options))


@pytest.mark.parametrize("options", [{}, {"normalise": False, "divergence": True}])
def test_so_does_plain_torch(options, monkeypatch):
    monkeypatch.setattr(module, "_solver", lambda *energies: sinkhorn_plain.solve)
    rng = np.random.default_rng(3)
    for dtype, R in ((torch.float32, 1e-3), (torch.float32, 1e12), (torch.float64, 3.0)):
        tensors = (*hard_events(rng, dtype), *hard_events(rng, dtype))
        results = with_gradient(tensors, R=R, eps=0.5 * max(1 / R, 1), **options)
        assert all(bool(values.isfinite().all()) for values in results)


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({0: lambda e: e - 5}, r"event 0: energy is negative"),
        ({0: lambda e: torch.where(torch.arange(5)[:, None] == 2, 0, e)}, r"event 2: the sum of energy is 0"),
        ({2: lambda e: e * torch.nan}, r"event 0: other_energy is NaN"),
        ({3: lambda x: x / 0}, r"event 0: other_position is NaN or infinite"),
        ({1: lambda x: x[:, :, 0]}, r"position \(5, 14\)"),
        ({2: lambda e: e[:4], 3: lambda x: x[:4]}, "5 events .* and 4"),
        ({2: lambda e: e[:, :0], 3: lambda x: x[:, :0]}, "other_energy is empty"),
    ],
)
def test_bad_input_is_told(change, message):
    tensors = [change.get(k, lambda values: values)(values) for k, values in enumerate(pairs())]
    with pytest.raises(InputError, match=message):
        sinkhorn_loss(*tensors)


def test_bad_masks_and_parameters_are_told():
    with pytest.raises(InputError, match=r"mask is torch.float32 of shape \(5, 14\); give booleans"):
        sinkhorn_loss(*pairs(), mask=pairs()[0])
    with pytest.raises(InputError, match="eps is 0"):
        sinkhorn_loss(*pairs(), eps=0)
    with pytest.raises(InputError, match="R is -1"):
        sinkhorn_loss(*pairs(), R=-1)
