"""Many small normalising flows for points, each with a training sample of its own, trained at once."""

import copy
from pathlib import Path
from typing import Any

import numpy as np
import torch
from numpy.typing import ArrayLike, NDArray
from torch import Tensor, nn
from torch.func import functional_call, stack_module_state, vmap
from torch.optim import Adam

from eventspace.base.extras import require
from eventspace.models.averaging import running_average
from eventspace.models.points.dense_ensemble import Standardised
from eventspace.models.points.ensemble import AVERAGED, Ensemble, lower_rate, train_ensemble
from eventspace.models.points.recipe import point_recipe
from eventspace.models.processes import Processes
from eventspace.models.training import descend

with require("torch", "the flow"):
    from zuko.flows import NSF

__all__ = ["MODEL", "STEPS", "FlowMember", "train_point_flows"]

STEPS = 1000
"""Steps of a training."""

_BATCH = 300
_RATE = 1e-2
_BINS = 8
_NOISE = 0.05  # standard deviations of the sample, added to each point anew in each step


class _LogDensity(nn.Module):
    """A flow as a function of points, which ``torch.func`` can call."""

    def __init__(self, dimension: int):
        super().__init__()
        self.flow = NSF(dimension, transforms=1 if dimension == 1 else 2, bins=_BINS, hidden_features=(32, 32))

    def forward(self, points: Tensor) -> Tensor:
        density: Tensor = self.flow().log_prob(points)
        return density


class _FlowEnsemble(nn.Module):
    """The parameters of all members, stacked; the flow itself has none of its own here."""

    def __init__(self, count: int, dimension: int):
        super().__init__()
        with torch.device("cpu"):  # its masks are computed from numbers, which torch's ``meta`` has not
            each = [_LogDensity(dimension) for _ in range(count)]
        parameters, constants = stack_module_state(each)
        self.names, self.constant_names = list(parameters), list(constants)
        self.stacked = nn.ParameterList([nn.Parameter(value.detach()) for value in parameters.values()])
        for number, value in enumerate(constants.values()):
            self.register_buffer(f"constant{number}", value, persistent=False)
        self.single = [copy.deepcopy(each[0])]  # in a list, so that it is no part of this network

    @property
    def constants(self) -> dict[str, Tensor]:
        """What is not trained, stacked, by name."""
        return dict(zip(self.constant_names, self.buffers(), strict=True))

    def forward(self, points: Tensor) -> Tensor:
        """The logarithm of the density at the points of each member: (B, n, d) to (B, n)."""

        def density(parameters: dict[str, Tensor], constants: dict[str, Tensor], own: Tensor) -> Any:
            return functional_call(self.single[0], (parameters, constants), (own,))

        values: Tensor = vmap(density)(dict(zip(self.names, self.stacked, strict=True)), self.constants, points)
        return values

    def member(self, number: int) -> _LogDensity:
        """One flow by itself."""
        chosen = copy.deepcopy(self.single[0]).to(self.stacked[0].device)
        own = dict(zip(self.names, self.stacked, strict=True))
        chosen.load_state_dict({name: value[number] for name, value in (own | self.constants).items()})
        chosen.requires_grad_(requires_grad=False)
        return chosen


class FlowMember:
    """One trained flow: it turns normal numbers into points.

    Arguments:
        network: the flow.
        mean, deviation: (d,) of its training sample.
    """

    def __init__(self, network: _LogDensity, mean: NDArray[np.float64], deviation: NDArray[np.float64]):
        self._network, self._mean, self._deviation = network, mean, deviation

    def draw(self, n: int, rng: np.random.Generator) -> NDArray[np.float64]:
        """Make (n, d) points."""
        noise = torch.from_numpy(rng.standard_normal((n, len(self._mean)), dtype=np.float32))
        device = next(self._network.parameters()).device
        with torch.inference_mode():
            points: Tensor = self._network.flow().transform.inv(noise.to(device))
        return self._mean + self._deviation * points.cpu().numpy().astype(np.float64)


def train_point_flows(
    samples: ArrayLike,
    *,
    seed: int,
    processes: Processes,
    folder: Path,
    steps: int | None = None,
    show_progress: bool | None = None,
) -> list[FlowMember]:
    """Train one flow on each sample by maximum likelihood: rational-quadratic splines (zuko's NSF).

    One transformation of 8 bins in one dimension, else two autoregressive ones (two layers of 32 units). Each step sees
    the points moved by fresh normal noise of 0.05 standard deviations of the sample, which smooths the density a
    little. Adam, whose rate of 0.01 falls to 0; averaged weights.

    Arguments and errors as for :func:`eventspace.models.point_gan.train_point_gans`.

    Source:
        C. Durkan et al., Neural spline flows, arXiv:1906.04032; zuko, doi:10.5281/zenodo.7625672.
    """
    how: dict[str, Any] = {"processes": processes, "folder": folder, "show_progress": show_progress}
    return train_ensemble("flow", _flows, _flow_members, samples, steps or STEPS, seed=seed, **how)


def _flows(data: Standardised, *, seed: int, steps: int, processes: Processes) -> Ensemble:
    count, n, dimension = data.values.shape
    device = processes.device
    real = data.values.to(device)
    with torch.random.fork_rng([]):
        torch.manual_seed(seed)
        flows = _FlowEnsemble(count, dimension).to(device)
    average = running_average(flows, AVERAGED, from_the_start=True)
    optimiser = Adam(flows.parameters(), lr=_RATE)
    batch = min(n, _BATCH)

    def step(number: int) -> dict[str, Tensor]:
        lower_rate(optimiser, _RATE, number, steps)
        true = real if batch == n else real[:, torch.randint(n, (batch,), device=device)]
        loss = -flows(true + _NOISE * torch.randn_like(true)).mean(dim=1)
        descend(loss.sum(), flows, optimiser, processes)
        average.update_parameters(flows)
        return {"loss": loss}

    return Ensemble({"flows": (flows, optimiser), "average": (average, None)}, step, average.module)


def _flow_members(kept: _FlowEnsemble, mean: NDArray[np.float64], deviation: NDArray[np.float64]) -> list[FlowMember]:
    return [FlowMember(kept.member(number), *of) for number, of in enumerate(zip(mean, deviation, strict=True))]


MODEL = point_recipe(
    _flows,
    STEPS,
    _FlowEnsemble,
    _flow_members,
    loss="-log p(x), mean over the points of a step, natural logarithm; to each point fresh normal noise of 0.05 "
    "standard deviations is added",
    about="A neural spline flow: one transformation of 8 bins in one dimension, else two autoregressive ones.",
)
