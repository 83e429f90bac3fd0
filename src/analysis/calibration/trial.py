"""One community through the steps' own functions: the study's results for it, and the truth.

As in the study itself, with fewer random draws (Settings). A record has only plain values, to be kept as a line of
JSON.
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
from scipy import stats

from analysis.arrays import Floats
from analysis.calibration import confusion
from analysis.calibration.confusion import CODES, Codings
from analysis.calibration.observed import Inferred, Observed, by_files, by_shortcut, inferred_replies
from analysis.claims import rule
from analysis.codebook import Codebook
from analysis.coding.corrected import corrected_share
from analysis.coding.latent import posterior
from analysis.errors import stage
from analysis.network.qap import qap_correlation
from analysis.network.step import KEPT
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
JUDGED = ("verdict", "value", "low", "high", "p", "p_holm", "reason")  # what a record keeps of a claim
LABELS = 40  # draws of the codes' posterior, for their shares


@dataclass(frozen=True)
class Settings:
    """How each community is studied. declared: the tested claims. partnership, sharing: the steps' parameters, with
    fewer draws. folds, gap_minutes: of the step `coding`. alpha: of the verdicts."""

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

    seed: of the first; communities: how many; chain: how many also go through the full chain. every: one community in
    this many is also analysed naively, and its other intervals are compared with the truth. perfect: whether
    communities are studied with true replies and true codes too.
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

    def community(self, seed: int) -> Community:
        """The community of this kind with this seed."""
        changes: dict[str, Any] = dict(self.changes)
        return simulate_community(seed, self.members, self.months, self.scenario, **changes)


def trial(condition: Condition, seed: int, measured: pd.DataFrame, settings: Settings) -> Record:
    """One community by the shortcut: codings drawn with the errors measured by the full chain (confusion.draw)."""
    begun = time.process_time()
    observed = by_shortcut(condition.community(seed))
    codings = confusion.draw(observed, measured, settings.book, gap_minutes=settings.gap_minutes, seed=seed)
    replies = _inferred(observed, codings, settings, seed)
    numbers = _numbers(observed, codings, replies, settings)
    shares = codings.all_adjudicated[settings.sharing.code].reindex(observed.planted.index).fillna(0).astype(int)
    record = {"condition": condition.name, "seed": seed, "claims": _judged(numbers, settings)}
    record["true_excess"] = _excess(_planted_counts(observed, settings), settings)
    record["adjudicated_excess"] = _excess(_counted(observed, shares, settings), settings)
    if seed % condition.every == 0:
        record |= {"naive": naive(observed, codings, settings), "gini": _ginis(observed, codings, settings)}
        record |= {"shares": _shares(observed, codings, settings), "ties": _ties(observed, replies, settings)}
    if condition.perfect:
        record["perfect"] = _perfect(observed, codings, replies, numbers["C3"], settings)
    return record | {"cpu_s": round(time.process_time() - begun, 3)}


def chain(condition: Condition, seed: int, settings: Settings) -> tuple[Record, pd.DataFrame]:
    """One community through the full chain, from its files to its codes; and the errors of its codings (confusion)."""
    begun = time.process_time()
    with tempfile.TemporaryDirectory() as folder:
        observed, coded = by_files(condition.community(seed), Path(folder))
    codings, measured = confusion.code_by_model(
        observed, coded, settings.book, folds=settings.folds, gap_minutes=settings.gap_minutes
    )
    claims = _judged(_numbers(observed, codings, _inferred(observed, codings, settings, seed), settings), settings)
    record = {"condition": condition.name, "seed": seed, "claims": claims}
    record["true_excess"] = _excess(_planted_counts(observed, settings), settings)
    record["cpu_s"] = round(time.process_time() - begun, 3)
    return record, measured.assign(community=f"{condition.name} {seed}")[list(confusion.MEASURED)]


# The claims


def _inferred(observed: Observed, codings: Codings, settings: Settings, seed: int) -> Inferred:
    """Replies and reply graphs as the step `network` draws them, as many as later steps use."""
    params, carried = settings.partnership, codings.carried
    own = {"gap_s": params.gap_s, "hours": params.hours, "draws": KEPT, "seed": seed}
    return inferred_replies(observed, carried.coded, carried.held_out, informal=params.informal, **own)  # type: ignore[arg-type]


def _numbers(observed: Observed, codings: Codings, replies: Inferred, settings: Settings) -> Numbers:
    """C1's and C2's numbers by the functions of the step `partnership`, and C3's by those of `sharing`."""
    params, coded, held_out = settings.sharing, codings.carried.coded, codings.carried.held_out
    redrawn = redrawn_counts(_texts(observed), coded, held_out, params.code, draws=params.labels, seed=params.seed)
    excess = stage(pooled_excess)(redrawn, **params.of_excess)
    ours = _partnership(observed, coded, held_out, replies.replies, settings, replies.drawn)
    return ours | {"C3": rule.numbers_of(excess)}


