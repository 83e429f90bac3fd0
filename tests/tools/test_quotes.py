"""Approving quotations: what a reader could infer, decisions as raw data, and a book that quotes what was approved."""

from __future__ import annotations

import pandas as pd
import pytest

from analysis import approvals, study, tables
from analysis.errors import InputError, Missing
from analysis.ingest.sheets import read_approvals
from analysis.themes import excerpts, step
from analysis.tools import check, quotes

TURNS = {
    "w-02": ("MAAAA", "Sejak 2011 saya nyanting di Jetis, cuma saya yang pakai malam carnauba."),
    "w-04": ("MBBBB", "Dari grup dapat pelanggan baru, saya percaya."),
}


def utterances() -> pd.DataFrame:
    rows = [
        {"utterance_id": unit, "transcript": "w", "turn": 2 * n, "member": member, "role": "participant",
         "start_s": None, "end_s": None, "text": text, "source": "w.txt", "line": n}
        for n, (unit, (member, text)) in enumerate(TURNS.items(), 1)
    ]  # fmt: skip
    return tables.conform(pd.DataFrame(rows), tables.Utterances)


@pytest.fixture
def paths(tmp_path) -> study.Paths:
    made = study.Paths(tmp_path)
    made.raw.mkdir(parents=True)
    ingest, themes = made.processed("ingest"), made.processed("themes")
    tables.write(utterances(), ingest / "utterances.parquet", tables.Utterances)
    tables.write(tables.empty(tables.Messages), ingest / "messages.parquet", tables.Messages)
    roster = [{"member": m, "sector": "batik", "role": "member", "joined": None, "consent": "quotes"}
              for m in ("MAAAA", "MBBBB")]  # fmt: skip
    tables.write(pd.DataFrame(roster), ingest / "members.parquet", tables.Members)
    passages = pd.DataFrame({"unit_id": [*TURNS], "member": ["MAAAA", "MBBBB"]})
    tables.write(passages, themes / "passages.parquet")
    tables.write(passages.tail(1), themes / "quotations.parquet")
    return made


def answers(keys: str):
    waiting = iter(keys)
    return lambda quote, place: next(waiting, "q")


def test_each_turn_is_listed_with_what_a_reader_could_infer_the_chosen_first(paths):
    first, second = quotes.of_study(paths)
    assert first.unit == "w-04"
    shared = "MAAAA: role member and sector batik, which 1 other member has, so a reader may guess who this is"
    assert shared in second.inferred
    assert any("carnauba" in sentence and "words that nobody else uses" in sentence for sentence in second.inferred)
    assert any("2011" in sentence and "Jetis" in sentence for sentence in second.inferred)


def test_marks_and_pseudonyms_are_no_words_that_somebody_uses_alone(paths):
    said = utterances()
    said.loc[0, "text"] = "Hubungi [PHONE] atau MBBBBnya, alamat [ADDRESS], soal batik"
    tables.write(said, paths.processed("ingest") / "utterances.parquet", tables.Utterances)
    rare = quotes.of_study(paths)[1].inferred[-1]
    assert rare == "words that nobody else uses: hubungi, atau, alamat, soal, batik"


def test_decisions_are_raw_data_with_a_hash_and_go_on_where_they_stopped(paths):
    path = quotes.go_through(paths, "reviewer 1", answers("s")).path
    assert list(read_approvals(path)["decision"]) == ["show"]
    quotes.go_through(paths, "reviewer 1", answers("w"))
    decided = read_approvals(path).set_index("unit_id")["decision"].to_dict()
    assert decided == {"w-04": "show", "w-02": "withhold"}
    assert not quotes.waiting(quotes.of_study(paths), read_approvals(path))


def test_each_question_says_its_place_and_the_end_how_many_are_left(paths):
    places: list[str] = []

    def answer(_: quotes.QuotedTurn, place: str) -> str:
        places.append(place)
        return "q" if len(places) == 2 else "s"

    first = quotes.go_through(paths, "", answer)
    assert first.text("guyub quotes").startswith("1 decision made. 1 left: guyub quotes continues there.\n")
    second = quotes.go_through(paths, "", answer)
    assert places == ["1 of 2", "2 of 2", "2 of 2"]
    assert second.text("guyub quotes").startswith("1 decision made. None is left.\n")
    assert quotes.go_through(paths, "", answer).text("guyub quotes") == "Nothing waits for a decision."


