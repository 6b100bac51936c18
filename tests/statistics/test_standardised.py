"""Both samples in units of the reference."""

import numpy as np
import pytest

from eventspace import InputError
from eventspace.statistics.standardised import standardised


def test_reference_has_mean_0_and_width_1_and_a_fixed_feature_keeps_its_unit():
    rng = np.random.default_rng(1)
    reference = np.column_stack([rng.normal(5, 3, 200), np.full(200, 0.1)])
    a, b = standardised(reference, reference + np.array([6, 2]))
    assert a.mean(axis=0) == pytest.approx(0, abs=1e-12)
    assert a.std(axis=0) == pytest.approx([1, 0], abs=1e-12)
    assert (b - a)[0] == pytest.approx([6 / reference[:, 0].std(), 2])


def test_tables_that_do_not_fit():
    with pytest.raises(InputError, match="2 and 3 features"):
        standardised(np.zeros((4, 2)), np.zeros((4, 3)))
