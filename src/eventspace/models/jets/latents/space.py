"""Products of latent spaces, from a text such as ``R6 x S1 x RP2 x C2``."""

import re
from collections import Counter
from dataclasses import dataclass

import torch
from torch import Generator, Tensor
from torch.nn import functional

from eventspace.base.errors import InputError
from eventspace.models.jets.latents.category import CategoryPosterior
from eventspace.models.jets.latents.factor import Factor, FactorPosterior
from eventspace.models.jets.latents.gaussian import Gaussian
from eventspace.models.jets.latents.projective import Projective
from eventspace.models.jets.latents.sphere import Sphere

__all__ = ["FACTORS", "LatentPosterior", "LatentSpace", "latent_space"]

FACTORS: dict[str, type[Factor]] = {"R": Gaussian, "S": Sphere, "RP": Projective}
"""Every factor that a latent space can have, beside a category, by the letters before its dimension."""

_CATEGORY = "C"
_MOST = 256  # dimensions of one factor, categories
_NAME = re.compile(r"([A-Z]+)\^?([0-9]{1,9})")
_REMEDY = (
    'give a product such as "R6", "S2", "R6 x S1 x RP2 x C2": R, S and RP with the number of their dimensions, and at '
    f"most one C with the number of categories, from 2; numbers up to {_MOST}"
)


@dataclass(frozen=True)
class LatentPosterior:
    """What the encoder says of n events: a category c, and for each category a point z of the other factors.

    The loss of an event is the sum over the categories of q(c) (reconstruction of (c, z) + KL(q(z|c), p(z))), plus
    KL(q(c), p(c)); :meth:`expectation` takes the first sum, and :meth:`kl` has both divergences.

    Attributes:
        category: probabilities of the categories, (n, categories); one of probability 1 if there is no category.
        factors: of the points, of shape (n, categories).
        space: the latent space.
    """

    category: CategoryPosterior
    factors: tuple[FactorPosterior, ...]
    space: "LatentSpace"

    @property
    def probabilities(self) -> Tensor:
        """Of the categories, (n, categories)."""
        return self.category.probabilities

    def sample(self, *, generator: Generator | None = None, noise: Tensor | None = None) -> Tensor:
        """One point for each category, with gradients to the encoder.

        Arguments:
            generator: of the noise; by default torch's own, which a training starts anew at every step.
            noise: (n, categories, space.noise) standard normal numbers, instead of new ones.

        Returns:
            (n, categories, coordinates). If there is a category, its numbers come first: 1 for this one, 0 for others.
        """
        if noise is None:
            given = self.category.logarithms
            shape = (*given.shape, self.space.noise)
            noise = torch.randn(shape, generator=generator, dtype=given.dtype, device=given.device)
        parts = torch.split(noise, [factor.noise for factor in self.space.factors], dim=-1)
        return self._joined([factor.sample(part) for factor, part in zip(self.factors, parts, strict=True)])

    def mode(self) -> Tensor:
        """The most probable point for each category, (n, categories, coordinates), as :meth:`sample` gives it."""
        return self._joined([factor.mode() for factor in self.factors])

    def expectation(self, losses: Tensor) -> Tensor:
        """Mean over the categories, weighted with their probabilities: (n,) of (n, categories)."""
        return self.category.expectation(losses)

    def kl(self) -> Tensor:
        """Divergence of each latent from the prior in nats, (n, latents), in the order of the space's ``latents``.

        The sum is that of the loss: that of a point is the mean over the categories.
        """
        return self._of_latents(self.category.kl(), [factor.kl() for factor in self.factors])

    def scale(self) -> Tensor:
        """Width of each latent, (n, latents), as :meth:`kl`; of a category, how many remain.

        Standard deviation on R; on spheres and projective spaces an angle, in radians if it is small.
        """
        return self._of_latents(self.category.scale(), [factor.scale() for factor in self.factors])

    def _joined(self, parts: list[Tensor]) -> Tensor:
        if self.space.categories == 1:
            return torch.cat(parts, dim=-1)
        given = self.category.logarithms
        which = torch.eye(self.space.categories, dtype=given.dtype, device=given.device)
        return torch.cat([which.expand(*given.shape, -1), *parts], dim=-1)

    def _of_latents(self, category: Tensor, parts: list[Tensor]) -> Tensor:
        means = [self.category.expectation(part) for part in parts]
        return torch.cat(means if self.space.categories == 1 else [category, *means], dim=-1)


