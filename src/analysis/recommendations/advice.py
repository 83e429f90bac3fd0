"""Advice: rules over what a study found (advice.yaml), each recommended or not, and graded by one written rule."""

from __future__ import annotations

import string
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from analysis import study, wording
from analysis.claims import robust
from analysis.claims.words import label, plain
from analysis.errors import InputError

FILE = Path(__file__).with_name("advice.yaml")
LANGUAGES = ("en", "id")
TEXTS = {"advice", "first", "cost", "watch", "otherwise", "action"}
PARTS = {"voices", "facts", "rules"}
RULE = {"name", "owner", "claims", "needs", "scenario", "voices", "when", "facts", "indicator", *LANGUAGES}
OWNERS = {
    "officers": {"en": "officers", "id": "pengurus"},
    "admins": {"en": "group admins", "id": "admin grup"},
    "members": {"en": "members", "id": "anggota"},
}
RECOMMENDED, NOT, OPEN = "recommended", "not recommended", "cannot be judged"
STATUS = {
    RECOMMENDED: {"en": "recommended", "id": "disarankan"},
    NOT: {"en": "not recommended", "id": "tidak disarankan"},
    OPEN: {"en": "cannot be judged", "id": "belum dapat dinilai"},
}
STRENGTHS = {
    "strong": {"en": "strong", "id": "kuat"},
    "moderate": {"en": "moderate", "id": "sedang"},
    "tentative": {"en": "tentative", "id": "lemah, masih perlu dicoba"},
}
AIMS = ("more", "less", "not less", "not more")  # where the number to watch should, or should not, move
VOICES = 3  # participants who say so; from this number, advice without a tested claim is moderate
SMALL = 0.1  # pieces of news a week, below which a gain does not matter: one piece in ten weeks
DEAR = 10.0  # messages to read for each piece of news gained, above which a scenario costs more than it brings


@dataclass(frozen=True)
class Expected:
    """A scenario's effect: additional pieces of news that a member reads in a week (gain, with its interval), and
    additional messages to read. depends_on: quantities that decide the sign of the gain; swayed_by: assumptions that
    move it by more than its own size; vanishes_with: assumptions at one end of which it is below SMALL. changes: its
    change of findings that may be watched (gains.WATCHED), by name, the interval over draws and chance."""

    gain: float
    low: float
    high: float
    messages: float
    depends_on: tuple[str, ...] = ()
    swayed_by: tuple[str, ...] = ()
    vanishes_with: tuple[str, ...] = ()
    changes: Mapping[str, tuple[float, float]] = field(default_factory=dict)


@dataclass(frozen=True)
class Ground:
    """A tested claim on which advice rests: its verdict, the share of universes that give this verdict, and its
    robustness (claims.robust.grade); None if that was not tried."""

    claim: str
    verdict: str
    universes: float | None = None
    robustness: str | None = None


@dataclass(frozen=True)
class Evidence:
    """The study's findings. findings: numbers by name. grounds: by claim. expected: by scenario. voices: by name, the
    number of participants who say so, who speak against it, and in all. unsure: voices that were not counted, as the
    coders differ too much on one of their themes."""

    findings: Mapping[str, float]
    grounds: Mapping[str, Ground]
    expected: Mapping[str, Expected]
    voices: Mapping[str, tuple[int, int, int]]
    unsure: Collection[str] = ()


@dataclass(frozen=True)
class Advice:
    """A judged rule. status: one of STATUS; strength: one of STRENGTHS where recommended; why: reasons against it or
    for its strength, by language."""

    rule: Mapping[str, Any]
    status: str
    strength: str | None
    why: Mapping[str, list[str]]
    grounds: tuple[Ground, ...]
    expected: Expected | None


