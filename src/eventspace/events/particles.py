"""Particle clouds: events or jets as ragged lists of particles."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, ClassVar, Self

import numpy as np
from numpy.typing import ArrayLike, NDArray

from eventspace.base.errors import InputError
from eventspace.events.arrays import array as plain_or_masked
from eventspace.events.awkward_arrays import particle_columns
from eventspace.events.base import Problem, faulty
from eventspace.events.padding import with_pt
from eventspace.events.particle_events import ParticleEvents, flat_particles
from eventspace.events.parts import Parts
from eventspace.events.ragged import any_entry, offsets_of, sum_over_entries

__all__ = ["ParticleClouds"]

_NO_ROWS = np.empty((0, 3))


@dataclass(frozen=True, kw_only=True, eq=False, repr=False)
class ParticleClouds(ParticleEvents):
    """A set of particle clouds: flat columns, cut into events by offsets, as of all :class:`ParticleEvents`.

    Attributes:
        offsets: (n + 1,) int64, not falling.
        columns: flat arrays by name: ``pt``, one of ``rapidity`` and ``eta``, ``phi``; ``mass``, ``pid`` and ``charge``
            where known. pt is positive; pt and mass are in GeV unless ``units`` says otherwise, phi is in radians
            and periodic.

    Example:
        >>> jets = ParticleClouds.from_lists([[(2.0, 0.1, 0.0), (1.0, -0.2, 0.1)], [(3.0, 0.0, 0.0)]])
        >>> len(jets), jets.multiplicity.tolist(), jets.total_pt.tolist()
        (2, [2, 1], [3.0, 3.0])
    """

    kind: ClassVar[str] = "particles"
    _floats: ClassVar[tuple[str, ...]] = ("pt", "rapidity", "eta", "phi", "mass")
    _not_finite_may_be: ClassVar[Mapping[str, str]] = {"mass": ", or an energy negative"}

    @classmethod
    def from_lists(cls, events: Sequence[ArrayLike], *, coordinate: str = "rapidity", **metadata: Any) -> Self:
        """Build clouds from one (particles, 3) array an event, with columns pt [GeV], rapidity (or eta), phi [rad].

        Arguments:
            events: one array or list of rows an event; or an array (events, particles, 3). Rows of pt 0 and rows that
                are masked only fill up the array: they are not particles.
            coordinate: what the second column is, ``rapidity`` or ``eta``.
            metadata: ``per_event``, ``units``, ``seed``, ``origin``.

        Raises:
            InputError: an event is empty, not of shape (particles, 3), is masked in part of a row, or holds NaN,
                infinity or negative pt.

        Example:
            >>> ParticleClouds.from_lists(np.array([[[2.0, 0.1, 0.0], [0.0, 0.0, 0.0]]])).multiplicity.tolist()
            [1]
        """
        if not np.iterable(events):
            raise InputError(f"{events!r} is not a list of events", remedy="give one array (particles, 3) an event")
        arrays = [_rows(number, event, coordinate) for number, event in enumerate(events)]
        masked = any(map(np.ma.is_masked, arrays))
        flat: NDArray[Any] = (np.ma.concatenate if masked else np.concatenate)([_NO_ROWS, *arrays])
        columns = dict(zip(("pt", coordinate, "phi"), flat.T, strict=True))
        return cls.from_flat(np.array([len(array) for array in arrays], np.int64), columns, **metadata).check()

    @classmethod
    def from_flat(cls, multiplicity: ArrayLike, columns: Mapping[str, ArrayLike], **metadata: Any) -> Self:
        """Build clouds from flat columns and the number of rows of each event; values are not checked.

        Rows of pt 0, with any values in their other columns, and rows that are masked in all columns with a mask only
        fill up arrays: they are not particles and are left out.

        Arguments:
            multiplicity: (n,) rows of each event.
            columns: as in the attributes, all of the same length.
            metadata: ``per_event``, ``units``, ``seed``, ``origin``.

        Raises:
            InputError: the columns do not have one value a row, or a row is masked in part.
        """
        offsets, arrays = with_pt(*flat_particles(multiplicity, columns))
        units = dict(metadata.get("units", {}))
        known = {"pt": "GeV", "phi": "rad", "mass": units.get("pt", "GeV")}
        metadata["units"] = {name: known[name] for name in arrays if name in known} | units
        contiguous = {name: np.ascontiguousarray(values) for name, values in arrays.items()}
        return cls(offsets=offsets, columns=contiguous, **metadata)

    @classmethod
    def from_awkward(cls, array: Any, **metadata: Any) -> Self:
        """Build clouds from an awkward array (events, particles) of records.

        Arguments:
            array: with the fields pt, rapidity or eta, phi (and mass), which stay as they are; or four-momenta in any
                coordinates of the package vector (px or x, pt or rho; pz or z, eta, theta; E, energy or t, mass or
                tau), which become pt, rapidity, phi and mass. With either come pid and charge. Particles that are None
                and particles of pt 0 are left out.
            metadata: ``per_event``, ``units``, ``seed``, ``origin``.

        Raises:
            InputError: a field or an event is missing, a particle is None in part, or an event is not valid.

        Example:
            >>> import awkward as ak, vector
            >>> momenta = vector.zip({"px": [[3.0], [4.0]], "py": [[4.0], [3.0]], "pz": [[0.0]] * 2, "E": [[5.0]] * 2})
            >>> ParticleClouds.from_awkward(momenta).columns["pt"].tolist()
            [5.0, 5.0]
        """
        return cls.from_flat(*particle_columns(array), **metadata).check()

    @property
    def coordinate(self) -> str:
        """The name of the longitudinal coordinate: ``rapidity`` or ``eta``."""
        return "rapidity" if "rapidity" in self.columns else "eta"

    @property
    def total_pt(self) -> NDArray[np.float64]:
        """The scalar sum of pt of each event, (n,) in the unit of pt."""
        return sum_over_entries(self.offsets, self.flat("pt"))

    def replace_columns(self, **columns: NDArray[Any]) -> Self:
        """The same events with some columns exchanged; the arrays match ``flat``."""
        kept = {name: self.flat(name) for name in self.columns} | columns
        return type(self).from_flat(
            self.multiplicity,
            kept,
            per_event=self.per_event,
            units=self.units,
            seed=self.seed,
            origin=self.origin,
        )

    def to_awkward(self) -> Any:
        """The particles as an awkward array (events, particles) of vector momenta: px, py, pz, E in the unit of pt.

        Particles without a mass column count as massless.
        """
        import awkward as ak
        import vector

        vector.register_awkward()
        pt, longitudinal, phi = (self.flat(name).astype(np.float64) for name in ("pt", self.coordinate, "phi"))
        mass = self.flat("mass").astype(np.float64) if "mass" in self.columns else np.zeros_like(pt)
        transverse = np.hypot(pt, mass) if self.coordinate == "rapidity" else pt
        pz = transverse * np.sinh(longitudinal)
        energy = np.sqrt(pt**2 + pz**2 + mass**2)
        record = {"px": pt * np.cos(phi), "py": pt * np.sin(phi), "pz": pz, "E": energy}
        extra = {name: self.flat(name) for name in ("pid", "charge") if name in self.columns}
        return ak.unflatten(ak.zip(record | extra, with_name="Momentum4D"), self.multiplicity)

    def taken_apart(self) -> Parts:
        """The name of the longitudinal coordinate, the multiplicities and the flat columns."""
        columns = {name: self.flat(name) for name in self.columns}
        return Parts({"coordinate": self.coordinate}, self.multiplicity, columns)

    @classmethod
    def assembled(cls, parts: Parts, common: Mapping[str, Any]) -> Self:
        """From flat columns; rows of pt 0 are left out."""
        assert parts.counts is not None
        offsets, columns = with_pt(offsets_of(parts.counts), parts.columns)
        return cls(offsets=offsets, columns=columns, **common)

    def measured(self) -> dict[str, NDArray[np.float64]]:
        """What ``cloud_features`` lists: momentum, mass, number and spread of the particles."""
        from eventspace.events.cloud_features import CLOUD_FEATURES, cloud_features

        return dict(zip(CLOUD_FEATURES, np.asarray(cloud_features(self), dtype=np.float64).T, strict=True))

    def _missing(self) -> Problem | None:
        if {"pt", "phi"} <= set(self.columns) and ("rapidity" in self.columns) != ("eta" in self.columns):
            return None
        given = ", ".join(self.columns) or "nothing"
        return Problem(None, f"the columns are {given}", "give pt, phi and exactly one of rapidity and eta")

    def _inconsistent(self) -> Iterator[Problem]:
        yield from faulty(any_entry(self.offsets, self.flat("pt") < 0), "pt is negative", "remove the event")
        remedy = "build the events with ParticleClouds.from_flat, which leaves such rows out"
        yield from faulty(any_entry(self.offsets, self.flat("pt") == 0), "a particle has pt 0", remedy)
        pt, mass = (self.units.get(name, self.units.get("pt", "GeV")) for name in ("pt", "mass"))
        if "mass" in self.columns and pt != mass:
            yield Problem(None, f"pt is in {pt} and mass in {mass}", "give both in one unit")


def _rows(number: int, event: ArrayLike, coordinate: str) -> NDArray[Any]:
    """One event as an array (particles, 3), perhaps masked."""
    remedy = f"give rows of pt, {coordinate}, phi"
    try:
        rows = plain_or_masked("it", event)
    except InputError as error:
        raise InputError(error.problem, event=number, remedy=error.remedy) from None
    if not rows.size:
        return _NO_ROWS
    if rows.ndim != 2 or rows.shape[1] != 3:
        raise InputError(f"shape {rows.shape} is not (particles, 3)", event=number, remedy=remedy)
    if rows.dtype.kind == "U":
        raise InputError("it holds texts", event=number, remedy=remedy)
    return rows.astype(np.float64, copy=False)
