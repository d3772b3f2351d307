"""The sentences of a document, numbered ``line.sentence`` as a reader counts them."""

from __future__ import annotations

import re
from bisect import bisect_right
from dataclasses import dataclass
from functools import lru_cache

# A line break always ends a sentence; so do 。！？； and their ASCII forms, with the closing marks right behind them.
# "." ends nothing: it stands in numbers and names.
_SENTENCE = re.compile(r"[^。!?！？;；]*(?:[。!?！？;；]+[”’\"』」)）】]*|$)")


@dataclass(frozen=True, slots=True)
class Sentence:
    """A sentence at its place: ``text[start:end]``, without white space around it; ``id`` counts both from 1."""

    id: str
    start: int
    end: int


@lru_cache(maxsize=16)
def sentences(text: str) -> tuple[Sentence, ...]:
    """Return the sentences of a text in order; empty lines have a number and no sentence."""
    found: list[Sentence] = []
    offset = 0
    for number, line in enumerate(text.split("\n"), start=1):
        count = 0
        for match in _SENTENCE.finditer(line):
            words = match[0].strip()
            if words:
                count += 1
                start = offset + match.start() + match[0].index(words)
                found.append(Sentence(f"{number}.{count}", start, start + len(words)))
        offset += len(line) + 1
    return tuple(found)


def sentences_at(text: str, start: int, end: int) -> tuple[Sentence, ...]:
    """Return the sentences that ``text[start:end]`` (begin and end no white space) stands in: one, or a run of them."""
    every = sentences(text)
    starts = [sentence.start for sentence in every]
    return every[bisect_right(starts, start) - 1 : bisect_right(starts, end - 1)]
