"""Annotated replies: what each sampled message answers, as people marked it on the sheets of `guyub annotate`.

The browser page and the spreadsheet give the same form, a CSV with a row for each message shown. Rows of one `item`
belong together: in `back`, the message to annotate has `?`, and those before it are numbered back from it. Its
`answers` are the numbers of the messages it answers, separated by `;`, or 0 when it starts something new; they are
empty until it is annotated. `message_id` says which message a row is. Other columns (time, member, text) help
the annotator and are not read.
"""

from __future__ import annotations

import re
from pathlib import Path

import numpy as np
import pandas as pd

from analysis import tables
from analysis.errors import InputError, noting, refuse
from analysis.ingest.sheets import in_spreadsheet, read_table

COLUMNS = ("item", "back", "answers", "message_id")
TO_ANSWER = "?"  # in column back, marks the message to annotate
NEW = "0"  # the answer of a message that starts something new
LINKS = {"message_id": "str", "reply_to": "str", "answered": "bool", "line": "int64"}
NOTHING = "there is no answer next to a `;`"
MOST = 0.5  # share of a file's annotations above which messages that are not in the study stop it


def annotator_of(path: Path) -> str:
    """The annotator a sheet is named after, without the number browsers give a copy: `Sinta (1).csv` is Sinta's."""
    return re.sub(r" ?\(\d{1,2}\)$", "", path.stem)


def read_annotations(path: Path) -> pd.DataFrame:
    """The links of a sheet, columns LINKS: message_id, reply_to (missing: something new), answered, line.

    A message has several rows if it answers several, and one row with answered false if it is not annotated yet.
    Raises InputError, with the line, on a missing column or message_id, and on an answer that is not the number of a
    message shown or is not in the row of the message to annotate.
    """
    rows = [(line, {name: cell.strip() for name, cell in row.items()})
            for line, row in read_table(path, COLUMNS, COLUMNS, others=True, lossy=True)]  # fmt: skip
    shown: dict[str, dict[str, str | None]] = {row["item"]: {NEW: None} for _, row in rows}  # by item, by number
    errors: list[InputError] = []
    for line, row in rows:
        with noting(errors):
            if not row["message_id"]:
                raise InputError("this row has no message_id", path=path, line=line, fix="Leave that column as it was.")
            if row["back"] != TO_ANSWER:
                _number(row, shown[row["item"]], path, line)
    refuse(errors)
    marked = [(line, row) for line, row in rows if row["back"] == TO_ANSWER]
    if rows and not marked:
        fix = "guyub annotate FILE writes one that does."
        raise InputError("the sheet holds no message to annotate", path=path, fix=fix)
    links: list[tuple] = []
    for line, row in marked:
        with noting(errors):
            answers = _answers(row["answers"], shown[row["item"]], path, line)
            links += ((row["message_id"], answer, bool(row["answers"]), line) for answer in answers)
    refuse(errors)
    return pd.DataFrame(links, columns=list(LINKS)).astype(LINKS).drop_duplicates(["message_id", "reply_to"])


def _number(row: dict[str, str], item: dict[str, str | None], path: Path, line: int) -> None:
    """Add a message shown to its item under its number."""
    if row["answers"]:
        fix = f"Write it into the row of the same item that has {TO_ANSWER} in `back`."
        raise InputError("an answer in the row of a message that is only context" + in_spreadsheet(path, line),
                         path=path, line=line, fix=fix)  # fmt: skip
    if not row["back"].isdecimal() or row["back"] in item:
        raise InputError(f"back is {row['back']!r}, not a number or already used in this item"
                         + in_spreadsheet(path, line), path=path, line=line,
                         fix="Leave that column as it was.")  # fmt: skip
    item[row["back"]] = row["message_id"]


def _answers(written: str, item: dict[str, str | None], path: Path, line: int) -> list[str | None]:
    """The messages that the numbers mean, None for NEW or where nothing is written."""
    numbers = [number.strip() for number in re.split("[;,]", written)] if written else [NEW]
    where = in_spreadsheet(path, line)
    fix = f"Write {NEW} for something new, or a number of `back`, 1 to {len(item) - 1}."
    absent = (number for number in numbers if number not in item)
    whats = (f"{number!r} is not the number of a message shown" if number else NOTHING for number in absent)
    refuse(InputError(what + where, path=path, line=line, fix=fix) for what in whats)
    return [item[number] for number in numbers]


