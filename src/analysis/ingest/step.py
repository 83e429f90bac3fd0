"""The step `ingest`: from data/raw to tables in which every line is accounted for and nobody has a name."""

from __future__ import annotations

from dataclasses import dataclass

import pandas as pd

from analysis import study, tables
from analysis.ingest import measure
from analysis.ingest.corpus import Corpus, conceal
from analysis.ingest.gather import gather
from analysis.ingest.keys import key_for

STEP = "ingest"
FEWEST = 3  # people in a published cell; smaller ones are merged


@dataclass(frozen=True)
class Params:
    """tz: zone of the exporting phones' clocks; date_order: dmy, mdy, or None to read it off the dates;
    demo_key: public key of a simulated study's pseudonyms."""

    tz: str
    date_order: str | None
    demo_key: str


@dataclass(frozen=True)
class Result:
    """What the page shows: the tables as written, and the numbers."""

    metrics: dict
    corpus: Corpus
    tz: str
    measured: pd.DataFrame  # recall and precision of the scrubbing a class, on labelled sentences


def run(params: Params, paths: study.Paths) -> Result:
    """Read data/raw, take out what identifies people, write the step's tables and metrics."""
    raw = gather(paths.raw, tz=params.tz, date_order=params.date_order)
    corpus = conceal(raw, key=key_for(paths, raw, params.demo_key), tz=params.tz)
    out = paths.processed(STEP)
    tables.write(corpus.messages, out / "messages.parquet", tables.Messages)
    tables.write(corpus.utterances, out / "utterances.parquet", tables.Utterances)
    tables.write(corpus.members, out / "members.parquet", tables.Members)
    tables.write(corpus.partnerships, out / "partnerships.parquet", tables.Partnerships)
    tables.write(corpus.codings, out / "codings.parquet", tables.Codings)
    tables.write(corpus.codebook, out / "codebook.parquet", tables.Codebook)
    tables.write(corpus.sample, out / "sample.parquet", tables.Sample)
    tables.write(corpus.reports, out / "reports.parquet")
    tables.write(corpus.marks, out / "marks.parquet")
    measured, last = measure.measure(), measure.measure(measure.UNTOUCHED)
    scrubbing = measure.recall(measured) | {
        "sentences": len(measure.sentences(measure.ALL)),
        "at_first": measure.at_first(),
        "untouched": measure.recall(last),
        "precision": measure.precision(last),
    }
    metrics = {"simulated": paths.simulated, **_metrics(corpus), "scrubbing": scrubbing}
    study.write_metrics(paths, STEP, metrics)
    return Result(metrics, corpus, params.tz, measured)


def _metrics(corpus: Corpus) -> dict:
    messages, reports = corpus.messages, corpus.reports
    read = reports[reports["part"] != "not read"]
    classes = ("lines", "headers", "continuation", "undecodable", "skipped", "pasted")
    return {
        "status": "ok",
        "files": len(read),
        "files_not_read": len(reports) - len(read),
        **{name: int(read[name].sum()) for name in classes},
        "messages": len(messages),
        "kinds": messages["kind"].value_counts().to_dict(),
        "channels": int(messages["channel"].nunique()),
        "first": messages["time"].min().isoformat() if len(messages) else None,
        "last": messages["time"].max().isoformat() if len(messages) else None,
        "explicit_replies": int(messages["reply_to"].notna().sum()),
        "members": int(corpus.members["member"].str.startswith("M").sum()),
        "participants": int(corpus.utterances["member"].nunique()),
        "writers": int(messages["member"].nunique()),
        "strangers": corpus.strangers,
        "interviews": int(corpus.utterances["transcript"].nunique()),
        "utterances": len(corpus.utterances),
        "partnerships": len(corpus.partnerships),
        "codings": len(corpus.codings),
        "coders": int(corpus.codings["coder"].nunique()),
        "marks": corpus.marks.groupby("class")["count"].sum().to_dict(),
        "withheld": {what: n for what, n in corpus.withheld.items() if what != "members"},  # how many stands in consent
        "consent": consent_counts(corpus).set_index("consent")["members"].to_dict(),
    }


def consent_counts(corpus: Corpus) -> pd.DataFrame:
    """Members by consent: consent, members. Answers of fewer than FEWEST people are merged into one row; should it
    still be fewer, the next smallest joins them."""
    counts = corpus.members["consent"].value_counts().to_dict()
    if corpus.withheld["members"]:
        counts["none"] = corpus.withheld["members"]
    ranked = sorted(counts, key=lambda answer: (counts[answer], answer))
    small = [answer for answer in ranked if counts[answer] < FEWEST]
    while small and len(small) < len(ranked) and sum(counts[answer] for answer in small) < FEWEST:
        small.append(ranked[len(small)])
    rows = [(answer, counts[answer]) for answer in sorted(set(counts) - set(small))]
    if small:
        rows.append((" or ".join(sorted(small)), sum(counts[answer] for answer in small)))
    return pd.DataFrame(rows, columns=["consent", "members"])
