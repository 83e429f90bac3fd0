"""read_transcript: turns, roles and times in every format, every line accounted for."""

from __future__ import annotations

import zipfile
from xml.sax.saxutils import escape

import pandas as pd
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from analysis.errors import InputError
from analysis.ingest import read_transcript

WORD = "http://schemas.openxmlformats.org/wordprocessingml/2006/main"
OPEN = "urn:oasis:names:tc:opendocument:xmlns"
TALK = ["# peserta: Sri Wahyuni", "", "Pewawancara: Sejak kapan?", "", "Bu Sri: Sejak 2019,", "waktu ada bazar.", ""]
TALK += ["Pewawancara: Lalu?", "Bu Sri: Ya begitu."]


def text(tmp_path, *rows, name="wawancara-01.txt"):
    path = tmp_path / name
    path.write_text("\n".join(rows) + "\n", encoding="utf-8")
    return path


def word(tmp_path, *rows, table=()):
    paragraphs = "".join(f"<w:p><w:r><w:t>{escape(row)}</w:t></w:r></w:p>" for row in rows)
    cells = "".join(
        "<w:tr>" + "".join(f"<w:tc><w:p><w:r><w:t>{escape(c)}</w:t></w:r></w:p></w:tc>" for c in row) + "</w:tr>"
        for row in table
    )
    body = f"{paragraphs}<w:tbl>{cells}</w:tbl>" if table else paragraphs
    xml = f'<w:document xmlns:w="{WORD}"><w:body>{body}</w:body></w:document>'
    return packed(tmp_path / "wawancara-01.docx", "word/document.xml", xml)


def opened(tmp_path, *rows):
    return odt(tmp_path, "".join(f"<text:p>{escape(row)}</text:p>" for row in rows))


def odt(tmp_path, body):
    xml = (
        f'<office:document-content xmlns:office="{OPEN}:office:1.0" xmlns:text="{OPEN}:text:1.0" '
        f'xmlns:table="{OPEN}:table:1.0" xmlns:dc="http://purl.org/dc/elements/1.1/">'
        f"<office:body><office:text>{body}</office:text></office:body></office:document-content>"
    )
    return packed(tmp_path / "wawancara-01.odt", "content.xml", xml)


def packed(path, name, xml):
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr(name, xml)
    return path


def adds_up(frame: pd.DataFrame) -> bool:
    r = frame.attrs["report"]
    return r["lines"] == r["headers"] + r["continuation"] + r["undecodable"] + r["skipped"] and r["headers"] == len(
        frame
    )


@pytest.mark.parametrize("make", [text, word, opened])
def test_turns_are_the_same_in_text_word_and_opendocument(tmp_path, make):
    frame = read_transcript(make(tmp_path, *TALK))
    assert frame["speaker"].tolist() == ["Pewawancara", "Bu Sri", "Pewawancara", "Bu Sri"]
    assert frame["role"].tolist() == ["interviewer", "participant"] * 2
    assert frame["text"].tolist() == ["Sejak kapan?", "Sejak 2019, waktu ada bazar.", "Lalu?", "Ya begitu."]
    assert frame["utterance_id"].tolist() == [f"wawancara-01-{i:03d}" for i in range(1, 5)]
    assert frame["line"].tolist() == [3, 5, 8, 9]
    assert frame.attrs["metadata"] == {"peserta": "Sri Wahyuni"}
    assert adds_up(frame)


def test_a_word_table_of_speaker_and_text_is_read(tmp_path):
    frame = read_transcript(
        word(tmp_path, "# peserta: Sri", table=[("Pewawancara:", "Sejak kapan?"), ("Bu Sri", "Lama.")])
    )
    assert frame["text"].tolist() == ["Sejak kapan?", "Lama."]
    assert adds_up(frame)


