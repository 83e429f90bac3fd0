"""The book on paper, printed by Chromium: all pages bound in one, with contents, page numbers and links; the summary.

Chromium numbers pages but cannot write into the contents on which page a heading is. So the bound book is printed
twice: the first print shows where each heading is, the second has these numbers in its contents. DOWNLOADS, a script
that every page loads, lists the PDFs; neither it nor a PDF is an output of a stage (docs/adr/0020).
"""

from __future__ import annotations

import html
import importlib.util
import json
import os
import re
import shutil
import subprocess
import tempfile
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import urljoin

from analysis import site, study
from analysis.book.study_yaml import fact, load_study
from analysis.errors import InputError

PROGRAMS = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
NAMED = "GUYUB_CHROMIUM"  # environment variable that names another program
BOOK = "book.pdf"
SHEETS = {"ringkasan.pdf": "ringkasan.html"}  # pages that are also printed separately
LONGEST = 300  # seconds after which a print is aborted
STYLE = Path(__file__).with_name("pdf.css")
MISSING = f"No PDF: there is no Chromium here. To get one: apt-get install chromium (or {NAMED}=PROGRAM), then make pdf"

WRITTEN = {"Title", "Creator", "Producer", "CreationDate", "ModDate"}  # what Chromium says of a PDF

_TITLE = re.compile(r"<title>(.*?)</title>", re.S)
_ARTICLE = re.compile(r'<article class="bd-article">(.*)</article>', re.S)
_LANGUAGE = re.compile(r'<html lang="([^"]+)"')
_BANNER = re.compile(r'<div class="bd-header-announcement__content">(.*?)</div>', re.S)
_POINTER = re.compile(r'\s(id|href|src|xlink:href|aria-labelledby|aria-describedby|for)="([^"]*)"')
_URL = re.compile(r"url\(#([^)]+)\)")
_LEFT_OUT = re.compile(
    r'<a class="headerlink".*?</a>|<script\b.*?</script>| loading="lazy" decoding="async"'
    r'|<section id="how-we-know">(?:(?!cell_output|<section\b|</section>|<p>).)*</section>',  # holds only code
    re.S,
)
_HEADING = re.compile(r'<section\b[^>]* id="([^"]+)">(?:\s*<span\b[^>]*></span>)*\s*<h([12])\b[^>]*>(.*?)</h\2>', re.S)
_ANY_LINK = re.compile(r'<a\b([^>]*?) href="(?![a-z][a-z+.-]*:)([^"]*)"')
_LINK = re.compile(r'<a\b([^>]*?) href="#([^"]*)"')
_DATE = re.compile(rb"(?<=/CreationDate \(D:)[^)]*(?=\))|(?<=/ModDate \(D:)[^)]*(?=\))")
_PRINTER = re.compile(rb"/Producer \(([^)]*)\)")
_INFO = re.compile(rb"/Info (\d+) 0 R")
_ABOUT = re.compile(rb"/(\w+)\s*(\((?:\\.|[^()\\])*\)|<[0-9A-Fa-f\s]*>)", re.S)
_PAGE = re.compile(rb"(\d+) 0 obj\s*<</Type /Page\b")
_PLACE = re.compile(rb"/([^\s/\[\]()<>]+) \[(\d+) 0 R /XYZ")


def make(paths: study.Paths) -> list[Path]:
    """Print the built book and its summary next to their pages, unless this site's PDFs exist; returns all PDFs.

    Without Chromium no PDF is left. Raises InputError when the book is not built, or Chromium prints nothing.
    """
    folder = paths.book / "_build" / site.FOLDER
    if not (folder.parent / site.NAME).exists():
        raise InputError("the book is not built", path=folder, fix="Build it: dvc repro book")
    program, names = browser(), (BOOK, *SHEETS)
    if program is None:
        for name in names:
            (folder / name).unlink(missing_ok=True)
    elif (made := site.made(folder, names)) != site.downloads(folder) or BOOK not in made:
        for name, raw in prints(program, paths):
            (folder / name).write_bytes(raw)
    made = site.made(folder, names)
    site.offer(folder, made)
    return [folder / name for name in made]


def browser() -> str | None:
    """The program that prints: the one that GUYUB_CHROMIUM names, or the first of PROGRAMS on the PATH."""
    named = os.environ.get(NAMED)
    return next(filter(None, map(shutil.which, [named] if named else PROGRAMS)), None)


