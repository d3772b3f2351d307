"""The heart follows the drug: who is alerted, which advice steps back, and for how long nothing is called safe."""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import Any

import pytest

from oncocds.advice.result import Evaluation, Ground
from oncocds.engine import Engine, directories
from oncocds.knowledge.knowledge import Knowledge

ON_TRASTUZUMAB: dict[str, Any] = {
    "diagnosis": {"tumour_type": "breast", "extent": "early"},
    "biomarkers": {"her2_status": "positive"},
    "treatment": {"phase": "adjuvant"},
    "surgeries": ["breast_conserving"],
    "medications": [{"drug": "trastuzumab", "status": "active"}],
    "radiotherapy": [{"site": "breast", "status": "planned"}],
}
METASTATIC: dict[str, Any] = {
    "diagnosis": {"tumour_type": "breast", "extent": "metastatic", "brain_oligo_new": True},
    "biomarkers": {"her2_status": "positive", "hr_status": "negative"},
    "chemotherapy_tolerance": "tolerates",
    "lesions": [{"organ": "bone", "site": "rib", "status": "confirmed"}, {"organ": "brain", "status": "confirmed"}],
    "medications": [{"drug": "trastuzumab", "status": "active"}],
    "radiotherapy": [{"site": "brain", "status": "planned"}],
}
FELL = {"cardiac": {"marked_decline": True}}
GIVE = {"HER2RT-01", "HER2RT-03", "HER2RT-04", "HER2RT-05", "HER2RT-11", "BCBM-31", "BCBM-35", "BCBM-36"}


def grounds(evaluation: Evaluation) -> dict[str, Ground]:
    return {ground.rule: ground for item in evaluation.advice for ground in item.grounds}


def active(evaluation: Evaluation) -> set[str]:
    return {rule for rule, ground in grounds(evaluation).items() if ground.status == "active"}


@pytest.mark.parametrize(
    ("tumour", "her2", "drug"),
    [("breast", "1+", "t_dxd"), ("gastric", "3+", "trastuzumab"), ("nsclc", None, "t_dxd"), ("other", None, "t_dm1")],
)
def test_a_fall_on_an_anti_her2_drug_alerts_whatever_tumour_and_her2_status(
    engine: Engine, tumour: str, her2: str | None, drug: str
) -> None:
    patient: dict[str, Any] = {
        "diagnosis": {"tumour_type": tumour},
        "medications": [{"drug": drug, "status": "active"}],
        **FELL,
    }
    if her2 is not None:
        patient["biomarkers"] = {"her2_ihc": her2}
    found = grounds(engine.evaluate(patient))
    assert found["HER2RT-16"].urgency == "critical"
    for rule in ("HER2RT-13", "HER2RT-15", "HER2RT-16"):
        assert found[rule].origin == "extrapolated"
    off = engine.evaluate(patient, {"echo_without_radiotherapy": False}).verdicts
    assert {off[rule] for rule in ("HER2RT-13", "HER2RT-15", "HER2RT-16")} <= {"silent"}


def test_the_alert_says_during_therapy_only_of_a_drug_in_use(engine: Engine) -> None:
    in_use = grounds(engine.evaluate(ON_TRASTUZUMAB | FELL))["HER2RT-16"].text
    planned = {**ON_TRASTUZUMAB, "medications": [{"drug": "trastuzumab", "status": "planned"}]}
    to_come = grounds(engine.evaluate(planned | FELL))["HER2RT-16"].text
    assert "抗HER2治疗期间" in in_use.zh
    assert "during anti-HER2 therapy" in in_use.en
    assert "期间" not in to_come.zh
    assert "anti-HER2 therapy planned" in to_come.en


@pytest.mark.parametrize("patient", [ON_TRASTUZUMAB, METASTATIC], ids=["adjuvant", "metastatic"])
def test_advice_to_give_an_anti_her2_drug_steps_back_on_a_fall(engine: Engine, patient: dict[str, Any]) -> None:
    assert active(engine.evaluate(patient)) & GIVE
    fallen = engine.evaluate(patient | FELL)
    assert not active(fallen) & GIVE
    assert "HER2RT-16" in active(fallen)


