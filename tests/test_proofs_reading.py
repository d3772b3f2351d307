"""The SMT reading is one more reading of the rules: on every concrete patient it says what the others say."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from corpus import SCENARIOS, leaves, without
from oncocds.engine import Engine
from oncocds.language.explain import Explainer
from oncocds.language.truth import truth
from oncocds.profile.derived import DERIVED, EFFECTIVE
from oncocds.profile.policy import STRICT
from profile_strategies import INCOMPLETE, PROFILES
from proofs_support import DISPLAYED_ONLY, KNOWLEDGE, READING, Modelled, concrete, facts_of, renamed, short_enough

PATIENTS: list[tuple[dict[str, Any], dict[str, Any]]] = [(c["patient"], c["policy"]) for c in SCENARIOS] + [
    (dict(e.given), dict(e.policy)) for rule in KNOWLEDGE.rules.values() for e in rule.examples
]
ENGINE = Engine(KNOWLEDGE, STRICT)
TRUTHS = {"fires": True, "silent": False, "undetermined": None}
POLICIES = st.fixed_dictionaries(
    {},
    optional={
        "lvef_drop_abs": st.sampled_from([5, 10.5]),
        "brain_oligo_max": st.integers(0, 3),
        "oligomet_max": st.integers(0, 3),
        "pain_nrs": st.integers(0, 10),
        "elderly_age": st.just(65),
        "crcl_low": st.sampled_from([30, 60]),
        "cns_counts_as_visceral": st.booleans(),
        "cross_tumour_safety": st.booleans(),
        "cross_tumour_emergencies": st.booleans(),
        "echo_without_radiotherapy": st.booleans(),
    },
)
# What rests on a product of two measurements is any number to the SMT reading.
UNINTERPRETED = {
    *DISPLAYED_ONLY,
    "derived.creatinine_clearance",
    "derived.renal_concern",
    "derived.severe_renal_impairment",
    "radiotherapy.bed10_gy",
}


def check(patient: dict[str, Any], policy: dict[str, Any]) -> None:
    facts = facts_of(patient, policy)
    modelled = Modelled(patient, policy)
    opened = READING.facts()
    for name in DERIVED:
        if name in UNINTERPRETED:
            continue
        symbol, finding = opened.finding(name), facts.finding(name)
        assert modelled.value(symbol) == concrete(finding, symbol.kind), name
        assert modelled.missing(symbol) == {renamed(path, facts) for path in finding.missing}, name
    for name, fields in EFFECTIVE.items():
        for item, place in zip(facts.items(name) or (), opened.slots[name], strict=False):
            for field in fields:
                if f"{name}.{field}" not in UNINTERPRETED:
                    symbol, finding = place.finding(field), item.finding(field)
                    assert modelled.value(symbol) == concrete(finding, symbol.kind), f"{name}.{field}"
                    assert modelled.missing(symbol) == {renamed(path, facts) for path in finding.missing}, field
    explainer = Explainer(facts, KNOWLEDGE)
    # The verdicts of the agenda, which the engine compares with the compiled reading.
    verdicts = ENGINE.evaluate(patient, policy, "2026-01-01").verdicts
    for rule, condition in KNOWLEDGE.conditions.items():
        if rule == "BCBM-53":  # reads renal concern
            continue
        read = READING.rule(rule)
        assert modelled.truth(read) is truth(condition, facts, KNOWLEDGE) is TRUTHS[verdicts[rule]], rule
        assert modelled.missing(read) == {renamed(p, facts) for p in explainer.explain(condition).missing}, rule


@settings(max_examples=150)
@given(st.sampled_from([case for case in PATIENTS if short_enough(case[0])]), st.data())
def test_the_smt_reading_agrees_on_variations_of_every_known_patient(
    case: tuple[dict[str, Any], dict[str, Any]], data: st.DataObject
) -> None:
    patient, policy = case
    for _ in range(data.draw(st.integers(0, 3))):
        known = [path for path in leaves(patient) if path[-1] not in ("id", "unit", "name", "value", "term")]
        assume(known)
        path = data.draw(st.sampled_from(known))
        if path != ("lesions",):
            patient = without(patient, path)
    check({**patient, "incomplete": data.draw(INCOMPLETE)}, {**policy, **data.draw(POLICIES)})


@settings(max_examples=60)
@given(PROFILES, POLICIES)
def test_the_smt_reading_agrees_on_any_profile_the_contract_allows(
    patient: dict[str, Any], policy: dict[str, Any]
) -> None:
    assume(short_enough(patient))
    check(patient, policy)


UNLISTED = {"id": "X", "drug": "other", "name": "a", "status": "active"}
DENOSUMAB = {"id": "D", "drug": "denosumab", "status": "planned"}
PARTLY_KNOWN: list[dict[str, Any]] = [
    {"medications": [{**UNLISTED, "not_class": ["bone_modifying_agent"]}, DENOSUMAB]},
    {"medications": [{**UNLISTED, "has_class": ["bisphosphonate"]}, DENOSUMAB]},
    {"medications": [{**UNLISTED, "has_class": ["anti_her2"], "not_class": ["nephrotoxic"]}]},
    {"medications": [{**UNLISTED, "class": [], "not_class": ["nephrotoxic"]}]},
    {"medications": [{**UNLISTED, "has_class": [], "not_class": ["systemic", "bone_modifying_agent"]}], "lesions": []},
]


@pytest.mark.parametrize("patient", PARTLY_KNOWN)
def test_the_smt_reading_agrees_where_some_classes_of_a_drug_are_known(patient: dict[str, Any]) -> None:
    check(patient, {})
    check({**patient, "diagnosis": {"tumour_type": "breast"}, "lesions": [{"id": "B", "organ": "bone"}]}, {})
