"""A list from which a record was left out may hold more than is written: what is not read never counts as absent."""

from __future__ import annotations

import copy
from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import given as given_that
from hypothesis import strategies as st

from fhir_support import (
    AS_OF,
    ICD10,
    SNOMED,
    bundle,
    concept,
    condition,
    fact,
    given,
    mapped,
    open_lists,
    patient,
    procedure,
    reasons,
    request,
    statement,
)
from oncocds.engine import Engine
from oncocds.vocabulary.code_loader import bundled_codes
from oncocds.vocabulary.loader import bundled_vocabulary
from oncocds_fhir.bundle import collect
from oncocds_fhir.mapping import Mapped, map_bundle

Resource = dict[str, Any]
BREAST, BONE = condition("primary", concept(ICD10, "C50.9")), condition("bone", concept(SNOMED, "94222008"))
DENOSUMAB, ZOLEDRONATE = request("d", "denosumab"), request("z", "zoledronate")
OTHER_KINDS = ["MedicationOrder", "MedicationUsage", "MedicationPrescription"]


# What diagnoses and results tell, and counts as no where nothing is recorded.
CLOSED = [
    "comorbidities.dialysis", "labs.alp.interpretation", "labs.tracp5b.interpretation",
    *(f"skeletal_events.{one}" for one in ("cord_compression", "hypercalcaemia", "pathological_fracture",
                                           "vertebral_fracture")),
]  # fmt: skip


def read(document: Any) -> Mapped:
    return map_bundle(collect(document), bundled_vocabulary(), bundled_codes(), AS_OF)


def verdict(engine: Engine, found: Mapped, rule: str = "BCBM-62") -> str:
    return engine.evaluate(found.profile, as_of=AS_OF).verdicts[rule]


def changed(**fields: Any) -> Callable[[Resource], Resource]:
    def change(record: Resource) -> Resource:
        return {key: value for key, value in {**record, **fields}.items() if value is not None}

    return change


BROKEN: dict[str, tuple[Callable[[Resource], Resource], str]] = {
    "no status": (changed(status=None), "status-missing"),
    "a status of its own": (changed(status="current"), "unknown-status"),
    "the status unknown": (changed(status="unknown"), "status-unclear"),
    "dated next year": (changed(authoredOn="2026-01-01", dateAsserted="2026-01-01"), "in-the-future"),
    "a date that is none": (changed(authoredOn="31/01/2025", dateAsserted="31/01/2025"), "unreadable"),
    "a status that is a list": (changed(status=["active"]), "unreadable"),
    "a modifier": (changed(modifierExtension=[{"url": "https://x.example/not"}]), "modifier-extension"),
    "implicit rules": (changed(implicitRules="https://x.example/rules"), "modifier-extension"),
    "a tag of an error": (changed(meta={"tag": [{"code": "entered-in-error"}]}), "marked-as-error"),
    "a label of a test": (changed(meta={"security": [{"code": "HTEST"}]}), "test-data"),
    "another patient": (changed(subject={"reference": "Patient/q"}), "other-patient"),
    "a subject by name alone": (changed(subject={"display": "somebody"}), "subject-unclear"),
    "a subject that is odd": (changed(subject={"reference": 5}), "unreadable"),
    **{kind: (changed(resourceType=kind), "type-not-read-here") for kind in OTHER_KINDS},
}


@pytest.mark.parametrize("kind", [request, statement])
@pytest.mark.parametrize("name", BROKEN)
def test_a_medication_that_is_left_out_leaves_the_list_open(engine: Engine, name: str, kind: Any) -> None:
    change, reason = BROKEN[name]
    assert verdict(engine, mapped(patient(), BREAST, BONE, DENOSUMAB, kind("z", "zoledronate"))) == "fires"
    found = mapped(patient(), BREAST, BONE, DENOSUMAB, change(kind("z", "zoledronate")))
    assert "medications" in found.profile["incomplete"]
    ((told, labels),) = open_lists(found)["medications"].items()
    assert told == reason
    assert [label.rpartition("/")[2] for label in labels] == ["z"]
    assert verdict(engine, found) == "undetermined"
    # One whose status is unknown is an item, one that names another patient is that patient's.
    could_be = reason not in ("status-unclear", "other-patient")
    assert found.profile.get("left_out") == ({"medications": 1} if could_be else None)
    asked = {one.id: one for one in engine.evaluate(found.profile, as_of=AS_OF).decisions}
    assert ("left_out.medications" in asked) is could_be
    if could_be:
        brought = {one.rule for choice in asked["left_out.medications"].answers for one in choice.brings}
        assert "BCBM-62" in brought


