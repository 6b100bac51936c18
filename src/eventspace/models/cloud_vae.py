"""A variational autoencoder of jets, whose reconstruction error is a transport distance; of points as well."""

import hashlib
from typing import Any, Literal, Self

import numpy as np
import torch
from numpy.typing import NDArray
from pydantic import Field, FiniteFloat, PositiveFloat, field_validator, model_validator
from torch import Tensor
from torch.optim import Adam

from eventspace.base.errors import InputError
from eventspace.events.base import Events
from eventspace.events.particles import ParticleClouds
from eventspace.events.points import Points
from eventspace.models.batches import Batches, check_batch
from eventspace.models.held_back import split
from eventspace.models.jets.cloud_network import CloudNetwork
from eventspace.models.jets.clouds import Clouds, clouds_of, events_of, own_distance, squared_distance
from eventspace.models.jets.errors import squared_errors
from eventspace.models.jets.latents.space import latent_space
from eventspace.models.processes import Processes, one_thread
from eventspace.models.rates import cosine_rate
from eventspace.models.recipe import Encoded, EncoderRecipe, ModelCard, Trained, Training, TrainingConfig
from eventspace.models.training import descend

__all__ = ["MODEL", "CloudCard", "CloudConfig"]

_AT_ONCE = 500  # events that are encoded or decoded
_FINEST, _COARSEST = 0.005, 0.1  # eps that is chosen by itself
_LONGEST = 10.0  # gradient; only few are longer, of batches with an odd event
_SAME = {"latent", "beta", "particles", "hardest", "preprocessing_steps", "width", "batch"}  # in config and card
_MOST = 1000  # particles, coordinates

Floats = NDArray[np.float32]


class CloudConfig(TrainingConfig):
    """Options of the training."""

    latent: str = Field(
        "R6",
        description="Latent space: a product of R (a plane), S (a sphere, S1 a circle), RP (a sphere whose opposite "
        "points are one), each with the number of its dimensions, and C, a category of so many values: R6, R4 x S1, "
        "C2 x RP2.",
    )
    beta: PositiveFloat = Field(
        0.05,
        description="Resolution: reconstructions are worth an error of this size. Of jets in units of angle times "
        "fraction of pt, as the transport distance; of points in their own unit.",
    )
    steps: int = Field(3000, ge=1, description="Steps of training.")
    batch: int = Field(128, ge=2, description="Events of a step, over all processes.")
    rate: float = Field(3e-3, gt=0, description="Learning rate after the warm-up; it falls to 0 as a cosine.")
    width: int = Field(64, ge=2, le=4096, description="Of the layers for each particle; others are twice as wide.")
    particles: int = Field(32, ge=1, le=_MOST, description="Particles of a reconstructed jet.")
    hardest: int = Field(50, ge=2, le=_MOST, description="Particles of a jet that are seen, those of the largest pt.")
    preprocessing_steps: tuple[Literal["centre", "rotate", "flip"], ...] = Field(
        ("centre",), description="Preprocessing of jets."
    )
    eps: PositiveFloat | None = Field(
        None,
        description="Entropic regularisation strength of the transport in the training, in units of angle; by default "
        f"half of beta, between {_FINEST} and {_COARSEST}.",
    )
    held_back: float = Field(
        0.1, gt=0, lt=1, description="Fraction of the events that is not learned from but judges the network."
    )

    @field_validator("latent")
    @classmethod
    def _canonical(cls, text: str) -> str:
        return latent_space(text).text

    @property
    def strength(self) -> float:
        """The entropic regularisation strength that is used."""
        return self.eps or float(np.clip(self.beta / 2, _FINEST, _COARSEST))


