"""What the coders said becomes presence, one settled value, and a record of where they differ."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from analysis.codebook import load
from analysis.coding import human
from analysis.errors import InputError


def codings(*rows: tuple) -> pd.DataFrame:
    full = [(*row, 1) if len(row) == 3 else row for row in rows]
    return pd.DataFrame(full, columns=["unit_id", "coder", "code", "round"])


@pytest.fixture
def book(codebook_file):
    return load(codebook_file)


def test_a_code_above_another_is_applied_when_any_under_it_is(book):
    applied = human.presence(codings(("u1", "ani", "news"), ("u1", "ani", "humour")), book)
    row = applied.loc[("u1", "ani")]
    assert row[row].index.tolist() == ["sharing", "news", "informal", "humour"]


def test_reading_without_a_code_is_a_no_and_not_reading_is_missing(book):
    applied = human.presence(codings(("u1", "ani", None), ("u1", "budi", "news"), ("u2", "ani", "news")), book)
    seen = human.matrix(applied, "news")
    assert seen.loc["u1"].tolist() == [0, 1]
    assert seen.loc["u2", "ani"] == 1
    assert np.isnan(seen.loc["u2", "budi"])


def test_a_coders_last_round_counts(book):
    applied = human.presence(codings(("u1", "ani", "news", 1), ("u1", "ani", "care", 2)), book)
    assert not applied.loc[("u1", "ani"), "news"]
    assert applied.loc[("u1", "ani"), "care"]


def test_a_code_that_the_codebook_has_not_is_refused_with_a_guess(book):
    with pytest.raises(InputError, match=r"'humor'\nDid you mean 'humour'"):
        human.presence(codings(("u1", "ani", "humor")), book)


def test_of_each_code_that_the_codebook_has_not_the_one_meant_is_guessed(book):
    with pytest.raises(InputError, match=r"Did you mean 'humour' by 'humor'\? Did you mean 'news' by 'nws'\?"):
        human.presence(codings(("u1", "ani", "nws"), ("u2", "ani", "humor")), book)


def test_most_coders_decide(book):
    rows = [("u1", c, "news") for c in ("ani", "budi")] + [("u1", "cici", None)]
    value, share, readers, decided = human.adjudicated(human.presence(codings(*rows), book))
    assert value.loc["u1", "news"] == 1
    assert share.loc["u1", "news"] == pytest.approx(2 / 3)
    assert (readers["u1"], decided["u1"]) == (3, False)


def test_on_a_tie_the_coder_who_read_most_decides(book):
    rows = [("u1", "ani", "news"), ("u1", "budi", "care"), ("u2", "budi", None)]
    value, share, readers, _ = human.adjudicated(human.presence(codings(*rows), book))
    assert readers.to_dict() == {"u1": 2, "u2": 1}
    assert value.loc["u1", ["news", "care"]].tolist() == [0, 1]
    assert share.loc["u1", ["news", "care"]].tolist() == [0.5, 0.5]


def test_a_tie_of_others_gives_no_code(book):
    rows = [("u1", "ani", "news"), ("u1", "budi", "care")] + [(f"v{i}", "cici", None) for i in range(3)]
    value, *_ = human.adjudicated(human.presence(codings(*rows), book))
    assert value.loc["u1"].sum() == 0


def test_the_consensus_settles_and_is_no_coder(book):
    rows = [("u1", "ani", "news"), ("u1", "budi", "care"), ("u1", human.CONSENSUS, "humour"), ("u2", "ani", None)]
    applied = human.presence(codings(*rows), book)
    settled = human.adjudicated(applied)
    assert settled.value.loc["u1", ["news", "care", "humour"]].tolist() == [0, 0, 1]
    assert settled.share.loc["u1", ["news", "care", "humour"]].tolist() == [0.5, 0.5, 0]
    assert settled.probability.loc["u1", ["news", "care", "humour"]].tolist() == [0, 0, 1]
    assert settled.decided.to_dict() == {"u1": True, "u2": False}
    assert list(human.matrix(applied, "news").columns) == ["ani", "budi"]
    assert human.lead_coder(applied) == "ani"


def test_a_consensus_alone_is_enough_for_a_value(book):
    applied = human.presence(codings(("u1", human.CONSENSUS, "news")), book)
    value, *_ = human.adjudicated(applied)
    assert value.loc["u1", "news"] == 1
    with pytest.raises(InputError, match="in consensus"):
        human.lead_coder(applied)


def test_confusions_pair_what_only_one_said_with_what_only_the_other_said(book):
    rows = [("u1", "ani", "news"), ("u1", "budi", "promotion")]
    rows += [("u2", "ani", "promotion"), ("u2", "budi", "news")]
    rows += [("u3", "ani", "humour"), ("u3", "budi", None), ("u4", "ani", "care"), ("u4", "budi", "care")]
    table = human.confusions(human.presence(codings(*rows), book), book.leaves)
    assert table.to_numpy().tolist() == [["news", "promotion", 2], ["(none)", "humour", 1]]


def test_disputed_units_come_with_what_each_coder_said(book):
    rows = [("u1", "ani", "news"), ("u1", "budi", "promotion"), ("u2", "ani", "humour"), ("u2", "budi", None)]
    table = human.disputed(human.presence(codings(*rows, ("u3", "ani", "care")), book), book.leaves)
    assert table.to_numpy().tolist() == [
        ["u1", 2, "ani: news; budi: promotion"],
        ["u2", 1, "ani: humour; budi: (none)"],
    ]
