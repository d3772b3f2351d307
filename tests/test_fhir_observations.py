"""Observation: codes, answers, status, dates, units, limits, receptors, RET, LVEF."""

from __future__ import annotations

from typing import Any

import pytest

from fhir_support import (
    LOCAL,
    LOINC,
    SNOMED,
    UCUM,
    concept,
    condition,
    fact,
    lvef,
    mapped,
    observation,
    profile,
    quantity,
    reasons,
    request,
    statement,
)

POSITIVE, NEGATIVE = concept(LOINC, "LA6576-8"), concept(SNOMED, "260385009")
HER2 = "48676-1"


@pytest.mark.parametrize(
    ("code", "value", "path", "expected"),
    [
        (HER2, {"valueCodeableConcept": POSITIVE}, "biomarkers.her2_status", "positive"),
        (HER2, {"valueCodeableConcept": NEGATIVE}, "biomarkers.her2_status", "negative"),
        (HER2, {"valueString": "阳性"}, "biomarkers.her2_status", "positive"),
        (HER2, {"valueString": "3+"}, "biomarkers.her2_ihc", "3+"),
        (HER2, {"interpretation": [{"text": "阴性"}]}, "biomarkers.her2_status", "negative"),
        ("85319-2", {"valueCodeableConcept": {"text": "(++)"}}, "biomarkers.her2_ihc", "2+"),
        ("85319-2", {"valueCodeableConcept": POSITIVE}, "biomarkers.her2_status", "positive"),
        ("18474-7", {"valueString": "Equivocal"}, "biomarkers.her2_status", "equivocal"),
        ("85318-4", {"valueCodeableConcept": POSITIVE}, "biomarkers.her2_ish", "amplified"),
        ("96893-3", {"valueString": "无扩增"}, "biomarkers.her2_ish", "not_amplified"),
        ("85329-1", {"valueQuantity": quantity(90, "%")}, "biomarkers.er_pct", 90),
        ("85329-1", {"valueString": "90%"}, "biomarkers.er_pct", 90),
        ("89247-1", {"valueInteger": 2}, "assessments.ecog", 2),
        ("89247-1", {"valueCodeableConcept": concept(LOINC, "LA9622-7")}, "assessments.ecog", 0),
        ("89247-1", {"valueQuantity": quantity(1, "{score}")}, "assessments.ecog", 1),
        (
            "21908-9",
            {"valueCodeableConcept": concept("http://cancerstaging.org", "2B")},
            "diagnosis.stage_group",
            "IIB",
        ),
        ("21908-9", {"valueString": "Stage IV"}, "diagnosis.stage_group", "IV"),
        ("21905-5", {"valueCodeableConcept": concept("http://cancerstaging.org", "cT3")}, "diagnosis.t_category", "T3"),
        ("21900-6", {"valueString": "pN1a"}, "diagnosis.nodal_status", "positive"),
        ("21907-1", {"valueString": "cM1"}, "diagnosis.extent", "metastatic"),
        ("777-3", {"valueQuantity": quantity(96, "10*3/uL{cells}")}, "labs.platelets.unit", "10*3/uL"),
    ],
)
def test_results(code: str, value: dict[str, Any], path: str, expected: Any) -> None:
    found = mapped(observation("o", code, **value))
    assert fact(found, path) == expected
    assert found.sources[path] == ["Observation/o"]


@pytest.mark.parametrize("text", ["ECOG评分", "ECOG PS"])
def test_results_by_name_alone(text: str) -> None:
    assert fact(profile(observation("o", {"text": text}, valueInteger=1)), "assessments.ecog") == 1


def test_a_name_alone_of_a_stated_specimen_is_not_taken() -> None:
    urine = observation("o", {"text": "肌酐"}, valueQuantity=quantity(90, "umol/L"), specimen={"display": "尿"})
    assert reasons(mapped(urine)) == {"unknown-code": ["Observation/o"]}
    assert fact(profile({**urine, "specimen": None}), "labs.creatinine.value") == 90


