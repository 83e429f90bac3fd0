"""The step `partnership`: C1 and C2 say yes where it is so, no where it is not, and say what is missing."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

from analysis import study, tables
from analysis.errors import InputError, Missing
from analysis.network.ties import exchange
from analysis.partnership import c1, c2, design, page, step
from analysis.partnership.regression import Specification
from analysis.partnership.talk import BUSINESS, INFORMAL, OTHER, Talk
from analysis.partnership.waves import Waves, standardised

PARAMS = step.Params(
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


@pytest.fixture(scope="module")
def friendly():
    """A community in which friends talk informally and become partners."""
    return community(later_from="informal")


def assess(messages, members, partnerships, coded, replies, params=PARAMS, held_out=None):
    return step.assess(step.Data(messages, members, partnerships, coded, replies, held_out), params)


@pytest.fixture(scope="module")
def assessed(friendly):
    return assess(*friendly)


def held_out(coded, units=300, seed=0):
    """Codes by coders of some units that a classifier coded with this probability, wrong in one of five."""
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
    data = step.Data(messages, members, partnerships, blurred(coded), replies)
    corrected = step.claims_alone(data, PARAMS)["C1"]
    with monkeypatch.context() as patch:
        patch.setattr(Talk, "sensitivity", 1.0)  # as if the codes never erred
        patch.setattr(Talk, "false_positive_rate", 0.0)
        trusting = step.claims_alone(data, PARAMS)["C1"]
    assert corrected["p"] > 0.05
    assert trusting["value"] > corrected["value"] + 0.05
    turns = exchange(messages, replies, pd.Index(members["member"]))
    talk = Talk.of(turns, blurred(coded), PARAMS.informal, PARAMS.business)
    assert 0.1 < talk.false_positive_rate < 1 - talk.sensitivity + 0.1 < 0.4


def test_partners_by_activity_alone_are_not_taken_for_partners_by_talk():
    for seed in range(3):
        assert assess(*community(seed, partners_from="activity")).metrics["C2"]["p"] > 0.05


def test_talk_among_partners_does_not_count_as_talk_before(friendly):
    messages, members, partnerships, coded, replies = friendly
    early = partnerships.assign(since=START + pd.Timedelta(days=35))
    result = assess(messages, members, early, coded, replies)
    alone = assess(messages[messages["time"] < START + pd.Timedelta(days=35)], members, early, coded, replies.head(1))
    assert result.partners["informal"].max() < 40
    assert len(result.partners) == len(early)
    assert alone.metrics["C2"]["status"] == "missing"


def test_partnerships_from_before_the_chats_and_without_a_date_are_left_out(friendly):
    messages, members, partnerships, coded, replies = friendly
    changed = partnerships.copy()
    changed.loc[0, "since"] = START - pd.Timedelta(days=400)
    changed.loc[1, "since"] = pd.NaT
    result = assess(messages, members, changed, coded, replies)
    assert result.metrics["C2"]["n"]["partnerships"] == len(partnerships) - 2


def test_a_pair_is_at_risk_once_both_have_joined(friendly):
    messages, members, partnerships, _, replies = friendly
    late = members.assign(joined=START + pd.Timedelta(days=100))
    turns = exchange(messages, replies, pd.Index(members["member"]))
    waves = Waves.of(turns, late, partnerships, PARAMS.wave_days)
    joined = waves.starts >= (START + pd.Timedelta(days=100)).timestamp()
    assert np.isnan(waves.began[~joined]).all()
    assert not np.isnan(waves.began[joined]).all()


# What is missing is reported


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


def test_two_members_are_too_few(friendly):
    messages, members, _, coded, replies = friendly
    two = messages[messages["member"].isin([name(0), name(1)])]
    few = replies[replies["message_id"].isin(two["message_id"])].assign(reply_to=pd.Series(dtype="str"))
    empty = tables.empty(tables.Partnerships)
    result = assess(two, members.head(2), empty, coded, few)
    assert result.metrics["status"] == "missing"


# Uncertainty


def test_uncertain_replies_and_codes_move_the_coefficient_between_draws(friendly):
    messages, members, partnerships, coded, replies = friendly
    unsure = coded.assign(probability=coded["probability"].clip(0.2, 0.8))
    doubted = pd.concat([replies.assign(probability=0.7), replies.assign(reply_to=None, probability=0.3)])
    doubted = tables.conform(doubted.sort_index(kind="stable"), tables.Replies)
    result = assess(messages, members, partnerships, unsure, doubted, replace(PARAMS, draws=3))
    assert result.metrics["C2"]["link_low"] < result.metrics["C2"]["link_high"]


def test_the_classifiers_measured_error_makes_the_number_less_sure(friendly, assessed):
    messages, members, partnerships, coded, replies = friendly
    guessed = coded.assign(origin="model", probability=0.1 + 0.8 * coded["value"])
    labelled = held_out(coded)
    unsure = assess(messages, members, partnerships, guessed, replies, PARAMS, labelled).metrics["C2"]
    sure = assessed.metrics["C2"]
    assert unsure["link_high"] - unsure["link_low"] > sure["link_high"] - sure["link_low"]
    assert unsure["value"] < sure["value"]  # what is coded wrongly hides part of the effect


def test_each_message_is_either_informal_or_of_other_talk_in_a_drawn_graph(friendly):
    messages, _, _, coded, replies = friendly
    talk = Talk.of(exchange(messages, replies), coded.assign(probability=0.5), PARAMS.informal, PARAMS.business)
    graph = next(talk.graphs([talk.share], draws=1, seed=1))
    links = len(talk.turns.links)  # each certain
    assert graph[INFORMAL][0].size + graph[OTHER][0].size == pytest.approx(links, rel=0.02)
    assert 0.4 < graph[BUSINESS][0].size / links < 0.6


def test_the_same_seed_gives_the_same_numbers(friendly, assessed):
    assert assess(*friendly).metrics == assessed.metrics


def test_the_claims_alone_have_the_numbers_that_they_have_with_the_additional_analyses(friendly, assessed):
    """Each computation has its own stream: C1's other outcomes, ties and tables move nothing."""
    alone = step.claims_alone(step.Data(*friendly), PARAMS)
    additional = {"reciprocal", "choices"}
    assert alone["C1"] == {name: value for name, value in assessed.metrics["C1"].items() if name not in additional}
    assert alone["C2"] == assessed.metrics["C2"]


