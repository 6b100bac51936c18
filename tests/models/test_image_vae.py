"""Images that a network sees, its loss term by term, and a training that keeps its best network."""

from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from torch.distributions import Normal, kl_divergence

import eventspace as es
from eventspace.base.errors import EventspaceWarning
from eventspace.models.early_stopping import Best
from eventspace.models.file import load
from eventspace.models.fit import MODEL_FILE, fit
from eventspace.models.image_vae import ImageConfig, images_of, reconstruction_loss
from eventspace.models.jets.errors import reconstructed
from eventspace.models.jets.image_network import ImageNetwork
from eventspace.models.processes import Processes
from eventspace.models.recipe import Trained
from eventspace.models.registry import encoder

ALONE = Processes(0, 1, torch.device("cpu"))
SMALL: dict[str, Any] = {
    "pixels": 8,
    "blocks": 2,
    "width": 2,
    "latent": 3,
    "batch": 16,
    "steps": 6,
    "check": 2,
    "every": 3,
}


def jets(n: int, seed: int = 1, spread: float = 0.15) -> es.ParticleClouds:
    rng = np.random.default_rng(seed)
    return es.ParticleClouds.from_lists(
        [np.column_stack([rng.exponential(5, 5), rng.normal(0, spread, (5, 2)).clip(-0.4, 0.4)]) for _ in range(n)]
    )


def trained(folder: Path, events: es.ParticleClouds, **options: Any) -> tuple[Trained, Any]:
    config = ImageConfig.model_validate(SMALL | options)
    return fit(encoder("image-vae"), events, config, processes=ALONE, folder=folder, show_progress=False)


@pytest.mark.parametrize("normalisation", ["sum", "largest", "root"])
def test_pixels_are_the_histogram_of_the_pt(normalisation: str) -> None:
    events = jets(4)
    config = ImageConfig.model_validate(SMALL | {"normalisation": normalisation, "preprocessing_steps": ()})
    images = images_of(events, config)
    for k in range(4):
        one = events[k : k + 1]
        edges = [np.linspace(-1, 1, 9)] * 2
        expected, *_ = np.histogram2d(one.flat("rapidity"), one.flat("phi"), edges, weights=one.flat("pt"))
        expected /= expected.max() if normalisation == "largest" else expected.sum()
        if normalisation == "root":
            expected = np.sqrt(expected)
        np.testing.assert_allclose(images.values[k], expected, rtol=1e-6)
    again = images_of(images, config)
    if normalisation != "root":
        np.testing.assert_allclose(again.values, images.values, rtol=1e-6)


def test_the_squared_error_is_a_mean_over_pixels_and_transport_that_of_the_exact_solver() -> None:
    config = ImageConfig.model_validate(SMALL | {"loss_of": "transport", "eps": 0.002})
    images, others = (images_of(jets(5, seed), config) for seed in (1, 2))
    given, made = (torch.from_numpy(each.values) for each in (images, others))
    exact = [es.Transport(R=1.0, p=1.0, normalise=True).between(images[k : k + 1], others[k : k + 1]) for k in range(5)]
    found = reconstruction_loss(given, made, config, 1.0)
    np.testing.assert_allclose(found.numpy(), exact, atol=0.01)
    squared = reconstruction_loss(given, made, ImageConfig.model_validate(SMALL), 1.0)
    np.testing.assert_allclose(squared.numpy(), ((images.values - others.values) ** 2).mean(axis=(1, 2)), rtol=1e-5)


def test_the_loss_is_that_of_its_parts_and_the_divergence_that_of_torch(tmp_path: Path) -> None:
    found, curves = trained(tmp_path, jets(60), beta=0.3)
    for loss, error, kl in zip(curves["loss"], curves["reconstruction"], curves["kl"], strict=True):
        assert loss == pytest.approx(0.7 * error + 0.3 * kl, rel=1e-5)
    events = jets(5, 2)
    encoded = encoder("image-vae").places(found, events, device="cpu")
    mean, scale = (torch.from_numpy(values) for values in (encoded.points[:, 0], encoded.scale))
    expected = kl_divergence(Normal(mean, scale), Normal(0.0, 1.0))
    np.testing.assert_allclose(encoded.kl, expected.numpy(), rtol=1e-4, atol=1e-6)


def test_no_divergence_is_negative_by_rounding(tmp_path: Path) -> None:
    found, _ = trained(tmp_path, jets(60), latent=16, steps=1)
    network: Any = found.network
    with torch.no_grad():
        for layer in (network.mean, network.log_variance):
            layer.weight.zero_()
            layer.bias.zero_()
        widths = torch.linspace(1e-4, 1e-3, 16)  # of unused latents
        network.log_variance.bias.copy_(widths)
    assert (0.5 * (widths.exp() - 1 - widths)).min() < 0
    assert encoder("image-vae").places(found, jets(20), device="cpu").kl.min() >= 0


