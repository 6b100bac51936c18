"""Generated showers and the file of a generator: the same bytes again, and no harm from a hostile file."""

import io
import json
import pickle
import zipfile

import numpy as np
import pytest
import torch
from safetensors.torch import load_file, save_file
from torch import nn

import eventspace as es
from eventspace import InputError
from eventspace.models.file import ModelCard, load_generator, save_generator
from eventspace.models.showers.gan import Generator
from eventspace.models.showers.generation import cells_of

CARD = ModelCard(
    grid=(5, 6, 4),
    window=(5, 6, 4),
    latent=7,
    cell_unit=0.02,
    threshold=1e-3,
    energy_range=(50.0, 150.0),
    showers=10,
    data="0" * 64,
    steps=3,
    batch=8,
    seed=1,
    command=("eventspace", "train"),
    versions={"python": "3"},
)


@pytest.fixture
def file(tmp_path):
    torch.manual_seed(1)
    generator = Generator(CARD.grid, CARD.latent)
    nn.init.constant_(generator.convolutions[-2].bias, 0.1)  # untrained as it is, no shower is empty
    save_generator(tmp_path / "generator.safetensors", generator, CARD)
    return tmp_path / "generator.safetensors"


def joined(parts):
    parts = list(parts)
    return np.concatenate([part.to_dense() for part in parts]), parts


def test_showers_are_valid_and_say_where_they_come_from(file):
    dense, parts = joined(es.generate_showers(file, 20, energy=80, seed=5, device="cpu"))
    assert dense.shape == (20, 5, 6, 4)
    for part in parts:
        part.check()
        assert (part.per_event["incident_energy"] == 80).all()
        assert part.units["energy"] == "GeV"
        assert part.seed == 5
        assert "3 steps" in part.origin
    assert dense[dense > 0].min() >= CARD.threshold


def test_first_showers_do_not_depend_on_how_many_follow(file):
    few, many = (joined(es.generate_showers(file, n, energy=80, seed=5, device="cpu"))[0] for n in (5, 40))
    assert np.array_equal(few, many[:5])
    assert len(np.unique(many.sum(axis=(1, 2, 3)))) == 40, "no shower comes twice"
    other = joined(es.generate_showers(file, 5, energy=80, seed=6, device="cpu"))[0]
    assert not np.array_equal(few, other)


def test_threads_change_nothing(file):
    one = joined(es.generate_showers(file, 20, energy=80, seed=5, device="cpu"))[0]
    torch.set_num_threads(2)
    two = joined(es.generate_showers(file, 20, energy=80, seed=5, device="cpu"))[0]
    assert np.array_equal(one, two)


def test_cells_are_in_gev(file):
    generator, card = load_generator(file)
    energies = np.full(16, 80.0)
    noise = np.random.default_rng((5, 0)).standard_normal((16, 7), dtype=np.float32)
    with torch.no_grad():
        raw = generator(torch.full((16,), 0.8), torch.from_numpy(noise)).numpy().astype(np.float64)
    expected = 0.02 * raw ** (1 / 0.85)
    expected[expected < 1e-3] = 0
    np.testing.assert_allclose(cells_of(generator, card, energies, (5, 0)), expected, rtol=1e-5)


def test_file_keeps_weights_and_card(tmp_path):
    saved = Generator(CARD.window, CARD.latent)
    save_generator(tmp_path / "generator.safetensors", saved, CARD)
    generator, card = load_generator(tmp_path / "generator.safetensors")
    assert card == CARD
    assert not generator.training
    for name, value in saved.state_dict().items():
        assert torch.equal(generator.state_dict()[name], value)


@pytest.mark.parametrize(
    ("options", "words"),
    [
        ({"n": 0}, "0 showers"),
        ({"energy": None}, "--energy from 50 to 150 GeV"),
        ({"energy": 200}, "choose from 50 to 150 GeV"),
        ({"energy": float("nan")}, "choose from 50 to 150 GeV"),
        ({"seed": -1}, "seed"),
        ({"device": "nonsense"}, "auto or cpu"),
    ],
)
def test_wrong_options(file, options, words):
    with pytest.raises(InputError, match=words):
        list(es.generate_showers(file, **({"n": 3, "energy": 80, "seed": 1, "device": "cpu"} | options)))


def test_one_energy_need_not_be_named(file, tmp_path):
    save_generator(tmp_path / "one", load_generator(file)[0], CARD.model_copy(update={"energy_range": (70.0, 70.0)}))
    [part] = es.generate_showers(tmp_path / "one", 2, seed=1, device="cpu")
    assert part.per_event["incident_energy"].tolist() == [70.0, 70.0]


def test_empty_shower_is_named(file, tmp_path):
    save_generator(tmp_path / "dull", load_generator(file)[0], CARD.model_copy(update={"threshold": 1e6}))
    with pytest.raises(InputError, match=r"event 0.*train it longer"):
        list(es.generate_showers(tmp_path / "dull", 2, energy=80, seed=1, device="cpu"))


class Bomb:
    def __reduce__(self):
        return (exec, ("raise RuntimeError('the pickle was executed')",))


def zipped():
    memory = io.BytesIO()
    with zipfile.ZipFile(memory, "w") as archive:
        archive.writestr("data.pkl", pickle.dumps(Bomb()))
    return memory.getvalue()


