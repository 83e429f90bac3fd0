"""A study's units to coders and their codings back: nothing lands on other words than were coded."""

from __future__ import annotations

import hashlib
import sqlite3
from contextlib import closing

import pandas as pd
import pytest

from analysis import cli, tables
from analysis.codebook import load
from analysis.coding import exchange
from analysis.coding.anchors import check_anchors, text_hash
from analysis.coding.csvqda import write_codings
from analysis.coding.refiqda import read_qdpx, write_qdc, write_qdpx
from analysis.errors import InputError
from analysis.ingest.sheets import read_codings

CODEBOOK = """\
version: 1
language: en
codes:
  - name: sharing
    definition: Passes something on.
    children:
      - {name: news, definition: News of prices.}
  - {name: humour, definition: Jokes., colour: "#0072B2"}
"""
TEXTS = {"umkm-1": "harga tepung naik 😀", "umkm-2": "wkwkwk\niya", "wawancara-01-002": "Saya jual peyek."}


def codings(*rows: tuple) -> pd.DataFrame:
    filled = [
        (unit, start, end, code, coder, 1, text_hash(TEXTS[unit]), None, None, TEXTS[unit][start:end])
        for unit, start, end, code, coder in rows
    ]
    return tables.conform(pd.DataFrame(filled, columns=list(tables.Codings.columns)), tables.Codings)


@pytest.fixture
def ingested(bare_study):
    """A study of three units after ingest, one of them coded."""
    messages = pd.DataFrame({
        "message_id": ["umkm-1", "umkm-2"], "channel": "umkm", "member": ["MAAAA", "MBBBB"],
        "time": pd.to_datetime(["2024-07-24T02:43Z", "2024-07-24T02:44Z"]), "text": [TEXTS["umkm-1"], TEXTS["umkm-2"]],
        "kind": "text", "edited": False, "reply_to": None, "source": "umkm.txt", "line": [1, 2],
    })  # fmt: skip
    utterances = pd.DataFrame({
        "utterance_id": ["wawancara-01-002"], "transcript": "wawancara-01", "turn": 2, "member": "MAAAA",
        "role": "participant", "start_s": None, "end_s": None, "text": TEXTS["wawancara-01-002"],
        "source": "wawancara-01.txt", "line": 5,
    })  # fmt: skip
    out = bare_study.processed("ingest")
    tables.write(messages[list(tables.Messages.columns)], out / "messages.parquet", tables.Messages)
    tables.write(utterances[list(tables.Utterances.columns)], out / "utterances.parquet", tables.Utterances)
    tables.write(codings(("umkm-1", 6, 17, "news", "SN")), out / "codings.parquet", tables.Codings)
    bare_study.raw.mkdir(parents=True)
    (bare_study.raw / "codebook.yaml").write_text(CODEBOOK, encoding="utf-8")
    (bare_study.raw / "MANIFEST.csv").write_text(
        "path,sha256,kind,source,simulated\nx,y,chat,z,yes\n", encoding="utf-8"
    )
    return bare_study


def test_a_study_goes_out_as_qdpx_and_its_codings_come_back_as_raw_data(ingested, tmp_path):
    [path] = exchange.export_study(ingested, tmp_path / "out/study.qdpx", "qdpx")
    assert read_qdpx(path).sources == TEXTS
    done = exchange.import_file(ingested, path)
    assert done.files == [ingested.raw / "codings/study.csv", ingested.raw / "MANIFEST.csv"]
    pd.testing.assert_frame_equal(read_codings(done.files[0]), codings(("umkm-1", 6, 17, "news", "SN")))
    assert done.broken.empty
    digest = hashlib.sha256(done.files[0].read_bytes()).hexdigest()
    assert done.files[1].read_text().splitlines()[2] == f"codings/study.csv,{digest},codings,study.qdpx,yes"
    with pytest.raises(InputError, match="exists already"):
        exchange.import_file(ingested, path)


def test_people_see_who_wrote_when_above_each_unit(ingested):
    assert list(exchange.units(ingested)["head"]) == ["MAAAA, 2024-07-24 09:43", "MBBBB, 2024-07-24 09:44", "MAAAA"]


