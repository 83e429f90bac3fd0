"""Spreadsheets as office programs save them are read cell by cell, and what is written is read as it was."""

from __future__ import annotations

import zipfile

import pytest
from hypothesis import given
from hypothesis import strategies as st

from analysis.errors import InputError
from analysis.workbook import LONGEST, Sheet, read_cells, write_sheets

LEGAL = st.text(st.characters(codec="utf-8", exclude_categories=["Cs", "Cc"], exclude_characters="\ufffe\uffff"))
MAIN = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"


@pytest.fixture
def office(tmp_path):
    """office(sheet, shared): a file in the way that Excel writes one, with its sheet under another name."""

    def write(sheet: str, shared: str = "") -> object:
        path = tmp_path / "office.xlsx"
        relation = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
        with zipfile.ZipFile(path, "w") as archive:
            archive.writestr(
                "xl/workbook.xml",
                f'<workbook xmlns="{MAIN}" xmlns:r="{relation}"><sheets><sheet name="Codes" sheetId="7" r:id="rId9"/>'
                "</sheets></workbook>",
            )
            archive.writestr(
                "xl/_rels/workbook.xml.rels",
                '<Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships">'
                '<Relationship Id="rId9" Type="x" Target="/xl/worksheets/codes.xml"/></Relationships>',
            )
            archive.writestr("xl/sharedStrings.xml", f'<sst xmlns="{MAIN}">{shared}</sst>')
            rows = f'<worksheet xmlns="{MAIN}"><sheetData>{sheet}</sheetData></worksheet>'
            archive.writestr("xl/worksheets/codes.xml", rows)
        return path

    return write


@given(st.lists(st.lists(LEGAL, min_size=3, max_size=3), min_size=1, max_size=4))
def test_what_is_written_is_read_as_it_was(tmp_path_factory, rows):
    path = tmp_path_factory.mktemp("x") / "a.xlsx"
    rows = [["unit_id", "text", "codes"], *rows]
    write_sheets(path, [Sheet("Sheet1", rows)])
    read = read_cells(path)
    assert [row + [""] * (3 - len(row)) for row in read] == rows[: len(read)]
    assert not any(map(any, rows[len(read) :]))


def test_equal_cells_give_equal_bytes(tmp_path):
    for name in "ab":
        write_sheets(tmp_path / f"{name}.xlsx", [Sheet("Sheet1", [["a"], ["=1+1"]], [20])])
    assert (tmp_path / "a.xlsx").read_bytes() == (tmp_path / "b.xlsx").read_bytes()


def test_several_sheets_are_written_and_the_first_is_read(tmp_path):
    write_sheets(tmp_path / "a.xlsx", [Sheet("passages", [["a"], ["1"]]), Sheet("codes & more", [["b"], ["2"]], [9])])
    assert read_cells(tmp_path / "a.xlsx") == [["a"], ["1"]]
    with zipfile.ZipFile(tmp_path / "a.xlsx") as archive:
        assert 'name="codes &amp; more" sheetId="2" r:id="rId2"' in archive.read("xl/workbook.xml").decode()
        assert 'Id="rId2"' in archive.read("xl/_rels/workbook.xml.rels").decode()
        assert "<fill/>" not in archive.read("xl/styles.xml").decode()  # ECMA-376 asks for a pattern in each


def test_shared_formatted_and_numeric_cells_of_an_office_program_are_texts(office):
    shared = "<si><t>halo</t></si><si><r><t>te</t></r><r><rPr><b/></rPr><t>bal</t></r><rPh><t>x</t></rPh></si>"
    sheet = (
        '<row r="1"><c r="A1" t="s"><v>0</v></c><c r="C1" t="s"><v>1</v></c></row>'
        '<row r="3"><c r="B3"><v>12</v></c><c r="C3" t="str"><f>A1</f><v>halo</v></c></row>'
        '<row r="4"><c r="A4" t="b"><v>1</v></c><c r="B4"><v>0.5</v></c><c r="C4"><v>2.0</v></c></row>'
    )
    assert read_cells(office(sheet, shared)) == [
        ["halo", "", "tebal"], ["", "", ""], ["", "12", "halo"], ["TRUE", "0.5", "2"],
    ]  # fmt: skip


@pytest.mark.parametrize("content", [b"not a zip", b"PK\x03\x04broken"])
def test_another_file_is_refused_with_what_to_do(tmp_path, content):
    path = tmp_path / "a.xlsx"
    path.write_bytes(content)
    with pytest.raises(InputError, match=r"not an .xlsx spreadsheet(.|\n)*Save it again"):
        read_cells(path)


def test_entities_that_swell_are_refused(office):
    path = office("")
    with zipfile.ZipFile(path, "a") as archive:
        bomb = '<!DOCTYPE a [<!ENTITY b "bbbbbbbbbb"><!ENTITY c "&b;&b;&b;">]><sst><si><t>&c;</t></si></sst>'
        with pytest.warns(UserWarning, match="Duplicate name"):
            archive.writestr("xl/sharedStrings.xml", bomb)
    with pytest.raises(InputError, match=r"not an \.xlsx spreadsheet"):
        read_cells(path)


@pytest.mark.parametrize("number", ["0", "-1", "1048577", "dua"])
def test_a_row_that_no_sheet_can_have_is_refused(office, number):
    with pytest.raises(InputError, match=r"not an \.xlsx spreadsheet"):
        read_cells(office(f'<row r="{number}"><c r="A1"><v>1</v></c></row>'))


@pytest.mark.parametrize("text", ["_x0041_", "a_x00e9_b", "__x005F_x0041__", "_x0041", "_x000D_"])
def test_what_looks_like_the_number_of_a_character_is_read_as_it_was_written(tmp_path, text):
    write_sheets(tmp_path / "a.xlsx", [Sheet("Sheet1", [["text"], [text]])])
    assert read_cells(tmp_path / "a.xlsx") == [["text"], [text]]


def test_a_text_that_no_cell_can_hold_is_refused_and_nothing_is_written(tmp_path):
    write_sheets(tmp_path / "a.xlsx", [Sheet("Sheet1", [["text"], ["a" * LONGEST]])])
    with pytest.raises(InputError, match=r"32,768 characters, and a cell of a spreadsheet holds 32,767: row 2"):
        write_sheets(tmp_path / "b.xlsx", [Sheet("Sheet1", [["text"], ["😀" * 16_384]])])
    assert [path.name for path in tmp_path.iterdir()] == ["a.xlsx"]
