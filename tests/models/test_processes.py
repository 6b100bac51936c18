"""Several processes train as one; a device that is not there is named."""

import socket

import pytest
import torch
from safetensors.torch import load_file

import eventspace as es
from eventspace import InputError
from eventspace.models.processes import Processes, processes


def together(rank, port, folder):
    """One of two processes, as torchrun would start it."""
    import os

    from eventspace.models.file import save_generator
    from eventspace.models.showers.gan_training import TrainingSample, train_shower_gan

    torch.set_num_threads(1)
    os.environ |= {"RANK": str(rank), "LOCAL_RANK": str(rank), "WORLD_SIZE": "2"}
    os.environ |= {"MASTER_ADDR": "127.0.0.1", "MASTER_PORT": str(port)}
    with processes("cpu") as group:
        tensors = [torch.full((2, 3), float(rank)), torch.tensor([10.0 * rank])]
        group.average(tensors)
        assert tensors[0].tolist() == [[0.5] * 3] * 2
        assert tensors[1].tolist() == [5.0]
        sample = TrainingSample.of(es.read(folder / "showers.h5"), threshold=0.0)
        snapshot = train_shower_gan(
            sample,
            steps=2,
            batch=8,
            latent=6,
            seed=1,
            processes=group,
            checkpoint=folder / "training.safetensors",
            curves=folder / "losses.jsonl",
            show_progress=False,
        )
        save_generator(folder / f"{rank}.safetensors", snapshot.generator, snapshot.card)


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


def test_batch_is_shared_out(showers, tmp_path):
    from eventspace.models.showers.gan_training import TrainingSample, train_shower_gan

    for count in (3, 8):
        with pytest.raises(InputError, match=f"among {count} processes"):
            train_shower_gan(
                TrainingSample.of(showers(40), threshold=0.0),
                steps=1,
                batch=8,
                seed=1,
                processes=Processes(0, count, torch.device("cpu")),
                checkpoint=tmp_path / "a",
                curves=tmp_path / "b",
            )


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
