"""The lines of an export's files, and why one of them is no record."""

from __future__ import annotations

import gzip
import json
import re
import zlib
from collections.abc import Iterator
from pathlib import Path
from typing import IO

from oncocds.errors import InputError, Problem
from oncocds.reading.strict_json import parse_json

LONGEST_LINE = 16 * 1_048_576
"""Bytes; a record that is longer holds a picture or a document, and is none that is read."""
_DELETION = re.compile(r"(?:^|/)([A-Z][A-Za-z]+)/([^/?#]+)/?$")


def lines_of(path: Path) -> Iterator[tuple[int, bytes]]:
    """Yield the lines of a file that are not blank, with their numbers. Raises ``InputError``."""
    opened: IO[bytes]
    try:
        with gzip.open(path) if path.suffix == ".gz" else path.open("rb") as opened:  # type: ignore[assignment]
            yield from ((number, line) for number, line in enumerate(opened, 1) if line.strip())
    except (OSError, EOFError, zlib.error):
        raise refused(path, "it cannot be read", "a whole file of records") from None


def deletions(path: Path) -> Iterator[tuple[str, str]]:
    """Yield type and id of what the Bundles of a file say is no longer there. Raises ``InputError``."""
    for number, line in lines_of(path):
        try:
            bundle = parse_json(line, max_bytes=LONGEST_LINE)
            if not isinstance(bundle, dict) or bundle.get("resourceType") != "Bundle":
                raise ValueError
            for request in [entry["request"] for entry in bundle.get("entry") or ()]:
                named = _DELETION.search(request["url"])
                if request["method"] != "DELETE" or named is None:
                    raise ValueError
                yield named[1], named[2]
        except (InputError, ValueError, KeyError, TypeError, AttributeError):
            reason = f"line {number} is no Bundle of deletions"
            raise refused(path, reason, "a Bundle whose entries are each a DELETE of TYPE/ID") from None


def damaged(path: Path) -> InputError | None:
    """Return the error for the first line of a file that is no record; None where there is none."""
    try:
        for number, line in lines_of(path):
            if len(line) > LONGEST_LINE:
                return refused(path, f"line {number} is too long", f"at most {LONGEST_LINE} bytes")
            if not _is_record(line):
                return refused(path, f"line {number} is no FHIR resource", "one resource a line; fetch the file again")
    except InputError as error:
        return error
    return None


def unreadable(path: Path) -> InputError:
    """Return the refusal of files of which nobody can tell which line is none."""
    return refused(path, "it cannot be read", "one resource a line; fetch the file again")


def _is_record(line: bytes) -> bool:
    try:
        found = json.loads(line)
        json.dumps(found, ensure_ascii=False).encode()  # a lone surrogate is no text
    except (ValueError, RecursionError):
        return False
    return isinstance(found, dict) and isinstance(found.get("resourceType"), str)


def refused(path: Path, reason: str, expected: str) -> InputError:
    """Return the refusal of a file, or of a folder of them."""
    return InputError([Problem(str(path), reason, expected)])
