"""JSON with nothing guessed: duplicate keys, NaN, lone surrogates, NUL, depth and size are refused by place.

Places are JSON pointers; values are never repeated, for they may be a patient's.
"""

from __future__ import annotations

import json
import math
import re
from collections.abc import Callable, Mapping
from contextlib import suppress
from functools import lru_cache
from typing import Any

from oncocds.errors import InputError, Problem

MAX_BYTES = 1_048_576
MAX_DEPTH = 32
Kept = Callable[[dict[str, Any]], dict[str, Any]]
_MAX_NUMBER = 2**53
_MOST_PROBLEMS = 100
# A string (or what is left of one that never ends), or the beginning or end of a list or object; linear in the text.
_STRUCTURE = re.compile(r'"(?:[^"\\]++|\\.)*+(?:"|\\?\Z)|[\[{]|[\]}]', re.DOTALL)
_LONGEST_INTEGER = 17  # digits and sign; what is longer lies beyond 2**53 in any case
_QUOTED = re.compile(rb'"[^"]*"?')
_ONE_KIND = bytes.maketrans(b"{}", b"[]")
_NO_BRACKETS = bytes(set(range(256)).difference(b'[]{}"'))
# A NUL or a surrogate in a text can only have been escaped: neither stands in a JSON string as it is, in UTF-8.
_DOUBTFUL = re.compile(rb"\\u(?:0000|[dD][89a-fA-F])")


def parse_json(
    data: str | bytes, *, max_bytes: int = MAX_BYTES, max_depth: int = MAX_DEPTH, kept: Kept | None = None
) -> object:
    """Decode JSON text strictly: objects as dict, arrays as list.

    ``kept`` is given each object as soon as it is read, and returns what is kept of it: the rest takes no room.

    Raises ``InputError`` naming each place by JSON pointer: more than ``max_bytes`` bytes of UTF-8, more than
    ``max_depth`` levels, a byte order mark, duplicate keys, numbers that are not finite or beyond ±2^53, lone
    surrogates and NUL characters, and everything that is not JSON.
    """
    if isinstance(data, str):
        try:
            raw = data.encode()
        except UnicodeEncodeError:  # a lone surrogate, which is told of by its place among the bytes
            raw = data = data.encode("utf-8", "surrogatepass")
    else:
        raw = data
    if len(raw) > max_bytes:
        raise _refused("the text is too long", f"at most {max_bytes} bytes")
    try:
        text = data if isinstance(data, str) else raw.decode("utf-8")
    except UnicodeDecodeError as error:
        raise _refused(f"the text is not valid UTF-8 at byte {error.start}", "well-formed UTF-8") from None
    if text.startswith("\ufeff"):
        raise _refused("the text begins with a byte order mark", "UTF-8 without BOM")
    if not _surely_flat(raw, max_depth) and _depth(text) > max_depth:
        raise _refused("the text is nested too deeply", f"at most {max_depth} levels")
    try:
        if not _DOUBTFUL.search(raw):
            with suppress(_Doubt):
                return _quick(kept).decode(text)
        decoded = json.loads(text, object_pairs_hook=_Pairs, parse_constant=_Constant, parse_int=_integer)
    except json.JSONDecodeError as error:
        place = f"line {error.lineno}, column {error.colno}"
        raise _refused(f"the text is not JSON at {place}", "one JSON document (RFC 8259)") from None
    problems: list[Problem] = []
    plain = _plain(decoded, "", problems, kept)
    if problems:
        raise InputError(problems)
    return plain


def check_plain(data: object) -> None:
    """Check data that was decoded elsewhere for what JSON text could not hold, or ``parse_json`` would refuse.

    Tuples count as lists. Raises ``InputError``; types JSON does not have, keys that are not text, and data that
    contains itself are refused too.
    """
    if _sound(data, MAX_DEPTH):
        return
    problems: list[Problem] = []
    _check(data, "", [], problems)
    if problems:
        raise InputError(problems)


class _Doubt(Exception):  # noqa: N818 - it is no error of ours
    """What may not be fine is left to the reading that knows the places."""


