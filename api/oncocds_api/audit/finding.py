"""Records looked up by the id of their answer."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from oncocds_api.audit.chain import files_of
from oncocds_api.audit.key import AuditKey
from oncocds_api.audit.record import content_of, read_with


@dataclass(frozen=True, slots=True)
class Found:
    """A record, where it stands, and the key that seals it; None where its seal is not right."""

    content: dict[str, Any]
    path: Path
    line: int
    key: AuditKey | None

    @property
    def sealed(self) -> bool:
        """Whether its seal is right."""
        return self.key is not None


def records_of(folder: Path, decision: str, keys: Sequence[AuditKey]) -> list[Found]:
    """Return the records of an answer, the first its own, then what was said of it later. Raises ``OSError``."""
    marked = f'"decision":"{decision}"'.encode()
    found = [
        _found(text, path, number, keys)
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


def _found(text: bytes, path: Path, line: int, keys: Sequence[AuditKey]) -> Found:
    read = read_with(text, keys)
    return Found(content_of(text), path, line, None if read is None else read[1])
