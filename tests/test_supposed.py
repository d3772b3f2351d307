"""Laws of what is supposed: facts with one more recorded, and answers that are worked out once for several."""

from __future__ import annotations

import datetime
import json
from typing import Any

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from corpus import SCENARIOS
from oncocds.advice import bringing, choices, offered
from oncocds.advice.bringing import shaping
from oncocds.engine import Engine, load_bundled_or
from oncocds.errors import ProfileError
from oncocds.inference.supposing import Learnt, bits_of
from oncocds.profile.facts import PatientFacts
from oncocds.profile.finding import ITEM_PATH, Finding, Value, field_of
from oncocds.profile.identity import identified
from oncocds.profile.models import Profile
from oncocds.profile.reading import read_policy, read_profile

ENGINE = Engine.load()
VOCABULARY = ENGINE.knowledge.vocabulary
DECISIONS = ENGINE._assembly.opening._decisions
AS_OF = datetime.date(2026, 1, 1)
Case = tuple[dict[str, Any], dict[str, Any]]
PATIENTS: list[Case] = [(c["patient"], c["policy"]) for c in SCENARIOS] + [
    (dict(e.given), dict(e.policy)) for rule in load_bundled_or(None).rules.values() for e in rule.examples
]
CASES = st.sampled_from(PATIENTS)


def facts_of(profile: Profile, policy: dict[str, Any]) -> PatientFacts:
    effective = ENGINE.effective(read_policy(policy, VOCABULARY))
    return PatientFacts(identified(profile), effective, VOCABULARY, AS_OF)


def with_answer(facts: PatientFacts, path: str, value: Value) -> Profile:
    """The patient as he would be sent with one answer more."""
    told = json.loads(facts.sent.model_dump_json(by_alias=True, exclude_none=True))
    match = ITEM_PATH.fullmatch(path)
    place, last = told, path
    if match is not None:
        (place,) = (one for one in told[match[1]] if one["id"] == match[2])
        last = match[3]
    else:
        *groups, last = path.split(".")
        for group in groups:
            place = place.setdefault(group, {})
    place[last] = list(value) if isinstance(value, tuple) else value
    return read_profile(told, VOCABULARY)


def offered_to(among: choices.Choices, fact: str, facts: PatientFacts) -> tuple[Value, ...]:
    """The answers to a fact that the record does not exclude."""
    return tuple(among._offered.of(field_of(fact), fact, facts))


def found(facts: PatientFacts) -> dict[str, Finding]:
    """Everything that is found of a patient and of his items."""
    told = {}
    for name, field in VOCABULARY.fields.items():
        of_list, _, of_item = name.partition(".")
        if of_list in VOCABULARY.lists:
            told |= {f"{item.path}.{of_item}": item.finding(of_item) for item in facts.items(of_list) or ()}
        elif field.world != "policy":
            told[name] = facts.finding(name)
    return told


@settings(max_examples=150, deadline=None)
@given(CASES, st.data())
def test_what_is_supposed_is_found_as_if_it_were_recorded(case: Case, data: st.DataObject) -> None:
    facts = facts_of(read_profile(case[0], VOCABULARY), case[1])
    conclusion = ENGINE._inference.conclude(facts)
    missing = {fact for some in conclusion.explanation.missing().values() for fact in some}
    asked = sorted({one for fact in missing if (one := DECISIONS._asked(fact, facts)) is not None})
    assume(asked)
    fact = data.draw(st.sampled_from(asked))
    affected, codes = DECISIONS._affected[field_of(fact)], offered_to(DECISIONS._choices, fact, facts)
    number = data.draw(st.integers(0, len(codes) - 1))
    value = codes[number]
    try:
        recorded = facts_of(with_answer(facts, fact, value), case[1])
    except ProfileError:
        assume(False)
    assert found(facts.supposing(fact, value, affected.derived)) == found(recorded)
    known = bits_of(conclusion.atoms)
    learnt = [DECISIONS._choices._learnt(facts, known, fact, codes, affected)[number] for _ in range(2)]
    told = learnt[0].told(affected.atoms)
    then = bits_of(ENGINE._inference._features(recorded))
    # What is known already stays so while an answer is supposed; one that contradicts it is for the data conflicts.
    open_ = affected.changing | ~(known.true | known.false)
    assert [bits & open_ for bits in told] == [bits & open_ for bits in then]
    ways = [way for ways in ENGINE._inference.supposing._supposed.ways.values() for way in ways]
    met = [not (way.true & ~told.true or way.false & ~told.false) for way in ways]
    assert [learnt[1].meets(way) for way in ways] == met, "atoms told one by one, until one is otherwise"


