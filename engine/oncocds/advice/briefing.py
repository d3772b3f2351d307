"""The reading order of an answer: what is critical, what waits for one answer, what to do, what to consider, the rest.

Every item, every notice, every conflict of data and every decision stands in exactly one line. No cap drops anything:
where one cuts, the last line counts and names what it stands for, and nothing critical is cut.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterator, Mapping, Sequence

from oncocds.advice.first import Decision, Line, LineKind, Ref, Section
from oncocds.advice.grounds import highest
from oncocds.advice.lines import Lines
from oncocds.advice.part import Bilingual
from oncocds.advice.result import AdviceItem, DataConflict, Notice
from oncocds.knowledge.models import URGENCIES, Action, Urgency

MOST_LINES = 20
MOST_DECISIONS = 5
MOST_CONSIDERED = 5


class Briefing:
    """Puts answers into reading order; shared by threads."""

    def __init__(self, lines: Lines, actions: Mapping[str, Action]) -> None:
        self._lines = lines
        self._actions = actions

    def briefing(
        self,
        advice: Sequence[AdviceItem],
        notices: Sequence[Notice],
        conflicts: Sequence[tuple[DataConflict, Urgency, bool]],
        decisions: Sequence[Decision],
    ) -> list[Line]:
        """Return the lines; of each conflict of data, its urgency and whether it bears on an emergency."""
        active = [item for item in advice if item.status == "active"]
        placed: dict[Section, list[Line]] = defaultdict(list)
        for line in [*self._advised(active), *self._noticed(notices)]:
            placed[line.section].append(line)
        for urgency in URGENCIES:
            for section in ("now", "do", "consider"):
                placed[section] = [line for line in placed[section] if line.urgency != urgency] + [
                    line for line in placed[section] if line.urgency == urgency
                ]
        for line in self._conflicting(conflicts):
            placed[line.section].append(line)
        placed["decide"] = capped(list(self._decided(decisions)), MOST_DECISIONS, self._lines)
        placed["background"] = list(self._background(active))
        placed["stepped_back"] = list(self._stepped_back(advice))
        fixed = sum(len(placed[one]) for one in ("now", "decide", "background", "stepped_back"))
        room = max(MOST_LINES - fixed - min(len(placed["consider"]), 1), 1)
        placed["do"] = capped(placed["do"], room, self._lines)
        room = max(min(MOST_LINES - fixed - len(placed["do"]), MOST_CONSIDERED), 1)
        placed["consider"] = capped(placed["consider"], room, self._lines)
        order: tuple[Section, ...] = ("now", "decide", "do", "consider", "background", "stepped_back")
        return [line for section in order for line in placed[section]]

    def _advised(self, active: Sequence[AdviceItem]) -> Iterator[Line]:
        """Yield a line for each item that is said of this patient; items of one action and title share theirs."""
        groups: dict[tuple[str, Urgency, str], list[AdviceItem]] = defaultdict(list)
        for item in active:
            if item.urgency != "info" or not self._actions[item.action].background:
                groups[item.action, item.urgency, item.title.zh].append(item)
        joined = dict(self._joined(groups))
        after = {tail for tails in joined.values() for tail in tails}
        for key, items in groups.items():
            if key in after:
                continue
            tails = [item for tail in joined.get(key, ()) for item in groups[tail]]
            urgency = highest([one.urgency for one in (*items, *tails)])
            yield Line.of(
                section=_section(urgency),
                kind="advice",
                ref=items[0].action,
                lesion=items[0].lesion if len(items) == 1 else None,
                urgency=urgency,
                line=self._lines.advice(items, tails),
                covers=[_ref("advice", item.action, item.lesion) for item in (*items, *tails)],
                rules=_rules([*items, *tails]),
            )

    def _joined(
        self, groups: dict[tuple[str, Urgency, str], list[AdviceItem]]
    ) -> Iterator[tuple[tuple[str, Urgency, str], list[tuple[str, Urgency, str]]]]:
        for head in groups:
            tails = [key for key in groups if self._actions[key[0]].joins == head[0]]
            if tails:
                yield head, tails

    def _noticed(self, notices: Sequence[Notice]) -> Iterator[Line]:
        for notice in notices:
            yield Line.of(
                section=_section(notice.urgency),
                kind="notice",
                ref=notice.id,
                lesion=None,
                urgency=notice.urgency,
                line=notice.text,
                covers=[_ref("notice", notice.id)],
                rules=[],
            )

    def _conflicting(self, conflicts: Sequence[tuple[DataConflict, Urgency, bool]]) -> Iterator[Line]:
        """Yield a line for each conflict of data; those that are hints only share one."""
        hints = []
        for conflict, urgency, bears in conflicts:
            if urgency == "info" and not bears:
                hints.append(conflict)
                continue
            yield Line.of(
                section="now" if bears else "do",
                kind="data_conflict",
                ref=conflict.id,
                lesion=None,
                urgency="critical" if bears else "warning",
                line=conflict.text,
                covers=[_ref("data_conflict", conflict.id)],
                rules=[],
            )
        if hints:
            yield Line.of(
                section="do",
                kind="data_conflict" if len(hints) == 1 else "group",
                ref=hints[0].id if len(hints) == 1 else "data_conflicts",
                lesion=None,
                urgency="warning",
                line=hints[0].text if len(hints) == 1 else self._lines.hints(hints),
                covers=[_ref("data_conflict", one.id) for one in hints],
                rules=[],
            )

    def _decided(self, decisions: Sequence[Decision]) -> Iterator[Line]:
        """Yield a line for each topic of decisions; lesions (or drugs) of which the same is asked share one."""
        groups: dict[tuple[Urgency, str], list[Decision]] = defaultdict(list)
        for decision in decisions:
            groups[decision.urgency, self._lines.matter(decision)].append(decision)
        for (urgency, _), asked in groups.items():
            yield Line.of(
                section="decide",
                kind="decision",
                ref=asked[0].id,
                lesion=None,
                urgency=urgency,
                line=self._lines.decision(asked),
                covers=[_ref("decision", one.id) for one in asked],
                rules=sorted({b.rule for one in asked for answer in one.answers for b in answer.brings}),
            )

    def _background(self, active: Sequence[AdviceItem]) -> Iterator[Line]:
        items = [item for item in active if item.urgency == "info" and self._actions[item.action].background]
        if items:
            yield _group("background", "background", items, self._lines.background(items))

    def _stepped_back(self, advice: Sequence[AdviceItem]) -> Iterator[Line]:
        back = [item for item in advice if item.status == "demoted"]
        if back:
            yield _group("stepped_back", "stepped_back", back, self._lines.stepped_back(back))


def capped(lines: list[Line], most: int, words: Lines) -> list[Line]:
    """Return at most some lines: where that cuts, the last one counts and names the rest; critical ones all stay.

    The lines come in order of their urgency.
    """
    if len(lines) <= most:
        return lines
    keep = max(most - 1, sum(line.urgency == "critical" for line in lines))
    kept, rest = lines[:keep], lines[keep:]
    if len(rest) < 2:
        return lines
    return [
        *kept,
        Line.of(
            section=rest[0].section,
            kind="group",
            ref=f"more_{rest[0].section}",
            lesion=None,
            urgency=rest[0].urgency,
            line=words.more(rest),
            covers=[ref for line in rest for ref in line.covers],
            rules=[rule for line in rest for rule in line.rules],
        ),
    ]


def _section(urgency: Urgency) -> Section:
    return "now" if urgency == "critical" else "do" if urgency == "warning" else "consider"


def _ref(kind: LineKind, ref: str, lesion: str | None = None) -> Ref:
    return Ref.of(kind=kind, ref=ref, lesion=lesion)


def _rules(items: Collection[AdviceItem]) -> list[str]:
    grounds = (ground for item in items for ground in item.grounds if ground.status == item.status)
    return list(dict.fromkeys(ground.rule for ground in grounds))


def _group(section: Section, ref: str, items: Sequence[AdviceItem], line: Bilingual) -> Line:
    return Line.of(
        section=section,
        kind="group",
        ref=ref,
        lesion=None,
        urgency="info",
        line=line,
        covers=[_ref("advice", item.action, item.lesion) for item in items],
        rules=_rules(items),
    )
