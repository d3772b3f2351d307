"""What the answer says in RET-fusion-positive lung cancer: nothing silent, nothing beyond the source's words."""

from __future__ import annotations

from typing import Any

import pytest

from oncocds import Engine
from oncocds.advice.result import AdviceItem, Evaluation, Ground

Plain = dict[str, Any]
REVIEW = "impending-fracture-surgery-first"
FEMUR: Plain = {"site": "femur", "impending_fracture": True}
HUMERUS: Plain = {"site": "humerus", "impending_fracture": True}
PELVIS: Plain = {"site": "pelvis", "impending_fracture": True}
RIB: Plain = {"site": "rib"}
PRALSETINIB: Plain = {"id": "P", "drug": "pralsetinib", "status": "active"}


def ret(*lesions: Plain, fusion: str | None = "positive", tumour: str | None = "nsclc", **more: Any) -> Plain:
    return {
        "diagnosis": {"tumour_type": tumour},
        "biomarkers": {"ret_fusion": fusion},
        "lesions": [
            {"id": f"B{n}", "organ": "bone", "status": "imaging_positive", **one} for n, one in enumerate(lesions, 1)
        ],
        "medications": [],
        "radiotherapy": [],
        **more,
    }


def item_of(evaluation: Evaluation, action: str, lesion: str | None = None) -> AdviceItem:
    return next(item for item in evaluation.advice if (item.action, item.lesion) == (action, lesion))


def ground_of(evaluation: Evaluation, rule: str) -> Ground:
    return next(ground for item in evaluation.advice for ground in item.grounds if ground.rule == rule)


def notices_of(evaluation: Evaluation) -> set[str]:
    return {notice.id for notice in evaluation.notices}


@pytest.mark.parametrize(
    ("patient", "verdict", "shown"),
    [
        (ret(FEMUR), "fires", False),
        (ret({**FEMUR, "solitary": True}, RIB), "fires", False),
        (ret({**FEMUR, "solitary": True}, HUMERUS), "fires", True),
        (ret(FEMUR, RIB), "undetermined", True),
        (ret(PELVIS), "undetermined", True),
        (ret(HUMERUS), "silent", True),
        (ret({**FEMUR, "solitary": False}, RIB), "silent", True),
        (ret(FEMUR, fusion="pending"), "undetermined", True),
        (ret(FEMUR, fusion=None), "undetermined", True),
        (ret(FEMUR, fusion="negative"), "silent", True),
        (ret({**FEMUR, "status": "suspected"}), "silent", True),
        (ret(FEMUR, tumour=None), "undetermined", True),
        (ret(FEMUR, tumour="thyroid"), "silent", True),
        (ret({"site": "femur", "impending_fracture": False}), "silent", False),
    ],
)
def test_an_impending_fracture_is_never_silent(strict: Engine, patient: Plain, verdict: str, shown: bool) -> None:
    evaluation = strict.evaluate(patient)
    assert evaluation.verdicts["RETBM-14"] == verdict
    assert (REVIEW in notices_of(evaluation)) is shown


def test_surgery_or_radiotherapy_is_said_of_its_own_lesion(strict: Engine) -> None:
    evaluation = strict.evaluate(ret({**FEMUR, "solitary": True}, {**RIB, "pain_extremely_localised": True}))
    femur, rib = (item_of(evaluation, "local-treatment-of-bone-lesion", lesion) for lesion in ("B1", "B2"))
    assert ([ground.rule for ground in femur.grounds], femur.tier, femur.urgency) == (
        ["RETBM-14"],
        "emergency",
        "critical",
    )
    assert ([ground.rule for ground in rib.grounds], rib.urgency) == (["RETBM-15"], "info")
    # The source does not say that surgery comes first: that is a remark beside it, at the lesion in danger only.
    assert "radiotherapy-does-not-stabilise" in {note.id for note in femur.grounds[0].notes}
    assert "radiotherapy-does-not-stabilise" not in {note.id for note in rib.grounds[0].notes}
    assert "安全" not in femur.grounds[0].text.zh
    assert "safe" not in femur.grounds[0].text.en


@pytest.mark.parametrize(
    ("agents", "text"),
    [
        ([], False),
        ([{"id": "A", "drug": "alendronate", "status": "active", "indication": "osteoporosis"}], True),
    ],
)
def test_one_of_the_two_agents_is_never_added_to_another(strict: Engine, agents: list[Plain], text: bool) -> None:
    ground = ground_of(strict.evaluate(ret(RIB, medications=agents)), "RETBM-06")
    assert ("不宜叠加" in ground.text.zh) is text


def test_checks_before_the_agent_are_carried_over_by_the_switch_only(strict: Engine) -> None:
    on = strict.evaluate(ret(RIB), {"cross_tumour_bone_agent_checks": True})
    assert {on.verdicts[rule] for rule in ("BCBM-57", "BCBM-58", "BCBM-59")} == {"fires"}
    assert ground_of(on, "BCBM-57").origin == "extrapolated"
    assert strict.evaluate(ret(RIB)).verdicts["BCBM-57"] == "silent"


def test_low_calcium_before_an_advised_agent_is_said(strict: Engine) -> None:
    labs = {
        "calcium": {"value": 1.9, "unit": "mmol/L", "reference_low": 2.1},
        "albumin": {"value": 40, "unit": "g/L"},
    }
    assert "hypocalcaemia-with-bone-agent" in notices_of(strict.evaluate(ret(RIB, labs=labs)))