def test_units_read_without_a_code_are_known_when_all_were_read(ingested, tmp_path):
    exchange.export_study(ingested, tmp_path / "study.qdpx", "qdpx")
    done = exchange.import_file(ingested, tmp_path / "study.qdpx", all_read=True)
    rows = done.codings[["unit_id", "end", "code"]].fillna("").to_numpy().tolist()
    assert rows == [["umkm-1", 17, "news"], ["umkm-2", 10, ""], ["wawancara-01-002", 16, ""]]


def test_codings_of_texts_that_changed_are_reported_with_their_words_and_left_out(
    ingested, tmp_path, monkeypatch, capsys
):
    other = {**TEXTS, "umkm-2": "wkwkwk iya"}
    rows = pd.DataFrame([("umkm-1", 0, 5, "news", "AB"), ("umkm-2", 7, 10, "humour", "AB")],
                        columns=["unit_id", "start", "end", "code", "coder"])  # fmt: skip
    write_qdpx(tmp_path / "ab.qdpx", other, rows, load(ingested.raw / "codebook.yaml"))
    done = exchange.import_file(ingested, tmp_path / "ab.qdpx")
    assert list(done.codings["unit_id"]) == ["umkm-1"]
    assert done.broken[["unit_id", "quotation", "new_start"]].to_numpy().tolist() == [["umkm-2", "iya", 7]]
    (ingested.raw / "codings/ab.csv").unlink()
    monkeypatch.chdir(ingested.root)
    assert cli.main(["import", str(tmp_path / "ab.qdpx")]) == 0
    said = capsys.readouterr().out
    assert "took 1 coding\n" in said
    assert "umkm-2, the unit's text has changed: 'iya'; perhaps now umkm-2, 7 to 10" in said


def test_a_file_of_which_nothing_can_be_used_says_why(ingested, tmp_path):
    bad = codings(("umkm-1", 0, 5, "news", "AB"), ("umkm-2", 0, 3, "humour", "AB"), ("umkm-2", 0, 99, "humour", "AB"))
    hashes = ["0" * 64, *bad["text_sha256"][1:]]
    write_codings(tmp_path / "ab.csv", bad.assign(unit_id=["umkm-1", "nowhere", "umkm-2"], text_sha256=hashes))
    with pytest.raises(InputError, match=r"changed \(1\); .*not there \(1\); .*past the text \(1\)"):
        exchange.import_file(ingested, tmp_path / "ab.csv")
    write_codings(tmp_path / "ab.csv", bad[:0])
    with pytest.raises(InputError, match="no coding in it"):
        exchange.import_file(ingested, tmp_path / "ab.csv")


def test_codings_taken_in_carry_their_words_so_that_a_later_edit_shows_what_they_were(ingested, tmp_path):
    bare = codings(("umkm-2", 7, 10, "humour", "AB")).drop(columns="quotation")
    bare.to_csv(tmp_path / "ab.csv", index=False)
    [taken, _] = exchange.import_file(ingested, tmp_path / "ab.csv").files
    edited = pd.Series(TEXTS | {"umkm-2": "wkwk iya"})
    broken = check_anchors(read_codings(taken), edited).broken
    assert broken[["quotation", "new_unit_id", "new_start", "new_end"]].to_numpy().tolist() == [["iya", "umkm-2", 5, 8]]


def test_codings_come_back_from_csv_and_go_out_as_csv(ingested, tmp_path):
    files = exchange.export_study(ingested, tmp_path / "csv", "csv")
    assert [file.name for file in files] == ["codebook.csv", "codings.csv"]
    write_codings(tmp_path / "ab.csv", codings(("umkm-2", 0, 6, "humour", "AB")))
    assert list(exchange.import_file(ingested, tmp_path / "ab.csv").codings["coder"]) == ["AB"]


def test_a_codebook_goes_out_as_qdc_and_comes_back_as_yaml(ingested, tmp_path):
    book = load(ingested.raw / "codebook.yaml")
    exchange.export_study(ingested, tmp_path / "codebook.qdc", "qdc")
    with pytest.raises(InputError, match="exists already"):
        exchange.import_file(ingested, tmp_path / "codebook.qdc")
    (ingested.raw / "codebook.yaml").unlink()
    exchange.import_file(ingested, tmp_path / "codebook.qdc")
    assert load(ingested.raw / "codebook.yaml") == book


