"""Laws that hold for every patient, tried on variations of every known one."""

from __future__ import annotations

import datetime
import random
from functools import cache
from typing import Any

from hypothesis import assume, given, settings
from hypothesis import strategies as st

from corpus import SCENARIOS, leaves, name_of, without
from oncocds.engine import Engine, load_bundled_or
from oncocds.language import references
from oncocds.language.explain import Explainer
from oncocds.language.tree import Compare, Condition, Count, Known, Quantified
from oncocds.language.truth import truth
from oncocds.profile.facts import PatientFacts
from oncocds.profile.identity import identified
from oncocds.profile.models import Profile
from oncocds.profile.policy import STRICT
from oncocds.profile.reading import read_policy, read_profile

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


@cache
def facts_read(rule: str) -> frozenset[str]:
    """Every fact a rule reads, through concepts and other rules."""
    found: set[str] = set()

    def visit(condition: Condition, inside: str | None) -> None:
        for part in references.walk(condition):
            if isinstance(part, Quantified | Count):
                found.add(part.list)
                found.update(
                    f"{part.list}.{leaf.fact}" for leaf in references.walk(part.where) if hasattr(leaf, "fact")
                )
            elif isinstance(part, Compare | Known):
                found.add(part.fact)
        for concept in references.concepts(condition):
            visit(KNOWLEDGE.concept_condition(concept), None)
        for other in references.rules(condition):
            visit(KNOWLEDGE.rule_condition(other), None)

    visit(KNOWLEDGE.rule_condition(rule), None)
    return frozenset(found)


@cache
def asks_whether_known(rule: str) -> bool:
    """Data requests and guards read knownness itself: learning the fact is meant to change them."""
    conditions = [KNOWLEDGE.rule_condition(rule)]
    while conditions:
        condition = conditions.pop()
        if any(isinstance(part, Known) for part in references.walk(condition)):
            return True
        conditions += [KNOWLEDGE.concept_condition(concept) for concept in references.concepts(condition)]
        conditions += [KNOWLEDGE.rule_condition(other) for other in references.rules(condition)]
    return False


def exempt(rule: str, fact: str) -> str | None:
    """Return why learning a fact may flip a rule, or None where it never may."""
    read = facts_read(rule)
    if asks_whether_known(rule):
        return "the rule asks whether a fact is known"
    if fact.startswith(("labs.calcium", "labs.albumin")) and read & {
        "derived.hypercalcaemia",
        "derived.bone_metastases_suspected",
        "derived.skeletal_event_on_bone_agent",
    }:
        return "a present calcium overrides a recorded event, and an unmeasured one is no suspicion"
    if fact.startswith(("labs.alp", "labs.tracp5b")) and f"{fact.rpartition('.')[0]}.interpretation" in read:
        return "a reading that is not recorded counts as normal (closed world) until a value and its limit are there"
    if fact.startswith("lesions") and "derived.bone_metastases_suspected" in read:
        return "suspicion ends where bone metastasis is established"
    if fact in ("medications.start_date", "medications.stop_date", "plans.stop_bma_reason") and read & {
        "derived.bone_agents_together",
        "derived.bone_agent_stop_reason",
    }:
        return "a missing date or reason proves nothing: two agents alarm until shown to be in sequence or a switch"
    if fact == "medications.indication" and "medications.for_bone_metastasis" in read:
        return "without an indication a bone agent in oncological use is taken as given for bone metastasis"
    if fact in ("lesions.trend", "lesions.imaging", "lesions.site", "lesions.bone_pattern"):
        return "a lesion counts as present until recorded as resolved; its status and structure have defaults"
    if "lesions.sbrt_selected" in read and (fact == "lesions.sbrt_selected" or fact.startswith("radiotherapy")):
        return "nothing recorded means not selected until radiotherapy of the lesion is planned or ongoing"
    if fact == "symptoms.cord_signs" and "lesions.critical_site" in read:
        return "beside cord signs a thoracic or lumbar lesion is asked about; without them it is no critical site"
    if fact == "radiotherapy.laterality" and "radiotherapy.laterality" in read:
        return "the side of the tumour stands in until the course's is known"
    if fact == "lesions.local_intervention_required":
        return "in a bone lesion nothing recorded means that no local intervention is required"
    if fact == "lesions.painful" and read & {"lesions.pain_significant", "lesions.qol_impaired"}:
        return "what pain does to the patient counts as no until the lesion is known to hurt, and is asked then"
    if fact == "lesions.painful" and rule in {"BCBM-38", "BCBM-47"}:
        return "recorded pain makes a lesion symptomatic, against symptomatic = false (a contradiction)"
    return None


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
    before = ENGINE.evaluate(less, policy).verdicts
    evaluation = ENGINE.evaluate(patient, policy)
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
    evaluation = ENGINE.evaluate(patient, policy)
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
