"""How certain a diagnosis is: by its verification status, and by Germany's mark beside its code."""

from __future__ import annotations

from typing import Any

from oncocds_fhir.elements import Element
from oncocds_fhir.gathering import Gathering
from oncocds_fhir.statuses import OPEN, stated_verification

_MARK = "icd-10-gm-diagnosesicherheit"


def marks_of(code: Element | None) -> set[str]:
    """Return how certain a coded diagnosis is by Germany's mark beside its code.

    A: excluded, V: suspected, Z: the state after it, G: certain (KBV, ICD-Diagnosesicherheit, in the German base
    profiles of FHIR).
    """
    found = set[str]()
    if code is None or _is_unmarked(code.raw().get("coding")):
        return found
    for coding in code.elements("coding"):
        for extension in coding.extensions(_MARK):
            told = extension.element("valueCoding")
            found.add((told.text("code") if told is not None else extension.text("valueCode")) or "")
    return found


def _is_unmarked(codings: Any) -> bool:
    """Tell quickly of codings as nearly all are that nothing stands beside them."""
    if type(codings) is not list:
        return codings is None
    for one in codings:  # noqa: SIM110 - faster than all()
        if type(one) is not dict or "extension" in one:
            return False
    return True


def verification_of(condition: Element, gathering: Gathering) -> str | None:
    """Return the verification status of a Condition, as its mark has it where that says more or less."""
    verification, marks = stated_verification(condition, gathering), marks_of(condition.element("code"))
    if "A" in marks and verification != "entered-in-error":
        return "refuted"
    if "V" in marks and verification in (None, "confirmed"):
        return OPEN[0]
    return "confirmed" if "G" in marks and verification is None else verification


def is_past(code: Element | None) -> bool:
    """Tell whether the mark beside a code says that the diagnosis is of the past (Z)."""
    return "Z" in marks_of(code)


def names_for_certain(code: Element) -> bool:
    """Tell whether no mark beside a code takes from it that the patient has what it names."""
    return marks_of(code).isdisjoint("AVZ")
