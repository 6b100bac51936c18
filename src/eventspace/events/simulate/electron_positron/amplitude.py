"""Helicity amplitudes of e+e- -> Z HH with Z -> q qbar at leading order."""

from typing import Any, NamedTuple, overload

import numpy as np
from numpy.typing import NDArray

from eventspace.events.simulate.electron_positron.constants import (
    CHARGE_AND_ISOSPIN,
    HIGGS_MASS,
    SIN2_THETA,
    VACUUM_VALUE,
    Z_MASS,
    Z_WIDTH,
)

__all__ = ["FLAVOURS", "Momenta", "current", "dot", "squared_amplitudes", "tensor_amplitude"]

Floats = NDArray[np.float64]
Complexes = NDArray[np.complex128]

FLAVOURS = (1, 2, 3, 4, 5)
"""The quarks that the Z decays to, as PDG identifiers; all massless."""

_METRIC = np.array([1.0, -1.0, -1.0, -1.0])
_SIGMA = np.array([[[1, 0], [0, 1]], [[0, 1], [1, 0]], [[0, -1j], [1j, 0]], [[1, 0], [0, -1]]], dtype=np.complex128)
_COUPLING = 2 * Z_MASS / VACUUM_VALUE
"""g / cos theta_W, of the Z to fermions."""
_COLOURS, _SPINS = 3.0, 4.0


class Momenta(NamedTuple):
    """The momenta of e- e+ -> q qbar H H, (n, 4) each: E, px, py, pz in GeV."""

    electron: Floats
    positron: Floats
    quark: Floats
    antiquark: Floats
    higgs_1: Floats
    higgs_2: Floats


@overload
def dot(a: Floats, b: Floats) -> Floats: ...
@overload
def dot(a: Complexes, b: Floats | Complexes) -> Complexes: ...
def dot(a: NDArray[Any], b: NDArray[Any]) -> NDArray[Any]:
    """The scalar products a.b of four-vectors, without conjugation; (n, 4) each.

    Example:
        >>> dot(np.array([[5.0, 0.0, 0.0, 3.0]]), np.array([[5.0, 0.0, 0.0, 3.0]]))
        array([16.])
    """
    return np.asarray(np.einsum("nm,nm,m->n", a, b, _METRIC))


def current(outgoing: Floats, incoming: Floats) -> Complexes:
    """The right-handed current of massless fermions, ubar_R(a) gamma^mu u_R(b) = a^+ sigma^mu b of two-spinors.

    The left-handed one is its complex conjugate. An outgoing antiquark counts as incoming quark, and an incoming
    positron as outgoing electron.

    Arguments:
        outgoing, incoming: (n, 4) momenta a and b, E, px, py, pz.

    Returns:
        (n, 4); its contraction with a - b (all outgoing: a + b) is 0.

    Example:
        >>> a, b = np.array([[5.0, 3.0, 0.0, 4.0]]), np.array([[5.0, 0.0, 5.0, 0.0]])
        >>> bool(np.allclose(dot(current(a, b), a + b), 0))
        True
    """
    found: Complexes = np.einsum("ni,mij,nj->nm", _spinor(outgoing).conj(), _SIGMA, _spinor(incoming))
    return found


def _spinor(p: Floats) -> Complexes:
    """(E + pz, px + i py) / sqrt(E + pz), for which sigma.p = spinor spinor^+."""
    energy, x, y, z = p.T
    plus = np.where(z > 0, energy + z, (x**2 + y**2) / np.maximum(energy - z, 1e-300))  # without cancellation
    backward = plus < 1e-20 * energy
    root = np.sqrt(np.where(backward, 1.0, plus))
    upper, lower = np.where(backward, 0.0, root), np.where(backward, np.sqrt(2 * energy), (x + 1j * y) / root)
    return np.stack([upper + 0j, lower], axis=1)


