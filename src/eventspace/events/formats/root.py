"""ROOT trees with one entry an event: Delphes, NanoAOD, or anyone's own; TTree and RNTuple.

Branches are jagged or arrays of fixed size. Fields of records are named ``RECORD.FIELD``.
"""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, ClassVar

import numpy as np

from eventspace.base.errors import InputError
from eventspace.base.extras import require
from eventspace.events.formats.arrays import indexed
from eventspace.events.formats.format import EVENTS_AT_ONCE
from eventspace.events.formats.table import Column, Lists, Request, few, unknown
from eventspace.events.formats.table_reader import table_format
from eventspace.events.reading import beginning_with, begins_with, reading

__all__ = ["FORMAT"]

_MAGIC = b"root"
_TREES = ("TTree", "ROOT::RNTuple")


@dataclass(frozen=True)
class _Tree:
    flat: ClassVar[bool] = False

    tree: Any

    def contents(self) -> dict[str, str]:
        """The names of the branches, and the type of each."""
        types = {name.rpartition("/")[2]: kind for name, kind in self.tree.typenames().items()}
        return {name: kind for name, kind in types.items() if kind}

    def count(self, request: Request) -> int:
        """The number of entries."""
        return int(self.tree.num_entries)

    def batches(self, request: Request) -> Iterator[dict[str, Column]]:
        """The branches of the request by name, some entries at a time."""
        held = self.contents()
        homes = {name: _home(name, held) for name in request.names}
        branches = list(dict.fromkeys(branch for branch, _ in homes.values()))
        for entries in self.tree.iterate(branches, step_size=EVENTS_AT_ONCE, library="ak"):
            yield {name: _column(_branch(entries, branch), key, name) for name, (branch, key) in homes.items()}


def _home(name: str, held: Mapping[str, str]) -> tuple[str, int | None]:
    base, key = (name, None) if name in held else indexed(name)
    if base not in held:
        raise unknown(name, held)
    return base, key


def _branch(entries: Any, name: str) -> Any:
    """The values of a branch, which in an RNTuple may be a field of records."""
    if name in entries.fields:
        return entries[name]
    record, _, inner = name.partition(".")
    return entries[record][inner]


def _column(values: Any, key: int | None, name: str) -> Column:
    import awkward as ak

    if key is not None:
        try:
            values = values[..., key]
        except (IndexError, ValueError) as error:
            raise InputError(f"{name} is not in every event", remedy="count from 0 along the last axis") from error
    if values.ndim == 1 or values.layout.purelist_isregular:
        return np.ma.asarray(ak.to_numpy(values)) if values.layout.is_option else np.asarray(ak.to_numpy(values))
    entries = ak.flatten(values)
    if entries.ndim > 1 and not entries.layout.purelist_isregular:
        raise InputError(f"{name} holds lists of lists", remedy="name branches with one list an event")
    return Lists(ak.to_numpy(ak.num(values)).astype(np.int64), ak.to_numpy(entries))


def _trees(file: Any) -> dict[str, Any]:
    """The trees of a file by name, of each its latest cycle."""
    kinds = file.classnames(cycle=False)
    return {name: file[name] for name, kind in kinds.items() if kind in _TREES}


@contextmanager
def _file(path: str | Path) -> Iterator[Any]:
    with require("formats", "reading ROOT files"):
        import uproot

    path = beginning_with(path, _MAGIC, "a ROOT file")
    with reading(path), uproot.open(path) as file:
        yield file


@contextmanager
def _opened(path: str | Path, tree: str | None = None) -> Iterator[_Tree]:
    with _file(path) as file:
        trees = _trees(file)
        if tree is None and len(trees) == 1:
            (tree,) = trees
        if tree is None:
            raise InputError(f"it has the trees {few(trees)}", remedy="choose one with --tree")
        if tree not in trees:
            raise InputError(f"there is no tree {tree!r}", remedy=f"it has {few(trees)}")
        yield _Tree(trees[tree])


def _contents(path: Path) -> dict[str, str]:
    """The branches of a file; those of each tree after its name, where there are several."""
    with _file(path) as file:
        trees = {name: _Tree(tree).contents() for name, tree in _trees(file).items()}
    if len(trees) == 1:
        return next(iter(trees.values()))
    return {f"{tree}: {name}": kind for tree, branches in trees.items() for name, kind in branches.items()}


def _recognises(path: Path) -> bool:
    if not begins_with(path, _MAGIC):
        return False
    try:
        with _file(path) as file:
            return bool(_trees(file))
    except InputError:
        return False


FORMAT = table_format(
    "root", "ROOT tree with a column map", _recognises, _opened, options=("tree",), contents=_contents
)