@pytest.mark.parametrize(
    ("row", "start"),
    [
        ("[00:12:30] Bu Sri: ya", 750.0),
        ("00:12:30 Bu Sri: ya", 750.0),
        ("(12:30) Bu Sri: ya", 750.0),
        ("Bu Sri [00:12:30]: ya", 750.0),
        ("Bu Sri (12:30): ya", 750.0),
        ("**Bu Sri:** ya", None),
        ("**Bu Sri**: ya", None),
    ],
)
def test_times_and_bold_names_are_read(tmp_path, row, start):
    frame = read_transcript(text(tmp_path, row))
    assert (frame["speaker"][0], frame["text"][0]) == ("Bu Sri", "ya")
    assert frame["start_s"].tolist() == [start] or pd.isna(frame["start_s"][0])


def test_a_name_and_time_on_a_line_of_their_own_open_a_turn(tmp_path):
    frame = read_transcript(text(tmp_path, "Pewawancara  0:05", "Sejak kapan?", "", "Bu Sri  0:09", "Lama."))
    assert frame["text"].tolist() == ["Sejak kapan?", "Lama."]
    assert frame["start_s"].tolist() == [5.0, 9.0]
    assert frame["end_s"].tolist()[0] == 9.0


def test_a_colon_inside_a_paragraph_is_text(tmp_path):
    frame = read_transcript(text(tmp_path, "Bu Sri: modalnya begini,", "modal: dua juta dan", "Pewawancara: Oh."))
    assert frame["text"].tolist() == ["modalnya begini, modal: dua juta dan", "Oh."]


def test_turns_without_empty_lines_between_them_are_distinguished(tmp_path):
    frame = read_transcript(text(tmp_path, "Pewawancara: Sejak kapan?", "Bu Sri: Lama."))
    assert frame["text"].tolist() == ["Sejak kapan?", "Lama."]


def test_markdown_headings_are_no_speech(tmp_path):
    frame = read_transcript(text(tmp_path, "Pewawancara: Apa?", "", "## Bagian 2", "", "Bu Sri: Ya.", name="a.md"))
    assert frame["text"].tolist() == ["Apa?", "Ya."]
    assert frame.attrs["report"]["skipped_because"]["heading"] == 1
    assert adds_up(frame)


VTT = """WEBVTT

NOTE direkam di balai

1
00:00:01.000 --> 00:00:03.500 align:start
<v Pewawancara>Sejak kapan?</v>

2
00:00:04.000 --> 00:00:06.000
<v Bu Sri>Sejak 2019,

00:00:06.000 --> 00:00:09.000
<v Bu Sri>waktu ada <i>bazar</i>."""
SRT = """1
00:00:01,000 --> 00:00:03,500
Pewawancara: Sejak kapan?

2
00:00:04,000 --> 00:00:06,000
Bu Sri: Sejak 2019,

3
00:00:06,000 --> 00:00:09,000
waktu ada bazar."""


@pytest.mark.parametrize(("rows", "name"), [(VTT, "a.vtt"), (SRT, "a.srt")])
def test_cues_of_one_speaker_are_one_turn_with_its_times(tmp_path, rows, name):
    frame = read_transcript(text(tmp_path, rows, name=name))
    assert frame["text"].tolist() == ["Sejak kapan?", "Sejak 2019, waktu ada bazar."]
    assert frame["start_s"].tolist() == [1.0, 4.0]
    assert frame["end_s"].tolist() == [3.5, 9.0]
    assert adds_up(frame)


@pytest.mark.parametrize(("ask", "answer"), [("P", "I"), ("I", "P")])
def test_where_both_names_could_be_the_interviewers_the_one_who_asks_is(tmp_path, ask, answer):
    frame = read_transcript(
        text(tmp_path, f"{ask}: Sejak kapan?", f"{answer}: Lama.", f"{ask}: Lalu?", f"{answer}: Ya.")
    )
    assert frame["role"].tolist() == ["interviewer", "participant"] * 2
    assert "asks most questions" in frame.attrs["report"]["warnings"][0]


SPEAKER = st.sampled_from(["Pewawancara", "Bu Sri", "Pak Harun"])
SAID = st.text(st.characters(exclude_categories=("C", "Z"), exclude_characters=":*#<>{}"), min_size=1, max_size=30)


