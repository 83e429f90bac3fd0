"""A small study that has been run: the fixture community through every notebook, in this process, and its book built.

No kernel and no DVC: cells are executed here one after the other, and dvc.lock is written from the files' hashes. Tests
break what it holds and put it back.
"""

from __future__ import annotations

import ast
import os
import shutil
import subprocess
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any
from unittest import mock

import nbformat
import pytest
import yaml

from analysis import book, site, study
from analysis.identifiers.spans import Span
from analysis.privacy import Pseudonymiser
from analysis.upstream import md5 as MD5
from analysis.verify.subject import Subject

ROOT = Path(__file__).resolve().parents[2]
FILES = (".dvcignore", ".gitignore", "dvc.yaml", "params.yaml", "claims.yaml", "study.yaml", "requirements.lock",
         "pyproject.toml", "README.md", "LICENSE", "CITATION.cff", "CHANGELOG.md", "environment.yml", "Makefile",
         "release.json")  # fmt: skip
SPANS: dict[tuple[int, str, bool], list[Span]] = {}  # what was found in a text, by who was looked for
HASHED: dict[tuple[Path, int, int], str] = {}  # MD5 of a file, by when it was written and its size
SHOWN = {"text/html": "_repr_html_", "text/markdown": "_repr_markdown_"}


def copy_sources(root: Path) -> study.Paths:
    """The study's sources in another folder, with the fixture community's raw files."""
    root.mkdir(parents=True, exist_ok=True)
    for name in FILES:
        shutil.copy(ROOT / name, root / name)
    for name in ("notebooks", "docs", "src", "book", "calibration", ".ci"):
        left = shutil.ignore_patterns("__pycache__", "_build", "executed", "runs", ".ipynb_checkpoints")
        shutil.copytree(ROOT / name, root / name, ignore=left)
    shutil.copytree(ROOT / "tests/fixtures/study/raw", root / "data" / "raw")
    return study.Paths(root)


def execute(paths: study.Paths, step: str) -> None:
    """Run a step's notebook in this process as `guyub run` does, and write it as papermill would."""
    study.write_bare(paths, step)
    with mock.patch.dict(os.environ, {study.PIPELINE: step}):
        notebook = executed(paths, step)
    code = [cell for cell in notebook.cells if cell.cell_type == "code"]
    for cell, outputs in zip(code, study.as_published(paths, step, [cell.outputs for cell in code]), strict=True):
        cell.outputs = nbformat.from_dict(outputs)
    paths.executed(step).parent.mkdir(parents=True, exist_ok=True)
    nbformat.write(notebook, paths.executed(step))


def executed(paths: study.Paths, step: str) -> Any:
    """A step's notebook after its cells ran in this process with the study's parameters; writes what they write."""
    notebook = nbformat.read(paths.notebook(step), as_version=4)
    params = study.step_params(paths, step)
    names: dict[str, Any] = {}
    done = []
    for cell in notebook.cells:
        done.append(cell)
        if cell.cell_type == "code":
            cell.outputs = outputs_of(cell.source, names)
        if "parameters" in cell.metadata.get("tags", []):
            source = "# Parameters\n" + "\n".join(f"{name} = {value!r}" for name, value in params.items())
            tags = {"tags": ["injected-parameters"]}
            done.append(nbformat.v4.new_code_cell(source, id="injected-parameters", metadata=tags))
            outputs_of(source, names)
    notebook.cells = done
    for count, cell in enumerate((cell for cell in done if cell.cell_type == "code"), 1):
        cell.execution_count = count
    return notebook


def outputs_of(source: str, names: dict[str, Any]) -> list[Any]:
    """Execute a cell; what its last expression shows."""
    tree = ast.parse(source)
    last = tree.body.pop() if isinstance(tree.body[-1], ast.Expr) else None
    exec(compile(tree, "cell", "exec"), names)
    value = eval(compile(ast.Expression(last.value), "cell", "eval"), names) if last else None
    shown = {kind: getattr(value, method)() for kind, method in SHOWN.items() if hasattr(value, method)}
    return [nbformat.v4.new_output("display_data", shown)] if shown else []


def value_at(params: dict, name: str) -> Any:
    """The value of a step's parameters, or of one of them (`coding.folds`)."""
    for key in name.split("."):
        params = params[key]
    return params


def hashed_once(path: Path) -> str:
    """MD5 of a file, computed anew once it was written: a relocked study differs from the last in a file or two."""
    state = path.stat()
    key = (path, state.st_mtime_ns, state.st_size)
    if key not in HASHED:
        HASHED[key] = MD5(path)
    return HASHED[key]


def lock(paths: study.Paths) -> None:
    """Write dvc.lock as DVC would after a run of what lies here."""
    with mock.patch("analysis.upstream.md5", hashed_once), mock.patch("analysis.verify.subject.md5", hashed_once):
        _lock(paths)


def _lock(paths: study.Paths) -> None:
    subject = Subject(paths)
    params = subject.yaml("params.yaml")
    stages = {}
    for name, stage in subject.declared.items():
        entries = {
            key: [{"path": path, "md5": subject.hash(path)} for path in places]
            for key, places in (("deps", stage.deps), ("outs", stage.outs))
        }
        given = {name: value_at(params, name) for name in stage.params}
        stages[name] = {"cmd": stage.cmd, **entries, "params": {"params.yaml": given}}
    text = yaml.dump({"schema": "2.0", "stages": stages}, Dumper=yaml.CSafeDumper)
    (paths.root / "dvc.lock").write_text(text, encoding="utf-8")


