"""Writes a community as phones and recorders would give it: data/raw of a study, and apart from it, when asked, the truth."""

from __future__ import annotations

import csv
import hashlib
import io
import json
import re
import shutil
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any

import pandas as pd
import yaml

from analysis.errors import InputError
from analysis.ingest.corpus import read_corpus
from analysis.privacy import Pseudonymiser
from analysis.simulate import rhythm
from analysis.simulate.coders import HEADER, Span, Unit, code_all
from analysis.simulate.community import Channel, Community
from analysis.simulate.dice import Dice
from analysis.simulate.interviews import Quote, interviews, quotes, transcript
from analysis.simulate.people import HERE

DEMO_KEY = b"guyub-demo-key-not-secret"  # public: params.yaml, ingest.demo_key
CODED = 1000  # messages that the coders read
MANIFEST = ("path", "sha256", "kind", "source", "licence", "consent_basis", "simulated")
_ENTITY = re.compile(
    r"(?P<email>[\w.]+@[\w.]+\.\w+)|(?P<link>https?://\S+|wa\.me/\d+)|(?P<phone>\+62 [\d-]+)|(?P<mention>(?<!\S)@[a-z][\w.]+)"
)
_WHO = re.compile(r"⟦(\d+)⟧")
_NOT_INCLUDED = "(File not included. Change data exporting settings to download.)"
_FILES = {"media": ("IMG", "jpg"), "sticker": ("STK", "webp"), "voice": ("PTT", "opus")}


def write_study(community: Community, out: Path | str, *, truth: bool = False) -> list[Path]:
    """Write the raw files of the community into `out`, and with truth=True the truth into `out`/../truth.

    Equal communities give equal bytes (UTF-8, LF). Returns the files written, MANIFEST.csv last.
    """
    out = Path(out)
    _clear(out)
    files = [*_chats(community, out / "chats"), *_tables(community, out), *_transcripts(community, out)]
    files += _codings(community, out)
    files.append(_write_manifest(community, files, out))
    if truth:
        write_truth(community, out.parent / "truth")
    return files


def _clear(out: Path) -> None:
    """Take away what an earlier simulation wrote here. Raises InputError where something else lies in the way."""
    if not out.exists() or not any(out.iterdir()):
        return
    manifest = out / "MANIFEST.csv"
    rows = list(csv.DictReader(manifest.read_text("utf-8").splitlines())) if manifest.exists() else []
    if not rows or any(row["simulated"] != "yes" for row in rows):
        raise InputError("this folder holds what is not simulated", path=out, mend="Name a new or empty folder.")
    for row in rows:
        (out / row["path"]).unlink(missing_ok=True)


def save(path: Path, text: str) -> Path:
    """Write UTF-8 with LF, making the folder."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(text.encode("utf-8"))
    return path


def to_csv(header: Sequence[str], rows: Iterable[Sequence[Any]]) -> str:
    """Rows as CSV text with LF; missing values empty."""
    buffer = io.StringIO()
    writer = csv.writer(buffer, lineterminator="\n")
    writer.writerow(header)
    writer.writerows(["" if cell is None else cell for cell in row] for row in rows)
    return buffer.getvalue()


# --- chats ------------------------------------------------------------------------------------------------------------------


def chat_path(channel: Channel) -> str:
    """The name of the channel's file, as the phone or Telegram Desktop gives it, under chats/."""
    return (
        f"chats/Chat WhatsApp dengan {channel.title}.txt"
        if channel.platform == "whatsapp"
        else f"chats/{channel.key}-telegram.json"
    )


def _chats(community: Community, folder: Path) -> list[Path]:
    out = []
    for channel in community.channels:
        messages = community.messages[community.messages.channel == channel.key]
        text = (
            whatsapp(community, channel, messages)
            if channel.platform == "whatsapp"
            else telegram(community, channel, messages)
        )
        out.append(save(folder / Path(chat_path(channel)).name, text))
    return out


