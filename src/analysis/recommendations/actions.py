"""Advice as the pages show it, in English and Indonesian: grounds, expected gain, indicator, and the strongest as
actions.

Every sentence of advice comes from here or from advice.yaml.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Any

from analysis.claims.words import label, plain
from analysis.errors import Missing
from analysis.recommendations.advice import (
    LANGUAGES,
    OWNERS,
    RECOMMENDED,
    SMALL,
    STATUS,
    STRENGTHS,
    Advice,
    Evidence,
    Expected,
    localised,
    sentence,
)  # fmt: skip
from analysis.recommendations.scenarios import Setting

SHARE, COUNT, RATE, UNCOUNTED = "share", "count", "rate", "uncounted"  # kinds of numbers to watch
ACTIONS = 3  # pieces of the strongest advice shown as concrete actions
GROUP = {"en": "the group", "id": "grup"}
GROUPS = {
    "en": {"largest": "the largest group", "social": "the group for informal talk"},
    "id": {"largest": "grup terbesar", "social": "grup obrolan santai"},
}
WORDS = {
    "en": {
        "voices": "{for_it} of {of} participants speak of {what}",
        "against": "{against} speaks against it",
        "against many": "{against} speak against it",
        "gain": "{gain} more pieces of news read by each member in a week ({low} to {high}), for {messages} more "
        "messages to read, answers included",
        "small": "hardly any change in the news that members read",
        "no gain": "not computed",
        "depends": "Whether it helps at all depends on an assumption ({what}).",
        "vanishes": "{gain}. It may bring hardly any, depending on {what}",
        "brings": "{action} Expected: {gain}. Cost: {cost}",
        "watched": "{action} Watch: {what}, {today} now; {target} within three months.",
        "indicator": "{what}: {today} now, {target} within three months",
        "uncounted": "{what}: {target} within three months",
        "watched uncounted": "{action} Watch: {what}; {target} within three months.",
        "range": "{low} to {high} expected",
        "one": "about {low} expected",
        "more": "it should rise",
        "less": "it should fall",
        "not less": "it should not fall",
        "not more": "it should not rise",
        "unclear": "{aim}, but chance may hide it",
        "larger": "With weaker grounds, more would be gained by: {what}.",
        "of gain": "“{advice}” ({gain} pieces, for {messages} more messages to read)",
        "universes": "{claim}: {verdict}, the same in {share} of universes",
        "claim": "{claim}: {verdict}",
    },
    "id": {
        "voices": "{for_it} dari {of} peserta wawancara menyebut {what}",
        "against": "{against} berpendapat sebaliknya",
        "against many": "{against} berpendapat sebaliknya",
        "gain": "tiap anggota membaca {gain} kabar lebih banyak seminggu ({low} sampai {high}), dengan tambahan "
        "{messages} pesan termasuk balasannya",
        "small": "kabar yang dibaca hampir tidak berubah",
        "no gain": "tidak dihitung",
        "depends": "Ada gunanya atau tidak masih bergantung pada satu anggapan ({what}).",
        "vanishes": "{gain}. Bisa juga hampir tidak ada tambahan, tergantung {what}",
        "brings": "{action} Perkiraan hasil: {gain}. Biaya: {cost}",
        "watched": "{action} Yang dipantau: {what}, sekarang {today}; {target} dalam tiga bulan.",
        "indicator": "{what}: sekarang {today}, {target} dalam tiga bulan",
        "uncounted": "{what}: {target} dalam tiga bulan",
        "watched uncounted": "{action} Yang dipantau: {what}; {target} dalam tiga bulan.",
        "range": "diperkirakan menjadi {low} sampai {high}",
        "one": "diperkirakan menjadi kira-kira {low}",
        "more": "seharusnya naik",
        "less": "seharusnya turun",
        "not less": "jangan sampai turun",
        "not more": "jangan sampai naik",
        "unclear": "{aim}, walau bisa tersamar kebetulan",
        "larger": "Dasarnya lebih lemah, tetapi tambahannya lebih banyak: {what}.",
        "of gain": "“{advice}” ({gain} kabar, {messages} pesan lebih banyak)",
        "universes": "{claim}: {verdict} (sama pada {share} dari semua cara menghitung yang dicoba)",
        "claim": "{claim}: {verdict}",
    },
}
INDICATORS = {  # by finding: its words and its kind
    "top_part": (
        "share of the news of the last three months that the three who share most write",
        "bagian kabar tiga bulan terakhir yang ditulis tiga penyebar teratas",
        SHARE,
    ),
    "messages_a_week": ("messages a week for the average member", "pesan seminggu bagi rata-rata anggota", COUNT),
    "news_a_week": (
        "pieces of business news a week in all groups",
        "jumlah kabar usaha seminggu di semua grup",
        COUNT,
    ),
    "ordinary_part": (
        "share of the news of the last three months that members without an office write",
        "bagian kabar tiga bulan terakhir yang ditulis anggota yang bukan pengurus",
        SHARE,
    ),
    "sharers_lately": (
        "members who likely shared news in the last three months",
        "anggota yang kemungkinan membagikan kabar usaha dalam tiga bulan terakhir",
        COUNT,
    ),
    "social_news": (
        "pieces of business news a week in the social group",
        "jumlah kabar usaha seminggu di grup santai",
        RATE,
    ),
    "informal_share": ("informal talk among the text messages", "obrolan santai di antara pesan teks", UNCOUNTED),
    "newcomers_write": ("newcomers who write", "anggota baru yang ikut menulis", COUNT),
    "writers": ("members now in the groups who write", "anggota di grup yang menulis", COUNT),
}
MEANT = {  # quantities that move a gain, in words
    "silent_openings": {
        "en": "how often members open a group without writing",
        "id": "seberapa sering anggota membuka grup tanpa menulis",
    },
    "lurking": {
        "en": "how often those who do not write open a group",
        "id": "seberapa sering anggota yang tidak menulis membuka grup",
    },
    "read_back": {
        "en": "how far back members read",
        "id": "seberapa jauh ke belakang anggota membaca pesan",
    },
    "passing_chance": {
        "en": "how often members pass news on",
        "id": "seberapa sering anggota meneruskan kabar",
    },
    "passing_age": {"en": "how long news is passed on", "id": "berapa lama kabar masih diteruskan"},
    "approval_days": {
        "en": "how long news waits for approval now",
        "id": "berapa lama kabar sekarang menunggu izin",
    },
    "held_back": {
        "en": "how much news approval now holds back",
        "id": "seberapa banyak kabar yang kini tertahan menunggu izin",
    },
    "willing": {
        "en": "how ready the others would become to pass news on",
        "id": "seberapa mau anggota lain ikut meneruskan kabar",
    },
    "follow": {
        "en": "how many of those who are asked share",
        "id": "seberapa banyak anggota yang mau berbagi kalau diminta",
    },
    "new": {
        "en": "how much of what is asked for is new",
        "id": "seberapa banyak dari kabar yang diminta benar-benar baru",
    },
    "in_turn": {
        "en": "how much news the sharer of the week posts",
        "id": "berapa kabar yang ditulis anggota yang mendapat giliran",
    },
    "digest_holds": {
        "en": "how much of the news the digest holds",
        "id": "seberapa banyak kabar yang masuk rangkuman",
    },
    "digest_heeded": {
        "en": "how many read the digest",
        "id": "seberapa banyak anggota yang membaca rangkuman",
    },
    "bridge_keeps": {
        "en": "how much of the news the bridge carries over",
        "id": "seberapa banyak kabar yang diteruskan si penghubung",
    },
    "crossposted": {
        "en": "how much of the news is posted in the social group too",
        "id": "seberapa banyak kabar yang juga dikirim ke grup santai",
    },
    "welcome_lift": {
        "en": "how much more often newcomers who were welcomed open the groups",
        "id": "seberapa lebih sering anggota baru yang disambut membuka grup",
    },
    "moves": {
        "en": "how much of the news of a group that closes moves to another",
        "id": "seberapa banyak kabar dari grup yang ditutup pindah ke grup lain",
    },
}


def meant(quantity: str, language: str) -> str:
    """A quantity that moves a gain, in words; its name if only this study has it."""
    return MEANT.get(quantity, {}).get(language) or quantity.replace("_", " ")


def shown(
    advised: Sequence[Advice],
    evidence: Evidence,
    today: Setting | Missing,
    written: Mapping[str, Any],
) -> dict[str, Any]:
    """The advice for pages: under `advice` one entry per rule; under `actions` and, with gain and cost,
    `actions_in_full` the strongest, and under `larger` what would bring more news than these, by language."""
    names = {language: group_names(today, language) for language in LANGUAGES}
    entries = [entry(each, evidence, names, written) for each in advised]
    strongest = [each for each in entries if each["status"] == RECOMMENDED][:ACTIONS]
    return {
        "advice": entries,
        "actions": {language: [each[language]["action"] for each in strongest] for language in LANGUAGES},
        "actions_in_full": {
            language: [each[language]["action_in_full"] for each in strongest] for language in LANGUAGES
        },
        "larger": {language: larger(advised, language) for language in LANGUAGES},
        "advised": {status.replace(" ", "_"): sum(each["status"] == status for each in entries) for status in STATUS},
    }


def larger(advised: Sequence[Advice], language: str) -> str | None:
    """The recommended advice that gains more than each of the strongest, in a sentence; None if there is none."""
    gains = [
        (
            each.expected.gain if each.expected else 0.0,
            each.expected.messages if each.expected else 0.0,
            each.rule[language]["advice"].rstrip("."),
        )
        for each in advised
        if each.status == RECOMMENDED
    ]
    listed, rest = gains[:ACTIONS], gains[ACTIONS:]
    most = max((gain for gain, *_ in listed), default=0.0)
    more = [each for each in rest if each[0] > most and each[0] >= SMALL]
    said = [
        WORDS[language]["of gain"].format(
            advice=words, gain=localised(gain, "hundredths", language), messages=localised(messages, "", language)
        )
        for gain, messages, words in more
    ]
    return WORDS[language]["larger"].format(what="; ".join(said)) if said else None


def group_names(today: Setting | Missing, language: str) -> dict[str, str]:
    """Names of the largest and the social group in sentences, without chat names if there are none."""
    if isinstance(today, Missing):
        return dict(GROUPS[language])
    places = today.groups.largest, today.groups.largest if today.social is None else today.social
    largest, social = (named(today.groups.names[place], language) for place in places)
    return {"largest": largest, "social": social}


def named(chat: str, language: str) -> str:
    """A chat in a sentence: its title, or the words of its code if the author gave no title."""
    words = chat.replace("-", " ") if re.fullmatch(r"[a-z0-9-]+", chat) else chat
    return f"{GROUP[language]} “{words}”"


def entry(
    each: Advice,
    evidence: Evidence,
    names: Mapping[str, Mapping[str, str]],
    written: Mapping[str, Any],
) -> dict[str, Any]:
    """One piece of advice with everything that a page says about it. names: of the groups, by language."""
    own: dict[str, Any] = {"name": each.rule["name"], "status": each.status, "strength": each.strength}
    own["verdicts"] = {ground.claim: ground.verdict for ground in each.grounds}
    own["pages"] = list(dict.fromkeys(written["facts"][fact]["page"] for fact in each.rule["facts"]))
    for language in LANGUAGES:
        texts = each.rule[language]
        own[language] = {
            **{part: texts[part] for part in ("advice", "first", "cost", "watch")},
            "owner": OWNERS[each.rule["owner"]][language],
            "status": STATUS[each.status][language],
            "strength": STRENGTHS[each.strength][language] if each.strength else "–",
            "grounds": grounds(each, evidence, written, language),
            "gain": gain(each.expected, language),
            "why": each.why[language],
            "indicator": indicator(each, evidence, language),
            "action": action(each, evidence, names[language], language),
            "action_in_full": action(each, evidence, names[language], language, in_full=True),
        }
    return own


def computed(entry: Mapping[str, Any], language: str) -> list[str]:
    """The computed texts of an entry that a table of advice shows."""
    own = entry[language]
    return [*own["grounds"], own["gain"], *own["why"]]


def grounds(each: Advice, evidence: Evidence, written: Mapping[str, Any], language: str) -> list[str]:
    """The grounds for it here: facts, voices and supported claims, in sentences without a full stop."""
    words, said = WORDS[language], []
    for fact in each.rule["facts"]:
        try:
            said.append(sentence(written["facts"][fact][language], evidence.findings, language))
        except ValueError:  # a finding that this study does not have
            continue
    for name in each.rule["voices"]:
        if evidence.voices.get(name, (0, 0, 0))[0]:
            for_it, against, of = evidence.voices[name]
            line = words["voices"].format(for_it=for_it, of=of, what=written["voices"][name][language])
            several = words["against many" if against > 1 else "against"].format(against=against)
            said.append(f"{line}; {several}" if against else line)
    for ground in (ground for ground in each.grounds if ground.verdict == "supported"):
        verdict = label(ground.verdict, ground.robustness, language)
        known = ground.universes is not None
        share = localised(ground.universes or 0, "percent", language)
        said.append(
            words["universes" if known else "claim"].format(
                claim=plain(ground.claim, language), verdict=verdict, share=share
            )
        )
    return said


def gain(expected: Expected | None, language: str) -> str:
    """The expected gain in words, first of all whether its sign depends on an assumption."""
    words = WORDS[language]
    if expected is None:
        return words["no gain"]
    numbers = {name: localised(getattr(expected, name), "hundredths", language) for name in ("gain", "low", "high")}
    messages = localised(expected.messages, "", language)
    text = words["small"] if abs(expected.gain) < SMALL else words["gain"].format(**numbers, messages=messages)
    if expected.depends_on:
        return f"{words['depends'].format(what=_meant(expected.depends_on, language))} {text[:1].upper()}{text[1:]}"
    if expected.vanishes_with:
        return words["vanishes"].format(gain=text, what=_meant(expected.vanishes_with, language))
    return text


def _meant(quantities: Sequence[str], language: str) -> str:
    return ", ".join(meant(quantity, language) for quantity in quantities)


def _indicator(each: Advice, evidence: Evidence, language: str) -> dict[str, str] | None:
    """The parts of the sentence about the indicator; None if its value today is not known."""
    own = each.rule["indicator"] or {}
    name = own.get("finding")
    if name not in evidence.findings or name not in INDICATORS:
        return None
    english, indonesian, kind = INDICATORS[name]
    value = evidence.findings.get(f"{name}_lately", evidence.findings[name])
    changes = each.expected.changes.get(name, (0.0, 0.0)) if each.expected else (0.0, 0.0)
    today, low, high = (_counted(value + change, kind, language) for change in (0.0, *changes))
    words, aim = WORDS[language], "one" if low == high else "range"
    if low == high == today:
        aim = own["better"]
    elif changes[0] <= 0 <= changes[1] or today in (low, high):
        aim = "unclear"
    return {
        "what": english if language == "en" else indonesian,
        "today": "" if kind == UNCOUNTED else today,
        "target": words[aim].format(low=low, high=high, aim=words[own["better"]]),
    }


def _counted(value: float, kind: str, language: str) -> str:
    """A number to watch: a share in percent, at most 100; a count as a whole number."""
    if kind == SHARE:
        return localised(min(max(value, 0.0), 1.0), "percent", language)
    return localised(max(float(round(value)) if kind == COUNT else value, 0.0), "", language)


def indicator(each: Advice, evidence: Evidence, language: str) -> str:
    """The number to watch, its value today and the target; a hyphen if it is not known."""
    parts = _indicator(each, evidence, language)
    if parts is None:
        return "–"
    return WORDS[language]["indicator" if parts["today"] else "uncounted"].format(**parts)


def action(
    each: Advice, evidence: Evidence, names: Mapping[str, str], language: str, *, in_full: bool = False
) -> str:  # fmt: skip
    """A concrete action: who, when, in which group, and the number to watch; in full also its gain and cost."""
    does = sentence(each.rule[language]["action"], names, language)
    if in_full and each.expected is not None:
        brings = gain(each.expected, language).rstrip(".")
        does = WORDS[language]["brings"].format(action=does, gain=brings, cost=each.rule[language]["cost"])
    parts = _indicator(each, evidence, language)
    if parts is None:
        return does
    if not parts["today"]:
        return WORDS[language]["watched uncounted"].format(action=does, **parts)
    return WORDS[language]["watched"].format(action=does, **parts)
