"""The network that ranks candidates: attention between protojets, and a number for each candidate."""

import itertools
from typing import NamedTuple

import torch
from torch import Tensor, nn

from eventspace.models.protojets.densities import DISPLACED_COUNTS, MASS_BINS, RESOLUTIONS

__all__ = ["RankerBatch", "RankerNetwork"]

_WIDTH, _LAYERS, _HEADS = 48, 2, 4
_PAIR_WIDTH, _INSIDE_WIDTH, _SCORE_WIDTH, _HIDDEN = 16, 12, 64, 32
_DROPOUT = 0.1
_PAIR_VALUES = 8
_NEAR = 1e-7  # 2 (1 - cos theta), below which no logarithm is taken
_LIGHT = 1e-4  # GeV^2


class RankerBatch(NamedTuple):
    """Some events, n of them, as in :class:`eventspace.models.protojets.sample.Candidates`.

    Attributes:
        momenta: (n, protojets, 4) E, px, py, pz in GeV.
        visible: (n,) visible energy in GeV.
        values: (n, protojets, values).
        candidate_values: (n, candidates, values).
        inside: (n, candidates, pairs) whether the two protojets of a pair are in one jet.
        durham: (n,) which candidate the Durham algorithm chooses.
    """

    momenta: Tensor
    visible: Tensor
    values: Tensor
    candidate_values: Tensor
    inside: Tensor
    durham: Tensor


class RankerNetwork(nn.Module):
    """Scores of candidates; the largest is the best.

    Two layers of attention between protojets, with a bias from the values of each pair; then twelve numbers for each
    pair, summed over the pairs inside the jets of a candidate; with them, what is told of the candidate itself,
    absolute, relative to Durham's and, for likelihoods, to the largest of all candidates, three dense layers give the
    score. The order of protojets and of candidates does not matter.

    Arguments:
        protojets: how many.
        bosons: of an event.
        values: of each protojet.
        candidate_values: of each candidate.
        likelihoods: which of them are logarithms of likelihoods.

    Source:
        A. Vaswani et al., "Attention Is All You Need", arXiv:1706.03762; with values of pairs as a bias as in H. Qu et
        al., "Particle Transformer for Jet Tagging", arXiv:2202.03772.
    """

    def __init__(self, protojets: int, bosons: int, values: int, candidate_values: int, likelihoods: tuple[int, ...]):
        super().__init__()
        self._pairs = tuple(itertools.combinations(range(protojets), 2))
        self._likelihoods = list(likelihoods)
        told = 2 * candidate_values + 1 + len(likelihoods) + 1
        self.scale = nn.BatchNorm1d(values)
        self.scale_pairs = nn.BatchNorm1d(_PAIR_VALUES)
        self.scale_candidates = nn.BatchNorm1d(told)
        self.enter = nn.Linear(values, _WIDTH)
        self.enter_pairs = nn.Sequential(nn.Linear(_PAIR_VALUES, _HIDDEN), nn.GELU(), nn.Linear(_HIDDEN, _PAIR_WIDTH))
        self.layers = nn.ModuleList([_Attention() for _ in range(_LAYERS)])
        self.leave_pairs = nn.Sequential(
            nn.Linear(2 * _WIDTH + _PAIR_WIDTH, _HIDDEN), nn.GELU(), nn.Linear(_HIDDEN, _INSIDE_WIDTH)
        )
        self.score = nn.Sequential(
            nn.Linear(told + _INSIDE_WIDTH, _SCORE_WIDTH),
            nn.GELU(),
            nn.Dropout(_DROPOUT),
            nn.Linear(_SCORE_WIDTH, _SCORE_WIDTH),
            nn.GELU(),
            nn.Linear(_SCORE_WIDTH, 1),
        )
        # What the candidates' values were computed with belongs to the network.
        self.log_mass = nn.Buffer(torch.zeros(len(RESOLUTIONS), bosons, MASS_BINS))
        self.log_displaced = nn.Buffer(torch.zeros(bosons, DISPLACED_COUNTS))

    def forward(self, batch: RankerBatch) -> Tensor:
        """The scores, (n, candidates)."""
        first, second = (list(members) for members in zip(*self._pairs, strict=True))
        pairs = self.enter_pairs(_scaled(self.scale_pairs, _pair_values(batch, first, second)))
        n, protojets, _ = batch.values.shape
        bias = pairs.new_zeros(n, protojets, protojets, _PAIR_WIDTH)
        bias[:, first, second] = pairs
        bias[:, second, first] = pairs
        hidden = self.enter(_scaled(self.scale, batch.values))
        for layer in self.layers:
            hidden = layer(hidden, bias)
        one, other = hidden[:, first], hidden[:, second]
        edges = self.leave_pairs(torch.cat([one + other, one * other, pairs], dim=2))
        inside = batch.inside.to(edges.dtype) @ edges
        told = _scaled(self.scale_candidates, self._told(batch.candidate_values, batch.durham))
        found: Tensor = self.score(torch.cat([told, inside], dim=2))[:, :, 0]
        return found

    def _told(self, values: Tensor, durham: Tensor) -> Tensor:
        """Values, their differences from those of Durham's candidate, and of likelihoods and cost from the best."""
        own = values[torch.arange(len(values), device=values.device), durham][:, None]
        is_durham = torch.zeros_like(values[:, :, :1])
        is_durham[torch.arange(len(values), device=values.device), durham] = 1.0
        likelihoods, cost = values[:, :, self._likelihoods], values[:, :, :1]
        return torch.cat(
            [
                values,
                values - own,
                is_durham,
                likelihoods - likelihoods.amax(dim=1, keepdim=True),
                cost - cost.amin(dim=1, keepdim=True),
            ],
            dim=2,
        )


