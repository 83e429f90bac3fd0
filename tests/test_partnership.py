"""The step `partnership`: C1 and C2 say yes where it is so, no where it is not, and say what is missing."""

from __future__ import annotations

from dataclasses import replace

import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
import pytest

from analysis import study, tables
from analysis.errors import InputError
from analysis.network.ties import exchange, sampled_rows
from analysis.partnership import page as partnership_page
from analysis.partnership import step as partnership
from analysis.partnership.talk import BUSINESS, INFORMAL, OTHER, Talk
from analysis.partnership.waves import Waves, standardised

PARAMS = partnership.Params(
    informal=["informal_interaction"],
    business=["information_sharing"],
    gap_s=300,
    hours=3,
    wave_days=30,
    splits=[0.4, 0.6],
    draws=2,
    permutations=199,
    shuffles=199,
    confidence=0.95,
    seed=1,
)
START = pd.Timestamp("2024-01-01", tz="UTC")
DAYS = 240


def name(number):
    return "M" + "".join("ABCDEFGHIJKLMNOPQRSTUVWXYZ234567"[(number // 32**k) % 32] for k in range(4))


def community(seed=0, people=18, *, partners_from="informal", later_from=None):
    """Messages with certain replies and codes: everyone answers whoever wrote last, friends answer each other more.

    partners_from: what makes partners (informal talk, activity, or None for nobody). later_from: "informal" makes
    friends talk business with each other in the second half.
    """
    rng = np.random.default_rng(seed)
    friends = np.triu(rng.random((people, people)) < 0.15, 1)
    friends |= friends.T
    rate = rng.gamma(2, 1, size=people)
    rows, last, minute = [], None, 0.0
    for number in range(4200):
        minute += rng.exponential(DAYS * 1440 / 4200)
        who = int(rng.choice(people, p=rate / rate.sum()))
        informal = rng.random() < 0.5
        parent = None
        if last is not None and rng.random() < 0.9:
            bond = informal or (later_from == "informal" and minute > DAYS * 720)
            if bond and friends[last].any() and rng.random() < 0.6:
                who = int(rng.choice(np.flatnonzero(friends[last])))
            parent = number - 1 if who != last else None
        rows.append((number, minute, who, informal, parent))
        last = who
    messages, coded, replies = as_tables(rows)
    members = pd.DataFrame(
        {"member": [name(i) for i in range(people)], "sector": "food", "role": None, "joined": pd.NaT}
    )
    members = tables.conform(members.assign(consent="quotes"), tables.Members)
    return messages, members, declared(rng, friends, rate, partners_from), coded, replies


def as_tables(rows):
    ids = [f"umkm-{number}" for number, *_ in rows]
    messages = pd.DataFrame({"message_id": ids, "channel": "umkm", "text": "", "kind": "text", "edited": False})
    messages["time"] = START + pd.to_timedelta([minute for _, minute, *_ in rows], unit="min").round("s")
    messages["member"] = [name(who) for *_, who, _, _ in rows]
    messages = messages.assign(reply_to=None, source="chat.txt", line=np.arange(1, len(rows) + 1))
    informal = [float(each) for *_, each, _ in rows]
    coded = pd.concat(
        [
            pd.DataFrame({"unit_id": ids, "code": "informal_interaction", "probability": informal}),
            pd.DataFrame({"unit_id": ids, "code": "information_sharing", "probability": [1 - p for p in informal]}),
        ]
    ).assign(value=lambda t: t["probability"].astype(int), origin="human")
    parents = [None if parent is None else f"umkm-{parent}" for *_, parent in rows]
    replies = pd.DataFrame({"message_id": ids, "reply_to": parents, "probability": 1.0})
    return (
        tables.conform(messages[list(tables.Messages.columns)], tables.Messages),
        tables.conform(coded[list(tables.Coded.columns)], tables.Coded),
        tables.conform(replies, tables.Replies),
    )


def declared(rng, friends, rate, partners_from):
    people = len(friends)
    if partners_from is None:
        return tables.empty(tables.Partnerships)
    odds = {"informal": friends * 6.0, "activity": 2 * np.log(np.outer(rate, rate))}[partners_from]
    chosen = np.triu(rng.random(friends.shape) < 1 / (1 + np.exp(3.5 - odds)), 1)
    a, b = np.nonzero(chosen)
    since = START + pd.to_timedelta(rng.uniform(70, DAYS - 5, size=a.size).round(), unit="D")
    frame = pd.DataFrame({"member_a": [name(i) for i in a], "member_b": [name(i) for i in b], "since": since})
    assert people
    return tables.conform(frame.assign(kind=None), tables.Partnerships)


@pytest.fixture(autouse=True)
def _close_figures():
    yield
    plt.close("all")


@pytest.fixture(scope="module")
def friendly():
    """A community in which friends talk informally and become partners."""
    return community(later_from="informal")


@pytest.fixture(scope="module")
def assessed(friendly):
    return partnership.assess(*friendly, PARAMS)[0]


def held_out(coded, units=300, seed=0):
    """What coders said of some units that a classifier found with this probability, wrong in one of five."""
    part = coded[coded["unit_id"].isin(coded["unit_id"].unique()[:units])]
    truth = part["value"] ^ (np.random.default_rng(seed).random(len(part)) < 0.2)
    frame = part[["unit_id", "code"]].assign(value=truth.astype(int), probability=0.1 + 0.8 * part["value"])
    return frame.assign(conversation=frame["unit_id"].str.slice(0, 6))


# The claims


def test_partners_who_had_talked_informally_are_found_by_all_three_tests(assessed):
    c2 = assessed.metrics["C2"]
    assert c2["status"] == "ok"
    assert max(c2["p_members"], c2["p_senders"], c2["p_beyond_business"]) == c2["p"] <= 0.05
    assert 0 < c2["low"] < c2["value"] < c2["high"]


def test_later_ties_that_follow_informal_talk_are_found(assessed):
    assert assessed.metrics["C1"]["p"] <= 0.05
    assert assessed.metrics["C1"]["value"] > 0.1


def blurred(coded, seed=0):
    """The probabilities of a calibrated classifier that errs in about one message of eight."""
    truth = coded["probability"].to_numpy()
    score = np.where(truth > 0.5, 1.15, -1.15) + np.random.default_rng(seed).normal(size=truth.size)
    return coded.assign(probability=1 / (1 + np.exp(-2.3 * score)), origin="model")


def test_a_classifiers_errors_alone_do_not_tie_later_talk_to_earlier_informal_talk(monkeypatch):
    """Friends who talk informally and nothing else: what of it is taken for other talk must not count."""
    messages, members, partnerships, coded, replies = community(3, partners_from=None)
    given = (messages, members, partnerships, blurred(coded), replies, PARAMS)
    fixed = partnership.assess(*given, beside=False)[0].metrics["C1"]
    with monkeypatch.context() as patch:
        patch.setattr(Talk, "told", (1.0, 0.0))  # as if the codes never erred
        trusting = partnership.assess(*given, beside=False)[0].metrics["C1"]
    assert fixed["p"] > 0.05
    assert trusting["value"] > fixed["value"] + 0.05
    turns = exchange(messages, replies, pd.Index(members["member"]))
    talk = Talk.of(turns, blurred(coded), PARAMS.informal, PARAMS.business)
    called, wrongly = talk.told
    assert 0.1 < wrongly < 1 - called + 0.1 < 0.4


def test_partners_by_activity_alone_are_not_taken_for_partners_by_talk():
    found = [partnership.assess(*community(seed, partners_from="activity"), PARAMS)[0].metrics for seed in range(3)]
    assert all(metrics["C2"]["p"] > 0.05 for metrics in found)


def test_talk_among_partners_does_not_count_as_talk_before(friendly):
    messages, members, partnerships, coded, replies = friendly
    early = partnerships.assign(since=START + pd.Timedelta(days=35))
    result, _ = partnership.assess(messages, members, early, coded, replies, PARAMS)
    alone = partnership.assess(
        messages[messages["time"] < START + pd.Timedelta(days=35)], members, early, coded, replies.head(1), PARAMS
    )[0]
    assert result.partners["informal"].max() < 40
    assert len(result.partners) == len(early)
    assert alone.metrics["C2"]["status"] == "missing"


def test_partnerships_from_before_the_chats_and_without_a_date_are_left_out(friendly):
    messages, members, partnerships, coded, replies = friendly
    changed = partnerships.copy()
    changed.loc[0, "since"] = START - pd.Timedelta(days=400)
    changed.loc[1, "since"] = pd.NaT
    result, _ = partnership.assess(messages, members, changed, coded, replies, PARAMS)
    assert result.metrics["C2"]["n"]["partnerships"] == len(partnerships) - 2


def test_a_pair_is_at_risk_once_both_have_joined(friendly):
    messages, members, partnerships, coded, replies = friendly
    late = members.assign(joined=START + pd.Timedelta(days=100))
    turns = exchange(messages, replies, pd.Index(members["member"]))
    talk = Talk.of(turns, coded, PARAMS.informal, PARAMS.business)
    waves = Waves.of(talk, late, partnerships, PARAMS.wave_days)
    joined = waves.starts >= (START + pd.Timedelta(days=100)).timestamp()
    assert np.isnan(waves.began[~joined]).all()
    assert not np.isnan(waves.began[joined]).all()


# What is missing is told


@pytest.mark.parametrize("lacking", ["partnerships", "coded", "replies", "messages"])
def test_what_is_missing_is_told_and_nothing_crashes(friendly, lacking):
    names = ("messages", "members", "partnerships", "coded", "replies")
    given = dict(zip(names, friendly, strict=True))
    given[lacking] = given[lacking].iloc[:0]
    if lacking == "messages":
        given["replies"] = given["replies"].iloc[:0]
    result, layers = partnership.assess(**given, params=PARAMS)
    c1, c2 = result.metrics["C1"], result.metrics["C2"]
    assert c2["status"] == "missing"
    assert c2["reason"]
    assert (c1["status"] == "ok") == (lacking == "partnerships")
    tables.conform(layers, tables.Ties)
    assert_whole_page(result)


def test_two_members_are_too_few(friendly):
    messages, members, _, coded, replies = friendly
    two = messages[messages["member"].isin([name(0), name(1)])]
    few = replies[replies["message_id"].isin(two["message_id"])].assign(reply_to=pd.Series(dtype="str"))
    empty = tables.empty(tables.Partnerships)
    result, _ = partnership.assess(two, members.head(2), empty, coded, few, PARAMS)
    assert result.metrics["status"] == "missing"


# Uncertainty


def test_uncertain_replies_and_codes_move_the_coefficient_between_draws(friendly):
    messages, members, partnerships, coded, replies = friendly
    unsure = coded.assign(probability=coded["probability"].clip(0.2, 0.8))
    doubted = pd.concat([replies.assign(probability=0.7), replies.assign(reply_to=None, probability=0.3)])
    doubted = tables.conform(doubted.sort_index(kind="stable"), tables.Replies)
    result, _ = partnership.assess(messages, members, partnerships, unsure, doubted, replace(PARAMS, draws=3))
    assert result.metrics["C2"]["link_low"] < result.metrics["C2"]["link_high"]


def test_the_classifiers_measured_error_makes_the_number_less_sure(friendly, assessed):
    messages, members, partnerships, coded, replies = friendly
    guessed = coded.assign(origin="model", probability=0.1 + 0.8 * coded["value"])
    known = held_out(coded)
    found = [partnership.assess(messages, members, partnerships, guessed, replies, PARAMS, known)[0].metrics["C2"]]
    found.append(assessed.metrics["C2"])
    assert found[0]["link_high"] - found[0]["link_low"] > found[1]["link_high"] - found[1]["link_low"]
    assert found[0]["value"] < found[1]["value"]  # what is coded wrongly hides part of the effect


def test_each_message_is_either_informal_or_of_other_talk_in_a_drawn_graph(friendly):
    messages, _, _, coded, replies = friendly
    talk = Talk.of(exchange(messages, replies), coded.assign(probability=0.5), PARAMS.informal, PARAMS.business)
    rng = np.random.default_rng(1)
    rows = next(sampled_rows(talk.turns.links, 1, rng))
    graph = talk.draw(rows, rng)
    assert graph[INFORMAL][0].size + graph[OTHER][0].size == pytest.approx(rows.size, rel=0.02)
    assert 0.4 < graph[BUSINESS][0].size / rows.size < 0.6


def test_the_same_seed_gives_the_same_numbers(friendly, assessed):
    assert partnership.assess(*friendly, PARAMS)[0].metrics == assessed.metrics


# Parts


def test_standardised_waves_have_mean_zero_and_deviation_one():
    stack = np.random.default_rng(0).normal(3, 2, size=(2, 6, 6))
    stack = stack + np.swapaxes(stack, 1, 2)
    known = np.where(np.arange(6) == 5, np.nan, 0.0)[None, None, :] + np.zeros((2, 6, 6))
    known = known + np.swapaxes(known, 1, 2)
    out = standardised(stack, known)
    assert np.nanmean(out[0]) == pytest.approx(0)
    assert np.nanstd(out[1]) == pytest.approx(1)
    assert np.isnan(out[:, 5]).all()
    assert np.nanmax(np.abs(standardised(np.ones((1, 4, 4))))) == 0


def test_exchange_before_a_cut_counts_both_ways_and_only_earlier_answers():
    rows = [(0, 0.0, 0, True, None), (1, 1.0, 1, True, 0), (2, 2.0, 0, True, 1), (3, 50.0, 1, True, 2)]
    messages, coded, replies = as_tables(rows)
    talk = Talk.of(exchange(messages, replies), coded, PARAMS.informal, PARAMS.business)
    linked = talk.linked[INFORMAL]
    cut = np.array([int((START + pd.Timedelta(minutes=10)).timestamp())])
    before = talk.between(linked["later"].to_numpy(), linked["earlier"].to_numpy(), None, cut)
    assert before[0].tolist() == [[0, 2], [2, 0]]


# The step


def assert_whole_page(result):
    figures = ("groups", "members", "senders", "beyond", "strengthening")
    assert all(getattr(partnership_page, f"{each}_figure")(result).alt for each in figures)
    for said in ("answer", "say_groups", "say_preceding", "say_partners", "say_strengthening", "say_other_ways"):
        assert getattr(partnership_page, said)(result).endswith(".")
    partnership_page.partners_frame(result)
    partnership_page.other_ways_frame(result)
    assert all(passed for *_, passed in partnership_page.page_checks(result))


def test_the_step_reads_and_writes_its_tables_and_page(friendly, tmp_path):
    """One member with partnerships counts in sums only: in the tests and the written tables, on the page nowhere."""
    paths = study.Paths(tmp_path)
    hidden = friendly[2]["member_a"].iloc[0]
    members = friendly[1].assign(consent=friendly[1]["consent"].mask(friendly[1]["member"] == hidden, "aggregate"))
    schemas = ("Messages", "Members", "Partnerships", "Coded", "Replies")
    steps = ("ingest", "ingest", "ingest", "coding", "network")
    for frame, schema, step in zip((friendly[0], members, *friendly[2:]), schemas, steps, strict=True):
        tables.write(frame, paths.processed(step) / f"{schema.lower()}.parquet", getattr(tables, schema))
    tables.write(held_out(friendly[3]), paths.processed("coding") / "held_out.parquet")
    agreed = pd.DataFrame({"code": [*PARAMS.informal, *PARAMS.business], "alpha": 0.5, "usable": False})
    tables.write(agreed, paths.processed("coding") / "agreement.parquet")
    apart = partnership.run(PARAMS, paths).metrics
    assert {apart[claim]["status"] for claim in ("C1", "C2")} == {"missing"}
    assert "differ too much" in apart["C1"]["reason"]
    tables.write(agreed.assign(usable=True), paths.processed("coding") / "agreement.parquet")
    result = partnership.run(PARAMS, paths)
    layers = tables.read(paths.processed("partnership") / "ties.parquet", tables.Ties)
    assert set(layers["layer"]) == {INFORMAL, BUSINESS}
    written = study.read_metrics(paths, "partnership")
    assert written["C2"]["n"]["partnerships"] == result.metrics["C2"]["n"]["partnerships"]
    written_partners = tables.read(paths.processed("partnership") / "partners.parquet")
    shown = result.partners[["member_a", "member_b"]]
    left_out = f"{len(written_partners) - len(shown)} of members who count in sums only"
    assert written_partners[["member_a", "member_b"]].isin([hidden]).any(axis=None)
    assert not shown.isin([hidden]).any(axis=None)
    assert left_out in partnership_page.say_partners(result)
    assert hidden not in partnership_page.partners_frame(result, most=1000).to_html()
    assert_whole_page(result)


@pytest.mark.parametrize("way", ["choices", "reciprocal"])
def test_c1_is_assessed_though_another_way_of_asking_it_has_no_answer(friendly, assessed, monkeypatch, way):
    def refuse(*_, **__):
        raise InputError("the effects have no finite fit")

    if way == "choices":
        monkeypatch.setattr(partnership, "later_choices", refuse)
    else:
        monkeypatch.setattr(partnership, "both_ways_least", refuse)
    result = partnership.assess(*friendly, PARAMS)[0]
    usual, c1 = assessed.metrics["C1"], result.metrics["C1"]
    assert way not in c1
    assert c1 == {k: v for k, v in usual.items() if k != way} | {"without": {way: "the effects have no finite fit"}}
    assert "cannot be told: the effects have no finite fit." in partnership_page.say_other_ways(result)
    assert_whole_page(result)


def test_the_answer_gives_each_claim_its_own_reason():
    why = {"C1": {"status": "missing", "reason": "too few"}, "C2": {"status": "missing", "reason": "no partners"}}
    result = replace(partnership._untold({"status": "missing", "reason": "too few", **why}))
    said = partnership_page.answer(result)
    assert "partnerships cannot be told: no partners" in said
    assert "strengthens ties cannot be told: too few" in said
