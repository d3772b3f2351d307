"""Which lesion is meant: what is treated is established and there; which emergencies do not wait for that."""

from __future__ import annotations

from typing import Any

import pytest

from corpus import SCENARIOS
from oncocds.advice.result import Evaluation, Ground
from oncocds.engine import Engine
from oncocds.knowledge.knowledge import Knowledge

LOCAL = {
    "LCBM-03", "LCBM-04", "LCBM-05", "LCBM-06", "LCBM-07", "LCBM-08", "LCBM-11", "LCBM-12", "LCBM-14", "LCBM-15",
    "LCBM-16", "LCBM-17", "LCBM-18", "LCBM-24", "LCBM-26", "RETBM-14", "RETBM-15", "BCBM-38", "BCBM-39", "BCBM-40",
    "HER2RT-07", "HER2RT-08", "HER2RT-10", "HER2RT-11",
}  # fmt: skip
# The passage speaks of residual lesions, the primary among them.
OF_THE_PRIMARY_TOO = {"LCBM-06", "LCBM-07", "LCBM-08"}
ASSERTED = ("oligometastatic", "oligomet_baseline", "oligoresidual", "oligoprogression", "brain_oligo_new")


def local_rules(knowledge: Knowledge) -> list[str]:
    return [
        rule.id
        for rule in knowledge.rules.values()
        if rule.action is not None and knowledge.actions[rule.action].local_treatment
    ]


def treated(rule: str, engine: Engine) -> list[tuple[dict[str, Any], dict[str, Any]]]:
    """Known patients for whom a rule fires because of their lesions, not of an assertion about all of them."""
    examples = [(dict(one.given), dict(one.policy)) for one in engine.knowledge.rules[rule].examples]
    found = []
    for given, policy in (*examples, *((one["patient"], one["policy"]) for one in SCENARIOS)):
        plain = {name: value for name, value in given.get("diagnosis", {}).items() if name not in ASSERTED}
        patient = {**given, "diagnosis": plain}
        if patient.get("lesions") and engine.evaluate(patient, policy).verdicts[rule] == "fires":
            found.append((patient, policy))
    return found[:4]


def test_what_advises_local_treatment_is_declared(knowledge: Knowledge) -> None:
    assert set(local_rules(knowledge)) == LOCAL


# Rules that name radiotherapy or an operation and advise neither: risks, plans, reviews, questions.
SPEAKS_ONLY = {
    "act-on-lvef-fall", "adjuvant-anti-her2-duration", "bone-agent-combinations",
    "check-radiotherapy-after-surgery", "complete-bone-radiotherapy-plan", "complete-individual-profile",
    "complete-radiotherapy-plan", "know-bone-agent-radiotherapy-compatible",
    "manage-other-radiotherapy-effects", "multidisciplinary-team", "no-set-scheme-radiotherapy-immunotherapy",
    "outside-rtog1112-criteria", "radiotherapy-with-anti-her2", "respect-spinal-cord-tolerance",
    "sbrt-added-to-sorafenib", "sbrt-dose-and-fractionation", "surgical-review-before-fracture",
    "talk-with-the-patient", "watch-cardiac-safety", "weigh-rtog1112-evidence",
}  # fmt: skip


def test_every_rule_that_speaks_of_local_treatment_advises_it_or_is_known_not_to(knowledge: Knowledge) -> None:
    speaking = {
        rule.action
        for rule in knowledge.rules.values()
        if rule.action is not None and any(word in rule.then.zh for word in ("放疗", "手术", "骨水泥", "SBRT"))
    }
    assert {name for name in speaking if not knowledge.actions[name].local_treatment} == SPEAKS_ONLY


@pytest.mark.parametrize("rule", sorted(LOCAL))
def test_a_lesion_that_is_resolved_suspected_or_the_primary_is_not_treated(engine: Engine, rule: str) -> None:
    patients = treated(rule, engine)
    assert patients
    changes: list[dict[str, Any]] = [{"trend": "resolved"}, {"status": "suspected"}]
    changes += [] if rule in OF_THE_PRIMARY_TOO else [{"is_primary": True}]
    for patient, policy in patients:
        for change in changes:
            changed = {**patient, "lesions": [lesion | change for lesion in patient["lesions"]]}
            assert engine.evaluate(changed, policy).verdicts[rule] != "fires", change


def breast(*lesions: dict[str, Any], **more: Any) -> dict[str, Any]:
    return {"diagnosis": {"tumour_type": "breast", "extent": "metastatic"}, "lesions": list(lesions), **more}


