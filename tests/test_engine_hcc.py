"""Answers on hepatocellular carcinoma: the trial's finding never alone, criteria in one item, for whom it is."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from corpus import SCENARIOS
from oncocds.advice.result import AdviceItem, Evaluation, Ground
from oncocds.engine import Engine, load_bundled_or
from oncocds.profile.policy import STRICT

KNOWLEDGE = load_bundled_or(None)
ENGINE = Engine(KNOWLEDGE, STRICT)
RULES = [rule for rule in KNOWLEDGE.rules.values() if rule.document == "hcc-sbrt-sorafenib"]
PATIENTS = [case["patient"] for case in SCENARIOS] + [dict(e.given) for rule in RULES for e in rule.examples]
FAILED = [f"HCCSBRT-{number:02}" for number in range(2, 11)]
SBRT = {"id": "R1", "site": "liver", "technique": "sbrt", "status": "planned"}


def _patient(radiotherapy: list[dict[str, Any]] | None = None, **hcc: Any) -> dict[str, Any]:
    met: dict[str, Any] = {
        "bclc": "C",
        "child_pugh": "A",
        "n_intrahepatic": 5,
        "sum_diameter_cm": 20,
        "extrahepatic_mets": False,
        "suitable_surgery": False,
        "suitable_ablation": False,
        "suitable_tace": False,
        "prior_rt": False,
        "prior_radioembolisation": False,
    }
    return {
        "sex": "female",
        "diagnosis": {"tumour_type": "hcc", "confirmation": ["ct"]},
        "labs": {"platelets": {"value": 60, "unit": "10*9/L"}},
        "medications": [{"drug": "sorafenib", "status": "active"}],
        "radiotherapy": radiotherapy or [],
        "hcc": {name: value for name, value in {**met, **hcc}.items() if value is not None},
    }


def _item(evaluation: Evaluation, action: str) -> AdviceItem:
    return next(item for item in evaluation.advice if item.action == action)


def _ground(evaluation: Evaluation, rule: str) -> Ground:
    return next(ground for item in evaluation.advice for ground in item.grounds if ground.rule == rule)


def test_the_finding_is_never_shown_without_its_limits() -> None:
    shown = 0
    for patient in PATIENTS:
        evaluation = ENGINE.evaluate(patient)
        grounds = {ground.rule: ground for item in evaluation.advice for ground in item.grounds}
        if "HCCSBRT-01" in grounds:
            shown += 1
            assert {grounds[rule].status for rule in ("HCCSBRT-18", "HCCSBRT-22", "HCCSBRT-23")} == {"active"}
            text = grounds["HCCSBRT-01"].text
            assert "27%" in text.zh
            assert "27%" in text.en
            assert "不是治疗建议" in text.zh
        if any("HCCSBRT-19" in ground.supported_by for ground in grounds.values()):
            assert grounds["HCCSBRT-18"].status == "active"
    assert shown > 10


def test_every_failed_criterion_stands_in_one_item() -> None:
    patient = _patient(
        [{"site": "bone", "status": "completed"}],
        bclc="A",
        suitable_tace=True,
        child_pugh="B",
        n_intrahepatic=6,
        sum_diameter_cm=20.1,
        extrahepatic_mets=True,
        met_max_cm=3.1,
        prior_rt=None,
    )
    patient["diagnosis"]["confirmation"] = ["clinical"]
    patient["labs"]["platelets"]["value"] = 59
    item = _item(ENGINE.evaluate(patient), "outside-rtog1112-criteria")
    assert sorted(ground.rule for ground in item.grounds) == FAILED
    assert (item.tier, item.urgency) == ("caution", "info")
    for ground in item.grounds:
        assert "并非治疗禁忌" in ground.text.zh
        assert "not a contraindication" in ground.text.en


@pytest.mark.parametrize(
    ("courses", "urgency"),
    [
        ([], "info"),
        ([SBRT], "warning"),
        ([{**SBRT, "status": "ongoing"}], "warning"),
        ([{**SBRT, "site": "bone"}], "info"),
        ([{**SBRT, "technique": "conventional"}], "info"),
    ],
)
def test_criteria_become_a_warning_where_liver_sbrt_is_planned_or_ongoing(
    courses: list[dict[str, Any]], urgency: str
) -> None:
    evaluation = ENGINE.evaluate(_patient(courses, n_intrahepatic=6))
    assert _item(evaluation, "outside-rtog1112-criteria").urgency == urgency
    evaluation = ENGINE.evaluate(_patient(courses, bclc=None))
    assert _item(evaluation, "complete-rtog1112-data").urgency == urgency


def test_missing_data_step_back_where_a_criterion_certainly_fails() -> None:
    assert _ground(ENGINE.evaluate(_patient(bclc=None)), "HCCSBRT-11").status == "active"
    ground = _ground(ENGINE.evaluate(_patient(bclc=None, n_intrahepatic=6)), "HCCSBRT-11")
    assert (ground.status, ground.demoted_by[0].by) == ("demoted", ["HCCSBRT-07"])


@pytest.mark.parametrize(
    ("rule", "patient", "words"),
    [
        ("HCCSBRT-03", _patient(bclc="0"), "BCLC 0期（试验：B或C期）"),
        ("HCCSBRT-04", _patient(suitable_surgery=True, suitable_tace=True), "记录为适合手术、经动脉化疗栓塞："),
        ("HCCSBRT-05", _patient(child_pugh="C"), "Child-Pugh C级（试验：A级）"),
        ("HCCSBRT-10", _patient(prior_rt=True), "既往放疗（部位未记录）：按原文字面属排除标准，照射部位不在肝脏"),
        (
            "HCCSBRT-10",
            _patient([{"site": "liver", "status": "completed"}], prior_rt=None),
            "既往放疗（肝）：按原文字面属排除标准，不在RTOG 1112入组范围内",
        ),
        (
            "HCCSBRT-10",
            _patient(
                [{"site": "bone", "status": "completed"}, {"status": "completed"}],
                prior_rt=True,
                prior_radioembolisation=True,
            ),
            "既往放疗（骨）、既往放疗（部位未记录）、既往放射栓塞：",
        ),
        (
            "HCCSBRT-10",
            _patient([{"site": "bone", "status": "completed"}], prior_radioembolisation=True),
            "既往放射栓塞：按原文字面属排除标准，不在",
        ),
        ("HCCSBRT-11", _patient(bclc=None, prior_rt=None), "请补充：BCLC分期、有无既往放疗；"),
        ("HCCSBRT-13", _patient([{**SBRT, "dose_gy": 27.4, "days": 16}]), "总剂量低于27.5 Gy、疗程长于15天（试验"),
        ("HCCSBRT-20", _patient(macrovascular_invasion="ivc"), "本例符合BCLC C期、下腔静脉受累，"),
        ("HCCSBRT-21", _patient(macrovascular_invasion="vp4"), "Vp4受累者"),
    ],
)
def test_a_text_names_only_what_matches_or_is_missing(rule: str, patient: dict[str, Any], words: str) -> None:
    assert words in _ground(ENGINE.evaluate(patient), rule).text.zh


def test_a_prior_course_that_is_denied_decides_nothing_and_is_asked_about() -> None:
    evaluation = ENGINE.evaluate(_patient([{"id": "R1", "site": "bone", "status": "completed"}]))
    assert {evaluation.verdicts[rule] for rule in ("HCCSBRT-01", "HCCSBRT-10")} == {"undetermined"}
    assert evaluation.verdicts["HCCSBRT-11"] == "fires"
    assert [clash.id for clash in evaluation.data_conflicts] == ["prior-radiotherapy-denied-beside-a-completed-course"]
    assert "hcc.prior_rt" in {question.fact for question in evaluation.questions.clinician}


@pytest.mark.parametrize(
    ("dose", "note"),
    [
        (43.0, "liver-sbrt-bed10-below-80"),
        (43.1, "liver-sbrt-bed10-from-80"),
        (35.0, "liver-sbrt-bed10-below-80"),
        (50.0, "liver-sbrt-bed10-from-80"),
    ],
)
def test_bed10_of_the_plan_is_remarked_on_beside_the_fractionation(dose: float, note: str) -> None:
    ground = _ground(ENGINE.evaluate(_patient([{**SBRT, "dose_gy": dose, "fractions": 5}])), "HCCSBRT-25")
    assert [remark.id for remark in ground.notes] == [note]


def test_a_recorded_large_burden_raises_the_priority_only() -> None:
    plain, large = (ENGINE.evaluate(_patient(tumour_burden_large=flag)) for flag in (None, True))
    assert plain.verdicts == large.verdicts
    assert _item(plain, "sbrt-dose-and-fractionation").urgency == "info"
    assert _item(large, "sbrt-dose-and-fractionation").urgency == "warning"


def test_whatever_the_document_says_is_marked_as_for_health_professionals_only() -> None:
    assert KNOWLEDGE.documents["hcc-sbrt-sorafenib"].audience == "health-professionals-only"
    fired: set[str] = set()
    for patient in PATIENTS:
        evaluation = ENGINE.evaluate(patient)
        firing = {rule.id for rule in RULES if evaluation.verdicts.get(rule.id) == "fires"}
        fired |= firing
        notices = {notice.id: notice for notice in evaluation.notices}
        assert bool(firing) == ("HCCSBRT-32" in firing) == ("hcc-source-for-health-professionals-only" in notices)
        if firing:
            notice = notices["hcc-source-for-health-professionals-only"]
            assert notice.passages[0].quote == "本项目是由壹生提供的专业性学术分享,仅面向医疗卫生专业人士。"
        assert all(ground.rule != "HCCSBRT-32" for item in evaluation.advice for ground in item.grounds)
    assert fired == {rule.id for rule in RULES if rule.kind != "evidence"}


_VALUES: dict[str, st.SearchStrategy[Any]] = {
    "bclc": st.sampled_from(["0", "A", "B", "C", "D"]),
    "child_pugh": st.sampled_from(["A", "A", "B", "C"]),
    "n_intrahepatic": st.integers(4, 6),
    "sum_diameter_cm": st.sampled_from([19.9, 20.0, 20.1]),
    "met_max_cm": st.sampled_from([2.9, 3.0, 3.1]),
    **{f"suitable_{what}": st.sampled_from([False, False, True]) for what in ("surgery", "ablation", "tace")},
    **{f"prior_{what}": st.sampled_from([False, False, True]) for what in ("rt", "radioembolisation")},
}


@given(st.fixed_dictionaries({}, optional=_VALUES), st.integers(59, 61), st.sampled_from(["ct", "clinical"]))
@settings(max_examples=200)
def test_with_complete_data_the_criteria_are_met_exactly_when_none_fails(
    hcc: dict[str, Any], platelets: int, confirmation: str
) -> None:
    patient = _patient(**{"extrahepatic_mets": True, "met_max_cm": 3.0, **hcc})
    patient["labs"]["platelets"]["value"] = platelets
    patient["diagnosis"]["confirmation"] = [confirmation]
    verdicts = ENGINE.evaluate(patient).verdicts
    assert verdicts["HCCSBRT-11"] == "silent"
    assert (verdicts["HCCSBRT-01"] == "fires") is not any(verdicts[rule] == "fires" for rule in FAILED)
