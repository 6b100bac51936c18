"""Does a network see the geometry of transport? Distances at each of its layers beside those of the jets."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from eventspace.base.work import Work
from eventspace.distances.engine.pairwise import matrix
from eventspace.events.particles import ParticleClouds
from eventspace.statistics.distance_correlation import correlation_of_distances, difference_of_correlations
from eventspace.statistics.number import Number
from eventspace.statistics.splits import over_splits
from eventspace.studies.anomaly.networks import Group

if TYPE_CHECKING:
    from eventspace.models.recipe import Trained

__all__ = ["COMPARED", "geometry_numbers"]

_SAME = 1e-5  # of the largest value: differences below are rounding in single precision

COMPARED = ("input", "untrained", "pca", "blur")
"""What the latent space is compared with: the images, and the controls."""

Floats = NDArray[np.float64]


def geometry_numbers(
    jets: ParticleClouds, raw: ParticleClouds, groups: Sequence[Group], config: Any, work: Work
) -> tuple[dict[str, Number], dict[str, NDArray[Any]]]:
    """Correlations of Euclidean distances with transport distances, over all pairs of some jets of the background.

    ``correlation.input.p1`` is that of the images, pixel by pixel; ``correlation.block1.p1`` to
    ``correlation.latent.p1`` those of the layers of the encoder; and the controls: ``untrained`` is the latent space of
    the same network before training, ``pca`` that of the principal components of the images, as many as latents, and
    ``blur`` the images with means over as many pixels as the blocks take. ``.spearman`` at the end: of the ranks.
    ``correlation.latent.mse`` is with the mean squared difference of the pixels instead of transport.
    ``correlation-gain.untrained.p1`` is by how much ``correlation.latent.p1`` exceeds ``correlation.untrained.p1``, and
    so for the images and all controls.

    Arguments:
        jets: preprocessed.
        raw: the same jets as they were given.
        groups: networks; those without layers are left out.
        config: of the study.
        work: how to work.

    Returns:
        Numbers, and for the figure the distances of all pairs; none, if no network has layers.
    """
    from eventspace.models.jets.image_network import ImageNetwork

    numbers: dict[str, Number] = {}
    arrays: dict[str, NDArray[Any]] = {}
    if not any(isinstance(trained.network, ImageNetwork) for group in groups for trained in group.trained):
        return numbers, arrays
    pairs = np.triu_indices(len(jets), 1)
    exact = {
        f"p{p:g}": matrix(config.transport(p), jets, **work.engine(f"geometry.p{p:g}")) for p in config.correlated_p
    }
    for group in groups:
        suffix = "" if len(groups) == 1 else f".{group.name}"
        found: dict[str, list[Floats]] = {}
        for trained in group.trained:
            for layer, distances in _distances(trained, raw, config.seed):
                found.setdefault(layer, []).append(distances)
        found = {layer: each for layer, each in found.items() if len(each) == len(group.trained)}
        if not found:
            continue  # a network without images has no such layers
        for layer, each in found.items():
            for name, kind, number in _numbers(layer, found, exact, config.level):
                numbers[f"{name}{suffix}{kind}"] = number
            arrays[f"geometry.{layer}{suffix}"] = each[0][pairs]
        arrays[f"geometry.layers{suffix}"] = np.array(list(found))
    arrays |= {f"geometry.{p}": distances[pairs] for p, distances in exact.items()}
    return numbers, arrays


def _numbers(
    layer: str, found: Mapping[str, list[Floats]], exact: Mapping[str, Floats], level: float
) -> Iterator[tuple[str, str, Number]]:
    """Name, its end behind that of the group, and mean over the trainings of what is asked of one layer."""
    each = found[layer]
    others = {power: [distances] * len(each) for power, distances in exact.items()}
    if layer != "input":
        others["mse"] = [images**2 for images in found["input"]]  # up to a factor
    for power, distances in others.items():
        pairs = list(zip(each, distances, strict=True))
        both = [correlation_of_distances(one, other, level) for one, other in pairs]
        yield f"correlation.{layer}.{power}", "", _mean([one.pearson for one in both], 1)
        yield f"correlation.{layer}.{power}", ".spearman", _mean([one.spearman for one in both], 1)
        if layer in COMPARED and power in exact and "latent" in found:
            gains = [
                difference_of_correlations(latent, one, other, level)
                for latent, (one, other) in zip(found["latent"], pairs, strict=True)
            ]
            yield f"correlation-gain.{layer}.{power}", "", _mean(gains, 2)


def _mean(trainings: Sequence[Number], most: float) -> Number:
    """Over trainings, with what is to be said of one of them; its absolute value is at most that given."""
    found = over_splits(trainings, within=(-most, most))
    notes = dict.fromkeys(note for note in (found.note, *(one.note for one in trainings)) if note)
    return replace(found, note="; ".join(notes))


def _distances(trained: "Trained", raw: ParticleClouds, seed: int) -> Iterator[tuple[str, Floats]]:
    """Name and Euclidean distances of each representation of the jets in which they differ."""
    from scipy.spatial.distance import pdist, squareform

    for name, values in _representations(trained, raw, seed).items():
        flat = values.reshape(len(values), -1).astype(np.float64)
        if np.ptp(flat, axis=0).max() > _SAME * np.abs(flat).max():
            yield name, squareform(pdist(flat))


def _representations(trained: "Trained", raw: ParticleClouds, seed: int) -> Mapping[str, NDArray[Any]]:
    import torch
    from sklearn.decomposition import PCA
    from torch.nn import functional

    from eventspace.models.image_vae import MODEL, images_of
    from eventspace.models.jets.image_network import ImageNetwork
    from eventspace.models.processes import one_thread

    network, card = trained.network, trained.card
    if not isinstance(network, ImageNetwork):
        return {}
    values = images_of(raw, card).values
    images = torch.from_numpy(values)
    with torch.random.fork_rng([]), torch.inference_mode(), one_thread():
        torch.manual_seed(seed + card.seed)
        untrained = MODEL.network(card)
        assert isinstance(untrained, ImageNetwork)
        layers = {name: each.numpy() for name, each in network.cpu().layers(images).items()}
        before = untrained.layers(images)["latent"].numpy()
        blurred = functional.avg_pool2d(images[:, None], 2**card.blocks).numpy()
    flat = values.reshape(len(values), -1).astype(np.float64)
    components = min(int(card.latent[1:]), len(flat) - 1, flat.shape[1])
    main = PCA(components, svd_solver="full").fit_transform(flat)
    return {"input": values, **layers, "untrained": before, "pca": main, "blur": blurred}
