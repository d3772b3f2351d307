"""What rests on the documents as such: quotes, their glosses, the ledger's entries, and the sides they leave open."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Literal

from oncocds.language.tree import Condition
from oncocds.reading.marks import Mark
from oncocds.text import Text


@dataclass(frozen=True, slots=True)
class Quote:
    """A verbatim passage as a rule file states it (W3C TextQuoteSelector); resolved against the document at load."""

    document: str
    exact: str
    role: Literal["states", "supports"]
    prefix: str = ""
    suffix: str = ""
    mark: Mark | None = field(default=None, compare=False, repr=False)


@dataclass(frozen=True, slots=True)
class Conflict:
    """Two sides the documents leave open; shown as one item with both, and the facts that would decide."""

    id: str
    title: Text
    text: Text
    when: Condition
    sides: tuple[tuple[str, ...], ...]
    decided_by: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Gloss:
    """What a passage, quoted as rules quote it, says in English: a translation for readers, never a source."""

    quote: str
    en: str


@dataclass(frozen=True, slots=True)
class LedgerEntry:
    """Why no rule rests on a sentence: it is background, or furniture of the page it was published on.

    ``sentence`` is its number (``45.2``: line and sentence within it), ``text`` its words in full.
    """

    document: str
    sentence: str
    text: str
    disposition: Literal["background", "furniture"]
    reason: Text
    mark: Mark = field(compare=False, repr=False)
