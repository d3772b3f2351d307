"""Records whose text was met before, but for ids, references, dates and values: they are filled in, not read again.

What of a text may differ is cut out of it by its form alone. The rest is a template, read strictly when it is met for
the second time: it is one only where each piece that was cut out stands in a place of its own, as a whole text or
number. What strict reading would refuse is in no template, and none of the pieces can hold it.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any

from oncocds.errors import InputError
from oncocds.reading.strict_json import parse_json
from oncocds_fhir.bundle import Resource, collect, label_of
from oncocds_fhir.elements import Characters, Concept, Element
from oncocds_fhir.shapes import Shape, Varies, is_known, unknown
from oncocds_fhir.skipping import skipped

# What a piece begins with, and the piece; behind a reference the name of what it refers to is one as well.
# The letters and digits behind the first quote only tell quickly of most quotes that they begin none.
_PIECES = re.compile(
    r'("(?=[irsv0-9])(?:(?:id|reference|versionId|source|value)": ?"|(?=[0-9]{4}-[01][0-9][-"])|value": ?(?=[-0-9])))'
    r'((?<=")[^"\\\x00-\x1f\ud800-\udfff]*(?=")|(?<!")-?(?:0|[1-9][0-9]{0,11})(?:\.[0-9]{1,12})?(?=[,}\]]))'
    r'(?:(", ?"display": ?")([^"\\\x00-\x1f\ud800-\udfff]*)(?="))?'
)
_STEP = 5  # text, what begins a piece, the piece, what begins a name, the name
_MARK = "\ue000{}\ue001"
_LONGEST = 16_384  # characters of a text: what is longer is hardly met again
_MOST_CHARACTERS, _MOST_SEEN = 1 << 21, 200_000
_NOT_READ_AS_RECORDS = ("Bundle", "OperationOutcome")
_Key = tuple[str | None, ...]
_Fills = tuple[tuple[Any, Any], ...]
"""Where pieces go: by key or index the number of a piece, or what stands there with its own."""


class Templates:
    """The templates of the texts of many records, as many as there is room for."""

    def __init__(self, simplified: Characters) -> None:
        self._simplified = simplified
        self._known: dict[_Key, _Template | None] = {}
        self._seen: set[int] = set()
        self._characters = 0

    def record(self, text: str, pointer: str) -> Resource | None:
        """Return a record as strict reading would; None of one that is to be read, as its like was not met before."""
        if len(text) > _LONGEST:
            return None
        cut = _PIECES.split(text)
        pieces = cut[2::_STEP] + cut[4::_STEP]
        del cut[4::_STEP], cut[2 :: _STEP - 1]
        key = tuple(cut)
        if key in self._known:
            template = self._known[key]
            return None if template is None else template.filled(pieces, pointer)
        met = hash(key)
        if met in self._seen:
            self._keep(key, len(text))
        else:
            if len(self._seen) >= _MOST_SEEN:
                self._seen.clear()
            self._seen.add(met)
        return None

    def _keep(self, key: _Key, characters: int) -> None:
        if self._characters + characters > _MOST_CHARACTERS:
            self._known.clear()
            self._characters = 0
        self._characters += characters
        self._known[key] = _template(key, self._simplified)


class _Template:
    """What records are made of: their shape, the pieces of it, and which of those are numbers."""

    __slots__ = ("_concepts", "_data", "_fills", "_id", "_numbers", "_shape", "_simplified", "_type")

    def __init__(
        self, kind: str, data: dict[str, Any], fills: _Fills, numbers: tuple[int, ...], simplified: Characters
    ):
        shape = _filled(data, fills, [unknown() for _ in range(1 + _last(fills))])
        element = Element(shape, "", simplified)
        self._concepts = _concepts(shape, element)
        self._shape = Shape(Resource(kind, unknown(), unknown(), Element(shape, "", simplified, self._concepts)))
        self._type, self._data, self._fills, self._numbers = kind, data, fills, numbers
        self._simplified = simplified

    def filled(self, pieces: list[Any], pointer: str) -> Resource:
        """Return the record with these pieces."""
        for at in self._numbers:
            digits = pieces[at]
            pieces[at] = float(digits) if "." in digits else int(digits)
        data = _filled(self._data, self._fills, pieces)
        identity = data.get("id")
        if identity is not None and not identity.strip():
            identity = None
        label = label_of(self._type, identity, None, pointer)
        element = Element(data, pointer, self._simplified, self._concepts)
        return Resource(self._type, identity, label, element, None, self._shape)


def _template(key: _Key, simplified: Characters) -> _Template | None:
    """Return the template of what a text is without its pieces, None where it is none."""
    texts, begins, names = key[::3], key[1::3], key[2::3]
    written, count, numbers = [texts[0] or ""], len(begins), []
    for at, (begin, name, text) in enumerate(zip(begins, names, texts[1:], strict=True)):
        is_text = (begin or "").endswith('"')
        if not is_text:
            numbers.append(at)
        mark = _MARK.format(at)
        written += [begin or "", mark if is_text else f'"{mark}"']
        written += [] if name is None else [name, _MARK.format(count + at)]
        written.append(text or "")
    whole = "".join(written)
    marks = {_MARK.format(at): at for at in (*range(count), *(count + at for at, one in enumerate(names) if one))}
    if whole.count("\ue000") != len(marks):
        return None
    try:
        data = parse_json(whole, max_bytes=8 * len(whole), kept=skipped)
        [record] = collect(data).resources
    except (InputError, ValueError):
        return None
    places = [*_places(data, marks)]
    if len(places) != len(marks) or not isinstance(data, dict) or data["resourceType"] in _NOT_READ_AS_RECORDS:
        return None
    return _Template(record.type, data, _nested(data, marks), tuple(numbers), simplified)


def _places(data: Any, marks: Mapping[str, int]) -> Iterator[int]:
    """Yield the pieces that stand in data as a whole text or number."""
    if isinstance(data, str):
        if data in marks:
            yield marks[data]
    elif isinstance(data, dict | list):
        for one in data.values() if isinstance(data, dict) else data:
            yield from _places(one, marks)


def _nested(data: Any, marks: Mapping[str, int]) -> _Fills:
    """Return where pieces go in an object or a list."""
    found: list[tuple[Any, Any]] = []
    for key, one in data.items() if isinstance(data, dict) else enumerate(data):
        if isinstance(one, str):
            if one in marks:
                found.append((key, marks[one]))
        elif isinstance(one, dict | list) and (within := _nested(one, marks)):
            found.append((key, (one, within)))
    return tuple(found)


def _last(fills: _Fills) -> int:
    """Return the greatest number of a piece."""
    return max((at if isinstance(at, int) else _last(at[1]) for _, at in fills), default=0)


def _filled(data: Any, fills: _Fills, pieces: list[Any]) -> Any:
    """Return an object or a list with pieces in their places; what holds none is shared."""
    made = data.copy()
    for key, at in fills:
        made[key] = pieces[at] if type(at) is int else _filled(at[0], at[1], pieces)
    return made


def _concepts(data: Mapping[str, Any], element: Element) -> dict[str, Concept]:
    """Return the concepts that stand in a shape and are the same in all its records."""
    found: dict[str, Concept] = {}
    for key, one in data.items():
        if is_known(one) and isinstance(one, dict) and ("coding" in one or "text" in one):
            try:
                found[key] = element.concept(key)
            except (InputError, Varies):
                continue
    return found
