"""Several trainings of the autoencoder of images: one after the other, side by side, or stacked in one process?

Usage: python -m benchmarks.speed.trainings [--out FILE] [--repeat 3] [--steps 40]

Two trainings of ``image-vae`` with other seeds (three blocks, 40 x 40 pixels, batches of 128) take steps in four ways:
one after the other with one thread of torch and with two; side by side, a process and a thread each, as
``eventspace train --trainings`` does; and stacked with torch.func.vmap, so that each kernel serves both. The last has
the gradients alone, without optimiser, validation and the rest of a step, and so is shown better than it would be.
"""

import argparse
from collections.abc import Callable
from concurrent.futures import ProcessPoolExecutor
from multiprocessing import get_context
from pathlib import Path
from typing import Any

import numpy as np
import torch
from torch import Tensor
from torch.func import functional_call, grad, stack_module_state, vmap

import eventspace as es
from benchmarks.tables import RESULTS, both, in_turn, middle, publish
from eventspace.models.image_vae import MODEL, ImageConfig
from eventspace.models.jets.image_network import ImageNetwork
from eventspace.models.processes import Processes

BATCH, PIXELS = 128, 40
EVENTS = 4 * BATCH
SEEDS = (1, 2)


def images() -> es.Images:
    """Of about as many pixels above 0 as jets have."""
    rng = np.random.default_rng(1)
    values = rng.exponential(size=(EVENTS, PIXELS, PIXELS)) * (rng.random((EVENTS, PIXELS, PIXELS)) < 0.04)
    return es.Images(values=values.astype(np.float32), half_width=1.0)


def training(seed: int, threads: int) -> Callable[[int], None]:
    """Takes so many steps."""
    config = ImageConfig(seed=seed, steps=10**6, check=10**6, held_back=0.1)
    prepared = MODEL.prepare(images(), config, Processes(0, 1, torch.device("cpu")))
    number = iter(range(10**6))

    def work(steps: int) -> None:
        torch.set_num_threads(threads)
        for _ in range(steps):
            prepared.step(next(number))

    return work


_mine: dict[int, Callable[[int], None]] = {}


def in_process(seed: int, steps: int) -> None:
    if seed not in _mine:
        _mine[seed] = training(seed, 1)
    _mine[seed](steps)


def stacked(threads: int) -> Callable[[int], None]:
    """Derivatives of both networks at once."""
    networks = [ImageNetwork(PIXELS, 3, 8, 64, convolutions=1, variational=True) for _ in SEEDS]
    parameters, buffers = stack_module_state(networks)

    class Loss(torch.nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.network = networks[0]

        def forward(self, given: Tensor, noise: Tensor) -> Tensor:
            mean, log_variance = self.network.encode(given)
            made = self.network.decode(mean + noise * (0.5 * log_variance).exp())
            kl = 0.5 * (mean.square() + log_variance.exp() - 1 - log_variance).sum(dim=1).mean()
            return (given - made).square().mean() + 1e-7 * kl

    loss = Loss()
    both_parameters = {f"network.{name}": value.detach() for name, value in parameters.items()}

    def one(own: dict[str, Tensor], given: Tensor, noise: Tensor) -> Tensor:
        return functional_call(loss, (own, buffers), (given, noise))

    derivatives = vmap(grad(one), randomness="different")
    values = torch.from_numpy(images().values[:BATCH]).expand(len(SEEDS), -1, -1, -1)

    def work(steps: int) -> None:
        torch.set_num_threads(threads)
        for _ in range(steps):
            derivatives(both_parameters, values, torch.randn(len(SEEDS), BATCH, 64))

    return work


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--out", type=Path, default=RESULTS / "trainings")
    parser.add_argument("--repeat", type=int, default=3)
    parser.add_argument("--steps", type=int, default=40)
    given = parser.parse_args()
    alone = {threads: [training(seed, threads) for seed in SEEDS] for threads in (1, 2)}
    at_once = stacked(2)
    with ProcessPoolExecutor(len(SEEDS), mp_context=get_context("spawn")) as pool:

        def side_by_side(steps: int) -> None:
            for job in [pool.submit(in_process, seed, steps) for seed in SEEDS]:
                job.result()

        def one_by_one(threads: int) -> Callable[[int], None]:
            return lambda steps: [each(steps) for each in alone[threads]] and None

        ways: dict[str, Callable[[int], None]] = {
            "one after the other, 1 thread": one_by_one(1),
            "one after the other, 2 threads": one_by_one(2),
            "side by side, 1 thread each": side_by_side,
            "stacked, 2 threads (gradients alone)": at_once,
        }
        for do in ways.values():
            do(3)
        taken = in_turn({name: lambda do=do: do(given.steps) for name, do in ways.items()}, given.repeat)
    times = {name: middle(each, given.steps * len(SEEDS)) for name, each in taken.items()}
    first = times["one after the other, 1 thread"]["median"]
    rows = [[name, both(entry), f"{first / entry['median']:.2f}"] for name, entry in times.items()]
    results: list[dict[str, Any]] = [{"name": name, "microseconds": entry} for name, entry in times.items()]
    publish(
        given.out,
        "Two trainings of the autoencoder of images",
        f"""
Median (minimum) microseconds a step of one training, batches of {BATCH} images of {PIXELS} x {PIXELS} pixels, over
{given.repeat} repetitions of {given.steps} steps.
""",
        ("way", "us a step", "faster than one thread"),
        rows,
        command=f"python -m benchmarks.speed.trainings --repeat {given.repeat} --steps {given.steps}",
        results=results,
    )


if __name__ == "__main__":
    main()
