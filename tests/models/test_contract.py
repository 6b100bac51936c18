"""What every model of the dictionary promises: it trains, it is kept, it does what it is for, and it can be named."""

import io
import json
import pickle
import zipfile
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import fields
from functools import cache
from importlib import import_module
from itertools import chain
from pathlib import Path
from pkgutil import walk_packages
from shutil import copytree
from typing import Any

import numpy as np
import pytest
import torch
from safetensors import safe_open
from safetensors.torch import load_file, save_file

import eventspace as es
import eventspace.models
from eventspace.cli import main
from eventspace.events.base import Events
from eventspace.models.file import load, save
from eventspace.models.fit import MODEL_FILE, fit
from eventspace.models.processes import Processes
from eventspace.models.recipe import Recipe, Trained
from eventspace.models.registry import (
    CLUSTERINGS,
    EMBEDDINGS,
    ENCODERS,
    GENERATORS,
    MODELS,
    clustering,
    embedding,
    encoder,
    generator,
    model,
)
from eventspace.studies.training.training import training

ALONE = Processes(0, 1, torch.device("cpu"))
# Model by model: what one test has trained the next ones use, also where two processes share the tests.
ALL = pytest.mark.parametrize("name", MODELS, scope="module")
EVERY_GENERATOR = pytest.mark.parametrize("name", GENERATORS, scope="module")
EVERY_CLUSTERING = pytest.mark.parametrize("name", CLUSTERINGS, scope="module")
EVERY_ENCODER = pytest.mark.parametrize("name", ENCODERS, scope="module")
EVERY_EMBEDDING = pytest.mark.parametrize("name", EMBEDDINGS, scope="module")
STEPS = 4


def showers(n: int, seed: int = 1) -> es.Showers:
    rng = np.random.default_rng(seed)
    dense = rng.gamma(2, 0.5, (n, 4, 4, 2)) * (0.02 * 100 / 32)
    return es.Showers.from_dense(dense, per_event={"incident_energy": np.full(n, 100.0)}, units={"energy": "GeV"})


def points(n: int, seed: int = 1) -> es.Points:
    return next(es.simulate("ring", n, seed=seed))


def jets(n: int, seed: int = 1) -> es.ParticleClouds:
    rng = np.random.default_rng(seed)
    counts = rng.integers(1, 8, n)
    total = int(counts.sum())
    columns = {"pt": rng.exponential(5, total), **{name: rng.normal(0, 0.2, total) for name in ("rapidity", "phi")}}
    return es.ParticleClouds.from_flat(counts, columns)


@cache
def collisions(n: int, seed: int = 1) -> es.Collisions:
    return next(es.simulate("zz", n, seed=seed, processes=1))


# Events to learn from, by kind; and options that make a training small, of the models that need some.
EVENTS: Mapping[str, Callable[..., Events]] = {
    "showers": showers,
    "points": points,
    "collisions": collisions,
    "particles": jets,
}
SMALL: Mapping[str, dict[str, Any]] = {
    "shower-gan": {"batch": 8, "latent": 6},
    "ranker": {"batch": 8, "candidates": 6},
    "cloud-vae": {"batch": 8, "latent": "R2", "width": 8, "particles": 4, "hardest": 6},
    "image-vae": {"batch": 8, "latent": 3, "width": 2, "blocks": 2, "pixels": 8, "check": 2},
    "embedding": {"batch": 8, "dimension": 3, "width": 8, "pairs": 99, "held_back": 0.5},
    "unet": {"batch": 4, "bins": (8, 8), "levels": 2, "width": 4, "convolutions": 1},
}


# What is drawn of a training beside its losses, by how it is judged.
DRAWN = {
    "reconstruction": "latents",
    "clustering": "fractions",
    "showers": "samples",
    "features": "samples",
    "embedding": "errors",
}


def learned(name: str, seed: int = 1) -> Events:
    return EVENTS[model(name).learns_from[0].kind](40, seed)


