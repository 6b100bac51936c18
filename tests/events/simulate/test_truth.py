import awkward as ak
import numpy as np
import pytest
import vector

from eventspace.events.simulate.pythia import generator
from eventspace.events.simulate.truth import decay_quarks, holds_decay

HADRONIC = ["24:onMode = off", "24:onIfAny = 1 2 3 4 5"]
PAIRS = {6: ["Top:gg2ttbar = on", *HADRONIC], 24: ["WeakDoubleBoson:ffbar2WW = on", *HADRONIC]}


def quarks_below(entries, position):
    """The quarks of a decay, followed down the record from parent to daughters."""
    entry = entries[position]
    daughters = range(entry["daughter1"], entry["daughter2"] + 1)
    same = [daughter for daughter in daughters if entries[daughter]["id"] == entry["id"]]
    if same:
        return quarks_below(entries, same[0])
    found = []
    for daughter in daughters:
        found += quarks_below(entries, daughter) if abs(entries[daughter]["id"]) == 24 else [daughter]
    return found


@pytest.mark.slow
@pytest.mark.parametrize("parent", [6, 24])
def test_the_quarks_are_those_that_the_particle_decays_to(parent):
    settings = [*PAIRS[parent], "Beams:eCM = 14000.", "PhaseSpace:pTHatMin = 300.", "PartonLevel:MPI = off"]
    record = generator(settings, seed=5).nextBatch(40).prt
    quarks = decay_quarks(record, parent)
    assert quarks.shape == (40, 2, {6: 3, 24: 2}[parent])
    for event, entries in enumerate(record.to_list()):
        for side, pid in enumerate((parent, -parent)):
            top = next(position for position, entry in enumerate(entries) if entry["id"] == pid)
            expected = [entries[position]["p"]["e"] for position in quarks_below(entries, top)]
            assert sorted(quarks[event, side].E) == sorted(expected)
    mass = {6: 173.0, 24: 80.4}[parent]
    total = vector.array({name: getattr(quarks, name).sum(axis=2) for name in ("px", "py", "pz", "E")})
    assert np.median(total.mass) == pytest.approx(mass, abs=1.5)


def at(rapidity, phi):
    """Massless momenta of pt 1."""
    rapidity, phi = np.asarray(rapidity, dtype=float), np.asarray(phi, dtype=float)
    return {"px": np.cos(phi), "py": np.sin(phi), "pz": np.sinh(rapidity), "E": np.cosh(rapidity)}


def test_a_jet_holds_a_decay_if_every_quark_is_near():
    # One event: the particle's quarks around (0, pi), across the edge of phi; the antiparticle's far apart.
    quarks = vector.array(at([[[0.0, 0.3], [1.0, -1.0]]], [[[3.0, -3.0], [0.0, 0.0]]]))
    axes = at([0.1, 0.0, 1.0], [np.pi, 0.0, 0.0])
    jets = ak.zip({name: [values] for name, values in axes.items()}, with_name="Momentum4D")
    assert holds_decay(jets, quarks, 0.8).to_list() == [[True, False, False]]
    assert holds_decay(jets, quarks, 1.01).to_list() == [[True, True, False]]
    assert holds_decay(jets, quarks, 0.1).to_list() == [[False, False, False]]


def test_events_without_jets_hold_nothing():
    quarks = vector.array(at(np.zeros((2, 2, 2)), np.zeros((2, 2, 2))))
    axes = {name: ak.unflatten(values, [0, 1]) for name, values in at([0.0], [0.0]).items()}
    assert holds_decay(ak.zip(axes, with_name="Momentum4D"), quarks, 0.5).to_list() == [[], [True]]
