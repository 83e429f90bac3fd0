"""The components of R1's number, in sentences shared by all pages: what passing on adds to posting without approval,
whether news is read sooner and by more members, and whether the gain is no more than what is assumed."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from analysis import wording
from analysis.recommendations.advice import LANGUAGES, SMALL, localised
from analysis.recommendations.gains import TODAY, Results
from analysis.recommendations.scenarios import WhatIf
from analysis.resample import interval

FAR = 0.05  # share of members below which a change in who reads a piece within a week does not matter
FEW = 0.05  # messages a week below which none are mentioned
POSTING, PASSING = "no_approval", "pass_on"  # the levers that the sentences describe
LITTLE, MORE, LESS, SAME, OPEN = "little", "more", "less", "same", "open"
WORDS = {
    "en": {
        "brings": "Posting without approval by itself would bring {alone} pieces for {messages} more messages. {adds}.",
        "takes": "Posting without approval by itself would take {alone} pieces away, for {messages} more messages. "
        "{adds}.",
        LITTLE: "Passing news on{often} adds hardly any news",
        "little, dear": "Passing news on{often} adds hardly any news but {more} more messages to read",
        "often": ", as often as is assumed,",
        MORE: "Passing news on as well adds {pieces} pieces, and {more} more messages to read",
        LESS: "Passing news on as well takes {pieces} pieces away, as more messages push news out of sight",
        "nobody approves": "According to the roster nobody needs an officer's approval here, so any change comes from "
        "passing on.",
        "as soon": "A piece would be read as quickly as now",
        "sooner": "A piece would be read sooner",
        "later": "A piece would be read later",
        "either": "Whether a piece would be read sooner is open",
        "within a week": "{when}; {who} ({change}, {low} to {high} percentage points).",
        "who same": "about as many members as now would read it within a week",
        "who more": "more members would read it within a week",
        "who less": "fewer members would read it within a week",
        "who open": "so is whether more members would read it within a week",
        "who alone open": "whether more members would read it within a week is open",
        "assumed": "So the gain is news that approval, by assumption, holds back now.",
    },
    "id": {
        "brings": "Menulis tanpa izin saja menambah {alone} kabar dan {messages} pesan. {adds}.",
        "takes": "Menulis tanpa izin saja mengurangi {alone} kabar dan menambah {messages} pesan. {adds}.",
        LITTLE: "Meneruskan kabar{often} hampir tidak menambah kabar",
        "little, dear": "Meneruskan kabar{often} hampir tidak menambah kabar, tetapi menambah {more} pesan",
        "often": ", sesering yang diandaikan,",
        MORE: "Meneruskan kabar menambah {pieces} kabar dan {more} pesan",
        LESS: "Meneruskan kabar malah mengurangi {pieces} kabar, karena kabar lebih cepat tertimbun pesan",
        "nobody approves": "Menurut daftar anggota, di sini tidak ada yang perlu izin pengurus, jadi perubahan "
        "hanya datang dari ikut meneruskan.",
        "as soon": "Kabar dibaca secepat sekarang",
        "sooner": "Kabar lebih cepat dibaca",
        "later": "Kabar lebih lambat dibaca",
        "either": "Belum pasti apakah kabar lebih cepat dibaca",
        "within a week": "{when}; {who} ({change}, {low} sampai {high} poin persen).",
        "who same": "yang membacanya dalam seminggu hampir sama banyaknya",
        "who more": "yang membacanya dalam seminggu lebih banyak",
        "who less": "yang membacanya dalam seminggu lebih sedikit",
        "who open": "begitu juga apakah yang membacanya dalam seminggu lebih banyak",
        "who alone open": "belum pasti apakah yang membacanya dalam seminggu lebih banyak",
        "assumed": "Jadi, tambahannya adalah kabar yang menurut anggapan kini tertahan menunggu izin.",
    },
}


def adds(
    results: Results, declared: Sequence[WhatIf], scenario: str, confidence: float, *, approval: bool, fitted: bool
) -> dict[str, str]:  # fmt: skip
    """What passing on adds, if that is known, and how far news reaches, by language. declared: the scenarios, of which
    one may be R1's without passing on. approval: whether anybody's news needs approval now. fitted: whether the chance
    of passing on was fitted, and not assumed."""
    said = {}
    for language in LANGUAGES:
        often = "" if fitted else WORDS[language]["often"]
        passing = (
            _passing(results, declared, scenario, language, often)
            if approval
            else _only_passing(results, declared, scenario, language)
        )
        said[language] = " ".join(filter(None, (passing, _reach(results, scenario, confidence, language))))
    return said


def made_of(
    results: Results, declared: Sequence[WhatIf], scenario: str, confidence: float, *, approval: bool, fitted: bool
) -> dict[str, str]:  # fmt: skip
    """As adds, and whether the gain is merely assumed."""
    said = adds(results, declared, scenario, confidence, approval=approval, fitted=fitted)
    if not _is_assumed(results, declared, scenario, confidence):
        return said
    return {language: f"{text} {WORDS[language]['assumed']}" for language, text in said.items()}


def alone(results: Results, declared: Sequence[WhatIf], scenario: str) -> str | None:
    """The scenario that equals this one without passing on; None if it was not computed or R1 is of another kind."""
    levers = _levers(results, declared)
    if not _posts_and_passes(results, declared, scenario):
        return None
    return next((name for name, other in levers.items() if other == {POSTING: levers[scenario][POSTING]}), None)


def _levers(results: Results, declared: Sequence[WhatIf]) -> dict[str, dict]:
    """The levers of each scenario that was computed."""
    return {each.name: dict(each.levers) for each in declared if each.name in results.scenarios}


def _posts_and_passes(results: Results, declared: Sequence[WhatIf], scenario: str) -> bool:
    """Whether a scenario is posting without approval and passing on, and nothing else."""
    return set(_levers(results, declared).get(scenario, {})) == {POSTING, PASSING}


def passing_adds(results: Results, declared: Sequence[WhatIf], scenario: str) -> str | None:
    """Whether passing on adds LITTLE to what a member reads, MORE or LESS; None if that is not known."""
    without = alone(results, declared, scenario)
    if without is None:
        return None
    added = _added(results, scenario, without, "pieces_read")
    return LITTLE if abs(added) < SMALL else MORE if added > 0 else LESS


def reaches(results: Results, scenario: str, confidence: float, than: str = TODAY) -> str:
    """Whether a piece reaches MORE members within a week than in another scenario, LESS, about the SAME number, or it
    is OPEN."""
    more = results.of(scenario, "reach_week") - results.of(than, "reach_week")
    middle, (low, high) = float(np.median(more)), interval(more, confidence)
    if abs(middle) < FAR:
        return SAME if low > -2 * FAR and high < 2 * FAR else OPEN
    return MORE if low > 0 else LESS if high < 0 else OPEN


def further(results: Results, declared: Sequence[WhatIf], scenario: str, confidence: float) -> str:
    """Theory's test of R1: whether news reaches MORE members if more pass it on, LESS, the SAME, or it is OPEN.
    Compared with posting without approval alone if that was computed."""
    return reaches(results, scenario, confidence, alone(results, declared, scenario) or TODAY)


def _added(results: Results, scenario: str, other: str, measure: str) -> float:
    """What a scenario adds to another in a measure: the difference of the gains as pages show them (medians over
    draws), so that they add up."""
    return float(np.median(results.gain(scenario, measure)) - np.median(results.gain(other, measure)))


def _passing(results: Results, declared: Sequence[WhatIf], scenario: str, language: str, often: str) -> str:
    without, added = alone(results, declared, scenario), passing_adds(results, declared, scenario)
    if without is None or added is None:
        return ""
    words = WORDS[language]
    more = _added(results, scenario, without, "messages")
    pieces = localised(abs(_added(results, scenario, without, "pieces_read")), "hundredths", language)
    said = words["little, dear" if added == LITTLE and more >= FEW else added]
    gain, messages = (float(np.median(results.gain(without, measure))) for measure in ("pieces_read", "messages"))
    return words["takes" if gain < 0 else "brings"].format(
        alone=localised(abs(gain), "hundredths", language),
        messages=_tenths(messages, language),
        adds=said.format(pieces=pieces, more=_tenths(max(more, 0.0), language), often=often),
    )


def _only_passing(results: Results, declared: Sequence[WhatIf], scenario: str, language: str) -> str:
    """A sentence that posting without approval brings nothing if nobody's news needs it."""
    return WORDS[language]["nobody approves"] if _posts_and_passes(results, declared, scenario) else ""


