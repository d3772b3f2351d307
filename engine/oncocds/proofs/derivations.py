"""The SMT reading of derived facts: taken from the Python functions themselves, by exploration.

Each function that returns a finding is explored on its own, and its outcomes are one symbol from then on. A few are
written out instead, because what they do with sets would need a run per subset; ``tests/test_proofs_reading`` holds
every one of them, explored or written, against the Python function.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import reduce
from typing import Any

import z3

from oncocds.algebra import derivations
from oncocds.exploration.exploring import Answers
from oncocds.profile import lists
from oncocds.profile.derived import bone_agents, calcium, medications, metastases, renal
from oncocds.proofs import bone_agents as written_agents
from oncocds.proofs import lists as written_lists
from oncocds.proofs import oligometastases
from oncocds.proofs.facts import OpenFacts
from oncocds.proofs.recorded import severe_clearance_decided
from oncocds.proofs.symbols import KLEENE, Symbol
from oncocds.proofs.terms import TRUE, Names, all_of, condition_of, either_of, negation_of, union

_OF_CLEARANCE = ("age", "sex", "weight", "labs.creatinine.value")


class Derivations(derivations.Derivations):
    """Concludes symbols of the solver; ``written`` are readings of functions in the place of the usual ones."""

    def __init__(self, written: Mapping[Callable[..., Any], Callable[..., Symbol]] | None = None) -> None:
        of_lists = {
            lists.any_item: self.concluding(written_lists.any_item),
            lists.any_pair: self.concluding(written_lists.any_pair),
        }
        super().__init__(Symbol, {**KLEENE.native, **_WRITTEN, **of_lists, **(written or {})})

    def joined(self, ways: list[tuple[Answers, Any]]) -> Any:
        """Return the outcomes of an exploration as one finding. Raises ``TypeError`` for values of several kinds."""
        if len(ways) == 1:
            return ways[0][1]
        parts = [(condition_of(answers), outcome) for answers, outcome in ways]

        def number(of: Callable[[Any], Any]) -> Any:
            numbers = [(condition, term) for condition, outcome in parts if (term := of(outcome)) is not None]
            return reduce(lambda other, one: z3.If(*one, other), numbers[1:], numbers[0][1]) if numbers else None

        return Symbol.one_of(
            [outcome for _, outcome in parts],
            lambda of: either_of(all_of([condition, of(outcome)]) for condition, outcome in parts),
            number,
        )


def _low_clearance(facts: OpenFacts) -> Symbol:
    """Whether creatinine clearance is below the site's limit."""
    limit = facts.finding("policy.crcl_low")
    early = z3.Bool(f"clearance decided {facts.state}")
    if facts.state == "after":  # what was decided stays so, and what was not waits for more to be known
        before = z3.And(facts.source.known("policy.crcl_low", "before"), z3.Bool("clearance decided before"))
        early = _decided_later(facts, before, early, ("policy.crcl_low",))
    return _clearance(facts, z3.Bool("clearance is low"), early, limit.known, limit.missing)


def _severely_low_clearance(facts: OpenFacts) -> Symbol:
    """Whether creatinine clearance is below the figure of the drugs' labels."""
    early = z3.Bool(severe_clearance_decided(facts.state))
    if facts.state == "after":
        early = _decided_later(facts, z3.Bool(severe_clearance_decided("before")), early)
    return _clearance(facts, z3.Bool("clearance is severely low"), early, TRUE, Names())


def _decided_later(facts: OpenFacts, before: Any, after: Any, more: tuple[str, ...] = ()) -> Any:
    source = facts.source
    learnt = [
        all_of([source.known(name, "after"), negation_of(source.known(name, "before"))])
        for name in (*_OF_CLEARANCE, *more)
    ]
    return either_of([before, all_of([after, either_of(learnt)])])


def _clearance(facts: OpenFacts, low: Any, early: Any, limited: Any, limit_missing: Names) -> Symbol:
    """Return whether the clearance is low: its formula is a product, which stays uninterpreted.

    There is one clearance per patient. With all of it known it is compared with the limit; with some of it known best
    and worst case may decide (``early``), and never otherwise than the whole will.
    """
    age, sex, weight, creatinine = (facts.finding(name) for name in _OF_CLEARANCE)
    sexes = either_of([sex.cases["male"], sex.cases["female"]])
    whole = all_of([age.known, sexes, weight.known, creatinine.known])
    decided = all_of([limited, either_of([whole, early])])
    names = [
        union([*(part.missing for part in (age, weight, creatinine)), limit_missing]),
        Names({"sex": negation_of(sexes)}),
    ]
    missing = union(name.under(negation_of(decided)) for name in names)
    cases = {True: all_of([decided, low]), False: all_of([decided, z3.Not(low)])}
    return Symbol("boolean", decided, cases, None, Names(), missing)


def _taken_together(facts: OpenFacts) -> Symbol:
    """Whether calcium and albumin may be put together: days apart at most, or a date missing."""
    one, two = facts.finding("labs.calcium.date"), facts.finding("labs.albumin.date")
    most = int(facts.vocabulary.numbers["albumin_days_apart"].value)
    far = z3.Or(one.term - two.term > most, two.term - one.term > most)
    apart = all_of([one.known, two.known, far])
    return Symbol("boolean", TRUE, {True: negation_of(apart), False: apart})


_WRITTEN: Mapping[Callable[..., Any], Callable[..., Symbol]] = {
    bone_agents.stop_reason: written_agents.stop_reason,
    medications.classes: derivations.classes,
    medications.drug: derivations.drug,
    metastases.brain_oligometastases_new: oligometastases.brain_oligometastases_new,
    metastases.few_metastases: oligometastases.few_metastases,
    calcium.taken_together: _taken_together,
    renal.low_clearance: _low_clearance,
    renal.severely_low_clearance: _severely_low_clearance,
}
