"""When something is due, over columns: what ``oncocds.profile.monitoring`` says of one patient."""

from __future__ import annotations

import datetime
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cohort_answered import batch_of
from oncocds.engine import Engine
from oncocds.profile.facts import PatientFacts
from oncocds.profile.identity import identified
from oncocds.profile.monitoring import due
from oncocds.profile.reading import read_profile
from oncocds_cohort.answers import Answers, Dues
from oncocds_cohort.columns import dueness
from oncocds_cohort.columns.dueness import dues
from oncocds_cohort.sample import EngineReading, differences, taken

AS_OF = datetime.date(2026, 3, 31)
INTERVALS = {
    "echo_interval_months": 3,
    "calcium_interval_days": 28,
    "ret_liver_function_interval_days": 14,
    "ret_blood_pressure_interval_days": 7,
    "dental_interval_months": 6,
}
SERIES = {"lvef": ("%", 60.0), "calcium": ("mmol/L", 2.3), "alt": ("U/L", 30.0), "ast": ("U/L", 30.0)}
DAYS = st.sampled_from(
    ["2025-09-29", "2025-09-30", "2025-10-01", "2025-12-30", "2025-12-31", "2026-01-01", "2026-02-28", "2026-03-02",
     "2026-03-03", "2026-03-04", "2026-03-16", "2026-03-17", "2026-03-18", "2026-03-31", "2026-04-01"]
)  # fmt: skip


@st.composite
def patients(draw: st.DrawFn) -> dict[str, Any]:
    found: dict[str, Any] = {}
    lvef = draw(st.fixed_dictionaries({}, optional={"lvef_latest": st.just(55.0), "echo_date": DAYS}))
    found |= {"cardiac": lvef} if lvef else {}
    labs = {}
    for name in ("calcium", "alt", "ast"):
        unit, value = SERIES[name]
        result = draw(st.fixed_dictionaries({}, optional={"value": st.just(value), "date": DAYS}))
        if result:
            labs[name] = result | ({"unit": unit} if "value" in result else {})
    found |= {"labs": labs} if labs else {}
    if draw(st.booleans()):
        found["vitals"] = {"blood_pressure_date": draw(DAYS)}
    if draw(st.booleans()):
        found["assessments"] = {"dental_exam_date": draw(DAYS)}
    results = draw(st.sets(st.tuples(st.sampled_from([*SERIES]), DAYS), max_size=5))
    if results:
        found["history"] = [
            {"of": name, "date": day, "unit": SERIES[name][0], "value": SERIES[name][1]}
            for name, day in sorted(results)
        ]
        open_ = draw(st.sets(st.sampled_from([*SERIES]), max_size=2))
        found |= {"history_incomplete": sorted(open_)} if open_ else {}
        found |= {"incomplete": ["history"]} if draw(st.integers(0, 4)) == 0 else {}
    return found


@pytest.fixture(scope="module")
def site() -> Engine:
    return Engine.load(policy=INTERVALS)


def columns(site: Engine, given_: list[dict[str, Any]]) -> dict[str, Dues]:
    vocabulary = site.knowledge.vocabulary
    batch = batch_of(site, {str(at): patient for at, patient in enumerate(given_)})
    fires = {rule: np.ones(len(given_), bool) for rule in site.knowledge.conditions}
    return dues(batch, vocabulary, site.policy, AS_OF, fires)


@settings(max_examples=30)
@given(given_=st.lists(patients(), min_size=1, max_size=12))
def test_columns_say_what_is_said_of_one_patient(site: Engine, given_: list[dict[str, Any]]) -> None:
    vocabulary, found = site.knowledge.vocabulary, columns(site, given_)
    assert len(found) == len(INTERVALS)
    for at, patient in enumerate(given_):
        facts = PatientFacts(identified(read_profile(patient, vocabulary)), site.policy, vocabulary, AS_OF)
        for name, monitoring in vocabulary.monitoring.items():
            told = due(facts, monitoring)
            if told is None:
                assert name not in found
                continue
            one = found[name]
            assert (one.last[at].item(), one.due[at].item()) == (told.last, told.due)
            assert (bool(one.overdue[at]), bool(one.unsure[at])) == (
                told.overdue is True,
                told.due is not None and told.overdue is None,
            )
            assert bool(one.undated[at]) == bool(told.asks)


def test_of_whom_no_rule_asks_for_it_nothing_is_said(site: Engine) -> None:
    patient = {"cardiac": {"echo_date": "2025-01-01"}}
    batch = batch_of(site, {"one": patient, "other": patient})
    fires = {rule: np.array([True, False]) for rule in site.knowledge.conditions}
    one = dues(batch, site.knowledge.vocabulary, site.policy, AS_OF, fires)["echocardiography"]
    assert one.overdue.tolist() == one.asked.tolist() == [True, False]
    assert np.isnat(one.last).tolist() == np.isnat(one.due).tolist() == [False, True]