def test_a_plain_autoencoder_has_one_place_for_an_event_and_no_divergence(tmp_path: Path) -> None:
    found, curves = trained(tmp_path, jets(60), variational=False)
    assert set(curves["kl"]) == {0.0}
    recipe, events = encoder("image-vae"), jets(5, 2)
    one, other = (recipe.places(found, events, seed=seed, device="cpu") for seed in (1, 2))
    assert (one.points == other.points).all()
    assert not one.kl.any()
    with pytest.raises(es.InputError, match="leave out --beta or --no-variational"):
        trained(tmp_path / "other", jets(60), variational=False, beta=0.1)


def test_what_is_reconstructed_is_judged_by_the_pixels(tmp_path: Path) -> None:
    found, _ = trained(tmp_path, jets(60))
    recipe, events = encoder("image-vae"), jets(5, 2)
    result = reconstructed(recipe, found, events, seed=3)
    made = recipe.events_at(found, result.encoded.points[:, 0], device="cpu")
    assert isinstance(made, es.Images)
    expected = ((made.values - images_of(events, found.card).values) ** 2).mean(axis=(1, 2))
    np.testing.assert_allclose(result.squared, expected, rtol=1e-5)


def test_the_best_network_is_kept_and_a_training_that_no_longer_improves_ends(tmp_path: Path) -> None:
    _, curves = trained(tmp_path, jets(60), rate=0.1, steps=200, check=1, patience=3)  # too large a rate
    validation = curves["validation"]
    assert len(validation) < 200
    assert len(validation) - 1 - int(np.argmin(validation)) == 3
    card = load(tmp_path / MODEL_FILE, "image-vae").card
    assert card.steps == len(validation)


def test_a_kill_changes_nothing_of_what_is_best(tmp_path: Path) -> None:
    whole, killed = tmp_path / "whole", tmp_path / "killed"
    for folder in (whole, killed):
        folder.mkdir()
    options: dict[str, Any] = {"rate": 0.1, "steps": 40, "check": 1, "patience": 3, "every": 2}
    trained(whole, jets(60), **options)

    def stop(now: Trained, curves: Any) -> None:
        raise KeyboardInterrupt

    config = ImageConfig.model_validate(SMALL | options)
    with pytest.raises(KeyboardInterrupt):
        fit(encoder("image-vae"), jets(60), config, processes=ALONE, folder=killed, watch=stop, show_progress=False)
    trained(killed, jets(60), **options)
    assert (whole / "losses.jsonl").read_bytes() == (killed / "losses.jsonl").read_bytes()
    one, other = (load(folder / MODEL_FILE, "image-vae").network.state_dict() for folder in (whole, killed))
    assert all(torch.equal(one[name], other[name]) for name in one)
    trained(killed, jets(60), **options)  # finished: nothing more is done
    assert (whole / "losses.jsonl").read_bytes() == (killed / "losses.jsonl").read_bytes()


def test_best_keeps_a_copy_and_not_the_network_itself() -> None:
    network = torch.nn.Linear(1, 1, bias=False)
    best = Best(network, patience=1)
    torch.nn.init.ones_(network.weight)
    best.take_in(network, 1.0)
    torch.nn.init.zeros_(network.weight)
    best.take_in(network, 2.0)
    assert best.over
    assert best.network.weight.item() == 1


def test_layers_are_those_of_the_encoder_in_order() -> None:
    network = ImageNetwork(8, 3, 2, 5, convolutions=2, variational=True)
    images = torch.rand(4, 8, 8)
    layers = network.layers(images)
    assert [tuple(values.shape) for values in layers.values()] == [
        (4, 2, 4, 4), (4, 4, 2, 2), (4, 6, 1, 1), (4, 128), (4, 5)
    ]  # fmt: skip
    assert torch.equal(layers["latent"], network.encode(images)[0])
    assert network.decode(layers["latent"]).shape == (4, 8, 8)
    assert bool((network.decode(layers["latent"]) >= 0).all())


def test_the_first_images_have_the_mean_pixel() -> None:
    torch.manual_seed(1)
    network = ImageNetwork(8, 2, 4, 3, convolutions=1, variational=True)
    network.begin_at(1 / 64)
    made = network.decode(torch.randn(20, 3))
    assert made.mean().item() == pytest.approx(1 / 64, rel=0.3)


@pytest.mark.parametrize(
    ("options", "problem"),
    [({"blocks": 4, "pixels": 40}, "cannot be halved 4 times"), ({"batch": 200}, "for batches of 200")],
)
def test_a_training_that_cannot_be_is_refused(options: dict[str, Any], problem: str, tmp_path: Path) -> None:
    with pytest.raises(es.InputError, match=problem):
        trained(tmp_path, jets(60), **options)


