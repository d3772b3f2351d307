"""Why: the recorded facts behind a truth, the facts that would decide an unknown, the items that are meant."""

from __future__ import annotations

from hypothesis import given, settings

from language_support import CONDITIONS, NAMES, FakeFacts, Names, patient, patients
from oncocds.language.explain import Explainer, Explanation
from oncocds.language.tree import All, Any, Compare, Condition, Count, Fired, Holds, Known, Not, Quantified
from oncocds.language.truth import truth
from oncocds.profile.finding import Finding

FEVER, RAPID = Compare("fever", "is", True), Compare("diagnosis.tempo", "is", "rapid")
OLD, PAINFUL = Compare("age", ">=", 60), Compare("painful", "is", True)


def explain(condition: Condition, facts: FakeFacts, names: Names | None = None) -> Explanation:
    return Explainer(facts, names or Names()).explain(condition)


def test_a_true_any_rests_on_its_true_parts_alone() -> None:
    found = explain(Any((FEVER, RAPID, OLD)), patient(fever=True, diagnosis__tempo="slow"))
    assert found == Explanation(True, because=(("fever", None),))


def test_a_false_all_rests_on_its_false_parts_alone() -> None:
    found = explain(All((FEVER, RAPID, OLD)), patient(fever=True, diagnosis__tempo="slow"))
    assert found == Explanation(False, because=(("diagnosis.tempo", None),))


def test_not_keeps_the_reasons() -> None:
    assert explain(Not(FEVER), patient(fever=False)) == Explanation(True, because=(("fever", None),))


def test_an_unknown_condition_asks_for_what_is_not_absorbed_by_a_decided_sibling() -> None:
    condition = All((FEVER, Any((RAPID, OLD)), Any((Known("surgeries", False), Compare("surgeries", "is", "red")))))
    found = explain(condition, patient(fever=True, age=40))
    assert found == Explanation(None, missing=("diagnosis.tempo",))


def test_concepts_and_rules_are_asked_down_to_their_facts() -> None:
    names = Names({"a-concept": FEVER}, {"RULE-1": All((Holds("a-concept"), OLD))})
    assert explain(Fired("RULE-1"), patient(), names).missing == ("fever", "age")
    assert explain(Fired("RULE-1"), patient(fever=True, age=70), names).because == (("fever", None), ("age", None))


def test_a_derived_fact_names_the_inputs_it_was_read_from_and_those_it_lacks() -> None:
    known = FakeFacts(findings={"fever": Finding(True, used=("temperature", "fever"))})
    assert explain(FEVER, known).because == (("temperature", "fever"), ("fever", None))
    unknown = FakeFacts(findings={"fever": Finding(None, missing=("temperature",))})
    assert explain(FEVER, unknown).missing == ("temperature",)


def test_a_true_is_unknown_says_what_to_ask_for() -> None:
    found = explain(All((FEVER, Known("age", False))), patient(fever=True))
    assert found == Explanation(True, because=(("fever", None),), missing_asked=("age",))
    derived = FakeFacts(findings={"age": Finding(None, missing=("birth_date",))})
    assert explain(Known("age", False), derived).missing_asked == ("birth_date",)


def test_a_quantifier_that_no_item_satisfies_is_what_is_absent() -> None:
    some, no = Quantified("some", "lesions", PAINFUL), Quantified("no", "lesions", PAINFUL)
    without = patient([{"painful": False}])
    assert explain(some, without).absent == (some,)
    assert explain(Not(some), without).absent == (some,)
    assert explain(no, without).absent == (no,)
    assert explain(All((Not(some), no)), without).absent == (some, no)
    assert explain(some, patient([{"painful": True}])).absent == ()
    assert explain(Quantified("every", "lesions", PAINFUL), without).absent == ()


def test_the_items_that_satisfy_a_some_are_its_witnesses() -> None:
    facts = patient([{"painful": True}, {"painful": False}, {"painful": None}, {"painful": True}])
    found = explain(Quantified("some", "lesions", PAINFUL), facts)
    assert found.witnesses == ("lesions[0]", "lesions[3]")
    assert found.because == (("lesions[0].painful", None), ("lesions[3].painful", None))
    assert found.missing == ()


def test_an_unrecorded_list_is_asked_for() -> None:
    assert explain(Quantified("some", "lesions", PAINFUL), patient()).missing == ("lesions",)
    assert explain(Count("at least", 2, "lesions", None, PAINFUL), patient()).missing == ("lesions",)


