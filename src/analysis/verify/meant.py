"""Check that each computed number is the one its sentence is about: the right end, claim, unit and case.

A sentence that is word for word in the release must have the same numbers and conditions as there. Any other is judged
by its words (meant.yaml); it passes if its words say nothing about the number.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

from analysis import book, study
from analysis.claims.rule import load_claims
from analysis.errors import InputError
from analysis.verify import markdown
from analysis.verify.release import named_version, tool, version_of
from analysis.verify.subject import Finding, Subject

FIX = "Bind the number that the words speak of, or say in the words which it is."
ROUND = "Give it enough digits that it says no more than was computed, for example one more."
MOST = 0.2  # relative error by which a shown number may differ from its value
FEWEST = 3  # least number of words by which a sentence is recognised
COMPARED = ("calibration", "speed", "reply-table", "spreading")  # directives whose argument names what they show

_ROLE = re.compile(r"\{(num|verdict)\}`([^`]*)`")
_OTHER = re.compile(r"\{[\w:-]+\}`([^`<]*)[^`]*`")
_MARK = re.compile("\x02(\\d+)\x03")
_END = re.compile(r"([.?!][\"”’)*_]*)\s+(?=[“\"(*_]*[A-Z\x02])")
_ITEM = re.compile(r"^\s*(?:[-*+]|\d+\.)\s|^\s*\|")
_TO = re.compile(r"\W*\b(?:to|up to|sampai(?: dengan)?|hingga|s\.d\.)\W*|\s*[–—-]\s*")
_AND = re.compile(r"\W*\b(?:and|dan)\W*")
_BETWEEN = re.compile(r"\b(?:between|antara)\W*$", re.I)
_SHOWN = re.compile(r"[−-]?\d[\d,]*(?:\.\d+)?")
_HUNDRED = re.compile(r"\b(?:(a|one|two|three|four|five|six|seven|eight|nine|se)[ -]?)?(?:hundred|ratus)\b", re.I)
_WORDS = ("one", "two", "three", "four", "five", "six", "seven", "eight", "nine")
_DIGITS = {word: digit for digit, word in enumerate(_WORDS, 1)}


@dataclass(frozen=True)
class Bound:
    """A number or verdict in a sentence. at, end: the position of its mark in the sentence's text."""

    kind: str
    path: str
    spec: str
    at: int
    end: int

    @property
    def interval(self) -> tuple[str, str]:
        """The quantity of which it is an end or the value, and low, high or value; two empty texts for any other."""
        parent, _, leaf = self.path.rpartition(".")
        if leaf in ("low", "high", "value"):
            return parent, leaf
        name, _, end = leaf.rpartition("_")
        return (f"{parent}.{name}", end) if name and end in ("low", "high") else ("", "")


@dataclass(frozen=True)
class BoundSentence:
    """A sentence of a page. text: its words, with a mark in place of each bound; before: texts that say what it is
    about, from near to far; conditions: those under which it is shown, each as when or unless, path, value."""

    line: int
    text: str
    bound: tuple[Bound, ...]
    before: tuple[str, ...]
    conditions: tuple[tuple[str, str, str], ...]

    @property
    def words(self) -> str:
        """The key by which it is recognised: its words, with the places of its numbers."""
        return " ".join(_MARK.sub("\x02", self.text).split())

    @property
    def is_known(self) -> bool:
        """Whether it has enough words to be recognised."""
        return len(re.findall(r"[^\W\d_]{2,}", _MARK.sub(" ", self.text))) >= FEWEST


@dataclass(frozen=True)
class ShownTable:
    """A directive whose argument names what it shows. before: as in a sentence."""

    line: int
    name: str
    argument: str
    before: tuple[str, ...]
    conditions: tuple[tuple[str, str, str], ...]


@cache
def vocabulary() -> dict[str, Any]:
    """The words of meant.yaml."""
    return study.parsed_yaml(Path(__file__).with_name("meant.yaml").read_text(encoding="utf-8"))


