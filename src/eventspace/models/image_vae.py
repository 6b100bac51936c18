"""A convolutional autoencoder of jet images, variational or plain."""

import hashlib
import warnings
from typing import Any, Literal

import numpy as np
import torch
from numpy.typing import NDArray
from pydantic import Field, PositiveFloat
from torch import Tensor
from torch.optim import Adam

from eventspace.base.errors import EventspaceWarning, InputError
from eventspace.distances.sinkhorn.loss import sinkhorn_loss
from eventspace.events.base import Events
from eventspace.events.choice import at_random
from eventspace.events.images import Images
from eventspace.events.particles import ParticleClouds
from eventspace.events.preprocess import pixelate, preprocess
from eventspace.models.batches import Batches, check_batch
from eventspace.models.early_stopping import Best
from eventspace.models.held_back import split
from eventspace.models.jets.image_network import ImageNetwork
from eventspace.models.processes import Processes, one_thread
from eventspace.models.rates import cosine_rate
from eventspace.models.recipe import Encoded, EncoderRecipe, ModelCard, Trained, Training, TrainingConfig
from eventspace.models.training import descend

__all__ = ["MODEL", "ImageCard", "ImageConfig", "images_of", "reconstruction_loss"]

_BETA = 1e-7  # that of the talk, whose normalisation of the pixels is not known
_AT_ONCE = 500  # events that are encoded or decoded
_VALIDATED = 2000  # events held back that decide which network is best, at most
_LONGEST = 1.0  # gradient
_OUTSIDE = 0.01  # of the pt: more outside the images deserves a warning
_OF_JETS = ("pixels", "half_width", "preprocessing_steps")  # options that are not for images
_SAME = {"blocks", "convolutions", "width", "variational", "loss_of", "eps", "normalisation", "preprocessing_steps"}
_NORMALISATIONS = {
    "sum": "a pixel is the fraction of the pt of the image in it",
    "largest": "a pixel is its pt over that of the largest one",
    "root": "a pixel is the root of the fraction of the pt in it",
}

_UNITS = {"sum": "fraction", "largest": "fraction of the largest pixel", "root": "root of the fraction"}
_IN_WORDS = "; ".join(f"{name}, {what}" for name, what in _NORMALISATIONS.items())

Floats = NDArray[np.float32]
Normalisation = Literal["sum", "largest", "root"]


class ImageConfig(TrainingConfig):
    """Options of the training."""

    blocks: int = Field(3, ge=1, le=4, description="Blocks of convolutions, each of which halves the image.")
    convolutions: int = Field(1, ge=1, le=4, description="Convolutions of 3 x 3 in each block.")
    width: int = Field(8, ge=1, le=512, description="Channels of the first block; the second has twice as many.")
    latent: int = Field(64, ge=1, le=256, description="Dimensions of the latent space.")
    beta: float | None = Field(
        None,
        ge=0,
        lt=1,
        description="Weight of the KL divergence: loss = (1 - beta) MSE + beta KL, MSE a mean over pixels, KL in nats; "
        f"by default {_BETA:g}.",
    )
    variational: bool = Field(True, description="A variational autoencoder; else a plain one, without divergence.")
    loss_of: Literal["mse", "transport"] = Field(
        "mse",
        description="Error of the reconstruction: mean squared error of the pixels, or entropic transport (p = 1, "
        "R = 1) between both images, each with the sum 1.",
    )
    eps: PositiveFloat = Field(0.05, description="Entropic regularisation strength of the transport.")
    pixels: int = Field(40, ge=2, le=1000, description="Pixels along each side; images bring their own.")
    half_width: PositiveFloat = Field(1.0, description="The images cover -half_width to +half_width; images bring it.")
    normalisation: Normalisation = Field("sum", description=f"Of the pixels: {_IN_WORDS}.")
    preprocessing_steps: tuple[Literal["centre", "rotate", "flip"], ...] = Field(
        ("centre", "rotate", "flip"), description="Preprocessing of jets; images are taken as they are."
    )
    steps: int = Field(5000, ge=1, description="Steps of training, at most.")
    batch: int = Field(128, ge=2, description="Images of a step, over all processes.")
    rate: float = Field(4e-3, gt=0, description="Learning rate after the warm-up; it falls to 0 as a cosine.")
    check: int = Field(100, ge=1, description="Steps between checks of the loss of images that are held back.")
    patience: int = Field(20, ge=1, description="Checks without a lower loss after which the training is over.")
    held_back: float = Field(
        0.1,
        gt=0,
        lt=1,
        description="Fraction of the events that is not learned from; they decide what is kept.",
    )

    @property
    def weight(self) -> float:
        """Of the divergence."""
        return (_BETA if self.beta is None else self.beta) if self.variational else 0.0


