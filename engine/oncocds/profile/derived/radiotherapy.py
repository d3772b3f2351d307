"""Radiotherapy courses."""

from __future__ import annotations

from oncocds.profile.finding import Facts, Finding, Item, RecordedItem
from oncocds.profile.kleene import both, either, equals, known, unknown
from oncocds.profile.lists import any_item

_BREAST_REGION = "radiotherapy_site.breast_region"


def laterality(facts: Facts, course: RecordedItem) -> Finding:
    """Return the side of a course; for a breast-region course without one, the side of the tumour (convention)."""
    recorded = course.recorded("laterality")
    if recorded.value is not None or course.finding("site").value not in facts.vocabulary.codes(_BREAST_REGION):
        return recorded
    of_tumour = facts.finding("diagnosis.laterality")
    return of_tumour if of_tumour.value is not None else unknown(recorded, of_tumour)


def bed10(facts: Facts, course: RecordedItem) -> Finding:
    """Return the biologically effective dose of a course in Gy: total dose × (1 + dose per fraction / 10).

    Origin: convention; the source speaks of BED10 and gives no formula. Not rounded, so that a limit means itself.
    """
    dose, fractions = course.finding("dose_gy"), course.finding("fractions")
    if not isinstance(dose.value, int | float) or not isinstance(fractions.value, int):
        return unknown(dose, fractions)
    effective = dose.value * (1 + dose.value / fractions.value / facts.vocabulary.numbers["alpha_beta_ratio"].value)
    return known(round(effective, 6), dose, fractions)


def in_anti_her2_course(facts: Facts) -> Finding:
    """Return whether radiotherapy is planned or ongoing, or was completed during the present anti-HER2 course.

    Origin: convention. A course recorded as within the anti-HER2 course counts whatever its status.
    """
    return any_item(facts, "radiotherapy", lambda course: _within(facts, course))


def _within(facts: Facts, course: Item) -> Finding:
    status, during = course.finding("status"), course.finding("during_current_antiher2")
    if status.value is None:
        return during if during.value is True else unknown(status, during)
    current = facts.vocabulary.codes("radiotherapy_status.current_or_planned")
    return either([equals(status, *current), both([equals(status, "completed"), during])])
