"""The file of a trained model: its weights and, beside them, a card that says what it is and how it came to be."""

import json
from pathlib import Path

import torch
from pydantic import ValidationError
from safetensors import SafetensorError, safe_open
from safetensors.torch import save as as_bytes
from torch import nn

from eventspace.base.errors import InputError
from eventspace.base.files import atomic, sha256
from eventspace.events.reading import existing, reading
from eventspace.models.recipe import ModelCard, Recipe, Trained
from eventspace.models.registry import EMBEDDINGS, ENCODERS, GENERATORS, MODELS, model

__all__ = ["load", "model_of", "save"]


def save(path: str | Path, network: nn.Module, card: ModelCard) -> None:
    """Write a network and its card to a safetensors file that appears whole or not at all.

    Raises:
        InputError: the folder does not exist.
    """
    tensors = {name: value.detach().cpu().contiguous() for name, value in network.state_dict().items()}
    with atomic(path) as temporary:
        temporary.write_bytes(as_bytes(tensors, metadata={"card": card.model_dump_json()}))


def load(path: str | Path, name: str) -> Trained:
    """Read a trained network, ready to be used, and its card.

    Nothing in the file is executed: it holds numbers and text. What they say is checked before memory is taken.

    Arguments:
        path: the file.
        name: the model that it has to be, one of :data:`eventspace.models.registry.MODELS`.

    Raises:
        InputError: there is no such file, it is damaged or no safetensors file, it is of another model, its card or its
            weights do not fit, or a weight is not finite.

    Example:
        >>> shipped = model("shower-gan").shipped
        >>> load(shipped, "shower-gan").card.grid
        (51, 51, 25)
    """
    path, recipe = existing(path), model(name)
    remedy = _remedy(name)
    try:
        with safe_open(path, "pt") as file:
            card = _card(path, (file.metadata() or {}).get("card"), recipe, remedy)
            with reading(path), torch.random.fork_rng([]), torch.device("meta"):
                network = recipe.network(card)
            expected = network.state_dict()
            names = set(file.keys())
            for weight in sorted(names ^ set(expected)):
                word = "is missing" if weight in expected else "has no place in this network"
                raise InputError(f"the weight {weight!r} {word}", file=path, remedy=remedy)
            for weight, value in expected.items():
                shape = file.get_slice(weight).get_shape()
                if shape != list(value.shape):
                    raise InputError(
                        f"the weight {weight!r} has the shape {shape}, not {list(value.shape)}",
                        file=path,
                        remedy=remedy,
                    )
            weights = {weight: file.get_tensor(weight) for weight in names}
    except (OSError, SafetensorError) as error:
        raise _unreadable(path, name, error) from None
    for weight, value in weights.items():
        if value.dtype != expected[weight].dtype:
            text = f"the weight {weight!r} holds {value.dtype}, not {expected[weight].dtype}"
            raise InputError(text, file=path, remedy=remedy)
        if not bool(torch.isfinite(value).all()) or (weight.endswith("running_var") and bool((value < 0).any())):
            raise InputError(f"the weight {weight!r} is not finite", file=path, remedy=remedy)
    network.load_state_dict(weights, assign=True)
    return Trained(network.eval(), card, sha256(path))


def model_of(path: str | Path) -> str:
    """The model that a file is of, as its card says; empty if it has no card.

    Raises:
        InputError: there is no such file, or it is damaged or no safetensors file.

    Example:
        >>> model_of(model("shower-gan").shipped)
        'shower-gan'
    """
    path = existing(path)
    try:
        with safe_open(path, "pt") as file:
            return _named((file.metadata() or {}).get("card") or "")
    except (OSError, SafetensorError) as error:
        raise _unreadable(path, "NAME", error) from None


def _unreadable(path: Path, name: str, error: Exception) -> InputError:
    if _looks_like_a_pickle(path):
        text = "this looks like a pickle, which can run any code and is never opened"
        return InputError(text, file=path, remedy=f"use a safetensors file: eventspace train {name} writes one")
    reason = str(error).split("\n")[0]
    return InputError(f"this is no safetensors file, or damaged ({reason})", file=path, remedy=_remedy(name))


def _use(name: str) -> str:
    if name in GENERATORS:
        return f"generate {name}"
    if name in EMBEDDINGS:
        return "distances --metric learned-transport --file"
    return "encode --model" if name in ENCODERS else "cluster --model"


def _a(name: str) -> str:
    """A name with its article."""
    return f"{'an' if name[0] in 'aei' else 'a'} {name}"


def _remedy(name: str) -> str:
    return f"make it with eventspace train {name}, or copy it again"


def _card(path: Path, text: str | None, recipe: Recipe, remedy: str) -> ModelCard:
    if text is None:
        raise InputError("it holds no model card", file=path, remedy=remedy)
    other = _named(text)
    if other in MODELS and other != recipe.name:
        use = f"use it with eventspace {_use(other)}, or "
        raise InputError(f"this is {_a(other)}, not {_a(recipe.name)}", file=path, remedy=f"{use}name another file")
    try:
        return recipe.card.model_validate_json(text)
    except ValidationError as error:
        fault = error.errors()[0]
        place = ".".join(str(part) for part in fault["loc"])
        reason = f"{place}: {fault['msg']}" if place else fault["msg"].removeprefix("Value error, ")
        raise InputError(f"its model card is wrong ({reason})", file=path, remedy=remedy) from None


def _named(card: str) -> str:
    """What the card says it is of; what is wrong with it otherwise is found out later."""
    try:
        return str(json.loads(card)["model"])
    except (ValueError, TypeError, KeyError, RecursionError):
        return ""


def _looks_like_a_pickle(path: Path) -> bool:
    """Asked only of files that cannot be opened: a good one may begin with any byte."""
    with path.open("rb") as file:
        start = file.read(2)
    return start == b"PK" or start[:1] == b"\x80"
