"""The peers of benchmarks/speed/divergence.py and benchmarks/speed/similarity.py, in an environment of their own.

Usage: python shower_peer.py SAMPLES.npz, then one JSON request a line on standard input; one JSON answer a line. A
sample is two arrays, NAME/left and NAME/right. A request names a solver, a sample, its options, the threads, and
whether the values are wanted beside the seconds.
"""

import json
import sys
import time
from importlib.metadata import version

import numpy as np
import torch
from pytorch_msssim import SSIM
from scipy.spatial.distance import cdist
from skimage.metrics import structural_similarity

ROWS_AT_ONCE = 50  # torch holds the sums of so many profiles with all others


def scipy_divergence(left, right):
    return cdist(left, right, "jensenshannon") ** 2


def torch_divergence(left, right, dtype):
    """Through entropies, one logarithm a bin. For normalised profiles."""
    p, q = (torch.tensor(profiles, dtype=getattr(torch, dtype)) for profiles in (left, right))
    of_p, of_q = (torch.xlogy(profiles, profiles).sum(1) for profiles in (p, q))
    parts = []
    for start in range(0, len(p), ROWS_AT_ONCE):
        rows = slice(start, start + ROWS_AT_ONCE)
        both = p[rows, None] + q
        parts.append((of_p[rows, None] + of_q - torch.xlogy(both, both).sum(2)) / 2 + np.log(2))
    return torch.cat(parts).numpy()


def skimage_similarity(left, right, L):
    options = {"gaussian_weights": True, "sigma": 1.5, "use_sample_covariance": False, "data_range": L}
    return np.array([structural_similarity(x, y, **options) for x, y in zip(left, right, strict=True)])


def msssim_similarity(left, right, L, dtype, batch):
    x, y = (torch.tensor(grids, dtype=getattr(torch, dtype))[:, None] for grids in (left, right))
    similarity = SSIM(data_range=L, size_average=False, channel=1, spatial_dims=left.ndim - 1)
    with torch.no_grad():
        parts = [similarity(x[k : k + batch], y[k : k + batch]) for k in range(0, len(x), batch)]
    return torch.cat(parts).numpy()


SOLVERS = {
    "scipy": scipy_divergence,
    "torch": torch_divergence,
    "scikit-image": skimage_similarity,
    "pytorch-msssim": msssim_similarity,
}


def main() -> None:
    samples = np.load(sys.argv[1])
    packages = ("numpy", "scipy", "torch", "scikit-image", "pytorch-msssim")
    print(json.dumps({package: version(package) for package in packages}), flush=True)
    for line in sys.stdin:
        request = json.loads(line)
        left, right = (samples[f"{request['sample']}/{side}"] for side in ("left", "right"))
        torch.set_num_threads(request["threads"])
        start = time.perf_counter()
        values = SOLVERS[request["solver"]](left, right, **request["options"])
        answer = {"seconds": time.perf_counter() - start}
        if request["values"]:
            answer["values"] = values.tolist()
        print(json.dumps(answer), flush=True)


if __name__ == "__main__":
    main()
