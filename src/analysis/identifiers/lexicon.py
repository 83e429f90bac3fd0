"""Word lists: which words are people's names, and which are ordinary words of Indonesian, Javanese and English.

names.txt: given and family names used in Indonesia, written for this project, with those of Faker's providers id_ID,
en_US, en_GB, en_IE and en_NZ (MIT licence). words.txt: the words of spacy-lookups-data's Indonesian lemma table (MIT
licence). roots.txt: what that table lacks of the root words of Indonesian, and of the words that tagged news has for no
proper noun, of the package nlp-id 0.1.23 (MIT licence), without names; of the short ones, many of which nobody uses
and some of which are names elsewhere, those that were chosen by hand. english.txt: the 12,000 most frequent English
words of its table of probabilities that are written in small letters more often than with a capital, and so are no
names, and of the next 18,000 those of five letters or more that its list of lemmas has. chat.txt: words as chats have
them, of the simulated texts and of the labelled sentences of benchmarks/scrubbing/, and a list of Javanese, chat, brand
and place words written for this project. java.txt: words of Javanese (ngoko and krama), Madurese, Sundanese and Betawi,
of kitchens, fabrics, tools, fish, feasts and prayers, of agencies, towns and brands, written for this project after
rounds 27 to 40, 62 and 68, with the words of all to 62; unlike those of chat.txt they count only as they are written,
since a mistyped one would often be a name. regions.txt: words of Sunda, Minangkabau, Batak, Makassar and Bugis, Banjar,
Manado, Bali and Betawi, and of coffees, machines, motor-bikes, fabrics, football, ministries, banks and prayers,
likewise, written after rounds 29 and 30; places.txt: districts and quarters of the large cities of all islands, and
hills, springs, markets and hospitals of East Java.
villages.txt: the villages of Java, Madura and Bali and the districts of all Indonesia, written as one word, of the npm
package wilayah-indonesia 1.0.2 (MIT licence). figures.txt: people whom the whole country knows, of politics, stage,
sport, faith, history, tales and legend, a phrase to a line, written for this project after the rounds and from lists
that runs of a language model wrote without having seen any; one who shares the name with many (Ahmad Yani, Imam Bonjol,
Siti Aisyah) is not there. Such stand in named.txt, from a list of the same kind, if streets, hospitals or tombs are
called after them: a word before the name has to say that it is one.
Some words are both names and words.
"""

from __future__ import annotations

import re
from functools import cache, lru_cache
from pathlib import Path

WORDS = ("words.txt", "roots.txt", "chat.txt", "java.txt", "regions.txt", "english.txt")
LONGEST = 30  # letters of a word of chats

_SUFFIX = re.compile(
    r"(?:nya|nye|ku|mu|lah|kah|pun|ne|e|an|i|kan|no|ane|en|ke|in|ake|aken|(?<=\w{4})(?:na|keun|nyo)|(?<=\w{5})ono)$"
)
_PREFIX = re.compile(r"^(?:di|ke|se|ng|ny|n|m|tak|dak|me|mem|men|meng|ber|ter|per|pe|peng|pem|pen|nge)(?=\w{3})")
_OLD = (
    "su har dar kar mar sar war pur sud sug suk sum sun sup sur sut suw suy pon ngat wag leg tuk tug jum kas mis mul "
    "mas sol gun win wir yat ngad nga pai par sat ser som sub sul tas tar tir tum tur wah wid war was gin jum kat lam"
)
_OLD_ENDINGS = (
    "ono adi aji anto arto atno awan iman imin ijan iran irin yani iyem inem inah iyah iyati iati atmi arni ini "
    "ati ningsih arsih yono yanto yadi mono isno edjo ejo joko arti artini irat iatin iatun atun ilah inten "
    "minten ijem inem iyah"
)
_ENDINGS = (
    "ningsih ningrum ningtyas wati yanti yanto astuti uddin udin ullah iyatul atul atus atuz rohman rohmah santoso "
    "iyem inem"
)
_OLD_NAME, _NEW_NAME = (rf"(?:{'|'.join(words.split())})" for words in (_OLD_ENDINGS, _ENDINGS))
_DRAWN_OUT = re.compile(r"(.)\1{2,}")
_MADE_LIKE_A_NAME = re.compile(rf"(?:{'|'.join(_OLD.split())})\w{{1,6}}{_OLD_NAME}|\w{{3,}}{_NEW_NAME}")


