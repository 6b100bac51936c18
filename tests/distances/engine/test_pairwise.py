"""The engine against brute force, and its promise that threads, blocks and schedulers change nothing."""

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import h5py
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.spatial.distance import cdist

import eventspace as es
from eventspace.distances.engine.pairwise import counts_of_part, matrix_to_file
from eventspace.distances.engine.tiles import cut_part


def points(n: int, d: int = 2, seed: int = 0) -> es.Points:
    return es.Points(values=np.random.default_rng(seed).normal(size=(n, d)))


def gridded(n: int, seed: int) -> es.Points:
    """Points with many equal distances."""
    return es.Points(values=np.random.default_rng(seed).integers(0, 3, size=(n, 2)).astype(float))


@given(n=st.integers(1, 40), m=st.integers(1, 40), block=st.integers(1, 50), threads=st.integers(1, 3))
@settings(max_examples=30, deadline=None)
def test_matrix_is_that_of_scipy_whatever_the_blocks(n: int, m: int, block: int, threads: int) -> None:
    left, right = points(n), points(m, seed=1)
    cross = es.matrix(es.Euclidean(), left, right, block=block, threads=threads)
    within = es.matrix(es.Euclidean(), left, block=block, threads=threads)
    assert np.array_equal(cross, cdist(left.values, right.values))
    assert np.array_equal(within, cdist(left.values, left.values))


@given(n=st.integers(2, 40), block=st.integers(1, 50), k=st.integers(1, 4), seed=st.integers(0, 5))
@settings(max_examples=40, deadline=None)
def test_nearest_is_that_of_a_stable_sort_also_with_ties(n: int, block: int, k: int, seed: int) -> None:
    events = gridded(n, seed)
    k = min(k, n - 1)
    index, distance = es.nearest(es.Euclidean(), events, k=k, block=block, threads=2)
    full = cdist(events.values, events.values)
    np.fill_diagonal(full, np.inf)
    expected = np.argsort(full, axis=1, kind="stable")[:, :k]
    assert np.array_equal(index.reshape(n, k), expected)
    assert np.array_equal(distance.reshape(n, k), np.take_along_axis(full, expected, axis=1))


def test_nearest_among_references_may_be_the_event_itself() -> None:
    events = points(20)
    index, distance = es.nearest(es.Euclidean(), events, events, block=7)
    assert index.tolist() == list(range(20))
    assert not distance.any()


@pytest.mark.slow
@given(n=st.integers(2, 40), m=st.integers(1, 30), block=st.integers(1, 50), seed=st.integers(0, 5))
@settings(max_examples=40, deadline=None)
def test_counts_are_those_of_the_matrix_strictly_below(n: int, m: int, block: int, seed: int) -> None:
    events, others = gridded(n, seed), gridded(m, seed + 1)
    thresholds = [0.5, 1.0, 1.5, 2.0, 9.0]  # 1 and 2 are distances that occur
    within = es.counts(es.Euclidean(), events, thresholds, block=block, threads=2)
    cross = es.counts(es.Euclidean(), events, thresholds, others, block=block, threads=2)
    full = cdist(events.values, events.values)
    np.fill_diagonal(full, np.inf)
    assert np.array_equal(within, (full[:, :, None] < thresholds).sum(axis=1))
    assert np.array_equal(cross, (cdist(events.values, others.values)[:, :, None] < thresholds).sum(axis=1))


@given(n=st.integers(2, 60), pairs=st.integers(1, 2000), seed=st.integers(0, 5))
@settings(max_examples=40, deadline=None)
def test_a_part_of_the_pairs_is_counted_once_and_evenly(n: int, pairs: int, seed: int) -> None:
    """At a threshold above all distances each event counts its pairs; those of the part are among all."""
    events = points(n, seed=seed)
    every = n * (n - 1) // 2
    below, number = counts_of_part(es.Euclidean(), events, [0.5, 100.0], pairs, seed=seed, threads=2)
    assert min(pairs, every) <= number <= min(pairs + 32**2, every)
    assert below.sum(axis=0)[1] == 2 * number
    assert (below <= es.counts(es.Euclidean(), events, [0.5, 100.0])).all()
    if pairs >= every:
        assert np.array_equal(below, es.counts(es.Euclidean(), events, [0.5, 100.0]))


def test_a_part_of_the_pairs_is_a_fair_one_and_depends_on_the_seed_alone() -> None:
    events = points(1000)
    part, number = counts_of_part(es.Euclidean(), events, [0.5, 100.0], 50_000, seed=1, threads=1)
    again, _ = counts_of_part(es.Euclidean(), events, [0.5, 100.0], 50_000, seed=1, threads=2)
    other, _ = counts_of_part(es.Euclidean(), events, [0.5, 100.0], 50_000, seed=2, threads=2)
    assert np.array_equal(part, again)
    assert not np.array_equal(part, other)
    # 100 pairs of each event, but for the one that it would make with itself and one side of a tile.
    assert part[:, 1].min() >= 60
    assert part[:, 1].max() <= 140
    share = es.counts(es.Euclidean(), events, [0.5])[:, 0].sum() / (1000 * 999)
    assert part[:, 0].sum() / 2 / number == pytest.approx(share, rel=0.1)


