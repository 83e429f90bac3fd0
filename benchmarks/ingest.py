"""How fast and how safely `read_chat` reads.

    python benchmarks/table.py reading             # speed and memory, next to other parsers
    python benchmarks/ingest.py mutants 100000     # damaged exports (some five minutes)

Speed: 300,000 messages of WhatsApp (about 24 MB), as other parsers read them and as one bare `re.split` splits them; a
Telegram export of 100 MB. Of the damaged exports, of every format, none may crash a reader or break an account, that of
lines or that of senders and their message counts.
"""

from __future__ import annotations

import json
import random
import re
import sys
import tempfile
from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path

import pandas as pd
from table import HERE, INSTALL, PEERS, Case, Tool, ours, peer
from timed import chosen, report

from analysis.ingest import read_chat

MESSAGES, MEGABYTES = 300_000, 100  # of the exports of WhatsApp and of Telegram
NAMES = ("Bu Sri", "Pak Harun", "Mbak Nur", "+62 812-3456-7890", "~ Toko Jaya", "Mas Agus 🎉", "Bu Lilik")
TEXTS = (
    "Assalamualaikum, selamat pagi semua 🙏",
    "Ada info pameran UMKM di alun-alun minggu depan, siapa mau ikut? Stan terbatas, daftar ke saya ya",
    "siap bu",
    "Stok kerupuk udang masih ada 20 bal: harga tetap, ongkir ditanggung pembeli",
    "<Media tidak disertakan>",
    "Pesan ini dihapus",
    "Catatan rapat:\n- iuran 20.000\n- kas 1.500.000\n\nTerima kasih",
    "Besok kumpul jam 09.00 di balai desa, jangan lupa bawa contoh produk 😊😊",
)
HEADER = re.compile(r"^(\d\d/\d\d/\d\d), (\d\d:\d\d) - (?:([^:\n]+): )?", re.MULTILINE)


def export(messages: int, seed: int = 7) -> str:
    """An export as an Android phone set to British English writes it, several lines and system lines included.

    All parsers that are compared read this form. In that of an Indonesian phone (09.43), chat-miner finds no message,
    and whatstk other senders.
    """
    rng, now, lines = random.Random(seed), datetime(2021, 1, 1, 6), []
    for i in range(messages):
        now += timedelta(seconds=rng.randrange(0, 500))
        stamp = now.strftime("%d/%m/%y, %H:%M")
        if i % 50 == 0:
            lines.append(f"{stamp} - {rng.choice(NAMES)} bergabung menggunakan tautan undangan grup ini")
        else:
            lines.append(f"{stamp} - {rng.choice(NAMES)}: {rng.choice(TEXTS)}")
    return "\n".join(lines) + "\n"


def bare(path: Path) -> pd.DataFrame:
    """One re.split of the file into the table's columns: no shapes, no kinds, no account, no care."""
    _, *parts = HEADER.split(path.read_text(encoding="utf-8"))
    time = pd.to_datetime(pd.Series(parts[0::4]) + " " + pd.Series(parts[1::4]), format="%d/%m/%y %H:%M")
    return pd.DataFrame(
        {
            "message_id": [f"chat-{i}" for i in range(len(parts) // 4)],
            "channel": "chat",
            "time": time.dt.tz_localize("Asia/Jakarta"),
            "sender": parts[2::4],
            "text": [text.rstrip("\n") for text in parts[3::4]],
            "kind": "text",
            "edited": False,
            "reply_to": None,
            "source": path.name,
            "line": range(len(parts) // 4),
        }
    )


# Safety


def mutants(number: str) -> None:
    """Read that many damaged exports; print each that crashes or breaks an account, and how many did."""
    sys.path.insert(0, str(HERE.parent))
    from tests.ingest.readers.mutants import flaw, mutant  # only here: they are no benchmark's

    found, count = 0, int(number)
    with tempfile.TemporaryDirectory() as folder:
        for seed in range(count):
            name, raw = mutant(seed)
            path = Path(folder) / name
            path.write_bytes(raw)
            if what := flaw(path):
                found += 1
                print(f"seed {seed}: {what}")
    print(f"{count:,} damaged exports: {found} crashed a reader or broke an account, of lines or of senders")
    sys.exit(found > 0)


def write_telegram(path: Path, megabytes: int) -> None:
    """A Telegram export of that size."""
    with path.open("w", encoding="utf-8") as file:
        file.write('{"name": "Besar", "type": "private_supergroup", "id": 7, "messages": [\n')
        number = 0
        while file.tell() < megabytes * 1_000_000:
            file.write((",\n" if number else "") + ",\n".join(_record(number + i) for i in range(1000)))
            number += 1000
        file.write("]}\n")


def _record(number: int) -> str:
    text = f"Pesan nomor {number} tentang bazar 🙏 stok masih ada 20 bal, harga tetap"
    record = {
        "id": number,
        "type": "message",
        "date": "2024-07-24T09:43:00",
        "date_unixtime": str(1_600_000_000 + 30 * number),
        "from": f"Anggota {number % 200}",
        "from_id": f"user{number % 200}",
        "text": text,
        "text_entities": [{"type": "plain", "text": text}],
    }
    return json.dumps(record, ensure_ascii=False, indent=1)


# Speed


def cases(folder: Path) -> Iterator[Case]:
    """WhatsApp by each parser, and as a whole process next to the quickest; Telegram."""
    chat, telegram = folder / "Chat WhatsApp dengan Bangku.txt", folder / "besar.json"
    chat.write_text(export(MESSAGES), encoding="utf-8")
    write_telegram(telegram, MEGABYTES)
    place = PEERS / "whatsapp-chat-parser"
    node = ["node", str(HERE / "peers" / "node_run.mjs"), str(place), str(chat)]
    tools = [
        ours("ingest.py", "read", str(chat)),
        peer("whatstk", "whatstk_run.py", str(chat)),
        peer("chat-miner", "chatminer_run.py", str(chat)),
        Tool("whatsapp-chat-parser", node, INSTALL, place / "node_modules"),
    ]
    bare_split = replace(ours("ingest.py", "split", str(chat)), name="a bare re.split")
    work = f"WhatsApp, {MESSAGES:,} messages, {chat.stat().st_size / 1e6:.0f} MB"
    yield Case(work, [*tools, bare_split])
    yield Case(f"{work}, whole process", [tools[0], tools[-1]], whole=True)
    yield Case(f"Telegram, {MEGABYTES} MB", [ours("ingest.py", "read", str(telegram))])


if __name__ == "__main__":
    tasks = {
        "read": lambda path: report(lambda: read_chat(path), len),
        "split": lambda path: report(lambda: bare(Path(path)), len),
        "mutants": mutants,
    }
    chosen(tasks)