class CloudCard(ModelCard):
    """What a user of a trained network must know.

    Attributes:
        latent: latent space.
        beta, eps: of the training.
        jets: whether it takes jets; otherwise points.
        coordinate: of jets along the beam, ``rapidity`` or ``eta``.
        particles: of a reconstruction.
        hardest: particles of a jet that are seen.
        preprocessing_steps: of jets.
        centre, spread: mean and standard deviation of each coordinate of the particles, weighted.
        width: of the layers.
        events: how many it learned from.
        batch: events of a step.
    """

    latent: str
    beta: PositiveFloat
    eps: PositiveFloat
    jets: bool
    coordinate: Literal["rapidity", "eta"] = "rapidity"
    particles: int = Field(ge=1, le=_MOST)
    hardest: int = Field(ge=2, le=_MOST)
    preprocessing_steps: tuple[Literal["centre", "rotate", "flip"], ...]
    centre: tuple[FiniteFloat, ...] = Field(min_length=1, max_length=_MOST)
    spread: tuple[PositiveFloat, ...]
    width: int = Field(ge=2, le=4096)
    events: int = Field(ge=1)
    batch: int = Field(ge=1)

    @model_validator(mode="after")
    def _fits(self) -> Self:
        if len(self.centre) != len(self.spread) or (self.jets and len(self.centre) != 2):
            raise ValueError("centre or spread")
        try:
            latent_space(self.latent)
        except InputError as error:
            raise ValueError("latent") from error
        return self


def _prepare(events: Events, config: CloudConfig, processes: Processes) -> Training:
    jets = isinstance(events, ParticleClouds)
    clouds = clouds_of(events, config.preprocessing_steps, config.hardest)
    training, _ = split(len(events), config.held_back, config.seed)
    check_batch(len(training), config.batch, processes.count)
    batches = Batches(len(training), config.batch, config.seed)
    centre, spread = _spread(clouds, training, jets=jets)
    card = {
        "jets": jets,
        "centre": centre,
        "spread": spread,
        "eps": config.strength,
        "events": len(training),
        **config.model_dump(include=_SAME),
    }
    card["particles"] = config.particles if jets else 1
    if isinstance(events, ParticleClouds):
        card["coordinate"] = events.coordinate
    with torch.random.fork_rng([]):
        torch.manual_seed(config.seed)
        network = _network(CloudCard.model_construct(**card)).to(processes.device)
    optimiser = Adam(network.parameters(), lr=config.rate)
    squared = 2 * config.beta**2
    own = torch.full((len(events),), torch.nan, device=processes.device)  # filled as events are seen

    def own_of(rows: NDArray[np.int64], given: tuple[Tensor, Tensor]) -> Tensor:
        found = own[rows]
        missing = found.isnan()
        if missing.any():
            found[missing] = own_distance((given[0][missing], given[1][missing]), config.strength)
            own[rows] = found
        return found

    def step(number: int) -> dict[str, Tensor]:
        cosine_rate(optimiser, config.rate, number, config.steps)
        mine = training[batches.at(number)[processes.rank :: processes.count]]
        given = clouds.batch(mine, processes.device)
        posterior = network.encode(*given)
        distance = posterior.expectation(
            _distances(network, posterior.sample(), given, config.strength, own_of(mine, given))
        )
        kl = posterior.kl().sum(dim=1)
        loss = (distance / squared + kl).mean()
        descend(loss, network, optimiser, processes, longest=_LONGEST)
        return {"loss": loss, "reconstruction": distance.mean(), "kl": kl.mean()}

    return Training(
        networks={"vae": (network, optimiser)},
        step=step,
        steps=config.steps,
        seed=config.seed,
        kept=lambda: network,
        data=_digest(clouds),
        card=card,
        identity=config.model_dump(mode="json", exclude={"seed", "every", "initial"}) | {"processes": processes.count},
    )


def _distances(network: CloudNetwork, points: Tensor, given: tuple[Tensor, Tensor], eps: float, own: Tensor) -> Tensor:
    """(n, categories) squared distances of n clouds from what the points of each category are decoded to."""
    n, categories, _ = points.shape
    made = network.decode(points.flatten(0, 1))
    weight, position, known = (values.repeat_interleave(categories, dim=0) for values in (*given, own))
    return squared_distance((weight, position), made, eps, known).view(n, categories)


def _spread(clouds: Clouds, rows: NDArray[np.int64], *, jets: bool) -> tuple[tuple[float, ...], tuple[float, ...]]:
    """Weighted mean and standard deviation of each coordinate."""
    weight, position = clouds.weight[rows].astype(np.float64), clouds.position[rows].astype(np.float64)
    total = weight.sum()
    centre = np.einsum("np,npd->d", weight, position) / total
    spread = np.sqrt(np.einsum("np,npd->d", weight, (position - centre) ** 2) / total)
    if not (spread > 0).all():
        if jets:
            text = "after preprocessing all particles lie at one coordinate"
            raise InputError(text, remedy="give jets of several particles, or do not centre them")
        raise InputError("a coordinate is the same for all events", remedy="leave it out")
    return tuple(centre.tolist()), tuple(spread.tolist())


