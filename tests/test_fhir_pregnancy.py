"""Whether a patient is pregnant, from observations and diagnoses: what still tells of today, and nothing else."""

from __future__ import annotations

from typing import Any

import pytest

from fhir_support import ICD10, ICD10CM, LOINC, SNOMED, ago, concept, condition, fact, mapped, observation, reasons

STATUS = concept(LOINC, "82810-3")
PREGNANT, NOT_PREGNANT = concept(SNOMED, "77386006"), concept(SNOMED, "60001007")


@pytest.mark.parametrize(
    ("answer", "expected"),
    [(PREGNANT, True), (NOT_PREGNANT, False), (concept(LOINC, "LA15173-0"), True), ({"text": "未妊娠"}, False),
     ({"text": "是"}, True), (concept(SNOMED, "152231000119106"), None)],
)  # fmt: skip
def test_the_status_as_us_core_and_the_international_summary_record_it(answer: Any, expected: bool | None) -> None:
    found = mapped(observation("o", STATUS, ago(20), valueCodeableConcept=answer))
    assert fact(found, "pregnant") is expected
    assert ("unknown-answer" in reasons(found)) is (expected is None)


@pytest.mark.parametrize(
    "code", [PREGNANT, concept(ICD10, "Z33"), concept(ICD10, "Z35.9"), concept(ICD10CM, "O09.90"), {"text": "妊娠"}]
)
def test_a_diagnosis_of_pregnancy(code: Any) -> None:
    found = mapped(condition("c", code, recordedDate=ago(60)))
    assert fact(found, "pregnant") is True
    assert found.sources["pregnant"] == ["Condition/c"]


@pytest.mark.parametrize("answer", [PREGNANT, NOT_PREGNANT])
@pytest.mark.parametrize(("days", "told"), [(294, True), (295, False)])
def test_what_was_recorded_more_than_42_weeks_ago_tells_nothing_of_today(answer: Any, days: int, told: bool) -> None:
    found = mapped(observation("o", STATUS, ago(days), valueCodeableConcept=answer))
    assert (fact(found, "pregnant") is not None) is told
    assert ("pregnancy-long-ago" in reasons(found)) is not told
    found = mapped(condition("c", PREGNANT, recordedDate=ago(days)))
    assert fact(found, "pregnant") is (True if told else None)


def test_the_newest_record_of_either_kind_counts() -> None:
    diagnosis = condition("c", PREGNANT, recordedDate=ago(200))
    for days, expected in ((100, False), (250, True)):
        found = mapped(diagnosis, observation("o", STATUS, ago(days), valueCodeableConcept=NOT_PREGNANT))
        assert fact(found, "pregnant") is expected


@pytest.mark.parametrize(
    "fields", [{"clinical": "resolved"}, {"verification": "refuted"}, {"verification": "provisional"}]
)
def test_a_pregnancy_that_is_over_or_not_confirmed_is_none(fields: dict[str, str]) -> None:
    assert fact(mapped(condition("c", PREGNANT, recordedDate=ago(60), **fields)), "pregnant") is None


def test_a_truth_of_another_fact_answers_it_alone() -> None:
    other = concept("https://oncocds.example/fhir/CodeSystem/facts", "symptoms.bone_pain")
    assert fact(mapped(observation("o", other, valueCodeableConcept=PREGNANT)), "symptoms.bone_pain") is None


def test_an_early_pregnancy_is_one_and_a_possible_one_is_told_as_unconfirmed() -> None:
    for text in ("早孕", "宫内早孕", "怀孕", "孕12周", "孕12+3周", "宫内孕8周", "妊娠20周"):
        assert fact(mapped(condition("c", {"text": text}, recordedDate=ago(20))), "pregnant") is True
    for text in ("早孕待排", "可能怀孕", "疑似怀孕", "早孕？"):
        found = mapped(condition("c", {"text": text}, recordedDate=ago(20)))
        assert fact(found, "pregnant") is None
        assert [one.facts for one in found.report().unmapped if one.reason == "unconfirmed"] == [["pregnant"]]


def test_what_speaks_of_pregnancies_is_not_one() -> None:
    for text in ("孕3产1", "避孕", "备孕", "不孕症", "未孕", "终止妊娠", "孕史"):
        assert fact(mapped(condition("c", {"text": text}, recordedDate=ago(20))), "pregnant") is None


