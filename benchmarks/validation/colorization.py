"""The talk's table of the U-net: training and test loss by events, with and without a random field; padding; channels.

Usage: python -m benchmarks.validation.colorization TRAIN.h5 TEST.h5 [--out FILE] [--seeds 5] [--only WORD ...]

Every training learns from events of its own, one after the other in the file; rows of one size share them. What was
measured before is kept, so that a stopped run goes on. Losses are those of the talk, -1/N_jets sum_jet sum_track
(E_track / E_jet) log y_track, for the order of the jets and for the best matching of colours to jets; a guess has ln 6,
1.79. Training losses are of the events of the training, unturned, after it.
"""

import argparse
import json
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

import numpy as np
import torch
from scipy.stats import t as student

import eventspace as es
from benchmarks.tables import RESULTS, publish
from eventspace.base.provenance import environment
from eventspace.events.durham.history import durham_history
from eventspace.models.colouring.colour_loss import colour_loss
from eventspace.models.colouring.sample import ColouringSample
from eventspace.models.fit import fit
from eventspace.models.processes import Processes
from eventspace.models.recipe import Trained
from eventspace.models.registry import clustering
from eventspace.statistics.event_means import bounded_mean
from eventspace.statistics.right_jet import energy_in_right_jet

JETS = 6
TESTED = 1000  # events of the training whose loss is computed after it
TALK = {(140, "unet"): (0.185, 1.78), (11_500, "unet"): (0.502, 0.646), (900, "unet-crf"): (0.308, 1.25)}
TALK[(11_500, "unet-crf")] = (0.485, 0.642)

LONG: dict[str, Any] = {"steps": 2500, "matched": 1.0}  # the order counts in all steps, as in the talk
SHORT: dict[str, Any] = {"steps": 600, "matched": 1.0}
FIELD: dict[str, Any] = {"field": "joint"}
CHANNELS = {
    "energy alone": ("energy",),
    "with fraction": ("energy", "fraction"),
    "with charge": ("energy", "fraction", "charge"),
    "with mass": ("energy", "fraction", "charge", "mass"),
    "with polar": ("energy", "fraction", "charge", "mass", "polar"),
}
ROWS: list[tuple[int, str, dict[str, Any]]] = [
    (140, "unet", SHORT),
    (140, "unet-crf", SHORT | FIELD),
    (900, "unet", SHORT),
    (900, "unet-crf", SHORT | FIELD),
    (11_500, "unet", LONG),
    (11_500, "unet-crf", LONG | FIELD),
    (900, "unet, zero padding", SHORT | {"padding": "zero"}),
    (900, "unet, best matching", SHORT | {"matched": 0.3}),
    *((900, f"unet, {name}", SHORT | {"channels": channels}) for name, channels in CHANNELS.items()),
]


def losses(trained: Trained, events: es.Collisions) -> dict[str, float]:
    """Means over events, for the order and for the best matching."""
    card = trained.card
    sample = ColouringSample(events, card.channels, card.bins, (card.jets, card.order))
    found: dict[str, list[np.ndarray]] = {"loss": [], "matched": []}
    with torch.inference_mode():
        for start in range(0, len(sample), 100):
            batch = sample.batch(np.arange(start, min(start + 100, len(sample))))
            logarithms = trained.network(batch)
            for name, values in found.items():
                each = colour_loss(logarithms, batch.colour, batch.weight, matched=name == "matched")
                values.append(each.numpy())
    return {name: float(np.concatenate(values).mean()) for name, values in found.items()}


def measured(train: es.Collisions, test: es.Collisions, options: dict[str, Any], seed: int) -> dict[str, Any]:
    """One training, scored on events that it has not seen."""
    recipe = clustering("unet")
    config = recipe.config.model_validate({"seed": seed, "every": 100_000, "held_back": 0.01, **options})
    start = time.process_time()
    with tempfile.TemporaryDirectory() as folder:
        alone = Processes(0, 1, torch.device("cpu"))
        trained, _ = fit(recipe, train, config, processes=alone, folder=Path(folder), show_progress=False)
    taken = time.process_time() - start
    trained.network.eval()
    right = energy_in_right_jet(test, recipe.cluster(trained, test, device="cpu"))
    return {
        "train": losses(trained, train[:TESTED]),
        "test": losses(trained, test),
        "fraction": float(right.mean()),
        "steps": config.steps,
        "seconds": round(taken, 1),
        "processor": environment()["hardware"]["processor"],
    }


PAIRS = [
    *((f"a random field, {size:,} events", size, "unet", "unet-crf") for size in (140, 900, 11_500)),
    ("zero instead of circular padding", 900, "unet", "unet, zero padding"),
    ("the loss of the best matching", 900, "unet", "unet, best matching"),
    *(
        (f"{name.removeprefix('with ')} beside the energy", 900, "unet, energy alone", f"unet, {name}")
        for name in list(CHANNELS)[1:]
    ),
]


