"""What varies, for any value and number of events; rounding is not variation."""

import numpy as np
import pytest

from eventspace.statistics.scale import scales, varies


@pytest.mark.parametrize("n", [3, 60, 300, 10_001])
@pytest.mark.parametrize("value", [0.0, 2.0, 0.1, 65.536, 1e-20, -1e20])
def test_equal_values_do_not_vary(value, n):
    assert not varies(np.full(n, value))
    assert scales(np.full(n, value)) == 1


@pytest.mark.parametrize("value", [0.0, 1.0, 1e5])
def test_small_variations_are_seen(value):
    values = value + 1e-3 * np.random.default_rng(1).normal(size=(50, 2))
    assert varies(values).all()
    assert scales(values) == pytest.approx(values.std(axis=0))
