"""Kleene's logic over findings and symbols: in the place of ``oncocds.profile.kleene`` in an exploration."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import Any

import z3

from oncocds.profile import kleene
from oncocds.profile.finding import Finding
from oncocds.proofs.symbols import Symbol
from oncocds.proofs.terms import FALSE, TRUE, all_of, either_of, names_of, negation_of, union
from oncocds.proofs.values import CodeValue, NumberValue, SeveralValue, SymbolKind, TextValue, number_term

Found = Any  # a Finding or a Symbol: derivations treat both alike


def known(value: Any, *sources: Found) -> Finding:
    """Return a known value that rests on what some findings rest on."""
    return Finding(value, union(source.used for source in sources))  # type: ignore[arg-type]


def unknown(*missing: Any) -> Finding:
    """Return an unknown value with the facts that would decide it."""
    names = union((part,) if isinstance(part, str) else part.missing for part in missing)
    return Finding(None, (), names)  # type: ignore[arg-type]


def either(parts: Iterable[Found]) -> Found:
    """Return Kleene's *or*."""
    return _combined(parts, decisive=True)


def both(parts: Iterable[Found]) -> Found:
    """Return Kleene's *and*."""
    return _combined(parts, decisive=False)


def equals(finding: Found, *values: Any) -> Found:
    """Return whether a finding has one of some values."""
    if isinstance(finding, Finding):
        return kleene.equals(finding, *values)
    true = either_of(finding.cases.get(value, FALSE) for value in values)
    cases = {True: true, False: all_of([finding.known, negation_of(true)])}
    return Symbol("boolean", finding.known, cases, None, finding.used, finding.missing)


def certain(finding: Found) -> Found:
    """Return the finding where it is true; what is unknown or false adds nothing."""
    if isinstance(finding, Finding):
        return kleene.certain(finding)
    cases = {True: finding.true, False: negation_of(finding.true)}
    return Symbol("boolean", TRUE, cases, None, finding.used.under(finding.true))


NATIVE: Mapping[Callable[..., Any], Callable[..., Any]] = {
    kleene.known: known,
    kleene.unknown: unknown,
    kleene.either: either,
    kleene.both: both,
    kleene.equals: equals,
    kleene.certain: certain,
}


def as_symbol(found: Found) -> Symbol:
    """Return a finding that is true, false or unknown as a symbol."""
    if isinstance(found, Symbol):
        return found
    value = found.value
    cases = {True: TRUE if value is True else FALSE, False: TRUE if value is False else FALSE}
    return Symbol(
        "boolean", FALSE if value is None else TRUE, cases, None, names_of(found.used), names_of(found.missing)
    )


def _combined(parts: Iterable[Found], *, decisive: bool) -> Found:
    symbols: list[Symbol] = []
    for part in parts:
        if isinstance(part, Finding) and part.value is decisive:
            if not symbols:
                return part
            symbols.append(as_symbol(part))
            break
        symbols.append(as_symbol(part))
    # What is known and does not decide is settled, be it a code.
    deciding = [part.cases.get(decisive, FALSE) for part in symbols]
    settled = [
        part.cases[not decisive] if part.kind == "boolean" else all_of([part.known, negation_of(one)])
        for part, one in zip(symbols, deciding, strict=True)
    ]
    decided, others = either_of(deciding), all_of(settled)
    cases = {decisive: decided, not decisive: others}
    whole = either_of([decided, others])
    used = union([part.used.under(either_of([one, others])) for part, one in zip(symbols, deciding, strict=True)])
    missing = union(part.missing.under(all_of([negation_of(whole), negation_of(part.known)])) for part in symbols)
    return Symbol("boolean", whole, cases, None, used, missing)


def merged(outcomes: list[tuple[Any, Found]]) -> Found:
    """Return the outcomes of an exploration as one finding.

    Raises ``TypeError`` for values of several kinds at once.
    """
    if len(outcomes) == 1:
        return outcomes[0][1]
    parts = [(condition, _symbol(found)) for condition, found in outcomes]
    kinds: set[SymbolKind] = {part.kind for _, part in parts if part is not None}
    if kinds == {"boolean", "code"}:
        kinds = {"code"}
    if len(kinds) > 1:
        raise TypeError(f"values of several kinds: {sorted(kinds)}")
    known_when = either_of(all_of([condition, part.known]) for condition, part in parts if part is not None)
    cases: dict[Any, list[Any]] = {}
    term: Any = None
    for condition, part in parts:
        if part is None:
            continue
        for value, when in part.cases.items():
            cases.setdefault(value, []).append(all_of([condition, when]))
        if part.term is not None:
            term = part.term if term is None else z3.If(condition, part.term, term)
    kind: SymbolKind = kinds.pop() if kinds else "boolean"
    joined = {value: either_of(conditions) for value, conditions in cases.items()}
    if kind == "boolean":
        joined = {True: joined.get(True, FALSE), False: joined.get(False, FALSE)}
    used = union(names_of(found.used).under(condition) for condition, found in outcomes)
    missing = union(names_of(found.missing).under(condition) for condition, found in outcomes)
    return Symbol(kind, known_when, joined, term, used, missing)


def _symbol(found: Found) -> Symbol | None:
    """Return a finding as a symbol; None where it is unknown and so of any kind."""
    if isinstance(found, Symbol):
        return found
    value = found.value
    if value is None:
        return None
    if isinstance(value, CodeValue | SeveralValue | TextValue):
        symbol = value.symbol
        return Symbol(symbol.kind, TRUE, symbol.cases, symbol.term)
    if isinstance(value, bool):
        return as_symbol(found)
    if isinstance(value, NumberValue | int | float):
        return Symbol("number", TRUE, None, number_term(value))
    if isinstance(value, tuple):
        return Symbol("many", TRUE, dict.fromkeys((str(one) for one in value), TRUE))
    return Symbol("code", TRUE, {str(value): TRUE})