def reduced(path: Path, gone: frozenset[str] = frozenset()) -> str:
    """The text of a sheet with COLUMNS only, so without words, and without the messages that are gone.

    An item is dropped when its message to annotate is gone, or when none of its answers is left.
    """
    rows = pd.DataFrame(
        [row for _, row in read_table(path, COLUMNS, COLUMNS, others=True, lossy=True)], columns=COLUMNS
    )
    lost = rows[rows["message_id"].str.strip().isin(gone)]
    numbers = {(item, back.strip()) for item, back in zip(lost["item"], lost["back"], strict=True)}
    answers = [[number for number in re.split("[;,]", written) if (item, number.strip()) not in numbers]
               for item, written in zip(rows["item"], rows["answers"], strict=True)]  # fmt: skip
    emptied = rows.loc[[not left for left in answers], "item"]
    kept = ~rows.index.isin(lost.index) & ~rows["item"].isin({*emptied, *lost.loc[lost["back"] == TO_ANSWER, "item"]})
    return rows.assign(answers=[";".join(left) for left in answers])[kept].to_csv(index=False, lineterminator="\n")


def of_the_study(links: pd.DataFrame, messages: pd.DataFrame) -> tuple[pd.DataFrame, pd.DataFrame]:
    """The links between messages of the study, and those of messages that are not in it.

    links: columns LINKS and source; messages: message_id and channel, in order. Raises InputError, with file and line,
    when most links of a file are of messages that are not in the study, and on a link to another channel or to no
    earlier message.
    """
    places = pd.Series(np.arange(len(messages)), index=messages["message_id"])
    ends = links["message_id"].map(places), links["reply_to"].map(places)
    unknown = ends[0].isna() | (ends[1].isna() & links["reply_to"].notna())
    for source, lacking in unknown.groupby(links["source"]):
        if lacking.mean() > MOST:
            line = links.loc[lacking.index[lacking], "line"].iloc[0]
            what = f"messages that are not in this study have {lacking.sum()} of its {len(lacking)} annotations"
            fix = "Use the sheet made from these exports, read with the same time zone (`ingest.tz`)."
            raise InputError(what, path=source, line=int(line), fix=fix)
    channel = messages.set_index("message_id")["channel"]
    elsewhere = links["message_id"].map(channel) != links["reply_to"].map(channel)
    not_earlier = ~elsewhere & (ends[1] >= ends[0])
    refuse(
        InputError(f"{row.message_id} answers {row.reply_to}, which is {what}", path=row.source, line=row.line,
                   fix="Fix or empty the answer.")
        for what, wrong in (("in another channel", elsewhere), ("not earlier than it", not_earlier))
        for row in links[wrong & ~unknown & links["reply_to"].notna()].itertuples()
    )  # fmt: skip
    return links[~unknown], links[unknown]


def annotations_table(links: pd.DataFrame) -> pd.DataFrame:
    """Links as tables.Annotations. links: columns LINKS, annotator and source.

    Raises InputError, with file and line, when an annotator gives one message different answers in two places.
    """
    given = links.fillna({"reply_to": ""}).groupby(["annotator", "message_id", "source", "line"], sort=False)
    answers = given["reply_to"].agg(lambda ids: ";".join(sorted(ids))).reset_index()
    first = answers.groupby(["annotator", "message_id"])["reply_to"].transform("first")
    refuse(
        InputError(f"{row.message_id} has other answers in another place by the same annotator", path=row.source,
                   line=row.line, fix="Empty one of the two.")
        for row in answers[answers["reply_to"] != first].itertuples()
    )  # fmt: skip
    columns = list(tables.Annotations.columns)
    return tables.conform(links[columns].drop_duplicates(), tables.Annotations)


def by_annotator(read: pd.DataFrame, annotations: pd.DataFrame) -> pd.DataFrame:
    """Counts of messages in each annotator's sheets: annotator, annotated, unanswered and left_out.

    read: as read, annotator and LINKS; annotations: the table. left_out: answered, but of no message of the study or of
    one that consent withholds.
    """
    answered = read["answered"]
    counts = {
        "annotated": annotations,
        "given": read[answered],
        "unanswered": read[~answered & ~_pairs(read).isin(_pairs(read[answered]))],
    }
    messages = {name: rows.groupby("annotator")["message_id"].nunique() for name, rows in counts.items()}
    whole = pd.DataFrame(messages, index=pd.Index(sorted(read["annotator"].unique()), name="annotator"))
    whole = whole.fillna(0).astype("int64").reset_index()
    whole["left_out"] = whole["given"] - whole["annotated"]
    return whole.drop(columns="given")


def _pairs(rows: pd.DataFrame) -> pd.MultiIndex:
    return pd.MultiIndex.from_frame(rows[["annotator", "message_id"]])
