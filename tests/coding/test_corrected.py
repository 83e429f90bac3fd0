"""Corrected shares cover the truth when the classifier errs, and redrawn labels spread as far as it leaves open."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from analysis import tables
from analysis.coding.corrected import corrected_share, corrected_shares, evidence, label_draws, naive_share, pooled
from analysis.errors import InputError

TRUE = 0.15 * 4 * 0.05 + 0.85 * 0.47 * 0.05  # share of the code in the stream that `talk` draws from


def talk(rng: np.random.Generator, conversations: int = 1000) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Conversation, true code, and what a model says that errs by conversation: in half of them it sees too much."""
    conversation = np.repeat(np.arange(conversations), 1 + rng.geometric(1 / 8, conversations))
    on_topic = rng.random(conversations) < 0.15
    truth = (rng.random(conversation.size) < np.where(on_topic[conversation], 0.2, 0.0235)).astype(int)
    harsh = np.where(rng.random(conversations) < 0.5, 0.5, -0.2)[conversation]
    seen = np.where(truth == 1, rng.normal(0.6, 1.3, truth.size), rng.normal(-2.3, 1.2, truth.size))
    return conversation, truth, 1 / (1 + np.exp(-(seen + harsh)))


def coded_only(truth: np.ndarray, chosen: np.ndarray) -> np.ndarray:
    return np.where(np.isin(np.arange(truth.size), chosen), truth, np.nan)


def sampled(design: str, said: np.ndarray, conversation: np.ndarray, rng: np.random.Generator):
    """Rows of about 1,000 coded messages, and their inclusion probabilities where those differ."""
    if design == "messages":
        return rng.choice(said.size, 1000, replace=False), None
    if design == "conversations":
        order = rng.permutation(conversation.max() + 1)
        enough = np.searchsorted(np.cumsum(np.bincount(conversation)[order]), 1000) + 1
        return np.flatnonzero(np.isin(conversation, order[:enough])), None
    inclusion = np.clip(1000 * (0.2 + said) / (0.2 + said).sum(), 0, 1)
    return np.flatnonzero(rng.random(said.size) < inclusion), inclusion


@pytest.mark.parametrize("design", ["messages", "conversations", "where the model is sure"])
def test_corrected_intervals_cover_the_truth_and_naive_ones_do_not(design):
    rng = np.random.default_rng(7)
    corrected, naive = [], []
    for _ in range(300):
        conversation, truth, said = talk(rng)
        chosen, inclusion = sampled(design, said, conversation, rng)
        labelled = coded_only(truth, chosen)
        share = corrected_share(said, labelled, conversation, inclusion=inclusion)
        counted = naive_share(np.where(np.isnan(labelled), said >= 0.5, labelled), conversation)
        corrected.append(share.low <= TRUE <= share.high)
        naive.append(counted.low <= TRUE <= counted.high)
    assert np.mean(corrected) >= 0.93
    assert np.mean(naive) < 0.2


def test_a_good_model_narrows_the_interval_and_a_useless_one_is_not_used():
    rng = np.random.default_rng(3)
    conversation, truth, said = talk(rng)
    labelled = coded_only(truth, rng.choice(truth.size, 1000, replace=False))
    good = corrected_share(said, labelled, conversation)
    alone = corrected_share(np.zeros(truth.size), labelled, conversation)
    useless = corrected_share(rng.random(truth.size), labelled, conversation)
    assert good.high - good.low < alone.high - alone.low
    assert alone.value == pytest.approx(np.nanmean(labelled))
    assert useless.power < 0.2
    assert (good.coded, good.units) == (1000, truth.size)


def test_a_model_without_error_gives_the_share_itself():
    conversation, truth, _ = talk(np.random.default_rng(4))
    labelled = coded_only(truth, np.arange(0, truth.size, 9))
    share = corrected_share(truth, labelled, conversation)
    assert share.value == pytest.approx(truth.mean())
    assert share.power == 1


