"""Many rules: the bundled ones over again under other names, until there are a thousand."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping
from pathlib import Path
from typing import TypeVar

from bench.resources import start_up
from oncocds.engine import KNOWLEDGE, PLAN, plan_of
from oncocds.knowledge.knowledge import Knowledge
from oncocds.knowledge.models import Rule
from oncocds.language.tree import All, Any, Condition, Fired, Not
from oncocds.vocabulary import prepared

_T = TypeVar("_T")
RULES = 1000
_LOAD = "import pathlib; from oncocds.vocabulary import prepared; prepared.FOLDER = pathlib.Path({!r}); {}"


def grown(knowledge: Knowledge, rules: int = RULES) -> Knowledge:
    """Return knowledge with at least so many rules that can fire: each one as often as it takes.

    A copy rests on the same passages, concepts and action and fires for the same patients; it refers to copies.
    """
    times = -(-rules // len(knowledge.conditions))
    copies = [knowledge, *(_copy(knowledge, number) for number in range(1, times))]
    return dataclasses.replace(
        knowledge,
        rules=_together([one.rules for one in copies]),
        passages=_together([one.passages for one in copies]),
        conditions=_together([one.conditions for one in copies]),
        source_arms=_together([one.source_arms for one in copies]),
        extended_arms=_together([one.extended_arms for one in copies]),
    )


def start_up_of(knowledge: Knowledge, folder: Path, load: str) -> float:
    """Return the seconds that a fresh interpreter takes to load knowledge prepared in a folder by ``load``."""
    kept = prepared.FOLDER
    prepared.FOLDER = folder
    try:
        prepared.prepared(KNOWLEDGE, lambda: knowledge)
        prepared.prepared(PLAN, lambda: plan_of(knowledge))
    finally:
        prepared.FOLDER = kept
    return start_up(_LOAD.format(str(folder), load))


def _together(parts: list[Mapping[str, _T]]) -> dict[str, _T]:
    return {name: one for part in parts for name, one in part.items()}


def _copy(knowledge: Knowledge, number: int) -> Knowledge:
    names = {name: f"{name}{number:03}" for name in knowledge.rules}

    def condition(one: Condition) -> Condition:
        match one:
            case All(parts):
                return All(tuple(map(condition, parts)))
            case Any(parts):
                return Any(tuple(map(condition, parts)))
            case Not(part):
                return Not(condition(part))
            case Fired(rule):
                return Fired(names[rule])
        return one

    def renamed(conditions: Mapping[str, Condition]) -> dict[str, Condition]:
        return {names[name]: condition(one) for name, one in conditions.items()}

    def rule(one: Rule) -> Rule:
        slots = {
            name: tuple(dataclasses.replace(piece, when=condition(piece.when)) for piece in pieces)
            for name, pieces in one.slots.items()
        }
        return dataclasses.replace(
            one,
            id=names[one.id],
            supports=tuple(names[name] for name in one.supports),
            raised=tuple(dataclasses.replace(raised, when=condition(raised.when)) for raised in one.raised),
            slots=slots,
            attach_when=None if one.attach_when is None else condition(one.attach_when),
        )

    return dataclasses.replace(
        knowledge,
        rules={names[name]: rule(one) for name, one in knowledge.rules.items()},
        passages={names[name]: found for name, found in knowledge.passages.items()},
        conditions=renamed(knowledge.conditions),
        source_arms=renamed(knowledge.source_arms),
        extended_arms=renamed(knowledge.extended_arms),
    )
