"""Partnership: are informal ties associated with later ties (C1) and partnerships (C2), after controls for confounding?

The threats to this, and how each is met. Members who write much meet everybody: activity is a control. Members of the
same chats at the same hours answer each other by chance: answers expected under a sender shuffle are controls. Partners
talk because they are partners: only earlier talk counts. A liking between two people drives all their talk: C1 compares
a pair with itself over the months, where a steady liking drops out; C2 must pass a test of timing, given the pair's
talk over the whole time, and one of informal against equally measured business talk. Replies and codes are uncertain:
C1 counts them by their probability, C2 takes the mean of its exposure over sampled reply graphs and codes. Pairs with a
common member are dependent: whole members are relabelled, and standard errors allow for it.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np
import pandas as pd

from analysis import resample, study, tables, wording
from analysis.claims import rule
from analysis.coding.floor import too_different, unknown
from analysis.errors import InputError, Missing, stage
from analysis.network.drawn import with_graphs
from analysis.network.layers import of_kind
from analysis.network.ties import Exchange, exchange
from analysis.partnership import c1, c1_alternatives, c2
from analysis.partnership.design import both_ways_least
from analysis.partnership.regression import TESTED, Regression
from analysis.partnership.shuffle import SenderShuffle, shuffle_senders
from analysis.partnership.talk import BUSINESS, INFORMAL, Graph, Talk, drawn_shares
from analysis.partnership.waves import Waves

UNCODED = "no message is coded, so informal talk cannot be distinguished from business talk"
TIE_DRAWS = 50  # reply graphs sampled for the intervals of ties
BY_MESSAGE = {
    "coded": "unit_id",
    "likely": "unit_id",
    "held_out": "unit_id",
    "replies": "message_id",
    "drawn": "message_id",
}  # tables of Data that hold rows of messages, and the column that names them
MOST = 200  # most members whose pairs are tested: memory and time of a test grow with the square of their number


@dataclass(frozen=True)
class Params:
    """Parameters of the step.

    informal, business: codes of the two kinds of talk; gap_s: silence (seconds) that ends a turn; hours: length of the
    shuffle's blocks; window_days: about the length of the windows in which C1 counts answers; wave_days: length of a
    wave of C2; splits: where "earlier" ends in C1's former test, as shares of the time; draws: sampled reply graphs;
    permutations: of members; shuffles: of senders; confidence: of the intervals; seed.
    """

    informal: Sequence[str]
    business: Sequence[str]
    gap_s: float
    hours: float
    window_days: float
    wave_days: float
    splits: Sequence[float]
    draws: int
    permutations: int
    shuffles: int
    confidence: float
    seed: int


@dataclass(frozen=True)
class Data:
    """The tables that the step reads. held_out, agreement: of coding, the coders' codes of messages that the classifier
    coded without them, and each code's agreement. coded: Missing where the codes cannot be used. drawn: reply graphs as
    the step `network` drew them (ReplyDraws); without them replies are drawn separately. likely: of coding, the table
    Coded with the probability that each code truly applies."""

    messages: pd.DataFrame
    members: pd.DataFrame
    partnerships: pd.DataFrame
    coded: pd.DataFrame | Missing
    replies: pd.DataFrame
    held_out: pd.DataFrame | None = None
    agreement: pd.DataFrame | None = None
    drawn: pd.DataFrame | None = None
    likely: pd.DataFrame | None = None

    @property
    def probable(self) -> pd.DataFrame | Missing:
        """The table Coded whose probabilities weight the counts of talk: `likely`, or `coded` where there is none."""
        return self.coded if self.likely is None or self.likely.empty else self.likely

    @property
    def everyone(self) -> pd.Index:
        """Members of the roster and of declared partnerships."""
        named = {*self.members["member"], *self.partnerships["member_a"], *self.partnerships["member_b"]}
        return pd.Index(sorted(named), dtype="str")


@dataclass(frozen=True)
class Results:
    """What the step writes. c1, c2: the claims' numbers; tests: regressions by name; frames: tables by name."""

    turns: Exchange
    waves: Waves
    c1: dict | Missing
    c2: dict | Missing
    tests: Mapping[str, Regression | Missing]
    senders: SenderShuffle | Missing
    frames: Mapping[str, pd.DataFrame | Missing]


