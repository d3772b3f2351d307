"""Under which section of the briefing a rule is named, as terms: the reading of ``oncocds.advice.grounds``, ``items``
and ``briefing``.

A ground has the urgency of its rule, raised by conditions, lowered and raised by notes; an item that of the most urgent
of its grounds that stand; a line that of its items, those of actions that join it included. What waits for one answer
(``decide``) is found by supposing answers and is not told here.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property

from oncocds.knowledge.knowledge import Knowledge
from oncocds.knowledge.models import URGENCIES, Action, Note, Raised, Urgency
from oncocds_cohort.answers import Answers, Dues, Flags, Placed
from oncocds_cohort.columns.conditions import Reading
from oncocds_cohort.columns.facts import OpenFacts, OpenItem
from oncocds_cohort.columns.precedence import Standing
from oncocds_cohort.columns.terms import FALSE, Term, all_of, boolean, either_of, exists, negation_of

_LESIONS = "lesions"


@dataclass(frozen=True, slots=True)
class _Urgent:
    """When something is critical, and when it is a warning or critical; else it is for information."""

    critical: Term
    pressing: Term

    def within(self, condition: Term) -> Mapping[Urgency, Term]:
        """Return by its urgency when a condition holds."""
        warning = all_of([self.pressing, negation_of(self.critical)])
        told: Mapping[Urgency, Term] = {
            "critical": self.critical,
            "warning": warning,
            "info": negation_of(self.pressing),
        }
        return {urgency: all_of([condition, one]) for urgency, one in told.items()}


@dataclass(frozen=True, slots=True)
class _Ground:
    """When a rule has a ground that stands, when one that steps back, and how urgent it is."""

    rule: str
    stands: Term
    back: Term
    urgent: _Urgent


class Sections:
    """Tells in which lines a rule is named."""

    def __init__(self, knowledge: Knowledge, facts: OpenFacts, reading: Reading, standing: Standing) -> None:
        self._knowledge, self._facts = knowledge, facts
        self._reading, self._standing = reading, standing
        self._of_action: dict[str, list[str]] = defaultdict(list)
        for rule in knowledge.conditions:
            if (action := knowledge.rules[rule].action) is not None:
                self._of_action[action].append(rule)

    def placed(self) -> Iterator[tuple[str, Placed, Term]]:
        """Yield of each rule and section when the briefing names the rule in a line of that section."""
        for action_id in self._of_action:
            action = self._knowledge.actions[action_id]
            for rule, named in self._named[action_id].items():
                for section, when in self._lines(action, named).items():
                    yield rule, section, when
            for rule, back in self._back[action_id].items():
                yield rule, "stepped_back", back

    def _lines(self, action: Action, named: Mapping[Urgency, Term]) -> Mapping[Placed, Term]:
        if action.background:
            return _sections(named, by_info="background")
        if action.joins is None:
            return _sections(self._with_tails(action.id, named))
        head = self._any_of(action.joins)
        some, headed = either_of(named.values()), either_of(head.values())
        joined = {urgency: all_of([some, one]) for urgency, one in self._with_tails(action.joins, head).items()}
        own = {urgency: all_of([one, negation_of(headed)]) for urgency, one in named.items()}
        return _sections({urgency: either_of([joined[urgency], own[urgency]]) for urgency in named})

    def _with_tails(self, head: str, named: Mapping[Urgency, Term]) -> Mapping[Urgency, Term]:
        """Return the urgency of a line: at least that of what is said after it."""
        tails = [self._any_of(one) for one in self._of_action if self._knowledge.actions[one].joins == head]
        if not tails:
            return named
        critical, warning = (either_of(one[urgency] for one in tails) for urgency in ("critical", "warning"))
        tail = _Urgent(critical, either_of([critical, warning]))
        # A rule may be named at several urgencies, each a line of its own.
        raised = {urgency: tail.within(one) for urgency, one in named.items()}
        return {
            "critical": either_of([named["critical"], raised["warning"]["critical"], raised["info"]["critical"]]),
            "warning": either_of([raised["warning"]["warning"], raised["warning"]["info"], raised["info"]["warning"]]),
            "info": raised["info"]["info"],
        }

    def _any_of(self, action: str) -> Mapping[Urgency, Term]:
        """Return by urgency when there is an item of an action of which something stands."""
        rules = self._named[action].values()
        return {urgency: either_of(one[urgency] for one in rules) for urgency in URGENCIES}

    @cached_property
    def _grounds(self) -> Mapping[str, tuple[OpenItem, list[_Ground], list[_Ground]]]:
        """The grounds of each action: about a lesion, and about the patient."""
        found = {}
        for action, rules in self._of_action.items():
            lesion = self._facts.fresh(_LESIONS)
            per_lesion = self._knowledge.actions[action].per_lesion
            of_lesion = [self._ground(rule, lesion) for rule in rules] if per_lesion else []
            abouts = [
                exists(lesion.variable, self._standing.witness(rule, lesion)) if per_lesion else FALSE for rule in rules
            ]
            of_patient = [self._ground(rule, None, about) for rule, about in zip(rules, abouts, strict=True)]
            found[action] = (lesion, of_lesion, of_patient)
        return found

    @cached_property
    def _named(self) -> Mapping[str, Mapping[str, Mapping[Urgency, Term]]]:
        """By action and rule: when a ground of the rule stands in an item of each urgency."""
        found: dict[str, dict[str, Mapping[Urgency, Term]]] = {}
        for action, (lesion, of_lesion, of_patient) in self._grounds.items():
            here, there = _item(of_lesion), _item(of_patient)
            of_rule: dict[str, list[Mapping[Urgency, Term]]] = defaultdict(list)
            for one in of_lesion:
                told = here.within(one.stands).items()
                of_rule[one.rule].append({urgency: exists(lesion.variable, when) for urgency, when in told})
            for one in of_patient:
                of_rule[one.rule].append(there.within(one.stands))
            found[action] = {
                rule: {urgency: either_of(one[urgency] for one in told) for urgency in told[0]}
                for rule, told in of_rule.items()
            }
        return found

    @cached_property
    def _back(self) -> Mapping[str, Mapping[str, Term]]:
        """By action and rule: when a ground of the rule stepped back in an item of which nothing stands."""
        found: dict[str, dict[str, Term]] = {}
        for action, (lesion, of_lesion, of_patient) in self._grounds.items():
            back: dict[str, list[Term]] = defaultdict(list)
            for grounds in (of_lesion, of_patient):
                nothing = negation_of(either_of(one.stands for one in grounds))
                for one in grounds:
                    whole = all_of([one.back, nothing])
                    back[one.rule].append(exists(lesion.variable, whole) if grounds is of_lesion else whole)
            found[action] = {rule: either_of(told) for rule, told in back.items()}
        return found

    def _ground(self, rule: str, lesion: OpenItem | None, elsewhere: Term = FALSE) -> _Ground:
        """Return the ground of a rule about a lesion, or about the patient where it is about no lesion."""
        about = negation_of(elsewhere) if lesion is None else self._standing.witness(rule, lesion)
        there = all_of([self._standing.fires(rule), about])
        back = self._standing.steps_back(rule, lesion)
        stands = all_of([there, negation_of(back)])
        return _Ground(rule, stands, all_of([there, back]), self._urgency(rule, lesion))

    def _urgency(self, rule_id: str, lesion: OpenItem | None) -> _Urgent:
        """Return a rule's urgency as it is raised, lowered by notes that cap it, then raised by those that have one."""
        rule = self._knowledge.rules[rule_id]
        notes = [(note, self._shown(note, lesion)) for note in self._attached(rule_id)]
        raised = [(one, self._raises(one, lesion)) for one in rule.raised]

        def at_least(*urgencies: Urgency) -> Term:
            own = [boolean(rule.urgency in urgencies), *(when for one, when in raised if one.urgency in urgencies)]
            caps = [when for note, when in notes if note.at_most is not None and note.at_most not in urgencies]
            lowered = all_of([either_of(own), negation_of(either_of(caps))])
            return either_of([lowered, *(when for note, when in notes if note.urgency in urgencies)])

        return _Urgent(at_least("critical"), at_least("critical", "warning"))

    def _attached(self, rule: str) -> Iterator[Note]:
        return (note for note in self._knowledge.notes.values() if rule in note.attached_to)

    def _shown(self, note: Note, lesion: OpenItem | None) -> Term:
        shown = self._standing.shown(note.id)
        if note.when is None or lesion is None or not note.same_lesion:
            return shown
        return all_of([shown, self._reading.witnesses(note.when, lesion)])

    def _raises(self, raised: Raised, lesion: OpenItem | None) -> Term:
        """Return when a rule is raised; about a lesion, a condition on lesions has to be true of that one."""
        if lesion is None:
            return self._reading.condition(raised.when).true
        return self._standing.about(raised.when, lesion)


