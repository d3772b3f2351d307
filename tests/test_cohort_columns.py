"""Columns answer as the engine does: verdicts, what is active, what is missing, and the derived facts behind them."""

from __future__ import annotations

import copy
import json
import random
import re
import typing
from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from cohort_agreement import EVERYTHING_SET, TODAY, Beside, Plain, derived_program, of_columns
from corpus import SCENARIOS
from how_many import EXPLORING
from oncocds.advice.conditions import shaping_conditions
from oncocds.engine import Engine
from oncocds.exploration.exploring import UnreadableError
from oncocds.knowledge.knowledge import Knowledge
from oncocds.language.explain import Explainer
from oncocds.language.tree import All, Any, Compare, Condition, Count, Known, Not, Quantified
from oncocds.profile import derived
from oncocds.profile.finding import Facts, Finding
from oncocds.profile.made import models_of
from oncocds_cohort.answers import Answers
from oncocds_cohort.columns import Plan, plan
from oncocds_cohort.columns.conditions import Reading
from oncocds_cohort.columns.derivations import Derivations
from oncocds_cohort.columns.facts import OpenFacts
from oncocds_cohort.columns.rounding import rounded
from oncocds_cohort.columns.terms import Term, walk
from oncocds_cohort.columns.vectors import Program
from oncocds_cohort.synthetic import made_up
from profile_strategies import PROFILES

POLICIES = ("shipped", "nothing set", "everything set")


@pytest.fixture(scope="module")
def sides(engine: Engine, strict: Engine) -> dict[str, Beside]:
    set_ = Engine.load(policy=EVERYTHING_SET)
    return dict(zip(POLICIES, map(Beside.of, (engine, strict, set_)), strict=True))


@pytest.fixture(params=POLICIES, scope="module")
def beside(request: pytest.FixtureRequest, sides: dict[str, Beside]) -> Beside:
    return sides[request.param]


@pytest.fixture(scope="module")
def corpus(knowledge: Knowledge) -> list[Plain]:
    """Every patient of a scenario and of an example of a rule or of precedence, each once."""
    given_ = [example.given for rule in knowledge.rules.values() for example in rule.examples]
    given_ += [example.given for entry in knowledge.precedence for example in entry.examples]
    patients = [*(case["patient"] for case in SCENARIOS), *map(_plain, given_)]
    return list({json.dumps(one): one for one in patients}.values())


@pytest.fixture(scope="module")
def everybody(
    sides: dict[str, Beside], corpus: list[Plain], tmp_path_factory: pytest.TempPathFactory
) -> pa.RecordBatch:
    (batch,) = sides["shipped"].batches([*corpus, *_odd()], tmp_path_factory.mktemp("corpus"))
    return batch


@pytest.fixture(scope="module")
def answers(sides: dict[str, Beside], everybody: pa.RecordBatch) -> dict[str, Answers]:
    return {name: beside.plan.run(everybody) for name, beside in sides.items()}


def _plain(value: typing.Any) -> typing.Any:
    if isinstance(value, dict):
        return {name: _plain(part) for name, part in value.items() if part is not None}
    return list(map(_plain, value)) if isinstance(value, list | tuple) else value


def test_scenarios_and_examples(beside: Beside, corpus: list[Plain], tmp_path: Path) -> None:
    assert beside.differences([*corpus, *_odd()], tmp_path) == []


def test_derived_facts_of_scenarios_and_examples(beside: Beside, corpus: list[Plain], tmp_path: Path) -> None:
    assert beside.derived(corpus[:: 1 if EXPLORING else 2], tmp_path) == []


def test_patients_made_up(beside: Beside, knowledge: Knowledge, tmp_path: Path) -> None:
    """Under each of three policies; in all a hundred thousand where others are tried each time."""
    times, size, first = (17, 2_000, random.randrange(10**6)) if EXPLORING else (1, 2_000, 7)
    for seed in range(first, first + times):
        patients = [patient for _, patient in made_up(knowledge, size, seed)]
        assert beside.differences(patients, tmp_path) == []
        assert beside.read_first(patients[:: 4 if EXPLORING else 50], tmp_path) == []


