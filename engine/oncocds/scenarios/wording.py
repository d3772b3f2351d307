"""How a fact is written in a table: the reverse of reading a cell, and checked against it."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from oncocds.scenarios.cells import Wrong, parts, unit_shown
from oncocds.scenarios.patient import TableReader
from oncocds.text import Language
from oncocds.vocabulary.models import Field, Vocabulary

_EXAMPLES = re.compile(r"（[^）]*、[^）]*）|\([^)]*,[^)]*\)")  # a label's parenthesis that lists examples
_UNIT_IS_SAID = ("%", "Gy", "cm", "mm[Hg]")


@dataclass(frozen=True, slots=True)
class Wording:
    """Writes names and values of facts in one language, such that a scenario reads them back as they are."""

    reader: TableReader

    @classmethod
    def of(cls, vocabulary: Vocabulary, language: Language) -> Wording:
        """Return the wording of a vocabulary in a language."""
        return cls(TableReader(vocabulary, language))

    def name(self, fact: Field, prefix: str) -> str:
        """Return what a field is called: its label or, where that may mean another one, its path."""
        label = fact.label.in_(self.reader.language)
        for name in (_EXAMPLES.sub("", label).strip(), label):
            try:
                if self.reader.find(name, prefix) is fact:
                    return name
            except Wrong:
                pass
        return fact.name.removesuffix(".value") if prefix == "labs." else fact.name.removeprefix(prefix)

    def value(self, fact: Field, value: Any) -> str:
        """Return what a field's cell says. Raises ``ValueError`` for a value that no cell can say."""
        if fact.type in ("codes", "texts"):
            written = self._joined(self._one(fact, part, [part]) for part in value) or self.reader.cells.say(
                "无", "none"
            )
        else:
            written = self._one(fact, value, value)
        if not self._reads(fact, written, value):
            raise ValueError(f"{fact.name}: its value cannot be written in a table")
        return written

    def measured(self, value: float, unit: str) -> str:
        """Return a number with its unit as people write it."""
        shown = unit_shown(unit)
        return number(value) + ("" if shown.startswith("×") else " ") + shown

    def listed(self, words: Iterable[str]) -> str:
        """Return several words as one cell, those that hold a separator in quotes."""
        return self._joined(word if parts(word) == [word] else in_quotes(word) for word in words)

    def _one(self, fact: Field, value: Any, expected: Any) -> str:
        candidates = list(self._candidates(fact, value))
        return next((text for text in candidates if self._reads(fact, text, expected)), candidates[-1])

    def _candidates(self, fact: Field, value: Any) -> Iterator[str]:
        zh = self.reader.language == "zh"
        if fact.type == "boolean":
            yield ("是" if value else "否") if zh else ("yes" if value else "no")
        elif fact.type in ("number", "integer"):
            unit = fact.unit if fact.unit in _UNIT_IS_SAID else None
            yield number(value) + ("%" if unit == "%" else f" {unit_shown(unit)}" if unit else "")
        elif fact.type in ("code", "codes"):
            member = self._members(fact)[value]
            yield from (member.label.in_(self.reader.language), member.label.zh, member.label.en, value)
        else:
            # as it stands, not as the word for what nobody knows
            yield from (in_quotes(value),) if self.reader.cells.is_word("unknown", value) else (value, in_quotes(value))

    def _members(self, fact: Field) -> Mapping[str, Any]:
        vocabulary = self.reader.vocabulary
        return vocabulary.drugs if fact.value_set == "drug" else vocabulary.value_sets[fact.value_set or ""].members

    def _joined(self, parts: Iterable[str]) -> str:
        return ("、" if self.reader.language == "zh" else ", ").join(parts)

    def _reads(self, fact: Field, text: str, value: Any) -> bool:
        try:
            return bool(text.strip()) and self.reader.cells.value(fact, text) == value
        except Wrong:
            return False


def number(value: float) -> str:
    """Return a number in full, without an exponent."""
    return format(Decimal(repr(value)), "f").removesuffix(".0")


def table(rows: Sequence[Sequence[str]], indent: int) -> list[str]:
    """Return the lines of a Gherkin table with its columns aligned; Chinese characters are two columns wide."""
    escaped = [[cell.replace("\\", "\\\\").replace("|", "\\|") for cell in row] for row in rows]
    widths = [max(map(_width, column)) for column in zip(*escaped, strict=True)]
    return [
        " " * indent
        + "| "
        + " | ".join(cell + " " * (width - _width(cell)) for cell, width in zip(row, widths, strict=True))
        + " |"
        for row in escaped
    ]


def in_quotes(text: str) -> str:
    """Return a text that a cell holds letter by letter."""
    return '"' + text.replace('"', '""') + '"'


def _width(text: str) -> int:
    return sum(2 if unicodedata.east_asian_width(sign) in "WF" else 1 for sign in text)