def config(name: str, **options: Any) -> Any:
    return model(name).config.model_validate({"steps": STEPS, "every": 2, **SMALL.get(name, {}), **options})


def trained(name: str, folder: Path, *, events: Events | None = None, **options: Any) -> Trained:
    """Trained for some steps in a folder. What it makes is not empty, however little it has learned."""
    folder.mkdir(exist_ok=True)
    watch = options.pop("watch", lambda trained, curves: None)
    found, _ = fit(
        model(name),
        events or learned(name),
        config(name, **options),
        processes=ALONE,
        folder=folder,
        watch=watch,
        show_progress=False,
    )
    return found


@pytest.fixture(scope="module")
def long_trained(tmp_path_factory: pytest.TempPathFactory) -> Callable[[str], tuple[Trained, Path]]:
    """Each model and its file, trained once, and for so long that what it makes is not empty."""

    @cache
    def of(name: str) -> tuple[Trained, Path]:
        folder = tmp_path_factory.mktemp(name)
        with one_thread():
            return trained(name, folder, steps=30), folder / MODEL_FILE

    return of


@pytest.fixture(scope="module")
def kept(long_trained: Callable[[str], tuple[Trained, Path]]) -> Callable[[str], Path]:
    """The file of each model."""
    return lambda name: long_trained(name)[1]


@pytest.fixture(scope="module")
def short(tmp_path_factory: pytest.TempPathFactory) -> Callable[[str], Path]:
    """What a training of a few steps leaves in its folder, trained once."""

    @cache
    def of(name: str) -> Path:
        folder = tmp_path_factory.mktemp(name)
        with one_thread():
            trained(name, folder)
        return folder

    return of


@contextmanager
def one_thread() -> Iterator[None]:
    threads = torch.get_num_threads()
    torch.set_num_threads(1)
    yield
    torch.set_num_threads(threads)


def made(name: str, network: Trained, n: int = 20, seed: int = 3) -> list[Events]:
    return list(generator(name).generate(network, n, seed=seed, device="cpu"))


def does(name: str, network: Trained) -> list[bytes]:
    """What a model is for, as bytes: the events that it makes, the jets of some events, or their places and back."""
    if name in GENERATORS:
        return bytes_of(made(name, network))
    if name in ENCODERS:
        places = [encoder(name).places(network, learned(name, 5), seed=seed, device="cpu") for seed in (None, 3)]
        back = encoder(name).events_at(network, places[0].points[:, 0], device="cpu")
        return [values.tobytes() for found in places for values in found] + bytes_of([back])
    if name in EMBEDDINGS:
        return [embedding(name).places(network, learned(name, 5)).tobytes()]
    return [clustering(name).cluster(network, collisions(40, 5), device="cpu").tobytes()]


def bytes_of(events: list[Events]) -> list[bytes]:
    return [values.tobytes() for part in events for _, values in sorted(part.taken_apart().columns.items())]


def test_no_recipe_is_missing_from_the_dictionary() -> None:
    modules = [import_module(found.name) for found in walk_packages(eventspace.models.__path__, "eventspace.models.")]
    written = {
        module.__name__.rpartition(".")[2] for module in modules if isinstance(vars(module).get("MODEL"), Recipe)
    }
    assert written == {name.replace("-", "_") for name in MODELS}


@ALL
def test_it_says_what_it_is(name: str) -> None:
    recipe = model(name)
    assert recipe.name == name
    assert MODELS[name].endswith(".")
    for field in fields(recipe):
        if field.type is str or field.type == "str":
            assert getattr(recipe, field.name), field.name
    drawn = [generator(name).options] if name in GENERATORS else []
    for options in (recipe.config, training(name).config, *drawn):
        assert all(field.description for field in options.model_fields.values())
        assert options.model_config["frozen"]
        assert options.model_config["extra"] == "forbid"


