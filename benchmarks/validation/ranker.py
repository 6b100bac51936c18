"""What else would help a ranker: no learning at all, several trainings together, and the colours of a U-net.

Usage: python -m benchmarks.validation.ranker VALID.h5 TEST.h5 RANKER.safetensors ... [--unets NAME ...] [--out FILE]

All rows choose among the same candidates. Constants are chosen on the events of VALID, where they put the most energy
into the right jet; TEST is looked at once, with the constants that were chosen.

Without learning, a candidate has the score  ln L - a sum ln y:  the likelihood L of its masses (and displaced tracks),
summed over the groupings of jets to bosons, against the merges that it takes. An ensemble adds the logarithms of the
probabilities that the rankers give to candidates. The U-net agrees with a candidate by
sum_particle E_particle / E_visible ln y_particle(c), where y is the probability of the colour c of the particle's jet
for the best matching of colours to jets; b times this is added to the score of the first ranker.
"""

import argparse
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import torch
from numpy.typing import NDArray
from scipy.optimize import linear_sum_assignment

import eventspace as es
from benchmarks.tables import RESULTS, publish
from eventspace.events.durham.history import durham_history
from eventspace.events.ragged import event_of_entry
from eventspace.models.clustering import method
from eventspace.models.file import load
from eventspace.models.protojets.candidates import best_matches, likelihood_places
from eventspace.models.protojets.partitions import set_partitions
from eventspace.models.ranker import scored_candidates
from eventspace.models.recipe import Trained
from eventspace.statistics.event_means import bounded_mean
from eventspace.statistics.matching import energy_in_common

Floats = NDArray[np.float64]

COSTS = (0.1, 0.2, 0.3, 0.5, 0.7, 1.0, 1.5, 2.0, 3.0, 5.0)
AGREEMENTS = (0.5, 1.0, 2.0, 3.0, 5.0, 10.0)
LEAST = 1e-6  # of a probability, whose logarithm is taken
AT_ONCE = 500  # events


class Seen(NamedTuple):
    """Candidates of events.

    Attributes:
        fractions: (n, candidates) of energy in the right jet.
        durham: (n,) which candidate is Durham's.
        values: (n, candidates, values) from ``candidate_values``.
        rankers: (rankers, n, candidates) logarithms of probabilities.
        unets: (U-nets, n, candidates) agreement.
    """

    fractions: Floats
    durham: NDArray[np.int64]
    values: Floats
    rankers: Floats
    unets: Floats


def seen(events: es.Collisions, rankers: list[Trained], unets: list[str]) -> Seen:
    parts = [_seen(events[first : first + AT_ONCE], rankers, unets) for first in range(0, len(events), AT_ONCE)]
    event_axes = (0, 0, 0, 1, 1)
    return Seen(*map(np.concatenate, zip(*parts, strict=True), event_axes))


def _seen(events: es.Collisions, rankers: list[Trained], unets: list[str]) -> Seen:
    shape = rankers[0].card.shape
    partitions, history = set_partitions(shape.protojets, shape.jets), durham_history(events)
    scored = [scored_candidates(trained, events, history) for trained in rankers]
    first = scored[0][0]
    assert all((found.numbers == first.numbers).all() for found, _ in scored), "the rankers differ in shape"
    energy, truth = events.flat("E").astype(np.float64), events.flat("truth_jet").astype(np.int64)
    shared = energy_in_common(events.offsets, energy, first.protojets, truth, (shape.protojets, shape.jets))
    agree = [agreement(events, name, first.protojets, partitions, first.numbers) for name in unets]
    return Seen(
        best_matches(shared, partitions, first.numbers),
        first.durham,
        first.candidate_values.astype(np.float64),
        np.stack([torch.from_numpy(scores).double().log_softmax(1).numpy() for _, scores in scored]),
        np.array(agree).reshape(len(unets), *first.numbers.shape),
    )


def agreement(
    events: es.Collisions,
    name: str,
    protojets: NDArray[np.int64],
    partitions: NDArray[np.int64],
    numbers: NDArray[np.int64],
) -> Floats:
    """Of the colours of a U-net with each candidate, (n, candidates)."""
    colours = method(name).probabilities
    assert colours is not None
    event, count, jets = event_of_entry(events.offsets), partitions.shape[1], int(partitions.max()) + 1
    energy = events.flat("E").astype(np.float64)
    share = energy / np.bincount(event, energy)[event]
    logarithms = np.log(np.maximum(colours(events).astype(np.float64), LEAST))
    place, size = event * count + protojets, len(events) * count
    told = np.stack([np.bincount(place, share * column, size) for column in logarithms.T], axis=1)
    told = told.reshape(len(events), count, -1)
    found = np.empty(numbers.shape)
    for row, of_event in enumerate(told):
        for k, number in enumerate(numbers[row]):
            of_jets = np.stack([of_event[partitions[number] == jet].sum(axis=0) for jet in range(jets)])
            best = linear_sum_assignment(of_jets, maximize=True)
            found[row, k] = of_jets[best].sum()
    return found


