"""The U-net of the colouring on a few events: it learns, and each event is coloured alone."""

import math
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch

import eventspace as es
from eventspace.models import registry
from eventspace.models.colouring.unet_network import layers
from eventspace.models.file import load, save
from eventspace.models.fit import MODEL_FILE, fit
from eventspace.models.held_back import split
from eventspace.models.processes import Processes
from eventspace.models.recipe import Trained
from eventspace.models.training import Curves
from eventspace.models.unet import MODEL, UNetCard, probabilities

pytestmark = pytest.mark.slow  # all rest on one training or simulation

RECIPE = replace(MODEL, name="unet")
ALONE = Processes(0, 1, torch.device("cpu"))
SMALL: dict[str, Any] = {"steps": 4, "every": 2, "batch": 8, "bins": (16, 16), "levels": 2, "width": 4}
SIDE = 2 * math.pi / 16


def trained(
    events: es.Collisions,
    folder: Path,
    watch: Callable[[Trained, Curves], None] = lambda trained, curves: None,
    **options: Any,
) -> tuple[Trained, Curves]:
    folder.mkdir(exist_ok=True)
    config = RECIPE.config.model_validate(SMALL | options)
    return fit(RECIPE, events, config, processes=ALONE, folder=folder, watch=watch, show_progress=False)


@pytest.fixture(scope="module")
def zhh() -> es.Collisions:
    found = next(es.simulate("zhh", 24, seed=1, processes=1))
    assert isinstance(found, es.Collisions)
    return found


@pytest.fixture(scope="module")
def learned(zhh: es.Collisions, tmp_path_factory: pytest.TempPathFactory) -> tuple[Trained, Curves]:
    """After a training that is long enough to know these events."""
    threads = torch.get_num_threads()
    torch.set_num_threads(1)
    found = trained(
        zhh, tmp_path_factory.mktemp("learned"), steps=60, width=8, rate=1e-2, matched=1.0, augmentation=False
    )
    torch.set_num_threads(threads)
    return found


def without(events: es.Collisions, *names: str) -> es.Collisions:
    columns = {name: events.flat(name) for name in events.columns if name not in names}
    return es.Collisions.from_flat(events.multiplicity, columns)


def turned(events: es.Collisions, angle: float) -> es.Collisions:
    """Around the beam."""
    x, y = (events.flat(name).astype(np.float64) for name in ("px", "py"))
    moved = {"px": x * np.cos(angle) - y * np.sin(angle), "py": x * np.sin(angle) + y * np.cos(angle)}
    columns = {name: moved.get(name, events.flat(name)) for name in events.columns}
    return es.Collisions.from_flat(events.multiplicity, columns)


def test_it_learns_the_events_of_the_training(zhh: es.Collisions, learned: tuple[Trained, Curves]) -> None:
    found, curves = learned
    assert set(curves) == {"loss", "matched", "validation.loss", "validation.matched"}
    assert all(len(values) == 60 for values in curves.values())
    assert curves["loss"][0] == pytest.approx(math.log(6), abs=0.3)
    assert np.mean(curves["loss"][-5:]) < 1.0
    assert all(np.array(curves["matched"]) <= np.array(curves["loss"]) + 1e-6)
    labels = RECIPE.cluster(found, zhh, device="cpu")
    truth = zhh.flat("truth_jet")
    assert [len(np.unique(part)) for part in np.split(labels, zhh.offsets[1:-1])] == [6] * 24
    known = truth >= 0
    assert len({(event, jet) for event, jet in zip(labels[known], truth[known], strict=True)}) == 36


def test_jets_are_the_most_probable_colours(zhh: es.Collisions, learned: tuple[Trained, Curves]) -> None:
    found = probabilities(learned[0], zhh)
    assert found.dtype == np.float32
    assert found.shape == (len(zhh.flat("E")), 6)
    np.testing.assert_allclose(found.sum(axis=1), 1, rtol=1e-5)
    labels = RECIPE.cluster(learned[0], zhh, device="cpu")
    assert labels.dtype == np.int64
    most_probable, event = found.argmax(axis=1), np.repeat(np.arange(24), zhh.multiplicity)
    complete = np.array([len(set(most_probable[event == number])) == 6 for number in range(24)])
    assert complete.sum() > 12
    np.testing.assert_array_equal(labels[complete[event]], most_probable[complete[event]])