def address_book(community: Community, channel: Channel) -> dict[str, str]:
    """How the exporting phone shows each member: by alias, a few as number or with a tilde, its owner by full name."""
    people = community.people
    shown = dict(zip(people.name, people.alias, strict=True))
    for i, p in enumerate(people.itertuples()):
        if channel.key == "bazar" and i % 13 == 5:
            shown[p.name] = p.phone
        if channel.key == "informal" and i % 11 == 7:
            shown[p.name] = f"~ {p.short}"
    owner = people.name[channel.exporter]
    return shown | {owner: owner}


def whatsapp(community: Community, channel: Channel, messages: pd.DataFrame) -> str:
    """The chat as an Indonesian Android phone exports it: `24/07/24 09.43 - Bu Sri: ...`."""
    return "".join(line + "\n" for line in whatsapp_lines(community, channel, messages))


def whatsapp_lines(community: Community, channel: Channel, messages: pd.DataFrame) -> Iterable[str]:
    """One string a message, holding line breaks where the message does."""
    names, count, day = address_book(community, channel), 0, ""
    people = community.people.name.to_list()

    def who(match: re.Match[str]) -> str:
        i = int(match[1])
        return "Anda" if i == channel.exporter else names[people[i]]

    stamps = messages.time.dt.strftime("%d/%m/%y %H.%M - ")
    dates = messages.time.dt.strftime("%Y%m%d")
    for stamp, date, member, text, kind, edited in zip(
        stamps, dates, messages.member, messages.text, messages.kind, messages.edited, strict=True
    ):
        if kind == "system":
            yield stamp + _WHO.sub(who, text)
            continue
        if date != day:
            day, count = date, 0
        count += kind in _FILES
        yield f"{stamp}{names[member]}: {_whatsapp_body(kind, text, edited, channel.files, f'{date}-WA{count - 1:04d}')}"


def _whatsapp_body(kind: str, text: str, edited: bool, files: bool, number: str) -> str:
    if kind in _FILES:
        name, suffix = _FILES[kind]
        return f"{name}-{number}.{suffix} (file terlampir)" if files else "<Media tidak disertakan>"
    if kind == "deleted":
        return "Pesan ini dihapus"
    return text + (" <Pesan ini diedit>" if edited else "")


def telegram(community: Community, channel: Channel, messages: pd.DataFrame) -> str:
    """The chat as Telegram Desktop's result.json, with explicit replies for a part of the answers."""
    dice = Dice("telegram", community.seed, channel.key)
    ids = telegram_ids(messages)
    account = {
        name: f"user{7000000000 + int(digits[-8:])}"
        for name, digits in zip(community.people.name, community.people.digits, strict=True)
    }
    first = messages.index[0] if len(messages) else 0
    rows: list[dict[str, Any]] = [_service(community, channel, account)]
    for index, m in zip(messages.index, messages.itertuples(), strict=True):
        row = _telegram_head(ids[index], m, community, account)
        if not pd.isna(m.reply_to) and m.reply_to >= first:
            near = m.reply_to == index - 1
            if dice.chance(0.35 if near else 0.75):
                row["reply_to_message_id"] = ids[int(m.reply_to)]
        rows.append(row | _telegram_body(m.kind, m.text, dice))
    chat = {
        "name": channel.title,
        "type": "private_supergroup",
        "id": 1900000000 + community.seed % 10**6,
        "messages": rows,
    }
    return json.dumps(chat, ensure_ascii=False, indent=1) + "\n"


def telegram_ids(messages: pd.DataFrame) -> dict[Any, int]:
    """Telegram's number of each message, by its row; numbers rise with gaps, as in life."""
    return {index: 101 + k * 2 + (k % 7 == 3) for k, index in enumerate(messages.index)}


def _service(community: Community, channel: Channel, account: dict[str, str]) -> dict[str, Any]:
    founder = community.people.name[channel.exporter]
    time = community.messages.time.iloc[0].normalize()
    return {
        "id": 1, "type": "service", "date": f"{time:%Y-%m-%dT%H:%M:%S}", "date_unixtime": str(int(time.timestamp())), "actor": founder,
        "actor_id": account[founder], "action": "create_group", "title": channel.title,
        "members": [community.people.name[i] for i in channel.members], "text": "", "text_entities": [],
    }  # fmt: skip


