"""What a contradiction in a profile looks like."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Literal

from oncocds.profile.finding import Finding
from oncocds.text import Text


@dataclass(frozen=True, slots=True)
class Contradiction:
    """Recorded facts that cannot both be right (or, as a hint, look odd together), and those to ask about.

    ``asked_as`` says how a fact is asked for where its name alone would not do, ``urgency`` how urgent that is.
    """

    id: str
    severity: Literal["contradiction", "hint"]
    facts: tuple[str, ...]
    text: Text
    asks: tuple[str, ...] = ()
    asked_as: Mapping[str, Text] = field(default_factory=dict)
    urgency: Literal["warning", "info"] = "warning"

    @classmethod
    def of(cls, name: str, text: Text, *found: Finding, asks: tuple[str, ...] | None = None) -> Contradiction:
        """Return that findings cannot both be right; unless told otherwise all that they rest on is asked about."""
        facts = _used(found)
        return cls(name, "contradiction", facts, text, facts if asks is None else asks)

    @classmethod
    def hint(cls, name: str, text: Text, *found: Finding, asks: tuple[str, ...] = ()) -> Contradiction:
        """Return that findings look odd together."""
        return cls(name, "hint", _used(found), text, asks)


def _used(found: Iterable[Finding]) -> tuple[str, ...]:
    return tuple(path for one in found for path in one.used)
