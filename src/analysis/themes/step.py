"""The step themes: what the interviews say (C4), how it hangs together, and what the chat shows beside it."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import pandas as pd

from analysis import codebook as codebooks
from analysis import study, tables
from analysis.codebook import Codebook
from analysis.coding.floor import too_different
from analysis.errors import InputError, Missing
from analysis.themes import coreq, report
from analysis.themes.chat import ChatNetwork, chat_network, chat_rows, settings
from analysis.themes.ena import EpistemicNetwork
from analysis.themes.interviews import SIDES, Interviews, Settings, Tables, study_interviews, why_not


@dataclass(frozen=True)
class Params:
    """What the page can be told.

    helps, hinders, weighs: codes that are themes of interaction. window: turns (in the chat: texts) of the networks'
    stanza. base_size, run_length, new_information: of saturation. orders, permutations: random draws. quotes: most
    quotations of a participant. common: share of participants from which a theme is common; nearly_all: from which
    those who do not voice it stand apart. alpha: level at which
    themes go together. news: the code that counts as sharing. informal, committee: words in the names of these chats.
    gap: minutes of silence that end a conversation. least_texts: that a member needs in both settings. seed: of all
    random draws.
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

    def for_interviews(self) -> Settings:
        side = {theme: name for name in SIDES for theme in getattr(self, name)}
        if len(side) < len(self.helps) + len(self.hinders) + len(self.weighs):
            raise InputError("a theme stands in two of helps, hinders and weighs", fix="Fix themes in params.yaml.")
        return Settings(
            side=side, window=self.window, base=self.base_size, run=self.run_length, threshold=self.new_information,
            orders=self.orders, permutations=self.permutations, quotations=self.quotes, common=self.common,
            nearly_all=self.nearly_all, alpha=self.alpha, news=self.news, seed=self.seed,
        )  # fmt: skip


@dataclass(frozen=True)
class Result:
    """What the page shows.

    interviews, chat: None, with the reason in reasons, where they cannot be studied. consenting: members who may be
    quoted and shown by themselves; unnamed: all other people. language: of the talk, a BCP 47 tag.
    """

    metrics: dict
    rule: Settings
    interviews: Interviews | None
    chat: ChatNetwork | None
    reasons: dict[str, str]
    coreq: pd.DataFrame
    codebook: Codebook | None
    utterances: pd.DataFrame
    consenting: set[str]
    unnamed: set[str]
    language: str

    def why(self, part: str) -> str:
        """Why a part (interviews, chat, saturation, network, roles) is not there; empty where it is."""
        found = self.interviews
        if part == "chat" or found is None:
            return self.reasons["chat" if part == "chat" else "interviews"]
        return found.saturated.reason if part == "saturation" else found.without.get(part, "")


def run(params: Params, paths: study.Paths) -> Result:
    """Study the interviews and the chat's networks; write tables and metrics."""
    given, withheld = read(paths)
    rule, book = params.for_interviews(), codebooks.read(paths.processed("ingest") / "codebook.parquet")
    codebook = None if isinstance(book, Missing) else book
    interviews, chat, reasons = None, None, dict.fromkeys(("interviews", "chat"), "there is no codebook")
    if not codebook and given.utterances.empty:
        reasons["interviews"] = why_not(given)
    if codebook:
        reasons["interviews"] = why_not(given)
        chat, reasons["chat"] = study_chat(given, codebook, params)
    if codebook and not reasons["interviews"]:
        interviews = study_interviews(given, codebook, introductions(codebook), rule)
    items = coreq.load_items()
    facts = report.facts(interviews, given, codebook, withheld, rule) if interviews and codebook else {}
    checklist = coreq.fill(items, coreq.stated(paths.root / "study.yaml", items), facts)
    metrics = report.metrics(interviews, chat, reasons, checklist, withheld, rule)
    agreed = tables.read(paths.processed("coding") / "agreement.parquet")
    metrics["apart"] = too_different(agreed, [*params.helps, *params.hinders, *params.weighs])
    save(paths.processed("themes"), interviews, chat, checklist)
    study.write_metrics(paths, "themes", metrics)
    consenting = set(given.members.loc[given.members["consent"] == "quotes", "member"])
    unnamed = people(given) - consenting
    language = coreq.language(paths.root / "study.yaml")
    return Result(
        metrics, rule, interviews, chat, reasons, checklist, codebook, given.utterances, consenting, unnamed, language
    )


def people(given: Tables) -> set[str]:
    """Pseudonyms of everyone: members, participants and whoever writes."""
    return {who for table in (given.members, given.utterances, given.messages) for who in table["member"].dropna()}


def save(out: Path, found: Interviews | None, chat: ChatNetwork | None, checklist: pd.DataFrame) -> None:
    """Write the step's tables: the checklist always, the others where there are interviews or chats."""
    written: dict[str, pd.DataFrame] = {"coreq": checklist}
    if found:
        named = ("counts", "by_role", "by_sector", "together", "deviant", "negative", "passages", "quotations")
        written |= {name: getattr(found, name) for name in (*named, "theory", "word_and_deed", "self_reports")}
        written |= {"matrix": found.matrix.reset_index()}
        if found.saturated.result:
            written |= {"saturation": found.saturated.result.curve}
        if found.network:
            written |= network_tables("network", found.network)
    if chat:
        written |= network_tables("chat", chat.network)
    for name, frame in written.items():
        tables.write(frame, out / f"{name}.parquet")


def network_tables(name: str, network: EpistemicNetwork) -> dict[str, pd.DataFrame]:
    """A network as tables of its first two dimensions and its connections, to be read without the model."""
    return {
        f"{name}_points": network.points.iloc[:, :2].reset_index(),
        f"{name}_nodes": network.nodes.iloc[:, :2].reset_index(),
        f"{name}_lines": network.lines.reset_index(),
    }


def read(paths: study.Paths) -> tuple[Tables, int]:
    """The tables of earlier steps, and how many participants are left out since they consent to nothing."""
    ingest, coding = paths.processed("ingest"), paths.processed("coding")
    members = tables.read(ingest / "members.parquet", tables.Members)
    utterances = tables.read(ingest / "utterances.parquet", tables.Utterances)
    silent = set(members.loc[members["consent"] == "none", "member"])
    withheld = utterances.loc[utterances["member"].isin(silent), "transcript"].unique()
    kept = Tables(
        utterances=utterances[~utterances["transcript"].isin(withheld)],
        codings=tables.read(ingest / "codings.parquet", tables.Codings),
        coded=tables.read(coding / "coded.parquet", tables.Coded),
        members=members,
        messages=tables.read(ingest / "messages.parquet", tables.Messages),
    )
    return kept, len(withheld)


def introductions(codebook: Codebook) -> dict[str, str]:
    """Which interview introduced a code, where the codebook records it (`introduced: transcript`)."""
    return {code.name: code.introduced for code in codebook.codes if code.introduced}


def study_chat(found: Tables, codebook: Codebook, params: Params) -> tuple[ChatNetwork | None, str]:
    """The networks of the chat's codes, or why there are none."""
    words = {"informal": params.informal, "committee": params.committee}
    setting = settings(found.messages["channel"], params.informal, params.committee)
    absent = [word for name, word in words.items() if not (setting == name).any()]
    if absent:
        return None, f"no chat has {' or '.join(map(repr, absent))} in its name"
    rows = chat_rows(found.messages, found.coded, codebook, setting, params.gap)
    try:
        fitted = chat_network(
            rows, window=params.window, least=params.least_texts, permutations=params.permutations, seed=params.seed
        )
    except InputError as error:
        return None, error.what
    return fitted, ""
