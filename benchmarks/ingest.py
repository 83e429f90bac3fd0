"""How fast and how safely `read_chat` reads, beside one bare `re.split` and beside other parsers.

    python benchmarks/ingest.py            # everything: some ten minutes
    python benchmarks/ingest.py --quick    # speed and memory on 300,000 messages only

Everything is: 300,000 messages (about 24 MB) beside whatstk, chat-miner and, with node, whatsapp-chat-parser; a
Telegram export of 500 MB; and 100,000 damaged exports of every format, of which none may crash a reader or break an
account, that of lines or that of senders and their message counts. CPU time, the best of several runs; memory: the most
that a process of its own took above its imports. Peers are installed into environments of their own under build/peers,
from the versions pinned in benchmarks/peers.
"""

from __future__ import annotations

import argparse
import json
import random
import re
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from datetime import datetime, timedelta
from pathlib import Path

import pandas as pd

from analysis.ingest import read_chat

HERE = Path(__file__).resolve().parent
BUILD = HERE.parent / "build" / "peers"
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
HEADER = re.compile(r"^(\d\d/\d\d/\d\d) (\d\d\.\d\d) - (?:([^:\n]+): )?", re.MULTILINE)


def export(messages: int, seed: int = 7) -> str:
    """An export as an Indonesian Android phone writes it, several lines and system lines included."""
    rng, now, lines = random.Random(seed), datetime(2021, 1, 1, 6), []
    for i in range(messages):
        now += timedelta(seconds=rng.randrange(0, 500))
        stamp = now.strftime("%d/%m/%y %H.%M")
        if i % 50 == 0:
            lines.append(f"{stamp} - {rng.choice(NAMES)} bergabung menggunakan tautan undangan grup ini")
        else:
            lines.append(f"{stamp} - {rng.choice(NAMES)}: {rng.choice(TEXTS)}")
    return "\n".join(lines) + "\n"


def bare(path: Path) -> pd.DataFrame:
    """One re.split of the file into the table's columns: no shapes, no kinds, no account, no care."""
    _, *parts = HEADER.split(path.read_text(encoding="utf-8"))
    time = pd.to_datetime(pd.Series(parts[0::4]) + " " + pd.Series(parts[1::4]), format="%d/%m/%y %H.%M")
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


def cpu(call: Callable[[], object], runs: int) -> float:
    """CPU seconds of the fastest of several calls."""
    best = float("inf")
    for _ in range(runs):
        start = time.process_time()
        call()
        best = min(best, time.process_time() - start)
    return best


def peak(path: Path) -> int:
    """Bytes that reading takes at most in a process of its own, above its imports."""
    code = (
        "import re, sys; from pathlib import Path; from analysis.ingest import read_chat\n"
        "status = Path('/proc/self/status')\n"
        "usage = lambda: int(re.search(r'VmHWM:\\s*(\\d+)', status.read_text())[1]) * 1024\n"
        "before = usage(); read_chat(sys.argv[1]); print(usage() - before)"
    )
    done = subprocess.run([sys.executable, "-c", code, str(path)], capture_output=True, text=True, check=True)
    return int(done.stdout)


# Peers


def peers(path: Path) -> None:
    """Print the CPU time of each peer on the same export."""
    for name, script in (("whatstk", "whatstk_run.py"), ("chat-miner", "chatminer_run.py")):
        place, python = BUILD / name, str(BUILD / name / "bin" / "python")
        pins = str(HERE / "peers" / f"{name}.txt")
        if installed(place, [sys.executable, "-m", "venv", "."], [python, "-m", "pip", "install", "-qqr", pins]):
            show(name, [python, str(HERE / "peers" / script), str(path)])
    place = BUILD / "whatsapp-chat-parser"
    place.mkdir(parents=True, exist_ok=True)
    for file in ("package.json", "node_run.js"):
        shutil.copy(HERE / "peers" / file, place / file)
    if installed(place, ["npm", "install", "--silent", "--no-audit", "--no-fund"]):
        show("whatsapp-chat-parser", ["node", str(place / "node_run.js"), str(path)])


def installed(place: Path, *commands: list[str]) -> bool:
    """Whether a peer is in its place, after running the commands there that put it there the first time."""
    done = place / ".done"
    place.mkdir(parents=True, exist_ok=True)
    for command in () if done.exists() else commands:
        ran = shutil.which(command[0]) and subprocess.run(command, cwd=place, capture_output=True, check=False)
        if not ran or ran.returncode:
            print(f"{place.name:22} cannot be installed here ({command[0]} fails)")
            return False
    done.touch()
    return True


def show(name: str, command: list[str]) -> None:
    """Print what a peer's run says, or that it fails."""
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    if done.returncode:
        print(f"{name:22} fails: {(done.stderr.strip().splitlines() or ['without a word'])[-1]}")
        return
    messages, seconds = done.stdout.split()[-2:]
    print(f"{name:22} {float(seconds):6.2f} s CPU, {int(messages) / float(seconds):9,.0f} messages a CPU second")


# Safety and size


def mutants(count: int) -> None:
    """Read that many damaged exports; print each that crashes or breaks an account, and how many did."""
    sys.path.insert(0, str(HERE.parent))
    from tests.ingest.mutants import flaw, mutant

    found = 0
    with tempfile.TemporaryDirectory() as folder:
        for seed in range(count):
            name, raw = mutant(seed)
            path = Path(folder) / name
            path.write_bytes(raw)
            if what := flaw(path):
                found += 1
                print(f"seed {seed}: {what}")
    print(f"{count:,} damaged exports: {found} crashed a reader or broke an account, of lines or of senders")


def telegram(megabytes: int) -> None:
    """Print time and memory of a Telegram export of that size."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "besar.json"
        with path.open("w", encoding="utf-8") as file:
            file.write('{"name": "Besar", "type": "private_supergroup", "id": 7, "messages": [\n')
            number = 0
            while file.tell() < megabytes * 1_000_000:
                file.write((",\n" if number else "") + ",\n".join(_record(number + i) for i in range(1000)))
                number += 1000
            file.write("]}\n")
        start = time.process_time()
        rows = len(read_chat(path))
        seconds, size = time.process_time() - start, path.stat().st_size / 1e6
        print(f"Telegram, {size:.0f} MB, {rows:,} messages: {seconds:.1f} s CPU, {peak(path) / 1e6:,.0f} MB of memory")


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


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--messages", type=int, default=300_000)
    parser.add_argument("--runs", type=int, default=5)
    parser.add_argument("--mutants", type=int, default=100_000, help="damaged exports to read")
    parser.add_argument("--telegram", type=int, default=500, metavar="MB", help="size of the Telegram export")
    parser.add_argument("--quick", action="store_true", help="speed and memory only, without peers")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "Chat WhatsApp dengan Bangku.txt"
        path.write_text(export(options.messages), encoding="utf-8")
        n, size = options.messages, path.stat().st_size
        ours, base = cpu(lambda: read_chat(path), options.runs), cpu(lambda: bare(path), options.runs)
        print(f"{n:,} messages, {size / 1e6:.1f} MB")
        print(f"{'read_chat':22} {ours:6.2f} s CPU, {n / ours:9,.0f} messages a CPU second")
        print(f"{'bare re.split':22} {base:6.2f} s CPU, {n / base:9,.0f} messages a CPU second")
        print(
            f"ratio {ours / base:.2f} (at most 1.50), peak memory {peak(path) / size:.1f} times the file (at most 12)"
        )
        if options.quick:
            return
        peers(path)
    telegram(options.telegram)
    mutants(options.mutants)


if __name__ == "__main__":
    main()