@stage
def enough(fit: Regression, claim: Mapping) -> Regression:
    """The regression, if it has at least the data that the claim declares as its minimum. Raises InputError if not."""
    if reason := rule.why_not(claim, {"status": "ok", "n": fit.n}):
        raise InputError(wording.agreeing(reason))
    return fit


def as_numbers(numbers: dict | Missing) -> dict:
    """A claim's numbers as the ledger judges them."""
    return {"status": "missing", "reason": numbers.reason} if isinstance(numbers, Missing) else numbers


def read(paths: study.Paths, params: Params) -> Data:
    """The tables of ingest, coding and network, limited to the MOST most active members if there are more (among), and
    without codes if one that params names is not known for all messages (with_known_codes)."""
    ingested, coding = paths.processed("ingest"), paths.processed("coding")
    data = Data(
        messages=tables.read(ingested / "messages.parquet", tables.Messages),
        members=tables.community(tables.read(ingested / "members.parquet", tables.Members)),
        partnerships=tables.read(ingested / "partnerships.parquet", tables.Partnerships),
        coded=tables.read(coding / "coded.parquet", tables.Coded),
        replies=tables.read(paths.processed("network") / "replies.parquet", tables.Replies),
        held_out=tables.read(coding / "held_out.parquet"),
        agreement=tables.read(coding / "agreement.parquet"),
        drawn=tables.read(paths.processed("network") / "reply_draws.parquet", tables.ReplyDraws),
        likely=tables.read(coding / "likely.parquet", tables.Coded),
    )
    followed = data if len(data.everyone) <= MOST else among(data, most_active(data, MOST))
    return with_known_codes(followed, [*params.informal, *params.business])


def members_of(paths: study.Paths) -> int:
    """Number of members in the study, followed here or not, without people who were only interviewed."""
    return len(tables.community(tables.read(paths.processed("ingest") / "members.parquet", tables.Members)))


def most_active(data: Data, most: int) -> pd.Index:
    """The `most` members who wrote most messages, in order of their pseudonyms, which also breaks ties."""
    written = data.messages["member"].value_counts().reindex(data.everyone, fill_value=0)
    return pd.Index(sorted(written.sort_index().sort_values(ascending=False, kind="stable").index[:most]), dtype="str")


def among(data: Data, members: pd.Index) -> Data:
    """The data limited to what these members wrote and declared, and to answers among them. Messages of others in
    between do not end a member's turn."""
    messages = data.messages[data.messages["member"].isin(members)].reset_index(drop=True)
    both = data.partnerships[["member_a", "member_b"]].isin(members).all(axis=1)
    of_messages = {
        name: table[table[key].isin(messages["message_id"])].reset_index(drop=True)
        for name, key in BY_MESSAGE.items()
        if isinstance(table := getattr(data, name), pd.DataFrame)
    }
    return replace(
        data,
        messages=messages,
        members=data.members[data.members["member"].isin(members)].reset_index(drop=True),
        partnerships=data.partnerships[both].reset_index(drop=True),
        **of_messages,
    )


def with_known_codes(data: Data, codes: Sequence[str]) -> Data:
    """The data, without codes if one of these is not known for all messages (floor.unknown): talk that nobody read
    would count as talk of another kind."""
    if isinstance(data.coded, Missing) or not (reason := unknown(data.coded, data.messages, codes)):
        return data
    return replace(data, coded=Missing(UNCODED if data.coded.empty else reason), likely=None)


def turns_of(data: Data, *, gap_s: float) -> Exchange:
    """The messages as turns, the links between turns, and the reply graphs drawn by the step `network`."""
    return with_graphs(exchange(data.messages, data.replies, data.everyone, gap_s=gap_s), data.drawn)


