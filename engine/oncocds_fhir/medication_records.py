"""MedicationRequest, -Statement, -Administration and -Dispense: what each says of a drug."""

from __future__ import annotations

import datetime
from collections.abc import Mapping
from functools import partial
from typing import NamedTuple

from oncocds.vocabulary.printed_names import printed_names
from oncocds_fhir.alike import alike
from oncocds_fhir.bundle import Resource
from oncocds_fhir.certainty import is_past, names_for_certain, verification_of
from oncocds_fhir.concepts import Disagreement
from oncocds_fhir.doses import dose, doses_nothing
from oncocds_fhir.drugs import DrugName
from oncocds_fhir.elements import NO_CONCEPT, Concept, Element, concept_of
from oncocds_fhir.gathering import Gathering
from oncocds_fhir.products import Product, orders_of, product_of
from oncocds_fhir.refusals import NOTHING_KNOWN, refusal
from oncocds_fhir.status_reasons import reason_against, stop_reason
from oncocds_fhir.statuses import OPEN
from oncocds_fhir.times import When, earliest, latest, read_period, read_when
from oncocds_fhir.use_in_words import against_use, as_needed

TYPES = ("MedicationRequest", "MedicationStatement", "MedicationAdministration", "MedicationDispense")
_REQUEST = {"active": "active", "completed": "completed", "stopped": "stopped", "draft": "planned"}
_STATEMENT = {"active": "active", "completed": "completed", "stopped": "stopped", "intended": "planned"}
_ADMINISTRATION = {"in-progress": "active", "completed": "given", "stopped": "given"}
_DISPENSE = {"preparation": "given", "in-progress": "given", "completed": "given", "stopped": "given"}
_KNOWN: Mapping[str, Mapping[str, str]] = {
    "MedicationRequest": _REQUEST,
    "MedicationStatement": _STATEMENT,
    "MedicationAdministration": _ADMINISTRATION,
    "MedicationDispense": _DISPENSE,
}
_NOTHING = {
    "declined": "not-done",
    "cancelled": "cancelled",
    "entered-in-error": "entered-in-error",
    "not-done": "not-done",
    "not-taken": "not-taken",
}
_UNCLEAR = ("on-hold", "unknown")
_READ = {kind: frozenset((*known, *_UNCLEAR)) for kind, known in _KNOWN.items()}
_LIST = ("medications",)
_DAYS = {"d": 1, "day": 1, "days": 1, "wk": 7, "week": 7, "weeks": 7, "mo": 31, "month": 31, "months": 31, "a": 366}
_LONGEST = 36_600  # days: what is longer is no supply and no course


class Record(NamedTuple):
    """What one resource says of a drug. ``status`` is the profile's, ``given`` for a dose or supply, or None.

    ``of`` are all drugs that the resource names; ``marks`` the brands it is printed under.
    """

    resource: Resource
    drug: DrugName
    status: str | None
    when: When | None
    start: When | None = None
    stop: When | None = None
    order_date: bool = False
    indication: str | None = None
    stop_reason: str | None = None
    dose: str | None = None
    of: frozenset[DrugName] = frozenset()
    marks: frozenset[str] = frozenset()

    @property
    def label(self) -> str:
        """How the report calls the resource."""
        return self.resource.label

    @property
    def is_order(self) -> bool:
        """Whether it is an order: that it is completed or stopped does not end the therapy."""
        return self.resource.type == "MedicationRequest"

    @property
    def is_ended(self) -> bool:
        """Whether it says that something has ended: the order, or the therapy."""
        return self.status in ("completed", "stopped")


