"""Check that the numbers in prose are computed: none is typed, and every binding has a source.

Prose is the pages of book/, what they include, and the Markdown cells of the notebooks. Not prose: code, the
targets of links and citations, and the computed roles themselves. Numbers are digits of every script, fractions, Roman
numerals, and words that count or share (numerals).
"""

from __future__ import annotations

import ast
import html
import re
from collections.abc import Collection, Iterator
from dataclasses import dataclass

from analysis import book, study
from analysis.errors import InputError
from analysis.local_time import zone_of
from analysis.verify.catalogue import allowances
from analysis.verify.numerals import OF_DATA, deceiving, numerals
from analysis.verify.subject import Finding, Subject

FIX = "Write {num}`step.name|format`, or a reason why it need not be computed in verify/allowed.yaml."
PLAIN = "Write it with the plain letters of one alphabet, and no invisible characters."
# Languages of fenced code: text in any other fence, or in one without a language, is prose
CODE = (
    "python", "py", "pycon", "python3", "ipython", "ipython3", "console", "bash", "sh", "shell", "r", "yaml", "yml",
    "json", "toml", "ini", "csv", "bibtex", "make", "makefile", "docker", "dockerfile", "diff", "html", "css", "js",
    "javascript", "markdown", "md", "myst", "latex", "tex", "sql", "xml", "powershell", "bat", "gitignore",
)  # fmt: skip
LITERAL = ("code", "code-block", "code-cell", "sourcecode", "bibliography")  # directives without prose
UNTITLED = ("when", "unless", "include", "literalinclude", "figure", "image", "raw", "math")  # no prose as argument
BARE = (*LITERAL, "ledger", "advice", "stages", "claims", "about", "checks", "checklist", "outputs", "provenance",
        "dossiers", "allowed", "who-shares", "voiced", "calibration", "reply-table",
        "reliability", "speed", "cite-as")  # fmt: skip  # directives whose whole content is computed
TARGETS = (
    "num",
    "study",
    "verdict",
    "cite",
    "cite:t",
    "cite:p",
    "cite:year",
    "cite:author",
    "fig",
)  # roles whose whole content is a target
LINKS = ("doc", "ref", "term", "download")  # roles in which a title may precede the <target>

_FENCE = re.compile(r"^( *)(`{3,}|~{3,})(.*?)$(.*?)^\1\2 *$", re.M | re.S)
# Output of a command, marked as such; a test compares it with the real output
_SHOWN = re.compile(r"^<!-- shown: [\w-]+ -->\n```text\n(?:(?!```).*\n)*```$", re.M)
_ROLE = re.compile(r"\{([\w:]+)\}`([^`]*)`")
_CODE = re.compile(r"(?<!`)(`+)(?!`)(.+?)(?<!`)\1(?!`)", re.S)
_HIDDEN = re.compile(r"<!--.*?-->|^%.*?$|\]\([^)\s]*\)|^\(\S+\)=$", re.M | re.S)
_COLONS = re.compile(r"^:{3,}(?:\{([\w:-]+)\})?(.*?)$", re.M)
_WORK = re.compile(r"\b([A-Z][\w’'-]+)(?: and [A-Z][\w’'-]+| et al\.?)?,? \(?((?:19|20)\d\d)\b\)?")
_ENTRY = re.compile(r"^@\w+\{.*?(?=^@|\Z)", re.M | re.S)
_NUMBER = re.compile(r"[−-]?\d[\d.,]*(?<![.,])\s?%?")
_ENTITY = re.compile(r"&\w+;")
_SPLIT = re.compile(r"(?<=[^\W_])(?:\*{1,3}|</?(?:b|i|em|strong|span|u|wbr)\b[^<>\n]*>)(?=[^\W_])")  # within a word
_CONDITION = re.compile(r"\{(when|unless)\}([^\n]*)")


@dataclass(frozen=True)
class Binding:
    """A place in prose whose words are computed. kind: num, study, verdict, when or unless; line: from 1."""

    kind: str
    content: str
    line: int


def numbers_are_computed(subject: Subject) -> Iterator[Finding]:
    """Every number in prose is in a computed role, or on the short list of exceptions with their reasons."""
    works = works_of(subject)
    for place, text in subject.prose.items():
        for line, number in bare_numbers(text, works):
            yield Finding(f"{place}, line {line}", f"the number {number} is typed, not computed", FIX)
        for line, what in deceiving(text):
            yield Finding(f"{place}, line {line}", what, PLAIN)
    for place, source in subject.code.items():
        for line, words in handed_on(source):
            for _, number in bare_numbers(words, works):
                yield Finding(f"{place}, line {line}", f"the number {number} is typed, not computed", FIX)
            for _, what in deceiving(words):
                yield Finding(f"{place}, line {line}", what, PLAIN)


def handed_on(source: str) -> Iterator[tuple[int, str]]:
    """Line and words of each text that code passes to a function, such as a caption; computed parts are left out.

    A text without a space is a name or a format, not prose.
    """
    for call in (node for node in ast.walk(ast.parse(source)) if isinstance(node, ast.Call)):
        for given in (*call.args, *(keyword.value for keyword in call.keywords)):
            parts = given.values if isinstance(given, ast.JoinedStr) else [given]
            words = [part.value for part in parts if isinstance(part, ast.Constant) and isinstance(part.value, str)]
            if " " in (text := " … ".join(words)):
                yield given.lineno, text


