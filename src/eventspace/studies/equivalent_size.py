"""How many true events is a generated sample worth? Asked of any events, beside a hold-out sample of the truth.

The hold-out is cut into cells of equal numbers of events by a k-d tree on features of the events. What the talk
"GANplifying event samples" (arXiv:2008.06545) does with the quantiles of a known distribution is done in these cells,
and the hold-out's own noise, known in closed form, is taken off.
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
from eventspace.statistics.cells import Tree
from eventspace.statistics.number import Number
from eventspace.statistics.worth import measured_worth, quantile_error
from eventspace.studies.samples import comparable, labels, place
from eventspace.studies.study import Outcome, Role, Study, StudyConfig

__all__ = ["SAMPLES", "STUDY", "EquivalentSizeConfig", "run"]

SAMPLES = ("training", "generated")

_FEWEST = 10  # hold-out events in a cell

_log = logging.getLogger(__name__)

Floats = NDArray[np.float64]


class EquivalentSizeConfig(StudyConfig):
    """Options of the study ``equivalent-size``."""

    quantiles: tuple[Annotated[int, Field(ge=2)], ...] = Field(
        (10, 20, 50), min_length=1, description="Numbers of cells of equal probability; the first gives the headline."
    )
    features: tuple[str, ...] | None = Field(
        None,
        description="What the cells are cut along, one after the other; by default all that the kind of event has.",
    )


def run(samples: Mapping[str, Events], config: EquivalentSizeConfig, work: Work) -> Outcome:
    """Measure what a generated sample is worth, in true events, where the truth is a hold-out sample.

    Arguments:
        samples: ``holdout``, true events that the generator has not seen: many, since their noise limits what can be
            told; ``training``, the events that it was trained on, whose number the equivalent size is compared with;
            ``generated``, the events that it made.
        config: see :class:`EquivalentSizeConfig`.
        work: how to work.

    Returns:
        With q cells: ``worth.generated.q10``, the true events that the sample is worth as it is;
        ``worth.source.q10``, what any number of events of its generator would be worth; ``amplification.q10`` and
        ``amplification.source.q10``, the same over the size of the training sample; ``probability.generated.q10``, that
        counts of true events were this uneven or more. ``worth.train.q10`` and ``probability.train.q10`` for the
        training sample, which is a check: true events are worth their number. Intervals contain the noise of the
        hold-out and of the sample, but not what another training would give.

    Raises:
        InputError: the samples differ in kind, unit, grid or dimension, a feature is not there, or the hold-out is too
            small.

    Example:
        >>> import eventspace as es
        >>> def normal(n, width, seed):
        ...     return es.Points(values=np.random.default_rng(seed).normal(0, width, size=(n, 2)))
        >>> result = es.equivalent_size(normal(50_000, 1.0, 1), normal(500, 1.0, 2), normal(20_000, 1.1, 3))
        >>> 600 < result.numbers["worth.source.q10"].value < 2000  # 1096 in infinite samples
        True
    """
    tables, names = _tables(samples, config), labels(samples)[1:]
    holdout, training, generated = samples.values()
    chosen, size = list(tables["holdout"]), len(training)
    values = {name: np.column_stack(list(columns.values())) for name, columns in tables.items()}
    if len(holdout) < _FEWEST * max(config.quantiles):
        raise InputError(
            f"{len(holdout)} hold-out events are too few for {max(config.quantiles)} cells",
            file=place("holdout"),
            remedy=f"give {_FEWEST * max(config.quantiles)} or more, or ask for fewer cells: --quantiles",
        )
    numbers: dict[str, Number] = {}
    arrays: dict[str, NDArray[Any]] = {
        "names": np.array(names),
        "features": np.array(chosen),
        "training": np.array(size),
    }
    for cells in config.quantiles:
        rng = np.random.default_rng((config.seed, cells))
        tree = Tree.of(values["holdout"], cells, rng)
        depth = len(tree.cuts)
        _log.info("%d cells, cut along %s", cells, ", ".join(chosen[:depth]))
        for name in SAMPLES:
            counts = tree.counts(values[name], rng)
            found = measured_worth(counts, tree.events, config.level)
            numbers[f"worth.{name}.q{cells}"] = found.sample
            numbers[f"probability.{name}.q{cells}"] = Number(found.probability, None, None, config.level)
            numbers[f"root-mse.{name}.q{cells}"] = Number(
                float(np.sqrt(quantile_error(counts))), None, None, config.level
            )
            arrays[f"counts.{name}.q{cells}"] = counts
            if name == "generated":
                numbers[f"worth.source.q{cells}"] = found.source
                numbers[f"amplification.q{cells}"] = _over(found.sample, size)
                numbers[f"amplification.source.q{cells}"] = _over(found.source, size)
        arrays[f"holdout.q{cells}"] = np.array(tree.events)
    return Outcome(_answer(numbers, names, len(generated), size, config), numbers, arrays)


def _tables(samples: Mapping[str, Events], config: EquivalentSizeConfig) -> dict[str, dict[str, Floats]]:
    """The chosen features of each sample."""
    comparable(samples)
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


def _over(worth: Number, size: int) -> Number:
    low, high = (None if end is None else end / size for end in (worth.low, worth.high))
    return replace(worth, value=worth.value / size, low=low, high=high)


def _answer(
    numbers: Mapping[str, Number], names: Sequence[str], made: int, size: int, config: EquivalentSizeConfig
) -> str:
    cells = config.quantiles[0]
    capped = numbers[f"worth.generated.q{cells}"].note
    return (
        f"In {cells} cells the {made:,} events of {names[1]} are worth {numbers[f'worth.generated.q{cells}']} true "
        f"ones, which is {numbers[f'amplification.q{cells}']} times the {size:,} of {names[0]}; any number of events "
        f"of this generator would be worth {numbers[f'worth.source.q{cells}']}"
        f"{f' (the first is {capped})' if capped else ''}."
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
    headline=lambda name: name.startswith(("worth.", "amplification.")),
    description="""Measure to how many true events a generated sample is equivalent, beside a hold-out sample.

A generator learns from some events of a truth. The fractions of its events in bins of equal probability have an error;
a sample of so many true events as have this error is what it is equivalent to, and their number over that of the
training is the amplification. The truth is a hold-out sample, cut into bins along features of the events.

For example: eventspace equivalent-size holdout.h5 train.h5 generated.h5 --out runs/size""",
)
