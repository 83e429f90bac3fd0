"""The tables that steps exchange: their schemas, and how they are read and written.

Parquet, times in UTC. Floats are rounded on writing so that equal inputs give equal bytes.
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import partial
from pathlib import Path

import pandas as pd
import pandera.pandas as pa
import pyarrow as arrow

from analysis import disk, glance
from analysis.errors import InputError

KINDS = ("text", "media", "deleted", "system", "poll", "call", "location", "contact")
CONSENT = ("quotes", "aggregate", "none")
ORDINARY, BOT = ("member", "anggota"), "bot"  # roles; any other word stands for an office
PSEUDONYM = r"^[MP][A-Z2-7]{4,8}$"
DECIMALS = 10

_TIME = pd.DatetimeTZDtype("ns", "UTC")
_SHARE = pa.Check.in_range(0, 1)

_text, _number, _whole = (partial(pa.Column, kind) for kind in (str, float, "int64"))
_pseudonym = partial(_text, checks=pa.Check.str_matches(PSEUDONYM))


def _table(name: str, columns: dict[str, pa.Column], **kwargs: object) -> pa.DataFrameSchema:
    return pa.DataFrameSchema(columns, name=name, strict=True, ordered=True, coerce=True, **kwargs)  # type: ignore[arg-type]


Messages = _table(
    "messages",
    {
        "message_id": _text(unique=True),
        "channel": _text(),
        "time": pa.Column(_TIME),
        "member": _pseudonym(nullable=True),  # missing on system lines
        "text": _text(),
        "kind": _text(checks=pa.Check.isin(KINDS)),
        "edited": pa.Column(bool),
        "reply_to": _text(nullable=True),  # explicit replies only
        "source": _text(),
        "line": _whole(checks=pa.Check.ge(1)),
    },
)
Utterances = _table(
    "utterances",
    {
        "utterance_id": _text(unique=True),
        "transcript": _text(),
        "turn": _whole(checks=pa.Check.ge(1)),
        "member": _pseudonym(nullable=True),  # missing for the interviewer
        "role": _text(checks=pa.Check.isin(("interviewer", "participant"))),
        "start_s": _number(nullable=True),
        "end_s": _number(nullable=True),
        "text": _text(),
        "source": _text(),
        "line": _whole(checks=pa.Check.ge(1)),
    },
)
Members = _table(
    "members",
    {
        "member": _pseudonym(unique=True),
        "sector": _text(nullable=True),
        "role": _text(nullable=True),
        "joined": pa.Column(_TIME, nullable=True),
        "consent": _text(checks=pa.Check.isin(CONSENT)),
    },
)
Codings = _table(
    "codings",
    {
        "unit_id": _text(),
        "start": _whole(checks=pa.Check.ge(0)),
        "end": _whole(checks=pa.Check.ge(0)),  # exclusive, Unicode code points
        "code": _text(nullable=True),  # missing: the coder read the unit and no code applies
        "coder": _text(),
        "round": _whole(checks=pa.Check.ge(1)),
        "text_sha256": _text(checks=pa.Check.str_matches(r"^[0-9a-f]{64}$")),
        "memo": _text(nullable=True),
        "translation": _text(nullable=True),
        "quotation": _text(nullable=True),  # the coded words as they were; missing where the codings came without
    },
    add_missing_columns=True,
)
Codebook = _table(
    "codebook",  # a code, after the code above it; missing texts are empty
    {
        "code": _text(unique=True),
        "parent": _text(nullable=True),  # missing at the top
        **{name: _text() for name in ("definition", "include", "exclude", "example", "colour", "introduced")},
        "version": _text(),  # of the codebook, the same in each row
        "language": _text(),
    },
)
Sample = _table(
    "sample",  # a message that could have been drawn for coding, in a draw
    {"unit_id": _text(), "draw": _text(), "inclusion_probability": _number(checks=_SHARE), "drawn": pa.Column(bool)},
    unique=["unit_id", "draw"],
)
Coded = _table(
    "coded",
    {
        "unit_id": _text(),
        "code": _text(),
        "value": _whole(checks=pa.Check.isin((0, 1))),
        "probability": _number(checks=_SHARE),
        "origin": _text(checks=pa.Check.isin(("human", "model"))),
    },
    unique=["unit_id", "code"],
)
Replies = _table(
    "replies",
    {
        "message_id": _text(),
        "reply_to": _text(nullable=True),  # missing: starts a thread
        "probability": _number(checks=_SHARE),
    },
)
ReplyDraws = _table(
    "reply_draws",  # replies and kinds of talk in graphs drawn jointly, one row per graph and answering message
    {
        "draw": _whole(checks=pa.Check.ge(0)),
        "message_id": _text(),
        "reply_to": _text(nullable=True),  # missing: answers no other turn
        "informal": pa.Column(bool),
    },
)
Annotations = _table(
    "annotations",  # what an annotator says each sampled message answers; several rows where it answers several
    {
        "annotator": _text(),
        "message_id": _text(),
        "reply_to": _text(nullable=True),  # missing: something new
    },
    unique=["annotator", "message_id", "reply_to"],
)
Ties = _table(
    "ties",
    {
        "source": _pseudonym(),
        "target": _pseudonym(),
        "layer": _text(),
        "weight": _number(checks=pa.Check.ge(0)),
        "low": _number(nullable=True),
        "high": _number(nullable=True),
    },
    unique=["source", "target", "layer"],
)
Periods = _table(
    "periods",
    {
        "windows": _whole(checks=pa.Check.ge(1)),
        "start": pa.Column(_TIME),
        "end": pa.Column(_TIME),
        "measure": _text(),
        "value": _number(nullable=True),
        "low": _number(nullable=True),
        "high": _number(nullable=True),
    },
)
Partnerships = _table(
    "partnerships",
    {
        "member_a": _pseudonym(),
        "member_b": _pseudonym(),
        "since": pa.Column(_TIME, nullable=True),
        "kind": _text(nullable=True),
    },
)


def empty(schema: pa.DataFrameSchema) -> pd.DataFrame:
    """A table of no rows with the schema's columns and types."""
    return conform(pd.DataFrame({name: pd.Series(dtype=object) for name in schema.columns}), schema)


