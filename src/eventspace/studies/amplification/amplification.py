"""How far does a generator amplify its training sample, where the truth is known in closed form?

After A. Butter, S. Diefenbacher, G. Kasieczka, B. Nachman and T. Plehn, "GANplifying event samples", arXiv:2008.06545,
and the talk of K. Jaruskova, "IML Summary: GANplifying event samples, Topological data analysis", 2020: a generator
learns from N true points; the fractions of its points in bins of equal probability under the truth have an error. The
number of true points with the same error is the equivalent sample size, and its ratio to N is the amplification A. A
single training can be an outlier, so everything is done for many training samples.
"""

import logging
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import replace
from functools import partial
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Annotated, Any, NamedTuple

import numpy as np
from numpy.typing import ArrayLike, NDArray
from pydantic import Field

from eventspace.base.errors import InputError
from eventspace.base.progress import progress
from eventspace.base.store import Store
from eventspace.base.work import Work
from eventspace.events.base import Events
from eventspace.statistics.averages import mean, median, ratio_of_means
from eventspace.statistics.bins import grid_bin
from eventspace.statistics.bootstrap import percentiles
from eventspace.statistics.equivalent_size import equivalent_events, expected_error, quantile_error, spread_error
from eventspace.statistics.fraction import fraction
from eventspace.statistics.number import Number
from eventspace.statistics.truths import Truth, TruthName
from eventspace.studies.amplification.toy_generators import GENERATORS, GeneratorName, Source, trained
from eventspace.studies.study import Outcome, Study, StudyConfig

__all__ = ["STUDY", "AmplificationConfig", "edges", "run", "the_truth"]

TALK = 10_000  # generated points at which the talk reads off the equivalent sample size
SPREAD = 0.68  # fraction of the trainings in the spread that is given beside the median

_BLOCK = 100_000  # points generated at once
_SPREAD_POINTS = 20_000  # generated for each resample; their noise is subtracted, and no estimate is above their number
_BINS = 48

_log = logging.getLogger(__name__)

Floats = NDArray[np.float64]
Integers = NDArray[np.int64]
Bins = Annotated[int, Field(ge=2)]


class AmplificationConfig(StudyConfig):
    """Options of the study ``amplification``."""

    truth: TruthName = Field("camelback", description="The distribution that is learned.")
    dimension: int | None = Field(None, ge=2, description="Dimension of the space around the shell; 5 by default.")
    train: int = Field(100, ge=20, description="Points of each training sample.")
    quantiles: tuple[Bins, ...] = Field(
        (10, 20, 50), min_length=1, description="Numbers of bins of equal probability; the first gives the headline."
    )
    trainings: int = Field(100, ge=2, description="Independent training samples; each generator learns from each.")
    generators: tuple[GeneratorName, ...] = Field(
        ("fit", "gan"),
        min_length=1,
        description="What learns: fit (the form of the truth is known, its parameters are fitted); and with torch gan, "
        "vae, flow.",
    )
    steps: int | None = Field(None, ge=1, description="Steps of a network's training; by default those of its kind.")
    pooled: int = Field(1, ge=1, description="Networks trained on each sample, whose points are pooled.")
    resamples: int = Field(
        0,
        ge=0,
        description="Bootstrap resamples of each training sample that the generators also learn from: their spread "
        "estimates the equivalent sample size without a hold-out. At least 2, or 0 for none.",
    )
    sampled: int = Field(1_000_000, ge=1000, description="Most points drawn from each trained generator.")


