"""Each chapter calls people as it alone does: equal bytes, no way from one to another, and nobody's own is left."""

from __future__ import annotations

import json

import pandas as pd
import pytest

from analysis import figures, published, study, tables
from analysis.errors import InputError
from analysis.ingest import called

KEY = b"a key"
OWN = ("MAAAA", "MBBBB", "MCCCC", "PDDDD")
HIDDEN = "MZZZZ"  # may be counted in sums only
CHAPTERS = ("03-sharing", "04-network")


@pytest.fixture
def people():
    consent = ["quotes"] * len(OWN) + ["aggregate"]
    rows = pd.DataFrame({"member": [*OWN, HIDDEN], "sector": "food", "role": "member", "joined": pd.NaT})
    return tables.conform(rows.assign(consent=consent), tables.Members)


@pytest.fixture
def running(people, tmp_path, monkeypatch):
    """A study of these people in which the notebook of `network` runs."""
    for name in ("dvc.yaml", "params.yaml"):
        (tmp_path / name).write_text("{}", encoding="utf-8")
    paths = study.Paths(tmp_path)
    tables.write(people, paths.processed("ingest") / "members.parquet", tables.Members)
    called.write(paths, people, KEY)
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv(study.PIPELINE, "network")
    return paths


def test_every_chapter_calls_everybody_otherwise_and_nobody_as_the_study_does(people):
    rows = published.chapters(people, KEY, CHAPTERS).dropna(subset="shown")
    assert len(set(rows["shown"]) | set(OWN)) == len(rows) + len(OWN) == 3 * len(OWN)


def test_who_counts_in_sums_only_is_called_nothing(people):
    rows = published.chapters(people, KEY, CHAPTERS)
    assert set(rows.loc[rows["shown"].isna(), "member"]) == {HIDDEN}


def test_the_same_people_and_key_give_the_same_bytes_and_another_key_gives_others(people, running):
    place = running.processed("ingest") / published.FILE
    first = place.read_bytes()
    called.write(running, people, KEY)
    assert place.read_bytes() == first
    called.write(running, people, b"another")
    assert place.read_bytes() != first


@pytest.mark.parametrize(
    "text", ["MAAAA", "MAAAAnya kata MBBBB", "say\\nMAAAA", "\\u003cMAAAA", '<a href="#passages-MAAAA">', "PDDDD_MAAAA"]
)
def test_a_pseudonym_is_put_in_wherever_it_stands_and_led_back(text):
    names = dict(zip(OWN, ("M2222", "M3333", "M4444", "P5555"), strict=True))
    shown = published.renamed(text, names)
    assert not published.named_in(shown, OWN)
    assert published.renamed(shown, {other: code for code, other in names.items()}) == text


def test_words_and_the_bytes_of_pictures_stay_as_they_are():
    for text in ("MEMBER", "data:image/png;base64,iVB/MAAAA+MBBBB=", "M12.5,3"):
        assert published.renamed(text, {"MAAAA": "M2222", "MBBBB": "M3333"}) == text


def outputs(text):
    return [[{"output_type": "display_data", "data": {"text/html": f"<p>{text}</p>"}, "metadata": {}}]]


def test_a_page_shows_the_chapters_pseudonyms_and_its_data_lead_back(running):
    shown = json.dumps(study.as_published(running, "network", outputs("MAAAA answers MBBBB")))
    names, _ = study.called(running, "network")
    assert published.named_in(shown, OWN) == set()
    assert published.named_in(shown, set(names.values())) == {names["MAAAA"], names["MBBBB"]}


def test_a_page_that_shows_somebody_who_counts_in_sums_only_is_refused(running):
    with pytest.raises(InputError, match="shows 1 of the people who may be counted in sums only"):
        study.as_published(running, "network", outputs(f"MAAAA answers {HIDDEN}"))


def letters(drawing, monkeypatch):
    """What a drawing says when it is shown, as matplotlib notes it down."""
    seen = []
    monkeypatch.setattr(
        figures, "_require_called", lambda svg, check=figures._require_called: (seen.append(svg), check(svg))
    )
    figures.show(figures.Figure(drawing, "alt", "caption"), "")
    return " ".join(word for svg in seen for word in figures.COMMENT.findall(svg))


def test_a_drawing_names_people_as_its_chapter_does(running, monkeypatch):
    drawing, axes = figures.canvas()
    axes.barh([0, 1], [1, 2], label="MCCCC")
    axes.set_yticks([0, 1], ["MAAAA", "of MBBBB"])
    axes.text(1, 1, "◂ PDDDD")
    axes.legend()
    said, names = letters(drawing, monkeypatch), study.called(running, "network")[0]
    assert published.named_in(said, set(names.values())) == {names[code] for code in OWN}
    assert published.named_in(said, OWN) == set()


@pytest.mark.parametrize("who", ["MAAAA", HIDDEN])
def test_a_drawing_in_which_a_pseudonym_of_the_studys_own_is_left_is_refused(running, who):
    drawing, axes = figures.canvas()
    axes.set_yticks([0.5], [who], minor=True)  # labels that nothing replaces
    with pytest.raises(InputError, match="names 1 person by the study's own pseudonyms"):
        figures.show(figures.Figure(drawing, "alt", "caption"), "")


def test_pairs_stand_in_the_order_of_the_chapters_pseudonyms(running):
    pairs = pd.DataFrame({"member_a": ["MAAAA", "MAAAA", "MBBBB"], "member_b": ["MBBBB", "MCCCC", "MCCCC"]})
    shown = figures.alphabetical(pairs)
    assert (shown["member_a"] < shown["member_b"]).all()
    assert shown["member_a"].is_monotonic_increasing
    assert not {*shown["member_a"], *shown["member_b"]} & set(OWN)


def test_a_notebook_opened_by_hand_shows_the_studys_own_pseudonyms(running, monkeypatch):
    monkeypatch.delenv(study.PIPELINE)
    assert figures.called() == ({}, frozenset())
