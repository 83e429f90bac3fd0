"""Check that the built book shows the content of its parts: outputs of notebooks, computed numbers, verdicts.

The check `outputs` compares every byte of the book with dvc.lock. This check reads the pages themselves, so it also
fails when a page was changed together with dvc.lock. `guyub verify --rerun` builds the book again.
"""

from __future__ import annotations

import html
import posixpath
import re
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from functools import lru_cache
from typing import Any
from urllib.parse import unquote

from analysis import book, study
from analysis.book import downloads, light_pages, pdf, translation
from analysis.claims.ledger import leanings, number_lines
from analysis.claims.rule import load_claims
from analysis.claims.words import badge
from analysis.local_time import zone_of
from analysis.recommendations.actions import computed
from analysis.scan import readable
from analysis.verify import markdown
from analysis.verify.prose import bindings, written
from analysis.verify.subject import REBUILD, SITE, Finding, Subject, md5

_COMPUTED = re.compile(r'<span class="computed"(?: title="[^"]*")?>(.*?)</span>', re.S)
_FRONT = re.compile(r"\A---\n.*?\n---\n", re.S)  # a page's metadata for Sphinx
_VERDICT = re.compile(r'<span class="verdict[^"]*">(.*?)</span>', re.S)
_TABLE = re.compile(r"```\{(ledger|advice|actions(?:-in-full)?)\}")
# Marks of Markdown, except characters escaped by a backslash (the group) and underscores within a name
_MARKS = re.compile(r"\\(\W|_)|[\\*`]|(?<![A-Za-z0-9])_|_(?![A-Za-z0-9])")
_AND = re.compile(r"&(?!#?\w+;)")  # an & that does not begin an HTML entity, which in Markdown ends with a semicolon
_INLINE = re.compile(rf"</?(?:wbr|{'|'.join(sorted(readable.INLINE))})\b[^>]*>")
_CODE = re.compile(r"^(`{3,}|~{3,}).*?^\1 *$|<!--.*?-->|^%.*?$|^ *:{3,}.*?$|^\(\S+\)=$", re.M | re.S)
_GLOSSARY = re.compile(r"^```\{glossary\}\n(.*?)^``` *$", re.M | re.S)  # prose, although between marks of code
_ASIDE = re.compile(r"(?s)\{[\w:]+\}`[^`]*`|(`+)(?!`).+?(?<!`)\1(?!`)|\]\([^)]*\)|\[")  # of prose: roles, code, links
_APART = re.compile(r"\{[\w:]+\}`[^`]*`|\]\([^)]*\)|\[|^ *\d+\. ", re.M)  # of an output: roles, links, numbers of items
_ABOUT = re.compile(r'<meta (?:name="description"|property="og:(?:title|description)") content="([^"]*)"')
_TITLE = re.compile(r'<meta property="og:title" content="([^"]*)"')
_TO_A_PAGE = re.compile(r'<a class="reference internal" href="([^"#?]+)"><span class="doc">([^<]*)</span></a>')
_LINK = re.compile(r"""<a\s(?:[^<>]*?\s)?href=(["'])(.*?)\1[^<>]*>((?:(?!</a>).){1,400}?)</a>""", re.S)
_ADDRESS = re.compile(r"(?:doi:\s*|https?://|www\.|mailto:)\S+|10\.\d{4,9}/\S+|[\w.+-]+@[\w-]+(?:\.[\w-]+)+", re.I)
_DOI = re.compile(r"(?:doi:\s*)?(10\.\d{4,9})$", re.I)
_SCHEME = re.compile(r"^(?:https?://|mailto:)?(?:www\.|dx\.)?", re.I)
_EXPLAINED = re.compile(r'<a class="term" data-meaning="([^"]*)" href="([^"]+)"')
_ENTRY = re.compile(r'((?:<dt id="term-[^"]+".*?</dt>\s*)+)<dd>\s*<p>(.*?)</p>', re.S)  # of a glossary
_TERM_ID = re.compile(r'<dt id="(term-[^"]+)"')
_ANY_TAG = re.compile(r"<[^>]+>")
_TYPED = str.maketrans("‘’“”", "''\"\"")  # a page sets the quotation marks of a value as those of all prose
_BLOCK = re.compile(r"\n\s*\n|^ *(?:[-*+>]|\d+\.|#+) |\|", re.M)  # where another paragraph, item or cell begins


