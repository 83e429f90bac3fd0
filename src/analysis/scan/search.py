"""The guard at the door: no name, number or address of a person in anything that a study makes.

What is looked for is what ingest takes out, by the same rule (analysis.privacy): names, aliases and numbers of the
roster, of chat senders and interview participants on no roster, and structured identifiers; further the key of the
pseudonyms, and in what is published the pseudonyms of members who may be counted in sums only.

So that the guard neither rings always nor never:

- A table's columns of talk (readable.TALK) have been scrubbed, so that any hit there is one.
- Everywhere else stand the words of the study's authors and of its code too, and a nickname may be one of them (of the
  1,217 nicknames in ten logs of an IRC channel many are English words). There a name counts unless it is no full name
  of the roster and each of its words is one that the sources use: pages, notebooks, code, references.
- Files that are byte for byte those of an installed package (scripts, fonts and translations of the book's theme) hold
  nothing of this study, however many numbers are in them.
- Marks, pseudonyms and the computer's own labels (NEUTRAL) are no words.
- What study.yaml states of authors, contact and funding is published on purpose (STATED).
"""

from __future__ import annotations

import ast
import base64
import hashlib
import importlib.metadata
import re
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path

import pandas as pd
import snowballstemmer  # Sphinx brings it
import yaml

from analysis import study, tables, wording
from analysis.errors import InputError
from analysis.ingest.gather import Raw, gather
from analysis.ingest.keys import draw
from analysis.privacy import CLASSES, Pseudonymiser, data, listed, normal, phone, plain, pseudonym
from analysis.scan import readable
from analysis.scan.readable import Piece

OWN_PACKAGE = "guyub"
SOURCES = ("notebooks", "book", "src/analysis", "study.yaml", "claims.yaml", "params.yaml", "dvc.yaml")
NO_SOURCES = ("book/_build", "book/executed", "src/analysis/simulate", "src/analysis/privacy.yaml")
STATED = ("authors", "contact", "repository", "ethics", "funding", "competing_interests", "licence")
UNPUBLISHED = ("data", ".dvc")  # folders of a study in which members counted in sums may have rows of their own
UNNAMED = "at a place that is called by it"
EXAMPLES = 5  # places of a hit that are told
BLANK = "\ue000"  # stands for what is no word: neither a letter nor a space
LETTER = "\ua66e"  # stands for a pseudonym, which is a word: a letter of no name

AT_WORDS = (  # after an @: rules of style sheets, entries of BibTeX, tags of documentation, decorators of Python
    "charset|container|font-face|import|keyframes|layer|media|namespace|page|property|supports"
    "|article|book|booklet|conference|dataset|inbook|incollection|inproceedings|manual|mastersthesis|misc|online"
    "|phdthesis|proceedings|report|software|techreport|unpublished|website"
    "|author|class|copyright|default|deprecated|example|license|module|name|param|preserve|private|return|returns|see"
    "|since|this|throws|type|version"
    "|abstractmethod|cache|cached_property|classmethod|contextmanager|dataclass|lru_cache|overload|pytest|stage|staticmethod"
)

NEUTRAL = re.compile(
    rf"\[(?:{'|'.join(CLASSES)})\]"  # ingest's marks
    r"|\b[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}\b"  # UUIDs of cells and figures
    r"|\b[0-9a-fA-F]{32,}\b|\b(?=\d*[a-f])[0-9a-f]{12,}\b"  # hashes, and their beginnings with a letter in them
    r"|\b10\.\d{4,9}/[^\s\"<>]+"  # DOIs
    r"|#[0-9a-fA-F]{3,8}\b"  # colours
    rf"|@(?:{AT_WORDS})\b"
    r"|\b\d{8}T\d{4}-\d+\b"  # the minute in a message's id
    r"|[A-Za-z0-9+/]{200,}={0,2}"  # bytes written as base 64
)
_PSEUDONYM = re.compile(r"@?(?<![^\W_])[MP][A-Z2-7]{4}")  # suffixes may follow: `MABCDnya`
_WORD = re.compile(r"[^\W_]+")
_WRITTEN = re.compile(r"\w+")  # as a nickname is: `safari_` is somebody, Safari is not


@dataclass(frozen=True)
class Hit:
    """Something that leads to a person. file: relative to what was scanned; kind: its class; place: where in the file;
    content: what it is, never to be logged.

    Classes are those of privacy.CLASSES, with WITHHELD for the pseudonym of a member who withholds consent, AGGREGATE
    for one of a member counted in sums only, and KEY for the key of the pseudonyms.
    """

    file: str
    kind: str
    place: str
    content: str = field(repr=False)


