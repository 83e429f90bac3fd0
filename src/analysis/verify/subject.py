"""The subject of verification: a study's folder, read once; and findings, which say what is wrong with it."""

from __future__ import annotations

import os
import re
import time
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import Any

import pathspec
import yaml

from analysis import memory, research_object, site, study
from analysis.book import light_pages
from analysis.closure import Stage, stages, step_files
from analysis.errors import InputError
from analysis.ingest import manifest
from analysis.reads import Program
from analysis.upstream import folder_md5, md5
from analysis.verify import damage

SITE = "book/_build/html"
AGAIN = "Run the study again: dvc repro"
REBUILD = "Build the book again: dvc repro book"
WHOLE_AGAIN = "Bring the file back (from git: git checkout FILE), or make it again (dvc repro, dvc checkout)."
# A file that a page includes: by MyST, as the file of a table or of raw HTML, and in blocks of reStructuredText
INCLUDED = re.compile(
    r"\{(?:literal)?include\}[ \t]*(\S[^\n]*)|^ *:file:[ \t]*(\S[^\n]*)|\.\.[ \t]+(?:literal)?include::[ \t]*(\S+)",
    re.M,
)


@dataclass(frozen=True)
class Finding:
    """Something that is wrong. place: file, and where in it; fix: what to do about it."""

    place: str
    what: str
    fix: str = AGAIN


