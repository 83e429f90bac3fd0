"""The book: what only the author knows (study.yaml), numbers for prose, the map of stages, and the build itself.

Nothing here knows Sphinx; book/_ext/guyub_book.py hands these functions to it as roles and directives.
"""

from __future__ import annotations

import datetime
import json
import re
import shutil
import subprocess
import sys
import zoneinfo
from collections.abc import Callable, Iterable, Mapping, Sequence
from concurrent.futures import Executor, ThreadPoolExecutor
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

from analysis import closure, memory, scan, site, study, wording
from analysis.claims.rule import VERDICTS
from analysis.claims.words import badge
from analysis.errors import InputError
from analysis.themes import coreq

STUDY = {
    "title": "the book's title; the one key that must be filled in",
    "subtitle": "one line under it",
    "authors": "a list of mappings: name, and affiliation and orcid where there are any",
    "language": "of the talk that is studied, as a BCP 47 tag such as id",
    "community": "a mapping: name, place, kind (as in: an association of small enterprises)",
    "ethics": "who approved the study, under which number; how consent was asked",
    "funding": "who paid; none if nobody did",
    "competing_interests": "of the authors; none if there are none",
    "contact": "how a member or a reviewer reaches the authors",
    "repository": "where the sources are published",
    "licence": "of text and data",
    "version": "of the published study, such as 1.0",
    "date": "of that version, as year, year-month or year-month-day",
    "doi": "of that version, where an archive gave one",
    "data_set": "how members agreed that a data set of theirs is published; without it none is made of real people",
    "site": "the address at which the book is published",
    "issues": "the address at which readers report an error; {page} stands for the page",
    "launch": "the address of a Binder or JupyterHub that opens this repository",
    "quotations": "approved: only turns that a person has approved are quoted (guyub quotes); null: all by consent",
    "coreq": "a mapping: the facts of the interviews that only the interviewer knows, by COREQ item",
}
COMMUNITY = ("name", "place", "kind")
AUTHOR = ("name", "affiliation", "orcid")
SHOWN = {
    "Community": "community.name", "Place": "community.place", "Kind": "community.kind",
    "Language of the talk": "language", "Ethics": "ethics", "Funding": "funding",
    "Competing interests": "competing_interests", "Contact": "contact", "Sources": "repository",
    "Licence of text and data": "licence",
}  # fmt: skip
ADDRESS = (r"https?://[^\s\"'<>]+", "an address such as https://example.org/study")
FORMS = {  # what can be written for a key that programs read, as a regular expression and in words
    "version": (r"[\w.+-]+", "a version such as 1.0"),
    "date": (r"\d{4}(-(0[1-9]|1[0-2])(-(0[1-9]|[12]\d|3[01]))?)?", "a date such as 2026-11-29"),
    "doi": (r"(?:https?://(?:dx\.)?doi\.org/|doi:)?10\.\d{4,9}/\S+", "a DOI such as 10.5281/zenodo.1234567"),
    "site": ADDRESS, "issues": ADDRESS, "launch": ADDRESS,
}  # fmt: skip
UNKNOWN = {"en": "not stated", "id": "tidak disebutkan"}
NOT_ASSESSABLE = {"en": "not assessable", "id": "tidak dapat dinilai"}
LOG_LINES = 30
OPENING = "opening"  # tag of the cells of a notebook that its page shows first
HOW = "## How we know"  # the heading of the cells below the opening
REMOVED = "remove-cell"  # the tag of cells that no page shows


# What only the author knows


def load_study(paths: study.Paths) -> dict[str, Any]:
    """study.yaml with every key of STUDY and of the mappings in it; what the file leaves out is None.

    Raises InputError when there is no such file, on an unknown key, a missing title or a value not in its form.
    """
    path = paths.root / "study.yaml"
    if not path.exists():
        raise InputError("nothing is stated: there is no such file", path=path, fix="Write it: see the README.")
    given = study.read_yaml(path) or {}
    about = {**dict.fromkeys(STUDY), **given}
    about["community"] = {**dict.fromkeys(COMMUNITY), **(about["community"] or {})}
    about["coreq"] = {**dict.fromkeys(coreq_items()), **(about["coreq"] or {})}
    about["authors"] = [{**dict.fromkeys(AUTHOR), **author} for author in about["authors"] or []]
    parts = [(about, STUDY), (about["community"], COMMUNITY), (about["coreq"], coreq_items())]
    parts += [(author, AUTHOR) for author in about["authors"]]
    unknown = sorted({key for given_part, allowed in parts for key in set(given_part) - set(allowed)})
    if unknown:
        raise InputError(f"unknown keys: {', '.join(unknown)}", path=path, fix=f"Keys are {', '.join(STUDY)}.")
    if not about["title"]:
        raise InputError("the study has no title", path=path, fix="Add a line `title: ...`.")
    for key, (form, like) in FORMS.items():
        about[key] = str(about[key]) if about[key] else None
        if about[key] and not re.fullmatch(form, about[key]):
            raise InputError(f"`{key}: {about[key]}` is not {like}", path=path, fix="Correct it, or write null.")
    return about


