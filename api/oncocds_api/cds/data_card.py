"""The one quiet card about the data: what would decide most, what could not be had, what could not be read."""

from __future__ import annotations

from collections.abc import Sequence, Set

from oncocds.advice.result import Evaluation
from oncocds_api.cds import words
from oncocds_api.cds.cards import Maker
from oncocds_api.cds.choice import shown_questions
from oncocds_api.cds.markdown import plain
from oncocds_api.cds.models import Card
from oncocds_api.cds.prefetch import Missing
from oncocds_api.cds.services import ORDER_HOOKS, Hook
from oncocds_api.fhir.report import MappingReport

_ASKED = 5
_IN_SUMMARY = 3
_NOT_OURS = ("unknown-drug", "type-not-read")  # most orders of a hospital have nothing to do with cancer


def data_card(
    maker: Maker,
    hook: Hook,
    report: MappingReport,
    missing: Sequence[Missing],
    selected: Set[str],
    unchecked: Sequence[str] = (),
) -> Card | None:
    """Return the card, None where there is nothing to say. At an order it speaks of the orders in question alone.

    ``unchecked`` are the drugs among them that are not known and might yet matter.
    """
    say = maker.details.say
    evaluation = maker.evaluation
    asked = shown_questions(evaluation, hook)[:_ASKED]
    blocks: list[str] = []
    if asked:
        lines = [
            f"- {plain(say(one.label))} ("
            + say(words.DECIDES).format(count=len({*one.would_decide, *one.asked_by}))
            + ")"
            for one in asked
        ]
        blocks.append("\n".join((maker.details.line(words.ASKS, ""), "", *lines)))
    notes = (
        _of_orders(maker, report, selected) if hook in ORDER_HOOKS else _of_chart(maker, evaluation, report, missing)
    )
    blocks.extend(notes)
    if unchecked:
        blocks.insert(
            0, "\n".join((maker.details.line(words.UNCHECKED, ""), "", *(f"- {plain(one)}" for one in unchecked)))
        )
    if not blocks:
        return None
    if unchecked:
        drugs = say(words.BETWEEN).join(unchecked)
        summary = say(words.QUIET_UNCHECKED).format(drugs=drugs)
        return maker.quiet(summary, "\n\n".join(blocks), [one.fact for one in asked])
    facts = say(words.BETWEEN).join(say(one.label) for one in asked[:_IN_SUMMARY])
    summary = say(words.QUIET_SUMMARY).format(facts=facts) if asked else say(words.QUIET_NOTES)
    return maker.quiet(summary, "\n\n".join(blocks), [one.fact for one in asked])


def _of_chart(maker: Maker, evaluation: Evaluation, report: MappingReport, missing: Sequence[Missing]) -> list[str]:
    say, line = maker.details.say, maker.details.line
    blocks = []
    if missing:
        told = [
            say(words.KEYS[one.template.key])
            + (f" ({say(words.LATER_PAGES)})" if one.pages else "")
            + f"{say(words.COLON)}{say(words.WHY_MISSING[one.why])}"
            for one in missing
        ]
        blocks.append("\n".join((line(words.NOT_HAD, ""), "", *(f"- {plain(one)}" for one in told))))
    contradictions = [say(one.text) for one in evaluation.data_conflicts]
    contradictions += [say(one.text) for one in report.plausibility]
    if contradictions:
        lines = (f"- {plain(one)}" for one in dict.fromkeys(contradictions))
        blocks.append("\n".join((line(words.CONTRADICTIONS, ""), "", *lines)))
    unread = [
        f"- {plain(say(one.text))} × {one.count}: {plain(', '.join(one.resources[:3]))}"
        for one in report.unmapped
        if one.severity == "warning" and one.resources
    ]
    if unread:
        blocks.append("\n".join((line(words.UNREAD, ""), "", *unread[:10])))
    blocks.extend(line(words.REMARK, plain(say(one.text))) for one in evaluation.notices if one.urgency == "info")
    return blocks


def _of_orders(maker: Maker, report: MappingReport, selected: Set[str]) -> list[str]:
    say = maker.details.say
    lines = [
        f"- {plain(say(one.text))} {plain(label)}"
        for one in report.unmapped
        if one.severity == "warning" and one.reason not in _NOT_OURS
        for label in one.resources
        if label in selected
    ]
    return ["\n".join((maker.details.line(words.UNREAD, ""), "", *lines))] if lines else []
