"""The records of some patients become rows of a batch, and remarks: by the mapping that the server answers with."""

from __future__ import annotations

import datetime
import hashlib
import json
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pyarrow as pa

from oncocds.engine import load_bundled_or, load_tables
from oncocds.errors import InputError, Problem
from oncocds.reading.strict_json import MAX_DEPTH, parse_json
from oncocds_cohort.fhir.grouping import Group
from oncocds_cohort.fhir.lines import LONGEST_LINE
from oncocds_cohort.fhir.templates import Templates
from oncocds_cohort.reading.checked import see_id
from oncocds_cohort.schema import ID, profile_schema
from oncocds_fhir.bundle import Collected, LeftOut, collect
from oncocds_fhir.holding import LISTS, lists_of
from oncocds_fhir.mapping import map_bundle
from oncocds_fhir.memory import Memory
from oncocds_fhir.skipping import skipped
from oncocds_fhir.times import Moment


@dataclass(frozen=True, slots=True)
class Some:
    """Some patients mapped: their rows, a line of remarks for each that needs one, and counts.

    ``faults`` are those of the refused on whom our own mapping failed, ``reasons`` counts patients by the warnings of
    their remarks, ``digest`` is of the rows' contents.
    """

    batch: pa.RecordBatch
    remarks: str
    refused: int
    faults: int
    reasons: Mapping[str, int]
    digest: str


class PatientMapping:
    """Maps patients with one knowledge; what a concept means is kept from one patient to the next."""

    def __init__(self, knowledge: Path | None, overlay: Path | None, moment: Moment, taken: str) -> None:
        self._vocabulary = load_bundled_or(knowledge, overlay).vocabulary
        self._codes = load_tables(knowledge, self._vocabulary)
        self._schema = profile_schema(self._vocabulary)
        self._memory = Memory(self._vocabulary, self._codes)
        self._templates = Templates(self._memory.traditional)
        self._moment = moment
        self._taken = taken

    def some(self, groups: Sequence[Group], *, lossy: bool = False) -> Some:
        """Map some patients; one that cannot be mapped is refused, and costs no other.

        ``lossy`` says that records of anybody may be missing.
        """
        rows: list[dict[str, Any]] = []
        lines: list[str] = []
        refused, faults, reasons = 0, 0, list[str]()
        for identity, records in groups:
            told: dict[str, Any] = {ID: identity, "taken": self._taken}
            mapped, problems = None, list[Problem]()
            try:
                see_id(identity)
                mapped = self._one(records, lossy)
            except InputError as error:
                problems = list(error.problems)
            except Exception as error:  # a fault of ours: it is told by its kind alone, its words may be a patient's
                faults += 1
                problems = [Problem("", f"the mapping failed ({type(error).__name__})", "no fault; please report it")]
            if mapped is None:
                refused += 1
                lines.append(_json({**told, "refused": [_plain(problem) for problem in problems]}))
                continue
            profile, told_of, warnings = mapped
            rows.append({**profile, ID: identity})
            reasons += warnings
            if told_of:
                lines.append(_json({**told, **told_of}))
        content = hashlib.sha256("\n".join(map(_json, rows)).encode())
        batch = pa.RecordBatch.from_pylist(rows, self._schema)
        remarks = "".join(f"{line}\n" for line in lines)
        return Some(batch, remarks, refused, faults, Counter(reasons), content.hexdigest())

    def _one(
        self, records: Sequence[tuple[str, str, str]], lossy: bool
    ) -> tuple[dict[str, Any], dict[str, Any], set[str]]:
        """Return a patient's profile, the remarks and the reasons among them that are warnings."""
        collected = Collected()
        if lossy:
            collected.left_out.append(LeftOut("outcome", "OperationOutcome", LISTS))
        pointers = [f"/entry/{number}/resource" for number in range(len(records))]
        met = [self._templates.record(text, at) for (_, _, text), at in zip(records, pointers, strict=True)]
        others = [text for (_, _, text), one in zip(records, met, strict=True) if one is None]
        together = iter(_read_together(others) or ())
        for (kind, identity, text), pointer, record in zip(records, pointers, met, strict=True):
            if record is not None:
                collected.resources.append(record)
                continue
            try:
                resource = next(together, None)
                collect(_read(text) if resource is None else resource, pointer, collected)
            except InputError as error:
                problems = tuple(_below(pointer, problem) for problem in error.problems)
                if kind == "Patient":
                    raise InputError(problems) from None
                collected.left_out.append(LeftOut("unreadable", f"{kind}/{identity}", lists_of(kind), problems))
        mapped = map_bundle(collected, self._vocabulary, self._codes, self._moment, memory=self._memory)
        return mapped.profile, mapped.remarks.brief(), {reason for reason, _ in mapped.remarks.warnings()}


def _read(text: str) -> object:
    return parse_json(text, max_bytes=LONGEST_LINE, kept=skipped)


def _read_together(texts: Sequence[str]) -> list[object] | None:
    """Return all records read at once, which is quick; None where one of them is to be read by itself to be refused."""
    if not texts:
        return []
    text = f"[{','.join(texts)}]"
    # None of these records is of a type that is skipped: one could only stand within another.
    alone = text.count('"resourceType"') == len(texts) and "\\u00" not in text
    try:
        found = parse_json(text, max_bytes=4 * len(text), max_depth=MAX_DEPTH + 1, kept=None if alone else skipped)
    except InputError:
        return None
    return found if isinstance(found, list) and len(found) == len(texts) else None


def _below(pointer: str, problem: Problem) -> Problem:
    inside = problem.pointer if problem.pointer.startswith(pointer) else pointer + problem.pointer
    return Problem(inside, problem.reason, problem.expected)


def _plain(problem: Problem) -> dict[str, str]:
    return {"pointer": problem.pointer, "reason": problem.reason, "expected": problem.expected}


_json = json.JSONEncoder(ensure_ascii=False, sort_keys=True, separators=(",", ":")).encode


def chunks(groups: Iterator[Group], patients: int, size: int) -> Iterator[list[Group]]:
    """Yield groups some at a time: so many patients, or fewer where their records are long."""
    some: list[Group] = []
    length = 0
    for group in groups:
        some.append(group)
        length += sum(len(text) for _, _, text in group[1])
        if len(some) >= patients or length >= size:
            yield some
            some, length = [], 0
    if some:
        yield some


def moment_of(taken: datetime.datetime, as_of: datetime.date | None) -> Moment:
    """Return when the records are read as of: when the export was taken, or a day."""
    return Moment(taken.date(), taken) if as_of is None else Moment(as_of)
