"""Events as clouds, and the distance that is learned from, beside the exact one of POT."""

import math

import numpy as np
import ot
import pytest
import torch
from torch import Tensor

import eventspace as es
from eventspace.models.jets.clouds import clouds_of, events_of, own_distance, squared_distance

CPU = torch.device("cpu")


def jets(n: int = 6, most: int = 9, seed: int = 1, coordinate: str = "rapidity") -> es.ParticleClouds:
    rng = np.random.default_rng(seed)
    counts = rng.integers(1, most + 1, n)
    total = int(counts.sum())
    columns = {"pt": rng.exponential(5, total), "phi": rng.normal(0, 0.3, total)}
    return es.ParticleClouds.from_flat(counts, columns | {coordinate: rng.normal(0, 0.3, total)})


def random_clouds(n: int, particles: int, seed: int, dtype: torch.dtype = torch.float32) -> tuple[Tensor, Tensor]:
    generator = torch.Generator().manual_seed(seed)
    weight = torch.rand(n, particles, generator=generator, dtype=dtype) + 0.05
    return weight / weight.sum(dim=1, keepdim=True), torch.randn(n, particles, 2, generator=generator, dtype=dtype) / 3


def exact(one: tuple[Tensor, Tensor], other: tuple[Tensor, Tensor]) -> list[float]:
    """Transport with the cost theta of each pair, by POT."""
    pairs = zip(*(values.double().numpy() for values in (*one, *other)), strict=True)
    return [float(ot.emd2(a / a.sum(), b / b.sum(), ot.dist(x, y, "euclidean"))) for a, x, b, y in pairs]


@pytest.mark.parametrize("hardest", [1, 4, 20])
def test_the_hardest_particles_are_kept_with_fractions_that_sum_to_1(hardest: int) -> None:
    events = jets()
    clouds = clouds_of(events, (), hardest)
    assert clouds.weight.shape == (6, hardest)
    assert clouds.position.shape == (6, hardest, 2)
    np.testing.assert_allclose(clouds.weight.sum(axis=1), 1, rtol=1e-6)
    for k, (start, stop) in enumerate(zip(events.offsets[:-1], events.offsets[1:], strict=True)):
        order = np.argsort(-events.flat("pt")[start:stop])[:hardest] + start
        pt = events.flat("pt")[order]
        np.testing.assert_allclose(clouds.weight[k, : len(pt)], pt / pt.sum(), rtol=1e-6)
        for axis, name in enumerate(("rapidity", "phi")):
            np.testing.assert_allclose(clouds.position[k, : len(pt), axis], events.flat(name)[order], rtol=1e-6)
        assert (clouds.weight[k, len(pt) :] == 0).all()


def test_jets_are_moved_before_soft_particles_are_left_out() -> None:
    """The centre is that of all particles, as the distance to the reconstruction sees it."""
    events = es.ParticleClouds.from_lists([[(1.0, 0.5, 3.0), (3.0, 0.1, -3.0), (0.5, 0.0, 3.1)]])
    clouds = clouds_of(events, ("centre",), 3)
    np.testing.assert_allclose(np.einsum("np,npd->nd", clouds.weight, clouds.position), 0, atol=1e-6)
    assert np.ptp(clouds.position[0, :, 1]) < 1, "a jet across phi = pi stays whole"
    few = clouds_of(events, ("centre",), 1)
    np.testing.assert_array_equal(few.position[0, 0], clouds.position[0, 0])


def test_rows_without_pt_are_no_particles() -> None:
    rows = [[(3.0, 0.1, 0.2), (0.0, 9.0, 9.0), (1.0, 0.3, 0.0)], [(2.0, 0.0, 0.0), (0.0, 0.0, 0.0), (0.0, 1.0, 1.0)]]
    clouds = clouds_of(es.ParticleClouds.from_lists(rows), (), 3)
    assert (clouds.weight > 0).sum(axis=1).tolist() == [2, 1]
    assert np.abs(clouds.position).max() < 1
    empty = es.ParticleClouds.from_flat([2, 1], {"pt": [0.0, 0.0, 1.0], "rapidity": [0.0] * 3, "phi": [0.0] * 3})
    with pytest.raises(es.InputError, match="event 0: the event holds no particles; remove the event"):
        clouds_of(empty, (), 3)


def test_points_are_clouds_of_one() -> None:
    values = np.random.default_rng(1).normal(size=(5, 3))
    clouds = clouds_of(es.Points(values=values), (), 7)
    assert (clouds.weight == 1).all()
    assert clouds.weight.shape == (5, 1)
    np.testing.assert_allclose(clouds.position[:, 0], values, rtol=1e-6)
    back = events_of(clouds, coordinate="", origin="here")
    assert isinstance(back, es.Points)
    np.testing.assert_allclose(back.values, values, rtol=1e-6)


@pytest.mark.parametrize("coordinate", ["rapidity", "eta"])
def test_jets_come_back_without_what_only_fills_up(coordinate: str) -> None:
    events = jets(coordinate=coordinate)
    back = events_of(clouds_of(events, (), 9), coordinate=coordinate, origin="here")
    assert isinstance(back, es.ParticleClouds)
    assert back.check().multiplicity.tolist() == events.multiplicity.tolist()
    assert (back.coordinate, back.units["pt"], back.origin) == (coordinate, "fraction of the jet", "here")
    np.testing.assert_allclose(back.total_pt, 1, rtol=1e-6)
    for k in range(len(events)):
        assert es.Transport().between(events[k : k + 1], back[k : k + 1]) == pytest.approx(0, abs=1e-6)


