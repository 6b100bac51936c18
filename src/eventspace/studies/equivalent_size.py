"""How many true events is a generated sample equivalent to? For any events, beside a hold-out sample of the truth.

The hold-out is cut into bins of equal numbers of events by a k-d tree on features of the events. What "GANplifying
event samples" (arXiv:2008.06545) does with the quantiles of a known distribution is done in these bins, and the noise
of the hold-out, known in closed form, is subtracted.
"""

import logging
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Annotated, Any

import numpy as np
from numpy.typing import NDArray
from pydantic import Field

from eventspace.base.errors import InputError
from eventspace.base.work import Work
from eventspace.events.base import Events
from eventspace.events.features import features
from eventspace.statistics.bins import Tree
from eventspace.statistics.equivalent_size import equivalent_size, quantile_error
from eventspace.statistics.number import EXACT, P_VALUE, Number
from eventspace.studies.samples import comparable, distinct, labels, place
from eventspace.studies.study import Outcome, Role, Study, StudyConfig

__all__ = ["SAMPLES", "STUDY", "EquivalentSizeConfig", "run"]

SAMPLES = ("training", "generated")

_FEWEST = 10  # hold-out events in a bin, at least

_log = logging.getLogger(__name__)

Floats = NDArray[np.float64]


class EquivalentSizeConfig(StudyConfig):
    """Options of the study ``equivalent-size``."""

    quantiles: tuple[Annotated[int, Field(ge=2)], ...] = Field(
        (10, 20, 50), min_length=1, description="Numbers of bins of equal probability; the first gives the headline."
    )
    features: tuple[str, ...] | None = Field(
        None,
        description="What the bins are cut along, one after the other; by default all that the kind of event has.",
    )


def run(samples: Mapping[str, Events], config: EquivalentSizeConfig, work: Work) -> Outcome:
    """Measure the equivalent size of a generated sample, in true events, where the truth is a hold-out sample.

    Arguments:
        samples: ``holdout``, true events that the generator has not seen: many, since their noise limits the result;
            ``training``, the events that it was trained on, whose number the equivalent size is compared with;
            ``generated``, the events that it made.
        config: see :class:`EquivalentSizeConfig`.
        work: how to work.

    Returns:
        With q bins: ``equivalent.generated.q10``, the true events that the sample is equivalent to as it is;
        ``equivalent.source.q10``, those that an unlimited number of events of its generator is equivalent to;
        ``amplification.q10`` and ``amplification.source.q10``, the same over the size of the training sample;
        ``probability.generated.q10``, that counts of true events are this uneven or more; ``root-mse.generated.q10``,
        the root of the quantile error. ``equivalent.training.q10`` and ``probability.training.q10`` for the training
        sample are a check: true events are equivalent to their number. Intervals contain the noise of the hold-out and
        of the sample, but not what another training would give.

    Raises:
        InputError: the samples differ in kind, unit, grid or dimension, a feature is missing, or the hold-out is too
            small.

    Example:
        >>> import eventspace as es
        >>> def normal(n, width, seed):
        ...     return es.Points(values=np.random.default_rng(seed).normal(0, width, size=(n, 2)))
        >>> result = es.equivalent_size(normal(50_000, 1.0, 1), normal(500, 1.0, 2), normal(20_000, 1.1, 3))
        >>> 600 < result.numbers["equivalent.source.q10"].value < 2000  # 1096 in infinite samples
        True
    """
    tables, names = _tables(samples, config), labels(samples)[1:]
    holdout, training, generated = samples.values()
    chosen, size = list(tables["holdout"]), len(training)
    values = {name: np.column_stack(list(columns.values())) for name, columns in tables.items()}
    if len(holdout) < _FEWEST * max(config.quantiles):
        raise InputError(
            f"{len(holdout)} hold-out events are too few for {max(config.quantiles)} bins",
            file=place("holdout"),
            remedy=f"give {_FEWEST * max(config.quantiles)} or more, or fewer bins with --quantiles",
        )
    numbers: dict[str, Number] = {}
    arrays: dict[str, NDArray[Any]] = {
        "names": np.array(names),
        "features": np.array(chosen),
        "training": np.array(size),
    }
    for bins in config.quantiles:
        rng = np.random.default_rng((config.seed, bins))
        tree = Tree.of(values["holdout"], bins, rng)
        depth = len(tree.cuts)
        _log.info("%d bins, cut along %s", bins, ", ".join(chosen[:depth]))
        for name in SAMPLES:
            counts = tree.counts(values[name], rng)
            found = equivalent_size(counts, tree.events, config.level)
            numbers[f"equivalent.{name}.q{bins}"] = found.sample
            numbers[f"probability.{name}.q{bins}"] = Number(found.probability, None, None, config.level, note=P_VALUE)
            numbers[f"root-mse.{name}.q{bins}"] = Number(
                float(np.sqrt(quantile_error(counts))), None, None, config.level, note=EXACT
            )
            arrays[f"counts.{name}.q{bins}"] = counts
            if name == "generated":
                numbers[f"equivalent.source.q{bins}"] = found.source
                numbers[f"amplification.q{bins}"] = _over(found.sample, size)
                numbers[f"amplification.source.q{bins}"] = _over(found.source, size)
        arrays[f"holdout.q{bins}"] = np.array(tree.events)
    return Outcome(_answer(numbers, names, len(generated), size, config), numbers, arrays)


