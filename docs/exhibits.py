"""Writes docs/exhibits.md: every figure and table of the notebooks, with the function that makes it and where it lands.

python docs/exhibits.py; a test compares. Which of them a study shows depends on its data.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from analysis import study
from analysis.closure import code, parsed
from analysis.reads import Program
from analysis.verify.provenance import maker

HEAD = """\
# Figures and tables

Each figure and table of the book, in the order of the notebooks: the section it stands in, the cell that shows it, and
the function that makes it. A cell's output is on its chapter's page at `#<step>-<cell>`, such as
`book/_build/html/executed/03-sharing.html#{anchor}`, and in a research object (`guyub export ro-crate OUT`) a
file: `outputs/<step>/<step>-<cell>.svg` of a figure, `.html` of a table. `guyub run <step>` runs a notebook again.
Which of them a study shows depends on its data. Numbers in the text are listed on the book's page *Where each number
comes from*.

`python docs/exhibits.py` writes this list.
"""
TEXTS = ("say", "checks")  # what shows no figure or table
TABLES = re.compile(r"table|passages|quotations|turns")  # in the name of what shows a table


def exhibits(paths: study.Paths, step: str) -> Iterator[tuple[str, str, str, str]]:
    """Of each cell that shows a figure or table: section, what it is, id of the cell, full name of what makes it."""
    whole, program, section = code(paths.notebook(step)), Program(paths.root), ""
    for cell in study.read_notebook(paths.notebook(step)).cells:
        if cell.cell_type == "markdown":
            section = next(iter(re.findall(r"(?m)^##+ (.+)$", cell.source)[-1:]), section)
        elif called := shown(cell):
            kind = "table" if TABLES.search(called) else "figure"
            yield section, kind, cell.id, maker(cell.source, whole, program)


def shown(cell: Any) -> str:
    """The function with which a cell's last line shows something; empty where it shows no figure or table."""
    last = parsed(cell.source).body[-1:]
    if not (last and isinstance(last[0], ast.Expr) and isinstance(last[0].value, ast.Call)):
        return ""
    name = ast.unparse(last[0].value.func)
    return "" if name in TEXTS else name


def page(paths: study.Paths) -> str:
    """The text of docs/exhibits.md."""
    lines = []
    for step in study.STEPS:
        notebook = paths.notebook(step)
        lines += ["", f"## [{notebook.stem}](../notebooks/{notebook.name})", ""]
        lines += ["| section | | cell | made by |", "|---|---|---|---|"]
        lines += [f"| {section} | {kind} | {cell} | `{made.removeprefix('analysis.') or 'the cell itself'}` |"
                  for section, kind, cell, made in exhibits(paths, step)]  # fmt: skip
    anchor = next(f"sharing-{cell}" for _, _, cell, _ in exhibits(paths, "sharing"))
    return HEAD.format(anchor=anchor) + "\n".join(lines) + "\n"


if __name__ == "__main__":
    study_paths = study.here(Path(__file__).parent)
    (study_paths.root / "docs" / "exhibits.md").write_text(page(study_paths), encoding="utf-8")