def test_a_code_without_a_definition_gets_one_that_says_so(ingested, tmp_path):
    book = load(ingested.raw / "codebook.yaml")
    (ingested.raw / "codebook.yaml").unlink()
    bare = type(book)(tuple(type(code)(code.name, code.parent) for code in book.codes))
    write_qdc(tmp_path / "bare.qdc", bare)
    exchange.import_file(ingested, tmp_path / "bare.qdc")
    assert {code.definition for code in load(ingested.raw / "codebook.yaml").codes} == {exchange.UNDEFINED}


def test_taguette_gets_a_page_a_document(ingested, tmp_path):
    files = exchange.export_study(ingested, tmp_path / "taguette", "taguette")
    assert [file.name for file in files] == ["umkm.html", "wawancara-01.html", "codebook.csv"]


@pytest.mark.parametrize(
    ("name", "what"), [("a.docx", "cannot be imported"), ("a.sqlite3", "who coded"), ("a.qdpx", "not there")]
)
def test_what_cannot_be_imported_is_refused(ingested, tmp_path, name, what):
    if what != "not there":
        (tmp_path / name).write_bytes(b"x")
    with pytest.raises(InputError, match=what):
        exchange.import_file(ingested, tmp_path / name)


def test_codings_of_other_units_or_codes_are_refused(ingested, tmp_path):
    rows = pd.DataFrame([("other", 0, 1, "joke", "AB")], columns=["unit_id", "start", "end", "code", "coder"])
    write_qdpx(tmp_path / "a.qdpx", {"other": "x"}, rows)
    with pytest.raises(InputError, match="the unit is not there"):
        exchange.import_file(ingested, tmp_path / "a.qdpx")
    write_qdpx(tmp_path / "b.qdpx", TEXTS, rows.assign(unit_id="umkm-1"))
    with pytest.raises(InputError, match="no code 'joke'"):
        exchange.import_file(ingested, tmp_path / "b.qdpx")
    with pytest.raises(InputError, match="unknown export form"):
        exchange.export_study(ingested, tmp_path / "c", "docx")


def test_all_codes_of_a_table_that_the_codebook_has_not_are_said_with_line_and_the_code_meant(ingested, tmp_path):
    rows = codings(("umkm-2", 0, 4, "humour", "AB"), ("umkm-1", 0, 5, "nws", "AB"), ("umkm-2", 0, 6, "humor", "AB"),
                   ("wawancara-01-002", 0, 4, "humor", "AB"), ("umkm-2", 0, 4, "zzz", "AB"))  # fmt: skip
    write_codings(tmp_path / "own.csv", rows)
    with pytest.raises(InputError) as error:
        exchange.import_file(ingested, tmp_path / "own.csv")
    assert str(error.value).splitlines() == [
        f"{tmp_path / 'own.csv'}: 3 mistakes:",
        "line 3: codebook.yaml has no code 'nws', which 'umkm-1' was given. Did you mean 'news'?",
        "line 4: codebook.yaml has no code 'humor', which 'umkm-2' and 1 other passage were given. Did you mean "
        "'humour'?",
        "line 6: codebook.yaml has no code 'zzz', which 'umkm-2' was given. Add it, or fix the codings.",
    ]


@pytest.mark.parametrize("name", ["no.csv", "no.xlsx", "no.qdc", "no.qdpx", "no.sqlite3", "no", "."])
def test_a_file_that_is_not_there_ends_in_a_sentence_of_the_command(ingested, monkeypatch, capsys, name):
    monkeypatch.chdir(ingested.root)
    assert cli.main(["import", name]) == 1
    assert capsys.readouterr().err.startswith(f"guyub: {name}: this ")


