"""The step `coding`: check the anchors, measure agreement, settle each unit's codes, carry codes to all messages."""

from __future__ import annotations

from collections.abc import Callable, Collection
from dataclasses import dataclass
from functools import partial

import pandas as pd

from analysis import codebook, study, tables, wording
from analysis.codebook import Codebook
from analysis.coding import human
from analysis.coding.alike import AGREEMENT, SPANS, agreement_table, span_table
from analysis.coding.anchors import check_anchors
from analysis.coding.carry import HELD_OUT, PERFORMANCE, carry, coded_table, one_coder
from analysis.coding.classify import CharacterModel, Grams, Model
from analysis.coding.conversations import conversations, with_neighbours
from analysis.coding.prevalence import CORRECTED, COUNTED, EVERYWHERE, PREVALENCE, prevalence, share_of
from analysis.coding.sample import inclusion_of
from analysis.errors import InputError, Missing


@dataclass(frozen=True)
class Params:
    """confidence: of intervals. bootstrap: resamples of units. alpha_floor: least alpha for conclusions.

    folds: of the cross-validation. min_positives: least coded messages with a code, for a model to carry it.
    gap_minutes: silence that ends a conversation. chat_quotes: whether chats may be quoted, and not interviews alone
    (who holds the chat can search it for who said it). seed: of resampling.
    """

    confidence: float
    bootstrap: int
    alpha_floor: float
    folds: int
    min_positives: int
    gap_minutes: float
    chat_quotes: bool
    seed: int


@dataclass(frozen=True)
class Result:
    """What the page shows; all tables are empty when metrics["status"] is "missing".

    agreement, spans, performance: a row a code. broken: codings whose anchor does not hold, with the old words of those
    who may be quoted. confusions, disputed: of the coders. decisions: codings settled after discussion, with the memo
    (who decided, why), of units that may be quoted. prevalence: a row a code, kind and group. calibration: code, said,
    seen, units. learning: units, code, f1. examples: unit_id, code, quotation, of units whose person consents.
    """

    metrics: dict
    codebook: Codebook | None
    agreement: pd.DataFrame
    spans: pd.DataFrame
    performance: pd.DataFrame
    prevalence: pd.DataFrame
    broken: pd.DataFrame
    confusions: pd.DataFrame
    disputed: pd.DataFrame
    decisions: pd.DataFrame
    calibration: pd.DataFrame
    learning: pd.DataFrame
    examples: pd.DataFrame


@dataclass(frozen=True)
class _Given:
    """What the step reads. texts: members' messages with conversations and neighbours; people: all units (units)."""

    book: Codebook
    members: pd.DataFrame
    texts: pd.DataFrame
    utterances: pd.DataFrame
    people: pd.DataFrame
    codings: int
    holding: pd.DataFrame
    broken: pd.DataFrame


def run(params: Params, paths: study.Paths) -> Result:
    """Write the step's tables and metrics: what coders settled on, what a model carries, and how far both are right."""
    given, missing = _read(params, paths)
    if given is None:
        return _write(_nothing(missing), _no_tables(), paths)
    texts, book = given.texts, given.book
    applied = human.presence(given.holding, book)
    value, share = human.adjudicated(applied)
    inclusion = inclusion_of(tables.read(paths.processed("ingest") / "sample.parquet", tables.Sample), value.index)
    model = partial(CharacterModel, Grams())
    sizes = {"folds": params.folds, "min_positives": params.min_positives}
    carried = carry(texts, value, book, inclusion=inclusion, model=model, **sizes)
    coded = coded_table(value, share, carried.probabilities, carried.thresholds)
    shares = prevalence(texts, coded, carried.probabilities, value, inclusion=inclusion, confidence=params.confidence)
    codes = list(carried.probabilities.columns)
    alone, shares_alone = coders_alone(texts, applied, codes, inclusion, model, params)
    shares = pd.concat([shares, shares_alone], ignore_index=True)
    draws = {"confidence": params.confidence, "bootstrap": params.bootstrap, "seed": params.seed}
    agreement = agreement_table(applied, book, floor=params.alpha_floor, **draws)
    result = Result(
        metrics=_metrics(applied, agreement, carried.performance, shares, params)
        | {"codings": given.codings, "anchors_broken": len(given.broken)},
        codebook=book,
        agreement=agreement,
        spans=span_table(given.holding, given.utterances.set_index("utterance_id")["text"], book, **draws),
        performance=carried.performance,
        prevalence=shares,
        confusions=human.confusions(applied, book.leaves),
        calibration=carried.calibration,
        learning=carried.learning,
        **_quoting(given, applied, params),
    )
    written = {
        "coded": coded,
        "held_out": carried.held_out,
        "alone": alone,
        "conversations": _placed(texts, inclusion),
    }
    return _write(result, written, paths)


