"""The definition of truth: Kleene's tables, what leaves mean, counts with what is unknown."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from language_support import CONDITIONS, NAMES, FakeFacts, Names, learnt, patient, patients
from oncocds.language.tree import All, Any, Compare, Condition, Count, Fired, Holds, Known, Not, Quantified
from oncocds.language.truth import truth
from oncocds.profile.finding import Value

FEVER, RAPID = Compare("fever", "is", True), Compare("diagnosis.tempo", "is", "rapid")
THREE = (True, False, None)
PAINFUL = Compare("painful", "is", True)
NOBODY = patient()


def value(condition: Condition, facts: FakeFacts = NOBODY, names: Names | None = None) -> bool | None:
    return truth(condition, facts, names or Names())


@pytest.mark.parametrize("one", THREE)
@pytest.mark.parametrize("other", THREE)
def test_all_any_and_not_are_kleenes(one: bool | None, other: bool | None) -> None:
    tempo = {True: "rapid", False: "slow", None: None}[other]
    facts = patient(fever=one, diagnosis__tempo=tempo)
    rank = {False: 0, None: 1, True: 2}
    assert value(All((FEVER, RAPID)), facts) is min(one, other, key=rank.__getitem__)
    assert value(Any((FEVER, RAPID)), facts) is max(one, other, key=rank.__getitem__)
    assert value(Not(FEVER), facts) is {True: False, False: True, None: None}[one]


@pytest.mark.parametrize(
    ("condition", "known", "expected"),
    [
        (Compare("surgeries", "is", "red"), ("red", "blue"), True),
        (Compare("surgeries", "is", "amber"), ("red", "blue"), False),
        (Compare("surgeries", "is not", "red"), ("red", "blue"), False),
        (Compare("surgeries", "in", ("amber", "blue")), ("red", "blue"), True),
        (Compare("surgeries", "not in", ("amber", "blue")), ("red",), True),
        (Compare("surgeries", "is", "red"), (), False),
        (Compare("surgeries", "is", "red"), None, None),
        (Compare("surgeries", "not in", ("red",)), None, None),
        (Known("surgeries", True), (), True),
        (Known("surgeries", False), None, True),
        (Known("surgeries", False), ("red",), False),
    ],
)
def test_a_fact_of_many_values_is_each_of_them(
    condition: Condition, known: Value | None, expected: bool | None
) -> None:
    assert value(condition, patient(surgeries=known)) is expected


@pytest.mark.parametrize(
    ("operator", "expected"),
    [
        ("<", (True, False, False)),
        ("<=", (True, True, False)),
        (">", (False, False, True)),
        (">=", (False, True, True)),
    ],
)
def test_numbers_are_compared(operator: str, expected: tuple[bool, ...]) -> None:
    found = tuple(value(Compare("age", operator, 60), patient(age=age)) for age in (59.9, 60, 60.1))  # type: ignore[arg-type]
    assert found == expected
    assert value(Compare("age", operator, 60)) is None  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("painful", "some", "every"),
    [
        (None, None, None),
        ([], False, True),
        ([True], True, True),
        ([False], False, False),
        ([None], None, None),
        ([True, None], True, None),
        ([False, None], None, False),
        ([True, False], True, False),
    ],
)
def test_quantifiers(painful: list[bool | None] | None, some: bool | None, every: bool | None) -> None:
    facts = patient(None if painful is None else [{"painful": one} for one in painful])
    assert value(Quantified("some", "lesions", PAINFUL), facts) is some
    assert value(Quantified("every", "lesions", PAINFUL), facts) is every
    assert value(Quantified("no", "lesions", PAINFUL), facts) is (None if some is None else not some)


@pytest.mark.parametrize(
    ("lesions", "at_least_2", "at_most_1"),
    [
        (None, None, None),
        ([], False, True),
        ([True, True], True, False),
        ([True, None], None, None),
        ([True, False], False, True),
        ([None, False], False, True),
        ([None, None], None, None),
        ([True, True, None], True, False),
    ],
)
def test_counts(lesions: list[bool | None] | None, at_least_2: bool | None, at_most_1: bool | None) -> None:
    facts = patient(None if lesions is None else [{"painful": one} for one in lesions])
    assert value(Count("at least", 2, "lesions", None, PAINFUL), facts) is at_least_2
    assert value(Count("at most", 1, "lesions", None, PAINFUL), facts) is at_most_1


@pytest.mark.parametrize(
    ("lesions", "expected"),
    [
        ([(True, "red"), (True, "red")], False),
        ([(True, "red"), (True, "blue")], True),
        ([(True, "red"), (False, "blue")], False),
        ([(True, "red"), (None, "red")], False),  # whatever it is, it adds no value
        ([(True, "red"), (None, "blue")], None),
        ([(True, "red"), (True, None)], None),
        ([(True, None), (True, None)], None),
        ([(True, "red"), (False, None)], False),
        ([(True, "red"), (True, "blue"), (None, None)], True),
    ],
)
def test_distinct_values_are_counted_between_sound_bounds(
    lesions: list[tuple[bool | None, str | None]], expected: bool | None
) -> None:
    facts = patient([{"painful": painful, "status": status} for painful, status in lesions])
    assert value(Count("at least", 2, "lesions", "status", PAINFUL), facts) is expected
    at_most = value(Count("at most", 1, "lesions", "status", PAINFUL), facts)
    assert at_most is (None if expected is None else not expected)


@pytest.mark.parametrize(
    ("lesions", "some", "no", "every", "at_least_2", "at_most_1"),
    [
        (None, None, None, None, None, None),
        ([], None, None, None, None, None),
        ([False], None, None, False, None, None),
        ([None], None, None, None, None, None),
        ([True], True, False, None, None, None),
        ([True, True], True, False, None, True, False),
        ([True, True, False], True, False, False, True, False),
    ],
)
def test_an_incomplete_list_may_hold_any_number_of_further_items(
    lesions: list[bool | None] | None,
    some: bool | None,
    no: bool | None,
    every: bool | None,
    at_least_2: bool | None,
    at_most_1: bool | None,
) -> None:
    facts = patient(None if lesions is None else [{"painful": one} for one in lesions], incomplete=True)
    assert value(Quantified("some", "lesions", PAINFUL), facts) is some
    assert value(Quantified("no", "lesions", PAINFUL), facts) is no
    assert value(Quantified("every", "lesions", PAINFUL), facts) is every
    assert value(Count("at least", 2, "lesions", None, PAINFUL), facts) is at_least_2
    assert value(Count("at most", 1, "lesions", None, PAINFUL), facts) is at_most_1


def test_distinct_values_of_an_incomplete_list_have_no_most() -> None:
    facts = patient([{"painful": True, "status": "red"}, {"painful": True, "status": "red"}], incomplete=True)
    assert value(Count("at least", 2, "lesions", "status", PAINFUL), facts) is None
    assert value(Count("at most", 0, "lesions", "status", PAINFUL), facts) is False


def test_names_stand_for_their_conditions() -> None:
    names = Names({"a-concept": FEVER}, {"RULE-1": Not(Holds("a-concept"))})
    assert value(Holds("a-concept"), patient(fever=True), names) is True
    assert value(Fired("RULE-1"), patient(fever=True), names) is False
    assert value(Fired("RULE-1"), NOBODY, names) is None


def _knownness(condition: Condition, names: Names) -> bool:
    from oncocds.language.references import walk

    parts = [*walk(condition), *walk(names.concepts["a-concept"]), *walk(names.rules["RULE-1"])]
    return any(isinstance(part, Known) for part in parts)


@settings(max_examples=400)
@given(CONDITIONS, NAMES, patients(), st.data())
def test_what_is_decided_stays_decided_whatever_is_learnt(
    condition: Condition, names: Names, facts: FakeFacts, data: st.DataObject
) -> None:
    decided = truth(condition, facts, names)
    if decided is None or _knownness(condition, names):  # whether a fact is known is meant to change by learning
        return
    assert truth(condition, data.draw(learnt(facts)), names) is decided


@settings(max_examples=200)
@given(CONDITIONS, NAMES, patients(), st.data())
def test_who_is_wholly_known_is_never_undetermined(
    condition: Condition, names: Names, facts: FakeFacts, data: st.DataObject
) -> None:
    assert truth(condition, data.draw(learnt(facts)), names) is not None
