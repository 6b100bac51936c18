"""The peers of benchmarks/speed/sinkhorn.py, in an environment of their own: geomloss and POT.

Usage: python sinkhorn_peer.py SAMPLES.npz, then one JSON request a line on standard input; one JSON answer a line. A
sample is two arrays of events, (batch, particles, 3) of relative energy, y and phi, NAME/left and NAME/right. A request
names a solver, a sample, its options, the threads, and whether the derivatives with respect to the positions on the
left are wanted beside the seconds, which are those of the cost of each pair and of these derivatives.
"""

import json
import sys
import time
import warnings
from functools import partial
from importlib.metadata import version

import numpy as np
import torch
from geomloss import SamplesLoss
from ot import solve_batch


def geomloss(a, x, b, y, eps, scaling):
    """One iteration a step down to eps, by factors of ``scaling``; all pairs as one tensor."""
    return SamplesLoss("sinkhorn", p=1, blur=eps, scaling=scaling, debias=False, backend="tensorized")(a, x, b, y)


def pot(a, x, b, y, eps, iterations, method):
    cost = (((x[:, :, None] - y[:, None]) ** 2).sum(-1) + 1e-12).sqrt()
    options = {"max_iter": iterations, "tol": 0, "method": method, "grad": "envelope", "reg_type": "kl"}
    return solve_batch(cost, reg=eps, a=a, b=b, **options).value


SOLVERS = {
    "geomloss": geomloss,
    "POT log": partial(pot, method="log_sinkhorn"),
    "POT": partial(pot, method="sinkhorn"),
    "POT 50": partial(pot, method="sinkhorn"),
}


def main() -> None:
    warnings.filterwarnings("ignore")
    samples = np.load(sys.argv[1])
    print(json.dumps({name: version(name) for name in ("geomloss", "POT", "torch", "numpy")}), flush=True)
    for line in sys.stdin:
        request = json.loads(line)
        torch.set_num_threads(request["threads"])
        left, right = (
            torch.tensor(samples[f"{request['sample']}/{side}"], dtype=torch.float32) for side in ("left", "right")
        )
        a, b = (events[..., 0].contiguous() for events in (left, right))
        x, y = left[..., 1:].clone().requires_grad_(), right[..., 1:].contiguous()
        start = time.perf_counter()
        SOLVERS[request["solver"]](a, x, b, y, **request["options"]).sum().backward()
        answer = {"seconds": time.perf_counter() - start}
        if request["values"]:
            answer["values"] = x.grad.tolist()
        print(json.dumps(answer), flush=True)


if __name__ == "__main__":
    main()
