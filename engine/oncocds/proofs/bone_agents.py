"""The SMT reading of why bone-modifying agents were stopped.

What is said of one drug is explored. The set of reasons is written out here: explored, it would need a run for every
combination of what the drugs can be.
"""

from __future__ import annotations

from typing import Any

from oncocds.profile.derived import bone_agents
from oncocds.proofs.facts import OpenFacts
from oncocds.proofs.symbols import Symbol
from oncocds.proofs.terms import FALSE, Names, all_of, either_of, negation_of, union


def stop_reason(facts: OpenFacts) -> Symbol:
    """``derived.bone_agent_stop_reason``: of the planned stop, else of the stops made; open while one of them is."""
    planned, reason = facts.finding("plans.stop_bma"), facts.finding("plans.stop_bma_reason")
    recorded = facts.listed("medications")
    lacking = all_of([planned.false, negation_of(facts.whole("medications"))])
    cases: dict[str, list[Any]] = {code: [all_of([planned.true, reason.cases[code]])] for code in reason.cases}
    open_: list[Any] = [lacking]
    missing = [reason.missing.under(planned.true), planned.missing, Names({"medications": lacking})]
    for item in facts.slots["medications"]:
        why = facts.derive.read(bone_agents.reason_of_stop)(item)
        here = all_of([planned.false, recorded, item.present])
        unsure = all_of([here, negation_of(why.known)])
        open_.append(unsure)
        for code, conditions in cases.items():
            conditions.append(all_of([here, why.cases.get(code, FALSE)]))
        missing.append(why.missing.under(unsure))
    nothing_open = all_of([planned.false, recorded, *(negation_of(one) for one in open_)])
    known = either_of([all_of([planned.true, reason.known]), nothing_open])
    joined = {code: all_of([known, either_of(conditions)]) for code, conditions in cases.items()}
    return Symbol("many", known, joined, None, Names(), union(missing))
