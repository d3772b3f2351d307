"""Condition → the primary tumour, metastases, and what else a diagnosis says."""

from __future__ import annotations

import re
from dataclasses import dataclass, field

from oncocds.vocabulary.code_tables import CodeEntry
from oncocds_fhir.alike import alike
from oncocds_fhir.bundle import Resource
from oncocds_fhir.certainty import is_past, verification_of
from oncocds_fhir.concepts import Disagreement, Meant, compatible
from oncocds_fhir.diagnoses import Told
from oncocds_fhir.diagnosis_notes import words_against
from oncocds_fhir.elements import Coding, Concept
from oncocds_fhir.findings import Findings
from oncocds_fhir.findings_told import note_findings_beside
from oncocds_fhir.gathering import Gathering
from oncocds_fhir.holding import lists_of
from oncocds_fhir.in_situ import histology_of, in_situ
from oncocds_fhir.lesions import Metastases, map_lesions, note_metastasis, recorded, taken_back
from oncocds_fhir.metastases_told import note_metastases_beside
from oncocds_fhir.phrases import phrases
from oncocds_fhir.sites import read_sites
from oncocds_fhir.statuses import OPEN, PAST, clinical_of
from oncocds_fhir.times import When, read_period, read_when

_NEOPLASM = re.compile(r"C|D[0-4]")
_SECONDARY_PROFILE = "mcode-secondary-cancer-condition"
# Tumours (ICD-10) of organs the other sex has not.
_SEXED = {"male": ("C51", "C52", "C53", "C54", "C55", "C56", "C57", "C58"), "female": ("C60", "C61", "C62", "C63")}


@dataclass
class Tumour:
    """A Condition that names a primary tumour."""

    resource: Resource
    type: str
    sides: set[str]
    active: bool
    histology: bool


@dataclass
class Diagnoses:
    """The conditions of a patient, sorted by what they are."""

    tumours: list[Tumour] = field(default_factory=list)
    metastases: Metastases = field(default_factory=dict)
    findings: Findings = field(default_factory=Findings)
    refuted: list[tuple[str, When | None, str]] = field(default_factory=list)
    """Types of tumours that records refute, when, and which."""
    named: list[Resource] = field(default_factory=list)
    """Diagnoses of which something was used."""


def map_conditions(conditions: list[Resource], gathering: Gathering) -> None:
    """Map all conditions of a patient."""
    found = Diagnoses()
    for condition in conditions:
        try:
            _map_condition(condition, found, gathering)
        except Disagreement:
            gathering.remarks.unmapped("codes-disagree", condition.label)
            gathering.remarks.could_be("lesions", condition.label)
    _primary(_still_said(found, gathering), gathering)
    map_lesions(found.metastases, gathering)
    note_metastases_beside(found.named, gathering)
    found.findings.settle(gathering)
    note_findings_beside(found.named, gathering)


def _map_condition(condition: Resource, found: Diagnoses, gathering: Gathering) -> None:
    element = condition.element
    code = element.concept("code")
    verification, clinical, past = alike(_standing, condition, gathering)
    if verification in ("entered-in-error", "refuted"):
        gathering.remarks.unmapped(verification, condition.label, coding=code.first_coding)
        if verification == "refuted":
            _refuted(condition, code, found, gathering)
        return
    if gathering.moment.is_before(recorded(condition)):
        gathering.remarks.unmapped("in-the-future", condition.label, opens=lists_of(condition.type))
        return
    if has_abated(condition, gathering) and clinical not in PAST:
        # A status that goes on beside an end is a contradiction: then no end is certain.
        clinical = "resolved" if clinical is None else "inactive"
        gathering.remarks.unmapped("period-ended", condition.label)
    elif past and clinical not in PAST:
        clinical = "resolved" if clinical is None else "inactive"
    told, said, in_situ_by = alike(_named, condition, gathering)
    if verification not in OPEN and said is not None:
        gathering.remarks.unmapped("words-against-diagnosis", condition.label, said=said)
        verification = OPEN[0]
    _denied(condition, told, found, gathering)
    as_in_situ = in_situ_by if verification not in OPEN else None
    if as_in_situ is not None:
        gathering.remarks.unmapped("in-situ", condition.label, facts=["diagnosis.tumour_type"], said=as_in_situ)
    for tumour, doubted in told.tumours:
        is_open = doubted or as_in_situ is not None
        _tumour(condition, tumour, OPEN[0] if is_open else verification, clinical, found, gathering)
    for metastasis, doubted in told.metastases:
        note_metastasis(
            condition, metastasis, OPEN[0] if doubted else verification, clinical, found.metastases, gathering
        )
    for finding, doubted in told.findings:
        found.findings.note(condition, finding, OPEN[0] if doubted else verification, clinical, gathering)
    if told.past:  # what became of them since nobody says
        gathering.remarks.could_be("lesions", condition.label)
    if told.tumours or told.metastases or told.findings:
        found.named.append(condition)
        if told.untyped:
            gathering.remarks.unmapped("unknown-code", condition.label, facts=["diagnosis.tumour_type"])
        return
    absent = gathering.memory.meaning(code, gathering.codes.absences)
    if absent is not None:  # that there are no problems says nothing of lesions: a problem list is never whole
        gathering.remarks.unmapped("no-fact", condition.label, coding=code.first_coding)
        return
    if told.denied or told.past:
        gathering.remarks.unmapped("denied-in-words", condition.label, coding=code.first_coding)
        return
    if _is_secondary(condition):
        note_metastasis(
            condition, Meant({"organ": ("unspecified",)}), verification, clinical, found.metastases, gathering
        )
    elif _could_be_lesion(code, gathering):
        gathering.remarks.could_be("lesions", condition.label)
    reason = "unknown-code" if code.codings or code.text is not None else "no-code"
    gathering.remarks.unmapped(reason, condition.label, coding=code.first_coding)