@given(n=st.integers(1, 30), block=st.integers(1, 9), pairs=st.integers(1, 500))
@settings(max_examples=60, deadline=None)
def test_tiles_of_a_part_overlap_nowhere_and_are_all_in_the_end(n: int, block: int, pairs: int) -> None:
    seen = np.zeros((n, n), dtype=int)
    for tile in cut_part(n, pairs, block):
        inside = np.ones((tile.bottom - tile.top, tile.last - tile.first), dtype=int)
        seen[tile.top : tile.bottom, tile.first : tile.last] += np.triu(inside, 1) if tile.upper else inside
    assert seen.max() <= 1
    assert not np.tril(seen).any()
    assert seen.sum() >= min(pairs, n * (n - 1) // 2)


def test_medoids_of_two_clusters_lie_one_in_each() -> None:
    values = np.concatenate([np.linspace(0, 1, 11), np.linspace(10, 11, 11)])[:, None]
    assert es.medoids(es.Euclidean(), es.Points(values=values), 2, seed=3).index.tolist() == [5, 16]


@pytest.mark.parametrize("right", [None, points(17, seed=4)])
def test_file_holds_the_matrix(tmp_path: Path, right: es.Points | None) -> None:
    left = points(23)
    path = matrix_to_file(es.Euclidean(), left, right, path=tmp_path / "d.h5", block=5, threads=2)
    with h5py.File(path) as file:
        assert np.array_equal(file["distances"][:], es.matrix(es.Euclidean(), left, right))
        assert file["distances"].attrs["unit"] == "coordinate"
    assert [entry.name for entry in tmp_path.iterdir()] == ["d.h5"]


def test_dask_gives_the_same_bytes(tmp_path: Path) -> None:
    distributed = pytest.importorskip("distributed")
    events = points(30)
    with distributed.Client(processes=False, n_workers=1, threads_per_worker=2, dashboard_address=":0") as client:
        assert np.array_equal(
            es.matrix(es.Euclidean(), events, scheduler=client, block=8), es.matrix(es.Euclidean(), events)
        )
        assert np.array_equal(
            es.counts(es.Euclidean(), events, [0.5, 1.0], scheduler=client, block=8),
            es.counts(es.Euclidean(), events, [0.5, 1.0]),
        )


# A calculation slow enough to be killed; it writes a line for every tile it computes.
SLOW = """
import sys, time
from pathlib import Path
import numpy as np
import eventspace as es
from eventspace.distances.engine import checkpoint, matrix_file
from eventspace.distances.engine.pairwise import counts_of_part, matrix_to_file

matrix_file._SYNC_SECONDS = checkpoint._EVERY_SECONDS = 0.0
checkpoint._SHARE_OF_TIME = 1e9
folder, verb = Path(sys.argv[1]), sys.argv[2]

class Slow(es.Euclidean):
    def block(self, left, right, upper):
        time.sleep(0.02)
        with (folder / "tiles").open("a") as file:
            file.write("x")
        return super().block(left, right, upper)

events = es.Points(values=np.random.default_rng(5).normal(size=(60, 2)))
how = dict(block=5, threads=2)
saved = dict(checkpoint=folder / "saved.npz", **how)
if verb == "file":
    matrix_to_file(Slow(), events, path=folder / "saved.h5", **how)
elif verb == "matrix":
    np.save(folder / "result.npy", es.matrix(Slow(), events, **saved))
elif verb == "counts":
    np.save(folder / "result.npy", es.counts(Slow(), events, [0.3, 1.0, 2.0], **saved))
elif verb == "part":
    del saved["block"]
    np.save(folder / "result.npy", counts_of_part(Slow(), events, [0.3, 1.0, 2.0], 1600, seed=1, **saved)[0])
else:
    np.save(folder / "result.npy", es.nearest(Slow(), events, k=3, **saved)[1])
"""


@pytest.mark.slow
@pytest.mark.parametrize("verb", ["file", "matrix", "counts", "part", "nearest"])
def test_killed_calculation_continues_and_ends_with_the_same_result(tmp_path: Path, verb: str) -> None:
    script = tmp_path / "slow.py"
    script.write_text(SLOW)
    command = [sys.executable, str(script), str(tmp_path), verb]
    tiles = len(list(cut_part(60, 1600, 13))) if verb == "part" else 12 * 13 // 2

    process = subprocess.Popen(command)
    while len(_text(tmp_path / "tiles")) < tiles // 2:
        assert process.poll() is None, "the calculation ended before it could be killed"
        time.sleep(0.005)
    os.kill(process.pid, signal.SIGKILL)
    process.wait()
    assert not (tmp_path / "result.npy").exists()
    assert not (tmp_path / "saved.h5").exists()

    before = len(_text(tmp_path / "tiles"))
    subprocess.run(command, check=True)
    again = len(_text(tmp_path / "tiles")) - before
    assert again < tiles - tiles // 4, "most of the work before the kill was done again"

    events = es.Points(values=np.random.default_rng(5).normal(size=(60, 2)))
    if verb == "file":
        with h5py.File(tmp_path / "saved.h5") as file:
            assert np.array_equal(file["distances"][:], es.matrix(es.Euclidean(), events))
        return
    expected = {
        "matrix": lambda: es.matrix(es.Euclidean(), events),
        "counts": lambda: es.counts(es.Euclidean(), events, [0.3, 1.0, 2.0]),
        "part": lambda: counts_of_part(es.Euclidean(), events, [0.3, 1.0, 2.0], 1600, seed=1)[0],
        "nearest": lambda: es.nearest(es.Euclidean(), events, k=3)[1],
    }[verb]()
    assert np.array_equal(np.load(tmp_path / "result.npy"), expected)


def _text(path: Path) -> str:
    return path.read_text() if path.exists() else ""


def test_checkpoint_and_unfinished_file_of_another_calculation_are_refused(tmp_path: Path) -> None:
    saved = tmp_path / "state.npz"
    es.matrix(es.Euclidean(), points(5), checkpoint=saved)
    with pytest.raises(es.InputError, match="another calculation"):
        es.matrix(es.Euclidean(), points(6), checkpoint=saved)
    saved.write_bytes(b"PK no zip at all")
    with pytest.raises(es.InputError, match="damaged"):
        es.matrix(es.Euclidean(), points(5), checkpoint=saved)


class Broken(es.Euclidean):
    """Fails after its first tile."""

    def block(self, left, right, upper):  # type: ignore[no-untyped-def]
        if left[0, 0] != points(9).values[0, 0]:
            raise es.InputError("this tile cannot be computed")
        return super().block(left, right, upper)


def test_failed_file_is_kept_only_if_it_holds_something(tmp_path: Path) -> None:
    with pytest.raises(es.InputError, match="cannot be computed"):
        matrix_to_file(Broken(), points(9), path=tmp_path / "d.h5", block=3, threads=1)
    assert sorted(entry.name for entry in tmp_path.iterdir()) == [".d.h5.journal", ".d.h5.part"]
    with pytest.raises(es.InputError, match="other events"):
        matrix_to_file(es.Euclidean(), points(9), path=tmp_path / "d.h5", block=3)

    elsewhere = tmp_path / "empty"
    elsewhere.mkdir()
    clouds = es.ParticleClouds.from_lists([[(1.0, 0.0, 0.0)]])
    with pytest.raises(es.InputError, match="not defined"):
        matrix_to_file(es.Euclidean(), clouds, path=elsewhere / "d.h5")
    assert list(elsewhere.iterdir()) == []


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: es.nearest(es.Euclidean(), points(3), k=3), "between 1 and 2"),
        (lambda: es.nearest(es.Euclidean(), points(3), points(2), k=0), "between 1 and 2"),
        (lambda: es.counts(es.Euclidean(), points(3), [1.0, 1.0]), "rising"),
        (lambda: es.counts(es.Euclidean(), points(3), [np.nan]), "rising"),
        (lambda: counts_of_part(es.Euclidean(), points(3), [1.0], 0, seed=1), "0 pairs; give at least 1"),
        (lambda: counts_of_part(es.Euclidean(), points(3), [1.0, 1.0], 2, seed=1), "rising"),
        (lambda: es.matrix(es.Euclidean(), points(3), threads=0), "at least 1"),
        (lambda: es.matrix(es.Euclidean(), points(3), block=0), "at least 1"),
        (lambda: es.matrix(es.Euclidean(), points(3), points(3, d=3)), "cannot be compared"),
        (lambda: matrix_to_file(es.Euclidean(), points(3), path="/nowhere/d.h5"), "folder does not exist"),
        (lambda: es.Euclidean().between(points(2), points(1)), "one event"),
    ],
)
def test_wrong_input_is_told(call, message: str) -> None:  # type: ignore[no-untyped-def]
    with pytest.raises(es.InputError, match=message):
        call()


def test_progress_is_shown_on_the_error_stream(capsys: pytest.CaptureFixture[str]) -> None:
    es.matrix(es.Euclidean(), points(10), show_progress=True)
    shown = capsys.readouterr()
    assert shown.out == ""
    for part in ("euclidean distances", "45/45", "pairs/s"):
        assert part in shown.err
    es.matrix(es.Euclidean(), points(10))
    assert capsys.readouterr().err == "", "without a terminal nothing is shown unless asked for"
