"""What was planted in a simulated community, next to what the study finds, for the book's pages; no step sees it."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence

import pandas as pd

from analysis import coverage, study, wording
from analysis.claims.ledger import ALOUD
from analysis.claims.step import read_rates
from analysis.ingest import manifest
from analysis.simulate.scenario import scenario

SOURCE = re.compile(r"simulated by guyub \(scenario (\w+), seed \d+")  # as the simulation writes it into MANIFEST.csv
OUTCOMES = {  # by whether a claim is true, and its verdict: what the study does
    (True, "supported"): "rightly supports {}",
    (True, "undecided"): "misses {} (undecided)",
    (True, "contradicted"): "wrongly contradicts {}",
    (False, "supported"): "wrongly supports {}",
    (False, "undecided"): "leaves {} undecided",
    (False, "contradicted"): "rightly contradicts {}",
}
UNKNOWN = "cannot assess {}"
WRONG = (OUTCOMES[True, "undecided"], OUTCOMES[True, "contradicted"], OUTCOMES[False, "supported"])


def kind(paths: study.Paths) -> str | None:
    """The kind of simulated community of all chats, as MANIFEST.csv names it; None where it names none or the study is
    not simulated."""
    if study.read_metrics(paths, "ingest").get("simulated") is not True:
        return None
    sources = [row.get("source") or "" for row in manifest.read(paths.raw).values() if row.get("kind") == "chat"]
    found = {match[1] if (match := SOURCE.match(source)) else None for source in sources}
    return found.pop() if len(found) == 1 else None


def say(paths: study.Paths) -> str:
    """Sentences on which claims are true in the community, what the study finds about them, and how often it does so in
    such communities; empty where that is not known."""
    name = kind(paths)
    if name is None:
        return ""
    truth: Mapping[str, bool] = scenario(name).truth
    rows = [row for row in study.read_metrics(paths, "claims")["claims"] if row["id"] in truth]
    rates = read_rates(paths.root / "calibration" / "verdicts.csv")
    return " ".join([
        f"Planted here (kind {name}): {_truths(truth)}.",
        _outcomes(truth, rows),
        *_rates(truth, rows, rates[rates["scenario"] == name]),
        *_numbers(rows, coverage.means(paths.root, name)),
    ])  # fmt: skip


def _truths(truth: Mapping[str, bool]) -> str:
    """ "C1 and C2 are true, C3 is false"."""
    said = []
    for wanted, word in ((True, "true"), (False, "false")):
        if ids := [claim for claim, true in truth.items() if true is wanted]:
            said.append(f"{wording.listed(ids)} {'is' if len(ids) == 1 else 'are'} {word}")
    return ", ".join(said)


def _outcome(truth: Mapping[str, bool], row: Mapping) -> str:
    return OUTCOMES.get((truth[row["id"]], row["verdict"]), UNKNOWN)


def _outcomes(truth: Mapping[str, bool], rows: Sequence[Mapping]) -> str:
    """What the study concludes on each claim, in a sentence."""
    claims: dict[str, list[str]] = {}
    for row in rows:
        claims.setdefault(_outcome(truth, row), []).append(row["id"])
    return f"The study {wording.listed(words.format(wording.listed(ids)) for words, ids in claims.items())}."


def _rates(truth: Mapping[str, bool], rows: Sequence[Mapping], rates: pd.DataFrame) -> Iterator[str]:
    """For each claim on which the study is wrong, how often it was supported in communities of this kind."""
    known = rates[rates["communities"].astype(float) >= coverage.FEW].set_index("claim")
    for row in rows:
        if _outcome(truth, row) in WRONG and row["id"] in known.index and not row.get("not_tried"):
            own = known.loc[row["id"]]
            share, earlier = wording.percent(own["rate"]), ", on earlier code" if row.get("earlier_code") else ""
            yield f"Of {own['communities']:.0f} such communities, it supported {row['id']} in {share}{earlier}."


def _numbers(rows: Sequence[Mapping], means: pd.DataFrame) -> Iterator[str]:
    """Reference values for each number: its mean in such communities, and its mean with every reply and code known."""
    for row in rows:
        if row["unit"] in ALOUD and row["id"] in means.index and row["value"] is not None and not row.get("not_tried"):
            factor, places, words, *_ = ALOUD[row["unit"]]
            percent = " %" if words.startswith("%") else ""
            seen, true = (f"{wording.number(factor * means.loc[row['id'], way], places or 0)}{percent}"
                          for way in (coverage.STUDIED, coverage.TRUTH[row["id"]]))  # fmt: skip
            yield (
                f"In such communities {row['id']}'s number is {seen} on average, and {true} where every reply and code "
                "is known."
            )
