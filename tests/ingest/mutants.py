"""Exports that were damaged: bytes lost, doubled, swapped and made up, by seed."""

from __future__ import annotations

import io
import json
import random
import zipfile
from datetime import datetime, timedelta
from pathlib import Path

from analysis.errors import InputError
from analysis.ingest import read_chat

from .chat_writers import SHAPES, Message, export

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
    kind = rng.randrange(11)
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
    return None
