"""A sample goes out as sheets and projects, comes back as codings, and leaves behind what the estimators need."""

from __future__ import annotations

import hashlib
import json
import re
import zipfile
from dataclasses import replace
from xml.sax.saxutils import escape

import numpy as np
import pandas as pd
import pytest

from analysis import cli, tables
from analysis.codebook import load
from analysis.coding import exchange, forms, handout, sample, step
from analysis.coding.handout import Wanted
from analysis.coding.refiqda import read_qdpx
from analysis.errors import InputError
from analysis.ingest.sheets import notes_alone, read_codings, read_rows, read_sample
from analysis.workbook import LONGEST, Sheet, read_cells, write_sheets

STEP = step.Params(
    confidence=0.95,
    bootstrap=50,
    alpha_floor=0.667,
    folds=5,
    min_positives=10,
    gap_minutes=60.0,
    chat_quotes=False,
    labels=20,
    seed=1,
)


@pytest.fixture
def community(tmp_path, make_messages, make_codings, write_study):
    """A study of 400 messages in two chats, of which 100 are coded."""
    messages = make_messages(400)
    messages["channel"] = np.where(np.arange(400) < 300, "umkm", "kopdar")
    paths = write_study(tmp_path / "study", messages, make_codings(messages.iloc[:100], double=0))
    (paths.root / "params.yaml").write_text("{}\n", encoding="utf-8")
    return paths


def data_of(page):
    """The data in a page."""
    return json.loads(re.search(r'id="data">(.*?)</script>', page.read_text(encoding="utf-8"), re.S)[1])


def test_nothing_that_is_coded_is_drawn_again(community, tmp_path):
    files = handout.sample_study(community, [tmp_path / "sheet.csv"], Wanted(60, seed=1))
    rows = pd.read_csv(files[0])
    assert [path.name for path in files] == ["sheet.csv", "sample.csv"]
    assert len(rows) == 60
    assert not set(rows["unit_id"]) & {f"umkm-{i:05d}" for i in range(100)}


def test_every_message_has_its_probability_and_they_add_up(community, tmp_path):
    handout.sample_study(community, [tmp_path / "sheet.csv"], Wanted(60, seed=1))
    coded = {f"umkm-{i:05d}" for i in range(100)}
    given_out = set(pd.read_csv(tmp_path / "sheet.csv")["unit_id"])
    untouched = sample.inclusion_of(read_sample(community.raw / "sample.csv"), coded)
    assert untouched.tolist() == pytest.approx([0.25] * 400)  # what is given out and not coded yet changes nothing
    inclusion = sample.inclusion_of(read_sample(community.raw / "sample.csv"), coded | given_out)
    assert len(inclusion) == 400
    assert inclusion.max() < 1
    assert inclusion.mean() == pytest.approx(0.25 + 0.75 * 60 / 300, abs=0.02)


def test_a_second_sample_leaves_the_first_alone_though_it_is_not_coded_yet(community, tmp_path):
    first, second = (
        pd.read_csv(handout.sample_study(community, [tmp_path / f"{k}.csv"], Wanted(50, seed=k))[0]) for k in (1, 2)
    )
    assert not set(first["unit_id"]) & set(second["unit_id"])


def test_a_draw_that_nobody_will_code_is_taken_back_as_the_message_says(community, tmp_path):
    handout.sample_study(community, [tmp_path / "first.csv"], Wanted(290, seed=1))
    with pytest.raises(InputError, match=r"only 10 are neither coded nor handed out yet\n.*deleting its rows"):
        handout.sample_study(community, [tmp_path / "second.csv"], Wanted(60, seed=1))
    place = community.raw / "sample.csv"
    draws = read_sample(place)
    sample.write_draws(place, draws[draws["draw"] != draws["draw"].iloc[-1]])
    assert handout.sample_study(community, [tmp_path / "second.csv"], Wanted(60, seed=1))


def test_a_rare_code_is_sought_where_the_model_thinks_it_likely(community, tmp_path, make_messages):
    step.run(STEP, community)
    out = tmp_path / "news.csv"
    rows = pd.read_csv(handout.sample_study(community, [out], Wanted(60, seed=1, code="news"))[0])
    truth = make_messages(400).set_index("message_id")["code"] == "news"
    assert truth[rows["unit_id"]].mean() > 1.5 * truth.mean()
    inclusion = sample.inclusion_of(read_sample(community.raw / "sample.csv"), set(truth.index))
    assert inclusion[truth[truth].index].mean() > inclusion[truth[~truth].index].mean()


