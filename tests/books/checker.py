"""Reads a book as a reviewer would and finds sentences that its own numbers contradict.

`findings` reads the blocks of each page (sentences, captions, alt texts, rows of tables) against facts that are counted
here from the steps' tables, and against the verdicts of metrics/claims.json. It knows pages by their words alone, so it
serves the notebooks' outputs and the built site alike.
"""

from __future__ import annotations

import hashlib
import html
import json
import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import pandas as pd

from analysis import study

NUMBER = r"[−-]?\d[\d,]*(?:\.\d+)?"
NOUNS = (
    "times|members|messages|pairs|partnerships|shares|weeks|months|interviews|participants|codings|coders|units|codes|"
    "replies|texts|turns|files|lines|utterances|conversations|communities|ties|claims|themes|passages|quotations|"
    "annotators|people|addresses|links|names|numbers|draws|chats|exports|channels"
)
SUMMARIES = ("index", "ringkasan", "brief", "brief-id")
SKIPPED = {"script", "style", "pre", "nav", "footer", "header", "math"}
BLOCKS = {"p", "li", "td", "th", "figcaption", "h1", "h2", "h3", "dd", "dt", "summary", "caption"}


@dataclass(frozen=True)
class Finding:
    """A sentence that is false: where it stands, and what contradicts it."""

    page: str
    why: str
    block: str

    def __str__(self) -> str:
        return f"{self.page}: {self.why}: {self.block[:240]!r}"


@dataclass(frozen=True)
class Facts:
    """What is so. written: messages of members; texts: those that are text; members: counted on the roster or in the
    chats; silent: of them, who wrote no text; channels, interviews, partnerships, codings (rows that coders gave), read
    (messages that coders read); known: codes that every text has; verdicts: of each claim; declared: the text of
    claims.yaml, which a page may quote."""

    messages: int
    written: int
    texts: int
    members: int
    silent: int
    channels: int
    interviews: int
    partnerships: int
    codings: int
    read: int
    known: frozenset[str]
    verdicts: Mapping[str, str]
    declared: str = ""
    news: str = "business_news"


def facts_of(paths: study.Paths) -> Facts:
    """The facts of a study that has run, counted from the tables of ingest and coding."""
    ingest, coding = paths.processed("ingest"), paths.processed("coding")
    tables = {name: pd.read_parquet(ingest / f"{name}.parquet") for name in
              ("messages", "utterances", "members", "partnerships", "codings")}  # fmt: skip
    coded, messages, codings = pd.read_parquet(coding / "coded.parquet"), tables["messages"], tables["codings"]
    texts = messages[(messages["kind"] == "text") & messages["member"].notna()]
    everyone = {*tables["members"]["member"], *texts["member"]}
    sums = texts.set_index("message_id")["text"].map(lambda text: hashlib.sha256(text.encode()).hexdigest())
    standing = codings["unit_id"].map(sums) == codings["text_sha256"]  # codings of messages, on the words coded
    labelled = coded[coded["unit_id"].isin(texts["message_id"])].groupby("code")["unit_id"].nunique()
    ledger = study.read_metrics(paths, "claims")["claims"] if paths.metrics("claims").exists() else []
    return Facts(
        messages=len(messages),
        written=int(messages["member"].notna().sum()),
        texts=len(texts),
        members=len(everyone),
        silent=len(everyone - set(texts["member"])),
        channels=messages["channel"].nunique(),
        interviews=tables["utterances"]["transcript"].nunique(),
        partnerships=len(tables["partnerships"]),
        codings=len(codings),
        read=codings.loc[standing, "unit_id"].nunique(),
        known=frozenset(labelled.index[labelled == len(texts)]),
        verdicts={claim["id"]: claim["verdict"] for claim in ledger},
        declared=" ".join((paths.root / "claims.yaml").read_text(encoding="utf-8").split()),
        news=str(study.load_params(paths)["sharing"]["code"]),
    )


# Pages as blocks of text


