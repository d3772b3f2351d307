"""Records of one drug → its courses: one for each indication and for each product that is in use."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from typing import Any

from oncocds_fhir.drugs import DrugName
from oncocds_fhir.gathering import Gathering
from oncocds_fhir.medication_records import Record

_CURRENT = ("active", "planned")
_BY_DOSE = "bone_modifying_agent"  # products of one bone-modifying agent differ in the single dose
_NOT_IN_IDS = re.compile(r"[^\w.]+")


@dataclass
class Course:
    """A drug of the profile: its item, and all records behind it."""

    id: str
    drug: DrugName
    records: list[Record]
    values: dict[str, Any] = field(default_factory=dict)
    sources: dict[str, list[str]] = field(default_factory=dict)


def courses_of(drug: DrugName, records: list[Record], gathering: Gathering) -> Iterator[Course]:
    """Yield the courses that records of a drug are about."""
    if drug.drug is None:  # nothing tells that two drugs without a name are one
        for record in records:
            yield Course(
                f"unnamed-{record.label.rpartition('/')[2][:40]}" if "/" in record.label else "unnamed", drug, [record]
            )
        return
    for name, of_it in _by_indication(records):
        stem = f"{drug.stem}-{name}" if name else drug.stem
        products = _by_product(of_it, drug, gathering)
        for suffix, found in products:
            yield Course(f"{stem}-{suffix}" if len(products) > 1 else stem, drug, found)


def _by_indication(records: list[Record]) -> Iterator[tuple[str | None, list[Record]]]:
    """Split records by what they are for; what names nothing belongs elsewhere only where it could not mislead.

    Doses belong to the only indication named. Orders and statements without a reason are a course of their own while
    one of them runs: the reason of another order is not theirs.
    """
    named = sorted({record.indication for record in records if record.indication is not None})
    without = [record for record in records if record.indication is None]
    apart = len(named) > 1 or any(record.status in _CURRENT for record in without)
    if not named or not apart:
        yield None, records
        return
    if len(named) == 1:
        own = [one for one in records if one.indication is not None]
        doses = [one for one in without if one.status == "given"]
        # A dose of either could be of both: it goes where something runs.
        to_named = doses if not any(one.status in _CURRENT for one in without) else []
        yield named[0], [*own, *to_named]
        moved = set(map(id, to_named))
        yield None, [one for one in without if id(one) not in moved]
        return
    for indication in (*named, None):
        of_it = [record for record in records if record.indication == indication]
        if of_it:
            yield indication, of_it


def _by_product(records: list[Record], drug: DrugName, gathering: Gathering) -> list[tuple[str, list[Record]]]:
    """Split what runs or is planned by product; what has ended goes with the product that it names, else the first."""
    known = gathering.vocabulary.drugs.get(drug.drug or "")
    by_dose = known is not None and _BY_DOSE in known.classes
    current = sorted((one for one in records if one.status in _CURRENT), key=lambda one: one.label)
    groups: list[list[Record]] = []
    said: list[dict[object, Record]] = []  # of each group one record for all that say the same of the product
    of: dict[object, int] = {}
    for record in current:
        says = (frozenset(record.marks), record.dose)
        if says not in of:
            alike = (
                n for n, others in enumerate(said) if not any(_differ(record, one, by_dose) for one in others.values())
            )
            of[says] = next(alike, len(groups))
            if of[says] == len(groups):
                groups.append([])
                said.append({})
            said[of[says]][says] = record
        groups[of[says]].append(record)
    if len(groups) < 2:
        return [("", records)]
    names = [_name(group) for group in groups]
    named = [
        (f"{name}-{number}" if names.count(name) > 1 else name, group)
        for number, (name, group) in enumerate(zip(names, groups, strict=True), 1)
    ]
    named.sort(key=lambda one: one[0])
    for record in records:
        if record.status not in _CURRENT:
            fits = (group for _, group in named if any(record.marks & other.marks for other in group))
            next(fits, named[0][1]).append(record)
    return named


def _differ(one: Record, other: Record, by_dose: bool) -> bool:
    """Tell whether two records of a substance name different products.

    A Chinese and a Latin brand may be one product. Those of bone-modifying agents are known (``one_product``).
    """
    tellable = by_dose or {*map(str.isascii, one.marks)} & {*map(str.isascii, other.marks)}
    brands = bool(one.marks and other.marks and tellable and not one.marks & other.marks)
    return brands or (by_dose and None not in (one.dose, other.dose) and one.dose != other.dose)


def _name(group: Iterable[Record]) -> str:
    """Return a word for a product: its brand, else its single dose."""
    words = sorted({mark for one in group for mark in one.marks} or {one.dose for one in group if one.dose})
    return (_NOT_IN_IDS.sub("-", words[0])[:20] if words else "") or "other"
