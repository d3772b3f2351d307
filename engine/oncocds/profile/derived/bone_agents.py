"""Bone-modifying agents together, stopped, and skeletal events under them."""

from __future__ import annotations

from oncocds.profile.derived.medications import of_class
from oncocds.profile.finding import Facts, Finding, Item
from oncocds.profile.kleene import NO, both, certain, either, equals, known, unknown
from oncocds.profile.lists import absent, any_item, any_pair, tally

_CURRENT = "medication_status.current_or_planned"


def bone_agents_together(facts: Facts) -> Finding:
    """Return whether two distinct bone-modifying agents, of any indication, are active or planned at the same time.

    Origin: source. Dates in sequence (one starts on or after the day the other stops) and a declared switch (from an
    active to a planned agent) are not simultaneous. A missing date proves nothing: what is not declared to be in
    sequence counts as simultaneous. An entry without status leaves open only what it could change.
    """
    return any_pair(facts, "medications", lambda one, two: _together(facts, one, two))


def bone_agent_listed_twice(facts: Facts) -> Finding:
    """Return whether the same bone-modifying agent stands twice among the active and planned drugs. Origin: convention.

    Two brands of one agent are the same, agents the vocabulary does not know are told by their names. Dates and what it
    is given for do not matter: a duplicate entry, or an osteoporosis regimen beside that for bone metastasis, counts.
    """
    return any_pair(facts, "medications", lambda one, two: _listed_twice(facts, one, two))


def _listed_twice(facts: Facts, one: Item, two: Item) -> Finding:
    agents = [of_class(item, "bone_modifying_agent") for item in (one, two)]
    if NO in agents:
        return NO
    distinct, same = _drugs(one, two), _same_drug(one, two)
    alike = same if same.value is True else NO if distinct.value is True else distinct
    current = facts.vocabulary.codes(_CURRENT)
    return both([*agents, alike, *(equals(item.finding("status"), *current) for item in (one, two))])


def _together(facts: Facts, one: Item, two: Item) -> Finding:
    agents = [of_class(item, "bone_modifying_agent") for item in (one, two)]
    if NO in agents:
        return NO
    for apart in (_same_drug(one, two), _in_sequence(one, two), _switched(facts, one, two)):
        if apart.value is True:
            return Finding(False, apart.used)
    statuses = [one.finding("status"), two.finding("status")]
    current = facts.vocabulary.codes(_CURRENT)
    return both([*agents, _drugs(one, two), *(equals(status, *current) for status in statuses)])


def _same_drug(one: Item, two: Item) -> Finding:
    """Return whether both are surely the same agent; agents the vocabulary does not know are told by their names."""
    drugs = [one.finding("drug"), two.finding("drug")]
    if drugs[0].value is None or drugs[0].value != drugs[1].value:
        return NO
    if drugs[0].value == "other":
        names = [one.finding("name"), two.finding("name")]
        return known(True, *names) if str(names[0].value).casefold() == str(names[1].value).casefold() else NO
    return known(True, *drugs)


def _drugs(one: Item, two: Item) -> Finding:
    """Return that two agents not known to be the same are distinct; unknown where one is not named."""
    drugs = [one.finding("drug"), two.finding("drug")]
    return unknown(*drugs) if None in (drugs[0].value, drugs[1].value) else known(True, *drugs)


def _in_sequence(one: Item, two: Item) -> Finding:
    """Return whether one agent surely starts on or after the day the other stops."""
    for first, second in ((one, two), (two, one)):
        stop, start = first.finding("stop_date"), second.finding("start_date")
        if stop.value is not None and start.value is not None and str(start.value) >= str(stop.value):
            return known(True, stop, start)
    return NO


def _switched(facts: Facts, one: Item, two: Item) -> Finding:
    """Return whether a planned agent replaces the active one by a declared switch."""
    planned, reason = facts.finding("plans.stop_bma"), facts.finding("plans.stop_bma_reason")
    if planned.value is not True or reason.value != "switch":
        return NO
    statuses = [one.finding("status"), two.finding("status")]
    if {statuses[0].value, statuses[1].value} != {"active", "planned"}:
        return NO
    return known(True, planned, reason, *statuses)


def stop_reason(facts: Facts) -> Finding:
    """Return the reason of a planned stop of the bone agent or, where none is planned, of the stops made.

    Origin: source. Only agents given for bone metastasis count. No stop at all is a known "no reason" (empty).
    """
    planned = facts.finding("plans.stop_bma")
    if planned.value is True:
        reason = facts.finding("plans.stop_bma_reason")
        return reason if reason.value is None else known((str(reason.value),), planned, reason)
    reasons = tally(facts, "medications", reason_of_stop)
    if reasons.open:
        return unknown(*reasons.open)
    return known(tuple(sorted({str(reason.value) for reason in reasons.sure})), *reasons.sure)


def reason_of_stop(medication: Item) -> Finding:
    """Return why an agent for bone metastasis was stopped; False where it was not, or is no such agent."""
    stopped = both([medication.finding("for_bone_metastasis"), equals(medication.finding("status"), "stopped")])
    return medication.finding("stop_reason") if stopped.value is True else stopped


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
    active = any_item(
        facts,
        "medications",
        lambda item: both([equals(item.finding("status"), "active"), item.finding("for_bone_metastasis")]),
    )
    return both([event, active]) if active.value is not None or not absent(facts, "medications") else active