@pytest.mark.parametrize("name", ["HCG", "尿HCG", "妊娠试验", "血β-HCG", "urine pregnancy test"])
@pytest.mark.parametrize(
    ("fields", "positive"),
    [
        ({"valueCodeableConcept": {"text": "阳性"}}, True),
        ({"valueString": "阳性(+)"}, True),
        ({"valueString": "positive"}, True),
        ({"valueQuantity": {"value": 2500, "unit": "mIU/mL"}, "interpretation": [{"coding": [{"code": "H"}]}]}, True),
        ({"valueCodeableConcept": {"text": "阴性"}}, False),
        ({"valueQuantity": {"value": 2, "unit": "mIU/mL"}}, False),
    ],
)
def test_a_positive_test_raises_a_pregnancy_and_settles_none(name: str, fields: Any, *, positive: bool) -> None:
    found = mapped(observation("o", {"text": name}, ago(20), **fields))
    assert fact(found, "pregnant") is None
    assert ("pregnancy-test-positive" in reasons(found)) is positive
    long_ago = mapped(observation("o", {"text": name}, ago(400), **fields))
    assert "pregnancy-test-positive" not in reasons(long_ago)


HCG = [*(concept(LOINC, code) for code in ("19080-1", "21198-7", "20415-6", "83086-9")), {"text": "β-HCG"}]
PRESENCE = [*(concept(LOINC, code) for code in ("2106-3", "2110-5", "2118-8", "80384-1")), {"text": "尿HCG"}]
POSITIVE_, NEGATIVE_ = concept(SNOMED, "10828004"), concept(SNOMED, "260385009")
INTERPRETED = "http://terminology.hl7.org/CodeSystem/v3-ObservationInterpretation"


def told(code: Any, **fields: Any) -> str:
    """How a test of pregnancy is told: as positive, as one that was not understood, or as nothing."""
    found = mapped(observation("o", code, ago(20), **fields))
    assert fact(found, "pregnant") is None
    [reason] = reasons(found)
    return {"pregnancy-test-positive": "positive", "pregnancy-test-unclear": "unclear", "no-fact": "nothing"}[reason]


@pytest.mark.parametrize("code", HCG)
@pytest.mark.parametrize(
    ("fields", "expected"),
    [
        ({"valueQuantity": {"value": 2500, "unit": "mIU/mL"}}, "positive"),
        ({"valueQuantity": {"value": 5.1, "unit": "IU/L", "code": "[IU]/L"}}, "positive"),
        ({"valueQuantity": {"value": 5, "unit": "mIU/mL"}}, "nothing"),
        ({"valueQuantity": {"value": 10000, "unit": "mIU/mL", "comparator": ">"}}, "positive"),
        ({"valueQuantity": {"value": 1, "unit": "mIU/mL", "comparator": "<"}}, "nothing"),
        ({"valueQuantity": {"value": 50, "unit": "mIU/mL", "comparator": "<"}}, "unclear"),
        ({"valueQuantity": {"value": 3, "unit": "mIU/mL", "comparator": ">"}}, "unclear"),
        ({"valueQuantity": {"value": 9, "unit": "IU/L"}, "referenceRange": [{"high": {"value": 14}}]}, "nothing"),
        ({"valueQuantity": {"value": 15, "unit": "IU/L"}, "referenceRange": [{"high": {"value": 14}}]}, "positive"),
        ({"valueQuantity": {"value": 9, "unit": "IU/L"},
          "referenceRange": [{"high": {"value": 14, "unit": "ng/mL"}}]}, "positive"),
        ({"valueQuantity": {"value": 9, "unit": "ng/mL"}}, "unclear"),
        ({"valueQuantity": {"value": 9}}, "unclear"),
        ({"valueString": ">10000 mIU/mL"}, "positive"),
        ({"valueString": "2500mIU/ml↑"}, "positive"),
        ({"valueString": "＜0.1 mIU/mL"}, "nothing"),
        ({"valueString": "见报告"}, "unclear"),
    ],
)  # fmt: skip
def test_a_number_above_the_limit_raises_a_pregnancy_and_one_not_understood_is_told(
    code: Any, fields: Any, expected: str
) -> None:
    assert told(code, **fields) == expected


@pytest.mark.parametrize("code", PRESENCE)
@pytest.mark.parametrize(
    ("fields", "expected"),
    [
        ({"valueCodeableConcept": POSITIVE_}, "positive"),
        ({"valueCodeableConcept": concept(SNOMED, "260373001")}, "positive"),
        ({"valueBoolean": True}, "positive"),
        ({"interpretation": [concept(INTERPRETED, "POS")]}, "positive"),
        ({"valueString": "弱阳性"}, "positive"),
        ({"valueCodeableConcept": NEGATIVE_, "interpretation": [concept(INTERPRETED, "POS")]}, "positive"),
        ({"valueCodeableConcept": NEGATIVE_}, "nothing"),
        ({"valueBoolean": False}, "nothing"),
        ({"valueString": "±"}, "unclear"),
        ({"dataAbsentReason": {"text": "not performed"}}, "nothing"),
    ],
)
def test_a_test_of_presence_is_told_by_its_code(code: Any, fields: Any, expected: str) -> None:
    assert told(code, **fields) == expected