class _Blocks(HTMLParser):
    """The blocks of an article, alt texts among them."""

    def __init__(self) -> None:
        super().__init__()
        self.blocks: list[str] = []
        self.text: list[str] = []
        self.hidden: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag in SKIPPED:
            self.hidden.append(tag)
        given = dict(attrs)
        if alt := given.get("alt") or (given.get("aria-label") if given.get("role") == "img" else None):
            self.blocks.append(alt)
        if tag in BLOCKS:
            self._end()

    def handle_endtag(self, tag: str) -> None:
        if self.hidden and tag == self.hidden[-1]:
            self.hidden.pop()
        if tag in BLOCKS:
            self._end()

    def handle_data(self, data: str) -> None:
        if not self.hidden:
            self.text.append(data)

    def _end(self) -> None:
        if block := " ".join("".join(self.text).split()):
            self.blocks.append(block)
        self.text = []


def blocks_of_html(page: str) -> list[str]:
    """The blocks of a page; of a built one those of its article alone."""
    found = re.search(r"<article.*?</article>", page, flags=re.S)
    parser = _Blocks()
    parser.feed(found[0] if found else page)
    parser._end()
    return parser.blocks


def blocks_of_notebook(notebook: Mapping[str, Any]) -> list[str]:
    """What the cells of an executed notebook show."""
    blocks = []
    for cell in notebook["cells"]:
        for output in cell.get("outputs", []):
            shown = output.get("data", {})
            if "text/html" in shown:
                blocks += blocks_of_html("".join(shown["text/html"]))
            elif "text/markdown" in shown:
                blocks += [unescaped(line) for line in "".join(shown["text/markdown"]).splitlines() if line.strip()]
    return blocks


NO_NUMBER = re.compile(
    r"\d{4}-\d\d-\d\d|\b\d{1,2}:\d\d\b|\b[A-Z]\d\b|\b\d{1,2} [A-Z][a-z]+ \d{4}|`[^`]*`|\[[^\]]*\]\([^)]*\)"
)  # dates, hours, names of claims and measures, code, links


def numbers_of(sentence: str) -> list[str]:
    """The numbers that a reader of a sentence has to keep in mind."""
    return re.findall(rf"(?<![\w.\\-]){NUMBER}", NO_NUMBER.sub("", sentence))


def sentences_of(notebook: Mapping[str, Any]) -> Iterator[str]:
    """The sentences that the cells of an executed notebook compute."""
    for cell in notebook["cells"]:
        for output in cell.get("outputs", []):
            for line in "".join(output.get("data", {}).get("text/markdown", [])).splitlines():
                yield from re.split(r"(?<=[.!?:])\s+(?=[A-Z\d*])", line)


def unescaped(markdown: str) -> str:
    """Markdown without emphasis and escapes."""
    return html.unescape(re.sub(r"\\(.)", r"\1", re.sub(r"(?<!\\)\*+", "", markdown))).removeprefix("- ")


def notebooks_of(paths: study.Paths) -> dict[str, list[str]]:
    """The executed chapters, by name."""
    return {
        path.stem: blocks_of_notebook(json.loads(path.read_text(encoding="utf-8")))
        for path in sorted((paths.book / "executed").glob("*.ipynb"))
    }


def site_of(site: Path) -> dict[str, list[str]]:
    """The pages of a built book, by name; not those that Sphinx makes of them (search, index)."""
    pages = [path for path in sorted(site.rglob("*.html")) if path.name not in ("search.html", "genindex.html")]
    return {path.stem: blocks_of_html(path.read_text(encoding="utf-8")) for path in pages}


# What is wrong with a sentence by itself


def value(text: str) -> float:
    """A number as a page writes it."""
    return float(text.replace("−", "-").replace(",", ""))


def _half(*texts: str) -> float:
    """How much rounding may have moved numbers so written."""
    return max(0.5 * 10.0 ** -len(text.partition(".")[2]) for text in texts) * (1 + 1e-9)


INTERVAL = re.compile(
    rf"(?<![\d,.])(?P<value>{NUMBER})(?: %| points| percentage points a month)?(?: of \d+)?"
    rf"(?:[ \w]{{0,48}}?\((?:difference (?P<difference>{NUMBER})(?: %)?, )?(?P<less>difference )?(?:interval )?|, "
    rf"(?:interval )?)"
    rf"(?P<low>{NUMBER})(?: %)? to (?P<high>{NUMBER})(?![\d:-])"
)


