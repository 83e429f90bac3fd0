"""The guard against disclosure: no name, number or address of a person in anything that a study makes.

It searches for what ingest takes out, by the same rule (analysis.privacy): names, aliases and numbers of the
roster, of chat senders and interview participants on no roster, and structured identifiers; further the key of the
pseudonyms, and in what is published the study's own pseudonyms: each published thing has others (analysis.published).

So that the guard reports neither everything nor nothing:

- A table's columns of talk (readable.TALK) have been scrubbed, so that any hit there is one.
- Everything else holds words of the study's authors and of its code too, and a nickname may be one of them (of the
  1,217 nicknames in ten logs of an IRC channel many are English words). There a name counts unless it is no full name
  of the roster and each of its words is one that the sources use: pages, notebooks, code, references.
- Files that are byte for byte those of an installed package (scripts, fonts and translations of the book's theme) hold
  nothing of this study, however many numbers are in them.
- Marks, pseudonyms and the computer's own labels (NEUTRAL) are no words.
- A date of the study's own time is no date of birth unless a word of birth goes before: a study of 2004 prints weeks.
- What study.yaml states of authors, contact and funding is published on purpose (people.STATED).
- `guyub scan` of a whole study or crate meets the program too: see analysis.scan.program.
"""

from __future__ import annotations

import importlib.metadata
import re
import sys
import time
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from concurrent.futures import BrokenExecutor, Executor
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path

import numpy as np
import pandas as pd

from analysis import study, wording
from analysis.disk import wheel_sha256
from analysis.errors import InputError
from analysis.identifiers import lexicon
from analysis.identifiers.folded import plain
from analysis.privacy import CLASSES, normal, phone
from analysis.scan.people import WORD, WRITTEN, Watchlist, files_of, titles, watchlist
from analysis.scan.readable import Piece, pieces

OWN_PACKAGE = "guyub"
UNPUBLISHED = ("data", ".dvc")  # folders of a study in which members counted in sums may have rows of their own
UNNAMED = "at a place that is called by it"
SILENCE = 5.0  # seconds between two lines that say how far a scan is
EXAMPLES = 5  # places of a hit that are listed
BLANK = "\ue000"  # in place of what is no word: neither a letter nor a space
DECIMAL = re.compile(r"[-−]?(?:0[.,]\d{1,6}|[1-9]\d{0,3}[.,]\d{1,4})")  # alone it leads to nobody
LETTER = "\ua66e"  # in place of a pseudonym, which is a word: a letter of no name

AT_WORDS = (  # after an @: rules of style sheets, entries of BibTeX, tags of documentation, decorators of Python
    "charset|container|font-face|import|keyframes|layer|media|namespace|page|property|supports"
    "|article|book|booklet|conference|dataset|inbook|incollection|inproceedings|manual|mastersthesis|misc|online"
    "|phdthesis|proceedings|report|software|techreport|unpublished|website"
    "|author|class|copyright|default|deprecated|example|license|module|name|param|preserve|private|return|returns|see"
    "|since|this|throws|type|version"
    "|abstractmethod|cache|cached_property|classmethod|contextmanager|dataclass|lru_cache|once|overload|pytest|staticmethod"
    "|stage"
)

BORN = re.compile(r"\b(?:lahir|lair|lhr|ttl|born|birth|dob|ultah|ulang tahun)\w*\b[^\n]{0,45}$", re.IGNORECASE)
DAY = re.compile(r"\d{4}-(?:0[1-9]|1[0-2])-\d\d")  # as the book writes one
WRITTEN_DAY = re.compile(r"\d{1,2}[ -](?P<month>[a-z]{3})[a-z]*[ ,-]{1,2}(?P<year>\d{4})", re.IGNORECASE)  # 5 July 2004
MONTHS = ("jan", "feb", "mar", "apr", "mei may", "jun", "jul", "agu ags aug", "sep", "okt oct", "nov nop", "des dec")

