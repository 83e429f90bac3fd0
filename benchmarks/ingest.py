"""How fast `read_chat` reads a long export, beside one bare `re.split` into the same table.

    python benchmarks/ingest.py            # 300,000 messages, about 25 MB

CPU time of this process, the best of several runs; peak memory of a process of its own above the imports.
"""

from __future__ import annotations

import argparse
import random
import re
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from datetime import datetime, timedelta
from pathlib import Path

import pandas as pd

from analysis.ingest import read_chat

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


def peak(path: Path) -> float:
    """Peak memory of reading in a process of its own, above the imports, in multiples of the file."""
    code = (
        "import re, sys; from pathlib import Path; from analysis.ingest import read_chat\n"
        "status = Path('/proc/self/status')\n"
        "usage = lambda: int(re.search(r'VmHWM:\\s*(\\d+)', status.read_text())[1]) * 1024\n"
        "before = usage(); read_chat(sys.argv[1]); print(usage() - before)"
    )
    done = subprocess.run([sys.executable, "-c", code, str(path)], capture_output=True, text=True, check=True)
    return int(done.stdout) / path.stat().st_size


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--messages", type=int, default=300_000)
    parser.add_argument("--runs", type=int, default=5)
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "Chat WhatsApp dengan Bangku.txt"
        path.write_text(export(options.messages), encoding="utf-8")
        n, ours, base = (
            options.messages,
            cpu(lambda: read_chat(path), options.runs),
            cpu(lambda: bare(path), options.runs),
        )
        print(f"{n:,} messages, {path.stat().st_size / 1e6:.1f} MB")
        print(f"read_chat      {ours:6.2f} s CPU, {n / ours:9,.0f} messages a CPU second")
        print(f"bare re.split  {base:6.2f} s CPU, {n / base:9,.0f} messages a CPU second")
        print(f"ratio          {ours / base:6.2f} (at most 1.50)")
        print(f"peak memory    {peak(path):6.1f} times the file (at most 12)")


if __name__ == "__main__":
    main()
