"""Bone-modifying agents together, stopped, and skeletal events under them."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import combinations

from oncocds.profile.derived.medications import of_class
from oncocds.profile.finding import Facts, Finding, Item
from oncocds.profile.kleene import NO, both, certain, either, equals, known, unknown

_CURRENT = ("active", "planned")


def bone_agents_together(facts: Facts) -> Finding:
    """Return whether two distinct bone-modifying agents, of any indication, are active or planned at the same time.

    Origin: source. Dates in sequence (one starts on or after the day the other stops) and a declared switch (from an
    active to a planned agent) are not simultaneous. A missing date proves nothing: what is not declared to be in
    sequence counts as simultaneous. An entry without status leaves open only what it could change.
    """
    medications = facts.items("medications")
    if medications is None:
        return unknown("medications")
    agents = [(item, agent) for item in medications if (agent := of_class(item, "bone_modifying_agent")) is not NO]
    together = either(_pairs(facts, agents))
    return Finding(False, ("medications",)) if together.value is False and not together.used else together


def _pairs(facts: Facts, agents: list[tuple[Item, Finding]]) -> Iterator[Finding]:
    for (one, is_one), (two, is_two) in combinations(agents, 2):
        apart = _same_drug(one, two) or _in_sequence(one, two) or _switched(facts, one, two)
        if apart is not None:
            yield apart
        else:
            statuses = [one.finding("status"), two.finding("status")]
            yield both([is_one, is_two, _drugs(one, two), *(equals(status, *_CURRENT) for status in statuses)])


def _same_drug(one: Item, two: Item) -> Finding | None:
    """Return that both are the same agent, or None; agents the vocabulary does not know are told by their names."""
    drugs = [one.finding("drug"), two.finding("drug")]
    if drugs[0].value is None or drugs[0].value != drugs[1].value:
        return None
    if drugs[0].value == "other":
        names = [one.finding("name"), two.finding("name")]
        same = str(names[0].value).casefold() == str(names[1].value).casefold()
        return known(False, *names) if same else None
    return known(False, *drugs)


def _drugs(one: Item, two: Item) -> Finding:
    """Return that two agents not known to be the same are distinct; unknown where one is not named."""
    drugs = [one.finding("drug"), two.finding("drug")]
    return unknown(*drugs) if None in (drugs[0].value, drugs[1].value) else known(True, *drugs)


def _in_sequence(one: Item, two: Item) -> Finding | None:
    """Return that one agent starts on or after the day the other stops, or None."""
    for first, second in ((one, two), (two, one)):
        stop, start = first.finding("stop_date"), second.finding("start_date")
        if stop.value is not None and start.value is not None and str(start.value) >= str(stop.value):
            return known(False, stop, start)
    return None


def _switched(facts: Facts, one: Item, two: Item) -> Finding | None:
    """Return that a planned agent replaces the active one by a declared switch, or None."""
    planned, reason = facts.finding("plans.stop_bma"), facts.finding("plans.stop_bma_reason")
    if planned.value is not True or reason.value != "switch":
        return None
    statuses = [one.finding("status"), two.finding("status")]
    if {statuses[0].value, statuses[1].value} != set(_CURRENT):
        return None
    return known(False, planned, reason, *statuses)


def stop_reason(facts: Facts) -> Finding:
    """Return the reason of a planned stop of the bone agent or, where none is planned, of the stops made.

    Origin: source. Only agents given for bone metastasis count. No stop at all is a known "no reason" (empty).
    """
    planned = facts.finding("plans.stop_bma")
    if planned.value is True:
        reason = facts.finding("plans.stop_bma_reason")
        return reason if reason.value is None else known((str(reason.value),), planned, reason)
    medications = facts.items("medications")
    if medications is None:
        return unknown("medications")
    reasons: list[Finding] = []
    open_questions: list[Finding] = []
    for item in medications:
        stopped = both([item.finding("for_bone_metastasis"), equals(item.finding("status"), "stopped")])
        if stopped.value is None:
            open_questions.append(stopped)
        elif stopped.value is True:
            reason = item.finding("stop_reason")
            (open_questions if reason.value is None else reasons).append(reason)
    if open_questions:
        return unknown(*open_questions)
    return known(tuple(sorted({str(reason.value) for reason in reasons})), *reasons)


def skeletal_event_on_bone_agent(facts: Facts) -> Finding:
    """Return whether a skeletal event of the source's list is recorded while an agent for bone metastasis is active.

    Origin: source. The events: pathological or vertebral fracture, cord compression, hypercalcaemia — an earlier one
    with calcium now normal included. Calcium that is not known to be high adds nothing. What the clinician says of the
    event, that it came on the agent or not, wins.
    """
    stated = facts.finding("skeletal_events.on_bma")
    if stated.value is True or stated.used:
        return stated
    event = either(
        [
            facts.finding("skeletal_events.pathological_fracture"),
            facts.finding("skeletal_events.vertebral_fracture"),
            facts.finding("skeletal_events.cord_compression"),
            facts.finding("skeletal_events.hypercalcaemia"),
            certain(facts.finding("derived.hypercalcaemia")),
        ]
    )
    if event.value is False:
        return event
    medications = facts.items("medications")
    if medications is None:
        return unknown("medications")
    active = either(
        both([equals(item.finding("status"), "active"), item.finding("for_bone_metastasis")]) for item in medications
    )
    return both([event, active])