def read_records(resource: Resource, gathering: Gathering) -> list[Record]:
    """Return what a resource says of each drug it names; nothing, with the reason noted, where it says nothing."""
    element, label = resource.element, resource.label
    status = element.text("status")
    reason = alike(_refusal, resource, gathering)
    if reason is not None:
        gathering.remarks.unmapped(reason, label, opens=_LIST if reason in NOTHING_KNOWN else ())
        return []
    product = alike(product_of, resource, gathering)
    unclear = status in _UNCLEAR or element.text("taken") == "unk"  # FHIR 3.0
    if unclear:
        # A source that does not know the status does not know whether it was entered in error, either.
        opens = _LIST if status == "unknown" else ()
        gathering.remarks.unmapped("status-unclear", label, facts=_statuses(product), opens=opens)
    said = None if unclear else _KNOWN[resource.type].get(status or "")
    zero = said != "stopped" and alike(_doses_nothing, resource, gathering)
    if zero:
        gathering.remarks.unmapped("dose-of-zero", label, facts=_statuses(product))
        said = None
    word = None
    if said == "active":
        denied, meant = alike(_meant, resource, gathering, product.drugs)
        word = denied or against_use(resource, meant, gathering) or alike(reason_against, resource, gathering)
    if word is not None:
        gathering.remarks.unmapped("words-against-use", label, facts=_statuses(product), said=word)
        said = None
    elif said == "active" and alike(_as_needed, resource, gathering):
        gathering.remarks.assumed("as-needed-as-in-use", *_statuses(product))
    order = resource.type == "MedicationRequest"
    when, start, stop = _order_times(element) if order else _times(resource, said)
    asserted = read_when(element, "dateAsserted")
    if gathering.moment.is_before(when if order else asserted or (start if said == "given" else None)):
        gathering.remarks.unmapped("in-the-future", label, facts=["medications"], opens=_LIST)
        return []
    if said == "active" and order and element.text("intent") == "plan" and not _is_reported(element):
        said = "planned"
    start = None if zero else start
    by_order = order and start is None and said in ("active", "completed", "stopped")
    start = when if by_order else start
    if said == "active" and gathering.moment.is_before(start):
        said = "planned"
    if said == "active" and resource.type == "MedicationAdministration" and _is_over(start, stop, gathering):
        # A dose that nobody closed: that it ended does not end the therapy.
        gathering.remarks.unmapped("period-ended", label, facts=_statuses(product))
        said, stop = "given", None
    end = stop or _valid_until(element)
    if said in ("active", "planned") and gathering.moment.is_after(end):
        gathering.remarks.unmapped("period-ended", label, facts=_statuses(product))
        said, when = "completed" if said == "active" else None, end
    elif said in ("completed", "stopped"):
        stop = None if gathering.moment.is_before(stop) else stop
        when = asserted or stop or when
    record = Record(
        resource, product.drugs[0], said, when or start, start, stop, by_order,
        alike(_indication, resource, gathering), alike(stop_reason, resource, gathering),
        dose(element) if len(product.drugs) == 1 else None, frozenset(product.drugs), product.marks,
    )  # fmt: skip
    return [record._replace(drug=drug) for drug in product.drugs] if len(product.drugs) > 1 else [record]


def _refusal(resource: Resource, _: Gathering) -> str | None:
    return refusal(resource, _NOTHING, _READ[resource.type])


def _doses_nothing(resource: Resource, _: Gathering) -> bool:
    return doses_nothing(resource)


def _as_needed(resource: Resource, gathering: Gathering) -> bool:
    return as_needed(resource, gathering.codes)


def _meant(_: Resource, gathering: Gathering, drugs: tuple[DrugName, ...]) -> tuple[str | None, tuple[DrugName, ...]]:
    """Return the word in a drug's name against its use (地舒单抗过敏); else the drugs meant by names not understood."""
    names = printed_names(gathering.vocabulary)
    meant: list[DrugName] = []
    for drug in drugs:
        named = names.mentioned(drug.name or "") if drug.drug == "other" and not drug.told else ()
        if named and (word := names.denied(drug.name or "")) is not None:
            return word, drugs
        meant += [DrugName(code) for code in named] or [drug]  # what is not understood beside it may tell of its use
    return None, tuple(meant)


def _statuses(product: Product) -> list[str]:
    return [f"medications[{drug.stem}].status" for drug in product.drugs]


def _is_over(start: When | None, stop: When | None, gathering: Gathering) -> bool:
    """Tell whether a dose that is said to be being given has ended, or began longer ago than doses lie apart."""
    long_ago = start is not None and gathering.moment.days_since(start) > gathering.codes.gap(None).usual
    return gathering.moment.is_after(stop) or (stop is None and long_ago)


def _is_reported(element: Element) -> bool:
    """Tell whether somebody reports what is being taken: a plan by its intent, as US Core has it, and yet in use."""
    return element.boolean("reportedBoolean") is True or element.has("reportedReference")