def pages_show_their_parts(subject: Subject) -> Iterator[Finding]:
    """Each chapter shows every output of its notebook, each page its source's words and the values of its bindings."""
    claims = load_claims(subject.root / "claims.yaml")
    for step, notebook in subject.executed.items():
        chapter = subject.paths.executed(step).stem
        cells = book.page_cells(notebook.cells, chapter, claims)
        text = "\n\n".join(cell.source for cell in cells if cell.cell_type == "markdown")
        yield from _page_findings(subject, f"executed/{chapter}", text, cells)
    for name, text in subject.pages.items():
        yield from _page_findings(subject, name.removeprefix("book/").removesuffix(".md"), text, [])
    folder = subject.root / SITE / "_sources"  # copies of the sources, which the book offers with its pages
    for copy in sorted(path for path in folder.rglob("*") if path.is_file()):
        source = subject.paths.book / copy.relative_to(folder)
        if not source.is_file() or md5(source) != md5(copy):
            yield Finding(subject.name(copy), "it is not the source of the page that offers it", REBUILD)
    yield from _taken_along(subject)
    yield from _links_astray(subject)
    yield from _other_meanings(subject)


def _taken_along(subject: Subject) -> Iterator[Finding]:
    """Numbers and links of figures and tables that are not those of their page, and downloads that differ from what it
    shows."""
    toc = pdf.listed(subject.yaml("book/_toc.yml"))
    listed = {name: subject.site.get(f"{SITE}/{name}.html", "") for name, _ in toc}
    pages = downloads.pages(listed, lambda name: _words(subject, name))
    for page in pages:
        if downloads.dressed(page) != listed[page.name]:
            what = "numbers or links of its figures and tables are not those that the page gives"
            yield Finding(f"{SITE}/{page.name}.html", what, REBUILD)
    made = downloads.everything(subject.paths, pages)
    folder = subject.root / SITE / downloads.FOLDER
    there = {path.relative_to(folder).as_posix(): path.read_bytes() for path in subject.files(folder)}
    for name in sorted(name for name in {*made, *there} if made.get(name) != there.get(name)):
        yield Finding(f"{SITE}/{downloads.FOLDER}/{name}", "it does not hold what its page shows", REBUILD)


def _links_astray(subject: Subject) -> Iterator[Finding]:
    """Links that are named after a page of the book or show a web address, but lead to another one."""
    titles = {place: html.unescape(found[1]) for place, page in subject.site.items() if (found := _TITLE.search(page))}
    for place, page in subject.site.items():
        for address, shown in _TO_A_PAGE.findall(page):
            target = posixpath.normpath(posixpath.join(posixpath.dirname(place), address))
            called = html.unescape(shown)
            if called in titles.values() and titles.get(target) != called:
                yield Finding(place, f"its link {called!r} leads to {address}", REBUILD)
        for _, address, inner in _LINK.findall(page):
            shown = _ADDRESS.search("".join(html.unescape(_ANY_TAG.sub("", inner)).split("\u200b")))
            if shown and _bare_address(shown[0]) != _bare_address(html.unescape(address)):
                yield Finding(place, f"its link {shown[0]!r} leads to {html.unescape(address)}", REBUILD)


def _bare_address(written: str) -> str:
    """A web or mail address, or a DOI, in a form that is the same for all ways of writing it."""
    host, slash, path = _SCHEME.sub("", unquote(written).rstrip("/.,;)")).partition("/")
    if found := _DOI.match(host):
        host, slash, path = "doi.org", "/", f"{found[1]}{slash}{path}"
    return f"{host.casefold()}{slash}{path.casefold() if host == 'doi.org' else path}"


