"""When the community talks: hours of the day, prayer times, market days, Ramadan and Eid, bazaars and trainings."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta

import numpy as np
from numpy.typing import NDArray

from analysis.simulate.dice import Dice

START = date(2024, 1, 1)
TZ = "Asia/Jakarta"
DAY = 1440  # minutes
MONTHS = [
    *("Januari", "Februari", "Maret", "April", "Mei", "Juni"),
    *("Juli", "Agustus", "September", "Oktober", "November", "Desember"),
]
WEEKDAYS = ["Senin", "Selasa", "Rabu", "Kamis", "Jumat", "Sabtu", "Minggu"]
PASARAN = ["Legi", "Pahing", "Pon", "Wage", "Kliwon"]
# first day of Ramadan and of Eid (Indonesian government dates)
_RAMADAN = {
    2024: (date(2024, 3, 12), date(2024, 4, 10)),
    2025: (date(2025, 3, 1), date(2025, 3, 31)),
    2026: (date(2026, 2, 19), date(2026, 3, 21)),
}
# minutes after midnight at which few people type: dhuhur, ashar, maghrib, isya (Sidoarjo, give or take the season)
_PRAYERS = ((705, 735), (895, 910), (1045, 1080), (1125, 1145))
_BAZAARS = (
    *("Gelar Produk UMKM", "Pasar Minggu Delta", "Bazar Sehat CFD"),
    *("Festival Kupang", "Bazar Kampung", "Pameran Produk"),
)
_SPECIAL = {1: "Bazar Hari Jadi Sidoarjo", 8: "Bazar Agustusan", 12: "Bazar Akhir Tahun"}
_TRAININGS = ("pelatihan foto produk", "penyuluhan PIRT", "pelatihan halal", "kelas jualan online", "kelas pembukuan")
_PLACES = ("alun-alun", "GOR Delta", "halaman kecamatan", "pendopo", "lapangan {village}", "parkiran mal")
_HALLS = ("aula dinas", "balai desa {village}", "aula kecamatan", "kampus", "ruko sekretariat")
# activity by hour: those who are up before the market, those who trade, those who work by day, those who write at night
PROFILES = np.array(
    [
        [1, 1, 1, 4, 14, 18, 14, 8, 5, 4, 4, 3, 3, 4, 3, 3, 4, 4, 5, 6, 5, 2, 1, 1],
        [0, 0, 0, 1, 4, 8, 8, 9, 10, 9, 8, 5, 5, 8, 8, 6, 5, 4, 6, 9, 9, 5, 2, 0],
        [0, 0, 0, 0, 2, 4, 6, 5, 3, 3, 4, 5, 13, 6, 3, 5, 9, 9, 9, 10, 10, 7, 3, 1],
        [1, 1, 0, 0, 2, 3, 3, 3, 4, 5, 6, 5, 6, 6, 5, 5, 5, 5, 7, 12, 15, 16, 10, 4],
    ],
    dtype=float,
)
PROFILES /= PROFILES.sum(axis=1, keepdims=True)


@dataclass(frozen=True)
class Event:
    """A bazaar or a training. day: counted from the first day, 0 on."""

    name: str
    day: int
    place: str
    fee: int  # thousands of rupiah
    bazaar: bool


def date_of(day: int) -> date:
    """The date of a day that is counted from the study's first, which is 0."""
    return START + timedelta(days=day)


def days_in(months: int) -> int:
    """Days from the first to the last day of the study, both included."""
    year, month = divmod(START.month - 1 + months, 12)
    return (date(START.year + year, month + 1, 1) - START).days


def in_crisis(day: int) -> bool:
    """Whether the day is in the month of a scenario's crisis, the seventh of each year."""
    return date_of(day).month == 7


def pasaran(d: date) -> str:
    """The day of the Javanese five-day market week (17 August 1945 was Legi)."""
    return PASARAN[(d - date(1945, 8, 17)).days % 5]


def fasting(d: date) -> bool:
    """Whether the date is in Ramadan."""
    first, eid = _RAMADAN.get(d.year, (date.max, date.max))
    return first <= d < eid


