"""Check that the page of references agrees with the bibliography: title, year, volume and address of each work."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping

from analysis.verify.pages import words_of
from analysis.verify.subject import REBUILD, SITE, Finding, Subject

BIBLIOGRAPHY, PAGE = "book/references.bib", f"{SITE}/references.html"
SHOWN = ("title", "year", "doi", "url")  # fields that the page shows
WITH_PAGES = ("volume", "number", "pages")  # shown only for a work that has pages
FIX = f"{REBUILD}; if the bibliography was changed by hand, take it from git."
_ENTRY = re.compile(r"^@(\w+)\s*\{\s*([^,\s]+)\s*,(.*?)^\}", re.M | re.S)
_FIELD = re.compile(r"^\s*(\w+)\s*=\s*(?:\{(.*)\}|\"(.*)\"|(\d+))\s*,?\s*$", re.M)
_WORK = re.compile(r'<div class="citation".*?</div>', re.S)


def references_are_those_of_the_bibliography(subject: Subject) -> Iterator[Finding]:
    """Each work that the page of references shows, identified by title or DOI, is as in the bibliography. A work
    that no page cites is not shown."""
    shown = [_said(work) for work in _WORK.findall(subject.site.get(PAGE, ""))]
    for key, fields in entries(subject.text(BIBLIOGRAPHY)):
        names = (*SHOWN, *(WITH_PAGES if "pages" in fields else ()))
        wanted = {name: _said(fields[name]) for name in names if fields.get(name)}
        meant = [work for work in shown if any(wanted.get(name, "\0") in work for name in ("title", "doi"))]
        lacking = [[name for name in wanted if wanted[name] not in work] for work in meant]
        if lacking and all(lacking):
            yield Finding(PAGE, f"it shows another {min(lacking, key=len)[0]} of {key} than {BIBLIOGRAPHY}", FIX)


def entries(text: str) -> Iterator[tuple[str, Mapping[str, str]]]:
    """Key and fields of each entry of a bibliography, without braces; fields with commands of LaTeX are left out."""
    for _, key, body in _ENTRY.findall(text):
        fields = {name.lower(): braced or quoted or number for name, braced, quoted, number in _FIELD.findall(body)}
        yield key, {name: re.sub(r"[{}]", "", value) for name, value in fields.items() if "\\" not in value}


def _said(text: str) -> str:
    return words_of(text.replace("--", "–")).lower()
