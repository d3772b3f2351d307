"""What kind of tumour it is, and how far it has come."""

from __future__ import annotations

from oncocds.profile.finding import Facts, Finding
from oncocds.profile.kleene import either, equals, unknown


def non_small_cell_lung_cancer(facts: Facts) -> Finding:
    """Return whether the tumour is non-small-cell lung cancer. Origin: source (the passage speaks of NSCLC).

    Lung cancer whose histology is not specified may be: unknown, and the tumour type is what to ask for.
    """
    tumour = facts.finding("diagnosis.tumour_type")
    return unknown("diagnosis.tumour_type") if tumour.value == "lung_nos" else equals(tumour, "nsclc")


def advanced(facts: Facts) -> Finding:
    """Return whether the disease is advanced. Origin: convention.

    An established bone or brain metastasis makes it so by itself, whatever extent was recorded; else the recorded
    extent. An early extent decides only once neither can be there.
    """
    return either(
        [
            facts.finding("derived.bone_metastases"),
            facts.finding("derived.brain_metastases"),
            equals(facts.finding("diagnosis.extent"), "metastatic"),
        ]
    )
