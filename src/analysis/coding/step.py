"""The step `coding`: check the anchors, measure agreement, settle each unit's codes, carry codes to all messages."""

from __future__ import annotations

from dataclasses import dataclass

import pandas as pd

from analysis import study, tables
from analysis.coding import human
from analysis.coding.agreement import agreement
from analysis.coding.anchors import check_anchors
from analysis.coding.carry import PERFORMANCE, carry, coded_table
from analysis.coding.codebook import Codebook, load
from analysis.coding.conversations import conversations, with_neighbours
from analysis.errors import InputError

AGREEMENT = (
    "code", "level", "units", "coders", "agreed", "disputed",
    "alpha", "low", "high", "interval", "percent", "kappa", "ac1", "usable",
)  # fmt: skip


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

    agreement, performance: a row a code. broken: codings whose anchor does not hold. confusions, disputed: of the
    coders. calibration: code, said, seen, units. examples: unit_id, code, quotation, of units whose person consents.
    """

    metrics: dict
    codebook: Codebook | None
    agreement: pd.DataFrame
    performance: pd.DataFrame
    broken: pd.DataFrame
    confusions: pd.DataFrame
    disputed: pd.DataFrame
    calibration: pd.DataFrame
    learning: pd.DataFrame
    examples: pd.DataFrame


def run(params: Params, paths: study.Paths) -> Result:
    """Write coded.parquet, agreement.parquet, performance.parquet and the metrics."""
    ingested = paths.processed("ingest")
    messages = tables.read(ingested / "messages.parquet", tables.Messages)
    utterances = tables.read(ingested / "utterances.parquet", tables.Utterances)
    codings = tables.read(ingested / "codings.parquet", tables.Codings)
    source = paths.raw / "codebook.yaml"
    reason = "there is no codebook" if not source.exists() else "there are no codings" if codings.empty else ""
    if reason:
        return _write(_nothing(reason), tables.empty(tables.Coded), paths)
    book = load(source)
    texts = messages[(messages["kind"] == "text") & messages["member"].notna()]
    people = units(texts, utterances)
    anchored = check_anchors(codings, people["text"])
    if anchored.holding.empty:
        return _write(_nothing("no coding's anchor holds: the texts have changed"), tables.empty(tables.Coded), paths)
    applied = human.presence(anchored.holding, book)
    value, share = human.adjudicated(applied)
    agreed = agreement_table(applied, book, params)
    texts = with_neighbours(texts.assign(conversation=conversations(messages, params.gap_minutes)))
    carried = carry(texts, value, book, folds=params.folds, min_positives=params.min_positives)
    members = tables.read(ingested / "members.parquet", tables.Members)
    agreed_to_quotes = people["member"].isin(members.loc[members["consent"] == "quotes", "member"])
    quotable = people[agreed_to_quotes & (params.chat_quotes | people.index.isin(utterances["utterance_id"]))]
    result = Result(
        metrics=_metrics(applied, agreed, carried.performance, params)
        | {"codings": len(codings), "anchors_broken": len(anchored.broken)},
        codebook=book,
        agreement=agreed,
        performance=carried.performance,
        broken=anchored.broken,
        confusions=human.confusions(applied, book.leaves),
        disputed=human.disputed(applied, book.leaves).join(quotable["text"], on="unit_id"),
        calibration=carried.calibration,
        learning=carried.learning,
        examples=examples(anchored.holding, quotable, book),
    )
    return _write(result, coded_table(value, share, carried), paths)


def _write(result: Result, coded: pd.DataFrame, paths: study.Paths) -> Result:
    out = paths.processed("coding")
    tables.write(coded, out / "coded.parquet", tables.Coded)
    tables.write(result.agreement, out / "agreement.parquet")
    tables.write(result.performance, out / "performance.parquet")
    study.write_metrics(paths, "coding", result.metrics)
    return result


def _nothing(reason: str) -> Result:
    empty = {
        name: pd.DataFrame() for name in ("broken", "confusions", "disputed", "calibration", "learning", "examples")
    }
    tables_ = {"agreement": _columns(AGREEMENT), "performance": _columns(PERFORMANCE)}
    return Result(metrics={"status": "missing", "reason": reason}, codebook=None, **tables_, **empty)


def _columns(names: tuple[str, ...]) -> pd.DataFrame:
    return pd.DataFrame({name: pd.Series(dtype=str) for name in names})


# Methods


def units(texts: pd.DataFrame, utterances: pd.DataFrame) -> pd.DataFrame:
    """Member and text of all units that can be coded, by unit id. Raises InputError when two units share an id."""
    turns = utterances.rename(columns={"utterance_id": "message_id"})
    both = pd.concat([part.set_index("message_id")[["member", "text"]] for part in (texts, turns)])
    if not both.index.is_unique:
        twice = both.index[both.index.duplicated()][0]
        raise InputError(f"two units have the id {twice!r}", mend="Rename one of their files.")
    return both.rename_axis("unit_id")


def agreement_table(applied: pd.DataFrame, book: Codebook, params: Params) -> pd.DataFrame:
    """Agreement of each code over the units that two coders or more read: presence or absence of the code.

    Alpha with its interval, percent agreement, Cohen's kappa (two coders only) and AC1. agreed: units where every coder
    gave the code; disputed: where some did. usable: alpha is at the floor or above. Empty when no unit was read twice.
    """
    rows = [row for name in book.names if (row := _agreement_row(human.matrix(applied, name), name, book, params))]
    return pd.DataFrame(rows, columns=list(AGREEMENT))


def _agreement_row(codes: pd.DataFrame, name: str, book: Codebook, params: Params) -> dict | None:
    double = codes[codes.notna().sum(axis=1) >= 2].dropna(axis=1, how="all")
    if double.empty:
        return None
    alpha = agreement(double, confidence=params.confidence, bootstrap=params.bootstrap, seed=params.seed)
    share = double.mean(axis=1)
    return {
        "code": name,
        "level": "parent" if name in book.parents else "leaf",
        "units": alpha.units,
        "coders": alpha.coders,
        "agreed": int((share == 1).sum()),
        "disputed": int(((share > 0) & (share < 1)).sum()),
        "alpha": alpha.value,
        "low": alpha.low,
        "high": alpha.high,
        "interval": alpha.interval,
        "percent": agreement(double, statistic="percent", bootstrap=0).value,
        "kappa": agreement(double, statistic="kappa", bootstrap=0).value if alpha.coders == 2 else float("nan"),
        "ac1": agreement(double, statistic="ac1", bootstrap=0).value,
        "usable": bool(alpha.value >= params.alpha_floor),
    }


def examples(codings: pd.DataFrame, quotable: pd.DataFrame, book: Codebook, most: int = 3) -> pd.DataFrame:
    """Up to `most` quotations a code: code, unit_id, quotation, translation.

    quotable: text by unit id, of people who consent. A quotation is the coded span, 15 to 160 characters long; those
    that most coders gave the code come first, then the shorter ones.
    """
    given = codings.dropna(subset="code").join(quotable["text"], on="unit_id", how="inner")
    spans = zip(given["text"], given["start"], given["end"], strict=True)
    given = given.assign(
        quotation=[text[start:end].strip() for text, start, end in spans],
        coders=given.groupby(["unit_id", "code"])["coder"].transform("nunique"),
        place=given["code"].map({name: i for i, name in enumerate(book.names)}),
    )
    given = given.assign(length=given["quotation"].map(len).astype("int64"))
    given = given[given["length"].between(15, 160)].sort_values(
        ["place", "coders", "length", "unit_id"], ascending=[True, False, True, True], kind="stable"
    )
    given = given.drop_duplicates(["code", "unit_id"]).drop_duplicates(["code", "quotation"])
    columns = ["code", "unit_id", "quotation", "translation"]
    return given.groupby("code", sort=False).head(most)[columns].reset_index(drop=True)


def _metrics(applied: pd.DataFrame, agreed: pd.DataFrame, performance: pd.DataFrame, params: Params) -> dict:
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
        "by_code": _by_code(agreed, performance),
    }


def _by_code(agreed: pd.DataFrame, performance: pd.DataFrame) -> dict[str, dict]:
    """Each code's agreement and error, as later steps and the ledger read them."""
    columns = ["positives", "coded_share", "carried", "precision", "recall", "f1"]
    both = performance.set_index("code")[columns].join(
        agreed.set_index("code")[["alpha", "low", "high", "percent", "usable"]]
    )
    both["usable"] = both["usable"].eq(True)
    return both.astype({"carried": bool, "usable": bool}).to_dict("index")
