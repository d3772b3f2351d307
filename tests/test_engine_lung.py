"""What the answer says in lung cancer: remarks of one lesion, emergencies, and safety notes that come before rules."""

from __future__ import annotations

from typing import Any

import pytest

from oncocds import Engine
from oncocds.advice.result import AdviceItem, Evaluation, Ground

Plain = dict[str, Any]


def lung(*lesions: Plain, tumour: str = "nsclc", **more: Any) -> Plain:
    return {
        "diagnosis": {"tumour_type": tumour},
        "lesions": [
            {"id": f"B{n}", "organ": "bone", "status": "imaging_positive", **one} for n, one in enumerate(lesions, 1)
        ],
        "medications": [],
        "radiotherapy": [],
        **more,
    }


def item_of(evaluation: Evaluation, action: str, lesion: str | None = None) -> AdviceItem:
    return next(item for item in evaluation.advice if (item.action, item.lesion) == (action, lesion))


def ground_of(evaluation: Evaluation, rule: str, lesion: str | None = None) -> Ground:
    return next(
        ground
        for item in evaluation.advice
        for ground in item.grounds
        if ground.rule == rule and lesion in (None, item.lesion)
    )


def notes_of(ground: Ground) -> set[str]:
    return {note.id for note in ground.notes}


def test_recorded_radiotherapy_is_said_of_its_own_lesion_only(strict: Engine) -> None:
    evaluation = strict.evaluate(
        lung(
            {"site": "femur", "soft_tissue_mass": True},
            {"site": "tibia", "soft_tissue_mass": True},
            radiotherapy=[{"site": "bone", "status": "completed", "targets": ["B1"]}],
        )
    )
    treated, other = (ground_of(evaluation, "LCBM-17", lesion) for lesion in ("B1", "B2"))
    assert {"lesion-already-irradiated", "already-irradiated-lesion-informs"} <= notes_of(treated)
    assert not {"lesion-already-irradiated", "already-irradiated-lesion-informs"} & notes_of(other)
    assert (treated.urgency, other.urgency) == ("info", "warning")
    assert item_of(evaluation, "irradiate-bone-metastasis", "B1").urgency == "info"


@pytest.mark.parametrize(
    "danger",
    [
        {"lesion": {"cord_threat": True}},
        {"lesion": {"neurovascular_compression": True}},
        {"symptoms": {"cord_signs": True}},
        {"skeletal_events": {"cord_compression": True}},
    ],
    ids=["threatened cord", "compressed nerves", "cord signs", "cord compression"],
)
def test_recorded_radiotherapy_never_quietens_a_lesion_in_danger(strict: Engine, danger: Plain) -> None:
    evaluation = strict.evaluate(
        lung(
            {"site": "cervical_spine", "trend": "stable", **danger.get("lesion", {})},
            radiotherapy=[{"site": "bone", "status": "completed", "targets": ["B1"]}],
            **{name: part for name, part in danger.items() if name != "lesion"},
        )
    )
    ground = ground_of(evaluation, "LCBM-14")
    assert ground.urgency == "warning"
    assert "lesion-already-irradiated" in notes_of(ground)


def test_planned_radiotherapy_is_no_earlier_radiotherapy(strict: Engine) -> None:
    planned = [{"site": "bone", "status": "planned", "targets": ["B1"]}]
    ground = ground_of(strict.evaluate(lung({"soft_tissue_mass": True}, radiotherapy=planned)), "LCBM-17")
    assert (ground.urgency, notes_of(ground)) == ("warning", set())


def test_a_weight_bearing_lesion_alone_informs_and_symptoms_bring_the_warning(strict: Engine) -> None:
    quiet = strict.evaluate(lung({"site": "femur", "symptomatic": False, "bone_pattern": "blastic"}))
    assert item_of(quiet, "irradiate-bone-metastasis", "B1").urgency == "info"
    loud = strict.evaluate(lung({"site": "femur", "symptomatic": True, "bone_pattern": "blastic"}))
    assert item_of(loud, "irradiate-bone-metastasis", "B1").urgency == "warning"


