"""Check that everything quoted in the book was said, by people who agreed to it, and that nothing identifies a person.

A quotation is text between quotation marks of any kind (single ones from MANY words on), a block quote, what is in a
<mark>, <q> or <blockquote>, or in a table's column `quotation`, `text` or `translation`. It must be whole words of one
message or turn; where an omission is marked, each part must be of the same one, in order, and what is left out
may hold no negation. In prose no negation may stand right before it either (a notebook shows spans as coders marked
them, with a link to the turn). One that links its turn must be of that turn and of the person named there, with a
translation of that turn. A chapter calls people as it alone does, and what it shows is led back to the study's tables
first. A quotation from a work is followed by its citation and is not checked. In addition, the book may hold no run of
RUN words that only members without that consent wrote.
"""

from __future__ import annotations

import hashlib
import html
import re
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Set
from dataclasses import dataclass, field
from functools import lru_cache

import pandas as pd
import pathspec

from analysis import approvals, published, scan, study, tables, wording
from analysis.errors import InputError
from analysis.ingest.sheets import read_roster
from analysis.site import PageParser
from analysis.verify.prose import plain
from analysis.verify.subject import AGAIN, SITE, Finding, Subject

RUN = 6  # words; shorter runs are common phrases
MANY = 3  # least number of words for which single quotation marks mean a quotation, not emphasis
COLUMNS = ("quotation", "text", "translation")
SAID = ("mark", "q", "blockquote")  # elements of HTML that hold what somebody said
# Words that negate, or nearly, as people of these chats write them: Indonesian, Javanese (ngoko, krama), English
_NEGATING = """
    tidak tdk tdak tida tak tk gak ga gk gaa ngga nggak nggk ngg enggak engga engg enggk kagak kaga kgk ndak nda ndk
    gada gaada gamau gabisa gatau bukan bukannya bkn jangan jgn jngn belum blm blum belom blom belon tanpa tnp
    kurang krg jarang jrg mustahil nihil ogah
    ora ra gaonok gaono dudu durung drg rung ojo ojok emoh moh mboten boten mbtn dereng sanes ampun arang
    not no never without nobody nothing cannot none neither nor nowhere hardly scarcely barely rarely seldom
    dont cant wont isnt arent wasnt doesnt didnt hasnt havent couldnt wouldnt shouldnt aint
"""
NEGATIONS = re.compile(rf"\b(?:{'|'.join(_NEGATING.split())}|\w+n['’]t)\b", re.I)
# What may stand between a negation and what it negates
_LIGHT = """
    pernah sih juga lagi pun bisa iso mau gelem usah perlu ada ono akan terlalu begitu sempat tau tahu boleh harus
    ever really very quite so be been to a the even yet have
"""
FIX = "Quote what is in the data, of people who agreed to be quoted, by the notebook's own functions."
FOLDERS = ("metrics", "data/processed", "book/executed", SITE)
ABSENT = "Run it where the raw files are, or ask the authors to."
LET_THROUGH = "`guyub scan --show` shows what it is; fix what let it through, then dvc repro."
_CITATION, CITED = re.compile(r"\{cite(?::\w+)?\}`[^`]*`"), "\ue001"  # the citation is replaced by a private character
_WRAP = r"\n(?!\s*(?:\n|[-*+|#>:]|\d+[.)]))"  # the end of a line, not of a paragraph, item or row
_QUOTED = re.compile(r"“([^”]+)”(?!\s?\ue001)")
_STRAIGHT = re.compile(rf"\"((?:[^\"\n]|{_WRAP})+)\"(?!\s?\ue001)")
_ANGLED = re.compile(rf"[«»]((?:[^«»\n]|{_WRAP})+)[«»](?!\s?\ue001)")  # «so», »so« and »so»
_SINGLE = re.compile(rf"(?<!\w)[‘'‚‹]((?:[^’'‹›\n]|{_WRAP})+(?:['’]\w+(?:[^’'‹›\n]|{_WRAP})*)*)[’'›](?!\w|\s?\ue001)")
_TYPED = re.compile(r"(?<!`)``(?!`)([^`\n]+?)''")  # as LaTeX and typewriters have it
_BLOCK = re.compile(r"(?:^ *>.*\n?)+(?!.*\ue001)", re.M)
_SET_OFF = re.compile(r"^ *(`{3,}|~{3,}|:{3,})\{(?:epigraph|pull-quote|highlights)\}[^\n]*\n(.*?)^ *\1", re.M | re.S)
_TABLE = re.compile(r"^ *(\|.*)\n *\|[\s:|-]+\n((?: *\|.*\n?)*)", re.M)
_MARKS = str.maketrans(
    dict.fromkeys("„「『〝‟❝⹂｢《", "“") | dict.fromkeys("」』〞❞｣》", "”") | dict.fromkeys("＂″‶", '"')
    | dict.fromkeys("❛‛‵", "‘") | dict.fromkeys("❜′", "’")
)  # fmt: skip
_ATTRIBUTED = re.compile(r'“([^<]*)”</span>(?:<br><em[^>]*>([^<]*)</em>)?<br><a href="#turn-([^"]*)">(\w+)')
_NEGATED = re.compile(
    rf"{NEGATIONS.pattern}(?:\s+(?:{'|'.join(_LIGHT.split())}))*[\s,]+$", re.I
)  # the end of a text that negates the words after it
_GAP = re.compile(r"\s*(?:\[?(?:…|\.\.\.)\]?)\s*")