def _standing(condition: Resource, gathering: Gathering) -> tuple[str | None, str | None, bool]:
    """Return how certain a diagnosis is and whether it goes on, by its statuses, and whether it is marked as past."""
    element = condition.element
    return verification_of(element, gathering), clinical_of(element, gathering), is_past(element.element("code"))


def _named(condition: Resource, gathering: Gathering) -> tuple[Told, str | None, str | None]:
    """Return what a diagnosis names, the words of its notes against it, and what says that it is one in situ.

    The last two are asked of what is not in doubt already. Raises ``Disagreement``.
    """
    code = condition.element.concept("code")
    told = gathering.memory.diagnosis(code)
    said = words_against(condition, told, gathering.codes)
    return told, said, in_situ(condition, code, gathering) if told.tumours and said is None else None


def _refuted(condition: Resource, code: Concept, found: Diagnoses, gathering: Gathering) -> None:
    """Note what is refuted: what older records say of it is no longer certain."""
    try:
        told = gathering.memory.diagnosis(code)
    except Disagreement:
        return
    when = recorded(condition)
    for tumour, _ in told.tumours:
        found.refuted.append((tumour.one("tumour_type") or "other", when, condition.label))
    for metastasis, _ in told.metastases:
        note_metastasis(condition, metastasis, "refuted", None, found.metastases, gathering)
    for finding, _ in told.findings:
        found.findings.against(finding, when, condition.label, gathering)


def _denied(condition: Resource, told: Told, found: Diagnoses, gathering: Gathering) -> None:
    """Note what the words of a diagnosis deny of the patient (排除骨转移), as what is refuted is noted."""
    when = recorded(condition)
    found.refuted += [(kind, when, condition.label) for kind in told.refuted_tumours]
    for metastasis in told.refuted_metastases:
        note_metastasis(condition, metastasis, "refuted", None, found.metastases, gathering)
    for fact in told.refuted_findings:
        found.findings.against(Meant({"fact": (fact,)}), when, condition.label, gathering)


def _still_said(found: Diagnoses, gathering: Gathering) -> list[Tumour]:
    """Return the tumours without those that a record refutes which is certainly newer than all that name them."""
    gone = set()
    for type_ in {tumour.type for tumour in found.tumours}:  # once for each: there may be many records of one
        same = [one.resource for one in found.tumours if compatible((one.type,), (type_,)) is not None]
        against = [(when, label) for kind, when, label in found.refuted if compatible((kind,), (type_,))]
        if taken_back([recorded(one) for one in same], [when for when, _ in against]):
            labels = [one.label for one in same] + [label for _, label in against]
            gathering.remarks.unmapped("conflicting-results", *labels, facts=["diagnosis.tumour_type"])
            gone.add(type_)
    return [tumour for tumour in found.tumours if tumour.type not in gone]


def _could_be_lesion(code: Concept, gathering: Gathering) -> bool:
    """Tell whether a diagnosis that is not understood could name a metastasis, as far as people could read it.

    Its words tell, where it has some: they name a cancer or metastases. A bare code could be anything, but for codes of
    ICD-10 that lie outside its chapter of neoplasms (C00–D48).
    """
    words = [*code.words()]
    if words:
        return any(phrases(gathering.codes).names_cancer(word) for word in words)
    return not any(
        (gathering.codes.systems.get(coding.system or "") or "").startswith("icd10")
        and not _NEOPLASM.match(coding.code or "")
        for coding in code.codings
    )


