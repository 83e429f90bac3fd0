"""Rates of error are shown for studies like those tried alone, by members, months, messages and parameters."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import pytest
import yaml

from analysis import study, tried
from analysis.calibration import page
from analysis.calibration.run import SIZE
from analysis.claims import ledger, rule, step
from analysis.simulate.community import MESSAGES_A_MONTH

ROOT = Path(__file__).resolve().parents[1]
LIKE = {"members": 40, "messages": 13_000, "first": "2024-01-01T00:00:00+00:00", "last": "2024-12-31T12:00:00+00:00"}
SAID = "not tried for a study like this"


@pytest.fixture
def like(tmp_path):
    """A study like those tried, with calibration's own tables, its claims asked as they were when it was tried."""
    for name in ("calibration", "notebooks"):
        shutil.copytree(ROOT / name, tmp_path / name, ignore=shutil.ignore_patterns("runs", "*.py", "*checkpoints"))
    for name in ("params.yaml", "claims.yaml"):
        shutil.copy(ROOT / name, tmp_path / name)
    provenance = tmp_path / "calibration" / "provenance.yaml"
    asked = {
        claim["id"]: rule.asked(claim) for claim in rule.load_claims(ROOT / "claims.yaml") if claim.get("direction")
    }
    provenance.write_text(yaml.safe_dump(yaml.safe_load(provenance.read_text("utf-8")) | {"asked": asked}), "utf-8")
    (tmp_path / "metrics").mkdir()
    _sized(paths := study.Paths(tmp_path))
    return paths


def _sized(paths, **size):
    paths.metrics("ingest").write_text(json.dumps(LIKE | size), encoding="utf-8")


def _set(paths, place, value):
    source = paths.root / "params.yaml"
    params, (section, name) = yaml.safe_load(source.read_text("utf-8")), place.split(".")
    params[section][name] = value
    source.write_text(yaml.safe_dump(params), encoding="utf-8")


def _numbers(paths):
    """The last line of C1's number in the ledger, and what the method page and the chapter say of its rate."""
    declared = rule.load_claims(paths.root / "claims.yaml")
    numbers = {"status": "ok", "value": 1.0, "low": 0.5, "high": 2.0, "p": 0.001, "n": {}}
    verdicts = rule.judge([claim | {"minimum": {}} for claim in declared[:1]], [numbers], 0.05)
    rates = step.read_rates(paths.root / "calibration" / "verdicts.csv")
    (row,) = ledger.with_sensitivity(verdicts, {}, rates, not_tried=step.not_tried(paths, declared))
    lines = [line for line in ledger.number_lines(row) if "false" in line]
    tables = page.load(paths.root)
    return lines[0], *(page.sentence(tables, name) for name in ("c1", "answer", "intervals-partnership"))


def test_a_study_like_those_tried_is_shown_their_rates(like):
    assert tried.not_tried(like) is None
    for said in _numbers(like):
        assert SAID not in said
        assert " % " in said
    assert page.drawn(page.load(like.root), "verdicts-table")


@pytest.mark.parametrize(("size", "why"), [
    ({"members": 5}, "5 members where 20 to 80 were tried"),
    ({"members": 400}, "400 members where 20 to 80 were tried"),
    ({"last": "2024-04-01T00:00:00+00:00"}, "3 months where 12 to 24 were tried"),
    ({"last": "2029-01-01T00:00:00+00:00"}, "60 months where 12 to 24 were tried"),
    ({"messages": 900}, "900 messages where 6,480 to 25,920 were tried"),
    ({"messages": 900_000}, "900,000 messages where 6,480 to 25,920 were tried"),
    ({"messages": 0, "first": None, "last": None}, "0 months where 12 to 24 were tried"),
])  # fmt: skip
def test_a_study_of_another_size_is_shown_no_rate_anywhere(like, size, why):
    _sized(like, **size)
    assert why in tried.not_tried(like)
    for said in _numbers(like):
        assert f"{SAID}: " in said
        assert why in said
        assert "%" not in said
    names = {*page.SENTENCES} - {*page.CITED}
    tables = page.load(like.root)
    assert {page.sentence(tables, name) for name in names} == {""}
    assert {page.drawn(tables, name) for name in (*page.FIGURES, *page.TABLES)} == {""}


@pytest.mark.parametrize(("place", "value", "why"), [
    ("partnership.permutations", 50, "`partnership.permutations` is 50 where 199 and more were tried"),
    ("partnership.draws", 2, "16 and more were tried"),
    ("sharing.null_draws", 20, "300 and more were tried"),
    ("partnership.wave_days", 60.0, "`partnership.wave_days` is 60.0 where 30.0 was tried"),
    ("partnership.informal", ["chit_chat"], "was tried"),
    ("sharing.code", "offers", "`sharing.code` is offers where business_news was tried"),
    ("coding.folds", 2, "`coding.folds` is 2 where 5 was tried"),
    ("network.gap_s", 30.0, "`network.gap_s` is 30.0 where 300.0 was tried"),
    ("claims.alpha", 0.2, "`claims.alpha` is 0.2 where 0.05 was tried"),
])  # fmt: skip
def test_a_study_with_other_parameters_is_shown_no_rate(like, place, value, why):
    _set(like, place, value)
    assert all(f"{SAID}: " in said and why in said for said in _numbers(like))


@pytest.mark.parametrize(("place", "value"), [
    ("partnership.permutations", 5_000), ("sharing.seed", 1), ("partnership.seed", 2), ("themes.quotes", 9),
])  # fmt: skip
def test_more_draws_another_seed_and_what_no_claim_rests_on_change_nothing(like, place, value):
    _set(like, place, value)
    assert tried.not_tried(like) is None


def test_a_claim_that_was_another_question_is_shown_no_rate_and_the_others_are(like):
    provenance = like.root / "calibration" / "provenance.yaml"
    known = yaml.safe_load(provenance.read_text("utf-8"))
    provenance.write_text(yaml.safe_dump(known | {"asked": known["asked"] | {"C1": "Something else."}}), "utf-8")
    declared = rule.load_claims(like.root / "claims.yaml")
    assert step.not_tried(like, declared) == {"C1": step.OTHER}


def test_kinds_of_community_that_were_planned_and_not_tried_do_not_widen_the_range(like):
    provenance = like.root / "calibration" / "provenance.yaml"
    known = yaml.safe_load(provenance.read_text("utf-8"))
    known["communities"] |= {"80 members": 0, "24 months": 0}
    provenance.write_text(yaml.safe_dump(known), "utf-8")
    _sized(like, members=60)
    assert "60 members where 20 to 40 were tried" in tried.not_tried(like)


def test_a_study_that_has_not_run_or_has_no_plan_gets_no_answer(like):
    (like.root / "calibration" / "plan.yaml").unlink()
    assert tried.not_tried(like) is None
    like.metrics("ingest").unlink()
    assert tried.not_tried(like) is None


def test_the_sizes_are_those_of_the_simulation_and_the_notebooks_have_the_parameters_that_are_tried():
    assert tried.SIZE == SIZE
    assert tried.MESSAGES == MESSAGES_A_MONTH
    params = study.load_params(paths := study.Paths(ROOT))
    assert {each: study.defaults(paths, each) for each in study.STEPS} == {
        each: params[each] or {} for each in study.STEPS
    }
