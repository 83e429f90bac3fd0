"""One community through the steps' own functions: what the study would say of it, and what is true.

As the study itself, with fewer random draws (Settings). A record holds plain values only, to be kept as a line of JSON.
"""

from __future__ import annotations

import tempfile
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from scipy import stats

from analysis.calibration import confusion
from analysis.calibration.confusion import CODES, Codings
from analysis.calibration.observed import Observed, by_files, by_shortcut
from analysis.claims import rule
from analysis.codebook import Codebook
from analysis.coding.corrected import corrected_share
from analysis.errors import stage
from analysis.network.qap import qap_correlation
from analysis.network.replies.infer import infer_replies
from analysis.network.ties import exchange, linked_turns, ties, weights
from analysis.partnership import step as partnership
from analysis.partnership.talk import INFORMAL, OTHER, Talk
from analysis.robustness.options import previous_message
from analysis.sharing import step as sharing
from analysis.sharing.counts import Texts, WeeklyCounts, redrawn_counts, weekly_counts
from analysis.sharing.excess import equal_activity_null, excess_over_activity, pooled_excess
from analysis.sharing.indices import concentration, gini
from analysis.simulate import Community, simulate_community

Record = dict[str, Any]
Numbers = dict[str, dict]  # of each claim, as rule.judge takes them
HALF = 0.5  # of the time: where the naive analysis parts earlier from later


@dataclass(frozen=True)
class Settings:
    """How each community is studied. declared: the tested claims. partnership, sharing: the steps' parameters, with
    fewer draws. folds, gap_minutes: of the step `coding`. alpha: of the verdicts.
    """

    declared: Sequence[Mapping]
    book: Codebook
    partnership: partnership.Params
    sharing: sharing.Params
    folds: int
    gap_minutes: float
    alpha: float


@dataclass(frozen=True)
class Condition:
    """A kind of community: scenario, size, and parameters of the scenario set otherwise (changes).

    seed: of the first; communities: how many; chain: how many go through the full chain too. every: of so many one has
    its other intervals looked at and is analysed naively. perfect: whether they are studied with true replies and true
    codes too.
    """

    name: str
    scenario: str
    seed: int
    communities: int
    members: int
    months: int
    changes: Mapping[str, float]
    chain: int = 0
    every: int = 1
    perfect: bool = False


def trial(condition: Condition, seed: int, measured: pd.DataFrame, settings: Settings) -> Record:
    """One community by the shortcut: codings drawn as they were measured to err (confusion.draw)."""
    begun = time.process_time()
    observed = by_shortcut(_community(condition, seed))
    codings = confusion.draw(observed, measured, settings.book, gap_minutes=settings.gap_minutes, seed=seed)
    replies = infer_replies(observed.messages)
    numbers = _found(observed, codings, replies, settings)
    found = _studied(observed, codings, replies, numbers, settings, beside=seed % condition.every == 0)
    if condition.perfect:
        found |= {"perfect": _perfect(observed, codings, replies, numbers["C3"], settings)}
    return {"condition": condition.name, "seed": seed, **found, "cpu_s": round(time.process_time() - begun, 3)}


def chain(condition: Condition, seed: int, settings: Settings) -> tuple[Record, pd.DataFrame]:
    """One community through the full chain, files and classifier and all; and how its codings err (confusion)."""
    begun = time.process_time()
    with tempfile.TemporaryDirectory() as folder:
        observed, coded = by_files(_community(condition, seed), Path(folder))
    codings, measured = confusion.code_by_model(
        observed, coded, settings.book, folds=settings.folds, gap_minutes=settings.gap_minutes
    )
    replies = infer_replies(observed.messages)
    numbers = _found(observed, codings, replies, settings)
    found = _studied(observed, codings, replies, numbers, settings, beside=False)
    record = {"condition": condition.name, "seed": seed, **found, "cpu_s": round(time.process_time() - begun, 3)}
    return record, measured.assign(community=f"{condition.name} {seed}")[list(confusion.MEASURED)]


def _community(condition: Condition, seed: int) -> Community:
    changes: dict[str, Any] = dict(condition.changes)
    return simulate_community(seed, condition.members, condition.months, condition.scenario, **changes)


def _studied(
    observed: Observed,
    codings: Codings,
    replies: pd.DataFrame,
    numbers: Numbers,
    settings: Settings,
    *,
    beside: bool,
) -> Record:
    """What the study says (claims), and C3's true value. beside: what a naive study would have said, and the intervals
    of other numbers of which the truth is known."""
    kept = ("verdict", "value", "low", "high", "p", "p_holm", "reason")
    answers: Record = {
        "claims": _judged(numbers, kept, settings),
        "true_excess": _true_excess(observed, observed.planted, settings),
    }
    if codings.wanted is not None:
        code = settings.sharing.code
        wanted = codings.wanted[code].reindex(observed.planted.index).fillna(0).map({0: (), 1: (code,)})
        answers["wanted_excess"] = _true_excess(observed, wanted, settings)
    if beside:
        answers |= {
            "naive": naive(observed, codings, settings),
            "gini": _ginis(observed, codings, settings),
            "shares": _shares(observed, codings, settings),
            "ties": _ties(observed, replies, settings),
        }
    return answers


