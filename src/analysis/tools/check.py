"""Before a run: what is in data/raw, what is missing, who is not on the roster, and what to do. Writes nothing."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from difflib import SequenceMatcher
from functools import partial
from pathlib import Path
from typing import TypeVar

import pandas as pd
import yaml

from analysis import approvals, book, codebook, scan, study, tables, wording
from analysis.book import translation
from analysis.claims import rule
from analysis.coding import human
from analysis.coding.anchors import check_anchors, units_of
from analysis.errors import InputError, Missing, Mistakes
from analysis.ingest import manifest, overlap, read_chat, read_transcript
from analysis.ingest.clock import AmbiguousDates
from analysis.ingest.corpus import Corpus, assess
from analysis.ingest.files import slug
from analysis.ingest.gather import OUTSIDE, Raw, Unread, chat_reader, exports, gather, lists, no_chat, visible
from analysis.ingest.identities import pseudonymiser
from analysis.ingest.keys import draw, study_key
from analysis.ingest.sheets import read_roster
from analysis.ingest.step import STEP, unsettled
from analysis.ingest.titles import says_nothing, shown_name, titled
from analysis.privacy import LONGEST, SHORTEST, Directory, canonical, listed, normal, phone
from analysis.scan.people import titles
from analysis.scan.readable import Piece
from analysis.themes.chat import settings as chat_settings
from analysis.tools import needs, quotes
from analysis.tools.add import as_chat, require_interview

SHOWN = 20  # most people named who are not on the roster, the most active first
NAMED = 5  # most files named that were ignored for one reason
MATCHES = 3  # most members named as possible matches for a person
LIKE = 0.75  # least similarity (0 to 1) of two names that may be one person's
SPELT = 0.8  # the same for two spellings of one word
TAIL = 7  # last digits that must agree in two numbers of one person
ADD = "Take in your files, such as an exported chat or an interview: guyub add FILES"
MISSING = {
    "members.csv": "Nobody's consent, sector or role is known: everyone is counted in sums only.",
    "transcripts": "What helps and hinders interaction (C4) cannot be assessed.",
    "partnerships.csv": "Whether informal talk goes with partnerships (C2) cannot be assessed.",
    "codings": (
        "No claim can be assessed: it takes people who have read a part of the messages and coded it. After `dvc repro "
        "ingest`, `guyub sample sheet.html --size 200` draws messages for them; `guyub sample --help` explains how."
    ),
    "annotations": (
        "How far the inferred replies are right in these chats is not known. After `dvc repro ingest`, `guyub annotate "
        "who.html` has people mark what a sample of messages answers; `guyub annotate --help` explains how."
    ),
    "codebook.yaml": (
        "Codings cannot be used. Begin with the one that ships: guyub add src/analysis/simulate/codebook.yaml"
    ),
    "MANIFEST.csv": "Where the files come from is not stated; they are treated as those of real people.",
}
CODES = {"sharing": ("code",), "network": ("informal", "business"), "partnership": ("informal", "business"),
         "themes": ("helps", "hinders", "weighs", "news")}  # fmt: skip  # parameters that name codes
INTERVIEWS = (".txt", ".docx", ".odt", ".srt", ".vtt")  # endings that a transcript may have
DEFAULTS: Mapping[str, object] = {"tz": "UTC", "date_order": None, "demo_key": ""}  # used where params.yaml is broken
# Code of a chat that is named after people, as scrubbing.file_name writes it
CODE = re.compile(rf"chat-[a-z2-7]{{{SHORTEST},{LONGEST}}}")
SHOWN_AS_IT_IS = (  # words of ingest's tables that pages show unscrubbed: table, column, file of data/raw
    ("members", "sector", "members.csv"), ("members", "role", "members.csv"),
    ("partnerships", "kind", "partnerships.csv"), ("codebook", "code", "codebook.yaml"),
    ("messages", "channel", "MANIFEST.csv"),
)  # fmt: skip
UNLIKE = "like nobody on the roster;"
ORDERS = {"dmy": "day first", "mdy": "month first", "ymd": "year first"}
Value = TypeVar("Value")


@dataclass(frozen=True)
class CheckReport:
    """What a person should know before a run, in sentences. needs: each claim's minimum data; stops: why the study
    cannot run, each with its fix."""

    present: list[str] = field(default_factory=list)
    missing: list[str] = field(default_factory=list)
    needs: list[str] = field(default_factory=list)
    people: list[str] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)
    stops: list[str] = field(default_factory=list)

    def text(self) -> str:
        """All of it, by heading."""
        parts = {
            "Found in data/raw": self.present or ["Nothing."],
            "Missing": self.missing,
            "What each claim needs at least": self.needs,
            "In the chats or interviews, but not on the roster": self.people,
            "To know": self.notes,
            "To fix before the study can run": self.stops,
        }
        said = [f"{heading}\n" + "\n".join(f"  {line}" for line in lines) for heading, lines in parts.items() if lines]
        if not self.stops:
            said.append("The study can run: dvc repro")
        return "\n\n".join(said)


@dataclass(frozen=True)
class Readable:
    """What could be read. raw: everything, if nothing is wrong; errors: what is wrong, file by file."""

    chats: list[pd.DataFrame]
    transcripts: list[pd.DataFrame]
    roster: pd.DataFrame
    raw: Raw | None
    errors: list[InputError]


def check(paths: study.Paths) -> CheckReport:
    """Read a study's raw folder, settings and pages. No file in them can make it raise an error."""
    params, stops = settings(paths)
    tz, order = str(params["tz"]), params["date_order"]
    seen = look(paths.raw, tz, order if isinstance(order, str) else None)
    notes = [note for chat in seen.chats for note in _doubts(chat)]
    notes += [
        f"{table.attrs['report']['source']}: {warning}."
        for table in (*seen.chats, *seen.transcripts)
        for warning in table.attrs["report"]["warnings"]
    ]
    present, errors = list(_present(seen)) or _unreadable(paths.raw), [*stops, *seen.errors]
    corpus: Corpus | None = None
    if seen.raw is not None:
        errors += (doubtful := unsettled(seen.raw, paths))
        said_already = {error.what for error in doubtful}
        notes += _left_alone([file for file in seen.raw.unread if file.why not in said_already])
        if params is not DEFAULTS:  # in another time zone nothing would match
            corpus, wrong = _attempted(partial(_assessed, paths, seen.raw, params))
            errors += [_with_likely(error, seen.raw) for error in wrong]
        if corpus is not None:
            said, wrong = _together(paths, seen.raw, corpus)
            notes, errors = notes + said, errors + wrong
        errors += _refused(paths, corpus)
    lines, wrong = _attempted(lambda: [*_untranslated(paths)])
    errors += wrong
    notes += [*_codes(paths), *(lines or []), *_gone(paths.raw), *_not_approved(paths)]
    stopped = list(dict.fromkeys(_paragraph(error, paths) for error in errors))
    return CheckReport(present, _missing(paths), _needs(paths, corpus), people(seen), notes, stopped)


