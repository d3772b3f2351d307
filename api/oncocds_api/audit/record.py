"""A record as a line: JSON in ASCII that begins with its number and the seal before, and ends with its own seal.

The seal is a keyed hash of every byte of the line before it: without the key no line can be made or changed. As each
line holds the seal of the one before, none can be taken out, put in or moved either.
"""

from __future__ import annotations

import contextlib
import json
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from oncocds_api.audit.key import AuditKey

FIRST = ""
"""The seal before the first record of a chain."""
_SEAL = re.compile(rb',"seal":"[0-9a-f]{64}"\}')
_LINE = re.compile(rb'(\{"n":.*),"seal":"([0-9a-f]{64})"\}')


class Unsealed(Exception):  # noqa: N818 - named as what it is
    """A line that is not a record sealed with the key."""


@dataclass(frozen=True, slots=True)
class Record:
    """A record whose seal is right."""

    content: Mapping[str, Any]
    seal: str

    @property
    def number(self) -> int:
        """Its place in the chain, from 1."""
        return int(self.content["n"])

    @property
    def previous(self) -> str:
        """The seal of the record before it."""
        return str(self.content["previous"])


def sealed(key: AuditKey, chain: int, number: int, previous: str, told: Mapping[str, Any]) -> tuple[bytes, str]:
    """Return the line of a record, with its end, and its seal."""
    content = {"n": number, "previous": previous, "chain": chain, **told}
    body = json.dumps(content, separators=(",", ":"), default=str)[:-1].encode()
    seal = key.keyed("seal", body)
    return body + b',"seal":"' + seal.encode() + b'"}\n', seal


def read_record(line: bytes, key: AuditKey) -> Record:
    """Read a line without its end. Raises ``Unsealed``."""
    parts = _LINE.fullmatch(line)
    if parts is None or key.keyed("seal", parts[1]) != parts[2].decode():
        raise Unsealed
    return Record(json.loads(parts[1] + b"}"), parts[2].decode())


def read_with(line: bytes, keys: Iterable[AuditKey]) -> tuple[Record, AuditKey] | None:
    """Read a line with the one of some keys that seals it; None where none of them does."""
    for key in keys:
        with contextlib.suppress(Unsealed):
            return read_record(line, key), key
    return None


def could_begin(fragment: bytes, number: int, previous: str) -> bool:
    """Tell whether a piece of a line is the beginning of a certain record: one whose writing was cut off.

    A machine that lost its power may leave zeros behind it. What holds a whole seal was not cut off.
    """
    fragment = fragment.rstrip(b"\0")
    if _SEAL.search(fragment):
        return False
    beginning = json.dumps({"n": number, "previous": previous}, separators=(",", ":"))[:-1].encode()
    return beginning.startswith(fragment) or fragment.startswith(beginning)


def content_of(line: bytes) -> dict[str, Any]:
    """Return what a line says, whether its seal is right or not; nothing where it is no record."""
    try:
        content = json.loads(line)
    except (ValueError, RecursionError):
        return {}
    return content if isinstance(content, dict) else {}
