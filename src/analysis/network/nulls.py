"""Null models of who answers whom, each named after what it keeps (Gauvin et al. 2022).

All keep which turn answers which (the links) and change who wrote the turns, or keep who wrote them and change the
links. A link between two turns of one member is a continuation, no answer: links are those between different members,
and a null either fixes those that become self-links (fixed) or lets the others weigh more (chance_of_tie).
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import pandas as pd
from scipy import sparse

from analysis.network.ties import Exchange, Floats, Whole

HOURS = 3.0  # length of a block


def chat_blocks(exchange: Exchange) -> Whole:
    """Block of each turn when turns may change places within their channel: shape (turns,)."""
    return exchange.channels[0]


def hour_blocks(exchange: Exchange, hours: float = HOURS) -> Whole:
    """Block of each turn when turns may change places within their channel and the same few hours: shape (turns,)."""
    stretch = exchange.seconds // int(hours * 3600)
    channel, _ = exchange.channels
    first, last = (stretch.min(), stretch.max()) if stretch.size else (0, 0)
    places = channel * (last - first + 1) + stretch - first
    return np.unique(places, return_inverse=True)[1].astype(np.intp)


def keeping_who_writes_when(blocks: Whole, draws: int, rng: np.random.Generator) -> Iterator[Whole]:
    """Sender shuffle: which turn's member each turn gets, shape (turns,) a draw; use as `member[place]`.

    Keeps how many turns each member wrote in each block and which turn answers which; forgets who answered whom.
    """
    order = np.argsort(blocks, kind="stable")
    sorted_blocks = blocks[order].astype(float)
    for _ in range(draws):
        place = np.empty_like(order)
        place[order] = order[np.argsort(sorted_blocks + rng.random(order.size))]
        yield place


def fixed(
    member: Whole, later: Whole, earlier: Whole, blocks: Whole, rng: np.random.Generator, rounds: int = 12
) -> Whole:
    """Members of turns after a shuffle, shape (turns,), swapped within blocks until links join different members.

    A person does not answer themselves, so a shuffle in which they do would thin out the null's ties. Where a block
    leaves no way (two turns of one member) a self-link remains after the rounds.
    """
    member, order = member.copy(), np.argsort(blocks, kind="stable")
    size = np.bincount(blocks)
    start = np.cumsum(size) - size
    for _ in range(rounds):
        broken = np.unique(later[member[later] == member[earlier]])
        if broken.size == 0:
            break
        block = blocks[broken]
        other = order[start[block] + (rng.random(broken.size) * size[block]).astype(np.intp)]
        _, first = np.unique(other, return_index=True)
        free = ~np.isin(other[first], broken)
        a, b = broken[first[free]], other[first[free]]
        member[a], member[b] = member[b], member[a]
    return member


def keeping_who_answers_whom(later: Whole, draws: int, rng: np.random.Generator) -> Iterator[Whole]:
    """Time shuffle: links that exchange their places in time, shape (links,) a draw. Keeps all ties, forgets when."""
    for _ in range(draws):
        yield rng.permutation(later.size)


def keeping_strength(source: Whole, target: Whole, draws: int, rng: np.random.Generator) -> Iterator[Whole]:
    """Rewiring (configuration model): targets dealt anew over the links, shape (links,) a draw.

    Keeps how often each member answers and is answered; forgets whom. A deal that gives a member a link to themselves
    is fixed by swaps with other links where one can be found, so that strength without self-links is kept too.
    """
    for _ in range(draws):
        dealt = target[rng.permutation(target.size)]
        for _ in range(50):
            own = np.flatnonzero(source == dealt)
            if own.size == 0:
                break
            other, first = np.unique(rng.integers(target.size, size=own.size), return_index=True)
            own, dealt_to = own[first], dealt[other]
            free = (source[other] != dealt_to) & (source[other] != dealt[own]) & (source[own] != dealt_to)
            dealt[other[free]], dealt[own[free]] = dealt[own[free]], dealt_to[free]
        yield dealt


def expected_ties(exchange: Exchange, linked: pd.DataFrame, blocks: Whole, kind: Floats | None = None) -> Floats:
    """The tie matrix to expect under the sender shuffle, given that nobody answers themselves: shape (n, n).

    linked: later, earlier, probability; links between turns of one member are left out. kind: shape (turns,), how much
    each turn belongs to the layer (all alike by default); then answers come from members as they write that kind in the
    block. With chat_blocks this is the message-count null: answers fall on members in proportion to how much they
    write. Sums to the observed total.
    """
    return expected_stages(exchange, linked, blocks, np.zeros(len(linked), dtype=np.intp), 1, kind)[0]


def expected_stages(
    exchange: Exchange, linked: pd.DataFrame, blocks: Whole, stage: Whole, stages: int, kind: Floats | None = None
) -> Floats:
    """As expected_ties, for the links of each stage (stage: shape (links,), from 0) apart: shape (stages, n, n)."""
    later, earlier = linked["later"].to_numpy(), linked["earlier"].to_numpy()
    pairs = _BlockPairs.of(exchange, later, earlier, blocks, kind)
    member = exchange.turns["member"].to_numpy()
    weight = np.where(member[later] == member[earlier], 0, linked["probability"].to_numpy() / pairs.chance[pairs.place])
    matrices = np.zeros((stages, exchange.n, exchange.n))
    for number, matrix in enumerate(matrices):
        rows = stage == number
        total = np.bincount(pairs.place[rows], weights=weight[rows], minlength=len(pairs.later))
        held = np.flatnonzero(total)
        scaled = sparse.diags_array(total[held] * pairs.scale[held])
        matrix[:] = (pairs.writes[pairs.later[held]].T @ scaled @ pairs.turns[pairs.earlier[held]]).toarray()
        np.fill_diagonal(matrix, 0)
    return matrices


def chance_of_tie(
    exchange: Exchange, later: Whole, earlier: Whole, blocks: Whole, kind: Floats | None = None
) -> Floats:
    """Chance that each link joins two different members after a sender shuffle, shape (links,).

    Dividing a link's weight by it keeps a null's total as large as the data's, though some links become self-links.
    """
    pairs = _BlockPairs.of(exchange, later, earlier, blocks, kind)
    return pairs.chance[pairs.place]


@dataclass(frozen=True)
class _BlockPairs:
    """Which blocks links join: one entry a pair of blocks (later, earlier), place: each link's.

    writes, turns: shape (blocks, n), turns of the layer and all turns of each member. scale: what makes a product of
    the two a probability. chance: that two different members are joined.
    """

    later: Whole
    earlier: Whole
    place: Whole
    writes: sparse.csr_array
    turns: sparse.csr_array
    scale: Floats
    chance: Floats

    @classmethod
    def of(cls, exchange: Exchange, later: Whole, earlier: Whole, blocks: Whole, kind: Floats | None) -> _BlockPairs:
        size = int(blocks.max()) + 1 if blocks.size else 0
        where, shape = (blocks, exchange.turns["member"].to_numpy()), (size, exchange.n)
        turns = sparse.csr_array((np.ones(blocks.size), where), shape=shape)
        writes = turns if kind is None else sparse.csr_array((kind, where), shape=shape)
        pairs, place = np.unique(blocks[later] * size + blocks[earlier], return_inverse=True)
        a, b = np.divmod(pairs, max(size, 1))
        same = (a == b).astype(float)  # in one block a turn answers one of the other turns
        total = writes.sum(axis=1)[a] * (turns.sum(axis=1)[b] - same)
        scale = np.divide(1.0, total, out=np.zeros_like(total), where=total > 0)
        both = (writes[a] * turns[b]).sum(axis=1) - same * writes.sum(axis=1)[a]
        chance = 1 - both * scale
        return cls(a, b, place.ravel(), writes, turns, scale, np.where(chance > 1e-9, chance, 1.0))