def test_a_spreadsheet_filled_in_comes_back_as_codings(community, tmp_path):
    out = tmp_path / "sheet.csv"
    rows = pd.read_csv(handout.sample_study(community, [out], Wanted(5, seed=1))[0], dtype=str)
    filled = rows.assign(coder="cici", codes=["news; Humour", "0", "", "care", ""])
    filled.to_csv(tmp_path / "cici.csv", index=False)
    taken = exchange.import_file(community, tmp_path / "cici.csv")
    assert taken.broken.empty
    assert taken.codings["code"].fillna("").tolist() == ["news", "humour", "", "care"]
    assert taken.codings["unit_id"].tolist() == rows["unit_id"].iloc[[0, 0, 1, 3]].tolist()
    spans = taken.codings["end"] - taken.codings["start"]
    assert spans.tolist() == rows["text"].map(len).iloc[[0, 0, 1, 3]].tolist()


def test_an_office_programs_sheet_filled_in_comes_back_as_the_same_codings(community, tmp_path):
    handout.sample_study(community, [tmp_path / "sheet.xlsx"], Wanted(5, seed=1), ["cici"])
    header, *rows = read_cells(tmp_path / "sheet-cici.xlsx")
    place = header.index("codes")
    filled = [
        [*row[:place], code, *row[place + 1 :]] for row, code in zip(rows, ["news", "0", "", "care", ""], strict=True)
    ]
    codes = Sheet("codes", forms.codes(load(community.raw / "codebook.yaml")))
    write_sheets(tmp_path / "cici.xlsx", [Sheet("passages", [header, *filled]), codes])
    taken = exchange.import_file(community, tmp_path / "cici.xlsx")
    assert taken.broken.empty
    assert taken.codings[["code", "coder"]].fillna("").to_numpy().tolist() == [
        ["news", "cici"],
        ["", "cici"],
        ["care", "cici"],
    ]


def test_a_spreadsheet_lists_every_code_with_its_meaning_on_a_second_sheet(community, tmp_path):
    book = load(community.raw / "codebook.yaml")
    handout.sample_study(community, [tmp_path / "sheet.xlsx"], Wanted(5, seed=1))
    with zipfile.ZipFile(tmp_path / "sheet.xlsx") as archive:
        assert re.findall(r'<sheet name="(\w+)"', archive.read("xl/workbook.xml").decode()) == ["passages", "codes"]
        second = archive.read("xl/worksheets/sheet2.xml").decode()
        assert "/xl/worksheets/sheet2.xml" in archive.read("[Content_Types].xml").decode()
    texts = re.findall(r'<t xml:space="preserve">([^<]*)</t>', second)
    assert [name for name in book.leaves if name not in texts or escape(book[name].definition) not in texts] == []
    assert texts[texts.index("0") + 1] == "no code applies"


def test_the_list_of_codes_alone_is_taken_for_no_codebook(community, tmp_path):
    write_sheets(tmp_path / "codes.xlsx", [Sheet("Sheet1", forms.codes(load(community.raw / "codebook.yaml")))])
    before = (community.raw / "codebook.yaml").read_bytes()
    with pytest.raises(InputError):
        exchange.import_file(community, tmp_path / "codes.xlsx", newer=True)
    assert (community.raw / "codebook.yaml").read_bytes() == before


@pytest.mark.parametrize(
    ("codes", "coder", "said"),
    [("gosip", "cici", r"no code 'gosip'(.|\n)*The codebook has"), ("humor", "cici", "Did you mean 'humour'"),
     ("news", "", r"sheet.csv: 2 mistakes:\nline 2: no coder is named(.|\n)*--coder")],
)  # fmt: skip
def test_a_sheet_filled_in_wrongly_is_refused_with_the_row(community, tmp_path, codes, coder, said):
    rows = pd.read_csv(handout.sample_study(community, [tmp_path / "a.csv"], Wanted(2))[0], dtype=str)
    rows.assign(codes=codes, coder=coder).to_csv(tmp_path / "sheet.csv", index=False)
    with pytest.raises(InputError, match=said):
        exchange.import_file(community, tmp_path / "sheet.csv")
    if not coder:
        assert set(exchange.import_file(community, tmp_path / "sheet.csv", coder="cici").codings["coder"]) == {"cici"}


