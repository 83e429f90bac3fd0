"""The extent of an address: house, RT and RW, the village and town after it, the estate or lane before it."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from functools import cache
from itertools import pairwise

from analysis.identifiers import lexicon, patterns, titles
from analysis.identifiers.folded import WORD
from analysis.identifiers.spans import Span, opens

CAPITALISED_BEFORE = re.compile(r"(?<![\w'’])(?P<word>[A-Z][a-z]{2,}) $")
_HOUSE = re.compile(
    r"(?:(?<=\d)[.]\d{1,2}(?= no))?(?:(?<=\d)-[a-z]\b)?(?: \d{1,3}(?=[ ,]{1,2}no\b))?"
    r"(?:[ ,]{1,3}(?:(?:lantai|lt)\b[. ]{0,2}\d{1,2}\b"
    r"|unit\b[. ]{0,2}(?=[a-z]*\d)[a-z0-9]{1,5}(?:-\d{1,3})?\b"
    r"|(?:no|nomor|nomer)\b[. ]{0,2}\d{1,4}[a-z]?\b(?:/\d{1,4}[a-z]?\b)?"
    r"|(?:(?:omah|rumah) )?(?:nomor|nomer) (?:siji|satu|loro|dua|telu|tiga|p?apat|empat|lim[ao]|enem|enam|pitu|tujuh"
    r"|wolu|delapan|songo|sembilan|se(?:puluh|[wb]elas)|\w{2,8}(?: belas|las|welas)|\w{3,8} puluh(?: \w{3,8})?)\b"
    r"|(?:lingk|lk|lingkungan)\b[. ]{0,2}(?:[ivx]{1,5}|\d{1,2})\b"
    r"|r[tw][ .:]{0,2}\d{1,3}\b(?:[ ]?/[ ]?(?:rw[ .]?)?(?:\d{1,3}|[ivx]{1,4})\b)?)){1,3}"
    r"|(?<=\d)(?: [a-z])?[ ,]{1,2}(?:no|nomor|nomer)\b[. ]{0,2}\d{1,4}[a-z]?\b(?:[ ,]{1,2}rt[ .:]{0,2}\d{1,3}\b"
    r"(?:[ ,/]{1,3}rw[ .:]{0,2}\d{1,3}\b)?)?"
    r"|(?<=\d) [a-d]\b(?! ?\d)|/\d{1,4}[a-z]?(?!\w)|(?<=\d)-[a-h](?![\w-])"
    r"|(?<=\d) \((?:lantai|lt)\b[. ]{0,2}(?:dasar|\d{1,2})\)"
)
_VILLAGE = re.compile(r"(?<!\w)(?:ds|desa|kel|kelurahan)\b\.? \w+$")
_VILLAGE_GOES_ON = re.compile(r" [A-Z][a-z]+(?=[ ]*(?:,|\n|$))")  # Ds Kepuh Kemiri
# What a written address goes on with: `Porong`; `, Tenggilis Mejoyo, Kec. Waru, Surabaya 60292`; all words or one
_OF = (
    r"(?:(?P<of>(?:[Kk]el|[Kk]ec|[Kk]ab|[Dd]s|[Dd]esa|[Kk]ota|[Kk]ecamatan|[Kk]abupaten|[Kk]elurahan"
    r"|[Kk]alurahan|[Kk]apanewon|[Kk]emantren)\b)\.?[ ]?)?"
)
_PLACES = tuple(
    re.compile(
        rf"(?:[ ]{{0,2}},[ ]?(?P<line>\n)?|[ ](?P<dash>-[ ])?){_OF}(?P<name>[A-Z][a-z]{{2,}}{further})"
        r"(?:[ ][IVX]{1,4})?(?![\w'’])"
    )
    for further in ("(?:[ ][A-Z][a-z]{2,}){0,2}", "")
)
_TOWN_LINE = re.compile(r"[ ]?\n(?P<name>[A-Z][a-z]{2,}(?:[ ][A-Z][a-z]{2,}){0,2})(?=(?:[ ,]{1,2}\d{5})?[ ]?(?:\n|$))")
_CAPITALS = re.compile(r"(?:[ ]{0,2}[, ][ ]?[A-Z]{3,}(?![\w'’])){1,5}")  # LORAM KULON, JATI, KUDUS
_LANE = re.compile(r"(?:gang|gg)\b[^\n]*\d|(?:gang|gg)\b[. ]{1,2}[ivx]+\b|rt[ ./:]{0,2}\d{1,3}[ ,/.-]{1,3}(?:rw)?")
_QUARTER = re.compile(r"(?<![\w'’-])(?:[A-Z][a-z]{2,}[ ]){1,3}(?:\d{1,2}[ ])?,?[ ]?$")  # Bulak Lor 1 Gang Kenari 8
# An address goes on to a house: `Jl. Granit Kumala 4 No. 31`; before a house stands an estate: `Perum Bumi Citra, `
_TO_A_HOUSE = re.compile(
    r"[ ,]{0,3}(?:(?:[A-Z][\w'’.]+|\d{1,3})[ ,]{1,3}){0,4}"
    r"(?:[Nn][Oo](?:m[oe]r)?\b[. ]{0,2}|[Bb]lok |[Kk]av\b[. ]{0,2})(?:[A-Z]{1,2}[ /-]?)?"
    r"\d{1,4}[A-Za-z]?(?:[/-]\d{1,4}[A-Za-z]?)?(?![\w/]|[.,]\d)"
)
_ESTATE = re.compile(
    r"(?<![\w-])(?:Perum|Perumahan|Perumnas|Komplek|Kompleks|Kompl|Ruko|Cluster|Griya|Puri|Graha|Villa|Rusun|Apartemen"
    r"|Kost?|Asrama)\b\.?(?:[ ][A-Z][\w'’-]+){1,5}(?:[ ,]{1,2}(?:kamar|kmr|no)\b\.?[ ]?\w{1,4})?[ ,]{1,3}$"
)
_TAIL = re.compile(r"[ ]?,?[ ](?P<name>[^\W\d_]+(?:[ ][^\W\d_]+){0,3})(?![\w'’])")
_VILLAGE_BEFORE = re.compile(r"(?<![\w'’-])(?P<name>[a-z]{5,}),? $")
# A part of an address behind a comma or on the next line: `Kec. Waru`, `RT 04 RW 02`, `Paniki Bawah`, `Sidoarjo 61252`
_SORT = (
    r"(?:(?i:kel|kelurahan|kec|kecamatan|kab|kabupaten|ds|dsn|desa|disah?|dh?usun|dh?ukuh|dk|kp|kampung|kota|rt|rw|blok"
    r"|gang|gg|lantai|jaga|lingkungan|ps|br|banjar"
    r"|perum|perumahan|komp|komplek|kompleks|prov|provinsi|no|nomor|nomer|(?:rumah|omah) (?:no|nomor|nomer))\b[. ]{0,2}"
    r"(?=[A-Z\d]))"
)
_WORD = r"[A-Z][a-z'’]{2,}(?:-[a-z]{2,})?"
_PART = re.compile(
    rf"[ ]?(?:,[ ]?\n?|\n)[ ]?(?P<it>(?P<sort>{_SORT})?(?:{_WORD}|\d{{1,3}}[a-z]?)"
    rf"(?:[ ](?:{_WORD}|[IVX]{{1,4}}|[Kk][Mm][. ]{{0,2}}\d{{1,2}}\b|\d{{1,3}}\b|{_SORT}(?:{_WORD}|\d{{1,3}}))){{0,4}}"
    r"(?:[ ,]{1,2}\d{5})?)"
    r"(?![^\W_])(?![ ]+[a-z])"
)
_REST_OF_PART = re.compile(rf"(?:-[a-z]{{2,}}(?:[ ]{_WORD})?|(?:[ ]{_WORD}){{1,2}})(?=[ ]?,)")
_LAST = re.compile(  # a town or the side of one before words in small letters: `..., Sleman sebelah laundry`
    r"(?:,[ ](?P<town>[A-Z][a-z]{3,}))?(?:[ ](?:Barat|Timur|Utara|Selatan|Tengah|Kulon|Wetan|Lor|Kidul))?"
    r"(?:(?:,[ ]?|[ ](?=\w{3,5}[ ,]{1,2}\d{5}))(?:DIY|DKI|Jatim|JATIM|Jateng|Jabar|NTB|NTT|Bali)(?:[ ,]{1,2}\d{5})?)?"
    r"(?![\w'’])"
)
_KILOMETRE = re.compile(r" km[. ]{0,2}\d{1,2}(?:[.,]\d)?(?=[ ]?,(?!\d))")  # Kaliurang km 5, Depok
_QUARTERS = re.compile(
    r"(?:(?:^|[\n:—(>,]|[ ](?:di|ke|nang|ning|ndek|neng|orang|alamat|ngontrak|yaiku|yaitu))[ ]*"
    rf"|(?<![^\W_])(?={_SORT}))(?P<it>(?P<sort>{_SORT}|d/a[ ])?(?:{_WORD}[ ,\n]{{1,2}}){{1,3}})$"
)
_LANE_OR_ESTATE = re.compile(r"(?:gang|gg|komp|komplek|kompleks|perum|blok|rt|er te|erte|jl|jalan|lorong)\b")
_SIDES = frozenset(("kulon", "wetan", "lor", "kidul", "utara", "selatan", "barat", "timur", "tengah", "kota", "baru"))
_SIDES_WITH_A_CAPITAL = _SIDES | {"atas", "bawah", "dalam", "luar", "hulu", "hilir", "ulu", "ilir", "udik"}
_SIDE_SHORTENED = re.compile(r"(?:(?<= Sel)|(?<= Bar)|(?<= Tim)|(?<= Pus)|(?<= Ut))[.]")  # Gandaria Sel.
_NEAR = (
    r"[ ,(]{1,3}(?:belakang|mburi|seb[e]?lah|samping|depan|ngarep|seberang|sebrang|masuk|mlebu|dekat|deket|c[eé]dh?ak"
    r"|sanding|jejer|utara|selatan|lor|kidul|wetan|kulon)(?:e|nya|ne|an)?(?![^\W_])"
    r"(?:[^\n.!?;:\d]|(?<=[a-z] )\d{1,2}(?! ?\d)){0,40}"
)
_LANDMARK = re.compile(rf"{_NEAR}[ ,)]{{1,2}}")  # between two parts of an address
_BESIDE = re.compile(rf"{_NEAR}?(?=, )")  # before a town that ends it
_POSTCODE = re.compile(r"[ ,]{1,3}(?!\d\d000)\d{5}(?![\d.,]?\d)")
_DISTRICT = re.compile(r"(?<![a-z])(?:kec|kab|kota|kecamatan|kabupaten)(?![a-z])")
_CLOSED = re.compile(rf"$|[\n,.)]|{_POSTCODE.pattern}")


def whole(low: str, text: str, start: int, end: int) -> tuple[int, int]:
    """Where an address begins and ends with house, RT, RW and places behind it, and the estate or lane before it."""
    house = _HOUSE.match(low, end) or _TO_A_HOUSE.match(text, end)
    rest = house or (_VILLAGE.search(low, start, end) and _VILLAGE_GOES_ON.match(text, end))
    end = _after_towns(low, text, start, rest.end() if rest else end)
    estate = _ESTATE.search(text, max(0, start - 60), start)
    start = estate.start() if estate else _before_lane(low, text, start, end)
    if landmark := _BESIDE.match(low, end):
        town = _after_towns(low, text, start, landmark.end())
        end = town if town > landmark.end() else end
    return start, _after_capitals(low, text, start, end)


def _after_towns(low: str, text: str, start: int, end: int) -> int:
    """Where an address ends that goes on with up to five places, and a postcode."""
    begins = end
    if (line := _TOWN_LINE.match(text, end)) and not patterns.towns().isdisjoint(line["name"].lower().split()):
        end = line.end("name")
    for _ in range(5):
        matches = (pattern.match(text, end) for pattern in _PLACES)
        ends = (match.end() for match in matches if match and _is_place(low, text, match, goes_on=end > begins))
        end = max(next(ends, end), _after_village(low, text, end))
    end += _SIDE_SHORTENED.match(text, end) is not None
    if (town := _small_town().match(low, end)) and _are_quarters(town["quarters"].replace(",", " ").split()):
        end = town.end()
    code = _POSTCODE.match(text, end) if end > begins or _DISTRICT.search(low, start, end) else None
    return code.end() if code else end


def _after_village(low: str, text: str, end: int) -> int:
    """Where a village or district ends with which an address goes on, and the side of it that is meant: `no 17
    Larangan`, `gg 2/36 jeruk gamping`, `no 2 Kutuk Barat`. A word of the language in small letters is none, except
    between commas."""
    tail = _TAIL.match(low, end)
    words = list(WORD.finditer(low, *tail.span("name"))) if tail else []
    for n in range(len(words), 0, -1):
        name = [word.group() for word in words[:n]]
        written = all(text[word.start()].isupper() for word in words[:n])
        listed = low[end] == "," and low[words[n - 1].end() :].lstrip().startswith(",")  # `, larangan, candi`
        if "".join(name) in lexicon.villages() and (written or listed or _is_no_talk(name)):
            side = words[n : n + 1] if words[n:] and words[n].group() in _SIDES else []
            return [*words[:n], *side][-1].end()
    return end


def _is_no_talk(words: list[str]) -> bool:
    """Whether words in small letters are hardly said of anything but a place."""
    if not titles.no_names().isdisjoint(words):
        return False
    if len(words) > 1 or (words[0] in patterns.towns() and words[0] not in lexicon.words_of_books()):
        return True
    return not (lexicon.ordinary(words[0]) or words[0] in lexicon.names())


def _after_capitals(low: str, text: str, start: int, end: int) -> int:
    """Where an address in capital letters ends whose next words, in capitals too, lead to a town: `NO 9 BAE KUDUS`."""
    if not text[start:end].isupper():
        return end
    tail, last = _CAPITALS.match(text, end), end
    for word in WORD.finditer(low, *tail.span()) if tail else ():
        if word.group() in titles.no_names():
            break
        if word.group() in patterns.towns():
            last = word.end()
    return last


def _before_lane(low: str, text: str, start: int, end: int) -> int:
    """Where an address begins that has a lane and a number, with the quarter before them: `Gayamsari Gang XI no 3`."""
    if not _LANE.match(low, start, end):
        return start
    quarter = _QUARTER.search(text, max(0, start - 40), start)
    begins = start
    for word in reversed(list(WORD.finditer(low, *quarter.span())) if quarter else []):
        if not _is_quarter(word.group()):
            break
        if word.group() not in _SIDES:
            begins = word.start()
    if begins == start:
        village = _VILLAGE_BEFORE.search(low, max(0, start - 40), start)
        return village.start("name") if village and _is_village(village["name"]) else start
    more = CAPITALISED_BEFORE.search(text, max(0, begins - 20), begins)
    return more.start() if more and not opens(text, more.start()) else begins


def _is_village(word: str) -> bool:
    """Whether a word in any letters is a village's and none of the language."""
    return word in lexicon.villages() and word not in lexicon.words_of_books() and word not in lexicon.names()