def load(path: Path = FILE) -> dict[str, Any]:
    """Voices, facts and rules as written. Raises InputError on an unknown or missing key, or a name that is not
    defined."""
    written = study.read_yaml(path)
    _same("advice.yaml", set(written), PARTS, path)
    for name, voice in written["voices"].items():
        _same(f"voice {name}", set(voice), {"themes", "words", *LANGUAGES}, path)
    for name, fact in written["facts"].items():
        _same(f"fact {name}", set(fact), {"page", *LANGUAGES}, path)
    for rule in written["rules"]:
        where = f"rule {rule.get('name', '?')!r}"
        _same(where, set(rule), RULE, path)
        for language in LANGUAGES:
            _same(f"{where}, {language}", set(rule[language]), TEXTS, path)
        if rule["indicator"] is not None:
            _same(f"{where}, indicator", set(rule["indicator"]), {"finding", "better"}, path)
            if rule["indicator"]["better"] not in AIMS:
                raise InputError(f"{where}, indicator: better must be one of {', '.join(AIMS)}", path=path)
        if rule["owner"] not in OWNERS or rule["needs"] not in ("all", "any"):
            raise InputError(f"{where}: owner must be one of {', '.join(OWNERS)}; needs must be all or any", path=path)
        if lost := [*({*rule["voices"]} - {*written["voices"]}), *({*rule["facts"]} - {*written["facts"]})]:
            raise InputError(f"{where}: no voice or fact is called {', '.join(sorted(lost))}", path=path)
        for condition in rule["when"]:
            if len(condition) != 2 or "finding" not in condition or not set(condition) & {"at_least", "at_most"}:
                raise InputError(f"{where}, when: must have a finding, and at_least or at_most", path=path)
    return written


def _same(where: str, given: set[str], wanted: set[str], path: Path) -> None:
    if odd := sorted(given ^ wanted):
        raise InputError(f"{where}: missing or unknown: {', '.join(odd)}", path=path)


def judged(rules: Sequence[Mapping[str, Any]], evidence: Evidence) -> list[Advice]:
    """Every rule with its status and strength: recommended rules first, by strength and gain."""
    advice = [judge(rule, evidence) for rule in rules]
    order, grades = list(STATUS), [*STRENGTHS, None]
    return sorted(advice, key=lambda each: (
        order.index(each.status), grades.index(each.strength), -(each.expected.gain if each.expected else 0.0)
    ))  # fmt: skip


UNKNOWN = {  # why advice cannot be judged
    "unmeasured": {"en": "what it rests on was not measured here", "id": "dasarnya belum terukur di sini"},
    "differing": {
        "en": "it also rests on another theme of the interviews, whose agreement between the coders is below the floor",
        "id": "saran ini juga bertumpu pada tema wawancara lain, padahal kesepakatan para pemberi kode tentang tema "
        "itu masih di bawah batas",
    },
}


def judge(rule: Mapping[str, Any], evidence: Evidence) -> Advice:
    """One rule: recommended if its claims are supported, its findings hold, and its scenario's gain is worth the
    messages; it cannot be judged if something that it needs was not measured."""
    grounds = tuple(evidence.grounds[claim] for claim in rule["claims"] if claim in evidence.grounds)
    expected = evidence.expected.get(rule["scenario"]) if rule["scenario"] else None
    unknown = [each["finding"] for each in rule["when"] if each["finding"] not in evidence.findings]
    unassessed = [each for each in grounds if each.verdict == "not assessable"]
    no_gain = bool(rule["scenario"]) and expected is None
    if unknown or no_gain or len(unassessed) == len(rule["claims"]) > 0 or len(grounds) < len(rule["claims"]):
        differing = unknown and not no_gain and set(unknown) <= {f"voices_{name}" for name in evidence.unsure}
        why = UNKNOWN["differing" if differing else "unmeasured"]
        return Advice(rule, OPEN, None, {language: [why[language]] for language in LANGUAGES}, grounds, expected)
    if not (_claims_hold(rule, grounds) and _findings_hold(rule, evidence.findings) and _pays(expected)):
        reasons = {language: _against(rule, grounds, evidence, expected, language) for language in LANGUAGES}
        return Advice(rule, NOT, None, reasons, grounds, expected)
    said = (
        evidence.voices.get(rule["voices"][0], (0, 0, 0))[0] if rule["voices"] else 0
    )  # the first is what it is about
    return Advice(
        rule,
        RECOMMENDED,
        strength(grounds, expected, said),
        {language: [] for language in LANGUAGES},
        grounds,
        expected,
    )


