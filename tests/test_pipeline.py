"""The whole chain in process on the fixture study: it runs with whatever is missing, and says so."""

import importlib
import re
import shutil

import pandas as pd
import pytest

from analysis import study
from analysis.local_time import zone_of


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


@pytest.fixture(scope="module")
def ran(copied, with_few_draws, tmp_path_factory, root):
    """The fixture study after a run."""
    paths = copied(tmp_path_factory.mktemp("study"))
    shutil.copytree(root / "tests/fixtures/study/raw", paths.raw)
    with_few_draws(paths)
    run_all(paths)
    return paths


def drop(paths, *names):
    for name in names:
        target = paths.raw / name
        shutil.rmtree(target) if target.is_dir() else target.unlink()


def draw(page, result):
    """Every figure, table and sentence of a page, and its checks."""
    shown = [name for name in dir(page) if name.endswith(("_figure", "_table")) or name.startswith("say_")]
    assert len(shown) > 5
    assert all(getattr(page, name)(result) is not None for name in shown)
    assert page.answer(result)
    assert all(passed for *_, passed in page.page_checks(result))


def test_the_fixture_study_runs_and_its_metrics_do_not_change_when_run_again(ran):
    first = {step: ran.metrics(step).read_bytes() for step in study.STEPS}
    run_all(ran)
    assert {step: ran.metrics(step).read_bytes() for step in study.STEPS} == first


def test_steps_count_days_weeks_and_months_by_the_studys_clock(ran):
    """The tables on disk keep UTC."""
    written = pd.read_parquet(ran.processed("ingest") / "messages.parquet")["time"]
    reads = [importlib.import_module(f"analysis.{step}.step").read(ran) for step in ("sharing", "recommendations")]
    assert {str(data.messages["time"].dt.tz) for data in reads} == {zone_of(ran)} != {str(written.dt.tz)}


def test_every_table_that_a_run_writes_is_named_in_the_readme_beside_it(ran, root):
    made = ran.processed("ingest").parent
    written = {path.relative_to(made).as_posix() for path in made.rglob("*") if path.is_file()}
    named = set(re.findall(r"`(\w+/\w+\.\w+)`", (root / "data/processed/README.md").read_text(encoding="utf-8")))
    assert written - named == set()


def test_without_transcripts_the_interviews_claim_is_not_assessable(fixture_study):
    drop(fixture_study, "transcripts")
    run_all(fixture_study)
    assert verdicts(fixture_study)["C4"] == "not assessable"
    assert study.read_metrics(fixture_study, "themes")["status"] == "missing"


def test_without_partnerships_c2_is_not_assessable(fixture_study):
    drop(fixture_study, "partnerships.csv")
    run_all(fixture_study)
    assert verdicts(fixture_study)["C2"] == "not assessable"


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
