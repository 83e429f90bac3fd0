"""A scan reports each kind of identifier in each kind of file, and nothing else."""

from __future__ import annotations

import html
import itertools
import json
import re
import shutil
import struct
import time
import zlib
from concurrent.futures import ThreadPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from importlib.metadata import distribution
from pathlib import Path
from unittest import mock

import nbformat
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from analysis import cli, disk, scan, study, tables
from analysis.errors import InputError
from analysis.ingest import step
from analysis.privacy import CLASSES, Pseudonymiser, pseudonym
from analysis.scan import program, readable, search
from analysis.verify import release

PLANTED = {
    "NAME": "Sri Wahyuni",
    "EMAIL": "keripik.sri@contoh.co.id",
    "PHONE": "0812-3456-7890",
    "NIK": "3515085205800001",
    "NPWP": "12.345.678.9-012.000",
    "ACCOUNT": "BCA 1234567890",
    "ADDRESS": "Jl. Mawar No. 3",
    "MAP": "https://maps.app.goo.gl/AbC123",
    "COORDINATES": "-7.4478, 112.7183",
    "PLATE": "W 1234 AB",
    "HANDLE": "@keripiksedap",
    "PROFILE": "https://instagram.com/keripiksedap",
    "BIRTHDATE": "lahir 14-03-1987",
    "BPJS": "BPJS 0001842277365",
    "SIM": "SIM C 1512-8809-000312",
    "PASSPORT": "paspor C7719024",
    "CARD": "kartu debit 4532 8812 0094 7716",
    "PIN": "OTP 482913",
    "ORDER": "resi JP4418823097",
}
CHAT = """24/07/24 09.43 - Bu Sri: Pagi semua
24/07/24 09.44 - Pak Harun: pagi
24/07/24 09.45 - Orang Baru: kenalkan
24/07/24 09.46 - +62 813-1111-2222: halo
"""
MEMBERS = """name,aliases,phones,sector,role,joined,consent
Sri Wahyuni,Bu Sri;Sri,+62 812-3456-7890,food,chair,2023-06-24,quotes
Harun Al Rasyid,Pak Harun,,services,secretary,,aggregate
Tutik Handayani,Mbak Tutik,,,,,none
"""
KEY = "ab" * 32
PIECES = ["sri", "Tutiknya", "har un", "H.A.R.U.N", "Sriwahyuni", "@\u2068Bu Sri\u2069", "2Tutik", "Harun0812", "pak",
          "Joko", "nota_081234567890_x.pdf", "O7.431.220.8-617.OOO", "harga", "a", "42", "_", "Mbak_Tutik_nota.pdf",
          "scan_12.345.678.9-012.000_x.pdf", "\u200b", "lan", "SRI", "Orang Baru"]  # fmt: skip


def hits_of(paths, folder):
    """What a scan finds in a folder or file."""
    return scan.survey(paths, folder).hits


@pytest.fixture(scope="module")
def made(root, tmp_path_factory) -> Path:
    """The folder of a study of four people with a secret key, whose ingest has run."""
    paths = study.Paths(tmp_path_factory.mktemp("made") / "study")
    shutil.copytree(root / "notebooks", paths.root / "notebooks")
    for name in ("dvc.yaml", "params.yaml"):
        shutil.copy(root / name, paths.root / name)
    for name, text in {"chats/UMKM.txt": CHAT, "members.csv": MEMBERS}.items():
        (paths.raw / name).parent.mkdir(parents=True, exist_ok=True)
        (paths.raw / name).write_text(text, encoding="utf-8")
    paths.secrets.mkdir()
    (paths.secrets / "pseudonym.key").write_text(KEY, encoding="ascii")
    step.run(step.Params(tz="Asia/Jakarta", date_order=None, demo_key=""), paths)
    return paths.root


@pytest.fixture(scope="module")
def watching(made) -> scan.Watchlist:
    return scan.watchlist(study.Paths(made))


@pytest.fixture
def a_study(made, tmp_path) -> study.Paths:
    """A copy of that study, to change at will."""
    return study.Paths(shutil.copytree(made, tmp_path / "study"))


def notebook(path: Path, text: str) -> None:
    output = nbformat.v4.new_output(
        "display_data", {"text/html": f"<table><tr><td>{html.escape(text)}</td></tr></table>"}
    )
    nbformat.write(nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell("show()", outputs=[output])]), path)


