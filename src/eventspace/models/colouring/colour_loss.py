"""The loss of the colouring, and which colour each true jet has."""

from typing import Literal, NamedTuple

import numpy as np
import torch
from numpy.typing import NDArray
from scipy.optimize import linear_sum_assignment
from torch import Tensor
from torch.nn import functional

from eventspace.base.errors import InputError
from eventspace.events.collisions import Collisions
from eventspace.events.ragged import event_of_entry

__all__ = ["Order", "Truth", "colour_loss", "jet_losses", "smallest_losses", "true_colours"]

Order = Literal["energy", "polar"]


class Truth(NamedTuple):
    """The truth of the particles of events, as the loss takes it.

    Attributes:
        colour: (particles,) int64, that of the particle's true jet; -1 where the jet is not known.
        weight: (particles,) E_track / E_jet / N_jets, so that the weights of an event add up to 1; 0 where the jet is
            not known.
        jets: (n,) how many true jets each event has.
    """

    colour: NDArray[np.int64]
    weight: NDArray[np.float64]
    jets: NDArray[np.int64]


def true_colours(events: Collisions, colours: int, order: Order = "energy") -> Truth:
    """The colours of the true jets in a fixed order.

    Arguments:
        events: with the column truth_jet.
        colours: how many there are, at least as many as jets of an event.
        order: by ``energy``, the sum of those of the jet's particles, falling; or ``polar``, by cos theta of the sum
            of their momenta, falling, which is easier to learn: it needs no sums over jets.

    Raises:
        InputError: the column is missing; an event has fewer particles than jets, more jets than colours, a jet without
            particles, or no jet that is known.

    Example:
        >>> columns = {"px": [3.0, 5.0], "py": [0.0, 0.0], "pz": [0.0, 0.0], "E": [3.0, 5.0], "truth_jet": [0, 1]}
        >>> true_colours(Collisions.from_flat([2], columns), 6).colour.tolist()
        [1, 0]
    """
    if "truth_jet" not in events.columns:
        raise InputError("the particles have no column truth_jet", remedy="give events with truth labels")
    jet, event = events.flat("truth_jet").astype(np.int64), event_of_entry(events.offsets)
    jets = np.full(len(events), -1, dtype=np.int64)
    np.maximum.at(jets, event, jet)
    jets += 1
    _check(events, jets, colours)
    known = jet >= 0
    place = event[known] * colours + jet[known]

    def sums(values: NDArray[np.float64]) -> NDArray[np.float64]:
        found = np.bincount(place, weights=values[known], minlength=len(events) * colours)
        return found.astype(np.float64, copy=False).reshape(len(events), colours)

    momenta = events.momenta()
    energy, x, y, z = (sums(values) for values in momenta.T)
    exists = np.arange(colours) < jets[:, np.newaxis]
    empty = exists & (energy == 0)
    if empty.any():
        number, missing = np.argwhere(empty)[0]
        raise InputError(
            f"the true jet {missing} has no particle", event=int(number), remedy="number the jets of each event from 0"
        )
    with np.errstate(invalid="ignore", divide="ignore"):
        key = energy if order == "energy" else z / np.sqrt(x**2 + y**2 + z**2)
    rank = np.argsort(np.argsort(-np.where(exists, np.nan_to_num(key), -np.inf), axis=1, kind="stable"), axis=1)
    colour = np.full(len(jet), -1, dtype=np.int64)
    weight = np.zeros(len(jet))
    colour[known] = rank.reshape(-1)[place]
    weight[known] = momenta[known, 0] / energy.reshape(-1)[place] / jets[event[known]]
    return Truth(colour, weight, jets)


def colour_loss(logarithms: Tensor, colour: Tensor, weight: Tensor, *, matched: bool = False) -> Tensor:
    """The loss of each event.

        L = -1/N_jets sum_jet sum_track (E_track / E_jet) log y_track

    with y_track the probability of the colour of the track's jet. A uniform guess of six colours gives ln 6 = 1.79.

    Arguments:
        logarithms: (n, particles, colours) log y.
        colour: (n, particles) int64 from ``true_colours``; -1 counts nothing.
        weight: (n, particles) from there; 0 for what only fills up.
        matched: take the smallest of the losses over all ways to give each jet a colour of its own, found exactly.

    Returns:
        (n,).

    Example:
        >>> y = torch.full((1, 2, 6), 1 / 6)
        >>> colour_loss(y.log(), torch.tensor([[0, 1]]), torch.tensor([[0.5, 0.5]]))
        tensor([1.7918])
    """
    if matched:
        return smallest_losses(jet_losses(logarithms, colour, weight))
    chosen = logarithms.gather(2, colour.clamp(min=0)[:, :, None])[:, :, 0]
    return -(weight * chosen).sum(dim=1)


def jet_losses(logarithms: Tensor, colour: Tensor, weight: Tensor) -> Tensor:
    """What each jet adds to the loss, if it has each colour.

    Arguments:
        logarithms, colour, weight: as for ``colour_loss``.

    Returns:
        (n, jets, colours), with as many jets as colours; those that an event lacks add 0.
    """
    count = logarithms.shape[2]
    members = functional.one_hot(colour.clamp(min=0), count).to(logarithms.dtype) * weight[:, :, None]
    return -members.transpose(1, 2) @ logarithms


def smallest_losses(losses: Tensor) -> Tensor:
    """The smallest loss over all one-to-one matchings of jets to colours.

    Arguments:
        losses: (n, jets, colours) from ``jet_losses``.

    Returns:
        (n,); the gradient is that of the best matching.

    Example:
        >>> smallest_losses(torch.tensor([[[3.0, 1.0], [1.0, 3.0]]]))
        tensor([2.])

    Source:
        Matching: H. W. Kuhn, Naval Research Logistics Quarterly 2 (1955) 83, doi:10.1002/nav.3800020109.
    """
    # Losses that are not finite stay so, for the training to stop at, whatever the matching.
    finite = losses.detach().double().nan_to_num().cpu().numpy()
    matchings = [linear_sum_assignment(matrix)[1] for matrix in finite]
    chosen = torch.from_numpy(np.stack(matchings)).to(losses.device)
    return losses.gather(2, chosen[:, :, None])[:, :, 0].sum(dim=1)


def _check(events: Collisions, jets: NDArray[np.int64], colours: int) -> None:
    for wrong, text, remedy in (
        (jets < 1, "no particle has a true jet", "leave the event out"),
        (jets > events.multiplicity, "there are fewer particles than jets", "leave the event out"),
        (jets > colours, f"there are more jets than the {colours} colours", "ask for more jets, or leave it out"),
    ):
        if wrong.any():
            raise InputError(text, event=int(np.argmax(wrong)), remedy=remedy)
