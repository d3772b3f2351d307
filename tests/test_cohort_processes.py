"""Several processes write what one writes, byte for byte; one that dies ends the run, and nothing finished is lost."""

from __future__ import annotations

import json
import os
import pickle
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from functools import partial
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from cohort_answered import AS_OF, UNREADABLE, asked, lines, written
from cohort_ending import NO_THREADS, by_several, dying, ending, failing, killed, runs
from cohort_groups import in_groups
from oncocds.cli import main
from oncocds.engine import Engine
from oncocds.errors import EngineFault, InputError, Issue, KnowledgeError, Problem
from oncocds.profile.policy import merge
from oncocds.profile.reading import read_policy
from oncocds_cohort import sample
from oncocds_cohort.ahead import in_order
from oncocds_cohort.outputs import commands, processes, running, working
from oncocds_cohort.outputs import verdicts as of_verdicts
from oncocds_cohort.outputs.asked import Asked
from oncocds_cohort.outputs.gaps import gaps
from oncocds_cohort.outputs.report import report
from oncocds_cohort.outputs.running import Ran
from oncocds_cohort.outputs.suppression import Suppression
from oncocds_cohort.outputs.verdicts import verdicts
from oncocds_cohort.reading.batches import Reader, pieces_of

REPEATED = lines()[3]
WAYS = [
    pytest.param(True, marks=pytest.mark.skipif(sys.platform != "linux", reason="processes are copied on Linux alone")),
    False,
]


def of(source: Path, out: Path) -> list[str]:
    """Return a command by two processes."""
    return ["cohort", "verdicts", str(source), "--as-of", AS_OF.isoformat(), "--out", str(out), "--jobs", "2"]


