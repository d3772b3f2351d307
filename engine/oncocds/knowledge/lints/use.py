"""Whatever exists must be used, and nothing may be said twice."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator

from oncocds.errors import Issue
from oncocds.knowledge.knowledge import Knowledge
from oncocds.knowledge.lints.lint import CONFLICTS, PRECEDENCE, Lint, at, conditions_of, other_conditions, place
from oncocds.language import references


class Used(Lint):
    """Every action, flag and concept is named by something."""

    def whole(self, knowledge: Knowledge) -> Iterator[Issue]:
        """Check across files."""
        rules = knowledge.rules.values()
        actions = {rule.action for rule in rules}
        for action in knowledge.actions.values():
            if action.id not in actions:
                yield place(action.path, action.mark, f"no rule has the action '{action.id}'")
        flags = {flag for rule in rules for flag in rule.flags}
        for flag in knowledge.flags.values():
            if flag.id not in flags:
                yield Issue(f"rules/flags/{flag.id}.yaml", 1, 1, f"no rule carries the flag '{flag.id}'")
        concepts = {
            name for rule in rules for condition in conditions_of(rule) for name in references.concepts(condition)
        }
        concepts |= {name for _, condition in other_conditions(knowledge) for name in references.concepts(condition)}
        for concept in knowledge.concepts.values():
            if concept.id not in concepts:
                yield place(concept.path, concept.mark, f"nothing holds the concept '{concept.id}'")


class TitlesAlone(Lint):
    """An action's other titles are for rules that have the action."""

    def whole(self, knowledge: Knowledge) -> Iterator[Issue]:
        """Check the actions."""
        for action in knowledge.actions.values():
            for alone, _ in action.alone:
                for name in sorted(alone & knowledge.rules.keys()):
                    if knowledge.rules[name].action != action.id:
                        yield place(action.path, action.mark, f"alone names {name}, which has another action")


class SaidOnce(Lint):
    """No two rules say the same of the same patients by the same passage: same action, condition and stated quotes.

    Rules with one action and one condition are in order where their passages differ: the answer shows both grounds.
    """

    def whole(self, knowledge: Knowledge) -> Iterator[Issue]:
        """Check across rules."""
        first: dict[tuple[object, ...], str] = {}
        for rule in knowledge.rules.values():
            if rule.kind == "evidence" or rule.id not in knowledge.conditions:
                continue
            stated = frozenset(
                (passage.document, passage.start, passage.end)
                for passage in knowledge.passages[rule.id]
                if passage.role == "states"
            )
            other = first.setdefault((rule.action, knowledge.conditions[rule.id], stated), rule.id)
            if other != rule.id:
                yield at(rule, f"same action, condition and stated passages as {other}; one of the two is enough")


class ListsOfTheirOwn(Lint):
    """Entries of the lists of precedence and conflicts have ids of their own, and sides that differ."""

    def whole(self, knowledge: Knowledge) -> Iterator[Issue]:
        """Check both lists."""
        for path, ids in (
            (PRECEDENCE, Counter(entry.id for entry in knowledge.precedence)),
            (CONFLICTS, Counter(conflict.id for conflict in knowledge.conflicts)),
        ):
            for name, times in ids.items():
                if times > 1:
                    yield Issue(path, 1, 1, f"{name}: this id stands {times} times")
        for entry in knowledge.precedence:
            for name in sorted({*entry.winners} & {*entry.demoted}):
                yield Issue(PRECEDENCE, 1, 1, f"{entry.id}: {name} is both winner and demoted")
            if not (entry.winners or entry.notices or entry.when_alone) or not entry.demoted:
                yield Issue(PRECEDENCE, 1, 1, f"{entry.id}: winners (or notices) and demoted need one each")
        for conflict in knowledge.conflicts:
            if len(conflict.sides) < 2 or not all(conflict.sides):
                yield Issue(CONFLICTS, 1, 1, f"{conflict.id}: a conflict has two sides at least, each with a rule")
