"""Do generated showers look like those of the reference?

Two samples of showers side by side: the energy in the cells and its resolution, mean profiles and their spread,
energies of the cells, features and their correlations, mean images. After the validation plots of papers on calorimeter
simulation, for example arXiv:1912.06794 and arXiv:2410.21611.
"""

import logging
from collections.abc import Mapping
from dataclasses import replace
from functools import partial
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray
from pydantic import Field, PositiveFloat

from eventspace.base.errors import InputError
from eventspace.base.store import Store
from eventspace.base.work import Work
from eventspace.events.base import Events
from eventspace.events.incident import ROUNDING, in_double, on_edges
from eventspace.events.shower_cells import cell_spectrum
from eventspace.events.shower_features import SHOWER_FEATURES, shower_features
from eventspace.events.showers import Showers
from eventspace.statistics.agreement import opinions
from eventspace.statistics.bootstrap import interval_of_norm, means, percentiles, student_interval
from eventspace.statistics.number import Number
from eventspace.statistics.resolution import resolutions
from eventspace.statistics.scale import scales
from eventspace.statistics.two_samples import two_samples
from eventspace.studies.kept import as_array, from_array, numbers_of
from eventspace.studies.samples import SAMPLES, comparable, header, labels, place
from eventspace.studies.study import GENERATOR_ROLES, Outcome, Study, StudyConfig
from eventspace.studies.validation.shower_means import energy_numbers, of_means, quantities

__all__ = ["STUDY", "ValidationConfig", "run"]

SHOWN = 4  # single showers of each sample

_FEWEST = 10  # showers
_FEW = 100  # showers, below which the interval of the correlations is a little too short
_PLACES = ("mean x", "mean y", "mean z", "maximum z")  # a ratio of positions depends on the origin
_WHOLE = ("maximum z", "hit cells")  # whole numbers
_MOST_BINS, _CELL_BINS = 40, 50  # of histograms
_ENERGY_BINS, _FEWEST_IN_BIN = 8, 30  # of the energy of the primary particle, and showers in each

Floats = NDArray[np.float64]

_log = logging.getLogger(__name__)


class ValidationConfig(StudyConfig):
    """Options of the study ``validation``."""

    threshold: float = Field(
        0.0,
        ge=0,
        description="Cells below this many GeV are left out of both samples, as a generator leaves them out.",
    )
    cells_above: tuple[PositiveFloat, ...] = Field(
        (1e-4, 1e-3, 1e-2), min_length=1, description="Energies in GeV above which cells are counted for the numbers."
    )
    replicas: int = Field(1000, ge=2, description="Bootstrap replicas.")


class _Sample(NamedTuple):
    """What is compared, a value a shower."""

    showers: Showers
    features: dict[str, Floats]
    response: Floats
    profiles: dict[str, Floats]


