"""Adaptation of the reply model to annotations: what it learns, and what it refuses to learn from."""

from __future__ import annotations

import dataclasses
import json

import numpy as np
import pandas as pd
import pytest
from scipy.special import logit

from analysis import tables
from analysis.errors import InputError, Missing
from analysis.network.replies import adapt, infer_replies
from analysis.network.replies.hidden import hidden_replies
from analysis.network.replies.infer import LEAST
from analysis.network.replies.labels import read_labels
from analysis.network.replies.reweighted import reweighted
from analysis.network.replies.scores import calibration_error, calibration_floor, overconfidence, score

from .chats import ANA, BEN, CUT, annotations, chat, drawn_truth, lively


@pytest.fixture(scope="module")
def messages():
    """Two chats of four members without a reply that the app marks."""
    return lively(days=12, seed=5).assign(reply_to=None).astype({"reply_to": "str"})


OTHER_WAY = adapt.Adaptation(
    scale=0.6, offsets={"start": -0.4, "own": -0.9, "next": -0.6}, unlisted=0.02, covariance=(), messages=0,
    annotators=0, double=0, same=np.nan, error=0.12,
)  # fmt: skip


def fitted(messages, marked):
    return adapt.fit(read_labels(messages, marked), seed=1)


# What it learns


@pytest.mark.parametrize("error", [0.0, 0.15])
def test_a_community_with_a_way_of_its_own_is_learnt_and_stated_shares_come_true_on_the_other_messages(messages, error):
    truth = drawn_truth(messages, OTHER_WAY)
    marked = annotations(truth, size=300, error=error)
    adaptation = fitted(messages, marked)
    judged = truth[~truth.index.isin(marked["message_id"])].reset_index()
    speaker = messages.set_index("message_id")["member"]
    before, after = (score(infer_replies(messages, adaptation=each), judged, speaker) for each in (None, adaptation))
    assert before["overconfidence"] > 0.06
    assert abs(after["overconfidence"]) < 0.045
    assert after["right"] > before["right"] - 0.02
    assert adaptation.scale < 0.85
    assert adaptation.error == pytest.approx(error * 0.8, abs=0.05)


def test_a_model_that_is_right_as_it_came_is_hardly_changed(messages):
    adaptation = fitted(messages, annotations(drawn_truth(messages), size=300))
    assert adaptation.scale == pytest.approx(1, abs=0.2)
    assert max(map(abs, adaptation.offsets.values())) < 0.6


def test_ignoring_that_annotators_err_would_leave_the_model_too_unsure(messages, monkeypatch):
    marked = annotations(drawn_truth(messages), size=600, error=0.25)
    allowed = fitted(messages, marked)
    monkeypatch.setattr(adapt, "annotators_error", lambda labels: 1e-3)
    assert fitted(messages, marked).scale < allowed.scale - 0.03


def test_adapted_replies_sum_to_one_for_each_message_and_stay_in_order(messages):
    replies = infer_replies(messages, adaptation=OTHER_WAY)
    assert replies.groupby("message_id")["probability"].sum().to_numpy() == pytest.approx(1)
    assert replies["message_id"].drop_duplicates().tolist() == messages["message_id"].tolist()
    assert infer_replies(messages, adaptation=Missing("nobody annotated")).equals(infer_replies(messages))


def test_an_adaptation_of_no_change_changes_nothing(messages):
    same = dataclasses.replace(OTHER_WAY, scale=1.0, offsets=dict.fromkeys(adapt.FINER, 0.0), unlisted=0.0)
    ours, theirs = infer_replies(messages, adaptation=same), infer_replies(messages)
    assert ours["probability"].to_numpy() == pytest.approx(theirs["probability"].to_numpy(), abs=2e-6)


def test_the_replies_are_as_sure_as_the_adaptation_that_was_fitted(messages):
    """Nothing is dropped after it: the likeliest answers have the probabilities that it gives to the labels."""
    labels = read_labels(messages, annotations(drawn_truth(messages), size=200))
    stated = infer_replies(messages, adaptation=OTHER_WAY).groupby("message_id")["probability"].max()
    p = OTHER_WAY.adapted(labels.p, labels.kinds_named(OTHER_WAY.offsets))
    assert stated[labels.message_id].to_numpy() == pytest.approx(p.max(axis=1), abs=1e-5)