def test_a_code_nobody_gave_has_an_interval_from_zero():
    share = corrected_share(np.full(500, 0.01), np.where(np.arange(500) < 200, 0.0, np.nan), np.arange(500) // 5)
    assert share.value == 0
    assert share.low == 0
    assert 0 < share.high < 0.05


def test_coded_units_of_one_conversation_are_refused():
    with pytest.raises(InputError, match="two conversations"):
        corrected_share([0.1, 0.2, 0.3], [1, 0, np.nan], [1, 1, 2])


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"truth": [0.5, 1, np.nan, 0]}, "0, 1 or missing"),
        ({"said": [0.5, np.nan, 0.2, 0]}, "between 0 and 1"),
        ({"inclusion": [0.5, 0, 0.5, 0.5]}, "no inclusion probability"),
        ({"inclusion": [0.5, np.nan, 0.5, 0.5]}, "no inclusion probability"),
    ],
)
def test_what_is_no_probability_is_refused(change, said):
    given = {"said": [0.5, 0.9, 0.2, 0], "truth": [0, 1, np.nan, 0], "clusters": list("abcd")} | change
    with pytest.raises(InputError, match=said):
        corrected_share(**given)


def test_a_unit_that_could_not_be_drawn_and_was_not_needs_no_probability():
    units = {"said": [0.5, 0.9, 0.2, 0], "truth": [0, 1, np.nan, 0], "clusters": list("abcd")}
    assert corrected_share(**units, inclusion=[0.5, 0.5, 0, 0.5]) == corrected_share(**units)


def test_groups_with_too_few_coded_units_have_no_share_of_their_own():
    conversation, truth, said = talk(np.random.default_rng(5))
    labelled = coded_only(truth, np.arange(0, truth.size, 10))
    chat = np.where(np.arange(truth.size) < 100, "small", "large")
    frame = pd.DataFrame({"said": said, "truth": labelled, "conversation": conversation, "chat": chat})
    table = corrected_shares(frame, "chat").set_index("chat")
    assert table.loc["large", "low"] < table.loc["large", "value"] < table.loc["large", "high"]
    assert np.isnan(table.loc["small", "value"])
    assert table.loc["small", "coded"] == 10


def carried(seed: int = 6) -> tuple[pd.DataFrame, pd.DataFrame, np.ndarray]:
    """A table Coded of 1,000 coded and many other messages, what is labelled of the model's error, the true codes."""
    rng = np.random.default_rng(seed)
    conversation, truth, _ = talk(rng)
    said = np.clip(0.05 + 0.4 * truth + rng.normal(0, 0.1, truth.size), 0.01, 0.99)  # timid: never sure
    human = np.isin(np.arange(truth.size), rng.choice(truth.size, 1000, replace=False))
    coded = pd.DataFrame(
        {
            "unit_id": [f"u{i:05d}" for i in range(truth.size)],
            "code": "news",
            "value": np.where(human, truth, said > 0.5),
            "probability": np.where(human, truth, said),
            "origin": np.where(human, "human", "model"),
        }
    )
    labelled = pd.DataFrame(
        {"unit_id": coded["unit_id"], "conversation": conversation, "code": "news", "value": truth, "probability": said}
    )
    return tables.conform(coded, tables.Coded), labelled[human], truth


def test_evidence_takes_the_held_out_word_on_coded_messages_and_the_models_on_others():
    coded, labelled, truth = carried()
    placed = pd.DataFrame({"unit_id": coded["unit_id"], "conversation": "c", "inclusion": np.nan})
    frame = evidence(coded, labelled, placed, "news")
    human = (coded["origin"] == "human").to_numpy()
    assert frame.loc[~human, "said"].tolist() == coded.loc[~human, "probability"].tolist()
    assert frame.loc[human, "said"].tolist() == labelled["probability"].tolist()
    assert frame["truth"].dropna().tolist() == truth[human].tolist()
    assert "inclusion" not in frame


