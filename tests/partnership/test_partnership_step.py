"""The step `partnership`: it reads and writes its tables, and reports what is missing."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

from analysis import study, tables
from analysis.errors import Missing
from analysis.partnership import page, step
from analysis.partnership.talk import BUSINESS, INFORMAL

from .community import PARAMS, assert_whole_page, assess, held_out, name


@pytest.mark.parametrize("lacking", ["partnerships", "coded", "replies", "messages"])
def test_what_is_missing_is_reported_and_nothing_crashes(friendly, lacking, tmp_path):
    names = ("messages", "members", "partnerships", "coded", "replies")
    given = dict(zip(names, friendly, strict=True))
    given[lacking] = given[lacking].iloc[:0]
    if lacking == "messages":
        given["replies"] = given["replies"].iloc[:0]
    result = assess(**given)
    numbers = step.write(study.Paths(tmp_path), result)
    assert numbers["C2"]["status"] == "missing"
    assert numbers["C2"]["reason"]
    assert (numbers["C1"]["status"] == "ok") == (lacking == "partnerships")
    assert study.read_metrics(study.Paths(tmp_path), "partnership")["C2"] == numbers["C2"]
    assert_whole_page(result, given["members"])


def test_talk_of_which_a_part_was_read_counts_as_no_kind_of_talk(friendly):
    messages, members, partnerships, coded, replies = friendly
    part = step.Data(messages, members, partnerships, coded.head(12).assign(origin="human"), replies)
    given = step.with_known_codes(part, [*PARAMS.informal, *PARAMS.business])
    assert isinstance(given.probable, Missing)
    assert step.metrics_of(step.assess(given, PARAMS))["C1"]["reason"] == given.probable.reason
    assert "read alone" in given.probable.reason


def test_a_regression_on_less_than_the_claims_least_data_is_not_reported(assessed):
    claim = {"minimum": {"members": 500, "pairs": 1}}
    assert step.enough(assessed.tests["C1"], claim).reason.endswith("members where 500 are needed")
    assert step.enough(assessed.tests["C1"], {"minimum": {}}) is assessed.tests["C1"]


def test_of_many_members_those_are_followed_who_wrote_most(friendly, tmp_path, monkeypatch):
    messages, members, partnerships, coded, replies = friendly
    quiet = members["member"].iloc[:4].tolist()
    messages = messages[~messages["member"].isin(quiet) | (messages["message_id"].str[-1] == "0")]
    coded, replies = (
        table[table[key].isin(messages["message_id"])] for table, key in ((coded, "unit_id"), (replies, "message_id"))
    )
    data = step.Data(messages, members, partnerships, coded, replies, held_out=held_out(coded), likely=coded)
    paths = study.Paths(tmp_path)
    ingested, coding = paths.processed("ingest"), paths.processed("coding")
    tables.write(messages, ingested / "messages.parquet", tables.Messages)
    tables.write(members, ingested / "members.parquet", tables.Members)
    tables.write(partnerships, ingested / "partnerships.parquet", tables.Partnerships)
    for table in ("coded", "likely", "held_out"):
        tables.write(getattr(data, table), coding / f"{table}.parquet")
    tables.write(coded.head(0), coding / "agreement.parquet")
    tables.write(replies, paths.processed("network") / "replies.parquet", tables.Replies)
    drawn = replies.drop_duplicates("message_id")[["message_id", "reply_to"]].assign(draw=0, informal=False)
    tables.write(drawn[list(tables.ReplyDraws.columns)], paths.processed("network") / "reply_draws.parquet")
    assert len(step.read(paths, PARAMS).everyone) == len(members)
    monkeypatch.setattr(step, "MOST", len(members) - len(quiet))
    few = step.read(paths, PARAMS)
    assert set(few.everyone) == set(members["member"]) - set(quiet)
    assert set(few.messages["member"]) == set(few.everyone)
    for table, key in ((few.coded, "unit_id"), (few.likely, "unit_id"), (few.replies, "message_id")):
        assert set(table[key]) == set(few.messages["message_id"])
    for table, key in ((few.held_out, "unit_id"), (few.drawn, "message_id")):
        assert set() < set(table[key]) <= set(few.messages["message_id"])
    assert not few.partnerships[["member_a", "member_b"]].isin(quiet).any(axis=None)
    turns = step.turns_of(few, gap_s=PARAMS.gap_s)
    talk = step.kinds_of_talk(turns, few.probable, None, PARAMS.informal, PARAMS.business)
    assert page.say_codes(talk, step.members_of(paths)).endswith(
        f"Of {len(members)} members, the {len(members) - len(quiet)} who wrote most are followed on this page."
    )
    assert page.say_codes(talk, turns.n).endswith("(false-positive rate).")


def test_of_members_who_wrote_equally_much_those_count_whose_pseudonym_comes_first(friendly):
    data = step.Data(*friendly)
    silent = replace(data, messages=data.messages.iloc[:0])
    assert step.most_active(silent, 3).tolist() == sorted(data.everyone)[:3]


def test_following_all_members_changes_no_number(friendly, assessed):
    data = step.Data(*friendly)
    assert step.metrics_of(step.assess(step.among(data, data.everyone), PARAMS)) == step.metrics_of(assessed)


def test_two_members_are_too_few(friendly):
    messages, members, _, coded, replies = friendly
    two = messages[messages["member"].isin([name(0), name(1)])]
    few = replies[replies["message_id"].isin(two["message_id"])].assign(reply_to=pd.Series(dtype="str"))
    empty = tables.empty(tables.Partnerships)
    result = assess(two, members.head(2), empty, coded, few)
    assert step.metrics_of(result)["status"] == "missing"


def test_the_same_seed_gives_the_same_numbers(friendly, assessed):
    assert step.metrics_of(assess(*friendly)) == step.metrics_of(assessed)


def test_the_claims_alone_have_the_numbers_that_they_have_with_the_additional_analyses(friendly, assessed):
    """Each computation has its own stream: other ways of asking, the former number, ties and tables move nothing."""
    alone = step.claims_alone(step.Data(*friendly), PARAMS)
    additional = {"placebo", "difference", "reciprocal", "choices", "single_draws"}
    for claim in ("C1", "C2"):
        assert alone[claim] == {
            n: value for n, value in step.metrics_of(assessed)[claim].items() if n not in additional
        }


def test_the_step_reads_and_writes_its_tables_and_page(friendly, tmp_path):
    """One member with partnerships counts in sums only: in the tests and the written tables, on the page nowhere."""
    paths = study.Paths(tmp_path)
    hidden = friendly[2]["member_a"].iloc[0]
    members = friendly[1].assign(consent=friendly[1]["consent"].mask(friendly[1]["member"] == hidden, "aggregate"))
    schemas = ("Messages", "Members", "Partnerships", "Coded", "Replies")
    steps = ("ingest", "ingest", "ingest", "coding", "network")
    for frame, schema, each in zip((friendly[0], members, *friendly[2:]), schemas, steps, strict=True):
        tables.write(frame, paths.processed(each) / f"{schema.lower()}.parquet", getattr(tables, schema))
    tables.write(held_out(friendly[3]), paths.processed("coding") / "held_out.parquet")
    tables.write(tables.empty(tables.ReplyDraws), paths.processed("network") / "reply_draws.parquet")
    tables.write(friendly[3], paths.processed("coding") / "likely.parquet", tables.Coded)
    agreed = pd.DataFrame({"code": [*PARAMS.informal, *PARAMS.business], "alpha": 0.5, "usable": False})
    tables.write(agreed, paths.processed("coding") / "agreement.parquet")
    refused = step.run(PARAMS, paths)
    assert {refused[claim]["status"] for claim in ("C1", "C2")} == {"missing"}
    assert "differ too much" in refused["C1"]["reason"]
    tables.write(agreed.assign(usable=True), paths.processed("coding") / "agreement.parquet")
    result = step.assess(step.read(paths, PARAMS), PARAMS)
    assert step.run(PARAMS, paths) == step.metrics_of(result)
    assert study.read_metrics(paths, "partnership")["C2"]["n"] == step.metrics_of(result)["C2"]["n"]
    written = {file.stem: tables.read(file) for file in paths.processed("partnership").iterdir()}
    assert set(written["ties"]["layer"]) == {INFORMAL, BUSINESS}
    assert len(written["pair_waves"]) == np.triu(~np.isnan(result.waves.began), 1).sum()
    assert len(written["pair_halves"]) == len(PARAMS.splits) * 18 * 17 / 2
    assert len(written["pair_windows"]) == 8 * step.metrics_of(result)["C1"]["n"]["pairs"]  # 240 days
    assert set(written["curves"]["group"]) == {"lower third", "middle third", "upper third"}
    assert written["forms"]["value"].iloc[0] == pytest.approx(step.metrics_of(result)["C1"]["value"], abs=1e-6)
    terms = written["coefficients"].groupby("test")["term"].unique()
    assert {"growth", "growth_by_expected_exchange", "partners"} == set(terms["C1"])
    assert {"informal", "activity", "expected_informal"} < set(terms["C2"])
    assert "business" not in set(terms["C2"])
    assert set(terms["C2"]) | {"informal_total", "expected_total"} == set(terms["C2 timing"])
    assert {"informal", "business", "expected_business"} < set(terms["C2 single draws"])
    assert written["null_draws"].groupby(["test", "term"]).size().unique().tolist() == [199]
    partners = result.frames["partners"]
    shown = step.shown(partners, members)
    left_out = f"{len(partners) - len(shown)} of members who count in sums only"
    assert written["partners"][["member_a", "member_b"]].isin([hidden]).any(axis=None)
    assert not shown[["member_a", "member_b"]].isin([hidden]).any(axis=None)
    assert left_out in page.say_partners(partners, shown)
    assert hidden not in page.partners_frame(shown, most=1000).to_html()
    assert hidden not in page.head(step.shown(result.frames["pair_waves"], members), rows=10_000).to_html()
    assert_whole_page(result, members)
