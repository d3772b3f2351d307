"""Quotes resolved to places: a W3C TextQuoteSelector must name exactly one place of a document.

Only white space and Unicode normalisation (NFC) are folded; nothing looser, so that a match is a verbatim quote.
"""

from __future__ import annotations

import unicodedata
from dataclasses import dataclass
from functools import lru_cache
from typing import Literal

from oncocds.sources.documents import Document
from oncocds.sources.sentences import sentences, sentences_at

Role = Literal["states", "supports"]
_COMPARED = 400  # code points of a quote and of a sentence: comparing is quadratic in them
_NEAR_ENOUGH = 0.5  # of the words of a quote that is none


@dataclass(frozen=True, slots=True)
class Passage:
    """A quote at its place.

    ``document`` is the document's id, ``quote`` its own words: ``document.text[start:end] == quote``, in code points.
    ``sentence`` is the whole sentence the quote stands in (from the first to the last, where it spans several) and
    ``sentence_id`` its number: ``45.2``, or ``45.2-45.4``. ``gloss`` is what the quote says in English: a translation
    for readers, never a source; None where nobody wrote one.
    """

    document: str
    quote: str
    start: int
    end: int
    sentence: str
    role: Role
    sentence_id: str = ""
    gloss: str | None = None


class PassageError(LookupError):
    """A quote does not name exactly one place of its document; ``occurrences`` says how many it does name."""

    def __init__(self, message: str, occurrences: int) -> None:
        self.occurrences = occurrences
        super().__init__(message)


def resolve(document: Document, exact: str, prefix: str = "", suffix: str = "", role: Role = "states") -> Passage:
    """Find the one place of a quote; ``prefix`` and ``suffix`` are what stands right before and behind it.

    Raises ``PassageError`` (a ``LookupError``) saying how often it occurs instead.
    """
    needle = fold(exact)
    if not needle:
        raise PassageError("the quote is empty; expected words of the document", 0)
    folded = _folded(document.text)
    anywhere = folded.places(needle)
    before, after = fold(prefix), fold(suffix)
    places = [at for at in anywhere if folded.stands_between(at, at + len(needle), before, after)]
    if len(places) != 1:
        problem = _problem(document.id, len(anywhere), len(places), bool(before or after))
        raise PassageError(problem if anywhere else f"{problem}{_nearest(document.text, needle)}", len(places))
    start, end = folded.starts[places[0]], folded.ends[places[0] + len(needle) - 1]
    spanned = sentences_at(document.text, start, end)
    first, last = spanned[0], spanned[-1]
    return Passage(
        document=document.id,
        quote=document.text[start:end],
        start=start,
        end=end,
        sentence=document.text[first.start : last.end],
        role=role,
        sentence_id=first.id if first is last else f"{first.id}-{last.id}",
    )


def _problem(document: str, anywhere: int, places: int, narrowed: bool) -> str:
    wrong = f"the quote occurs {places} times in {document}, expected exactly once"
    if places > 1:
        return f"{wrong}; add {'more ' if narrowed else ''}prefix/suffix, the words right before or behind it"
    if anywhere:
        found = "once" if anywhere == 1 else f"{anywhere} times"
        return f"{wrong}; without prefix/suffix it occurs {found}: check those"
    return f"{wrong}; copy it from the document, punctuation included"


def _nearest(text: str, needle: str) -> str:
    """Return the stretch of whole sentences that is most like a quote that stands nowhere, with its place."""
    from difflib import SequenceMatcher  # only where a quote stands nowhere

    every = sentences(text)
    width = len(sentences(needle)) or 1
    matcher = SequenceMatcher(autojunk=False)
    matcher.set_seq2(needle[:_COMPARED])
    best, found = _NEAR_ENOUGH, ""
    for first, last in zip(every, every[width - 1 :], strict=False):
        words = text[first.start : last.end]
        matcher.set_seq1(words[:_COMPARED])
        # What a quote shares with a sentence counts by the shorter of the two: a quote is often a part of one.
        scale = min(len(words[:_COMPARED]), len(needle[:_COMPARED]))
        shared = sum(block.size for block in matcher.get_matching_blocks() if block.size > 1) / scale
        if shared > best:
            line = text.count("\n", 0, first.start) + 1
            best, found = shared, f"; nearest there, in line {line}: “{words}”"
    return found


@dataclass(frozen=True, slots=True)
class _Folded:
    """A text in NFC with each run of white space as one space; for each character, where it came from."""

    text: str
    starts: tuple[int, ...]
    ends: tuple[int, ...]

    def places(self, needle: str) -> list[int]:
        found: list[int] = []
        at = self.text.find(needle)
        while at >= 0:
            found.append(at)
            at = self.text.find(needle, at + 1)
        return found

    def stands_between(self, start: int, end: int, before: str, after: str) -> bool:
        # Whether white space parts the quote from its neighbours does not matter.
        if before and not self.text[:start].rstrip(" ").endswith(before):
            return False
        return not after or self.text[end:].lstrip(" ").startswith(after)


def fold(text: str) -> str:
    """Return a text in NFC with each run of white space as one space: quotes that fold alike are the same words."""
    return " ".join(unicodedata.normalize("NFC", text).split())


@lru_cache(maxsize=16)
def _folded(text: str) -> _Folded:
    characters: list[str] = []
    starts: list[int] = []
    ends: list[int] = []
    for start, end in _clusters(text):
        for character in unicodedata.normalize("NFC", text[start:end]):
            if not character.isspace():
                characters.append(character)
                starts.append(start)
                ends.append(end)
            elif characters and characters[-1] == " ":
                ends[-1] = end
            else:
                characters.append(" ")
                starts.append(start)
                ends.append(end)
    return _Folded("".join(characters), tuple(starts), tuple(ends))


def _clusters(text: str) -> list[tuple[int, int]]:
    """Cut a text into the shortest pieces that normalise independently of each other."""
    if unicodedata.is_normalized("NFC", text):
        return [(index, index + 1) for index in range(len(text))]
    pieces: list[tuple[int, int]] = []
    start = 0
    for index in range(1, len(text) + 1):
        if index < len(text) and _belongs(text[start:index], text[index]):
            continue
        pieces.append((start, index))
        start = index
    return pieces


def _belongs(piece: str, character: str) -> bool:
    if piece.isspace():
        return False  # a mark after white space composes with nothing
    if unicodedata.combining(character):
        return True
    # Hangul and a few Indic vowels compose without being combining marks.
    apart = unicodedata.normalize("NFC", piece) + unicodedata.normalize("NFC", character)
    return unicodedata.normalize("NFC", piece + character) != apart
