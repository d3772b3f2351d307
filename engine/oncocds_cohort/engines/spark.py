"""A job on Spark: row groups are its tasks. Each machine reads Parquet and answers itself, Spark gives out the work."""

from __future__ import annotations

import sys
from typing import Any

from oncocds.errors import EngineFault, InputError, KnowledgeError
from oncocds_cohort.engines.job import Job
from oncocds_cohort.outputs.commands import told


def run(**options: Any) -> int:
    """Make and run a job, under ``spark-submit``; the options are those of ``Job.of``. Return the exit code.

    0 done, 1 rows were refused, 2 the input or the output's place is, 3 the engine and the columns differ, the engine
    cannot conclude, or Spark cannot.
    """
    try:
        job = Job.of(**options)
        return told(job.write(_on_spark(job)), job.out)
    except InputError as error:
        for one in error.problems:
            print(f"oncocds: {one.pointer or '/'}: {one.reason}; expected {one.expected}", file=sys.stderr)
        return 2
    except KnowledgeError as error:
        print(*error.issues, sep="\n", file=sys.stderr)
        return 2
    except EngineFault as error:
        print(f"oncocds: the engine could not conclude ({type(error).__name__}): {error}", file=sys.stderr)
        return 3


def _on_spark(job: Job) -> Any:
    from py4j.protocol import Py4JError  # pyright: ignore[reportMissingImports]  # spark-submit brings them
    from pyspark.errors import PySparkException  # pyright: ignore[reportMissingImports]
    from pyspark.sql import SparkSession  # pyright: ignore[reportMissingImports]

    try:
        session = SparkSession.builder.appName(f"oncocds cohort {job.output.what} {job.out.name}").getOrCreate()
        try:
            groups = job.groups
            return session.sparkContext.parallelize(groups, max(len(groups), 1)).map(job.answer).collect()
        finally:
            session.stop()
    except (Py4JError, PySparkException) as error:
        raise EngineFault("Spark ended the work: its own log says why; nothing was written") from error
