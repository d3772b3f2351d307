"""What waits for one answer: questions of which one answer would bring urgent advice, or a choice of treatment.

An undetermined rule lacks facts. Each of them that people answer by choosing is supposed to be answered, one value
after the other, and the conditions that read it are read again (``inference.supposing``): where a rule then fires and
its ground would stand, the answer would bring it. Numbers are asked for as questions; of a laboratory result its
reading (low, normal, high) stands for the number. Of lists longer than ``MOST_ITEMS`` the items' facts stay questions.
A setting that the site has left unset is asked of the clinician as the judgement it stands for, which is always among
the missing facts beside it.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping

from oncocds.advice.case import Case
from oncocds.advice.first import Brought, Choice, Decision
from oncocds.advice.grounds import Grounds
from oncocds.advice.items import subjects
from oncocds.advice.left_out import LeftOutRecords
from oncocds.advice.part import Bilingual
from oncocds.advice.precedence import apply_precedence
from oncocds.advice.questions import Labels
from oncocds.advice.topics import Topics
from oncocds.advice.values import Values
from oncocds.advice.views import bilingual
from oncocds.inference.inference import Conclusion, Inference
from oncocds.inference.supposing import Affected, Bits, Supposing, bits_of
from oncocds.knowledge.knowledge import Knowledge
from oncocds.knowledge.models import URGENCIES, Rule
from oncocds.profile.facts import PatientFacts
from oncocds.profile.finding import ITEM_PATH, Value, field_of
from oncocds.vocabulary.models import Field

_FEW = 8  # codes that are offered all; of longer sets only those that would bring something
MOST_ITEMS = 60  # of a longer list, what would follow is not worked out: facts of its items are questions alone
_YES, _NO = Bilingual(zh="是", en="yes"), Bilingual(zh="否", en="no")
_SETTING = "policy."


class Decisions:
    """Finds decisions; what does not depend on the patient is prepared once and shared by threads.

    ``derived`` are the facts that each derived fact is concluded from.
    """

    def __init__(
        self,
        knowledge: Knowledge,
        grounds: Grounds,
        labels: Labels,
        topics: Topics,
        values: Values,
        inference: Inference,
        derived: Mapping[str, frozenset[str]],
    ) -> None:
        self._knowledge = knowledge
        self._fields = knowledge.vocabulary.fields
        self._grounds, self._labels, self._topics, self._values = grounds, labels, topics, values
        self._inference = inference
        self._awaited = frozenset(one.id for one in knowledge.rules.values() if _awaited(one, knowledge))
        self._affected = dict(_affected(knowledge, inference.supposing, derived))
        self._titles = {rule.id: bilingual(rule.title) for rule in knowledge.rules.values()}
        read = frozenset().union(*inference.supposing.reads, *derived.values())
        self._item_fields = {
            name: tuple(fact.partition(".")[2] for fact in sorted(read) if fact.startswith(f"{name}."))
            for name in knowledge.vocabulary.lists
        }
        self._passages = {
            rule: [one for one in view.passages if one.role == "states"] for rule, view in grounds.views.items()
        }
        self._left_out = LeftOutRecords(knowledge, inference, derived, self._brought)
        self._codes = {name: self._codes_of(field) for name, field in self._fields.items()}

    def decisions(self, case: Case, facts: PatientFacts, conclusion: Conclusion) -> list[Decision]:
        """Return the decisions on a patient, the most urgent first, then those on which figures are recorded."""
        known = bits_of(conclusion.explanation.atoms)
        settings: dict[str, dict[str, None]] = defaultdict(dict)
        candidates: dict[str, dict[str, list[Bits]]] = defaultdict(dict)
        for rule, missing in case.missing().items():
            if rule not in self._awaited:
                continue
            for one in dict.fromkeys(self._askable(fact, facts) for fact in missing):
                affected = None if one is None else self._affected.get(field_of(one))
                if one is None or affected is None:
                    continue
                ways = self._inference.supposing.within_reach(rule, known, affected)
                if ways:
                    candidates[one][rule] = ways
                    settings[one] |= dict.fromkeys(fact for fact in missing if fact.startswith(_SETTING))
        by_topic: dict[str, list[tuple[str, list[Choice]]]] = defaultdict(list)
        alike: dict[object, tuple[str, list[Choice] | None]] = {}
        for fact, rules in candidates.items():
            kind = self._kind(facts, fact)
            if kind is not None and kind in alike:
                choices = _of_its_like(*alike[kind], fact)
            else:
                choices = self._choices(facts, conclusion, known, fact, rules)
                if kind is not None:
                    alike[kind] = (fact, choices)
            if choices is not None:
                by_topic[self._topics.of(fact)].append((fact, choices))
        decisions = [
            self._decision(case, topic, fact, choices, settings[fact])
            for topic, asked in by_topic.items()
            for fact, choices in _telling(asked)
        ]
        decisions += self._left_out.decisions(case, facts, conclusion, known)
        return sorted(decisions, key=_place)

    def _kind(self, facts: PatientFacts, fact: str) -> object:
        """Return what a fact of an item shares with the same fact of items recorded alike; None where nothing may be.

        Items that differ by nothing that is read but their ids are exchanged by renaming, unless something names them.
        """
        match = ITEM_PATH.fullmatch(fact)
        if match is None:
            return None
        name, identity, field = match.groups()
        if any(identity in (course.targets or ()) for course in facts.counted.radiotherapy or ()):
            return None
        item = next(one for one in facts.items(name) or () if one.id == identity)
        return name, field, tuple([item.recorded(one).value for one in self._item_fields[name]])

    def _askable(self, fact: str, facts: PatientFacts) -> str | None:
        """Return the fact that people answer by choosing, for a missing one; None where there is none."""
        group, _, rest = fact.partition(".")
        if group == "labs":
            reading = f"labs.{rest.partition('.')[0]}.interpretation"
            return reading if facts.finding(reading).value is None else None
        match = ITEM_PATH.fullmatch(fact)
        field = self._fields.get(field_of(fact))
        if match is not None and len(facts.items(match[1]) or ()) > MOST_ITEMS:
            return None
        if field is None or field.world in ("policy", "derived") or field.type not in ("boolean", "code", "codes"):
            return None
        return fact

    def _choices(
        self, facts: PatientFacts, conclusion: Conclusion, known: Bits, fact: str, rules: Mapping[str, list[Bits]]
    ) -> list[Choice] | None:
        """Return the possible answers to a fact that would let rules fire in some ways; None where none would."""
        name, supposing = field_of(fact), self._inference.supposing
        field, affected = self._fields[name], self._affected[name]
        asked = 0
        for true, false in (way for ways in rules.values() for way in ways):
            asked |= true | false
        choices, telling = [], False
        for value in self._codes[name]:
            supposed = facts.supposing(fact, value, affected.derived)
            true, false = supposing.told(supposed, known, affected, asked)
            fired = [rule for rule, ways in rules.items() if any(not (t & ~true | f & ~false) for t, f in ways)]
            brings = []
            if fired:
                values = supposing.values(supposed, conclusion.explanation.atoms, affected)
                brings = list(self._brought(supposed, self._inference.concluded(supposed, values), fired))
            telling = telling or bool(brings)
            if brings or len(self._codes[name]) <= _FEW:
                recorded = list(value) if isinstance(value, tuple) else value
                choices.append(Choice.of(value=recorded, label=self._answer(field, value), brings=brings))
        return choices if telling else None

    def _brought(self, facts: PatientFacts, then: Conclusion, reached: list[str]) -> Iterator[Brought]:
        case = Case(self._knowledge, facts, then)
        fired = [rule for rule in reached if case.verdicts[rule] is True]
        demotable = set(fired)
        entries = tuple([one for one in self._knowledge.precedence if not demotable.isdisjoint(one.demoted)])
        demoted = apply_precedence(entries, case.verdicts, case.others, case.lesions, case.lesions_of)
        for rule_id in fired:
            rule = self._knowledge.rules[rule_id]
            action = None if rule.action is None else self._knowledge.actions[rule.action]
            for lesion in [None] if action is None else subjects(case, action, rule_id):
                urgency = self._grounds.standing(case, rule_id, lesion, demoted)
                if urgency is not None:
                    yield Brought.of(
                        rule=rule_id,
                        action=rule.action,
                        lesion=lesion,
                        title=self._titles[rule_id],
                        urgency=urgency,
                        passages=self._passages[rule_id],
                    )

    def _decision(self, case: Case, topic: str, fact: str, choices: list[Choice], settings: Iterable[str]) -> Decision:
        label = self._labels.of(fact)
        return Decision.of(
            id=fact,
            topic=topic,
            fact=fact,
            question=Bilingual.of(zh=f"{label.zh}？", en=f"{label.en}?"),
            urgency=min((one.urgency for choice in choices for one in choice.brings), key=URGENCIES.index),
            values=self._values.about(case, self._topics.facts(topic)),
            known=self._topics.known(topic, case),
            answers=choices,
            settings=list(settings),
        )

    def _codes_of(self, field: Field) -> tuple[Value, ...]:
        if field.type == "boolean":
            return (True, False)
        if field.value_set is None:
            return ()
        members = self._knowledge.vocabulary.value_sets[field.value_set].members.values()
        codes = [one.code for one in members if not one.missing and not one.open]
        return tuple((code,) if field.type == "codes" else code for code in codes)

    def _answer(self, field: Field, value: Value) -> Bilingual:
        if isinstance(value, bool):
            return _YES if value else _NO
        code = value[0] if isinstance(value, tuple) else value
        assert field.value_set is not None
        return bilingual(self._knowledge.vocabulary.value_sets[field.value_set].members[str(code)].label)


def _awaited(rule: Rule, knowledge: Knowledge) -> bool:
    """Tell whether a rule is worth a decision: it may be critical or a warning, or it is a choice of treatment."""
    if set(rule.urgencies()) & {"critical", "warning"}:
        return True
    action = None if rule.action is None else knowledge.actions[rule.action]
    return rule.kind == "recommendation" and action is not None and not action.background


def _affected(
    knowledge: Knowledge, supposing: Supposing, derived: Mapping[str, frozenset[str]]
) -> Iterator[tuple[str, Affected]]:
    atoms: dict[str, int] = defaultdict(int)
    for number, facts in enumerate(supposing.reads):
        for fact in facts:
            for one in (fact, *derived.get(fact, ())):
                atoms[one] |= 1 << number
    concluded: dict[str, set[str]] = defaultdict(set)
    for name, facts in derived.items():
        for fact in facts:
            concluded[fact].add(name)
    for fact, found in atoms.items():
        field = knowledge.vocabulary.fields.get(fact)
        if field is not None:
            changing = found & supposing.asks if field.world == "input" else found
            yield fact, Affected(found, changing, frozenset(concluded[fact]))


def _of_its_like(fact: str, choices: list[Choice] | None, other: str) -> list[Choice] | None:
    """Return the choices of a fact of one item for the same fact of an item recorded alike."""
    if choices is None:
        return None
    one, two = (_identity(path) for path in (fact, other))
    exchanged = {one: two, two: one}
    return [
        Choice.of(**{**vars(choice), "brings": [_exchanged(brought, exchanged) for brought in choice.brings]})
        for choice in choices
    ]


def _exchanged(brought: Brought, exchanged: Mapping[str, str]) -> Brought:
    lesion = brought.lesion
    return brought if lesion is None else Brought.of(**{**vars(brought), "lesion": exchanged.get(lesion, lesion)})


def _identity(path: str) -> str:
    match = ITEM_PATH.fullmatch(path)
    assert match is not None
    return match[2]


def _telling(asked: list[tuple[str, list[Choice]]]) -> Iterator[tuple[str, list[Choice]]]:
    """Yield the questions of a topic without those that would bring nothing that another does not bring as well."""
    told: set[tuple[str, str | None, str]] = set()
    for fact, choices in sorted(asked, key=lambda one: (_rank(one[1]), -len(_brings(one[1])), one[0])):
        brings = _brings(choices)
        if not brings <= told:
            told |= brings
            yield fact, choices


def _brings(choices: list[Choice]) -> set[tuple[str, str | None, str]]:
    return {(one.rule, one.lesion, one.urgency) for choice in choices for one in choice.brings}


def _rank(choices: list[Choice]) -> int:
    return min(URGENCIES.index(one.urgency) for choice in choices for one in choice.brings)


def _place(decision: Decision) -> tuple[int, bool, int, str]:
    rules = {one.rule for choice in decision.answers for one in choice.brings}
    return (URGENCIES.index(decision.urgency), not decision.values, -len(rules), decision.id)
