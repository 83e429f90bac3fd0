"""Annotation of a sample of a study's own messages by people, and scores of the inferred replies against it.

Annotators get one page for a browser, or a CSV for a spreadsheet: each sampled message below the CONTEXT messages
before it in its channel, numbered back from it. Both produce the format described in analysis.ingest.annotations. Two
annotators mark the same sample independently.
"""

from __future__ import annotations

import hashlib
from pathlib import Path

import numpy as np
import pandas as pd

from analysis import browser, disk, study, tables, wording
from analysis.arrays import Floats, Ints
from analysis.errors import InputError
from analysis.ingest.annotations import COLUMNS, TO_ANSWER, annotator_of, of_the_study, read_annotations, reduced
from analysis.ingest.files import read_text
from analysis.network.replies.adapt import FEWEST
from analysis.network.replies.infer import scored_channels
from analysis.network.replies.scores import counts, f_score, meaning_of_f, score
from analysis.spreadsheet import as_text, csv_text
from analysis.workbook import ENDING, read_cells

GOLDEN = (5**0.5 - 1) / 2
CONTEXT = 20  # messages shown before each sampled one: the furthest that can be marked
SHEET = ["item", "back", "answers", "time", "member", "text", "message_id"]
SHOWN = ["time", "member", "text", "kind", "channel"]  # of each message, on the page
FEW = f"From {FEWEST} annotated messages on, the next run adapts the model to them; a hundred by two people are better."
ENOUGH = "The next run adapts the model to what was annotated; the chapter on the network says what that did."
UNSCORED = "No replies are inferred yet. How far they match what people marked is said after: dvc repro network"
PAGE = Path(__file__).with_name("annotate.html")


def write_sheet(paths: study.Paths, out: Path, *, size: int, seed: int) -> Path:
    """Write `size` sampled messages for annotators: .html for a browser or .csv for a spreadsheet, by out's ending.

    Raises InputError on another ending, when the file exists, or when there are too few messages.
    """
    if out.suffix.lower() not in (".html", ".csv"):
        fix = "End its name in .html (a page for a browser) or .csv (a spreadsheet)."
        raise InputError("a sheet must be an .html or .csv file", path=out, fix=fix)
    if out.exists():
        raise InputError("this file exists already", path=out, fix="Move it away, or give another name.")
    messages = _messages(paths)
    zone = str(study.load_params(paths).get("ingest", {}).get("tz", "UTC"))
    local = messages.assign(time=messages["time"].dt.tz_convert(zone))
    rows = sheet(local, size=size, seed=seed)
    text = page(rows, local) if out.suffix.lower() == ".html" else spreadsheet(rows)
    disk.write_text(out, text)
    return out


def _messages(paths: study.Paths) -> pd.DataFrame:
    return tables.read(paths.processed("ingest") / "messages.parquet", tables.Messages)


def sheet(messages: pd.DataFrame, *, size: int, seed: int) -> pd.DataFrame:
    """The sampled messages with their context, columns SHEET. Raises InputError as `sampled` does."""
    items = sampled(messages, size=size, seed=seed, stated=certainty(messages))
    shown = messages.iloc[np.concatenate(items)]
    item = np.repeat(np.arange(1, size + 1), [len(rows) for rows in items])
    back = [number for rows in items for number in (*map(str, range(len(rows) - 1, 0, -1)), TO_ANSWER)]
    return shown.assign(item=item, back=back, answers="", time=_clock(shown)).reset_index(drop=True)[SHEET]


def sampled(messages: pd.DataFrame, *, size: int, seed: int, stated: Floats | None = None) -> list[Ints]:
    """For each item of a sheet, the places of its messages: those before the sampled one, and that one.

    A systematic sample with a random start of members' messages without an explicit reply that have a message before
    them, in order of channel and of stated (n,), how sure the reply model is of its likeliest answer; without
    it, in order of channel and time. All messages are equally likely, and every channel and degree of certainty (or
    period) is represented in proportion. The items of an annotator who stops early are such a sample too (_spread).
    Raises InputError when there are fewer than size.
    """
    able = (messages["member"].notna() & messages["reply_to"].isna()).to_numpy()
    eligible = []
    for _, rows in sorted(messages.groupby("channel").indices.items()):
        places = np.arange(len(rows)) if stated is None else np.argsort(stated[rows], kind="stable")
        eligible += [(rows, place) for place in places if place > 0 and able[rows[place]]]
    if not 0 < size <= len(eligible):
        raise InputError(f"{size} messages cannot be sampled", fix=f"{len(eligible)} can be sampled.")
    rng = np.random.default_rng(seed)
    places = ((rng.random() + np.arange(size)) * len(eligible) / size).astype(int)
    shown = (eligible[place] for place in places[_spread(size, rng)])
    return [rows[max(place - CONTEXT, 0) : place + 1] for rows, place in shown]


def certainty(messages: pd.DataFrame) -> Floats:
    """The probability of each message's likeliest answer, by the unadapted reply model: (n,)."""
    stated = np.zeros(len(messages))
    for rows, _, _, p in scored_channels(messages):
        stated[rows] = p.max(axis=1)
    return stated


def _spread(size: int, rng: np.random.Generator) -> Ints:
    """0 to size - 1 in an order of which the first k, for every k, are spread evenly over all: those whose multiples of
    the golden ratio have the smallest fractions. It begins anywhere, each number being as likely at each position."""
    order = np.argsort(np.arange(size) * GOLDEN % 1, kind="stable")
    return (order + rng.integers(size)) % size


def _clock(messages: pd.DataFrame) -> pd.Series:
    return messages["time"].dt.strftime("%Y-%m-%d %H:%M")


