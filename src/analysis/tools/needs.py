"""What each claim needs at least, next to what the raw files hold, in sentences for `guyub check`."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

import pandas as pd

from analysis import study, wording
from analysis.claims import needed, rule
from analysis.codebook import Codebook
from analysis.coding import step as coding
from analysis.coding.anchors import units_of
from analysis.errors import Missing
from analysis.ingest.corpus import Corpus
from analysis.network.replies.adapt import FEWEST


def sentences(paths: study.Paths, corpus: Corpus | None) -> list[str]:
    """One line per claim, then what codes and annotations need.

    corpus: the tables as ingest would write them; None where the raw files cannot be read, so that only the needs can
    be stated. Raises InputError where claims.yaml or params.yaml is wrong.
    """
    claims = rule.load_claims(paths.root / "claims.yaml")
    params = {step: study.step_params(paths, step) for step in study.STEPS}
    there = {} if corpus is None else needed.there(*_ingested(corpus), zone=str(params["ingest"]["tz"]))
    table = _table(corpus, params)
    known = {what: f" ({'at most ' * (what in needed.BOUNDS)}{n:,} here)" for what, n in there.items()}
    if corpus is not None:
        known["shares"] = _shares(table, str(params["sharing"]["code"]), len(needed.texts_of(corpus.messages)))
    lines = [_least(claim, known) for claim in claims]
    lines += _out_of_reach(claims, needed.Available(there))
    lines.append(_codes(claims, params, table))
    so_far = "" if corpus is None else f" ({corpus.annotations['message_id'].nunique():,} here)"
    return [*lines, f"The model of replies is adapted to these chats from {FEWEST} annotated messages on{so_far}."]


def _ingested(corpus: Corpus) -> tuple[pd.DataFrame, ...]:
    return corpus.messages, corpus.members, corpus.partnerships, corpus.utterances


def _shares(table: pd.DataFrame | Missing, code: str, texts: int) -> str:
    """How many messages have the code, or when that will be known. texts: how many there are to read."""
    if isinstance(table, Missing):
        return " (shows once messages are coded)"
    rows = table[table["code"] == code]
    given, read = int(rows["positives"].sum()), int(table["units"].max())
    if read == texts:
        return f" ({given:,} here)"
    return f" ({given:,} of {wording.count(read, 'coded message')}; how many in all shows after `dvc repro coding`)"


def _least(claim: Mapping, known: Mapping[str, str]) -> str:
    """A claim's minima, each with what is known about it."""
    parts = [f"{least:,} {needed.WORDS[what]}{known.get(what, '')}" for what, least in claim["minimum"].items()]
    return f"{claim['id']} {claim['sentence']}: {wording.listed(parts)}."


def _out_of_reach(claims: list[dict], available: needed.Available) -> Iterator[str]:
    """Sentences on claims that no amount of coding makes assessable, and what would have to be added."""
    short = {claim["id"]: needed.short(claim, available) for claim in claims}
    if missed := [claim for claim, own in short.items() if own]:
        whats = dict.fromkeys(needed.WORDS[what] for own in short.values() for what in own)
        yield (
            f"With these files {wording.listed(missed)} cannot be assessed, however much is coded: there are too few "
            f"{wording.listed(whats)}."
        )


def _table(corpus: Corpus | None, params: Mapping[str, Mapping[str, Any]]) -> pd.DataFrame | Missing:
    """The codes among the coded messages, and whether a model can carry them, as the step coding decides."""
    if corpus is None:
        return Missing("the raw files cannot be read yet")
    own, book = params["coding"], Codebook.of_table(corpus.codebook)
    data = coding.Data(
        corpus.messages, corpus.utterances, corpus.members, corpus.codings, corpus.sample,
        units_of(corpus.messages, corpus.utterances), book,
    )  # fmt: skip
    settled = coding.settle(coding.apply_codes(coding.anchor(data), book))
    texts = coding.place(data, gap_minutes=own["gap_minutes"])
    return coding.codes_to_carry(texts, settled, book, folds=own["folds"], min_positives=own["min_positives"])


def _codes(claims: list[dict], params: Mapping[str, Mapping[str, Any]], table: pd.DataFrame | Missing) -> str:
    """The number of coded messages that a model needs for each code that claims count, and how many there are."""
    codes = {claim["id"]: needed.codes_of(claim, params) for claim in claims}
    claimed = wording.listed(claim for claim, own in codes.items() if own)
    own = params["coding"]
    takes = (
        f"For {claimed} people read every message, or a model carries the codes: each from "
        f"{own['min_positives']:,} coded messages on that have it, in {own['folds']} conversations"
    )
    if isinstance(table, Missing):
        return f"{takes}. So far none is coded: {table.reason}."
    given = table.set_index("code")["positives"]
    counts = {code: given.get(code, 0) for own in codes.values() for code in own}
    said = wording.listed(f"{code.replace('_', ' ')} {n:,}" for code, n in counts.items())
    return f"{takes}. Coded so far: {said}."