WRITERS = {
    "parquet": lambda path, text: pd.DataFrame({"text": ["halo", f"kata {text} tadi"]}).to_parquet(path),
    "ipynb": notebook,
    "json": lambda path, text: path.write_text(json.dumps({"claims": [{"reason": text}]}), encoding="utf-8"),
    "html": lambda path, text: path.write_text(
        f"<!DOCTYPE html><html><body><p>It was {html.escape(text)} who wrote.</p></body></html>", encoding="utf-8"
    ),
    "js": lambda path, text: path.write_text(
        f"Search.setIndex({json.dumps({'titles': ['A page', text], 'terms': {'talk': 1}})})", encoding="utf-8"
    ),
    "csv": lambda path, text: pd.DataFrame({"a": [1, 2], "b": ["halo", text]}).to_csv(path, index=False),
    "txt": lambda path, text: path.write_text(f"A line.\n\nAnother with {text} in it.\n", encoding="utf-8"),
}  # fmt: skip


@given(st.lists(st.sampled_from([*PLANTED.values(), *PIECES]), max_size=6), st.sampled_from([" ", "", "-", "_", ", "]))
def test_what_a_quick_look_passes_over_holds_nothing(watching, words, between):
    piece = readable.Piece(between.join(words), "")
    watching.spans.clear()
    found = list(search.hits_in(piece, watching, published=True))
    watching.spans.clear()
    with mock.patch.object(type(watching), "may_name", return_value=True):
        assert list(search.hits_in(piece, watching, published=True)) == found


def test_there_is_an_identifier_to_plant_for_every_class():
    assert set(PLANTED) == set(CLASSES) - {"WITHHELD"}


def test_each_kind_of_identifier_is_found_in_each_kind_of_file_and_no_other(a_study, tmp_path):
    folder = tmp_path / "planted"
    folder.mkdir()
    for kind, text in PLANTED.items():
        for ending, write in WRITERS.items():
            write(folder / f"{kind}.{ending}", text)
    found = {(hit.file, hit.kind) for hit in hits_of(a_study, folder)}
    assert found == {(f"{kind}.{ending}", kind) for kind in PLANTED for ending in WRITERS}


@pytest.mark.parametrize("markup", [
    "<svg><text><![CDATA[{}]]></text></svg>", "<p>It is <![CDATA[{}]]></p>", "<p>One.</p><?note {} ?><p>Two.</p>",
    "<p>One.</p><?note {}><p>Two.</p>", "<p>One.</p><!note {}><p>Two.</p>", "<p>One.</p><!-- {} --><p>Two.</p>",
    "<p>One.</p><!-- {}", "<p>One.</p><![CDATA[ {}", "<p>One.</p><?note {}", "<p>One.</p></p {}><p>Two.</p>",
])  # fmt: skip
def test_what_a_browser_passes_over_in_a_page_is_read(a_study, markup):
    assert hits_in(a_study, "a.html", markup.format("Sri Wahyuni 081234567890")) == {"NAME", "PHONE"}


def test_a_long_style_sheet_is_read_in_the_time_of_its_length_with_its_lines():
    lines = [f"/* {number} */" + " " * 400 for number in range(1, 10_001)]
    began = time.process_time()
    found = [(piece.text, piece.place) for piece in readable._style("\n".join(lines), "page")]
    assert time.process_time() - began < 1
    assert found == [(f" {number} ", f"page, line {number}") for number in range(1, 10_001)]


def test_a_comment_of_several_lines_in_a_style_sheet_is_placed_where_it_begins():
    pieces = readable._style("/* a\nb */\n\np::before { content: 'c' } /* d */\n/* e */", "")
    assert [piece.place for piece in pieces] == ["line 1", "line 4", "line 4", "line 5"]


def test_a_random_id_of_a_cell_is_no_plate_and_a_name_for_one_is_found(a_study, tmp_path):
    for name, written in (("random", "ab1234cd"), ("named", PLANTED["NAME"])):
        folder = tmp_path / name
        folder.mkdir()
        cell = {"cell_type": "markdown", "id": written, "metadata": {}, "source": "halo"}
        whole = {"cells": [cell], "metadata": {}, "nbformat": 4, "nbformat_minor": 5}
        (folder / "page.ipynb").write_text(json.dumps(whole), encoding="utf-8")
    assert not hits_of(a_study, tmp_path / "random")
    assert [hit.kind for hit in hits_of(a_study, tmp_path / "named")] == ["NAME"]