def _unreadable(raw: Path) -> list[str]:
    """A sentence that files are there but none can be read yet, since one broken file stops the others too."""
    files, _ = _attempted(lambda: visible(raw))  # what it refuses stops the study, and is reported there
    names = [path.relative_to(raw).as_posix() for path in files or [] if path.name != manifest.NAME]
    more = [f"{len(names) - NAMED} more"] if names[NAMED:] else []
    return [f"{wording.listed([*names[:NAMED], *more])}: not read, see below."] if names else []


def _needs(paths: study.Paths, corpus: Corpus | None) -> list[str]:
    """What each claim needs, next to what is there (needs.sentences); nothing where the study's own files are wrong,
    which is reported among what stops it."""
    said, _ = _attempted(lambda: needs.sentences(paths, corpus))
    return said or []


def _gone(raw: Path) -> Iterator[str]:
    """Files that the manifest lists but that do not exist."""
    try:
        listed_there = manifest.read(raw)
    except InputError:
        return  # this stops the study, and is reported there
    for name in listed_there:
        if not (raw / name).exists():
            yield f"MANIFEST.csv lists {name}, which is not there. Put it back, or take its row out."


def _not_approved(paths: study.Paths) -> Iterator[str]:
    """A sentence if turns wait for approval, by the last run's tables, where these can be read."""
    left, _ = _attempted(lambda: quotes.left(paths))
    if left:
        yield f"{approvals.waiting(left)}."