def _is_quarter(word: str) -> bool:
    """Whether a word before a lane is a place's or none of the language."""
    if word in patterns.towns() or word in _SIDES:
        return True
    return word not in lexicon.words_of_books() and word not in lexicon.names() and word not in titles.no_names()


def _is_place(low: str, text: str, match: re.Match[str], *, goes_on: bool) -> bool:
    """Whether words behind an address belong to it: called a place (`Kec. Waru`), a town, the side of one that went
    before (goes_on), or no titles and, unless the line or sentence ends with them, no ordinary words or names."""
    words = low[slice(*match.span("name"))].split()
    if match["of"] or not patterns.towns().isdisjoint(words) or (goes_on and _SIDES.issuperset(words)):
        return True
    closed = match["line"] is None and match["dash"] is None and _CLOSED.match(text, match.end())
    if not closed and any(word in lexicon.words() or word in lexicon.names() for word in words):
        return False
    return titles.no_names().isdisjoint(words)


@cache
def _small_town() -> re.Pattern[str]:
    """A town behind an address in small letters, with the quarters before it: ` wage taman sidoarjo`."""
    towns = patterns.alternation(patterns.towns_in_small_letters())
    return re.compile(rf"(?P<quarters>(?:[ ,]{{1,2}}[a-z]{{4,}}){{0,2}})[ ,]{{1,2}}(?:{towns})(?![\w'’])")


