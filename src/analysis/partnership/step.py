"""Partnership: do informal ties go with later ties (C1) and with partnerships (C2), beyond the traps?

The traps, and what is done about each. Whoever writes much meets everybody: activity is a control. Members of the same
chats at the same hours answer each other by chance: so do answers to expect if senders are shuffled, and C2 must pass a
test by that shuffle too. Partners talk because they are partners: only talk before counts. A liking between two people
drives all their talk: C1, and a third test of C2, set informal talk against equally measured business talk. Replies and
codes are uncertain: C1 counts them by their probability, C2 is averaged over sampled reply graphs and codes. Pairs with
a common member depend on each other: members are relabelled as wholes, and errors allow for it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import TypeVar

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from scipy import stats

from analysis import resample, study, tables
from analysis.coding.corrected import label_draws
from analysis.coding.floor import too_different
from analysis.errors import InputError
from analysis.network import nulls
from analysis.network.dyadic import dyadic_errors
from analysis.network.events import EventModel, exchanged_before, relational_events, standard
from analysis.network.qap import mrqap
from analysis.network.ties import Floats, Whole, exchange, sampled_rows, ties
from analysis.partnership.talk import BUSINESS, INFORMAL, OTHER, Graph, Links, Seconds, Talk, shares
from analysis.partnership.waves import Waves, standardised

UNCODED = "no message is coded, so informal talk cannot be told from business talk"
EVENT_DRAWS = 3  # drawn graphs to which the relational event model is fitted
LEAST_TOLD = 0.1  # least difference in how often informal and other messages are called informal
CONTROLS = 60  # pairs that did not act, drawn for each event
Regression = tuple[Floats, dict[str, Floats]]  # y, and x by name, each of shape (waves, n, n)
Outcome = Callable[[Floats], Floats]  # answers of both directions, shape (waves, n, n), as ties of pairs
CHOICE_EFFECTS = (
    "recency_sent", "recency_received", "sender_activity", "receiver_popularity",
    "PSAB-BA", "PSAB-BY", "PSAB-AY", "PSAB-XA", "PSAB-XB",
)  # fmt: skip


@dataclass(frozen=True)
class Params:
    """What is compared, and how finely.

    informal, business: codes of the two kinds of talk; gap_s: silence (seconds) that ends a turn; hours: length of the
    shuffle's blocks; wave_days: length of a wave; splits: where "earlier" ends, as shares of the time; draws: sampled
    reply graphs; permutations: of members; shuffles: of senders; confidence: of the intervals; seed.
    """

    informal: Sequence[str]
    business: Sequence[str]
    gap_s: float
    hours: float
    wave_days: float
    splits: Sequence[float]
    draws: int
    permutations: int
    shuffles: int
    confidence: float
    seed: int


@dataclass(frozen=True)
class Evidence:
    """One regression term, averaged over fits.

    coef, se: the mean coefficient and its error; statistic: mean t; permuted: shape (R,), mean t under each relabelling
    of members; fits: one row a fit: draw, split, coef, statistic; n: how many members and pairs entered.
    """

    coef: float
    se: float
    statistic: float
    permuted: Floats
    fits: pd.DataFrame
    n: dict[str, int]


@dataclass(frozen=True)
class Shuffle:
    """Partners' informal exchange before their partnership, weighted sum: observed, and null under shuffled senders."""

    observed: float
    null: Floats


@dataclass(frozen=True)
class Preceding:
    """C2's three tests. informal: its term beside business exchange and controls; beyond_business: the term of the
    difference between informal and equally measured business exchange; shuffle: the sender shuffle.
    """

    informal: Evidence
    beyond_business: Evidence
    shuffle: Shuffle


@dataclass(frozen=True)
class Strengthening:
    """C1's evidence. later: ties outside informal talk (the test). Beside it, reciprocal: those that go both ways;
    choices: the relational event model of each of some drawn graphs, with effects `difference` and `sum` of the kinds.
    without: why one of the two is not there, by its name; the test does not hang on them.
    """

    later: Evidence
    reciprocal: Evidence | None
    choices: list[EventModel]
    without: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Result:
    """What the page shows. groups: partnerships by informal exchange; partners: a row a partnership that counts, in
    run's result only of two members who both agreed to be shown by themselves.
    """

    metrics: dict
    partners: pd.DataFrame
    groups: pd.DataFrame
    c1: Strengthening | None
    c2: Preceding | None


