"""Verdicts on many machines are those of one: whatever the engine, the order of the work, and where it fails."""

from __future__ import annotations

import copy
import datetime
import itertools
import json
import pickle
import platform
import re
import subprocess
import sys
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from functools import cache, partial
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cohort_agreement import EVERYTHING_SET
from cohort_answered import AS_OF
from cohort_groups import COUNT, REFUSED, answered_alone, in_groups, same, written_alone
from how_many import examples
from oncocds.cli import main
from oncocds.engine import Engine
from oncocds.errors import EngineFault, InputError, ReadingsDisagree
from oncocds.profile.policy import merge
from oncocds.profile.reading import read_policy
from oncocds_cohort import sample
from oncocds_cohort.answers import Answers
from oncocds_cohort.columns import Plan
from oncocds_cohort.engines import Counts, Job, Output, Verdicts, job
from oncocds_cohort.engines.output import FORMATS, What
from oncocds_cohort.outputs import named, running, working
from oncocds_cohort.outputs.asked import Asked
from oncocds_cohort.outputs.compare import Comparing
from oncocds_cohort.outputs.digests import InputFile
from oncocds_cohort.outputs.report import Counting
from oncocds_cohort.outputs.tables import csv_text
from oncocds_cohort.reading.batches import pieces_of
from oncocds_cohort.sample import taken
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


def test_what_lies_in_the_place_of_a_list_that_is_not_there_is_nobodys(patients: pa.Table, answering: Verdicts) -> None:
    """Of a list that is null nothing is said of what its offsets span; other engines leave there what they will."""
    batch = patients.combine_chunks().to_batches()[0].slice(0, 300)
    batch = batch.take(pa.array(range(len(batch))))  # a part by itself, whose offsets begin at none
    lost = pa.array([row % 3 == 0 for row in range(len(batch))])
    odd, plain = [], []
    for column in batch.columns:
        if pa.types.is_list(column.type):
            gone = pc.or_(lost, column.is_null())
            odd.append(pa.ListArray.from_arrays(column.offsets, column.values, type=column.type, mask=gone))
            plain.append(pa.array(odd[-1].to_pylist(), column.type))
        else:
            odd.append(column)
            plain.append(column)
    told, expected = (answering(pa.RecordBatch.from_arrays(one, schema=batch.schema)) for one in (odd, plain))
    assert told.equals(expected)


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
    "decided.csv": Output(decide=True),
    "c.csv": Output("counts"),
    "all.json": Output("counts", suppress_below=0, decide=True),
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


@dataclass(frozen=True)
class Site:
    """A new version, by a site's settings, and the plans of the old one and of it."""

    policy: Path
    plans: tuple[Plan, Plan]


@pytest.fixture(scope="module")
def site(engine: Engine, tmp_path_factory: pytest.TempPathFactory) -> Site:
    policy = tmp_path_factory.mktemp("a, site") / "new, and stricter.json"
    settings_ = {name: value for name, value in EVERYTHING_SET.items() if name != "result_age_months"}
    policy.write_text(json.dumps(settings_), "utf-8")  # so that both read the same results
    under = merge(engine.policy, read_policy(policy, engine.knowledge.vocabulary))
    old, new = (Plan.of(engine.knowledge, one, as_of=AS_OF) for one in (engine.policy, under))
    return Site(policy, (old, new))


def two_versions(site: Site) -> dict[str, Output]:
    new = str(site.policy)
    return {
        "n.csv": Output("compare", new=new),
        "all.parquet": Output("compare", new=new, suppress_below=0),
        "ids.csv": Output("compare", new=new, patients=True),
        "ids.parquet": Output("compare", new=new, patients=True),
        "new.html": Output("report", new=new, suppress_below=0),
    }


@pytest.fixture(scope="module")
def comparing(engine: Engine, patients: pa.Table, site: Site) -> tuple[Counting, Sequence[Answers]]:
    """What compares and counts for a report, and what both versions say of everybody."""
    (batch,) = patients.combine_chunks().to_batches()
    of = InputFile(site.policy, "", None, 0, 0)
    engines = tuple(Engine(one.knowledge, one.policy) for one in site.plans)
    asked_ = Asked(of, engines, AS_OF, "columns", made=site.plans)
    assert asked_.pair is not None
    return Counting(asked_), asked_.pair.run(batch)


