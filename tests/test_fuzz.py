"""A slice of the fuzz: damaged files of everything that is read end well or with one line."""

import json
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent


@pytest.mark.slow
def test_damaged_files_end_well_or_with_one_line(tmp_path: Path) -> None:
    words = ["--files", "60", "--seed", "2", "--out", str(tmp_path / "fuzz")]
    fuzz = [sys.executable, "-m", "benchmarks.validation.fuzz"]
    done = subprocess.run([*fuzz, *words], capture_output=True, text=True, cwd=ROOT)
    assert done.returncode == 0, done.stdout
    assert json.loads((tmp_path / "fuzz.json").read_text())["bad"] == []
    assert "| all | 60 |" in (tmp_path / "fuzz.md").read_text()