@given_that(st.sampled_from(sorted(BROKEN)), st.booleans(), st.permutations([0, 1, 2, 3, 4]))
def test_breaking_any_medication_never_makes_a_certain_no(name: str, first: bool, order: list[int]) -> None:
    change = BROKEN[name][0]
    one, other = (DENOSUMAB, ZOLEDRONATE) if first else (ZOLEDRONATE, DENOSUMAB)
    records = [patient(), BREAST, BONE, one, change(other)]
    found = mapped(*(records[place] for place in order))
    evaluation = _engine().evaluate(found.profile, as_of=AS_OF)
    whole = _engine().evaluate(mapped(patient(), BREAST, BONE, one, other).profile, as_of=AS_OF)
    assert all(now != "silent" for rule, now in evaluation.verdicts.items() if whole.verdicts[rule] == "fires")
    advice = {item.action for item in evaluation.advice if item.status == "active"}
    assert advice <= {item.action for item in whole.advice}


_ENGINES: list[Engine] = []


def _engine() -> Engine:
    if not _ENGINES:
        _ENGINES.append(Engine.load())
    return _ENGINES[0]


@pytest.mark.parametrize("status", ["cancelled", "entered-in-error", "not-taken"])
def test_what_says_that_it_is_no_therapy_leaves_nothing_open(status: str) -> None:
    assert "incomplete" not in mapped(DENOSUMAB, statement("z", "zoledronate", status)).profile


def test_two_agents_that_were_read_alarm_in_an_open_list_too(engine: Engine) -> None:
    found = mapped(patient(), BREAST, BONE, DENOSUMAB, ZOLEDRONATE, {"resourceType": "MedicationDispense", "id": "x"})
    assert "medications" in found.profile["incomplete"]
    assert verdict(engine, found) == "fires"


@pytest.mark.parametrize(
    ("resource", "lists"),
    [
        ({"resourceType": "CarePlan", "id": "x"}, {"medications", "radiotherapy"}),
        ({"resourceType": "RequestGroup", "id": "x"}, {"medications", "radiotherapy"}),
        (procedure("x", {"text": "乳腺癌术后某种治疗"}, "in-progress"), {"radiotherapy"}),
        (procedure("x", {}, "completed"), {"radiotherapy"}),
        ({**procedure("x", {"text": "放疗"}), "status": None}, {"radiotherapy"}),
        (procedure("x", {"text": "放疗"}, performedDateTime="2026-01-01"), {"radiotherapy"}),
        (procedure("x", {"text": "别的"}, "not-done"), set()),
        ({"resourceType": "Encounter", "id": "x"}, set()),
        ({"resourceType": "NutritionOrder", "id": "x"}, set()),
    ],
)
def test_which_lists_a_record_leaves_open(resource: Resource, lists: set[str]) -> None:
    found = mapped(DENOSUMAB, procedure("r", {"text": "放疗"}, bodySite=[{"text": "脑"}]), resource)
    assert set(found.profile.get("incomplete", ())) == lists
    assert set(open_lists(found)) == lists


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        ({"link": [{"relation": "next", "url": "https://x.example/2"}]}, "more-pages"),
        ({"total": 37}, "fewer-than-total"),
    ],
)
@pytest.mark.parametrize("nested", [False, True])
def test_a_bundle_that_says_that_there_is_more(change: Resource, reason: str, nested: bool) -> None:
    whole = {**bundle(DENOSUMAB, procedure("r", {"text": "放疗"}), kind="searchset"), **change}
    found = read(bundle(whole, kind="batch-response") if nested else whole)
    assert found.profile["incomplete"] == sorted([*CLOSED, "medications", "radiotherapy"])
    assert reason in reasons(found)


ALL = {"history", "lesions", "medications", "radiotherapy"}
SEARCHES: list[tuple[str | None, set[str]]] = [
    ("https://x.example/fhir/MedicationRequest?patient=1&_count=200", {"medications"}),
    ("https://x.example/fhir/Condition?patient=1", {"lesions"}),
    ("Procedure?patient=1", {"radiotherapy"}),
    ("https://x.example/fhir/CarePlan?patient=1", {"medications", "radiotherapy"}),
    ("https://x.example/fhir/Observation?patient=1", {"history"}),
    ("https://x.example/fhir/Medication?_id=7", set()),
    ("https://x.example/fhir/Observation?patient=1&_revinclude=Procedure:reason-reference", ALL),
    ("https://x.example/fhir/Patient/1/$everything", ALL),
    ("https://x.example/FHIR?_getpages=Condition", ALL),
    ("https://x.example/fhir/?_type=Condition", ALL),
    ("https://[/Condition", ALL),
    ("", ALL),
    (None, ALL),
]


