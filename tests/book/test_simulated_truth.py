"""What was planted stands next to what the study finds, in simulated studies alone."""

from pathlib import Path

import pandas as pd
import pytest

from analysis import study
from analysis.book import simulated_truth

C2 = "partnerships a pair through the study, per doubling of informal exchange"
HEADS = "path,sha256,kind,source,licence,consent_basis,simulated\n"


def made(root, verdicts, scenario="published", *, simulated=True, source="", not_tried=None):
    """A study of which these are the verdicts."""
    paths = study.Paths(root)
    paths.raw.mkdir(parents=True)
    source = source or f'"simulated by guyub (scenario {scenario}, seed 7)"'
    (paths.raw / "MANIFEST.csv").write_text(f"{HEADS}chats/a.txt,0,chat,{source},,,yes\n", encoding="utf-8")
    study.write_metrics(paths, "ingest", {"status": "ok", "simulated": simulated})
    rows = [
        {"id": name, "verdict": word, "value": 0.2, "unit": C2 if name == "C2" else "u", "not_tried": not_tried}
        for name, word in verdicts.items()
    ]
    study.write_metrics(paths, "claims", {"status": "ok", "claims": [*rows, {"id": "C4", "verdict": "described"}]})
    calibration = root / "calibration"
    calibration.mkdir()
    rates = [(scenario, name, 60, rate) for name, rate in {"C1": 0.88, "C2": 0.83, "C3": 1.0}.items()]
    pd.DataFrame(rates, columns=["scenario", "claim", "communities", "rate"]).to_csv(calibration / "verdicts.csv")
    means = [(scenario, "C2", how, 60, mean) for how, mean in
             {"as the study sees it": 0.167, "true replies and codes": 0.112}.items()]  # fmt: skip
    table = pd.DataFrame(means, columns=["scenario", "quantity", "measured", "communities", "mean"])
    table.to_csv(calibration / "bias.csv", index=False)
    return paths


def test_a_true_claim_that_is_not_supported_is_called_missed(tmp_path):
    paths = made(tmp_path, {"C1": "undecided", "C2": "supported", "C3": "supported"})
    assert simulated_truth.say(paths) == (
        "Planted here (kind published): C1, C2 and C3 are true. The study misses C1 (undecided) and rightly supports "
        "C2 and C3. Of 60 such communities, it supported C1 in 88 %. In such communities C2's number is 16.7 on "
        "average, and 11.2 where every reply and code is known."
    )


def test_a_false_claim_that_is_supported_is_called_wrong(tmp_path):
    paths = made(tmp_path, {"C1": "supported", "C2": "contradicted", "C3": "not assessable"}, "null")
    said = simulated_truth.say(paths)
    assert "C1, C2 and C3 are false." in said
    assert "The study wrongly supports C1, rightly contradicts C2 and cannot assess C3." in said
    assert "it supported C1 in 88 %" in said


def test_no_rate_is_given_that_says_nothing_of_the_study(tmp_path):
    paths = made(tmp_path, {"C1": "undecided", "C2": "supported", "C3": "supported"}, not_tried="not tried")
    assert simulated_truth.say(paths).endswith("rightly supports C2 and C3.")


@pytest.mark.parametrize("other", [{"simulated": False}, {"source": "a phone"}])
def test_of_data_that_are_not_simulated_or_of_no_named_kind_nothing_is_said(tmp_path, other):
    assert simulated_truth.say(made(tmp_path, {"C1": "undecided"}, **other)) == ""


def test_the_shipped_study_names_its_kind():
    paths = study.Paths(Path(__file__).parents[2])
    assert simulated_truth.kind(paths) == "published"
