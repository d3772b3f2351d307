from __future__ import annotations

import pytest

from facts_support import facts_of, found
from oncocds.profile.finding import Finding


def test_a_recorded_fact_is_known_by_its_path() -> None:
    facts = facts_of({"diagnosis": {"extent": "early"}})
    assert facts.finding("diagnosis.extent") == Finding("early", ("diagnosis.extent",))
    assert facts.recorded("diagnosis.extent") == "early"


def test_an_unrecorded_fact_is_unknown_and_asks_for_itself() -> None:
    for profile in ({}, {"diagnosis": {}}, {"diagnosis": {"extent": None}}):
        assert facts_of(profile).finding("diagnosis.extent") == Finding(None, (), ("diagnosis.extent",))


def test_a_clinician_who_says_unknown_has_recorded_nothing() -> None:
    assert found("diagnosis.tempo", {"diagnosis": {"tempo": "unknown"}}) == Finding(None, (), ("diagnosis.tempo",))
    pattern = found("lesions.bone_pattern", {"lesions": [{"id": "B1", "bone_pattern": "unknown"}]})
    assert pattern == Finding(None, (), ("lesions[B1].bone_pattern",))


@pytest.mark.parametrize(
    "fact",
    [
        "skeletal_events.vertebral_fracture",
        "skeletal_events.on_bma",
        "plans.stop_bma",
        "clinical_questions.whole_body_assessment",
        "policy.cross_tumour_safety",
        "policy.echo_without_radiotherapy",
    ],
)
def test_where_nothing_recorded_means_no(fact: str) -> None:
    assert found(fact, {}) == Finding(False)


@pytest.mark.parametrize("field", ["biopsied", "cord_threat", "atypical", "functional_impairment", "is_primary"])
def test_findings_of_a_lesion_that_are_not_recorded_are_absent(field: str) -> None:
    assert found(f"lesions.{field}", {"lesions": [{"organ": "bone"}]}) == Finding(False)


@pytest.mark.parametrize("field", ["fracture_risk", "organ", "trend", "is_new", "site"])
def test_other_fields_of_a_lesion_are_asked_for(field: str) -> None:
    finding = found(f"lesions.{field}", {"lesions": [{"id": "B1"}]})
    assert finding == Finding(None, (), (f"lesions[B1].{field}",))


def test_an_unset_threshold_is_unknown_and_named() -> None:
    assert found("policy.crcl_low", {}) == Finding(None, (), ("policy.crcl_low",))
    assert found("policy.cns_counts_as_visceral", {}).missing == ("policy.cns_counts_as_visceral",)
    assert found("policy.crcl_low", {}, crcl_low=30) == Finding(30, ("policy.crcl_low",))


def test_quantities_are_read_in_the_preferred_unit() -> None:
    facts = facts_of(
        {
            "weight": {"value": 60000, "unit": "g"},
            "labs": {
                "creatinine": {"value": 1, "unit": "mg/dL"},
                "calcium": {"value": 10, "unit": "mg/dL", "reference_high": 10.2},
            },
        }
    )
    assert facts.finding("weight").value == 60
    assert facts.finding("labs.creatinine.value").value == 88.4
    assert facts.finding("labs.calcium.value").value == 2.495
    assert facts.finding("labs.calcium.reference_high").value == 2.5449
    assert facts.recorded("labs.creatinine.value") == 88.4


def test_a_marker_reading_that_is_not_recorded_is_not_high() -> None:
    reading = found("labs.alp.interpretation", {})
    assert reading.value not in (None, "high")
    assert reading.used == ()


@pytest.mark.parametrize(("value", "reading"), [(130.0, "high"), (120.0, "normal"), (30.0, "low")])
def test_a_result_is_read_by_its_own_limits(value: float, reading: str) -> None:
    result = {"value": value, "unit": "U/L", "reference_low": 40, "reference_high": 120}
    finding = found("labs.alp.interpretation", {"labs": {"alp": result}})
    assert finding.value == reading
    assert finding.used == ("labs.alp.value", "labs.alp.reference_low", "labs.alp.reference_high")


def test_the_laboratory_reading_goes_before_its_limits() -> None:
    result = {"value": 130.0, "unit": "U/L", "reference_high": 120, "interpretation": "normal"}
    assert found("labs.alp.interpretation", {"labs": {"alp": result}}).value == "normal"


def test_lists_are_unknown_empty_or_in_order_of_ids() -> None:
    assert facts_of({}).items("lesions") is None
    assert facts_of({"lesions": []}).items("lesions") == ()
    facts = facts_of({"lesions": [{"id": "B2"}, {"id": "B1", "imaging": ["ct", "mri"]}]})
    items = facts.items("lesions")
    assert items is not None
    assert [item.path for item in items] == ["lesions[B1]", "lesions[B2]"]
    assert facts.recorded("lesions") == ("B1", "B2")
    assert facts.recorded("lesions[B1].imaging") == ("ct", "mri")
    assert facts.recorded("lesions[B2].imaging") is None
    assert facts.recorded("lesions[B9].imaging") is None


def test_codes_of_a_list_are_many_values() -> None:
    assert found("surgeries", {"surgeries": ["mastectomy"]}) == Finding(("mastectomy",), ("surgeries",))
    assert found("surgeries", {"surgeries": []}).value == ()
    assert found("surgeries", {}).missing == ("surgeries",)


def test_a_name_nobody_knows_is_an_error() -> None:
    with pytest.raises(KeyError):
        found("diagnosis.colour", {})
    with pytest.raises(KeyError):
        found("lesions.colour", {"lesions": [{}]})


def test_what_is_derived_is_derived_once() -> None:
    facts = facts_of({"lesions": [bone_lesion := {"organ": "bone", "status": "confirmed"}]})
    assert bone_lesion
    assert facts.finding("derived.bone_metastases") is facts.finding("derived.bone_metastases")