def _read(params: Params, paths: study.Paths) -> tuple[_Given | None, str]:
    """What the step works on, or None and why there is nothing to work on."""
    ingested = paths.processed("ingest")
    messages = tables.read(ingested / "messages.parquet", tables.Messages)
    utterances = tables.read(ingested / "utterances.parquet", tables.Utterances)
    codings = tables.read(ingested / "codings.parquet", tables.Codings)
    book = codebook.read(ingested / "codebook.parquet")
    if isinstance(book, Missing):
        return None, book.reason
    if codings.empty:
        return None, "there are no codings"
    texts = messages[(messages["kind"] == "text") & messages["member"].notna()]
    people = units(texts, utterances)
    anchored = check_anchors(codings, people["text"])
    if anchored.holding.empty:
        return None, "no coding's anchor holds: the texts have changed"
    members = tables.read(ingested / "members.parquet", tables.Members)
    placed = with_neighbours(texts.assign(conversation=conversations(messages, params.gap_minutes)))
    given = _Given(book, members, placed, utterances, people, len(codings), anchored.holding, anchored.broken)
    return given, ""


def _quoting(given: _Given, applied: pd.DataFrame, params: Params) -> dict[str, pd.DataFrame]:
    """The result's tables that hold people's words, with those alone that may be quoted."""
    members, people = given.members, given.people
    agreed = set(members.loc[members["consent"] == "quotes", "member"])
    unnamed = {*members["member"], *people["member"].dropna()} - agreed
    interviewed = people.index.isin(given.utterances["utterance_id"])
    quotable = people[people["member"].isin(agreed) & (params.chat_quotes | interviewed)]
    words = given.broken["quotation"].where(given.broken["unit_id"].isin(quotable.index))
    disputed = human.disputed(applied, given.book.leaves).join(quotable["text"], on="unit_id")
    return {
        "broken": given.broken.assign(quotation=words),
        "disputed": shown(disputed, unnamed),
        "decisions": decisions(given.holding, quotable),
        "examples": shown(examples(given.holding, quotable, given.book), unnamed),
    }


def _placed(texts: pd.DataFrame, inclusion: pd.Series | None) -> pd.DataFrame:
    """Each text's conversation, and its probability to have been sampled where there was a sample."""
    placed = texts[["message_id", "conversation"]].rename(columns={"message_id": "unit_id"})
    drawn = placed["unit_id"].map(inclusion).astype(float) if inclusion is not None else float("nan")
    return placed.assign(inclusion=drawn)


def _write(result: Result, written: dict[str, pd.DataFrame], paths: study.Paths) -> Result:
    out = paths.processed("coding")
    tables.write(written["coded"], out / "coded.parquet", tables.Coded)
    for name in ("held_out", "alone", "conversations"):
        tables.write(written[name], out / f"{name}.parquet")
    for name in ("agreement", "spans", "performance", "prevalence"):
        tables.write(getattr(result, name), out / f"{name}.parquet")
    study.write_metrics(paths, "coding", result.metrics)
    return result


def _no_tables() -> dict[str, pd.DataFrame]:
    coded = tables.empty(tables.Coded)
    return {
        "coded": coded,
        "held_out": _columns(HELD_OUT),
        "alone": coded.assign(coder=pd.Series(dtype=str)),
        "conversations": _columns(("unit_id", "conversation", "inclusion")),
    }


def _nothing(reason: str) -> Result:
    without = ("broken", "confusions", "disputed", "decisions", "calibration", "learning", "examples")
    columns = {"agreement": AGREEMENT, "spans": SPANS, "performance": PERFORMANCE, "prevalence": PREVALENCE}
    return Result(
        metrics={"status": "missing", "reason": reason},
        codebook=None,
        **{name: _columns(names) for name, names in columns.items()},
        **{name: pd.DataFrame() for name in without},
    )


def _columns(names: tuple[str, ...]) -> pd.DataFrame:
    return pd.DataFrame({name: pd.Series(dtype=str) for name in names})


# Methods


def units(texts: pd.DataFrame, utterances: pd.DataFrame) -> pd.DataFrame:
    """Member and text of all units that can be coded, by unit id. Raises InputError when two units share an id."""
    turns = utterances.rename(columns={"utterance_id": "message_id"})
    both = pd.concat([part.set_index("message_id")[["member", "text"]] for part in (texts, turns)])
    if not both.index.is_unique:
        twice = both.index[both.index.duplicated()][0]
        raise InputError(f"two units have the id {twice!r}", fix="Rename one of their files.")
    return both.rename_axis("unit_id")