def test_an_answer_that_is_too_improbable_to_be_listed_is_no_candidate(messages):
    labels = read_labels(messages, annotations(drawn_truth(messages), size=200))
    assert (labels.p[:, :-1][labels.p[:, :-1] > 0] >= LEAST).all()
    assert not (labels.marked[:, :, :-2] & (labels.p[:, None, :-1] == 0)).any()


def test_blocks_of_messages_are_adapted_like_all_at_once(messages, monkeypatch):
    whole = infer_replies(messages, adaptation=OTHER_WAY)
    monkeypatch.setattr(adapt, "ROWS", 7)
    pd.testing.assert_frame_equal(infer_replies(messages, adaptation=OTHER_WAY), whole)


def test_messages_that_answer_no_candidate_go_to_starts_a_thread(messages):
    unlisted = dataclasses.replace(OTHER_WAY, unlisted=0.3)
    starts = [
        replies.loc[replies["reply_to"].isna(), "probability"].sum()
        for replies in (infer_replies(messages, adaptation=each) for each in (OTHER_WAY, unlisted))
    ]
    moved = 0.28 / 0.98 * (len(messages) - starts[0])
    assert starts[1] - starts[0] == pytest.approx(moved, rel=0.15)  # answers less probable than LEAST are dropped


def test_the_share_that_answers_no_candidate_lies_between_what_is_marked_and_what_is_usual_elsewhere(messages):
    truth = drawn_truth(messages)
    truth.iloc[100:180] = messages.loc[messages["channel"] == "umkm", "message_id"].iloc[:1].item()
    labels = read_labels(messages, annotations(truth, size=len(truth) - 6, annotators=1))
    share = labels.marked[:, :, -1].sum() / len(labels)
    assert share > 1.3 * adapt.elsewhere().unlisted
    assert adapt.elsewhere().unlisted < adapt.fit(labels, seed=1).unlisted < 1.1 * share


def test_ten_offsets_are_fitted_unless_cross_validation_says_that_three_do_better(messages):
    usual = dict(zip(adapt.FINER, adapt.elsewhere(adapt.FINER).mean[1:-1].tolist(), strict=True))
    like_others = dataclasses.replace(OTHER_WAY, scale=0.8, offsets=usual)
    for way, size, kinds in (
        (like_others, 400, adapt.FINER),
        (like_others, 100, adapt.FINER),
        (None, 100, adapt.KINDS),
    ):
        labels = read_labels(messages, annotations(drawn_truth(messages, way), size=size))
        assert adapt.chosen_kinds(labels, seed=1) == kinds


# What it is shrunk to


@pytest.mark.parametrize("kinds", [adapt.KINDS, adapt.FINER])
def test_what_the_numbers_are_elsewhere_is_a_normal_distribution_over_communities(kinds):
    ridge = adapt.elsewhere(kinds)
    assert ridge.mean.shape == (len(kinds) + 2,)
    assert ridge.covariance == pytest.approx(ridge.covariance.T)
    assert np.linalg.eigvalsh(ridge.covariance).min() > 0
    assert ridge.precision @ ridge.covariance == pytest.approx(np.eye(len(ridge.mean)), abs=1e-6)
    assert ridge.spread**2 == pytest.approx(np.diag(ridge.covariance))


def test_the_channel_of_the_models_own_lessons_has_a_tenth_of_the_weight_and_no_seed_serves_twice():
    provenance = json.loads(adapt.ELSEWHERE.read_text(encoding="utf-8"))["provenance"]
    halves = {"logs": 0.0, "simulated": 0.0}
    for name, weight in provenance["weights"].items():
        halves[name.partition(": ")[0]] += weight
    assert halves == pytest.approx({"logs": 0.1, "simulated": 0.9}, abs=0.005)
    first, last = provenance["seeds"]
    assert not set(range(first, last + 1)) & {20240724, *range(20263100, 20263106), 20263900, 20263901}


