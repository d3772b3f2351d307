"""Body sites and sides, as resources name them."""

from __future__ import annotations

from dataclasses import dataclass, field

from oncocds_fhir.bundle import Resource
from oncocds_fhir.concepts import Disagreement, Meant
from oncocds_fhir.elements import Concept, concept_of
from oncocds_fhir.gathering import Gathering
from oncocds_fhir.phrases import phrases

_QUALIFIERS = ("mcode-laterality-qualifier", "mcode-laterality", "laterality", "mcode-body-location-qualifier")


@dataclass
class Sites:
    """What the body sites of a resource mean: organs, bone sites, radiotherapy sites, sides."""

    organ: set[str] = field(default_factory=set)
    site: set[str] = field(default_factory=set)
    radiotherapy_site: set[str] = field(default_factory=set)
    sides: set[str] = field(default_factory=set)
    named: bool = False

    def only(self, key: str) -> str | None:
        """Return the single word of a kind, or None where there is none or more than one."""
        words: set[str] = getattr(self, key)
        return next(iter(words)) if len(words) == 1 else None


def read_sites(resource: Resource, gathering: Gathering) -> Sites:
    """Read ``bodySite``, with the qualifiers that stand in extensions of it."""
    found = Sites()
    for element in resource.element.listed("bodySite"):
        take_site(concept_of(element), resource.label, found, gathering)
        for name in _QUALIFIERS:
            for extension in element.extensions(name):
                take_site(extension.concept("valueCodeableConcept"), resource.label, found, gathering)
    return found


def take_site(concept: Concept, label: str, found: Sites, gathering: Gathering) -> None:
    """Add what one concept means; one that means nothing known is noted."""
    found.named = True
    try:
        meant = gathering.memory.meaning(concept, gathering.codes.sites)
    except Disagreement:
        meant = None
    read = phrases(gathering.codes)
    words = concept.words() if meant is None else ()
    places = [place for word in words if (place := read.place(word)) is not None]
    if places and all(place == places[0] for place in places):
        meant = Meant(places[0])
    if meant is None:
        gathering.remarks.unmapped("site-unclear", label, coding=concept.first_coding)
        return
    for key, named in meant.means.items():
        (found.sides if key == "laterality" else getattr(found, key)).update(named)
