"""Damaged exports never crash a reader and never break the account of their lines."""

from __future__ import annotations

import pytest

from analysis.ingest.readers.whatsapp import messages

from .mutants import flaw, mutant

BLOCK = 250


@pytest.mark.parametrize("block", range(8))
def test_two_thousand_damaged_exports_are_refused_or_add_up(tmp_path, block):
    for seed in range(block * BLOCK, (block + 1) * BLOCK):
        name, raw = mutant(seed)
        path = tmp_path / name
        path.write_bytes(raw)
        found = flaw(path)
        assert found is None, f"seed {seed}: {found}"


def test_an_alarm_rings_when_a_reader_loses_a_line(tmp_path, monkeypatch):
    split = messages.split_headers

    def losing(text, shape):
        headers = split(text, shape)
        headers.body[0] = headers.body[0].replace("\n", "")
        return headers

    monkeypatch.setattr(messages, "split_headers", losing)
    path = tmp_path / "a.txt"
    path.write_text("24/07/24 09.43 - X: a\nb\n24/07/24 09.44 - X: c\n", encoding="utf-8")
    assert "line breaks in the texts" in flaw(path)