@dataclass(frozen=True)
class Subject:
    """A study on disk. Everything is read once, when first needed; what is then missing or not of its kind raises
    InputError."""

    paths: study.Paths
    _hashes: dict[str, str] = field(default_factory=dict, repr=False)
    _step_files: dict[str, set[str]] = field(default_factory=dict, repr=False)

    @property
    def root(self) -> Path:
        """The study's folder."""
        return self.paths.root

    def text(self, name: str) -> str:
        """A file's text, by its path from the root. Raises InputError when it is missing or not text."""
        try:
            return (self.root / name).read_text(encoding="utf-8")
        except (OSError, UnicodeDecodeError) as error:
            raise InputError(f"{name} cannot be read: {error}", fix=AGAIN) from error

    def yaml(self, name: str) -> Any:
        """What a YAML file holds. Raises InputError when it cannot be read."""
        try:
            return study.parsed_yaml(self.text(name))
        except yaml.YAMLError as error:
            raise InputError(f"{name} is not YAML: {error}", fix="Fix it by hand.") from error

    def json(self, name: str) -> Any:
        """What a JSON file holds. Raises InputError when it cannot be read."""
        try:
            return damage.parsed_json(self.text(name))
        except ValueError as error:
            raise InputError(f"{name} is not JSON: {error}", fix=AGAIN) from error

    def name(self, path: Path) -> str:
        """A file's path from the root."""
        return path.relative_to(self.root).as_posix()

    @cached_property
    def manifest(self) -> list[dict[str, str]]:
        """The rows of data/raw/MANIFEST.csv; none where there is none."""
        place = self.paths.raw / manifest.NAME
        return study.rows(self.text(self.name(place)), place) if place.exists() else []

    @cached_property
    def sources(self) -> dict[str, Any]:
        """The notebooks as they are written, by step."""
        return {step: study.read_notebook(self.paths.notebook(step)) for step in study.STEPS}

    @cached_property
    def executed(self) -> dict[str, Any]:
        """The executed notebooks, by step; missing ones are left out."""
        places = {step: self.paths.executed(step) for step in study.STEPS}
        return {step: study.read_notebook(place) for step, place in places.items() if place.exists()}

    @cached_property
    def declared(self) -> dict[str, Stage]:
        """The stages of dvc.yaml."""
        return stages(self.yaml("dvc.yaml"))

    @cached_property
    def locked(self) -> dict[str, Stage]:
        """The stages of dvc.lock. Raises InputError when nothing has run."""
        locked = {}
        for name, stage in (self.yaml("dvc.lock").get("stages") or {}).items():
            deps, outs = ({each["path"]: each["md5"] for each in stage.get(key) or []} for key in ("deps", "outs"))
            locked[name] = Stage(stage["cmd"], deps, outs, (stage.get("params") or {}).get("params.yaml", {}))
        return locked

    @cached_property
    def damaged(self) -> dict[str, str]:
        """Files that are damaged or not of their kind, by path, with what is wrong."""
        return damage.damaged(self.root)

    @cached_property
    def changed(self) -> list[str]:
        """Files and folders that differ from those that the last run used or made; empty without a lock."""
        try:
            held = [{**stage.deps, **stage.outs} for stage in self.locked.values()]
            return list(
                dict.fromkeys(name for one in held for name, digest in one.items() if self.stated(name) != digest)
            )
        except damage.BROKEN:
            return []

    @cached_property
    def left_out(self) -> dict[str, str]:
        """Data of people that this research object leaves out on purpose, with the hash by which its metadata and
        dvc.lock both name it. Nothing where either cannot be read."""
        try:
            named = research_object.left_out(self.paths)
            locked = {
                name: digest
                for stage in self.locked.values()
                for name, digest in (*stage.deps.items(), *stage.outs.items())
            }
        except damage.BROKEN:
            return {}
        return {name: digest for name, digest in named.items() if locked.get(name) == digest}

    def lacking(self, places: Iterable[str]) -> list[str]:
        """Those of these files and folders that this research object leaves out on purpose."""
        return [name for name in self.left_out if any(Path(name).is_relative_to(place) for place in places)]

    def is_left_out(self, name: str) -> bool:
        """Whether a file or folder is, or is inside, what this research object leaves out on purpose."""
        return any(Path(name).is_relative_to(place) for place in self.left_out)

    @cached_property
    def program(self) -> Program:
        """The study's code."""
        return Program(self.root)

    def step_files(self, step: str) -> set[str]:
        """Files of the project that running a step's notebook imports, by their paths from the root."""
        if step not in self._step_files:
            self._step_files[step] = step_files(self.paths, step)
        return self._step_files[step]

    @cached_property
    def pages(self) -> dict[str, str]:
        """The book's prose, by path: every Markdown page."""
        folder, made = self.paths.book, ("_build", "executed")
        pages = (path for path in sorted(folder.rglob("*.md")) if path.relative_to(folder).parts[0] not in made)
        return {self.name(page): self.text(self.name(page)) for page in pages}

    @cached_property
    def site(self) -> dict[str, str]:
        """The built pages, by path from the root, without what light.unbroken adds. Raises InputError when the
        book is not built."""
        folder = self.root / SITE
        if not folder.is_dir():
            raise InputError("the book is not built", path=folder, fix=AGAIN)
        pages = (page for page in sorted(folder.rglob("*.html")) if "_static" not in page.parts)
        texts = ((self.name(page), page.read_text(encoding="utf-8", errors="replace")) for page in pages)
        return {name: light_pages.breaking(text) for name, text in texts}

    def language(self, page: str) -> str:
        """The language that a page is written in. page: its name below book/, without an ending."""
        return self.yaml("book/_config.yml")["sphinx"]["config"].get("guyub_languages", {}).get(page, "en")

    @cached_property
    def site_hashes(self) -> dict[str, dict[str, str]]:
        """Hashes of the built site's files as they are, in parts."""
        return site.hashes(self.root / SITE, self.made_site)

    @cached_property
    def made_site(self) -> dict[str, dict[str, str]]:
        """Hashes of the site's files as the build made them. Raises InputError when their file holds none."""
        made = self.json(f"book/_build/{site.NAME}").get("site")
        if not isinstance(made, dict) or not all(isinstance(parts, dict) for parts in made.values()):
            raise InputError("it holds no hashes of pages", path=f"book/_build/{site.NAME}", fix=AGAIN)
        return made

    @cached_property
    def prose(self) -> dict[str, str]:
        """Everything that a person wrote for the book: pages, and Markdown cells as "notebook, cell id"."""
        cells = {
            f"{self.name(self.paths.notebook(step))}, cell {cell.get('id', i)}": cell.source
            for step, notebook in self.sources.items()
            for i, cell in enumerate(notebook.cells)
            if cell.cell_type == "markdown"
        }
        return {**self.pages, **self.included, **cells}

    @cached_property
    def code(self) -> dict[str, str]:
        """The notebooks' cells of code, as "notebook, cell id"."""
        return {
            f"{self.name(self.paths.notebook(step))}, cell {cell.get('id', i)}": cell.source
            for step, notebook in self.sources.items()
            for i, cell in enumerate(notebook.cells)
            if cell.cell_type == "code"
        }

    @cached_property
    def included(self) -> dict[str, str]:
        """Texts that pages and cells include, and what these include in turn, by path. Raises InputError when one is
        missing."""
        cells = [(self.name(self.paths.executed(step)), cell.source) for step, notebook in self.sources.items()
                 for cell in notebook.cells if cell.cell_type == "markdown"]  # fmt: skip
        found: dict[str, str] = {}
        waiting = [name for place, text in (*self.pages.items(), *cells) for name in self._includes(place, text)]
        while waiting:
            name = waiting.pop()
            if name not in found and name not in self.pages:
                found[name] = self.text(name)
                waiting += self._includes(name, found[name])
        return dict(sorted(found.items()))

    def _includes(self, place: str, text: str) -> list[str]:
        """Paths of what a text includes. place: its own, below which it looks; a leading slash is the book's folder."""
        named = [next(filter(None, groups)).strip() for groups in INCLUDED.findall(text)]
        paths = (
            Path("book") / name.lstrip("/") if name.startswith("/") else Path(place).parent / name for name in named
        )
        return [os.path.normpath(path) for path in paths]

    def bare(self, name: str) -> str:
        """The file that represents another in the stages: for a step's notebook its bare form, else the file itself."""
        twins = {self.name(self.paths.notebook(step)): self.name(self.paths.bare(step)) for step in study.STEPS}
        return twins.get(name, name)

    def hash(self, name: str) -> str | None:
        """The hash of a file or folder as DVC writes it, from its bytes; None when there is none."""
        if name not in self._hashes:
            path = self.root / name
            if not path.exists():
                return None
            if path.is_dir():
                self._hashes[name] = folder_md5(path, self.files(path))
            else:
                self._hashes[name] = md5(path)
        return self._hashes[name]

    def stated(self, name: str) -> str | None:
        """The hash of a file or folder, from its bytes; of one that is left out, the hash by which it is named."""
        return self.hash(name) or self.left_out.get(name)

    def files(self, folder: Path) -> Iterator[Path]:
        """A folder's files in the order of their paths, without those that .dvcignore names."""
        for path in sorted(folder.rglob("*"), key=lambda path: path.relative_to(folder).as_posix()):
            if path.is_file() and not self.is_ignored(path):
                yield path

    def is_ignored(self, path: Path) -> bool:
        """Whether .dvcignore names a file."""
        return self._ignored.match_file(self.name(path))

    @cached_property
    def _ignored(self) -> pathspec.GitIgnoreSpec:
        place = self.root / ".dvcignore"
        lines = place.read_text(encoding="utf-8").splitlines() if place.exists() else []
        return pathspec.GitIgnoreSpec.from_lines([*lines, ".git/", ".dvc/", ".dvcignore"])


