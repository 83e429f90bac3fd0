"""Files of programs that do otherwise than the standard: read on the right words, and said so in the report."""

from __future__ import annotations

import zipfile
from html import escape

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from analysis.coding.csvqda import read_codebook
from analysis.coding.refiqda import Report, read_qdc, read_qdpx
from analysis.coding.refiqda.positions import UNITS, Claims, Convention, expected, locate, received, recognise
from analysis.ingest.sheets import notes_alone

TALK = "Halo 😀 semua\nharga é naik\nlagi 👩‍🌾 besok pagi"
WORDS = ["😀 semua", "harga é naik", "naik\nlagi", "👩‍🌾 besok"]  # after, with and without line ends and emoji


def span_of(words: str, text: str = TALK) -> tuple[int, int]:
    start = text.index(words)
    return start, start + len(words)


PLAIN = [span_of(words) for words in WORDS]


def utf16(text: str = TALK, words: list[str] = WORDS) -> list[tuple[int, int]]:
    return [tuple(len(text[:p].encode("utf-16-le")) // 2 for p in span_of(word, text)) for word in words]


def utf8(text: str = TALK) -> list[tuple[int, int]]:
    return [tuple(len(text[:p].encode()) for p in span_of(words, text)) for words in WORDS]


USERS = '<Users><User guid="11111111-0000-0000-0000-000000000001" name="SN"/></Users>'
CODE = '<Code guid="{{AAAAAAAA-0000-0000-0000-00000000000{0}}}" name="{1}" isCodable="true">{2}</Code>'
ONE_CODE = CODE.format(1, "price", "")


def selection(start: int, end: int, words: str, code: int = 1, inside: str = "") -> str:
    quoted = escape(words).replace("\n", "&#10;")
    return (
        f'<PlainTextSelection guid="s" name="{quoted}" startPosition="{start}" endPosition="{end}"'
        f' creatingUser="11111111-0000-0000-0000-000000000001">{inside}'
        f'<Coding guid="c"><CodeRef targetGUID="aaaaaaaa-0000-0000-0000-00000000000{code}"/></Coding>'
        "</PlainTextSelection>"
    )


@pytest.fixture
def project(tmp_path):
    """A project file of one source, read."""

    def make(data: bytes, spans, *, origin="X 1.0", words=WORDS, path="internal://t.txt", codes=ONE_CODE, extra=""):
        named = f' origin="{origin}"' if origin else ""
        selections = "".join(selection(*span, quote) for span, quote in zip(spans, words, strict=True))
        xml = (
            f'<Project xmlns="urn:QDA-XML:project:1.0" name="x"{named}>{USERS}'
            f"<CodeBook><Codes>{codes}</Codes></CodeBook><Sources>"
            f'<TextSource guid="t" name="talk" plainTextPath="{path}">{selections}{extra}</TextSource>'
            "</Sources></Project>"
        )
        with zipfile.ZipFile(tmp_path / "a.qdpx", "w") as archive:
            archive.writestr("project.qde", xml)
            archive.writestr("Sources/t.txt", data)
        return read_qdpx(tmp_path / "a.qdpx")

    return make


def check(read, *kinds: str) -> None:
    """The codings stand on the words, in a text of line feeds only, and the report says why."""
    assert read.sources == {"talk": TALK}
    assert list(read.quotations) == WORDS
    assert set(read.codings["coder"]) == {"SN"}
    assert read.report.kinds == set(kinds)


NAMES = pytest.mark.parametrize("words", [WORDS, [""] * 4], ids=["quoted", "unquoted"])


def test_a_file_that_keeps_to_the_standard_is_read_without_a_finding(project):
    check(project(TALK.encode(), PLAIN))


# Byte order marks


@NAMES
def test_qualcoders_byte_order_mark_shifts_nothing(project, words):
    unchecked = [] if words is WORDS else ["unchecked"]
    check(project(TALK.encode("utf-8-sig"), PLAIN, origin="QualCoder 3.6", words=words), "byte-order-mark", *unchecked)


def test_a_byte_order_mark_that_was_counted_is_taken_off_the_positions(project):
    counted = [(start + 1, end + 1) for start, end in PLAIN]
    read = project(TALK.encode("utf-8-sig"), counted)
    check(read, "byte-order-mark")
    assert "counted it and were moved" in str(read.report)


# Line ends


@NAMES
@pytest.mark.parametrize("origin", ["ATLAS.ti 23.1", "QualCoder 3.6"])
def test_line_ends_count_once_in_files_of_atlas_ti_and_qualcoder(project, origin, words):
    unchecked = [] if words is WORDS else ["unchecked"]
    check(project(TALK.replace("\n", "\r\n").encode(), PLAIN, origin=origin, words=words), "crlf", *unchecked)


@NAMES
def test_line_ends_count_twice_in_files_of_others(project, words):
    dos = TALK.replace("\n", "\r\n")
    spans = [span_of(word.replace("\n", "\r\n"), dos) for word in WORDS]
    unchecked = [] if words is WORDS else ["unchecked"]
    check(project(dos.encode(), spans, origin="MAXQDA 2022", words=words), "crlf", *unchecked)


def test_line_ends_counted_otherwise_than_the_origin_does_are_seen_from_the_quotations(project):
    check(project(TALK.replace("\n", "\r\n").encode(), PLAIN, origin="MAXQDA 2022"), "crlf")
    dos = TALK.replace("\n", "\r\n")
    check(project(dos.encode(), [span_of(w.replace("\n", "\r\n"), dos) for w in WORDS], origin="ATLAS.ti 9"), "crlf")


def test_line_ends_that_windows_doubled_and_lone_carriage_returns_are_one_line_end(project):
    check(
        project(TALK.replace("\n", "\r\r\n").encode("utf-8-sig"), PLAIN, origin="QualCoder"), "crlf", "byte-order-mark"
    )
    check(project(TALK.replace("\n", "\r").encode(), PLAIN), "lone-cr")


# What is counted, and where the end is


def test_utf16_offsets_after_emoji_are_seen_from_the_quotations(project):
    read = project(TALK.encode(), utf16())
    check(read, "utf16-offsets")
    assert "characters of quotations stand where the file says" in str(read.report)


def test_utf16_offsets_without_quotations_are_known_by_nvivo(project):
    check(project(TALK.encode(), utf16(), origin="NVivo 14", words=[""] * 4), "utf16-offsets", "unchecked")
    check(project(TALK.encode(), PLAIN, origin="NVivo 14"))


@NAMES
def test_utf8_offsets_are_known_by_taguette(project, words):
    unchecked = [] if words is WORDS else ["unchecked"]
    check(project(TALK.encode(), utf8(), origin="Taguette 1.5.2", words=words), "utf8-offsets", *unchecked)


def test_inclusive_ends_are_seen_from_the_quotations(project):
    check(project(TALK.encode(), [(start, end - 1) for start, end in PLAIN]), "inclusive-end")


def test_inclusive_ends_are_seen_even_of_one_selection(project):
    start, end = PLAIN[1]
    read = project(TALK.encode(), [(start, end - 1)], words=WORDS[1:2])
    assert list(read.quotations) == [WORDS[1]]
    assert read.report.kinds == {"inclusive-end"}


def test_several_deviations_at_once_are_seen_from_the_quotations(project):
    dos = TALK.replace("\n", "\r\n")
    spans = utf16(dos, [word.replace("\n", "\r\n") for word in WORDS])
    counted = [(start + 1, end) for start, end in spans]  # a byte order mark counted, the end inclusive
    kinds = ("byte-order-mark", "crlf", "utf16-offsets", "inclusive-end")
    check(project(dos.encode("utf-8-sig"), counted), *kinds)


def test_quotations_cut_short_show_where_a_selection_begins(project):
    words = ["😀 semu...", "harga é nai…", "naik lagi", "👩‍🌾 beso..."]
    check(project(TALK.encode(), utf16(), words=words), "utf16-offsets")


def test_names_that_are_no_quotations_prove_nothing(project):
    words = ["1:1", "1:2", "1:3", "1:4"]
    check(project(TALK.encode(), PLAIN, words=words), "unchecked")


def test_a_quotation_that_fits_nowhere_is_reported_and_moves_nothing(project):
    words = [*WORDS[:3], "words that were edited"]
    read = project(TALK.encode(), PLAIN, words=words)
    check(read, "quotation-differs")
    start, end = PLAIN[3]
    assert read.report.of("quotation-differs")[0].places == (f"talk {start}-{end}: {words[3]!r} is not {WORDS[3]!r}",)


def test_readings_that_fit_alike_are_reported_as_ambiguous():
    text = received("a é aa")
    claims = Claims(
        text, np.array([5]), np.array([6]), ("a",)
    )  # the last letter in code points, the one before in bytes
    reading = recognise([claims], Convention())
    assert reading.how == Convention()
    assert Convention(unit="UTF-8") in reading.rivals


def test_without_quotations_nothing_is_read_otherwise_but_what_may_be_wrong_is_reported(project):
    read = project(TALK.encode(), utf8(), words=[""] * 4)
    assert read.report.kinds == {"unchecked", "ambiguous", "outside-text"}
    assert "UTF-8" in read.report.of("ambiguous")[0].places[0]


def test_selections_past_the_text_are_left_out_and_reported(project):
    read = project(TALK.encode(), [*PLAIN, (5, 999), (9, 3)], words=[*WORDS, "", ""])
    check(read, "outside-text")
    assert read.report.of("outside-text")[0].places == ("talk 5-999", "talk 9-3")


def test_positions_within_a_character_take_all_of_it_and_are_reported(project):
    spans = [(start, end + 1 if end == utf16()[3][1] else end) for start, end in utf16()]
    read = project(TALK.encode(), [*spans[:3], (utf16()[0][0] + 1, utf16()[0][0] + 2)], words=[*WORDS[:3], ""])
    assert list(read.quotations) == [*WORDS[:3], "😀"]
    assert read.report.kinds == {"utf16-offsets", "cut-character"}


@settings(deadline=None)
@given(st.data())
def test_however_a_program_counts_its_quotations_lead_to_their_words(data):
    letters = st.sampled_from([*"ab \n", "\r\n", "é", "😀", "👩\u200d🌾"])
    raw = data.draw(st.sampled_from(["", "\ufeff"])) + "".join(data.draw(st.lists(letters, min_size=1, max_size=20)))
    text = received(raw)
    how, assumed = (data.draw(st.builds(Convention, st.sampled_from(UNITS), *[st.booleans()] * 3)) for _ in range(2))
    pairs = st.tuples(*[st.integers(0, len(text.text))] * 2).map(sorted).filter(lambda pair: pair[0] < pair[1])
    spans = np.array(data.draw(st.lists(pairs, min_size=1, max_size=4)))
    edges = text.edges(how)
    start, end = edges[spans[:, 0]], edges[spans[:, 1]] - how.inclusive
    words = [text.text[a:b] for a, b in spans]
    reading = recognise([Claims(text, start, end, tuple(words))], assumed)
    placed = locate(text, reading.how, start, end)
    assert [text.text[a:b] for a, b in zip(placed.start, placed.end, strict=True)] == words


@pytest.mark.parametrize(("origin", "unit"), [("NVivo", "UTF-16"), ("taguette 1.5", "UTF-8"), ("", "code points")])
def test_what_a_program_counts_is_known_by_its_origin(origin, unit):
    assert expected(origin).unit == unit


# Paths, names, people, memos


@pytest.mark.parametrize("path", ["t.txt", "Sources/t.txt", "sources\\t.txt"])
def test_a_path_without_internal_is_found(project, path):
    check(project(TALK.encode(), PLAIN, path=path), "bare-path")


def test_a_missing_origin_is_reported(project):
    check(project(TALK.encode(), PLAIN, origin=""), "missing-origin")


def test_a_text_in_the_xml_itself_is_read(project):
    inline = f"<PlainTextContent>{TALK}</PlainTextContent>" + selection(*PLAIN[0], WORDS[0])
    read = project(b"", [], path="", extra=inline, words=[])
    assert read.sources == {"talk": TALK}
    assert list(read.quotations) == WORDS[:1]


def test_codes_of_one_name_under_two_parents_stay_two_codes(project):
    twice = CODE.format(2, "barriers", CODE.format(1, "price", "")) + CODE.format(
        3, "offers", CODE.format(4, "price", "")
    )
    extra = selection(*PLAIN[1], WORDS[1], code=4) + selection(*PLAIN[2], WORDS[2], code=1)
    read = project(TALK.encode(), [], words=[], codes=twice, extra=extra)
    assert read.codebook.names == ("barriers", "price", "offers", "price (offers)")
    assert list(read.codings["code"]) == ["price (offers)", "price"]
    assert read.report.kinds == {"duplicate-code"}


def test_memos_and_notes_of_other_programs_become_the_memo(project):
    inside = "<Description>why: she asked twice</Description>"
    read = project(TALK.encode(), [], words=[], extra=selection(*PLAIN[1], WORDS[1], inside=inside))
    assert list(read.codings["memo"]) == ["why: she asked twice"]


def test_a_memo_on_words_without_a_code_is_kept_and_says_nothing_of_having_read_them(project):
    noted = '<PlainTextSelection guid="s" startPosition="0" endPosition="4"><Description>ask her</Description>'
    read = project(TALK.encode(), [], words=[], extra=noted + "</PlainTextSelection>")
    assert read.codings["memo"].tolist() == ["ask her"]
    assert notes_alone(read.codings).all()
    assert "uncoded-selection" not in read.report.kinds


def test_selections_without_codes_and_codings_of_unknown_codes_are_reported(project):
    bare = '<PlainTextSelection guid="s" startPosition="0" endPosition="4"/>'
    read = project(TALK.encode(), [], words=[], extra=bare + selection(*PLAIN[1], WORDS[1], code=9))
    assert read.codings.empty
    assert read.report.kinds == {"uncoded-selection", "unknown-code"}


def test_a_coding_of_a_whole_source_covers_all_of_it(project):
    whole = '<Coding guid="c"><CodeRef targetGUID="aaaaaaaa-0000-0000-0000-000000000001"/></Coding>'
    read = project(TALK.encode(), [], words=[], extra=whole)
    assert list(read.quotations) == [TALK]
    assert read.report.kinds == {"unknown-coder"}


# Codebooks

TAGUETTE = """<?xml version="1.0" encoding="utf-8"?>
<CodeBook xmlns="urn:QDA-XML:codebook:1.0" origin="Taguette 1.5.2"><Codes><Code
guid="0D62985D-B147-5D01-A9B5-CAE5DCD98342" name="interesting" isCodable="true"/><Code
guid="0D62985D-B147-5D01-A9B5-CAE5DCD98343" name="people" isCodable="true"/><Code
guid="0D62985D-B147-5D01-A9B5-CAE5DCD98344" name="people.at_work" isCodable="true"/></Codes><Sets/></CodeBook>"""


def test_taguettes_qdc_becomes_a_tree(tmp_path):
    (tmp_path / "a.qdc").write_text(TAGUETTE)
    report = Report()
    book = read_qdc(tmp_path / "a.qdc", report=report)
    assert [(code.name, code.parent) for code in book.codes] == [
        ("interesting", None),
        ("people", None),
        ("at_work", "people"),
    ]
    assert report.kinds == {"paths", "empty-sets"}


QUALCODER = """\ufeff<?xml version="1.0" encoding="utf-8"?>
<CodeBook xmlns="urn:QDA-XML:codebook:1.0" xsi:schemaLocation="urn:QDA-XML:codebook:1.0 Codebook.xsd"
 origin="QualCoder" xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance">
<Codes><Code guid="8a" name="talk" isCodable="false"><Description>Talk &amp; more</Description>
<Code guid="8b" name="humour" isCodable="true" color="#F80" /></Code></Codes></CodeBook>"""


def test_a_qdc_with_a_byte_order_mark_and_short_colours_is_read(tmp_path):
    (tmp_path / "a.qdc").write_text(QUALCODER, encoding="utf-8")
    report = Report()
    book = read_qdc(tmp_path / "a.qdc", report=report)
    assert [(code.name, code.parent, code.definition, code.colour) for code in book.codes] == [
        ("talk", None, "Talk & more", ""),
        ("humour", "talk", "", "#FF8800"),
    ]
    assert report.kinds == set()


GUID = "0d62985d-b147-5d01-a9b5-cae5dcd9834{}"


def qdc(tmp_path, codes: str, sets: str = "") -> tuple:
    """A codebook and what reading it noted. codes: with `{guid}` in place of the first digits of GUIDs."""
    text = f'<CodeBook xmlns="urn:QDA-XML:codebook:1.0" origin="X"><Codes>{codes}</Codes>{sets}</CodeBook>'
    (tmp_path / "a.qdc").write_text(text.replace("{guid}", GUID[:-2]))
    report = Report()
    return [(code.name, code.parent) for code in read_qdc(tmp_path / "a.qdc", report=report).codes], report


def test_groups_of_codes_are_codes_above_their_members(tmp_path):
    codes = "".join(f'<Code guid="{{guid}}{k}" name="{name}" isCodable="true"/>' for k, name in enumerate("abcd"))
    sets = (
        '<Sets><Set guid="x" name="helps"><Description>What helps.</Description><MemberCode guid="{guid}0"/>'
        '<MemberCode guid="{guid}2"/></Set><Set guid="y" name="a"><MemberCode guid="{guid}1"/>'
        '<MemberCode guid="{guid}2"/></Set><Set guid="z" name="empty"/></Sets>'
    )
    tree, report = qdc(tmp_path, codes, sets)
    assert sorted(tree) == [
        ("a", "helps"),
        ("a (2)", None),
        ("b", "a (2)"),
        ("c", "helps"),
        ("d", None),
        ("helps", None),
    ]
    assert report.of("groups")[0].places == ("helps", "a (2)")
    assert report.of("left-out")[0].places == ("c in a (2)", "empty")


def test_a_category_and_the_code_of_its_name_in_it_are_one_as_qualcoder_exports_them(tmp_path):
    codes = (
        '<Code guid="{guid}0" name="sharing" isCodable="false"><Code guid="{guid}1" name="sharing" isCodable="true" '
        'color="#0072B2"/><Code guid="{guid}2" name="news" isCodable="true"/></Code>'
    )
    tree, report = qdc(tmp_path, codes)
    assert tree == [("sharing", None), ("news", "sharing")]
    assert "duplicate-code" not in report.kinds


def test_a_group_that_taguette_has_no_tag_for_is_a_code_above_its_tags(tmp_path):
    codes = "".join(
        f'<Code guid="{{guid}}{k}" name="{name}" isCodable="true"/>'
        for k, name in enumerate(("barriers.time", "barriers.cost", "v1.2"))
    )
    tree, _ = qdc(tmp_path, codes)
    assert ("barriers.time", None) in tree  # another program's dot is a dot
    (tmp_path / "b.csv").write_text("tag,description\nbarriers.time,\nbarriers.cost,\nv1.2,\n")
    book = read_codebook(tmp_path / "b.csv")
    assert [(code.name, code.parent) for code in book.codes] == [
        ("v1.2", None), ("barriers", None), ("time", "barriers"), ("cost", "barriers"),
    ]  # fmt: skip