def test_facts_by_their_own_names() -> None:
    found = profile(
        observation("a", concept(LOCAL, "diagnosis.oligoprogression"), valueBoolean=True),
        observation("b", concept(LOCAL, "hcc.child_pugh"), valueCodeableConcept=concept(LOCAL, "A")),
        observation("c", concept(LOCAL, "hcc.sum_diameter_cm"), valueQuantity=quantity(85, "mm")),
        observation("d", concept(LOCAL, "symptoms.bone_pain"), valueString="是"),
        observation("e", concept(LOCAL, "lesions.organ"), valueString="骨"),
        observation("f", concept(LOCAL, "derived.her2_status"), valueString="阳性"),
    )
    assert fact(found, "diagnosis.oligoprogression") is True
    assert fact(found, "hcc") == {"child_pugh": "A", "sum_diameter_cm": 8.5}
    assert fact(found, "symptoms.bone_pain") is True
    assert set(found) == {"diagnosis", "hcc", "symptoms"}


@pytest.mark.parametrize(
    ("status", "reason"),
    [
        ("final", None), ("amended", None), ("corrected", None), ("preliminary", "not-final"),
        ("registered", "not-final"), ("cancelled", "cancelled"), ("entered-in-error", "entered-in-error"),
        ("unknown", "status-unclear"), ("finished", "unknown-status"), (None, "status-missing"),
    ],
)  # fmt: skip
def test_status(status: str | None, reason: str | None) -> None:
    found = mapped(observation("o", HER2, valueCodeableConcept=POSITIVE, status=status))
    assert ("biomarkers" in found.profile) is (reason is None)
    assert list(reasons(found)) == ([reason] if reason else [])


@pytest.mark.parametrize(
    ("values", "expected", "reason"),
    [
        ([("2024-01-01", POSITIVE), ("2024-06-01", NEGATIVE)], "negative", "superseded"),
        ([("2024", POSITIVE), ("2024-06-01", NEGATIVE)], None, "conflicting-results"),
        ([("2023", POSITIVE), ("2024-06-01", NEGATIVE)], "negative", "superseded"),
        ([("2024-06-01", POSITIVE), ("2024-06-01", NEGATIVE)], None, "conflicting-results"),
        ([("2024-06-01", POSITIVE), ("2024-06-01", POSITIVE)], "positive", None),
        ([("2024-06-01T10:00:00+08:00", POSITIVE), ("2024-06-01T03:00:00Z", NEGATIVE)], "negative", "superseded"),
        ([(None, POSITIVE), ("2020-01-01", NEGATIVE)], None, "undated-beside-dated"),  # it may be the newer one
        ([(None, NEGATIVE), ("2020-01-01", NEGATIVE)], "negative", "superseded"),
        ([(None, POSITIVE), (None, NEGATIVE)], None, "conflicting-results"),
    ],
)
def test_the_newest_valid_value_wins(values: list[Any], expected: str | None, reason: str | None) -> None:
    made = [observation(f"o{n}", HER2, when, valueCodeableConcept=value) for n, (when, value) in enumerate(values)]
    for order in (made, made[::-1]):
        found = mapped(*order)
        assert fact(found, "biomarkers.her2_status") == expected
        assert list(reasons(found)) == ([reason] if reason else [])


PRELIMINARY: list[tuple[str, Any, Any, str]] = [
    (
        "2160-0",
        {"valueQuantity": quantity(80, "umol/L")},
        {"valueQuantity": quantity(300, "umol/L")},
        "labs.creatinine",
    ),
    ("17861-6", {"valueQuantity": quantity(9, "mg/dL")}, {"valueQuantity": quantity(14, "mg/dL")}, "labs.calcium"),
    ("29463-7", {"valueQuantity": quantity(70, "kg")}, {"valueQuantity": quantity(50, "kg")}, "weight"),
    ("89247-1", {"valueInteger": 1}, {"valueInteger": 4}, "assessments.ecog"),
    (HER2, {"valueCodeableConcept": NEGATIVE}, {"valueCodeableConcept": POSITIVE}, "biomarkers.her2_status"),
    ("18474-7", {"valueString": "1+"}, {"valueString": "3+"}, "biomarkers.her2_ihc"),
    ("85337-4", {"valueCodeableConcept": POSITIVE}, {"valueCodeableConcept": NEGATIVE}, "biomarkers.hr_status"),
    ("85329-1", {"valueQuantity": quantity(90, "%")}, {"valueQuantity": quantity(0, "%")}, "biomarkers.er_pct"),
    ("90927-5", {"valueCodeableConcept": NEGATIVE}, {"valueCodeableConcept": POSITIVE}, "biomarkers.ret_fusion"),
    ("21907-1", {"valueString": "M1"}, {"valueString": "M0"}, "diagnosis.extent"),
]


