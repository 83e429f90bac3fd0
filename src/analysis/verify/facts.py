"""Check that facts stated in more than one place agree: versions, licences, authors, hashes, typed figures.

Such facts are not computed, so only their agreement shows that none of them was changed.
"""

from __future__ import annotations

import hashlib
import html
import json
import re
import tomllib
from collections.abc import Iterable, Iterator
from typing import Any

from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

from analysis import book, study
from analysis.disk import sha256
from analysis.themes import coreq
from analysis.verify.calibrated import tables_follow_from_the_communities
from analysis.verify.environment import LOCK, locked_versions
from analysis.verify.pages import shown_lines, words_of
from analysis.verify.prose import bare_numbers, bindings
from analysis.verify.references import references_are_those_of_the_bibliography
from analysis.verify.stated import citation_is_of_this_study, data_are_what_is_said_of_them
from analysis.verify.subject import REBUILD, SITE, Finding, Subject
from analysis.verify.whose import is_guyubs_own

ALIKE = "Write the same in both."
CONDA = {"matplotlib-base": "matplotlib"}  # conda's names of packages
GUYUB = "# Guyub\n"  # how Guyub's own README begins; the authors of another study write what they like
BOUND = "Give it a line in docs/timings.yaml, or leave it out."
TIMES = (  # rows of README's table, each bound to docs/timings.yaml
    "about {install_minutes} minutes | {disk_gigabytes} GB |", "about {study_minutes} minutes | {study_megabytes} MB |",
    "under {again_under_seconds} seconds | |", "about {test_minutes} minutes | {test_gigabytes} GB |",
    "about {slow_test_minutes} minutes | |", "about {calibration_minutes} minutes a call",
)  # fmt: skip
MIT_BEGINS = "Permission is hereby granted"
MIT = "a587c3643daff79a"  # first digits of the SHA-256 of the rest of the MIT License, in single spaces
LICENCE = "9cbd52354b789701"  # the same for all of LICENSE, which a study takes over below its authors' own statement
LICENCE_BEGINS = "Guyub is under two licences"
FOUNDERS = {"The Guyub founders"}
_PAGE_TITLE = re.compile(r"<title>(.*?)</title>", re.S)
_COPYRIGHT = re.compile(r"Copyright \(c\) [\d, –-]+ [^.:;]+")
RANGE = 1e-3  # tolerance of a rounded F against that of its rounded precision and recall


def facts_agree(subject: Subject) -> Iterator[Finding]:
    """Facts that are stated more than once agree."""
    yield from _calibration(subject)
    yield from tables_follow_from_the_communities(subject)
    yield from _scrubbing(subject)
    yield from _replies(subject.yaml("docs/replies.yaml"))
    benchmarks = json.loads(subject.text("docs/benchmarks.json"))
    yield from _benchmarks(benchmarks)
    yield from _speed(subject, benchmarks["records"])
    yield from _packages(subject)
    yield from licences_agree(subject)
    yield from _readme(subject)
    yield from _stated(subject)
    yield from references_are_those_of_the_bibliography(subject)
    yield from data_are_what_is_said_of_them(subject)
    yield from citation_is_of_this_study(subject)


def _calibration(subject: Subject) -> Iterator[Finding]:
    """Tables of calibration have the hashes that were recorded when they were computed."""
    place = "calibration/provenance.yaml"
    if not (subject.root / place).is_file():
        return
    for name, digest in subject.yaml(place)["sha256"].items():
        path = subject.root / "calibration" / name
        if name != "plan.yaml" and (not path.is_file() or sha256(path) != digest):
            yield Finding(
                f"calibration/{name}", f"it is not the table that {place} names", "Count it again: make calibrate"
            )


def _scrubbing(subject: Subject) -> Iterator[Finding]:
    """What the book says about scrubbing is the last round of the benchmark's record."""
    record, shown = "benchmarks/scrubbing/rounds.csv", "src/analysis/ingest/scrubbing.csv"
    if all((subject.root / name).is_file() for name in (record, shown)):
        head, *rows = subject.text(record).splitlines()
        last = rows[-1].partition(",")[0] if rows else ""
        if subject.text(shown).splitlines() != [head, *(row for row in rows if row.partition(",")[0] == last)]:
            yield Finding(record, f"its last round is not the one in {shown}", "Take both from git.")