def run(params: Params, paths: study.Paths) -> Result:
    """Test C1 and C2 on the ingested, coded and linked messages; write ties by kind of talk, pairs and metrics."""
    ingested = paths.processed("ingest")
    members = tables.read(ingested / "members.parquet", tables.Members)
    agreed = tables.read(paths.processed("coding") / "agreement.parquet")
    coded = tables.read(paths.processed("coding") / "coded.parquet", tables.Coded)
    apart = too_different(agreed, [*params.informal, *params.business])
    result, layers = assess(
        messages=tables.read(ingested / "messages.parquet", tables.Messages),
        members=members,
        partnerships=tables.read(ingested / "partnerships.parquet", tables.Partnerships),
        coded=coded.iloc[:0] if apart else coded,
        replies=tables.read(paths.processed("network") / "replies.parquet", tables.Replies),
        params=params,
        held_out=tables.read(paths.processed("coding") / "held_out.parquet"),
        uncoded=apart or UNCODED,
    )
    out = paths.processed("partnership")
    tables.write(layers, out / "ties.parquet", tables.Ties)
    tables.write(result.partners, out / "partners.parquet")
    tables.write(result.groups, out / "groups.parquet")
    study.write_metrics(paths, "partnership", result.metrics)
    return replace(result, partners=_named(result.partners, members))


def _named(partners: pd.DataFrame, members: pd.DataFrame) -> pd.DataFrame:
    """Partnerships of two members who both agreed to be shown by themselves."""
    named = members.loc[members["consent"] == "quotes", "member"]
    return partners[partners["member_a"].isin(named) & partners["member_b"].isin(named)].reset_index(drop=True)


def assess(
    messages: pd.DataFrame,
    members: pd.DataFrame,
    partnerships: pd.DataFrame,
    coded: pd.DataFrame,
    replies: pd.DataFrame,
    params: Params,
    held_out: pd.DataFrame | None = None,
    *,
    beside: bool = True,
    uncoded: str = UNCODED,
) -> tuple[Result, pd.DataFrame]:
    """C1, C2, and the ties of informal and of business talk. What lacks its data is told in the metrics, not raised.

    held_out: what the coders' sample says of the classifier (coding's held_out.parquet): with it each reply graph has
    codes drawn anew as the classifier errs, without it codes are drawn from their probabilities as they are.
    beside: whether C1 is also asked in the other ways that the page shows beside its test, and the page's tables made;
    without it they are empty, and the metrics the same. uncoded: what to say where there are no codes; nothing is then
    computed, which in a community of a thousand takes a minute.
    """
    everyone = pd.Index(sorted({*members["member"], *partnerships["member_a"], *partnerships["member_b"]}), dtype="str")
    if coded.empty:
        return _untold(_untested(uncoded, len(everyone))), tables.empty(tables.Ties)
    turns = exchange(messages, replies, everyone, gap_s=params.gap_s)
    talk = Talk.of(turns, coded, params.informal, params.business)
    rng = np.random.default_rng(params.seed)
    labels = labels_of(messages, coded, held_out, params)
    graphs = list(drawn_graphs(talk, labels, params, rng))
    waves = Waves.of(talk, members, partnerships, params.wave_days)
    c1, why_not_c1 = _attempt(lambda: _strengthening(talk, graphs, params, rng, beside=beside))
    c2, why_not_c2 = _attempt(lambda: preceding(histories(talk, waves, graphs, params, rng), params))
    metrics = {
        "status": "ok" if c1 or c2 else "missing",
        "C1": _c1_metrics(c1, params) if c1 else {"status": "missing", "reason": why_not_c1},
        "C2": c2_numbers(c2, waves, params) if c2 else {"status": "missing", "reason": why_not_c2},
        "members": talk.turns.n,
        "waves": len(waves.starts),
    }
    if not (c1 or c2):
        metrics["reason"] = why_not_c1
    if not beside:
        return replace(_untold(metrics), c1=c1, c2=c2), tables.empty(tables.Ties)
    tables_shown = partners_table(talk, waves, params.hours), by_informal_exchange(talk, waves)
    layers = pd.concat([ties(talk.turns, k, share=talk.share[k], draws=50, rng=rng) for k in (INFORMAL, BUSINESS)])
    return Result(metrics, *tables_shown, c1, c2), layers


def labels_of(
    messages: pd.DataFrame, coded: pd.DataFrame, held_out: pd.DataFrame | None, params: Params
) -> Iterable[pd.DataFrame]:
    """Codes for each reply graph: drawn anew as the classifier errs, each member leaning to a code, or as they are."""
    if held_out is None or held_out.empty:
        return [coded] * params.draws
    used = [*params.informal, *params.business]
    own, known = (table[table["code"].isin(used)] for table in (coded, held_out))
    return label_draws(own, known, messages.set_index("message_id")[["member"]], draws=params.draws, seed=params.seed)


def drawn_graphs(
    talk: Talk, labels: Iterable[pd.DataFrame], params: Params, rng: np.random.Generator
) -> Iterator[Graph]:
    """Reply graphs by kind of talk, with replies drawn anew for each, and codes as labels has them."""
    for rows, coded in zip(sampled_rows(talk.turns.links, params.draws, rng), labels, strict=True):
        yield talk.draw(rows, rng, shares(coded, params.informal, params.business))


