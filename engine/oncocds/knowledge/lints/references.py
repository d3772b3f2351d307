"""Whatever a file names must exist, and whatever exists must be used."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from oncocds.errors import Issue
from oncocds.knowledge.knowledge import Knowledge
from oncocds.knowledge.lints.lint import Lint, at
from oncocds.knowledge.models import Rule
from oncocds.language import references
from oncocds.language.tree import Compare, Condition
from oncocds.reading.nearest import suggestion


def _unknown(what: str, names: Iterable[str], known: Iterable[str]) -> Iterator[str]:
    known = tuple(known)
    for name in names:
        if name not in known:
            yield f"unknown {what} '{name}'{suggestion(name, known)}"


class RuleReferences(Lint):
    """A rule's action, flags, supported rules, concepts and fired rules exist."""

    def rule(self, rule: Rule, knowledge: Knowledge) -> Iterator[Issue]:
        """Check one rule."""
        found = [
            *_unknown("action", [rule.action] if rule.action else [], knowledge.actions),
            *_unknown("flag", rule.flags, knowledge.flags),
            *_unknown("rule in supports:", rule.supports, knowledge.rules),
        ]
        for condition in _conditions_of(rule):
            found += _unknown("concept", sorted(references.concepts(condition)), knowledge.concepts)
            found += _unknown("rule after fired:", sorted(references.rules(condition)), knowledge.conditions)
        for supported in rule.supports:
            if supported in knowledge.rules and knowledge.rules[supported].kind == "evidence":
                found.append(f"supports {supported}, which is itself evidence")
        yield from (at(rule, message) for message in found)


class TumourInScopeOnly(Lint):
    """Tumour type belongs to the scope, never into ``when``."""

    def rule(self, rule: Rule, knowledge: Knowledge) -> Iterator[Issue]:
        """Check one rule."""
        for condition in _conditions_of(rule):
            for part in references.walk(condition):
                if isinstance(part, Compare) and part.fact == "diagnosis.tumour_type":
                    yield at(rule, "'diagnosis.tumour_type' in a condition; the tumour type belongs to scope")


class OtherReferences(Lint):
    """Notes, precedence, conflicts and concepts name what exists; nothing lies about unused; nothing goes round."""

    def whole(self, knowledge: Knowledge) -> Iterator[Issue]:
        """Check across files."""
        rules = knowledge.rules
        for note in knowledge.notes.values():
            for message in _unknown("rule", (*note.attached_to, *note.rules), rules):
                yield Issue(note.path, 1, 1, message)
        for entry in knowledge.precedence:
            for message in _unknown("rule", (*entry.winners, *entry.demoted), rules):
                yield Issue("rules/precedence.yaml", 1, 1, f"{entry.id}: {message}")
        for conflict in knowledge.conflicts:
            named = [rule for side in conflict.sides for rule in side]
            for message in (
                *_unknown("rule", named, rules),
                *_unknown("fact", conflict.decided_by, knowledge.vocabulary.fields),
            ):
                yield Issue("rules/conflicts.yaml", 1, 1, f"{conflict.id}: {message}")
        for concept in knowledge.concepts.values():
            for message in _unknown("concept", sorted(references.concepts(concept.when)), knowledge.concepts):
                yield Issue(concept.path, 1, 1, message)
        used_actions = {rule.action for rule in rules.values()}
        for action in knowledge.actions.values():
            if action.id not in used_actions:
                yield Issue(action.path, 1, 1, f"no rule has the action '{action.id}'")
            for alone, _ in action.alone:
                for message in _unknown("rule", sorted(alone), rules):
                    yield Issue(action.path, 1, 1, message)
        used_flags = {flag for rule in rules.values() for flag in rule.flags}
        for flag in knowledge.flags.values():
            if flag.id not in used_flags:
                yield Issue(f"rules/flags/{flag.id}.yaml", 1, 1, f"no rule carries the flag '{flag.id}'")
        yield from self._round(knowledge)

    def _round(self, knowledge: Knowledge) -> Iterator[Issue]:
        conditions: dict[str, Condition] = {f"holds {c.id}": c.when for c in knowledge.concepts.values()}
        conditions |= {f"fired {rule}": condition for rule, condition in knowledge.conditions.items()}
        done: set[str] = set()

        def visit(name: str, path: tuple[str, ...]) -> Iterator[Issue]:
            if name in path:
                yield Issue("rules", 1, 1, "conditions go round: " + " → ".join((*path[path.index(name) :], name)))
            elif name not in done and name in conditions:
                inner = [f"holds {concept}" for concept in sorted(references.concepts(conditions[name]))]
                inner += [f"fired {rule}" for rule in sorted(references.rules(conditions[name]))]
                for other in inner:
                    yield from visit(other, (*path, name))
                done.add(name)

        for name in conditions:
            yield from visit(name, ())


def _conditions_of(rule: Rule) -> Iterator[Condition]:
    yield from (condition for condition in (rule.when, rule.attach_when) if condition is not None)
    if rule.extension is not None:
        yield rule.extension.when
    for pieces in rule.slots.values():
        yield from (piece.when for piece in pieces)
