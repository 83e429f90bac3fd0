"""Exports that were damaged: bytes lost, doubled, swapped and made up, lines late or pasted, by seed."""

from __future__ import annotations

import io
import json
import random
import re
import zipfile
from collections import Counter
from datetime import datetime, timedelta
from functools import cache
from pathlib import Path

import pandas as pd

from analysis.errors import InputError
from analysis.ingest import read_chat

from .chat_writers import SHAPES, Message, export

FIXTURES = Path(__file__).resolve().parents[2] / "fixtures" / "chats"
MARKS = "\u200e\u200f\u202a-\u202e\u2066-\u2069\ufeff"
HALF = re.compile(r"(?i)[ap]\.?[ \xa0\u202f]?m\.?")

SAID = (
    "halo semua", "½ kg 🙏", "a: b\nc", "", "\n\n", "<Media tidak disertakan>", "Pesan ini dihapus",
    "lokasi: https://maps.google.com/?q=1,2", "24/07/24 09.43 - X: tempelan", "[24/07/24, 09.43.00] X: tempelan",
    "ya <Pesan ini diedit>", "\u200egambar tidak disertakan",
)  # fmt: skip
PACKED = (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED, zipfile.ZIP_DEFLATED, zipfile.ZIP_LZMA, zipfile.ZIP_BZIP2)
WHO = ("Bu Sri", "+62 812-3456-7890", "~ Toko", "Ketua RT: Harun", None)
JUNK = (
    b"\0", b"\xff", b"\xe2\x80", b"\n", b"\r\n", b"\r", b"[", b"]", b": ", b" - ", b"99", b"0",
    "\u200e".encode(), "\ufeff".encode(),
    b"24/07/24 09.43 - ", b"13/25/99 ", b"{", b"}", b'"', b"\\", b"\\x1", b"<", b">", b"===",
    b"[12:18] <a> ", "\u0665".encode(),
)  # fmt: skip


def bases(rng: random.Random) -> tuple[str, bytes]:
    """A name and the bytes of a sound export of a random kind."""
    now, messages = datetime(2024, 7, 20, 22, 0), []
    for _ in range(rng.randrange(1, 14)):
        now += timedelta(minutes=rng.randrange(0, 400))
        messages.append(Message(now, rng.choice(WHO), rng.choice(SAID)))
    kind = rng.randrange(16)
    if kind >= 13:
        path = rng.choice(published())
        return path.name, path.read_bytes()
    if kind >= 11:
        return "a.txt", late(messages, rng).encode()
    if kind == 0:
        rows = [
            {"id": i, "type": "message", "date": m.time.isoformat(), "from": m.sender, "text": m.text}
            for i, m in enumerate(messages)
        ]
        return "a.json", json.dumps({"name": "A", "messages": rows}, indent=1).encode()
    if kind == 1:
        return "2024-07-20.txt", "".join(f"[{m.time:%H:%M}] <{m.sender}> {m.text}\n" for m in messages).encode()
    if kind == 2:
        rows = [f'{m.time.isoformat()},{m.sender},"{m.text}"' for m in messages]
        return "a.csv", "\n".join(["time,sender,text", *rows]).encode()
    if kind == 3:
        rows = [
            {"id": str(i), "type": "Default", "timestamp": m.time.isoformat(), "content": m.text,
             "author": {"name": m.sender, "nickname": m.sender}}
            for i, m in enumerate(messages)
        ]  # fmt: skip
        return "a.json", json.dumps({"guild": {"name": "G"}, "channel": {"name": "a"}, "messages": rows}).encode()
    if kind == 4:
        rows = [{"type": "message", "ts": f"{m.time.timestamp():.6f}", "user": "U1", "text": m.text} for m in messages]
        users = [{"id": "U1", "name": "ani"}]
        found = {"users.json": json.dumps(users), "umum/2024-07-20.json": json.dumps(rows)}
        return "a.zip", packed(found, rng.choice(PACKED))
    if kind == 5:
        return "a.zip", packed({"_chat.txt": export(messages, SHAPES[rng.choice(sorted(SHAPES))])}, rng.choice(PACKED))
    shape = SHAPES[rng.choice(sorted(SHAPES))]
    return "a.txt", export(messages, shape).encode()


@cache
def published() -> list[Path]:
    """The fixtures of every format, a file each."""
    return sorted(path for path in FIXTURES.rglob("*") if path.is_file() and path.suffix != ".zip")


