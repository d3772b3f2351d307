"""When what a fired rule asks to check again was done last and is due next, in words: always by local policy."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping

from oncocds.advice.case import Case
from oncocds.advice.first import Monitored
from oncocds.advice.part import Bilingual
from oncocds.advice.views import bilingual
from oncocds.profile.facts import PatientFacts
from oncocds.profile.monitoring import Due, due
from oncocds.text import Language, Text
from oncocds.vocabulary.models import Vocabulary
from oncocds.vocabulary.monitoring import Monitoring

DueOf = Mapping[str, Mapping[str, Bilingual]]
"""What rules say of when something is due: by the rule, of each thing."""
NOTHING_DUE: DueOf = {}
_COLON = Text("：", ": ")
_DAYS, _MONTHS = (Text("{number}天", "{number} day{s}"), Text("{number}个月", "{number} month{s}"))
_EVERY = Text("每{time}", "every {time}")
_LAST = Text("上次 {day}", "last {day}")
_OF = Text("（{part}）", " ({part})")
_DUE = Text("；按本院规定（{every}）{day} 到期", ", due by local policy ({every}) {day}")
_OVERDUE = Text("，已过期{time}", ", overdue by {time}")
_UNSURE = Text(
    "（历次结果可能不全，是否过期不能断定）", " (earlier results may be missing: whether it is overdue is open)"
)
_BEYOND = Text("；本院规定{every}一次", ", by local policy {every}")
_ASKED = Text("本院规定{every}一次，未见上次的日期", "by local policy {every}, no date of the last one on record")


class Monitorings:
    """Tells when things are due; shared by threads."""

    def __init__(self, vocabulary: Vocabulary) -> None:
        self._fields = vocabulary.fields
        self._monitoring = vocabulary.monitoring
        self._of_rule: dict[str, list[Monitoring]] = defaultdict(list)
        for one in vocabulary.monitoring.values():
            for rule in one.rules:
                self._of_rule[rule].append(one)

    def of(self, case: Case) -> list[Monitored]:
        """Return what fired rules ask to check again, where the site has set how often."""
        found = []
        for one in self._monitoring.values():
            rules = [rule for rule in one.rules if case.verdicts[rule] is True]
            if rules and (told := _due(case, one)) is not None:
                found.append(self._view(told, rules))
        return found

    def asks(self, case: Case, rule_id: str) -> Iterable[str]:
        """Return the dates that a fired rule asks for, since nothing tells when something was done last."""
        return dict.fromkeys(fact for told in self._due_by(case, rule_id) for fact in told.asks)

    def said(self, case: Case, rule_id: str) -> list[Bilingual]:
        """Return when each thing that a fired rule asks to check again is due, in words."""
        return [self._text(told) for told in self._due_by(case, rule_id)]

    def _due_by(self, case: Case, rule_id: str) -> list[Due]:
        return [told for one in self._of_rule.get(rule_id, ()) if (told := _due(case, one)) is not None]

    def _view(self, told: Due, rules: list[str]) -> Monitored:
        one = told.monitoring
        return Monitored.of(
            monitoring=one.id,
            label=bilingual(one.label),
            rules=rules,
            setting=one.setting,
            every=told.every,
            unit=one.unit,
            last=None if told.last is None else told.last.isoformat(),
            dated_by=told.dated_by,
            due=None if told.due is None else told.due.isoformat(),
            overdue=told.overdue,
            asks=list(told.asks),
            text=self._text(told),
        )

    def _text(self, told: Due) -> Bilingual:
        return Bilingual.both(lambda language: self._said(told, language))

    def _said(self, told: Due, language: Language) -> str:
        units = _DAYS if told.monitoring.unit == "d" else _MONTHS
        every = _EVERY.in_(language).format(time=_time(told.every, units, language))
        label = f"{told.monitoring.label.in_(language)}{_COLON.in_(language)}"
        if told.last is None or told.dated_by is None:
            return label + _ASKED.in_(language).format(every=every)
        words = label + _LAST.in_(language).format(day=told.last)
        if len(told.monitoring.dates) > 1:  # which part was done longest ago
            words += _OF.in_(language).format(part=self._fields[told.dated_by].label.in_(language))
        if told.due is None:
            return words + _BEYOND.in_(language).format(every=every)
        words += _DUE.in_(language).format(every=every, day=told.due)
        if told.overdue:
            days = (told.as_of - told.due).days
            words += _OVERDUE.in_(language).format(time=_time(days, _DAYS, language))
        elif told.overdue is None:
            words += _UNSURE.in_(language)
        return words


def _due(case: Case, one: Monitoring) -> Due | None:
    """Return when something is due for a case of which an answer is made (supposed facts make none)."""
    if one.id not in case.due:
        assert isinstance(case.facts, PatientFacts)
        case.due[one.id] = due(case.facts, one)
    return case.due[one.id]


def _time(number: int, units: Text, language: Language) -> str:
    return units.in_(language).format(number=number, s="" if number == 1 else "s")


def due_of(monitoring: Iterable[Monitored]) -> DueOf:
    """Return what is due by the rules that say so."""
    found: dict[str, dict[str, Bilingual]] = {}
    for one in monitoring:
        for rule in one.rules:
            found.setdefault(rule, {})[one.monitoring] = one.text
    return found


def overdue_by(monitoring: Iterable[Monitored]) -> frozenset[str]:
    """Return the rules that say of something that it is overdue."""
    return frozenset(rule for one in monitoring if one.overdue for rule in one.rules)
