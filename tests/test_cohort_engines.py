"""Verdicts on many machines are those of one: whatever the engine, the order of the work, and where it fails."""

from __future__ import annotations

import itertools
import json
import pickle
import re
import subprocess
import sys
from collections.abc import Callable
from dataclasses import replace
from functools import cache, partial
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cohort_answered import AS_OF
from cohort_groups import COUNT, REFUSED, answered_alone, in_groups, same, written_alone
from oncocds.cli import main
from oncocds.engine import Engine
from oncocds.errors import EngineFault, InputError, ReadingsDisagree
from oncocds.profile.policy import merge
from oncocds.profile.reading import read_policy
from oncocds_cohort import sample
from oncocds_cohort.columns import Plan
from oncocds_cohort.engines import Counts, Job, Output, Verdicts, job
from oncocds_cohort.outputs import running, working
from oncocds_cohort.outputs.tables import csv_text
from oncocds_cohort.reading.batches import pieces_of
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


@pytest.fixture(autouse=True)
def several(monkeypatch: pytest.MonkeyPatch) -> None:
    """Make each of the small row groups a task, and a piece of the one machine's work."""
    monkeypatch.setattr(job, "ROWS", 8)
    monkeypatch.setattr(running, "pieces_of", partial(pieces_of, rows=8))


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


OUTPUTS = {
    "v.csv": Output(),
    "placed.csv": Output(sections=True),
    "c.csv": Output("counts"),
    "all.json": Output("counts", suppress_below=0),
    "g.csv": Output("gaps", names=("BCBM-62", "monitor-serum-calcium")),
    "r.html": Output("report", lang="en"),
}


@pytest.mark.parametrize("name", OUTPUTS)
def test_every_output_is_byte_for_byte_what_one_machine_writes(engine: Engine, folder: Path, name: str) -> None:
    alone = written_alone(engine, folder, OUTPUTS[name], name)
    given = pickle.loads(pickle.dumps(Job.of(folder / "patients.parquet", folder / name, OUTPUTS[name], as_of=AS_OF)))
    assert len(given.groups) == 3
    given.write([given.answer(group) for group in reversed(given.groups)])
    assert (folder / name).read_bytes() == alone.read_bytes()
    beside = [one.with_name(f"{name}.refused.ndjson").read_text("utf-8") for one in (folder / name, alone)]
    assert beside[0] == beside[1] != ""


def test_who_is_overdue_is_found_by_many_machines_as_by_one(engine: Engine, folder: Path, tmp_path: Path) -> None:
    site = tmp_path / "site.json"
    site.write_text('{"echo_interval_months": 3}', "utf-8")
    output = Output("gaps", names=("HER2RT-15",), overdue=True)
    under = engine.under(merge(engine.policy, read_policy(site, engine.knowledge.vocabulary)))
    alone = written_alone(under, folder, output, "o.csv")
    given = Job.of(folder / "patients.parquet", folder / "o.csv", output, policy=site, as_of=AS_OF)
    given.write([given.answer(group) for group in given.groups])
    assert (folder / "o.csv").read_bytes() == alone.read_bytes()


@pytest.fixture(scope="module")
def counting() -> Counts:
    return Counts.of(as_of=AS_OF)


@pytest.fixture(scope="module")
def counted(patients: pa.Table, counting: Counts) -> Callable[[int, int], pa.RecordBatch]:
    """What some of the rows come to, each batch counted once."""
    (batch,) = patients.combine_chunks().to_batches()
    return cache(lambda begin, end: counting(batch.slice(begin, end - begin)))