def hits_in(paths: study.Paths, name: str, text: str) -> set[str]:
    """Classes found in a file of that name and text, outside the study's own data."""
    place = paths.root / "elsewhere" / name
    place.parent.mkdir(exist_ok=True)
    place.write_text(text, encoding="utf-8")
    return {hit.kind for hit in hits_of(paths, place)}


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("a.html", "<html><p>S&#114;i&nbsp;Wahyuni</p></html>"),
        ("a.html", "<html><p><b>Sri</b> <i>Wahyuni</i></p></html>"),
        ("a.html", '<html><img alt="a letter by Sri Wahyuni"></html>'),
        ("Sri_Wahyuni.txt", "halo"),
        ("a.txt", "see foto_Sri_Wahyuni.png"),
        ("a.html", '<html><a href="mailto:x?subject=Sri%20Wahyuni">x</a></html>'),
        ("a.html", "<html><script>var a = {who: 'Sri\\u0020Wahyuni'};</script></html>"),
        ("a.html", "<html><style>/* for Sri Wahyuni */</style></html>"),
        ("a.html", "<html><!-- ask Sri Wahyuni --></html>"),
        ("a.html", '<html><img src="data:image/svg+xml,%3Csvg%3E%3Ctext%3ESri Wahyuni%3C/text%3E%3C/svg%3E"></html>'),
        ("a.svg", "<svg><text>Sri <tspan>Wahyuni</tspan></text></svg>"),
        ("a.json", '{"Sri Wahyuni": 3}'),
        ("a.json", '"Sri\\u0020Wahyuni"'),
        ("a.txt", "Sri\nWahyuni"),
        ("a.txt", "𝐒𝐫𝐢 𝐖𝐚𝐡𝐲𝐮𝐧𝐢"),
        ("chat-sri-wahyuni.txt", "nothing"),
        ("a.txt", "Orang Baru said so"),
        ("a.txt", "as Tutik told"),
        ("a.css", 'p::after {content: "Sri Wahyuni"}'),
        ("without-ending", "<!doctype html><p>Sri Wahyuni</p>"),
    ],
)
def test_a_name_is_found_however_it_is_written(a_study, name, text):
    assert "NAME" in hits_in(a_study, name, text)


def test_the_number_of_a_chat_sender_on_no_roster_is_found(a_study):
    assert hits_in(a_study, "a.json", '{"n": 6281311112222}') == {"PHONE"}


@pytest.mark.parametrize(("row", "found"), [
    ("0,0,1,0,2,0,0,0,1,2", set()), ("3,12,0,0,1,0,2,110,0,0", set()), ("0,8,1,2,3,4,5,6,7,8,9,0", {"PHONE"}),
])  # fmt: skip
def test_a_row_of_short_numbers_in_a_scripts_data_is_no_telephone_number(a_study, row, found):
    assert hits_in(a_study, "a.html", f'<html><script>map({{"period":[{row}],"a":[1]}})</script></html>') == found


def png(text: bytes) -> bytes:
    chunks = [(b"tEXt", b"Author\0" + text), (b"zTXt", b"Title\0\0" + zlib.compress(b"none")), (b"IEND", b"")]
    body = b"".join(struct.pack(">I", len(b)) + k + b + struct.pack(">I", zlib.crc32(k + b)) for k, b in chunks)
    return b"\x89PNG\r\n\x1a\n" + body


def test_what_an_image_says_of_itself_is_read(a_study, tmp_path):
    (tmp_path / "a.png").write_bytes(png(b"Sri Wahyuni"))
    assert [hit.kind for hit in hits_of(a_study, tmp_path / "a.png")] == ["NAME"]


def test_columns_names_and_notes_of_a_table_are_read(a_study, tmp_path):
    table = pd.DataFrame({"Sri Wahyuni": [1.5], "n": [6281234567890]})
    table.attrs["source"] = "Bu Sri"
    table.to_parquet(tmp_path / "a.parquet")
    places = {(hit.kind, hit.place.partition(",")[0]) for hit in hits_of(a_study, tmp_path / "a.parquet")}
    assert {("NAME", "name of a column"), ("PHONE", "column n")} <= places
    assert any(place.startswith("metadata") for _, place in places)


