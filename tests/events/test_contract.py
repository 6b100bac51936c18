"""What every kind of events of the dictionary promises: files, slices, joining, faults at the door, one line."""

import inspect
from collections.abc import Callable
from dataclasses import fields, replace

import numpy as np
import pytest

import eventspace as es
from eventspace.events.base import Events
from eventspace.events.features import features
from eventspace.events.kinds import KINDS


def clouds(n: int) -> es.ParticleClouds:
    rng = np.random.default_rng(1)
    lists = [np.column_stack([rng.exponential(size=k), rng.normal(size=(k, 2))]) for k in rng.integers(1, 5, n)]
    return es.ParticleClouds.from_lists(lists)


def collisions(n: int) -> es.Collisions:
    rng = np.random.default_rng(1)
    counts = rng.integers(1, 5, n)
    momenta = rng.normal(size=(counts.sum(), 3))
    columns = dict(zip(("px", "py", "pz"), momenta.T, strict=True)) | {"E": np.linalg.norm(momenta, axis=1) + 0.1}
    labels = {"truth_jet": np.arange(counts.sum()) % 4, "truth_boson": np.arange(counts.sum()) % 4 // 2}
    return es.Collisions.from_flat(counts, columns | labels | {"charge": np.arange(counts.sum()) % 3 - 1})


EXAMPLES: dict[str, Callable[[int], Events]] = {
    "particles": clouds,
    "images": lambda n: es.Images(values=np.random.default_rng(1).exponential(size=(n, 3, 3)), half_width=0.8),
    "points": lambda n: es.Points(values=np.random.default_rng(1).normal(size=(n, 2))),
    "collisions": collisions,
    "showers": lambda n: es.Showers.from_dense(np.random.default_rng(1).exponential(size=(n, 2, 3, 2))),
}
EACH = pytest.mark.parametrize("kind", KINDS)


def example(kind: str, n: int = 7) -> Events:
    assert kind in EXAMPLES, f"give an example of {kind} here"
    labels = np.array([f"a{k}" for k in range(n)])
    return replace(EXAMPLES[kind](n), per_event={"label": labels, "weight": np.arange(n) / 2}, seed=3, origin="made up")


def assert_same(one: Events, other: Events) -> None:
    mine, theirs = one.taken_apart(), other.taken_apart()
    assert type(one) is type(other)
    assert (mine.settings, one.seed, one.origin, dict(one.units)) == (
        theirs.settings,
        other.seed,
        other.origin,
        dict(other.units),
    )
    np.testing.assert_array_equal(one.sizes(), other.sizes())
    for a, b in ((mine.columns, theirs.columns), (one.per_event, other.per_event)):
        assert a.keys() == b.keys()
        for name in a:
            assert a[name].dtype == b[name].dtype, name
            np.testing.assert_array_equal(a[name], b[name])


def kinds_below(base: type[Events]) -> set[type[Events]]:
    """All classes that are kinds of events, however far they derive from it."""
    below = {kind for child in base.__subclasses__() for kind in kinds_below(child)}
    return below if inspect.isabstract(base) else below | {base}


def test_no_kind_is_missing_from_the_dictionary() -> None:
    assert kinds_below(Events) == set(KINDS.values())
    assert all(getattr(es, kind.__name__) is kind for kind in KINDS.values())


@EACH
def test_what_is_taken_apart_is_assembled_again(kind: str) -> None:
    events = example(kind)
    common = {name: getattr(events, name) for name in ("per_event", "units", "seed", "origin")}
    for some in (events, events[2:5]):
        again = KINDS[kind].assembled(some.taken_apart(), common | {"per_event": some.per_event})
        assert_same(again.check(), some)


@EACH
def test_a_file_gives_back_what_was_written_whole_or_in_part(kind: str, tmp_path) -> None:
    events = example(kind)
    es.write(tmp_path / "events.h5", events)
    assert_same(es.read(tmp_path / "events.h5"), events)
    assert_same(es.read(tmp_path / "events.h5", 2, 5), events[2:5])


@EACH
def test_a_slice_copies_nothing(kind: str) -> None:
    events = example(kind)
    some = events[1:4]
    assert len(some) == 3
    columns = {name: values for name, values in some.taken_apart().columns.items() if values.size}
    assert columns
    for name, values in columns.items():
        assert np.shares_memory(values, events.taken_apart().columns[name]), name


@EACH
def test_parts_are_joined(kind: str) -> None:
    events = example(kind)
    assert_same(es.concatenate([events[:3], events[3:]]), events)


@EACH
def test_chosen_events_are_those(kind: str) -> None:
    events = example(kind)
    mask = np.arange(len(events)) % 2 == 0
    assert_same(events[mask], events[np.flatnonzero(mask)])
    assert events[[4]].labels.tolist() == ["a4"]


@EACH
def test_a_number_that_is_not_finite_is_named_with_its_event(kind: str) -> None:
    events = example(kind)
    assert events.check() is events
    name, values = next((n, v) for n, v in events.taken_apart().columns.items() if v.dtype.kind == "f")
    spoilt = values.copy()
    spoilt[-1] = np.nan
    parts = events.taken_apart()
    common = {"per_event": events.per_event, "units": events.units}
    broken = KINDS[kind].assembled(parts._replace(columns=parts.columns | {name: spoilt}), common)
    with pytest.raises(es.InputError, match="NaN") as error:
        broken.check()
    assert error.value.event == len(events) - 1
    assert error.value.remedy


@EACH
def test_its_text_is_one_line_that_says_what_it_is(kind: str) -> None:
    text = repr(example(kind))
    assert "\n" not in text
    assert len(text) < 300
    assert all(word in text for word in (KINDS[kind].__name__, "7 events", "label", "seed 3", "made up"))


@EACH
def test_features_are_one_number_an_event(kind: str) -> None:
    events = example(kind)
    if events.measured() is None:
        with pytest.raises(es.InputError, match=f"no features of {kind}"):
            features(events)
        return
    table = features(events)
    assert table["weight"].tolist() == events.per_event["weight"].tolist()
    assert all(values.shape == (len(events),) and np.isfinite(values).all() for values in table.values())


@EACH
def test_the_fields_that_all_kinds_share_are_those_of_the_base(kind: str) -> None:
    shared = [field.name for field in fields(Events)]
    assert [field.name for field in fields(KINDS[kind])][: len(shared)] == shared
