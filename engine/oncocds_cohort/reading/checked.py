"""What reading a file of patients yields, and the engine's own reader for one patient."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa
from pydantic import ConfigDict, TypeAdapter, ValidationError

from oncocds.errors import InputError, Problem
from oncocds.profile.codes import ShortText
from oncocds.profile.models import Profile
from oncocds.profile.reading import read_profile
from oncocds.reading.strict_json import MAX_BYTES, MAX_DEPTH, parse_json
from oncocds.vocabulary.models import Vocabulary
from oncocds_cohort.schema import ID, PATIENT

Rows = npt.NDArray[np.int64]
ROWS = 16_384
"""So many rows are read and answered at a time: what a batch costs of itself is little then, and so is its memory."""
LINE = '{"id": …, "patient": {…}}'
FILE = "NDJSON (also .gz, .zst) or Parquet"
_ID: TypeAdapter[str] = TypeAdapter(ShortText, config=ConfigDict(strict=True))
_ID_EXPECTED = "text of 1 to 200 characters that shows something, without control characters"


@dataclass(frozen=True, slots=True)
class Refused:
    """A row that is no patient, and why.

    ``row`` counts the lines of NDJSON and the rows of Parquet from 1, ``id`` is None where none could be read. The
    pointers of ``issues`` are into the patient's profile, as the engine has them; an empty one is the row itself.
    """

    row: int
    id: str | None
    issues: tuple[Problem, ...]


@dataclass(frozen=True, slots=True)
class Checked:
    """Some of a file's patients: whoever the engine accepts is in ``batch`` (of ``profile_schema``), in their order.

    ``rows`` are their rows in the file, from 1; ``first_row`` is that of the first row read, accepted or not.
    """

    batch: pa.RecordBatch
    first_row: int
    rows: Rows
    refused: tuple[Refused, ...]


def together(parts: Sequence[Checked]) -> Checked:
    """Return what was read one after the other as one."""
    if len(parts) == 1:
        return parts[0]
    table = pa.Table.from_batches([one.batch for one in parts]).combine_chunks()
    batch = table.to_batches()[0] if table.num_rows else parts[0].batch
    refused = tuple(told for one in parts for told in one.refused)
    return Checked(batch, parts[0].first_row, np.concatenate([one.rows for one in parts]), refused)


def read_line(line: bytes, row: int, vocabulary: Vocabulary) -> tuple[str, Profile] | Refused:
    """Read a line of NDJSON by the engine's own reader."""
    try:
        plain = parse_json(line, max_depth=MAX_DEPTH + 1)
    except InputError as error:
        return Refused(row, None, tuple(map(_in_patient, error.problems)))
    if not isinstance(plain, dict):
        return Refused(row, None, (Problem("", "wrong type", LINE),))
    identity = plain.get(ID)
    problems = _id_problems(identity)
    others = plain.keys() - {ID, PATIENT}
    if others:
        problems.append(Problem("", "unknown key beside id and patient", LINE))
    if PATIENT not in plain:
        problems.append(Problem("", "missing", LINE))
    return read_patient(identity, plain.get(PATIENT, {}), row, vocabulary, problems)


def read_patient(
    identity: Any, patient: Any, row: int, vocabulary: Vocabulary, problems: Sequence[Problem] | None = None
) -> tuple[str, Profile] | Refused:
    """Read a patient by the engine's own reader; ``problems`` are those that were found of the row itself."""
    found = [*(_id_problems(identity) if problems is None else problems)]
    shown = None if _id_problems(identity) else identity
    if not isinstance(patient, Mapping):
        return Refused(row, shown, (*found, Problem("", "wrong type", "a mapping")))
    try:
        profile = read_profile(patient, vocabulary)
    except InputError as error:
        return Refused(row, shown, (*found, *error.problems))
    return Refused(row, shown, tuple(found)) if found else (identity, profile)


def too_long(row: int) -> Refused:
    """Return the refusal of a line that is longer than the engine reads."""
    return Refused(row, None, (Problem("", "the text is too long", f"at most {MAX_BYTES} bytes"),))


def see_id(identity: Any) -> None:
    """Raise ``InputError`` for an id that no reader of files of patients accepts."""
    problems = _id_problems(identity)
    if problems:
        raise InputError(problems)


def _id_problems(identity: Any) -> list[Problem]:
    try:
        _ID.validate_python(identity)
    except ValidationError:
        return [Problem("", "missing id" if identity is None else "wrong id", _ID_EXPECTED)]
    return []


def _in_patient(problem: Problem) -> Problem:
    """Return a problem of a line with its place in the patient; what is wrong beside the patient is of the row."""
    head = f"/{PATIENT}"
    if problem.pointer == head or problem.pointer.startswith(f"{head}/"):
        return Problem(problem.pointer.removeprefix(head), problem.reason, problem.expected)
    return Problem("", problem.reason, problem.expected)


def check_at_rest(path: Path) -> None:
    """Raise ``InputError`` for a pipe or a device: it could be read once only, and a file is read several times."""
    if path.exists() and not path.is_file() and not path.is_dir():
        raise InputError([Problem(str(path), "the file cannot be read: it is a pipe or device", FILE)])
