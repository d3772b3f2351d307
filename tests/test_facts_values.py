"""Limits nobody recorded, percentages that may be fractions, and how old a result may be."""

from __future__ import annotations

import datetime
from collections.abc import Mapping
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from facts_support import AS_OF, albumin, calcium, facts_of, found
from oncocds.errors import ProfileError
from oncocds.profile.contradictions import contradictions
from oncocds.profile.freshness import dated_results, older_than, without_old_results
from oncocds.profile.reading import read_profile
from oncocds.vocabulary.loader import bundled_vocabulary

VOCABULARY = bundled_vocabulary()

KIDNEY = {
    "age": 78,
    "sex": "female",
    "weight": {"value": 45, "unit": "kg"},
    "comorbidities": {"renal_insufficiency": False},
    "medications": [],
}


def creatinine(value: float, **more: Any) -> dict[str, Any]:
    return {"labs": {"creatinine": {"value": value, "unit": "umol/L", **more}}}


def refused(profile: Mapping[str, Any]) -> list[tuple[str, str]]:
    with pytest.raises(ProfileError) as caught:
        read_profile(profile, VOCABULARY)
    return [(problem.pointer, f"{problem.reason}; {problem.expected}") for problem in caught.value.problems]


def conflicts(profile: Mapping[str, Any], **policy: Any) -> dict[str, Any]:
    return {found.id: found for found in contradictions(facts_of(profile, **policy))}


# --- The kidney -----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("profile", "policy", "severe"),
    [
        (KIDNEY | creatinine(250), {}, True),
        (KIDNEY | creatinine(60), {}, False),
        ({"comorbidities": {"dialysis": True}}, {}, True),
        ({"comorbidities": {"dialysis": False}}, {}, None),
        ({"age": 40, **creatinine(900)}, {}, None),
        ({"age": 90, **creatinine(1900)}, {}, True),  # whatever the weight
        ({"age": 90, "weight": {"value": 60, "unit": "kg"}, **creatinine(900)}, {}, True),
    ],
)
def test_severe_renal_impairment_is_dialysis_or_a_clearance_below_30(
    profile: dict[str, Any], policy: dict[str, Any], severe: bool | None
) -> None:
    assert found("derived.severe_renal_impairment", profile, **policy).value is severe


def test_clearance_is_severe_strictly_below_30() -> None:
    # (140 − 60) × 60 / (72 × mg/dL) = 30.0 at 2.222 mg/dL
    man = {"age": 60, "sex": "male", "weight": {"value": 60, "unit": "kg"}}
    at = found("derived.creatinine_clearance", man | creatinine(196.4)).value
    assert at == 30.0
    assert found("derived.severe_renal_impairment", man | creatinine(196.4)).value is False
    assert found("derived.severe_renal_impairment", man | creatinine(197.2)).value is True


@pytest.mark.parametrize(
    ("of_creatinine", "concern"),
    [
        (creatinine(175, reference_high=81), True),
        (creatinine(81, reference_high=81), None),  # not above; the site's limit of clearance is not set
        (creatinine(134), True),  # above any adult's upper limit
        (creatinine(133), None),
        (creatinine(60), None),
        (creatinine(90, interpretation="high"), True),
    ],
)
def test_creatinine_above_its_upper_limit_is_a_renal_concern(
    of_creatinine: dict[str, Any], concern: bool | None
) -> None:
    patient = {"comorbidities": {"renal_insufficiency": False}, "medications": [], **of_creatinine}
    assert found("derived.renal_concern", patient).value is concern


def test_what_is_missing_of_creatinine_is_its_limit_where_only_that_is() -> None:
    patient = KIDNEY | {"age": 40, "weight": {"value": 70, "unit": "kg"}} | creatinine(90)
    assert found("derived.renal_concern", patient, crcl_low=30).missing == ("labs.creatinine.reference_high",)
    within = KIDNEY | {"age": 40, "weight": {"value": 70, "unit": "kg"}} | creatinine(60)
    assert found("derived.renal_concern", within, crcl_low=30).value is False


def test_dialysis_beside_no_renal_insufficiency_is_asked_about() -> None:
    said = conflicts({"comorbidities": {"dialysis": True, "renal_insufficiency": False}})
    assert said["dialysis-without-renal-insufficiency"].asks


# --- Limits in general ----------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("result", "reading"),
    [
        ({"value": 400}, "high"),
        ({"value": 160}, None),
        ({"value": 85}, "normal"),
        ({"value": 120, "reference_high": 125}, "normal"),
        ({"value": 130, "reference_high": 125}, "high"),
        ({}, "normal"),  # nothing recorded means no
    ],
)
def test_alkaline_phosphatase_without_its_limit_is_read_by_the_range_of_limits(
    result: dict[str, Any], reading: str | None
) -> None:
    alp = {**result, "unit": "U/L"} if result else {}
    assert found("labs.alp.interpretation", {"labs": {"alp": alp}}).value == reading


