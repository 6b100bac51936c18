import pytest

from events.formats.examples import EXAMPLES, Sample
from eventspace.events import native
from eventspace.events.convert import convert
from eventspace.events.formats.registry import FORMATS


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