def _other_meanings(subject: Subject) -> Iterator[Finding]:
    """Terms whose meaning where they are used differs from that in the glossary that they link to."""
    meanings = {
        f"{posixpath.normpath(place)}#{term}": " ".join(html.unescape(_ANY_TAG.sub("", meaning)).split())
        for place, page in subject.site.items()
        for terms, meaning in _ENTRY.findall(page)
        for term in _TERM_ID.findall(terms)
    }
    for place, page in subject.site.items():
        for meaning, address in _EXPLAINED.findall(page):
            target = posixpath.normpath(posixpath.join(posixpath.dirname(place), address))
            if meanings.get(target) != html.unescape(meaning):
                yield Finding(place, f"a term is explained otherwise than in the glossary: {meaning[:60]!r}", REBUILD)


def _words(subject: Subject, page: str) -> Callable[[str], str]:
    """The translator into a page's language."""
    folder, language = subject.paths.book / "locale", subject.language(page)
    return lambda text: translation.translated(folder, language, text)


def _page_findings(subject: Subject, name: str, text: str, cells: list[Any]) -> Iterator[Finding]:
    """What is wrong with a page. name: below book/; text: its prose in Markdown; cells: whose outputs it shows."""
    place = f"{SITE}/{name}.html"
    page = downloads.bare(subject.site.get(place, ""))
    if not page:
        yield Finding(place, "the page is not in the book", REBUILD)
        return
    wrong = [f"it does not show, in its place, what cell {cell} put out" for cell in cells_not_shown(cells, page)]
    wrong += _wrong_values(subject, name, text, page)
    missing = (words[:60] for words in words_not_shown(text, page))
    wrong += [f"it does not say, in its place, what its source does: {words!r}" for words in missing]
    wrong += [f"its head says of it what it does not: {said[:60]!r}" for said in _only_in_the_head(subject.site[place])]
    yield from (Finding(place, what, REBUILD) for what in wrong)


def _only_in_the_head(page: str) -> Iterator[str]:
    """Titles and first words in a page's head, for other sites to show, that are not on the page."""
    return (said for said in _ABOUT.findall(page) if words_of(said) not in words_of(page))


def cells_not_shown(cells: Iterable[Any], page: str) -> Iterator[str]:
    """Cells whose outputs a page does not show in the cells' order: HTML verbatim, Markdown by its words."""
    said, at = words_of(page), {"text/html": 0, "text/markdown": 0}
    for cell in (cell for cell in cells if cell.cell_type == "code"):
        for kind, part in (part for output in cell.outputs for part in _parts(output.get("data", {}))):
            shown_in = page if kind == "text/html" else said
            part = light_pages.unpacked(part, "../") if kind == "text/html" else part
            if (place := shown_in.find(part, at[kind])) < 0:
                yield str(cell.get("id"))
                break
            at[kind] = place + len(part) - 1  # the blank after words may be the one before the next


def words_not_shown(text: str, page: str) -> Iterator[str]:
    """Runs of words of a Markdown text that a page does not show in the text's order.

    Computed values, code and conditional text are left out.
    """
    said, at = words_of(page), 0
    text = _GLOSSARY.sub(r"\1", _FRONT.sub("", text))
    for part in _ASIDE.split("\n\n".join(_BLOCK.split(_CODE.sub("\n\n", "\n".join(shown_lines(text).values()))))):
        for run in re.split(r"\n\s*\n", part or ""):
            words = _words_written(run)
            if (place := said.find(words, at)) < 0:
                yield words.strip()
            else:
                at = place + len(words) - 1


def shown_lines(text: str) -> dict[int, str]:
    """Lines of a Markdown text by their number, from 1, without conditional ones."""
    return {line.number: line.text for line in markdown.lines(text) if not line.conditions}


def _parts(data: Mapping[str, str]) -> Iterator[tuple[str, str]]:
    """The pieces of an output that a page must contain, each with its kind."""
    if "text/html" in data:
        if shown := data["text/html"].strip():
            yield "text/html", shown
    elif "text/markdown" in data:
        for part in _APART.split(data["text/markdown"]):
            yield "text/markdown", _words_written(part)


