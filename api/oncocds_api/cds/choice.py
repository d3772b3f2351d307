"""What of an answer is shown at a hook: few interruptions.

A chart that is opened gets every action (patient-view does not interrupt). At an order only what the orders in question
bear on is shown, if it is more than good to know, and emergencies.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence, Set

from oncocds.advice.result import AdviceItem, Evaluation, Notice, Question
from oncocds_api.cds.services import ORDER_HOOKS, Hook

_ORDERED = re.compile(r"(?:medications|radiotherapy)\[.+\]")


def shown_items(
    evaluation: Evaluation, hook: Hook, sources: Mapping[str, Sequence[str]], selected: Set[str]
) -> list[AdviceItem]:
    """Return the items to show; ``selected`` are the labels of the orders in question."""
    active = [item for item in evaluation.advice if item.status == "active"]
    if hook not in ORDER_HOOKS:
        return active
    return [
        item
        for item in active
        if item.tier == "emergency" or (item.urgency != "info" and behind(item, sources) & selected)
    ]


def shown_notices(evaluation: Evaluation, hook: Hook) -> list[Notice]:
    """Return the remarks that get a card of their own."""
    urgencies = ("critical",) if hook in ORDER_HOOKS else ("critical", "warning")
    return [notice for notice in evaluation.notices if notice.urgency in urgencies]


def shown_questions(evaluation: Evaluation, hook: Hook) -> list[Question]:
    """Return the questions to ask: at an order only those about what is ordered that hold up something critical."""
    questions = evaluation.questions.clinician
    if hook not in ORDER_HOOKS:
        return questions
    return [one for one in questions if one.urgency == "critical" and _ORDERED.match(one.fact)]


def behind(item: AdviceItem, sources: Mapping[str, Sequence[str]]) -> set[str]:
    """Return the resources behind an item: those of the recorded items its active grounds rest on.

    A list as a whole is not counted: that no drug of a class is there does not make every drug a reason.
    """
    return {
        label
        for ground in item.grounds
        if ground.status == "active"
        for reason in ground.because
        if "[" in reason.fact or "." in reason.fact
        for label in sources.get(reason.fact, ())
    }