def numbers_are_those_meant(subject: Subject) -> Iterator[Finding]:
    """Each computed number, verdict and table on a page is the one that the words around it are about."""
    claims, values = _Claims(subject), _Values(subject.paths)
    for place, text in subject.prose.items():
        sentences, shown = read(text)
        released = _released(subject, place)
        wrong = [(each.line, what, FIX) for each in sentences for what in _of_words(claims, values, place, each)]
        wrong += [(each.line, what, FIX) for each in shown for what in _of_directive(claims, place, each)]
        wrong += [(line, what, FIX) for line, what in _repeated(shown)]
        wrong += [(line, what, FIX) for line, what in _unlike_release(sentences, shown, *read(released))]
        wrong += [(each.line, what, ROUND) for each in sentences for what in _rounded(values, each, released)]
        yield from (Finding(f"{place}, line {line}", what, fix) for line, what, fix in dict.fromkeys(wrong))


# Reading a page


def read(text: str) -> tuple[list[BoundSentence], list[ShownTable]]:
    """The sentences of a Markdown text that bind something or are conditional, and its directives."""
    sentences: list[BoundSentence] = []
    shown: list[ShownTable] = []
    heading = question = ""
    for part in _parts(text):
        first, whole = part[0], "\n".join(line.text for line in part)
        conditions = tuple(map(_condition, first.conditions))
        if first.opens and first.opens.name in COMPARED:
            before = (question, heading)
            shown.append(ShownTable(first.number, first.opens.name, first.opens.argument, before, conditions))
        elif whole.startswith("#"):
            heading, question = whole.strip("# "), ""
        elif not first.is_mark:
            sentences += _sentences(whole, first.number, (question, heading), conditions)
            if asked := re.search(r"\*\*([^*]*\?)\*\*", whole):
                question = asked[1]
    return sentences, shown


def _parts(text: str) -> Iterator[list[markdown.PageLine]]:
    """Lines that belong together: a paragraph, an item or row, a heading, a mark of a block. Text between marks of
    code, also of directives, is left out."""
    part: list[markdown.PageLine] = []
    for line in markdown.lines(text):
        if any(block.mark[0] in "`~" for block in line.within):
            continue
        alone, empty = line.is_mark or line.text.startswith("#"), not line.text.strip()
        if part and (alone or empty or _ITEM.match(line.text)):
            yield part
            part = []
        if alone:
            yield [line]
        elif not empty:
            part.append(line)
    if part:
        yield part


def _condition(block: markdown.OpenBlock) -> tuple[str, str, str]:
    """A condition as when or unless, path, value."""
    path, _, value = (each.strip() for each in block.argument.partition("="))
    return block.name, path, value


def _sentences(
    block: str, line: int, before: tuple[str, ...], conditions: tuple[tuple[str, str, str], ...]
) -> Iterator[BoundSentence]:
    """The sentences of a block of prose; one without a word belongs to the one before it."""
    found: list[re.Match[str]] = []

    def mark(match: re.Match[str]) -> str:
        found.append(match)
        return f"\x02{len(found) - 1}\x03"

    whole = _OTHER.sub(r"\1", _ROLE.sub(mark, block))
    pieces: list[tuple[int, str]] = []
    start = 0
    for match in [*_END.finditer(whole), None]:
        piece = whole[start : match.end(1)] if match else whole[start:]
        if pieces and not re.search(r"[^\W\d_]", _MARK.sub("", piece)):
            pieces[-1] = (pieces[-1][0], f"{pieces[-1][1]} {piece}")
        else:
            pieces.append((start, piece))
        start = match.end() if match else start
    for at, piece in pieces:
        bound = tuple(_bound(mark, found[int(mark[1])]) for mark in _MARK.finditer(piece))
        first = next((found[int(mark[1])].start() for mark in _MARK.finditer(piece)), None)
        down = whole.count("\n", 0, at) if first is None else block.count("\n", 0, first)
        yield BoundSentence(line + down, piece, bound, (whole, *before), conditions)


def _bound(mark: re.Match[str], role: re.Match[str]) -> Bound:
    path, _, spec = (part.strip() for part in role[2].partition("|"))
    return Bound(role[1], path, spec, mark.start(), mark.end())


# By the release


