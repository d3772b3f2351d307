"""The engine's answers as columns, who is drawn for the check, and that the check sees every kind of difference."""

from __future__ import annotations

import copy
import json
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy
import pyarrow as pa
import pytest

from cohort_answered import AS_OF, batch_of, lines, written
from cohort_support import patients, refusal
from oncocds.cli import main
from oncocds.engine import Engine
from oncocds.errors import ProfileError, ReadingsDisagree
from oncocds.profile.models import Profile
from oncocds_cohort import sample
from oncocds_cohort.answers import Answers
from oncocds_cohort.columns import Plan
from oncocds_cohort.reading.ndjson import Ndjson
from oncocds_cohort.sample import LEAST, Checking, EngineReading, differences, drawn

PATIENTS = {
    "two agents": {
        "diagnosis": {"tumour_type": "breast"},
        "lesions": [{"id": "L1", "organ": "bone", "status": "imaging_positive"}],
        "medications": [
            {"id": "M1", "drug": "denosumab", "status": "active"},
            {"id": "M2", "drug": "zoledronate", "status": "active"},
        ],
    },
    "threatened cord": {
        "diagnosis": {"tumour_type": "breast"},
        "lesions": [{"id": "B1", "organ": "bone", "imaging": ["ct"], "cord_threat": True}],
        "medications": [],
    },
    "unknown drug": {
        "diagnosis": {"tumour_type": "breast"},
        "lesions": [{"id": "L1", "organ": "bone", "status": "imaging_positive"}],
        "medications": [{"id": "M1", "drug": "denosumab"}, {"id": "M2", "drug": "zoledronate"}],
    },
}


@pytest.fixture(scope="module")
def batch(engine: Engine) -> pa.RecordBatch:
    return batch_of(engine, PATIENTS)


@pytest.fixture(scope="module")
def answers(engine: Engine, batch: pa.RecordBatch) -> Answers:
    return EngineReading(engine, AS_OF).run(batch)


def test_the_engine_answers_as_columns(engine: Engine, answers: Answers) -> None:
    assert answers.fires["BCBM-62"].tolist() == [True, False, False]
    assert answers.silent["BCBM-62"].tolist() == [False, True, False]
    assert answers.active["BCBM-62"].tolist() == [True, False, False]
    assert answers.fires["BCBM-57"][1]
    assert not answers.active["BCBM-57"][1]  # it steps back for the cord
    assert answers.missing["BCBM-62", "medications[].status"].tolist() == [False, False, True]
    assert set(answers.fires) == set(engine.knowledge.conditions)


def test_the_same_patients_are_drawn_in_any_order_and_one_in_a_thousand() -> None:
    ids = [f"P{number:07}" for number in range(50_000)]
    first = {ids[at] for at in drawn(pa.array(ids), LEAST)}
    other = ids[::-1]
    assert {other[at] for at in drawn(pa.array(other), LEAST)} == first
    assert 25 <= len(first) <= 80
    assert len(drawn(pa.array(ids[:1_000]), 0)) == LEAST
    assert drawn(pa.array(ids[:7]), 0).tolist() == list(range(7))
    assert drawn(pa.array([], pa.string()), 0).tolist() == []


Change = Callable[[Answers, dict[str, Any]], Answers]


def flipped(kind: str, rule: Any, at: int) -> Change:
    """Return a planted fault: one column of one patient says the opposite."""

    def change(answers: Answers, also: dict[str, Any]) -> Answers:
        columns = dict(getattr(answers, kind))
        columns[rule] = columns.get(rule, numpy.zeros(len(answers), bool)).copy()
        columns[rule][at] ^= True
        return replace(answers, **{kind: columns, **also})

    return change


FAULTS = {
    "an undetermined rule fires": (flipped("fires", "BCBM-62", 2), "BCBM-62", "undetermined", "fires and steps back"),
    "a silent rule is undetermined": (flipped("silent", "BCBM-62", 1), "BCBM-62", "silent", "undetermined"),
    "a rule that steps back stands": (flipped("active", "BCBM-57", 1), "BCBM-57", "fires and steps back", "fires"),
    "a rule that stands steps back": (flipped("active", "BCBM-62", 0), "BCBM-62", "fires", "fires and steps back"),
    "a rule is silent and fires": (flipped("silent", "BCBM-62", 0), "BCBM-62", "fires", "a contradiction"),
    "a missing fact is not told": (
        flipped("missing", ("BCBM-62", "medications[].status"), 2),
        "BCBM-62, medications[].status",
        "missing",
        "known",
    ),
    "a line does not name a rule": (
        flipped("sections", ("BCBM-62", "now"), 0),
        "BCBM-62 in section now",
        "named there",
        "not there",
    ),
    "a line names a rule that it does not name": (
        flipped("sections", ("BCBM-57", "do"), 1),
        "BCBM-57 in section do",
        "not there",
        "named there",
    ),
    "a fact is told that is not missing": (
        flipped("missing", ("BCBM-62", "age"), 2),
        "BCBM-62, age",
        "known",
        "missing",
    ),
}


