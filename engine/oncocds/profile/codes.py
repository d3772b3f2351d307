"""Field types of the profile: codes of closed value sets, dates, bounded text, ids and numbers."""

from __future__ import annotations

import datetime
import re
import unicodedata
from typing import Annotated, Any

from pydantic import (
    AfterValidator,
    Field,
    GetCoreSchemaHandler,
    GetJsonSchemaHandler,
    StringConstraints,
    WithJsonSchema,
)
from pydantic_core import CoreSchema, PydanticCustomError, core_schema

from oncocds.vocabulary.models import Vocabulary

MAX_ITEMS = 500
MAX_RESULTS = 1000
MAX_COURSES = 100  # each is read beside each lesion
MAX_CODES = 50
# A calendar date and nothing else: Python also reads week dates, which have as many characters.
_CALENDAR_DATE = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")
_UNWANTED = {"Cc", "Cs", "Zl", "Zp"}  # control characters, lone surrogates, line and paragraph separators
_REORDERED = {"LRE", "RLE", "LRO", "RLO", "PDF", "LRI", "RLI", "FSI", "PDI"}  # what follows is shown in another order
# What is shown as nothing: joiners, selectors of variants, fillers; some count as letters.
_UNSEEN = re.compile(
    "[\u00ad\u034f\u115f\u1160\u17b4\u17b5\u180b-\u180f\u200b-\u200f\u2028-\u202e\u2060-\u206f"
    "\u2800\u3164\ufe00-\ufe0f\ufeff\uffa0\U000e0000-\U000e0fff]"
)


def vocabulary_of(info: core_schema.ValidationInfo) -> Vocabulary:
    """Return the vocabulary of the validation's context, or else the bundled one."""
    vocabulary: Vocabulary | None = info.context and info.context.get("vocabulary")
    if vocabulary is None:
        from oncocds.vocabulary.loader import bundled_vocabulary  # it reads YAML; the engine gives its own

        return bundled_vocabulary()
    return vocabulary


class CodeOf:
    """Marks a text field as a code of a value set; which codes there are is the vocabulary's business.

    The vocabulary is the one in the validation context, or else the bundled one. A code that means "unknown" is read
    as not recorded, which is the same.
    """

    def __init__(self, value_set: str) -> None:
        self.value_set = value_set

    def __get_pydantic_core_schema__(self, source: Any, handler: GetCoreSchemaHandler) -> CoreSchema:
        return core_schema.with_info_after_validator_function(self._check, handler(source))

    def __get_pydantic_json_schema__(self, schema: CoreSchema, handler: GetJsonSchemaHandler) -> dict[str, Any]:
        return {"type": "string", "x-value-set": self.value_set}

    def _check(self, code: str, info: core_schema.ValidationInfo) -> str | None:
        member = vocabulary_of(info).value_sets[self.value_set].members.get(code)
        if member is not None:
            return None if member.missing else code
        # Which codes come near is worked out for the few refusals that are shown, not for every wrong code of a list.
        raise PydanticCustomError("code", "not a code of {value_set}", {"value_set": self.value_set})


def calendar_date(text: str) -> datetime.date:
    """Read ``YYYY-MM-DD``. Raises ``ValueError`` for everything else, days that no calendar has included."""
    if not _CALENDAR_DATE.fullmatch(text):
        raise ValueError("not a calendar date")
    return datetime.date.fromisoformat(text)


def _date(text: str) -> str:
    try:
        calendar_date(text)
    except ValueError:
        raise PydanticCustomError("date", "not a date", {"expected": "a calendar date as YYYY-MM-DD"}) from None
    return text


def _printable(text: str) -> str:
    if not text.isprintable() and any(map(_is_unwanted, text)):
        raise PydanticCustomError("text", "control characters", {"expected": "text without control characters"})
    if not shows(text):
        raise PydanticCustomError("text", "blank text", {"expected": "text, or null where nothing is recorded"})
    return text


def shows(text: str) -> bool:
    """Tell whether a text shows anything: a mark that stands on a letter shows nothing without one."""
    return bool(text.strip()) and (text.isascii() or any(map(_is_shown, text)))


def without_unseen(text: str) -> str:
    """Return a text with blanks in the place of what is shown as nothing."""
    return text if text.isascii() else _UNSEEN.sub(" ", text)


def _is_shown(character: str) -> bool:
    return unicodedata.category(character)[0] not in "ZM" and not _UNSEEN.match(character)


def _id(text: str) -> str:
    if not shows(text) or _UNSEEN.search(text):  # two ids would look the same
        raise PydanticCustomError(
            "id", "characters that no id has, maybe invisible", {"expected": "letters, digits and . _ : - only"}
        )
    return text


def _is_unwanted(character: str) -> bool:
    return unicodedata.category(character) in _UNWANTED or unicodedata.bidirectional(character) in _REORDERED


def _as_set(values: list[str]) -> list[str]:
    # What is written as a list here is a set: neither order nor repetition says anything.
    return sorted(set(values)) if len(values) > 1 else values


SetWritten = AfterValidator(_as_set)
"""Marks a list whose order and repetitions mean nothing: it is kept sorted, each value once."""

Date = Annotated[str, AfterValidator(_date), WithJsonSchema({"type": "string", "format": "date"})]
ShortText = Annotated[str, StringConstraints(min_length=1, max_length=200), AfterValidator(_printable)]
ShortTexts = Annotated[list[ShortText], Field(max_length=MAX_CODES), SetWritten]
Unit = Annotated[str, StringConstraints(min_length=1, max_length=40)]
# Letters of every script. Regular expressions of schemas disagree on what those are: the schema says it in words.
Id = Annotated[
    str,
    StringConstraints(min_length=1, max_length=60, pattern=r"^[\w.:-]+$"),
    AfterValidator(_id),
    WithJsonSchema(
        {"type": "string", "minLength": 1, "maxLength": 60, "description": "letters, digits and . _ : - only"}
    ),
]
Ids = Annotated[list[Id], Field(max_length=MAX_CODES), SetWritten]
Percent = Annotated[float, Field(ge=0, le=100)]
Score = Annotated[float, Field(ge=0, le=10)]
Positive = Annotated[float, Field(gt=0, le=100000)]
LARGEST_NUMBER = 10_000_000
"""No measurement is larger, in whatever unit: platelets by the microlitre come nearest."""
NotNegative = Annotated[float, Field(ge=0, le=LARGEST_NUMBER)]
LARGEST_COUNT = 1000
Count = Annotated[int, Field(ge=0, le=LARGEST_COUNT)]
Grade = Annotated[int, Field(ge=0, le=5)]
