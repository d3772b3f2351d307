"""The clearance of creatinine in one given patient: a comparison of creatinine alone, where all else of it is recorded.

Elsewhere the formula is a product of what is open, and no change of it is searched for.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import z3

from oncocds.profile.derived import renal
from oncocds.profile.finding import Facts, Finding
from oncocds.proofs.facts import OpenFacts
from oncocds.proofs.given import Given
from oncocds.proofs.symbols import Symbol, as_symbol
from oncocds.proofs.terms import FALSE, TRUE, all_of, either_of, exact

_ROUNDING = 0.06  # the engine rounds a clearance to one decimal: nearer to the limit nothing is concluded from a change
_CREATININE = "labs.creatinine.value"
NAME = "derived.creatinine_clearance"
Read = Callable[[OpenFacts], Symbol]


def readings(given: Given, facts: Facts) -> Mapping[Callable[..., Any], Read]:
    """Return the readings of "the clearance is low", by the site's limit and by the labels', for a patient."""
    of_site, of_labels = given.was("policy.crcl_low"), facts.vocabulary.numbers["severe_clearance"].value
    return {
        renal.low_clearance: _below(given, renal.low_clearance(facts), of_site),
        renal.severely_low_clearance: _below(given, renal.severely_low_clearance(facts), of_labels),
    }


def _below(given: Given, now: Finding, limit: float | None) -> Read:
    def read(opened: OpenFacts) -> Symbol:
        age, sex, weight = (given.was(name) for name in ("age", "sex", "weight"))
        if limit is None or None in (age, weight) or sex not in ("male", "female"):
            if limit is not None:
                given.unsearched.add(NAME)
            return as_symbol(now)
        creatinine = opened.finding(_CREATININE)
        given.rounded.add(_CREATININE)
        words = opened.vocabulary
        of_women = words.numbers["clearance_of_women"].value if sex == "female" else 1.0
        scale = exact((140 - age) * weight * renal.umol_per_mg_dl(words) / 72 * of_women)
        was = given.was(_CREATININE)
        unchanged = FALSE if was is None else creatinine.term == exact(was)
        low = creatinine.term * exact(limit - _ROUNDING) > scale
        high = creatinine.term * exact(limit + _ROUNDING) < scale
        as_now = {True: TRUE if now.value is True else FALSE, False: TRUE if now.value is False else FALSE}
        missing = z3.Not(creatinine.known)
        cases = {
            value: either_of(
                [
                    all_of([creatinine.known, either_of([all_of([unchanged, as_now[value]]), found])]),
                    all_of([missing, as_now[value]]),
                ]
            )
            for value, found in ((True, low), (False, high))
        }
        return Symbol("boolean", either_of(cases.values()), cases, None, None, creatinine.missing)

    return read
