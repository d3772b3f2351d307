"""What waits for one answer, of files of patients: it is what the engine's briefing says, of everybody."""

from __future__ import annotations

import io
import json
import signal
import subprocess
from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from cohort_agreement import EVERYTHING_SET, TODAY, Beside, Plain
from cohort_answered import AS_OF, UNREADABLE, asked, lines, written
from cohort_ending import by_several, killed
from cohort_support import patients, refusal
from how_many import EXPLORING, examples
from oncocds.cli import main
from oncocds.engine import Engine
from oncocds.errors import InputError, ReadingsDisagree
from oncocds.profile.models import Profile
from oncocds_cohort import sample
from oncocds_cohort.answers import DECIDE, SECTIONS, Answers, Flags
from oncocds_cohort.columns import Plan
from oncocds_cohort.engines import Output
from oncocds_cohort.outputs import asked as of_asked
from oncocds_cohort.outputs.asked import Asked
from oncocds_cohort.outputs.counts import counts
from oncocds_cohort.outputs.progress import Progress
from oncocds_cohort.outputs.report import report
from oncocds_cohort.outputs.suppression import Suppression
from oncocds_cohort.outputs.verdicts import verdicts
from oncocds_cohort.sample import LEAST, Checking, EngineReading
from profile_strategies import PROFILES

ALL = Suppression(0)
OF_DAY = ["--as-of", AS_OF.isoformat()]
SMALL = {"block": 3_000, "rows": 1}
POLICIES = ("shipped", "everything set")


@pytest.fixture(scope="module")
def sides(engine: Engine) -> dict[str, Beside]:
    return {"shipped": Beside.of(engine), "everything set": Beside.of(Engine.load(policy=EVERYTHING_SET))}


def decided(beside: Beside, batch: pa.RecordBatch, already: int = 0) -> Answers:
    """What a run tells of a batch that it is to decide."""
    checking = Checking(EngineReading(beside.engine, TODAY, decide=True), already)
    return checking.check(batch, beside.plan.run(batch), range(1, batch.num_rows + 1))


def apart(beside: Beside, some: Sequence[Plain], home: Path) -> list[str]:
    """Where a run tells otherwise than the whole answers, rule by rule, what waits for one answer."""
    found: list[str] = []
    for batch in beside.batches(some, home):
        told = decided(beside, batch, LEAST)
        assert told.decided
        for at, number in enumerate(told.ids.to_pylist()):
            patient = some[int(number)]
            answer = beside.engine.evaluate(patient, None, TODAY)
            waits = {rule for line in answer.briefing if line.section == DECIDE for rule in line.rules}
            columns = {rule for (rule, section), flags in told.sections.items() if section == DECIDE and flags[at]}
            found += [f"{rule} of {json.dumps(patient, ensure_ascii=False)}" for rule in sorted(waits ^ columns)]
    return found


@pytest.mark.parametrize("policy", POLICIES)
def test_what_waits_is_the_briefings_of_examples_and_scenarios(
    sides: dict[str, Beside], policy: str, tmp_path: Path
) -> None:
    accepted = [one for one in patients() if isinstance(refusal(one), Profile)]
    some = accepted if EXPLORING else accepted[POLICIES.index(policy) :: 12]
    assert len(some) > 80
    assert apart(sides[policy], some, tmp_path) == []


