"""Names of people who are on no list: names of the lexicon, and words that are none of the language after a title, a
relation (`suaminya Wiwin`), a label, next to another name in a series, or before a telephone number."""

from __future__ import annotations

import re
from bisect import bisect_left, bisect_right
from collections.abc import Iterable, Iterator
from functools import cache, lru_cache
from itertools import chain, takewhile
from operator import attrgetter
from typing import NamedTuple

from analysis.identifiers import lexicon
from analysis.identifiers.patterns import towns, words_before
from analysis.identifiers.spans import CLAUSE, opens

Place = tuple[int, int]
MORE = 3  # further words of a name
SPOKEN_TITLES = frozenset(("pak", "mas", "mbak", "cak", "lek", "mak", "kang", "mbah", "koh", "yu", "wak", "bang"))
KINDS = ("related", "always", "title", "one", "capital", "named")  # of words before a name (patterns.yaml, before)
NO_ITEMS = (
    "never",
    "before_things",
    "no_items",
    "greetings",
    "deeds",
    "requests",
    "auxiliaries",
    "offices",
)  # of names
LINKS = ("bin", "binti")
_VOWELS = frozenset("aeiouy")  # a word without any is an abbreviation: BBNKB
BOUND_WORDS = "dan|sama|karo|lan|mbek|ambek|kalih|belum|sudah|udah|wes|sampun|hadir|lunas"

_WORD = re.compile(  # an apostrophe inside a name is a letter of it: Mas'ud, Rifa'i
    r"[^\W_]+(?:['’`](?!(?:s|m|t|d|ll|re|ve|e|ne|an|nya)(?![^\W_]))[^\W\d_]+)*"
)
_APOSTROPHES = str.maketrans("", "", "'’`")
_BESIDE = re.compile(r"[ ]{1,2}|[.][ ]?|[ ]?[*_~\"“'(]{1,2}")
_LABELLED = re.compile(r"[ ]{0,3}[*_]{0,2}[ ]{0,3}[:=][ ]{0,3}[*_\"“]{0,2}\n?[ ]{0,2}")
_AMOUNT = r"(?:[ ]?[:=(x×-]{0,2}[ ]?\d{1,3}[ ]?(?:pcs|box|bh|biji|kotak|porsi|pack|orang|org|x)?\)?)"
_COMMA = re.compile(rf"(?:[ ]\([^()\n]{{2,16}}\))?{_AMOUNT}?(?:[ ]?[,;/&+][ ]?|[ ]?,[ ]?\n|\n[-•*·][ ]?|[ ][-•|][ ])")
_AMOUNT_WORD = re.compile(
    r"\d{1,3}(?:pcs|box|bh|biji|kotak|porsi|pack|orang|org|x)?|pcs|box|bh|biji|kotak|porsi|pack|orang|org|x\d{1,3}"
)
_BOUND = re.compile(rf"{_AMOUNT}?[ ]?(?:[,;/&+)\n|-]|$|(?:{BOUND_WORDS})\b)")
_BOUNDED = re.compile(r"[ ]?(?:[,;.\n)&+/]|$)")
_SHARED = re.compile(r"[ ]?[+&][ ]?")
_NUMBERED = re.compile(r"^[ \t]*\W{0,3}\d{1,3}[.)][ \t]*\W{0,2}", re.MULTILINE)
_BULLETED = re.compile(r"^[ \t]*[-–•*·▪●◦➡✔✅☑][ ]{0,2}", re.MULTILINE)
_SIZE = r"(?:x{0,3}[sml]|[2-6]xl)\b"  # of a uniform: Dzaki XL
_STATE = (
    r"(?:\d{1,4}(?:[.]\d{3}|rb|ribu|k)?\b|lunas|belum|kurang|hadir|i[zj]in|absen|sudah|ok\b|[✅✔☑❌]|v$"
    rf"|{_SIZE})"
)
_SCORED = re.compile(
    r"^\W{0,3}(?=(?:(?:kak|bu|ibu|pak|bpk|mbak|mas|[pbh][.])[ ]?)?\w+(?:[ ]\w+){0,2}?"
    rf"(?:[ ]\([^()\n]{{2,16}}\)(?:[ ][^\W\d_]+){{0,3}})?"  # Fajar (bengkel) lidah kucing 1
    rf"[ ]?[:=–-]?[ ]?{_STATE}[^\n]{{0,24}}$)",
    re.MULTILINE,
)
_HEADED = re.compile(
    r"\b(?:order|orderan|pesanan|pesan|absen|peserta|daftar|hadir|iuran|arisan|rekap|piket|panitia|petugas|pemenang|kas|list"
    r"|nama|melu|ikut|anggota|h?utang|bon|tagihan|setoran|tabungan|simpanan|penunggak|nunggak|pinjaman|angsuran|sumbangan"
    r"|penerima|pembagian|donasi|infaq|urunan|patungan|tim|regu|kelompok|giliran|juara|tamu|undangan|ukuran|seragam|jadwal|ronda|shohibul)\b"
)
_ENUMERATED = re.compile(r"(?:^|[:.!?\n])(?P<it>[^,:.!?\n]{1,40}(?:,(?:[^,:.!?\n]|(?<=\d)[.](?=\d)){1,40}){3,})")
_ITEM = re.compile(r"[^,&]+?(?=[,&]|$|[ ](?:dan|lan|karo|sama|and|serta)[ ])")
_AT_NUMBER = re.compile(  # 7781 (BCA) Novrizal; Novrizal hp 0812...
    r"[ ]{0,2}(?:\((?:bank )?[a-z]{2,8}\)[ ]{1,2})?[(:=–-]?[ ]{0,2}(?:(?:no[. ]{1,2})?(?:hp|wa|telp|tlp)[ .:]{1,2})?"
)
_ENDS = re.compile(
    r"[ ]?(?:[,.!?)\n]|$|(?:ya|yo|yah|nggih|nih|tolong|jangan|kok|kapan|mana|bisa|sudah|udah|besok|nanti"
    r"|kamu|kowe|koe|awakmu|sampeyan|sampean|panjenengan|njenengan)\b)"
)
_CLOSING = (
    r"(?:salam\b|hormat\b|was+alam|regards|terima ?kasih|makasih|suwun|ttd|tertanda|best|sincerely|thank|cheers|love)"
)
_SIGNED = re.compile(
    rf"(?:\n[ ]?[-–—~][ ]?|(?:^|\n)[^\n]{{0,20}}{_CLOSING}[^\n]{{0,25}}\n+[ ]?[(~-]?[ ]?)"
    r"(?P<it>[^\W\d_]+)(?:[ ]\w+\.?){0,3}\)?(?:\n[^\n]{0,60})?\s*$"
)
_FORM = re.compile(  # fields of whoever fills in a form
    r"(?:^|\n)\W{0,3}(?:alamat|almt|no[. ]{0,2}(?:hp|wa|telp?|telepon)|hp|wa|telp?|telepon|nik|ktp)\b[^\n:=]{0,12}[:=]"
)
_FIELD = re.compile(  # nama: ayu lestari
    r"(?:^|\n)\W{0,3}nama(?: (?:lengkap|pemesan|pembeli|penerima|pengirim|peserta))? {0,3}[:=][ *_]{0,4}"
    r"(?P<it>[^\W\d_]{2,}(?:[ .'’]{1,2}[^\W\d_]+){0,4})[ .]*(?=\n|$)"
)
_AGED = re.compile(
    r"(?:,?[ ]|[ ]\()(?:(?:umur|usia)(?:e|nya|ne)?[ ]\d{1,2}[ ]?(?:th|thn|tahun|taun|bln|bulan|wulan)\b"
    r"|(?:lahir|lair)(?:e|nya|an)?[ :]{1,2}\d)"
)
_WRITING = re.compile(r"\b(?:tulisan|ditulis|ditulisi|tulisen|ucapan|bordir|grafir|sablon)\w{0,3}\b")
_OPENING, _CLOSED = frozenset("'\"“‘"), frozenset("'\"”’")
_ARABIC = re.compile(r"\w*[aiu]['’`][aiu][^\W\d_]{2,}|\w*as['’`]ud\w*|(?:nu|ju|ta|fa|ma|sa|na|mu|su|is)['’`][a-z]{3,}")
_NO_NAME_AFTER = re.compile(r"[@_/&]|[.][a-z]|-\w")


