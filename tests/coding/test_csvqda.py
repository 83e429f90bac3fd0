"""Codings and codebooks as CSV, and Taguette's files without a Taguette (test_refiqda_clients.py has a running one)."""

from __future__ import annotations

import csv
import sqlite3
from contextlib import closing
from pathlib import Path

import pandas as pd
import pytest

from analysis import tables
from analysis.codebook import Code, Codebook, load
from analysis.coding.anchors import text_hash
from analysis.coding.csvqda import described, read_codebook, undescribed, write_codebook, write_codings
from analysis.coding.refiqda.taguette import page, read_taguette, text_of, write_taguette
from analysis.errors import InputError
from analysis.ingest.sheets import read_codings

CODINGS = tables.conform(
    pd.DataFrame(
        [
            ("umkm-1", 6, 25, "news", "SN", 2, text_hash("a"), 'sure? "yes",\r\nno', "the price 😀", "harga, naik"),
            ("umkm-1", 0, 40, None, "AB", 1, text_hash("a"), None, None, None),
        ],
        columns=list(tables.Codings.columns),
    ),
    tables.Codings,
)


def test_codings_come_back_equal_from_csv(tmp_path):
    write_codings(tmp_path / "a.csv", CODINGS)
    pd.testing.assert_frame_equal(read_codings(tmp_path / "a.csv"), CODINGS)
    write_codings(tmp_path / "none.csv", tables.empty(tables.Codings))
    assert read_codings(tmp_path / "none.csv").empty


@pytest.mark.parametrize("start", ["=", "+", "-", "@", "\t", "'=", "''-"])
def test_no_cell_of_codings_starts_a_formula_and_the_words_come_back_as_they_were(tmp_path, start):
    words = f'{start}HYPERLINK("x")'
    codings = CODINGS.assign(quotation=[words, None], memo=[None, words], translation=words)
    write_codings(tmp_path / "a.csv", codings)
    with (tmp_path / "a.csv").open(encoding="utf-8", newline="") as file:
        cells = [cell for row in csv.reader(file) for cell in row]
    assert f"'{words}" in cells
    assert not [cell for cell in cells if cell.startswith(("=", "+", "-", "@", "\t", "\r"))]
    pd.testing.assert_frame_equal(read_codings(tmp_path / "a.csv"), codings, check_dtype=False)


@pytest.mark.parametrize("words", ["first\rsecond", "\r", "ends\r", "a\r\nb\rc", "=1\r+1"])
def test_codings_with_a_lone_carriage_return_are_read_as_they_were(tmp_path, words):
    codings = CODINGS.assign(memo=[words, None], translation=[None, words], quotation=words)
    write_codings(tmp_path / "a.csv", codings)
    pd.testing.assert_frame_equal(read_codings(tmp_path / "a.csv"), codings, check_dtype=False)


def test_no_cell_of_a_codebook_starts_a_formula_and_each_text_comes_back(tmp_path):
    texts = dict.fromkeys(("definition", "include", "exclude", "example", "introduced"), "=1+1")
    book = Codebook((Code("-harga", **texts), Code("@b", "-harga", "+x")))
    write_codebook(tmp_path / "a.csv", book)
    with (tmp_path / "a.csv").open(encoding="utf-8", newline="") as file:
        cells = [cell for row in csv.reader(file) for cell in row]
    assert not [cell for cell in cells if cell.startswith(("=", "+", "-", "@", "\t", "\r"))]
    assert read_codebook(tmp_path / "a.csv").codes == book.codes


@pytest.mark.parametrize("between", [",", ";", "\t"])
def test_codings_saved_by_a_spreadsheet_are_read(tmp_path, between):
    sheet = f"\ufeffunit_id;start;end;code;coder;text_sha256\r\numkm-1;0;4;news;SN;{text_hash('a')}\r\n;;;;;\r\n"
    (tmp_path / "a.csv").write_bytes(sheet.replace(";", between).encode("utf-8"))
    read = read_codings(tmp_path / "a.csv")
    assert read.to_numpy().tolist()[0][:6] == ["umkm-1", 0, 4, "news", "SN", 1]


@pytest.mark.parametrize(
    ("text", "what"),
    [
        ("unit_id,start\n", "no column end"),
        ("", "no column unit_id"),
        ("unit_id,start,end,code,coder,text_sha256\na,x,4,news,SN," + "0" * 64, r"a\.csv:2: start is 'x'"),
        ("unit_id,start,end,code,coder,text_sha256\na,1,4,,," + "0" * 64, r"a\.csv:2: there is no coder"),
        ("unit_id,start,end,code,coder,text_sha256\na,1,4,news,SN,0\n", r"a\.csv:2: text_sha256 is '0'"),
        ("unit_id,start,end,code,coder,text_sha256\na,1,4,news,SN\n", r"a\.csv:2: 5 cells under 6 columns"),
        ('unit_id,start\n"a,1\n', "not a table"),
    ],
)
def test_codings_that_cannot_be_used_are_refused_with_their_line(tmp_path, text, what):
    (tmp_path / "a.csv").write_text(text)
    with pytest.raises(InputError, match=what):
        read_codings(tmp_path / "a.csv")


def test_all_mistakes_of_a_codebook_are_said_at_once(tmp_path):
    (tmp_path / "a.csv").write_text("code,definition,colour\na,A,red\na,B,\n,C,blue\n")
    with pytest.raises(InputError, match="4 mistakes") as error:
        read_codebook(tmp_path / "a.csv")
    for what in ("line 2: 'red' is no", "line 3: 'a' is empty or a duplicate", "line 4: ''", "line 4: 'blue'"):
        assert what in str(error.value)


