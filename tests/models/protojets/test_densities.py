import numpy as np
import pytest

import eventspace as es
from eventspace.models.protojets.densities import BIN, MASS_BINS, RESOLUTIONS, boson_densities, whole_events


def test_densities_of_masses_are_the_smeared_histogram(zhh: es.Collisions) -> None:
    displaced = np.zeros(len(zhh.flat("E")), dtype=bool)
    found = boson_densities(zhh, displaced)
    np.testing.assert_allclose(np.exp(found.mass).sum(axis=2), 1)
    boson, event = zhh.flat("truth_boson"), np.repeat(np.arange(len(zhh)), zhh.multiplicity)
    centres = (np.arange(MASS_BINS) + 0.5) * BIN
    for k in range(3):
        sums = np.stack([zhh.momenta()[(boson == k) & (event == i)].sum(axis=0) for i in range(len(zhh))])
        masses = np.sqrt(sums[:, 0] ** 2 - (sums[:, 1:] ** 2).sum(axis=1))
        binned = (np.floor(masses / BIN) + 0.5) * BIN
        for width, logarithm in zip(RESOLUTIONS, found.mass[:, k], strict=True):
            expected = np.exp(-0.5 * ((centres[:, None] - binned) / width) ** 2).sum(axis=1)
            expected = 0.98 * expected / expected.sum() + 0.02 / MASS_BINS
            np.testing.assert_allclose(np.exp(logarithm), expected, rtol=1e-10)


def test_densities_of_displaced_tracks_count_them_in_each_jet(zhh: es.Collisions) -> None:
    one_each = np.zeros(len(zhh.flat("E")), dtype=bool)
    for start, stop in zip(zhh.offsets[:-1], zhh.offsets[1:], strict=True):
        one_each[start + np.unique(zhh.flat("truth_jet")[start:stop], return_index=True)[1]] = True
    counts = np.full(9, 5.0)
    known = zhh.flat("truth_jet").min() >= 0
    assert known
    counts[1] += 2 * len(zhh)
    np.testing.assert_allclose(np.exp(boson_densities(zhh, one_each).displaced), np.tile(counts / counts.sum(), (3, 1)))


def flat(truth_jet: list[int], truth_boson: list[int]) -> es.Collisions:
    n = len(truth_jet)
    columns = {"px": np.ones(n), "py": np.zeros(n), "pz": np.zeros(n), "E": np.ones(n)}
    return es.Collisions.from_flat([n], columns | {"truth_jet": truth_jet, "truth_boson": truth_boson})


def test_events_without_a_jet_are_known() -> None:
    events = es.concatenate([flat([0, 1, 2, 3], [0, 0, 1, 1]), flat([0, 2, 3, 3], [0, 1, 1, 1])])
    whole, bosons = whole_events(events)
    assert whole.tolist() == [True, False]
    assert bosons == 2


@pytest.mark.parametrize(
    ("events", "words"),
    [
        (flat([0, 1, 2], [0, 0, 0]), "a truth jet is not one of two jets of its boson"),
        (flat([-1, -1], [-1, -1]), "no particle has a boson"),
    ],
)
def test_jets_that_are_not_two_a_boson_are_refused(events: es.Collisions, words: str) -> None:
    with pytest.raises(es.InputError, match=words):
        whole_events(events)


def test_missing_truth_is_told(zhh: es.Collisions) -> None:
    columns = {name: zhh.flat(name) for name in zhh.columns if name != "truth_boson"}
    with pytest.raises(es.InputError, match="no column truth_boson"):
        whole_events(es.Collisions.from_flat(zhh.multiplicity, columns))
