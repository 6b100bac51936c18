"""What does a whole training step of the autoencoder of jets cost? eventspace against plain torch with POT, in one run.

Usage: python -m benchmarks.speed.training_step [--out FILE] [--repeat 7] [--threads 1]

A step is everything: batch, encoder, decoder, squared Sinkhorn divergence, derivatives, Adam. Both sides have the same
network, the same jets (QCD, 500-550 GeV, the 50 hardest particles), 32 particles made, batches of 128, and both keep
what a jet costs against itself. POT's ``solve_batch`` with derivatives at the optimum gets the fewest iterations that
make the error of its gradient no larger than ours (relative, by the positions that are made, from the solution in
double precision), or the best that were tried. Every repetition times all in turn.
"""

import argparse
import warnings
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import torch
from ot import solve_batch
from torch import Tensor
from torch.optim import Adam

import eventspace as es
from benchmarks.speed.transport import gather
from benchmarks.tables import RESULTS, both, in_turn, middle, publish, summary
from eventspace.models.cloud_vae import MODEL, CloudConfig
from eventspace.models.jets.cloud_network import CloudNetwork
from eventspace.models.jets.clouds import clouds_of, squared_distance
from eventspace.models.jets.latents.space import latent_space
from eventspace.models.processes import Processes

JETS, BATCH, MADE, SEEN = 512, 128, 32, 50
LEAST = 1e-12  # weight of rows that only fill up: with 0 POT's derivatives are not numbers
JUDGED = 8  # pairs whose gradients are compared: the solution in double precision takes long
BETAS = (0.1, 0.05, 0.015)
ITERATIONS = (10, 20, 30, 50, 75, 100, 150, 200, 300)
Clouds = tuple[Tensor, Tensor]