def test_of_a_taguette_file_with_several_projects_one_is_taken_by_its_name(ingested, tmp_path, monkeypatch, capsys):
    path = tmp_path / "taguette.sqlite3"
    with closing(sqlite3.connect(path)) as made:
        made.executescript("""
            CREATE TABLE projects (id INTEGER, name TEXT); CREATE TABLE tags (id, project_id, path, description);
            CREATE TABLE documents (id, project_id, name, contents); CREATE TABLE highlight_tags (highlight_id, tag_id);
            CREATE TABLE highlights (id, document_id, start_offset, end_offset, snippet);
            INSERT INTO projects VALUES (1, 'Pilot'), (2, 'Study');
            INSERT INTO tags VALUES (1, 2, 'humour', ''); INSERT INTO highlight_tags VALUES (1, 1);""")
        made.execute("INSERT INTO documents VALUES (1, 2, 'umkm-2', ?)", (TEXTS["umkm-2"],))
        made.execute("INSERT INTO highlights VALUES (1, 1, 0, 6, 'wkwkwk')")
        made.commit()
    monkeypatch.chdir(ingested.root)
    assert cli.main(["import", str(path), "--coder", "SN"]) == 1
    assert "2 projects: 'Pilot', 'Study'\nName one with --project." in capsys.readouterr().err
    assert cli.main(["import", str(path), "--coder", "SN", "--project", "pilot"]) == 1
    assert "'pilot' is none of 'Pilot', 'Study'" in capsys.readouterr().err
    assert cli.main(["import", str(path), "--coder", "SN", "--project", "Study"]) == 0
    taken = read_codings(ingested.raw / "codings" / "taguette.csv")
    assert taken[["unit_id", "code", "coder"]].to_numpy().tolist() == [["umkm-2", "humour", "SN"]]


def test_a_coders_newer_file_takes_the_place_of_the_older_one_only_when_asked(ingested, tmp_path):
    for code in ("humour", "news"):
        write_codings(tmp_path / "ab.csv", codings(("umkm-2", 0, 6, code, "AB")))
        exchange.import_file(ingested, tmp_path / "ab.csv", newer=code == "news")
    assert read_codings(ingested.raw / "codings" / "ab.csv")["code"].tolist() == ["news"]
    with pytest.raises(InputError, match="put it in its place with --replace"):
        exchange.import_file(ingested, tmp_path / "ab.csv")


def test_the_consensus_decides_on_nothing_that_it_has_no_rows_of(ingested, tmp_path):
    rows = codings(("umkm-1", 0, 5, "news", "SN"), ("umkm-1", 0, 17, "humour", "consensus"))
    write_qdpx(tmp_path / "both.qdpx", TEXTS, rows, load(ingested.raw / "codebook.yaml"))
    taken = exchange.import_file(ingested, tmp_path / "both.qdpx", all_read=True).codings
    read = {coder: set(rows["unit_id"]) for coder, rows in taken.groupby("coder")}
    assert read == {"SN": set(TEXTS), "consensus": {"umkm-1"}}


@pytest.mark.parametrize(
    ("table", "said"),
    [
        ("name,aliases,consent\nBu Sri,,quotes\n", "a list of members"),
        ("name;phones\nBu Sri;\n", "a list of members"),
        ("member_a,member_b,since,kind\nBu Sri,Pak Budi,,\n", "a list of partnerships"),
        ("unit_id,draw,inclusion_probability,drawn\numkm-1,1,0.5,yes\n", "the record of a sample"),
        ("Name;Spitzname;Telefon\nBu Sri;;\n", "nothing says that they are codes"),
        ("name\nBu Sri\n", "nothing says that they are codes"),
    ],
)
@pytest.mark.parametrize("newer", [False, True])
def test_no_list_of_people_becomes_the_codebook(ingested, tmp_path, table, said, newer):
    target = ingested.raw / "codebook.yaml"
    target.write_text(exchange.starter(), encoding="utf-8")
    (tmp_path / "anggota.csv").write_text(table, encoding="utf-8")
    with pytest.raises(InputError, match=rf"{said}(.|\n)*guyub add FILE"):
        exchange.import_file(ingested, tmp_path / "anggota.csv", newer=newer)
    assert target.read_text(encoding="utf-8") == exchange.starter()


def test_a_codebook_with_names_and_definitions_is_still_one(ingested, tmp_path):
    (tmp_path / "kode.csv").write_text("name,definition\nnews,News of prices.\n", encoding="utf-8")
    exchange.import_file(ingested, tmp_path / "kode.csv", newer=True)
    assert load(ingested.raw / "codebook.yaml").names == ("news",)


