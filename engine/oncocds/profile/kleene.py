"""Findings combined in Kleene's logic: the value, what it rests on, and what would decide it."""

from __future__ import annotations

from collections.abc import Iterable

from oncocds.profile.finding import Finding, Value

NO = Finding(False)


def known(value: Value, *sources: Finding) -> Finding:
    """Return a known value that rests on what some findings rest on."""
    if len(sources) == 1:
        return Finding(value, sources[0].used)
    return Finding(value, tuple(dict.fromkeys([path for source in sources for path in source.used])))


def unknown(*missing: str | Finding) -> Finding:
    """Return an unknown value with the facts (or the findings' missing facts) that would decide it."""
    paths: dict[str, None] = {}
    for part in missing:
        for path in (part,) if isinstance(part, str) else part.missing:
            paths[path] = None
    return Finding(None, (), tuple(paths))


def either(parts: Iterable[Finding]) -> Finding:
    """Return Kleene's *or*: what is true decides alone."""
    return _combine(parts, decisive=True)


def both(parts: Iterable[Finding]) -> Finding:
    """Return Kleene's *and*: what is false decides alone."""
    return _combine(parts, decisive=False)


def equals(finding: Finding, *values: Value) -> Finding:
    """Return whether a finding has one of some values."""
    return finding if finding.value is None else Finding(finding.value in values, finding.used)


def certain(finding: Finding) -> Finding:
    """Return the finding where it is true; what is unknown or false adds nothing."""
    return finding if finding.value is True else NO


def _combine(parts: Iterable[Finding], *, decisive: bool) -> Finding:
    settled: list[Finding] = []
    open_: list[Finding] = []
    for part in parts:
        if part.value is decisive:
            return part
        (open_ if part.value is None else settled).append(part)
    if len(open_) == 1:
        return open_[0]
    return unknown(*open_) if open_ else known(not decisive, *settled)
