"""Corruptions made at random, each by a generator with a seed, of the kinds that a study can suffer.

A mutation is a function of a random generator that returns what was changed, in words, and the changed thing. Tests and
benchmarks/verify.py call with each the one check that is concerned, on a study that was read once.
"""

from __future__ import annotations

import hashlib
import itertools
import json
import random
import re
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from unittest import mock

from analysis import site, study
from analysis.verify import cards, checks, closed, damage, environment, lock, prose, quotations, release
from analysis.verify.subject import Subject, timed

WORDS = ("approved", "never", "most", "always", "significant", "proven")
TEXT = re.compile(r">([^<>{}]*[A-Za-z]{3}[^<>{}]*)<")
ATTRIBUTE = re.compile(r'\s(href|src|alt|class|id|title|aria-label|style|rel|datetime|colspan)="([^"]*)"')
ELEMENT = re.compile(r"<(p|li|tr|h2|h3|dd|section)\b[^<>]*>.*?</\1>", re.S)
NUMBER = re.compile(r"\d+(?:\.\d+)?")
ONCE = {
    "analysis.verify.damage._problem": cache(damage._problem),
    "analysis.verify.environment.wheel_sha256": cache(environment.wheel_sha256),
}


@dataclass(frozen=True)
class Case:
    """A corruption. kind: of what kind; place: where, or what it is; found: whether a check found it."""

    kind: str
    place: str
    found: bool


def splice(text: str, start: int, end: int, new: str) -> str:
    """A text with a part replaced."""
    return text[:start] + new + text[end:]


def body(page: str) -> int:
    """Where a page's body begins."""
    return max(page.find("<body"), 0)


# Of a built page: each returns the page otherwise


def a_word_is_changed(page: str, rng: random.Random) -> str:
    places = [m for m in TEXT.finditer(page, body(page)) if m[1].strip()]
    match = rng.choice(places)
    words = list(re.finditer(r"\S+", match[1]))
    word = rng.choice(words)
    at = match.start(1)
    return splice(page, at + word.start(), at + word.end(), rng.choice(WORDS) + str(rng.randrange(10**6)))


def a_word_is_dropped(page: str, rng: random.Random) -> str:
    match = rng.choice([m for m in TEXT.finditer(page, body(page)) if m[1].strip()])
    word = rng.choice(list(re.finditer(r"\S+", match[1])))
    return splice(page, match.start(1) + word.start(), match.start(1) + word.end(), "")


def a_digit_is_changed(page: str, rng: random.Random) -> str:
    match = rng.choice([m for m in TEXT.finditer(page, body(page)) if NUMBER.search(m[1])])
    number = rng.choice(list(NUMBER.finditer(match[1])))
    at = match.start(1) + rng.randrange(number.start(), number.start() + 1)
    return splice(page, at, at + 1, str((int(page[at]) + rng.randrange(1, 10)) % 10))


def an_attribute_is_changed(page: str, rng: random.Random) -> str:
    match = rng.choice(list(ATTRIBUTE.finditer(page)))
    return splice(page, match.start(2), match.end(2), f"{match[2]}{rng.choice('xyz')}{rng.randrange(100)}")


def a_link_is_aimed_elsewhere(page: str, rng: random.Random) -> str:
    match = rng.choice([m for m in ATTRIBUTE.finditer(page) if m[1] in ("href", "src")])
    return splice(page, match.start(2), match.end(2), f"https://example.org/{rng.randrange(10**6)}")


def an_element_is_hidden(page: str, rng: random.Random) -> str:
    match = rng.choice(list(ELEMENT.finditer(page, body(page))))
    tag = match.start() + 1 + len(match[1])
    return splice(page, tag, tag, rng.choice((" hidden", ' style="display:none"', ' aria-hidden="true"')))


def an_element_is_removed(page: str, rng: random.Random) -> str:
    match = rng.choice(list(ELEMENT.finditer(page, body(page))))
    return splice(page, *match.span(), "")


