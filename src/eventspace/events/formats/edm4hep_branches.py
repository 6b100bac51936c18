"""The branches of EDM4hep files as podio writes them, in a TTree or an RNTuple ``events``."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from eventspace.base.errors import InputError
from eventspace.base.extras import require
from eventspace.events.ragged import offsets_of
from eventspace.events.reading import beginning_with, reading

__all__ = ["MAGIC", "MOMENTUM", "Branches", "branches_of"]

MAGIC = b"root"
MOMENTUM = ("momentum.x", "momentum.y", "momentum.z")

_TREE, _METADATA = "events", "podio_metadata"
_KINDS = ("TTree", "ROOT::RNTuple")
_TRIAL = "ROOT::Experimental::RNTuple"
_READS_NTUPLES = (5, 6)
_NAMES_AND_NUMBERS = (
    ("events___idTable/m_names", "events___idTable/m_collectionIDs"),
    ("events___CollectionTypeInfo.name", "events___CollectionTypeInfo.collectionID"),
    ("events_collectionNames", "events___idTable"),
)


class Branches:
    """The branches of a tree, or the fields of an RNTuple, by the last part of their names, read for a range of events.

    Attributes:
        count: the number of events.
    """

    def __init__(self, file: Any):
        tree = file[_TREE]
        self._file = file
        self._found = {name.rpartition("/")[2]: branch for name, branch in tree.items()}
        self.count = int(tree.num_entries)

    def collection(self, names: Sequence[str]) -> str | None:
        """The first of these collections that has momenta."""
        return next((name for name in names if f"{name}.{MOMENTUM[0]}" in self._found), None)

    def first(self, *names: str) -> str | None:
        """The first of these branches that there is."""
        return next((name for name in names if name in self._found), None)

    def flat(self, name: str, start: int, stop: int) -> NDArray[Any]:
        """The values of all events of a range, one after the other.

        Raises:
            InputError: there is no such branch.
        """
        import awkward as ak

        return np.asarray(ak.to_numpy(ak.flatten(self._lists(name, start, stop), axis=1)))

    def counts(self, name: str, start: int, stop: int) -> NDArray[np.int64]:
        """How many values each event has.

        Raises:
            InputError: there is no such branch.
        """
        import awkward as ak

        return np.asarray(ak.to_numpy(ak.num(self._lists(name, start, stop), axis=1)), dtype=np.int64)

    def first_of(
        self, name: str, relation: str, branch: str, counts: NDArray[np.int64], start: int, stop: int
    ) -> NDArray[np.int64]:
        """Where in the flat branch of a relation the first entry of each particle stands; -1 for none.

        Arguments:
            name: the collection of the particles.
            relation: as its members are called, ``parents`` for ``parents_begin``.
            branch: that of the relation.
            counts: (events,) the particles of each event.
            start, stop: the range of events.
        """
        begin, end = (self.flat(f"{name}.{relation}_{side}", start, stop).astype(np.int64) for side in ("begin", "end"))
        lengths = self.counts(branch, start, stop)
        offsets = np.repeat(offsets_of(lengths)[:-1], counts)
        has = (begin < end) & (begin < np.repeat(lengths, counts))
        return np.where(has, offsets + begin, -1)

    def mothers(self, name: str, counts: NDArray[np.int64], start: int, stop: int) -> NDArray[np.int64]:
        """The first parent of each particle of the generator, from 0 in its event; -1 for none.

        Arguments:
            name: the collection.
            counts: (events,) the particles of each event.
            start, stop: the range of events.
        """
        mother = np.full(int(counts.sum()), -1, dtype=np.int64)
        parents = self.first(f"_{name}_parents.index", f"{name}#0.index")
        if parents is not None:
            first = self.first_of(name, "parents", parents, counts, start, stop)
            known = first >= 0
            mother[known] = self.flat(parents, start, stop)[first[known]]
        return mother

    def numbers(self) -> dict[str, int]:
        """The ``collectionID`` of collections in relations, by their names; empty if the file does not say."""
        if _METADATA not in self._file.keys(cycle=False, recursive=False):
            return {}
        held = dict(self._file[_METADATA].items())
        found = {
            wanted: branch
            for pair in _NAMES_AND_NUMBERS
            for wanted in pair
            for name, branch in held.items()
            if name == wanted or name.endswith(f"/{wanted}")
        }
        for names, numbers in _NAMES_AND_NUMBERS:
            if names in found and numbers in found:
                texts, values = (found[name].array(entry_stop=1, library="ak").tolist()[0] for name in (names, numbers))
                return {str(text): int(value) for text, value in zip(texts, values, strict=True)}
        return {}

    def _lists(self, name: str, start: int, stop: int) -> Any:
        if name not in self._found:
            raise InputError(f"the tree {_TREE!r} has no branch {name}", remedy="check the format")
        return self._found[name].array(entry_start=start, entry_stop=stop, library="ak")


@contextmanager
def branches_of(path: str | Path) -> Iterator[Branches]:
    """The branches of a file.

    Raises:
        InputError: the file is missing, damaged, or has no ``events`` that can be read.
        MissingExtraError: uproot is not installed.
    """
    with require("formats", "reading ROOT files"):
        import uproot

    path = beginning_with(path, MAGIC, "a ROOT file")
    with reading(path), uproot.open(path) as file:
        kind = file.classnames(cycle=False).get(_TREE)
        if kind == _TRIAL:
            text = f"{_TREE!r} is an RNTuple of a trial version of ROOT"
            raise InputError(text, remedy="write it again with ROOT 6.34 or newer, or as a TTree")
        if kind not in _KINDS:
            raise InputError(f"there is no TTree or RNTuple {_TREE!r}", remedy="check the format")
        version = tuple(int(part) for part in uproot.__version__.split(".")[:2])
        if kind != "TTree" and version < _READS_NTUPLES:
            text = f"{_TREE!r} is an RNTuple, which uproot {uproot.__version__} does not read"
            raise InputError(text, remedy="install uproot 5.6 or newer")
        yield Branches(file)
