"""Find numbers in prose that are not in plain digits: English and Indonesian words, fractions, Roman numerals.

Also finds letters that are not what they look like, with which a number could be hidden from the checks.

A word is a number here where it counts or shares something that the study could have computed: a noun of data follows
(`seven members`), it is a share (`a third of`, `most of`, `nine in ten`), or it is above twelve. `Two tests must agree`
has none.
"""

from __future__ import annotations

import html
import re
import unicodedata
from collections.abc import Iterator

_SMALL = {
    "en": "two three four five six seven eight nine ten eleven twelve twice thrice",
    "id": "dua tiga empat lima enam tujuh delapan sembilan sepuluh sebelas",
}
_LARGE = {
    "en": """thirteen fourteen fifteen sixteen seventeen eighteen nineteen twenty thirty forty fifty sixty seventy
        eighty ninety hundred hundreds thousand thousands million millions dozen dozens score""",
    "id": "belas puluh puluhan ratus seratus ratusan ribu seribu ribuan juta sejuta lusin selusin",
}
_SHARES = {
    "en": """half halves third thirds quarter quarters fifth fifths sixth sixths seventh eighth ninth tenth tenths
        hundredth percent percentage majority minority most""",
    "id": "setengah separuh separo separoh sepertiga seperempat seperlima sepersepuluh persen mayoritas kebanyakan",
}
_NOUNS = {
    "en": """members? messages? people|persons?|participants? interviews?|interviewees? utterances? turns? codings?
        coders? partnerships?|partners? pairs?|dyads? ties? replies|reply|answers? chats?|groups?|channels?
        conversations?|threads? months?|weeks?|days?|hours?|years? shares? sharers? themes? enterprises?|businesses
        traders?|sellers? posts? senders? annotators? quotations? communities universes? draws? stalls? customers?
        percent|%""",
    "id": """anggota|orang pesan wawancara peserta|responden kemitraan|mitra pasang|pasangan balasan grup|percakapan
        bulan|minggu|hari|jam|tahun tema usaha|pedagang|penjual komunitas kutipan pelanggan persen|%""",
}
_DIGITS = (
    "nought zero oh one two three four five six seven eight nine",
    "nol satu dua tiga empat lima enam tujuh delapan sembilan",
)
_ROMAN = re.compile(
    r"(?<![\w.])(?=[IVXLCDM]{2})M{0,3}(?:CM|CD|D?C{0,3})(?:XC|XL|L?X{0,3})(?:IX|IV|V?I{0,3})(?![\w'’-])"
)
NAMES = {
    "CC",
    "CI",
    "CD",
    "DC",
    "MC",
    "MD",
    "CV",
    "LC",
    "MM",
    "MI",
    "DI",
    "DL",
    "CL",
    "LI",
    "XX",
}  # of other things, in letters


def _either(*groups: str) -> str:
    return "|".join(word for group in groups for word in group.split())