class ImageCard(ModelCard):
    """What a user of a trained network must know.

    Attributes:
        latent: latent space.
        blocks, convolutions, width: of the network.
        variational: whether posteriors have a width.
        beta: of the loss.
        loss_of: the error of the reconstruction.
        eps: of the transport.
        pixels, half_width: of the images.
        normalisation: of the pixels.
        coordinate: of the jets along the beam; empty if it has learned from images.
        preprocessing_steps: of jets.
        events: how many it learned from.
        batch: images of a step.
    """

    latent: str = Field(pattern=r"^R[0-9]{1,3}$")
    blocks: int = Field(ge=1, le=4)
    convolutions: int = Field(ge=1, le=4)
    width: int = Field(ge=1, le=512)
    variational: bool
    beta: float = Field(ge=0, lt=1)
    loss_of: Literal["mse", "transport"]
    eps: PositiveFloat
    pixels: int = Field(ge=2, le=1000)
    half_width: PositiveFloat
    normalisation: Normalisation
    coordinate: Literal["rapidity", "eta", ""]
    preprocessing_steps: tuple[Literal["centre", "rotate", "flip"], ...]
    events: int = Field(ge=1)
    batch: int = Field(ge=1)


def images_of(events: Events, card: ImageCard | ImageConfig) -> Images:
    """Jets as the images that a network sees, each with normalised pixels; images are normalised alone.

    Raises:
        InputError: the events are neither, or the images have other pixels than the network.

    Example:
        >>> jets = ParticleClouds.from_lists([[(3.0, 0.4, 0.0), (1.0, -0.4, 0.0)]])
        >>> config = ImageConfig(pixels=2, blocks=1, preprocessing_steps=(), normalisation="largest")
        >>> (3 * images_of(jets, config).values).round().tolist()
        [[[0.0, 1.0], [0.0, 3.0]]]
    """
    if isinstance(card, ImageCard) and isinstance(events, ParticleClouds) != bool(card.coordinate):
        kind = "jets" if card.coordinate else "images, whose preprocessing is not known"
        raise InputError(f"this network has learned from {kind}", remedy="give such events, or train another")
    if isinstance(events, ParticleClouds):
        if isinstance(card, ImageCard) and events.coordinate != card.coordinate:
            text = f"this network has learned from jets in {card.coordinate}, these are in {events.coordinate}"
            raise InputError(text, remedy="give such jets, or train another")
        images = pixelate(preprocess(events.check(), card.preprocessing_steps), card.pixels, card.half_width)
        outside = float(images.per_event["pt_outside"].mean()) if len(images) else 0.0
        if outside > _OUTSIDE:
            text = f"{100 * outside:.1f}% of the pt lies outside the images, whose half width is {card.half_width:g}"
            warnings.warn(text, EventspaceWarning, stacklevel=3)
    elif isinstance(events, Images):
        images = events.check()
        size = images.values.shape[1:]
        if isinstance(card, ImageCard) and (size != (card.pixels, card.pixels) or images.half_width != card.half_width):
            text = f"the images have {size[0]} x {size[1]} pixels and the half width {images.half_width:g}"
            remedy = f"give images of {card.pixels} x {card.pixels} pixels and the half width {card.half_width:g}"
            raise InputError(text, remedy=remedy)
        if size[0] != size[1]:
            raise InputError(f"the images have {size[0]} x {size[1]} pixels", remedy="give square images")
    else:
        raise InputError(f"{events.kind} are no images", remedy="give jets of particles, or images")
    values = _normalised(images.values.astype(np.float64), card.normalisation)
    return Images(values=values, half_width=images.half_width, origin=events.origin)


def _normalised(values: NDArray[Any], normalisation: str, *, power: int = 1) -> Floats:
    """Pixels of which those to the power given are pt, in any unit, normalised."""
    values = values**power
    whole = values.max(axis=(1, 2)) if normalisation == "largest" else values.sum(axis=(1, 2))
    values = values / whole[:, None, None]
    return np.asarray(np.sqrt(values) if normalisation == "root" else values, dtype=np.float32)


def reconstruction_loss(images: Tensor, made: Tensor, card: ImageCard | ImageConfig, half_width: float) -> Tensor:
    """The error of each reconstruction, (n,): the mean over pixels of squared differences, or transport."""
    if card.loss_of == "mse":
        return (images - made).square().mean(dim=(1, 2))
    power = 2 if card.normalisation == "root" else 1
    seen, count = (images**power).flatten(1), int((images > 0).flatten(1).sum(dim=1).max())
    kept, place = seen.topk(count, dim=1)
    centres = _centres(images.shape[1], half_width).to(images.device)
    return sinkhorn_loss(
        kept,
        centres[place],
        (made**power).flatten(1),
        centres.expand(len(made), -1, -1),
        eps=card.eps,
    )