@pytest.mark.parametrize("kinds", [adapt.KINDS, adapt.FINER])
def test_annotators_whose_marks_say_nothing_leave_what_is_usual_elsewhere(messages, kinds):
    labels = read_labels(messages, annotations(drawn_truth(messages), size=40))
    everything = dataclasses.replace(labels, marked=np.ones_like(labels.marked))
    ridge = adapt.elsewhere(kinds)
    adaptation = adapt.fitted(everything, ridge, error=0.1)
    numbers = [np.log(adaptation.scale), *adaptation.offsets.values(), logit(adaptation.unlisted)]
    assert numbers == pytest.approx(ridge.mean, abs=0.02)
    assert adaptation.errors == pytest.approx(ridge.spread, rel=0.1)


def test_the_less_a_number_varies_elsewhere_the_less_it_moves(messages):
    labels = read_labels(messages, annotations(drawn_truth(messages, OTHER_WAY), size=100))
    ridge = adapt.elsewhere()
    moved = [
        np.abs(np.log(adapt.fitted(labels, dataclasses.replace(ridge, covariance=share * ridge.covariance)).scale)
        - ridge.mean[0]) for share in (1e-4, 1e-2, 1)
    ]  # fmt: skip
    assert moved == sorted(moved)
    assert moved[0] < 0.01


def test_the_gradient_of_the_fit_is_that_of_its_loss(messages):
    labels = read_labels(messages, annotations(drawn_truth(messages), size=60, error=0.2))
    marks = adapt._likelihood_of_marks(labels, 0.2)
    ridge, at = adapt.elsewhere(adapt.FINER), np.linspace(-0.3, 0.4, 2 + len(adapt.FINER))

    def loss(x):
        return adapt._loss(x, labels.p, labels.kinds, marks, ridge)

    numeric = [(loss(at + h)[0] - loss(at - h)[0]) / 2e-6 for h in 1e-6 * np.eye(len(at))]
    assert loss(at)[1] == pytest.approx(numeric, rel=1e-4, abs=1e-4)


def test_the_effect_is_measured_on_messages_that_the_fit_has_not_seen(messages):
    """Stated minus right of the model as it came is found within its interval, from annotators who err."""
    truth = drawn_truth(messages, OTHER_WAY)
    labels = read_labels(messages, annotations(truth, size=500, error=0.2))
    effect = adapt.cross_fitted(labels, adapt.fit(labels, seed=1), seed=1)
    assert sorted(effect["message_id"]) == sorted(labels.message_id)
    true = score(infer_replies(messages), truth.reset_index(), messages.set_index("message_id")["member"])
    excess, low, high = overconfidence(effect["stated_before"], effect["right_before"], seed=1)
    assert low < true["overconfidence"] < high
    assert excess > abs((effect["stated_after"] - effect["right_after"]).mean()) + 0.03


# What the labels are


def test_several_answers_of_a_message_are_all_marked_and_each_may_be_the_true_one(messages):
    ids = messages["message_id"]
    rows = [("a", ids[9], ids[8]), ("a", ids[9], ids[7]), ("b", ids[9], None)]
    labels = read_labels(messages, pd.DataFrame(rows, columns=list(tables.Annotations.columns)).astype("str"))
    assert labels.marked.sum(axis=2).tolist() == [[2, 1]]
    likelihood = adapt._likelihood_of_marks(labels, 0.1)[0]
    two = np.flatnonzero(labels.marked[0, 0])
    assert likelihood[two] == pytest.approx(likelihood[two][0], rel=0.6)
    assert likelihood[two].min() > 5 * np.delete(likelihood, [*two, len(likelihood) - 2]).max()


def test_replies_that_the_app_marks_are_known_links_and_never_labels(messages):
    ids = messages["message_id"]
    marked = messages["reply_to"].where(ids != ids[20], ids[3])
    explicit = messages.assign(reply_to=marked)
    rows = annotations(drawn_truth(messages), size=80)
    rows = pd.concat([rows, pd.DataFrame([("annotator-0", ids[20], ids[19])], columns=rows.columns)])
    labels = read_labels(explicit, rows.drop_duplicates())
    assert (labels.explicit, ids[20] in labels.message_id) == (1, False)
    replies = infer_replies(explicit, adaptation=adapt.fit(labels, seed=1))
    assert replies[replies["message_id"] == ids[20]][["reply_to", "probability"]].to_numpy().tolist() == [[ids[3], 1.0]]