NEUTRAL = re.compile(
    rf"\[(?:{'|'.join(CLASSES)})\]"  # ingest's marks
    r"|\b[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}\b"  # UUIDs of cells and figures
    r"|\b[0-9a-fA-F]{32,}\b|\b(?=\d*[a-f])[0-9a-f]{12,}\b"  # hashes, and their beginnings with a letter in them
    r"|\b(?=\d*[a-f])[0-9a-f]{8}-(?=[a-z]\w*_\d+\b)"  # in the names of a drawing's parts: 68b69c50-text_1
    r"|\b10\.\d{4,9}/[^\s\"<>]+"  # DOIs
    r"|#[0-9a-fA-F]{3,8}\b"  # colours
    rf"|@(?:{AT_WORDS})\b"
    r"|\b\d{8}T\d{4}-\d+\b"  # the minute in a message's id
    r"|[A-Za-z0-9+/]{200,}={0,2}"  # bytes written as base 64
)


_DECORATORS = re.compile(  # of Python: lines that begin with an @, right above a function or class
    r"(?m)(?:^[ \t]*@[\w.]+(?:\(.*\))?[ \t]*\r?\n)+(?=[ \t]*(?:(?:async )?def \w+\(|class \w+[(:]))"
)


@cache
def _pseudonym(length: int) -> re.Pattern[str]:
    """Finds pseudonyms of so many characters; suffixes may follow: `MABCDnya`."""
    return re.compile(rf"@?(?<![^\W_])([MP][A-Z2-7]{{{length}}})")


@cache
def _small(length: int) -> re.Pattern[str]:
    """Finds what may be a pseudonym in small letters, as in a name made of one: `wawancara-m6rju`."""
    return re.compile(rf"(?<![^\W_])[mp][a-z2-7]{{{length}}}(?![^\W_])")


@dataclass(frozen=True)
class Hit:
    """Something that leads to a person. file: relative to what was scanned; kind: its class; place: where in the file;
    content: what it is, never to be logged.

    Classes are those of privacy.CLASSES, with WITHHELD for the pseudonym of a member who withholds consent, AGGREGATE
    for one of a member counted in sums only, PSEUDONYM for any other of the study's own, and KEY for their key.
    """

    file: str
    kind: str
    place: str
    content: str = field(repr=False)


@dataclass(frozen=True)
class Survey:
    """The hits of a scan and what it read. library: files of installed packages; unread: others by ending; program:
    files of Guyub itself in which only people of this study count; apart: what else is found there."""

    hits: list[Hit]
    files: int
    library: int
    unread: Counter[str]
    people: int
    program: int = 0
    apart: tuple[Hit, ...] = ()

    def __add__(self, other: Survey) -> Survey:
        """The sum of two surveys of different files of the same study."""
        return Survey(self.hits + other.hits, self.files + other.files, self.library + other.library,
                      self.unread + other.unread, self.people)  # fmt: skip


def guard(paths: study.Paths, folder: Path, second: Executor | None = None) -> Survey:
    """Raises InputError with files and classes, unless the folder holds nothing of anybody. second: a process that
    scans half of the files, if there is one."""
    report = survey(paths, folder, second=second)
    refuse(report, folder)
    return report


def refuse(report: Survey, folder: Path, show: bool = False) -> None:
    """Raises InputError with files and classes where something was found. show: with contents too."""
    if report.hits:
        fix = "Fix what let it through, then dvc repro." + ("" if show else " guyub scan --show shows what it is.")
        found = "\n".join(filter(None, [listing(report.hits, show), of_program(report)]))
        raise InputError(f"this leads to people:\n{found}", path=folder, fix=fix)


def survey(
    paths: study.Paths,
    folder: Path,
    watching: Watchlist | None = None,
    *,
    second: Executor | None = None,
    progress: bool = False,
) -> Survey:
    """Scan a folder and count what was read. Raises InputError when there is no file in it.

    watching: as from watchlist, where several folders of a study are scanned. second: as of guard. progress: whether to
    say on standard error how far it is.
    """
    files = files_of(folder)
    if not files:
        raise InputError("there is no file to scan", path=folder, fix="Run the study first: dvc repro")
    base = folder if folder.is_dir() else folder.parent
    if second is None:
        return _survey(paths, base, _reported(files) if progress else files, watching or watchlist(paths))
    sizes = np.cumsum([path.stat().st_size for path in files])
    half = int(np.searchsorted(sizes, sizes[-1] / 2)) + 1
    there = second.submit(_survey_there, paths, base, files[half:])
    here = _survey(paths, base, files[:half], watching or watched(paths))
    try:
        return here + there.result()
    except BrokenExecutor:  # it was killed, as where memory is short
        return here + _survey(paths, base, files[half:], watching or watched(paths))