def test_a_codebook_of_yaml_is_imported_as_it_is_also_before_there_are_texts(bare_study, tmp_path):
    bare_study.raw.mkdir(parents=True)
    (tmp_path / "ours.yaml").write_text(f"# by Rina\n{CODEBOOK}", encoding="utf-8")
    exchange.import_file(bare_study, tmp_path / "ours.yaml")
    assert (bare_study.raw / "codebook.yaml").read_text(encoding="utf-8") == f"# by Rina\n{CODEBOOK}"
    (tmp_path / "ours.yaml").write_text("codes: 3\n", encoding="utf-8")
    with pytest.raises(InputError, match=r"ours\.yaml"):
        exchange.import_file(bare_study, tmp_path / "ours.yaml", newer=True)


def test_the_copy_that_a_browser_saved_takes_the_place_of_a_coders_older_file_and_joins_it_not(ingested, tmp_path):
    for name, code in (("Sinta.csv", "news"), ("Sinta (1).csv", "humour")):
        write_codings(tmp_path / name, codings(("umkm-2", 0, 6, code, "Sinta")))
    exchange.import_file(ingested, tmp_path / "Sinta.csv")
    with pytest.raises(InputError, match=r"Sinta\.csv: this file exists already(.|\n)*--replace"):
        exchange.import_file(ingested, tmp_path / "Sinta (1).csv")
    exchange.import_file(ingested, tmp_path / "Sinta (1).csv", newer=True)
    [file] = (ingested.raw / "codings").iterdir()
    assert read_codings(file)["code"].tolist() == ["humour"]


def test_a_coder_who_codes_a_passage_otherwise_in_another_file_is_reported(ingested, tmp_path):
    first = codings(("umkm-1", 0, 5, "news", "Sinta"), ("umkm-2", 0, 6, "news", "Sinta"))
    other = codings(("umkm-1", 0, 5, "news", "Sinta"), ("umkm-2", 0, 6, "humour", "Sinta"))
    write_codings(tmp_path / "Sinta.csv", first)
    write_codings(tmp_path / "Sinta-baru.csv", other)
    write_codings(tmp_path / "Sinta-kedua.csv", other.assign(round=2))
    assert not str(exchange.import_file(ingested, tmp_path / "Sinta.csv").report)
    [changed] = exchange.import_file(ingested, tmp_path / "Sinta-baru.csv").report.of("coded-twice")
    assert "Sinta.csv" in changed.what
    assert changed.places == ("umkm-2",)
    (ingested.raw / "codings" / "Sinta-baru.csv").unlink()
    assert not str(exchange.import_file(ingested, tmp_path / "Sinta-kedua.csv").report)  # a later round replaces


def test_a_coder_who_only_repeats_another_is_reported_at_import(ingested, tmp_path, monkeypatch):
    monkeypatch.setattr(exchange, "ENOUGH", 2)
    rows = [("umkm-1", 0, 5, "news"), ("umkm-2", 0, 6, None)]
    for coder, own in (("Jana", rows), ("coder 1", rows), ("Kai", [rows[0], ("umkm-2", 0, 6, "humour")])):
        write_codings(tmp_path / f"{coder}.csv", codings(*((*row, coder) for row in own)))
    exchange.import_file(ingested, tmp_path / "Jana.csv")
    assert not str(exchange.import_file(ingested, tmp_path / "Kai.csv").report)
    [repeated] = exchange.import_file(ingested, tmp_path / "coder 1.csv").report.of("repeated-coder")
    assert "coder 1 gave the same codes to the same words as Jana in Jana.csv" in str(repeated)


@pytest.mark.parametrize("form", ["qdpx", "qdc", "csv", "taguette"])
def test_an_export_writes_over_nothing(ingested, tmp_path, form):
    place = tmp_path / "theirs"
    place.write_text("a coder's project", encoding="utf-8")
    with pytest.raises(InputError, match="exists already"):
        exchange.export_study(ingested, place, form)
    assert place.read_text(encoding="utf-8") == "a coder's project"


@pytest.mark.parametrize("form", ["csv", "taguette"])
def test_an_export_of_several_files_goes_to_a_folder_of_its_own(ingested, tmp_path, form):
    (tmp_path / "theirs").mkdir()
    (tmp_path / "theirs" / "codebook.csv").write_text("mine", encoding="utf-8")
    with pytest.raises(InputError, match="not empty"):
        exchange.export_study(ingested, tmp_path / "theirs", form)
    assert [path.read_text(encoding="utf-8") for path in (tmp_path / "theirs").iterdir()] == ["mine"]
