"""The step `robustness`: its stages together."""

from __future__ import annotations

import ast
from dataclasses import replace

import nbformat

from analysis import study
from analysis.claims import rule
from analysis.robustness import step
from analysis.robustness.choices import MAIN, Choice
from analysis.robustness.universes import TESTED


def test_the_notebook_and_the_parameters_name_the_same_choices(root):
    nb = nbformat.read(root / "notebooks/07-robustness.ipynb", as_version=4)
    cell = next(cell for cell in nb.cells if "parameters" in cell.metadata.get("tags", []))
    given = {node.targets[0].id: ast.literal_eval(node.value) for node in ast.parse(cell.source).body}
    assert given == study.load_params(study.Paths(root))["robustness"]


def test_an_option_that_changes_nothing_is_left_out_with_its_reason(chat, data_of):
    silent = data_of(chat((0, 0), (1, 1), (2, 2), (3, 3)))
    options = [Choice("active", ("C3",), dict.fromkeys((MAIN, "1", "2", "3"), "why"))]
    left = step.idle(options, silent, {}).set_index("option")["reason"]
    assert left.to_dict() == {"1": "gives the same here (main)", "3": "gives the same here (2)"}


def test_what_cannot_be_assessed_is_computed_in_the_single_changes_only_and_says_why(chat, data_of, root):
    declared = [claim for claim in rule.load_claims(root / "claims.yaml") if claim["id"] in TESTED]
    data = replace(data_of(chat((0, 0), (1, 1), (2, 2), (3, 3))), declared=declared)
    given = study.load_params(study.Paths(root))["robustness"]
    results = step.assess(data, step.Params(**{**given, "permutations": 9, "universes": 40}))
    assert (results.rows["verdict"] == "not assessable").all()
    assert results.rows["reason"].astype(bool).all()
    assert len(results.multiverse.universes) < 40
    assert (results.left_out.empty, results.seeds.empty, results.flips.empty) == (True, True, True)