@ALL
def test_a_gradient_reaches_every_parameter_that_is_trained(name: str) -> None:
    torch.manual_seed(1)
    plan = model(name).prepare(learned(name), config(name), ALONE)
    before = {key: value.clone() for key, value in plan.kept().state_dict().items()}
    for number in range(2):
        losses = plan.step(number)
        assert all(loss.ndim == 0 and torch.isfinite(loss) for loss in losses.values())
    for key, (network, optimiser) in plan.networks.items():
        parameters = dict(network.named_parameters())
        if optimiser is None:
            continue
        assert {id(value) for value in parameters.values()} == {
            id(value) for group in optimiser.param_groups for value in group["params"]
        }
        for parameter, value in parameters.items():
            assert value.grad is not None, f"{key}.{parameter}"
            assert bool((value.grad != 0).any()), f"{key}.{parameter}"
    after = plan.kept().state_dict()
    assert any(not torch.equal(after[key], value) for key, value in before.items()), "what is kept learns"


@pytest.mark.slow
@EVERY_GENERATOR
def test_what_it_makes_is_like_what_it_learned_from_in_shape(name: str, kept: Callable[[str], Path]) -> None:
    recipe, events = model(name), learned(name)
    parts = made(name, load(kept(name), name))
    assert sum(map(len, parts)) == 20
    for part in parts:
        assert isinstance(part.check(), recipe.learns_from)
        assert part._layout == events._layout
        assert part.seed == 3
        assert part.origin


@pytest.mark.slow
@EVERY_GENERATOR
def test_seed_decides_and_the_first_events_do_not_depend_on_how_many_follow(
    name: str, kept: Callable[[str], Path]
) -> None:
    network = load(kept(name), name)
    assert bytes_of(made(name, network)) == bytes_of(made(name, network))
    assert bytes_of(made(name, network)) != bytes_of(made(name, network, seed=4))
    few, many = (es.concatenate(made(name, network, n)) for n in (5, 40))
    assert bytes_of([few]) == bytes_of([many[:5]])


@pytest.mark.slow
@ALL
def test_the_file_does_the_same(name: str, long_trained: Callable[[str], tuple[Trained, Path]]) -> None:
    network, file = long_trained(name)
    before = does(name, network)
    again = load(file, name)
    assert again.card == network.card
    assert does(name, again) == before
    card = again.card
    assert (card.model, card.version, card.steps, card.seed) == (name, 2, 30, 1)
    assert card.loss
    assert card.preprocessing
    assert len(card.data) == 64
    assert card.data != model(name).prepare(learned(name, seed=2), config(name), ALONE).data
    assert {"torch", "eventspace", "python"} <= set(card.versions)


@pytest.mark.slow
@ALL
def test_a_killed_training_ends_with_the_same_bytes(name: str, tmp_path: Path, short: Callable[[str], Path]) -> None:
    def interrupted(found: Trained, curves: object) -> None:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        trained(name, tmp_path / "cut", watch=interrupted)
    with (tmp_path / "cut" / "losses.jsonl").open("a") as losses:
        losses.write('{"step": 3, "re')  # a line cut short by a kill
    trained(name, tmp_path / "cut")
    whole, cut = (
        {path.name: path.read_bytes() for path in folder.iterdir()} for folder in (short(name), tmp_path / "cut")
    )
    assert set(whole) == {MODEL_FILE, "state.safetensors", "losses.jsonl"}
    assert whole == cut
    assert len(whole["losses.jsonl"].splitlines()) == STEPS


@ALL
def test_a_state_that_is_damaged_or_of_another_training_is_refused(
    name: str, tmp_path: Path, short: Callable[[str], Path]
) -> None:
    run = tmp_path / "run"
    copytree(short(name), run)
    state = run / "state.safetensors"
    good = state.read_bytes()
    for content in (b"", b"PK\x03\x04 a zip file", b"\xff" * 100, good[:-9]):
        state.write_bytes(content)
        with pytest.raises(es.InputError, match=r"state.safetensors: this checkpoint is damaged; delete it"):
            trained(name, run)
    state.write_bytes(good)
    for other in ({"seed": 2}, {"events": learned(name, seed=2)}):
        with pytest.raises(es.InputError, match="another training"):
            trained(name, run, **other)


