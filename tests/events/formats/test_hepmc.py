import bz2
import gzip
import lzma

import numpy as np
import pyhepmc
import pytest

from eventspace.base.errors import InputError
from eventspace.events.formats import hepmc
from eventspace.events.formats.registry import detect


def store(path, jets, unit=pyhepmc.Units.GEV, form="hepmc3"):
    """One event for each jet: beams, an intermediate Z, the particles, a neutrino and a remnant along the beam."""
    scale = 1000.0 if unit == pyhepmc.Units.MEV else 1.0
    with pyhepmc.open(path, "w", format=form) as file:
        for number, jet in enumerate(jets):
            event = pyhepmc.GenEvent(unit, pyhepmc.Units.MM)
            event.event_number = number
            vertex = pyhepmc.GenVertex()
            for direction in (1, -1):
                vertex.add_particle_in(pyhepmc.GenParticle((0, 0, direction * 7e3, 7e3), 2212, 4))
            vertex.add_particle_out(pyhepmc.GenParticle((1, 2, 3, 91), 23, 2))
            for energy, px, py, pz in scale * jet:
                vertex.add_particle_out(pyhepmc.GenParticle((px, py, pz, energy), 211, 1))
            vertex.add_particle_out(pyhepmc.GenParticle((5, 5, 5, 9), -14, 1))
            vertex.add_particle_out(pyhepmc.GenParticle((0, 0, 6e3, 6e3), 2112, 1))
            event.add_vertex(vertex)
            event.weights = [0.5 + number, 99.0]
            file.write(event)


@pytest.mark.parametrize("unit", [pyhepmc.Units.GEV, pyhepmc.Units.MEV])
@pytest.mark.parametrize("form", ["hepmc3", "hepmc2"])
@pytest.mark.parametrize("name", ["events.hepmc", "events.hepmc.gz"])
def test_visible_particles_of_the_final_state_are_read(tmp_path, toy_jets, momenta, monkeypatch, unit, form, name):
    jets = toy_jets(9)
    store(tmp_path / name, jets, unit, form)
    monkeypatch.setattr(hepmc, "_EVENTS_AT_ONCE", 4)
    parts = list(hepmc.read(tmp_path / name))
    assert [len(part) for part in parts] == [4, 4, 1]
    particles = momenta(np.concatenate(jets))
    for column in ("pt", "rapidity", "phi"):
        read = np.concatenate([part.flat(column) for part in parts])
        np.testing.assert_allclose(read, getattr(particles, column), rtol=1e-6, atol=1e-9)
    assert np.concatenate([part.multiplicity for part in parts]).tolist() == [len(jet) for jet in jets]
    assert np.concatenate([part.per_event["weight"] for part in parts]).tolist() == [0.5 + i for i in range(9)]
    assert set(parts[0].flat("pid")) == {211}
    assert detect(tmp_path / name).name == "hepmc"


@pytest.mark.parametrize("compress", [gzip.compress, bz2.compress, lzma.compress])
def test_compressed_files_are_the_same_whatever_they_are_called(tmp_path, toy_jets, compress):
    path = tmp_path / "events.hepmc"
    store(path, toy_jets(3))
    (plain,) = hepmc.read(path)
    path.write_bytes(compress(path.read_bytes()))
    (clouds,) = hepmc.read(path)
    np.testing.assert_array_equal(clouds.flat("pt"), plain.flat("pt"))
    assert detect(path).name == "hepmc"


def test_the_parser_is_as_talkative_afterwards_as_before(tmp_path, toy_jets):
    store(tmp_path / "events.hepmc", toy_jets(2))
    before = pyhepmc.Setup.print_errors, pyhepmc.Setup.print_warnings, pyhepmc.Setup.debug_level
    list(hepmc.read(tmp_path / "events.hepmc"))
    assert (pyhepmc.Setup.print_errors, pyhepmc.Setup.print_warnings, pyhepmc.Setup.debug_level) == before


@pytest.mark.parametrize("share", [0.05, 0.3, 0.6, 0.99])
def test_a_truncated_file_is_an_input_error(tmp_path, toy_jets, share):
    path = tmp_path / "events.hepmc"
    store(path, toy_jets(5))
    data = path.read_bytes()
    path.write_bytes(data[: int(share * len(data))])
    with pytest.raises(InputError, match=r"events\.hepmc: the file ends within or after event"):
        list(hepmc.read(path))


def test_a_truncated_archive_is_an_input_error(tmp_path, toy_jets):
    path = tmp_path / "events.hepmc.gz"
    store(path, toy_jets(5))
    path.write_bytes(path.read_bytes()[:-200])
    with pytest.raises(InputError, match=r"events\.hepmc\.gz: the file is damaged"):
        list(hepmc.read(path))


def test_an_event_that_cannot_be_parsed_is_named(tmp_path, toy_jets, capfd):
    path = tmp_path / "events.hepmc"
    store(path, toy_jets(5))
    lines = path.read_text().split("\n")
    fourth = [number for number, line in enumerate(lines) if line.startswith("P 4 ")][3]
    lines[fourth] = lines[fourth].replace("P ", "P x", 1)
    path.write_text("\n".join(lines))
    with pytest.raises(InputError, match=r"events\.hepmc, event 3: the event cannot be parsed"):
        list(hepmc.read(path))
    assert capfd.readouterr().err == ""


def test_text_is_not_taken_for_events(tmp_path):
    path = tmp_path / "events.hepmc"
    path.write_text("HepMC::Version 3\n" * 3)
    with pytest.raises(InputError, match="not a HepMC file"):
        list(hepmc.read(path))
    path.write_bytes(gzip.compress(b"\0" * 10_000_000))
    with pytest.raises(InputError, match="not recognised"):
        detect(path)
