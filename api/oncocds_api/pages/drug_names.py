"""The drugs as a field offers them: found by every name, by pinyin and by the initials of its syllables."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from pathlib import Path

from oncocds.text import Text
from oncocds.vocabulary.models import Vocabulary

_TABLE = Path(__file__).parent / "pinyin.txt"


@dataclass(frozen=True, slots=True)
class DrugName:
    """A drug with its label and everything else it is found by."""

    code: str
    label: Text
    names: tuple[str, ...]
    spelled: tuple[str, ...]


def drug_names(vocabulary: Vocabulary) -> tuple[DrugName, ...]:
    """Return every drug with its names."""
    return tuple(
        DrugName(
            drug.code,
            drug.label,
            tuple(dict.fromkeys(drug.names)),
            tuple(dict.fromkeys(word for name in drug.names for word in spelled(name) or ())),
        )
        for drug in vocabulary.drugs.values()
    )


def spelled(name: str) -> tuple[str, str] | None:
    """Return a Chinese name in pinyin, and its initials; None where one of its characters is not in the table."""
    syllables = [_syllables().get(character, "") for character in name]
    if not syllables or not all(syllables):
        return None
    return "".join(syllables), "".join(syllable[0] for syllable in syllables)


@cache
def _syllables() -> dict[str, str]:
    lines = (line.split() for line in _TABLE.read_text("utf-8").splitlines() if not line.startswith("#"))
    return {character: syllable for syllable, characters in lines for character in characters}