def _telegram_head(number: int, m: Any, community: Community, account: dict[str, str]) -> dict[str, Any]:
    row = {
        "id": number,
        "type": "message",
        "date": f"{m.time:%Y-%m-%dT%H:%M:%S}",
        "date_unixtime": str(int(m.time.timestamp())),
    }
    if m.edited:
        later = m.time + pd.Timedelta(seconds=75)
        row |= {"edited": f"{later:%Y-%m-%dT%H:%M:%S}", "edited_unixtime": str(int(later.timestamp()))}
    return row | {"from": m.member, "from_id": account[m.member]}


def _telegram_body(kind: str, text: str, dice: Dice) -> dict[str, Any]:
    if kind == "media":
        return {"photo": _NOT_INCLUDED, "width": 1280, "height": 960, "text": "", "text_entities": []}
    if kind == "sticker":
        return {
            "file": _NOT_INCLUDED,
            "media_type": "sticker",
            "sticker_emoji": dice.pick("😂👍🙏"),
            "text": "",
            "text_entities": [],
        }
    if kind == "voice":
        return {"file": _NOT_INCLUDED, "media_type": "voice_message", "mime_type": "audio/ogg", "duration_seconds": dice.whole(3, 70),
                "text": "", "text_entities": []}  # fmt: skip
    entities = text_entities(text)
    mixed = [e["text"] if e["type"] == "plain" else e for e in entities]
    return {"text": text if len(entities) == 1 and entities[0]["type"] == "plain" else mixed, "text_entities": entities}


def text_entities(text: str) -> list[dict[str, str]]:
    """Telegram's cut of a text into plain parts, e-mail addresses, links, numbers and mentions."""
    out, at = [], 0
    for match in _ENTITY.finditer(text):
        if match.start() > at:
            out.append({"type": "plain", "text": text[at : match.start()]})
        out.append({"type": str(match.lastgroup), "text": match[0]})
        at = match.end()
    if at < len(text):
        out.append({"type": "plain", "text": text[at:]})
    return out


# --- tables -----------------------------------------------------------------------------------------------------------------


def _tables(community: Community, out: Path) -> list[Path]:
    declared = community.declared[["member_a", "member_b", "since", "kind"]].itertuples(index=False)
    shutil.copyfile(HERE / "codebook.yaml", out / "codebook.yaml")
    return [
        save(
            out / "members.csv",
            to_csv(("name", "aliases", "phones", "sector", "role", "joined", "consent"), _members(community)),
        ),
        save(out / "partnerships.csv", to_csv(("member_a", "member_b", "since", "kind"), declared)),
        out / "codebook.yaml",
    ]


def _members(community: Community) -> list[tuple[Any, ...]]:
    dice = Dice("roster", community.seed)
    rows = []
    for p in community.people.itertuples():
        joined = rhythm.date_of(p.joined if p.joined >= 0 else -dice.whole(30, 1100))
        rows.append((p.name, f"{p.alias};{p.short}", p.phone, p.sector, p.role, joined, p.consent))
    return rows


# --- interviews and codings ---------------------------------------------------------------------------------------------------


def _transcripts(community: Community, out: Path) -> list[Path]:
    labels = dict(zip(community.people.name, community.people.alias, strict=True))
    return [
        save(
            out / f"transcripts/wawancara-{k:02d}.txt",
            transcript(interview, labels[interview["participant"]], k % 3 == 2),
        )
        for k, interview in enumerate(interviews(community), 1)
    ]


def _codings(community: Community, out: Path) -> list[Path]:
    """Both coders' codings of a sample of messages and of all that participants say, anchored in what ingest makes of the files."""
    corpus = read_corpus(out, tz=rhythm.TZ, date_order=None, key=DEMO_KEY)
    people = Pseudonymiser(pd.read_csv(out / "members.csv", dtype=str), key=DEMO_KEY)
    units = [*_chat_units(community, corpus.messages), *_interview_units(community, corpus.utterances, people)]
    done = code_all(units, community.seed)
    return [save(out / f"codings/{coder}.csv", to_csv(HEADER, rows)) for coder, rows in done.items()]


