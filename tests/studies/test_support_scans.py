"""The scans of the study ``support``: each point is the number that a run of its own gives."""

from dataclasses import replace
from typing import Any

import numpy as np
import pytest

import eventspace as es
from eventspace import InputError
from eventspace.base.work import Work
from eventspace.events.base import Events
from eventspace.report.support import figures
from eventspace.studies.registry import study
from eventspace.studies.study import Result
from eventspace.studies.support.support import SupportConfig, scan_alphas

FAST = ("profiles", "total")
QUIET = {"show_progress": False, "threads": 2}


def run(reference: Events, generated: Events, config: SupportConfig, **how: Any) -> Result:
    """The study, asked of these events."""
    return study("support").ask({"reference": reference, "generated": generated}, config, Work(**how))


def showers(n, seed, width=1.0):
    """Showers with a depth and an energy of their own, and noise in every cell."""
    rng = np.random.default_rng(seed)
    cells = np.arange(11) - 5
    depth, wide = rng.normal(0, width, n), rng.lognormal(0, 0.2 * width, n)
    lateral = np.exp(-np.abs(cells) / wide[:, None])
    dense = np.einsum("ni,nj,nk->nijk", lateral, lateral, np.exp(-0.1 * (cells - depth[:, None]) ** 2))
    dense *= rng.gamma(20, 1, dense.shape)
    dense *= (rng.normal(100, 3, n) / dense.sum((1, 2, 3)))[:, None, None, None]
    return es.Showers.from_dense(np.where(dense < 1e-2, 0, dense))


def same_arrays(arrays, others):
    assert list(arrays) == list(others)
    for name, values in arrays.items():
        np.testing.assert_array_equal(values, others[name], err_msg=name)  # equal where both are NaN


def with_energies(events, seed):
    """The energy of the incident particle: 10 to 100 GeV, and one event on each edge of the bins below."""
    energies = np.random.default_rng(seed).uniform(10, 100, len(events))
    energies[:3] = 10, 40, 100
    return replace(events, per_event={"incident_energy": energies}, units={"incident_energy": "GeV"})


@pytest.fixture(scope="module", autouse=True)
def no_opinions():
    """The two-sample metrics, which no scan repeats, take most of the time of a small study."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("eventspace.studies.support.support.opinions", lambda *tables, **options: {})
        yield


@pytest.fixture(scope="module")
def samples():
    return with_energies(showers(80, 21), 1), with_energies(showers(70, 22, width=0.8), 2)


@pytest.mark.slow
def test_each_alpha_of_the_scan_is_a_run_of_its_own(samples):
    config = SupportConfig(features=FAST, alpha=(0.2, 0.4))
    found = run(*samples, config, **QUIET)
    alphas = found.arrays["scan.alpha"]
    np.testing.assert_allclose(alphas, np.geomspace(0.05, 0.4, 8))
    for place in (0, 3, 7):
        alone = run(*samples, SupportConfig(features=FAST, alpha=(alphas[place],)), **QUIET)
        np.testing.assert_array_equal(found.arrays["scan.thresholds"][:, place], alone.arrays["thresholds"][:, 0])
        shown = (
            "collision.reference.profiles",
            "support.generated.profiles+total",
            "ratio.profiles",
            "overlap.profiles",
        )
        for name in shown:
            expected = alone.numbers[name]
            value, low, high = found.arrays[f"scan.{name}"][:, place]
            assert (value, low, high) == (expected.value, expected.low, expected.high)


@pytest.mark.slow
def test_scan_leaves_the_numbers_of_other_alphas_alone(samples):
    """Also where random pairs give the thresholds, whose replicas are random."""
    config = SupportConfig(features=("ssim",), alpha=(0.2, 0.3), sampled_pairs=1000)
    both = run(*samples, config, **QUIET)
    one = run(*samples, config.model_copy(update={"alpha": (0.2,)}), **QUIET)
    assert both.numbers["collision.generated.ssim"] == one.numbers["collision.generated.ssim"]
    np.testing.assert_array_equal(
        both.arrays["scan.collision.reference.ssim"][:, -1],
        [getattr(both.numbers["collision.reference.ssim.alpha0.3"], end) for end in ("value", "low", "high")],
    )
    # The threshold is uncertain at every alpha: more pairs give shorter intervals.
    more = run(*samples, config.model_copy(update={"sampled_pairs": 100_000}), **QUIET)
    widths = [np.log(r.arrays["scan.support.reference.ssim"][2] / r.arrays["scan.support.reference.ssim"][1])
              for r in (both, more)]  # fmt: skip
    assert (widths[0] > widths[1]).all()


def test_sample_without_duplicates_has_limits_in_the_scan():
    rng = np.random.default_rng(8)
    reference, generated = rng.normal(size=(60, 8)), 1000 * rng.normal(size=(50, 8))
    found = run(es.Points(values=reference), es.Points(values=generated), SupportConfig(), **QUIET)
    value, low, high = found.arrays["scan.support.generated.euclidean"]
    assert (value == low).all()
    assert np.isnan(high).all()
    assert figures(found)[2].name == "alpha"


def test_scan_leaves_out_alphas_whose_threshold_is_zero():
    """A tenth of the reference's pairs are equal: alpha = 0.2 has a threshold, 0.05 has none."""
    rng = np.random.default_rng(3)
    reference = rng.normal(size=(60, 2))
    reference[:20] = reference[0]
    config = SupportConfig(alpha=(0.2,))
    found = run(es.Points(values=reference), es.Points(values=rng.normal(size=(60, 2))), config, **QUIET)
    equal = 20 * 19 / (60 * 59)
    assert scan_alphas(config)[0] < equal < 0.2
    np.testing.assert_array_equal(found.arrays["scan.alpha"], [a for a in scan_alphas(config) if a > equal])
    assert (found.arrays["scan.thresholds"] > 0).all()


