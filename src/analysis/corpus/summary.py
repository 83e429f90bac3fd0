"""The tables of a corpus, made on its engine: OUT/tables/ties, counts, months and groups, as Parquet."""

from __future__ import annotations

import hashlib
import os
import shutil
from pathlib import Path

import pandas as pd

from analysis.corpus import settings, talk
from analysis.corpus.engines import Engine, engine
from analysis.corpus.replies import KINDS, ties_by_model
from analysis.errors import InputError
from analysis.study import data_source

TABLES = ("ties", "counts", "months", "groups")
KEYS = ("channel", "member", "answered", "month")
FRACTIONS = {"gini", "gini_se", "hhi", "top1_share", "top3_share", "reciprocity", "reciprocity_se"}


def summarise(out: Path, *, model: bool = False) -> pd.DataFrame:
    """Make the tables of a corpus that is finished; returns groups. They are put in place together.

    model: whether ties by the trained model are made next to those by rule (ties_by_model, weights in expected turns).
    Raises InputError when the corpus is not finished, or as engines.engine does.
    """
    how = settings.read(out)
    if not (out / "manifest.parquet").exists():
        raise InputError("this corpus is not finished", path=out, fix="Finish it: guyub corpus DIR --out OUT")
    draft, spill = out / "tables.draft", out / "spill"
    shutil.rmtree(draft, ignore_errors=True)
    draft.mkdir()
    try:
        with engine(str(how["engine"]), master=str(how["master"]), memory=str(how["memory"]), spill=spill) as own:
            make_tables(own, out / "messages", draft)
            if model:
                chats = pd.read_parquet(draft / "groups.parquet")["channel"]
                ties = ties_by_model(own, out, chats, processes=os.cpu_count() or 1)
                ties.sort_values(list(KINDS)[:3]).to_parquet(draft / "ties_by_model.parquet", index=False)
    finally:
        shutil.rmtree(spill, ignore_errors=True)
    shutil.rmtree(out / "tables", ignore_errors=True)
    draft.replace(out / "tables")
    return table(out, "groups")


def source(out: Path) -> str:
    """The note in captions on simulated groups; empty where none is."""
    chats = pd.read_parquet(out / "manifest.parquet", columns=["chat", "simulated"]).dropna(subset="chat")
    if chats["simulated"].all():
        return data_source(True)
    return "Some of these groups are simulated: no real person wrote in them." if chats["simulated"].any() else ""


def make_tables(own: Engine, messages: Path, into: Path) -> None:
    """The tables of the messages in a folder, each from those written before, so that messages are read twice only."""
    said = own.read(messages)
    for name, made in (("ties", talk.ties), ("counts", talk.counts), ("months", talk.months)):
        made(said).sink_parquet(str(into / f"{name}.parquet"))
    counts, ties, months = (own.read(into / f"{name}.parquet") for name in ("counts", "ties", "months"))
    talk.groups(counts, ties, months).sink_parquet(str(into / "groups.parquet"))


def table(out: Path, name: str) -> pd.DataFrame:
    """A table of a corpus, in order. Raises InputError when it has not been made."""
    path = out / "tables" / f"{name}.parquet"
    if not path.exists():
        raise InputError(
            "the tables of this corpus have not been made yet", path=path, fix="Make them: guyub groups OUT"
        )
    return in_order(pd.read_parquet(path))


def in_order(frame: pd.DataFrame) -> pd.DataFrame:
    """The same rows, columns and types, whichever engine made them."""
    keys = [name for name in KEYS if name in frame]
    named = frame[[*keys, *sorted(set(frame) - set(keys))]].sort_values(keys, ignore_index=True)
    kinds = {name: "float64" if name in FRACTIONS else "str" if name in KEYS[:3] else "int64" for name in named}
    return named.astype(kinds)


def fingerprint(frame: pd.DataFrame) -> str:
    """A hash of a table's rows, equal for equal tables (in_order)."""
    hashed = hashlib.sha256(",".join(f"{name} {kind}" for name, kind in frame.dtypes.items()).encode())
    for name in frame:
        values = frame[name]
        plain = values.str.cat(sep="\n").encode() if values.dtype == "str" else values.to_numpy().tobytes()
        hashed.update(plain)
    return hashed.hexdigest()
