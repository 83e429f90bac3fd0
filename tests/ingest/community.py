"""A small raw folder of invented people, to read whole or to break."""

from __future__ import annotations

from analysis import study
from analysis.ingest import step
from analysis.ingest.corpus import read_corpus

CHAT = """24/07/24 09.40 - Anda membuat grup "UMKM Guyub"
24/07/24 09.41 - Pak Harun menambahkan +62 813-1111-2222
24/07/24 09.43 - Bu Sri: Pagi semua, nomor saya 0812-3456-7890
24/07/24 09.44 - Pak Harun: pagi Bu Sri, @6281234567890
24/07/24 09.44 - +62 813-1111-2222: Mbak Tutik titip salam untuk harun
24/07/24 09.45 - Tutik Handayani: iya, rumah saya Jl. Mawar No. 3
24/07/24 09.46 - Orang Baru: kenalkan
24/07/24 09.47 - Bu Sri: monggo <Pesan ini diedit>
"""
MEMBERS = """name,aliases,phones,sector,role,joined,consent
Sri Wahyuni,Bu Sri;Sri,+62 812-3456-7890,food,chair,2023-06-24,quotes
Harun Al Rasyid,Pak Harun,,services,secretary,,aggregate
Nur Aini,Mbak Nur,0813 1111 2222,fashion,,2024-01-01,
Tutik Handayani,Mbak Tutik,,,,,none
"""
PARTNERSHIPS = """member_a,member_b,since,kind
Sri Wahyuni,Harun Al Rasyid,2024-03-01,supply
Nur Aini,Tutik Handayani,2024-03-01,joint
"""
INTERVIEW = """# peserta: Sri Wahyuni

Pewawancara: Siapa rekan Ibu?

Bu Sri: Pak Harun dan Mbak Tutik.
"""
NOBODY = "name,consent,aliases,phones\nSri Wahyuni,quotes,Bu Sri,\nNur Aini,none,Mbak Nur,+62 813-1111-2222\n"
CODEBOOK = """\
version: 2
language: id
codes:
  - name: informal
    definition: Serves no task.
    children:
      - {name: humour, definition: Teases, example: wkwk Bu Sri ketiduran, introduced: wawancara Pak Harun}
"""
PARAMS = step.Params(tz="Asia/Jakarta", date_order=None, demo_key="guyub-demo-key-not-secret")


def write(raw, **more):
    files = {
        "chats/Chat WhatsApp dengan UMKM Guyub.txt": CHAT, "members.csv": MEMBERS, "partnerships.csv": PARTNERSHIPS,
        "transcripts/wawancara-01.txt": INTERVIEW,
        "transcripts/wawancara-02.txt": INTERVIEW.replace("Sri Wahyuni", "Warga Luar").replace("Bu Sri", "Warga"),
        "transcripts/wawancara-03.txt": INTERVIEW.replace("Sri Wahyuni", "Tutik Handayani").replace("Bu Sri", "Tutik"),
    } | more  # fmt: skip
    for name, text in files.items():
        if text is not None:
            (raw / name).parent.mkdir(parents=True, exist_ok=True)
            (raw / name).write_text(text, encoding="utf-8")
    return raw


def corpus(folder, **more):
    return read_corpus(write(folder, **more), tz="Asia/Jakarta", date_order=None, key=b"k" * 32)


def two(folder, **more):
    """The tables of a community of Bu Sri and of Mbak Nur, who withholds consent."""
    others = dict.fromkeys(("partnerships.csv", *(f"transcripts/wawancara-0{i}.txt" for i in (1, 2, 3))))
    if any(name.startswith("chats/") for name in more):
        others["chats/Chat WhatsApp dengan UMKM Guyub.txt"] = None
    return corpus(folder, **{"members.csv": NOBODY, **others, **more})


def paths(tmp_path, simulated=None) -> study.Paths:
    raw = write(tmp_path / "data" / "raw")
    if simulated:
        raw.joinpath("MANIFEST.csv").write_text(f"path,simulated\nmembers.csv,{simulated}\n", encoding="utf-8")
    return study.Paths(tmp_path)
