"""Small changes of the rules are noticed by an example, proved to say the same, or shown with a patient."""

from __future__ import annotations

from dataclasses import replace

import pytest

from oncocds.knowledge.knowledge import Knowledge
from oncocds.language.tree import All, Compare, Count, Not, Quantified
from oncocds.proofs.declared import Declaration, Declared
from oncocds.proofs.mutants import Killing, Stated, stated_by_examples
from oncocds.proofs.mutations import mutants
from oncocds.proofs.prove import Prover

BREAST = Compare("diagnosis.tumour_type", "is", "breast")
YOUNG = Compare("age", "<", 40)


@pytest.fixture(scope="module")
def prover(knowledge: Knowledge) -> Prover:
    return Prover(knowledge, Declared())


def test_every_kind_of_change_is_made() -> None:
    changes = [what for what, _ in mutants(All((BREAST, Not(YOUNG))))]
    assert "all → any" in changes
    assert "part 1 of 2 dropped" in changes
    assert "negation removed" in changes
    assert "age < 40 → <=" in changes
    assert "age < 40 → 41" in changes
    assert "diagnosis.tumour_type is breast → is not" in changes
    bone = Compare("organ", "in", ("bone", "brain"))
    assert "organ in bone, brain → without bone" in [what for what, _ in mutants(bone)]
    assert "some lesions → every" in [what for what, _ in mutants(Quantified("some", "lesions", bone))]
    assert "at least 2 lesions → 3" in [what for what, _ in mutants(Count("at least", 2, "lesions", None, bone))]


def test_a_mutant_is_another_condition(knowledge: Knowledge) -> None:
    for rule in knowledge.rules.values():
        if rule.when is not None:
            assert all(mutant != rule.when for _, mutant in mutants(rule.when))


def test_examples_kill(knowledge: Knowledge, prover: Prover) -> None:
    killing = Killing(prover, list(stated_by_examples(knowledge)))
    fates = {mutant.change: mutant.fate for mutant in killing.judge(knowledge.rules["HCCSBRT-06"])}
    assert fates["labs.platelets.value < 60 → <="] == "killed"


def test_without_examples_a_survivor_comes_with_a_patient_who_tells_it(knowledge: Knowledge, prover: Prover) -> None:
    killing = Killing(prover, [])
    survivors = {mutant.change: mutant for mutant in killing.judge(knowledge.rules["HCCSBRT-06"])}
    boundary = survivors["labs.platelets.value < 60 → <="]
    assert boundary.fate == "survived"
    assert boundary.witness is not None
    assert boundary.witness.profile["labs"]["platelets"]["value"] == 60
    assert (boundary.says, boundary.would_say) == ("silent", "fires")
    # And the patient, made an example, kills it.
    told = Stated(boundary.witness.profile, boundary.witness.policy, {"HCCSBRT-06": False})
    fates = {mutant.change: mutant.fate for mutant in Killing(prover, [told]).judge(knowledge.rules["HCCSBRT-06"])}
    assert fates[boundary.change] == "killed"


def test_an_explained_survivor_is_told_apart_from_the_others(knowledge: Knowledge) -> None:
    subject = "HCCSBRT-06: labs.platelets.value < 60 → <="
    explained = Declared(exceptions=(Declaration("mutants", subject, "a reason"),))
    judged = Killing(Prover(knowledge, explained), []).judge(knowledge.rules["HCCSBRT-06"])
    assert {mutant.fate for mutant in judged if f"{mutant.rule}: {mutant.change}" == subject} == {"declared"}


def test_a_change_that_changes_nothing_is_proved_to_say_the_same(knowledge: Knowledge, prover: Prover) -> None:
    rule = knowledge.rules["HER2RT-22"]
    assert rule.when is not None
    doubled = replace(rule, when=All((rule.when, rule.when)))
    fates = {mutant.change: mutant.fate for mutant in Killing(prover, []).judge(doubled)}
    assert fates["part 1 of 2 dropped"] == "equivalent"
