"""What users' files have and good ones have not, over all formats: the right value or one error with its name."""

import h5py
import numpy as np
import pytest

from events.formats.examples import EXAMPLES, Sample, toy_jets
from eventspace.base.errors import InputError
from eventspace.events import native
from eventspace.events.convert import convert
from eventspace.events.formats import format as sizes
from eventspace.events.formats import lhe, parquet, root
from eventspace.events.formats.columns import parse
from eventspace.events.formats.registry import FORMATS
from eventspace.events.ragged import event_of_entry

SHOWERS = ("3dgan", "calochallenge", "showerdata")
PARTICLES = [name for name in EXAMPLES if name not in (*SHOWERS, "csv")]
RECTANGULAR = ("top-tagging", "lhc-olympics", "jetnet", "energyflow", "npz", "npy", "hdf5")
OPTIONS = {"npz", "npy", "hdf5"}
LABELS = {
    "top-tagging": ("qcd", "top"),
    "energyflow": ("gluon", "quark"),
    "lhc-olympics": ("background", "signal"),
    "jetclass": ("QCD", "Tbqq"),
    **dict.fromkeys(("parquet", "npz", "root", "hdf5", "csv"), ("0", "1")),
}
every_format = pytest.mark.parametrize("name", EXAMPLES)


def momenta(events):
    """The sum of pt of each event, and its multiplicity."""
    if events.kind == "collisions":
        pt = np.hypot(events.flat("px"), events.flat("py"))
        return np.bincount(event_of_entry(events.offsets), pt, len(events)).tolist(), events.multiplicity.tolist()
    return np.round(events.total_pt, 3).tolist(), events.multiplicity.tolist()


def truth(jets):
    return [round(float(np.hypot(jet[:, 1], jet[:, 2]).sum()), 3) for jet in jets], [len(jet) for jet in jets]


def check(events, jets):
    found, right = momenta(events), truth(jets)
    np.testing.assert_allclose(found[0], right[0], rtol=1e-5)
    assert found[1] == right[1]


@pytest.mark.parametrize("name", PARTICLES)
def test_momenta_are_those_of_the_file(tmp_path, name):
    path, options = EXAMPLES[name](tmp_path)
    convert(path, tmp_path / "ours.h5", **options)
    check(native.read(tmp_path / "ours.h5"), toy_jets(12))


@every_format
def test_one_event(tmp_path, name):
    path, options = EXAMPLES[name](tmp_path, Sample(toy_jets(1)))
    assert convert(path, tmp_path / "ours.h5", **options).written == 1
    events = native.read(tmp_path / "ours.h5")
    if name in PARTICLES:
        check(events, toy_jets(1))


@every_format
def test_no_events(tmp_path, name):
    path, options = EXAMPLES[name](tmp_path, Sample([]))
    with pytest.raises(InputError, match=path.name):
        convert(path, tmp_path / "ours.h5", **options)
    assert not (tmp_path / "ours.h5").exists()


@every_format
def test_an_empty_file(tmp_path, name):
    path, options = EXAMPLES[name](tmp_path)
    path.write_bytes(b"")
    for chosen in ({"format": name}, {}):
        with pytest.raises(InputError, match=path.name):
            convert(path, tmp_path / "ours.h5", **options, **chosen)


@pytest.mark.parametrize("name", RECTANGULAR)
@pytest.mark.parametrize("filler", [np.nan, -999.0])
def test_rows_that_are_filled_up_with_something_else(tmp_path, name, filler):
    path, options = EXAMPLES[name](tmp_path, Sample(filler=filler))
    if name == "jetnet":  # its mask says what is a particle
        convert(path, tmp_path / "ours.h5", **options)
        check(native.read(tmp_path / "ours.h5"), toy_jets(12))
        return
    for drop_invalid in (False, True):
        with pytest.raises(InputError, match=path.name) as error:
            convert(path, tmp_path / "ours.h5", format=name, drop_invalid=drop_invalid, **options)
    if name in OPTIONS:
        shown = "nan" if np.isnan(filler) else "-999"
        assert error.value.event == 0
        assert error.value.remedy.endswith(f"--padding {shown}")
        convert(path, tmp_path / "ours.h5", padding=filler, **options)
        check(native.read(tmp_path / "ours.h5"), toy_jets(12))


@pytest.mark.parametrize("name", [name for name in PARTICLES if not name.startswith(("hepmc", "lhe"))])
def test_a_particle_that_is_no_number(tmp_path, name):
    jets = toy_jets(12)
    jets[5] = jets[5].copy()
    jets[5][1] = np.nan
    path, options = EXAMPLES[name](tmp_path, Sample(jets))
    with pytest.raises(InputError, match=rf"{path.name}, event 5: "):
        convert(path, tmp_path / "ours.h5", **options)
    assert convert(path, tmp_path / "ours.h5", drop_invalid=True, **options).written == 11
    check(native.read(tmp_path / "ours.h5"), [*jets[:5], *jets[6:]])


