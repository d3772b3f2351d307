"""Medication resources: which drug, which status, which dates, one entry a drug."""

from __future__ import annotations

from typing import Any

import pytest

from fhir_support import (
    ATC,
    ICD10,
    RXNORM,
    SNOMED,
    concept,
    condition,
    fact,
    given,
    implausible,
    mapped,
    profile,
    reasons,
    request,
    statement,
)

ZOL, DENO = concept(RXNORM, "77655"), concept(RXNORM, "993449")


@pytest.mark.parametrize(
    ("code", "drug"),
    [
        (ZOL, "zoledronate"),
        (concept(RXNORM, "1156253"), "zoledronate"),
        (concept(ATC, "M05BA08"), "zoledronate"),
        ({"text": "注射用唑来膦酸 4mg"}, "zoledronate"),
        ({"text": "zoledronic acid 4 MG/100ML Injection [Zometa]"}, "zoledronate"),
        (DENO, "denosumab"),
        ({"text": "地舒单抗注射液(安加维) 120mg/1.7ml"}, "denosumab"),
        ({"text": "denosumab-bbdz"}, "denosumab"),
        ({"text": "1 ML denosumab 60 MG/ML Prefilled Syringe [Prolia]"}, "denosumab"),
        (concept(RXNORM, "224905"), "trastuzumab"),
        (concept(ATC, "L01XC03"), "trastuzumab"),
        (concept(RXNORM, "1371041"), "t_dm1"),
        ({"text": "ado-trastuzumab emtansine"}, "t_dm1"),
        ({"text": "fam-trastuzumab deruxtecan-nxki"}, "t_dxd"),
        ({"text": "注射用德曲妥珠单抗"}, "t_dxd"),
        (concept(RXNORM, "2394936"), "pralsetinib"),
        ({"text": "碳酸钙D3片"}, "calcium_vitamin_d"),
        (concept(RXNORM, "161"), "other"),
        ({"text": "trastuzumab and hyaluronidase"}, "trastuzumab"),
        ({"text": "trastuzumab and somethingelse"}, "other"),
    ],
)
def test_drugs(code: dict[str, Any], drug: str) -> None:
    (item,) = profile(request("r", code))["medications"]
    assert item["drug"] == drug


@pytest.mark.parametrize(
    ("code", "classes"),
    [
        (concept(RXNORM, "77655", "地舒单抗"), {"bone_modifying_agent", "bisphosphonate"}),
        (concept(RXNORM, "77655", "氨氯地平片"), {"bone_modifying_agent", "bisphosphonate"}),
        (concept(ATC, "C08CA01", "地舒单抗注射液"), {"bone_modifying_agent"}),
        (concept(ATC, "M05BA99", "氨氯地平片"), {"bone_modifying_agent", "bisphosphonate"}),
        (concept(ATC, "C08CA99", "注射用曲妥珠单抗"), {"anti_her2", "systemic"}),
    ],
)
def test_where_code_and_name_disagree_the_alarming_class_stays(code: dict[str, Any], classes: set[str]) -> None:
    found = mapped(request("r", code))
    (item,) = found.profile["medications"]
    assert item["drug"] == "other"
    assert set(item.get("class") or item["has_class"]) == classes
    assert reasons(found) == {"codes-disagree": ["MedicationRequest/r"]}


def test_an_unknown_drug_stays_with_its_name_and_an_unknown_class() -> None:
    found = mapped(request("r", concept(RXNORM, "999999", "foobarnib")))
    (item,) = found.profile["medications"]
    assert (item["drug"], item["name"]) == ("other", "foobarnib")
    assert not {"class", "has_class", "not_class"} & item.keys()
    assert found.report().unmapped[0].code == f"{RXNORM}|999999"


def test_a_group_without_classes_asks_nothing() -> None:
    found = mapped(request("r", {**concept(ATC, "A04AA99"), "text": "foosetron"}))
    assert fact(found, "medications[foosetron].class") == []
    assert reasons(found) == {}


