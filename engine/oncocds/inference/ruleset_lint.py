"""What durable-rules 2.0.28 must never be given: a lint over lowered rulesets, before any host is built.

Outside a narrow subset it answers wrongly in silence, crashes or hangs. Each complaint names the rule and the danger.
"""

from __future__ import annotations

import math
import re
from collections import Counter
from collections.abc import Iterator, Mapping
from typing import Any

MAX_RULES_PER_BUCKET = 40
MAX_PENDING = 64
MAX_PROPERTIES = 250
MAX_INTEGER = 2**53
MAX_TEXT = 64
ENVELOPE = ("sid", "id")  # properties every fact carries beside those that rules read

RULE_KEYS = frozenset({"all", "any", "pri", "count", "cap", "dist", "run"})
COMPARISONS = frozenset({"$lt", "$lte", "$gt", "$gte", "$neq"})
DANGERS = {
    "none": "none() gives false positives",
    "$none": "none() gives false positives",
    "$not": "none() gives false positives",
    "$or": "$or is not reliable; split the rule",
    "$div": "division by zero kills the process",
    "$iany": "conditions over arrays miss matches",
    "$iall": "conditions over arrays miss matches",
    "$nex": "$nex matches the engine's own state fact and loops for ever",
    "$ex": "$ex matches the engine's own state fact and loops for ever",
}
_BUCKET = re.compile(r"_bucket\d+")
_PROPERTY = re.compile(r"[a-z][a-z0-9_]{0,30}")


def lint(ruleset: Mapping[str, Mapping[str, Any]]) -> list[str]:
    """Return what is wrong with a ruleset in durable-rules' JSON form; empty when it is within the safe subset."""
    complaints: list[str] = []
    buckets: Counter[str] = Counter()
    properties: set[str] = set()
    for name, rule in ruleset.items():
        complaints += [f"{name}: {complaint}" for complaint in _rule(rule, buckets, properties)]
    for bucket, size in buckets.items():
        if size > MAX_RULES_PER_BUCKET:
            complaints.append(f"{bucket}: {size} rules in one bucket, at most {MAX_RULES_PER_BUCKET}")
    pending = len(buckets) - 1 + max(buckets.values(), default=0)
    if pending > MAX_PENDING:
        complaints.append(f"{len(buckets)} buckets can leave {pending} matches pending, at most {MAX_PENDING}")
    carried = properties | buckets.keys() | set(ENVELOPE)
    if len(carried) > MAX_PROPERTIES:
        complaints.append(f"a fact can have {len(carried)} properties, at most {MAX_PROPERTIES}")
    by_hash: dict[int, str] = {}
    for one in sorted(carried):
        other = by_hash.setdefault(fnv_hash(one), one)
        if other != one:
            complaints.append(f"{other} and {one} have the same hash and would be taken for one property")
    return complaints


def fnv_hash(name: str) -> int:
    """Return the 32-bit FNV-1a hash by which durable-rules identifies a property."""
    found = 0x811C9DC5
    for byte in name.encode():
        found = (found ^ byte) * 0x01000193 & 0xFFFFFFFF
    return found


def _rule(rule: Mapping[str, Any], buckets: Counter[str], properties: set[str]) -> Iterator[str]:
    for key in rule.keys() - RULE_KEYS:
        yield f"{key} is not a key of a rule"
    for key in ("any", "count", "cap", "dist"):
        if key in rule:
            yield f"{key} is outside the subset: one condition, joined by $and"
    patterns = rule.get("all")
    if not isinstance(patterns, list) or len(patterns) != 1 or not isinstance(patterns[0], Mapping):
        yield "exactly one pattern is expected: joins of facts read out of bounds"
        return
    (pattern,) = patterns
    if list(pattern) != ["m"]:
        yield from _dangers(pattern)
        yield "the pattern is expected to be {'m': condition}"
        return
    condition = pattern["m"]
    if not isinstance(condition, Mapping):
        yield "the condition is expected to be a mapping"
        return
    parts = condition["$and"] if list(condition) == ["$and"] else [condition]
    if not isinstance(parts, list) or not parts:
        yield "an empty $and matches the engine's own state fact and loops for ever"
        return
    first = parts[0]
    if isinstance(first, Mapping) and len(first) == 1 and _BUCKET.fullmatch(next(iter(first))):
        (bucket,) = first
        buckets[bucket] += 1
        if first[bucket] != 1 or isinstance(first[bucket], bool):
            yield f"{bucket} is expected to be 1"
        parts = parts[1:]
    else:
        yield "the first condition is expected to be a bucket"
    for part in parts:
        yield from _part(part, properties)


def _part(part: object, properties: set[str]) -> Iterator[str]:
    if not isinstance(part, Mapping) or len(part) != 1:
        yield "a condition is expected to have exactly one key: durable-rules uses the first only"
        return
    ((key, value),) = part.items()
    dangers = list(_dangers(part))
    if dangers:
        yield from dangers
        return
    if key in COMPARISONS:
        if not isinstance(value, Mapping) or len(value) != 1:
            yield f"{key} is expected to compare exactly one property"
            return
        ((key, value),) = value.items()
    if not isinstance(key, str) or not _PROPERTY.fullmatch(key) or key in ENVELOPE:
        yield f"{key} is not the name of a property that rules may read"
        return
    properties.add(key)
    yield from _constant(key, value)


def _dangers(value: object) -> Iterator[str]:
    """Yield what is dangerous anywhere in a part: the keys are looked for at every depth."""
    if isinstance(value, Mapping):
        for key, inner in value.items():
            base = str(key).rpartition("$")[1] + str(key).rpartition("$")[2]
            for danger in dict.fromkeys((str(key), base)):
                if danger in DANGERS:
                    yield DANGERS[danger]
                    break
            yield from _dangers(inner)
    elif isinstance(value, list):
        for inner in value:
            yield from _dangers(inner)


def _constant(key: str, value: object) -> Iterator[str]:
    match value:
        case bool():
            return
        case int():
            if abs(value) > MAX_INTEGER:
                yield f"{key}: integers beyond 2^53 are taken for one another"
        case float():
            if not math.isfinite(value):
                yield f"{key}: a finite number is expected"
            elif "e" in repr(value):
                yield f"{key}: a number written with an exponent is not read back"
        case str():
            if len(value) > MAX_TEXT or not value.isprintable():
                yield f"{key}: a short code is expected"
        case Mapping():
            yield f"{key}: a comparison of fields reads memory that was never written when one is missing"
        case _:
            yield f"{key}: a constant is expected, not {type(value).__name__}"