def _judged(numbers: Numbers, kept: Sequence[str], settings: Settings) -> Record:
    """By claim, what of its judgement is kept."""
    rows = rule.judge(settings.declared, [numbers[claim["id"]] for claim in settings.declared], settings.alpha)
    return {row["id"]: {key: _plain(row[key]) for key in kept} for row in rows}


def _found(observed: Observed, codings: Codings, replies: pd.DataFrame, settings: Settings) -> Numbers:
    """C1's and C2's numbers as the step `partnership` finds them, and C3's as `sharing` does."""
    both = partnership.claims_alone(_data(observed, codings.coded, replies, codings.held_out), settings.partnership)
    params, texts = settings.sharing, _texts(observed)
    redrawn = redrawn_counts(texts, codings.coded, codings.held_out, params.code, draws=params.labels, seed=params.seed)
    excess = stage(pooled_excess)(redrawn, **params.of_excess)
    return both | {"C3": rule.numbers_of(excess)}


def _data(
    observed: Observed, coded: pd.DataFrame, replies: pd.DataFrame, held_out: pd.DataFrame | None
) -> partnership.Data:
    return partnership.Data(observed.messages, observed.members, observed.partnerships, coded, replies, held_out)


def _texts(observed: Observed) -> Texts:
    return Texts.of(observed.messages, observed.members["member"])


def _perfect(
    observed: Observed, codings: Codings, inferred: pd.DataFrame, sharing_seen: dict, settings: Settings
) -> Record:
    """The claims' values and verdicts if replies were known, if codes were, and if both were.

    sharing_seen: C3's numbers as the study finds them, on which replies have no bearing.
    """
    true_codes = _true_codes(observed, codings, settings.book)
    weekly = _counted(observed, observed.planted, settings.sharing.code)
    sharing_known = rule.numbers_of(stage(excess_over_activity)(weekly, **settings.sharing.of_excess))
    assert observed.parents is not None
    ways = {
        "replies": (observed.parents, codings.coded, codings.held_out, sharing_seen),
        "codes": (inferred, true_codes, None, sharing_known),
        "both": (observed.parents, true_codes, None, sharing_known),
    }
    answers = {}
    for name, (replies, coded, held_out, sharing_found) in ways.items():
        both = partnership.claims_alone(_data(observed, coded, replies, held_out), settings.partnership)
        numbers = both | {"C3": sharing_found}
        answers[name] = _judged(numbers, ("verdict", "value"), settings)
    return answers


def _true_codes(observed: Observed, codings: Codings, book: Codebook) -> pd.DataFrame:
    """The table Coded as it would be if everybody saw the planted codes."""
    truth = confusion.truth_of(observed.planted[codings.said.index], book).astype("int64")
    long = truth.rename_axis("unit_id").reset_index().melt("unit_id", var_name="code")
    return long.assign(probability=long["value"].astype(float), origin="human")


def naive(observed: Observed, codings: Codings, settings: Settings) -> dict[str, bool]:
    """Whether each claim would be called supported by who takes everything as it comes.

    Each message answers the one before it, the classifier's labels are true. C1: informal exchange of the first half of
    the time goes with other exchange in the second; C2: informal exchange goes with partnership (Krackhardt 1988, p at
    most alpha, no control). C3: members do not all share equally often (chi-square). No correction for three tests.
    """
    params = settings.partnership
    everyone = pd.Index(observed.members["member"])
    turns = exchange(observed.messages, previous_message(observed.messages), everyone, gap_s=params.gap_s)
    certain = codings.coded.assign(probability=codings.coded["value"].astype(float))
    talk = Talk.of(turns, certain, params.informal, params.business)
    first, last = int(turns.seconds.min()), int(turns.seconds.max()) + 1
    cuts = np.array([first + HALF * (last - first), last]).astype(np.int64)
    informal, other = (_before(talk, kind, cuts) for kind in (INFORMAL, OTHER))
    partners = np.zeros((turns.n, turns.n))
    a, b = (turns.members.get_indexer(observed.partnerships[side]) for side in ("member_a", "member_b"))
    partners[a, b] = partners[b, a] = 1.0
    counts = weekly_counts(_texts(observed), codings.coded, settings.sharing.code).by_member()
    p = {
        "C1": _plain_qap(np.log1p(informal[0]), np.log1p(other[1] - other[0]), settings),
        "C2": _plain_qap(np.log1p(informal[1]), partners, settings),
        "C3": stats.chisquare(counts["shares"]).pvalue,
    }
    return {claim: bool(value <= settings.alpha) for claim, value in p.items()}