def test_a_code_decides_classes_where_the_name_is_unknown() -> None:
    found = mapped(request("r", concept(ATC, "C08CA99", "foodipine")))
    (item,) = found.profile["medications"]
    assert (item["drug"], item["has_class"]) == ("other", [])
    assert {"bone_modifying_agent", "anti_her2", "systemic"} <= set(item["not_class"])
    assert "nephrotoxic" not in item["not_class"]  # no code tells that
    assert reasons(found) == {}


@pytest.mark.parametrize("code", ["M05B", "m05b", "M05BX99", "X99", "", "L01"])
def test_a_code_that_leaves_a_class_open_says_nothing_of_it(code: str) -> None:
    (item,) = profile(request("r", concept(ATC, code, "foobar")))["medications"]
    told = "bone_modifying_agent" if code != "L01" else "anti_her2"
    assert told not in item.get("has_class", []) + item.get("not_class", [])


def test_several_everyday_substances_are_one_drug_with_the_classes_of_all() -> None:
    found = mapped(request("r", {"text": "氨氯地平阿托伐他汀钙片 5mg/10mg"}))
    assert (found.profile["medications"][0]["drug"], found.profile["medications"][0]["class"]) == ("other", [])


@pytest.mark.parametrize(
    ("name", "drugs"),
    [
        ({"text": "唑来膦酸 + 地舒单抗"}, {"zoledronate", "denosumab"}),
        ({"text": "Phesgo"}, {"pertuzumab", "trastuzumab"}),
        (concept(ATC, "L01FY01"), {"pertuzumab", "trastuzumab"}),
        ({"text": "pertuzumab, trastuzumab, and hyaluronidase-zzxf"}, {"pertuzumab", "trastuzumab"}),
        ({"text": "letrozole/ribociclib"}, {"letrozole", "ribociclib"}),
        ({"text": "KISQALI FEMARA CO-PACK"}, {"letrozole", "ribociclib"}),
        ({"text": "Fosavance"}, {"alendronate", "vitamin_d"}),
    ],
)
def test_a_combination_is_the_drugs_it_is_made_of(name: dict[str, Any], drugs: set[str]) -> None:
    found = mapped(
        request("r", name, dosageInstruction=[{"doseAndRate": [{"doseQuantity": {"value": 1, "unit": "g"}}]}])
    )
    assert {one["drug"] for one in found.profile["medications"]} == drugs
    assert {one["status"] for one in found.profile["medications"]} == {"active"}
    assert not any("dose" in one for one in found.profile["medications"])  # it is the dose of neither


def test_a_combination_with_a_part_that_is_not_understood_leaves_the_list_open() -> None:
    found = mapped(request("r", {"text": "曲妥珠单抗 帕妥珠单抗 每3周 某药"}))
    assert {one["drug"] for one in found.profile["medications"]} == {"pertuzumab", "trastuzumab"}
    assert found.profile["incomplete"] == ["medications"]
    assert reasons(found) == {"combination-part-unknown": ["MedicationRequest/r"]}


def test_an_everyday_drug_beside_a_bone_agent_leaves_nothing_open() -> None:
    found = mapped(request("r", {"text": "自备药：苯磺酸氨氯地平片 5mg*28片"}), request("z", ZOL))
    assert {one["drug"] for one in found.profile["medications"]} == {"amlodipine", "zoledronate"}
    assert reasons(found) == {}


def test_medication_references() -> None:
    product = {"resourceType": "Medication", "id": "m", "code": DENO}
    by_reference = {"medicationCodeableConcept": None, "medicationReference": {"reference": "Medication/m"}}
    contained = {**by_reference, "medicationReference": {"reference": "#m"}, "contained": [product]}
    assert fact(profile(product, request("r", "", **by_reference)), "medications[denosumab].drug") == "denosumab"
    assert fact(profile(request("r", "", **contained)), "medications[denosumab].drug") == "denosumab"
    lost = mapped(request("r", "", **by_reference))
    assert "unresolved-reference" in reasons(lost)
    assert lost.profile["medications"] == [{"id": "unnamed-r", "status": "active"}]


