"""An ensemble of small GANs trained at once, against a loop over its members, in one run.

Usage: python -m benchmarks.speed.ensemble [--members 1 10 100] [--steps 20]

Three ways to do the same steps of the GAN of ``eventspace amplification``: one member after the other, all as one batch
of matrices (what eventspace does), and torch.func.vmap over stacked modules for one evaluation with its gradient. Times
are the CPU time of this process on one thread.
"""

import argparse
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

import numpy as np
import torch
from torch import nn
from torch.func import functional_call, stack_module_state, vmap

from eventspace.models.point_gan import train_point_gans
from eventspace.models.points.dense_ensemble import DenseEnsemble
from eventspace.models.processes import Processes
from eventspace.statistics.truths import Truth


def milliseconds(work: Callable[[], object], repeat: int) -> float:
    work()
    start = time.process_time()
    for _ in range(repeat):
        work()
    return (time.process_time() - start) / repeat * 1e3


def training(members: int, steps: int) -> float:
    samples = np.stack([Truth("ring", 2).draw(100, np.random.default_rng((9, k))) for k in range(members)])

    def work() -> None:
        with tempfile.TemporaryDirectory() as folder:
            alone = Processes(0, 1, torch.device("cpu"))
            train_point_gans(samples, seed=1, processes=alone, folder=Path(folder), steps=steps)

    return milliseconds(work, 1) / steps


def evaluation(members: int) -> tuple[float, float]:
    """A critic with its gradient: batched matrices, and vmap."""
    points = torch.randn(members, 300, 2)
    ensemble = DenseEnsemble(members, (2, 64, 64, 1), torch.tanh)
    each = [
        nn.Sequential(nn.Linear(2, 64), nn.Tanh(), nn.Linear(64, 64), nn.Tanh(), nn.Linear(64, 1))
        for _ in range(members)
    ]
    parameters, buffers = stack_module_state(each)

    def one(values: dict[str, torch.Tensor], constants: dict[str, torch.Tensor], own: torch.Tensor) -> torch.Tensor:
        return functional_call(each[0], (values, constants), (own,))

    batched = milliseconds(lambda: ensemble(points).sum().backward(), 20)
    mapped = milliseconds(lambda: vmap(one)(parameters, buffers, points).sum().backward(), 20)
    return batched, mapped


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--members", type=int, nargs="+", default=[1, 10, 100])
    parser.add_argument("--steps", type=int, default=20)
    options = parser.parse_args()
    torch.set_num_threads(1)
    alone = training(1, options.steps)
    print("members | step of all at once [ms] | of a loop [ms] | ratio | critic, batched [ms] | critic, vmap [ms]")
    for members in options.members:
        together = training(members, options.steps)
        batched, mapped = evaluation(members)
        loop = members * alone
        print(f"{members} | {together:.1f} | {loop:.1f} | {loop / together:.1f} | {batched:.2f} | {mapped:.2f}")


if __name__ == "__main__":
    main()
