"""What the latents of a trained autoencoder mean: events made along each, places of events, and reconstructions."""

import itertools
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from eventspace.events.base import Events
from eventspace.events.features import features
from eventspace.events.particles import ParticleClouds
from eventspace.statistics.mutual_information import mutual_information

if TYPE_CHECKING:
    from eventspace.models.recipe import EncoderRecipe, Trained

__all__ = ["MOST_PATHS", "looks", "looks_of"]

MOST_PATHS = 4
"""Latents along which events are made: those that keep most."""

_STEPS = 7  # events along each
_ANGLES = 100  # events at which the angles between latents are measured
_TINY = 1e-300
_LEAST = 1e-6  # n-subjettiness, that is divided by
_STEP = 0.25  # standard deviations of the prior, along a latent
_ACTIVE = 0.05  # nats that a latent keeps at least, for an angle
_SHOWN = 200  # events beside their reconstructions


def looks(recipe: "EncoderRecipe", trained: "Trained", events: Events, seed: int) -> dict[str, NDArray[Any]]:
    """What figures of the latents are drawn from.

    Arguments:
        recipe: of the autoencoder.
        trained: one.
        events: n, that it has not learned from.
        seed: of the permutations.

    Returns:
        points: (n, coordinates) the most probable places, for the most probable category, with the names of the
            coordinates; and category (n,).
        observables: (n, observables) with their names; mutual: (coordinates, observables) the mutual information of
            each coordinate of a random place with each, in nats, and the threshold that chance exceeds in 5% of
            samples.
        latents: (paths,) names of those that keep most, and along each path.NAME.weight, path.NAME.position of the
            events that are made there.
        cosines: (events, pairs) of the angles between the directions in which two latents of R change an event, from
            the distances of three events, cos = (a^2 + b^2 - c^2) / (2 a b); and the names of the pairs.
        event.weight, event.position, reconstruction.weight, reconstruction.position: of some events.
    """
    from eventspace.models.jets.clouds import clouds_of
    from eventspace.models.jets.latents.space import latent_space

    card, space = trained.card, latent_space(trained.card.latent)
    device = str(next(trained.network.parameters()).device)
    encoded = recipe.places(trained, events, device=device)
    category = encoded.probabilities.argmax(axis=1)
    points = encoded.points[np.arange(len(events)), category]
    found: dict[str, NDArray[Any]] = {"points": points, "category": category}
    found["points.names"] = np.array(_names(space))
    observed = _observables(events)
    found["observables"] = np.column_stack(list(observed.values()))
    found["observables.names"] = np.array(list(observed))
    # At random places: the most probable one of a latent that keeps nothing still follows the event, however little.
    random = recipe.places(trained, events, seed=seed, device=device).points[np.arange(len(events)), category]
    told = mutual_information(random, found["observables"], seed=seed)
    found |= {"mutual": told.values, "mutual.threshold": told.threshold}

    usual = int(np.bincount(category).argmax())
    order = [k for k in np.argsort(-encoded.kl.mean(axis=0), kind="stable") if not _is_category(space, int(k))]
    found["paths"] = np.array([space.latents[k] for k in order[:MOST_PATHS]])
    for k in order[:MOST_PATHS]:
        made = recipe.events_at(trained, _path(space, int(k), usual), device=device)
        clouds = clouds_of(made, (), card.particles)
        found |= _cloud(f"path.{space.latents[k]}", clouds)
    found |= _cosines(recipe, trained, points[:_ANGLES], encoded.kl.mean(axis=0), device)
    some = slice(0, _SHOWN)
    found |= _cloud("event", clouds_of(events[some], card.preprocessing_steps, card.hardest))
    made = recipe.events_at(trained, points[some], device=device)
    found |= _cloud("reconstruction", clouds_of(made, (), card.particles))
    return found