def _before(talk: Talk, kind: str, cuts: NDArray[np.int64]) -> NDArray[np.float64]:
    later, earlier, weight = (talk.linked[kind][name].to_numpy() for name in ("later", "earlier", "probability"))
    return talk.between(later, earlier, weight, cuts)


def _plain_qap(a: NDArray[np.float64], b: NDArray[np.float64], settings: Settings) -> float:
    """p of the correlation; 1 where one of the two does not vary."""
    off = ~np.eye(len(a), dtype=bool)
    if min(np.ptp(a[off]), np.ptp(b[off])) == 0:
        return 1.0
    params = settings.partnership
    return qap_correlation(a, b, directed=False, permutations=params.permutations, seed=params.seed).p_greater


def _true_excess(observed: Observed, truth: pd.Series, settings: Settings) -> float:
    """C3's value if every message had the codes that truth gives it."""
    weekly = _counted(observed, truth, settings.sharing.code)
    params = settings.sharing
    null = equal_activity_null(weekly, draws=params.null_draws, seed=params.seed)
    return _plain(gini(weekly.by_member()["shares"]) - float(null.mean()))


def _counted(observed: Observed, truth: pd.Series, code: str) -> WeeklyCounts:
    """Counts per member and week by the true codes of each message, as weekly_counts has them."""
    shared = [int(code in codes) for codes in truth]
    coded = pd.DataFrame({"unit_id": truth.index, "code": code, "value": shared})
    return weekly_counts(_texts(observed), coded, code)


def _ginis(observed: Observed, codings: Codings, settings: Settings) -> Record:
    """Gini coefficients of messages, and of business news as the classifier's labels count it, with their intervals;
    planted: as true codes count it."""
    params = settings.sharing
    counts = weekly_counts(_texts(observed), codings.coded, params.code).by_member()
    planted = _counted(observed, observed.planted, params.code).by_member()
    found = {}
    for name in ("messages", "shares"):
        sizes = {"confidence": params.confidence, "bootstrap": params.bootstrap, "seed": params.seed}
        row = concentration(counts[name], **sizes).loc["gini_corrected"]  # type: ignore[arg-type]
        found[name] = {key: _plain(row[key]) for key in ("value", "low", "high")}
        found[name]["planted"] = _plain(gini(counts[name] if name == "messages" else planted[name]))
    return found


def _shares(observed: Observed, codings: Codings, settings: Settings) -> Record:
    """Each code's share of messages: corrected with its interval; counted; as planted; and, where codings are drawn, as
    coders would have settled it had they read all."""
    conversation = confusion.texts_of(observed, settings.gap_minutes).set_index("message_id")["conversation"]
    truth = confusion.truth_of(observed.planted[codings.said.index], settings.book)
    counted = codings.coded.groupby("code")["value"].mean()
    found = {}
    for code in CODES:
        settled = codings.settled[code].reindex(codings.said.index)
        share = corrected_share(codings.said[code], settled, conversation.loc[codings.said.index])
        found[code] = {key: _plain(getattr(share, key)) for key in ("value", "low", "high")}
        found[code] |= {"counted": _plain(counted[code]), "planted": _plain(truth[code].mean())}
        if codings.wanted is not None:
            found[code]["wanted"] = _plain(codings.wanted[code].mean())
    return found


def _ties(observed: Observed, replies: pd.DataFrame, settings: Settings) -> Record:
    """Of ties with an expected weight of a turn or more: how many there are, and how many intervals hold the truth."""
    if observed.parents is None:
        return {}
    everyone = pd.Index(observed.members["member"])
    params = settings.partnership
    inferred, true = (
        exchange(observed.messages, table, everyone, gap_s=params.gap_s) for table in (replies, observed.parents)
    )
    found = ties(inferred, "all", draws=50, confidence=params.confidence, rng=np.random.default_rng(params.seed))
    found = found[found["weight"] >= 1]
    matrix = weights(true, linked_turns(true.links))
    truth = matrix[true.members.get_indexer(found["source"]), true.members.get_indexer(found["target"])]
    held = (found["low"].to_numpy() <= truth) & (truth <= found["high"].to_numpy())
    sums = {"inferred": float(found["weight"].sum()), "true": float(truth.sum())}
    return {"ties": len(found), "held": int(held.sum())} | {name: _plain(value) for name, value in sums.items()}


def _plain(value: object) -> Any:
    """A value as JSON has it, rounded: numbers of numpy as Python's, missing ones as None."""
    if isinstance(value, str) or value is None:
        return value
    number = float(value)  # type: ignore[arg-type]
    return round(number, 6) if np.isfinite(number) else None