def _untested(reason: str, members: int) -> dict:
    """The metrics where the codes allow no test."""
    missing = {"status": "missing", "reason": reason}
    return {**missing, "C1": missing, "C2": missing, "members": members, "waves": 0}


def _untold(metrics: dict) -> Result:
    """A result of metrics alone."""
    nobody = pd.DataFrame({name: pd.Series(dtype="str") for name in ("member_a", "member_b")})
    none = {name: pd.Series(dtype=float) for name in (INFORMAL, BUSINESS, "informal_null")}
    partners = nobody.assign(since=pd.Series(dtype="datetime64[ns, UTC]"), **none)
    groups = pd.DataFrame({"group": GROUPS, "pair_waves": 0, "partnerships": 0.0, "per_ten": float("nan")})
    return Result(metrics, partners, groups, None, None)


def _strengthening(
    talk: Talk, graphs: Sequence[Graph], params: Params, rng: np.random.Generator, *, beside: bool
) -> Strengthening:
    found = halves(talk, params)
    later = strengthening(found, params)
    if not beside:
        return Strengthening(later, None, [])
    choices, no_choices = _attempt(lambda: choices_after(talk, graphs, params, rng))
    reciprocal, no_reciprocal = _attempt(lambda: strengthening(found, params, outcome=both_ways_least))
    reasons = {"reciprocal": no_reciprocal, "choices": no_choices}
    return Strengthening(later, reciprocal, choices or [], {name: why for name, why in reasons.items() if why})


Answer = TypeVar("Answer")


def _attempt(test: Callable[[], Answer]) -> tuple[Answer | None, str]:
    """The test's evidence, or why the data do not allow it."""
    try:
        return test(), ""
    except InputError as error:
        return None, error.what


# The tests


@dataclass(frozen=True)
class Asked:
    """How pairs are compared; as it stands, as the step does it.

    kept: places of the members whose pairs count (all by default). amount: what a count of turns enters as. null: which
    relation is relabelled, as mrqap has it. orders: the relabellings, shape (R, kept), in place of those drawn by the
    seed.
    """

    kept: Whole | None = None
    amount: Callable[[Floats], Floats] = np.log1p
    null: str = "dsp"
    orders: Whole | None = None

    def of(self, stack: Floats) -> Floats:
        """The stack (waves, n, n) among the members kept."""
        return stack if self.kept is None else stack[:, self.kept[:, None], self.kept]

    def difference_and_sum(self, counts: Mapping[str, Floats], known: Floats | None = None) -> dict[str, Floats]:
        """Of the two kinds' standardised amounts."""
        informal, business = (self.standard(counts[kind], known) for kind in (INFORMAL, BUSINESS))
        return {"difference": informal - business, "sum": informal + business}

    def standard(self, counts: Floats, known: Floats | None = None) -> Floats:
        """Standardised amounts of exchange among the members kept."""
        return standardised(self.amount(self.of(counts)), known)


AS_SETTLED = Asked()


@dataclass(frozen=True)
class Histories:
    """What C2 regresses: stacks of shape (waves, n, n) up to the start of each wave.

    controls: by name; exchange, equal: a draw each, turns exchanged by kind, all of them or equally measured.
    """

    waves: Waves
    controls: dict[str, Floats]
    exchange: list[dict[str, Floats]]
    equal: list[dict[str, Floats]]
    shuffled: PairShuffles

    def fits(self, term: str, params: Params, asked: Asked) -> Iterator[Fit]:
        """The regression of each draw; term: "informal", beside business exchange, or "difference", beside the sum."""
        for draw, (y, x) in enumerate(self.regressions(term, asked)):
            yield Fit.of(y, x, term, params, draw, asked=asked)

    def regressions(self, term: str, asked: Asked = AS_SETTLED) -> Iterator[Regression]:
        """What each draw's regression takes: y and x by name."""
        began = asked.of(self.waves.began)
        controls = {name: standardised(asked.of(stack), began) for name, stack in self.controls.items()}
        for counts in self.exchange if term == INFORMAL else self.equal:
            if term == INFORMAL:
                x = {kind: asked.standard(counts[kind], began) for kind in (INFORMAL, BUSINESS)}
            else:
                x = asked.difference_and_sum(counts, began)
            yield began, {**x, **controls}


def histories(talk: Talk, waves: Waves, graphs: Sequence[Graph], params: Params, rng: np.random.Generator) -> Histories:
    """The stacks of C2. Raises InputError when no partnership began in a wave or no pair talked."""
    if not waves.events:
        raise InputError("no declared partnership with a date after the first wave and within the time of the chats")
    equal = [equal_before(talk, graph, waves.end, rng) for graph in graphs]
    return histories_of(talk, waves, graphs, equal, pair_shuffles(talk, waves, params, rng), params)


