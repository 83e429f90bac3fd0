"""The whole chain in process on the fixture study: it runs with whatever is missing, and says so."""

import importlib
import shutil

import pytest

from analysis import study


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


def drop(paths, *names):
    for name in names:
        target = paths.raw / name
        shutil.rmtree(target) if target.is_dir() else target.unlink()


def test_without_transcripts_and_partnerships_the_claims_on_them_are_not_assessable(fixture_study):
    drop(fixture_study, "transcripts", "partnerships.csv")
    run_all(fixture_study)
    assert verdicts(fixture_study)["C4"] == verdicts(fixture_study)["C2"] == "not assessable"
    assert study.read_metrics(fixture_study, "themes")["status"] == "missing"


def test_without_codings_no_claim_is_assessable(fixture_study):
    drop(fixture_study, "codings")
    run_all(fixture_study)
    assert set(verdicts(fixture_study).values()) == {"not assessable"}


def test_with_chats_alone_every_step_finishes_and_every_page_can_be_drawn(fixture_study):
    drop(fixture_study, "transcripts", "partnerships.csv", "codings", "codebook.yaml", "members.csv", "MANIFEST.csv")
    results = run_all(fixture_study)
    assert set(verdicts(fixture_study).values()) == {"not assessable"}
    assert results["network"]["status"] == "ok"
    assert results["sharing"]["messages"] > 0
    for claim in study.read_metrics(fixture_study, "claims")["claims"]:
        assert claim["reason"]
