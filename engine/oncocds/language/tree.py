"""The condition tree: what a rule says, before anybody evaluates it.

There is one *definition of truth* for this tree (``language.truth``); every other reading is lowered from the tree and
tested against that definition.

A *fact* name is either a patient-level name (``diagnosis.extent``, ``labs.ca153.value``, ``derived.her2_status``,
``policy.crcl_low``) or, inside a quantifier, the name of a field of the list's items (``status``, ``weight_bearing``).
A fact may hold several values (``surgeries``, a lesion's ``imaging``, a medication's ``class``): it *is* X when X is
among them.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Literal

from oncocds.reading.marks import Mark

Constant = str | int | float | bool
Operator = Literal["is", "is not", "in", "not in", "<", "<=", ">", ">="]
Quantifier = Literal["some", "every", "no"]


@dataclass(frozen=True, slots=True)
class Compare:
    """``fact operator value``; for ``in`` and ``not in`` the value is a tuple."""

    fact: str
    operator: Operator
    value: Constant | tuple[Constant, ...]
    mark: Mark | None = field(default=None, compare=False, repr=False)


@dataclass(frozen=True, slots=True)
class Known:
    """``fact is known`` (or, with ``known=False``, ``fact is unknown``): itself always true or false."""

    fact: str
    known: bool
    mark: Mark | None = field(default=None, compare=False, repr=False)


@dataclass(frozen=True, slots=True)
class Holds:
    """``holds CONCEPT``: the condition of a named concept."""

    concept: str
    mark: Mark | None = field(default=None, compare=False, repr=False)


@dataclass(frozen=True, slots=True)
class Fired:
    """``fired RULE-ID``: the verdict of another rule (true, false or unknown)."""

    rule: str
    mark: Mark | None = field(default=None, compare=False, repr=False)


@dataclass(frozen=True, slots=True)
class All:
    """Kleene conjunction."""

    parts: tuple[Condition, ...]
    mark: Mark | None = field(default=None, compare=False, repr=False)


@dataclass(frozen=True, slots=True)
class Any:
    """Kleene disjunction."""

    parts: tuple[Condition, ...]
    mark: Mark | None = field(default=None, compare=False, repr=False)


@dataclass(frozen=True, slots=True)
class Not:
    """Kleene negation."""

    part: Condition
    mark: Mark | None = field(default=None, compare=False, repr=False)


@dataclass(frozen=True, slots=True)
class Quantified:
    """``some|every|no LIST: condition`` over the items of a list; an absent list is unknown. Never nested."""

    quantifier: Quantifier
    list: str
    where: Condition
    mark: Mark | None = field(default=None, compare=False, repr=False)


@dataclass(frozen=True, slots=True)
class Count:
    """``at least|at most N [distinct] LIST[.FIELD]: condition``: how many items (or distinct values of a field)."""

    bound: Literal["at least", "at most"]
    number: int
    list: str
    distinct: str | None
    where: Condition
    mark: Mark | None = field(default=None, compare=False, repr=False)


Leaf = Compare | Known | Holds | Fired
Condition = Compare | Known | Holds | Fired | All | Any | Not | Quantified | Count
