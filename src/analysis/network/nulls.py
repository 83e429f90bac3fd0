"""Null models of the reply network, each named after what it keeps (Gauvin et al. 2022).

Sender shuffles keep which turn answers which (the links) and permute the turns' members; rewiring keeps the members and
permutes the links. A link between two turns of one member is a continuation, not an answer, so a null model either
removes the self-links that it makes (without_self_links) or gives the other links more weight (chance_of_tie).
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import pandas as pd
from scipy import sparse

from analysis.arrays import Floats, Ints
from analysis.network.measures import weighted
from analysis.network.ties import Exchange


def chat_blocks(exchange: Exchange) -> Ints:
    """Block of each turn for a shuffle within channels: shape (turns,)."""
    return exchange.channels[0]


def hour_blocks(exchange: Exchange, hours: float) -> Ints:
    """Block of each turn for a shuffle within channels and stretches of this many hours: shape (turns,)."""
    stretch, (channel, _) = exchange.seconds // int(hours * 3600), exchange.channels
    first, last = (stretch.min(), stretch.max()) if stretch.size else (0, 0)
    places = channel * (last - first + 1) + stretch - first
    return np.unique(places, return_inverse=True)[1].astype(np.intp)


def keeping_who_writes_when(blocks: Ints, draws: int, rng: np.random.Generator) -> Iterator[Ints]:
    """Sender shuffle within blocks: the turn that each turn takes its member from, shape (turns,) per draw.

    Use as `member[place]`. Keeps the number of turns of each member in each block, and which turn answers which.
    """
    order = np.argsort(blocks, kind="stable")
    sorted_blocks = blocks[order].astype(float)
    for _ in range(draws):
        place = np.empty_like(order)
        place[order] = order[np.argsort(sorted_blocks + rng.random(order.size))]
        yield place


def without_self_links(
    member: Ints, later: Ints, earlier: Ints, blocks: Ints, rng: np.random.Generator, rounds: int = 12
) -> Ints:
    """Members of turns after a shuffle, swapped within blocks until links join different members: shape (turns,).

    Nobody answers themselves, so self-links would leave the null with fewer ties than the data. Where a block allows no
    swap (two turns of one member), a self-link remains after the rounds.
    """
    member, order, size = member.copy(), np.argsort(blocks, kind="stable"), np.bincount(blocks)
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


def keeping_strength(source: Ints, target: Ints, draws: int, rng: np.random.Generator) -> Iterator[Ints]:
    """Rewiring (configuration model): targets permuted over the links, shape (links,) per draw.

    Keeps how often each member answers and is answered. Self-links are removed by swaps with other links where one is
    possible, so that strengths without self-links are kept too.
    """
    for _ in range(draws):
        rewired = target[rng.permutation(target.size)]
        for _ in range(50):
            own = np.flatnonzero(source == rewired)
            if own.size == 0:
                break
            other, first = np.unique(rng.integers(target.size, size=own.size), return_index=True)
            own, new_target = own[first], rewired[other]
            free = (source[other] != new_target) & (source[other] != rewired[own]) & (source[own] != new_target)
            rewired[other[free]], rewired[own[free]] = rewired[own[free]], new_target[free]
        yield rewired


def expected_stages(
    exchange: Exchange, linked: pd.DataFrame, blocks: Ints, stage: Ints, stages: int, kind: Floats | None = None
) -> list[sparse.csr_array]:
    """Ties expected under the sender shuffle, given that nobody answers themselves: for each stage, shape (n, n).

    linked: later, earlier, probability; links between turns of one member are left out. stage: the stage of each link
    from 0, shape (links,); each stage sums to its observed total. kind: how much each turn belongs to the layer, shape
    (turns,), 1 by default; answers then come from members in proportion to how much they write of that kind in the
    block. With chat_blocks this is the message-count null: answers fall on members in proportion to how much they
    write.
    """
    later, earlier = linked["later"].to_numpy(), linked["earlier"].to_numpy()
    pairs = _BlockPairs.of(exchange, later, earlier, blocks, kind)
    member = exchange.turns["member"].to_numpy()
    weight = np.where(member[later] == member[earlier], 0, linked["probability"].to_numpy() / pairs.chance[pairs.place])
    expected = []
    for number in range(stages):
        rows = stage == number
        total = np.bincount(pairs.place[rows], weights=weight[rows], minlength=len(pairs.later))
        held = np.flatnonzero(total)
        scaled = sparse.diags_array(total[held] * pairs.scale[held])
        expected.append(weighted(pairs.writes[pairs.later[held]].T @ scaled @ pairs.turns[pairs.earlier[held]]))
    return expected


def chance_of_tie(exchange: Exchange, later: Ints, earlier: Ints, blocks: Ints, kind: Floats | None = None) -> Floats:
    """Chance that each link joins two different members after a sender shuffle, shape (links,).

    Dividing a link's weight by it keeps the null's total equal to the data's, although some links become self-links.
    """
    pairs = _BlockPairs.of(exchange, later, earlier, blocks, kind)
    return pairs.chance[pairs.place]


@dataclass(frozen=True)
class _BlockPairs:
    """The pairs of blocks that links join: one entry per pair (later, earlier); place: the pair of each link.

    writes, turns: shape (blocks, n), turns of the layer and all turns of each member. scale: the factor that makes a
    product of the two a probability. chance: that two different members are joined.
    """

    later: Ints
    earlier: Ints
    place: Ints
    writes: sparse.csr_array
    turns: sparse.csr_array
    scale: Floats
    chance: Floats

    @classmethod
    def of(cls, exchange: Exchange, later: Ints, earlier: Ints, blocks: Ints, kind: Floats | None) -> _BlockPairs:
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
