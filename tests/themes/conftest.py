"""A small study in tables, made to have known themes: written where ingest and coding would have written it."""

from __future__ import annotations

import hashlib
import json
from pathlib import Path
from typing import Any

import pandas as pd
import pytest

from analysis import study, tables
from analysis.codebook import load
from analysis.themes import difference, excerpts, page, step
from analysis.themes.matrix import shown_alone

ROOT = Path(__file__).resolve().parents[2]
PEOPLE = ["MAAAA", "MBBBB", "MCCCC", "MDDDD", "MEEEE", "MFFFF"]
SAID = {
    "trust": "sudah percaya, barang dibawa dulu",
    "time": "pagi goreng, gak sempat buka HP",
    "reward": "dari grup dapat pelanggan <b>baru</b>",
    "hierarchy": "yang bicara ya pengurus terus",
}
VOICED = {  # themes of each participant's turns, in order
    "MAAAA": [["trust", "reward"], [], ["time"], ["trust"]],
    "MBBBB": [["reward"], ["trust"], [], ["hierarchy"]],
    "MCCCC": [["time"], ["reward", "trust"], ["hierarchy"]],
    "MDDDD": [["reward"], [], ["time", "trust"]],
    "MEEEE": [["trust"], ["reward"], [], []],
    "MFFFF": [["time", "reward"], ["trust"], ["reward"]],
}
PARAMS = {
    "helps": ["reward", "trust"], "hinders": ["time", "hierarchy"], "weighs": [], "window": 2, "base_size": 2,
    "run_length": 2, "new_information": 0.05, "orders": 50, "permutations": 49, "quotes": 2, "common": 0.5,
    "nearly_all": 0.75, "alpha": 0.05, "news": "business_news", "informal": "kopdar", "committee": "pengurus",
    "gap": 60.0, "least_texts": 3, "seed": 1,
}  # fmt: skip


def interviews() -> tuple[pd.DataFrame, pd.DataFrame]:
    """Utterances (a question before each answer) and the codings of two coders, who agree but for one turn."""
    said, codings = [], []
    for k, (member, turns) in enumerate(VOICED.items(), 1):
        transcript = f"wawancara-{k:02d}"
        for n, themes in enumerate(turns):
            text = "Ya. " + ", ".join(SAID[t] for t in themes) + " ya mas."
            unit = f"{transcript}-{2 * n + 2:03d}"
            for turn, who, words in ((2 * n + 1, None, "Bagaimana ceritanya?"), (2 * n + 2, member, text)):
                said.append(
                    {"utterance_id": f"{transcript}-{turn:03d}", "transcript": transcript, "turn": turn, "member": who,
                     "role": "participant" if who else "interviewer", "start_s": None, "end_s": None, "text": words,
                     "source": f"{transcript}.txt", "line": 2 * turn + 3}
                )  # fmt: skip
            for coder in ("coder-a", "coder-b"):
                missed = coder == "coder-b" and unit == "wawancara-01-002"
                given = [t for t in themes if not (missed and t == "reward")]
                codings += [_coding(unit, text, theme, coder) for theme in given or [None]]
    return pd.DataFrame(said), pd.DataFrame(codings)


def _coding(unit: str, text: str, theme: str | None, coder: str) -> dict:
    start = text.index(SAID[theme]) if theme else 0
    english = f"english of {theme}" if theme and coder == "coder-a" else None
    return {
        "unit_id": unit, "start": start, "end": start + len(SAID[theme]) if theme else len(text), "code": theme,
        "coder": coder, "round": 1, "text_sha256": hashlib.sha256(text.encode()).hexdigest(), "memo": None,
        "translation": english,
    }  # fmt: skip