class _Attention(nn.Module):
    """One layer, with a bias between each two protojets."""

    def __init__(self) -> None:
        super().__init__()
        self.norm, self.norm_dense = nn.LayerNorm(_WIDTH), nn.LayerNorm(_WIDTH)
        self.enter, self.leave = nn.Linear(_WIDTH, 3 * _WIDTH), nn.Linear(_WIDTH, _WIDTH)
        self.bias = nn.Linear(_PAIR_WIDTH, _HEADS)
        self.dense = nn.Sequential(nn.Linear(_WIDTH, 2 * _WIDTH), nn.GELU(), nn.Linear(2 * _WIDTH, _WIDTH))

    def forward(self, hidden: Tensor, pairs: Tensor) -> Tensor:
        n, protojets, _ = hidden.shape
        split = self.enter(self.norm(hidden)).view(n, protojets, 3, _HEADS, _WIDTH // _HEADS)
        query, key, value = split.permute(2, 0, 3, 1, 4)
        weights = query @ key.transpose(2, 3) * (_WIDTH // _HEADS) ** -0.5 + self.bias(pairs).permute(0, 3, 1, 2)
        attended = (weights.softmax(dim=3) @ value).transpose(1, 2).reshape(n, protojets, _WIDTH)
        hidden = hidden + self.leave(attended)
        found: Tensor = hidden + self.dense(self.norm_dense(hidden))
        return found


def _scaled(norm: nn.BatchNorm1d, values: Tensor) -> Tensor:
    """Standardised over all events and members."""
    found: Tensor = norm(values.flatten(0, 1)).view(values.shape)
    return found


def _pair_values(batch: RankerBatch, first: list[int], second: list[int]) -> Tensor:
    """ln y, cos theta, ln(1 - cos theta), ln m, m, |E_1 - E_2| / (E_1 + E_2), ln(E_1 + E_2), ln(y / smallest)."""
    p = batch.momenta
    energy, vector = p[:, :, 0], p[:, :, 1:]
    unit = vector / vector.norm(dim=2, keepdim=True).clamp(min=1e-6)
    apart = (unit[:, first] - unit[:, second]).square().sum(dim=2)  # 2 (1 - cos theta)
    e1, e2 = energy[:, first], energy[:, second]
    y = torch.log(torch.minimum(e1, e2) ** 2 * apart.clamp(min=_NEAR) / batch.visible[:, None] ** 2)
    both = p[:, first] + p[:, second]
    mass = (both[:, :, 0] ** 2 - both[:, :, 1:].square().sum(dim=2)).clamp(min=_LIGHT).sqrt()
    listed = [
        y,
        1 - apart / 2,
        torch.log(apart / 2 + 1e-4),
        mass.log(),
        mass / 100,
        (e1 - e2).abs() / (e1 + e2),
        torch.log(e1 + e2),
        y - y.amin(dim=1, keepdim=True),
    ]
    return torch.stack(listed, dim=2)
