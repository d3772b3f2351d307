"""Columns tell in which section of the briefing a rule is named, as the engine's briefing does."""

from __future__ import annotations

import datetime
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pyarrow as pa
import pytest

from cohort_agreement import EVERYTHING_SET, TODAY, Beside, Plain
from corpus import SCENARIOS
from oncocds.engine import Engine
from oncocds.knowledge.knowledge import Knowledge
from oncocds_cohort.answers import SECTIONS
from oncocds_cohort.columns.sections import Sections
from oncocds_cohort.columns.terms import FALSE, TRUE, Term
from oncocds_cohort.columns.vectors import Program
from oncocds_cohort.rows import plain_rows
from oncocds_cohort.sample import EngineReading, differences
from oncocds_cohort.synthetic import made_up

_NOT_TOLD = "decide"


@pytest.fixture(scope="module")
def beside() -> Beside:
    return Beside.of(Engine.load(policy=EVERYTHING_SET))


@pytest.fixture(scope="module")
def shown(knowledge: Knowledge) -> list[Plain]:
    """Patients of all that shapes a section: raised rules, notes that lower, lines that join, what steps back."""
    shaping = [rule for rule in knowledge.rules.values() if rule.raised]
    examples = [example.given for rule in shaping for example in rule.examples]
    notes = (note for note in knowledge.notes.values() if note.attached_to)
    examples += [example.given for note in notes for example in note.examples]
    examples += [example.given for entry in knowledge.precedence for example in entry.examples]
    scenarios = [case["patient"] for case in SCENARIOS]
    return [*map(_plain, examples), *scenarios[::8], *(patient for _, patient in made_up(knowledge, 40, 11))]


@pytest.fixture(scope="module")
def batch(beside: Beside, shown: list[Plain], tmp_path_factory: pytest.TempPathFactory) -> pa.RecordBatch:
    (found,) = beside.batches(shown, tmp_path_factory.mktemp("sections"))
    return found


def _plain(value: Any) -> Any:
    if isinstance(value, dict):
        return {name: _plain(part) for name, part in value.items() if part is not None}
    return list(map(_plain, value)) if isinstance(value, list | tuple) else value


def test_sections_are_those_of_the_engines_answers(beside: Beside, batch: pa.RecordBatch) -> None:
    by_engine = EngineReading(beside.engine, TODAY).run(batch)
    assert {section for _, section in by_engine.sections} == set(SECTIONS)
    found = differences(by_engine, beside.plan.run(batch), range(batch.num_rows))
    assert list(map(str, found)) == []


def test_the_engines_whole_briefing_names_rules_where_the_check_says(beside: Beside, batch: pa.RecordBatch) -> None:
    """The check leaves out what waits for one answer, and conflicts of data: no rule is named elsewhere for it."""
    engine = beside.engine
    part = batch.take(pa.array(range(0, batch.num_rows, 9)))
    named = EngineReading(engine, TODAY).run(part).sections
    for at, (_, patient) in enumerate(plain_rows(part, engine.knowledge.vocabulary)):
        lines = engine.evaluate(patient, None, TODAY).briefing
        told = {(rule, line.section) for line in lines for rule in line.rules if line.section != _NOT_TOLD}
        assert {key for key, flags in named.items() if flags[at]} == told


def test_what_is_overdue_leaves_the_background_in_columns_too(tmp_path: Path) -> None:
    late = Beside.of(Engine.load(policy={"zoledronate_creatinine_interval_days": 28}))
    on = {
        "diagnosis": {"tumour_type": "breast"},
        "medications": [{"id": "Z", "drug": "zoledronate", "status": "active"}],
        "lesions": [{"id": "B", "organ": "bone", "status": "imaging_positive"}],
    }
    days = [(TODAY - datetime.timedelta(days=ago)).isoformat() for ago in (28, 29, 400)]
    dated = [{**on, "labs": {"creatinine": {"value": 70, "unit": "umol/L", "date": day}}} for day in days]
    (batch,) = late.batches([*dated, on, {**dated[2], "incomplete": ["history"], "history": []}], tmp_path)
    by_engine, by_columns = EngineReading(late.engine, TODAY).run(batch), late.plan.run(batch)
    considered = by_columns.sections["BCBM-56", "consider"]
    assert considered.tolist() == [False, True, True, False, False]
    assert by_columns.sections["BCBM-56", "background"].tolist() == (~considered).tolist()
    assert list(map(str, differences(by_engine, by_columns, range(5)))) == []


def _never(*_: Any, **__: Any) -> Term:
    return FALSE


def _always(*_: Any, **__: Any) -> Term:
    return TRUE


FAULTS: dict[str, tuple[str, Callable[..., Any]]] = {
    "nothing raises a rule": ("_raises", _never),
    "no note is shown": ("_shown", _never),
    "a note is shown at every lesion": ("_shown", _always),
    "what joins a line does not raise it": ("_with_tails", lambda _self, _head, named: named),
}


@pytest.mark.parametrize("fault", FAULTS)
def test_a_fault_in_what_decides_a_section_is_noticed(
    beside: Beside, batch: pa.RecordBatch, monkeypatch: pytest.MonkeyPatch, fault: str
) -> None:
    plan = beside.plan
    right = plan.run(batch).sections
    monkeypatch.setattr(Sections, *FAULTS[fault])
    placed = Sections(plan.knowledge, plan.facts, plan.reading, plan.standing).placed()
    wrong = plan.computed(Program({(rule, section): term for rule, section, term in placed}), batch)
    assert any((flags != right[key]).any() if key in right else flags.any() for key, flags in wrong.items())
