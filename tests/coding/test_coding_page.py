"""The chapter `coding`: every piece of it can be made, of what is there and of what is missing."""

from __future__ import annotations

from types import SimpleNamespace

import numpy as np
import pandas as pd
import pytest

from analysis import figures, tables
from analysis.codebook import Code, Codebook
from analysis.coding import page, quoting, step
from analysis.coding.anchors import Anchored
from analysis.coding.prevalence import LIKELY
from analysis.coverage import Coverage, Miss
from analysis.errors import Missing

FIT = {"folds": 5}
DRAWS = {"confidence": 0.95, "bootstrap": 100, "seed": 1}
SET = {**DRAWS, **FIT, "alpha_floor": 0.667, "min_positives": 10, "gap_minutes": 60.0, "labels": 20}


def shown(paths, *, chats: bool = True) -> SimpleNamespace:
    """What the notebook binds, and all that it shows of it by the name of the page's function."""
    params = step.Params(**SET, chat_quotes=chats)
    data = step.read(paths, params)
    r = step.assess(data, params)
    summary = step.metrics_of(r)
    quotable = step.quotable(data.units, data.members, data.utterances, chats=chats, approved=None)
    broken, differences = step.broken(r.people.anchored, quotable), step.differences(r.people.applied, data.book)
    examples, decisions = (
        step.examples(r.people.anchored, data.book, quotable),
        step.decisions(r.people.anchored, quotable),
    )
    learning = step.learn(r.performance, r.carried, r.people.texts, **FIT)
    pieces = {
        "answer": page.answer(summary, data.book),
        "codebook_table": page.codebook_table(data.book),
        "examples_table": page.examples_table(examples, data.book),
        "agreement_figure": page.agreement_figure(r.people.agreement, 0.667),
        "agreement_table": page.agreement_table(r.people.agreement),
        "say_agreement": page.say_agreement(r.people.agreement),
        "spans_figure": page.spans_figure(r.people.spans),
        "say_spans": page.say_spans(r.people.spans),
        "confusions_table": page.confusions_table(differences, data.book),
        "overlooked_table": page.overlooked_table(differences, data.book),
        "say_confusions": page.say_confusions(differences, r.people.agreement),
        "disputed_table": page.disputed_table(step.disputed(r.people.applied, data.book, quotable), data.book),
        "decisions_table": page.decisions_table(decisions, data.book),
        "say_decisions": page.say_decisions(r.people.applied),
        "say_anchors": page.say_anchors(r.people.anchored),
        "anchors_table": page.anchors_table(broken, data.book),
        "held_out_table": page.held_out_table(r.carried),
        "performance_figure": page.performance_figure(r.performance),
        "performance_table": page.performance_table(r.performance),
        "say_performance": page.say_performance(r.performance),
        "calibration_figure": page.calibration_figure(step.calibrate(r.carried), learning),
        "say_learning": page.say_learning(learning),
        "coder_errors_figure": page.coder_errors_figure(r.likely),
        "coder_errors_table": page.coder_errors_table(r.likely),
        "say_coder_errors": page.say_coder_errors(r.likely),
        "prevalence_figure": page.prevalence_figure(r.shares, r.alone),
        "say_prevalence": page.say_prevalence(r.shares),
        "alone_table": page.alone_table(r.shares, r.alone),
        "say_alone": page.say_alone(r.alone),
        "chats_table": page.chats_table(r.shares, data.book),
        "reporting_table": page.reporting_table(summary, data.book),
    }
    checks = page.page_checks(summary, broken, r.people.agreement, r.shares)
    return SimpleNamespace(data=data, results=r, summary=summary, pieces=pieces, checks=checks)


@pytest.fixture(scope="module")
def chapter(coded_study):
    return shown(coded_study)


def test_every_piece_of_the_page_can_be_made(chapter):
    names = {name for name in vars(page) if name.startswith("say_") or name.endswith(("_figure", "_table"))}
    assert names == set(chapter.pieces) - {"answer"}
    missing = {name for name, piece in chapter.pieces.items() if isinstance(piece, Missing)}
    assert missing == {"spans_figure", "say_spans"}  # this study has no interviews
    assert all(piece.alt for piece in chapter.pieces.values() if isinstance(piece, figures.Figure))
    assert all(piece.endswith(".") for piece in chapter.pieces.values() if isinstance(piece, str))
    assert all(passed for *_, passed in chapter.checks)


