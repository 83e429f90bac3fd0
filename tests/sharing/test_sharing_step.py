"""The step sharing: it writes every draw that C3 rests on, and its page can be drawn whatever is missing."""

import importlib
import re
from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from analysis import study, tables
from analysis.claims import rule
from analysis.coverage import Coverage, Miss
from analysis.errors import Missing
from analysis.sharing import page, step
from analysis.sharing.counts import Texts, weekly_counts

ROOT = Path(__file__).parents[2]
PARAMS = step.Params(
    code="business_news", confidence=0.9, labels=3, bootstrap=40, null_draws=50, block_weeks=2, least_people=3, seed=1
)
CODINGS = {
    "coded": ["unit_id", "code", "value", "probability", "origin"],
    "held_out": ["unit_id", "conversation", "code", "value", "probability", "readers", "share", "decided", "weight"],
    "agreement": ["code", "alpha", "usable"],
    "alone": ["coder", "unit_id", "code", "value", "probability", "origin"],
}


def study_of(n=900, usable=True):
    """Nine members; the first writes most business news. Two of three messages are coded by people."""
    rng = np.random.default_rng(3)
    place = np.sort(rng.integers(0, 9, n) * rng.integers(0, 2, n))
    rng.shuffle(place)
    messages = pd.DataFrame({"message_id": [f"a-{i:04d}" for i in range(n)], "kind": "text"})
    messages["channel"] = np.where(np.arange(n) % 2, "umkm", "kopdar")
    messages["member"] = np.array([f"MAAA{c}" for c in "ABCDEFGHI"])[place]
    messages["time"] = pd.Timestamp("2024-01-01", tz="UTC") + pd.to_timedelta(np.arange(n) * 3, unit="h")
    members = pd.DataFrame({"member": sorted(set(messages["member"])), "sector": "food", "role": "member"})
    truth = (rng.random(n) < np.where(place == 0, 0.5, 0.02)).astype(int)
    said = np.clip(0.1 + 0.6 * truth + rng.normal(0, 0.1, n), 0.01, 0.99)
    human = np.arange(n) % 3 > 0
    coded = pd.DataFrame({"unit_id": messages["message_id"], "code": "business_news", "value": truth})
    coded["probability"] = np.where(human, truth, said)
    coded["origin"] = np.where(human, "human", "model")
    coded.loc[~human, "value"] = (said[~human] > 0.5).astype(int)
    conversations = pd.DataFrame({"unit_id": messages["message_id"], "conversation": np.arange(n) // 5})
    conversations["inclusion"] = np.nan
    held_out = coded.assign(conversation=conversations["conversation"], probability=said, share=truth)[human]
    held_out = held_out.assign(readers=2, decided=False, weight=1.0)
    agreement = pd.DataFrame({"code": ["business_news"], "alpha": [0.8 if usable else 0.4], "usable": [usable]})
    alone = pd.concat([coded.assign(coder=name) for name in ("ani", "budi")])
    return step.Data(messages, members, coded, held_out, conversations, agreement, alone)


def test_where_one_member_wrote_all_nothing_is_compared_by_coder_either():
    data = study_of(300)
    one = replace(data, messages=data.messages.assign(member="MAAAA"), members=data.members.iloc[:1])
    assert step.assess(one, PARAMS).alone == {}


def uncoded():
    given = study_of()
    empty = {name: pd.DataFrame(columns=columns) for name, columns in CODINGS.items()}
    return step.Data(given.messages, given.members, conversations=given.conversations, **empty)


def drawn(results):
    """Every figure, table and sentence of the page, by name."""
    weekly, redrawn, excess, confidence = results.weekly, results.redrawn, results.excess, PARAMS.confidence
    reading, everything = results.reading, results.everything
    counted, of_all = step.among_all(weekly, reading), step.among_all(redrawn, reading)
    return {
        "answer": page.answer(redrawn, results.share, excess, reading),
        "share": page.share_table(results.share, reading),
        "say_share": page.say_share(results.share, results.evidence, redrawn, reading, confidence),
        "concentration": page.concentration_table(results.activity, results.news),
        "members": page.members_figure(counted, of_all, confidence),
        "say_members": page.say_members(counted, of_all, confidence),
        "say_silent": page.say_silent(everything),
        "lorenz": page.lorenz_figure(everything, weekly, redrawn, reading),
        "null": page.null_figure(weekly, results.null, redrawn, excess, confidence),
        "say_excess": page.say_excess(excess),
        "draws": page.draws_table(excess),
        "alone": page.alone_table(excess, results.as_coded, results.alone),
        "say_alone": page.say_alone(excess, results.as_coded, results.alone, 0.05),
        "months": page.months_figure(results.months, page.trend_finding(results.change)),
        "trend": page.say_trend(results.change),
        "groups": page.groups_figure(results.groups),
    }


def missing(results):
    return {name: shown.reason for name, shown in drawn(results).items() if isinstance(shown, Missing)}


@pytest.fixture(scope="module")
def results():
    return step.assess(study_of(), PARAMS)


def test_every_draw_of_the_null_and_of_the_weeks_is_written(tmp_path, results):
    metrics = step.write(study.Paths(tmp_path), results)
    null, excess, resampled = (
        pd.read_parquet(tmp_path / f"data/processed/sharing/{name}.parquet") for name in ("null", "excess", "resampled")
    )
    assert null.groupby("draw").size().to_dict() == dict.fromkeys(range(4), PARAMS.null_draws)
    assert resampled.groupby("draw").size().to_dict() == dict.fromkeys(range(1, 4), 30)
    assert excess["value"].mean() == pytest.approx(metrics["C3"]["value"])
    assert metrics["shares"] == results.weekly.by_member()["shares"].sum()


def test_the_whole_page_can_be_drawn(results):
    assert missing(results) == {}
    assert page.page_checks(results.weekly, results.groups, 3)
    assert page.groups_table(results.groups)["members"].tolist() == ["9", "9"]


@pytest.mark.parametrize("room", ["sharing", "network", "partnership", "recommendations"])
def test_who_was_only_interviewed_is_no_silent_member(room, monkeypatch):
    """The shipped study's tables, with one more person in them who is in no chat and on no roster."""
    read = tables.read

    def with_one_interviewed(path, *schema):
        frame = read(path, *schema)
        if path.name != "members.parquet":
            return frame
        return pd.concat([frame, frame.iloc[[0]].assign(member="PZZZZ")], ignore_index=True)

    monkeypatch.setattr(tables, "read", with_one_interviewed)
    module, paths = importlib.import_module(f"analysis.{room}.step"), study.Paths(ROOT)
    data = module.read(paths, module.Params(**study.step_params(paths, room)))
    assert len(data.members) > 0
    assert data.members["member"].str.startswith("M").all()


def test_coders_who_differ_too_much_allow_no_conclusion_but_the_shares_are_described(tmp_path):
    low = step.assess(study_of(usable=False), PARAMS)
    gone = missing(low)
    assert set(gone) == {"null", "say_excess", "draws", "alone", "say_alone"}
    assert "not assessable: the coders differ too much" in drawn(low)["answer"]
    assert all("differ too much" in reason for reason in gone.values())
    assert step.write(study.Paths(tmp_path), low)["C3"] == low.excess


def test_without_codings_the_reason_travels_to_every_place_and_activity_is_still_described(tmp_path):
    bare = step.assess(uncoded(), PARAMS)
    shown = drawn(bare)
    described = {name for name in shown if not isinstance(shown[name], Missing)}
    assert described == {"answer", "concentration", "say_silent", "lorenz"}
    assert shown["answer"].endswith("is not assessable: nobody has coded any of the 900 messages.")
    assert list(shown["concentration"]) == ["index", "all messages"]
    assert list(page.weeks_table(bare.weekly, bare.reading)) == ["week", "messages"]
    metrics = step.write(study.Paths(tmp_path), bare)
    assert metrics["messages"] == 900
    assert metrics["C3"] == Missing("nobody has coded any message")
    assert metrics["status"] == "partial"
    assert not {"sharers", "members_for_half", "shares", "ever"} & set(metrics)
    assert not (tmp_path / "data/processed/sharing/excess.parquet").exists()


def read_in_part():
    """The same nine members, of whose messages people read every thirtieth, and no model carries the code."""
    given = study_of()
    read = given.coded.iloc[::30].assign(origin="human")
    return replace(given, coded=read, held_out=given.held_out.iloc[:0], alone=given.alone.iloc[:0])


def test_of_messages_read_in_part_nothing_is_counted_by_member(tmp_path):
    part = step.assess(read_in_part(), PARAMS)
    shown = drawn(part)
    news = int(part.weekly.by_member()["shares"].sum())
    assert shown["answer"].startswith(f"Of the 30 messages read, {news} are business news.")
    assert "how many members share business news, and how unequally, is not assessable" in shown["answer"]
    words = " ".join(value for value in shown.values() if isinstance(value, str))
    assert not re.search(r"ever share|wrote about|of it\b", words)
    assert shown["say_silent"] == "Each of the 9 members wrote."  # all wrote; of the messages read some have none
    assert shown["lorenz"].drawing.axes[0].get_title(loc="left").startswith("Gini coefficient of messages")
    assert list(page.weeks_table(part.weekly, part.reading)) == ["week", "messages read", "business news"]
    assert next(iter(shown["share"])) == "share of the 30 messages read"
    metrics = step.write(study.Paths(tmp_path), part)
    assert metrics["status"] == "partial"
    assert metrics["silent"] == 0
    assert not {"sharers", "members_for_half", "shares", "ever"} & set(metrics)


def test_messages_that_people_read_whole_are_counted_by_member_though_no_model_carries_the_code():
    given = study_of()
    whole = replace(given, coded=given.coded.assign(origin="human"), held_out=given.held_out.iloc[:0])
    shown = drawn(step.assess(whole, PARAMS))
    assert re.search(r"wrote about \d+ % of it", shown["answer"])
    assert "redrawn" not in shown["say_share"] + shown["lorenz"].caption


def test_how_many_ever_share_has_no_interval_where_such_ones_seldom_held_the_truth(results):
    given = results.share, results.evidence, results.redrawn, results.reading, PARAMS.confidence
    says = {share: page.say_share(*given, Coverage(share, 48, "hubs")) for share in (0.46, 0.85, 0.95)}
    between = r"ever shared business news \(\d+ to \d+\)\."
    assert [bool(re.search(between, said)) for said in says.values()] == [False, True, True]
    assert says[0.46].endswith(
        "No interval is given, as such an interval held the truth in 46 % of 48 simulated communities."
    )
    assert says[0.95] == page.say_share(*given)
    assert page.say_share(*given, None, Miss(3.6, 9.4)).endswith("too low by 4 on average, by 9 or more in one of ten.")
    assert page.say_share(*given, None, Miss(0.2, 0.3)) == page.say_share(*given)


def test_an_index_of_concentration_whose_interval_seldom_held_the_truth_has_none(results):
    given = results.activity, results.news
    table = page.concentration_table(*given, {page.TRIED["hhi"]: Coverage(0.4, 400, "Pareto")}).set_index("index")
    as_before = page.concentration_table(*given).set_index("index")
    assert as_before.map(lambda cell: " to " in cell).all(axis=None)
    assert (table != as_before).any(axis=1).tolist() == [index == "Herfindahl index" for index in table.index]
    assert not table.loc["Herfindahl index"].str.contains(" to ").any()


def test_an_excess_of_less_than_the_claims_least_data_is_not_reported(results):
    claim = rule.load_claims(ROOT / "claims.yaml")[2]
    assert "9 members where 10 are needed" in step.enough(results.excess, claim).reason
    assert step.enough(results.excess, {**claim, "minimum": {"members": 9}}) is results.excess


def test_members_are_described_unnamed_and_the_first_move_away_from_the_others(results):
    rows = page.members_frame(results.weekly, results.redrawn)
    assert set(rows.columns) == {"messages", "counted", "likely", "low", "high"}
    assert rows["likely"].is_monotonic_decreasing
    assert (rows["messages"] >= page.LEAST_MESSAGES).all()
    said = page.say_members(results.weekly, results.redrawn)
    assert said.startswith("Of what the 3 members who share most write, 4")
    given = study_of(130)  # three members or so write enough
    weekly = weekly_counts(Texts.of(given.messages, []), given.coded, "business_news")
    assert "fewer than 6 members" in page.say_members(weekly, [weekly]).reason


def test_the_excess_is_shown_with_and_without_the_errors_of_coders(tmp_path, results):
    table = page.alone_table(results.excess, results.as_coded, results.alone)
    assert len(table) == 4
    metrics = step.write(study.Paths(tmp_path), results)
    assert metrics["as_coded"]["value"] == table["Gini beyond activity"][1]
    assert metrics["common"] == metrics["share"]["latent"]["value"]
