"""What is missing: the facts undetermined rules wait for, and those that fired data requests ask for."""

from __future__ import annotations

import re
from collections import defaultdict

from oncocds.advice.case import Case
from oncocds.advice.grounds import highest
from oncocds.advice.result import Bilingual, Question, Questions
from oncocds.advice.views import bilingual
from oncocds.knowledge.models import URGENCIES, Urgency
from oncocds.vocabulary.models import Vocabulary

_ITEM = re.compile(r"(\w+)\[(.+?)\](?:\.(\w+))?")


class Labels:
    """What facts are called; the labels of patient-level facts are made once and shared by all answers."""

    def __init__(self, vocabulary: Vocabulary) -> None:
        self._vocabulary = vocabulary
        self._made = {name: bilingual(field.label) for name, field in vocabulary.fields.items()}
        self._made |= {name: bilingual(label) for name, label in vocabulary.lists.items()}

    def of(self, path: str) -> Bilingual:
        """Return what a fact is called; an item's fact is called by its list, its id and its field."""
        made = self._made.get(path)
        if made is not None:
            return made
        match = _ITEM.fullmatch(path)
        assert match is not None, path
        name, item, field_name = match.groups()
        of_list = self._vocabulary.lists[name]
        if field_name is None:
            return Bilingual(zh=f"{of_list.zh} {item}", en=f"{of_list.en} {item}")
        label = self._vocabulary.fields[f"{name}.{field_name}"].label
        return Bilingual(zh=f"{of_list.zh} {item}：{label.zh}", en=f"{of_list.en} {item}: {label.en}")


def questions(case: Case, labels: Labels, contradicted: dict[str, list[str]]) -> Questions:
    """Return the questions of an answer, the most urgent and the most decisive first.

    ``contradicted`` maps facts to the data contradictions that ask for them.
    """
    would_decide: dict[str, list[str]] = defaultdict(list)
    asked_by: dict[str, list[str]] = defaultdict(list)
    urgencies: dict[str, list[Urgency]] = defaultdict(list)
    for rule_id, missing in case.missing().items():
        for fact in missing:
            would_decide[fact].append(rule_id)
            urgencies[fact].append(case.knowledge.rules[rule_id].urgency or "info")
    for rule_id, verdict in case.verdicts.items():
        rule = case.knowledge.rules[rule_id]
        if verdict is True and rule.kind == "question":
            for fact in case.explained(rule_id).missing_asked:
                asked_by[fact].append(rule_id)
                urgencies[fact].append(rule.urgency or "info")
    for fact, ids in contradicted.items():
        asked_by[fact].extend(ids)
        urgencies[fact].append("warning")
    ranked = sorted(
        (
            Question.model_construct(
                fact=fact,
                label=labels.of(fact),
                urgency=highest(urgencies[fact]),
                would_decide=would_decide.get(fact, []),
                asked_by=asked_by.get(fact, []),
            )
            for fact in urgencies
        ),
        key=lambda question: (
            URGENCIES.index(question.urgency),
            -len(question.would_decide) - len(question.asked_by),
            question.fact,
        ),
    )
    return Questions.model_construct(
        clinician=[question for question in ranked if not question.fact.startswith("policy.")],
        site=[question for question in ranked if question.fact.startswith("policy.")],
    )
