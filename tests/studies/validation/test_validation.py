"""The study ``validation``: closed forms where the truth is known, and intervals that hold it."""

from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import eventspace as es
from eventspace import InputError
from eventspace.base.work import Work
from eventspace.events.base import Events
from eventspace.report.validation import figures
from eventspace.studies.registry import study
from eventspace.studies.samples import SAMPLES
from eventspace.studies.study import Result
from eventspace.studies.validation.validation import ValidationConfig

FEW = ValidationConfig(replicas=50)
SHAPE = (7, 7, 8)


def run(reference: Events, generated: Events, config: ValidationConfig, **how: Any) -> Result:
    """The study, asked of these events."""
    return study("validation").ask({"reference": reference, "generated": generated}, config, Work(**how))


def showers(n, seed, energies=None, shift=0, shape=SHAPE):
    """Showers with an energy, a depth and a width of their own, and noise in every cell; the cells hold 2%."""
    rng = np.random.default_rng(seed)
    axes = [np.arange(cells) - (cells - 1) / 2 for cells in shape]
    depth, wide = rng.normal(-1 + shift, 0.4, n), rng.lognormal(0, 0.1, n)
    lateral = np.exp(-np.abs(axes[0]) / wide[:, None]), np.exp(-np.abs(axes[1]) / wide[:, None])
    along = np.exp(-0.5 * ((axes[2] - depth[:, None]) / 1.2) ** 2)
    dense = np.einsum("ni,nj,nk->nijk", *lateral, along) * rng.gamma(20, 1 / 20, (n, *shape))
    incident = np.full(n, 100.0) if energies is None else energies
    seen = 0.02 * incident * rng.normal(1, 0.05, n)
    dense *= (seen / dense.sum((1, 2, 3)))[:, None, None, None]
    units = {"energy": "GeV", "incident_energy": "GeV"}
    return es.Showers.from_dense(dense, per_event={"incident_energy": incident}, units=units)


@pytest.fixture
def no_opinions(monkeypatch):
    """The two-sample metrics take most of the time of a small study; for tests that do not ask for them."""
    monkeypatch.setattr("eventspace.studies.validation.validation.opinions", lambda *tables, **options: {})


without_opinions = pytest.mark.usefixtures("no_opinions")


@pytest.fixture(scope="module")
def reference():
    return showers(150, 1)


def value(result, name):
    return result.numbers[name].value


@without_opinions
def test_equal_samples_show_no_difference(reference):
    result = run(reference, reference, FEW)
    for name, number in result.numbers.items():
        kind = name.partition(".")[0]
        if kind == "ratio":
            assert number.value == pytest.approx(1, abs=1e-12)
        elif kind in ("shift", "difference", "divergence", "ks", "wasserstein", "correlation"):
            assert number.value == pytest.approx(0, abs=1e-12), name
        elif kind == "p_value":
            assert number.value == 1
    for name, values in result.arrays.items():
        if name.endswith(".ratio"):
            known = np.isfinite(values[0])
            assert known.any()
            np.testing.assert_allclose(values[0][known], 1)
    np.testing.assert_array_equal(result.arrays["correlation.reference"], result.arrays["correlation.generated"])


@without_opinions
def test_scaled_energies_are_found_in_the_energies_alone(reference):
    result = run(reference, replace(reference, energy=1.1 * reference.energy), FEW)
    for name in ("total", "response", "largest_cell"):
        found = result.numbers[f"ratio.{name}"]
        assert found.value == pytest.approx(1.1)
        assert found.low < 1.1 < found.high
    for name in ("resolution", "resolution90"):
        assert value(result, f"difference.{name}") == pytest.approx(0, abs=1e-12)
    for name in ("width_x", "R90", "hit_cells"):
        assert value(result, f"ratio.{name}") == pytest.approx(1)
    for axis in "xyz":
        assert value(result, f"divergence.{axis}") == pytest.approx(0, abs=1e-12)
    total = reference.total_energy
    assert value(result, "wasserstein.total_energy") == pytest.approx(0.1 * total.mean() / total.std())
    np.testing.assert_allclose(result.arrays["profile.z.ratio"][0], 1.1)


@without_opinions
def test_showers_moved_by_a_layer_are_found_to_be(reference):
    moved = np.zeros((len(reference), 7, 7, 10))
    moved[..., 1:9] = reference.to_dense()
    wide = np.zeros_like(moved)
    wide[..., :8] = reference.to_dense()
    result = run(es.Showers.from_dense(wide), es.Showers.from_dense(moved), FEW)
    for name in ("mean_z", "maximum_z"):
        assert value(result, f"shift.{name}") == pytest.approx(1)
        assert result.numbers[f"shift.{name}"].unit == "layers"
    assert value(result, "shift.mean_x") == pytest.approx(0, abs=1e-12)
    assert value(result, "ratio.width_z") == pytest.approx(1)
    assert value(result, "ks.mean_z") > 0.5
    assert value(result, "divergence.z") > 0.01
    assert "mean z differs most" in result.answer
    assert result.numbers["response.reference"].unit == "GeV"  # no energies of primary particles