@settings(max_examples=12, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow])
@given(patients=st.lists(PROFILES, min_size=1, max_size=8))
def test_any_profiles(sides: dict[str, Beside], tmp_path: Path, patients: list[Plain]) -> None:
    for beside in sides.values():
        assert beside.differences(patients, tmp_path) == []
        assert beside.derived(patients, tmp_path) == []
        assert beside.read_first(patients[:2], tmp_path) == []


def test_numbers_at_their_limits(sides: dict[str, Beside], knowledge: Knowledge, tmp_path: Path) -> None:
    """Numbers at, just below and just above what rules and derived facts compare them with, and ties of rounding."""
    patients = list(_at_limits(knowledge))
    beside = sides["everything set"]
    assert beside.differences(patients, tmp_path) == []
    assert beside.derived(patients, tmp_path) == []


def _at_limits(knowledge: Knowledge) -> Iterator[Plain]:
    steps = (-0.1, -0.0001, -0.00005, 0, 0.00005, 0.00015, 0.0001, 0.1)
    woman = {"age": 70.5, "sex": "female", "weight": {"value": 51.05, "unit": "kg"}}
    for limit in (60, 30):
        creatinine = (140 - 70.5) * 51.05 * 0.85 / (72 * limit) * 88.4
        for step in steps:
            labs = {"creatinine": {"value": round(creatinine + step, 4), "unit": "umol/L"}}
            yield {"diagnosis": {"tumour_type": "breast"}, **woman, "labs": labs}
    for total in (2.52, 2.3, 2.25, 2.1):
        for gram in (40, 39.99, 26, 42.5, 37.25):
            for step in steps:
                calcium = {"value": total + step, "unit": "mmol/L", "reference_high": 2.52, "reference_low": 2.1}
                labs = {"calcium": calcium, "albumin": {"value": gram, "unit": "g/L"}}
                yield {"diagnosis": {"tumour_type": "breast"}, "labs": labs}
    for baseline, latest in ((62.5, 52.5), (62.5, 52.50001), (60, 49.9999999), (60.3, 50.3), (0.3, 0.1), (55, 55)):
        cardiac = {"lvef_baseline": max(baseline, 10), "lvef_latest": max(latest, 10)}
        yield {"diagnosis": {"tumour_type": "breast"}, "cardiac": cardiac}
    for dose, fractions in ((30, 10), (24, 1), (35, 5), (48.333333, 3), (60, 30), (0.5, 1), (27.5, 5)):
        course = {"site": "bone", "status": "planned", "technique": "sbrt", "dose_gy": dose, "fractions": fractions}
        yield {"diagnosis": {"tumour_type": "hcc"}, "radiotherapy": [course]}
    for day in ("2024-12-31", "2025-01-01", "2025-01-02"):
        labs = {"calcium": {"value": 2.9, "unit": "mmol/L", "reference_high": 2.52, "date": day}}
        yield {"diagnosis": {"tumour_type": "breast"}, "labs": labs, "cardiac": {"lvef_latest": 45, "echo_date": day}}
    for rule in knowledge.rules.values():
        for example in rule.examples:
            patient = _plain(example.given)
            if "hcc" in patient:
                for name, value in patient["hcc"].items():
                    if isinstance(value, float):
                        for step in (-0.001, 0.001):
                            other = copy.deepcopy(patient)
                            other["hcc"][name] = max(value + step, 0)
                            yield other


@given(
    st.lists(st.floats(-1e12, 1e12) | st.integers(-(10**8), 10**8).map(lambda one: one / 20000 + 0.00005), min_size=1),
    st.sampled_from([0, 1, 4, 6]),
)
def test_columns_round_as_python_does(values: list[float], digits: int) -> None:
    values += values[::-1]  # results come again
    assert rounded(np.array(values), digits).tolist() == [round(one, digits) for one in values]


@pytest.mark.parametrize("size", [1, 7, 333])
def test_the_size_of_a_batch_changes_nothing(
    sides: dict[str, Beside], everybody: pa.RecordBatch, answers: dict[str, Answers], size: int
) -> None:
    for begin in range(0, min(everybody.num_rows, 5 * size), size):
        part = sides["shipped"].plan.run(everybody.slice(begin, size))
        for at in range(len(part)):
            assert of_columns(part, at) == of_columns(answers["shipped"], begin + at)


