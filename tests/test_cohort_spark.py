"""The job that `oncocds cohort submit` writes, run by spark-submit on two processors, writes what one machine does."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from cohort_answered import AS_OF
from cohort_groups import answered_alone, same
from oncocds.cli import main
from oncocds.engine import Engine

SPARK = Path(sys.prefix) / "spark" / "pyspark"


@pytest.fixture(scope="module")
def environment() -> dict[str, str]:
    if not SPARK.is_dir() or shutil.which("java") is None:
        missing = "Java or Spark is missing: scripts/spark.sh .venv sets them up"
        pytest.fail(missing) if os.environ.get("CI") else pytest.skip(missing)
    local = {"SPARK_HOME": str(SPARK), "SPARK_LOCAL_IP": "127.0.0.1", "PYSPARK_PYTHON": sys.executable}
    return {**os.environ, **local, "PYTHONPATH": ""}


@pytest.fixture(scope="module")
def folder(engine: Engine, tmp_path_factory: pytest.TempPathFactory) -> Path:
    return answered_alone(engine, tmp_path_factory.mktemp("spark"))


def test_spark_writes_what_one_machine_does(folder: Path, environment: dict[str, str]) -> None:
    day = AS_OF.isoformat()
    assert main(["cohort", "submit", str(folder / "patients.parquet"), "--out", str(folder), "--as-of", day]) == 0
    options = ["--master", "local[2]", "--driver-memory", "512m", "--conf", "spark.ui.enabled=false"]
    ran = subprocess.run(
        [SPARK / "bin" / "spark-submit", *options, folder / "job.py"],
        env=environment, cwd=folder, capture_output=True, text=True, timeout=500,
    )  # fmt: skip
    said = ran.stdout + ran.stderr
    assert "21 patients; 21 put through the engine as well" in said, said
    assert ran.returncode == 1  # two were refused
    assert same(folder, "verdicts.parquet")
