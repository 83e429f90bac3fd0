"""The shipped study by step, next to the bare computation: python benchmarks/table.py "the study".

The bare computation is the code of the step's notebook in one process of Python, with the same parameters: without
Jupyter's kernel, without painting figures and tables, without the executed notebook. Both work on a copy of the study,
from what the steps before have made; so the study must have run.
"""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

from table import ROOT, Case, ours
from timed import chosen

from analysis import study


def whole(folder: str, step: str) -> None:
    """What `guyub run STEP` does there."""
    os.chdir(folder)
    study.run_step(study.here(), step)


def bare(folder: str, step: str) -> None:
    """Execute the code of the step's notebook."""
    os.chdir(folder)
    paths, names = study.here(), {"__name__": "notebook"}
    os.environ |= {study.PIPELINE: step, "MPLBACKEND": "agg", **study.rounding()}  # before NumPy is read
    from IPython.display import HTML
    from matplotlib import pyplot

    from analysis import figures

    def unpainted(*_: object) -> HTML:
        pyplot.close("all")
        return HTML("")

    figures.show = unpainted
    for cell in study.read_notebook(paths.notebook(step)).cells:
        if cell.cell_type == "code":
            exec(compile(cell.source, f"{step}, {cell.id}", "exec"), names)
            if "parameters" in cell.metadata.get("tags", []):
                names |= study.step_params(paths, step)


def copied(folder: Path) -> Path:
    """A copy of the study; its code is the code here."""
    place = folder / "study"
    left = shutil.ignore_patterns(".*", "src", "tests", "benchmarks", "build", "_build", "executed", "runs", "cache")
    shutil.copytree(ROOT, place, ignore=left)
    (place / "src").symlink_to(ROOT / "src")
    return place


def cases(folder: Path) -> Iterator[Case]:
    there = ROOT / "data" / "processed" / "claims"
    place = str(copied(folder) if there.exists() else folder)
    for step in study.STEPS:
        tools = [ours("steps.py", "run", place, step), replace(ours("steps.py", "bare", place, step), name="bare")]
        yield Case(step, [replace(tool, needs=there, install="make study") for tool in tools], whole=True)


if __name__ == "__main__":
    chosen({"run": whole, "bare": bare})