def _replies(replies: Any) -> Iterator[Finding]:
    """docs/replies.yaml is as its benchmark wrote it, and each F is that of its precision and recall."""
    place, fix = "docs/replies.yaml", "Measure it again: python benchmarks/replies.py --irc DIR --write"
    if replies["provenance"].get("sha256") != digest_of(replies):
        yield Finding(place, "it is not as its benchmark wrote it: its own hash differs", fix)
    for name, scores in _scores(replies, ""):
        p, r, f = (scores[key] for key in ("precision", "recall", "f"))
        if abs(f - (2 * p * r / (p + r) if p + r else 0)) > RANGE:
            yield Finding(f"{place}, {name}", f"F is {f}, which precision {p} and recall {r} do not give", fix)
        for key in (key for key in scores if f"{key}_low" in scores):
            if not scores[f"{key}_low"] <= scores[key] <= scores[f"{key}_high"]:
                yield Finding(f"{place}, {name}", f"{key} lies outside its own interval", fix)


def _benchmarks(results: Any) -> Iterator[Finding]:
    """docs/benchmarks.json is as `make bench` wrote it, and each median is between minimum and maximum."""
    place, fix = "docs/benchmarks.json", "Measure it again: make bench KEEP=1"
    if results["provenance"].get("sha256") != digest_of(results):
        yield Finding(place, "it is not as its benchmark wrote it: its own hash differs", fix)
    for row in results["records"]:
        for key in (key for key in ("cpu_s", "ratio") if key in row):
            if not row[key]["low"] <= row[key]["median"] <= row[key]["high"]:
                yield Finding(place, f"{key} of {row['work']}, {row['tool']} lies outside its own rounds", fix)


def _speed(subject: Subject, records: Iterable[dict[str, Any]]) -> Iterator[Finding]:
    """The page of benchmarks has a row for each record of the groups that it shows, with its times and memory."""
    groups = re.findall(r"^```\{speed\} (.+?) *$", subject.pages.get("book/speed.md", ""), re.M)
    place = f"{SITE}/speed.html"
    said = words_of(subject.site.get(place, ""))
    for row in (row for row in records if row["group"] in groups):
        if words_of(html.escape(_row(row))) not in said:
            yield Finding(
                place, f"it does not show what docs/benchmarks.json has of {row['work']}, {row['tool']}", REBUILD
            )


def _row(row: dict[str, Any]) -> str:
    """A record's row as on the page of benchmarks."""
    name = f"{row['work']} {row['tool']} {row.get('version') or ''}"
    if "not_run" in row:
        return f"{name} not run ({row['not_run']})"
    return f"{name} {_spread(row['cpu_s'])} {row['peak_mb']:,.0f} {_spread(row.get('ratio'))}"


def _spread(value: dict[str, float] | None) -> str:
    """A median with minimum and maximum, where these differ."""
    if value is None:
        return ""
    given = (value[key] for key in ("median", "low", "high"))
    median, low, high = (f"{one:,.0f}" if one >= 100 else f"{one:.3g}" for one in given)
    return median if low == high else f"{median} ({low} to {high})"


def digest_of(results: Any) -> str:
    """SHA-256 of a benchmark's results without the entry for this hash, by which their file can be checked."""
    kept = {**results, "provenance": {key: v for key, v in results["provenance"].items() if key != "sha256"}}
    return hashlib.sha256(json.dumps(kept, sort_keys=True, default=str).encode()).hexdigest()


def _scores(node: Any, name: str) -> Iterator[tuple[str, dict[str, float]]]:
    """Every mapping that holds precision, recall and F, with its path."""
    if isinstance(node, dict):
        if {"precision", "recall", "f"} <= set(node):
            yield name, node
        for key, child in node.items():
            yield from _scores(child, f"{name}.{key}".lstrip("."))


# Packages


def _packages(subject: Subject) -> Iterator[Finding]:
    """pyproject.toml, environment.yml and the lock require the same packages, in compatible versions."""
    about = tomllib.loads(subject.text("pyproject.toml"))
    asked = [Requirement(each) for each in (*about["project"]["dependencies"], *about["dependency-groups"]["build"])]
    locked = locked_versions(subject.text(LOCK))
    for each in asked:
        version = locked.get(canonicalize_name(each.name), "")
        if not version or version not in each.specifier:
            yield Finding(LOCK, f"pyproject.toml asks for {each}, the lock has {version or 'none'}", "make locks")
    if (subject.root / "environment.yml").is_file():
        lab = [Requirement(each) for each in about["project"]["optional-dependencies"]["lab"]]
        yield from _conda({_name(each): str(each.specifier) for each in (*asked, *lab)}, subject)