def _are_quarters(words: list[str]) -> bool:
    """Whether words between an address and a town are places, or no words of books."""
    places = patterns.towns() | lexicon.villages()
    return all(word in places or word not in lexicon.words_of_books() for word in words)


def with_segments(low: str, text: str, span: Span) -> Span:
    """An address with the parts behind it, between commas or on lines of their own, as far as one of them is known for
    a place or called one: `..., Paniki Bawah, Mapanget, Manado`; and the quarter before it: `Kuin Utara gang 2`."""
    start, end, kind, instead = span
    if far := _KILOMETRE.match(low, end):
        end = far.end()
    if "," in text[max(start, end - 20) : end] and (rest := _REST_OF_PART.match(text, end)):
        end = rest.end() if rest.group().startswith("-") or not _are_of_talk(low, rest) else end
    reached, place = end, end
    while (part := _PART.match(text, place)) and _are_of_places(low, part):
        place = part.end()
        if part["sort"] or _POSTCODE.search(text, *part.span()) or _holds_place(low[slice(*part.span("it"))]):
            reached = place
    if (last := _LAST.match(text, reached)) and (last["town"] or "").lower() in patterns.towns() | {""}:
        reached = last.end()
    if before := _QUARTERS.search(text, max(0, start - 50), start):
        words = WORD.findall(low, *before.span("it"))
        if before["sort"] or (_LANE_OR_ESTATE.match(low, start) and _may_be_quarter(words[0])):
            start = before.start("it")
    return start, reached, kind, instead


