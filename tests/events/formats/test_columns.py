import pytest

from eventspace.base.errors import InputError
from eventspace.events.formats.columns import parse


@pytest.mark.parametrize(
    ("columns", "problem"),
    [
        ("", "'' is not OURS=THEIRS"),
        ("pt=PT,phi", "'phi' is not OURS=THEIRS"),
        ("pt=PT,phi=", "'phi=' is not OURS=THEIRS"),
        ("pt=PT,phi=PHI", "do not describe particles"),
        ("pt=PT,phi=PHI,eta=ETA,rapidity=Y", "do not describe particles"),
        ("px=X,py=Y,pz=Z", "do not describe particles"),
        ("E=E,px=X,py=Y,pz=Z,pt=PT", "do not describe particles"),
        ("E=E,px=X,py=Y,pz=Z,mass=M", "do not describe particles"),
        ("pt=PT,pt=P,eta=ETA,phi=PHI", "pt stands twice"),
    ],
)
def test_a_wrong_map_is_explained_by_an_example(columns, problem):
    with pytest.raises(InputError, match=problem) as error:
        parse(columns)
    assert "pt=PT,rapidity=Y,phi=PHI" in error.value.remedy
