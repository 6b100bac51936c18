"""The fused GPU kernel takes the steps of plain torch: in Triton's interpreter, which needs no GPU."""

import os
import subprocess
import sys

import pytest

PROGRAM = """
import torch
from eventspace.distances.sinkhorn import plain as sinkhorn_plain, triton as sinkhorn_triton

generator = torch.Generator().manual_seed(1)


def events(count, excess, soft):
    energy = torch.rand((2, count), generator=generator) ** soft
    energy[0, 1] = 0
    if excess:
        energy[0, -1] = 0
    place = torch.randn((2, count, 2), generator=generator) / 2
    return energy / energy.sum(dim=1, keepdim=True), place


for excess, R, p, eps, soft in (
    (False, 1.0, 1.0, 0.05, 1),
    (True, 1.5, 0.5, 0.1, 1),
    (False, 1.0, 2.0, 0.2, 1),
    (True, 1.0, 1.3, 0.2, 1),
    (False, 1.0, 1.0, 0.02, 25),
):
    tensors = (*events(7, excess, soft), *events(5, excess, soft))
    ours = sinkhorn_triton.solve(*tensors, excess, R, p, eps)
    plain = sinkhorn_plain.solve(*tensors, excess, R, p, eps)
    for mine, other in zip(ours, plain, strict=True):
        print(f"{((mine - other).norm() / (other.norm() + 1e-3)).item():.2e}")
"""


@pytest.mark.slow
def test_fused_kernel_agrees_with_plain_torch():
    pytest.importorskip("triton")
    environment = os.environ | {"TRITON_INTERPRET": "1"}
    answer = subprocess.run([sys.executable, "-c", PROGRAM], env=environment, capture_output=True, text=True)
    assert answer.returncode == 0, answer.stderr
    errors = [float(line) for line in answer.stdout.split()]
    assert len(errors) == 25
    assert max(errors[::5]) < 1e-4
    assert max(errors) < 2e-2
