"""Events that the tests of this folder share."""

import pytest

import eventspace as es


@pytest.fixture(scope="session")
def zhh() -> es.Collisions:
    return next(es.simulate("zhh", 40, seed=1, processes=1))


@pytest.fixture(scope="session")
def zz() -> es.Collisions:
    return next(es.simulate("zz", 40, seed=1, processes=1))