def is_bot(role: pd.Series) -> pd.Series:
    """Which members are bots, by their roles."""
    return role.astype("str").str.casefold() == BOT


def is_officer(role: pd.Series) -> pd.Series:
    """Which members hold an office, by their roles: those whose role is neither member nor bot."""
    return role.notna() & ~role.astype("str").str.casefold().isin((*ORDINARY, BOT))


def agrees(consent: pd.Series) -> pd.Series:
    """Whether each member agreed to be quoted and shown by themselves, by the consent on the roster."""
    return consent == "quotes"


def agreed(members: pd.DataFrame) -> frozenset[str]:
    """The members who agreed to be quoted and shown by themselves; the others count in sums only. members: Members."""
    return frozenset(members.loc[agrees(members["consent"]), "member"])


def community(members: pd.DataFrame) -> pd.DataFrame:
    """The rows of Members who belong to the community: without people who were only interviewed (P)."""
    return members[members["member"].str.startswith("M")].reset_index(drop=True)


def conform(frame: pd.DataFrame, schema: pa.DataFrameSchema) -> pd.DataFrame:
    """The frame in the schema's types. Raises InputError naming the column and the first bad values."""
    try:
        return schema.validate(frame.reset_index(drop=True), lazy=True)
    except pa.errors.SchemaErrors as error:
        cases = error.failure_cases[["column", "check", "failure_case"]].head(5).to_string(index=False)
        raise InputError(f"the table {schema.name} does not fit its schema:\n{cases}") from error


def write(frame: pd.DataFrame, path: Path, schema: pa.DataFrameSchema | None = None) -> None:
    """Write a Parquet table; with a schema, only if it fits. Floats are rounded to DECIMALS places."""
    frame = frame.copy() if schema is None else conform(frame, schema)
    floats = frame.select_dtypes("float").columns
    frame[floats] = frame[floats].round(DECIMALS)
    with disk.whole(path) as draft:
        frame.to_parquet(draft, compression="zstd")


def write_all(made: Mapping[str, pd.DataFrame], folder: Path, **schemas: pa.DataFrameSchema) -> None:
    """Write tables by their file names: Parquet tables as `write` does, CSV as curves for `dvc plots`. schemas: of some
    tables, by name without the ending. The folder is there even if no table is, for DVC asks for every output."""
    folder.mkdir(parents=True, exist_ok=True)
    for name, frame in made.items():
        path = folder / name
        if path.suffix == ".csv":
            glance.write_curve(frame, path)
        else:
            write(frame, path, schemas.get(path.stem))


def read(path: Path, schema: pa.DataFrameSchema | None = None) -> pd.DataFrame:
    """Read a table that an earlier step wrote. Raises InputError when the step has not run, or the table is broken."""
    if not path.exists():
        raise InputError(
            "this table does not exist yet", path=path, fix=f"Run the step that makes it: dvc repro {path.parent.name}"
        )
    try:
        with disk.in_a_sentence(path):
            frame = pd.read_parquet(path)
    except (arrow.ArrowException, OSError, ValueError, LookupError, TypeError, OverflowError) as error:
        fix = f"Delete it, and make it again: dvc repro {path.parent.name}"
        why = f"{type(error).__name__}: {error}".splitlines()[0][:120]
        raise InputError(f"this table is broken ({why})", path=path, fix=fix) from error
    return frame if schema is None else conform(frame, schema)