def test_another_kind_is_refused() -> None:
    showers = es.Showers.from_dense(np.ones((2, 2, 2, 2)))
    with pytest.raises(es.InputError, match="showers are no clouds; give jets of particles, or points"):
        clouds_of(showers, (), 3)


def test_a_batch_holds_its_rows_on_its_device() -> None:
    clouds = clouds_of(jets(), (), 4)
    weight, position = clouds.batch(np.array([4, 1]), CPU)
    assert weight.numpy().tolist() == clouds.weight[[4, 1]].tolist()
    assert position.numpy().tolist() == clouds.position[[4, 1]].tolist()


def test_for_a_small_eps_the_distance_is_the_square_of_the_exact_one() -> None:
    one, other = random_clouds(8, 5, 1), random_clouds(8, 4, 2)
    truth = np.square(exact(one, other))
    wrong = [float(np.abs(squared_distance(one, other, eps).numpy() / truth - 1).max()) for eps in (0.1, 0.01, 0.001)]
    assert wrong[0] > wrong[1] > wrong[2]
    assert wrong[2] < 0.01


@pytest.mark.parametrize("eps", [0.5, 0.02])
def test_equal_clouds_have_no_distance_however_large_eps_is(eps: float) -> None:
    weight, position = random_clouds(3, 6, 1)
    order = torch.tensor([3, 1, 5, 0, 2, 4])
    again = (weight[:, order], position[:, order])
    torch.testing.assert_close(squared_distance((weight, position), again, eps), torch.zeros(3), atol=1e-6, rtol=0)
    padded = (torch.cat([weight, torch.zeros(3, 2)], dim=1), torch.cat([position, torch.ones(3, 2, 2)], dim=1))
    torch.testing.assert_close(squared_distance(padded, again, eps), torch.zeros(3), atol=1e-6, rtol=0)


def test_clouds_of_one_have_the_distance_of_euclid_and_jets_of_one_the_same() -> None:
    rng = np.random.default_rng(1)
    ones, x, y = (
        torch.ones(4, 1),
        torch.from_numpy(rng.normal(size=(4, 1, 5))),
        torch.from_numpy(rng.normal(size=(4, 1, 5))),
    )
    expected = (x - y).square().sum(dim=(1, 2))
    torch.testing.assert_close(squared_distance((ones, x), (ones, y), 0.1), expected)
    # A jet of one particle has one plan only, so that no eps changes its distance.
    flat, other = x[..., :2] / 3, y[..., :2] / 3
    padded = (torch.tensor([[1.0, 0.0]]).expand(4, 2), torch.cat([flat, torch.zeros_like(flat)], dim=1))
    expected = (flat - other).square().sum(dim=(1, 2))
    torch.testing.assert_close(squared_distance(padded, (ones, other), 0.1), expected)


@pytest.mark.parametrize("same", [True, False])
def test_the_gradient_is_finite_and_that_of_the_squared_distance(same: bool) -> None:
    one = random_clouds(3, 4, 1, torch.float64)
    weight, position = one if same else random_clouds(3, 4, 2, torch.float64)
    made = position.clone().requires_grad_()
    squared_distance(one, (weight, made), 0.5).sum().backward()
    assert made.grad is not None
    assert bool(torch.isfinite(made.grad).all())
    if same:
        assert made.grad.abs().max() < 1e-4
        return
    step = 1e-5
    for place in ((0, 1, 0), (2, 3, 1)):
        ends = []
        for sign in (1, -1):
            moved = position.clone()
            moved[place] += sign * step
            ends.append(squared_distance(one, (weight, moved), 0.5).sum().item())
        assert made.grad[place].item() == pytest.approx((ends[0] - ends[1]) / (2 * step), rel=1e-3, abs=1e-6)


def test_an_own_distance_that_is_known_changes_neither_the_distance_nor_what_is_learned() -> None:
    one, (weight, position) = random_clouds(5, 6, 1), random_clouds(5, 4, 2)
    found = []
    for own in (None, own_distance(one, 0.05)):
        made = position.clone().requires_grad_()
        distance = squared_distance(one, (weight, made), 0.05, own)
        distance.sum().backward()
        found.append((distance.detach(), made.grad))
    assert all(torch.equal(first, second) for first, second in zip(*found, strict=True))
    assert bool((own_distance(one, 0.05) > 0).all())
    assert own_distance((torch.ones(2, 1), torch.zeros(2, 1, 3)), 0.05).tolist() == [0.0, 0.0]


def test_phi_has_no_end() -> None:
    weight = torch.full((1, 2), 0.5)
    near = torch.tensor([[[0.0, math.pi - 0.1], [0.0, math.pi - 0.2]]])
    across = torch.tensor([[[0.0, 0.1 - math.pi], [0.0, math.pi]]])
    assert squared_distance((weight, near), (weight, across), 0.001).item() == pytest.approx(0.04, rel=0.02)
