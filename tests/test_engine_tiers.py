"""Emergencies and contraindications hold only what is truly that; everything else must not borrow their place."""

from __future__ import annotations

from pathlib import Path

import pytest

from corpus import SCENARIOS
from oncocds.advice.result import Evaluation
from oncocds.engine import Engine
from oncocds.knowledge.knowledge import Knowledge
from oncocds.scenarios.matrix import answer, read_files
from oncocds.scenarios.site import site

FEATURES = Path(__file__).parent.parent / "features"

# Rules whose passage speaks of a danger that does not wait. One more here is a decision, not an accident.
CRITICAL = {"HER2RT-16", "BCBM-06", "BCBM-07", "BCBM-62", "RETBM-14"}


@pytest.fixture(scope="module")
def answers(engine: Engine, strict: Engine) -> list[Evaluation]:
    found = [each.evaluate(case["patient"], case["policy"]) for case in SCENARIOS for each in (engine, strict)]
    return found + [answer(story, site()) for story in read_files([FEATURES], site())]


def test_only_these_rules_are_critical(knowledge: Knowledge) -> None:
    critical = {rule.id for rule in knowledge.rules.values() if rule.urgency == "critical"}
    assert critical <= CRITICAL


def test_the_emergency_tier_holds_only_what_is_critical_now(answers: list[Evaluation]) -> None:
    items = [item for answer in answers for item in answer.advice if item.tier == "emergency"]
    assert items
    for item in items:
        standing = [ground for ground in item.grounds if ground.status == item.status]
        assert any(ground.urgency == "critical" for ground in standing), item.action
        assert item.urgency == "critical"


def test_whatever_is_critical_is_in_one_of_the_two_tiers(answers: list[Evaluation]) -> None:
    for answer_ in answers:
        for item in answer_.advice:
            active = [ground for ground in item.grounds if ground.status == "active"]
            if any(ground.urgency == "critical" for ground in active):
                assert item.tier in ("emergency", "contraindication"), item.action


def test_the_contraindication_tier_holds_only_contraindications(
    answers: list[Evaluation], knowledge: Knowledge
) -> None:
    items = [item for answer in answers for item in answer.advice if item.tier == "contraindication"]
    assert items
    assert {ground.kind for item in items for ground in item.grounds} == {"contraindication"}
    tiers = {
        knowledge.actions[rule.action].tier
        for rule in knowledge.rules.values()
        if rule.kind == "contraindication" and rule.action
    }
    assert tiers == {"contraindication"}


def test_emergencies_stand_in_the_order_in_which_they_do_not_wait(engine: Engine) -> None:
    answer_ = engine.evaluate(
        {
            "diagnosis": {"tumour_type": "breast"},
            "biomarkers": {"her2_status": "positive"},
            "symptoms": {"cord_signs": True},
            "lesions": [{"organ": "bone", "status": "imaging_positive", "cord_threat": True}],
            "labs": {
                "calcium": {"value": 3.3, "unit": "mmol/L", "reference_high": 2.6},
                "albumin": {"value": 40, "unit": "g/L"},
            },
            "cardiac": {"marked_decline": True},
            "medications": [{"drug": "trastuzumab", "status": "active"}],
            "radiotherapy": [{"site": "bone", "status": "planned"}],
        }
    )
    assert [item.action for item in answer_.advice if item.tier == "emergency"] == [
        "spinal-cord-compression-alert",
        "hypercalcaemia-alert",
        "act-on-lvef-fall",
    ]


def test_a_threatened_cord_comes_before_an_impending_fracture(engine: Engine) -> None:
    femur = {"organ": "bone", "site": "femur", "status": "imaging_positive", "impending_fracture": True}
    answer_ = engine.evaluate(
        {
            "diagnosis": {"tumour_type": "nsclc"},
            "biomarkers": {"ret_fusion": "positive"},
            "symptoms": {"cord_signs": True},
            "lesions": [{**femur, "solitary": True}],
        }
    )
    assert [item.action for item in answer_.advice if item.tier == "emergency"] == [
        "spinal-cord-compression-alert",
        "local-treatment-of-bone-lesion",
    ]


def test_every_action_that_can_be_an_emergency_has_its_rank(knowledge: Knowledge) -> None:
    alerts = {rule.action for rule in knowledge.rules.values() if rule.urgency == "critical" and rule.action}
    for note in knowledge.notes.values():
        if note.urgency == "critical":
            alerts |= {knowledge.rules[rule].action for rule in note.attached_to}
    ranked = [action for action in alerts if action and knowledge.actions[action].tier != "contraindication"]
    ranks = [knowledge.actions[action].emergency_rank for action in ranked]
    assert sorted(ranks) == list(range(1, len(ranks) + 1))
