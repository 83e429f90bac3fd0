"""The share of messages that answer another member: a worked example, annotators who err, and a model that is wrong."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from scipy import stats

from analysis.errors import InputError
from analysis.network.replies import adapt, infer_replies
from analysis.network.replies.adapt import FINER, Labels
from analysis.network.replies.labels import read_labels
from analysis.network.replies.share import difference, freed, marked_others, others, share_of_answers

from .chats import annotations, lively


def test_the_correction_is_the_mean_difference_and_its_error_shrinks_with_the_part_that_was_read():
    """By hand: differences 1, 0, 0, 1 have mean 1/2 and variance 1/3; of 16 messages a quarter was read."""
    shift, error = difference(np.array([1.0, 0.0, 0.0, 1.0]), 16)
    assert shift == 0.5
    assert error == pytest.approx(np.sqrt(1 / 3 / 4 * 0.75))
    assert difference(np.array([1.0, 0.0, 0.0, 1.0]), 4)[1] == 0
    for few, messages in (([1.0], 9), ([1.0, 0.0, 1.0], 2)):
        with pytest.raises(InputError, match="cannot be corrected"):
            difference(np.array(few), messages)


def labels_of(p, marked):
    """Labels of two candidates, the second one's own: p (n, 3), marked (n, annotators, 4)."""
    kinds = np.zeros((len(p), 3, len(FINER)))
    kinds[:, 1, FINER.index("own")] = 1
    return Labels(np.arange(len(p)).astype(object), p, kinds, marked)


def test_messages_of_ones_own_and_starts_do_not_answer_another_member():
    labels = labels_of(np.array([[0.5, 0.2, 0.3], [0.0, 0.6, 0.4]]), np.zeros((2, 1, 4), dtype=bool))
    assert others(labels).tolist() == [[True, False, False, True], [False, False, False, True]]


def test_an_answer_to_another_member_counts_whatever_the_candidates_are():
    """Sari wrote a and d, Budi b and c; the second annotator takes d to answer Budi's b and her own a."""
    member = pd.Series({"a": "Sari", "b": "Budi", "c": "Budi", "d": "Sari"})
    rows = [("one", "d", "b"), ("two", "d", "b"), ("two", "d", "a"), ("one", "c", "b"), ("one", "b", None)]
    annotations = pd.DataFrame(rows, columns=["annotator", "message_id", "reply_to"])
    assert marked_others(annotations, member).to_dict() == {"b": 0.0, "c": 0.0, "d": 0.75}


@pytest.mark.parametrize("error", [0.0, 0.1, 0.3])
def test_marks_are_freed_of_the_annotators_errors(error):
    """Annotators err as the adaptation takes them to; on average what is freed is the truth."""
    rng, n = np.random.default_rng(3), 40_000
    p = rng.dirichlet([2, 1, 1], size=n)
    marked = np.zeros((n, 2, 4), dtype=bool)
    labels = labels_of(p, marked)
    truth = (rng.random((n, 1)) > p.cumsum(axis=1)).sum(axis=1)
    for annotator in range(2):
        guess = labels.guess.copy()
        guess[np.arange(n), truth] = 0
        guessed = (rng.random((n, 1)) * guess.sum(axis=1, keepdims=True) > guess.cumsum(axis=1)).sum(axis=1)
        answer = np.where(rng.random(n) < error, guessed, truth)
        marked[np.arange(n), annotator, answer] = True
    wanted = others(labels)
    y = freed(
        labels, marked[:, :, wanted[0]].sum(axis=2).mean(axis=1), wanted, np.column_stack([p, np.zeros(n)]), error
    )
    assert y.mean() == pytest.approx((truth == 0).mean(), abs=0.008)


def test_the_interval_holds_the_true_share_where_the_model_is_wrong():
    """Truth is drawn from a model that starts threads half as often; annotators mark 160 of some 700 messages."""
    messages = lively(days=12)
    replies = infer_replies(messages)
    shifted = replies.assign(
        probability=replies["probability"].where(replies["reply_to"].notna(), replies["probability"] / 6)
    )
    total = shifted.groupby("message_id")["probability"].transform("sum")
    shifted["probability"] /= total
    member = messages.set_index("message_id")["member"]
    held, near = [], []
    for seed in range(10):
        truth = truth_by(shifted, messages, seed)
        answered = truth.map(member)
        true = (answered.notna() & (answered != member.reindex(truth.index))).mean()
        marked = annotations(truth, size=160, error=0.08, seed=seed)
        labels = read_labels(messages, marked)
        adaptation = adapt.fit(labels, seed=1)
        adapted = infer_replies(messages, adaptation=adaptation)
        share = share_of_answers(messages, adapted, marked, labels, adaptation, confidence=0.95, seed=1)
        held.append(share.low <= true <= share.high)
        near.append(abs(share.value - true))
        assert share.annotated + share.explicit <= share.messages == len(messages)
    assert sum(held) >= stats.binom.ppf(0.01, 10, 0.95)
    assert np.mean(near) < 0.03


def truth_by(replies, messages, seed):
    """A true answer of each message, drawn from these probabilities."""
    upto = replies.groupby("message_id", sort=False)["probability"].cumsum()
    codes = replies.groupby("message_id", sort=False).ngroup()
    u = np.random.default_rng(seed).random(codes.max() + 1)[codes]
    chosen = replies[(upto - replies["probability"] <= u) & (u < upto)].drop_duplicates("message_id")
    return chosen.set_index("message_id")["reply_to"].reindex(messages["message_id"])