def _conda(wanted: dict[str, str], subject: Subject) -> Iterator[Finding]:
    """environment.yml requires what pyproject.toml does, only from conda-forge."""
    described = subject.yaml("environment.yml")
    if described.get("channels") != ["conda-forge"]:
        yield Finding(
            "environment.yml", f"it fetches from {described.get('channels')}", "Fetch from conda-forge alone."
        )
    listed = [
        each for entry in described["dependencies"] for each in (entry["pip"] if isinstance(entry, dict) else [entry])
    ]
    specs = [
        Requirement(re.sub(r"(?<![<>=!~])=(?!=)", "==", each))
        for each in listed
        if not re.match("(python|pip)\\b", each)
    ]
    given = {_name(each): str(each.specifier) for each in specs}
    for name in sorted(name for name in {*wanted, *given} if wanted.get(name) != given.get(name)):
        what = f"{name} is {given.get(name, 'not there')}, in pyproject.toml {wanted.get(name, 'not there')}"
        yield Finding("environment.yml", what, ALIKE)


def _name(each: Requirement) -> str:
    return canonicalize_name(CONDA.get(each.name, each.name))


# Licences, authors, versions


def licences_agree(subject: Subject) -> Iterator[Finding]:
    """LICENSE holds Guyub's own, word for word; in Guyub's own study LICENSE, CITATION.cff, pyproject.toml, study.yaml
    and MANIFEST.csv name the same licences and authors."""
    about, text, own = (
        tomllib.loads(subject.text("pyproject.toml"))["project"],
        subject.text("LICENSE"),
        is_guyubs_own(subject),
    )
    authors = {entry.get("name") for entry in about["authors"]}
    terms = text if own else own_licence(text)
    if not _is_mit(text) or (authors == FOUNDERS and _digits(terms) != LICENCE):
        yield Finding("LICENSE", "its terms are not those of the MIT License, word for word", "Take the file from git.")
    if own:
        yield from _cited(subject, about, text)


def own_licence(text: str) -> str:
    """Guyub's own LICENSE from that of a study, whose authors may state their licences before it."""
    return text[max(0, text.find(LICENCE_BEGINS)) :]


def _cited(subject: Subject, about: dict[str, Any], text: str) -> Iterator[Finding]:
    """Licences and authors of CITATION.cff, and those of pyproject.toml (about), LICENSE (text) and the data."""
    cited = subject.yaml("CITATION.cff")
    named, authors = _list(cited.get("license")), {entry.get("name") for entry in about["authors"]}
    if about["license"] not in named:
        yield Finding("CITATION.cff", f"it does not name the code's licence, {about['license']}", ALIKE)
    for name in named:
        if _plain(name) not in _plain(text):
            yield Finding("LICENSE", f"CITATION.cff names {name}, which it does not", ALIKE)
    if authors != {entry.get("name") for entry in cited["authors"]} or not all(str(name) in text for name in authors):
        yield Finding("CITATION.cff", "its authors are not those of pyproject.toml and LICENSE", ALIKE)
    if not subject.paths.simulated:
        return
    stated = book.load_study(subject.paths)["licence"] or ""
    for licence in sorted({str(stated), *(row.get("licence") or "" for row in subject.manifest)} - {""}):
        if _plain(licence) not in map(_plain, named):
            yield Finding(
                "study.yaml, MANIFEST.csv", f"the licence {licence!r} is not one that CITATION.cff names", ALIKE
            )


def _is_mit(text: str) -> bool:
    """Whether a text ends with the MIT License: its title, copyright lines, its terms."""
    before, _, terms = text.partition(MIT_BEGINS)
    lines = [line.strip() for line in before.rpartition("MIT License\n")[2].splitlines() if line.strip()]
    return bool(lines) and all(map(_COPYRIGHT.fullmatch, lines)) and _digits(terms) == MIT


def _digits(text: str) -> str:
    """First digits of the SHA-256 of a text in single spaces."""
    return hashlib.sha256(" ".join(text.split()).encode()).hexdigest()[: len(MIT)]