def test_an_answer_about_one_lesion_is_read_at_the_others() -> None:
    """Of two lesions that hurt the pain score tells nothing; of one that alone hurts it does."""
    lesions = [{"id": "L1", "organ": "bone", "painful": True}, {"id": "L2", "organ": "bone", "painful": False}]
    patient = {"lesions": lesions, "assessments": {"pain_nrs": 8}}
    facts = facts_of(read_profile(patient, VOCABULARY), {"pain_nrs": 7})
    fact = "lesions[L2].pain_significant"
    recorded = facts_of(with_answer(facts, fact, True), {"pain_nrs": 7})
    assert [found(one)["lesions[L1].pain_significant"].value for one in (facts, recorded)] == [True, None]
    assert found(facts.supposing(fact, True, DECISIONS._affected[field_of(fact)].derived)) == found(recorded)


@settings(max_examples=100, deadline=None)
@given(CASES)
def test_what_is_kept_of_other_patients_and_answers_that_are_alike_change_no_answer(case: Case) -> None:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(bringing.Bringing, "_urgency", tried_anew)
        patch.setattr(choices.Choices, "of", answers_anew)
        patch.setattr(offered.Offered, "kinds", lambda *_: None)
        anew = ENGINE.evaluate(case[0], case[1], AS_OF).model_dump_json()
    assert ENGINE.evaluate(case[0], case[1], AS_OF).model_dump_json() == anew


def tried_anew(self: bringing.Bringing, rule: str, learnt: Learnt) -> Any:
    """What a rule would bring, from all the atoms and from nothing that is kept."""
    return self._standing(rule, self._case(learnt, learnt.atoms()))


def answers_anew(self: choices.Choices, facts: Any, known: Any, fact: str, affected: Any, rules: Any) -> Any:
    """The answers to a question, each one tried with every rule."""
    codes = offered_to(self, fact, facts)
    learnt = self._learnt(facts, known, fact, codes, affected)
    return self._answers(field_of(fact), codes, learnt, codes, [tuple(rules)] * len(learnt))


def test_what_is_kept_for_the_next_patient_holds_nothing_of_this_one() -> None:
    """Codes of the vocabulary, rules and atoms alone: no id that the caller gave and no figure."""
    items = {
        "lesions": [{"id": "zq-lesion", "organ": "bone", "status": "imaging_positive", "symptomatic": False}],
        "medications": [{"id": "zq-drug", "drug": "zoledronate", "status": "active"}],
        "labs": {"calcium": {"value": 2.7654321, "unit": "mmol/L", "date": "2025-12-24"}},
    }
    engine = Engine(ENGINE.knowledge, ENGINE.policy)
    for tumour in ("breast", "nsclc"):
        answer = engine.evaluate({"diagnosis": {"tumour_type": tumour}, **items}, as_of=AS_OF)
        assert "zq-lesion" in answer.model_dump_json()
    tried = engine._assembly.opening._decisions._choices
    kept = [tried._kept, tried._bringing._kept, tried._likeness._readings]
    assert all(kept), "each memory is at work"
    assert not [one for one in ("zq-", "2.7654321", "2025-12-24") if one in repr(kept)]


def test_atoms_that_were_not_said_to_matter_are_not_read() -> None:
    """A memory that forgot an atom would answer one patient with what was found for another: it fails instead."""
    rules = list(ENGINE.knowledge.conditions)
    facts = facts_of(read_profile({}, VOCABULARY), {})
    known = bits_of(ENGINE._inference.conclude(facts).atoms)
    supposing = ENGINE._inference.supposing
    of_rules = DECISIONS._choices._bringing
    rule = next(one for one in rules if not of_rules.at_lesions([one]) and of_rules.asked([one]))
    _, affected = next(iter(DECISIONS._affected.items()))
    learnt = supposing.learnt(known, affected, lambda: facts, "age", None)
    of_rules._kept.clear()
    of_rules._asked = {**of_rules._asked, rule: 0}
    try:
        with pytest.raises(LookupError):
            list(of_rules.of([rule], learnt))
    finally:
        of_rules._asked[rule] = supposing.asked(shaping(rule, ENGINE.knowledge))
