"""Sets joined in memory: the whole cut into parts comes back, for every kind; what does not fit is refused."""

from dataclasses import replace

import numpy as np
import pytest

import eventspace as es
from eventspace.base.errors import InputError

RNG = np.random.default_rng(1)
COMMON = {"per_event": {"label": ["a", "quark", "b", "a", "a"], "x": np.arange(5)}, "seed": 1, "origin": "toys"}
SETS = {
    "particles": es.ParticleClouds.from_flat(
        [2, 1, 3, 1, 2], {"pt": RNG.random(9) + 1, "eta": RNG.random(9), "phi": RNG.random(9)}, **COMMON
    ),
    "images": es.Images(values=RNG.random((5, 3, 3)), half_width=0.4, units={"values": "GeV"}, **COMMON),
    "points": es.Points(values=RNG.random((5, 2)), **COMMON),
    "showers": es.Showers.from_dense(RNG.random((5, 2, 3, 4)) + 0.1, units={"energy": "GeV"}, **COMMON),
}


@pytest.mark.parametrize("kind", SETS)
def test_parts_become_the_whole_again(kind, tmp_path):
    whole = SETS[kind]
    joined = es.concatenate([whole[:2], whole[2:2], whole[2:]]).check()
    es.write(tmp_path / "whole.h5", whole)
    es.write(tmp_path / "joined.h5", joined)
    assert (tmp_path / "joined.h5").read_bytes() == (tmp_path / "whole.h5").read_bytes()
    assert repr(joined) == repr(whole)


@pytest.mark.parametrize("kind", SETS)
def test_the_order_is_that_of_the_list(kind):
    whole = SETS[kind]
    turned = es.concatenate([whole[3:], whole[:3]])
    assert turned.per_event["x"].tolist() == [3, 4, 0, 1, 2]
    again = es.concatenate([turned[2:], turned[:2]])
    assert again.labels.tolist() == whole.labels.tolist()


def test_seeds_and_origins_that_differ():
    points = SETS["points"]
    joined = es.concatenate([points, replace(points, seed=2, origin="others"), points])
    assert (joined.seed, joined.origin) == (None, "toys; others")


def test_single_and_double_precision_join_in_double():
    points = es.Points(values=np.ones((1, 1), np.float32))
    assert es.concatenate([points, es.Points(values=np.ones((1, 1)))]).values.dtype == np.float64


POINTS, CLOUDS = SETS["points"], SETS["particles"]
UNFIT = {
    "set 1 holds points, set 0 particles": [CLOUDS, POINTS],
    r"set 1 has \{'half_width': 0.8\}": [SETS["images"], replace(SETS["images"], half_width=0.8)],
    r"set 2 has the units \{'pt': 'MeV'": [CLOUDS, CLOUDS, replace(CLOUDS, units=CLOUDS.units | {"pt": "MeV"})],
    "set 1 and set 0 do not both have the column label": [POINTS, replace(POINTS, per_event={"x": np.arange(5)})],
    "set 1 has label in": [
        replace(POINTS, per_event={"label": np.arange(5.0)}),
        replace(POINTS, per_event={"label": ["a"] * 5}),
    ],
    r"set 1 has values in float64 of shape \(1, 3\)": [
        es.Points(values=np.ones((1, 2))),
        es.Points(values=np.ones((1, 3))),
    ],
    "ndarray is not a set of events": [POINTS, np.ones((2, 2))],
    "there is no list of sets": [],
}


@pytest.mark.parametrize("problem", UNFIT)
def test_sets_that_do_not_fit_are_refused_by_number(problem):
    with pytest.raises(InputError, match=problem) as error:
        es.concatenate(UNFIT[problem])
    assert error.value.remedy


def test_one_set_is_no_list():
    with pytest.raises(InputError, match="there is no list of sets"):
        es.concatenate(POINTS)