_STOPS = "and or but that which is are was were on in of to for with by at from as dan atau yang di pada oleh"
_BETWEEN = rf"(?:\s+(?!(?:{_either(_STOPS)})\b)[^\W\d_]+){{0,2}}?\s+"
_OF = r"(?:\s+of(?:\s+(?:the|these|those|all|our|its|their))?|\s+dari)?"
_COUNTED = re.compile(rf"\b(?:{_either(*_SMALL.values())})\b(?={_OF}{_BETWEEN}(?:{_either(*_NOUNS.values())})\b)", re.I)
OF_DATA = re.compile(rf"\d\s*(?:%|(?:{_either(*_NOUNS.values())})\b)", re.I)  # digits that count something
_ABOVE = re.compile(rf"\b(?:{_either(*_LARGE.values())})\b", re.I)
_SHARED = re.compile(
    rf"\b(?:(?:a|an|one|two|three|four|nearly|about|almost|over)[\s-]+)?(?<!the\s)(?<!at\s)(?:{_either(_SHARES['en'])})\b"
    rf"(?=\s+(?:of|the)\b|{_BETWEEN}?(?:{_either(_NOUNS['en'])})\b)"
    rf"|\bper\s+cent\b|\b(?:{_either(_SHARES['id'])})\b|\bsebagian\s+(?:besar|kecil)\b",
    re.I,
)
_RATIO = re.compile(
    rf"\b(?:one|{_either(*_SMALL.values())}|satu)\s+(?:in|out\s+of|of|dari)\s+(?:every\s+|setiap\s+)?"
    rf"(?:the\s+)?(?:{_either(*_SMALL.values(), *_LARGE.values())})\b",
    re.I,
)
_LOOSE = re.compile(
    rf"\b(?:a\s+)?(?:couple|handful)\s+of(?=(?:\s+[^\W\d_]+){{0,2}}\s+(?:{_either(*_NOUNS.values())})\b)"
    rf"|\b(?:{_either(*_SMALL.values(), *_LARGE.values())})-?fold\b|\b(?:point|koma)\s+(?:{_either(*_DIGITS)})\b"
    rf"|(?<![\w.])[ivxlcdm]{{2,}}(?=\s*(?:%|percent|per\s+cent|persen)(?!\w))",
    re.I,
)
_RANKED = "most|least|share|write|post|sell|talk|answer|never"  # `two who code the same passages` does not count data
_THOSE = re.compile(
    rf"\b(?:{_either(*_SMALL.values())})\b(?=\s+(?:who(?:\s+\w+)?\s+(?:{_RANKED})\b|yang\s+(?:paling|ter[a-z]+)\b))",
    re.I,
)
_PATTERNS = (_LOOSE, _RATIO, _SHARED, _COUNTED, _THOSE, _ABOVE, _ROMAN)


def numerals(text: str) -> Iterator[tuple[int, str]]:
    """Position and words of each number that a text writes out, and of each digit that is not a plain one."""
    taken: list[tuple[int, int]] = []
    for pattern in _PATTERNS:
        for match in pattern.finditer(text):
            if (
                match.group() in NAMES
                or not match.group()
                or any(a < match.end() and match.start() < b for a, b in taken)
            ):
                continue
            taken.append(match.span())
            yield match.start(), match.group()
    for at, sign in enumerate(text):
        if not sign.isascii() and not sign.isdecimal() and unicodedata.numeric(sign, None) is not None:
            yield at, sign


# Letters of other alphabets that look like those of ours
_ALIKE = frozenset("аеорсухіјѕһԁԛԝьвнкмтгпАВЕКМНОРСТХІЈЅҮοαιρτυκνγΑΒΕΖΗΙΚΜΝΟΡΤΥΧոսօհ")
_UNSEEN = frozenset("\u034f\u115f\u1160\u17b4\u17b5\u3164\uffa0")  # invisible letters and marks
_JOINED = re.compile("[\u200c\u200d](?![a-zA-Z])")  # within emoji, and in scripts that need it


def deceiving(text: str) -> Iterator[tuple[int, str]]:
    """Line of each place in a text whose letters are not what they look like, and what is there: letters of two
    alphabets in a word, or a whole word in another one; invisible characters, or such as reverse the order."""
    for number, line in enumerate(text.split("\n"), 1):
        shown = html.unescape(line)
        for sign in sorted({sign for sign in _JOINED.sub("", shown) if _is_unseen(sign)}):
            yield number, f"it holds an invisible character, U+{ord(sign):04X} {unicodedata.name(sign, '')}".rstrip()
        for word in ("".join(filter(str.isalpha, each)) for each in re.findall(r"[^\W\d_]{2,}", shown)):
            if not word.isascii() and (_mixed(word) or _ALIKE.issuperset(word)):
                yield number, f"the word {word} has letters of another alphabet than they look"


def _is_unseen(sign: str) -> bool:
    return sign in _UNSEEN or (unicodedata.category(sign) == "Cf")


def _mixed(word: str) -> bool:
    """Whether a word has letters of more than one alphabet, or variants of plain ones: ｆｉｖｅ, 𝐟𝐢𝐯𝐞."""
    if any(not sign.isascii() and unicodedata.normalize("NFKC", sign).isascii() for sign in word):
        return True
    return len({unicodedata.name(sign, "").split()[0] for sign in word if unicodedata.category(sign) != "Lm"}) > 1