def test_a_marker_whose_limits_depend_on_the_assay_is_asked_about_never_taken_as_normal() -> None:
    reading = found("labs.tracp5b.interpretation", {"labs": {"tracp5b": {"value": 9.1, "unit": "U/L"}}})
    assert reading.value is None
    assert reading.missing == ("labs.tracp5b.interpretation",)


@given(st.sampled_from(sorted(VOCABULARY.quantities)), st.data())
def test_beyond_the_far_end_no_recorded_limit_of_the_range_says_otherwise(analyte: str, data: st.DataObject) -> None:
    quantity = VOCABULARY.quantities[analyte]
    if quantity.limit_range is None:
        return
    value = data.draw(st.floats(*quantity.plausible))
    lower, upper = quantity.limit_range.lower, quantity.limit_range.upper
    limits = {}
    if upper is not None:
        limits["reference_high"] = data.draw(st.floats(*upper))
    if lower is not None:
        limits["reference_low"] = data.draw(st.floats(lower[0], min(lower[1], limits.get("reference_high", lower[1]))))
    bare = {"value": value, "unit": quantity.unit}
    name = f"labs.{analyte}.interpretation"
    assumed = found(name, {"labs": {analyte: bare}}).value
    if assumed is not None:
        assert found(name, {"labs": {analyte: bare | limits}}).value == assumed


def test_a_reading_that_no_laboratory_could_give_is_asked_about() -> None:
    said = conflicts({"labs": {"calcium": {"value": 4.6, "unit": "mmol/L", "interpretation": "normal"}}})
    assert "reading-beside-other-limits" in said
    within = conflicts({"labs": {"calcium": {"value": 2.6, "unit": "mmol/L", "interpretation": "normal"}}})
    assert "reading-beside-other-limits" not in within


# --- Calcium --------------------------------------------------------------------------------------------------------


def _calcium(value: float, protein: float | None = None, **more: Any) -> dict[str, Any]:
    labs = {"calcium": calcium(value), **({"albumin": albumin(protein)} if protein else {})}
    return {"labs": labs, **more}


@pytest.mark.parametrize(
    ("profile", "emergency"),
    [
        (_calcium(2.6), True),  # measured
        (_calcium(2.6, 40), True),
        (_calcium(2.38, 32), None),  # corrected 2.54
        (_calcium(2.38, 32, symptoms={"hypercalcaemia_like": False}), False),
        (_calcium(2.38, 32, symptoms={"hypercalcaemia_like": True}), True),
        (_calcium(2.35, 20), None),  # corrected 2.75, the far end itself
        (_calcium(2.36, 20), True),  # corrected 2.76
        (_calcium(2.3, 40), False),
        (_calcium(2.3), None),
        ({"skeletal_events": {"hypercalcaemia": True}}, True),
        ({"labs": {"calcium": {"interpretation": "high"}}}, True),
        ({"labs": {"calcium": calcium(4.6, None)}}, True),
        ({"labs": {"calcium": calcium(2.6, None), "albumin": albumin(20)}}, True),  # corrected 3.0, no limit
    ],
)
def test_hypercalcaemia_is_an_emergency_as_measured_with_symptoms_or_beyond_any_limit(
    profile: dict[str, Any], emergency: bool | None
) -> None:
    assert found("derived.hypercalcaemia_emergency", profile).value is emergency


def test_by_correction_alone_the_emergency_waits_for_the_symptoms() -> None:
    assert found("derived.hypercalcaemia_emergency", _calcium(2.38, 32)).missing == ("symptoms.hypercalcaemia_like",)


@pytest.mark.parametrize(
    ("days", "corrected"), [(0, 2.54), (14, 2.54), (-14, 2.54), (15, None), (-15, None), (None, 2.54)]
)
def test_albumin_corrects_calcium_taken_at_most_14_days_apart(days: int | None, corrected: float | None) -> None:
    taken = AS_OF - datetime.timedelta(days=60)
    other = {} if days is None else {"date": (taken + datetime.timedelta(days=days)).isoformat()}
    profile = {"labs": {"calcium": {**calcium(2.38), "date": taken.isoformat()}, "albumin": {**albumin(32), **other}}}
    value = found("derived.corrected_calcium", profile)
    assert value.value == corrected
    if corrected is None:
        assert value.missing == ("labs.albumin.value",)
        assert found("derived.hypercalcaemia", profile).missing == ("labs.albumin.value",)


# --- Percentages and units ------------------------------------------------------------------------------------------


@pytest.mark.parametrize("field", ["lvef_baseline", "lvef_latest"])
@pytest.mark.parametrize("value", [0.62, 1, 0, 4.9, 95.1])
def test_an_ejection_fraction_that_nobody_has_is_refused(field: str, value: float) -> None:
    ((pointer, words),) = refused({"cardiac": {field: value}})
    assert pointer == f"/cardiac/{field}"
    assert "between 5 and 95" in words
    assert ("62 is written for 0.62" in words) is (value <= 1)


