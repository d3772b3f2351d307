"""What of an answer is shown at a hook: few interruptions.

A chart that is opened gets every action (patient-view does not interrupt). At an order there are shown:

* emergencies, whatever is ordered;
* a contraindication that an order in question is a part of, even if it stood before;
* warnings from outside the documents about what is ordered, such as a drug that the kidneys do not allow, or what
  treats cancer in a pregnancy, also where the chart says so already, or in one that is possible and not confirmed;
* of the rest what is more than good to know, and would not be said, or not in the same words, without these orders, or
  is a check on what they begin, such as the values to have before a drug: also where the chart asks for it already.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence, Set

from oncocds.advice.result import AdviceItem, Bilingual, Evaluation, Notice, Question
from oncocds.knowledge.models import URGENCIES
from oncocds_api.cds.services import ORDER_HOOKS, Hook

_ORDERED = re.compile(r"(?:medications|radiotherapy)\[.+\]")


def shown_items(
    evaluation: Evaluation,
    hook: Hook,
    sources: Mapping[str, Sequence[str]],
    selected: Set[str],
    without: Callable[[], Evaluation],
    checks: Callable[[AdviceItem], bool],
) -> list[AdviceItem]:
    """Return the items to show; ``selected`` are the orders in question, ``without`` evaluates without them.

    ``checks`` tells whether an item is a check on what the orders begin.
    """
    active = [item for item in evaluation.advice if item.status == "active"]
    if hook not in ORDER_HOOKS:
        return active
    before = {_said(item) for item in without().advice} if active and selected else set()
    return [item for item in active if _shown(item, sources, selected, before, checks)]


def _shown(
    item: AdviceItem,
    sources: Mapping[str, Sequence[str]],
    selected: Set[str],
    before: Set[tuple[object, ...]],
    checks: Callable[[AdviceItem], bool],
) -> bool:
    if item.tier == "emergency":
        return True
    if not selected:
        return False
    if item.tier == "contraindication" and behind(item, sources) & selected:
        return True
    return item.urgency != "info" and (_said(item) not in before or checks(item))


def _said(item: AdviceItem) -> tuple[object, ...]:
    grounds = ((ground.rule, ground.status, ground.text.zh) for ground in item.grounds)
    return (item.action, item.lesion, item.status, item.urgency, *grounds)


def shown_notices(evaluation: Evaluation, warns: Callable[[Notice], bool]) -> list[Notice]:
    """Return the remarks that get a card of their own at an order: what is critical, and warnings of what is ordered.

    A warning that stands beside an item is no less one, and the item may be shown for something else, or not at all.
    ``warns`` tells whether a remark is about the orders in question.
    """
    beside = {
        note.id: Notice.of(
            id=note.id,
            urgency=note.urgency,
            text=Bilingual.of(zh=note.zh, en=note.en),
            origin=note.origin,
            status=note.status,
            passages=[],
        )
        for item in evaluation.advice
        if item.status == "active"
        for ground in item.grounds
        if ground.status == "active"
        for note in ground.notes
        if note.urgency not in (None, "info")
    }
    told = beside | {notice.id: notice for notice in evaluation.notices}
    critical = {notice.id for notice in evaluation.notices if notice.urgency == "critical"}
    urgent = [one for one in told.values() if one.id in critical or (one.urgency != "info" and warns(one))]
    return sorted(urgent, key=lambda notice: URGENCIES.index(notice.urgency))


def shown_questions(evaluation: Evaluation, hook: Hook, unknown: Set[str]) -> list[Question]:
    """Return the questions to ask: at an order only those about what is ordered that hold up something critical.

    ``unknown`` are the ids of drugs that nobody knows. Each order of one would ask which it is; the chart asks that.
    """
    questions = evaluation.questions.clinician
    if hook not in ORDER_HOOKS:
        return questions
    of_chart = {f"medications[{drug}].{field}" for drug in unknown for field in ("drug", "class")}
    ordered = [one for one in questions if _ORDERED.match(one.fact) and one.fact not in of_chart]
    return [one for one in ordered if one.urgency == "critical"]


def behind(item: AdviceItem, sources: Mapping[str, Sequence[str]]) -> set[str]:
    """Return the resources behind an item: those of the recorded items its active grounds rest on.

    A list as a whole is not counted: that no drug of a class is there does not make every drug a reason.
    """
    return {
        label
        for ground in item.grounds
        if ground.status == "active"
        for reason in ground.because
        if "[" in reason.fact
        for label in sources.get(reason.fact, ())
    }