def _partnership(
    observed: Observed, coded: pd.DataFrame, held_out: pd.DataFrame | None, replies: pd.DataFrame, settings: Settings,
    drawn: pd.DataFrame | None
) -> Numbers:  # fmt: skip
    likely = None if held_out is None else _likely(observed, coded, held_out, settings)
    ours = observed.messages, observed.members, observed.partnerships
    data = partnership.Data(*ours, coded, replies, held_out, drawn=drawn, likely=likely)
    return partnership.claims_alone(data, settings.partnership)


def _likely(observed: Observed, coded: pd.DataFrame, held_out: pd.DataFrame, settings: Settings) -> pd.DataFrame:
    """The codes of talk with the probability that they truly apply, as the step coding passes them on."""
    params, member = settings.partnership, observed.messages.set_index("message_id")["member"]
    codes = [*params.informal, *params.business]
    own, sample = (table[table["code"].isin(codes)] for table in (coded, held_out))
    return posterior(own, sample, member, draws=LABELS, confidence=params.confidence, seed=params.seed).coded


def _judged(numbers: Numbers, settings: Settings, kept: Sequence[str] = JUDGED) -> Record:
    """By claim, the part of its judgement that is kept."""
    rows = rule.judge(settings.declared, [numbers[claim["id"]] for claim in settings.declared], settings.alpha)
    return {row["id"]: {key: _plain(row[key]) for key in kept} for row in rows}


def _perfect(
    observed: Observed, codings: Codings, inferred: Inferred, c3_as_studied: dict, settings: Settings
) -> Record:
    """The claims' values and verdicts if replies were known, if codes were, and if both were. c3_as_studied: C3's
    numbers as the study measures them, which do not depend on replies."""
    truth = confusion.truth_of(observed.planted[codings.carried.probabilities.index], settings.book).astype("int64")
    true_codes = truth.rename_axis("unit_id").reset_index().melt("unit_id", var_name="code")
    true_codes = true_codes.assign(probability=true_codes["value"].astype(float), origin="human")
    excess = stage(excess_over_activity)(_planted_counts(observed, settings), **settings.sharing.of_excess)
    c3 = rule.numbers_of(excess)
    ways = {
        "replies": (codings.carried.coded, codings.carried.held_out, observed.parents, None, c3_as_studied),
        "codes": (true_codes, None, inferred.replies, inferred.drawn, c3),
        "both": (true_codes, None, observed.parents, None, c3),
    }
    return {
        way: _judged(
            _partnership(observed, coded, held_out, replies, settings, drawn) | {"C3": own}, settings,
            ("verdict", "value"),
        )
        for way, (coded, held_out, replies, drawn, own) in ways.items()
    }  # fmt: skip


def _texts(observed: Observed) -> Texts:
    return Texts.of(observed.messages, observed.members["member"])


def _counted(observed: Observed, shares: pd.Series, settings: Settings) -> WeeklyCounts:
    """Counts per member and week if these messages were the shares. shares: 0 or 1 by message_id."""
    code = settings.sharing.code
    coded = pd.DataFrame({"unit_id": shares.index, "code": code, "value": shares.to_numpy()})
    return weekly_counts(_texts(observed), coded, code)


def _planted_counts(observed: Observed, settings: Settings) -> WeeklyCounts:
    code = settings.sharing.code
    return _counted(observed, observed.planted.map(lambda codes: int(code in codes)), settings)


def _excess(counts: WeeklyCounts, settings: Settings) -> float | None:
    """C3's value with these counts; None where there is no share."""
    if not counts.shares.any():
        return None
    null = equal_activity_null(counts, draws=settings.sharing.null_draws, seed=settings.sharing.seed)
    return _plain(gini(counts.by_member()["shares"]) - float(null.mean()))


# The naive analysis


