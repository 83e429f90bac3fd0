"""The finished communities of a calibration, as rows from which an interrupted run continues.

A row is a line of JSON in calibration/runs/. While a part runs, each row is written to NAME.jsonl (not in git) at once;
when the part ends they are packed into NAME.jsonl.gz (in git). Each row is marked with the fingerprint of the code that
made it, and rows of two codes are never mixed.
"""

from __future__ import annotations

import gzip
import json
from collections.abc import Mapping
from pathlib import Path

from analysis.calibration.trial import Record
from analysis.errors import InputError


def append(log: Path, record: Mapping) -> None:
    """Add a record as a line."""
    log.parent.mkdir(parents=True, exist_ok=True)
    broken = log.exists() and log.read_bytes()[-1:] not in (b"", b"\n")
    with log.open("a", encoding="utf-8") as file:
        file.write("\n" * broken + json.dumps(record, sort_keys=True) + "\n")


def records(log: Path, code: str | None) -> list[Record]:
    """The records of the log and of its packed file, by condition and seed, each once.

    A line that an interrupted run left unfinished does not count. code: the mark that all must have (None: any); raises
    InputError when some have another.
    """
    complete = [json.loads(line) for line in _lines(log) if line.endswith("}")]
    if code and (other := sorted({record["code"] for record in complete} - {code})):
        raise InputError(
            f"{sum(record['code'] != code for record in complete)} communities were tried on code {other[0]}, and the "
            f"present code is {code}; rates of two codes are not mixed",
            path=log.parent,
            fix=f"Start again with `python calibration/calibrate.py {log.stem} --fresh`, or go back to that code.",
        )
    kept = {(record["condition"], record["seed"]): record for record in complete}
    return [kept[key] for key in sorted(kept)]


def pack(log: Path, code: str) -> None:
    """Move what the log holds into the packed file, whose bytes depend on the records alone."""
    if not log.exists():
        return
    text = "".join(json.dumps(record, sort_keys=True) + "\n" for record in records(log, code))
    _packed(log).write_bytes(gzip.compress(text.encode(), mtime=0))
    log.unlink()


def forget(log: Path) -> None:
    """Delete the log and its packed file."""
    for path in (log, _packed(log)):
        path.unlink(missing_ok=True)


def _lines(log: Path) -> list[str]:
    packed = _packed(log)
    before = gzip.decompress(packed.read_bytes()).decode() if packed.exists() else ""
    return (before + (log.read_text(encoding="utf-8") if log.exists() else "")).splitlines()


def _packed(log: Path) -> Path:
    return log.with_suffix(".jsonl.gz")
