import numpy as np
import pytest

from eventspace import InputError
from eventspace.models.batches import Batches, check_batch


def test_every_pass_takes_each_event_once() -> None:
    batches = Batches(40, 8, seed=1)
    passes = [[batches.at(5 * number + step) for step in range(5)] for number in range(2)]
    for one in passes:
        assert sorted(np.concatenate(one)) == list(range(40))
    assert not np.array_equal(passes[0], passes[1])
    assert np.array_equal(Batches(40, 8, seed=1).at(7), passes[1][2]), "a batch is known without those before"


def test_what_is_left_over_is_left_out() -> None:
    batches = Batches(7, 3, seed=1)
    assert len(set(np.concatenate([batches.at(0), batches.at(1)]).tolist())) == 6
    assert len(batches.at(2)) == 3


@pytest.mark.parametrize(
    ("n", "batch", "count", "words"),
    [
        (5, 8, 1, "there are 5 jets for batches of 8; give more, or --batch 5"),
        (9, 8, 3, "batch of 8 cannot be shared out among 3 processes; give each the same number of jets, at least 2"),
        (9, 8, 8, "batch of 8 cannot be shared out among 8 processes"),
    ],
)
def test_batches_that_cannot_be_made_are_refused(n: int, batch: int, count: int, words: str) -> None:
    check_batch(8, 8, 4, fewest=2)
    with pytest.raises(InputError, match=words):
        check_batch(n, batch, count, fewest=2, unit="jets")
