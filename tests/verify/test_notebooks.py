"""Notebooks show the analysis: their form, what a run of one writes, and what opening one by hand leaves alone."""

import ast
import hashlib
import importlib
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import nbformat
import pandas as pd
import pytest

from analysis import study
from analysis.local_time import zone_of

ROOT = study.Paths(Path(__file__).resolve().parents[2])
LONGEST = 5  # statements of a code cell
STUDY = ("metrics", "data", "book", "notebooks")  # folders that playing with a notebook must leave alone
CHEAP = "claims"

steps = pytest.mark.parametrize("step", study.STEPS)


def written(step):
    """A step's notebook as it is in the repository."""
    return nbformat.read(ROOT.notebook(step), as_version=4)


def code_cells(step):
    return [cell for cell in written(step).cells if cell.cell_type == "code"]


def tagged(step, tag):
    return [cell for cell in code_cells(step) if tag in cell.metadata.get("tags", [])]


def called(source):
    """Names of the functions that a cell calls, without what they are attributes of."""
    calls = (node.func for node in ast.walk(ast.parse(source)) if isinstance(node, ast.Call))
    return {getattr(function, "attr", getattr(function, "id", "")) for function in calls}


# The form


@steps
def test_a_notebook_defines_nothing(step):
    kinds = (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef, ast.Lambda)
    source = "\n".join(cell.source for cell in code_cells(step))
    assert [ast.unparse(node) for node in ast.walk(ast.parse(source)) if isinstance(node, kinds)] == []


@steps
def test_a_notebook_has_one_cell_of_parameters_and_it_is_the_first_with_code(step):
    assert [cell.id for cell in tagged(step, "parameters")] == [code_cells(step)[0].id]


@steps
def test_a_code_cell_is_a_few_statements(step):
    """The cell of parameters and the one that imports are longer."""
    first = tagged(step, "parameters")
    sizes = {}
    for cell in (cell for cell in code_cells(step) if cell not in first):
        statements = [node for node in ast.walk(ast.parse(cell.source)) if isinstance(node, ast.stmt)]
        if not any(isinstance(node, ast.Import | ast.ImportFrom) for node in statements):
            sizes[cell.id] = len(statements)
    assert {name: size for name, size in sizes.items() if size > LONGEST} == {}


@steps
def test_no_outputs_are_stored_with_a_notebook(step):
    assert [cell.id for cell in code_cells(step) if cell.outputs or cell.execution_count] == []


@steps
def test_only_the_last_cell_writes_and_says_where(step):
    cells = code_cells(step)
    assert [cell.id for cell in cells if "write" in called(cell.source)] == [cells[-1].id]
    assert "destination" in called(cells[-1].source)


@steps
def test_a_notebook_opens_its_study_and_calls_no_run(step):
    names = set().union(*(called(cell.source) for cell in code_cells(step)))
    assert {"opened", "read"} <= names
    assert names & {"here", "run"} == set()


@steps
def test_a_chapter_has_an_opening_with_its_answer(step):
    assert any("answer" in called(cell.source) for cell in tagged(step, "opening"))


# What a run writes


@steps
def test_a_steps_run_is_the_composition_that_its_notebook_shows(ran, tmp_path, step):
    module = importlib.import_module(f"analysis.{step}.step")
    module.run(module.Params(**study.step_params(ran, step)), study.Paths(ran.root, scratch=tmp_path))
    assert study.Paths(tmp_path).metrics(step).read_bytes() == ran.metrics(step).read_bytes()


def test_every_table_that_a_run_writes_is_named_in_the_readme_beside_it(ran):
    made = ran.processed("ingest").parent
    written = {path.relative_to(made).as_posix() for step in study.STEPS for path in ran.processed(step).rglob("*.*")}
    named = set(re.findall(r"`(\w+/\w+\.\w+)`", (ROOT.root / "data/processed/README.md").read_text(encoding="utf-8")))
    assert len(written) > 30
    assert written - named == set()


def test_steps_count_days_weeks_and_months_by_the_studys_clock(ran):
    """The tables on disk keep UTC."""
    written = pd.read_parquet(ran.processed("ingest") / "messages.parquet")["time"]
    modules = {step: importlib.import_module(f"analysis.{step}.step") for step in ("sharing", "recommendations")}
    reads = [module.read(ran, module.Params(**study.step_params(ran, step))) for step, module in modules.items()]
    assert {str(data.messages["time"].dt.tz) for data in reads} == {zone_of(ran)} != {str(written.dt.tz)}


# What playing with one leaves alone


def contents(root):
    """Hash of each file of the study."""
    files = (path for name in STUDY for path in (root / name).rglob("*") if path.is_file())
    return {path.relative_to(root): hashlib.sha256(path.read_bytes()).hexdigest() for path in files}


@pytest.fixture
def scratch(ran):
    """Where results of notebooks that are opened by hand go."""
    folder = ran.root / ".guyub" / "scratch"
    yield study.Paths(folder)
    shutil.rmtree(folder, ignore_errors=True)


@steps
def test_a_notebook_opened_by_hand_changes_nothing_of_the_study(ran, by_hand, scratch, monkeypatch, step):
    monkeypatch.chdir(ran.root)
    before = contents(ran.root)
    notebook = by_hand(ran, step)
    assert contents(ran.root) == before
    assert scratch.metrics(step).read_bytes() == ran.metrics(step).read_bytes()
    assert "Nothing of the study was changed" in str(notebook.cells[-1].outputs)


PAPERMILL = ("papermill", "{notebook}", "{out}/by-hand.ipynb", "--kernel", "python3")
NBCONVERT = ("nbconvert", "--to", "notebook", "--execute", "{notebook}", "--output-dir", "{out}")


@pytest.mark.parametrize(
    ("words", "source", "session"),
    [(NBCONVERT, ROOT, ""), (PAPERMILL, None, ""), (PAPERMILL, ROOT, "{notebook}")],
    ids=["nbconvert", "papermill", "JupyterLab"],
)
def test_a_notebook_runs_from_another_folder_and_leaves_the_study_alone(ran, scratch, tmp_path, words, source, session):
    """nbconvert starts the kernel next to the notebook; papermill where it was started itself, so that the study is the
    one that holds the code; JupyterLab gives the notebook's path to its kernel."""
    places = {"notebook": str(ran.notebook(CHEAP)), "out": str(tmp_path)}
    environment = {name: value for name, value in os.environ.items() if name != study.PIPELINE}
    environment |= {
        "PYTHONPATH": str((source or ran).root / "src"),
        "JPY_SESSION_NAME": session.format(**places),
        "JUPYTER_PREFER_ENV_PATH": "1",
    }
    before = contents(ran.root)
    command = [sys.executable, "-m", *(word.format(**places) for word in words)]
    done = subprocess.run(command, cwd=tmp_path, env=environment, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    assert contents(ran.root) == before
    assert scratch.metrics(CHEAP).read_bytes() == ran.metrics(CHEAP).read_bytes()
