"""An export is grouped, mapped by several processes, and written as a file of patients."""

from __future__ import annotations

import contextlib
import datetime
import gc
import hashlib
import tempfile
from collections import Counter, deque
from collections.abc import Iterator
from concurrent.futures import Future, ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from dataclasses import dataclass, field
from multiprocessing import get_context
from pathlib import Path

import duckdb
import pyarrow as pa
import pyarrow.parquet as pq

from oncocds import __version__
from oncocds.engine import load_bundled_or, load_tables
from oncocds.errors import EngineFault
from oncocds_cohort.fhir.export import Export
from oncocds_cohort.fhir.grouping import Group, Grouped
from oncocds_cohort.fhir.patients import PatientMapping, Some, chunks, moment_of
from oncocds_cohort.files import whole_file
from oncocds_cohort.outputs.digests import ANSWERING, metadata, modules_digest
from oncocds_cohort.outputs.processes import belong, copies, of_one_thread
from oncocds_cohort.outputs.progress import Progress
from oncocds_cohort.schema import profile_schema
from oncocds_fhir.times import Moment

_PATIENTS, _CHARACTERS = 200, 4 * 1_048_576  # given to a process at a time
_ROWS = 16_384  # of a row group
_WAITING = 3  # chunks for each process
Mappers = PatientMapping | ProcessPoolExecutor
"""What maps patients: this process, or several."""


@dataclass
class Told:
    """What a run came to: patients and refused ones, and the patients by warning; records by type that are nobody's."""

    patients: int = 0
    refused: int = 0
    faults: int = 0
    reasons: Counter[str] = field(default_factory=Counter)
    of_nobody: dict[str, int] = field(default_factory=dict)
    not_read: dict[str, int] = field(default_factory=dict)
    lossy: bool = False


@dataclass(frozen=True, slots=True)
class Asked:
    """What a run is asked for: an export, where it goes, where its records are kept, and what maps them."""

    export: Export
    out: Path
    store: Path | None = None
    knowledge: Path | None = None
    overlay: Path | None = None
    as_of: datetime.date | None = None
    jobs: int = 1


def remarks_file(out: Path) -> Path:
    """Return where the remarks and refusals go."""
    return out.with_name(f"{out.name}.remarks.ndjson")


def from_fhir(asked: Asked) -> Told:
    """Group, map and write. Raises ``InputError`` where the export cannot be taken or nothing can be written."""
    moment = moment_of(asked.export.taken, asked.as_of)
    with contextlib.ExitStack() as stack:
        stack.enter_context(_told_by_kind())
        mappers = stack.enter_context(_mappers(asked, moment))
        store = asked.store
        if store is None:
            folder = stack.enter_context(tempfile.TemporaryDirectory(prefix=".from-fhir.", dir=asked.out.parent))
            store = Path(folder) / "grouped.duckdb"
        grouped = Grouped(store)
        stack.callback(grouped.close)
        grouped.add(asked.export)
        return _written(asked, moment, grouped, mappers)


@contextlib.contextmanager
def _told_by_kind() -> Iterator[None]:
    """Raise ``EngineFault`` where the database fails: its own words may show what records hold."""
    try:
        yield
    except duckdb.Error as error:
        kind = type(error).__name__
        raise EngineFault(f"the records could not be grouped ({kind}): is there room on the disk?") from None


def _written(asked: Asked, moment: Moment, grouped: Grouped, mappers: Mappers) -> Told:
    told = Told(of_nobody=grouped.of_nobody(), not_read=grouped.not_read, lossy=grouped.lossy)
    knowledge = load_bundled_or(asked.knowledge, asked.overlay)
    codes = load_tables(asked.knowledge, knowledge.vocabulary)
    identity = {
        "input": f"sha256:{hashlib.sha256(grouped.digest.encode()).hexdigest()}",
        "knowledge": f"{knowledge.version} {knowledge.digest}",
        "codes": codes.digest,
        "engine": f"{__version__} {modules_digest(*ANSWERING)} {modules_digest('oncocds_fhir')}",
        "transaction time": asked.export.taken.isoformat(),
        "as of": moment.date.isoformat(),
    }
    content = hashlib.sha256()
    progress = Progress(grouped.patients())
    with (
        whole_file(asked.out) as rows_file,
        whole_file(remarks_file(asked.out)) as lines_file,
        lines_file.open("w", encoding="utf-8") as lines,
        pq.ParquetWriter(rows_file, profile_schema(knowledge.vocabulary), compression="zstd") as writer,
    ):
        waiting: list[pa.RecordBatch] = []
        for some in _mapped(grouped.groups(), asked.jobs, mappers, lossy=grouped.lossy):
            lines.write(some.remarks)
            content.update(some.digest.encode())
            told.patients += some.batch.num_rows
            told.refused += some.refused
            told.faults += some.faults
            told.reasons.update(some.reasons)
            waiting.append(some.batch)
            if sum(batch.num_rows for batch in waiting) >= _ROWS:
                writer.write_table(pa.Table.from_batches(waiting))
                waiting = []
            progress.at(told.patients + told.refused)
        if waiting:
            writer.write_table(pa.Table.from_batches(waiting))
        writer.add_key_value_metadata(metadata({**identity, "output": f"sha256:{content.hexdigest()}"}))
        progress.done()
    return told


@contextlib.contextmanager
def _mappers(asked: Asked, moment: Moment) -> Iterator[Mappers]:
    """Have what maps patients: this process or, begun before it opens a database and has its threads, others."""
    arguments = (asked.knowledge, asked.overlay, moment, asked.export.taken.isoformat())
    if asked.jobs == 1:
        yield PatientMapping(*arguments)
    elif of_one_thread():
        with copies(asked.jobs, _take_over, PatientMapping(*arguments)) as pool:
            yield pool
    else:
        with ProcessPoolExecutor(asked.jobs, get_context("spawn"), _begin, arguments) as pool:
            yield pool


_MAPPING: PatientMapping | None = None


def _take_over(mapping: PatientMapping) -> None:
    global _MAPPING  # what a process that maps has, made once
    _MAPPING = mapping
    gc.set_threshold(50_000)  # there is not much to find of a patient: little of what is made for one refers in circles
    belong()


def _begin(knowledge: Path | None, overlay: Path | None, moment: Moment, taken: str) -> None:
    _take_over(PatientMapping(knowledge, overlay, moment, taken))
    gc.collect()
    gc.freeze()  # the knowledge stays: looking through it again and again would find nothing


def _some(groups: list[Group], lossy: bool) -> Some:
    assert _MAPPING is not None
    return _MAPPING.some(groups, lossy=lossy)


def _mapped(groups: Iterator[Group], jobs: int, mappers: Mappers, *, lossy: bool) -> Iterator[Some]:
    """Yield what patients come to, in their order, whatever the number of processes."""
    parts = chunks(groups, _PATIENTS, _CHARACTERS)
    if isinstance(mappers, PatientMapping):
        yield from (mappers.some(part, lossy=lossy) for part in parts)
        return
    asked: deque[Future[Some]] = deque()
    try:
        for part in parts:
            asked.append(mappers.submit(_some, part, lossy))
            if len(asked) >= _WAITING * jobs:
                yield asked.popleft().result()
        while asked:
            yield asked.popleft().result()
    except BrokenProcessPool:
        raise EngineFault("a process that maps patients died; nothing was written") from None
    finally:
        for one in asked:
            one.cancel()