def chats() -> tuple[pd.DataFrame, pd.DataFrame]:
    """Texts of an informal chat (greeting, offer) and of the committee's (news, coordination), and their codes."""
    codes = {"kopdar-guyub": ("greeting", "offer"), "pengurus-guyub": ("business_news", "coordination")}
    rows, coded = [], []
    for channel, pair in codes.items():
        for k in range(60):
            message, member = f"{channel}-{k}", PEOPLE[(k // 2) % len(PEOPLE)]
            when = pd.Timestamp("2024-07-01", tz="UTC") + pd.Timedelta(minutes=5 * k)
            rows.append(
                {"message_id": message, "channel": channel, "time": when, "member": member, "text": "ya",
                 "kind": "text", "edited": False, "reply_to": None, "source": f"{channel}.txt", "line": k + 1}
            )  # fmt: skip
            given = pair if k % 3 == 0 else pair[: k % 3]
            every = [code for each in codes.values() for code in each]
            coded += [(message, code, int(code in given), 0.9 if code in given else 0.1, "model") for code in every]
    return pd.DataFrame(rows), pd.DataFrame(coded, columns=list(tables.Coded.columns))


def roster() -> pd.DataFrame:
    joined = pd.Timestamp("2022-01-01", tz="UTC")
    return pd.DataFrame(
        {"member": PEOPLE, "sector": ["food", "food", "food", "craft", "craft", "craft"],
         "role": ["chair", "secretary", "member", "member", "member", "member"], "joined": joined,
         "consent": ["quotes", "quotes", "quotes", "quotes", "aggregate", "quotes"]}
    )  # fmt: skip


def coded_interviews(codings: pd.DataFrame) -> pd.DataFrame:
    """What coding settles: coder-a decides."""
    given = codings[(codings["coder"] == "coder-a") & codings["code"].notna()]
    return pd.DataFrame(
        {"unit_id": given["unit_id"], "code": given["code"], "value": 1, "probability": 1.0, "origin": "human"}
    )


class Study:
    """The tables, to be changed before they are written."""

    def __init__(self, root: Path) -> None:
        self.paths = study.Paths(root)
        self.utterances, self.codings = interviews()
        self.messages, chat = chats()
        self.members = roster()
        self.coded = pd.concat([chat, coded_interviews(self.codings)], ignore_index=True)
        self.agreed = pd.DataFrame({"code": ["trust", "cost"], "alpha": [0.8, 0.9], "usable": [True, True]})
        self.codebook = load(ROOT / "src/analysis/simulate/codebook.yaml").table()

    def write(self) -> study.Paths:
        ingest = self.paths.processed("ingest")
        for name in ("utterances", "codings", "codebook", "members", "messages"):
            schema = getattr(tables, name.capitalize())
            frame = getattr(self, name)
            tables.write(frame if len(frame) else tables.empty(schema), ingest / f"{name}.parquet", schema)
        tables.write(self.coded, self.paths.processed("coding") / "coded.parquet", tables.Coded)
        tables.write(self.agreed, self.paths.processed("coding") / "agreement.parquet")
        self.paths.metrics("ingest").parent.mkdir(exist_ok=True)
        self.paths.metrics("ingest").write_text(json.dumps({"simulated": True}))
        return self.paths


class Chapter:
    """The step run, and everything that its page shows, by the page's own functions."""

    def __init__(self, given: Study, params: dict) -> None:
        self.params, self.paths = step.Params(**params), given.write()
        self.data = step.read(self.paths, self.params)
        results = step.assess(self.data, self.params)
        step.write(self.paths, results)
        self.results = vars(results)
        self.metrics = study.read_metrics(self.paths, "themes")
        self.alone = shown_alone(self["matrix"], self.data.agreed)

    def __getitem__(self, name: str) -> Any:
        return self.results[name]

    def figures(self) -> list:
        window, book = self.params.window, self.data.codebook
        return [
            page.prevalence_figure(self["counts"], book),
            page.together_figure(self["together"], window, self.params.alpha),
            page.saturation_figure(self["codes_heard"], self["saturation"], self["saturation_orders"]),
            difference.offices_figure(self["network"], self.data.offices, self["offices"], self.params.alpha),
            difference.chat_figure(self["chat"], self["settings"], self.params.alpha),
        ]

    def sentences(self) -> list:
        r, p = self.results, self.params
        return [
            page.answer(r["counts"], r["turns"]),
            page.together_sentence(r["together"], r["turns"], p.alpha),
            page.matrix_sentence(r["turns"], r["matrix"], self.data.withheld),
            page.agreement_sentence(r["counts"], r["differing"]),
            page.cases_sentence(r["deviant"], r["negative"], self.alone, p.nearly_all),
            page.saturation_sentence(r["codes_heard"], r["saturation"], r["saturation_orders"]),
            page.comparison_sentence(r["offices"], "without an office", "with one", p.alpha),
            page.chat_sentence(r["chat"]),
            page.comparison_sentence(r["settings"], "with the committee", "informal", p.alpha),
            page.quotations_sentence(r["quotations"], r["passages"], self.data, p.quotes),
            page.theory_sentence(r["theory"]),
            page.triangulation_sentence(r["word_and_deed"], r["self_reports"]),
        ]

    def tables(self) -> list:
        r = self.results
        return [
            page.turns_table(r["turns"], self.alone, 200),
            page.worded(r["counts"]),
            page.group_table(r["by_role"]),
            page.group_table(r["by_sector"]),
            page.worded(r["together"]),
            page.cases_table(r["deviant"], r["negative"], self.alone),
            page.saturation_table(r["saturation"]),
            page.connections_table(r["network"]),
            page.worded(r["theory"]),
            page.word_and_deed_table(r["word_and_deed"]),
            page.self_report_table(r["self_reports"], self.alone),
        ]

    def matrix_table(self) -> str:
        return excerpts.matrix_table(self["matrix"], self.alone).data

    def passages(self) -> str:
        return excerpts.passages_by_theme(self["passages"], self.alone, self.data).data

    def quotations(self) -> str:
        return excerpts.quotations_by_theme(self["quotations"], self.data).data

    def opposites(self) -> str:
        return excerpts.opposite_passages(self["negative"], self["passages"], self.alone, self.data).data

    def turns(self) -> str:
        return excerpts.turns_in_full(self["passages"], self.alone, self.data).data

    def html(self) -> list[str]:
        return [self.matrix_table(), self.passages(), self.quotations(), self.opposites(), self.turns()]

    def checks(self) -> list:
        counted = (self["counts"], self["quotations"], self["turns"])
        return page.page_checks(
            self["coreq"], page.evidence_checks(*counted, self.alone, self.data, self.params.quotes)
        )


@pytest.fixture
def small(tmp_path) -> Study:
    return Study(tmp_path)


@pytest.fixture
def params() -> dict:
    return dict(PARAMS)


@pytest.fixture
def run(small, params):
    """Runs the changed study; keyword arguments change its parameters."""
    return lambda **changed: Chapter(small, params | changed)


@pytest.fixture(scope="module")
def usual(tmp_path_factory) -> Chapter:
    """The study as it is, run once for the tests that only read its results."""
    return Chapter(Study(tmp_path_factory.mktemp("usual")), PARAMS)
