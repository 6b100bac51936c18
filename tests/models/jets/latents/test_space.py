import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from eventspace.base.errors import InputError
from eventspace.models.jets.latents.space import FACTORS, LatentSpace, latent_space

TEXTS = ["R2", "S1", "RP2", "C2", "C3 x R4", "R6 x S1 x RP2 x C2", "S1 x S1 x S2", "R1 x R2 x C2"]


def head(space: LatentSpace, n: int = 5, dtype: torch.dtype = torch.float32) -> torch.Tensor:
    return torch.randn(n, space.parameters, generator=torch.Generator().manual_seed(1), dtype=dtype)


@pytest.mark.parametrize(
    "text", ["R6 x S1 x RP2 x C2", "R6xS1xRP2xC2", "r^6 × s^1 × rp^2 × c2", " C2x R6\tX S1 x\nRP2 ", "R06xS01xRP2xC2"]
)
def test_spaces_signs_and_small_letters_do_not_matter(text: str) -> None:
    space = latent_space(text)
    assert space == latent_space("R6 x S1 x RP2 x C2")
    assert space.text == "C2 x R6 x S1 x RP2"
    assert (space.dimension, space.categories) == (9, 2)
    assert space.parameters == 2 + 2 * (12 + 3 + 7)
    assert space.coordinates == 2 + 6 + 2 + 6
    assert space.latents == ("C2", *(f"R6[{axis}]" for axis in range(6)), "S1", "RP2")


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("", "is no factor"),
        ("R", "is no factor"),
        ("6", "is no factor"),
        ("Q3", '"Q3"'),
        ("CP2", '"CP2"'),
        ("R2 x", '""'),
        ("R2 S1", '"R2S1"'),
        ("R2 + S1", "is no factor"),
        ("R-2", "is no factor"),
        ("R2.5", "is no factor"),
        ("R²", "is no factor"),
        ("R٣", "is no factor"),
        ("R0", "out of range"),
        ("S0", "out of range"),
        ("C1", "out of range"),
        ("R257", "out of range"),
        ("R9999999999", "is no factor"),
        ("C2 x R2 x C3", "two categories"),
    ],
)
def test_what_is_no_space_is_refused(text: str, problem: str) -> None:
    with pytest.raises(InputError, match=problem) as caught:
        latent_space(text)
    assert caught.value.remedy
    if "two" not in problem:
        assert "R6 x S1 x RP2 x C2" in caught.value.remedy


@given(
    st.lists(st.tuples(st.sampled_from(sorted(FACTORS)), st.integers(1, 20)), max_size=5),
    st.integers(1, 9),
    st.sampled_from(["x", " x ", "×", " X"]),
    st.integers(0, 5),
)
def test_the_text_of_a_space_means_this_space(
    factors: list[tuple[str, int]], categories: int, times: str, place: int
) -> None:
    parts = [f"{letters}{number}" for letters, number in factors]
    category = [f"C{categories}"] if categories > 1 else []
    if not parts + category:
        return
    space = latent_space(times.join([*parts[:place], *category, *parts[place:]]))
    assert space.text == " x ".join(category + parts)
    assert latent_space(space.text) == space
    assert space.dimension == sum(number for _, number in factors)
    assert len(set(space.latents)) == len(space.latents)


@pytest.mark.parametrize("text", TEXTS)
def test_shapes_names_and_gradients(text: str) -> None:
    space = latent_space(text)
    numbers = head(space).requires_grad_()
    q = space.posterior(numbers)
    points = q.sample()
    assert points.shape == q.mode().shape == (5, space.categories, space.coordinates)
    assert q.kl().shape == q.scale().shape == (5, len(space.latents))
    assert q.probabilities.shape == (5, space.categories)
    assert space.prior(7).shape == (7, space.coordinates)
    assert {points.dtype, q.kl().dtype, q.scale().dtype, space.prior(1).dtype} == {torch.float32}
    loss = q.expectation(points.square().sum(dim=2) * torch.arange(1.0, space.categories + 1)) + q.kl().sum(dim=1)
    loss.sum().backward()
    assert numbers.grad is not None
    assert bool((numbers.grad != 0).all())


