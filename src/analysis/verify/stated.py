"""Check that statements about a study are true: whether its data are simulated, and that study.yaml and CITATION.cff
agree.

metrics/ingest.json decides whether the data are simulated: if so, the book carries a visible notice, and otherwise
none.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any

from analysis import book, study
from analysis.book import citation, pdf
from analysis.errors import InputError
from analysis.verify import markdown
from analysis.verify.pages import words_of
from analysis.verify.prose import bare_numbers
from analysis.verify.subject import REBUILD, Finding, Subject

SAY = "Say it under `{when} ingest.simulated = true`, as the release does."
ALIKE = "Write the same in both, or null in study.yaml."
FICTION = "Say of a simulated study what it is."
FRONT = ("ringkasan", "brief", "brief-id")  # pages that are passed on separately, besides the first
BANNER = words_of(study.data_source(True)).lower()  # on every page
FOLDED = ("dropdown", "code-block", "code", "raw", "margin")  # blocks that show nothing, or not at once

_BANNER = re.compile(r"<(?:aside|div)\b[^>]*\bclass=\"bd-header-announcement\b.*?</(?:aside|div)>", re.S)
_UNSEEN = re.compile(r"<[^>]*(?:\shidden\b|\sstyle\s*=|d-none|visually-hidden|sr-only|invisible|aria-hidden)")
_NOTICE = re.compile(
    r"\bsimulated data\b|\b(?:does not|doesn’t|doesn't) exist\b|\bno real (?:person|people|member)|"
    r"\b(?:is|are|was|were) simulated\b|\bfiction|\binvented\b|\bmade[ -]up\b|"
    r"\bdata simulasi\b|\bkomunitas ini tidak ada\b|\bfiktif\b|\bbukan temuan tentang orang\b",
    re.I,
)
_OF_SIMULATED = re.compile(
    r"\b(?:this|the) community (?:does not|doesn’t|doesn't) exist\b|"
    r"^\W*simulated data\b|^\W*data simulasi\b|\bkomunitas ini tidak ada\b",
    re.I | re.M,
)
_NOT = re.compile(
    r"\b(?:no|not|none|nobody|never|neither|nor|without|needs?|instead|than|unlike|bukan|tidak|tanpa|belum|perlu|daripada)\b|n[’']t\b",
    re.I,
)
_REAL = re.compile(r"\b(?:real|genuine|authentic|actual|true-life|nyata|sungguhan|asli)\b", re.I)
_SAID_REAL = re.compile(
    r"\b(?:is|are|was|were)\W{1,4}(?:real|genuine|authentic)\b(?! (?:logs|time))|"
    r"\b(?:data|chats|messages|words|picture|figures?|results|findings) (?:of|from|about) (?:an? |the |\w+ )?"
    r"(?:real|actual|genuine)\b|"
    r"\b(?:adalah|merupakan)\W{1,4}(?:nyata|asli)\b|\bdata (?:nyata|asli|sungguhan)\b",
    re.I,
)
_CONSENTED = re.compile(
    r"\b(?:approved|approval (?:was|has|no|number|of|from|by|under)|consented|"
    r"(?:written|informed|oral|verbal|signed) consent|"
    r"(?:gave|given|give|obtained|with) (?:\w+ ){0,2}consent|consent (?:was|of|from)|agreed to|"
    r"disetujui|menyetujui|persetujuan (?:tertulis|lisan|dari|semua)|izin etik|komite etik|lolos etik)\b",
    re.I,
)


def data_are_what_is_said_of_them(subject: Subject) -> Iterator[Finding]:
    """A simulated study says so everywhere, and nothing in it contradicts that; one of real people does not say so."""
    if not (subject.root / "metrics/ingest.json").is_file():
        return
    simulated = subject.json("metrics/ingest.json").get("simulated") is True
    yield from _banners(subject, simulated=simulated)
    yield from _fronts(subject, simulated=simulated)
    if simulated:
        yield from _readme(subject)
        yield from _statements(subject)


def _banners(subject: Subject, *, simulated: bool) -> Iterator[Finding]:
    """Every page of a simulated study has the banner, and no page of another study has it."""
    for place, page in subject.site.items():
        found = _BANNER.findall(re.sub(r"<!--.*?-->", "", page, flags=re.S))
        banners = [words_of(part).lower() for part in found if not _UNSEEN.match(part)]
        if simulated and not any(BANNER in words for words in banners):
            yield Finding(place, "its banner does not say that the data are simulated", REBUILD)
        elif not simulated and any(BANNER in words for words in banners):
            yield Finding(
                place, "its banner says that the data are simulated, and metrics/ingest.json does not", REBUILD
            )


def _fronts(subject: Subject, *, simulated: bool) -> Iterator[Finding]:
    """The first page and those that are handed on say of themselves that the data are simulated, or do not."""
    first = next((name for name, _ in pdf.listed(subject.yaml("book/_toc.yml"))), "index")
    for name in dict.fromkeys((first, *FRONT)):
        place = f"book/{name}.md"
        if place not in subject.pages:
            continue
        shown = visible(subject.paths, subject.pages[place])
        if simulated and not _NOTICE.search(shown):
            yield Finding(place, "nothing on it says, where it is shown, that the data are simulated", SAY)
        elif not simulated and (found := _OF_SIMULATED.search(shown)):
            yield Finding(place, f"it says of data that are not simulated: {found[0].strip()}", SAY)


def visible(paths: study.Paths, text: str) -> str:
    """The lines of a Markdown page that its conditions show and that are not folded or left out."""
    bare = re.sub(r"<!--.*?-->|^%.*?$", "", text, flags=re.S | re.M)
    there = (line for line in markdown.lines(bare) if not line.is_mark)
    return "\n".join(line.text for line in there if all(_is_shown(paths, block) for block in line.within))


def _is_shown(paths: study.Paths, block: markdown.OpenBlock) -> bool:
    """Whether a block shows its content at once."""
    if block.is_condition:
        try:
            return book.holds(paths, block.argument) == (block.name == "when")
        except InputError:
            return True  # the check of bindings reports it
    return block.name not in FOLDED


def _readme(subject: Subject) -> Iterator[Finding]:
    """README of a simulated study says so, and neither it nor the citation says that the data are real."""
    text = subject.text("README.md") if (subject.root / "README.md").is_file() else ""
    if text and not re.search(r"\bsimulat|\bsimulasi|\bfiction|\bfiktif", text, re.I):
        yield Finding("README.md", "it does not say that the data are simulated, as metrics/ingest.json does", FICTION)
    cited = subject.yaml("CITATION.cff") if (subject.root / "CITATION.cff").is_file() else {}
    about = "\n".join(str(cited.get(key) or "") for key in ("title", "abstract", "message"))
    for place, words in (("README.md", text), ("CITATION.cff", about)):
        plain = re.sub(r"[*_`]", "", words)
        for sentence in _sentences(plain):
            if (found := _SAID_REAL.search(sentence)) and not _NOT.search(sentence[: found.end()]):
                yield Finding(place, f"it says of a simulated study: {found[0]}", FICTION)


def _statements(subject: Subject) -> Iterator[Finding]:
    """study.yaml of a simulated study does not say that people are real, agreed or approved, and types no number."""
    about = book.load_study(subject.paths)
    stated = {"title": about["title"], "subtitle": about["subtitle"], "community.kind": about["community"]["kind"]}
    for key, value in stated.items():
        for sentence in _sentences(str(value or "")):
            if (found := _REAL.search(sentence)) and not _NOT.search(sentence[: found.start()]):
                yield Finding("study.yaml", f"{key} says of a simulated study: {found[0]}", FICTION)
        for _, number in bare_numbers(str(value or "")):
            yield Finding("study.yaml", f"{key} gives the number {number}, which nothing computes", "Leave it out.")
    if subject.manifest and not all(row.get("simulated") == "yes" for row in subject.manifest):
        return
    for key in ("ethics", "data_set"):
        for sentence in _sentences(str(about[key] or "")):
            if (found := _CONSENTED.search(sentence)) and not _NOT.search(sentence):
                yield Finding(
                    "study.yaml", f"{key} says {found[0]!r}, and MANIFEST.csv that all data are simulated", FICTION
                )


def _sentences(text: str) -> list[str]:
    """Sentences and items of a text."""
    return re.split(r"(?<=[.!?;])\s+|\n\s*\n|\n(?=[-*|#!])", text)


def citation_is_of_this_study(subject: Subject) -> Iterator[Finding]:
    """Where CITATION.cff cites this study and not the program, it and study.yaml name the same authors, version, date
    and DOI; and the study is not dated before its last message."""
    about = book.load_study(subject.paths)
    yield from _dated(subject, str(about["date"] or ""))
    cited = subject.yaml("CITATION.cff") if (subject.root / "CITATION.cff").is_file() else {}
    if not isinstance(cited, Mapping) or not _is_own(about["title"], str(cited.get("title"))):
        return
    authors = {citation.author_name(each) for each in cited.get("authors") or []}
    named = {str(each["name"]) for each in about["authors"]}
    if named and named != authors:
        others = sorted(named ^ authors)
        yield Finding("study.yaml", f"its authors are not those of CITATION.cff: {', '.join(others)}", ALIKE)
    for key, theirs in (("version", "version"), ("date", "date-released"), ("doi", "doi")):
        mine, other = (citation.bare_doi(str(each or "")) for each in (about[key], cited.get(theirs)))
        if mine and other and not (other.startswith(mine) if key == "date" else other == mine):
            yield Finding("study.yaml", f"its {key} is {mine}, in CITATION.cff {other}", ALIKE)


def _is_own(title: Any, cited: str) -> bool:
    """Whether a cited title is that of the study: the same before a colon, or with all its words."""
    own, other = ([re.findall(r"\w+", part) for part in str(each).lower().split(":", 1)] for each in (title, cited))
    if len(own) == len(other) == 2:
        return own[0] == other[0]
    return set().union(*own) <= set().union(*other)


def _dated(subject: Subject, date: str) -> Iterator[Finding]:
    """A finding if the study is dated before its last message."""
    place = subject.root / "metrics/ingest.json"
    last = str(subject.json("metrics/ingest.json").get("last") or "") if place.is_file() else ""
    if date and last and date < last[: len(date)]:
        yield Finding(
            "study.yaml", f"it is dated {date}, and its last message is of {last[:10]}", "Write the day of the study."
        )
