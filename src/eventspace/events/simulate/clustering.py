"""Jets from particles: the anti-kt algorithm."""

from functools import cache
from typing import Any

from eventspace.base.extras import require

__all__ = ["leading_jets", "load_fastjet"]


@cache
def load_fastjet() -> Any:
    """The module of FastJet, silent, with vector's momenta.

    Raises:
        MissingExtraError: FastJet is not installed.
    """
    with require("simulate", "clustering jets"):
        import fastjet
    import vector

    vector.register_awkward()
    # The banner goes to C's standard output, where nothing in Python could catch it.
    fastjet._swig.ClusterSequence.set_fastjet_banner_stream(None)
    return fastjet


def leading_jets(momenta: Any, R: float, pt_min: float) -> tuple[Any, Any]:
    """The two anti-kt jets of largest pt in each event, and which particles they hold.

    Arguments:
        momenta: awkward array (events, particles) of vector momenta px, py, pz, E in GeV.
        R: the radius of the jets.
        pt_min: jets below it are dropped, GeV.

    Returns:
        jets: awkward array (events, up to 2) of vector momenta, by falling pt; the sum of their particles.
        constituents: awkward array (events, up to 2, particles) of positions in ``momenta``.

    Raises:
        MissingExtraError: FastJet is not installed.

    Example:
        >>> import awkward as ak, vector
        >>> event = {"px": [[90.0, 10.0, -99.0]], "py": [[0.0, 1.0, 1.0]], "pz": [[0.0] * 3], "E": [[90.0, 10.1, 99.1]]}
        >>> jets, constituents = leading_jets(vector.zip(event), R=0.4, pt_min=20.0)
        >>> constituents.to_list()
        [[[0, 1], [2]]]

    Source: M. Cacciari, G. P. Salam, G. Soyez, arXiv:0802.1189 (anti-kt), arXiv:1111.6097 (FastJet).
    """
    import awkward as ak

    fastjet = load_fastjet()
    sequence = fastjet.ClusterSequence(momenta, fastjet.JetDefinition(fastjet.antikt_algorithm, R))
    jets = sequence.inclusive_jets(min_pt=pt_min)
    constituents = sequence.constituent_index(min_pt=pt_min)
    leading = ak.argsort(jets.pt, ascending=False)[:, :2]
    return jets[leading], constituents[leading]
