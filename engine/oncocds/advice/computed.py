"""Figures that decide, shown in the line they decide: measured with unit and date, computed with formula and inputs."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence

from oncocds.advice.case import Case
from oncocds.advice.result import Because, Bilingual
from oncocds.advice.wording import FactWords
from oncocds.language import references
from oncocds.language.tree import Condition
from oncocds.profile.finding import Finding
from oncocds.profile.freshness import date_of
from oncocds.text import Language, Text
from oncocds.vocabulary.models import Field, Vocabulary

_LIMITS = (".reference_low", ".reference_high")
_NUMBERS = ("number", "integer")
_FURTHER = Text("另{count}处", "{count} more")


def bracketed(text: str, told: Sequence[str], language: Language) -> str:
    """Return a text with what is told in brackets behind it; the text itself where nothing is."""
    if not told:
        return text
    return f"{text}［{'；'.join(told)}］" if language == "zh" else f"{text} [{'; '.join(told)}]"


def shortened(told: list[str], most: int, language: Language) -> list[str]:
    """Return what is told; of much the first, and how much more there is."""
    more = len(told) - most
    return told if more < 2 else [*told[:most], _FURTHER.in_(language).format(count=more)]


def _read(condition: Condition) -> set[str]:
    """Return the facts that a condition reads; for the reading of a laboratory result, the result."""
    return {fact.replace(".interpretation", ".value") for fact in references.facts(condition)}


def formula_of(case: Case, field: Field) -> Text | None:
    """Return how a figure is computed of this patient."""
    if field.formula_where is not None:
        fact, code, text = field.formula_where
        if case.facts.finding(fact).value == code:
            return text
    return field.formula


def figure(
    case: Case,
    words: FactWords,
    field: Field,
    fact: str,
    found: Finding,
    label: Callable[[str], Text | Bilingual],
    language: Language,
) -> str:
    """Return a known figure in words: measured with its date, or computed, with its formula and what it is made of."""
    formula, limits = formula_of(case, field), _limits(case, {fact, *found.used})
    if formula is None:
        return f"{label(fact).in_(language)} {words.dated(case.reason(fact), language, limits)}"
    colon, between = ("：", "，") if language == "zh" else (": ", ", ")
    assert isinstance(found.value, int | float)
    told = (f"{label(path).in_(language)} {words.dated(case.reason(path), language, limits)}" for path in found.used)
    value = f"{label(fact).in_(language)} {words.value(field.name, found.value, language, limits)}"
    return f"{value}{colon}{formula.in_(language)}{between}{between.join(told)}"


def _decides(case: Case, path: str, read: Iterable[str]) -> bool:
    """Tell whether a path is a laboratory's limit that a result was held against: of a high one, the upper alone.

    Nothing is lower than a lower limit of zero. What else than its own reading reads a limit may need it.
    """
    if not path.endswith(_LIMITS):
        return False
    low = path.endswith(_LIMITS[0])
    if low and case.facts.finding(path).value == 0:
        return False
    result = path.rpartition(".")[0]
    if any(fact.startswith("derived.") and path in case.facts.finding(fact).used for fact in read):
        return True
    reading = case.facts.finding(f"{result}.interpretation").value
    return reading not in (("high",) if low else ("low",))


def _limits(case: Case, facts: Iterable[str]) -> list[float]:
    """Return the laboratory's limits of results, which they and what is computed of them are held against."""
    results = [fact.removesuffix(".value") for fact in facts if fact.startswith("labs.") and fact.endswith(".value")]
    found = (case.facts.finding(f"{one}{end}").value for one in results for end in _LIMITS)
    return [limit for limit in found if isinstance(limit, float)]


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
        facts, told = list(facts), list(also)
        figures = list(dict.fromkeys(filter(None, (self._figure(case, fact) for fact in facts))))
        # The laboratory's limits that decided stand behind the results that they were held against.
        read = [*facts, *(fact.replace(".value", ".interpretation") for fact in facts if fact.startswith("labs."))]
        used = dict.fromkeys(path for fact in read for path in case.facts.finding(fact).used)
        figures += [path for path in used if path not in figures and _decides(case, path, read)]
        case.told.update(figures)
        if not figures and not told:
            return text

        def words(language: Language) -> str:
            said = [self._said(case, one, language) for one in figures]
            return bracketed(text.in_(language), [*said, *(one.in_(language) for one in told)], language)

        return Bilingual.both(words)

    def _has_figures(self, fact: str) -> bool:
        return bool(self._fields[fact].shows) or (date_of(fact) is not None and self._fields[fact].type == "number")

    def _figure(self, case: Case, fact: str) -> str | None:
        shows = self._fields[fact].shows or (fact,)
        return next((one for one in shows if case.facts.finding(one).value is not None), None)

    def _said(self, case: Case, fact: str, language: Language) -> str:
        found = case.facts.finding(fact)
        return figure(
            case, self._words, self._fields[fact], fact, found, lambda path: self._fields[path].label, language
        )