def test_a_codebook_comes_back_equal_from_csv(tmp_path, root):
    book = load(root / "src/analysis/simulate/codebook.yaml")
    write_codebook(tmp_path / "a.csv", book)
    assert read_codebook(tmp_path / "a.csv").codes == book.codes


def test_a_code_comes_back_from_the_one_line_that_taguette_keeps(root):
    for code in load(root / "src/analysis/simulate/codebook.yaml").codes:
        line = described(code)
        assert "\n" not in line
        assert undescribed(code.name, line) == Code(**{**vars(code), "parent": None})
    assert undescribed("x", "Costs 5 ¶ or more: see\r\nlist").definition == "Costs 5 ¶ or more: see\r\nlist"
    with pytest.raises(InputError, match="Use another sign"):
        described(Code("x", definition="a ¶ b"))


def test_taguettes_own_codebook_is_read(tmp_path):
    text = "tag,description,number of highlights,number of documents\r\npeople,,1,1\r\npeople.at_work,Who works,0,0\r\n"
    (tmp_path / "a.csv").write_text(text, newline="")
    assert read_codebook(tmp_path / "a.csv").codes == (Code("people"), Code("at_work", "people", "Who works"))


def test_names_that_a_path_cannot_hold_are_refused(tmp_path):
    with pytest.raises(InputError, match="cannot be part of a path"):
        write_codebook(tmp_path / "a.csv", Codebook((Code("a.b"),)))
    (tmp_path / "a.csv").write_text("tag\nx\nx\n")
    with pytest.raises(InputError, match=r"a\.csv:3: 'x' is empty or a duplicate"):
        read_codebook(tmp_path / "a.csv")


# Taguette's pages and database

SCHEMA = """
CREATE TABLE projects (id INTEGER PRIMARY KEY, name TEXT);
CREATE TABLE documents (id INTEGER PRIMARY KEY, name TEXT, project_id INTEGER, contents TEXT);
CREATE TABLE tags (id INTEGER PRIMARY KEY, project_id INTEGER, path TEXT, description TEXT);
CREATE TABLE highlights (id INTEGER, document_id INTEGER, start_offset INTEGER, end_offset INTEGER, snippet TEXT);
CREATE TABLE highlight_tags (highlight_id INTEGER, tag_id INTEGER);
INSERT INTO projects VALUES (1, 'Guyub');
INSERT INTO documents VALUES (1, 'talk', 1, '<p>é &amp; <b>naik</b></p>
<p>wkwk</p>');
INSERT INTO tags VALUES (1, 1, 'talk', ''), (2, 1, 'talk.humour', 'Jokes.');
INSERT INTO highlights VALUES (1, 1, 5, 9, '<b>naik</b>'), (2, 1, 10, 14, '<p>wkwk</p>'), (3, 1, 0, 2, '<p>é</p>');
INSERT INTO highlight_tags VALUES (1, 1), (2, 1), (2, 2);
"""


def database(path: Path, more: str = "") -> Path:
    with closing(sqlite3.connect(path)) as connection:
        connection.executescript(SCHEMA + more)
    return path


def test_highlights_of_taguettes_database_stand_on_their_words(tmp_path):
    project = read_taguette(database(tmp_path / "a.sqlite3"), coder="SN")
    assert project.sources == {"talk": "é & naik\nwkwk"}
    assert list(zip(project.codings["code"], project.quotations, strict=True)) == [
        ("talk", "naik"),
        ("talk", "wkwk"),
        ("humour", "wkwk"),
    ]
    assert set(project.codings["coder"]) == {"SN"}
    assert project.report.kinds == {"paths", "utf8-offsets", "uncoded-selection"}


def test_of_several_projects_one_must_be_named(tmp_path):
    path = database(tmp_path / "a.sqlite3", "INSERT INTO projects VALUES (2, 'Other');")
    with pytest.raises(InputError, match="holds 2 projects: 'Guyub', 'Other'"):
        read_taguette(path)
    assert read_taguette(path, project="Other").sources == {}


def test_what_is_no_database_of_taguette_is_refused(tmp_path):
    (tmp_path / "a.sqlite3").write_bytes(b"no database at all, but long enough to be read as one" * 20)
    with pytest.raises(InputError, match="not a Taguette project"):
        read_taguette(tmp_path / "a.sqlite3")
    with closing(sqlite3.connect(tmp_path / "b.sqlite3")) as connection:
        connection.execute("CREATE TABLE projects (id)")
    with pytest.raises(InputError, match="no table 'documents'"):
        read_taguette(tmp_path / "b.sqlite3")
    with pytest.raises(InputError, match="does not exist"):
        read_taguette(tmp_path / "c.sqlite3")


def test_a_page_for_taguette_holds_the_text_and_nothing_else():
    text = '⟦a⟧\n  harga <naik> & "turun" é 😀\n\nwkwk\n\n⟦⟧\n'
    html = page("chat <1>", text).decode("utf-8")
    assert text_of(html.partition("<body>")[2]) == text.removesuffix("\n")


def test_documents_of_one_name_get_files_of_their_own(tmp_path):
    units, documents = {"a": "x", "b": "y"}, {"a": "chat/1", "b": "chat 1"}
    files = write_taguette(tmp_path, units, Codebook((Code("c"),)), documents=documents)
    assert [file.name for file in files] == ["chat-1.html", "chat-1 (2).html", "codebook.csv"]


def test_codes_that_start_as_a_formula_come_back_from_taguette_under_their_names(tmp_path):
    tags = "INSERT INTO tags VALUES (3, 1, '''-harga', '''=1+1'); INSERT INTO highlight_tags VALUES (3, 3);"
    project = read_taguette(database(tmp_path / "a.sqlite3", tags), coder="SN")
    assert Code("-harga", None, "=1+1") in project.codebook.codes
    assert "-harga" in set(project.codings["code"])
