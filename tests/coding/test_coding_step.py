"""The step `coding`: the coders' word where there is one, the model's elsewhere, and nothing dropped in silence."""

from __future__ import annotations

import json

import numpy as np
import pandas as pd
import pytest

from analysis import tables
from analysis.coding import step
from analysis.errors import InputError, Missing

PARAMS = step.Params(
    confidence=0.95,
    bootstrap=200,
    alpha_floor=0.667,
    folds=5,
    min_positives=10,
    gap_minutes=60.0,
    chat_quotes=True,
    labels=20,
    seed=1,
)


@pytest.fixture(scope="module")
def metrics(coded_study, result):
    return step.write(coded_study, result)


@pytest.fixture(scope="module")
def result(coded_study):
    return step.assess(step.read(coded_study, PARAMS), PARAMS)


def assessed(paths) -> step.Results:
    """The results of a study, which are written too, as a run of the step does."""
    results = step.assess(step.read(paths, PARAMS), PARAMS)
    step.write(paths, results)
    return results


def quotable(paths, *, chats: bool):
    data = step.read(paths, PARAMS)
    return step.quotable(data.units, data.members, data.utterances, chats=chats, approved=None)


def coded(paths) -> pd.DataFrame:
    return tables.read(paths.processed("coding") / "coded.parquet", tables.Coded)


def test_every_message_has_every_carried_code_once(metrics, result, coded_study):
    table = coded(coded_study)
    carried = result.performance.loc[result.performance["carried"], "code"]
    assert len(carried) == 7
    assert len(table) == 900 * 7
    assert table.groupby("origin")["unit_id"].nunique().to_dict() == {"human": 300, "model": 600}


def test_the_coders_word_stands_where_they_spoke(metrics, coded_study):
    codings = pd.read_parquet(coded_study.processed("ingest") / "codings.parquet")
    single = codings.groupby("unit_id").filter(lambda rows: len(rows) == 1).dropna(subset="code").iloc[0]
    row = coded(coded_study).set_index(["unit_id", "code"]).loc[(single["unit_id"], single["code"])]
    assert (row["value"], row["probability"], row["origin"]) == (1, 1, "human")


def test_the_model_finds_what_the_words_give_away(metrics, coded_study, make_messages):
    messages = make_messages(900).set_index("message_id")
    guessed = coded(coded_study).query("origin == 'model' and code == 'news'").set_index("unit_id")
    assert (guessed["value"] == (messages.loc[guessed.index, "code"] == "news")).mean() > 0.97


def test_agreement_is_taken_over_units_that_both_read(result):
    table = result.people.agreement.set_index("code")
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
    book = step.read(coded_study, PARAMS).book
    examples = step.examples(result.people.anchored, book, quotable(coded_study, chats=True))
    assert len(examples) > 0
    assert "MAAAA" not in set(messages.loc[examples["unit_id"], "member"])
    assert examples.groupby("code").size().max() <= 3


def test_chats_are_not_quoted_unless_that_is_asked_for(result, coded_study):
    book, silent = step.read(coded_study, PARAMS).book, quotable(coded_study, chats=False)
    assert step.examples(result.people.anchored, book, silent).empty
    assert step.disputed(result.people.applied, book, silent)["text"].isna().all()


def test_where_approval_is_asked_for_nothing_else_is_quoted(result, coded_study):
    data = step.read(coded_study, PARAMS)
    free = quotable(coded_study, chats=True)
    one = free.units.index[0]
    given = (data.units, data.members, data.utterances)
    assert list(step.quotable(*given, chats=True, approved=frozenset([one])).units.index) == [one]
    none = step.quotable(*given, chats=True, approved=frozenset())
    assert step.examples(result.people.anchored, data.book, none).empty
    assert step.disputed(result.people.applied, data.book, none)["text"].isna().all()


def test_metrics_say_what_later_steps_need(metrics, coded_study):
    written = json.loads(coded_study.metrics("coding").read_text(encoding="utf-8"))
    assert written["by_code"].keys() == metrics["by_code"].keys()
    assert metrics["status"] == "ok"
    assert (metrics["coders"], metrics["units"], metrics["double_coded"], metrics["anchors_broken"]) == (2, 300, 120, 0)
    assert set(metrics["by_code"]["news"]) >= {"alpha", "low", "high", "usable", "carried", "precision", "recall", "f1"}


def test_equal_inputs_give_equal_bytes(metrics, coded_study, tmp_path):
    files = [f"{name}.parquet" for name in ("coded", "likely", "coder_errors", "agreement", "performance")]
    first = [(coded_study.processed("coding") / name).read_bytes() for name in files]
    step.run(PARAMS, coded_study)
    assert [(coded_study.processed("coding") / name).read_bytes() for name in files] == first