@dataclass(frozen=True)
class Survey:
    """What a scan found and what it looked at. library: files of installed packages; unread: others by ending."""

    hits: list[Hit]
    files: int
    library: int
    unread: dict[str, int]
    people: int


@dataclass(frozen=True)
class Watch:
    """What is looked for.

    people: whose scrubbing finds it. known: pseudonyms in use; sums: those of members counted in sums only; gone: of
    members who withhold consent. full: full names, each as its words; numbers: telephone numbers, as digits; listed:
    words of all names; words: words of the sources. stated: published on purpose. key: in hexadecimal digits. size: how
    many people. seen: what was found in each piece that was looked at, since a book says most things twice.
    """

    people: Pseudonymiser
    known: frozenset[str]
    sums: frozenset[str]
    gone: frozenset[str]
    full: frozenset[tuple[str, ...]]
    numbers: frozenset[str]
    listed: frozenset[str]
    words: frozenset[str]
    stated: str
    key: str
    size: int
    seen: dict[tuple[str, bool, bool], list[tuple[str, str]]] = field(default_factory=dict, repr=False)


def scan(paths: study.Paths, folder: Path) -> list[Hit]:
    """Everything in a folder (or file) that leads to a person. Raises InputError when there is nothing to scan."""
    return survey(paths, folder).hits


def guard(paths: study.Paths, folder: Path, show: bool = False) -> Survey:
    """Raises InputError with files and classes, unless the folder holds nothing of anybody. show: with contents too."""
    found = survey(paths, folder)
    if found.hits:
        fix = "Fix what let it through, then dvc repro." + ("" if show else " guyub scan --show tells what it is.")
        raise InputError(f"this leads to people:\n{told(found.hits, show)}", path=folder, fix=fix)
    return found


def survey(paths: study.Paths, folder: Path, watching: Watch | None = None) -> Survey:
    """Scan a folder and count what was looked at. Raises InputError when there is no file in it.

    watching: as from watch, where several folders of a study are scanned.
    """
    files = _files(folder)
    if not files:
        raise InputError("there is no file to scan", path=folder, fix="Run the study first: dvc repro")
    watching = watching or watch(paths)
    base = folder if folder.is_dir() else folder.parent
    hits: list[Hit] = []
    library, unread, seen = 0, Counter[str](), watching.seen
    for path in files:
        if _digest(path) in installed():
            library += 1
            continue
        name = path.relative_to(base).as_posix()
        pieces = readable.pieces(path)
        if pieces is None:
            unread[path.suffix.lower() or "without ending"] += 1
        published = _published(paths, path)
        for piece in [Piece(name, "name of the file"), *(pieces or ())]:
            key = (piece.text, piece.talk, published)
            if key not in seen:
                seen[key] = list(found_in(piece, watching, published))
            place = piece.place if not seen[key] or _clean(piece.place, watching) else UNNAMED
            hits += [Hit(name, kind, place, content) for kind, content in seen[key]]
    return Survey(hits, len(files) - library - sum(unread.values()), library, dict(unread), watching.size)


def _clean(place: str, watching: Watch) -> bool:
    """Whether a place can be told: a key of JSON or a column may be called by what was found."""
    return next(found_in(Piece(place, ""), watching, published=True), None) is None


def told(hits: Iterable[Hit], show: bool = False) -> str:
    """Hits as lines: file, class, number, places; with show what was found."""
    groups: dict[tuple[str, str], list[Hit]] = {}
    for hit in hits:
        groups.setdefault((hit.file, hit.kind), []).append(hit)
    lines = []
    for (file, kind), group in groups.items():
        places = [f"{hit.place}: {hit.content}" if show else hit.place for hit in group[:EXAMPLES]]
        more = f"; and {len(group) - EXAMPLES} more" if len(group) > EXAMPLES else ""
        lines.append(f"{file}: {kind}, {wording.count(len(group), 'time')} ({'; '.join(places)}{more})")
    return "\n".join(lines)


def summary(found: Survey) -> str:
    """What was looked at, in a sentence or two: also what was not."""
    result = "" if found.hits else ": nothing found"
    library = f" {wording.count(found.library, 'file')} of installed packages left out." if found.library else ""
    unread = ", ".join(f"{n:,} {ending}" for ending, n in sorted(found.unread.items()))
    nobody = "" if found.people else " No name was looked for: there is no chat and no roster here."
    return (
        f"{wording.count(found.files, 'file')} read, looking for {wording.count(found.people, 'person', 'people')} "
        f"and {len(CLASSES) - 2} kinds of identifiers{result}.{nobody}{library}"
        + (f" Not to be read as text: {unread}." if unread else "")
    )