# False alarms


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("a.html", '<html><div id="4f0f9f0a-8122-4e6b-9a51-081234567890" style="a:0812-3456-7890"></div></html>'),
        ("a.txt", "81370498931c0371548dbeb61aae9c5fa940f3891e033850db6e8f2504d683a4"),
        ("a.html", "<code>8278145549c9</code> <code>081234567890a</code>"),
        ("a.txt", "https://doi.org/10.1080/0812345678901 and #B1234F"),
        ("a.txt", "umkm-20240124T0812-3, 0.0812345678901, 5 to 12.5 (-0.0213, 0.2094)"),
        ("a.txt", "the data of a drawing: [1.2827,1.0947]"),
        ("a.txt", "[PHONE] [NAME] and a value of 1,234,567"),
        ("a.js", "/**\n * @param {string} text\n * @returns {string}\n */\nconst version = '1.2.3';"),
        ("a.bib", "@article{guyub2024, title = {Bersama}}"),
        ("a.css", "@media print { font-family: 'Vera Sans'; color: #B1234F }"),
    ],
)
def test_labels_of_the_computer_are_no_identifiers(a_study, name, text):
    assert hits_in(a_study, name, text) == set()


@pytest.mark.parametrize("place", ["3.5952, 98.6722", "0.5071,101.4478", "-0.9471 100.4172", "2.1896, 4.9041"])
def test_a_place_near_the_equator_is_found_although_two_small_numbers_are_none(a_study, place):
    assert "COORDINATES" in hits_in(a_study, "a.txt", f"meet me at {place}")


@given(st.from_regex(search.DECIMAL, fullmatch=True, alphabet="0123456789.,-−"))
def test_a_decimal_alone_leads_to_nobody(number):
    people = Pseudonymiser(pd.DataFrame({"name": ["Sri Wahyuni"], "phones": ["+62 812-3456-7890"]}), key=b"key")
    assert people.spans(number, talk=False) == []


@pytest.mark.parametrize("word", ["Wahyuni", "wahyuni", "TUTIK", "sriwahyuni", "Wahyuniii", "wahyuninya"])
def test_a_word_alone_counts_as_in_a_sentence(a_study, word):
    assert hits_in(a_study, "a.json", json.dumps(word)) == hits_in(a_study, "a.txt", f"{word}.")


def test_a_name_alone_counts_and_another_word_does_not(a_study):
    assert hits_in(a_study, "a.json", '"Wahyuni"') == {"NAME"}
    assert hits_in(a_study, "a.json", '"Suharti"') == set()


def test_the_names_of_a_drawings_parts_are_no_identifiers_and_what_else_is_in_them_is(a_study):
    assert hits_in(a_study, "a.svg", '<svg><g id="e812345b-text_12"/></svg>') == set()
    assert hits_in(a_study, "a.txt", "e812345b-text_12 Wahyuni") == {"NAME"}


@pytest.mark.parametrize(("text", "kinds"), [
    ("@keripiksedap\ndef f():\n    pass", set()), ("    @keripiksedap(1, b=2)\n    @_lagi\n    async def f():", set()),
    ("@keripiksedap\nclass Kelas:", set()), ("@keripiksedap\nclass dimulai besok", {"HANDLE"}),
    ("@keripiksedap\n@jajan.enak\nthe two of them", {"HANDLE"}), ("# @keripiksedap\ndef f():", {"HANDLE"}),
    ("def f():\n    '''\n    @keripiksedap\n    '''", {"HANDLE"}), ("@note('@keripiksedap')\ndef f():", {"HANDLE"}),
])  # fmt: skip
def test_a_decorator_is_known_by_what_it_stands_above_and_not_by_its_name(a_study, text, kinds):
    assert hits_in(a_study, "a.py", text) == kinds


def test_above_words_that_people_wrote_nothing_is_a_decorator(watching):
    piece = readable.Piece("@keripiksedap\nclass A: mulai jam 9", "", talk=True)
    assert [kind for kind, _ in search.hits_in(piece, watching, published=True)] == ["HANDLE"]


def test_decorators_of_our_code_are_no_handles(a_study, root):
    files = [file for place in ("src", "book/_ext") for file in (root / place).rglob("*.py")]
    texts = (file.read_text(encoding="utf-8") for file in files)
    decorated = {found for text in texts for found in re.findall(r"(?m)(?:^ *@.*\n)+^ *(?:def|class) .*", text)}
    assert len(decorated) > 99
    assert hits_in(a_study, "a.py", "\n\n".join(sorted(decorated))) == set()


@pytest.mark.parametrize(
    ("text", "counts"),
    [
        ("for Sri Wahyuni", True),
        ("Pak Harun Al Rasyid", True),
        ("call 081234567890", True),
        (KEY, True),
        ("Bu Sri, Pak Harun and Harun", False),
        ("call 0812-9999-0000 or @sri.shop", False),
    ],
)
def test_in_code_only_those_of_this_study_count(a_study, tmp_path, text, counts):
    (tmp_path / "a.py").write_text(f"# {text}\n", encoding="utf-8")
    watching = scan.watchlist(a_study)
    found = scan.survey(a_study, tmp_path / "a.py", watching).hits
    assert found
    assert any(scan.of_this_study(hit, watching) for hit in found) == counts


