"""What is written of a cohort is what the engine says of its patients, whole or not at all."""

from __future__ import annotations

import argparse
import csv
import hashlib
import io
import itertools
import json
import os
import re
import signal
import subprocess
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import given
from hypothesis import strategies as st

from cohort_answered import AS_OF, UNREADABLE, asked, lines, written
from cohort_ending import killed
from oncocds.advice.result import Evaluation
from oncocds.cli import main
from oncocds.engine import Engine
from oncocds.errors import EngineFault, InputError
from oncocds.language.tree import Compare
from oncocds.profile.policy import Policy, merge
from oncocds.profile.reading import read_policy
from oncocds_cohort.outputs import compare as comparing
from oncocds_cohort.outputs import running, tables, working
from oncocds_cohort.outputs.commands import version
from oncocds_cohort.outputs.compare import compare
from oncocds_cohort.outputs.counts import counts
from oncocds_cohort.outputs.gaps import gaps
from oncocds_cohort.outputs.keeping import Kept
from oncocds_cohort.outputs.progress import Progress
from oncocds_cohort.outputs.suppression import Suppression
from oncocds_cohort.outputs.tables import csv_text
from oncocds_cohort.outputs.untouched import untouched
from oncocds_cohort.outputs.verdicts import verdicts
from oncocds_cohort.reading.batches import pieces_of

ALL = Suppression(0)
DIGESTS = ("input", "knowledge", "policy", "engine", "output")


