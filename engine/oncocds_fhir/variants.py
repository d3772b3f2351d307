"""Gene variants: whether RET is fused. A point mutation of RET is no fusion, and is never taken for one."""

from __future__ import annotations

from oncocds.vocabulary.meanings import fold
from oncocds_fhir.bundle import Resource
from oncocds_fhir.concepts import Disagreement
from oncocds_fhir.elements import Concept, Element
from oncocds_fhir.gathering import Gathering
from oncocds_fhir.times import When

_GENE = "48018-6"
_RET = ("9967", "hgnc:9967")
_FUSION = ("fusion", "rearrangement", "translocation", "融合", "重排", "易位")
_FACT = "biomarkers.ret_fusion"


def map_variant(observation: Resource, when: When | None, final: bool, gathering: Gathering) -> None:
    """Offer the RET fusion that a variant Observation states, or note why it states none."""
    element, label = observation.element, observation.label
    parts = element.elements("component")
    genes = [part.concept("valueCodeableConcept") for part in parts if _is_gene(part)]
    if not any(_is_ret(gene) for gene in genes):
        gathering.remarks.unmapped("no-fact", label, coding=element.concept("code").first_coding)
        return
    if not final:
        gathering.remarks.unmapped("not-final", label, facts=[_FACT])
        gathering.offer("(ret pending)", "pending", when, label)
        if element.has("valueCodeableConcept"):
            gathering.offer_unsettled(_FACT, "newer-preliminary", when, label)
        return
    try:
        found = gathering.memory.answer(element.concept("valueCodeableConcept"), "ret_fusion")
        reason = None if found in ("positive", "negative") else "unknown-answer"
    except Disagreement:
        found, reason = None, "codes-disagree"
    if reason is not None:
        gathering.remarks.unmapped(reason, label, facts=[_FACT])
        if element.has("valueCodeableConcept") and _says_fusion(element, parts):
            gathering.offer_unsettled(_FACT, "newer-unread", when, label)
    elif _says_fusion(element, parts):
        gathering.offer(_FACT, found, when, label)
    else:
        gathering.remarks.unmapped("fusion-not-stated", label, facts=[_FACT])


def _is_gene(part: Element) -> bool:
    return any(coding.code == _GENE for coding in part.concept("code").codings)


def _is_ret(gene: Concept) -> bool:
    codes = {(coding.code or "").casefold() for coding in gene.codings}
    return not codes.isdisjoint(_RET) or any(fold(word) == "ret" for word in gene.words())


def _says_fusion(element: Element, parts: list[Element]) -> bool:
    words = [*element.concept("code").words(), *element.concept("valueCodeableConcept").words()]
    for part in parts:
        words += part.concept("valueCodeableConcept").words()
        if (text := part.text("valueString")) is not None:
            words.append(text)
    return says_fusion(words)


def says_fusion(words: list[str]) -> bool:
    """Tell whether words speak of a fusion."""
    return any(sign in fold(word) for word in words for sign in _FUSION)
