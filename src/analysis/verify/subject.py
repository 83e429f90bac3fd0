"""What is verified: a study's folder, read once; and a finding, which says what is wrong with it."""

from __future__ import annotations

import csv
import hashlib
import json
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import Any

import pathspec
import yaml

from analysis import study
from analysis.closure import Stage, stages, step_files
from analysis.errors import InputError
from analysis.verify.reads import Program

AGAIN = "Run the study again: dvc repro"


@dataclass(frozen=True)
class Finding:
    """Something that is not as it should be. place: file, and where in it; fix: what to do about it."""

    place: str
    what: str
    fix: str = AGAIN


@dataclass(frozen=True)
class Subject:
    """A study as it lies on disk. Everything is read when first asked for, and once."""

    paths: study.Paths
    _hashes: dict[str, str] = field(default_factory=dict, repr=False)
    _step_files: dict[str, set[str]] = field(default_factory=dict, repr=False)

    @property
    def root(self) -> Path:
        return self.paths.root

    def text(self, name: str) -> str:
        """A file's text, by its path from the root. Raises InputError when it is not there or is no text."""
        try:
            return (self.root / name).read_text(encoding="utf-8")
        except (OSError, UnicodeDecodeError) as error:
            raise InputError(f"{name} cannot be read: {error}", fix=AGAIN) from error

    def yaml(self, name: str) -> Any:
        """What a YAML file holds. Raises InputError when it cannot be read."""
        try:
            return study.parsed_yaml(self.text(name))
        except yaml.YAMLError as error:
            raise InputError(f"{name} is no YAML: {error}", fix="Fix it by hand.") from error

    def json(self, name: str) -> Any:
        """What a JSON file holds. Raises InputError when it cannot be read."""
        try:
            return json.loads(self.text(name))
        except ValueError as error:
            raise InputError(f"{name} is no JSON: {error}", fix=AGAIN) from error

    def name(self, path: Path) -> str:
        """A file's path from the root."""
        return path.relative_to(self.root).as_posix()

    @cached_property
    def manifest(self) -> list[dict[str, str]]:
        """The rows of data/raw/MANIFEST.csv; none where there is none."""
        place = self.paths.raw / "MANIFEST.csv"
        return list(csv.DictReader(self.text(self.name(place)).splitlines())) if place.exists() else []

    @cached_property
    def sources(self) -> dict[str, Any]:
        """The notebooks as they are written, by step."""
        return {step: study.read_notebook(self.paths.notebook(step)) for step in study.STEPS}

    @cached_property
    def executed(self) -> dict[str, Any]:
        """The notebooks as they were run, by step; those that are not there are left out."""
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
        return {self.name(page): self.text(self.name(page)) for page in sorted(self.paths.book.glob("*.md"))}

    @cached_property
    def site(self) -> dict[str, str]:
        """The built pages, by path from the root. Raises InputError when the book is not built."""
        folder = self.paths.book / "_build" / "html"
        if not folder.is_dir():
            raise InputError("the book is not built", path=folder, fix=AGAIN)
        pages = (page for page in sorted(folder.rglob("*.html")) if "_static" not in page.parts)
        return {self.name(page): self.text(self.name(page)) for page in pages}

    @cached_property
    def prose(self) -> dict[str, str]:
        """Everything that a person wrote for the book: pages, and Markdown cells as "notebook, cell id"."""
        cells = {
            f"{self.name(self.paths.notebook(step))}, cell {cell.get('id', i)}": cell.source
            for step, notebook in self.sources.items()
            for i, cell in enumerate(notebook.cells)
            if cell.cell_type == "markdown"
        }
        return {**self.pages, **cells}

    def hash(self, name: str) -> str | None:
        """The hash of a file or folder as DVC writes it, from its bytes; None when there is none."""
        if name not in self._hashes:
            path = self.root / name
            if not path.exists():
                return None
            if path.is_dir():  # DVC's hash of a folder: of the JSON list of its files' hashes and paths
                listed = [{"md5": md5(p), "relpath": p.relative_to(path).as_posix()} for p in self.files(path)]
                text = json.dumps(listed, sort_keys=True)
                self._hashes[name] = hashlib.md5(text.encode(), usedforsecurity=False).hexdigest() + ".dir"
            else:
                self._hashes[name] = md5(path)
        return self._hashes[name]

    def files(self, folder: Path) -> Iterator[Path]:
        """A folder's files in the order of their paths, without those that .dvcignore names."""
        for path in sorted(folder.rglob("*"), key=lambda path: path.relative_to(folder).as_posix()):
            if path.is_file() and not self._ignored.match_file(self.name(path)):
                yield path

    @cached_property
    def _ignored(self) -> pathspec.GitIgnoreSpec:
        place = self.root / ".dvcignore"
        lines = place.read_text(encoding="utf-8").splitlines() if place.exists() else []
        return pathspec.GitIgnoreSpec.from_lines([*lines, ".git/", ".dvc/", ".dvcignore"])


def sha256(path: Path) -> str:
    """SHA-256 of a file's bytes, in hexadecimal digits."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def md5(path: Path) -> str:
    """MD5 of a file's bytes, in hexadecimal digits (DVC's choice; against accidents, not against forgers)."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, lambda: hashlib.md5(usedforsecurity=False)).hexdigest()


Check = Callable[[Subject], Iterator[Finding]]


def timed(check: Check, subject: Subject) -> tuple[list[Finding], float]:
    """What a check finds, with the seconds that it took; what it cannot read is a finding too."""
    begun = time.perf_counter()
    findings: list[Finding] = []
    try:
        findings += check(subject)
    except InputError as error:
        place = str(error.path).removeprefix(f"{subject.root}/") if error.path else "the study"
        findings.append(Finding(place, f"this cannot be checked: {error.what}", error.fix or AGAIN))
    return findings, time.perf_counter() - begun