def test_each_misspelt_code_of_a_sheet_is_said_once_however_often_it_was_given(community, tmp_path):
    rows = pd.read_csv(handout.sample_study(community, [tmp_path / "a.csv"], Wanted(30))[0], dtype=str)
    given = ["humor", "Humor"] * 12 + ["nws", "gossip; nws", "carre", "humour", "0", "news"]
    rows.assign(codes=given, coder="cici").to_csv(tmp_path / "sheet.csv", index=False)
    with pytest.raises(InputError) as error:
        exchange.import_file(community, tmp_path / "sheet.csv")
    units = rows["unit_id"].tolist()
    said = str(error.value)
    assert said.startswith(f"{tmp_path / 'sheet.csv'}: 4 mistakes:\nline ")
    for code, unit, others in (("humor", units[0], " and 23 other passages were"), ("nws", units[24], " and 1 other"),
                               ("gossip", units[25], " was given"), ("carre", units[26], " was given")):  # fmt: skip
        assert f"codebook.yaml has no code '{code}', which '{unit}'{others}" in said
    assert ["Did you mean 'humour'?" in said, "Did you mean 'news'?" in said] == [True, True]


def test_the_error_on_a_sheet_with_another_heading_for_codes_names_the_column_meant(community, tmp_path):
    rows = pd.read_csv(handout.sample_study(community, [tmp_path / "a.csv"], Wanted(2))[0], dtype=str)
    rows.rename(columns={"codes": "kode"}).to_csv(tmp_path / "sheet.csv", index=False)
    with pytest.raises(InputError, match=r"no column codes(.|\n)*Is it kode\?"):
        exchange.import_file(community, tmp_path / "sheet.csv", coder="cici")


@pytest.mark.parametrize("form", ["csv", "xlsx"])
def test_a_wrong_code_is_found_by_its_row_in_the_spreadsheet_and_by_its_passage(community, tmp_path, form):
    rows = pd.read_csv(handout.sample_study(community, [tmp_path / "a.csv"], Wanted(4))[0], dtype=str)
    rows = rows.assign(before="bu, siap\nya\nbaik", after="", codes=["0", "0", "gosip", "0"], coder="cici")
    cells = [list(rows.columns), *rows.fillna("").to_numpy().tolist()]
    if form == "csv":
        (tmp_path / "cici.csv").write_text(forms.comma_separated(cells), encoding="utf-8")
        place = "cici.csv:8: ", "(row 4 in a spreadsheet)"
    else:
        write_sheets(tmp_path / "cici.xlsx", [Sheet("Sheet1", cells)])
        place = "cici.xlsx:4: ", ""
    with pytest.raises(InputError) as refused:
        exchange.import_file(community, tmp_path / f"cici.{form}")
    said = str(refused.value)
    assert [part for part in (*place, rows["unit_id"].iloc[2], "gosip") if part not in said] == [], said


def test_an_import_says_which_passages_a_coder_left_empty(community, tmp_path, monkeypatch, capsys):
    (community.root / "dvc.yaml").write_text("stages: {}\n", encoding="utf-8")
    monkeypatch.chdir(community.root)
    handout.sample_study(community, [tmp_path / "other.csv"], Wanted(3, seed=2))
    handout.sample_study(community, [tmp_path / "a.csv"], Wanted(5, seed=1))
    rows = pd.read_csv(tmp_path / "a.csv", dtype=str)
    rows.assign(codes=["news", "", "0", "", "care"], coder="cici").to_csv(tmp_path / "cici.csv", index=False)
    assert cli.main(["import", str(tmp_path / "cici.csv")]) == 0
    said = capsys.readouterr().out.splitlines()
    assert said[0] == "took 3 codings"
    assert said[1].startswith("cici left 2 passages empty, counted as not read: ")
    assert all(unit in said[1] for unit in rows["unit_id"].iloc[[1, 3]])
    rows.assign(codes="0", coder="dedi").to_csv(tmp_path / "dedi.csv", index=False)
    assert cli.main(["import", str(tmp_path / "dedi.csv")]) == 0
    assert "empty" not in capsys.readouterr().out


