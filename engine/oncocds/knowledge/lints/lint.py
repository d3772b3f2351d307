"""What a lint is, and what lints look at."""

from __future__ import annotations

from collections.abc import Iterator

from oncocds.knowledge.knowledge import Knowledge
from oncocds.knowledge.lints.places import Complaint, Key
from oncocds.knowledge.models import Rule
from oncocds.language.tree import Condition
from oncocds.reading.marks import Mark

PRECEDENCE = "rules/precedence.yaml"
CONFLICTS = "rules/conflicts.yaml"


class Lint:
    """A check of the knowledge; override what it looks at: each rule, the whole, or both."""

    def rule(self, rule: Rule, knowledge: Knowledge) -> Iterator[Complaint]:
        """Yield what is wrong with one rule."""
        yield from ()

    def whole(self, knowledge: Knowledge) -> Iterator[Complaint]:
        """Yield what is wrong across rules."""
        yield from ()


def place(path: str, message: str, *keys: Key, mark: Mark | None = None, word: str = "") -> Complaint:
    """Return a complaint about what stands under some keys of a file."""
    return Complaint(path, message, keys, mark, word)


def at(rule: Rule, message: str, *keys: Key, mark: Mark | None = None, word: str = "") -> Complaint:
    """Return a complaint about what stands under some keys of a rule's file."""
    return Complaint(rule.path, message, keys, mark, word)


def conditions_of(rule: Rule) -> Iterator[tuple[str, Condition]]:
    """Yield every condition of a rule's file with the key it stands under."""
    if rule.when is not None:
        yield "when", rule.when
    if rule.attach_when is not None:
        yield "attach_when", rule.attach_when
    if rule.extension is not None:
        yield "extended_by", rule.extension.when
    yield from (("raised", one.when) for one in rule.raised)
    for pieces in rule.slots.values():
        yield from (("slots", piece.when) for piece in pieces)


def other_conditions(knowledge: Knowledge) -> Iterator[tuple[str, tuple[Key, ...], Condition]]:
    """Yield every condition that stands outside rule files, with its file and the keys it stands under."""
    for concept in knowledge.concepts.values():
        yield concept.path, ("when",), concept.when
    for note in knowledge.notes.values():
        if note.when is not None:
            yield note.path, ("when",), note.when
    for number, entry in enumerate(knowledge.precedence):
        if entry.when is not None:
            yield PRECEDENCE, (number, "when"), entry.when
    for number, conflict in enumerate(knowledge.conflicts):
        yield CONFLICTS, (number, "when"), conflict.when