def late(messages: list[Message], rng: random.Random) -> str:
    """An export in which some lines are late, the first is of any day, or the phone's language changes."""
    moved = [Message(m.time - timedelta(minutes=rng.choice((0, 0, 1, 90, 5000))), m.sender, m.text) for m in messages]
    if rng.random() < 0.3:
        moved[0] = Message(moved[0].time + timedelta(days=rng.randrange(-400, 400)), moved[0].sender, moved[0].text)
    turn = rng.choice((len(moved), len(moved) // 2))
    first, second = rng.choice(sorted(SHAPES)), rng.choice(sorted(SHAPES))
    return export(moved[:turn], SHAPES[first]) + export(moved[turn:], SHAPES[second])


def packed(members: dict[str, str], method: int) -> bytes:
    """A zip archive of these files, squeezed by one of PACKED."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", method) as archive:
        for name, text in members.items():
            archive.writestr(zipfile.ZipInfo(name, (2024, 7, 20, 0, 0, 0)), text, method)
    return buffer.getvalue()


def mutant(seed: int) -> tuple[str, bytes]:
    """A damaged export."""
    rng = random.Random(seed)
    name, raw = bases(rng)
    for _ in range(rng.randrange(1, 8)):
        start = rng.randrange(len(raw) + 1)
        end = min(len(raw), start + rng.randrange(0, 40))
        piece = raw[start:end]
        change = rng.randrange(6)
        if change == 0:
            raw = raw[:start] + raw[end:]
        elif change == 1:
            raw = raw[:start] + rng.choice(JUNK) + raw[start:]
        elif change == 2:
            raw = raw[:start] + piece + piece + raw[end:]
        elif change == 3:
            raw = raw[:start] + bytes(rng.randrange(256) for _ in piece[:4]) + raw[start + 4 :]
        elif change == 4:
            rows = raw.split(b"\n")
            rng.shuffle(rows)
            raw = b"\n".join(rows)
        else:
            raw = raw[:end]
    return name, raw


def flaw(path: Path) -> str | None:
    """What is wrong with how a file is read, None when nothing is: it is refused in plain words, or adds up."""
    try:
        frame = read_chat(path, date_order="dmy")
    except InputError as error:
        return None if str(path.name) in str(error) and error.what else f"an error without its place: {error}"
    r = frame.attrs["report"]
    breaks = int(frame["text"].str.count("\n").sum())
    if r["lines"] != r["headers"] + r["continuation"] + r["undecodable"] + r["skipped"] or len(frame) != r["headers"]:
        return f"does not add up: {r}"
    if r["format"] == "whatsapp" and breaks != r["lines"] - r["headers"] - r["skipped"]:
        return f"{breaks} line breaks in the texts: {r}"
    if not frame["message_id"].is_unique or frame["time"].isna().any() or not frame["line"].is_monotonic_increasing:
        return "ids, times or lines"
    if r["format"] == "whatsapp" and r["encoding"] == "utf-8" and path.suffix == ".txt":
        return unaccounted(frame, path.read_bytes())
    return None


def unaccounted(frame: pd.DataFrame, raw: bytes) -> str | None:
    """What is wrong with senders and their message counts, against a naive reading of the file's lines: each line in
    the first header's shape is a message by what comes before its first colon, or listed as a difference."""
    raw = raw if b"\n" in raw else raw.replace(b"\r", b"\n")
    report, lines = frame.attrs["report"], raw.decode("utf-8", "replace").replace("\0", "\ufffd").split("\n")
    header = re.compile(naive(report["shapes"][0]))
    listed = {difference.line: difference for difference in report["differences"]}
    read = dict(zip(frame["line"].tolist(), frame["sender"].fillna("").tolist(), strict=True))
    counted: Counter[str] = Counter()
    for number, line in enumerate(lines, 1):
        if not (match := header.match(line)):
            continue
        if number not in read and number not in listed:
            return f"line {number} is neither a message nor listed: {line!r}"
        said = line[match.end() :]
        sender = said.partition(": ")[0].rstrip(" ") if re.match(r"[^:]+: ", said) else ""
        changed = listed.get(number)
        if sender != (changed.naive if changed else read[number]):
            return f"line {number} is by {sender!r}, and counted otherwise: {changed}"
        counted.update([sender if changed is None else changed.read] if number in read else [])
    own = Counter(read[number] for number, line in enumerate(lines, 1) if number in read and header.match(line))
    return None if counted == own else f"senders' counts: {counted} and {own}"


BLANKS = " \xa0\u202f\u2009"


def naive(example: str) -> str:
    """A pattern for headers like one: digits for its digits, any half of the day for its own, blanks for its blanks."""
    text = HALF.sub("\ue000", re.sub(f"^[{MARKS}]+", "", example))
    digit, place = "[0-9]" if "".join(re.findall(r"\d", text)).isascii() else r"\d", 0
    minutes = {1, 2} if re.match(r"\[?\d+[:.]\d\d\D{0,8}, ", text) else {4, 5}  # places of numbers of two digits
    parts = []
    for piece in filter(None, re.split(rf"(\d+|[{BLANKS}]+)", text)):
        if piece.isdigit():
            exact = (place in minutes and len(piece) == 2) or len(piece) > 2 or (place == 2 and minutes == {4, 5})
            exact = exact and not (place == 2 and len(re.findall(r"\d+", text)[0]) > 2)
            parts.append(f"{digit}{{{len(piece)}}}" if exact else f"{digit}{{1,2}}")
            place += 1
        else:
            blank = not piece.strip(BLANKS)
            half = HALF.pattern.removeprefix("(?i)")
            parts.append(f"[{BLANKS}]" * len(piece) if blank else re.escape(piece).replace("\ue000", half))
    return (
        "(?i)"
        + f"[{MARKS}]*"
        + "".join(parts)
        + (r"[ ]?" if example.endswith("]") else "[ ]" if example[-1].isdigit() else f"[{BLANKS}]")
    )
