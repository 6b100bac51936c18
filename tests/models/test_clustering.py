from dataclasses import replace
from pathlib import Path
from typing import Any

import awkward as ak
import numpy as np
import pytest

import eventspace as es
from eventspace.cli import main
from eventspace.events.durham.history import Vertices, durham_history
from eventspace.events.tracks import displaced_tracks
from eventspace.models.clustering import SHIPPED, method


@pytest.fixture(scope="module")
def events() -> es.Collisions:
    return next(es.simulate("zz", 30, seed=1, processes=1))


def test_durham_by_name_is_the_durham_algorithm(events: es.Collisions) -> None:
    assert (es.cluster(events, "durham", jets=3).labels == durham_history(events).labels(3)).all()
    apart = durham_history(events, Vertices(displaced_tracks(events)))
    assert (es.cluster(events, "durham-vertices", jets=4).labels == apart.labels(4)).all()


def test_an_awkward_array_gives_the_same(events: es.Collisions) -> None:
    found = es.cluster(events.to_awkward(), "durham", jets=4)
    np.testing.assert_array_equal(found.labels, es.cluster(events, "durham", jets=4).labels)


@pytest.mark.parametrize(
    ("model", "jets", "words"),
    [
        ("durham", None, "durham needs the number of jets"),
        ("durham", 6.5, "6.5 jets cannot be made"),
        ("durham", True, "True jets cannot be made"),
        (None, 4, "None is no method; choose from durham"),
        ("anti-kt", 4, "there is no method or file 'anti-kt'; choose from durham, durham-vertices, unet-zhh"),
        ("durham", 500, "event 0: it has .* particles, of which no 500 jets can be made"),
        ("ranker-two-bosons", 6, "ranker-two-bosons makes 4 jets, not 6"),
    ],
)
def test_what_cannot_be_done_is_refused(events: es.Collisions, model: Any, jets: Any, words: str) -> None:
    with pytest.raises(es.InputError, match=words):
        es.cluster(events, model, jets=jets)


def test_rows_of_an_awkward_array_that_are_no_particles_are_refused(events: es.Collisions) -> None:
    """Labels and constituents would count other rows than the array has."""
    array = events.to_awkward()
    padded = ak.pad_none(array, int(events.multiplicity.max()))
    with pytest.raises(es.InputError, match="rows are masked or have the energy 0"):
        es.cluster(padded, "durham", jets=4)


def test_other_units_are_refused(events: es.Collisions) -> None:
    """Displaced tracks have a resolution in GeV and mm."""
    for names, unit in ((("px", "py", "pz", "E"), "MeV"), (("d0", "z0"), "um")):
        wrong = replace(events, units={**events.units, **dict.fromkeys(names, unit)})
        with pytest.raises(es.InputError, match=f"is in {unit}; give"):
            es.cluster(wrong, "durham-vertices", jets=4)


def test_a_network_warns_of_events_of_another_energy(events: es.Collisions) -> None:
    with pytest.warns(es.UnfamiliarEventsWarning, match=r"2[0-9]+ GeV of visible energy \(median\).* 403 to 500 GeV"):
        es.cluster(events, "ranker-zhh")


def test_a_model_of_another_kind_is_refused(events: es.Collisions) -> None:
    from eventspace.models.showers.generation import SHIPPED as GAN

    with pytest.raises(es.InputError, match="this is a shower-gan, which clusters nothing"):
        es.cluster(events, GAN)
    with pytest.raises(es.InputError, match="these are points, not collisions"):
        es.cluster(es.Points(values=np.zeros((3, 2))), "durham", jets=2)


@pytest.mark.slow
@pytest.mark.parametrize("name", SHIPPED)
def test_what_ships_clusters_new_events(name: str) -> None:
    """Rankers better than the Durham algorithm; the U-nets far better than by chance, but not as well as that."""
    from eventspace.statistics.right_jet import energy_in_right_jet

    process, jets = ("zhh", 6) if "zhh" in name else ("zz", 4)
    fresh = next(es.simulate(process, 400, seed=77, processes=1))
    found = method(name)
    assert found.jets == jets
    gain = energy_in_right_jet(fresh, found.label(fresh)) - energy_in_right_jet(
        fresh, durham_history(fresh).labels(jets)
    )
    if "unet" in name:
        assert gain.mean() > -0.08
    else:
        assert gain.mean() > 2 * gain.std() / len(gain) ** 0.5


def test_the_command_writes_what_python_gives(
    events: es.Collisions, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    import uproot

    es.write(tmp_path / "events.h5", events)
    words = ["cluster", str(tmp_path / "events.h5")]
    assert main([*words, str(tmp_path / "jets.root"), "--model", "durham", "--jets", "4"]) == 0
    assert "30 events of 4 jets, by durham" in capsys.readouterr().out
    with uproot.open(tmp_path / "jets.root") as file:
        energy = file["events/Jets.energy"].array().to_numpy()
    np.testing.assert_allclose(energy, es.cluster(events, "durham", jets=4).momenta[:, :, 0], rtol=1e-6)

    es.write(tmp_path / "points.h5", es.Points(values=np.zeros((3, 2))))
    for given, said in (
        ([*words, str(tmp_path / "none.h5"), "--model", "durham"], "durham needs the number of jets"),
        ([*words, str(tmp_path / "none.h5"), "--model", "durham", "--jets", "200"], "events.h5, event "),
        (
            ["cluster", str(tmp_path / "points.h5"), str(tmp_path / "none.h5"), "--model", "durham", "--jets", "2"],
            "points.h5: ",
        ),
    ):
        assert main(given) == 2
        assert said in capsys.readouterr().err
    assert sorted(path.name for path in tmp_path.iterdir()) == ["events.h5", "jets.root", "points.h5"]