def test_the_two_patients_show_all_advice_to_give_an_anti_her2_drug(engine: Engine, knowledge: Knowledge) -> None:
    shown = active(engine.evaluate(ON_TRASTUZUMAB)) | active(engine.evaluate(METASTATIC))
    declared = {
        rule.id
        for rule in knowledge.rules.values()
        if rule.action is not None and knowledge.actions[rule.action].gives == ("anti_her2",)
    }
    assert shown >= declared == GIVE


def test_it_is_not_started_either_after_a_fall(engine: Engine) -> None:
    stopped = {**METASTATIC, "medications": [{"drug": "trastuzumab", "status": "stopped"}]}
    evaluation = engine.evaluate(stopped | FELL)
    assert evaluation.verdicts["HER2RT-16"] == "silent"
    assert not active(evaluation) & GIVE
    (demotion,) = grounds(evaluation)["BCBM-35"].demoted_by
    assert demotion.by == []
    assert "明显下降" in demotion.zh


@pytest.mark.parametrize(
    ("cardiac", "policy", "stands"),
    [
        ({}, {}, True),
        ({"lvef_baseline": 62, "lvef_latest": 62}, {}, True),
        ({"lvef_baseline": 62, "lvef_latest": 58}, {}, False),
        ({"lvef_baseline": 62, "lvef_latest": 58}, {"lvef_drop_abs": 10}, True),
        ({"lvef_baseline": 62, "lvef_latest": 58, "marked_decline": False}, {}, True),
        ({"lvef_latest": 50}, {}, True),
        ({"lvef_latest": 49}, {}, False),
        ({"lvef_baseline": 45, "lvef_latest": 46}, {}, False),
        ({"lvef_baseline": 52, "lvef_latest": 48}, {"lvef_drop_abs": 10}, False),
        ({"lvef_latest": 48, "marked_decline": False}, {}, True),
    ],
)
def test_nothing_is_called_safe_until_a_low_or_lower_ejection_fraction_is_judged(
    engine: Engine, cardiac: dict[str, Any], policy: dict[str, Any], stands: bool
) -> None:
    evaluation = engine.evaluate(ON_TRASTUZUMAB | {"cardiac": cardiac}, policy)
    safe = {"HER2RT-01", "HER2RT-04"}
    assert (active(evaluation) & safe == safe) is stands
    assert bool(active(evaluation) & safe) is stands
    held = {one.rule for ground in grounds(evaluation).values() for one in ground.withheld}
    assert ("HER2RT-24" in held) is not stands


def test_a_rule_added_to_such_an_action_steps_back_without_being_named(tmp_path: Path) -> None:
    rules, seeds = directories(None)
    shutil.copytree(rules, tmp_path / "rules")
    shutil.copytree(seeds, tmp_path / "seeds")
    action = tmp_path / "rules" / "actions" / "talk-with-the-patient.yaml"
    action.write_text(action.read_text("utf-8") + "gives: [anti_her2]\n", "utf-8")
    engine = Engine.load(knowledge=tmp_path)
    assert "HER2RT-22" in active(engine.evaluate(ON_TRASTUZUMAB))
    assert "HER2RT-22" not in active(engine.evaluate(ON_TRASTUZUMAB | FELL))


# Rules that speak of an anti-HER2 drug, or of anti-HER2 therapy, and do not say to give it: warnings, care, questions.
SPEAKS_ONLY = {"watch-cardiac-safety", "manage-other-radiotherapy-effects", "multidisciplinary-team"}
SPEAKS_ONLY |= {"complete-individual-profile", "talk-with-the-patient"}


def test_every_rule_that_speaks_of_anti_her2_therapy_gives_it_or_is_known_not_to(knowledge: Knowledge) -> None:
    names = ["抗HER2", *(drug.label.zh for drug in knowledge.vocabulary.drugs.values() if "anti_her2" in drug.classes)]
    speaking = {
        rule.action
        for rule in knowledge.rules.values()
        if rule.action is not None and any(name in rule.then.zh for name in names)
    }
    assert {name for name in speaking if knowledge.actions[name].gives == ()} == SPEAKS_ONLY
