"""The peer of benchmarks/speed/transport.py: the ``wasserstein`` package, in an environment of its own.

Usage: python wasserstein_peer.py JETS.npz, then one JSON request a line on standard input; one JSON answer a line.
"""

import json
import sys
import time

import numpy as np
import wasserstein


def main() -> None:
    samples = np.load(sys.argv[1])
    print(json.dumps({"version": wasserstein.__version__, "numpy": np.__version__}), flush=True)
    for line in sys.stdin:
        request = json.loads(line)
        flat, offsets = samples[f"{request['sample']}/flat"], samples[f"{request['sample']}/offsets"]
        jets = [np.ascontiguousarray(jet) for jet in np.split(flat, offsets[1:-1])]
        solver = wasserstein.PairwiseEMD(
            request["R"],
            request["p"],
            request["normalise"],
            request["threads"],
            verbose=0,
            store_sym_emds_raw=True,
        )
        start = time.perf_counter()
        solver(jets)
        seconds = time.perf_counter() - start
        answer = {"seconds": seconds}
        if request["values"]:
            answer["values"] = np.asarray(solver.emds())[np.triu_indices(len(jets), 1)].tolist()
        print(json.dumps(answer), flush=True)


if __name__ == "__main__":
    main()