@settings(max_examples=25)
@given(data=st.data())
def test_what_changes_for_any_parts_in_any_order_and_grouping_is_what_changes_for_everybody(
    data: st.DataObject, comparing: tuple[Counting, Sequence[Answers]]
) -> None:
    counting, everybody = comparing
    cuts = [0, *sorted(data.draw(st.sets(st.integers(1, COUNT + 1), max_size=4))), COUNT + 2]
    which = [numpy.arange(*ends) for ends in itertools.pairwise(cuts)]
    parts = [counting.part(*(taken(one, at) for one in everybody)).counted for at in which]
    whole, found = _empty(counting), _empty(counting)
    whole.merge(counting.part(*everybody).counted)
    for one in data.draw(st.permutations(parts)):
        found.merge(json.loads(json.dumps(one)))
    assert found.state() == whole.state() != _empty(counting).state()
    assert counting.comparing is not None
    listed = Comparing(counting.comparing.versions, listing=True)
    lists = [listed.part(*(taken(one, at) for one in everybody)).rows for at in which]
    key = [("id", "ascending"), ("rule", "ascending")]
    assert (rows := listed.part(*everybody).rows) is not None
    assert pa.concat_tables(lists).sort_by(key) == rows.sort_by(key)


def _empty(counting: Counting) -> Counting:
    """Return one that has counted nothing; of the same versions, as comparing these takes long."""
    found = copy.copy(counting)
    found.tally, found.comparing = copy.copy(found.tally), copy.copy(found.comparing)
    assert found.comparing is not None
    found.tally.counts, found.comparing.counts = Counter(), Counter()
    return found


@settings(max_examples=examples(20, 3))
@given(data=st.data())
def test_two_versions_compared_by_machines_that_share_a_file_in_any_way_are_what_one_machine_writes(
    data: st.DataObject, engine: Engine, patients: pa.Table, site: Site, tmp_path_factory: pytest.TempPathFactory
) -> None:
    """Whatever the row groups are, in whatever order and however often they are answered."""
    folder = tmp_path_factory.mktemp("split")
    name, output = data.draw(st.sampled_from(sorted(two_versions(site).items())))
    pq.write_table(patients, folder / "patients.parquet", row_group_size=data.draw(st.integers(1, COUNT + 3)))
    alone = written_alone(engine, folder, output, name, *site.plans)
    given_ = pickle.loads(pickle.dumps(Job.of(folder / "patients.parquet", folder / name, output, as_of=AS_OF)))
    groups = data.draw(st.permutations(given_.groups))
    again = data.draw(st.lists(st.sampled_from(groups), max_size=2))
    ran = given_.write([given_.answer(group) for group in (*groups, *again)])
    assert (ran.patients, ran.refused) == (COUNT, 2)
    assert (folder / name).read_bytes() == alone.read_bytes()
    beside = [one.with_name(f"{name}.refused.ndjson").read_text("utf-8") for one in (folder / name, alone)]
    assert beside[0] == beside[1] != ""


def test_something_changes_in_the_version_that_is_compared(engine: Engine, folder: Path, site: Site) -> None:
    alone = written_alone(engine, folder, two_versions(site)["ids.csv"], "ids.csv", *site.plans)
    assert alone.read_text("utf-8-sig").count("gets") > 2


@pytest.mark.parametrize(("what", "other"), [("compare", "current"), ("report", None)])
def test_parts_of_another_new_version_are_not_taken(
    folder: Path, site: Site, what: What, other: str | None, tmp_path: Path
) -> None:
    """Nor where there is none: whom a new vocabulary refuses is not counted in a report of both."""
    one, two = (
        Job.of(folder / "patients.parquet", tmp_path / f"w{FORMATS[what][0]}", Output(what, new=new), as_of=AS_OF)
        for new in (str(site.policy), other)
    )
    outcomes = [one.answer(group) for group in one.groups]
    with pytest.raises(InputError, match="row group 0 was not answered by this job"):
        two.write(outcomes)


def test_both_versions_are_of_one_day_where_midnight_comes_between(monkeypatch: pytest.MonkeyPatch) -> None:
    days = iter(datetime.datetime(2026, 11, day, tzinfo=datetime.UTC) for day in range(1, 9))
    clock = SimpleNamespace(date=datetime.date, datetime=SimpleNamespace(now=lambda: next(days)))
    monkeypatch.setattr("oncocds.profile.reading.datetime", clock)
    old, new = Output("compare", new="current").versions(None, None, None)
    assert old.as_of == new.as_of


