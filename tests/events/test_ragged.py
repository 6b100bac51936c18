import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from eventspace.events.particles import ParticleClouds
from eventspace.events.ragged import any_entry, event_of_entry, offsets_of, select, sum_over_entries

counts = st.lists(st.integers(0, 5), max_size=8)


@st.composite
def choices(draw):
    """Lists of values an event, and an index that chooses among the events."""
    lists = [[draw(st.integers(-9, 9)) for _ in range(count)] for count in draw(counts)]
    size = len(lists)
    bounds = st.none() | st.integers(-size - 2, size + 2)
    slices = st.builds(slice, bounds, bounds, st.none() | st.integers(-3, 3).filter(bool))
    masks = st.lists(st.booleans(), min_size=size, max_size=size).map(lambda mask: np.array(mask, dtype=bool))
    numbers = st.lists(st.integers(-size, size - 1), max_size=9) if size else st.just([])
    return lists, draw(slices | masks | numbers)


def chosen_of(lists, index):
    """What Python makes of the index."""
    if isinstance(index, slice):
        return lists[index]
    if isinstance(index, np.ndarray):
        return [values for values, keep in zip(lists, index, strict=True) if keep]
    return [lists[number] for number in index]


def clouds_of(lists):
    flat = np.array([value for values in lists for value in values], dtype=float)
    columns = {"pt": np.abs(flat) + 1, "eta": flat, "phi": flat}
    per_event = {"number": np.arange(len(lists))}
    return ParticleClouds.from_flat([len(values) for values in lists], columns, per_event=per_event)


@given(choices())
def test_select_is_that_of_lists(choice):
    lists, index = choice
    clouds = clouds_of(lists)[index]
    chosen = chosen_of(lists, index)
    assert clouds.multiplicity.tolist() == [len(values) for values in chosen]
    assert clouds.flat("eta").tolist() == [value for values in chosen for value in values]
    assert clouds.per_event["number"].tolist() == chosen_of(list(range(len(lists))), index)


@given(choices(), st.data())
def test_select_of_a_selection(choice, data):
    lists, _ = choice
    part = clouds_of(lists)[1:]
    size = len(part)
    again = data.draw(st.lists(st.integers(0, size - 1), max_size=5) if size else st.just([]))
    assert part[again].flat("eta").tolist() == [value for i in again for value in lists[1:][i]]


def test_a_slice_copies_nothing():
    clouds = clouds_of([[1.0, 2.0], [3.0], [4.0]])
    assert np.shares_memory(clouds[1:].flat("pt"), clouds.columns["pt"])
    assert np.shares_memory(clouds[1:].offsets, clouds.offsets)


@pytest.mark.parametrize("index", [3, np.int64(0), [[0]], np.zeros((1, 1), dtype=bool)])
def test_what_makes_no_set_is_refused(index):
    with pytest.raises(TypeError, match="makes a set of events"):
        clouds_of([[1.0], [2.0]])[index]


@pytest.mark.parametrize("index", [[True], [True] * 3, [2], [-3]])
def test_what_is_out_of_range_is_refused(index):
    with pytest.raises(IndexError):
        clouds_of([[1.0], [2.0]])[index]


@given(counts, st.integers(0, 3))
def test_sums_and_owners_are_those_of_lists(sizes, skipped):
    offsets = offsets_of([skipped, *sizes])[1:]
    values = np.arange(float(sum(sizes)))
    lists = np.split(values, np.cumsum(sizes)[:-1]) if sizes else []
    assert sum_over_entries(offsets, values).tolist() == [part.sum() for part in lists]
    assert any_entry(offsets, values % 3 == 1).tolist() == [bool((part % 3 == 1).any()) for part in lists]
    assert event_of_entry(offsets).tolist() == [event for event, size in enumerate(sizes) for _ in range(size)]


def test_select_counts_from_the_first_owned_entry():
    offsets, columns = select(np.array([2, 3, 5]), {"x": np.arange(6)}, np.array([1]))
    assert offsets.tolist() == [0, 2]
    assert columns["x"].tolist() == [3, 4]