def spreadsheet(rows: pd.DataFrame) -> str:
    """The sheet as CSV, no cell of which a spreadsheet runs as a formula."""
    return csv_text([list(rows.columns), *rows.assign(text=as_text(rows["text"])).fillna("").to_numpy().tolist()])


def page(rows: pd.DataFrame, messages: pd.DataFrame) -> str:
    """The sheet as one HTML file to annotate in a browser, without a network; it saves the sheet without its texts."""
    items = rows.groupby("item")["message_id"].agg(list).tolist()
    shown = messages.assign(time=_clock(messages)).set_index("message_id").loc[rows["message_id"].unique(), SHOWN]
    texts = shown.astype(object).where(shown.notna(), None).to_dict(orient="index")
    key = hashlib.sha256("".join(rows["message_id"]).encode()).hexdigest()[:16]
    return browser.page(PAGE, {"items": items, "messages": texts, "key": key})


def is_sheet(path: Path) -> bool:
    """Whether the file is a sheet, as CSV in any encoding or as .xlsx, by its columns. Raises InputError on an .xlsx
    that cannot be read."""
    if path.suffix.lower() not in (".csv", ENDING) or not path.is_file():
        return False
    if path.suffix.lower() == ENDING:
        header = [name.strip().lower() for name in next(iter(read_cells(path)), [])]
        return set(COLUMNS) <= set(header)
    first = next(iter(read_text(path).lines), "").lower()
    return all(name in first for name in COLUMNS)


def read_sheet(path: Path) -> pd.DataFrame:
    """message_id, reply_to (missing: something new) of the messages annotated in a sheet. Raises InputError as
    read_annotations does, and when no message is annotated."""
    links = read_annotations(path)
    if not links["answered"].any():
        raise InputError("no message in this sheet is annotated", path=path, fix="Fill in the column `answers`.")
    return links.loc[links["answered"], ["message_id", "reply_to"]].reset_index(drop=True)


def take(paths: study.Paths, file: Path) -> Path:
    """Take a sheet into data/raw/annotations, under its name, without its texts. Returns the file written.

    Raises InputError as read_sheet and of_the_study do, and when the annotator's file exists already.
    """
    read_sheet(file)
    of_the_study(read_annotations(file).assign(source=str(file)), _messages(paths))
    target = paths.raw / "annotations" / f"{annotator_of(file)}.csv"
    if target.exists():
        fix = (
            "Move it away if this one is newer; other messages by the same person go into a folder within annotations."
        )
        raise InputError("this annotator's file exists already", path=target, fix=fix)
    disk.write_text(target, reduced(file))
    return target


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


def score_sheets(paths: study.Paths, *files: Path) -> dict[str, dict[str, float]]:
    """The scores of the inferred replies against each annotator's sheet; with two, their agreement first, and last the
    scores against the links that both marked. An annotator is named after the file. Before the step network has
    inferred replies, only the agreement of two sheets. Raises InputError as read_sheet does, on messages that are not
    in the study, and on one sheet while there are no inferred replies."""
    speaker = _messages(paths).set_index("message_id")["member"]
    sheets = [(annotator_of(path), read_sheet(path)) for path in files]
    for name, marked in sheets:
        if unknown := sorted(set(marked["message_id"]) - set(speaker.index)):
            raise InputError(f"the sheet of {name} holds messages that are not in the study: {', '.join(unknown[:3])}")
    agreed = {}
    if len(sheets) == 2:
        (one, first), (other, second) = sheets
        agreed = {f"{one} and {other}": agreement(first, second, speaker)}
    inferred = paths.processed("network") / "replies.parquet"
    if agreed and not inferred.exists():
        return agreed
    replies = tables.read(inferred, tables.Replies)
    scores = {f"inferred, against {name}": score(replies, marked, speaker) for name, marked in sheets}
    if not agreed:
        return scores
    return {**agreed, **scores, "inferred, against what both marked": score(replies, first.merge(second), speaker)}


def in_words(scores: dict[str, dict[str, float]]) -> list[str]:
    """Each of score_sheets' scores in a sentence or two, and last how to read them."""
    people = next((each for each in scores.values() if "same" in each), None)
    lines = [_agreed(who, each) if "same" in each else _scored(who, each) for who, each in scores.items()]
    lines += [] if any("same" not in each for each in scores.values()) else [UNSCORED]
    return [*lines, meaning_of_f(people["f"] if people else None), FEW if _messages_scored(scores) < FEWEST else ENOUGH]


def _messages_scored(scores: dict[str, dict[str, float]]) -> float:
    return max(each["messages"] for each in scores.values())


def _agreed(who: str, each: dict[str, float]) -> str:
    return (
        f"{who} both annotated {wording.count(each['messages'], 'message')}, and gave the same answer to "
        f"{wording.percent(each['same'])}: F {_f(each['f'])}, and {_f(each['cross_f'])} for answers to another member."
    )


def _scored(who: str, each: dict[str, float]) -> str:
    line = (
        f"{who[0].upper()}{who[1:]} ({wording.count(each['messages'], 'message')}): "
        f"{wording.percent(each['precision'])} of the links that the model says are right, and "
        f"{wording.percent(each['recall'])} of those marked are found: F {_f(each['f'])}, and {_f(each['cross_f'])} "
        "for answers to another member."
    )
    low, high = each["overconfidence_low"], each["overconfidence_high"]
    if not low <= high:
        return line
    off = "too sure" if low > 0 else "not sure enough" if high < 0 else "no difference beyond chance"
    stated = f"It states {wording.percent(each['stated'])} on average and is right in {wording.percent(each['right'])}"
    return f"{line} {stated}: {off} (difference {wording.between(low, high)})."


def _f(value: float) -> str:
    return wording.number(value) if value == value else "unknown"