def _untranslated(paths: study.Paths) -> Iterator[str]:
    """Fixed words of the book that a language's catalogue lacks."""
    for language, lines in translation.untranslated(paths).items():
        if lines:
            named = "; ".join(lines[:NAMED]) + ("; ..." if len(lines) > NAMED else "")
            place = f"book/locale/{language}/LC_MESSAGES/book.po"
            stay = wording.count(len(lines), "line of the book stays", "lines of the book stay")
            yield f"{stay} English, because {place} does not translate: {named}"


def _refused(paths: study.Paths, corpus: Corpus | None) -> list[InputError]:
    """Errors on names of people that would make the book be refused at the end of a run: in the study's own pages, and
    in words of tables that pages show unchanged. corpus: as ingest would write it, where it can."""
    watching, errors = _attempted(lambda: scan.watchlist(paths))
    if watching is None:
        return errors
    for name, column, source in SHOWN_AS_IT_IS if corpus is not None else ():
        written = getattr(corpus, name)[column].dropna().unique()
        pieces = (Piece(str(text), f"{column} {text!r}") for text in written)
        if hits := [hit for piece in pieces for hit in scan.hits_of(piece, watching, source)]:
            what = f"pages show this, and it leads to people:\n{scan.listing(hits)}"
            errors.append(InputError(what, path=paths.raw / source, fix="Write it without names and numbers."))
    for page in (*sorted(paths.book.glob("*.md")), *sorted((paths.root / "notebooks").glob("*.ipynb"))):
        survey, wrong = _attempted(partial(scan.survey, paths, page, watching))
        errors += wrong
        if survey is not None and survey.hits:
            what = f"this page leads to people, so the book would be refused:\n{scan.listing(survey.hits)}"
            errors.append(InputError(what, path=page, fix="Take it out; guyub scan --show shows what it is."))
    return errors


def _left_alone(unread: list[Unread]) -> Iterator[str]:
    """The files that were not read and why: by name, or counted if they are many."""
    for why in dict.fromkeys(left.why for left in unread):
        sources = [left.source for left in unread if left.why == why]
        if len(sources) > NAMED:
            yield f"{wording.count(len(sources), 'file')} are ignored: {why}."
        else:
            for source in sources:  # a text that is not a chat may be in a folder where no interview is read
                loose = Path(source).suffix.lower() in INTERVIEWS and "transcripts" not in Path(source).parts
                loose = loose and why != OUTSIDE
                move = " If it is an interview, put it into data/raw/transcripts." if loose else ""
                yield f"{source} is ignored: {why}.{move}"


def settings(paths: study.Paths) -> tuple[Mapping[str, object], list[InputError]]:
    """The parameters of ingest, and the errors in the study's own files."""
    given, wrong = _attempted(lambda: study.step_params(paths, "ingest"))
    errors: list[InputError] = []
    reads: list[Callable[[], object]] = [
        lambda: book.load_study(paths),
        lambda: rule.load_claims(paths.root / "claims.yaml"),
        *(partial(study.step_params, paths, step) for step in study.STEPS if step != "ingest"),
    ]
    for read in reads:
        errors += _attempted(read)[1]
    return DEFAULTS if given is None else given, errors + wrong


def _attempted(attempt: Callable[[], Value]) -> tuple[Value | None, list[InputError]]:
    """The result of an attempt and no errors; if it fails, None and the errors."""
    try:
        return attempt(), []
    except InputError as error:
        return None, [error]
    except (OSError, yaml.YAMLError) as error:
        return None, [InputError(f"a file of the study cannot be read: {error}")]


# Reading


