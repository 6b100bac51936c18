"""Several files become one: every event once, in order, and nothing that does not fit together."""

from dataclasses import replace

import numpy as np
import pytest

import eventspace as es
from eventspace import InputError
from eventspace.cli import main
from eventspace.events.merge import merge


@pytest.fixture
def parts(tmp_path):
    rng = np.random.default_rng(1)
    paths = []
    for seed, count in ((1, 5), (2, 12_000), (3, 4)):
        values = rng.normal(size=(count, 2))
        points = es.Points(values=values, per_event={"weight": rng.random(count)}, units={"weight": "pb"}, seed=seed)
        paths.append(tmp_path / f"{seed}.h5")
        es.write(paths[-1], points)
    return paths


def test_all_events_in_order(parts, tmp_path):
    assert merge(parts, tmp_path / "all.h5") == 12_009
    merged, pieces = es.read(tmp_path / "all.h5"), [es.read(path) for path in parts]
    assert merged.seed is None
    assert merged.units == pieces[0].units
    np.testing.assert_array_equal(merged.values, np.concatenate([piece.values for piece in pieces]))
    weights = np.concatenate([piece.per_event["weight"] for piece in pieces])
    np.testing.assert_array_equal(merged.per_event["weight"], weights)


def test_sparse_showers(tmp_path):
    dense = np.random.default_rng(2).exponential(size=(6, 4, 4, 3)) * (np.arange(48).reshape(4, 4, 3) % 3 > 0)
    showers = es.Showers.from_dense(dense)
    es.write(tmp_path / "a.h5", showers[:2])
    es.write(tmp_path / "b.h5", showers[2:])
    merge([tmp_path / "a.h5", tmp_path / "b.h5"], tmp_path / "all.h5")
    np.testing.assert_array_equal(es.read(tmp_path / "all.h5").to_dense(), showers.to_dense())


@pytest.mark.parametrize("fault", ["units", "column", "width", "kind", "copy", "truncated", "missing", "alone"])
def test_files_that_do_not_fit_leave_nothing(parts, tmp_path, fault, capsys):
    first = es.read(parts[0])
    other = tmp_path / "other.h5"
    if fault == "units":
        es.write(other, replace(first, units={"weight": "fb"}))
    elif fault == "column":
        es.write(other, replace(first, per_event={}, units={}))
    elif fault == "width":
        es.write(other, replace(first, values=first.values[:, :1]))
    elif fault == "kind":
        es.write(other, es.Showers.from_dense(np.ones((2, 3, 3, 3))))
    elif fault == "copy":
        other.write_bytes(parts[0].read_bytes())
    elif fault == "truncated":
        other.write_bytes(parts[0].read_bytes()[:-200])
    words = {"copy": "same file as", "missing": "no such file", "alone": "1 files", "units": "units"}.get(fault, "")
    given = [parts[0]] if fault == "alone" else [parts[0], other]
    assert main(["merge", *map(str, given), "--out", str(tmp_path / "all.h5")]) == 2
    message = capsys.readouterr().err
    assert words in message
    assert fault == "alone" or "other.h5" in message
    assert not (tmp_path / "all.h5").exists()
    with pytest.raises(InputError):
        merge(given, tmp_path / "all.h5")


def test_merged_file_is_not_merged_again(parts, tmp_path, capsys):
    """As happens when a pattern of names matches the result of an earlier call."""
    everything = tmp_path / "all.h5"
    merge(parts, everything)
    before = everything.read_bytes()
    assert main(["merge", *map(str, [*parts, everything]), "--out", str(everything)]) == 2
    assert "all.h5: the file to write is one of those to read" in capsys.readouterr().err
    assert everything.read_bytes() == before


def test_command(parts, tmp_path, capsys):
    assert main(["merge", *map(str, parts), "--out", str(tmp_path / "all.h5")]) == 0
    assert "12009 events from 3 files" in capsys.readouterr().out
