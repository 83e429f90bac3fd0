"""The people of a simulated community: who they are, what they sell, how they can be reached. All of it fiction."""

from __future__ import annotations

import re
from functools import lru_cache
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import yaml

from analysis.simulate.dice import Dice

HERE = Path(__file__).parent
LEADERS = ("chair", "secretary", "treasurer")
_LOADER = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
_FIRST = {
    "f": "Asih Binti Cahyani Dewanti Eli Farida Halimah Ida Jumiati Kartini Laila Mariyam Narti Oktavia Painah Ratna Siska Tumini "
    "Umi Wahyuti Yanti Zubaidah Aminah Hesti Lestarini Murtini Pujiati Rukayah Sulami Winarsih",
    "m": "Anwar Budiono Choirul Darmaji Edi Faisal Gunarto Hadi Irfan Jaelani Karno Lukman Mashuri Nasir Oki Purnomo Rudi Samsul "
    "Tarmidi Usman Wasis Yusuf Zaenal Arifin Hariyono Ismail Parjo Ridwan Sutikno Warsito",
}
_LAST = (
    "Adiputro Budiarti Cahyono Darmawan Effendi Fatmawati Ginanjar Haryanto Iskandar Junaidi Kusnadi Laksono Mahmudi Nugroho "
    "Octavianto Pranoto Riyadi Subagyo Trisnawati Utomo Widodo Yulianto Zulaikha Ariyani Hidayatullah Marlina Permadi Rosyidah Sasmito Wardhana"
)
_BANKS = ("BRI", "BCA", "Mandiri", "Bank Jatim", "BNI", "BSI")
_VILLAGES = (
    "Jetis",
    "Sekardangan",
    "Candi",
    "Buduran",
    "Sukodono",
    "Gedangan",
    "Waru",
    "Krian",
    "Porong",
    "Tulangan",
    "Sedati",
    "Krembung",
)
_STREETS = (
    "Melati",
    "Kenanga",
    "Mawar",
    "Diponegoro",
    "Kartini",
    "Flamboyan",
    "Sawo",
    "Mangga",
    "Cempaka",
    "Merpati",
    "Teratai",
    "Anggrek",
)


def load_yaml(name: str) -> Any:
    """A data file of the simulation, by its path under simulate/."""
    return yaml.load((HERE / name).read_text(encoding="utf-8"), Loader=_LOADER)


@lru_cache(maxsize=1)
def goods() -> dict[str, Any]:
    """What each business sells and buys (goods.yaml)."""
    return load_yaml("language/goods.yaml")


def cast(members: int) -> list[dict[str, Any]]:
    """The first `members` people: the written cast, and beyond it people of made-up names."""
    written = load_yaml("cast.yaml")
    return [*written[:members], *(_invented(i) for i in range(max(0, members - len(written))))]