def test_a_share_whose_interval_seldom_held_the_truth_has_no_bar(chapter):
    given = chapter.results.shares, chapter.results.alone
    code = chapter.results.shares.loc[chapter.results.shares["kind"] == LIKELY, "code"].iloc[0]
    held = {f"share of {code} (true codes)": Coverage(0.2, 60, "published")}
    caption = page.prevalence_figure(*given, held).caption
    assert f"No bar: {code.replace('_', ' ')}, whose interval" in caption
    assert "No bar" not in page.prevalence_figure(*given).caption


def test_the_answer_says_what_the_talk_is_about(chapter):
    assert chapter.pieces["answer"].startswith("Most common among the messages: *")


def test_without_codings_every_piece_says_why_it_is_missing(tmp_path, make_messages, write_study):
    chapter = shown(write_study(tmp_path, make_messages(50), tables.empty(tables.Codings)))
    reasons = {name: piece.reason for name, piece in chapter.pieces.items() if isinstance(piece, Missing)}
    assert set(reasons.values()) == {"there are no codings"}
    assert set(chapter.pieces) - set(reasons) == {"codebook_table"}
    assert all(passed and reason == "there are no codings" for _, reason, passed in chapter.checks)


def test_without_a_frequent_code_the_shares_are_missing_and_agreement_is_shown(
    tmp_path, make_messages, make_codings, write_study
):
    messages = make_messages(60)
    chapter = shown(write_study(tmp_path, messages, make_codings(messages.iloc[:9], double=9)))
    assert chapter.pieces["say_prevalence"] == Missing("no code is frequent enough for a model")
    assert isinstance(chapter.pieces["agreement_figure"], figures.Figure)
    assert "carries 0 codes" in chapter.pieces["answer"]


def test_coders_who_gave_no_code_at_all_leave_a_page_that_says_so(tmp_path, make_messages, make_codings, write_study):
    messages = make_messages(60)
    chapter = shown(write_study(tmp_path, messages, make_codings(messages.iloc[:30], double=30).assign(code=None)))
    assert "On 0 of 7 codes" in chapter.pieces["answer"]
    assert "On 0 of these the whole interval reaches it." in chapter.pieces["answer"]
    assert chapter.pieces["examples_table"].empty


def test_where_nothing_was_read_twice_the_page_does_not_speak_of_agreement(
    tmp_path, make_messages, make_codings, write_study
):
    messages = make_messages(60)
    chapter = shown(write_study(tmp_path, messages, make_codings(messages.iloc[:30], double=0)))
    assert "their agreement cannot be assessed" in chapter.pieces["answer"]
    assert chapter.pieces["say_confusions"] == Missing("no unit was read by two coders")
    assert chapter.pieces["agreement_figure"] == Missing("no unit was read by two coders")


def test_a_broken_anchor_shows_its_old_words_and_their_likeliest_place_of_those_who_may_be_quoted(
    tmp_path, make_messages, make_codings, write_study
):
    messages = make_messages(200)
    messages["member"] = np.where(np.arange(200) % 2, "MAAAA", "MAAAB")  # the first consents to sums only
    codings = make_codings(messages.iloc[:100], double=0).assign(code="news")
    edited = codings["unit_id"].isin(["umkm-00098", "umkm-00099"])
    codings.loc[edited, ["text_sha256", "quotation"]] = ["0" * 64, messages["text"][98]]
    data = step.read(write_study(tmp_path / "open", messages, codings), step.Params(**SET, chat_quotes=True))
    quotable = step.quotable(data.units, data.members, data.utterances, chats=True, approved=None)
    table = page.anchors_table(step.broken(step.anchor(data), quotable), data.book).set_index("unit")
    assert table["old words"].to_dict() == {"umkm-00098": messages["text"][98], "umkm-00099": ""}
    assert table.loc["umkm-00098", "likeliest new place"] == f"umkm-00098, characters 0 to {len(messages['text'][98])}"


