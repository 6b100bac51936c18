"""Groups of jets with the exact distances of all pairs in a group: what an embedding learns from."""

import numpy as np
from numpy.typing import NDArray

from eventspace.distances.engine.checkpoint import fingerprint
from eventspace.distances.engine.pairwise import matrix
from eventspace.distances.transport.exact import Transport
from eventspace.events.particles import ParticleClouds

__all__ = ["ExactPairs"]

_CLUSTER = 16  # jets near each other in a group
_AMONG = 50_000  # jets among which near ones are searched

Floats = NDArray[np.float32]
Integers = NDArray[np.int64]

_known: dict[str, dict[int, tuple[Integers, Floats]]] = {}  # of the last few choices: trainings in turn share them
_KEPT = 2  # a training has one, and one of jets held back


class ExactPairs:
    """Groups of jets, each of clusters of near jets, so that small distances occur as well as typical ones.

    A cluster is a random jet with the jets whose quantile functions along axes are nearest to its own. A group is made,
    and its distances are computed, when it is first asked for; they are kept in memory, also for the next training with
    the same jets and seed.

    Arguments:
        jets: all of them, valid.
        seen: (n, inputs) their quantile functions.
        rows: numbers of those that groups are made of.
        metric: the exact distance.
        size: jets of a group, at most as many as there are rows.
        seed: of the choices.
        threads: of the exact distances.

    Example:
        >>> import eventspace as es
        >>> from eventspace.distances.transport.quantile import seen_of
        >>> lists = [[(1.0, 0.1 * k, 0.0), (1.0, 0.0, 0.05 * k)] for k in range(20)]
        >>> jets = es.ParticleClouds.from_lists(lists)
        >>> seen = seen_of(jets, (0.0, 0.0))
        >>> pairs = ExactPairs(jets, seen, np.arange(20), es.Transport(), 6, seed=1)
        >>> rows, distances = pairs.group(3)
        >>> len(rows), distances.shape
        (6, (15,))
    """

    def __init__(
        self,
        jets: ParticleClouds,
        seen: Floats,
        rows: Integers,
        metric: Transport,
        size: int,
        *,
        seed: int,
        threads: int | None = None,
    ):
        self._jets, self._metric, self._size, self._seed, self._threads = jets, metric, size, seed, threads
        self._order = np.random.default_rng((seed, 1)).permutation(rows)
        self._pool = np.sort(self._order[:_AMONG])
        self._places = seen[self._pool]
        self._squares = (self._places**2).sum(axis=1)
        key = f"{fingerprint(jets)} {fingerprint(jets[self._order])} {metric} {size} {seed}"
        self._known = _known.pop(key, {})
        _known[key] = self._known
        for old in list(_known)[:-_KEPT]:
            del _known[old]

    def group(self, number: int) -> tuple[Integers, Floats]:
        """The jets of a group, rising, and the distances of its pairs in the order of ``triu_indices``."""
        if number not in self._known:
            rows = self._rows(number)
            found = matrix(self._metric, self._jets[rows], threads=self._threads, show_progress=False)
            self._known[number] = rows, found[np.triu_indices(len(rows), 1)].astype(np.float32)
        return self._known[number]

    def _rows(self, number: int) -> Integers:
        cluster = max(min(_CLUSTER, self._size // 2), 1)
        count = -(-self._size // cluster)
        first = number * count + np.arange(count)
        anchors = np.searchsorted(self._pool, self._order[: len(self._pool)][first % len(self._pool)])
        far = self._squares - 2 * self._places[anchors] @ self._places.T
        near = np.argpartition(far, min(cluster, len(self._pool)) - 1, axis=1)[:, :cluster]
        chosen = dict.fromkeys(self._pool[near].ravel().tolist())
        filling = np.random.default_rng((self._seed, 2, number)).permutation(self._order)[: 2 * self._size]
        chosen |= dict.fromkeys(filling.tolist())  # clusters may share jets
        return np.sort(np.array(list(chosen)[: self._size], dtype=np.int64))
