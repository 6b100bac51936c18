"""What the tests of commands share."""

import pytest


@pytest.fixture(scope="module", autouse=True)
def quick_classifier(two_repetitions: None) -> None:
    """For all tests of this folder."""