@settings(max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(turns=st.lists(st.tuples(SPEAKER, st.lists(SAID, min_size=1, max_size=3)), min_size=1, max_size=8))
def test_random_turns_wrapped_over_lines_are_read_back(tmp_path, turns):
    rows = [row for name, words in turns for row in (f"{name}: {words[0]}", *words[1:], "")]
    frame = read_transcript(text(tmp_path, *rows))
    assert list(zip(frame["speaker"], frame["text"], strict=True)) == [(n, " ".join(w)) for n, w in turns]
    assert adds_up(frame)


def test_a_document_type_is_refused_so_that_no_entity_expands(tmp_path):
    bomb = '<!DOCTYPE x [<!ENTITY a "aaaa"><!ENTITY b "&a;&a;">]>'
    path = packed(tmp_path / "a.docx", "word/document.xml", f'{bomb}<w:document xmlns:w="{WORD}">&b;</w:document>')
    with pytest.raises(InputError, match="document type"):
        read_transcript(path)


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("a.txt", "tidak ada giliran di sini\n"),
        ("a.txt", ""),
        ("a.pdf", "%PDF"),
        ("a.docx", "bukan zip"),
        ("a.vtt", "WEBVTT\n"),
    ],
)
def test_what_is_no_transcript_is_refused(tmp_path, name, content):
    path = tmp_path / name
    path.write_text(content, encoding="utf-8")
    with pytest.raises(InputError) as error:
        read_transcript(path)
    assert error.value.fix


@pytest.mark.parametrize("xml", ["<w:document", "", "<a>&b;</a>", "\ufffe"])
def test_broken_xml_is_refused(tmp_path, xml):
    with pytest.raises(InputError):
        read_transcript(packed(tmp_path / "a.docx", "word/document.xml", xml))


@pytest.mark.parametrize(
    "inside",
    [
        '<text:s text:c="9999999999"/>',
        '<text:s text:c="900000"/>' * 9,
        '<text:s text:c="x"/>',
        "<text:span>" * 3_000 + "ya" + "</text:span>" * 3_000,
    ],
)
def test_an_opendocument_text_made_to_overrun_is_refused_in_words(tmp_path, inside):
    with pytest.raises(InputError, match=r"wawancara-01\.odt: broken XML") as error:
        read_transcript(odt(tmp_path, f"<text:p>Bu Sri: {inside}</text:p>"))
    assert str(error.value).count("broken XML") == 1


def test_a_document_of_more_elements_than_any_transcript_is_refused_before_a_tree_is_made(tmp_path, monkeypatch):
    monkeypatch.setattr("analysis.ingest.documents.MOST", 100)
    with pytest.raises(InputError, match="more than 100 in all"):
        read_transcript(word(tmp_path, *["Bu Sri: ya"] * 40))


def test_a_damaged_word_document_is_refused_in_words(tmp_path):
    path = word(tmp_path, *TALK)
    raw = path.read_bytes()
    path.write_bytes(raw[:60] + bytes(b ^ 0xFF for b in raw[60:80]) + raw[80:])
    with pytest.raises(InputError, match="cannot be unpacked"):
        read_transcript(path)


def said(frame: pd.DataFrame) -> list[tuple[str, str]]:
    return list(zip(frame["speaker"], frame["text"], strict=True))


def test_a_remark_in_brackets_behind_a_name_is_no_part_of_it(tmp_path):
    rows = [
        "Pewawancara: Sejak kapan?",
        "Bu Sri (Ketua): Ya.",
        "Pewawancara (tertawa): Oh?",
        "Bu Sri [Ketua] (0:09): Lama.",
    ]
    frame = read_transcript(text(tmp_path, *rows))
    assert said(frame) == [
        ("Pewawancara", "Sejak kapan?"),
        ("Bu Sri", "Ya."),
        ("Pewawancara", "Oh?"),
        ("Bu Sri", "Lama."),
    ]
    assert frame["role"].tolist() == ["interviewer", "participant"] * 2
    assert frame.attrs["report"]["warnings"] == []
    assert adds_up(frame)


