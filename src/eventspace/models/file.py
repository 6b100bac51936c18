"""The file of a trained generator: its weights and, beside them, a card that says what it is and how it came to be."""

import math
from pathlib import Path
from typing import Annotated, Literal

import torch
from pydantic import BaseModel, ConfigDict, Field, ValidationError
from safetensors import SafetensorError, safe_open
from safetensors.torch import save

from eventspace.base.errors import InputError
from eventspace.base.files import atomic
from eventspace.events.reading import existing
from eventspace.models.showers.gan import Generator

__all__ = ["ModelCard", "load_generator", "save_generator"]

_REMEDY = "make it with eventspace train shower-gan, or copy it again"
_Cells = Annotated[int, Field(ge=1, le=1024)]
_MOST_CELLS = 1 << 24


class ModelCard(BaseModel):
    """What a user of a generator must know; JSON under the key ``card`` of the file's metadata.

    Attributes:
        model: the kind of network.
        version: of this card.
        grid: cells along x, y and z.
        window: cells in the middle of the grid that the network makes; the others stay empty.
        latent: random numbers a shower is made from.
        cell_unit: GeV in one unit of the cells that the network makes.
        threshold: cells below this many GeV are dropped, as they were in the training showers.
        energy_range: smallest and largest energy of the primary particle in the training, in GeV.
        showers: how many showers it was trained on.
        data: SHA-256 digest of their cells and energies.
        steps: steps of training done.
        batch: showers a step.
        seed: of the training.
        command: what started the training.
        versions: of the packages.
        initial: SHA-256 digest of the state of the earlier training that it began with, if there was one.
    """

    model_config = ConfigDict(frozen=True, extra="forbid", allow_inf_nan=False)

    model: Literal["shower-gan"] = "shower-gan"
    version: Literal[1] = 1
    grid: tuple[_Cells, _Cells, _Cells]
    window: tuple[_Cells, _Cells, _Cells]
    latent: int = Field(ge=1, le=65536)
    cell_unit: float = Field(gt=0)
    threshold: float = Field(ge=0)
    energy_range: tuple[Annotated[float, Field(gt=0)], Annotated[float, Field(gt=0)]]
    showers: int = Field(ge=1)
    data: str
    steps: int = Field(ge=0)
    batch: int = Field(ge=1)
    seed: int = Field(ge=0)
    command: tuple[str, ...]
    versions: dict[str, str]
    initial: str = ""


def save_generator(path: str | Path, generator: Generator, card: ModelCard) -> None:
    """Write a generator and its card to a safetensors file that appears whole or not at all.

    Raises:
        InputError: the folder does not exist.
    """
    tensors = {name: value.detach().cpu().contiguous() for name, value in generator.state_dict().items()}
    with atomic(path) as temporary:
        temporary.write_bytes(save(tensors, metadata={"card": card.model_dump_json()}))


def load_generator(path: str | Path) -> tuple[Generator, ModelCard]:
    """Read a generator, ready to make showers, and its card.

    Nothing in the file is executed: it holds numbers and text. What they say is checked before memory is taken.

    Raises:
        InputError: there is no such file, it is damaged or no safetensors file, its card or its weights do not fit, or
            a weight is not finite.
    """
    path = existing(path)
    try:
        with safe_open(path, "pt") as file:
            card = _card(path, (file.metadata() or {}).get("card"))
            with torch.device("meta"):
                generator = Generator(card.window, card.latent)
            expected = generator.state_dict()
            names = set(file.keys())
            for name in sorted(names ^ set(expected)):
                word = "is missing" if name in expected else "has no place in this network"
                raise InputError(f"the weight {name!r} {word}", file=path, remedy=_REMEDY)
            for name, value in expected.items():
                shape = file.get_slice(name).get_shape()
                if shape != list(value.shape):
                    raise InputError(
                        f"the weight {name!r} has the shape {shape}, not {list(value.shape)}", file=path, remedy=_REMEDY
                    )
            weights = {name: file.get_tensor(name) for name in names}
    except (OSError, SafetensorError) as error:
        if _looks_like_a_pickle(path):
            raise InputError(
                "this looks like a pickle, which can run any code and is never opened",
                file=path,
                remedy="use a safetensors file: eventspace train shower-gan writes one",
            ) from None
        reason = str(error).split("\n")[0]
        raise InputError(f"this is no safetensors file, or damaged ({reason})", file=path, remedy=_REMEDY) from None
    for name, value in weights.items():
        if value.dtype != expected[name].dtype:
            text = f"the weight {name!r} holds {value.dtype}, not {expected[name].dtype}"
            raise InputError(text, file=path, remedy=_REMEDY)
        if not bool(torch.isfinite(value).all()) or (name.endswith("running_var") and bool((value < 0).any())):
            raise InputError(f"the weight {name!r} is not finite", file=path, remedy=_REMEDY)
    generator.load_state_dict(weights, assign=True)
    return generator.eval(), card


def _card(path: Path, text: str | None) -> ModelCard:
    if text is None:
        raise InputError("it holds no model card", file=path, remedy=_REMEDY)
    try:
        card = ModelCard.model_validate_json(text)
    except ValidationError as error:
        fault = error.errors()[0]
        place = ".".join(str(part) for part in fault["loc"])
        raise InputError(f"its model card is wrong ({place}: {fault['msg']})", file=path, remedy=_REMEDY) from None
    fits = all(window <= cells for window, cells in zip(card.window, card.grid, strict=True))
    if not fits or math.prod(card.grid) > _MOST_CELLS or card.energy_range[0] > card.energy_range[1]:
        raise InputError("its model card is wrong (grid, window or energy_range)", file=path, remedy=_REMEDY)
    return card


def _looks_like_a_pickle(path: Path) -> bool:
    """Asked only of files that cannot be opened: a good one may begin with any byte."""
    with path.open("rb") as file:
        start = file.read(2)
    return start == b"PK" or start[:1] == b"\x80"