Check = Callable[[Subject], Iterator[Finding]]  # an InputError on what it cannot read becomes a finding in `timed`


def timed(check: Check, subject: Subject) -> tuple[list[Finding], float]:
    """The findings of a check, with the seconds that it took; a file that it cannot read is also a finding."""
    begun = time.perf_counter()
    findings: list[Finding] = []
    try:
        with memory.seldom_collected():
            findings += check(subject)
    except InputError as error:
        place = str(error.path).removeprefix(f"{subject.root}/") if error.path else "the study"
        findings.append(Finding(place, f"this cannot be checked: {error.what}", error.fix or AGAIN))
        findings += (each for each in stopped(subject) if each.place != place)
    except damage.BROKEN as error:
        whole = Finding("the study", f"this cannot be checked: {damage.first_line(error)}", WHOLE_AGAIN)
        findings += list(stopped(subject)) or [whole]
    return findings, time.perf_counter() - begun


def stopped(subject: Subject) -> Iterator[Finding]:
    """The broken files that may have stopped a check: those not of their kind, else those changed since the run."""
    for name, what in subject.damaged.items():
        yield Finding(name, f"this cannot be checked: {what}", WHOLE_AGAIN)
    if not subject.damaged:
        for name in subject.changed:
            yield Finding(name, "this cannot be checked: the file is not as the run left it", WHOLE_AGAIN)