def late_first(answers: Answers, due: Mapping[str, Dues], knowledge: Knowledge) -> dict[tuple[str, Placed], Flags]:
    """Return the sections with what is overdue out of the background: its item is considered, all its rules with it.

    When something is due is told of patients, and so are the items of background actions that say it (a test checks).
    """
    found = dict(answers.sections)
    late: dict[str, Flags] = {}  # by the action
    for name, one in due.items():
        for rule in knowledge.vocabulary.monitoring[name].rules:
            action = knowledge.rules[rule].action
            if action is not None and (rule, "background") in found:
                here = found[rule, "background"] & one.overdue
                late[action] = late[action] | here if action in late else here
    for (rule, section), flags in answers.sections.items():
        action = knowledge.rules[rule].action
        if section == "background" and action in late:
            moved = flags & late[action]
            found[rule, "background"] = flags & ~moved
            found[rule, "consider"] = found[rule, "consider"] | moved if (rule, "consider") in found else moved
    return found


def _item(grounds: Iterable[_Ground]) -> _Urgent:
    """Return the urgency of an item: the highest of its grounds that stand."""
    told = [(one.stands, one.urgent) for one in grounds]
    return _Urgent(
        either_of(all_of([stands, urgent.critical]) for stands, urgent in told),
        either_of(all_of([stands, urgent.pressing]) for stands, urgent in told),
    )


def _sections(named: Mapping[Urgency, Term], by_info: Placed = "consider") -> Mapping[Placed, Term]:
    return {"now": named["critical"], "do": named["warning"], by_info: named["info"]}