def test_a_nickname_that_the_sources_use_as_a_word_counts_in_talk_but_not_in_prose(a_study, tmp_path):
    (a_study.raw / "chats" / "UMKM.txt").write_text(CHAT.replace("Orang Baru", "tables"), encoding="utf-8")
    assert hits_in(a_study, "a.txt", "Each tables is a member.") == set()
    pd.DataFrame({"text": ["kata tables tadi"], "label": ["tables"]}).to_parquet(tmp_path / "a.parquet")
    found = hits_of(a_study, tmp_path / "a.parquet")
    assert [hit.place for hit in found] == ["column text, row 0"]


def test_a_word_of_the_sources_is_no_nickname_with_an_ending(a_study):
    (a_study.raw / "chats" / "UMKM.txt").write_text(CHAT.replace("Orang Baru", "Sken"), encoding="utf-8")
    page = a_study.book / "index.md"
    page.parent.mkdir()
    page.write_text("Dawid and Skene (1979)", encoding="utf-8")
    assert hits_in(a_study, "a.txt", "As Dawid and Skene have it.") == set()
    assert hits_in(a_study, "a.txt", "Sken has it.") == {"NAME"}


def test_a_full_name_counts_even_where_the_sources_use_all_its_words(a_study):
    page = a_study.book / "index.md"
    page.parent.mkdir()
    page.write_text("Sri, and also Wahyuni.", encoding="utf-8")
    assert hits_in(a_study, "a.txt", "Sri came; Wahyuni went.") == set()
    assert hits_in(a_study, "a.txt", "Sri Wahyuni came.") == {"NAME"}


def test_what_the_author_states_in_study_yaml_is_published_on_purpose(a_study):
    stated = "title: T\ncontact: peneliti@contoh.ac.id, 0811-2222-3333\ncommunity: {place: Jl. Mawar No. 3}\n"
    (a_study.root / "study.yaml").write_text(stated, encoding="utf-8")
    assert hits_in(a_study, "a.txt", "Write to peneliti@contoh.ac.id or call 0811-2222-3333.") == set()
    assert hits_in(a_study, "a.txt", "It meets in Jl. Mawar No. 3.") == {"ADDRESS"}


def test_a_day_of_the_studys_own_months_is_no_date_of_birth_except_in_talk(a_study):
    """The fixture's chat is of July 2024; as a chat of 2004 it makes a book full of days of 2004."""
    assert hits_in(a_study, "a.txt", "Weeks begin on 2004-06-28 and 2004-07-05.") == {"BIRTHDATE"}
    (chat,) = (a_study.raw / "chats").glob("*.txt")
    chat.write_text(CHAT.replace("07/24", "07/04"), encoding="utf-8")
    assert hits_in(a_study, "a.txt", "Weeks begin on 2004-06-28 and 2004-07-05.") == set()
    assert hits_in(a_study, "a.txt", "From 28 June 2004 to 5 Juli 2004.") == set()
    for text in ("The one of 1984-07-05.", "5 July 1984", "Born on 2004-07-05.", "Lahir di Sidoarjo, 2004-07-05"):
        assert hits_in(a_study, "a.txt", text) == {"BIRTHDATE"}
    pd.DataFrame({"text": ["2004-07-05"]}).to_parquet(a_study.root / "elsewhere" / "a.parquet")
    assert {hit.kind for hit in hits_of(a_study, a_study.root / "elsewhere" / "a.parquet")} == {"BIRTHDATE"}


def test_a_part_of_a_references_doi_is_no_telephone_number(a_study):
    assert hits_in(a_study, "a.json", '{"terms": {"0049124111404820": 1}}') == {"PHONE"}
    a_study.book.mkdir(exist_ok=True)
    (a_study.book / "references.bib").write_text("@article{a,\n doi = {10.1177/0049124111404820}}", encoding="utf-8")
    assert hits_in(a_study, "a.json", '{"terms": {"0049124111404820": 1}}') == set()


