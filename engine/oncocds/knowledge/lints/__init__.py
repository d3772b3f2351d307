"""Checks of the knowledge as a whole: each lint a small class, found by itself in the modules beside this one."""

from __future__ import annotations

from collections.abc import Iterator
from functools import cache

from oncocds.beside import one_of_each
from oncocds.errors import Issue
from oncocds.knowledge.knowledge import Knowledge
from oncocds.knowledge.lints.lint import Lint


@cache
def all_lints() -> tuple[Lint, ...]:
    """Return one of each lint: every subclass of ``Lint`` in every module of this package."""
    return one_of_each(Lint, __name__, __path__)


def lint(knowledge: Knowledge) -> Iterator[Issue]:
    """Yield what every lint finds."""
    for check in all_lints():
        for rule in knowledge.rules.values():
            yield from check.rule(rule, knowledge)
        yield from check.whole(knowledge)