def _network(card: Any) -> CloudNetwork:
    return CloudNetwork(
        latent_space(card.latent), card.particles, card.centre, card.spread, card.width, periodic=card.jets
    )


def _encode(trained: Trained, events: Events, seed: int | None) -> Encoded:
    card, network = trained.card, trained.network
    assert isinstance(network, CloudNetwork)
    if isinstance(events, Points) == card.jets or (not card.jets and events.values.shape[1] != len(card.centre)):  # type: ignore[attr-defined]
        what = "jets" if card.jets else f"points of {len(card.centre)} coordinates"
        raise InputError(f"this network has learned from {what}", remedy="give such events, or train another")
    if isinstance(events, ParticleClouds) and events.coordinate != card.coordinate:
        text = f"this network has learned from jets in {card.coordinate}, these are in {events.coordinate}"
        raise InputError(text, remedy="give such jets, or train another")
    clouds = clouds_of(events, card.preprocessing_steps, card.hardest)
    device = next(network.parameters()).device
    generator = None if seed is None else torch.Generator(device).manual_seed(seed)
    parts = []
    with torch.inference_mode(), one_thread():
        for start in range(0, max(len(events), 1), _AT_ONCE):
            posterior = network.encode(*clouds.batch(slice(start, start + _AT_ONCE), device))
            points = posterior.mode() if generator is None else posterior.sample(generator=generator)
            parts.append((points, posterior.probabilities, posterior.kl(), posterior.scale()))
    found = [torch.cat(each).cpu().numpy() for each in zip(*parts, strict=True)]
    return Encoded(*found)


def _decode(trained: Trained, points: Floats) -> Events:
    network, device = trained.network, next(trained.network.parameters()).device
    assert isinstance(network, CloudNetwork)
    expected = network.space.coordinates
    if np.ndim(points) != 2 or np.shape(points)[1] != expected:
        text = f"the places have the shape {np.shape(points)}, and the latent space {expected} coordinates"
        raise InputError(text, remedy=f"give (events, {expected})")
    given = torch.from_numpy(np.ascontiguousarray(points, dtype=np.float32)).to(device)
    with torch.inference_mode(), one_thread():
        parts = [network.decode(given[start : start + _AT_ONCE]) for start in range(0, max(len(given), 1), _AT_ONCE)]
    weight, position = (torch.cat(each).cpu().numpy() for each in zip(*parts, strict=True))
    origin = f"{trained.card.model}, sha256 {trained.digest[:16]}" if trained.digest else trained.card.model
    coordinate = trained.card.coordinate if trained.card.jets else ""
    return events_of(Clouds(weight, position), coordinate=coordinate, origin=origin)


def _digest(clouds: Clouds) -> str:
    return hashlib.sha256(clouds.weight.tobytes() + clouds.position.tobytes()).hexdigest()


MODEL = EncoderRecipe(
    learns_from=(ParticleClouds, Points),
    config=CloudConfig,
    prepare=_prepare,
    loss="D / (2 beta^2) + KL in nats; D is the squared distance of an event from the reconstruction of one draw from "
    "the posterior: of points that of Euclid, of jets (sum_ij T_ij theta_ij)^2 of optimal transport, squared after it, "
    "trained with the Sinkhorn divergence of the strength eps; the mean over the categories with their probabilities",
    preprocessing="of jets, the hardest particles, pt as a fraction of their sum, moved so that their centre is 0 "
    "(preprocessing_steps); positions in units of their spread",
    card=CloudCard,
    network=_network,
    encode=_encode,
    decode=_decode,
    error=squared_errors,
    judged="squared distance of an event from its reconstruction",
    total=lambda card, error, kl: error / (2 * card.beta**2) + kl,
    data=lambda events, card: _digest(clouds_of(events, card.preprocessing_steps, card.hardest)),
    description="A variational autoencoder of jets: a network that does not see the order of particles gives each jet "
    "a place in a latent space, another makes a jet of a place. The error of the reconstruction is a transport "
    "distance; beta, a distance too, says which errors matter. Points are taken as well.",
    judge="reconstruction",
)
