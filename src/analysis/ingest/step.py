"""The step `ingest`: from data/raw to tables in which every line is accounted for and nobody has a name."""

from __future__ import annotations

from dataclasses import dataclass

from analysis import study, tables
from analysis.errors import InputError
from analysis.ingest import called
from analysis.ingest.corpus import Corpus, assess
from analysis.ingest.gather import Raw, gather
from analysis.ingest.identities import pseudonymiser
from analysis.ingest.keys import key_for
from analysis.ingest.titles import titled

STEP = "ingest"
LINES = ("lines", "headers", "continuation", "undecodable", "skipped", "pasted")


@dataclass(frozen=True)
class Params:
    """tz: zone of the exporting phones' clocks; date_order: dmy, mdy, or None to read it off the dates;
    demo_key: public key of a simulated study's pseudonyms."""

    tz: str
    date_order: str | None
    demo_key: str


def run(params: Params, paths: study.Paths) -> dict:
    """The stages that the notebook shows cell by cell. Returns the metrics."""
    raw = read(params, paths)
    key = key_for(paths, raw, params.demo_key)
    corpus = titled(assess(raw, key=key, tz=params.tz), raw, pseudonymiser(raw, key), paths.raw)
    called.write(paths, corpus.members, key)
    return write(paths, corpus)


def read(params: Params, paths: study.Paths) -> Raw:
    """Every file of data/raw as it came, names and all, in memory only. Raises InputError as gather does, and on a chat
    that was left alone because its dates can be read in two ways."""
    raw = gather(paths.raw, tz=params.tz, date_order=params.date_order)
    if errors := unsettled(raw, paths):
        raise errors[0]
    return raw


def unsettled(raw: Raw, paths: study.Paths) -> list[InputError]:
    """An error for each chat outside a folder chats/ whose dates can be read in two ways: such a file does not count as
    a chat, and the study would run without it."""
    fix = "Set `ingest.date_order: dmy` (or mdy) in params.yaml."
    files = [file for file in raw.unread if file.ambiguous]
    return [InputError(file.why, path=paths.raw / file.source, fix=fix) for file in files]


def write(paths: study.Paths, corpus: Corpus) -> dict:
    """Write the step's tables and metrics; returns the metrics."""
    out = paths.results.processed(STEP)
    for name in ("messages", "utterances", "members", "partnerships", "codings", "codebook", "sample", "annotations"):
        tables.write(getattr(corpus, name), out / f"{name}.parquet", getattr(tables, name.capitalize()))
    if len(corpus.approvals):
        tables.write(corpus.approvals, out / "approvals.parquet")
    tables.write(corpus.reports, out / "reports.parquet")
    tables.write(corpus.marks, out / "marks.parquet")
    metrics = {"simulated": paths.simulated, **metrics_of(corpus)}
    study.write_metrics(paths, STEP, metrics)
    return metrics


def metrics_of(corpus: Corpus) -> dict:
    """The contents of metrics/ingest.json for a corpus, except whether it is simulated."""
    messages, reports = corpus.messages, corpus.reports
    read_files = reports[reports["part"] != "not read"]
    return {
        "status": "ok", "files": len(read_files), "files_not_read": len(reports) - len(read_files),
        **{name: int(read_files[name].sum()) for name in LINES},
        "messages": len(messages), "kinds": messages["kind"].value_counts().to_dict(),
        "channels": int(messages["channel"].nunique()),
        "first": messages["time"].min().isoformat() if len(messages) else None,
        "last": messages["time"].max().isoformat() if len(messages) else None,
        "explicit_replies": int(messages["reply_to"].notna().sum()),
        "members": len(tables.community(corpus.members)),
        "participants": int(corpus.utterances["member"].nunique()), "writers": int(messages["member"].nunique()),
        "strangers": corpus.strangers, "interviews": int(corpus.utterances["transcript"].nunique()),
        "utterances": len(corpus.utterances), "partnerships": len(corpus.partnerships),
        "codings": len(corpus.codings),
        "annotations": len(corpus.annotations), "annotators": int(corpus.annotations["annotator"].nunique()),
        "annotated": int(corpus.annotations["message_id"].nunique()),
        "marks": corpus.marks.groupby("class")["count"].sum().to_dict(),
        "withheld": {what: n for what, n in corpus.withheld.items() if what != "members"},  # `consent` has that number
        "consent": corpus.consent.set_index("consent")["members"].to_dict(),
    }  # fmt: skip