def run(samples: Mapping[str, Events], config: ValidationConfig, work: Work) -> Outcome:
    """Compare generated showers with a reference.

    Arguments:
        samples: ``reference``, n showers of the true source, in GeV; with ``incident_energy`` the response is relative
            to it; and ``generated``, m showers of the generator, on the same grid.
        config: see :class:`ValidationConfig`.
        work: how to work.

    Returns:
        Numbers, with generated / reference or generated - reference: ``ratio.total``, ``ratio.response``,
        ``ratio.{feature}`` of means; ``shift.{feature}`` of mean positions; ``response.{sample}``, ``resolution.…``
        (standard deviation over mean), ``resolution90.…`` (RMS90 over mean90) and their ``difference.…``;
        ``ratio.cells_above_0.001``; ``divergence.x`` to ``z``, Jensen-Shannon of mean profiles; of each feature
        ``ks.…``, ``p_value.…``, ``wasserstein.…`` in widths of the reference, and ``divergence.…``;
        ``correlation.difference``, the root mean square difference of the correlations of features; ``opinion.…`` as
        of the study ``support``. Arrays hold the same as curves with bands.

    Raises:
        InputError: these are not showers, or fewer than 10; their grids differ, they are not in GeV, or have no cell
            above the threshold.

    Example:
        >>> import eventspace as es
        >>> rng = np.random.default_rng(1)
        >>> reference, generated = (es.Showers.from_dense(rng.gamma(2, 1, (50, 4, 4, 6))) for _ in range(2))
        >>> scaled = es.Showers.from_dense(1.1 * reference.to_dense())
        >>> result = es.validation(reference, scaled, replicas=100)
        >>> round(result.numbers["ratio.total"].value, 12)
        1.1
    """
    names, kept = labels(samples), work.store(header(samples, config))
    pair = [_checked(events, name, config) for name, events in samples.items()]
    comparable(dict(zip(SAMPLES, pair, strict=True)))
    _log.info("features of %d and %d showers", len(pair[0]), len(pair[1]))
    both, unit = _samples(pair)
    edges = _edges(both)
    limits = np.array([*sorted(set(config.cells_above)), np.inf])
    energies = _energy_edges(both)
    centre, width = _scales(both[0].features)

    def measured(sample: _Sample) -> dict[str, NDArray[Any]]:
        table = (np.column_stack(list(sample.features.values())) - centre) / width
        upper = np.triu_indices(table.shape[1])
        found: dict[str, NDArray[Any]] = {
            **quantities(sample.showers.total_energy, sample.response, sample.profiles),
            "cells": cell_spectrum(sample.showers, edges["cells"]),
            "cells above": cell_spectrum(sample.showers, limits),
            "features": np.column_stack(list(sample.features.values())),
            "standard": table,
            "products": table[:, upper[0]] * table[:, upper[1]],
        }
        for axis, profiles in sample.profiles.items():
            found[f"{axis} squared"] = profiles**2
        for name, values in (*sample.features.items(), ("response", sample.response)):
            found[f"fraction {name}"] = _inside(values, edges[name])
        if energies is not None:
            incident = on_edges(sample.features["incident energy"], energies)
            covered = (incident >= energies[0]) & (incident <= energies[-1])
            inside = _inside(incident, energies) * covered[:, np.newaxis]
            for power in (0, 1, 2):
                found[f"energy bins {power}"] = inside * sample.response[:, np.newaxis] ** power
        return found

    def bootstrapped() -> dict[str, NDArray[Any]]:
        _log.info("%d bootstrap replicas", config.replicas)
        rng = np.random.default_rng(config.seed)
        found = means([measured(sample) for sample in both], config.replicas, rng)
        by_place = {f"{place}.{name}": values for place in (0, 1) for name, values in found[place].items()}
        return {**by_place, "resolutions": as_array(_resolutions90(both, config, rng))}

    replicas = kept.step("bootstrap", bootstrapped)
    averages = [
        {name.removeprefix(f"{place}."): values for name, values in replicas.items() if name.startswith(f"{place}.")}
        for place in (0, 1)
    ]
    sizes = (len(pair[0]), len(pair[1]))
    numbers = energy_numbers(averages[0], averages[1], SAMPLES, sizes, config.level, unit)
    numbers |= from_array(replicas["resolutions"])
    numbers |= _counts(averages, limits, min(sizes), config)
    numbers |= _features(both, averages, config, kept)
    correlations = [_correlations(average) for average in averages]
    numbers["correlation.difference"] = _difference(correlations, sizes, config)
    _log.info("two-sample metrics")
    tables = [np.column_stack([sample.features[name] for name in SHOWER_FEATURES]) for sample in both]
    second = numbers_of(kept, "opinions", lambda: opinions(*tables, seed=config.seed, level=config.level))
    numbers |= {f"opinion.{name}": number for name, number in second.items()}

    arrays: dict[str, NDArray[Any]] = {"names": np.array(names), "features": np.array(list(both[0].features))}
    arrays["unit"] = np.array(unit)
    arrays |= {f"edges.{name}": values for name, values in edges.items()}
    arrays |= _curves(averages, both, energies, config)
    for name, sample, correlation in zip(SAMPLES, both, correlations, strict=True):
        arrays[f"correlation.{name}"] = correlation[0]
        arrays |= _images(name, sample.showers)
    arrays |= _some(both, config.seed)
    return Outcome(_answer(numbers, both), numbers, arrays)


def _checked(events: Events, name: str, config: ValidationConfig) -> Showers:
    if not isinstance(events, Showers):
        raise InputError(f"it holds {events.kind}", file=place(name), remedy="give two files of showers")
    if len(events) < _FEWEST:
        raise InputError(
            f"there are {len(events)} showers", file=place(name), remedy=f"give thousands; {_FEWEST} at the least"
        )
    try:
        return events.check().check_unit().above(config.threshold)
    except InputError as error:
        raise error.at(place(name)) from None


