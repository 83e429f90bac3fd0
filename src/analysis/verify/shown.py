"""The book's account of its own making, as HTML, and a check that the built book shows what the present files give.

The book's extension puts these pieces on the pages; the check computes them again and looks for them there. So it
also fails when a table, figure or metric was changed together with dvc.lock, unless the book was built again too.
"""

from __future__ import annotations

import html
import re
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

from analysis import book, study
from analysis.book import citation, downloads
from analysis.calibration import page as calibration
from analysis.trace.page import numbers_table
from analysis.trace.trail import Tracer
from analysis.verify import cards, dossiers, provenance
from analysis.verify.blocks import blocks_say_what_files_give
from analysis.verify.pages import words_not_shown
from analysis.verify.subject import REBUILD, SITE, Finding, Subject

TIMINGS = "docs/timings.yaml"
_LISTING = re.compile(
    r'<div class="cell_input[^"]*">\s*<div class="highlight-[^"]*"><div class="highlight"><pre>(.*?)</pre>', re.S
)
_TAG = re.compile(r"<[^>]+>")
_CALIBRATED = re.compile(r"^```\{calibration\} (\S+)", re.M)
FIX = f"{REBUILD}; if what it describes was changed by hand, dvc repro."


def chapter_card(subject: Subject, step: str) -> str:
    """The provenance card of a step's chapter, as HTML. Raises InputError as provenance.card does."""
    times = (subject.yaml(TIMINGS) or {}).get("steps") or {}
    return cards.provenance_card(provenance.card(subject, step), times.get(step))


def claim_cards(subject: Subject) -> list[str]:
    """Every claim's dossier, as HTML: its number, limits, figures, code and data. Raises InputError as
    dossiers.dossiers does."""
    return [cards.claim_card(each) for each in dossiers.dossiers(subject)]


def figures_and_tables(subject: Subject, step: str) -> str:
    """A chapter's figures and tables, as HTML: each with notebook, code, data and hash."""
    notebook = subject.name(subject.paths.notebook(step))
    page = f"executed/{subject.paths.executed(step).stem}.html"
    made = [(path, digest) for path, digest in provenance.outputs(subject, step) if not path.startswith("book/")]
    return cards.outputs_table(page, notebook, provenance.figures_and_tables(subject, step), made)


def cards_describe_these_files(subject: Subject) -> Iterator[Finding]:
    """Each card, list of figures, table and sentence of calibration on a page is the one that the files give, and the
    map of stages is that of dvc.yaml."""
    site = {page: downloads.bare(text) for page, text in subject.site.items()}
    wrong = ((page, what) for page, what, text in _pieces(subject) if not _holds(site.get(page, ""), text.strip()))
    yield from (Finding(page, f"{what} is not the one that the present files give", FIX) for page, what in wrong)
    yield from blocks_say_what_files_give(subject)
    yield from _listings(subject)
    yield from _calibration(subject, site)
    page = f"{SITE}/reviewers.html"
    if "book/reviewers.md" in subject.pages and not lists(site.get(page, ""), book.stages(subject.root / "dvc.yaml")):
        yield Finding(page, "the map of stages is not that of dvc.yaml", FIX)


def _holds(page: str, piece: str) -> bool:
    """Whether a page contains a piece of HTML whole or, if it depends on left-out data, its known parts in order."""
    at = 0
    for part in piece.split(cards.UNKNOWN):
        if (found := page.find(part, at)) < 0:
            return False
        at = found + len(part)
    return True


def lists(page: str, stages: Sequence[book.MappedStage]) -> bool:
    """Whether a page lists all that these stages read, run and write. DVC lets no stage depend on dvc.yaml itself, so
    the book may be older than the stages that it maps."""
    table = page.replace("<wbr>", "").partition('class="guyub stages table"')[2].partition("</table>")[0]
    mapped = [name for each in stages for part in (each.reads, each.code, each.writes) for name in part]
    return re.findall(r"<li><code>(.*?)</code></li>", table) == mapped


def _pieces(subject: Subject) -> Iterator[tuple[str, str, str]]:
    """Page, name and HTML of each piece."""
    for step in study.STEPS:
        chapter = f"{SITE}/executed/{subject.paths.executed(step).stem}.html"
        yield chapter, "the card of where the chapter comes from", chapter_card(subject, step)
        yield f"{SITE}/reviewers.html", f"the list of figures and tables of {step}", figures_and_tables(subject, step)
    ledger = f"{SITE}/executed/{subject.paths.executed('claims').stem}.html"
    for each in dossiers.dossiers(subject):
        yield ledger, f"the card of the claim {each.claim['id']}", cards.claim_card(each)
    if "book/numbers.md" in subject.pages:
        tracer = Tracer.of(subject.paths)
        for step in study.STEPS:
            yield f"{SITE}/numbers.html", f"the table of numbers of {step}", numbers_table(tracer, step)
    if "book/cite.md" in subject.pages:
        yield f"{SITE}/cite.html", "how the study is cited", citation.shown(citation.work(subject.paths))


def _listings(subject: Subject) -> Iterator[Finding]:
    """Code that a chapter lists but no cell ran, and code that ran but is not listed."""
    for step, notebook in subject.executed.items():
        page = f"{SITE}/executed/{subject.paths.executed(step).stem}.html"
        listed = Counter(_code(each) for each in _LISTING.findall(subject.site.get(page, "")))
        ran = Counter(" ".join(cell.source.split()) for cell in notebook.cells if cell.cell_type == "code")
        for what, lines in (("it lists code that did not run", listed - ran), ("it does not list", ran - listed)):
            yield from (Finding(page, f"{what}: {each[:90]}", FIX) for each in lines)


def _code(listing: str) -> str:
    return " ".join(html.unescape(_TAG.sub("", listing)).split())


def _calibration(subject: Subject, site: Mapping[str, str]) -> Iterator[Finding]:
    """Sentences and tables that do not follow from the tables of calibration. site: pages as from downloads.bare."""
    if not (parts := [*_calibrated(subject)]):
        return
    tables = calibration.load(subject.root)
    for page, name in parts:
        if name in calibration.SENTENCES:
            said = calibration.sentence(tables, name)
            if next(words_not_shown(said, subject.site.get(page, "")), ""):
                yield Finding(page, f"the sentence `{name}` does not follow from the tables of calibration", FIX)
        elif name in calibration.TABLES and calibration.drawn(tables, name).strip() not in site.get(page, ""):
            what = f"the table `{name}` of calibration is not the one that the present files give"
            yield Finding(page, what, FIX)


def _calibrated(subject: Subject) -> Iterator[tuple[str, str]]:
    """Parts of the chapter on calibration, each with the page that shows it."""
    for place, text in subject.prose.items():
        source = place.partition(",")[0]  # of a notebook's cell too
        folder = f"{SITE}/executed" if source.endswith(".ipynb") else SITE
        page = f"{folder}/{Path(source).stem}.html"
        yield from ((page, name) for name in _CALIBRATED.findall(text))
