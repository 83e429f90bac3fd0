"""The book's fixed words in other languages: book/locale/LANGUAGE/LC_MESSAGES/book.po, as gettext and Sphinx keep them.

Everything is written in English first, and what a catalogue does not contain stays in English.
book/locale/book.pot lists what is to be translated: to add a language, copy it to that language's folder.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import cache
from pathlib import Path

from babel.messages.pofile import PoFileError, read_po  # Sphinx brings it

from analysis import study
from analysis.errors import InputError

SOURCE = "en"
DOMAIN = "book"
_FIRST = re.compile(r"^# (.+)$", re.M)
_CAPTION = re.compile(r"^\s*- caption: (.+)$", re.M)
_ROLE = re.compile(r"\{\w+\}`[^`]*`")


def catalogue(folder: Path, language: str) -> dict[str, str]:
    """The translations in a language's catalogue, by the English text; empty where there is none.

    folder: book/locale. Raises InputError when the file is not a catalogue.
    """
    path = folder / language / "LC_MESSAGES" / f"{DOMAIN}.po"
    return dict(_read(path, path.stat().st_mtime_ns)) if path.exists() else {}


@cache
def _read(path: Path, _time: int) -> tuple[tuple[str, str], ...]:
    try:
        with path.open("rb") as file:
            entries = list(read_po(file, abort_invalid=True))
    except (PoFileError, ValueError) as error:
        raise InputError(f"this is not a catalogue of translations: {error}", path=path) from error
    return tuple((str(e.id), str(e.string)) for e in entries if e.id and e.string and not e.fuzzy)


def translated(folder: Path, language: str, text: str) -> str:
    """A fixed word or line of the book in a language; in English if the catalogue lacks it."""
    return catalogue(folder, language).get(text, text)


def languages(folder: Path) -> list[str]:
    """The languages that have a catalogue."""
    return sorted(path.parents[1].name for path in folder.glob(f"*/LC_MESSAGES/{DOMAIN}.po"))


def to_translate(paths: study.Paths) -> set[str]:
    """What a catalogue should contain: the lines of book.pot, the titles of pages and chapters, the captions of parts.

    Raises InputError when a page or a notebook cannot be read.
    """
    template = paths.book / "locale" / f"{DOMAIN}.pot"
    lines = set()
    if template.exists():
        with template.open("rb") as file:
            lines = {str(entry.id) for entry in read_po(file) if entry.id}
    toc = paths.book / "_toc.yml"
    captions = _CAPTION.findall(toc.read_text(encoding="utf-8")) if toc.exists() else []
    return lines | set(captions) | set(_titles(paths))


def _titles(paths: study.Paths) -> Iterator[str]:
    """First headings of pages and chapters, without those that are computed."""
    sources = [study.read_text(page) for page in sorted(paths.book.glob("*.md"))]
    for step in study.STEPS:
        if paths.notebook(step).exists():
            sources.append(study.read_notebook(paths.notebook(step)).cells[0].source)
    yield from (found[1] for text in sources if (found := _FIRST.search(text)) and not _ROLE.search(found[1]))


def untranslated(paths: study.Paths) -> dict[str, list[str]]:
    """The texts that each language's catalogue lacks, by language; the book shows them in English.

    Raises InputError when a catalogue, a page or a notebook cannot be read.
    """
    wanted, folder = to_translate(paths), paths.book / "locale"
    return {language: sorted(wanted - set(catalogue(folder, language))) for language in languages(folder)}
