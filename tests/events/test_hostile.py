"""Arrays as users have them, through every way into every kind of events: the right numbers, or one clear error."""

import math

import awkward as ak
import numpy as np
import pandas as pd
import pytest

import eventspace as es
from eventspace.base.errors import InputError
from eventspace.events.features import features
from eventspace.events.preprocess import centre, flip, pixelate, preprocess, rotate
from eventspace.events.ragged import offsets_of


def raw_clouds(pt):
    plane = dict.fromkeys(("eta", "phi"), np.zeros(6))
    return es.ParticleClouds(offsets=np.array([0, 2, 4, 6]), columns={"pt": pt, **plane})


def raw_showers(energy):
    cell = np.tile(np.arange(2, dtype=np.int32), 3)
    return es.Showers(shape=(1, 1, 2), offsets=offsets_of([2, 2, 2]), cell=cell, energy=energy)


def flat_clouds(pt):
    return es.ParticleClouds.from_flat([2, 2, 2], {"pt": pt, "eta": np.zeros(6), "phi": np.zeros(6)})


# Each way: the shape that it takes for three events, and how numbers of this shape go in and come out.
WAYS = {
    "points": ((3, 2), lambda values: es.Points(values=values).check().values),
    "images": ((3, 2, 2), lambda values: es.Images(values=values, half_width=1.0).check().values),
    "dense showers": ((3, 1, 2, 2), lambda values: es.Showers.from_dense(values).to_dense()),
    "sparse showers": ((6,), lambda values: raw_showers(values).check().energy),
    "clouds of lists": (
        (3, 2, 3),
        lambda values: np.stack(list(es.ParticleClouds.from_lists(values).columns.values()), axis=1).reshape(3, 2, 3),
    ),
    "flat clouds": ((6,), lambda values: flat_clouds(values).check().flat("pt")),
    "raw clouds": ((6,), lambda values: raw_clouds(values).check().flat("pt")),
    "column of events": (
        (3,),
        lambda values: es.Points(values=np.ones((3, 1)), per_event={"x": values}).check().per_event["x"],
    ),
}
IN_ROWS = [way for way, (shape, _) in WAYS.items() if len(shape) > 1 or way == "column of events"]


def good(way):
    """1, 2, 3 ...: numbers that all types of numbers hold."""
    shape = WAYS[way][0]
    return np.arange(1.0, 1 + math.prod(shape)).reshape(shape)


def read_only(values):
    values = values.copy()
    values.flags.writeable = False
    return values


HARMLESS = {
    "as it is": lambda values: values,
    "list": lambda values: values.tolist(),
    "tuple": lambda values: tuple(values),
    "objects": lambda values: values.astype(object),
    "whole objects": lambda values: values.astype(int).astype(object),
    "big-endian": lambda values: values.astype(">f8"),
    "big-endian single": lambda values: values.astype(">f4"),
    "half": lambda values: values.astype(np.float16),
    "single": lambda values: values.astype(np.float32),
    "long double": lambda values: values.astype(np.longdouble),
    "whole": lambda values: values.astype(np.int64),
    "small whole": lambda values: values.astype(np.uint8),
    "big-endian whole": lambda values: values.astype(">i4"),
    "read-only": read_only,
    "not contiguous": lambda values: np.repeat(values, 2, axis=-1)[..., ::2],
    "Fortran order": np.asfortranarray,
    "reversed twice": lambda values: values[::-1].copy()[::-1],
    "masked nowhere": lambda values: np.ma.array(values),
    "awkward": ak.Array,
    "table": lambda values: pd.DataFrame(values) if values.ndim == 2 else values,
    "series": lambda values: pd.Series(values) if values.ndim == 1 else values,
}


@pytest.mark.parametrize("form", HARMLESS)
@pytest.mark.parametrize("way", WAYS)
def test_any_array_of_numbers_is_understood(way, form):
    found = WAYS[way][1](HARMLESS[form](good(way)))
    np.testing.assert_array_equal(found, good(way))
    assert type(found) is np.ndarray
    assert found.dtype.isnative
    assert way == "column of events" or found.dtype in (np.float32, np.float64)


def changed(values, value):
    """A number of the second of three events is another one."""
    values = values.astype(np.result_type(values, type(value)))
    values.reshape(3, -1)[1, 0] = value
    return values


def masked(values):
    mask = np.zeros(values.shape, dtype=bool)
    mask.reshape(3, -1)[1, 0] = True
    return np.ma.array(values, mask=mask)


HARMFUL = {
    "None": lambda values: changed(values.astype(object), None),
    "NA": lambda values: changed(values.astype(object), pd.NA),
    "text": lambda values: values.astype(str),
    "one text": lambda values: changed(values.astype(object), "a"),
    "complex": lambda values: values.astype(complex),
    "dates": lambda values: values.astype("datetime64[s]"),
    "structure": lambda values: values.astype([("pt", float), ("eta", float)]),
    "dictionaries": lambda values: [{"pt": 1.0}] * len(values),
    "masked": masked,
    "masked list": lambda values: list(masked(values)),
    "masked objects": lambda values: masked(values.astype(object)),
    "None of awkward": lambda values: ak.Array(changed(values.astype(object), None).tolist()),
    "NaN": lambda values: changed(values, np.nan),
    "infinite": lambda values: changed(values, np.inf),
    "-999": lambda values: changed(values, -999.0),
    "ragged": lambda values: [*values[:-1].tolist(), [values[-1].tolist()] * 2],
    "deeper": lambda values: values[..., np.newaxis],
    "a number": lambda values: 1.0,
    "nothing": lambda values: None,
}
RIGHT = {  # which of these are numbers like others, or a way to say that there is nothing
    ("points", "-999"),
    ("column of events", "-999"),
    ("column of events", "text"),
    *(("flat clouds", form) for form in ("masked", "masked list", "None of awkward")),
}
NO_EVENT = {
    *("text", "complex", "dates", "structure", "dictionaries", "ragged", "deeper", "a number", "nothing"),
    *("None of awkward", "masked list", "masked objects"),
}