def prints(program: str, paths: study.Paths) -> Iterator[tuple[str, bytes]]:
    """The PDFs of the built book, by name, as printed now by a program."""
    folder, published = paths.book / "_build" / site.FOLDER, load_study(paths)["site"]
    with tempfile.TemporaryDirectory(prefix="guyub-sheet-") as temporary:
        for name, page in SHEETS.items():
            if (folder / page).exists():
                sheet = Path(temporary) / page
                sheet.write_text(alone(folder, page, published), encoding="utf-8")
                yield name, printed(program, sheet.as_uri())
    yield BOOK, bound(program, paths)


# Printing


def printed(program: str, address: str) -> bytes:
    """The PDF of a page from Chromium, without the time of printing. Raises InputError when it prints nothing."""
    with tempfile.TemporaryDirectory(prefix="guyub-print-") as folder:
        target = Path(folder) / "printed.pdf"
        flags = ["--headless", "--disable-gpu", "--disable-dev-shm-usage", "--no-first-run", "--no-pdf-header-footer",
                 "--disable-background-networking", "--disable-component-update", "--disable-sync",
                 "--generate-pdf-document-outline", "--virtual-time-budget=20000", f"--user-data-dir={folder}/profile",
                 f"--print-to-pdf={target}"]  # fmt: skip
        flags += ["--no-sandbox"] if hasattr(os, "geteuid") and os.geteuid() == 0 else []  # it refuses root otherwise
        words = [program, *flags, address]
        done = subprocess.run(words, capture_output=True, text=True, errors="replace", check=False, timeout=LONGEST)
        if done.returncode or not target.exists():
            tail = "\n".join(done.stderr.strip().splitlines()[-5:])
            raise InputError(f"{program} did not print {address}:\n{tail}")
        return undated(target.read_bytes())


def undated(raw: bytes) -> bytes:
    """A PDF with its creation time replaced by a fixed one of the same length: equal books give equal bytes."""
    return _DATE.sub(lambda found: b"20000101000000+00'00'".ljust(len(found[0]))[: len(found[0])], raw)


def printer(raw: bytes) -> str:
    """The program that drew a PDF, with its version, as the PDF names it; empty where it names none."""
    found = _PRINTER.search(raw)
    return found[1].decode("latin-1") if found else ""


def about(raw: bytes) -> dict[str, str]:
    """What a PDF says of itself as a whole, by key, such as Title. Chromium writes these objects as plain text."""
    said: dict[str, str] = {}
    for number in dict.fromkeys(_INFO.findall(raw)):
        for body in re.findall(rb"(?s)(?<!\d)%b 0 obj(.*?)endobj" % number, raw):
            said |= {key.decode(): _string(value) for key, value in _ABOUT.findall(body)}
    return said


def titles(paths: study.Paths) -> dict[str, str]:
    """The title of each PDF of the built book, by name."""
    folder = paths.book / "_build" / site.FOLDER
    pages = {name: folder / page for name, page in SHEETS.items() if (folder / page).exists()}
    heads = {name: _TITLE.search(page.read_text(encoding="utf-8")) for name, page in pages.items()}
    own = {name: " ".join(html.unescape(head[1]).split()) for name, head in heads.items() if head}
    return {BOOK: load_study(paths)["title"], **own}


def is_plain(raw: bytes, title: str) -> bool:
    """Whether a PDF has this title and says nothing else of itself but what Chromium writes."""
    said = about(raw)
    return said.get("Title") == title and said.keys() <= WRITTEN


def _string(value: bytes) -> str:
    """The text of a string of PDF: in brackets, or UTF-16 in hexadecimal (ISO 32000-1, sections 7.3.4 and 7.9.2)."""
    if value.startswith(b"<"):
        return bytes.fromhex(value[1:-1].decode()).decode("utf-16", "replace")
    return re.sub(rb"\\(.)", rb"\1", value[1:-1]).decode("latin-1")


def page_numbers(raw: bytes) -> dict[str, int]:
    """The page, from 1, of each named destination of a PDF. Chromium writes these objects as plain text."""
    order = {number: i for i, number in enumerate(_PAGE.findall(raw), 1)}
    return {_unescaped(name): order[page] for name, page in _PLACE.findall(raw) if page in order}


