"""Checks of the knowledge as a whole: each lint a small class, found by itself."""

from __future__ import annotations

from collections.abc import Iterator

from oncocds.errors import Issue
from oncocds.knowledge.knowledge import Knowledge
from oncocds.knowledge.lints import references, words
from oncocds.knowledge.lints.lint import Lint

_MODULES = (references, words)


def all_lints() -> tuple[Lint, ...]:
    """Return one of each lint."""
    found = (
        value
        for module in _MODULES
        for value in vars(module).values()
        if isinstance(value, type) and issubclass(value, Lint) and value is not Lint
    )
    return tuple(lint() for lint in found)


def lint(knowledge: Knowledge) -> Iterator[Issue]:
    """Yield what every lint finds."""
    for check in all_lints():
        for rule in knowledge.rules.values():
            yield from check.rule(rule, knowledge)
        yield from check.whole(knowledge)
