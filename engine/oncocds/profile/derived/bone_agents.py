"""Bone-modifying agents together, stopped, and skeletal events under them."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import combinations

from oncocds.profile.finding import Facts, Finding, Item
from oncocds.profile.kleene import NO, both, certain, either, equals, known, unknown

_CURRENT = ("active", "planned")


def bone_agents_together(facts: Facts) -> Finding:
    """Return whether two distinct bone-modifying agents, of any indication, are active or planned at the same time.

    Dates in sequence (one starts on or after the day the other stops) and a declared switch (from an active to a
    planned agent) are not simultaneous. A missing date proves nothing.
    """
    medications = facts.items("medications")
    if medications is None:
        return unknown("medications")
    agents = [(item, _is_agent(item)) for item in medications]
    possible = [(item, agent) for item, agent in agents if agent.value is not False]
    return either(_pairs(facts, possible))


def _pairs(facts: Facts, agents: list[tuple[Item, Finding]]) -> Iterator[Finding]:
    switch = both([facts.finding("plans.stop_bma"), equals(facts.finding("plans.stop_bma_reason"), "switch")])
    for (one, is_one), (two, is_two) in combinations(agents, 2):
        if _in_sequence(one, two):
            continue
        yield both([is_one, is_two, _distinct(one, two), _current_together(one, two, declared=switch.value is True)])


def _is_agent(item: Item) -> Finding:
    classes = item.finding("class")
    if classes.value is None:
        return classes
    assert isinstance(classes.value, tuple)
    return known(True, classes) if "bone_modifying_agent" in classes.value else NO


def _distinct(one: Item, two: Item) -> Finding:
    drugs = [one.finding("drug"), two.finding("drug")]
    if None in (drugs[0].value, drugs[1].value):
        return unknown(*drugs)
    if drugs[0].value == drugs[1].value == "other":
        names = [one.finding("name"), two.finding("name")]
        return known(str(names[0].value).casefold() != str(names[1].value).casefold(), *names)
    return known(drugs[0].value != drugs[1].value, *drugs)


def _in_sequence(one: Item, two: Item) -> bool:
    for first, second in ((one, two), (two, one)):
        stop, start = first.finding("stop_date").value, second.finding("start_date").value
        if stop is not None and start is not None and str(start) >= str(stop):
            return True
    return False


def _current_together(one: Item, two: Item, *, declared: bool) -> Finding:
    """Return whether both are current — whatever status an entry without one turns out to have."""
    statuses = [one.finding("status"), two.finding("status")]
    if any(status.value is not None and status.value not in _CURRENT for status in statuses):
        return known(False, *(status for status in statuses if status.value not in _CURRENT))
    if any(status.value is None for status in statuses):
        return unknown(*statuses)
    if declared and {status.value for status in statuses} == set(_CURRENT):
        return known(False, *statuses)
    return known(True, *statuses)


def stop_reason(facts: Facts) -> Finding:
    """Return the reasons of a planned stop of the bone agent or, where none is planned, of the stops made."""
    planned = facts.finding("plans.stop_bma")
    if planned.value is True:
        reason = facts.finding("plans.stop_bma_reason")
        return unknown(reason) if reason.value is None else known((str(reason.value),), planned, reason)
    medications = facts.items("medications")
    if medications is None:
        return unknown("medications")
    reasons: list[Finding] = []
    open_questions: list[Finding] = []
    for item in medications:
        stopped = both([_is_agent(item), equals(item.finding("status"), "stopped")])
        if stopped.value is None:
            open_questions.append(stopped)
        elif stopped.value is True and item.finding("for_bone_metastasis").value is not False:
            reason = item.finding("stop_reason")
            (open_questions if reason.value is None else reasons).append(reason)
    if open_questions:
        return unknown(*open_questions)
    return known(tuple(sorted({str(reason.value) for reason in reasons})), *reasons)


def skeletal_event_on_bone_agent(facts: Facts) -> Finding:
    """Return whether a skeletal event of the source's list is recorded while an agent for bone metastasis is active.

    Calcium that is not known to be high adds nothing.
    """
    stated = facts.finding("skeletal_events.on_bma")
    if stated.value is True:
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
    medications = facts.items("medications")
    if medications is None:
        return both([event, unknown("medications")])
    active = either(
        both([item.finding("for_bone_metastasis"), equals(item.finding("status"), "active")]) for item in medications
    )
    return both([event, active])
