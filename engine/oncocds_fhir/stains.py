"""Pathology as reports print it: ER 90%(+), 强阳性（约90%）; HER2 2+（FISH阳性）.

A text is read where every part of it is known; where a percentage and a word contradict each other it says nothing.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import NamedTuple

from oncocds.vocabulary.code_tables import CodeTables
from oncocds.vocabulary.kept import once
from oncocds.vocabulary.meanings import fold
from oncocds_fhir.concepts import Disagreement

_PERCENT = re.compile(
    r"(<=|>=|<|>|≤|≥|大于|超过|小于|不足)?\s*([0-9]+(?:\.[0-9]+)?)\s*%?(?:\s*(?:-|–|~|至)\s*([0-9]+(?:\.[0-9]+)?)\s*)?%"
)
_ABOVE = (">", ">=", "≥", "大于", "超过")
_MARKS = re.compile(r"[\s,;、:。()\[\]]+")
_LOWEST = 1  # per cent: the share of stained cells from which a receptor is called positive


class Stain(NamedTuple):
    """The share of stained cells in per cent, whether the stain is positive, and whether the share is a range's end."""

    percent: float | None
    positive: bool | None
    is_lower_end: bool = False


def stain(fact: str, text: str, codes: CodeTables) -> Stain | None:
    """Return what a text says of a receptor's stain, None where it is not understood. Raises ``Disagreement``."""
    plain = fold(text)
    shares = list(_PERCENT.finditer(plain))
    if len(shares) > 1:
        return None
    signs = set[str]()
    for part in _MARKS.split(_PERCENT.sub(" ", plain)):
        found = _signs(fact, part, codes) if part else ()
        if found is None:
            return None
        signs.update(found)
    signs.discard("beside")
    if len(signs) > 1:
        raise Disagreement
    positive = "positive" in signs if signs else None
    if not shares:
        return None if positive is None else Stain(None, positive)
    how, low, high = shares[0].groups()
    percent = float(low)
    if how is not None:
        if how not in _ABOVE or percent < _LOWEST or (positive is False):
            return None
        return Stain(None, True)
    if percent > float(high or 100) or float(high or 0) > 100:
        return None
    if positive is not None and positive != (percent >= _LOWEST):
        raise Disagreement
    return Stain(percent, positive, high is not None)


def _signs(fact: str, part: str, codes: CodeTables) -> set[str] | None:
    """Return what the words of a part are, cut so that each is known; None where that cannot be done."""
    words = _words(codes).get(fact, {})
    found: list[set[str] | None] = [set(), *([None] * len(part))]
    for end in range(1, len(part) + 1):
        for start in range(end):
            before, kind = found[start], words.get(part[start:end])
            if before is not None and kind is not None and found[end] is None:
                found[end] = {*before, kind}
    return found[-1]


@once
def _words(codes: CodeTables) -> dict[str, dict[str, str]]:
    words: dict[str, dict[str, str]] = {}
    for name, entry in codes.answers.names.items():
        fact, _, word = name.partition("|")
        if (kind := entry.one("stain")) is not None:
            words.setdefault(fact, {})[word] = kind
    return words


def beside(fact: str, codes: CodeTables) -> list[str]:
    """Return the words that stand beside a result of a fact and are none of its answers, the longest first."""
    return sorted(
        (word for word, kind in _words(codes).get(fact, {}).items() if kind == "beside"), key=lambda w: -len(w)
    )


def her2_parts(text: str) -> list[str]:
    """Return the parts of a HER2 result that tells of both its tests: ``2+(FISH阳性)``; none where it is one part."""
    parts = [part.removeprefix("ihc") for part in re.split(r"[\s,;、。()/:]+", fold(text))]
    parts = [part for part in parts if part]
    return parts if len(parts) > 1 and any(map(_is_ish, parts)) else []


def _is_ish(part: str) -> bool:
    return part.startswith(("fish", "ish", "cish"))


def told_apart(parts: Iterable[str]) -> tuple[list[str], list[str]]:
    """Return which parts of a HER2 result tell of its protein, and which of its gene."""
    parts = list(parts)
    return [part for part in parts if not _is_ish(part)], [part for part in parts if _is_ish(part)]
