"""Units (UCUM): converted to the vocabulary's preferred unit, refused where missing, unknown or implausible."""

from __future__ import annotations

from collections.abc import Iterator

from oncocds.errors import Problem
from oncocds.profile.models import LabResult, Profile
from oncocds.vocabulary.models import Quantity, Vocabulary


def canonical(value: float, unit: str | None, quantity: Quantity) -> float:
    """Return a value in the quantity's preferred unit, rounded to ten significant digits.

    ``unit`` None means the preferred unit. Raises ``KeyError`` for a unit that is not accepted.
    """
    factor = quantity.factors[unit or quantity.unit]
    return float(f"{value * factor:.10g}")


def quantity_problems(profile: Profile, vocabulary: Vocabulary) -> Iterator[Problem]:
    """Find values without a unit, with an unknown one, or implausible in theirs."""
    if profile.weight is not None:
        yield from _problems("/weight", profile.weight.value, profile.weight.unit, {}, vocabulary.quantities["mass"])
    if profile.labs is not None:
        for analyte in type(profile.labs).model_fields:
            result: LabResult | None = getattr(profile.labs, analyte)
            if result is not None:
                limits = {"reference_low": result.reference_low, "reference_high": result.reference_high}
                yield from _problems(
                    f"/labs/{analyte}", result.value, result.unit, limits, vocabulary.quantities[analyte]
                )


def _problems(
    pointer: str, value: float | None, unit: str | None, limits: dict[str, float | None], quantity: Quantity
) -> Iterator[Problem]:
    accepted = " or ".join(quantity.factors)
    if value is not None and unit is None:
        yield Problem(f"{pointer}/unit", "a value without its unit", f"the unit: {accepted}")
        return
    if unit is not None and unit not in quantity.factors:
        yield Problem(f"{pointer}/unit", "a unit that is not accepted here", accepted)
        return
    low, high = quantity.plausible
    for name, number in {"value": value, **limits}.items():
        if number is None:
            continue
        if not low <= canonical(number, unit, quantity) <= high and not (name != "value" and number >= 0):
            yield Problem(
                f"{pointer}/{name}",
                "implausible in the unit given; is the unit right?",
                f"between {low:g} and {high:g} {quantity.unit} after conversion",
            )
    lower, upper = limits.get("reference_low"), limits.get("reference_high")
    if lower is not None and upper is not None and lower > upper:
        yield Problem(f"{pointer}/reference_low", "above the upper limit", "reference_low ≤ reference_high")
