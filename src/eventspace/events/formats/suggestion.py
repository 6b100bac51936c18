"""A column map guessed from the names in a file, as an example to begin with."""

import re
import shlex
from collections.abc import Mapping

from eventspace.events.formats.columns import EXAMPLE

__all__ = ["suggestions"]

_NAMES = {
    "pt": ("pt",),
    "phi": ("phi",),
    "eta": ("eta",),
    "rapidity": ("rapidity", "y"),
    "mass": ("mass", "m"),
    "E": ("e", "energy"),
    "px": ("px",),
    "py": ("py",),
    "pz": ("pz",),
}
_NEEDED = (("E", "px", "py", "pz"), ("pt", "eta", "phi"), ("pt", "rapidity", "phi"))
_WORD = re.compile(r"[A-Za-z]+$")
_NUMBER = re.compile(r"(double|float|u?int\d+|column of \d+|(float|u?int)\d+ \(\d+,\))")  # one value an event
_WHOLE = re.compile(r"u?int\d*(_t)?")  # such as the numbers of entries that a ROOT file holds beside its lists
_SHOWN = 8
_TRIPLE = re.compile(r"\(\d+, \d+, (\d+)\)$")  # the shape of events, particles and their numbers


def suggestions(names: Mapping[str, str]) -> tuple[str, ...]:
    """The options of ``convert`` for the columns of particles that the names in a file look like.

    They are several where names do not say what the numbers along the last axis of an array are.

    Arguments:
        names: the names in the file, and what each holds.

    Example:
        >>> suggestions(dict.fromkeys(["run", "Jet_pt", "PFCands_pt", "PFCands_eta", "PFCands_phi"], "lists"))
        ('--columns pt=PFCands_pt,eta=PFCands_eta,phi=PFCands_phi',)
        >>> suggestions({"nPF_pt": "int32_t", "nPF_eta": "int32_t", "nPF_phi": "int32_t"} | dict.fromkeys(
        ...     ["PF_pt", "PF_eta", "PF_phi"], "float[]"))
        ('--columns pt=PF_pt,eta=PF_eta,phi=PF_phi',)
        >>> suggestions({"X": "float64 (100, 30, 4)", "y": "int64 (100,)"})
        ('--columns E=X:0,px=X:1,py=X:2,pz=X:3', '--columns pt=X:0,eta=X:1,phi=X:2')
        >>> suggestions({"mass": "double", "tau 21": "double", "truth": "string"})
        ("--points mass 'tau 21'",)
        >>> suggestions({"a": "string"})
        ('--columns pt=PT,rapidity=Y,phi=PHI',)
    """
    families: dict[str, dict[str, str]] = {}
    for name, held in names.items():
        word = None if _WHOLE.fullmatch(held) else _WORD.search(name)
        ours = next((ours for ours, theirs in _NAMES.items() if word and word[0].lower() in theirs), None)
        if word and ours:
            families.setdefault(name[: word.start()], {}).setdefault(ours, name)
    for family in families.values():
        for needed in _NEEDED:
            if set(needed) <= set(family):
                parts = [family[ours].rpartition(": ") for ours in needed]
                chosen = ",".join(f"{ours}={name}" for ours, (_, _, name) in zip(needed, parts, strict=True))
                return (f"--columns {chosen}" + (f" --tree {parts[0][0]}" if parts[0][0] else ""),)
    for name, held in names.items():
        shape = _TRIPLE.search(held)
        fitting = [needed for needed in _NEEDED[:2] if shape and len(needed) <= int(shape[1])]
        if fitting:
            maps = (",".join(f"{ours}={name}:{number}" for number, ours in enumerate(needed)) for needed in fitting)
            return tuple(f"--columns {columns}" for columns in maps)
    numbers = [name for name, held in names.items() if _NUMBER.fullmatch(held)]
    if numbers and all(name in numbers or held == "string" for name, held in names.items()):
        return (f"--points {shlex.join(numbers[:_SHOWN])}",)
    return (EXAMPLE,)