def look(folder: Path, tz: str, date_order: str | None) -> Readable:
    """Read a raw folder as a whole; if something in it is wrong, file by file, so that every error is reported."""
    try:
        raw = gather(folder, tz=tz, date_order=date_order)
        return Readable(raw.chats, raw.transcripts, raw.roster, raw, [])
    except InputError as error:
        first = error
    errors: list[InputError] = []
    chats: list[pd.DataFrame] = []
    transcripts: list[pd.DataFrame] = []
    nobody = pd.DataFrame({"name": [], "consent": []}, dtype="str")
    try:
        read = chat_reader(folder, tz=tz, date_order=date_order)
    except InputError as of_manifest:  # the manifest may give the date order of a chat
        return Readable(chats, transcripts, nobody, None, [first, of_manifest])
    for path in (path for path in exports(folder / "chats") if not no_chat(path)):
        try:
            chats.append(read(path))
        except InputError as error:
            errors.append(error)
            if isinstance(error, AmbiguousDates):  # read day first, so that its people at least are counted
                chats.append(read_chat(path, tz=tz, date_order="dmy"))
                chats[-1].attrs["report"]["date_order_by"] = ""
    for path in visible(folder / "transcripts"):
        transcript, wrong = _attempted(partial(read_transcript, path))
        errors += wrong
        transcripts += [] if transcript is None else [transcript]
    try:
        roster = read_roster(folder / "members.csv")
        Directory(roster)
    except InputError as error:
        roster = nobody
        errors.append(error)
    own, wrong = _attempted(lambda: [*lists(folder)])
    errors += wrong
    for reader, path in own or []:
        errors += _attempted(partial(reader, path))[1]
    if not (chats or transcripts or errors):
        errors.append(InputError(first.what, path=first.path, fix=ADD))
    elif str(first) not in map(str, errors):
        errors.append(first)
    return Readable(chats, transcripts, roster, None, [_with_its_place(error, folder, tz) for error in errors])


def _with_its_place(error: InputError, folder: Path, tz: str) -> InputError:
    """The error; of a chat in transcripts/ or an interview in chats/, one that says where it belongs."""
    path = Path(error.path) if error.path else folder
    if not path.is_file() or isinstance(error, AmbiguousDates):
        return error
    if path.is_relative_to(folder / "transcripts") and not _attempted(partial(as_chat, path, tz))[1]:
        return InputError("this is a chat", path=error.path, fix="Move it to data/raw/chats.")
    if path.is_relative_to(folder / "chats") and not _attempted(partial(require_interview, path))[1]:
        return InputError("this is an interview", path=error.path, fix="Move it to data/raw/transcripts.")
    return error


# What is there


def _chat(chat: pd.DataFrame) -> str:
    report, times = chat.attrs["report"], chat["time"]
    order = ORDERS.get(report.get("date_order", ""), "")
    settled = f"settled by {settler}" if (settler := report.get("date_order_by")) else "which nothing settles yet"
    how = f"; dates read {order}, {settled}" if order else ""
    by = f"{wording.count(len(chat), 'message')} by {wording.count(chat['sender'].nunique(), 'person', 'people')}"
    return f"{report['source']}: {report['format']}, {by}, {times.min().date()} to {times.max().date()}{how}"


def _present(seen: Readable) -> Iterator[str]:
    """One line per chat, and one for the interviews, the roster and each table."""
    yield from map(_chat, seen.chats)
    if seen.transcripts:
        turns = wording.count(sum(map(len, seen.transcripts)), "turn")
        yield f"transcripts: {wording.count(len(seen.transcripts), 'interview')}, {turns}"
        silent = [t.attrs["report"]["source"] for t in seen.transcripts if not (t["role"] == "participant").any()]
        if silent:
            yield f"of these, nobody but the interviewer speaks in {wording.listed(silent)}"
    if len(seen.roster):
        said = wording.listed(f"{n} {answer}" for answer, n in sorted(Counter(seen.roster["consent"]).items()))
        yield f"members.csv: {wording.count(len(seen.roster), 'member')}; consent: {said}"
    if seen.raw is not None and len(seen.raw.partnerships):
        yield f"partnerships.csv: {wording.count(len(seen.raw.partnerships), 'partnership')}"
    if seen.raw is not None and len(codings := seen.raw.codings):
        yield f"codings: {_coded(codings)}"
    if seen.raw is not None and len(links := seen.raw.annotations):
        answered, left = links[links["answered"]], int((~links["answered"]).sum())
        by = wording.count(links["annotator"].nunique(), "annotator")
        of = wording.count(answered["message_id"].nunique(), "message")
        yield f"annotations: what {of} answer, by {by}; {wording.count(left, 'message')} not annotated yet"


