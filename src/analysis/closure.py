"""The imports of this project's code (notebooks, modules, the book's extension), and what stages declare.

Imports are followed through every file, those inside functions too. reads.py finds which data a step reads.
"""

from __future__ import annotations

import ast
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

from analysis import study

PACKAGE = "analysis"
RUNNER = "src/analysis/study.py"  # executes every notebook, whatever it imports


@dataclass(frozen=True)
class Stage:
    """A stage of dvc.yaml or dvc.lock. deps, outs: path to hash ("" in dvc.yaml); params: names, or names to values."""

    cmd: str
    deps: Mapping[str, str]
    outs: Mapping[str, str]
    params: Mapping[str, Any]


def imported_files(root: Path, *entries: str) -> set[str]:
    """Files of this project that are run or read when the entries are imported, entries included, relative to root.

    Imports inside functions count, and so does a data file of the module's own folder whose name is in its source.
    """
    files: set[str] = set()
    waiting = list(entries)
    while waiting:
        if (name := waiting.pop()) not in files:
            source = (root / name).read_text(encoding="utf-8")
            waiting += imports(root, source)
            files |= {name, *data_files(root, Path(name), words(source), "__file__" in source)}
    return files


def data_files(root: Path, module: Path, names: Collection[str], located: bool) -> set[str]:
    """Data files in a module's folder that its source names: by name, by the module's own name or by their folder.

    names: the strings in its source; located: whether it uses __file__.
    """
    folder = root / module.parent
    files = {path for path in folder.iterdir() if path.is_file() and path.name in names}
    if located:
        own = {folder / f"{module.stem}{name}" for name in names if name.startswith(".")}
        folders = [path for path in folder.iterdir() if path.is_dir() and path.name in {*names} - {"__pycache__"}]
        inner = {path for each in folders if not (each / "__init__.py").exists() for path in each.rglob("*")}
        files |= {path for path in own | inner if path.is_file()}
    return {path.relative_to(root).as_posix() for path in files if path.suffix not in (".py", ".pyc")}


@cache
def words(source: str) -> frozenset[str]:
    """Every string in a piece of source."""
    return strings(parsed(source))


def strings(tree: ast.AST) -> frozenset[str]:
    """Every string in a syntax tree."""
    constants = (node.value for node in walked(tree) if isinstance(node, ast.Constant))
    return frozenset(value for value in constants if isinstance(value, str))


def step_files(paths: study.Paths, step: str) -> set[str]:
    """Files of this project that running the step's notebook imports, relative to the study's root."""
    return imported_files(paths.root, RUNNER, *imports(paths.root, code(paths.notebook(step))))


def code(notebook: Path) -> str:
    """A notebook's code cells as one source."""
    cells = study.read_notebook(notebook).cells
    return "\n".join(cell.source for cell in cells if cell.cell_type == "code")


@cache
def parsed(source: str) -> ast.Module:
    """The source's syntax tree. Not to be changed."""
    return ast.parse(source)


@cache
def walked(node: ast.AST) -> tuple[ast.AST, ...]:
    """A node and all below it, like ast.walk, which takes twice as long. Cached: several checks walk the same code."""
    found = [node]
    for each in found:  # grows as it is walked
        for name in each._fields:
            value = getattr(each, name, None)
            if isinstance(value, ast.AST):
                found.append(value)
            elif isinstance(value, list):
                found += [item for item in value if isinstance(item, ast.AST)]
    return tuple(found)


def imports(root: Path, source: str) -> set[str]:
    """Files of this project that a piece of source imports, the packages above them included."""
    return {file for file in _importable(source) if (root / file).is_file()}


@cache
def _importable(source: str) -> frozenset[str]:
    """Files of this project that a piece of source may import: what it names may be a module, or a name in one."""
    files: set[str] = set()
    for name in imported_names(source):
        if name.split(".")[0] == PACKAGE:
            parts = name.split(".")  # an attribute adds no file, since none has its name
            files |= {f"src/{'/'.join(parts[:i])}/__init__.py" for i in range(1, len(parts) + 1)}
            files.add(f"src/{'/'.join(parts)}.py")
    return frozenset(files)


@cache
def referents(tree: ast.Module) -> dict[str, str]:
    """What each imported name of a source refers to: numpy for np; imports inside functions count as well."""
    names: dict[str, str] = {}
    for node in walked(tree):
        if isinstance(node, ast.Import):
            for alias in node.names:
                whole = alias.name if alias.asname else alias.name.split(".")[0]
                names[alias.asname or whole] = whole
        elif isinstance(node, ast.ImportFrom) and not node.level:
            names |= {alias.asname or alias.name: f"{node.module}.{alias.name}" for alias in node.names}
    return names


@cache
def imported_names(source: str) -> frozenset[str]:
    """Dotted names of all that a piece of source imports; `from a import b` gives a and a.b."""
    names: set[str] = set()
    for node in walked(parsed(source)):
        if isinstance(node, ast.Import):
            names |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module and not node.level:
            names |= {node.module, *(f"{node.module}.{alias.name}" for alias in node.names)}
    return frozenset(names)


def stages(description: Mapping[str, Any]) -> dict[str, Stage]:
    """The stages that a dvc.yaml declares, in its order. description: the loaded file."""

    def paths(declared: Mapping[str, Any], *keys: str) -> dict[str, str]:
        entries = (entry for key in keys for entry in declared.get(key) or [])
        return {(next(iter(entry)) if isinstance(entry, Mapping) else entry).rstrip("/"): "" for entry in entries}

    return {
        name: Stage(one["cmd"], paths(one, "deps"), paths(one, "outs", "metrics", "plots"),
                    dict.fromkeys(one.get("params") or []))
        for name, one in description["stages"].items()
    }  # fmt: skip


def declared(paths: study.Paths, stage: str) -> set[str]:
    """The dependencies that a stage of dvc.yaml declares."""
    return set(stages(study.read_yaml(paths.root / "dvc.yaml"))[stage].deps)


def missing(deps: set[str], files: set[str]) -> set[str]:
    """Files that are neither dependencies nor inside a folder that is one."""
    return {file for file in files if not deps & {file, *map(str, Path(file).parents)}}


def undeclared(paths: study.Paths, step: str) -> set[str]:
    """Files that the step imports although its stage declares neither them nor a folder that contains them."""
    return missing(declared(paths, step), step_files(paths, step))


def superfluous(paths: study.Paths, step: str) -> set[str]:
    """Code that the step's stage declares although none of it is imported."""
    used = {str(place) for file in step_files(paths, step) for place in (Path(file), *Path(file).parents)}
    return {dep for dep in declared(paths, step) if dep.startswith("src/")} - used
