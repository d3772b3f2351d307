"""What safety claims say of a patient in recorded facts."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any

from oncocds.proofs.facts import OpenItem
from oncocds.proofs.situation import Situation
from oncocds.proofs.terms import all_of, either_of

CURRENT_DRUG = ("active", "planned")


def present(situation: Situation, item: OpenItem) -> Any:
    """Return that a list is recorded and has an item in this place."""
    return all_of([situation.facts.listed(item.list), item.present])


def code(item: OpenItem, field: str, *codes: str) -> Any:
    """Return that a field is known to be one of some codes."""
    return either_of(item.finding(field).cases[one] for one in codes)


def of_class(item: OpenItem, name: str) -> Any:
    """Return that a drug is known to be of a class."""
    return all_of([item.finding("class").known, item.finding("class").cases[name]])


def in_some(situation: Situation, name: str, said: Callable[[OpenItem], Iterable[Any]]) -> Any:
    """Return that of some item of a list everything is true that is said of it."""
    return either_of(all_of([present(situation, item), *said(item)]) for item in situation.facts.slots[name])


def knows(situation: Situation, *rules: str) -> bool:
    """Tell whether the knowledge has some rules."""
    return all(rule in situation.knowledge.conditions for rule in rules)


def giving(situation: Situation, drugs: str) -> tuple[str, ...]:
    """Return the rules whose action gives, continues or calls safe a class of drugs."""
    actions = situation.knowledge.actions
    return tuple(
        rule.id
        for rule in situation.knowledge.rules.values()
        if rule.action is not None and drugs in {*actions[rule.action].gives, *actions[rule.action].calls_safe}
    )
