"""What the page takes over of a pasted text is what the API would have evaluated; what the API refuses, it refuses."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from fhir_support import bundle, concept, condition, patient, procedure, statement
from oncocds.engine import Engine
from oncocds.profile.models import LISTS
from oncocds.vocabulary.code_loader import bundled_codes
from oncocds_api.evaluation import answer
from profile_strategies import PROFILES, Plain
from test_fhir_procedures import COURSE, volume
from test_pages_paste import REFUSED


def pasted(engine: Engine, text: str) -> tuple[dict[str, Any], Any]:
    header, body = answer(engine, bundled_codes(), "pasted", text.encode())
    return header, json.loads(body) if body else None


@settings(max_examples=60)
@given(patient=PROFILES, policy=st.sampled_from([None, {}, {"elderly_age": 65}, {"elderly_age": None}]))
def test_what_is_taken_over_is_evaluated_as_what_was_pasted(
    engine: Engine, patient: Plain, policy: Plain | None
) -> None:
    request = {"patient": patient, "policy": policy, "as_of": "2025-01-31"}
    for text, settings_asked in ((json.dumps(request), policy), (json.dumps(patient), None)):
        header, found = pasted(engine, text)
        assert header["outcome"] == "done"
        evaluation = engine.evaluate(patient, settings_asked, "2025-01-31")
        again = engine.evaluate(found["patient"], found["policy"], "2025-01-31")
        assert again == evaluation
        assert (found["input_digest"], found["policy_digest"]) == (evaluation.input_digest, evaluation.policy.digest)


@pytest.mark.parametrize("text", [text for text in REFUSED if '"patient"' not in text and "resourceType" not in text])
def test_a_bare_profile_is_refused_where_the_api_refuses_it(engine: Engine, text: str) -> None:
    header, _ = pasted(engine, text)
    inside, _ = answer(engine, bundled_codes(), "evaluation", f'{{"patient": {text}}}'.encode())
    assert header["outcome"] == inside["outcome"] == "refused"
    if header["errors"][0]["pointer"] and "policy" not in text:
        assert [f"/patient{one['pointer']}" for one in header["errors"]] == [one["pointer"] for one in inside["errors"]]


@given(st.recursive(st.none() | st.booleans() | st.integers() | st.text(), lambda inner: st.lists(inner, max_size=3)))
def test_what_is_no_object_is_refused(engine: Engine, value: Any) -> None:
    assert pasted(engine, json.dumps(value))[0]["outcome"] == "refused"


NOBODY_KNOWS = concept("urn:house", "X1")
BONE = concept("http://hl7.org/fhir/sid/icd-10", "C79.5")
RECORDS = [
    condition("breast", concept("http://hl7.org/fhir/sid/icd-10", "C50.9")),
    condition("bone", BONE),
    condition("odd", NOBODY_KNOWS),
    condition("early", BONE, onsetDateTime="2999-01-01"),
    statement("denosumab", concept("http://www.whocc.no/atc", "M05BX04")),
    statement("unknown", NOBODY_KNOWS),
    statement("text", {"text": "唑来膦酸 4mg 静滴"}),
    statement("odd-status", {"text": "卡培他滨"}, "sometimes"),
    {"resourceType": "MedicationDispense", "id": "d", "status": "completed", "subject": {"reference": "Patient/p"}},
]


@settings(max_examples=60)
@given(
    records=st.lists(st.sampled_from(RECORDS), max_size=6),
    policy=st.sampled_from([None, {"oligomet_max": 5}, {"elderly_age": 65}]),
)
def test_a_bundle_is_evaluated_as_the_api_evaluates_it(
    engine: Engine, records: list[Plain], policy: Plain | None
) -> None:
    """What is left open stays open: the report names the lists, and the form holds them so."""
    records = [patient(gender="female", birthDate="1966-01-01"), *records]
    text = json.dumps({"bundle": bundle(*records), "policy": policy, "as_of": "2026-01-31"})
    _, found = pasted(engine, text)
    _, body = answer(engine, bundled_codes(), "fhir-evaluation", text.encode())
    asked = json.loads(body)
    again = engine.evaluate(found["patient"], found["policy"], found["as_of"])
    assert again.model_dump(mode="json") == asked["evaluation"]
    assert found["report"] == asked["report"]
    listed = {one["name"] for one in found["report"]["open_lists"]}
    assert set(found["patient"].get("incomplete", ())) == {
        name for name in listed if name in found["patient"] or "." in name
    }


def test_a_bundle_may_be_larger_than_a_profile(engine: Engine) -> None:
    text = json.dumps({"resourceType": "Bundle", "type": "collection", "id": "x" * 4_200_000, "entry": []})
    assert pasted(engine, text)[0]["outcome"] == "done"
    profile = json.dumps({"medications": [{"drug": "other", "name": "x" * 1_100_000}]})
    assert pasted(engine, profile)[0]["errors"][0]["reason"] == "the text is too long"


def told(engine: Engine, document: Any) -> dict[str, tuple[str, str, str | None]]:
    _, found = pasted(engine, json.dumps(document))
    return {
        one["path"]: (one["label"]["zh"], one["value"]["zh"], one["converted"] and one["converted"]["zh"])
        for one in found["told"]
    }


def test_what_is_taken_over_is_told_in_words_with_what_is_converted(engine: Engine) -> None:
    patient = {
        "age": 52,
        "weight": {"value": 132, "unit": "[lb_av]"},
        "cardiac": {"lvef_latest": 62},
        "labs": {
            "creatinine": {"value": 2.1, "unit": "mg/dL", "reference_high": 1.2},
            "calcium": {"value": 2.4, "unit": "mmol/L"},
            "alp": {"interpretation": "high"},
            "albumin": {},
            "phosphate": {"unit": "mg/dL"},
        },
        "medications": [],
        "lesions": [],
        "incomplete": ["lesions"],
    }
    found = told(engine, {"patient": patient, "policy": {"elderly_age": 65, "cross_tumour_safety": True}})
    assert found["age"] == ("年龄", "52 岁", None)
    assert found["weight"] == ("体重", "132 磅", "59.8742 kg")
    assert found["cardiac.lvef_latest"] == ("最近LVEF", "62 %", None)
    assert found["labs.creatinine"] == ("血肌酐", "2.1 mg/dL；血肌酐参考上限 1.2 mg/dL", "185.64 µmol/L；106.08 µmol/L")
    assert found["labs.calcium"][1:] == ("2.4 mmol/L", None)
    assert found["labs.alp"][1:] == ("碱性磷酸酶（ALP）判读 升高", None)
    assert (found["labs.albumin"][1:], found["labs.phosphate"][1:]) == (("—", None), ("mg/dL", None))
    assert found["medications"][1:] == ("无", None)
    assert found["lesions"][1:] == ("没有写明", None)
    assert found["incomplete.lesions"][1:] == ("可能不全", None)
    assert found["policy.elderly_age"][1:] == ("65 岁", None)
    assert "policy.cross_tumour_safety" not in found
    _, whole = pasted(engine, json.dumps({"patient": {}, "policy": {"cross_tumour_safety": True}}))
    assert [(one["path"], one["value"]["zh"]) for one in whole["usual"]] == [("policy.cross_tumour_safety", "开")]


def test_a_value_of_a_record_in_another_unit_is_told_as_it_was_written(engine: Engine) -> None:
    dose = volume(totalDoseDelivered={"valueQuantity": {"value": 5000, "unit": "cGy", "code": "cGy"}})
    found = told(engine, bundle(patient(), procedure("rt", COURSE, extension=[dose])))
    (path,) = (one for one in found if one.startswith("radiotherapy["))
    assert "50 Gy" in found[path][1]
    assert found[path][2] == "记录中为 5000 cGy"


@settings(max_examples=30)
@given(PROFILES)
def test_every_fact_that_is_taken_over_is_told(engine: Engine, patient: Plain) -> None:
    """Nothing comes into the form that was not shown: without what is told, nothing is left of the profile."""
    _, found = pasted(engine, json.dumps(patient))
    shown = {one["path"] for one in found["told"]}
    held = json.loads(json.dumps(found["patient"]))
    for group, part in held.items():
        if group in LISTS:
            assert len([one for one in shown if one.startswith(f"{group}[")]) == len(part)
            assert part or group in shown
        elif group == "incomplete":
            assert {f"incomplete.{name}" for name in part} <= shown
        elif isinstance(part, dict) and group != "weight":
            assert {f"{group}.{name}" for name in part} <= shown
        else:
            assert group in shown
    assert all(one["value"]["zh"] and one["value"]["en"] for one in found["told"])
