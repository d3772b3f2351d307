"""Laws that hold for every patient, tried on variations of every known one."""

from __future__ import annotations

import datetime
import random
from functools import cache
from typing import Any

from hypothesis import assume, given, settings
from hypothesis import strategies as st

from corpus import SCENARIOS, leaves, name_of, without
from oncocds import Profile
from oncocds.engine import Engine, directories, load_bundled_or
from oncocds.language.explain import Explainer
from oncocds.language.truth import truth
from oncocds.profile.facts import PatientFacts
from oncocds.profile.identity import identified
from oncocds.profile.policy import STRICT
from oncocds.profile.reading import read_policy, read_profile
from oncocds.proofs.declared import read_declared
from oncocds.proofs.situation import read_by

KNOWLEDGE = load_bundled_or(None)
ENGINE = Engine(KNOWLEDGE, STRICT)
PATIENTS: list[tuple[dict[str, Any], dict[str, Any]]] = [(c["patient"], c["policy"]) for c in SCENARIOS] + [
    (dict(e.given), dict(e.policy)) for rule in KNOWLEDGE.rules.values() for e in rule.examples
]
CASES = st.sampled_from(PATIENTS)


def shuffled(value: Any, order: random.Random) -> Any:
    if isinstance(value, dict):
        keys = list(value)
        order.shuffle(keys)
        return {key: shuffled(value[key], order) for key in keys}
    if isinstance(value, list):
        items = [shuffled(item, order) for item in value]
        order.shuffle(items)
        return items
    return value


@settings(max_examples=150)
@given(CASES, st.randoms(use_true_random=False))
def test_order_of_keys_and_lists_does_not_change_the_answer(
    case: tuple[dict[str, Any], dict[str, Any]], order: random.Random
) -> None:
    patient, policy = case
    one = ENGINE.evaluate(patient, policy, "2026-01-01")
    other = ENGINE.evaluate(shuffled(patient, order), policy, "2026-01-01")
    assert other.model_dump_json() == one.model_dump_json()


DECLARED = read_declared(directories(None)[0], KNOWLEDGE)


@cache
def facts_of(rule: str) -> frozenset[str]:
    return read_by(KNOWLEDGE.rule_condition(rule), KNOWLEDGE)


def exempt(rule: str, fact: str) -> bool:
    """Whether learning a fact may turn a rule: what it asks is whether facts are known, or it is declared."""
    read = facts_of(rule)
    return "is known" in read or fact in DECLARED.may_turn(read)


@settings(max_examples=600)
@given(CASES, st.data())
def test_learning_an_open_world_fact_never_flips_a_verdict(
    case: tuple[dict[str, Any], dict[str, Any]], data: st.DataObject
) -> None:
    patient, policy = case
    known = [path for path in leaves(patient) if path[-1] not in ("id", "unit", "name") and path[0] != "weight"]
    assume(known)
    path = data.draw(st.sampled_from(known))
    fact = name_of(path)
    field = KNOWLEDGE.vocabulary.fields.get(fact)
    assume(field is None or field.world == "input")
    less = without(patient, path)
    assume(not (path == ("lesions",) and any(course.get("targets") for course in less.get("radiotherapy", []))))
    before = ENGINE.evaluate(less, policy, begin=False).verdicts
    evaluation = ENGINE.evaluate(patient, policy, begin=False)
    assume(not any(conflict.severity == "contradiction" for conflict in evaluation.data_conflicts))
    for rule, verdict in evaluation.verdicts.items():
        if before[rule] != "undetermined" and before[rule] != verdict:
            assert verdict != "undetermined" or exempt(rule, fact), f"{rule} became undetermined by learning {fact}"
            assert exempt(rule, fact), f"{rule}: {before[rule]} → {verdict} by learning {fact}"


@settings(max_examples=200)
@given(CASES, st.data())
def test_agenda_compiled_reading_and_definition_of_truth_agree(
    case: tuple[dict[str, Any], dict[str, Any]], data: st.DataObject
) -> None:
    patient, policy = case
    for _ in range(data.draw(st.integers(0, 3))):
        known = [path for path in leaves(patient) if path[-1] not in ("id", "unit", "name", "value")]
        if not known:
            break
        path = data.draw(st.sampled_from(known))
        if path == ("lesions",):
            continue
        patient = without(patient, path)
    profile = identified(read_profile(patient, KNOWLEDGE.vocabulary))
    facts = PatientFacts(
        profile, read_policy(policy, KNOWLEDGE.vocabulary), KNOWLEDGE.vocabulary, datetime.date(2026, 1, 1)
    )
    # evaluate() itself raises where agenda and compiled reading differ
    evaluation = ENGINE.evaluate(patient, policy, begin=False)
    verdicts = evaluation.verdicts
    questions = (*evaluation.questions.clinician, *evaluation.questions.site)
    explainer = Explainer(facts, KNOWLEDGE)
    words = {True: "fires", False: "silent", None: "undetermined"}
    for rule, condition in KNOWLEDGE.conditions.items():
        defined = truth(condition, facts, KNOWLEDGE)
        assert words[defined] == verdicts[rule], rule
        explained = explainer.explain(condition)
        assert explained.truth is defined, rule
        assert (defined is None) == bool(explained.missing), rule
        assert {one.fact for one in questions if rule in one.would_decide} == set(explained.missing), rule


@settings(max_examples=150)
@given(CASES)
def test_profile_to_json_and_back_is_the_identity(case: tuple[dict[str, Any], dict[str, Any]]) -> None:
    profile = read_profile(case[0], KNOWLEDGE.vocabulary)
    text = profile.model_dump_json(by_alias=True)
    assert read_profile(text, KNOWLEDGE.vocabulary) == profile
    assert Profile.model_validate_json(text) == profile