def test_a_machine_with_another_new_version_answers_nothing(folder: Path, site: Site, tmp_path: Path) -> None:
    policy = tmp_path / "site.json"
    policy.write_bytes(site.policy.read_bytes())
    output = Output("compare", new=str(policy))
    given_ = pickle.dumps(Job.of(folder / "patients.parquet", folder / "y.csv", output, as_of=AS_OF))
    policy.write_text('{"elderly_age": 99}', "utf-8")
    work = pickle.loads(given_)
    (problem,) = work.answer(work.groups[0]).problems
    assert problem.pointer == f"{platform.node()}: policy"


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
        (Output("gaps", names=("BCBM-620",)), "^RULE|ACTION: no rule or action 'BCBM-620'".replace("|", r"\|")),
        (Output("gaps", names=("HER2RT-15",), overdue=True), "the site has not set how often"),
        (Output("counts", suppress_below=2), "it protects nobody"),
        (Output("compare"), "--new: missing"),
        (Output("verdicts", new="current"), "verdicts have no such option"),
        (Output("report", old="site.yaml"), "report have no such option"),
        (Output("counts", patients=True), "counts have no such option"),
        (Output("compare", new="nowhere"), "nowhere: no such file or folder"),
        (Output("fhir"), "many machines do not make that"),  # type: ignore[arg-type]
    ],
)
def test_what_cannot_be_asked_is_refused_before_work_is_given_out(folder: Path, output: Output, reason: str) -> None:
    with pytest.raises(InputError, match=reason):
        Job.of(folder / "patients.parquet", folder / "x.csv", output, as_of=AS_OF)


@pytest.mark.parametrize("name", ["x" * 300, "循环/x", "x\0"])
@pytest.mark.parametrize("which", ["path", "out", "knowledge", "policy", "new"])
def test_what_no_file_can_be_called_is_refused(folder: Path, tmp_path: Path, name: str, which: str) -> None:
    (tmp_path / "循环").symlink_to(tmp_path / "循环")
    paths = {"path": folder / "patients.parquet", "out": tmp_path / "x.csv"}
    given = {**paths, **({} if which == "new" else {which: tmp_path / f"{name}.csv"})}
    output = Output("compare", new=str(tmp_path / name)) if which == "new" else Output()
    with pytest.raises(InputError) as refused:
        Job.of(output=output, as_of=AS_OF, **given)
    (problem,) = refused.value.problems
    assert problem.pointer.startswith(str(tmp_path))
    assert problem.reason in {
        "it cannot be reached: File name too long",
        "it cannot be reached: Too many levels of symbolic links",
        "it cannot be reached: a character that no path holds",
        "no such file or folder",
    }


def test_a_name_too_long_for_what_is_written_beside_it_is_refused(folder: Path, tmp_path: Path) -> None:
    with pytest.raises(InputError, match=r"refused\.ndjson: it cannot be written: File name too long"):
        Job.of(folder / "patients.parquet", tmp_path / f"{'x' * 248}.csv", as_of=AS_OF)


def test_a_job_is_not_submitted_for_links_in_a_circle(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "loop").symlink_to(tmp_path / "loop")
    assert main(["cohort", "submit", str(tmp_path / "loop"), "--out", str(tmp_path / "job")]) == 2
    assert "loop: it cannot be read: Too many levels of symbolic links" in capsys.readouterr().err


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
    assert asked["as_of"] == AS_OF.isoformat()
    assert main([*command, "--overdue"]) == 2
    assert "--overdue: verdicts have no such option" in capsys.readouterr().err


def test_a_job_is_not_lost_to_another_one(folder: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    command = ["cohort", "submit", str(folder / "patients.parquet"), "--out", str(tmp_path), "--as-of", "2026-01-01"]
    assert main([*command, "--what", "counts"]) == main([*command, "--what", "counts"]) == 0
    before = (tmp_path / "job.py").read_bytes()
    assert main(command) == 2
    assert f"{tmp_path / 'job.py'}: it is there and asks something else; expected another" in capsys.readouterr().err
    assert (tmp_path / "job.py").read_bytes() == before


@pytest.mark.parametrize("empty", ["", ",", "x,"])
def test_a_version_that_is_not_named_is_refused(
    folder: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str], empty: str
) -> None:
    command = ["cohort", "submit", str(folder / "patients.parquet"), "--out", str(tmp_path), "--what", "compare"]
    assert main([*command, "--new", empty]) == 2
    named = {"": "''", ",": ",", "x,": "x"}[empty]
    assert f"oncocds: {named}: no such file or folder" in capsys.readouterr().err