def _released(subject: Subject, place: str) -> str:
    """The text of a page in the release; empty if the release is not available, is not the version that the study began
    with, or has no such page."""
    used = tool(subject.root)
    if used.base is None or named_version(subject) not in ("", version_of(used.base)):
        return ""
    path = used.file(place)
    try:
        return path.read_text(encoding="utf-8") if path and place.endswith(".md") and path.is_file() else ""
    except (OSError, UnicodeDecodeError):
        return ""


def _unlike_release(
    now: list[BoundSentence], shown: list[ShownTable], then: list[BoundSentence], shown_then: list[ShownTable]
) -> Iterator[tuple[int, str]]:
    """Sentences and directives with the release's words but other numbers or inverted conditions."""
    known: dict[str, list[BoundSentence]] = {}
    for each in then:
        known.setdefault(each.words, []).append(each)
    for each in now:
        same = known.get(each.words, []) if each.is_known else []
        if not same:
            continue
        given, theirs = _keys(each), [_keys(one) for one in same]
        if given not in theirs:
            other = next((pair for pair in zip(given, theirs[0], strict=True) if pair[0] != pair[1]), ("", ""))
            yield each.line, f"the release has this sentence word for word with {other[1]}, not with {other[0]}"
        if all(turned := [_turned(one.conditions, each.conditions) for one in same]):
            yield each.line, f"the release shows this sentence under another condition: {turned[0]}"
    for one in shown:
        mine, theirs_ = ([each.argument for each in group if each.name == one.name] for group in (shown, shown_then))
        if len(mine) == len(theirs_) and mine.count(one.argument) > theirs_.count(one.argument):
            wanted = theirs_[mine.index(one.argument)]
            yield one.line, f"the release has `{{{one.name}}} {wanted}` in the place of `{{{one.name}}} {one.argument}`"


def _keys(sentence: BoundSentence) -> tuple[str, ...]:
    return tuple(f"{each.kind} {each.path}" for each in sentence.bound)


def _turned(then: Iterable[tuple[str, str, str]], now: Iterable[tuple[str, str, str]]) -> str:
    """A condition on the same path that is the opposite, or has another value; empty where there is none."""
    for kind, path, value in now:
        for kind_then, path_then, value_then in then:
            if path == path_then and (kind, value) != (kind_then, value_then):
                return f"{kind_then} {path_then} {f'= {value_then}' if value_then else ''}".strip()
    return ""


# By the words


def _of_words(claims: _Claims, values: _Values, place: str, sentence: BoundSentence) -> Iterator[str]:
    """Errors in the numbers of a sentence, judged by its words."""
    if not sentence.bound:
        return
    yield from _intervals(sentence)
    yield from claims.wrong(sentence, place)
    for each in sentence.bound:
        if each.kind == "num":
            yield from _units(claims, sentence, each)
            yield from _cases(values, sentence, each)
            yield from _hidden(sentence, each)
    yield from _compared(sentence)


def _intervals(sentence: BoundSentence) -> Iterator[str]:
    """Interval ends without the other end, in the wrong order, or of a quantity other than the number before them."""
    ends: dict[str, dict[str, Bound]] = {}
    for each in sentence.bound:
        quantity, end = each.interval
        if end in ("low", "high"):
            ends.setdefault(quantity, {})[end] = each
    one_only = re.search("|".join(rf"\b(?:{each})" for each in vocabulary()["one_end"]), sentence.text, re.I)
    for quantity, found in ends.items():
        if len(found) == 1 and not one_only:
            end, lacking = ("low", "high") if "low" in found else ("high", "low")
            yield f"the interval of {quantity} has its {end} end here and not its {lacking} end"
    for first, second in zip(sentence.bound, sentence.bound[1:], strict=False):
        between, (a, end_a), (b, end_b) = sentence.text[first.end : second.at], first.interval, second.interval
        pair = _TO.fullmatch(between) or (_AND.fullmatch(between) and _BETWEEN.search(sentence.text[: first.at]))
        if (
            pair
            and a
            and b
            and (a == b or {end_a, end_b} & {"low", "high"})
            and (a, end_a, end_b) != (b, "low", "high")
        ):
            yield f"from {first.path} to {second.path} is not an interval from the low to the high end of one quantity"
        elif pair and bool(a) != bool(b) and ({end_a, end_b} & {"low", "high"}):
            yield f"from {first.path} to {second.path} is not an interval of one quantity"
    yield from _bracketed(sentence)


