"""Checks of the knowledge as a whole: each lint a small class, found by itself in the modules beside this one."""

from __future__ import annotations

import importlib
import pkgutil
from collections.abc import Iterator
from functools import cache

from oncocds.errors import Issue
from oncocds.knowledge.knowledge import Knowledge
from oncocds.knowledge.lints.lint import Lint


@cache
def all_lints() -> tuple[Lint, ...]:
    """Return one of each lint: every subclass of ``Lint`` in every module of this package."""
    modules = [
        importlib.import_module(f"{__name__}.{found.name}")
        for found in sorted(pkgutil.iter_modules(__path__), key=lambda found: found.name)
    ]
    return tuple(
        value()
        for module in modules
        for value in vars(module).values()
        if isinstance(value, type)
        and issubclass(value, Lint)
        and value is not Lint
        and value.__module__ == module.__name__
    )


def lint(knowledge: Knowledge) -> Iterator[Issue]:
    """Yield what every lint finds."""
    for check in all_lints():
        for rule in knowledge.rules.values():
            yield from check.rule(rule, knowledge)
        yield from check.whole(knowledge)
