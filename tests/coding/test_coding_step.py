"""The step `coding`: the coders' word where there is one, the model's elsewhere, and nothing dropped in silence."""

from __future__ import annotations

import dataclasses
import json

import numpy as np
import pandas as pd
import pytest

from analysis import tables
from analysis.codebook import Code, Codebook
from analysis.coding import page as pictures
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


def test_a_broken_anchor_shows_its_old_words_and_their_likeliest_place_of_those_who_may_be_quoted(
    tmp_path, make_messages, make_codings, write_study
):
    messages = make_messages(200)
    messages["member"] = np.where(np.arange(200) % 2, "MAAAA", "MAAAB")  # the first consents to sums only
    codings = make_codings(messages.iloc[:100], double=0).assign(code="news")
    edited = codings["unit_id"].isin(["umkm-00098", "umkm-00099"])
    codings.loc[edited, ["text_sha256", "quotation"]] = ["0" * 64, messages["text"][98]]
    result = step.run(PARAMS, write_study(tmp_path / "open", messages, codings))
    table = pictures.anchors_table(result).set_index("unit")
    assert table["old words"].to_dict() == {"umkm-00098": messages["text"][98], "umkm-00099": ""}
    assert table.loc["umkm-00098", "likeliest new place"] == f"umkm-00098, characters 0 to {len(messages['text'][98])}"


def test_what_was_settled_after_discussion_keeps_who_decided_and_why(
    tmp_path, make_messages, make_codings, write_study
):
    messages = make_messages(200)
    codings = make_codings(messages.iloc[:100], double=50)
    first = codings.iloc[[0]].assign(coder="consensus", code="news", memo="ani and budi: a price is news")
    result = step.run(PARAMS, write_study(tmp_path, messages.assign(member="MAAAB"), pd.concat([codings, first])))
    assert pictures.decisions_table(result).to_numpy().tolist() == [
        ["umkm-00000", "news", "ani and budi: a price is news"]
    ]
    assert "1 unit" in pictures.say_decisions(result)


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
    [
        (10, None, "there is no codebook"),
        (None, "version: 1\ncodes: [{name: a, definition: b}]", "there are no codings"),
    ],
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


def test_shares_are_corrected_beside_counted_ones_and_by_each_coder_alone(result):
    shares = result.prevalence
    assert set(shares["kind"]) == {"corrected", "counted", "ani", "budi"}
    row = shares[(shares["of"] == "all chats") & (shares["kind"] == "corrected")].set_index("code").loc["news"]
    assert row["low"] < 0.15 < row["high"]
    assert row["coded"] == 300
    assert set(shares.loc[shares["of"] != "all chats", "of"]) == {"umkm"}
    assert result.metrics["by_code"]["news"]["share"] == row["value"]


def test_each_coder_alone_carries_what_that_coder_read(result, coded_study):
    alone = pd.read_parquet(coded_study.processed("coding") / "alone.parquet")
    human = alone[alone["origin"] == "human"].groupby("coder")["unit_id"].nunique()
    assert human.to_dict() == {"ani": 300, "budi": 120}
    for _, table in alone.groupby("coder"):
        tables.conform(table.drop(columns="coder"), tables.Coded)
        assert table["unit_id"].nunique() == 900


def test_what_is_known_of_the_models_error_is_written_for_later_steps(result, coded_study):
    known = pd.read_parquet(coded_study.processed("coding") / "held_out.parquet")
    assert known.groupby("code").size().eq(300).all()
    assert list(known.columns) == ["unit_id", "conversation", "code", "value", "probability"]


def test_a_sample_that_seeks_a_code_is_weighed_back(tmp_path, make_messages, make_codings, write_study):
    messages = make_messages(1500)
    news = messages["code"] == "news"
    inclusion = np.where(news, 0.8, 0.15)
    drawn = np.random.default_rng(3).random(len(messages)) < inclusion
    paths = write_study(tmp_path, messages, make_codings(messages[drawn], double=0, slip=0))
    sample = pd.DataFrame({"unit_id": messages["message_id"], "inclusion_probability": inclusion})
    place = paths.processed("ingest") / "sample.parquet"
    tables.write(sample.assign(draw="1", drawn=drawn)[list(tables.Sample.columns)], place, tables.Sample)
    weighed = step.run(PARAMS, paths).metrics["by_code"]["news"]
    tables.write(tables.empty(tables.Sample), place, tables.Sample)
    plain = step.run(PARAMS, paths).metrics["by_code"]["news"]
    assert weighed["coded_share"] > 2 * news.mean()
    assert weighed["share_low"] < news.mean() < weighed["share_high"]
    assert abs(weighed["share"] - news.mean()) < abs(plain["share"] - news.mean()) + 1e-9


