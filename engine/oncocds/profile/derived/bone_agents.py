"""Bone-modifying agents together, stopped, and skeletal events under them."""

from __future__ import annotations

from collections.abc import Sequence
from functools import reduce
from operator import or_

from oncocds.profile.derived.medications import of_class
from oncocds.profile.finding import Facts, Finding, Item
from oncocds.profile.kleene import NO, both, certain, either, equals, known, unknown
from oncocds.profile.lists import absent, any_item, any_pair, tally, values
from oncocds.profile.pairs import Alike, InOrder, Several, by_value, numbers, those
from oncocds.vocabulary.drug_classes import OTHER, drugs_of

_AGENT = "bone_modifying_agent"
_CURRENT = "medication_status.current_or_planned"


def bone_agents_together(facts: Facts) -> Finding:
    """Return whether two distinct bone-modifying agents, of any indication, are active or planned at the same time.

    Origin: source. Dates in sequence (one starts on or after the day the other stops) and a declared switch (from an
    active to a planned agent) are not simultaneous. A missing date proves nothing: what is not declared to be in
    sequence counts as simultaneous. An entry without status leaves open only what it could change.
    """
    return any_pair(
        facts, "medications", lambda one, two: _together(facts, one, two), lambda items: _beside(facts, items)
    )


def bone_agent_listed_twice(facts: Facts) -> Finding:
    """Return whether the same bone-modifying agent stands twice among the active and planned drugs. Origin: convention.

    Two brands of one agent are the same, agents the vocabulary does not know are told by their names; one that nobody
    knows may be any that its classes do not exclude. Dates and what it is given for do not matter: a duplicate entry,
    or an osteoporosis regimen beside that for bone metastasis, counts.
    """
    return any_pair(
        facts, "medications", lambda one, two: _listed_twice(facts, one, two), lambda items: _same_again(facts, items)
    )


def _listed_twice(facts: Facts, one: Item, two: Item) -> Finding:
    agents = [of_class(item, _AGENT) for item in (one, two)]
    if NO in agents:
        return NO
    distinct, same = _drugs(one, two), _same_drug(one, two)
    alike = same if same.value is True else _maybe_same(facts, one, two) if distinct.value is True else distinct
    current = facts.vocabulary.codes(_CURRENT)
    return both([*agents, alike, *(equals(item.finding("status"), *current) for item in (one, two))])


def _together(facts: Facts, one: Item, two: Item) -> Finding:
    agents = [of_class(item, _AGENT) for item in (one, two)]
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
    if drugs[0].value == OTHER:
        return known(True, one.finding("name"), two.finding("name")) if _name(one) == _name(two) else NO
    return known(True, *drugs)


def _maybe_same(facts: Facts, one: Item, two: Item) -> Finding:
    """Return that two agents are not the same; unknown where one that nobody knows may be what the other is."""
    unknown_ones = [item for item in (one, two) if item.finding("drug").value == OTHER]
    if unknown_ones and any(
        _may_be(one, code) and _may_be(two, code) for code in drugs_of(facts.vocabulary).get(_AGENT, ())
    ):
        return unknown(*[f"{item.path}.drug" for item in unknown_ones])
    return NO


def _may_be(item: Item, agent: str) -> bool:
    drug = item.finding("drug")
    return drug.value == agent or agent in drug.open


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
    declared = _switch(facts)
    statuses = [one.finding("status"), two.finding("status")]
    if not declared or {statuses[0].value, statuses[1].value} != {"active", "planned"}:
        return NO
    return known(True, *declared, *statuses)


def _switch(facts: Facts) -> list[Finding]:
    """Return what declares a switch to another agent, empty where none is declared."""
    planned, reason = facts.finding("plans.stop_bma"), facts.finding("plans.stop_bma_reason")
    return [planned, reason] if planned.value is True and reason.value == "switch" else []


