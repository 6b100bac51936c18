"""Every function that takes the keywords of the engine refuses a misspelt one, before it computes anything."""

import inspect
from collections.abc import Callable, Iterator
from importlib import import_module
from pkgutil import walk_packages
from typing import Any

import pytest

import eventspace.distances


def takers() -> Iterator[Callable[..., Any]]:
    """All public functions of the engine and the metrics that end with ``**how``; studies take ``Work`` instead."""
    for module in walk_packages(eventspace.distances.__path__, "eventspace.distances."):
        if module.name.endswith(".triton"):
            continue  # needs a GPU
        loaded = import_module(module.name)
        for name, function in vars(loaded).items():
            if inspect.isfunction(function) and function.__module__ == module.name and not name.startswith("_"):
                parameters = inspect.signature(function).parameters.values()
                if any(str(parameter).startswith("**how") for parameter in parameters):
                    yield function


TAKERS = [function for function in takers() if function.__name__ not in ("identity",)]


def test_the_engine_is_there() -> None:
    found = {f"{function.__module__.rpartition('.')[2]}.{function.__name__}" for function in TAKERS}
    assert {"pairwise.matrix", "pairwise.nearest", "pairs.largest"} <= found


@pytest.mark.parametrize("function", TAKERS, ids=lambda function: f"{function.__module__}.{function.__name__}")
def test_misspelt_keyword_is_refused(function: Callable[..., Any]) -> None:
    needed = [
        parameter.name
        for parameter in inspect.signature(function).parameters.values()
        if parameter.default is inspect.Parameter.empty and parameter.kind is not inspect.Parameter.VAR_KEYWORD
    ]
    # Nothing that the function needs is of any use: the keyword has to be looked at first.
    with pytest.raises(TypeError, match=r"no keyword 'n_threads' \(did you mean 'threads'\?\)"):
        function(**dict.fromkeys(needed), n_threads=8)
    with pytest.raises(TypeError, match="no keyword 'banana'; the keywords are threads"):
        function(**dict.fromkeys(needed), banana=True)