@stage
def kinds_of_talk(
    turns: Exchange,
    coded: pd.DataFrame,
    agreement: pd.DataFrame | None,
    informal: Sequence[str],
    business: Sequence[str],
) -> Talk:
    """Exchange by kind of talk. Raises InputError when no message is coded or coders differ too much on a code."""
    refusal = "" if agreement is None else too_different(agreement, [*informal, *business])
    if refusal or coded.empty:
        raise InputError(refusal or UNCODED)
    return Talk.of(turns, coded, informal, business)


@stage
def reply_graphs(talk: Talk, data: Data, *, draws: int, seed: int) -> list[Graph]:
    """Reply graphs by kind of talk: replies as the step `network` drew them, codes drawn for each (drawn_shares)."""
    assert not isinstance(data.coded, Missing)
    drawn = drawn_shares(data.messages, data.coded, data.held_out, talk.informal, talk.business, draws=draws, seed=seed)
    return list(talk.graphs(drawn, draws=draws, seed=seed))


@stage
def layers_of(talk: Talk, *, seed: int) -> pd.DataFrame:
    """Ties of informal and of business talk: the table Ties."""
    rng = np.random.default_rng(resample.seed_of(seed, "ties"))
    each = (
        of_kind(talk.turns, kind, talk.share[kind], draws=TIE_DRAWS, confidence=0.95, rng=rng)
        for kind in (INFORMAL, BUSINESS)
    )
    return pd.concat(each, ignore_index=True)


def assess(data: Data, params: Params, *, additional: bool = True) -> Results:
    """Run every stage of the step, as the notebook shows them cell by cell.

    additional: whether to compute everything, or the claims' numbers alone, without C1's further tests, C2's former
    number, the sender shuffle and the tables (each computation has its own random stream, so the claims' numbers are
    the same).
    """
    seed, hours, confidence = params.seed, params.hours, params.confidence
    relabelled = {"permutations": params.permutations, "seed": seed, "every_term": additional}
    turns = turns_of(data, gap_s=params.gap_s)
    waves = Waves.of(turns, data.members, data.partnerships, params.wave_days)
    talk = kinds_of_talk(turns, data.probable, data.agreement, params.informal, params.business)
    graphs = reply_graphs(talk, data, draws=params.draws, seed=seed)

    windows = c1.pair_windows(talk, waves, days=params.window_days, hours=hours)
    tests = {"C1": c1.relabel_members(windows, **relabelled)}
    panel = c2.pair_waves(talk, waves, graphs, hours=hours, seed=seed)
    senders: SenderShuffle | Missing = Missing("not computed with the claims' numbers alone")
    others, frames = None, {}
    if additional:
        swapped = c1.pair_windows(talk, waves, days=params.window_days, hours=hours, roles=c1_alternatives.SWAPPED)
        senders = shuffle_senders(talk, waves, hours=hours, shuffles=params.shuffles, seed=seed)
        halves = c1_alternatives.pair_halves(talk, splits=params.splits, draws=params.draws, hours=hours, seed=seed)
        tests["C1 placebo"] = c1.relabel_members(swapped, **relabelled)
        tests["C1 difference"] = c1_alternatives.relabel_members(halves, **relabelled)
        tests["C1 both ways"] = c1_alternatives.relabel_members(halves, **relabelled, ties=both_ways_least)
        choices = c1_alternatives.later_choices(talk, graphs, split=params.splits[0], seed=seed)
        others = c1_alternatives.numbers(
            tests["C1 placebo"], tests["C1 difference"], tests["C1 both ways"], choices, confidence=confidence
        )
        sizes = {"permutations": params.permutations, "seed": seed, "confidence": confidence}
        frames = {"ties": layers_of(talk, seed=seed), "partners": c2.partners_table(talk, waves, hours=hours)}
        frames |= {"groups": c2.by_informal_exchange(talk, waves), "pair_halves": c1_alternatives.frame(halves)}
        frames |= {"pair_waves": c2.frame(panel), "choices": c1_alternatives.effects_table(choices)}
        frames |= {"pair_windows": c1.frame(windows), "curves": c1.curves(windows, confidence=confidence)}
        frames |= {"forms": c1_alternatives.other_forms(windows, **sizes)}
    tests |= {"C2": c2.exposure_before(panel, **relabelled), "C2 timing": c2.timing(panel, **relabelled)}
    tests |= {"C2 beyond": c2.beyond_business(panel, **relabelled)}
    if additional:
        tests["C2 single draws"] = c2.single_draws(panel)
    strengthening = c1.numbers(tests["C1"], confidence=confidence, others=others)
    of_c2 = (test for name, test in tests.items() if name.startswith("C2"))
    potential = c2.numbers(panel, *of_c2, confidence=confidence)
    return Results(turns, waves, strengthening, potential, tests, senders, frames)


