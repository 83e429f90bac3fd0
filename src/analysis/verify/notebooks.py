"""Check that the executed notebooks are the present ones, run from top to bottom with the present parameters."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from typing import Any

from analysis import study
from analysis.closure import parsed
from analysis.verify.subject import Finding, Subject

INJECTED = "injected-parameters"
TIMED = {"papermill", "execution"}  # metadata that `guyub run` takes out: they differ from run to run


def executed_notebooks_are_current(subject: Subject) -> Iterator[Finding]:
    """Each executed notebook has its source's cells and the parameters of params.yaml, and ran to its end in order."""
    params = study.load_params(subject.paths)
    for step in study.STEPS:
        place = subject.name(subject.paths.executed(step))
        if step not in subject.executed:
            yield Finding(place, "the notebook has not been run", f"dvc repro {step}")
            continue
        for what in differences(subject.sources[step], subject.executed[step], params.get(step) or {}):
            yield Finding(place, what, f"dvc repro {step}")


def differences(source: Any, ran: Any, params: dict[str, Any]) -> Iterator[str]:
    """Descriptions of each way in which an executed notebook is not its source run once with these parameters."""
    own = [cell for cell in ran.cells if INJECTED not in cell.metadata.get("tags", [])]
    if len(own) != len(source.cells):
        yield f"it has {len(own)} cells, its source {len(source.cells)}"
    for written, cell in zip(source.cells, own, strict=False):
        if (written.cell_type, written.source, written.get("id")) != (cell.cell_type, cell.source, cell.get("id")):
            yield f"cell {cell.get('id')} is not as in its source"
    injected = [cell for cell in ran.cells if INJECTED in cell.metadata.get("tags", [])]
    if (given := [assigned(cell.source) for cell in injected]) != [params] and (given or params):
        ran_with = given[0] if len(given) == 1 else {}
        names = sorted(name for name in {**ran_with, **params} if ran_with.get(name) != params.get(name))
        changed = ", ".join(names) if len(given) == 1 else f"{len(given)} cells of parameters"
        yield f"it ran with other parameters than those of params.yaml: {changed}"
    cells = [cell for cell in ran.cells if cell.cell_type == "code"]
    if [cell.execution_count for cell in cells] != list(range(1, len(cells) + 1)):
        yield "its cells did not run once each, from top to bottom"
    kept = [ran.metadata, *(cell.metadata for cell in ran.cells)]
    if any(TIMED & each.keys() for each in kept) or "version" in ran.metadata.get("language_info", {}):
        yield "it says when or with which Python it ran, which `guyub run` does not write"
    for cell in cells:
        if any(out.output_type == "error" or out.get("name") == "stderr" for out in cell.outputs):
            yield f"cell {cell.get('id')} failed or warned"


def assigned(source: str) -> dict[str, Any]:
    """What a cell of plain assignments assigns. A value that is not a literal is given as its source."""
    lines = [node for node in parsed(source).body if isinstance(node, ast.Assign)]
    return {t.id: _literal(node.value) for node in lines for t in node.targets if isinstance(t, ast.Name)}


def _literal(node: ast.expr) -> Any:
    try:
        return ast.literal_eval(node)
    except ValueError:
        return ast.unparse(node)
