"""An answer on its shelves: what is urgent, what to do, what to watch, what is good to know, what stepped back."""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from oncocds.advice.result import AdviceItem, Bilingual, Evaluation, Ground, NoteView, PassageView
from oncocds.knowledge.models import URGENCIES, Urgency
from oncocds.text import Text


@dataclass(frozen=True, slots=True)
class Told:
    """A ground as it is told: each remark once within its item, with the rules it goes for where these are several.

    ``quoted`` are its passages, each with the rule that quoted it earlier in the answer (none: it is quoted here). On
    paper a passage is quoted once.
    """

    ground: Ground
    notes: tuple[tuple[NoteView, tuple[str, ...]], ...]
    quoted: tuple[tuple[PassageView, str | None], ...]


@dataclass(frozen=True, slots=True)
class Card:
    """An item with what tells it again in the next answer, and whether it is the same then."""

    item: AdviceItem
    key: str
    digest: str
    grounds: tuple[Told, ...]

    @property
    def labels(self) -> tuple[Bilingual, ...]:
        """How its extrapolated and locally decided grounds are labelled, each once."""
        found = (told.ground.label for told in self.grounds)
        return tuple(dict.fromkeys(label for label in found if label is not None))

    @property
    def places(self) -> tuple[PassageView, ...]:
        """The passages the item states, each once: its sources in short."""
        return tuple(
            {_place(p): p for told in self.grounds for p in told.ground.passages if p.role == "states"}.values()
        )


@dataclass(frozen=True, slots=True)
class Shelf:
    """Items that are read together; ``folded`` ones are opened on demand."""

    id: str
    title: Text
    cards: tuple[Card, ...]
    folded: bool


_TITLES = {
    "urgent": Text("紧急与禁忌", "Emergencies and contraindications"),
    "do": Text("要做", "To do"),
    "watch": Text("要留意", "To watch"),
    "know": Text("供了解", "Good to know"),
    "back": Text("已让位", "Stepped back"),
}
_WATCH = ("caution", "monitoring")
_FOLDED = ("know", "back")


def shelves(evaluation: Evaluation) -> list[Shelf]:
    """Return the shelves that hold something, in reading order; the order within a shelf is the answer's own."""
    found: dict[str, list[AdviceItem]] = {name: [] for name in _TITLES}
    for item in evaluation.advice:
        found[_shelf(item)].append(item)
    quotes: dict[str, list[tuple[PassageView, str]]] = {}
    shown = []
    for name, items in found.items():
        folded = name in _FOLDED
        cards = tuple(_card(item, {} if folded else quotes) for item in items)
        if cards:
            shown.append(Shelf(name, _TITLES[name], cards, folded))
    return shown


def counts(evaluation: Evaluation) -> dict[Urgency, int]:
    """Return how many items and notices of each urgency stand in an answer; what there is none of is left out."""
    active = [item.urgency for item in evaluation.advice if item.status == "active"]
    found = Counter([*active, *(notice.urgency for notice in evaluation.notices)])
    return {urgency: found[urgency] for urgency in URGENCIES if found[urgency]}


def without_advice(evaluation: Evaluation) -> Text | None:
    """Return what is said where no advice stands: that none applies, only where no missing fact could bring some."""
    if any(item.status == "active" for item in evaluation.advice):
        return None
    asked = evaluation.questions.clinician
    critical = sum(question.urgency == "critical" for question in asked)
    if critical:
        return Text(
            f"尚不能判断：有 {critical} 项关系到紧急建议的资料未填",
            f"Undecided: {critical} facts that decide on critical advice are missing",
        )
    if asked or evaluation.questions.site:
        return Text("按已填的资料暂无建议，尚有资料缺失", "No advice on what is known so far; facts are missing")
    return Text("没有适用的建议", "No advice applies")


def cited(evaluation: Evaluation) -> list[str]:
    """Return the documents that an answer cites, in the order of their names."""
    grounds = [ground.passages for item in evaluation.advice for ground in item.grounds]
    sides = [side.passages for conflict in evaluation.conflicts for side in conflict.sides]
    notices = [notice.passages for notice in evaluation.notices]
    return sorted({passage.document for passages in (*grounds, *sides, *notices) for passage in passages})


def _card(item: AdviceItem, quotes: dict[str, list[tuple[PassageView, str]]]) -> Card:
    digest = hashlib.sha256(item.model_dump_json().encode()).hexdigest()[:16]
    rules_of: dict[str, list[str]] = {}
    for ground in item.grounds:
        for note in ground.notes:
            rules_of.setdefault(note.id, []).append(ground.rule)
    told = []
    for ground in item.grounds:
        first = [note for note in ground.notes if rules_of[note.id][0] == ground.rule]
        notes = tuple((note, tuple(rules_of[note.id]) if len(rules_of[note.id]) > 1 else ()) for note in first)
        told.append(Told(ground, notes, tuple(_quoted(ground, quotes))))
    return Card(item, f"{item.action}@{item.lesion or ''}", digest, tuple(told))


def _quoted(
    ground: Ground, quotes: dict[str, list[tuple[PassageView, str]]]
) -> Iterator[tuple[PassageView, str | None]]:
    for passage in ground.passages:
        if passage.role != "states":
            continue
        known = quotes.setdefault(passage.document, [])
        yield passage, _holder(passage, known)
        known.append((passage, ground.rule))


def _holder(passage: PassageView, known: Iterable[tuple[PassageView, str]]) -> str | None:
    return next((rule for other, rule in known if other.start <= passage.start and passage.end <= other.end), None)


def _place(passage: PassageView) -> tuple[str, int, int]:
    return passage.document, passage.start, passage.end


def _shelf(item: AdviceItem) -> str:
    if item.status == "demoted":
        return "back"
    if item.tier in ("emergency", "contraindication"):
        return "urgent"
    if item.urgency == "info":
        return "know"
    return "watch" if item.tier in _WATCH else "do"
