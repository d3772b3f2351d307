"""Dose, fractions and sites of the volumes that a course of radiotherapy treats, as mCODE and CodeX say them."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

from oncocds_fhir.bundle import Resource
from oncocds_fhir.elements import Concept, Element
from oncocds_fhir.gathering import Gathering
from oncocds_fhir.measures import Unusable, converted, quantity_of
from oncocds_fhir.sites import Sites, take_site

# What was delivered, planned, prescribed: the URL of the extension, and what it calls the dose and the fractions.
_VOLUMES = (
    ("mcode-radiotherapy-dose-delivered-to-volume", "totalDoseDelivered", "fractionsDelivered"),
    ("codexrt-radiotherapy-dose-planned-to-volume", "totalDose", "fractions"),
    ("codexrt-radiotherapy-dose-prescribed-to-volume", "totalDose", "fractions"),
)
_MOST_GY, _MOST_FRACTIONS = 200, 100


@dataclass
class Volume:
    """A volume: its dose and fractions as far as they are known, and where it lies."""

    values: dict[str, Any] = field(default_factory=dict)
    where: Sites = field(default_factory=Sites)


def read_volumes(resource: Resource, path: str, gathering: Gathering) -> list[Volume]:
    """Return the volumes of a resource: those delivered, or else those planned or prescribed."""
    for url, dose, fractions in _VOLUMES:
        found = resource.element.extensions(url)
        if found:
            return [_volume(one, resource, path, dose, fractions, gathering) for one in found]
    return []


def _volume(
    extension: Element, resource: Resource, path: str, dose: str, fractions: str, gathering: Gathering
) -> Volume:
    volume = Volume()
    for structure in _structures(extension, resource, gathering):
        read = gathering.readable(structure, lambda e: (e.concept("location"), e.concepts("locationQualifier")))
        if read is not None:
            take_site(read[0], resource.label, volume.where, gathering)
            for qualifier in read[1]:
                _side(qualifier, volume.where, gathering)
    try:
        for part in extension.extensions(dose):
            found = quantity_of(part, "valueQuantity")
            if found is not None:
                of, codes = gathering.vocabulary, gathering.codes
                gray = converted(*found, "radiotherapy.dose_gy", of, codes, gathering.remarks)
                if not 0 < gray <= _MOST_GY:
                    raise Unusable("out-of-range")
                volume.values["dose_gy"] = gray
    except Unusable as unusable:
        gathering.remarks.unmapped(unusable.reason, resource.label, facts=[f"{path}.dose_gy"])
    for part in extension.extensions(fractions):
        number = part.number("valueUnsignedInt") or part.number("valuePositiveInt")
        if number is not None and 0 < number <= _MOST_FRACTIONS and number == int(number):
            volume.values["fractions"] = int(number)
        elif number is not None:
            gathering.remarks.unmapped("out-of-range", resource.label, facts=[f"{path}.fractions"])
    return volume


def _structures(extension: Element, resource: Resource, gathering: Gathering) -> Iterator[Resource]:
    for part in extension.extensions("volume"):
        structure = gathering.references.find(part.reference("valueReference"), resource)
        if structure is not None:
            yield structure


def _side(qualifier: Concept, where: Sites, gathering: Gathering) -> None:
    meant = gathering.memory.meaning(qualifier, gathering.codes.sites)
    if meant is not None:
        where.sides.update(meant.means.get("laterality", ()))


def by_site(volumes: list[Volume]) -> dict[str, Volume]:
    """Return volumes by the site each treats, where there are several and each treats another one; else nothing."""
    found = {site: one for one in volumes if (site := one.where.only("radiotherapy_site")) is not None}
    return found if len(found) == len(volumes) > 1 else {}


def of_all(volumes: list[Volume], path: str, label: str, gathering: Gathering) -> dict[str, Any]:
    """Return the dose and fractions on which all volumes of a course agree; what they do not is noted."""
    values: dict[str, Any] = {}
    for key in ("dose_gy", "fractions"):
        said = {volume.values.get(key) for volume in volumes}
        if len(said) == 1 and None not in said:
            values[key] = said.pop()
        elif said - {None}:
            gathering.remarks.unmapped("volumes-differ", label, facts=[f"{path}.{key}"])
    return values
