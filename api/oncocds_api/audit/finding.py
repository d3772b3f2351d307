"""Records looked up by the id of their answer."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from oncocds_api.audit.chain import files_of
from oncocds_api.audit.key import AuditKey
from oncocds_api.audit.record import Unsealed, content_of, read_record


@dataclass(frozen=True, slots=True)
class Found:
    """A record, where it stands, and whether its seal is right."""

    content: dict[str, Any]
    path: Path
    line: int
    sealed: bool


def records_of(folder: Path, decision: str, key: AuditKey) -> list[Found]:
    """Return the records of an answer, the first its own, then what was said of it later. Raises ``OSError``."""
    marked = f'"decision":"{decision}"'.encode()
    found = [
        _found(text, path, number, key)
        for path, number, text in lines_in(folder)
        if marked in text and content_of(text).get("decision") == decision
    ]
    return sorted(found, key=lambda one: one.content.get("kind") == "withdrawn")


def lines_in(folder: Path) -> Iterator[tuple[Path, int, bytes]]:
    """Yield every line of a folder's chains: its file, its number from 1, its content."""
    for path in (path for files in files_of(folder).values() for path in files):
        with path.open("rb") as lines:
            for number, line in enumerate(lines, 1):
                yield path, number, line.rstrip(b"\n")


def _found(text: bytes, path: Path, line: int, key: AuditKey) -> Found:
    try:
        read_record(text, key)
    except Unsealed:
        return Found(content_of(text), path, line, sealed=False)
    return Found(content_of(text), path, line, sealed=True)