def test_good_file_may_begin_like_a_pickle(file, tmp_path):
    """The first bytes of a safetensors file are the length of its header, in steps of 8: 0x80 for one in 32 of them."""
    generator = load_generator(file)[0]
    cards = [CARD.model_copy(update={"data": "0" * 8 * length}) for length in range(32)]
    for number, card in enumerate(cards):
        save_generator(tmp_path / f"{number}", generator, card)
    first_bytes = [(tmp_path / f"{number}").read_bytes()[0] for number in range(32)]
    like_a_pickle = first_bytes.index(0x80)
    assert load_generator(tmp_path / f"{like_a_pickle}")[1] == cards[like_a_pickle]


@pytest.mark.parametrize("content", [pickle.dumps(Bomb()), zipped()])
def test_pickles_are_never_opened(tmp_path, content):
    (tmp_path / "model.pt").write_bytes(content)
    with pytest.raises(InputError, match=r"never opened.*safetensors"):
        load_generator(tmp_path / "model.pt")


def test_file_that_is_damaged_or_none(file, tmp_path):
    good = file.read_bytes()
    header = (1 << 62).to_bytes(8, "little") + good[8:]
    for content in (b"", b"text", good[:100], good[:-1], good + b"x", header, b"\x00" * 1000):
        (tmp_path / "bad").write_bytes(content)
        with pytest.raises(InputError, match="no safetensors file, or damaged"):
            load_generator(tmp_path / "bad")
    with pytest.raises(InputError, match="no such file"):
        load_generator(tmp_path / "missing")


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"grid": [1000, 1000, 1000]}, "grid"),
        ({"grid": [5, 6]}, "grid"),
        ({"grid": [5, 6, 10**9]}, "grid"),
        ({"window": [2, 6, 4]}, "at least 3"),
        ({"window": [5, 6, 5]}, "window"),
        ({"grid": [5, 6, 40], "window": [5, 6, 40]}, "shape"),
        ({"latent": 8}, "shape"),
        ({"latent": 10**9}, "latent"),
        ({"cell_unit": -1.0}, "cell_unit"),
        ({"cell_unit": "NaN"}, "cell_unit"),
        ({"energy_range": [9.0, 1.0]}, "energy_range"),
        ({"model": "other"}, "model"),
        ({"version": 2}, "version"),
        ({"more": 1}, "more"),
    ],
)
def test_wrong_card(file, tmp_path, change, words):
    card = json.loads(CARD.model_dump_json()) | change
    save_file(load_file(file), tmp_path / "bad", metadata={"card": json.dumps(card)})
    with pytest.raises(InputError, match=words):
        load_generator(tmp_path / "bad")


def test_no_card(file, tmp_path):
    for metadata in (None, {"other": "text"}, {"card": "no JSON"}):
        save_file(load_file(file), tmp_path / "bad", metadata=metadata)
        with pytest.raises(InputError, match="card"):
            load_generator(tmp_path / "bad")


def test_wrong_weights(file, tmp_path):
    good = load_file(file)
    first = "dense.weight"
    changes = [
        ({first: good[first] * float("nan")}, "not finite"),
        ({first: good[first].half()}, "float16"),
        ({first: good[first][1:].contiguous()}, "shape"),
        ({"extra": torch.ones(1)}, "'extra' has no place"),
        ({"convolutions.2.running_var": -good["convolutions.2.running_var"]}, "not finite"),
    ]
    for change, words in changes:
        save_file(good | change, tmp_path / "bad", metadata={"card": CARD.model_dump_json()})
        with pytest.raises(InputError, match=words):
            load_generator(tmp_path / "bad")
    del good[first]
    save_file(good, tmp_path / "bad", metadata={"card": CARD.model_dump_json()})
    with pytest.raises(InputError, match=r"'dense.weight' is missing"):
        load_generator(tmp_path / "bad")


def test_the_generator_that_comes_with_eventspace():
    (showers,) = es.generate_showers(None, 16, seed=1, device="cpu")
    assert showers.check().shape == (51, 51, 25)
    assert (showers.per_event["incident_energy"] == 100).all()
    assert "shower GAN" in showers.origin
    # The silicon sees 1.9% of the energy, most of it near the axis and around layer 12.
    assert 1.5 < showers.total_energy.mean() < 2.5
    for axis in "xy":
        assert showers.profile(axis).sum(axis=0).argmax() == 25
    assert 8 <= showers.profile("z").sum(axis=0).argmax() <= 16


@pytest.mark.parametrize("stored", [np.float32(16384) * np.float32(1e-3), np.nextafter(16.384, 17)])
def test_energy_that_is_offered_is_accepted(file, tmp_path, stored):
    bounds = (float(stored), 65.536)
    save_generator(tmp_path / "stored", load_generator(file)[0], CARD.model_copy(update={"energy_range": bounds}))
    (part,) = es.generate_showers(tmp_path / "stored", 2, energy=16.384, seed=1, device="cpu")
    assert part.per_event["incident_energy"].tolist() == [bounds[0]] * 2
    with pytest.raises(InputError, match=r"not trained at 16\.3835 GeV"):
        next(es.generate_showers(tmp_path / "stored", 2, energy=16.3835, seed=1, device="cpu"))
