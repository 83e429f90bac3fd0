"""Simulated annotators: they mark what `guyub annotate` samples, agree as people do, and err where people err."""

from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from analysis import tables
from analysis.calibration.observed import Observed, by_shortcut
from analysis.errors import InputError
from analysis.ingest.annotations import COLUMNS, read_annotations
from analysis.network.replies.annotate import CONTEXT, agreement, sampled
from analysis.simulate import simulate_community
from analysis.simulate.annotators import ANNOTATORS, annotations, answered_sheets
from analysis.simulate.export import to_csv

SIZE = 1500


@pytest.fixture(scope="module")
def observed() -> Observed:
    """A community that no other test has."""
    return by_shortcut(simulate_community(733, members=30, months=3))


@pytest.fixture(scope="module")
def marked(observed: Observed) -> pd.DataFrame:
    return annotations(observed.messages, observed.parents, size=SIZE, seed=1)


@pytest.fixture(scope="module")
def judged(observed: Observed, marked: pd.DataFrame) -> pd.DataFrame:
    """Each annotation with its truth: true, wrong, back (lines to the true answer, 0 for something new)."""
    messages = observed.messages
    place = pd.Series(messages.groupby("channel").cumcount().to_numpy(), index=messages.message_id)
    true = marked.message_id.map(observed.parents.set_index("message_id").reply_to)
    back = (marked.message_id.map(place) - true.map(place)).fillna(0).astype(int)
    return marked.assign(true=true, wrong=marked.reply_to.fillna("") != true.fillna(""), back=back)


def test_both_annotators_mark_the_messages_of_one_sample(observed: Observed, marked: pd.DataFrame) -> None:
    asked = [observed.messages["message_id"].iloc[rows[-1]] for rows in sampled(observed.messages, size=SIZE, seed=1)]
    assert tables.conform(marked, tables.Annotations).equals(marked)
    for name in ANNOTATORS:
        assert marked.message_id[marked.annotator == name].tolist() == asked


def test_two_annotators_agree_at_f_75_to_80(observed: Observed, marked: pd.DataFrame) -> None:
    one, other = (marked[marked.annotator == name] for name in ANNOTATORS)
    assert 0.75 <= agreement(one, other, observed.messages.set_index("message_id").member)["f"] <= 0.80


def test_they_err_the_more_the_further_back_the_answer_is(judged: pd.DataFrame) -> None:
    wrong = judged[judged.back.between(1, CONTEXT)].groupby(pd.cut(judged.back, [0, 1, 4, CONTEXT])).wrong.mean()
    assert wrong.is_monotonic_increasing
    assert wrong.iloc[-1] > 2 * wrong.iloc[0]


def test_they_err_independently_of_each_other(judged: pd.DataFrame) -> None:
    near = judged[judged.back == 1]
    one, other = (near.set_index("message_id").wrong[(near.annotator == name).to_numpy()] for name in ANNOTATORS)
    assert abs(np.corrcoef(one, other[one.index])[0, 1]) < 0.15


def test_what_they_take_in_error_is_near_and_all_kinds_of_errors_occur(
    observed: Observed, judged: pd.DataFrame
) -> None:
    messages = observed.messages
    place = pd.Series(messages.groupby("channel").cumcount().to_numpy(), index=messages.message_id)
    member = messages.set_index("message_id").member
    errors = judged[judged.wrong & (judged.back <= CONTEXT)]
    new, taken = errors.reply_to.isna(), errors.dropna(subset="reply_to")
    lines = taken.message_id.map(place) - taken.reply_to.map(place)
    own = taken.message_id.map(member) == taken.reply_to.map(member)
    assert 0.05 < new.mean() < 0.4
    assert 0.05 < own.mean() < 0.5
    assert lines.median() <= 3
    assert lines.between(1, CONTEXT).all()
    assert taken.reply_to.map(member).notna().all()


def test_an_answer_further_back_than_the_sheet_shows_cannot_be_marked(observed: Observed) -> None:
    messages, far = observed.messages, observed.parents.assign(reply_to=observed.messages.message_id.iloc[0])
    marked = annotations(messages, far, size=300, seed=4)
    assert marked.reply_to.isna().mean() > 0.8


def test_the_sheets_are_read_back_as_the_annotations(observed: Observed, tmp_path: Path) -> None:
    sheets = answered_sheets(observed.messages, observed.parents, size=150, seed=9)
    marked = annotations(observed.messages, observed.parents, size=150, seed=9)
    for name, rows in sheets.items():
        path = tmp_path / f"{name}.csv"
        path.write_text(to_csv(COLUMNS, rows), encoding="utf-8")
        read, own = read_annotations(path), marked[marked.annotator == name].reset_index(drop=True)
        assert read.answered.all()
        assert read[["message_id", "reply_to"]].equals(
            own[["message_id", "reply_to"]].astype(read.dtypes[["message_id", "reply_to"]])
        )


def test_equal_seeds_give_equal_annotations_and_more_are_not_there_than_can_be_sampled(observed: Observed) -> None:
    messages, parents = observed.messages, observed.parents
    one = annotations(messages, parents, size=60, seed=3)
    assert one.equals(annotations(messages, parents, size=60, seed=3))
    assert set(one.message_id) != set(annotations(messages, parents, size=60, seed=4).message_id)
    with pytest.raises(InputError, match="cannot be sampled"):
        annotations(messages, parents, size=len(messages), seed=3)
