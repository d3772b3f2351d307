"""Whatever exists must be used, and nothing may be said twice."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator

from oncocds.knowledge.knowledge import Knowledge
from oncocds.knowledge.lints.lint import CONFLICTS, PRECEDENCE, Lint, at, conditions_of, other_conditions, place
from oncocds.knowledge.lints.places import Complaint
from oncocds.language import references
from oncocds.reading.nearest import suggestion


class Used(Lint):
    """Every action, flag and concept is named by something."""

    def whole(self, knowledge: Knowledge) -> Iterator[Complaint]:
        """Check across files."""
        rules = knowledge.rules.values()
        actions = {rule.action for rule in rules}
        for action in knowledge.actions.values():
            if action.id not in actions:
                yield place(action.path, f"no rule has the action '{action.id}'", "id")
        flags = {flag for rule in rules for flag in rule.flags}
        for flag in knowledge.flags.values():
            if flag.id not in flags:
                yield place(f"rules/flags/{flag.id}.yaml", f"no rule carries the flag '{flag.id}'", "id")
        concepts = {
            name for rule in rules for _, condition in conditions_of(rule) for name in references.concepts(condition)
        }
        concepts |= {name for *_, condition in other_conditions(knowledge) for name in references.concepts(condition)}
        for concept in knowledge.concepts.values():
            if concept.id not in concepts:
                yield place(concept.path, f"nothing holds the concept '{concept.id}'", "id")


class TitlesAlone(Lint):
    """An action's other titles are for rules that have the action."""

    def whole(self, knowledge: Knowledge) -> Iterator[Complaint]:
        """Check the actions."""
        for action in knowledge.actions.values():
            for number, (alone, _) in enumerate(action.alone):
                for name in sorted(alone & knowledge.rules.keys()):
                    if knowledge.rules[name].action != action.id:
                        message = f"alone names {name}, which has another action"
                        yield place(action.path, message, "alone", number, "rules", name)


class Joined(Lint):
    """An action that is said in the line of another one names it, and that one has a line of its own."""

    def whole(self, knowledge: Knowledge) -> Iterator[Complaint]:
        """Check the actions."""
        for action in knowledge.actions.values():
            if action.joins is None:
                continue
            head = knowledge.actions.get(action.joins)
            if head is None:
                hint = suggestion(action.joins, knowledge.actions)
                yield place(action.path, f"joins names no action '{action.joins}'{hint}", "joins")
            elif head.joins is not None:
                yield place(action.path, f"joins names '{head.id}', which is said in another's line itself", "joins")
            elif head.background or action.background:
                yield place(action.path, f"'{action.id}' and '{head.id}' cannot be joined: one is background", "joins")


class SaidOnce(Lint):
    """No two rules say the same of the same patients by the same passage: same action, condition and stated quotes.

    Rules with one action and one condition are in order where their passages differ: the answer shows both grounds.
    """

    def whole(self, knowledge: Knowledge) -> Iterator[Complaint]:
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
                message = f"same action, condition and stated passages as {other}; one of the two is enough"
                yield at(rule, message, "id")


class ListsOfTheirOwn(Lint):
    """Entries of the lists of precedence and conflicts have ids of their own, and sides that differ."""

    def whole(self, knowledge: Knowledge) -> Iterator[Complaint]:
        """Check both lists."""
        for path, ids in (
            (PRECEDENCE, [entry.id for entry in knowledge.precedence]),
            (CONFLICTS, [conflict.id for conflict in knowledge.conflicts]),
        ):
            for name, times in Counter(ids).items():
                if times > 1:
                    again = ids.index(name, ids.index(name) + 1)
                    yield place(path, f"{name}: this id stands {times} times", again, "id")
        for number, entry in enumerate(knowledge.precedence):
            for name in sorted({*entry.winners} & {*entry.demoted}):
                yield place(PRECEDENCE, f"{entry.id}: {name} is both winner and demoted", number, "demoted", name)
            if not (entry.winners or entry.notices or entry.when_alone) or not entry.demoted:
                yield place(PRECEDENCE, f"{entry.id}: winners (or notices) and demoted need one each", number)
        for number, conflict in enumerate(knowledge.conflicts):
            if len(conflict.sides) < 2 or not all(conflict.sides):
                message = f"{conflict.id}: a conflict has two sides at least, each with a rule"
                yield place(CONFLICTS, message, number, "sides")