_LIST = re.compile(r"(?<![^\W_])[^\W\d_]{3,}(?:, [^\W\d_]{3,}){2,}(?![^\W_])")
_NAME_ENDING = re.compile(  # of names of Java and of Arabic: Maulidina, fuadiyah
    r"\w{3}(?:[dlmrnst]ina|[ai]yah|wati|ningsih|ningrum|ningtyas|yanto|udd?in|ullah|illah|yono|inah|iyati|awan|aningsih)$"
)


class _Token(NamedTuple):
    """A word. large: with a capital letter, capital: with one that says something; free: nothing else found here."""

    start: int
    end: int
    word: str
    large: bool
    capital: bool
    free: bool


def is_at(written: str) -> bool:
    """Whether a title is in small letters a word as well, `at` or `this` of Central Java: `neng Johar`, `ki tehe`."""
    return written.strip() in _before()["at"]


def is_word_too(written: str) -> bool:
    """Whether a title is in small letters an ordinary word as well: `bawang abang Nganjuk`, `lek Probolinggo`."""
    return written.strip() in _before()["words_too"]


def strangers(low: str, text: str, names: Iterable[Place], others: Iterable[Place]) -> Iterator[Place]:
    """Where names on no list are. low: the text in small letters, of the same length; names, others: where members'
    names and identifiers were found already."""
    if not _may_hold_names(low, text):
        return
    names, others = list(names), list(others)
    tokens = _tokens(low, text, [*names, *others])
    begun = {
        *(k for k, token in enumerate(tokens) if _bare(token, low)),
        *_after_words(tokens, low),
        *_at_numbers(tokens, low, others),
        *_by_place(tokens, low),
        *_signed(tokens, low),
        *_joined(tokens, low),
        *_of_parents(tokens, low),
        *_on_duty(tokens, low),
        *_of_an_age(tokens, low),
        *_written_on(tokens, low),
        *_told_of(tokens, low),
    }
    spans = [_whole(tokens, k, low) for k in begun]
    if known := [*names, *spans]:
        spans += _in_series(tokens, low, known)
    spans += _in_lists(tokens, low, [*names, *spans])
    spans += _in_enumerations(tokens, low, [*names, *spans])
    spans += _in_fields(tokens, low)
    listed = [match.span() for match in _LIST.finditer(low) if _are_places(match.group())] if spans else []
    yield from (span for span in spans if not any(s <= span[0] and span[1] <= e for s, e in listed))


