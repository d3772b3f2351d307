"""Receptor status of breast cancer. Origin: convention (ASCO/CAP); the documents only speak of over-expression."""

from __future__ import annotations

from oncocds.profile.finding import Facts, Finding
from oncocds.profile.kleene import known, unknown

_FINAL = ("positive", "negative")
_IHC_NEGATIVE = ("0", "1+")


def below_one_percent(finding: Finding) -> bool:
    """Return whether a percentage lies above 0 and below 1: a true one, or a fraction that was meant as one."""
    return isinstance(finding.value, int | float) and 0 < finding.value < 1


def her2_status(facts: Facts) -> Finding:
    """Return HER2 status: as reported if final, else from IHC and ISH; a contradiction makes it unknown.

    IHC 3+ or ISH amplified is positive; else IHC 0/1+, or 2+ with ISH not amplified, is negative; 2+ alone is unknown.
    A report of "equivocal" is not final.
    """
    reported = facts.finding("biomarkers.her2_status")
    tested = her2_from_tests(facts)
    if reported.value in _FINAL:
        if tested.value is not None and tested.value != reported.value:
            # Recorded, and yet what to ask for; without ISH also ISH, which may settle it.
            ish = facts.finding("biomarkers.her2_ish")
            return unknown(*reported.used, *tested.used, *(ish.missing if tested.value == "negative" else ()))
        return reported
    return tested if tested.value is not None else unknown("biomarkers.her2_status", tested)


def her2_from_tests(facts: Facts) -> Finding:
    """Return HER2 status as IHC and ISH alone would have it."""
    ihc, ish = facts.finding("biomarkers.her2_ihc"), facts.finding("biomarkers.her2_ish")
    if ihc.value == "3+":
        return Finding("positive", ihc.used)
    if ish.value == "amplified":
        return Finding("positive", ish.used)
    if ihc.value in _IHC_NEGATIVE:
        return Finding("negative", ihc.used)
    if ihc.value == "2+":
        return known("negative", ihc, ish) if ish.value == "not_amplified" else unknown("biomarkers.her2_ish")
    return unknown("biomarkers.her2_ihc", "biomarkers.her2_ish")


def hormone_receptor_status(facts: Facts) -> Finding:
    """Return hormone receptor status: as reported, else positive from 1 % ER or PR, negative with both below.

    A report that contradicts the percentages makes it unknown. A percentage that may be a fraction decides nothing.
    """
    reported = facts.finding("biomarkers.hr_status")
    tested = receptors_from_tests(facts)
    if reported.value is not None:
        if tested.value is not None and tested.value != reported.value:
            return unknown(*reported.used, *tested.used)
        return reported
    return tested if tested.value is not None else unknown("biomarkers.hr_status", tested)


def receptors_from_tests(facts: Facts) -> Finding:
    """Return hormone receptor status as the percentages alone would have it."""
    percentages = [facts.finding("biomarkers.er_pct"), facts.finding("biomarkers.pr_pct")]
    for finding in percentages:
        if (
            isinstance(finding.value, int | float)
            and finding.value >= facts.vocabulary.numbers["receptor_positive_from"].value
        ):
            return known("positive", finding)
    missing = [
        unknown(*finding.used) if below_one_percent(finding) else finding
        for finding in percentages
        if finding.value is None or below_one_percent(finding)
    ]
    return unknown(*missing) if missing else known("negative", *percentages)