def test_what_was_settled_after_discussion_keeps_who_decided_and_why(
    tmp_path, make_messages, make_codings, write_study
):
    messages = make_messages(200)
    codings = make_codings(messages.iloc[:100], double=50)
    first = codings.iloc[[0]].assign(coder="consensus", code="news", memo="ani and budi: a price is news")
    paths = write_study(tmp_path, messages.assign(member="MAAAB"), pd.concat([codings, first]))
    data = step.read(paths, step.Params(**SET, chat_quotes=True))
    quotable = step.quotable(data.units, data.members, data.utterances, chats=True, approved=None)
    anchored = step.anchor(data)
    table = page.decisions_table(step.decisions(anchored, quotable), data.book)
    assert table.to_numpy().tolist() == [["umkm-00000", "news", "ani and budi: a price is news"]]
    assert page.say_decisions(step.apply_codes(anchored, data.book)).startswith("Where coders settled a unit")


@pytest.mark.parametrize(
    ("read", "rule"),
    [
        ({"ani": 3, "budi": 3}, "*ani*, by name the first of those who read most, decides."),
        ({"ani": 1, "budi": 3}, "*budi*, who read most, decides."),
        ({"ani": 2, "budi": 2, "cici": 3}, "majority decides, and on a tie *cici*, who read most, if they read it."),
    ],
)
def test_who_decides_where_coders_differ_is_named(read, rule):
    rows = [(f"u{k}", coder) for coder, units in read.items() for k in range(units)]
    applied = pd.DataFrame({"news": True}, index=pd.MultiIndex.from_tuples(rows, names=["unit_id", "coder"]))
    assert page.say_decisions(applied).endswith(rule)


def test_groups_of_codes_stand_against_chats_with_the_fewer_across(chapter):
    table = chapter.pieces["chats_table"]
    assert table.columns.tolist() == ["codes", "umkm"]
    assert table["codes"].tolist() == ["sharing", "informal", "coordination"]
    assert table["umkm"].str.fullmatch(r"[\d.]+ \([\d.]+ to [\d.]+\)").all()


def test_pairs_of_codes_that_are_confused_as_often_are_named_together():
    differences = pd.DataFrame({"first": ["a", "c", "e"], "second": ["b", "d", "f"], "units": [7, 7, 1]})
    said = page.say_confusions(differences, pd.DataFrame())
    assert said.endswith("Most often confused are *a* with *b* and *c* with *d* (7 units each).")
    assert page.say_confusions(differences[1:], pd.DataFrame()).endswith(
        "Most often confused is *c* with *d* (7 units)."
    )
    assert "4 pairs of codes" in page.say_confusions(pd.concat([differences[:2]] * 2), pd.DataFrame())


def test_the_answer_says_that_coders_are_simulated_and_a_share_too_low_where_it_is(chapter):
    plain, book = chapter.pieces["answer"], chapter.data.book
    first = next(name for name in book.names if f"*{name}*" in plain.split("(")[0])
    said = page.answer(chapter.summary, book, {first: Miss(0.021, 0.03)}, simulated=True)
    assert page.SIMULATED_CODERS in said
    assert page.SIMULATED_CODERS not in plain
    assert f"of *{first}* came out too low by 2 percentage points on average, and by 3 or more in one of ten." in said
    assert "too low by" not in plain


def test_names_of_codes_are_written_in_tables_as_in_figures():
    differences = pd.DataFrame({"first": ["meeting_up"], "second": ["not_a_code"], "units": [2]})
    table = page.confusions_table(differences, Codebook((Code("meeting_up"), Code("up"))))
    assert table.iloc[0].tolist() == ["meeting up", "not_a_code", 2]


def test_translated_passages_come_first_among_examples():
    rows = pd.DataFrame({"unit_id": ["a", "b"], "start": 0, "end": [20, 40], "code": "up", "coder": "ani",
                         "translation": [None, "a word"]})  # fmt: skip
    quotable = quoting.Quotable(pd.DataFrame({"text": ["x" * 20, "y" * 40]}, index=["a", "b"]), frozenset())
    examples = step.examples(Anchored(rows, rows.iloc[:0]), Codebook((Code("up"),)), quotable)
    assert examples["unit_id"].tolist() == ["b", "a"]