def test_a_batch_of_nobody(sides: dict[str, Beside], everybody: pa.RecordBatch) -> None:
    beside = sides["shipped"]
    nobody = beside.plan.run(everybody.slice(0, 0))
    assert len(nobody) == 0
    assert {len(flags) for flags in nobody.fires.values()} == {0}
    assert set(nobody.fires) == set(nobody.silent) == set(nobody.active) == set(beside.engine.knowledge.conditions)


def test_many_pairs_are_looked_at_in_parts(
    sides: dict[str, Beside], everybody: pa.RecordBatch, answers: dict[str, Answers], monkeypatch: pytest.MonkeyPatch
) -> None:
    beside = sides["shipped"]
    monkeypatch.setattr(plan, "_MOST_PAIRS", 500)
    assert len(list(beside.plan._parts(everybody))) > 5
    parts, whole = beside.plan.run(everybody), answers["shipped"]
    assert parts.fires.keys() == whole.fires.keys()
    assert all((parts.fires[rule] == whole.fires[rule]).all() for rule in whole.fires)
    assert all((parts.missing[key] == whole.missing[key]).all() for key in whole.missing)


def test_lesions_without_ids_are_those_that_a_course_names(sides: dict[str, Beside], tmp_path: Path) -> None:
    """The engine gives items ids by their content; a course may name such a one where the list may lack lesions."""
    lesions = [
        {"organ": "bone", "site": "cervical_spine", "status": "confirmed"},
        {"organ": "bone", "site": "femur", "status": "confirmed", "imaging": ["mri", "ct"]},
        {"id": "femur-2", "organ": "bone", "site": "femur", "status": "suspected"},
        {"organ": "bone", "site": "femur", "status": "confirmed", "painful": True},
        {"organ": "lung"},
    ]
    patients = [
        {"diagnosis": {"tumour_type": "breast"}, "lesions": lesions, "incomplete": open_, "radiotherapy": [course]}
        for open_ in (["lesions"], ["lesions", "radiotherapy"])
        for status in ("planned", "completed")
        for names in (["cervical_spine"], ["femur"], ["femur-2"], ["femur-3", "lung"], ["lung"])
        for course in [{"site": "bone", "status": status, "targets": names}]
    ]
    beside = sides["shipped"]
    assert beside.differences(patients, tmp_path) == []
    assert beside.derived(patients, tmp_path) == []


def test_operations_that_may_not_be_all_leave_the_others_open(sides: dict[str, Beside], tmp_path: Path) -> None:
    early: Plain = {
        "diagnosis": {"tumour_type": "breast", "extent": "early", "nodal_status": "negative"},
        "biomarkers": {"her2_status": "positive"},
        "radiotherapy": [],
    }
    operated = ([], ["mastectomy"], ["breast_conserving"], ["orthopaedic", "mastectomy"], None)
    patients: list[Plain] = [
        {**early, "surgeries": one, "incomplete": open_, "treatment": treatment}
        for one in operated
        for open_ in ([], ["surgeries"])
        for treatment in ({}, {"phase": "adjuvant"})
    ]
    assert sides["shipped"].differences(patients, tmp_path) == []


def test_facts_that_are_not_known_are_open_where_nothing_recorded_means_no(
    sides: dict[str, Beside], tmp_path: Path
) -> None:
    agent = {"drug": "zoledronate", "status": "active", "indication": "bone_metastasis"}
    alp = {"value": 200, "unit": "U/L", "reference_high": 120}
    breast = {"diagnosis": {"tumour_type": "breast", "bone_metastases": True}, "medications": [agent]}
    patients: list[Plain] = [
        {**breast, **more, "incomplete": [name]}
        for name in models_of(sides["shipped"].engine.knowledge.vocabulary).closed
        for more in (
            {},
            {"skeletal_events": {"cord_compression": True, "on_bma": False}},
            {"plans": {"stop_bma": True, "stop_bma_reason": "progression"}},
            {"labs": {"alp": alp, "tracp5b": {"interpretation": "high"}}},
            {"labs": {"alp": {"date": "2026-01-01"}}, "plans": {"stop_bma_reason": "switch"}},
        )
    ]
    for side in sides.values():
        assert side.differences(patients, tmp_path) == []
        assert side.derived(patients, tmp_path) == []


