"""What every simulation of the dictionary promises: one sample for one seed, and options refused by name."""

from collections.abc import Iterator
from concurrent.futures import ProcessPoolExecutor
from contextlib import nullcontext
from multiprocessing import get_context
from types import SimpleNamespace

import numpy as np
import pytest

import eventspace as es
from eventspace.base.errors import InputError
from eventspace.cli import main
from eventspace.distances.engine.checkpoint import fingerprint
from eventspace.events.base import Events
from eventspace.events.native import writer
from eventspace.events.simulate import SIMULATIONS, blocks, simulate

EACH = pytest.mark.parametrize("kind", SIMULATIONS)


@pytest.fixture(autouse=True)
def small_blocks(monkeypatch: pytest.MonkeyPatch) -> None:
    for kind, simulation in SIMULATIONS.items():
        monkeypatch.setitem(SIMULATIONS, kind, simulation._replace(size=lambda _: 8))


@pytest.fixture(scope="module")
def pool() -> Iterator[ProcessPoolExecutor]:
    with ProcessPoolExecutor(2, mp_context=get_context("spawn")) as pool:
        yield pool


@pytest.fixture(autouse=True)
def one_pool(pool: ProcessPoolExecutor, monkeypatch: pytest.MonkeyPatch) -> None:
    """All kinds are made by the same two processes: to start them takes longer than to make these samples."""
    shared = SimpleNamespace(submit=pool.submit, shutdown=lambda **_: None)
    monkeypatch.setattr(blocks, "ProcessPoolExecutor", lambda *_, **__: nullcontext(shared))


def whole(path, kind: str, n: int, **options) -> Events:
    with writer(path) as file:
        for part in simulate(kind, n, **options):
            file.append(part)
    return es.read(path)


def assert_same(one: Events, other: Events) -> None:
    """All numbers and texts of two sets."""
    assert fingerprint(one[:]) == fingerprint(other[:])
    assert one.per_event.keys() == other.per_event.keys()
    for name, values in one.per_event.items():
        np.testing.assert_array_equal(values, other.per_event[name])


@pytest.mark.slow
@EACH
def test_a_sample_depends_on_the_seed_alone_and_begins_every_larger_one(kind: str, tmp_path) -> None:
    """Within a block, and beyond it on two processes."""
    large = whole(tmp_path / "large.h5", kind, 11, seed=5, processes=1)
    assert len(large.check()) == 11
    assert large.seed == 5
    assert kind in large.origin
    for n, processes in ((5, 1), (10, 2)):
        small = whole(tmp_path / f"{n}.h5", kind, n, seed=5, processes=processes)
        whole_file = tmp_path / "head.h5"
        es.write(whole_file, large[:n])
        assert_same(small, es.read(whole_file))
    other = whole(tmp_path / "other.h5", kind, 5, seed=6, processes=1)
    assert fingerprint(other[:]) != fingerprint(large[:5])


@EACH
def test_an_option_that_it_lacks_is_refused_by_name(kind: str) -> None:
    with pytest.raises(InputError, match=f"{kind} has no option banana; "):
        simulate(kind, 1, banana=1)


@EACH
def test_it_says_what_it_is_and_its_command_shows_every_option(kind: str, capsys) -> None:
    simulation = SIMULATIONS[kind]
    assert simulation.description
    assert simulation.unit
    assert all(option.description for option in simulation.options.model_fields.values())
    assert main(["simulate", kind, "--help"]) == 0
    shown = capsys.readouterr().out
    for name in simulation.options.model_fields:
        assert f"--{name.replace('_', '-')} " in shown
