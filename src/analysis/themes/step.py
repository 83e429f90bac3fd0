"""The step themes: themes of the interviews (C4), how they are connected, and a comparison with the chats."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
import pandas as pd

from analysis import approvals, study, tables
from analysis import codebook as codebooks
from analysis.codebook import Codebook
from analysis.coding.anchors import check_anchors
from analysis.coding.floor import below_floor, known_of_all
from analysis.coding.human import CONSENSUS
from analysis.errors import InputError, Missing, stage
from analysis.resample import seed_of
from analysis.themes import chat, coreq, saturation, theory
from analysis.themes.chat import ChatNetwork, chat_rows, settings
from analysis.themes.compare import Comparison, compare_groups
from analysis.themes.ena import EpistemicNetwork
from analysis.themes.facts import codebook_facts, sample_facts, saturation_in_words, theme_facts
from analysis.themes.matrix import (
    SIDES,
    by_group,
    coded_turns,
    cooccurrence,
    deviant_cases,
    prevalence,
    shown_alone,
    shuffled_cooccurrence,
    thematic_matrix,
)
from analysis.themes.quotations import choose, negative_cases, spans, themed_passages
from analysis.themes.saturation import CodesHeard, RandomOrders, Saturation
from analysis.themes.triangulation import chat_measures, self_reports, word_and_deed


@dataclass(frozen=True)
class Params:
    """The parameters of the page.

    helps, hinders, weighs: codes that are themes of interaction. window: turns (in the chat: texts) in a stanza of the
    networks. base_size, run_length, new_information: of saturation. orders, permutations: random draws. quotes: most
    quotations of a participant. common: share of participants from which a theme is common; nearly_all: from which
    those who do not voice it deviate. alpha: level at which themes go together. news: the code that counts as sharing.
    informal, committee: words in the names of these chats. gap: minutes of silence that end a conversation.
    least_texts: texts that a member needs in a setting. seed: of all random draws.
    """

    helps: list[str]
    hinders: list[str]
    weighs: list[str]
    window: int
    base_size: int
    run_length: int
    new_information: float
    orders: int
    permutations: int
    quotes: int
    common: float
    nearly_all: float
    alpha: float
    news: str
    informal: str
    committee: str
    gap: float
    least_texts: int
    seed: int


@dataclass(frozen=True)
class Data:
    """The step's inputs: tables of these names, and the rest of what its page needs.

    utterances: without the interviews of participants who consent to nothing (withheld: how many). agreement: of the
    coders, by code. stated: COREQ answers in study.yaml. language: of the talk, a BCP 47 tag. approved: turns that a
    person has approved for quoting in their present text; None if study.yaml does not require it. decided: turns that
    a person has approved or withheld.
    """

    utterances: pd.DataFrame
    codings: pd.DataFrame
    coded: pd.DataFrame
    members: pd.DataFrame
    messages: pd.DataFrame
    agreement: pd.DataFrame
    codebook: Codebook | Missing
    withheld: int
    stated: Mapping[str, str]
    language: str
    approved: frozenset[str] | None = None
    decided: frozenset[str] = frozenset()

    @cached_property
    def agreed(self) -> frozenset[str]:
        """Members who agreed to be quoted and shown by themselves."""
        return tables.agreed(self.members)

    @cached_property
    def unnamed(self) -> set[str]:
        """Pseudonyms of all other people: members, participants and anybody who writes."""
        people = {who for table in (self.members, self.utterances, self.messages) for who in table["member"].dropna()}
        return people - self.agreed

    @cached_property
    def known(self) -> pd.DataFrame:
        """The codings of messages, only for codes that are known for all messages (floor.known_of_all)."""
        return known_of_all(self.coded, self.messages)

    @property
    def roles(self) -> pd.Series:
        """The role of each member who has one."""
        return self.members.set_index("member")["role"].dropna()

    @property
    def offices(self) -> set[str]:
        """Members who hold an office."""
        return set(self.roles.index[tables.is_officer(self.roles)])


@dataclass(frozen=True)
class Results:
    """What the step writes: the results of its stages, each of which may be Missing, the number of interviews left out
    (withheld), and common and alpha of Params."""

    turns: pd.DataFrame | Missing
    coders: list[str] | Missing
    matrix: pd.DataFrame | Missing
    counts: pd.DataFrame | Missing
    passages: pd.DataFrame | Missing
    by_role: pd.DataFrame | Missing
    by_sector: pd.DataFrame | Missing
    differing: Any
    together: pd.DataFrame | Missing
    together_null: pd.DataFrame | Missing
    deviant: pd.DataFrame | Missing
    negative: pd.DataFrame | Missing
    quotations: pd.DataFrame | Missing
    codes_heard: CodesHeard | Missing
    saturation: Saturation | Missing
    saturation_orders: RandomOrders | Missing
    network: EpistemicNetwork | Missing
    offices: Comparison | Missing
    chat_rows: pd.DataFrame | Missing
    chat: ChatNetwork | Missing
    settings: Comparison | Missing
    theory: pd.DataFrame | Missing
    word_and_deed: pd.DataFrame | Missing
    self_reports: pd.DataFrame | Missing
    coreq: pd.DataFrame
    withheld: int
    common: float
    alpha: float


def run(params: Params, paths: study.Paths) -> dict[str, Any]:
    """The composition of the stages that the notebook shows cell by cell; returns the metrics."""
    return write(paths, assess(read(paths, params), params))


def read(paths: study.Paths, params: Params) -> Data:
    """The tables of earlier steps, the codebook, and what study.yaml states about the interviews, whatever the
    parameters."""
    ingest, coding = paths.processed("ingest"), paths.processed("coding")
    members = tables.read(ingest / "members.parquet", tables.Members)
    utterances = tables.read(ingest / "utterances.parquet", tables.Utterances)
    silent = set(members.loc[members["consent"] == "none", "member"])
    withheld = utterances.loc[utterances["member"].isin(silent), "transcript"].unique()
    about = paths.root / "study.yaml"
    return Data(
        utterances=utterances[~utterances["transcript"].isin(withheld)],
        codings=tables.read(ingest / "codings.parquet", tables.Codings),
        coded=tables.read(coding / "coded.parquet", tables.Coded),
        members=members,
        messages=tables.read(ingest / "messages.parquet", tables.Messages),
        agreement=tables.read(coding / "agreement.parquet"),
        codebook=codebooks.read(ingest / "codebook.parquet"),
        withheld=len(withheld),
        stated=coreq.stated(about, coreq.load_items()),
        language=coreq.language(about),
        approved=approvals.approved(paths, utterances),
        decided=frozenset(approvals.settled(approvals.read(ingest), utterances).index),
    )


def assess(data: Data, params: Params) -> Results:
    """Count, relate, saturate, quote and judge the themes, and connect the codes of the chats."""
    interviews = coded_interviews(data)
    sides = theme_sides(data.codebook, interviews, helps=params.helps, hinders=params.hinders, weighs=params.weighs)
    themes = list(sides)
    turns = coded_turns(interviews, data.coded, themes)
    matrix = thematic_matrix(turns, themes)
    alone = shown_alone(matrix, data.agreed)
    codings = anchored_codings(data.codings, interviews)
    passages = themed_passages(spans(codings, themes), turns, interviews, themes)
    counts = prevalence(matrix, sides)
    null = shuffled_themes(turns, themes, window=params.window, permutations=params.permutations, seed=params.seed)
    together = cooccurrence(turns, null, window=params.window)
    deviant, negative = deviant_cases(matrix, params.nearly_all), negative_cases(codings, turns, themes)
    heard = codes_heard(interviews, data.coded, data.codebook)
    saturated = saturate(heard, base=params.base_size, run=params.run_length, threshold=params.new_information)
    orders = random_orders(heard, saturated, orders=params.orders, seed=params.seed)
    network = participant_network(turns, themes, window=params.window)
    setting = settings(data.messages["channel"], params.informal, params.committee)
    rows = chat_rows(data.messages, data.known, data.codebook, setting, params.gap)
    chats = chat_network(rows, window=params.window, least=params.least_texts)
    quotations = choose(passages, alone, limit=params.quotes)
    expectations = theory.load()
    measures = chat_measures(data.messages, data.known, data.codebook, data.members)
    readers = coders(codings)
    facts = (
        sample_facts(interviews, turns, data.members, readers, data.withheld),
        theme_facts(counts, deviant, negative, quotations, common=params.common),
        codebook_facts(data.codebook, heard, saturation_in_words(saturated)),
    )
    return Results(
        turns=turns, coders=readers, matrix=matrix, counts=counts, passages=passages,
        by_role=by_group(matrix, data.members, "role"), by_sector=by_group(matrix, data.members, "sector"),
        differing=below_floor(data.agreement, themes), together=together, together_null=null,
        deviant=deviant, negative=negative, quotations=quotations,
        codes_heard=heard, saturation=saturated, saturation_orders=orders, network=network,
        offices=compare_offices(network, data.roles, permutations=params.permutations, seed=params.seed),
        chat_rows=rows, chat=chats,
        settings=compare_settings(chats, permutations=params.permutations, seed=params.seed),
        theory=theory.judged(expectations, matrix, together, data.roles, params.alpha),
        word_and_deed=word_and_deed(expectations, matrix, measures),
        self_reports=self_reports(codings, turns, measures, params.news),
        coreq=coreq.fill(coreq.load_items(), data.stated, *facts),
        withheld=data.withheld, common=params.common, alpha=params.alpha,
    )  # fmt: skip


@stage
def coded_interviews(data: Data) -> pd.DataFrame | Missing:
    """The utterances of the interviews that coders read."""
    said = data.utterances.loc[data.utterances["role"] == "participant", "utterance_id"]
    if said.empty:
        raise InputError("there are no interview transcripts")
    if isinstance(data.codebook, Missing):
        return data.codebook
    if not data.codings["unit_id"].isin(said).any():
        raise InputError("no interview is coded")
    read_by_coders = data.utterances["utterance_id"].isin(data.codings["unit_id"])
    coded = data.utterances.loc[read_by_coders, "transcript"]
    return data.utterances[data.utterances["transcript"].isin(coded)]


def theme_sides(
    codebook: Codebook | Missing, interviews: pd.DataFrame | Missing, **themes: Sequence[str]
) -> dict[str, str]:
    """The side of each theme, in order. themes: by side, helps, hinders and weighs (SIDES).

    Raises InputError when a theme has two sides, or, if interviews are coded, is not in the codebook.
    """
    sides = {theme: side for side in SIDES for theme in themes[side]}
    if len(sides) < sum(map(len, themes.values())):
        raise InputError(
            "a theme is listed under two of helps, hinders and weighs",
            fix="List each theme once under `themes` in params.yaml.",
        )
    if isinstance(codebook, Codebook) and isinstance(interviews, pd.DataFrame):
        for theme in sides:
            codebook[theme]
    return sides


@stage
def anchored_codings(codings: pd.DataFrame, interviews: pd.DataFrame) -> pd.DataFrame:
    """The codings of interviews whose unit, span and text are as they were when the coder read them."""
    return check_anchors(codings, interviews.set_index("utterance_id")["text"]).holding


@stage
def coders(codings: pd.DataFrame) -> list[str]:
    """Names of the coders, without the consensus."""
    return sorted(set(codings["coder"]) - {CONSENSUS})


@stage
def shuffled_themes(
    turns: pd.DataFrame, themes: Sequence[str], *, window: int, permutations: int, seed: int
) -> pd.DataFrame:
    """Co-occurrence counts of themes under the shuffle: draws x pairs."""
    own = seed_of(seed, "pairs of themes")
    return shuffled_cooccurrence(turns, themes, window=window, permutations=permutations, seed=own)


@stage
def codes_heard(interviews: pd.DataFrame, coded: pd.DataFrame, codebook: Codebook) -> CodesHeard:
    """Which codes of the codebook are heard in which interview, and which interview introduced them if recorded."""
    introduced = {code.name: code.introduced for code in codebook.codes if code.introduced}
    return saturation.codes_heard(coded_turns(interviews, coded, codebook.leaves), codebook.leaves, introduced)


@stage
def saturate(heard: CodesHeard, *, base: int, run: int, threshold: float) -> Saturation:
    """How far the interviews, in their order, saturate the codes."""
    return saturation.saturation(heard.new, base=base, run=run, threshold=threshold)


@stage
def random_orders(heard: CodesHeard, saturated: Saturation, *, orders: int, seed: int) -> RandomOrders:
    """The same interviews in random orders."""
    rule = saturated.base, saturated.run, saturated.threshold
    return saturation.random_orders(heard.codes, *rule, orders=orders, seed=seed_of(seed, "orders of interviews"))


@stage
def participant_network(turns: pd.DataFrame, themes: Sequence[str], *, window: int) -> EpistemicNetwork:
    """How participants connect the themes that anybody voices."""
    voiced = [theme for theme in themes if turns[theme].any()]
    if not voiced:
        raise InputError("none of the themes is coded in the interviews")
    return EpistemicNetwork(["member"], ["transcript"], voiced, window).fit(turns)


@stage
def compare_offices(network: EpistemicNetwork, roles: pd.Series, *, permutations: int, seed: int) -> Comparison:
    """Participants without an office (first) against those with one; those without a role on the roster are left
    out."""
    role = roles.reindex(network.lines.index)
    placed = role.notna().to_numpy()
    office, own = tables.is_officer(role[placed]).to_numpy(), seed_of(seed, "networks of offices")
    return compare_groups(network.lines[placed], office, permutations=permutations, seed=own)


chat_network = stage(chat.chat_network)


@stage
def compare_settings(chats: ChatNetwork, *, permutations: int, seed: int) -> Comparison:
    """Members in the committee's chat (first) against members in informal chats.

    If the network is paired, labels are exchanged within members, so constant traits of a member do not count as a
    difference; otherwise they are exchanged freely.
    """
    strata, own = chats.member if chats.paired else None, seed_of(seed, "networks of settings")
    return compare_groups(chats.network.lines, chats.informal, strata=strata, permutations=permutations, seed=own)


def write(paths: study.Paths, results: Results) -> dict[str, Any]:
    """Write the step's tables and metrics; returns the metrics."""
    tables.write_all(tables_of(results), paths.results.processed("themes"))
    metrics = metrics_of(results)
    study.write_metrics(paths, "themes", metrics)
    return metrics


