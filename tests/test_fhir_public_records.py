"""Records shaped after public bug reports and public test data, each with every fact that a careful reader takes.

Each says which: the repository and thread, or the published example. Nothing of them is copied.
"""

from __future__ import annotations

from typing import Any

import pytest

from fhir_support import (
    ANNA,
    ICD10CM,
    LOINC,
    MCODE,
    MINE,
    RXNORM,
    SNOMED,
    UCUM,
    Resource,
    concept,
    condition,
    history,
    latest,
    mapped,
    observation,
    open_lists,
    procedure,
    quantity,
    reasons,
    request,
    statement,
)
from oncocds_fhir.mapping import Mapped

BREAST = condition("breast", concept(SNOMED, "254837009", "乳腺癌"), **MINE)
HERS: Resource = {"age": 63, "sex": "female"}
CANCER: Resource = {"tumour_type": "breast"}
VER = "http://terminology.hl7.org/CodeSystem/condition-ver-status"
ABSENT = "http://hl7.org/fhir/uv/ips/CodeSystem/absent-unknown-uv-ips"
INTERPRETATION = "http://terminology.hl7.org/CodeSystem/v3-ObservationInterpretation"
BONE = {"organ": "bone", "status": "confirmed"}


def read(*records: Resource, **expected: Any) -> Mapped:
    """Map records beside the patient; the profile holds what is expected, dated results as a history, nothing else."""
    found = mapped(ANNA, *records)
    dated = {name: one for name, one in expected.get("labs", {}).items() if {"value", "date"} <= one.keys()}
    results = latest(dated)
    if "cardiac" in expected:
        results += history(("lvef", expected["cardiac"]["echo_date"], expected["cardiac"]["lvef_latest"], "%"))
    assert found.profile == {**HERS, **expected, **({"history": results} if results else {})}
    return found


def bare(identity: str, code: Resource, **fields: Any) -> Resource:
    """A condition with the statuses that are given, or none."""
    return {"resourceType": "Condition", "id": identity, "code": code, **MINE, **fields}


def test_a_diagnosis_that_was_voided_has_no_clinical_status() -> None:
    """Voided problems came along as active ones (drajer-health/eCRNow, issue 577)."""
    voided = bare("x", concept(ICD10CM, "C79.51"), verificationStatus=concept(VER, "entered-in-error"))
    found = read(BREAST, voided, diagnosis=CANCER)
    assert reasons(found) == {"entered-in-error": ["Condition/x"]}
    assert open_lists(found) == {}


def test_a_diagnosis_whose_clinical_status_is_coded_elsewhere() -> None:
    """A SNOMED CT code in place of FHIR's own status (CDCgov/dibbs-ecr-viewer, issue 1202)."""
    odd = bare(
        "x",
        concept(ICD10CM, "C79.51"),
        clinicalStatus=concept(SNOMED, "55561003"),
        verificationStatus=concept(VER, "confirmed"),
    )
    found = read(
        BREAST, odd, diagnosis={**CANCER, "extent": "metastatic"}, lesions=[{"id": "bone", **BONE}],
        incomplete=["lesions"],
    )  # fmt: skip
    assert reasons(found) == {}
    assert open_lists(found) == {"lesions": {"problem-list": ["Condition/x"]}}


def test_a_diagnosis_whose_statuses_are_bare_codes_as_in_dstu2() -> None:
    """The published example wrote them as codes, where R4 has concepts (hl7au/au-fhir-base, issue 475)."""
    old = bare("x", concept(ICD10CM, "C79.51"), clinicalStatus="active", verificationStatus="confirmed")
    found = read(BREAST, old, diagnosis=CANCER, left_out={"lesions": 1})
    assert reasons(found) == {"unreadable": ["Condition/x"]}
    assert open_lists(found) == {"lesions": {"unreadable": ["Condition/x"]}}
    places = {place.pointer for one in found.report().unmapped for place in one.places}
    assert places == {"/entry/2/resource/verificationStatus"}


