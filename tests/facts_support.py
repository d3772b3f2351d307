"""Facts of a profile written as plain data, for the tests of facts and contradictions."""

from __future__ import annotations

import datetime
from collections.abc import Mapping
from typing import Any

from oncocds.profile.facts import PatientFacts
from oncocds.profile.finding import Finding
from oncocds.profile.identity import identified
from oncocds.profile.reading import read_policy, read_profile
from oncocds.vocabulary.loader import bundled_vocabulary

AS_OF = datetime.date(2026, 6, 1)


def facts_of(profile: Mapping[str, Any], **policy: Any) -> PatientFacts:
    """Read a profile and return its facts under a policy that is otherwise unset."""
    vocabulary = bundled_vocabulary()
    return PatientFacts(
        identified(read_profile(profile, vocabulary)), read_policy(policy, vocabulary), vocabulary, AS_OF
    )


def found(fact: str, profile: Mapping[str, Any], **policy: Any) -> Finding:
    """Return one finding of a profile; of the only item, for ``lesions.status``."""
    facts = facts_of(profile, **policy)
    name, _, field = fact.partition(".")
    if name not in ("lesions", "medications", "radiotherapy"):
        return facts.finding(fact)
    items = facts.items(name)
    assert items is not None
    return items[0].finding(field)


def calcium(value: float | None, high: float | None = 2.52, low: float | None = None, **more: Any) -> dict[str, Any]:
    """Return calcium in mmol/L with the laboratory's limits."""
    result: dict[str, Any] = {"value": value, "reference_high": high, "reference_low": low, **more}
    if value is not None:
        result["unit"] = "mmol/L"
    return {key: part for key, part in result.items() if part is not None}


def albumin(value: float) -> dict[str, Any]:
    """Return albumin in g/L."""
    return {"value": value, "unit": "g/L"}


def bone(**more: Any) -> dict[str, Any]:
    """Return an established bone lesion, with what is said otherwise."""
    return {"organ": "bone", "status": "confirmed", **more}


def brain(**more: Any) -> dict[str, Any]:
    """Return an established brain lesion, with what is said otherwise."""
    return {"organ": "brain", "status": "confirmed", **more}
