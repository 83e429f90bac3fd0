"""Hashes of the built site: of each page as a browser parses it, of other files by their bytes, and of its sources.

The book's stage writes it next to the site, and DVC holds both. A page's parts have a hash each, so that a changed page
is reported by the part that changed: its words, its links, its scripts.
"""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Iterable, Iterator, Mapping
from functools import lru_cache
from html.parser import HTMLParser
from pathlib import Path

from analysis import disk
from analysis.drawings import with_strokes

NAME = "site.json"
FOLDER = "html"
DOWNLOADS = "_static/downloads.js"  # the script that tells the pages which PDFs there are
UNHASHED = {"book.pdf", "ringkasan.pdf", DOWNLOADS}  # made after the build, where there is a Chromium (docs/adr/0020)
RAW = "data/raw"
BYTES = "its bytes"
WHOLE = "its elements or their attributes"  # the part of a page that holds all others
COMMENTS = "its comments, or what a browser may take for one"
_OFFER = "window.guyubDownloads = "
_BLANK = re.compile(r"\s+")
VERBATIM = ("script", "style", "pre", "textarea")
POINTING = ("href", "src", "srcset", "action", "data", "poster", "content", "cite", "formaction")
SAYING = ("alt", "title", "aria-label", "placeholder", "summary", "lang", "aria-hidden", "hidden")

_OWN_STROKES = re.compile(r"\bstrokes\s*=", re.I)  # an attribute that only page_hashes writes
# Tags whose end every parser finds at the same character.
_PLAIN_START = re.compile(
    r"""<[a-z][^\s/>]*+(?:\s++[^\s"'<>/=]++(?:\s*+=\s*+(?:"[^"]*+"|'[^']*+'|[^\s"'=<>`]++))?+)*+\s*+/?>""", re.I
)
_PLAIN_END = re.compile(r"</[a-z][^\s/>]*+\s*+>", re.I)


class PageParser(HTMLParser):
    """A parser of a page's HTML. What it skips, and a browser may begin or end elsewhere, is passed on as written:
    comments of any form, CDATA, processing instructions, tags with odd characters. No page stops it."""

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)

    def handle_skipped(self, written: str) -> None:
        """Handle what is neither element nor words, as written."""

    def handle_comment(self, data: str) -> None:
        self.handle_skipped(data)

    def unknown_decl(self, data: str) -> None:
        self.handle_skipped(data)

    def parse_comment(self, i: int, report: bool = True) -> int:
        return self._skipped(i, super().parse_comment(i, False))

    def parse_pi(self, i: int) -> int:
        return self._skipped(i, super().parse_pi(i))

    def parse_html_declaration(self, i: int) -> int:
        """`<!doctype ...>`; to a browser anything else that begins with `<!` is a comment up to the next `>`."""
        if self.rawdata[i : i + 9].lower() == "<!doctype":
            return super().parse_html_declaration(i)
        return self._skipped(i, self.rawdata.find(">", i) + 1 or -1)

    def parse_starttag(self, i: int) -> int:
        end = super().parse_starttag(i)
        return end if end < 0 or _PLAIN_START.fullmatch(self.rawdata, i, end) else self._skipped(i, end)

    def parse_endtag(self, i: int) -> int:
        end = super().parse_endtag(i)
        return end if end < 0 or _PLAIN_END.fullmatch(self.rawdata, i, end) else self._skipped(i, end)

    def _skipped(self, start: int, end: int) -> int:
        if end >= 0:
            self.handle_skipped(self.rawdata[start:end])
        return end


class _Outline(PageParser):
    """A page as lines: an element with its attributes by name, a run of words, an end, a comment."""

    def __init__(self) -> None:
        super().__init__()
        self.lines: dict[str, list[str]] = {}
        self._inside = ""
        self._words: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.flush()
        given = sorted((name, _BLANK.sub(" ", value or "").strip()) for name, value in attrs)
        self._note(WHOLE, json.dumps([tag, given], ensure_ascii=False))
        if len({name for name, _ in attrs}) < len(attrs):  # of a repeated attribute, a browser takes the first
            self.handle_skipped(self.get_starttag_text() or "")
        for what, names in (("its links and sources", POINTING), ("what its elements are called", SAYING)):
            self._note(what, *(f"{tag} {name} {value}" for name, value in given if name in names))
        self._inside = tag if tag in VERBATIM else self._inside

    def handle_endtag(self, tag: str) -> None:
        self.flush()
        self._note(WHOLE, f"/{tag}")
        self._inside = "" if tag == self._inside else self._inside

    def handle_data(self, data: str) -> None:
        self._words.append(data)

    def handle_decl(self, decl: str) -> None:
        self._note(WHOLE, f"!{decl}")

    def handle_skipped(self, written: str) -> None:
        self.flush()
        for part in (COMMENTS, WHOLE):
            self._note(part, f"<{_BLANK.sub(' ', written)}")

    def flush(self) -> None:
        """Note the words since the last tag: in a script as they are, elsewhere with single spaces."""
        text, self._words = "".join(self._words), []
        text = text if self._inside in VERBATIM else _BLANK.sub(" ", text)
        if text.strip():
            part = f"its {self._inside}" if self._inside in ("script", "style") else "its words"
            self._note(part, text)
            self._note(WHOLE, f"={text}")

    def _note(self, part: str, *lines: str) -> None:
        self.lines.setdefault(part, []).extend(lines)