@settings(max_examples=25)
@given(data=st.data())
def test_counts_of_any_batches_merged_in_any_order_and_grouping_are_those_of_one_process(
    data: st.DataObject, counting: Counts, counted: Callable[[int, int], pa.RecordBatch], counts_alone: bytes
) -> None:
    cuts = [0, *sorted(data.draw(st.sets(st.integers(1, COUNT + 1), max_size=4))), COUNT + 2]
    parts = [counted(*ends) for ends in itertools.pairwise(cuts)]
    parts = data.draw(st.permutations(parts))
    while len(parts) > 1:  # the last of the grouping is the sum
        number = data.draw(st.integers(2, len(parts)))
        parts = [counting.merge(parts[:number]), *parts[number:]]
    assert parts[0].equals(counting.merge([counted(0, COUNT + 2)]))
    assert csv_text(counting.table(parts[0])) == counts_alone


@pytest.fixture(scope="module")
def counts_alone(engine: Engine, folder: Path) -> bytes:
    """The rows that one machine writes."""
    return written_alone(engine, folder, Output("counts"), "rows.csv").read_bytes().partition(b"most_missing\n")[2]


def test_small_numbers_are_left_out_of_the_sum_and_not_of_its_parts(
    counting: Counts, counted: Callable[[int, int], pa.RecordBatch]
) -> None:
    """Of batches of four no number but nobody's may be shown, of all together many may."""
    parts = [counted(at, min(at + 4, COUNT + 2)) for at in range(0, COUNT + 2, 4)]
    assert not any(row["fires"] for one in parts for row in counting.table(one).to_pylist())
    assert any(row["fires"] for row in counting.table(counting.merge(parts)).to_pylist())


def test_whom_the_engine_refuses_is_counted_as_refused(
    counting: Counts, counted: Callable[[int, int], pa.RecordBatch]
) -> None:
    numbers = {row["name"]: row["patients"] for row in counting.merge([counted(0, 8), counted(8, 16)]).to_pylist()}
    assert (numbers["patients"], numbers["refused"]) == (14, 2)


@pytest.mark.parametrize(
    ("output", "reason"),
    [
        (Output("counts", overdue=True), "counts have no such option"),
        (Output("gaps"), "missing"),
        (Output("gaps", names=("BCBM-620",)), "no rule or action 'BCBM-620'"),
        (Output("gaps", names=("HER2RT-15",), overdue=True), "the site has not set how often"),
        (Output("counts", suppress_below=2), "it protects nobody"),
        (Output("compare"), "many machines do not make that"),  # type: ignore[arg-type]
    ],
)
def test_what_cannot_be_asked_is_refused_before_work_is_given_out(folder: Path, output: Output, reason: str) -> None:
    with pytest.raises(InputError, match=reason):
        Job.of(folder / "patients.parquet", folder / "x.csv", output, as_of=AS_OF)


def test_parts_of_another_question_are_not_taken(folder: Path) -> None:
    one, other = (
        Job.of(folder / "patients.parquet", folder / "q.csv", Output("gaps", names=(name,)), as_of=AS_OF)
        for name in ("BCBM-62", "BCBM-12")
    )
    outcomes = [one.answer(group) for group in one.groups]
    with pytest.raises(InputError, match="row group 0 was not answered by this job"):
        other.write(outcomes)


