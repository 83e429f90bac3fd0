"""Sheets on which people annotate replies, and the scores of the inferred replies against them."""

from __future__ import annotations

import pandas as pd
import pytest

from analysis import study, tables
from analysis.cli import main
from analysis.errors import InputError
from analysis.network.replies import annotate, infer_replies

ANA, BEN = "MAAAA", "MBBBB"


def chat(n=60):
    """Ana and Ben in turn in one chat, Ben alone in another."""
    start = pd.Timestamp("2024-07-24 09:00", tz="UTC")
    rows = [
        (f"{channel}-{k}", channel, start + pd.Timedelta(minutes=k), who[k % len(who)], "halo", "text", False, None,
         "c.txt", k + 1)
        for channel, who in (("umkm", (ANA, BEN)), ("bazar", (BEN,)))
        for k in range(n)
    ]  # fmt: skip
    return tables.conform(pd.DataFrame(rows, columns=list(tables.Messages.columns)), tables.Messages)


@pytest.fixture
def paths(tmp_path):
    paths, messages = study.Paths(tmp_path), chat()
    (tmp_path / "params.yaml").write_text("ingest: {tz: Asia/Jakarta}\n")
    tables.write(messages, paths.processed("ingest") / "messages.parquet", tables.Messages)
    tables.write(infer_replies(messages), paths.processed("network") / "replies.parquet", tables.Replies)
    return paths


def filled(sheet, path, answer):
    """The sheet with this answer, or answer(item), for every message to annotate."""
    marked = sheet["back"] == annotate.TO_ANSWER
    said = sheet["item"].map(answer) if callable(answer) else answer
    sheet.assign(answers=sheet["answers"].where(~marked, said)).to_csv(path, index=False)
    return path


def test_a_sheet_samples_each_channel_in_proportion_and_is_the_same_for_one_seed():
    sheet = annotate.sheet(chat(), size=20, seed=1)
    marked = sheet[sheet["back"] == annotate.TO_ANSWER]
    assert marked["message_id"].str.split("-").str[0].value_counts().to_dict() == {"umkm": 10, "bazar": 10}
    pd.testing.assert_frame_equal(sheet, annotate.sheet(chat(), size=20, seed=1))
    assert not sheet.equals(annotate.sheet(chat(), size=20, seed=2))


def test_context_is_numbered_back_from_the_message_to_annotate():
    sheet = annotate.sheet(chat(), size=1, seed=3)
    place = sheet["message_id"].str.rsplit("-", n=1).str[1].astype(int)
    assert (place.iloc[-1] - place.iloc[:-1]).astype(str).tolist() == sheet["back"].iloc[:-1].tolist()


def test_two_who_mark_alike_agree_and_two_who_do_not_disagree(paths, tmp_path):
    sheet = annotate.sheet(chat(), size=20, seed=1)
    one = annotate.read_sheet(filled(sheet, tmp_path / "a.csv", "1"))
    other = annotate.read_sheet(filled(sheet, tmp_path / "b.csv", lambda item: "1" if item % 2 else "0"))
    speaker = chat().set_index("message_id")["member"]
    assert annotate.agreement(one, one, speaker)["f"] == 1
    assert annotate.agreement(one, other, speaker)["same"] == 0.5


def test_several_answers_and_none_are_read(tmp_path):
    sheet = annotate.sheet(chat(), size=2, seed=1)
    first, second = annotate.read_sheet(
        filled(sheet, tmp_path / "a.csv", lambda item: "1;2" if item == 1 else "0")
    ).groupby("message_id", sort=False)
    assert len(first[1]) == 2
    assert second[1]["reply_to"].isna().all()


@pytest.mark.parametrize(("answer", "said"), [("", "no answer"), ("99", "'99'"), ("x", "'x'"), ("1;", "no answer")])
def test_a_wrong_number_is_refused_with_file_and_line(tmp_path, answer, said):
    path = filled(annotate.sheet(chat(), size=1, seed=1), tmp_path / "a.csv", answer)
    with pytest.raises(InputError, match=said) as error:
        annotate.read_sheet(path)
    assert (error.value.path, error.value.line) == (path, len(path.read_text().splitlines()))


def test_a_sheet_without_its_columns_and_a_missing_one_are_refused(tmp_path):
    (tmp_path / "a.csv").write_text("item,back\n1,?\n")
    with pytest.raises(InputError, match="answers"):
        annotate.read_sheet(tmp_path / "a.csv")
    with pytest.raises(InputError, match="no such file"):
        annotate.read_sheet(tmp_path / "b.csv")


def test_more_than_there_are_cannot_be_sampled():
    with pytest.raises(InputError, match="118"):
        annotate.sheet(chat(), size=500, seed=1)


def test_the_command_writes_a_sheet_and_scores_it(paths, tmp_path, monkeypatch, capsys):
    (tmp_path / "dvc.yaml").write_text("stages: {}\n")
    (tmp_path / "params.yaml").write_text("{}\n")
    monkeypatch.chdir(tmp_path)
    assert main(["annotate", "who.csv", "--size", "30"]) == 0
    sheet = pd.read_csv("who.csv", dtype=str, keep_default_na=False)
    for name in ("a.csv", "b.csv"):
        filled(sheet, tmp_path / name, "1")
    assert main(["annotate", "--score", "a.csv", "b.csv"]) == 0
    said = capsys.readouterr().out
    assert "the two annotators: messages 30, same 1.00, f 1.00" in said
    assert "against what both marked" in said
    assert main(["annotate", "who.csv"]) == 1


def test_a_message_that_looks_like_a_formula_is_a_text_in_the_sheet(paths, tmp_path):
    place = paths.processed("ingest") / "messages.parquet"
    tables.write(tables.read(place).assign(text="=1+1"), place, tables.Messages)
    sheet = pd.read_csv(annotate.write_sheet(paths, tmp_path / "sheet.csv", size=5, seed=1))
    assert set(sheet["text"]) == {"'=1+1"}


def test_a_sheet_shows_times_by_the_clock_of_the_phones(paths, tmp_path):
    sheet = pd.read_csv(annotate.write_sheet(paths, tmp_path / "sheet.csv", size=5, seed=1))
    assert sheet["time"].min() >= "2024-07-24 16:00"


@pytest.mark.parametrize(("separator", "encoding"), [(";", "utf-8-sig"), ("\t", "utf-8"), (";", "cp1252")])
def test_a_sheet_is_read_as_any_spreadsheet_saves_it(paths, tmp_path, separator, encoding):
    sheet = pd.read_csv(annotate.write_sheet(paths, tmp_path / "a.csv", size=5, seed=1), dtype=str).fillna("")
    sheet["answers"] = sheet["answers"].where(sheet["back"] != annotate.TO_ANSWER, "0;1")
    sheet.assign(text="é").to_csv(tmp_path / "b.csv", index=False, sep=separator, encoding=encoding)
    sheet.to_csv(tmp_path / "c.csv", index=False)
    saved, plain = (annotate.read_sheet(tmp_path / name) for name in ("b.csv", "c.csv"))
    pd.testing.assert_frame_equal(saved, plain)