@lru_cache(8)
def _quick(kept: Kept | None) -> json.JSONDecoder:
    """Return what decodes text that is fine. Decoding raises ``_Doubt`` where it may not be."""

    def kept_of(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
        assert kept is not None
        return kept(_object(pairs))

    return json.JSONDecoder(
        object_pairs_hook=_object if kept is None else kept_of,
        parse_constant=_constant,
        parse_int=_whole,
        parse_float=_decimal,
    )


def _object(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    made = dict(pairs)
    if len(made) != len(pairs):
        raise _Doubt
    return made


def _constant(_word: str) -> None:
    raise _Doubt


def _whole(digits: str) -> int:
    if len(digits) < _LONGEST_INTEGER - 1:
        return int(digits)
    raise _Doubt


def _decimal(digits: str) -> float:
    value = float(digits)
    if not -_MAX_NUMBER <= value <= _MAX_NUMBER:
        raise _Doubt
    return value


class _Pairs(list[tuple[str, Any]]):
    """An object as its pairs, so that duplicate keys survive decoding."""


class _Constant:
    """NaN, Infinity or -Infinity, met while decoding."""

    def __init__(self, _word: str) -> None:
        pass


def _integer(digits: str) -> int | float:
    # Python refuses to read more than 4300 digits, and reads them in quadratic time; as a float they are refused below.
    return int(digits) if len(digits) <= _LONGEST_INTEGER else float(digits)


def _refused(reason: str, expected: str) -> InputError:
    return InputError([Problem("", reason, expected)])


def _surely_flat(raw: bytes, max_depth: int) -> bool:
    """Tell quickly that text has no more levels; what is doubtful is for ``_depth``, which counts."""
    if b"\\" in raw:  # what is escaped, within strings alone, goes: each quote left begins or ends one
        raw = raw.replace(b"\\\\", b"").replace(b'\\"', b"")
    brackets = _QUOTED.sub(b"", raw.translate(_ONE_KIND, _NO_BRACKETS).replace(b'""', b""))
    for _ in range(max_depth):  # the innermost level goes each time
        if not brackets:
            return True
        brackets = brackets.replace(b"[]", b"")
    return not brackets


def _depth(text: str) -> int:
    deepest = depth = 0
    for match in _STRUCTURE.finditer(text):
        sign = text[match.start()]
        if sign in "[{":
            depth += 1
            deepest = max(deepest, depth)
        elif sign in "]}":
            depth -= 1
    return deepest


def _step(pointer: str, key: str | int) -> str:
    # A key may itself be hostile (or a patient's data in the wrong place): it is shortened and made printable.
    shown = "".join(c if c.isprintable() else "?" for c in str(key)[:60])
    return f"{pointer}/{shown.replace('~', '~0').replace('/', '~1')}"


def _plain(value: Any, pointer: str, problems: list[Problem], kept: Kept | None) -> object:
    if isinstance(value, _Pairs):
        result: dict[str, Any] = {}
        for key, inner in value:
            place = _step(pointer, key)
            _text(key, place, "the key", problems)
            if key in result:
                _add(problems, place, "this key stands twice", "each key once")
            result[key] = _plain(inner, place, problems, kept)
        return result if kept is None else kept(result)
    if isinstance(value, list):
        return [_plain(inner, _step(pointer, index), problems, kept) for index, inner in enumerate(value)]
    _leaf(value, pointer, problems)
    return value


def _sound(value: object, levels: int) -> bool:
    """Tell quickly that data is certainly fine; what is doubtful is for ``_check``, which knows the places."""
    if isinstance(value, str):
        return value.isprintable()
    if value is None or isinstance(value, bool):
        return True
    if isinstance(value, int | float):
        return -_MAX_NUMBER <= value <= _MAX_NUMBER
    if levels <= 0 or not isinstance(value, dict | list):
        return False
    if isinstance(value, dict):
        for key in value:  # faster than all()
            if not (isinstance(key, str) and key.isprintable()):
                return False
    for inner in value.values() if isinstance(value, dict) else value:
        if not ((isinstance(inner, str) and inner.isprintable()) or _sound(inner, levels - 1)):
            return False
    return True


def _check(value: object, pointer: str, above: list[object], problems: list[Problem]) -> None:
    if not isinstance(value, Mapping | list | tuple):
        _leaf(value, pointer, problems)
        return
    if any(value is container for container in above):
        _add(problems, pointer, "the data contains itself", "a tree of lists and mappings")
        return
    if len(above) >= MAX_DEPTH:
        _add(problems, pointer, "nested too deeply", f"at most {MAX_DEPTH} levels")
        return
    above.append(value)
    if isinstance(value, Mapping):
        for key, inner in value.items():
            if not isinstance(key, str):
                _add(problems, pointer, "a key here is no text", "text keys")
                continue
            place = _step(pointer, key)
            _text(key, place, "the key", problems)
            _check(inner, place, above, problems)
    else:
        for index, inner in enumerate(value):
            _check(inner, _step(pointer, index), above, problems)
    above.pop()


def _leaf(value: object, pointer: str, problems: list[Problem]) -> None:
    if isinstance(value, str):
        _text(value, pointer, "the text", problems)
    elif isinstance(value, _Constant) or (isinstance(value, float) and not math.isfinite(value)):
        _add(problems, pointer, "not a finite number", "a finite number")
    elif isinstance(value, int | float):
        if abs(value) > _MAX_NUMBER:
            _add(problems, pointer, "the number is too large", "a number within ±2^53")
    elif value is not None:
        _add(problems, pointer, "a type that JSON does not have", "text, number, true, false, null, list or mapping")


def _text(value: str, pointer: str, what: str, problems: list[Problem]) -> None:
    if "\x00" in value:
        _add(problems, pointer, f"{what} holds a NUL character", "text without NUL")
    try:
        value.encode("utf-8")
    except UnicodeEncodeError:
        _add(problems, pointer, f"{what} holds a lone surrogate", "well-formed Unicode text")


def _add(problems: list[Problem], pointer: str, reason: str, expected: str) -> None:
    if len(problems) < _MOST_PROBLEMS:
        problems.append(Problem(pointer, reason, expected))
