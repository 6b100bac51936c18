import sys
from pathlib import Path

import numpy as np
import pytest

from eventspace.base.errors import InputError, MissingExtraError
from eventspace.events.formats.registry import FORMATS, detect, named

BEGINNINGS = {
    "empty": b"",
    "text": b"jet 1: 3 particles\n" * 100,
    "hdf5": b"\x89HDF\r\n\x1a\n" + bytes(3000),
    "zip": b"PK\x03\x04" + bytes(3000),
    "root": b"root" + bytes(3000),
    "gzip": b"\x1f\x8b" + bytes(3000),
    "hepmc": b"HepMC::Version 3.02.05\n",
}


@pytest.mark.parametrize("name", FORMATS)
@pytest.mark.parametrize("beginning", BEGINNINGS)
def test_no_reader_is_fooled_by_a_name_or_a_beginning(tmp_path, name, beginning):
    path = tmp_path / "jets.h5"
    path.write_bytes(BEGINNINGS[beginning])
    arguments = (path, {"pt": "pt", "eta": "eta", "phi": "phi"}) if FORMATS[name].takes_columns else (path,)
    with pytest.raises(InputError, match=r"jets\.h5"):
        list(FORMATS[name].read(*arguments))
    with pytest.raises(InputError, match=r"jets\.h5"):
        FORMATS[name].count(*arguments)


@pytest.mark.parametrize("beginning", BEGINNINGS)
def test_what_is_not_recognised_is_said_to_be_damaged_or_unknown(tmp_path, beginning):
    path = tmp_path / "jets.h5"
    path.write_bytes(BEGINNINGS[beginning])
    with pytest.raises(InputError, match=r"not a whole|not recognised"):
        detect(path)


def test_an_unknown_name_lists_the_known_ones():
    with pytest.raises(InputError, match="there is no format 'delphes'; choose from top-tagging, jetnet, energyflow"):
        named("delphes")


@pytest.mark.parametrize("name", FORMATS)
def test_a_missing_file_is_named(tmp_path, name):
    arguments = (tmp_path / "no.h5", {"pt": "pt"}) if FORMATS[name].takes_columns else (tmp_path / "no.h5",)
    with pytest.raises(InputError, match=r"no\.h5: there is no such file"):
        list(FORMATS[name].read(*arguments))


@pytest.mark.parametrize(("name", "package"), [("jetclass", "uproot"), ("hepmc", "pyhepmc"), ("parquet", "pyarrow")])
def test_a_missing_package_is_named_with_the_extra(tmp_path, monkeypatch, name, package):
    path = tmp_path / "jets"
    path.write_bytes(b"root HepMC::Asciiv3-START_EVENT_LISTING")
    monkeypatch.setitem(sys.modules, package, None)
    with pytest.raises(
        MissingExtraError, match=rf"needs {package}; install it with: pip install 'eventspace\[formats\]'"
    ):
        list(FORMATS[name].read(*((path, {"pt": "pt"}) if name == "parquet" else (path,))))


def test_blosc_without_its_package_is_named_with_the_extra(tmp_path, monkeypatch):
    tables = pytest.importorskip("tables")
    with tables.open_file(tmp_path / "jets.h5", "w") as file:
        group = file.create_group("/", "df")
        values = file.create_carray(group, "block0_values", obj=np.ones((2, 3)), filters=tables.Filters(5, "blosc"))
        values.flush()
        file.create_array(group, "block0_items", obj=np.arange(3))
    monkeypatch.setitem(sys.modules, "blosc2", None)
    with pytest.raises(MissingExtraError, match="compressed with Blosc needs blosc2"):
        list(FORMATS["lhc-olympics"].read(tmp_path / "jets.h5"))


def test_every_format_is_documented():
    text = Path(__file__).parents[3].joinpath("docs", "files.md").read_text()
    headings = [line for line in text.splitlines() if line.startswith("### ")]
    for name in FORMATS:
        assert any(f"`{name}`" in heading for heading in headings)