def _samples(pair: list[Showers]) -> tuple[list[_Sample], str]:
    """The features of both, and the unit of the response."""
    known = [in_double(column) for showers in pair if (column := showers.per_event.get("incident_energy")) is not None]
    relative = len(known) == 2
    both = np.concatenate(known) if relative else np.empty(0)
    one_energy = relative and np.ptp(both) <= ROUNDING * np.max(both)
    samples = []
    for name, showers, energies in zip(SAMPLES, pair, known if relative else (None, None), strict=True):
        features = dict(zip(SHOWER_FEATURES, shower_features(showers).T, strict=True))
        response = features["total energy"]
        if energies is not None:
            if not (energies > 0).all():
                raise InputError(
                    "the energy of the primary particle is not positive",
                    file=place(name),
                    event=int(np.argmin(energies > 0)),
                    remedy="remove the shower",
                )
            response = response / energies
            if not one_energy:  # else the response is the total up to a factor
                features = {"incident energy": energies, "response": response, **features}
        samples.append(_Sample(showers, features, response, {axis: showers.profile(axis) for axis in "xyz"}))
    return samples, "" if relative else "GeV"


def _scales(features: dict[str, Floats]) -> tuple[Floats, Floats]:
    """Mean and width of each feature of the reference, 1 where it does not vary."""
    table = np.column_stack(list(features.values()))
    return table.mean(axis=0), scales(table)


