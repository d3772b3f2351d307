"""Units (UCUM): converted to the vocabulary's preferred unit, refused where missing, unknown or implausible.

Percentages are numbers per hundred; one that no patient has, because it is a fraction, is refused as well.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from oncocds.errors import Problem
from oncocds.profile.measurements import LabResult
from oncocds.profile.models import Profile
from oncocds.vocabulary.kept import once
from oncocds.vocabulary.models import Quantity, Vocabulary

# Finer than any laboratory reports, and coarse enough that no number needs an exponent to be shown.
_DECIMALS = 4
_NO_LIMITS: Mapping[str, float | None] = {}


def canonical(value: float, unit: str | None, quantity: Quantity) -> float:
    """Return a value in the quantity's preferred unit, rounded to four decimals.

    ``unit`` None means the preferred unit. Raises ``KeyError`` for a unit that is not accepted.
    """
    return round(float(value) * quantity.factors[unit or quantity.unit], _DECIMALS)


def quantity_problems(profile: Profile, vocabulary: Vocabulary) -> Iterator[Problem]:
    """Find values without a unit, with an unknown one, or implausible in theirs, and percentages nobody has."""
    for name, plausible in _plausible(vocabulary):
        if (found := recorded_number(profile, name)) is not None:
            yield from percentage_problems(f"/{name.replace('.', '/')}", found, plausible)
    weight, labs = profile.weight, profile.labs
    if weight is not None:
        yield from value_problems("/weight", weight.value, weight.unit, vocabulary.quantities["mass"])
    if labs is not None:
        results: Mapping[str, LabResult | None] = vars(labs)
        for analyte, result in results.items():
            if result is not None:
                limits = {"reference_low": result.reference_low, "reference_high": result.reference_high}
                quantity = vocabulary.quantities[analyte]
                yield from value_problems(f"/labs/{analyte}", result.value, result.unit, quantity, limits)


@once
def _plausible(vocabulary: Vocabulary) -> tuple[tuple[str, tuple[float, float]], ...]:
    """Return the fields with a range outside of which nobody's value lies, and the range. Made once per vocabulary."""
    return tuple([(name, field.plausible) for name, field in vocabulary.fields.items() if field.plausible is not None])


def recorded_number(profile: Profile, name: str) -> float | None:
    """Return a number of the profile by the name rules use (a group and a field)."""
    group, _, field = name.partition(".")
    found = getattr(getattr(profile, group), field, None)
    return found if isinstance(found, int | float) else None


def percentage_problems(pointer: str, value: float, plausible: tuple[float, float]) -> Iterator[Problem]:
    """Find a percentage that nobody has; ``pointer`` is its place."""
    low, high = plausible
    if low <= value <= high:
        return
    range_ = f"a percentage between {low:g} and {high:g}"
    if value <= 1:
        yield Problem(pointer, "this looks like a fraction", f"{range_}; 62 is written for 0.62")
    else:
        yield Problem(pointer, "implausible", range_)


def accepted_units(quantity: Quantity) -> str:
    """Return the units a quantity may be given in, the preferred one first, as words of a refusal."""
    return " or ".join(sorted(quantity.factors, key=lambda unit: unit != quantity.unit))


def value_problems(
    pointer: str,
    value: float | None,
    unit: str | None,
    quantity: Quantity,
    limits: Mapping[str, float | None] = _NO_LIMITS,
) -> Iterator[Problem]:
    """Find a measurement without a unit, with an unknown one, or implausible in its unit, limits included."""
    if value is not None and unit is None:
        yield Problem(f"{pointer}/unit", "a value without its unit", f"its unit: {accepted_units(quantity)}")
        return
    if unit is not None and unit not in quantity.factors:
        yield Problem(f"{pointer}/unit", "a unit that is not accepted here", accepted_units(quantity))
        return
    for name, number in (("value", value), *limits.items()):
        if number is None:
            continue
        low, high = _range(name, quantity)
        in_unit = quantity.plausible_in.get(unit or quantity.unit) if name == "value" else None
        if not low <= canonical(number, unit, quantity) <= high or (in_unit and not _within(number, in_unit)):
            range_ = f"between {low:g} and {high:g} {quantity.unit} after conversion"
            if in_unit:
                range_ = f"between {in_unit[0]:g} and {in_unit[1]:g} {unit}"
            yield Problem(
                f"{pointer}/{name}",
                "implausible in the unit given; is the unit right?",
                f"{range_}; units accepted: {accepted_units(quantity)}",
            )
    lower, upper = limits.get("reference_low"), limits.get("reference_high")
    if lower is not None and upper is not None and lower > upper:
        yield Problem(f"{pointer}/reference_low", "above the upper limit", "reference_low ≤ reference_high")


def plausible(value: float, unit: str | None, quantity: Quantity) -> bool:
    """Tell whether a value in a unit is one that a patient can have."""
    in_unit = quantity.plausible_in.get(unit or quantity.unit)
    return _within(canonical(value, unit, quantity), quantity.plausible) and (not in_unit or _within(value, in_unit))


def _within(value: float, range_: tuple[float, float]) -> bool:
    return range_[0] <= value <= range_[1]


def _range(name: str, quantity: Quantity) -> tuple[float, float]:
    """Return the plausible range of a value or of a laboratory's limit, which may be given for the quantity itself."""
    if name == "value":
        return quantity.plausible
    if quantity.limits is not None:
        return quantity.limits
    # Many laboratories give no lower limit but zero.
    return (0.0 if name == "reference_low" else quantity.plausible[0]), quantity.plausible[1]