def test_a_statement_without_a_status() -> None:
    """The required status was missing (athenahealth/apiserver-athenaFlex, issue 57)."""
    record = statement("s", "zoledronic acid", **MINE)
    record.pop("status")
    found = read(BREAST, record, diagnosis=CANCER, left_out={"medications": 1})
    assert open_lists(found) == {"medications": {"status-missing": ["MedicationStatement/s"]}}


def test_a_weight_whose_unit_has_no_code() -> None:
    """Unit and value, no system and code (jami-fhir-jp-wg/jp-core-v1x, issue 961; synthea, pull request 69)."""
    weight = observation("w", "29463-7", valueQuantity={"value": 63.5, "unit": "kg"})
    assert reasons(read(weight, weight={"value": 63.5, "unit": "kg"})) == {}


@pytest.mark.parametrize(
    "measured",
    [
        {"value": 1.1, "unit": "mg/dL"},  # no code: the unit counts (cqframework/clinical_quality_language, issue 1497)
        {"value": 1.1, "unit": "milligrams per deciliter", "system": UCUM, "code": "mg/dL"},  # the code counts (557)
    ],
)
def test_a_laboratory_result_by_its_unit_or_by_its_code(measured: Resource) -> None:
    creatinine = {"creatinine": {"value": 1.1, "unit": "mg/dL", "date": "2025-01-01"}}
    assert reasons(read(observation("c", "2160-0", valueQuantity=measured), labs=creatinine)) == {}


def test_results_without_any_unit_are_no_results() -> None:
    """What if units are missing? (argonautproject/implementation-program, issue 19)"""
    found = read(
        observation("c", "2160-0", valueQuantity={"value": 97}),
        observation("w", "29463-7", valueQuantity={"value": 63.5}),
        observation("l", "10230-1", valueQuantity={"value": 60}),
    )
    assert {name: sorted(told) for name, told in reasons(found).items()} == {
        "no-unit": ["Observation/c", "Observation/l", "Observation/w"]
    }


def test_scores_have_no_unit() -> None:
    """Scores came as quantities without system and unit (athenahealth/apiserver-athenaFlex, issue 224)."""
    ecog = observation("e", "89247-1", valueQuantity={"value": 1})
    pain = observation("n", "72514-3", valueQuantity={"value": 6})
    assert reasons(read(ecog, pain, assessments={"ecog": 1, "pain_nrs": 6})) == {}


@pytest.mark.parametrize("code", ["85354-9", "8480-6"])
def test_a_blood_pressure_in_components_and_at_the_top(code: str) -> None:
    """The code of a component stands above it too, with its value (synthetichealth/synthea, issue 295)."""
    parts = [
        {"code": concept(LOINC, "8480-6"), "valueQuantity": quantity(128, "mm[Hg]")},
        {"code": concept(LOINC, "8462-4"), "valueQuantity": quantity(76, "mm[Hg]")},
    ]
    record = observation("b", code, component=parts, valueQuantity=quantity(128, "mm[Hg]"))
    assert reasons(read(record, vitals={"systolic": 128, "diastolic": 76, "blood_pressure_date": "2025-01-01"})) == {}


@pytest.mark.parametrize(
    ("code", "site"),
    [
        (concept(SNOMED, "94222008"), concept(SNOMED, "71341001")),  # bone, the femur
        ({"text": "Secondary malignant neoplasm"}, {"text": "股骨"}),
        (concept(SNOMED, "94222008", "股骨转移"), {"text": "股骨"}),  # said twice
    ],
)
def test_a_diagnosis_and_its_site_beside_it(code: Resource, site: Resource) -> None:
    """Code and site: the site is redundant, or more specific (hl7au/au-fhir-core, issue 64)."""
    lesion = condition("m", code, bodySite=[site], **MINE)
    spread, femur = {**CANCER, "extent": "metastatic"}, {"id": "femur", "site": "femur", **BONE}
    found = read(BREAST, lesion, diagnosis=spread, lesions=[femur], incomplete=["lesions"])
    assert reasons(found) == {}