def _are_places(row: str) -> bool:
    """Whether all that stands in a row of words is a place: `Menganti, Cerme, Benjeng`."""
    return all(word in _places() for word in row.split(", "))


@cache
def _places() -> frozenset[str]:
    return lexicon.villages() | lexicon.places() | towns()


def _may_hold_names(low: str, text: str) -> bool:
    """Whether anything in a text may be a name: a quick look, since few texts hold one."""
    words = list(_words(low))
    if any(map(_of_interest, words)) or _short_name().search(text) or _told_which().search(text):
        return True
    return not _before()["related"].isdisjoint(words) and not _before()["deeds"].isdisjoint(words)


def unsure(low: str, text: str, taken: list[Place]) -> Iterator[Place]:
    """Where words are written like names, though nothing else says so. taken: where something was taken out."""
    if any(map(_of_interest, _words(low))):
        tokens = _tokens(low, text, taken)
        yield from (_whole(tokens, k, low) for k, token in enumerate(tokens) if _written_as_name(token))


def _words(low: str) -> Iterator[str]:
    """The words of a text in small letters, as the lexicon lists them: without apostrophes."""
    return (word.translate(_APOSTROPHES) for word in _WORD.findall(low))


@lru_cache(maxsize=65_536)
def _of_interest(word: str) -> bool:
    """Whether a word may be a name at all."""
    known = word in lexicon.names() or word in _before()["small_names"]
    return len(word) > 2 and word.isalpha() and (known or not lexicon.ordinary(word, prefixes=False))


def _tokens(low: str, text: str, found: list[Place]) -> list[_Token]:
    taken = bytearray(len(text))
    for start, end in found:
        taken[start:end] = b"\1" * (end - start)
    shouted = 2 * sum(map(str.isupper, text)) > sum(map(str.isalpha, text))
    tokens = []
    for match in _WORD.finditer(low):
        start, end = match.span()
        written = text[start:end]
        word = match.group().translate(_APOSTROPHES)
        short = end - start < 5 and word not in lexicon.names()  # AWB, JNT
        large = written[0].isupper()
        capital = large and not (end - start > 1 and written.isupper() and (shouted or short))
        tokens.append(_Token(start, end, word, large, capital, not taken[start]))
    return tokens


@cache
def _before() -> dict[str, frozenset[str]]:
    listed = {key: frozenset(value) for key, value in words_before().items()}
    related = {f"{word}{ending}" for word in listed["relations"] for ending in listed["endings"]}
    said = related.union(*(listed[kind] for kind in (*KINDS[1:], "greetings", "fillers")))
    return listed | {"related": frozenset(related), "never": listed["never"] | (said - lexicon.names())}


def _is_name(token: _Token) -> bool:
    """Whether a token is a name; a prayer that ends as names do (`syafahullah`) is none."""
    never = token.word in _before()["never"] and token.word not in lexicon.names()
    return token.free and len(token.word) > 2 and token.word.isalpha() and lexicon.name(token.word) and not never


def _unknown(token: _Token) -> bool:
    """Whether a token is a word of no language that is spoken here, nor of the names."""
    word = token.word
    possible = token.free and len(word) > 2 and word.isalpha() and word not in _before()["never"]
    return possible and not _VOWELS.isdisjoint(word) and not lexicon.ordinary(word, prefixes=not token.capital)


def _is_no_word(token: _Token) -> bool:
    """Whether a token is no ordinary word as it stands, though it may be one mistyped or with an affix."""
    long = token.free and len(token.word) > 3 and token.word.isalpha()
    return long and token.word not in lexicon.words() and token.word not in _before()["never"]


def _is_only_place(token: _Token) -> bool:
    """Whether a token is a district's name, as people may be called: `Yu Genuk`."""
    return token.free and token.word in lexicon.places()


def _maybe(token: _Token) -> bool:
    """Whether a token is a name and an ordinary word too."""
    return token.free and token.word in lexicon.names() and token.word not in _before()["never"]


def _written_as_name(token: _Token) -> bool:
    """Whether a token is a name, or written like one."""
    return _is_name(token) or (token.capital and (_unknown(token) or _maybe(token)))


def _bare(token: _Token, low: str) -> bool:
    """Whether a name counts wherever it stands, as one of Arabic written with its apostrophe does: `Mu'arifah`."""
    before = low[token.start - 1 : token.start]
    apostrophe = token.capital and token.end - token.start > len(token.word)
    if apostrophe and _ARABIC.fullmatch(low, token.start, token.end) and _unknown(token):
        return before not in ("@", "#", "/", "_", ".", "-", "&")
    if before == "@" and token.capital and (_is_name(token) or _maybe(token)):
        return True
    if before in ("@", "#", "/", "_", ".", "-", "&") or not (token.capital or len(token.word) > 3):
        return False
    return _is_name(token) and not _NO_NAME_AFTER.match(low, token.end)


# After a word


