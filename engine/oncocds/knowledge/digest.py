"""Digests of the knowledge's meaning: the same for every layout, different for every other word.

Everything that is read counts, whether an answer shows it or not: a rule's examples and the ledger are what reviewers
agreed to. Where something stands (marks, paths) does not, and neither does the version, which only names the knowledge.
"""

from __future__ import annotations

import dataclasses
import hashlib
import json
from collections.abc import Collection, Mapping, Sequence
from functools import cache
from typing import Any

# Where something was written is not what it says.
_NO_MEANING = {"mark", "path"}
_PLAIN = frozenset({str, bool, int, float, type(None)})


def plain(value: Any) -> Any:
    """Return the meaning of a part of the knowledge as plain data, each part tagged with its type."""
    if type(value) in _PLAIN:
        return value
    if dataclasses.is_dataclass(value) and not isinstance(value, type):
        fields = {name: plain(getattr(value, name)) for name in _fields(type(value))}
        return {"": type(value).__name__, **fields}
    if isinstance(value, Mapping):
        return {str(key): plain(inner) for key, inner in value.items()}
    if isinstance(value, frozenset | set):
        return sorted(plain(inner) for inner in value)
    if isinstance(value, Sequence) and not isinstance(value, str):
        return [plain(inner) for inner in value]
    return value


@cache
def _fields(part: type[Any]) -> tuple[str, ...]:
    return tuple(field.name for field in dataclasses.fields(part) if field.name not in _NO_MEANING)


def digest(value: Any) -> str:
    """Return ``sha256:…`` over the canonical JSON of a value's meaning."""
    return _digest(plain(value))


def content_digest(part: Any, but: Collection[str]) -> str:
    """Return the digest of a part of the knowledge without some of its fields.

    A field that has nothing to say (it stands at its default) is left out, so that a schema that grows by a field
    changes no digest of what was written before.
    """
    found = _said(part)
    return _digest({name: value for name, value in found.items() if name not in but})


def _said(value: Any) -> Any:
    if type(value) in _PLAIN:  # a text is a sequence of texts, without end
        return value
    if dataclasses.is_dataclass(value) and not isinstance(value, type):
        told = {name: getattr(value, name) for name in _fields(type(value))}
        said = {name: _said(one) for name, one in told.items() if one != _defaults(type(value)).get(name, ...)}
        return {"": type(value).__name__, **said}
    if isinstance(value, Mapping):
        return {str(key): _said(inner) for key, inner in value.items()}
    if isinstance(value, Sequence) and not isinstance(value, str):
        return [_said(inner) for inner in value]
    return plain(value)


@cache
def _defaults(part: type[Any]) -> Mapping[str, Any]:
    found: dict[str, Any] = {}
    for field in dataclasses.fields(part):
        if field.default is not dataclasses.MISSING:
            found[field.name] = field.default
        elif field.default_factory is not dataclasses.MISSING:
            found[field.name] = field.default_factory()
    return found


def _digest(value: Any) -> str:
    text = json.dumps(value, ensure_ascii=False, sort_keys=True, separators=(",", ":"))
    return "sha256:" + hashlib.sha256(text.encode()).hexdigest()