@pytest.mark.slow
@ALL
def test_it_can_begin_with_an_earlier_training(name: str, tmp_path: Path, short: Callable[[str], Path]) -> None:
    first = short(name)
    follower = trained(name, tmp_path / "second", initial=first / "state.safetensors", seed=2)
    fresh = trained(name, tmp_path / "third", seed=2)
    assert follower.card.initial
    assert not fresh.card.initial
    values = zip(follower.network.state_dict().values(), fresh.network.state_dict().values(), strict=True)
    assert any(not torch.equal(one, other) for one, other in values)
    with pytest.raises(es.InputError, match="this is no state of such a training"):
        trained(name, tmp_path / "fourth", initial=first / MODEL_FILE)


class Bomb:
    def __reduce__(self) -> tuple[object, tuple[str]]:
        return (exec, ("raise RuntimeError('the pickle was executed')",))


def zipped() -> bytes:
    memory = io.BytesIO()
    with zipfile.ZipFile(memory, "w") as archive:
        archive.writestr("data.pkl", pickle.dumps(Bomb()))
    return memory.getvalue()


@ALL
@pytest.mark.parametrize("content", [pickle.dumps(Bomb()), zipped()])
def test_pickles_are_never_opened(name: str, content: bytes, tmp_path: Path) -> None:
    (tmp_path / "model.pt").write_bytes(content)
    with pytest.raises(es.InputError, match=f"never opened; .*eventspace train {name} writes one"):
        load(tmp_path / "model.pt", name)


@ALL
def test_a_damaged_file_is_refused(name: str, kept: Callable[[str], Path], tmp_path: Path) -> None:
    good = kept(name).read_bytes()
    header = (1 << 62).to_bytes(8, "little") + good[8:]
    for content in (b"", b"text", good[:100], good[:-1], good + b"x", header, b"\x00" * 1000):
        (tmp_path / "bad").write_bytes(content)
        # One header in 32 begins like a pickle, and when its file is damaged it is taken for one.
        words = "(no safetensors file, or damaged|looks like a pickle)"
        with pytest.raises(es.InputError, match=f"{words}.*eventspace train {name}"):
            load(tmp_path / "bad", name)
    with pytest.raises(es.InputError, match="no such file"):
        load(tmp_path / "missing", name)


def card_of(path: Path) -> dict[str, Any]:
    with safe_open(path, "pt") as file:
        found: dict[str, Any] = json.loads(file.metadata()["card"])
    return found


@pytest.mark.slow
@ALL
def test_the_file_of_another_model_is_refused(name: str, kept: Callable[[str], Path]) -> None:
    for kind in (GENERATORS, CLUSTERINGS, ENCODERS, EMBEDDINGS):  # each has a remedy of its own
        if not (other := next((other for other in kind if other != name), "")):
            continue
        use = f"use it with eventspace (generate {other}|cluster --model|encode --model|distances --metric .*), or "
        words = f"this is an? {other}, not an? {name}; {use}name another file"
        with pytest.raises(es.InputError, match=words):
            load(kept(other), name)


@ALL
def test_a_wrong_card_is_refused(name: str, kept: Callable[[str], Path], tmp_path: Path) -> None:
    card, weights = card_of(kept(name)), load_file(kept(name))
    wrong: list[tuple[str, dict[str, Any] | None]] = [
        ("holds no model card", None),
        ("version", card | {"version": 3}),
        ("more", card | {"more": 1}),
        ("steps", card | {"steps": -1}),
        *(("card is wrong", {key: value for key, value in card.items() if key != gone}) for gone in ("data", "seed")),
    ]
    for words, change in wrong:
        metadata = None if change is None else {"card": json.dumps(change)}
        save_file(weights, tmp_path / "bad", metadata=metadata)
        with pytest.raises(es.InputError, match=f"{words}.*eventspace train {name}"):
            load(tmp_path / "bad", name)
    save_file(weights, tmp_path / "bad", metadata={"card": "no JSON"})
    with pytest.raises(es.InputError, match="card is wrong"):
        load(tmp_path / "bad", name)


