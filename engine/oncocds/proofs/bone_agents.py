"""The SMT reading of derived facts about bone-modifying agents.

Written out here: explored, pairs of drugs and sets of reasons would need a run for every combination of what two drugs
can be.
"""

from __future__ import annotations

from collections.abc import Iterable
from itertools import combinations
from typing import Any

from oncocds.proofs.combining import both, either, equals
from oncocds.proofs.facts import OpenFacts, OpenItem
from oncocds.proofs.symbols import Symbol
from oncocds.proofs.terms import FALSE, TRUE, Names, all_of, either_of, negation_of, union


def stop_reason(facts: OpenFacts) -> Symbol:
    """``derived.bone_agent_stop_reason``: of the planned stop, else of the stops made; open while one of them is."""
    planned, reason = facts.finding("plans.stop_bma"), facts.finding("plans.stop_bma_reason")
    recorded = facts.source.known("medications", facts.state)
    lacking = all_of([planned.false, negation_of(facts.whole("medications"))])
    cases: dict[str, list[Any]] = {code: [all_of([planned.true, reason.cases[code]])] for code in reason.cases}
    open_: list[Any] = [lacking]
    missing = [reason.missing.under(planned.true), Names({"medications": lacking})]
    for item in facts.slots["medications"]:
        given, status, why = (item.finding(name) for name in ("for_bone_metastasis", "status", "stop_reason"))
        stopped = all_of([given.true, status.cases["stopped"]])
        never = either_of([given.false, all_of([status.known, negation_of(status.cases["stopped"])])])
        here = all_of([planned.false, recorded, item.present])
        unsure = all_of([here, negation_of(stopped), negation_of(never)])
        nameless = all_of([here, stopped, negation_of(why.known)])
        open_ += [unsure, nameless]
        for code, conditions in cases.items():
            conditions.append(all_of([here, stopped, why.cases[code]]))
        missing += [given.missing.under(unsure), status.missing.under(unsure), why.missing.under(nameless)]
    nothing_open = all_of([planned.false, recorded, *(negation_of(one) for one in open_)])
    known = either_of([all_of([planned.true, reason.known]), nothing_open])
    joined = {code: all_of([known, either_of(conditions)]) for code, conditions in cases.items()}
    return Symbol("many", known, joined, None, Names(), union(missing))


def bone_agents_together(facts: OpenFacts) -> Symbol:
    """``derived.bone_agents_together``: two distinct agents current at once, not in sequence and no declared switch."""
    pairs = combinations(facts.slots["medications"], 2)
    return _of_any_pair(facts, (_together(facts, one, two) for one, two in pairs))


def bone_agent_listed_twice(facts: OpenFacts) -> Symbol:
    """``derived.bone_agent_listed_twice``: the same agent current in two entries."""
    pairs = combinations(facts.slots["medications"], 2)
    return _of_any_pair(facts, (_twice(facts, one, two) for one, two in pairs))


def _of_any_pair(facts: OpenFacts, pairs: Iterable[Symbol]) -> Symbol:
    recorded, whole = facts.source.known("medications", facts.state), facts.whole("medications")
    parts = tuple(pairs)
    found = either(parts) if parts else Symbol("boolean", TRUE, {True: FALSE, False: TRUE})
    true, false = all_of([recorded, found.true]), all_of([whole, found.false])
    lacking = negation_of(either_of([true, whole]))
    missing = union([found.missing.under(recorded), Names({"medications": lacking})])
    return Symbol("boolean", either_of([true, false]), {True: true, False: false}, None, Names(), missing)


def _together(facts: OpenFacts, one: OpenItem, two: OpenItem) -> Symbol:
    apart = either_of([_same(one, two), *_in_sequence(one, two), _switched(facts, one, two)])
    return _pair(facts, one, two, _named(one, two), all_of([one.present, two.present, negation_of(apart)]))


def _twice(facts: OpenFacts, one: OpenItem, two: OpenItem) -> Symbol:
    named, same = _named(one, two), _same(one, two)
    cases = {True: same, False: all_of([named.known, negation_of(same)])}
    alike = Symbol("boolean", named.known, cases, None, Names(), named.missing)
    return _pair(facts, one, two, alike, all_of([one.present, two.present]))


def _same(one: OpenItem, two: OpenItem) -> Any:
    """Both drugs are the same; those the vocabulary does not know are told by their names."""
    drugs, names = ([item.finding(field) for item in (one, two)] for field in ("drug", "name"))
    same = either_of(all_of([when, drugs[1].cases[code]]) for code, when in drugs[0].cases.items())
    return all_of([same, either_of([negation_of(drugs[0].cases["other"]), names[0].term == names[1].term])])


def _named(one: OpenItem, two: OpenItem) -> Symbol:
    drugs = [one.finding("drug"), two.finding("drug")]
    known = all_of([drug.known for drug in drugs])
    return Symbol("boolean", known, {True: known, False: FALSE}, None, Names(), union([drug.missing for drug in drugs]))


def _pair(facts: OpenFacts, one: OpenItem, two: OpenItem, drugs: Symbol, there: Any) -> Symbol:
    """Both are bone-modifying agents and current, and ``drugs`` is true of them; False unless they are ``there``."""
    codes = facts.vocabulary.codes("medication_status.current_or_planned")
    current = [equals(item.finding("status"), *codes) for item in (one, two)]
    found = both([_agent(one), _agent(two), drugs, *current])
    true, false = all_of([there, found.true]), either_of([negation_of(there), found.false])
    return Symbol(
        "boolean", either_of([true, false]), {True: true, False: false}, None, Names(), found.missing.under(there)
    )


def _agent(item: OpenItem) -> Symbol:
    classes = item.finding("class")
    inside = classes.cases["bone_modifying_agent"]
    open_ = classes.open_cases["bone_modifying_agent"]
    known = all_of([classes.known, negation_of(open_)])
    cases = {True: inside, False: all_of([known, negation_of(inside)])}
    missing = union([classes.missing.under(negation_of(classes.known)), Names({f"{item.path}.class": open_})])
    return Symbol("boolean", known, cases, None, Names(), missing)


def _in_sequence(one: OpenItem, two: OpenItem) -> list[Any]:
    found = []
    for first, second in ((one, two), (two, one)):
        stop, start = first.finding("stop_date"), second.finding("start_date")
        found.append(all_of([stop.known, start.known, start.term >= stop.term]))
    return found


def _switched(facts: OpenFacts, one: OpenItem, two: OpenItem) -> Any:
    planned, reason = facts.finding("plans.stop_bma"), facts.finding("plans.stop_bma_reason")
    statuses = [one.finding("status"), two.finding("status")]
    ways = [all_of([first.cases["active"], second.cases["planned"]]) for first, second in (statuses, statuses[::-1])]
    return all_of([planned.true, reason.cases["switch"], either_of(ways)])