def test_annotations_of_another_export_are_counted_and_left_out(messages):
    rows = annotations(drawn_truth(messages), size=50)
    strangers = rows.head(10).assign(message_id=[f"elsewhere-{n}" for n in range(10)])
    labels = read_labels(messages, pd.concat([rows, strangers]))
    assert (len(labels), labels.unknown) == (50, 10)
    with pytest.raises(InputError, match="none of this study"):
        read_labels(messages, strangers)


def test_an_answer_to_a_system_line_or_a_later_message_is_an_answer_to_no_candidate():
    messages = chat((0, ANA, "halo"), (1, None, "group made"), (2, BEN, "halo"), (3, CUT, "apa kabar"))
    rows = [("a", "umkm-0", "umkm-3"), ("a", "umkm-2", "umkm-1"), ("a", "umkm-3", "umkm-2"), ("a", "umkm-1", "umkm-0")]
    labels = read_labels(messages, pd.DataFrame(rows, columns=list(tables.Annotations.columns)))
    assert labels.message_id.tolist() == ["umkm-0", "umkm-2", "umkm-3"]
    assert labels.marked[:, 0, -1].tolist() == [True, True, False]
    assert labels.unknown == 1


def test_kinds_say_what_they_are_called():
    messages = chat((0, ANA, "halo"), (9, BEN, "pagi"), (10, BEN, "ada stok?"), (30, ANA, f"{BEN}, ada"))
    labels = read_labels(messages, pd.DataFrame([("a", "umkm-3", "umkm-2")], columns=list(tables.Annotations.columns)))
    kinds = dict(zip(adapt.FINER, labels.kinds[0].T, strict=True))
    answered = np.flatnonzero(labels.marked[0, 0])[0]
    own = [slot for slot in range(labels.p.shape[1] - 1) if kinds["own"][slot]]
    assert [kinds["next"][answered], kinds["named"][answered], kinds["own"][answered]] == [1, 1, 0]
    assert kinds["minutes"][answered] == pytest.approx(np.log1p(20) - 2)
    assert kinds["near"][own].tolist() == [1]
    assert [kinds[name][-1] for name in ("start", "own", "start named")] == [1, 0, 1]


# What it refuses


def test_fewer_than_thirty_annotated_messages_adapt_nothing(messages):
    truth = drawn_truth(messages)
    with pytest.raises(InputError, match=r"29 messages .* 30 are the fewest"):
        fitted(messages, annotations(truth, size=29))
    assert fitted(messages, annotations(truth, size=30)).messages == 30


@pytest.mark.parametrize(("answer", "words"), [("start", "starts a thread"), ("next", "the message just before")])
def test_annotators_who_give_every_message_the_same_answer_teach_nothing(messages, answer, words):
    ids = messages.loc[messages["channel"] == "umkm", "message_id"].to_numpy()
    truth = pd.Series([None, *ids[:-1]] if answer == "next" else None, index=ids, dtype=object)
    with pytest.raises(InputError, match=words):
        fitted(messages, annotations(truth, size=60))


def test_annotators_who_agree_on_nothing_teach_nothing(messages):
    with pytest.raises(InputError, match="the annotators gave the same answer to"):
        fitted(messages, annotations(drawn_truth(messages), size=100, error=1.0))


def test_one_annotator_is_taken_to_err_as_published_pairs_do(messages):
    adaptation = fitted(messages, annotations(drawn_truth(messages), size=100, annotators=1))
    assert (adaptation.annotators, adaptation.double) == (1, 0)
    assert np.isnan(adaptation.same)
    assert 0.1 < adaptation.error < 0.15


def test_agreement_on_few_messages_counts_for_little(messages):
    truth = drawn_truth(messages)
    both, one = annotations(truth, size=5, error=1.0, seed=2), annotations(truth, size=90, annotators=1)
    rows = pd.concat([one[~one["message_id"].isin(both["message_id"])], both])
    assert 0.1 < fitted(messages, rows).error < 0.3


def test_nobody_having_annotated_is_said(messages):
    with pytest.raises(InputError, match="nobody has annotated"):
        read_labels(messages, tables.empty(tables.Annotations))


# Explicit replies, hidden