@cache
def _listed(file: str) -> frozenset[str]:
    return frozenset(Path(__file__).with_name(file).read_text(encoding="ascii").split())


@cache
def _phrases(file: str) -> tuple[str, ...]:
    return tuple(Path(__file__).with_name(file).read_text(encoding="ascii").splitlines())


def figures() -> tuple[str, ...]:
    """Names of people whom everybody knows, in small letters."""
    return _phrases("figures.txt")


def named() -> tuple[str, ...]:
    """After whom streets, hospitals, halls, schools and tombs are named, in small letters; many bear such a name."""
    return _phrases("named.txt")


def names() -> frozenset[str]:
    """Names, in small letters."""
    return _listed("names.txt")


def places() -> frozenset[str]:
    """Districts and quarters of the large cities, in small letters."""
    return _listed("places.txt")


def villages() -> frozenset[str]:
    """Villages of Java, Madura and Bali and all districts, in small letters without blanks; many are words as well."""
    return _listed("villages.txt")


def words_of_books() -> frozenset[str]:
    """Words of standard Indonesian, in small letters."""
    return _listed("words.txt")


@cache
def words() -> frozenset[str]:
    """Ordinary words, in small letters, some of which are names as well."""
    return frozenset().union(*map(_listed, (*WORDS, "places.txt")))


def spoken_here(word: str) -> bool:
    """Whether a word in small letters is one of Indonesian, Javanese or of chats; English ones are none."""
    return any(word in _listed(file) for file in ("words.txt", "roots.txt", "java.txt", "chat.txt"))


@cache
def _one_short() -> frozenset[str]:
    """Words of chats with one letter left out."""
    long = (word for word in _listed("chat.txt") if len(word) > 4)
    return frozenset(word[:k] + word[k + 1 :] for word in long for k in range(1, len(word)))


def _mistyped(word: str) -> bool:
    """Whether a word is one of chats with a letter too many or too few, or two of them swapped."""
    if not 4 <= len(word) <= LONGEST:
        return False
    chat = _listed("chat.txt")
    swapped = (word[:k] + word[k + 1] + word[k] + word[k + 2 :] for k in range(len(word) - 1))
    extra = (k for k in range(1, len(word)) if word[k] == word[k - 1] or len(word) > 6)
    shorter = (word[:k] + word[k + 1 :] for k in extra)
    return word in _one_short() or any(other in chat for other in (*swapped, *shorter))


@lru_cache(maxsize=65_536)
def ordinary(word: str, *, prefixes: bool = True) -> bool:
    """Whether a word in small letters, or what remains of it without an affix or two, is an ordinary word, well typed
    or not, or drawn out (`legaaa`). prefixes: or of a prefix, which a word with a capital letter rarely has."""
    known = words()
    word = _DRAWN_OUT.sub(r"\1", word)
    stems = {word, _SUFFIX.sub("", word)}
    stems |= {_SUFFIX.sub("", stem) for stem in stems}
    if prefixes:
        stems |= {_PREFIX.sub("", stem) for stem in stems}
    return any(len(stem) > 1 and stem in known for stem in stems) or any(map(_mistyped, stems)) or _in_dialect(word)


def _in_dialect(word: str) -> bool:
    """Whether a word is an Indonesian one as Palembang (`siapo`) or Jakarta (`siape`) says it, and no name."""
    return len(word) > 3 and word[-1] in "oe" and word not in names() and f"{word[:-1]}a" in _listed("words.txt")


@lru_cache(maxsize=65_536)
def name(word: str) -> bool:
    """Whether a word in small letters is a name and no common word: listed, or made like one of Java or Arabic."""
    if word in names():
        return word not in words()
    return len(word) > 5 and _MADE_LIKE_A_NAME.fullmatch(word) is not None and not ordinary(word)
