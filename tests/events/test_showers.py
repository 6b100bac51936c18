"""Windows of showers against slices of dense arrays."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from eventspace import InputError, Showers


@given(arrays(np.float64, (3, 5, 4, 3), elements=st.floats(0, 9)), st.tuples(*[st.integers(1, k) for k in (5, 4, 3)]))
def test_window_is_the_middle_of_the_grid(dense, shape):
    dense[:, 0, 0, 0] = 1
    window = Showers.from_dense(dense)[1:].window(shape)
    x, y, z = (slice((whole - k) // 2, (whole - k) // 2 + k) for whole, k in zip((5, 4, 3), shape, strict=True))
    np.testing.assert_array_equal(window.to_dense(), dense[1:, x, y, z])


def test_window_beyond_the_grid():
    showers = Showers.from_dense(np.ones((1, 2, 2, 2)))
    for shape in ((3, 1, 1), (1, 1, 0), (1, 1)):
        with pytest.raises(InputError, match="not within 2 x 2 x 2"):
            showers.window(shape)
