import subprocess
import sys
import textwrap
from contextlib import contextmanager

import numpy as np
import pytest

from eventspace.base.errors import InputError, MissingExtraError
from eventspace.events.simulate import jets, showers, simulate, toys


@pytest.fixture
def small_blocks(monkeypatch):
    monkeypatch.setattr(jets, "BLOCK", 8)
    monkeypatch.setitem(showers.BLOCKS, "parameterised", 80)
    monkeypatch.setattr(toys, "BLOCK", 100)


def test_parts_come_in_blocks_with_seed_and_origin(small_blocks):
    parts = list(simulate("ring", 250, seed=9))
    assert [len(part) for part in parts] == [100, 100, 50]
    assert not np.isin(parts[0].values, parts[1].values).any()
    assert {part.seed for part in parts} == {9}
    assert all("ring" in part.origin for part in parts)


@pytest.mark.parametrize(
    ("kind", "n", "options", "said"),
    [
        ("qcd", 10, {}, "choose from qcd-jets, top-jets"),
        ("ring", 0, {}, "give one or more"),
        ("ring", 10, {"seed": -1}, "choose one from 0"),
        ("ring", 10, {"processes": 0}, "give 1 or more"),
        ("ring", 10, {"dimension": 3}, "ring has no option dimension; it takes no options"),
        ("shell", 10, {"radius": 3}, "shell has no option radius; choose from dimension"),
        ("shell", 10, {"dimension": 0}, "dimension = 0: input should be greater than or equal to 1"),
        ("qcd-jets", 10, {"ptmin": 400}, "no option ptmin; choose from pt_min, pt_max, eta_max, R, mpi, beam_energy"),
        ("qcd-jets", 10, {"pt_min": 550}, "pt_min = 550 is not below pt_max = 550"),
        ("qcd-jets", 10, {"pt_min": 6500, "pt_max": 6900}, "above 90% of the kinematic limit, 7000 GeV"),
        ("qcd-jets", 10, {"beam_energy": 900}, "raise beam_energy"),
        ("qcd-jets", 10, {"pt_min": 5}, "pt_min = 5: input should be greater"),
        ("qcd-jets", 10, {"pt_max": float("nan")}, "finite"),
        ("qcd-jets", 10, {"R": 2.0}, "R = 2.0"),
        ("w-jets", 10, {"match_radius": 0}, "match_radius = 0"),
        ("showers", 10, {"energy": -5}, "energy = -5: input should be greater than or equal to 1"),
        ("showers", 10, {"energy": 5000}, "energy = 5000: input should be less than or equal to 1000"),
        ("showers", 10, {"energy_max": 100}, "energy_max = 100 is not above energy = 100"),
        ("showers", 10, {"particle": "mu-"}, "particle = mu-: input should be 'e-', 'e\\+' or 'gamma'"),
        ("showers", 10, {"backend": "fluka"}, "backend = fluka: input should be 'parameterised' or 'geant4'"),
        ("showers", 10, {"pt_min": 5}, "no option pt_min; choose from energy, energy_max, particle, backend"),
        ("w-jets", 10, {"eta_max": "wide"}, "eta_max = wide: input should be a valid number"),
    ],
)
def test_what_cannot_be_used_is_refused_at_the_call(kind, n, options, said):
    with pytest.raises(InputError, match=said):
        simulate(kind, n, **({"seed": 1} | options))


ENDLESS = """
import os, time
from itertools import count

from eventspace.events.simulate.blocks import in_order

def endless(block, number):
    os.write(1, b"started\\n")
    end = time.monotonic() + 60  # long after the test has failed
    while time.monotonic() < end:
        pass

if __name__ == "__main__":
    next(in_order(endless, ((block, 1) for block in count()), 2))
"""


@pytest.mark.slow
def test_processes_end_with_the_one_that_was_killed(tmp_path):
    (tmp_path / "endless.py").write_text(ENDLESS)
    parent = subprocess.Popen([sys.executable, tmp_path / "endless.py"], stdout=subprocess.PIPE, text=True)
    try:
        assert [parent.stdout.readline() for _ in range(2)] == ["started\n"] * 2
    finally:
        parent.kill()
    # The output ends when nobody is left who could write to it.
    assert parent.communicate(timeout=20)[0] == ""


@pytest.mark.parametrize("package", ["pythia8mc", "fastjet"])
def test_a_missing_package_is_named_at_the_call(package, monkeypatch):
    from eventspace.events.simulate.clustering import load_fastjet

    load_fastjet.cache_clear()
    monkeypatch.setitem(sys.modules, package, None)
    with pytest.raises(MissingExtraError, match=rf"{package}.*eventspace\[simulate\]"):
        simulate("qcd-jets", 1, seed=1)


def test_progress_counts_every_event(small_blocks, monkeypatch):
    seen = []

    @contextmanager
    def recorded(description, total, unit, show):
        seen.append((description, total, unit, show))
        yield seen.append

    monkeypatch.setattr("eventspace.events.simulate.progress", recorded)
    list(simulate("ring", 250, seed=1, show_progress=True))
    assert seen == [("simulating ring", 250, "points", True), 100, 100, 50]


@pytest.mark.slow
def test_generators_print_nothing():
    script = "from eventspace.events.simulate import simulate; next(simulate('w-jets', 1, seed=1))"
    ran = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)
    assert (ran.stdout, ran.stderr) == ("", "")


@pytest.mark.slow
def test_a_script_without_main_guard_is_told_so(tmp_path):
    script = tmp_path / "unguarded.py"
    script.write_text(
        textwrap.dedent("""
            from eventspace.base.errors import InputError
            from eventspace.events.simulate import simulate
            try:
                next(simulate("w-jets", 500, seed=1, processes=2))
            except InputError as error:
                print(error)
        """)
    )
    ran = subprocess.run([sys.executable, script], capture_output=True, text=True, check=True)
    assert "put the script's code under `if __name__ == '__main__':`, or give processes=1" in ran.stdout
