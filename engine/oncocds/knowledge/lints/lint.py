"""What a lint is."""

from __future__ import annotations

from collections.abc import Iterator

from oncocds.errors import Issue
from oncocds.knowledge.knowledge import Knowledge
from oncocds.knowledge.models import Rule


class Lint:
    """A check of the knowledge; override what it looks at: each rule, the whole, or both."""

    def rule(self, rule: Rule, knowledge: Knowledge) -> Iterator[Issue]:
        """Yield what is wrong with one rule."""
        yield from ()

    def whole(self, knowledge: Knowledge) -> Iterator[Issue]:
        """Yield what is wrong across rules."""
        yield from ()


def at(rule: Rule, message: str) -> Issue:
    """Return an issue at a rule's file."""
    line, column = (rule.mark.line, rule.mark.column) if rule.mark else (1, 1)
    return Issue(rule.path, line, column, message)