def two_elements_change_places(page: str, rng: random.Random) -> str:
    found = list(ELEMENT.finditer(page, body(page)))
    pairs = [(a, b) for a, b in itertools.pairwise(found) if a.group() != b.group()]
    one, other = rng.choice(pairs)
    between = page[one.end() : other.start()]
    return splice(page, one.start(), other.end(), other.group() + between + one.group())


def something_is_put_in(page: str, rng: random.Random) -> str:
    at = rng.choice([m.end() for m in re.finditer(r"</(?:p|li|h2|div|table)>", page[body(page) :])]) + body(page)
    what = (
        "<p>The board approved of it.</p>", "<script>document.title = 'x'</script>", '<img alt="" src="x.png">',
        '<style>.verdict::after { content: "supported" }</style>', "<b></b>", '<a href="#x"></a>',
        '<iframe src="y.html"></iframe>', '<meta http-equiv="refresh" content="0; url=z.html">',
    )  # fmt: skip
    return splice(page, at, at, rng.choice(what))


PAGE: tuple[Callable[[str, random.Random], str], ...] = (
    a_word_is_changed, a_word_is_dropped, a_digit_is_changed, an_attribute_is_changed, a_link_is_aimed_elsewhere,
    an_element_is_hidden, an_element_is_removed, two_elements_change_places, something_is_put_in,
)  # fmt: skip


# Of any file: each returns its bytes otherwise


def it_is_cut_off(raw: bytes, rng: random.Random) -> bytes:
    return raw[: rng.randrange(1, max(2, len(raw) - 1))]


def it_is_emptied(raw: bytes, rng: random.Random) -> bytes:
    return b""


def it_becomes_a_list(raw: bytes, rng: random.Random) -> bytes:
    return json.dumps([rng.randrange(100) for _ in range(3)]).encode()


def it_becomes_bytes(raw: bytes, rng: random.Random) -> bytes:
    return bytes(rng.randrange(128, 256) for _ in range(rng.randrange(1, 300)))


def a_byte_is_flipped(raw: bytes, rng: random.Random) -> bytes:
    at = rng.randrange(len(raw))
    return raw[:at] + bytes([raw[at] ^ (1 << rng.randrange(8))]) + raw[at + 1 :]


def it_becomes_another_kind(raw: bytes, rng: random.Random) -> bytes:
    return rng.choice(
        (b"null", b"{}", b"3", b'"text"', b"a: b\n", b"<html></html>", b"PAR1PAR1", b"\x00" * 20, b"- a\n")
    )


FILE: tuple[Callable[[bytes, random.Random], bytes], ...] = (
    it_is_cut_off, it_is_emptied, it_becomes_a_list, it_becomes_bytes, a_byte_is_flipped, it_becomes_another_kind,
)  # fmt: skip

# Of prose: sentences with a number that no data gave. {n}: 2 to 999; {w}: in words


SENTENCES = (
    "Of {n} members, few share.", "It holds in {n} % of weeks.", "About {w} members share.", "{n}.{n} more a month.",
    "In {w} of the chats nobody answers.", "*{n}* partnerships began.", "- {n} pairs\n", "| a | {n} |\n",
    "**{w} percent** share.", "See ({n}).", "p = .0{n}", "{n}–{n} messages", "{n}:1", "It rose {n}-fold.", "`{n} %`",
    "```{note}\n{n} people\n```\n", ":::{tip} {n} of them\nx\n:::\n", "[{n}](x.md)", "Anggota: {n} orang.",
    "{x} anggota berbagi.", "+{n}", "−{n}", "~{n} pairs", "{n}k messages", "1e{n}", "Nr. {n}", "{n}/{n}", "½ of them",
)  # fmt: skip
NUMBERS = ("seven", "forty", "a hundred", "two thirds of the", "nine", "a dozen", "most", "half of the", "twelve")
ANGKA = ("tujuh", "dua puluh", "sepertiga", "sebagian besar", "separuh", "seratus", "lima belas", "mayoritas")


