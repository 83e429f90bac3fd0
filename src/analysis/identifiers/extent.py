"""The full extent of a name or number that was found: its title, initials and degrees, or its leading letters."""

from __future__ import annotations

import re
from functools import cache

from analysis.identifiers import addresses, legible, lexicon, patterns, structured, titles
from analysis.identifiers.members import REST
from analysis.identifiers.spans import Span

_SHORTENED = re.compile(
    r"(?<![^\W_])(?:m|moh|moch|muh|mohd|ach|abd|ab|a|h|hj|st|fx|fr|ign|yoh|rr|r|rd|ahm|nr|kh|drs|dra|ir|dr)[.][ ]?$"
)
_GOES_ON = re.compile(r"[.]?(?: (?P<word>[A-Z][a-z'’]+)(?![\w'’]))")
_OWNED = re.compile(r"(?<![^\W_])(?:an|a[./]n[.]?|atas nama|keluarga|kel[.])[ :]{1,2}$")
_HAMZA = re.compile(r"(?<=[aiu])['’`](?![^\W_])")  # with which a name may end: Choirun Nisa'
_QUOTES = ("'", "’", "`", "‘")
_HARI = re.compile(r"(?<![^\W_])(?:Hari|Mat)[ ]$")  # words too: Hari Cahyono, Mat Hosen
_ARTICLE = re.compile(  # Salsabila Az-Zahra, Lukman Hakim Al Amin
    r"(?:(?<= [A-Z][a-z])| [A-Z][a-z])-[A-Z][a-z'’]+| (?:Al|El|Az|As|Ar|An|At|Ad)[ -][A-Z][a-z'’]{2,}"
)
_STOP = re.compile(r"(?<= [A-Z])[.](?![^\W\d_])")
_INITIAL = re.compile(r" [A-Z](?:[.](?!\d)|(?![\w'’.])(?! ?\d(?!\d{0,2}[.]\d{3}|\d{6})))")  # Tutik S 150.000
_INITIAL_OF_MEMBER = re.compile(  # S, M, L and X before a word are sizes
    r" [A-Z](?:[.](?!\d)(?=[ ,)\n]|$)|(?=[ ]*(?:[,)\n]|$)))|(?<=[a-z]) [A-KN-RT-WY](?= (?:[a-z]|\d{2,3}[.]\d{3}))"
)
_INITIAL_IN_SMALL_LETTERS = re.compile(r" [a-z](?:[.](?!\d)|(?![\w'’.])(?! ?\d))")  # an neneng r
_NO_INITIALS = frozenset("yYng")  # short for ya, dan, gak
_HELD = re.compile(r"(?<![^\W_])(?:an|a[./]n[.]?|atas nama)[ :]{1,2}$")
_CAPITAL_WORD = re.compile(r" (?P<word>[A-Z]{3,})(?![\w'’])")
_CAPITAL_WORD_BEFORE = re.compile(r"(?<![\w'’])(?P<word>[A-Z]{3,}) $")
_DEGREE = (
    r"(?:(?:S|M|A|Ph|Sp|Ns)(?:[.] ?[A-Z][A-Za-z]{0,3}){1,3}[.]?"
    r"|(?:SE|SH|ST|MM|MT|MH|MBA|MSi|MPd|SPd|SPdI|SKom|SSos|A[Mm]d|Lc|Ns|Apt)\b[.]?)"
)
_DEGREES = re.compile(rf"(?:, ?| ){_DEGREE}(?:, ?{_DEGREE})*")
_LETTERS = {  # with which a number begins: IDC0093817265, KSM-00417; BCA before an account is none of it
    "ORDER": re.compile(
        r"(?<![\w-])(?:[A-Za-z]{1,5}-?|(?!(?:AWB|BCA|BNI|BRI|BSI|BON|DHL|DO|EMS|FK|FKT|ID|INV|JNE|JNT|JTR|KAI|LP|NO|NOTA|PO|POS|RESI|SO|SPX|TIKI|UPS)\b)"
        r"[A-Z]{2,5}(?:[/-][A-Z]{2,5})? |SPX[ -]ID )$"  # SRV 00912-26; a carrier and the paper's word are none of it
    ),
    "ACCOUNT": re.compile(r"(?<![\w-])[A-Za-z]{2,5}-$"),
    "PIN": re.compile(  # TR-55 01 93, KRS 06 29; what it is of is none of it
        r"(?<![\w-])(?:[A-Z]{1,3}-|(?!(?:ATM|BCA|BNI|BRI|BSI|CVC|CVV|HP|KODE|KWH|OTP|PIN|PLN|SMS|VA|WA)\b)[A-Z]{2,4} )$"
    ),
    "SIM": re.compile(r"(?<![\w-])(?:[A-D][1I]{0,2}-?|[A-Z]{2,4}-)$"),  # B1-340219880077
    "PASSPORT": re.compile(r"(?<![\w-])[A-Z] $"),  # C 8836041
}
_COUNTED = rf"(?:{legible.COUNTED}|{legible.ONE}|sewu|seribu|ewu|ribu|satus|seratus|n?gatus|atus|ratus)"
_DAY_IN_WORDS = re.compile(
    rf"(?<![^\W_])(?:(?:kaping|tanggal|tgl) )?(?:{legible.COUNTED}|{legible.ONE}) $|(?<![^\W_])kaping $"
)
_DAY = "(?:sen[ei]n|se?las[ao]|rabu|rebo|k[ae]mis|jum['’]?at|jemuw?ah|sabtu|setu|minggu|n?gahad|ahad|akad)"
_WETON = re.compile(  # the day of Java's week, and the particle of a date: Rebo Wage kaping 3; legi and manis are words
    rf"(?<![^\W_])(?:(?:{_DAY} (?:legi|manis)|(?:{_DAY} )?(?:pahing|paing|pon|wage|kliwon))[ ,]{{1,2}}(?:kaping )?"
    "|kaping )$"
)
_SOUTH = re.compile(r"(?<![a-z])(?:minus|min|negatif) $")
_ENDINGS = {  # with which what was found goes on
    "PLATE": re.compile(r"(?: [A-Z]){1,2}(?![\w'’])(?! \d)"),  # told sign by sign
    "EMAIL": re.compile(r",(?:com|co\.id|net|org|id)(?!\w)"),
    "MAP": re.compile(r"(?<=/) ?\n?(?=\w*\d)[A-Za-z0-9]{12,}(?!\w)|(?<=/) ?[A-Za-z0-9]{12,}(?!\w)| ?/ ?\?q=\S+"),
    "BIRTHDATE": re.compile(rf" (?:(?:tahun|taun|thn) )?{_COUNTED}(?: {_COUNTED})*(?![^\W_])"),
}
_SIGN = re.compile(r"@ ?$|(?<![^\W_])at $")  # @ kebaya.sri, at kebaya.sri
_UNDERSCORES = re.compile("_*")
_OF_BANK = re.compile(r"(?<![\w.,/-])\d{4,6}[ -]$")  # of a virtual account, before a telephone number
_LETTER_DIGITS = re.compile(r"[oilsb]\d{0,3}(?![^\W_])")
_GROUPS = re.compile(  # with which an order's number goes on behind a blank: 8841 02277
    r"(?<=\d)(?: (?!0?8[1-9]|62)\d{4,8}){1,3}"
    r"(?![\w/]|[.,:-]\d| ?(?:rb|ribu|pcs|kg|gr|ml|biji|lembar|box|jt|juta|meter|orang)\b)"
)
_LAST_GROUP = re.compile(  # 7719 2283 1A; BRS.0419.26.K; and letters told one by one
    r"(?<=[ ]\d{4}) \d{1,2}[A-Z](?![\w/-])|[.-][A-Z]{1,3}(?![\w/-])|(?: [A-Z]){2,4}(?![\w'’])"
)
_INITIALS = re.compile(r"(?<![\w.'’])(?!A[.][ ]?N[.]|[CU][.][ ]?P[.])(?:[A-Z][.][ ]?){1,3}$")  # A.N.: in the name of
_BALINESE = re.compile(
    r"(?<![^\W_])(?:i|ni) (?=(?:gusti|dewa|gde|gede|made|wayan|nyoman|nengah|ketut|kadek|komang|putu|luh)\b)"
)
_ACADEMIC = re.compile(r"(?<![^\W_])(?:Prof|Drs?|Dra|Ir|Mrs?|Ms|Ns|[Dd]r[hg]|[Dd]okter|[Nn]otaris)[. ]{1,2}$")
_FAMILY = re.compile(  # words or titles elsewhere: Kristina Tan, Bintang Ramadhan
    r"(?<=[a-z]) (?:Tan|Lim|Liem|Oei|Oey|Kwee|Tjan|Ong|Wong|Tio|Tjoa|Njoo|Sie|Khoe|Thio|Ang|Lie|Ramadhani?)"
    r"(?![\w'’])(?! [A-Z])"
)
_LINKED = re.compile(r" (?:bin|binti|alias|van(?: de[nr]?)?|von|boru|br[.])(?: [A-Z][\w'’]*[.]?){1,4}")


