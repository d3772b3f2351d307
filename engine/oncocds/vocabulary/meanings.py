"""No word of the vocabulary means two things: within one value set, or among the facts that stand in one table."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Container, Iterable

from oncocds.reading.record import Record


def fold(word: str) -> str:
    """Return a word as people compare it: width and case do not count."""
    return unicodedata.normalize("NFKC", word).strip().casefold()


def one_of(patterns: Iterable[str]) -> re.Pattern[str]:
    """Return what finds any of some patterns in one pass through a text; of none it finds nothing."""
    return re.compile("|".join(patterns) or "(?!)")


def table_of(name: str, lists: Container[str]) -> str | None:
    """Return the table that a field stands in: the patient's, the policy's, a list's, the derived facts'.

    A laboratory result stands among the patient's facts by its value; its limits and date never stand alone (None).
    """
    group, _, rest = name.partition(".")
    if group == "labs" and not rest.endswith((".value", ".since_symptoms")):
        return None
    return group if group in lists or group in ("policy", "derived") else "patient"


class Meanings:
    """The words taken so far, by table, and what each means."""

    def __init__(self) -> None:
        self._taken: dict[tuple[str, str], str] = {}

    def take(self, record: Record, table: str, meaning: str, words: Iterable[str]) -> None:
        """Take the words for one meaning; a word that has another meaning already is an issue of the record."""
        for word in words:
            if not word:
                continue
            other = self._taken.setdefault((table, fold(word)), meaning)
            if other != meaning:
                record.issue(record.mark, f"{meaning}: '{word}' is taken: it means '{other}'")
