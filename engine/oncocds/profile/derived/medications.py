"""A medication's effective fields: the classes of the drug, and what a bone-modifying agent is given for."""

from __future__ import annotations

from collections.abc import Mapping

from oncocds.profile.finding import Facts, Finding, Item, RecordedItem
from oncocds.profile.kleene import NO, both, equals, unknown
from oncocds.profile.lists import any_item
from oncocds.vocabulary.models import Drug

# What a recorded class says besides itself: every bisphosphonate is a bone-modifying agent, every anticancer class
# is systemic therapy. Drugs of the vocabulary list all their classes themselves.
_IMPLIED: Mapping[str, str] = {
    "bisphosphonate": "bone_modifying_agent",
    "anti_her2": "systemic",
    "ret_inhibitor": "systemic",
    "immunotherapy": "systemic",
    "endocrine": "systemic",
    "cdk4_6_inhibitor": "systemic",
    "chemotherapy": "systemic",
    "adc": "systemic",
    "parp_inhibitor": "systemic",
    "other_targeted": "systemic",
}

_MONTHLY_FROM, _MONTHLY_TO = 3, 5  # weeks; the documents say "once a month" and nothing nearer


def classes(facts: Facts, medication: RecordedItem) -> Finding:
    """Return the classes of a drug: the vocabulary's, or for ``other`` the recorded ones (unknown without them)."""
    drug = medication.finding("drug")
    if drug.value is None:
        return drug
    if drug.value == "other":
        recorded = medication.recorded("class")
        if not isinstance(recorded.value, tuple):
            return recorded
        implied = (_IMPLIED[name] for name in recorded.value if name in _IMPLIED)
        return Finding(tuple(dict.fromkeys((*recorded.value, *implied))), recorded.used)
    of_drug: Drug = facts.vocabulary.drugs[str(drug.value)]
    return Finding(of_drug.classes, drug.used)


def of_class(medication: Item, wanted: str) -> Finding:
    """Return whether a drug belongs to a class."""
    found = medication.finding("class")
    if found.value is None:
        return found
    assert isinstance(found.value, tuple)
    return Finding(True, found.used) if wanted in found.value else NO


def active_of_class(facts: Facts, asserted: str, wanted: str) -> Finding:
    """Return whether a drug of a class is active: as the fact ``asserted`` says, else by the medications."""
    stated = facts.finding(asserted)
    if stated.value is not None:
        return stated
    return any_item(
        facts, "medications", lambda item: both([equals(item.finding("status"), "active"), of_class(item, wanted)])
    )


def for_bone_metastasis(facts: Facts, medication: RecordedItem) -> Finding:  # noqa: ARG001
    """Return whether a bone-modifying agent is given for bone metastasis. Origin: convention.

    The recorded indication says so. Without one, agents in common use for osteoporosis and agents the vocabulary does
    not know are unknown; the others are taken as given for bone metastasis. No other drug ever is.
    """
    of_drug = medication.finding("class")
    if of_drug.value is None:
        indication = medication.finding("indication")
        if indication.value is not None and indication.value != "bone_metastasis":
            return Finding(False, indication.used)
        return of_drug
    assert isinstance(of_drug.value, tuple)
    if "bone_modifying_agent" not in of_drug.value:
        return NO
    indication = medication.finding("indication")
    if indication.value is not None:
        return Finding(indication.value == "bone_metastasis", indication.used)
    if "osteoporosis_agent" in of_drug.value or medication.finding("drug").value == "other":
        return unknown(indication)
    return Finding(True, of_drug.used)


def monthly(facts: Facts, medication: RecordedItem) -> Finding:  # noqa: ARG001
    """Return whether a drug is given monthly: an interval of 3 to 5 weeks, else as recorded. Origin: convention."""
    interval = medication.finding("interval_weeks")
    if interval.value is None:
        recorded = medication.recorded("monthly")
        return recorded if recorded.value is not None else unknown(interval)
    assert isinstance(interval.value, int | float)
    return Finding(_MONTHLY_FROM <= interval.value <= _MONTHLY_TO, interval.used)
