"""Optional packages: what a user reads where one is missing."""

import subprocess
import sys

import pytest

from eventspace.base.errors import MissingExtraError
from eventspace.base.extras import require


def test_a_missing_package_is_named_with_the_command_that_installs_it() -> None:
    with (
        pytest.raises(MissingExtraError, match=r"a plot needs no_such; .*pip install 'eventspace\[topology\]'"),
        require("topology", "a plot"),
    ):
        import no_such.module  # noqa: F401


def test_what_is_missing_further_inside_keeps_its_own_error() -> None:
    with pytest.raises(MissingExtraError, match="inner needs a"), require("torch", "outer"):
        raise MissingExtraError("a", "dask", "inner")


def test_other_errors_pass() -> None:
    with pytest.raises(ZeroDivisionError), require("torch", "a network"):
        raise ZeroDivisionError


@pytest.mark.slow
@pytest.mark.parametrize(
    ("package", "module"),
    [
        ("torch", "eventspace.models.points.generation"),
        ("safetensors", "eventspace.models.showers.generation"),
        ("zuko", "eventspace.models.point_flow"),
        ("torch", "eventspace.distances.sinkhorn.loss"),
    ],
)
def test_networks_without_torch(package: str, module: str) -> None:
    code = f"import sys; sys.modules[{package!r}] = None; import {module}"
    found = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert f"needs {package}; install it with: pip install 'eventspace[torch]'" in found.stderr
