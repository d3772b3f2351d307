"""Whether records are as they were written: what was changed, taken out, put in, moved or doubled, by file and line.

What cannot be seen in a chain itself is that its last records are gone, or all of it: for that its state must have been
noted elsewhere (``Anchor``), from the server's log or from what an earlier ``verify`` said.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from oncocds_api.audit.chain import files_of, place_of
from oncocds_api.audit.key import AuditKey
from oncocds_api.audit.record import FIRST, Record, could_begin, read_with

_ANCHOR = re.compile(r"(\d{1,6}):(\d{1,15}):([0-9a-f]{64})")


@dataclass(frozen=True, slots=True)
class Anchor:
    """That a chain once stood at a record with a seal."""

    chain: int
    number: int
    seal: str

    def __str__(self) -> str:
        return f"{self.chain}:{self.number}:{self.seal}"

    @classmethod
    def read(cls, text: str) -> Anchor | None:
        """Read ``CHAIN:NUMBER:SEAL``; None for anything else."""
        parts = _ANCHOR.fullmatch(text)
        return None if parts is None else cls(int(parts[1]), int(parts[2]), parts[3])


@dataclass
class ChainReport:
    """What was found of a chain: what is wrong, what is only to be known, and where the chain stands."""

    number: int
    records: int = 0
    wrong: list[str] = field(default_factory=list)
    known: list[str] = field(default_factory=list)
    last: Record | None = None

    @property
    def anchor(self) -> Anchor | None:
        """Where the chain stands now."""
        return None if self.last is None else Anchor(self.number, self.last.number, self.last.seal)


def verified(path: Path, keys: Sequence[AuditKey], anchors: Sequence[Anchor] = ()) -> list[ChainReport]:
    """Return a report for each chain in a folder, or for what one file holds. Raises ``OSError``."""
    if path.is_dir():
        chains, whole = files_of(path), True
    else:
        place = place_of(path)
        chains, whole = {place[0] if place is not None else 0: [path]}, False
    reports = [
        _Reading(number, keys, [one for one in anchors if one.chain == number], whole).report(files)
        for number, files in chains.items()
    ]
    gone = [one for one in anchors if whole and one.chain not in chains]
    return reports + [ChainReport(one.chain, wrong=[f"chain {one.chain} is missing (anchor {one})"]) for one in gone]


class _Reading:
    """One chain while it is read."""

    def __init__(self, number: int, keys: Sequence[AuditKey], anchors: Sequence[Anchor], whole: bool) -> None:
        self._found = ChainReport(number)
        self._keys = keys
        self._anchors = {one.number: one.seal for one in anchors}
        self._whole = whole
        self._seen: dict[int, tuple[str, str]] = {}  # by number the seal, and where it stands

    def report(self, files: Sequence[Path]) -> ChainReport:
        before: int | None = None
        for path in files:
            place = place_of(path)
            if place is not None and before is not None and place[1] != before + 1:
                self._found.wrong.append(f"{path.name}: the file before it ({before + 1:06}) is missing")
            before = None if place is None else place[1]
            self._file(path, last=path == files[-1])
        self._against_anchors()
        return self._found

    def _file(self, path: Path, last: bool) -> None:
        content = path.read_bytes()
        *lines, rest = content.split(b"\n")
        for number, line in enumerate(lines, 1):
            self._line(f"{path.name}:{number}", line)
        if rest:
            self._end(f"{path.name}:{len(lines) + 1}", rest, last)

    def _end(self, where: str, rest: bytes, last: bool) -> None:
        """See to a last line without an end: one whose writing was cut off, which only the last of all can be."""
        expected, previous = self._next()
        record = self._read(rest)
        if record is not None:
            self._line(where, rest)
        elif last and could_begin(rest, expected, previous):
            self._found.known.append(
                f"{where}: the writing of record {expected} was cut off (the process was ended); its answer never left"
            )
        else:
            self._found.wrong.append(f"{where}: not a record: it was cut off or changed")

    def _line(self, where: str, line: bytes) -> None:
        record = self._read(line)
        if record is None:
            self._found.wrong.append(f"{where}: not a record sealed with this key: it was changed or put in")
            return
        self._found.records += 1
        self._place(where, record)
        self._seen.setdefault(record.number, (record.seal, where))
        if self._found.last is None or record.number > self._found.last.number:
            self._found.last = record

    def _place(self, where: str, record: Record) -> None:
        """Say what is wrong with the place of a record whose own content is right."""
        found, number = self._found, record.number
        if self._found.number and record.content.get("chain") != self._found.number:
            found.wrong.append(f"{where}: a record of chain {record.content.get('chain')}")
            return
        expected, previous = self._next()
        if number in self._seen:
            seal, first = self._seen[number]
            same = "the same record stands at" if seal == record.seal else "another record of this number stands at"
            found.wrong.append(f"{where}: record {number} is doubled: {same} {first}")
        elif number < expected:
            found.wrong.append(f"{where}: record {number} stands after record {expected - 1}: they were reordered")
        elif number > expected and found.last is None:
            self._begins(where, record)
        elif number > expected:
            found.wrong.append(f"{where}: {_records(expected, number - 1)} missing before record {number}")
        elif record.previous != previous and found.last is not None:
            found.wrong.append(f"{where}: record {number} does not follow the record before it: that is another one")
        elif record.previous != previous:
            found.wrong.append(f"{where}: record {number} has another one before it")

    def _begins(self, where: str, record: Record) -> None:
        """See to a chain that does not begin with its first record."""
        anchored = self._anchors.get(record.number - 1) == record.previous
        told = f"{where}: the chain begins with record {record.number}; {_records(1, record.number - 1)} not here"
        if anchored:
            self._found.known.append(f"{told}, and were as the anchor says")
        elif self._whole:
            self._found.wrong.append(f"{told}: removed, or moved away without an anchor")
        else:
            self._found.known.append(f"{told}: in the files before it")

    def _next(self) -> tuple[int, str]:
        last = self._found.last
        return (1, FIRST) if last is None else (last.number + 1, last.seal)

    def _read(self, line: bytes) -> Record | None:
        read = read_with(line, self._keys)
        return None if read is None else read[0]

    def _against_anchors(self) -> None:
        begun = min(self._seen, default=1)
        for number, seal in self._anchors.items():
            found = self._seen.get(number)
            if found is not None and found[0] != seal:
                self._found.wrong.append(f"{found[1]}: record {number} is another one than the anchor says")
            elif found is None and number >= begun and self._whole:
                stands = self._found.last.number if self._found.last else 0
                self._found.wrong.append(
                    f"record {number} of chain {self._found.number} is missing (anchor); it stands at record {stands}"
                )


def _records(first: int, last: int) -> str:
    return f"record {first} is" if first == last else f"records {first} to {last} are"


def total(reports: Sequence[ChainReport]) -> Mapping[str, int]:
    """Count what was found."""
    return {"records": sum(one.records for one in reports), "wrong": sum(len(one.wrong) for one in reports)}


def anchors_of(reports: Sequence[ChainReport]) -> Iterator[Anchor]:
    """Yield where each chain stands."""
    yield from (one.anchor for one in reports if one.anchor is not None)
