"""Facts that count as no where nothing is recorded: open where a record that could tell one was left out."""

from __future__ import annotations

from typing import Any

import pytest

from fhir_support import AS_OF, LOINC, concept, condition, mapped, observation, patient, procedure, quantity, statement
from oncocds.engine import Engine
from oncocds_fhir.mapping import Mapped

Plain = dict[str, Any]
ICD10 = "http://hl7.org/fhir/sid/icd-10"
CORD, FRACTURE = "skeletal_events.cord_compression", "skeletal_events.pathological_fracture"
ON_AGENT = "skeletal_events.on_bma"
OTHERS = ["skeletal_events.hypercalcaemia", "skeletal_events.vertebral_fracture"]
TOLD = [
    "comorbidities.dialysis",
    CORD,
    "skeletal_events.hypercalcaemia",
    FRACTURE,
    "skeletal_events.vertebral_fracture",
]
COMPRESSION = concept(ICD10, "G95.2", "脊髓压迫")
BREAST = condition("c", concept(ICD10, "C50.9", "乳腺癌"))


def closed(found: Mapped) -> list[str]:
    """The closed facts that are left open."""
    return [name for name in found.profile.get("incomplete", ()) if "." in name]


LEFT_OUT: dict[str, tuple[Plain, str]] = {
    "unconfirmed": (condition("x", COMPRESSION, "unconfirmed"), "unconfirmed"),
    "in doubt in its words": (condition("x", {"text": "脊髓压迫？"}), "unconfirmed"),
    "a status of its own": (
        condition("x", COMPRESSION, clinical=None, clinicalStatus={"text": "观察"}), "status-unclear",
    ),
    "recorded next year": (condition("x", COMPRESSION, recordedDate="2999-01-01"), "in-the-future"),
    "a modifier": (
        condition("x", COMPRESSION, modifierExtension=[{"url": "https://x.example/not"}]), "modifier-extension",
    ),
    "a date that is none": (condition("x", COMPRESSION, recordedDate="31/01/2025"), "unreadable"),
    "nobody's": (condition("x", COMPRESSION, subject={"display": "somebody"}), "subject-unclear"),
}  # fmt: skip


@pytest.mark.parametrize("name", LEFT_OUT)
def test_a_diagnosis_that_was_left_out_leaves_the_fact_open_that_it_tells(name: str, engine: Engine) -> None:
    record, reason = LEFT_OUT[name]
    agent = statement("z", {"text": "唑来膦酸"})
    found = mapped(patient(), BREAST, agent, record)
    assert closed(found) == [CORD]
    (told,) = [one for one in found.report().open_lists if one.name == CORD]
    assert [(one.reason, one.resources) for one in told.because] == [(reason, ["Condition/x"])]
    known = {"diagnosis": {"tumour_type": "breast", "bone_metastases": True}}
    medications = [{"drug": "zoledronate", "status": "active", "indication": "bone_metastasis"}]
    profile = {**known, "medications": medications, "incomplete": closed(found)}
    evaluation = engine.evaluate(profile, as_of=AS_OF)
    assert evaluation.verdicts["BCBM-65"] == "undetermined"
    assert CORD in {one.fact for one in evaluation.questions.clinician}
    assert engine.evaluate({**profile, "incomplete": []}, as_of=AS_OF).verdicts["BCBM-65"] == "silent"


def test_what_another_record_tells_is_not_open() -> None:
    found = mapped(patient(), condition("a", COMPRESSION), LEFT_OUT["unconfirmed"][0])
    assert found.profile["skeletal_events"] == {"cord_compression": True}
    assert closed(found) == []
    assert CORD not in {one.name for one in found.report().open_lists}


@pytest.mark.parametrize(
    "record",
    [
        condition("x", COMPRESSION, "refuted"),
        condition("x", COMPRESSION, "entered-in-error"),
        condition("x", {"text": "排除脊髓压迫"}),
        condition("x", concept("urn:x", "Q1", "高血压病")),
        condition("x", concept(ICD10, "I10")),
        condition("x", concept(ICD10, "C50.9"), modifierExtension=[{"url": "https://x.example/not"}]),
        condition("x", {"text": "肺癌？"}),
    ],
)
def test_a_diagnosis_that_says_no_or_tells_of_something_else_leaves_nothing_open(record: Plain) -> None:
    assert closed(mapped(patient(), BREAST, record)) == []


@pytest.mark.parametrize("code", [{}, concept("urn:x", "Q1")])
def test_a_diagnosis_of_which_nothing_is_known_could_tell_any(code: Plain) -> None:
    assert closed(mapped(patient(), BREAST, condition("x", code))) == TOLD