def test_a_broken_anchor_is_counted_reported_and_left_out(tmp_path, make_messages, make_codings, write_study):
    messages = make_messages(200)
    codings = make_codings(messages.iloc[:100], double=50)
    codings.loc[codings["unit_id"] == "umkm-00099", "text_sha256"] = "0" * 64
    paths = write_study(tmp_path, messages, codings)
    assert step.run(PARAMS, paths)["anchors_broken"] == 1
    assert step.anchor(step.read(paths, PARAMS)).broken["unit_id"].tolist() == ["umkm-00099"]
    assert "umkm-00099" not in set(coded(paths).query("origin == 'human'")["unit_id"])


def test_a_rare_code_is_not_carried_and_says_why(tmp_path, make_messages, make_codings, write_study):
    messages = make_messages(200)
    codings = make_codings(messages.iloc[:100], double=0, slip=0)
    codings.loc[codings["code"] == "care", "code"] = None
    paths = write_study(tmp_path, messages, codings)
    table = assessed(paths).performance.set_index("code")
    assert not table.loc["care", "carried"]
    assert table.loc["care", "reason"] == "given to 0 coded messages, fewer than 10"
    assert np.isnan(table.loc["care", "f1"])
    assert "care" not in set(coded(paths).query("origin == 'model'")["code"])


def test_one_coder_gives_no_agreement_and_all_else_is_computed(tmp_path, make_messages, make_codings, write_study):
    messages = make_messages(200)
    paths = write_study(tmp_path, messages, make_codings(messages.iloc[:100], double=0))
    metrics = step.run(PARAMS, paths)
    assert pd.read_parquet(paths.processed("coding") / "agreement.parquet").empty
    assert metrics["double_coded"] == 0
    assert metrics["carried"] > 0
    assert metrics["by_code"]["news"]["usable"] is False


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
    assert step.run(PARAMS, paths) == Missing(reason)
    assert json.loads(paths.metrics("coding").read_text(encoding="utf-8")) == {"status": "missing", "reason": reason}
    assert coded(paths).empty
    assert pd.read_parquet(paths.processed("coding") / "agreement.parquet").empty


def test_when_no_anchor_holds_the_step_says_so(tmp_path, make_messages, make_codings, write_study):
    messages = make_messages(50)
    codings = make_codings(messages, double=0).assign(text_sha256="0" * 64)
    assert "anchor" in step.run(PARAMS, write_study(tmp_path, messages, codings)).reason


def test_shares_are_counted_corrected_and_by_each_coder_alone(metrics, coded_study):
    shares = pd.read_parquet(coded_study.processed("coding") / "prevalence.parquet")
    assert set(shares["kind"]) == {"corrected", "counted", "likely", "ani", "budi"}
    row = shares[(shares["of"] == "all chats") & (shares["kind"] == "corrected")].set_index("code").loc["news"]
    assert row["low"] < 0.15 < row["high"]
    assert row["coded"] == 300
    assert set(shares.loc[shares["of"] != "all chats", "of"]) == {"umkm"}
    assert metrics["by_code"]["news"]["share"] == pytest.approx(row["value"], abs=1e-9)


def test_each_coder_alone_carries_what_that_coder_read(metrics, coded_study):
    alone = pd.read_parquet(coded_study.processed("coding") / "alone.parquet")
    human = alone[alone["origin"] == "human"].groupby("coder")["unit_id"].nunique()
    assert human.to_dict() == {"ani": 300, "budi": 120}
    for _, table in alone.groupby("coder"):
        tables.conform(table.drop(columns="coder"), tables.Coded)
        assert table["unit_id"].nunique() == 900


def test_held_out_predictions_are_written_for_later_steps(metrics, coded_study):
    held_out = pd.read_parquet(coded_study.processed("coding") / "held_out.parquet")
    assert held_out.groupby("code").size().eq(300).all()
    assert list(held_out.columns[:5]) == ["unit_id", "conversation", "code", "value", "probability"]
    readers = held_out.drop_duplicates("unit_id").set_index("unit_id")["readers"]
    assert readers.value_counts().to_dict() == {1: 180, 2: 120}
    assert not held_out["decided"].any()
    assert held_out["weight"].eq(1).all()


