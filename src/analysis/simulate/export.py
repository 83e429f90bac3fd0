"""Writes a community as data/raw of a study and, when asked, its truth into a folder next to it."""

from __future__ import annotations

import csv
import io
import shutil
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any

import pandas as pd
import yaml

from analysis import wording
from analysis.errors import InputError
from analysis.ingest import manifest
from analysis.ingest.annotations import COLUMNS
from analysis.ingest.corpus import Corpus, read_corpus
from analysis.privacy import Pseudonymiser
from analysis.simulate import rhythm
from analysis.simulate.annotators import answered_sheets
from analysis.simulate.chats import true_codes, true_replies, write_chat
from analysis.simulate.coders import HEADER, Span, Unit, code_all
from analysis.simulate.community import Community, simulate_community
from analysis.simulate.dice import Dice
from analysis.simulate.interviews import Quote, interviews, quotes, transcript
from analysis.simulate.people import HERE

DEMO_KEY = b"guyub-demo-key-not-secret"  # public: params.yaml, ingest.demo_key
ANNOTATED = 400  # messages that annotators annotate, or a third of all if that is fewer
CODED = 2000  # messages that the coders read, or a third of all if that is fewer
USUAL_SIZE = 40, 12  # default members and months
GROUPS, LARGEST = 4, 50_000  # chats of a community, and messages of one that fit easily into memory
MEMBERS = ("name", "aliases", "phones", "sector", "role", "joined", "consent")
PARTNERS = ("member_a", "member_b", "since", "kind")
_KINDS = {
    "annotations": "annotated replies",
    "chats": "chat",
    "codings": "codings",
    "transcripts": "interview transcript",
}


def write_study(community: Community, out: Path | str, *, truth: bool = False) -> list[Path]:
    """Write the raw files of the community into `out`, and with truth=True the truth into `out`/../truth.

    Equal communities give equal bytes (UTF-8, LF). Returns the files written, MANIFEST.csv last. Raises InputError when
    `out` holds files that are not simulated.
    """
    out = Path(out)
    _clear(out)
    files = [write_chat(community, channel, out / "chats") for channel in community.channels]
    shutil.copyfile(HERE / "codebook.yaml", out / "codebook.yaml")
    tables = {"members.csv": (MEMBERS, member_rows), "partnerships.csv": (PARTNERS, declared_rows)}
    files += [save(out / name, to_csv(header, rows(community))) for name, (header, rows) in tables.items()]
    files.append(out / "codebook.yaml")
    label = dict(zip(community.people.name, community.people.alias, strict=True))
    for k, each in enumerate(interviews(community)):
        text = transcript(each, label[each["participant"]], timed=k % 3 == 1)
        files.append(save(out / f"transcripts/wawancara-{k + 1:02d}.txt", text))
    corpus = read_corpus(out, tz=rhythm.TZ, date_order=None, key=DEMO_KEY)
    files += [*_codings(community, corpus, out), *_annotations(community, corpus.messages, out)]
    files.append(_manifest(_made_from(community), files, out))
    if truth:
        write_truth(community, out.parent / "truth")
    return files