@dataclass(frozen=True)
class LatentSpace:
    """A product of factors, and a category in front of them.

    Each category has a point of its own: the encoder gives q(c) and q(z|c), so that what one category would make of an
    event is known before it is chosen. The prior is uniform and independent.

    Attributes:
        factors: all but the category.
        categories: how many; 1 if there is no category.
    """

    factors: tuple[Factor, ...]
    categories: int = 1

    @property
    def text(self) -> str:
        """What :func:`latent_space` makes it of, the category in front."""
        return " x ".join([*self._category, *map(_name, self.factors)])

    @property
    def dimension(self) -> int:
        """Sum of those of the factors; a category has none."""
        return sum(factor.dimension for factor in self.factors)

    @property
    def latents(self) -> tuple[str, ...]:
        """Names of what has a divergence and a width of its own: the category, each axis of R, each sphere.

        Example:
            >>> latent_space("R2 x S1 x S1 x C2").latents
            ('C2', 'R2[0]', 'R2[1]', 'S1#1', 'S1#2')
        """
        names = [_name(factor) for factor in self.factors]
        often, met, labels = Counter(names), Counter[str](), list(self._category)
        for name, factor in zip(names, self.factors, strict=True):
            met[name] += 1
            label = f"{name}#{met[name]}" if often[name] > 1 else name
            several = isinstance(factor, Gaussian)
            labels += [f"{label}[{axis}]" for axis in range(factor.latents)] if several else [label]
        return tuple(labels)

    @property
    def parameters(self) -> int:
        """How many numbers the encoder gives for an event: first of the category, then of the factors for each."""
        return self._logits + self.categories * sum(self._parameters)

    @property
    def coordinates(self) -> int:
        """How many numbers the decoder gets for a point."""
        return self._logits + sum(factor.coordinates for factor in self.factors)

    @property
    def noise(self) -> int:
        """How many standard normal numbers make a point."""
        return sum(factor.noise for factor in self.factors)

    def posterior(self, numbers: Tensor) -> LatentPosterior:
        """What the numbers of an encoder mean.

        Arguments:
            numbers: (n, parameters), of any size.

        Example:
            >>> space = latent_space("C2 x S1")
            >>> q = space.posterior(torch.zeros(1, space.parameters))
            >>> q.sample(generator=torch.Generator().manual_seed(1)).shape, q.probabilities
            (torch.Size([1, 2, 4]), tensor([[0.5000, 0.5000]]))
            >>> q.kl()
            tensor([[0.0000, 0.3069]])
        """
        logits, rest = torch.split(numbers, [self._logits, numbers.shape[-1] - self._logits], dim=-1)
        if not self._logits:
            logits = numbers.new_zeros(*numbers.shape[:-1], 1)
        of_category = torch.unflatten(rest, -1, (self.categories, sum(self._parameters)))
        parts = torch.split(of_category, self._parameters, dim=-1)
        factors = tuple(factor.posterior(part) for factor, part in zip(self.factors, parts, strict=True))
        return LatentPosterior(CategoryPosterior(torch.log_softmax(logits, dim=-1)), factors, self)

    def prior(self, n: int, *, generator: Generator | None = None, device: torch.device | str = "cpu") -> Tensor:
        """Points of the prior, (n, coordinates), float32; arguments as for the sample of the posterior.

        Example:
            >>> latent_space("C2 x R3").prior(4, generator=torch.Generator().manual_seed(1)).shape
            torch.Size([4, 5])
        """
        noise = torch.randn(n, self.noise, generator=generator, device=device)
        parts = torch.split(noise, [factor.noise for factor in self.factors], dim=-1)
        points = [factor.prior(part) for factor, part in zip(self.factors, parts, strict=True)]
        if self.categories > 1:
            chosen = torch.randint(self.categories, (n,), generator=generator, device=device)
            points.insert(0, functional.one_hot(chosen, self.categories).to(noise))
        return torch.cat(points, dim=-1)

    def path(self, latent: int, along: Tensor, category: int = 0) -> Tensor:
        """Points along one latent, all others at their zero, for looking at what it does.

        Arguments:
            latent: its place in :attr:`latents`; that of a category has no path.
            along: (steps,) from -1 to 1; see :meth:`eventspace.models.jets.latents.factor.Factor.path`.
            category: that of all points.

        Returns:
            (steps, coordinates).

        Example:
            >>> latent_space("R1 x S1").path(1, torch.tensor([0.0, 0.5])).round(decimals=3).abs()
            tensor([[0., 1., 0.],
                    [0., 0., 1.]])
        """
        place = latent - (self.categories > 1)
        if not 0 <= place < sum(factor.latents for factor in self.factors):
            raise InputError(f"latent {latent} has no path", remedy=f"choose one of {', '.join(self.latents)}")
        parts = []
        if self.categories > 1:
            which = functional.one_hot(torch.full(along.shape, category), self.categories)
            parts.append(which.to(along))
        for factor in self.factors:
            mine = 0 <= place < factor.latents
            parts.append(factor.path(place if mine else 0, along if mine else torch.zeros_like(along)))
            place -= factor.latents
        return torch.cat(parts, dim=-1)

    @property
    def _category(self) -> list[str]:
        return [f"{_CATEGORY}{self.categories}"] if self.categories > 1 else []

    @property
    def _logits(self) -> int:
        return self.categories if self.categories > 1 else 0

    @property
    def _parameters(self) -> list[int]:
        return [factor.parameters for factor in self.factors]