def test_a_cancer_registrys_diagnosis_with_topography_and_side() -> None:
    """ICD-10-GM, a site in ICD-O-3 and the side as a coding beside it (bzkf/obds-to-fhir, issues 41 and 63)."""
    site = [
        {"system": "urn:oid:2.16.840.1.113883.6.43.1", "code": "C50.4"},
        {"system": SNOMED, "code": "7771000"},
    ]
    record = condition(
        "c", concept("http://fhir.de/CodeSystem/bfarm/icd-10-gm", "C50.4"), bodySite=[{"coding": site}], **MINE
    )
    assert reasons(read(record, diagnosis={**CANCER, "laterality": "left"})) == {}


@pytest.mark.parametrize("ever", [True, False])
def test_a_history_of_metastases_is_no_lesion_of_today(ever: bool) -> None:
    """The situation and a Boolean that may deny it (HL7/fhir-mCODE-ig, pull request 355): neither makes a lesion."""
    history = observation("h", concept(SNOMED, "1287652008"), valueBoolean=ever)
    assert reasons(read(BREAST, history, diagnosis=CANCER)) == {"unknown-code": ["Observation/h"]}


def test_the_non_small_cell_lung_cancer_of_mcode() -> None:
    """The published example of a primary (HL7/fhir-mCODE-ig, STU2): histology, site, side and stage beside it."""
    side = {"url": f"{MCODE}/mcode-laterality-qualifier", "valueCodeableConcept": concept(SNOMED, "7771000")}
    histology = {
        "url": f"{MCODE}/mcode-histology-morphology-behavior", "valueCodeableConcept": concept(SNOMED, "35917007"),
    }  # fmt: skip
    cancer = condition(
        "c", concept(SNOMED, "254637007"), bodySite=[{**concept(SNOMED, "39607008"), "extension": [side]}],
        extension=[histology], onsetDateTime="2019-04-01", **MINE,
    )  # fmt: skip
    stage = observation("s", "21908-9", valueCodeableConcept=concept(SNOMED, "1222806003", "AJCC stage IIIC"))
    found = read(
        cancer, stage,
        diagnosis={"tumour_type": "nsclc", "laterality": "left", "pathology_documented": True, "stage_group": "IIIC"},
    )  # fmt: skip
    assert reasons(found) == {}


@pytest.mark.parametrize(
    ("code", "none"),
    [
        (concept(ABSENT, "no-known-medications"), True),
        (concept(ABSENT, "no-medication-info"), False),
        # The Australian code was wrong in a profile (AuDigitalHealth/ci-fhir-stu3, issue 78): the words count.
        (concept(SNOMED, "1200661000168107", "No known current medicines"), True),
    ],
)
def test_no_medications_and_no_information(code: Resource, none: bool) -> None:
    """The examples of the International Patient Summary (HL7/fhir-ips): an empty list, and an open one."""
    record = statement("m", code, **MINE)
    found = read(BREAST, record, diagnosis=CANCER, **({"medications": []} if none else {}))
    assert reasons(found) == {"absence-stated" if none else "nothing-known": ["MedicationStatement/m"]}
    assert list(open_lists(found)) == ([] if none else ["medications"])


def test_the_bilirubin_of_us_core() -> None:
    """The published example of a laboratory result: its limit, and that it is high (HL7/US-Core)."""
    record = observation(
        "b", "1975-2", valueQuantity=quantity(8.6, "mg/dL"), interpretation=[concept(INTERPRETATION, "H")],
        referenceRange=[{"high": quantity(1.2, "mg/dL")}],
    )  # fmt: skip
    bilirubin = {"value": 8.6, "unit": "mg/dL", "reference_high": 1.2, "interpretation": "high", "date": "2025-01-01"}
    assert reasons(read(record, labs={"bilirubin": bilirubin})) == {}


def test_an_ejection_fraction_with_two_codes() -> None:
    """The published example of a registry (BIH-CEI/napkon-cardiology): LOINC and SNOMED CT, with a time zone."""
    code = {"coding": [{"system": LOINC, "code": "10230-1"}, {"system": SNOMED, "code": "250908004"}]}
    record = observation("l", code, "2015-02-07T13:28:17-05:00", valueQuantity=quantity(25, "%"))
    found = read(record, cardiac={"lvef_latest": 25, "echo_date": "2015-02-07"})
    assert reasons(found) == {"no-baseline": ["Observation/l"]}