def test_a_code_whose_alpha_is_undefined_is_not_called_the_one_that_coders_differ_on_least(chapter):
    agreement = chapter.results.people.agreement
    flat = agreement.assign(alpha=[float("nan"), 0.5, *[0.9] * (len(agreement) - 2)], low=0.1, high=1.0)
    flat["usable"] = flat["alpha"] >= 0.667
    sentence = page.say_agreement(flat)
    undefined, weak = (name.replace("_", " ") for name in flat["code"].iloc[:2])
    assert "nan" not in sentence
    assert f"differ most on *{weak}*" in sentence
    assert f"Alpha is undefined for {undefined}" in sentence
    assert page.say_agreement(flat.iloc[:1]).startswith("Alpha is undefined")


def test_a_code_is_named_in_a_sentence_as_it_is_written_whatever_signs_it_has():
    rows = pd.DataFrame({"code": ["harga*promo*", "<b>kue"], "alpha": [0.2, 0.9], "usable": [True, True]})
    said = page.say_agreement(rows)
    assert said == r"Coders differ most on *harga\*promo\** and least on *&lt;b&gt;kue*."


def test_a_model_of_one_code_is_not_best_and_worst_at_it(chapter):
    performance = chapter.results.performance
    alt = page.performance_figure(performance[performance["carried"].astype(bool)].iloc[:1]).alt
    assert "worst" not in alt
    assert "best" not in alt


def test_agreement_is_reported_by_intervals_and_not_by_point_estimates_alone(chapter):
    agreement = chapter.results.people.agreement.assign(alpha=0.7, low=0.6, high=0.8, usable=True)
    agreement.loc[agreement.index[0], ["alpha", "low"]] = 0.9, 0.7
    figure = page.agreement_figure(agreement, 0.667)
    assert (
        figure.title
        == f"Alpha is 0.667 or more on {len(agreement)} of {len(agreement)} codes, with its whole interval on 1"
    )
    assert "1 code reaches 0.80; below it, conclusions are tentative" in figure.caption
    codes = {
        row.code: {"low": row.low, "usable": True, "likely": None, "share": None} for row in agreement.itertuples()
    }
    summary = {**chapter.summary, "usable": len(codes), "by_code": chapter.summary["by_code"] | codes}
    assert "On 1 of these the whole interval reaches it." in page.answer(summary, chapter.data.book)


@pytest.mark.parametrize(
    ("coders", "twice", "said"),
    [
        (2, 90, "Each of 90 messages and turns of interviews was coded by two coders independently."),
        (
            3,
            90,
            "3 coders read 90 messages and turns of interviews. Each was coded by two of them or more independently.",
        ),
        (
            2,
            40,
            "2 coders read 90 messages and turns of interviews. Of these, 40 were coded by two coders independently.",
        ),
    ],
)
def test_who_coded_how_much_is_said_once(chapter, coders, twice, said):
    summary = {**chapter.summary, "coders": coders, "units": 90, "double_coded": twice}
    assert said in page.answer(summary, chapter.data.book)


@pytest.mark.parametrize(
    ("names", "drawn"),
    [
        (["gossip", "prices"], ["gossip", "prices"]),
        (["gossip", "partnership"], ["partnership", "gossip"]),
        ([f"code {k}" for k in range(9)], [f"code {k}" for k in range(6)]),
    ],
)
def test_the_figure_of_probabilities_draws_the_codes_of_any_codebook_each_in_its_own_way(names, drawn):
    said = pd.DataFrame(
        [(name, place, place) for name in names for place in (0.1, 0.6)], columns=["code", "said", "seen"]
    )
    learning = pd.DataFrame([(name, n, 0.5) for name in names for n in (50, 100)], columns=["code", "units", "f1"])
    figure = page.calibration_figure(said, learning)
    left = figure.drawing.axes[0]
    assert [text.get_text() for text in left.get_legend().get_texts()] == drawn
    assert len({(line.get_marker(), line.get_color()) for line in left.get_lines()}) == len(drawn) + 1
    assert ("codes are drawn" in figure.caption) == (len(drawn) < len(names))