def _with_neighbours(low: str, text: str, start: int, end: int, ends: frozenset[int]) -> tuple[int, int]:
    """Where a name begins and ends with the words with a capital letter next to it that are no words of the language:
    `Tsania Maharani`; with the next of a name cut short (`Moch. Sokhib`), and of one to whom an account or a card
    belongs (`an Fajri Ramadhan`). ends: as of widened."""
    while more := addresses.CAPITALISED_BEFORE.search(text, max(0, start - 20), start):
        if more.end("word") in ends or not _is_unknown(low[slice(*more.span("word"))]):
            break
        start = more.start()
    owned = _OWNED.search(low, max(0, start - 12), start) is not None
    while more := _GOES_ON.match(text, end):
        word = low[slice(*more.span("word"))]
        last = low[start:end].rpartition(" ")[2]
        if not (last in titles.SHORT_OF or (owned and more.group()[0] != "." and word in lexicon.names())):
            break
        end = more.end()
    return start, end


def _is_unknown(word: str) -> bool:
    """Whether a word with a capital letter is neither of the language nor a place."""
    if word in lexicon.villages() or word in patterns.towns() or word in titles.no_names():
        return False
    return not lexicon.ordinary(word, prefixes=False)


@cache
def _office_before() -> re.Pattern[str]:
    """A title and an office just before a name: `Ibu Lurah`."""
    title, offices = (patterns.alternation(patterns.words_before()[key]) for key in ("title", "offices"))
    return re.compile(rf"(?<![^\W_])(?:{title}) (?:{offices}) $")


