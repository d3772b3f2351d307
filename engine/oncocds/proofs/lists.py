"""The SMT reading of what derived facts ask of a list: no run for every number of its items."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from oncocds.proofs.combining import as_symbol, either
from oncocds.proofs.facts import OpenFacts, OpenItem
from oncocds.proofs.symbols import Symbol
from oncocds.proofs.terms import FALSE, Names, all_of, either_of, negation_of, union


def any_item(facts: OpenFacts, name: str, finding: Callable[[OpenItem], Any]) -> Symbol:
    """Whether a finding is true of any item; of further items, if there may be any, nothing is known."""
    listed, whole = facts.source.known(name, facts.state), facts.whole(name)
    places = [(all_of([listed, item.present]), as_symbol(finding(item))) for item in facts.slots[name]]
    parts = [_where(there, part) for there, part in places]
    further = Symbol("boolean", whole, {True: FALSE, False: whole}, None, Names(), Names({name: negation_of(whole)}))
    found = as_symbol(either([*parts, further]))
    empty = all_of([whole, *(negation_of(there) for there, _ in places)])
    return Symbol("boolean", found.known, found.cases, None, union([found.used, Names({name: empty})]), found.missing)


def _where(there: Any, part: Symbol) -> Symbol:
    """Return what is said of an item that may not be there, and is false then."""
    gone = negation_of(there)
    true = all_of([there, part.true])
    false = either_of([gone, part.false if part.kind == "boolean" else all_of([part.known, negation_of(part.true)])])
    used, missing = part.used.under(there), part.missing.under(all_of([there, negation_of(part.known)]))
    return Symbol("boolean", either_of([gone, part.known]), {True: true, False: false}, None, used, missing)