@pytest.mark.parametrize(
    ("status", "intent", "expected", "reason"),
    [
        ("active", "order", "active", None),
        ("active", "original-order", "active", None),
        ("active", "plan", "planned", None),
        ("active", "proposal", "absent", "proposal"),
        ("active", "option", "absent", "proposal"),
        ("draft", "order", "planned", None),
        ("draft", "proposal", "absent", "proposal"),
        ("completed", "order", "completed", None),
        ("stopped", "order", "stopped", None),
        ("on-hold", "order", None, "status-unclear"),
        ("unknown", "order", None, "status-unclear"),
        ("cancelled", "order", "absent", "cancelled"),
        ("entered-in-error", "order", "absent", "entered-in-error"),
        ("finished", "order", "absent", "unknown-status"),
        (None, "order", "absent", "status-missing"),
    ],
)
def test_requests(status: Any, intent: str, expected: str | None, reason: str | None) -> None:
    check(mapped(request("r", DENO, status, intent=intent)), expected, reason)


@pytest.mark.parametrize(
    ("status", "expected", "reason"),
    [
        ("active", "active", None),
        ("completed", "completed", None),
        ("stopped", "stopped", None),
        ("intended", "planned", None),
        ("on-hold", None, "status-unclear"),
        ("unknown", None, "status-unclear"),
        ("not-taken", "absent", "not-taken"),
        ("entered-in-error", "absent", "entered-in-error"),
    ],
)
def test_statements(status: str, expected: str | None, reason: str | None) -> None:
    check(mapped(statement("r", DENO, status)), expected, reason)


@pytest.mark.parametrize(
    ("status", "expected", "reason"),
    [
        ("in-progress", "active", None),
        ("completed", None, "status-not-stated"),
        ("stopped", None, "status-not-stated"),
        ("not-done", "absent", "not-done"),
        ("entered-in-error", "absent", "entered-in-error"),
    ],
)
def test_administrations(status: str, expected: str | None, reason: str | None) -> None:
    check(mapped(given("r", DENO, "2025-01-01", status)), expected, reason)


def check(found: Any, expected: str | None, reason: str | None) -> None:
    if expected == "absent":
        assert "medications" not in found.profile
    else:
        assert fact(found, "medications[denosumab].status") == expected
    assert list(reasons(found)) == ([reason] if reason else [])


def test_an_order_not_to_give_is_no_drug() -> None:
    assert reasons(mapped(request("r", DENO, doNotPerform=True))) == {"do-not-perform": ["MedicationRequest/r"]}


@pytest.mark.parametrize(
    ("records", "status"),
    [
        (
            [request("a", DENO, authoredOn="2024-01-01"), statement("b", DENO, "stopped", dateAsserted="2024-06-01")],
            "stopped",
        ),
        (
            [request("a", DENO, authoredOn="2024-06-01"), statement("b", DENO, "stopped", dateAsserted="2024-01-01")],
            "active",
        ),
        (
            [request("a", DENO, "completed", authoredOn="2024-01-01"), request("b", DENO, authoredOn="2024-01-01")],
            "active",
        ),
        (
            [request("a", DENO, "stopped", authoredOn="2024-01-01"), request("b", DENO, authoredOn="2024-01-01")],
            "active",
        ),
        ([request("a", DENO, authoredOn="2024-01-01"), request("b", DENO, "draft", authoredOn="2025-01-01")], "active"),
        (
            [
                request("a", DENO, "stopped", authoredOn="2024-01-01"),
                request("b", DENO, "draft", authoredOn="2025-01-01"),
            ],
            "planned",
        ),
        ([request("a", DENO, "stopped", authoredOn="2024-01-01"), request("b", DENO, "draft")], "planned"),
        (
            [
                request("a", DENO, "stopped", authoredOn="2024-06-01"),
                request("b", DENO, "draft", authoredOn="2024-01-01"),
            ],
            "stopped",
        ),
        ([request("a", DENO, authoredOn="2024-01-01"), given("b", DENO, "2025-01-01")], "active"),
        (
            [statement("a", DENO, "stopped", effectivePeriod={"end": "2024-06-01"}), given("b", DENO, "2025-01-01")],
            None,
        ),
        ([request("a", DENO, authoredOn="2025-06-01")], "absent"),
        (
            [request("a", DENO, authoredOn="2025-01-01", dispenseRequest={"validityPeriod": {"start": "2025-03-01"}})],
            "planned",
        ),
        ([request("a", DENO, "on-hold", authoredOn="2025-01-01"), request("b", DENO, authoredOn="2024-01-01")], None),
    ],
)
def test_one_entry_for_each_drug(records: list[dict[str, Any]], status: str | None) -> None:
    for order in (records, records[::-1]):
        found = mapped(*order)
        if status == "absent":
            assert "medications" not in found.profile
        else:
            assert len(found.profile["medications"]) == 1
            assert fact(found, "medications[denosumab].status") == status


