"""What a contradiction in a profile looks like."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from oncocds.text import Text


@dataclass(frozen=True, slots=True)
class Contradiction:
    """Recorded facts that cannot both be right (or, as a hint, look odd together), and those to ask about."""

    id: str
    severity: Literal["contradiction", "hint"]
    facts: tuple[str, ...]
    text: Text
    asks: tuple[str, ...] = ()