# One piece of text


def found_in(piece: Piece, watching: Watch, published: bool) -> Iterator[tuple[str, str]]:
    """Class and content of all that leads to a person in a piece of text."""
    if watching.key and watching.key in piece.text.lower():
        yield "KEY", watching.key
    for match in _PSEUDONYM.finditer(piece.text):
        if _bare(match) in watching.gone:
            yield "WITHHELD", match.group()
        elif published and _bare(match) in watching.sums:
            yield "AGGREGATE", match.group()
    text = NEUTRAL.sub(BLANK, piece.text)
    text = _PSEUDONYM.sub(lambda m: LETTER if _bare(m) in watching.known else m.group(), text)
    text = plain(text)
    if not _WORD.search(text):
        return
    for start, end, kind, _ in watching.people.spans(text):
        if piece.talk or not _expected(kind, text[start:end], watching):
            yield ("NAME" if kind == "WITHHELD" else kind), text[start:end]


def _bare(match: re.Match[str]) -> str:
    return match.group().removeprefix("@")


def _expected(kind: str, content: str, watching: Watch) -> bool:
    """Whether this may stand among the authors' own words.

    What study.yaml states; a name of nobody listed; words of the sources, unless they are somebody's full name; two
    numbers below 1, such as an interval's ends: as coordinates they lie in the Gulf of Guinea, far from land.
    """
    if re.search(rf"(?<!\w){re.escape(normal(content))}(?!\w)", watching.stated):
        return True
    if kind == "COORDINATES":
        return all(number.startswith("0.") for number in re.findall(r"\d+[.]\d+|\d+°", content))
    if kind not in ("NAME", "WITHHELD"):
        return False
    words = tuple(_WORD.findall(normal(content)))
    runs = _runs(words)
    if watching.listed.isdisjoint("".join(run) for run in [*runs, *_runs(tuple(_WRITTEN.findall(normal(content))))]):
        return True
    return watching.full.isdisjoint(runs) and watching.words.issuperset(words)


def of_this_study(hit: Hit, watching: Watch) -> bool:
    """Whether a hit is of somebody in this study's lists: a full name, a listed number, a pseudonym or the key.

    The program's own code and comments are full of invented people; what is theirs leads to nobody.
    """
    if hit.kind in ("KEY", "WITHHELD", "AGGREGATE"):
        return True
    words = tuple(word for word in _WORD.findall(normal(hit.content)) if word not in _titles())
    full = watching.full.intersection(run for run in _runs(words) if len(run) > 1)
    return bool(full) or phone(hit.content) in watching.numbers


def _runs(words: tuple[str, ...]) -> list[tuple[str, ...]]:
    return [words[i:j] for i in range(len(words)) for j in range(i + 1, len(words) + 1)]


# What is looked for


