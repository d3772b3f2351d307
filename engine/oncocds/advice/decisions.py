"""What waits for one answer: questions of which one answer would bring urgent advice, or a choice of treatment.

An undetermined rule lacks facts. Each of them that people answer by choosing is supposed to be answered, one value
after the other, and the conditions that read it are read again (``inference.supposing``): where a rule then fires and
its ground would stand, the answer would bring it. Numbers are asked for as questions; of a laboratory result its
reading (low, normal, high) stands for the number, and where none does (albumin), what its topic says is judged by it,
if something recorded speaks for it: else nearly every answer would begin with a number that is missing.
Of lists longer than ``MOST_ITEMS``, and of those whose items differ
so much that more than ``MOST_READ`` items would be read again, the items' facts stay questions.
A setting that the site has left unset is asked of the clinician as the judgement it stands for, which is always among
the missing facts beside it.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Collection, Hashable, Iterable, Iterator, Mapping

from oncocds.advice.affected import affected_by_facts
from oncocds.advice.bringing import Bringing
from oncocds.advice.case import Case
from oncocds.advice.choices import Choices
from oncocds.advice.first import Brought, Choice, Decision
from oncocds.advice.grounds import Grounds
from oncocds.advice.left_out import LeftOutRecords
from oncocds.advice.part import Bilingual
from oncocds.advice.questions import Labels
from oncocds.advice.suspicion import Suspicions
from oncocds.advice.topics import Topics
from oncocds.advice.values import Values
from oncocds.advice.views import bilingual
from oncocds.inference.inference import Conclusion, Inference
from oncocds.inference.supposing import Affected, Bits, bits_of, within_reach
from oncocds.knowledge.knowledge import Knowledge
from oncocds.knowledge.models import URGENCIES, Rule
from oncocds.profile.facts import PatientFacts
from oncocds.profile.finding import SETS, field_of, in_item
from oncocds.profile.identity import Place, in_order
from oncocds.vocabulary.models import Field
from oncocds.vocabulary.topics import Judged

MOST_ITEMS = 60  # of a longer list, what would follow is not worked out: facts of its items are questions alone
MOST_READ = 8_000  # items that are read again for the facts of one list: each that differs, beside all the others
_SETTING = "policy."
_NAME = "name"  # of a drug


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
        self._labels, self._topics, self._values = labels, topics, values
        self._suspicions = Suspicions(knowledge.vocabulary)
        self._supposing = inference.supposing
        bringing = Bringing(knowledge, grounds, inference)
        self._choices = Choices(knowledge, bringing, inference.supposing)
        self._left_out = LeftOutRecords(knowledge, bringing, inference.supposing, derived)
        self._awaited = frozenset(one.id for one in knowledge.rules.values() if awaited(one, knowledge))
        self._affected = affected_by_facts(knowledge.vocabulary, inference.supposing, derived)
        self._in_conditions = frozenset().union(*inference.supposing.reads)
        read = self._in_conditions.union(*derived.values())
        self._item_fields = {
            name: tuple(fact.partition(".")[2] for fact in sorted(read) if fact.startswith(f"{name}."))
            for name in knowledge.vocabulary.lists
        }

    def decisions(self, case: Case, facts: PatientFacts, conclusion: Conclusion) -> list[Decision]:
        """Return the decisions on a patient, the most urgent first, then those on which figures are recorded."""
        known = bits_of(conclusion.atoms)
        settings: dict[str, dict[str, None]] = defaultdict(dict)
        candidates: dict[str, dict[str, list[Bits]]] = defaultdict(dict)
        asked: dict[str, str | None] = {}
        affected: dict[str, Affected] = {}
        for rule, missing in case.missing().items():
            if rule not in self._awaited:
                continue
            for fact in missing:
                if fact not in asked:
                    asked[fact] = self._asked(fact, facts)
            ways = self._supposing.ways(rule, known)
            for one in dict.fromkeys(map(asked.__getitem__, missing)):
                if one is None:
                    continue
                if one not in affected:
                    affected[one] = self._affected[field_of(one)]
                if reached := within_reach(ways, affected[one]):
                    candidates[one][rule] = reached
                    settings[one] |= dict.fromkeys(fact for fact in missing if fact.startswith(_SETTING))
        by_topic: dict[str, list[tuple[str, list[Choice]]]] = defaultdict(list)
        alike: dict[object, tuple[str, list[Choice] | None]] = {}
        items: dict[str, Hashable] = {}
        apart = self._apart(facts)
        kinds = {fact: self._kind(facts, fact, items, apart) for fact in candidates}
        beyond = _beyond(kinds, sum(len(facts.items(name) or ()) for name in self._item_fields))
        for fact, rules in candidates.items():
            if fact.partition("[")[0] in beyond:
                continue
            kind = kinds[fact]
            if kind is not None and kind in alike:
                choices = _of_its_like(*alike[kind], fact)
            else:
                choices = self._choices.of(facts, known, fact, affected[fact], rules)
                if kind is not None:
                    alike[kind] = (fact, choices)
            if choices is not None:
                by_topic[self._topics.of(fact)].append((fact, choices))
        decisions = [
            self._decision(case, topic, fact, choices, settings[fact])
            for topic, found in by_topic.items()
            for fact, choices in _telling(found, self._topics.judged(topic))
        ]
        decisions += self._left_out.decisions(case, facts, known)
        return sorted(decisions, key=_place)

    def _kind(self, facts: PatientFacts, fact: str, items: dict[str, Hashable], apart: Collection[str]) -> Hashable:
        """Return what a fact of an item shares with the same fact of items recorded alike; None where nothing may be.

        Items that differ by nothing that is read but their ids are exchanged by renaming, unless something names them.
        ``items`` keeps what was recorded of each; ``apart`` are drugs that are exchanged with their names.
        """
        match = in_item(fact)
        if match is None:
            return None
        name, identity, field = match.groups()
        path = f"{name}[{identity}]"
        if path not in items:
            alone = len(facts.items(name) or ()) == 1
            items[path] = None if alone else self._recorded(facts, name, identity, apart)
        return None if items[path] is None else (name, field, items[path])

    def _recorded(self, facts: PatientFacts, name: str, identity: str, apart: Collection[str]) -> Hashable:
        if any(identity in (course.targets or ()) for course in facts.counted.radiotherapy or ()):
            return None
        item = facts.item(name, identity)
        assert item is not None
        fields = self._item_fields[name]
        if name == "medications" and identity in apart:
            fields = tuple([one for one in fields if one != _NAME])
        return fields, tuple([item.recorded(one).value for one in fields])

    def _apart(self, facts: PatientFacts) -> Collection[str]:
        """Return the drugs with a name that none else has, where names only tell whether two drugs have the same."""
        if f"medications.{_NAME}" in self._in_conditions:
            return ()
        drugs = {one.id: str(one.finding(_NAME).value).casefold() for one in facts.items("medications") or ()}
        called = Counter(drugs.values())
        return {identity for identity, name in drugs.items() if called[name] == 1}

    def _asked(self, missing: str, facts: PatientFacts) -> str | None:
        """Return the fact that people answer by choosing, for a missing one; None where there is none."""
        fact = name = missing
        group, _, rest = missing.partition(".")
        if group == "labs":
            fact = name = f"labs.{rest.partition('.')[0]}.interpretation"
            if name not in self._affected and (judged := self._topics.judged(self._topics.of(missing))) is not None:
                fact = name = judged.fact
                if not self._suspicions.speaks_for(fact, facts):
                    return None
            if facts.finding(fact).used:  # that it is recorded as no is an answer as well
                return None
        elif (match := in_item(missing)) is not None:
            name = f"{match[1]}.{match[3]}"
            if len(facts.items(match[1]) or ()) > MOST_ITEMS:
                return None
        field = self._fields.get(name)
        # Whether a set that is recorded holds more is a question, as it is of a list.
        if field is None or not answerable(field) or (name in SETS and facts.incomplete(name)):
            return None
        return fact if name in self._affected else None

    def _decision(self, case: Case, topic: str, fact: str, choices: list[Choice], settings: Iterable[str]) -> Decision:
        judged = self._topics.judged(topic)
        stands_in = judged is not None and judged.fact == fact
        label = bilingual(judged.label) if judged and stands_in else self._labels.chosen(fact, case.names)
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


def answerable(field: Field) -> bool:
    """Tell whether people answer a question for a fact by choosing."""
    return field.world not in ("policy", "derived") and field.type in ("boolean", "code", "codes")


def awaited(rule: Rule, knowledge: Knowledge) -> bool:
    """Tell whether a rule is worth a decision: it may be critical or a warning, or it is a choice of treatment."""
    if set(rule.urgencies()) & {"critical", "warning"}:
        return True
    action = None if rule.action is None else knowledge.actions[rule.action]
    return rule.kind == "recommendation" and action is not None and not action.background


def _beyond(kinds: Mapping[str, object], items: int) -> set[str]:
    """Return the lists of whose items too much would have to be read again; ``items``: how many there are in all."""
    different: dict[str, set[object]] = defaultdict(set)
    for fact, kind in kinds.items():
        name, of_item, _ = fact.partition("[")
        if of_item:
            different[name].add(fact if kind is None else kind)
    return {name for name, found in different.items() if len(found) * items > MOST_READ}


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
    match = in_item(path)
    assert match is not None
    return match[2]


def _telling(asked: list[tuple[str, list[Choice]]], last: Judged | None) -> Iterator[tuple[str, list[Choice]]]:
    """Yield the questions of a topic without those that would bring nothing that another does not bring as well.

    What is asked in the place of a number is asked where nothing else would do.
    """
    told: set[tuple[str, str | None, str]] = set()
    stands_in = None if last is None else last.fact
    order = sorted(asked, key=lambda one: (_rank(one[1]), -len(_brings(one[1])), one[0] == stands_in, in_order(one[0])))
    for fact, choices in order:
        brings = _brings(choices)
        if not brings <= told:
            told |= brings
            yield fact, choices


def _brings(choices: list[Choice]) -> set[tuple[str, str | None, str]]:
    return {(one.rule, one.lesion, one.urgency) for choice in choices for one in choice.brings}


def _rank(choices: list[Choice]) -> int:
    return min(URGENCIES.index(one.urgency) for choice in choices for one in choice.brings)


def _place(decision: Decision) -> tuple[int, bool, int, Place]:
    rules = {one.rule for choice in decision.answers for one in choice.brings}
    return (URGENCIES.index(decision.urgency), not decision.values, -len(rules), in_order(decision.id))
