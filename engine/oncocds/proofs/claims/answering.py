"""What a decision promises comes true when its answer is given."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from oncocds.advice.conditions import shaping_conditions
from oncocds.language.tree import Condition
from oncocds.language.unparse import condition_text
from oncocds.profile.models import ITEM_LISTS
from oncocds.proofs.claims.claim import Claim, Question, Replayed
from oncocds.proofs.recorded import name_of
from oncocds.proofs.situation import Situation
from oncocds.proofs.supposed import Answering, Supposed, different
from oncocds.proofs.terms import all_of, either_of, negation_of
from oncocds.text import Text


class AnswersMoveWhatIsReadAgain(Claim):
    """An answer moves nothing but what is said to be affected by it: all else may be taken over.

    Of the atoms of all conditions and of the derived facts they rest on. Of a list that may hold one more item the
    same: what is not said to be affected does not read it at all.
    """

    id = "answers-move-what-is-read-again"
    says = Text(
        "回答一个问题，只改变为此重新读取的条件",
        "An answer moves only what is read again when it is supposed",
    )

    def questions(self, situation: Situation) -> Iterator[Question]:
        """Ask, per atom and per derived fact, for a patient of whom other answers move it."""
        answering = Answering(situation)
        read: list[tuple[str, _Seen, frozenset[str], list[tuple[Any, Any]]]] = []
        for number, atom in answering.atoms.items():
            before, after = answering.atom(atom), answering.atom(atom, "after")
            moves = frozenset(name for name, one in answering.affected.items() if one.atoms >> number & 1)
            pairs = [(before.true, after.true), (before.false, after.false)]
            read.append((condition_text(atom), _Turning(atom), moves, pairs))
        for fact in answering.derived:
            moves = frozenset(name for name, one in answering.affected.items() if fact in one.derived)
            # The field that is answered is read again at every item, whatever is derived from it.
            pairs = [*zip(answering.terms(fact), answering.terms(fact, "after"), strict=True)]
            read.append((fact, _Moving(fact), moves | {fact}, pairs))
        for subject, seen, moves, pairs in read:
            yield Question(subject, (), answering.moved_by_others(moves, pairs), seen.before, then=seen.after)
        for name in answering.by_items:  # two patients who differ in a list: no answer of one patient shows it
            yield Question(f"one more of {name}", (), answering.moved_by_items(name), lambda _: False)


class DecisionsComeTrue(Claim):
    """Of a rule that waits for one answer the engine supposes what it concludes once the answer is given.

    That is: whether it fires and, where it does, what decides whether it stands and how urgent it is. Asked is what
    does not follow from the claims that conditions keep their answers and that answers move what is read again.
    """

    id = "decisions-come-true"
    says = Text(
        "“一答可定”所承诺的，作答后即成立",
        "What a decision promises comes true when its answer is given",
    )

    def questions(self, situation: Situation) -> Iterator[Question]:
        """Ask, per rule and per fact that it asks for, for a patient who is promised something else."""
        answering = Answering(situation)
        knowledge, recorded = situation.knowledge, situation.reading.recorded
        named = {**shaping_conditions(knowledge), **knowledge.conditions}
        supposed = {name: Supposed(answering, one) for name, one in answering.affected.items()}
        for rule in answering.rules:
            after = situation.reading.rule(rule, "after").true
            beside = [named[one] for one in answering.shaping(rule) if one != rule]
            for name, paths in _asked(rule, answering).items():
                if not answering.open_to(rule, name):
                    continue
                reading = supposed[name]
                before = reading.condition(knowledge.conditions[rule]).true
                apart = either_of(
                    different(reading.condition(one).true, situation.reading.condition(one, "after").true)
                    for one in beside
                )
                wrong = either_of([different(before, after), all_of([before, apart])])
                answered = either_of(
                    all_of([asked, recorded.known(path, "after"), recorded.learns_only(path)])
                    for path, asked in paths.items()
                )
                formula = all_of([situation.rule(rule).unknown, answered, wrong])
                seen = _Promising(rule, name)
                yield Question(f"{rule} asks {name}", (rule,), formula, seen.before, then=seen.after)


def _asked(rule: str, answering: Answering) -> Mapping[str, Mapping[str, Any]]:
    """Return the facts whose answer a rule may wait for, by field and path, each with when it is asked.

    Of a laboratory result its reading is asked for, whatever is missing of it, or what is judged by it.
    """
    situation = answering.situation
    judged = {
        fact: topic.judged.fact
        for topic in situation.knowledge.vocabulary.topics.values()
        if topic.judged is not None
        for fact in situation.knowledge.vocabulary.fields
        if any(fact.startswith(f"{one}.") for one in topic.facts)
    }
    found: dict[str, dict[str, list[Any]]] = {}
    for path, asked in situation.rule(rule).missing.conditions.items():
        group, _, rest = path.partition(".")
        name, fact, when = name_of(path), path, asked
        if group == "labs":
            name = fact = f"labs.{rest.partition('.')[0]}.interpretation"
            if name not in answering.affected:
                name = fact = judged.get(path, name)
            when = all_of([asked, negation_of(situation.facts.finding(fact).known)])
        if name in answering.affected:
            found.setdefault(name, {}).setdefault(fact, []).append(when)
    return {name: {path: either_of(asked) for path, asked in paths.items()} for name, paths in found.items()}


class _Seen:
    """What the engine says of a patient before an answer, and whether it says otherwise after it."""

    def __init__(self) -> None:
        self._before: Any = None

    def told(self, patient: Replayed) -> Any:
        raise NotImplementedError

    def before(self, patient: Replayed) -> bool:
        self._before = self.told(patient)
        return True

    def after(self, patient: Replayed) -> bool:
        return bool(self.told(patient) != self._before)


class _Turning(_Seen):
    """The truth of a condition."""

    def __init__(self, condition: Condition) -> None:
        super().__init__()
        self._condition = condition

    def told(self, patient: Replayed) -> Any:
        return patient.truth(self._condition)


class _Moving(_Seen):
    """The value of a derived fact, of every item where it is about items."""

    def __init__(self, fact: str) -> None:
        super().__init__()
        self._fact = fact

    def told(self, patient: Replayed) -> Any:
        name, _, field = self._fact.partition(".")
        if name in ITEM_LISTS:
            return [item.finding(field).value for item in patient.facts.items(name) or ()]
        return patient.facts.finding(self._fact).value


class _Promising(_Seen):
    """What a rule would bring by any answer to a fact, against what it brings once one is given."""

    def __init__(self, rule: str, name: str) -> None:
        super().__init__()
        self._rule, self._name = rule, name

    def before(self, patient: Replayed) -> bool:
        self._before = {
            (decision.fact, repr(choice.value)): {
                (one.lesion, one.urgency) for one in choice.brings if one.rule == self._rule
            }
            for decision in patient.begun().decisions
            for choice in decision.answers
            if name_of(decision.fact) == self._name
        }
        return bool(self._before)

    def after(self, patient: Replayed) -> bool:
        brought = {
            (item.lesion, ground.urgency)
            for item in patient.evaluation.advice
            for ground in item.grounds
            if ground.rule == self._rule and ground.status == "active"
        }
        return any(
            promised != brought
            for (fact, value), promised in self._before.items()
            if repr(_listed(patient.facts.recorded(fact))) == value
        )


def _listed(value: Any) -> Any:
    return list(value) if isinstance(value, tuple) else value