def _invented(i: int) -> dict[str, Any]:
    """The i-th person beyond the cast: names from two lists and a number of rounds, so that no two are alike."""
    gender = "fm"[i % 2]
    firsts, lasts = _FIRST[gender].split(), _LAST.split()
    j, k = (i // 2) % len(firsts), (i // 2) // len(firsts)
    name = f"{firsts[j]} {lasts[(j * 7 + k) % len(lasts)]}"
    if k >= len(lasts):
        name += f" {'BCDEFGHIJKLMNOPQRSTUVWXYZ'[(k // len(lasts) - 1) % 25]}"
    age = 24 + (i * 11) % 40
    prefix = ("Bu" if age > 38 else "Mbak") if gender == "f" else ("Pak" if age > 44 else "Mas")
    product = list(goods()["products"])[i % len(goods()["products"])]
    return {"name": name, "aliases": [f"{prefix} {name}", name], "product": product, "role": "member", "gender": gender, "age": age,
            "sector": _sector(product)}  # fmt: skip


def _sector(product: str) -> str:
    found = {p["product"]: p["sector"] for p in load_yaml("cast.yaml")}
    return found[product]


def make_people(members: int, days: int, dice: Dice) -> pd.DataFrame:
    """One row a member: identity, contact details, consent, days of joining and leaving (day 0 is the first; -1 before it).

    Contact details are impossible in real life: numbers of an unassigned prefix, district 99, tax office 000, example domains.
    """
    rows = [_person(i, p, dice) for i, p in enumerate(cast(members))]
    people = pd.DataFrame(rows)
    late, gone = max(1, members // 7), max(1, members // 14)
    free = [i for i in range(members) if i >= 12 or (members <= 12 and i >= 6)]
    free = [i for i in dice.shuffled(free) if people.role[i] == "member"]
    joined, left = np.full(members, -1), np.full(members, days + 1)
    for i in free[:late]:
        joined[i] = dice.whole(days // 12, max(days // 12, days * 3 // 4))
    for i in free[late : late + gone]:
        left[i] = dice.whole(days // 3, days - 2)
    people["joined"], people["left"] = joined, left
    return people


def _person(i: int, p: dict[str, Any], dice: Dice) -> dict[str, Any]:
    digits = f"6284{dice.whole(0, 9)}{dice.whole(1000, 9999)}{dice.whole(1000, 9999)}"
    slug = re.sub(r"[^a-z]+", ".", p["aliases"][1].lower()).strip(".")
    word = re.sub(r"[^a-z]+", "", p["product"].lower())[:9]
    birth = f"{dice.whole(1, 28) + (40 if p['gender'] == 'f' else 0):02d}{dice.whole(1, 12):02d}{(2024 - p['age']) % 100:02d}"
    tax = f"00.{dice.whole(100, 999)}.{dice.whole(100, 999)}.{dice.whole(1, 9)}-000.000"
    village = dice.pick(_VILLAGES)
    bank = dice.pick(_BANKS)
    lat, lon = -7.40 - dice.whole(100, 7999) / 1e5, 112.66 + dice.whole(100, 12999) / 1e5
    return {
        "name": p["name"],
        "alias": p["aliases"][0],
        "short": p["aliases"][1],
        "phone": f"+{digits[:2]} {digits[2:5]}-{digits[5:9]}-{digits[9:]}",
        "digits": digits,
        "sector": p["sector"],
        "product": p["product"],
        "role": p["role"],
        "gender": p["gender"],
        "age": p["age"],
        "consent": "aggregate" if i >= 12 and i % 9 == 4 else "quotes",
        "email": f"{slug}.{word}@{dice.pick(('example.com', 'example.org', 'surel.example'))}",
        "nik": f"351599{birth}{dice.whole(1, 9999):04d}",
        "npwp": tax,
        "account": f"{bank} 000{dice.whole(1000000, 9999999)}",
        "address": _address(village, dice),
        "handle": f"@{word}.{slug}",
        "profile": f"https://www.{dice.pick(('instagram.com', 'facebook.com', 'tiktok.com'))}/{word}.{slug}",
        "plate": f"W {dice.whole(1000, 9999)} {dice.pick(('OI', 'IO', 'OQ', 'QI'))}",
        "coords": f"{lat:.5f}, {lon:.5f}",
        "maplink": f"https://maps.google.com/?q={lat:.5f},{lon:.5f}",
        "village": village,
    }


def _address(village: str, dice: Dice) -> str:
    street = dice.pick(_STREETS)
    number = dice.whole(1, 98)
    return dice.pick(
        (
            f"Jl. {street} No. {number} {village}",
            f"Jl. Raya {village} No. {number}",
            f"Gg. {street} {dice.whole(1, 9)} RT {dice.whole(1, 9):02d} RW {dice.whole(1, 9):02d} {village}",
            f"Dusun {street} RT {dice.whole(1, 9):02d}/RW {dice.whole(1, 9):02d}, {village}",
            f"Perum {village} Indah Blok {dice.pick('ABCDEFGH')}-{dice.whole(1, 40)}, Jl. {street}",
        )
    )