UNREAD = [
    ("777-3", {"valueQuantity": quantity(150, "10*9/L")}, {"valueString": "<20"}, "labs.platelets"),
    ("2160-0", {"valueQuantity": quantity(80, "umol/L")}, {"valueQuantity": quantity(3, "bananas")}, "labs.creatinine"),
    (HER2, {"valueCodeableConcept": NEGATIVE}, {"valueString": "see the report"}, "biomarkers.her2_status"),
]


@pytest.mark.parametrize(("code", "value", "newer", "path"), UNREAD, ids=[one[3] for one in UNREAD])
def test_a_newer_result_that_cannot_be_read_leaves_its_fact_open(code: str, value: Any, newer: Any, path: str) -> None:
    read = observation("a", code, "2024-12-01", **value)
    assert fact(mapped(read), path) is not None
    for when, is_open in (("2025-01-20", True), ("2024-12-01", True), (None, True), ("2024-11-01", False)):
        unread = observation("b", code, when, **newer)
        for order in ([read, unread], [unread, read]):
            found = mapped(*order)
            assert (fact(found, path) is None) is is_open
            assert ("newer-unread" in reasons(found)) is is_open


@pytest.mark.parametrize(("code", "value", "newer", "path"), PRELIMINARY, ids=[one[3] for one in PRELIMINARY])
def test_a_newer_result_that_is_not_final_leaves_its_fact_open(code: str, value: Any, newer: Any, path: str) -> None:
    final = observation("a", code, "2024-12-01", **value)
    assert fact(mapped(final), path) is not None
    for when, is_open in (("2025-01-20", True), ("2024-12-01", True), (None, True), ("2024-11-01", False)):
        later = observation("b", code, when, status="preliminary", **newer)
        for order in ([final, later], [later, final]):
            found = mapped(*order)
            assert (fact(found, path) is None) is is_open
            assert ("newer-preliminary" in reasons(found)) is is_open
    awaited = observation("b", code, "2025-01-20", status="registered")
    assert fact(mapped(final, awaited), path) is not None  # nothing newer is known yet


def test_a_result_dated_after_the_evaluation_leaves_its_fact_open() -> None:
    made = [observation("a", HER2, "2024-01-01", valueCodeableConcept=POSITIVE),
            observation("b", HER2, "2025-02-01", valueCodeableConcept=NEGATIVE)]  # fmt: skip
    for order in (made, made[::-1]):
        found = mapped(*order)
        assert fact(found, "biomarkers.her2_status") is None
        assert reasons(found) == {
            "newer-in-the-future": ["Observation/a"], "result-in-the-future": ["Observation/b"],
        }  # fmt: skip


def test_an_older_valid_value_stands_where_the_newest_is_an_error() -> None:
    found = mapped(
        lvef("a", "2024-01-01", 60), lvef("b", "2024-06-01", 30, status="entered-in-error"),
        statement("t", "曲妥珠单抗", effectivePeriod={"start": "2024-02-01"}),
    )  # fmt: skip
    assert fact(found, "cardiac.lvef_latest") == 60


@pytest.mark.parametrize(
    ("value", "reason"),
    [
        ({"valueQuantity": {"value": 1.1}}, "no-unit"),
        ({"valueQuantity": quantity(1.1, "mEq/L")}, "unknown-unit"),
        ({"valueQuantity": {"value": 1.1, "unit": "umol/L", "code": "mg/dL"}}, "units-disagree"),
        ({"valueQuantity": quantity(88, "mg/dL")}, "implausible-value"),
        ({"valueQuantity": {**quantity(1.1, "mg/dL"), "comparator": "<"}}, "inexact-value"),
        ({"valueQuantity": {"unit": "mg/dL"}}, "no-value"),
        ({"dataAbsentReason": {"text": "unknown"}}, "no-value"),
        ({}, "no-value"),
        ({"valueString": "normal"}, "unknown-answer"),
    ],
)
def test_laboratory_results_that_are_none(value: dict[str, Any], reason: str) -> None:
    found = mapped(observation("o", "2160-0", **value))
    assert "labs" not in found.profile
    (one,) = found.report().unmapped
    assert (one.reason, one.resources, one.facts) == (reason, ["Observation/o"], ["labs.creatinine.value"])