def _times(resource: Resource, said: str | None) -> tuple[When | None, When | None, When | None]:
    """Return when a statement, dose or supply speaks, and from when to when it is for."""
    element = resource.element
    if resource.type == "MedicationDispense":
        handed = read_when(element, "whenHandedOver") or read_when(element, "whenPrepared")
        return handed, handed, _after(handed, _days(element.element("daysSupply")))
    start, stop = read_period(element, "effectivePeriod")
    start = read_when(element, "effectiveDateTime") or start
    return read_when(element, "dateAsserted") or start, start, None if said == "given" else stop


def _order_times(element: Element) -> tuple[When | None, When | None, When | None]:
    """Return when an order was written, and from when to when it is for, where it says so."""
    starts: list[When | None] = []
    stops: list[When | None] = []
    authored = read_when(element, "authoredOn")
    instructions = element.elements("dosageInstruction")
    for instruction in instructions:
        timing = instruction.element("timing")
        repeat = timing.element("repeat") if timing is not None else None
        if repeat is not None:
            start, stop = read_period(repeat, "boundsPeriod")
            starts.append(start)
            stops.append(stop or _after(start or authored, _days(repeat.element("boundsDuration"))))
    if (dispense := element.element("dispenseRequest")) is not None:
        starts.append(read_period(dispense, "validityPeriod")[0])
    # An order goes on while one of its instructions does.
    stop = latest(stops) if all(stops) and len(stops) == len(instructions) else None
    return authored, earliest(starts), stop


def _valid_until(element: Element) -> When | None:
    """Return when an order, as a prescription, ceased to be valid: its last day, and no date of a stop."""
    dispense = element.element("dispenseRequest")
    return None if dispense is None else read_period(dispense, "validityPeriod")[1]


def _days(duration: Element | None) -> float | None:
    """Return the length of a Duration in days, None where its unit is none that is read."""
    if duration is None:
        return None
    value = duration.number("value")
    factor = _DAYS.get((duration.text("code") or duration.text("unit") or "").strip().lower())
    return value * factor if value is not None and factor is not None and 0 < value * factor <= _LONGEST else None


def _after(start: When | None, days: float | None) -> When | None:
    if start is None or days is None:
        return None
    more = datetime.timedelta(days=int(days))
    return When(start.first + more, start.last + more)


def _indication(resource: Resource, gathering: Gathering) -> str | None:
    """Return what the drug is given for, where the record, or the order it was made on, gives a reason."""
    found = _reasons(resource, gathering)
    if not found and resource.type != "MedicationRequest":
        for order in orders_of(resource, gathering):
            found |= gathering.readable(order, partial(_reasons_of, order, gathering)) or set()
    return next(iter(found)) if len(found) == 1 else None


def _reasons(resource: Resource, gathering: Gathering) -> set[str]:
    """Return what the reasons of a record say: bone metastasis or another reason for certain; never from a dose."""
    concepts = [concept_of(one) for one in resource.element.elements("reasonCode") if names_for_certain(one)]
    for reference in resource.element.elements("reasonReference"):
        condition = gathering.references.find(reference.text("reference"), resource)
        if condition is not None and condition.type == "Condition":
            concepts.append(gathering.readable(condition, partial(_certain, condition, gathering)) or NO_CONCEPT)
    found: set[str] = set()
    for concept in concepts:
        try:
            told = gathering.memory.diagnosis(concept)
        except Disagreement:
            continue
        if any(metastasis.one("organ") == "bone" and not doubted for metastasis, doubted in told.metastases):
            found.add("bone_metastasis")
        else:
            certain = (finding.one("indication") for finding, doubted in told.findings if not doubted)
            found |= {indication for indication in certain if indication is not None}
    return found


def _reasons_of(order: Resource, gathering: Gathering, _: Element) -> set[str]:
    return _reasons(order, gathering)


def _certain(condition: Resource, gathering: Gathering, element: Element) -> Concept:
    """Return what a condition names that a drug is for; nothing of one that is not certain, or somebody else's."""
    uncertain = verification_of(element, gathering) in ("refuted", "entered-in-error", *OPEN)
    past = is_past(element.element("code"))  # as where words say that it was: whether the drug is for it is not said
    return NO_CONCEPT if uncertain or past or condition.label in gathering.of_others else element.concept("code")
