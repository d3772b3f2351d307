"""A condition tree back in the language of rule files."""

from __future__ import annotations

from decimal import Decimal

from oncocds.language.tree import All, Any, Compare, Condition, Constant, Count, Fired, Holds, Known, Not, Quantified

Plain = str | dict[str, "Plain | list[Plain]"]


def unparse(condition: Condition) -> Plain:
    """Return a condition as plain data: reading it again gives an equal tree."""
    if isinstance(condition, All | Any):
        return {"all" if isinstance(condition, All) else "any": [unparse(part) for part in condition.parts]}
    if isinstance(condition, Not):
        return {"not": unparse(condition.part)}
    if isinstance(condition, Quantified):
        return {f"{condition.quantifier} {condition.list}": unparse(condition.where)}
    if isinstance(condition, Count):
        what = f"distinct {condition.list}.{condition.distinct}" if condition.distinct else condition.list
        return {f"{condition.bound} {condition.number} {what}": unparse(condition.where)}
    return leaf_text(condition)


def leaf_text(condition: Compare | Known | Holds | Fired) -> str:
    """Return a leaf as it is written in a rule file."""
    if isinstance(condition, Holds):
        return f"holds {condition.concept}"
    if isinstance(condition, Fired):
        return f"fired {condition.rule}"
    if isinstance(condition, Known):
        return f"{condition.fact} is {'known' if condition.known else 'unknown'}"
    values = condition.value if isinstance(condition.value, tuple) else (condition.value,)
    return f"{condition.fact} {condition.operator} {', '.join(_word(value) for value in values)}"


def condition_text(condition: Condition) -> str:
    """Return a condition on one line: as it is written in a rule file, groups in brackets."""
    return _on_one_line(unparse(condition))


def _on_one_line(plain: Plain) -> str:
    if isinstance(plain, str):
        return plain
    (word, inner), *_ = plain.items()
    if isinstance(inner, list):
        joined = (" and " if word == "all" else " or ").join(map(_on_one_line, inner))
        return f"({joined})"
    return f"{word}: {_on_one_line(inner)}"


def _word(value: Constant) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    # Never in scientific notation, which the language does not have.
    return format(Decimal(repr(value)), "f") if isinstance(value, float) else str(value)