@ALL
def test_wrong_weights_are_refused(name: str, kept: Callable[[str], Path], tmp_path: Path) -> None:
    good, card = load_file(kept(name)), {"card": json.dumps(card_of(kept(name)))}
    first = next(key for key, value in good.items() if value.is_floating_point() and value.ndim)
    changes = [
        ({first: good[first] * float("nan")}, "not finite"),
        ({first: good[first].half()}, "float16"),
        ({first: torch.cat([good[first], good[first]])}, "shape"),
        ({"extra": torch.ones(1)}, "'extra' has no place"),
    ]
    for change, words in changes:
        save_file(good | change, tmp_path / "bad", metadata=card)
        with pytest.raises(es.InputError, match=f"{words}.*eventspace train {name}"):
            load(tmp_path / "bad", name)
    del good[first]
    save_file(good, tmp_path / "bad", metadata=card)
    with pytest.raises(es.InputError, match=f"{first!r} is missing"):
        load(tmp_path / "bad", name)


@ALL
def test_a_good_file_may_begin_like_a_pickle(name: str, kept: Callable[[str], Path], tmp_path: Path) -> None:
    """The first bytes of a safetensors file are the length of its header, in steps of 8: 0x80 for one in 32 of them."""
    found = load(kept(name), name)
    for length in range(33):
        card = found.card.model_copy(update={"data": "0" * 8 * length})
        save(tmp_path / "file", found.network, card)
        if (tmp_path / "file").read_bytes()[0] == 0x80:
            assert load(tmp_path / "file", name).card == card
            return
    raise AssertionError("no file began like a pickle")


@pytest.mark.slow
@ALL
def test_nothing_random_is_left_behind(name: str, tmp_path: Path, kept: Callable[[str], Path]) -> None:
    file = kept(name)
    torch.manual_seed(3)
    expected = torch.rand(3)
    torch.manual_seed(3)
    trained(name, tmp_path)
    does(name, load(file, name))
    assert torch.equal(torch.rand(3), expected)


@EVERY_GENERATOR
def test_wrong_requests_are_refused(name: str, kept: Callable[[str], Path]) -> None:
    recipe, network = model(name), load(kept(name), name)
    for n, options, words in (
        (0, {}, f"0 {recipe.unit} were asked for; ask for at least 1"),
        (5, {"seed": -1}, "the seed is -1"),
        (5, {"device": "nonsense"}, "auto or cpu"),
        (5, {"nonsense": 1}, f"{name} has no option nonsense"),
    ):
        with pytest.raises(es.InputError, match=words):
            list(recipe.generate(network, n, **options))


