"""Small studies run in this process: every notebook cell by cell, without kernel, DVC or robustness."""

from __future__ import annotations

import ast
import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from unittest import mock

import matplotlib.pyplot as plt
import nbformat
import yaml
from IPython.display import HTML

from analysis import figures, study
from analysis.errors import Missing

ROOT = Path(__file__).resolve().parents[2]
FILES = ("dvc.yaml", "params.yaml", "claims.yaml", "study.yaml", "requirements.lock", "pyproject.toml", "README.md")
BOOK = ("book", "docs", "calibration", "src")
SHOWN = {"text/html": "_repr_html_", "text/markdown": "_repr_markdown_"}
DRAWS = ("bootstrap", "null_draws", "draws", "slow_draws", "labels", "permutations", "shuffles", "orders")
OFF = {"status": "missing", "reason": "robustness was switched off"}
STEPS = tuple(step for step in study.STEPS if step != "robustness")


def prepare(root: Path, *, most: int, min_positives: int, whole: bool = False) -> study.Paths:
    """A study's sources in a new folder, with at most so many draws of everything. whole: with what the book takes."""
    root.mkdir(parents=True)
    for name in FILES:
        shutil.copy(ROOT / name, root / name)
    left = shutil.ignore_patterns("__pycache__", "_build", "executed", "runs", ".ipynb_checkpoints")
    for name in ("notebooks", *(BOOK if whole else ())):
        shutil.copytree(ROOT / name, root / name, ignore=left)
    params = yaml.safe_load((root / "params.yaml").read_text(encoding="utf-8"))
    for values in params.values():
        values.update({name: min(values[name], most) for name in DRAWS if name in values})
    params["coding"]["min_positives"] = min_positives
    (root / "params.yaml").write_text(yaml.safe_dump(params, sort_keys=False), encoding="utf-8")
    return study.Paths(root)


@contextmanager
def inside(paths: study.Paths, step: str) -> Iterator[None]:
    """The study's folder as the current one, and the notebook taken as run by the pipeline."""
    before = Path.cwd()
    os.chdir(paths.root)
    try:
        with mock.patch.dict(os.environ, {study.PIPELINE: step}):
            yield
    finally:
        os.chdir(before)


def in_words(figure: figures.Figure | Missing, source: str) -> HTML:
    """Instead of figures.show: the figure's words without its drawing, which takes most of a page's time."""
    if isinstance(figure, Missing):
        return figures.absent(figure)
    plt.close(figure.drawing)
    return HTML(
        f"<p>{figures.html.escape(figure.alt)}</p><figcaption>{figures.html.escape(figure.caption)}</figcaption>"
    )


def executed(paths: study.Paths, step: str, *, drawn: bool) -> Any:
    """A step's notebook after its cells ran here with the study's parameters; drawn: with its pictures."""
    notebook = nbformat.read(paths.notebook(step), as_version=4)
    params, names = study.step_params(paths, step), {}
    done = []
    with inside(paths, step), mock.patch.object(figures, "show", figures.show if drawn else in_words):
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
    code = [cell for cell in done if cell.cell_type == "code"]
    for cell, outputs in zip(code, study.as_published(paths, step, [cell.outputs for cell in code]), strict=True):
        cell.outputs = nbformat.from_dict(outputs)
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


def run(paths: study.Paths, step: str, *, drawn: bool) -> Any:
    """Execute a step and keep its notebook where the book takes it; robustness is only said to be off."""
    if step == "robustness":
        study.write_metrics(paths, step, OFF)
        text = nbformat.v4.new_markdown_cell("# Robustness\n\nIt was switched off in this run.", id="off")
        notebook = nbformat.v4.new_notebook(cells=[text], metadata=nbformat.read(paths.notebook(step), 4).metadata)
    else:
        notebook = executed(paths, step, drawn=drawn)
    paths.executed(step).parent.mkdir(parents=True, exist_ok=True)
    nbformat.write(notebook, paths.executed(step))
    return notebook