def looks_of(network: Path, events: Events, device: str, seed: int) -> dict[str, NDArray[Any]]:
    """The same, with the network in a file."""
    from eventspace.models.file import load
    from eventspace.models.processes import chosen_device
    from eventspace.models.registry import encoder

    recipe, trained = encoder("cloud-vae"), load(network, "cloud-vae")
    return looks(recipe, trained._replace(network=trained.network.to(chosen_device(device))), events, seed)


def _observables(events: Events) -> dict[str, NDArray[np.float64]]:
    """What physicists look at in a jet; the coordinates of points."""
    found = features(events)
    if isinstance(events, ParticleClouds):
        chosen = {name: found[name] for name in ("particles", "width", "largest fraction")}
        return {"mass / pt": found["mass"] / found["pt"], **_prongs(events), **chosen}
    return found


def _prongs(jets: ParticleClouds) -> dict[str, NDArray[np.float64]]:
    """Ratios of n-subjettiness, about axes of the exclusive kt algorithm; without fastjet there are none."""
    if find_spec("fastjet") is None:
        return {}
    from eventspace.events.subjettiness import subjettiness

    tau = [subjettiness(jets, axes) for axes in (1, 2, 3)]
    names = ("tau2 / tau1", "tau3 / tau2")
    return {name: tau[k + 1] / np.maximum(tau[k], _LEAST) for k, name in enumerate(names)}


def _cosines(
    recipe: "EncoderRecipe", trained: "Trained", points: NDArray[np.float32], kl: NDArray[Any], device: str
) -> dict[str, NDArray[Any]]:
    """Angles between those latents of R that keep most."""
    from eventspace.distances.engine.pairs import listed
    from eventspace.models.jets.errors import metric_of
    from eventspace.models.jets.latents.space import latent_space

    space, rows, metric = latent_space(trained.card.latent), np.arange(len(points)), metric_of(trained.card.jets)
    place = {name: column for column, name in enumerate(_names(space)) if name in space.latents}
    used = [k for k in np.argsort(-kl, kind="stable") if space.latents[k] in place and kl[k] > _ACTIVE][:MOST_PATHS]
    here = recipe.events_at(trained, points, device=device)
    there = {}
    for k in used:
        moved = points.copy()
        moved[:, place[space.latents[k]]] += _STEP
        there[k] = recipe.events_at(trained, moved, device=device)

    def apart(one: Events, other: Events) -> NDArray[np.float64]:
        return listed(metric, one, rows, rows, other, show_progress=False)

    pairs = list(itertools.combinations(used, 2))
    away = {k: apart(here, there[k]) for k in used}
    cosines = [
        (away[i] ** 2 + away[j] ** 2 - apart(there[i], there[j]) ** 2) / np.maximum(2 * away[i] * away[j], _TINY)
        for i, j in pairs
    ]
    names = [f"{space.latents[i]} {space.latents[j]}" for i, j in pairs]
    return {
        "cosines": np.array(cosines).reshape(len(pairs), len(points)).T,
        "cosines.names": np.array(names, dtype=str),
    }


def _names(space: Any) -> list[str]:
    """Of the coordinates of a point."""
    names = [f"category {k + 1}" for k in range(space.categories)] if space.categories > 1 else []
    latents = iter(space.latents[space.categories > 1 :])
    for factor in space.factors:
        mine = [next(latents) for _ in range(factor.latents)]
        several = factor.coordinates == factor.latents
        names += mine if several else [f"{mine[0]}, coordinate {k + 1}" for k in range(factor.coordinates)]
    return names


def _is_category(space: Any, latent: int) -> bool:
    return space.categories > 1 and latent == 0


def _path(space: Any, latent: int, category: int) -> NDArray[np.float32]:
    import torch

    return np.asarray(space.path(latent, torch.linspace(-1, 1, _STEPS), category).numpy(), dtype=np.float32)


def _cloud(name: str, clouds: Any) -> dict[str, NDArray[Any]]:
    return {f"{name}.weight": clouds.weight, f"{name}.position": clouds.position}