def _coded(codings: pd.DataFrame) -> str:
    """The number of codings by coders individually, and of those decided together: the consensus is not a coder."""
    together = codings["coder"] == human.CONSENSUS
    parts = [
        f"{len(rows):,} {how} on {wording.count(rows['unit_id'].nunique(), 'passage')}"
        for how, rows in (
            (f"by {wording.count(codings.loc[~together, 'coder'].nunique(), 'coder')}", codings[~together]),
            ("decided together", codings[together]),
        )
        if len(rows)
    ]
    return wording.listed(parts)


def _doubts(chat: pd.DataFrame) -> Iterator[str]:
    """Parts of a chat that could be read in two ways or are unusual, from its report."""
    report = chat.attrs["report"]
    source = report["source"]
    if report.get("late_headers"):
        late, ways = wording.count(report["late_headers"], "message"), report["readings"]
        yield (f"{source}: {late} out of order in time, kept where the file has them. With every header a message: "
               f"{ways['every header']:,} messages; as read: {ways['as read']:,}.")  # fmt: skip
    if report.get("pasted_headers"):
        lines = wording.count(report["pasted_headers"], "line")
        yield f"{source}: {lines} look like the beginning of a message and are taken for pasted text."
    if found := Counter(difference.why for difference in report.get("differences", [])):
        why = wording.listed(f"{n:,} {reason}" for reason, n in found.most_common())
        lines = wording.count(found.total(), "line")
        yield f"{source}: in {lines} the text before the first colon is not the sender: {why}."
    for name in report.get("doubtful_senders", []):
        yield f"{source}: {name!r} is taken for one sender's name; enter it into members.csv to settle it."
    if report.get("repeated_hour"):
        yield f"{source}: {wording.count(report['repeated_hour'], 'message')} fall into an hour that the clock repeats."
    if str(report.get("clock", "24")).startswith("12"):
        yield f"{source}: times are read as of a 12-hour clock without am and pm."


def _missing(paths: study.Paths) -> list[str]:
    """What is missing from the raw folder, and what study.yaml does not state."""
    gone = [f"{name}: {why}" for name, why in MISSING.items() if not _is_there(paths.raw / name)]
    about, _ = _attempted(lambda: book.load_study(paths))
    if about is None:
        return gone
    empty = [key for key, value in about.items() if not value and key != "coreq"]
    unknown = sum(not value for value in about["coreq"].values())
    empty += [f"{wording.count(unknown, 'fact')} of the interviews (coreq)"] if unknown else []
    return gone + [f"study.yaml: nothing is stated of {wording.listed(empty)}; the book will say so."] * bool(empty)


def _is_there(path: Path) -> bool:
    """Whether this file exists, or the folder contains anything, even if it is not a regular file."""
    files, wrong = _attempted(partial(visible, path))
    return path.is_file() or bool(files or wrong)


# People


def people(seen: Readable) -> list[str]:
    """People who write or are interviewed but are not on the roster, with the members they may be: of writers the SHOWN
    most active, and all who may be a member without consent."""
    if not len(seen.roster):
        senders = {canonical(name) for chat in seen.chats for name in chat["sender"].dropna().unique()}
        unread = any(error.path and Path(error.path).name == "members.csv" for error in seen.errors)
        why = "the roster cannot be read" if unread else "there is no roster"
        return [f"{wording.count(len(senders), 'person', 'people')}: {why}."] if senders else []
    directory = Directory(seen.roster)
    wrote = Counter(sender for chat in seen.chats for sender in chat["sender"].dropna())
    strangers = [(name, n) for name, n in wrote.most_common() if not directory.who(name)]
    withholding = seen.roster[seen.roster["consent"] == "none"]
    named = strangers[:SHOWN] + [each for each in strangers[SHOWN:] if likely(each[0], withholding)]
    row = "give them a row in members.csv, or they are counted in sums only."
    lines = [
        f"{name} ({wording.count(n, 'message')}): {_perhaps(name, seen.roster) or f'{UNLIKE} {row}'}"
        for name, n in named
    ]
    if len(strangers) > len(named):
        others = sum(n for _, n in strangers) - sum(n for _, n in named)
        lines.append(f"and {len(strangers) - len(named):,} more with {wording.count(others, 'message')} together")
    return lines if seen.raw is None else [*lines, *_interviewed(seen.raw)]