def test_labels_of_an_event_do_not_depend_on_others(zhh: es.Collisions, learned: tuple[Trained, Curves]) -> None:
    together = probabilities(learned[0], zhh)
    for event in (0, 7, 23):
        here = slice(zhh.offsets[event], zhh.offsets[event + 1])
        for alone in (zhh[event : event + 1], zhh[[event]]):
            np.testing.assert_array_equal(probabilities(learned[0], alone), together[here])
            np.testing.assert_array_equal(
                RECIPE.cluster(learned[0], alone, device="cpu"), RECIPE.cluster(learned[0], zhh, device="cpu")[here]
            )
    assert probabilities(learned[0], zhh[:0]).shape == (0, 6)
    assert RECIPE.cluster(learned[0], zhh[:0], device="cpu").shape == (0,)


@pytest.mark.parametrize(("padding", "kept"), [("circular", True), ("zero", False)])
def test_circular_padding_does_not_see_where_phi_begins(
    zhh: es.Collisions, tmp_path: Path, padding: str, kept: bool
) -> None:
    """By as many pixels as the lowest level of the network sees as one."""
    found, _ = trained(zhh, tmp_path, padding=padding)
    before, after = (RECIPE.cluster(found, events, device="cpu") for events in (zhh, turned(zhh, 4 * SIDE)))
    assert np.array_equal(before, after) == kept
    difference = np.abs(probabilities(found, zhh) - probabilities(found, turned(zhh, 4 * SIDE))).max()
    assert (difference < 1e-5) == kept


