"""Jets of e+e- events by the name of a method: the Durham algorithm, a network that ships, or one of your own."""

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from eventspace.base.errors import InputError
from eventspace.events.collisions import Collisions, collisions
from eventspace.events.durham.history import Vertices, durham_history
from eventspace.events.jets import Jets, enough_particles
from eventspace.events.native import read
from eventspace.events.tracks import displaced_tracks

if TYPE_CHECKING:
    from eventspace.models.recipe import Trained

__all__ = [
    "DURHAM",
    "SHIPPED",
    "VERTICES",
    "WITHOUT_DISPLACED",
    "Method",
    "cluster",
    "durham_method",
    "method",
    "network_method",
]

VERTICES = "durham-vertices"
WITHOUT_DISPLACED = "-no-displaced"

DURHAM = {
    "durham": "The Durham algorithm.",
    VERTICES: "The Durham algorithm, which keeps secondary vertices apart.",
}
"""Methods without a network, which need the number of jets."""

_WEIGHTS = Path(__file__).parent / "weights"
_KEPT = "model.safetensors"  # in the run directory of a training

SHIPPED = {
    "unet-zhh": "A coloured map of the event, six jets of ZHH at 500 GeV.",
    "unet-crf-zhh": "The same with a conditional random field.",
    "ranker-zhh": "Ranked partitions of protojets, six jets of ZHH at 500 GeV.",
    f"ranker-zhh{WITHOUT_DISPLACED}": "The same without displaced tracks.",
    "ranker-two-bosons": "Ranked partitions of protojets, four jets of WW, ZZ or ZH at 250 GeV.",
    f"ranker-two-bosons{WITHOUT_DISPLACED}": "The same without displaced tracks.",
}
"""Networks that come with eventspace."""


class Method(NamedTuple):
    """A way to cluster.

    Attributes:
        name: of it.
        jets: how many it makes.
        label: the jet of each particle, from 0, of events with at least so many particles.
        digest: SHA-256 digest of the file of the network, empty without one.
        data: digest of the events that it has learned from, empty without a network.
        probabilities: (particles, jets) that each particle belongs to each jet, of the networks that give them.
    """

    name: str
    jets: int
    label: Callable[[Collisions], NDArray[np.int64]]
    digest: str = ""
    data: str = ""
    probabilities: Callable[[Collisions], NDArray[np.float32]] | None = None


def cluster(events: Any, model: str | Path, *, jets: int | None = None, device: str | None = None) -> Jets:
    """Cluster e+e- events to jets.

    Arguments:
        events: n :class:`Collisions`, an eventspace file of them, or an awkward array (events, particles) of records
            with px, py, pz, E in GeV and what else the method needs, without rows that only fill up: ``charge`` and
            ``pid`` for the rankers, also ``d0`` and ``z0`` in mm if they use displaced tracks.
        model: ``durham``, ``durham-vertices``, a network that ships (``ranker-zhh``, ...), or the file of your own.
        jets: how many, of the Durham algorithm; a network has its own number.
        device: ``cpu``, ``cuda``, or ``auto`` for a GPU if there is one, of a network.

    Returns:
        The jets: labels of the particles, four-momenta, and ``to_awkward()``.

    Raises:
        InputError: there is no such method, the events are not valid, lack a column, or one of them has fewer particles
            than jets.
        MissingExtraError: a network needs torch, which is not installed.

    Example:
        >>> import eventspace as es
        >>> jets = es.cluster(next(es.simulate("zz", 2, seed=1, processes=1)), "durham", jets=4)
        >>> jets.momenta.shape
        (2, 4, 4)
    """
    chosen = events if isinstance(events, Collisions) else None
    if chosen is None:
        import awkward as ak

        chosen = _of_awkward(events) if isinstance(events, ak.Array) else collisions(_read(events))
    found = method(model, jets=jets, device=device)
    return Jets(chosen, found.label(chosen.check()), found.jets)


def method(model: str | Path, *, jets: int | None = None, device: str | None = None) -> Method:
    """The method of this name, or with the network of this file. Arguments and errors as for :func:`cluster`."""
    if not isinstance(model, str | Path):
        raise InputError(
            f"{model!r} is no method", remedy=f"choose from {', '.join([*DURHAM, *SHIPPED])}, or name a file"
        )
    if str(model) in DURHAM:
        whole = isinstance(jets, int | np.integer) and not isinstance(jets, bool)
        if jets is None or not whole or jets < 1:
            what = f"{model} needs the number of jets" if jets is None else f"{jets} jets cannot be made"
            raise InputError(what, remedy="give a whole number from 1: jets=6, or --jets 6")
        return durham_method(jets, vertices=str(model) == VERTICES)
    path = _WEIGHTS / f"{model}.safetensors" if str(model) in SHIPPED else Path(model)
    if path.is_dir() and (path / _KEPT).is_file():
        path = path / _KEPT
    if str(model) not in SHIPPED and not path.exists():
        known = ", ".join([*DURHAM, *SHIPPED])
        raise InputError(f"there is no method or file {str(model)!r}", remedy=f"choose from {known}, or name a file")

    import eventspace.models.extra  # noqa: F401  says what to install
    from eventspace.models.file import load, model_of
    from eventspace.models.registry import CLUSTERINGS

    kind = model_of(path)
    if kind not in CLUSTERINGS:
        what = f"a {kind}" if kind else "no model of eventspace"
        raise InputError(
            f"this is {what}, which clusters nothing", file=path, remedy=f"train {' or '.join(CLUSTERINGS)}"
        )
    found = network_method(str(model), load(path, kind), device)
    if jets not in (None, found.jets):
        raise InputError(f"{model} makes {found.jets} jets, not {jets}", remedy="leave the number out")
    return found


def _read(events: Any) -> Any:
    """The events of a file, if they are given by its name."""
    return read(events) if isinstance(events, str | Path) else events


def _of_awkward(array: Any) -> Collisions:
    """Collisions with the same particles at the same places, so that constituents can be found again."""
    import awkward as ak

    found = Collisions.from_awkward(array)
    rows = int(ak.sum(ak.num(array["E"], axis=1)))
    if rows != len(found.flat("E")):
        text = f"{rows - len(found.flat('E'))} rows are masked or have the energy 0, and are no particles"
        raise InputError(text, remedy="leave them out first, so that jets refer to your rows: array[array.E > 0]")
    return found


def durham_method(jets: int, *, vertices: bool = False) -> Method:
    """The Durham algorithm down to a number of jets, with or without vertices."""

    def label(events: Collisions) -> NDArray[np.int64]:
        enough_particles(events, jets)
        apart = Vertices(displaced_tracks(events)) if vertices else None
        return durham_history(events, apart).labels(jets)

    return Method(VERTICES if vertices else "durham", jets, label)


def network_method(name: str, trained: "Trained", device: str | None = None) -> Method:
    """A trained network as a method."""
    from eventspace.models.registry import clustering

    recipe, jets = clustering(trained.card.model), trained.card.jets

    def label(events: Collisions) -> NDArray[np.int64]:
        return recipe.cluster(trained, events, device=device)

    def probabilities(events: Collisions) -> NDArray[np.float32]:
        return recipe.probabilities(trained, events, device=device)

    return Method(
        name, jets, label, trained.digest, trained.card.data, probabilities if recipe.soft is not None else None
    )