def wrong_interval(block: str) -> Iterator[str]:
    """An interval that does not hold its own value, has its ends the wrong way round, or no width at 0."""
    for found in INTERVAL.finditer(block):
        low, high = value(found["low"]), value(found["high"])
        said = found["difference"] or ("−" if found["less"] else "") + found["value"]
        slack = _half(said, found["low"], found["high"]) * 2
        if low > high:
            yield f"an interval from {found['low']} down to {found['high']}"
        elif not low - slack <= value(said) <= high + slack:
            yield f"the interval {found['low']} to {found['high']} does not hold {said}"
        elif low == high == value(said) == 0 and re.search(r"[a-z]{4}", block):  # a table may hold what is 0
            yield "an interval of no width at 0"


def wrong_grammar(block: str) -> Iterator[str]:
    """A noun in the plural after a 1, a number that is none, a comparison with a negative number."""
    if found := re.search(rf"(?<![\d.,−-])(?<!of )\b1 (?:coded |annotated |drawn )?({NOUNS})\b(?! of| a| with)", block):
        yield f"'{found[0]}'"
    if re.search(r"\bnan\b|\bNaN\b|\bNaT\b|\binf\b|\bNone\b(?! of| that)", block):
        yield "a number that is none"
    if found := re.search(r"[−-]\d[\d,.]*(?: %)?(?: \w+){0,2} (?:more|fewer|higher|lower|less)\b", block):
        yield f"a comparison with a negative number, '{found[0]}'"


def wrong_part(block: str) -> Iterator[str]:
    """A part larger than its whole, or "only" of what is no small part."""
    for found in re.finditer(r"(?<![\d.,])(only )?(\d[\d,]*) of (?:the |all |these )?(\d[\d,]*)(?![\d.]|,\d)", block):
        part, whole = value(found[2]), value(found[3])
        if part > whole:
            yield f"{found[2]} of {found[3]}"
        if found[1] and whole and part / whole > 0.25:
            yield f"only {found[2]} of {found[3]}"
    for found in re.finditer(rf"({NUMBER}) % of (?:the |all )?(?:members|messages|possible ties|answers)\b", block):
        if not 0 <= value(found[1]) <= 100:
            yield f"{found[1]} %"


TRENDS = {"neither clearly rises nor falls": (-1, 1), "rises": (1, 1), "falls": (-1, -1)}


def wrong_trend(block: str) -> Iterator[str]:
    """A trend whose interval says otherwise."""
    verbs = "|".join(TRENDS)
    for found in re.finditer(rf"share of business news ({verbs}) \(({NUMBER}) [^,]*, ({NUMBER}) to ({NUMBER})", block):
        low, high = value(found[3]), value(found[4])
        clear = 1 if low > 0 else -1 if high < 0 else 0
        if {"rises": 1, "falls": -1}.get(found[1], 0) != clear:
            yield f"{found[1]} though its interval goes from {found[3]} to {found[4]}"


# What is wrong given the facts

SHARERS = re.compile(
    r"\d+ of [\d,]+ (?:members? )?ever share|ever shared (?:any|business)|"
    r"\d members? (?:writes?|wrote) (?:about )?[\d.]+ % of|"
    r"\d anggota pernah menyebarkan|anggota (?:yang paling banyak berbagi )?menulis (?:kira-kira )?[\d,]+%|"
    r"of \d+ members? who wrote, \d|"
    r"\d+ (?:members? )?never share|the \d members who share most"
)
REACH = re.compile(r"\d %? ?(?:of the members )?(?:within|as it is shared now)|more of every 100 members|sampai ke \d")
EFFECTS = {
    "C1": re.compile(r"\d %? ?(?:more|less|fewer)(?! partnerships)[^.]*(?:growth|at the end of the study)|"
                     r"at its start, are \d|"
                     r"exchange go from \d|growth of its other answers[^.]* \S?\d|"
                     r"terhadap bulan pertama \d[\d,]*% lebih"),
    "C2": re.compile(r"\d[^.]{0,60}(?:more|fewer)[^.]{0,60}partnerships (?:begin|per hundred)|exposure before gives p|"
                     r"partnerships begun per hundred pairs differed|kemitraan per seratus pasang"),
    "C3": re.compile(r"Gini coefficient of business news exceeds[^.]* by [−\d]|activity alone reach"),
}  # fmt: skip
FINDINGS = {  # what a summary says of a claim that can be assessed
    **EFFECTS,
    "C3": re.compile(rf"{EFFECTS['C3'].pattern}|ever shared|pernah menyebarkan"),
    "C4": re.compile(r"\d themes? of what helps|muncul \d"),
    "R1": REACH,
}