def test_everything_that_an_answer_turns_on_can_be_read(beside: Beside) -> None:
    """Derived facts, completed fields, and every condition: of rules, slots, notes, precedence, conflicts."""
    facts = OpenFacts(beside.engine.knowledge.vocabulary, beside.engine.policy)
    facts.derive = Derivations()
    reading = Reading(facts, beside.engine.knowledge)
    for fact in derived.DERIVED:
        facts.finding(fact)
    for name, fields in derived.EFFECTIVE.items():
        for field in fields:
            facts.fresh(name).finding(field)
    for condition in (
        *beside.engine.knowledge.conditions.values(),
        *shaping_conditions(beside.engine.knowledge).values(),
    ):
        reading.condition(condition)


def _walks_by_hand(facts: Facts) -> Finding:
    return Finding(any(item.finding("organ").value == "bone" for item in facts.items("lesions") or ()))


def _looks_up_a_number(facts: Facts) -> Finding:
    return Finding({1: "one"}.get(facts.finding("age").value) is None)  # type: ignore[call-overload]


def _asks_the_day(facts: Facts) -> Finding:
    return Finding(facts.as_of.year > 2026)


@pytest.mark.parametrize("unreadable", [_walks_by_hand, _looks_up_a_number, _asks_the_day])
def test_what_cannot_be_read_fails_the_build_by_its_name(
    knowledge: Knowledge, engine: Engine, monkeypatch: pytest.MonkeyPatch, unreadable: Callable[[Facts], Finding]
) -> None:
    monkeypatch.setitem(derived.DERIVED, "derived.bone_metastases", unreadable)  # type: ignore[arg-type]
    with pytest.raises(UnreadableError, match=r"derived\.bone_metastases: this derived fact cannot be read as columns"):
        Plan.of(knowledge, engine.policy, as_of=TODAY)


_AGENT = Compare("class", "is", "bone_modifying_agent")
_CURRENT = Compare("status", "in", ("active", "planned"))
CONDITIONS: list[Condition] = [
    Count("at least", 2, "medications", "drug", All((_AGENT, _CURRENT))),
    Count("at least", 1, "medications", "drug", _AGENT),
    Count("at most", 1, "medications", "drug", Not(_AGENT)),
    Count("at most", 0, "medications", "drug", _CURRENT),
    Count("at least", 0, "lesions", None, Compare("organ", "is", "bone")),
    Count("at least", 2, "lesions", None, Compare("painful", "is", True)),
    Count("at most", 2, "lesions", None, Known("status", False)),
    Quantified("every", "lesions", Any((Compare("organ", "is not", "bone"), Compare("imaging", "in", ("ct", "mri"))))),
    Quantified("no", "radiotherapy", All((Compare("dose_gy", ">", 30), Not(Known("targets", True))))),
    Quantified("some", "medications", Compare("class", "not in", ("systemic", "nephrotoxic"))),
    Any((Known("labs.calcium.date", True), Not(Compare("labs.calcium.value", ">=", 2.5)))),
]


def test_conditions_that_no_rule_of_today_has(
    sides: dict[str, Beside], everybody: pa.RecordBatch, corpus: list[Plain]
) -> None:
    """Held against the definitions of truth and explanation: counts of distinct values are in no rule but in a slot."""
    beside = sides["shipped"]
    read = [beside.plan.reading.condition(condition) for condition in CONDITIONS]
    asked: dict[tuple[int, str], Term] = {}
    for number, tri in enumerate(read):
        asked |= {(number, "true"): tri.true, (number, "false"): tri.false}
        asked |= {(number, fact): when for fact, when in tri.missing.conditions.items()}
    found = Program(asked).run(beside.plan._recorded(everybody))
    for place, patient in enumerate(corpus):
        facts = beside.facts(patient)
        for number, condition in enumerate(CONDITIONS):
            said = Explainer(facts, beside.engine.knowledge).explain(condition)
            columns = {name for (of, name), flags in found.items() if of == number and flags[place]}
            truth_ = {True: {"true"}, False: {"false"}, None: {re.sub(r"\[.*?\]", "[]", one) for one in said.missing}}
            assert columns == truth_[said.truth], f"{condition} of {patient}"


