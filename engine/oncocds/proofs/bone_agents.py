"""The SMT reading of why bone-modifying agents were stopped.

Written out here: explored, sets of reasons would need a run for every combination of what the drugs can be.
"""

from __future__ import annotations

from typing import Any

from oncocds.proofs.facts import OpenFacts
from oncocds.proofs.symbols import Symbol
from oncocds.proofs.terms import Names, all_of, either_of, negation_of, union


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
