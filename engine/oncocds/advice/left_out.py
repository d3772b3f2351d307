"""What a record that was left out could be: a decision where it would bring urgent advice.

A list may hold more than is written: that alone is a question. Where a record was left out that could be the item, what
it could be is supposed, one kind of item after the other, and each answer promises what such an item would bring.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import partial
from typing import Any

from oncocds.advice.affected import affected_by_items
from oncocds.advice.bringing import Bringing
from oncocds.advice.case import Case
from oncocds.advice.first import Choice, Decision
from oncocds.advice.part import Bilingual
from oncocds.inference.supposing import Bits, Supposing, within_reach
from oncocds.knowledge.knowledge import Knowledge
from oncocds.knowledge.models import URGENCIES
from oncocds.profile.facts import PatientFacts
from oncocds.text import Language, Text
from oncocds.vocabulary.models import LeftOutRecord, Member, Vocabulary

_ID = "left-out"
_BESIDE = Text("（{how}）", " ({how})")
_URGENT = ("critical", "warning")


@dataclass(frozen=True, slots=True)
class _Item:
    """One thing that a left-out record could be: the fields of the item, its words; ``within`` the wider kind."""

    code: str
    fields: Mapping[str, Any]
    label: Bilingual
    within: str | None


class LeftOutRecords:
    """Finds decisions on left-out records; shared by threads.

    ``derived`` are the facts that each derived fact is concluded from.
    """

    def __init__(
        self, knowledge: Knowledge, bringing: Bringing, supposing: Supposing, derived: Mapping[str, frozenset[str]]
    ) -> None:
        vocabulary = knowledge.vocabulary
        self._asked = vocabulary.left_out
        self._bringing, self._supposing = bringing, supposing
        self._items = {name: _items(name, one, vocabulary) for name, one in self._asked.items()}
        self._affected = {name: affected_by_items(name, supposing, derived) for name in self._asked}
        self._awaited = [one.id for one in knowledge.rules.values() if set(one.urgencies()) & set(_URGENT)]

    def decisions(self, case: Case, facts: PatientFacts, known: Bits) -> Iterator[Decision]:
        """Yield a decision for each list of which records were left out, if one of them could bring urgent advice."""
        for name, asked in self._asked.items():
            count = facts.finding(f"left_out.{name}").value
            choices = self._choices(case, facts, known, name) if count else []
            if choices:
                zh, en = (asked.question.in_(language).format(count=count) for language in ("zh", "en"))
                yield Decision.of(
                    id=f"left_out.{name}",
                    topic=f"left_out.{name}",
                    fact=name,
                    question=Bilingual.of(zh=zh, en=en),
                    urgency=min((one.urgency for choice in choices for one in choice.brings), key=URGENCIES.index),
                    values=[],
                    known=[],
                    answers=choices,
                    settings=[],
                )

    def _choices(self, case: Case, facts: PatientFacts, known: Bits, name: str) -> list[Choice]:
        affected = self._affected[name]
        rules = {
            rule: ways
            for rule in self._awaited
            if case.verdicts.get(rule, False) is None
            and (ways := within_reach(self._supposing.ways(rule, known), affected))
        }
        found: dict[str, Choice] = {}
        identity = _new_id(one.id for one in facts.items(name) or ())
        for item in self._items[name] if rules else ():
            fields = {"id": identity, **item.fields}
            with_item = partial(facts.supposing_item, name, fields, affected.derived)
            learnt = self._supposing.learnt(known, affected, with_item, name, None)
            brings = [one for one in self._bringing.of(rules, learnt) if one.urgency in _URGENT]
            wider = found.get(item.within or "")
            if brings and (wider is None or any(one not in wider.brings for one in brings)):
                found[item.code] = Choice.of(value=fields, label=item.label, brings=brings)
        return list(found.values())


def _new_id(taken: Iterable[str]) -> str:
    """Return an id for one more item."""
    ids, number = set(taken), 1
    while (identity := _ID if number == 1 else f"{_ID}-{number}") in ids:
        number += 1
    return identity


def _items(name: str, one: LeftOutRecord, vocabulary: Vocabulary) -> tuple[_Item, ...]:
    """Return what a left-out record could be, what is wider before what is narrower."""
    field = vocabulary.fields[f"{name}.{one.of}"]
    assert field.value_set is not None
    members = vocabulary.value_sets[field.value_set].members.values()
    asked = sorted((member for member in members if not (member.missing or member.open)), key=lambda m: bool(m.implies))
    many = field.type == "codes"
    return tuple(
        [
            _Item(
                member.code,
                {**one.item, one.of: [member.code] if many else member.code},
                Bilingual.both(partial(_label, name, one, member, vocabulary)),
                member.implies,
            )
            for member in asked
        ]
    )


def _label(name: str, one: LeftOutRecord, member: Member, vocabulary: Vocabulary, language: Language) -> str:
    """Return what an item is called: its kind, and how it is where that has words of its own."""
    how = []
    for field_name, value in one.item.items():
        value_set = vocabulary.fields[f"{name}.{field_name}"].value_set
        if value_set is not None and value_set != "drug":
            how.append(vocabulary.value_sets[value_set].members[value].label.in_(language))
    told = member.label.in_(language)
    return told + _BESIDE.in_(language).format(how=", ".join(how)) if how else told