def test_one_draw_goes_out_in_all_forms_with_a_sheet_for_each_coder(community, tmp_path):
    outs = [tmp_path / f"sheet.{form}" for form in handout.FORMS]
    files = handout.sample_study(community, outs, Wanted(12), ["Sinta", "Pak Budi"])
    assert len(files) == 9
    assert {path.name for path in files} >= {"sheet-Sinta.html", "sheet-Pak-Budi.html", "sheet-Sinta.qdpx"}
    tables = [pd.read_csv(tmp_path / f"sheet-{name}.csv", dtype=str) for name in ("Sinta", "Pak-Budi")]
    drawn = tables[0]["unit_id"].tolist()
    assert tables[1]["unit_id"].tolist() == drawn
    assert [row[0] for row in read_cells(tmp_path / "sheet-Sinta.xlsx")[1:]] == drawn
    assert set(read_qdpx(tmp_path / "sheet-Sinta.qdpx").sources) == set(drawn)
    assert [unit["id"] for unit in data_of(tmp_path / "sheet-Pak-Budi.html")["units"]] == drawn
    assert [table["coder"].unique().tolist() for table in tables] == [["Sinta"], ["Pak Budi"]]
    assert read_sample(community.raw / "sample.csv")["drawn"].sum() == 100 + 12  # the earlier ones count as one draw


def test_an_earlier_draw_is_written_again_and_nothing_is_drawn(community, tmp_path):
    handout.sample_study(community, [tmp_path / "a.csv"], Wanted(12, seed=1))
    handout.sample_study(community, [tmp_path / "b.csv"], Wanted(9, seed=1))
    before = (community.raw / "sample.csv").read_bytes()
    assert handout.sample_study(community, [tmp_path / "again.csv"], Wanted(again="1")) == [tmp_path / "again.csv"]
    assert (tmp_path / "again.csv").read_bytes() == (tmp_path / "a.csv").read_bytes()
    assert (community.raw / "sample.csv").read_bytes() == before
    with pytest.raises(InputError, match=r"no.* draw '3'(.|\n)*draws 1, 2"):
        handout.sample_study(community, [tmp_path / "c.csv"], Wanted(again="3"))


def test_five_passages_before_and_two_after_are_shown_of_the_same_chat_alone(community, tmp_path, make_messages):
    handout.sample_study(community, [tmp_path / "a.html"], Wanted(30))
    messages = make_messages(400)
    for unit in data_of(tmp_path / "a.html")["units"]:
        place = int(unit["id"].rsplit("-", 1)[1])
        chat = range(300) if place < 300 else range(300, 400)
        assert unit["document"] == ("umkm" if place < 300 else "kopdar")
        assert [text for _, text in unit["before"]] == [
            messages["text"][k] for k in range(place - 5, place) if k in chat
        ]
        assert [text for _, text in unit["after"]] == [messages["text"][k] for k in (place + 1, place + 2) if k in chat]


def test_turns_of_interviews_are_drawn_and_coded_and_no_message_weighs_less_for_them(community, tmp_path):
    turns = pd.DataFrame({
        "utterance_id": [f"w1-{k}" for k in range(12)], "transcript": "w1", "turn": range(1, 13), "member": None,
        "role": ["interviewer", "participant"] * 6, "start_s": None, "end_s": None,
        "text": [f"bagian {k}" for k in range(12)], "source": "w1.txt", "line": range(1, 13),
    })  # fmt: skip
    tables.write(turns, community.processed("ingest") / "utterances.parquet", tables.Utterances)
    files = handout.sample_study(community, [tmp_path / "a.csv"], Wanted(turns=4))
    rows = pd.read_csv(files[0], dtype=str)
    assert set(rows["unit_id"]) < {f"w1-{k}" for k in range(1, 12, 2)}
    assert rows["before"].str.contains("interviewer: bagian").any()
    rows.assign(codes="news", coder="cici").to_csv(tmp_path / "cici.csv", index=False)
    assert len(exchange.import_file(community, tmp_path / "cici.csv").codings) == 4
    handout.sample_study(community, [tmp_path / "b.csv"], Wanted(size=10, turns=2))
    both = pd.read_csv(tmp_path / "b.csv", dtype=str)["unit_id"]
    assert both.str.startswith("w1").tolist() == [False] * 10 + [True] * 2
    assert not set(both) & set(rows["unit_id"])
    tables.write(
        read_sample(community.raw / "sample.csv"), community.processed("ingest") / "sample.parquet", tables.Sample
    )
    data = step.read(community, STEP)
    assert set(data.draws["unit_id"]) == {f"umkm-{i:05d}" for i in range(400)}