@given(st.floats(0.01, 0.99), st.sampled_from(["er_pct", "pr_pct", "pd_l1_pct"]))
def test_a_percentage_below_one_is_asked_about(value: float, field: str) -> None:
    said = conflicts({"biomarkers": {field: value}})["percentage-below-one"]
    assert said.asks == (f"biomarkers.{field}",)


@pytest.mark.parametrize("value", [0, 1, 55.5, 100])
def test_other_percentages_are_not(value: float) -> None:
    assert "percentage-below-one" not in conflicts({"biomarkers": {"er_pct": value}})


@pytest.mark.parametrize(
    "result",
    [
        {"value": 9.2, "unit": "mmol/L"},
        {"value": 2.3, "unit": "mg/dL"},
        {"value": 25, "unit": "mg/dL"},
        {"value": 9.2, "unit": "mg/dL", "reference_high": 2.52},
    ],
)
def test_calcium_in_the_other_unit_is_refused(result: dict[str, Any]) -> None:
    assert refused({"labs": {"calcium": result}})


def test_a_result_in_mg_per_dl_is_read() -> None:
    assert found("labs.calcium.value", {"labs": {"calcium": {"value": 9.2, "unit": "mg/dL"}}}).value == 2.2954


# --- Freshness ------------------------------------------------------------------------------------------------------


def _taken(months: int, days: int = 0) -> str:
    whole = AS_OF.year * 12 + AS_OF.month - 1 - months
    day = datetime.date(whole // 12, whole % 12 + 1, min(AS_OF.day, 28))
    return (day - datetime.timedelta(days=days)).isoformat()


OLD = {
    "labs": {"calcium": {**calcium(2.38), "date": _taken(30)}, "creatinine": {"value": 70, "unit": "umol/L"}},
    "cardiac": {"lvef_baseline": 62, "lvef_latest": 60, "echo_date": _taken(30)},
}


def test_unset_an_old_result_counts_and_is_asked_about() -> None:
    assert found("labs.calcium.value", OLD).value == 2.38
    said = conflicts(OLD)["old-result"]
    assert said.asks == ("labs.calcium.value", "cardiac.lvef_latest")
    assert said.asked_as["labs.calcium.value"].en == f"serum calcium of {_taken(30)}: still true?"
    assert "convention" in said.text.en
    recent = {"labs": {"calcium": {**calcium(2.38), "date": _taken(11)}}}
    assert "old-result" not in conflicts(recent)


def test_set_an_old_result_is_unknown_and_that_is_said_baselines_stay() -> None:
    assert found("labs.calcium.value", OLD, result_age_months=6).missing == ("labs.calcium.value",)
    assert found("labs.calcium.interpretation", OLD, result_age_months=6).value is None
    assert found("labs.calcium.reference_high", OLD, result_age_months=6).value == 2.52
    assert found("labs.creatinine.value", OLD, result_age_months=6).value == 70
    assert found("cardiac.lvef_latest", OLD, result_age_months=6).value is None
    assert found("cardiac.lvef_baseline", OLD, result_age_months=6).value == 62
    said = conflicts(OLD, result_age_months=6)["old-result"]
    assert "6" in said.text.en
    assert "unknown" in said.text.en


def test_a_result_counts_through_the_day_its_months_are_over() -> None:
    as_of = datetime.date(2026, 8, 31)
    assert not older_than(datetime.date(2026, 2, 28), 6, as_of)
    assert older_than(datetime.date(2026, 2, 27), 6, as_of)
    assert not older_than(datetime.date(1, 1, 1), 600 * 100, as_of)


@given(st.dates(datetime.date(2000, 1, 1), datetime.date(2030, 1, 1)), st.integers(1, 60), st.integers(1, 60))
def test_what_is_too_old_stays_so_with_fewer_months(date: datetime.date, months: int, fewer: int) -> None:
    if older_than(date, months, AS_OF) and fewer <= months:
        assert older_than(date, fewer, AS_OF)


def test_only_dated_results_are_left_out() -> None:
    profile = read_profile(OLD, VOCABULARY)
    assert without_old_results(profile, None, AS_OF) is profile
    left = without_old_results(profile, 6, AS_OF)
    assert list(dated_results(left)) == []
    assert left.cardiac is not None
    assert left.cardiac.lvef_baseline == 62
    assert left.labs is not None
    assert left.labs.creatinine == profile.labs.creatinine  # type: ignore[union-attr]


def test_a_result_dated_after_the_evaluation_is_asked_about() -> None:
    tomorrow = (AS_OF + datetime.timedelta(days=1)).isoformat()
    said = conflicts({"labs": {"calcium": {**calcium(2.38), "date": tomorrow}}})["result-dated-in-the-future"]
    assert said.severity == "contradiction"
    assert said.asks == ("labs.calcium.date",)
    today = {"labs": {"calcium": {**calcium(2.38), "date": AS_OF.isoformat()}}}
    assert "result-dated-in-the-future" not in conflicts(today)
