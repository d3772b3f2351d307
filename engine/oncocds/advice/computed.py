"""Figures that decide, shown in the line they decide: measured with unit and date, computed with formula and inputs."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

from oncocds.advice.case import Case
from oncocds.advice.result import Because, Bilingual
from oncocds.advice.wording import FactWords
from oncocds.language import references
from oncocds.language.tree import Condition
from oncocds.profile.freshness import date_of
from oncocds.text import Language
from oncocds.vocabulary.models import Vocabulary

_NUMBERS = ("number", "integer")


def bracketed(text: str, told: Sequence[str], language: Language) -> str:
    """Return a text with what is told in brackets behind it; the text itself where nothing is."""
    if not told:
        return text
    return f"{text}［{'；'.join(told)}］" if language == "zh" else f"{text} [{'; '.join(told)}]"


def _read(condition: Condition) -> set[str]:
    """Return the facts that a condition reads; for the reading of a laboratory result, the result."""
    return {fact.replace(".interpretation", ".value") for fact in references.facts(condition)}


class Figures:
    """Puts figures into words; shared by threads.

    Which figures stand for a derived fact is said in the vocabulary (``shows``): the first of them that is known.
    """

    def __init__(self, vocabulary: Vocabulary) -> None:
        self._fields = vocabulary.fields
        self._words = FactWords(vocabulary)

    def read_by(self, condition: Condition) -> tuple[str, ...]:
        """Return the facts of a condition that figures stand for: those with ``shows``, and results."""
        return tuple(sorted(fact for fact in _read(condition) if fact in self._fields and self._has_figures(fact)))

    def measured_in(self, condition: Condition) -> tuple[str, ...]:
        """Return the figures that a condition reads as they were measured; of a laboratory reading, the result's."""
        read = _read(condition)
        return tuple(name for name, field in self._fields.items() if name in read and field.type in _NUMBERS)

    def behind(self, because: Iterable[Because]) -> tuple[str, ...]:
        """Return the derived facts with figures through which reasons were read."""
        read = dict.fromkeys(one.via for one in because if one.via is not None)
        return tuple(fact for fact in read if fact in self._fields and self._fields[fact].shows)

    def added(self, text: Bilingual, case: Case, facts: Iterable[str], also: Iterable[Bilingual] = ()) -> Bilingual:
        """Return a text with the figures of some facts behind it, each once, and what is ``also`` to be said there."""
        figures = list(dict.fromkeys(filter(None, (self._figure(case, fact) for fact in facts))))
        told = list(also)
        if not figures and not told:
            return text
        zh = [*self._said(case, figures, "zh"), *(one.zh for one in told)]
        en = [*self._said(case, figures, "en"), *(one.en for one in told)]
        return Bilingual.of(zh=bracketed(text.zh, zh, "zh"), en=bracketed(text.en, en, "en"))

    def _has_figures(self, fact: str) -> bool:
        return bool(self._fields[fact].shows) or (date_of(fact) is not None and self._fields[fact].type == "number")

    def _figure(self, case: Case, fact: str) -> str | None:
        shows = self._fields[fact].shows or (fact,)
        return next((one for one in shows if case.facts.finding(one).value is not None), None)

    def _said(self, case: Case, figures: Iterable[str], language: Language) -> Iterator[str]:
        colon, between = ("：", "，") if language == "zh" else (": ", ", ")
        for fact in figures:
            field, found = self._fields[fact], case.facts.finding(fact)
            label = field.label.in_(language)
            if field.formula is None:
                yield f"{label} {self._words.dated(case.reason(fact), language)}"
                continue
            assert isinstance(found.value, int | float)
            inputs = between.join(
                f"{self._fields[path].label.in_(language)} {self._words.dated(case.reason(path), language)}"
                for path in found.used
            )
            value = self._words.value(fact, found.value, language)
            yield f"{label} {value}{colon}{field.formula.in_(language)}{between}{inputs}"
