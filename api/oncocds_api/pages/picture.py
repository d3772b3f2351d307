"""A picture of a rule: the facts it reads, the concepts between, the rule, and what it leads to."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from oncocds.knowledge.knowledge import Knowledge
from oncocds.language import references
from oncocds.language.tree import Compare, Condition, Count, Known, Quantified
from oncocds.text import Text

_WIDTH, _GAP, _HEIGHT, _ROW = 190, 70, 34, 44


@dataclass(frozen=True, slots=True)
class Box:
    """A box of the picture: its place, its words and where it leads (an address, or nothing)."""

    x: int
    y: int
    label: Text
    kind: str
    href: str | None = None


@dataclass(frozen=True, slots=True)
class Picture:
    """Boxes and the arrows between them, as paths; ``described`` says the same in words."""

    boxes: tuple[Box, ...]
    arrows: tuple[str, ...]
    width: int
    height: int
    described: Text


class Pictures:
    """Draws rules of one knowledge."""

    box_width, box_height = _WIDTH, _HEIGHT

    def __init__(self, knowledge: Knowledge) -> None:
        self._knowledge = knowledge

    def of(self, rule_id: str) -> Picture:
        """Return the picture of a rule that has a condition."""
        knowledge = self._knowledge
        rule = knowledge.rules[rule_id]
        condition = knowledge.conditions[rule_id]
        columns: list[list[tuple[str, Box]]] = [[], [], [], []]
        links: list[tuple[str, str]] = []

        def add(column: int, key: str, label: Text, kind: str, href: str | None = None) -> None:
            if all(key != known for known, _ in columns[column]):
                y = len(columns[column]) * _ROW
                columns[column].append((key, Box(column * (_WIDTH + _GAP), y, label, kind, href)))

        def read(part: Condition, target: str) -> None:
            for fact, label in self._facts(part):
                add(0, fact, label, "fact", f"/rules?fact={fact}")
                links.append((fact, target))
            for concept in sorted(references.concepts(part)):
                add(1, concept, knowledge.concepts[concept].title, "concept")
                links.append((concept, target))
                read(knowledge.concepts[concept].when, concept)
            for other in sorted(references.rules(part)):
                add(1, other, knowledge.rules[other].title, "rule", f"/rules/{other}")
                links.append((other, target))

        add(2, rule_id, rule.title, "this")
        read(condition, rule_id)
        if rule.action is not None:
            add(3, rule.action, knowledge.actions[rule.action].title, "action", f"/rules?action={rule.action}")
            links.append((rule_id, rule.action))
        for entry in knowledge.precedence:
            if rule_id in entry.winners:
                for demoted in entry.demoted:
                    add(3, demoted, knowledge.rules[demoted].title, "demoted", f"/rules/{demoted}")
                    links.append((rule_id, demoted))
        return _drawn(columns, dict.fromkeys(links))

    def _facts(self, condition: Condition) -> Iterable[tuple[str, Text]]:
        vocabulary = self._knowledge.vocabulary
        inside: set[int] = set()
        for part in references.walk(condition):
            if id(part) in inside:
                continue
            if isinstance(part, Quantified | Count):
                inside.update(id(inner) for inner in references.walk(part.where))
                yield part.list, vocabulary.lists[part.list]
            elif isinstance(part, Compare | Known):
                yield part.fact, vocabulary.fields[part.fact].label


def _drawn(columns: list[list[tuple[str, Box]]], links: Iterable[tuple[str, str]]) -> Picture:
    height = max(len(column) for column in columns) * _ROW
    places: dict[str, Box] = {}
    for column in columns:
        offset = (height - len(column) * _ROW) // 2
        for key, box in column:
            places[key] = Box(box.x, box.y + offset, box.label, box.kind, box.href)
    arrows = []
    for source, target in links:
        one, other = places[source], places[target]
        y1, y2 = one.y + _HEIGHT // 2, other.y + _HEIGHT // 2
        if one.x == other.x:  # a concept that rests on another one
            arrows.append(f"M{one.x} {y1} C{one.x - 40} {y1} {other.x - 40} {y2} {other.x} {y2}")
        else:
            x1, x2 = one.x + _WIDTH, other.x
            middle = (x1 + x2) // 2
            arrows.append(f"M{x1} {y1} C{middle} {y1} {middle} {y2} {x2} {y2}")
    words = [(places[source].label, places[target].label) for source, target in links]
    return Picture(
        tuple(places.values()),
        tuple(arrows),
        4 * _WIDTH + 3 * _GAP,
        height,
        Text(
            "；".join(f"{one.zh} → {other.zh}" for one, other in words),
            "; ".join(f"{one.en} → {other.en}" for one, other in words),
        ),
    )
