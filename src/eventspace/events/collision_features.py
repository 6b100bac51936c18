"""What physicists look at in an e+e- event: its energy, mass, missing momentum, multiplicity and shape."""

import numpy as np
from numpy.typing import NDArray

from eventspace.events.ragged import event_of_entry

__all__ = ["collision_features"]

Floats = NDArray[np.float64]


def collision_features(
    offsets: NDArray[np.int64], momenta: Floats, charged: NDArray[np.bool_] | None = None
) -> dict[str, Floats]:
    """Numbers of each event.

    ``visible_energy`` and ``visible_mass`` of the sum of the four-momenta; ``missing_pt``, the transverse momentum of
    this sum; ``multiplicity`` and, where charges are known, ``charged_multiplicity``; ``sphericity``, the linearised
    one: 3/2 (l2 + l3) of the eigenvalues l1 >= l2 >= l3 of

        S^ab = sum_i p_i^a p_i^b / |p_i| / sum_i |p_i|,

    0 for two back-to-back jets and 1 for an isotropic event. It is infrared and collinear safe.

    Arguments:
        offsets: (n + 1,) from 0; event i owns the particles ``offsets[i]:offsets[i + 1]``.
        momenta: (particles, 4) E, px, py, pz in GeV, none at rest.
        charged: (particles,) which are charged.

    Returns:
        (n,) each, in GeV where they are energies, masses and momenta.

    Example:
        >>> pair = np.array([[5.0, 0.0, 0.0, 5.0], [5.0, 0.0, 0.0, -5.0]])
        >>> {name: values.item() for name, values in collision_features(np.array([0, 2]), pair).items()}
        {'visible_energy': 10.0, 'visible_mass': 10.0, 'missing_pt': 0.0, 'multiplicity': 2.0, 'sphericity': 0.0}

    Source:
        G. Parisi, Phys. Lett. B 74 (1978) 65; J. F. Donoghue, F. E. Low, S.-Y. Pi, Phys. Rev. D 20 (1979) 2759.
    """
    event, count = event_of_entry(offsets), len(offsets) - 1
    total = np.stack([np.bincount(event, weights=column, minlength=count) for column in momenta.T], axis=1)
    square = total[:, 0] ** 2 - (total[:, 1:] ** 2).sum(axis=1)
    found = {
        "visible_energy": total[:, 0],
        "visible_mass": np.sqrt(np.maximum(square, 0.0)),
        "missing_pt": np.hypot(total[:, 1], total[:, 2]),
        "multiplicity": np.diff(offsets).astype(np.float64),
    }
    if charged is not None:
        found["charged_multiplicity"] = np.bincount(event[charged], minlength=count).astype(np.float64)
    return found | {"sphericity": _sphericity(event, momenta[:, 1:], count)}


def _sphericity(event: NDArray[np.int64], momenta: Floats, count: int) -> Floats:
    size = np.linalg.norm(momenta, axis=1)
    tensor = np.zeros((count, 3, 3))
    for a in range(3):
        for b in range(a, 3):
            tensor[:, a, b] = np.bincount(event, weights=momenta[:, a] * momenta[:, b] / size, minlength=count)
            tensor[:, b, a] = tensor[:, a, b]
    trace = np.trace(tensor, axis1=1, axis2=2)
    values = np.linalg.eigvalsh(tensor) / trace[:, None]
    found: Floats = np.clip(1.5 * (values[:, 0] + values[:, 1]), 0.0, 1.0)
    return found