def run(samples: Mapping[str, Events], config: AmplificationConfig, work: Work) -> Outcome:
    """Train generators on many samples of a known distribution and measure the equivalent size of their points.

    Arguments:
        samples: none; the truth makes them.
        config: see :class:`AmplificationConfig`.
        work: how to work; threads are those of torch on the CPU.

    Returns:
        For the training samples themselves (``sample``) and each generator, with q bins: ``root-mse.{name}.q10``, the
        root of the mean error over all trainings; ``equivalent.{name}.q10``, the number of true points with this mean
        error, and ``amplification.{name}.q10``, the same over the size of the training sample; ``median.{name}.q10``,
        the median amplification of a training; ``spread.{name}.q10``, the median with the ends between which 68% of the
        trainings lie; ``failed.{name}.q10``, the fraction of trainings with more than twice the root error expected of
        the training sample; ``better.{name}.q10``, the fraction of trainings with a smaller error than their own
        training sample. All for the most points drawn; ``median-equivalent.{name}.q10.n10000`` for 10,000. With
        ``resamples``: ``estimate.{name}.q10``, the equivalent sample size estimated from the spread of the resamples,
        without the truth, and ``estimate-ratio.{name}.q10``, the same over ``equivalent``. Each training with its
        sample is one case for all intervals; a median of fewer than 6 has none at 95%.

    Raises:
        InputError: the truth does not exist in the dimension, there is one resample, the device cannot be used, or the
            checkpoints are damaged or those of another calculation.
        MissingExtraError: a network is chosen and torch is not installed.
        DivergedError: all trainings of a network have diverged.

    Example:
        >>> import eventspace as es
        >>> numbers = es.amplification(generators=("fit",), trainings=20, sampled=10_000).numbers
        >>> 2 < numbers["median.fit.q10"].value < 4
        True
    """
    truth = the_truth(config)
    if config.resamples == 1:
        raise InputError("one resample has no spread", remedy="give --resamples 2 or more, or 0 for none")
    drawn = np.stack(
        [truth.draw(config.train, np.random.default_rng((config.seed, 0, k))) for k in range(config.trainings)]
    )
    sizes, learn = _sizes(config), partial(trained, steps=config.steps, pooled=config.pooled)
    measured = {"sample": _measured_samples(truth, drawn, config)}
    spreads: dict[str, Floats] = {}
    with _folder(work.folder) as folder:
        for name in config.generators:
            _log.info("training %s on %d samples of %d points", name, config.trainings, config.train)
            seed = (config.seed, 1 + GENERATORS.index(name))
            sources = learn(name, truth, drawn, seed, folder / f"{name}-samples", work)
            _log.info("drawing %d points of each", config.sampled)
            measured[name] = _measured(name, truth, sources, sizes, seed, config, folder, work.show_progress)
            if config.resamples:
                _log.info("training %s on %d resamples of each sample", name, config.resamples)
                again = _resampled(drawn, config)
                sources = learn(name, truth, again, seed, folder / f"{name}-resamples", work)
                spreads[name] = _spreads(sources, seed, config)

    numbers: dict[str, Number] = {}
    for source, found in measured.items():
        numbers |= _numbers(source, found.errors, measured["sample"].errors, sizes, config)
    for source, errors in spreads.items():
        numbers |= _estimates(source, errors, measured[source].errors[:, :, -1], config)
    arrays: dict[str, NDArray[Any]] = {"sizes": np.array(sizes), "edges": edges(truth)}
    for source, found in measured.items():
        arrays |= {f"errors.{source}": found.errors, f"profiles.{source}": found.profiles}
    arrays |= {f"spreads.{source}": errors for source, errors in spreads.items()}
    return Outcome(_answer(numbers, config), numbers, arrays)


def the_truth(config: AmplificationConfig) -> Truth:
    """The distribution of a configuration.

    Raises:
        InputError: a dimension is given that it does not have.
    """
    usual = {"camelback": 1, "ring": 2, "shell": 5}[config.truth]
    return Truth(config.truth, config.dimension or usual)


def edges(truth: Truth) -> Floats:
    """The edges of the bins of the profiles."""
    return np.linspace(-8.0 if truth.name == "camelback" else 0.0, 8.0, _BINS + 1)


@contextmanager
def _folder(checkpoints: Path | None) -> Iterator[Path]:
    """The folder for unfinished work; a temporary one where none is given."""
    if checkpoints:
        checkpoints.mkdir(parents=True, exist_ok=True)
        yield checkpoints
    else:
        with TemporaryDirectory() as folder:
            yield Path(folder)


def _sizes(config: AmplificationConfig) -> list[int]:
    """Numbers of generated points, three a decade: 100, 200, 500 … and the largest of the configuration."""
    steps = (factor * 10**power for power in range(2, 12) for factor in (1, 2, 5))
    return [*(size for size in steps if size < config.sampled), config.sampled]


class _Measured(NamedTuple):
    """What was seen of the points of all trainings of a generator.

    Attributes:
        errors: (trainings, numbers of bins, sizes) quantile errors.
        profiles: (trainings, bins) fractions of points in the bins of the profile.
    """

    errors: Floats
    profiles: Floats