def test_an_ejection_fraction_written_as_a_fraction_is_left_out_and_named() -> None:
    found = mapped(lvef("a", "2024-01-01", 0.62), observation("c", "17861-6", valueQuantity=quantity(2.3, "mg/dL")))
    assert "cardiac" not in found.profile
    assert "labs" not in found.profile
    assert {one.reason for one in found.report().unmapped} == {"implausible-value"}


@pytest.mark.parametrize("unit", ["umol/L", "µmol/L", "μmol/L", "umol/l", "umol/L{serum}"])
def test_spellings_of_units(unit: str) -> None:
    found = profile(observation("o", "2160-0", valueQuantity={"value": 90, "unit": unit, "system": UCUM}))
    assert fact(found, "labs.creatinine") == {"value": 90, "unit": "umol/L", "date": "2025-01-01"}


def test_limits_and_reading_of_a_result() -> None:
    low, high = {"value": 2.1, "unit": "mmol/L"}, {"value": 2.6, "unit": "mmol/L"}
    result = {
        "valueQuantity": quantity(11, "mg/dL"),
        "referenceRange": [{"low": low, "high": high}],
        "interpretation": [concept("http://terminology.hl7.org/CodeSystem/v3-ObservationInterpretation", "H")],
    }
    calcium = fact(profile(observation("o", "17861-6", **result)), "labs.calcium")
    assert calcium["reference_low"] == pytest.approx(8.4168, abs=1e-3)
    assert calcium["interpretation"] == "high"
    twice = mapped(observation("o", "17861-6", **{**result, "referenceRange": [{"low": low}, {"high": high}]}))
    assert "reference_low" not in twice.profile["labs"]["calcium"]
    assert "limits-not-used" in reasons(twice)


def test_ionised_calcium_is_no_total_calcium() -> None:
    found = mapped(observation("o", "1994-3", valueQuantity=quantity(1.2, "mmol/L")))
    assert reasons(found) == {"no-fact": ["Observation/o"]}


def test_blood_pressure_stands_in_components() -> None:
    parts = [
        {"code": concept(LOINC, code), "valueQuantity": quantity(value, "mm[Hg]")}
        for code, value in (("8480-6", 132), ("8462-4", 80))
    ]
    found = mapped(observation("o", "85354-9", component=parts))
    assert found.profile["vitals"] == {"systolic": 132, "diastolic": 80, "blood_pressure_date": "2025-01-01"}
    assert reasons(found) == {}


def test_blood_pressure_is_dated_by_the_newest_reading() -> None:
    def reading(name: str, day: str, value: int) -> dict[str, Any]:
        part = {"code": concept(LOINC, "8480-6"), "valueQuantity": quantity(value, "mm[Hg]")}
        return observation(name, "85354-9", day, component=[part])

    found = mapped(reading("a", "2024-12-01", 150), reading("b", "2025-01-02T09:00:00+08:00", 132))
    assert found.profile["vitals"] == {"systolic": 132, "blood_pressure_date": "2025-01-02"}
    assert "blood_pressure_date" not in mapped(reading("a", "2024-05", 150)).profile["vitals"]


@pytest.mark.parametrize(
    ("er", "pr", "expected"),
    [
        (POSITIVE, NEGATIVE, "positive"), (NEGATIVE, POSITIVE, "positive"), (NEGATIVE, NEGATIVE, "negative"),
        (POSITIVE, None, "positive"), (NEGATIVE, None, None),
    ],
)  # fmt: skip
def test_receptors(er: Any, pr: Any, expected: str | None) -> None:
    made = [
        observation(n, c, valueCodeableConcept=v) for n, c, v in (("er", "85337-4", er), ("pr", "85339-0", pr)) if v
    ]
    found = mapped(*made)
    assert fact(found, "biomarkers.hr_status") == expected
    assert ("receptor-alone" in reasons(found)) is (expected is None)


def ret(value: Any, text: str | None = None, **fields: Any) -> dict[str, Any]:
    gene = {"code": concept(LOINC, "48018-6"), "valueCodeableConcept": concept("http://www.genenames.org", "HGNC:9967")}
    return observation("ret", concept(LOINC, "69548-6", text), valueCodeableConcept=value, component=[gene], **fields)


