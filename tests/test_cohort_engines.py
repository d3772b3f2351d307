"""Verdicts on many machines are those of one: whatever the engine, the order of the work, and where it fails."""

from __future__ import annotations

import itertools
import json
import pickle
import re
import subprocess
import sys
from dataclasses import replace
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from cohort_answered import AS_OF
from cohort_groups import COUNT, REFUSED, answered_alone, in_groups, same
from oncocds.cli import main
from oncocds.engine import Engine
from oncocds.errors import EngineFault, InputError, ReadingsDisagree
from oncocds_cohort import sample
from oncocds_cohort.columns import Plan
from oncocds_cohort.engines import Job, Verdicts, job, verdicts
from oncocds_cohort.schema import profile_schema
from oncocds_cohort.synthetic import made_up

DOCUMENT = Path(__file__).parent.parent / "docs" / "cohorts.md"


@pytest.fixture(scope="module")
def patients(engine: Engine) -> pa.Table:
    return in_groups(engine)


@pytest.fixture(scope="module")
def folder(engine: Engine, tmp_path_factory: pytest.TempPathFactory) -> Path:
    return answered_alone(engine, tmp_path_factory.mktemp("engines"))


@pytest.fixture(scope="module")
def answering() -> Verdicts:
    return Verdicts.of(as_of=AS_OF)


@pytest.fixture
def work(folder: Path) -> Job:
    return Job.of(folder / "patients.parquet", folder / "verdicts.parquet", as_of=AS_OF)


@pytest.mark.parametrize("size", [0, 1, 7])
def test_a_batch_has_a_row_for_each_row(patients: pa.Table, folder: Path, answering: Verdicts, size: int) -> None:
    function = pickle.loads(pickle.dumps(answering))
    (batch,) = patients.slice(1, size).combine_chunks().to_batches() or [
        pa.RecordBatch.from_pylist([], patients.schema)
    ]
    found = function(batch)
    assert found.schema == function.schema
    assert found.column("id").to_pylist() == batch.column("id").to_pylist()
    lines = found.column("refused").to_pylist()
    assert [line is not None for line in lines] == [one in REFUSED for one in batch.column("id").to_pylist()]
    rows = [row for row in found.to_pylist() if row.pop("refused") is None]
    assert rows == pq.read_table(folder / "alone.parquet").slice(1, len(rows)).to_pylist()


def test_whom_the_engine_refuses_has_no_verdict_and_a_reason(patients: pa.Table, answering: Verdicts) -> None:
    found = answering(patients.slice(2, 3).combine_chunks().to_batches()[0]).to_pylist()[1]
    line = json.loads(found.pop("refused"))
    assert (line["row"], line["id"], [one["pointer"] for one in line["issues"]]) == (2, REFUSED[0], ["/age"])
    assert found.pop("id") == REFUSED[0]
    assert set(found.values()) == {None}


def test_a_batch_of_other_columns_is_refused(answering: Verdicts) -> None:
    with pytest.raises(InputError, match="unknown column; did you mean 'age'"):
        answering(pa.record_batch({"id": ["P"], "ager": [61.0]}))


def test_row_groups_in_any_order_and_twice_are_what_one_machine_writes(work: Job, folder: Path) -> None:
    given = pickle.loads(pickle.dumps(work))
    done = [given.answer(group) for group in (*reversed(work.groups), work.groups[0])]
    ran = work.write(done)
    assert (ran.patients, ran.refused, ran.checked, ran.repeats.ids) == (COUNT, 2, COUNT, 1)
    assert same(folder, "verdicts.parquet")
    assert not (folder / "verdicts.parquet.parts").exists()


def test_what_was_not_answered_is_no_output(work: Job, folder: Path) -> None:
    (folder / "verdicts.parquet").unlink(missing_ok=True)
    other = replace(work, source=replace(work.source, digest="sha256:0"))
    done = [work.answer(work.groups[0]), other.answer(work.groups[1]), work.answer(work.groups[2])]
    with pytest.raises(InputError, match="row group 1 has no verdicts of this job"):
        work.write(done)
    assert not (folder / "verdicts.parquet").exists()