def git(root: Path, *words: str) -> None:
    who = ("-c", "user.name=A", "-c", "user.email=a@example.org")
    subprocess.run(["git", "-C", str(root), *who, *words], check=True, capture_output=True)


@pytest.fixture(scope="module", autouse=True)
def searched_once() -> Iterator[None]:
    """What the rules find in a text is looked up where they searched it before, for people of the same names under the
    same key: most tests scan one study."""
    search = Pseudonymiser.spans

    def spans(self: Pseudonymiser, text: str, *, talk: bool = True) -> list[Span]:
        if not hasattr(self, "likeness"):
            names = tuple((form, *sorted(who)) for form, who in self._directory.forms.items())
            self.likeness = hash((names, self._key, self._removed, *self._pseudonyms.values(), *sorted(self._withheld)))
        if (key := (self.likeness, text, talk)) not in SPANS:
            SPANS[key] = search(self, text, talk=talk)
        return SPANS[key]

    with mock.patch.object(Pseudonymiser, "spans", spans):
        yield


@pytest.fixture(scope="session")
def in_this_process(quick_books) -> Callable[..., None]:
    """in_this_process(paths, *steps): run steps as `dvc repro` would; without steps all, with the book and the lock."""

    def repro(paths: study.Paths, *steps: str) -> None:
        for step in steps or study.STEPS:
            execute(paths, step)
        if not steps:
            with quick_books():
                book.build(paths)
            lock(paths)

    return repro


@pytest.fixture
def by_hand(monkeypatch) -> Callable[[study.Paths, str], Any]:
    """by_hand(paths, step): run a step's notebook as somebody who opened it does; returns it with its outputs."""
    monkeypatch.delenv(study.PIPELINE, raising=False)
    return executed


@pytest.fixture(scope="session")
def ran(tmp_path_factory, with_few_draws, quick_books) -> study.Paths:
    """The study, run, built, locked and committed. Break it with `broken`, which fixes it again."""
    root = tmp_path_factory.mktemp("ran") / "study"
    paths = copy_sources(root)
    with_few_draws(paths)
    _tried_for_few(paths)
    before = Path.cwd()
    os.chdir(root)
    try:
        for step in study.STEPS:
            execute(paths, step)
    finally:
        os.chdir(before)
    with quick_books():
        book.build(paths)
    lock(paths)
    git(root, "init", "--quiet")
    git(root, "add", "--all")
    git(root, "commit", "--quiet", "--message", "A study")
    return paths


def _tried_for_few(paths: study.Paths) -> None:
    """Let calibration's plan say that studies as small as this one, with as few draws, were tried, so that the book
    shows its rates."""
    place = paths.root / "calibration" / "plan.yaml"
    plan = yaml.safe_load(place.read_text(encoding="utf-8"))
    plan["settings"] = {step: dict.fromkeys(values, 1) for step, values in plan["settings"].items()}
    for each in plan["conditions"]:
        each |= {"members": 2, "months": 0} if each["name"] == "20 members" else {}
    place.write_text(yaml.safe_dump(plan, sort_keys=False), encoding="utf-8")


@pytest.fixture
def broken(ran, monkeypatch) -> Iterator[Callable[..., study.Paths]]:
    """broken(file, old, new): the study with a text replaced in a file, until the test ends.

    Without old the file is written anew; without new it is removed.
    """
    breaker = Breaker(ran, monkeypatch)
    yield breaker
    breaker.fix()


class Breaker:
    """Changes files and remembers what they held."""

    def __init__(self, paths: study.Paths, monkeypatch: pytest.MonkeyPatch) -> None:
        self.paths = paths
        self.monkeypatch = monkeypatch
        self.before: dict[Path, bytes | None] = {}

    def __call__(self, name: str, old: str | None, new: str | None) -> study.Paths:
        path = self.keep(name)
        if new is None:
            path.unlink()
            return self.paths
        text = path.read_text(encoding="utf-8") if old is not None else ""
        assert old is None or old in text, f"{name} does not hold {old!r}"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text.replace(old, new, 1) if old is not None else new, encoding="utf-8")
        return self.paths

    def keep(self, name: str) -> Path:
        """Remember a file; returns where it lies."""
        path = self.paths.root / name
        self.before.setdefault(path, path.read_bytes() if path.exists() else None)
        return path

    def relock(self) -> None:
        """Make dvc.lock fit whatever lies there now, as somebody would who covers a change up."""
        self.keep("dvc.lock")
        lock(self.paths)

    def rehash(self) -> None:
        """Make the site's hashes fit whatever lies there now."""
        self.keep("book/_build/site.json")
        site.write(self.paths.book / "_build" / "html", site.sources(self.paths.root, book.built_from(self.paths)))

    def fix(self) -> None:
        """Put everything back."""
        for path, content in self.before.items():
            path.write_bytes(content) if content is not None else path.unlink(missing_ok=True)
