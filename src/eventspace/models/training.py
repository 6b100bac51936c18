"""The one loop that trains networks: steps, loss curves, checkpoints, and the same result after a kill."""

import hashlib
import json
import logging
import math
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any, TextIO

import numpy as np
import torch
from safetensors import SafetensorError, safe_open
from safetensors.torch import save
from torch import Tensor, nn
from torch.optim import Optimizer

from eventspace.base.errors import EventspaceError, InputError
from eventspace.base.files import atomic
from eventspace.base.progress import progress
from eventspace.models.processes import Processes

__all__ = ["Curves", "DivergedError", "Networks", "descend", "train"]

Curves = dict[str, list[float]]
Networks = Mapping[str, tuple[nn.Module, Optimizer | None]]

_log = logging.getLogger(__name__)


class DivergedError(EventspaceError):
    """A training cannot be continued: its losses are not finite, or what it makes is empty."""


def train(
    step: Callable[[int], Mapping[str, Tensor]],
    networks: Networks,
    steps: int,
    *,
    seed: int,
    identity: Mapping[str, Any],
    processes: Processes,
    checkpoint: Path,
    curves: Path,
    every: int,
    initial: Path | None = None,
    watch: Callable[[int, Curves], None] = lambda step, curves: None,
    ended: Callable[[], bool] = lambda: False,
    show_progress: bool | None = None,
) -> Curves:
    """Take the steps of a training that are left, and return the losses of all of them.

    Every step starts torch's random numbers anew, from the seed, the number of the step and that of the process. So a
    checkpoint needs no state of a random generator, and a training that was killed ends as if it had not been: with the
    same bytes on a CPU and the same number of threads.

    Arguments:
        step: takes the number of a step, from 0, does it, and returns the losses of this process, by name.
        networks: each network with its optimiser, by name; one that only follows another has none.
        steps: how many there are in all.
        seed: of all random numbers.
        identity: what is trained; a checkpoint of anything else is refused.
        processes: those that train together; process 0 writes the files.
        checkpoint: the file of the state; if it exists, the training goes on from there.
        curves: the file that gets the losses as it goes, a line of JSON a step.
        every: steps between checkpoints.
        initial: the checkpoint of another training, whose networks and optimisers this one begins with.
        watch: called after each checkpoint with the steps done and the losses so far, on process 0.
        ended: whether the training is over before its last step.
        show_progress: as in :func:`eventspace.base.progress.progress`.

    Raises:
        InputError: the checkpoint belongs to another training or is damaged; that to begin with is damaged or of other
            networks.
        DivergedError: a loss is not finite.
    """
    first = processes.rank == 0
    processes.wait()
    start = 0
    if checkpoint.exists():
        start = _load(checkpoint, networks, identity)
    elif initial:
        _load(initial, networks, None)
    processes.wait()
    devices = [processes.device] if processes.device.type == "cuda" else []
    with (
        torch.random.fork_rng(devices),
        _curves(curves, start, write=first) as (all_losses, write),
        progress("training", steps, "steps", show_progress if first else False) as advance,
    ):
        advance(start)
        for number in range(start, steps):
            if number and ended():
                break
            torch.manual_seed(_seed(seed, number, processes.rank))
            losses = _means(step(number), processes)
            if not all(math.isfinite(loss) for loss in losses.values()):
                raise DivergedError(
                    f"the losses are not finite after step {number + 1}; start anew with another seed or a smaller "
                    "learning rate"
                )
            write(number + 1, losses)
            advance(1)
            if first and ((number + 1) % every == 0 or number + 1 == steps or ended()):
                _save(checkpoint, networks, identity, number + 1)
                _log.info(
                    "%d of %d steps, %s", number + 1, steps, {name: f"{loss:.4g}" for name, loss in losses.items()}
                )
                watch(number + 1, all_losses)
    return all_losses


def descend(
    loss: Tensor, network: nn.Module, optimiser: Optimizer, processes: Processes, *, longest: float = math.inf
) -> None:
    """One step of an optimiser down the gradient of a loss, averaged over the processes.

    A gradient longer than ``longest`` is shortened to this length, so that one bad batch cannot carry the network far.
    """
    optimiser.zero_grad(set_to_none=True)
    loss.backward()  # type: ignore[no-untyped-call]
    processes.average(parameter.grad for parameter in network.parameters() if parameter.grad is not None)
    if longest < math.inf:
        nn.utils.clip_grad_norm_(network.parameters(), longest)
    optimiser.step()


def _seed(*numbers: int) -> int:
    return int(np.random.SeedSequence(numbers).generate_state(1, np.uint64)[0] >> np.uint64(1))


