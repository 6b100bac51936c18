"""Every dependency that pyproject.toml names can be imported beside all others, and so can every module of ours."""

import re
import tomllib
from importlib import import_module
from pathlib import Path
from pkgutil import walk_packages

import pytest

import eventspace

PROJECT = tomllib.loads((Path(__file__).parents[1] / "pyproject.toml").read_text())["project"]
MODULES = {"import-linter": "importlinter", "pot": "ot", "pytest-xdist": "xdist", "scikit-learn": "sklearn"}


def dependencies() -> list[str]:
    named = [*PROJECT["dependencies"], *(text for extra in PROJECT["optional-dependencies"].values() for text in extra)]
    names = {re.split(r"[<>=!\[; ]", text)[0].lower() for text in named} - {"eventspace"}
    return sorted(MODULES.get(name, name.replace("-", "_")) for name in names)


def modules() -> list[str]:
    found = (info.name for info in walk_packages(eventspace.__path__, "eventspace."))
    return sorted(name for name in found if not name.endswith("__main__"))


# Third-party packages warn while they are imported; that is for them to mend.
@pytest.mark.filterwarnings("ignore")
@pytest.mark.parametrize("module", dependencies())
def test_dependency_can_be_imported(module: str) -> None:
    import_module(module)


@pytest.mark.parametrize("module", modules())
def test_module_can_be_imported(module: str) -> None:
    if module.endswith(".triton"):  # it comes with torch for GPUs
        pytest.importorskip("triton")
    import_module(module)


@pytest.mark.parametrize("name", eventspace.__all__)
def test_public_name_exists(name: str) -> None:
    assert getattr(eventspace, name)


def test_unknown_public_name_lists_the_valid_ones() -> None:
    with pytest.raises(AttributeError, match="Transport"):
        _ = eventspace.Transprot
