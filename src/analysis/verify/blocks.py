"""Check that pages show what their blocks (directives) make: meanings of grades, declared claims, the ledger, advice,
findings and limits of checks, checklists; who shares and what is voiced, the study in one picture, and benchmarks.

Numbers and verdicts in them are compared by `analysis.verify.pages`.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Iterator
from functools import partial

from matplotlib import pyplot as plt

from analysis import figures, study
from analysis.book import (
    benchmark_tables,
    downloads,
    overview_figure,
    reply_scores,
    simulated_truth,
    summary_page,
    translation,
)
from analysis.claims.ledger import common_amendments, leanings, number_lines
from analysis.claims.robust import meanings
from analysis.claims.rule import load_claims, load_common
from analysis.errors import Missing
from analysis.verify.catalogue import allowances, catalogue, checklist
from analysis.verify.pages import shown_lines, words_of
from analysis.verify.subject import REBUILD, SITE, Finding, Subject

BLOCK = re.compile(r"```\{([\w-]+)\}[ ]*(.*)")  # its name, and its argument
OWN = ("advice", "owner", "first", "cost", "watch")  # texts of an item of advice


def blocks_say_what_files_give(subject: Subject) -> Iterator[Finding]:
    """Every text of a block that its page, as built, does not say."""
    for name, text in subject.pages.items():
        short = name.removeprefix("book/").removesuffix(".md")
        page, language = f"{SITE}/{short}.html", subject.language(short)
        built = downloads.bare(subject.site.get(page, ""))
        said, wanted = words_of(built), Counter[str]()
        for block, argument in (found.groups() for line in shown_lines(text).values() if (found := BLOCK.match(line))):
            for words in TEXTS.get(block, _nothing)(subject, language, argument):
                wanted[words_of(words)] += 1  # two tables may share a row
                if said.count(words_of(words)) < wanted[words_of(words)]:
                    yield Finding(page, f"its block `{block}` does not say: {' '.join(words.split())[:90]}", REBUILD)
            for piece in PIECES.get(block, _nothing)(subject, language, argument):
                if piece not in built:
                    yield Finding(page, f"its block `{block}` does not show what the files give", REBUILD)


def _grades(*_: object) -> Iterator[str]:
    yield from meanings().values()


def _declared(subject: Subject, *_: str) -> Iterator[str]:
    for claim in load_claims(subject.root / "claims.yaml"):
        yield from (claim["estimand"], claim["test"])
        yield ", ".join(f"{number} {what}" for what, number in claim["minimum"].items())
        if claim.get("direction"):
            yield f"{claim['direction']}, {claim['smallest_effect']} {claim['unit']}"
        if "supported_if" in claim:
            yield f"Supported if {claim['supported_if']}"


def _ledger(subject: Subject, *_: str) -> Iterator[str]:
    written = subject.root / "claims.yaml"
    declared = {claim["id"]: claim for claim in load_claims(written)}
    leaning = leanings(subject.paths)
    for row in study.read_metrics(subject.paths, "claims")["claims"]:
        yield row["sentence"]
        yield from (*number_lines(row, declared.get(row["id"]), leaning.get(row["id"], "")), row.get("reason") or "")
    yield common_amendments(load_common(written))


def _planted(subject: Subject, *_: str) -> Iterator[str]:
    yield simulated_truth.say(subject.paths)


def _advice(subject: Subject, language: str, _: str) -> Iterator[str]:
    for entry in study.read_metrics(subject.paths, "recommendations")["advice"]:
        own = entry[language]
        yield from (own[key] for key in OWN)
        yield own["strength"] if entry["strength"] else own["status"]


def _checks(*_: object) -> Iterator[str]:
    for check in catalogue():
        yield from (check.catches, check.limits)


def _checklist(_: Subject, __: str, name: str) -> Iterator[str]:
    for row in checklist(name):
        yield from (row.item, row.person or "")


def _allowed(*_: object) -> Iterator[str]:
    for row in allowances():
        yield from (row["text"], row["reason"])


def _actions(key: str, subject: Subject, language: str, _: str) -> Iterator[str]:
    yield from study.read_metrics(subject.paths, "recommendations")[key].get(language, [])


def _replies(subject: Subject, _: str, where: str) -> Iterator[str]:
    yield from map(" ".join, reply_scores.shown(subject.paths, where)[1])


def _speed(subject: Subject, _: str, group: str) -> Iterator[str]:
    if group == benchmark_tables.ANSWER:
        yield benchmark_tables.answer(subject.paths)
    yield from map(" ".join, benchmark_tables.rows(subject.paths, group))


def _who_shares(subject: Subject, language: str, _: str) -> Iterator[str]:
    yield summary_page.who_shares(subject.paths, _translator(subject, language), language)


def _voiced(subject: Subject, language: str, _: str) -> Iterator[str]:
    yield summary_page.voiced(subject.paths, _translator(subject, language))


def _overview(subject: Subject, *_: str) -> Iterator[str]:
    drawn = overview_figure.figure(subject.paths)
    if not isinstance(drawn, Missing):
        plt.close(drawn.drawing)
        yield from figures.said(drawn, subject.paths.source)


def _reliability(subject: Subject, *_: str) -> Iterator[str]:
    yield reply_scores.reliability(subject.paths)


def _translator(subject: Subject, language: str) -> Callable[[str], str]:
    return partial(translation.translated, subject.paths.book / "locale", language)


def _nothing(*_: object) -> Iterator[str]:
    yield from ()


TEXTS: dict[str, Callable[[Subject, str, str], Iterator[str]]] = {
    "grades": _grades,
    "claims": _declared,
    "ledger": _ledger,
    "planted": _planted,
    "advice": _advice,
    "checks": _checks,
    "checklist": _checklist,
    "allowed": _allowed,
    "actions": partial(_actions, "actions"),
    "actions-in-full": partial(_actions, "actions_in_full"),
    "reply-table": _replies,
    "speed": _speed,
}
PIECES: dict[str, Callable[[Subject, str, str], Iterator[str]]] = {  # as HTML
    "who-shares": _who_shares,
    "voiced": _voiced,
    "overview": _overview,
    "reliability": _reliability,
}