@lru_cache(maxsize=256)
def page_hashes(text: str) -> dict[str, str]:
    """SHA-256 of a page's parts, by their description; under WHOLE that of all of it. White space between words and
    the order of attributes do not count, except among the strokes of a drawing."""
    tree = _Outline()
    for written in _OWN_STROKES.findall(text):  # a page with the attribute that replaces strokes here must differ
        tree.handle_skipped(written)
    tree.feed(with_strokes(text, lambda run: f'<path strokes="{_hash(run.encode())}"/>'))
    tree.close()
    tree.flush()
    return {part: _hash("\n".join(lines).encode()) for part, lines in sorted(tree.lines.items())}


def hashes(folder: Path, known: Mapping[str, Mapping[str, str]] | None = None) -> dict[str, dict[str, str]]:
    """Hashes of each file of a built site, by path: of its bytes and, for a page, of its parts.

    known: earlier hashes; a file with the same bytes keeps them, and is not parsed again.
    """
    return dict(_hashed(folder, known or {}))


def _hashed(folder: Path, known: Mapping[str, Mapping[str, str]]) -> Iterator[tuple[str, dict[str, str]]]:
    for path in sorted(path for path in folder.rglob("*") if path.is_file()):
        if (name := path.relative_to(folder).as_posix()) not in UNHASHED:
            raw, there = path.read_bytes(), known.get(name, {})
            yield name, dict(there) if there.get(BYTES) == _hash(raw) else file_hashes(path.suffix, raw)


def file_hashes(suffix: str, raw: bytes) -> dict[str, str]:
    """Hashes of one file of a site. suffix: its name's ending."""
    parts = page_hashes(raw.decode("utf-8", "backslashreplace")) if suffix == ".html" else {}
    return parts | {BYTES: _hash(raw)}


def sources(root: Path, places: Iterable[str]) -> dict[str, str]:
    """SHA-256 of the sources of a book, by path. places: files and folders below root.

    Raw files count in one hash without their names, because an export may be named after a person.
    """
    named = sorted({path for place in places for path in _files(root / place)})
    raw = [path for path in named if path.is_relative_to(root / RAW)]
    hashed = {path.relative_to(root).as_posix(): _hash(path.read_bytes()) for path in named if path not in raw}
    listed = "".join(f"{_hash(path.read_bytes())}  {path.relative_to(root)}\n" for path in raw)
    return hashed | ({RAW: _hash(listed.encode())} if raw else {})


def _files(place: Path) -> list[Path]:
    left = ("__pycache__", ".ipynb_checkpoints")
    inner = [path for path in place.rglob("*") if path.is_file()] if place.is_dir() else [place]
    return [path for path in inner if path.is_file() and not set(left) & set(path.parts) and path.suffix != ".pyc"]


def write(folder: Path, built_from: Mapping[str, str]) -> Path:
    """Write the hashes of the site in folder, and of what it was built from, next to it. Returns the file."""
    target = folder.parent / NAME
    whole = {"site": hashes(folder), "built_from": built_from}
    disk.write_text(target, json.dumps(whole, indent=1, ensure_ascii=False) + "\n")
    return target


# PDFs of the site


def made(folder: Path, names: Iterable[str]) -> dict[str, dict[str, str]]:
    """The existing PDFs of a site, by name: the hash of each, and that of the record of the present site."""
    of = _hash((folder.parent / NAME).read_bytes())
    there = sorted(name for name in names if (folder / name).exists())
    return {name: {"sha256": _hash((folder / name).read_bytes()), "site": of} for name in there}


def offer(folder: Path, pdfs: Mapping[str, Mapping[str, str]]) -> None:
    """Let the pages of a site link to these PDFs, and to no other."""
    (folder / DOWNLOADS).write_text(offering(pdfs), encoding="utf-8")


def offering(pdfs: Mapping[str, Mapping[str, str]]) -> str:
    """The script that offers PDFs."""
    return f"{_OFFER}{json.dumps(pdfs, sort_keys=True)};\n"


def downloads(folder: Path) -> dict[str, dict[str, str]] | None:
    """The PDFs that a site offers; None where the script does not list them."""
    path = folder / DOWNLOADS
    text = path.read_text(encoding="utf-8") if path.exists() else ""
    return json.loads(text.removeprefix(_OFFER).rstrip(";\n")) if text.startswith(_OFFER) else None


def changed(before: Mapping[str, str], now: Mapping[str, str]) -> list[str]:
    """Parts of a file that differ; the whole only if none of its parts does. A page's bytes never count, since white
    space and the order of attributes do not."""
    parts = [part for part in sorted({*before, *now}) if before.get(part) != now.get(part)]
    if WHOLE in before:
        parts = [part for part in parts if part != BYTES]
    return [part for part in parts if part != WHOLE] or parts


def _hash(raw: bytes) -> str:
    return hashlib.sha256(raw).hexdigest()