def _after_words(tokens: list[_Token], low: str) -> Iterator[int]:
    """Tokens that a word before them makes names."""
    for k in range(len(tokens) - 1):
        kind = _kind(tokens, k, low)
        place = _past_fillers(tokens, k + 1, low) if kind in ("related", "always") else k + 1
        listed = kind == "related" and place > k + 1 and low[tokens[place - 1].end : tokens[place].start] == ", "
        apposed = kind == "related" and tokens[k + 1].capital and low[tokens[k].end : tokens[k + 1].start] == ", "
        if kind is None or not (apposed or _adjacent(tokens[k], tokens[k + 1], low, labelled=kind == "always")):
            continue
        if listed and not tokens[place].capital:
            continue
        if kind == "title" and place + 1 < len(tokens) and _is_office(tokens[place]):
            named = tokens[place + 1]
            if _adjacent(tokens[place], named, low) and (_written_as_name(named) or _unknown(named) or _maybe(named)):
                yield place + 1  # Pak Modin Syaroni, bu guru dewi
        elif (
            _fits(tokens[place], kind)
            or (kind == "related" and (_is_nickname(tokens, place) or _is_said_to_do(tokens, k, place)))
            or (kind != "named" and _is_titled_short(tokens, k, place, low))
        ):
            yield place


def _is_titled_short(tokens: list[_Token], k: int, place: int, low: str) -> bool:
    """Whether a name of two or three letters follows a title: `Mak Ti`; in small letters `cak man`, of three that are
    no word of the languages spoken here."""
    if low[tokens[k].end] != " ":
        return False
    small = tokens[k].word in SPOKEN_TITLES and not tokens[k].large and _is_small_and_short(tokens[place])
    return small or (tokens[k].word in _before()["title"] and _is_short(tokens[place]))


def _is_small_and_short(token: _Token) -> bool:
    """Whether a token is three letters that only a name has: of no language spoken here."""
    word = token.word
    if token.large or not token.free or len(word) != 3 or not word.isalpha() or _VOWELS.isdisjoint(word):
        return False
    known = _before()["never"] | _before()["offices"] | _before()["no_short_names"]
    return word in _before()["small_names"] or (word not in known and not lexicon.spoken_here(word))


def _is_nickname(tokens: list[_Token], place: int) -> bool:
    """Whether a word with a capital letter follows a relation and `si`: `temenku si Gondrong`."""
    token = tokens[place]
    return token.free and token.capital and tokens[place - 1].word in _before()["one"]


def _is_said_to_do(tokens: list[_Token], k: int, place: int) -> bool:
    """Whether an ordinary word with a capital letter follows a relation and does something: `sopire Jambul numpak`."""
    token, following = tokens[place], [other.word for other in tokens[place + 1 : place + 2]]
    known = _before()["never"] | _before()["before_things"] | _before()["title"]
    possible = token.free and token.capital and not tokens[k].large and len(token.word) > 3 and token.word not in known
    return possible and not _before()["deeds"].isdisjoint(following)


def _kind(tokens: list[_Token], k: int, low: str) -> str | None:
    """How a token makes what follows a name: related, always, title, capital, named, or not at all."""
    word, before = tokens[k].word, _before()
    if word == "m" and k > 0 and tokens[k - 1].word == "i":  # I'm
        return "capital"
    if (
        word == "an"
        and k > 0
        and (tokens[k - 1].word in before["held"] or not (tokens[k - 1].free and tokens[k - 1].word.isalpha()))
    ):  # 464071 an rara, pembeli an Novrizal
        return "holder"
    if word in ("an", "yu") and tokens[k + 1].capital and not tokens[k].large:  # sertifikat an Ruminah, yu Sampini
        return "title"
    if word in before["labels"] and _LABELLED.fullmatch(low, tokens[k].end, tokens[k + 1].start):
        return "always"
    apart = k == 0 or not {"\n", ","}.isdisjoint(low[tokens[k - 1].end : tokens[k].start])
    if word == "nama" and apart:  # a form without colons
        return "capital"
    if word in before["regional"] or (word in before["doubtful"] and tokens[k].capital):
        return "regional"
    if word == "a" and tokens[k].capital:  # A Deni
        return "known"
    if word in before["words_too"] and not tokens[k].large and not _may_be_called(tokens[k + 1]):
        return "named"
    if word in before["at"] and not (tokens[k].large and tokens[k + 1].word not in towns()):
        return "named"
    if word == "ke" and any(token.word in before["dealings"] for token in tokens[max(0, k - 4) : k]):
        return "capital"  # pinjam tenda ke Lutpi
    return next((kind for kind in KINDS if word in before[kind]), None)


def _may_be_called(token: _Token) -> bool:
    """Whether a word behind one that is a title or a word may be a name: with a capital letter, and no town's."""
    return token.capital and token.word not in towns()


def _fits(token: _Token, kind: str) -> bool:
    if kind == "known":
        return token.capital and _is_name(token)
    if _is_name(token) or (token.capital and _maybe(token)):
        return kind != "title" or token.word not in _before()["title"]
    if kind == "one":  # si Caca
        return token.free and token.capital and token.word not in lexicon.words()
    if kind == "holder":
        return _unknown(token) or _maybe(token)
    if kind == "title" and _maybe(token) and token.word not in _before()["words_after_title"]:
        return True
    if kind == "title" and token.free and token.capital and token.word in _before()["days_and_names"]:
        return True  # Lik Wage, Mbah Senen
    if kind in ("title", "always") or (kind == "related" and len(token.word) > 3):
        return _unknown(token) or (token.capital and (_is_no_word(token) or _is_only_place(token)))
    return kind != "named" and token.capital and _unknown(token)