@dataclass(frozen=True)
class Said:
    """What was said. quotable: all that may be quoted, one line each; withheld: runs of words that are in none of it;
    turns: speaker and text of each turn of an interview; translated: what people entered as its translations."""

    quotable: str
    withheld: Set[tuple[str, ...]]
    turns: Mapping[str, tuple[str, str]]
    translated: Mapping[str, str] = field(default_factory=dict)


def quotations_are_said_and_consented(subject: Subject) -> Iterator[Finding]:
    """Every quotation is in the data, by somebody who consents to it, and nobody else's words are shown."""
    yield from _asked_otherwise(subject)
    said = what_was_said(subject)
    for place, data in _outputs(subject):
        for words, turn in misattributed(data.get("text/html", ""), said.turns, said.translated):
            yield Finding(place, f"a quotation is not of {turn}, or not of the person it names: {words[:60]!r}", FIX)
    for place, text, quoted, prose in _shown(subject):
        for words in quoted:
            if not is_quotable(words, said.quotable, prose):
                yield Finding(place, f"a quotation is not in the data, or not consented to: {words[:60]!r}", FIX)
        if withheld := runs(text) & said.withheld:
            whose = "members who did not agree to be quoted, or that nobody approved"
            yield Finding(place, f"it holds words of {whose}, {len(withheld)} runs", FIX)


def _asked_otherwise(subject: Subject) -> Iterator[Finding]:
    """Checks that as many members agreed to be quoted as in the list of members. Only the key of the pseudonyms links
    them, so answers are counted; nothing where the list is not here."""
    place = subject.paths.raw / "members.csv"
    if not place.is_file():
        return
    members = tables.read(subject.paths.processed("ingest") / "members.parquet", tables.Members)
    now, asked = (int(tables.agrees(each["consent"]).sum()) for each in (members, read_roster(place)))
    if now != asked:
        what = f"{asked} of its members agree to be quoted, and {now} by data/processed/ingest/members.parquet"
        yield Finding(subject.name(place), what, AGAIN)