@pytest.mark.parametrize("already", [0, LEAST])
@pytest.mark.parametrize("fault", FAULTS)
def test_every_kind_of_fault_is_seen(
    engine: Engine,
    batch: pa.RecordBatch,
    answers: Answers,
    monkeypatch: pytest.MonkeyPatch,
    fault: str,
    already: int,
) -> None:
    """Among the first patients, and among those of whom no whole answer is made."""
    monkeypatch.setattr(sample, "drawn", lambda ids, _: numpy.arange(len(ids)))
    change, point, said, told = FAULTS[fault]
    with pytest.raises(ReadingsDisagree) as seen:
        Checking(EngineReading(engine, AS_OF), already).check(batch, change(answers, {}), [11, 12, 13])
    words = str(seen.value)
    assert f"{point}: the engine says {said}, the columns say {told}" in words
    assert "row 1" in words
    assert not any(identity in words for identity in PATIENTS)


def test_the_first_go_through_a_whole_answer_and_the_others_through_what_is_compared(
    engine: Engine, batch: pa.RecordBatch, answers: Answers, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sample, "drawn", lambda ids, _: numpy.arange(len(ids)))
    asked: list[str] = []

    def noted(name: str) -> None:
        method = getattr(Engine, name)

        def called(*given: Any, **more: Any) -> Any:
            asked.append(name)
            return method(*given, **more)

        monkeypatch.setattr(Engine, name, called)

    noted("evaluate")
    noted("advised")
    checking = Checking(EngineReading(engine, AS_OF), LEAST - 1)
    checking.check(batch, answers, [1, 2, 3])
    assert asked == ["evaluate"] * 3
    checking.check(batch, answers, [4, 5, 6])
    assert asked == ["evaluate"] * 3 + ["advised"] * 3


def test_what_is_compared_is_that_of_a_whole_answer() -> None:
    site = Engine.load(policy={"echo_interval_months": 3, "calcium_interval_days": 30})
    accepted = [one for one in patients()[::3] if isinstance(refusal(one), Profile)]
    some = batch_of(site, {**PATIENTS, **{f"P-{at}": one for at, one in enumerate(accepted)}})
    assert some.num_rows > 100
    reading, rows = EngineReading(site, AS_OF), range(some.num_rows)
    whole, alone = reading.run(some), reading.run(some, said=False)
    assert list(differences(whole, alone, rows)) == []
    assert whole.missing.keys() == alone.missing.keys()
    assert any(one.asked.any() for one in whole.dues.values())
    with pytest.raises(ProfileError):
        site.advised({"age": "old"}, AS_OF)


def test_right_answers_pass(engine: Engine, batch: pa.RecordBatch, answers: Answers) -> None:
    checking = Checking(EngineReading(engine, AS_OF))
    checking.check(batch, answers, [1, 2, 3])
    assert checking.checked == 3


def test_a_rule_that_one_side_lacks_is_a_difference(answers: Answers) -> None:
    fewer = replace(answers, fires={rule: column for rule, column in answers.fires.items() if rule != "BCBM-62"})
    assert [str(one) for one in differences(answers, fewer, [1, 2, 3])] == [
        "row 1: BCBM-62: the engine says a verdict, the columns say none"
    ]


def test_a_patient_whom_the_engine_refuses_is_a_difference(engine: Engine, answers: Answers) -> None:
    wrong = {**PATIENTS, "two agents": {"age": 61.0, "sex": "frau"}}
    with pytest.raises(ReadingsDisagree, match=r"row 1: the reader took what the engine refuses: /sex") as seen:
        Checking(EngineReading(engine, AS_OF)).check(batch_of(engine, wrong), answers, [1, 2, 3])
    assert "frau" not in str(seen.value)


def test_answers_that_are_verdicts_alone_are_compared_in_these(
    engine: Engine, batch: pa.RecordBatch, answers: Answers
) -> None:
    alone = Plan.of(engine.knowledge, engine.policy, as_of=AS_OF).run(batch, whole=False)
    assert (alone.whole, alone.active, alone.missing) == (False, {}, {})
    assert [*differences(answers, alone, [1, 2, 3])] == []
    for kind, said in (("fires", "undetermined"), ("silent", "undetermined")):
        spoilt = {**getattr(alone, kind), "BCBM-62": numpy.zeros(3, bool)}
        (found,) = differences(answers, replace(alone, **{kind: spoilt}), [1, 2, 3])
        assert (found.point, found.columns) == ("BCBM-62", said)
        with pytest.raises(ReadingsDisagree, match="BCBM-62: the engine says"):
            Checking(EngineReading(engine, AS_OF)).check(batch, replace(alone, **{kind: spoilt}), [1, 2, 3])


