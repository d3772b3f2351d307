"""What a condition speaks of: walking the tree without evaluating it."""

from __future__ import annotations

from collections.abc import Iterator

from oncocds.language.tree import All, Any, Compare, Condition, Count, Fired, Holds, Known, Not, Quantified


def walk(condition: Condition) -> Iterator[Condition]:
    """Yield a condition and every part of it, outermost first."""
    yield condition
    if isinstance(condition, All | Any):
        for part in condition.parts:
            yield from walk(part)
    elif isinstance(condition, Not):
        yield from walk(condition.part)
    elif isinstance(condition, Quantified | Count):
        yield from walk(condition.where)


def facts(condition: Condition, of_list: str = "") -> Iterator[str]:
    """Yield the facts a condition speaks of, those of items by list and field: ``lesions.status``."""
    if isinstance(condition, Compare | Known):
        yield f"{of_list}.{condition.fact}" if of_list else condition.fact
    elif isinstance(condition, All | Any):
        for part in condition.parts:
            yield from facts(part, of_list)
    elif isinstance(condition, Not):
        yield from facts(condition.part, of_list)
    elif isinstance(condition, Quantified | Count):
        yield condition.list
        if isinstance(condition, Count) and condition.distinct is not None:
            yield f"{condition.list}.{condition.distinct}"
        yield from facts(condition.where, condition.list)


def concepts(condition: Condition) -> set[str]:
    """Return the ids of the concepts a condition names."""
    return {part.concept for part in walk(condition) if isinstance(part, Holds)}


def rules(condition: Condition) -> set[str]:
    """Return the ids of the rules a condition names."""
    return {part.rule for part in walk(condition) if isinstance(part, Fired)}


def names_items(condition: Condition, of_list: str) -> bool:
    """Tell whether a condition by itself asks for an item of a list: those that are such make it true."""
    return any(
        isinstance(part, Quantified) and part.quantifier == "some" and part.list == of_list for part in walk(condition)
    )