@pytest.mark.parametrize("written", [r"Wahy{\'u}ni", r"Wahy\'uni", r"{Wahy{\'{u}}ni}", "Wahyúni", "Wahy{\\'u}ni \\"])
def test_a_name_that_references_spell_in_tex_is_a_word_of_the_sources(a_study, written):
    a_study.raw.joinpath("members.csv").write_text(MEMBERS.replace("Sri Wahyuni", "Sri Wahyúni"), encoding="utf-8")
    assert hits_in(a_study, "a.txt", "Wahyúni") == {"NAME"}
    a_study.book.mkdir(exist_ok=True)
    (a_study.book / "references.bib").write_text(f"@article{{a,\n author = {{{written}}}}}", encoding="utf-8")
    assert hits_in(a_study, "a.txt", "Wahyúni") == set()


def test_a_file_of_an_installed_package_is_left_out_and_a_changed_copy_is_not(a_study, tmp_path):
    files = distribution("sphinx").files or []
    source = next(f.locate() for f in files if f.name == "searchtools.js")
    folder = tmp_path / "site"
    folder.mkdir()
    shutil.copy(source, folder / "same.js")
    (folder / "changed.js").write_text(Path(source).read_text(encoding="utf-8") + "// Sri Wahyuni\n", encoding="utf-8")
    found = scan.survey(a_study, folder)
    assert found.library == 1
    assert [hit.file for hit in found.hits] == ["changed.js"]


class Killed(ThreadPoolExecutor):
    """A second process that is killed as it scans, which ends what waits for it so."""

    def submit(self, *_):
        return super().submit(self.die)

    def die(self):
        raise BrokenProcessPool


@pytest.mark.parametrize("second", [ThreadPoolExecutor, Killed])
def test_two_processes_find_what_one_finds_in_the_order_of_the_files(a_study, tmp_path, second):
    folder = tmp_path / "made"
    folder.mkdir()
    for number, content in enumerate(PLANTED.values()):
        (folder / f"{number:02d}.txt").write_text(f"{content}\n" * (number + 1), encoding="utf-8")
    (folder / "picture.webm").write_bytes(b"\0" * 99)
    with second(1) as other:
        found = scan.survey(a_study, folder, second=other)
    assert found == scan.survey(a_study, folder)
    assert [hit.file for hit in found.hits] == sorted(hit.file for hit in found.hits)
    assert found.unread == {".webm": 1}


def test_what_ingest_writes_of_the_fixture_study_leads_to_nobody(root, bare_study):
    shutil.copytree(root / "tests/fixtures/study/raw", bare_study.raw)
    step.run(step.Params(**study.load_params(bare_study)["ingest"]), bare_study)
    assert hits_of(bare_study, bare_study.root / "data" / "processed") == []
    assert hits_of(bare_study, bare_study.root / "metrics") == []


# Consent and the key


def of(name: str) -> str:
    return pseudonym(name, bytes.fromhex(KEY))


def test_a_member_counted_in_sums_only_may_are_in_tables_but_in_nothing_published(a_study):
    assert hits_of(a_study, a_study.processed("ingest")) == []
    assert hits_in(a_study, "a.html", f"<table><tr><td>{of('Harun Al Rasyid')}</td></tr></table>") == {"AGGREGATE"}
    assert hits_in(a_study, "a.html", f"<p>kata {of('Harun Al Rasyid')}nya</p>") == {"AGGREGATE"}


def test_the_studys_own_pseudonyms_are_in_nothing_published_and_those_of_its_chapters_are(a_study):
    for place in ("<td>{}</td>", "<p>kata {}nya</p>", '<svg aria-label="{}"></svg>'):
        assert hits_in(a_study, "a.html", place.format(of("Sri Wahyuni"))) == {"PSEUDONYM"}
        assert hits_in(a_study, "a.html", place.format(f"interview-{of('Sri Wahyuni').lower()}-002")) == {"PSEUDONYM"}
    shown = study.called(a_study, "network")[0][of("Sri Wahyuni")]
    assert hits_in(a_study, "a.html", f"<table><tr><td>{shown}</td></tr></table>") == set()


def test_a_member_who_withholds_consent_may_are_nowhere_even_under_a_pseudonym(a_study):
    table = pd.DataFrame({"member": [of("Tutik Handayani")]})
    tables.write(table, a_study.processed("network") / "members.parquet")
    assert {hit.kind for hit in hits_of(a_study, a_study.processed("network"))} == {"WITHHELD"}


def test_the_key_of_the_pseudonyms_is_found(a_study):
    assert hits_in(a_study, "a.log", f"key={KEY.upper()}") == {"KEY"}


# The command