def _list(value: Any) -> list[str]:
    return [str(each) for each in value] if isinstance(value, list) else [str(value)]


def _plain(licence: str) -> str:
    """A licence's name without characters that differ between spellings: CC BY 4.0, CC-BY-4.0."""
    return re.sub(r"[\s-]+", " ", licence).strip().lower()


# Typed figures


def _readme(subject: Subject) -> Iterator[Finding]:
    """Guyub's own README states the figures of docs/timings.yaml and no others."""
    text = subject.text("README.md")
    if not text.startswith(GUYUB):
        return
    times = subject.yaml("docs/timings.yaml")
    for row in TIMES:
        if row.format(**times) not in text:
            yield Finding(
                "README.md", f"it does not say `{row.format(**times).strip(' |')}`, as docs/timings.yaml does", ALIKE
            )
    for known in _known(subject, times):
        text = text.replace(known, re.sub(r"[^\n]", " ", known))
    for line, number in bare_numbers(text):
        yield Finding(f"README.md, line {line}", f"the number {number} is bound to nothing", BOUND)


def _known(subject: Subject, times: dict[str, Any]) -> list[str]:
    """Phrases with numbers that README may contain, word for word: measured times, versions of Python, chapters, the
    work whose findings are examined, licence; and how much the tutorial asks people to code, which is not computed."""
    python = re.findall(r"\d+\.\d+", tomllib.loads(subject.text("pyproject.toml"))["project"]["requires-python"])
    last = f"{python[-1].split('.')[0]}.{int(python[-1].split('.')[1]) - 1}"  # below 3.14 is up to 3.13
    chapters = [subject.paths.notebook(step).stem for step in study.STEPS]
    cores = re.findall(r"\d+ cores", str(times["machine"]))
    examined = subject.yaml("CITATION.cff").get("references") or []
    works = [f"({each.get('year')}, *{each.get('journal')}*, {str(each.get('title')).lower()})" for each in examined]
    rows = [row.format(**times) for row in TIMES]
    fixed = [
        f"Python {python[0]} to {last}",
        *chapters,
        *works,
        str(times["machine"]),
        *(f"time on {n}" for n in cores),
    ]
    licences = [each.replace("-", " ") for each in _list(subject.yaml("CITATION.cff").get("license"))]
    return [*rows, *fixed, *licences, "some hundred messages"]


def _stated(subject: Subject) -> Iterator[Finding]:
    """What study.yaml states is on the pages that show it, and each page has its title."""
    about = book.load_study(subject.paths)
    for name, text in subject.pages.items():
        place = f"{SITE}/{name.removeprefix('book/').removesuffix('.md')}.html"
        page = subject.site.get(place, "")
        language = subject.language(name.removeprefix("book/").removesuffix(".md"))
        shown = shown_lines(text)
        stated = [each for each in bindings(text) if each.kind == "study" and each.line in shown]
        wanted = [book.fact(about, each.content, language) for each in stated]
        wanted += _about(about) if "```{about}" in text else []
        said = words_of(page)
        for fact in (fact for fact in wanted if words_of(html.escape(fact)) not in said):
            yield Finding(place, f"it does not show what study.yaml states: {fact[:60]!r}", REBUILD)
    chapter = f"{SITE}/executed/{subject.paths.executed('themes').stem}.html"
    said = words_of(subject.site.get(chapter, ""))
    for fact in coreq.stated(subject.root / "study.yaml", coreq.load_items()).values():
        if said.strip() and words_of(html.escape(fact)) not in said:
            yield Finding(chapter, f"it does not show what study.yaml states: {fact[:60]!r}", REBUILD)
    for place, page in subject.site.items():
        if not is_titled(page, str(about["title"])):
            yield Finding(place, "its title is not that of study.yaml", REBUILD)


def is_titled(page: str, title: str) -> bool:
    """Whether a page's title includes the book's, which the theme writes unchanged into the search page."""
    shown, wanted = (" ".join(text.split()) for text in ("".join(_PAGE_TITLE.findall(page)), title))
    return wanted in html.unescape(shown) or wanted in shown


def _about(about: dict[str, Any]) -> Iterable[str]:
    """The values of study.yaml in the table of the first page."""
    facts = {label: book.fact(about, key) for label, key in book.SHOWN.items()}
    facts["Language of the talk"] = book.language_name(about["language"])
    return [*facts.values(), *map(book.author, about["authors"])]