@cache
def _short_name() -> re.Pattern[str]:
    """A title and what is written like a name of two or three letters, or one of a day's."""
    titles, days = "|".join(_before()["title"]), "|".join(map(str.capitalize, _before()["days_and_names"]))
    return re.compile(rf"(?<![^\W_])(?i:{titles}) (?:[A-Z][a-z]{{1,2}}|{days})(?![^\W_])")


@cache
def _told_which() -> re.Pattern[str]:
    """What is written like a name, inside a sentence, and a word with which somebody says who is meant."""
    which = "|".join(_before()["which"] | _before()["trades"])
    return re.compile(rf"[a-z] [A-Z][a-z]{{2,}} (?:{which})(?![^\W_])")


def _is_short(token: _Token) -> bool:
    """Whether a token is written like a name of two or three letters (`Mak Ti`, `Mbok Nah`), or is a title that is a
    name as well (`Nyonya Tan`)."""
    if not (token.free and token.capital and token.word.isalpha()):
        return False
    known = _before()["never"] | _before()["offices"] | _before()["no_short_names"]
    return token.word in _before()["short_names"] or (1 < len(token.word) < 4 and token.word not in known)


def _past_fillers(tokens: list[_Token], place: int, low: str) -> int:
    """The first token that is none of `adik saya si`."""
    while place + 1 < len(tokens) and tokens[place].word in _before()["fillers"]:
        apposed = low[tokens[place].end : tokens[place + 1].start] == ", "  # anak saya, Alby
        if not (apposed or _adjacent(tokens[place], tokens[place + 1], low)):
            break
        place += 1
    return place


def _adjacent(one: _Token, other: _Token, low: str, *, labelled: bool = False) -> bool:
    beside = _BESIDE.fullmatch(low, one.end, other.start)
    return bool(beside or (labelled and _LABELLED.fullmatch(low, one.end, other.start)))


def _is_office(token: _Token) -> bool:
    return token.word in _before()["offices"]


# Where the capital letter says it


def _by_place(tokens: list[_Token], low: str) -> Iterator[int]:
    """Words that may be names, with a capital letter inside a sentence (`bareng Indah naik motor`), before what people
    do (`Melati belum bayar`), or called (`Oke Ndre`, `Kris, tolong buka grup`)."""
    careless = _capitals_say_nothing(tokens, low)
    for k, token in enumerate(tokens):
        if not token.capital or not token.free or len(token.word) < 3:
            continue
        if (
            (_maybe(token) and not careless and _inside(tokens, k, low))
            or _does(tokens, k, low)
            or _called(tokens, k, low)
        ):
            yield k


def _capitals_say_nothing(tokens: list[_Token], low: str) -> bool:
    """Whether ordinary words have capital letters inside sentences: `Jual Kue Lestari`."""
    inside = (k for k, token in enumerate(tokens) if token.capital and token.free and len(token.word) > 2)
    return any(
        not _maybe(tokens[k])
        and lexicon.ordinary(tokens[k].word)
        and k > 0
        and low[tokens[k - 1].end : tokens[k].start] == " "
        and tokens[k - 1].word not in _before()["title"]
        for k in inside
    )


def _inside(tokens: list[_Token], k: int, low: str) -> bool:
    """Whether a token follows a word in small letters, which is none before places and brands."""
    previous = tokens[k - 1] if k else None
    if previous is None or low[previous.end : tokens[k].start] != " " or previous.large:
        return False
    return previous.word.isalpha() and previous.word not in _before()["before_things"]


def _does(tokens: list[_Token], k: int, low: str) -> bool:
    """Whether a token, which may be a name, opens a sentence whose next words say what a person does."""
    if not (_maybe(tokens[k]) or _unknown(tokens[k])) or not opens(low, tokens[k].start, CLAUSE):
        return False
    words = [token.word for token in tokens[k + 1 : k + 4]]
    beside = k + 1 < len(tokens) and low[tokens[k].end : tokens[k + 1].start] == " "
    if beside and words[0] in _before()["auxiliaries"]:
        words = words[1:]
        return bool(words) and words[0] in _before()["deeds"]
    return beside and words[0] in _before()["deeds"] and words[0] not in _before()["deeds_of_things"]


def _called(tokens: list[_Token], k: int, low: str) -> bool:
    """Whether a token is called: after a greeting, or before a comma and a request."""
    token = tokens[k]
    if not (_maybe(token) or _unknown(token)):
        return False
    softened = k > 1 and tokens[k - 1].word in _before()["softened"]  # suwun yo Ndut
    greeting = tokens[k - 1 - softened] if k else token
    greeted = greeting.word in _before()["greetings"] and low[tokens[k - 1].end : token.start] in (" ", ", ")
    if greeted and _maybe(token):
        return _ENDS.match(low, token.end) is not None
    if greeting.word in _before()["calls"] and low[greeting.end : token.start] == " ":  # cerita dong Dit,
        return _ENDS.match(low, token.end) is not None
    following = k + 1 < len(tokens) and low[token.end : tokens[k + 1].start] == ", "
    asked = following and tokens[k + 1].word in _before()["requests"] and opens(low, token.start)
    return greeted or asked


