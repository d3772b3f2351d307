"""Feedback as an EHR sends it, read strictly. Free text is not kept: it could speak of a patient."""

from __future__ import annotations

import datetime
import uuid
from collections.abc import Mapping
from typing import Any

from oncocds.errors import InputError, Problem
from oncocds.reading.strict_json import parse_json
from oncocds_api.feedback.reasons import OVERRIDE_REASONS
from oncocds_api.feedback.store import Outcome

_MOST = 500


def read_feedback(body: bytes) -> list[Outcome]:
    """Read a feedback request. Raises ``InputError`` with the JSON pointer of each place that is wrong."""
    document = parse_json(body)
    entries = document.get("feedback") if isinstance(document, dict) else None
    if not isinstance(entries, list) or not 0 < len(entries) <= _MOST:
        raise InputError([Problem("/feedback", "not a list with entries", f"a list of 1 to {_MOST} entries")])
    problems: list[Problem] = []
    found = [_outcome(entry, f"/feedback/{place}", problems) for place, entry in enumerate(entries)]
    if problems:
        raise InputError(problems)
    return [one for one in found if one is not None]


def _outcome(entry: Any, pointer: str, problems: list[Problem]) -> Outcome | None:
    if not isinstance(entry, dict):
        problems.append(Problem(pointer, "not an object", "card, outcome and outcomeTimestamp"))
        return None
    card = _uuid(entry.get("card"), f"{pointer}/card", problems)
    at = _time(entry.get("outcomeTimestamp"), f"{pointer}/outcomeTimestamp", problems)
    outcome = entry.get("outcome")
    if outcome not in ("accepted", "overridden"):
        problems.append(Problem(f"{pointer}/outcome", "not an outcome", "accepted or overridden"))
        return None
    suggestions = _suggestions(entry, outcome, pointer, problems)
    reason, commented = _reason(entry, pointer, problems)
    if card is None or at is None:
        return None
    return Outcome(card, outcome, suggestions, reason if outcome == "overridden" else None, commented, at)


def _suggestions(
    entry: Mapping[str, Any], outcome: str, pointer: str, problems: list[Problem]
) -> tuple[uuid.UUID, ...]:
    if outcome != "accepted":
        return ()
    listed = entry.get("acceptedSuggestions")
    if not isinstance(listed, list) or not listed:
        expected = "the suggestions that were accepted, [{'id': …}]"
        problems.append(Problem(f"{pointer}/acceptedSuggestions", "missing", expected))
        return ()
    found = []
    for place, one in enumerate(listed):
        where = f"{pointer}/acceptedSuggestions/{place}/id"
        found.append(_uuid(one.get("id") if isinstance(one, dict) else None, where, problems))
    return tuple(one for one in found if one is not None)


def _reason(entry: Mapping[str, Any], pointer: str, problems: list[Problem]) -> tuple[str | None, bool]:
    given = entry.get("overrideReason")
    if given is None:
        return None, False
    if not isinstance(given, dict):
        problems.append(Problem(f"{pointer}/overrideReason", "not an object", "reason and userComment"))
        return None, False
    comment, reason = given.get("userComment"), given.get("reason")
    if comment is not None and not isinstance(comment, str):
        problems.append(Problem(f"{pointer}/overrideReason/userComment", "not a text", "a text"))
    if reason is None:
        return None, bool(comment)
    code = reason.get("code") if isinstance(reason, dict) else None
    if not isinstance(code, str) or not code:
        problems.append(Problem(f"{pointer}/overrideReason/reason/code", "missing", "the code of a reason"))
        return None, bool(comment)
    return code if code in OVERRIDE_REASONS else "other", bool(comment)


def _uuid(value: Any, pointer: str, problems: list[Problem]) -> uuid.UUID | None:
    try:
        if not isinstance(value, str):
            raise ValueError
        return uuid.UUID(value)
    except ValueError:
        problems.append(Problem(pointer, "missing" if value is None else "not a UUID", "a UUID that this server gave"))
        return None


def _time(value: Any, pointer: str, problems: list[Problem]) -> datetime.datetime | None:
    try:
        if not isinstance(value, str) or "T" not in value.upper():
            raise ValueError
        found = datetime.datetime.fromisoformat(value.upper())
        if found.tzinfo is None:
            raise ValueError
        return found.astimezone(datetime.UTC)
    except (ValueError, OverflowError):
        problems.append(Problem(pointer, "not a time", "a date and time with its zone, such as 2026-01-31T10:05:31Z"))
        return None
