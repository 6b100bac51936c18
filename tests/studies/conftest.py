"""What the tests of studies share."""

import pytest


@pytest.fixture(scope="module", autouse=True)
def quick_classifier(two_repetitions: None) -> None:
    """For all tests of this folder."""