def ground(evaluation: Evaluation, rule: str, lesion: str | None = None) -> Ground:
    return next(
        one
        for item in evaluation.advice
        for one in item.grounds
        if one.rule == rule and (lesion is None or item.lesion == lesion)
    )


def critical(evaluation: Evaluation) -> set[str]:
    notices = {notice.id for notice in evaluation.notices if notice.urgency == "critical"}
    return notices | {item.action for item in evaluation.advice if item.urgency == "critical"}


CONFIRMED = {"organ": "bone", "status": "confirmed"}


@pytest.mark.parametrize("status", ["suspected", None])
@pytest.mark.parametrize("tumour", ["breast", "nsclc"])
def test_an_emergency_does_not_wait_for_the_lesion_to_be_established(
    engine: Engine, tumour: str, status: str | None
) -> None:
    lesion = {"organ": "bone", "site": "thoracic_spine", "cord_threat": True}
    lesion |= {} if status is None else {"status": status}
    evaluation = engine.evaluate({"diagnosis": {"tumour_type": tumour}, "lesions": [lesion]})
    assert "spinal-cord-compression-alert" in critical(evaluation)


@pytest.mark.parametrize(
    "danger", ["cord_threat", "impending_fracture", "fracture_risk", "spinal_instability", "neurovascular_compression"]
)
def test_a_danger_in_a_resolved_lesion_is_a_contradiction_that_is_asked_about(engine: Engine, danger: str) -> None:
    lesion = {**CONFIRMED, "id": "L1", "site": "thoracic_spine", "trend": "resolved"}
    quiet = engine.evaluate(breast(lesion))
    assert "danger-in-a-resolved-lesion" not in {one.id for one in quiet.data_conflicts}
    evaluation = engine.evaluate(breast(lesion | {danger: True}))
    assert "danger-in-a-resolved-lesion" in {one.id for one in evaluation.data_conflicts}
    assert "lesions[L1].trend" in {one.fact for one in evaluation.questions.clinician}
    if danger in ("cord_threat", "impending_fracture", "spinal_instability"):
        assert critical(evaluation)


@pytest.mark.parametrize("site", ["femur", "humerus", "pelvis", None])
@pytest.mark.parametrize("status", ["confirmed", "suspected", None])
@pytest.mark.parametrize("tumour", ["breast", "nsclc", "hcc", "prostate", None])
@pytest.mark.parametrize("ret", ["positive", None])
def test_an_impending_fracture_is_critical_whatever_the_tumour(
    engine: Engine, tumour: str | None, status: str | None, site: str | None, ret: str | None
) -> None:
    lesion = {"organ": "bone", "impending_fracture": True, "status": status, "site": site}
    patient = {
        "diagnosis": {"tumour_type": tumour},
        "biomarkers": {"ret_fusion": ret},
        "lesions": [{name: value for name, value in lesion.items() if value is not None}],
    }
    evaluation = engine.evaluate(
        {
            group: {name: value for name, value in named.items() if value} if isinstance(named, dict) else named
            for group, named in patient.items()
        }
    )
    assert critical(evaluation) & {
        "impending-fracture-surgery-first",
        "local-treatment-of-bone-lesion",
        "surgical-review-before-fracture",
    }


@pytest.mark.parametrize("tumour", ["breast", "nsclc", "prostate"])
def test_a_risk_of_fracture_is_no_emergency(engine: Engine, tumour: str) -> None:
    lesion = {**CONFIRMED, "site": "femur", "fracture_risk": True, "impending_fracture": False}
    evaluation = engine.evaluate({"diagnosis": {"tumour_type": tumour}, "lesions": [lesion]})
    assert not critical(evaluation)


def test_a_suspected_lesion_about_to_fracture_is_confirmed_and_assessed(engine: Engine) -> None:
    patient = {
        "diagnosis": {"tumour_type": "nsclc", "bone_metastases": True},
        "biomarkers": {"ret_fusion": "positive"},
        "lesions": [{"organ": "bone", "site": "femur", "status": "suspected", "impending_fracture": True}],
    }
    evaluation = engine.evaluate(patient)
    assert evaluation.verdicts["RETBM-14"] == "silent"
    assert {"impending-fracture-in-a-suspected-lesion", "impending-fracture-surgery-first"} <= critical(evaluation)
    established = {**patient, "lesions": [{**CONFIRMED, "site": "femur", "impending_fracture": True}]}
    told = engine.evaluate(established)
    assert told.verdicts["RETBM-14"] == "fires"
    assert critical(told) == {"local-treatment-of-bone-lesion"}


