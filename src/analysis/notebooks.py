"""The part of a notebook that computes: its cells, without outputs and editor metadata (docs/adr/0017).

Stages depend on this bare form. It is the same when a notebook was saved with outputs in any editor, so that no result
becomes out of date. `python -m analysis.notebooks` is git's clean filter: it reads a notebook from standard
input and writes the bare one.
"""

from __future__ import annotations

import json
import re
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

EDITORS = frozenset((  # keys of a cell's metadata that JupyterLab, VS Code, papermill and others write for themselves
    "ExecuteTime", "collapsed", "execution", "heading_collapsed", "hidden", "jupyter", "papermill", "pycharm",
    "scrolled", "trusted", "vscode", "widgets",
))  # fmt: skip
ABOUT = {  # metadata of every notebook: an editor would name this machine's kernel and version
    "kernelspec": {"display_name": "Python 3", "language": "python", "name": "python3"},
    "language_info": {"name": "python"},
}
OF_A_STEP = re.compile(r"\d\d-\w+\.ipynb")  # the file name of a step's notebook


def bare(text: str) -> str:
    """A notebook's text without what does not compute, always in the same form. Raises ValueError, KeyError or
    AttributeError when it is not a notebook of format 4."""
    notebook = without_outputs(json.loads(text))
    for cell in notebook["cells"]:
        cell["source"] = "".join(cell["source"]).splitlines(keepends=True)
    return json.dumps(notebook, indent=1, sort_keys=True, ensure_ascii=False) + "\n"


def without_outputs(notebook: Mapping[str, Any]) -> dict[str, Any]:
    """The notebook with bare cells and nothing about this machine in its metadata."""
    cells = [_bare_cell(cell) for cell in notebook["cells"]]
    return {"cells": cells, "metadata": ABOUT, "nbformat": 4, "nbformat_minor": 5}


def _bare_cell(cell: Mapping[str, Any]) -> dict[str, Any]:
    metadata = {key: value for key, value in cell.get("metadata", {}).items() if key not in EDITORS}
    kept = {key: value for key, value in cell.items() if key in ("cell_type", "id", "attachments", "source")}
    ran: dict[str, Any] = {"outputs": [], "execution_count": None} if cell["cell_type"] == "code" else {}
    return {**kept, **ran, "metadata": metadata}


def take_outputs_out(notebook: Path, aside: Path) -> bool:
    """Make a notebook bare in place, and copy it to aside first if it is not. Returns whether it was not bare."""
    text = notebook.read_text(encoding="utf-8")
    if (own := bare(text)) == text:
        return False
    aside.parent.mkdir(parents=True, exist_ok=True)
    aside.write_text(text, encoding="utf-8")
    notebook.write_text(own, encoding="utf-8")
    return True


def save_bare(model: dict[str, Any], path: str, contents_manager: Any, **_: Any) -> None:
    """Hook of Jupyter's server, run before it saves a file: a step's notebook is saved bare. The open page still shows
    the outputs. (jupyter_server, FileContentsManager.pre_save_hook)"""
    place = Path(contents_manager.root_dir, path.strip("/"))
    of_a_study = place.parent.name == "notebooks" and (place.parents[1] / "dvc.yaml").is_file()
    if model.get("type") == "notebook" and of_a_study and OF_A_STEP.fullmatch(place.name):
        model["content"] = without_outputs(model["content"])


def clean(text: str) -> str:
    """What git keeps of a notebook: its bare form. Text that is not a notebook, as with merge marks, stays as it is."""
    try:
        return bare(text)
    except (ValueError, KeyError, AttributeError, TypeError):
        return text


if __name__ == "__main__":
    sys.stdout.buffer.write(clean(sys.stdin.buffer.read().decode("utf-8")).encode("utf-8"))