def gains(results: list[dict[str, Any]]) -> str:
    """What changes the network by how much, from trainings with the same seed on the same events."""
    found = {entry["name"]: entry for entry in results}
    lines = []
    for words, size, before, after in PAIRS:
        both = [[found.get(f"{name}, {size}, seed {seed}") for name in (before, after)] for seed in range(1, 100)]
        pairs = [(one, other) for one, other in both if one and other]
        if len(pairs) < 2:
            continue
        told = []
        for what, values in (
            ("energy in the right jet", [other["fraction"] - one["fraction"] for one, other in pairs]),
            ("test loss", [other["test"]["loss"] - one["test"]["loss"] for one, other in pairs]),
        ):
            reach = student.ppf(0.975, len(values) - 1) * np.std(values, ddof=1) / np.sqrt(len(values))
            mean = np.mean(values)
            told.append(f"{what} {mean:+.4f} [{mean - reach:+.4f}, {mean + reach:+.4f}]")
        lines.append(f"- {words}: {', '.join(told)}")
    return "\n".join(lines)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("train", type=Path)
    parser.add_argument("test", type=Path)
    parser.add_argument("--out", type=Path, default=RESULTS / "colorization")
    parser.add_argument("--seeds", type=int, default=5, help="trainings of each row")
    parser.add_argument("--only", nargs="*", default=[], help="rows whose names hold one of these words")
    given = parser.parse_args()
    torch.set_num_threads(1)
    test = es.read(given.test, kind=es.Collisions)
    record = given.out.with_suffix(".json")
    before = json.loads(record.read_text())["results"] if record.exists() else []
    found: dict[str, Any] = {entry["name"]: entry for entry in before}
    for seed in range(1, given.seeds + 1):
        for size, name, options in ROWS:
            key = f"{name}, {size}, seed {seed}"
            if key in found or (given.only and not any(word in key for word in given.only)):
                continue
            first = (seed - 1) * size
            train = es.read(given.train, first, first + size, kind=es.Collisions)
            found[key] = {"name": key, "row": name, "size": size, "seed": seed}
            found[key] |= measured(train, test, options, seed)
            print(key, found[key], file=sys.stderr, flush=True)
            record.write_text(json.dumps({"results": list(found.values())}))
    write(
        given.out,
        list(found.values()),
        test,
        f"python -m benchmarks.validation.colorization {given.train} {given.test}",
    )


def write(out: Path, results: list[dict[str, Any]], test: es.Collisions, command: str) -> None:
    durham = energy_in_right_jet(test, durham_history(test).labels(JETS)).mean()
    rows = []
    for size, name, _ in ROWS:
        some = [entry for entry in results if (entry["row"], entry["size"]) == (name, size)]
        if len(some) < 2:
            continue
        kinds = [(sample, loss) for loss in ("loss", "matched") for sample in ("train", "test")]
        numbers = [bounded_mean([entry[sample][loss] for entry in some], 0, 100) for sample, loss in kinds]
        right = bounded_mean([entry["fraction"] for entry in some], 0, 1)
        talk = TALK.get((size, name))
        rows.append(
            [
                name,
                f"{size:,}",
                str(len(some)),
                *(f"{each.value:.3f} [{each.low:.3f}, {each.high:.3f}]" for each in numbers),
                f"{right.value:.4f} [{right.low:.4f}, {right.high:.4f}]",
                f"{talk[0]} / {talk[1]}" if talk else "",
            ]
        )
    seeds: dict[str, set[int]] = {}
    for entry in results:
        seeds.setdefault(entry["processor"], set()).add(entry["seed"])
    trained = "; ".join(f"{name}: seeds {', '.join(map(str, sorted(some)))}" for name, some in seeds.items())
    publish(
        out,
        "The U-net by events, field, padding and channels",
        f"""
Means over trainings, each on events of its own, with 95% intervals for other trainings on other events; {len(test):,}
test events of ZHH at 500 GeV. The loss is that of the talk, for the order of the jets by cos theta, and for the best
matching of colours to jets; a guess has ln 6 = 1.79. Durham puts {durham:.4f} of the energy into the right jet.
Trained on {trained}.

Differences between trainings with the same seed on the same events, with 95% intervals of Student's t for their mean:

{gains(results)}
""",
        (
            "network",
            "events",
            "trainings",
            "training loss",
            "test loss",
            "training loss, matched",
            "test loss, matched",
            "energy in the right jet",
            "talk: training / test",
        ),
        rows,
        command=command,
        results=results,
    )


if __name__ == "__main__":
    main()
