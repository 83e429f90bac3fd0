"""Annotation of a sample of a study's own messages by people, and scores of the inferred replies against it.

A sheet is a CSV for a spreadsheet: each sampled message below the CONTEXT messages before it in its channel, numbered
back from it. An annotator writes into `answers` the number of the message it answers, several separated by `;`, or 0
when it starts something new. Two annotators fill the same sheet independently.
"""

from __future__ import annotations

import csv
from pathlib import Path

import numpy as np
import pandas as pd

from analysis import study, tables
from analysis.errors import InputError
from analysis.network.replies.scores import counts, f_score, score
from analysis.spreadsheet import as_text

CONTEXT = 20  # messages shown before each sampled one: the furthest that can be marked
COLUMNS = ["item", "back", "answers", "time", "member", "text", "message_id"]
TO_ANSWER = "?"  # in column back, marks the message to annotate


def write_sheet(paths: study.Paths, out: Path, *, size: int, seed: int) -> Path:
    """Write a sheet of `size` sampled messages. Raises InputError when the file exists, or there are too few."""
    if out.exists():
        raise InputError("this file exists already", path=out, fix="Move it away, or give another name.")
    messages = _messages(paths)
    zone = str(study.load_params(paths).get("ingest", {}).get("tz", "UTC"))
    rows = sheet(messages.assign(time=messages["time"].dt.tz_convert(zone)), size=size, seed=seed)
    out.parent.mkdir(parents=True, exist_ok=True)
    rows.assign(text=as_text(rows["text"])).to_csv(out, index=False, lineterminator="\n")
    return out


def _messages(paths: study.Paths) -> pd.DataFrame:
    return tables.read(paths.processed("ingest") / "messages.parquet", tables.Messages)


def sheet(messages: pd.DataFrame, *, size: int, seed: int) -> pd.DataFrame:
    """The sampled messages with their context, columns COLUMNS.

    A systematic sample with a random start, in order of channel and time, of members' messages without an explicit
    reply that have a message before them: each is as likely, and every channel and period is represented in proportion.
    Raises InputError when there are fewer than size.
    """
    channels = [rows.reset_index(drop=True) for _, rows in messages.groupby("channel", sort=True)]
    candidates = [np.flatnonzero(rows["member"].notna() & rows["reply_to"].isna()) for rows in channels]
    eligible = [(channel, row) for channel, rows in enumerate(candidates) for row in rows if row > 0]
    if not 0 < size <= len(eligible):
        raise InputError(f"{size} messages cannot be sampled", fix=f"{len(eligible)} can be sampled.")
    places = ((np.random.default_rng(seed).random() + np.arange(size)) * len(eligible) / size).astype(int)
    items = []
    for item, (channel, row) in enumerate((eligible[place] for place in places), 1):
        shown = channels[channel].iloc[max(row - CONTEXT, 0) : row + 1]
        back = [*map(str, range(len(shown) - 1, 0, -1)), TO_ANSWER]
        items.append(shown.assign(item=item, back=back, answers="", time=shown["time"].dt.strftime("%Y-%m-%d %H:%M")))
    return pd.concat(items, ignore_index=True)[COLUMNS]


def read_sheet(path: Path) -> pd.DataFrame:
    """message_id, reply_to (missing: something new) of a filled sheet. Raises InputError with the line of an error."""
    if not path.exists():
        raise InputError("there is no such file", path=path)
    links: list[tuple[str, str | None]] = []
    shown: dict[str, dict[str, str | None]] = {}  # by item, the messages by their number
    with path.open(encoding="utf-8-sig", errors="replace", newline="") as file:  # its other columns are not read
        first = file.readline()
        file.seek(0)
        reader = csv.DictReader(file, delimiter=max(",;\t", key=first.count))  # as the spreadsheet's language has it
        missing = [name for name in ("item", "back", "answers", "message_id") if name not in (reader.fieldnames or ())]
        if missing:
            fix = "Save the sheet as CSV, with its first line as it was."
            raise InputError(f"the sheet lacks the columns {', '.join(missing)}", path=path, line=1, fix=fix)
        for row in reader:
            item, back = shown.setdefault(row["item"], {"0": None}), row["back"].strip()
            if back == TO_ANSWER:
                answers = (_answer(one, item, path, reader.line_num) for one in row["answers"].split(";"))
                links += [(row["message_id"], answer) for answer in answers]
            else:
                item[back] = row["message_id"]
    if not links:
        fix = "guyub annotate FILE writes one that does."
        raise InputError("the sheet holds no message to annotate", path=path, fix=fix)
    return pd.DataFrame(links, columns=["message_id", "reply_to"]).astype("str").drop_duplicates()


def _answer(written: str, item: dict[str, str | None], path: Path, line: int) -> str | None:
    number = written.strip()
    if number not in item:
        what = f"{number!r} is not the number of a message shown" if number else "this message has no answer"
        fix = f"Write 0 for something new, or a number of `back`, 1 to {len(item) - 1}."
        raise InputError(what, path=path, line=line, fix=fix)
    return item[number]


def agreement(first: pd.DataFrame, second: pd.DataFrame, speaker: pd.Series) -> dict[str, float]:
    """Agreement of two annotators on the messages that both have: messages; same (share with equal answers); f and
    cross_f of one against the other. Raises InputError when they have none in common."""
    if not (both := set(first["message_id"]) & set(second["message_id"])):
        raise InputError("the two sheets have no message in common", fix="Let both fill the same sheet.")
    one, other = (links[links["message_id"].isin(both)] for links in (first, second))
    answers = [links.fillna("").groupby("message_id")["reply_to"].agg(frozenset) for links in (one, other)]
    count = counts(one, other, speaker)
    same = float((answers[0] == answers[1]).mean())
    return {"messages": len(both), "same": same, "f": f_score(count), "cross_f": f_score(count, "cross_")}


def score_sheets(paths: study.Paths, first: Path, second: Path) -> dict[str, dict[str, float]]:
    """The annotators' agreement, and the scores of the inferred replies against each of them and both."""
    replies = tables.read(paths.processed("network") / "replies.parquet", tables.Replies)
    speaker = _messages(paths).set_index("message_id")["member"]
    links = {f"annotator {number}": read_sheet(path) for number, path in enumerate((first, second), 1)}
    for name, marked in links.items():
        if unknown := sorted(set(marked["message_id"]) - set(speaker.index)):
            raise InputError(f"the sheet of {name} holds messages that are not in the study: {', '.join(unknown[:3])}")
    one, other = links.values()
    scores = {"the two annotators": agreement(one, other, speaker)}
    scores |= {f"inferred, against {name}": score(replies, marked, speaker) for name, marked in links.items()}
    return scores | {"inferred, against what both marked": score(replies, one.merge(other), speaker)}