# Parts


def test_standardised_waves_have_mean_zero_and_deviation_one():
    stack = np.random.default_rng(0).normal(3, 2, size=(2, 6, 6))
    stack = stack + np.swapaxes(stack, 1, 2)
    at_risk = np.where(np.arange(6) == 5, np.nan, 0.0)[None, None, :] + np.zeros((2, 6, 6))
    at_risk = at_risk + np.swapaxes(at_risk, 1, 2)
    out = standardised(stack, at_risk)
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


def assert_whole_page(result, members):
    shown = step.shown(result.partners, members)
    others = c1.other_outcomes(result.reciprocal, result.choices, confidence=0.95)
    drawn = {
        page.groups_figure: result.groups, page.members_figure: result.members, page.senders_figure: result.senders,
        page.beyond_figure: result.beyond, page.strengthening_figure: result.later,
    }  # fmt: skip
    assert all(isinstance(shows, Missing) or draw(shows).alt for draw, shows in drawn.items())
    said = (
        page.say_groups(result.groups), page.say_preceding(result.c2), page.say_partners(result.partners, shown),
        page.say_strengthening(result.c1, result.later), page.say_other_ways(result.c1, others),
    )  # fmt: skip
    assert all(each.reason if isinstance(each, Missing) else each.endswith(".") for each in said)
    assert page.answer(result.c1, result.c2).endswith(".")
    page.partners_frame(shown)
    page.other_ways_frame(result.later, others)
    assert all(passed for *_, passed in page.page_checks(result.c1, result.c2, result.partners, shown))


def test_the_step_reads_and_writes_its_tables_and_page(friendly, tmp_path):
    """One member with partnerships counts in sums only: in the tests and the written tables, on the page nowhere."""
    paths = study.Paths(tmp_path)
    hidden = friendly[2]["member_a"].iloc[0]
    members = friendly[1].assign(consent=friendly[1]["consent"].mask(friendly[1]["member"] == hidden, "aggregate"))
    schemas = ("Messages", "Members", "Partnerships", "Coded", "Replies")
    steps = ("ingest", "ingest", "ingest", "coding", "network")
    for frame, schema, name in zip((friendly[0], members, *friendly[2:]), schemas, steps, strict=True):
        tables.write(frame, paths.processed(name) / f"{schema.lower()}.parquet", getattr(tables, schema))
    tables.write(held_out(friendly[3]), paths.processed("coding") / "held_out.parquet")
    agreed = pd.DataFrame({"code": [*PARAMS.informal, *PARAMS.business], "alpha": 0.5, "usable": False})
    tables.write(agreed, paths.processed("coding") / "agreement.parquet")
    refused = step.run(PARAMS, paths)
    assert {refused[claim]["status"] for claim in ("C1", "C2")} == {"missing"}
    assert "differ too much" in refused["C1"]["reason"]
    tables.write(agreed.assign(usable=True), paths.processed("coding") / "agreement.parquet")
    result = step.assess(step.read(paths), PARAMS)
    assert step.run(PARAMS, paths) == result.metrics
    assert study.read_metrics(paths, "partnership")["C2"]["n"] == result.metrics["C2"]["n"]
    written = {file.stem: tables.read(file) for file in paths.processed("partnership").iterdir()}
    assert set(written["ties"]["layer"]) == {INFORMAL, BUSINESS}
    assert len(written["pair_waves"]) == np.triu(~np.isnan(result.waves.began), 1).sum()
    assert len(written["pair_halves"]) == len(PARAMS.splits) * 18 * 17 / 2
    terms = written["coefficients"].groupby("test")["term"].unique()
    assert {"informal", "business", "activity", "expected_informal"} < set(terms["C2"])
    assert written["null_draws"].groupby(["test", "term"]).size().unique().tolist() == [199]
    shown = step.shown(result.partners, members)
    left_out = f"{len(result.partners) - len(shown)} of members who count in sums only"
    assert written["partners"][["member_a", "member_b"]].isin([hidden]).any(axis=None)
    assert not shown[["member_a", "member_b"]].isin([hidden]).any(axis=None)
    assert left_out in page.say_partners(result.partners, shown)
    assert hidden not in page.partners_frame(shown, most=1000).to_html()
    assert hidden not in page.head(step.shown(c2.frame(result.panel), members), rows=10_000).to_html()
    assert_whole_page(result, members)


