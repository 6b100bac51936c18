"""Generated showers and the file of a generator: the same bytes again, and no harm from a hostile file."""

import json

import numpy as np
import pytest
import torch
from safetensors.torch import load_file, save_file
from torch import nn

import eventspace as es
from eventspace import InputError
from eventspace.models.file import load, save
from eventspace.models.registry import model
from eventspace.models.shower_gan import ShowerGANCard
from eventspace.models.showers.generation import SHIPPED, cells_of

CARD = ShowerGANCard(
    model="shower-gan",
    version=1,
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
    generator = model("shower-gan").network(CARD)
    nn.init.constant_(generator.convolutions[-2].bias, 0.1)  # untrained as it is, no shower is empty
    save(tmp_path / "model.safetensors", generator, CARD)
    return tmp_path / "model.safetensors"


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
    trained = load(file, "shower-gan")
    energies = np.full(16, 80.0)
    noise = np.random.default_rng((5, 0)).standard_normal((16, 7), dtype=np.float32)
    with torch.no_grad():
        raw = trained.network(torch.full((16,), 0.8), torch.from_numpy(noise)).numpy().astype(np.float64)
    expected = 0.02 * raw ** (1 / 0.85)
    expected[expected < 1e-3] = 0
    np.testing.assert_allclose(cells_of(trained, energies, (5, 0)), expected, rtol=1e-5)


@pytest.mark.parametrize(
    ("options", "words"),
    [
        ({"energy": None}, "--energy from 50 to 150 GeV"),
        ({"energy": 200}, "choose from 50 to 150 GeV"),
        ({"energy": float("nan")}, "choose from 50 to 150 GeV"),
    ],
)
def test_wrong_options(file, options, words):
    with pytest.raises(InputError, match=words):
        list(es.generate_showers(file, **({"n": 3, "energy": 80, "seed": 1, "device": "cpu"} | options)))


def test_one_energy_need_not_be_named(file, tmp_path):
    save(tmp_path / "one", load(file, "shower-gan").network, CARD.model_copy(update={"energy_range": (70.0, 70.0)}))
    [part] = es.generate_showers(tmp_path / "one", 2, seed=1, device="cpu")
    assert part.per_event["incident_energy"].tolist() == [70.0, 70.0]


def test_empty_shower_is_named(file, tmp_path):
    save(tmp_path / "dull", load(file, "shower-gan").network, CARD.model_copy(update={"threshold": 1e6}))
    with pytest.raises(InputError, match=r"event 0.*train it longer"):
        list(es.generate_showers(tmp_path / "dull", 2, energy=80, seed=1, device="cpu"))


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
    ],
)
def test_wrong_card(file, tmp_path, change, words):
    card = json.loads(CARD.model_dump_json()) | change
    save_file(load_file(file), tmp_path / "bad", metadata={"card": json.dumps(card)})
    with pytest.raises(InputError, match=words):
        load(tmp_path / "bad", "shower-gan")


def test_negative_variance(file, tmp_path):
    good = load_file(file)
    wrong = {"convolutions.2.running_var": -good["convolutions.2.running_var"]}
    save_file(good | wrong, tmp_path / "bad", metadata={"card": CARD.model_dump_json()})
    with pytest.raises(InputError, match="not finite"):
        load(tmp_path / "bad", "shower-gan")


def test_card_of_before_still_opens():
    card = load(SHIPPED, "shower-gan").card
    assert (card.version, card.loss, card.steps, card.grid) == (1, "", 500, (51, 51, 25))


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
    save(tmp_path / "stored", load(file, "shower-gan").network, CARD.model_copy(update={"energy_range": bounds}))
    (part,) = es.generate_showers(tmp_path / "stored", 2, energy=16.384, seed=1, device="cpu")
    assert part.per_event["incident_energy"].tolist() == [bounds[0]] * 2
    with pytest.raises(InputError, match=r"not trained at 16\.3835 GeV"):
        next(es.generate_showers(tmp_path / "stored", 2, energy=16.3835, seed=1, device="cpu"))