def test_the_page_answers_what_the_talk_is_about_and_every_piece_of_it_can_be_made(result):
    assert pictures.answer(result).startswith("Messages hold most often *")
    says = [value for name, value in vars(pictures).items() if name.startswith("say_")]
    figures = [value for name, value in vars(pictures).items() if name.endswith("_figure")]
    assert len(says) > 5
    assert all(say(result).endswith(".") for say in says)
    assert all(figure(result).alt for figure in figures)


def test_coders_who_gave_no_code_at_all_leave_a_page_that_says_so(tmp_path, make_messages, make_codings, write_study):
    messages = make_messages(60)
    codings = make_codings(messages.iloc[:30], double=30).assign(code=None)
    result = step.run(PARAMS, write_study(tmp_path, messages, codings))
    assert "They read 0 of 7 codes" in pictures.answer(result)
    assert result.examples.empty


def test_where_nothing_was_read_twice_the_page_does_not_speak_of_agreement(
    tmp_path, make_messages, make_codings, write_study
):
    messages = make_messages(60)
    result = step.run(PARAMS, write_study(tmp_path, messages, make_codings(messages.iloc[:30], double=0)))
    assert "how alike they read cannot be told" in pictures.answer(result)


def test_groups_of_codes_stand_against_chats_with_the_fewer_across(result):
    table = pictures.chats_table(result)
    assert table.columns.tolist() == ["codes", "umkm"]
    assert table["codes"].tolist() == ["sharing", "informal", "coordination"]
    assert table["umkm"].str.fullmatch(r"[\d.]+ \([\d.]+ to [\d.]+\)").all()


def test_names_of_codes_are_written_in_tables_as_in_figures(result):
    book = Codebook((Code("meeting_up"), Code("up")))
    named = dataclasses.replace(result, codebook=book, confusions=pd.DataFrame(
        {"first": ["meeting_up"], "second": ["not_a_code"], "units": [2]}))  # fmt: skip
    assert pictures.confusions_table(named).iloc[0].tolist() == ["meeting up", "not_a_code", 2]


def test_translated_passages_come_first_among_examples(result):
    rows = pd.DataFrame({"unit_id": ["a", "b"], "start": 0, "end": [20, 40], "code": "up", "coder": "ani",
                         "translation": [None, "a word"]})  # fmt: skip
    quotable = pd.DataFrame({"text": ["x" * 20, "y" * 40]}, index=["a", "b"])
    assert step.examples(rows, quotable, Codebook((Code("up"),)))["unit_id"].tolist() == ["b", "a"]


def test_a_code_whose_agreement_cannot_be_told_is_not_called_the_one_that_coders_differ_on_least(result):
    flat = result.agreement.assign(alpha=[float("nan"), 0.5, *[0.9] * (len(result.agreement) - 2)], low=0.1, high=1.0)
    flat["usable"] = flat["alpha"] >= PARAMS.alpha_floor
    said = pictures.say_agreement(dataclasses.replace(result, agreement=flat))
    untold, weak = (name.replace("_", " ") for name in flat["code"].iloc[:2])
    assert "nan" not in said
    assert f"differ most on *{weak}*" in said
    assert f"It cannot be told of {untold}" in said
    assert pictures.say_agreement(dataclasses.replace(result, agreement=flat.iloc[:1])).startswith("It cannot be told")


def test_where_nothing_was_read_twice_nobody_is_said_to_agree(result):
    alone = dataclasses.replace(result, agreement=result.agreement.iloc[:0], confusions=result.confusions.iloc[:0])
    assert pictures.say_confusions(alone) == "Nothing was read by two coders who could differ."


def test_a_model_of_one_code_is_not_best_and_worst_at_it(result):
    one = result.performance[result.performance["carried"].astype(bool)].iloc[:1]
    alt = pictures.performance_figure(dataclasses.replace(result, performance=one)).alt
    assert "worst" not in alt
    assert "best" not in alt
