"""Where a laboratory result lies among its limits: the laboratory's own, else the range in which an adult's can lie."""

from __future__ import annotations

from typing import NamedTuple

from oncocds.profile.measurements import LabResult
from oncocds.profile.quantities import canonical
from oncocds.vocabulary.models import Quantity


class Place(NamedTuple):
    """Whether a result is above its upper and below its lower limit; None is not known."""

    above: bool | None
    below: bool | None


def place_of(result: LabResult, quantity: Quantity) -> Place:
    """Return where a result's own value and limits have it; a limit nobody recorded is taken at its best and worst."""
    value, low, high = (
        None if number is None else canonical(number, result.unit, quantity)
        for number in (result.value, result.reference_low, result.reference_high)
    )
    lows = (low, low) if low is not None else quantity.lower_limits
    highs = (high, high) if high is not None else quantity.upper_limits
    above = below = None
    if value is not None and highs is not None:
        above = True if value > highs[1] else False if value <= highs[0] else None
    if value is not None and lows is not None:
        below = True if value < lows[0] else False if value >= lows[1] else None
    return Place(above, below)


def compared_with_limits(result: LabResult, quantity: Quantity, *, closed: bool) -> str | None:
    """Return what a result's value and limits say of it: low, normal, high, or None where they do not tell.

    ``closed``: what is not known to be low is normal once it is known not to be high.
    """
    above, below = place_of(result, quantity)
    if above is True:
        return "high"
    if below is True:
        return "low"
    return "normal" if above is False and (closed or below is False) else None