def _survey_there(paths: study.Paths, base: Path, files: Sequence[Path]) -> Survey:
    """The files scanned in the second process."""
    return _survey(paths, base, files, watched(paths))


def _reported(files: Sequence[Path]) -> Iterator[Path]:
    """Yield the files; report progress on standard error every few seconds."""
    said = time.monotonic()
    for number, path in enumerate(files, 1):
        if time.monotonic() - said >= SILENCE:
            said = time.monotonic()
            print(f"guyub scan: {number:,} of {wording.count(len(files), 'file')}", file=sys.stderr, flush=True)
        yield path


@cache
def watched(paths: study.Paths) -> Watchlist:
    """The watchlist of a study that stays as it is as long as this process runs: of the process of one command. Raises
    InputError as watchlist does."""
    return watchlist(paths)


def _survey(paths: study.Paths, base: Path, files: Iterable[Path], watching: Watchlist) -> Survey:
    hits: list[Hit] = []
    read, library, unread, cache = 0, 0, Counter[str](), watching.cache
    for path in files:
        read += 1
        if wheel_sha256(path) in installed():
            library += 1
            continue
        name = path.relative_to(base).as_posix()
        if (contents := pieces(path)) is None:
            unread[path.suffix.lower() or "without ending"] += 1
        published = not any(path.resolve().is_relative_to(paths.root / own) for own in UNPUBLISHED)
        for piece in [Piece(name, "name of the file"), *(contents or ())]:
            key = (piece.text, piece.talk, published)
            if key not in cache:
                cache[key] = list(hits_in(piece, watching, published))
            # A key of JSON or a column may itself be named by what was found.
            hidden = cache[key] and any(hits_in(Piece(piece.place, ""), watching, published=True))
            place = UNNAMED if hidden else piece.place
            hits += [Hit(name, kind, place, content) for kind, content in cache[key]]
    return Survey(hits, read - library - sum(unread.values()), library, unread, watching.size)


def listing(hits: Iterable[Hit], show: bool = False) -> str:
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


def summary(report: Survey) -> str:
    """What was read, in a sentence or two, and what could not be read."""
    result = "" if report.hits else ": nothing found"
    library = f" {wording.count(report.library, 'file')} of installed packages left out." if report.library else ""
    unread = ", ".join(f"{n:,} {ending}" for ending, n in sorted(report.unread.items()))
    nobody = "" if report.people else " No name was searched for: there is no chat and no roster here."
    return (
        f"{wording.count(report.files, 'file')} read, searching for {wording.count(report.people, 'person', 'people')} "
        f"and {len(CLASSES) - 2} kinds of identifiers{result}.{nobody}{library}"
        + (f" {of_program(report)}" if report.program else "")
        + (f" Not to be read as text: {unread}." if unread else "")
    )


def of_program(report: Survey) -> str:
    """How many files were of the program and what else is in them, in a sentence; empty where none was."""
    if not report.program:
        return ""
    kinds = ", ".join(f"{number:,} {kind}" for kind, number in Counter(hit.kind for hit in report.apart).most_common())
    others = (
        f": {wording.count(len(report.apart), 'other find')} left out ({kinds}), which --all reports" if kinds else ""
    )
    files = wording.count(report.program, "file")
    return f"{files} of Guyub itself, where only people of this study count{others}."


# One piece of text


def hits_in(piece: Piece, watching: Watchlist, published: bool) -> Iterator[tuple[str, str]]:
    """Class and content of all that leads to a person in a piece of text."""
    if watching.key and watching.key in piece.text.lower():
        yield "KEY", watching.key
    pseudonym = _pseudonym(watching.people.length)
    for match in pseudonym.finditer(piece.text):
        if match[1] in watching.withheld:
            yield "WITHHELD", match.group()
        elif published and match[1] in watching.pseudonyms:
            yield ("AGGREGATE" if match[1] in watching.aggregate else "PSEUDONYM"), match.group()
    for word in _small(watching.people.length).findall(piece.text) if published else ():
        if word.upper() in watching.pseudonyms and not (lexicon.ordinary(word) or word in watching.words):
            yield "PSEUDONYM", word
    text = NEUTRAL.sub(BLANK, piece.text if piece.talk else _DECORATORS.sub(_without_names, piece.text))
    text = pseudonym.sub(lambda m: LETTER if m[1] in watching.codes else m.group(), text)
    text = plain(text)
    if not WORD.search(text) or DECIMAL.fullmatch(text) or _is_a_word(text, piece, watching):
        return
    if text not in watching.spans:
        anything = piece.talk or "_" in text or watching.may_name(text)  # it may be read as a blank
        anything = anything or watching.people.holds_more_than_names(text)
        watching.spans[text] = watching.people.spans(text, talk=False) if anything else []
    for start, end, kind, _ in watching.spans[text]:
        whole = text[start:end] + (ending[0] if (ending := WORD.match(text, end)) else "")  # Skene, where Sken writes
        born = kind == "BIRTHDATE" and BORN.search(text, max(0, start - 60), start)
        if piece.talk or born or not any(_expected(kind, content, watching) for content in (text[start:end], whole)):
            yield ("NAME" if kind == "WITHHELD" else kind), text[start:end]


