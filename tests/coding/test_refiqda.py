"""REFI-QDA projects and codebooks: what we write, the schema it must fit, what comes back, and what is refused."""

from __future__ import annotations

import io
import re
import zipfile
from pathlib import Path

import pandas as pd
import pytest
import xmlschema
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from analysis.codebook import Code, Codebook, load
from analysis.coding.anchors import check_anchors, text_hash
from analysis.coding.refiqda import read_qdc, read_qdpx, write_qdc, write_qdpx
from analysis.errors import InputError

UNITS = {
    "umkm-1": "Info, harga tepung naik 😀 lagi mulai Senin",
    "umkm-2": "Ngopi yuk nanti\nsore di warung <Cak> & \"Toha\" — é",
    "umkm-3": "wkwk",
    "wawancara-01-003": "",
}  # fmt: skip
CODES = Codebook(
    (
        Code("sharing", definition="Passes something on.", colour="#0072B2"),
        Code("news", "sharing", "News of prices.", "A price that rose.", "An offer.", 'Info, "naik"\nlagi', "#0072b2"),
        Code("talk", definition="Include: this is no label."),
        Code("humour 😀", "talk", example="wkwk"),
    ),
    version="2",
    language="id",
)


def codings(*rows: tuple) -> pd.DataFrame:
    columns = ["unit_id", "start", "end", "code", "coder", "round", "memo", "translation"]
    return pd.DataFrame(rows, columns=columns).astype({"code": str, "memo": str, "translation": str})


CODINGS = codings(
    ("umkm-1", 6, 25, "news", "SN", 1, "sure?\nyes", "the price of flour rises 😀"),
    ("umkm-1", 24, 25, "humour 😀", "SN", 2, None, None),
    ("umkm-1", 6, 25, "news", "AB", 1, None, None),
    ("umkm-2", 0, 20, "talk", "SN", 1, "Round: 7 of the day", None),
    ("umkm-3", 0, 4, None, "AB", 1, None, None),
    ("wawancara-01-003", 0, 0, None, "AB", 2, "empty turn", None),
)


@pytest.fixture
def written(tmp_path) -> Path:
    write_qdpx(tmp_path / "study.qdpx", UNITS, CODINGS, CODES)
    return tmp_path / "study.qdpx"


def qde(path: Path) -> str:
    with zipfile.ZipFile(path) as archive:
        return archive.read("project.qde").decode("utf-8")


# What comes back


def test_a_project_comes_back_equal(written):
    project = read_qdpx(written)
    assert project.sources == UNITS
    assert project.codebook == CODES
    pd.testing.assert_frame_equal(project.codings[CODINGS.columns], CODINGS)
    assert list(project.codings["text_sha256"]) == [text_hash(UNITS[unit]) for unit in CODINGS["unit_id"]]
    assert project.report.deviations == ()
    assert list(project.quotations) == [UNITS[unit][start:end] for unit, start, end, *_ in CODINGS.to_numpy()]


def test_a_project_read_can_be_written_again_byte_by_byte(written, tmp_path):
    write_qdpx(tmp_path / "again.qdpx", read_qdpx(written))
    assert (tmp_path / "again.qdpx").read_bytes() == written.read_bytes()


def test_units_of_a_chat_stand_in_one_document_and_come_back_as_units(tmp_path):
    documents = {unit: unit.partition("-")[0] for unit in UNITS}
    write_qdpx(tmp_path / "a.qdpx", UNITS, CODINGS, CODES, documents=documents, heads={"umkm-1": "M7K2A, 09.43"})
    assert qde(tmp_path / "a.qdpx").count("<TextSource ") == 2
    project = read_qdpx(tmp_path / "a.qdpx")
    assert project.sources == UNITS
    pd.testing.assert_frame_equal(project.codings[CODINGS.columns], CODINGS)
    assert project.report.deviations == ()


def test_a_series_or_a_table_of_units_is_written_like_a_mapping(written, tmp_path):
    table = pd.DataFrame({"message_id": list(UNITS), "text": list(UNITS.values())})
    for sources in (pd.Series(UNITS), table):
        write_qdpx(tmp_path / "b.qdpx", sources, CODINGS, CODES)
        assert (tmp_path / "b.qdpx").read_bytes() == written.read_bytes()


def test_an_empty_code_and_a_missing_one_both_mean_that_none_applies(tmp_path):
    rows = codings(("umkm-3", 0, 4, "", "AB", 1, None, None), ("umkm-3", 0, 4, None, "SN", 1, None, None))
    write_qdpx(tmp_path / "a.qdpx", UNITS, rows, CODES)
    assert read_qdpx(tmp_path / "a.qdpx").codings["code"].isna().tolist() == [True, True]


