"""Showers of Geant4; where calzone is not installed, only that this is said."""

import os
import subprocess
import sys
from importlib.util import find_spec

import numpy as np
import pytest

from eventspace.base.errors import MissingExtraError
from eventspace.events.native import read
from eventspace.events.simulate import showers, simulate
from eventspace.events.simulate.geant4_tables import bremsstrahlung, photoelectric, write_tables

with_geant4 = pytest.mark.skipif(not (find_spec("calzone") and find_spec("xraylib")), reason="needs eventspace[geant4]")
with_xraylib = pytest.mark.skipif(not find_spec("xraylib"), reason="needs eventspace[geant4]")


def made(n, **options):
    return list(simulate("showers", n, seed=5, backend="geant4", **({"processes": 1, "energy": 2.0} | options)))


def assert_same(left, right):
    assert np.array_equal(left.to_dense(), right.to_dense())


@pytest.mark.slow
@with_geant4
def test_showers_look_as_the_parameterised_ones():
    (ours,) = simulate("showers", 400, seed=1, energy=5, processes=1)
    (geant4,) = made(20, energy=5)
    for measure in (
        lambda sample: sample.total_energy,
        lambda sample: np.diff(sample.offsets),
        lambda sample: sample.profile("z") @ np.arange(25) / sample.total_energy,
    ):
        seen, expected = measure(geant4.check()), measure(ours)
        assert abs(seen.mean() - expected.mean()) < 4.5 * expected.std() / np.sqrt(20) + 0.03 * expected.mean()
        assert 0.4 < seen.std() / expected.std() < 2.5
    assert "no Rayleigh scattering" in geant4.origin
    assert "calzone 1.2" in geant4.origin


@pytest.mark.slow
@with_geant4
def test_blocks_and_processes_change_no_byte(monkeypatch):
    monkeypatch.setitem(showers.BLOCKS, "geant4", 3)
    one, two = made(5), made(5, processes=2)
    assert [len(part) for part in one] == [3, 2]
    for left, right in zip(one, two, strict=True):
        assert_same(left, right)
    assert_same(made(2)[0], one[0][:2])


@pytest.mark.slow
@with_geant4
def test_several_processes_start_as_one_does(tmp_path):
    """In a process that has not begun Geant4 itself: its children must not inherit what calzone does on import."""
    command = [sys.executable, "-m", "eventspace.cli", "simulate", "showers", str(tmp_path / "new.h5")]
    command += ["--backend", "geant4", "-n", "2", "--seed", "5", "--energy", "2", "--processes", "2"]
    environment = {name: value for name, value in os.environ.items() if "G4" not in name and "GEANT4" not in name}
    subprocess.run(command, check=True, capture_output=True, env=environment)
    assert_same(read(tmp_path / "new.h5"), made(2)[0])


@pytest.mark.slow
@with_geant4
def test_the_environment_stays_as_it_was(tmp_path):
    script = (
        "import os, subprocess; os.environ['G4LEDATA'] = 'mine'; before = dict(os.environ)\n"
        "from eventspace.events.simulate import simulate\n"
        "next(simulate('showers', 1, seed=1, energy=1, backend='geant4'))\n"
        "assert dict(os.environ) == before\n"
        "print(subprocess.run('env | grep G4; ls -A $TMPDIR', shell=True, capture_output=True, text=True).stdout)"
    )
    environment = {name: value for name, value in os.environ.items() if "G4" not in name} | {"TMPDIR": str(tmp_path)}
    ran = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True, env=environment)
    assert ran.stdout.split() == ["G4LEDATA=mine"]
    assert ran.stderr == ""


def simulated_with(data, out):
    """The command, in a process of its own: Geant4 reads its data once."""
    command = [sys.executable, "-m", "eventspace.cli", "simulate", "showers", str(out), "--backend", "geant4"]
    command += ["-n", "2", "--seed", "5", "--energy", "2"]
    return subprocess.run(command, capture_output=True, text=True, env=os.environ | {"GEANT4_DATA_DIR": str(data)})


@pytest.mark.slow
@with_geant4
def test_data_of_the_user_are_taken(tmp_path):
    write_tables(tmp_path)
    simulated_with(tmp_path, tmp_path / "new.h5").check_returncode()
    sample = read(tmp_path / "new.h5")
    assert "Geant4's own data" in sample.origin
    assert_same(sample, made(2)[0])


@pytest.mark.slow
@with_geant4
def test_a_folder_without_data_is_refused(tmp_path):
    ran = simulated_with(tmp_path, tmp_path / "new.h5")
    assert ran.returncode == 2
    assert "GEANT4_DATA_DIR cannot be used" in ran.stderr
    assert "python -m calzone download" in ran.stderr
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("package", ["calzone", "xraylib"])
def test_a_missing_package_is_named_at_the_call(package, monkeypatch):
    if package == "xraylib":
        monkeypatch.setitem(sys.modules, "calzone", sys)
    monkeypatch.setitem(sys.modules, package, None)
    monkeypatch.delenv("GEANT4_DATA_DIR", raising=False)
    with pytest.raises(MissingExtraError, match=rf"{package}.*eventspace\[geant4\]"):
        made(1)


@pytest.mark.parametrize(("Z", "A", "length"), [(14, 28.085, 21.82), (74, 183.84, 6.76)])
def test_bremsstrahlung_gives_the_radiation_lengths_of_the_pdg(Z, A, length):
    share = (np.arange(20_000) + 0.5) / 20_000
    per_atom = Z**2 * bremsstrahlung(Z, 1e4, share).mean() * 1e-27
    assert A / (6.02214e23 * per_atom) == pytest.approx(length, rel=0.015)


@with_xraylib
def test_photoelectric_effect_meets_its_tables_and_falls_beyond_them():
    import xraylib

    for Z in (14, 74):
        assert photoelectric(Z, 0.1) == pytest.approx(xraylib.CSb_Photo(Z, 100.0))
        assert photoelectric(Z, 0.79 + 1e-9) == pytest.approx(xraylib.CSb_Photo(Z, 790.0), rel=1e-6)
        # Sauter: far above the electron's mass the cross-section falls as 1 / energy.
        assert photoelectric(Z, 2000.0) == pytest.approx(photoelectric(Z, 1000.0) / 2, rel=2e-3)


@with_xraylib
def test_photoelectric_polynomial_of_high_energies_follows_the_formula(tmp_path):
    write_tables(tmp_path)
    for Z in (1, 14, 74):
        lines = (tmp_path / "G4EMLOW8.8" / "epics2017" / "phot" / f"pe-high-{Z}.dat").read_text().splitlines()
        coefficients = np.array(lines[1].split()[1:], dtype=float)
        for energy in (1.0, 3.0, 100.0):
            value = (coefficients * energy ** -np.arange(1.0, 7.0)).sum()
            assert value == pytest.approx(photoelectric(Z, energy), rel=1e-3)