def histories_of(
    talk: Talk,
    waves: Waves,
    graphs: Sequence[Graph],
    equal: Sequence[Graph],
    shuffled: PairShuffles,
    params: Params,
) -> Histories:
    """The stacks of C2 from reply graphs, whole and equally measured, that are drawn already."""
    whole, thinned = ([counted(talk, graph, waves.starts) for graph in some] for some in (graphs, equal))
    return Histories(waves, _controls_of_waves(talk, waves, params), whole, thinned, shuffled)


def counted(talk: Talk, graph: Graph, cuts: Seconds) -> dict[str, Floats]:
    """Turns exchanged before each cut, by kind: shape (cuts, n, n) each."""
    return {kind: talk.between(*weighted(graph[kind]), cuts) for kind in (INFORMAL, BUSINESS)}


def weighted(links: Links) -> tuple[Whole, Whole, Floats | None]:
    """Later and earlier turns, and weights or None."""
    return (*links, None) if len(links) == 2 else links


def preceding(found: Histories, params: Params, asked: Asked = AS_SETTLED) -> Preceding:
    """C2: does informal exchange before a wave go with a partnership that begins in it?

    A discrete-time event history of pairs as one regression over waves (MRQAP, double semi-partialling): partnership
    begun in the wave, on the standardised log of informal exchange before it, beside business exchange, answers of both
    kinds to expect, activity, shared chats and shared sector. Coefficients are per wave. A second regression has the
    difference of the two kinds, equally measured, and their sum instead: a liking that drives all talk moves both.
    Raises InputError where mrqap does.
    """
    at_risk = ~np.isnan(asked.of(found.waves.began))
    n = {
        "members": int(at_risk.any(axis=(0, 2)).sum()),
        "pairs": int(np.triu(at_risk.any(axis=0), 1).sum()),
        "partnerships": int(np.nansum(asked.of(found.waves.began)) / 2),
    }
    informal = _averaged(found.fits(INFORMAL, params, asked), n)
    beyond = _averaged(found.fits("difference", params, asked), n, scale=2.0)
    return Preceding(informal, beyond, found.shuffled.among(asked.kept))


def _controls_of_waves(talk: Talk, waves: Waves, params: Params) -> dict[str, Floats]:
    cuts = waves.starts
    return {
        "activity": talk.activity(cuts),
        "shared_chats": talk.shared_chats(cuts),
        "same_sector": np.broadcast_to(waves.same_sector, waves.began.shape),
        "expected_informal": np.log1p(talk.expected(INFORMAL, cuts, params.hours)),
        "expected_business": np.log1p(talk.expected(BUSINESS, cuts, params.hours)),
    }


def equal_before(talk: Talk, graph: Graph, cut: int, rng: np.random.Generator) -> Graph:
    """Informal and business links between members before the cut, the more frequent kind thinned at random to the
    other's number, or where they have weights to about the other's sum. Raises InputError when one kind has none."""
    before = {kind: _before(talk, graph[kind], cut) for kind in (INFORMAL, BUSINESS)}
    least = min(_amount(links) for links in before.values())
    if least == 0:
        raise InputError("no earlier informal or no earlier business exchange between members")
    return {kind: _picked(links, _kept(links, least, rng)) for kind, links in before.items()}


def _amount(links: Links) -> float:
    return float(links[2].sum()) if len(links) == 3 else float(links[0].size)


def _kept(links: Links, amount: float, rng: np.random.Generator) -> Whole:
    """Rows of a random part of the links that amounts to so much."""
    if len(links) == 3:
        return np.flatnonzero(rng.random(links[0].size) < amount / _amount(links))
    return np.sort(rng.choice(links[0].size, int(amount), replace=False))


def _picked(links: Links, rows: NDArray[np.bool_] | Whole) -> Links:
    return tuple(each[rows] for each in links)  # type: ignore[return-value]


@dataclass(frozen=True)
class Halves:
    """What C1 regresses at one split of the time: stacks of shape (1, n, n), earlier exchange and later ties.

    controls: by name; expected: later exchange outside informal talk to expect; earlier, later: a draw each, turns
    exchanged earlier by kind, equally measured, and directed answers outside informal talk later.
    """

    split: float
    controls: dict[str, Floats]
    expected: Floats
    earlier: list[dict[str, Floats]]
    later: list[Floats]

    def fits(self, outcome: Outcome, params: Params, asked: Asked) -> Iterator[Fit]:
        """The regression of each draw."""
        for draw, (y, x) in enumerate(self.regressions(outcome, asked)):
            yield Fit.of(y, x, "difference", params, draw, self.split, asked)

    def regressions(self, outcome: Outcome, asked: Asked = AS_SETTLED) -> Iterator[Regression]:
        """What each draw's regression takes: y and x by name."""
        controls = {name: standardised(asked.of(stack)) for name, stack in self.controls.items()}
        scale = np.sqrt(asked.of(self.expected) + 1)
        for counts, directed in zip(self.earlier, self.later, strict=True):
            yield standardised(outcome(asked.of(directed)) / scale), {**asked.difference_and_sum(counts), **controls}