def test_the_check_says_how_many_turns_wait_where_the_study_asks_for_approval(paths):
    def said() -> list[str]:
        return [note for note in check.check(paths).notes if "guyub quotes" in note]

    assert said() == []
    (paths.root / "study.yaml").write_text("quotations: approved\n", encoding="utf-8")
    assert said() == ["2 turns of interviews wait for approval (guyub quotes) and are not quoted until then."]
    quotes.go_through(paths, "", answers("w"))
    assert said() == ["1 turn of interviews waits for approval (guyub quotes) and is not quoted until then."]
    changed = utterances()
    changed.loc[1, "text"] += " Di rumah Pak Harun."
    tables.write(changed, paths.processed("ingest") / "utterances.parquet", tables.Utterances)
    assert said()[0].startswith("2 turns")
    quotes.go_through(paths, "", answers("ss"))
    assert said() == []
    tables.write(changed[:1], paths.processed("ingest") / "utterances.parquet", tables.Utterances)
    assert said() == [], "a turn that is gone waits for nobody"
    (paths.processed("themes") / "passages.parquet").unlink()
    assert said() == []


def test_a_turn_that_has_changed_is_not_approved_any_more(paths):
    file = quotes.go_through(paths, "", answers("ss")).path
    tables.write(read_approvals(file)[[*approvals.COLUMNS]], paths.processed("ingest") / "approvals.parquet")
    said, kept = utterances(), approvals.read(paths.processed("ingest"))
    assert approvals.approved_turns(kept, said) == {"w-02", "w-04"}
    said.loc[0, "text"] += " Di rumah Pak Harun."
    assert approvals.approved_turns(kept, said) == {"w-04"}
    assert approvals.settled(kept, said).to_dict() == {"w-04": "show"}


def test_an_unapproved_quotation_is_not_printed_and_its_place_says_so(paths):
    row = pd.Series({"unit_id": "w-02", "text": "carnauba", "translation": pd.NA, "member": "MAAAA",
                     "transcript": "w", "turn": 2})  # fmt: skip
    data = step.Data(
        utterances(), *[pd.DataFrame(columns=["member", "consent"])] * 4, pd.DataFrame(), None, 0, {}, "id",
        approved=frozenset(["w-04"]),
    )  # fmt: skip
    assert "carnauba" not in excerpts._quoted(row, data)
    assert excerpts.NOT_APPROVED in excerpts._quoted(row, data)
    assert "carnauba" in excerpts._quoted(row.where(row != "w-02", "w-04"), data)


def test_a_new_study_asks_for_approval_and_another_word_is_refused(tmp_path):
    file = tmp_path / "study.yaml"
    assert not approvals.asked_for(file)
    file.write_text("quotations: approved\n", encoding="utf-8")
    assert approvals.asked_for(file)
    file.write_text("quotations: perhaps\n", encoding="utf-8")
    with pytest.raises(InputError, match="quotations"):
        approvals.asked_for(file)


def test_a_decision_that_is_none_is_refused_with_its_line(tmp_path):
    file = tmp_path / "quotations.csv"
    file.write_text(f"unit_id,text_sha256,decision\nw-02,{'0' * 64},perhaps\n", encoding="utf-8")
    with pytest.raises(InputError, match="perhaps"):
        read_approvals(file)


def test_where_a_step_that_ran_quotes_nobody_nothing_is_to_be_approved(paths):
    (paths.processed("themes") / "passages.parquet").unlink()
    with pytest.raises(InputError, match="no quotation is chosen yet") as not_run:
        quotes.of_study(paths)
    assert "dvc repro themes" in (not_run.value.fix or "")
    study.write_metrics(paths, "themes", Missing("there are no interview transcripts"))
    with pytest.raises(InputError, match="the book quotes nobody: there are no interview transcripts") as ran:
        quotes.of_study(paths)
    assert "dvc repro" not in (ran.value.fix or "")
