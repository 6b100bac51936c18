"""Events that are shown: those where the best method gains and loses most, and an ordinary one."""

from collections.abc import Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

from eventspace.events.collisions import Collisions
from eventspace.models.clustering import Method
from eventspace.statistics.matching import partners
from eventspace.statistics.right_jet import shared_energy

__all__ = ["SHOWN", "TITLES", "gallery"]

Floats = NDArray[np.float64]
Integers = NDArray[np.int64]

SHOWN = ("best", "ordinary", "worst")
"""Where the method gains most on Durham, where it has the median fraction of the energy right, where it loses most."""

TITLES = {"best": "largest gain", "ordinary": "median", "worst": "largest loss"}


def gallery(
    events: Collisions,
    labels: Mapping[str, Integers],
    fractions: Mapping[str, Floats],
    best: str,
    methods: Mapping[str, Method],
) -> dict[str, NDArray[Any]]:
    """Particles of three events with their jets, those of each method numbered like the truth jets that they match.

    Arguments:
        events: n events.
        labels: (particles,) of each method.
        fractions: (n,) of the energy in the right jet, of each.
        best: the method that is shown.
        methods: all of them; one that gives probabilities is shown too.

    Returns:
        By name ``shown.EVENT.WHAT``: momenta (particles, 4), the jets of ``truth``, ``durham`` and ``method``, the
        fractions of the last two, the number of the event, and if there are some ``probabilities`` (particles, jets).
    """
    gain = fractions[best] - fractions["durham"]
    middle = np.argsort(fractions[best], kind="stable")[len(gain) // 2]
    found: dict[str, NDArray[Any]] = {"shown.method": np.array(best)}
    with_probabilities = next((each for each in methods.values() if each.probabilities is not None), None)
    for name, number in zip(SHOWN, (int(gain.argmax()), int(middle), int(gain.argmin())), strict=True):
        one = events[number : number + 1]
        part = slice(*(events.offsets[number : number + 2] - events.offsets[0]))
        found[f"shown.{name}.number"] = np.array(number)
        found[f"shown.{name}.momenta"] = one.momenta()
        found[f"shown.{name}.truth"] = one.flat("truth_jet").astype(np.int64)
        for shown, method in (("durham", "durham"), ("method", best)):
            chosen = labels[method][part]
            found[f"shown.{name}.{shown}"] = _true_numbers(one, chosen)[chosen]
            found[f"shown.{name}.fraction.{shown}"] = fractions[method][number]
        if with_probabilities is not None and with_probabilities.probabilities is not None:
            found["shown.probabilities"] = np.array(with_probabilities.name)
            each = with_probabilities.probabilities(one)
            found[f"shown.{name}.probabilities"] = each[:, np.argsort(_true_numbers(one, each.argmax(axis=1)))]
    return found


def _true_numbers(event: Collisions, labels: Integers) -> Integers:
    """The number of the truth jet that each jet matches; jets without one get the numbers that are left."""
    matched = partners(shared_energy(event, labels))[0]
    jets = max(int(labels.max()), int(event.flat("truth_jet").max())) + 1
    left = iter(sorted(set(range(jets)) - set(matched.tolist())))
    return np.array([each if each >= 0 else next(left) for each in [*matched.tolist(), *[-1] * (jets - len(matched))]])