def what_was_said(subject: Subject) -> Said:
    """Texts of messages and utterances, with their translations, separated by the members' consent, and by a person's
    approval where study.yaml asks for it. Raises InputError before ingest has run."""
    folder = subject.paths.processed("ingest")
    if not folder.is_dir():
        raise InputError("there are no messages yet", path=folder, fix=AGAIN)
    members = tables.read(folder / "members.parquet", tables.Members)
    consenting = tables.agreed(members)
    utterances = _units(subject, "utterances", "utterance_id")
    units = pd.concat([_units(subject, "messages", "message_id"), utterances])
    spoken_to = tables.read(folder / "utterances.parquet", tables.Utterances)
    approved = approvals.approved(subject.paths, spoken_to)
    free = units["member"].isin(consenting) & (approved is None or units["unit_id"].isin(list(approved)))
    free |= units["role"] == "interviewer"
    codings = tables.read(folder / "codings.parquet", tables.Codings).dropna(subset="translation")
    translated = codings.loc[codings["unit_id"].isin(units.loc[free, "unit_id"]), "translation"].unique()
    unnamed = set(units["member"].dropna()) | set(members["member"])
    spoken_freely = [*units.loc[free, "text"], *translated]
    own = [wording.unnamed(text, unnamed - consenting) for text in spoken_freely]
    naming_nobody = {wording.unnamed(text, unnamed) for text in spoken_freely}.difference(own)
    others = units.loc[~free & units["member"].notna(), "text"]
    withheld = frozenset().union(*map(runs, others)).difference(*map(runs, own))
    spoken = (_one([wording.unnamed(text, unnamed - consenting)]) for text in utterances["text"])
    turns = dict(zip(utterances["unit_id"], zip(utterances["member"], spoken, strict=True), strict=True))
    return Said(
        _one([*own, *sorted(naming_nobody)]), withheld, turns, _translations(codings, units, unnamed - consenting)
    )


def _translations(codings: pd.DataFrame, units: pd.DataFrame, unnamed: Set[str]) -> dict[str, str]:
    """Translations of each unit, one line each: those that people entered for its present text, by its hash."""
    now = {
        unit: hashlib.sha256(text.encode()).hexdigest()
        for unit, text in zip(units["unit_id"], units["text"], strict=True)
    }
    current = codings[codings["unit_id"].map(now).eq(codings["text_sha256"]).astype(bool)]
    entered = current.groupby("unit_id")["translation"].unique()
    return {str(unit): _one([wording.unnamed(text, unnamed) for text in texts]) for unit, texts in entered.items()}


def misattributed(
    page: str, turns: Mapping[str, tuple[str, str]], translated: Mapping[str, str] | None = None
) -> Iterator[tuple[str, str]]:
    """Words and turn of each quotation in HTML that is not in its turn, or that another speaker said.

    Also translations that nobody entered for that turn. translated: by turn; None: translations are not checked.
    """
    for words, translation, turn, who in _ATTRIBUTED.findall(page):
        speaker, text = turns.get(turn, ("", ""))
        if who != speaker or not is_quotable(html.unescape(words), text, prose=False):
            yield html.unescape(words), turn
        elif (
            translated is not None
            and translation
            and not is_quotable(html.unescape(translation), translated.get(turn, ""))
        ):
            yield html.unescape(translation), turn


def _units(subject: Subject, table: str, key: str) -> pd.DataFrame:
    frame = pd.read_parquet(subject.paths.processed("ingest") / f"{table}.parquet").rename(columns={key: "unit_id"})
    return frame.assign(role=frame.get("role", "member"))[["unit_id", "member", "role", "text"]]


def _outputs(subject: Subject) -> Iterator[tuple[str, dict[str, str]]]:
    """Place and words of each output of the notebooks, with people's pseudonyms as in the study's tables."""
    for step, notebook in subject.executed.items():
        own = {shown: member for member, shown in study.called(subject.paths, step)[0].items()}
        for cell in notebook.cells:
            place = f"{subject.name(subject.paths.executed(step))}, cell {cell.get('id')}"
            for output in cell.get("outputs", []):
                words = {kind: text for kind, text in output.get("data", {}).items() if kind.startswith("text/")}
                yield place, {kind: published.renamed(text, own) for kind, text in words.items()}


