"""Counting: patients by rule, action and missing fact, batch by batch; what is counted so far can be put away."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from functools import reduce

import numpy

from oncocds.knowledge.knowledge import Knowledge
from oncocds.knowledge.models import Kind, Urgency
from oncocds_cohort.answers import Answers, Flags
from oncocds_cohort.outputs.parts import Part

CARE: frozenset[Kind] = frozenset({"recommendation", "contraindication", "caution", "monitoring", "diagnostic"})
"""The kinds of rules that ask for care; the others teach, or ask for data."""
PRESSING: frozenset[Urgency] = frozenset({"critical", "warning"})


def gap_rules(knowledge: Knowledge) -> dict[str, list[str]]:
    """Return, by action, the rules that can open a care gap: of care, critical or a warning by their own urgency."""
    found: dict[str, list[str]] = {}
    for rule_id in knowledge.conditions:
        rule = knowledge.rules[rule_id]
        if rule.action is not None and rule.kind in CARE and rule.urgency in PRESSING:
            found.setdefault(rule.action, []).append(rule_id)
    return found


class Tally:
    """How many patients: in all, by rule, by care gap, by missing fact."""

    whole = True

    def __init__(self, knowledge: Knowledge) -> None:
        self.gaps = gap_rules(knowledge)
        self._in_gaps = {rule for rules in self.gaps.values() for rule in rules}
        self._critical = [rule for rule in self._in_gaps if knowledge.rules[rule].urgency == "critical"]
        self.rules = tuple(knowledge.conditions)
        self.counts: Counter[str] = Counter()

    def part(self, *by: Answers) -> Part:
        """Count a batch; what was counted so far is not touched. Of several readings the first counts."""
        answers, *_ = by
        counts: Counter[str] = Counter(patients=len(answers))
        none = numpy.zeros(len(answers), bool)
        for rule in self.rules:
            counts[f"fires {rule}"] += _many(answers.fires[rule])
            counts[f"silent {rule}"] += _many(answers.silent[rule])
            counts[f"active {rule}"] += _many(answers.active[rule])
        lacking: dict[str, list[Flags]] = {}
        for (rule, fact), flags in answers.missing.items():
            if some := _many(flags):
                counts[f"missing {rule} {fact}"] += some
                if rule in self._in_gaps:
                    lacking.setdefault(fact, []).append(flags)
        for fact, columns in lacking.items():
            counts[f"lacking {fact}"] += _many(_any(columns, none))
        due, waits = [], []
        for action, rules in self.gaps.items():
            active = _any((answers.active[rule] for rule in rules), none)
            open_ = _any((answers.undetermined(rule) for rule in rules), none) & ~active
            counts[f"due {action}"] += _many(active)
            counts[f"waiting {action}"] += _many(open_)
            due.append(active)
            waits.append(open_)
        counts["due"] += _many(_any(due, none))
        counts["waiting"] += _many(_any(waits, none))
        counts["critical"] += _many(_any((answers.active[rule] for rule in self._critical), none))
        for section in answers.told_sections:
            named = (flags for (_, of), flags in answers.sections.items() if of == section)
            counts[f"section {section}"] += _many(_any(named, none))
        for name, dues in answers.dues.items():
            counts[f"asked {name}"] += _many(dues.asked)
            counts[f"overdue {name}"] += _many(dues.overdue)
            counts[f"untold {name}"] += _many(dues.undated | dues.unsure)
        return Part(counts)

    def missing(self, rule: str) -> dict[str, int]:
        """Return the facts a rule lacks while it is undetermined, those that most lack first."""
        return _ranked(self.counts, f"missing {rule} ")

    def lacking(self) -> dict[str, int]:
        """Return for how many patients a fact holds some care gap open, those that most lack first."""
        return _ranked(self.counts, "lacking ")

    def state(self) -> Mapping[str, int]:
        """Return what is counted, as plain data."""
        return self.counts

    def merge(self, counted: Mapping[str, int]) -> None:
        """Add what was counted of a part."""
        self.counts.update(counted)


def _many(flags: Flags) -> int:
    return int(numpy.count_nonzero(flags))  # a seventh of the time of a sum


def _any(columns: Iterable[Flags], none: Flags) -> Flags:
    return reduce(numpy.logical_or, columns, none)


def _ranked(counts: Mapping[str, int], prefix: str) -> dict[str, int]:
    found = ((name.removeprefix(prefix), count) for name, count in counts.items() if name.startswith(prefix) and count)
    return dict(sorted(found, key=lambda one: (-one[1], one[0])))