def _bracketed(sentence: BoundSentence) -> Iterator[str]:
    """An interval in brackets after a number of another quantity, or after one of its own ends."""
    for at in range(len(sentence.bound) - 2):
        number, low, high = sentence.bound[at : at + 3]
        (quantity, what), (own, end), (other, far) = number.interval, low.interval, high.interval
        opened = sentence.text[number.end : low.at]
        if (end, far) == ("low", "high") and own == other and what and opened.count("(") > opened.count(")"):
            if quantity != own:
                yield f"the interval of {own} stands in brackets after {number.path}"
            elif what != "value":
                yield f"{number.path} stands where the value of {quantity} does, before its interval"


def _rounded(values: _Values, sentence: BoundSentence, released: str) -> Iterator[str]:
    """Numbers rounded so much that they mislead; those on the release's page are not judged."""
    for each in sentence.bound:
        content = f"{{num}}`{each.path}|{each.spec}`"
        if each.kind != "num" or not each.spec or content in released:
            continue
        value = values.at(each.path)
        if isinstance(value, bool) or not isinstance(value, int | float):
            continue
        try:
            shown = book.prose(value, each.spec)
        except InputError:
            continue  # the check of bindings reports it
        numbers = _SHOWN.findall(shown)
        if len(numbers) != 1 or re.search(r"[<>]|[Uu]nder|[Ll]ess|[Bb]elow|[Oo]ver|[Aa]bove|lebih kecil", shown):
            continue
        seen = float(numbers[0].replace("−", "-").replace(",", ""))
        seen /= 100 if each.spec == "hundredfold" or "%" in shown else 1
        if value * seen < 0 or (value != 0 and seen == 0):
            yield f"{each.path} is {value:.3g} and is shown as {shown.strip()}, so that its side of 0 is not seen"
        elif abs(seen - value) > MOST * abs(value):
            yield f"{each.path} is {value:.3g} and is shown as {shown.strip()}, which is more than a fifth off"


def _units(claims: _Claims, sentence: BoundSentence, bound: Bound) -> Iterator[str]:
    """A unit of time next to a number whose metric has another unit."""
    units: Mapping[str, list[str]] = vocabulary()["units"]
    own = {unit for unit in units for part in re.split(r"[._ ]", bound.path) if part in (unit, f"{unit}s")}
    own = own or claims.units(bound.path)
    noun = bound.spec.split()[1] if bound.spec.startswith("count ") else ""
    if own and noun in units and noun not in own:
        yield f"{bound.path} is by the {' or '.join(sorted(own))} and is called {noun}"
        return
    words = _MARK.sub(" ", sentence.text)
    said = {unit for unit, forms in units.items() if re.search(rf"\b(?<!-)(?:{'|'.join(forms)})\b(?!-)", words, re.I)}
    said |= {noun} & set(units)
    others = {each.spec.split()[1] for each in sentence.bound if each.spec.startswith("count ")}
    if own and said and not own & (said | others):
        yield f"{bound.path} is by the {' or '.join(sorted(own))}, and the sentence says {' and '.join(sorted(said))}"


def _cases(values: _Values, sentence: BoundSentence, bound: Bound) -> Iterator[str]:
    """A number of one case where the sentence names another with the same numbers, or wrongly calls it the best."""
    parts = bound.path.split(".")
    taken = {each.path for each in sentence.bound}
    said = {word.lower() for word in re.findall(r"[^\W_]+", _MARK.sub(" ", sentence.text))}
    said |= {str(100 * _DIGITS.get((found[1] or "").lower(), 1)) for found in _HUNDRED.finditer(sentence.text)}
    for at in range(1, len(parts) - 1):
        siblings = values.at(".".join(parts[:at]))
        if not isinstance(siblings, Mapping) or not isinstance(siblings.get(parts[at]), Mapping):
            continue
        own, there = _words(parts[at]), {}
        for name in siblings:
            path = ".".join([*parts[:at], str(name), *parts[at + 1 :]])
            if path != bound.path and path not in taken and isinstance(number := values.at(path), int | float):
                there[str(name)] = number
        for other in there:
            more, less = _words(other) - own, own - _words(other)
            if (
                more
                and less
                and all(_is_said(each, said) for each in more)
                and not any(_is_said(w, said) for w in less)
            ):
                yield f"the sentence speaks of {other}, and the number is {bound.path}"
        yield from _superlative(values, sentence, bound, there)


