"""Law: the compiled explanation is the defined one, whatever is missing."""

from __future__ import annotations

from hypothesis import given, settings
from hypothesis import strategies as st

from how_many import examples
from inference_support import FakeFacts, Knowledge, facts, knowledge, patients
from oncocds.inference.demand import Asked
from oncocds.inference.inference import Inference, Plan
from oncocds.language.explain import Explainer
from oncocds.language.tree import All, Any, Compare, Condition, Fired, Holds, Not


def explained_as_defined(known: Knowledge, patients: list[FakeFacts]) -> None:
    everything: dict[str, Condition] = {**known.rules, **known.others}
    inference = Inference(Plan.of(known.rules, known.concepts, known.others, everything))
    for patient in patients:
        concluded = inference.conclude(patient)
        found = concluded.explanation
        supposed = inference.supposed(patient, Asked(concluded.atoms.__getitem__)).explanation
        explainer = Explainer(patient, known)
        defined = {name: explainer.explain(condition) for name, condition in everything.items()}
        undetermined = [rule for rule in known.rules if defined[rule].truth is None]
        assert found.missing() == {rule: defined[rule].missing for rule in undetermined}
        for name, expected in defined.items():
            if expected.truth is True:
                why = found.why(name)
                found_absent = tuple(one for one, _ in why.absent)
                told = (why.because, why.missing_asked, why.witnesses, found_absent)
                assert told == expected[1:2] + expected[3:], name
                assert supposed.witnesses(name) == expected.witnesses, name


@settings(max_examples=examples(500, 150))
@given(knowledge(), st.lists(patients(), min_size=2, max_size=4))
def test_the_compiled_explanation_is_the_defined_one(known: Knowledge, several: list[FakeFacts]) -> None:
    explained_as_defined(known, several)


def flag(number: int) -> Condition:
    return Compare(f"flag{number}", "is", True)


def test_parts_that_are_decided_otherwise_add_nothing() -> None:
    # Each branch holds a missing fact; the first any is true without it, the second all false without it.
    decided = All((Any((flag(0), flag(9))), Any((All((flag(1), flag(8))), flag(2))), flag(3)))
    known = Knowledge({"R1": decided, "R2": Not(Fired("R1")), "R3": Any((Holds("c"), Fired("R2")))}, {"c": flag(3)})
    patient = facts(flag0=True, flag1=False)
    inference = Inference(Plan.of(known.rules, known.concepts, {}))
    expected = ("flag2", "flag3")
    missing = inference.conclude(patient).explanation.missing()
    assert missing == {"R1": expected, "R2": expected, "R3": ("flag3", "flag2")}
    explained_as_defined(known, [patient, facts(flag0=True, flag1=False, flag2=True, flag3=False)])