def strength(grounds: Collection[Ground], expected: Expected | None, voices: int) -> str:
    """The strength of recommended advice by the written rule. voices: number of participants who say so.

    strong: the support of a claim that it rests on is robust, and the whole interval of the expected gain, where one is
    computed, is above 0 and swayed by no assumption. moderate: that support is sensitive, or VOICES participants say
    so, and the interval is above 0. tentative: all else, and whenever the sign of the gain depends on an assumption.
    """
    if expected is not None and (expected.depends_on or expected.low <= 0):
        return "tentative"
    grades = {each.robustness for each in grounds if each.verdict == "supported"}
    if robust.ROBUST in grades and not (expected and expected.swayed_by):
        return "strong"
    return "moderate" if grades & {robust.ROBUST, robust.SENSITIVE} or voices >= VOICES else "tentative"


def _claims_hold(rule: Mapping[str, Any], grounds: Collection[Ground]) -> bool:
    supported = [each.verdict == "supported" for each in grounds]
    return not rule["claims"] or (all if rule["needs"] == "all" else any)(supported)


def _findings_hold(rule: Mapping[str, Any], findings: Mapping[str, float]) -> bool:
    return all(
        each.get("at_least", -float("inf")) <= findings[each["finding"]] <= each.get("at_most", float("inf"))
        for each in rule["when"]
    )


def _pays(expected: Expected | None) -> bool:
    return expected is None or (expected.gain >= SMALL and expected.messages <= DEAR * expected.gain)


AGAINST = {
    "en": {
        "verdict": "{claim}: {verdict} here",
        "dear": "it would cost {per_piece} messages for each piece of news gained",
        "gain": "hardly any more news would be read; other gains are not computed",
    },
    "id": {
        "verdict": "{claim}: di sini {verdict}",
        "dear": "setiap tambahan satu kabar berarti {per_piece} pesan lagi yang harus dibaca",
        "gain": "hampir tidak menambah kabar yang dibaca; manfaat lain tidak dihitung",
    },
}


def _against(
    rule: Mapping[str, Any], grounds: Collection[Ground], evidence: Evidence, expected: Expected | None, language: str
) -> list[str]:
    """Why a rule is not recommended, in sentences without a full stop."""
    words, reasons = AGAINST[language], []
    if not _claims_hold(rule, grounds):
        reasons += [
            words["verdict"].format(
                claim=plain(each.claim, language), verdict=label(each.verdict, each.robustness, language)
            )
            for each in grounds
            if each.verdict != "supported"
        ]
    if expected is not None and expected.gain < SMALL:
        reasons.append(words["gain"])
    elif not _pays(expected) and expected is not None:
        reasons.append(words["dear"].format(per_piece=localised(expected.messages / expected.gain, "", language)))
    if not (_claims_hold(rule, grounds) and _findings_hold(rule, evidence.findings)):
        reasons.insert(0, rule[language]["otherwise"].rstrip("."))
    return reasons


# Numbers in sentences


class Sentence(string.Formatter):
    """Formats a sentence with findings in a language: whole numbers as they are, others with a decimal."""

    def __init__(self, language: str) -> None:
        self.language = language

    def format_field(self, value: Any, spec: str) -> str:
        return value if isinstance(value, str) else localised(float(value), spec, self.language)


def localised(value: float, spec: str, language: str) -> str:
    """A number in the language's format; spec: percent, hundredths (two decimals), or empty."""
    if spec == "percent":
        text = wording.percent(value)
    elif spec == "hundredths":
        text = wording.number(value)
    elif float(value).is_integer() or abs(value) >= 20:
        text = f"{value:,.0f}"
    else:
        text = wording.number(value, 1)
    return wording.indonesian(text) if language == "id" else text


def sentence(template: str, findings: Mapping[str, Any], language: str) -> str:
    """A filled-in template. Raises InputError when a finding is missing."""
    try:
        return Sentence(language).vformat(template, (), findings)
    except KeyError as error:
        raise InputError(f"{error.args[0]} was not measured") from error
