"""Recorded facts in words, for people: one phrase per fact, those of one lesion, drug or course together."""

from __future__ import annotations

import math
import re
from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping

from oncocds.advice.result import Because, Bilingual, FactValue, Ground
from oncocds.profile.finding import in_item
from oncocds.text import Language, Text
from oncocds.vocabulary.kept import once
from oncocds.vocabulary.models import Field, Vocabulary

_NOT_RECORDED = Text("未记录", "not recorded")
_MOST_PLACES = 10
_YES, _NO, _NONE = Text("是", "yes"), Text("否", "no"), Text("无", "none")


def _by_id(_: str) -> None:
    return None


def written(value: float, beside: Iterable[float] = ()) -> str:
    """Return a number as a doctor writes it: as recorded; of more than three decimals, which conversion leaves, two.

    From a hundred upward it is one, below a tenth three digits; more where it would read as a number ``beside`` it, a
    limit above all, or as a whole or a half, which limits are. The value itself stays in the answer as it is.
    """
    places = 3
    if round(value, places) != value:
        size = abs(value)
        places = 1 if size >= 100 else 2 if size >= 0.1 else 2 - math.floor(math.log10(size))
        others = [other for other in beside if other != value]
        places = next((more for more in range(places, _MOST_PLACES) if _told_apart(value, more, others)), _MOST_PLACES)
    return f"{value:.{places}f}".rstrip("0").rstrip(".")


def _told_apart(value: float, places: int, others: Iterable[float]) -> bool:
    shown = round(value, places)
    if shown != value and (2 * shown).is_integer():
        return False
    return all((shown > one) == (shown > round(one, places)) == (value > one) and shown != one for one in others)


@once
def _limits(vocabulary: Vocabulary) -> Mapping[str, tuple[float, ...]]:
    """Return the numbers that values are held against, by unit. Made once per vocabulary."""
    found: dict[str, set[float]] = defaultdict(set)
    for number in vocabulary.numbers.values():
        found[number.unit].add(number.value)
    for quantity in vocabulary.quantities.values():
        found[quantity.unit].update(quantity.lower_limits or (), quantity.upper_limits or ())
    return {unit: tuple(sorted(numbers)) for unit, numbers in found.items()}