def test_what_stands_around_a_passage_is_of_no_unit_in_a_coding_program(community, tmp_path):
    handout.sample_study(community, [tmp_path / "a.qdpx", tmp_path / "a.csv"], Wanted(6))
    rows = pd.read_csv(tmp_path / "a.csv", dtype=str, keep_default_na=False)
    project = read_qdpx(tmp_path / "a.qdpx")
    assert project.sources == dict(zip(rows["unit_id"], rows["text"], strict=True))
    with zipfile.ZipFile(tmp_path / "a.qdpx") as archive:
        text = "".join(archive.read(name).decode() for name in archive.namelist() if name.endswith(".txt"))
    assert all(line in text for line in rows["before"].iloc[0].splitlines())


def test_a_project_for_a_coding_program_holds_the_sample_and_nothing_else(community, tmp_path):
    handout.sample_study(community, [tmp_path / "sample.qdpx"], Wanted(7, seed=1))
    texts = exchange.units(community).set_index("unit_id")["text"]
    project = read_qdpx(tmp_path / "sample.qdpx")
    assert len([unit for unit in project.sources if unit in texts.index]) == 7


def test_the_command_draws_a_sheet_of_the_form_that_the_name_says(community, tmp_path, monkeypatch, capsys):
    (community.root / "dvc.yaml").write_text("stages: {}\n", encoding="utf-8")
    monkeypatch.chdir(community.root)
    for name in ("sheet.html", "sheet.csv", "sheet.xlsx", "sheet.qdpx"):
        assert cli.main(["sample", str(tmp_path / name), "--size", "20"]) == 0
        said = capsys.readouterr().out
        assert f"wrote {tmp_path / name}" in said
        assert ("send data/raw/codebook.yaml along" in said) == (name == "sheet.csv")  # the others hold the codes
    assert cli.main(["sample", str(tmp_path / "sheet.docx"), "--size", "20"]) == 1
    assert "Known are html, xlsx, csv, qdpx" in capsys.readouterr().err


def test_a_sample_drawn_again_has_one_row_in_the_manifest_and_it_is_right(community, tmp_path):
    manifest = community.raw / "MANIFEST.csv"
    manifest.write_text("path,sha256,kind,source,licence,consent,simulated\na.txt,0,chat,,,,yes\n", encoding="utf-8")
    for k in range(2):
        handout.sample_study(community, [tmp_path / f"{k}.csv"], Wanted(5, seed=k))
    rows = pd.read_csv(manifest, dtype=str).set_index("path")
    assert rows.index.tolist() == ["a.txt", "sample.csv"]
    assert rows.loc["sample.csv", "sha256"] == hashlib.sha256((community.raw / "sample.csv").read_bytes()).hexdigest()
    assert rows.loc["a.txt", "sha256"] == "0"


@pytest.mark.parametrize(
    ("name", "wanted", "said"),
    [
        ("out.docx", Wanted(5), "cannot be written as"),
        ("out.csv", Wanted(), "no passages to draw"),
        ("out.csv", Wanted(5000), "5000 messages cannot be drawn"),
        ("out.csv", Wanted(turns=1), "1 turns of interviews cannot be drawn"),
        ("out.csv", Wanted(5, code="gossip"), "no code is called"),
    ],
)
def test_what_cannot_be_drawn_is_refused_and_leaves_nothing(community, tmp_path, name, wanted, said):
    with pytest.raises(InputError, match=said):
        handout.sample_study(community, [tmp_path / name], wanted)
    assert not (tmp_path / name).exists()
    assert not (community.raw / "sample.csv").exists()


def test_a_code_that_no_model_carries_cannot_be_sought(community, tmp_path):
    step.run(replace(STEP, min_positives=90), community)
    with pytest.raises(InputError, match="no model carries"):
        handout.sample_study(community, [tmp_path / "out.csv"], Wanted(5, seed=1, code="care"))