@pytest.mark.parametrize("name", [name for name in PARTICLES if not name.startswith(("hepmc", "lhe"))])
def test_an_event_without_particles(tmp_path, name):
    jets = toy_jets(12)
    jets[7] = jets[7][:0]
    path, options = EXAMPLES[name](tmp_path, Sample(jets))
    with pytest.raises(InputError, match=rf"{path.name}, event 7: "):
        convert(path, tmp_path / "ours.h5", **options)
    assert convert(path, tmp_path / "ours.h5", drop_invalid=True, **options).written == 11


@pytest.mark.parametrize("name", LABELS)
def test_labels_choose_and_are_named(tmp_path, name):
    path, options = EXAMPLES[name](tmp_path)
    low, high = LABELS[name]
    summary = convert(path, tmp_path / "ours.h5", label=f"mine={high}", **options)
    assert (summary.written, summary.unchosen, summary.dropped) == (6, 6, 0)
    events = native.read(tmp_path / "ours.h5")
    assert events.labels.tolist() == ["mine"] * 6
    if name in PARTICLES:
        check(events, toy_jets(12)[1::2])
    convert(path, tmp_path / "all.h5", label=f"{low},{high}", **options)
    assert native.read(tmp_path / "all.h5").labels.tolist() == [low, high] * 6
    with pytest.raises(InputError, match=rf"{path.name}: no event has the label 'w'; it has {low}, {high}"):
        convert(path, tmp_path / "ours.h5", label="w", **options)


@pytest.mark.parametrize("name", ["parquet", "npz", "root", "hdf5", "csv"])
def test_labels_keep_their_values(tmp_path, name):
    kinds = np.arange(12) % 3 + 5
    path, options = EXAMPLES[name](tmp_path, Sample(kinds=kinds))
    convert(path, tmp_path / "ours.h5", **options)
    assert native.read(tmp_path / "ours.h5").labels.tolist() == [str(kind) for kind in kinds]


@pytest.mark.parametrize("name", ["top-tagging", "energyflow", "lhc-olympics", "jetclass"])
@pytest.mark.parametrize("strange", [2.0, -1.0, 0.5, np.nan])
def test_strange_labels_of_a_schema_are_refused_by_event(tmp_path, name, strange):
    kinds = np.arange(12.0) % 2
    kinds[4] = strange
    path, options = EXAMPLES[name](tmp_path, Sample(kinds=kinds))
    with pytest.raises(InputError, match=rf"{path.name}, event 4: "):
        convert(path, tmp_path / "ours.h5", **options)
    assert convert(path, tmp_path / "ours.h5", drop_invalid=True, **options).written == 11
    assert set(native.read(tmp_path / "ours.h5").labels) == set(LABELS[name])


@pytest.mark.parametrize("name", ["jetnet", "3dgan", "calochallenge", "hdf5"])
@pytest.mark.parametrize("library", ["bzip2", "blosc", "blosc2"])
def test_compressions_that_hdf5_itself_cannot_undo(tmp_path, name, library):
    tables = pytest.importorskip("tables")
    path, options = EXAMPLES[name](tmp_path)
    convert(path, tmp_path / "plain.h5", **options)
    with h5py.File(path) as file:
        arrays = {dataset: file[dataset][:] for dataset in file}
    with tables.open_file(path, "w") as file:
        for dataset, values in arrays.items():
            file.create_carray("/", dataset, obj=values, filters=tables.Filters(complib=library, complevel=5))
    convert(path, tmp_path / "ours.h5", **options)
    plain, ours = native.read(tmp_path / "plain.h5"), native.read(tmp_path / "ours.h5")
    np.testing.assert_array_equal(plain.offsets, ours.offsets)
    np.testing.assert_array_equal(_amounts(plain), _amounts(ours))


def _amounts(events):
    return events.energy if events.kind == "showers" else events.flat("pt")


@pytest.mark.parametrize("name", ["parquet", "npz", "npy", "root", "hdf5", "csv", "lhe"])
def test_a_reader_yields_a_few_events_at_a_time(tmp_path, monkeypatch, name):
    for module in (sizes, parquet, root):
        monkeypatch.setattr(module, "EVENTS_AT_ONCE", 5)
    monkeypatch.setattr(lhe, "_EVENTS_AT_ONCE", 5)
    path, options = EXAMPLES[name](tmp_path)
    columns = {"columns": parse(options.pop("columns"), options.get("points", ()))} if "columns" in options else {}
    parts = list(FORMATS[name].read(path, **columns, **options))
    assert sum(map(len, parts)) == 12
    if name != "csv":  # it is cut by bytes
        assert [len(part) for part in parts] == [5, 5, 2]
