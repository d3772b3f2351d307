"""Courses of radiotherapy of which fewer sessions were given than were meant, as words tell: 计划25次，实际10次."""

from __future__ import annotations

import re

_COUNT = r"(?:[0-9.]+\s*c?gy\s*/\s*)?([0-9]{1,4}(?:\.[0-9]{1,2})?)"
_UNIT = r"\s*(次|fractions?|fr?x?s?|sessions?|c?gy)(?![a-z])"
_MEANT = r"(?:原?计划|拟|预定|原定|应|处方|总共|planned|prescribed|intended|plan)"
_DONE = r"(?:实际|实|完成|已行|已做|仅|只|只做|照射|delivered|received|given|completed|got|actual|done)"
_ONLY_DONE = rf"(?:仅|只)(?:完成|做|照射?|行|给予?|放疗?|接受)?了?(?:放疗)?\s*{_COUNT}{_UNIT}"
_FEWER = (  # each of the larger number, then the smaller one
    re.compile(
        rf"{_MEANT}[^0-9。;]{{0,10}}{_COUNT}{_UNIT}[^。;]{{0,14}}?{_DONE}[^0-9。;]{{0,8}}{_COUNT}(?:{_UNIT}|\s*$)"
    ),
    re.compile(rf"{_COUNT}{_UNIT}\s*[中内,]?\s*(?:现?已)?{_DONE}[^0-9。;]{{0,6}}{_COUNT}{_UNIT}"),
)
_OF = (  # each of the smaller number, then the larger one
    re.compile(rf"(?<![0-9/.年月-]){_COUNT}\s*/\s*{_COUNT}\s*(次|fx?|fractions?)(?![a-z])"),
    re.compile(rf"{_DONE}[^0-9。;]{{0,6}}{_COUNT}\s*/\s*{_COUNT}{_UNIT}"),
    re.compile(rf"{_COUNT}\s+(?:out\s+)?of\s+(?:the\s+)?(?:planned\s+|prescribed\s+)?{_COUNT}{_UNIT}"),
)
_ONLY = re.compile(rf"{_ONLY_DONE}|(?<![a-z])only\s+(?:completed|received|had|got|delivered)?\s*{_COUNT}{_UNIT}")
_REST_DONE = re.compile(
    r"(?:剩余|余下|其余|后续|补足|补完|继续)[^。;]{0,12}?(?:完成|补足|补完)|remaining[^.;]{0,30}?completed"
)


def ended_early(text: str) -> str | None:
    """Return the words by which a folded text tells that fewer sessions were given than were meant, or only some."""
    found = next((one for one in _told(text)), None)
    return None if found is None or _REST_DONE.search(text, found.end()) else found[0].strip()


def _told(text: str) -> list[re.Match[str]]:
    fewer = [one for pattern in _FEWER for one in pattern.finditer(text) if _is_fewer(one[3], one[4], one[1], one[2])]
    of = [one for pattern in _OF for one in pattern.finditer(text) if float(one[1]) < float(one[2])]
    return [*fewer, *of, *_ONLY.finditer(text)]


def _is_fewer(done: str, done_unit: str | None, meant: str, meant_unit: str) -> bool:
    """Tell whether two counts are of the same thing, and the first the smaller one; without a unit it is the same."""
    done_unit = done_unit or meant_unit
    same = ("gy" in done_unit) == ("gy" in meant_unit) and ("c" in done_unit) == ("c" in meant_unit)
    return same and float(done) < float(meant)
