"""The people of a simulated community: who they are, what they sell, how they can be reached. All of it fiction."""

from __future__ import annotations

import re
from functools import cache
from pathlib import Path
from typing import Any

import pandas as pd
import yaml

from analysis.simulate.dice import Dice

HERE = Path(__file__).parent
LEADERS = ("chair", "secretary", "treasurer")
INTERVIEWED = 12  # the first of the cast; they are members from the first day to the last
LATE, GONE = 1 / 7, 1 / 14  # shares of members who join later, and who leave
_LOADER = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
_LETTERS = "BCDEFGHIJKLMNOPQRSTUVWXYZ"


@cache
def load_yaml(name: str) -> Any:
    """A data file of the simulation, by its path under simulate/. Not to be changed: it is read once."""
    return yaml.load((HERE / name).read_text(encoding="utf-8"), Loader=_LOADER)


def goods() -> dict[str, Any]:
    """What each business sells and buys (goods.yaml)."""
    return load_yaml("language/goods.yaml")


@cache
def _names() -> dict[str, list[str]]:
    return {name: line.split() for name, line in load_yaml("names.yaml").items()}


def cast(members: int, first: int = 0) -> list[dict[str, Any]]:
    """`members` people from number `first` on: the written cast, and beyond it people with made-up names."""
    people = load_yaml("cast.yaml")
    written = people[first : first + members]
    start = max(0, first - len(people))
    return [*written, *(_invented(i) for i in range(start, start + members - len(written)))]


def _invented(i: int) -> dict[str, Any]:
    """The i-th person beyond the cast; names are combined so that no two are the same."""
    gender, product = "fm"[i % 2], list(goods()["products"])[i % len(goods()["products"])]
    firsts, lasts = _names()[f"first_{gender}"], _names()["last"]
    k, j = divmod(i // 2, len(firsts))
    name = f"{firsts[j]} {lasts[(j * 7 + k) % len(lasts)]}"
    if k >= len(lasts):
        name += f" {_LETTERS[(k // len(lasts) - 1) % len(_LETTERS)]}"
    age = 24 + (i * 11) % 40
    prefix = ("Bu" if age > 38 else "Mbak") if gender == "f" else ("Pak" if age > 44 else "Mas")
    sector = next(p["sector"] for p in load_yaml("cast.yaml") if p["product"] == product)
    return {
        "name": name, "aliases": [f"{prefix} {name}", name], "sector": sector, "product": product, "role": "member",
        "gender": gender, "age": age,
    }  # fmt: skip


def make_people(members: int, days: int, dice: Dice, first: int = 0, turnover: float = 1.0) -> pd.DataFrame:
    """One row a member: who it is, how to reach them, consent, the days of joining and leaving (-1: before the first).

    first: number of the first person, so that several communities have nobody in common. turnover: how many join
    late or leave, relative to LATE and GONE. Contact details are
    impossible in real life: numbers of an unassigned prefix, district 99, tax office 000, example domains.
    """
    people = pd.DataFrame([_person(i, first + i, p, dice) for i, p in enumerate(cast(members, first))])
    people["joined"], people["left"] = -1, days + 1
    free = [i for i in range(members) if i >= min(INTERVIEWED, members // 2) and people.role[i] == "member"]
    free = dice.shuffled(free)
    late, gone = (max(1, round(members * share * turnover)) for share in (LATE, GONE))
    for i in free[:late]:
        people.loc[i, "joined"] = dice.whole(days // 12, max(days // 12, days * 3 // 4))
    for i in free[late : late + gone]:
        people.loc[i, "left"] = dice.whole(days // 3, days - 2)
    return people


def _person(i: int, number: int, p: dict[str, Any], dice: Dice) -> dict[str, Any]:
    """One person's row. i: number within the community; number: within all people, which makes phone numbers unique."""
    digits = f"6284{dice.whole(10000, 99999)}{(number * 3701 + 1234) % 10000:04d}"
    mail = dice.pick(("example.com", "example.org", "surel.example"))
    person = {key: p[key] for key in ("name", "sector", "product", "role", "gender", "age")}
    slug = re.sub(r"[^a-z]+", ".", p["aliases"][1].lower()).strip(".")
    trade = p["product"].lower().split()[0]
    account = dice.pick((f"{trade}.{slug}", f"{trade}{slug}", f"{slug}_{trade}", f"{trade}.sidoarjo{number}"))
    person |= {"alias": p["aliases"][0], "short": p["aliases"][1], "digits": digits}
    person["phone"] = f"+{digits[:2]} {digits[2:5]}-{digits[5:9]}-{digits[9:]}"
    person["consent"] = "aggregate" if i >= INTERVIEWED and i % 9 == 4 else "quotes"
    person |= {"email": f"{slug}.{trade}@{mail}", "handle": f"@{account}"}
    person["profile"] = f"https://www.{dice.pick(('instagram', 'facebook', 'tiktok'))}.com/{account}"
    return person | _papers(p, dice) | _place(dice)


def _papers(p: dict[str, Any], dice: Dice) -> dict[str, str]:
    birthday = dice.whole(1, 28) + (40 if p["gender"] == "f" else 0)
    return {
        "nik": f"351599{birthday:02d}{dice.whole(1, 12):02d}{(2024 - p['age']) % 100:02d}{dice.whole(1, 9999):04d}",
        "npwp": f"00.{dice.whole(100, 999)}.{dice.whole(100, 999)}.{dice.whole(1, 9)}-000.000",
        "account": f"{dice.pick(_names()['bank'])} 000{dice.whole(1000000, 9999999)}",
        "plate": f"W {dice.whole(1000, 9999)} {dice.pick(('OI', 'IO', 'OQ', 'QI'))}",
    }


def _place(dice: Dice) -> dict[str, str]:
    village, street = dice.pick(_names()["village"]), dice.pick(_names()["street"])
    house, lane, rt, rw = (dice.whole(1, high) for high in (98, 9, 9, 9))
    lat, lon = -7.40 - dice.whole(100, 7999) / 1e5, 112.66 + dice.whole(100, 12999) / 1e5
    forms = (
        f"Jl. {street} No. {house} {village}",
        f"Jl. Raya {village} No. {house}",
        f"Gg. {street} {lane} RT {rt:02d} RW {rw:02d} {village}",
        f"Dusun {street} RT {rt:02d}/RW {rw:02d}, {village}",
        f"Perum {village} Permai Blok {'ABCDEFGHI'[lane - 1]}-{house}, Jl. {street}",
    )
    link = f"https://maps.google.com/?q={lat:.5f},{lon:.5f}"
    return {"village": village, "address": dice.pick(forms), "coords": f"{lat:.5f}, {lon:.5f}", "maplink": link}