@pytest.mark.parametrize("before", ["halo", "Sejak kapan?"])
def test_a_name_with_a_remark_opens_a_turn_though_it_be_the_only_one(tmp_path, before):
    frame = read_transcript(text(tmp_path, f"Pewawancara: {before}", "Bu Sri (Ketua UMKM): Ya."))
    assert said(frame) == [("Pewawancara", before), ("Bu Sri", "Ya.")]


@pytest.mark.parametrize(
    ("first", "second", "warned"),
    [
        ("Narasumber (1)", "Narasumber (2)", False),
        ("Bu Sri (Ketua)", "Bu Sri (Bendahara)", True),
        ("Pak A", "Pak B", False),
        ("R1", "R2", False),
    ],
)
def test_people_of_one_name_are_distinguished_by_number_letter_or_remark(tmp_path, first, second, warned):
    frame = read_transcript(text(tmp_path, "Pewawancara: halo", "", f"{first}: ya", f"{second}: iya"))
    assert said(frame)[1:] == [(first, "ya"), (second, "iya")]
    assert bool(frame.attrs["report"]["warnings"]) == warned


def test_remarks_behind_a_name_that_is_alone_too_are_one_persons_and_warned_of(tmp_path):
    rows = ["Pewawancara: Apa?", "Bu Sri (tertawa): Ya.", "Pewawancara: Lalu?", "Bu Sri (pelan): Lama.", "Bu Sri: Ya."]
    frame = read_transcript(text(tmp_path, *rows))
    assert frame["speaker"].tolist() == ["Pewawancara", "Bu Sri", "Pewawancara", "Bu Sri", "Bu Sri"]
    assert "all are taken for one speaker" in frame.attrs["report"]["warnings"][0]


def test_brackets_before_a_colon_inside_a_sentence_are_text(tmp_path):
    frame = read_transcript(text(tmp_path, "Bu Sri: Begini.", "Kami jual kue (basah): laku", "modal (awal): dua juta"))
    assert said(frame) == [("Bu Sri", "Begini. Kami jual kue (basah): laku modal (awal): dua juta")]


@pytest.mark.parametrize(
    "rows",
    [
        ["[00:00:01] Pewawancara: Halo semua", "[00:00:05] Sri: ya", "[00:00:09] Harun: iya"],
        ["Pewawancara (0:01): Halo semua", "Sri (0:05): ya", "Harun (0:09): iya"],
        ["0:01 Pewawancara: Halo semua", "0:05 Sri: ya", "0:09 Harun: iya"],
    ],
)
def test_a_time_and_a_name_open_a_turn_though_it_be_the_only_one(tmp_path, rows):
    frame = read_transcript(text(tmp_path, *rows))
    assert said(frame) == [("Pewawancara", "Halo semua"), ("Sri", "ya"), ("Harun", "iya")]
    assert frame["start_s"].tolist() == [1.0, 5.0, 9.0]


def test_a_time_of_day_at_the_start_of_a_line_of_text_opens_no_turn(tmp_path):
    frame = read_transcript(text(tmp_path, "Bu Sri: buka jam", "9:30 lalu begini: laku", "tutup 16:00"))
    assert said(frame) == [("Bu Sri", "buka jam 9:30 lalu begini: laku tutup 16:00")]


@pytest.mark.parametrize("role", ["Narasumber", "Informan", "Peserta"])
def test_a_role_with_a_number_opens_a_turn_though_it_be_the_only_one(tmp_path, role):
    frame = read_transcript(text(tmp_path, "Pewawancara: halo", f"{role} 1: ya", f"{role} 2: iya"))
    assert said(frame) == [("Pewawancara", "halo"), (f"{role} 1", "ya"), (f"{role} 2", "iya")]


def test_a_line_that_looks_like_a_turn_and_is_left_as_text_is_warned_of_without_its_name(tmp_path):
    frame = read_transcript(text(tmp_path, "Pewawancara: halo", "Harun: iya", "modal: dua"))
    assert said(frame) == [("Pewawancara", "halo Harun: iya modal: dua")]
    assert frame.attrs["report"]["warnings"] == ["1 line begins as turns do, but no turn was opened: line 2"]


