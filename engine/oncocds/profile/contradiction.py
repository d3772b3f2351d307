"""What a contradiction in a profile looks like."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal

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
