"""Tests of analysis.verify.simulated: simulated raw files are those that their simulation writes."""

import pytest

from analysis.simulate import simulate_community
from analysis.simulate.export import write_study
from analysis.verify.simulated import simulated_files_are_those_of_the_simulation
from analysis.verify.subject import Subject


@pytest.fixture
def simulated(bare_study):
    """A study of a small simulated community, smaller than the usual one."""
    write_study(simulate_community(3, 12, 2), bare_study.raw)
    return bare_study


def found(paths):
    return [(f.place, f.what) for f in simulated_files_are_those_of_the_simulation(Subject(paths))]


def change(path, old, new):
    text = path.read_text(encoding="utf-8")
    assert old in text
    path.write_text(text.replace(old, new, 1), encoding="utf-8")


def test_what_the_simulation_wrote_is_what_it_writes_again(simulated):
    assert found(simulated) == []


def test_a_word_of_an_interview_and_a_coding_of_a_simulated_study_cannot_be_changed(simulated):
    interview = next(iter(sorted(simulated.raw.glob("transcripts/*.txt"))))
    text = interview.read_text(encoding="utf-8")
    interview.write_text(text[:-3] + "x" + text[-3:], encoding="utf-8")
    rows = (simulated.raw / "codings" / "coder-a.csv").read_text(encoding="utf-8").splitlines(keepends=True)
    (simulated.raw / "codings" / "coder-a.csv").write_text("".join(rows[:-1]), encoding="utf-8")
    places = [place for place, what in found(simulated) if "(seed 3) writes it otherwise" in what]
    assert places == ["data/raw/codings/coder-a.csv", f"data/raw/transcripts/{interview.name}"]


def test_files_of_another_seed_or_of_no_simulation_are_distinguished(simulated):
    manifest = simulated.raw / "MANIFEST.csv"
    first = manifest.read_text(encoding="utf-8").splitlines()[1].partition(",")[0]
    change(manifest, "seed 3,", "seed 4,")
    assert [place for place, what in found(simulated) if "(seed 4)" in what] == [f"data/raw/{first}"]
    manifest.write_text(manifest.read_text(encoding="utf-8").replace("simulated by guyub", "ours"), encoding="utf-8")
    assert found(simulated) == []


def test_a_community_that_takes_too_long_to_be_written_is_left_out(simulated):
    text = (simulated.raw / "MANIFEST.csv").read_text(encoding="utf-8")
    (simulated.raw / "MANIFEST.csv").write_text(text.replace("12 members", "4000 members"), encoding="utf-8")
    assert found(simulated) == []
