"""Turns and ties: what counts as one answer, and how sure a tie is."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from analysis.errors import InputError
from analysis.network.ties import exchange, linked_turns, matrix_of, sampled, ties, weights

from .chats import ANA, BEN, CUT, certain, chat


def test_messages_in_a_row_are_one_turn_until_another_writes_or_silence_falls():
    messages = chat((0, ANA, "a"), (1, ANA, "b"), (2, BEN, "c"), (3, ANA, "d"), (20, ANA, "e"), (21, None, "left"))
    turns = exchange(messages, certain()).turns
    assert turns["messages"].tolist() == [2, 1, 1, 1]


def test_a_burst_of_answers_counts_once():
    messages = chat((0, ANA, "?"), (1, BEN, "a"), (1, BEN, "b"), (1, BEN, "c"))
    once = exchange(messages, certain((1, 0, 1.0), (2, 0, 1.0), (3, 0, 1.0)))
    assert weights(once, linked_turns(once.links)).sum() == 1


def test_ties_run_from_who_answers_to_who_is_answered():
    messages = chat((0, ANA, "?"), (1, BEN, "a"))
    both = exchange(messages, certain((1, 0, 0.7)))
    matrix = pd.DataFrame(weights(both, linked_turns(both.links)).toarray(), index=both.members, columns=both.members)
    assert matrix.loc[BEN, ANA] == pytest.approx(0.7)
    assert matrix.loc[ANA, BEN] == 0


def test_expected_ties_are_the_mean_of_sampled_reply_graphs():
    messages = chat((0, ANA, "?"), (1, BEN, "?"), (2, CUT, "a"), (2, CUT, "b"), (3, ANA, "c"))
    turns = exchange(messages, certain((2, 0, 0.5), (2, 1, 0.2), (3, 0, 0.3), (4, 1, 0.6)))
    share = pd.Series({"umkm-2": 0.5, "umkm-3": 1.0, "umkm-4": 0.25})
    expected = weights(turns, linked_turns(turns.links, share)).toarray()
    member, total = turns.turns["member"].to_numpy(), np.zeros_like(expected)
    for later, earlier in sampled(turns, 4000, np.random.default_rng(1), share):
        np.add.at(total, (member[later], member[earlier]), 1)
    assert total / 4000 == pytest.approx(expected, abs=0.03)


def test_a_tie_that_is_certain_has_no_width_and_an_uncertain_one_has():
    messages = chat((0, ANA, "?"), (1, BEN, "a"), (2, CUT, "b"))
    turns = exchange(messages, certain((1, 0, 1.0), (2, 0, 0.5)))
    layer = ties(turns, "reply", rng=np.random.default_rng(1)).set_index("source")
    assert (layer.loc[BEN, "low"], layer.loc[BEN, "high"]) == (1, 1)
    assert (layer.loc[CUT, "low"], layer.loc[CUT, "high"]) == (0, 1)
    assert matrix_of(layer.reset_index(), turns.members).sum() == pytest.approx(1.5)


def test_silent_members_stay_in():
    turns = exchange(chat((0, ANA, "a")), certain(), pd.Index([ANA, BEN]))
    assert turns.n == 2


def test_a_reply_from_an_unknown_message_is_refused():
    with pytest.raises(InputError, match="umkm-9"):
        exchange(chat((0, ANA, "a")), certain((9, 0, 1.0)))
