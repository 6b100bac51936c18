"""Rows that are not particles, through every way into particle clouds: the events are those without these rows."""

import awkward as ak
import h5py
import numpy as np
import pytest

import eventspace as es
from eventspace.events.cloud_features import cloud_features

EVENTS = [[(3.0, 0.1, 0.2), (1.0, -0.3, 0.4)], [(2.0, 0.5, -0.1)], [(1.5, 0.0, 0.0), (1.0, 0.2, 0.1), (0.5, 0.1, 0.3)]]
TRIMMED = es.ParticleClouds.from_lists(EVENTS)
FILLINGS = [(0.0, 0.0, 0.0), (0.0, np.nan, -999.0), (-0.0, -999.0, np.inf)]


def filled(filling, rows=5):
    """The events in rows of equal length."""
    values = np.tile(np.array(filling), (len(EVENTS), rows, 1))
    for row, event in zip(values, EVENTS, strict=True):
        row[: len(event)] = event
    return values


def flat(values):
    return {name: values[..., i].ravel() for i, name in enumerate(("pt", "rapidity", "phi"))}


def from_file(values, folder):
    """As eventspace itself wrote such rows before."""
    es.write(folder / "jets.h5", es.ParticleClouds.from_flat([5] * 3, flat(np.abs(np.nan_to_num(values)) + 1)))
    with h5py.File(folder / "jets.h5", "r+") as file:
        for name, column in flat(values).items():
            file[f"particles/{name}"][:] = column
    return es.read(folder / "jets.h5")


def from_npz(values, folder):
    np.savez(folder / "jets.npz", **{name: values[..., i] for i, name in enumerate(("pt", "rapidity", "phi"))})
    es.convert(folder / "jets.npz", folder / "jets.h5", columns="pt=pt,rapidity=rapidity,phi=phi")
    return es.read(folder / "jets.h5")


WAYS = {
    "lists": lambda values, _: es.ParticleClouds.from_lists(values),
    "flat": lambda values, _: es.ParticleClouds.from_flat([5] * 3, flat(values)),
    "awkward": lambda values, _: es.ParticleClouds.from_awkward(
        ak.zip({name: ak.Array(values[..., i]) for i, name in enumerate(("pt", "rapidity", "phi"))})
    ),
    "replaced": lambda values, _: es.ParticleClouds.from_flat([5] * 3, flat(values + 1)).replace_columns(
        **flat(values)
    ),
    "file": from_file,
    "npz": from_npz,
}


@pytest.mark.slow
@pytest.mark.parametrize("filling", FILLINGS)
@pytest.mark.parametrize("way", WAYS)
def test_rows_without_pt_are_no_particles(tmp_path, way, filling):
    if way == "replaced" and not np.isfinite(filling).all():
        filling = (0.0, -999.0, -999.0)
    jets = WAYS[way](filled(filling), tmp_path).check()
    assert jets.multiplicity.tolist() == [2, 1, 3]
    np.testing.assert_array_equal(cloud_features(jets), cloud_features(TRIMMED))
    np.testing.assert_array_equal(es.matrix(es.Transport(), jets), es.matrix(es.Transport(), TRIMMED))


def masked():
    values = filled((7.0, 5.0, 5.0))
    mask = np.zeros(values.shape, dtype=bool)
    for row, event in zip(mask, EVENTS, strict=True):
        row[len(event) :] = True
    return np.ma.array(values, mask=mask)


def of_awkward(values):
    return ak.zip({name: ak.from_numpy(values[..., i]) for i, name in enumerate(("pt", "rapidity", "phi"))})


MASKED = {
    "lists": lambda: es.ParticleClouds.from_lists(list(masked())),
    "one array": lambda: es.ParticleClouds.from_lists(masked()),
    "flat": lambda: es.ParticleClouds.from_flat([5] * 3, flat(masked())),
    "pt alone": lambda: es.ParticleClouds.from_flat([5] * 3, {**flat(masked().data), "pt": masked()[..., 0].ravel()}),
    "awkward": lambda: es.ParticleClouds.from_awkward(of_awkward(masked())),
    "momenta": lambda: es.ParticleClouds.from_awkward(
        ak.zip({**{name: of_awkward(masked())[name] for name in ("pt", "phi")}, "z": of_awkward(masked())["pt"]})
    ),
    "padded": lambda: es.ParticleClouds.from_awkward(
        ak.pad_none(
            ak.Array([[dict(zip(("pt", "rapidity", "phi"), row, strict=True)) for row in e] for e in EVENTS]), 5
        )
    ),
}


@pytest.mark.parametrize("way", MASKED)
def test_masked_particles_are_left_out(way):
    jets = MASKED[way]()
    assert jets.multiplicity.tolist() == [2, 1, 3]
    np.testing.assert_array_equal(jets.flat("pt"), TRIMMED.flat("pt"))


def partly(name):
    """Of event 1 a single column is masked."""
    columns = {key: np.ma.array(column) for key, column in flat(filled((0.0, 0.0, 0.0))).items()}
    columns[name][5] = np.ma.masked
    return columns


@pytest.mark.parametrize("name", ["pt", "rapidity", "phi"])
def test_particles_masked_in_part_are_refused(name):
    with pytest.raises(es.InputError, match=f"event 1: a particle is masked in {name} but not in all columns"):
        es.ParticleClouds.from_flat([5] * 3, partly(name))
    rows = [np.ma.array(event) for event in EVENTS]
    rows[1][0, ("pt", "rapidity", "phi").index(name)] = np.ma.masked
    with pytest.raises(es.InputError, match=f"event 1: a particle is masked in {name}"):
        es.ParticleClouds.from_lists(rows)


def test_a_particle_whose_identity_alone_is_masked_is_refused():
    pid = np.ma.array([22, 22, 211], mask=[0, 1, 0])
    columns = {"pt": np.ones(3), "eta": np.zeros(3), "phi": np.zeros(3), "pid": pid}
    with pytest.raises(es.InputError, match="event 0: a particle is masked in pid"):
        es.ParticleClouds.from_flat([2, 1], columns)


def test_a_mask_that_hides_nothing_changes_nothing():
    jets = es.ParticleClouds.from_lists([np.ma.array(event) for event in EVENTS])
    np.testing.assert_array_equal(jets.flat("phi"), TRIMMED.flat("phi"))
    assert type(jets.flat("phi")) is np.ndarray
