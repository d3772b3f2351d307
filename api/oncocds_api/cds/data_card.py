"""The one card about the data: what was not had or used, what could not be read, what would decide most.

It is quiet, but for what was checked without: data that could not be had, medications and faulty records that could not
be used.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence, Set

from oncocds.vocabulary.drug_classes import OTHER
from oncocds_api.cds import words
from oncocds_api.cds.cards import Maker
from oncocds_api.cds.choice import shown_questions
from oncocds_api.cds.markdown import plain
from oncocds_api.cds.models import Card
from oncocds_api.cds.prefetch import Missing
from oncocds_api.cds.services import ORDER_HOOKS, Hook
from oncocds_fhir.mapping import Mapped

_ASKED = 5
_IN_SUMMARY = 3
_MOST_LINES = 10
_NOT_OURS = ("unknown-drug", "type-not-read")  # most orders of a hospital have nothing to do with cancer
# Faults of a record, whatever it may hold: a diagnosis or a result that an emergency rests on, too.
_FAULTS = (
    "unreadable", "other-patient", "subject-unclear", "duplicate-id", "modifier-extension", "failed-entry", "outcome",
    "result-in-the-future", "marked-as-error", "test-data", "abridged",
)  # fmt: skip
_NAMELESS = ("no-code", "codes-disagree")  # medications that are there, and may be any drug


def data_card(
    maker: Maker,
    hook: Hook,
    mapped: Mapped,
    missing: Sequence[Missing],
    selected: Set[str],
    unchecked: Sequence[str],
) -> Card | None:
    """Return the card, None where there is nothing to say.

    At an order it speaks of the orders in question, and of what they were checked without. ``unchecked`` are the drugs
    among them that are not known and might yet matter.
    """
    say = maker.details.say
    left_out = sorted(set(_left_out(mapped)))
    unknown = {one["id"] for one in mapped.profile.get("medications", ()) if one.get("drug") == OTHER}
    asked = shown_questions(maker.evaluation, hook, unknown)[:_ASKED]
    blocks = [_not_had(maker, missing)] if missing else []
    if left_out:
        blocks.append(_records(maker, mapped, left_out))
    if hook in ORDER_HOOKS and (could_be := list(_could_be(maker))):
        blocks.append(maker.details.lines(words.COULD_BE, could_be))
    if unchecked:
        blocks.append(maker.details.lines(words.UNCHECKED, [plain(one) for one in unchecked]))
    if asked:
        counts = (say(words.DECIDES).format(count=len({*one.would_decide, *one.asked_by})) for one in asked)
        lines = [f"{plain(say(one.label))} ({count})" for one, count in zip(asked, counts, strict=True)]
        blocks.append(maker.details.lines(words.ASKS, lines))
    blocks += _of_orders(maker, mapped, selected, left_out) if hook in ORDER_HOOKS else _of_chart(maker, mapped)
    if not blocks:
        return None
    detail, facts, between = "\n\n".join(blocks), [one.fact for one in asked], say(words.BETWEEN)
    if missing or left_out:
        what = [say(words.KEYS[one.template.key]) for one in missing]
        what += [say(words.LEFT_OUT_SUMMARY).format(count=len({label for label, _ in left_out}))] if left_out else []
        summary = say(words.WITHOUT_SUMMARY).format(what=between.join(dict.fromkeys(what)))
        return maker.data(summary, detail, facts, "warning")
    if unchecked:
        return maker.data(say(words.QUIET_UNCHECKED).format(drugs=between.join(unchecked)), detail, facts)
    named = between.join(say(one.label) for one in asked[:_IN_SUMMARY])
    return maker.data(say(words.QUIET_SUMMARY).format(facts=named) if asked else say(words.QUIET_NOTES), detail, facts)


def _not_had(maker: Maker, missing: Sequence[Missing]) -> str:
    say = maker.details.say
    told = [
        say(words.KEYS[one.template.key])
        + (f" ({say(words.LATER_PAGES)})" if one.pages else "")
        + f"{say(words.COLON)}{say(words.WHY_MISSING[one.why])}"
        for one in missing
    ]
    return maker.details.lines(words.NOT_HAD, map(plain, told))


def _could_be(maker: Maker) -> Iterator[str]:
    """Yield what a medication that was left out could be, where that is critical; on a chart it is a card."""
    for line in maker.evaluation.briefing:
        if line.urgency == "critical" and [one.ref for one in line.covers] == ["left_out.medications"]:
            yield plain(maker.details.say(line.line))


def _left_out(mapped: Mapped) -> Iterator[tuple[str, str]]:
    """Yield the records that could be medications, or have a fault, and were not used: the label and the reason."""
    for reason in _FAULTS:
        yield from ((label, reason) for label in mapped.remarks.about(reason))
    for reason, labels in mapped.remarks.open_lists.get("medications", {}).items():
        if reason != "not-had":  # told by what is missing
            yield from ((label, reason) for label in labels)
    for reason in _NAMELESS:
        yield from ((label, reason) for label in mapped.remarks.about(reason) if label.startswith("Medication"))


def _records(maker: Maker, mapped: Mapped, found: Sequence[tuple[str, str]]) -> str:
    say = maker.details.say
    lines = [f"{plain(label)} — {plain(say(mapped.remarks.text(reason, label)))}" for label, reason in found]
    more = [say(words.MORE).format(count=len(lines) - _MOST_LINES)] if len(lines) > _MOST_LINES else []
    return maker.details.lines(words.LEFT_OUT, [*lines[:_MOST_LINES], *more])


def _of_chart(maker: Maker, mapped: Mapped) -> list[str]:
    say, lines = maker.details.say, maker.details.lines
    report = mapped.report()
    blocks = []
    contradictions = [say(one.text) for one in maker.evaluation.data_conflicts]
    contradictions += [say(one.text) for one in report.plausibility]
    if contradictions:
        blocks.append(lines(words.CONTRADICTIONS, map(plain, dict.fromkeys(contradictions))))
    # Nothing is taken from the absence of an earlier result: where it matters, the line on what is due says it.
    if opened := [one for one in report.open_lists if one.name in words.LISTS]:
        told = (
            f"{say(words.LISTS[one.name])}{say(words.COLON)}{plain(' '.join(say(why.text) for why in one.because))}"
            for one in opened
        )
        blocks.append(lines(words.OPEN_LISTS, told))
    unread = [
        f"{plain(say(one.text))} × {one.count}: {plain(', '.join(one.resources[:3]))}"
        for one in report.unmapped
        if one.severity == "warning" and one.resources
    ]
    if unread:
        blocks.append(lines(words.UNREAD, unread[:_MOST_LINES]))
    remarks = (one for one in maker.evaluation.notices if one.urgency == "info")
    blocks.extend(maker.details.line(words.REMARK, plain(say(one.text))) for one in remarks)
    return blocks


def _of_orders(maker: Maker, mapped: Mapped, selected: Set[str], told: Sequence[tuple[str, str]]) -> list[str]:
    say = maker.details.say
    found = [
        f"{plain(say(mapped.remarks.text(reason, label)))} {plain(label)}"
        for reason, label in sorted(mapped.remarks.warnings())
        if label in selected and reason not in _NOT_OURS and (label, reason) not in told
    ]
    return [maker.details.lines(words.UNREAD, found)] if found else []