def test_without_a_codebook_the_error_says_where_to_begin(community, tmp_path):
    (community.raw / "codebook.yaml").unlink()
    with pytest.raises(InputError, match="coders need a codebook") as error:
        handout.sample_study(community, [tmp_path / "sheet.csv"], Wanted(5, seed=1))
    assert "simulate/codebook.yaml" in str(error.value)


def test_a_file_that_is_there_is_not_written_over(community, tmp_path):
    (tmp_path / "sheet.csv").write_text("mine", encoding="utf-8")
    with pytest.raises(InputError, match="exists already"):
        handout.sample_study(community, [tmp_path / "sheet.csv"], Wanted(5, seed=1))


@pytest.mark.parametrize(
    ("coders", "said"),
    [(["Ani B", "Ani-B"], "'Ani B' and 'Ani-B' would have one name"), (["ani", "Ani"], "would have one name"),
     (["!!"], "neither letters nor numbers"), (["Sinta", "Consensus"], "overrule all coders")],
)  # fmt: skip
def test_a_coder_without_a_sheet_of_their_own_is_refused_before_anything_is_drawn(community, tmp_path, coders, said):
    with pytest.raises(InputError, match=said):
        handout.sample_study(community, [tmp_path / "s.html"], Wanted(5), coders)
    assert not [*tmp_path.glob("s-*.html"), *community.raw.glob("sample.csv")]


def test_coders_whose_names_differ_in_a_vowel_sign_have_sheets_of_their_own(community, tmp_path):
    coders = ["ꦱꦫ", "ꦱꦫꦶ", "Dr. Sari (Solo)"]
    files = handout.sample_study(community, [tmp_path / "s.html"], Wanted(5), coders)
    assert [path.stem for path in files[:3]] == ["s-ꦱꦫ", "s-ꦱꦫꦶ", "s-Dr-Sari-Solo"]
    assert [data_of(path)["coder"] for path in files[:3]] == coders


COMMAS = """\
version: 1
language: en
codes:
  - {name: price, definition: A price.}
  - {name: "price, and cost", definition: Both.}
  - {name: "how; when, where", definition: Ways.}
  - {name: care, definition: Comforts.}
"""


@pytest.mark.parametrize(
    ("cell", "codes"),
    [
        ("price, and cost", ["price, and cost"]),
        ("care, Price, and  cost; price", ["care", "price, and cost", "price"]),
        ("price,care", ["price", "care"]),
        ("how; when, where\nprice, and cost, care", ["how; when, where", "price, and cost", "care"]),
        (" ; ,", None),
    ],
)
def test_codes_whose_names_hold_a_comma_or_semicolon_can_be_given(community, tmp_path, cell, codes):
    (community.raw / "codebook.yaml").write_text(COMMAS, encoding="utf-8")
    rows = pd.read_csv(handout.sample_study(community, [tmp_path / "a.csv"], Wanted(2))[0], dtype=str)
    rows.assign(codes=[cell, "0"], coder="cici").to_csv(tmp_path / "cici.csv", index=False)
    taken = exchange.import_file(community, tmp_path / "cici.csv").codings
    assert taken.dropna(subset="code")["code"].tolist() == (codes or [])


@pytest.mark.parametrize("number", ["kedua", "2.0", "0", "-1"])
def test_a_round_that_is_no_number_is_refused_with_the_row(community, tmp_path, number):
    rows = pd.read_csv(handout.sample_study(community, [tmp_path / "a.csv"], Wanted(2))[0], dtype=str)
    rows.assign(codes="0", coder="cici", round=["1", number]).to_csv(tmp_path / "cici.csv", index=False)
    with pytest.raises(InputError, match=rf"cici.csv:\d+: round is '{number}', not a whole number, of .*row 3"):
        exchange.import_file(community, tmp_path / "cici.csv")


def test_all_mistakes_of_a_filled_sheet_are_said_at_once(community, tmp_path):
    rows = pd.read_csv(handout.sample_study(community, [tmp_path / "a.csv"], Wanted(12))[0], dtype=str)
    rows = rows.assign(
        codes=["nws;infrml", "news", *(f"offr{c}" for c in "abcdefghij")], coder=["cici", "", *["cici"] * 10]
    )
    rows.assign(round=["0", *["1"] * 11]).to_csv(tmp_path / "cici.csv", index=False)
    with pytest.raises(InputError) as error:
        exchange.import_file(community, tmp_path / "cici.csv")
    said = str(error.value)
    assert "cici.csv: 14 mistakes:\n" in said
    for what in ("no code 'nws'", "no code 'infrml'", "round is '0'", "no coder is named"):
        assert what in said
    assert said.endswith("\nand 4 more")


