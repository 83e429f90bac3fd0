"""Codes are carried with an error measured on conversations, and members, that the model never saw."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from analysis.coding import calibrate, classify
from analysis.coding.conversations import conversations
from analysis.errors import InputError


def alone(texts) -> pd.DataFrame:
    """Texts without neighbours, as the models read them."""
    return pd.DataFrame({"text": list(texts), "before": "", "after": ""})


class Parrot:
    """A model that knows by heart the texts it has seen."""

    def fit(self, texts, labels):
        self.seen = dict(zip(texts["text"], labels, strict=True))
        self.codes = labels.shape[1]
        return self

    def probabilities(self, texts):
        return np.array([self.seen.get(text, np.zeros(self.codes)) for text in texts["text"]], dtype=float)


def test_a_model_never_sees_the_conversation_it_is_tested_on():
    texts = alone(f"halo {i // 4}" for i in range(40))  # each conversation repeats its own words
    labels = np.ones((40, 1), dtype=np.int64)
    by_conversation = classify.out_of_fold(texts, labels, [str(i // 4) for i in range(40)], 5, model=Parrot)
    by_message = classify.out_of_fold(texts, labels, [str(i) for i in range(40)], 5, model=Parrot)
    assert by_conversation.sum() == 0
    assert by_message.sum() > 0


def test_too_few_conversations_for_the_folds_are_refused():
    with pytest.raises(InputError, match="cannot be split into 5 folds"):
        classify.out_of_fold(alone(["a", "b"]), np.ones((2, 1), dtype=np.int64), ["x", "y"], 5)


def test_informal_spelling_is_learned_from_characters():
    texts = ["wkwkwk", "wkwk lucu", "wkwkwkwk bu", "harga naik", "harga turun", "hargane piro"] * 5
    labels = np.array([[1], [1], [1], [0], [0], [0]] * 5)
    model = classify.CharacterModel().fit(alone(texts), labels)
    funny, price = model.probabilities(alone(["wkwkwkwkwk pak", "harga gula"]))[:, 0]
    assert funny > 0.5 > price


def test_a_code_never_seen_in_training_gets_a_small_probability_and_no_error():
    model = classify.CharacterModel().fit(alone(["a b", "c d"]), np.zeros((2, 1), dtype=np.int64))
    assert 0 < model.probabilities(alone(["e"]))[0, 0] < 0.5


def test_at_break_even_as_many_are_wrongly_given_as_wrongly_denied():
    rng = np.random.default_rng(0)
    truth = (rng.random(500) < 0.2).astype(np.int64)
    said = np.clip(0.3 * truth + rng.random(500) * 0.6, 0, 1)
    errors = classify.errors(said, truth, classify.break_even(said, truth))
    assert errors["false_alarms"] == errors["misses"]
    assert errors["precision"] == errors["recall"] == errors["f1"]


def test_break_even_counts_units_by_their_weight():
    truth = np.array([1, 0, 0, 1])
    said = np.array([0.9, 0.8, 0.2, 0.1])
    threshold = classify.break_even(said, truth, weights=np.array([1.0, 1.0, 1.0, 9.0]))
    assert (said >= threshold).all()


@pytest.mark.parametrize(
    ("tied", "with_code", "given"),
    [(30, 12, 0), (30, 18, 30), (12, 12, 12)],  # fewer than half of the tied units, more than half, all
)
def test_units_of_one_probability_are_given_a_code_together_if_that_is_nearer(tied, with_code, given):
    said = np.repeat([0.5, 0.1], [tied, 70])
    truth = (np.arange(said.size) < with_code).astype(np.int64)
    assert (said >= classify.break_even(said, truth)).sum() == given


def test_a_code_nobody_gave_is_never_given():
    assert classify.break_even(np.array([0.2, 0.3]), np.array([0, 0])) == 1


def test_a_calibration_curve_counts_units_by_their_weight():
    truth = np.array([1, 1, 0, 0])
    curve = classify.calibration(np.full(4, 0.5), truth, np.array([1.0, 1.0, 3.0, 3.0]), bins=1)
    assert curve.to_numpy().tolist() == [[0.5, 0.25, 4]]


def test_after_platt_probabilities_mean_what_they_say():
    rng = np.random.default_rng(1)
    real = rng.beta(1, 6, 4000)
    truth = (rng.random(4000) < real).astype(np.int64)
    timid = calibrate.rescaled(real, (0.5, -1.0))  # the same order, shrunk and shifted
    fixed = calibrate.rescaled(timid, calibrate.platt(timid, truth))
    assert fixed.mean() == pytest.approx(truth.mean(), abs=0.002)
    curve = classify.calibration(fixed, truth)
    assert (curve["said"] - curve["seen"]).abs().max() < 0.03
    assert curve["units"].sum() == 4000


def test_platt_stays_finite_when_the_code_is_separated_without_error():
    said, truth = np.array([0.1, 0.2, 0.8, 0.9]), np.array([0, 0, 1, 1])
    fixed = calibrate.rescaled(said, calibrate.platt(said, truth))
    assert np.isfinite(fixed).all()
    assert (np.diff(fixed) >= 0).all()


def test_the_learning_curve_rises_where_more_coding_helps(coded_study):
    messages = pd.read_parquet(coded_study.processed("ingest") / "messages.parquet").iloc[:300]
    labels = messages["text"].str.startswith("info").to_numpy(dtype=np.int64)[:, None]
    curve = classify.learning_curve(
        alone(messages["text"]), labels, conversations(messages).tolist(), 5, shares=(0.02, 1.0)
    )
    assert curve["f1"].is_monotonic_increasing
    assert curve["units"].is_monotonic_increasing


@pytest.mark.parametrize("seed", range(20))
def test_a_learning_curve_of_six_conversations_learns_from_one_at_least(seed):
    talks = np.repeat(list("abcdef"), (10, 10, 10, 10, 4, 4)).tolist()
    labels = (np.arange(48) % 3 == 0).astype(np.int64)[:, None]
    words = alone(pd.Series([f"w{i % 7} kata {i}" for i in range(48)]))
    assert (classify.learning_curve(words, labels, talks, 5, shares=(0.25,), seed=seed)["units"] >= 4).all()


def test_a_long_silence_begins_a_new_conversation():
    messages = pd.DataFrame(
        {
            "message_id": list("abcde"),
            "channel": ["x", "x", "y", "x", "x"],
            "time": pd.to_datetime(
                ["2024-01-01 10:00", "2024-01-01 11:00", "2024-01-01 11:00", "2024-01-01 12:01", "2024-01-01 12:02"],
                utc=True,
            ),
        }
    )
    assert conversations(messages).tolist() == ["a", "a", "c", "d", "d"]
    assert conversations(messages, gap_minutes=600).tolist() == ["a", "a", "c", "a", "a"]
