import numpy as np
import pandas as pd
import pytest

from eventspace.base.errors import InputError
from eventspace.events.formats.lhc_olympics import read
from eventspace.events.formats.registry import detect


def rows_of(jets, momenta, padded):
    events = [np.stack([momenta(jet).pt, momenta(jet).eta, momenta(jet).phi], axis=1) for jet in jets]
    return events, padded(events, 700).reshape(len(jets), -1)


@pytest.mark.parametrize("compression", [None, "blosc"])
def test_events_keep_their_coordinates(tmp_path, toy_jets, momenta, padded, compression):
    events, rows = rows_of(toy_jets(20), momenta, padded)
    label = (np.arange(20) % 4 == 0).astype(float)
    frame = pd.DataFrame(np.column_stack([rows, label]))
    frame.to_hdf(tmp_path / "rnd.h5", key="df", complib=compression, complevel=9 if compression else 0)
    (clouds,) = read(tmp_path / "rnd.h5")
    assert clouds.labels.tolist() == ["signal" if signal else "background" for signal in label]
    for i, name in enumerate(("pt", "eta", "phi")):
        np.testing.assert_array_equal(clouds.flat(name), np.concatenate(events)[:, i])
    assert clouds.multiplicity.tolist() == [len(event) for event in events]
    assert detect(tmp_path / "rnd.h5").name == "lhc-olympics"


def test_a_black_box_has_no_labels(tmp_path, toy_jets, momenta, padded):
    _, rows = rows_of(toy_jets(4), momenta, padded)
    pd.DataFrame(rows).to_hdf(tmp_path / "box.h5", key="df")
    (clouds,) = read(tmp_path / "box.h5")
    assert clouds.labels is None
    assert detect(tmp_path / "box.h5").name == "lhc-olympics"


def test_columns_that_are_not_threes_are_refused(tmp_path):
    pd.DataFrame(np.ones((2, 5))).to_hdf(tmp_path / "odd.h5", key="df")
    with pytest.raises(InputError, match="5 numbered columns are not pt, eta, phi"):
        list(read(tmp_path / "odd.h5"))


def test_tables_of_features_are_not_mistaken_for_events(tmp_path):
    pd.DataFrame({"pxj1": [1.0], "pyj1": [2.0]}).to_hdf(tmp_path / "features.h5", key="df")
    assert detect(tmp_path / "features.h5").name == "hdf5"