@pytest.mark.slow
def test_energy_bin_is_as_if_there_were_nothing_else(samples):
    edges = (10.0, 40.0, 100.0)
    config = SupportConfig(alpha=(0.3,), energy_bins=edges, features=("profiles", "total", "ssim"), sampled_pairs=1000)
    found = run(*samples, config, **QUIET)
    alone = run(*samples, config.model_copy(update={"energy_bins": None}), **QUIET)
    assert {name: number for name, number in found.numbers.items() if ".energy" not in name} == alone.numbers
    for number, (low, high) in enumerate(((10, 40), (40, 100.1))):
        parts = [events[(low <= events.per_event["incident_energy"]) & (events.per_event["incident_energy"] < high)]
                 for events in samples]  # fmt: skip
        expected = run(*parts, config.model_copy(update={"energy_bins": None}), **QUIET).numbers
        name = f".energy{edges[number]:g}-{edges[number + 1]:g}"
        of_bin = {key.removesuffix(name): value for key, value in found.numbers.items() if key.endswith(name)}
        assert {"dynamic_range", "ratio.profiles+total", "s50.generated.profiles"} <= set(of_bin)
        for key, value in of_bin.items():
            assert value == expected[key], key
    assert "From 40 to 100 GeV: " in found.answer
    assert "energy" in [picture.name for picture in figures(found)]


@pytest.mark.parametrize(
    ("edges", "message"),
    [
        ((40.0, 10.0), "do not rise: 40 10"),
        ((10.0, 10.5, 100.0), "events from 10 to 10.5 GeV, and its energies go from 10 to 100 GeV"),
        ((200.0, 300.0), "there are 0 events from 200 to 300 GeV"),
    ],
)
def test_bad_energy_bins(samples, edges, message):
    with pytest.raises(InputError, match=message):
        run(*samples, SupportConfig(features=FAST, energy_bins=edges), **QUIET)


def test_energy_bins_need_energies(samples):
    config = SupportConfig(features=FAST, energy_bins=(10.0, 100.0))
    with pytest.raises(InputError, match="reference sample: it lacks the energy"):
        run(showers(20, 1), samples[1], config, **QUIET)
    with pytest.raises(InputError, match="generated sample: the incident energies are in MeV"):
        run(samples[0], replace(samples[1], units={"incident_energy": "MeV"}), config, **QUIET)