def ours(jets: es.ParticleClouds, beta: float) -> Callable[[], None]:
    """Four steps of a training as ``eventspace train cloud-vae`` takes them."""
    config = CloudConfig(latent="R6", beta=beta, steps=10**6, batch=BATCH, held_back=1e-9, every=10**6)
    training = MODEL.prepare(jets, config, Processes(0, 1, torch.device("cpu")))
    number = iter(range(10**6))

    def work() -> None:
        for _ in range(JETS // BATCH):
            training.step(next(number))

    return work


def by_pot(one: Clouds, other: Clouds, eps: float, iterations: int) -> Tensor:
    """The entropic transport cost of each pair."""
    (a, x), (b, y) = ((weight.clamp(min=LEAST), position) for weight, position in (one, other))
    cost = ((x[:, :, None] - y[:, None]).square().sum(-1) + 1e-12).sqrt()
    options: dict[str, Any] = {"max_iter": iterations, "tol": 0, "method": "log_sinkhorn", "grad": "envelope"}
    return solve_batch(cost, reg=eps, a=a, b=b, reg_type="kl", **options).value


def divergence_by_pot(one: Clouds, other: Clouds, eps: float, iterations: int, own: Tensor) -> Tensor:
    return (by_pot(one, other, eps, iterations) - 0.5 * (own + by_pot(other, other, eps, iterations))).square()


def peer(jets: es.ParticleClouds, beta: float, eps: float, iterations: int) -> Callable[[], None]:
    """The same four steps in plain torch with POT."""
    clouds = clouds_of(jets, ("centre",), SEEN)
    torch.manual_seed(1)
    network = CloudNetwork(latent_space("R6"), MADE, (0.0, 0.0), (0.2, 0.2), 64, periodic=True)
    optimiser = Adam(network.parameters(), lr=3e-3)
    batches = [clouds.batch(slice(k, k + BATCH), torch.device("cpu")) for k in range(0, JETS, BATCH)]
    own = [by_pot(batch, batch, eps, iterations).detach() for batch in batches]

    def work() -> None:
        for batch, known in zip(batches, own, strict=True):
            posterior = network.encode(*batch)
            made = network.decode(posterior.sample()[:, 0])
            distance = divergence_by_pot(batch, made, eps, iterations, known)
            loss = (distance / (2 * beta**2) + posterior.kl().sum(dim=1)).mean()
            optimiser.zero_grad()
            loss.backward()
            torch.nn.utils.clip_grad_norm_(network.parameters(), 10.0)
            optimiser.step()

    return work


def errors(jets: es.ParticleClouds, eps: float) -> tuple[float, dict[int, float]]:
    """Relative error of the gradient by the positions of the second half of the jets, cut to what is made."""
    clouds = clouds_of(jets, ("centre",), SEEN)
    weight, position = (torch.from_numpy(values) for values in clouds)
    one = (weight[:JUDGED], position[:JUDGED])
    fewer = weight[JUDGED : 2 * JUDGED, :MADE]
    other = (fewer / fewer.sum(dim=1, keepdim=True), position[JUDGED : 2 * JUDGED, :MADE])

    def gradient(loss: Callable[[Clouds, Clouds], Tensor], dtype: torch.dtype) -> np.ndarray:
        first, second = (tuple(values.to(dtype) for values in pair) for pair in (one, other))
        place = second[1].clone().requires_grad_()
        loss(first, (second[0], place)).sum().backward()
        return place.grad.numpy()

    exact = gradient(lambda a, b: squared_distance(a, b, eps), torch.float64)

    def error(values: np.ndarray) -> float:
        return float(np.nan_to_num(np.linalg.norm(values - exact) / np.linalg.norm(exact), nan=np.inf))

    mine = error(gradient(lambda a, b: squared_distance(a, b, eps), torch.float32))
    theirs = {}
    for iterations in ITERATIONS:

        def loss(a: Clouds, b: Clouds, iterations: int = iterations) -> Tensor:
            return divergence_by_pot(a, b, eps, iterations, by_pot(a, a, eps, iterations))

        theirs[iterations] = error(gradient(loss, torch.float32))
        if theirs[iterations] <= mine:
            break
    return mine, theirs


def measure(jets: es.ParticleClouds, beta: float, repeat: int) -> dict[str, Any]:
    eps = CloudConfig(beta=beta).strength
    mine, theirs = errors(jets, eps)
    iterations = min(theirs, key=theirs.__getitem__)
    work = {
        "eventspace": ours(jets, beta),
        "POT": peer(jets, beta, eps, iterations),
        "POT 20": peer(jets, beta, eps, 20),
    }
    for do in work.values():
        do()
    times = {name: middle(taken, JETS) for name, taken in in_turn(work, repeat).items()}
    error = {"eventspace": mine, "POT": theirs[iterations], "POT 20": theirs.get(20, theirs[iterations])}
    return {"beta": beta, "eps": eps, "microseconds": times, "error": error, "iterations": iterations}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--out", type=Path, default=RESULTS / "training_step")
    parser.add_argument("--repeat", type=int, default=7)
    parser.add_argument("--threads", type=int, default=1)
    given = parser.parse_args()
    warnings.filterwarnings("ignore", module="ot")
    torch.set_num_threads(given.threads)
    jets = gather("qcd-jets", JETS, SEEN, 1)
    results = [measure(jets, beta, given.repeat) for beta in BETAS]
    rows = []
    for found in results:
        times, error = found["microseconds"], found["error"]
        rows.append(
            [
                f"{found['beta']:g}",
                f"{found['eps']:g}",
                *(both(times[name]) for name in times),
                f"{1e6 / times['eventspace']['median']:,.0f}",
                f"{times['POT']['median'] / times['eventspace']['median']:.1f}",
                f"{error['eventspace']:.0e}",
                f"{error['POT']:.0e} ({found['iterations']})",
                f"{error['POT 20']:.0e}",
            ]
        )
    publish(
        given.out,
        "A training step of the autoencoder of jets: microseconds a jet",
        f"""
Median (minimum) microseconds a jet of whole steps over {given.repeat} repetitions, {given.threads} thread. The same
network, jets (QCD, 500-550 GeV, multi-parton interactions on, {SEEN} hardest particles, {MADE} made) and batches of
{BATCH} on both sides. POT: solve_batch in logarithms, with derivatives at the optimum and as many iterations as make
its gradient as good as ours, or the best that were tried (in brackets); "POT 20" with 20, whatever its error.
""",
        ("beta", "eps", "eventspace", "POT", "POT 20", "jets/s", "faster", "error", "error of POT", "error of POT 20"),
        rows,
        command=f"python -m benchmarks.speed.training_step --repeat {given.repeat} --threads {given.threads}",
        results=results,
        summary=[
            summary(
                f"Training step of the autoencoder of jets, beta = {found['beta']:g}",
                f"batch of {BATCH}, {SEEN} x {MADE}",
                "us a jet",
                found["microseconds"]["eventspace"]["median"],
                {"POT": found["microseconds"]["POT"]["median"]},
                "measured",
            )
            for found in results
            if found["beta"] == 0.05
        ],
    )


if __name__ == "__main__":
    main()
