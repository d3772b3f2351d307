"""A printed text cut into words: those that are known, figures with their units, marks, and what nobody knows."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass

LONGEST = 500
"""No text of more characters is read: it is no name, and a cut one might lose the second substance."""
_BIOSIMILAR_STEMS = ("mab", "grastim", "cept", "tecan", "sine", "alfa", "poetin", "kinra", "ase")
_IN_FIGURES = frozenset(".,:*x×")
NAMES, AROUND, FIGURE, MARK, OTHER = "drug", "around", "figure", "mark", "other"


@dataclass(frozen=True, slots=True)
class Word:
    """A word of a text: what kind it is of, and the drug it means if it is a name."""

    kind: str
    text: str
    meaning: str = ""
    after_gap: bool = False  # a blank or a mark stands before it


class Cutting:
    """Cuts clean texts; ``words`` are the known ones, each with its kind and meaning."""

    def __init__(self, words: Mapping[str, tuple[str, str]], salts: Collection[str], units: Collection[str]) -> None:
        self._words, self._salts, self._units = words, salts, units
        self._longest_unit = max(map(len, units), default=0)
        lengths: dict[str, set[int]] = {}
        for word in words:
            lengths.setdefault(word[0], set()).add(len(word))
        self._lengths = {first: tuple(sorted(found, reverse=True)) for first, found in lengths.items()}

    def cut(self, text: str, longest: int = LONGEST) -> Iterator[Word]:
        """Yield the words of a clean text from left to right, the longest (up to ``longest``) known at each place."""
        at, gap, previous = 0, True, MARK
        while at < len(text):
            first = text[at]
            if first == " ":
                at, gap = at + 1, True
                continue
            found = self._known_at(text, at, previous, longest)
            if found is None and first.isdecimal():
                found = Word(FIGURE, text[at : self._end_of_figure(text, at)])
            if found is None and not first.isalnum():
                at, gap, previous = at + 1, True, MARK
                if first not in "-.'’":
                    yield Word(MARK, first)
                continue
            word = found or _unknown(text, at)
            yield Word(word.kind, word.text, word.meaning, gap)
            at += len(word.text)
            if word.kind == NAMES:
                at += _biosimilar(text, at, word.text)
            gap, previous = False, word.kind

    def _known_at(self, text: str, at: int, previous: str, longest: int) -> Word | None:
        if at and is_latin(text[at]) and is_latin(text[at - 1]):
            return None
        for length in self._lengths.get(text[at], ()):
            word = text[at : at + length]
            if length > longest or len(word) < length or word not in self._words or not self._ends(text, at + length):
                continue
            kind, meaning = self._words[word]
            if kind == NAMES and previous == NAMES and (salt := self._salt_at(text, at, length)) is not None:
                return salt
            return Word(AROUND if kind == "fluids" else kind, word, meaning)
        return None

    def _salt_at(self, text: str, at: int, longest: int) -> Word | None:
        """Return the salt behind a name: ``calcium`` in ``atorvastatin calcium``, which is a drug elsewhere."""
        words = (text[at : at + length] for length in range(longest, 0, -1))
        found = next((word for word in words if word in self._salts and self._ends(text, at + len(word))), None)
        return None if found is None else Word(AROUND, found)

    def _ends(self, text: str, at: int) -> bool:
        """Return whether a word may end here: Latin letters end where no other follows, save a strength."""
        if at >= len(text) or not is_latin(text[at - 1]):
            return True
        if text[at].isdecimal() and not text[at - 1].isdecimal():
            end = self._end_of_figure(text, at)
            return end > at and not text[at:end].isdecimal()
        return not is_latin(text[at])

    def _end_of_figure(self, text: str, at: int) -> int:
        """Return where a figure ends, with its unit and what it is per: ``4 mg/100 ml``, ``60 mg/ml``, ``50mg/支``."""
        end = self._end_of_unit(text, _end_of_digits(text, at))
        while text[end : end + 1] == "/":
            digits = _end_of_digits(text, end + 1)
            per = self._end_of_unit(text, digits)
            if per == digits:
                break
            end = per
        return end

    def _end_of_unit(self, text: str, at: int) -> int:
        """Return where a unit ends that stands at a place, perhaps behind a blank; the place itself without one."""
        start = at + 1 if text[at : at + 1] == " " else at
        for length in range(self._longest_unit, 0, -1):
            unit = text[start : start + length]
            after = text[start + length : start + length + 1]
            if unit in self._units and not (is_latin(unit[-1]) and after and _is_letter(after)):
                return start + len(unit)
        return at


def _end_of_digits(text: str, at: int) -> int:
    """Return where digits end, those behind a point or a sign of multiplication included."""
    while text[at : at + 1].isdecimal() or (text[at : at + 1] in _IN_FIGURES and text[at + 1 : at + 2].isdecimal()):
        at += 1
    return at


def _unknown(text: str, at: int) -> Word:
    """Return the unknown word at a place: a run of Latin letters, figures and hyphens, or one other character."""
    end = at
    while end < len(text) and (is_latin(text[end]) or (text[end] in "-'" and end > at)):
        end += 1
    word = text[at : max(end, at + 1)]
    every = word[0] == "q" and word[1:].rstrip("hdwm").isdecimal()  # q4w, q12h: how often
    return Word("order" if every else OTHER, word)


def _biosimilar(text: str, at: int, name: str) -> int:
    """Return the length of the four letters that tell biosimilars apart, as in ``trastuzumab-dkst``."""
    suffix = text[at : at + 5]
    fits = name.endswith(_BIOSIMILAR_STEMS) and len(suffix) == 5 and suffix[0] == "-" and suffix[1:].isascii()
    return 5 if fits and suffix[1:].isalpha() and not is_latin(text[at + 5 : at + 6] or " ") else 0


def is_latin(character: str) -> bool:
    """Tell whether a character is a letter or a digit, and no Chinese one."""
    return character.isalnum() and not is_ideograph(character)


def _is_letter(character: str) -> bool:
    return character.isalpha() and not is_ideograph(character)


def is_ideograph(character: str) -> bool:
    """Tell whether one character is a Chinese one; nothing is none."""
    return "\u3400" <= character <= "\u9fff"