@cache
def _regional_title() -> re.Pattern[str]:
    """A title of a region just before a name with a capital letter: in any letters, or, where it is a word as well,
    with a capital one."""
    before = patterns.words_before()
    capital = map(str.capitalize, (*before["doubtful"], *before["titles_with_a_capital"]))
    doubtful = patterns.alternation([*capital, "Ki", "A"])
    regional = rf"(?i:{patterns.alternation(before['regional'])})|(?:{doubtful})"
    return re.compile(rf"(?<![^\W_])(?:{regional})(?: (?:Haji|Hajah|haji|hajah|Hj?[.]))? $")


def _between(low: str, text: str, start: int) -> int:
    """Where a name begins whose first word, no name elsewhere, is between a title and the rest: `Ny. Cucu Cahyati`."""
    before = addresses.CAPITALISED_BEFORE.search(text, max(0, start - 20), start)
    if before is None or low[slice(*before.span("word"))] in titles.no_names():
        return start
    return before.start() if titles.before(low, before.start())[1] else start


def _in_capitals(low: str, text: str, start: int, end: int) -> tuple[int, int]:
    """Where a name in capital letters begins and ends with the other names of the run: `DEWI ANGGRAENI KUSUMA`."""
    if not text[start:end].isupper() or end - start < 3:
        return start, end
    for _ in range(3):
        match = _CAPITAL_WORD.match(text, end)
        if match is None or not _may_be_family_name(low[slice(*match.span("word"))], text.isupper()):
            break
        end = match.end()
    while match := _CAPITAL_WORD_BEFORE.search(text, max(0, start - 20), start):
        word = low[slice(*match.span("word"))]
        if word not in patterns.words_before()["begins"] and not lexicon.name(word):
            break
        start = match.start()
    return start, end


def _may_be_family_name(word: str, shouted: bool) -> bool:
    """Whether a word in capital letters behind a name goes on with it; shouted: everything is in capital letters."""
    if word in titles.no_names():
        return False
    return lexicon.name(word) or not lexicon.ordinary(word, prefixes=shouted)


def _with_initial(low: str, text: str, start: int, end: int, instead: str) -> tuple[int, int]:
    """Where a name ends with an initial: a member's where it ends a phrase or has its full stop, any in small letters
    behind `an`."""
    initial = _INITIAL_OF_MEMBER.match(text, end) if instead != "[NAME]" or text[start:end].isupper() else None
    if initial is None and _HELD.search(low, max(0, start - 12), start):
        initial = _INITIAL_IN_SMALL_LETTERS.match(low, end)
    if initial is None and text[start:end].isupper():
        initial = _INITIAL.match(text, end)
    return start, initial.end() if initial and initial.group().strip() not in _NO_INITIALS else end