def coders_alone(
    texts: pd.DataFrame,
    applied: pd.DataFrame,
    codes: list[str],
    inclusion: pd.Series | None,
    model: Callable[[], Model],
    params: Params,
) -> tuple[pd.DataFrame, pd.DataFrame]:
    """What the study would hold if one coder alone had coded: the table Coded with a column coder, and prevalence.

    Both are empty unless there are two coders or more, and a coder has what it takes to carry a code.
    """
    coders = sorted(set(applied.index.get_level_values("coder")) - {human.CONSENSUS})
    frames, rows = [tables.empty(tables.Coded).assign(coder=pd.Series(dtype=str))], []
    for coder in coders if len(coders) > 1 and codes else ():
        own = applied.xs(coder, level="coder").astype("int64")
        said, coded = one_coder(
            texts,
            own,
            codes,
            folds=params.folds,
            min_positives=params.min_positives,
            inclusion=inclusion,
            model=model,
        )
        frames.append(coded.assign(coder=coder))
        for code in said.columns:
            part = texts.set_index("message_id")[["conversation"]]
            part = part.assign(said=said[code], truth=own[code].reindex(part.index).astype(float))
            if inclusion is not None:
                part["inclusion"] = inclusion.reindex(part.index)
            rows.append(share_of(part, code, coder, params.confidence))
    return pd.concat(frames, ignore_index=True), pd.DataFrame(rows).reindex(columns=list(PREVALENCE))


def decisions(codings: pd.DataFrame, quotable: pd.DataFrame) -> pd.DataFrame:
    """What the coders settled after discussion: unit_id, code (missing: none applies), memo. quotable: by unit id."""
    settled = codings[(codings["coder"] == human.CONSENSUS) & codings["unit_id"].isin(quotable.index)]
    return settled[["unit_id", "code", "memo"]].reset_index(drop=True)


def examples(codings: pd.DataFrame, quotable: pd.DataFrame, book: Codebook, most: int = 3) -> pd.DataFrame:
    """Up to `most` quotations a code: code, unit_id, quotation, translation.

    quotable: text by unit id, of people who consent. A quotation is the coded span, 15 to 160 characters long; those
    that most coders gave the code come first, then those that are translated, then the shorter ones.
    """
    given = codings.assign(text=codings["unit_id"].map(quotable["text"])).dropna(subset=["code", "text"])
    spans = zip(given["text"], given["start"], given["end"], strict=True)
    given = given.assign(
        quotation=[text[start:end].strip() for text, start, end in spans],
        coders=given.groupby(["unit_id", "code"])["coder"].transform("nunique"),
        place=given["code"].map({name: i for i, name in enumerate(book.names)}),
    )
    given = given.assign(length=given["quotation"].map(len).astype("int64"), bare=given["translation"].isna())
    order = ["place", "coders", "bare", "length", "unit_id"]
    given = given[given["length"].between(15, 160)].sort_values(
        order, ascending=[name != "coders" for name in order], kind="stable"
    )
    given = given.drop_duplicates(["code", "unit_id"]).drop_duplicates(["code", "quotation"])
    columns = ["code", "unit_id", "quotation", "translation"]
    return given.groupby("code", sort=False).head(most)[columns].reset_index(drop=True)


def shown(quoted: pd.DataFrame, unnamed: Collection[str]) -> pd.DataFrame:
    """Talk as it may stand on the page: nobody is named in it who is counted in sums only."""
    talk = [name for name in ("text", "quotation", "translation") if name in quoted]
    return quoted.assign(
        **{name: quoted[name].map(lambda text: wording.unnamed(text, unnamed), na_action="ignore") for name in talk}
    )


def _metrics(
    applied: pd.DataFrame, agreed: pd.DataFrame, performance: pd.DataFrame, shares: pd.DataFrame, params: Params
) -> dict:
    coders = applied.index.get_level_values("coder")
    readers = applied[coders != human.CONSENSUS].groupby("unit_id").size()
    return {
        "status": "ok",
        "coders": int(coders[coders != human.CONSENSUS].nunique()),
        "units": int(applied.index.get_level_values("unit_id").nunique()),
        "messages": int(performance["units"].max()),
        "double_coded": int((readers > 1).sum()),
        "consensus": int((coders == human.CONSENSUS).sum()),
        "codes": len(performance),
        "carried": int(performance["carried"].sum()),
        "usable": int(agreed["usable"].sum()),
        "alpha_floor": params.alpha_floor,
        "by_code": _by_code(agreed, performance, shares),
    }


def _by_code(agreed: pd.DataFrame, performance: pd.DataFrame, shares: pd.DataFrame) -> dict[str, dict]:
    """Each code's agreement, error and share of messages, as later steps and the ledger read them."""
    columns = ["positives", "coded_share", "carried", "precision", "recall", "f1"]
    table = performance.set_index("code")[columns].join(
        agreed.set_index("code")[["alpha", "low", "high", "percent", "usable"]]
    )
    everywhere = shares[shares["of"] == EVERYWHERE].set_index("code")
    counted = everywhere.loc[everywhere["kind"] == COUNTED, "value"]
    fixed = everywhere.loc[everywhere["kind"] == CORRECTED, ["value", "low", "high"]].add_prefix("share_")
    table = table.join(fixed.rename(columns={"share_value": "share"})).join(counted.rename("share_counted"))
    table["usable"] = table["usable"].eq(True)
    return table.astype({"carried": bool, "usable": bool}).to_dict("index")
