import numpy as np
import pytest

from events.formats.examples import EXAMPLES, Sample
from eventspace.events import native
from eventspace.events.convert import convert
from eventspace.events.formats.registry import FORMATS
from eventspace.events.kinematics import about_axis


def test_every_format_has_an_example():
    assert set(EXAMPLES) == set(FORMATS)


@pytest.mark.parametrize("name", EXAMPLES)
def test_a_good_file_is_recognised_and_converted(tmp_path, name):
    path, options = EXAMPLES[name](tmp_path)
    summary = convert(path, tmp_path / "ours.h5", **options)
    assert (summary.format, summary.written) == (name, 12)
    events = native.read(tmp_path / "ours.h5")
    if events.kind == "particles":
        assert events.multiplicity.tolist() == [len(jet) for jet in Sample().jets]


MOVING = [name for name, format_ in FORMATS.items() if "centre" in format_.options]


@pytest.mark.parametrize("name", MOVING)
def test_jets_that_are_moved_say_so_and_can_be_left_in_place(tmp_path, name):
    path, options = EXAMPLES[name](tmp_path)
    moved = convert(path, tmp_path / "moved.h5", **options)
    left = convert(path, tmp_path / "left.h5", centre=False, **options)
    assert moved.remark.startswith("particles moved to the axis of their jet")
    jets, as_in_file = native.read(tmp_path / "moved.h5"), native.read(tmp_path / "left.h5")
    assert (jets.origin.endswith(moved.remark), as_in_file.origin.endswith(left.remark)) == (True, True)
    given = Sample().lists("rapidity", "phi")
    np.testing.assert_allclose(as_in_file.flat("rapidity"), np.concatenate(given["rapidity"]), atol=1e-4)
    np.testing.assert_allclose(
        np.exp(1j * as_in_file.flat("phi")), np.exp(1j * np.concatenate(given["phi"])), atol=1e-4
    )
    np.testing.assert_allclose(about_axis(as_in_file).flat("rapidity"), jets.flat("rapidity"), atol=1e-9)
