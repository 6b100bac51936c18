"""What the tests of studies share."""

from collections.abc import Iterator

import pytest

from eventspace.statistics.agreement import classifier_auc


@pytest.fixture(scope="module", autouse=True)
def two_repetitions() -> Iterator[None]:
    """The classifier of the two-sample metrics takes most of the time of a small study: two divisions, not five."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setitem(classifier_auc.__kwdefaults__, "repeats", 2)
        yield
