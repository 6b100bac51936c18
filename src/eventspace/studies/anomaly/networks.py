"""How unlike its training events an event is to an autoencoder: what it cannot reconstruct, and where it lies."""

from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np
from numpy.typing import NDArray
from sklearn.neighbors import NearestNeighbors

from eventspace.base.errors import InputError
from eventspace.events.particles import ParticleClouds
from eventspace.studies.anomaly.scores import Score, Task
from eventspace.studies.samples import place

if TYPE_CHECKING:
    from eventspace.models.recipe import EncoderRecipe, Trained

__all__ = ["SHIPPED", "Group", "groups_of", "named_together", "network_scores"]

_WEIGHTS = Path(__file__).parents[2] / "models" / "weights"

SHIPPED = {kind: _WEIGHTS / f"images-{kind}" for kind in ("qcd-jets", "top-jets")}
"""Networks that come with eventspace, by what they have learned from."""

_NAMED = (
    "blocks",
    "convolutions",
    "beta",
    "normalisation",
    "latent",
    "width",
    "eps",
    "particles",
    "pixels",
)  # where groups differ
_KEPT, _STATE = "model.safetensors", "state.safetensors"  # in the run directory of a training
_NEAREST = 10  # events of the reference whose distance in the latent space is a score, if none is chosen

Floats = NDArray[np.float64]


class Group(NamedTuple):
    """Trainings of the same network on the same kind of events, with other seeds.

    Attributes:
        name: in the numbers: ``vae``.
        recipe: of the model.
        trained: the networks.
        files: where they came from.
    """

    name: str
    recipe: "EncoderRecipe"
    trained: Sequence["Trained"]
    files: Sequence[Path]


def groups_of(files: Sequence[Path], learned: ParticleClouds, role: str) -> list[Group]:
    """Networks from files, those that differ in their seeds alone together.

    Arguments:
        files: of trained encoders, run directories of their trainings, or names of those that come with eventspace.
        learned: the events of the role that they have to have learned from, or rather from others like them.
        role: the name of that role.

    Raises:
        InputError: a file is no encoder of jets, or has learned from these very events; a folder holds none.
    """
    from eventspace.models.file import load, model_of
    from eventspace.models.registry import ENCODERS, encoder

    found: dict[tuple[Any, ...], list[tuple[Trained, Path]]] = {}
    for file in (file for named in files for file in _files(named)):
        name = model_of(file)
        if name not in ENCODERS:
            what = f"a {name}" if name else "no model of eventspace"
            raise InputError(f"this is {what}", file=file, remedy=f"give a trained {' or '.join(ENCODERS)}")
        trained = load(file, name)
        if ParticleClouds not in encoder(name).learns_from or not getattr(trained.card, "jets", True):
            raise InputError("this network has not learned from jets", file=file, remedy="give one that has")
        if trained.card.data == encoder(name).data(learned, trained.card):
            text = f"{file} has learned from these events"
            raise InputError(text, file=place(role), remedy="score others of the same kind")
        found.setdefault(_key(name, trained), []).append((trained, file))
    names = _names(list(found))
    return [
        Group(name, encoder(str(key[0])), *map(list, zip(*members, strict=True)))
        for name, (key, members) in zip(names, found.items(), strict=True)
    ]


def named_together(tasks: Mapping[str, list[Group]]) -> dict[str, list[Group]]:
    """The groups of both tasks, so that the same kind of network has the same name in both."""
    keys = [_key(group.recipe.name, group.trained[0]) for groups in tasks.values() for group in groups]
    unique = list(dict.fromkeys(keys))
    names = iter([dict(zip(unique, _names(unique), strict=True))[key] for key in keys])
    return {task: [group._replace(name=next(names)) for group in groups] for task, groups in tasks.items()}


def _files(named: Path) -> list[Path]:
    """Of one training, of several, or those that ship."""
    folder = SHIPPED.get(str(named), named)
    if not folder.is_dir():
        return [folder]
    if found := sorted([*folder.glob("*.safetensors"), *folder.glob(f"*/{_KEPT}")]):
        return [file for file in found if file.name != _STATE]
    remedy = f"give run directories of eventspace train, files, or {' or '.join(SHIPPED)}"
    raise InputError("there are no networks in this folder", file=named, remedy=remedy)


def network_scores(task: Task, groups: Sequence[Group], k: int) -> Iterator[tuple[str, list[Score]]]:
    """For each group, the scores of each of its trainings.

    ``vae`` is the loss of an event, as in the training; ``vae.reconstruction`` and ``vae.kl`` are its parts, and
    ``vae.latent`` is the mean Euclidean distance in the latent space to the k nearest events of the reference. All are
    at the most probable place, so that no score is random.

    Arguments:
        task: what is scored.
        groups: networks that have learned from ordinary events.
        k: neighbours.
    """
    from eventspace.models.jets.errors import reconstructed

    reference, *scored = task.raw
    for group in groups:
        found: dict[str, list[Score]] = {}
        for trained in group.trained:
            each = [reconstructed(group.recipe, trained, events, seed=None) for events in scored]
            error = np.concatenate([one.squared for one in each])
            kl = np.concatenate([one.encoded.kl.sum(axis=1, dtype=np.float64) for one in each])
            near = NearestNeighbors(n_neighbors=k or _NEAREST).fit(_places(group.recipe.places(trained, reference)))
            latent = np.concatenate([near.kneighbors(_places(one.encoded))[0].mean(axis=1) for one in each])
            scores = {"": group.recipe.total(trained.card, error, kl), ".reconstruction": error, ".latent": latent}
            if kl.any():
                scores[".kl"] = kl
            for part, values in scores.items():
                name = f"{group.name}{part}"
                found.setdefault(name, []).append(Score(name, np.asarray(values, dtype=np.float64)))
        yield from found.items()


def _places(encoded: Any) -> Floats:
    """(n, coordinates) of the most probable category."""
    category = encoded.probabilities.argmax(axis=1)
    return np.asarray(encoded.points[np.arange(len(category)), category], dtype=np.float64)


def _key(name: str, trained: "Trained") -> tuple[Any, ...]:
    return (name, *sorted(_kind(trained.card).items()))


def _kind(card: Any) -> dict[str, Any]:
    """What trainings of one group have in common."""
    return {name: getattr(card, name) for name in (*_NAMED, "variational", "loss_of") if hasattr(card, name)}


def _names(keys: Sequence[tuple[Any, ...]]) -> list[str]:
    """A short name for each group; where two would have the same, with what they differ in."""
    kinds = [dict(key[1:]) for key in keys]
    short = [_short(str(key[0]), kind) for key, kind in zip(keys, kinds, strict=True)]
    names = []
    for name, kind in zip(short, kinds, strict=True):
        alike = [other for other, its in zip(kinds, short, strict=True) if its == name]
        differ = [field for field in _NAMED if len({str(other.get(field)) for other in alike}) > 1]
        words = [
            f"{field}{kind[field]:g}" if isinstance(kind[field], float) else f"{field}{kind[field]}" for field in differ
        ]
        names.append(".".join([name, *words]).replace(" ", ""))
    return names


def _short(model: str, kind: dict[str, Any]) -> str:
    if model != "image-vae":
        return model.replace("-", "")
    name = "vae" if kind["variational"] else "autoencoder"
    return name if kind["loss_of"] == "mse" else f"{name}transport"