def tables_of(results: Results) -> dict[str, pd.DataFrame]:
    """The step's tables by file name, of every result that there is."""
    each = (_tables(name, result) for name, result in vars(results).items())
    return {f"{name}.parquet": table for made in each for name, table in made.items()}


def _tables(name: str, result: object) -> dict[str, pd.DataFrame]:
    """A result as tables that can be read without the model, by name; for a network, its first two dimensions."""
    match result:
        case pd.DataFrame():
            flat = result.set_axis([" & ".join(c) if isinstance(c, tuple) else c for c in result.columns], axis=1)
            return {name: flat.reset_index() if flat.index.name else flat}
        case EpistemicNetwork():
            placed = {"points": result.points, "nodes": result.nodes, "centroids": result.centroids}
            parts = {part: places.iloc[:, :2] for part, places in placed.items()} | {"lines": result.lines}
            return {f"{name}_{part}": frame.reset_index() for part, frame in parts.items()}
        case ChatNetwork():
            return _tables(name, result.network)
        case Comparison():
            return {f"{name}_null": pd.DataFrame({"effect": result.null})}
        case CodesHeard():
            return {name: result.codes.reset_index()}
        case Saturation():
            return {name: result.curve}
        case RandomOrders():
            so_far = pd.DataFrame(result.so_far).rename(columns=lambda n: f"interview {n + 1}")
            return {name: so_far.assign(reached=pd.array(result.reached, dtype="Int64"))}
    return {}