@settings(max_examples=examples(300, 10), suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(some=st.lists(PROFILES, min_size=1, max_size=4))
def test_what_waits_is_the_briefings_of_any_profiles(
    sides: dict[str, Beside], tmp_path: Path, some: list[Plain]
) -> None:
    for beside in sides.values():
        assert apart(beside, some, tmp_path) == []


@pytest.fixture(scope="module")
def batch(sides: dict[str, Beside], tmp_path_factory: pytest.TempPathFactory) -> pa.RecordBatch:
    some = [json.loads(text)["patient"] for text in lines()]
    (found,) = sides["shipped"].batches(some, tmp_path_factory.mktemp("decide"))
    return found


def test_everybody_of_whom_a_rule_waits_is_compared_in_all_that_columns_tell(
    sides: dict[str, Beside], batch: pa.RecordBatch, monkeypatch: pytest.MonkeyPatch
) -> None:
    beside = sides["shipped"]
    right = beside.plan.run(batch)
    monkeypatch.setattr(sample, "drawn", lambda *_: numpy.array([], int))
    waiting = EngineReading(beside.engine, TODAY, decide=True).waiting(right)
    assert waiting.any()
    assert not EngineReading(beside.engine, TODAY).waiting(right).any()
    at = int(numpy.flatnonzero(waiting)[-1])
    (rule, section), flags = next(iter(right.sections.items()))
    wrong = flags.copy()  # equal columns may be one array
    wrong[at] ^= True
    spoilt = replace(right, sections={**right.sections, (rule, section): wrong})
    monkeypatch.setattr(Plan, "run", lambda *_, **__: spoilt)
    with pytest.raises(ReadingsDisagree, match=f"row {at + 1}: {rule} in section {section}"):
        decided(beside, batch, LEAST)
    checking = Checking(EngineReading(beside.engine, TODAY), LEAST)  # which nobody asked to decide
    assert checking.check(batch, spoilt, range(batch.num_rows)) is spoilt
    assert checking.checked == LEAST


def test_somebody_left_out_for_whom_something_waits_is_noticed(
    sides: dict[str, Beside], batch: pa.RecordBatch, monkeypatch: pytest.MonkeyPatch
) -> None:
    def nobody(_: EngineReading, answers: Answers) -> Flags:
        return numpy.zeros(len(answers), bool)

    monkeypatch.setattr(EngineReading, "waiting", nobody)
    with pytest.raises(ReadingsDisagree, match="in section decide: the engine says named there, the columns say not"):
        decided(sides["shipped"], batch)


@pytest.fixture(scope="module")
def source(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A file in which one row is refused."""
    return written(tmp_path_factory.mktemp("decide") / "p.ndjson", [*lines()[:20], UNREADABLE, *lines()[20:]])


@pytest.fixture(scope="module")
def waits(engine: Engine) -> Mapping[str, set[str]]:
    """The rules that wait for one answer, by the whole answer of each patient of the file."""
    told = {one["id"]: one["patient"] for one in map(json.loads, lines())}
    return {
        identity: {
            rule
            for line in engine.evaluate(patient, None, AS_OF).briefing
            if line.section == DECIDE
            for rule in line.rules
        }
        for identity, patient in told.items()
    }


def deciding(source: Path, engine: Engine, **how: Any) -> Asked:
    return replace(asked(source, engine, **{"by": "columns", **how}), decide=True)


def test_verdicts_tell_it_beside_the_other_sections_and_by_the_engine_the_same(
    engine: Engine, source: Path, waits: Mapping[str, set[str]], tmp_path: Path
) -> None:
    ran = verdicts(deciding(source, engine), tmp_path / "v.parquet")
    verdicts(asked(source, engine, by="columns"), tmp_path / "without.parquet", sections=True)
    table, without = (pq.read_table(tmp_path / name) for name in ("v.parquet", "without.parquet"))
    rules = [name.removesuffix(" section") for name in table.column_names if name.endswith(" section")]
    for row, plain in zip(table.to_pylist(), without.to_pylist(), strict=True):
        assert {rule for rule in rules if DECIDE in row[f"{rule} section"]} == waits[row["id"]]
        others = {name: [one for one in value if one != DECIDE] for name, value in row.items() if "section" in name}
        assert {**row, **others} == plain
    assert any(waits.values())
    assert pq.read_metadata(tmp_path / "v.parquet").metadata[b"oncocds.decide"] == b"told"
    assert b"oncocds.decide" not in pq.read_metadata(tmp_path / "without.parquet").metadata
    assert (ran.patients, ran.refused) == (len(lines()), 1)
    verdicts(deciding(source, engine, by="engine"), tmp_path / "e.csv")
    verdicts(deciding(source, engine), tmp_path / "c.csv")
    assert (tmp_path / "e.csv").read_bytes() == (tmp_path / "c.csv").read_bytes()


def test_the_output_is_the_same_by_several_processes_and_after_one_was_killed(
    engine: Engine, source: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The processes are copies of the command and, as in the tests' own process, interpreters of their own."""
    monkeypatch.setattr(of_asked, "FEW", SMALL)
    program = killed(2, "").replace(
        "main(sys", f"from oncocds_cohort.outputs import asked\nasked.FEW = {SMALL}\nmain(sys"
    )
    out = tmp_path / "v.csv"
    options = ["cohort", "verdicts", str(source), "--decide", *OF_DAY, "--out", str(out), "--jobs", "2"]
    ended = subprocess.run(**by_several(program, copies=True, options=options), check=False, timeout=600)
    assert ended.returncode == -signal.SIGKILL
    assert json.loads((tmp_path / "v.csv.unfinished" / "state.json").read_text("utf-8"))["parts"] >= 2
    ran = verdicts(deciding(source, engine, jobs=2), out)
    assert verdicts(deciding(source, engine), tmp_path / "alone.csv") == ran
    assert out.read_bytes() == (tmp_path / "alone.csv").read_bytes()


def test_a_run_that_did_not_decide_is_not_gone_on_with(
    engine: Engine, source: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    out = tmp_path / "v.csv"
    with asked(source, engine, by="columns").kept(out, "verdicts and sections").held():
        pass
    folder = tmp_path / "v.csv.unfinished"
    of = {**asked(source, engine, by="columns").told(), "what": "verdicts and sections", "by": "columns"}
    left = {"of": of, "rows": 20, "parts": 1, "refused": 0, "refused_bytes": 0, "state": {}}
    (folder / "state.json").write_text(json.dumps(left), "utf-8")
    verdicts(deciding(source, engine), out)
    assert "an unfinished run of something else stood there; it is given up" in capsys.readouterr().err


def head(path: Path) -> dict[str, str]:
    text = path.read_text("utf-8-sig").splitlines()
    return dict(one[2:].split(": ", 1) for one in text if one.startswith("# "))


def test_counts_and_the_report_tell_for_how_many_where_it_was_asked(
    engine: Engine, source: Path, waits: Mapping[str, set[str]], tmp_path: Path
) -> None:
    many = sum(map(bool, waits.values()))
    counts(deciding(source, engine), tmp_path / "c.json", ALL)
    counts(deciding(source, engine), tmp_path / "c.csv", ALL)
    counts(asked(source, engine, by="columns"), tmp_path / "plain.json", ALL)
    told, plain = (json.loads((tmp_path / name).read_text("utf-8")) for name in ("c.json", "plain.json"))
    assert told["sections"].pop(DECIDE) == many
    assert told["sections"] == plain["sections"]
    assert tuple(plain["sections"]) == SECTIONS
    assert told["rules"] == plain["rules"]
    assert head(tmp_path / "c.csv")["patients with a line in decide"] == str(many)
    report(deciding(source, engine), tmp_path / "r.html", ALL, "zh")
    report(asked(source, engine, by="columns"), tmp_path / "plain.html", ALL, "zh")
    page, without = ((tmp_path / name).read_text("utf-8") for name in ("r.html", "plain.html"))
    assert f"<b>{many}</b> 位有建议待判断：一个答案即可决定" in page
    assert f"<b>{many}</b> have advice that is one answer away" in page
    assert "一个答案即可决定" not in without
    assert "均由完整引擎逐一评估" in page


def test_how_many_the_engine_answered_for_tells_of_no_few(
    engine: Engine, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The others are those for whom nothing waits."""
    path = written(tmp_path / "p.ndjson", lines()[:12])

    def not_two(_: EngineReading, answers: Answers) -> Flags:
        return numpy.arange(len(answers)) >= 2

    monkeypatch.setattr(EngineReading, "waiting", not_two)
    monkeypatch.setattr(sample, "drawn", lambda *_: numpy.array([], int))
    ran = counts(deciding(path, engine), tmp_path / "c.csv", Suppression(5))
    assert (ran.patients, ran.checked) == (12, 10)
    assert head(tmp_path / "c.csv")["checked by the engine"] == "not published"


def test_a_job_is_asked_to_decide_and_only_for_what_tells_it(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="gaps have no such option"):
        Output("gaps", names=("BCBM-62",), decide=True).check(tmp_path / "g.csv")
    rows = tmp_path / "p.parquet"
    assert main(["cohort", "generate", "3", "--out", str(rows)]) == 0
    assert main(["cohort", "submit", str(rows), "--decide", "--out", str(tmp_path / "job")]) == 0
    assert "decide=True" in (tmp_path / "job" / "job.py").read_text("utf-8")


def test_it_is_said_that_it_is_slow(capsys: pytest.CaptureFixture[str]) -> None:
    class Terminal(io.StringIO):
        def isatty(self) -> bool:
            return True

    terminal, pipe = Terminal(), io.StringIO()
    for stream in (terminal, pipe):
        Progress(10, stream, slow=True)
    assert "the engine answers for nearly everybody" in terminal.getvalue()
    assert pipe.getvalue() == ""
    for command in ("verdicts", "counts", "report"):
        with pytest.raises(SystemExit):
            main(["cohort", command, "--help"])
        assert "a million take 1.6 hours of one" in " ".join(capsys.readouterr().out.split())
    with pytest.raises(SystemExit) as refused:
        main(["cohort", "sql", "--dialect", "duckdb", "--decide"])
    assert refused.value.code == 2
    assert "unrecognized arguments: --decide" in capsys.readouterr().err
