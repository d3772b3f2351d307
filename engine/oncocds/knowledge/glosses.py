"""What quoted passages say in English (``rules/glosses/``): translations for readers, never sources."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace

from oncocds.errors import Issue
from oncocds.knowledge.documented import Gloss
from oncocds.knowledge.knowledge import Knowledge
from oncocds.reading.marks import issue_in
from oncocds.sources.passages import Passage, fold

HEAD = "# What each quoted passage says in English, word for word: a translation for readers, never a source.\n\n"


def glosses_file(document: str) -> str:
    """Return where the glosses of a document stand, as issues name it."""
    return f"rules/glosses/{document}.yaml"


def glossed(
    passages: Mapping[str, Sequence[Passage]], glosses: Mapping[str, Sequence[Gloss]]
) -> dict[str, tuple[Passage, ...]]:
    """Return the passages of all rules, each with its gloss where there is one."""
    known = {(document, fold(one.quote)): one.en for document, listed in glosses.items() for one in listed}
    return {
        rule: tuple(replace(one, gloss=known.get((one.document, fold(one.quote)))) for one in quoted)
        for rule, quoted in passages.items()
    }


def unglossed(knowledge: Knowledge) -> Iterator[Issue]:
    """Yield each quote that nobody has translated, once, at the first rule that quotes it.

    The answer says nothing in English of such a passage: knowledge is whole without, and not ready to be released.
    """
    told: set[tuple[str, str]] = set()
    for rule in knowledge.rules.values():
        for quote, passage in zip(rule.quotes, knowledge.passages[rule.id], strict=True):
            words = (passage.document, fold(passage.quote))
            if passage.gloss is None and words not in told:
                told.add(words)
                wrong = f"{rule.id}: no gloss of the quote '{_short(passage.quote)}'; say it in English in"
                yield issue_in(rule.path, quote.mark or rule.mark, f"{wrong} {glosses_file(passage.document)}")


def _short(quote: str) -> str:
    return quote if len(quote) <= 20 else f"{quote[:20]}…"
