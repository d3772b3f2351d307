"""A document as a page shows it: paragraphs of segments, each with the passages that cover it."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise

from oncocds.advice.result import Bilingual
from oncocds.reference.pages import DocumentPage

UNRULED = ("background", "furniture")
"""What becomes of the sentences that no rule rests on."""


@dataclass(frozen=True, slots=True)
class Segment:
    """A stretch of text that the same passages cover; ``anchors`` are those that begin with it.

    ``reason`` says why no rule rests on the sentence, where none does.
    """

    text: str
    passages: tuple[str, ...]
    anchors: tuple[str, ...]
    reason: Bilingual | None = None


@dataclass(frozen=True, slots=True)
class Paragraph:
    """A line of the document, with the rules that rest on passages that begin in it, and those passages.

    ``glosses`` are what those passages say in English, of those that have one.
    """

    anchor: str
    segments: tuple[Segment, ...]
    rules: tuple[tuple[str, tuple[str, ...]], ...]
    glosses: tuple[str, ...]


def passage_id(start: int, end: int) -> str:
    """Return the name of a passage within its document's page: the fragment of a deep link."""
    return f"p{start}-{end}"


def paragraph_id(start: int) -> str:
    """Return the name of the paragraph that begins at a character of its document."""
    return f"t{start}"


def paragraphs(page: DocumentPage) -> tuple[Paragraph, ...]:
    """Return the paragraphs of a document; what is blank is left out."""
    found = []
    place = 0
    for line in page.text.splitlines(keepends=True):
        text = line.rstrip("\r\n")
        if text.strip():
            found.append(_paragraph(page, place, place + len(text)))
        place += len(line)
    return tuple(found)


def _paragraph(page: DocumentPage, start: int, end: int) -> Paragraph:
    here = [passage for passage in page.passages if passage.start < end and passage.end > start]
    silent = [s for s in page.sentences if s.disposition in UNRULED and s.start < end and s.end > start]
    edges = [(p.start, p.end) for p in here] + [(s.start, s.end) for s in silent]
    bounds = sorted({start, end, *(min(max(edge, start), end) for pair in edges for edge in pair)})
    segments = []
    for left, right in pairwise(bounds):
        covering = [p for p in here if p.start <= left and right <= p.end]
        segments.append(
            Segment(
                page.text[left:right],
                tuple(passage_id(p.start, p.end) for p in covering),
                tuple(passage_id(p.start, p.end) for p in covering if max(p.start, start) == left),
                next((s.reason for s in silent if not covering and s.start <= left and right <= s.end), None),
            )
        )
    begun = [passage for passage in here if passage.start >= start]
    rules: dict[str, list[str]] = {}
    for passage in begun:
        for rule in passage.rules:
            rules.setdefault(rule, []).append(passage_id(passage.start, passage.end))
    return Paragraph(
        paragraph_id(start),
        tuple(segments),
        tuple((rule, tuple(places)) for rule, places in rules.items()),
        tuple(one.gloss for one in begun if one.gloss is not None),
    )