def claims_alone(data: Data, params: Params) -> dict[str, dict]:
    """C1's and C2's numbers with nothing else computed."""
    metrics = metrics_of(assess(data, params, additional=False))
    return {claim: metrics[claim] for claim in ("C1", "C2")}


@stage
def shown(frame: pd.DataFrame, members: pd.DataFrame) -> pd.DataFrame:
    """Rows of two members (member_a, member_b) who both agreed to be shown by themselves."""
    agreed = tables.agreed(members)
    return frame[frame["member_a"].isin(agreed) & frame["member_b"].isin(agreed)].reset_index(drop=True)


def write(paths: study.Paths, results: Results) -> dict:
    """Write the step's tables and metrics; returns the metrics. No earlier table of the step is left."""
    out, made = paths.results.processed("partnership"), tables_of(results)
    for earlier in out.glob("*.parquet"):
        earlier.unlink()
    tables.write_all(made, out, ties=tables.Ties)
    metrics = metrics_of(results)
    study.write_metrics(paths, "partnership", metrics)
    return metrics


def tables_of(results: Results) -> dict[str, pd.DataFrame]:
    """The step's tables by file name, without those that the data do not allow."""
    fitted = {name: test for name, test in results.tests.items() if isinstance(test, Regression)}
    frames = dict(results.frames)
    if fitted:
        frames |= {"coefficients": coefficients(fitted), "null_draws": null_draws(fitted, results.senders)}
    return {f"{name}.parquet": frame for name, frame in frames.items() if not isinstance(frame, Missing)}


def metrics_of(results: Results) -> dict:
    """The step's metrics."""
    claims = {name: as_numbers(numbers) for name, numbers in (("C1", results.c1), ("C2", results.c2))}
    missing = isinstance(results.c1, Missing) and isinstance(results.c2, Missing)
    status = {"status": "missing", "reason": claims["C1"]["reason"]} if missing else {"status": "ok"}
    return {**status, **claims, "members": results.turns.n, "waves": len(results.waves.starts)}


def coefficients(tests: Mapping[str, Regression]) -> pd.DataFrame:
    """Every term of each test's regression: test, draw, split (both missing in the average over draws), term, and the
    columns of regression.TESTED."""
    averages = [fit.coefficients.reset_index().assign(test=name) for name, fit in tests.items()]
    by_draw = [fit.by_draw.assign(test=name) for name, fit in tests.items()]
    frame = pd.concat([*averages, *by_draw], ignore_index=True)
    return frame.reindex(columns=["test", "draw", "split", "term", *TESTED]).astype({"draw": "Int64", "split": float})


def null_draws(tests: Mapping[str, Regression], senders: SenderShuffle | Missing) -> pd.DataFrame:
    """Draws of the null models: test, draw, term, value (mean t under a relabelling; exchange under a shuffle)."""
    nulls = {name: fit.null for name, fit in tests.items()}
    if not isinstance(senders, Missing):
        nulls["C2 senders"] = pd.DataFrame({INFORMAL: senders.null})
    long = {name: null.rename_axis("draw").reset_index().melt("draw", var_name="term") for name, null in nulls.items()}
    return pd.concat(long, names=["test"]).reset_index(level=0).reset_index(drop=True)


def run(params: Params, paths: study.Paths) -> dict:
    """Test C1 and C2 on the ingested, coded and linked messages; returns the metrics."""
    return write(paths, assess(read(paths, params), params))