@pytest.mark.slow
@without_opinions
def test_intervals_hold_the_truth():
    """Response and depth of many small samples of one source; the generated showers hold 3% more."""
    held = {
        "ratio.total": 0,
        "difference.resolution": 0,
        "shift.mean_z": 0,
        "ks.mean_z": 0,
        "correlation.difference": 0,
    }
    truth = dict.fromkeys(held, 0.0) | {"ratio.total": 1.03}
    config = ValidationConfig(replicas=100)
    for seed in range(30):
        true, made = (showers(60, 100 + 2 * seed + k, shape=(4, 4, 6)) for k in (0, 1))
        numbers = run(true, replace(made, energy=1.03 * made.energy), config).numbers
        for name in held:
            held[name] += numbers[name].low <= truth[name] <= numbers[name].high
    assert min(held.values()) >= 25, held


@without_opinions
def test_profiles_and_spreads_are_those_of_the_dense_showers(reference):
    generated = showers(90, 2, shift=0.5)
    result = run(reference, generated, FEW)
    for sample, events in zip(SAMPLES, (reference, generated), strict=True):
        dense = events.to_dense()
        for number, axis in enumerate("xyz"):
            profile = dense.sum(tuple(k + 1 for k in range(3) if k != number))
            np.testing.assert_allclose(result.arrays[f"profile.{axis}.{sample}"][0], profile.mean(0))
            np.testing.assert_allclose(result.arrays[f"spread.{axis}.{sample}"][0], profile.std(0), rtol=1e-6)
        np.testing.assert_allclose(result.arrays[f"mean.{sample}.front"], dense.mean(0).sum(2))
        np.testing.assert_allclose(result.arrays[f"mean.{sample}.side"], dense.mean(0).sum(1))
        edges = result.arrays["edges.cells"]
        counted = np.histogram(dense[dense > 0], edges)[0] / len(dense)
        np.testing.assert_allclose(result.arrays[f"cells.{sample}"][0], counted)
        assert result.arrays[f"cells_above.{sample}"][0, 0] == pytest.approx((dense > 0).sum() / len(dense))
        assert result.arrays[f"fraction.total energy.{sample}"][0].sum() == pytest.approx(1)
        for kind in ("profile.x", "spread.z", "cells", "fraction.R90"):
            middle, low, high = result.arrays[f"{kind}.{sample}"]
            assert (low <= middle + 1e-12).all()
            assert (middle <= high + 1e-12).all()
            assert (low < high).any()
    above = [(events.to_dense() >= 0.01).sum() / len(events) for events in (reference, generated)]
    assert value(result, "ratio.cells_above_0.01") == pytest.approx(above[1] / above[0])


@pytest.mark.slow
@without_opinions
def test_correlations_are_those_of_numpy(reference):
    from eventspace.events.shower_features import shower_features

    generated = showers(90, 3)
    result = run(reference, generated, FEW)
    moving = shower_features(reference).std(axis=0) > 0
    expected = []
    for sample, events in zip(SAMPLES, (reference, generated), strict=True):
        expected.append(np.corrcoef(shower_features(events)[:, moving], rowvar=False))
        found = result.arrays[f"correlation.{sample}"]
        np.testing.assert_allclose(found[np.ix_(moving, moving)], expected[-1], atol=1e-9)
        assert (found[~moving] == 0).all()
    every = np.triu_indices(len(moving), 1)
    difference = np.zeros((len(moving), len(moving)))
    difference[np.ix_(moving, moving)] = expected[1] - expected[0]
    assert value(result, "correlation.difference") == pytest.approx(np.sqrt((difference[every] ** 2).mean()))


