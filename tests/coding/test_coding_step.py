"""The step `coding`: the coders' word where there is one, the model's elsewhere, and nothing dropped in silence."""

from __future__ import annotations

import dataclasses
import json

import numpy as np
import pandas as pd
import pytest

from analysis import tables
from analysis.coding import step

PARAMS = step.Params(
    confidence=0.95,
    bootstrap=200,
    alpha_floor=0.667,
    folds=5,
    min_positives=10,
    gap_minutes=60.0,
    chat_quotes=True,
    seed=1,
)


@pytest.fixture(scope="module")
def result(coded_study):
    return step.run(PARAMS, coded_study)


def coded(paths) -> pd.DataFrame:
    return tables.read(paths.processed("coding") / "coded.parquet", tables.Coded)


def test_every_message_has_every_carried_code_once(result, coded_study):
    table = coded(coded_study)
    carried = result.performance.loc[result.performance["carried"], "code"]
    assert len(carried) == 7
    assert len(table) == 900 * 7
    assert table.groupby("origin")["unit_id"].nunique().to_dict() == {"human": 300, "model": 600}


def test_the_coders_word_stands_where_they_spoke(result, coded_study):
    codings = pd.read_parquet(coded_study.processed("ingest") / "codings.parquet")
    single = codings.groupby("unit_id").filter(lambda rows: len(rows) == 1).dropna(subset="code").iloc[0]
    row = coded(coded_study).set_index(["unit_id", "code"]).loc[(single["unit_id"], single["code"])]
    assert (row["value"], row["probability"], row["origin"]) == (1, 1, "human")


def test_the_model_finds_what_the_words_give_away(result, coded_study, make_messages):
    messages = make_messages(900).set_index("message_id")
    guessed = coded(coded_study).query("origin == 'model' and code == 'news'").set_index("unit_id")
    assert (guessed["value"] == (messages.loc[guessed.index, "code"] == "news")).mean() > 0.97


def test_agreement_is_taken_over_units_that_both_read(result):
    table = result.agreement.set_index("code")
    assert set(table["units"]) == {120}
    assert table.loc["news", "alpha"] > 0.8
    assert table["low"].le(table["alpha"]).all()
    assert table.loc["news", "interval"].startswith("percentile bootstrap over units")
    assert table["usable"].all()


def test_the_measured_error_is_near_the_coders_own(result):
    table = result.performance.set_index("code")
    assert table.loc["news", "f1"] > 0.85
    assert table["f1_by_member"].notna().all()
    assert (table["coded_share"] * table["units"]).round().eq(table["positives"]).all()


def test_examples_are_of_people_who_consent(result, coded_study, make_messages):
    messages = make_messages(900).set_index("message_id")
    assert len(result.examples) > 0
    assert "MAAAA" not in set(messages.loc[result.examples["unit_id"], "member"])
    assert result.examples.groupby("code").size().max() <= 3


def test_chats_are_not_quoted_unless_that_is_asked_for(coded_study):
    silent = step.run(dataclasses.replace(PARAMS, chat_quotes=False), coded_study)
    assert silent.examples.empty
    assert silent.disputed["text"].isna().all()


def test_metrics_say_what_later_steps_need(result, coded_study):
    metrics = json.loads(coded_study.metrics("coding").read_text(encoding="utf-8"))
    assert metrics["status"] == "ok"
    assert (metrics["coders"], metrics["units"], metrics["double_coded"], metrics["anchors_broken"]) == (2, 300, 120, 0)
    assert set(metrics["by_code"]["news"]) >= {"alpha", "low", "high", "usable", "carried", "precision", "recall", "f1"}


def test_equal_inputs_give_equal_bytes(result, coded_study, tmp_path):
    files = ["coded.parquet", "agreement.parquet", "performance.parquet"]
    first = [(coded_study.processed("coding") / name).read_bytes() for name in files]
    step.run(PARAMS, coded_study)
    assert [(coded_study.processed("coding") / name).read_bytes() for name in files] == first


def test_a_broken_anchor_is_counted_reported_and_left_out(tmp_path, make_messages, make_codings, write_study):
    messages = make_messages(200)
    codings = make_codings(messages.iloc[:100], double=50)
    codings.loc[codings["unit_id"] == "umkm-00099", "text_sha256"] = "0" * 64
    paths = write_study(tmp_path, messages, codings)
    result = step.run(PARAMS, paths)
    assert result.metrics["anchors_broken"] == 1
    assert result.broken["unit_id"].tolist() == ["umkm-00099"]
    assert "umkm-00099" not in set(coded(paths).query("origin == 'human'")["unit_id"])


def test_a_rare_code_is_not_carried_and_says_why(tmp_path, make_messages, make_codings, write_study):
    messages = make_messages(200)
    codings = make_codings(messages.iloc[:100], double=0, slip=0)
    codings.loc[codings["code"] == "care", "code"] = None
    paths = write_study(tmp_path, messages, codings)
    table = step.run(PARAMS, paths).performance.set_index("code")
    assert not table.loc["care", "carried"]
    assert table.loc["care", "reason"] == "given to 0 coded messages, fewer than 10"
    assert np.isnan(table.loc["care", "f1"])
    assert "care" not in set(coded(paths).query("origin == 'model'")["code"])


def test_one_coder_gives_no_agreement_and_the_rest_stands(tmp_path, make_messages, make_codings, write_study):
    messages = make_messages(200)
    paths = write_study(tmp_path, messages, make_codings(messages.iloc[:100], double=0))
    result = step.run(PARAMS, paths)
    assert result.agreement.empty
    assert result.metrics["double_coded"] == 0
    assert result.metrics["carried"] > 0
    assert result.metrics["by_code"]["news"]["usable"] is False


@pytest.mark.parametrize(
    ("double", "codebook", "reason"),
    [(10, None, "there is no codebook"), (None, "version: 1", "there are no codings")],
)
def test_without_codebook_or_codings_the_step_finishes_and_says_so(
    tmp_path, double, codebook, reason, make_messages, make_codings, write_study
):
    messages = make_messages(50)
    codings = make_codings(messages, double=double) if double else tables.empty(tables.Codings)
    paths = write_study(tmp_path, messages, codings, codebook)
    result = step.run(PARAMS, paths)
    assert result.metrics == {"status": "missing", "reason": reason}
    assert coded(paths).empty
    assert pd.read_parquet(paths.processed("coding") / "agreement.parquet").empty


def test_when_no_anchor_holds_the_step_says_so(tmp_path, make_messages, make_codings, write_study):
    messages = make_messages(50)
    codings = make_codings(messages, double=0).assign(text_sha256="0" * 64)
    assert "anchor" in step.run(PARAMS, write_study(tmp_path, messages, codings)).metrics["reason"]
