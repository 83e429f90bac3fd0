"""Disguised writing made legible: look-alike letters, zero-width characters, spelled-out names and numbers."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Iterator
from itertools import chain, takewhile
from typing import NamedTuple

# Letters of other scripts that look like Latin ones, as small letters, and dashes (a selection of Unicode's
# confusables, UTS 39): Cyrillic and Greek; Cherokee; Latin iota, Armenian, Coptic, Lisu.
LOOK_ALIKES = dict(
    zip(
        "аеорсухіјѕһԁԛԝкмтвнгпАВЕКМНОРСТУХІЈЅѵѡүҝғӏԍєαβεικνορτυχγηΑΒΕΖΗΙΚΜΝΟΡΤΥΧϲϳℓσς"
        "ᎠᎡᎢᎥᎩᎪᎫᎬᎳᎷᎻᎽᏀᏂᏃᏎᏏᏒᏔᏕᏙᏚᏞᏟᏢᏦᏴ"
        "ɩօսհոցյⲟⲥⲣⲁⲓⲕⲙⲛⲧⲭꓮꓐꓚꓓꓰꓝꓖꓧꓲꓙꓗꓡꓟꓠꓳꓑꓣꓢꓔꓴꓦꓪꓫꓬꓜ"
        "\u2010\u2011\u2012\u2212",
        "aeopcyxijshdqwkmtbhrnabekmhopctyxijsvwykflgeabeiknoptuxynabezhikmnoptyxcjlss"
        "drtiyajewmhyghz4brwsvslcpkb"
        "iouhngjocpaikmntxabcdefghijklmnoprstuvwxyz"
        "----",
        strict=True,
    )
)
# Latin letters by the names that Unicode gives them: ʀ, ø, 🅰
_NAMED = re.compile(
    r"(?:LATIN (?:LETTER SMALL CAPITAL|SMALL LETTER|CAPITAL LETTER) (?:DOTLESS |OPEN |SCRIPT )?"
    r"|NEGATIVE (?:CIRCLED|SQUARED) LATIN CAPITAL LETTER |REGIONAL INDICATOR SYMBOL LETTER )(?P<it>[A-Z])(?: WITH .*)?"
)

FEW_DIGITS = 4  # in a number that is written apart
MANY_ALONE = 8  # digits that stand alone in a number some of whose digits do not
LONG = 10  # digits of a number between whose groups any sign may stand
SURE = 6  # digits and number words in a number, besides look-alikes

# Characters without width, and lines drawn under or through letters
_WITHOUT_WIDTH = re.compile(
    "[\u00ad\u0332\u0333\u0335-\u0338\u034f\u035f\u061c\u115f\u1160\u180e\u200b-\u200f\u202a-\u202e\u2060-\u206f"
    "\u20d0-\u20f0\ufeff]|\ufe0f(?=\u20e3)"  # the last: 0️⃣
)
_SPELLED = re.compile(
    r"(?<![^\W_])[^\W\d_](?:(?P<gap>[ ]?[.\-_*·|/][ ]?|[ ]{1,2})[^\W\d_])(?:(?P=gap)[^\W\d_]){1,14}(?![^\W_])"
)

_DIGITS_IN_A_WORD = re.compile(r"(?<![\w.,/-])(?=[^\W\d_]+\d)[^\W_]{4,14}(?![\w/-])")
_AS_LETTERS = str.maketrans("013457", "oieast")

_DIGITS = {
    "nol": "0", "kosong": "0", "zero": "0", "satu": "1", "siji": "1", "one": "1", "dua": "2", "loro": "2", "two": "2",
    "tiga": "3", "telu": "3", "three": "3", "empat": "4", "papat": "4", "four": "4", "lima": "5", "limo": "5",
    "five": "5", "enam": "6", "enem": "6", "nem": "6", "six": "6", "tujuh": "7", "pitu": "7", "seven": "7",
    "delapan": "8", "lapan": "8", "wolu": "8", "eight": "8", "sembilan": "9", "songo": "9", "sanga": "9", "nine": "9",
    # Palembang, Minangkabau, Banjar and Sunda; Java's polite words; Madura
    "sikok": "1", "ciek": "1", "hiji": "1", "duo": "2", "tigo": "3", "talu": "3", "tilu": "3", "ampek": "4",
    "ampat": "4", "opat": "4", "anam": "6", "genep": "6", "tujuah": "7", "salapan": "8", "dalapan": "8", "walu": "8",
    "sambilan": "9", "asa": "1", "setunggal": "1", "sawiji": "1", "kalih": "2", "sekawan": "4", "gangsal": "5",
    "settong": "1", "sèttong": "1", "duwa": "2", "tello": "3", "tello'": "3", "empa": "4", "empa'": "4", "lema": "5",
    "lema'": "5", "ennem": "6", "petto": "7", "petto'": "7", "ballu": "8", "ballu'": "8", "sanga'": "9",
    "duwa'": "2", "dhuwa": "2", "dhuwa'": "2", "dhua": "2", "dhua'": "2", "pettu": "7",
    "pettu'": "7", "ennem'": "6", "bellu'": "8",
    "sekeq": "1", "pituq": "7", "baluq": "8", "siwaq": "9",  # Lombok
    "due": "2", "tige": "3", "lime": "5", "tuju": "7",  # Jakarta, and Lombok
    "sittong": "1", "sittung": "1", "setong": "1", "due'": "2", "telo'": "3", "tellok": "3", "empak": "4",
    "enneng": "6", "pettok": "7", "pitto'": "7", "balluk": "8", "sangak": "9",  # of Madura as others hear it, and Bugis
    "enol": "0", "nul": "0", "satunggal": "1", "sakawan": "4", "nenem": "6",  # Sunda, Java
    "besik": "1", "dadua": "2", "kutus": "8",  # Bali
    "sada": "1", "tolu": "3", "onom": "6", "ualu": "8",  # Toba
    "seddi": "1", "tellu": "3", "eppa": "4", "arua": "8", "asera": "9",  # Bugis
    "rua": "2", "tallu": "3", "appa": "4", "appa'": "4", "annang": "6", "sangantuju": "8", "salapang": "9",  # Makassar
    "lhee": "3", "peuet": "4", "limong": "5", "tujoh": "7", "sikureueng": "9",  # Aceh
}  # fmt: skip
_DIGITS |= {
    word.replace(letter, shape): digit
    for word, digit in _DIGITS.items()
    for letter, shape in zip("aeio", "4310", strict=True)
}
_TENS = {  # of Indonesian and Javanese, in one word
    "sepuluh": "10", "sepuloh": "10", "sapuluh": "10", "sedasa": "10", "sebelas": "11", "sewelas": "11",
    "sawelas": "11", "rolas": "12", "telulas": "13", "patbelas": "14", "limolas": "15", "limalas": "15",
    "nembelas": "16", "pitulas": "17", "wolulas": "18", "songolas": "19", "sangalas": "19", "selikur": "21",
    "rolikur": "22", "telulikur": "23", "patlikur": "24", "selawe": "25", "nemlikur": "26", "pitulikur": "27",
    "wolulikur": "28", "songolikur": "29", "seket": "50", "suwidak": "60", "sewidak": "60",
}  # fmt: skip
_BEFORE_TENS = {"rong": "2", "telung": "3", "patang": "4", "limang": "5", "pitung": "7", "wolung": "8", "sangang": "9"}
_ADDED = {word: int(value) for word, value in (_DIGITS | _TENS | _BEFORE_TENS).items()}
_ADDED |= {"belas": 10, "welas": 10, "likur": 20}
_HUNDREDS = ("atus", "gatus", "ngatus", "ratus", "satus", "seratus")
_ENDINGS = ("puluh", "puloh", "belas", "welas", "likur", *_HUNDREDS)
_SHAPES = str.maketrans("oqlizsgbea", "0011259834")
ONE = "|".join(sorted(_DIGITS, key=len, reverse=True))
_UNIT = rf"(?:{ONE}|[\doqlizsgbea])"
_RUN = re.compile(rf"(?<![^\W_])(?<!@)(?:\+[ ]?)?{_UNIT}(?:[ .()/_*~-]{{0,3}}(?:{_UNIT})){{8,20}}(?![^\W_])")
_WORDS = re.compile(r"[^ .()/_*~+-]+")
_DIGIT = re.compile(r"\d")
_BELOW_100 = (  # dua puluh tiga, tujuh belas, seket telu
    rf"(?:(?:{ONE}|{'|'.join(_BEFORE_TENS)})[ ]?(?:pul[uo]h|likur)(?:[ ](?:{ONE}))?|(?:{ONE})[ ]?(?:belas|welas)"
    rf"|(?:{'|'.join(_TENS)})(?:[ ](?:{ONE}))?)"
)
_HUNDRED = rf"(?:(?:{'|'.join(_BEFORE_TENS)}|{ONE})[ ]?(?:n?gatus|atus|ratus)|satus|seratus)"
COUNTED = rf"(?:{_HUNDRED}(?:[ ](?:{_BELOW_100}|{ONE}))?|{_BELOW_100})"  # a number from 10 to 999 in words
_NUMBER = re.compile(rf"(?<![^\W\d_])(?:{COUNTED}|{ONE})(?![^\W\d_])|\d+")
_LETTERS = {  # of the alphabet, as they are said
    "be": "b", "ce": "c", "de": "d", "ef": "f", "ge": "g", "ha": "h", "je": "j", "ka": "k", "el": "l", "em": "m",
    "en": "n", "pe": "p", "ki": "q", "er": "r", "es": "s", "te": "t", "fe": "v", "ve": "v", "we": "w", "eks": "x",
    "ye": "y", "zet": "z",
}  # fmt: skip
_LETTER = "|".join(_LETTERS)
_SAID = re.compile(  # es wolu loro limo papat ha fe; er te siji
    rf"(?<![^\W_])(?P<before>(?:(?:{_LETTER}),?[ ]){{1,3}})(?:strip[ ])?(?=(?:{ONE})(?![^\W_])|\d)"
    rf"|(?<![^\W_])(?<=[a-z\d][ ])(?P<behind>(?:{_LETTER})(?:[ ](?:{_LETTER})){{1,2}})(?![^\W_])"
)
_NUMBERED = re.compile(  # what a house or a lane is called by: nomer telulas, RT kosong tujuh, gang loro
    rf"(?<![^\W_])(?:no|nomor|nomer|nomere|nmr|rt|rw|erte|erwe|gang|gg|blok|jaga|lingkungan|kamar|lantai|km)[. ]{{1,2}}"
    rf"(?P<it>(?:{COUNTED}|(?:{ONE})(?:[ ](?:{ONE})){{0,2}}))(?![^\W_])"
)
_TOLD = re.compile(rf"(?<![^\W_])(?:{ONE})(?:[ ,.-]{{1,3}}(?:{ONE})){{6}}(?![^\W_])")
_WORDS_OF_LETTERS = re.compile("[a-z]+")
_AFTER_DIGITS = re.compile(rf"(?<![^\W_])(?:{ONE}|\d+)[ ]$")
_BETWEEN_NUMBERS = (
    r"(?:(?<=\d)(?=[a-z])|(?<=[a-z])(?=\d)"
    r"|[ ]?(?:[ .,:/_*~|·•‧∙–—-]|[ -]?\n|[ ](?:strip|titik|dot|min|spasi|koma)[ ]){1,2}[ ]?)"
)
_APART = re.compile(rf"(?<![\w.,])(?:{_NUMBER.pattern})(?:{_BETWEEN_NUMBERS}(?:{_NUMBER.pattern})){{2,24}}(?!\w)")
_RULED = re.compile(r"\d[_*~|·•‧∙—]\d|(?<![\d/])\d{4}/\d{4}/\d{4,6}(?![\d/])")
_DATED = re.compile(r"(?<!\d)(?:\d{1,2}/\d{1,2}/(?:\d{4}|\d\d)|20\d\d/\d{1,2}/\d{1,2})(?!\d)")
_BRACKETED = re.compile(
    r"""(?P<blank>(?<=\bno\.)[ ]?\n[ ]?(?=\d)|(?<=\bno)[ ]?\n[ ]?(?=\d)
                 |(?<=,)[ ]?\n[ ]?(?=(?:kel|kec|kab|kota|ds|desa|rt)\b))
    |(?<=\w)(?P<told>[ ](?:titik|dot)[ ])(?=(?:com|co|id|net|org|my|me|gl|ly|link|ee|sch|ac|web)(?!\w))
    |[ ]?(?P<at>\[at\]|\(at\)|\{at\}|<at>)[ ]?(?=[a-z0-9-]{2,20}[ ]?(?:\.|\[|\(|[ ]?titik|[ ]?dot))
    |[ ]?(?P<dot>\[\.\]|\(\.\)|\[(?:dot|titik)\]|\((?:dot|titik)\))[ ]?
    |(?<=\w)(?P<slash>[ ]/[ ])(?=\w)
    |(?<![^\W_])(?P<link>hxxp)(?=s?:)""",
    re.VERBOSE,
)
_BLANKS = ("@ ", " . ", " | ", " spasi ", " dash ", " strip ")
_BETWEEN_BLANKS = re.compile(
    r"""(?<=\d)(?P<full>[ ]\.[ ])(?=\d)|(?<=\d)(?P<apart>[ ](?:\||spasi|dash|strip)[ ])(?=\d)
    |(?<=[\w.])(?P<mail>[ ]@[ ])(?=(?:[gy]mail|yahoo|outlook|hotmail)\b|[\w-]+[ ]?\.[ ]?(?:com|co|net|org|sch|ac)\b)
    |(?P<own>(?<![\w.])@[ ])(?=\w[\w-]*[ ]?\.)
    |(?<=\w)(?P<inside>[ ]\.[ ])(?=[a-z])""",
    re.VERBOSE,
)
_SIGNS = {"at": "@", "dot": ".", "told": ".", "slash": "/", "blank": " ", "full": ".", "apart": " ", "mail": "@",
          "own": "@", "inside": ".", "link": "http"}  # fmt: skip
_MAIL_APART = re.compile(  # s a r i @ g m a i l . c o m; ig @ d e p a t i
    r"(?<![^\s:])(?:(?=[^@\n]{3,60}@)\w(?:[ ][\w.@-]){8,60}|@(?:[ ][\w.]){4,40})(?!\S)"
)
_COUNTS = re.compile(rf".*\d.*|(?:{'|'.join(_DIGITS)})+|o")  # a word with a digit, or of number words
_PIECE = re.compile(_UNIT)
_EIGHTS = ("delapan", "lapan", "wolu", "eight")
_FIVE_DIGITS = re.compile(r"(?:\d\D{0,12}){5}")
_MOBILE = re.compile(r"(?:0|62)8[1-9]\d{7,10}")


_FOR_DIGITS = "oOIilzZsSbBоОοΟЗзЧчбБ"  # Latin, Cyrillic and Greek
_LITERS = rf"\d{{1,3}}l(?![\d{_FOR_DIGITS}])"
_TOKEN = rf"(?:(?![zZsSbB]|{_LITERS})[\d{_FOR_DIGITS}]*\d[\d{_FOR_DIGITS}]*|[oO]{{3}})"
_MIXED = re.compile(rf"(?<![\w.,])(?=[\d .-]{{0,40}}[{_FOR_DIGITS}]){_TOKEN}(?:(?:[ .-]|[ ][–-][ ]){_TOKEN})*(?!\w)")
_LETTERS_FOR_DIGITS = str.maketrans(_FOR_DIGITS, "001112255880000334466")
_SOUTH = re.compile(r"[.]\d{4,}[sS]")  # 7.5542S112.4907E
_BETWEEN = re.compile(r"(?<=\d)[ЗзЧчбБ](?=\d)")
ENOUGH = 8  # digits in a number some of whose digits are letters


def look_alike(char: str) -> str:
    """The small Latin letter, digit or dash that a character looks like; the character where it looks like none."""
    if char.isascii() or char in LOOK_ALIKES:
        return LOOK_ALIKES.get(char, char)
    if (digit := unicodedata.digit(char, None)) is not None:
        return str(digit)
    named = _NAMED.fullmatch(unicodedata.name(char, ""))
    return named["it"].lower() if named else char


def without_width(text: str) -> tuple[str, list[int]]:
    """The text without characters that have no width, and the place in the text of each character that is left."""
    places = [place for place in range(len(text)) if not _WITHOUT_WIDTH.match(text, place)]
    return "".join(text[place] for place in places), places


def with_neighbours(text: str, start: int, end: int) -> tuple[int, int]:
    """A stretch of a text with the characters without width before and after it."""
    while start and _WITHOUT_WIDTH.match(text, start - 1):
        start -= 1
    while end < len(text) and _WITHOUT_WIDTH.match(text, end):
        end += 1
    return start, end


def hides(text: str) -> bool:
    """Whether there are characters without width."""
    return not text.isascii() and _WITHOUT_WIDTH.search(text) is not None


def with_digits(text: str) -> str:
    """The text, of the same length, with digits in long numbers for letters that look like them: `351608l4O2l50002`;
    of Cyrillic ones between any two digits."""

    def digits(match: re.Match[str]) -> str:
        written = match.group()
        plain = written.translate(_LETTERS_FOR_DIGITS)
        count = sum(map(str.isdigit, written))
        enough = count >= ENOUGH or _MOBILE.fullmatch("".join(filter(str.isdigit, plain)))
        no_digits = sum(map(written.count, "zZsSbB")) > 2 or _SOUTH.search(written)  # sizes in a row
        return plain if enough and sum(map(str.isalpha, written)) <= count and not no_digits else written

    if not _DIGIT.search(text):
        return text
    return _MIXED.sub(digits, text if text.isascii() else _BETWEEN.sub(_alike, text))


def _alike(letter: re.Match[str]) -> str:
    return letter.group().translate(_LETTERS_FOR_DIGITS)


class Rewritten(NamedTuple):
    """A text in which numbers and addresses stand as a machine would write them. low, text: the new text in small
    letters and as written; starts, ends: where each of its characters begins and ends in the text before; new: whether
    it was rewritten."""

    low: str
    text: str
    starts: list[int]
    ends: list[int]
    new: list[bool]


def rewritten(low: str, text: str) -> Rewritten | None:
    """The text with digits for number words and for digits that stand apart or on several lines, and the signs that
    brackets keep from being links: `nol nol nol satu 4478`, `7 7 1 3 0 0`, `maps[.]app`; None where there is nothing
    of these. low: the text in small letters, of the same length."""
    changes = [*_number_runs(low), *_house_numbers(low), *_signs(low), *_letters_apart(low), *_said_letters(low)]
    if not changes:
        return None
    characters: list[tuple[str, str, int, int, bool]] = []
    place = 0
    for start, end, pieces in sorted(changes, key=lambda change: (change[0], -change[1])):  # the longest first
        if start >= place:
            characters += ((low[k], text[k], k, k + 1, False) for k in range(place, start))
            characters += ((char.lower(), char, first, last, True) for char, first, last in pieces)
            place = end
    characters += ((low[k], text[k], k, k + 1, False) for k in range(place, len(low)))
    new_low, new_text, starts, ends, new = map(list, zip(*characters, strict=True))
    return Rewritten("".join(new_low), "".join(new_text), starts, ends, new)


Change = tuple[int, int, list[tuple[str, int, int]]]  # start, end; what stands there instead, each with its place


def _number_runs(low: str) -> Iterator[Change]:
    """Number words, single digits and digits on several lines that make one number."""
    for match in _APART.finditer(low):
        units = list(_NUMBER.finditer(low, *match.span()))
        digits = [(digit, *unit.span()) for unit in units for digit in _in_digits(unit.group())]
        words = any(not unit.group().isdigit() for unit in units)
        alone = sum(len(unit.group()) == 1 for unit in units)
        single = alone == len(units) or alone >= MANY_ALONE
        mobile = _MOBILE.fullmatch("".join(digit for digit, _, _ in digits)) is not None
        lines = "\n" in match.group() and (mobile or "-\n" in match.group() or all(len(u.group()) > 2 for u in units))
        ruled = len(digits) >= LONG and _RULED.search(match.group()) and not _DATED.search(match.group())
        if len(digits) >= FEW_DIGITS and (words or single or lines or ruled):
            (first, _, end), *rest = digits
            plus = len("plus ") * low[: match.start()].endswith("plus ")
            start = match.start() - plus
            yield start, match.end(), [(first, start, end), *rest[:-1], (rest[-1][0], rest[-1][1], match.end())]


def tells_a_number(low: str) -> bool:
    """Whether a text in small letters has seven number words or more in a row."""
    return _TOLD.search(low) is not None


def _house_numbers(low: str) -> Iterator[Change]:
    """Numbers of houses, lanes and quarters in words."""
    for match in _NUMBERED.finditer(low):
        place = match.span("it")
        yield *place, [(digit, *place) for digit in _in_digits(match["it"])]


def _said_letters(low: str) -> Iterator[Change]:
    """Letters as they are said before or behind digits: `es wolu loro limo papat ha fe`."""
    for match in _SAID.finditer(low) if any(f" {word}" in f" {low}" for word in _LETTERS) else ():
        letters = [_LETTERS[word].upper() for word in _WORDS_OF_LETTERS.findall(match["before"] or match["behind"])]
        digits = match["before"] or _AFTER_DIGITS.search(low, max(0, match.start() - 12), match.start())
        if digits:
            yield *match.span(), [(letter, *match.span()) for letter in (*letters, *" " * bool(match["before"]))]


def _in_digits(written: str) -> str:
    """A number as a machine writes it: given in digits, digit by digit in words, or below 1,000 (`satus siji`)."""
    if written.isdigit():
        return written
    words = [word for whole in written.split() for word in _in_parts(whole)]
    if all(word in _DIGITS for word in words):
        return "".join(_DIGITS[word] for word in words)
    hundreds = value = 0
    for word in words:
        if word in _HUNDREDS:
            hundreds, value = 100 * (value or 1), 0
        elif word in ("puluh", "puloh"):
            value *= 10
        else:
            value += _ADDED[word]
    return str(hundreds + value)


def _in_parts(word: str) -> list[str]:
    """A word for a number, and what makes tens of it: `limabelas`."""
    if word in _ADDED or word in _ENDINGS:
        return [word]
    ends = ((word.removesuffix(ending), ending) for ending in _ENDINGS if word.endswith(ending))
    return next([stem, ending] for stem, ending in ends if stem in _ADDED)


def _letters_apart(low: str) -> Iterator[Change]:
    """Mail addresses written letter by letter."""
    for match in _MAIL_APART.finditer(low) if "@" in low else ():
        yield *match.span(), [(low[k], k, k + 1) for k in range(*match.span()) if low[k] != " "]


def _signs(low: str) -> Iterator[Change]:
    apart = _BETWEEN_BLANKS.finditer(low) if any(blank in low for blank in _BLANKS) else ()
    for match in chain(_BRACKETED.finditer(low), apart):
        sign = _SIGNS[str(match.lastgroup)]
        yield *match.span(), [(char, *match.span()) for char in sign]


def names_with_digits(low: str, is_name: Callable[[str], bool]) -> Iterator[tuple[int, int, str]]:
    """Names with digits for letters that look like them (`s4ri`, `r0hman`): start, end and the name."""
    for match in _DIGITS_IN_A_WORD.finditer(low):
        word = match.group().translate(_AS_LETTERS)
        if (
            match.group()[-1].isalpha()
            and word.isalpha()
            and 2 * sum(map(str.isdigit, match.group())) <= len(word)
            and is_name(word)
        ):
            yield *match.span(), word


def spelled_names(low: str, is_name: Callable[[str], bool]) -> Iterator[tuple[int, int, str]]:
    """Names written letter by letter (`s.i.t.i`, `d i a n`): start, end and the name, in a text in small letters."""
    for match in _SPELLED.finditer(low):
        word = "".join(char for char in match.group() if char.isalpha())
        if is_name(word):
            yield *match.span(), word


def disguised_numbers(low: str) -> Iterator[tuple[int, int]]:
    """Mobile numbers with letters or number words for digits: `o8l2 3390 ll75`, `nol857 tiga tiga dua 1104`."""
    if not (_FIVE_DIGITS.search(low) or any(word in low for word in _EIGHTS)):
        return
    for match in _RUN.finditer(low):
        words = list(_WORDS.finditer(low, *match.span()))
        counting = [k for k, word in enumerate(words) if _COUNTS.fullmatch(word.group())]
        if not counting:
            continue
        words = words[counting[0] : counting[-1] + 1]  # nomer e o856 0123 4567 lagi error
        start, end = words[0].start(), words[-1].end()
        pieces = _PIECE.findall(low, start, end)
        digits = "".join(_DIGITS.get(piece, piece.translate(_SHAPES)) for piece in pieces)
        plain = "".join(takewhile(str.isdigit, pieces))
        if plain == digits or _MOBILE.fullmatch(plain) or not _MOBILE.fullmatch(digits):
            continue
        sure = sum(piece.isdigit() or piece in _DIGITS for piece in pieces)
        if sure >= SURE and all(_COUNTS.fullmatch(word.group()) for word in words):
            yield start - low[:start].endswith("+"), end
