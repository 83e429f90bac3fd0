"""What the book says of how it was made: a card on every chapter, figures and tables with their hashes, checks, lists.

Directives: provenance (a step's card), dossiers (of the claims), outputs (figures and tables), numbers (with the rows
they come from), checks (of guyub verify), checklist (by its name), allowed (numbers that prose may hold). Cards are put
at the end of the chapters when they are read.
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

from docutils import nodes
from sphinx.application import Sphinx

from analysis import study
from analysis.trace.page import numbers_table
from analysis.trace.trail import Tracer
from analysis.verify import cards, catalogue, shown
from analysis.verify.subject import Subject

FIGURE = '<figure class="guyub'
FOLLOW = """## Follow a claim to its number

On the web page each claim unfolds: what was declared, its numbers, what limits it, the figures that show it, the code
that computes it, and the data it rests on."""
_subjects: dict[Path, Subject] = {}


def subject_of(root: Path) -> Subject:
    """The study under root, read once a build."""
    return _subjects.setdefault(root, Subject(study.Paths(root)))


def forget(app: Sphinx) -> None:
    """Read the study again: a build must not use what an earlier one read."""
    _subjects.pop(Path(app.srcdir).parent, None)


def with_provenance(notebook: dict[str, Any], chapter: str) -> None:
    """Add a chapter's card as its last cell, and an anchor before each cell's figures."""
    step = chapter.rpartition("-")[2]
    for cell in (cell for cell in notebook["cells"] if cell["cell_type"] == "code"):
        for output in cell.get("outputs", []):
            made = "".join(output.get("data", {}).get("text/html", ""))
            if FIGURE in made:
                output["data"]["text/html"] = f'<span id="{cards.anchor(step, cell["id"])}"></span>{made}'
    cells = {"provenance": f"```{{provenance}} {step}\n```"}
    if step == "claims":
        cells = {"dossiers": f"{FOLLOW}\n\n```{{dossiers}}\n```", **cells}
    for name, source in cells.items():
        notebook["cells"].append({"cell_type": "markdown", "id": name, "metadata": {}, "source": source})


def card(root: Path, step: str) -> list[nodes.Node]:
    """The provenance card of a step's chapter."""
    return [raw(shown.chapter_card(subject_of(root), step))]


def claim_cards(root: Path) -> list[nodes.Node]:
    """Every claim's dossier: its number, limits, figures, code and data."""
    return [raw(text) for text in shown.claim_cards(subject_of(root))]


def outputs(root: Path) -> list[nodes.Node]:
    """Every chapter's figures and tables, each with notebook, code, data and hash."""
    return [raw(shown.figures_and_tables(subject_of(root), step)) for step in study.STEPS]


def numbers(root: Path) -> list[nodes.Node]:
    """Every number of the metrics with its key, line and rows, folded by step."""
    tracer = Tracer.of(study.Paths(root))
    return [raw(numbers_table(tracer, step)) for step in study.STEPS]


def raw(text: str) -> nodes.Node:
    """HTML as it is."""
    return nodes.raw("", text, format="html")


def checks() -> tuple[tuple[str, ...], list[tuple[str, ...]]]:
    """Heads and rows of the table of checks."""
    rows = [(entry.name, entry.catches, entry.limits) for entry in catalogue.catalogue()]
    return ("Check", "What it catches", "What it cannot see"), rows


def checklist(name: str) -> tuple[tuple[str, ...], list[tuple[str, ...]]]:
    """Heads and rows of a reviewer's checklist."""
    rows = [(row.item, ", ".join(row.machine) or "–", row.person or "–") for row in catalogue.checklist(name)]
    return ("What is asked", "Checked by", "Left to a person"), rows


def allowed() -> tuple[tuple[str, ...], list[tuple[str, ...]]]:
    """Heads and rows of the numbers that prose may hold as they are."""
    return ("In prose", "Why it need not be computed"), [(row["text"], row["reason"]) for row in catalogue.allowances()]


TABLES: dict[str, Callable[..., tuple[tuple[str, ...], list[tuple[str, ...]]]]] = {
    "checks": checks,
    "checklist": checklist,
    "allowed": allowed,
}