def works_of(subject: Subject) -> frozenset[tuple[str, str]]:
    """Surname of an author and year of each work in references.bib: the one kind of year that prose may type."""
    entries = _ENTRY.findall(subject.text("book/references.bib"))
    works = set()
    for entry in entries:
        year = re.search(r"^\s*year\s*=\s*[{\"]?(\d{4})", entry, re.M)
        names = re.search(r"^\s*(?:author|editor)\s*=\s*(.*)$", entry, re.M)
        works |= {(name, year[1]) for name in re.findall(r"[A-Z][\w’'-]+", names[1])} if year and names else set()
    return frozenset(works)


def bare_numbers(text: str, works: Collection[tuple[str, str]] = ()) -> list[tuple[int, str]]:
    """Line and words of every number in Markdown that is neither computed, nor part of code, nor allowed.

    works: surname and year of those that may be named with their year.
    """
    own = _SPLIT.sub("", _ENTITY.sub(lambda m: html.unescape(m.group()).replace("\n", " "), plain(text)))
    left = _WORK.sub(lambda m: _blank(m) if (m[1], m[2]) in works else m.group(), own)
    for row in allowances():
        left = re.sub(row.get("pattern") or re.escape(row["text"]), _blank, left)
    digits = [(m.start(), m.group().strip()) for m in _NUMBER.finditer(left)]
    return [(left.count("\n", 0, at) + 1, words) for at, words in sorted([*digits, *numerals(left)])]


def plain(text: str) -> str:
    """The prose of a Markdown text, on the same lines, with everything else blanked."""
    text = _ROLE.sub(_role, _FENCE.sub(_fenced, _SHOWN.sub(_blank, text)))
    text = _CODE.sub(lambda m: m.group() if _counts(m[2]) else _blank(m), text)
    return _COLONS.sub(_head, _HIDDEN.sub(_blank, text))


def _counts(code: str) -> bool:
    """Whether text marked as code is a number, or a number of something, and so not code."""
    return not re.search(r"[^\W\d]", code) or bool(OF_DATA.search(code))


def _head(match: re.Match[str]) -> str:
    """The first or last line of a block between colons: a title is prose, a condition is not."""
    title = "" if match[1] is None or match[1] in (*UNTITLED, *BARE) else match[2]
    return " " * (len(match.group()) - len(title)) + title


def _blank(match: re.Match[str]) -> str:
    return re.sub(r"[^\n]", " ", match.group())


def _fenced(match: re.Match[str]) -> str:
    """A fenced block: code and directives without prose are blanked; of others, the head except its title."""
    name = re.match(r"\{([\w:-]+)\}(.*)", match[3].strip())
    if name is None and match[3].strip().lower() not in CODE:
        return " " * (len(match[1]) + len(match[2])) + plain(match[3] + match[4]) + " " * len(match[2])
    if name is None or name[1] in BARE:
        return _blank(match)
    body, head = match[4], match.group()[: len(match[1]) + len(match[2]) + len(match[3])]
    title = "" if name[1] in UNTITLED else name[2]
    return title.rjust(len(head)) + plain(_formula(body) if name[1] == "math" else body) + " " * len(match[2])


def _formula(text: str) -> str:
    """A formula without its single digits, which are exponents and indices."""
    return re.sub(r"(?<![\d.,])\d(?![\d.,]\d|\d)", " ", text)


def _role(match: re.Match[str]) -> str:
    name, content = match[1], match[2]
    if name in LINKS:
        title = content.rpartition("<")[0]
        return title.ljust(len(match.group())) if "\n" not in match.group() else title + "\n" * content.count("\n")
    return _blank(match) if name in TARGETS else content.rjust(len(match.group()))


def bindings(text: str) -> list[Binding]:
    """Every computed role and condition of a Markdown text."""
    roles = [match for match in _ROLE.finditer(text) if match[1] in ("num", "study", "verdict")]
    places = sorted((m.start(), m[1], m[2].strip()) for m in (*roles, *_CONDITION.finditer(text)))
    return [Binding(kind, content, text.count("\n", 0, at) + 1) for at, kind, content in places]


def bindings_have_a_source(subject: Subject) -> Iterator[Finding]:
    """Every computed role and every condition names an existing value, in a format that fits it."""
    zone = zone_of(subject.paths)
    for place, text in subject.prose.items():
        for binding in bindings(text):
            try:
                written(subject.paths, binding, "en", zone)
            except InputError as error:
                yield Finding(f"{place}, line {binding.line}", error.what, "Name a value that a step wrote.")


def written(paths: study.Paths, binding: Binding, language: str, zone: str) -> str:
    """The text that a binding puts on a page; empty for a condition. Raises InputError when it has no source."""
    if binding.kind in ("when", "unless"):
        book.holds(paths, binding.content)
        return ""
    if binding.kind == "study":
        return book.fact(book.load_study(paths), binding.content, language)
    if binding.kind == "verdict":
        return book.verdict_badge(paths, binding.content, language)
    path, _, spec = binding.content.partition("|")
    return book.prose(book.lookup(paths, path.strip()), spec.strip(), language, zone)
