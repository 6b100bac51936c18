"""Maximum-likelihood fits of the families that the known distributions belong to: the gain from knowing the form."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray
from threadpoolctl import threadpool_limits

from eventspace.base.errors import InputError
from eventspace.statistics.truths import Truth

__all__ = ["CamelbackFit", "ShellFit", "fit"]

Floats = NDArray[np.float64]

_LOG_ROOT = 0.5 * np.log(2 * np.pi)
_TINY = 1e-9


@dataclass(frozen=True)
class CamelbackFit:
    """Two normal distributions, p(x) = a N(mu1, s1) + (1 - a) N(mu2, s2): five parameters.

    Attributes:
        weights: (a, 1 - a).
        means: (mu1, mu2).
        widths: (s1, s2).
    """

    weights: tuple[float, float]
    means: tuple[float, float]
    widths: tuple[float, float]

    @classmethod
    def to(cls, points: ArrayLike) -> "CamelbackFit":
        """Fit (n, 1) points by the EM algorithm, started from two clusters.

        The likelihood has no largest value: a hump may shrink onto one point. A width is at least 1e-3 here, so that
        the fit ends, and the local maximum near the clusters is what is meant.
        """
        from sklearn.mixture import GaussianMixture

        values = np.asarray(points, dtype=np.float64)
        found = GaussianMixture(2, tol=1e-7, max_iter=2000, reg_covar=1e-6, random_state=0).fit(values)
        order = np.argsort(found.means_[:, 0])
        widths = np.sqrt(found.covariances_[:, 0, 0])
        return cls(_two(found.weights_[order]), _two(found.means_[order, 0]), _two(widths[order]))

    def draw(self, n: int, rng: np.random.Generator) -> Floats:
        """Draw (n, 1) points."""
        hump = (rng.random(n) >= self.weights[0]).astype(np.int64)
        return rng.normal(np.array(self.means)[hump], np.array(self.widths)[hump])[:, np.newaxis]


@dataclass(frozen=True, eq=False)
class ShellFit:
    """A shell around any centre: a point is centre + t u, with u a uniform direction and t ~ N(radius, width).

    Attributes:
        centre: (d,).
        radius: mean of t.
        width: standard deviation of t.
    """

    centre: Floats
    radius: float
    width: float

    @classmethod
    def to(cls, points: ArrayLike) -> "ShellFit":
        """Fit (n, d) points: d + 2 parameters, the maximum of the likelihood that is reached from the moments.

        The density of a point at the distance r from the centre is (N(r; radius, width) + N(-r; radius, width)) over
        the surface of the sphere of radius r. It is infinite at r = 0, so that a centre on one of the points would win.
        That is not meant: here the surface is that of radius (r^2 + (width of the start / 2)^2)^(1/2), which hardly
        matters on the shell, and the centre is at most one such width away from the mean of the points.
        """
        from scipy.optimize import minimize

        values = np.asarray(points, dtype=np.float64)
        n, d = values.shape
        centre = values.mean(axis=0)
        distances = np.linalg.norm(values - centre, axis=1)
        mean, spread = distances.mean(), distances.std()
        start = np.concatenate([centre, [mean, np.log(spread)]])
        bounds = [
            *((value - spread, value + spread) for value in centre),
            (0.0, 3 * mean),
            (np.log(spread) - 3, np.log(spread) + 3),
        ]

        def loss(parameters: Floats) -> tuple[float, Floats]:
            """Minus the mean logarithm of the likelihood, and its gradient."""
            radius, width = parameters[d], np.exp(parameters[d + 1])
            away = values - parameters[:d]
            r = np.maximum(np.linalg.norm(away, axis=1), _TINY)
            filled = r * r + spread * spread / 4
            near, far = (r - radius) / width, (r + radius) / width
            both = np.logaddexp(-near * near / 2, -far * far / 2)
            fraction = np.exp(-near * near / 2 - both)  # of the first of the two terms
            value = np.log(width) + _LOG_ROOT - both + (d - 1) * np.log(filled) / 2
            by_r = (fraction * near + (1 - fraction) * far) / width + (d - 1) * r / filled
            by_radius = (-fraction * near + (1 - fraction) * far) / width
            by_width = 1 - fraction * near * near - (1 - fraction) * far * far
            gradient = np.concatenate(
                [-(by_r / r) @ away / n, [by_radius.mean(), by_width.mean()]]  # width by its logarithm
            )
            return float(value.mean()), gradient

        found = minimize(
            loss, start, jac=True, method="L-BFGS-B", bounds=bounds, options={"maxiter": 1000, "ftol": 1e-13}
        )
        return cls(found.x[:d], float(found.x[d]), float(np.exp(found.x[d + 1])))

    def draw(self, n: int, rng: np.random.Generator) -> Floats:
        """Draw (n, d) points."""
        direction = rng.normal(size=(n, len(self.centre)))
        direction *= (rng.normal(self.radius, self.width, n) / np.linalg.norm(direction, axis=1))[:, np.newaxis]
        direction += self.centre
        return direction


def _two(values: Floats) -> tuple[float, float]:
    return float(values[0]), float(values[1])


def fit(truth: Truth, points: ArrayLike) -> CamelbackFit | ShellFit:
    """Fit the family that a truth belongs to.

    Arguments:
        truth: a camel back is fitted by two normal distributions, ring and shell by a shell around any centre.
        points: (n, d).

    Raises:
        InputError: there are too few points for the parameters.

    Example:
        >>> found = fit(Truth("ring", 2), Truth("ring", 2).draw(10_000, np.random.default_rng(1)))
        >>> round(found.radius, 1), round(found.width, 1)
        (4.0, 1.0)
    """
    parameters = 5 if truth.name == "camelback" else truth.dimension + 2
    if len(np.asarray(points)) <= parameters:
        raise InputError(
            f"{len(np.asarray(points))} points do not fix {parameters} parameters", remedy="give more training points"
        )
    with threadpool_limits(1):  # matrices this small only wait for each other on several threads
        return CamelbackFit.to(points) if truth.name == "camelback" else ShellFit.to(points)
