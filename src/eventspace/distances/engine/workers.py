"""Who computes: threads of this process, worker processes of this machine, or a Dask cluster."""

import logging
import os
import re
import time
from collections.abc import Callable, Iterator
from concurrent.futures import CancelledError, Future, ThreadPoolExecutor
from contextlib import contextmanager
from typing import Any, NamedTuple

from eventspace.base.errors import EventspaceError, InputError
from eventspace.base.extras import require

__all__ = ["Workers", "connect", "workers"]

_PATIENCE = 10.0  # seconds to wait for a scheduler's answer
_COUNT_EVERY = 1.0  # seconds
_FORMS = "give the address of a Dask scheduler, tcp://host:8786 say, or local:N for N processes on this machine"


class Workers(NamedTuple):
    """Those who compute.

    Attributes:
        submit: ``submit(work, *arguments)`` has ``work(*data, *arguments)`` done, with the data given to ``workers``.
        capacity: how many tasks can be done at once; on a cluster this changes.
    """

    submit: Callable[..., Future[Any]]
    capacity: Callable[[], int]


@contextmanager
def workers(threads: int | None, scheduler: Any, *data: Any) -> Iterator[Workers]:
    """Threads, or a cluster where a scheduler is given, that have the data at hand.

    Arguments:
        threads: how many, in this process; all cores by default.
        scheduler: see :func:`connect`.

    Raises:
        InputError: threads is not positive, or the scheduler cannot be used.
        EventspaceError: the cluster fails.
        MissingExtraError: a scheduler is given and Dask is not installed.
    """
    if threads is not None and threads < 1:
        raise InputError(f"{threads} threads", remedy="give at least 1")
    with connect(scheduler) as client:
        if client is not None:
            with _dask_workers(client, data) as found:
                yield found
            return
        number = threads or os.cpu_count() or 1
        executor = ThreadPoolExecutor(number)
        try:
            yield Workers(lambda work, *arguments: executor.submit(work, *data, *arguments), lambda: number)
        finally:
            executor.shutdown(cancel_futures=True)


@contextmanager
def connect(scheduler: Any) -> Iterator[Any]:
    """A Dask client, which may be given to several calculations in turn; None where there is no scheduler.

    Arguments:
        scheduler: a Dask client, the address of a Dask scheduler, or ``local:N``: N processes of one thread each that
            are started here and stopped at the end.

    Raises:
        InputError: the scheduler is none of these, does not answer, or its workers have another version of eventspace.
        MissingExtraError: Dask is not installed.
    """
    if scheduler is None:
        yield None
        return
    with require("dask", "computing on a Dask cluster"):
        from distributed import Client
    if isinstance(scheduler, Client):
        yield scheduler
        return
    local = re.fullmatch(r"local:([1-9]\d*)", str(scheduler))
    if local:
        with _local_cluster(int(local[1])) as cluster, Client(cluster, set_as_default=False) as client:
            yield client
        return
    # Whoever uses another protocol makes a client: one that fails for another reason than silence is never closed.
    if not re.fullmatch(r"tcp://.+:\d+", str(scheduler)):
        raise InputError(f"there is no scheduler {scheduler!r}", remedy=_FORMS)
    try:
        client = Client(scheduler, timeout=_PATIENCE, set_as_default=False)
    except OSError as error:
        raise InputError(
            f"no Dask scheduler answers at {scheduler}", remedy="look whether it runs, and at this address"
        ) from error
    with _silence(), client:
        _check_versions(client)
        yield client


@contextmanager
def _local_cluster(processes: int) -> Iterator[Any]:
    """One thread each, as the kernels have no threads of their own, and no limit on memory, as threads have none."""
    import dask
    from distributed import LocalCluster

    # After this time Dask gives up a killed worker, though its nanny may just be starting it for the second time.
    with dask.config.set({"distributed.deploy.lost-worker-timeout": "1000 days"}):
        try:
            cluster = LocalCluster(
                n_workers=processes,
                threads_per_worker=1,
                processes=True,
                memory_limit=0,
                preload=["import signal; signal.signal(signal.SIGINT, signal.SIG_IGN)"],  # Ctrl-C is for us to handle
                dashboard_address=":0",  # None would still take the one port that all clusters want
                scheduler_kwargs={"dashboard": False},
                silence_logs=logging.CRITICAL,
            )
        except RuntimeError as error:
            raise EventspaceError(
                f"{processes} processes could not be started; if a script of yours calls this, "
                'keep its calls under: if __name__ == "__main__":'
            ) from error
        with cluster:
            yield cluster