def test_verdicts_alone_are_those_of_a_whole_answer_and_no_advice_is_made(engine: Engine) -> None:
    reading = EngineReading(engine, AS_OF)
    some = batch_of(engine, {**PATIENTS, **{f"P-{at}": one for at, one in enumerate(patients()[:40])}})
    whole = reading.run(some)
    apart = copy.copy(engine)
    apart._assembly = None  # type: ignore[assignment]
    alone = EngineReading(apart, AS_OF).run(some, whole=False)
    assert not alone.whole
    for rule in engine.knowledge.conditions:
        assert alone.fires[rule].tolist() == whole.fires[rule].tolist()
        assert alone.silent[rule].tolist() == whole.silent[rule].tolist()
    assert not alone.active


def test_verdicts_alone_are_by_both_readings(engine: Engine, monkeypatch: pytest.MonkeyPatch) -> None:
    """Where durable-rules concludes otherwise than the compiled reading, nothing is answered."""
    assert engine.verdicts(PATIENTS["two agents"], AS_OF)["BCBM-62"] == "fires"
    agenda = type(engine._inference._agenda)
    plain = agenda.conclude

    def less(self: Any, values: Any) -> Any:
        return dict([*plain(self, values).items()][1:])

    with monkeypatch.context() as patch:
        patch.setattr(agenda, "conclude", less)
        with pytest.raises(ReadingsDisagree):
            engine.verdicts(PATIENTS["two agents"], AS_OF)
        with pytest.raises(ReadingsDisagree):
            engine.advised(PATIENTS["two agents"], AS_OF)
    with pytest.raises(ProfileError):
        engine.verdicts({"age": "old"}, AS_OF)


def test_a_difference_stops_the_run_and_nothing_is_written(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    run = Plan.run

    def wrong(plan: Plan, batch: pa.RecordBatch, **asked: Any) -> Answers:
        return flipped("fires", "HER2RT-15", 3)(run(plan, batch, **asked), {})

    monkeypatch.setattr(Plan, "run", wrong)
    source = written(tmp_path / "p.ndjson", lines()[:5])
    out = tmp_path / "v.csv"
    assert main(["cohort", "verdicts", str(source), "--as-of", AS_OF.isoformat(), "--out", str(out)]) == 3
    assert "row 4: HER2RT-15: the engine says" in capsys.readouterr().err
    assert not out.exists()


def test_what_a_history_fills_in_is_filled_in_for_the_columns_as_for_the_engine(tmp_path: Path) -> None:
    """Three in four of the patients have no history, so that rows of both kinds stand between each other."""
    site = Engine.load(policy={"lvef_drop_abs": 10})
    fallen = [
        {"of": "lvef", "date": "2026-01-02", "value": 62.0, "unit": "%"},
        {"of": "lvef", "date": "2026-05-02", "value": 47.0, "unit": "%"},
        {"of": "calcium", "date": "2026-05-02", "value": 12.4, "unit": "mg/dL"},
    ]
    patient: dict[str, Any] = {
        "diagnosis": {"tumour_type": "breast"},
        "biomarkers": {"her2_status": "positive"},
        "medications": [{"id": "H", "drug": "trastuzumab", "status": "active", "start_date": "2026-01-10"}],
    }
    patients = {
        "none": patient,
        "fallen": {**patient, "history": fallen},
        "later": {**patient, "history": [fallen[0], {**fallen[1], "date": "2026-06-02"}]},
        "bare": patient,
        "open": {**patient, "history": fallen, "incomplete": ["history"]},
        "given": {**patient, "history": fallen, "cardiac": {"lvef_latest": 60.0}},
        "empty": {**patient, "history": []},
    }
    batch = batch_of(site, patients)
    by_engine = EngineReading(site, AS_OF).run(batch)
    by_columns = Plan.of(site.knowledge, site.policy, as_of=AS_OF).run(batch)
    assert by_columns.fires["HER2RT-16"].tolist() == [False, True, False, False, False, False, False]
    assert by_columns.fires["BCBM-06"].tolist() == [False, True, False, False, False, True, False]
    assert list(differences(by_engine, by_columns, range(len(patients)))) == []
    source = written(
        tmp_path / "p.ndjson",
        [json.dumps({"id": name, "patient": one}).encode() + b"\n" for name, one in patients.items()],
    )
    with source.open("rb") as stream:
        read = list(Ndjson(site.knowledge.vocabulary).batches(stream))
    assert [one for part in read for one in part.batch.to_pylist()] == batch.to_pylist()
    assert not any(part.refused for part in read)
