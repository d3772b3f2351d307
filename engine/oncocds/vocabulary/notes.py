"""How people write notes: words that scenarios read beside labels and synonyms, each with what it is read as."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from oncocds.text import Text


@dataclass(frozen=True, slots=True)
class Sign:
    """A sign that makes a yes-or-no field true where it is there, and says nothing of it where it is not."""

    label: Text
    synonyms: tuple[str, ...]
    means: str


@dataclass(frozen=True, slots=True)
class Beside:
    """Words that stand beside a field's value, or instead of one, and the fields that they set (maybe none)."""

    words: tuple[str, ...]
    sets: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Level:
    """How the vertebrae of a region are written: letters before a number, which goes from 1 to ``last``."""

    letters: tuple[str, ...]
    last: int


@dataclass(frozen=True, slots=True)
class Unread:
    """Something that notes hold and no rule reads."""

    label: Text
    synonyms: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Instead:
    """Words that say too much or too little for one fact, and what to write instead of them."""

    words: tuple[str, ...]
    write: Text


@dataclass(frozen=True, slots=True)
class Notes:
    """The words of notes: see ``rules/vocabulary/notes.yaml``, where each part says what it is for."""

    words: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    units: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    choices: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    implies: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)
    beside: Mapping[str, tuple[Beside, ...]] = field(default_factory=dict)
    levels: Mapping[str, Mapping[str, Level]] = field(default_factory=dict)
    signs: Mapping[str, Sign] = field(default_factory=dict)
    unread: Mapping[str, Unread] = field(default_factory=dict)
    instead: Mapping[str, Instead] = field(default_factory=dict)