def _signed(tokens: list[_Token], low: str) -> Iterator[int]:
    """Names alone on the last line, after a dash or a closing formula: `Salam,` / `Eka`."""
    if match := _SIGNED.search(low):
        for k, token in enumerate(tokens):
            here = token.start == match.start("it") and token.capital and len(token.word) > 2
            if here and (_written_as_name(token) or _is_no_word(token)):
                yield k


def _joined(tokens: list[_Token], low: str) -> Iterator[int]:
    """Pairs of words of no language, written like names and joined: `Sherin atau Nurin`, `Kasirun, Kasirin`."""
    for k in range(len(tokens) - 1):
        if tokens[k].capital and _unknown(tokens[k]) and not _among_things(tokens, k, low):
            for other, _ in _to_the_right(tokens, low, tokens[k].end):
                if tokens[other].capital and _unknown(tokens[other]):
                    yield from (k, other)


def _of_parents(tokens: list[_Token], low: str) -> Iterator[int]:
    """Words before and after `bin` or `binti`: `HOLIFATUL BINTI TOHIR`, and after it alone where a member is before."""
    for k in range(1, len(tokens) - 1) if " bin" in low else ():
        one, link, other = tokens[k - 1 : k + 2]
        beside = low[one.end : link.start] == low[link.end : other.start] == " "
        if link.word not in LINKS or not beside or not (one.large and other.large) or len(one.word) < 3:
            continue
        if not one.free:
            yield k + 1
        elif one.word.isalpha() and one.word not in _before()["title"]:
            yield k - 1


def _on_duty(tokens: list[_Token], low: str) -> Iterator[int]:
    """Words with a capital letter behind a weekday and around `+` (`Senin Lis + Wati`), or behind a duty in a list of
    several (`konsumsi Bu Wiji, parkir Kenthus`)."""
    duties = [k + 1 for k, token in enumerate(tokens[:-1]) if token.word in _before()["duties"]]
    if len(duties) > 2:
        yield from (k for k in duties if _is_set_off(tokens, k, low) and _BOUNDED.match(low, tokens[k].end))
    for k in range(1, len(tokens)) if "+" in low else ():
        if tokens[k - 1].word in _before()["weekdays"] and _is_set_off(tokens, k, low):
            while k + 1 < len(tokens) and _SHARED.fullmatch(low, tokens[k].end, tokens[k + 1].start):
                yield from (each for each in (k, k + 1) if _may_be_somebody([tokens[each]]))
                k += 1


def _of_an_age(tokens: list[_Token], low: str) -> Iterator[int]:
    """Words with a capital letter before somebody's age: `Arka umur 6 th`."""
    for match in _AGED.finditer(low) if any(word in low for word in ("umur", "usia", "lahir", "lair")) else ():
        k = bisect_right(tokens, match.start(), key=attrgetter("end")) - 1
        if k >= 0 and tokens[k].end == match.start() and tokens[k].capital:
            inside = _may_be_somebody([tokens[k]]) and not opens(low, tokens[k].start)
            if inside or _written_as_name(tokens[k]) or _is_no_word(tokens[k]):
                yield k


def _written_on(tokens: list[_Token], low: str) -> Iterator[int]:
    """Single words in quotation marks, with a capital letter, where what is written on something is talked of: `tulisan
    nang kue 'Clarisa'`."""
    if _OPENING.isdisjoint(low) or _WRITING.search(low) is None:
        return
    for k, token in enumerate(tokens):
        quoted = low[token.start - 1 : token.start] in _OPENING and low[token.end : token.end + 1] in _CLOSED
        if token.start and quoted and token.capital and (_written_as_name(token) or _is_no_word(token)):
            yield k


def _told_of(tokens: list[_Token], low: str) -> Iterator[int]:
    """Words with a capital letter of which is said whose they are (`Indah anake modin`), what they do (`nang Pur tukang
    las`), or, inside a sentence, who is meant (`lha Gondrong sing sablon manual kae`)."""
    for k, token in enumerate(tokens[:-1]):
        if not (_may_be_somebody([token]) and low[token.end : tokens[k + 1].start] == " ") or len(token.word) < 3:
            continue
        word, further = tokens[k + 1].word, tokens[k + 2 : k + 6]
        likely, begins = _maybe(token) or _unknown(token), opens(low, token.start, CLAUSE)
        inside = _after_a_small_word(tokens, k, low)
        kin = word in _before()["related"] - _before()["relations"] and bool(further) and _is_of_somebody(further[0])
        trade = word in _before()["trades"] and (inside or begins)
        apart = inside and _inside(tokens, k, low) and word in _before()["which"] and _is_told_apart(further)
        if (likely and (kin or trade)) or (trade and inside and len(token.word) < 5) or apart:
            yield k


def _is_told_apart(clause: list[_Token]) -> bool:
    """Whether a clause says what somebody known does: `sing dodol es kae`."""
    works = _before()["deeds"] | _before()["trades"] | _before()["works"]
    return bool(clause) and clause[0].word in works and any(token.word in _before()["that"] for token in clause)


def _is_of_somebody(token: _Token) -> bool:
    """Whether a word after one for kin says whose: a title, an office or a name found already."""
    return not token.free or token.word in _before()["title"] or _is_office(token) or _is_name(token)


