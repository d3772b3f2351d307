"""A medication's effective fields: the drug and its classes, and what a bone-modifying agent is given for."""

from __future__ import annotations

from oncocds.profile.finding import Facts, Finding, Item, RecordedItem
from oncocds.profile.kleene import NO, both, equals, unknown
from oncocds.profile.lists import any_item
from oncocds.vocabulary.drug_classes import OTHER, possible_drugs, with_implied, without_implying
from oncocds.vocabulary.models import Drug


def drug(facts: Facts, medication: RecordedItem) -> Finding:
    """Return the drug, as recorded. One recorded as ``other`` may be any that the vocabulary knows.

    Not one that its recorded classes exclude, and none where all its classes are told: who tells them knows the drug.
    """
    recorded = medication.recorded("drug")
    if recorded.value != OTHER:
        return recorded
    told = [medication.recorded(field) for field in ("class", "has_class", "not_class")]
    used = (*recorded.used, *(path for one in told for path in one.used))
    whole, some, none = (one.value if isinstance(one.value, tuple) else None for one in told)
    if whole is not None:
        return Finding(OTHER, used)
    return Finding(OTHER, used, open=possible_drugs(facts.vocabulary, some or (), none or ()))


def classes(facts: Facts, medication: RecordedItem) -> Finding:
    """Return the classes of a drug: the vocabulary's, or for ``other`` the recorded ones.

    Where only some are recorded, those it has and those it has not, the others are open; without any all are unknown.
    """
    named = medication.recorded("drug")
    if named.value is None:
        return named
    if named.value == OTHER:
        recorded, implied = medication.recorded("class"), facts.vocabulary.implied_classes
        if isinstance(recorded.value, tuple):
            return Finding(with_implied(recorded.value, implied), recorded.used)
        some, none = medication.recorded("has_class"), medication.recorded("not_class")
        if some.value is None and none.value is None:
            return recorded
        has = with_implied(some.value if isinstance(some.value, tuple) else (), implied)
        has_not = without_implying(none.value if isinstance(none.value, tuple) else (), implied)
        every = facts.vocabulary.value_sets["drug_class"].members
        return Finding(has, (*some.used, *none.used), open=frozenset(every) - {*has, *has_not})
    of_drug: Drug = facts.vocabulary.drugs[str(named.value)]
    return Finding(of_drug.classes, named.used)


def of_class(medication: Item, wanted: str) -> Finding:
    """Return whether a drug belongs to a class."""
    found = medication.finding("class")
    if found.value is None:
        return found
    assert isinstance(found.value, tuple)
    if wanted in found.value:
        return Finding(True, found.used)
    return unknown(f"{medication.path}.class") if wanted in found.open else NO


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
    agent = of_class(medication, "bone_modifying_agent")
    indication = medication.finding("indication")
    if agent.value is None:
        elsewhere = indication.value is not None and indication.value != "bone_metastasis"
        return Finding(False, indication.used) if elsewhere else agent
    if agent.value is False:
        return NO
    if indication.value is not None:
        return Finding(indication.value == "bone_metastasis", indication.used)
    unlisted = medication.recorded("drug").value == OTHER
    if unlisted or of_class(medication, "osteoporosis_agent").value is not False:
        return unknown(indication)
    return Finding(True, agent.used)


def monthly(facts: Facts, medication: RecordedItem) -> Finding:
    """Return whether a drug is given monthly: an interval of 3 to 5 weeks, else as recorded. Origin: convention."""
    interval = medication.finding("interval_weeks")
    if interval.value is None:
        recorded = medication.recorded("monthly")
        return recorded if recorded.value is not None else unknown(interval)
    assert isinstance(interval.value, int | float)
    least, most = (facts.vocabulary.numbers[name].value for name in ("monthly_from", "monthly_to"))
    return Finding(least <= interval.value <= most, interval.used)