def test_restart_after_an_adverse_event_shows_both_sides(strict: Engine) -> None:
    stopped = {"id": "Z", "drug": "zoledronate", "status": "stopped", "stop_reason": "adverse_event"}
    evaluation = strict.evaluate(ret(RIB, medications=[stopped]))
    assert evaluation.verdicts["RETBM-06"] == "silent"
    (conflict,) = evaluation.conflicts
    assert [side.rules for side in conflict.sides] == [["RETBM-06"], ["BCBM-63"]]


@pytest.mark.parametrize(
    ("reason", "notice"),
    [
        ("progression", "earlier-ret-inhibitor-stopped-for-progression"),
        ("treatment_failure", "earlier-ret-inhibitor-stopped-for-progression"),
        ("adverse_event", "earlier-ret-inhibitor-stopped-for-adverse-event"),
        ("switch", "earlier-ret-inhibitor"),
        (None, "earlier-ret-inhibitor"),
    ],
)
@pytest.mark.parametrize("fusion", ["positive", "pending"])
def test_an_earlier_ret_inhibitor_leaves_a_remark_only(
    strict: Engine, reason: str | None, notice: str, fusion: str
) -> None:
    earlier = [
        {**PRALSETINIB, "status": "stopped", "stop_reason": reason},
        {"id": "O", "drug": "other", "name": "trial drug", "status": "active"},
    ]
    evaluation = strict.evaluate(ret(RIB, fusion=fusion, medications=earlier))
    assert {evaluation.verdicts["RETBM-02"], evaluation.verdicts["RETBM-03"]} == {"silent"}
    assert {one for one in notices_of(evaluation) if one.startswith("earlier-ret")} == {notice}
    again = strict.evaluate(ret(RIB, medications=[*earlier, {**PRALSETINIB, "id": "Q"}]))
    assert not {one for one in notices_of(again) if one.startswith("earlier-ret")}


def test_testing_is_more_pressing_in_non_small_cell_lung_cancer(strict: Engine) -> None:
    for tumour, urgency in (("nsclc", "warning"), ("sclc", "info"), ("lung_nos", "info")):
        evaluation = strict.evaluate(ret(fusion="not_tested", tumour=tumour))
        assert item_of(evaluation, "test-ret-multigene").urgency == urgency


@pytest.mark.parametrize(
    "danger", [{"skeletal_events": {"cord_compression": True}}, {"symptoms": {"cord_signs": True}}]
)
def test_a_threatened_cord_waits_for_no_ret_test_and_no_drug(engine: Engine, danger: Plain) -> None:
    evaluation = engine.evaluate(ret(RIB, **danger))
    assert evaluation.advice[0].action == "spinal-cord-compression-alert"
    for rule in ("RETBM-02", "RETBM-03", "RETBM-06"):
        assert ground_of(evaluation, rule).status == "demoted"
    untested = engine.evaluate(ret(RIB, fusion="not_tested", **danger))
    assert ground_of(untested, "RETBM-01").status == "demoted"


def test_a_progressing_cervical_lesion_with_a_threatened_cord_comes_before_ret_drugs(strict: Engine) -> None:
    cervical = {"site": "cervical_spine", "trend": "progressing", "cord_threat": True}
    evaluation = strict.evaluate(ret(cervical))
    assert evaluation.verdicts["LCBM-15"] == "fires"
    assert ground_of(evaluation, "RETBM-02").status == "demoted"


def test_recorded_results_are_named_without_a_grade_of_ours(strict: Engine) -> None:
    plain = strict.evaluate(ret(RIB, medications=[PRALSETINIB]))
    told = strict.evaluate(
        ret(
            RIB,
            medications=[PRALSETINIB],
            labs={"alt": {"interpretation": "high"}, "calcium": {"value": 2.3, "unit": "mmol/L"}},
            vitals={"systolic": 158, "diastolic": 96},
        )
    )
    for rule, words in (("RETBM-10", "判读为偏高"), ("RETBM-12", "已有血压记录")):
        assert words in ground_of(told, rule).text.zh
        assert words not in ground_of(plain, rule).text.zh
    assert "尚无血钙结果" in ground_of(plain, "RETBM-13").text.zh
    assert "尚无血钙结果" not in ground_of(told, "RETBM-13").text.zh


def test_titles_are_true_of_a_ground_that_stands_alone(strict: Engine) -> None:
    untreated = strict.evaluate(ret(RIB))
    assert "综合治疗" in item_of(untreated, "integrated-care-with-ret-inhibitor").title.zh
    assert "择一" in item_of(untreated, "start-bone-modifying-agent").title.zh
    planned = strict.evaluate(ret(RIB, medications=[{**PRALSETINIB, "status": "planned"}]))
    assert "不能只靠" in item_of(planned, "integrated-care-with-ret-inhibitor").title.zh
    assert "因人而异" in item_of(planned, "assess-ret-inhibitor-response").title.zh


@pytest.mark.parametrize(
    ("drug", "other", "shown"),
    [("selpercatinib", "active", True), ("selpercatinib", "stopped", True), ("pralsetinib", "active", False)],
)
def test_hypersensitivity_is_a_remark_on_selpercatinib_after_immunotherapy(
    strict: Engine, drug: str, other: str, shown: bool
) -> None:
    drugs = [{"id": "R", "drug": drug, "status": "planned"}, {"id": "I", "drug": "pembrolizumab", "status": other}]
    notes = {note.id for note in ground_of(strict.evaluate(ret(RIB, medications=drugs)), "RETBM-10").notes}
    assert ("selpercatinib-hypersensitivity-after-immunotherapy" in notes) is shown
