"""The derived facts for readers: how each is concluded, by which tables and numbers, from which facts."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from oncocds.advice.result import Bilingual, LabelledFact
from oncocds.advice.views import bilingual
from oncocds.reference.policy import Page
from oncocds.text import Text
from oncocds.vocabulary.models import Origin, Vocabulary
from oncocds.vocabulary.reads import facts_read

ORIGINS: Mapping[Origin, Text] = {
    "source": Text("原文", "source"),
    "convention": Text("惯例", "convention"),
    "local policy": Text("本院设置", "local policy"),
}


class CodePage(Page):
    """One code of a table, in words."""

    code: str
    label: Bilingual


class TablePage(Page):
    """A group of codes that a derivation looks a fact up in."""

    id: str
    codes: list[CodePage]


class NumberPage(Page):
    """A number that a derivation computes or compares with, in its unit (``unit_label``: as people read it)."""

    id: str
    value: float
    unit: str
    unit_label: Bilingual
    label: Bilingual


class DerivedPage(Page):
    """One derived fact, or a field that a derivation completes; ``reads`` are the facts it may rest on."""

    id: str
    title: Bilingual
    origin: Origin
    text: Bilingual
    formula: Bilingual | None
    tables: list[TablePage]
    numbers: list[NumberPage]
    reads: list[LabelledFact]


def derived_pages(vocabulary: Vocabulary) -> dict[str, DerivedPage]:
    """Return the page of every fact that a derivation concludes, by name."""
    return {name: _page(name, read, vocabulary) for name, read in facts_read(vocabulary).items()}


def _page(name: str, read: frozenset[str], vocabulary: Vocabulary) -> DerivedPage:
    field = vocabulary.fields[name]
    if field.derivation is None or field.origin is None:
        raise ValueError(f"{name} is not derived")
    return DerivedPage(
        id=name,
        title=_label(name, vocabulary),
        origin=field.origin,
        text=bilingual(field.derivation),
        formula=None if field.formula is None else bilingual(field.formula),
        tables=[TablePage(id=table, codes=list(_codes(table, vocabulary))) for table in field.tables],
        numbers=[_number(number, vocabulary) for number in field.numbers],
        reads=[LabelledFact(fact=fact, label=_label(fact, vocabulary)) for fact in sorted(read)],
    )


def _codes(table: str, vocabulary: Vocabulary) -> Iterator[CodePage]:
    members = vocabulary.value_sets[table.partition(".")[0]].members
    for code in vocabulary.codes(table):
        yield CodePage(code=code, label=bilingual(members[code].label))


def _number(name: str, vocabulary: Vocabulary) -> NumberPage:
    number = vocabulary.numbers[name]
    unit = bilingual(vocabulary.unit_words(number.unit))
    return NumberPage(id=name, value=number.value, unit=number.unit, unit_label=unit, label=bilingual(number.label))


def _label(fact: str, vocabulary: Vocabulary) -> Bilingual:
    """Return what a fact is called; one of an item with its list."""
    if fact in vocabulary.lists:
        return bilingual(vocabulary.lists[fact])
    label = vocabulary.fields[fact].label
    of_list = vocabulary.lists.get(fact.partition(".")[0])
    if of_list is None:
        return bilingual(label)
    return bilingual(Text(f"{of_list.zh}：{label.zh}", f"{of_list.en}: {label.en}"))
