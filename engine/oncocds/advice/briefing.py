"""The reading order of an answer: what is critical, what waits for one answer, what to do, what to consider, the rest.

Every item, every notice, every conflict of data and every decision stands in exactly one line. No cap drops anything:
where one cuts, the last line counts and names what it stands for, and nothing critical is cut.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from functools import partial

from oncocds.advice.deciding import Deciding
from oncocds.advice.first import Decision, Line, Ref, Section
from oncocds.advice.grounds import highest
from oncocds.advice.lines import Lines
from oncocds.advice.monitoring import NOTHING_DUE, DueOf
from oncocds.advice.part import Bilingual
from oncocds.advice.result import AdviceItem, DataConflict, Notice
from oncocds.advice.warning import is_warning
from oncocds.knowledge.models import URGENCIES, Action, Urgency

MOST_LINES = 20
MOST_CONSIDERED = 5
_RANKS: Mapping[str, int] = {  # of kinds of rules, and of the tiers of actions that are called as they are
    "contraindication": 0,
    "caution": 1,
    # notices and conflicts of data: 2
    "diagnostic": 3,
    "recommendation": 4,
    "question": 5,
    "monitoring": 6,
    "education": 7,
    "evidence": 7,
}
_NOTICE = 2


def _whole(notice: Notice) -> Bilingual:
    return notice.text


class Briefing:
    """Puts answers into reading order; shared by threads."""

    def __init__(self, lines: Lines, actions: Mapping[str, Action]) -> None:
        self._lines = lines
        self._actions = actions
        self._deciding = Deciding(lines, actions)

    def briefing(
        self,
        advice: Sequence[AdviceItem],
        notices: Sequence[Notice],
        conflicts: Sequence[tuple[DataConflict, Urgency, bool]],
        decisions: Sequence[Decision],
        pressing: Collection[str],
        switched: Line | None = None,
        due: DueOf = NOTHING_DUE,
        noticed: Callable[[Notice], Bilingual] = _whole,
        overdue: Collection[str] = (),
    ) -> list[Line]:
        """Return the lines; of each conflict of data, its urgency and whether it bears on an emergency.

        ``pressing`` are the ids of the decisions that something recorded speaks for, ``switched`` is the line of safety
        settings that are not the site's, ``due`` what rules say of when something is due, ``noticed`` how a notice is
        said in its line, ``overdue`` the rules that say of something that it is overdue: an item of theirs is not said
        of every such patient, so it leaves the background, and it stands first of what is for information.
        """
        active = [item for item in advice if item.status == "active"]
        placed: dict[Section, list[Line]] = defaultdict(list)
        hints = [one for one, urgency, bears in conflicts if urgency == "info" and not bears]
        urgent = [(one, bears) for one, urgency, bears in conflicts if urgency != "info" or bears]
        for line in self._ordered(active, notices, urgent, due, noticed, overdue):
            placed[line.section].append(line)
        if switched is not None:
            placed["do"].insert(0, switched)
        if hints:
            placed["do"].append(self._hinted(hints))
        placed["decide"] = self._deciding.placed(decisions, pressing)
        placed["background"] = list(self._background(active, due, overdue))
        placed["stepped_back"] = list(self._stepped_back(advice))
        fixed = sum(len(placed[one]) for one in ("now", "decide", "background", "stepped_back"))
        room = max(MOST_LINES - fixed - min(len(placed["consider"]), 1), 1)
        placed["do"] = capped(placed["do"], room, self._lines)
        late = sum(not set(overdue).isdisjoint(line.rules) for line in placed["consider"])
        room = max(min(MOST_LINES - fixed - len(placed["do"]), MOST_CONSIDERED), 1 + late)
        placed["consider"] = capped(placed["consider"], room, self._lines)
        order: tuple[Section, ...] = ("now", "decide", "do", "consider", "background", "stepped_back")
        return [line for section in order for line in placed[section]]

    def _ordered(
        self,
        active: Sequence[AdviceItem],
        notices: Sequence[Notice],
        conflicts: Sequence[tuple[DataConflict, bool]],
        due: DueOf,
        noticed: Callable[[Notice], Bilingual],
        overdue: Collection[str],
    ) -> list[Line]:
        """Return the lines of items, notices and conflicts of data: the most urgent first, then by what they are about.

        Of each conflict it is told whether it bears on an emergency, which the emergency stands before.
        """
        told = {one.id for one in notices}  # notes that a line says already: a notice has its own
        parts: list[tuple[tuple[int, int, int], Callable[[], Line]]] = [
            (self._place([*items, *tails], overdue), partial(self._advised, items, tails, told, due))
            for items, tails in self._gathered(active, overdue)
        ]
        parts += [(_place_of(one), partial(_noticed, one, noticed)) for one in notices]
        parts += [((0 if bears else 1, _NOTICE, 0), partial(self._conflicting, one, bears)) for one, bears in conflicts]
        return [make() for _, make in sorted(parts, key=lambda part: part[0])]

    def _place(self, items: Sequence[AdviceItem], overdue: Collection[str]) -> tuple[int, int, int]:
        """Return where a line stands: what speaks against something first, what changes treatment before monitoring.

        Critical items keep the order of emergencies, those that are good to know that of the advice. An item that
        carries an urgent note stands where a caution does; what patients may read, where its action does; and of one
        place, what can become an emergency before what cannot.
        """
        urgency = highest([one.urgency for one in items])
        if urgency != "warning":
            late = urgency == "info" and any(_late(item, overdue) for item in items)
            return URGENCIES.index(urgency), -1 if late else 0, 0
        ranks = []
        for item in items:
            action = self._actions[item.action]
            for ground in item.grounds:
                if ground.status != "active" or ground.urgency == "info":
                    continue
                rank = _RANKS[ground.kind]
                ranks.append(_RANKS.get(action.tier, rank) if ground.kind == "education" else rank)
                if any(is_warning(note) for note in ground.notes):
                    ranks.append(_RANKS["caution"])
        return URGENCIES.index(urgency), min(ranks), min(self._actions[one.action].emergency_rank for one in items)

    def _gathered(
        self, active: Sequence[AdviceItem], overdue: Collection[str]
    ) -> Iterator[tuple[list[AdviceItem], list[AdviceItem]]]:
        """Yield what is said in one line: items of one action and title, and the items that are said after them."""
        groups: dict[tuple[str, Urgency, str], list[AdviceItem]] = defaultdict(list)
        for item in active:
            if not self._routine(item, overdue):
                groups[item.action, item.urgency, item.title.zh].append(item)
        joined = dict(self._joined(groups))
        after = {tail for tails in joined.values() for tail in tails}
        for key, items in groups.items():
            if key not in after:
                yield items, [item for tail in joined.get(key, ()) for item in groups[tail]]

    def _advised(self, items: list[AdviceItem], tails: list[AdviceItem], told: set[str], due: DueOf) -> Line:
        urgency = highest([one.urgency for one in (*items, *tails)])
        about = Ref.to("advice", items[0].action, items[0].lesion if len(items) == 1 else None)
        words, every = self._lines.advice(items, tails, told, due), [*items, *tails]
        return Line.saying(words, _section(urgency), about, urgency, _covered(every), _rules(every))

    def _joined(
        self, groups: dict[tuple[str, Urgency, str], list[AdviceItem]]
    ) -> Iterator[tuple[tuple[str, Urgency, str], list[tuple[str, Urgency, str]]]]:
        for head in groups:
            tails = [key for key in groups if self._actions[key[0]].joins == head[0]]
            if tails:
                yield head, tails

    def _conflicting(self, conflict: DataConflict, bears: bool) -> Line:
        about = Ref.to("data_conflict", conflict.id)
        urgency: Urgency = "critical" if bears else "warning"
        return Line.saying(self._lines.conflict(conflict), _section(urgency), about, urgency, [about])

    def _hinted(self, hints: Sequence[DataConflict]) -> Line:
        """Return the line of conflicts of data that are hints only; several share one."""
        if len(hints) == 1:
            return self._conflicting(hints[0], bears=False)
        covers = [Ref.to("data_conflict", one.id) for one in hints]
        return Line.saying(self._lines.hints(hints), "do", Ref.to("group", "data_conflicts"), "warning", covers)

    def _background(self, active: Sequence[AdviceItem], due: DueOf, overdue: Collection[str]) -> Iterator[Line]:
        items = [item for item in active if self._routine(item, overdue)]
        if items:
            yield _group("background", items, self._lines.background(items, due))

    def _routine(self, item: AdviceItem, overdue: Collection[str]) -> bool:
        return item.urgency == "info" and self._actions[item.action].background and not _late(item, overdue)

    def _stepped_back(self, advice: Sequence[AdviceItem]) -> Iterator[Line]:
        back = [item for item in advice if item.status == "demoted"]
        if back:
            yield _group("stepped_back", back, self._lines.stepped_back(back))


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
    section, urgency = rest[0].section, rest[0].urgency
    covers, rules = [ref for line in rest for ref in line.covers], (rule for line in rest for rule in line.rules)
    more = words.more(rest, first=not kept)
    return [*kept, Line.saying(more, section, Ref.to("group", f"more_{section}"), urgency, covers, rules)]


def _late(item: AdviceItem, overdue: Collection[str]) -> bool:
    return any(ground.status == "active" and ground.rule in overdue for ground in item.grounds)


def _place_of(notice: Notice) -> tuple[int, int, int]:
    """Return where a notice stands: one that warns, of what the documents do not, before the cautions of these."""
    warns = notice.urgency == "warning"
    return URGENCIES.index(notice.urgency), _RANKS["caution"] if warns else _NOTICE, -1 if warns else 0


def _noticed(notice: Notice, words: Callable[[Notice], Bilingual]) -> Line:
    about = Ref.to("notice", notice.id)
    return Line.saying(words(notice), _section(notice.urgency), about, notice.urgency, [about])


def _section(urgency: Urgency) -> Section:
    return "now" if urgency == "critical" else "do" if urgency == "warning" else "consider"


def _covered(items: Iterable[AdviceItem]) -> list[Ref]:
    return [Ref.to("advice", item.action, item.lesion) for item in items]


def _rules(items: Collection[AdviceItem]) -> list[str]:
    grounds = (ground for item in items for ground in item.grounds if ground.status == item.status)
    return list(dict.fromkeys(ground.rule for ground in grounds))


def _group(section: Section, items: Sequence[AdviceItem], line: Bilingual) -> Line:
    return Line.saying(line, section, Ref.to("group", section), "info", _covered(items), _rules(items))
