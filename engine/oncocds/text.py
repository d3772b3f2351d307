"""The same words in Chinese and English; Chinese first."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

Language = Literal["zh", "en"]


@dataclass(frozen=True, slots=True)
class Text:
    """One wording in both languages of the product."""

    zh: str
    en: str

    def in_(self, language: Language) -> str:
        """Return the wording in one language."""
        return self.zh if language == "zh" else self.en


def counted(count: int, what: str) -> str:
    """Return how many there are, in English: ``1 task``, ``2 tasks``."""
    return f"{count:,} {what}" if count == 1 else f"{count:,} {what}s"