def test_hidden_replies_to_other_members_are_judged_given_that_another_member_is_answered():
    messages = chat(
        (0, ANA, "halo"), (1, BEN, "pagi"), (2, ANA, "ada cabai?"), (3, CUT, "ada", 2), (4, ANA, "berapa", 2),
        (5, BEN, "murah", 0),
    )  # fmt: skip
    hidden = hidden_replies(messages)
    assert hidden["message_id"].tolist() == ["umkm-3", "umkm-5"]  # not the reply to one's own
    assert hidden["last"].tolist() == [True, False]
    assert hidden["last_member"].tolist() == [True, True]
    assert (hidden["stated_member"] >= hidden["stated"] - 1e-9).all()
    assert hidden["stated"].between(0, 1 + 1e-9).all()


def test_chats_without_a_reply_to_another_member_have_nothing_hidden():
    with pytest.raises(InputError, match="marks no reply"):
        hidden_replies(chat((0, ANA, "halo"), (1, ANA, "lagi", 0)))


# Scores


def test_the_floor_is_the_error_of_a_model_that_is_right_about_itself():
    rng = np.random.default_rng(1)
    p = rng.uniform(0.3, 1, 1000)
    errors = [calibration_error(p, rng.random(1000) < p) for _ in range(200)]
    assert calibration_floor(p, seed=2) == pytest.approx(np.mean(errors), abs=0.002)
    assert calibration_floor(p[:100], seed=2) > 2 * calibration_floor(p, seed=2)


def test_stated_minus_right_has_an_interval_that_covers():
    rng = np.random.default_rng(3)
    covered = []
    for seed in range(200):
        p = rng.uniform(0.5, 1, 150)
        _, low, high = overconfidence(p, rng.random(150) < p - 0.1, seed=seed)
        covered.append(low <= 0.1 <= high)
    assert 0.9 < np.mean(covered) < 0.99
    assert np.isnan(overconfidence(np.array([]), np.array([]), seed=1)).all()


# How sure it is


def test_drawn_parameters_vary_about_the_mode_as_the_covariance_says(messages):
    adaptation = fitted(messages, annotations(drawn_truth(messages, OTHER_WAY), size=120))
    rng = np.random.default_rng(1)
    drawn = [adaptation.drawn(rng) for _ in range(600)]
    values = np.array([[np.log(each.scale), *each.offsets.values()] for each in drawn])
    mode = [np.log(adaptation.scale), *adaptation.offsets.values()]
    assert values.mean(axis=0) == pytest.approx(mode, abs=0.06)
    assert values.std(axis=0) == pytest.approx(adaptation.errors[:-1], rel=0.12)
    assert np.cov(values.T) == pytest.approx(np.array(adaptation.covariance)[:-1, :-1], abs=0.03)
    assert all(0 < each.unlisted < 1 for each in drawn)


def test_replies_weighed_anew_by_the_same_adaptation_are_the_same_and_by_another_are_those_of_the_other(messages):
    ours = dataclasses.replace(OTHER_WAY, covariance=tuple(map(tuple, (0.004 * np.eye(5)).tolist())))
    marked = messages.copy()
    marked.loc[40, "reply_to"] = marked["message_id"].iloc[20]
    replies = infer_replies(marked, adaptation=ours)
    other = ours.drawn(np.random.default_rng(3))
    same, drawn = reweighted(marked, replies, [ours, other])
    assert same == pytest.approx(replies["probability"].to_numpy(), abs=3e-6)
    assert np.bincount(pd.factorize(replies["message_id"])[0], weights=drawn) == pytest.approx(1)
    both = replies.assign(drawn=drawn).merge(
        infer_replies(marked, adaptation=other), on=["message_id", "reply_to"], suffixes=("", "_other")
    )
    assert len(both) > 0.9 * len(replies)
    assert both["drawn"].to_numpy() == pytest.approx(both["probability_other"].to_numpy(), abs=0.06)
    assert np.abs(drawn - same).max() > 0.01
    assert both.loc[both["message_id"] == marked["message_id"].iloc[40], "drawn"].tolist() == [1]


def test_adaptations_of_unlike_kinds_are_not_compared(messages):
    finer = dataclasses.replace(OTHER_WAY, offsets=dict.fromkeys(adapt.FINER, 0.0))
    with pytest.raises(InputError, match="the same kinds of offsets"):
        reweighted(messages, infer_replies(messages), [OTHER_WAY, finer])
