"""The catalogue of scenarios is the contract: every verdict and every attached evidence note, case by case."""

from __future__ import annotations

from typing import Any

import pytest

from corpus import CATALOGUED, SCENARIOS
from oncocds.engine import Engine


@pytest.mark.parametrize("case", SCENARIOS, ids=[f"{c['scenario']}{c['case'][0]}" for c in SCENARIOS])
def test_verdicts_of_every_case(strict: Engine, case: dict[str, Any]) -> None:
    evaluation = strict.evaluate(case["patient"], case["policy"])
    fired = {rule for rule, verdict in evaluation.verdicts.items() if verdict == "fires"}
    undetermined = {rule for rule, verdict in evaluation.verdicts.items() if verdict == "undetermined"}
    known = strict.knowledge.rules.keys() & CATALOGUED
    assert fired & known == set(case["fires"]) & known
    assert undetermined & known == set(case["undetermined"]) & known
    grounds = [ground for item in evaluation.advice for ground in item.grounds]
    attached = {rule for ground in grounds for rule in ground.supported_by}
    attached |= {held.rule for ground in grounds for held in ground.withheld}
    assert attached & known == set(case["evidence"]) & known


def test_every_undetermined_rule_asks_for_a_fact(strict: Engine) -> None:
    for case in SCENARIOS:
        evaluation = strict.evaluate(case["patient"], case["policy"])
        questions = [*evaluation.questions.clinician, *evaluation.questions.site]
        asked_for = {rule for question in questions for rule in question.would_decide}
        assert {rule for rule, verdict in evaluation.verdicts.items() if verdict == "undetermined"} <= asked_for


def test_every_fired_rule_is_in_exactly_the_item_of_its_action(strict: Engine) -> None:
    for case in SCENARIOS:
        evaluation = strict.evaluate(case["patient"], case["policy"])
        shown = {(item.action, ground.rule) for item in evaluation.advice for ground in item.grounds}
        fired = {rule for rule, verdict in evaluation.verdicts.items() if verdict == "fires"}
        acting = {(strict.knowledge.rules[rule].action, rule) for rule in fired}
        assert shown == {(action, rule) for action, rule in acting if action is not None}
        spoken_for = {rule for notice in evaluation.notices for rule in strict.knowledge.notes[notice.id].rules}
        assert {rule for action, rule in acting if action is None} <= spoken_for


def test_every_quote_of_every_answer_is_found_at_its_offsets(engine: Engine) -> None:
    for case in SCENARIOS:
        evaluation = engine.evaluate(case["patient"])
        passages = [p for item in evaluation.advice for ground in item.grounds for p in ground.passages]
        passages += [p for conflict in evaluation.conflicts for side in conflict.sides for p in side.passages]
        passages += [p for notice in evaluation.notices for p in notice.passages]
        for passage in passages:
            text = engine.knowledge.documents[passage.document].text
            assert text[passage.start : passage.end] == passage.quote
            assert passage.quote in passage.sentence
