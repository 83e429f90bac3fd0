"""Joint inference of replies and network: reply graphs drawn together with each pair's rate of answers.

Drawn separately, replies spread over pairs more evenly than true ones do, so that a network of such draws is too
dense, too little clustered, and its intervals miss the truth even where each reply's probability is right. Here the
network is inferred with the replies (Butts 2003; Young, Cantwell and Newman 2020; Peixoto 2018): a message of kind k
(informal or not) by member i answers one of j's with probability proportional to

    p * rate[k, pair of i and j],    rate ~ Gamma(a_k + answers, a_k + chance),

where p is the reply model's probability of the link, answers the pair's answers of that kind, both ways, and chance the
number expected under the sender shuffle given how much of each kind both write, scaled to the same total. Rates are
divided by their members' means, so that they show how a member's answers are distributed and not how many there are.
Links within one member, and "starts a thread", have rate 1. The conditional of the rates is that of Poisson counts, and
that of the replies takes these rates as given: a composite likelihood, whose coverage is known from simulation (the
chapter on calibration) and not from theory.

The shapes a_k determine how much pairs differ. Learnt from inferred replies they are too large, so they are not learnt:
draws are an equal mixture over PRIORS. The reply model's own parameters may be drawn too, one set per draw, and are not
revised by the network (a cut; Plummer 2015).
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from functools import cached_property

import numpy as np
import pandas as pd
from scipy import sparse

from analysis.arrays import Flags, Floats, Ints, Ints32
from analysis.errors import InputError
from analysis.lookup import places_in, values
from analysis.network import nulls
from analysis.network.ties import Exchange, distinct, linked_turns
from analysis.resample import seed_of

PRIORS = ((1.5, 8.0), (1.0, 5.0), (0.7, 3.0), (0.5, 2.0), (0.35, 0.7))  # shapes of the rates: informal, other
BURN_IN, BETWEEN = 60, 5  # sweeps before a chain's first draw, and from one to the next
INFORMAL, OTHER = 0, 1  # rows of arrays that are by kind of talk


@dataclass(frozen=True)
class JointGraphs:
    """Reply graphs drawn jointly with the rates of pairs.

    links: of the exchange; message: the answering message of each link as a number (Exchange.answering).
    chosen: the link (row of links) that each answering message takes in each draw, -1 for none: (draws, messages).
    informal: whether it is informal in that draw: (draws, messages).
    probability: posterior probability of each link, the mean over all sweeps after the first ones: (links,).
    pairs: the two members of each pair that a link or chance joins, the smaller first: (pairs,) each.
    rates: posterior mean rate of each pair, informal and other: (2, pairs).
    """

    links: pd.DataFrame
    message: Ints
    chosen: Ints32
    informal: Flags
    probability: Floats
    pairs: tuple[Ints, Ints]
    rates: Floats

    def __len__(self) -> int:
        return len(self.chosen)

    def applied(self, turns: Exchange) -> Exchange:
        """These turns, with the links' posterior probabilities, and with the drawn graphs as the sampled ones."""
        links = self.links.assign(probability=self.probability)
        return replace(turns, links=links, chosen=self.chosen, informal=self.informal)

    def rows(self, kind: int | None = None) -> Iterator[Ints]:
        """Row numbers of the links in each drawn graph, in order (as ties.sampled_rows); kind: of this kind only."""
        for chosen, informal in zip(self.chosen, self.informal, strict=True):
            taken = chosen >= 0
            if kind is not None:
                taken &= informal if kind == INFORMAL else ~informal
            yield np.sort(chosen[taken]).astype(np.int64)

    def sampled(self, kind: int | None = None) -> Iterator[tuple[Ints, Ints]]:
        """Each drawn graph as ties.sampled yields it: (later, earlier), each linked pair of turns once."""
        for rows in self.rows(kind):
            yield distinct(self.links, rows)


