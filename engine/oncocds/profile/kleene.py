"""Findings combined in Kleene's logic: the value, what it rests on, and what would decide it."""

from __future__ import annotations

from collections.abc import Iterable

from oncocds.profile.finding import Finding, Value

NO = Finding(False)


def known(value: Value, *sources: Finding) -> Finding:
    """Return a known value that rests on what some findings rest on."""
    return Finding(value, _join(source.used for source in sources))


def unknown(*missing: str | Finding) -> Finding:
    """Return an unknown value with the facts (or the findings' missing facts) that would decide it."""
    return Finding(None, (), _join(part.missing if isinstance(part, Finding) else (part,) for part in missing))


def either(parts: Iterable[Finding]) -> Finding:
    """Return Kleene's *or*: what is true decides alone."""
    return _combine(tuple(parts), decisive=True)


def both(parts: Iterable[Finding]) -> Finding:
    """Return Kleene's *and*: what is false decides alone."""
    return _combine(tuple(parts), decisive=False)


def equals(finding: Finding, *values: Value) -> Finding:
    """Return whether a finding has one of some values."""
    return finding if finding.value is None else Finding(finding.value in values, finding.used)


def certain(finding: Finding) -> Finding:
    """Return the finding where it is true; what is unknown or false adds nothing."""
    return finding if finding.value is True else NO


def _combine(parts: tuple[Finding, ...], *, decisive: bool) -> Finding:
    deciding = next((part for part in parts if part.value is decisive), None)
    if deciding is not None:
        return deciding
    if any(part.value is None for part in parts):
        return unknown(*(part for part in parts if part.value is None))
    return known(not decisive, *parts)


def _join(paths: Iterable[tuple[str, ...]]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(path for group in paths for path in group))
