"""The whole chain in process on the fixture study: it runs with whatever is missing, and says so."""

import importlib
import shutil

import pytest

from analysis import study
from analysis.claims import needed, rule
from analysis.verify import recomputed


def run_all(paths):
    """Every step in order, without notebooks; returns the results by step."""
    params = study.load_params(paths)
    results = {}
    for step in study.STEPS:
        module = importlib.import_module(f"analysis.{step}.step")
        results[step] = module.run(module.Params(**params[step]), paths)
    return results


def verdicts(paths):
    return {claim["id"]: claim["verdict"] for claim in study.read_metrics(paths, "claims")["claims"]}


@pytest.fixture
def fixture_study(bare_study, with_few_draws, root):
    shutil.copytree(root / "tests/fixtures/study/raw", bare_study.raw)
    with_few_draws(bare_study)
    return bare_study


def differing(paths):
    """Files of robustness that do not follow from its own tables, by verify."""
    scratch = study.Paths(paths.root, paths.root / "again")
    recomputed.PARTS["robustness"](scratch)
    made = [path.relative_to(scratch.scratch) for path in scratch.scratch.rglob("*") if path.is_file()]
    assert {path.name for path in made} == {"universes.parquet", "robustness.json"}
    return [path for path in made if not recomputed.alike(paths.root / path, scratch.scratch / path)]


def drop(paths, *names):
    for name in names:
        target = paths.raw / name
        shutil.rmtree(target) if target.is_dir() else target.unlink()


def test_without_transcripts_and_partnerships_the_claims_on_them_are_not_assessable(fixture_study):
    drop(fixture_study, "transcripts", "partnerships.csv")
    run_all(fixture_study)
    assert verdicts(fixture_study)["C4"] == verdicts(fixture_study)["C2"] == "not assessable"
    assert study.read_metrics(fixture_study, "themes")["status"] == "missing"
    assert differing(fixture_study) == []


def test_without_codings_no_claim_is_assessable(fixture_study):
    drop(fixture_study, "codings")
    run_all(fixture_study)
    assert set(verdicts(fixture_study).values()) == {"not assessable"}
    assert differing(fixture_study) == []


def test_with_chats_alone_every_step_finishes_and_every_page_can_be_drawn(fixture_study):
    drop(fixture_study, "transcripts", "partnerships.csv", "codings", "codebook.yaml", "members.csv", "MANIFEST.csv")
    results = run_all(fixture_study)
    assert set(verdicts(fixture_study).values()) == {"not assessable"}
    assert results["network"]["status"] == "ok"
    assert results["sharing"]["messages"] > 0
    for claim in study.read_metrics(fixture_study, "claims")["claims"]:
        assert claim["reason"]


def test_what_a_study_has_whatever_is_coded_is_what_its_steps_count_or_more(fixture_study):
    results = run_all(fixture_study)
    assert differing(fixture_study) == []
    there = needed.read(fixture_study).there
    assert there["members"] == results["partnership"]["members"] == results["sharing"]["members"]
    declared = rule.declared(fixture_study.root).values()
    counted = [rule.evidence(claim, study.read_metrics(fixture_study, rule.step_of(claim))) for claim in declared]
    counts = [(what, n) for numbers in counted for what, n in numbers.get("n", {}).items() if what in there]
    assert ("participants", there["participants"]) in counts
    assert [(what, n) for what, n in counts if n > there[what]] == []


def test_a_study_with_too_few_members_says_so_before_it_asks_for_codings(fixture_study):
    drop(fixture_study, "codings")
    run_all(fixture_study)
    reasons = {claim["id"]: claim["reason"] for claim in study.read_metrics(fixture_study, "claims")["claims"]}
    assert reasons["C1"] == (
        "9 members where 15 are needed and at most 36 pairs where 100 are needed, whatever is coded; "
        "no message is coded, so informal talk cannot be distinguished from business talk"
    )
    assert reasons["C4"] == "no interview is coded"
    assert reasons["R1"] == "9 members who are still there where 10 are needed"
