"""The public data set of a study: who writes to whom, when and about what, without texts, names or attributes.

It holds only members who agreed to be shown by themselves, under pseudonyms of its own (analysis.published), so that
these do not link it to the book. For the same reason it leaves out whatever the book shows with its pseudonyms and that
could be matched: texts, the minute of a message, names of chats, partnerships, interviews, and the attributes of single
members, which it only counts.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pandas as pd

from analysis import book, disk, published, scan, study, tables
from analysis.book import citation
from analysis.errors import InputError
from analysis.ingest.keys import study_key

THING = "data set"
LEAST = 0.05  # least probability of a link that is listed
DECIMALS = 2
ATTRIBUTES = ["sector", "role"]
LICENCES = {  # name in study.yaml to name in a data package and address
    "CC BY 4.0": ("CC-BY-4.0", "https://creativecommons.org/licenses/by/4.0/"),
    "CC BY-SA 4.0": ("CC-BY-SA-4.0", "https://creativecommons.org/licenses/by-sa/4.0/"),
    "CC0 1.0": ("CC0-1.0", "https://creativecommons.org/publicdomain/zero/1.0/"),
}
COLUMNS = {
    "message": "Number of the message in its chat, in the order of time, from 1, after the chat's own number.",
    "chat": "The chat, by a number.",
    "week": "The Monday on which the week of the message begins, by the clock of the study.",
    "member": "Who wrote it: a pseudonym that is used in this data set alone.",
    "kind": "What the message is: text, media and so on.",
    "read": "1 where people read and coded the message, 0 where a model did, nothing where nobody did.",
    "answers": "The message that it answers.",
    "probability": f"How probable that is, from {LEAST} to 1.",
    "people": "Number of members.",
    "sector": "Sector of the members' businesses; what fewer than five share is merged.",
    "role": "Role of the members in the community; what fewer than five share is merged.",
}
CODE = "Probability that the message holds the code {code}; 0 or 1 where people read it."
README = """\
# {title}: public data set

{simulated}{sentence}

## What is in it

| file | a row | rows |
|---|---|---|
| `messages.csv` | a message of a member who agreed to be shown: its chat, week, writer, kind and codes | {messages} |
| `links.csv` | which message likely answers which, with the probability | {links} |
| `members.csv` | how many of these members have a sector and role | {members} |
| `datapackage.json` | what every column means and is (Data Package of the Frictionless standard) | |

## Whose data these are

Consent: {consent}

{shown} of {of} members are in it. Members who agreed to numbers over all, or to nothing, are not, and neither are
messages that they wrote.

Pseudonyms are made by a keyed hash for this data set alone. The book of the study uses others, and nothing that is
published leads from one to the other. What fewer than {fewest} members share is merged.

## What is not in it, and why

- Texts, minutes, names of chats, partnerships and interviews: the book shows some of them with its own pseudonyms, and
  whoever has both could join them.
- Messages that their writers deleted.
- The sector and role of single members, for the same reason.
- What nobody can take out: somebody who knows how much a member writes, and when, may recognise that member. Do not try
  to recognise anybody, and do not join these data to others for it.

## Licence

