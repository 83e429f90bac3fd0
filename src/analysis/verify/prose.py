"""Whether the numbers in prose are computed: none typed, and every binding leads somewhere.

Prose is book/*.md and the Markdown cells of the notebooks. What is no prose: code, the targets of links and citations,
and the computed roles themselves. Numbers written as words ("forty members") are not seen.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

from analysis import book, study
from analysis.claims.rule import VERDICTS
from analysis.errors import InputError
from analysis.verify.catalogue import allowances
from analysis.verify.subject import Finding, Subject

FIX = "Write {num}`step.name|format`, or a reason why it need not be computed in verify/allowed.yaml."
LITERAL = ("code", "code-block", "code-cell", "sourcecode", "math", "bibliography", "raw")  # directives without prose
BARE = (*LITERAL, "ledger", "stages", "claims", "about", "checks", "checklist", "outputs", "provenance", "allowed")
TARGETS = ("num", "study", "verdict", "cite", "cite:t", "cite:p", "cite:year", "cite:author")  # roles: all is a target
LINKS = ("doc", "ref", "term", "download")  # roles: a title may precede the <target>

_FENCE = re.compile(r"^( *)(`{3,}|~{3,})(.*?)$(.*?)^\1\2 *$", re.M | re.S)
_ROLE = re.compile(r"\{([\w:]+)\}`([^`]*)`")
_CODE = re.compile(r"(?<!`)(`+)(?!`)(.+?)(?<!`)\1(?!`)", re.S)
_HIDDEN = re.compile(r"<!--.*?-->|^%.*?$|^:{3,}.*?$|\]\([^)\s]*\)|^\(\S+\)=$", re.M | re.S)
_NUMBER = re.compile(r"[−-]?\d[\d.,]*(?<![.,])\s?%?")
_CONDITION = re.compile(r"\{(when|unless)\}([^\n]*)")


@dataclass(frozen=True)
class Binding:
    """A place in prose whose words are computed. kind: num, study, verdict, when or unless; line: from 1."""

    kind: str
    content: str
    line: int


def numbers_are_computed(subject: Subject) -> Iterator[Finding]:
    """Every number in prose is in a computed role, or on the short list of those that need none, with reasons."""
    for place, text in subject.prose.items():
        for line, number in bare_numbers(text):
            yield Finding(f"{place}, line {line}", f"the number {number} is typed, not computed", FIX)


def bare_numbers(text: str) -> list[tuple[int, str]]:
    """Line and digits of every number in Markdown that is neither computed, nor part of code, nor allowed."""
    left = plain(text)
    for row in allowances():
        left = re.sub(row.get("pattern") or re.escape(row["text"]), _blank, left)
    return [(left.count("\n", 0, m.start()) + 1, m.group().strip()) for m in _NUMBER.finditer(left)]


def plain(text: str) -> str:
    """The prose of a Markdown text, all else blanked, on the same lines."""
    text = _ROLE.sub(_role, _FENCE.sub(_fenced, text))
    text = _CODE.sub(lambda m: m.group() if not re.search(r"[^\W\d]", m[2]) else _blank(m), text)
    return _HIDDEN.sub(_blank, text)


def _blank(match: re.Match[str]) -> str:
    return re.sub(r"[^\n]", " ", match.group())


def _fenced(match: re.Match[str]) -> str:
    """A fenced block: code and directives that hold no prose are blanked, of others the head alone."""
    name = re.match(r"\{([\w:-]+)\}", match[3].strip())
    if name is None or name[1] in BARE:
        return _blank(match)
    body = match[4]
    return re.sub(r"[^\n]", " ", match.group()[: match.group().index(body)]) + plain(body) + " " * len(match[2])


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
    """Every computed role and every condition names a value that is there, in a format that fits it."""
    zone = book.zone_of(subject.paths)
    for place, text in subject.prose.items():
        for binding in bindings(text):
            try:
                written(subject.paths, binding, "en", zone)
            except InputError as error:
                yield Finding(f"{place}, line {binding.line}", error.what, "Name a value that a step wrote.")


def written(paths: study.Paths, binding: Binding, language: str, zone: str) -> str:
    """What a binding writes on a page; a condition writes nothing. Raises InputError when it leads nowhere."""
    if binding.kind in ("when", "unless"):
        book.holds(paths, binding.content)
        return ""
    if binding.kind == "study":
        return book.fact(book.load_study(paths), binding.content, language)
    if binding.kind == "verdict":
        return verdict_word(paths, binding.content, language)
    path, _, spec = binding.content.partition("|")
    return book.prose(book.lookup(paths, path.strip()), spec.strip(), language, zone)


def verdict_word(paths: study.Paths, name: str, language: str) -> str:
    """A verdict's symbol and word, by the claim's name or by the word itself. Raises InputError when it is neither."""
    given = {row["id"]: row["verdict"] for row in study.read_metrics(paths, "claims")["claims"]}
    verdict = given.get(name, name)
    if verdict not in VERDICTS:
        raise InputError(f"no claim and no verdict is called {verdict!r}")
    return f"{VERDICTS[verdict]} {book.verdict_word(verdict, language)}"
