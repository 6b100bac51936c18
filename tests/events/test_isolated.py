"""Whatever a reader does in its child process, the caller gets the result or one error that names the file."""

import os
import subprocess
import sys
import time
from importlib import import_module
from pathlib import Path
from types import ModuleType

import pytest

from eventspace.base.errors import InputError, MissingExtraError
from eventspace.events import isolated

HOSTILE = """
import os, signal, sys, time
from pathlib import Path
from eventspace.base.errors import InputError, MissingExtraError
from eventspace.events.isolated import isolated, progressing

@isolated
def crash(source: Path, destination: Path) -> int:
    Path(destination).with_name(f".{Path(destination).name}.tmp").write_text("half")
    os.kill(os.getpid(), signal.SIGSEGV)
    return 0

@isolated
def spin(source: Path) -> int:
    while True:
        pass

@isolated
def wait(source: Path, seconds: float) -> int:
    time.sleep(seconds)
    return os.getpid()

@isolated
def work(source: Path, seconds: float) -> int:
    end = time.process_time() + seconds
    while time.process_time() < end:
        progressing()
    return os.getpid()

@isolated
def refuse(source: Path) -> int:
    raise InputError("no good", file=source, event=3, remedy="leave it")

@isolated
def lack(source: Path) -> int:
    raise MissingExtraError("a", "b", "c")

@isolated
def chatter(source: Path, *, shape: tuple[int, int]) -> tuple[int, int]:
    os.write(1, b"to the standard output")
    return shape
"""


@pytest.fixture
def hostile(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> ModuleType:
    """Functions that a child can import and that do what a damaged file makes readers do."""
    (tmp_path / "hostile.py").write_text(HOSTILE)
    (tmp_path / "in.dat").write_text("data")
    monkeypatch.setenv("PYTHONPATH", f"{tmp_path}:{os.environ.get('PYTHONPATH', '')}")
    monkeypatch.syspath_prepend(tmp_path)
    monkeypatch.delitem(sys.modules, "hostile", raising=False)
    isolated._worker.stop()
    yield import_module("hostile")
    isolated._worker.stop()


def test_a_crash_is_one_error_and_leaves_nothing(hostile: ModuleType, tmp_path: Path) -> None:
    with pytest.raises(InputError, match=r"in\.dat: the file is damaged \(its reader died of SIGSEGV\); make or"):
        hostile.crash(tmp_path / "in.dat", tmp_path / "out.dat")
    assert not list(tmp_path.glob(".*"))
    assert hostile.work(tmp_path / "in.dat", 0) > 0, "the next call has a child of its own"


@pytest.mark.slow
def test_a_calculation_without_end_is_ended(
    hostile: ModuleType, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(isolated, "_SECONDS", 1)
    with pytest.raises(InputError, match=r"in\.dat: the file is damaged \(its reader came to no end\)"):
        hostile.spin(tmp_path / "in.dat")
    start = time.process_time()
    hostile.work(tmp_path / "in.dat", 2.5)  # longer, with signs of life
    assert time.process_time() - start < 1, "the work is that of the child"


@pytest.mark.slow
def test_a_reader_that_waits_without_end_is_ended(
    hostile: ModuleType, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    source = tmp_path / "in.dat"
    monkeypatch.setattr(isolated, "_SECONDS", 1)
    monkeypatch.setattr(isolated, "_PATIENCE", 2)
    served = hostile.wait(source, 0)
    time.sleep(2.5)
    assert hostile.wait(source, 0) == served, "between the calls it may wait"
    with pytest.raises(InputError, match=r"in\.dat: its reader gave no sign of life for 2 s, .*; see whether its disk"):
        hostile.wait(source, 60)
    assert hostile.wait(source, 0) != served, "the next call has a child of its own"


def test_errors_and_results_come_through(hostile: ModuleType, tmp_path: Path) -> None:
    source = tmp_path / "in.dat"
    with pytest.raises(InputError, match=r"in\.dat, event 3: no good; leave it"):
        hostile.refuse(source)
    with pytest.raises(MissingExtraError, match="c needs a"):
        hostile.lack(source)
    assert hostile.chatter(source, shape=(3, 4)) == (3, 4)
    assert hostile.work(source, 0) == hostile.work(source, 0) != os.getpid(), "one child for all calls"


@pytest.mark.slow
def test_a_script_needs_no_main_guard(tmp_path: Path) -> None:
    script = (
        "import numpy as np, eventspace as es\n"
        "one = np.ones((2, 3))\n"
        "np.savez('jets.npz', pt=one, y=0 * one, phi=0 * one)\n"
        "print(es.convert('jets.npz', 'jets.h5', columns='pt=pt,rapidity=y,phi=phi').written)\n"
    )
    (tmp_path / "script.py").write_text(script)
    (tmp_path / "json.py").write_text("raise SystemExit('a file in the working directory is not a module')")
    done = subprocess.run([sys.executable, "-P", "script.py"], cwd=tmp_path, capture_output=True, text=True)
    assert (done.stdout, done.stderr) == ("2\n", "")


EVENT = """E {} -1 -1.0 -1.0 -1.0 0 -1 1 1 2 0 1 1.0
N 1 "0"
U GEV MM
C 1.0 0.1
V -1 0 0 0 0 0 2 2 0
P 1 2212 0 0 7000 7000 0.938 4 0 0 -1 0
P 2 2212 0 0 -7000 7000 0.938 4 0 0 -1 0
P 3 211 1.0 2.0 3.0 3.9 0.13957 1 0 0 0 0
P 4 -211 -1.0 -2.0 3.0 3.9 0.13957 1 0 0 0 0
"""


@pytest.mark.slow
def test_a_damaged_record_of_hepmc_does_not_kill(tmp_path: Path) -> None:
    pytest.importorskip("pyhepmc")
    listing = "HepMC::IO_GenEvent-{}_EVENT_LISTING\n"
    events = "".join(EVENT.format(number) for number in range(4))
    text = "HepMC::Version 2.06.09\n" + listing.format("START") + events + listing.format("END")
    path = tmp_path / "damaged.hepmc"
    path.write_text(text[:886] + text[924:])  # the parser of HepMC 3.3 reads behind its memory here
    code = f"import eventspace as es; es.convert({str(path)!r}, {str(tmp_path / 'out.h5')!r})"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True)
    assert done.returncode == 1, f"ended with {done.returncode}"
    assert "InputError" in done.stderr
    assert list(tmp_path.iterdir()) == [path]


def test_a_working_directory_that_was_deleted_does_not_matter(
    hostile: ModuleType, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "gone").mkdir()
    isolated._worker.stop()
    monkeypatch.chdir(tmp_path / "gone")
    (tmp_path / "gone").rmdir()
    for _ in range(2):  # a child that has to start there, and one that is there already
        assert hostile.chatter(tmp_path / "in.dat", shape=(2, 3)) == (2, 3)