def test_a_codebook_comes_back_equal(tmp_path, root):
    for book in (CODES, load(root / "src/analysis/simulate/codebook.yaml")):
        write_qdc(tmp_path / "a.qdc", book)
        assert read_qdc(tmp_path / "a.qdc") == book


def test_codings_of_an_edited_text_are_found_broken_with_their_old_words(written):
    edited = {**UNITS, "umkm-1": "Edited: " + UNITS["umkm-1"]}
    project = read_qdpx(written)
    anchored = check_anchors(project.onto(edited).assign(quotation=project.quotations), pd.Series(edited))
    assert set(anchored.broken["unit_id"]) == {"umkm-1"}
    assert list(anchored.broken["new_start"]) == [14, 32, 14]


# Properties


LETTERS = st.sampled_from(
    [*"ab .:\\\t\n\r", "é", "e\u0301", "😀", "👩\u200d🌾", "\ufeff", "\u200b", "ꦱ", "⟦", "⟧", "<&\">'"]
)
TEXTS = st.lists(LETTERS, max_size=30).map("".join)
NAMES = st.text(st.characters(categories=("L", "N", "P", "S", "Zs")), min_size=1, max_size=8).filter(str.strip)
LABELLED = st.one_of(TEXTS, st.sampled_from(["Include: x", "a\n\nExclude: y", "\\Example: z", "Round: 3\n", "\n\n"]))


@st.composite
def books(draw) -> Codebook:
    names = draw(st.lists(NAMES, min_size=1, max_size=5, unique=True))
    codes: list[Code] = []
    line: list[str] = []  # the codes above the next, so that codes come depth first
    for name in names:
        line = line[: draw(st.integers(0, len(line)))]
        texts = [draw(LABELLED) for _ in range(4)]
        codes.append(Code(name, line[-1] if line else None, *texts, draw(st.sampled_from(["", "#a1B2c3"]))))
        line.append(name)
    return Codebook(tuple(codes), draw(NAMES), draw(TEXTS))


@st.composite
def studies(draw) -> tuple[dict[str, str], pd.DataFrame, Codebook]:
    book = draw(books())
    once_marked = TEXTS.filter(lambda text: not text.startswith("\ufeff\ufeff"))  # two marks are refused
    names = NAMES.filter(lambda name: not set("⟦⟧") & set(name))
    units = draw(st.dictionaries(names, once_marked, min_size=1, max_size=3))
    rows = []
    for unit, text in units.items():
        for _ in range(draw(st.integers(0, 3))):
            start, end = sorted(snapped(text, draw(st.integers(0, len(text)))) for _ in range(2))
            code = draw(st.sampled_from([*book.names, None]))
            memo, translation = (draw(LABELLED) or None for _ in range(2))
            rows.append((unit, start, end, code, draw(NAMES), draw(st.integers(1, 3)), memo, translation))
    return units, codings(*rows), book


def snapped(text: str, position: int) -> int:
    """The position, or the next that cuts neither a line end nor a byte order mark from the text."""
    inner = {i for ending in re.finditer(r"\r{1,2}\n", text) for i in range(ending.start() + 1, ending.end())}
    inner |= {0} if text.startswith("\ufeff") else set()
    return next(i for i in range(position, len(text) + 1) if i not in inner)


def lf(text: str) -> str:
    return re.sub(r"\r{1,2}\n|\r", "\n", text)


