"""What a drug is and what it is given for."""

from __future__ import annotations

from oncocds.profile.finding import Facts, Finding, RecordedItem
from oncocds.profile.kleene import NO, known, unknown
from oncocds.vocabulary.models import Drug


def classes(facts: Facts, medication: RecordedItem) -> Finding:
    """Return the classes of a drug: the vocabulary's, or for ``other`` the recorded ones (unknown without them)."""
    drug = medication.finding("drug")
    if drug.value is None:
        return unknown(drug)
    if drug.value == "other":
        return medication.recorded("class")
    of_drug: Drug = facts.vocabulary.drugs[str(drug.value)]
    return known(of_drug.classes, drug)


def for_bone_metastasis(facts: Facts, medication: RecordedItem) -> Finding:  # noqa: ARG001
    """Return whether a bone-modifying agent is given for bone metastasis (convention).

    Without an indication, agents in common use for osteoporosis are unknown; the others are taken as given for bone
    metastasis.
    """
    of_drug = medication.finding("class")
    if of_drug.value is None:
        return of_drug
    assert isinstance(of_drug.value, tuple)
    if "bone_modifying_agent" not in of_drug.value:
        return NO
    indication = medication.finding("indication")
    if indication.value is not None:
        return known(indication.value == "bone_metastasis", indication)
    if "osteoporosis_agent" in of_drug.value or medication.finding("drug").value == "other":
        return unknown(indication)
    return known(True, of_drug)