def test_urea_nitrogen_is_not_urea() -> None:
    """An oncology ward's example calls urea nitrogen by mass urea, its unit in capitals (Outburn-IL/LRC)."""
    record = observation(
        "u", concept(LOINC, "3094-0", "Urea-blood (BUN)"), "2023-04-03T11:32:38+03:00",
        valueQuantity={"value": 92, "unit": "MG/DL", "code": "Mg/dl"}, referenceRange=[{"high": {"value": 23.5}}],
    )  # fmt: skip
    assert reasons(read(record)) == {"no-fact": ["Observation/u"]}


def test_sessions_of_radiotherapy_as_synthetic_patients_have_them() -> None:
    """A procedure for each visit, under a code of care (synthetichealth/synthea, the module of breast cancer)."""
    sessions = [
        procedure(
            f"s{day}", concept(SNOMED, "385798007"), reasonReference=[{"reference": "Condition/breast"}], **MINE,
            performedPeriod={"start": f"2024-03-0{day}T10:00:00+01:00", "end": f"2024-03-0{day}T10:30:00+01:00"},
        )
        for day in range(4, 9)
    ]  # fmt: skip
    found = read(BREAST, *sessions, diagnosis=CANCER, radiotherapy=[{"id": "s4", "status": "completed"}])
    assert [one.id for one in found.report().assumptions] == ["sessions-as-course"]


def test_products_of_synthetic_patients_are_read_by_their_names() -> None:
    """RxNorm codes of clinical drugs, whose names hold strength and form (synthetichealth/synthea, the same module).

    The infusion that was completed ten days ago leaves open whether zoledronic acid goes on.
    """
    given = request(
        "z", concept(RXNORM, "1114085", "100 ML zoledronic acid 0.04 MG/ML Injection"), "completed",
        authoredOn="2025-01-20", reasonReference=[{"reference": "Condition/breast"}],
    )  # fmt: skip
    current = request(
        "d", concept(RXNORM, "993452", "1 ML denosumab 60 MG/ML Prefilled Syringe"), authoredOn="2025-01-25"
    )
    found = read(
        BREAST, given, current, diagnosis=CANCER,
        medications=[
            {"id": "denosumab", "drug": "denosumab", "status": "active", "start_date": "2025-01-25"},
            {"id": "zoledronate", "drug": "zoledronate", "start_date": "2025-01-20"},
        ],
    )  # fmt: skip
    assert reasons(found) == {"given-recently": ["MedicationRequest/z"]}


def test_a_result_written_as_a_text() -> None:
    """A string where a number and its unit are meant (HL7/fhir-shc-vaccination-ig, issues 90 and 134)."""
    creatinine = {"creatinine": {"value": 97, "unit": "umol/L", "date": "2025-01-01"}}
    assert reasons(read(observation("c", "2160-0", valueString="97 umol/L"), labs=creatinine)) == {}
    for text, reason in (("97", "no-unit"), ("97 furlong", "unknown-unit"), ("about 97 umol/L", "unknown-answer")):
        assert reasons(read(observation("c", "2160-0", valueString=text))) == {reason: ["Observation/c"]}


def test_an_alphanumeric_result_is_no_number() -> None:
    """Results such as "GT 45" come as the text of a concept (drajer-health/eCRNow, issue 625)."""
    record = observation("c", "777-3", valueCodeableConcept={"text": "GT 45"})
    assert reasons(read(record)) == {"unknown-answer": ["Observation/c"]}


def test_a_medication_of_another_version() -> None:
    """References that name a version of the Medication, as HAPI FHIR resolves them (hapifhir/hapi-fhir, issue 2533)."""
    order = {
        **request("r", {}, authoredOn="2025-01-20"),
        "medicationReference": {"reference": "Medication/m/_history/2"},
    }
    order.pop("medicationCodeableConcept")
    drug = {"resourceType": "Medication", "id": "m", "code": concept(RXNORM, "224905")}
    taken = {"id": "trastuzumab", "drug": "trastuzumab", "status": "active", "start_date": "2025-01-20"}
    found = read(order, drug, medications=[taken])
    assert [one.id for one in found.report().assumptions] == ["order-date-as-start"]