def test_a_job_for_spark_says_what_it_writes(folder: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    command = ["cohort", "submit", str(folder / "patients.parquet"), "--out", str(tmp_path / "job")]
    assert main([*command, "--what", "gaps", "--names", "BCBM-62", "--as-of", AS_OF.isoformat()]) == 0
    assert f"{COUNT + 2} patients in 3 tasks" in capsys.readouterr().out
    asked: dict[str, Any] = {}
    ran = re.sub(r"raise SystemExit\(\s*run\(", "asked.update(dict(", (tmp_path / "job" / "job.py").read_text("utf-8"))
    exec(ran, {"asked": asked})
    assert asked["output"] == Output("gaps", names=("BCBM-62",))
    assert asked["out"] == str(tmp_path / "job" / "gaps.parquet")
    assert main([*command, "--overdue"]) == 2
    assert "--overdue: verdicts have no such option" in capsys.readouterr().err


def test_what_was_not_answered_is_no_output(work: Job, folder: Path) -> None:
    (folder / "verdicts.parquet").unlink(missing_ok=True)
    other = replace(work, source=replace(work.source, digest="sha256:0"))
    done = [work.answer(work.groups[0]), other.answer(work.groups[1]), work.answer(work.groups[2])]
    with pytest.raises(InputError, match="row group 1 was not answered by this job"):
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


@pytest.mark.parametrize("what", ["answering", "counting"])
def test_a_batch_alone_is_checked_against_the_engine(
    patients: pa.Table, what: str, request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch
) -> None:
    function: Verdicts | Counts = request.getfixturevalue(what)
    monkeypatch.setattr(sample, "ONE_IN", 2)
    run = Plan.run

    def wrong(self: Plan, batch: pa.RecordBatch, **asked: Any) -> Any:
        return replace(answers := run(self, batch, **asked), active=answers.silent)

    monkeypatch.setattr(Plan, "run", wrong)
    with pytest.raises(ReadingsDisagree):
        function(patients.combine_chunks().to_batches()[0])


def test_a_machine_with_other_knowledge_answers_nothing(work: Job) -> None:
    identity = {**dict(work.version.identity), "knowledge": "2.3.0 sha256:0"}
    other = replace(work, version=replace(work.version, identity=tuple(identity.items())))
    (problem,) = other.answer(work.groups[0]).problems
    assert (problem.pointer.rpartition(": ")[2], problem.expected) == ("knowledge", "2.3.0 sha256:0")


def test_a_machine_with_another_file_answers_nothing(work: Job) -> None:
    other = replace(work, source=replace(work.source, size=work.source.size + 1), out=work.out.with_name("another.csv"))
    (problem,) = other.answer(work.groups[0]).problems
    assert problem.reason == "it is another file here"


def test_patients_are_checked_also_where_the_first_were_refused(
    engine: Engine, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for one in (sample, working, running):
        monkeypatch.setattr(one, "LEAST", 3)
    rows = [{"id": f"R{number}", "age": -1.0} for number in range(3)]
    rows += [{"id": identity, **patient} for identity, patient in itertools.islice(made_up(engine.knowledge, 4), 4)]
    table = pa.Table.from_pylist(rows, profile_schema(engine.knowledge.vocabulary))
    pq.write_table(table, tmp_path / "p.parquet", row_group_size=3)
    work = Job.of(tmp_path / "p.parquet", tmp_path / "v.csv", as_of=AS_OF)
    ran = work.write([work.answer(group) for group in work.groups])
    assert (ran.patients, ran.refused, ran.checked) == (4, 3, 3)


def test_the_example_of_the_document_on_dask_writes_what_one_machine_does(engine: Engine, folder: Path) -> None:
    (example,) = re.findall(r"```python\n(import dask\n.*?)```", DOCUMENT.read_text("utf-8"), re.DOTALL)
    assert len([line for line in example.splitlines() if line]) <= 10
    (folder / "verdicts.parquet").unlink(missing_ok=True)
    example = example.replace("2026-11-01", AS_OF.isoformat())
    small = "import oncocds_cohort.engines.job as small\n\nsmall.ROWS = 8\n"
    (folder / "example.py").write_text(small + example, "utf-8")
    subprocess.run([sys.executable, "-W", "error", "example.py"], cwd=folder, check=True, timeout=600)
    assert same(folder, "verdicts.parquet")
    others = {"counts.csv": Output("counts"), "gaps.csv": Output("gaps", names=("BCBM-62",))}
    for name, output in others.items():
        assert (folder / name).read_bytes() == written_alone(engine, folder, output, name).read_bytes()


def test_a_job_is_of_parquet(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    file = tmp_path / "p.ndjson"
    file.write_text('{"id": "P", "patient": {}}\n', "utf-8")
    assert main(["cohort", "submit", str(file), "--out", str(tmp_path / "job")]) == 2
    assert "it cannot be read as Parquet; expected a whole Parquet file" in capsys.readouterr().err
    assert not (tmp_path / "job").exists()
