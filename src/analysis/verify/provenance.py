"""Provenance of a chapter: its inputs, parameters, code and packages by hash, and each figure and table in it.

Everything here is computed from the bytes of files, not from time, commit or machine, so that equal inputs give equal
pages.
"""

from __future__ import annotations

import ast
import hashlib
import html
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import pyarrow.parquet as pq

from analysis import book, reads
from analysis.book import exhibit_numbers
from analysis.book.downloads import HELD, Exhibit
from analysis.closure import code, missing, parsed
from analysis.verify import seeds
from analysis.verify.environment import LOCK, locked_versions, packages_of
from analysis.verify.notebooks import differences
from analysis.verify.subject import Subject, md5

FIGURES = "analysis.figures."  # functions that show what others made
_DRAWING = re.compile(r'<div class="drawing" role="img" aria-label="(.*?)">(.*?)</div>', re.S)
_TITLE = re.compile(r"(?<=[.?!]) ")


@dataclass(frozen=True)
class Input:
    """Data that a step reads. hash: DVC's, of all of it; parts: file, rows (lines of a text) and hash of each; here:
    False if a research object leaves it out, so that its size is unknown, and also any hash that nothing names."""

    path: str
    hash: str
    files: int
    rows: int
    parts: tuple[tuple[str, int, str], ...]
    here: bool = True


@dataclass(frozen=True)
class Card:
    """Provenance of a chapter. code: one hash of the notebook and all modules it runs; outputs: path and hash of
    what the step wrote; checks: words, passed."""

    step: str
    inputs: tuple[Input, ...]
    outputs: tuple[tuple[str, str], ...]
    parameters: Mapping[str, Any]
    code: str
    modules: tuple[str, ...]
    packages: Mapping[str, str]
    checks: tuple[tuple[str, bool], ...]


@dataclass(frozen=True)
class Shown:
    """A figure or table of a chapter. maker: the function that made it; place: file and line of that function;
    number: its place among those of its cell, from 1; label: its name on the page, such as Table 3.2."""

    step: str
    cell: str
    kind: str
    title: str
    maker: str
    place: str
    content: bytes
    suffix: str
    number: int = 1
    label: str = ""

    @property
    def hash(self) -> str:
        """SHA-256 of its bytes, in hexadecimal digits."""
        return hashlib.sha256(self.content).hexdigest()


def card(subject: Subject, step: str) -> Card:
    """The provenance of a step's chapter. Raises InputError when its sources are missing."""
    stage = subject.declared[step]
    notebook, bare = (subject.name(place) for place in (subject.paths.notebook(step), subject.paths.bare(step)))
    modules = tuple(dep for dep in stage.deps if dep.startswith("src/"))
    data = [dep for dep in stage.deps if dep != bare and dep not in modules]
    made = "".join(f"{subject.hash(dep)}  {dep}\n" for dep in sorted({bare, *modules}))
    used = packages_of(subject.root, subject.step_files(step))
    versions = locked_versions(subject.text(LOCK))
    return Card(
        step=step,
        inputs=tuple(input_of(subject, dep) for dep in data),
        outputs=tuple(outputs(subject, step)),
        parameters=parameters(subject, step),
        code=hashlib.md5(made.encode(), usedforsecurity=False).hexdigest(),
        modules=(notebook, *modules),
        packages={name: versions.get(name, "not locked") for name in sorted(used)},
        checks=tuple(_checks(subject, step)),
    )


def parameters(subject: Subject, step: str) -> dict[str, Any]:
    """The parameters that the step's stage declares, by name; those of another step as step.name. Raises InputError
    where dvc.yaml or params.yaml cannot be read."""
    given = subject.yaml("params.yaml")
    values: dict[str, Any] = {}
    for key in subject.declared[step].params:
        owner, _, name = key.partition(".")
        theirs = given.get(owner) or {}
        for own in [name] if name else theirs:
            values[own if owner == step else f"{owner}.{own}"] = theirs[own]
    return values


def outputs(subject: Subject, step: str) -> list[tuple[str, str]]:
    """Path and hash of all that the step's stage writes: data, metrics and the executed notebook. Raises InputError
    where dvc.yaml cannot be read."""
    return [(path, subject.stated(path) or "not there") for path in subject.declared[step].outs]