def test_the_calendar_ends(engine: Engine) -> None:
    policy = engine.policy.model_copy(update={"echo_interval_months": 12 * 9_000})
    batch = batch_of(engine, {"one": {"cardiac": {"echo_date": "2025-01-01"}}})
    fires = {rule: np.ones(1, bool) for rule in engine.knowledge.conditions}
    one = dues(batch, engine.knowledge.vocabulary, policy, AS_OF, fires)["echocardiography"]
    assert (one.last[0].item(), one.due[0].item(), one.overdue[0]) == (datetime.date(2025, 1, 1), None, False)


def test_unset_intervals_say_nothing(engine: Engine) -> None:
    batch = batch_of(engine, {"one": {"cardiac": {"echo_date": "2020-01-01"}}})
    fires = {rule: np.ones(1, bool) for rule in engine.knowledge.conditions}
    assert dues(batch, engine.knowledge.vocabulary, engine.policy, AS_OF, fires) == {}


HER2 = {
    "diagnosis": {"tumour_type": "breast"},
    "biomarkers": {"her2_status": "positive"},
    "medications": [{"id": "H", "drug": "trastuzumab", "status": "active"}],
    "radiotherapy": [{"id": "R", "site": "breast", "status": "planned"}],
}


@pytest.fixture(scope="module")
def told(site: Engine) -> tuple[Answers, Answers]:
    """Echocardiography of four patients: overdue, not due, without a date, and open; as both readings have it."""
    earlier = [{"of": "lvef", "date": "2025-06-01", "value": 60.0, "unit": "%"}]
    batch = batch_of(
        site,
        {
            "overdue": {**HER2, "cardiac": {"echo_date": "2025-12-30"}},
            "on the day": {**HER2, "cardiac": {"echo_date": "2025-12-31"}},
            "no date": HER2,
            "open": {**HER2, "history": earlier, "incomplete": ["history"]},
            "not asked": {"cardiac": {"echo_date": "2020-01-01"}},
        },
    )
    by_engine = EngineReading(site, AS_OF).run(batch)
    found = dues(batch, site.knowledge.vocabulary, site.policy, AS_OF, by_engine.fires)
    return by_engine, replace(by_engine, dues=found)


def test_the_engine_says_the_same_of_whole_patients(told: tuple[Answers, Answers]) -> None:
    by_engine, by_columns = told
    echo = by_columns.dues["echocardiography"]
    assert echo.asked.tolist() == [True, True, True, True, False]
    assert echo.overdue.tolist() == [True, False, False, False, False]
    assert echo.unsure.tolist() == [False, False, False, True, False]
    assert echo.undated.tolist() == [False, False, True, False, False]
    assert list(map(str, differences(by_engine, by_columns, range(5)))) == []


def _flipped(part: str, at: int) -> Callable[[Dues], Dues]:
    def change(one: Dues) -> Dues:
        column = getattr(one, part).copy()
        column[at] = np.datetime64("2020-02-02") if column.dtype.kind == "M" else ~column[at]
        return replace(one, **{part: column})

    return change


FAULTS = {
    "asked": (_flipped("asked", 4), "row 4: echocardiography is asked for: the engine says no, the columns say yes"),
    "overdue": (_flipped("overdue", 0), "row 0: echocardiography is overdue: the engine says yes, the columns say no"),
    "unsure": (_flipped("unsure", 3), "row 3: echocardiography may be overdue: the engine says yes"),
    "last": (_flipped("last", 2), "row 2: echocardiography was done last: the engine says one day"),
    "due": (_flipped("due", 1), "row 1: echocardiography is due: the engine says one day, the columns say another day"),
}


@pytest.mark.parametrize("fault", FAULTS)
def test_every_kind_of_fault_is_seen(told: tuple[Answers, Answers], fault: str) -> None:
    by_engine, by_columns = told
    change, words = FAULTS[fault]
    wrong = {**by_columns.dues, "echocardiography": change(by_columns.dues["echocardiography"])}
    (found,) = map(str, differences(by_engine, replace(by_columns, dues=wrong), range(5)))
    assert words in found
    assert not any(year in found for year in ("2020", "2025", "2026"))  # no day of a patient's


def test_a_reading_that_does_not_know_of_it_differs(told: tuple[Answers, Answers]) -> None:
    by_engine, by_columns = told
    assert list(differences(by_engine, replace(by_columns, dues={}), range(5)))


def test_some_patients_keep_their_days(told: tuple[Answers, Answers]) -> None:
    by_engine, by_columns = told
    some = np.array([3, 0])
    assert list(differences(taken(by_engine, some), taken(by_columns, some), [4, 1])) == []
    assert taken(by_columns, some).dues["echocardiography"].overdue.tolist() == [False, True]


def test_what_the_calendar_adds_is_asked_once_for_each_day(site: Engine, monkeypatch: pytest.MonkeyPatch) -> None:
    """So that a million patients ask for as many days as there are, not for a million."""
    asked: list[datetime.date] = []

    def later(day: datetime.date, *given_: Any) -> Any:
        asked.append(day)
        return right(day, *given_)

    right = dueness.later
    monkeypatch.setattr(dueness, "later", later)
    columns(site, [{"cardiac": {"echo_date": "2025-12-30"}}] * 50)
    assert asked == [datetime.date(2025, 12, 30)]