@cache
def coreq_items() -> dict[str, str]:
    """The keys under `coreq`: facts of the interviews that only the author knows, each with its COREQ item."""
    items = coreq.load_items().dropna(subset="stated")
    return dict(zip(items["stated"], items["item"], strict=True))


def blank_study(title: str, known: Mapping[str, Any] | None = None) -> str:
    """The text of a study.yaml with the title and the known values filled in, and every other key explained."""
    given = {key: value for key, value in (known or {}).items() if value}
    lines = ["# What only the author knows. Leave null what you do not know: the book says so."]
    for key, meaning in STUDY.items():
        if key in ("community", "coreq"):
            lines.append(f"{key}:  # {meaning}")
            inner = dict.fromkeys(COMMUNITY, "") if key == "community" else coreq_items()
            lines += [f"  {name}: null" + (f"  # {item}" if item else "") for name, item in inner.items()]
        else:
            value = title if key == "title" else given.get(key)
            lines.append(f"{key}: {json.dumps(value, ensure_ascii=False)}  # {meaning}")  # JSON is YAML, in one line
    return "\n".join(lines) + "\n"


def author(entry: Mapping[str, str | None]) -> str:
    """An author in one line: name, affiliation and ORCID iD as far as they are stated."""
    return ", ".join(str(entry[key]) for key in AUTHOR if entry[key])


def fact(about: Mapping[str, Any], path: str, language: str = "en") -> str:
    """A value of study.yaml as prose, by its dotted path; "not stated" if null. Raises InputError on unknown keys."""
    value: Any = about
    for name in path.split("."):
        if not isinstance(value, Mapping) or name not in value:
            raise InputError(f"study.yaml has no key {path!r}")
        value = value[name]
    if not value:
        return UNKNOWN[language]
    return wording.listed(entry["name"] for entry in value) if isinstance(value, list) else str(value)


# Numbers in prose


def lookup(paths: study.Paths, path: str) -> Any:
    """The value at `step.name.name` in metrics/<step>.json, or None where the study could not compute it.

    A name that is absent counts as not computed when a mapping on the way says that its status is not ok.
    `timings.name` reads docs/timings.yaml, `replies.name` docs/replies.yaml, `benchmarks.name` docs/benchmarks.json,
    `study.name` study.yaml.
    Raises InputError when the step has no metrics or the path leads nowhere.
    """
    root, *names = path.split(".")
    value = _source(paths, root)
    missing = False
    for name in names:
        missing = missing or (isinstance(value, Mapping) and value.get("status", "ok") != "ok")
        if isinstance(value, list) and name.isdigit() and int(name) < len(value):
            value = value[int(name)]
        elif isinstance(value, Mapping) and name in value:
            value = value[name]
        elif missing:
            return None
        else:
            raise InputError(f"no value at {path!r}")
    return value


def _source(paths: study.Paths, root: str) -> Any:
    """The values that a path's first name refers to. Raises InputError on an unknown name."""
    if root in ("timings", "replies"):
        return study.read_yaml(paths.root / "docs" / f"{root}.yaml")
    if root == "benchmarks":
        return benchmarks(paths.root / "docs" / "benchmarks.json")
    if root == "study":
        return load_study(paths)
    if root in study.STEPS:
        return study.read_metrics(paths, root)
    names = ", ".join((*study.STEPS, "timings", "replies", "benchmarks", "study"))
    raise InputError(f"no numbers are called {root!r}", fix=f"Use one of {names}.")


def benchmarks(path: Path) -> Any:
    """What `make bench KEEP=1` measured. Raises InputError when the file is missing or not JSON."""
    try:
        return json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise InputError(f"the benchmarks cannot be read: {error}", path=path, fix="Take it from git.") from error


def holds(paths: study.Paths, condition: str) -> bool:
    """Whether a condition holds: `step.name` (a value is there, and not empty) or `step.name = value`."""
    path, _, wanted = (part.strip() for part in condition.partition("="))
    value = lookup(paths, path)
    return value not in (None, "", [], {}) if not wanted else str(value).lower() == wanted.lower()


