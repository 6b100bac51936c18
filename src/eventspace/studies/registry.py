"""All studies by name, with the question that each answers. A new study is one file, its figures, and one line here.

The file is ``studies/NAME.py``, or ``studies/NAME/NAME.py`` beside its helpers, and holds ``STUDY``; its figures are in
``report/NAME.py``. They are loaded when they are first used.
"""

from dataclasses import replace
from importlib import import_module
from typing import TYPE_CHECKING

from eventspace.base.errors import InputError

if TYPE_CHECKING:
    from eventspace.studies.study import Study

__all__ = ["STUDIES", "study"]

STUDIES = {
    "anomaly": "Which events are unlike the rest?",
    "support": "How many different events can a generator make?",
    "validation": "Do generated showers look like those of the reference?",
    "amplification": "How far does a generator amplify its training sample, where the truth is known?",
    "equivalent-size": "How many true events is a generated sample equivalent to?",
    "dimension": "How many dimensions does a sample have at each resolution?",
    "representation": "How many dimensions has a sample at each resolution, and what are they?",
    "topology": "What shape does a sample have: how many connected components, loops and voids?",
    "colorization": "Can a network cluster jets of e+e- events better than the Durham algorithm?",
    "mapper": "How is a sample connected, as a graph of clusters along a filter?",
}


def study(name: str) -> "Study":
    """The study of this name.

    Raises:
        InputError: there is none.

    Example:
        >>> study("support").question
        'How many different events can a generator make?'
    """
    if name not in STUDIES:
        raise InputError(f"there is no study {name!r}", remedy=f"choose from {', '.join(STUDIES)}")
    place = f"eventspace.studies.{name.replace('-', '_')}"
    module = import_module(place)
    if hasattr(module, "__path__"):  # a folder
        module = import_module(f"{place}.{place.rpartition('.')[2]}")
    found: Study = module.STUDY
    return replace(found, name=name, question=STUDIES[name])
