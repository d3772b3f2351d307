"""``oncocds audit``: verify records, show one, make its answer again, export them."""

from __future__ import annotations

import json
import sys
from collections.abc import Sequence
from pathlib import Path

from oncocds.errors import InputError, Problem
from oncocds_api.audit.fhir_events import audit_event
from oncocds_api.audit.finding import Found, lines_in, records_of
from oncocds_api.audit.key import AuditKey, audit_key, made_key_file
from oncocds_api.audit.record import read_with
from oncocds_api.audit.replay import replayed
from oncocds_api.audit.verify import Anchor, anchors_of, total, verified
from oncocds_api.settings.key_settings import secret_in
from oncocds_api.settings.settings import Settings

_FOUND = 1


def verify(settings: Settings, path: Path | None, key_files: Sequence[Path], anchors: Sequence[str]) -> int:
    """Say whether all records are as they were written; 1 where not."""
    read = [_anchor(text) for text in anchors]
    keys = _keys(settings, key_files)
    try:
        reports = verified(path or settings.audit_log, keys, read)
    except OSError as error:
        raise _unreadable(path or settings.audit_log, error) from None
    if not reports:
        raise _unreadable(path or settings.audit_log, None)
    for report in reports:
        for line in report.known:
            print(f"note: {line}")
        for line in report.wrong:
            print(line)
    counts = total(reports)
    print(f"records: {counts['records']}, chains: {len(reports)}, wrong: {counts['wrong']}")
    for anchor in anchors_of(reports):
        print(f"anchor {anchor}")
    return _FOUND if counts["wrong"] else 0


def show(settings: Settings, decision: str, path: Path | None, key_files: Sequence[Path]) -> int:
    """Print the record of an answer; 1 where its seal is not right."""
    found = _records(settings, decision, path, key_files)
    for one in found:
        print(json.dumps(one.content, indent=2, ensure_ascii=False))
        print(
            f"{one.path}:{one.line}: {'sealed' if one.sealed else 'NOT SEALED WITH THIS KEY: it was changed'}",
            file=sys.stderr,
        )
    return 0 if all(one.sealed for one in found) else _FOUND


def replay(
    settings: Settings, decision: str, data: bytes, knowledge: Path | None, path: Path | None, key_files: Sequence[Path]
) -> int:
    """Make an answer again and say whether it is the same; 1 where not."""
    found = _records(settings, decision, path, key_files)
    first, later = found[0], found[1:]
    if not first.sealed:
        print(f"{first.path}:{first.line}: not sealed with this key: what it says may not be what was recorded")
    if later:
        print("the answer was refused: it could not be put on record in time")
    key = first.key or _keys(settings, key_files)[0]
    result = replayed(first.content.get("answers", ()), data, key, knowledge, settings.vocabulary_overlay)
    print("input: the same digest" if result.input_matches else "input: NOT the patient that was recorded")
    for line in (*result.differs, *result.lines):
        print(line)
    if result.same_answer:
        print("same answer, byte for byte")
    else:
        print(
            "NOT the same answer" + ("" if result.lines else ": the briefing is the same, what stands behind it is not")
        )
    return 0 if result.same_answer and result.input_matches and first.sealed else _FOUND


def export(settings: Settings, path: Path | None, key_files: Sequence[Path]) -> int:
    """Print every record as a FHIR R4 AuditEvent, a line each; 1 where some were left out, which is said."""
    keys, left_out = _keys(settings, key_files), 0
    try:
        found = list(lines_in(path or settings.audit_log))
    except OSError as error:
        raise _unreadable(path or settings.audit_log, error) from None
    for file, number, line in found:
        read = read_with(line, keys)
        if read is None:
            left_out += 1
            print(f"oncocds: {file}:{number}: left out, no record sealed with this key", file=sys.stderr)
        else:
            event = audit_event(read[0].content, read[0].seal)
            print(json.dumps(event, ensure_ascii=False, separators=(",", ":")))
    return _FOUND if left_out else 0


def _records(settings: Settings, decision: str, path: Path | None, key_files: Sequence[Path]) -> list[Found]:
    folder, keys = path or settings.audit_log, _keys(settings, key_files)
    try:
        found = records_of(folder, decision, keys)
    except OSError as error:
        raise _unreadable(folder, error) from None
    if not found:
        raise InputError(
            [Problem("", f"{folder} holds no record of this answer", "the id of a header Oncocds-Decision")]
        )
    return found


def _keys(settings: Settings, key_files: Sequence[Path]) -> list[AuditKey]:
    """Return the keys that are told, then the settings'; none is ever made here."""
    found = [AuditKey(secret_in(file, "/key")) for file in key_files]
    if settings.audit_key is not None or made_key_file(settings).exists():
        found.append(audit_key(settings))
    if not found:
        expected = "the settings of the server (--settings), or the key's file (--key)"
        raise InputError([Problem("/audit_key", "missing: records cannot be read without their key", expected)])
    return found


def _anchor(text: str) -> Anchor:
    anchor = Anchor.read(text)
    if anchor is None:
        raise InputError(
            [Problem("/anchor", "not an anchor", "CHAIN:NUMBER:SEAL, as 'oncocds audit verify' prints it")]
        )
    return anchor


def _unreadable(path: Path, error: OSError | None) -> InputError:
    reason = "no chain of records is there" if error is None else str(error.strerror)
    return InputError([Problem("", f"{path}: {reason}", "the folder of audit_log, or one of its files")])
