"""Receptor status of breast cancer. Origin: convention (ASCO/CAP); the documents only speak of over-expression."""

from __future__ import annotations

from oncocds.profile.finding import Facts, Finding
from oncocds.profile.kleene import known, unknown

_POSITIVE_FROM = 1.0  # percent of stained nuclei; ASCO/CAP


def her2_status(facts: Facts) -> Finding:
    """Return HER2 status: as reported if final, else from IHC and ISH; a contradiction makes it unknown.

    IHC 3+ or ISH amplified is positive; IHC 0/1+, or 2+ with ISH not amplified, is negative; 2+ alone is unknown.
    """
    reported = facts.finding("biomarkers.her2_status")
    tested = her2_from_tests(facts)
    if reported.value in ("positive", "negative"):
        if tested.value is not None and tested.value != reported.value:
            return unknown(*reported.used, *tested.used)
        return known(reported.value, reported)
    if tested.value is not None:
        return tested
    return unknown(tested) if reported.used else unknown("biomarkers.her2_status", tested)


def her2_from_tests(facts: Facts) -> Finding:
    """Return HER2 status as IHC and ISH alone would have it."""
    ihc, ish = facts.finding("biomarkers.her2_ihc"), facts.finding("biomarkers.her2_ish")
    if ihc.value in ("0", "1+") and ish.value == "amplified":
        return unknown(*ihc.used, *ish.used)
    if ihc.value == "3+":
        return known("positive", ihc)
    if ish.value == "amplified":
        return known("positive", ish)
    if ihc.value in ("0", "1+"):
        return known("negative", ihc)
    if ihc.value == "2+":
        return known("negative", ihc, ish) if ish.value == "not_amplified" else unknown("biomarkers.her2_ish")
    return unknown("biomarkers.her2_ihc", "biomarkers.her2_ish")


def hormone_receptor_status(facts: Facts) -> Finding:
    """Return hormone receptor status: as reported, else positive from 1 % ER or PR, negative with both below."""
    reported = facts.finding("biomarkers.hr_status")
    tested = receptors_from_tests(facts)
    if reported.value is not None:
        if tested.value is not None and tested.value != reported.value:
            return unknown(*reported.used, *tested.used)
        return known(reported.value, reported)
    return tested if tested.value is not None else unknown("biomarkers.hr_status", tested)


def receptors_from_tests(facts: Facts) -> Finding:
    """Return hormone receptor status as the percentages alone would have it."""
    percentages = [facts.finding("biomarkers.er_pct"), facts.finding("biomarkers.pr_pct")]
    for finding in percentages:
        if isinstance(finding.value, int | float) and finding.value >= _POSITIVE_FROM:
            return known("positive", finding)
    missing = [finding for finding in percentages if finding.value is None]
    return unknown(*missing) if missing else known("negative", *percentages)