def test_a_memo_on_a_passage_without_a_code_is_kept_and_the_passage_counts_as_not_read(community, tmp_path):
    rows = pd.read_csv(handout.sample_study(community, [tmp_path / "a.csv"], Wanted(4))[0], dtype=str)
    rows = rows.assign(codes=["news", "0", "", ""], memo=["a", "b", "=unsure", ""], coder="cici")
    rows.assign(translation=["", "", "", "hello"]).to_csv(tmp_path / "cici.csv", index=False)
    taken = exchange.import_file(community, tmp_path / "cici.csv")
    left = rows["unit_id"].iloc[2:].tolist()
    assert taken.codings["memo"].tolist() == ["a", "b"]
    assert taken.unread == {"cici": left}
    [said] = taken.report.of("memo")
    assert list(said.places) == left
    assert "0 says that no code applies" in said.what
    kept = read_codings(community.raw / "codings" / "cici.csv")
    assert kept.loc[notes_alone(kept), ["unit_id", "memo", "translation"]].fillna("").to_numpy().tolist() == [
        [left[0], "=unsure", ""], [left[1], "", "hello"],
    ]  # fmt: skip


def test_a_sheet_with_memos_alone_is_taken_in_and_is_no_codebook(community, tmp_path, monkeypatch, capsys):
    rows = pd.read_csv(handout.sample_study(community, [tmp_path / "a.csv"], Wanted(2))[0], dtype=str)
    rows.assign(memo="?", coder="cici").to_csv(tmp_path / "cici.csv", index=False)
    (community.root / "dvc.yaml").write_text("stages: {}\n", encoding="utf-8")
    monkeypatch.chdir(community.root)
    assert cli.main(["import", str(tmp_path / "cici.csv")]) == 0
    said = capsys.readouterr().out
    assert said.startswith("took 0 codings\n")
    assert f"({rows['unit_id'].iloc[0]}, {rows['unit_id'].iloc[1]})" in said


def test_a_sheet_that_nobody_filled_in_is_answered_with_what_to_write(community, tmp_path):
    handout.sample_study(community, [tmp_path / "cici.csv"], Wanted(3))
    with pytest.raises(InputError, match=r"codes is empty in every row\n.*or 0 where none applies"):
        exchange.import_file(community, tmp_path / "cici.csv", coder="cici")


def test_a_sheet_whose_codes_are_in_a_column_code_is_asked_whether_it_is_meant(community, tmp_path):
    rows = pd.read_csv(handout.sample_study(community, [tmp_path / "a.csv"], Wanted(2))[0], dtype=str)
    rows.rename(columns={"codes": "code"}).to_csv(tmp_path / "sheet.csv", index=False)
    with pytest.raises(InputError, match=r"no column codes(.|\n)*Is it code\?"):
        exchange.import_file(community, tmp_path / "sheet.csv", coder="cici")


def test_a_cell_of_what_stands_around_a_passage_is_no_longer_than_a_spreadsheet_holds(community, tmp_path):
    place = community.processed("ingest") / "messages.parquet"
    tables.write(
        tables.read(place).assign(text=lambda rows: rows["message_id"] + " 😀" * 5_000), place, tables.Messages
    )
    handout.sample_study(community, [tmp_path / "a.xlsx"], Wanted(5))
    header, *rows = read_cells(tmp_path / "a.xlsx")
    for row in (dict(zip(header, cells, strict=True)) for cells in rows):
        assert max(len(cell.encode("utf-16-le")) // 2 for cell in row.values()) <= LONGEST
        assert row["before"] == "" or row["before"].startswith("…")  # what is nearest is kept
        assert row["before"].endswith("😀")


def test_a_lone_carriage_return_in_a_passage_comes_back_from_its_sheet(community, tmp_path):
    place = community.processed("ingest") / "messages.parquet"
    tables.write(tables.read(place).assign(text="satu\rdua"), place, tables.Messages)
    handout.sample_study(community, [tmp_path / "a.csv"], Wanted(5))
    assert {row["text"] for _, row in read_rows(tmp_path / "a.csv")[1]} == {"satu\rdua"}
