"""Collisions: whole e+e- events as four-momenta of particles, with their tracks and the truth about them."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, ClassVar, Self

import numpy as np
from numpy.typing import ArrayLike, NDArray

from eventspace.base.errors import InputError
from eventspace.events.base import Events, Problem, faulty, kind_of
from eventspace.events.collision_features import collision_features
from eventspace.events.particle_events import ParticleEvents, flat_particles
from eventspace.events.parts import Parts
from eventspace.events.points import Points
from eventspace.events.ragged import any_entry, event_of_entry, keep, offsets_of, sum_over_entries

__all__ = ["Collisions", "collisions", "in_gev_and_mm"]

_MOMENTUM = ("px", "py", "pz", "E")
_FLOATS = (*_MOMENTUM, "mass", "d0", "z0")
_TRUTH = ("truth_jet", "truth_boson")
_NUMBERS = (*_TRUTH, "jet")
_UNITS = {**dict.fromkeys((*_MOMENTUM, "mass"), "GeV"), "d0": "mm", "z0": "mm"}
_PHOTON = 22
_MOST_JETS = 1000
_ROUNDING = 1e-4  # of an energy in single precision that was summed from others


@dataclass(frozen=True, kw_only=True, eq=False, repr=False)
class Collisions(ParticleEvents):
    """A set of e+e- collisions, each a list of particles with four-momenta in the laboratory.

    Flat columns are cut into events by offsets, as of all :class:`ParticleEvents`. Particle clouds, in contrast, have
    pt, rapidity and phi, the coordinates of proton-proton collisions.

    Attributes:
        offsets: (n + 1,) int64, not falling.
        columns: flat arrays by name. ``px``, ``py``, ``pz``, ``E`` in GeV; and where they are known ``charge`` in units
            of e; ``pid``, the PDG identifier; ``mass`` in GeV, that of the particle or the hypothesis for its track;
            ``d0`` and ``z0`` in mm, the transverse and longitudinal impact parameters of its track with respect to the
            interaction point, 0 for particles without a track; ``truth_boson`` and ``truth_jet``, the boson and the jet
            that the particle truly belongs to, counted from 0 in each event, -1 where this is not known; particles of
            one truth jet belong to one boson; ``jet``, the jet that a clustering gave it to, counted likewise.

    Example:
        >>> columns = {"px": [3.0, 0.0], "py": [0.0, 4.0], "pz": [0.0, 0.0], "E": [3.0, 5.0], "pid": [22, 11]}
        >>> events = Collisions.from_flat([2], columns)
        >>> events.multiplicity.tolist(), events.visible_energy.tolist(), events.photon.tolist()
        ([2], [8.0], [True, False])

    Source:
        Signs of d0 and z0 as in T. Kramer, "Track parameters in LCIO", LC-DET-2006-004.
    """

    kind: ClassVar[str] = "collisions"
    _floats: ClassVar[tuple[str, ...]] = _FLOATS

    @classmethod
    def from_flat(cls, multiplicity: ArrayLike, columns: Mapping[str, ArrayLike], **metadata: Any) -> Self:
        """Build collisions from flat columns and the number of rows of each event; values are not checked.

        Rows of energy 0 and rows that are masked in all columns with a mask only fill up arrays: they are no particles
        and are left out.

        Arguments:
            multiplicity: (n,) rows of each event.
            columns: as in the attributes, all of the same length.
            metadata: ``per_event``, ``units``, ``seed``, ``origin``.

        Raises:
            InputError: the columns do not have one value a row, or a row is masked in part.

        Example:
            >>> rows = {"px": [1.0, 0.0], "py": [0.0, 0.0], "pz": [0.0, 0.0], "E": [1.0, 0.0]}
            >>> Collisions.from_flat([2], rows).multiplicity.tolist()
            [1]
        """
        offsets, arrays = flat_particles(multiplicity, columns)
        if "E" in arrays and (arrays["E"] == 0).any():
            offsets, arrays = keep(offsets, arrays, arrays["E"] != 0)
        metadata["units"] = {name: _UNITS[name] for name in arrays if name in _UNITS} | dict(metadata.get("units", {}))
        contiguous = {name: np.ascontiguousarray(values) for name, values in arrays.items()}
        return cls(offsets=offsets, columns=contiguous, **metadata)

    @classmethod
    def from_awkward(cls, array: Any, **metadata: Any) -> Self:
        """Build collisions from an awkward array (events, particles) of records.

        Arguments:
            array: with the fields px, py, pz, E and any other column of the attributes; four-momenta of the package
                vector in other coordinates are first to be written as ``vector.zip({"px": a.px, ...})``.
            metadata: ``per_event``, ``units``, ``seed``, ``origin``.

        Raises:
            InputError: a field is missing, fields differ in length, or an event is not valid.

        Example:
            >>> import awkward as ak
            >>> array = ak.Array([[{"px": 0.0, "py": 0.0, "pz": 2.0, "E": 2.0}]])
            >>> Collisions.from_awkward(array)
            <Collisions: 1 event; 1 particle of px [GeV], py [GeV], pz [GeV], E [GeV]>
        """
        import awkward as ak

        fields = ak.fields(array) if isinstance(array, ak.Array) else []
        missing = [name for name in _MOMENTUM if name not in fields]
        if missing:
            remedy = f"give an awkward array (events, particles) of records with {', '.join(_MOMENTUM)}"
            raise InputError(f"there is no field {missing[0]}", remedy=remedy)
        known = [name for name in fields if name in (*_FLOATS, *_NUMBERS, "charge", "pid")]
        counts = ak.to_numpy(ak.num(array["E"], axis=1)).astype(np.int64)
        return cls.from_flat(counts, {name: ak.flatten(array[name], axis=1) for name in known}, **metadata).check()

    @property
    def visible_energy(self) -> NDArray[np.float64]:
        """The sum of the energies of the particles of each event, (n,) in the unit of E."""
        energy = self.flat("E").astype(np.float64)
        return sum_over_entries(self.offsets, energy)

    @property
    def charged(self) -> NDArray[np.bool_]:
        """Whether each particle is charged, (particles,).

        Raises:
            InputError: the column charge is missing.
        """
        return np.asarray(self._needed("charge") != 0)

    @property
    def photon(self) -> NDArray[np.bool_]:
        """Whether each particle is a photon, (particles,).

        Raises:
            InputError: the column pid is missing.
        """
        return np.asarray(self._needed("pid") == _PHOTON)

    def momenta(self) -> NDArray[np.float64]:
        """The four-momenta of the particles, (particles, 4): E, px, py, pz in the unit of E.

        Example:
            >>> Collisions.from_flat([1], {"px": [0.0], "py": [0.0], "pz": [2.0], "E": [3.0]}).momenta()
            array([[3., 0., 0., 2.]])
        """
        return np.stack([self.flat(name).astype(np.float64) for name in ("E", "px", "py", "pz")], axis=1)

    def as_points(self) -> Points:
        """The particles as points with the coordinates E, px, py, pz, for distances between particles.

        The distance engine compares the elements of a set. Those of ``Collisions`` are events, so the distances
        between the particles of event i are ``es.matrix(es.Durham(visible_energy=...), events[i:i+1].as_points())``.
        """
        return Points(values=self.momenta(), seed=self.seed, origin=self.origin)

    def to_awkward(self) -> Any:
        """The particles as an awkward array (events, particles) of vector momenta, with all other columns."""
        import awkward as ak
        import vector

        vector.register_awkward()
        names = {"mass": "mass_hypothesis"}  # vector takes mass for a coordinate, of which E is one already
        fields = {names.get(name, name): self.flat(name) for name in self.columns}
        return ak.unflatten(ak.zip(fields, with_name="Momentum4D"), self.multiplicity)

    def taken_apart(self) -> Parts:
        """The multiplicities and the flat columns."""
        return Parts({}, self.multiplicity, {name: self.flat(name) for name in self.columns})

    @classmethod
    def assembled(cls, parts: Parts, common: Mapping[str, Any]) -> Self:
        """From flat columns."""
        assert parts.counts is not None
        return cls(offsets=offsets_of(parts.counts), columns=parts.columns, **common)

    def measured(self) -> dict[str, NDArray[np.float64]]:
        """What ``collision_features`` lists: visible energy and mass, missing pt, multiplicities, sphericity."""
        charged = self.charged if "charge" in self.columns else None
        return collision_features(self.offsets - self.offsets[0], self.momenta(), charged)

    def _needed(self, name: str) -> NDArray[Any]:
        if name not in self.columns:
            raise InputError(f"the particles have no column {name}", remedy=f"give {name} with the momenta")
        return self.flat(name)

    def _missing(self) -> Problem | None:
        if set(_MOMENTUM) <= set(self.columns):
            return None
        return Problem(None, f"the columns are {', '.join(self.columns) or 'nothing'}", f"give {', '.join(_MOMENTUM)}")

    def _inconsistent(self) -> Iterator[Problem]:
        yield from self._impossible_momenta()
        yield from self._inconsistent_truth()
        for names in (_MOMENTUM, ("d0", "z0")):
            units = {self.units.get(name, _UNITS[name]) for name in names if name in self.columns}
            if len(units) > 1:
                yield Problem(None, f"{', '.join(names)} are in {' and '.join(sorted(units))}", "give one unit")

    def _impossible_momenta(self) -> Iterator[Problem]:
        energy, *momentum = self.momenta().T
        with np.errstate(all="ignore"):  # what is not finite has been told
            size = np.sqrt(sum(component**2 for component in momentum))
            below, still = energy < (1 - _ROUNDING) * size, size == 0
        text = "the energy of a particle is below its momentum"
        yield from faulty(any_entry(self.offsets, below | (energy < 0)), text, "check the columns and their units")
        text = "a particle is at rest, so it has no direction"
        yield from faulty(any_entry(self.offsets, still), text, "leave the particle out")

    def _inconsistent_truth(self) -> Iterator[Problem]:
        for name in self.columns:
            if name not in _NUMBERS:
                continue
            values = self.flat(name)
            if values.dtype.kind not in "iu":
                yield Problem(None, f"{name} holds {values.dtype}", "give whole numbers from 0, and -1 where unknown")
                return
            text = f"a {name} is below -1"
            yield from faulty(any_entry(self.offsets, values < -1), text, "number from 0, and give -1 where unknown")
        truth = {name: self.flat(name) for name in _TRUTH if name in self.columns}
        if len(truth) < len(_TRUTH) or any(not values.size for values in truth.values()):
            return
        jet, boson = truth["truth_jet"].astype(np.int64), truth["truth_boson"]
        known = jet >= 0
        jets = int(jet.max()) + 1
        if jets > _MOST_JETS:
            yield Problem(None, f"a truth_jet is {jets - 1}", "number the jets of each event from 0")
            return
        number = event_of_entry(self.offsets)[known] * jets + jet[known]
        boson_of_jet = np.empty(len(self) * jets, boson.dtype)
        boson_of_jet[number] = boson[known]  # that of one of its particles
        split = np.zeros(len(jet), dtype=bool)
        split[known] = boson_of_jet[number] != boson[known]
        text = "the particles of a truth jet belong to several bosons"
        yield from faulty(any_entry(self.offsets, split), text, "give each truth jet one boson")


def collisions(events: Events) -> Collisions:
    """These events, once they are known to be collisions without a fault.

    Raises:
        InputError: they are of another kind, or one is not valid.

    Example:
        >>> collisions(Points(values=np.zeros((2, 4))))
        Traceback (most recent call last):
        eventspace.base.errors.InputError: these are points, not collisions; give e+e- events: es.Collisions
    """
    if not isinstance(events, Collisions):
        raise InputError(f"these are {kind_of(events)}, not collisions", remedy="give e+e- events: es.Collisions")
    return events.check()


def in_gev_and_mm(events: Collisions) -> Collisions:
    """These collisions, once it is known that energies are in GeV and impact parameters in mm, where that matters.

    Raises:
        InputError: they are in other units.

    Example:
        >>> columns = {"px": [3e3], "py": [0.0], "pz": [0.0], "E": [3e3]}
        >>> in_gev_and_mm(Collisions.from_flat([1], columns, units=dict.fromkeys(columns, "MeV")))
        Traceback (most recent call last):
        eventspace.base.errors.InputError: px is in MeV; give GeV
    """
    for name, unit in _UNITS.items():
        if name in events.columns and events.units.get(name, unit) != unit:
            raise InputError(f"{name} is in {events.units[name]}", remedy=f"give {unit}")
    return events
