"""What ``oncocds cohort from-fhir`` does, and what it says of it."""

from __future__ import annotations

from collections.abc import Mapping
from os.path import realpath
from pathlib import Path

from oncocds.engine import load_bundled_or, load_tables
from oncocds.errors import InputError, Problem
from oncocds.profile.reading import read_date
from oncocds.text import counted
from oncocds_cohort.fhir.export import read_export
from oncocds_cohort.fhir.run import Asked, Told, from_fhir, remarks_file

_SHOWN = 12
FAULT = 3


def map_export(
    knowledge: Path | None,
    folder: Path,
    out: Path,
    *,
    store: Path | None = None,
    overlay: Path | None = None,
    taken: str | None = None,
    since: str | None = None,
    as_of: str | None = None,
    jobs: int = 1,
) -> int:
    """Map an export to a file of patients; return 1 where somebody was refused or records are missing or nobody's.

    A fault of the mapping is told as those of the engine are.
    """
    if out.suffix != ".parquet":
        raise InputError([Problem(str(out), "another kind of file", "a name that ends in .parquet")])
    if not out.parent.is_dir():
        raise InputError([Problem(str(out), "no such folder to write in", "a folder that is there")])
    # Unlike Path.resolve, realpath follows no circle of links without end.
    if store is not None and realpath(store) in map(realpath, (out, remarks_file(out))):
        raise InputError([Problem(str(store), "the output would take its place", "another file for --store")])
    if out.is_dir():
        raise InputError([Problem(str(out), "it is a folder", "a file")])
    export = read_export(folder, taken, since)
    day = None if as_of is None else read_date(as_of)
    told = from_fhir(Asked(export, out, store, knowledge, overlay, day, jobs))
    tables = load_tables(knowledge, load_bundled_or(knowledge, overlay).vocabulary)
    for line in _summary(told, out, {reason: one.text.en for reason, one in tables.messages["unmapped"].items()}):
        print(line)
    return FAULT if told.faults else int(bool(told.refused or told.of_nobody or told.lossy))


def _summary(told: Told, out: Path, words: Mapping[str, str]) -> list[str]:
    lines = [f"{counted(told.patients, 'patient')} written to {out}; remarks in {remarks_file(out)}"]
    if told.refused:
        lines.append(f"{counted(told.refused, 'patient')} refused: no row; why stands in the remarks")
    if told.faults:
        lines.append(f"{told.faults} of them by a fault of the mapping: please report it")
    if told.of_nobody:
        lines.append(f"records that name no patient of the export, not used: {_counted(told.of_nobody)}")
    if told.lossy:
        lines.append("the server says that records are missing: every list of every patient may hold more")
    if told.not_read:
        lines.append(f"records that no fact is read from: {_counted(told.not_read)}")
    for reason, count in told.reasons.most_common(_SHOWN):
        lines.append(f"  {counted(count, 'patient')}: {words.get(reason, reason)} ({reason})")
    return lines


def _counted(counts: Mapping[str, int]) -> str:
    return ", ".join(f"{kind} {count}" for kind, count in sorted(counts.items()))
