"""Universes that a run had finished before it was stopped are not computed again."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from analysis import study
from analysis.errors import Missing
from analysis.robustness import finished, pairs
from analysis.robustness.finished import ClaimResult, Finished

RESULT = ClaimResult({"value": 0.1, "n": {"pairs": 3}}, np.array([1 / 3]), np.array([[0.2, np.nan]]))


def never():
    raise AssertionError("computed again")


@pytest.mark.parametrize("result", [RESULT, Missing("no code reaches the floor")])
def test_a_finished_universe_is_read_back_as_it_was(tmp_path, result):
    kept, universe = Finished(tmp_path).of("settings"), {"codes": "main", "floor": "0.8"}
    assert kept.result("C1", universe, lambda: result) is result
    assert repr(kept.result("C1", dict(reversed(universe.items())), never)) == repr(result)


def test_another_claim_universe_or_setting_is_computed(tmp_path):
    kept = Finished(tmp_path).of("settings")
    kept.result("C1", {"codes": "main"}, lambda: replace(RESULT, numbers={"value": np.float64(0.1)}))
    for other, claim, universe in [(kept, "C2", {"codes": "main"}), (kept, "C1", {"codes": "0.5"}),
                                   (Finished(tmp_path).of("others"), "C1", {"codes": "main"})]:  # fmt: skip
        with pytest.raises(AssertionError, match="again"):
            other.result(claim, universe, never)


def test_nothing_is_begun_for_a_group_that_is_finished(tmp_path):
    kept = Finished(tmp_path)
    kept.result("C1", {"floor": "main"}, lambda: RESULT)
    args = (None, None, None, [("C1", {"floor": "main"})], None, None, kept)
    assert isinstance(pairs.pair_claims(*args)[0], ClaimResult)


def test_what_was_finished_with_other_inputs_is_removed(tmp_path):
    (tmp_path / "dvc.yaml").write_text("stages: {robustness: {cmd: x, deps: [a.txt], outs: [b]}}")
    for name in ("a.txt", "params.yaml"):
        (tmp_path / name).write_text("1")
    first = finished.place_of(study.Paths(tmp_path))
    Finished(first).result("C1", {}, lambda: RESULT)
    assert finished.place_of(study.Paths(tmp_path)) == first
    (tmp_path / "a.txt").write_text("2")
    assert finished.place_of(study.Paths(tmp_path)) != first
    assert not first.exists()
    assert finished.place_of(study.Paths(tmp_path, tmp_path / "scratch")) is None
