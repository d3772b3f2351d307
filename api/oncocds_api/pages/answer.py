"""An answer on its shelves: what is urgent, what to do, what to watch, what is good to know, what stepped back."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass

from oncocds.advice.result import AdviceItem, Evaluation
from oncocds.text import Text


@dataclass(frozen=True, slots=True)
class Card:
    """An item with what tells it again in the next answer, and whether it is the same then."""

    item: AdviceItem
    key: str
    digest: str


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
    found: dict[str, list[Card]] = {name: [] for name in _TITLES}
    for item in evaluation.advice:
        digest = hashlib.sha256(item.model_dump_json().encode()).hexdigest()[:16]
        found[_shelf(item)].append(Card(item, f"{item.action}@{item.lesion or ''}", digest))
    return [Shelf(name, _TITLES[name], tuple(cards), name in _FOLDED) for name, cards in found.items() if cards]


def _shelf(item: AdviceItem) -> str:
    if item.status == "demoted":
        return "back"
    if item.tier in ("emergency", "contraindication"):
        return "urgent"
    if item.urgency == "info":
        return "know"
    return "watch" if item.tier in _WATCH else "do"