def _reach(results: Results, scenario: str, confidence: float, language: str) -> str:
    words = WORDS[language]
    day = interval(results.gain(scenario, "reach_day"), confidence)
    when = "as soon" if day == (0, 0) else "sooner" if day[0] > 0 else "later" if day[1] < 0 else "either"
    who = reaches(results, scenario, confidence)
    gain = results.gain(scenario, "reach_week")
    change, low, high = (_points(end, language) for end in (np.median(gain), *interval(gain, confidence)))
    named = "alone open" if who == OPEN and when != "either" else who
    return words["within a week"].format(
        when=words[when], who=words[f"who {named}"], change=change, low=low, high=high
    )  # fmt: skip


def _tenths(value: float, language: str) -> str:
    text = wording.number(value, 1)
    return wording.indonesian(text) if language == "id" else text


def _points(share: float, language: str) -> str:
    """A change of a share in percentage points, with its sign."""
    text = wording.number(100 * float(share), 0)
    signed = f"+{text}" if text[0] not in "0−" else text
    return wording.indonesian(signed) if language == "id" else signed


def _is_assumed(results: Results, declared: Sequence[WhatIf], scenario: str, confidence: float) -> bool:
    """Whether the gain is just the news assumed to be held back: posting alone brings it, and news reaches as many."""
    without = alone(results, declared, scenario)
    if without is None or passing_adds(results, declared, scenario) != LITTLE:
        return False
    same = reaches(results, scenario, confidence) == SAME
    return same and float(np.median(results.gain(without))) >= SMALL
