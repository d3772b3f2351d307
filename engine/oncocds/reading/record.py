"""A mapping being read by a schema: takes keys one by one, gathers every issue, loses no key in silence."""

from __future__ import annotations

import math
import re
from collections.abc import Iterable
from typing import Any, TypeVar, cast

from oncocds.errors import Issue
from oncocds.reading.marks import Mapping, Mark, Node, Scalar, Sequence
from oncocds.reading.nearest import suggestion
from oncocds.reading.traps import shown
from oncocds.text import Text

_INTEGER = re.compile(r"-?(?:0|[1-9][0-9]*)")
_NUMBER = re.compile(r"-?(?:0|[1-9][0-9]*)(?:\.[0-9]+)?(?:[eE][+-]?[0-9]+)?")
_MOST_DIGITS = 300  # more is no number anybody meant (and from 4300 on Python refuses to read it)

_Choice = TypeVar("_Choice", bound=str)


class Record:
    """A mapping under reading.

    Each method takes one key. A wrong shape becomes an issue (``issues`` is shared by a whole file) and a neutral
    value, so that one run reports everything; what was read counts only if there are no issues in the end. ``what`` is
    how issues call the mapping.
    """

    def __init__(self, node: Node, issues: list[Issue], what: str) -> None:
        self.issues = issues
        self.what = what
        self._taken: dict[str, None] = {}
        if isinstance(node, Mapping):
            self._node = node
        else:
            self._node = Mapping((), node.mark)
            self.issue(node.mark, f"{what}: {_kind(node)} stands here; expected a mapping of keys to values")
        self._readable = isinstance(node, Mapping)

    @property
    def mark(self) -> Mark:
        """Where the mapping begins."""
        return self._node.mark

    def issue(self, mark: Mark, message: str) -> None:
        """Note something wrong at a place."""
        self.issues.append(mark.issue(message))

    def names(self) -> tuple[str, ...]:
        """Return the keys as written."""
        return tuple(key.text for key, _ in self._node.entries)

    def entries(self) -> tuple[tuple[Scalar, Node], ...]:
        """Take all keys at once with their values: a mapping whose keys are names, not words of a schema."""
        self._taken.update(dict.fromkeys(self.names()))
        return self._node.entries

    def mark_of(self, key: str) -> Mark:
        """Return where a value stands; where there is none, where the mapping begins."""
        value = self.node(key)
        return self.mark if value is None else value.mark

    def node(self, key: str, *, required: bool = False) -> Node | None:
        """Take a value as it stands; None where the key is missing."""
        self._taken[key] = None
        value = self._node.get(key)
        if value is None and required and self._readable:
            self.issue(self.mark, f"{self.what}: key '{key}' is missing; it is required here")
        return value

    def text(self, key: str, *, required: bool = True) -> str:
        """Take a non-empty text; "" where a key that is not required is missing."""
        value = self._scalar(key, required, "text")
        if value is None:
            return ""
        if _is_null(value) or not value.text.strip():
            self._wrong(value, key, "is empty", "text")
            return ""
        return value.text

    def optional_text(self, key: str) -> str | None:
        """Take a text that may be absent; a plain ``null``, ``~`` or nothing at all is absent too."""
        value = self._scalar(key, False, "text or null")
        if value is None or _is_null(value):
            return None
        if not value.text.strip():
            self._wrong(value, key, "is empty", "text or null")
            return None
        return value.text

    def integer(self, key: str, *, default: int | None = None) -> int:
        """Take a whole number; required unless there is a default."""
        value = self._scalar(key, default is None, "a whole number")
        if value is None:
            return default or 0
        if value.quoted or not _INTEGER.fullmatch(value.text) or len(value.text) > _MOST_DIGITS:
            self._wrong(value, key, f"cannot be '{shown(value.text)}'", "a whole number, without quotes")
            return default or 0
        return int(value.text)

    def number(self, key: str, *, default: float | None = None) -> float:
        """Take a finite number; required unless there is a default."""
        value = self._scalar(key, default is None, "a number")
        if value is None:
            return default or 0.0
        if value.quoted or not _NUMBER.fullmatch(value.text) or not math.isfinite(float(value.text)):
            self._wrong(value, key, f"cannot be '{shown(value.text)}'", "a number, without quotes")
            return default or 0.0
        return float(value.text)

    def boolean(self, key: str, *, default: bool | None = None) -> bool:
        """Take ``true`` or ``false``, nothing else is a truth value here; required unless there is a default."""
        value = self._scalar(key, default is None, "true or false")
        if value is None:
            return bool(default)
        if value.quoted or value.text not in ("true", "false"):
            self._wrong(value, key, f"cannot be '{shown(value.text)}'", "true or false, without quotes")
            return bool(default)
        return value.text == "true"

    def choice(self, key: str, options: Iterable[_Choice], *, default: _Choice | None = None) -> _Choice:
        """Take one of some words; required unless there is a default."""
        known = tuple(options)
        neutral = known[0] if default is None else default
        value = self._scalar(key, default is None, f"one of {', '.join(known)}")
        if value is None:
            return neutral
        for option in known:
            if option == value.text:
                return option
        hint = suggestion(value.text, known)
        known_here = ", ".join(option for option in known if option)
        self.issue(value.mark, f"{self.what}: '{key}' cannot be '{shown(value.text)}'; known here: {known_here}{hint}")
        return neutral

    def scalars(self, key: str, *, required: bool = False) -> tuple[Scalar, ...]:
        """Take a list of texts with their places; empty where a key that is not required is missing."""
        value = self.node(key, required=required)
        if value is None:
            return ()
        if not isinstance(value, Sequence):
            self._wrong(value, key, f"holds {_kind(value)}", "a list of texts, like [a, b]")
            return ()
        found: list[Scalar] = []
        for item in value:
            if not isinstance(item, Scalar):
                self._wrong(item, key, f"holds {_kind(item)}", "only texts in this list")
            elif not item.text.strip() or _is_null(item):
                self._wrong(item, key, "holds an empty item", "text")
            else:
                found.append(item)
        return tuple(found)

    def texts(self, key: str, *, required: bool = False) -> tuple[str, ...]:
        """Take a list of texts; empty where a key that is not required is missing."""
        return tuple(item.text for item in self.scalars(key, required=required))

    def record(self, key: str, *, required: bool = False) -> Record | None:
        """Take a mapping."""
        value = self.node(key, required=required)
        return None if value is None else Record(value, self.issues, f"{self.what}: {key}")

    def plain(self, key: str, *, required: bool = False) -> dict[str, Any]:
        """Take a mapping of names to values as plain data; empty where a key that is not required is missing."""
        value = self.node(key, required=required)
        if isinstance(value, Mapping):
            return cast("dict[str, Any]", as_json(value))
        if value is not None:
            self.issue(value.mark, f"{self.what}: '{key}' must be a mapping of names to values")
        return {}

    def records(self, key: str, *, required: bool = False) -> list[Record]:
        """Take a list of mappings; empty where the key is missing."""
        value = self.node(key, required=required)
        return [] if value is None else records(value, self.issues, f"{self.what}: {key}")

    def bilingual(self, key: str, *, required: bool = False) -> Text | None:
        """Take a mapping with ``zh`` and ``en``, both of them and nothing else."""
        inner = self.record(key, required=required)
        if inner is None:
            return None
        words = inner.words()
        inner.finish()
        return words

    def words(self) -> Text:
        """Take ``zh`` and ``en`` of this very mapping."""
        return Text(self.text("zh"), self.text("en"))

    def finish(self) -> None:
        """Report the keys that nobody took."""
        known = sorted(self._taken)
        for key, _ in self._node.entries:
            if key.text not in self._taken:
                hint = suggestion(key.text, [name for name in known if self._node.get(name) is None] or known)
                known_here = ", ".join(known) or "none"
                self.issue(key.mark, f"{self.what}: unknown key '{shown(key.text)}'; known here: {known_here}{hint}")

    def _scalar(self, key: str, required: bool, expected: str) -> Scalar | None:
        value = self.node(key, required=required)
        if value is None or isinstance(value, Scalar):
            return value
        self._wrong(value, key, f"holds {_kind(value)}", expected)
        return None

    def _wrong(self, node: Node, key: str, wrong: str, expected: str) -> None:
        self.issue(node.mark, f"{self.what}: '{key}' {wrong}; expected {expected}")