def tensor_amplitude(into: Complexes, out: Complexes, momenta: Momenta, kappa: float) -> Complexes:
    """J_in^mu T_mu_nu J_out^nu of all four diagrams, without the propagators of the Z before and behind.

        T^mu^nu = 2 MZ^2/v^2 g^mu^nu [1 + 3 kappa MH^2 / (m_HH^2 - MH^2)]
                  + 4 MZ^4/v^2 sum_i (g^mu^nu - q_i^mu q_i^nu / MZ^2) / (q_i^2 - MZ^2),     q_i = p_Z + p_i

    The first terms are the contact ZZHH and the trilinear Higgs coupling, the sum is the emission of both Higgs bosons
    from the Z in either order.

    Arguments:
        into, out: (n, 4) the currents of the beams and of the quarks.
        momenta: of all particles.
        kappa: kappa_lambda, the trilinear coupling in units of that of the Standard Model.

    Returns:
        (n,) in GeV^2.
    """
    pair = momenta.higgs_1 + momenta.higgs_2
    direct = dot(into, out)
    self_coupling = 1 + 3 * kappa * HIGGS_MASS**2 / (dot(pair, pair) - HIGGS_MASS**2)
    total = 2 * Z_MASS**2 / VACUUM_VALUE**2 * self_coupling * direct
    for higgs in (momenta.higgs_1, momenta.higgs_2):
        q = momenta.quark + momenta.antiquark + higgs
        along = dot(into, q) * dot(out, q) / Z_MASS**2
        total = total + 4 * Z_MASS**4 / VACUUM_VALUE**2 * (direct - along) / (dot(q, q) - Z_MASS**2)
    return total


def squared_amplitudes(
    momenta: Momenta, kappa: float = 1.0, electron_polarisation: float = 0.0, positron_polarisation: float = 0.0
) -> Floats:
    """|M|^2 of e- e+ -> q qbar H H for each flavour, summed over final and averaged over initial spins and colours.

    Arguments:
        momenta: of n events; leptons and quarks are massless.
        kappa: kappa_lambda, the trilinear coupling in units of that of the Standard Model.
        electron_polarisation, positron_polarisation: from -1, all left-handed, to 1.

    Returns:
        (n, 5) in GeV^-4, in the order of ``FLAVOURS``.

    Source:
        G. J. Gounaris, D. Schildknecht, F. M. Renard, Phys. Lett. B 83 (1979) 191; A. Djouadi, W. Kilian,
        M. Muhlleitner, P. M. Zerwas, "Testing Higgs self-couplings at e+e- linear colliders", hep-ph/9903229.
    """
    into = current(momenta.positron, momenta.electron)
    out = current(momenta.quark, momenta.antiquark)
    # The left-handed currents are conjugates, and all else is real: two amplitudes are left.
    same = np.abs(tensor_amplitude(into, out, momenta, kappa)) ** 2
    opposite = np.abs(tensor_amplitude(into, out.conj(), momenta, kappa)) ** 2
    total = momenta.electron + momenta.positron
    z = momenta.quark + momenta.antiquark
    s, z_square = dot(total, total), dot(z, z)
    propagators = 1 / ((s - Z_MASS**2) ** 2 * ((z_square - Z_MASS**2) ** 2 + (Z_MASS * Z_WIDTH) ** 2))
    factor = propagators * _COUPLING**4 * _COLOURS / _SPINS

    left, right = _chiral(11)
    of_left = (1 - electron_polarisation) * (1 + positron_polarisation) * left**2
    of_right = (1 + electron_polarisation) * (1 - positron_polarisation) * right**2
    found = np.empty((len(s), len(FLAVOURS)))
    for column, flavour in enumerate(FLAVOURS):
        left, right = _chiral(flavour)
        found[:, column] = of_left * (left**2 * same + right**2 * opposite)
        found[:, column] += of_right * (right**2 * same + left**2 * opposite)
    return found * factor[:, None]


def _chiral(pid: int) -> tuple[float, float]:
    """The couplings of the left- and right-handed fermion to the Z, in units of g / cos theta_W."""
    charge, isospin = CHARGE_AND_ISOSPIN[pid]
    return isospin - charge * SIN2_THETA, -charge * SIN2_THETA