def _chat_units(community: Community, read: pd.DataFrame) -> list[Unit]:
    """A random sample of the texts, in the order in which they are coded."""
    truth = _truth_by_place(community)
    texts = read[(read.kind == "text") & (read.text != "")]
    places = list(zip(texts.source, texts.line, texts.message_id, texts.text, strict=True))
    size = min(CODED, len(places) // 3)
    picked = Dice("coding sample", community.seed).shuffled(places)[:size]
    return [
        Unit(
            number,
            text,
            tuple(Span(0, len(text), code) for code in truth[source, number if "telegram" in source else line]),
            True,
        )
        for source, line, number, text in picked
    ]


def _truth_by_place(community: Community) -> dict[tuple[str, int | str], tuple[str, ...]]:
    """The true codes of each message, by file and line (WhatsApp) or message id (Telegram)."""
    found: dict[tuple[str, int | str], tuple[str, ...]] = {}
    for channel in community.channels:
        messages = community.messages[community.messages.channel == channel.key]
        source = Path(chat_path(channel)).name
        if channel.platform == "telegram":
            ids = telegram_ids(messages)
            found |= {(source, f"{Path(source).stem}-{ids[i]}"): codes for i, codes in messages.codes.items()}
            continue
        line = 1
        for written, codes in zip(whatsapp_lines(community, channel, messages), messages.codes, strict=True):
            found[source, line] = codes
            line += 1 + written.count("\n")
    return found


def _interview_units(community: Community, read: pd.DataFrame, people: Pseudonymiser) -> list[Unit]:
    """What participants say, with the planted codes at the place of their quotations."""
    units = []
    texts = read[read.role == "participant"].set_index(["transcript", "turn"])
    for k, interview in enumerate(interviews(community), 1):
        for turn, found in quotes(interview).items():
            row = texts.loc[(f"wawancara-{k:02d}", turn)]
            spans = tuple(_span(row.text, quote, people) for quote in found)
            units.append(Unit(row.utterance_id, row.text, spans, False))
    return units


def _span(text: str, quote: Quote, people: Pseudonymiser) -> Span:
    """Where the quotation stands in the scrubbed text. Raises InputError when scrubbing has torn it."""
    words = people.scrub(" ".join(quote.text.split()))[0]
    start = text.find(words)
    if start < 0:
        raise InputError(f"a quotation is not found in the scrubbed turn: {quote.text}")
    return Span(start, start + len(words), quote.code, quote.english)


_KINDS = {"chats": "chat", "transcripts": "interview transcript", "codings": "codings"}


def _write_manifest(community: Community, files: list[Path], out: Path) -> Path:
    source = f"simulated by guyub (scenario {community.scenario.name}, seed {community.seed})"
    rows = []
    for path in sorted(files, key=lambda f: f.relative_to(out).as_posix()):
        name = path.relative_to(out).as_posix()
        kind = _KINDS.get(name.split("/")[0], path.stem)
        digest = hashlib.sha256(path.read_bytes()).hexdigest()
        rows.append((name, digest, kind, source, "CC-BY-4.0", "none needed: fiction", "yes"))
    return save(out / "MANIFEST.csv", to_csv(MANIFEST, rows))


def write_truth(community: Community, folder: Path) -> None:
    """The planted truth as tables: scenario, people, messages with codes and parents, partnerships, trust. No step reads them."""
    save(folder / "scenario.yaml", yaml.safe_dump(community.truth(), sort_keys=False, allow_unicode=True))
    messages = community.messages.assign(codes=community.messages.codes.map(";".join)).drop(columns="text")
    names = community.people.name
    for name, frame in {
        "messages": messages.reset_index(names="row"),
        "people": community.people[["name", "alias", "joined", "left", "activity", "sharing"]],
        "partnerships": community.partnerships,
        "trust": pd.DataFrame(community.trust.round(6), index=names, columns=names.to_list()).reset_index(),
        "liking": pd.DataFrame(community.liking.round(6), index=names, columns=names.to_list()).reset_index(),
    }.items():
        save(folder / f"{name}.csv", frame.to_csv(index=False, lineterminator="\n"))