def prose(value: Any, spec: str = "", language: str = "en", zone: str = "UTC") -> str:
    """A value as prose writes it: a missing one as "not assessable", a number by its format, text as it is.

    spec: a Python format such as `,.0f` or `.0%`, or one of this book's own: `percent`, `p`, `hundredfold` (of a rate
    per pair: a rate per hundred), `lebih` (of a share: how much more or less, in Indonesian), `count reply replies`
    (with the noun, its plural where it is not -s), `date` (of an ISO time, in the time zone).
    Indonesian (language id) swaps point and comma. Raises InputError when the spec does not fit the value.
    """
    if value is None or (isinstance(value, Mapping) and value.get("status") == "missing"):
        return NOT_ASSESSABLE[language]
    if spec == "date":
        from babel.dates import format_date  # Sphinx brings it

        time = datetime.datetime.fromisoformat(str(value)).astimezone(zoneinfo.ZoneInfo(zone))
        return format_date(time.date(), "d MMMM y", locale=language)
    if isinstance(value, str | list):
        return wording.listed(map(str, value)) if isinstance(value, list) else value
    try:
        name, *words = spec.split() or [""]
        text = _HOUSE[name](value, *words) if name in _HOUSE else format(value, spec)
    except (TypeError, ValueError) as error:
        raise InputError(f"format {spec!r} does not fit {value!r}") from error
    text = text.replace("-", "−") if isinstance(value, int | float) else text
    text = text.replace(" %", "%").replace("%", " %")
    return wording.indonesian(text) if language == "id" else text


_HOUSE: dict[str, Callable] = {
    "percent": wording.percent, "p": wording.p_value, "count": wording.count,
    "hundredfold": lambda value: wording.number(100 * value, 1), "lebih": wording.lebih,
}  # fmt: skip


def verdict_row(paths: study.Paths, name: str) -> dict[str, Any]:
    """Verdict and robustness of a claim, for its badge; of a verdict's own name, the verdict alone.

    Raises InputError when the name is neither a claim nor a verdict.
    """
    row = next((row for row in study.read_metrics(paths, "claims")["claims"] if row["id"] == name), {"verdict": name})
    if row["verdict"] not in VERDICTS:
        raise InputError(f"{name!r} is neither a claim nor a verdict")
    return row


def verdict_badge(paths: study.Paths, name: str, language: str = "en") -> str:
    """The badge of a claim or verdict. Raises InputError when the name is neither."""
    return badge(verdict_row(paths, name), language)


def language_name(tag: str | None) -> str:
    """A language's English name with its tag, such as "Indonesian (id)"."""
    from babel import Locale

    return f"{Locale.parse(tag, sep='-').get_display_name('en')} ({tag})" if tag else UNKNOWN["en"]


# The map of stages


@dataclass(frozen=True)
class MappedStage:
    """A stage of dvc.yaml. reads, writes: its data; code: its modules; needs: stages whose outputs it reads."""

    name: str
    reads: tuple[str, ...]
    code: tuple[str, ...]
    writes: tuple[str, ...]
    needs: tuple[str, ...]


def stages(path: Path) -> list[MappedStage]:
    """The stages of a dvc.yaml in its order."""
    declared = closure.stages(study.read_yaml(path))
    mapped = []
    for name, stage in declared.items():
        code = tuple(dep for dep in stage.deps if dep.startswith("src/"))
        reads = tuple(dep for dep in stage.deps if dep not in code)
        others = {maker: other.outs for maker, other in declared.items() if maker != name}
        needs = (m for m, outs in others.items() if any(_overlap(dep, out) for dep in stage.deps for out in outs))
        mapped.append(MappedStage(name, reads, code, tuple(stage.outs), tuple(needs)))
    return mapped


def direct_needs(stage: MappedStage, mapped: list[MappedStage]) -> list[str]:
    """The stages that a stage needs, without those that another of them needs already (transitive reduction)."""
    needs = {each.name: each.needs for each in mapped}

    def upstream(name: str) -> set[str]:
        return {name}.union(*map(upstream, needs[name]))

    implied = set().union(*(upstream(far) for near in stage.needs for far in needs[near]))
    return [name for name in stage.needs if name not in implied]


def _overlap(dep: str, out: str) -> bool:
    """Whether the dependency is the output, is inside it or contains it."""
    a, b = f"{dep.rstrip('/')}/", f"{out.rstrip('/')}/"
    return a.startswith(b) or b.startswith(a)


