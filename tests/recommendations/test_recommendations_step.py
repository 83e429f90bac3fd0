"""The step recommendations: from tables to metrics and page, and a reason where something is not there."""

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

from analysis import study, tables
from analysis.claims import rule
from analysis.errors import InputError, Missing
from analysis.recommendations import actions, advice, findings, gains, page, predictive, step
from analysis.recommendations.assumptions import read_assumptions
from analysis.recommendations.scenarios import read_scenarios

from .communities import NAMES

SHIPPED = study.load_params(study.here())["recommendations"]
PARAMS = step.Params(**(SHIPPED | {"draws": 12, "pieces": 40, "labels": 2}))
ASSUMED = read_assumptions(PARAMS.assumptions)
START = pd.Timestamp("2024-01-01", tz="UTC")
MEMBERS = 14
GAIN = advice.Expected(1.0, 0.4, 2.0, 3.0)


def chats(members=MEMBERS, groups=("main", "fun"), days=60, news=40):
    """Everybody writes daily in main, the first half in fun too; two post news, which is answered."""
    rows = []
    for day in range(days):
        rows += [(groups[0], day + 0.01 * i, NAMES[i], "hello there") for i in range(members)]
        if len(groups) > 1:
            rows += [(groups[1], day + 0.5 + 0.01 * i, NAMES[i], "haha") for i in range(members // 2)]
    for k in range(news):
        at = k * days / max(news, 1) + 0.3
        rows += [
            (groups[0], at, NAMES[k % 3 and 1], f"news{k} price{k} market{k}"),
            (groups[0], at + 0.01, NAMES[2 + k % 5], "thanks"),
        ]
    frame = pd.DataFrame(sorted(rows, key=lambda row: row[1]), columns=["channel", "days", "member", "text"])
    return pd.DataFrame({
        "message_id": [f"m{k:05d}" for k in range(len(frame))],
        "channel": frame["channel"],
        "time": START + pd.to_timedelta(frame["days"], unit="D"),
        "member": frame["member"],
        "text": frame["text"],
        "kind": "text", "edited": False, "reply_to": pd.NA, "source": "chat.txt", "line": range(1, len(frame) + 1),
    })  # fmt: skip


def coded(messages, code, marked):
    rows = {
        "unit_id": messages["message_id"],
        "code": code,
        "value": marked.astype(int),
        "probability": marked.astype(float),
    }
    return pd.DataFrame(rows).assign(origin="model")


def data(consent="quotes", sectors=("food", "craft"), **kwargs):
    messages = tables.conform(chats(**kwargs), tables.Messages)
    people = sorted(set(messages["member"]))
    members = pd.DataFrame({"member": people, "role": "member", "joined": pd.NaT, "consent": consent})
    members["sector"] = [sectors[k % len(sectors)] for k in range(len(people))]
    members.loc[0, "role"] = "chair"
    news = messages["text"].str.startswith("news")
    answers = np.flatnonzero((messages["text"] == "thanks").to_numpy())
    ids = messages["message_id"]
    drawn = [(draw, ids[k], ids[k - 1], False) for draw in range(2) for k in answers]
    own = coded(messages, "business_news", news)
    fun = coded(messages, "informal_interaction", messages["channel"] == "fun")
    declared = [claim for claim in rule.load_claims(study.here().root / "claims.yaml") if claim["id"] in step.TESTED]
    lost = {"status": "missing", "reason": "not in this test"}
    sharing = {
        "status": "ok",
        "members": len(people),
        "sharers": 2,
        "members_for_half": 1,
        "ever": {"value": 2.0},
        "C3": lost,
    }
    held_out = pd.DataFrame(
        columns=["unit_id", "conversation", "code", "value", "probability", "readers", "share", "decided", "weight"]
    )
    passages = ["theme", "member", "unit_id", "start", "end", "text", "translation"]
    return step.Data(
        messages=messages,
        members=tables.conform(members[list(tables.Members.columns)], tables.Members),
        coded=own,
        held_out=held_out,
        likely=pd.concat([own, fun]),
        drawn=pd.DataFrame(drawn, columns=["draw", "message_id", "reply_to", "informal"]),
        sharing_groups=pd.DataFrame({"by": ["chat"], "group": ["main"], "value": [0.05]}),
        passages=pd.DataFrame(columns=passages),
        negative=pd.DataFrame(columns=passages[:5]),
        metrics={
            "sharing": sharing,
            "partnership": {"C1": lost, "C2": lost},
            "themes": lost,
            "robustness": {},
        },
        declared=declared,
        alpha=0.05,
        agreement=pd.DataFrame({"code": ["cost"], "alpha": [0.6], "usable": [False]}),
    )


@pytest.fixture(scope="module")
def whole():
    given = data()
    return given, step.assess(given, PARAMS)


def written(tmp_path, results):
    return step.write(study.Paths(tmp_path), results)


def drawn(given, results):
    """Everything that the page shows of these results."""
    scenarios = read_scenarios(PARAMS.scenarios, ASSUMED)
    return {
        "answer": page.answer(results.headline, results.advised),
        "balance": page.balance_figure(results.results, results.advised, 0.95),
        "actions": page.actions_table(results.advised, results.evidence),
        "not": page.not_recommended_table(results.advised),
        "groups": page.groups_table(results.today),
        "passing": page.say_passing(results.spreading, PARAMS.least_events),
        "office": page.say_office(results.today, results.pieces),
        "quantities": page.quantities_table(results.spreading, ASSUMED),
        "posterior": page.posterior_figure(results.spreading),
        "predictive": page.predictive_figure(results.check),
        "check": page.say_check(results.check),
        "scenarios": page.scenarios_table(scenarios, getattr(results.results, "missing", {})),
        "gains": page.gains_table(results.summary),
        "today": page.today_table(results.results, 0.95),
        "theory": page.say_theory(results.headline),
        "tornado": page.tornado_figure(results.bars, results.results, PARAMS.headline, ASSUMED),
        "signs": page.say_signs(results.bars, results.results, results.evidence),
        "losses": page.losses_figure(results.results, 0.95),
        "parts": page.parts_table(results.parts),
        "bridges": page.bridges_table(results.pairs, given.agreed),
        "said": page.say_bridges(results.pairs, given.agreed, results.held),
    }


def test_a_whole_study_gives_every_number_and_the_whole_page(tmp_path, whole):
    given, results = whole
    metrics = written(tmp_path, results)
    assert metrics["status"] == "ok"
    assert metrics["R1"]["low"] <= metrics["R1"]["value"] <= metrics["R1"]["high"]
    assert set(metrics["scenarios"]) | set(metrics["not_computed"]) == set(PARAMS.scenarios)
    missing = {name for name, shown in drawn(given, results).items() if isinstance(shown, Missing)}
    assert missing <= {"actions"}
    assert all(passed for *_, passed in page.page_checks(results.results, results.advised))
    for name in ("scenarios", "parts", "tornado", "predictive", "draws", "advice"):
        assert len(pd.read_parquet(tmp_path / f"data/processed/recommendations/{name}.parquet"))


def test_the_headline_carries_what_is_fitted_and_what_is_assumed(whole):
    """Were the ranges of the assumptions points, the interval would be narrower."""
    given, results = whole
    points = {
        name: own
        | {"low": read_assumptions({name: own})[name].at(0.5), "high": read_assumptions({name: own})[name].at(0.5)}
        for name, own in PARAMS.assumptions.items()
    }
    narrow = step.assess(given, replace(PARAMS, assumptions=points)).headline
    assert narrow.high - narrow.low < 0.5 * (results.headline.high - results.headline.low)
    assert narrow.high > narrow.low


def test_too_few_events_in_a_second_group_make_passing_on_an_assumption(whole):
    _, results = whole
    assert not results.spreading.passing_fitted
    assert "the chance of passing on is an assumption" in page.say_passing(results.spreading, PARAMS.least_events)
    fitted = gains.Spreading(
        results.spreading.draws, [replace(one, passing=one.answering) for one in results.spreading.fitted]
    )
    assert "was fitted" in page.say_passing(fitted, PARAMS.least_events)


def test_what_would_change_the_advice_is_said(whole):
    _, results = whole
    torn = {"bridge": advice.Expected(1, 0.4, 2, 3, ("bridge_keeps",), ("read_back",)), "flexible": GAIN}
    said = page.say_signs(results.bars, results.results, replace(results.evidence, expected=torn))
    bridge = "a bridge between two groups"
    carried = "(how much of the news the bridge carries over)"
    depends = f"Whether these help or harm depends on an assumption: {bridge} {carried}."
    assert depends in said
    assert f"An assumption moves these by more than the gain itself: {bridge} (how far back members read)." in said
    calm = page.say_signs(results.bars, results.results, replace(results.evidence, expected={"flexible": GAIN}))
    assert calm.startswith("In no scenario does the sign")
    assert "moves these" not in calm


def test_a_number_by_which_the_model_was_chosen_is_no_test_of_it_and_a_wide_prediction_hardly_one():
    check = pd.DataFrame(
        [
            ("answers", 1.0, 1.0, 0.5, 1.5, True),
            (page.CHOSEN_BY, 99.0, 1.0, 0.5, 1.5, False),
            ("second", 0.0, 1.0, 0.0, 9.0, True),
        ],
        columns=list(predictive.CHECKED),
    )
    figure = page.predictive_figure(check)
    assert figure.title == "1 of 1 number that could fail lies where the other half of the news predicts it"
    assert figure.alt.startswith(f"{figure.title}. ")
    assert figure.caption.endswith(
        "Not counted: minutes to an answer, median, by which the form of the model was chosen; posts in a second group "
        "per hundred pieces, as the prediction begins at 0 and can hardly fail."
    )
    said = page.say_check(check)
    assert said.startswith("Each number that had no part in choosing the model lies where it is predicted.")
    assert said.endswith("it can hardly fail: posts in a second group per hundred pieces.")
    assert "does not predict: direct answers" in page.say_check(check.assign(within=False))
    failed = page.predictive_figure(check.assign(within=[True, True, False]))
    assert failed.title.startswith("1 of 2 numbers that could fail lies")
    assert "begins at 0" not in failed.caption
    none = page.predictive_figure(check.iloc[2:])
    assert none.title == "No number could fail to lie where the other half predicts it"
    assert none.alt.startswith(f"{none.title}. ")


def test_who_shared_lately_is_counted_in_the_last_months(whole):
    given, results = whole
    end = given.messages["time"].max()
    assert findings.sharers_lately(results.pieces, end) == results.evidence.findings["sharers_lately"] == 2
    assert findings.sharers_lately(results.pieces, end + pd.DateOffset(years=1)) == 0


def test_what_chance_does_to_a_number_to_watch_widens_what_is_expected_of_it(whole):
    given, results = whole
    found, pieces = results.evidence.findings, results.pieces
    chance = findings.by_chance(found, pieces)
    share = found["top_part_lately"]
    assert chance["top_part"] == pytest.approx((2 * share * (1 - share) / found["news_lately"]) ** 0.5)
    assert set(chance) <= {*gains.WATCHED}
    narrow, wide = (
        findings.expected(results.results, results.bars, set(), 0.95, {"sharers_lately": sd}) for sd in (0.0, 2.0)
    )
    for name, one in narrow.items():
        for number, (low, high) in one.changes.items():
            assert wide[name].changes[number][0] <= low
            assert high <= wide[name].changes[number][1]
    none = findings.lately(results.today, pieces, given.messages["time"].max() + pd.DateOffset(years=1))
    assert none == findings.by_chance(none, pieces) == {}


def test_the_tornado_has_a_line_for_all_at_their_medians_and_a_bar_that_is_seen_where_nothing_changes(whole):
    _, results = whole
    own = results.bars[results.bars["scenario"] == PARAMS.headline].assign(gain_middle=0.76)
    none = own["quantity"] == "approval_days"
    bars = own.assign(gain_low=own["gain_low"].mask(none, 0.76), gain_high=own["gain_high"].mask(none, 0.76))
    figure = page.tornado_figure(bars, results.results, PARAMS.headline, ASSUMED)
    (axes,) = figure.drawing.axes
    at = {line.get_linestyle(): line.get_xdata()[0] for line in axes.lines[:2]}
    assert at == {":": np.median(results.results.gain(PARAMS.headline)), "-": 0.76}
    assert "all at their medians (0.76)" in figure.caption
    figure.drawing.draw_without_rendering()
    said = actions.meant("approval_days", "en")
    (place,) = (k for k, label in enumerate(axes.get_yticklabels()) if label.get_text() == f"{said} (days)")
    assert axes.patches[place].get_width() == 0
    assert axes.patches[place].get_linewidth() >= 2
    left, right = sorted(
        (text.get_window_extent() for text in axes.texts[2 * place : 2 * place + 2]), key=lambda b: b.x0
    )
    bar = axes.patches[place].get_window_extent()
    assert left.x1 < bar.x0 <= bar.x1 < right.x0


def test_what_moves_the_headline_most_is_said_where_it_is_assumed(whole):
    _, results = whole
    moved = replace(results.headline, moved_by="held_back")
    assert step.assumed_most(moved, results.spreading)["en"] == "how much news approval now holds back"
    fitted = [replace(one, passing=one.answering) for one in results.spreading.fitted]
    fitted = gains.Spreading(results.spreading.draws, fitted)
    assert step.assumed_most(replace(moved, moved_by="passing_age"), fitted) == {"en": None, "id": None}
    assert set(actions.MEANT) >= {*gains.READING, "held_back", "willing"}


def test_how_stale_news_from_an_office_is_is_said_where_enough_was_seen(whole):
    _, results = whole
    assert "too few" in page.say_office(results.today, results.pieces)
    office = replace(results.today, people=results.today.people.assign(role="chair"))
    count = findings.ENOUGH
    moved = [replace(one, second_piece=np.arange(count), second_age=np.full(count, 2.0)) for one in results.pieces]
    assert "after 2.0 days" in page.say_office(office, moved)


def without_an_office(**kwargs):
    given = data(**kwargs)
    return replace(given, members=given.members.assign(role=pd.Series(pd.NA, given.members.index, dtype="str")))


def test_where_nobody_holds_an_office_the_page_says_that_nobody_approves(tmp_path):
    given = without_an_office()
    results = step.assess(given, PARAMS)
    said = page.say_office(results.today, results.pieces)
    assert said.startswith("According to the roster nobody holds an office, so the what-if assumes")
    assert "nobody needs an officer's approval here" in page.answer(results.headline, results.advised)
    assert "Posting without approval by itself" not in page.answer(results.headline, results.advised)
    assert results.results.gain("no approval").tolist() == [0] * PARAMS.draws
    assert results.headline.moved_by != "held_back"
    metrics = written(tmp_path, results)
    assert "tidak ada yang perlu izin" in metrics["headline"]["adds"]["id"]
    (posting,) = (each for each in results.advised if each.rule["scenario"] == "no approval")
    assert posting.status == advice.OPEN


def test_where_passing_on_has_nowhere_to_go_either_no_assumption_is_said_to_move_the_headline():
    results = step.assess(without_an_office(groups=("main",)), PARAMS)
    assert (results.headline.value, results.headline.moved_by) == (0, None)
    figure = page.tornado_figure(results.bars, results.results, PARAMS.headline, ASSUMED)
    assert figure.title == "The gain of the scenario flexible depends on no assumption"
    figure.drawing.draw_without_rendering()


def test_the_answer_says_first_that_its_sign_depends_on_an_assumption(whole):
    _, results = whole
    torn = replace(results.headline, depends_on=["held_back"])
    said = page.answer(torn, results.advised)
    assert ", depending on assumptions). Posting without approval by itself would" in said
    assert said.startswith("Whether a more flexible way of sharing helps depends on an assumption")
    one = replace(results.advised[0], status=advice.RECOMMENDED, strength="moderate")
    assert page.answer(torn, [one]).endswith(
        "Of 1 piece of advice, 1 is recommended. The grounds are strong for none, moderate for 1 and tentative for "
        "none of these."
    )
    assert page.answer(torn, [replace(one, strength=None)]).endswith("Of 1 piece of advice, none is recommended.")


@pytest.mark.parametrize(
    ("kwargs", "reason"),
    [
        ({"news": 0}, "no message is coded as business news"),
        ({"members": 9}, "9 members who are still there where 10 are needed"),
    ],
)
def test_what_cannot_be_computed_gives_its_reason_to_metrics_and_page(tmp_path, kwargs, reason):
    given = data(**kwargs)
    results = step.assess(given, PARAMS)
    metrics = written(tmp_path, results)
    assert metrics["status"] == "missing"
    assert reason in metrics["reason"]
    shown = drawn(given, results)
    assert isinstance(shown["answer"], Missing)
    assert reason in shown["answer"].reason
    assert {each.status for each in results.advised if each.rule["scenario"]} == {advice.OPEN}
    assert all(passed for *_, passed in page.page_checks(results.results, results.advised))


def test_a_study_without_codings_still_says_who_could_bridge_and_what_leaving_costs(tmp_path):
    given = replace(data(), coded=tables.empty(tables.Coded), likely=tables.empty(tables.Coded))
    results = step.assess(given, PARAMS)
    metrics = written(tmp_path, results)
    assert metrics["status"] == "missing"
    assert metrics["structure"]["status"] == "ok"
    assert not isinstance(page.say_bridges(results.pairs, given.agreed, results.held), Missing)


def test_where_no_graph_has_a_tie_nothing_is_said_of_what_leaving_costs():
    pairs = pd.DataFrame({"member_a": ["MAAAA"], "member_b": ["MBBBB"], "among_first": [1.0]})
    assert "efficiency" in page.say_bridges(pairs, {"MAAAA"}, np.array([0.5, np.nan]))
    assert "efficiency" not in page.say_bridges(pairs, {"MAAAA"}, np.full(2, np.nan))
    assert "held" not in step.structure(pairs, np.full(2, np.nan), {"MAAAA"}, 0.95)


def test_with_one_group_scenarios_that_need_two_say_so(tmp_path):
    given = data(groups=("main",))
    results = step.assess(given, PARAMS)
    metrics = written(tmp_path, results)
    assert "only one group has" in metrics["not_computed"]["bridge"]
    assert {"flexible", "weekly digest"} <= set(metrics["scenarios"])
    table = page.scenarios_table(
        read_scenarios(PARAMS.scenarios, read_assumptions(PARAMS.assumptions)), results.results.missing
    )
    assert (
        table.set_index("scenario")
        .loc["a bridge between two groups", "not computed because"]
        .startswith("only one group has")
    )


def test_where_nobody_agreed_to_be_shown_no_pair_is(tmp_path):
    given = data(consent="none")
    results = step.assess(given, PARAMS)
    shown = page.bridges_table(results.pairs, given.agreed)
    assert isinstance(shown, Missing)
    assert "agreed to be shown" in shown.reason
    assert written(tmp_path, results)["structure"]["shown"] == 0


def test_every_interval_of_the_metrics_has_the_confidence_of_the_parameters(tmp_path, whole):
    given, results = whole
    evidence = step.evidence_of(
        given, results.today, results.pieces, results.spreading, results.results, results.bars, {}, confidence=0.5
    )
    metrics = written(tmp_path, replace(results, evidence=evidence, confidence=0.5))
    expected = np.quantile(results.results.of(gains.TODAY, "reach_week"), [0.25, 0.75])
    for found, prefix in ((metrics["today"]["reach_week"], ""), (metrics["findings"], "reach_week_")):
        assert [found[f"{prefix}low"], found[f"{prefix}high"]] == pytest.approx(expected, abs=1e-6)
    held = step.structure(results.pairs, np.arange(5.0), given.agreed, 0.5)["held"]
    assert (held["low"], held["high"]) == (1.0, 3.0)


def test_no_member_is_named_in_metrics_or_advice(tmp_path, whole):
    _, results = whole
    written(tmp_path, results)
    text = study.Paths(tmp_path).metrics("recommendations").read_text(encoding="utf-8")
    assert not any(name in text for name in NAMES[:MEMBERS])


def test_pairs_are_shown_in_the_order_of_their_pseudonyms_and_with_nothing_else_of_them(whole):
    given, results = whole
    shown = page.bridges_table(results.pairs, given.agreed)
    if not isinstance(shown, Missing):
        assert shown["pair"].is_monotonic_increasing
        assert len(shown.columns) == 2


@pytest.mark.parametrize(
    ("changes", "says"),
    [
        (
            {"assumptions": {"read_back": {"low": 5, "high": 1, "unit": "messages", "meaning": "?"}}},
            "assumptions.read_back",
        ),
        (
            {"scenarios": {"odd": {"who": {"en": "", "id": ""}, "does": {"en": "", "id": ""}, "levers": {"fly": {}}}}},
            "scenarios.odd",
        ),
    ],
)
def test_parameters_that_cannot_be_used_stop_the_step_with_their_key(changes, says):
    with pytest.raises(InputError, match=says):
        step.assess(data(), replace(PARAMS, **changes))


def test_a_headline_that_is_no_scenario_is_reported(whole):
    _, results = whole
    lost = step.headline(results.results, results.bars, results.today, [], results.spreading, "magic", 0.95)
    assert isinstance(lost, Missing)
    assert "no scenario is called magic" in lost.reason


def test_all_strongest_actions_are_in_the_metrics_in_both_languages(tmp_path, whole):
    _, results = whole
    metrics = written(tmp_path, results)
    number = min(actions.ACTIONS, sum(each.status == advice.RECOMMENDED for each in results.advised))
    assert {language: len(said) for language, said in metrics["actions"].items()} == {"en": number, "id": number}