def halves(talk: Talk, params: Params) -> list[Halves]:
    """The stacks of C1, one a split, from links weighted by their probability and thinned anew for each draw.

    Raises InputError when there is too little of a kind of talk.
    """
    graphs = [talk.likely] * params.draws
    first, end = span_of(talk)
    cuts = [int(first + split * (end - first)) for split in params.splits]
    equal = [thinned(talk, graphs, cut, params) for cut in cuts]
    each = zip(params.splits, cuts, equal, strict=True)
    return [halves_of(talk, graphs, of_cut, split, (cut, end), params) for split, cut, of_cut in each]


def thinned(talk: Talk, graphs: Sequence[Graph], cut: int, params: Params) -> list[Graph]:
    """Each graph's links before the cut, the two kinds equally many."""
    generators = (np.random.default_rng([params.seed, draw]) for draw in range(len(graphs)))
    return [equal_before(talk, graph, cut, rng) for graph, rng in zip(graphs, generators, strict=True)]


def halves_of(
    talk: Talk,
    graphs: Sequence[Graph],
    equal: Sequence[Graph],
    split: float,
    between: tuple[int, int],
    params: Params,
) -> Halves:
    """The stacks of C1 at one split from graphs that are drawn and thinned already. between: the cut, and the end."""
    cut, end = between
    later = [unmixed(talk, graph, cut, end) for graph in graphs]
    earlier = [counted(talk, graph, np.array([cut])) for graph in equal]
    return Halves(split, *_controls(talk, cut, end, params), earlier, later)


def span_of(talk: Talk) -> tuple[int, int]:
    """The first turn's time and the second after the last's. Raises InputError when there is none."""
    seconds = talk.turns.seconds
    if seconds.size == 0:
        raise InputError("no message of a member was read")
    return int(seconds.min()), int(seconds.max()) + 1