def test_a_job_for_spark_names_both_versions_by_paths_that_mean_the_same_anywhere(
    folder: Path, site: Site, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(site.policy.parent)
    command = ["cohort", "submit", str(folder / "patients.parquet"), "--out", str(tmp_path)]
    assert main([*command, "--what", "compare", "--new", site.policy.name, "--patients"]) == 0
    asked: dict[str, Any] = {}
    ran = re.sub(r"raise SystemExit\(\s*run\(", "asked.update(dict(", (tmp_path / "job.py").read_text("utf-8"))
    exec(ran, {"asked": asked})
    assert asked["output"] == Output("compare", new=str(site.policy), patients=True)
    assert asked["out"] == str(tmp_path / "compare.csv")


@pytest.mark.parametrize(
    ("spoil", "said"),
    [
        (lambda job: (job / "verdicts.parquet").mkdir(parents=True), "it is a folder"),
        (lambda job: (job.mkdir(), (job / "verdicts.parquet").symlink_to("../patients.parquet")), "that is read"),
        (lambda job: (job.mkdir(), (job / "job.py").symlink_to("../patients.parquet")), "that is read"),
        (lambda job: pq.write_table(pa.table({"id": ["P"], "ager": [1.0]}), job.parent / "patients.parquet"), "'age'"),
        (lambda job: (job.parent / "patients.parquet").unlink(), "No such file or directory"),
    ],
)
def test_what_verdicts_would_refuse_before_the_work_is_refused_before_the_job_is_written(
    patients: pa.Table, tmp_path: Path, capsys: pytest.CaptureFixture[str], spoil: Callable[[Path], Any], said: str
) -> None:
    pq.write_table(patients, tmp_path / "patients.parquet")
    spoil(tmp_path / "job")
    before = (tmp_path / "patients.parquet").exists() and (tmp_path / "patients.parquet").read_bytes()
    assert main(["cohort", "submit", str(tmp_path / "patients.parquet"), "--out", str(tmp_path / "job")]) == 2
    assert said in capsys.readouterr().err
    assert not (tmp_path / "job" / "job.py").is_file() or (tmp_path / "job" / "job.py").read_bytes() == before


def test_knowledge_is_read_once_where_work_is_given_out(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    read: list[Path | None] = []
    load = named.load_bundled_or
    monkeypatch.setattr(named, "load_bundled_or", lambda one, *more: read.append(one) or load(one, *more))
    work = Job.of(folder / "patients.parquet", folder / "z.parquet", as_of=AS_OF)
    assert work.versions[0].engine.knowledge.rules
    assert read == [None]


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
    with pytest.raises(EngineFault, match=rf"row group 0: {platform.node()}: row \d: .* the columns say"):
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
    (version,) = work.versions
    identity = {**dict(version.identity), "knowledge": "2.3.0 sha256:0"}
    other = replace(work, versions=(replace(version, identity=tuple(identity.items())),))
    (problem,) = other.answer(work.groups[0]).problems
    assert (problem.pointer, problem.expected) == (f"{platform.node()}: knowledge", "2.3.0 sha256:0")


def test_a_machine_with_another_file_answers_nothing(work: Job) -> None:
    other = replace(work, source=replace(work.source, size=work.source.size + 1), out=work.out.with_name("another.csv"))
    (problem,) = other.answer(work.groups[0]).problems
    assert problem.reason == "it is another file here"
    assert problem.pointer == f"{platform.node()}: {work.source.path}"


def test_a_file_that_is_damaged_on_one_machine_is_told_with_its_name(engine: Engine, tmp_path: Path) -> None:
    folder = answered_alone(engine, tmp_path)
    file = folder / "patients.parquet"
    work = Job.of(file, folder / "verdicts.parquet", as_of=AS_OF)
    begin = pq.read_metadata(file).row_group(1).column(0).data_page_offset
    content = file.read_bytes()
    file.write_bytes(content[:begin] + bytes(200) + content[begin + 200 :])
    outcomes = [work.answer(group) for group in work.groups]
    ((problem,),) = [one.problems for one in outcomes if one.problems]
    assert problem.pointer == f"{platform.node()}: {file}"
    with pytest.raises(InputError, match="cannot be read as Parquet"):
        work.write(outcomes)
    assert not (folder / "verdicts.parquet").exists()


def test_what_cannot_be_written_on_one_machine_is_told_with_its_name(work: Job, tmp_path: Path) -> None:
    (tmp_path / "x.csv.parts").write_text("no folder", "utf-8")
    other = replace(work, out=tmp_path / "x.csv")
    (problem,) = other.answer(work.groups[0]).problems
    assert problem.pointer == f"{platform.node()}: {other.out}"
    assert "it cannot be written" in problem.reason


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