def test_codes_that_contradict_each_other_leave_open_what_either_tells() -> None:
    both = {"coding": [{"system": ICD10, "code": "G95.2"}, {"system": ICD10, "code": "C34.9"}]}
    assert closed(mapped(patient(), BREAST, condition("x", both))) == [CORD]


@pytest.mark.parametrize("clinical", ["resolved", "inactive", "remission"])
@pytest.mark.parametrize(
    "event",
    [COMPRESSION, {"text": "病理性骨折"}, {"text": "椎体压缩性骨折"}, {"text": "高钙血症"}],
    ids=["cord", "fracture", "vertebra", "calcium"],
)
def test_an_event_that_is_over_has_happened_and_is_none_of_today(clinical: str, event: Plain, engine: Engine) -> None:
    """What is said after an event (not to stop the agent) may hold; no emergency is told, and none is asked about."""
    past = condition("x", event, clinical=clinical)
    metastasis = condition("m", concept(ICD10, "C79.5", "骨转移"))
    profile = mapped(patient(), BREAST, metastasis, statement("z", {"text": "唑来膦酸"}), past).profile
    assert [name for name in profile["incomplete"] if "." in name] == [ON_AGENT]
    found = engine.evaluate(profile, as_of=AS_OF)
    assert found.verdicts["BCBM-65"] == "undetermined"
    assert ON_AGENT in {one.fact for one in found.questions.clinician}
    without = engine.evaluate({**profile, "incomplete": ["lesions"]}, as_of=AS_OF).verdicts
    assert {rule for rule, verdict in found.verdicts.items() if without[rule] != verdict} == {"BCBM-65"}


def test_something_else_that_is_over_opens_nothing() -> None:
    over = condition("x", {"text": "透析"}, clinical="resolved")
    assert closed(mapped(patient(), BREAST, over)) == []
    assert closed(mapped(patient(), BREAST, condition("x", COMPRESSION, "refuted", clinical="resolved"))) == []


RANGE = [{"low": quantity(40, "U/L"), "high": quantity(150, "U/L")}]
ALP = concept(LOINC, "6768-6")
FINE = observation("a", ALP, "2025-01-01", valueQuantity=quantity(60, "U/L"), referenceRange=RANGE)


@pytest.mark.parametrize("change", [{"status": "preliminary"}, {"modifierExtension": [{"url": "https://x.example/n"}]}])
def test_a_result_that_was_left_out_is_no_normal_one(change: Plain) -> None:
    left_out = {
        **observation("b", ALP, "2025-01-05", valueQuantity=quantity(300, "U/L"), referenceRange=RANGE),
        **change,
    }
    assert closed(mapped(patient(), left_out)) == ["labs.alp.interpretation"]
    assert closed(mapped(patient(), FINE)) == []
    assert closed(mapped(patient(), FINE, left_out)) == ["labs.alp.interpretation"]


REPORT = {"resourceType": "DiagnosticReport", "id": "r", "status": "final"}
READINGS = ["labs.alp.interpretation", "labs.tracp5b.interpretation"]


@pytest.mark.parametrize(
    ("report", "opened"),
    [
        ({"code": {"text": "碱性磷酸酶测定"}}, READINGS[:1]),
        ({"code": {"text": "生化"}, "conclusion": "碱性磷酸酶 300 U/L 升高"}, READINGS[:1]),
        ({"code": {"text": "肝功能"}, "result": [{"reference": "Observation/gone"}]}, READINGS),
        ({}, READINGS),
        ({"code": {"text": "碱性磷酸酶"}, "result": 7}, READINGS),
        ({"code": {"text": "胸部CT"}, "conclusion": "未见异常"}, []),
        ({"code": {"text": "血常规"}}, []),
        ({"code": {"text": "碱性磷酸酶"}, "status": "cancelled"}, []),
        ({"code": {"text": "碱性磷酸酶"}, "result": [{"reference": "Observation/a"}]}, []),
    ],
)
def test_a_report_of_a_result_that_is_not_there_is_no_normal_one(report: Plain, opened: list[str]) -> None:
    calcium = observation("a", concept(LOINC, "17861-6"), "2025-01-01", valueQuantity=quantity(2.3, "mmol/L"))
    assert closed(mapped(patient(), calcium, {**REPORT, **report})) == opened
    assert READINGS[0] not in closed(mapped(patient(), FINE, {**REPORT, "code": {"text": "胸部CT"}}))


def test_a_procedure_that_names_a_test_tells_of_its_result() -> None:
    assert closed(mapped(patient(), procedure("p", {"text": "碱性磷酸酶测定"}))) == READINGS[:1]
    assert closed(mapped(patient(), procedure("p", {"text": "胸部CT"}))) == []