def test_images_of_other_pixels_are_refused(tmp_path: Path) -> None:
    images = es.Images(values=np.random.default_rng(1).exponential(size=(60, 8, 8)), half_width=1.0)
    found, _ = trained(tmp_path, images, pixels=40)  # type: ignore[arg-type]
    recipe = encoder("image-vae")
    for values, half_width in ((np.ones((2, 4, 4)), 1.0), (np.ones((2, 8, 8)), 0.5)):
        with pytest.raises(es.InputError, match="give images of 8 x 8 pixels and the half width 1"):
            recipe.places(found, es.Images(values=values, half_width=half_width), device="cpu")
    with pytest.raises(es.InputError, match="give square images"):
        images_of(es.Images(values=np.ones((2, 8, 4)), half_width=1.0), ImageConfig())


def test_a_training_that_begins_with_another_is_judged_anew(tmp_path: Path) -> None:
    """What was best there is not known here: other events, another loss."""
    first, second = tmp_path / "first", tmp_path / "second"
    for folder in (first, second):
        folder.mkdir()
    trained(first, jets(60), rate=0.1, steps=200, check=1, patience=3)
    found, curves = trained(
        second, jets(60, 2), beta=0.5, normalisation="root", initial=first / "state.safetensors", patience=3, check=1
    )
    assert len(curves["loss"]) >= 4, "the patience of the first training is not over at once"
    before = load(first / MODEL_FILE, "image-vae").network.state_dict()
    assert any(not torch.equal(before[name], value) for name, value in found.network.state_dict().items())
    assert min(curves["validation"]) > 0.01, "the divergence counts"


@pytest.mark.parametrize(("normalisation", "power"), [("sum", 1), ("root", 2)])
def test_images_made_by_a_network_of_transport_are_normalised(normalisation: str, power: int, tmp_path: Path) -> None:
    """Transport compares images of the sum 1, so the network may scale its own as it likes."""
    found, curves = trained(tmp_path, jets(60), loss_of="transport", normalisation=normalisation, rate=0.05, steps=20)
    recipe, events = encoder("image-vae"), jets(10, 2)
    result = reconstructed(recipe, found, events, seed=None)
    made = recipe.events_at(found, result.encoded.points[:, 0], device="cpu")
    np.testing.assert_allclose((made.values**power).sum(axis=(1, 2)), 1, rtol=1e-5)  # type: ignore[attr-defined]
    assert result.squared.mean() == pytest.approx(min(curves["validation"]), rel=0.6)


def test_events_of_another_kind_or_in_another_coordinate_are_refused(tmp_path: Path) -> None:
    recipe = encoder("image-vae")
    of_jets, of_images = tmp_path / "jets", tmp_path / "images"
    for folder in (of_jets, of_images):
        folder.mkdir()
    found, _ = trained(of_jets, jets(60))
    eta = es.ParticleClouds.from_lists([[(1.0, 0.0, 0.0), (1.0, 0.1, 0.1)]] * 3, coordinate="eta")
    with pytest.raises(es.InputError, match="jets in rapidity, these are in eta"):
        recipe.places(found, eta, device="cpu")
    images = es.Images(values=np.random.default_rng(1).exponential(size=(60, 8, 8)), half_width=1.0)
    with pytest.raises(es.InputError, match="has learned from jets"):
        recipe.places(found, images[:3], device="cpu")
    found, _ = trained(of_images, images, pixels=40)  # type: ignore[arg-type]
    assert (found.card.pixels, found.card.coordinate) == (8, "")
    with pytest.raises(es.InputError, match="learned from images, whose preprocessing is not known"):
        recipe.places(found, jets(3), device="cpu")
    with pytest.raises(es.InputError, match="images bring their own half width; leave out --half-width"):
        trained(tmp_path, images, pixels=40, half_width=0.5)  # type: ignore[arg-type]


def test_pt_outside_the_images_is_told_of() -> None:
    wide = es.ParticleClouds.from_lists([[(1.0, 0.0, 0.0), (1.0, 1.5, 0.0)]])
    config = ImageConfig.model_validate(SMALL | {"preprocessing_steps": ()})
    with pytest.warns(EventspaceWarning, match="50.0% of the pt lies outside"):
        images_of(wide, config)


def test_all_kinds_of_a_merged_file_judge() -> None:
    """The last events of a long file are among those that decide which network is kept."""
    from eventspace.events.choice import at_random

    chosen = at_random(6000, 2000, 1)
    assert len(chosen) == 2000
    assert np.histogram(chosen, bins=3, range=(0, 6000))[0].min() > 600
