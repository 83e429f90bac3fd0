"""The step `network`: who answers whom, and what structure this has beyond how much and when members write."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from functools import cached_property
from itertools import pairwise
from typing import Any

import numpy as np
import pandas as pd
from scipy import sparse

from analysis import memory, study, tables
from analysis.arrays import Floats
from analysis.coding.corrected import probability_draws
from analysis.coding.floor import known_of_all
from analysis.errors import InputError, Missing, stage
from analysis.network import layers, measures, structure, windows
from analysis.network.drawn import as_table, link_of, revised
from analysis.network.groups import Communities, Core, communities, core_periphery, participation
from analysis.network.posterior import PRIORS, joint
from analysis.network.replies import adapt, infer_replies
from analysis.network.replies.adapt import Adaptation, Labels
from analysis.network.replies.hidden import hidden_replies
from analysis.network.replies.infer import Scored, scored_channels
from analysis.network.replies.labels import read_labels
from analysis.network.replies.reweighted import reweighted
from analysis.network.replies.scores import OVERCONFIDENCE, f_score, overconfidence
from analysis.network.replies.share import ShareOfAnswers, share_of_answers
from analysis.network.ties import CodedRows, Exchange, exchange, matrix_of, share_of
from analysis.resample import seed_of

PARTS = 4  # equal parts of the time, in the sociogram
PARAMETER_DRAWS = 12  # sets of the adaptation's parameters, and of codes, under which reply graphs are drawn
KEPT = PARAMETER_DRAWS * len(PRIORS)  # reply graphs that later steps take up: each prior with each set once
ROWS = 4_000_000  # about the most rows that the table of these graphs may have


@dataclass(frozen=True)
class Params:
    """informal, business: codes of the two kinds of talk, a layer each; gap_s: silence (seconds) that ends a turn;
    least: turns from which a tie counts as present; hours: length of a null model's blocks; draws: sampled reply
    graphs; slow_draws: the number of them in which members, groups and triads are measured; windows: lengths of the
    windows over time, as the number of windows that make up the whole; engine: networkx or igraph; confidence; seed.
    """

    informal: Sequence[str]
    business: Sequence[str]
    gap_s: float
    least: float
    hours: float
    draws: int
    slow_draws: int
    windows: Sequence[int]
    engine: str
    confidence: float
    seed: int


@dataclass(frozen=True)
class Data:
    """What the step reads: tables of the steps ingest (messages, members, annotations) and coding (coded; held_out, the
    coders' codes of messages that the classifier coded without them, from which its error is drawn)."""

    messages: pd.DataFrame
    members: pd.DataFrame
    coded: pd.DataFrame
    annotations: pd.DataFrame
    held_out: pd.DataFrame | None = None

    @cached_property
    def scored(self) -> list[Scored]:
        """Each channel's messages with their possible answers, which the model scores once."""
        return list(scored_channels(self.messages))

    @property
    def everyone(self) -> pd.Index:
        """The members, silent ones too."""
        return pd.Index(self.members["member"])

    @property
    def agreed(self) -> frozenset[str]:
        """Members who agreed to be shown by themselves."""
        return tables.agreed(self.members)


@dataclass(frozen=True)
class MemberGroups:
    """The relation of expected answers, shape (n, n), and the communities and the core that members form in it."""

    relation: sparse.csr_array
    communities: Communities
    core: Core


@dataclass(frozen=True)
class Results:
    """What the step writes: the results of its stages, each of which but the replies may be Missing."""

    adaptation: Adaptation | Missing
    effect: pd.DataFrame | Missing
    annotated: dict[str, Any] | Missing
    replies: pd.DataFrame
    turns: Exchange | Missing
    hidden: dict[str, Any] | Missing
    sureness: pd.Series | Missing
    layers: pd.DataFrame | Missing
    ties: pd.DataFrame | Missing
    groups: MemberGroups | Missing
    members: pd.DataFrame | Missing
    counts: dict[str, float] | Missing
    draws: structure.Draws | Missing
    structure: pd.DataFrame | Missing
    scores: pd.DataFrame | Missing
    periods: pd.DataFrame | Missing
    answering: ShareOfAnswers | Missing


def run(params: Params, paths: study.Paths) -> dict[str, Any]:
    """Infer replies, build the layers of ties, compare structure with null models; write tables and metrics."""
    return write(paths, assess(read(paths, params), params))


def read(paths: study.Paths, params: Params) -> Data:
    """The tables of the earlier steps, whatever the parameters."""
    ingested = paths.processed("ingest")
    messages = tables.read(ingested / "messages.parquet", tables.Messages)
    members = tables.community(tables.read(ingested / "members.parquet", tables.Members))
    coded = known_of_all(tables.read(paths.processed("coding") / "coded.parquet", tables.Coded), messages)
    annotations = tables.read(ingested / "annotations.parquet", tables.Annotations)
    return Data(messages, members, coded, annotations, tables.read(paths.processed("coding") / "held_out.parquet"))


def assess(data: Data, params: Params) -> Results:
    """Run every stage of the step, as the notebook shows them cell by cell."""
    least, engine, confidence, seed = params.least, params.engine, params.confidence, params.seed
    labels = labels_of(data)
    adaptation = adapted(labels, seed=seed)
    replies = infer_replies(data.messages, adaptation=adaptation, scored=data.scored)
    turns = turns_of(data, replies, gap_s=params.gap_s)
    turns = drawn_jointly(
        turns, data, replies, adaptation, informal=params.informal, hours=params.hours, draws=params.draws,
        seed=seed,
    )  # fmt: skip
    answers = answers_of(turns, replies)
    codes = {layers.INFORMAL: params.informal, "business": params.business}
    by_period = layers_by_period(turns, data, codes, draws=params.draws, confidence=confidence, seed=seed)
    ties = reply_ties(by_period)
    groups = groups_of(turns, ties, least=least, engine=engine, seed=seed)
    members = members_of(turns, groups, least=least, engine=engine, seed=seed)
    graphs = reply_graphs(turns, hours=params.hours, draws=params.draws, seed=seed)
    draws = measured(graphs, groups, least=least, slow_draws=params.slow_draws, engine=engine)
    return Results(
        adaptation=adaptation,
        effect=effect_of_adaptation(labels, adaptation, seed=seed),
        annotated=annotated(data, labels),
        replies=replies,
        turns=turns,
        hidden=hidden_score(data, adaptation, seed=seed),
        sureness=sureness(data, answers),
        layers=by_period,
        ties=ties,
        groups=groups,
        members=members,
        counts=counts(data, answers, turns, members, least=least),
        draws=draws,
        structure=whole(draws, confidence),
        scores=each(draws, confidence),
        periods=over_time(turns, data, lengths=params.windows, least=least, confidence=confidence, seed=seed),
        answering=answering_others(data, replies, labels, adaptation, confidence=confidence, seed=seed),
    )


# Stages


whole = stage(structure.summary)
each = stage(structure.scores_summary)
minus_nulls = stage(structure.minus_nulls)
reply_graphs = stage(structure.ReplyGraphs)


@stage
def labels_of(data: Data) -> Labels:
    """The annotated messages with their candidates (replies.labels)."""
    return read_labels(data.messages, data.annotations, scored=data.scored)


@stage
def adapted(labels: Labels, *, seed: int) -> Adaptation:
    """The reply model's adaptation to the study's annotations (replies.adapt.fit)."""
    return adapt.fit(labels, seed=seed_of(seed, "folds of annotations"))


@stage
def effect_of_adaptation(labels: Labels, adaptation: Adaptation, *, seed: int) -> pd.DataFrame:
    """The model as it came and adapted, on annotated messages that it was not fitted to (adapt.cross_fitted).

    Columns: model; stated, right: mean probability of the likeliest answers, and the share of them that is right, the
    annotators' errors allowed for; overconfidence, stated minus right, with its 95% interval (_low, _high; messages
    resampled); f, against the annotators' answers.
    """
    each = adapt.cross_fitted(labels, adaptation, seed=seed_of(seed, "folds of annotations"))
    count = {"inferred": each["annotators"].sum(), "annotated": each["answers"].sum()}
    rows = []
    for model, when in (("as it came", "before"), ("adapted", "after")):
        stated, right = each[f"stated_{when}"].to_numpy(), each[f"right_{when}"].to_numpy()
        excess = overconfidence(stated, right, seed=seed_of(seed, "stated and right"))
        row = {"model": model, "stated": stated.mean(), "right": right.mean()}
        correct = (each[f"marked_{when}"] * each["annotators"]).sum()
        rows.append(row | dict(zip(OVERCONFIDENCE, excess, strict=True)) | {"f": f_score(count | {"correct": correct})})
    return pd.DataFrame(rows)


@stage
def annotated(data: Data, labels: Labels) -> dict[str, Any]:
    """The annotations: annotators, messages that serve as labels, those left out because their reply is explicit or
    because they are not by a member of the study (unknown), F of the annotators against each other, and the table's
    SHA-256."""
    rows = data.annotations.fillna("").sort_values(list(tables.Annotations.columns))
    return {
        "status": "ok",
        "annotators": data.annotations["annotator"].nunique(),
        "messages": len(labels),
        "explicit": labels.explicit,
        "unknown": labels.unknown,
        "f": adapt.f_of_annotators(labels),
        "sha256": hashlib.sha256(rows.to_csv(index=False, lineterminator="\n").encode()).hexdigest(),
    }


def hidden_score(data: Data, adaptation: Adaptation | Missing, *, seed: int) -> dict[str, Any] | Missing:
    """Share of explicit replies to other members that is found when hidden (replies.hidden), by link and by member.

    found; stated, the mean probability of what is found; overconfidence, stated minus found, with its interval; last:
    the share found by taking the last message by another member. A model that is not adapted is scored as it came.
    """
    used = adaptation if isinstance(adaptation, Adaptation) else None
    return _shares_found(stage(hidden_replies)(data.messages, adaptation=used), seed)


@stage
def _shares_found(hidden: pd.DataFrame, seed: int) -> dict[str, Any]:
    result: dict[str, Any] = {"status": "ok", "messages": len(hidden)}
    for of, suffix in (("links", ""), ("members", "_member")):
        stated, found, last = (hidden[f"{name}{suffix}"].to_numpy(float) for name in ("stated", "right", "last"))
        excess = overconfidence(stated, found, seed=seed_of(seed, f"hidden {of}"))
        shares = {"found": found.mean(), "stated": stated.mean(), "last": last.mean()}
        result[of] = shares | dict(zip(OVERCONFIDENCE, excess, strict=True))
    return result


@stage
def sureness(data: Data, replies: pd.DataFrame) -> pd.Series:
    """Probability of the likeliest answer (a message, none) of each message whose reply is inferred, by message_id."""
    messages = data.messages
    inferred = messages.loc[messages["member"].notna() & messages["reply_to"].isna(), "message_id"]
    best = replies.groupby("message_id", sort=False)["probability"].max()
    if not best.index.isin(inferred).any():
        raise InputError("no reply had to be inferred")
    return best[best.index.isin(inferred)]


@stage
def turns_of(data: Data, replies: pd.DataFrame, *, gap_s: float) -> Exchange:
    """The messages as turns, and the links between turns (ties.exchange)."""
    if data.messages["member"].isna().all():
        raise InputError("no message of a member was read")
    return exchange(data.messages, replies, data.everyone, gap_s=gap_s)


def drawn_jointly(
    turns: Exchange | Missing, data: Data, replies: pd.DataFrame, adaptation: Adaptation | Missing, *,
    informal: Sequence[str], hours: float, draws: int, seed: int
) -> Exchange | Missing:  # fmt: skip
    """The turns with reply graphs drawn jointly with the rates of pairs (posterior.joint), under PARAMETER_DRAWS sets
    of the adaptation's parameters, if the model is adapted, and of the classifier's errors, if coders read messages
    that it coded. Without any link the turns are unchanged."""
    sets: list[Floats] = []
    if isinstance(adaptation, Adaptation) and isinstance(turns, Exchange):
        rng = np.random.default_rng(seed_of(seed, "parameters of the adaptation"))
        drawn = [adaptation.drawn(rng) for _ in range(PARAMETER_DRAWS)]
        row = link_of(turns, replies["message_id"], replies["reply_to"])
        probabilities = reweighted(data.messages, replies, drawn, scored=data.scored)
        sets = [np.bincount(row[row >= 0], p[row >= 0], len(turns.links)).astype(float) for p in probabilities]
    shares = drawn_shares(data, informal, seed=seed)
    return _drawn_jointly(turns, share_of(data.coded, informal), sets, shares, hours=hours, draws=draws, seed=seed)


def drawn_shares(data: Data, informal: Sequence[str], *, seed: int) -> list[pd.Series]:
    """PARAMETER_DRAWS draws of the probability that each message is informal, given the classifier's errors; none where
    no message was coded by both coders and classifier."""
    held_out = data.held_out
    if held_out is None or held_out.empty:
        return []
    own, labelled = (table[table["code"].isin(informal)] for table in (data.coded, held_out))
    member, own_seed = data.messages.set_index("message_id")[["member"]], seed_of(seed, "codes of reply graphs")
    drawn = probability_draws(own, labelled, member, draws=PARAMETER_DRAWS, seed=own_seed)
    rows = CodedRows.of(own, informal)
    return [rows.share(each["probability"]) for each in drawn]


@stage
def _drawn_jointly(
    turns: Exchange, share: pd.Series, sets: Sequence[Floats], shares: Sequence[pd.Series], *, hours: float, draws: int,
    seed: int
) -> Exchange:  # fmt: skip
    if turns.links.empty:
        return turns
    own_seed = seed_of(seed, "replies and network")
    graphs = joint(turns, share, hours=hours, draws=draws, seed=own_seed, probabilities=sets, shares=shares)
    return graphs.applied(turns)


def answers_of(turns: Exchange | Missing, replies: pd.DataFrame) -> pd.DataFrame:
    """The replies with their probabilities by the joint posterior (drawn.revised); unchanged without turns."""
    return replies if isinstance(turns, Missing) else revised(replies, turns)


@stage
def layers_by_period(
    turns: Exchange, data: Data, codes: Mapping[str, Sequence[str]], *, draws: int, confidence: float, seed: int
) -> pd.DataFrame:
    """The ties of every layer over the whole time (period 0) and in each of PARTS equal parts of it (1, 2, ...).

    codes: for each layer of a kind of talk, its codes; a layer is left out where one of them is not known for all
    messages. Columns: period, start, end, and those of Ties.
    """
    memory.give_back()  # memory that earlier stages no longer need, half of the process's in a large study
    known = set(data.coded["code"])
    kinds = {kind: share_of(data.coded, names) for kind, names in codes.items() if known.issuperset(names)}
    first, last = turns.span
    edges = np.unique(np.linspace(first, last, PARTS + 1).astype(int)).tolist()
    frames = []
    for period, (start, end) in enumerate([(first, last), *pairwise(edges)]):
        times = {name: pd.Timestamp(second, unit="s", tz="UTC") for name, second in (("start", start), ("end", end))}
        written = data.messages[data.messages["time"].between(*times.values(), inclusive="left")]
        answers = layers.within(turns, start, end)
        own_seed = seed_of(seed, f"layers of period {period}")
        part = layers.table(answers, written, kinds, draws=draws, confidence=confidence, seed=own_seed)
        frames.append(part.assign(period=period, **times)[["period", *times, *part.columns]])
    return pd.concat(frames, ignore_index=True)


@stage
def reply_ties(by_period: pd.DataFrame) -> pd.DataFrame:
    """The ties of the layer of replies over the whole time, columns of Ties."""
    return by_period.loc[(by_period["period"] == 0) & (by_period["layer"] == layers.REPLY), list(tables.Ties.columns)]


@stage
def answering_others(
    data: Data, replies: pd.DataFrame, labels: Labels, adaptation: Adaptation, *, confidence: float, seed: int
) -> ShareOfAnswers:
    """Share of messages that answer another member, corrected by the annotations (replies.share)."""
    own_seed = seed_of(seed, "folds of annotations")
    used = data.annotations, labels, adaptation
    return share_of_answers(data.messages, replies, *used, confidence=confidence, seed=own_seed)


@stage
def groups_of(turns: Exchange, ties: pd.DataFrame, *, least: float, engine: str, seed: int) -> MemberGroups:
    """Communities by the ties' weights, and the core by the ties of at least `least` expected turns."""
    relation = matrix_of(ties, turns.members)
    division = communities(relation, seed=seed_of(seed, "communities"), engine=engine)
    return MemberGroups(relation, division, core_periphery(relation >= least, seed=seed_of(seed, "core")))


@stage
def members_of(turns: Exchange, groups: MemberGroups, *, least: float, engine: str, seed: int) -> pd.DataFrame:
    """One row per member: structure.of_members, coreness (on ties of at least `least`), core, community, participation.

    If there are too many members to follow all paths, betweenness is estimated, and betweenness_error is its standard
    error (measures.sampled_betweenness).
    """
    relation, division = groups.relation, groups.communities.members
    paths = structure.with_paths(turns.n, engine)
    table = structure.of_members(relation, least, turns.written, engine, paths=paths)
    if not paths:
        value, error = measures.sampled_betweenness(relation >= least, seed=seed_of(seed, "betweenness"))
        table = table.assign(betweenness=value, betweenness_error=error)
    table.insert(0, "member", turns.members.to_numpy())
    coreness, spread = measures.coreness(relation >= least, engine=engine), participation(relation, division)
    return table.assign(coreness=coreness, core=groups.core.members, community=division, participation=spread)


@stage
def counts(
    data: Data, replies: pd.DataFrame, turns: Exchange, members: pd.DataFrame, *, least: float
) -> dict[str, float]:
    """Members, messages, turns and replies: how many were explicit, how many are expected.

    starts: messages expected to start a thread. expected_replies: turns expected to answer another member's. least: as
    given. unconnected: members whose answers, given and received, add up to less than it.
    """
    messages, strength = data.messages, members["out_strength"] + members["in_strength"]
    written = messages["member"].notna()
    return {
        "members": turns.n,
        "messages": int(written.sum()),
        "turns": len(turns.turns),
        "explicit_replies": int((written & messages["reply_to"].notna()).sum()),
        "starts": float(replies.loc[replies["reply_to"].isna(), "probability"].sum() - (~written).sum()),
        "expected_replies": float(members["out_strength"].sum()),
        "least": least,
        "unconnected": int((strength < least).sum()),
    }


@stage
def measured(
    graphs: structure.ReplyGraphs, groups: MemberGroups, *, least: float, slow_draws: int, engine: str
) -> structure.Draws:
    """The measures of every reply graph, as observed and under each null model (structure.measured)."""
    memory.give_back()
    return structure.measured(graphs, groups.communities.members, least=least, slow_draws=slow_draws, engine=engine)


def over_time(
    turns: Exchange | Missing, data: Data, *, lengths: Sequence[int], least: float, confidence: float, seed: int
) -> pd.DataFrame | Missing:
    """windows.structure_over_time. Raises InputError, rather than returning Missing, for a length below 1, or none."""
    if min(lengths, default=0) < 1:
        what = f"network.windows: {lengths} is not how many windows make up the whole"
        raise InputError(what, fix="Give numbers from 1.")
    joined = data.members.set_index("member")["joined"]
    return stage(windows.structure_over_time)(
        turns, data.messages, joined, lengths=lengths, least=least, confidence=confidence, seed=seed
    )


# Results


def kept(turns: Exchange) -> int:
    """Number of reply graphs that later steps use: KEPT, or fewer with many messages, equally many per prior, so that
    their table has at most about ROWS rows: the more answers there are, the less a graph depends on each."""
    rounds = ROWS // max(len(turns.answering[1]), 1) // len(PRIORS)
    return min(KEPT, max(rounds, 1) * len(PRIORS))


def write(paths: study.Paths, results: Results) -> dict[str, Any]:
    """Write the step's tables and metrics; returns the metrics."""
    memory.give_back()
    schemas = {"replies": tables.Replies, "reply_draws": tables.ReplyDraws, "ties": tables.Ties}
    tables.write_all(tables_of(results), paths.results.processed("network"), **schemas)
    metrics = metrics_of(results)
    study.write_metrics(paths, "network", metrics)
    return metrics


def tables_of(results: Results) -> dict[str, pd.DataFrame]:
    """The step's tables by file name: those that later steps read, if need be without rows, and others that there
    are."""
    turns, ties, draws = results.turns, results.ties, results.draws
    drawn = tables.empty(tables.ReplyDraws)
    if not isinstance(turns, Missing):
        drawn = as_table(turns, results.replies, kept(turns))
    made = {
        "replies": results.replies,
        "reply_draws": drawn,
        "ties": tables.empty(tables.Ties) if isinstance(ties, Missing) else ties,
        **{name: getattr(results, name) for name in ("layers", "members", "structure", "scores", "periods")},
        "structure_draws": draws if isinstance(draws, Missing) else draws.network,
        "member_draws": draws if isinstance(draws, Missing) else draws.members,
    }
    return {f"{name}.parquet": table for name, table in made.items() if not isinstance(table, Missing)}


def metrics_of(results: Results) -> dict[str, Any]:
    """The step's metrics; if there is no network, status says so, and the other metrics remain."""
    r = results
    of_network = _metrics(r.groups, r.members, r.counts, r.draws, r.structure)
    if isinstance(of_network, Missing):
        of_network = {"status": "missing", "reason": of_network.reason}
    own = {"hidden": r.hidden, "mean_sureness": stage(pd.Series.mean)(r.sureness)}
    own |= {"adaptation": _adaptation_metrics(r.adaptation, r.effect), "annotated": r.annotated}
    return of_network | own | {"answering": stage(asdict)(r.answering)}


@stage
def _adaptation_metrics(adaptation: Adaptation, effect: pd.DataFrame) -> dict[str, Any]:
    by_model = effect.set_index(effect["model"].str.replace(" ", "_")).drop(columns="model")
    fitted = asdict(adaptation) | {"errors": adaptation.errors}
    del fitted["covariance"]  # used only for draws
    return {"status": "ok"} | fitted | {"effect": by_model.T.to_dict()}


@stage
def _metrics(
    groups: MemberGroups, members: pd.DataFrame, counts: dict[str, float], draws: structure.Draws, table: pd.DataFrame
) -> dict[str, Any]:
    """The metrics. table: the whole network's measures, of every kind of graph."""
    tied, division = members["out_strength"] + members["in_strength"] > 0, groups.communities
    number = int(members.loc[tied, "community"].nunique())
    return {
        "status": "ok",
        **counts,
        "communities": {"number": number, "modularity": division.modularity, "stability": division.stability},
        "core": {"members": int(groups.core.members.sum()), "fit": groups.core.fit},
        "slow_draws": draws.members["draw"].nunique(),
        "structure": {of: rows.set_index("measure").drop(columns="of").T.to_dict() for of, rows in table.groupby("of")},
    }