def _shown(subject: Subject) -> Iterator[tuple[str, str, list[str], bool]]:
    """Place, words and quotations of each page's prose and of each output, and whether it is prose."""
    for place, text in subject.prose.items():
        yield place, plain(text), quoted_in_prose(text), True
    for place, data in _outputs(subject):
        if "text/html" in data:
            page = _read(data["text/html"])
            yield place, " ".join(page.words), page.quoted, False
        elif "text/markdown" in data:
            text = re.sub(r"\\(\W|_)", r"\1", html.unescape(data["text/markdown"]))
            yield place, text, _QUOTED.findall(text.translate(_MARKS)), True


def quoted_in_prose(text: str) -> list[str]:
    """Every quotation in Markdown, with any kind of marks."""
    typed = _TYPED.sub(r"“\1”", _CITATION.sub(CITED, text))
    own = html.unescape(plain(typed)).translate(_MARKS)
    blocks = [re.sub(r"^ *> ?", "", block, flags=re.M) for block in _BLOCK.findall(own)]
    blocks += [block for _, block in _SET_OFF.findall(text)]
    single = [words for words in _SINGLE.findall(own) if len(words.split()) >= MANY]
    blocks += [*_read(plain(typed), deep=True).said, *_column(own)]
    marked = [words for pattern in (_QUOTED, _STRAIGHT, _ANGLED) for words in pattern.findall(own)]
    return [*marked, *single, *(words for block in blocks if (words := block.strip('“”"\n ')))]


def _column(text: str) -> Iterator[str]:
    """Cells of the columns of Markdown's tables that hold what somebody said."""
    for head, body in _TABLE.findall(text):
        names = [name.strip(" *").lower() for name in head.strip().strip("|").split("|")]
        for line in body.splitlines():
            cells = line.strip().strip("|").split("|")
            yield from (cell.strip(" *_") for name, cell in zip(names, cells, strict=False) if name in COLUMNS)


class _Page(PageParser):
    """A piece of HTML: its words, its quotations, and those that elements or columns mark as said.

    deep: text in nested elements counts as well; in the notebooks' own, nested elements name the speaker.
    """

    def __init__(self, source: str, deep: bool = False) -> None:
        super().__init__()
        self.words: list[str] = []
        self.quoted: list[str] = []
        self.said: list[str] = []
        self._deep, self._within = deep, 0  # number of open elements that hold what somebody said
        self._heads: list[str] = []
        self._column, self._tag = 0, ""
        self.feed(source)
        self.close()
        self.quoted += self.said

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self._tag = tag
        self._within += tag in SAID
        self._heads = [] if tag == "thead" else self._heads
        self._column = 0 if tag == "tr" else self._column

    def handle_endtag(self, tag: str) -> None:
        self._tag = ""
        self._within = max(0, self._within - (tag in SAID))
        self._column += tag in ("td", "th")

    def handle_data(self, data: str) -> None:
        if self._tag in ("script", "style"):
            return
        self.words.append(data)
        self.quoted += _quoted_in(data.translate(_MARKS))
        head = "".join(self._heads[self._column : self._column + 1])
        if self._tag in SAID or (self._deep and self._within) or (self._tag == "td" and head in COLUMNS):
            self.said.append(data)
        elif self._tag == "th":
            self._heads.append(data.strip())


@lru_cache(maxsize=1024)
def _read(source: str, *, deep: bool = False) -> _Page:
    """A piece of HTML, parsed. deep: as in _Page."""
    return _Page(source, deep)


def _quoted_in(text: str) -> list[str]:
    """Quotations in a run of text; one that contains quotation marks is taken whole."""
    start, end = text.find("“"), text.rfind("”")
    if start < 0 or end < start:
        return []
    inner = text[start + 1 : end]
    nested = inner.count("“") != inner.count("”") or inner.find("“") < inner.find("”")
    return [inner] if nested else _QUOTED.findall(text)