def test_evidence_on_a_code_that_no_model_carries_is_the_coders_sample_alone():
    coded, labelled, truth = carried()
    placed = pd.DataFrame({"unit_id": coded["unit_id"], "conversation": np.arange(len(coded)) // 3, "inclusion": 0.1})
    human = (coded["origin"] == "human").to_numpy()
    frame = evidence(coded[human], labelled.iloc[:0], placed, "news")
    share = corrected_share(frame["said"], frame["truth"], frame["conversation"], inclusion=frame["inclusion"])
    assert (share.coded, share.units) == (1000, len(coded))
    assert share.value == pytest.approx(truth[human].mean())
    assert evidence(coded[human], labelled, placed, "gossip").empty


def ten_members(coded: pd.DataFrame) -> pd.DataFrame:
    """Groups of all messages: ten members in turn."""
    return pd.DataFrame({"member": np.arange(len(coded)) % 10}, index=coded["unit_id"])


def test_redrawn_labels_keep_the_coders_word_and_the_true_total():
    coded, labelled, truth = carried()
    drawn = list(label_draws(coded, labelled, ten_members(coded), draws=40, seed=1))
    human = coded["origin"] == "human"
    assert all(table.loc[human].equals(coded.loc[human]) for table in drawn)
    assert all(list(table.columns) == list(coded.columns) for table in drawn)
    shares = [table["value"].mean() for table in drawn]
    assert coded["value"].mean() < 0.75 * truth.mean()  # the model's own labels miss many
    assert np.mean(shares) == pytest.approx(truth.mean(), rel=0.15)
    assert np.std(shares) > 0


def test_equal_seeds_redraw_equal_labels():
    coded, labelled, _ = carried()
    groups = ten_members(coded)
    first, again = (next(label_draws(coded, labelled, groups, draws=1, seed=9)) for _ in range(2))
    assert first.equals(again)


def gini(counts: np.ndarray) -> float:
    x = np.sort(counts)
    return float((2 * np.arange(1, x.size + 1) - x.size - 1) @ x / (x.size * x.sum()))


def members_world(rng: np.random.Generator) -> tuple[pd.DataFrame, pd.DataFrame, np.ndarray, np.ndarray]:
    """A table Coded of 40 members who differ in how often they give news; what is labelled; members; true codes."""
    member = rng.choice(40, 6000, p=rng.dirichlet(np.ones(40)))
    truth = (rng.random(6000) < 1 / (1 + np.exp(2.2 - rng.normal(0, 1.2, 40)[member]))).astype(int)
    said = 1 / (1 + np.exp(-np.where(truth == 1, rng.normal(0.3, 1.2, 6000), rng.normal(-2.6, 1.2, 6000))))
    human = np.isin(np.arange(6000), rng.choice(6000, 1000, replace=False))
    coded = pd.DataFrame(
        {
            "unit_id": [f"u{i:05d}" for i in range(6000)],
            "code": "news",
            "value": np.where(human, truth, said > 0.4).astype("int64"),
            "probability": np.where(human, truth, said),
            "origin": np.where(human, "human", "model"),
        }
    )
    labelled = pd.DataFrame(
        {
            "unit_id": coded["unit_id"],
            "conversation": np.arange(6000) // 3,
            "code": "news",
            "value": truth,
            "probability": said,
        }
    )
    return coded, labelled[human], member, truth


def test_draws_that_know_the_groups_keep_their_inequality_and_others_flatten_it():
    rng = np.random.default_rng(5)
    covered = {"member": 0, "nothing": 0}
    off = {"member": 0.0, "nothing": 0.0}
    for _ in range(20):
        coded, labelled, member, truth = members_world(rng)
        groups = pd.DataFrame({"member": member}, index=coded["unit_id"])
        true = gini(np.bincount(member, truth, 40))
        for name, given in (("member", groups), ("nothing", groups[[]])):
            drawn = [
                gini(np.bincount(member, table["value"], 40))
                for table in label_draws(coded, labelled, given, draws=40, seed=1)
            ]
            low, high = np.quantile(drawn, [0.025, 0.975])
            covered[name] += low <= true <= high
            off[name] += abs(np.mean(drawn) - true)
    assert covered["member"] >= 12
    assert covered["nothing"] == 0
    assert off["member"] < 0.5 * off["nothing"]


def test_pooling_adds_the_spread_between_draws_to_that_within():
    value, low, high = pooled([0.4, 0.5, 0.6], [0.1, 0.1, 0.1])
    total = np.sqrt(0.01 + 0.01 * 4 / 3)
    assert value == pytest.approx(0.5)
    assert high - low > 2 * 1.96 * total
    assert low < 0.4 < 0.6 < high
    with pytest.raises(InputError, match="two draws"):
        pooled([0.4], [0.1])


def test_pooling_draws_that_agree_leaves_the_error_within():
    _, low, high = pooled([0.5, 0.5], [0.1, 0.1])
    assert (low, high) == (pytest.approx(0.5 - 1.96 * 0.1, abs=1e-3), pytest.approx(0.5 + 1.96 * 0.1, abs=1e-3))


def test_leaving_a_code_out_moves_the_labels_of_no_other():
    coded, labelled, _ = carried()
    both = [pd.concat([frame, frame.assign(code="care")], ignore_index=True) for frame in (coded, labelled)]
    alone = next(label_draws(coded, labelled, ten_members(coded), draws=1, seed=9))
    together = next(label_draws(*both, ten_members(coded), draws=1, seed=9))
    news = together[together["code"] == "news"]
    assert news["value"].tolist() == alone["value"].tolist()
    assert together.loc[together["code"] == "care", "value"].tolist() != news["value"].tolist()
