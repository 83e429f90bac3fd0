"""Tests of analysis.verify.damage: which tables are whole. What else is found is in tests/verify/test_verify.py."""

import pytest

from analysis import spreadsheet
from analysis.ingest import read_chat
from analysis.verify.damage import damage, damaged

HEAD, ROW = ("time", "sender", "text"), ("2024-07-24T09:43", "Sri", "Kopi, teh; gula\tada: mau")


def table(sign: str = ",", end: str = "\n", text: str = ROW[2], encoding: str = "utf-8") -> bytes:
    """A chat of four messages as a table, its cells in quotes."""
    rows = [HEAD, *[(*ROW[:2], text)] * 4]
    return "".join(sign.join(f'"{cell}"' for cell in row) + end for row in rows).encode(encoding)


SEMICOLONS = "time;sender;text\n2024-07-24T09:43;Sri;Kopi, teh, gula\n2024-07-24T09:44;Tri;Baik\n"
VIBER = '24/07/2024,09:43:10,Sri,+62811,Kopi, teh, "gula"\n24/07/2024,09:44:10,Tri,+62812,Baik\n'
ACCEPTED = {
    "semicolons, and commas in texts": SEMICOLONS.encode(),
    "tabs": table("\t"),
    "commas": table(),
    "the mark of UTF-8": table(";", encoding="utf-8-sig"),
    "UTF-16": SEMICOLONS.encode("utf-16"),
    "another encoding": SEMICOLONS.replace("Kopi", "Café").encode("latin-1"),
    "breaks of Windows": table(end="\r\n"),
    "breaks of old Macs": SEMICOLONS.replace("\n", "\r").encode(),
    "line breaks in a text": table(";", text="Kopi,\n\nteh; gula"),
    "separators of lines in a text": SEMICOLONS.replace("Kopi, ", "Kopi\u2028teh\x0b\x0c\x85").encode(),
    "an empty line": SEMICOLONS.replace("\n", "\n\n").encode(),
    "rows that a spreadsheet leaves empty": f"{SEMICOLONS};;\n;\n".encode(),
    "two columns of no use and of one name": SEMICOLONS.replace("\n", ";x;x\n").encode(),
    "a history of Viber": VIBER.encode(),
}


def judged(path):
    """What is wrong with a file, in the study whose data/raw it lies in, if it lies in one."""
    return damage(path, next((folder for folder in path.parents if folder.name == "raw"), path / "raw"))


@pytest.fixture
def raw(tmp_path):
    """Writes a file of the raw folder, and returns its path."""

    def write(content: bytes, name: str = "chats/rapat pengurus.csv"):
        path = tmp_path / "data/raw" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content)
        return path

    return write


@pytest.mark.parametrize("content", ACCEPTED.values(), ids=ACCEPTED)
@pytest.mark.parametrize("name", ["chats/rapat pengurus.csv", "rapat.csv"])
def test_a_table_that_is_read_as_a_chat_is_whole(raw, content, name):
    path = raw(content, name)
    assert len(read_chat(path)) > 1
    assert judged(path) == ""


@pytest.mark.parametrize("what", [what for what in ACCEPTED if what not in ("a history of Viber", "UTF-16")])
def test_a_table_that_was_cut_off_inside_a_row_is_found_and_its_line_named(raw, what):
    start = ACCEPTED[what].rindex(b"2024-07-24")
    path = raw(ACCEPTED[what][: start + 12])
    assert "chats/rapat pengurus.csv" in next(iter(damaged(path.parents[3])))
    assert judged(path).startswith("line ")


def test_a_table_that_was_cut_off_inside_quotes_is_found(raw):
    assert judged(raw(table(";")[:-4]))


def test_a_list_of_the_study_is_whole_with_semicolons_and_not_in_an_encoding_that_would_change_names(raw):
    roster = "name;aliases;consent\nAndré, Bu;;none\n"
    for name in ("members.csv", "codings/coder-a.csv"):
        assert judged(raw(roster.encode("utf-8-sig"), name)) == ""
        assert judged(raw(roster.encode("latin-1"), name)) == "it is not in UTF-8: line 2"
        assert judged(raw(roster.replace("aliases", "name").encode(), name)) == "its column name is repeated"
    assert judged(raw(roster.encode("latin-1"), "annotations/coder-a.csv")) == ""  # by the ids in it


def test_a_table_that_was_written_here_is_whole_whatever_its_cells_hold_and_is_found_when_cut_off(tmp_path):
    path = tmp_path / "curves.csv"
    text = spreadsheet.csv_text([["a; b; c; d", "value"], ["one\u2028two\x0b\x85", 'a "b"\n\n,c'], ["\r", ""]])
    path.write_text(text, encoding="utf-8", newline="")
    assert judged(path) == ""
    for cut in (text[:-6], text[:20], text.partition("\n\n")[0]):
        path.write_text(cut, encoding="utf-8", newline="")
        assert judged(path)


def test_a_study_below_a_folder_called_raw_has_its_own_tables_judged_as_its_own(tmp_path):
    for name in ("raw", "codings", "chats"):
        root = tmp_path / name / "study"
        (root / "data/processed").mkdir(parents=True)
        (root / "data/processed/table.csv").write_text("a,a\n1,2\n", encoding="utf-8")
        assert damaged(root) == {"data/processed/table.csv": "its column a is repeated"}
