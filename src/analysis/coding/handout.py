"""Gives a coding sample out: as a sheet to code in a browser or a spreadsheet, or as a project for a coding program."""

from __future__ import annotations

import itertools
import json
from pathlib import Path

import pandas as pd

from analysis import study, tables
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
    book = _codebook(paths)
    messages = _messages(paths)
    stratum = sample.strata(messages, _likely(paths, book, code) if code else None)
    units = pd.DataFrame({"unit_id": messages["message_id"].to_numpy(), "stratum": stratum.to_numpy()})
    before = read_sample(paths.raw / "sample.csv")
    draws, chosen = _drawn(units, before, _coded(paths), size, seed, even=even or bool(code))
    rows = exchange.units(paths).set_index("unit_id").loc[chosen].reset_index()
    written = _write(paths, out, form, rows, book)
    target = paths.raw / "sample.csv"
    sample.write_draws(target, draws)
    return [*written, *exchange.listed(paths, target, "sample", "drawn by guyub sample")]


def _codebook(paths: study.Paths) -> Codebook:
    path = paths.raw / "codebook.yaml"
    if not path.exists():
        fix = "Write one, or begin with the one that ships: cp src/analysis/simulate/codebook.yaml data/raw/"
        raise InputError("coders need a codebook, and there is none", path=path, fix=fix)
    return load(path)


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
    draws = _with_before(before, units["unit_id"], coded)
    number = next(str(k) for k in itertools.count(1) if str(k) not in set(draws["draw"]))
    rate = units["stratum"].map(drawn.groupby("stratum")["inclusion"].first()).fillna(0)
    now = units.assign(draw=number, inclusion_probability=rate, drawn=units["unit_id"].isin(chosen))
    return pd.concat([draws, now[list(sample.SAMPLE)]]), chosen


def _with_before(draws: pd.DataFrame, units: pd.Series, coded: set[str]) -> pd.DataFrame:
    """The draws kept; where there are none, one that stands for what is coded: every unit was as likely."""
    if len(draws):
        return draws
    taken = units.isin(coded)
    return pd.DataFrame(
        {"unit_id": units, "draw": sample.BEFORE, "inclusion_probability": taken.mean(), "drawn": taken}
    )


def _coded(paths: study.Paths) -> set[str]:
    return set(tables.read(paths.processed("ingest") / "codings.parquet", tables.Codings)["unit_id"])


def _messages(paths: study.Paths) -> pd.DataFrame:
    messages = tables.read(paths.processed("ingest") / "messages.parquet", tables.Messages)
    return messages[(messages["kind"] == "text") & messages["member"].notna()]


def _likely(paths: study.Paths, book: Codebook, code: str) -> pd.Series:
    """The model's probability of the code by message. Raises InputError when the model does not carry it."""
    name = book[code].name
    coded = tables.read(paths.processed("coding") / "coded.parquet", tables.Coded)
    guessed = coded[(coded["code"] == name) & (coded["origin"] == "model")]
    if guessed.empty:
        raise InputError(f"no model carries the code {name!r} yet", fix="Draw by chat first, code, and run the study.")
    known = tables.read(paths.processed("coding") / "held_out.parquet")
    known = known[known["code"] == name]
    return pd.concat([part.set_index("unit_id")["probability"] for part in (guessed, known)])


def _write(paths: study.Paths, out: Path, form: str, rows: pd.DataFrame, book: Codebook) -> list[Path]:
    if form == "qdpx":
        return exchange.export_study(paths, out, "qdpx", chosen=rows)
    out.parent.mkdir(parents=True, exist_ok=True)
    out.write_text(sheet(rows, book) if form == "html" else table(rows), encoding="utf-8", newline="\n")
    return [out]


def table(rows: pd.DataFrame) -> str:
    """The sample as CSV for a spreadsheet: a row a message, in the form of data/raw/codings, with who, when and text.

    Coders fill in code and coder, and copy a row for each further code; a row whose code stays empty says that the
    message was read and no code applies. Rows not read are to be deleted. rows: unit_id, head, text.
    """
    frame = pd.DataFrame(
        {
            "unit_id": rows["unit_id"],
            "start": 0,
            "end": rows["text"].map(len),
            "code": "",
            "coder": "",
            "round": 1,
            "text_sha256": rows["text"].map(text_hash),
            "memo": "",
            "translation": "",
            "head": as_text(rows["head"]),
            "text": as_text(rows["text"]),
        }
    )
    return frame.to_csv(index=False, lineterminator="\n")


def sheet(rows: pd.DataFrame, book: Codebook, coding_round: int = 1) -> str:
    """The sample as one HTML file to code in a browser, without a network; it saves CSV that `guyub import` takes.

    rows: unit_id, head, text.
    """
    groups = [
        {
            "name": top,
            "codes": [
                {part: getattr(book[name], part) for part in ("name", "definition", "include", "exclude")}
                for name in book.leaves
                if book.top(name) == top
            ],
        }
        for top in book.names
        if book[top].parent is None
    ]
    units = [
        {"id": unit, "head": head, "text": text, "sha256": text_hash(text)}
        for unit, head, text in zip(rows["unit_id"], rows["head"], rows["text"], strict=True)
    ]
    data = {"round": coding_round, "groups": groups, "units": units, "key": text_hash("".join(rows["unit_id"]))[:16]}
    embedded = json.dumps(data, ensure_ascii=False, sort_keys=True).replace("<", "\\u003c")
    return SHEET.read_text(encoding="utf-8").replace("__DATA__", embedded)
