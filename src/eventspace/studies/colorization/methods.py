"""Which clusterings are compared: the Durham algorithm, and networks that ship, were trained before, or are now."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from eventspace.base.errors import InputError
from eventspace.base.work import Work
from eventspace.events.collisions import Collisions, collisions
from eventspace.events.native import read
from eventspace.models.clustering import (
    DURHAM,
    SHIPPED,
    VERTICES,
    WITHOUT_DISPLACED,
    Method,
    durham_method,
    method,
    network_method,
)
from eventspace.models.digest import digest
from eventspace.models.protojets.densities import whole_events

__all__ = ["PERFECT", "TRAININGS", "compared_methods"]

TRAININGS: Mapping[str, tuple[str, Mapping[str, Any]]] = {
    "unet": ("unet", {}),
    "unet-crf": ("unet", {"field": "joint"}),
    "ranker": ("ranker", {}),
    f"ranker{WITHOUT_DISPLACED}": ("ranker", {"displaced": False}),
}
"""What is trained on other events: model and options of each."""

_NEED_DISPLACED = ("ranker",)  # a U-net takes the channels that there are

PERFECT = "perfect"
"""The truth itself, beside the methods."""

_SAMPLES = {6: "zhh", 4: "two-bosons"}  # that the networks which ship learned from, by the number of jets


def compared_methods(config: Any, events: Collisions, jets: int, work: Work) -> dict[str, Method]:
    """The methods by name; Durham is the first.

    Arguments:
        config: of the study.
        events: all of the test; without d0 and z0, methods that need them are only taken if named.
        jets: of the events.
        work: how trainings are carried out, and where they are kept.

    Raises:
        InputError: there is no such method, a file cannot be used, or a network makes another number of jets.
    """
    displaced = {"d0", "z0"} <= set(events.columns)
    found = {name: durham_method(jets, vertices=name == VERTICES) for name in DURHAM if displaced or name != VERTICES}
    if config.train is not None:
        found |= _trained(_others(config.train, events, jets), config, displaced, work)
    for name in _wanted(config, jets, displaced):
        one = method(name, device=work.device)
        label = name.replace(f"-{_SAMPLES.get(jets)}", "") if name in SHIPPED else _label(Path(name))
        if label in found or label in (PERFECT, *DURHAM):
            raise InputError(f"two methods are called {label}", remedy="rename the file or its folder")
        found[label] = one
    test = digest(events)
    for name, one in found.items():
        if one.data == test:
            raise InputError(f"{name} has learned from these events", remedy="test it on others")
        if one.jets != jets:
            text = f"{name} makes {one.jets} jets of an event, and the truth has {jets}"
            raise InputError(text, remedy="choose other methods, or train networks on such events: --train FILE")
    return found


def _wanted(config: Any, jets: int, displaced: bool) -> Sequence[str]:
    """Networks by name or file; those that ship for so many jets if none are named."""
    if config.models:
        return [name for name in config.models if name not in DURHAM]
    if config.train is not None:
        return []
    if jets not in _SAMPLES:
        text = f"no network for {jets} jets comes with eventspace"
        raise InputError(text, remedy="train some: --train FILE, with other events of this kind")
    fitting = [name for name in SHIPPED if f"-{_SAMPLES[jets]}" in name]
    return [name for name in fitting if displaced or name.endswith(WITHOUT_DISPLACED)]


def _label(path: Path) -> str:
    """A file is called what its name says; model.safetensors of a run, what its directory is called."""
    return path.resolve().parent.name if path.stem == "model" else path.stem


def _others(file: Path, events: Collisions, jets: int) -> Collisions:
    """Events to learn from, once it is known that they are not those that are clustered, and have as many jets."""
    try:
        others = collisions(read(file))
        bosons = whole_events(others)[1]
        if digest(others) == digest(events):
            raise InputError("these are the events of the test", remedy="train on others")
        if 2 * bosons != jets:
            raise InputError(f"the events have {2 * bosons} jets, those of the test {jets}", remedy="train on others")
    except InputError as error:
        raise error if error.file else error.at(file) from None
    return others


def _trained(events: Collisions, config: Any, displaced: bool, work: Work) -> dict[str, Method]:
    """Networks that learn from these events."""
    from eventspace.models.fit import fit
    from eventspace.models.processes import processes
    from eventspace.models.registry import model

    found: dict[str, Method] = {}
    with work.kept() as folder, processes(work.device, work.threads) as group:
        for name, (kind, options) in TRAININGS.items():
            if not displaced and name in _NEED_DISPLACED:
                continue
            recipe = model(kind)
            steps = {} if config.steps is None else {"steps": config.steps}
            chosen = recipe.config.model_validate({"seed": config.seed, **options, **steps})
            (folder / name).mkdir(exist_ok=True)
            try:
                trained, _ = fit(
                    recipe, events, chosen, processes=group, folder=folder / name, show_progress=work.show_progress
                )
            except InputError as error:
                raise error if error.file else error.at(config.train) from None
            found[name] = network_method(name, trained, work.device)
    return found