@pytest.fixture(scope="module")
def source(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return written(tmp_path_factory.mktemp("cohort") / "p.ndjson", [*lines()[:20], UNREADABLE, *lines()[20:]])


@pytest.fixture(scope="module")
def said(engine: Engine) -> Mapping[str, Evaluation]:
    """What the engine says of each patient of the file."""
    found = {}
    for text in lines():
        told = json.loads(text)
        found[told["id"]] = engine.evaluate(told["patient"], None, AS_OF, begin=False)
    return found


@pytest.fixture
def in_batches(monkeypatch: pytest.MonkeyPatch) -> Callable[[int], None]:
    """Make the file be read so many bytes at a time."""

    def read(block: int) -> None:
        monkeypatch.setattr(running, "pieces_of", partial(pieces_of, block=block, rows=1))

    return read


def read_csv(path: Path) -> tuple[dict[str, str], list[dict[str, str]]]:
    """Return what a CSV file says of itself, and its rows."""
    text = path.read_text("utf-8-sig").splitlines()
    told = dict(one[2:].split(": ", 1) for one in text if one.startswith("# "))
    return told, list(csv.DictReader(io.StringIO("\n".join(one for one in text if not one.startswith("# ")))))


@pytest.fixture(scope="module")
def written_verdicts(engine: Engine, source: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    out = tmp_path_factory.mktemp("whole") / "v.csv"
    ran = verdicts(asked(source, engine), out)
    assert (ran.patients, ran.refused) == (len(lines()), 1)
    return out


def test_verdicts_are_the_engines(written_verdicts: Path, said: Mapping[str, Evaluation]) -> None:
    _, rows = read_csv(written_verdicts)
    assert {row.pop("id"): row for row in rows} == {identity: answer.verdicts for identity, answer in said.items()}


def test_verdicts_are_the_same_in_both_formats_and_in_any_batches(
    written_verdicts: Path, engine: Engine, source: Path, tmp_path: Path, in_batches: Callable[[int], None]
) -> None:
    told, rows = read_csv(written_verdicts)
    in_batches(3_000)
    verdicts(asked(source, engine), tmp_path / "v.parquet")
    table = pq.read_table(tmp_path / "v.parquet")
    assert table.to_pylist() == rows
    metadata = pq.read_metadata(tmp_path / "v.parquet").metadata
    for name in DIGESTS:
        assert metadata[f"oncocds.{name}".encode()].decode() == told[name]
    assert told["input"] == "sha256:" + hashlib.sha256(source.read_bytes()).hexdigest()
    assert told["knowledge"].endswith(engine.knowledge.digest)


def test_a_verdict_that_differs_has_another_digest(
    written_verdicts: Path, engine: Engine, source: Path, tmp_path: Path
) -> None:
    policy = over(engine, oligomet_max=5, elderly_age=40)
    verdicts(asked(source, engine.under(policy)), tmp_path / "v.csv")
    told, other = read_csv(written_verdicts)[0], read_csv(tmp_path / "v.csv")[0]
    assert {name for name in told if told[name] != other[name]} == {"policy", "output"}


def test_whom_the_engine_refuses_stands_beside_with_the_reason(written_verdicts: Path) -> None:
    (refused,) = map(json.loads, Path(f"{written_verdicts}.refused.ndjson").read_text("utf-8").splitlines())
    assert (refused["row"], refused["id"], refused["issues"][0]["pointer"]) == (21, "R-1", "/ager")


def test_counts_are_those_of_the_engines_answers(
    engine: Engine, source: Path, said: Mapping[str, Evaluation], tmp_path: Path, in_batches: Callable[[int], None]
) -> None:
    in_batches(5_000)
    counts(asked(source, engine), tmp_path / "c.json", ALL)
    told = json.loads((tmp_path / "c.json").read_text("utf-8"))
    assert (told["patients"], told["refused"]) == (len(said), 1)
    assert all(told[name] for name in DIGESTS)
    stands = Counter(
        rule
        for answer in said.values()
        for rule in {g.rule for item in answer.advice for g in item.grounds if g.status == "active"}
    )
    for row in told["rules"]:
        verdict = Counter(answer.verdicts[row["rule"]] for answer in said.values())
        assert (row["fires"], row["undetermined"], row["silent"]) == (
            verdict["fires"],
            verdict["undetermined"],
            verdict["silent"],
        )
        if engine.knowledge.rules[row["rule"]].action is not None:
            assert row["active"] == stands[row["rule"]]
        for missing in row["most_missing"]:
            assert 0 < missing["patients"] <= row["undetermined"]
    assert any(row["most_missing"] for row in told["rules"])


def test_small_counts_are_not_published_unless_that_is_set(engine: Engine, source: Path, tmp_path: Path) -> None:
    counts(asked(source, engine), tmp_path / "c.csv", Suppression(5))
    _, rows = read_csv(tmp_path / "c.csv")
    shown = [row[cell] for row in rows for cell in ("fires", "active", "undetermined", "silent")]
    assert any(cell == "" for cell in shown)
    assert not {"1", "2", "3", "4"} & set(shown)
    assert any(cell not in ("", "0") for cell in shown)


def test_how_many_patients_there_are_is_said_to_be_not_published_where_they_are_few(
    engine: Engine, newer: Engine, tmp_path: Path
) -> None:
    one = written(tmp_path / "one.ndjson", lines()[:1])
    counts(asked(one, engine), tmp_path / "c.csv", Suppression(5))
    told, _ = read_csv(tmp_path / "c.csv")
    assert {told[name] for name in ("patients", "checked by the engine")} == {"not published"}
    compare(asked(one, engine, newer), tmp_path / "c.parquet", Suppression(5), patients=False)
    assert pq.read_metadata(tmp_path / "c.parquet").metadata[b"oncocds.patients"] == b"not published"


def test_a_threshold_that_protects_nobody_is_refused(source: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["cohort", "counts", str(source), "--suppress-below", "2"]) == 2
    assert "--suppress-below" in capsys.readouterr().err


def test_gaps_name_who_is_due_who_waits_and_the_passage(
    engine: Engine, source: Path, said: Mapping[str, Evaluation], tmp_path: Path
) -> None:
    gaps(asked(source, engine), ["BCBM-62", "monitor-serum-calcium"], tmp_path / "g.csv")
    told, rows = read_csv(tmp_path / "g.csv")
    assert {row["rule"] for row in rows} <= {"BCBM-62", "RETBM-13"}
    assert "RETBM-13" in told
    listed = {(row["id"], row["rule"]): row for row in rows}
    for identity, answer in said.items():
        for rule in ("BCBM-62", "RETBM-13"):
            if answer.verdicts[rule] == "silent":
                assert (identity, rule) not in listed
                continue
            row = listed[identity, rule]
            questions = (*answer.questions.clinician, *answer.questions.site)
            asks = {re.sub(r"\[.*\]", "[]", one.fact) for one in questions if rule in one.would_decide}
            assert (row["state"] == "waiting") == (answer.verdicts[rule] == "undetermined")
            assert set(row["missing"].split("; ") if row["missing"] else []) == asks
    assert "不同种类的骨改良药物不可同时使用" in next(row["passage"] for row in rows if row["rule"] == "BCBM-62")


def test_a_gap_of_nothing_names_the_nearest(source: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    out = tmp_path / "g.csv"
    assert main(["cohort", "gaps", str(source), "BCBM-622", "--out", str(out), "--by", "engine"]) == 2
    assert "BCBM-62" in capsys.readouterr().err
    assert not any(tmp_path.iterdir())


@pytest.fixture(scope="module")
def site(engine: Engine) -> Engine:
    """A site that has set how often the heart and the mouth are looked at."""
    return engine.under(over(engine, echo_interval_months=3, dental_interval_months=6))


def _seen(identity: str, echo: str | None = None) -> bytes:
    """Return a patient in the midst of both treatments, whose heart was looked at on a day, if at all."""
    patient = {
        "diagnosis": {"tumour_type": "breast"},
        "biomarkers": {"her2_status": "positive"},
        "medications": [{"drug": "trastuzumab", "status": "active"}],
        "radiotherapy": [{"site": "breast", "status": "ongoing"}],
        "cardiac": {} if echo is None else {"echo_date": echo},
    }
    return json.dumps({"id": identity, "patient": patient}).encode() + b"\n"


WATCHED = (*lines(), _seen("lately", "2026-05-02"), _seen("long-ago", "2025-05-02"), _seen("never"))


@pytest.fixture(scope="module")
def watched(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return written(tmp_path_factory.mktemp("watched") / "p.ndjson", [*WATCHED, UNREADABLE])


@pytest.fixture(scope="module")
def site_says(site: Engine) -> Mapping[str, Evaluation]:
    told = map(json.loads, WATCHED)
    return {one["id"]: site.evaluate(one["patient"], None, AS_OF) for one in told}


def test_gaps_say_what_is_overdue_by_the_sites_interval(
    site: Engine, watched: Path, site_says: Mapping[str, Evaluation], tmp_path: Path
) -> None:
    gaps(asked(watched, site), ["HER2RT-15", "BCBM-62"], tmp_path / "g.csv")
    gaps(asked(watched, site), ["HER2RT-15", "BCBM-62"], tmp_path / "o.csv", overdue=True)
    rows, fewer = (read_csv(tmp_path / name)[1] for name in ("g.csv", "o.csv"))
    told = {}
    for identity, answer in site_says.items():
        for one in answer.monitoring:
            if "HER2RT-15" in one.rules:
                how = "no date" if one.last is None else "overdue" if one.overdue else "not overdue"
                told[identity] = (one.monitoring, one.last or "", one.due or "", how)
    assert {"no date", "overdue", "not overdue"} <= {one[3] for one in told.values()}
    of_days = ("monitoring", "last_done", "due_on", "by_policy")
    found = {row["id"]: tuple(row[name] for name in of_days) for row in rows if row["rule"] == "HER2RT-15"}
    assert {identity: days for identity, days in found.items() if any(days)} == told
    assert all(site_says[identity].verdicts["HER2RT-15"] == "undetermined" for identity in found.keys() - told.keys())
    assert not any(row[name] for row in rows if row["rule"] == "BCBM-62" for name in of_days)
    assert fewer == [row for row in rows if row["by_policy"] in ("overdue", "no date")]


@pytest.mark.parametrize(
    ("rule", "words"),
    [
        ("HER2RT-15", "the site has not set how often: no document says it; expected echo_interval_months in --policy"),
        ("BCBM-62", "nothing that these rules ask for is checked again"),
    ],
)
def test_nothing_is_overdue_where_nobody_said_how_often(
    source: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str], rule: str, words: str
) -> None:
    """An empty list would say that nobody is."""
    out = tmp_path / "g.csv"
    assert main(["cohort", "gaps", str(source), rule, "--out", str(out), "--by", "engine", "--overdue"]) == 2
    assert words in capsys.readouterr().err
    assert not any(tmp_path.iterdir())


def test_counts_say_who_has_a_line_in_each_section_and_who_is_overdue(
    site: Engine, watched: Path, site_says: Mapping[str, Evaluation], tmp_path: Path
) -> None:
    counts(asked(watched, site), tmp_path / "c.json", ALL)
    counts(asked(watched, site), tmp_path / "c.csv", ALL)
    told, comments = json.loads((tmp_path / "c.json").read_text("utf-8")), read_csv(tmp_path / "c.csv")[0]
    for section, count in told["sections"].items():
        lines_ = ([one for one in answer.briefing if one.section == section] for answer in site_says.values())
        assert count == sum(any(one.rules for one in of_patient) for of_patient in lines_)
        assert comments[f"patients with a line in {section}"] == str(count)
    assert told["sections"]["now"]
    assert [one["id"] for one in told["monitoring"]] == ["echocardiography", "oral-examination"]
    for row in told["monitoring"]:
        of_it = [one for answer in site_says.values() for one in answer.monitoring if one.monitoring == row["id"]]
        untold = sum(one.last is None or (one.due is not None and one.overdue is None) for one in of_it)
        assert (row["asked"], row["overdue"], row["untold"]) == (len(of_it), sum(map(_is_overdue, of_it)), untold)
    assert comments["monitoring echocardiography"].endswith("by echo_interval_months: 3 mo")


def _is_overdue(one: Any) -> bool:
    return one.overdue is True


def test_small_numbers_of_what_is_overdue_are_not_published(site: Engine, source: Path, tmp_path: Path) -> None:
    counts(asked(source, site), tmp_path / "c.json", Suppression(5))
    told = json.loads((tmp_path / "c.json").read_text("utf-8"))
    shown = [row[name] for row in told["monitoring"] for name in ("asked", "overdue", "untold")]
    assert None in shown
    assert not {1, 2, 3, 4} & {*shown, *told["sections"].values()}


def test_verdicts_with_the_sections_of_the_briefing(
    site: Engine, watched: Path, site_says: Mapping[str, Evaluation], tmp_path: Path
) -> None:
    verdicts(asked(watched, site), tmp_path / "v.parquet", sections=True)
    verdicts(asked(watched, site), tmp_path / "v.csv", sections=True)
    table = pq.read_table(tmp_path / "v.parquet")
    for row in table.to_pylist():
        answer = site_says[row["id"]]
        named = {(rule, line.section) for line in answer.briefing for rule in line.rules if line.section != "decide"}
        assert named == {(rule, one) for rule in answer.verdicts for one in row[f"{rule} section"]}
        assert {rule: row[rule] for rule in answer.verdicts} == answer.verdicts
    metadata = pq.read_metadata(tmp_path / "v.parquet").metadata
    assert metadata[b"oncocds.output"].decode() == read_csv(tmp_path / "v.csv")[0]["output"]


@pytest.fixture(scope="module")
def newer(engine: Engine) -> Engine:
    """An engine of another policy and of a rule that asks for less."""
    knowledge = engine.knowledge
    condition = Compare("diagnosis.tumour_type", "is", "breast")
    changed = replace(knowledge, conditions={**knowledge.conditions, "BCBM-60": condition}, digest="sha256:new")
    return Engine(changed, over(engine, elderly_age=40))


def over(engine: Engine, **settings: Any) -> Policy:
    """Return an engine's policy with other settings over it."""
    return merge(engine.policy, read_policy(settings, engine.knowledge.vocabulary))


def test_a_comparison_tells_who_gets_loses_and_waits(
    engine: Engine, newer: Engine, source: Path, said: Mapping[str, Evaluation], tmp_path: Path
) -> None:
    compare(asked(source, engine, newer), tmp_path / "c.csv", ALL, patients=False)
    compare(asked(source, engine, newer), tmp_path / "p.csv", ALL, patients=True)
    told, rows = read_csv(tmp_path / "c.csv")
    of_patients = read_csv(tmp_path / "p.csv")[1]
    after = {}
    for text in lines():
        one = json.loads(text)
        after[one["id"]] = newer.evaluate(one["patient"], None, AS_OF, begin=False)
    apart = {
        (identity, rule)
        for identity in said
        for rule in engine.knowledge.conditions
        if said[identity].verdicts[rule] != after[identity].verdicts[rule]
    }
    assert apart
    assert apart <= {(row["id"], row["rule"]) for row in of_patients}
    assert told["changed"] == str(len({row["id"] for row in of_patients if row["before"] != row["after"]}))
    for row in rows:
        changes = Counter(c for one in of_patients if one["rule"] == row["rule"] for c in one["change"].split("; "))
        assert {name: int(row[name]) for name in comparing.CHANGES} == {
            name: changes[name] for name in comparing.CHANGES
        }
    assert {row["rule"] for row in rows if row["standing"] == "counted"} >= {rule for _, rule in apart}
    assert {"new knowledge", "new policy"} <= told.keys()


def test_what_is_proved_to_be_untouched_does_not_rest_on_what_changed(engine: Engine, newer: Engine) -> None:
    same = untouched(engine, newer)
    assert untouched(engine, engine) == set(engine.knowledge.conditions)
    assert "BCBM-60" not in same
    assert "BCBM-62" in same
    reads = set(engine.knowledge.conditions) - untouched(engine, engine.under(over(engine, oligomet_max=5)))
    assert reads  # by way of derived facts alone: no condition names the setting


def test_a_setting_that_decides_what_is_known_leaves_nothing_proved(engine: Engine) -> None:
    assert untouched(engine, engine.under(over(engine, result_age_months=3))) == frozenset()


def test_both_versions_are_compared_by_columns_as_by_the_engine(
    engine: Engine, newer: Engine, source: Path, tmp_path: Path
) -> None:
    by_columns = asked(source, engine, newer, by="columns")
    compare(by_columns, tmp_path / "columns.csv", ALL, patients=True)
    compare(asked(source, engine, newer), tmp_path / "engine.csv", ALL, patients=True)
    assert (tmp_path / "columns.csv").read_bytes() == (tmp_path / "engine.csv").read_bytes()
    assert by_columns.pair is not None
    assert untouched(engine, newer) <= by_columns.pair.same < set(engine.knowledge.conditions)


def test_a_proof_that_does_not_hold_stops_the_run(
    engine: Engine, newer: Engine, source: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(comparing, "untouched", lambda old, _: frozenset(old.knowledge.conditions))
    with pytest.raises(EngineFault, match="was proved to be untouched"):
        compare(asked(source, engine, newer), tmp_path / "c.csv", ALL, patients=False)
    assert not (tmp_path / "c.csv").exists()


BEGUN = """# the next part is begun and never noted
(self._folder / "part-000003.arrow").write_bytes(b"ARROW1 half")
with (self._folder / "refused.ndjson").open("ab") as file:
    file.write(b'{"half')
"""


def test_a_killed_run_leaves_nothing_that_looks_whole_and_goes_on(
    written_verdicts: Path, engine: Engine, source: Path, tmp_path: Path, in_batches: Callable[[int], None],
    monkeypatch: pytest.MonkeyPatch,
) -> None:  # fmt: skip
    out = tmp_path / "v.csv"
    options = ["cohort", "verdicts", str(source), "--by", "engine", "--as-of", AS_OF.isoformat(), "--out", str(out)]
    options += ["--jobs", "1"]
    ended = subprocess.run([sys.executable, "-c", killed(3, BEGUN), *options], check=False, capture_output=True)
    assert ended.returncode == -signal.SIGKILL, ended.stderr.decode()
    assert [path.name for path in tmp_path.iterdir()] == ["v.csv.unfinished"]
    in_batches(3_000)
    answered: list[int] = []
    reading = working.EngineReading

    class Counted(reading):
        def run(self, batch: Any, /) -> Any:
            answered.append(batch.num_rows)
            return super().run(batch)

    monkeypatch.setattr(working, "EngineReading", Counted)
    ran = verdicts(asked(source, engine), out)
    assert (ran.patients, ran.refused) == (len(lines()), 1)
    assert 0 < sum(answered) < len(lines())
    assert out.read_bytes() == written_verdicts.read_bytes()
    assert Path(f"{out}.refused.ndjson").read_bytes() == Path(f"{written_verdicts}.refused.ndjson").read_bytes()
    assert sorted(path.name for path in tmp_path.iterdir()) == ["v.csv", "v.csv.refused.ndjson"]


def test_an_unfinished_run_of_something_else_is_not_gone_on_with(tmp_path: Path) -> None:
    kept = Kept(tmp_path / "v.csv", {"policy": "one"})
    with kept.held():
        kept.add(10, {"counted": 3}, None, 1, "{}\n")
    again, other = (Kept(tmp_path / "v.csv", {"policy": name}) for name in ("one", "other"))
    with again.held():
        assert (again.rows, again.refused, again.state) == (10, 1, {"counted": 3})
    with other.held():
        assert (other.rows, other.state, other.given_up) == (0, None, True)


def test_what_is_written_while_a_run_goes_on_is_whole_or_not_there(tmp_path: Path) -> None:
    rows = [pa.table({"id": [name]}) for name in "abc"]

    def write(path: Path, parts: Iterator[pa.Table]) -> None:
        path.write_text("".join(part.column("id")[0].as_py() for part in parts))

    def fail(path: Path, parts: Iterator[pa.Table]) -> None:
        path.write_text(next(parts).column("id")[0].as_py())
        raise EngineFault("no more")

    def ended(write: Callable[[Path, Iterator[pa.Table]], None], ends: Iterable[int]) -> None:
        kept = Kept(tmp_path / "v", {})
        with kept.held(), kept.writing(write):
            for at in ends:
                kept.add(at, {}, rows[min(at, 2) - 1], 0, "")
                time.sleep(0.001)
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        ended(write, [1])
    assert [path.name for path in tmp_path.iterdir()] == ["v.unfinished"]
    with pytest.raises(EngineFault, match="no more"):
        ended(fail, itertools.count(2))  # it is noticed before the end
    assert [path.name for path in tmp_path.iterdir()] == ["v.unfinished"]
    kept = Kept(tmp_path / "v", {})
    with kept.held(), kept.writing(write):
        kept.add(10**9, {}, rows[2], 0, "")
    assert (tmp_path / "v").read_text()[0] == "a"  # what was finished before comes first
    assert (tmp_path / "v").read_text()[-1] == "c"
    assert [path.name for path in tmp_path.iterdir()] == ["v"]


def test_a_table_whose_first_chunk_is_empty_is_written_as_it_is() -> None:
    schema = pa.schema([("id", pa.string()), ("missing", pa.list_(pa.string()))])
    rows = pa.Table.from_pylist([{"id": "a", "missing": ["x", "y"]}, {"id": 'b"', "missing": []}], schema)
    text = b'"a","x; y"\n"b""",""\n'
    assert csv_text(pa.concat_tables([schema.empty_table(), rows])) == csv_text(rows) == text
    assert csv_text(schema.empty_table()) == b""


@given(st.lists(st.integers(0, 7), max_size=8), st.sampled_from([1, 4, 5, 9]), st.sampled_from([1, 40, 10**6]))
def test_rows_are_written_in_groups_as_large_as_they_may_be(sizes: list[int], most: int, held: int) -> None:
    coded, words = pa.dictionary(pa.int8(), pa.string()), pa.array(["fires", "silent"])
    schema = pa.schema([pa.field("id", pa.string(), nullable=False), pa.field("V", coded, nullable=False)])

    def part(at: int, size: int) -> pa.Table:
        ids = pa.array([f"{at}-{row}" for row in range(size)], pa.string())
        codes = pa.array([(at + row) % 2 for row in range(size)], pa.int8())
        return pa.Table.from_arrays([ids, pa.DictionaryArray.from_arrays(codes, words)], schema=schema)

    parts = list(itertools.starmap(part, enumerate(sizes)))
    with tempfile.TemporaryDirectory() as folder, pytest.MonkeyPatch.context() as patch:
        patch.setattr(tables, "GROUP", most)
        patch.setattr(tables, "HELD", held)
        path = Path(folder) / "v.parquet"
        tables.write_table(path, path, schema, parts, {})
        file = pq.ParquetFile(path)
        assert file.schema_arrow.remove_metadata() == schema
        assert file.read().to_pylist() == pa.concat_tables([schema.empty_table(), *parts]).to_pylist()
        groups = [file.metadata.row_group(at).num_rows for at in range(file.num_row_groups)]
        file.close()
    assert 0 not in groups
    if held > 1_000:
        assert all(size <= max(most, *sizes) for size in groups)
        assert all(one + other > most for one, other in itertools.pairwise(groups))
    if held == 1:
        assert groups == [size for size in sizes if size]


def test_two_runs_do_not_write_one_file(tmp_path: Path) -> None:
    first, second = (Kept(tmp_path / "v.csv", {}) for _ in range(2))
    with first.held(), pytest.raises(InputError, match="another run is writing it"), second.held():
        pass


def test_a_file_that_changes_while_it_is_read_is_refused(engine: Engine, source: Path, tmp_path: Path) -> None:
    copy = written(tmp_path / "p.ndjson", lines()[:3])
    one = asked(copy, engine)
    os.utime(copy, ns=(0, 0))
    with pytest.raises(InputError, match="it changed while it was read"):
        verdicts(one, tmp_path / "v.csv")
    assert not (tmp_path / "v.csv").exists()


@pytest.mark.parametrize("out", ["v.txt", "nowhere/v.csv", "folder.csv"])
def test_an_output_that_cannot_be_written_is_refused(
    source: Path, tmp_path: Path, out: str, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "folder.csv").mkdir()
    assert main(["cohort", "verdicts", str(source), "--by", "engine", "--out", str(tmp_path / out)]) == 2
    assert out in capsys.readouterr().err
    assert [one.name for one in tmp_path.iterdir()] == ["folder.csv"]


def test_the_file_that_is_read_is_not_overwritten_by_what_is_refused_of_it(engine: Engine, tmp_path: Path) -> None:
    path = written(tmp_path / "v.csv.refused.ndjson", lines()[:3])
    before = path.read_bytes()
    with pytest.raises(InputError, match="it is the file of patients that is read"):
        verdicts(asked(path, engine), tmp_path / "v.csv")
    assert path.read_bytes() == before


def test_versions_are_named_without_doubt(source: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    good, bad, folder = tmp_path / "a,b.yaml", tmp_path / "bad.yaml", tmp_path / "folder"
    good.write_text("elderly_age: 65\n")
    bad.write_text("elderly_age: old\n")
    folder.mkdir()
    out = str(tmp_path / "c.csv")
    for named, said in (
        (str(bad), f"{bad}/elderly_age: wrong type"),
        ("", "no such file or folder"),
        (f"{bad},", "no such file or folder"),
        (f"{bad},{bad}", "two of a kind"),
        (f"{folder},{folder}", "two of a kind"),
    ):
        assert main(["cohort", "compare", str(source), "current", named, "--out", out]) == 2
        assert said in capsys.readouterr().err
    options = argparse.Namespace(knowledge=None, policy=None, overlay=None)
    assert version(str(good), options).policy.elderly_age == 65
    assert not Path(out).exists()


def test_a_rule_that_is_evidence_has_no_gaps(source: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["cohort", "gaps", str(source), "HER2RT-24", "--out", str(tmp_path / "g.csv")]) == 2
    assert "HER2RT-24: it is evidence, which has no verdict" in capsys.readouterr().err


@pytest.mark.parametrize("content", [(), (UNREADABLE,)])
def test_a_file_of_nobody_has_outputs_of_nobody(engine: Engine, tmp_path: Path, content: tuple[bytes, ...]) -> None:
    one = asked(written(tmp_path / "p.ndjson", content), engine)
    ran = verdicts(one, tmp_path / "v.parquet")
    assert (ran.patients, ran.refused, ran.checked) == (0, len(content), 0)
    assert pq.read_table(tmp_path / "v.parquet").num_rows == 0
    gaps(one, ["BCBM-62"], tmp_path / "g.csv")
    assert read_csv(tmp_path / "g.csv")[1] == []
    counts(one, tmp_path / "c.json", Suppression(5))
    assert {row["fires"] for row in json.loads((tmp_path / "c.json").read_text("utf-8"))["rules"]} == {0}


def test_progress_is_told_on_a_terminal_alone_with_rate_and_time_left() -> None:
    class Terminal(io.StringIO):
        def isatty(self) -> bool:
            return True

    terminal, pipe = Terminal(), io.StringIO()
    for stream in (terminal, pipe):
        progress = Progress(1_000_000, stream)
        progress.at(400_000, new=False)  # done by an earlier run
        progress.done()
    assert pipe.getvalue() == ""
    assert terminal.getvalue().endswith("\r\x1b[K")
    assert progress.words(500_000, 10) == "500,000 of 1,000,000 (50%) · 10,000 patients/s · 50 s left"
    assert Progress(None, pipe).words(700, 7) == "700 · 100 patients/s"


def test_an_output_never_takes_the_place_of_the_input(engine: Engine, tmp_path: Path) -> None:
    source = written(tmp_path / "p.csv", lines()[:2])  # NDJSON all the same
    (tmp_path / "same.csv").hardlink_to(source)
    with pytest.raises(InputError, match="it is the file of patients that is read"):
        verdicts(asked(source, engine), tmp_path / "same.csv")
    assert source.read_bytes() == b"".join(lines()[:2])
