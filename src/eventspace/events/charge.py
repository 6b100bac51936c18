"""The electric charge of a particle from its PDG identifier."""

import numpy as np
from numpy.typing import NDArray

__all__ = ["charge_from_pid"]

_THIRDS = np.array([0, -1, 2, -1, 2, -1, 2, -1, 2, 0])  # of the quarks d, u, s, c, b, t, b', t', by their digit
_OTHERS = {11: -3, 13: -3, 15: -3, 17: -3, 24: 3, 34: 3, 37: 3}  # leptons and bosons


def charge_from_pid(pid: NDArray[np.integer]) -> NDArray[np.float64]:
    """The charges of quarks, leptons, bosons, diquarks, hadrons and nuclei, from the digits of their identifiers.

    Arguments:
        pid: (n,) PDG identifiers.

    Returns:
        (n,) in units of e; 0 for identifiers of other particles.

    Example:
        >>> charge_from_pid(np.array([11, 22, -211, 2212, 1, 1000020040])).round(3).tolist()
        [-1.0, 0.0, -1.0, 1.0, -0.333, 2.0]

    Source:
        Particle Data Group, "Monte Carlo particle numbering scheme", Phys. Rev. D 110 (2024) 030001, section 45.
    """
    kinds, inverse = np.unique(np.asarray(pid, dtype=np.int64), return_inverse=True)
    return (np.array([_thirds(int(kind)) for kind in kinds], dtype=np.float64) / 3)[inverse]


def _thirds(pid: int) -> int:
    number, sign = abs(pid), 1 if pid > 0 else -1
    if number < 9:
        return sign * int(_THIRDS[number])
    if number < 100:
        return sign * _OTHERS.get(number, 0)
    if number >= 1_000_000_000:
        return sign * 3 * (number // 10_000 % 1000)
    third, second, first = number // 10 % 10, number // 100 % 10, number // 1000 % 10
    if not second:
        return 0
    if not first:  # a meson: its quark is the heavier one where that is of the type of u
        difference = int(_THIRDS[second] - _THIRDS[third])
        return sign * (-difference if second in (3, 5) else difference)
    return sign * int(_THIRDS[first] + _THIRDS[second] + _THIRDS[third])  # third 0: a diquark