def test_ret_fusion() -> None:
    present, absent = concept(LOINC, "LA9633-4"), concept(LOINC, "LA9634-2")
    assert (
        fact(profile(observation("o", "90927-5", valueCodeableConcept=POSITIVE)), "biomarkers.ret_fusion") == "positive"
    )
    assert fact(profile(ret(present, "RET fusion")), "biomarkers.ret_fusion") == "positive"
    assert fact(profile(ret(absent, "RET融合")), "biomarkers.ret_fusion") == "negative"
    point = mapped(ret(present))
    assert "biomarkers" not in point.profile
    assert reasons(point) == {"fusion-not-stated": ["Observation/ret"]}
    pending = profile(observation("o", "90927-5", status="registered"))
    assert fact(pending, "biomarkers.ret_fusion") == "pending"


def test_a_newer_variant_that_cannot_be_read_leaves_the_fusion_open() -> None:
    older = observation("o", "90927-5", "2024-12-01", valueCodeableConcept=NEGATIVE)
    for when, is_open in (("2025-01-20", True), ("2024-11-01", False)):
        unread = {**ret({"text": "see the report"}, "RET fusion"), "effectiveDateTime": when}
        found = mapped(older, unread)
        assert (fact(found, "biomarkers.ret_fusion") is None) is is_open
        assert ("newer-unread" in reasons(found)) is is_open


def test_another_gene_is_no_fact() -> None:
    gene = {"code": concept(LOINC, "48018-6"), "valueCodeableConcept": {"text": "PALB2"}}
    found = mapped(observation("o", "69548-6", valueCodeableConcept=concept(LOINC, "LA9633-4"), component=[gene]))
    assert reasons(found) == {"no-fact": ["Observation/o"]}


STARTED = {"effectivePeriod": {"start": "2024-06-01"}}


@pytest.mark.parametrize(
    ("echoes", "drugs", "baseline", "latest", "reason"),
    [
        ([("2024-05-01", 65), ("2024-12-01", 60)], [statement("t", "曲妥珠单抗", **STARTED)], 65, 60, None),
        ([("2024-01-01", 70), ("2024-05-01", 65)], [statement("t", "曲妥珠单抗", **STARTED)], 65, 65, None),
        ([("2024-06-01", 65), ("2024-12-01", 60)], [statement("t", "曲妥珠单抗", **STARTED)], 65, 60, None),
        ([("2024-12-01", 60)], [statement("t", "曲妥珠单抗", **STARTED)], None, 60, "no-baseline"),
        ([("2024-12-01", 60)], [statement("t", "曲妥珠单抗", "intended")], 60, 60, None),
        ([("2024-12-01", 60)], [], None, 60, "no-baseline"),
        ([("2024-12-01", 60)], [statement("t", "曲妥珠单抗")], None, 60, "therapy-start-unclear"),
        ([("2024-12-01", 60)], [request("l", "来曲唑", authoredOn="2024-06-01")], None, 60, "no-baseline"),
        ([("2024", 60)], [statement("t", "曲妥珠单抗", **STARTED)], None, 60, "no-baseline"),
        (
            [("2023-12-01", 66), ("2024-05-01", 60)],
            [
                request("r1", "曲妥珠单抗", "completed", authoredOn="2024-01-01"),
                request("r2", "曲妥珠单抗", authoredOn="2024-06-01"),
            ],
            None, 60, "therapy-start-unclear",
        ),
        (
            [("2023-12-01", 66), ("2024-12-01", 60)],
            [
                request("r1", "曲妥珠单抗", "completed", authoredOn="2024-01-01"),
                request("r2", "曲妥珠单抗", authoredOn="2024-06-01"),
            ],
            66, 60, None,
        ),
    ],
)  # fmt: skip
def test_baseline_lvef(echoes: Any, drugs: Any, baseline: float | None, latest: float, reason: str | None) -> None:
    found = mapped(*(lvef(f"e{n}", when, value) for n, (when, value) in enumerate(echoes)), *drugs)
    assert fact(found, "cardiac.lvef_baseline") == baseline
    assert fact(found, "cardiac.lvef_latest") == latest
    assert reason is None or reason in reasons(found)


def test_results_about_somebody_else_are_not_used() -> None:
    found = mapped(observation("o", HER2, valueCodeableConcept=POSITIVE, focus=[{"reference": "RelatedPerson/1"}]))
    assert reasons(found) == {"other-focus": ["Observation/o"]}


def test_what_a_resource_modifies_is_not_guessed() -> None:
    found = mapped(observation("o", HER2, valueCodeableConcept=POSITIVE, modifierExtension=[{"url": "x"}]))
    assert reasons(found) == {"modifier-extension": ["Observation/o"]}