def _superlative(values: _Values, sentence: BoundSentence, bound: Bound, there: Mapping[str, float]) -> Iterator[str]:
    """A score that is called the best but is the lowest of all, or the worst but is the highest."""
    start = max((each.end for each in sentence.bound if each.end <= bound.at), default=0)
    most = re.search(r"\b(best|worst|terbaik|terburuk)\b", sentence.text[start : bound.at], re.I)
    value, leaf = values.at(bound.path), bound.path.rpartition(".")[2]
    if not most or len(there) < 2 or not isinstance(value, int | float) or leaf not in vocabulary()["more_is_better"]:
        return
    best = most[1].lower() in ("best", "terbaik")
    if all((number > value if best else number < value) for number in there.values()):
        yield f"{bound.path} is said to be the {most[1].lower()}, and is the {'least' if best else 'highest'}"


def _compared(sentence: BoundSentence) -> Iterator[str]:
    """A number that is compared with itself."""
    for first, second in zip(sentence.bound, sentence.bound[1:], strict=False):
        between = sentence.text[first.end : second.at]
        if first.path == second.path and re.search(
            r"\b(?:against|than|versus|vs|dibanding\w*|daripada)\b", between, re.I
        ):
            yield f"{first.path} is compared with itself"


def _hidden(sentence: BoundSentence, bound: Bound) -> Iterator[str]:
    """A number that is shown only where its part of the study was not computed."""
    for kind, path, value in sentence.conditions:
        root = path.removesuffix(".status")
        if kind == "unless" and value == "ok" and root != path and bound.path.startswith(f"{root}."):
            yield f"{bound.path} is shown only where {path} is not ok, that is, where it was not computed"


def _words(name: str) -> frozenset[str]:
    """The words in a part of a key."""
    words = (word.lower() for word in re.split(r"[\W_]+", name))
    return frozenset(word for word in words if word and word not in ("no", "the", "as", "it", "of", "a", "like"))


def _is_said(word: str, said: set[str]) -> bool:
    """Whether a sentence's words hold a word of a key, or one of many, or its like in Indonesian."""
    return bool(said & {word, f"{word}s", word.removesuffix("s"), *vocabulary()["words"].get(word, [])})


class _Values:
    """A study's computed numbers; each source is read once."""

    def __init__(self, paths: study.Paths) -> None:
        self.paths = paths
        self.sources: dict[str, Any] = {}

    def at(self, path: str) -> Any:
        """The value at a path; None where there is none."""
        root, *names = path.split(".")
        if root not in self.sources:
            try:
                self.sources[root] = book.lookup(self.paths, root)
            except InputError:
                self.sources[root] = None
        value = self.sources[root]
        for name in names:
            if isinstance(value, list) and name.isdigit() and int(name) < len(value):
                value = value[int(name)]
            elif isinstance(value, Mapping):
                value = value.get(name, value.get(int(name)) if name.isdigit() else None)
            else:
                return None
        return value