def a_sentence_with_a_number(rng: random.Random) -> str:
    """Markdown with a typed number."""
    text = rng.choice(SENTENCES)
    word = rng.choice(NUMBERS)
    while "{n}" in text:
        text = text.replace("{n}", str(rng.randrange(2, 1000)), 1)
    return text.replace("{w}", word).replace("{x}", rng.choice(ANGKA))


# Of metrics: each leaf of a JSON file otherwise


def a_value_is_changed(text: str, rng: random.Random) -> str:
    """A metrics file in which one number, text or truth is another, written as the step writes."""
    whole = json.loads(text)
    leaves = list(_leaves(whole))
    holder, key = rng.choice(leaves)
    old = holder[key]
    if isinstance(old, bool):
        holder[key] = not old
    elif isinstance(old, int | float):
        holder[key] = round(old + rng.choice((-1, 1)) * max(abs(old) * rng.random(), 0.001), 6)
    else:
        holder[key] = f"{old} {rng.choice(WORDS)}"
    return json.dumps(whole, indent=2, sort_keys=True, ensure_ascii=False) + "\n"


def _leaves(node):
    for key, value in node.items() if isinstance(node, dict) else enumerate(node):
        if isinstance(value, dict | list):
            yield from _leaves(value)
        else:
            yield node, key


# Drivers: each makes a number of corruptions and yields what was made, and whether the check concerned found it


def page_cases(subject, number: int, seed: int) -> Iterator[Case]:
    """Pages of the built site that were changed, with dvc.lock made to fit: found by the site's hashes."""
    rng = random.Random(seed)
    pages = sorted(subject.site)
    made = subject.made_site
    for _ in range(number):
        place, mutation = rng.choice(pages), rng.choice(PAGE)
        try:
            page = mutation(subject.site[place], rng)
        except IndexError:  # the page has no such place
            continue
        if page == subject.site[place]:
            continue
        now = {**subject.site_hashes, place.removeprefix(f"{closed.SITE}/"): site.page_hashes(page)}
        yield Case(mutation.__name__, place, bool(list(closed.differing(made, now))))


def asset_cases(subject, number: int, seed: int) -> Iterator[Case]:
    """Other files of the site that were changed: found by the site's hashes."""
    rng = random.Random(seed)
    made = subject.made_site
    names = sorted(name for name in made if not name.endswith(".html"))
    for _ in range(number):
        name, mutation = rng.choice(names), rng.choice(FILE)
        raw = (subject.root / closed.SITE / name).read_bytes()
        if raw and (changed := mutation(raw, rng)) != raw:
            now = {**subject.site_hashes, name: site.file_hashes(Path(name).suffix, changed)}
            yield Case(mutation.__name__, name, bool(list(closed.differing(made, now))))


def prose_cases(number: int, seed: int) -> Iterator[Case]:
    """Numbers typed into prose: found by the check of numbers."""
    rng = random.Random(seed)
    for _ in range(number):
        text = a_sentence_with_a_number(rng)
        yield Case("a number is typed", text, bool(prose.bare_numbers(text)))


def metric_cases(subject, number: int, seed: int) -> Iterator[Case]:
    """Values of metrics that were changed, with dvc.lock made to fit: found by the cards of the book."""
    rng = random.Random(seed)
    for _ in range(number):
        step = rng.choice(study.STEPS)
        name = f"metrics/{step}.json"
        text = a_value_is_changed(subject.text(name), rng)
        changed = hashlib.md5(text.encode(), usedforsecurity=False).hexdigest()
        page = f"{closed.SITE}/executed/{subject.paths.executed(step).stem}.html"
        listed = cards._made([(name, changed)])  # as the chapter's card lists what its step wrote
        yield Case("a metric is changed", name, listed.partition("<li>")[2][:-6] not in subject.site[page])


