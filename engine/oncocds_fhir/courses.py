"""Records of one drug → its courses: one for each indication and for each product that is in use."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from typing import Any

from oncocds.profile.codes import without_unseen
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

    @property
    def labels(self) -> list[str]:
        """How the report calls the records."""
        return [record.label for record in self.records]


def courses_of(drug: DrugName, records: list[Record], gathering: Gathering) -> Iterator[Course]:
    """Yield the courses that records of a drug are about."""
    if drug.drug is None:  # nothing tells that two drugs without a name are one
        for record in records:
            yield Course(
                f"unnamed-{record.label.rpartition('/')[2][:40]}" if "/" in record.label else "unnamed", drug, [record]
            )
        return
    if len(records) == 1:
        yield Course(drug.stem, drug, records)
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
    groups = _groups(current, by_dose)
    if len(groups) < 2:
        return [("", records)]
    names = [_name(group) for group in groups]
    often = Counter(names)
    named = [
        (f"{name}-{number}" if often[name] > 1 else name, group)
        for number, (name, group) in enumerate(zip(names, groups, strict=True), 1)
    ]
    named.sort(key=lambda one: one[0])
    first: dict[str, int] = {}  # by brand the first product that names it
    for at, (_, group) in enumerate(named):
        for mark in (mark for record in group for mark in record.marks):
            first.setdefault(mark, at)
    for record in records:
        if record.status not in _CURRENT:
            fits = min((first[mark] for mark in record.marks if mark in first), default=0)
            named[fits][1].append(record)
            first |= {mark: min(first.get(mark, fits), fits) for mark in record.marks}
    return named


def _groups(current: Iterable[Record], by_dose: bool) -> list[list[Record]]:
    """Group records by product: each joins the first group none of whose records names another product.

    Of doses that matter a group has one at most, so that only groups of the same dose or of none come into question.
    """
    groups: list[list[Record]] = []
    brands: list[set[frozenset[str]]] = []  # of each group
    doses: list[str | None] = []
    by_the_dose: dict[str | None, list[int]] = {None: []}
    of: dict[object, int] = {}
    for record in current:
        dose = record.dose if by_dose else None
        says = (record.marks, dose)
        if says not in of:
            near = range(len(groups)) if dose is None else sorted((*by_the_dose[None], *by_the_dose.get(dose, ())))
            alike = (n for n in near if not any(_apart(record.marks, other, by_dose) for other in brands[n]))
            found = of[says] = next(alike, len(groups))
            if found == len(groups):
                groups.append([])
                brands.append(set())
                doses.append(dose)
                by_the_dose.setdefault(dose, []).append(found)
            elif doses[found] is None and dose is not None:
                doses[found] = dose
                by_the_dose[None].remove(found)
                by_the_dose.setdefault(dose, []).append(found)
            brands[found].add(record.marks)
        groups[of[says]].append(record)
    return groups


def _apart(marks: frozenset[str], others: frozenset[str], by_dose: bool) -> bool:
    """Tell whether brands are those of different products.

    A Chinese and a Latin brand may be one product. Those of bone-modifying agents are known (``one_product``).
    """
    tellable = by_dose or {*map(str.isascii, marks)} & {*map(str.isascii, others)}
    return bool(marks and others and tellable and not marks & others)


def _name(group: Iterable[Record]) -> str:
    """Return a word for a product: its brand, else its single dose."""
    words = sorted({mark for one in group for mark in one.marks} or {one.dose for one in group if one.dose})
    return (_NOT_IN_IDS.sub("-", without_unseen(words[0]))[:20] if words else "") or "other"
