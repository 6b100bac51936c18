"""How far apart are two collider events, and what follows from it.

The names below are loaded on first use, so that ``import eventspace`` costs nothing.

Example:
    >>> import eventspace as es
    >>> jets = es.ParticleClouds.from_lists([[(1.0, 0.0, 0.0)], [(1.0, 0.3, 0.4)]])
    >>> es.Transport(R=1.0, p=1).between(jets[0:1], jets[1:2])
    0.5
"""

import lazy_loader

__version__ = "0.1.0"

_load, __dir__, __all__ = lazy_loader.attach_stub(__name__, __file__)


def __getattr__(name: str) -> object:
    if name not in __all__:
        raise AttributeError(f"module 'eventspace' has no attribute {name!r}; it offers {', '.join(sorted(__all__))}")
    return _load(name)
