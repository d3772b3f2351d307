"""Small changes to a condition, each of which somebody could make by mistake."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import TypeVar

from oncocds.language.tree import (
    All,
    Compare,
    Condition,
    Constant,
    Count,
    Holds,
    Known,
    Not,
    Operator,
    Quantified,
    Quantifier,
)
from oncocds.language.tree import Any as Either
from oncocds.language.unparse import leaf_text

_One = TypeVar("_One")
_OTHER: dict[Operator, tuple[Operator, ...]] = {
    "is": ("is not",),
    "is not": ("is",),
    "in": ("not in",),
    "not in": ("in",),
    "<": ("<=", ">="),
    "<=": ("<", ">"),
    ">": (">=", "<"),
    ">=": (">", "<="),
}
_QUANTIFIERS: dict[Quantifier, Quantifier] = {"some": "every", "every": "some", "no": "some"}


def mutants(condition: Condition) -> Iterator[tuple[str, Condition]]:
    """Yield every mutant of a condition with what was changed."""
    if isinstance(condition, All | Either):
        yield from _joined(condition)
    elif isinstance(condition, Not):
        yield "negation removed", condition.part
        for what, part in mutants(condition.part):
            yield what, replace(condition, part=part)
    elif isinstance(condition, Quantified):
        other = _QUANTIFIERS[condition.quantifier]
        yield f"{condition.quantifier} {condition.list} → {other}", replace(condition, quantifier=other)
        for what, where in mutants(condition.where):
            yield what, replace(condition, where=where)
    elif isinstance(condition, Count):
        yield from _count(condition)
    elif isinstance(condition, Known):
        yield f"{leaf_text(condition)} → turned", replace(condition, known=not condition.known)
    elif isinstance(condition, Compare):
        yield from _compare(condition)
    elif isinstance(condition, Holds):
        yield f"{leaf_text(condition)} → negated", Not(condition)


def _joined(condition: All | Either) -> Iterator[tuple[str, Condition]]:
    if len(condition.parts) > 1:
        if isinstance(condition, All):
            yield "all → any", Either(condition.parts, condition.mark)
        else:
            yield "any → all", All(condition.parts, condition.mark)
    for place, part in enumerate(condition.parts):
        before, after = condition.parts[:place], condition.parts[place + 1 :]
        if before or after:
            yield f"part {place + 1} of {len(condition.parts)} dropped", replace(condition, parts=(*before, *after))
        for what, other in mutants(part):
            yield what, replace(condition, parts=(*before, other, *after))


def _count(condition: Count) -> Iterator[tuple[str, Condition]]:
    text = f"{condition.bound} {condition.number} {condition.list}"
    yield f"{text} → {condition.number + 1}", replace(condition, number=condition.number + 1)
    if condition.number > 1:
        yield f"{text} → {condition.number - 1}", replace(condition, number=condition.number - 1)
    if condition.distinct is not None:
        yield f"{text} → not distinct", replace(condition, distinct=None)
    for what, where in mutants(condition.where):
        yield what, replace(condition, where=where)


def _compare(condition: Compare) -> Iterator[tuple[str, Condition]]:
    text = leaf_text(condition)
    for operator in _OTHER[condition.operator]:
        yield f"{text} → {operator}", replace(condition, operator=operator)
    value = condition.value
    if isinstance(value, bool):
        return  # the turned operator says the same
    if isinstance(value, int | float):
        for shifted in _shifted(value):
            yield f"{text} → {shifted}", replace(condition, value=shifted)
    elif isinstance(value, tuple) and len(value) > 1:
        for one in value:
            yield f"{text} → without {one}", replace(condition, value=without(one, value))


def without(one: _One, some: tuple[_One, ...]) -> tuple[_One, ...]:
    """Return some things but for one of them."""
    return tuple(other for other in some if other != one)


def _shifted(value: float) -> tuple[Constant, Constant]:
    step: float = 1 if float(value).is_integer() else 0.1
    return round(value - step, 4), round(value + step, 4)