def _interviewed(raw: Raw) -> Iterator[str]:
    """Speakers in interviews who are not on the roster: the members they may be, then what to do about all others."""
    called = {f"{transcript} {label}" for transcript, label in raw.speakers}  # such as interview-3 Narasumber
    nameless = [name for name in raw.participants["name"] if name in called]
    named = {name: _perhaps(name, raw.roster) for name in raw.participants["name"] if name not in called}
    yield from (f"{name} (interviewed): {perhaps}" for name, perhaps in named.items() if perhaps)
    if unlike := [name for name, perhaps in named.items() if not perhaps]:
        yield (
            f"{wording.listed(unlike)} (interviewed): {UNLIKE} name who asks the questions at the top of the file "
            "(`# interviewer: NAME`), put `#` before a line that says something of the interview, give a member a row "
            "in members.csv, and leave all others as they are."
        )
    if nameless:
        yield (
            f"{wording.listed(nameless)} (interviewed): not named; for a member, write `# participant: NAME` at the "
            "top of the file."
        )


def _perhaps(name: str, roster: pd.DataFrame) -> str:
    """The members whom a name may refer to, and what to do then; empty where it resembles no member's name."""
    members = likely(name, roster)
    if not members:
        return ""
    withholding = set(roster.loc[roster["consent"] == "none", "name"]) & {*members}
    shown = [f"{member} (withholds consent)" if member in withholding else member for member in members]
    until = ": until then their words are in the study" if withholding else ""
    column = "phones" if phone(name) else "aliases"
    return f"perhaps {' or '.join(shown)}; if so, add it to that member's {column} in members.csv{until}."


def likely(name: str, roster: pd.DataFrame) -> list[str]:
    """Members to whom a name or number may belong, the most similar first, at most MATCHES.

    Numbers match if their last TAIL digits or all but one digit agree. Names, with and without text in brackets, match
    as wholes by the ratio of Ratcliff and Obershelp (difflib), or word by word, if all words of the shorter name are in
    the other, truncated or misspelt.
    """
    digits, without_brackets = phone(name), re.sub(r"\([^)]*\)", "", name)
    scored = []
    for row in roster.to_dict("records"):
        numbers = [n for written in listed(row.get("phones")) if (n := phone(written))]
        ways = [_ratio(digits, n) if digits[-TAIL:] != n[-TAIL:] else 1.0 for n in numbers] if digits else []
        names = [] if digits else [row["name"], *listed(row.get("aliases"))]
        ways = [like * (like >= 0.9) for like in ways]
        ways += [_alike(_words(own), _words(other)) for own in (name, without_brackets) for other in names]
        scored.append((max(ways, default=0.0), row["name"]))
    return [member for like, member in sorted(scored, key=lambda s: (-s[0], s[1]))[:MATCHES] if like >= LIKE]


def _words(name: str) -> list[str]:
    """The words of a name in lower case, without titles, emoji and numbers."""
    return [word for word in re.findall(r"[^\W\d_]+", normal(name)) if word not in titles()]


def _alike(one: list[str], other: list[str]) -> float:
    """Similarity of two names, 0 to 1."""
    if not one or not other:
        return 0.0
    short, long = sorted((one, other), key=len)
    pairs = [max((_alike_words(word, twin), min(len(word), len(twin))) for twin in long) for word in short]
    fits = min(like for like, _ in pairs) >= SPELT and max(letters for _, letters in pairs) > 2
    by_word = 0.9 * sum(like for like, _ in pairs) / len(pairs) if fits else 0.0
    return max(by_word, _ratio(" ".join(one), " ".join(other)))


def _alike_words(word: str, other: str) -> float:
    cut = word.startswith(other) or other.startswith(word)
    return 1.0 if word == other else 0.9 if cut else _ratio(word, other)


def _ratio(one: str, other: str) -> float:
    return SequenceMatcher(None, one, other, autojunk=False).ratio()


# All of it together