@pytest.mark.parametrize("form", HARMFUL)
@pytest.mark.parametrize("way", WAYS)
def test_other_arrays_end_with_one_clear_error(way, form):
    if (way, form) in RIGHT:
        WAYS[way][1](HARMFUL[form](good(way)))
        return
    with pytest.raises(InputError) as error:
        WAYS[way][1](HARMFUL[form](good(way)))
    assert error.value.remedy
    if way in IN_ROWS and form not in NO_EVENT:
        assert error.value.event == 1


def test_no_events_are_no_error():
    for events in (es.Points(values=np.empty((0, 2))), es.ParticleClouds.from_lists([]), raw_clouds([])[:0]):
        assert len(events) == 0


@pytest.mark.parametrize("index", [np.ma.array([True, True, False], mask=[0, 1, 0]), [None], [1.5 + 2j]])
def test_an_index_is_as_plain(index):
    with pytest.raises(InputError, match="the index"):
        es.Points(values=np.ones((3, 1)))[index]


LABELS = {
    "list": ["top", "qcd", "w"],
    "array": np.array(["top", "qcd", "w"]),
    "objects": np.array(["top", "qcd", "w"], dtype=object),
    "bytes": np.array([b"top", b"qcd", b"w"]),
    "awkward": ak.Array(["top", "qcd", "w"]),
    "series": pd.Series(["top", "qcd", "w"]),
    "categories": pd.Series(["top", "qcd", "w"], dtype="category"),
    "masked nowhere": np.ma.array(["top", "qcd", "w"]),
}


@pytest.mark.parametrize("form", LABELS)
def test_labels_are_understood(form):
    points = es.Points(values=np.ones((3, 1)), per_event={"label": LABELS[form]}).check()
    assert points.labels.tolist() == ["top", "qcd", "w"]


def test_whole_numbers_as_labels_keep_their_digits():
    points = es.Points(values=np.ones((2, 1)), per_event={"label": [2**53 + 1, -1]}).check()
    assert points.labels.tolist() == ["9007199254740993", "-1"]


@pytest.mark.parametrize(
    "labels",
    [
        [0.0, 1.0, 2.0],
        [True, False, True],
        ["a", None, "b"],
        ["a", np.nan, "b"],
        np.ma.array(["a"] * 3, mask=[0, 1, 0]),
        np.ma.array([b"a"] * 3, mask=[0, 1, 0]),
        np.array([b"a", b"\xff", b"b"]),
    ],
)
def test_labels_that_are_none_are_refused(labels):
    with pytest.raises(InputError, match="label") as error:
        es.Points(values=np.ones((3, 1)), per_event={"label": labels}).check()
    assert error.value.remedy


@pytest.mark.parametrize(
    "call",
    [
        features,
        centre,
        rotate,
        flip,
        preprocess,
        lambda events: pixelate(events, 2, 1.0),
        lambda e: es.write("x.h5", e),
    ],
)
@pytest.mark.parametrize("given", [[np.ones((1, 3))], np.ones((1, 3)), pd.DataFrame(np.ones((1, 3)))])
def test_what_takes_events_refuses_plain_arrays(call, given, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    with pytest.raises(InputError, match="is not a set of events; make one"):
        call(given)


COUNTS = [
    [2.5, 2, 1.5],
    [[2, 2, 2]],
    6,
    ["2", "2", "2"],
    [2, -1, 5],
    [2, 2, 1],
    [True] * 6,
    None,
    np.ma.array([2, 2, 2], mask=[0, 1, 0]),
]


@pytest.mark.parametrize("counts", COUNTS, ids=repr)
def test_numbers_of_particles_that_cut_nothing_are_refused(counts):
    with pytest.raises(InputError) as error:
        es.ParticleClouds.from_flat(counts, dict.fromkeys(("pt", "eta", "phi"), np.ones(6)))
    assert error.value.remedy


@pytest.mark.parametrize(
    "metadata", [{"seed": "x"}, {"seed": 1.5}, {"seed": 1 << 70}, {"units": {"values": 3}}, {"origin": 3}], ids=str
)
def test_metadata_that_no_file_could_hold_are_refused(metadata):
    with pytest.raises(InputError, match=r"seed|unit|origin") as error:
        es.Points(values=[[1.0]], **metadata)
    assert error.value.remedy


@pytest.mark.parametrize("seed", [3, np.int64(3), np.array(3)], ids=repr)
def test_any_whole_number_is_a_seed(seed):
    assert type(es.Points(values=[[1.0]], seed=seed).seed) is int
