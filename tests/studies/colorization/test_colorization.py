"""The numbers of the study against what their definitions give, and what it says of events that lack something."""

import json
import shutil
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

import eventspace as es
from eventspace.base.work import Work
from eventspace.cli import main
from eventspace.events.durham.history import durham_history
from eventspace.report.answer import Answer
from eventspace.statistics.event_means import bounded_mean
from eventspace.statistics.right_jet import energy_in_right_jet
from eventspace.studies.colorization.bosons import bosons_of
from eventspace.studies.training.training import training

pytestmark = pytest.mark.slow  # all rest on one training or simulation

WEIGHTS = Path(es.__file__).parent / "models" / "weights"
SMALL = {"replicas": 20, "changed": 10, "steps": 3}


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Files of events: to learn from, to test on, and a background."""
    made = tmp_path_factory.mktemp("events")
    es.write(made / "train.h5", next(es.simulate("zh", 130, seed=1, processes=1)))
    es.write(made / "test.h5", next(es.simulate("zh", 30, seed=2, processes=1)))
    es.write(made / "background.h5", next(es.simulate("ww", 30, seed=3, processes=1)))
    return made


@pytest.fixture(scope="module")
def answer(folder: Path) -> Answer:
    background = {"background": folder / "background.h5"}
    return es.colorization(folder / "test.h5", train=folder / "train.h5", show_progress=False, **background, **SMALL)


def test_fractions_and_gains_are_means_over_events(folder: Path, answer: Answer) -> None:
    events = es.read(folder / "test.h5", kind=es.Collisions)
    durham = energy_in_right_jet(events, durham_history(events).labels(4))
    numbers = answer.numbers
    np.testing.assert_allclose(numbers["fraction.durham"].value, durham.mean())
    assert numbers["fraction.perfect"].value == 1
    np.testing.assert_allclose(numbers["gain.perfect"].value, 1 - durham.mean())
    for name in ("ranker", "ranker-no-displaced"):
        difference = answer.arrays[f"fraction.{name}"] - answer.arrays["fraction.durham"]
        np.testing.assert_allclose(numbers[f"gain.{name}"].value, difference.mean(), atol=1e-7)
        expected = bounded_mean(difference, -1, 1)
        np.testing.assert_allclose(
            [numbers[f"gain.{name}"].low, numbers[f"gain.{name}"].high], [expected.low, expected.high], atol=1e-6
        )


def test_perfect_clustering_is_perfect_in_all_that_the_truth_decides(answer: Answer) -> None:
    numbers = answer.numbers
    for name in ("efficiency", "purity", "right-boson.truth", "region-A.truth"):
        assert numbers[f"{name}.perfect"].value == pytest.approx(1), name
    assert numbers["unmatched.perfect"].value == 0
    assert numbers["width.Z.truth.perfect"].value < numbers["width.Z.truth.durham"].value
    for pairing in ("truth", "chi2"):
        for method in ("durham", "ranker", "perfect"):
            total = sum(numbers[f"region-{region}.{pairing}.{method}"].value for region in "ABCD")
            assert total == pytest.approx(1)


def test_durham_does_not_notice_what_is_soft_or_collinear(answer: Answer) -> None:
    for change in ("soft", "split"):
        assert answer.numbers[f"moved.{change}.durham"].value == 0
        assert answer.numbers[f"changed.{change}.durham"].value == 0


def test_the_background_is_told_from_the_sample(answer: Answer) -> None:
    assert answer.numbers["separation.durham"].value > 0.6
    assert "separation.perfect" not in answer.numbers
    gain = answer.numbers["separation-gain.ranker"]
    np.testing.assert_allclose(
        gain.value, answer.numbers["separation.ranker"].value - answer.numbers["separation.durham"].value
    )


def test_the_page_shows_particles(answer: Answer, tmp_path: Path) -> None:
    answer.save(tmp_path / "run")
    page = (tmp_path / "run" / "figures" / "events.html").read_text()
    assert page.count("cos theta") >= 3 * 30
    figures = json.loads((tmp_path / "run" / "figures" / "figures.json").read_text())
    assert {figure["name"] for figure in figures} == {
        "fractions",
        "masses",
        "regions",
        "events",
        "safety",
        "background",
        "heat-maps",
    }


def test_without_impact_parameters_the_methods_that_need_them_are_left_out(folder: Path, tmp_path: Path) -> None:
    for name in ("train", "test"):
        events = es.read(folder / f"{name}.h5", kind=es.Collisions)
        columns = {key: events.flat(key) for key in events.columns if key not in ("d0", "z0")}
        bare = es.Collisions.from_flat(events.multiplicity, columns, per_event=events.per_event)
        es.write(tmp_path / f"{name}.h5", bare)
    found = es.colorization(tmp_path / "test.h5", train=tmp_path / "train.h5", show_progress=False, **SMALL)
    methods = {name.removeprefix("fraction.") for name in found.numbers if name.startswith("fraction.")}
    assert methods == {"durham", "unet", "unet-crf", "ranker-no-displaced", "perfect"}
    assert "no d0 and z0" in found.answer


def test_bosons_have_to_be_known(folder: Path) -> None:
    events = es.read(folder / "test.h5", kind=es.Collisions)
    assert bosons_of(events, 2, (), ()).names == ("H", "Z")
    assert [each.mass for each in bosons_of(events, 2, (120.0, 90.0), (6.0, 5.0)).expected] == [120.0, 90.0]
    nameless = es.Collisions.from_flat(events.multiplicity, {key: events.flat(key) for key in events.columns})
    with pytest.raises(es.InputError, match="do not say which bosons they have"):
        bosons_of(nameless, 2, (), ())
    with pytest.raises(es.InputError, match="1 masses and 2 widths for 2 bosons"):
        bosons_of(events, 2, (90.0,), (5.0, 6.0))


def test_the_name_of_the_truth_is_not_taken_by_a_network(folder: Path, tmp_path: Path) -> None:
    for name in ("perfect", "durham-vertices"):
        (tmp_path / name).mkdir()
        shutil.copy(WEIGHTS / "ranker-two-bosons.safetensors", tmp_path / name / "model.safetensors")
        with pytest.raises(es.InputError, match=f"two methods are called {name}"):
            es.colorization(folder / "test.h5", models=(str(tmp_path / name / "model.safetensors"),), **SMALL)


def test_events_of_the_training_are_no_test(folder: Path, tmp_path: Path) -> None:
    with pytest.raises(es.InputError, match="these are the events of the test"):
        es.colorization(folder / "train.h5", train=folder / "train.h5", **SMALL)
    study = training("ranker")
    sample = {"training": es.read(folder / "train.h5")}
    study.ask(sample, study.config(steps=2, batch=50), Work(folder=tmp_path, show_progress=False))
    with pytest.raises(es.InputError, match="has learned from these events"):
        es.colorization(folder / "train.h5", models=(str(tmp_path / "model.safetensors"),), **SMALL)


def test_background_events_that_are_too_small_are_counted(folder: Path, tmp_path: Path) -> None:
    many = es.read(folder / "background.h5", kind=es.Collisions)
    rows = np.concatenate([np.arange(many.offsets[12]), many.offsets[12] + np.arange(3)])
    columns = {name: many.flat(name)[rows] for name in many.columns}
    es.write(tmp_path / "few.h5", es.Collisions.from_flat([*many.multiplicity[:12], 3], columns))
    models = {"models": ("ranker-two-bosons",), "background": tmp_path / "few.h5"}
    found = es.colorization(folder / "test.h5", **models, **SMALL)
    assert found.numbers["events.background"].value == 12
    assert found.numbers["events.background-left-out"].value == 1


def test_other_units_are_refused(folder: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    events = es.read(folder / "test.h5", kind=es.Collisions)
    names = ("px", "py", "pz", "E", "mass")
    columns = {name: events.flat(name) * (1000 if name in names else 1) for name in events.columns}
    other = es.Collisions.from_flat(
        events.multiplicity, columns, per_event=events.per_event, units=dict.fromkeys(names, "MeV")
    )
    es.write(tmp_path / "mev.h5", other)
    out = ["--models", "ranker-two-bosons", "--out", str(tmp_path / "run")]
    for words in ([str(tmp_path / "mev.h5")], [str(folder / "test.h5"), "--background", str(tmp_path / "mev.h5")]):
        assert main(["colorization", *words, *out]) == 2
        assert "mev.h5: px is in MeV; give GeV" in capsys.readouterr().err


def test_bosons_of_one_kind_with_masses_of_their_own_are_told_apart(folder: Path) -> None:
    zz = next(es.simulate("zz", 2, seed=1, processes=1))
    assert bosons_of(zz, 2, (90.0, 95.0), (5.0, 5.0)).names == ("Z90", "Z95")
    swapped = {name: zz.per_event[name].copy() for name in zz.per_event}
    swapped["boson_1"] = np.array([23, 25])
    with pytest.raises(es.InputError, match="different bosons at one place"):
        bosons_of(replace(zz, per_event=swapped), 2, (), ())


def test_what_cannot_be_compared_is_refused(folder: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    test, out = str(folder / "test.h5"), str(tmp_path / "run")
    es.write(tmp_path / "points.h5", es.Points(values=np.zeros((30, 2))))
    for words, said in (
        ([test, "--models", "anti-kt"], "there is no method or file 'anti-kt'"),
        ([test, "--models", "ranker-zhh"], "ranker-zhh makes 6 jets of an event, and the truth has 4"),
        ([test, "--train", str(tmp_path / "none.h5")], "none.h5: "),
        ([str(tmp_path / "points.h5")], "points.h5: "),
    ):
        assert main(["colorization", *words, "--out", out]) == 2
        assert said in capsys.readouterr().err
        assert not Path(out).exists()