@pytest.mark.parametrize(("address", "lists"), SEARCHES)
@pytest.mark.parametrize("how", ["outcome", "entry", "pages", "total"])
def test_a_search_that_failed_leaves_open_what_was_searched_for(address: str | None, lists: set[str], how: str) -> None:
    failed: dict[str, dict[str, Any]] = {
        "outcome": {"entry": [{"resource": {"resourceType": "OperationOutcome", "issue": [{"severity": "error"}]}}]},
        "entry": {"entry": [{"response": {"status": "500"}}]},
        "pages": {"entry": [], "link": [{"relation": "next", "url": "https://x.example/2"}]},
        "total": {"entry": [], "total": 3},
    }
    search: Resource = {"resourceType": "Bundle", "type": "searchset", **failed[how]}
    search["link"] = [*search.get("link", []), *([] if address is None else [{"relation": "self", "url": address}])]
    whole = bundle(patient(), BREAST, BONE, DENOSUMAB, procedure("r", {"text": "放疗"}, bodySite=[{"text": "脑"}]))
    whole["entry"].append({"resource": search})
    left = [one.lists for one in collect(whole).left_out]
    assert left == [tuple(sorted(lists))]
    assert [one.lists for one in collect(search, lists=("medications",)).left_out] == [("medications",)]


def test_a_total_counts_neither_what_is_included_nor_outcomes() -> None:
    whole = {**bundle(DENOSUMAB, ZOLEDRONATE, kind="searchset"), "total": 2}
    assert "incomplete" not in read(whole).profile
    whole["entry"][1]["search"] = {"mode": "include"}
    assert read(whole).profile["incomplete"] == sorted([*CLOSED, "medications"])


@pytest.mark.parametrize(
    ("entry", "reason"),
    [
        ({"response": {"status": "500 Internal Server Error"}}, "failed-entry"),
        ({"response": {"status": 503}}, "failed-entry"),
        ({"resource": {"resourceType": "OperationOutcome", "issue": [{"severity": "error"}]}}, "outcome"),
        (
            {
                "resource": {
                    "resourceType": "OperationOutcome",
                    "issue": [{"severity": "warning", "code": "suppressed"}],
                }
            },
            "outcome",
        ),
        ({"resource": 5}, "unreadable"),
        ({"resource": {"id": "no type"}}, "unreadable"),
        ({}, "unreadable"),
        (5, "unreadable"),
    ],
)
def test_an_entry_that_holds_no_record_leaves_every_list_open(entry: Any, reason: str) -> None:
    whole = bundle(DENOSUMAB, kind="batch-response")
    whole["entry"].append(entry)
    found = read(whole)
    assert found.profile["incomplete"] == sorted([*CLOSED, "medications"])
    assert reason in reasons(found)


def test_a_hint_leaves_nothing_open() -> None:
    hint = {"resourceType": "OperationOutcome", "issue": [{"severity": "information", "code": "informational"}]}
    assert "incomplete" not in mapped(DENOSUMAB, hint).profile


def test_of_more_drugs_than_a_profile_holds_the_known_ones_stay(engine: Engine) -> None:
    many = [request(f"r{n}", {"text": f"a drug {n}"}) for n in range(520)]
    found = mapped(patient(), BREAST, BONE, *many, DENOSUMAB, ZOLEDRONATE)
    assert len(found.profile["medications"]) == 500
    assert verdict(engine, found) == "fires"
    assert len(open_lists(found)["medications"]["too-many-items"]) == 22


COPY = {"meta": {"versionId": "2", "tag": [{"code": "x"}]}, "text": {"status": "generated", "div": "<div/>"}}


@given_that(
    st.lists(st.sampled_from(["meta", "text", "none"]), min_size=1, max_size=4),
    st.sampled_from([BONE, ZOLEDRONATE, given("g", "zoledronate", "2025-01-01")]),
)
def test_copies_that_differ_in_narrative_and_meta_alone_are_one_record(keys: list[str], record: Resource) -> None:
    copies = [{**copy.deepcopy(record), **({key: COPY[key]} if key in COPY else {})} for key in keys]
    found = mapped(BREAST, DENOSUMAB, record, *copies)
    assert found.profile == mapped(BREAST, DENOSUMAB, record).profile
    assert "duplicate-id" not in reasons(found)


