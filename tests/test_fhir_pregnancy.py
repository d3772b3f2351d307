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