def test_free_text_is_compared_with_nothing(knowledge: Knowledge, engine: Engine) -> None:
    facts = OpenFacts(knowledge.vocabulary, engine.policy)
    facts.derive = Derivations()
    with pytest.raises(UnreadableError, match=r"free text is compared with a constant: diagnosis\.stage_group"):
        Reading(facts, knowledge).condition(Compare("diagnosis.stage_group", "is", "IIA"))


def test_a_batch_of_another_schema_is_refused(sides: dict[str, Beside]) -> None:
    batch = pa.record_batch({"id": ["one"]})
    with pytest.raises(ValueError, match="a batch without the column 'history'"):
        sides["shipped"].plan.run(batch)


def test_equal_rules_are_equal_terms(knowledge: Knowledge, sides: dict[str, Beside]) -> None:
    """So that of two versions it can be said which rules answer everybody alike."""
    again = Plan.of(knowledge, sides["shipped"].engine.policy, as_of=TODAY)
    assert all(again.term(rule) == sides["shipped"].plan.term(rule) for rule in knowledge.conditions)
    other = sides["everything set"].plan
    assert any(again.term(rule) != other.term(rule) for rule in knowledge.conditions)


def _spoilt(values: np.ndarray[typing.Any, typing.Any], op: str) -> np.ndarray[typing.Any, typing.Any]:
    if values.dtype == bool:
        return ~values
    return values + 1 if op == "count" else values * 1.5 + 1


def _spoiling(step: Callable[..., typing.Any], term: Term, op: str) -> Callable[..., typing.Any]:
    return step if term.op != op else lambda values, batch: _spoilt(step(values, batch), op)


OPERATIONS = [
    "known",
    "is",
    "has",
    "some",
    "bool",
    "num",
    "further",
    "same",
    "same text",
    "before",
    "aims",
    "all found",
]
OPERATIONS += ["exists", "count", "and", "or", "not", "if", "round", "<", "<=", "+", "-", "*", "/"]


@pytest.mark.parametrize("op", OPERATIONS)
def test_a_fault_in_any_kind_of_term_is_noticed(
    sides: dict[str, Beside], everybody: pa.RecordBatch, monkeypatch: pytest.MonkeyPatch, op: str
) -> None:
    """Where a kind of term is computed wrongly, verdicts or derived facts are others than the engine agrees to."""
    plan_ = sides["everything set"].plan
    recorded, programs = plan_._recorded(everybody), (plan_.program, derived_program(plan_))
    right = [one.run(recorded) for one in programs]
    for one in programs:
        monkeypatch.setattr(one, "steps", [(term, _spoiling(step, term, op), over) for term, step, over in one.steps])
    wrong = [one.run(recorded) for one in programs]
    assert any((one[key] != other[key]).any() for one, other in zip(right, wrong, strict=True) for key in one)


def test_the_kinds_of_terms_are_those_that_are_spoilt(sides: dict[str, Beside]) -> None:
    computed = {term.op for one in sides.values() for term in walk(one.plan.program.wanted.values())}
    assert computed - {"true", "false", "const", "="} == {*OPERATIONS}


def _odd() -> Iterator[Plain]:
    """Patients for whom pairs, texts and lesions that a course names decide, or of whom two lesions say one thing."""
    agents = [{"drug": "other", "name": name, "class": "bone_modifying_agent", "status": "active"} for name in "Aa"]
    yield {"diagnosis": {"tumour_type": "breast", "bone_metastases": True}, "medications": agents}
    course = {"site": "bone", "status": "planned", "targets": ["A"], "dose_gy": 30, "fractions": 10}
    lesions = [{"id": "A", "organ": "bone", "site": "cervical_spine", "status": "confirmed"}]
    yield {"diagnosis": {"tumour_type": "breast"}, "lesions": lesions, "radiotherapy": [course]}
    lesions = [{"organ": "bone", "status": "confirmed"}, {"organ": "breast", "imaging": ["mri"]}]
    cancer = {"bclc": "C", "child_pugh": "A", "extrahepatic_mets": False}
    yield {"diagnosis": {"tumour_type": "hcc"}, "hcc": cancer, "lesions": lesions}
