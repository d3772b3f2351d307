"""Kidney function and age. Cockcroft-Gault is a convention: the source says only "肌酐清除率"."""

from __future__ import annotations

from oncocds.profile.derived.limits import above_limit
from oncocds.profile.derived.medications import active_of_class
from oncocds.profile.finding import Facts, Finding
from oncocds.profile.kleene import either, known, unknown
from oncocds.vocabulary.models import Vocabulary

_SEXES = ("male", "female")  # what the formula knows
_AGES = (0.0, 130.0)  # what the profile accepts


def creatinine_clearance(facts: Facts) -> Finding:
    """Return creatinine clearance in mL/min by Cockcroft-Gault, from age, sex, actual weight and serum creatinine.

    Origin: convention. (140 − age) × weight / (72 × creatinine in mg/dL), × 0.85 for women; to one decimal. The formula
    knows two sexes: with any other, as with none, it has no value.
    """
    inputs = _inputs(facts)
    open_ = _open(inputs)
    if open_:
        return unknown(*open_)
    return known(_clearance(facts, inputs)[0], *inputs)


def renal_concern(facts: Facts) -> Finding:
    """Return whether renal insufficiency is stated or severe, a nephrotoxic drug active, clearance or creatinine amiss.

    Origin: source; a "low" clearance is local policy (``policy.crcl_low``), creatinine is held against the laboratory's
    own upper limit. Clearance is reasoned over best and worst case of what is missing.
    """
    stated = facts.finding("comorbidities.renal_insufficiency")
    if stated.value is True:
        return stated
    severe = facts.finding("derived.severe_renal_impairment")
    if severe.value is True:
        return severe
    nephrotoxic = active_of_class(facts, "treatment.nephrotoxic_drug", "nephrotoxic")
    return either([stated, severe, nephrotoxic, low_clearance(facts), high_creatinine(facts)])


def severe_renal_impairment(facts: Facts) -> Finding:
    """Return whether the patient is on dialysis or clearance is below 30 mL/min. Origin: convention (drug labels)."""
    return either([facts.finding("comorbidities.dialysis"), severely_low_clearance(facts)])


def high_creatinine(facts: Facts) -> Finding:
    """Return whether creatinine is above the laboratory's upper limit."""
    return above_limit(
        facts,
        "labs.creatinine.value",
        "labs.creatinine.reference_high",
        "labs.creatinine.interpretation",
        facts.vocabulary.quantities["creatinine"].upper_limits,
    )


def elderly(facts: Facts) -> Finding:
    """Return whether the patient is elderly: the clinician's answer, else by ``policy.elderly_age``."""
    asserted = facts.finding("elderly")
    if asserted.value is not None:
        return asserted
    age, limit = facts.finding("age"), facts.finding("policy.elderly_age")
    if not isinstance(age.value, int | float) or not isinstance(limit.value, int | float):
        return unknown(asserted, age, limit)
    return known(age.value >= limit.value, age, limit)


def _inputs(facts: Facts) -> list[Finding]:
    return [facts.finding(name) for name in ("age", "sex", "weight", "labs.creatinine.value")]


def _open(inputs: list[Finding]) -> list[Finding]:
    """Return what is missing of the inputs; a sex the formula does not know is missing too."""
    age, sex, *others = inputs
    asked = sex if sex.value in _SEXES else unknown("sex")
    return [finding for finding in (age, asked, *others) if finding.value is None]


def _clearance(facts: Facts, inputs: list[Finding]) -> tuple[float, float]:
    """Return the least and the greatest clearance that the inputs allow, each missing one anywhere in its range."""
    age, sex, weight, creatinine = inputs
    youngest, oldest = _range(age, _AGES)
    lightest, heaviest = _range(weight, facts.vocabulary.quantities["mass"].plausible)
    least, most = _range(creatinine, facts.vocabulary.quantities["creatinine"].plausible)
    per_mg_dl, female = umol_per_mg_dl(facts.vocabulary), facts.vocabulary.numbers["clearance_of_women"].value
    low = (140 - oldest) * lightest / (72 * most / per_mg_dl)
    high = (140 - youngest) * heaviest / (72 * least / per_mg_dl)
    return round(low if sex.value == "male" else female * low, 1), round(
        female * high if sex.value == "female" else high, 1
    )


def umol_per_mg_dl(vocabulary: Vocabulary) -> float:
    """Return how many µmol/L of creatinine are one mg/dL."""
    return vocabulary.quantities["creatinine"].factors["mg/dL"]


def _range(finding: Finding, widest: tuple[float, float]) -> tuple[float, float]:
    value = finding.value
    return (value, value) if isinstance(value, int | float) else widest


def low_clearance(facts: Facts) -> Finding:
    """Return whether creatinine clearance is below ``policy.crcl_low``, by best and worst case of what is missing."""
    return _below(facts, facts.finding("policy.crcl_low"))


def severely_low_clearance(facts: Facts) -> Finding:
    """Return whether creatinine clearance is below 30 mL/min, by best and worst case of what is missing."""
    return _below(facts, Finding(facts.vocabulary.numbers["severe_clearance"].value))


def _below(facts: Facts, limit: Finding) -> Finding:
    inputs = _inputs(facts)
    if isinstance(limit.value, int | float):
        low, high = _clearance(facts, inputs)
        if high < limit.value:
            return known(True, *inputs, limit)
        if low >= limit.value:
            return known(False, *inputs, limit)
    return unknown(*_open(inputs), limit)