def _measured_samples(truth: Truth, samples: Floats, config: AmplificationConfig) -> _Measured:
    """The training samples themselves; they have one size."""
    seen = [_seen(truth, sample, config) for sample in samples]
    errors = [[quantile_error(counts) for counts in counted] for counted, _ in seen]
    return _Measured(np.array(errors)[:, :, np.newaxis], np.array([profile for _, profile in seen]) / config.train)


def _seen(truth: Truth, points: Floats, config: AmplificationConfig) -> tuple[list[Integers], Integers]:
    """The counts in each set of bins, and in the bins of the profile."""
    cube = truth.to_cube(points)
    counts = [np.bincount(grid_bin(cube, bins), minlength=bins) for bins in config.quantiles]
    return counts, np.histogram(truth.profile(points), edges(truth))[0]


def _measured(
    name: str,
    truth: Truth,
    sources: Sequence[Source],
    sizes: Sequence[int],
    seed: tuple[int, ...],
    config: AmplificationConfig,
    folder: Path,
    show_progress: bool | None,
) -> _Measured:
    """Draw points of each source, block by block, and take the errors whenever a size is reached."""
    kept = Store(folder, config.model_dump(mode="json", exclude={"generators", "level"}))
    steps = []
    with progress("drawing", len(sources), "trainings", show_progress) as advance:
        for number, source in enumerate(sources):
            follow = partial(_followed, truth, source, sizes, (*seed, number), config)
            steps.append(kept.step(f"{name}-measured-{number}", follow))
            advance(1)
    return _Measured(*(np.stack([step[part] for step in steps]) for part in _Measured._fields))


def _followed(
    truth: Truth, source: Source, sizes: Sequence[int], seed: tuple[int, ...], config: AmplificationConfig
) -> dict[str, Floats]:
    """The errors of one source, (numbers of bins, sizes), and its profile."""
    rng = np.random.default_rng(seed)
    counts = [np.zeros(bins, dtype=np.int64) for bins in config.quantiles]
    profile = np.zeros(_BINS, dtype=np.int64)
    errors = np.empty((len(config.quantiles), len(sizes)))
    drawn = 0
    for place, size in enumerate(sizes):
        while drawn < size:
            n = min(_BLOCK, size - drawn)
            points = source.draw(n, rng)
            if not np.isfinite(points).all():  # the largest error there is: as if all points lay in one bin
                errors[:] = [[expected_error(1, bins)] for bins in config.quantiles]
                return {"errors": errors, "profiles": np.zeros(_BINS)}
            new_counts, new_profile = _seen(truth, points, config)
            counts = [before + new for before, new in zip(counts, new_counts, strict=True)]
            profile += new_profile
            drawn += n
        errors[:, place] = [quantile_error(counted) for counted in counts]
    return {"errors": errors, "profiles": profile / drawn}


def _numbers(
    name: str, errors: Floats, of_samples: Floats, sizes: Sequence[int], config: AmplificationConfig
) -> dict[str, Number]:
    """What follows from the errors (trainings, numbers of bins, sizes) of one generator and of its samples."""
    trainings = len(errors)
    numbers: dict[str, Number] = {}
    for k, bins in enumerate(config.quantiles):
        # Where all fractions are equal the error is that of one event out of place, since no smaller one can be seen.
        events = config.train if name == "sample" else config.sampled
        last = np.maximum(errors[:, k, -1], 2 / (bins * events**2))
        error = mean(last, config.level)
        numbers[f"root-mse.{name}.q{bins}"] = _mapped(np.sqrt, error)
        equivalent = _equivalent(error, bins)
        numbers[f"equivalent.{name}.q{bins}"] = equivalent
        numbers[f"amplification.{name}.q{bins}"] = replace(_mapped(lambda n: n / config.train, equivalent), unit="")
        each = equivalent_events(last, bins) / config.train
        middle = median(each, config.level)
        numbers[f"median.{name}.q{bins}"] = middle
        low, high = percentiles(each, SPREAD)
        numbers[f"spread.{name}.q{bins}"] = Number(middle.value, float(low), float(high), SPREAD)
        failed = int(np.count_nonzero(last > 4 * expected_error(config.train, bins)))
        numbers[f"failed.{name}.q{bins}"] = fraction(failed, trainings, config.level)
        if name != "sample":
            better = int(np.count_nonzero(last < of_samples[:, k, -1]))
            numbers[f"better.{name}.q{bins}"] = fraction(better, trainings, config.level)
        if TALK in sizes and errors.shape[2] > 1:
            there = equivalent_events(np.maximum(errors[:, k, list(sizes).index(TALK)], 2 / (bins * TALK**2)), bins)
            numbers[f"median-equivalent.{name}.q{bins}.n{TALK}"] = replace(median(there, config.level), unit="events")
    return numbers