def _without_names(decorators: re.Match[str]) -> str:
    """Lines of decorators without their names, but with what they are called with."""
    return re.sub(r"(?m)^([ \t]*)@[\w.]+", rf"\1{BLANK}", decorators[0])


def _is_a_word(text: str, piece: Piece, watching: Watchlist) -> bool:
    """Whether a piece is one word that is nobody's name: as what is _expected, and most terms of an index are."""
    return not piece.talk and text.isalpha() and normal(text) not in watching.listed


def hits_of(piece: Piece, watching: Watchlist, file: str) -> list[Hit]:
    """The hits of a piece of text that would be published, as of a file."""
    return [Hit(file, kind, piece.place, content) for kind, content in hits_in(piece, watching, published=True)]


def _expected(kind: str, content: str, watching: Watchlist) -> bool:
    """Whether this may be one of the authors' own words.

    What study.yaml states; a name of nobody listed; words of the sources, unless they are somebody's full name; a day
    of a month in which somebody wrote, or of one next to it; two numbers below 4, such as the data of a drawing: as
    coordinates they lie in the Gulf of Guinea, far from land.
    """
    if re.search(rf"(?<!\w){re.escape(normal(content))}(?!\w)", watching.stated):
        return True
    if kind == "COORDINATES":
        return all(re.match(r"[0-3][.]\d", number) for number in re.findall(r"\d+[.]\d+|\d+°", content))
    if kind == "BIRTHDATE":
        return _month(content) in watching.months
    if kind not in ("NAME", "WITHHELD"):
        return False
    words = tuple(WORD.findall(normal(content)))
    runs = _runs(words)
    if watching.listed.isdisjoint("".join(run) for run in [*runs, *_runs(tuple(WRITTEN.findall(normal(content))))]):
        return True
    return watching.full.isdisjoint(runs) and all(word in watching.words for word in words)


def _month(content: str) -> pd.Period | None:
    """The month of a day, written as in the book or as in a text."""
    if DAY.fullmatch(content):
        return pd.Period(content[:7], "M")
    if (day := WRITTEN_DAY.fullmatch(content)) is None:
        return None
    number = next((k for k, names in enumerate(MONTHS, 1) if day["month"].lower() in names.split()), None)
    return pd.Period(year=int(day["year"]), month=number, freq="M") if number else None


def of_this_study(hit: Hit, watching: Watchlist) -> bool:
    """Whether a hit is of somebody in this study's lists: a full name, a listed number, a pseudonym or the key.

    The program's own code and comments are full of invented people; hits among them lead to nobody.
    """
    if hit.kind in ("KEY", "WITHHELD", "AGGREGATE", "PSEUDONYM"):
        return True
    words = tuple(word for word in WORD.findall(normal(hit.content)) if word not in titles())
    full = watching.full.intersection(run for run in _runs(words) if len(run) > 1)
    return bool(full) or phone(hit.content) in watching.numbers


def _runs(words: tuple[str, ...]) -> list[tuple[str, ...]]:
    return [words[i:j] for i in range(len(words)) for j in range(i + 1, len(words) + 1)]


# Files


@cache
def installed() -> frozenset[str]:
    """SHA-256 (URL-safe base 64, as wheels record it) of every file of the installed packages, this one's left out."""
    records = (d.read_text("RECORD") or "" for d in importlib.metadata.distributions() if d.name != OWN_PACKAGE)
    return frozenset(digest for record in records for digest in re.findall(r",sha256=([\w-]{43})", record))