def _are_of_places(low: str, part: re.Match[str]) -> bool:
    """Whether a part of an address is called one, or its words are those of places."""
    return bool(part["sort"]) or not _are_of_talk(low, part)


def _are_of_talk(low: str, part: re.Match[str]) -> bool:
    """Whether words are titles or ordinary words, and no village's or side of one."""
    return not all(_may_be_quarter(word) for word in WORD.findall(low, *part.span()) if word.isalpha())


def _may_be_quarter(word: str) -> bool:
    """Whether a word with a capital letter may be a quarter's or a village's: one's, or known for nothing else."""
    if word in _SIDES_WITH_A_CAPITAL or _holds_place(word):
        return word in _SIDES_WITH_A_CAPITAL or word not in titles.no_names()
    return not (word in lexicon.words() or word in lexicon.names() or word in titles.no_names())


def _holds_place(words: str) -> bool:
    """Whether a town, district or village is among words in small letters."""
    listed = patterns.towns() | lexicon.places() | lexicon.villages()
    return not listed.isdisjoint(words.split()) or words.replace(" ", "") in lexicon.villages()


def past_landmarks(low: str, spans: Iterable[Span]) -> Iterator[Span]:
    """Addresses of two parts with a landmark between them: `Jl. Melati belakang gereja RT 15 RW 04`."""
    for one, other in pairwise(sorted(span for span in spans if span[2] == "ADDRESS")):
        if _LANDMARK.fullmatch(low, one[1], other[0]):
            yield one[0], other[1], *one[2:]