def test_cells_are_counted_by_the_microlitre_too() -> None:
    found = mapped(observation("p", "777-3", valueQuantity=quantity(96000, "/uL")))
    assert fact(found, "labs.platelets.value") == 96000
    assert fact(found, "labs.platelets.unit") == "/uL"
    many = mapped(observation("p", "777-3", valueQuantity=quantity(1_400_000, "/uL")))
    assert fact(many, "labs.platelets.value") == 1_400_000
    spelled = mapped(observation("w", "6690-2", valueQuantity={"value": 7100, "unit": "cells/µL"}))
    assert fact(spelled, "labs.wbc.unit") == "/uL"


@pytest.mark.parametrize("kind", ["21908-9", "21902-2"])
@pytest.mark.parametrize(
    ("code", "group"), [("1222806003", "IIIC"), ("1222769001", "IIB"), ("1222837003", "IV"), ("1222725008", "IA1")]
)
def test_a_stage_group_is_read_by_its_code_alone(kind: str, code: str, group: str) -> None:
    """Without a display, as a record of mCODE's example may come; by whichever method it was staged."""
    found = mapped(observation("s", kind, valueCodeableConcept=concept(SNOMED, code)))
    assert fact(found, "diagnosis.stage_group") == group
    by_snomed = observation("s", concept(SNOMED, "399537006"), valueCodeableConcept=concept(SNOMED, code))
    assert fact(mapped(by_snomed), "diagnosis.stage_group") == group
    summary = condition("c", concept(SNOMED, "254837009"), stage=[{"summary": concept(SNOMED, code)}])
    assert fact(mapped(summary), "diagnosis.stage_group") == group


def test_a_stage_group_whose_code_and_words_differ_is_none() -> None:
    value = concept(SNOMED, "1222806003", "stage IIB")
    assert fact(mapped(observation("s", "21908-9", valueCodeableConcept=value)), "diagnosis.stage_group") is None
    other = observation("s", "21908-9", valueCodeableConcept=concept(SNOMED, "1222811001"))
    assert reasons(mapped(other)) == {"unknown-answer": ["Observation/s"]}


@pytest.mark.parametrize(
    ("kind", "code", "name", "value"),
    [("21905-5", "1228889001", "diagnosis.t_category", "T1"), ("21899-0", "1229864001", "diagnosis.t_category", "T4"),
     ("21906-3", "1229978004", "diagnosis.nodal_status", "positive"),
     ("21900-6", "1229947003", "diagnosis.nodal_status", "negative"),
     ("21907-1", "1229903009", "diagnosis.extent", "metastatic")],
)  # fmt: skip
def test_a_category_of_the_tnm_is_read_by_its_code_alone(kind: str, code: str, name: str, value: str) -> None:
    assert fact(mapped(observation("s", kind, valueCodeableConcept=concept(SNOMED, code))), name) == value


@pytest.mark.parametrize(
    "values",
    [
        {"valueQuantity": quantity(2.4, "mmol/L"), "valueString": "3.4 mmol/L"},
        {"valueQuantity": quantity(2.4, "mmol/L"), "valueString": "偏高"},
        {"valueQuantity": quantity(2.4, "mmol/L"), "valueInteger": 3},
        {"valueQuantity": quantity(2.4, "mmol/L"), "valueRange": {"low": quantity(3, "mmol/L")}},
    ],
)
def test_result_of_two_values_tells_neither_and_leaves_the_older_open(values: dict[str, Any]) -> None:
    older = observation("old", "17861-6", "2024-12-01", valueQuantity=quantity(2.3, "mmol/L"))
    found = mapped(older, observation("o", "17861-6", **values))
    assert fact(found, "labs.calcium") is None
    assert reasons(found)["codes-disagree"] == ["Observation/o"]


def test_coded_answer_beside_another_in_words_tells_neither() -> None:
    found = mapped(observation("o", HER2, valueCodeableConcept=POSITIVE, valueString="阴性"))
    assert fact(found, "biomarkers") is None
    assert reasons(found) == {"codes-disagree": ["Observation/o"]}


@pytest.mark.parametrize("text", ["2.4", "2.40 mmol/L", "２．４"])
def test_value_beside_the_same_number_in_a_text_is_one(text: str) -> None:
    found = mapped(observation("o", "17861-6", valueQuantity=quantity(2.4, "mmol/L"), valueString=text))
    assert fact(found, "labs.calcium.value") == 2.4