def test_the_command_names_file_and_class_and_shows_the_content_only_when_asked(a_study, monkeypatch, capsys):
    hits_in(a_study, "page.html", "<html><p>Sri Wahyuni</p></html>")
    monkeypatch.chdir(a_study.root)
    assert cli.main(["scan", "elsewhere"]) == 1
    reported = capsys.readouterr().err
    assert "page.html: NAME" in reported
    assert "Wahyuni" not in reported
    assert cli.main(["scan", "elsewhere", "--show"]) == 1
    assert "Sri Wahyuni" in capsys.readouterr().err


def test_a_clean_folder_is_reported_with_what_was_read(a_study, monkeypatch, capsys):
    (a_study.root / "elsewhere").mkdir()
    (a_study.root / "elsewhere" / "font.woff2").write_bytes(b"\xff\xfe\x00\x01")
    (a_study.root / "elsewhere" / "a.txt").write_text("Nothing.", encoding="utf-8")
    monkeypatch.chdir(a_study.root)
    assert cli.main(["scan", "elsewhere"]) == 0
    assert "1 file read, searching for 5 people" in (said := capsys.readouterr().out)
    assert "Not to be read as text: 1 .woff2" in said


def test_an_empty_folder_and_a_damaged_table_are_reported_in_words(a_study, tmp_path):
    with pytest.raises(InputError, match="no file to scan"):
        hits_of(a_study, a_study.root / "nowhere")
    (tmp_path / "a.parquet").write_bytes(b"PAR1 broken")
    with pytest.raises(InputError, match="damaged"):
        hits_of(a_study, tmp_path / "a.parquet")


def test_a_place_that_is_called_by_a_name_is_not_reported(a_study, tmp_path):
    (tmp_path / "a.json").write_text('{"Sri Wahyuni": {"reason": "Sri Wahyuni wrote"}}', encoding="utf-8")
    lines = scan.listing(hits_of(a_study, tmp_path / "a.json"))
    assert lines.startswith("a.json: NAME, 2 times")
    assert "Wahyuni" not in lines


def test_a_hit_does_not_print_what_it_found():
    assert "Sri" not in repr(scan.Hit("a.txt", "NAME", "line 1", "Sri Wahyuni"))


def test_without_raw_data_it_is_said_that_no_name_was_searched_for(bare_study):
    assert "No name was searched for" in scan.summary(scan.survey(bare_study, bare_study.root / "claims.yaml"))


def test_without_raw_data_structured_identifiers_are_still_found(bare_study):
    assert hits_in(bare_study, "a.txt", "Sri Wahyuni, 0812-3456-7890") == {"PHONE"}


def test_a_long_text_is_read_in_pieces_with_its_lines(tmp_path):
    (tmp_path / "a.txt").write_text("kata kata\n" * 2_000 + "\n\nakhir\n", encoding="utf-8")
    found = readable.pieces(tmp_path / "a.txt") or []
    assert max(len(piece.text) for piece in found) <= readable.LONGEST
    assert found[-1] == readable.Piece("akhir\n", "line 2003")


@pytest.mark.parametrize("name", ["a.html", "a.json", "a.ipynb", "a.txt"])
@pytest.mark.parametrize(
    "planted", ["Sri Wahyuni", "+62 812-3456-7890", "-7.4478, 112.7183", "keripik.sri@contoh.co.id"]
)
@pytest.mark.parametrize("ahead", [readable.LONGEST - 5, 2 * readable.LONGEST - readable.OVERLAP - 6])
@pytest.mark.parametrize("word", ["kata ", "kata,", "kata\n"])
def test_what_lies_across_the_end_of_a_piece_is_found(a_study, name, planted, ahead, word):
    text = (word * readable.LONGEST)[:ahead] + f" {planted} dan lain-lain. " + word * 100
    cell = nbformat.v4.new_code_cell("1", outputs=[nbformat.v4.new_output("stream", text=text)])
    written = {"a.html": f"<p>{text}</p>", "a.json": json.dumps({"text": text}), "a.txt": text,
               "a.ipynb": nbformat.writes(nbformat.v4.new_notebook(cells=[cell]))}  # fmt: skip
    assert hits_in(a_study, name, written[name])


@given(st.text("ab \n", max_size=300), st.integers(0, 12_000), st.sampled_from(["a", "a ", "ab\n", "a\n\n"]))
def test_pieces_hold_all_of_a_text_and_name_the_line_that_they_begin_in(end, times, word):
    text = word * times + end
    for piece in readable._plain(text, ""):
        line = int(piece.place.removeprefix("line "))
        assert "\n".join(text.split("\n")[line - 1 :]).find(piece.text) >= 0
        assert len(piece.text) <= readable.LONGEST
    cuts = [*readable._runs(text)]
    assert all(later <= start + len(run) for (start, run), (later, _) in itertools.pairwise(cuts))
    assert all(text.startswith(run, start) for start, run in cuts)
    assert cuts[-1][0] + len(cuts[-1][1]) == len(text)