def metrics_of(results: Results) -> dict[str, Any]:
    """The step's metrics: what the ledger and the book's prose read."""
    r: Any = results
    always = {
        "withheld": r.withheld,
        "coreq": r.coreq["source"].value_counts().to_dict(),
        "chat": _chat_metrics(r.chat, r.settings),
        "apart": r.differing,  # themes that coders read too differently
    }
    turns, counts, together, quotations = r.turns, r.counts, r.together, r.quotations
    if isinstance(together, Missing):
        return always | {"status": "missing", "reason": together.reason, "C4": together}
    voiced = counts[counts["participants"] > 0]
    sides = {side: int((voiced["side"] == side).sum()) for side in SIDES}
    n = {"participants": turns["member"].nunique(), "interviews": turns["transcript"].nunique()}
    reached = r.saturation.reached if isinstance(r.saturation, Saturation) else None
    outcomes = ("theory", "word_and_deed", "self_reports")
    return {
        **always,
        **n,
        **sides,
        "status": "ok",
        "turns": len(turns),
        "bearing": int(turns[counts["theme"]].any(axis=1).sum()),
        "coders": len(r.coders),
        "themes": counts.set_index("theme").to_dict("index"),
        "common": voiced.loc[voiced["participants"] >= r.common * voiced["of"], "theme"].tolist(),
        "saturation": _saturation_metrics(r.codes_heard, r.saturation, r.saturation_orders),
        "network": stage(_network_metrics)(r.network),
        "roles": _comparison_metrics(r.offices),
        "together": int((together.p_adjusted <= r.alpha).sum()),
        "quotations": len(quotations),
        "quoted": quotations["member"].nunique(),
        **{name: _tally(getattr(r, name)) for name in outcomes},
        "C4": {"status": "ok", "value": len(voiced), **sides, "saturated_after": reached, "n": n},
    }


