"""How many prongs a jet has: N-subjettiness, the spread of its particles about N axes."""

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from eventspace.base.errors import InputError
from eventspace.events.kinematics import wrapped
from eventspace.events.particles import ParticleClouds
from eventspace.events.ragged import any_entry, event_of_entry, offsets_of, sum_over_entries
from eventspace.events.simulate.clustering import load_fastjet

__all__ = ["subjettiness"]

Floats = NDArray[np.float64]

_NO_BEAM = 1000.0  # the largest radius that FastJet takes: with it no particle is lost to the beam
_FARTHEST = 10.0  # in rapidity from the mean: beyond, rounding of E - |pz| reaches FastJet's distances


def subjettiness(clouds: ParticleClouds, axes: int, *, R: float = 1.0, beta: float = 1.0) -> Floats:
    """N-subjettiness: how far the transverse momentum of a jet lies from the nearest of N axes.

        tau_N = sum_i pt_i min_k (dR_ik)^beta / (sum_i pt_i R^beta)

    It is small where the jet has at most N prongs. Jets of two prongs, as of a W, have a small tau_2 / tau_1, jets of
    three, as of a top quark, a small tau_3 / tau_2.

    The axes are the exclusive jets of the kt algorithm (FastJet), with the sum of the four-momenta as recombination (E
    scheme) and no beam, d_ij = min(pt_i^2, pt_j^2) dR_ij^2; they are not moved to the minimum of tau_N, so that tau_N
    may exceed tau_(N-1). A jet with N particles or fewer has tau_N = 0, since each particle is an axis.

    All particles count as massless, also where a mass is known. Their pseudorapidity is then their rapidity, so either
    may be given, and dR is the distance in rapidity and phi. The result depends neither on the unit of pt nor on where
    the jet lies in rapidity and phi.

    Arguments:
        clouds: n jets.
        axes: the number N of axes.
        R: the radius of the jets, which only sets the unit of the distances.
        beta: the power of the distance, positive.

    Returns:
        (n,) float64, pure numbers.

    Raises:
        InputError: the clouds are not valid, a particle lies more than 10 in rapidity from the mean of its jet, or an
            option is not positive.
        MissingExtraError: FastJet is not installed.

    Example:
        >>> clouds = ParticleClouds.from_lists([[(3.0, 0.0, 0.0), (1.0, 0.0, 0.4)], [(5.0, 0.1, 3.0)]])
        >>> subjettiness(clouds, 1).round(3).tolist(), subjettiness(clouds, 2).tolist()
        ([0.149, 0.0], [0.0, 0.0])

    Source: J. Thaler, K. Van Tilburg, "Identifying boosted objects with N-subjettiness", arXiv:1011.2268; S. Catani et
    al., Nucl. Phys. B 406 (1993) 187, doi:10.1016/0550-3213(93)90166-M (kt); arXiv:1111.6097 (FastJet).
    """
    if isinstance(axes, bool) or not isinstance(axes, int | np.integer) or axes < 1:
        raise InputError(f"{axes!r} is not a number of axes", remedy="write a whole number from 1 on")
    for name, value in (("R", R), ("beta", beta)):
        if not 0 < value < np.inf:
            raise InputError(f"{name} is {value}", remedy="write a positive number")
    clouds.check()
    found = np.zeros(len(clouds))
    # FastJet fails on a batch in which an event has fewer particles than jets.
    more = clouds.multiplicity > axes
    if more.any():
        pt, rapidity, phi = _in_own_frame(clouds)
        chosen = more[event_of_entry(clouds.offsets)]
        particles = _Particles(clouds.multiplicity[more], pt[chosen], rapidity[chosen], phi[chosen])
        found[more] = _about(particles, *_kt_axes(particles, int(axes)), beta) / R**beta
    return found


class _Particles(NamedTuple):
    """Massless particles, and how many of them each event has."""

    multiplicity: NDArray[np.int64]
    pt: Floats
    rapidity: Floats
    phi: Floats


def _in_own_frame(clouds: ParticleClouds) -> tuple[Floats, Floats, Floats]:
    """Each jet with pt in units of the largest and rapidity from the mean: FastJet gets numbers of order 1."""
    offsets, event = clouds.offsets, event_of_entry(clouds.offsets)
    pt, rapidity, phi = (clouds.flat(name).astype(np.float64) for name in ("pt", clouds.coordinate, "phi"))
    pt = pt / np.maximum.reduceat(pt, offsets[:-1] - offsets[0])[event]
    rapidity = rapidity - (sum_over_entries(offsets, pt * rapidity) / sum_over_entries(offsets, pt))[event]
    far = np.flatnonzero(any_entry(offsets, np.abs(rapidity) > _FARTHEST))
    if len(far):
        problem = f"a particle lies more than {_FARTHEST:g} in {clouds.coordinate} from the mean"
        raise InputError(problem, event=int(far[0]), remedy="give the particles of one jet")
    return pt, rapidity, phi


def _kt_axes(particles: _Particles, axes: int) -> tuple[Floats, Floats]:
    """Rapidity and phi of the exclusive kt jets of each event, (n, axes) each."""
    import awkward as ak

    fastjet = load_fastjet()
    multiplicity, pt, rapidity, phi = particles
    momenta = {
        "px": pt * np.cos(phi),
        "py": pt * np.sin(phi),
        "pz": pt * np.sinh(rapidity),
        "E": pt * np.cosh(rapidity),
    }
    events = ak.unflatten(ak.zip(momenta, with_name="Momentum4D"), multiplicity)
    sequence = fastjet.ClusterSequence(events, fastjet.JetDefinition(fastjet.kt_algorithm, _NO_BEAM))
    # The members, since the package warns of the jets themselves even where kt found them.
    members = sequence.exclusive_jets_constituent_index(njets=axes)
    jets = offsets_of(ak.to_numpy(ak.flatten(ak.num(members, axis=2))))
    order = ak.flatten(members, axis=2)
    # For massless particles E + pz = pt exp(y) and E - pz = pt exp(-y): sums of positive numbers, without cancellation.
    parts = (momenta["px"], momenta["py"], pt * np.exp(rapidity), pt * np.exp(-rapidity))
    sums = [sum_over_entries(jets, ak.to_numpy(ak.flatten(ak.unflatten(part, multiplicity)[order]))) for part in parts]
    px, py, plus, minus = (values.reshape(-1, axes) for values in sums)
    return np.log(plus / minus) / 2, np.arctan2(py, px)


def _about(particles: _Particles, axis_rapidity: Floats, axis_phi: Floats, beta: float) -> Floats:
    """The mean, weighted with pt, of the distance to the nearest axis to the power beta."""
    multiplicity, pt, rapidity, phi = particles
    offsets = offsets_of(multiplicity)
    event = event_of_entry(offsets)
    nearest = np.full(len(pt), np.inf)
    for k in range(axis_phi.shape[1]):
        distance = np.hypot(rapidity - axis_rapidity[event, k], wrapped(phi - axis_phi[event, k]))
        nearest = np.minimum(nearest, distance)
    return np.asarray(sum_over_entries(offsets, pt * nearest**beta) / sum_over_entries(offsets, pt))
