"""The small parts that every answer is made of."""

from __future__ import annotations

from typing import Any, Literal, Self

from pydantic import ConfigDict

from oncocds.deferred import Deferred

FactValue = bool | int | float | str | list[str] | None
_set = object.__setattr__


class Part(Deferred):
    """Base of all parts of the answer: immutable, no unknown keys."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    @classmethod
    def of(cls, **values: Any) -> Self:
        """Build a part from all its fields, in their order, whose values are right by construction.

        Nothing is checked: this is ``model_construct`` without the walk over the fields, for the many parts of an
        answer. That answers are valid, field by field and in order, is tested on whole answers.
        """
        part = object.__new__(cls)
        _set(part, "__dict__", values)
        _set(part, "__pydantic_fields_set__", set(values))
        _set(part, "__pydantic_extra__", None)
        _set(part, "__pydantic_private__", None)
        return part


class Bilingual(Part):
    """The same words in Chinese and English."""

    zh: str
    en: str


class PassageView(Part):
    """A verbatim passage; ``start`` and ``end`` are code-point offsets into the document's text."""

    document: str
    quote: str
    start: int
    end: int
    sentence: str
    role: Literal["states", "supports"]


class Because(Part):
    """A recorded fact the ground rests on; ``via`` names the derived fact it was read through, if any.

    ``date`` is that of a result, where it was recorded.
    """

    fact: str
    value: FactValue
    via: str | None = None
    date: str | None = None
