"""The equivalent size of samples where theory or the published talk gives it."""

from pathlib import Path
from typing import Any

import numpy as np
import pytest

import eventspace as es
from eventspace.base.work import Work
from eventspace.statistics.equivalent_size import expected_error
from eventspace.studies.amplification.amplification import AmplificationConfig
from eventspace.studies.amplification.toy_generators import Source
from eventspace.studies.registry import study
from eventspace.studies.study import Result

pytestmark = pytest.mark.slow  # all rest on one training or simulation

# Root MSE and amplification for a training sample of 100, from 300 toys of our own.
TABLE = {10: (0.0300, 0.0196, 2.4), 20: (0.0219, 0.0104, 4.4), 50: (0.0140, 0.0043, 10.4)}


def run(config: AmplificationConfig, **how: Any) -> Result:
    """The study, asked of these events."""
    return study("amplification").ask({}, config, Work(**how))


@pytest.fixture(scope="module")
def camelback() -> Result:
    return run(AmplificationConfig(trainings=300, sampled=50_000, generators=("fit",)))


@pytest.mark.parametrize("bins", TABLE)
def test_sample_and_fit_agree_with_the_recipe(camelback: Result, bins: int) -> None:
    sample, fitted, amplification = TABLE[bins]
    numbers = camelback.numbers
    assert numbers[f"root-mse.sample.q{bins}"].value == pytest.approx(sample, rel=0.1)
    assert numbers[f"root-mse.fit.q{bins}"].value == pytest.approx(fitted, rel=0.1)
    assert numbers[f"amplification.fit.q{bins}"].value == pytest.approx(amplification, rel=0.1)
    assert numbers[f"equivalent.sample.q{bins}"].value == pytest.approx(100, rel=0.1)


def test_intervals_hold_their_values_and_the_closed_form(camelback: Result) -> None:
    for name, number in camelback.numbers.items():
        assert number.low is not None, name
        assert number.high is not None, name
        assert number.low <= number.value <= number.high
    for bins in TABLE:
        root = camelback.numbers[f"root-mse.sample.q{bins}"]
        assert root.low is not None
        assert root.high is not None
        margin = 0.5 * (root.high - root.low)  # at 95% an interval may miss the truth, but not by its own half width
        assert root.low - margin < np.sqrt(expected_error(100, bins)) < root.high + margin


def test_few_generated_points_are_equivalent_to_no_more_than_their_number(camelback: Result) -> None:
    first = camelback.arrays["errors.fit"][:, 0, 0]
    assert camelback.arrays["sizes"][0] == 100
    # 100 points of a fit to 100 points: both scatter, so the mean error is at least that of 100 true ones.
    assert first.mean() > 0.95 * expected_error(100, 10)


@pytest.mark.parametrize(("truth", "dimension"), [("ring", None), ("shell", 5)])
def test_knowing_the_form_of_ring_and_shell_amplifies(truth: str, dimension: int | None) -> None:
    config = AmplificationConfig(truth=truth, dimension=dimension, trainings=40, sampled=20_000, generators=("fit",))
    numbers = run(config).numbers
    for bins in config.quantiles:
        assert numbers[f"median.fit.q{bins}"].low > 1
        assert numbers[f"failed.sample.q{bins}"].value < 0.1


def test_resume_and_seed(tmp_path: Path) -> None:
    config = AmplificationConfig(trainings=4, sampled=2000, generators=("fit",))
    plain = run(config)
    run(config, folder=tmp_path / "kept")
    (tmp_path / "kept" / "fit-measured-3.npz").unlink()  # as if the run had been killed in the last training
    again = run(config, folder=tmp_path / "kept")
    assert again.numbers == plain.numbers
    assert run(config.model_copy(update={"seed": 2})).numbers != plain.numbers


@pytest.mark.parametrize("other", [{"seed": 2}, {"truth": "ring"}, {"sampled": 3000}, {"train": 50}, {"trainings": 5}])
def test_what_another_calculation_kept_is_refused(tmp_path: Path, other: dict[str, object]) -> None:
    config = AmplificationConfig(trainings=4, sampled=2000, generators=("fit",))
    run(config, folder=tmp_path)
    with pytest.raises(es.InputError, match=r"fit-measured-0\.npz: this checkpoint belongs to another calculation"):
        run(config.model_copy(update=other), folder=tmp_path)