@pytest.mark.parametrize("organ", ["soft_tissue", "node", "pleura", None])
@pytest.mark.parametrize("tumour", ["breast", "nsclc", "prostate"])
def test_a_mass_outside_bone_that_threatens_the_cord_is_critical_and_the_signs_are_asked_for(
    engine: Engine, tumour: str, organ: str | None
) -> None:
    lesion: dict[str, Any] = {"status": "imaging_positive", "cord_threat": True}
    lesion |= {} if organ is None else {"organ": organ}
    patient: dict[str, Any] = {"diagnosis": {"tumour_type": tumour}, "lesions": [lesion]}
    evaluation = engine.evaluate(patient)
    assert "mass-outside-bone-threatens-the-cord" in critical(evaluation)
    if organ is not None:
        assert "symptoms.cord_signs" in {one.fact for one in evaluation.questions.clinician}
    absent = engine.evaluate(patient | {"symptoms": {"cord_signs": False}})
    assert "mass-outside-bone-threatens-the-cord" in critical(absent)


@pytest.mark.parametrize(
    ("dangers", "stands"),
    [
        ({"fracture_risk": True}, False),
        ({"impending_fracture": True}, False),
        ({"cord_threat": True}, True),
        ({"cord_threat": True, "fracture_risk": True}, True),
        ({"neurovascular_compression": True}, True),
        ({"spinal_instability": True}, True),
    ],
)
def test_radiotherapy_steps_back_behind_surgical_review_for_the_risk_of_fracture_only(
    engine: Engine, dangers: dict[str, Any], stands: bool
) -> None:
    lesion = {**CONFIRMED, "id": "L1", "site": "thoracic_spine", "painful": True, **dangers}
    other = {**CONFIRMED, "id": "L2", "site": "rib", "painful": True, "fracture_risk": False}
    evaluation = engine.evaluate(breast(lesion, other))
    assert (ground(evaluation, "BCBM-38", "L1").status == "active") is stands
    assert ground(evaluation, "BCBM-38", "L2").status == "active"


def lung(*lesions: dict[str, Any], **more: Any) -> dict[str, Any]:
    return {
        "diagnosis": {"tumour_type": "nsclc", "extent": "metastatic"},
        "lesions": list(lesions),
        "medications": [{"drug": "pembrolizumab", "status": "active"}],
        **more,
    }


@pytest.mark.parametrize(("target", "stands"), [("L1", False), ("L2", True), (None, True)])
def test_open_questions_of_immunotherapy_step_back_where_the_target_is_what_hurts(
    engine: Engine, target: str | None, stands: bool
) -> None:
    hurts = {**CONFIRMED, "id": "L1", "site": "rib", "painful": True, "pain_significant": True}
    quiet = {**CONFIRMED, "id": "L2", "site": "pelvis", "symptomatic": False}
    course = {"site": "bone", "status": "planned", "field": "whole_bone"} | ({"targets": [target]} if target else {})
    evaluation = engine.evaluate(lung(hurts, quiet, radiotherapy=[course]))
    for rule in ("LCBM-09", "LCBM-20"):
        assert (ground(evaluation, rule).status == "active") is stands
    assert ground(evaluation, "LCBM-23").status == "active"


def test_must_is_kept_for_a_lesion_judged_to_need_local_treatment(engine: Engine) -> None:
    needs = {**CONFIRMED, "id": "L1", "site": "rib", "local_intervention_required": True}
    hurts = {**CONFIRMED, "id": "L2", "site": "pelvis", "symptomatic": True}
    evaluation = engine.evaluate(lung(needs, hurts))
    assert ground(evaluation, "LCBM-03", "L1").strength.reading == "must"
    assert ground(evaluation, "LCBM-03", "L2").strength.reading == "should"


def test_weight_bearing_bone_that_is_destroyed_is_a_traditional_indication(engine: Engine) -> None:
    sound = {**CONFIRMED, "id": "L1", "site": "femur", "bone_pattern": "blastic"}
    destroyed = {**CONFIRMED, "id": "L2", "site": "tibia", "bone_pattern": "lytic"}
    evaluation = engine.evaluate(lung(sound, destroyed))
    one, two = (ground(evaluation, "LCBM-12", lesion) for lesion in ("L1", "L2"))
    assert (one.urgency, one.strength.reading) == ("info", "may")
    assert (two.urgency, two.strength.reading) == ("warning", "should")
