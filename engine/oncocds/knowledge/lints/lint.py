"""What a lint is, and what lints look at."""

from __future__ import annotations

from collections.abc import Iterator

from oncocds.errors import Issue
from oncocds.knowledge.knowledge import Knowledge
from oncocds.knowledge.models import Rule
from oncocds.language.tree import Condition
from oncocds.reading.marks import Mark

PRECEDENCE = "rules/precedence.yaml"
CONFLICTS = "rules/conflicts.yaml"


class Lint:
    """A check of the knowledge; override what it looks at: each rule, the whole, or both."""

    def rule(self, rule: Rule, knowledge: Knowledge) -> Iterator[Issue]:
        """Yield what is wrong with one rule."""
        yield from ()

    def whole(self, knowledge: Knowledge) -> Iterator[Issue]:
        """Yield what is wrong across rules."""
        yield from ()


def place(path: str, mark: Mark | None, message: str) -> Issue:
    """Return an issue at a mark, or at the head of the file where the mark is none of this file's.

    Equal conditions of several files share one object, which knows one of the places only.
    """
    if mark is None or mark.path != path:
        return Issue(path, 1, 1, message)
    return Issue(path, mark.line, mark.column, message)


def at(rule: Rule, message: str, mark: Mark | None = None) -> Issue:
    """Return an issue of a rule's file: at a mark within it, else at its head."""
    return place(rule.path, mark or rule.mark, message)


def conditions_of(rule: Rule) -> Iterator[Condition]:
    """Yield every condition of a rule's file."""
    yield from (condition for condition in (rule.when, rule.attach_when) if condition is not None)
    if rule.extension is not None:
        yield rule.extension.when
    yield from (one.when for one in rule.raised)
    for pieces in rule.slots.values():
        yield from (piece.when for piece in pieces)


def other_conditions(knowledge: Knowledge) -> Iterator[tuple[str, Condition]]:
    """Yield every condition that stands outside rule files, with its file."""
    for concept in knowledge.concepts.values():
        yield concept.path, concept.when
    for note in knowledge.notes.values():
        if note.when is not None:
            yield note.path, note.when
    for entry in knowledge.precedence:
        if entry.when is not None:
            yield PRECEDENCE, entry.when
    for conflict in knowledge.conflicts:
        yield CONFLICTS, conflict.when