def _assessed(paths: study.Paths, raw: Raw, params: Mapping[str, object]) -> Corpus:
    """The tables as ingest would write them. Raises InputError on what would stop ingest."""
    key = study_key(paths, str(params["demo_key"])) or draw(raw)
    return titled(assess(raw, key=key, tz=str(params["tz"])), raw, pseudonymiser(raw, key), paths.raw)


def _together(paths: study.Paths, raw: Raw, corpus: Corpus) -> tuple[list[str], list[InputError]]:
    """Notes and errors that appear only when tables, names and codings are combined, as in the first steps of a run."""
    notes = [*_unnamed(raw, corpus, manifest.titles(paths.raw)), *_counted_twice(paths, raw)]
    notes += _chats_compared(paths, corpus)
    key = study_key(paths, str(study.step_params(paths, "ingest")["demo_key"]))
    silent = sorted(set(tables.community(corpus.members)["member"]) - set(corpus.messages["member"].dropna()))
    if silent and len(raw.roster):
        notes.append(f"{wording.count(len(silent), 'member')} wrote nothing in these chats.")
    notes += _withheld(corpus)
    if key is None and _has_run(paths):
        notes.append(
            "This study has run before, and the key of its pseudonyms is not here. Put secrets/pseudonym.key where it "
            "was; without it everyone gets a new pseudonym, and codings of texts with names in them fit no more."
        )
    if twice := int(corpus.codings.duplicated(["unit_id", "start", "end", "code", "coder", "round"]).sum()):
        notes.append(f"{wording.count(twice, 'coding')} by the same coder are duplicates, and count once.")
    source = paths.raw / "codebook.yaml"
    if not source.exists():
        return notes, []
    if wrong := _attempted(lambda: human.check_codes(corpus.codings["code"], codebook.load(source)))[1]:
        return notes, wrong
    if corpus.codings.empty:
        return notes, []
    if key is None:
        return [*notes, "Whether the codings fit the texts shows after `dvc repro ingest`, which makes the key."], []
    said, wrong = _codings(corpus, source)
    return notes + said, wrong


def _has_run(paths: study.Paths) -> bool:
    """Whether ingest, which makes the key, has run: dvc.lock has the stage."""
    lock = paths.root / "dvc.lock"
    return lock.exists() and bool(re.search(rf"(?m)^  {STEP}:", lock.read_text(encoding="utf-8", errors="replace")))


def _counted_twice(paths: study.Paths, raw: Raw) -> Iterator[str]:
    """A sentence for two chats with mostly the same messages, such as a group exported under two names."""
    channels = [{*map(slug, chat.attrs["report"]["channels"].values())} for chat in raw.chats]
    for i, j, shared in overlap.mostly_the_same(raw.chats):
        if not channels[i] & channels[j]:
            one, other = (raw.chats[k].attrs["report"]["source"] for k in (i, j))
            in_folder = ", or put them into one folder of data/raw/chats" * (paths.raw / "chats").is_dir()
            texts = wording.count(shared, "text")
            yield (
                f"{one} and {other} hold mostly the same messages ({texts}), and count as two chats. If they are one, "
                f"give both the same title (guyub add --title TITLE FILE, for each){in_folder}: then what both have "
                "counts once."
            )


def _with_likely(error: InputError, raw: Raw) -> InputError:
    """The error; on a row of partnerships.csv with the members that its unknown names may mean."""
    if error.path != "partnerships.csv":
        return error
    if isinstance(error, Mistakes):
        return Mistakes([_with_likely(each, raw) for each in error.errors])
    known = Directory(pd.concat([raw.roster, raw.strangers], ignore_index=True))
    row = raw.partnerships.loc[raw.partnerships["row"] == error.line, ["member_a", "member_b"]]
    unknown = [name for name in row.to_numpy().ravel() if name in error.what and not known.who(name)]
    meant = [f"Did you mean {' or '.join(near)} by {name}?" for name in unknown if (near := likely(name, raw.roster))]
    fix = f"{' '.join(meant)} If so, correct it here; if not: {error.fix}" if meant else error.fix
    return InputError(error.what, path=error.path, line=error.line, fix=fix)