def test_copies_that_differ_count_where_they_agree_on_the_drug(engine: Engine) -> None:
    dose = {"dosageInstruction": [{"doseAndRate": [{"doseQuantity": {"value": 4, "unit": "mg"}}]}]}
    found = mapped(patient(), BREAST, BONE, DENOSUMAB, ZOLEDRONATE, {**ZOLEDRONATE, **dose})
    assert verdict(engine, found) == "fires"
    assert open_lists(found)["medications"] == {"duplicate-id": ["MedicationRequest/z"]}
    apart = mapped(patient(), BREAST, BONE, DENOSUMAB, ZOLEDRONATE, {**ZOLEDRONATE, "status": "stopped"})
    assert verdict(engine, apart) == "undetermined"
    error = mapped(patient(), BREAST, BONE, DENOSUMAB, ZOLEDRONATE, {**ZOLEDRONATE, "status": "entered-in-error"})
    assert verdict(engine, error) == "fires"


def test_copies_that_name_different_drugs_name_none(engine: Engine) -> None:
    for records in ((ZOLEDRONATE, request("z", "letrozole")), (request("z", "letrozole"), ZOLEDRONATE)):
        found = mapped(patient(), BREAST, BONE, DENOSUMAB, *records)
        assert fact(found, "medications[letrozole]") is None
        assert fact(found, "medications[zoledronate]") is None
        assert verdict(engine, found) == "undetermined"


def test_a_condition_that_is_not_read_leaves_the_lesions_open_as_they_are(engine: Engine) -> None:
    lung = condition("lung", concept(ICD10, "C78.0"))
    found = mapped(patient(), BREAST, lung, condition("x", concept(SNOMED, "1", "Secondary malignancy of somewhere")))
    assert verdict(engine, found, "BCBM-46") != "silent"


@pytest.mark.parametrize(
    ("record", "left_out"),
    [
        (condition("c", concept(ICD10, "I10")), None),  # a code outside the neoplasms
        (condition("c", concept(ICD10, "D48.9")), {"lesions": 1}),
        (condition("c", concept(SNOMED, "38341003")), {"lesions": 1}),  # a bare code could be anything
        (condition("c", concept(SNOMED, "38341003", "Hypertension")), None),
        (condition("c", {"text": "右髂骨转移可能性大，建议复查"}), {"lesions": 1}),
        (condition("c", {"text": "mets to an unclear place"}), {"lesions": 1}),
        (condition("c", {"text": "高血压3级"}), None),
        (condition("c", {}), {"lesions": 1}),
        (condition("c", concept(ICD10, "C79.9"), "refuted"), None),
        (procedure("x", {"text": "阑尾切除术"}), None),
        (procedure("x", {"text": "放疗定位"}), {"radiotherapy": 1}),
        (procedure("x", concept(SNOMED, "80146002")), {"radiotherapy": 1}),
        (procedure("x", {"text": "放疗定位"}, "not-done"), None),
        ({"resourceType": "CarePlan", "id": "x", "status": "active"}, None),
    ],
)
def test_a_record_that_is_not_understood_could_be_an_item_as_far_as_people_could_read_it(
    record: Resource, left_out: dict[str, int] | None
) -> None:
    assert mapped(patient(), BREAST, record).profile.get("left_out") == left_out


@pytest.mark.parametrize("status", ["cancelled", "entered-in-error", "not-taken"])
def test_what_says_that_it_is_no_therapy_is_no_record_that_was_left_out(status: str) -> None:
    assert "left_out" not in mapped(DENOSUMAB, statement("z", "zoledronate", status)).profile


def test_further_pages_and_failed_queries_are_no_records_that_were_left_out() -> None:
    document = {**bundle(patient(), BREAST, DENOSUMAB), "link": [{"relation": "next", "url": "https://x.example/2"}]}
    found = read(document)
    assert "medications" in found.profile["incomplete"]
    assert "left_out" not in found.profile


def test_records_that_were_left_out_are_counted_once_each() -> None:
    broken = [changed(status=None)(statement(f"z{n}", "zoledronate")) for n in range(3)]
    found = mapped(patient(), BREAST, DENOSUMAB, *broken, changed(authoredOn="31/01/2025")(request("y", "letrozole")))
    assert found.profile["left_out"] == {"medications": 4}
