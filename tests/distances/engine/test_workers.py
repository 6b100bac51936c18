"""Processes and clusters: the same bytes as on threads, also if workers are killed, and clear words where all fails."""

import operator
import os
import signal
import socket
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import h5py
import numpy as np
import pytest

import eventspace as es
from eventspace.distances.engine import pairwise, workers
from eventspace.distances.engine.pairwise import matrix_to_file
from eventspace.distances.metric import Metric
from eventspace.events.base import Events

dask = pytest.importorskip("dask")
distributed = pytest.importorskip("distributed")

How = dict[str, Any]


@pytest.fixture(scope="module")
def cluster() -> Iterator[Any]:
    """A client of two processes on this machine."""
    with workers.connect("local:2") as client:
        yield client


def points(n: int = 40) -> es.Points:
    return es.Points(values=np.random.default_rng(5).normal(size=(n, 2)))


def jets(n: int = 20, seed: int = 1) -> es.ParticleClouds:
    rng = np.random.default_rng(seed)
    return es.ParticleClouds.from_lists(
        [np.column_stack([rng.exponential(5, size), rng.normal(0, 0.2, (size, 2))]) for size in rng.integers(3, 15, n)]
    )


def stored(metric: Metric, events: Events, folder: Path, how: How) -> np.ndarray:
    path = matrix_to_file(metric, events, path=folder / "d.h5", **how)
    with h5py.File(path) as file:
        return file["distances"][:]


VERBS: dict[str, Callable[[Metric, Events, Path, How], Any]] = {
    "matrix": lambda metric, events, _, how: es.matrix(metric, events, **how),
    "matrix_to_file": stored,
    "counts": lambda metric, events, _, how: es.counts(metric, events, [0.1, 0.5, 1.0], **how),
    "nearest": lambda metric, events, _, how: es.nearest(metric, events, k=3, **how),
    "nearest among others": lambda metric, events, _, how: es.nearest(metric, events[5:], events[:5], **how),
    "medoids": lambda metric, events, _, how: es.medoids(metric, events, 3, seed=1, **how).index,
}


@pytest.mark.slow
@pytest.mark.parametrize("verb", VERBS)
@pytest.mark.parametrize("metric", [es.Euclidean(), es.Transport(p=0.5), es.Transport(normalise=False)], ids=str)
def test_threads_blocks_and_processes_give_the_same_bytes(
    cluster: Any, tmp_path: Path, metric: Metric, verb: str
) -> None:
    events = points() if isinstance(metric, es.Euclidean) else jets()
    expected = VERBS[verb](metric, events, tmp_path, {"threads": 1})
    for how in ({"threads": 2, "block": 7}, {"scheduler": cluster, "block": 3}, {"scheduler": cluster}):
        assert np.array_equal(VERBS[verb](metric, events, tmp_path, how), expected)


def test_pairs_below_are_the_same_on_processes(cluster: Any) -> None:
    histograms = es.Points(values=np.random.default_rng(1).exponential(size=(700, 9)))
    expected = es.pairs_below(es.JensenShannon(), histograms, 0.05, threads=1)
    found = es.pairs_below(es.JensenShannon(), histograms, 0.05, scheduler=cluster)
    assert len(expected[0]) > 100
    assert all(np.array_equal(a, b) for a, b in zip(found, expected, strict=True))


@pytest.mark.slow
@pytest.mark.parametrize(("verb", "killed"), [("matrix_to_file", 1), ("counts", 1), ("nearest", 1), ("nearest", 2)])
def test_killed_workers_change_nothing(
    cluster: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, verb: str, killed: int
) -> None:
    events, block = points(30), 2
    tiles = 15 * 16 // 2
    before = pids(cluster)
    done = 0

    @contextmanager
    def kill_in_the_middle(*_: Any) -> Iterator[Callable[[int], None]]:
        def advance(_: int) -> None:
            nonlocal done
            done += 1
            if done == tiles // 2:
                for pid in before[:killed]:
                    os.kill(pid, signal.SIGKILL)

        yield advance

    monkeypatch.setattr(pairwise, "progress", kill_in_the_middle)
    result = VERBS[verb](es.Euclidean(), events, tmp_path, {"scheduler": cluster, "block": block})
    assert done == tiles
    assert not set(before[:killed]) & set(pids(cluster)), "the killed are gone"
    assert np.array_equal(result, VERBS[verb](es.Euclidean(), events, tmp_path, {"threads": 1}))
    cluster.wait_for_workers(2, timeout=30)


def pids(cluster: Any) -> list[int]:
    return [nanny.pid for nanny in cluster.cluster.workers.values()]


@pytest.mark.parametrize("size", range(1, 9))
def test_arrays_arrive_at_addresses_as_numpy_makes_them(cluster: Any, size: int) -> None:
    array = np.arange(size, dtype=np.float64)
    with workers.workers(None, cluster, array) as (submit, _):
        assert submit(operator.attrgetter("flags.aligned")).result()
        assert submit(operator.mul, array).result().tolist() == (array * array).tolist()


@pytest.mark.slow
def test_what_kills_every_worker_is_told() -> None:
    with (
        dask.config.set({"distributed.scheduler.allowed-failures": 0}),
        pytest.raises(es.EventspaceError, match=r"a worker died.*more memory"),
        workers.workers(None, "local:1") as (submit, _),
    ):
        submit(os._exit, 9).result()


@pytest.mark.slow
def test_lost_scheduler_is_told() -> None:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    start = "from distributed.cli.dask_scheduler import main; main()"
    command = [sys.executable, "-c", start, "--host", "127.0.0.1", "--port", str(port), "--no-dashboard"]
    scheduler = subprocess.Popen(command, stderr=subprocess.DEVNULL)
    try:
        with workers.connect(f"tcp://127.0.0.1:{port}") as client:
            threading.Timer(0.5, scheduler.kill).start()  # there are no workers, so the calculation is waiting
            with pytest.raises(es.EventspaceError, match="scheduler is gone"):
                es.matrix(es.Euclidean(), points(), scheduler=client)
    finally:
        scheduler.kill()
        scheduler.wait()


@pytest.mark.parametrize("scheduler", ["local:0", "local:two", "local", "here", "tcp://here", "http://here:1", 8786])
def test_wrong_scheduler_is_told(scheduler: Any) -> None:
    with pytest.raises(es.InputError, match=r"no scheduler .*; give the address .*local:N"):
        es.matrix(es.Euclidean(), points(), scheduler=scheduler)


def test_silent_scheduler_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(workers, "_PATIENCE", 0.3)
    with pytest.raises(es.InputError, match=r"no Dask scheduler answers at tcp://127.0.0.1:1; look"):
        es.matrix(es.Euclidean(), points(), scheduler="tcp://127.0.0.1:1")


@pytest.mark.parametrize(("theirs", "message"), [("0.0.1", "has eventspace 0.0.1, here"), (None, "has no eventspace")])
def test_workers_with_another_version_are_refused(theirs: str | None, message: str) -> None:
    class Client:
        def get_versions(self, packages: list[str]) -> dict[str, Any]:
            assert packages == ["eventspace"]
            worker = {"packages": {"eventspace": theirs}}
            return {"client": {"packages": {"eventspace": "0.1.0"}}, "workers": {"tcp://node7:4000": worker}}

    with pytest.raises(es.InputError, match=f"tcp://node7:4000 {message}.*same version"):
        workers._check_versions(Client())