def records(node: Node, issues: list[Issue], what: str) -> list[Record]:
    """Read a list of mappings; each is called ``what[index]``."""
    if not isinstance(node, Sequence):
        issues.append(node.mark.issue(f"{what}: {_kind(node)} stands here; expected a list"))
        return []
    return [Record(item, issues, f"{what}[{index}]") for index, item in enumerate(node)]


def as_json(node: Node) -> object:
    """Turn a node into plain data: unquoted JSON words and finite numbers are typed, everything else stays text."""
    if isinstance(node, Mapping):
        return {key.text: as_json(value) for key, value in node.entries}
    if isinstance(node, Sequence):
        return [as_json(item) for item in node]
    if node.quoted:
        return node.text
    if node.text in ("true", "false"):
        return node.text == "true"
    if node.text == "null":
        return None
    if len(node.text) <= _MOST_DIGITS:
        if _INTEGER.fullmatch(node.text):
            return int(node.text)
        if _NUMBER.fullmatch(node.text) and math.isfinite(number := float(node.text)):
            return number
    return node.text


def _is_null(value: Scalar) -> bool:
    return not value.quoted and value.text in ("null", "~", "")


def _kind(node: Node) -> str:
    if isinstance(node, Mapping):
        return "a mapping"
    return "a list" if isinstance(node, Sequence) else "a text"