def joint(
    turns: Exchange, share: pd.Series, *, hours: float, draws: int, seed: int, probabilities: Sequence[Floats] = (),
    shares: Sequence[pd.Series] = (), priors: Sequence[tuple[float, float]] = PRIORS
) -> JointGraphs:  # fmt: skip
    """Draws from the posterior of replies, kinds of talk and rates of pairs (Gibbs sampling).

    share: probability that a message is informal, by message_id; messages without one are not. hours: length of the
    blocks of the sender shuffle. probabilities: the links' probabilities under draws of the reply model's parameters,
    (links,) each, used in turn; by default those of the links. shares: values of share under draws of the classifier's
    error. priors: shapes of the rates (informal, other), in equal parts; a draw's prior is the next one, so that the
    first draws are a mixture too. Raises InputError when no message answers another turn, or draws is below 1.
    """
    if turns.links.empty:
        raise InputError("no message answers another turn, so there are no replies to draw")
    if draws < 1:
        raise InputError(f"{draws} draws of reply graphs were asked for", fix="Ask for 1 or more.")
    expected = [_Cells.of(each) for each in expected_of_pairs(turns, share, hours=hours)]
    choices = _Choices.of(turns, np.unique(np.concatenate([each.cell for each in expected])))
    sets = [choices.weighed(p) for p in probabilities or [turns.links["probability"].to_numpy(float)]]
    q = [values(each, turns.answering[1]).clip(0, 1) for each in shares or [share]]
    chance = np.array([each.at(choices.cells) for each in expected])
    chains = [
        _Sampler(
            choices, q[0], chance, np.array(prior), np.random.default_rng(seed_of(seed, f"rates of prior {number}"))
        )
        for number, prior in enumerate(priors)
    ]
    chosen = np.empty((draws, choices.first.size), dtype=np.int32)
    informal = np.empty(chosen.shape, dtype=bool)
    for draw in range(draws):
        chain, number = chains[draw % len(chains)], draw // len(chains)
        chosen[draw], informal[draw] = chain.drawn(sets[number % len(sets)], q[number % len(q)])
    used = chains[: min(draws, len(chains))]
    probability = np.empty(len(turns.links))
    probability[choices.order] = np.mean([chain.mean_probability for chain in used], axis=0)
    rates = np.mean([chain.mean_rates for chain in used], axis=0)
    return JointGraphs(turns.links, turns.answering[0], chosen, informal, probability, choices.pairs, rates)


def expected_of_pairs(turns: Exchange, share: pd.Series, *, hours: float) -> list[sparse.csr_array]:
    """Exchange of each pair, both ways, expected under the sender shuffle: informal and other, (n, n) each."""
    blocks, expected = nulls.hour_blocks(turns, hours), []
    informal = share.reindex(turns.turn_of.index).fillna(0.0).clip(0, 1)
    for of_kind in (informal, 1 - informal):  # in the order of INFORMAL, OTHER
        linked = linked_turns(turns.links, of_kind)
        stage = np.zeros(len(linked), dtype=np.int64)
        one_way = nulls.expected_stages(turns, linked, blocks, stage, 1, turns.kind(of_kind))[0]
        expected.append(one_way + one_way.T)
    return expected


@dataclass(frozen=True)
class _Cells:
    """The cells above the diagonal of a matrix, (n, n): cell, sorted (row times n plus column), and its value."""

    cell: Ints
    value: Floats

    @classmethod
    def of(cls, matrix: sparse.csr_array) -> _Cells:
        upper = sparse.coo_array(sparse.triu(matrix, 1))
        cell = upper.row.astype(np.int64) * matrix.shape[0] + upper.col
        order = np.argsort(cell)
        return cls(cell[order], upper.data[order])

    def at(self, cell: Ints) -> Floats:
        """The values of these cells, 0 where there is none."""
        return np.append(self.value, 0.0)[places_in(self.cell, cell)]


Weights = tuple[Floats, Floats]  # each link's probability in the order of _Choices; each message's of answering no link


@dataclass(frozen=True)
class _Choices:
    """The possible answers of each message, its links next to each other.

    order: rows of the exchange's links in this order, used by all arrays over links here: (links,). message: (links,).
    first, end: where each message's links begin, and end: (messages,). cells: each pair that a link or chance joins,
    the smaller member times n plus the other, sorted: (pairs,); pair: the place of each link's pair, the number of
    pairs for a link within one member: (links,). n: members.
    """

    order: Ints
    message: Ints
    first: Ints
    end: Ints
    cells: Ints
    pair: Ints
    n: int

    @cached_property
    def pairs(self) -> tuple[Ints, Ints]:
        """The two members of each pair: (pairs,) each."""
        return np.divmod(self.cells, self.n)

    @classmethod
    def of(cls, turns: Exchange, met: Ints) -> _Choices:
        """The choices in these turns. met: the pairs of members whose turns may meet by chance, as in cells. Any other
        pair without a link has no answers, so leaving it out changes nothing and saves most pairs of a large community.
        """
        message, member = turns.answering[0], turns.turns["member"].to_numpy()
        order = np.argsort(message, kind="stable")
        bounds = np.append(0, np.bincount(message).cumsum())
        source, target = (member[turns.links[end].to_numpy()[order]] for end in ("later", "earlier"))
        between = source != target
        linked = np.minimum(source, target) * turns.n + np.maximum(source, target)
        cells = np.union1d(met, linked[between])
        pair = np.where(between, places_in(cells, linked), cells.size)
        return cls(order, message[order], bounds[:-1], bounds[1:], cells, pair, turns.n)

    def weighed(self, probability: Floats) -> Weights:
        """These probabilities, (links,) in the exchange's order, as weights."""
        p = np.asarray(probability, dtype=float)
        if p.shape != self.order.shape:
            raise InputError(f"{p.size} probabilities do not fit {self.order.size} links")
        p = p[self.order]
        rest = 1 - np.bincount(self.message, weights=p)
        return p, np.where(rest > 1e-9, rest, 0)  # a certain answer stays certain