COMMENT = (
    "<office:annotation><dc:creator>Rina</dc:creator><text:p>cek lagi</text:p><text:p>ya</text:p></office:annotation>"
)
DELETED = (
    "<text:tracked-changes><text:changed-region><text:deletion><text:p>Bu Sri: rahasia</text:p></text:deletion>"
    "</text:changed-region></text:tracked-changes>"
)
NOTE = (
    "<text:note><text:note-citation>1</text:note-citation><text:note-body><text:p>catatan</text:p></text:note-body>"
    "</text:note>"
)


def test_comments_deletions_and_notes_of_an_opendocument_text_are_no_speech(tmp_path):
    rows = ("Pewawancara: Sejak kapan?", f"Bu Sri: Sejak{COMMENT} 2019{NOTE}.", "Pewawancara: Lalu?", "Bu Sri: Ya.")
    frame = read_transcript(odt(tmp_path, DELETED + "".join(f"<text:p>{row}</text:p>" for row in rows)))
    assert frame["text"].tolist() == ["Sejak kapan?", "Sejak 2019.", "Lalu?", "Ya."]
    assert frame["line"].tolist() == [1, 2, 3, 4]
    assert frame.attrs["report"]["skipped_because"] == {"comment": 2, "deleted text": 1, "note": 1}
    assert frame.attrs["report"]["lines"] == 8
    assert adds_up(frame)


def test_a_comment_in_a_table_and_a_table_in_a_cell_are_read_once(tmp_path):
    def row(*cells):
        inside = "".join(f"<table:table-cell>{cell}</table:table-cell>" for cell in cells)
        return f"<table:table-row>{inside}</table:table-row>"

    inner = f"<table:table>{row('<text:p>Harun</text:p>', '<text:p>iya</text:p>')}</table:table>"
    rows = row("<text:p>Bu Sri</text:p>", f"<text:p>ya{COMMENT}</text:p>{inner}")
    frame = read_transcript(odt(tmp_path, f"<table:table>{rows}</table:table>"))
    assert " ".join(frame["text"]).split() == ["ya", "Harun:", "iya"]
    assert adds_up(frame)


def test_a_text_box_in_a_paragraph_of_word_is_read_once(tmp_path):
    box = "<w:txbxContent><w:p><w:r><w:t>di pinggir</w:t></w:r></w:p></w:txbxContent>"
    both = f"<m:AlternateContent><m:Choice>{box}</m:Choice><m:Fallback>{box}</m:Fallback></m:AlternateContent>"
    moved = "<w:moveFrom><w:r><w:t>pindah</w:t></w:r></w:moveFrom>"
    xml = (
        f'<w:document xmlns:w="{WORD}" xmlns:m="http://schemas.openxmlformats.org/markup-compatibility/2006">'
        f"<w:body><w:p><w:r><w:t>Bu Sri: ya</w:t>{both}</w:r>{moved}</w:p></w:body></w:document>"
    )
    frame = read_transcript(packed(tmp_path / "a.docx", "word/document.xml", xml))
    assert said(frame) == [("Bu Sri", "ya di pinggir")]
    assert adds_up(frame)


def test_characters_written_as_entities_in_web_subtitles_are_decoded(tmp_path):
    rows = ["WEBVTT", "", "00:01.000 --> 00:02.000", "<v Bu Sri>kue &amp; roti &lt;3</v>"]
    assert said(read_transcript(text(tmp_path, *rows, name="a.vtt"))) == [("Bu Sri", "kue & roti <3")]


def test_a_cue_with_a_short_or_broken_time_keeps_its_words(tmp_path):
    rows = ["1", "00:00:02,5 --> 00:00:04", "Bu Sri: ya", "", "2", "00:00:0x --> 00:00:09,000", "Harun: iya"]
    frame = read_transcript(text(tmp_path, *rows, name="a.srt"))
    assert said(frame) == [("Bu Sri", "ya"), ("Harun", "iya")]
    assert frame["start_s"][0] == 2.5
    assert pd.isna(frame["start_s"][1])
    assert adds_up(frame)


