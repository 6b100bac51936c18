import math

import awkward as ak
import numpy as np
import pytest
import vector
from hypothesis import given, settings
from hypothesis import strategies as st

from eventspace.events.simulate.clustering import leading_jets


def massless(pt, rapidity, phi):
    """Momenta of one event."""
    columns = {
        "px": pt * np.cos(phi),
        "py": pt * np.sin(phi),
        "pz": pt * np.sinh(rapidity),
        "E": pt * np.cosh(rapidity),
    }
    return vector.zip({name: [values] for name, values in columns.items()})


def anti_kt(momenta, R):
    """The jets of one event by the definition of arXiv:0802.1189, as sets of positions; slow and plain."""
    pseudojets = [({i}, np.array(p, dtype=float)) for i, p in enumerate(momenta)]
    jets = []
    while pseudojets:
        pt2 = [p[1] ** 2 + p[2] ** 2 for _, p in pseudojets]
        rapidity = [0.5 * math.log((p[0] + p[3]) / (p[0] - p[3])) for _, p in pseudojets]
        phi = [math.atan2(p[2], p[1]) for _, p in pseudojets]
        distances = {(i, i): 1 / pt2[i] for i in range(len(pseudojets))}
        for i in range(len(pseudojets)):
            for j in range(i):
                turn = math.remainder(phi[i] - phi[j], 2 * math.pi)
                square = (rapidity[i] - rapidity[j]) ** 2 + turn**2
                distances[j, i] = min(1 / pt2[i], 1 / pt2[j]) * square / R**2
        i, j = min(distances, key=distances.get)
        last = pseudojets.pop(j)
        if i == j:
            jets.append((last[0], math.sqrt(pt2[j])))
        else:
            pseudojets[i] = (pseudojets[i][0] | last[0], pseudojets[i][1] + last[1])
    return [members for members, _ in sorted(jets, key=lambda jet: -jet[1])]


@settings(max_examples=30, deadline=None)
@given(seed=st.integers(0, 2**32 - 1), R=st.sampled_from([0.4, 0.8, 1.0, 1.2]), particles=st.integers(2, 14))
def test_jets_are_those_of_the_definition(seed, R, particles):
    rng = np.random.default_rng(seed)
    pt, rapidity, phi = (
        rng.exponential(20, particles) + 1,
        rng.normal(0, 1, particles),
        rng.uniform(-3.1, 3.1, particles),
    )
    event = massless(pt, rapidity, phi)
    _, constituents = leading_jets(event, R, 0.0)
    momenta = np.column_stack([ak.to_numpy(getattr(event[0], name)) for name in ("E", "px", "py", "pz")])
    assert [set(jet) for jet in constituents[0].to_list()] == anti_kt(momenta, R)[:2]


@pytest.mark.parametrize("R", [0.4, 1.0])
def test_a_hard_particle_gathers_a_disc(R):
    """The jet of a hard particle among soft ones is a disc of radius R, across phi = pi too."""
    steps = np.linspace(-1.5, 1.5, 41)
    rapidity, phi = (grid.ravel() for grid in np.meshgrid(steps, steps))
    pt = np.full(rapidity.size, 1e-6)
    centre = 3.0
    event = massless(
        np.concatenate([[500.0], pt]), np.concatenate([[0.0], rapidity]), np.concatenate([[centre], centre + phi])
    )
    jets, constituents = leading_jets(event, R, 100.0)
    inside = 1 + np.flatnonzero(np.hypot(rapidity, phi) < R)
    assert constituents[0].to_list() == [[0, *inside]]
    assert jets.pt[0, 0] == pytest.approx(500.0)


def test_only_the_two_leading_jets_are_kept_in_order():
    event = massless(np.array([30.0, 50.0, 40.0, 5.0]), np.zeros(4), np.array([0.0, 1.5, 3.0, -1.5]))
    jets, constituents = leading_jets(event, 0.4, 10.0)
    assert jets.pt.to_list() == [pytest.approx([50.0, 40.0])]
    assert constituents.to_list() == [[[1], [2]]]
    assert leading_jets(event, 0.4, 100.0)[1].to_list() == [[]]
