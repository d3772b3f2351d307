"""Who refers to whom: conditions in layers, each reading only what lower layers concluded."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from oncocds.inference.atoms import leaves
from oncocds.language.tree import Condition, Fired, Holds


def concept_symbol(concept: str) -> str:
    """Name a concept among rules and concepts (an id may be used by both)."""
    return f"concept {concept}"


def rule_symbol(rule: str) -> str:
    """Name a rule among rules and concepts."""
    return f"rule {rule}"


def reference_symbol(leaf: Holds | Fired) -> str:
    """Name what a reference refers to."""
    return concept_symbol(leaf.concept) if isinstance(leaf, Holds) else rule_symbol(leaf.rule)


def stratify(conditions: Mapping[str, Condition]) -> list[list[str]]:
    """Return the symbols level by level: level 0 refers to nothing, level n to levels below n only.

    Raises ``ValueError`` for a reference to nothing and for conditions that refer to themselves in a circle.
    """
    return layers(
        {
            symbol: {reference_symbol(leaf) for leaf in leaves(condition) if isinstance(leaf, Holds | Fired)}
            for symbol, condition in conditions.items()
        }
    )


def layers(references: Mapping[str, Iterable[str]]) -> list[list[str]]:
    """Return the names of a reference graph level by level, in the order given within a level."""
    level: dict[str, int] = {}
    waiting = {name: set(refers) for name, refers in references.items()}
    for name, refers in waiting.items():
        for missing in sorted(refers - waiting.keys()):
            raise ValueError(f"{name} refers to {missing}, which does not exist")
    found: list[list[str]] = []
    while waiting:
        ready = [name for name, refers in waiting.items() if refers <= level.keys()]
        if not ready:
            raise ValueError(f"these refer to themselves in a circle: {', '.join(sorted(waiting))}")
        found.append(ready)
        for name in ready:
            level[name] = len(found)
            del waiting[name]
    return found
