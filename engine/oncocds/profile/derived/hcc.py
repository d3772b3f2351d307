"""Hepatocellular carcinoma: the facts that inclusion and exclusion criteria are compared with."""

from __future__ import annotations

from oncocds.profile.finding import Facts, Finding, Item
from oncocds.profile.kleene import NO, equals, known, unknown
from oncocds.profile.lists import tally, values

_ESTABLISHED = "lesion_status.established"


def largest_metastasis(facts: Facts) -> Finding:
    """Return the diameter of the largest metastasis in cm, 0 where there is none outside the liver.

    Origin: convention. An answer on extrahepatic metastases that the size or the list of lesions contradicts makes it
    unknown: a criterion is never met by what cannot be right.
    """
    present, size = facts.finding("hcc.extrahepatic_mets"), facts.finding("hcc.met_max_cm")
    if size_contradicts(present, size):
        return unknown(*present.used, *size.used)
    if present.value is False:
        seen = established_outside_liver(facts)
        return unknown(*present.used) if seen else known(0.0, present)
    return size if size.value is not None or present.value is True else unknown(present, size)


def size_contradicts(present: Finding, size: Finding) -> bool:
    """Tell whether the answer on extrahepatic metastases and the size of the largest cannot both be right."""
    return None not in (present.value, size.value) and bool(present.value) is not bool(size.value)


def established_outside_liver(facts: Facts) -> tuple[Finding, ...]:
    """Return the established lesions outside the liver that are neither the primary nor resolved."""
    return tally(facts, "lesions", lambda lesion: _outside_liver(facts, lesion)).sure


def _outside_liver(facts: Facts, lesion: Item) -> Finding:
    """Return whether a lesion is established outside the liver and is neither the primary nor resolved."""
    organ, status = lesion.finding("organ"), lesion.finding("status")
    if (
        organ.value not in (None, "liver")
        and status.value in facts.vocabulary.codes(_ESTABLISHED)
        and lesion.finding("is_primary").value is not True
        and lesion.finding("trend").value != "resolved"
    ):
        return known(True, organ, status)
    return NO


def prior_radiotherapy(facts: Facts) -> Finding:
    """Return whether radiotherapy was given before: as recorded, else yes where a course is completed.

    Origin: source; any site counts, the passage names none. "No" beside a completed course makes it unknown. Courses
    without a completed one do not say that there never was one.
    """
    recorded = facts.finding("hcc.prior_rt")
    completed = tally(facts, "radiotherapy", lambda course: equals(course.finding("status"), "completed"))
    if recorded.value is False and completed.sure:
        return unknown(*recorded.used, *(path for status in completed.sure for path in status.used))
    if recorded.value is not None:
        return recorded
    return known(True, *completed.sure) if completed.sure else unknown(recorded, *completed.open)


def prior_radiotherapy_sites(facts: Facts) -> Finding:
    """Return the sites of completed courses; unknown where the site of none is recorded.

    Origin: convention. Only for display beside prior radiotherapy, which may be recorded without its course: it names
    those that are recorded and does not say that there are no others.
    """
    sites = tally(facts, "radiotherapy", _completed_site)
    if not sites.sure:
        return unknown(*sites.open) if sites.open else unknown("radiotherapy")
    return known(values(sites.sure), *sites.sure)


def _completed_site(course: Item) -> Finding:
    return course.finding("site") if course.finding("status").value == "completed" else NO