# A chapter


def page_cells(cells: Sequence[Any], chapter: str, claims: Iterable[Mapping[str, Any]]) -> list[Any]:
    """A chapter's cells as its page shows them: title, verdicts of its claims, cells tagged `opening`, how we know (and
    in the margin how each claim is tested), the others.

    The notebook runs the opening last, when all is computed; a page shows its answer first. A cell tagged `remove-cell`
    (the opening's heading in the notebook) is not on the page.
    cells: in the notebook's order; chapter: its name, as in 03-sharing; claims: as claims.yaml declares them.
    """
    body = [cell for cell in cells[1:] if REMOVED not in cell["metadata"].get("tags", [])]
    opening = [cell for cell in body if OPENING in cell["metadata"].get("tags", [])]
    own = [claim for claim in claims if claim["chapter"] == chapter]
    badges = [f"- **{claim['id']}** {claim['sentence']}: {{verdict}}`{claim['id']}`" for claim in own]
    notes = [margin_note(claim) for claim in own if claim.get("direction")]
    verdicts = study.Node(cell_type="markdown", id="verdicts", metadata={}, source="\n".join(badges))
    further = study.Node(cell_type="markdown", id="how-we-know", metadata={}, source="\n\n".join([HOW, *notes]))
    rest = [cell for cell in body if cell not in opening]
    return [*cells[:1], *([verdicts] if badges else []), *opening, *([further] if opening else []), *rest]


def margin_note(claim: Mapping[str, Any]) -> str:
    """How a claim is measured and tested, as declared, for the page's margin."""
    return f":::{{margin}} How {claim['id']} is tested\n{claim['estimand']}.\n\nTest: {claim['test']}.\n:::"


# The build


def build(paths: study.Paths, second: Executor | None = None) -> Path:
    """Build the book from book/ and the executed notebooks; returns the site's folder, book/_build/html.

    Warnings are errors. The site is made in .guyub/ and moved into place whole, with the hashes of its pages and files
    next to it (site.json). second: a process that does half of the search for personal data and starts up while
    Sphinx works. Raises InputError with the log's end when the build fails, and when the new site holds anything that
    identifies a person.
    """
    load_study(paths)
    draft = paths.root / ".guyub" / "book"
    if second:
        second.submit(scan.watched, paths)
        with ThreadPoolExecutor(1) as thread:
            making = thread.submit(make, paths, draft)
            scan.watched(paths)
        html = making.result()
    else:
        html = make(paths, draft)
    scan.guard(paths, html, second=second)
    site.write(html, site.sources(paths.root, built_from(paths)))
    place = paths.book / "_build"
    shutil.rmtree(place, ignore_errors=True)
    place.mkdir()
    for made in (html, html.parent / site.NAME):
        made.replace(place / made.name)
    shutil.rmtree(draft)
    return place / site.FOLDER


def built_from(paths: study.Paths) -> list[str]:
    """Files and folders that the book is built from: what its stage depends on, and the parameters."""
    described = paths.root / "dvc.yaml"
    declared = closure.stages(study.read_yaml(described)) if described.exists() else {}
    return ["params.yaml", *(declared["book"].deps if "book" in declared else ())]


def make(paths: study.Paths, draft: Path) -> Path:
    """Build the site into a new folder, without what differs between equal builds (.buildinfo, a hash over absolute
    paths). Returns the site's folder in it. Raises InputError with the log's end when the build fails."""
    shutil.rmtree(draft, ignore_errors=True)
    draft.mkdir(parents=True)
    _jupyter_book(paths, draft)
    html = draft / "_build" / site.FOLDER
    (html / ".buildinfo").unlink(missing_ok=True)
    return html


def _jupyter_book(paths: study.Paths, output: Path) -> None:
    seldom = f"import gc; gc.set_threshold{memory.SELDOM}"  # otherwise collection takes a sixth of Sphinx's time
    program = f"import sys; {seldom}; from jupyter_book.cli.main import main; sys.argv[0] = 'jupyter-book'; main()"
    done = subprocess.run(
        [sys.executable, "-c", program, "build", str(paths.book), "--path-output", str(output), "-W", "-n",
         "--keep-going", "-q"],
        cwd=paths.root, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, check=False,
    )  # fmt: skip
    if done.returncode:
        log = re.sub(r"\x1b\[[\d;]*m", "", done.stdout).partition("Traceback (most recent call last)")[0]
        tail = "\n".join(log.strip().splitlines()[-LOG_LINES:])
        raise InputError(f"the book could not be built:\n{tail}", path=paths.book)
