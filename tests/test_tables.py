"""Tables of a step's results."""

from __future__ import annotations

import pandas as pd

from analysis import tables


def test_a_step_without_a_table_still_has_its_folder_as_dvc_asks_of_every_output(tmp_path):
    tables.write_all({}, tmp_path / "processed" / "partnership")
    assert list((tmp_path / "processed" / "partnership").iterdir()) == []


def test_tables_are_written_by_their_endings(tmp_path):
    frame = pd.DataFrame({"month": [1, 2], "share": [0.25, 0.5]})
    tables.write_all({"months.parquet": frame, "months.csv": frame}, tmp_path / "results")
    assert pd.read_parquet(tmp_path / "results" / "months.parquet").equals(frame)
    assert (tmp_path / "results" / "months.csv").read_text(encoding="utf-8").startswith("month,share\n1,0.25")
