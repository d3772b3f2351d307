"""What the way of a request leaves for its record, in the request's scope: who called, what was answered."""

from __future__ import annotations

from collections.abc import Mapping, MutableMapping
from dataclasses import dataclass
from typing import Any, Literal

DECISION = "oncocds.decision"
"""The key of the scope that holds the id of the answer, where answers are put on record."""
_NOTED = "oncocds.noted"
_CALLER = "oncocds.caller"
Scope = MutableMapping[str, Any]


@dataclass(frozen=True, slots=True)
class Caller:
    """Who calls: by an API key or a signing key (its name) or a token (its issuer); with the roles of a key."""

    by: Literal["api-key", "signing-key", "token"]
    name: str
    roles: frozenset[str] = frozenset()


def note_caller(scope: Scope, caller: Caller) -> None:
    """Note who calls."""
    scope[_CALLER] = caller


def caller_of(scope: Mapping[str, Any]) -> Caller | None:
    """Return who calls; None where nobody has to say."""
    caller: Caller | None = scope.get(_CALLER)
    return caller


def note(scope: Scope, **parts: Any) -> None:
    """Note parts of the record; ``answers`` come after those that were noted before."""
    noted = scope.setdefault(_NOTED, {})
    noted["answers"] = [*noted.get("answers", ()), *parts.pop("answers", ())]
    noted.update(parts)


def note_answer(scope: Scope, header: Mapping[str, Any]) -> None:
    """Note what a worker said of an evaluation it answered with."""
    if "about" in header:
        note(scope, answers=[{**header["about"], "worker": header.get("identity")}])


def noted(scope: Mapping[str, Any]) -> dict[str, Any]:
    """Return what was noted."""
    found: dict[str, Any] = scope.get(_NOTED, {})
    return found
