import copy
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch

import eventspace as es
from eventspace.events.durham.history import durham_history
from eventspace.models.fit import fit
from eventspace.models.held_back import split
from eventspace.models.processes import Processes
from eventspace.models.protojets.partitions import set_partitions
from eventspace.models.ranker import chosen_candidates
from eventspace.models.recipe import Trained
from eventspace.models.registry import clustering
from eventspace.statistics.right_jet import energy_in_right_jet

pytestmark = pytest.mark.slow  # all rest on one training or simulation

ALONE = Processes(0, 1, torch.device("cpu"))
RANKER = clustering("ranker")


@pytest.fixture(scope="module")
def events() -> es.Collisions:
    return next(es.simulate("zz", 400, seed=1, processes=1))


def trained(events: es.Collisions, folder: Path, **options: Any) -> tuple[Trained, dict[str, list[float]]]:
    folder.mkdir(exist_ok=True)
    config = RANKER.config.model_validate({"steps": 150, "batch": 50, **options})
    return fit(RANKER, events, config, processes=ALONE, folder=folder, show_progress=False)


@pytest.fixture(scope="module")
def ranker(events: es.Collisions, tmp_path_factory: pytest.TempPathFactory) -> Trained:
    found, losses = trained(events, tmp_path_factory.mktemp("ranker"))
    assert np.mean(losses["misassigned"][-20:]) < np.mean(losses["misassigned"][:20]) - 0.005
    return found


def test_it_beats_durham_where_it_learned(events: es.Collisions, ranker: Trained) -> None:
    """After some seconds of training, on events that it has seen; the records measure others."""
    durham = energy_in_right_jet(events, durham_history(events).labels(4))
    assert energy_in_right_jet(events, RANKER.cluster(ranker, events)).mean() > durham.mean() + 0.005


def test_the_candidates_come_in_the_order_of_their_scores_and_durham_is_among_them(
    events: es.Collisions, ranker: Trained
) -> None:
    some = events[:20]
    history = durham_history(some)
    found = chosen_candidates(ranker, some, history)
    partitions, six = set_partitions(7, 4), history.labels(4)
    event = np.repeat(np.arange(len(some)), some.multiplicity)
    own = partitions[found.numbers[np.arange(len(some)), found.durham]][event, found.protojets]
    for i in range(len(some)):
        one, other = own[event == i], six[event == i]
        assert ((one[:, None] == one) == (other[:, None] == other)).all()
    best = partitions[found.numbers[event, 0], found.protojets]
    assert (best == RANKER.cluster(ranker, some)).all()


def test_events_with_fewer_particles_than_protojets_get_the_jets_of_durham(ranker: Trained) -> None:
    rng = np.random.default_rng(1)
    momenta = rng.normal(size=(11, 3))
    columns = dict(zip(("px", "py", "pz"), momenta.T, strict=True)) | {"E": np.linalg.norm(momenta, axis=1) + 1e-9}
    columns |= {"charge": np.ones(11), "pid": np.full(11, 211), "d0": np.zeros(11), "z0": np.zeros(11)}
    few = es.Collisions.from_flat([5, 6], columns)
    with pytest.warns(es.UnfamiliarEventsWarning):
        assert (RANKER.cluster(ranker, few) == durham_history(few).labels(4)).all()


def test_without_displaced_tracks_their_columns_are_not_needed(events: es.Collisions, tmp_path: Path) -> None:
    bare = {name: events.flat(name) for name in events.columns if name not in ("d0", "z0")}
    without = es.Collisions.from_flat(events.multiplicity, bare)
    found, _ = trained(without, tmp_path / "without", displaced=False, steps=5)
    labels = RANKER.cluster(found, without)
    assert (labels == RANKER.cluster(found, events)).all()
    with pytest.raises(es.InputError, match="no column d0"):
        trained(without, tmp_path / "with", steps=5)


def test_what_it_cannot_use_is_refused(events: es.Collisions, ranker: Trained, tmp_path: Path) -> None:
    with pytest.raises(es.InputError, match="there are 9 events for batches of 50"):
        trained(events[:10], tmp_path)
    in_mev = es.Collisions.from_flat(
        events.multiplicity,
        {name: events.flat(name) for name in events.columns},
        units=dict.fromkeys(("px", "py", "pz", "E"), "MeV"),
    )
    with pytest.raises(es.InputError, match="px is in MeV; give GeV"):
        RANKER.cluster(ranker, in_mev)
    no_pid = {name: events.flat(name) for name in events.columns if name != "pid"}
    with pytest.raises(es.InputError, match="no column pid"):
        RANKER.cluster(ranker, es.Collisions.from_flat(events.multiplicity, no_pid))


def test_events_that_are_held_back_are_not_learned_from(events: es.Collisions, tmp_path: Path) -> None:
    learned, held = split(len(events), 0.1, 1)
    assert sorted([*learned, *held]) == list(range(len(events)))
    scrambled = {name: events.flat(name).copy() for name in events.columns}
    for number in held:
        part = slice(events.offsets[number], events.offsets[number + 1])
        scrambled["px"][part], scrambled["py"][part] = scrambled["py"][part].copy(), scrambled["px"][part].copy()
    other = es.Collisions.from_flat(events.multiplicity, scrambled)
    first, second = (trained(each, tmp_path / name, steps=5)[0] for name, each in (("a", events), ("b", other)))
    for one, two in zip(first.network.state_dict().values(), second.network.state_dict().values(), strict=True):
        assert torch.equal(one, two)
    assert first.card.data != second.card.data


@pytest.mark.parametrize("value", [-300.0, 400.0, 0.0])
def test_densities_that_are_none_are_refused(events: es.Collisions, ranker: Trained, value: float) -> None:
    """All products of such densities underflow, or are no probabilities: a file may hold anything."""
    network = copy.deepcopy(ranker.network)
    network.log_mass.fill_(value)
    with pytest.raises(es.InputError, match="log_mass of the network holds no logarithms of probabilities"):
        RANKER.cluster(ranker._replace(network=network), events[:3])


def test_scores_that_are_not_finite_are_refused(events: es.Collisions, ranker: Trained) -> None:
    network = copy.deepcopy(ranker.network)
    with torch.no_grad():
        network.score[0].weight.fill_(1e38)
    with pytest.raises(es.InputError, match="event 0: its scores are not finite"):
        RANKER.cluster(ranker._replace(network=network), events[:3])
