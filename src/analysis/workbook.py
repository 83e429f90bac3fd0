"""Spreadsheets in the format of office programs (.xlsx, ECMA-376): writes sheets, reads the cells of the first one."""

from __future__ import annotations

import re
import zipfile
import zlib
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from xml.etree.ElementTree import Element
from xml.sax.saxutils import escape

from defusedxml import DefusedXmlException
from defusedxml.ElementTree import ParseError, fromstring

from analysis import disk
from analysis.errors import InputError

ENDING = ".xlsx"
ROWS = 1 << 20  # that a sheet may have
LONGEST = 32_767  # characters of a cell
LARGEST = 64 << 20  # bytes of one part, unpacked
_MAIN = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
_LINK = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
_PACKAGE = "http://schemas.openxmlformats.org/package/2006"
_DATE = (1980, 1, 1, 0, 0, 0)  # so that equal cells give equal bytes
_HEAD = '<?xml version="1.0" encoding="UTF-8" standalone="yes"?>\n'
_ILLEGAL = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ufffe\uffff]")  # what XML cannot hold
_CODED = re.compile("_(?=x[0-9A-Fa-f]{4}_)")  # what readers would take for a character code
_SHEET = "application/vnd.openxmlformats-officedocument.spreadsheetml.worksheet+xml"
_TYPES = {
    "/xl/workbook.xml": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet.main+xml",
    "/xl/styles.xml": "application/vnd.openxmlformats-officedocument.spreadsheetml.styles+xml",
}
_STYLES = (  # 0: wrapped text, 1: the bold header
    f'{_HEAD}<styleSheet xmlns="{_MAIN}"><fonts count="2"><font/><font><b/></font></fonts>'
    '<fills count="2"><fill><patternFill patternType="none"/></fill><fill><patternFill patternType="gray125"/></fill>'
    "</fills>"
    '<borders count="1"><border/></borders><cellStyleXfs count="1"><xf/></cellStyleXfs><cellXfs count="2">'
    '<xf xfId="0" numFmtId="49" applyAlignment="1"><alignment wrapText="1" vertical="top"/></xf>'
    '<xf xfId="0" fontId="1" applyFont="1"/></cellXfs></styleSheet>'
)


@dataclass(frozen=True)
class Sheet:
    """One sheet of a file. rows: of texts, the first of them the header. widths: of the columns, in characters."""

    name: str
    rows: Sequence[Sequence[str]]
    widths: Sequence[int] = ()


def read_cells(path: Path) -> list[list[str]]:
    """The cells of the first sheet as texts, row by row and column by column from A1; empty where there is nothing.

    A whole number has no decimal point, as typed. Raises InputError when the file is not an .xlsx.
    """
    try:
        with zipfile.ZipFile(path) as archive:
            shared = [_text(item) for item in _part(archive, "xl/sharedStrings.xml", path, needed=False)]
            sheet = _part(archive, _first_sheet(archive, path), path)
            rows = _rows(sheet, shared)
    except (zipfile.BadZipFile, zlib.error, OSError, KeyError, ParseError, DefusedXmlException, ValueError) as error:
        what = f"this is not an .xlsx spreadsheet: {error}"
        raise InputError(what, path=path, fix="Save it again as .xlsx or .csv.") from error
    width = max(map(len, rows), default=0)
    return [row + [""] * (width - len(row)) for row in rows]


def _rows(sheet: Element, shared: Sequence[str]) -> list[list[str]]:
    """The cells of a sheet up to the last in each row. Raises ValueError on a row that no sheet can have."""
    rows: list[list[str]] = []
    for place, row in enumerate(sheet.iterfind("sheetData/row"), 1):
        number = int(row.get("r", place))
        if not 0 < number <= ROWS:
            raise ValueError(f"it has a row number {number}")
        rows += [[] for _ in range(number - len(rows))]
        for cell in row.iterfind("c"):
            column = _column(cell.get("r", ""), len(rows[number - 1]))
            rows[number - 1] += [""] * (column + 1 - len(rows[number - 1]))
            rows[number - 1][column] = _value(cell, shared)
    return rows


def write_sheets(path: Path, sheets: Sequence[Sheet]) -> None:
    """Write sheets whose headers stay in view. No cell becomes a formula. Raises InputError on a text that is too long
    for a cell."""
    for sheet in sheets:
        _require_room(path, sheet)
    names = {f"worksheets/sheet{k}.xml": sheet for k, sheet in enumerate(sheets, 1)}
    types = {f"/xl/{name}": _SHEET for name in names} | _TYPES
    kinds = "".join(f'<Override PartName="{name}" ContentType="{kind}"/>' for name, kind in types.items())
    defaults = "".join(
        f'<Default Extension="{ending}" ContentType="application/{kind}"/>'
        for ending, kind in (("rels", "vnd.openxmlformats-package.relationships+xml"), ("xml", "xml"))
    )
    listed = "".join(
        f'<sheet name="{escape(sheet.name)}" sheetId="{k}" r:id="rId{k}"/>' for k, sheet in enumerate(sheets, 1)
    )
    links = {f"rId{k}": ("worksheet", name) for k, name in enumerate(names, 1)}
    parts = {
        "[Content_Types].xml": f'<Types xmlns="{_PACKAGE}/content-types">{defaults}{kinds}</Types>',
        "_rels/.rels": _links({"rId1": ("officeDocument", "xl/workbook.xml")}),
        "xl/workbook.xml": f'<workbook xmlns="{_MAIN}" xmlns:r="{_LINK}"><sheets>{listed}</sheets></workbook>',
        "xl/_rels/workbook.xml.rels": _links({**links, f"rId{len(links) + 1}": ("styles", "styles.xml")}),
        **{f"xl/{name}": _worksheet(sheet) for name, sheet in names.items()},
    }
    with disk.whole(path) as draft, zipfile.ZipFile(draft, "w") as archive:
        for name, text in {**{name: _HEAD + text for name, text in parts.items()}, "xl/styles.xml": _STYLES}.items():
            entry = zipfile.ZipInfo(name, _DATE)
            entry.compress_type, entry.create_system = zipfile.ZIP_DEFLATED, 3
            archive.writestr(entry, text.encode())


