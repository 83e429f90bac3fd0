"""Draws a coding sample: passages of chats and interviews, the same draw in every form that coders use."""

from __future__ import annotations

import itertools
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import pandas as pd

from analysis import disk, study, tables
from analysis.codebook import Codebook, load
from analysis.coding import exchange, forms, sample
from analysis.coding.anchors import text_hash
from analysis.coding.human import CONSENSUS
from analysis.errors import InputError
from analysis.ingest.sheets import read_sample
from analysis.workbook import Sheet, write_sheets

FORMS = ("html", "xlsx", "csv", "qdpx")
TURNS = " interviews"  # ending of the name of a draw of interview turns
BEFORE, AFTER = 5, 2  # passages shown around each


@dataclass(frozen=True)
class Wanted:
    """What to draw. size, turns: how many messages of chats, and turns of interviews. code: one to look for where the
    model thinks it likely. even: the same number from each chat, not in proportion. again: an earlier draw to write
    again instead."""

    size: int = 0
    turns: int = 0
    seed: int = 0
    code: str = ""
    even: bool = False
    again: str = ""


def sample_study(paths: study.Paths, outs: Sequence[Path], wanted: Wanted, coders: Sequence[str] = ()) -> list[Path]:
    """Draw passages that nobody has coded yet, write them for coders, and record the probabilities for the estimators.

    outs: files to write, each by its ending one of FORMS, all of the same passages in the same order; with coders, one
    for each of them, named `sheet-NAME.html`. Strata are the chats, and the interviews; with a code, the chats and how
    likely the model thinks that code, drawn evenly, so that a rare code is sought where it is likely.
    data/raw/sample.csv then also holds each passage's probability in this draw; for a coded one, what it would have
    been. Returns the files written. Raises InputError on an unknown form or code, a coder's name that gives no file
    name of its own or is that of the consensus, a file that exists already, an unknown draw, or fewer uncoded passages
    than asked for.
    """
    files = _files(outs, coders)
    path, target = paths.raw / "codebook.yaml", paths.raw / "sample.csv"
    if not path.exists():
        fix = "Write one, or begin with the one that ships: guyub add src/analysis/simulate/codebook.yaml"
        raise InputError("coders need a codebook, and this one does not exist", path=path, fix=fix)
    book, before = load(path), read_sample(target)
    draws = before if wanted.again else _drawn(paths, book, before, wanted)
    number = wanted.again or draws["draw"].iloc[-1].removesuffix(TURNS)
    rows = passages(paths, _order(draws, number))
    for file, coder in files.items():
        _write(paths, file, rows, book, coder)
    if wanted.again:
        return list(files)
    sample.write_draws(target, draws)
    return [*files, *exchange.listed(paths, target, "sample", "drawn by guyub sample")]


def _files(outs: Sequence[Path], coders: Sequence[str]) -> dict[Path, str]:
    """The files to write, each with its coder. Raises InputError when one cannot be written."""
    files, names = dict[Path, str](), _file_names(coders)
    for out in outs:
        form = out.suffix.lstrip(".").lower()
        if form not in FORMS:
            fix = f"Known are {', '.join(FORMS)}."
            raise InputError(f"a sample cannot be written as {form!r}", path=out, fix=fix)
        files |= {out.with_stem(f"{out.stem}-{name}"): coder for coder, name in names.items()} or {out: ""}
    for out in files:
        if out.exists():
            raise InputError("this file exists already", path=out, fix="Move it away, or give another name.")
    return files


def _file_names(coders: Sequence[str]) -> dict[str, str]:
    """The part of the file name that stands for each coder. Raises InputError on a name without letters or numbers, on
    that of the consensus, and on two coders whose file names differ at most in case."""
    names = {coder: "-".join("".join(map(_in_a_name, coder)).split()).strip("-") for coder in coders}
    taken: dict[str, str] = {}
    for coder, name in names.items():
        if coder.strip().casefold() == CONSENSUS:
            what = f"no coder can be called {coder!r}, which stands for decisions that overrule all coders"
            raise InputError(what, fix="Give the coder's own name. Decisions are made on the page of: guyub agree")
        if not name:
            raise InputError(f"the coder's name {coder!r} has neither letters nor numbers", fix="Use letters.")
        if other := taken.get(name.casefold()):
            what = f"the sheets of {other!r} and {coder!r} would have one name, {name}"
            raise InputError(what, fix="Spell one of them differently.")
        taken[name.casefold()] = coder
    return names


def _in_a_name(sign: str) -> str:
    """Letters (with combining marks), numbers, `_` and `-` unchanged; a space for any other character."""
    return sign if sign.isalnum() or sign in "_-" or unicodedata.category(sign).startswith("M") else " "


def _order(draws: pd.DataFrame, number: str) -> list[str]:
    """The passages of a draw in the order of coding, messages first: random, and the same each time."""
    chosen: list[str] = []
    for name in (number, number + TURNS):
        units = draws.loc[(draws["draw"] == name) & draws["drawn"], "unit_id"]
        chosen += sorted(units, key=lambda unit: text_hash(f"{name} {unit}"))
    if not chosen:
        known = sorted({name.removesuffix(TURNS) for name in draws["draw"]} - {sample.BEFORE})
        fix = f"There are the draws {', '.join(known)}." if known else "Draw one first."
        raise InputError(f"there is no draw {number!r}", fix=fix)
    return chosen