@pytest.mark.parametrize("way", ["choices", "reciprocal"])
def test_c1_is_assessed_though_another_outcome_has_no_answer(friendly, assessed, monkeypatch, way):
    def refuse(*_, **__):
        raise InputError("the effects have no finite fit")

    if way == "choices":
        monkeypatch.setattr(c1, "relational_events", refuse)
    else:
        monkeypatch.setattr(step, "both_ways_least", refuse)
    result = assess(*friendly)
    usual, numbers = assessed.metrics["C1"], result.metrics["C1"]
    assert way not in numbers
    without = {"without": {way: "the effects have no finite fit"}}
    assert numbers == {name: value for name, value in usual.items() if name != way} | without
    others = c1.other_outcomes(result.reciprocal, result.choices, confidence=0.95)
    assert "is not assessable: the effects have no finite fit." in page.say_other_ways(result.c1, others)
    assert_whole_page(result, friendly[1])


def test_the_answer_gives_each_claim_its_own_reason():
    answer = page.answer(Missing("too few"), Missing("no partners"))
    assert "partnerships is not assessable: no partners" in answer
    assert "strengthens ties is not assessable: too few" in answer


# The regressions


def test_the_tested_term_has_the_same_numbers_whether_or_not_every_term_is_tested(assessed):
    sizes = {"permutations": PARAMS.permutations, "seed": 5}
    every = c2.relabel_members(assessed.panel, **sizes)
    alone = c2.relabel_members(assessed.panel, **sizes, every_term=False)
    assert alone.tested.equals(every.tested)
    assert np.array_equal(alone.null_t, every.null_t)
    assert every.coefficients.drop("intercept").notna().all(axis=None)
    assert list(alone.null) == ["informal"]


def test_the_coefficient_of_the_difference_is_that_of_informal_less_business_exchange(assessed):
    """By ordinary least squares on the two kinds themselves."""
    fit = c2.beyond_business(assessed.panel, permutations=1, seed=0)
    coefs = []
    for began, x in assessed.panel.relations("difference"):
        kinds = {"informal": x["sum"] + x["difference"], "business": x["sum"] - x["difference"]}
        terms = {**kinds, **{name: stack for name, stack in x.items() if name not in ("sum", "difference")}}
        terms = {name: stack for name, stack in terms.items() if np.nanmax(np.abs(stack)) > 0}
        cases = np.triu(~np.isnan(began), 1)
        design = np.column_stack([np.ones(cases.sum()), *(stack[cases] for stack in terms.values())])
        coef = np.linalg.lstsq(design, began[cases], rcond=None)[0]
        coefs.append(coef[1] - coef[2])
    assert fit.tested["coefficient"] == pytest.approx(np.mean(coefs))


def test_the_panel_of_c2_gives_the_regression_of_one_draw(friendly):
    """With one draw and certain codes the written panel is what was fitted."""
    result = assess(*friendly, replace(PARAMS, draws=1))
    panel = c2.frame(result.panel)
    terms = [name for name in result.members.coefficients.index if name != "intercept"]
    design = np.column_stack([np.ones(len(panel)), panel[terms]])
    coef = np.linalg.lstsq(design, panel["began"], rcond=None)[0]
    assert coef[1:] == pytest.approx(result.members.coefficients.loc[terms, "coefficient"].to_numpy())


def test_members_who_are_left_out_are_in_no_pair(assessed):
    kept = np.arange(12)
    fit = c1.relabel_members(assessed.halves, permutations=1, seed=0, specification=Specification(kept))
    assert fit.n == {"members": 12, "pairs": 66}
    assert (assessed.senders.among(kept).ends < 12).all()


def test_codes_that_hardly_distinguish_informal_talk_are_refused(friendly):
    messages, _, _, coded, replies = friendly
    talk = Talk.of(exchange(messages, replies), coded.assign(probability=0.5), PARAMS.informal, PARAMS.business)
    with pytest.raises(InputError, match="hardly distinguish"):
        design.misclassification_corrected(talk, talk.likely, 0, 1)