def is_quotable(words: str, quotable: str, prose: bool = True) -> bool:
    """Whether a quotation was said as it stands: its parts, cut at its omissions, are whole words of one line of
    quotable and follow each other there, and what is left out between them, in prose before them too, negates nothing.
    """
    parts = [part for part in (" ".join(part.split()) for part in _GAP.split(words)) if re.search(r"\w", part)]
    return not parts or any(_follow(parts, line, prose) for line in _lines_with(parts[0], quotable))


def _lines_with(part: str, text: str) -> Iterator[str]:
    """Lines of a text that contain a part."""
    at = text.find(part)
    while at >= 0:
        start, end = text.rfind("\n", 0, at) + 1, text.find("\n", at)
        end = end if end >= 0 else len(text)
        yield text[start:end]
        at = text.find(part, end)


def _follow(parts: list[str], line: str, prose: bool) -> bool:
    """Whether parts are in a line in this order as whole words, and nothing that is left out negates."""
    ends: list[int] = []  # where the parts so far may end
    for number, part in enumerate(parts):
        begin, close = (r"(?<!\w)" if part[0].isalnum() else "", r"(?!\w)" if part[-1].isalnum() else "")
        starts = [m.start() for m in re.finditer(f"(?={begin}{re.escape(part)}{close})", line)]
        if number:
            starts = [at for at in starts if any(end <= at and not _negates(line[end:at]) for end in ends)]
        elif prose:
            starts = [at for at in starts if not _NEGATED.search(_short(line[:at]))]
        ends = [at + len(part) for at in starts]
    return bool(ends)


def _negates(left_out: str) -> bool:
    """Whether words that a quotation leaves out negate."""
    return NEGATIONS.search(_short(left_out)) is not None


def _short(text: str) -> str:
    """A text without drawn-out letters, as in nggaaak."""
    return re.sub(r"(\w)\1{2,}", r"\1", text)


def _one(texts: Iterable[str]) -> str:
    return "\n".join(" ".join(text.split()) for text in texts)


def _is_ignored(subject: Subject, name: str) -> bool:
    """Whether the study's own .gitignore keeps a file out of git."""
    lines = subject.text(".gitignore").splitlines() if (subject.root / ".gitignore").is_file() else []
    return pathspec.GitIgnoreSpec.from_lines(lines).match_file(name)


def runs(text: str) -> set[tuple[str, ...]]:
    """Every run of RUN words of a text, in lower case."""
    words = re.findall(r"\w+", text.lower())
    return {tuple(words[i : i + RUN]) for i in range(len(words) - RUN + 1)}


def nothing_leads_to_a_person(subject: Subject) -> Iterator[Finding]:
    """No file that a step made holds a name, number or address of a person, nor the key of the pseudonyms, and git
    ignores that key."""
    if (subject.root / ".git").exists() and not _is_ignored(subject, "secrets/pseudonym.key"):
        fix = "Write /secrets/ into .gitignore, and look with `git log -- secrets` that it was never committed."
        yield Finding(".gitignore", "git would take along the key of the pseudonyms, which leads to people", fix)
    if not subject.paths.raw.is_dir() and not subject.is_left_out("data/raw"):
        yield Finding("data/raw", "the raw files are not here, so nobody's name can be searched for", ABSENT)
    watching = scan.watchlist(subject.paths)
    for folder in (subject.root / name for name in FOLDERS if (subject.root / name).is_dir()):
        places = defaultdict(list)
        for hit in scan.survey(subject.paths, folder, watching).hits:
            places[subject.name(folder / hit.file), hit.kind].append(hit.place)
        for (file, kind), where in places.items():
            yield Finding(file, f"{kind}, {len(where)} times, first at {where[0]}", LET_THROUGH)