class _Claims:
    """The claims of a study, with the words and paths that identify each."""

    def __init__(self, subject: Subject) -> None:
        self.claims = load_claims(subject.root / "claims.yaml")
        declared = {each["sentence"]: each["words"] for each in vocabulary()["claims"]}
        plain = [set(re.findall(r"[a-z]{6,}", str(claim["sentence"]).lower())) for claim in self.claims]
        self.patterns: dict[str, list[re.Pattern[str]]] = {}
        for claim, own in zip(self.claims, plain, strict=True):
            others = set().union(*(words for words in plain if words is not own))
            words = declared.get(claim["sentence"]) or [re.escape(word[:7]) for word in sorted(own - others)]
            self.patterns[claim["id"]] = [re.compile(word, re.I) for word in words]
        try:
            listed = [row["id"] for row in study.read_metrics(subject.paths, "claims")["claims"]]
        except (InputError, KeyError, TypeError):
            listed = []
        self.paths = {f"claims.claims.{at}.": str(name) for at, name in enumerate(listed)}
        self.paths |= {f"{claim['metrics']}.": claim["id"] for claim in self.claims}

    def of(self, bound: Bound) -> str:
        """The claim to which a number or verdict belongs; empty where there is none."""
        if bound.kind == "verdict":
            return bound.path if bound.path in self.patterns else ""
        return next((name for path, name in self.paths.items() if bound.path.startswith(path)), "")

    def units(self, path: str) -> set[str]:
        """Units of time in the unit of a claim's own number."""
        parent, _, leaf = path.rpartition(".")
        unit = next((str(each.get("unit")) for each in self.claims if each["metrics"] == parent), "")
        return {name for name in vocabulary()["units"] if leaf in ("value", "low", "high") and name in unit.split()}

    def scores(self, text: str) -> dict[str, int]:
        """How many of each claim's words a text contains; only claims named by their ids, if there are any."""
        plain = _MARK.sub(" ", text)
        named = {name for name in self.patterns if re.search(rf"(?<![\w.]){name}(?!\w)", plain, re.I)}
        if named:
            return {name: int(name in named) for name in self.patterns}
        return {name: sum(bool(word.search(plain)) for word in words) for name, words in self.patterns.items()}

    def wrong(self, sentence: BoundSentence, place: str) -> Iterator[str]:
        """Numbers and verdicts of one claim where the words are about another."""
        found = [(each, self.of(each)) for each in sentence.bound if self.of(each)]
        several = len({name for _, name in found}) > 1
        for at, (each, name) in enumerate(found):
            texts = (
                [self._beside(sentence, found, at)] if several else [sentence.text, *sentence.before, Path(place).stem]
            )
            if better := self._better(name, texts):
                yield f"{each.kind} {each.path} is of {name}, and the words are of {better}"

    def _beside(self, sentence: BoundSentence, found: list[tuple[Bound, str]], at: int) -> str:
        """The words of a sentence that belong to one of several claims in it: those before it, from after the brackets
        that follow the previous one, and those in brackets after it."""
        start = found[at - 1][0].end if at else 0
        end = found[at + 1][0].at if at + 1 < len(found) else len(sentence.text)
        before = re.sub(r"^[^().,;:]{0,30}\([^()]*\)", "", sentence.text[start : found[at][0].at])
        behind = re.match(r"[^().,;:]{0,30}\(([^()]*)\)", sentence.text[found[at][0].end : end])
        return f"{before} {behind[1] if behind else ''}"

    def _better(self, name: str, texts: Iterable[str]) -> str:
        """The claim that the first text with any claim's words fits better than the one named; empty where none."""
        for text in texts:
            scores = self.scores(text)
            if any(scores.values()):
                best = max(scores, key=lambda each: scores[each])
                return best if scores[best] > scores.get(name, 0) else ""
        return ""

    def better_by_heading(self, name: str, texts: Iterable[str]) -> str:
        """Like _better, for a name written as in a directive (c1)."""
        own = next((each for each in self.patterns if each.lower() == name), "")
        return self._better(own, texts) if own else ""


def _of_directive(claims: _Claims, place: str, shown: ShownTable) -> Iterator[str]:
    """A table or sentence of another claim, or of another chapter, than its heading and page."""
    what = f"`{{{shown.name}}} {shown.argument}`"
    page = Path(place.split(",")[0]).stem
    if better := claims.better_by_heading(shown.argument, [page.replace("-", " "), *shown.before]):
        yield f"{what} is of another claim than this page or section, which is of {better}"
    chapter, _, step = shown.argument.partition("-")
    if chapter == "intervals" and step in study.STEPS and page[3:] in study.STEPS and page[3:] != step:
        yield f"{what} is of another chapter"


def _repeated(shown: list[ShownTable]) -> Iterator[tuple[int, str]]:
    """Tables that are repeated on a page although no condition chooses between them."""
    seen: set[tuple[str, str]] = set()
    for each in (each for each in shown if not each.conditions):
        if (each.name, each.argument) in seen:
            yield each.line, f"`{{{each.name}}} {each.argument}` is on this page twice"
        seen.add((each.name, each.argument))