def test_an_uncontrolled_cervical_lesion_is_an_emergency_only_with_signs_or_threat(strict: Engine) -> None:
    cervical = {"site": "cervical_spine", "trend": "progressing"}
    assert item_of(strict.evaluate(lung(cervical)), "treat-critical-site-early", "B1").tier == "caution"
    for patient in (
        lung(cervical, symptoms={"cord_signs": True}),
        lung({**cervical, "cord_threat": True}),
        lung(cervical, skeletal_events={"cord_compression": True}),
    ):
        item = strict.evaluate(patient).advice[0]
        assert (item.action, item.tier) == ("treat-critical-site-early", "emergency")
    thoracic = {"site": "thoracic_spine", "cord_threat": True}
    assert item_of(strict.evaluate(lung(cervical, thoracic)), "treat-critical-site-early", "B1").urgency == "warning"


def test_a_threatened_cord_puts_team_and_bone_agents_behind(strict: Engine) -> None:
    evaluation = strict.evaluate(lung({"site": "cervical_spine", "cord_threat": True}))
    for rule in ("LCBM-02", "LCBM-25", "LCBM-27", "LCBM-28"):
        assert ground_of(evaluation, rule).status == "demoted"
    calm = strict.evaluate(lung({"site": "cervical_spine"}))
    assert ground_of(calm, "LCBM-25").status == "active"


@pytest.mark.parametrize("site", ["humerus", "femur"])
@pytest.mark.parametrize("tumour", ["nsclc", "sclc", "lung_nos"])
def test_an_impending_fracture_is_never_silent_in_lung_cancer(engine: Engine, site: str, tumour: str) -> None:
    evaluation = engine.evaluate(lung({"site": site, "impending_fracture": True}, tumour=tumour))
    (notice,) = [one for one in evaluation.notices if one.id == "impending-fracture-surgery-first"]
    assert (notice.origin, notice.urgency) == ("external", "critical")
    assert "非来源内容" in notice.text.zh
    assert "not from the source" in notice.text.en


def test_surgical_review_comes_before_radiotherapy_of_the_same_lesion(strict: Engine) -> None:
    for danger, notice in (
        ("impending_fracture", "impending-fracture-surgery-first"),
        ("fracture_risk", "fracture-risk-in-lung-cancer"),
        ("structural_instability", "fracture-risk-in-lung-cancer"),
    ):
        evaluation = strict.evaluate(lung({"site": "femur", danger: True}, {"site": "tibia"}))
        endangered, other = (ground_of(evaluation, "LCBM-12", lesion) for lesion in ("B1", "B2"))
        assert (endangered.status, other.status) == ("demoted", "active")
        assert endangered.demoted_by[0].by == [notice]
        assert "radiotherapy-does-not-stabilise" in notes_of(endangered)
        assert "radiotherapy-does-not-stabilise" not in notes_of(other)
        assert evaluation.verdicts["LCBM-12"] == "fires"
    calm = strict.evaluate(lung({"site": "femur"}))
    assert ground_of(calm, "LCBM-12").status == "active"


def test_an_impending_fracture_puts_remarks_on_bone_agents_behind(strict: Engine) -> None:
    ground = ground_of(strict.evaluate(lung({"site": "femur", "impending_fracture": True})), "LCBM-28")
    assert ground.demoted_by[0].by == ["impending-fracture-surgery-first"]


def test_pain_comes_before_open_questions_of_immunotherapy(strict: Engine) -> None:
    io = [{"drug": "pembrolizumab", "status": "active"}]
    course = {"site": "bone", "status": "planned", "targets": ["B1"]}
    painful = strict.evaluate(lung({"site": "rib", "pain_significant": True}, medications=io, radiotherapy=[course]))
    for rule in ("LCBM-09", "LCBM-20"):
        ground = ground_of(painful, rule)
        assert (ground.status, ground.demoted_by[0].by) == ("demoted", ["LCBM-03", "LCBM-11"])
    calm = strict.evaluate(lung({"site": "femur", "symptomatic": False}, medications=io))
    assert ground_of(calm, "LCBM-09").status == "active"