def latent_space(text: str) -> LatentSpace:
    """The product that a text means.

    Arguments:
        text: factors with ``x`` or ``×`` between them: ``R6`` (R^6), ``S2`` (the sphere; S1 is the circle), ``RP2``
            (the sphere whose opposite points are one) and at most one ``C3`` (3 categories). Spaces, the sign ``^`` and
            the size of letters do not matter.

    Raises:
        InputError: there is no such space; the error lists what there is.

    Example:
        >>> space = latent_space("R6 x S1 x RP2 x C2")
        >>> space.text, space.dimension, space.categories
        ('C2 x R6 x S1 x RP2', 9, 2)
        >>> space.parameters, space.coordinates
        (46, 16)
        >>> latent_space("R6 + S1")
        Traceback (most recent call last):
        ...
        eventspace.base.errors.InputError: "R6+S1" in the latent space "R6 + S1" is no factor; give ...
    """
    factors: list[Factor] = []
    categories = 1
    for part in re.split("[X×]", re.sub(r"\s", "", text).upper()):
        letters, number = _factor(part, text)
        if letters != _CATEGORY:
            factors.append(FACTORS[letters](number))
        elif categories == 1:
            categories = number
        else:
            raise InputError(f'the latent space "{text}" has two categories', remedy="multiply their numbers")
    return LatentSpace(tuple(factors), categories)


def _factor(part: str, text: str) -> tuple[str, int]:
    """Letters and number of one factor."""
    found = _NAME.fullmatch(part)
    letters, number = (found[1], int(found[2])) if found else ("", 0)
    if letters not in (*FACTORS, _CATEGORY):
        raise InputError(f'"{part}" in the latent space "{text}" is no factor', remedy=_REMEDY)
    if not (2 if letters == _CATEGORY else 1) <= number <= _MOST:
        raise InputError(f'the number of "{part}" in the latent space "{text}" is out of range', remedy=_REMEDY)
    return letters, number


def _name(factor: Factor) -> str:
    """Letters and number of a factor."""
    letters = next(letters for letters, kind in FACTORS.items() if type(factor) is kind)
    return f"{letters}{factor.dimension}"