def _edges(samples: list[_Sample]) -> dict[str, Floats]:
    """The bins of all histograms; those of features end at 1 in 1,000 on either side, the outermost hold the rest."""
    cells = np.concatenate([sample.showers.energy[slice(*sample.showers.offsets[[0, -1]])] for sample in samples])
    low, high = float(cells[cells > 0].min()), float(cells.max())
    edges = {"cells": np.geomspace(low, 1.01 * high, _CELL_BINS + 1)}  # a bin does not hold its upper edge
    bins = int(np.clip(2 * np.sqrt(min(len(sample.response) for sample in samples)), 8, _MOST_BINS))
    for name in (*samples[0].features, "response"):
        both = np.concatenate([sample.response if name == "response" else sample.features[name] for sample in samples])
        first, last = np.quantile(both, [0.001, 0.999])
        if name in _WHOLE:
            step = max(1, int(np.ceil((last - first + 1) / bins)))
            edges[name] = np.arange(first // 1 - 0.5, last + step, step)
        else:
            edges[name] = np.linspace(first, last if last > first else first + 1, bins + 1)
    return edges


def _energy_edges(samples: list[_Sample]) -> Floats | None:
    """Bins of the energy of the primary particle that hold equal fractions of the reference."""
    bins = min(_ENERGY_BINS, min(len(sample.response) for sample in samples) // _FEWEST_IN_BIN)
    if "incident energy" not in samples[0].features or bins < 2:
        return None
    edges = np.unique(np.quantile(samples[0].features["incident energy"], np.linspace(0, 1, bins + 1)))
    return edges if len(edges) > 2 else None


def _inside(values: Floats, edges: Floats) -> Floats:
    """For each value a row with 1 in its bin; values beyond the outermost bins are counted in them."""
    bins = len(edges) - 1
    place = np.clip(np.searchsorted(edges, values, side="right") - 1, 0, bins - 1)
    return np.eye(bins)[place]


def _resolutions90(samples: list[_Sample], config: ValidationConfig, rng: np.random.Generator) -> dict[str, Number]:
    both = [resolutions(sample.response, replicas=config.replicas, rng=rng) for sample in samples]
    numbers = {f"resolution90.{name}": found.number(config.level) for name, found in zip(SAMPLES, both, strict=True)}
    numbers["difference.resolution90"] = student_interval(
        both[1].replicas - both[0].replicas, both[1].value - both[0].value, _fewest(samples), config.level
    )
    return numbers


def _counts(
    averages: list[dict[str, Floats]], limits: Floats, fewest: int, config: ValidationConfig
) -> dict[str, Number]:
    """The ratios of the numbers of cells above each limit, where the reference has any."""
    true, made = (_cumulative(average["cells above"]) for average in averages)
    return {
        f"ratio.cells_above_{limit:g}": of_means(made[:, k] / true[:, k], fewest, config.level, positive=True)
        for k, limit in enumerate(limits[:-1])
        if (true[:, k] > 0).all()
    }


def _features(
    samples: list[_Sample], averages: list[dict[str, Floats]], config: ValidationConfig, kept: Store
) -> dict[str, Number]:
    """The means of each feature and the distances between its distributions."""
    numbers: dict[str, Number] = {}
    for k, feature in enumerate(samples[0].features):
        _log.info("distributions of %s", feature)
        name = feature.replace(" ", "_")
        true, made = (average["features"][:, k] for average in averages)
        if feature in _PLACES:
            unit = SHOWER_FEATURES[feature]
            numbers[f"shift.{name}"] = of_means(made - true, _fewest(samples), config.level, unit)
        elif feature not in ("total energy", "response") and (true > 0).all():
            numbers[f"ratio.{name}"] = of_means(made / true, _fewest(samples), config.level, positive=True)
        numbers |= numbers_of(kept, f"distributions.{name}", partial(_distributions, samples, feature, name, config))
    return numbers


def _distributions(samples: list[_Sample], feature: str, name: str, config: ValidationConfig) -> dict[str, Number]:
    """The distances between the distributions of one feature."""
    found = two_samples(
        *(sample.features[feature] for sample in samples),
        seed=config.seed,
        replicas=config.replicas,
        level=config.level,
    )
    return {
        f"ks.{name}": found.kolmogorov_smirnov,
        f"p_value.{name}": found.p_value,
        f"wasserstein.{name}": found.wasserstein,
        f"divergence.{name}": found.divergence,
    }


def _correlations(average: dict[str, Floats]) -> Floats:
    """The linear correlations of the features, (1 + replicas, features, features); 0 for a feature without width."""
    mean = average["standard"]
    upper = np.triu_indices(mean.shape[1])
    covariance = np.empty((*mean.shape, mean.shape[1]))
    covariance[:, upper[0], upper[1]] = covariance[:, upper[1], upper[0]] = average["products"]
    covariance -= mean[:, :, np.newaxis] * mean[:, np.newaxis, :]
    variance = np.diagonal(covariance, axis1=1, axis2=2)
    width = np.sqrt(np.maximum(variance, 0))
    scale = width[:, :, np.newaxis] * width[:, np.newaxis, :]
    return np.asarray(np.divide(covariance, scale, out=np.zeros_like(covariance), where=scale > 1e-9))


def _difference(correlations: list[Floats], sizes: tuple[int, int], config: ValidationConfig) -> Number:
    """The root mean square difference over all pairs of features, which is a norm."""
    upper = np.triu_indices(correlations[0].shape[1], 1)
    difference = (correlations[1] - correlations[0])[:, upper[0], upper[1]]
    noise = difference[1:] - difference[0]
    value = float(np.sqrt((difference[0] ** 2).mean()))
    found = interval_of_norm(np.sqrt((noise**2).mean(axis=1)), value, config.level)
    few = min(sizes) < _FEW
    return replace(found, note="of so few showers, measured to cover in 92% at 30" if few else "")


def _curves(
    averages: list[dict[str, Floats]], samples: list[_Sample], energies: Floats | None, config: ValidationConfig
) -> dict[str, NDArray[Any]]:
    """Curves of both samples and their ratio: (3, bins), the value and both ends of its interval."""
    curves = {}
    for axis in "xyz":
        curves[f"profile.{axis}"] = [average[axis] for average in averages]
        curves[f"spread.{axis}"] = [_spread(average[axis], average[f"{axis} squared"]) for average in averages]
    curves["cells"] = [average["cells"] for average in averages]
    curves["cells_above"] = [_cumulative(average["cells"]) for average in averages]
    for name in (*samples[0].features, "response"):
        curves[f"fraction.{name}"] = [average[f"fraction {name}"] for average in averages]
    if energies is not None:
        moments = [[average[f"energy bins {power}"] for power in (0, 1, 2)] for average in averages]
        scaled = [[_ratio(moment, count) for moment in others] for count, *others in moments]
        curves["response_at"] = [mean for mean, _ in scaled]
        curves["resolution_at"] = [_ratio(_spread(mean, square), mean) for mean, square in scaled]
    arrays: dict[str, NDArray[Any]] = {} if energies is None else {"edges.energy": energies}
    for name, (true, made) in curves.items():
        arrays[f"{name}.reference"] = _band(true, config.level)
        arrays[f"{name}.generated"] = _band(made, config.level)
        arrays[f"{name}.ratio"] = _band(_ratio(made, true), config.level)
    return arrays


def _spread(mean: Floats, square: Floats) -> Floats:
    return np.asarray(np.sqrt(np.maximum(square - mean**2, 0)))


def _cumulative(counts: Floats) -> Floats:
    """The number of cells in a bin and all bins above."""
    return np.asarray(np.cumsum(counts[:, ::-1], axis=1)[:, ::-1])


def _ratio(upper: Floats, lower: Floats) -> Floats:
    return np.asarray(np.divide(upper, lower, out=np.full_like(upper, np.nan), where=lower > 0))


def _band(values: Floats, level: float) -> Floats:
    """Value and interval; no interval, NaN, where a replica has no value."""
    known = np.isfinite(values).all(axis=0)
    band = np.full((3, values.shape[1]), np.nan)
    band[0] = values[0]
    band[1:, known] = percentiles(values[1:, known], level)
    return band


def _images(name: str, showers: Showers) -> dict[str, NDArray[Any]]:
    """The mean shower from the front and from the side."""
    entries = slice(*showers.offsets[[0, -1]])
    cells = np.bincount(showers.cell[entries], weights=showers.energy[entries], minlength=int(np.prod(showers.shape)))
    mean = cells.reshape(showers.shape) / len(showers)
    return {f"mean.{name}.front": mean.sum(axis=2), f"mean.{name}.side": mean.sum(axis=1)}


def _some(samples: list[_Sample], seed: int) -> dict[str, NDArray[Any]]:
    """A few showers of the reference, and generated ones of the same energy of the primary particle or next to it."""
    rng = np.random.default_rng(seed)
    shown = [rng.permutation(len(sample.response))[:SHOWN] for sample in samples]
    if "incident energy" in samples[0].features:
        true, made = (sample.features["incident energy"] for sample in samples)
        shown[0] = shown[0][np.argsort(true[shown[0]], kind="stable")]
        free = np.ones(len(made), dtype=bool)
        for k, event in enumerate(shown[0]):
            away = np.where(free, np.abs(made - true[event]), np.inf)
            shown[1][k] = away.argmin()
            free[shown[1][k]] = False
    arrays: dict[str, NDArray[Any]] = {}
    for name, sample, events in zip(SAMPLES, samples, shown, strict=True):
        dense = sample.showers[events].to_dense()
        arrays[f"shower.{name}.front"], arrays[f"shower.{name}.side"] = dense.sum(axis=3), dense.sum(axis=2)
        if "incident energy" in sample.features:
            arrays[f"shower.{name}.energy"] = sample.features["incident energy"][events]
    return arrays


def _fewest(samples: list[_Sample]) -> int:
    return min(len(sample.response) for sample in samples)


def _answer(numbers: dict[str, Number], samples: list[_Sample]) -> str:
    features = {name: numbers[f"ks.{name.replace(' ', '_')}"] for name in samples[0].features}
    worst = max(features, key=lambda name: features[name].value)
    relative = "incident energy" in features
    return (
        f"{'For the same primary energy a' if relative else 'A'} generated shower has "
        f"{numbers['ratio.response' if relative else 'ratio.total']} times the energy of a reference shower in its "
        f"cells, with a resolution of {numbers['resolution.generated']} against {numbers['resolution.reference']}. "
        f"Of {len(features)} features {worst} differs most: its Kolmogorov-Smirnov distance is {features[worst]}."
    )


STUDY = Study(
    roles=GENERATOR_ROLES,
    config=ValidationConfig,
    run=run,
    options=(),
    headline=lambda name: name.startswith(("ratio.", "resolution", "correlation.", "opinion.")),
    description="""Compare generated showers with those of a reference.

Side by side, with ratios and bands: the energy in the cells and its resolution, mean profiles and their spread, the
energies of the cells, features of the showers and their correlations, mean images and single showers. The numbers are
distances between the distributions. Both samples need the same grid and cells in GeV.

A generator that leaves out small cells has to be compared with a reference without them: give --threshold.

For example: eventspace validation geant4.h5 gan.h5 --threshold 1e-4 --out runs/validation""",
)