def test_it_is_kept_in_a_file(zhh: es.Collisions, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(registry.MODELS, "unet", "A U-net.")
    found, _ = trained(zhh, tmp_path, field="joint")
    again = load(tmp_path / MODEL_FILE, "unet")
    assert again.card == found.card
    assert (again.card.jets, again.card.events, again.card.held_back) == (6, 22, 2)
    np.testing.assert_array_equal(probabilities(again, zhh), probabilities(found, zhh))
    save(tmp_path / "again", again.network, again.card)
    assert (tmp_path / "again").read_bytes() == (tmp_path / MODEL_FILE).read_bytes()


@pytest.mark.parametrize("field", ["none", "joint"])
def test_a_killed_training_ends_with_the_same_bytes(zhh: es.Collisions, tmp_path: Path, field: str) -> None:
    def interrupted(found: Trained, curves: object) -> None:
        probabilities(found, zhh[:1])  # a judge may look at it
        raise KeyboardInterrupt

    trained(zhh, tmp_path / "whole", field=field)
    with pytest.raises(KeyboardInterrupt):
        trained(zhh, tmp_path / "cut", watch=interrupted, field=field)
    trained(zhh, tmp_path / "cut", field=field)
    whole, cut = ({path.name: path.read_bytes() for path in (tmp_path / key).iterdir()} for key in ("whole", "cut"))
    assert set(whole) == {MODEL_FILE, "state.safetensors", "losses.jsonl"}
    assert whole == cut


@pytest.mark.parametrize("matched", [0.0, 1.0])
def test_a_gradient_reaches_every_parameter(zhh: es.Collisions, matched: float) -> None:
    config = RECIPE.config.model_validate(SMALL | {"field": "joint", "matched": matched})
    plan = RECIPE.prepare(zhh, config, ALONE)
    losses = plan.step(0)
    assert all(loss.ndim == 0 and torch.isfinite(loss) for loss in losses.values())
    assert all(value.grad is not None and bool(value.grad.any()) for value in plan.kept().parameters())


def test_the_loss_is_matched_after_a_fraction_of_the_steps(zhh: es.Collisions, tmp_path: Path) -> None:
    never, late = (trained(zhh, tmp_path / str(part), matched=part, rate=1e-2)[1]["loss"] for part in (1.0, 0.5))
    assert never[:3] == late[:3]
    assert never[3] != late[3]


def test_a_field_alone_leaves_the_network_as_it_was(zhh: es.Collisions, tmp_path: Path) -> None:
    unet, _ = trained(zhh, tmp_path / "unet")
    state = tmp_path / "unet" / "state.safetensors"
    found, _ = trained(zhh, tmp_path / "field", field="alone", initial=state, rate=0.1)
    weights = found.network.state_dict()
    for name, value in unet.network.state_dict().items():
        assert torch.equal(weights[name], value), name
    assert len({value.item() for name, value in weights.items() if "field" in name and value.ndim == 0}) == 1
    assert np.abs(probabilities(found, zhh) - probabilities(unet, zhh)).max() > 1e-4
    fresh = RECIPE.prepare(zhh, RECIPE.config.model_validate(SMALL | {"field": "joint"}), ALONE).kept().state_dict()
    assert all(not torch.equal(weights[name], fresh[name]) for name in weights if "field" in name)


def test_no_channel_is_wanted_that_the_file_lacks(zhh: es.Collisions, tmp_path: Path) -> None:
    assert trained(zhh, tmp_path / "all")[0].card.channels[-2:] == ("d0", "z0")
    plain = without(zhh, "z0", "mass")
    found, _ = trained(plain, tmp_path / "plain", field="joint")
    assert found.card.channels == ("energy", "fraction", "polar", "charge")
    assert len(np.unique(RECIPE.cluster(found, plain, device="cpu"))) == 6
    with pytest.raises(es.InputError, match=r"no column z0; .* or leave the channel z0 out"):
        trained(plain, tmp_path / "z0", channels=("energy", "z0"))


@pytest.mark.parametrize(
    ("options", "words"),
    [
        ({"bins": (16, 18)}, "16 x 18 bins cannot be halved 2 times; give multiples of 4, or fewer --levels"),
        ({"channels": ("energy", "colour")}, "no channel 'colour'; choose from energy"),
        ({"channels": ("energy", "energy")}, "the channels are energy, energy; name at least one"),
        ({"jets": 5}, "event 0: there are more jets than the 5 colours; ask for more jets"),
        ({"batch": 100}, "22 events for batches of 100; give more, or --batch 22"),
        ({"field": "alone"}, "a field alone needs a network .*--initial"),
    ],
)
def test_impossible_trainings_are_refused(
    zhh: es.Collisions, tmp_path: Path, options: dict[str, Any], words: str
) -> None:
    with pytest.raises(es.InputError, match=words):
        trained(zhh, tmp_path, **options)


def test_events_without_truth_are_refused(zhh: es.Collisions, tmp_path: Path) -> None:
    with pytest.raises(es.InputError, match="no column truth_jet; give events with truth labels"):
        trained(without(zhh, "truth_jet"), tmp_path)
    unknown = {name: zhh.flat(name) for name in zhh.columns} | {"truth_jet": np.full(len(zhh.flat("E")), -1)}
    with pytest.raises(es.InputError, match="up to 0 true jets; give events of 2 to 100"):
        trained(es.Collisions.from_flat(zhh.multiplicity, unknown), tmp_path)


def test_events_of_too_few_particles_are_refused(zhh: es.Collisions, learned: tuple[Trained, Curves]) -> None:
    columns = {name: zhh.flat(name)[: zhh.offsets[1] + 4] for name in zhh.columns}
    few = es.Collisions.from_flat([zhh.multiplicity[0], 4], columns)
    with pytest.raises(es.InputError, match="event 1: it has 4 particles, of which no 6 jets can be made"):
        RECIPE.cluster(learned[0], few, device="cpu")
    assert probabilities(learned[0], few).shape == (len(few.flat("E")), 6)


def test_events_that_are_held_back_are_never_learned_from(zhh: es.Collisions, tmp_path: Path) -> None:
    other = {name: zhh.flat(name).copy() for name in zhh.columns}
    here = np.repeat(np.isin(np.arange(24), split(24, 0.1, 1)[1]), zhh.multiplicity)
    other["E"][here & (zhh.flat("charge") != 0)] *= 2
    one, two = (
        trained(events, tmp_path / name, rate=1e-2)
        for name, events in (("one", zhh), ("two", es.Collisions.from_flat(zhh.multiplicity, other)))
    )
    assert one[1]["loss"] == two[1]["loss"]
    assert one[1]["validation.loss"] != two[1]["validation.loss"]


def test_the_card_is_checked_before_memory_is_taken(learned: tuple[Trained, Curves]) -> None:
    good = learned[0].card.model_dump()
    for wrong in ({"channels": ("colour",)}, {"bins": (16, 18)}, {"width": 6}, {"jets": 10**9}, {"levels": 30}):
        with pytest.raises(ValueError, match=r"channels|bins|width|jets|levels"):
            UNetCard.model_validate(good | wrong)


def test_the_network_of_the_talk_can_be_had() -> None:
    config = RECIPE.config(bins=(64, 64), levels=4, convolutions=3)
    card = UNetCard.model_construct(
        channels=("energy",),
        jets=6,
        field=False,
        **config.model_dump(include={"levels", "width", "convolutions", "padding"}),
    )
    assert layers(RECIPE.network(card).unet) == 32