def input_of(subject: Subject, path: str) -> Input:
    """A file or folder of data. Raw files only with number and lines: they may be named after people."""
    if subject.is_left_out(path):
        return Input(path, subject.stated(path) or "", 0, 0, (), here=False)
    place = subject.root / path
    files = list(subject.files(place)) if place.is_dir() else [place] if place.is_file() else []
    parts = [(file.relative_to(place).as_posix(), rows(file), md5(file)) for file in files]
    shown = () if path.startswith(subject.name(subject.paths.raw)) or not place.is_dir() else tuple(parts)
    return Input(path, subject.hash(path) or "not there", len(files), sum(part[1] for part in parts), shown)


def rows(file: Path) -> int:
    """Rows of a table, lines of anything else."""
    return pq.read_metadata(file).num_rows if file.suffix == ".parquet" else file.read_bytes().count(b"\n")


def _checks(subject: Subject, step: str) -> Iterator[tuple[str, bool]]:
    """The checks of the step: by the page when it ran, and by the book when it was built."""
    ran = subject.executed.get(step)
    outputs_of = [output for cell in ran.cells for output in cell.get("outputs", [])] if ran else []
    shown = [output.get("data", {}).get("text/html", "") for output in outputs_of]
    held = sum(max(0, text.count("<tr") - 1) for text in shown if HELD in text)  # rows of the page's own checks
    yield f"{held} checks of the page's own, when it ran", held > 0
    source = subject.sources[step]
    current = ran is not None and not list(differences(source, ran, subject.yaml("params.yaml").get(step) or {}))
    yield "the notebook ran as it is now, from top to bottom, with these parameters", current
    declared = {*subject.declared[step].deps, *subject.declared[step].outs}
    places = reads.places(subject.program, code(subject.paths.notebook(step)))
    whole = not missing(declared, subject.step_files(step) | {place for place in places if reads.ANY not in place})
    yield "every module and file that it uses is declared", whole
    files = [name for name in subject.step_files(step) if name.endswith(".py") and name not in seeds.ALLOWED]
    yield "every random draw starts from a seed", not any(seeds.unseeded(subject.text(name)) for name in files)


def figures_and_tables(subject: Subject, step: str) -> list[Shown]:
    """Every figure and table of a step's chapter, in the page's order; the page's own checks left out."""
    ran = subject.executed.get(step)
    if ran is None:
        return []
    source = "\n".join(cell.source for cell in ran.cells if cell.cell_type == "code")
    listed = []
    for cell in (cell for cell in book.page_cells(ran.cells, "", ()) if cell.cell_type == "code"):
        made_by = maker(cell.source, source, subject.program)
        figures = exhibit_numbers.shown_in(cell)
        shown = (_shown(step, cell.get("id", ""), each, made_by, subject.program.line(made_by)) for _, each in figures)
        listed += [replace(each, number=number) for number, each in enumerate(shown, 1)]
    labels = exhibit_numbers.labels_of(ran, subject.paths.executed(step).stem)
    return [replace(each, label=label) for each, (_, label) in zip(listed, labels, strict=True)]


def _shown(step: str, cell: str, figure: str, made_by: str, place: str) -> Shown:
    """A figure or table from its HTML. Its title is the text above it, else the first sentence of its alt text, or of
    a table's caption; its bytes are those of the image where there is one, else of the HTML."""
    kind, image = "table" if "<table" in figure else "figure", _DRAWING.search(figure)
    exhibit = Exhibit(kind, 1, figure)
    title = exhibit.finding or _TITLE.split(html.unescape(image[1]) if image else exhibit.caption)[0]
    content, suffix = (image[2].encode(), ".svg") if image else (figure.encode(), ".html")
    return Shown(step, cell, kind, title, made_by.rpartition(".")[2], place, content, suffix)


def maker(cell: str, notebook: str, program: reads.Program) -> str:
    """The full name of the project's function that makes what a cell shows; empty when there is none.

    This is the first function outside analysis.figures that the cell's last line calls; else the one that made the
    first object that this line shows.
    """
    names = reads.top_level(parsed(notebook)).names
    last = list(ast.walk(parsed(cell).body[-1])) if parsed(cell).body else []
    called = [reads.full_name(node.func, names) for node in last if isinstance(node, ast.Call)]
    lines = [node for node in parsed(notebook).body if isinstance(node, ast.Assign)]
    made = [(node.value.func, node.targets) for node in lines if isinstance(node.value, ast.Call)]
    bound = {t.id: reads.full_name(function, names) for function, ts in made for t in ts if isinstance(t, ast.Name)}
    called += [bound.get(node.id, "") for node in last if isinstance(node, ast.Name)]
    return next((name for name in called if not name.startswith(FIGURES) and program.line(name)), "")