def quotation_cases(subject, number: int, seed: int) -> Iterator[Case]:
    """Quotations in which a word was changed, added or left out: found by the check of quotations."""
    rng = random.Random(seed)
    said = quotations.what_was_said(subject).quotable
    lines = [line for line in said.splitlines() if len(line.split()) > 6]
    for _ in range(number):
        words = rng.choice(lines).split()
        start = rng.randrange(len(words) - 5)
        span = words[start : start + 6]
        at, how = rng.randrange(1, 5), rng.choice(("changed", "added", "left out", "turned round", "of two"))
        other = rng.choice(lines).split()[:3]
        new = {
            "changed": [*span[:at], rng.choice(WORDS), *span[at + 1 :]],
            "added": [*span[:at], rng.choice(WORDS), *span[at:]],
            "left out": [*span[:at], *span[at + 1 :]],
            "turned round": [*span[3:], "…", *span[:3]],
            "of two": [*span[:3], "…", *other],
        }[how]
        text = " ".join(new)
        if quotations._one([text]) in said or (how == "of two" and " ".join(other) in " ".join(words)):
            continue  # somebody said just that
        place = f"The words of somebody: “{text}”."
        found = any(not quotations.is_quotable(each, said) for each in quotations.quoted_in_prose(place))
        yield Case(f"a quotation, words {how}", text, found)


def file_cases(paths: study.Paths, number: int, seed: int, names: Sequence[str] = ()) -> Iterator[Case]:
    """Files that were cut off, emptied, replaced or changed: found by being damaged or by a hash, and no check stops.

    The files of the study are changed, and put back. names: the checks of which each case runs one, by chance.
    """
    with unchanged_files_read_once():
        yield from _file_cases(paths, number, seed, names)


@contextmanager
def unchanged_files_read_once() -> Iterator[None]:
    """What a file's bytes alone decide is decided once for all subjects; installed packages stay as they are."""
    with ExitStack() as patches:
        for place, once in ONCE.items():
            patches.enter_context(mock.patch(place, once))
        yield


def _file_cases(paths: study.Paths, number: int, seed: int, names: Sequence[str]) -> Iterator[Case]:
    rng = random.Random(seed)
    files = [path for path in damage.files(paths.root) if path.name not in ("__init__.py",)]
    for _ in range(number):
        path, mutation = rng.choice(files), rng.choice(FILE)
        raw = path.read_bytes()
        if not raw or (changed := mutation(raw, rng)) == raw:
            continue
        try:
            path.write_bytes(changed)
            subject = Subject(paths)
            name = subject.name(path)
            found = bool(damage.damage(path, paths.raw)) or is_held(subject, name)
            check = rng.choice(names or sorted(checks.CHECKS))
            timed(checks.CHECKS[check], subject)  # raises where the check is stopped by what no guard knows
        finally:
            path.write_bytes(raw)
        yield Case(f"{mutation.__name__}, then {check}", name, found)


def is_held(subject: Subject, name: str) -> bool:
    """Whether a list of hashes shows that a file was changed: the lock, the list of raw files or the release."""
    if name == "dvc.lock":
        checked = (lock.lock_is_whole, lock.outputs_are_those_of_the_run, lock.inputs_are_those_of_the_run)
        return any(list(timed(check, subject)[0]) for check in (*checked, lock.parameters_are_those_of_the_run))
    if name.startswith("data/raw/"):
        return bool(list(lock.raw_files_are_those_of_the_manifest(subject)))
    if name.startswith(f"{closed.SITE}/"):
        return bool(list(closed.differing(subject.made_site, subject.site_hashes)))
    for stage in subject.locked.values():
        for path, digest in (*stage.deps.items(), *stage.outs.items()):
            if (name == path or name.startswith(f"{path}/")) and subject.hash(path) != digest:
                return True
    return name in release.changes(subject)
