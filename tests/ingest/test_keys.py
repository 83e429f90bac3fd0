"""A study's key of pseudonyms is made once, kept secret and never replaced unasked."""

from __future__ import annotations

import stat

import pandas as pd
import pytest

from analysis import study, tables
from analysis.errors import InputError
from analysis.ingest import step
from analysis.ingest.gather import Raw
from analysis.ingest.keys import draw, fingerprint, key_for
from analysis.privacy import length_for, pseudonym

from .community import PARAMS, paths


def test_a_simulated_study_uses_the_public_key_and_makes_none(tmp_path):
    p = paths(tmp_path, "yes")
    step.run(PARAMS, p)
    assert not p.secrets.exists()


def test_a_real_study_makes_a_key_that_only_its_owner_can_read_and_keeps_it(tmp_path):
    p = paths(tmp_path)
    step.run(PARAMS, p)
    members = tables.read(p.processed("ingest") / "members.parquet")
    key = p.secrets / "pseudonym.key"
    assert stat.S_IMODE(key.stat().st_mode) == 0o600
    step.run(PARAMS, p)
    assert members.equals(tables.read(p.processed("ingest") / "members.parquet"))
    made = key.read_text().strip()
    for file in [*p.processed("ingest").iterdir(), p.metrics("ingest")]:
        assert made.encode() not in file.read_bytes()


def test_a_notebook_opened_by_hand_makes_no_key_and_uses_the_one_there_is(tmp_path):
    p = paths(tmp_path)
    by_hand = study.Paths(p.root, scratch=p.root / ".guyub" / "scratch")
    raw = step.read(PARAMS, by_hand)
    assert key_for(by_hand, raw, "demo") != key_for(by_hand, raw, "demo")
    step.run(PARAMS, by_hand)
    assert sorted(place.name for place in p.root.iterdir()) == [".guyub", "data"]
    assert not p.processed("ingest").exists()
    step.run(PARAMS, p)
    assert key_for(by_hand, raw, "demo").hex() == (p.secrets / "pseudonym.key").read_text().strip()


def test_a_second_run_leaves_the_keys_fingerprint_as_it_is(tmp_path):
    p = paths(tmp_path)
    step.run(PARAMS, p)
    mark = p.root / ".guyub" / "pseudonym-key.fingerprint"
    before = mark.stat().st_mtime_ns
    step.run(PARAMS, p)
    assert mark.stat().st_mtime_ns == before


def test_a_missing_key_is_explained_and_not_made_again(tmp_path):
    p = paths(tmp_path)
    step.run(PARAMS, p)
    (p.secrets / "pseudonym.key").unlink()
    with pytest.raises(InputError, match="the key of this study's pseudonyms is missing") as error:
        step.run(PARAMS, p)
    assert "backup" in str(error.value)


@pytest.mark.parametrize(
    ("key", "what"), [("ab" * 32, "not the key"), ("kunci", "this is not a key"), ("", "this is not a key")]
)
def test_another_key_or_a_broken_one_is_refused(tmp_path, key, what):
    p = paths(tmp_path)
    step.run(PARAMS, p)
    (p.secrets / "pseudonym.key").write_text(key)
    with pytest.raises(InputError, match=what):
        step.run(PARAMS, p)


def test_a_key_is_drawn_under_which_thousands_of_people_have_pseudonyms_of_their_own():
    nobody = pd.DataFrame({"name": pd.Series(dtype="str")})
    many = pd.DataFrame({"name": [f"Orang {n}" for n in range(3_000)]})
    key = draw(Raw([], [], many, nobody, nobody, [], nobody, nobody))
    assert len({pseudonym(name, key, length=length_for(3_000)) for name in many["name"]}) == 3_000


def test_a_fingerprint_distinguishes_keys_without_giving_them_away():
    assert fingerprint(b"a") != fingerprint(b"b")
    assert len(fingerprint(b"a")) == 16