def _equivalent(error: Number, bins: int) -> Number:
    """The number of true events with this error; the larger the error, the fewer."""
    return replace(_mapped(lambda mse: equivalent_events(mse, bins), error), unit="events")


def _mapped(function: Callable[[float], ArrayLike], number: Number) -> Number:
    """A rising or falling function of a number, and of both ends of its interval."""
    assert number.low is not None
    assert number.high is not None
    value, *ends = (float(np.asarray(function(x))) for x in (number.value, number.low, number.high))
    return replace(number, value=value, low=min(ends), high=max(ends))


def _resampled(samples: Floats, config: AmplificationConfig) -> Floats:
    """Bootstrap resamples of each training sample, (trainings x resamples, n, d), those of one sample together."""
    trainings, n, _ = samples.shape
    rng = np.random.default_rng((config.seed, 0, config.trainings))  # the samples themselves took the numbers below
    index = rng.integers(n, size=(trainings, config.resamples, n))
    again = samples[np.arange(trainings)[:, np.newaxis, np.newaxis], index]
    return again.reshape(-1, *samples.shape[1:])


def _spreads(sources: Sequence[Source], seed: tuple[int, ...], config: AmplificationConfig) -> Floats:
    """The quantile errors that the resamples of each training sample show, (trainings, numbers of bins)."""
    errors = np.empty((config.trainings, len(config.quantiles)))
    for training in range(config.trainings):
        rng = np.random.default_rng((*seed, training, 1))
        members = sources[training * config.resamples : (training + 1) * config.resamples]
        drawn = [source.draw(_SPREAD_POINTS, rng) for source in members]
        sound = [points for points in drawn if np.isfinite(points).all()]
        for k, bins in enumerate(config.quantiles):
            seen = spread_error(sound, bins, rng) if len(sound) > 1 else expected_error(1, bins)
            errors[training, k] = max(float(seen), float(expected_error(_SPREAD_POINTS, bins)))
    return errors


def _estimates(name: str, spreads: Floats, errors: Floats, config: AmplificationConfig) -> dict[str, Number]:
    """The equivalent size estimated from resamples, and over the true one; (trainings, numbers of bins) each."""
    numbers: dict[str, Number] = {}
    for k, bins in enumerate(config.quantiles):
        seen, true = spreads[:, k], errors[:, k]
        numbers[f"estimate.{name}.q{bins}"] = _equivalent(mean(seen, config.level), bins)
        numbers[f"estimate-ratio.{name}.q{bins}"] = ratio_of_means(true, seen, config.level)
    return numbers


def _answer(numbers: Mapping[str, Number], config: AmplificationConfig) -> str:
    bins = config.quantiles[0]
    truth = config.truth if config.truth != "shell" else f"shell in {the_truth(config).dimension} dimensions"
    parts = []
    for name in config.generators:
        label = name if config.pooled == 1 or name == "fit" else f"{name}, {config.pooled} pooled"
        gain, middle = (numbers[f"{kind}.{name}.q{bins}"] for kind in ("amplification", "median"))
        assert gain.low is not None
        verdict = "which amplifies" if gain.low > 1 else "which shows no amplification"
        parts.append(f"{gain} ({label}, {verdict}; the median of its trainings is {middle})")
    return (
        f"Trained on {config.train} points of the {truth}, {config.sampled:,} generated points have an equivalent "
        f"sample size, over the size of the training sample, of {' and '.join(parts)}: by the mean error of "
        f"{config.trainings} trainings, in {bins} bins."
    )


STUDY = Study(
    roles=(),
    config=AmplificationConfig,
    run=run,
    options=("device", "threads"),
    headline=lambda name: name.startswith(("amplification.", "median.", "failed.")),
    description="""Measure how far generators amplify a training sample, where the truth is known in closed form.

A generator learns from some points of a truth. The fractions of its points in bins of equal probability have an error.
The number of true points with the same error is the equivalent sample size; divided by the number of training points it
is the amplification. Generators are trained here, on many samples: a single training can be an outlier.

For samples of your own see eventspace equivalent-size.

For example: eventspace amplification --truth camelback --train 100 --quantiles 10 20 50 --out runs/camelback""",
)
