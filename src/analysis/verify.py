"""Verification: whether what a study declares is what it does. Reads only, never writes."""

from __future__ import annotations

import ast
from pathlib import Path

import nbformat
import yaml

from analysis import study

PACKAGE = "analysis"
RUNNER = "src/analysis/study.py"  # executes every notebook, whatever it imports


def imported_files(root: Path, entry: str) -> set[str]:
    """Files of this project that importing the module file `entry` runs or reads, itself included, relative to root.

    Imports inside functions count, and so does a data file of the module's own folder whose name stands in its source.
    """
    found: set[str] = set()
    waiting = [entry]
    while waiting:
        name = waiting.pop()
        if name not in found:
            found.add(name)
            source = (root / name).read_text(encoding="utf-8")
            waiting += _imports(root, source)
            found |= _data_files(root, Path(name).parent, source)
    return found


def _data_files(root: Path, folder: Path, source: str) -> set[str]:
    """Files of the folder, other than code, whose name is a string in the source."""
    names = {node.value for node in ast.walk(ast.parse(source)) if isinstance(node, ast.Constant)}
    beside = (path for path in (root / folder).iterdir() if path.is_file() and path.suffix != ".py")
    return {str(folder / path.name) for path in beside if path.name in names}


def step_files(paths: study.Paths, step: str) -> set[str]:
    """Files of this project that running the step's notebook imports, relative to the study's root."""
    cells = nbformat.read(paths.notebook(step), as_version=4).cells
    code = "\n".join(cell.source for cell in cells if cell.cell_type == "code")
    entries = {RUNNER, *_imports(paths.root, code)}
    return set().union(*(imported_files(paths.root, entry) for entry in entries))


def _imports(root: Path, source: str) -> set[str]:
    """Files of this project that a piece of source imports, the packages above them included."""
    found: set[str] = set()
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Import):
            names = [alias.name for alias in node.names]
        elif isinstance(node, ast.ImportFrom) and node.module and not node.level:
            names = [node.module, *(f"{node.module}.{alias.name}" for alias in node.names)]
        else:
            continue
        for name in names:
            if name.split(".")[0] == PACKAGE:
                found |= _files_of(root, name)
    return found


def _files_of(root: Path, name: str) -> set[str]:
    """The module's file and the __init__.py of each package above it; an attribute's name adds nothing."""
    parts = name.split(".")
    files = {f"src/{'/'.join(parts[:i])}/__init__.py" for i in range(1, len(parts) + 1)}
    files.add(f"src/{'/'.join(parts)}.py")
    return {file for file in files if (root / file).is_file()}


def declared(paths: study.Paths, stage: str) -> set[str]:
    """What the stage of dvc.yaml declares to depend on."""
    stages = yaml.safe_load((paths.root / "dvc.yaml").read_text(encoding="utf-8"))["stages"]
    return {dep.rstrip("/") for dep in stages[stage]["deps"]}


def undeclared(paths: study.Paths, step: str) -> set[str]:
    """Files that the step imports though its stage declares neither them nor a folder that holds them."""
    deps = declared(paths, step)
    return {file for file in step_files(paths, step) if not deps & {file, *map(str, Path(file).parents)}}


def superfluous(paths: study.Paths, step: str) -> set[str]:
    """Code that the step's stage declares though nothing of it is imported."""
    used = {str(place) for file in step_files(paths, step) for place in (Path(file), *Path(file).parents)}
    return {dep for dep in declared(paths, step) if dep.startswith("src/")} - used