def watch(paths: study.Paths) -> Watch:
    """Everyone in the study's raw folder and its sources' words. Raises InputError as gather does."""
    raw = _raw(paths)
    everyone = [raw.roster, raw.strangers, raw.participants]
    names = _names(everyone)
    known = _members(paths)
    return Watch(
        people=Pseudonymiser(pd.concat(everyone[:2], ignore_index=True), key=draw(raw), participants=raw.participants),
        known=frozenset(known["member"]),
        sums=frozenset(known.loc[known["consent"] != "quotes", "member"]),
        gone=_gone(paths, raw.roster),
        full=frozenset(tuple(_WORD.findall(" ".join(name))) for name in names if len(name) > 1),
        numbers=_numbers(everyone),
        listed=_listed(names),
        words=words_of(paths),
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


def _members(paths: study.Paths) -> pd.DataFrame:
    """Pseudonyms in use, with consent; none before ingest has run."""
    written = paths.processed("ingest") / "members.parquet"
    return tables.read(written, tables.Members) if written.exists() else tables.empty(tables.Members)


def _key(paths: study.Paths) -> str:
    place = paths.secrets / "pseudonym.key"
    return place.read_text(encoding="ascii", errors="replace").strip().lower() if place.exists() else ""


def _gone(paths: study.Paths, roster: pd.DataFrame) -> frozenset[str]:
    """Pseudonyms that members who withhold consent would have, as far as the key is known."""
    secret = _key(paths)
    simulated = paths.simulated
    if "consent" not in roster or not (simulated or re.fullmatch(r"(?:[0-9a-f]{2})+", secret)):
        return frozenset()
    key = str(study.step_params(paths, "ingest")["demo_key"]).encode() if simulated else bytes.fromhex(secret)
    return frozenset(pseudonym(name, key) for name in roster.loc[roster["consent"] == "none", "name"])


def _names(everyone: Iterable[pd.DataFrame]) -> list[tuple[str, ...]]:
    """Names and aliases of all, each as the words between its blanks."""
    return [
        tuple(normal(name).split())
        for people in everyone
        for row in people.to_dict("records")
        for name in (row["name"], *listed(row.get("aliases")))
    ]


def _numbers(everyone: Iterable[pd.DataFrame]) -> frozenset[str]:
    """Listed telephone numbers of all, as digits with the country code."""
    rows = (row for people in everyone for row in people.to_dict("records"))
    written = (text for row in rows for text in (row["name"], *listed(row.get("phones"))))
    return frozenset(digits for digits in map(phone, written) if digits)


@cache
def _titles() -> frozenset[str]:
    return frozenset(spelling for spellings in data()["titles"].values() for spelling in spellings)


def _listed(names: Iterable[tuple[str, ...]]) -> frozenset[str]:
    """Words of names, one by one and written together; titles are none."""
    bare = [[word for part in name if part not in _titles() for word in _WRITTEN.findall(part)] for name in names]
    return frozenset(word for words in bare for word in (*words, "".join(words)))


def words_of(paths: study.Paths) -> frozenset[str]:
    """Words, in small letters, that the study's pages, notebooks, references and code put before a reader; their stems
    too, which are what Sphinx's index of the book holds."""
    left = [paths.root / name for name in NO_SOURCES]
    files = [file for name in SOURCES for file in _files(paths.root / name)]
    found: set[str] = set()
    for file in files:
        if not any(file.is_relative_to(place) for place in left) and file.suffix != ".pyc":
            found.update(_WORD.findall(normal(_said(file))))
    return frozenset(found.union(snowballstemmer.stemmer("porter").stemWords(sorted(found))))


def _said(file: Path) -> str:
    """What a source says to readers: a notebook's cells, not their outputs; of code strings and names, no remarks."""
    text = file.read_text(encoding="utf-8", errors="replace")
    if file.suffix == ".ipynb":
        return "\n".join(readable.joined(cell["source"]) for cell in readable.as_json(text)["cells"])
    if file.suffix != ".py":
        return text
    try:
        tree = list(ast.walk(ast.parse(text)))
    except SyntaxError:
        return text
    remarks = {id(node.value) for node in tree if isinstance(node, ast.Expr)}
    strings = (node.value for node in tree if isinstance(node, ast.Constant) and id(node) not in remarks)
    names = (getattr(node, field, None) for node in tree for field in ("id", "attr", "arg", "name"))
    return "\n".join(word for word in (*strings, *names) if isinstance(word, str))


def _stated(paths: study.Paths) -> str:
    """What study.yaml says of the authors and how to reach them."""
    source = paths.root / "study.yaml"
    about = yaml.safe_load(source.read_text(encoding="utf-8")) or {} if source.exists() else {}
    return normal(yaml.safe_dump({key: about.get(key) for key in STATED}, allow_unicode=True, width=10_000))


# Files


def _files(folder: Path) -> list[Path]:
    """A folder's files, or the one file."""
    return [folder] if folder.is_file() else sorted(path for path in folder.rglob("*") if path.is_file())


def _published(paths: study.Paths, path: Path) -> bool:
    """Whether a file is for others' eyes: what the study keeps to itself lies in UNPUBLISHED."""
    whole = path.resolve()
    return not any(whole.is_relative_to(paths.root / name) for name in UNPUBLISHED)


def _digest(path: Path) -> str:
    return base64.urlsafe_b64encode(hashlib.sha256(path.read_bytes()).digest()).rstrip(b"=").decode("ascii")


@cache
def installed() -> frozenset[str]:
    """SHA-256 (URL-safe base 64, as wheels record it) of every file of the installed packages, this one's left out."""
    records = (d.read_text("RECORD") or "" for d in importlib.metadata.distributions() if d.name != OWN_PACKAGE)
    return frozenset(digest for record in records for digest in re.findall(r",sha256=([\w-]{43})", record))