def _words_written(text: str) -> str:
    """The words of a text in Markdown as a page shows them."""
    return words_of(_AND.sub("&amp;", _MARKS.sub(r"\1", text.replace(r"\<", "&lt;"))))


@lru_cache(maxsize=1024)
def words_of(text: str) -> str:
    """The words of a text or page, without tags, between single spaces; a tag that begins a block separates words."""
    words = re.findall(r"\w+", html.unescape(re.sub(r"</?[a-zA-Z!][^>]*>", " ", _INLINE.sub("", text))))
    return f" {' '.join(words)} " if words else " "


def _wrong_values(subject: Subject, name: str, text: str, page: str) -> Iterator[str]:
    """Values that a page shows without a binding, fails to show, or shows in the wrong place."""
    for kind, pattern in (("num", _COMPUTED), ("verdict", _VERDICT)):
        shown = [value.translate(_TYPED) for value in map(html.unescape, pattern.findall(page)) if value]
        given = [(value.translate(_TYPED), always) for value, always in _given(subject, name, text, kind)]
        counted, may = Counter(shown), Counter(value for value, _ in given)
        must = Counter(value for value, always in given if always)
        for value in sorted(wrong := {*(counted - may), *(must - counted)}):
            state = "shows a value that no binding gives" if value in counted - may else "does not show"
            yield f"it {state}: {value}"
        if not wrong and (value := out_of_place(shown, given)):
            yield f"it shows a value in the place of another: {value}"


def _given(subject: Subject, name: str, text: str, kind: str) -> list[tuple[str, bool]]:
    """Values that a page's bindings, its ledger and its advice give, in the order of the source, and whether each is
    always shown. kind: num or verdict."""
    language, zone, lines = subject.language(name), zone_of(subject.paths), shown_lines(text)
    given = [
        (binding.line, written(subject.paths, binding, language, zone), binding.line in lines)
        for binding in bindings(text)
        if binding.kind == kind
    ]
    for line, directive in ((number, _TABLE.match(words)) for number, words in enumerate(text.splitlines(), 1)):
        if directive:
            given += [(line, value, True) for value in _tabled(subject, directive[1], kind, language)]
    return [(value, always) for _, value, always in sorted(given, key=lambda each: each[0]) if value]


def _tabled(subject: Subject, directive: str, kind: str, language: str) -> Iterator[str]:
    """Values that a directive's table shows, in its order."""
    if directive == "ledger":
        leaning = leanings(subject.paths)
        for row in study.read_metrics(subject.paths, "claims")["claims"]:
            lines = number_lines(row, leaning=leaning.get(row["id"], ""))
            yield badge(row) if kind == "verdict" else next(iter(lines), "")
    elif kind == "num":
        advised = study.read_metrics(subject.paths, "recommendations")
        for entry in advised["advice"] if directive == "advice" else ():
            yield from computed(entry, language)
        if directive.startswith("actions"):
            yield from advised[directive.replace("-", "_")].get(language, [])


def out_of_place(shown: Sequence[str], given: Sequence[tuple[str, bool]]) -> str:
    """The first value of a page that does not follow those before it in the order in which values are given.

    given: each value, and whether a page must show it. Empty where all do.
    """
    ends = _with_skipped({0}, given)  # the numbers of given values that those so far may have used up
    for value in shown:
        ends = _with_skipped({at + 1 for at in ends if at < len(given) and given[at][0] == value}, given)
        if not ends:
            return value
    return "" if len(given) in ends else given[max(ends)][0]


def _with_skipped(ends: Iterable[int], given: Sequence[tuple[str, bool]]) -> set[int]:
    """Positions among the given values, and those reachable from them by skipping values that need not be shown."""
    reached = set[int]()
    for at in ends:
        reached.add(at)
        while at < len(given) and not given[at][1]:
            at += 1
            reached.add(at)
    return reached