@contextmanager
def _silence() -> Iterator[None]:
    """Dask reports a lost scheduler with tracebacks; here it is an error of ours."""
    logger = logging.getLogger("distributed.client")
    level = logger.level
    logger.setLevel(logging.CRITICAL)
    try:
        yield
    finally:
        logger.setLevel(level)


def _check_versions(client: Any) -> None:
    """Refuse workers that would compute with another version, or without eventspace fail in odd ways."""
    versions = client.get_versions(packages=["eventspace"])
    ours = versions["client"]["packages"]["eventspace"]
    for address, worker in versions["workers"].items():
        theirs = worker["packages"]["eventspace"]
        if theirs != ours:
            raise InputError(
                f"the worker {address} has {f'eventspace {theirs}' if theirs else 'no eventspace'}, here it is {ours}",
                remedy="install the same version on all machines",
            )


@contextmanager
def _dask_workers(client: Any, data: tuple[Any, ...]) -> Iterator[Workers]:
    from distributed import KilledWorker
    from distributed.comm import CommClosedError

    executor = client.get_executor()
    at_hand = _sent(client, data)
    try:
        yield Workers(lambda *task: executor.submit(_do, _Parcel(task), *at_hand), _capacity(client))
    except KilledWorker as error:
        raise EventspaceError(
            f"a worker died while it computed certain pairs, and so again, {error.allowed_failures + 1} in all; "
            "look into their logs, and give them more memory or take smaller blocks"
        ) from error
    except (CancelledError, CommClosedError) as error:
        raise EventspaceError(
            "the Dask scheduler is gone; start it again and repeat the call: with a file or a checkpoint it continues"
        ) from error
    finally:
        executor.shutdown(wait=False)  # cancels what is still running


def _sent(client: Any, data: tuple[Any, ...]) -> list[Any]:
    """Send each object once, as the result of a task.

    Unlike scattered data, which is lost with the last worker that holds it, the scheduler can have it made again.
    """
    import dask

    futures: dict[int, Any] = {}
    with dask.config.set({"distributed.admin.large-graph-warning-threshold": "1 PB"}):
        for part in data:
            if id(part) not in futures:
                futures[id(part)] = client.submit(_same, _Parcel(part), pure=False)
    return [futures[id(part)] for part in data]


class _Parcel:
    """Something with arrays, sent so that they arrive as they are here.

    Left to itself, Dask leaves them at addresses that are not multiples of 8: numpy copies them or adds them up in
    another order, and numba compiles its functions anew.
    """

    def __init__(self, content: Any):
        self.content = content

    def __reduce__(self) -> tuple[Any, ...]:
        from distributed.protocol import pickle

        return _unpacked, (pickle.dumps(self.content),)


def _unpacked(content: bytes) -> _Parcel:
    from distributed.protocol import pickle

    return _Parcel(pickle.loads(content))


def _same(parcel: _Parcel) -> _Parcel:
    return parcel


def _do(task: _Parcel, *data: _Parcel) -> Any:
    work, *arguments = task.content
    return work(*(parcel.content for parcel in data), *arguments)


def _capacity(client: Any) -> Callable[[], int]:
    """The threads of all workers, at least 1, asked for anew from time to time."""
    number, asked_at = 1, -_COUNT_EVERY

    def capacity() -> int:
        nonlocal number, asked_at
        if time.monotonic() - asked_at > _COUNT_EVERY:
            number, asked_at = max(1, sum(client.nthreads().values())), time.monotonic()
        return number

    return capacity
