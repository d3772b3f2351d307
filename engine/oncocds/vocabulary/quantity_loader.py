"""Reads quantities, numbers and their bounds."""

from __future__ import annotations

from oncocds.reading.record import Record
from oncocds.text import Text
from oncocds.vocabulary.models import Bounds, LimitRange, Number, Quantity


def read_quantity(name: str, record: Record) -> Quantity:
    """Read a quantity: its units with their factors, and what is plausible."""
    factors: dict[str, float] = {}
    inner = record.record("factors", required=True)
    if inner is not None:
        factors = {unit: inner.number(unit) for unit in inner.names()}
        for unit, factor in factors.items():
            if factor <= 0:
                inner.issue(inner.mark, f"{name}: the factor of '{unit}' must be above zero")
    unit = record.text("unit")
    if factors.get(unit) != 1:
        record.issue(record.mark, f"{name}: the preferred unit '{unit}' must have the factor 1")
    plausible = read_range(name, record, "plausible")
    limits = read_range(name, record, "limits") if "limits" in record.names() else None
    in_unit = record.record("plausible_in")
    named = () if in_unit is None else in_unit.names()
    plausible_in = {one: read_range(name, in_unit, one) for one in named if in_unit is not None}
    for one in plausible_in.keys() - factors.keys():
        record.issue(
            record.mark, f"{name}: '{one}' in plausible_in is no accepted unit; accepted: {', '.join(factors)}"
        )
    limit_range = _limit_range(name, record)
    offered = read_range(name, record, "offered") if "offered" in record.names() else None
    record.finish()
    if offered is not None and not plausible[0] <= offered[0] <= offered[1] <= plausible[1]:
        record.issue(record.mark, f"{name}: 'offered' lies within 'plausible'")
    return Quantity(name, unit, factors, plausible, limits, plausible_in, limit_range, offered)


def _limit_range(name: str, record: Record) -> LimitRange | None:
    inner = record.record("limit_range")
    if inner is None:
        return None
    lower, upper = (read_range(name, inner, end) if end in inner.names() else None for end in ("lower", "upper"))
    if lower is None and upper is None:
        inner.issue(inner.mark, f"{name}: limit_range needs 'lower' or 'upper'")
    found = LimitRange(lower, upper, inner.bilingual("source", required=True) or Text("", ""))
    inner.finish()
    return found


def read_number(name: str, record: Record) -> Number:
    """Read a number that derived facts name."""
    number = Number(name, record.number("value"), record.text("unit"), record.words())
    record.finish()
    return number


def read_range(name: str, record: Record, key: str) -> tuple[float, float]:
    """Read two numbers, the lower one first; what is none is an issue."""
    try:
        low, high = (float(bound) for bound in record.texts(key, required=True))
        if low < high:
            return low, high
    except ValueError:
        pass
    record.issue(record.mark, f"{name}: '{key}' must hold two numbers, the lower one first")
    return 0.0, 1.0


def read_bounds(name: str, record: Record, *, required: bool) -> Bounds | None:
    """Read the range of a setting or of a number of the profile."""
    inner = record.record("range", required=required)
    if inner is None:
        return None
    above = "above" in inner.names()
    found = Bounds(inner.number("above" if above else "at_least"), inner.number("at_most"), above)
    if not found.low < found.high:
        inner.issue(inner.mark, f"{name}: 'range' must hold two numbers, the lower one first")
    inner.finish()
    return found
