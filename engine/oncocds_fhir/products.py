"""Which drugs a resource is about: by its code, by the Medication it refers to, by the ingredients of that.

A combination of cancer drugs or bone agents is read as the drugs it is made of. ``marks`` are the brand names that tell
products of one substance apart.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from oncocds.vocabulary.meanings import fold
from oncocds.vocabulary.models import Drug, Vocabulary
from oncocds.vocabulary.printed_names import printed_names
from oncocds.vocabulary.site import base_of
from oncocds_fhir.bundle import Resource
from oncocds_fhir.drugs import DrugName, drug_named
from oncocds_fhir.elements import NO_CONCEPT, Coding, Concept, Element
from oncocds_fhir.gathering import Gathering
from oncocds_fhir.second_drugs import second_drug

_LOOKED_FOR = frozenset(("systemic", "bone_modifying_agent"))
_LIKE = 4  # letters (of ideographs half) that a synonym shares with the substance's own name: then it is no brand
_SHORTEST_BRAND = 2
_ERROR, _PART_UNKNOWN = "entered-in-error", "combination-part-unknown"


# What a dose, a supply or a statement says the order is that it was made on; `prescription` in FHIR 3.0.
_ON_ORDER = ("request", "authorizingPrescription", "basedOn", "derivedFrom", "prescription")


@dataclass(frozen=True, slots=True)
class Product:
    """The drugs of one record, and the brand names that it is printed under."""

    drugs: tuple[DrugName, ...]
    marks: frozenset[str] = frozenset()


def product_of(resource: Resource, gathering: Gathering) -> Product:
    """Return the drugs; one that is not named is still a drug, of which nothing is known."""
    concept, ingredients = _named(resource, gathering)
    for other in _named_otherwise(resource, gathering):
        concept = other if concept == NO_CONCEPT else _together(concept, other)
    drug = gathering.memory.drug(concept)
    if (drug is None or (drug.drug == "other" and not drug.told and not drug.disputed)) and ingredients:
        found = _ingredients(ingredients, gathering)
        if found:
            return Product(_noted(found, concept, resource, gathering))
    if drug is None:
        gathering.remarks.unmapped("no-code", resource.label, facts=["medications"])
        return Product((DrugName(None),))
    parts = _parts(drug, concept, resource, gathering)
    if gathering.memory.once("second drug", concept, lambda: _names_another(concept, gathering)):
        gathering.remarks.unmapped(_PART_UNKNOWN, resource.label, facts=["medications"], opens=["medications"])
    if len(parts) != 1:
        return Product(parts)
    return Product(_noted(parts, concept, resource, gathering), _marks(parts[0], concept, gathering))


def _named(resource: Resource, gathering: Gathering) -> tuple[Concept, list[Concept]]:
    """Return what names the drug, and its active ingredients where a Medication lists them."""
    of_4 = resource.element.has("medicationReference") or resource.element.has("medicationCodeableConcept")
    either = None if of_4 else resource.element.element("medication")  # FHIR 5.0: one of the two
    if either is not None and not (either.has("concept") or either.has("reference")):
        either = None
    holder, at = (resource.element, "medicationReference") if either is None else (either, "reference")
    shown = holder.element(at)
    reference = None if shown is None else shown.text("reference")
    named = NO_CONCEPT if shown is None else shown.named("display")
    if reference is None:
        concept = resource.element.concept("medicationCodeableConcept") if either is None else either.concept("concept")
        if concept == NO_CONCEPT and named != NO_CONCEPT:
            return named, []
        # A dose or a supply that names no drug is of the drug that was ordered, where it is made on one order.
        orders = orders_of(resource, gathering) if concept == NO_CONCEPT else []
        ordered = gathering.readable(orders[0], lambda _: _named(orders[0], gathering)) if len(orders) == 1 else None
        return (concept, []) if ordered is None else ordered
    medication = gathering.references.find(reference, resource)
    if medication is None:
        gathering.remarks.unmapped("unresolved-reference", resource.label, facts=["medications"])
    found = gathering.readable(
        medication,
        lambda element: (
            (NO_CONCEPT, list[Concept]())
            if element.text("status") == _ERROR
            else (element.concept("code"), list(_listed(element, medication, gathering)))
        ),
    )
    if found is None:
        return named, []
    concept, ingredients = found
    if named.text is None or concept == NO_CONCEPT or named.text in concept.words():
        return found
    return concept._replace(codings=(*concept.codings, Coding(None, None, named.text))), ingredients


def _named_otherwise(resource: Resource, gathering: Gathering) -> list[Concept]:
    """Return all that names the drug of a record which names it in several elements, of which FHIR allows one."""
    element = resource.element
    of_5 = element.raw().get("medication")
    holders = [(element, "medicationCodeableConcept", "medicationReference")]
    if isinstance(of_5, Mapping):
        holders.append((Element(of_5, f"{element.pointer}/medication", element.simplified), "concept", "reference"))
    named = list[Concept]()
    for holder, concept, reference in holders:
        if holder.has(concept):
            named.append(holder.concept(concept))
        other = holder.reference(reference)
        found = None if other is None else gathering.references.find(other, resource)
        code = gathering.readable(found, lambda one: None if one.text("status") == _ERROR else one.concept("code"))
        if code is not None:
            named.append(code)
    return named if len(named) > 1 else []


def _together(one: Concept, other: Concept) -> Concept:
    """Return the codes and names of both: where they name different drugs, it may be either."""
    named = () if other.text is None else (Coding(None, None, other.text),)
    return one._replace(codings=tuple(dict.fromkeys((*one.codings, *other.codings, *named))))


def orders_of(resource: Resource, gathering: Gathering) -> list[Resource]:
    """Return the orders that a dose, a supply or a statement was made on, as far as they are among the records."""
    if resource.type == "MedicationRequest":
        return []
    holders = (holder for name in _ON_ORDER for holder in resource.element.listed(name))
    found = (gathering.references.find(holder.text("reference"), resource) for holder in holders)
    return [one for one in found if one is not None and one.type == "MedicationRequest"]


def _listed(element: Element, medication: Resource | None, gathering: Gathering) -> Iterator[Concept]:
    for ingredient in element.elements("ingredient"):
        if ingredient.boolean("isActive") is False or medication is None:
            continue
        item = gathering.references.find(ingredient.reference("itemReference"), medication)
        named = gathering.readable(item, lambda found: found.concept("code"))
        concept = ingredient.concept("itemCodeableConcept") if named is None else named
        if concept.codings or concept.text is not None:
            yield concept


def _ingredients(concepts: Iterable[Concept], gathering: Gathering) -> tuple[DrugName, ...]:
    """Return the drugs that ingredients name; what carries an infusion is none beside another."""
    drugs = [drug for one in concepts if (drug := gathering.memory.drug(one)) is not None]
    active = [drug for drug in drugs if drug.drug not in gathering.vocabulary.printed.carriers]
    return tuple(dict.fromkeys(active or drugs))


def _parts(drug: DrugName, concept: Concept, resource: Resource, gathering: Gathering) -> tuple[DrugName, ...]:
    """Return the drugs that a combination is made of, else the drug itself."""
    vocabulary = gathering.vocabulary
    if drug.disputed or drug.group:  # 唑来膦酸/地舒单抗: one of the two
        return (drug,)
    if drug.drug == "other" and not drug.told:  # no word of it is known
        return (drug,)
    if drug.drug is not None and drug.drug != "other":
        return tuple(DrugName(part) for part in _components(drug.drug, gathering))
    names = printed_names(vocabulary)
    read = [found for word in concept.words() if len((found := names.read(word)).drugs) > 1]
    if not _matters([part for found in read for part in found.drugs], vocabulary):
        return (drug,)
    if not all(found.whole for found in read):
        gathering.remarks.unmapped(_PART_UNKNOWN, resource.label, facts=["medications"], opens=["medications"])
    parts = [part for found in read for one in found.drugs for part in _components(one, gathering)]
    return tuple(drug_named(part, vocabulary) for part in sorted(set(parts)))


def _names_another(concept: Concept, gathering: Gathering) -> bool:
    return any(second_drug(word, gathering.vocabulary, gathering.codes) is not None for word in concept.words())


def _components(drug: str, gathering: Gathering) -> tuple[str, ...]:
    parts = gathering.codes.combinations.get(drug) or gathering.vocabulary.drugs[drug].of
    return parts if _matters(parts, gathering.vocabulary) else (drug,)


def _matters(drugs: Sequence[str], vocabulary: Vocabulary) -> bool:
    """Tell whether a combination holds what rules look for by itself; tablets for blood pressure stay one drug."""
    return any(_LOOKED_FOR & frozenset(vocabulary.drugs[drug].classes) for drug in drugs)


def _noted(
    drugs: tuple[DrugName, ...], concept: Concept, resource: Resource, gathering: Gathering
) -> tuple[DrugName, ...]:
    """Note what is not known of the drugs, and return them."""
    for drug in drugs:
        if drug.disputed:
            gathering.remarks.unmapped("codes-disagree", resource.label, facts=["medications"])
        elif drug.drug == "other" and not drug.told:
            gathering.remarks.unmapped(
                "unknown-drug", resource.label, facts=["medications"], coding=concept.first_coding
            )
    return drugs


def _marks(drug: DrugName, concept: Concept, gathering: Gathering) -> frozenset[str]:
    """Return the brand names among the words of a drug of the vocabulary, one for all names of a product.

    What a site calls a drug is no brand: nobody knows of which product it is.
    """
    known = base_of(gathering.vocabulary).drugs.get(drug.drug or "")
    if known is None:
        return frozenset()
    return gathering.memory.once("brands", (known.code, concept), lambda: _brands(known, concept, gathering))


def _brands(known: Drug, concept: Concept, gathering: Gathering) -> frozenset[str]:
    own, named = gathering.memory.once("names", known.code, lambda: _names(known))
    words = " ".join(fold(word) for word in concept.words())
    products = (gathering.codes.one_product.get(name, name) for name in named if name in words)
    return frozenset(one for one in products if not any(_alike(one, name) for name in own))


def _names(known: Drug) -> tuple[list[str], list[str]]:
    """Return a drug's own names and its synonyms, as names are compared; no brand is a single letter."""
    own = [fold(name) for name in (known.code, known.label.zh, known.label.en)]
    return own, [folded for name in known.synonyms if len(folded := fold(name)) >= _SHORTEST_BRAND]


def _alike(name: str, own: str) -> bool:
    shared = _LIKE if own.isascii() else _LIKE // 2
    return name[:shared] == own[:shared] or own in name