@settings(max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(studies(), st.booleans())
def test_any_text_and_codebook_comes_back_with_each_coding_on_its_words(tmp_path, study, bundled):
    units, rows, book = study
    documents = dict.fromkeys(units, "chat") if bundled else None
    plain = {unit: lf(text.removeprefix("\ufeff")) for unit, text in units.items()}
    if bundled and any(re.search(r"^⟦[^⟦⟧\n]*⟧", text, re.MULTILINE) for text in plain.values()):
        return  # refused, see below
    write_qdpx(tmp_path / "a.qdpx", units, rows, book, documents=documents)
    project = read_qdpx(tmp_path / "a.qdpx")
    assert project.sources == plain
    assert project.codebook == book
    assert list(project.quotations) == [lf(units[u][a:b]) for u, a, b, *_ in rows.to_numpy()]
    pd.testing.assert_frame_equal(project.onto(units)[rows.columns], rows, check_dtype=False)
    with zipfile.ZipFile(tmp_path / "a.qdpx") as archive:
        assert not any(b"\r" in archive.read(name) for name in archive.namelist() if name.endswith(".txt"))


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(books())
def test_any_codebook_comes_back_equal_from_qdc(tmp_path, book):
    write_qdc(tmp_path / "a.qdc", book)
    assert read_qdc(tmp_path / "a.qdc") == book


# What the file is like


def test_the_file_keeps_to_the_standard_where_programs_differ(tmp_path):
    units = {"a": "satu\r\ndua 😀 tiga", "b": "\ufeffempat"}
    rows = codings(("a", 6, 11, "news", "SN", 1, None, None), ("b", 1, 6, "news", "SN", 1, None, None))
    report = write_qdpx(tmp_path / "a.qdpx", units, rows, CODES)
    with zipfile.ZipFile(tmp_path / "a.qdpx") as archive:
        texts = [archive.read(name) for name in archive.namelist() if name.startswith("sources/")]
    assert texts == ["satu\ndua 😀 tiga".encode(), b"empat"]
    xml = qde(tmp_path / "a.qdpx")
    assert not xml.startswith("\ufeff")
    assert ' origin="Guyub"' in xml
    assert re.findall(r'startPosition="(\d+)" endPosition="(\d+)"', xml) == [("5", "10"), ("0", "5")]
    assert re.findall(r'plainTextPath="(\w+://)', xml) == ["internal://"] * 2
    assert report.kinds == {"crlf", "byte-order-mark"}


def test_equal_input_gives_equal_bytes(written, tmp_path):
    write_qdpx(tmp_path / "again.qdpx", UNITS, CODINGS, CODES)
    assert (tmp_path / "again.qdpx").read_bytes() == written.read_bytes()
    with zipfile.ZipFile(written) as archive:
        assert {entry.date_time for entry in archive.infolist()} == {(1980, 1, 1, 0, 0, 0)}
    guids = re.findall(r' guid="([^"]+)"', qde(written))
    assert len(set(guids)) == len(guids)


@pytest.fixture(scope="module")
def schemas(root):
    folder = root / "tests/reference/refi-qda"
    return {
        name: xmlschema.XMLSchema(str(folder / file))
        for name, file in (("project", "Project-mrt2019.xsd"), ("codebook", "Codebook.xsd"))
    }


def test_what_we_write_fits_the_schemas_of_the_standard(schemas, written, tmp_path, root):
    write_qdc(tmp_path / "a.qdc", load(root / "src/analysis/simulate/codebook.yaml"))
    schemas["codebook"].validate(io.BytesIO((tmp_path / "a.qdc").read_bytes()))
    write_qdpx(tmp_path / "empty.qdpx", {})
    write_qdpx(tmp_path / "bare.qdpx", UNITS)
    for path in (written, tmp_path / "empty.qdpx", tmp_path / "bare.qdpx"):
        schemas["project"].validate(io.BytesIO(qde(path).encode("utf-8")))


def test_the_schema_refuses_a_file_that_is_broken(schemas, written):
    broken = qde(written).replace('startPosition="', 'begin="', 1)
    assert not schemas["project"].is_valid(io.BytesIO(broken.encode("utf-8")))


# What is refused on writing


@pytest.mark.parametrize(
    ("change", "what"),
    [
        ({"end": 99}, "past its text"),
        ({"unit_id": "gone"}, "has no text"),
        ({"code": "joke"}, "not in the codebook"),
        ({"coder": " "}, "no coder"),
        ({"text_sha256": "0" * 64}, "hash differs"),
        ({"memo": "\x07"}, "U\\+0007"),
    ],
)
def test_a_coding_that_does_not_fit_is_refused(tmp_path, change, what):
    with pytest.raises(InputError, match=what):
        write_qdpx(tmp_path / "a.qdpx", UNITS, CODINGS.head(1).assign(**change), CODES)


def test_texts_that_no_file_can_hold_are_refused(tmp_path):
    with pytest.raises(InputError, match="half a character"):
        write_qdpx(tmp_path / "a.qdpx", {"a": "x\ud83d"})
    with pytest.raises(InputError, match="two byte order marks"):
        write_qdpx(tmp_path / "a.qdpx", {"a": "\ufeff\ufeffx"})
    with pytest.raises(InputError, match="names units"):
        write_qdpx(tmp_path / "a.qdpx", {"a": "⟦b⟧ no\nyes"}, documents={"a": "chat"})
    with pytest.raises(InputError, match="without codes"):
        write_qdc(tmp_path / "a.qdc", Codebook(()))


# What is refused on reading

PROJECT = '<Project xmlns="urn:QDA-XML:project:1.0" name="x" origin="X"><Sources>{}</Sources></Project>'
SOURCE = '<TextSource guid="{0}" name="t" plainTextPath="{0}"/>'


def pack(path: Path, files: dict[str, bytes | str]) -> Path:
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, data in files.items():
            archive.writestr(name, data)
    return path


def project_of(path: Path, plain_text_path: str, **files: bytes) -> Path:
    return pack(path, {"project.qde": PROJECT.format(SOURCE.format(plain_text_path)), **files})


LAUGHS = """<?xml version="1.0"?><!DOCTYPE lolz [<!ENTITY a "ha"><!ENTITY b "&a;&a;&a;&a;&a;&a;&a;&a;&a;&a;">]>
<Project xmlns="urn:QDA-XML:project:1.0" name="&b;"/>"""


def test_a_file_that_swells_when_unpacked_is_refused(tmp_path):
    zeros = bytes(40 << 20)
    for path in (
        project_of(tmp_path / "a.qdpx", "internal://t.txt", **{"sources/t.txt": zeros}),
        pack(tmp_path / "b.qdpx", {"project.qde": b" " * (40 << 20)}),
        project_of(tmp_path / "c.qdpx", "internal://t.txt", **{"sources/t.txt": b"x", "sources/unused": zeros}),
    ):
        with pytest.raises(InputError, match="unpacks to 40 MiB"):
            read_qdpx(path)


def test_a_zip_that_lies_about_sizes_is_refused(tmp_path):
    path = project_of(tmp_path / "a.qdpx", "internal://t.txt", **{"sources/t.txt": bytes(1 << 20)})
    path.write_bytes(path.read_bytes().replace((1 << 20).to_bytes(4, "little"), (7).to_bytes(4, "little")))
    with pytest.raises(InputError, match="cannot be read"):
        read_qdpx(path)


@pytest.mark.parametrize("leads", ["../../secret.txt", "/etc/passwd", "..\\secret.txt", "C:\\secret.txt"])
def test_paths_that_lead_out_of_the_archive_are_refused(tmp_path, leads):
    with pytest.raises(InputError, match="leads out of"):
        read_qdpx(pack(tmp_path / "a.qdpx", {"project.qde": PROJECT.format(""), leads: "x"}))
    with pytest.raises(InputError, match="leads out of"):
        read_qdpx(project_of(tmp_path / "b.qdpx", leads))


def test_texts_outside_the_archive_are_never_opened(tmp_path):
    (tmp_path / "secret.txt").write_text("secret")
    project = read_qdpx(project_of(tmp_path / "a.qdpx", f"absolute://{tmp_path}/secret.txt"))
    assert project.sources == {}
    assert project.report.kinds == {"external-text", "no-text"}


def test_entities_and_document_types_are_refused(tmp_path):
    with pytest.raises(InputError, match=r"project.qde:1: .*document type"):
        read_qdpx(pack(tmp_path / "a.qdpx", {"project.qde": LAUGHS}))
    (tmp_path / "a.qdc").write_text(LAUGHS)
    with pytest.raises(InputError, match="document type"):
        read_qdc(tmp_path / "a.qdc")


def test_nesting_and_sheer_number_have_bounds(tmp_path):
    start = '<CodeBook xmlns="urn:QDA-XML:codebook:1.0" origin="X"><Codes>'
    deep = '<Code guid="a" name="a" isCodable="true">' * 5000 + "</Code>" * 5000
    many = "".join(f'<Code guid="{i}" name="{i}" isCodable="true"/>' for i in range(6000))
    for codes, what in ((deep, "nested"), (many, "more than 5000 codes")):
        (tmp_path / "a.qdc").write_text(f"{start}{codes}</Codes></CodeBook>")
        with pytest.raises(InputError, match=what):
            read_qdc(tmp_path / "a.qdc")


@pytest.mark.parametrize("data", [b"", b"PK\x03\x04", b"no zip", b"PK\x05\x06" + bytes(18)])
def test_what_is_no_project_is_refused(tmp_path, data):
    (tmp_path / "a.qdpx").write_bytes(data)
    with pytest.raises(InputError, match=r"a\.qdpx: (this is not a \.qdpx|there is no project\.qde)"):
        read_qdpx(tmp_path / "a.qdpx")
    (tmp_path / "a.qdc").write_bytes(data)
    with pytest.raises(InputError, match=r"a\.qdc:1: this is not well-formed"):
        read_qdc(tmp_path / "a.qdc")


def test_a_file_that_is_not_there_or_of_another_kind_is_refused(tmp_path):
    for read in (read_qdpx, read_qdc):
        with pytest.raises(InputError, match="does not exist"):
            read(tmp_path / "gone")
    (tmp_path / "a.qdc").write_text("<html/>")
    with pytest.raises(InputError, match="not a codebook"):
        read_qdc(tmp_path / "a.qdc")
    with pytest.raises(InputError, match="not a project"):
        read_qdpx(pack(tmp_path / "a.qdpx", {"project.qde": "<html/>"}))
    with pytest.raises(InputError, match="encoding"):
        read_qdpx(pack(tmp_path / "b.qdpx", {"project.qde": '<?xml version="1.0" encoding="none"?><Project/>'}))


def test_a_text_that_is_not_utf8_is_refused_with_its_name(tmp_path):
    with pytest.raises(InputError, match="the text of 't' is not UTF-8"):
        read_qdpx(project_of(tmp_path / "a.qdpx", "internal://t.txt", **{"sources/t.txt": "é".encode("latin-1")}))
