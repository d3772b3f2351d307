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
from oncocds.vocabulary.printed_words import (
    AROUND,
    FIGURE,
    LONGEST,
    MARK,
    NAMES,
    OTHER,
    Cutting,
    Word,
    is_ideograph,
    is_latin,
)

_TRADE_MARKS = str.maketrans(dict.fromkeys("™®©℠", " "))
_PRINTED_AROUND, _BRACKETS = frozenset((OTHER, AROUND, FIGURE, "ends", "order")), frozenset("()[]:,;")
_NEAREST = 3
_SHORT = 3  # letters: an abbreviation like MTX or EPO counts only where every word is understood


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


class PrintedNames:
    """Reads printed names with the words of one vocabulary."""

    def __init__(self, vocabulary: Vocabulary) -> None:
        printed = vocabulary.printed
        self._drugs = vocabulary.drugs
        self._carriers = frozenset(printed.carriers)
        self._traditional = str.maketrans(dict(printed.traditional))
        self._doses = tuple(map(self.clean, printed.doses))
        self._combinations = {frozenset(drug.of): drug.code for drug in vocabulary.drugs.values() if drug.of}
        self.names: dict[str, str] = {}
        known: dict[str, tuple[str, str]] = {}
        for kind, words in printed.words.items():
            for word in words:
                known.setdefault(self.clean(word), (kind, ""))
        salts = {word for word, (kind, _) in known.items() if kind == "around"}
        for code, name in names_of(vocabulary):
            clean = self.clean(name)
            self.names.setdefault(clean, code)
            known[clean] = (NAMES, code)
        self._cutting = Cutting(known, salts, frozenset((*self._doses, *map(self.clean, printed.units))))

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
        found = self._read(list(self._cutting.cut(clean)))
        if found.drugs or not any(map(is_ideograph, clean)):
            return found
        return self._read(list(self._cutting.cut(_without_blanks(clean))))

    def unknown_in(self, text: str) -> str | None:
        """Return the words that nobody knows in a text of nothing else but what is printed around a name, if any."""
        if len(text) > LONGEST:
            return None
        words = list(self._cutting.cut(self.clean(text)))
        unknown = [at for at, word in enumerate(words) if word.kind == OTHER]
        if not unknown or not all(word.kind in _PRINTED_AROUND or word.text in _BRACKETS for word in words):
            return None
        first, last = unknown[0], unknown[-1]
        if len(unknown) <= last - first:
            return None
        rest = "".join(f" {word.text}" if word.after_gap else word.text for word in words[first + 1 : last + 1])
        return words[first].text + rest

    def denied(self, text: str) -> str | None:
        """Return the word by which a text does not say that the drug in it is meant: 地舒单抗过敏, if any."""
        words = self._cutting.cut(self.clean(text[:LONGEST]))
        return next((word.text for word in words if word.kind == "denying"), None)

    def mentioned(self, text: str) -> tuple[str, ...]:
        """Return the drugs whose names stand in a text, whatever else does: 地舒单抗过敏."""
        words = self._cutting.cut(self.clean(text[:LONGEST]))
        return tuple(dict.fromkeys(word.meaning for word in words if word.kind == NAMES))

    def is_around(self, text: str) -> bool:
        """Tell whether a text is nothing but what is printed around the names of drugs: words, figures, marks."""
        return all(word.kind not in (OTHER, NAMES) for word in self._cutting.cut(self.clean(text)))

    def inside(self, name: str) -> Printed:
        """Return what a name would be read as if it were not a name itself: ``注射用唑来膦酸`` is zoledronic acid."""
        clean = self.clean(name)
        return self._read(list(self._cutting.cut(clean, len(clean) - 1)))

    def _read(self, words: list[Word]) -> Printed:
        kinds = {word.kind for word in words}
        understood = OTHER not in kinds
        if "denying" in kinds or NAMES not in kinds or not all(self._stands(words, at) for at in range(len(words))):
            return _NOTHING
        if not understood and (
            any(map(_too_short, words)) or any(map(_unknown_part, _parts(words))) or self._unknown_drug(words)
        ):
            return _NOTHING
        drugs = {word.meaning for word in words if word.kind == NAMES}
        drugs = drugs - self._carriers or drugs
        if "in_turn" in kinds and len(drugs) > 1:
            return _NOTHING  # one after the other
        if "local" in kinds and any(self._drugs[code].classes for code in drugs):
            return _NOTHING
        combined = self._combinations.get(frozenset(drugs))
        return Printed((combined,) if combined else tuple(sorted(drugs)), understood)

    def _stands(self, words: list[Word], at: int) -> bool:
        """Return whether the word at a place is no name, or a name between words that leave it what it is."""
        if words[at].kind != NAMES:
            return True
        before = next((word for word in reversed(words[:at]) if word.kind != AROUND), None)
        if before is not None and before.kind == OTHER and _adjacent(words, at, backward=True):
            return False
        after = next((word for word in words[at + 1 :] if word.kind != AROUND), None)
        return after is None or after.kind != OTHER or not _adjacent(words, at, backward=False)

    def _unknown_drug(self, words: list[Word]) -> bool:
        """Return whether an unknown word has a form or a strength of its own: then it is another drug."""
        pairs = pairwise(words)
        return any(one.kind == OTHER and (two.kind == "ends" or self._is_strength(two)) for one, two in pairs)

    def _is_strength(self, word: Word) -> bool:
        return word.kind == FIGURE and word.text.endswith(self._doses)


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


def _parts(words: list[Word]) -> Iterator[list[Word]]:
    """Yield the parts of a text between the words and marks that join the parts of a combination."""
    part: list[Word] = []
    for at, word in enumerate(words):
        beside = {one.kind for one in words[max(0, at - 1) : at + 2]}
        if word.kind == "joining" or (word.kind == MARK and word.text in "+&/" and FIGURE not in beside):
            yield part
            part = []
        else:
            part.append(word)
    yield part


def _unknown_part(part: list[Word]) -> bool:
    """Return whether a part of what may be a combination is a word that nobody knows."""
    kinds = {word.kind for word in part}
    return OTHER in kinds and NAMES not in kinds


def _too_short(word: Word) -> bool:
    return word.kind == NAMES and word.text.isascii() and len(word.text) <= _SHORT


def _adjacent(words: list[Word], at: int, *, backward: bool) -> bool:
    """Return whether the next word that is not printed around names belongs to the same run as the name does.

    Latin words belong together across a blank, Chinese ones do not.
    """
    step = -1 if backward else 1
    here = at
    while True:
        there = here + step
        word = words[there]
        later = words[here] if backward else word
        both_latin = is_latin(words[here].text[0 if backward else -1]) and is_latin(word.text[-1 if backward else 0])
        if later.after_gap and not both_latin:
            return False
        if word.kind != AROUND:
            return True
        here = there


def _without_blanks(text: str) -> str:
    """Return a text without the blanks beside ideographs, which some systems print within names."""
    return "".join(
        c
        for at, c in enumerate(text)
        if c != " " or not (is_ideograph(text[at - 1]) and at + 1 < len(text) and is_ideograph(text[at + 1]))
    )


@once
def printed_names(vocabulary: Vocabulary) -> PrintedNames:
    """Return the reader of a vocabulary; made when it is first asked for, once."""
    return PrintedNames(vocabulary)
