"""The SMT reading of what derived facts ask of a list: no run for every number of its items."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from itertools import combinations
from typing import Any

from oncocds.proofs.facts import OpenFacts, OpenItem
from oncocds.proofs.symbols import Symbol, as_symbol, either
from oncocds.proofs.terms import FALSE, Names, all_of, either_of, negation_of, union


def any_item(facts: OpenFacts, name: str, finding: Callable[[OpenItem], Any]) -> Symbol:
    """Whether a finding is true of any item; of further items, if there may be any, nothing is known."""
    found = _among(facts, name, (((item,), finding(item)) for item in facts.slots[name]))
    empty = all_of([facts.whole(name), *(negation_of(item.present) for item in facts.slots[name])])
    return _resting_on(name, found, empty)


def any_pair(
    facts: OpenFacts,
    name: str,
    finding: Callable[[OpenItem, OpenItem], Any],
    alike: Any,  # noqa: ARG001 - which pairs need not be asked
) -> Symbol:
    """Whether a finding is true of any two items: as of one; a "no" that rests on no item rests on the list."""
    found = _among(facts, name, (((one, two), finding(one, two)) for one, two in combinations(facts.slots[name], 2)))
    return _resting_on(name, found, all_of([found.false, *map(negation_of, found.used.conditions.values())]))


def _among(facts: OpenFacts, name: str, parts: Iterable[tuple[tuple[OpenItem, ...], Any]]) -> Symbol:
    listed, whole = facts.listed(name), facts.whole(name)
    here = [_where(all_of([listed, *(item.present for item in items)]), as_symbol(part)) for items, part in parts]
    further = Symbol("boolean", whole, {True: FALSE, False: whole}, None, Names(), Names({name: negation_of(whole)}))
    return as_symbol(either([*here, further]))


def _resting_on(name: str, found: Symbol, when: Any) -> Symbol:
    used = union([found.used, Names({name: when})])
    return Symbol("boolean", found.known, found.cases, None, used, found.missing)


def _where(there: Any, part: Symbol) -> Symbol:
    """Return what is said of items that may not be there, and is false then."""
    gone = negation_of(there)
    true = all_of([there, part.true])
    false = either_of([gone, part.false if part.kind == "boolean" else all_of([part.known, negation_of(part.true)])])
    used, missing = part.used.under(there), part.missing.under(all_of([there, negation_of(part.known)]))
    return Symbol("boolean", either_of([gone, part.known]), {True: true, False: false}, None, used, missing)