def widened(low: str, text: str, span: Span, ends: frozenset[int]) -> Span:
    """An address with all that belongs to it, a number with the letters that it begins with, a name with
    its title, what is shortened before it (`Abd. Ghofur`, `E. Sulastri`, `I Wayan`) and what goes on after it: the rest
    behind an apostrophe, an initial of a name on no list, a degree. ends: where spans end, into which it does not go.
    """
    start, end, kind, instead = span
    if kind == "ADDRESS":
        return addresses.with_segments(low, text, (*addresses.whole(low, text, start, end), kind, instead))
    if kind == "PIN" and (text[end : end + 1] == "#" or (text[end : end + 1] == "*" and "*" not in text[:start])):
        return start - (text[start - 1 : start] == "*"), end + 1, kind, instead
    if kind == "PHONE":
        return _whole_number(low, span)
    if kind == "COORDINATES":
        south = _SOUTH.search(low, max(0, start - 9), start)
        return south.start() if south else start, end + (text[end : end + 1] in ("°", "º")), kind, instead
    if kind == "HANDLE":
        sign = _SIGN.search(low, max(0, start - 3), start)
        return sign.start() if sign else start, _UNDERSCORES.match(text, end).end(), kind, instead  # type: ignore[union-attr]
    if kind in _ENDINGS:
        day = _DAY_IN_WORDS.search(low, max(0, start - 24), start) if text[start].isalpha() else None
        start = day.start() if day and kind == "BIRTHDATE" else start
        weton = _WETON.search(low, max(0, start - 30), start) if kind == "BIRTHDATE" else None
        start = weton.start() if weton else start
        rest = _ENDINGS[kind].match(text, end)
        return start, rest.end() if rest else end, kind, instead
    if kind in _LETTERS:
        letters = _LETTERS[kind].search(text, max(0, start - 12), start)
        groups = _GROUPS.match(low, end) or _LAST_GROUP.match(text, end) if kind == "ORDER" else None
        start = letters.start() if letters else start
        return start - text[:start].endswith("#"), groups.end() if groups else end, kind, instead
    if kind != "NAME":
        return span
    start, end = _with_initial(low, text, *_whole_name(low, text, span, ends), instead)
    return (start - 1, end, kind, f"@{instead}") if text[start - 1 : start] == "@" else (start, end, kind, instead)


def _whole_number(low: str, span: Span) -> Span:
    """A telephone number with the letters at its end that stand for digits (`0819 1367 244o`), or the number of an
    account that holds it: `39358 0877 0041 2296`."""
    start, end, kind, instead = span
    if letters := _LETTER_DIGITS.match(low, end):
        end = letters.end()
    bank = _OF_BANK.search(low, max(0, start - 8), start)
    if bank and low[start].isdigit() and (bank.group()[-1] == "-" or structured.OF_ACCOUNT.search(low[:start])):
        return bank.start(), end, "ACCOUNT", "[ACCOUNT]"
    return start, end, kind, instead


def _whole_name(low: str, text: str, span: Span, ends: frozenset[int]) -> tuple[int, int]:
    """Where a name begins and ends with its title and what belongs to it. ends: as of widened."""
    start, end, _, instead = span
    while (short := _SHORTENED.search(low, max(0, start - 8), start)) is not None:
        start = short.start()
    if initials := _INITIALS.search(text, max(0, start - 9), start):
        start = initials.start()
    if text[start].isupper() and (regional := _regional_title().search(text, max(0, start - 24), start)):
        start = regional.start()
    if instead != "[NAME]":
        return start, degrees.end() if (degrees := _DEGREES.match(text, end)) else end
    if (particle := _BALINESE.search(low, max(0, start - 3), start + 8)) and particle.end() == start:
        start = particle.start()
    start, end = _in_capitals(low, text, start, end)
    start = titles.before(low, _between(low, text, start))[0]
    if office := _office_before().search(low, max(0, start - 24), start):
        start = office.start()
    if academic := _ACADEMIC.search(text, max(0, start - 8), start):
        start = academic.start()
    if (day := _HARI.search(text, max(0, start - 6), start)) and not low.startswith("kartini", start):
        start = titles.before(low, day.start())[0]
    start, end = _with_neighbours(low, text, start, end, ends)
    for pattern in (_ARTICLE, _FAMILY, REST, _STOP, _INITIAL, _DEGREES, _LINKED):
        end = rest.end() if (rest := pattern.match(text, end)) else end
    end += text[start - 1 : start] not in _QUOTES and _HAMZA.match(text, end) is not None
    return start, end