{licence}
"""


def export(paths: study.Paths, out: Path) -> Path:
    """Write the public data set to a new folder. Returns its README.

    Raises InputError when out is not new or empty, when study.yaml states no licence or, for real people, no consent to
    publish (`data_set`), when too few agreed, or when what was written may identify a person (it is then removed).
    """
    study.require_empty(out)
    about = book.load_study(paths)
    _require_stated(paths, about)
    made = frames(paths)
    with disk.filled(out):
        for name, frame in made.items():
            disk.write_text(out / f"{name}.csv", frame.to_csv(index=False, lineterminator="\n"))
        disk.write_text(
            out / "datapackage.json", json.dumps(described(about, made), indent=1, ensure_ascii=False) + "\n"
        )
        disk.write_text(out / "LICENCE", f"{_licence(about)}\n")
        disk.write_text(out / "README.md", readme(paths, about, made))
        scan.guard(paths, out)
    return out / "README.md"


def _require_stated(paths: study.Paths, about: dict[str, Any]) -> None:
    """Raises InputError when what a publication needs is not stated."""
    where = paths.root / "study.yaml"
    if not about["licence"]:
        raise InputError("no licence is stated", path=where, fix="State it as `licence:`, such as CC BY 4.0.")
    if not paths.simulated and not about["data_set"]:
        what = "it is not stated how members agreed that a data set of theirs is published"
        raise InputError(what, path=where, fix="Ask them (consent to quotation is not enough), then write `data_set:`.")


def frames(paths: study.Paths) -> dict[str, pd.DataFrame]:
    """The tables of the data set, by name. Raises InputError when fewer members agreed than may be shown together."""
    params = study.load_params(paths)["ingest"]
    people, messages, coded, replies = (
        tables.read(paths.processed(step) / f"{name}.parquet")
        for step, name in (("ingest", "members"), ("ingest", "messages"), ("coding", "coded"), ("network", "replies"))
    )
    agreed = people[tables.agrees(people["consent"])]
    if len(agreed) < published.FEWEST:
        what = f"{len(agreed)} members agreed to be shown, and a data set needs {published.FEWEST}"
        raise InputError(what, path=paths.processed("ingest"))
    key = study_key(paths, str(params["demo_key"]))
    if key is None:
        raise InputError("the study has not run", path=paths.processed("ingest"), fix="Run it: dvc repro")
    names = published.pseudonyms(agreed["member"], key, THING)
    own = messages[messages["member"].isin(names) & (messages["kind"] != "deleted")]
    rows, numbers = written(own, names, str(params["tz"]))
    return {
        "messages": rows.join(_codes(coded, numbers), on="message"),
        "links": links(replies, numbers),
        "members": published.counts(agreed[ATTRIBUTES]),
    }


def written(messages: pd.DataFrame, names: dict[str, str], tz: str) -> tuple[pd.DataFrame, dict[str, str]]:
    """Messages as they are in the data set, and their numbers in it by the study's identifiers.

    A chat has a number that depends only on its pseudonymous members; chats in which fewer than FEWEST write are
    merged, or left out. names: the data set's pseudonyms.
    """
    rows = messages.assign(member=messages["member"].map(names))
    writers = rows.groupby("channel")["member"].agg(lambda who: tuple(sorted(set(who))))
    few = writers[writers.map(len) < published.FEWEST].index
    joined = rows.loc[rows["channel"].isin(few), "member"].nunique()
    rows = rows if joined >= published.FEWEST else rows[~rows["channel"].isin(few)]
    order = [*sorted(set(writers.index) - set(few), key=lambda channel: writers[channel]), *few]
    place = {channel: min(i, len(order) - len(few)) + 1 for i, channel in enumerate(order)}
    rows = rows.assign(chat=rows["channel"].map(place)).sort_values(["chat", "time", "message_id"])
    local = rows["time"].dt.tz_convert(tz).dt.tz_localize(None)
    week = (local - pd.to_timedelta(local.dt.day_of_week, unit="D")).dt.strftime("%Y-%m-%d")
    number = rows["chat"].astype(str) + "-" + (rows.groupby("chat").cumcount() + 1).astype(str)
    made = pd.DataFrame({"message": number, "chat": rows["chat"], "week": week, "member": rows["member"],
                         "kind": rows["kind"]})  # fmt: skip
    return made.reset_index(drop=True), dict(zip(rows["message_id"], number, strict=True))


def _codes(coded: pd.DataFrame, numbers: dict[str, str]) -> pd.DataFrame:
    """Who read each coded message, and the probability of each code, by message number. A study may have no codings."""
    own = coded[coded["unit_id"].isin(numbers)]
    if own.empty:
        return pd.DataFrame({"read": pd.Series(dtype="Int64")}, index=pd.Index([], dtype="str"))
    human = own["origin"] == "human"
    rows = pd.DataFrame({
        "message": own["unit_id"].map(numbers), "code": own["code"], "human": human.astype("Int64"),
        "value": own["probability"].where(~human, own["value"].astype(float)).round(DECIMALS),
    })  # fmt: skip
    wide = rows.pivot_table(index="message", columns="code", values="value", aggfunc="first")
    return pd.concat([rows.groupby("message")["human"].max().rename("read"), wide], axis=1)


def links(replies: pd.DataFrame, numbers: dict[str, str]) -> pd.DataFrame:
    """Likely replies among the messages of the data set."""
    both = replies[replies["message_id"].isin(numbers) & replies["reply_to"].isin(numbers)]
    likely = both[both["probability"] >= LEAST]
    made = pd.DataFrame({"message": likely["message_id"].map(numbers), "answers": likely["reply_to"].map(numbers),
                         "probability": likely["probability"].round(DECIMALS)})  # fmt: skip
    return made.sort_values(["message", "answers"]).reset_index(drop=True)


# What is said of it


def described(about: dict[str, Any], made: dict[str, pd.DataFrame]) -> dict[str, Any]:
    """The data set as a Data Package: each table with the meaning and type of its columns."""
    name, address = LICENCES.get(about["licence"], (about["licence"], ""))
    return {
        "profile": "tabular-data-package",
        "name": "public-data-set",
        "title": f"{about['title']}: public data set",
        "licenses": [{"name": name, **({"path": address} if address else {})}],
        "resources": [
            {
                "profile": "tabular-data-resource",
                "name": table,
                "path": f"{table}.csv",
                "schema": {"fields": [_field(frame[column]) for column in frame], "missingValues": [""]},
            }
            for table, frame in made.items()
        ],
    }


def _field(column: pd.Series) -> dict[str, str]:
    kinds = {"i": "integer", "f": "number"}
    said = COLUMNS.get(str(column.name), CODE.format(code=column.name))
    return {"name": str(column.name), "type": kinds.get(column.dtype.kind, "string"), "description": said}


def readme(paths: study.Paths, about: dict[str, Any], made: dict[str, pd.DataFrame]) -> str:
    """The README: what the data set is, whose it is and what may be done with it. Raises InputError where study.yaml or
    CITATION.cff cannot be read."""
    members = tables.read(paths.processed("ingest") / "members.parquet")
    return README.format(
        title=about["title"],
        simulated="**Simulated data: no real person wrote this.**\n\n" if paths.simulated else "",
        sentence=f"It belongs to this study: {citation.sentence(citation.work(paths))}",
        consent=about["data_set"] or "nobody had to be asked, as the community is simulated.",
        shown=made["messages"]["member"].nunique(), of=len(tables.community(members)), fewest=published.FEWEST,
        licence=_licence(about), **{name: f"{len(frame):,}" for name, frame in made.items()},
    )  # fmt: skip


def _licence(about: dict[str, Any]) -> str:
    address = LICENCES.get(about["licence"], ("", ""))[1]
    return f"{about['licence']}: {address}" if address else str(about["licence"])