def test_what_is_likely_true_is_written_next_to_what_was_coded(metrics, coded_study, make_messages):
    likely = tables.read(coded_study.processed("coding") / "likely.parquet", tables.Coded)
    as_coded, errors = coded(coded_study), pd.read_parquet(coded_study.processed("coding") / "coder_errors.parquet")
    assert likely[["unit_id", "code", "origin"]].equals(as_coded[["unit_id", "code", "origin"]])
    known = errors.set_index("code")["errors_known"]
    assert known["sharing"]
    taken = likely["code"].isin(known.index[~known]) & (likely["origin"] == "human")
    assert likely.loc[taken, "value"].equals(as_coded.loc[taken, "value"])
    assert ((likely["probability"] >= 0.5) == (likely["value"] == 1)).all()
    shares = pd.read_parquet(coded_study.processed("coding") / "member_shares.parquet")
    everybody = shares[shares["member"].isna()].set_index("code")
    news = metrics["by_code"]["sharing"]
    assert everybody.loc["sharing", "value"] == pytest.approx(news["likely"])
    truth = make_messages(900)["code"].isin(["news", "promotion"]).mean()
    assert news["likely_low"] - 0.02 < truth < news["likely_high"] + 0.02
    assert shares.dropna(subset="member").groupby("code")["units"].sum().eq(900).all()


def test_a_discussion_settles_what_the_coders_differ_on(tmp_path, make_messages, make_codings, write_study):
    """Of the units that two coders read differently, a third reading says which was right: no error is left in them."""
    messages = make_messages(600)
    codings = make_codings(messages.iloc[:400], double=400, slip=0.15)
    split = codings.groupby("unit_id")["code"].nunique(dropna=False).loc[lambda n: n > 1].index
    truth = messages.set_index("message_id")["code"].replace("", None)
    discussed = codings[codings["unit_id"].isin(split) & (codings["coder"] == "ani")]
    discussed = discussed.assign(coder="consensus", code=discussed["unit_id"].map(truth), memo="both")
    paths = write_study(tmp_path, messages, pd.concat([codings, discussed], ignore_index=True))
    carried = assessed(paths).carried
    held_out = carried.held_out[carried.held_out["code"] == "sharing"].set_index("unit_id")
    assert set(held_out.index[held_out["decided"]]) == set(split)
    likely = tables.read(paths.processed("coding") / "likely.parquet", tables.Coded)
    own = likely[likely["code"] == "sharing"].set_index("unit_id")["probability"]
    differed = held_out.index[held_out["share"] == 0.5]
    assert len(differed) > 20
    assert own[differed].equals(held_out.loc[differed, "value"].astype(float).rename("probability"))
    assert not own[held_out.index].isin([0, 1]).all()


def test_a_sample_that_seeks_a_code_is_weighed_back(tmp_path, make_messages, make_codings, write_study):
    messages = make_messages(1500)
    news = messages["code"] == "news"
    inclusion = np.where(news, 0.8, 0.15)
    drawn = np.random.default_rng(3).random(len(messages)) < inclusion
    paths = write_study(tmp_path, messages, make_codings(messages[drawn], double=0, slip=0))
    sample = pd.DataFrame({"unit_id": messages["message_id"], "inclusion_probability": inclusion})
    place = paths.processed("ingest") / "sample.parquet"
    tables.write(sample.assign(draw="1", drawn=drawn)[list(tables.Sample.columns)], place, tables.Sample)
    weighed = step.run(PARAMS, paths)["by_code"]["news"]
    tables.write(tables.empty(tables.Sample), place, tables.Sample)
    plain = step.run(PARAMS, paths)["by_code"]["news"]
    assert weighed["coded_share"] > 2 * news.mean()
    assert weighed["share_low"] < news.mean() < weighed["share_high"]
    assert abs(weighed["share"] - news.mean()) < abs(plain["share"] - news.mean()) + 1e-9


def test_a_coded_message_that_no_draw_could_reach_stops_the_step(tmp_path, make_messages, make_codings, write_study):
    messages = make_messages(200)
    paths = write_study(tmp_path, messages, make_codings(messages.iloc[:100], double=0))
    draws = pd.DataFrame(
        {"unit_id": messages["message_id"][1:], "draw": "1", "inclusion_probability": 0.5, "drawn": True}
    )
    tables.write(draws, paths.processed("ingest") / "sample.parquet", tables.Sample)
    with pytest.raises(InputError, match="'umkm-00000' has no inclusion probability"):
        step.run(PARAMS, paths)


def test_a_code_that_the_codebook_has_not_stops_the_step(tmp_path, make_messages, make_codings, write_study):
    messages = make_messages(50)
    codings = make_codings(messages, double=0).assign(code="humor")
    with pytest.raises(InputError, match="Did you mean 'humour'"):
        step.run(PARAMS, write_study(tmp_path, messages, codings))