def _unescaped(name: bytes) -> str:
    """A name as PDF writes it, in which # and two digits stand for a byte."""
    return re.sub(rb"#([0-9A-Fa-f]{2})", lambda found: bytes.fromhex(found[1].decode()), name).decode(
        "utf-8", "replace"
    )


def alone(folder: Path, page: str, published: str | None) -> str:
    """A page to be printed separately: with the styles and pictures of its folder, and links to the book's published
    address, or to nothing where it has none."""

    def led(found: re.Match[str]) -> str:
        target = urljoin(f"{published.rstrip('/')}/{page}", found[2]) if published else ""
        return f'<a{found[1]} href="{target}"' if target else f"<a{found[1]}"

    text = _ANY_LINK.sub(led, (folder / page).read_text(encoding="utf-8"))
    return text.replace("<head>", f'<head><base href="{folder.as_uri()}/">', 1)


# Binding


@dataclass(frozen=True)
class Chapter:
    """A page of the site in the bound book. name: its path without ending; part: the caption that it is under."""

    name: str
    part: str
    language: str
    body: str

    @property
    def headings(self) -> list[tuple[str, str, str]]:
        """Anchor, level (1 or 2) and words of the headings that the contents list."""
        return [
            (place, level, re.sub(r"<[^>]+>", "", words).strip()) for place, level, words in _HEADING.findall(self.body)
        ]


def bound(program: str, paths: study.Paths) -> bytes:
    """The whole book as a PDF: printed once to know the pages of its headings, and again with them in its contents."""
    inside = chapters(paths)
    with tempfile.TemporaryDirectory(prefix="guyub-bind-") as folder:
        sheet = Path(folder) / "book.html"
        sheet.write_text(bind(paths, inside), encoding="utf-8")
        places = page_numbers(printed(program, sheet.as_uri()))
        sheet.write_text(bind(paths, inside, places), encoding="utf-8")
        return printed(program, sheet.as_uri())


def chapters(paths: study.Paths) -> list[Chapter]:
    """The built pages in the order of _toc.yml, as chapters of the bound book."""
    toc = study.parsed_yaml((paths.book / "_toc.yml").read_text(encoding="utf-8"))
    return [_chapter(paths.book / "_build" / site.FOLDER, name, part) for name, part in listed(toc)]


def headings(paths: study.Paths) -> set[str]:
    """Anchors in the bound book of all headings that its contents list, by the built pages."""
    folder = paths.book / "_build" / site.FOLDER
    _, *listed_ones = listed(study.parsed_yaml((paths.book / "_toc.yml").read_text(encoding="utf-8")))
    there = ((name, folder / f"{name}.html") for name, _ in listed_ones)
    texts = {name: _LEFT_OUT.sub("", page.read_text(encoding="utf-8")) for name, page in there if page.exists()}
    return {_place(name, anchor) for name, text in texts.items() for anchor, _, _ in _HEADING.findall(text)}


def listed(toc: Any, part: str = "") -> Iterator[tuple[str, str]]:
    """Every page of a table of contents in its order, with the caption of its part."""
    if isinstance(toc, dict):
        part = toc.get("caption", part)
        yield from ((toc[key], part) for key in ("root", "file") if key in toc)
    for inner in toc.values() if isinstance(toc, dict) else toc if isinstance(toc, list) else ():
        yield from listed(inner, part)


def _chapter(folder: Path, name: str, part: str) -> Chapter:
    """A page's article with anchors that no other page has, and links that lead within the bound book."""
    page = folder / f"{name}.html"
    text = page.read_text(encoding="utf-8")
    article, language = _ARTICLE.search(text), _LANGUAGE.search(text)
    if article is None or language is None:
        raise InputError("this page has no article", path=page, fix="Build the book again: dvc repro book")

    def pointing(found: re.Match[str]) -> str:
        return f' {found[1]}="{html.escape(_led(folder, name, found[1], html.unescape(found[2])))}"'

    body = _POINTER.sub(pointing, _LEFT_OUT.sub("", article[1]))
    return Chapter(name, part, language[1], _URL.sub(lambda found: f"url(#{_place(name, found[1])})", body))


