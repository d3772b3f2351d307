"""Which drug a printed name or an order's text means: one cleaning for JSON, scenarios, the page and FHIR.

A text is cut into the words that are known — names of drugs, and what is printed around them — and the rest. A name
counts where it stands between known words, figures and marks: beside any other word it may be part of another
substance's name. Two substances in one text are no drug, unless the vocabulary has their combination. Nothing is
guessed: what is not understood names nothing. The time is linear in the length, which is bounded.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import pairwise

from oncocds.reading.nearest import nearest
from oncocds.vocabulary.kept import once
from oncocds.vocabulary.models import Vocabulary

LONGEST = 500
"""No text of more characters is read: it is no name, and a cut one might lose the second substance."""
_TRADE_MARKS = str.maketrans(dict.fromkeys("™®©℠", " "))
_BIOSIMILAR_STEMS = ("mab", "grastim", "cept", "tecan", "sine", "alfa", "poetin", "kinra", "ase")
_IN_FIGURES = frozenset(".,:*x×")
_NEAREST = 3
_SHORT = 3  # letters: an abbreviation like MTX or EPO counts only where every word is understood
_NAMES, _AROUND, _FIGURE, _MARK, _OTHER = "drug", "around", "figure", "mark", "other"


@dataclass(frozen=True, slots=True)
class Printed:
    """What a text names: the drugs in it (one, or several substances), and whether every word of it is understood."""

    drugs: tuple[str, ...] = ()
    whole: bool = False

    @property
    def one(self) -> str | None:
        """The drug, where there is exactly one."""
        return self.drugs[0] if len(self.drugs) == 1 else None


_NOTHING = Printed()


@dataclass(frozen=True, slots=True)
class _Word:
    kind: str
    text: str
    meaning: str = ""
    after_gap: bool = False  # a blank or a mark stands before it


class PrintedNames:
    """Reads printed names with the words of one vocabulary."""

    def __init__(self, vocabulary: Vocabulary) -> None:
        printed = vocabulary.printed
        self._drugs = vocabulary.drugs
        self._carriers = frozenset(printed.carriers)
        self._traditional = str.maketrans(dict(printed.traditional))
        self._doses = tuple(map(self.clean, printed.doses))
        self._units = frozenset((*self._doses, *map(self.clean, printed.units)))
        self._longest_unit = max(map(len, self._units), default=0)
        self._combinations = {frozenset(drug.of): drug.code for drug in vocabulary.drugs.values() if drug.of}
        self.names: dict[str, str] = {}
        self._words: dict[str, tuple[str, str]] = {}
        for kind, words in printed.words.items():
            for word in words:
                self._words.setdefault(self.clean(word), (kind, ""))
        self._salts = {word for word, (kind, _) in self._words.items() if kind == "around"}
        for code, name in names_of(vocabulary):
            clean = self.clean(name)
            self.names.setdefault(clean, code)
            self._words[clean] = (_NAMES, code)
        lengths: dict[str, set[int]] = {}
        for word in self._words:
            lengths.setdefault(word[0], set()).add(len(word))
        self._lengths = {first: tuple(sorted(found, reverse=True)) for first, found in lengths.items()}

    def clean(self, text: str) -> str:
        """Return a text as names are compared: width, case, traditional characters and blanks do not count."""
        plain = unicodedata.normalize("NFKC", text.translate(_TRADE_MARKS)).casefold().translate(self._traditional)
        plain = unicodedata.normalize("NFKC", "".join(c if c.isprintable() else " " for c in plain))
        return " ".join(plain.split())

    def drug(self, text: str) -> str | None:
        """Return the drug that a text names, None where it names none or several."""
        return self.read(text).one

    def read(self, text: str) -> Printed:
        """Return what a text names."""
        if len(text) > LONGEST:
            return _NOTHING
        clean = self.clean(text)
        if clean in self.names:
            return Printed((self.names[clean],), True)
        found = self._read(list(self._cut(clean)))
        if found.drugs or not any(map(is_ideograph, clean)):
            return found
        return self._read(list(self._cut(_without_blanks(clean))))

    def inside(self, name: str) -> Printed:
        """Return what a name would be read as if it were not a name itself: ``注射用唑来膦酸`` is zoledronic acid."""
        clean = self.clean(name)
        return self._read(list(self._cut(clean, len(clean) - 1)))

    def _read(self, words: list[_Word]) -> Printed:
        kinds = {word.kind for word in words}
        understood = _OTHER not in kinds
        if "denying" in kinds or _NAMES not in kinds or not all(self._stands(words, at) for at in range(len(words))):
            return _NOTHING
        if not understood and (
            any(map(_too_short, words)) or any(map(_unknown_part, _parts(words))) or self._unknown_drug(words)
        ):
            return _NOTHING
        drugs = {word.meaning for word in words if word.kind == _NAMES}
        drugs = drugs - self._carriers or drugs
        if "in_turn" in kinds and len(drugs) > 1:
            return _NOTHING  # one after the other
        if "local" in kinds and any(self._drugs[code].classes for code in drugs):
            return _NOTHING
        combined = self._combinations.get(frozenset(drugs))
        return Printed((combined,) if combined else tuple(sorted(drugs)), understood)

    def _stands(self, words: list[_Word], at: int) -> bool:
        """Return whether the word at a place is no name, or a name between words that leave it what it is."""
        if words[at].kind != _NAMES:
            return True
        before = next((word for word in reversed(words[:at]) if word.kind != _AROUND), None)
        if before is not None and before.kind == _OTHER and _adjacent(words, at, backward=True):
            return False
        after = next((word for word in words[at + 1 :] if word.kind != _AROUND), None)
        return after is None or after.kind != _OTHER or not _adjacent(words, at, backward=False)

    def _unknown_drug(self, words: list[_Word]) -> bool:
        """Return whether an unknown word has a form or a strength of its own: then it is another drug."""
        pairs = pairwise(words)
        return any(one.kind == _OTHER and (two.kind == "ends" or self._is_strength(two)) for one, two in pairs)

    def _is_strength(self, word: _Word) -> bool:
        return word.kind == _FIGURE and word.text.endswith(self._doses)

    def _cut(self, text: str, longest: int = LONGEST) -> Iterator[_Word]:
        """Yield the words of a clean text from left to right, the longest (up to ``longest``) known at each place."""
        at, gap, previous = 0, True, _MARK
        while at < len(text):
            first = text[at]
            if first == " ":
                at, gap = at + 1, True
                continue
            found = self._known_at(text, at, previous, longest)
            if found is None and first.isdecimal():
                found = _Word(_FIGURE, text[at : self._end_of_figure(text, at)])
            if found is None and not first.isalnum():
                at, gap, previous = at + 1, True, _MARK
                if first not in "-.'’":
                    yield _Word(_MARK, first)
                continue
            word = found or _unknown(text, at)
            yield _Word(word.kind, word.text, word.meaning, gap)
            at += len(word.text)
            if word.kind == _NAMES:
                at += _biosimilar(text, at, word.text)
            gap, previous = False, word.kind

    def _known_at(self, text: str, at: int, previous: str, longest: int) -> _Word | None:
        if at and _is_latin(text[at]) and _is_latin(text[at - 1]):
            return None
        for length in self._lengths.get(text[at], ()):
            word = text[at : at + length]
            if length > longest or len(word) < length or word not in self._words or not self._ends(text, at + length):
                continue
            kind, meaning = self._words[word]
            if kind == _NAMES and previous == _NAMES and (salt := self._salt_at(text, at, length)) is not None:
                return salt
            return _Word(_AROUND if kind == "fluids" else kind, word, meaning)
        return None

    def _salt_at(self, text: str, at: int, longest: int) -> _Word | None:
        """Return the salt behind a name: ``calcium`` in ``atorvastatin calcium``, which is a drug elsewhere."""
        words = (text[at : at + length] for length in range(longest, 0, -1))
        found = next((word for word in words if word in self._salts and self._ends(text, at + len(word))), None)
        return None if found is None else _Word(_AROUND, found)

    def _ends(self, text: str, at: int) -> bool:
        """Return whether a word may end here: Latin letters end where no other follows, save a strength."""
        if at >= len(text) or not _is_latin(text[at - 1]):
            return True
        if text[at].isdecimal() and not text[at - 1].isdecimal():
            end = self._end_of_figure(text, at)
            return end > at and not text[at:end].isdecimal()
        return not _is_latin(text[at])

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
            if unit in self._units and not (_is_latin(unit[-1]) and after and _is_letter(after)):
                return start + len(unit)
        return at


def nearest_drugs(text: str, vocabulary: Vocabulary) -> tuple[str, ...]:
    """Return the drugs that a text names, or else those with names that begin alike and look like it."""
    names = printed_names(vocabulary)
    read = names.read(text)
    if read.drugs:
        return read.drugs
    clean = names.clean(text[:LONGEST])
    alike = {name: code for name, code in names.names.items() if name[:1] == clean[:1]}
    return tuple(dict.fromkeys(alike[name] for name in nearest(clean, alike, _NEAREST)))


def names_of(vocabulary: Vocabulary) -> Iterator[tuple[str, str]]:
    """Yield every name of every drug with its code; what stands for no drug in particular has none."""
    for drug in vocabulary.drugs.values():
        if drug.code != "other":
            for name in (*drug.names, drug.code.replace("_", " ")):
                yield drug.code, name


def _end_of_digits(text: str, at: int) -> int:
    """Return where digits end, those behind a point or a sign of multiplication included."""
    while text[at : at + 1].isdecimal() or (text[at : at + 1] in _IN_FIGURES and text[at + 1 : at + 2].isdecimal()):
        at += 1
    return at


def _parts(words: list[_Word]) -> Iterator[list[_Word]]:
    """Yield the parts of a text between the words and marks that join the parts of a combination."""
    part: list[_Word] = []
    for at, word in enumerate(words):
        beside = {one.kind for one in words[max(0, at - 1) : at + 2]}
        if word.kind == "joining" or (word.kind == _MARK and word.text in "+&/" and _FIGURE not in beside):
            yield part
            part = []
        else:
            part.append(word)
    yield part


def _unknown_part(part: list[_Word]) -> bool:
    """Return whether a part of what may be a combination is a word that nobody knows."""
    kinds = {word.kind for word in part}
    return _OTHER in kinds and _NAMES not in kinds


def _too_short(word: _Word) -> bool:
    return word.kind == _NAMES and word.text.isascii() and len(word.text) <= _SHORT


def _adjacent(words: list[_Word], at: int, *, backward: bool) -> bool:
    """Return whether the next word that is not printed around names belongs to the same run as the name does.

    Latin words belong together across a blank, Chinese ones do not.
    """
    step = -1 if backward else 1
    here = at
    while True:
        there = here + step
        word = words[there]
        later = words[here] if backward else word
        both_latin = _is_latin(words[here].text[0 if backward else -1]) and _is_latin(word.text[-1 if backward else 0])
        if later.after_gap and not both_latin:
            return False
        if word.kind != _AROUND:
            return True
        here = there


def _unknown(text: str, at: int) -> _Word:
    """Return the unknown word at a place: a run of Latin letters, figures and hyphens, or one other character."""
    end = at
    while end < len(text) and (_is_latin(text[end]) or (text[end] in "-'" and end > at)):
        end += 1
    word = text[at : max(end, at + 1)]
    every = word[0] == "q" and word[1:].rstrip("hdwm").isdecimal()  # q4w, q12h: how often
    return _Word("order" if every else _OTHER, word)


def _biosimilar(text: str, at: int, name: str) -> int:
    """Return the length of the four letters that tell biosimilars apart, as in ``trastuzumab-dkst``."""
    suffix = text[at : at + 5]
    fits = name.endswith(_BIOSIMILAR_STEMS) and len(suffix) == 5 and suffix[0] == "-" and suffix[1:].isascii()
    return 5 if fits and suffix[1:].isalpha() and not _is_latin(text[at + 5 : at + 6] or " ") else 0


def _without_blanks(text: str) -> str:
    """Return a text without the blanks beside ideographs, which some systems print within names."""
    return "".join(
        c
        for at, c in enumerate(text)
        if c != " " or not (is_ideograph(text[at - 1]) and at + 1 < len(text) and is_ideograph(text[at + 1]))
    )


def _is_latin(character: str) -> bool:
    return character.isalnum() and not is_ideograph(character)


def _is_letter(character: str) -> bool:
    return character.isalpha() and not is_ideograph(character)


def is_ideograph(character: str) -> bool:
    """Tell whether one character is a Chinese one; nothing is none."""
    return "\u3400" <= character <= "\u9fff"


@once
def printed_names(vocabulary: Vocabulary) -> PrintedNames:
    """Return the reader of a vocabulary; made when it is first asked for, once."""
    return PrintedNames(vocabulary)