@pytest.mark.slow
@without_opinions
def test_response_against_energy():
    """Of two samples of a range of energies, the second loses 10% above 100 GeV."""
    rng = np.random.default_rng(4)
    energies = rng.uniform(20, 180, (2, 300))
    true, made = (showers(300, 5 + k, energies[k]) for k in (0, 1))
    loss = np.repeat(np.where(energies[1] > 100, 0.9, 1.0), np.diff(made.offsets))
    result = run(true, replace(made, energy=made.energy * loss), FEW)
    edges = result.arrays["edges.energy"]
    assert len(edges) == 9
    assert (edges[0], edges[-1]) == (energies[0].min(), energies[0].max())
    ratio = result.arrays["response_at.ratio"]
    np.testing.assert_allclose(ratio[0, edges[1:] < 95], 1, atol=0.03)
    np.testing.assert_allclose(ratio[0, edges[:-1] > 105], 0.9, atol=0.03)
    np.testing.assert_allclose(result.arrays["response_at.reference"][0], 0.02, rtol=0.03)
    np.testing.assert_allclose(result.arrays["resolution_at.reference"][0], 0.05, rtol=0.5)
    assert value(result, "resolution.reference") == pytest.approx(0.05, rel=0.2)
    assert "For the same primary energy" in result.answer
    assert {"ks.incident_energy", "ks.response"} <= set(result.numbers)
    assert "against-energy" in {picture.name for picture in figures(result)}
    shown = [result.arrays[f"shower.{sample}.energy"] for sample in SAMPLES]
    np.testing.assert_allclose(shown[0], shown[1], atol=5)


@without_opinions
def test_threshold_cuts_both_samples(reference):
    threshold = float(np.quantile(reference.energy, 0.5))
    cut = reference.above(threshold)
    assert value(run(reference, cut, FEW), "ratio.hit_cells") < 0.6
    whole = run(reference, cut, ValidationConfig(replicas=50, threshold=threshold))
    assert value(whole, "ratio.hit_cells") == 1
    assert value(whole, "ratio.total") == pytest.approx(1)
    assert whole.arrays["edges.cells"][0] >= threshold


@pytest.mark.slow
def test_same_seed_same_result(reference):
    generated = showers(60, 6)
    one, again, other = (run(reference, generated, ValidationConfig(replicas=50, seed=seed)) for seed in (1, 1, 2))
    assert one.numbers == again.numbers
    for name, values in one.arrays.items():
        np.testing.assert_array_equal(values, again.arrays[name])
    assert one.numbers != other.numbers


@pytest.mark.slow
@without_opinions
def test_flat_grid_and_features_without_width():
    """A row of cells along z, all showers alike but for their energy."""
    dense = np.ones((30, 1, 1, 5)) * np.random.default_rng(7).normal(1, 0.1, (30, 1, 1, 1))
    result = run(es.Showers.from_dense(dense), es.Showers.from_dense(dense), FEW)
    assert "ratio.width_x" not in result.numbers
    assert value(result, "ratio.width_z") == 1
    assert len(figures(result)) == 9


@pytest.mark.slow
def test_figures_tell_what_they_show(reference):
    geant4, gan = replace(reference, file=Path("geant4.h5")), replace(showers(60, 8), file=Path("gan.h5"))
    pictures = figures(run(geant4, gan, FEW))
    names = [picture.name for picture in pictures]
    assert names[0] == "summary"
    assert len(set(names)) == len(names)
    for picture in pictures:
        assert len(picture.caption) > 80
        visible = [axis for axis in picture.figure.axes if axis.get_visible()]
        assert all(axis.get_xlabel() or axis.get_ylabel() or axis.get_title() for axis in visible[-2:])
    assert "gan beside geant4" in pictures[0].caption


@pytest.mark.parametrize(
    ("reference", "generated", "config", "message"),
    [
        (showers(20, 1), showers(1, 2), FEW, "generated sample: there are 1 showers"),
        (showers(20, 1)[:0], showers(20, 2), FEW, "reference sample: there are 0 showers"),
        (
            showers(20, 1),
            showers(20, 2, shape=(7, 7, 9)),
            FEW,
            "7 x 7 x 9 cells cannot be compared with showers on 7 x 7 x 8",
        ),
        (showers(20, 1), es.Points(values=np.zeros((20, 2))), FEW, "generated sample: it holds points"),
        (
            showers(20, 1),
            replace(showers(20, 2), units={"energy": "MeV"}),
            FEW,
            "generated sample: the energy is in MeV",
        ),
        (showers(20, 1), showers(20, 2), ValidationConfig(threshold=9.0), "reference sample, event 0: .*--threshold"),
        (
            showers(20, 1),
            replace(showers(20, 2), per_event={"incident_energy": np.arange(20.0)}),
            FEW,
            "generated sample, event 0: .*not positive",
        ),
    ],
)
def test_bad_input(reference, generated, config, message):
    with pytest.raises(InputError, match=message):
        run(reference, generated, config)


@pytest.mark.parametrize("options", [{"threshold": -1}, {"cells_above": ()}, {"cells_above": (0,)}, {"bins": 3}])
def test_bad_options(options):
    with pytest.raises(ValueError, match=r"threshold|cells_above|bins"):
        ValidationConfig(**options)