def naive(observed: Observed, codings: Codings, settings: Settings) -> dict[str, bool]:
    """Whether each claim would be called supported by an analysis that ignores every source of error.

    Each message answers the one before it, and the classifier's labels are true. C1: informal exchange in the first
    half correlates with other exchange in the second; C2: informal exchange correlates with partnership
    (Krackhardt 1988, p at most alpha, no control). C3: members do not all share equally often (chi-square). No
    correction for three tests.
    """
    params = settings.partnership
    everyone = pd.Index(observed.members["member"])
    turns = exchange(observed.messages, previous_message(observed.messages), everyone, gap_s=params.gap_s)
    certain = codings.carried.coded.assign(probability=codings.carried.coded["value"].astype(float))
    talk = Talk.of(turns, certain, params.informal, params.business)
    first, last = int(turns.seconds.min()), int(turns.seconds.max()) + 1
    cuts = np.array([(first + last) / 2, last]).astype(np.int64)
    informal, other = (
        talk.between(link["later"].to_numpy(), link["earlier"].to_numpy(), link["probability"].to_numpy(), cuts)
        for link in (talk.linked[INFORMAL], talk.linked[OTHER])
    )
    partners = np.zeros((turns.n, turns.n))
    a, b = (turns.members.get_indexer(observed.partnerships[side]) for side in ("member_a", "member_b"))
    partners[a, b] = partners[b, a] = 1.0
    counts = weekly_counts(_texts(observed), codings.carried.coded, settings.sharing.code).by_member()
    p = {
        "C1": _qap_p(np.log1p(informal[0]), np.log1p(other[1] - other[0]), params),
        "C2": _qap_p(np.log1p(informal[1]), partners, params),
        "C3": stats.chisquare(counts["shares"]).pvalue,
    }
    return {claim: bool(value <= settings.alpha) for claim, value in p.items()}


def _qap_p(a: Floats, b: Floats, params: partnership.Params) -> float:
    """p of the correlation; 1 where one of the two does not vary."""
    off = ~np.eye(len(a), dtype=bool)
    if min(np.ptp(a[off]), np.ptp(b[off])) == 0:
        return 1.0
    return qap_correlation(a, b, directed=False, permutations=params.permutations, seed=params.seed).p_greater


# Other intervals


def _ginis(observed: Observed, codings: Codings, settings: Settings) -> Record:
    """Gini coefficients of messages, and of business news by the classifier's labels, with their intervals; planted: by
    the true codes."""
    params = settings.sharing
    counts = weekly_counts(_texts(observed), codings.carried.coded, params.code).by_member()
    planted = {"messages": counts["messages"], "shares": _planted_counts(observed, settings).by_member()["shares"]}
    ginis = {}
    for name, truth in planted.items():
        sizes = {"confidence": params.confidence, "bootstrap": params.bootstrap, "seed": params.seed}
        row = concentration(counts[name], **sizes).loc["gini_corrected"]  # type: ignore[arg-type]
        ginis[name] = {key: _plain(row[key]) for key in ("value", "low", "high")} | {"planted": _plain(gini(truth))}
    return ginis


def _shares(observed: Observed, codings: Codings, settings: Settings) -> Record:
    """Each code's share of messages: corrected, and likely true, with their intervals; counted; as planted; and as the
    coders would have adjudicated all texts."""
    texts = codings.carried.probabilities.index
    conversation = confusion.texts_of(observed, settings.gap_minutes).set_index("message_id")["conversation"][texts]
    truth = confusion.truth_of(observed.planted[texts], settings.book)
    counted = codings.carried.coded.groupby("code")["value"].mean()
    labels, shares = codings.carried.labels.reindex(texts), {}
    member, params = observed.messages.set_index("message_id")["member"], settings.sharing
    tables = codings.carried.coded, codings.carried.held_out
    found = posterior(*tables, member, draws=LABELS, confidence=params.confidence, seed=params.seed)
    likely = found.prevalence[found.prevalence["member"].isna()].set_index("code")
    for code in CODES:
        share = corrected_share(codings.carried.probabilities[code], labels[code], conversation)
        numbers = {"value": share.value, "low": share.low, "high": share.high, "counted": counted[code]}
        numbers |= {f"likely_{end}": likely.loc[code, end] for end in ("value", "low", "high")}
        numbers |= {"planted": truth[code].mean(), "adjudicated": codings.all_adjudicated[code].mean()}
        shares[code] = {key: _plain(number) for key, number in numbers.items()}
    return shares


def _ties(observed: Observed, replies: Inferred, settings: Settings) -> Record:
    """Ties with an expected weight of at least one turn: their number, and how many of their intervals hold the
    truth."""
    everyone, params = pd.Index(observed.members["member"]), settings.partnership
    true = exchange(observed.messages, observed.parents, everyone, gap_s=params.gap_s)
    rng = np.random.default_rng(params.seed)
    table = ties(replies.turns, "all", draws=KEPT, confidence=params.confidence, rng=rng)
    table = table[table["weight"] >= 1]
    matrix = weights(true, linked_turns(true.links)).toarray()
    truth = matrix[true.members.get_indexer(table["source"]), true.members.get_indexer(table["target"])]
    held = (table["low"].to_numpy() <= truth) & (truth <= table["high"].to_numpy())
    sums = {"inferred": _plain(table["weight"].sum()), "true": _plain(truth.sum())}
    return {"ties": len(table), "held": int(held.sum()), **sums}


def _plain(value: object) -> Any:
    """A value in JSON types, rounded: NumPy numbers as Python's, missing ones as None."""
    if isinstance(value, str) or value is None:
        return value
    number = float(value)  # type: ignore[arg-type]
    return round(number, 6) if np.isfinite(number) else None