def _means(losses: Mapping[str, Tensor], processes: Processes) -> dict[str, float]:
    values = torch.stack([loss.detach().float() for loss in losses.values()])
    processes.average([values])
    return dict(zip(losses, values.tolist(), strict=True))


@contextmanager
def _curves(path: Path, start: int, *, write: bool) -> Iterator[tuple[Curves, Callable[[int, dict[str, float]], None]]]:
    """The losses of the steps before ``start``, and a function that adds those of a step; process 0 writes the file."""
    curves: Curves = {}

    def add(losses: Mapping[str, float]) -> None:
        for name, loss in losses.items():
            curves.setdefault(name, []).append(loss)

    lines = path.read_text(errors="replace").splitlines()[:start] if start and path.exists() else []
    try:
        for number, line in enumerate(lines, start=1):
            losses = {name: float(value) for name, value in json.loads(line).items()}
            if losses.pop("step") != number:
                raise ValueError(f"step {number} is missing")
            add(losses)
        if len(lines) < start:
            raise ValueError(f"step {len(lines) + 1} is missing")
    except (ValueError, TypeError, KeyError, AttributeError, RecursionError) as error:
        remedy = "delete it and the checkpoint, and start again"
        raise InputError(f"the losses of the first {start} steps are damaged", file=path, remedy=remedy) from error

    file: TextIO | None = None
    if write:  # what a killed run wrote after its last checkpoint is done again
        with atomic(path) as temporary:
            temporary.write_text("".join(f"{line}\n" for line in lines))
        file = path.open("a", buffering=1)

    def append(step: int, losses: dict[str, float]) -> None:
        add(losses)
        if file:
            file.write(json.dumps({"step": step, **losses}) + "\n")

    try:
        yield curves, append
    finally:
        if file:
            file.close()


def _save(path: Path, networks: Networks, identity: Mapping[str, Any], step: int) -> None:
    tensors: dict[str, Tensor] = {}
    for name, (network, optimiser) in networks.items():
        tensors |= {f"{name}/network/{key}": value.contiguous() for key, value in network.state_dict().items()}
        for number, values in optimiser.state_dict()["state"].items() if optimiser else ():
            tensors |= {f"{name}/optimiser/{number}/{key}": value.contiguous() for key, value in values.items()}
    header = json.dumps({"step": step, "identity": identity, "digest": _digest(tensors)}, sort_keys=True)
    with atomic(path) as temporary:
        temporary.write_bytes(save(tensors, metadata={"header": header}))


def _load(path: Path, networks: Networks, identity: Mapping[str, Any] | None) -> int:
    """Bring networks and optimisers into the state of a checkpoint, of any training or of one, and return its step."""
    try:
        with safe_open(path, "pt") as file:
            header = json.loads(file.metadata()["header"])
            if identity is not None and header["identity"] != json.loads(json.dumps(identity)):
                raise InputError(
                    "this checkpoint belongs to another training",
                    file=path,
                    remedy="repeat the options of that training, or name another directory",
                )
            tensors = {name: file.get_tensor(name) for name in file.keys()}  # noqa: SIM118
            if header["digest"] != _digest(tensors):
                raise ValueError("the numbers are not those that were written")
        for name, (network, optimiser) in networks.items():
            network.load_state_dict(_below(tensors, f"{name}/network/"))
            if optimiser is None:
                continue
            state: dict[int, dict[str, Tensor]] = {}
            for key, value in _below(tensors, f"{name}/optimiser/").items():
                number, _, quantity = key.partition("/")
                state.setdefault(int(number), {})[quantity] = value
            optimiser.load_state_dict({**optimiser.state_dict(), "state": state})
        return int(header["step"])
    except (OSError, SafetensorError, KeyError, TypeError, ValueError, AttributeError, RuntimeError) as error:
        if isinstance(error, InputError):
            raise
        if identity is None:
            raise InputError(
                "this is no state of such a training, or damaged",
                file=path,
                remedy="name the state.safetensors in the run directory of a training with the same networks",
            ) from error
        raise InputError("this checkpoint is damaged", file=path, remedy="delete it and start again") from error


def _digest(tensors: Mapping[str, Tensor]) -> str:
    """Of names, types, shapes and values."""
    digest = hashlib.sha256()
    for name in sorted(tensors):
        values = tensors[name].detach().cpu().contiguous()
        digest.update(f"{name} {values.dtype} {tuple(values.shape)} ".encode())
        digest.update(values.reshape(-1).view(torch.uint8).numpy().data)
    return digest.hexdigest()


def _below(tensors: Mapping[str, Tensor], prefix: str) -> dict[str, Tensor]:
    return {name.removeprefix(prefix): value for name, value in tensors.items() if name.startswith(prefix)}
