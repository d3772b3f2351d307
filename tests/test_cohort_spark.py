"""Spark, run by spark-submit on two processors: a job writes what one machine does, SQL says what columns say."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from cohort_agreement import Beside
from cohort_answered import AS_OF, batch_of
from cohort_groups import answered_alone, same, written_alone
from cohort_sql import SPARK as SPARK_SQL
from cohort_sql import Row, apart, columns
from cohort_support import patients
from oncocds.cli import main
from oncocds.engine import Engine
from oncocds.profile.policy import merge
from oncocds.profile.reading import read_policy
from oncocds_cohort.columns import Plan
from oncocds_cohort.columns.terms import Term, walk
from oncocds_cohort.engines import Output
from oncocds_cohort.sql import Statement

SPARK = Path(sys.prefix) / "spark" / "pyspark"


@pytest.fixture(scope="module")
def environment() -> dict[str, str]:
    if not SPARK.is_dir() or shutil.which("java") is None:
        missing = "Java or Spark is missing: scripts/spark.sh .venv sets them up"
        pytest.fail(missing) if os.environ.get("CI") else pytest.skip(missing)
    local = {"SPARK_HOME": str(SPARK), "SPARK_LOCAL_IP": "127.0.0.1", "PYSPARK_PYTHON": sys.executable}
    return {**os.environ, **local, "PYTHONPATH": ""}


SITE = '{"cross_tumour_safety": false, "elderly_age": 70, "sbrt_available": true}'
BOTH = """
import json
import runpy
from pathlib import Path

from oncocds_cohort.engines import job
from pyspark.sql import SparkSession

session = SparkSession.builder.getOrCreate()
session.read.parquet("few.parquet").createTempView("patients")
rows = session.sql(Path("verdicts.sql").read_text("utf-8").removesuffix(";\\n")).collect()
Path("said.json").write_text(json.dumps([row.asDict() for row in rows]), "utf-8")
job.ROWS = 8  # each of the small row groups is a task
for one in ("counts", "compare"):
    try:
        runpy.run_path(f"{one}/job.py", run_name="__main__")
    except SystemExit as ended:
        print(one, "ended with", ended.code)
runpy.run_path("job.py", run_name="__main__")
"""


@dataclass(frozen=True)
class Ran:
    """What one run of spark-submit left: the statement first, then the job, which is the last word of the process."""

    folder: Path
    returned: int
    said: str
    wanted: list[Row]
    terms: dict[str, tuple[Term, Term]]


@pytest.fixture(scope="module")
def ran(engine: Engine, environment: dict[str, str], tmp_path_factory: pytest.TempPathFactory) -> Ran:
    """Run both in one process, as a start of Spark takes long."""
    folder = answered_alone(engine, tmp_path_factory.mktemp("spark"))
    day = AS_OF.isoformat()
    submit = ["cohort", "submit", str(folder / "patients.parquet"), "--as-of", day, "--out"]
    assert main([*submit, str(folder)]) == main([*submit, str(folder / "counts"), "--what", "counts"]) == 0
    (folder / "site.json").write_text(SITE, "utf-8")
    two = ["--what", "compare", "--new", str(folder / "site.json"), "--patients"]
    assert main([*submit, str(folder / "compare"), *two]) == 0
    batch = batch_of(engine, {str(at): one for at, one in enumerate(_few())})
    pq.write_table(pa.Table.from_batches([batch]), folder / "few.parquet")
    beside = Beside(engine, Plan.of(engine.knowledge, engine.policy, as_of=AS_OF))
    terms = _terms(beside.plan)
    made = Statement.of_terms(beside.plan, terms, SPARK_SQL, ["patients"])
    (folder / "verdicts.sql").write_text(f"-- the day: {AS_OF}\n{made.text};\n", "utf-8")
    (folder / "both.py").write_text(BOTH, "utf-8")
    options = ["--master", "local[2]", "--driver-memory", "1g", "--conf", "spark.ui.enabled=false"]
    done = subprocess.run(
        [SPARK / "bin" / "spark-submit", *options, folder / "both.py"],
        env=environment, cwd=folder, capture_output=True, text=True, timeout=600,
    )  # fmt: skip
    return Ran(folder, done.returncode, done.stdout + done.stderr, columns(beside, batch), terms)


def _few() -> list[dict[str, Any]]:
    some = [one for one in patients() if "history" not in one][::60]
    agents = [{"drug": "other", "name": one, "class": ["bone_modifying_agent"], "status": "active"} for one in "Éé"]
    lesions = [{"id": "A", "organ": "bone", "site": "femur"}]
    course = {"site": "bone", "status": "planned", "targets": ["A"], "dose_gy": 30, "fractions": 10}
    return [*some, {"medications": agents}, {"lesions": lesions, "radiotherapy": [course]}, {"sex": "it's"}]


def test_spark_writes_what_one_machine_does(ran: Ran) -> None:
    assert "21 patients; 21 put through the engine as well" in ran.said, ran.said
    assert ran.returned == 1  # two were refused
    assert same(ran.folder, "verdicts.parquet")


def test_spark_counts_as_one_machine_does(ran: Ran, engine: Engine) -> None:
    assert "counts ended with 1" in ran.said, ran.said
    alone = written_alone(engine, ran.folder, Output("counts"), "counts.csv")
    assert (ran.folder / "counts" / "counts.csv").read_bytes() == alone.read_bytes()


def test_spark_compares_two_versions_as_one_machine_does(ran: Ran, engine: Engine) -> None:
    assert "compare ended with 1" in ran.said, ran.said
    new = merge(engine.policy, read_policy(json.loads(SITE), engine.knowledge.vocabulary))
    plans = [Plan.of(engine.knowledge, one, as_of=AS_OF) for one in (engine.policy, new)]
    output = Output("compare", new="site.json", patients=True)
    alone = written_alone(engine, ran.folder, output, "compare.csv", *plans)
    assert (ran.folder / "compare" / "compare.csv").read_bytes() == alone.read_bytes()
    assert b"S1-" in alone.read_bytes()


def test_sql_says_on_spark_what_columns_say(ran: Ran) -> None:
    """A rule for each kind of term, as Spark takes long to plan them all."""
    assert (ran.folder / "said.json").exists(), ran.said[-3000:]
    said = json.loads((ran.folder / "said.json").read_text("utf-8"))
    said.sort(key=lambda row: int(row["id"]))
    assert [row["not_answered"] for row in said] == [None] * (len(_few()) - 1) + ["sex"]
    assert apart(said, [{name: row[name] for name in ("id", *ran.terms)} for row in ran.wanted]) == []


def _terms(plan: Plan) -> dict[str, tuple[Term, Term]]:
    """Return the first rule that has each kind of term."""
    found: dict[str, tuple[Term, Term]] = {}
    seen: set[str] = set()
    for rule in plan.rules:
        kinds = {term.op for term in walk(plan.term(rule))}
        if not kinds <= seen:
            seen |= kinds
            found[rule] = plan.term(rule)
    assert seen >= {"round", "same text", "before", "aims", "all found", "count", "further", "/", "num", "has"}
    return found
