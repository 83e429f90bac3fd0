"""The step ingest writes equal tables for equal inputs, and no name in them."""

from __future__ import annotations

import hashlib

import pyarrow.parquet as pq

from analysis.ingest import step

from .community import PARAMS, paths


def test_equal_inputs_give_equal_bytes(tmp_path):
    prints = []
    for folder in ("a", "b"):
        p = paths(tmp_path / folder, "yes")
        step.run(PARAMS, p)
        files = [*sorted(p.processed("ingest").iterdir()), p.metrics("ingest")]
        prints.append([hashlib.sha256(file.read_bytes()).hexdigest() for file in files])
    assert prints[0] == prints[1]


def test_no_name_is_left_in_the_bytes_that_the_step_writes(tmp_path):
    p = paths(tmp_path, "yes")
    step.run(PARAMS, p)
    for file in p.processed("ingest").iterdir():
        table = pq.read_table(file)
        everything = str(table.schema.metadata) + table.to_pandas().to_csv()
        for secret in ("Sri", "Harun", "Tutik", "Mawar", "peserta"):
            assert secret not in everything, file.name