def _centres(pixels: int, half_width: float) -> Tensor:
    """(pixels^2, 2) positions of the pixels."""
    along = (torch.arange(pixels) + 0.5) * (2 * half_width / pixels) - half_width
    return torch.cartesian_prod(along, along)


def _kl(mean: Tensor, log_variance: Tensor, *, variational: bool) -> Tensor:
    """(n, latent) divergences from the standard normal distribution; a plain autoencoder has none."""
    if not variational:
        return torch.zeros_like(mean)
    return 0.5 * (mean.square() + log_variance.exp() - 1 - log_variance)


def _prepare(events: Events, config: ImageConfig, processes: Processes) -> Training:
    _check(events, config)
    images = images_of(events, config)
    pixels, half_width = images.values.shape[1], images.half_width
    if pixels % 2**config.blocks:
        text = f"an image of {pixels} x {pixels} pixels cannot be halved {config.blocks} times"
        raise InputError(text, remedy=f"give multiples of {2**config.blocks} pixels, or fewer --blocks")
    training, validation = split(len(images), config.held_back, config.seed)
    check_batch(len(training), config.batch, processes.count)
    batches = Batches(len(training), config.batch, config.seed)
    unseen = torch.from_numpy(images.values[validation[at_random(len(validation), _VALIDATED, config.seed)]]).to(
        processes.device
    )
    card = {
        "latent": f"R{config.latent}",
        "pixels": pixels,
        "half_width": half_width,
        "events": len(training),
        "batch": config.batch,
        "beta": config.weight,
        "coordinate": events.coordinate if isinstance(events, ParticleClouds) else "",
        **config.model_dump(include=_SAME),
    }
    with torch.random.fork_rng([]):
        torch.manual_seed(config.seed)
        network = _network(ImageCard.model_construct(**card))
        network.begin_at(float(images.values[training].mean()))
    network = network.to(processes.device)
    best = Best(network, config.patience).to(processes.device)  # in the usual order, as a file has it
    network.to(memory_format=torch.channels_last)  # type: ignore[call-overload]  # twice as fast on a CPU
    optimiser = Adam(network.parameters(), lr=config.rate)

    def losses(given: Tensor, noise: Tensor | None) -> dict[str, Tensor]:
        mean, log_variance = network.encode(given)
        points = mean if noise is None or not config.variational else mean + noise * (0.5 * log_variance).exp()
        error = reconstruction_loss(given, network.decode(points), config, half_width).mean()
        kl = _kl(mean, log_variance, variational=config.variational).sum(dim=1).mean()
        return {"loss": (1 - config.weight) * error + config.weight * kl, "reconstruction": error, "kl": kl}

    def step(number: int) -> dict[str, Tensor]:
        if number == 0:
            best.begin()
        cosine_rate(optimiser, config.rate, number, config.steps)
        mine = training[batches.at(number)[processes.rank :: processes.count]]
        given = torch.from_numpy(images.values[mine]).to(processes.device)
        noise = torch.randn(len(given), config.latent, device=processes.device)
        found = losses(given, noise)
        scale = pixels**2 if config.loss_of == "mse" else 1  # Adam takes tiny derivatives for nothing
        descend(scale * found["loss"], network, optimiser, processes, longest=_LONGEST)
        if number % config.check == 0 or number + 1 == config.steps:
            best.take_in(network, _validated(losses, unseen, config))
        return found | {"validation": best.last}

    return Training(
        networks={"vae": (network, optimiser), "best": (best, None)},
        step=step,
        steps=config.steps,
        seed=config.seed,
        kept=lambda: best.network,
        data=_digest(images),
        card=card,
        identity=config.model_dump(mode="json", exclude={"seed", "every", "initial"}) | {"processes": processes.count},
        ended=lambda: best.over,
    )


def _check(events: Events, config: ImageConfig) -> None:
    """Refuse what contradicts itself or would be ignored."""
    if not config.variational and config.beta:
        raise InputError("a plain autoencoder has no divergence", remedy="leave out --beta or --no-variational")
    if isinstance(events, Images):
        for name in _OF_JETS:
            if getattr(config, name) != ImageConfig.model_fields[name].default:
                words = name.replace("_", "-")
                raise InputError(f"images bring their own {name.replace('_', ' ')}", remedy=f"leave out --{words}")


def _validated(losses: Any, unseen: Tensor, config: ImageConfig) -> float:
    """The loss of the images that are held back, each with the same random place at every check."""
    generator = torch.Generator(unseen.device).manual_seed(config.seed)
    noise = torch.randn(len(unseen), config.latent, device=unseen.device, generator=generator)
    with torch.no_grad():
        parts = [
            len(given) * losses(given, noise[k : k + len(given)])["loss"].item()
            for k in range(0, len(unseen), config.batch)
            for given in [unseen[k : k + config.batch]]
        ]
    return float(sum(parts)) / len(unseen)