def test_bytes_that_are_no_text_are_counted_once_wherever_they_stand(tmp_path):
    path = tmp_path / "a.vtt"
    path.write_bytes(b"WEBVTT\n\nNOTE \xff\n\n00:01.000 --> 00:02.000\nBu Sri: \xff\nya \xff\n")
    frame = read_transcript(path)
    r = frame.attrs["report"]
    assert (r["lines"], r["headers"], r["continuation"], r["undecodable"], r["skipped"]) == (7, 1, 0, 1, 5)
    assert frame["text"].tolist() == ["\ufffd ya \ufffd"]


def test_the_interviewer_is_whom_the_file_names_or_who_is_called_so_in_another_language(tmp_path):
    asked, said_ = "Seit wann sind Sie dabei?", "Seit zwei Jahren."
    for rows in (
        ["# interviewer: Lena", "", f"Lena: {asked}", "", f"Bu Sri: {said_}"],
        [f"Interviewerin: {asked}", "", f"Bu Sri: {said_}"],
        ["# interviewer: lena vogt, Budi", "", f"LENA: {asked}", "", f"Bu Sri: {said_}"],
        [f"Enquêtrice: {asked}", "", f"Bu Sri: {said_}"],
    ):
        frame = read_transcript(text(tmp_path, *rows))
        assert frame["role"].tolist() == ["interviewer", "participant"]
        assert frame.attrs["report"]["warnings"] == []


@pytest.mark.parametrize(
    "head",
    [
        ["# interviewer: Rina", "# interviewer: Dimas"],
        ["# interviewers: Rina dan Dimas"],
        ["# pewawancara: Rina & Dimas"],
        ["# Pewawancara 1: Rina", "# Pewawancara 2: Dimas"],
        ["Transkrip wawancara", "", "# entrevistadora: Rina y Dimas"],
        ["# Wawancara di pasar", "catatan lapangan", "# interviewer: Rina; Dimas"],
    ],
)
def test_several_interviewers_are_named_in_any_usual_way(tmp_path, head):
    lines = [*head, "", "Rina: Apa kabar?", "", "Bu Sri: Baik.", "", "Dimas: Sudah lama?", "", "Bu Sri: Sudah."]
    frame = read_transcript(text(tmp_path, *lines))
    assert frame["speaker"].tolist() == ["Rina", "Bu Sri", "Dimas", "Bu Sri"]
    assert frame["role"].tolist() == ["interviewer", "participant"] * 2
    assert frame.attrs["report"]["skipped"] + len(frame) == len(lines)


@pytest.mark.parametrize("key", ["P1", "P", "I 2", "Ps", "P (ketua)", "peserta"])
def test_a_letter_in_the_metadata_makes_nobody_an_interviewer(tmp_path, key):
    rows = [f"# {key}: Bu Sri", "", "Rina: Apa kabar?", "", "Bu Sri: Baik.", "", "Rina: Oh ya?", "", "Bu Sri: Ya."]
    frame = read_transcript(text(tmp_path, *rows))
    assert frame.loc[frame["speaker"] == "Bu Sri", "role"].unique().tolist() == ["participant"]


def test_of_two_participants_in_the_metadata_the_last_counts(tmp_path):
    """As one of both they would be somebody on nobody's roster, whatever these two agreed to."""
    rows = ["# peserta: Sri Wahyuni", "# peserta: Budi Santoso", "", "Pewawancara: Apa kabar?", "", "Narasumber: Baik."]
    assert read_transcript(text(tmp_path, *rows)).attrs["metadata"]["peserta"] == "Budi Santoso"


def test_somebody_who_asks_in_most_turns_and_is_no_interviewer_by_name_is_doubted(tmp_path):
    rows = [row for k in range(4) for row in (f"Lena: Dan yang ke-{k}?", "", f"Bu Sri: Itu yang ke-{k}.", "")]
    frame = read_transcript(text(tmp_path, *rows))
    assert set(frame["role"]) == {"participant"}
    [warning] = frame.attrs["report"]["warnings"]
    assert "# interviewer: Lena" in warning
