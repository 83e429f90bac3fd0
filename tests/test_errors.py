"""The one error that a user is meant to read."""

from __future__ import annotations

import pickle

from analysis.errors import InputError, Mistakes


def test_errors_come_whole_out_of_another_process():
    one = InputError("no date", path="members.csv", line=3, fix="Write one.")
    several = Mistakes([one, InputError("no name", path="members.csv", line=2)])
    for error in (one, several):
        again = pickle.loads(pickle.dumps(error))
        assert (type(again), str(again)) == (type(error), str(error))
        assert (again.path, again.line, again.fix) == (error.path, error.line, error.fix)
    assert [error.line for error in pickle.loads(pickle.dumps(several)).errors] == [2, 3]