def _network(card: Any) -> ImageNetwork:
    return ImageNetwork(
        card.pixels,
        card.blocks,
        card.width,
        int(card.latent[1:]),
        convolutions=card.convolutions,
        variational=card.variational,
    )


def _encode(trained: Trained, events: Events, seed: int | None) -> Encoded:
    card, network = trained.card, trained.network
    assert isinstance(network, ImageNetwork)
    images, device = images_of(events, card).values, next(network.parameters()).device
    generator = None if seed is None else torch.Generator(device).manual_seed(seed)
    parts = []
    with torch.inference_mode(), one_thread():
        for start in range(0, max(len(images), 1), _AT_ONCE):
            mean, log_variance = network.encode(torch.from_numpy(images[start : start + _AT_ONCE]).to(device))
            scale = (0.5 * log_variance).exp()
            points = mean
            if generator is not None and card.variational:
                points = mean + scale * torch.randn(mean.shape, device=device, generator=generator)
            kl = _kl(mean, log_variance, variational=card.variational).clamp(min=0)  # rounding of an unused latent
            parts.append((points[:, None], torch.ones(len(mean), 1, device=device), kl, scale))
    return Encoded(*(torch.cat(each).cpu().numpy() for each in zip(*parts, strict=True)))


def _decode(trained: Trained, points: Floats) -> Images:
    card, network = trained.card, trained.network
    assert isinstance(network, ImageNetwork)
    expected = int(card.latent[1:])
    if np.ndim(points) != 2 or np.shape(points)[1] != expected:
        text = f"the places have the shape {np.shape(points)}, and the latent space {expected} coordinates"
        raise InputError(text, remedy=f"give (events, {expected})")
    device = next(network.parameters()).device
    given = torch.from_numpy(np.ascontiguousarray(points, dtype=np.float32)).to(device)
    with torch.inference_mode(), one_thread():
        parts = [network.decode(given[start : start + _AT_ONCE]) for start in range(0, max(len(given), 1), _AT_ONCE)]
    values = torch.cat(parts).cpu().numpy()
    if card.loss_of == "transport":  # which compares images of the sum 1, so that the network is free to scale its own
        values = _normalised(values, card.normalisation, power=2 if card.normalisation == "root" else 1)
    origin = f"{card.model}, sha256 {trained.digest[:16]}" if trained.digest else card.model
    units = {"values": _UNITS[card.normalisation]}
    return Images(values=values, half_width=card.half_width, origin=origin, units=units)


def _error(trained: Trained, events: Events, made: Events, threads: int | None) -> NDArray[np.float64]:
    """The error of the loss that the network was trained with."""
    images = torch.from_numpy(images_of(events, trained.card).values)
    others = torch.from_numpy(np.asarray(made.values, dtype=np.float32))  # type: ignore[attr-defined]
    half_width = trained.card.half_width
    with torch.inference_mode(), one_thread():
        parts = [
            reconstruction_loss(images[k : k + _AT_ONCE], others[k : k + _AT_ONCE], trained.card, half_width)
            for k in range(0, len(images), _AT_ONCE)
        ]
    return np.asarray(torch.cat(parts).numpy(), dtype=np.float64)


def _digest(images: Images) -> str:
    return hashlib.sha256(images.values.tobytes()).hexdigest()


MODEL = EncoderRecipe(
    learns_from=(ParticleClouds, Images),
    config=ImageConfig,
    prepare=_prepare,
    loss="(1 - beta) MSE + beta KL, KL in nats; MSE is the mean over the pixels of squared differences of normalised "
    "pixels, or with loss_of = transport the entropic transport cost (p = 1, R = 1, strength eps, not debiased) "
    "between the images, both with the sum 1; the optimiser sees the loss times the number of pixels, or as it is",
    preprocessing="jets centred, rotated and flipped (preprocessing_steps), pt summed in the pixels, normalised: "
    + _IN_WORDS,
    card=ImageCard,
    network=_network,
    encode=_encode,
    decode=_decode,
    error=_error,
    judged="error of the reconstruction",
    total=lambda card, error, kl: (1 - card.beta) * error + card.beta * kl,
    data=lambda events, card: _digest(images_of(events, card)),
    description="A convolutional autoencoder of jet images. What it cannot reconstruct is unlike what it has learned "
    "from. Variational with the weight beta of the divergence, or plain; with a squared error of the pixels, or a "
    "transport distance between images. The network with the lowest loss on images held back is kept, and the training "
    "ends when that no longer falls.",
    judge="reconstruction",
)