def test_a_centre_without_the_technique_sees_the_constraint_and_the_recommendation(strict: Engine) -> None:
    patient = lung(
        {"site": "lumbar_spine", "sbrt_selected": True},
        radiotherapy=[{"site": "bone", "status": "planned", "targets": ["B1"]}],
    )
    for available in (True, False, None):
        evaluation = strict.evaluate(patient, {} if available is None else {"sbrt_available": available})
        selected, vertebral = ground_of(evaluation, "LCBM-24"), ground_of(evaluation, "LCBM-22")
        assert ("不能在本院实施" in selected.text.zh) is (available is False)
        assert ("整个骨结构" in vertebral.text.zh) is (available is False)


def test_a_planned_switch_is_context_and_new_lesions_are_said_to_count_as_progressing(strict: Engine) -> None:
    patient = lung(
        {"trend": "new"},
        {"trend": "stable"},
        {"trend": "responding"},
        medications=[{"drug": "osimertinib", "status": "active"}],
        plans={"switch_systemic": True},
    )
    evaluation = strict.evaluate(patient, {"oligoprog_max": 1})
    statement, advice = ground_of(evaluation, "LCBM-08"), ground_of(evaluation, "LCBM-07")
    assert "来源未说不可更换" in statement.text.zh
    assert "LCBM-37" in statement.supported_by
    assert "new-lesion-counts-as-progressing" in notes_of(advice)
    assert advice.origin == "local policy"


def test_an_agent_stopped_for_an_adverse_event_is_never_silent_in_lung_cancer(strict: Engine) -> None:
    stopped = {"drug": "zoledronate", "status": "stopped", "stop_reason": "adverse_event"}
    evaluation = strict.evaluate(lung({"site": "femur"}, medications=[stopped]))
    assert {evaluation.verdicts[rule] for rule in ("LCBM-27", "LCBM-28")} == {"silent"}
    (notice,) = [one for one in evaluation.notices if one.id == "bone-agent-stopped-in-lung-cancer"]
    assert {passage.document for passage in notice.passages} == {"lung-bone-metastases"}


def test_the_contested_claim_stands_with_the_external_note_beside_it(strict: Engine) -> None:
    ground = ground_of(strict.evaluate(lung({"site": "rib"})), "LCBM-28")
    assert "LCBM-30" in ground.supported_by
    assert {"jaw-osteonecrosis-claim-contested", "denosumab-no-survival-gain-in-lung-cancer"} <= notes_of(ground)
    claim = strict.knowledge.rules["LCBM-30"]
    assert any(strict.knowledge.flags[flag].contested for flag in claim.flags)


def test_no_rule_of_the_lung_document_leaves_lung_cancer(engine: Engine) -> None:
    for tumour in ("breast", "hcc", "prostate"):
        patient = lung(
            {"site": "cervical_spine", "trend": "progressing", "symptomatic": True, "pain_significant": True},
            tumour=tumour,
        )
        fired = {rule for rule, verdict in engine.evaluate(patient).verdicts.items() if verdict != "silent"}
        assert not {rule for rule in fired if rule.startswith("LCBM-")}


def test_a_surgical_passage_for_the_same_fracture_takes_the_place_of_the_external_note(engine: Engine) -> None:
    femur = {"id": "F", "organ": "bone", "site": "femur", "status": "imaging_positive", "impending_fracture": True}
    cases = (("positive", "fires", False), ("negative", "silent", True), (None, "undetermined", True))
    for fusion, rule, note in cases:
        patient = {"diagnosis": {"tumour_type": "nsclc"}, "biomarkers": {"ret_fusion": fusion}, "lesions": [femur]}
        evaluation = engine.evaluate(patient)
        assert evaluation.verdicts["RETBM-14"] == rule
        assert ("impending-fracture-surgery-first" in {notice.id for notice in evaluation.notices}) is note
        by = [d.by for item in evaluation.advice for g in item.grounds if g.rule == "LCBM-12" for d in g.demoted_by]
        assert by == [["RETBM-14"] if fusion == "positive" else ["impending-fracture-surgery-first"]]