def wrong_about_sharers(page: str, block: str, facts: Facts) -> Iterator[str]:
    """Members counted by what they share, though the code is not known of all messages."""
    if facts.news not in facts.known:
        if found := SHARERS.search(block):
            yield f"'{found[0]}', but {facts.news} is known of {facts.read} of {facts.texts} messages"
        if found := REACH.search(block):
            yield f"'{found[0]}', but who shares is not known"
    for found in re.finditer(r"[Oo]f the ([\d,]+) messages? read", block):
        if value(found[1]) != facts.read:
            yield f"{found[1]} messages read, of {facts.read}"


def wrong_about_claims(page: str, block: str, facts: Facts) -> Iterator[str]:
    """A verdict that is not the ledger's, or an effect of a claim that is not assessable."""
    for found in re.finditer(r"\b([CR]\d) \([^)]*\): ([a-z]+(?: assessable)?)\.", block):
        if facts.verdicts.get(found[1]) not in (None, found[2]):
            yield f"{found[1]} is {facts.verdicts[found[1]]}"
    told = FINDINGS if page in SUMMARIES else EFFECTS
    if block in facts.declared or block.lower().startswith("smallest effect that matters"):
        return
    for claim, words in told.items():
        if facts.verdicts.get(claim) == "not assessable" and (found := words.search(block)):
            yield f"{claim} is not assessable, and '{found[0]}' is said of it"


COUNTS: tuple[tuple[str, Callable[[Facts], float]], ...] = (
    (r"^([\d,]+) of [\d,]+ members? never wrote", lambda facts: facts.silent),
    (r"^[\d,]+ of ([\d,]+) members? never wrote", lambda facts: facts.members),
    (r"^Each of the ([\d,]+) members? wrote", lambda facts: facts.members),
    (r"^([\d,]+) messages? of [\d,]+ members? in", lambda facts: facts.written),
    (r"^[\d,]+ messages? of [\d,]+ members? in ([\d,]+) chat", lambda facts: facts.channels),
    (r"([\d,]+) interviews? (?:was|were) read", lambda facts: facts.interviews),
    (r"^Of ([\d,]+) partnerships? that", lambda facts: facts.partnerships),
    (r"codings? of ([\d,]+) no longer stand", lambda facts: facts.codings),
    (r"nobody has coded any of the ([\d,]+) message", lambda facts: facts.texts),
    (r"^The study reads ([\d,]+) message", lambda facts: facts.messages),
    (r"^It reads ([\d,]+) interview", lambda facts: facts.interviews),
    (r"Kemitraan yang tercatat: ([\d.]+)", lambda facts: facts.partnerships),
)


def wrong_count(page: str, block: str, facts: Facts) -> Iterator[str]:
    """A count that the tables contradict."""
    for pattern, count in COUNTS:
        if (found := re.search(pattern, block)) and value(found[1]) != count(facts):
            yield f"'{found[0]}', but there are {count(facts)}"


def wrong_about_codings(page: str, block: str, facts: Facts) -> Iterator[str]:
    """More codings than people gave: labels, most of which a model gave, counted as codings."""
    for found in re.finditer(r"(?<![\d.,])(\d[\d,]*) codings?\b", block):
        if value(found[1]) > facts.codings and block not in facts.declared:  # claims.yaml may quote another study
            yield f"{found[0]}, but people gave {facts.codings}"


ALONE = (wrong_interval, wrong_grammar, wrong_part, wrong_trend)
WITH_FACTS = (wrong_about_sharers, wrong_about_claims, wrong_about_codings, wrong_count)


def findings(pages: Mapping[str, Iterable[str]], facts: Facts) -> list[Finding]:
    """Every sentence of these pages that its own words or the study's numbers contradict."""
    found = []
    for page, blocks in pages.items():
        for block in blocks:
            reasons = [why for check in ALONE for why in check(block)]
            reasons += [why for check in WITH_FACTS for why in check(page, block, facts)]
            found += [Finding(page, why, block) for why in dict.fromkeys(reasons)]
    return found
