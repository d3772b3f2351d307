"""Whatever a file names must exist, and no definition may lead back to itself."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from oncocds.errors import Issue
from oncocds.knowledge.knowledge import Knowledge
from oncocds.knowledge.lints.lint import CONFLICTS, PRECEDENCE, Lint, at, conditions_of, other_conditions, place
from oncocds.knowledge.models import Rule
from oncocds.language import references
from oncocds.language.tree import Compare, Condition, Fired, Holds, Known
from oncocds.reading.marks import Mark
from oncocds.reading.nearest import nearest, suggestion


def _unknown(what: str, names: Iterable[str], known: Iterable[str]) -> Iterator[str]:
    known = tuple(known)
    for name in names:
        if name not in known:
            near = nearest(name, known, 5)
            listed = f"; nearest known: {', '.join(near)}" if len(near) > 1 else ""
            yield f"unknown {what} '{name}'{listed}{suggestion(name, known)}"


def _unknown_names(condition: Condition, knowledge: Knowledge) -> Iterator[tuple[Mark | None, str]]:
    """Find the concepts and rules a condition speaks of that do not exist."""
    for part in references.walk(condition):
        if isinstance(part, Holds):
            for message in _unknown("concept", [part.concept], knowledge.concepts):
                yield part.mark, message
        elif isinstance(part, Fired):
            other = knowledge.rules.get(part.rule)
            if other is not None and other.kind == "evidence":
                yield part.mark, f"fired {part.rule}: an evidence note never fires"
                continue
            for message in _unknown("rule after fired:", [part.rule], knowledge.conditions):
                yield part.mark, message


class RuleReferences(Lint):
    """A rule's action, flags and supported rules exist."""

    def rule(self, rule: Rule, knowledge: Knowledge) -> Iterator[Issue]:
        """Check one rule."""
        found = [
            *_unknown("action", [rule.action] if rule.action else [], knowledge.actions),
            *_unknown("flag", rule.flags, knowledge.flags),
            *_unknown("rule in supports:", rule.supports, knowledge.rules),
        ]
        found += [
            f"supports {supported}, which is itself evidence"
            for supported in rule.supports
            if supported in knowledge.rules and knowledge.rules[supported].kind == "evidence"
        ]
        yield from (at(rule, message) for message in found)


class SpokenFor(Lint):
    """A rule without an action makes no item; so that it is never silent, a notice of the answer names it."""

    def rule(self, rule: Rule, knowledge: Knowledge) -> Iterator[Issue]:
        """Check one rule."""
        if rule.kind == "evidence" or rule.action is not None:
            return
        if not any(rule.id in note.rules for note in knowledge.notes.values() if not note.attached_to):
            yield at(rule, "'action' is missing; expected an action, or a notice in rules/notes that names the rule")


class ConditionReferences(Lint):
    """Every condition, wherever it stands, names concepts and rules that exist."""

    def rule(self, rule: Rule, knowledge: Knowledge) -> Iterator[Issue]:
        """Check one rule."""
        for condition in conditions_of(rule):
            for mark, message in _unknown_names(condition, knowledge):
                yield at(rule, message, mark)

    def whole(self, knowledge: Knowledge) -> Iterator[Issue]:
        """Check the conditions outside rule files."""
        for path, condition in other_conditions(knowledge):
            for mark, message in _unknown_names(condition, knowledge):
                yield place(path, mark, message)


class TumourInScopeOnly(Lint):
    """Tumour type belongs to the scope: never into a rule's conditions, nor into a concept that rules name."""

    def rule(self, rule: Rule, knowledge: Knowledge) -> Iterator[Issue]:
        """Check one rule."""
        for condition in conditions_of(rule):
            for mark in _tumours(condition):
                yield at(rule, "'diagnosis.tumour_type' in a condition; the tumour type belongs to scope", mark)

    def whole(self, knowledge: Knowledge) -> Iterator[Issue]:
        """Check the concepts."""
        for concept in knowledge.concepts.values():
            for mark in _tumours(concept.when):
                message = "'diagnosis.tumour_type' in a concept; the tumour type belongs to the scope of rules"
                yield place(concept.path, mark, message)


class OtherReferences(Lint):
    """Notes, precedence, conflicts and actions name rules and facts that exist."""

    def whole(self, knowledge: Knowledge) -> Iterator[Issue]:
        """Check across files."""
        rules = knowledge.rules
        for note in knowledge.notes.values():
            for message in (
                *_unknown("rule", (*note.attached_to, *note.rules), rules),
                *_unknown("action", note.beside.actions if note.beside else (), knowledge.actions),
            ):
                yield Issue(note.path, 1, 1, message)
            if note.beside is not None and not any(map(note.beside.covers, knowledge.actions.values())):
                yield Issue(note.path, 1, 1, f"{note.id}: no action is about what it stands beside")
        for entry in knowledge.precedence:
            for message in _unknown("rule", (*entry.winners, *entry.demoted), rules):
                yield Issue(PRECEDENCE, 1, 1, f"{entry.id}: {message}")
            notices = [name for name, note in knowledge.notes.items() if not note.attached_to]
            for message in _unknown("notice", entry.notices, notices):
                yield Issue(PRECEDENCE, 1, 1, f"{entry.id}: {message}")
        for conflict in knowledge.conflicts:
            named = [rule for side in conflict.sides for rule in side]
            for message in (
                *_unknown("rule", named, rules),
                *_unknown("fact", conflict.decided_by, knowledge.vocabulary.fields),
            ):
                yield Issue(CONFLICTS, 1, 1, f"{conflict.id}: {message}")
        for action in knowledge.actions.values():
            for alone, _ in action.alone:
                for message in _unknown("rule", sorted(alone), rules):
                    yield place(action.path, action.mark, message)


class NothingGoesRound(Lint):
    """No concept and no rule rests, through others, on itself."""

    def whole(self, knowledge: Knowledge) -> Iterator[Issue]:
        """Check across files."""
        conditions: dict[str, Condition] = {f"holds {c.id}": c.when for c in knowledge.concepts.values()}
        paths = {f"holds {c.id}": c.path for c in knowledge.concepts.values()}
        conditions |= {f"fired {rule}": condition for rule, condition in knowledge.conditions.items()}
        paths |= {f"fired {rule.id}": rule.path for rule in knowledge.rules.values()}
        done: set[str] = set()

        def visit(name: str, path: tuple[str, ...]) -> Iterator[Issue]:
            if name in path:
                ring = " → ".join((*path[path.index(name) :], name))
                yield Issue(paths[name], 1, 1, f"conditions go round: {ring}")
            elif name not in done and name in conditions:
                inner = [f"holds {concept}" for concept in sorted(references.concepts(conditions[name]))]
                inner += [f"fired {rule}" for rule in sorted(references.rules(conditions[name]))]
                for other in inner:
                    yield from visit(other, (*path, name))
                done.add(name)

        for name in conditions:
            yield from visit(name, ())


def _tumours(condition: Condition) -> Iterator[Mark | None]:
    for part in references.walk(condition):
        if isinstance(part, Compare | Known) and part.fact == "diagnosis.tumour_type":
            yield part.mark
