"""Null models: what each keeps, and what is expected under the sender shuffle."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from analysis.network import nulls
from analysis.network.ties import linked_turns, sampled, weights


def test_the_sender_shuffle_keeps_each_members_turns_in_each_block(busy):
    blocks = nulls.hour_blocks(busy, 3)
    member = busy.turns["member"].to_numpy()
    place = next(nulls.keeping_who_writes_when(blocks, 1, np.random.default_rng(1)))
    before = pd.crosstab(blocks, member)
    pd.testing.assert_frame_equal(before, pd.crosstab(blocks, member[place]))
    assert (member != member[place]).any()


def test_swaps_leave_hardly_a_self_link_and_keep_each_members_turns(busy):
    member, blocks, rng = busy.turns["member"].to_numpy(), nulls.chat_blocks(busy), np.random.default_rng(1)
    later, earlier = next(iter(sampled(busy, 1, rng)))
    between = member[later] != member[earlier]
    later, earlier = later[between], earlier[between]
    shuffled = member[next(nulls.keeping_who_writes_when(blocks, 1, rng))]
    moved = nulls.without_self_links(shuffled, later, earlier, blocks, rng)
    assert np.mean(moved[later] == moved[earlier]) < 0.1 < np.mean(shuffled[later] == shuffled[earlier])
    pd.testing.assert_frame_equal(pd.crosstab(blocks, member), pd.crosstab(blocks, moved))


@pytest.mark.parametrize("blocks_of", [nulls.chat_blocks, lambda turns: nulls.hour_blocks(turns, 3)])
def test_expected_ties_are_the_mean_of_weighted_shuffles(busy, blocks_of):
    blocks, linked = blocks_of(busy), linked_turns(busy.links)
    member = busy.turns["member"].to_numpy()
    later, earlier, p = (linked[column].to_numpy() for column in ("later", "earlier", "probability"))
    p = np.where(member[later] == member[earlier], 0, p) / nulls.chance_of_tie(busy, later, earlier, blocks)
    total = np.zeros((busy.n, busy.n))
    for place in nulls.keeping_who_writes_when(blocks, 2000, np.random.default_rng(2)):
        moved = member[place]
        np.add.at(total, (moved[later], moved[earlier]), p)
    np.fill_diagonal(total, 0)
    expected = nulls.expected_stages(busy, linked, blocks, np.zeros(len(linked), dtype=np.intp), 1)[0].toarray()
    assert total / 2000 == pytest.approx(expected, rel=0.05, abs=0.2)
    assert expected.sum() == pytest.approx(weights(busy, linked).sum())


def test_rewiring_keeps_how_often_each_answers_and_is_answered():
    rng = np.random.default_rng(0)
    source, target = rng.integers(0, 8, size=(2, 300))
    keep = source != target
    source, target = source[keep], target[keep]
    rewired = next(nulls.keeping_strength(source, target, 1, rng))
    assert np.bincount(rewired).tolist() == np.bincount(target).tolist()
    assert (source != rewired).all()