def eid_day(d: date) -> int | None:
    """Days since Eid, -1 (the eve) to 6; None on other days."""
    if d.year not in _RAMADAN:
        return None
    since = (d - _RAMADAN[d.year][1]).days
    return since if -1 <= since <= 6 else None


def flags(d: date, hour: int) -> set[str]:
    """The conditions that hold at this time, by the names that templates use."""
    eid = eid_day(d)
    holds = {"ramadan": fasting(d), "eid": eid is not None and eid <= 2, "friday": d.weekday() == 4}
    holds |= {"morning": 4 <= hour < 9, "night": hour >= 20}
    holds |= {"august": d.month == 8 and 10 <= d.day <= 18, "rain": d.month in (1, 2, 3, 11, 12)}
    return {name for name, true in holds.items() if true}


def day_weights(days: int, events: list[Event], dice: Dice) -> NDArray[np.float64]:
    """Relative number of messages per day, shape (days,): week, market days, Ramadan, Eid, events and chance."""
    weights = np.ones(days)
    week = (1.06, 1.0, 1.0, 1.03, 0.9, 1.1, 0.92)
    near = {e.day + k: w for e in events for k, w in ((-1, 1.35), (0, 1.6), (1, 1.3))}
    for i in range(days):
        d = date_of(i)
        eid = eid_day(d)
        weights[i] = week[d.weekday()] * (0.93 if pasaran(d) in ("Legi", "Kliwon") else 1.0)
        weights[i] *= 0.85 if fasting(d) else 1.0
        weights[i] *= {-1: 1.9, 0: 2.2, 1: 1.1}.get(eid, 0.6) if eid is not None else 1.0
        weights[i] *= near.get(i, 1.0) * float(np.exp(0.28 * dice.normal()))
    return weights


def hour_weights(d: date) -> NDArray[np.float64]:
    """The season's effect on each hour, shape (24,)."""
    weights = np.ones(24)
    if fasting(d):
        weights[[2, 3, 4]] = (8, 9, 2)
        weights[6:15] *= 0.6
        weights[[16, 17, 18]] = (1.7, 1.8, 0.5)
        weights[20:23] *= 1.4
    if d.weekday() == 4:
        weights[[11, 12]] *= (0.5, 0.35)
    if pasaran(d) in ("Legi", "Kliwon"):
        weights[4:8] *= 0.7
    if eid_day(d) == 0:
        weights[5:8] *= 1.8
    return weights


def settle(minute: float, dice: Dice) -> float:
    """A time (minutes), moved from prayer times and deep night to when people use their phones again."""
    day, within = divmod(minute, DAY)
    if within < 200 or within > 1400:
        if dice.chance(0.12):
            return minute
        return (day + (within > 1400)) * DAY + 262 + dice.exponential(70)
    for start, end in _PRAYERS:
        if start <= within < end and dice.chance(0.75):
            return day * DAY + end + dice.exponential(6)
    return minute


def make_events(days: int, villages: list[str], dice: Dice) -> list[Event]:
    """Bazaars on weekends and trainings on weekdays, one of them about every three weeks."""
    events: list[Event] = []
    day = dice.whole(9, 16)
    while True:
        bazaar = len(events) % 5 not in (1, 3)
        weekday = 5 if bazaar else 2
        day += (weekday - date_of(day).weekday()) % 7
        if day >= days:
            return events
        place = dice.pick(_PLACES if bazaar else _HALLS).format(village=dice.pick(villages))
        fee = dice.pick((0, 25, 35, 50, 75, 100) if bazaar else (0, 0, 0, 20))
        name = _TRAININGS[len(events) // 2 % len(_TRAININGS)]
        if bazaar:
            usual = _SPECIAL.get(date_of(day).month, _BAZAARS[len(events) % len(_BAZAARS)])
            name = "Bazar Ramadan" if fasting(date_of(day)) else usual
        events.append(Event(name, day, place, fee, bazaar))
        day += dice.whole(14, 26)
