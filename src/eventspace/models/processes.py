"""One process, or several that ``torchrun`` started, each with its device."""

import os
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass

import torch
from torch import Tensor, distributed

from eventspace.base.errors import InputError

__all__ = ["Processes", "chosen_device", "one_thread", "processes", "rank"]


@dataclass(frozen=True)
class Processes:
    """This process among those that train together.

    Attributes:
        rank: its number, from 0; process 0 writes the files.
        count: how many there are.
        device: where it computes.
    """

    rank: int
    count: int
    device: torch.device

    def wait(self) -> None:
        """Go on when all processes are here."""
        if self.count > 1:
            distributed.barrier()

    def average(self, tensors: Iterable[Tensor]) -> None:
        """Replace each tensor by its mean over the processes, in one exchange."""
        if self.count == 1:
            return
        listed = list(tensors)
        flat = torch.cat([tensor.flatten() for tensor in listed])
        distributed.all_reduce(flat)
        parts = torch.split(flat / self.count, [tensor.numel() for tensor in listed])
        for tensor, mean in zip(listed, parts, strict=True):
            tensor.copy_(mean.view_as(tensor))


def rank() -> int:
    """The number of this process among those that ``torchrun`` started; 0 without it."""
    return int(os.environ.get("RANK", 0))


@contextmanager
def processes(device: str = "auto", threads: int | None = None) -> Iterator[Processes]:
    """The processes that ``torchrun`` started, connected; without it, this one alone.

    Arguments:
        device: ``cpu``, ``cuda``, another device of torch, or ``auto`` for a GPU if there is one. Each process of
            ``torchrun`` takes a GPU of its own.
        threads: of torch on the CPU, in each process.

    Raises:
        InputError: there is no such device here, or the number of threads is not positive.
    """
    if threads is not None:
        if threads < 1:
            raise InputError(f"{threads} threads cannot compute", remedy="give at least 1")
        torch.set_num_threads(threads)
    count = int(os.environ.get("WORLD_SIZE", 1))
    chosen = chosen_device(device, int(os.environ.get("LOCAL_RANK", 0)) if count > 1 else 0)
    if count == 1:
        yield Processes(0, 1, chosen)
        return
    if chosen.type == "cuda":
        torch.cuda.set_device(chosen)
    distributed.init_process_group("nccl" if chosen.type == "cuda" else "gloo")
    try:
        yield Processes(rank(), count, chosen)
    finally:
        distributed.destroy_process_group()


def chosen_device(device: str, number: int = 0) -> torch.device:
    """The device of this name; ``number`` says which GPU, where the name does not.

    Raises:
        InputError: there is no such device here.

    Example:
        >>> chosen_device("cpu")
        device(type='cpu')
    """
    name = ("cuda" if torch.cuda.is_available() else "cpu") if device == "auto" else device
    try:
        chosen = torch.device(name, number) if name == "cuda" else torch.device(name)
        torch.empty(1, device=chosen)
    except (RuntimeError, AssertionError, NotImplementedError) as error:
        reason = str(error).split("\n")[0]
        raise InputError(f"the device {device!r} cannot be used ({reason})", remedy="choose auto or cpu") from None
    return chosen


@contextmanager
def one_thread() -> Iterator[None]:
    """Let torch use one thread, so that sums do not depend on the number of cores; the surroundings keep theirs."""
    before = torch.get_num_threads()
    torch.set_num_threads(1)
    try:
        yield
    finally:
        torch.set_num_threads(before)