@pytest.fixture
def a_crate(a_study, tmp_path) -> Path:
    """A study with the program, as a research object holds it."""
    crate = tmp_path / "crate"
    for name in ("dvc.yaml", "params.yaml"):
        (crate / name).parent.mkdir(exist_ok=True)
        (crate / name).write_text("{}", encoding="utf-8")
    for name in ("src/analysis/a.py", "tests/a.py", "benchmarks/a.py", "docs/a.md", "Makefile"):
        (crate / name).parent.mkdir(parents=True, exist_ok=True)
        (crate / name).write_text("call 0812-9999-0000 or @sri.shop", encoding="utf-8")
    (crate / program.METADATA).write_text('{"@context": 1, "@graph": 2, "@id": 3}', encoding="utf-8")
    return crate


@pytest.fixture
def released(a_crate, monkeypatch) -> dict[str, str]:
    """The hashes of the release that searches."""
    names = ("src/analysis/a.py", "docs/a.md", "Makefile")
    hashes = {name: disk.sha256(a_crate / name) for name in names}
    monkeypatch.setattr(release.Tool, "hashes", lambda tool, root: hashes)
    return hashes


def test_invented_people_of_the_program_itself_are_counted_apart(a_study, a_crate, released, monkeypatch, capsys):
    monkeypatch.chdir(a_study.root)
    monkeypatch.setattr(search, "SILENCE", 0)
    assert cli.main(["scan", str(a_crate)]) == 0
    said = capsys.readouterr()
    assert (
        "5 files of Guyub itself, where only people of this study count: "
        "10 other finds left out (5 PHONE, 5 HANDLE), which --all reports." in said.out
    )
    assert "guyub scan: 8 of 8 files" in said.err


def test_what_was_counted_apart_can_be_reported_as_any_other_find(a_study, a_crate, released, monkeypatch, capsys):
    monkeypatch.chdir(a_study.root)
    assert cli.main(["scan", str(a_crate), "--all"]) == 1
    said = capsys.readouterr().err
    assert said.count(": PHONE") == said.count(": HANDLE") == 5


def test_a_scanned_folder_cannot_say_what_is_guyubs_own(a_study, a_crate, monkeypatch, capsys):
    name = "docs/a.md"
    digest = disk.sha256(a_crate / name)
    (a_crate / "release.json").write_text(json.dumps({"version": "1", "files": {name: digest}}), encoding="utf-8")
    monkeypatch.chdir(a_study.root)
    assert cli.main(["scan", str(a_crate)]) == 1
    assert f"{name}: PHONE" in capsys.readouterr().err


@pytest.mark.parametrize(
    "name", ["data/a.md", "metrics/a.md", "book/a.md", "notebooks/a.md", "outputs/a.md", "docs/my.md", "README.md",
             "src/analysis/my.py"],
)  # fmt: skip
def test_what_is_the_studys_own_is_searched_whole_next_to_the_program(
    a_study, a_crate, released, monkeypatch, capsys, name
):
    (a_crate / name).parent.mkdir(exist_ok=True)
    (a_crate / name).write_text("call 0812-9999-0000", encoding="utf-8")
    monkeypatch.chdir(a_study.root)
    assert cli.main(["scan", str(a_crate)]) == 1
    assert f"{name}: PHONE" in (said := capsys.readouterr().err)
    assert said.count(": PHONE") == 1


@pytest.mark.parametrize("name", ["src/analysis/a.py", "tests/a.py", "benchmarks/a.py", "docs/a.md"])
def test_people_of_this_study_are_found_in_the_program_too(a_study, a_crate, released, monkeypatch, capsys, name):
    (a_crate / name).write_text("for Sri Wahyuni", encoding="utf-8")
    monkeypatch.chdir(a_study.root)
    assert cli.main(["scan", str(a_crate)]) == 1
    assert f"{name}: NAME" in capsys.readouterr().err


def test_a_study_without_git_is_scanned(a_study, tmp_path, monkeypatch, capsys):
    (a_study.root / ".dvc").mkdir()
    (a_study.root / ".dvc" / "config").write_text("", encoding="utf-8")
    monkeypatch.chdir(a_study.root)
    hits_in(a_study, "a.txt", "Nothing.")
    assert cli.main(["scan", "elsewhere"]) == 0