def _after_a_small_word(tokens: list[_Token], k: int, low: str) -> bool:
    """Whether a token follows a word in small letters after which people stand as often as things do."""
    if k == 0 or low[tokens[k - 1].end : tokens[k].start] != " ":
        return False
    return not tokens[k - 1].large and tokens[k - 1].word in _before()["before_people"]


def _is_set_off(tokens: list[_Token], k: int, low: str) -> bool:
    """Whether a word with a capital letter, which may be anybody's name, follows the word before it at once."""
    token = tokens[k]
    named = _may_be_somebody([token]) and len(token.word) > 2 and token.word not in _before()["duties"]
    return named and low[tokens[k - 1].end : token.start] in (" ", ": ")


def _among_things(tokens: list[_Token], k: int, low: str) -> bool:
    """Whether the line up to a token holds a word that stands before brands and places: `Kopi Kapal Api, Torabika`."""
    line = low.rfind("\n", 0, tokens[k].start) + 1
    before = takewhile(lambda token: token.start >= line, (tokens[i] for i in range(k - 1, -1, -1)))
    return any(token.word in _before()["before_things"] for token in before)


# At a number


def _at_numbers(tokens: list[_Token], low: str, others: list[Place]) -> Iterator[int]:
    """Names just before a number (`Anggi 0851...`), or after one (`BCA 4640718253 Suparmi`)."""
    starts, ends = sorted(start for start, _ in others), sorted(end for _, end in others)
    for k, token in enumerate(tokens if others else ()):
        if token.word in towns():  # gudang Porong: -7.5, 112.6
            continue
        if _is_name(token) or (token.capital and len(token.word) > 2 and (_maybe(token) or _unknown(token))):
            after, before = bisect_left(starts, token.end), bisect_right(ends, token.start) - 1
            follows = before >= 0 and _AT_NUMBER.fullmatch(low, ends[before], token.start)
            if follows or (after < len(starts) and _AT_NUMBER.fullmatch(low, token.end, starts[after])):
                yield k


# The whole of a name


def _whole(tokens: list[_Token], k: int, low: str) -> Place:
    """Where the name that has this token begins and ends."""
    first = last = k
    while last + 1 < len(tokens) and last - k < MORE and _goes_on(tokens[last], tokens[last + 1], low):
        last += 1
    while first > 0 and k - first < MORE and _begins_before(tokens[first - 1], tokens[first], low):
        first -= 1
    if last + 2 < len(tokens) and tokens[last + 1].word in _before()["linked"] and tokens[last + 2].large:
        return tokens[first].start, _whole(tokens, last + 2, low)[1]  # Siti Rohani binti Saelan
    if first > 1 and _is_office(tokens[first - 1]) and tokens[first - 2].word in _before()["title"]:
        first -= 1  # Ibu Lurah Siti
    if first > 1 and _is_between(tokens[first - 2], tokens[first - 1], low):
        first -= 1  # Ny. Cucu Cahyati
    if first > 1 and tokens[first - 1].word in LINKS and not tokens[first - 2].free:
        first -= 1  # of a member: M7JA2 binti Mar'i
    title = tokens[first - 1] if first > 0 else None
    if title and _is_title(title) and low[title.end : tokens[first].start] == " ":
        first -= 1
    return tokens[first].start, tokens[last].end


def _is_title(token: _Token) -> bool:
    """Whether a token is a title, or one of those that are words as well, with a capital letter."""
    return token.word in _before()["title"] or (token.large and token.word in _before()["titles_with_a_capital"])


def _is_between(title: _Token, token: _Token, low: str) -> bool:
    """Whether a word with a capital letter, though no name, is between a title and a name: a part of the name."""
    near = low[title.end : token.start] in (" ", ". ") and token.free and token.capital and len(token.word) > 2
    return near and title.word in _before()["title"] and token.word.isalpha() and token.word not in _before()["never"]


def _goes_on(token: _Token, following: _Token, low: str) -> bool:
    gap = low[token.end : following.start]
    if not following.free or gap not in (" ", ". ", "  ", "-", "'", "’"):
        return False
    initial = len(following.word) == 1 and following.word.isalpha() and following.capital
    small = gap == " " and not token.large and _unknown(following) and _NAME_ENDING.search(following.word) is not None
    return gap in ("'", "’") or initial or small or _written_as_name(following) or _surname(token, following)


def _surname(one: _Token, other: _Token) -> bool:
    """Whether two words with capital letters, one of them a sure name, make one name: `Wiryo Sudarmo`."""
    if not one.capital and not other.capital:  # SITI ROKHANI, where everything is in capital letters
        return one.large and other.large and (one.word == "abdul" or (_unknown(other) and _is_name(one)))
    return one.capital and other.capital and _is_no_word(other) and (_is_name(one) or _ends_as_name(one, other))


def _ends_as_name(one: _Token, other: _Token) -> bool:
    """Whether a word that is a name too has one behind it that ends as names do: `Intan Maulidina`."""
    return one.word in lexicon.names() and _NAME_ENDING.search(other.word) is not None


