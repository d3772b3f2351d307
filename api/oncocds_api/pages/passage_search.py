"""Sentences of the documents found by words: those of the sentence itself, and of the rules that rest on it."""

from __future__ import annotations

import unicodedata
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from oncocds.reference.ledger import SentencePage
from oncocds.reference.pages import DocumentPage, RulePage
from oncocds_api.reference.documents import paragraph_id, passage_id


@dataclass(frozen=True, slots=True)
class FoundSentence:
    """A sentence that holds what is sought; ``anchor`` is a passage of it or, where it has none, its paragraph."""

    document: str
    anchor: str
    text: str
    rules: tuple[str, ...]


class PassageSearch:
    """Every sentence of the documents with what it is found by."""

    def __init__(self, documents: Mapping[str, DocumentPage], rules: Mapping[str, RulePage]) -> None:
        self._sentences = [
            (one, _plain(_words(one, rules)))
            for document in documents.values()
            for one in (_found(document, sentence) for sentence in document.sentences)
        ]

    def find(self, sought: str) -> list[FoundSentence]:
        """Return the sentences in which every word occurs, in the order of the documents; none where none is sought."""
        words = _plain(sought).split()
        return [one for one, text in self._sentences if all(word in text for word in words)] if words else []


def _plain(text: str) -> str:
    return unicodedata.normalize("NFKC", text).lower()


def _found(document: DocumentPage, sentence: SentencePage) -> FoundSentence:
    passages = [one for one in document.passages if one.start < sentence.end and one.end > sentence.start]
    inside = [one for one in passages if one.start >= sentence.start] or passages
    line = document.text.rfind("\n", 0, sentence.start) + 1
    anchor = passage_id(inside[0].start, inside[0].end) if inside else paragraph_id(line)
    rules = dict.fromkeys(rule for one in passages for rule in one.rules)
    return FoundSentence(document.id, anchor, sentence.text, tuple(rules))


def _words(one: FoundSentence, rules: Mapping[str, RulePage]) -> str:
    parts: Sequence[str] = [one.text]
    for rule in one.rules:
        title = rules[rule].title
        parts = [*parts, rule, title.zh, title.en]
    return "\n".join(parts)
