"""``oncocds cohort submit``: the file that ``spark-submit`` runs."""

from __future__ import annotations

import argparse
from pathlib import Path

from oncocds.errors import InputError, Problem
from oncocds.text import counted
from oncocds_cohort.engines.job import asked_of, groups_of
from oncocds_cohort.engines.output import FORMATS, Output
from oncocds_cohort.files import whole_file, whole_path
from oncocds_cohort.outputs.keeping import check_place, not_written
from oncocds_cohort.outputs.named import whole_name

_TEXT = '''"""The {what} of a file of patients, on Spark, as `oncocds cohort submit` was asked. Run it with

    spark-submit --master … {name}

On every machine of the cluster the same paths lead to the file and to this folder, and Python (PYSPARK_PYTHON) has
oncocds[cohort] {version}.
"""

from oncocds_cohort.engines import Output
from oncocds_cohort.engines.spark import run

raise SystemExit(
    run(
        path={path!r},
        out={out!r},
        output={output!r},
        knowledge={knowledge!r},
        policy={policy!r},
        overlay={overlay!r},
        as_of={as_of!r},
    )
)
'''


def submit(options: argparse.Namespace) -> int:
    """Write the job for a file into a folder, which will hold its output. Raises ``InputError``, ``KnowledgeError``."""
    from oncocds import __version__

    file, folder = whole_path(options.file), whole_path(options.out)
    output = Output(
        options.what,
        tuple(options.names),
        options.overdue,
        options.sections,
        old=whole_name(options.old),
        new=None if options.new is None else whole_name(options.new),
        patients=options.patients,
        suppress_below=options.suppress_below,
        lang=options.first,
        decide=options.decide,
    )
    out, job = folder / f"{output.what}{FORMATS[output.what][0]}", folder / "job.py"
    check_place(file, job)
    given = {"knowledge": options.knowledge, "policy": options.policy, "overlay": options.overlay}
    first, *_ = asked_of(file, out, output, **given, as_of=options.as_of)
    groups = groups_of(file)
    try:
        folder.mkdir(mode=0o700, exist_ok=True)
    except OSError as error:
        raise not_written(folder, error) from None
    text = _TEXT.format(
        name=job.name,
        version=__version__,
        path=str(file),
        what=output.what,
        out=str(out),
        output=output,
        **{name: _text(path) for name, path in given.items()},
        as_of=first.as_of.isoformat(),
    )
    _see_that_no_other_is_there(job, text)
    with whole_file(job) as beside:
        beside.write_text(text, "utf-8")
    size = f"{counted(sum(one.rows for one in groups), 'patient')} in {counted(len(groups), 'task')}"
    print(f"{job}: {size}; run: spark-submit {job}")
    return 0


def _see_that_no_other_is_there(job: Path, text: str) -> None:
    """Raise ``InputError`` where a job that asks something else would be lost: it may be what a cluster is to run."""
    try:
        other = job.exists() and job.read_text("utf-8") != text
    except (OSError, UnicodeError):
        other = True
    if other:
        expected = "another folder, or this one without that job.py"
        raise InputError([Problem(str(job), "it is there and asks something else", expected)])


def _text(path: Path | None) -> str | None:
    return None if path is None else str(whole_path(path))
