"""Kidney function and age. Cockcroft-Gault is a convention: the source says only "肌酐清除率"."""

from __future__ import annotations

from oncocds.profile.finding import Facts, Finding
from oncocds.profile.kleene import NO, both, either, equals, known, unknown

_UMOL_PER_MG_DL = 88.4
_FEMALE = 0.85


def creatinine_clearance(facts: Facts) -> Finding:
    """Return creatinine clearance in mL/min by Cockcroft-Gault, from age, sex, actual weight and serum creatinine."""
    inputs, bounds = _clearance(facts)
    if bounds is None or bounds[0] != bounds[1]:
        return unknown(*inputs)
    return known(bounds[0], *inputs)


def renal_concern(facts: Facts) -> Finding:
    """Return whether renal insufficiency is stated, a nephrotoxic drug is active, or clearance is low by policy."""
    return either([facts.finding("comorbidities.renal_insufficiency"), _nephrotoxic(facts), _low_clearance(facts)])


def elderly(facts: Facts) -> Finding:
    """Return whether the patient is elderly: the clinician's answer, else age against ``policy.elderly_age``."""
    asserted = facts.finding("elderly")
    if asserted.value is not None:
        return asserted
    age, limit = facts.finding("age"), facts.finding("policy.elderly_age")
    if age.value is None or limit.value is None:
        return unknown(asserted, age, limit)
    assert isinstance(age.value, int | float)
    assert isinstance(limit.value, int | float)
    return known(age.value >= limit.value, age, limit)


def _clearance(facts: Facts) -> tuple[list[Finding], tuple[float, float] | None]:
    """Return the inputs and the least and the greatest clearance they allow (sex unknown: either factor)."""
    age, weight = facts.finding("age"), facts.finding("weight")
    creatinine, sex = facts.finding("labs.creatinine.value"), facts.finding("sex")
    inputs = [age, sex, weight, creatinine]
    if age.value is None or weight.value is None or creatinine.value is None:
        return inputs, None
    assert isinstance(age.value, int | float)
    assert isinstance(weight.value, int | float)
    assert isinstance(creatinine.value, int | float)
    male = max(0.0, 140 - age.value) * weight.value / (72 * creatinine.value / _UMOL_PER_MG_DL)
    low = male if sex.value == "male" else _FEMALE * male
    high = _FEMALE * male if sex.value == "female" else male
    return inputs, (round(low, 1), round(high, 1))


def _low_clearance(facts: Facts) -> Finding:
    inputs, bounds = _clearance(facts)
    limit = facts.finding("policy.crcl_low")
    if bounds is None or limit.value is None:
        return unknown(*(finding for finding in inputs if finding.value is None), limit)
    assert isinstance(limit.value, int | float)
    if bounds[1] < limit.value:
        return known(True, *inputs, limit)
    if bounds[0] >= limit.value:
        return known(False, *inputs, limit)
    return unknown("sex")


def _nephrotoxic(facts: Facts) -> Finding:
    asserted = facts.finding("treatment.nephrotoxic_drug")
    if asserted.value is not None:
        return asserted
    medications = facts.items("medications")
    if medications is None:
        return unknown("medications")
    return either(
        both([_of_class(item.finding("class"), "nephrotoxic"), equals(item.finding("status"), "active")])
        for item in medications
    )


def _of_class(classes: Finding, wanted: str) -> Finding:
    if classes.value is None:
        return classes
    assert isinstance(classes.value, tuple)
    return known(True, classes) if wanted in classes.value else NO
