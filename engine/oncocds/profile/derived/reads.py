"""Which facts and settings each derivation reads: told from its own code, so that no list of them can go stale.

A derivation names the facts it reads as constants. Its code is followed through the functions of this package that it
calls and the derived facts that it reads; nothing is run. What was recorded of an item's field (``recorded``) is read
before any derivation; where a name may belong to two facts, both count as read.
"""

from __future__ import annotations

import dis
from collections.abc import Iterator, Mapping
from functools import cache
from types import CodeType, FunctionType, ModuleType
from typing import Any

from oncocds.profile.coverage import public_fields
from oncocds.profile.derived import DERIVED, EFFECTIVE
from oncocds.profile.models import ITEM_LISTS
from oncocds.vocabulary.loader import bundled_vocabulary

_PACKAGE = __name__.rpartition(".")[0]
_SETTING = "policy."


@cache
def settings_read() -> Mapping[str, frozenset[str]]:
    """Return, for each derived fact (``derived.elderly``, ``lesions.pain_significant``), the settings it may read."""
    return {fact: frozenset(_settings(fact, set())) for fact in _derivations()}


@cache
def facts_read() -> Mapping[str, frozenset[str]]:
    """Return, for each derived fact, the other facts it may read, recorded or derived, at any remove.

    Facts of items are named by list and field (``lesions.organ``); where a derivation walks several lists, a field that
    both have counts for both.
    """
    return {fact: frozenset(_facts(fact, {fact})) - {fact} for fact in _derivations()}


def texts_named(fact: str) -> frozenset[str]:
    """Return every text that a derivation's own code names: facts, fields, codes, tables, numbers."""
    return _constants(_derivations()[fact])


def _facts(fact: str, seen: set[str]) -> Iterator[str]:
    public = public_fields(bundled_vocabulary())
    constants = _constants(_derivations()[fact])
    lists = {*constants.intersection(ITEM_LISTS), fact.partition(".")[0]}
    for constant in constants:
        for name in (constant, *(f"{of_list}.{constant}" for of_list in lists)):
            if name in public or name in ITEM_LISTS or name in _derivations():
                yield name
            if name in _derivations() and name not in seen:
                seen.add(name)
                yield from _facts(name, seen)


@cache
def _derivations() -> Mapping[str, Any]:
    of_items = {f"{name}.{field}": derive for name, fields in EFFECTIVE.items() for field, derive in fields.items()}
    return {**DERIVED, **of_items}


def _settings(fact: str, seen: set[str]) -> Iterator[str]:
    seen.add(fact)
    for constant in _constants(_derivations()[fact]):
        if constant.startswith(_SETTING):
            yield constant
        for other in (constant, *(f"{name}.{constant}" for name in EFFECTIVE)):
            if other in _derivations() and other not in seen:
                yield from _settings(other, seen)


@cache
def _constants(function: FunctionType) -> frozenset[str]:
    """Return every text constant of a function and of the functions of this package that it names."""
    found: set[str] = set()
    functions, seen = [function], {function}
    while functions:
        current = functions.pop()
        for code in _codes(current.__code__):
            found.update(_loaded(code))
            for value in _named(code, current.__globals__):
                found.update(_texts(value))
                if isinstance(value, FunctionType) and value.__module__.startswith(_PACKAGE) and value not in seen:
                    seen.add(value)
                    functions.append(value)
    return frozenset(found)


def _codes(code: CodeType) -> Iterator[CodeType]:
    yield code
    for constant in code.co_consts:
        if isinstance(constant, CodeType):
            yield from _codes(constant)


def _loaded(code: CodeType) -> Iterator[str]:
    previous: Any = None
    for instruction in dis.get_instructions(code):
        if instruction.opname.endswith("_CONST") and previous != "recorded":
            yield from _texts(instruction.argval)
        previous = instruction.argval


def _named(code: CodeType, names: Mapping[str, Any]) -> Iterator[Any]:
    for name in code.co_names:
        value = names.get(name)
        yield value
        if isinstance(value, ModuleType):
            yield from (vars(value).get(attribute) for attribute in code.co_names)


def _texts(value: Any) -> Iterator[str]:
    if isinstance(value, str):
        yield value
    elif isinstance(value, tuple | frozenset):
        for inner in value:
            yield from _texts(inner)