def write_large(out: Path | str, *, groups: int, messages: int, seed: int = 0, members: int = 40) -> list[Path]:
    """Write about `messages` messages in `groups` chats as raw files without interviews and codings.

    Every four chats form one community of `members` people, who are in no other; one community is in memory at a time.
    Returns the files written, MANIFEST.csv last. Raises InputError when the groups are not a multiple of four or would
    be too large.
    """
    out, communities = Path(out), groups // GROUPS
    if groups < GROUPS or groups % GROUPS:
        raise InputError("the number of groups is not a multiple of 4", fix="A community has 4 chats: give 4, 8, 12.")
    if messages > communities * LARGEST:
        raise InputError("too many messages for so few groups", fix=f"Give at most {LARGEST // GROUPS} per group.")
    chats: list[Path] = []
    roster: list[tuple[Any, ...]] = []
    partners: list[tuple[Any, ...]] = []
    for k in range(communities):
        one = simulate_community(seed + k, members, messages=messages // communities, first=k * members)
        chats += [write_chat(one, channel, out / "chats", f"{k + 1:04d}") for channel in one.channels]
        roster += member_rows(one)
        partners += declared_rows(one)
    tables = {"members.csv": to_csv(MEMBERS, roster), "partnerships.csv": to_csv(PARTNERS, partners)}
    files = [*(save(out / name, text) for name, text in tables.items()), *chats]
    return [
        *files,
        _manifest(f"{wording.count(communities, 'community', 'communities')}, first seed {seed}", files, out),
    ]


def _clear(out: Path) -> None:
    """Remove the files of an earlier simulation. Raises InputError when the folder holds others."""
    if not out.exists() or not any(out.iterdir()):
        return
    rows = manifest.read(out)
    if not rows or any(row["simulated"] != "yes" for row in rows.values()):
        raise InputError("this folder holds files that are not simulated", path=out, fix="Name a new or empty folder.")
    for path in rows:
        (out / path).unlink(missing_ok=True)


def save(path: Path, text: str) -> Path:
    """Write UTF-8 with LF, making the folder."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(text.encode())
    return path


def to_csv(header: Sequence[str], rows: Iterable[Sequence[Any]]) -> str:
    """Rows as CSV text with LF."""
    buffer = io.StringIO()
    writer = csv.writer(buffer, lineterminator="\n")
    writer.writerow(header)
    writer.writerows(rows)
    return buffer.getvalue()


# tables


def member_rows(community: Community) -> list[tuple[Any, ...]]:
    """The roster, in the order of MEMBERS."""
    dice = Dice("roster", community.seed)
    rows = []
    for p in community.people.itertuples():
        joined = rhythm.date_of(p.joined if p.joined >= 0 else -dice.whole(30, 1100))
        rows.append((p.name, f"{p.alias};{p.short}", p.phone, p.sector, p.role, joined, p.consent))
    return rows


def declared_rows(community: Community) -> list[tuple[Any, ...]]:
    """The declared partnerships, in the order of PARTNERS."""
    return list(community.declared[list(PARTNERS)].itertuples(index=False, name=None))


def _made_from(community: Community) -> str:
    """Scenario and seed, and how many members and months where these are not the simulation's own."""
    size = len(community.people), community.months
    own = "" if size == USUAL_SIZE else f", {size[0]} members, {wording.count(size[1], 'month')}"
    return f"scenario {community.scenario.name}, seed {community.seed}{own}"


def _manifest(what: str, files: list[Path], out: Path) -> Path:
    """MANIFEST.csv of files that are all simulated. what: scenario and seed of the community, or of several."""
    rows = []
    for path in sorted(files, key=lambda f: f.relative_to(out).as_posix()):
        name = path.relative_to(out).as_posix()
        kind = _KINDS.get(name.split("/")[0], path.stem)
        source = f"simulated by guyub ({what})"
        rows.append((name, manifest.sha256(path), kind, source, "CC-BY-4.0", "none needed: fiction", "yes"))
    return save(out / manifest.NAME, to_csv(manifest.FIELDS, rows))


# interviews, codings and annotations


def _codings(community: Community, corpus: Corpus, out: Path) -> list[Path]:
    """Both coders' codings of a sample of messages and of all that participants say, anchored in ingest's texts."""
    people = Pseudonymiser(pd.read_csv(out / "members.csv", dtype=str), key=DEMO_KEY)
    units = [*_chat_units(community, corpus.messages), *_interview_units(community, corpus.utterances, people)]
    done = code_all(units, community.seed)
    return [save(out / f"codings/{coder}.csv", to_csv(HEADER, rows)) for coder, rows in done.items()]


def _annotations(community: Community, read: pd.DataFrame, out: Path) -> list[Path]:
    """Both annotators' sheets of a sample of the messages read."""
    size = min(ANNOTATED, len(read) // 3)
    sheets = answered_sheets(read, true_replies(community, read), size=size, seed=community.seed)
    return [save(out / f"annotations/{name}.csv", to_csv(COLUMNS, rows)) for name, rows in sheets.items()]


def _chat_units(community: Community, read: pd.DataFrame) -> list[Unit]:
    """A random sample of the texts, in the order in which they are coded."""
    seen = true_codes(community, "read_as")
    texts = read[(read.kind == "text") & (read.text != "")]
    places = list(zip(texts.source, texts.line, texts.message_id, texts.text, strict=True))
    picked = Dice("coding sample", community.seed).shuffled(places)[: min(CODED, len(places) // 3)]
    units = []
    for source, line, number, text in picked:
        codes = seen[source, number.rsplit("-", 1)[1] if source.endswith(".json") else line]
        units.append(Unit(number, text, tuple(Span(0, len(text), code) for code in codes), whole=True))
    return units


def _interview_units(community: Community, read: pd.DataFrame, people: Pseudonymiser) -> list[Unit]:
    """What participants say, with the planted codes at the place of their quotations."""
    units = []
    texts = read[read.role == "participant"].set_index(["source", "turn"])
    for k, interview in enumerate(interviews(community), 1):
        for turn, planted in quotes(interview).items():
            row = texts.loc[(f"wawancara-{k:02d}.txt", turn)]
            spans = tuple(_span(row.text, quote, people) for quote in planted)
            units.append(Unit(row.utterance_id, row.text, spans, whole=False))
    return units


def _span(text: str, quote: Quote, people: Pseudonymiser) -> Span:
    """Where the quotation is in the scrubbed text. Raises InputError when scrubbing has changed it."""
    words = people.scrub(" ".join(quote.text.split()))[0]
    start = text.find(words)
    if start < 0:
        raise InputError(f"a quotation is not found in the scrubbed turn: {quote.text}")
    return Span(start, start + len(words), quote.code, quote.english, quote.memo)


# the truth


def write_truth(community: Community, folder: Path) -> None:
    """The planted truth: scenario, people, messages with codes and parents, partnerships, trust. No step reads it."""
    save(folder / "scenario.yaml", yaml.safe_dump(community.truth(), sort_keys=False, allow_unicode=True))
    names = community.people.name.to_list()
    words = {name: community.messages[name].map(";".join) for name in ("codes", "read_as")}
    messages = community.messages.assign(**words).drop(columns="text")
    frames = {
        "messages": messages.reset_index(names="row"),
        "people": community.people[["name", "alias", "joined", "left", "activity", "sharing"]],
        "partnerships": community.partnerships,
        "trust": pd.DataFrame(community.trust.round(6), index=names, columns=names).reset_index(names="name"),
        "liking": pd.DataFrame(community.liking.round(6), index=names, columns=names).reset_index(names="name"),
    }
    for name, frame in frames.items():
        save(folder / f"{name}.csv", frame.to_csv(index=False, lineterminator="\n"))
