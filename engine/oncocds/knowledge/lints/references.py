"""Whatever a file names must exist, and no definition may lead back to itself."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from oncocds.knowledge.knowledge import Knowledge
from oncocds.knowledge.lints.lint import CONFLICTS, PRECEDENCE, Lint, at, conditions_of, other_conditions, place
from oncocds.knowledge.lints.places import Complaint
from oncocds.knowledge.models import Rule
from oncocds.language import references
from oncocds.language.tree import Compare, Condition, Fired, Holds, Known
from oncocds.reading.marks import Mark
from oncocds.reading.nearest import nearest, suggestion

_TUMOUR = "diagnosis.tumour_type"


def _unknown(what: str, names: Iterable[str], known: Iterable[str]) -> Iterator[tuple[str, str]]:
    known = tuple(known)
    for name in names:
        if name not in known:
            near = nearest(name, known, 5)
            listed = f"; nearest known: {', '.join(near)}" if len(near) > 1 else ""
            yield name, f"unknown {what} '{name}'{listed}{suggestion(name, known)}"


def _unknown_names(condition: Condition, knowledge: Knowledge) -> Iterator[tuple[Mark | None, str, str]]:
    """Find the concepts and rules a condition speaks of that do not exist: where, which, and what to say of it."""
    for part in references.walk(condition):
        if isinstance(part, Holds):
            for name, message in _unknown("concept", [part.concept], knowledge.concepts):
                yield part.mark, name, message
        elif isinstance(part, Fired):
            other = knowledge.rules.get(part.rule)
            if other is not None and other.kind == "evidence":
                yield part.mark, part.rule, f"fired {part.rule}: an evidence note never fires"
                continue
            for name, message in _unknown("rule after fired:", [part.rule], knowledge.conditions):
                yield part.mark, name, message


class RuleReferences(Lint):
    """A rule's action, flags and supported rules exist."""

    def rule(self, rule: Rule, knowledge: Knowledge) -> Iterator[Complaint]:
        """Check one rule."""
        for key, what, names, known in (
            ("action", "action", [rule.action] if rule.action else [], knowledge.actions),
            ("flags", "flag", rule.flags, knowledge.flags),
            ("supports", "rule in supports:", rule.supports, knowledge.rules),
        ):
            for name, message in _unknown(what, names, known):
                yield at(rule, message, key, name)
        for supported in rule.supports:
            if supported in knowledge.rules and knowledge.rules[supported].kind == "evidence":
                yield at(rule, f"supports {supported}, which is itself evidence", "supports", supported)


class SpokenFor(Lint):
    """A rule without an action makes no item; so that it is never silent, a notice of the answer names it."""

    def rule(self, rule: Rule, knowledge: Knowledge) -> Iterator[Complaint]:
        """Check one rule."""
        if rule.kind == "evidence" or rule.action is not None:
            return
        if not any(rule.id in note.rules for note in knowledge.notes.values() if not note.attached_to):
            yield at(rule, "'action' is missing; expected an action, or a notice in rules/notes that names the rule")


class ConditionReferences(Lint):
    """Every condition, wherever it stands, names concepts and rules that exist."""

    def rule(self, rule: Rule, knowledge: Knowledge) -> Iterator[Complaint]:
        """Check one rule."""
        for key, condition in conditions_of(rule):
            for mark, name, message in _unknown_names(condition, knowledge):
                yield at(rule, message, key, mark=mark, word=name)

    def whole(self, knowledge: Knowledge) -> Iterator[Complaint]:
        """Check the conditions outside rule files."""
        for path, keys, condition in other_conditions(knowledge):
            for mark, name, message in _unknown_names(condition, knowledge):
                yield place(path, message, *keys, mark=mark, word=name)


class TumourInScopeOnly(Lint):
    """Tumour type belongs to the scope: never into a rule's conditions, nor into a concept that rules name."""

    def rule(self, rule: Rule, knowledge: Knowledge) -> Iterator[Complaint]:
        """Check one rule."""
        for key, condition in conditions_of(rule):
            for mark in _tumours(condition):
                message = f"'{_TUMOUR}' in a condition; the tumour type belongs to scope"
                yield at(rule, message, key, mark=mark, word=_TUMOUR)

    def whole(self, knowledge: Knowledge) -> Iterator[Complaint]:
        """Check the concepts."""
        for concept in knowledge.concepts.values():
            for mark in _tumours(concept.when):
                message = f"'{_TUMOUR}' in a concept; the tumour type belongs to the scope of rules"
                yield place(concept.path, message, "when", mark=mark, word=_TUMOUR)


class OtherReferences(Lint):
    """Notes, precedence, conflicts and actions name rules and facts that exist."""

    def whole(self, knowledge: Knowledge) -> Iterator[Complaint]:
        """Check across files."""
        rules = knowledge.rules
        for note in knowledge.notes.values():
            for key, names in (("attached_to", note.attached_to), ("rules", note.rules)):
                for name, message in _unknown("rule", names, rules):
                    yield place(note.path, message, key, name)
            for name, message in _unknown("action", note.beside.actions if note.beside else (), knowledge.actions):
                yield place(note.path, message, "beside", "actions", name)
            if note.beside is not None and not any(map(note.beside.covers, knowledge.actions.values())):
                yield place(note.path, f"{note.id}: no action is about what it stands beside", "beside")
        notices = [name for name, note in knowledge.notes.items() if not note.attached_to]
        for number, entry in enumerate(knowledge.precedence):
            for key, what, names, known in (
                ("winners", "rule", entry.winners, rules),
                ("demoted", "rule", entry.demoted, rules),
                ("notices", "notice", entry.notices, notices),
            ):
                for name, message in _unknown(what, names, known):
                    yield place(PRECEDENCE, f"{entry.id}: {message}", number, key, name)
        for number, conflict in enumerate(knowledge.conflicts):
            named = [rule for side in conflict.sides for rule in side]
            for name, message in _unknown("rule", named, rules):
                yield place(CONFLICTS, f"{conflict.id}: {message}", number, "sides", name)
            for name, message in _unknown("fact", conflict.decided_by, knowledge.vocabulary.fields):
                yield place(CONFLICTS, f"{conflict.id}: {message}", number, "decided_by", name)
        for action in knowledge.actions.values():
            for number, (alone, _) in enumerate(action.alone):
                for name, message in _unknown("rule", sorted(alone), rules):
                    yield place(action.path, message, "alone", number, "rules", name)


class NothingGoesRound(Lint):
    """No concept and no rule rests, through others, on itself."""

    def whole(self, knowledge: Knowledge) -> Iterator[Complaint]:
        """Check across files."""
        conditions: dict[str, Condition] = {f"holds {c.id}": c.when for c in knowledge.concepts.values()}
        paths = {f"holds {c.id}": c.path for c in knowledge.concepts.values()}
        conditions |= {f"fired {rule}": condition for rule, condition in knowledge.conditions.items()}
        paths |= {f"fired {rule.id}": rule.path for rule in knowledge.rules.values()}
        done: set[str] = set()

        def visit(name: str, path: tuple[str, ...]) -> Iterator[Complaint]:
            if name in path:
                ring = " → ".join((*path[path.index(name) :], name))
                back = path[path.index(name) + 1] if name != path[-1] else name
                yield place(paths[name], f"conditions go round: {ring}", "when", word=back.partition(" ")[2])
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
        if isinstance(part, Compare | Known) and part.fact == _TUMOUR:
            yield part.mark
