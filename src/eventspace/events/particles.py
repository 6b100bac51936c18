"""Particle clouds: events or jets as ragged lists of particles."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, ClassVar, Self

import numpy as np
from numpy.typing import ArrayLike, NDArray

from eventspace.base.errors import InputError
from eventspace.events.base import Events, Index, Problem, faulty
from eventspace.events.ragged import any_entry, misfits, offsets_of, select, sum_over_entries

__all__ = ["ParticleClouds"]

_UNITS = {"pt": "GeV", "phi": "rad", "mass": "GeV"}


@dataclass(frozen=True, kw_only=True, eq=False)
class ParticleClouds(Events):
    """A set of particle clouds: flat columns, cut into events by offsets.

    Event ``i`` owns the particles ``offsets[i]:offsets[i + 1]`` of every column, so a slice of events copies nothing
    and compiled kernels read the columns as they are.

    Attributes:
        offsets: (n + 1,) int64, not falling.
        columns: flat arrays by name: ``pt``, one of ``rapidity`` and ``eta``, ``phi``; ``mass``, ``pid`` and ``charge``
            where known. pt and mass in GeV, phi in radians and periodic.

    Example:
        >>> jets = ParticleClouds.from_lists([[(2.0, 0.1, 0.0), (1.0, -0.2, 0.1)], [(3.0, 0.0, 0.0)]])
        >>> len(jets), jets.multiplicity.tolist(), jets.total_pt.tolist()
        (2, [2, 1], [3.0, 3.0])
    """

    kind: ClassVar[str] = "particles"

    offsets: NDArray[np.int64]
    columns: Mapping[str, NDArray[Any]]

    @classmethod
    def from_lists(cls, events: Sequence[ArrayLike], *, coordinate: str = "rapidity", **metadata: Any) -> Self:
        """Build clouds from one (particles, 3) array an event, with columns pt [GeV], rapidity (or eta), phi [rad].

        Arguments:
            events: one array or list of rows an event.
            coordinate: what the second column is, ``rapidity`` or ``eta``.
            metadata: ``per_event``, ``units``, ``seed``, ``origin``.

        Raises:
            InputError: an event is empty, not of shape (particles, 3), or holds NaN, infinity or negative pt.
        """
        arrays = [np.asarray(event, dtype=np.float64) for event in events]
        for number, array in enumerate(arrays):
            if array.size and (array.ndim != 2 or array.shape[1] != 3):
                raise InputError(
                    f"shape {array.shape} is not (particles, 3)",
                    event=number,
                    remedy=f"give rows of pt, {coordinate}, phi",
                )
        flat = np.concatenate([array.reshape(-1, 3) for array in arrays]) if arrays else np.empty((0, 3))
        columns = dict(zip(("pt", coordinate, "phi"), np.ascontiguousarray(flat.T), strict=True))
        return cls.from_flat([len(array) for array in arrays], columns, **metadata).check()

    @classmethod
    def from_flat(cls, multiplicity: ArrayLike, columns: Mapping[str, ArrayLike], **metadata: Any) -> Self:
        """Build clouds from flat columns and the number of particles of each event; nothing is checked."""
        arrays = {name: np.ascontiguousarray(values) for name, values in columns.items()}
        metadata["units"] = {name: _UNITS[name] for name in arrays if name in _UNITS} | dict(metadata.get("units", {}))
        return cls(offsets=offsets_of(multiplicity), columns=arrays, **metadata)

    @classmethod
    def from_awkward(cls, array: Any, **metadata: Any) -> Self:
        """Build clouds from an awkward array (events, particles) of records.

        Arguments:
            array: with the fields pt, rapidity or eta, phi (and mass, pid, charge), or with vector's momentum behaviour
                (px, py, pz, E or pt, phi, eta, mass), from which pt, rapidity, phi and mass are computed.
            metadata: ``per_event``, ``units``, ``seed``, ``origin``.

        Raises:
            InputError: a field is missing, or an event is not valid.

        Example:
            >>> import awkward as ak, vector
            >>> momenta = vector.zip({"px": [[3.0], [4.0]], "py": [[4.0], [3.0]], "pz": [[0.0]] * 2, "E": [[5.0]] * 2})
            >>> ParticleClouds.from_awkward(momenta).columns["pt"].tolist()
            [5.0, 5.0]
        """
        import awkward as ak

        fields = set(ak.fields(array))
        if {"pt", "phi"} <= fields and fields & {"rapidity", "eta"}:
            coordinate = "rapidity" if "rapidity" in fields else "eta"
            names = {name: name for name in ("pt", coordinate, "phi", "mass")}
        elif hasattr(array, "rapidity"):
            names = {name: name for name in ("pt", "rapidity", "phi", "mass")}
        else:
            raise InputError(
                f"the fields {', '.join(sorted(fields))} do not describe particles",
                remedy="give pt, rapidity or eta, phi, or a vector momentum array",
            )
        columns = {
            name: np.asarray(ak.flatten(getattr(array, source)), dtype=np.float64)
            for name, source in names.items()
            if source in fields or hasattr(array, source)
        }
        columns |= {name: np.asarray(ak.flatten(array[name])) for name in ("pid", "charge") if name in fields}
        return cls.from_flat(ak.to_numpy(ak.num(array)), columns, **metadata).check()

    def __len__(self) -> int:
        return len(self.offsets) - 1

    @property
    def coordinate(self) -> str:
        """The name of the longitudinal coordinate: ``rapidity`` or ``eta``."""
        return "rapidity" if "rapidity" in self.columns else "eta"

    @property
    def multiplicity(self) -> NDArray[np.int64]:
        """The number of particles of each event, (n,)."""
        return np.diff(self.offsets)

    @property
    def total_pt(self) -> NDArray[np.float64]:
        """The scalar sum of pt of each event, (n,) in GeV."""
        return sum_over_entries(self.offsets, self.flat("pt"))

    def flat(self, name: str) -> NDArray[Any]:
        """The values of one column for exactly the particles of these events."""
        return self.columns[name][self.offsets[0] : self.offsets[-1]]

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
        """The particles as an awkward array (events, particles) of vector momenta: px, py, pz, E in GeV.

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

    def _select(self, index: Index) -> dict[str, Any]:
        offsets, columns = select(self.offsets, self.columns, index)
        return {"offsets": offsets, "columns": columns}

    def _problems(self) -> Iterator[Problem]:
        missing = [name for name in ("pt", "phi") if name not in self.columns]
        if missing or ("rapidity" in self.columns) == ("eta" in self.columns):
            given = ", ".join(self.columns) or "nothing"
            yield Problem(None, f"the columns are {given}", "give pt, phi and exactly one of rapidity and eta")
            return
        unfit = list(misfits(self.offsets, self.columns))
        if unfit:
            yield from unfit
            return
        yield from faulty(self.multiplicity == 0, "the event holds no particles", "remove the event")
        for name in self.columns:
            if self.flat(name).dtype.kind == "f":
                bad = any_entry(self.offsets, ~np.isfinite(self.flat(name)))
                text = f"{name} is NaN or infinite" + (", or an energy negative" if name == "mass" else "")
                yield from faulty(bad, text, "remove the event or mend the value")
        yield from faulty(any_entry(self.offsets, self.flat("pt") < 0), "pt is negative", "remove the event")
        dark = (self.multiplicity > 0) & ~any_entry(self.offsets, self.flat("pt") != 0)
        yield from faulty(dark, "all particles have pt 0", "remove the event")
