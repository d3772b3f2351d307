"""The lines of what waits for one answer: what something recorded speaks for comes first, the rest is short.

Every patient lacks answers that could be alarming. Those for which nothing recorded speaks share one line where they
are critical, and one that counts and names them where they are not.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Hashable, Iterable, Mapping, Sequence

from oncocds.advice.first import Brought, Decision, Line, LineKind, Ref
from oncocds.advice.lines import Lines
from oncocds.advice.part import Bilingual
from oncocds.knowledge.models import UNRANKED, URGENCIES, Action, Urgency
from oncocds.profile.finding import in_item

MOST_DECISIONS = 5


class Deciding:
    """Puts decisions into lines; shared by threads."""

    def __init__(self, lines: Lines, actions: Mapping[str, Action]) -> None:
        self._lines = lines
        self._actions = actions

    def placed(self, decisions: Sequence[Decision], pressing: Collection[str]) -> list[Line]:
        """Return the lines, at most ``MOST_DECISIONS`` of them unless more are critical.

        ``pressing`` are the ids of the decisions that something recorded speaks for.
        """
        groups: dict[tuple[Urgency, Hashable], list[Decision]] = defaultdict(list)
        unasked: list[Decision] = []
        rest: list[list[Decision]] = []
        for decision in decisions:
            if decision.id in pressing:
                groups[decision.urgency, self._promise(decision)].append(decision)
            elif decision.urgency == "critical":
                unasked.append(decision)
        told = sorted(_together(list(groups.values())), key=self._place)
        unasked.sort(key=lambda one: self._place([one]))
        lines = [self._line(asked) for asked in told if asked[0].urgency == "critical"]
        if unasked:
            lines.append(self._line(unasked, recorded=False))
        others = self._lines.matters(one for one in decisions if one.id not in pressing and one.urgency != "critical")
        asking = [asked for asked in told if asked[0].urgency != "critical"]
        room = max(MOST_DECISIONS - len(lines) - bool(others), 0)
        if len(asking) > room:
            room = max(MOST_DECISIONS - len(lines) - 1, 0)
        lines += [self._line(asked) for asked in asking[:room]]
        rest = [*asking[room:], *others]
        if len(rest) == 1:
            lines.append(self._line(rest[0]))
        elif rest:
            lines.append(self._rest(rest, first=not lines))
        return lines

    def _promise(self, decision: Decision) -> Hashable:
        """Return what answers promise, by which questions are asked together: the titles of the most urgent advice."""
        return frozenset(one.title.zh for one in _brought(decision) if one.urgency == decision.urgency)

    def _place(self, asked: Sequence[Decision]) -> tuple[int, int]:
        urgency = asked[0].urgency
        ranks = [
            self._actions[one.action].emergency_rank
            for decision in asked
            for one in _brought(decision)
            if one.urgency == "critical" and one.action is not None
        ]
        return URGENCIES.index(urgency), min(ranks, default=UNRANKED)

    def _line(self, asked: Sequence[Decision], *, recorded: bool = True) -> Line:
        return _made("decision", asked[0].id, asked, self._lines.decision(asked, recorded=recorded))

    def _rest(self, rest: Sequence[Sequence[Decision]], *, first: bool) -> Line:
        asked = sorted((one for some in rest for one in some), key=lambda one: URGENCIES.index(one.urgency))
        return _made("group", "more_decide", asked, self._lines.more_decisions(rest, first=first))


def _together(groups: Sequence[list[Decision]]) -> list[list[Decision]]:
    """Return groups of decisions, those on which drug it is behind those on the class of the same drugs: one line."""
    by_class = {one.fact: group for group in groups for one in group if _field(one) == "class"}
    found, taken = [], set()
    for group in groups:
        others = [by_class.get(f"{one.topic}.class") for one in group if _field(one) == "drug"]
        of = others[0] if len(others) == len(group) else None
        alike = of is not None and all(one is of for one in others) and id(of) not in taken
        if of is None or not alike or URGENCIES.index(group[0].urgency) < URGENCIES.index(of[0].urgency):
            found.append(group)
        else:
            taken.add(id(of))
            of.extend(group)
    return found


def _field(decision: Decision) -> str | None:
    match = in_item(decision.fact)
    return None if match is None else match[3]


def _made(kind: LineKind, ref: str, asked: Sequence[Decision], line: Bilingual) -> Line:
    covers = [Ref.to("decision", one.id) for one in asked]
    rules = sorted({one.rule for decision in asked for one in _brought(decision)})
    return Line.saying(line, "decide", Ref.to(kind, ref), asked[0].urgency, covers, rules)


def _brought(decision: Decision) -> Iterable[Brought]:
    return (one for answer in decision.answers for one in answer.brings)