class Agents:
    """The items that may be bone-modifying agents, by what they say beside another; the others say nothing."""

    def __init__(self, facts: Facts, items: Sequence[Item]) -> None:
        current = facts.vocabulary.codes(_CURRENT)
        agents = [of_class(item, _AGENT) for item in items]
        drugs = [_identity(item) for item in items]
        in_use = [equals(item.finding("status"), *current).value for item in items]
        self.all = those(agent != NO for agent in agents)
        self.drugs = drugs
        self.of_drug = by_value(drugs)
        self.unnamed = those(drug is None for drug in drugs)
        self.not_in_use = those(one is False for one in in_use)
        self.certain = those(
            agent.value is True and drug is not None and one is True
            for agent, drug, one in zip(agents, drugs, in_use, strict=True)
        )

    def listed_again(self) -> list[list[int]]:
        """Return the numbers of the entries of each agent that surely stands twice or more, in their order.

        There is one exactly where ``bone_agent_listed_twice`` is true.
        """
        entries = [list(numbers(same & self.certain)) for same in self.of_drug.values()]
        return [found for found in entries if len(found) > 1]

    def by_status(self, one: int, others: Several) -> list[Several]:
        """Return items by what decides beside one: that it is not in use, that they are not, all, or what is open."""
        if self.not_in_use >> one & 1:
            return [others, 0, 0, 0]
        certain = self.certain if self.certain >> one & 1 else 0
        in_use = others & ~self.not_in_use
        return [0, others & self.not_in_use, in_use & certain, in_use & ~certain]


def _beside(facts: Facts, items: Sequence[Item]) -> Alike:
    """Return which agents say the same of being together with another, as ``_together`` says it."""
    agents = Agents(facts, items)
    starts, stops = ([_text(item.finding(field)) for item in items] for field in ("start_date", "stop_date"))
    by_start, by_stop = InOrder(starts), InOrder(stops)
    statuses = [item.finding("status").value for item in items]
    of_status = by_value(statuses)
    switched = {one: of_status.get(other, 0) for one, other in (("active", "planned"), ("planned", "active"))}
    switch = bool(_switch(facts))

    def alike(one: int) -> list[Several]:
        others = agents.all if agents.all >> one & 1 else 0
        kinds = []
        for apart in (
            agents.of_drug.get(agents.drugs[one], 0),
            by_start.since(stops[one]),
            by_stop.until(starts[one]),
            switched.get(str(statuses[one]), 0) if switch else 0,
        ):
            kinds.append(others & apart)
            others &= ~apart
        return [*kinds, *agents.by_status(one, others)]

    return alike


def _same_again(facts: Facts, items: Sequence[Item]) -> Alike:
    """Return which agents say the same of being the same as another, as ``_listed_twice`` says it."""
    agents = Agents(facts, items)
    codes = drugs_of(facts.vocabulary).get(_AGENT, ())
    may_be = {code: those(_may_be(item, code) for item in items) for code in codes}

    def alike(one: int) -> list[Several]:
        others = agents.all if agents.all >> one & 1 else 0
        drug = agents.drugs[one]
        if drug is None:
            return agents.by_status(one, others)
        same = others & (agents.of_drug[drug] | agents.unnamed)
        maybe = reduce(or_, [may_be[code] for code in codes if may_be[code] >> one & 1], 0) & others & ~same
        return [*agents.by_status(one, same), *agents.by_status(one, maybe)]

    return alike


def _identity(item: Item) -> tuple[str, str] | None:
    """Return what tells an agent from others, as ``_same_drug`` does; None for one that is not named."""
    drug = item.finding("drug").value
    return None if drug is None else (str(drug), _name(item) if drug == OTHER else "")


def _name(item: Item) -> str:
    """Return the name of an agent as names are told apart: case does not count."""
    return str(item.finding("name").value).casefold()


def _text(date: Finding) -> str | None:
    return None if date.value is None else str(date.value)


def stop_reason(facts: Facts) -> Finding:
    """Return the reason of a planned stop of the bone agent or, where none is planned, of the stops made.

    Origin: source. Only agents given for bone metastasis count. No stop at all is a known "no reason" (empty).
    """
    planned = facts.finding("plans.stop_bma")
    if planned.value is True:
        reason = facts.finding("plans.stop_bma_reason")
        return reason if reason.value is None else known((str(reason.value),), planned, reason)
    if planned.value is None:
        return planned
    reasons = tally(facts, "medications", reason_of_stop)
    if reasons.open:
        return unknown(*reasons.open)
    return known(values(reasons.sure), *reasons.sure)


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
    concluded = _event_on_agent(facts)
    return concluded if stated.value is False else either([stated, concluded])


def _event_on_agent(facts: Facts) -> Finding:
    """Return whether an event of the source's list is recorded and an agent for bone metastasis is active."""
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
    if event.value is None:
        return both([event, active])
    return both([event, active]) if active.value is not None or not absent(facts, "medications") else active
