"""What the page says of an answer as a whole, and the figures that it draws."""

from __future__ import annotations

import datetime
from collections import Counter
from collections.abc import Iterable

from oncocds.advice.first import SeriesView, ValueView
from oncocds.advice.result import Because, Evaluation
from oncocds.advice.warning import is_warning
from oncocds.knowledge.models import URGENCIES, Urgency
from oncocds.text import Text


def counts(evaluation: Evaluation) -> dict[Urgency, int]:
    """Return how many items and notices of each urgency stand in an answer; what there is none of is left out."""
    active = [item.urgency for item in evaluation.advice if item.status == "active"]
    found = Counter([*active, *(notice.urgency for notice in evaluation.notices)])
    return {urgency: found[urgency] for urgency in URGENCIES if found[urgency]}


def without_advice(evaluation: Evaluation) -> Text | None:
    """Return what is said where no advice stands: that none applies, only where no missing fact could bring some.

    A notice of an emergency, or of what a label warns of, stands for advice.
    """
    warns = any(one.urgency == "critical" or is_warning(one) for one in evaluation.notices)
    if warns or any(item.status == "active" for item in evaluation.advice):
        return None
    asked = evaluation.questions.clinician
    critical = sum(question.urgency == "critical" for question in asked)
    if critical:
        return Text(
            f"尚不能判断：有 {critical} 项关系到紧急建议的资料未填",
            f"Undecided: {critical} facts that decide on critical advice are missing",
        )
    if asked or evaluation.questions.site:
        return Text("按已填的资料暂无建议，尚有资料缺失", "No advice on what is known so far; facts are missing")
    return Text("没有适用的建议", "No advice applies")


def cited(evaluation: Evaluation) -> list[str]:
    """Return the documents that an answer cites, in the order of their names."""
    grounds = [ground.passages for item in evaluation.advice for ground in item.grounds]
    sides = [side.passages for conflict in evaluation.conflicts for side in conflict.sides]
    notices = [notice.passages for notice in evaluation.notices]
    brought = [
        one.passages for decision in evaluation.decisions for answer in decision.answers for one in answer.brings
    ]
    return sorted({passage.document for passages in (*grounds, *sides, *notices, *brought) for passage in passages})


LVEF = ("cardiac.lvef_baseline", "cardiac.lvef_latest")


def course(values: Iterable[ValueView | Because]) -> tuple[float, float] | None:
    """Return the LVEF at baseline and the latest one, in percent, where both are among some values."""
    found = {one.fact: one.value for one in values if one.fact in LVEF}
    first, last = (found.get(fact) for fact in LVEF)
    if isinstance(first, int | float) and isinstance(last, int | float):
        return float(first), float(last)
    return None


def drawn(series: SeriesView) -> list[tuple[float, float]]:
    """Return where the results of a series stand in a picture of 220 by 52: by day, the highest at the top.

    Empty for a single result.
    """
    days = [datetime.date.fromisoformat(one.date).toordinal() for one in series.points]
    values = [one.value for one in series.points]
    if len(values) < 2:
        return []
    span, low, height = days[-1] - days[0], min(values), (max(values) - min(values)) or 1.0
    return [
        (10 + 200 * (day - days[0]) / span, 46 - 40 * (value - low) / height)
        for day, value in zip(days, values, strict=True)
    ]