def strengthening(
    found: Sequence[Halves], params: Params, asked: Asked = AS_SETTLED, outcome: Outcome | None = None
) -> Evidence:
    """C1: does earlier informal exchange go with later ties outside informal talk more than earlier business does?

    For each split of the time: standardised later exchange outside informal talk, on the difference of the
    standardised logs of earlier informal and business exchange and on their sum, beside activity, shared chats and
    answers to expect of each kind. All exchange is counted by its probability: to regress on what is expected leaves
    a coefficient as it is (regression calibration; Carroll, Ruppert, Stefanski and Crainiceanu 2006, chapter 4),
    where reply graphs drawn without regard to the outcome bring it near to 0. The splits are early, because once ties
    have grown, business talk shows them too, and the difference is gone (docs/adr/0010). Later exchange is freed of
    the informal talk that is taken for other (unmixed), or a classifier's errors alone would tie it to earlier
    informal talk, and divided by the root of what to expect. The coefficient of the difference is half the difference
    of the two coefficients, and is doubled here. Of the two kinds, the one with more exchange is thinned at random to
    the other's amount, anew for each draw, so that both are measured equally well.
    outcome: how answers of both directions make a pair's tie (added by default). Raises InputError where mrqap does.
    """
    n = asked.of(found[0].expected).shape[1]
    fits = [list(half.fits(outcome or both_ways_added, params, asked)) for half in found]
    in_order = (fit for draw in zip(*fits, strict=True) for fit in draw)
    return _averaged(in_order, {"members": n, "pairs": n * (n - 1) // 2}, scale=2.0)


def choices_after(talk: Talk, graphs: Sequence[Graph], params: Params, rng: np.random.Generator) -> list[EventModel]:
    """C1 asked of each later answer: the relational event model of some drawn graphs. Raises InputError without fit."""
    first, end = span_of(talk)
    cut = int(first + params.splits[0] * (end - first))
    return [later_choices(talk, graph, cut, rng) for graph in graphs[:EVENT_DRAWS]]


def both_ways_added(directed: Floats) -> Floats:
    """A pair's answers in both directions, of shape (waves, n, n)."""
    return directed + np.swapaxes(directed, 1, 2)


def both_ways_least(directed: Floats) -> Floats:
    """The fewer of a pair's answers in the two directions."""
    return np.minimum(directed, np.swapaxes(directed, 1, 2))


def _controls(talk: Talk, cut: int, end: int, params: Params) -> tuple[dict[str, Floats], Floats]:
    """What stands beside earlier exchange, and the later exchange outside informal talk to expect."""
    early, both = np.array([cut]), np.array([cut, end])
    expected = {kind: talk.expected(kind, both, params.hours) for kind in (INFORMAL, BUSINESS, OTHER)}
    later = expected[OTHER][1:] - expected[OTHER][:1]
    controls = {
        "activity": talk.activity(early),
        "shared_chats": talk.shared_chats(early),
        "expected_informal": np.log1p(expected[INFORMAL][:1]),
        "expected_business": np.log1p(expected[BUSINESS][:1]),
        "expected_later": np.log1p(later),
    }
    return controls, later


def unmixed(talk: Talk, graph: Graph, cut: int, end: int) -> Floats:
    """Later answers outside informal talk, without the informal ones that the codes call other: shape (1, n, n).

    Of truly informal answers a share `a` is called informal, of others a share `b`; so (a * called other - (1 - a) *
    called informal) / (a - b) is right on average in every pair (the matrix method of misclassification; Kuha and
    Skinner 1997), though not whole and at times below 0. Raises InputError when codes hardly tell the two apart.
    """
    a, b = talk.told
    if not a - b > LEAST_TOLD:
        raise InputError("the codes hardly tell informal talk from other talk")
    both = np.array([cut, end])
    counts = {kind: talk.directed(*weighted(graph[kind]), both) for kind in (OTHER, INFORMAL)}
    later = {kind: count[1:] - count[:1] for kind, count in counts.items()}
    return (a * later[OTHER] - (1 - a) * later[INFORMAL]) / (a - b)


def later_choices(talk: Talk, graph: Graph, cut: int, rng: np.random.Generator) -> EventModel:
    """Whom members answer outside informal talk after the cut, as a relational event model (Butts 2008).

    History is the pair's earlier informal and business exchange, thinned to equal amounts; beside their difference and
    sum stand inertia, reciprocity, recency, activity and participation shifts within the chat.
    """
    end = int(talk.turns.seconds.max()) + 1
    equal = equal_before(talk, graph, end, rng)
    parts = [_before(talk, graph[OTHER], end), equal[INFORMAL], equal[BUSINESS]]
    kind = np.repeat([0, 1, 2], [links[0].size for links in parts])
    later, earlier = (np.concatenate([links[end] for links in parts]) for end in (0, 1))
    order = np.lexsort((kind, later, talk.turns.seconds[later]))  # an answer comes before its own trace in the history
    later, earlier, kind = later[order], earlier[order], kind[order]
    member, channel = talk.turns.turns["member"].to_numpy(), talk.turns.turns["channel"].to_numpy()
    informal, business, either = exchanged_before(kind == 1), exchanged_before(kind == 2), kind > 0
    effects = {
        "difference": lambda history: informal(history) - business(history),
        "sum": lambda history: informal(history) + business(history),
        "inertia": lambda history: np.log1p(history.before(history.source, history.target, either)),
        "reciprocity": lambda history: np.log1p(history.before(history.target, history.source, either)),
        **standard(*CHOICE_EFFECTS),
    }
    return relational_events(
        member[later], member[earlier], effects, members=talk.turns.n, stratum=channel[later], controls=CONTROLS,
        modelled=(kind == 0) & (talk.turns.seconds[later] >= cut), seed=int(rng.integers(2**31)),
    )  # fmt: skip


def _before(talk: Talk, linked: Links, cut: int) -> Links:
    """The links between different members whose answer came before the cut."""
    later, earlier, _ = weighted(linked)
    member = talk.turns.turns["member"].to_numpy()
    return _picked(linked, (talk.turns.seconds[later] < cut) & (member[later] != member[earlier]))


@dataclass(frozen=True)
class Fit:
    """One regression's term. influence: shape (cases,), of the coefficient; ends: shape (cases, 2), members."""

    draw: int
    split: float
    coef: float
    statistic: float
    permuted: Floats
    influence: Floats
    ends: Whole

    @classmethod
    def of(
        cls,
        y: Floats,
        x: Mapping[str, Floats],
        term: str,
        params: Params,
        draw: int,
        split: float = 1.0,
        asked: Asked = AS_SETTLED,
    ) -> Fit:
        """The regression of y on x, of which what does not vary is left out. Raises InputError if the term is."""
        varying = {name: stack for name, stack in x.items() if np.nanmax(np.abs(stack), initial=0) > 0}
        if term not in varying:
            raise InputError(f"the {term} exchange is the same in every pair")
        fit = mrqap(
            y, varying, directed=False, null=asked.null, permutations=params.permutations, seed=params.seed,
            test=[term], orders=asked.orders,
        )  # fmt: skip
        row, column = fit.table.loc[term], fit.table.index.get_loc(term)
        permuted, influence = fit.permuted[term].to_numpy(), fit.influence[:, column]
        return cls(draw, split, row["coef"], row["statistic"], permuted, influence, fit.ends)


def _averaged(fits: Iterator[Fit], n: dict[str, int], scale: float = 1.0) -> Evidence:
    """The mean over fits; coefficients times scale.

    All fits relabel members in the same orders, so that their permuted statistics average order by order; and all have
    the same cases, so that their influences average case by case, which gives the mean coefficient's error.
    """
    each = list(fits)
    table = pd.DataFrame(
        {name: [getattr(fit, name) for fit in each] for name in ("draw", "split", "coef", "statistic")}
    )
    table["coef"] *= scale
    mean = np.mean([fit.influence for fit in each], axis=0)[:, None] * scale
    return Evidence(
        coef=float(table["coef"].mean()),
        se=float(dyadic_errors(mean, *each[0].ends.T)[0]),
        statistic=float(table["statistic"].mean()),
        permuted=np.mean([fit.permuted for fit in each], axis=0),
        fits=table,
        n=n,
    )


@dataclass(frozen=True)
class PairShuffles:
    """Informal exchange of partners before their partnership. ends: shape (pairs, 2), places of the members; observed:
    shape (pairs,); null: shape (shuffles, pairs), under shuffled senders.
    """

    ends: Whole
    observed: Floats
    null: Floats

    def among(self, kept: Whole | None = None) -> Shuffle:
        """The sum over the pairs of these members, each divided by the root of what the shuffle lets expect (plus 1),
        so that a few talkative pairs do not decide."""
        pairs = slice(None) if kept is None else np.isin(self.ends, kept).all(axis=1)
        observed, null = self.observed[pairs], self.null[:, pairs]
        scale = 1 / np.sqrt(null.mean(axis=0) + 1)
        return Shuffle(float(observed @ scale), null @ scale)


def pair_shuffles(talk: Talk, waves: Waves, params: Params, rng: np.random.Generator) -> PairShuffles:
    """The second test of C2: do partners answer each other informally, before they are partners, more than whoever
    writes in the same chat and hours would?

    Senders are shuffled within chat and hours. Links that a shuffle turns into self-links are made up for by the others
    (nulls.chance_of_tie).
    """
    linked, member = talk.linked[INFORMAL], talk.turns.turns["member"].to_numpy()
    later, earlier = linked["later"].to_numpy(), linked["earlier"].to_numpy()
    cross = member[later] != member[earlier]
    later, earlier, weight = later[cross], earlier[cross], linked["probability"].to_numpy()[cross]
    blocks = nulls.hour_blocks(talk.turns, params.hours)
    pair, since = waves.pairs
    seconds = talk.turns.seconds[later]

    def exchange_of_pairs(member: Whole, weight: Floats) -> Floats:
        cell = pair[member[later], member[earlier]]
        rows = (cell >= 0) & (seconds < since[cell])
        return np.bincount(cell[rows], weights=weight[rows], minlength=since.size).astype(float)

    fair = weight / nulls.chance_of_tie(talk.turns, later, earlier, blocks)
    places = nulls.keeping_who_writes_when(blocks, params.shuffles, rng)
    null = np.array([exchange_of_pairs(member[place], fair) for place in places])
    ends = np.argwhere(np.triu(pair >= 0, 1))  # in the order in which pairs are numbered
    return PairShuffles(ends, exchange_of_pairs(member, weight), null)


# What is told


def _c1_metrics(found: Strengthening, params: Params) -> dict:
    beside: dict = {}
    if found.reciprocal:
        p = resample.p_greater(found.reciprocal.permuted, found.reciprocal.statistic)
        beside["reciprocal"] = {**_interval(found.reciprocal, 1.0, params.confidence), "p": p}
    if found.choices:
        beside["choices"] = _choices_metrics(found.choices, params.confidence)
    if found.without:
        beside["without"] = dict(found.without)
    return c1_numbers(found.later, params) | beside


def c1_numbers(later: Evidence, params: Params) -> dict:
    """C1: deviations of later ties by which a deviation of informal exchange goes further than one of business."""
    return {
        "status": "ok",
        **_interval(later, 1.0, params.confidence),
        "p": resample.p_greater(later.permuted, later.statistic),
        "p_two_sided": resample.p_greater(np.abs(later.permuted), abs(later.statistic)),
        "n": later.n,
    }


def _choices_metrics(models: Sequence[EventModel], confidence: float) -> dict:
    """The event models' log odds of an answer per log unit of informal less business exchange, pooled (Rubin 1987)."""
    coef = np.array([2 * model.table.loc["difference", "coef"] for model in models])
    within = np.array([2 * model.table.loc["difference", "se"] for model in models]) ** 2
    between = coef.var(ddof=1) * (1 + 1 / coef.size) if coef.size > 1 else 0.0
    error = np.sqrt(within.mean() + between)
    reach = stats.norm.ppf((1 + confidence) / 2) * error
    value = coef.mean()
    ends = {"low": value - reach, "high": value + reach, "p": stats.norm.sf(value / error)}
    return {"value": float(value), **{k: float(v) for k, v in ends.items()}, "events": int(models[0].events)}


def c2_numbers(evidence: Preceding, waves: Waves, params: Params, of: str = "informal") -> dict:
    """C2: partnerships a pair, over all waves, that a deviation more of informal exchange goes with.

    of: the term that gives value and interval, informal or beyond_business. Three tests must agree: p is the largest
    of theirs (Berger 1982).
    """
    informal, beyond, shuffle = evidence.informal, evidence.beyond_business, evidence.shuffle
    p = {
        "p_members": resample.p_greater(informal.permuted, informal.statistic),
        "p_senders": resample.p_greater(shuffle.null, shuffle.observed),
        "p_beyond_business": resample.p_greater(beyond.permuted, beyond.statistic),
    }
    scale = float(len(waves.starts))
    return {
        "status": "ok",
        **_interval(getattr(evidence, of), scale, params.confidence),
        "p": max(p.values()),
        **p,
        "p_two_sided": resample.p_greater(np.abs(informal.permuted), abs(informal.statistic)),
        "beyond_business": scale * beyond.coef,
        "n": informal.n,
    }


def _interval(evidence: Evidence, scale: float, confidence: float) -> dict[str, float]:
    """value, low, high of the mean coefficient times scale; link_low, link_high: its range between draws.

    The interval takes the dyadic-cluster-robust error of the mean and what the number of drawn graphs adds, with t of
    members - 2 degrees of freedom.
    """
    by_draw = evidence.fits.groupby("draw")["coef"].mean()
    drawn = by_draw.var(ddof=1) / len(by_draw) if len(by_draw) > 1 else 0.0
    reach = stats.t.ppf((1 + confidence) / 2, max(evidence.n["members"] - 2, 1)) * np.sqrt(evidence.se**2 + drawn)
    ends = {"low": evidence.coef - reach, "high": evidence.coef + reach}
    spread = {"link_low": by_draw.min(), "link_high": by_draw.max()}
    return {name: float(number * scale) for name, number in {"value": evidence.coef, **ends, **spread}.items()}


def partners_table(talk: Talk, waves: Waves, hours: float) -> pd.DataFrame:
    """The partnerships that began in a wave: member_a, member_b, since, and expected exchange before it; informal_null:
    what shuffled senders would give."""
    a, b = np.nonzero(np.triu(np.nansum(waves.began, axis=0) > 0, 1))
    wave = np.nanargmax(waves.began[:, a, b], axis=0) if a.size else np.empty(0, dtype=int)
    people = talk.turns.members.to_numpy()
    frame = pd.DataFrame({"member_a": people[a], "member_b": people[b]})
    frame["since"] = pd.to_datetime(waves.since[a, b], unit="s", utc=True)
    for kind in (INFORMAL, BUSINESS):
        frame[kind] = _exchange_before(talk, kind, waves.starts)[wave, a, b]
    frame["informal_null"] = talk.expected(INFORMAL, waves.starts, hours)[wave, a, b]
    return frame.sort_values(["since", "member_a", "member_b"], ignore_index=True)


def _exchange_before(talk: Talk, kind: str, cuts: Seconds) -> Floats:
    """Expected exchange of each pair before each cut, both ways: shape (cuts, n, n)."""
    linked = talk.linked[kind]
    later, earlier, weight = (linked[name].to_numpy() for name in ("later", "earlier", "probability"))
    return talk.between(later, earlier, weight, cuts)


GROUPS = ("hardly any", "lower third", "middle third", "upper third")


def by_informal_exchange(talk: Talk, waves: Waves) -> pd.DataFrame:
    """Partnerships begun by how much the pair had talked informally before the wave.

    group: hardly any (below half a turn), and thirds of the other pairs of the wave; pair_waves, partnerships; per_ten:
    partnerships per ten pairs over all waves at that rate.
    """
    amount = _exchange_before(talk, INFORMAL, waves.starts)
    rows = []
    upper = np.triu(np.ones(waves.same_sector.shape, dtype=bool), 1)
    for before, began in zip(amount, waves.began, strict=True):
        at_risk = upper & ~np.isnan(began)
        talked = at_risk & (before >= 0.5)
        group = np.zeros(before.shape, dtype=int)
        rank = stats.rankdata(before[talked], method="ordinal") - 1
        group[talked] = 1 + 3 * rank // max(rank.size, 1)
        rows.append(pd.DataFrame({"group": group[at_risk], "partnerships": began[at_risk]}))
    counts = pd.concat([pd.DataFrame({"group": [], "partnerships": []}), *rows]).groupby("group")["partnerships"]
    frame = counts.agg(pair_waves="size", partnerships="sum").reindex(range(4), fill_value=0).reset_index(drop=True)
    frame.insert(0, "group", GROUPS)
    rate = frame["partnerships"] / frame["pair_waves"].where(frame["pair_waves"] > 0)
    return frame.assign(per_ten=10 * len(waves.starts) * rate)