def right(sample: Seen, scores: Floats) -> Floats:
    """(n,) of the best candidate."""
    return sample.fractions[np.arange(len(scores)), scores.argmax(axis=1)]


def rows(valid: Seen, test: Seen, names: list[str], unets: list[str], displaced: bool) -> list[dict[str, Any]]:
    """Each way to choose, on the test."""
    durham = test.fractions[np.arange(len(test.durham)), test.durham]
    found: list[dict[str, Any]] = []

    def add(name: str, reached: Floats, constant: float | None = None) -> None:
        fraction, gain = bounded_mean(reached, 0, 1), bounded_mean(reached - durham, -1, 1)
        entry = {"name": name, "constant": constant}
        for key, number in (("fraction", fraction), ("gain", gain)):
            entry |= {key: number.value, f"{key} low": number.low, f"{key} high": number.high}
        found.append(entry)

    def best(constants: tuple[float, ...], scores: Any) -> float:
        return max(constants, key=lambda constant: right(valid, scores(valid, constant)).mean())

    add("Durham", durham)
    likelihoods = {"masses": likelihood_places(3, displaced=False)[2]}
    if displaced:
        likelihoods["masses and displaced tracks"] = likelihood_places(3, displaced=True)[8]
    for name, place in likelihoods.items():

        def without(sample: Seen, a: float, place: int = place) -> Floats:
            return np.asarray(sample.values[:, :, place] - a * sample.values[:, :, 0])

        a = best(COSTS, without)
        add(f"no learning: {name}", right(test, without(test, a)), a)
    for k, name in enumerate(names):
        add(name, right(test, test.rankers[k]))
    if len(names) > 2:
        add("the last two together", right(test, test.rankers[-2:].sum(axis=0)))
    add("all together", right(test, test.rankers.sum(axis=0)))
    for k, name in enumerate(unets):

        def with_colours(sample: Seen, b: float, k: int = k) -> Floats:
            return np.asarray(sample.rankers[0] + b * sample.unets[k])

        b = best(AGREEMENTS, with_colours)
        add(f"{names[0]} with the colours of {name}", right(test, with_colours(test, b)), b)
        add(f"colours of {name} alone", right(test, test.unets[k]))
    add("best candidate", test.fractions.max(axis=1))
    return found


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("valid", type=Path)
    parser.add_argument("test", type=Path)
    parser.add_argument("rankers", type=Path, nargs="+")
    parser.add_argument("--unets", nargs="*", default=["unet-zhh", "unet-crf-zhh"])
    parser.add_argument("--out", type=Path, default=RESULTS / "ranker")
    given = parser.parse_args()
    torch.set_num_threads(1)
    rankers = [load(file, "ranker") for file in given.rankers]
    for trained in rankers:
        trained.network.eval()
    names = [f"ranker of {trained.card.events:,} events, seed {trained.card.seed}" for trained in rankers]
    valid, test = (seen(es.read(file, kind=es.Collisions), rankers, given.unets) for file in (given.valid, given.test))
    found = rows(valid, test, names, given.unets, rankers[0].card.displaced)

    def interval(entry: dict[str, Any], key: str, sign: str = "") -> str:
        return f"{entry[key]:{sign}.4f} [{entry[f'{key} low']:{sign}.4f}, {entry[f'{key} high']:{sign}.4f}]"

    publish(
        given.out,
        "What else would help a ranker",
        f"""
{len(test.durham):,} test events of ZHH at 500 GeV; constants were chosen on {len(valid.durham):,} others. Intervals
of 95%, by event; gains are on the same events. The rankers were trained by `eventspace train ranker`.
""",
        ("chosen by", "constant", "energy in the right jet", "more than Durham"),
        [
            [
                entry["name"],
                "" if entry["constant"] is None else f"{entry['constant']:g}",
                interval(entry, "fraction"),
                interval(entry, "gain", "+"),
            ]
            for entry in found
        ],
        command=f"python -m benchmarks.validation.ranker {given.valid.name} {given.test.name} "
        + " ".join(f"{file.parent.name}/{file.name}" for file in given.rankers),
        results=found,
    )


if __name__ == "__main__":
    main()
