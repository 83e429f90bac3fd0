"""Reviewing what the scrubbing left: what is shown, decided, kept, and applied by the next run."""

from __future__ import annotations

import os

import pandas as pd
import pytest

from analysis import study
from analysis.errors import InputError
from analysis.ingest import step
from analysis.ingest.sheets import read_reviewed
from analysis.tools import decisions, review
from analysis.verify.lock import MANIFEST

CHAT = """24/07/24 09.43 - Bu Sri: tadi Zuvella mampir ke stan
24/07/24 09.44 - Pak Harun: iya, tadi Zuvella ke parkiran, ketemu angka 3388291
24/07/24 09.45 - Bu Sri: harga 1.250.000 untuk 25 stan
"""
MEMBERS = "name,aliases,consent\nSri Wahyuni,Bu Sri,quotes\nHarun Al Rasyid,Pak Harun,quotes\n"


@pytest.fixture
def paths(tmp_path) -> study.Paths:
    made = study.Paths(tmp_path)
    (made.raw / "chats").mkdir(parents=True)
    (made.raw / "chats" / "UMKM.txt").write_text(CHAT, encoding="utf-8")
    (made.raw / "members.csv").write_text(MEMBERS, encoding="utf-8")
    made.secrets.mkdir()
    (made.secrets / "pseudonym.key").write_text("ab" * 32, encoding="ascii")
    _ingest(made)
    return made


def _ingest(paths: study.Paths) -> list[str]:
    params = step.Params(tz="Asia/Jakarta", date_order="dmy", demo_key="")
    raw = step.read(params, paths)
    corpus = step.assess(raw, key=b"k" * 32, tz=params.tz)
    step.write(paths, corpus)
    return list(corpus.messages["text"])


def answers(keys: str):
    """A key for each question, then q."""
    waiting = iter(keys)
    return lambda doubt, place: next(waiting, "q")


def test_words_of_no_language_and_long_numbers_are_shown_with_their_context_and_sums_of_money_are_not(paths):
    doubts = {doubt.expression: doubt for doubt in review.of_study(paths)}
    assert doubts["zuvella"].times == 2
    assert doubts["zuvella"].contexts[0] == ("tadi ", "Zuvella", " mampir ke stan")
    assert {doubt.kind for doubt in doubts.values()} == {"NAME", "NUMBER"}
    assert not any("250" in expression for expression in doubts)
    assert review.table(list(doubts.values())).loc[0, "expression"] == "zuvella"


def test_what_is_to_be_removed_is_gone_after_the_next_run_and_listed_as_raw_data(paths):
    review.go_through(paths, "reviewer 1", answers("rr"))
    texts = " ".join(_ingest(paths))
    assert "Zuvella" not in texts
    assert "3388" not in texts
    assert "tadi [NAME] mampir" in texts
    assert review.of_study(paths) == []
    assert review.FILE in (paths.root / MANIFEST).read_text(encoding="utf-8")


def test_a_review_goes_on_where_it_was_left(paths):
    review.go_through(paths, "reviewer 1", answers("k"))
    asked = []
    review.go_through(paths, "reviewer 2", lambda doubt, place: asked.append(doubt.expression) or "r")
    kept = read_reviewed(paths.raw / review.FILE)
    assert kept[["expression", "decision", "reviewer"]].to_numpy().tolist() == [
        ["zuvella", "keep", "reviewer 1"],
        [asked[0], "remove", "reviewer 2"],
    ]
    assert "Zuvella" in " ".join(_ingest(paths))


def test_back_takes_the_last_decision_again():
    one, two = (review.Doubt(word, "NAME", 1, ()) for word in ("satu", "dua"))
    *_, last = decisions.decided(
        [one, two], answers("kbrxk"), before=0, keys=review.KEYS, name=lambda doubt: doubt.expression
    )
    assert last == {"satu": "remove", "dua": "keep"}


def test_another_decision_is_refused(tmp_path):
    path = tmp_path / review.FILE
    pd.DataFrame([("kata", "maybe")], columns=["expression", "decision"]).to_csv(path, index=False)
    with pytest.raises(InputError, match="the decision is 'maybe'"):
        read_reviewed(path)


@pytest.mark.parametrize("key", ["\x1b[B", "\x1bOB", "\x1b[3~", "\x1b[1;5B", "\x1b"])
def test_a_key_that_no_letter_stands_for_is_read_whole_and_is_no_answer(key):
    terminal, typing = os.pipe()
    os.write(typing, key.encode())
    assert decisions._typed(terminal) == decisions.ESCAPE
    os.write(typing, b"r")
    assert decisions._typed(terminal) == "r"
    os.close(terminal)
    os.close(typing)
