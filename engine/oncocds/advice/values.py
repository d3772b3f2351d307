"""The figures behind an answer: what was computed, with its formula and inputs, and the results that decided."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from functools import partial

from oncocds.advice.case import Case
from oncocds.advice.computed import figure, formula_of
from oncocds.advice.first import ValueInput, ValueView
from oncocds.advice.part import Bilingual
from oncocds.advice.questions import Labels
from oncocds.advice.views import bilingual
from oncocds.advice.wording import FactWords
from oncocds.profile.finding import Finding, field_of
from oncocds.vocabulary.models import Field, Vocabulary

_NUMBERS = ("number", "integer")


class Values:
    """Shows figures; shared by threads. A figure that has a formula is shown wherever it can be computed."""

    def __init__(self, vocabulary: Vocabulary, labels: Labels) -> None:
        self._fields = vocabulary.fields
        self._words = FactWords(vocabulary)
        self._labels = labels
        computed = [name for name, field in vocabulary.fields.items() if field.formula is not None]
        self._figures = {name for name, field in vocabulary.fields.items() if _is_measured(field)}.union(computed)
        self._computed = [name for name in computed if name.partition(".")[0] not in vocabulary.lists]
        self._of_items = [tuple(name.split(".")) for name in computed if name.partition(".")[0] in vocabulary.lists]

    def of(self, case: Case, decided: Iterable[str]) -> list[ValueView]:
        """Return the figures of an answer; ``decided`` are the recorded facts that it rests on."""
        views = [*self._made(case), *(self._measured(case, fact) for fact in sorted(set(decided)))]
        return [view for view in views if view is not None]

    def about(self, case: Case, facts: Iterable[str]) -> list[ValueView]:
        """Return the figures among some facts."""
        found = (self._figure(case, fact) for fact in facts if fact in self._figures)
        return [view for view in found if view is not None]

    def _made(self, case: Case) -> Iterator[ValueView]:
        for fact in self._computed:
            if (found := case.facts.finding(fact)).value is not None:
                yield self._view(case, fact, fact, found)
        for of_list, field in self._of_items:
            for item in case.facts.items(of_list) or ():
                if (found := item.finding(field)).value is not None:
                    yield self._view(case, f"{item.path}.{field}", f"{of_list}.{field}", found)

    def _figure(self, case: Case, fact: str) -> ValueView | None:
        if self._fields[fact].formula is None:
            return self._measured(case, fact)
        found = case.facts.finding(fact)
        return None if found.value is None else self._view(case, fact, fact, found)

    def _measured(self, case: Case, fact: str) -> ValueView | None:
        name = field_of(fact)
        field = self._fields.get(name)
        if field is None or not _is_measured(field):
            return None
        value = case.facts.recorded(fact)
        return None if value is None else self._view(case, fact, name, Finding(value, (fact,)))

    def _view(self, case: Case, fact: str, name: str, found: Finding) -> ValueView:
        field = self._fields[name]
        formula = formula_of(case, field)
        computed, called = formula is not None, partial(self._labels.of, names=case.names)
        return ValueView.of(
            fact=fact,
            label=self._labels.of(fact, case.names),
            value=found.value,
            unit=field.unit,
            date=None if computed else case.reason(fact).date,
            formula=None if formula is None else bilingual(formula),
            inputs=[self._input(case, path) for path in found.used] if computed else [],
            text=Bilingual.both(lambda language: figure(case, self._words, field, fact, found, called, language)),
        )

    def _input(self, case: Case, path: str) -> ValueInput:
        reason, field = case.reason(path), self._fields.get(field_of(path))
        unit = None if field is None else field.unit
        return ValueInput.of(
            fact=path, label=self._labels.of(path, case.names), value=reason.value, unit=unit, date=reason.date
        )


class FormulasOnce:
    """Says each formula once among texts that are read one after the other: later ones tell the figure alone."""

    def __init__(self, values: Iterable[ValueView]) -> None:
        self._figures = [(view, _alone(view, view.formula)) for view in values if view.formula is not None]
        self._told: set[str] = set()

    def said(self, text: Bilingual) -> Bilingual:
        """Return a text without the formulas that were told before it, or in it."""
        for view, alone in self._figures:
            if view.text.zh in text.zh:
                first = view.fact not in self._told
                self._told.add(view.fact)
                zh, en = (_once(text.in_(one), view.text.in_(one), alone.in_(one), first) for one in ("zh", "en"))
                text = Bilingual.of(zh=zh, en=en)
        return text


def _alone(view: ValueView, formula: Bilingual) -> Bilingual:
    """Return a figure in words without its formula and what follows it."""
    zh, en = (view.text.in_(one).partition(formula.in_(one))[0].rstrip("：: ") for one in ("zh", "en"))
    return Bilingual.of(zh=zh, en=en)


def _once(text: str, figure: str, alone: str, first: bool) -> str:
    before, found, after = text.partition(figure) if first else ("", "", text)
    return before + found + after.replace(figure, alone)


def _is_measured(field: Field) -> bool:
    return field.type in _NUMBERS and field.world not in ("policy", "derived")
