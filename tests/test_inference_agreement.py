"""Law: the agenda, the compiled reading and the definition of truth agree, whatever is missing."""

from __future__ import annotations

from hypothesis import given, settings
from hypothesis import strategies as st

from how_many import examples
from inference_support import FakeFacts, Knowledge, facts, knowledge, patients
from oncocds.inference.demand import Asked
from oncocds.inference.inference import Inference, Plan
from oncocds.language.tree import All, Any, Compare, Condition, Fired, Holds, Known, Not
from oncocds.language.truth import truth


def agree(known: Knowledge, patient: FakeFacts, inference: Inference) -> None:
    conclusion = inference.conclude(patient)
    for group, verdicts in ((known.rules, conclusion.rules), (known.others, conclusion.others)):
        assert verdicts == {name: truth(condition, patient, known) for name, condition in group.items()}
    supposed = inference.supposed(patient, Asked(conclusion.atoms.__getitem__))
    assert (dict(supposed.rules), dict(supposed.others)) == (conclusion.rules, conclusion.others)
    assert conclusion.fired == {name for name, verdict in conclusion.rules.items() if verdict is True}


@settings(max_examples=examples(500, 150))
@given(knowledge(), st.lists(patients(), min_size=3, max_size=6))
def test_all_readings_agree(known: Knowledge, several: list[FakeFacts]) -> None:
    inference = Inference(Plan.of(known.rules, known.concepts, known.others))
    for patient in several:
        agree(known, patient, inference)


def flag(number: int) -> Condition:
    return Compare(f"flag{number}", "is", True)


@settings(max_examples=100, deadline=None)
@given(st.lists(st.sampled_from([True, False, None]), min_size=16, max_size=16))
def test_a_rule_that_would_explode_is_split_over_strata(values: list[bool | None]) -> None:
    pairs = tuple(Any((flag(number), Not(flag(number + 1)))) for number in range(0, 16, 2))
    nested = Any(tuple(All((pair, flag(number))) for number, pair in enumerate(pairs)) * 2)
    known = Knowledge({"WIDE": All(pairs), "LONG": nested, "BOTH": All((Not(Fired("WIDE")), Fired("LONG")))}, {})
    patient = facts(**{f"flag{number}": value for number, value in enumerate(values)})
    agree(known, patient, EXPLODING.setdefault("inference", Inference(Plan.of(known.rules, {}, {}))))


EXPLODING: dict[str, Inference] = {}


def test_five_layers_of_concepts_and_rules_and_their_falsity() -> None:
    concepts = {"base": flag(0), "not-base": Not(Holds("base"))}
    rules = {
        "R1": All((Holds("not-base"), Known("flag1", False))),
        "R2": Not(Fired("R1")),
        "R3": All((Fired("R2"), Not(Fired("R1")))),
    }
    known = Knowledge(rules, concepts, {"either": Any((Fired("R3"), Holds("base")))})
    inference = Inference(Plan.of(rules, concepts, known.others))
    for base in (True, False, None):
        for other in (True, None):
            agree(known, facts(flag0=base, flag1=other), inference)
    assert inference.conclude(facts(flag0=False)).fired == {"R1"}
    assert inference.conclude(facts()).rules == {"R1": None, "R2": None, "R3": None}
    assert inference.conclude(facts(flag0=True)).fired == {"R2", "R3"}


def test_conditions_without_parts_are_constant() -> None:
    rules = {"ALWAYS": All(()), "NEVER": Any(()), "NOT-NEVER": Not(Any(()))}
    assert Inference(Plan.of(rules, {}, {})).conclude(facts()).rules == {
        "ALWAYS": True,
        "NEVER": False,
        "NOT-NEVER": True,
    }


def test_a_rule_and_a_concept_may_share_an_id_and_a_long_conjunction_is_one_rule() -> None:
    rules = {"same": All(tuple(flag(number) for number in range(60)))}
    inference = Inference(Plan.of(rules, {"same": Not(flag(0))}, {}))
    everything = {f"flag{number}": True for number in range(60)}
    assert inference.conclude(facts(**everything)).fired == {"same"}
    assert inference.conclude(facts(**everything | {"flag59": None})).fired == frozenset()


def test_true_and_one_are_not_the_same_constant() -> None:
    rules = {"FLAG": Compare("flag", "is", True), "NUMBER": Compare("grade", "is", 1)}
    assert Inference(Plan.of(rules, {}, {})).conclude(facts(flag=True, grade=2)).rules == {
        "FLAG": True,
        "NUMBER": False,
    }


def test_nothing_to_conclude_is_no_fault() -> None:
    conclusion = Inference(Plan.of({}, {}, {})).conclude(facts())
    assert conclusion.rules == conclusion.others == {}
    assert conclusion.fired == frozenset()