@pytest.mark.slow
def test_each_dynamic_range_is_a_run_of_its_own(samples):
    config = SupportConfig(alpha=(0.3,), features=("total", "ssim"), scan_dynamic_range=(0.5, 5.0), sampled_pairs=1000)
    found = run(*samples, config, **QUIET)
    for L in (0.5, 5.0):
        alone = run(*samples, SupportConfig(alpha=(0.3,), features=("total", "ssim"), dynamic_range=L,
                    sampled_pairs=1000), **QUIET)  # fmt: skip
        for name in ("s50.reference.total+ssim", "ratio.total+ssim"):
            assert found.numbers[f"{name}.L{L:g}"] == alone.numbers[name]
        assert found.numbers[f"threshold.ssim.L{L:g}"].value == alone.arrays["thresholds"][1, 0]
    assert "ratio.total.L5" not in found.numbers
    assert "dynamic-range" in [picture.name for picture in figures(found)]


def test_scan_of_the_dynamic_range_needs_the_ssim(samples):
    with pytest.raises(InputError, match="no SSIM"):
        run(*samples, SupportConfig(features=FAST, scan_dynamic_range=(1.0,)), **QUIET)


@pytest.mark.slow
def test_transport_of_showers(samples):
    config = SupportConfig(alpha=(0.3,), features=("total", "transport"), sampled_pairs=100_000, most_cells=20)
    found = run(*samples, config, **QUIET)
    metric = es.ShowerTransport(most_cells=20)
    upper = np.triu_indices(len(samples[0]), 1)
    limits, near = [], np.ones(len(upper[0]), dtype=bool)
    for each in (es.EnergyDifference(), metric):
        distances = es.matrix(each, samples[0], **QUIET)[upper]
        limits.append(np.sort(distances)[int(0.3 * len(distances))])
        near &= distances < limits[-1]
    assert found.numbers["collision.reference.total+transport"].value == pytest.approx(near.mean(), rel=1e-12)
    assert found.numbers["merging.reference"].value == metric.displacement(samples[0]).max()


class StoppedError(Exception):
    pass


@pytest.fixture(scope="module")
def whole(samples):
    config = SupportConfig(
        alpha=(0.3,),
        features=("total", "ssim"),
        sampled_pairs=1000,
        energy_bins=(10.0, 100.0),
        scan_dynamic_range=(1.0,),
    )
    return run(*samples, config, **QUIET)


@pytest.mark.slow
@pytest.mark.parametrize("steps", [1, 7, 15, 26])
def test_stopped_run_goes_on_where_it_was(samples, whole, steps, tmp_path, monkeypatch):
    saved, really = [], np.savez

    def save(file, **arrays):
        if len(saved) == steps:
            raise StoppedError
        saved.append(file)
        really(file, **arrays)

    with monkeypatch.context() as patched:
        patched.setattr(np, "savez", save)
        with pytest.raises(StoppedError):
            run(*samples, whole.config, folder=tmp_path, **QUIET)
    before = {path: path.stat().st_mtime_ns for path in tmp_path.iterdir()}
    assert len(before) == steps
    resumed = run(*samples, whole.config, folder=tmp_path, **QUIET)
    assert resumed.numbers == whole.numbers
    same_arrays(resumed.arrays, whole.arrays)
    assert all(path.stat().st_mtime_ns == time for path, time in before.items()), "a kept step was computed again"


def test_step_of_other_samples_or_options_is_refused(samples, tmp_path):
    config = SupportConfig(features=FAST, alpha=(0.3,))
    run(*samples, config, folder=tmp_path, **QUIET)
    for parts, options in ((samples[::-1], config), (samples, config.model_copy(update={"seed": 7}))):
        with pytest.raises(InputError, match="another calculation"):
            run(*parts, options, folder=tmp_path, **QUIET)
