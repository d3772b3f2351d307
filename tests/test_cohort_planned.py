"""A kept plan is the plan that would be made, used only while knowledge, policy and modules are the same."""

from __future__ import annotations

import datetime
import gc
from dataclasses import replace
from pathlib import Path

import pyarrow as pa
import pytest

from cohort_answered import AS_OF, batch_of
from oncocds.engine import Engine
from oncocds.language.tree import Not
from oncocds.vocabulary import prepared
from oncocds_cohort.columns import Plan, terms
from oncocds_cohort.columns.pair import Pair
from oncocds_cohort.outputs import digests
from oncocds_cohort.outputs.planned import SHIPPED, SITE, planned, plans_of
from oncocds_cohort.outputs.untouched import untouched
from oncocds_cohort.sample import differences
from oncocds_cohort.synthetic import made_up

OTHER_DAY = datetime.date(2031, 2, 3)


@pytest.fixture
def made(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> list[Engine]:
    """A folder of its own for what is kept; the engines of which a plan was made, one after the other."""
    monkeypatch.setattr(prepared, "FOLDER", tmp_path / "kept")
    found: list[Engine] = []

    class Noted(Plan):
        def __init__(self, *told: object) -> None:
            super().__init__(*told)  # type: ignore[arg-type]
            if len(told) == 3:
                found.append(Engine(self.knowledge, self.policy))

    monkeypatch.setattr("oncocds_cohort.outputs.planned.Plan", Noted)
    return found


@pytest.fixture(scope="module")
def sites() -> list[Engine]:
    """The shipped policy, and two others."""
    return [Engine.load(policy=policy) for policy in ({}, {"elderly_age": 40}, {"echo_interval_months": 3})]


@pytest.fixture(scope="module")
def batch(sites: list[Engine]) -> pa.RecordBatch:
    return batch_of(sites[0], dict(made_up(sites[0].knowledge, 300)))


def test_a_kept_plan_is_the_one_that_would_be_made(
    sites: list[Engine], made: list[Engine], batch: pa.RecordBatch
) -> None:
    """And so on any day: of what is answered, not of the terms alone."""
    for number, site in enumerate(sites[:2], start=1):
        first, kept = planned(site, AS_OF), planned(site, OTHER_DAY)
        assert len(made) == number
        anew = Plan.of(site.knowledge, site.policy, as_of=OTHER_DAY)
        assert anew.packed == first.packed == kept.packed
        assert kept.as_of == OTHER_DAY
        rows = range(batch.num_rows)
        assert [*differences(anew.run(batch), kept.run(batch), rows)] == []
    assert {path.name for path in prepared.FOLDER.iterdir()} == {f"{SHIPPED}.bin", f"{SITE}.bin"}


def test_no_policy_is_answered_by_the_plan_of_another(sites: list[Engine], made: list[Engine]) -> None:
    # As long as a plan is there its terms are, so that another plan of the same has the same ones.
    plans = [Plan.of(site.knowledge, site.policy, as_of=AS_OF) for site in sites]
    for at in (0, 1, 2, 0, 1, 2, 2):
        assert planned(sites[at], AS_OF).packed == plans[at].packed
    policies = [one.policy for one in made]
    assert policies == [sites[at].policy for at in (0, 1, 2, 1, 2)]  # the shipped one's stays, and the last other one's


def test_other_modules_make_it_anew(sites: list[Engine], made: list[Engine], monkeypatch: pytest.MonkeyPatch) -> None:
    planned(sites[0], AS_OF)
    monkeypatch.setattr(digests, "_modules", lambda: "others")
    planned(sites[0], AS_OF)
    planned(sites[0], AS_OF)
    assert len(made) == 2


def test_other_knowledge_is_neither_kept_nor_answered_from_what_is(sites: list[Engine], made: list[Engine]) -> None:
    knowledge = sites[0].knowledge
    first = planned(sites[0], AS_OF)
    before = {path: path.read_bytes() for path in prepared.FOLDER.iterdir()}
    conditions = {**knowledge.conditions, "BCBM-62": Not(knowledge.conditions["BCBM-62"])}
    plan = planned(Engine(replace(knowledge, conditions=conditions), sites[0].policy), AS_OF)
    was = planned(sites[0], AS_OF)
    assert plan.wanted["fires", "BCBM-62", ""] is was.wanted["silent", "BCBM-62", ""]
    assert was.wanted == first.wanted
    assert {path: path.read_bytes() for path in prepared.FOLDER.iterdir()} == before
    assert len(made) == 2


def test_two_versions_are_told_apart_by_plans_of_one_process(
    sites: list[Engine], batch: pa.RecordBatch, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The parts of kept terms stand in the order of the process that made them: no rule of the other would be alike."""

    shipped = sites[0]
    steps, wanted = Plan.of(shipped.knowledge, shipped.policy, as_of=AS_OF).packed
    elsewhere = [(op, args, at[::-1] if op in ("and", "or") else at) for op, args, at in steps], wanted
    monkeypatch.setattr("oncocds_cohort.outputs.planned.prepared", lambda *_: elsewhere)
    old, new = plans_of(sites[:2], AS_OF)
    same = Pair(old, new).same
    assert untouched(*sites[:2]) <= same < set(sites[0].knowledge.conditions)
    (alone,) = plans_of(sites[:1], AS_OF)
    assert [*differences(old.run(batch), alone.run(batch), range(batch.num_rows))] == []


def test_plans_that_are_gone_leave_no_terms(sites: list[Engine]) -> None:
    """A process that makes plan after plan would grow by some 20 MB with each; one that is there keeps its terms."""
    stays, kept = sites[0], list[int]()
    plan = Plan.of(stays.knowledge, stays.policy, as_of=AS_OF)
    for _ in range(3):
        gc.collect()  # a plan goes with a look for garbage
        Plan.of(sites[1].knowledge, sites[1].policy, as_of=AS_OF)
        kept.append(len(terms._KEPT))
    assert kept == kept[:1] * 3
    assert Pair(plan, Plan.of(stays.knowledge, stays.policy, as_of=AS_OF)).same == frozenset(plan.rules)