def test_the_status_knows_the_record_that_says_so() -> None:
    found = mapped(
        request("old", DENO, authoredOn="2024-01-01"), statement("new", DENO, "stopped", dateAsserted="2024-06-01")
    )
    assert found.sources["medications[denosumab].status"] == ["MedicationStatement/new"]
    assert reasons(found) == {"superseded": ["MedicationRequest/old"]}


def test_dates_reasons_and_doses() -> None:
    stopped = statement(
        "s",
        ZOL,
        "stopped",
        effectivePeriod={"start": "2023-01-05", "end": "2024-01-05"},
        statusReason=[{"text": "不良反应"}],
        dosage=[{"doseAndRate": [{"doseQuantity": {"value": 4, "unit": "mg"}}]}],
    )
    assert profile(stopped)["medications"] == [
        {
            "id": "zoledronate",
            "drug": "zoledronate",
            "status": "stopped",
            "start_date": "2023-01-05",
            "stop_date": "2024-01-05",
            "stop_reason": "adverse_event",
            "dose": "4 mg",
        }
    ]
    imprecise = mapped(statement("s", ZOL, effectivePeriod={"start": "2023"}))
    assert fact(imprecise, "medications[zoledronate].start_date") is None
    assert "imprecise-date" in reasons(imprecise)


def test_a_stop_before_the_start() -> None:
    found = mapped(statement("s", ZOL, "stopped", effectivePeriod={"start": "2024-01-05", "end": "2023-01-05"}))
    assert implausible(found) == ["stopped-before-started"]


@pytest.mark.parametrize(
    ("reason", "indication"),
    [
        (concept(SNOMED, "94222008"), "bone_metastasis"),
        (concept(ICD10, "M81.0"), "osteoporosis"),
        (concept(ICD10, "C50.9"), None),
        ({"text": "骨质疏松症"}, "osteoporosis"),
    ],
)
def test_the_indication_comes_from_the_reason(reason: dict[str, Any], indication: str | None) -> None:
    assert fact(profile(request("r", DENO, reasonCode=[reason])), "medications[denosumab].indication") == indication
    told = [condition("c", reason), request("r", DENO, reasonReference=[{"reference": "Condition/c"}])]
    assert fact(profile(*told), "medications[denosumab].indication") == indication


@pytest.mark.parametrize("milligrams", [60, 120])
def test_the_dose_of_denosumab_tells_no_indication(milligrams: int) -> None:
    dose = [{"doseAndRate": [{"doseQuantity": {"value": milligrams, "unit": "mg"}}]}]
    (item,) = profile(request("r", DENO, dosageInstruction=dose))["medications"]
    assert item["dose"] == f"{milligrams} mg"
    assert "indication" not in item


def test_one_drug_for_two_indications_is_two_entries() -> None:
    found = profile(
        request("a", DENO, reasonCode=[concept(SNOMED, "94222008")]),
        request("b", DENO, reasonCode=[concept(ICD10, "M81.0")]),
    )
    assert [item["id"] for item in found["medications"]] == ["denosumab-bone_metastasis", "denosumab-osteoporosis"]


@pytest.mark.parametrize("code", ["M05BA99", "M05BB99"])
def test_a_bisphosphonate_without_an_entry_is_still_a_bone_modifying_agent(code: str) -> None:
    found = mapped(request("x", {"coding": [{"system": ATC, "code": code}], "text": "某膦酸二钠"}))
    (item,) = found.profile["medications"]
    assert {"bone_modifying_agent", "bisphosphonate"} <= set(item["has_class"])
    assert "unknown-drug" not in reasons(found)