def passages(paths: study.Paths, chosen: Sequence[str]) -> pd.DataFrame:
    """Rows of exchange.units by id, in this order, with `around`: who said what in the BEFORE messages or turns before
    each in its chat or interview, and the AFTER after it. Raises InputError when one is no longer in the study."""
    units = exchange.shown(paths)
    ids, together = units["unit_id"].to_numpy(), units.groupby("document", sort=False).indices
    place = {ids[row]: (rows, k) for rows in together.values() for k, row in enumerate(rows)}
    if gone := [unit for unit in chosen if unit not in place]:
        fix = "Draw again, or run the study on the files that it was drawn from."
        raise InputError(f"the passage {gone[0]!r} was drawn but is no longer in the study", fix=fix)
    lines = list(zip(units["head"], units["text"], strict=True))

    def around(unit: str) -> forms.Context:
        rows, k = place[unit]
        near = (rows[max(k - BEFORE, 0) : k], rows[k + 1 : k + 1 + AFTER])
        before, after = ([lines[row] for row in part] for part in near)
        return before, after

    rows = units.set_index("unit_id").loc[list(chosen)].reset_index()
    return rows.assign(around=[around(unit) for unit in chosen])


def _write(paths: study.Paths, out: Path, rows: pd.DataFrame, book: Codebook, coder: str) -> None:
    """Write one form, chosen by the file's ending."""
    form = out.suffix.lstrip(".").lower()
    if form == "qdpx":
        exchange.write_passages(paths, out, rows)
    elif form == "xlsx":
        passages_sheet = Sheet("passages", forms.cells(rows, coder), forms.WIDTHS)
        write_sheets(out, [passages_sheet, Sheet("codes", forms.codes(book), forms.CODES_WIDTHS)])
    else:
        text = (
            forms.page(rows, book, coder=coder) if form == "html" else forms.comma_separated(forms.cells(rows, coder))
        )
        disk.write_text(out, text)


def _drawn(paths: study.Paths, book: Codebook, before: pd.DataFrame, wanted: Wanted) -> pd.DataFrame:
    """All draws, with the new ones (of messages, and of turns) among passages neither coded nor handed out."""
    ingested = paths.processed("ingest")
    messages = tables.read(ingested / "messages.parquet", tables.Messages)
    messages = messages[(messages["kind"] == "text") & messages["member"].notna()]
    turns = tables.read(ingested / "utterances.parquet", tables.Utterances)
    turns = turns[turns["role"] != "interviewer"]
    coded = set(tables.read(ingested / "codings.parquet", tables.Codings)["unit_id"])
    likely = _likely(paths, book, wanted.code) if wanted.code else None
    of_chats = pd.DataFrame({"unit_id": messages["message_id"], "stratum": sample.strata(messages, likely)})
    of_interviews = turns[["utterance_id", "transcript"]].set_axis(["unit_id", "stratum"], axis=1)
    if wanted.size < 0 or wanted.turns < 0 or wanted.size + wanted.turns == 0:
        raise InputError("no passages to draw", fix="Say how many messages (--size) or turns of interviews (--turns).")
    number = next(str(k) for k in itertools.count(1) if not {str(k), str(k) + TURNS} & set(before["draw"]))
    earlier = before
    if (
        wanted.size
        and not (before["draw"] == sample.BEFORE).any()
        and not before["unit_id"].isin(of_chats["unit_id"]).any()
    ):
        read = of_chats["unit_id"].isin(coded)  # one draw that stands for earlier codings: all were equally likely
        own = of_chats[["unit_id"]].assign(draw=sample.BEFORE, inclusion_probability=read.mean(), drawn=read)
        earlier = pd.concat([before, own[list(sample.SAMPLE)]])
    even = wanted.even or bool(wanted.code)
    parts = [(number, of_chats, wanted.size, even), (number + TURNS, of_interviews, wanted.turns, False)]
    new = [
        _draw(name, units, before, coded, size, wanted.seed, even=spread) for name, units, size, spread in parts if size
    ]
    return pd.concat([earlier, *new], ignore_index=True)


def _draw(
    name: str, units: pd.DataFrame, before: pd.DataFrame, coded: set[str], size: int, seed: int, *, even: bool
) -> pd.DataFrame:
    """A draw as sample.csv holds it: every unit with its probability, and whether it was drawn."""
    taken = units["unit_id"].isin({*coded, *before.loc[before["drawn"].eq(True), "unit_id"]})
    if size > (left := int((~taken).sum())):
        fix = "Ask for fewer. A draw that nobody will code is taken back by deleting its rows from data/raw/sample.csv."
        what = "turns of interviews" if name.endswith(TURNS) else "messages"
        raise InputError(f"{size} {what} cannot be drawn: only {left} are neither coded nor handed out yet", fix=fix)
    drawn = sample.draw(units[~taken], size, seed=seed, even=even)
    chosen = drawn.loc[drawn["drawn"] > 0, "unit_id"]
    rate = units["stratum"].map(drawn.groupby("stratum")["inclusion"].first()).fillna(0)
    now = units.assign(draw=name, inclusion_probability=rate, drawn=units["unit_id"].isin(chosen))
    return now[list(sample.SAMPLE)]


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