class _Sampler:
    """A Gibbs sampler of one prior: its state, and the sums of what is averaged over its sweeps."""

    def __init__(self, choices: _Choices, q: Floats, chance: Floats, shape: Floats, rng: np.random.Generator) -> None:
        """q: probability that each message is informal, (messages,). chance: (2, pairs). shape: of each kind, (2,)."""
        self.choices, self.q, self.chance, self.shape, self.rng = choices, q, chance, shape, rng
        self.pairs = chance.shape[1]
        self.rates = np.ones((2, self.pairs + 1))  # the last column is for links within one member, and for no link
        self.informal = rng.random(q.size) < q
        self.sweeps = 0
        self.sum_probability, self.sum_rates = np.zeros(choices.order.size), np.zeros(chance.shape)

    @property
    def mean_probability(self) -> Floats:
        """Mean probability of each link, in the order of the choices: (links,)."""
        return self.sum_probability / self.sweeps

    @property
    def mean_rates(self) -> Floats:
        """Mean rate of each kind and pair: (2, pairs)."""
        return self.sum_rates / self.sweeps

    def drawn(self, weights: Weights, q: Floats) -> tuple[Ints32, Flags]:
        """The next draw: the row of links that each message takes, -1 for none, and whether it is informal."""
        self.q = q
        for _ in range(0 if self.sweeps else BURN_IN):
            self._sweep(weights)
        for _ in range(BETWEEN):
            taken, probability = self._sweep(weights)
            self.sweeps += 1
            self.sum_probability += probability
            self.sum_rates += self.rates[:, :-1]
        return np.where(taken >= 0, self.choices.order[taken], -1).astype(np.int32), self.informal

    def _sweep(self, weights: Weights) -> tuple[Ints, Floats]:
        """Replies, then kinds, then rates, each given the others: the link each message takes (-1: none), in the order
        of the choices, and the probability of each link that it was drawn with."""
        taken, probability = self._replies(*weights)
        pair = np.where(taken >= 0, self.choices.pair[taken], self.pairs)
        odds = self.q * self.rates[INFORMAL, pair], (1 - self.q) * self.rates[OTHER, pair]
        self.informal = self.rng.random(self.q.size) * (odds[INFORMAL] + odds[OTHER]) < odds[INFORMAL]
        for kind, of_kind in ((INFORMAL, self.informal), (OTHER, ~self.informal)):
            count = np.bincount(pair[of_kind], minlength=self.pairs + 1)[:-1]
            self.rates[kind, :-1] = self._rates(count, self.chance[kind], self.shape[kind])
        return taken, probability

    def _replies(self, p: Floats, none: Floats) -> tuple[Ints, Floats]:
        """A link of each message, or none, in proportion to the links' probabilities times the rates."""
        message, first, end = self.choices.message, self.choices.first, self.choices.end
        weight = p * self.rates[np.where(self.informal, INFORMAL, OTHER)[message], self.choices.pair]
        upto = weight.cumsum()
        before = np.append(0, upto)[first]
        total = np.append(0, upto)[end] - before + none
        drawn = before + self.rng.random(first.size) * total
        taken = first + np.bincount(message[upto <= drawn[message]], minlength=first.size)
        taken = np.where(none > 0, taken, np.minimum(taken, end - 1))  # rounding must not turn a certain link into none
        return np.where(taken < end, taken, -1), weight / total[message]

    def _rates(self, count: Ints, chance: Floats, shape: float) -> Floats:
        """Rates of pairs given their answers, divided by the means of their members (weighted by chance): (pairs,)."""
        expected = chance * (count.sum() / chance.sum()) if chance.sum() > 0 else chance
        rate = self.rng.gamma(shape + count, 1 / (shape + expected))
        ends, n = np.concatenate(self.choices.pairs), self.choices.n
        rated, even = (np.bincount(ends, weights=np.tile(w, 2), minlength=n) for w in (rate * expected, expected))
        mean = np.divide(rated, even, out=np.ones(n), where=even > 0)
        return rate / np.sqrt(mean[self.choices.pairs[0]] * mean[self.choices.pairs[1]])