def _begins_before(previous: _Token, token: _Token, low: str) -> bool:
    gap = low[previous.end : token.start]
    if not previous.free:
        return False
    if previous.word in _before()["shortened"]:
        return gap in (". ", ".") or (gap == " " and previous.capital)
    if gap != " " or previous.word in _before()["title"]:
        return False
    if not previous.capital:  # dewi ratnasari
        return not token.capital and previous.word in _before()["begins"] and _is_name(token)
    return _written_as_name(previous) or _surname(token, previous)


# Next to other names


def _in_series(tokens: list[_Token], low: str, known: list[Place]) -> Iterator[Place]:
    """Names next to other names in a series: `joko sama dian`, `Sumarsono, Kasiyati`."""
    waiting, seen = list(known), set()
    while waiting:
        start, end = waiting.pop()
        for k, sure in chain(_to_the_right(tokens, low, end), _to_the_left(tokens, low, start)):
            token = tokens[k]
            bounded = sure and _BOUND.match(low, token.end) is not None
            likely = _maybe(token) or _unknown(token) or (token.capital and _is_no_word(token))
            fits = _written_as_name(token) or (bounded and likely)
            if k not in seen and fits:
                seen.add(k)
                waiting.append(_whole(tokens, k, low))
                yield waiting[-1]


def _to_the_right(tokens: list[_Token], low: str, end: int) -> Iterator[tuple[int, bool]]:
    """The token after a separator after a name, and whether that is a comma or the like."""
    k = bisect_left(tokens, end, key=attrgetter("start"))
    while k < len(tokens) and _AMOUNT_WORD.fullmatch(tokens[k].word):
        k += 1
    if k == len(tokens):
        return
    comma = _COMMA.fullmatch(low, end, tokens[k].start) is not None
    joined = tokens[k].word in _before()["between"] and (comma or low[end : tokens[k].start] == " ")
    if comma or joined:
        k += joined
        k += k + 1 < len(tokens) and tokens[k].word in _before()["title"]
        if k < len(tokens):
            yield k, comma


def _to_the_left(tokens: list[_Token], low: str, start: int) -> Iterator[tuple[int, bool]]:
    """The token before a separator before a name, and whether that is a comma or the like."""
    k = bisect_right(tokens, start, key=attrgetter("end")) - 1
    if k > 0 and tokens[k].word in _before()["title"]:
        start, k = tokens[k].start, k - 1
    if k >= 0 and _COMMA.fullmatch(low, tokens[k].end, start):
        yield k, True
    elif k > 0 and tokens[k].word in _before()["between"] and low[tokens[k].end : start] == " ":
        yield k - 1, False


def _in_fields(tokens: list[_Token], low: str) -> Iterator[Place]:
    """What a form that also asks for an address, a number or a card gives as the name, whatever words it is made of."""
    if _FORM.search(low):
        free = {token.start for token in tokens if token.free}
        yield from (match.span("it") for match in _FIELD.finditer(low) if match.start("it") in free)


def _in_enumerations(tokens: list[_Token], low: str, known: list[Place]) -> Iterator[Place]:
    """What has capital letters between commas where most of what stands there are names: `Bu Tin, Jono, Legi, Agus`."""
    starts, ends = sorted(start for start, _ in known), [token.end for token in tokens]
    for listed in _ENUMERATED.finditer(low) if len(known) > 1 and low.count(",") > 2 else ():
        others, items = [], list(_ITEM.finditer(low, *listed.span("it")))
        for item in items:
            if bisect_left(starts, item.start()) == bisect_left(starts, item.end()):
                words = tokens[bisect_right(ends, item.start()) : bisect_right(ends, item.end())]
                others.append([word for word in words if not _AMOUNT_WORD.fullmatch(word.word)])  # Temu 35
        if len(items) > 2 * len(others):
            yield from ((words[0].start, words[-1].end) for words in others if _may_be_somebody(words))


def _may_be_somebody(words: list[_Token]) -> bool:
    """Whether up to three words are all written like names, and none belongs to a thing, a place or a day."""
    words = words[1:] if words and words[0].word in _before()["one"] else words  # Si Boy
    written = all(word.free and word.capital and word.word.isalpha() and word.word not in _no_items() for word in words)
    return 0 < len(words) < 4 and written


@cache
def _no_items() -> frozenset[str]:
    """Words that are no items of a list of people."""
    return frozenset().union(*(_before()[kind] for kind in NO_ITEMS)) | towns()


def _in_lists(tokens: list[_Token], low: str, known: list[Place]) -> Iterator[Place]:
    """Names at the start of a line of a list (`3. Arsy`, `Arsy: 2`), where another line starts with a name or what
    stands above says that they are people's."""
    begun, starts = {start for start, _ in known}, {token.start: k for k, token in enumerate(tokens)}
    for kind in (_NUMBERED, _BULLETED, _SCORED):
        lines = [match.end() for match in kind.finditer(low)]
        if len(lines) < 2:
            continue
        people = not begun.isdisjoint(lines)
        if not people and not _HEADED.search(low, 0, lines[0]):
            continue
        for line in lines:
            k = starts.get(line)
            if k is None or line in begun:
                continue
            titled = k + 1 < len(tokens) and tokens[k].word in _before()["title"] | {"p", "b", "h"}
            k += titled
            if _written_as_name(tokens[k]) or (people and _unknown(tokens[k])) or (titled and _is_short(tokens[k])):
                yield _whole(tokens, k, low)
