"""The command line as a user meets it: the whole way in small, and every wrong input with one message and code 2."""

import html
import json
import os
import re
import resource
import signal
import subprocess
import sys
import time
from pathlib import Path

import h5py
import numpy as np
import pytest

import eventspace as es
from eventspace.cli import COMMANDS, main
from eventspace.events.native import write


def jets(n: int, seed: int = 1) -> es.ParticleClouds:
    rng = np.random.default_rng(seed)
    return es.ParticleClouds.from_lists(
        [np.column_stack([rng.exponential(5, 9), rng.normal(0, 0.2, (9, 2))]) for _ in range(n)], seed=seed
    )


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A working directory with two files of jets and one of points."""
    monkeypatch.chdir(tmp_path)
    write("a.h5", jets(30))
    write("b.h5", jets(20, seed=2))
    write("points.h5", es.Points(values=np.random.default_rng(1).normal(size=(50, 2))))
    return tmp_path


@pytest.mark.slow
def test_help_of_every_command_teaches(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["--help"]) == 0
    overview = capsys.readouterr().out
    for name in COMMANDS:
        assert name in overview
        assert main([name, "--help"]) == 0
        page = capsys.readouterr().out
        assert len(page.partition("╭")[0].split("\n\n")) > 2, "more than the usage and one line"
        undocumented = re.findall(r"^│ \*?\s+--?[\w-]+(?: --?[\w-]+)*(?: [A-Z.]+)?\s+│$", page, re.MULTILINE)
        assert not undocumented


@pytest.mark.slow
def test_help_comes_at_once() -> None:
    def seconds(*words: str) -> float:
        """Of computing, the least of five, whatever else the machine does."""
        found = []
        for _ in range(5):
            before = resource.getrusage(resource.RUSAGE_CHILDREN)
            subprocess.run([sys.executable, *words], check=True, capture_output=True)
            after = resource.getrusage(resource.RUSAGE_CHILDREN)
            found.append(after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime)
        return min(found)

    # Against the libraries that draw it, for machines differ: 0.2 s on one, 0.5 s on another that is busy.
    assert seconds("-m", "eventspace.cli", "--help") < 3 * seconds("-c", "import cyclopts, rich.markdown")


def test_help_needs_no_numbers() -> None:
    code = "import sys; from eventspace.cli import main; main(['--help']); print(*sys.modules, file=sys.stderr)"
    done = subprocess.run([sys.executable, "-c", code], check=True, capture_output=True, text=True)
    assert not {"numpy", "numba", "torch", "scipy", "h5py", "matplotlib", "pydantic"} & set(done.stderr.split())


def test_a_small_radius_is_one_line_of_the_error_stream(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["distances", "a.h5", "b.h5", "--no-normalise", "--R", "0.2", "--out", "d.h5"]) == 0
    (line,) = capsys.readouterr().err.splitlines()
    assert line.startswith("eventspace: particles lie farther apart than 0.4")
    assert "the triangle inequality may fail; the distances are right" in line


def test_distances_are_those_of_the_library(folder: Path) -> None:
    assert main(["distances", "a.h5", "b.h5", "--p", "0.5", "--out", "d.h5", "--threads", "2"]) == 0
    with h5py.File("d.h5") as file:
        values = file["distances"][:]
    assert values.dtype == np.float64
    assert np.array_equal(values, es.matrix(es.Transport(p=0.5), es.read("a.h5"), es.read("b.h5")))

    assert main(["distances", "points.h5", "--metric", "euclidean", "--out", "e.h5"]) == 0
    with h5py.File("e.h5") as file:
        assert np.array_equal(file["distances"][:], es.matrix(es.Euclidean(), es.read("points.h5")))


def test_metric_options_of_unequal_energies(folder: Path) -> None:
    options = ["--metric", "transport", "--p", "1", "--R", "2.5", "--no-normalise"]
    assert main(["distances", "a.h5", *options, "--out", "d.h5"]) == 0
    with h5py.File("d.h5") as file:
        assert file["distances"].attrs["unit"] == "GeV"
        assert np.array_equal(file["distances"][:], es.matrix(es.Transport(R=2.5, normalise=False), es.read("a.h5")))


def test_entropic_transport(folder: Path) -> None:
    options = ["--metric", "sinkhorn", "--eps", "0.1", "--R", "2.5", "--no-normalise"]
    assert main(["distances", "a.h5", *options, "--out", "d.h5"]) == 0
    with h5py.File("d.h5") as file:
        assert file["distances"].attrs["unit"] == "GeV"
        metric = es.Sinkhorn(R=2.5, eps=0.1, normalise=False)
        assert np.array_equal(file["distances"][:], es.matrix(metric, es.read("a.h5")))


def test_metrics_of_showers(folder: Path) -> None:
    rng = np.random.default_rng(1)
    showers = es.Showers.from_dense(rng.exponential(size=(6, 11, 12, 13)))
    write("showers.h5", showers)
    for options, metric in (
        (["jensen-shannon", "--axis", "z"], es.JensenShannon("z")),
        (["jensen-shannon", "--axis", "x", "--no-normalise"], es.JensenShannon("x", normalise=False)),
        (["energy"], es.EnergyDifference()),
        (["ssim", "--dynamic-range", "4"], es.SSIM(L=4)),
        (["shower-transport", "--R", "2"], es.ShowerTransport(R=2)),
        (["profile-transport", "--axis", "y"], es.ProfileTransport("y")),
    ):
        assert main(["distances", "showers.h5", "--metric", *options, "--out", "d.h5"]) == 0
        with h5py.File("d.h5") as file:
            assert np.array_equal(file["distances"][:], es.matrix(metric, showers))
            assert file["distances"].attrs["unit"] == metric.unit


def test_metrics_of_points(folder: Path) -> None:
    momentum = np.random.default_rng(1).normal(size=(8, 3))
    write("particles.h5", es.Points(values=np.column_stack([np.linalg.norm(momentum, axis=1), momentum])))
    for options, metric in (
        (["mse"], es.MeanSquaredError()),
        (["durham", "--visible-energy", "91.2"], es.Durham(visible_energy=91.2)),
    ):
        assert main(["distances", "particles.h5", "--metric", *options, "--out", "d.h5"]) == 0
        with h5py.File("d.h5") as file:
            assert np.array_equal(file["distances"][:], es.matrix(metric, es.read("particles.h5")))
            assert file["distances"].attrs["unit"] == metric.unit


@pytest.mark.parametrize(
    ("tokens", "said"),
    [
        (["merge", "a.h5", "b.h5"], "--out is missing; eventspace merge --help shows what it takes"),
        (["anomaly", "a.h5", "--out", "run"], "SIGNAL is missing; eventspace anomaly --help"),
        (["simulate", "ring", "a.h5"], "-n is missing; eventspace simulate ring --help"),
        (["merge", "a.h5", "b.h5", "--out"], "--out has no value; eventspace merge --help"),
        (["train", "shower-gan"], "EVENTS is missing; eventspace train shower-gan --help"),
        (["inspect", "a.h5", "b.h5"], "there is no place for b.h5; eventspace inspect --help"),
    ],
)
def test_what_is_missing_or_too_much_is_named_with_the_help(
    tokens: list[str], said: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(tokens) == 2
    assert capsys.readouterr().err.startswith(f"eventspace: {said}")


def test_only_the_first_fault_of_an_option_is_told(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["dimension", "a.h5", "--out", str(folder / "run"), "--at", "a"]) == 2
    (line,) = capsys.readouterr().err.splitlines()
    assert ";" not in line


@pytest.mark.slow
@pytest.mark.pngs
def test_small_way_from_simulation_to_page(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["demo", "--out", "demo", "-n", "40", "--seed", "3"]) == 0
    printed = capsys.readouterr().out
    page = Path("demo/page.html").read_text()
    assert "page: demo/page.html" in printed
    assert "auc.medoids.p1" in printed
    assert "data:image/svg+xml;base64," in page
    for study in ("anomaly", "dimension", "support", "amplification", "topology"):
        results = json.loads(Path("demo", study, "results.json").read_text())
        assert results["study"] == study
        assert results["answer"] in html.unescape(page)
        assert results["provenance"]["command"][:2] == ["eventspace", study]
        assert {"value", "low", "high", "level", "unit", "note"} == set(next(iter(results["numbers"].values())))
    assert es.read("demo/top.h5").labels is not None


@pytest.mark.slow
def test_processes_give_the_numbers_of_threads(folder: Path) -> None:
    pytest.importorskip("distributed")
    assert main(["dimension", "points.h5", "--out", "threads"]) == 0
    assert main(["dimension", "points.h5", "--out", "processes", "--scheduler", "local:1"]) == 0
    with np.load("threads/arrays.npz") as threads, np.load("processes/arrays.npz") as processes:
        assert "points.dimension" in threads
        for name in threads:
            np.testing.assert_array_equal(processes[name], threads[name])


def store_points(name: str) -> None:
    """Two showers of one point each, as the showerdata package writes them."""
    with h5py.File(name, "w") as file:
        rows = file.create_dataset("showers", (2,), dtype=h5py.vlen_dtype(np.float32))
        rows[0], rows[1] = np.array([2.0, -3.0, 4.0, 0.5]), np.array([12.0, 3.0, 0.0, 1.5])
        file["shape"], file["energies"] = [2, 1, 4], [[40.0], [60.0]]
        file["directions"], file["pdg"] = [[0.0, 0.0, 1.0]] * 2, [22, 22]


@pytest.mark.slow
def test_converted_showers_and_what_was_assumed(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    rng = np.random.default_rng(1)
    cells = rng.exponential(size=(3, 4, 4, 5))
    with h5py.File("gan.h5", "w") as file:
        file["ECAL"], file["energy"] = cells, cells.sum(axis=(1, 2, 3))
    with h5py.File("calo.h5", "w") as file:
        file["showers"], file["incident_energies"] = cells.reshape(3, 80), np.full((3, 1), 1000.0)
    store_points("points.hdf5")
    for command, shape, printed in (
        ("gan.h5", (4, 4, 5), ["from 3dgan", "taken as 0.02 GeV", "hold 2% of the incident energy"]),
        ("gan.h5 --cell-unit MeV", (4, 4, 5), ["taken as 0.001 GeV", "hold 0.1% of"]),
        ("gan.h5 --cell-unit 0.5", (4, 4, 5), ["taken as 0.5 GeV", "hold 50% of"]),
        ("calo.h5 --shape 5 4 4", (5, 4, 4), ["from calochallenge", "x is the radius (5)"]),
        ("points.hdf5", (6, 6, 5), ["from showerdata", "6 x 6 x 5 cells, 5 mm wide", "hold 2% of"]),
        ("points.hdf5 --shape 4 4 9 --cell-size 10", (4, 4, 9), ["4 x 4 x 9 cells, 10 mm wide"]),
    ):
        source, *options = command.split()
        assert main(["convert", source, "out.h5", *options]) == 0
        said = capsys.readouterr().out
        for words in printed:
            assert words in said
        assert es.read("out.h5").shape == shape


def test_tables_of_others_are_shown_and_converted(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    rows = np.full((6, 4, 3), -999.0)
    rows[:, :2] = [5000.0, 0.1, 0.2]
    np.savez("x.npz", jets=rows, kind=np.arange(6) % 2)
    Path("features.csv").write_text("mass,tau21,truth\n80,0.5,w\n170,0.7,top\n")
    assert main(["inspect", "features.csv"]) == 0
    assert "eventspace convert features.csv features-events.h5 --points mass tau21" in capsys.readouterr().out
    columns = "--columns pt=jets:0,eta=jets:1,phi=jets:2,label=kind"
    for command, words, kind in (
        (f"x.npz out.h5 {columns} --padding -999 --unit MeV", "6 events, converted from npz", "particles"),
        (f"x.npz out.h5 {columns} --padding -999 --label top=1", "left out 3: the label is not chosen", "particles"),
        ("out.h5 some.h5 --label top --limit 2", "2 events, converted from eventspace", None),
        ("features.csv out.h5 --points mass tau21 --columns label=truth", "the coordinates are mass, tau21", "points"),
    ):
        assert main(["convert", *command.split()]) == 0
        assert words in capsys.readouterr().out
        assert kind is None or es.read("out.h5").kind == kind
    assert main(["convert", "x.npz", "new.h5", *columns.split()]) == 2
    assert capsys.readouterr().err.rstrip().endswith("say that such entries are not particles: --padding -999")
    assert main(["convert", "x.npz", "new.h5"]) == 2
    assert "jets:0" in capsys.readouterr().err
    assert not Path("new.h5").exists()


@pytest.mark.parametrize("option", ["--resume", None])
def test_second_run_needs_resume(folder: Path, option: str | None, capsys: pytest.CaptureFixture[str]) -> None:
    command = ["dimension", "points.h5", "--out", "run"]
    assert main(command) == 0
    first = Path("run/results.json").read_bytes()
    code = main([*command, option] if option else command)
    assert code == (0 if option else 2)
    assert Path("run/results.json").read_bytes() == first


def assert_killed_and_resumed(command: str, checkpoint: str) -> None:
    """A process that is killed once it has kept a checkpoint is continued to the numbers of a whole run."""
    slowed = "import eventspace.distances.engine.checkpoint as c; c._EVERY_SECONDS = 0; c._SHARE_OF_TIME = 1e9"
    script = f"{slowed}; import sys; from eventspace.cli import main; sys.exit(main(sys.argv[1:]))"
    process = subprocess.Popen([sys.executable, "-c", script, *command.split(), "--out", "killed"])
    while not Path("killed/checkpoints", checkpoint).exists():
        assert process.poll() is None, "the study ended before it could be killed"
        time.sleep(0.002)
    os.kill(process.pid, signal.SIGKILL)
    process.wait()
    assert not Path("killed/results.json").exists()
    assert main([*command.split(), "--out", "killed", "--resume"]) == 0
    assert main([*command.split(), "--out", "whole"]) == 0
    killed, whole = (json.loads(Path(name, "results.json").read_text()) for name in ("killed", "whole"))
    assert killed["numbers"] == whole["numbers"]
    assert Path("killed/arrays.npz").read_bytes() == Path("whole/arrays.npz").read_bytes()


@pytest.mark.slow
def test_killed_study_resumes_to_the_same_numbers(folder: Path) -> None:
    write("many.h5", jets(300, seed=7))
    assert_killed_and_resumed("dimension many.h5 --threads 1", "counts-0.npz")
    assert Path("killed/figures/dimension.svg").read_bytes() == Path("whole/figures/dimension.svg").read_bytes()


def damaged(name: str) -> None:
    """Make one bad file in the working directory."""
    good = Path("a.h5").read_bytes()
    Path(name).write_bytes(good)
    match name:
        case "truncated.h5":
            Path(name).write_bytes(good[: len(good) // 2])
        case "text.h5":
            Path(name).write_text("not HDF5 at all\n")
        case "nan.h5" | "negative.h5":
            with h5py.File(name, "r+") as file:
                file["particles/pt"][20] = np.nan if name == "nan.h5" else -1.0
        case "none.h5":
            with h5py.File(name, "r+") as file:
                file.attrs["count"] = 0
                file["particles/offsets"].resize(1, axis=0)
        case "empty.h5":
            with h5py.File(name, "r+") as file:
                file["particles/offsets"][5] = file["particles/offsets"][4]
        case "points.hdf5":
            store_points(name)
        case "dataset_1.h5":
            with h5py.File(name, "w") as file:
                file["showers"], file["incident_energies"] = np.ones((2, 368)), np.ones((2, 1))


@pytest.mark.parametrize(
    ("command", "words"),
    [
        ("distances truncated.h5 --out d.h5", ["truncated.h5"]),
        ("distances a.h5 --metric ssim --out d.h5", ["dynamic range", "--dynamic-range"]),
        ("distances points.h5 --metric durham --out d.h5", ["visible energy", "--visible-energy"]),
        ("distances a.h5 --metric jensen-shannon --out d.h5", ["not defined for particles", "axis"]),
        ("distances text.h5 --out d.h5", ["text.h5"]),
        ("distances nan.h5 --out d.h5", ["nan.h5", "event 2", "NaN"]),
        ("distances negative.h5 --out d.h5", ["negative.h5", "event 2", "negative"]),
        ("distances empty.h5 --out d.h5", ["empty.h5", "event 4", "no particles"]),
        ("distances none.h5 --out d.h5", ["none.h5", "no events"]),
        ("dimension a.h5 none.h5 --out run", ["none.h5", "no events"]),
        ("distances missing.h5 --out d.h5", ["missing.h5", "no such file"]),
        ("distances a.h5 --R -1 --out d.h5", ["R"]),
        ("distances a.h5 --p 0 --out d.h5", ["p"]),
        ("distances a.h5 --out no/d.h5", ["folder"]),
        ("distances a.h5 points.h5 --out d.h5", ["points"]),
        ("distances a.h5 --metric manhattan --out d.h5", ["manhattan"]),
        ("distances a.h5 --eps 0.1 --out d.h5", ["the metric transport has no parameter eps", "R, p, normalise"]),
        ("distances points.h5 --p 2 --out d.h5", ["the metric euclidean has no parameter p", "it has none"]),
        ("dimension a.h5 --metric energy --sigma 2 --out run", ["the metric energy has no parameter sigma"]),
        ("distances a.h5 --colour blue --out d.h5", ["--colour"]),
        ("distances a.h5 --scheduler local:0 --out d.h5", ["local:0", "local:N", "tcp://"]),
        ("dimension points.h5 --scheduler here --out run", ["here", "local:N", "tcp://"]),
        ("anomaly a.h5 nan.h5 --out run", ["nan.h5", "event 2"]),
        ("anomaly a.h5 b.h5 --out run", ["a.h5: ", "medoids"]),
        ("anomaly a.h5 b.h5 --medoids 2 --unknown 3 --out run", ["--unknown"]),
        ("anomaly a.h5 b.h5 --medoids 2 --level 2 --out run", ["level"]),
        ("dimension a.h5 points.h5 --out run", ["points.h5: points cannot be compared with particles"]),
        ("dimension a.h5 a.h5 --out run", ["same file name"]),
        ("validation a.h5 b.h5 --out run", ["a.h5", "particles", "showers"]),
        ("validation nan.h5 b.h5 --out run", ["nan.h5", "event 2"]),
        ("validation a.h5 b.h5 --threshold -1 --out run", ["--threshold", "greater than or equal to 0"]),
        ("report a.h5 --out page.html", ["not a run directory"]),
        ("simulate qcd-jets -n 0 --seed 1 new.h5", ["0"]),
        ("simulate ring -n 5.5 new.h5", ["5.5 is not a whole number"]),
        ("simulate ring -n 5 --seed 1.6 new.h5", ["1.6 is not a whole number"]),
        ("dimension points.h5 --threads 1.5 --out run", ["1.5 is not a whole number"]),
        ("dimension points.h5 --metric durham --out run/of/runs", ["visible energy"]),
        ("dimension . --out run", ["this is a directory"]),
        ("simulate gluon-jets -n 5 --seed 1 new.h5", ["gluon-jets", "qcd-jets"]),
        ("simulate ring -n 5 --seed 1 --pt-min 5 new.h5", ["--pt-min"]),
        ("simulate showers -n 5 --seed 1 --energy 0 new.h5", ["--energy", "greater than or equal to 1, not 0"]),
        ("simulate showers -n 5 --seed 1 --particle pi0 new.h5", ["pi0", "gamma"]),
        ("convert text.h5 out.h5", ["text.h5", "jetnet"]),
        ("convert truncated.h5 out.h5", ["truncated.h5"]),
        ("convert dataset_1.h5 out.h5", ["dataset_1.h5", "dataset 1", "--shape"]),
        ("convert points.hdf5 out.h5 --shape 4 4 9", ["points.hdf5", "event 1", "x = 12 mm", "--shape"]),
        ("convert points.hdf5 out.h5 --shape 4 4", ["--shape"]),
        ("convert points.hdf5 out.h5 --cell-size 0", ["0 mm", "--cell-size"]),
        ("convert points.hdf5 out.h5 --cell-unit GeV", ["points.hdf5", "showerdata", "--cell-unit"]),
        ("inspect points.hdf5", ["points.hdf5", "showerdata", "eventspace convert"]),
        ("inspect text.h5", ["text.h5"]),
        ("demo --out .", ["not empty"]),
        ("nonsense", ["nonsense"]),
    ],
)
def test_wrong_input_gets_one_message_code_two_and_leaves_nothing(
    folder: Path, command: str, words: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    for name in (
        "truncated.h5",
        "text.h5",
        "nan.h5",
        "negative.h5",
        "empty.h5",
        "none.h5",
        "points.hdf5",
        "dataset_1.h5",
    ):
        damaged(name)
    before = sorted(folder.rglob("*"))
    assert main(command.split()) == 2
    captured = capsys.readouterr()
    message = " ".join((captured.err + captured.out).split())
    assert "Traceback" not in message
    for word in words:
        assert word in message
    assert sorted(folder.rglob("*")) == before


def test_inspect_reports_problems_by_event_number(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    damaged("nan.h5")
    assert main(["inspect", "nan.h5"]) == 0
    printed = capsys.readouterr().out
    assert "FAULT" in printed
    assert "2" in printed.split("FAULT")[1]


def test_interruption_says_how_to_go_on(
    folder: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def interrupted(_: Path) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr("eventspace.cli.inspect.run", interrupted)
    assert main(["inspect", "a.h5"]) == 130
    assert "--resume" in capsys.readouterr().err


@pytest.mark.slow
def test_support_of_two_samples_of_showers(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    for seed in (1, 2):
        options = ["--energy", "5", "--processes", "1"]
        assert main(["simulate", "showers", "-n", "40", "--seed", str(seed), *options, f"{seed}.h5"]) == 0
    asked = "1.h5 2.h5 --features profiles total --alpha 0.3 --energy-bins 4 5 --out run"
    assert main(["support", *asked.split()]) == 0
    assert "ratio.profiles+total.energy4-5 " in capsys.readouterr().out
    numbers = json.loads(Path("run/results.json").read_text())["numbers"]
    assert {
        "ratio.profiles",
        "overlap.profiles",
        "overlap.profiles+total.energy4-5",
        "s50.generated.profiles+total",
        "opinion.coverage",
    } <= set(numbers)
    page = Path("run/report.html").read_text()
    assert "How many different events can a generator make?" in page
    drawn = {path.stem for path in Path("run/figures").glob("*.svg")}
    assert drawn == {"birthdays", "support", "alpha", "energy", "distances", "gallery"}


@pytest.mark.parametrize("study", ["support", "validation"])
def test_error_about_an_event_names_its_file(study: str, folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    dense = np.full((12, 4, 4, 4), 2.0)
    write("good.h5", es.Showers.from_dense(dense))
    dense[3] = 1.0
    write("bad.h5", es.Showers.from_dense(dense))
    for files in ("good.h5 bad.h5", "bad.h5 good.h5"):
        assert main([study, *files.split(), "--threshold", "1.5", "--out", "run"]) == 2
        assert "bad.h5, event 3: a shower has no cell" in capsys.readouterr().err
    write("few.h5", es.Showers.from_dense(dense[:5]))
    assert main([study, "good.h5", "few.h5", "--out", "run"]) == 2
    assert "few.h5: there are 5 " in capsys.readouterr().err


def test_error_of_a_distance_names_the_file(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Which only the search for duplicates finds: a cell far above the dynamic range."""
    dense = np.random.default_rng(1).gamma(2, 1, (12, 13, 13, 13))
    write("good.h5", es.Showers.from_dense(dense))
    dense[3, 5, 5, 5] = 1e12
    write("bad.h5", es.Showers.from_dense(dense))
    for files in ("good.h5 bad.h5", "bad.h5 good.h5"):
        asked = "--features ssim --dynamic-range 10 --alpha 0.3 --out run"
        assert main(["support", *files.split(), *asked.split()]) == 2
        assert "bad.h5, event 3: a cell holds" in capsys.readouterr().err


