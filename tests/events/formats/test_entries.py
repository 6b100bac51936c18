import numpy as np
import pytest

from eventspace.base.errors import InputError
from eventspace.events import native
from eventspace.events.convert import convert
from eventspace.events.formats.entries import Entries

COLUMNS = "pt=pt,eta=eta,phi=phi,mask=mask"
COUNTS = np.array([2, 2])


def real(padding=None, counts=COUNTS, start=0, **columns):
    columns = {name: np.array(values) for name, values in columns.items()}
    return Entries(padding).real(counts, columns, start).tolist()


@pytest.mark.parametrize("high", [1, 1.0, True, 0.5, 0.97])
@pytest.mark.parametrize("low", [0, -0.5, 0.02])
def test_a_mask_of_two_values_says_which_are_particles(high, low):
    assert real(pt=[3.0, 2.0, 1.0, 1.0], mask=[high, low, high, high]) == [True, False, True, True]


def test_a_mask_of_one_value_is_read_if_it_is_0_or_1():
    assert real(pt=[3.0] * 4, mask=[1, 1, 1, 1]) == [True] * 4
    assert real(pt=[3.0] * 4, mask=[0, 0, 0, 0]) == [False] * 4
    with pytest.raises(InputError, match=r"event 10: the mask holds 0\.5, not two values; give a mask of 0 and 1"):
        real(pt=[3.0] * 4, mask=[0.5] * 4, start=10)


@pytest.mark.parametrize("mask", [[0, 1, 0.5, 1], [0, 1, 2, 1], [0, 1, np.nan, 1]])
def test_other_masks_are_refused_by_event(mask):
    with pytest.raises(InputError, match=r"event 11: the mask holds .*, not two values"):
        real(pt=[3.0] * 4, mask=mask, start=10)


def test_the_two_values_are_those_of_the_whole_file():
    entries = Entries()
    pt = np.full(4, 3.0)
    entries.real(COUNTS, {"pt": pt, "mask": np.array([-0.5, 0.5, 0.5, 0.5])}, 0)
    assert entries.real(COUNTS, {"pt": pt, "mask": np.full(4, 0.5)}, 2).all()
    with pytest.raises(InputError, match=r"event 5: the mask holds 0, 0\.5, 1, not two values"):
        entries.real(COUNTS, {"pt": pt, "mask": np.array([0.5, 0.5, 0, 1])}, 4)


def test_what_is_masked_may_hold_anything(tmp_path):
    pt, mask = np.array([[3.0, -7.0], [2.0, np.nan]]), np.array([[1, 0], [1, 0]])
    np.savez(tmp_path / "x.npz", pt=pt, eta=pt, phi=pt, mask=mask)
    convert(tmp_path / "x.npz", tmp_path / "ours.h5", columns=COLUMNS)
    assert native.read(tmp_path / "ours.h5").flat("pt").tolist() == [3.0, 2.0]


@pytest.mark.parametrize(("filler", "text"), [(-999.0, "-999"), (-99.5, "-99.5"), (np.nan, "nan"), (-1, "-1")])
@pytest.mark.parametrize("kind", [np.float32, np.float64])
def test_rows_that_are_filled_up_are_noticed_and_read_on_request(filler, text, kind):
    pt, eta = kind([3.0, filler, 2.0, 1.0]), kind([0.1, filler, 0.2, -1.5])
    with pytest.raises(InputError) as error:
        real(pt=pt, eta=eta, start=7)
    assert error.value.event == 7
    assert error.value.remedy.endswith(f"--padding {text}")
    assert real(padding=float(filler), pt=pt, eta=eta) == [True, False, True, True]


def test_a_particle_with_padding_for_a_coordinate_is_refused():
    with pytest.raises(InputError, match="event 7: a particle has -999 for eta but not for its momentum"):
        real(padding=-999.0, pt=[3.0, 2.0, 1.0, -999.0], eta=[0.1, -999.0, 0.2, -999.0], start=7)


def test_a_coordinate_may_have_the_value_of_the_padding_by_chance():
    assert real(padding=-1.0, pt=[3.0, -1.0, 1.0, 4.0], eta=[-1.0, 0.0, -1.0, 0.3]) == [True, False, True, True]


def test_what_is_missing_is_nan():
    pt = np.ma.MaskedArray([3.0, 0.0, 2.0, 1.0], [False, True, False, False])
    assert Entries(np.nan).real(COUNTS, {"pt": pt, "eta": pt}, 0).tolist() == [True, False, True, True]
    with pytest.raises(InputError, match="event 0: the row is filled up with NaN"):
        Entries().real(COUNTS, {"pt": pt, "eta": pt}, 0)


def test_lists_are_not_filled_up_and_a_single_bad_value_is_no_filler():
    assert all(real(pt=[3.0, np.nan, 2.0, 1.0], eta=[0.1, np.nan, 0.2, 0.3], counts=np.array([2, 1, 1])))
    assert all(real(pt=[3.0, np.nan, 2.0, 1.0], eta=[0.1, 0.2, 0.2, 0.3]))
    assert all(real(pt=[np.nan, 3.0, 2.0, 1.0], eta=[np.nan, 0.2, 0.2, 0.3]))


@pytest.mark.parametrize("filler", [np.nan, -999.0, 1e30])
@pytest.mark.parametrize("padding", [{}, {"padding": -999.0}])
def test_entries_without_pt_may_hold_anything(tmp_path, filler, padding):
    pt = np.array([[3.0, 0.0], [2.0, 1.0]])
    other, pid = np.array([[0.1, filler], [0.2, 0.3]]), np.array([[211, filler], [22, 11]])
    np.savez(tmp_path / "x.npz", pt=pt, eta=other, phi=other, pid=pid)
    convert(tmp_path / "x.npz", tmp_path / "ours.h5", columns="pt=pt,eta=eta,phi=phi,pid=pid", **padding)
    clouds = native.read(tmp_path / "ours.h5")
    assert clouds.flat("pt").tolist() == [3.0, 2.0, 1.0]
    assert clouds.flat("pid").tolist() == [211, 22, 11]
