"""A sentence of the step vocabulary: when it may be said, what it looks like, and what stands in its quotes."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Literal

from oncocds.text import Language

StepKind = Literal["given", "when", "then"]
TableKind = Literal[
    "patient",
    "policy",
    "labs",
    "medications",
    "lesions",
    "radiotherapy",
    "toxicities",
    "history",
    "surgeries",
    "symptoms",
    "rules",
]

_STOPS = " 。．."
OPENS, CLOSES = r"[\"“「]", r"[\"”」]"


def quoted(name: str) -> str:
    """Return the pattern of what a step puts in quotes, under a name: blanks alone would be in every text."""
    return rf"{OPENS}(?P<{name}>\s*[^\s\"“”「」][^\"“”「」]*){CLOSES}"


@dataclass(frozen=True, slots=True)
class Phrase:
    """One sentence: when it may be said, what it looks like in both languages, and the table it takes, if any."""

    id: str
    kind: StepKind
    zh: str
    en: str
    pattern: str
    table: TableKind | None = None

    def matches(self, text: str) -> bool:
        """Tell whether a step's words are this sentence; case and a full stop at its end do not count."""
        return self._match(text) is not None

    def meant_by(self, text: str) -> bool:
        """Tell whether a step would be this sentence, had it the quotes that it lacks."""
        loose = self.pattern.replace(OPENS, f"{OPENS}?").replace(CLOSES, f"{CLOSES}?")
        return loose != self.pattern and re.fullmatch(loose, text.rstrip(_STOPS), re.IGNORECASE) is not None

    def in_(self, language: Language) -> str:
        """Return the sentence in one language."""
        return self.zh if language == "zh" else self.en

    def words(self, text: str) -> dict[str, str]:
        """Return what a step puts in place of each ``…`` of the sentence; empty where it is another sentence."""
        matched = self._match(text)
        found = matched.groupdict() if matched else {}
        return {name: word for name, word in found.items() if word is not None}

    def _match(self, text: str) -> re.Match[str] | None:
        return re.fullmatch(self.pattern, text.rstrip(_STOPS), re.IGNORECASE)