def _tables(samples: Mapping[str, Events], config: EquivalentSizeConfig) -> dict[str, dict[str, Floats]]:
    """The chosen features of each sample."""
    comparable(samples)
    distinct({name: samples[name] for name in ("holdout", "training")})
    distinct({name: samples[name] for name in ("holdout", "generated")})
    found = {name: features(events) for name, events in samples.items()}
    for name, events in samples.items():
        if not len(events):
            raise InputError("it is empty", file=place(name), remedy="give at least one event")
    usual = [name for name in found["holdout"] if name not in samples["holdout"].per_event]
    chosen = config.features or usual
    for sample, columns in found.items():
        for feature in chosen:
            if feature not in columns:
                raise InputError(
                    f"it has no feature {feature}", file=place(sample), remedy=f"choose from {', '.join(columns)}"
                )
    return {sample: {feature: columns[feature] for feature in chosen} for sample, columns in found.items()}


def _over(equivalent: Number, size: int) -> Number:
    low, high = (None if end is None else end / size for end in (equivalent.low, equivalent.high))
    return replace(equivalent, value=equivalent.value / size, low=low, high=high)


def _answer(
    numbers: Mapping[str, Number], names: Sequence[str], made: int, size: int, config: EquivalentSizeConfig
) -> str:
    bins = config.quantiles[0]
    capped = numbers[f"equivalent.generated.q{bins}"].note
    return (
        f"In {bins} bins the {made:,} events of {names[1]} are equivalent to "
        f"{numbers[f'equivalent.generated.q{bins}']} true events, which is {numbers[f'amplification.q{bins}']} times "
        f"the {size:,} of {names[0]}; an unlimited number of events of this generator is equivalent to "
        f"{numbers[f'equivalent.source.q{bins}']}{f' (the first is {capped})' if capped else ''}."
    )


STUDY = Study(
    roles=(
        Role("holdout", "True events that the generator has not seen."),
        Role("training", "The events that it was trained on."),
        Role("generated", "The events that it made."),
    ),
    config=EquivalentSizeConfig,
    run=run,
    options=(),
    headline=lambda name: name.startswith(("equivalent.", "amplification.")),
    description="""Measure to how many true events a generated sample is equivalent, using a hold-out sample.

A generator learns from some events of a truth. The fractions of its events in bins of equal probability have an error.
The number of true events with the same error is the equivalent sample size; divided by the number of training events it
is the amplification. The truth is a hold-out sample, cut into bins along features of the events.

For example: eventspace equivalent-size holdout.h5 training.h5 generated.h5 --out runs/size""",
)
