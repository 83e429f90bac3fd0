"""The watchlist of a scan: everyone in a study's raw folder, and the words that its own sources use."""

from __future__ import annotations

import re
from bisect import bisect_left
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from functools import cache, cached_property
from itertools import islice, takewhile
from pathlib import Path
from types import CodeType

import latexcodec  # noqa: F401  the codec `latex`; jupyter-book brings it
import pandas as pd
import snowballstemmer  # Sphinx brings it
import yaml

from analysis import published, study, tables
from analysis.identifiers.patterns import data
from analysis.identifiers.spans import Span
from analysis.ingest.gather import Raw, gather
from analysis.ingest.keys import draw
from analysis.privacy import Pseudonymiser, listed, normal, phone, pseudonym
from analysis.scan.readable import as_json, joined

SOURCES = ("notebooks", "book", "src/analysis", "study.yaml", "claims.yaml", "params.yaml", "dvc.yaml")
NO_SOURCES = ("book/_build", "book/executed", "src/analysis/simulate", "src/analysis/identifiers/privacy.yaml")
STATED = ("authors", "contact", "repository", "ethics", "funding", "competing_interests", "licence", "site",
          "issues", "launch")  # fmt: skip
WORD = re.compile(r"[^\W_]+")
DOI = re.compile(r"\bdoi\s*=\s*\{([^{}]+)\}")  # of a reference in BibTeX
BRACES = str.maketrans("", "", "{}")  # of TeX, which does not print them
STEMMER = snowballstemmer.stemmer("porter")
RUN = re.compile(r"[^\W\d_]+|\d+")  # a name may begin after digits: 2Tutik
BEGINNING = 3  # letters of a name by which it is looked up
WRITTEN = re.compile(r"\w+")  # as a nickname is: `safari_` is somebody, Safari is not


@dataclass(frozen=True)
class Vocabulary:
    """Words, and their stems by Porter's rules, which are what Sphinx's index of the book holds. Only words that may
    have the stem that is asked for are stemmed: all but its last letter they have in common."""

    words: frozenset[str]

    def __contains__(self, word: str) -> bool:
        return word in self.words or word in self._stems(word[:-1])

    @cached_property
    def _ordered(self) -> list[str]:
        return sorted(self.words)

    def _stems(self, beginning: str) -> list[str]:
        first = bisect_left(self._ordered, beginning)
        alike = takewhile(lambda word: word.startswith(beginning), islice(self._ordered, first, None))
        return STEMMER.stemWords(list(alike))


@dataclass(frozen=True)
class Watchlist:
    """What is searched for.

    people: finds names and identifiers, as ingest does. pseudonyms: the study's own; aggregate: those of members who
    are counted in sums only; withheld: of members who withhold consent; shown: of the chapters. full: full names, each
    as its words; numbers: telephone numbers, as digits; listed: words of all names; words: words of the sources.
    months: in which somebody wrote, and those next to them. stated: published on purpose. key: in hexadecimal digits.
    size: how many people. cache: the hits in each piece, since a book says most things twice; spans: what was found in
    a text without pseudonyms and labels, which is the same for most identifiers of messages.
    """

    people: Pseudonymiser
    pseudonyms: frozenset[str]
    aggregate: frozenset[str]
    withheld: frozenset[str]
    shown: frozenset[str]
    full: frozenset[tuple[str, ...]]
    numbers: frozenset[str]
    listed: frozenset[str]
    words: Vocabulary
    months: frozenset[pd.Period]
    stated: str
    key: str
    size: int
    cache: dict[tuple[str, bool, bool], list[tuple[str, str]]] = field(default_factory=dict, repr=False)
    spans: dict[str, list[Span]] = field(default_factory=dict, repr=False)

    def may_name(self, text: str) -> bool:
        """Whether a word of a listed name, or several written together, may begin anywhere in a text."""
        return any(self._begun(pattern.findall(normal(text))) for pattern in (RUN, WRITTEN)[: 1 + ("_" in text)])

    def _begun(self, words: list[str]) -> bool:
        """Whether a listed name begins where one of the words does, as they follow one another without what is between
        them."""
        together, place = "".join(words), 0
        for word in words:
            starts = {together[place : place + letters] for letters in range(1, BEGINNING + 1)}
            if any(together.startswith(self._listed.get(start, ()), place) for start in starts):
                return True
            place += len(word)
        return False

    @cached_property
    def _listed(self) -> dict[str, tuple[str, ...]]:
        """The listed words by their first BEGINNING letters."""
        by_start: dict[str, tuple[str, ...]] = {}
        for word in self.listed:
            by_start[word[:BEGINNING]] = (*by_start.get(word[:BEGINNING], ()), word)
        return by_start

    @cached_property
    def codes(self) -> frozenset[str]:
        """The pseudonyms by which people are called, the study's own and the chapters'."""
        return self.pseudonyms | self.shown


def watchlist(paths: study.Paths) -> Watchlist:
    """Everyone in the study's raw folder and its sources' words. Raises InputError as gather does."""
    raw = _raw(paths)
    everyone = [raw.roster, raw.strangers, raw.participants]
    names = [tuple(normal(name).split()) for name in _written(everyone, "aliases")]
    written = paths.processed("ingest") / "members.parquet"  # none before ingest has run
    members = tables.read(written, tables.Members) if written.exists() else tables.empty(tables.Members)
    people = Pseudonymiser(pd.concat(everyone[:2], ignore_index=True), key=draw(raw), participants=raw.participants)
    return Watchlist(
        people=people,
        pseudonyms=frozenset(members["member"]),
        aggregate=frozenset(members["member"]) - tables.agreed(members),
        withheld=_withheld(paths, raw.roster, people.length),
        shown=_shown(paths),
        full=frozenset(tuple(WORD.findall(" ".join(name))) for name in names if len(name) > 1),
        numbers=frozenset(filter(None, map(phone, _written(everyone, "phones")))),
        listed=_listed(names),
        words=words_of(paths),
        months=_months(raw),
        stated=_stated(paths),
        key=_key(paths),
        size=sum(map(len, everyone)),
    )


