"""What DVC and an editor see of a study: headlines, curves, bare notebooks."""

import copy
import json
from types import SimpleNamespace

import nbformat
import pandas as pd
import pytest

from analysis import notebooks, study
from analysis.coding.step import POOLED, pooled_calibration
from analysis.errors import Missing
from analysis.glance import NAMED, headline
from analysis.robustness.step import specification_curves


def test_a_headline_holds_few_numbers_and_none_where_there_is_none(root):
    named = {name for names in NAMED.values() for name in names}
    assert len(named) < 16
    assert headline("sharing", {"status": "missing", "reason": "nobody coded"}) == dict.fromkeys(NAMED["sharing"])
    assert headline("sharing", {"C3": {"value": 0.12345}})["C3"] == 0.123
    assert headline("claims", {"claims": [{"id": "C1", "verdict": "undecided"}]}) == {"C1": "undecided"}


@pytest.mark.parametrize("step", NAMED)
def test_every_headline_is_a_number_of_the_shipped_study(root, step):
    metrics = json.loads((root / f"metrics/{step}.json").read_text(encoding="utf-8"))
    assert None not in headline(step, metrics).values()


def test_a_headline_is_written_with_the_metrics_of_a_step(bare_study):
    study.write_metrics(bare_study, "network", Missing("no chat"))
    assert json.loads(bare_study.headline("network").read_text(encoding="utf-8")) == {"answers": None}


def test_specification_curves_are_in_order_and_without_what_could_not_be_assessed():
    rows = [("C1", 2.0, "supported"), ("C1", 1.0, "undecided"), ("C1", 9.0, "not assessable"), ("C3", 0.5, "supported")]
    curves = specification_curves(pd.DataFrame(rows, columns=["claim", "value", "verdict"]))
    assert list(curves.columns) == ["universe", "C1", "C2", "C3"]
    assert list(curves["C1"]) == [1, 2]
    assert list(curves["C3"].dropna()) == [0.5]


def test_a_model_that_says_what_coders_gave_lies_on_the_line_of_calibration():
    labels = pd.DataFrame({"news": [0, 0, 1, 1] * 5, "talk": [0, 1, 0, 1] * 5})
    carried = SimpleNamespace(
        codes=["news", "talk"], labels=labels, predictions=labels.astype(float), weights=[1.0] * 20
    )
    curve = pooled_calibration(carried)
    assert list(curve.columns) == list(POOLED)
    assert (curve["model's probability"] - curve["coders' share"]).abs().max() == 0


# Notebooks


def as_an_editor_saves(notebook):
    """The notebook with outputs and with what an editor notes down."""
    saved = copy.deepcopy(notebook)
    saved.metadata |= {"kernelspec": {"name": "other", "display_name": "Other"}, "widgets": {}}
    for cell in saved.cells:
        cell.metadata |= {"vscode": {"languageId": "python"}, "scrolled": True, "execution": {"iopub": "2026"}}
        if cell.cell_type == "code":
            cell.outputs, cell.execution_count = [nbformat.v4.new_output("stream", text="seen")], 3
    return saved


@pytest.mark.parametrize("step", study.STEPS)
def test_the_notebooks_of_the_repository_are_bare(root, step):
    text = study.Paths(root).notebook(step).read_text(encoding="utf-8")
    assert notebooks.bare(text) == text


def test_what_an_editor_saves_has_the_same_bare_form_and_a_changed_cell_another(root):
    text = study.Paths(root).notebook("sharing").read_text(encoding="utf-8")
    notebook = nbformat.reads(text, as_version=4)
    assert notebooks.bare(nbformat.writes(as_an_editor_saves(notebook))) == text
    notebook.cells[-1].source += "\n"
    assert notebooks.bare(nbformat.writes(notebook)) != text
    tagged = nbformat.reads(text, as_version=4)
    tagged.cells[-1].metadata["tags"] = ["opening"]
    assert notebooks.bare(nbformat.writes(tagged)) != text


def test_jupyters_server_saves_a_steps_notebook_bare_and_leaves_others_as_they_are(bare_study):
    notebook = nbformat.read(bare_study.notebook("sharing"), as_version=4)
    saved = {}
    for path in ("notebooks/03-sharing.ipynb", "notebooks/mine.ipynb", "03-sharing.ipynb"):
        model = {"type": "notebook", "content": as_an_editor_saves(notebook)}
        notebooks.save_bare(model=model, path=path, contents_manager=SimpleNamespace(root_dir=str(bare_study.root)))
        saved[path] = "seen" in nbformat.writes(nbformat.from_dict(model["content"]))
    assert saved == {"notebooks/03-sharing.ipynb": False, "notebooks/mine.ipynb": True, "03-sharing.ipynb": True}


def test_git_is_given_a_text_that_is_no_notebook_as_it_is():
    assert notebooks.clean("<<<<<<< HEAD\n{}") == "<<<<<<< HEAD\n{}"
    assert notebooks.clean("[]") == "[]"