def test_a_sample_beside_itself_is_no_generator(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    Path("copy.h5").write_bytes(Path("a.h5").read_bytes())
    for generated in ("a.h5", "copy.h5"):
        assert main(["support", "a.h5", generated, "--out", "run"]) == 2
        assert f"{generated}: it holds the events of the reference; give another sample" in capsys.readouterr().err
    assert not Path("run").exists()


@pytest.mark.slow
def test_validation_of_two_samples_of_showers(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    for seed in (1, 2):
        options = ["--energy", "5", "--energy-max", "20", "--processes", "1"]
        assert main(["simulate", "showers", "-n", "60", "--seed", str(seed), *options, f"{seed}.h5"]) == 0
    capsys.readouterr()
    options = ["--threshold", "1e-5", "--cells-above", "1e-4", "2e-3", "--replicas", "20"]
    assert main(["validation", "1.h5", "2.h5", *options, "--out", "run"]) == 0
    printed = capsys.readouterr().out
    results = json.loads(Path("run/results.json").read_text())
    assert results["answer"] in printed
    assert "ratio.response" in printed
    assert {"ratio.cells_above_0.002", "ks.mean_z", "opinion.classifier"} <= set(results["numbers"])
    reference, generated = (es.read(f"{seed}.h5").above(1e-5) for seed in (1, 2))
    ratio = results["numbers"]["ratio.total"]
    assert ratio["value"] == pytest.approx(generated.total_energy.mean() / reference.total_energy.mean())
    page = Path("run/report.html").read_text()
    assert "Do generated showers look like those of the reference?" in page
    assert {path.stem for path in Path("run/figures").glob("*.svg")} == {
        *("summary", "energy", "against-energy", "profiles", "profile-spreads"),
        *("cells", "features", "correlations", "mean-images", "showers"),
    }
    before = Path("run/results.json").read_bytes()
    assert main(["validation", "1.h5", "2.h5", *options, "--out", "run", "--resume"]) == 0
    assert Path("run/results.json").read_bytes() == before
    assert main(["validation", "1.h5", "2.h5", "--threshold", "9", "--out", "new"]) == 2
    assert "--threshold" in capsys.readouterr().err
    assert not Path("new").exists()


@pytest.mark.slow
def test_killed_support_resumes_to_the_same_numbers(folder: Path) -> None:
    write("many.h5", jets(100, seed=7))
    assert_killed_and_resumed("support many.h5 a.h5 --alpha 0.4 --threads 1", "threshold.transport.npz")


@pytest.mark.slow
def test_trained_and_generated_points_are_those_of_generate_points(folder: Path) -> None:
    assert main(["train", "point-gan", "points.h5", "--out", "gan", "--seed", "4", "--steps", "5"]) == 0
    generate = ["generate", "point-gan", "-n", "40", "--seed", "4", "--model", "gan/model.safetensors"]
    assert main([*generate, "one.h5"]) == 0
    [made] = es.generate_points(es.read("points.h5"), "gan", 40, seed=4, steps=5)
    es.write("two.h5", made)
    assert Path("one.h5").read_bytes() == Path("two.h5").read_bytes()
    assert (made.seed, "trained on 50 points" in made.origin) == (4, True)


@pytest.mark.slow
def test_topology_of_one_sample_and_of_two(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    for kind in ("ring", "circles"):
        assert main(["simulate", kind, "-n", "300", "--seed", "1", f"{kind}.h5"]) == 0
    small = ["--neighbours", "15", "--landmarks", "50", "--replicas", "20", "--permutations", "19"]
    assert main(["topology", "ring.h5", "--dimensions", "2", *small, "--out", "one"]) == 0
    assert main(["topology", "ring.h5", "circles.h5", *small, "--out", "two"]) == 0
    printed = capsys.readouterr().out
    assert "betti.2" in printed
    assert "memory" in printed
    pictures = {"diagrams", "barcodes", "landmarks", "images"}
    assert {path.stem for path in Path("one/figures").glob("*.svg")} == pictures
    assert {path.stem for path in Path("two/figures").glob("*.svg")} == pictures | {"exchanged"}
    numbers = json.loads(Path("two/results.json").read_text())["numbers"]
    assert {"p", "p.1", "distance.0", "betti.1.ring", "threshold.circles", "resolution.ring"} <= set(numbers)
    assert "What shape does a sample have: how many connected components" in Path("two/report.html").read_text()
    assert main(["topology", "ring.h5", "ring.h5", "--out", "three"]) == 2
    assert "same file name" in capsys.readouterr().err


@pytest.mark.slow
def test_mapper_from_simulation_to_a_page_to_explore(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    options = ["--min-samples", "2", "--intervals", "4", "--scanned-intervals", "3", "4", "--scanned-overlaps", "0.3"]
    assert main(["mapper", "a.h5", *options, "--out", "run"]) == 0
    assert "stability" in capsys.readouterr().out
    assert {path.stem for path in Path("run/figures").glob("*.svg")} == {"graph", "scan", "gallery"}
    explored = Path("run/figures/graph.html").read_text()
    assert "http" not in explored.replace("http://www.w3.org/2000/svg", "")  # the name of a format, not a place
    page = Path("run/report.html").read_text()
    assert '<iframe sandbox="allow-scripts"' in page
    assert "Point at a node" in page
    assert main(["mapper", "a.h5", "--colour", "mass", "--out", "other"]) == 2
    assert "has no quantity" in capsys.readouterr().err


@pytest.mark.slow
def test_a_grid_smaller_than_the_window_is_compared(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    rng = np.random.default_rng(1)
    for name in ("c.h5", "d.h5"):
        write(name, es.Showers.from_dense(rng.exponential(size=(20, 3, 4, 5)), units={"energy": "GeV"}))
    shrinks = "shrinks from 11 x 11 x 11 to 3 x 3 x 5 cells"
    assert main(["distances", "c.h5", "--metric", "ssim", "--dynamic-range", "1", "--out", "ssim.h5"]) == 0
    assert shrinks in capsys.readouterr().out
    assert main(["support", "c.h5", "d.h5", "--out", "run", "--alpha", "0.2", "--threads", "1"]) == 0
    assert shrinks in json.loads(Path("run/results.json").read_text())["answer"]


@pytest.mark.parametrize("name", ["support", "distances", "topology", "mapper"])
def test_the_width_of_the_window_is_an_option(name: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert main([name, "--help"]) == 0
    assert "--sigma" in capsys.readouterr().out


@pytest.mark.parametrize("options", [["--R", "inf"], ["--R", "nan"], ["--level", "nan"], ["--p", "inf"]])
def test_options_that_are_no_finite_numbers_are_refused(
    folder: Path, options: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["anomaly", "a.h5", "b.h5", "--medoids", "2", *options, "--out", "run"]) == 2
    error = capsys.readouterr().err
    assert error.startswith(f"eventspace: {options[0]}: ")
    assert error.count("\n") == 1
    assert not Path("run").exists()
