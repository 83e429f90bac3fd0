"""Writes the small example of the book's tutorial: a simulated community of eight, as two phones export it.

python docs/two_phones.py. An Android phone has both groups from the first day; an iPhone, whose owner deleted what
was older, has the larger one from its second half on.
"""

from __future__ import annotations

import re
import tempfile
import zipfile
from pathlib import Path

from analysis.simulate import simulate_community
from analysis.simulate.export import write_study

HERE = Path(__file__).with_name("two-phones")
HEADER = re.compile(r"(\d\d/\d\d/\d\d) (\d\d\.\d\d) - (.*)")
GROUPS = {"UMKM Guyub Sidoarjo": "Dapur Bersama", "Kopdar dan Guyonan": "Kopdar"}

NAMES = {  # so that nobody here is of the community that ships
    "Sri": "Ratna", "Wahyuni": "Dewi", "Harun": "Yusuf", "Al Rasyid": "Karim", "Nur": "Lina", "Aini": "Marlina",
    "Bambang": "Teguh", "Sutrisno": "Wiyono", "Siti": "Umi", "Maimunah": "Rodiyah", "Mai": "Rodi", "Dwi": "Ika",
    "Lestari": "Lestiani", "Agus": "Fajar", "Prasetyo": "Nugroho", "Endang": "Yanti", "Sulastri": "Sulasmi",
}  # fmt: skip
NAMED = re.compile(rf"\b({'|'.join(NAMES)})\b", re.IGNORECASE)


def renamed(text: str) -> str:
    """The text with other names, in small letters where they were."""
    other = {name.lower(): new for name, new in NAMES.items()}
    return NAMED.sub(lambda m: other[m[0].lower()].lower() if m[0].islower() else other[m[0].lower()], text)


def on_an_iphone(lines: list[str]) -> list[str]:
    """An Android export's lines as an iPhone writes them; the minute's second is a message's place in it."""
    made, before, second = [], "", 0
    for line in lines:
        if not (header := HEADER.fullmatch(line)):
            made.append(line)
            continue
        second = second + 1 if before == header[2] else 0
        before = header[2]
        text = header[3].replace("<Media tidak disertakan>", "\u200egambar tidak disertakan")
        if ": " not in text:
            text = f"{GROUPS['UMKM Guyub Sidoarjo']}: \u200e{text}"
        made.append(f"[{header[1]}, {header[2]}.{min(second, 59):02d}] {text}")
    return made


def packed(path: Path, text: str) -> None:
    """The zip that an iPhone exports, with the same bytes each time."""
    with zipfile.ZipFile(path, "w") as archive:
        entry = zipfile.ZipInfo("_chat.txt", (2024, 3, 31, 0, 0, 0))
        entry.compress_type = zipfile.ZIP_DEFLATED
        archive.writestr(entry, text.encode())


def main() -> None:
    community = simulate_community(11, 8, 3, messages=620)
    with tempfile.TemporaryDirectory() as folder:
        raw = Path(folder) / "raw"
        write_study(community, raw)
        android, iphone = HERE / "android", HERE / "iphone"
        for place in (android, iphone):
            place.mkdir(exist_ok=True)
        for group, name in GROUPS.items():
            text = (raw / "chats" / f"Chat WhatsApp dengan {group}.txt").read_text(encoding="utf-8")
            text = renamed(text.replace(group, name))
            (android / f"Chat WhatsApp dengan {name}.txt").write_text(text, encoding="utf-8")
            lines = text.splitlines()
            if group == "UMKM Guyub Sidoarjo":
                later = next(k for k in range(len(lines) // 2, len(lines)) if HEADER.fullmatch(lines[k]))
                packed(iphone / f"WhatsApp Chat - {name}.zip", "\n".join(on_an_iphone(lines[later:])) + "\n")
        for name in ("members.csv", "transcripts/wawancara-01.txt"):
            target = HERE / Path(name).name
            text = (raw / name).read_text(encoding="utf-8")
            target.write_text(
                renamed(re.sub(r"(?m),none$", ",quotes", text)), encoding="utf-8"
            )  # nobody has withdrawn yet


if __name__ == "__main__":
    main()
