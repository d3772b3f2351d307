"""Field types of the profile: codes of closed value sets, dates, bounded text and numbers."""

from __future__ import annotations

import datetime
from typing import Annotated, Any

from pydantic import AfterValidator, Field, GetCoreSchemaHandler, GetJsonSchemaHandler, StringConstraints
from pydantic_core import CoreSchema, PydanticCustomError, core_schema

from oncocds.reading.nearest import nearest
from oncocds.vocabulary.loader import bundled_vocabulary
from oncocds.vocabulary.models import ValueSet, Vocabulary

_SHORT_LIST = 8


class CodeOf:
    """Marks a text field as a code of a value set; which codes there are is the vocabulary's business."""

    def __init__(self, value_set: str) -> None:
        self.value_set = value_set

    def __get_pydantic_core_schema__(self, source: Any, handler: GetCoreSchemaHandler) -> CoreSchema:
        return core_schema.with_info_after_validator_function(self._check, handler(source))

    def __get_pydantic_json_schema__(self, schema: CoreSchema, handler: GetJsonSchemaHandler) -> dict[str, Any]:
        return {"type": "string", "x-value-set": self.value_set}

    def _check(self, code: str, info: core_schema.ValidationInfo) -> str:
        vocabulary: Vocabulary = (info.context or {}).get("vocabulary") or bundled_vocabulary()
        values = vocabulary.value_sets[self.value_set]
        if code in values.members:
            return code
        raise PydanticCustomError("code", "not a code of this field", {"expected": _expected(code, values)})


def _expected(code: str, values: ValueSet) -> str:
    """Say which codes are allowed; for a long set the codes whose names come near."""
    codes = tuple(values.members)
    if len(codes) <= _SHORT_LIST:
        return "one of " + ", ".join(codes)
    by_name = {
        name: member.code
        for member in values.members.values()
        for name in (member.code, member.label.zh, member.label.en, *member.synonyms)
    }
    near = tuple(dict.fromkeys(by_name[name] for name in nearest(code[:60], by_name, n=3)))
    hint = f"; nearest: {', '.join(near)}" if near else ""
    other = "; anything else as other with its name" if values.id == "drug" else ""
    return f"one of the {len(codes)} codes of {values.id}{hint}{other}"


def _date(text: str) -> str:
    try:
        if len(text) == 10 and datetime.date.fromisoformat(text):
            return text
    except ValueError:
        pass
    raise PydanticCustomError("date", "not a date", {"expected": "a calendar date as YYYY-MM-DD"})


def _printable(text: str) -> str:
    if any(character < " " or character == "\x7f" for character in text):
        raise PydanticCustomError("text", "control characters", {"expected": "text without control characters"})
    return text


Date = Annotated[str, AfterValidator(_date)]
ShortText = Annotated[str, StringConstraints(min_length=1, max_length=200), AfterValidator(_printable)]
Id = Annotated[str, StringConstraints(min_length=1, max_length=60, pattern=r"^[\w.:-]+$")]
Percent = Annotated[float, Field(ge=0, le=100)]
Score = Annotated[float, Field(ge=0, le=10)]
Positive = Annotated[float, Field(gt=0, le=100000)]
NotNegative = Annotated[float, Field(ge=0, le=1000000)]
Count = Annotated[int, Field(ge=0, le=1000)]
Grade = Annotated[int, Field(ge=0, le=5)]