def test_damaged_step_is_refused_by_its_name(tmp_path: Path) -> None:
    config = AmplificationConfig(trainings=2, sampled=2000, generators=("fit",))
    run(config, folder=tmp_path)
    step = tmp_path / "fit-measured-1.npz"
    step.write_bytes(step.read_bytes()[:100])
    with pytest.raises(es.InputError, match=r"fit-measured-1\.npz: this checkpoint is damaged"):
        run(config, folder=tmp_path)


def test_answer_gives_mean_and_median_and_amplification_by_the_mean(camelback: Result) -> None:
    mean, median = (camelback.numbers[f"{kind}.fit.q10"] for kind in ("amplification", "median"))
    assert (
        f"training sample, of {mean} (fit, which amplifies; the median of its trainings is {median})"
        in camelback.answer
    )
    assert "by the mean error of 300 trainings" in camelback.answer
    # The points of a fit of few points scatter, so that none is shown to amplify, whatever the median says.
    few = run(AmplificationConfig(train=5000, trainings=10, sampled=1000, generators=("fit",)))
    assert "shows no amplification" in few.answer


def test_median_of_few_trainings_has_no_interval() -> None:
    numbers = run(AmplificationConfig(trainings=5, sampled=1000, generators=("fit",))).numbers
    assert (numbers["median.fit.q10"].low, numbers["median.fit.q10"].high) == (None, None)
    assert "not enough" in numbers["median.fit.q10"].note
    assert numbers["amplification.fit.q10"].low is not None


def test_source_that_makes_no_numbers_is_a_failed_training(monkeypatch: pytest.MonkeyPatch) -> None:
    class Broken:
        def draw(self, n: int, rng: np.random.Generator) -> np.ndarray:
            return np.full((n, 1), np.nan)

    broken: Source = Broken()
    monkeypatch.setattr("eventspace.studies.amplification.toy_generators.fit", lambda truth, points: broken)
    numbers = run(AmplificationConfig(trainings=3, sampled=1000, generators=("fit",))).numbers
    assert numbers["failed.fit.q10"].value == 1
    assert numbers["equivalent.fit.q10"].value == pytest.approx(1)


def test_spread_of_resamples_estimates_the_equivalent_size_of_a_fit() -> None:
    config = AmplificationConfig(trainings=30, sampled=20_000, generators=("fit",), resamples=3)
    numbers = run(config).numbers
    for bins in config.quantiles:
        # A fit of the true form has no bias, so that the spread is all of its error.
        ratio = numbers[f"estimate-ratio.fit.q{bins}"]
        assert 0.6 < ratio.value < 1.6
        assert numbers[f"estimate.fit.q{bins}"].value == pytest.approx(
            ratio.value * numbers[f"equivalent.fit.q{bins}"].value
        )


@pytest.mark.parametrize(("name", "pooled"), [("gan", 1), ("gan", 2), ("vae", 1), ("flow", 1)])
def test_networks_are_trained_and_resumed(name: str, pooled: int, tmp_path: Path) -> None:
    pytest.importorskip("torch")
    config = AmplificationConfig(
        truth="ring",
        train=30,
        quantiles=(4,),
        trainings=3,
        generators=(name,),
        resamples=2,
        sampled=1000,
        steps=3,
        pooled=pooled,
    )
    plain = run(config, device="cpu", threads=1)
    assert {f"{number}.{name}.q4" for number in ("median", "failed", "better", "estimate")} <= set(plain.numbers)
    run(config, device="cpu", threads=1, folder=tmp_path)
    assert run(config, device="cpu", threads=1, folder=tmp_path).numbers == plain.numbers


def test_networks_alone_are_pooled() -> None:
    config = AmplificationConfig(trainings=3, sampled=1000, generators=("fit",))
    assert run(config.model_copy(update={"pooled": 3})).numbers == run(config).numbers


def test_equal_fractions_have_a_finite_equivalent_size() -> None:
    # 20 points in two bins are even once in six times.
    numbers = run(
        AmplificationConfig(train=20, quantiles=(2,), trainings=10, sampled=1000, generators=("fit",))
    ).numbers
    assert 20 < numbers["spread.sample.q2"].high * 20 <= 0.25 / (2 / (2 * 20**2))


def test_one_resample_has_no_spread() -> None:
    with pytest.raises(es.InputError, match="one resample"):
        run(AmplificationConfig(resamples=1))


def test_dimension_of_the_camel_back_is_one() -> None:
    with pytest.raises(es.InputError, match="dimension 1"):
        run(AmplificationConfig(dimension=3))