def test_columns_that_answer_otherwise_than_the_engine_stop_the_work(
    work: Job, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (folder / "verdicts.parquet").unlink(missing_ok=True)
    run = Plan.run

    def wrong(self: Plan, batch: pa.RecordBatch, **asked: Any) -> Any:
        answers = run(self, batch, **asked)
        rule = next(iter(answers.fires))
        return replace(answers, fires={**answers.fires, rule: ~answers.fires[rule]})

    out = replace(work, out=folder / "other.csv")
    monkeypatch.setattr(Plan, "run", wrong)
    with pytest.raises(EngineFault, match=r"row group 0: row \d: .* the columns say"):
        out.write([out.answer(group) for group in out.groups])
    assert not out.out.exists()


def test_a_batch_alone_is_checked_against_the_engine(
    patients: pa.Table, answering: Verdicts, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sample, "ONE_IN", 2)
    run = Plan.run

    def wrong(self: Plan, batch: pa.RecordBatch, **asked: Any) -> Any:
        return replace(answers := run(self, batch, **asked), active=answers.silent)

    monkeypatch.setattr(Plan, "run", wrong)
    with pytest.raises(ReadingsDisagree):
        answering(patients.combine_chunks().to_batches()[0])


def test_a_machine_with_other_knowledge_answers_nothing(work: Job) -> None:
    identity = {**dict(work.verdicts.identity), "knowledge": "2.3.0 sha256:0"}
    other = replace(work, verdicts=replace(work.verdicts, identity=tuple(identity.items())))
    (problem,) = other.answer(work.groups[0]).problems
    assert (problem.pointer.rpartition(": ")[2], problem.expected) == ("knowledge", "2.3.0 sha256:0")


def test_a_machine_with_another_file_answers_nothing(work: Job) -> None:
    other = replace(work, source=replace(work.source, size=work.source.size + 1), out=work.out.with_name("another.csv"))
    (problem,) = other.answer(work.groups[0]).problems
    assert problem.reason == "it is another file here"


def test_patients_are_checked_also_where_the_first_were_refused(
    engine: Engine, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for one in (sample, verdicts, job):
        monkeypatch.setattr(one, "LEAST", 3)
    rows = [{"id": f"R{number}", "age": -1.0} for number in range(3)]
    rows += [{"id": identity, **patient} for identity, patient in itertools.islice(made_up(engine.knowledge, 4), 4)]
    table = pa.Table.from_pylist(rows, profile_schema(engine.knowledge.vocabulary))
    pq.write_table(table, tmp_path / "p.parquet", row_group_size=3)
    work = Job.of(tmp_path / "p.parquet", tmp_path / "v.csv", as_of=AS_OF)
    ran = work.write([work.answer(group) for group in work.groups])
    assert (ran.patients, ran.refused, ran.checked) == (4, 3, 3)


def test_the_example_of_the_document_on_dask_writes_what_one_machine_does(folder: Path) -> None:
    (example,) = re.findall(r"```python\n(import dask\n.*?)```", DOCUMENT.read_text("utf-8"), re.DOTALL)
    assert len([line for line in example.splitlines() if line]) <= 10
    (folder / "verdicts.parquet").unlink(missing_ok=True)
    (folder / "example.py").write_text(example.replace("2026-11-01", AS_OF.isoformat()), "utf-8")
    subprocess.run([sys.executable, "-W", "error", "example.py"], cwd=folder, check=True, timeout=600)
    assert same(folder, "verdicts.parquet")


def test_a_job_is_of_parquet(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    file = tmp_path / "p.ndjson"
    file.write_text('{"id": "P", "patient": {}}\n', "utf-8")
    assert main(["cohort", "submit", str(file), "--out", str(tmp_path / "job")]) == 2
    assert "it cannot be read as Parquet; expected a whole Parquet file" in capsys.readouterr().err
    assert not (tmp_path / "job").exists()
