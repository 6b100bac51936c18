"""Networks beside transport: their scores and names, and the geometry of their layers."""

import json
import shutil
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from scipy.spatial.distance import pdist
from scipy.stats import pearsonr
from sklearn.decomposition import PCA

import eventspace as es
from eventspace.base.errors import InputError
from eventspace.base.files import sha256
from eventspace.base.work import Work
from eventspace.models.file import load
from eventspace.models.fit import fit
from eventspace.models.image_vae import images_of
from eventspace.models.jets.errors import reconstructed
from eventspace.models.processes import Processes
from eventspace.models.registry import encoder
from eventspace.report.anomaly import figures
from eventspace.statistics.roc import auc
from eventspace.studies.anomaly.anomaly import AnomalyConfig
from eventspace.studies.anomaly.networks import SHIPPED, groups_of
from eventspace.studies.registry import study
from eventspace.studies.study import Result

pytestmark = pytest.mark.slow  # all rest on one training or simulation

SMALL: dict[str, Any] = {"medoids": (2,), "pixels": 8, "p": (1.0,), "splits": 2, "neighbours": 3, "correlated": 20}
NETWORK: dict[str, Any] = {"pixels": 8, "blocks": 2, "width": 2, "latent": 3, "batch": 16, "steps": 40, "check": 10}


def prongs(n: int, separation: float, seed: int) -> es.ParticleClouds:
    rng = np.random.default_rng(seed)
    events = []
    for _ in range(n):
        sign = np.repeat([-0.5, 0.5], 6)
        places = rng.normal(scale=0.1, size=(12, 2)) + separation * sign[:, None] * [1.0, 0.0]
        events.append(np.column_stack([rng.exponential(5.0, 12) + 1.0, places]))
    return es.ParticleClouds.from_lists(events)


BACKGROUND, SIGNAL = prongs(60, 0.0, 1), prongs(50, 0.8, 2)