class FactWords:
    """Puts the facts of an answer into words of one vocabulary.

    ``called`` tells by its path what an item is called (``Evaluation.items.get``); None calls it by its id.
    """

    def __init__(self, vocabulary: Vocabulary, called: Callable[[str], Text | Bilingual | None] = _by_id) -> None:
        self._vocabulary, self._called = vocabulary, called
        self._limits = _limits(vocabulary)

    def grounds(self, ground: Ground, language: Language) -> list[str]:
        """Return what a ground rests on as phrases: what decided, and what is not recorded.

        The type of tumour, which decides nearly all, is left out where anything else is said; so are facts that tell
        only that other items differ from what is absent.
        """
        others = {fact for one in ground.absent for fact in one.passed_over}
        reasons = [one for one in ground.because if one.fact not in others]
        missing = [Because.of(fact=path, value=None, via=None, date=None) for path in ground.not_recorded]
        told = [one for one in (*reasons, *missing) if one.fact != "diagnosis.tumour_type" or one.value is None]
        told = [one for one in told if not one.fact.endswith(".reference_low") or one.value != 0]  # nothing is lower
        absent = [one.text.in_(language) for one in ground.absent]
        return self.phrases(told or ([] if absent else reasons), language) + absent

    def phrases(self, reasons: Iterable[Because], language: Language, others: Iterable[Because] = ()) -> list[str]:
        """Return the facts as phrases, each once: ``肿瘤类型：乳腺癌``, ``病灶 胸椎（T8）：骨，影像阳性``.

        Numbers that differ from one another, or from those of ``others`` that stand near, are told apart.
        """
        grouped: dict[str, list[str]] = {}
        told = list(reasons)
        dated = {f"{one.fact.rpartition('.')[0]}.date" for one in told if one.date is not None}
        told = [one for one in told if one.fact not in dated]  # the date stands behind its result
        numbers = (one.value for one in (*told, *others))
        beside = [one for one in numbers if isinstance(one, int | float) and not isinstance(one, bool)]
        for reason in told:
            head, tail = self._parts(reason, language, beside)
            tails = grouped.setdefault(head, [])
            if tail is not None and tail not in tails:
                tails.append(tail)
        between, colon = ("，", "：") if language == "zh" else (", ", ": ")
        return [f"{head}{colon}{between.join(tails)}" if tails else head for head, tails in grouped.items()]

    def dated(self, reason: Because, language: Language, beside: Iterable[float] = ()) -> str:
        """Return the value of a reason in words, with its unit and, of a result, its date."""
        return self._dated(self._field(reason.fact), reason, language, beside)

    def value(self, fact: str, value: FactValue, language: Language, beside: Iterable[float] = ()) -> str:
        """Return a recorded value of a fact (by its public path) in words, with its unit."""
        return self._value(self._field(fact), value, language, beside)

    def _parts(self, reason: Because, language: Language, beside: Iterable[float]) -> tuple[str, str | None]:
        """Return what a fact is about, and what is known of it; None where the name of an item says so already."""
        match = in_item(reason.fact)
        if match is None:
            field = self._field(reason.fact)
            if field is None:  # a list as such: the ids of its items
                label = self._vocabulary.lists[reason.fact].in_(language)
                return label, self._value(None, self._items(reason, reason.fact, language), language)
            return field.label.in_(language), self._dated(field, reason, language, beside)
        name, identity, _ = match.groups()
        field = self._field(reason.fact)
        value = self._items(reason, "lesions", language) if reason.fact.endswith("].targets") else reason.value
        words = self._value(field, value, language, beside)
        if field is not None and (field.type not in ("code", "codes") or reason.value is None):
            label = field.label.in_(language)
            words = f"{label} {words}"
        of_list, called = self._vocabulary.lists[name].in_(language), self._called(f"{name}[{identity}]")
        if called is None:
            return f"{of_list}[{identity}]", words
        named = called.in_(language)
        thing = named.partition("（" if language == "zh" else " (")[0]
        again = thing in (words, reason.value) or (name == "radiotherapy" and words in thing)  # called by side and site
        return f"{of_list} {named}", None if again else words

    def _items(self, reason: Because, of_list: str, language: Language) -> FactValue:
        """Return the items of a list, told by their ids, as they are called."""
        if not isinstance(reason.value, list):
            return reason.value
        called = ((one, self._called(f"{of_list}[{one}]")) for one in reason.value)
        return [one if name is None else name.in_(language) for one, name in called]

    def _field(self, fact: str) -> Field | None:
        return self._vocabulary.fields.get(re.sub(r"\[.+?\]", "", fact))

    def _dated(self, field: Field | None, reason: Because, language: Language, beside: Iterable[float]) -> str:
        words = self._value(field, reason.value, language, beside)
        if reason.date is None:
            return words
        return f"{words}（{reason.date}）" if language == "zh" else f"{words} ({reason.date})"

    def _value(self, field: Field | None, value: FactValue, language: Language, beside: Iterable[float] = ()) -> str:
        if isinstance(value, bool):
            return (_YES if value else _NO).in_(language)
        if isinstance(value, list):
            between = "、" if language == "zh" else ", "
            return between.join(self._value(field, one, language) for one in value) or _NONE.in_(language)
        if isinstance(value, int | float):
            unit = field.unit if field is not None else None
            shown = written(value, (*beside, *self._limits.get(unit or "", ())))
            return f"{shown} {self._vocabulary.unit_label(unit, language)}" if unit else shown
        if value is None:
            return _NOT_RECORDED.in_(language)
        if field is not None and field.value_set is not None:
            member = self._vocabulary.value_sets[field.value_set].members.get(value)
            return value if member is None else member.label.in_(language)
        return str(value)
