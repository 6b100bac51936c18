"""All models by name, with a line that says what each is. A new model is one file and one line here.

The file is ``models/NAME.py`` and holds ``MODEL``; parts that several models share are in the folders beside it. It is
loaded when it is asked for. A training is judged by the file in ``studies/training`` that the recipe names, with
figures of the same name in ``report/training``.
"""

from dataclasses import replace
from importlib import import_module
from typing import TYPE_CHECKING, cast

from eventspace.base.errors import InputError

if TYPE_CHECKING:
    from eventspace.models.recipe import ClusteringRecipe, EmbeddingRecipe, EncoderRecipe, GeneratorRecipe, Recipe

__all__ = [
    "CLUSTERINGS",
    "EMBEDDINGS",
    "ENCODERS",
    "GENERATORS",
    "MODELS",
    "clustering",
    "embedding",
    "encoder",
    "generator",
    "model",
]

GENERATORS = {
    "shower-gan": "A 3D convolutional GAN of calorimeter showers.",
    "point-gan": "A small Wasserstein GAN of points.",
    "point-vae": "A small variational autoencoder of points.",
    "point-flow": "A small normalising flow of points.",
}
"""Those that make events."""

CLUSTERINGS = {
    "unet": "Colours the map of an event, a colour for each jet, with or without a random field.",
    "ranker": "Chooses among the ways to merge the protojets of the Durham algorithm.",
}
"""Those that say which particle belongs to which jet."""

ENCODERS = {
    "cloud-vae": "A variational autoencoder of jets, whose error is a transport distance.",
    "image-vae": "A convolutional autoencoder of jet images, variational or plain.",
}
"""Those that give each event a place in a space of few dimensions."""

EMBEDDINGS = {
    "embedding": "Jets as points whose Euclidean distance is close to the transport distance.",
}
"""Those that give each event a point whose distances stand for another distance."""

MODELS = GENERATORS | CLUSTERINGS | ENCODERS | EMBEDDINGS


def model(name: str) -> "Recipe":
    """The model of this name.

    Raises:
        InputError: there is none.
        MissingExtraError: torch is not installed, or another package that the model needs.

    Example:
        >>> model("point-gan").kinds
        'points'
    """
    if name not in MODELS:
        raise InputError(f"there is no model {name!r}", remedy=f"choose from {', '.join(MODELS)}")
    import_module("eventspace.models.extra")
    found: Recipe = import_module(f"eventspace.models.{name.replace('-', '_')}").MODEL
    return replace(found, name=name)


def generator(name: str) -> "GeneratorRecipe":
    """The model of this name, of those that make events.

    Raises:
        InputError: there is none.
        MissingExtraError: as for :func:`model`.

    Example:
        >>> generator("point-gan").unit
        'points'
    """
    if name not in GENERATORS:
        raise InputError(f"there is no generator {name!r}", remedy=f"choose from {', '.join(GENERATORS)}")
    return cast("GeneratorRecipe", model(name))


def clustering(name: str) -> "ClusteringRecipe":
    """The model of this name, of those that say which particle belongs to which jet.

    Raises:
        InputError: there is none.
        MissingExtraError: as for :func:`model`.

    Example:
        >>> clustering("ranker").kinds
        'collisions'
    """
    if name not in CLUSTERINGS:
        raise InputError(f"there is no clustering {name!r}", remedy=f"choose from {', '.join(CLUSTERINGS)}")
    return cast("ClusteringRecipe", model(name))


def encoder(name: str) -> "EncoderRecipe":
    """The model of this name, of those that give each event a place.

    Raises:
        InputError: there is none.
        MissingExtraError: as for :func:`model`.

    Example:
        >>> encoder("cloud-vae").kinds
        'particles or points'
    """
    if name not in ENCODERS:
        raise InputError(f"there is no encoder {name!r}", remedy=f"choose from {', '.join(ENCODERS)}")
    return cast("EncoderRecipe", model(name))


def embedding(name: str) -> "EmbeddingRecipe":
    """The model of this name, of those whose points have the distances of something else.

    Raises:
        InputError: there is none.
        MissingExtraError: as for :func:`model`.

    Example:
        >>> embedding("embedding").kinds
        'particles'
    """
    if name not in EMBEDDINGS:
        raise InputError(f"there is no embedding {name!r}", remedy=f"choose from {', '.join(EMBEDDINGS)}")
    return cast("EmbeddingRecipe", model(name))