def _place(name: str, fragment: str = "") -> str:
    """The anchor in the bound book of a page, or of a place on it."""
    return "--".join(filter(None, [name.replace("/", "-"), fragment]))


def _led(folder: Path, name: str, attribute: str, value: str) -> str:
    """The target of a page's attribute in the bound book: inside it, a file, or outside it."""
    if attribute in ("id", "for") or attribute.startswith("aria-"):
        return " ".join(_place(name, each) for each in value.split())
    if re.match(r"[a-z][a-z+.-]*:|//", value, re.I):
        return value
    path, _, fragment = value.partition("#")
    target = (folder / name).parent.joinpath(path).resolve() if path else folder / f"{name}.html"
    if attribute == "src":
        return target.as_uri()
    if target.suffix == ".html" and target.is_relative_to(folder.resolve()):
        name = target.relative_to(folder.resolve()).with_suffix("").as_posix()
    return f"#{_place(name, fragment)}"


def bind(paths: study.Paths, inside: list[Chapter], places: Mapping[str, int] | None = None) -> str:
    """The bound book as one page of HTML. places: the page of each place that links can lead to, once it is known."""
    about, folder = load_study(paths), paths.book / "_build" / site.FOLDER
    bodies = "\n".join(
        f'<article class="bd-article" lang="{each.language}" id="{_place(each.name)}" style="page: c{i}">{each.body}'
        "</article>"
        for i, each in enumerate(inside)
    )
    heads = "\n".join(
        f"@page c{i} {{ @top-left {{ content: {_quoted(html.unescape(each.headings[0][2]))} }} }}"
        for i, each in enumerate(inside)
        if each.headings
    )
    style = STYLE.read_text(encoding="utf-8").replace("FONTS", _fonts().as_uri())
    sheets = "".join(
        f'<link rel="stylesheet" href="{(folder / "_static" / name).as_uri()}">'
        for name in ("pygments.css", "guyub.css")
    )
    text = (
        f'<!DOCTYPE html>\n<html lang="en" data-theme="light"><head><meta charset="utf-8">'
        f"<title>{html.escape(about['title'])}</title>{sheets}<style>{style}{heads}</style></head>\n"
        f"<body>{_cover(about, folder)}{_contents(inside[1:], places or {})}{bodies}</body></html>\n"
    )
    return (
        text if places is None else _LINK.sub(lambda found: found[0] if found[2] in places else f"<a{found[1]}", text)
    )


def _quoted(text: str) -> str:
    """Text as a string of a style sheet."""
    return json.dumps(text, ensure_ascii=False)


def _fonts() -> Path:
    """The folder of fonts that matplotlib ships, so that the book looks the same on every machine."""
    (package,) = importlib.util.find_spec("matplotlib").submodule_search_locations  # type: ignore[union-attr, misc]
    return Path(package) / "mpl-data" / "fonts" / "ttf"


def _cover(about: Mapping[str, Any], folder: Path) -> str:
    """The title page, with the banner that every page of the site carries."""
    banner = _BANNER.search((folder / "index.html").read_text(encoding="utf-8"))
    lines = [
        f"<h1>{html.escape(about['title'])}</h1>",
        f'<p class="subtitle">{html.escape(about["subtitle"] or "")}</p>',
        f"<p>{html.escape(fact(about, 'authors'))}</p>" if about["authors"] else "",
        f'<p class="banner">{banner[1]}</p>' if banner else "",
        f'<p class="small">Text and data: {html.escape(fact(about, "licence"))}. Printed from the web pages of '
        "this book, which hold the code, the long tables and a map to search.</p>",
    ]
    return f'<section class="cover">{"".join(lines)}</section>'


def _contents(inside: list[Chapter], places: Mapping[str, int]) -> str:
    """The table of contents: parts, chapters and their sections, each with its page."""
    lines, part = [], ""
    for each in inside:
        if each.part != part:
            part = each.part
            lines.append(f'<p class="part">{html.escape(part)}</p>')
        lines += [
            f'<a class="level-{level}" lang="{each.language}" href="#{place}"><span>{words}</span>'
            f'<span class="dots"></span><span class="number">{places.get(place, "")}</span></a>'
            for place, level, words in each.headings
        ]
    return f'<nav class="contents"><h1>Contents</h1>{"".join(lines)}</nav>'
