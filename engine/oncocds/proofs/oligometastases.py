"""The SMT reading of derived facts that count lesions against a maximum of the site's policy.

What is said of one lesion is explored. The counting is written out here: explored, it would need a run for every way
the lesions can be sure, open or not there.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import z3

from oncocds.profile.derived import metastases
from oncocds.proofs.facts import OpenFacts, OpenItem
from oncocds.proofs.symbols import Symbol, as_symbol
from oncocds.proofs.terms import Names, all_of, either_of, negation_of, union


def few_metastases(facts: OpenFacts) -> Symbol:
    """At least one metastasis and no more than the maximum."""
    maximum = facts.finding("policy.oligomet_max")
    listed, lesions = _lesions(facts)
    whole = facts.whole("lesions")
    parts = [(here, _of(facts, metastases.metastasis, facts, one)) for one, here in lesions]
    sure = [all_of([here, part.true]) for here, part in parts]
    open_ = [all_of([here, negation_of(part.known)]) for here, part in parts]
    told = all_of([negation_of(maximum.known), either_of(sure)])  # without a maximum open lesions add nothing then
    missing = [
        part.missing.under(all_of([one, negation_of(told)])) for one, (_, part) in zip(open_, parts, strict=True)
    ]
    few, many, room = _count(sure), _count(open_), maximum.term - _count(sure)
    none = all_of([whole, z3.Not(z3.Or(*sure, *open_)) if lesions else z3.BoolVal(True)])
    full = z3.And(maximum.known, z3.Or(room < 0, z3.And(room == 0, few == 0)))
    enough = z3.And(whole, few > 0, maximum.known, many <= room)
    false = all_of([listed, z3.Or(none, full)])
    true = all_of([listed, z3.Not(z3.Or(none, full)), enough])
    unknown = all_of([listed, negation_of(either_of([true, false]))])
    asks = union([*(names.under(unknown) for names in missing), maximum.missing.under(unknown)])
    more = all_of([unknown, negation_of(whole), negation_of(told)])
    missing_list = Names({"lesions": either_of([negation_of(listed), more])})
    return Symbol(
        "boolean", either_of([true, false]), {True: true, False: false}, None, Names(), union([asks, missing_list])
    )


def brain_oligometastases_new(facts: OpenFacts) -> Symbol:
    """``derived.brain_oligometastases_new``: a new brain metastasis and no more of them than the maximum."""
    asserted, maximum = facts.finding("diagnosis.brain_oligo_new"), facts.finding("policy.brain_oligo_max")
    listed, lesions = _lesions(facts)
    whole = facts.whole("lesions")
    parts = [
        (one, here, _of(facts, metastases.in_brain, facts, one), _of(facts, metastases.newly_seen, one))
        for one, here in lesions
    ]
    sure = [all_of([here, brain.true]) for _, here, brain, _ in parts]
    open_ = [all_of([here, negation_of(brain.known)]) for _, here, brain, _ in parts]
    room, many = maximum.term - _count(sure), _count(open_)
    free = {least: z3.Or(z3.Not(maximum.known), room >= least) for least in (0, 1)}
    candidates = [
        all_of([one, negation_of(new.false), free[0]]) for one, (_, _, _, new) in zip(sure, parts, strict=True)
    ]
    possible = [
        all_of([one, negation_of(new.false), free[1]]) for one, (_, _, _, new) in zip(open_, parts, strict=True)
    ]
    certainly = either_of(all_of([one, new.true]) for one, (_, _, _, new) in zip(candidates, parts, strict=True))
    further = all_of([negation_of(whole), free[1]])
    false = all_of([listed, negation_of(either_of([*candidates, *possible, further]))])
    true = all_of([whole, certainly, maximum.known, many <= room])
    unknown = all_of([listed, negation_of(either_of([true, false]))])
    maybe = all_of([unknown, negation_of(certainly)])
    crowd = all_of([maybe, maximum.known, many > room])
    lacking = all_of([negation_of(whole), either_of([maybe, all_of([unknown, maximum.known])])])
    asks = [maximum.missing.under(unknown), Names({"lesions": either_of([negation_of(listed), lacking])})]
    for place, (_, _, brain, new) in enumerate(parts):
        asks += [
            brain.missing.under(all_of([unknown, certainly, maximum.known, open_[place]])),
            new.missing.under(all_of([maybe, either_of([candidates[place], possible[place]])])),
            brain.missing.under(all_of([maybe, possible[place]])),
            brain.missing.under(all_of([crowd, open_[place]])),
        ]
    return _or_asserted(asserted, true, false, union(asks))


def _lesions(facts: OpenFacts) -> tuple[Any, list[tuple[OpenItem, Any]]]:
    listed = facts.listed("lesions")
    return listed, [(item, all_of([listed, item.present])) for item in facts.slots["lesions"]]


def _of(facts: OpenFacts, finding: Callable[..., Any], *given: Any) -> Symbol:
    """Return what a function of the derivations says of one lesion."""
    return as_symbol(facts.derive.read(finding)(*given))


def _count(terms: list[Any]) -> Any:
    return z3.ToReal(z3.Sum([z3.If(term, 1, 0) for term in terms])) if terms else z3.RealVal(0)


def _or_asserted(asserted: Symbol, true: Any, false: Any, missing: Names) -> Symbol:
    open_ = negation_of(asserted.known)
    cases = {
        True: either_of([asserted.true, all_of([open_, true])]),
        False: either_of([asserted.false, all_of([open_, false])]),
    }
    known = either_of([asserted.known, true, false])
    asked = union([missing.under(open_), asserted.missing.under(negation_of(known))])
    return Symbol("boolean", known, cases, None, Names(), asked)