def _is_secondary(condition: Resource) -> bool:
    meta = condition.element.element("meta")
    profiles = meta.raw().get("profile") if meta is not None else None
    return isinstance(profiles, list) and any(
        isinstance(profile, str) and profile.split("|")[0].endswith(_SECONDARY_PROFILE) for profile in profiles
    )


def _tumour(
    condition: Resource,
    tumour: Meant,
    verification: str | None,
    clinical: str | None,
    found: Diagnoses,
    gathering: Gathering,
) -> None:
    if verification in OPEN:
        gathering.remarks.unmapped("unconfirmed", condition.label, facts=["diagnosis.tumour_type"])
        return
    kind = tumour.one("tumour_type") or "other"
    histology = histology_of(condition)
    if histology is not None:
        more = gathering.memory.meaning(histology, gathering.codes.histologies)
        if more is not None and more.one("of") == kind:
            kind = more.one("tumour_type") or kind
    sides = {*alike(read_sites, condition, gathering).sides}
    sides |= set(tumour.means.get("laterality", ()))
    sides |= {side for entry, coding in tumour.codings if (side := _side_in_code(entry, coding)) is not None}
    found.tumours.append(Tumour(condition, kind, sides, clinical not in PAST, histology is not None))
    sex = gathering.facts.get("sex")
    # The first three characters of an ICD-10 code are the same in every edition of it; no other system has such codes.
    if any((coding.code or "")[:3] in _SEXED.get(str(sex), ()) for _, coding in tumour.codings):
        gathering.remarks.implausible(
            "sex-excludes-tumour", [condition.label, *gathering.sources["sex"]], ["sex", "diagnosis.tumour_type"]
        )


def _side_in_code(entry: CodeEntry, coding: Coding) -> str | None:
    """Return the side that an ICD-10-CM code tells in one of its characters."""
    at, plain = entry.one("side_at"), (coding.code or "").replace(".", "")
    return {"1": "right", "2": "left"}.get(plain[int(at) - 1]) if at is not None and len(plain) >= int(at) else None


def _primary(tumours: list[Tumour], gathering: Gathering) -> None:
    """Set the primary tumour; of several, those that are active count; of several types none."""
    active = [tumour for tumour in tumours if tumour.active]
    if active:
        past = [tumour.resource.label for tumour in tumours if not tumour.active]
        if past:
            gathering.remarks.unmapped("not-active", *past, facts=["diagnosis.tumour_type"])
        tumours = active
    if not tumours:
        return
    labels = [tumour.resource.label for tumour in tumours]
    types = {tumour.type for tumour in tumours}
    if types in ({"lung_nos", "nsclc"}, {"lung_nos", "sclc"}):  # one says more of the same tumour
        types.discard("lung_nos")
    # What is "other" is not known to be one tumour, unless it is one record.
    if len(types) > 1:
        gathering.remarks.implausible("several-primary-tumours", labels, ["diagnosis.tumour_type"])
        return
    gathering.put("diagnosis.tumour_type", next(iter(types)), labels)
    sided = [tumour for tumour in tumours if tumour.sides]
    sides = set().union(*(tumour.sides for tumour in sided))
    if len(sides) == 1:
        gathering.put("diagnosis.laterality", next(iter(sides)), [tumour.resource.label for tumour in sided])
    elif len(sides) > 1:
        gathering.remarks.implausible(
            "sides-differ", [tumour.resource.label for tumour in sided], ["diagnosis.laterality"]
        )
    seen = [tumour.resource.label for tumour in tumours if tumour.histology]
    if seen:
        gathering.put("diagnosis.pathology_documented", True, seen)
    for tumour in tumours:
        for stage in tumour.resource.element.elements("stage"):
            group = gathering.memory.stage_group(stage.concept("summary"))
            if group is not None:
                gathering.offer("diagnosis.stage_group", group, None, tumour.resource.label)
            elif stage.has("summary"):
                gathering.remarks.unmapped("unknown-answer", tumour.resource.label, facts=["diagnosis.stage_group"])


def has_abated(condition: Resource, gathering: Gathering) -> bool:
    """Tell whether a Condition says that it has ended (``abatement[x]``)."""
    element = condition.element
    ended = read_when(element, "abatementDateTime") or read_period(element, "abatementPeriod")[1]
    if ended is not None:
        return not gathering.moment.is_before(ended)
    if element.raw().get("abatementBoolean") is not None:  # FHIR 3.0 and earlier
        return element.boolean("abatementBoolean") is True
    if element.has("abatementString"):  # free text, which may say that it goes on
        gathering.remarks.unmapped("imprecise-date", condition.label)
    return element.has("abatementAge") or element.has("abatementRange")
