import numpy as np
import pytest

from eventspace.statistics.interpolation import weights_at


def test_a_line_in_log_q_is_interpolated_exactly() -> None:
    points = np.array([0.1, 0.3, 0.4, 2.0])
    for Q in (0.1, 0.15, 0.3, 0.39, 1.0, 2.0):
        weights = weights_at(points, Q)
        assert weights.sum() == pytest.approx(1)
        assert weights @ np.log(points) == pytest.approx(np.log(Q))
        assert np.count_nonzero(weights) <= 2


@pytest.mark.parametrize("Q", [0.05, 3.0, 0.0, -1.0, np.inf, np.nan])
def test_outside_there_is_nothing(Q: float) -> None:
    assert not weights_at(np.array([0.1, 2.0]), Q).any()


def test_of_a_single_point() -> None:
    assert weights_at(np.array([0.1]), 0.1 * (1 + 1e-15)).tolist() == [1.0]
    assert weights_at(np.array([0.1]), 0.2).tolist() == [0.0]
    assert weights_at(np.empty(0), 0.2).tolist() == []