@pytest.fixture(scope="module")
def source(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A file of some pieces, in which one row is refused and one id stands twice."""
    return written(
        tmp_path_factory.mktemp("processes") / "p.ndjson", [*lines()[:20], UNREADABLE, *lines()[20:], REPEATED]
    )


@pytest.fixture(scope="module")
def newer(engine: Engine) -> Engine:
    return engine.under(merge(engine.policy, read_policy({"elderly_age": 40}, engine.knowledge.vocabulary)))


@pytest.fixture(autouse=True)
def in_pieces(monkeypatch: pytest.MonkeyPatch) -> None:
    """Make the file be given out in small pieces."""
    monkeypatch.setattr(running, "pieces_of", partial(pieces_of, block=3_000, rows=1))


def of_each(source: Path, folder: Path, write: Callable[[int, Path], Ran], name: str, jobs: tuple[int, ...]) -> None:
    """Hold the outputs of several numbers of processes, and who was refused, against those of one."""
    ran, content = [], []
    for number in jobs:
        out = folder / str(number) / name
        out.parent.mkdir()
        ran.append(write(number, out))
        content.append((out.read_bytes(), Path(f"{out}.refused.ndjson").read_bytes()))
        assert len(list(out.parent.iterdir())) == 2
    assert len(list(running.pieces_of(source))) > 4
    assert (ran[0].patients, ran[0].refused, ran[0].repeats.ids, ran[0].repeats.rows) == (len(lines()) + 1, 1, 1, 2)
    assert {*ran} == {ran[0]}
    assert {*content} == {content[0]}


def test_verdicts_are_the_same_by_any_number_of_processes(engine: Engine, source: Path, tmp_path: Path) -> None:
    def write(jobs: int, out: Path) -> Ran:
        return verdicts(asked(source, engine, jobs=jobs), out)

    of_each(source, tmp_path, write, "v.csv", (1, 2, 3))


def test_a_report_of_two_versions_is_the_same_by_several_processes(
    engine: Engine, newer: Engine, source: Path, tmp_path: Path
) -> None:
    def write(jobs: int, out: Path) -> Ran:
        return report(asked(source, engine, newer, jobs=jobs), out, Suppression(0), "zh")

    of_each(source, tmp_path, write, "r.html", (1, 2))


def test_columns_are_read_the_same_by_several_processes(engine: Engine, tmp_path: Path) -> None:
    """Row groups by their place, small ones together, and a group that is larger than a piece as rows."""
    table = in_groups(engine)
    path = tmp_path / "p.parquet"
    with pq.ParquetWriter(path, table.schema) as writer:
        for begin, size in ((0, 2), (2, 3), (5, 12), (17, 6)):
            writer.write_table(table.slice(begin, size), row_group_size=size)
    pieces = partial(pieces_of, rows=5)
    assert [type(one).__name__ for one in pieces(path)] == ["RowGroups", *["Decoded"] * 5]
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(running, "pieces_of", pieces)
        ran = {
            jobs: gaps(asked(path, engine, by="columns", jobs=jobs), ["BCBM-62"], tmp_path / f"{jobs}.csv")
            for jobs in (1, 2)
        }
    assert ran[1] == ran[2]
    assert (ran[1].patients, ran[1].refused, ran[1].checked) == (table.num_rows - 2, 2, table.num_rows - 2)
    assert (tmp_path / "1.csv").read_bytes() == (tmp_path / "2.csv").read_bytes()


def test_pieces_are_the_whole_file_in_its_order(engine: Engine, source: Path) -> None:
    reader = Reader(source, engine.knowledge.vocabulary)
    counts = []
    for rows in (1, 17, 16_384):
        read = [
            reader.checked(pickle.loads(pickle.dumps(piece))) for piece in pieces_of(source, block=3_000, rows=rows)
        ]
        taken = [row for one in read for row in one.rows.tolist()]
        assert taken == [row for row in range(1, len(lines()) + 3) if row != 21]
        assert [told.row for one in read for told in one.refused] == [21]
        counts.append(len(read))
    assert counts[0] > counts[1] > counts[2]


def test_a_process_that_is_killed_ends_the_run_and_what_was_finished_is_gone_on_from(
    engine: Engine, source: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    out = tmp_path / "v.csv"
    last = json.loads(lines()[-1])["id"]
    with monkeypatch.context() as patch:
        patch.setattr(of_verdicts, "columns", partial(ending, last))
        options = ["--by", "engine", "--as-of", AS_OF.isoformat(), "--out", str(out), "--jobs", "2"]
        assert main(["cohort", "verdicts", str(source), *options]) == 3
    said = capsys.readouterr().err
    assert "a process that answers for patients died (was there memory enough?); the same command goes on" in said
    assert "Traceback" not in said
    assert [path.name for path in tmp_path.iterdir()] == ["v.csv.unfinished"]
    finished = json.loads((tmp_path / "v.csv.unfinished" / "state.json").read_text("utf-8"))["rows"]
    assert finished > 0
    answered: list[int] = []
    reading = working.EngineReading

    class Counted(reading):
        def run(self, batch: pa.RecordBatch, /) -> working.Answers:
            answered.append(batch.num_rows)
            return super().run(batch)

    monkeypatch.setattr(working, "EngineReading", Counted)
    ran = verdicts(asked(source, engine), out)
    assert sum(answered) == len(lines()) + 2 - finished - (finished < 21)
    monkeypatch.undo()
    alone = tmp_path / "alone.csv"
    assert verdicts(asked(source, engine), alone) == ran
    assert out.read_bytes() == alone.read_bytes()


def test_what_a_process_refuses_is_told_as_by_one(engine: Engine, source: Path) -> None:
    with pytest.raises(InputError) as refused:
        running.run(asked(source, engine, jobs=2), failing)
    assert refused.value.problems == (Problem("/age", "it is odd", "another"),)


@pytest.mark.parametrize("copies", WAYS)
def test_copies_and_interpreters_write_what_one_process_writes(
    engine: Engine, source: Path, tmp_path: Path, *, copies: bool
) -> None:
    """Also by columns and of a policy of the site's: all that a copy has without being told."""
    local = tmp_path / "site.json"
    local.write_text('{"elderly_age": 40}')
    out = tmp_path / "v.csv"
    options = [*of(source, out), "--policy", str(local)]
    ended = subprocess.run(**by_several(dying(""), copies=copies, options=options), capture_output=True, check=False)
    assert (ended.returncode, ended.stdout) == (1, b""), ended.stderr.decode()
    under = engine.under(merge(engine.policy, read_policy(json.loads(local.read_text()), engine.knowledge.vocabulary)))
    verdicts(asked(source, under, by="columns"), tmp_path / "alone.csv")
    assert out.read_bytes() == (tmp_path / "alone.csv").read_bytes()


@pytest.mark.parametrize("copies", WAYS)
def test_a_copy_that_is_killed_ends_the_run_as_an_interpreter_does(
    engine: Engine, source: Path, tmp_path: Path, *, copies: bool
) -> None:
    out = tmp_path / "v.csv"
    last = json.loads(lines()[-1])["id"]
    begun = by_several(dying(last), copies=copies, options=of(source, out))
    ended = subprocess.run(**begun, capture_output=True, check=False)
    said = ended.stderr.decode()
    assert ended.returncode == 3, said
    assert "a process that answers for patients died (was there memory enough?); the same command goes on" in said
    assert "Traceback" not in said
    assert json.loads((tmp_path / "v.csv.unfinished" / "state.json").read_text("utf-8"))["rows"] > 0
    ran = verdicts(asked(source, engine, by="columns"), out)
    assert ran == verdicts(asked(source, engine, by="columns"), tmp_path / "alone.csv")
    assert out.read_bytes() == (tmp_path / "alone.csv").read_bytes()


@pytest.mark.parametrize("copies", WAYS)
def test_no_process_outlives_the_run_that_asked_for_it(source: Path, tmp_path: Path, *, copies: bool) -> None:
    say = "print(*(one.pid for one in multiprocessing.active_children()), flush=True)"
    begun = by_several(killed(2, say), copies=copies, options=of(source, tmp_path / "v.csv"))
    ended = subprocess.run(**begun, check=False, capture_output=True, timeout=600)
    assert ended.returncode == -signal.SIGKILL, ended.stderr.decode()
    begun_by_it = [int(one) for one in ended.stdout.split()]
    assert begun_by_it
    for _ in range(600):
        if not any(map(runs, begun_by_it)):
            break
        time.sleep(0.1)
    else:
        pytest.fail("a process waits for a run that is gone")


@pytest.mark.skipif(sys.platform != "linux", reason="processes are copied on Linux alone")
def test_an_ended_run_is_gone_on_with_while_its_copies_are_still_there(
    engine: Engine, source: Path, tmp_path: Path
) -> None:
    """They are stopped, so that they do not notice that it ended."""
    told, out = tmp_path / "told", tmp_path / "v.csv"
    stop = """open(os.environ["TOLD"], "w").write(" ".join(str(one.pid) for one in multiprocessing.active_children()))
[os.kill(one.pid, signal.SIGSTOP) for one in multiprocessing.active_children()]"""
    begun = by_several(killed(2, stop), copies=True, options=of(source, out))
    begun["env"]["TOLD"] = str(told)
    assert subprocess.run(**begun, check=False, timeout=600).returncode == -signal.SIGKILL
    copied = [int(one) for one in told.read_text().split()]
    try:
        assert [*map(runs, copied)] == [True, True]
        verdicts(asked(source, engine, by="columns"), out)
        assert [*map(runs, copied)] == [True, True]
    finally:
        for one in copied:
            os.kill(one, signal.SIGKILL)
    verdicts(asked(source, engine, by="columns"), tmp_path / "alone.csv")
    assert out.read_bytes() == (tmp_path / "alone.csv").read_bytes()


@pytest.mark.skipif(sys.platform != "linux", reason="how many threads there are only Linux tells")
def test_a_command_has_one_thread_so_that_it_can_be_copied(tmp_path: Path) -> None:
    program = """
import sys, threading
from contextlib import contextmanager
from oncocds.cli import cohort_outputs, main
@contextmanager
def imported(name):
    yield
    from oncocds_cohort.outputs.processes import of_one_thread
    before, ended = of_one_thread(), threading.Event()
    threading.Thread(target=ended.wait).start()
    print(before, of_one_thread())
    ended.set()
cohort_outputs.extra = imported
main(sys.argv[1:])
"""
    env = {name: value for name, value in os.environ.items() if name not in NO_THREADS}
    command = [sys.executable, "-c", program, *of(tmp_path / "none.parquet", tmp_path / "v.csv")]
    ended = subprocess.run(command, check=False, capture_output=True, env=env)
    assert (ended.returncode, ended.stdout.split()) == (0, [b"True", b"False"]), ended.stderr.decode()


def test_where_nobody_tells_of_threads_nothing_is_copied(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr(processes, "_TASKS", tmp_path / "none")
    assert not processes.of_one_thread()


@pytest.mark.parametrize(
    "error", [InputError([Problem("/a", "wrong", "right")]), KnowledgeError([Issue("a.yaml", 1, 2, "wrong")])]
)
def test_an_error_says_the_same_in_another_process(error: InputError | KnowledgeError) -> None:
    again = pickle.loads(pickle.dumps(error))
    assert (type(again), vars(again), str(again)) == (type(error), vars(error), str(error))


def test_what_was_begun_comes_before_the_failure_of_what_follows() -> None:
    def work() -> Iterator[Callable[[], int]]:
        yield from (partial(int, number) for number in range(5))
        raise InputError([Problem("", "it ends here", "more")])

    taken: list[int] = []
    with pytest.raises(InputError):
        taken.extend(in_order(work(), 9))
    assert taken == [0, 1, 2, 3, 4]


def test_what_was_done_comes_before_the_failure_of_the_pool() -> None:
    class Broken(ThreadPoolExecutor):
        left = 3

        def submit(self, *call: Any, **named: Any) -> Any:
            self.left -= 1
            if self.left < 0:
                raise BrokenProcessPool
            return super().submit(*call, **named)

    taken: list[int] = []
    with pytest.raises(BrokenProcessPool):
        taken.extend(in_order((partial(int, number) for number in range(9)), 5, Broken(1)))
    assert taken == [0, 1, 2]


def test_patients_are_checked_also_where_the_first_were_refused(
    engine: Engine, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for one in (sample, working, running):
        monkeypatch.setattr(one, "LEAST", 3)
    monkeypatch.setattr(running, "pieces_of", partial(pieces_of, block=200, rows=1))
    path = written(tmp_path / "p.ndjson", [*[UNREADABLE] * 9, *lines()[:5]])
    ran = verdicts(asked(path, engine, by="columns"), tmp_path / "v.csv")
    assert (ran.patients, ran.refused) == (5, 9)
    assert 3 <= ran.checked <= 5


def test_as_many_processes_as_may_be_used_share_the_work_unless_it_is_said(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, source: Path
) -> None:
    asked_of: list[int] = []

    def told(one: Asked, out: Path, **_: Any) -> Ran:
        asked_of.append(one.jobs)
        raise EngineFault(str(out))

    monkeypatch.setattr(commands, "verdicts", told)
    for there, options in ((3, ()), (99, ()), (3, ("--jobs", "5"))):
        monkeypatch.setattr(os, "sched_getaffinity", lambda _, there=there: set(range(there)))
        assert main(["cohort", "verdicts", str(source), "--out", str(tmp_path / "v.csv"), *options]) == 3
    assert asked_of == [3, 8, 5]
