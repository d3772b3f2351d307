"""Checks of the knowledge as a whole: each lint a small class, found by itself in the modules beside this one."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from functools import cache

from oncocds.beside import one_of_each
from oncocds.errors import Issue
from oncocds.knowledge.knowledge import Knowledge
from oncocds.knowledge.lints.lint import Lint
from oncocds.knowledge.lints.places import issue
from oncocds.reading.marks import Node


@cache
def all_lints() -> tuple[Lint, ...]:
    """Return one of each lint: every subclass of ``Lint`` in every module of this package."""
    return one_of_each(Lint, __name__, __path__)


def lint(knowledge: Knowledge, nodes: Mapping[str, Node]) -> Iterator[Issue]:
    """Yield what every lint finds, at its place in the files as they were read (``nodes``, by the path shown)."""
    for check in all_lints():
        for rule in knowledge.rules.values():
            yield from (issue(one, nodes) for one in check.rule(rule, knowledge))
        yield from (issue(one, nodes) for one in check.whole(knowledge))
