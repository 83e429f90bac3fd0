"""Advice: the strongest evidence grades it, no contradiction is ignored, no study changes what is advised."""

from pathlib import Path

import pytest
import yaml

from analysis.claims import rule
from analysis.errors import InputError
from analysis.recommendations import advice
from analysis.themes import theory

ROOT = Path(__file__).parents[2]


@pytest.mark.parametrize(
    ("verdicts", "voices", "graded"),
    [
        (["supported", "undecided"], [], "tested"),
        (["supported", "contradicted"], [(9, 12)], "mixed"),
        (["contradicted", "described"], [(9, 12)], "against"),
        (["undecided", "described"], [], "what-if"),
        (["undecided"], [(2, 12), (3, 12)], "said"),
        (["undecided", "not assessable"], [(2, 12)], "none"),
        ([], [], "none"),
    ],
)
def test_the_strongest_evidence_grades_it_and_no_contradiction_is_ignored(verdicts, voices, graded):
    assert advice.grade(verdicts, voices) == graded


def test_a_study_fills_in_the_evidence_and_never_the_advice():
    ledger = [{"id": "C2", "verdict": "supported"}, {"id": "C3", "verdict": "contradicted"}]
    graded = advice.graded(ledger, {"themes": {"formality": {"participants": 8, "of": 12}}})
    bare = advice.graded([], {"status": "missing", "reason": "there are no interviews"})
    assert [each.text for each in graded] == [each.text for each in bare]
    assert {each.grade for each in bare} == {"none"}
    assert [each.grade for each in graded] == ["tested", "against", "said", "none", "none", "none"]
    assert graded[2].voices == {"formality": (8, 12)}


def test_advice_rests_on_claims_and_themes_that_there_are():
    declared = {claim["id"] for claim in rule.load_claims(ROOT / "claims.yaml")}
    themes = {expectation.theme for expectation in theory.load()}
    for entry in advice.load():
        assert set(entry["claims"]) <= declared
        assert set(entry["themes"]) <= themes


def test_every_grade_has_words_in_every_language_of_the_book():
    assert all(set(words) == set(advice.LANGUAGES) for words in advice.GRADES.values())


def test_advice_with_an_unknown_key_is_refused(tmp_path):
    entry = {**advice.load()[0], "grade": "tested"}
    (tmp_path / "advice.yaml").write_text(yaml.safe_dump([entry]), encoding="utf-8")
    with pytest.raises(InputError, match="unknown: grade"):
        advice.load(tmp_path / "advice.yaml")
