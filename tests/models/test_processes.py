"""Several processes train as one; a device that is not there is named."""

import socket

import pytest
import torch
from safetensors.torch import load_file

import eventspace as es
from eventspace import InputError
from eventspace.models.processes import Processes, processes
from eventspace.models.registry import model


def together(rank, port, folder):
    """One of two processes, as torchrun would start it."""
    import os

    from eventspace.models.file import save
    from eventspace.models.fit import fit
    from eventspace.models.registry import model

    torch.set_num_threads(1)
    os.environ |= {"RANK": str(rank), "LOCAL_RANK": str(rank), "WORLD_SIZE": "2"}
    os.environ |= {"MASTER_ADDR": "127.0.0.1", "MASTER_PORT": str(port)}
    with processes("cpu") as group:
        tensors = [torch.full((2, 3), float(rank)), torch.tensor([10.0 * rank])]
        group.average(tensors)
        assert tensors[0].tolist() == [[0.5] * 3] * 2
        assert tensors[1].tolist() == [5.0]
        recipe = model("shower-gan")
        config = recipe.config(steps=2, batch=8, latent=6, threshold=0)
        showers = es.read(folder / "showers.h5")
        trained, _ = fit(recipe, showers, config, processes=group, folder=folder, show_progress=False)
        save(folder / f"{rank}.safetensors", trained.network, trained.card)


@pytest.mark.slow
def test_two_processes_end_with_one_generator(showers, tmp_path):
    es.write(tmp_path / "showers.h5", showers(40))
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    torch.multiprocessing.spawn(together, (port, tmp_path), nprocs=2)
    first, second = (load_file(tmp_path / f"{rank}.safetensors") for rank in (0, 1))
    learned = [name for name in first if "running" not in name]
    assert all(torch.equal(first[name], second[name]) for name in learned)
    means = [name for name in first if name.endswith("running_mean")]
    assert any(not torch.equal(first[name], second[name]) for name in means), "each saw its own showers"
    assert len((tmp_path / "losses.jsonl").read_text().splitlines()) == 2


@pytest.mark.parametrize("count", [3, 8])
def test_batch_is_shared_out(showers, count):
    recipe = model("shower-gan")
    with pytest.raises(InputError, match=f"among {count} processes"):
        recipe.prepare(showers(40), recipe.config(batch=8), Processes(0, count, torch.device("cpu")))


def test_small_networks_are_not_shared_out():
    recipe = model("point-gan")
    points = next(es.simulate("ring", 40, seed=1))
    with pytest.raises(InputError, match="use one process"):
        recipe.prepare(points, recipe.config(), Processes(0, 2, torch.device("cpu")))


@pytest.mark.parametrize("device", ["gpu", "cuda:99", "cpu:nonsense"])
def test_device_that_is_not_there(device):
    with pytest.raises(InputError, match=r"cannot be used.*auto or cpu"), processes(device):
        pass


def test_threads():
    with processes("cpu", threads=1) as alone:
        assert (alone.rank, alone.count) == (0, 1)
        values = torch.tensor([1.0])
        alone.average([values])
        assert values.tolist() == [1.0]
    with pytest.raises(InputError, match="at least 1"), processes("cpu", threads=0):
        pass