@pytest.mark.slow
@ALL
def test_from_python_and_from_the_command_line(
    name: str,
    tmp_path: Path,
    kept: Callable[[str], Path],
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.chdir(tmp_path)
    es.write("events.h5", learned(name))
    right = {kind.kind for kind in model(name).learns_from}
    wrong = next(make(30) for kind, make in EVENTS.items() if kind not in right)
    es.write("wrong.h5", wrong)
    options = {"steps": STEPS, "every": 2, "compared": 20, **SMALL.get(name, {})}
    words = list(
        chain.from_iterable(
            (f"--{key.replace('_', '-')}", *map(str, value if isinstance(value, tuple) else (value,)))
            for key, value in options.items()
        )
    )
    train = ["train", name, "events.h5", "--device", "cpu", "--threads", "1", *words]
    assert main([*train, "--out", "run"]) == 0
    printed = capsys.readouterr().out
    results = json.loads(Path("run/results.json").read_text())
    assert results["study"] == name
    assert results["answer"] in printed
    assert f"model: run/{MODEL_FILE}" in printed
    for number in results["numbers"].values():
        assert all(number[side] is None or np.isfinite(number[side]) for side in ("value", "low", "high"))
        assert number["low"] is not None or number["high"] is not None or number["note"]
    drawn = json.loads(Path("run/figures/figures.json").read_text())
    assert {figure["name"] for figure in drawn} >= {DRAWN[model(name).judge], "losses"}
    for figure in drawn:
        assert figure["caption"]
        assert Path("run/figures", f"{figure['name']}.svg").stat().st_size > 0
        assert Path("run/figures", f"{figure['name']}.png").is_file()  # drawn where a test is marked pngs
    assert {"losses.jsonl", "state.safetensors", MODEL_FILE, "report.html"} <= {p.name for p in Path("run").iterdir()}

    study = training(name)
    answer = study.ask({"training": es.read("events.h5")}, study.config.model_validate(options))
    assert answer.answer == results["answer"]

    assert main(["train", name, "wrong.h5", "--out", "not"]) == 2
    kinds = " or ".join(kind.kind for kind in model(name).learns_from)
    assert f"wrong.h5: {name} does not learn from {wrong.kind}; give a file of {kinds}" in " ".join(
        capsys.readouterr().err.split()
    )
    assert main([*train, "--out", "not", "--nonsense", "1"]) == 2
    assert "--nonsense" in capsys.readouterr().err
    assert not Path("not").exists()


@EVERY_GENERATOR
def test_events_are_made_from_the_command_line(
    name: str,
    kept: Callable[[str], Path],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.chdir(tmp_path)
    # What is made after so few steps may be empty; so weights are those of a longer training.
    generate = ["generate", name, "-n", "5", "--seed", "2", "--model", str(kept(name)), "--device", "cpu"]
    assert main([*generate, "made.h5"]) == 0
    assert f"made.h5: 5 {model(name).unit}, seed 2" in capsys.readouterr().out
    expected = made(name, load(kept(name), name), 5, seed=2)
    assert bytes_of([es.read("made.h5")]) == bytes_of(expected)
    assert main([*generate, "none.h5", "--nonsense", "1"]) == 2
    assert not Path("none.h5").exists()
    if model(name).shipped is None:
        assert main(["generate", name, "-n", "5", "none.h5"]) == 2
        assert f"no {name} comes with eventspace; train one, eventspace train {name}" in capsys.readouterr().err
        assert not Path("none.h5").exists()


@pytest.mark.slow
@EVERY_CLUSTERING
def test_every_event_gets_its_jets_alone_from_python_and_from_the_command_line(
    name: str, kept: Callable[[str], Path], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    events, network = collisions(40, 5), load(kept(name), name)
    labels = clustering(name).cluster(network, events, device="cpu")
    assert labels.dtype == np.int64
    jets = network.card.jets
    for start, stop in zip(events.offsets[:-1], events.offsets[1:], strict=True):
        assert set(labels[start:stop]) == set(range(jets))
    reordered = events[np.arange(len(events))[::-1]]
    alone = np.concatenate([clustering(name).cluster(network, events[i : i + 1], device="cpu") for i in range(9)])
    assert alone.tobytes() == labels[: events.offsets[9]].tobytes()
    backwards = np.split(clustering(name).cluster(network, reordered, device="cpu"), reordered.offsets[1:-1])
    assert np.concatenate(backwards[::-1]).tobytes() == labels.tobytes()

    few = es.Collisions.from_flat([jets - 1], {key: events.flat(key)[: jets - 1] for key in events.columns})
    with pytest.raises(es.InputError, match=f"event 0: it has {jets - 1} particles"):
        es.cluster(few, kept(name))

    found = es.cluster(events, kept(name))
    assert found.labels.tobytes() == labels.tobytes()
    es.write(tmp_path / "events.h5", events)
    assert main(["cluster", str(tmp_path / "events.h5"), str(tmp_path / "jets.h5"), "--model", str(kept(name))]) == 0
    assert f"40 events of {jets} jets" in capsys.readouterr().out
    assert (es.read(tmp_path / "jets.h5", kind=es.Collisions).flat("jet") == labels).all()


@EVERY_ENCODER
def test_every_event_has_its_place_alone_and_what_is_made_of_a_place_is_an_event(
    name: str, kept: Callable[[str], Path], tmp_path: Path
) -> None:
    recipe, network, events = encoder(name), load(kept(name), name), learned(name, 5)
    found = recipe.places(network, events, device="cpu")
    n, categories = len(events), found.points.shape[1]
    assert found.points.shape[0] == n
    assert found.probabilities.shape == (n, categories)
    assert found.kl.shape == found.scale.shape
    assert all(np.isfinite(values).all() for values in found)
    assert (found.kl >= -1e-5).all()
    assert (found.scale > 0).all()
    np.testing.assert_allclose(found.probabilities.sum(axis=1), 1, rtol=1e-5)
    for k in (0, 7):
        alone = recipe.places(network, events[k : k + 1], device="cpu")
        for one, all_ in zip(alone, found, strict=True):
            np.testing.assert_allclose(one[0], all_[k], rtol=1e-4, atol=1e-6)
    one, other = (recipe.places(network, events, seed=seed, device="cpu").points for seed in (1, 2))
    assert one.tobytes() != other.tobytes()

    made = recipe.events_at(network, found.points[:, 0], device="cpu")
    assert isinstance(made.check(), recipe.learns_from)
    assert len(made) == n
    assert made.origin == f"{name}, sha256 {network.digest[:16]}"
    es.write(tmp_path / "made.h5", made)
    assert bytes_of([es.read(tmp_path / "made.h5")]) == bytes_of([made])
    wrong = next(make(3) for kind, make in EVENTS.items() if kind not in {kind.kind for kind in recipe.learns_from})
    with pytest.raises(es.InputError, match=f"{name} does not learn from {wrong.kind}"):
        recipe.places(network, wrong, device="cpu")


@EVERY_EMBEDDING
def test_every_event_has_its_point_alone(name: str, kept: Callable[[str], Path]) -> None:
    recipe, network, events = embedding(name), load(kept(name), name), learned(name, 5)
    points = recipe.places(network, events)
    assert points.shape == (len(events), network.card.dimension)
    assert np.isfinite(points).all()
    alone = np.concatenate([recipe.places(network, events[k : k + 1]) for k in range(9)])
    assert alone.tobytes() == points[:9].tobytes()
    backwards = recipe.places(network, events[np.arange(len(events))[::-1]])
    assert backwards[::-1].tobytes() == points.tobytes()
    wrong = next(make(3) for kind, make in EVENTS.items() if kind not in {kind.kind for kind in recipe.learns_from})
    with pytest.raises(es.InputError, match=f"{name} does not learn from {wrong.kind}"):
        recipe.places(network, wrong)


@pytest.mark.parametrize(
    ("command", "name"), [*(("train", name) for name in MODELS), *(("generate", name) for name in GENERATORS)]
)
def test_help_teaches(name: str, command: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert main([command, name, "--help"]) == 0
    text = " ".join(capsys.readouterr().out.split())
    assert f"For example: eventspace {command} {name}" in text
    assert main([command, "--help"]) == 0
    assert f"{name} {MODELS[name]}" in " ".join(capsys.readouterr().out.replace("│", " ").split())


def test_unknown_model_lists_the_valid_ones(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(es.InputError, match="there is no model 'jet-gan'; choose from shower-gan"):
        model("jet-gan")
    assert main(["train", "jet-gan", "a.h5", "--out", "run"]) == 2
    assert "jet-gan" in capsys.readouterr().err
