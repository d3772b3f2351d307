"""Kleene's logic over findings and symbols: in the place of ``oncocds.profile.kleene`` in an exploration."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import Any

from oncocds.profile import kleene
from oncocds.profile.finding import Finding
from oncocds_cohort.columns.names import names_of, union
from oncocds_cohort.columns.symbols import Symbol, as_boolean
from oncocds_cohort.columns.terms import FALSE, TRUE, all_of, either_of, negation_of

Found = Finding | Symbol


def known(value: Any, *sources: Any) -> Finding:
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


def _combined(parts: Iterable[Found], *, decisive: bool) -> Found:
    symbols: list[Symbol] = []
    for part in parts:
        if isinstance(part, Finding) and part.value is decisive:
            if not symbols:
                return part
            symbols.append(as_boolean(part))
            break
        symbols.append(as_boolean(part))
    # What is known and does not decide is settled, be it a code.
    deciding = [part.cases.get(decisive, FALSE) for part in symbols]
    settled = [settled_of(part, one) for part, one in zip(symbols, deciding, strict=True)]
    decided, others = either_of(deciding), all_of(settled)
    cases = {decisive: decided, not decisive: others}
    whole = either_of([decided, others])
    used = union(
        names_of(part.used).under(either_of([one, others])) for part, one in zip(symbols, deciding, strict=True)
    )
    missing = union(part.missing.under(all_of([negation_of(whole), negation_of(part.known)])) for part in symbols)
    return Symbol("boolean", whole, cases, None, used, missing)


def settled_of(part: Symbol, deciding: Any) -> Any:
    """Return when a part is known and does not decide."""
    return all_of([part.known, negation_of(deciding)])
