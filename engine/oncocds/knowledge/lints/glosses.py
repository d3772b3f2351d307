"""A gloss says in English what one quoted passage says: every figure of it, none of its own, and nobody's else."""

from __future__ import annotations

import re
import unicodedata
from collections import Counter
from collections.abc import Iterator

from oncocds.knowledge.glosses import glosses_file
from oncocds.knowledge.knowledge import Knowledge
from oncocds.knowledge.lints.lint import Lint, place
from oncocds.knowledge.lints.places import Complaint
from oncocds.knowledge.lints.quantities import Figure, figures
from oncocds.knowledge.lints.words import HAN
from oncocds.sources.passages import fold

_NUMBER = re.compile(r"(?:[<>≤≥]\s*)?[0-9]+(?:\.[0-9]+)?")  # a limit with its side
_SAYS = {0: "does not", 1: "says it once"}
_FIRST_CALENDAR_YEAR = 1900  # 2025年版 names a year and lasts none


class GlossesOfQuotes(Lint):
    """Each gloss is that of a quote of some rule, once, in English, and holds the figures of the quote."""

    def whole(self, knowledge: Knowledge) -> Iterator[Complaint]:
        """Check the glosses of all documents."""
        quoted: dict[str, set[str]] = {document: set() for document in knowledge.documents}
        for passages in knowledge.passages.values():
            for passage in passages:
                quoted[passage.document].add(fold(passage.quote))
        for document, glosses in knowledge.glosses.items():
            told: set[str] = set()
            for number, gloss in enumerate(glosses):
                words = fold(gloss.quote)
                if words not in quoted[document]:
                    message = f"no rule quotes these words of {document}; expected a quote as a rule has it"
                    yield place(glosses_file(document), message, number, "quote")
                elif words in told:
                    yield place(glosses_file(document), "this quote has a gloss already", number, "quote")
                told.add(words)
                for message in unfaithful(gloss.quote, gloss.en):
                    yield place(glosses_file(document), message, number, "en")


def unfaithful(quote: str, en: str) -> Iterator[str]:
    """Yield what a gloss has lost of the figures of its quote, and what it has added."""
    if HAN.search(en):
        yield "the gloss holds Chinese; expected English alone"
    written, told = Counter(_numbers(quote)), Counter(_numbers(en))
    lost = [number for number, count in written.items() if told[number] < count]
    added = [number for number in told if number not in written]
    for number in lost:
        often = f" {written[number]} times" if written[number] > 1 else ""
        yield f"the quote says {number}{often}, the gloss {_SAYS.get(told[number], 'less often')}"
    for number in added:
        yield f"the gloss says {number}, which does not stand in the quote"
    if not (lost or added):  # the same numbers: do they count the same?
        meant, said = dict.fromkeys(_measured(quote)), dict.fromkeys(_measured(en))
        yield from (f"the quote says {figure}, the gloss does not" for figure in meant if figure not in said)
        yield from (f"the gloss says {figure}, the quote does not" for figure in said if figure not in meant)


def _numbers(text: str) -> Iterator[str]:
    for number in _NUMBER.findall(unicodedata.normalize("NFKC", text)):
        yield "".join(number.split())


def _measured(text: str) -> Iterator[Figure]:
    for figure in figures(text):
        if figure.unit and not (figure.unit == "year" and figure.number >= _FIRST_CALENDAR_YEAR):
            yield figure
