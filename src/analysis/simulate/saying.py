"""The words that fill each slot of a template when a member says something to another."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date
from typing import Any

from analysis.simulate.dice import Dice
from analysis.simulate.people import goods
from analysis.simulate.rhythm import MONTHS, WEEKDAYS, date_of
from analysis.simulate.words import END, KEEP, NAME, Filling, Topic, Words

_DETAILS = frozenset(["email", "nik", "npwp", "address", "maplink", "coords", "plate", "handle", "profile"])
_SECTORS = {"food": "makanan", "craft": "kerajinan", "fashion": "fashion", "services": "jasa"}
_GREET = (("pagi", "enjing", 10), ("siang", "siang", 15), ("sore", "sonten", 18), ("malam", "dalu", 24))
_AHEAD = (
    *("Imlek", "puasa", "puasa", "Lebaran", "musim haji", "Idul Adha"),
    *("tahun ajaran baru", "Agustusan", "Maulid", "musim panen", "akhir tahun", "tahun baru"),
)  # what people look forward to, by month
_LATER = ("bulan depan", "akhir bulan", "minggu depan")


def rupiah(thousands: int, habit: str) -> str:
    """An amount as people write it: 25rb, 25 ribu, 25.000, 25k, Rp25.000; from a million on 1,2jt."""
    if thousands >= 1000:
        return f"{thousands / 1000:.1f}jt".replace(".", ",").replace(",0", "")
    forms = {"rb": "{}rb", "ribu": "{} ribu", "dot": "{}.000", "k": "{}k", "rp": "Rp{}.000"}
    return forms[habit].format(thousands)


@dataclass
class Occasion:
    """Who says something, to which member (-1: all), about what, when (minutes from the first day on), who is present.
    codes: what the message truly is."""

    speaker: int
    to: int
    topic: Topic
    minute: float
    present: list[int]
    codes: tuple[str, ...]


@dataclass
class Saying:
    """Gives each slot its words on one occasion, by SLOTS or by the method with its name (the slot `you` by `_you`).

    money: how the speaker writes amounts. numbers: whether mentions are @numbers, as WhatsApp exports them, or names.
    """

    words: Words
    now: Occasion
    money: str = "rb"
    numbers: bool = True
    called: bool = False
    named: int = 0  # the last member named in passing

    def look(self, slot: str) -> Filling:
        if slot in _DETAILS:  # what identifies a person stays as it is, whatever the habits of typing
            return f"{KEEP}{self.me[slot]}{END}"
        if slot in SLOTS:
            return SLOTS[slot](self)
        own = getattr(self, f"_{slot}", None)
        return own() if own is not None else self.words.common(slot, self.now.topic)

    @property
    def _dice(self) -> Dice:
        return self.words.dice

    @property
    def me(self) -> dict[str, Any]:
        return self.words.people[self.now.speaker]

    @property
    def _addressee(self) -> int:
        """The member addressed; the speaker if all are."""
        return self.now.to if self.now.to >= 0 else self.now.speaker

    @property
    def date(self) -> date:
        return date_of(int(self.now.minute // 1440))

    # people
    def _you(self) -> str:
        if self.now.to < 0:
            return self.words.word("all", self.now.topic)
        you = self.words.people[self.now.to]
        prefix = you["alias"].split()[0]
        first, self.called = not self.called, True
        r = self._dice.random()
        if first and r < 0.5:
            return self.words.person(self.now.to)
        if first and r < 0.55:
            return self._at(self.now.to)
        if prefix == "Bu" and r > 0.9:
            return "bun"
        if r > 0.96 and you["age"] > self.me["age"] + 8:
            return "panjenengan"
        return prefix.lower()

    def _at(self, i: int) -> str:
        return f"{KEEP}@{self.words.people[i]['digits']}{END}" if self.numbers else self.words.person(i)

    def _some(self) -> int:
        choices = [i for i in self.now.present if i not in (self.now.speaker, self.now.to)]
        return self._dice.pick(choices) if choices else self.now.speaker

    def _third(self) -> str:
        """The member talked about; nobody speaks of themselves by name."""
        i = self.now.topic.third
        return self.words.person(self._some() if i in (-1, self.now.speaker) else i)

    def _third_any(self) -> str:
        self.named = self._some()
        return self.words.person(self.named)

    _third_any2 = _third_any

    def _spouse(self) -> str:
        if self.me["age"] < 28:
            return self._dice.pick(("ibu saya", "kakak saya", "teman kos"))
        wife = self.me["gender"] == "f"
        forms = ("suami", "ayahnya anak-anak", "bojo") if wife else ("istri", "ibunya anak-anak", "bojo")
        return self._dice.pick(forms)

    def _leader(self, role: str) -> str:
        i = self.words.leaders[role]
        return "saya" if i == self.now.speaker else self.words.person(i)

    def _kid(self) -> Filling:
        """A child, or another relative usual at the speaker's age."""
        if self.me["age"] < 28:
            return self._dice.pick(("keponakanku", "adikku", "adik saya", "keponakan saya"))
        if self.me["age"] > 54 and self._dice.chance(0.6):
            return self._dice.pick(("cucuku", "cucu saya", "putu saya"))
        return self._dice.pick(self.words.lists["kid"])

    def _fee_word(self) -> str:
        fee = self.now.topic.slots.get("fee", "gratis")
        return self._dice.pick(("Gratis", "Tidak bayar")) if fee == "gratis" else f"Bayar {fee}"

    # goods
    def _my(self) -> str:
        if self.now.topic.owner == self.now.speaker and "item" in self.now.topic.slots:
            return self.now.topic.slots["item"]
        return self._one_of(self.now.speaker)

    def _one_of(self, owner: int) -> str:
        return self._dice.pick(self.words.product(owner)["items"])

    # amounts
    def _money(self, thousands: int) -> str:
        return f"{KEEP}{rupiah(max(1, thousands), self.money)}{END}"

    def _base(self) -> int:
        return self.now.topic.price or self._dice.whole(*self.words.product(self.now.speaker)["price"])

    def _commodity(self) -> str:
        name, _, low, high = self._dice.pick(goods()["commodities"])
        return f"{name} {self._money(self._dice.whole(low, high))}"

    # time
    def _greeting(self, forms: tuple[str, ...]) -> str:
        """One of the forms with the part of the day: {0} plain, {1} with a capital, {2} polite Javanese."""
        hour = int(self.now.minute % 1440 // 60)
        plain, java = next((plain, java) for plain, java, end in _GREET if hour < end)
        return self._dice.pick(forms).format(plain, plain.capitalize(), java)

    # how to reach someone
    def _account_of(self, person: dict[str, Any]) -> str:
        return f"{KEEP}{person['account']}{END} a.n. {NAME}{person['name']}{END}"

    def _phone(self) -> str:
        digits = self.me["digits"]
        local = "0" + digits[2:]
        parts = local[:4], local[4:8], local[8:]
        forms = (self.me["phone"], local, "-".join(parts), " ".join(parts), f"wa.me/{digits}")
        return f"{KEEP}{self._dice.pick(forms)}{END}"


SLOTS: dict[str, Callable[[Saying], Filling]] = {
    "me": lambda say: f"{NAME}{say.me['short']}{END}" if say._dice.chance(0.5) else say.words.person(say.now.speaker),
    "spouse_you": lambda say: "suaminya" if say.words.people[say._addressee]["gender"] == "f" else "istrinya",
    "event_or_agenda": lambda say: say.now.topic.slots.get("agenda") or say.now.topic.slots.get("event") or "rapat",
    "your": lambda say: say._one_of(say.now.to if say.now.to >= 0 else say.now.topic.third),
    "price_your": lambda say: say._money(say._dice.whole(*say.words.product(say._addressee)["price"])),
    "salam": lambda say: say._greeting(("Selamat {0}", "{1}", "Sugeng {2}", "Assalamualaikum, {0}", "Met {0}")),
    "salam2": lambda say: say._greeting(("selamat {0}", "{0}", "sugeng {2}")),
    "season": lambda say: _AHEAD[say.date.month - 1] if say._dice.chance(0.6) else say._dice.pick(_LATER),
    "account": lambda say: say._account_of(say.me),
    "kas": lambda say: say._account_of(say.words.people[say.words.leaders["treasurer"]]),  # the community's account
    "mention": lambda say: say._at(say.words.leaders["secretary"] if say.now.to < 0 else say.now.to),
    "third_any_product": lambda say: say.words.people[say.named]["product"],
    "phone_third": lambda say: f"{KEEP}{say.words.people[say.now.topic.third]['phone']}{END}",
    "chair": lambda say: say._leader("chair"),
    "secretary": lambda say: say._leader("secretary"),
    "treasurer": lambda say: say._leader("treasurer"),
    "treat": lambda say: say._my() if say.me["sector"] == "food" else say._dice.pick(say.words.lists["treat"]),
    "myproduct": lambda say: say.me["product"],
    "item": lambda say: say.now.topic.slots.get("item") or say._my(),
    "myother": lambda say: say.words.people[say._some()]["product"],
    "supplyq": lambda say: say.words.supply(say.now.speaker)[0],
    "unit": lambda say: say.now.topic.slots.get("unit") or say.words.product(say.now.speaker)["unit"],
    "unit_my": lambda say: say.words.product(say.now.speaker)["unit"],
    "price_my": lambda say: say._money(say._dice.whole(*say.words.product(say.now.speaker)["price"])),
    "unit_your": lambda say: say.words.product(say.now.to)["unit"] if say.now.to >= 0 else "biji",
    "sectorname": lambda say: _SECTORS[say.me["sector"]],
    "price": lambda say: say._money(say._base()),
    "price-": lambda say: say._money(say._base() - max(1, say._base() // 8)),
    "price+": lambda say: say._money(say._base() + max(1, say._base() // 6)),
    "old": lambda say: say._money(say.now.topic.old or say._base() - 1),
    "small": lambda say: say._money(say._dice.pick((10, 15, 20, 25, 30, 40, 50))),
    "qty": lambda say: str(say.now.topic.qty or say._dice.pick((10, 20, 30))),
    "small_n": lambda say: str(say._dice.whole(2, 9)),
    "weekday": lambda say: say._dice.pick(WEEKDAYS),
    "today": lambda say: WEEKDAYS[say.date.weekday()],
    "day_far": lambda say: f"bulan {MONTHS[say.date.month % 12]}",
    "month": lambda say: say.now.topic.slots.get("month") or MONTHS[say.date.month - 1],
    "laugh2": lambda say: say._dice.pick(say.words.lists["laugh"]),
    "today2": lambda say: WEEKDAYS[say.date.weekday()],
}  # slots that need no more than an expression; the others are methods