def test_an_empty_list_is_a_reason_by_itself() -> None:
    for condition, expected in (
        (Quantified("some", "lesions", PAINFUL), False),
        (Quantified("every", "lesions", PAINFUL), True),
        (Quantified("no", "lesions", PAINFUL), True),
        (Count("at least", 1, "lesions", None, PAINFUL), False),
        (Count("at most", 1, "lesions", None, PAINFUL), True),
    ):
        absent = (condition,) if isinstance(condition, Quantified) and condition.quantifier != "every" else ()
        assert explain(condition, patient([])) == Explanation(expected, because=(("lesions", None),), absent=absent)


def test_of_an_incomplete_list_is_asked_whether_it_is_all_and_what_its_items_lack() -> None:
    facts = patient([{"painful": False}, {"painful": None}], incomplete=True)
    for condition in (
        Quantified("some", "lesions", PAINFUL),
        Quantified("no", "lesions", PAINFUL),
        Count("at least", 2, "lesions", None, PAINFUL),
        Count("at most", 1, "lesions", None, PAINFUL),
    ):
        assert explain(condition, facts) == Explanation(None, missing=("lesions[1].painful", "lesions"))


def test_what_an_incomplete_list_decides_rests_on_its_items() -> None:
    facts = patient([{"painful": True}, {"painful": False}], incomplete=True)
    found = explain(Quantified("some", "lesions", PAINFUL), facts)
    assert found == Explanation(True, because=(("lesions[0].painful", None),), witnesses=("lesions[0]",))
    found = explain(Quantified("every", "lesions", PAINFUL), facts)
    assert found == Explanation(False, because=(("lesions[1].painful", None),))


def test_a_count_that_is_reached_rests_on_the_items_that_count() -> None:
    facts = patient([{"painful": True}, {"painful": False}, {"painful": True}])
    for bound, expected in (("at least", True), ("at most", False)):
        number = 2 if bound == "at least" else 1
        found = explain(Count(bound, number, "lesions", None, PAINFUL), facts)  # type: ignore[arg-type]
        assert found.truth is expected
        assert found.because == (("lesions[0].painful", None), ("lesions[2].painful", None))
        assert found.witnesses == ("lesions[0]", "lesions[2]")


def test_a_count_that_cannot_be_reached_rests_on_the_items_that_do_not_count() -> None:
    facts = patient([{"painful": True}, {"painful": False}, {"painful": None}])
    for bound, number, expected in (("at least", 3, False), ("at most", 2, True)):
        found = explain(Count(bound, number, "lesions", None, PAINFUL), facts)  # type: ignore[arg-type]
        assert found.truth is expected
        assert found.because == (("lesions[1].painful", None),)


def test_distinct_values_are_among_the_reasons() -> None:
    facts = patient([{"painful": True, "status": "red"}, {"painful": True, "status": "red"}])
    found = explain(Count("at least", 2, "lesions", "status", PAINFUL), facts)
    assert found.truth is False
    assert found.because == (("lesions[0].status", None), ("lesions[1].status", None))


def test_an_undecided_count_asks_for_nothing_that_cannot_change_it() -> None:
    facts = patient(
        [
            {"painful": True, "status": "red"},
            {"painful": None, "status": "red"},  # adds no value
            {"painful": False, "status": None},  # does not count
            {"painful": True, "status": None},
            {"painful": None, "status": "blue"},
        ]
    )
    found = explain(Count("at least", 3, "lesions", "status", PAINFUL), facts)
    assert found == Explanation(None, missing=("lesions[3].status", "lesions[4].painful"))


def test_what_was_explained_once_is_kept() -> None:
    explainer = Explainer(patient(fever=True), Names())
    condition = All((FEVER,))
    assert explainer.explain(condition) is explainer.explain(condition)


@settings(max_examples=500)
@given(CONDITIONS, NAMES, patients())
def test_an_explanation_has_the_defined_truth_and_names_facts_as_they_are(
    condition: Condition, names: Names, facts: FakeFacts
) -> None:
    found = explain(condition, facts, names)
    assert found.truth is truth(condition, facts, names)
    assert (found.truth is None) == bool(found.missing)
    for path in (*found.missing, *found.missing_asked):
        assert known(path, facts) is False
    for path, _ in found.because:
        assert known(path, facts) is True
    assert len(set(found.because)) == len(found.because)
    assert len(set(found.missing)) == len(found.missing)


def known(path: str, facts: FakeFacts) -> bool:
    if path in ("lesions", "toxicities"):
        return facts.items(path) is not None and not facts.incomplete(path)
    name, _, rest = path.partition("[")
    if not rest:
        return facts.finding(path).value is not None
    item = next(item for item in facts.items(name) or () if path.startswith(f"{item.path}."))
    return item.finding(path.removeprefix(f"{item.path}.")).value is not None