def _raw(paths: study.Paths) -> Raw:
    """The raw folder as ingest reads it; without people where there is none."""
    if not paths.raw.is_dir():
        nobody = pd.DataFrame({"name": pd.Series(dtype="str")})
        return Raw([], [], nobody, nobody, nobody, [], nobody, nobody)
    params = study.step_params(paths, "ingest")
    return gather(paths.raw, tz=str(params["tz"]), date_order=params["date_order"])  # type: ignore[arg-type]


def _months(raw: Raw) -> frozenset[pd.Period]:
    written = {month for chat in raw.chats for month in chat["time"].dt.tz_localize(None).dt.to_period("M").unique()}
    return frozenset(month + offset for month in written for offset in (-1, 0, 1))


def _key(paths: study.Paths) -> str:
    place = paths.secrets / "pseudonym.key"
    return place.read_text(encoding="ascii", errors="replace").strip().lower() if place.exists() else ""


def _shown(paths: study.Paths) -> frozenset[str]:
    """What the chapters call people; nobody before ingest has run."""
    written = paths.processed("ingest") / published.FILE
    rows = tables.read(written, published.Chapters) if written.exists() else tables.empty(published.Chapters)
    return frozenset(rows["shown"].dropna())


def _withheld(paths: study.Paths, roster: pd.DataFrame, length: int) -> frozenset[str]:
    """Pseudonyms that members who withhold consent would have, as far as the key is known. length: of a pseudonym."""
    secret, simulated = _key(paths), paths.simulated
    if "consent" not in roster or not (simulated or re.fullmatch(r"(?:[0-9a-f]{2})+", secret)):
        return frozenset()
    key = str(study.step_params(paths, "ingest")["demo_key"]).encode() if simulated else bytes.fromhex(secret)
    return frozenset(pseudonym(name, key, length=length) for name in roster.loc[roster["consent"] == "none", "name"])


def _written(everyone: Iterable[pd.DataFrame], column: str) -> Iterator[str]:
    """Names of all, and what is listed of them in a column: aliases or phones."""
    rows = (row for people in everyone for row in people.to_dict("records"))
    return (text for row in rows for text in (row["name"], *listed(row.get(column))))


@cache
def titles() -> frozenset[str]:
    """Every spelling of a title before a name, such as Pak or Ibu, which is no name itself."""
    return frozenset(spelling for spellings in data()["titles"].values() for spelling in spellings)


def _listed(names: Iterable[tuple[str, ...]]) -> frozenset[str]:
    """Words of names, one by one and written together; titles are none."""
    bare = [[word for part in name if part not in titles() for word in WRITTEN.findall(part)] for name in names]
    return frozenset(word for words in bare for word in (*words, "".join(words)))


def words_of(paths: study.Paths) -> Vocabulary:
    """Words, in small letters, that the study's pages, notebooks, references and code put before a reader."""
    left = [paths.root / name for name in NO_SOURCES]
    words: set[str] = set()
    for file in (file for name in SOURCES for file in files_of(paths.root / name)):
        if not any(file.is_relative_to(place) for place in left) and file.suffix != ".pyc":
            words.update(WORD.findall(normal(_said(file))))
    return Vocabulary(frozenset(words))


def _said(file: Path) -> str:
    """What a source says to readers: a notebook's cells, not their outputs; of code strings and names, no comments; of
    references also how TeX prints them (Cand\\`es is Candès)."""
    text = file.read_text(encoding="utf-8", errors="replace")
    if file.suffix == ".ipynb":
        return "\n".join(joined(cell["source"]) for cell in as_json(text)["cells"])
    if file.suffix == ".bib":
        return f"{text}\n{text.encode().decode('latex+utf-8', 'replace').translate(BRACES)}"
    if file.suffix != ".py":
        return text
    try:
        return "\n".join(_named(compile(text, file.name, "exec", dont_inherit=True, optimize=2)))
    except (SyntaxError, ValueError):  # no Python, or a sign in it that no program holds
        return text


def _named(code: CodeType) -> Iterator[str]:
    """Names and strings of compiled code, of which comments and docstrings (optimize=2) are no part. In half the time
    that its syntax tree takes."""
    yield from (*code.co_names, *code.co_varnames, *code.co_cellvars)
    waiting: list[object] = [*code.co_consts]
    while waiting:
        if isinstance(value := waiting.pop(), str):
            yield value
        elif isinstance(value, CodeType):
            yield from _named(value)
        elif isinstance(value, tuple | frozenset):
            waiting += value


def _stated(paths: study.Paths) -> str:
    """What study.yaml says of the authors and how to reach them, and the references' DOIs: Sphinx's index of the book
    holds their parts as terms, and some look like telephone numbers."""
    source, references = paths.root / "study.yaml", paths.root / "book" / "references.bib"
    about = study.read_yaml(source) or {} if source.exists() else {}
    stated = yaml.safe_dump({key: about.get(key) for key in STATED}, allow_unicode=True, width=10_000)
    dois = DOI.findall(references.read_text(encoding="utf-8")) if references.exists() else []
    return normal("\n".join([stated, *dois]))


def files_of(folder: Path) -> list[Path]:
    """A folder's files, or the one file."""
    return [folder] if folder.is_file() else sorted(path for path in folder.rglob("*") if path.is_file())
