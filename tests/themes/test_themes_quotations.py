"""Quotations: agreed on, chosen by rule, consented to, shared out."""

import pandas as pd
import pytest

from analysis import tables
from analysis.themes.quotations import choose, negative_cases, spans, themed_passages, typicality

THEMES = ["trust", "time"]
HASH = "0" * 64


def codings(*rows):
    """rows: (unit, start, end, code, coder), and a dict of round, translation and memo where they matter."""
    usual = {"round": 1, "text_sha256": HASH, "memo": None, "translation": None}
    table = [
        {"unit_id": unit, "start": start, "end": end, "code": code, "coder": coder} | usual | (rest[0] if rest else {})
        for unit, start, end, code, coder, *rest in rows
    ]
    return tables.conform(pd.DataFrame(table), tables.Codings)


def candidates(*rows):
    """rows: (theme, member, typicality, text)."""
    return pd.DataFrame(
        [
            {"theme": t, "member": m, "typicality": y, "text": x, "unit_id": f"u{i}", "agreed": True}
            for i, (t, m, y, x) in enumerate(rows)
        ]
    )


def test_a_passage_needs_every_coder_who_read_the_turn():
    both = codings(
        ("u1", 0, 9, "trust", "A"), ("u1", 2, 9, "trust", "B"), ("u2", 0, 9, "trust", "A"), ("u2", 0, 0, None, "B")
    )
    chosen = spans(both, THEMES)
    assert chosen[["unit_id", "coders", "readers", "agreed"]].to_numpy().tolist() == [
        ["u1", 2, 2, True],
        ["u2", 1, 2, False],
    ]


def test_coders_who_mean_different_words_do_not_agree():
    different = codings(("u1", 0, 9, "trust", "A"), ("u1", 20, 30, "trust", "B"))
    assert spans(different, THEMES)["agreed"].tolist() == [False]


def test_the_span_with_a_translation_is_taken_and_else_the_one_most_like_the_others():
    translated = codings(("u1", 0, 9, "trust", "A"), ("u1", 1, 30, "trust", "B", {"translation": "they trust me"}))
    assert spans(translated, THEMES)[["start", "translation"]].to_numpy().tolist() == [[1, "they trust me"]]
    three = codings(("u1", 0, 30, "trust", "A"), ("u1", 0, 10, "trust", "B"), ("u1", 0, 20, "trust", "C"))
    assert spans(three, THEMES)["end"].tolist() == [20]


def test_a_coders_last_round_counts_and_the_consensus_is_no_coder():
    changed = codings(
        ("u1", 0, 9, "trust", "A"),
        ("u1", 0, 9, "time", "A", {"round": 2}),
        ("u1", 0, 9, "trust", "consensus", {"memo": "A and B: trust"}),
    )
    chosen = spans(changed, THEMES).set_index("code")
    assert chosen["coders"].to_dict() == {"time": 1, "trust": 0}
    assert chosen["agreed"].all()


def test_a_passage_carries_its_words_its_question_and_its_place():
    said = tables.conform(
        pd.DataFrame(
            {"utterance_id": ["w-001", "w-002", "w-003"], "transcript": "w", "turn": [1, 2, 3],
             "member": [None, "MAAAA", "MAAAA"], "role": ["interviewer", "participant", "participant"],
             "start_s": None, "end_s": None, "text": ["Kenapa?", "Ya 👍 percaya saja, to", "Hm"],
             "source": "w.txt", "line": [3, 5, 7]}
        ),
        tables.Utterances,
    )  # fmt: skip
    turns = pd.DataFrame({"unit_id": ["w-002", "w-003"], "trust": [1, 0], "time": [0, 0]})
    given = spans(codings(("w-002", 5, 17, "trust", "A"), ("w-003", 0, 2, "trust", "A")), THEMES)
    (chosen,) = themed_passages(given, turns, said, THEMES).to_dict("records")
    assert chosen["text"] == "percaya saja"
    assert chosen["question"] == "Kenapa?"
    assert (chosen["transcript"], chosen["turn"], chosen["source"], chosen["line"]) == ("w", 2, "w.txt", 5)


def test_a_passage_is_typical_when_its_turn_bears_what_the_others_bear():
    marks = pd.DataFrame({"trust": [1, 1, 1], "time": [0, 0, 1]}, index=["u1", "u2", "u3"])
    given = pd.DataFrame({"theme": "trust", "unit_id": ["u1", "u2", "u3"]})
    assert typicality(given, marks).tolist() == pytest.approx([0.75, 0.75, 0.5])


def test_a_theme_gets_its_most_typical_passage_and_then_another_participant_in_contrast():
    chosen = choose(
        candidates(
            ("trust", "A", 0.9, "aaaa"),
            ("trust", "A", 0.1, "aaaa"),
            ("trust", "B", 0.5, "bbbb"),
            ("trust", "C", 0.6, "c"),
        ),
        {"A", "B", "C"},
        limit=2,
    )
    assert chosen[["member", "kind"]].to_numpy().tolist() == [["A", "typical"], ["B", "contrast"]]


def test_of_equally_typical_passages_the_one_of_median_length_is_taken():
    chosen = choose(
        candidates(("trust", "A", 1, "a" * 90), ("trust", "B", 1, "b" * 20), ("trust", "C", 1, "c")),
        set("ABC"),
        limit=2,
    )
    assert chosen["member"].tolist()[0] == "B"
    assert chosen["kind"].tolist() == ["typical", "another"]


def test_who_does_not_consent_is_never_quoted():
    chosen = choose(candidates(("trust", "A", 0.9, "a"), ("trust", "B", 0.5, "b")), {"B"}, limit=2)
    assert chosen["member"].tolist() == ["B"]
    assert choose(candidates(("trust", "A", 0.9, "a")), set(), limit=2).empty


def test_nobody_is_quoted_more_often_than_the_limit_and_rare_themes_choose_first():
    rows = [("common", m, 0.9 if m == "A" else 0.5, "x") for m in "ABC"] + [("rare", "A", 1.0, "y")]
    chosen = choose(candidates(*rows), set("ABC"), limit=1)
    assert chosen["member"].value_counts().max() == 1
    assert chosen.set_index("theme").loc["rare", "member"] == "A"


def test_no_turn_is_quoted_twice():
    table = candidates(("trust", "A", 1.0, "x"), ("time", "A", 1.0, "y"), ("time", "B", 0.4, "z")).assign(unit_id="u0")
    table.loc[2, "unit_id"] = "u1"
    assert choose(table, set("AB"), limit=5)["unit_id"].is_unique


def test_a_passage_that_one_coder_alone_gave_is_not_quoted():
    table = candidates(("trust", "A", 0.9, "a"), ("trust", "B", 0.5, "b"))
    table.loc[0, "agreed"] = False
    assert choose(table, set("AB"), limit=2)["member"].tolist() == ["B"]


def test_negative_cases_are_the_passages_that_coders_marked():
    turns = pd.DataFrame({"unit_id": ["u1", "u2"], "member": ["MAAAA", "MBBBB"]})
    table = codings(
        ("u1", 0, 9, "trust", "A", {"memo": "Negative case: says they trust nobody"}),
        ("u1", 0, 9, "trust", "B", {"memo": "negative"}),
        ("u2", 0, 9, "trust", "A", {"memo": "clear"}),
        ("u2", 0, 9, "time", "A"),
    )
    assert negative_cases(table, turns, THEMES)[["theme", "member"]].to_numpy().tolist() == [["trust", "MAAAA"]]
