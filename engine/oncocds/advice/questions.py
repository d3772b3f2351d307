"""What is missing: the facts undetermined rules wait for, and those that fired data requests ask for."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Sequence

from oncocds.advice.case import Case
from oncocds.advice.monitoring import Monitorings
from oncocds.advice.names import NOBODY, Names
from oncocds.advice.result import Bilingual, Question
from oncocds.advice.views import bilingual
from oncocds.knowledge.knowledge import Knowledge
from oncocds.knowledge.models import URGENCIES
from oncocds.profile.contradiction import Contradiction
from oncocds.profile.finding import Facts, in_item
from oncocds.profile.identity import Place, in_order
from oncocds.text import Language, Text
from oncocds.vocabulary.models import Vocabulary

_DRUG = re.compile(r"(medications\[.+\]\.)drug")
_WHICH = Text("哪种药物", "which drug")
_COLON = Text("：", ": ")


class Labels:
    """What facts are called; the labels of patient-level facts are made once and shared by all answers.

    Items are called by their ``names``, those of one patient.
    """

    def __init__(self, vocabulary: Vocabulary) -> None:
        self._vocabulary = vocabulary
        self._made = {name: bilingual(field.label) for name, field in vocabulary.fields.items()}
        self._made |= {name: bilingual(label) for name, label in vocabulary.lists.items()}
        self._whole = {name: bilingual(question) for name, question in vocabulary.whole_lists.items()}
        self._whole |= {
            name: bilingual(field.asked_whole) for name, field in vocabulary.fields.items() if field.asked_whole
        }

    def asked(self, path: str, facts: Facts, names: Names) -> Bilingual:
        """Return what a fact is called where it is asked for; what may hold more is asked whether it does."""
        if path in self._whole and facts.incomplete(path):
            return self._whole[path]
        return self.chosen(path, names)

    def chosen(self, path: str, names: Names) -> Bilingual:
        """Return what a fact is called where possible answers stand beside the question."""
        return self._of_item(path, _WHICH, names) if _DRUG.fullmatch(path) else self.of(path, names)

    def which(self, name: str) -> Text:
        """Return what a field is called there."""
        return _WHICH if name == "medications.drug" else self._vocabulary.fields[name].label

    def of(self, path: str, names: Names = NOBODY) -> Bilingual:
        """Return what a fact is called; an item's fact is called by its list, its name and its field."""
        made = self._made.get(path)
        if made is not None:
            return made
        match = in_item(path)
        assert match is not None, path
        name, _, field_name = match.groups()
        return self._of_item(path, self._vocabulary.fields[f"{name}.{field_name}"].label if field_name else None, names)

    def _of_item(self, path: str, label: Text | None, names: Names) -> Bilingual:
        match = in_item(path)
        assert match is not None, path
        of_list, item = self._vocabulary.lists[match[1]], names.of(match[1], match[2])

        def words(language: Language) -> str:
            called = f"{of_list.in_(language)} {item.in_(language)}"
            return called if label is None else f"{called}{_COLON.in_(language)}{label.in_(language)}"

        return Bilingual.both(words)


class Questionnaire:
    """Asks for what is missing; what does not depend on the patient is prepared once and shared by threads."""

    def __init__(self, knowledge: Knowledge, monitorings: Monitorings) -> None:
        self._monitorings = monitorings
        self.labels = Labels(knowledge.vocabulary)
        rules = [knowledge.rules[rule_id] for rule_id in knowledge.conditions]
        self._ranks = {rule.id: URGENCIES.index(rule.urgency or "info") for rule in rules}
        self._data_requests = [rule.id for rule in rules if rule.kind == "question"]

    def questions(self, case: Case, found: Sequence[Contradiction]) -> tuple[list[Question], list[Question]]:
        """Return the questions to the clinician and to the site, the most urgent and the most decisive first.

        ``found`` are the contradictions of the profile, some of which ask for facts as well.
        """
        would_decide: dict[str, list[str]] = defaultdict(list)
        asked_by: dict[str, list[str]] = defaultdict(list)
        ranks = self._ranks
        for rule_id, missing in case.missing().items():
            for fact in missing:
                would_decide[fact].append(rule_id)
        for rule_id in self._data_requests:
            if case.verdicts[rule_id] is True:
                for fact in case.explained(rule_id).missing_asked:
                    asked_by[fact].append(rule_id)
        for rule_id, verdict in case.verdicts.items():
            if verdict is True:
                for fact in self._monitorings.asks(case, rule_id):
                    if rule_id not in asked_by[fact]:
                        asked_by[fact].append(rule_id)
        if found:
            ranks = ranks | {contradiction.id: URGENCIES.index(contradiction.urgency) for contradiction in found}
            for contradiction in found:
                for fact in contradiction.asks:
                    asked_by[fact].append(contradiction.id)
        asked_as = {fact: bilingual(words) for one in found for fact, words in one.asked_as.items()}
        order: list[tuple[int, int, Place]] = []
        for fact in {**would_decide, **asked_by}:
            by = would_decide[fact] + asked_by[fact]
            order.append((min(map(ranks.__getitem__, by)), -len(by), in_order(fact)))
        order.sort()
        ranked = [
            Question.of(
                fact=fact,
                label=asked_as.get(fact) or self.labels.asked(fact, case.facts, case.names),
                urgency=URGENCIES[rank],
                would_decide=would_decide[fact],
                asked_by=asked_by[fact],
            )
            for rank, _, (_, fact) in order
        ]
        clinician = [question for question in ranked if not question.fact.startswith("policy.")]
        return clinician, [question for question in ranked if question.fact.startswith("policy.")]
