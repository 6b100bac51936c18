"""The command ``encode``."""

from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from eventspace.base.errors import InputError
from eventspace.base.progress import progress
from eventspace.events.base import Events
from eventspace.events.native import chunks, count, writer
from eventspace.events.points import Points
from eventspace.events.target import target

if TYPE_CHECKING:
    from eventspace.models.recipe import EncoderRecipe, Trained

__all__ = ["encode"]

_CHUNK = 2000  # events


def encode(events: Path, out: Path, /, *, model: Path, device: str = "auto", overwrite: bool = False) -> None:
    """Write where events lie in the latent space of a trained autoencoder, as points.

    The points are the most probable places, in the coordinates of the latent space: one for each category, 1 for the
    most probable and 0 for the others; those of a unit vector for a sphere. The number of the category, from 1, stands
    in the column category, beside the probabilities category1, category2, and so on. The column kl has what is kept
    of each event, in nats; a plain autoencoder has none. Labels and other columns of the events follow. All that
    eventspace does with points it does with these: topology, mapper, dimension.

    For example: eventspace encode jets.h5 places.h5 --model runs/vae/model.safetensors

    Args:
        events: Eventspace file of the kind that the network has learned from.
        out: The eventspace file to write.
        model: model.safetensors in the run directory of eventspace train cloud-vae, or one of RUN/networks of
            eventspace representation.
        device: cpu, cuda, or auto for a GPU if there is one.
        overwrite: Replace a file that eventspace did not write.
    """
    from eventspace.models.file import load, model_of
    from eventspace.models.registry import ENCODERS, encoder

    name = model_of(model)
    if name not in ENCODERS:
        what = f"a {name}" if name else "no model of eventspace"
        raise InputError(f"this is {what}, not an encoder", file=model, remedy=f"give a {' or '.join(ENCODERS)}")
    recipe, trained = encoder(name), load(model, name)
    if not count(events):
        raise InputError("it holds no events", file=events, remedy="name another file")
    out, done = target(out, [events, model], overwrite=overwrite), 0
    with writer(out) as file, progress("encoding", count(events), "events") as advance:
        for part in chunks(events, _CHUNK):
            try:
                file.append(_places(recipe, trained, part, device))
            except InputError as error:
                raise error if error.file else error.at(events, first=done) from None
            done += len(part)
            advance(len(part))
    print(f"{out}: the places of {done} events in {trained.card.latent}")


def _places(recipe: "EncoderRecipe", trained: "Trained", events: Events, device: str) -> Points:
    found = recipe.places(trained, events, device=device)
    category = found.probabilities.argmax(axis=1)
    columns = {}
    if getattr(trained.card, "variational", True):
        columns["kl"] = found.kl.sum(axis=1).astype(np.float64)
    if found.probabilities.shape[1] > 1:
        columns["category"] = category + 1
        columns |= {f"category{k + 1}": each.astype(np.float64) for k, each in enumerate(found.probabilities.T)}
    if taken := sorted(set(columns) & set(events.per_event)):
        text = f"the events have a column {taken[0]!r} already"
        raise InputError(text, remedy="encode a file without it, or use encoder(...).places in Python")
    points = Points(
        values=found.points[np.arange(len(events)), category].astype(np.float64),
        per_event={**events.per_event, **columns},
        seed=events.seed,
        origin=f"places in {trained.card.latent} by {trained.card.model}, sha256 {trained.digest[:16]}, "
        f"of: {events.origin}",
    )
    units = {name: unit for name, unit in events.units.items() if name in events.per_event}
    return replace(points, units=units | ({"kl": "nats"} if "kl" in columns else {}))
