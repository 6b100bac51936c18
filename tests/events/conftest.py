"""Random jets, and the coordinates that the vector package gives them."""

from collections.abc import Callable

import numpy as np
import pytest
import vector

Jets = list[np.ndarray]


def make_jets(count: int, seed: int = 1, most: int = 12) -> Jets:
    """Jets as rows of E, px, py, pz in falling order of pt; some lie across phi = pi."""
    generator = np.random.default_rng(seed)
    jets = []
    for number in range(count):
        particles = generator.integers(2, most + 1)
        pt = np.sort(generator.exponential(20.0, particles) + 0.5)[::-1]
        rapidity = generator.uniform(-1.5, 1.5) + generator.normal(0, 0.3, particles)
        phi = (np.pi if number % 3 == 0 else generator.uniform(-3, 3)) + generator.normal(0, 0.3, particles)
        mass = generator.choice([0.0, 0.13957, 0.93827], particles)
        transverse = np.hypot(pt, mass)
        columns = (transverse * np.cosh(rapidity), pt * np.cos(phi), pt * np.sin(phi), transverse * np.sinh(rapidity))
        jets.append(np.stack(columns, axis=1))
    return jets


@pytest.fixture
def toy_jets() -> Callable[..., Jets]:
    return make_jets


@pytest.fixture
def momenta() -> Callable[[np.ndarray], vector.MomentumNumpy4D]:
    """Rows of E, px, py, pz as vectors of the vector package."""

    def of(rows: np.ndarray) -> vector.MomentumNumpy4D:
        return vector.array({"E": rows[:, 0], "px": rows[:, 1], "py": rows[:, 2], "pz": rows[:, 3]})

    return of


@pytest.fixture
def padded() -> Callable[..., np.ndarray]:
    """Jets in rows of equal length, filled up with zeros: (jets, length, columns)."""

    def fill(jets: Jets, length: int) -> np.ndarray:
        rows = np.zeros((len(jets), length, jets[0].shape[1]))
        for row, jet in zip(rows, jets, strict=True):
            row[: len(jet)] = jet
        return rows

    return fill


@pytest.fixture
def check_relative(momenta) -> Callable[..., None]:
    """Compare clouds with jets in coordinates relative to their axes."""

    def check(clouds, jets: Jets, rtol: float = 1e-9) -> None:
        assert clouds.multiplicity.tolist() == [len(jet) for jet in jets]
        for number, jet in enumerate(jets):
            cloud, particles, axis = clouds[number : number + 1], momenta(jet), momenta(jet.sum(axis=0, keepdims=True))
            np.testing.assert_allclose(cloud.flat("pt"), particles.pt, rtol=rtol)
            np.testing.assert_allclose(cloud.flat("rapidity"), particles.rapidity - axis.rapidity, atol=10 * rtol)
            np.testing.assert_allclose(cloud.flat("phi"), particles.deltaphi(axis), atol=10 * rtol)
            for name in ("pt", "rapidity", "phi", "mass"):
                np.testing.assert_allclose(
                    cloud.per_event[f"jet_{name}"], getattr(axis, name), rtol=10 * rtol, err_msg=name
                )

    return check