@stage
def _tally(judged: pd.DataFrame) -> dict[str, int]:
    """Frequency of each outcome."""
    return judged["outcome"].value_counts().to_dict()


@stage
def _saturation_metrics(heard: CodesHeard, saturated: Saturation, orders: RandomOrders) -> dict[str, Any]:
    reached = [n for n in orders.reached if n is not None]
    return {
        "status": "ok",
        "basis": heard.basis,
        **{name: value for name, value in vars(saturated).items() if name != "curve"},
        "codes": int(saturated.curve["found"].iloc[-1]),
        "orders_reached": len(reached) / len(orders.reached),
        "orders_median": float(np.median(reached)) if reached else None,
    }


def _network_metrics(network: EpistemicNetwork) -> dict[str, Any]:
    sizes = {"units": len(network.points), "codes": len(network.nodes)}
    fit = {"variance": network.variance[:2].tolist(), "fit": network.fit_pearson.tolist()}
    return {"status": "ok", **sizes, **fit}


@stage
def _comparison_metrics(comparison: Comparison) -> dict[str, Any]:
    return {"status": "ok"} | {name: value for name, value in vars(comparison).items() if name != "null"}


@stage
def _chat_metrics(chats: ChatNetwork, compared: Comparison) -> dict[str, Any]:
    sizes = {"messages": chats.rows, "members": chats.member.nunique(), "paired": chats.paired}
    return _network_metrics(chats.network) | sizes | {"comparison": _comparison_metrics(compared)}
