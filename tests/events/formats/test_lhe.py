import bz2
import gzip
import lzma

import numpy as np
import pytest

from eventspace.base.errors import InputError
from eventspace.events.formats import lhe
from eventspace.events.formats.registry import detect

HEADER = """<LesHouchesEvents version="3.0">
<header>
<!-- a line that shows what an event looks like: <event> -->
<event>
</header>
<init>
2212 2212 0.65D+04 0.65D+04 0 0 230000 230000 -4 1
0.50109093E+02 0.14089063E+00 0.50109093E+02 1
</init>"""
# The partons of the beams, a Z in between and a neutrino.
OTHERS = """  21 -1 0 0 501 502 0. 0.  7.0D+02 7.0D+02 0. 0. 9.
  21 -1 0 0 502 501 0. 0. -7.0D+02 7.0D+02 0. 0. 9.
  23  2 1 2 0 0 1. 2. 3. 91. 90.8 0. 9.
 -14  1 3 3 0 0 5. 5. 5. 8.66 0. 0. 1."""
# What version 3 puts behind the particles.
WEIGHTS = """<mgrwt>
<rscale>  0 0.91188E+02</rscale>
</mgrwt>
<rwgt>
<wgt id='1'> 5 </wgt>
</rwgt>"""


def store(path, jets, compress=bytes):
    text = [HEADER]
    for number, jet in enumerate(jets):
        text += ["<event>" if number % 2 else '<event npLO="-1">']
        text += [f" {len(jet) + 4}      1 +{0.5 + number:.7e} 9.11880000e+01 7.54677100e-03 1.30000000e-01", OTHERS]
        for energy, px, py, pz in jet.tolist():
            text += [f"  211  1    3    3    0    0 {px!r} {py!r} {pz!r} {energy!r} 0.13 0. -1.".replace("e-", "D-")]
        text += [WEIGHTS, "</event>"]
    path.write_bytes(compress("\n".join([*text, "</LesHouchesEvents>", ""]).encode()))
    return path


@pytest.mark.parametrize("compress", [bytes, gzip.compress, bz2.compress, lzma.compress])
def test_visible_particles_of_the_final_state_are_read(tmp_path, toy_jets, momenta, monkeypatch, compress):
    monkeypatch.setattr(lhe, "_EVENTS_AT_ONCE", 4)
    jets = toy_jets(9)
    path = store(tmp_path / "events.lhe", jets, compress)
    parts = list(lhe.read(path))
    assert [len(part) for part in parts] == [4, 4, 1]
    particles = momenta(np.concatenate(jets))
    for column in ("pt", "rapidity", "phi"):
        read = np.concatenate([part.flat(column) for part in parts])
        np.testing.assert_allclose(read, getattr(particles, column), rtol=1e-9, atol=1e-9)
    assert np.concatenate([part.multiplicity for part in parts]).tolist() == [len(jet) for jet in jets]
    assert np.concatenate([part.per_event["weight"] for part in parts]).tolist() == [0.5 + i for i in range(9)]
    assert set(parts[0].flat("pid")) == {211}
    assert detect(path).name == "lhe"
    assert lhe.FORMAT.count(path) == 9


@pytest.mark.parametrize("share", [0.3, 0.6, 0.9, 0.99])
def test_a_truncated_file_is_an_input_error(tmp_path, toy_jets, share):
    path = store(tmp_path / "events.lhe", toy_jets(5))
    data = path.read_bytes()
    path.write_bytes(data[: int(share * len(data))])
    with pytest.raises(
        InputError, match=r"events\.lhe(, event \d: the file ends within the event|: the file ends after)"
    ):
        lhe.FORMAT.count(path)
    with pytest.raises(InputError, match=r"events\.lhe"):
        list(lhe.read(path))


@pytest.mark.parametrize(
    ("old", "new"),
    [(" 0.13 0. -1.", " 0.13 0."), ("  211  1", "  pi+  1"), (" +3.5", " + 3.5"), (" 0. -1.", " 0. -1. 2")],
)
def test_an_event_that_cannot_be_parsed_is_named(tmp_path, toy_jets, old, new):
    path = store(tmp_path / "events.lhe", toy_jets(4))
    text = path.read_text()
    last = text.rindex(old)
    path.write_text(text[:last] + new + text[last + len(old) :])
    with pytest.raises(InputError, match=r"events\.lhe, event 3: the event cannot be parsed"):
        list(lhe.read(path))
