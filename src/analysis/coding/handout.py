"""Gives a coding sample out: as a sheet to code in a browser or a spreadsheet, or as a project for a coding program."""

from __future__ import annotations

import itertools
from pathlib import Path

import pandas as pd

from analysis import browser, study, tables
from analysis.codebook import Codebook, load
from analysis.coding import exchange, sample
from analysis.coding.anchors import text_hash
from analysis.errors import InputError
from analysis.ingest.sheets import read_sample
from analysis.spreadsheet import as_text

FORMS = ("html", "csv", "qdpx")
SHEET = Path(__file__).with_name("sheet.html")


def sample_study(
    paths: study.Paths, out: Path, *, size: int, seed: int, form: str, code: str = "", even: bool = False
) -> list[Path]:
    """Draw messages that nobody has coded yet, write them for coders, and keep what the estimators need.

    form: one of FORMS. Strata are the chats; with a code, the chats and how likely the model thinks that code, drawn
    evenly, so that a rare code is sought where it is likely. even: as many of each chat. data/raw/sample.csv then holds
    each message's probability in this draw too; a coded message's is what it would have been. Returns the files
    written. Raises InputError on an unknown form or code, a file that is there already, or fewer uncoded messages than
    asked for.
    """
    if form not in FORMS:
        raise InputError(f"{form!r} is no form of a sample", fix=f"Known are {', '.join(FORMS)}.")
    if out.exists():
        raise InputError("this file is there already", path=out, fix="Move it away, or give another name.")
    path = paths.raw / "codebook.yaml"
    if not path.exists():
        fix = "Write one, or begin with the one that ships: cp src/analysis/simulate/codebook.yaml data/raw/"
        raise InputError("coders need a codebook, and there is none", path=path, fix=fix)
    book = load(path)
    ingested, target = paths.processed("ingest"), paths.raw / "sample.csv"
    messages = tables.read(ingested / "messages.parquet", tables.Messages)
    messages = messages[(messages["kind"] == "text") & messages["member"].notna()]
    coded = set(tables.read(ingested / "codings.parquet", tables.Codings)["unit_id"])
    stratum = sample.strata(messages, _likely(paths, book, code) if code else None)
    units = pd.DataFrame({"unit_id": messages["message_id"].to_numpy(), "stratum": stratum.to_numpy()})
    draws, chosen = _drawn(units, read_sample(target), coded, size, seed, even=even or bool(code))
    rows = exchange.units(paths).set_index("unit_id").loc[chosen].reset_index()
    if form == "qdpx":
        exchange.export_study(paths, out, "qdpx", chosen=rows)
    else:
        out.parent.mkdir(parents=True, exist_ok=True)
        out.write_text(sheet(rows, book) if form == "html" else table(rows), encoding="utf-8", newline="\n")
    sample.write_draws(target, draws)
    return [out, *exchange.listed(paths, target, "sample", "drawn by guyub sample")]


def _drawn(
    units: pd.DataFrame, before: pd.DataFrame, coded: set[str], size: int, seed: int, *, even: bool
) -> tuple[pd.DataFrame, pd.Series]:
    """All draws with a new one of units that are neither coded nor given out, and its units in the order of coding."""
    taken = units["unit_id"].isin({*coded, *before.loc[before["drawn"].eq(True), "unit_id"]})
    if size > (left := int((~taken).sum())):
        fix = "Ask for fewer. A draw that nobody will code is taken back by deleting its rows from data/raw/sample.csv."
        raise InputError(f"{size} messages cannot be drawn: {left} are neither coded nor given out already", fix=fix)
    drawn = sample.draw(units[~taken], size, seed=seed, even=even)
    chosen = drawn[drawn["drawn"] > 0].sort_values("drawn")["unit_id"]
    if before.empty:  # one draw that stands for what is coded: every unit was as likely
        read = units["unit_id"].isin(coded)
        before = units[["unit_id"]].assign(draw=sample.BEFORE, inclusion_probability=read.mean(), drawn=read)
    number = next(str(k) for k in itertools.count(1) if str(k) not in set(before["draw"]))
    rate = units["stratum"].map(drawn.groupby("stratum")["inclusion"].first()).fillna(0)
    now = units.assign(draw=number, inclusion_probability=rate, drawn=units["unit_id"].isin(chosen))
    return pd.concat([before, now[list(sample.SAMPLE)]]), chosen


def _likely(paths: study.Paths, book: Codebook, code: str) -> pd.Series:
    """The model's probability of the code by message. Raises InputError when the model does not carry it."""
    name = book[code].name
    coded = tables.read(paths.processed("coding") / "coded.parquet", tables.Coded)
    guessed = coded[(coded["code"] == name) & (coded["origin"] == "model")]
    if guessed.empty:
        raise InputError(f"no model carries the code {name!r} yet", fix="Draw by chat first, code, and run the study.")
    held_out = tables.read(paths.processed("coding") / "held_out.parquet")
    parts = (guessed, held_out[held_out["code"] == name])
    return pd.concat([part.set_index("unit_id")["probability"] for part in parts])


def table(rows: pd.DataFrame) -> str:
    """The sample as CSV for a spreadsheet: a row a message, in the form of data/raw/codings, with who, when and text.

    Coders fill in code and coder, and copy a row for each further code; a row whose code stays empty says that the
    message was read and no code applies. Rows not read are to be deleted. rows: unit_id, head, text.
    """
    text = rows["text"]
    frame = rows[["unit_id"]].assign(start=0, end=text.map(len), code="", coder="", round=1)
    frame = frame.assign(text_sha256=text.map(text_hash), memo="", translation="")
    return frame.assign(head=as_text(rows["head"]), text=as_text(text)).to_csv(index=False, lineterminator="\n")


def sheet(rows: pd.DataFrame, book: Codebook, coding_round: int = 1) -> str:
    """The sample as one HTML file to code in a browser, without a network; it saves CSV that `guyub import` takes.
    rows: unit_id, head, text."""
    tops: dict[str, list] = {name: [] for name in book.names if book[name].parent is None}
    for name in book.leaves:
        parts = {part: getattr(book[name], part) for part in ("name", "definition", "include", "exclude")}
        tops[book.top(name)].append(parts)
    groups = [{"name": top, "codes": codes} for top, codes in tops.items()]
    units = [
        {"id": unit, "head": head, "text": text, "sha256": text_hash(text)}
        for unit, head, text in zip(rows["unit_id"], rows["head"], rows["text"], strict=True)
    ]
    data = {"round": coding_round, "groups": groups, "units": units, "key": text_hash("".join(rows["unit_id"]))[:16]}
    return browser.page(SHEET, data)
