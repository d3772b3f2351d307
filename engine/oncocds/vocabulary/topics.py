"""The topics of questions: which facts are asked about together, and what is asked where a number is missing."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING

from oncocds.reading.nearest import suggestion
from oncocds.text import Text

if TYPE_CHECKING:
    from oncocds.reading.record import Record


@dataclass(frozen=True, slots=True)
class Judged:
    """A fact that a clinician is asked for in the place of a number, and how the question is worded."""

    fact: str
    label: Text


@dataclass(frozen=True, slots=True)
class TopicOf:
    """A clinical matter on which several facts bear: its questions are asked together, one answer may settle it.

    ``judged`` is what a clinician is asked in the place of a missing number for which no laboratory's reading stands.
    """

    id: str
    label: Text
    facts: tuple[str, ...]
    judged: Judged | None = None


def _judged(record: Record, facts: Collection[str]) -> Judged:
    judged = Judged(record.text("fact"), record.words())
    record.finish()
    if judged.fact not in facts:
        record.issue(record.mark, f"judged: none of the topic's facts: '{judged.fact}'{suggestion(judged.fact, facts)}")
    return judged


def read_topics(entries: Iterator[tuple[str, Record]], fields: Collection[str]) -> dict[str, TopicOf]:
    """Read the topics of questions: each fact belongs to one at most, by its name or its group's (``labs.calcium``)."""
    topics: dict[str, TopicOf] = {}
    placed: dict[str, str] = {}
    for name, record in entries:
        facts, judged = record.texts("facts", required=True), record.record("judged")
        topic = topics[name] = TopicOf(name, record.words(), facts, None if judged is None else _judged(judged, facts))
        record.finish()
        for fact in topic.facts:
            if not any(one == fact or one.startswith(f"{fact}.") for one in fields):
                record.issue(record.mark, f"{name}: no fact '{fact}'{suggestion(fact, fields)}")
            if placed.setdefault(fact, name) != name:
                record.issue(record.mark, f"{name}: '{fact}' is asked about under '{placed[fact]}' already")
    return topics