def _withheld(corpus: Corpus) -> Iterator[str]:
    """What is left out for lack of consent, of the kinds that the report counts."""
    if members := corpus.withheld["members"]:
        words = {"messages": "message", "utterances": "interview turn", "partnerships": "partnership",
                 "codings": "coding"}  # fmt: skip
        left = [wording.count(n, word) for what, word in words.items() if (n := corpus.withheld[what])] or ["nothing"]
        yield f"Of {wording.count(members, 'member')} without consent, {wording.listed(left)} will be left out."


def _unnamed(raw: Raw, corpus: Corpus, titles: Iterable[str]) -> Iterator[str]:
    """Sentences on chats named after people, for which pages show codes, and on chats without a name. titles: paths of
    the chats that were given one."""
    shown, given = set(corpus.messages["channel"]), {Path(path).name for path in titles}
    reports = [chat.attrs["report"] for chat in raw.chats]
    hidden = [each["source"] for each in reports if not shown & {*map(shown_name, each["channels"].values())}]
    if any(map(CODE.fullmatch, shown)) and (named := [source for source in hidden if source not in given]):
        yield (
            f"Pages show a code in place of {wording.listed(named)}, as that leads to a person; "
            "`guyub add --title TITLE FILE` gives a chat a title that is shown instead."
        )
    for channel in filter(says_nothing, corpus.messages["channel"].unique()):
        yield (
            f"Pages call a chat {channel!r}, which says nothing of it; `guyub add --title TITLE FILE` gives it a title "
            "that is shown instead."
        )


def _chats_compared(paths: study.Paths, corpus: Corpus) -> Iterator[str]:
    """Why informal chats are not compared with the committee's, where params.yaml asks for it by words of names."""
    params, _ = _attempted(lambda: study.step_params(paths, "themes"))
    if params is None:
        return  # this stops the study, and is reported there
    asked = {name: str(params[name]) for name in ("informal", "committee")}
    setting, wrong = _attempted(lambda: chat_settings(corpus.messages["channel"], **asked))
    for error in wrong:
        yield f"params.yaml: {error.what}."
    if isinstance(setting, Missing) and any(asked.values()):
        yield f"Chats of two kinds are not compared: {setting.reason}."


def _codings(corpus: Corpus, source: Path) -> tuple[list[str], list[InputError]]:
    """Notes and errors on codings that no longer fit their texts, or use codes that are not in the codebook."""
    try:
        codes = codebook.load(source)
        anchored = check_anchors(corpus.codings, units_of(corpus.messages, corpus.utterances)["text"])
        human.presence(anchored.holding, codes)
    except InputError as error:
        return [], [error]
    if anchored.broken.empty:
        return [], []
    reasons = wording.listed(f"{n:,} since {why}" for why, n in Counter(anchored.broken["reason"]).most_common())
    rest = "the other " * bool(corpus.withheld["codings"])
    some = f"{len(anchored.broken):,} of {rest}{wording.count(len(corpus.codings), 'coding')}"
    fit = "no longer fits and is" if len(anchored.broken) == 1 else "no longer fit and are"
    return [f"{some} {fit} left out: {reasons}."], []


def _codes(paths: study.Paths) -> Iterator[str]:
    """Codes that params.yaml names but the codebook lacks, so that no message will have them."""
    source = paths.raw / "codebook.yaml"
    if not source.exists():
        return
    codes, params = _attempted(lambda: codebook.load(source))[0], _attempted(lambda: study.load_params(paths))[0]
    if codes is None or params is None:
        return  # this stops the study, and is reported there
    for step, keys in CODES.items():
        for key in keys:
            value = params.get(step, {}).get(key) or []
            given = [value] if isinstance(value, str) else value
            if unknown := [str(code) for code in given if code not in codes.names] if isinstance(given, list) else []:
                lacking = f"{step}.{key} names {wording.listed(unknown)}, which codebook.yaml lacks"
                yield f"params.yaml: {lacking}: no message will have it."


def _paragraph(error: InputError, paths: study.Paths) -> str:
    """An error in one paragraph, with the file's name as the study's folder has it."""
    place = ""
    if error.path is not None:
        path = Path(error.path)
        place = path.relative_to(paths.root).as_posix() if path.is_relative_to(paths.root) else str(path)
        place += f", line {error.line}: " if error.line else ": "
    return place + error.what.rstrip(".") + "." + (f" {error.fix}" if error.fix else "")
