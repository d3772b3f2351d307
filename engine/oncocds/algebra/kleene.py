"""Kleene's logic over findings and symbols: in the place of ``oncocds.profile.kleene`` in an exploration."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import Any

from oncocds.algebra.symbols import Symbol
from oncocds.profile import kleene
from oncocds.profile.finding import Finding

Found = Any  # a Finding or a Symbol: derivations treat both alike


class Kleene:
    """The operators over the symbols of one reading."""

    def __init__(self, symbol: type[Symbol]) -> None:
        self._symbol, self._names, self._ring = symbol, symbol.names, symbol.names.ring

    @property
    def native(self) -> Mapping[Callable[..., Any], Callable[..., Any]]:
        """What stands in the place of which function of ``oncocds.profile.kleene``."""
        named = ("known", "unknown", "either", "both", "equals", "certain")
        return {getattr(kleene, name): getattr(self, name) for name in named}

    def known(self, value: Any, *sources: Found) -> Finding:
        """Return a known value that rests on what some findings rest on."""
        return Finding(value, self._names.union(source.used for source in sources))  # type: ignore[arg-type]

    def unknown(self, *missing: Any) -> Finding:
        """Return an unknown value with the facts that would decide it."""
        names = self._names.union((part,) if isinstance(part, str) else part.missing for part in missing)
        return Finding(None, (), names)  # type: ignore[arg-type]

    def either(self, parts: Iterable[Found]) -> Found:
        """Return Kleene's *or*."""
        return self._combined(parts, decisive=True)

    def both(self, parts: Iterable[Found]) -> Found:
        """Return Kleene's *and*."""
        return self._combined(parts, decisive=False)

    def equals(self, finding: Found, *values: Any) -> Found:
        """Return whether a finding has one of some values."""
        if isinstance(finding, Finding):
            return kleene.equals(finding, *values)
        ring = self._ring
        true = ring.either_of(finding.cases.get(value, ring.false) for value in values)
        cases = {True: true, False: ring.all_of([finding.known, ring.negation_of(true)])}
        return self._symbol("boolean", finding.known, cases, None, finding.used, finding.missing)

    def certain(self, finding: Found) -> Found:
        """Return the finding where it is true; what is unknown or false adds nothing."""
        if isinstance(finding, Finding):
            return kleene.certain(finding)
        cases = {True: finding.true, False: self._ring.negation_of(finding.true)}
        return self._symbol("boolean", self._ring.true, cases, None, finding.used.under(finding.true))

    def _combined(self, parts: Iterable[Found], *, decisive: bool) -> Found:
        all_of, either_of, negation_of = self._ring.all_of, self._ring.either_of, self._ring.negation_of
        symbols: list[Symbol] = []
        for part in parts:
            decides = isinstance(part, Finding) and part.value is decisive
            if decides and not symbols:
                return part
            symbols.append(self._symbol.boolean(part))
            if decides:
                break
        # What is known and does not decide is settled, be it a code.
        never = self._ring.false
        deciding = [part.cases.get(decisive, never) for part in symbols]
        settled = [all_of([part.known, negation_of(one)]) for part, one in zip(symbols, deciding, strict=True)]
        decided, others = either_of(deciding), all_of(settled)
        whole = either_of([decided, others])
        used = [part.used.under(either_of([one, others])) for part, one in zip(symbols, deciding, strict=True)]
        missing = [part.missing.under(all_of([negation_of(whole), negation_of(part.known)])) for part in symbols]
        cases = {decisive: decided, not decisive: others}
        return self._symbol("boolean", whole, cases, None, self._names.union(used), self._names.union(missing))