@pytest.mark.parametrize("text", TEXTS)
def test_the_same_seed_gives_the_same_bytes(text: str) -> None:
    space = latent_space(text)
    q = space.posterior(head(space))

    def drawn(seed: int) -> list[torch.Tensor]:
        rng = torch.Generator().manual_seed(seed)
        return [q.sample(generator=rng), space.prior(5, generator=rng)]

    first, again, other = drawn(1), drawn(1), drawn(2)
    assert all(torch.equal(a, b) for a, b in zip(first, again, strict=True))
    if space.factors:
        assert not torch.equal(first[0], other[0])
    noise = torch.randn(5, space.categories, space.noise, generator=torch.Generator().manual_seed(1))
    assert torch.equal(q.sample(noise=noise), first[0])
    torch.manual_seed(1)
    assert torch.equal(q.sample(), first[0])


def test_the_category_comes_first_and_every_category_has_a_point() -> None:
    space = latent_space("R1 x C3")
    means = torch.tensor([[10.0, 20.0, 30.0]])
    numbers = torch.cat([torch.zeros(1, 3), torch.stack([means, torch.full((1, 3), -9.0)], dim=2).flatten(1)], dim=1)
    mode = space.posterior(numbers).mode()[0]
    torch.testing.assert_close(mode, torch.cat([torch.eye(3), means.T], dim=1))


def test_the_divergence_is_that_of_the_joint_distribution() -> None:
    """KL of q(c) q(z|c) from the prior, term by term: written anew for two categories and a normal z."""
    p, mean, sigma = torch.tensor([0.3, 0.7]), torch.tensor([1.0, -2.0]), torch.tensor([0.5, 0.8])
    widths = 14 * torch.atanh(sigma.log() / 14)  # undoes the bounds
    space = latent_space("C2 x R1")
    q = space.posterior(torch.cat([p.log(), torch.stack([mean, widths], dim=1).flatten()])[None])
    alone = (mean**2 + sigma**2 - 1) / 2 - sigma.log()
    expected = torch.stack([(p * (2 * p).log()).sum(), (p * alone).sum()])
    torch.testing.assert_close(q.kl()[0], expected)
    torch.testing.assert_close(q.scale()[0, 1], (p * sigma).sum())
    torch.testing.assert_close(q.expectation(torch.tensor([[2.0, 3.0]])), torch.tensor([2.7]))


def test_a_product_is_its_factors() -> None:
    space, alone = latent_space("R2 x S1 x RP2"), [latent_space(text) for text in ("R2", "S1", "RP2")]
    numbers = head(space)
    noise = torch.randn(5, 1, space.noise, generator=torch.Generator().manual_seed(2))
    q = space.posterior(numbers)
    parts = [
        (one.posterior(given), drawn)
        for one, given, drawn in zip(
            alone,
            numbers.split([one.parameters for one in alone], dim=1),
            noise.split([one.noise for one in alone], dim=2),
            strict=True,
        )
    ]
    assert torch.equal(q.sample(noise=noise), torch.cat([part.sample(noise=drawn) for part, drawn in parts], dim=2))
    assert torch.equal(q.kl(), torch.cat([part.kl() for part, _ in parts], dim=1))


def test_the_prior_has_every_category() -> None:
    points = latent_space("C3 x R1").prior(3000, generator=torch.Generator().manual_seed(1))
    assert bool((points[:, :3].sum(dim=1) == 1).all())
    assert points[:, :3].mean(dim=0).tolist() == pytest.approx([1 / 3] * 3, abs=0.04)


@pytest.mark.parametrize("text", ["R3", "S1", "S2", "RP1", "RP2", "C3 x R2 x S2 x RP2"])
def test_a_path_moves_one_latent_and_closes_where_the_space_does(text: str) -> None:
    space = latent_space(text)
    along = torch.linspace(-1, 1, 9)
    first = int(space.categories > 1)
    zero = space.path(first, torch.zeros(1))
    for latent in range(first, len(space.latents)):
        points = space.path(latent, along)
        assert points.shape == (9, space.coordinates)
        torch.testing.assert_close(points[4:5], zero)
        assert (points[1:-1] - zero).abs().sum(dim=1).count_nonzero() == 6
        if not space.latents[latent].startswith("R") or space.latents[latent].startswith("RP"):
            torch.testing.assert_close(points[0], points[-1], atol=1e-6, rtol=0)
    for wrong in (-1, len(space.latents), *range(first)):
        with pytest.raises(InputError, match="has no path"):
            space.path(wrong, along)