def _require_room(path: Path, sheet: Sheet) -> None:
    """Raises InputError on a text of more than LONGEST characters."""
    for number, row in enumerate(sheet.rows, 1):
        if longest := max((size for text in row if (size := _size(text)) > LONGEST), default=0):
            what = f"a text has {longest:,} characters, and a cell of a spreadsheet holds {LONGEST:,}: row {number}"
            raise InputError(what, path=path, fix="Use another form, such as .html.")


def _size(text: str) -> int:
    """Characters as spreadsheets count them, in UTF-16."""
    return len(text.encode("utf-16-le", "surrogatepass")) // 2


def _worksheet(sheet: Sheet) -> str:
    columns = "".join(
        f'<col min="{k}" max="{k}" width="{width}" customWidth="1"/>' for k, width in enumerate(sheet.widths, 1)
    )
    body = "".join(
        f'<row r="{r}">{"".join(_cell(text, r, c) for c, text in enumerate(row))}</row>'
        for r, row in enumerate(sheet.rows, 1)
    )
    pane = '<pane ySplit="1" topLeftCell="A2" activePane="bottomLeft" state="frozen"/>'
    views = f'<sheetViews><sheetView workbookViewId="0">{pane}</sheetView></sheetViews>'
    views += f"<cols>{columns}</cols>" if columns else ""
    return f'<worksheet xmlns="{_MAIN}">{views}<sheetData>{body}</sheetData></worksheet>'


def _links(targets: dict[str, tuple[str, str]]) -> str:
    links = (f'<Relationship Id="{key}" Type="{_LINK}/{kind}" Target="{to}"/>' for key, (kind, to) in targets.items())
    return f'<Relationships xmlns="{_PACKAGE}/relationships">{"".join(links)}</Relationships>'


def _cell(text: str, row: int, column: int) -> str:
    if not text:
        return ""
    name = ""
    column += 1
    while column:
        column, letter = divmod(column - 1, 26)
        name = chr(65 + letter) + name
    words = escape(_CODED.sub("_x005F_", _ILLEGAL.sub("\ufffd", text))).replace("\r", "&#13;")
    return f'<c r="{name}{row}" s="{int(row == 1)}" t="inlineStr"><is><t xml:space="preserve">{words}</t></is></c>'


def _part(archive: zipfile.ZipFile, name: str, path: Path, *, needed: bool = True) -> Element:
    """A part of the package as XML without namespaces. Raises InputError on one that is too large when unpacked."""
    if not needed and name not in archive.namelist():
        return Element("none")
    with archive.open(name) as stream:
        data = stream.read(LARGEST + 1)
    if len(data) > LARGEST:
        raise InputError(f"its part {name} is too large", path=path, fix="Save the sheet alone as .csv.")
    root = fromstring(data)
    for node in root.iter():
        node.tag = node.tag.rpartition("}")[2]
        node.attrib = {key.rpartition("}")[2]: value for key, value in node.attrib.items()}
    return root


def _first_sheet(archive: zipfile.ZipFile, path: Path) -> str:
    sheet = _part(archive, "xl/workbook.xml", path).find("sheets/sheet")
    links = {link.get("Id"): link.get("Target", "") for link in _part(archive, "xl/_rels/workbook.xml.rels", path)}
    if sheet is None or sheet.attrib.get("id") not in links:
        raise ValueError("it has no sheet")
    target = links[sheet.attrib["id"]]
    return target.removeprefix("/") if target.startswith("/") else f"xl/{target}"


def _column(reference: str, following: int) -> int:
    """The place from 0 of the column that a reference such as AB12 names; without one, the cell follows the last."""
    letters = re.match("[A-Z]{1,3}", reference)
    if not letters:
        return following
    place = 0
    for letter in letters[0]:
        place = place * 26 + ord(letter) - 64
    return place - 1


def _value(cell: Element, shared: Sequence[str]) -> str:
    kind, value = cell.get("t", "n"), cell.findtext("v", "")
    if kind == "inlineStr":
        return _text(cell.find("is"))
    if kind == "s":
        return shared[int(value)] if value.isdecimal() and int(value) < len(shared) else ""
    if kind == "b":
        return {"1": "TRUE", "0": "FALSE"}.get(value, value)
    return re.sub(r"^(-?\d+)\.0+$", r"\1", value)


def _text(item: Element | None) -> str:
    """The text of a string, its formatted runs joined; hints to pronunciation (rPh) are left out."""
    if item is None:
        return ""
    runs = [item, *item.iterfind("r")]
    text = "".join(part.text or "" for run in runs for part in run.iterfind("t"))
    return re.sub("_x([0-9A-F]{4})_", lambda code: chr(int(code[1], 16)), text)