@pytest.fixture(scope="module")
def files(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    """Networks that have learned from other jets of one prong, or of two."""
    folder, alone = tmp_path_factory.mktemp("networks"), Processes(0, 1, torch.device("cpu"))
    found = {}
    for name, separation, model, options in (
        ("one", 0.0, "image-vae", {"seed": 1, "beta": 0.01}),
        ("other", 0.0, "image-vae", {"seed": 2, "beta": 0.01}),
        ("plain", 0.0, "image-vae", {"variational": False}),
        ("deep", 0.0, "image-vae", {"beta": 0.01, "blocks": 3}),
        ("inverse", 0.8, "image-vae", {"seed": 1, "beta": 0.01}),
        ("cloud", 0.0, "cloud-vae", {}),
    ):
        of_clouds = {"latent": "R2", "batch": 16, "steps": 5, "width": 4, "particles": 4}
        config = (NETWORK if model == "image-vae" else of_clouds) | options
        place = folder / name
        place.mkdir()
        recipe = encoder(model)
        with torch.random.fork_rng([]):
            fit(
                recipe,
                prongs(80, separation, 3),
                recipe.config.model_validate(config),
                processes=alone,
                folder=place,
                show_progress=False,
            )
        found[name] = place / "model.safetensors"
    return found


def ask(**options: Any) -> Result:
    work = Work(threads=1, show_progress=False)
    samples = {"background": BACKGROUND, "signal": SIGNAL}
    return study("anomaly").ask(samples, AnomalyConfig(**(SMALL | options)), work)


@pytest.fixture(scope="module")
def result(files: dict[str, Path]) -> Result:
    return ask(networks=(files["one"], files["other"]), inverse_networks=(files["inverse"],))


def test_the_score_of_a_variational_autoencoder_is_its_loss_and_the_mean_over_trainings(
    result: Result, files: dict[str, Path]
) -> None:
    rng = np.random.default_rng((1, 0))
    rest = []
    for events in (BACKGROUND, SIGNAL):
        order = rng.permutation(len(events))
        rest.append(events[np.sort(order[round(0.5 * len(events)) :])])
    areas = []
    for name in ("one", "other"):
        trained, recipe = load(files[name], "image-vae"), encoder("image-vae")
        losses = []
        for events in rest:
            places = recipe.places(trained, events, device="cpu")
            made = recipe.events_at(trained, places.points[:, 0], device="cpu")
            error = ((made.values - images_of(events, trained.card).values) ** 2).mean(axis=(1, 2))  # type: ignore[attr-defined]
            losses.append(0.99 * error + 0.01 * places.kl.sum(axis=1))
        areas.append(auc(*losses).value)
        if name == "one":
            np.testing.assert_allclose(result.arrays["scores.vae.ordinary"], losses[0], rtol=1e-5)
            np.testing.assert_allclose(result.arrays["scores.vae.unusual"], losses[1], rtol=1e-5)
    assert result.arrays["splits.auc.vae"][0] == pytest.approx(np.mean(areas))


def test_all_scores_have_areas_rejections_and_curves_both_ways(result: Result) -> None:
    for part in ("", ".reconstruction", ".kl", ".latent"):
        for suffix in ("", ".inverse"):
            name = f"vae{part}{suffix}"
            number = result.numbers[f"auc.{name}"]
            assert number.low is not None
            assert number.high is not None
            assert 0 <= number.low <= number.value <= number.high <= 1
            assert result.numbers[f"rejection30.{name}"].value >= 1
            assert result.arrays[f"roc.{name}"].shape == (3, 50)
    assert "The loss of vae, as a mean of 2 trainings, has" in result.answer


def test_the_gain_is_the_difference_of_the_areas_on_the_same_jets(result: Result) -> None:
    numbers = result.numbers
    for suffix in ("", ".inverse"):
        gain, area = numbers[f"auc-gain.vae{suffix}"], numbers[f"auc.vae{suffix}"]
        assert gain.value == pytest.approx(area.value - numbers[f"auc.medoids.p1{suffix}"].value)
        each = result.arrays[f"splits.auc.vae{suffix}"] - result.arrays[f"splits.auc.medoids.p1{suffix}"]
        np.testing.assert_allclose(result.arrays[f"splits.auc-gain.vae{suffix}"], each)
        assert gain.low is not None
        assert gain.high is not None
        assert -1 <= gain.low <= gain.value <= gain.high <= 1
    assert "auc-gain.medoids.p1" not in numbers


def test_the_interval_contains_which_training_it_is(files: dict[str, Path], result: Result) -> None:
    for name in ("one", "other"):
        alone = ask(networks=(files[name],)).numbers["auc.vae"].value
        number = result.numbers["auc.vae"]
        assert number.low is not None
        assert number.high is not None
        assert number.low <= alone <= number.high


def test_correlations_are_those_of_the_layers_with_transport(files: dict[str, Path]) -> None:
    found = ask(networks=(files["one"],), correlated=60, correlated_p=(1.0,))
    ready = es.preprocess(BACKGROUND)
    exact = es.matrix(es.Transport(p=1.0), ready, show_progress=False)[np.triu_indices(60, 1)]
    trained = load(files["one"], "image-vae")
    values = images_of(BACKGROUND, trained.card).values
    layers = trained.network.layers(torch.from_numpy(values))  # type: ignore[operator]
    flat = values.reshape(60, -1).astype(float)
    expected = {
        "input": flat,
        **{name: layer.detach().numpy().reshape(60, -1) for name, layer in layers.items()},
        "pca": PCA(3).fit_transform(flat),
        "blur": values.reshape(60, 2, 4, 2, 4).mean(axis=(2, 4)).reshape(60, -1),
    }
    assert set(found.arrays["geometry.layers"]) == {*expected, "untrained"}
    for name, points in expected.items():
        coefficient = pearsonr(pdist(points), exact).statistic
        assert found.numbers[f"correlation.{name}.p1"].value == pytest.approx(coefficient, rel=1e-4)
        if name != "input":
            coefficient = pearsonr(pdist(points), pdist(flat) ** 2).statistic
            assert found.numbers[f"correlation.{name}.mse"].value == pytest.approx(coefficient, rel=1e-4)
    assert "correlation.input.mse" not in found.numbers
    latent, gain = found.numbers["correlation.latent.p1"], found.numbers["correlation-gain.pca.p1"]
    assert gain.value == pytest.approx(latent.value - found.numbers["correlation.pca.p1"].value)
    assert -1 <= found.numbers["correlation.untrained.p1.spearman"].value <= 1


def test_groups_are_named_by_what_they_differ_in(files: dict[str, Path]) -> None:
    groups = groups_of([files[name] for name in ("one", "other", "plain", "deep", "cloud")], BACKGROUND, "background")
    assert [(group.name, len(group.trained)) for group in groups] == [
        ("vae.blocks2", 2),
        ("autoencoder", 1),
        ("vae.blocks3", 1),
        ("cloudvae", 1),
    ]
    found = ask(networks=(files["plain"], files["cloud"]))
    assert "auc.autoencoder.kl" not in found.numbers
    assert {"auc.autoencoder", "auc.cloudvae", "correlation.latent.p1.autoencoder"} <= set(found.numbers)
    assert "correlation.autoencoder" in [picture.name for picture in figures(found)]


def test_a_kind_of_network_has_the_same_name_in_both_tasks(files: dict[str, Path]) -> None:
    found = ask(networks=(files["one"], files["deep"]), inverse_networks=(files["inverse"],), splits=1)
    names = {name for name in found.numbers if name.startswith("auc.vae.blocks2")}
    assert {"auc.vae.blocks2", "auc.vae.blocks2.inverse"} <= names
    assert "auc.vae.inverse" not in found.numbers
    # Three blocks make one pixel of eight, in which all jets are the same.
    assert "correlation.blur.p1.vae.blocks2" in found.numbers
    assert "correlation.blur.p1.vae.blocks3" not in found.numbers
    assert "correlation.vae.blocks3" in [picture.name.removesuffix(".") for picture in figures(found)]


def test_a_network_without_layers_of_images_has_scores_and_no_correlations(files: dict[str, Path]) -> None:
    found = ask(networks=(files["cloud"],))
    assert "auc.cloudvae" in found.numbers
    assert not [name for name in found.numbers if name.startswith("correlation.")]
    assert "correlation" not in [picture.name for picture in figures(found)]


def test_the_headline_leaves_details_to_the_figures(result: Result) -> None:
    shown = {name for name in result.numbers if study("anomaly").headline(name)}
    assert {"auc.medoids.p1", "auc.vae", "auc.vae.inverse", "auc-gain.vae", "correlation.latent.p0.5"} <= shown
    assert not {"auc.medoids.p1.n2", "auc.vae.latent", "rejection30.vae.kl.inverse"} & shown
    assert not {"correlation.block1.p1", "correlation.latent.p0.5.spearman", "correlation.latent.mse"} & shown


def test_all_figures_are_drawn(result: Result) -> None:
    assert {"roc", "areas", "correlation", "pairs"} <= {picture.name for picture in figures(result)}


def test_a_folder_stands_for_its_trainings(files: dict[str, Path], tmp_path: Path) -> None:
    several = tmp_path / "several"
    for name in ("one", "other"):
        shutil.copytree(files[name].parent, several / f"seed{name}")
    for given in ((several,), (files["one"].parent, files["other"].parent), (files["one"], files["other"])):
        ((name, _, trained, _),) = groups_of(given, BACKGROUND, "background")
        assert name == "vae"
        assert [one.card.seed for one in trained] == [1, 2]
    (tmp_path / "empty").mkdir()
    with pytest.raises(InputError, match=r"no networks in this folder; give run directories.*qcd-jets or top-jets"):
        groups_of([tmp_path / "empty"], BACKGROUND, "background")


def test_networks_that_ship_know_the_jets_that_they_have_learned_from(qcd_jets: es.ParticleClouds) -> None:
    losses = {}
    for name in SHIPPED:
        ((kind, recipe, trained, _),) = groups_of([Path(name)], qcd_jets, "background")
        assert kind == "vae"
        assert len({one.card.data for one in trained}) == 1
        assert [one.card.seed for one in trained] == [1, 2, 3]
        each = [reconstructed(recipe, one, qcd_jets, seed=None).squared.mean() for one in trained]
        losses[name] = float(np.mean(each))
    assert losses["qcd-jets"] < 0.8 * losses["top-jets"]


def test_networks_are_inputs_of_the_record(files: dict[str, Path], tmp_path: Path) -> None:
    config = AnomalyConfig(networks=files["one"], inverse_networks=(files["inverse"],))  # type: ignore[arg-type]
    assert config.networks == (files["one"],)
    assert config.files == [files["one"], files["inverse"]]
    answer = es.anomaly(BACKGROUND, SIGNAL, networks=files["one"], threads=1, show_progress=False, **SMALL)
    answer.save(tmp_path / "run")
    inputs = json.loads((tmp_path / "run" / "results.json").read_text())["provenance"]["inputs"]
    assert [(each["file"], each["sha256"]) for each in inputs] == [("model.safetensors", sha256(files["one"]))]


def test_what_cannot_be_a_score_is_refused(files: dict[str, Path], tmp_path: Path) -> None:
    with pytest.raises(es.InputError, match="no such file"):
        ask(networks=(tmp_path / "none.safetensors",))
    from eventspace.models.showers.generation import SHIPPED

    with pytest.raises(es.InputError, match="this is a shower-gan; give a trained cloud-vae or image-vae"):
        ask(networks=(SHIPPED,))
    work = Work(threads=1, show_progress=False)
    config = AnomalyConfig(**(SMALL | {"networks": (files["one"],)}))
    with pytest.raises(es.InputError, match="has learned from these events; score others"):
        study("anomaly").ask({"background": prongs(80, 0.0, 3), "signal": SIGNAL}, config, work)
