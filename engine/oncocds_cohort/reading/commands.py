"""What ``oncocds cohort schema``, ``check`` and ``generate`` do."""

from __future__ import annotations

import contextlib
import json
import re
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import IO

from oncocds.engine import load_bundled_or
from oncocds.errors import InputError, Problem
from oncocds.refusal_words import refusal_words
from oncocds.text import Language, counted
from oncocds_cohort.files import whole_file, write_patients
from oncocds_cohort.reading.batches import read_batches
from oncocds_cohort.reading.checked import Refused
from oncocds_cohort.reading.repeated import Repeated, Repeats
from oncocds_cohort.schema import described, profile_schema
from oncocds_cohort.synthetic import line, made_up

_SHOWN = 10
_INDEX = re.compile(r"/\d+(?=/|$)")
_PLACE = re.compile(r" at line \d+, column \d+")


def print_schema(knowledge: Path | None, *, as_json: bool, overlay: Path | None = None) -> int:
    """Print the columns of a file of patients."""
    vocabulary = load_bundled_or(knowledge, overlay).vocabulary
    if as_json:
        print(json.dumps(described(vocabulary), ensure_ascii=False, indent=1))
    else:
        print(profile_schema(vocabulary).to_string())
    return 0


def check(
    knowledge: Path | None, path: Path, refused: Path | None, language: Language, overlay: Path | None = None
) -> int:
    """Read a whole file and say who was refused and why; return 1 where somebody was."""
    if refused is not None and refused.exists() and path.exists() and refused.samefile(path):
        raise InputError([Problem(str(refused), "the refused rows would take the place of the file", "another file")])
    vocabulary = load_bundled_or(knowledge, overlay).vocabulary
    read, count, reasons = 0, 0, Counter[tuple[str, str, str]]()
    with Repeated() as repeated, refusals_file(refused) as file:
        for checked in read_batches(path, vocabulary):
            read += len(checked.rows) + len(checked.refused)
            count += len(checked.refused)
            repeated.add(checked.batch.column(0).to_pylist(), checked.rows)
            for one in checked.refused:
                reasons.update({_kind(*issue) for issue in _issues(one)})
            write_refused(file, checked.refused)
        repeats = repeated.found()
    _print_check(read, count, reasons, repeats, language)
    return 1 if count else 0


def generate(knowledge: Path | None, count: int, path: Path, seed: int, overlay: Path | None = None) -> int:
    """Write made-up patients. Raises ``InputError``."""
    if path.suffix not in (".parquet", ".ndjson"):
        raise InputError([Problem(str(path), "another kind of file", "a name that ends in .ndjson or .parquet")])
    loaded = load_bundled_or(knowledge, overlay)
    patients = made_up(loaded, count, seed)
    if path.suffix == ".parquet":
        write_patients(path, patients, loaded.vocabulary, {"oncocds.knowledge": loaded.digest})
        return 0
    with whole_file(path) as beside, beside.open("wb") as file:
        file.writelines(line(*patient) for patient in patients)
    return 0


@contextlib.contextmanager
def refusals_file(path: Path | None) -> Iterator[IO[str] | None]:
    """Give a file for what is refused, which is there when all is read; None where none is wanted."""
    if path is None:
        yield None
        return
    with whole_file(path) as beside, beside.open("w", encoding="utf-8") as file:
        yield file


def write_refused(file: IO[str] | None, refused: tuple[Refused, ...]) -> None:
    """Write refused rows, a line each."""
    if file is not None:
        file.writelines(map(refused_line, refused))


def refused_line(one: Refused) -> str:
    """Return a refused row as a line: row, id and every issue with its place in the profile."""
    issues = [
        {"pointer": pointer, "reason": reason, "expected": expected} for pointer, reason, expected in _issues(one)
    ]
    return json.dumps({"row": one.row, "id": one.id, "issues": issues}, ensure_ascii=False) + "\n"


def _issues(one: Refused) -> list[tuple[str, str, str]]:
    return [(issue.pointer, issue.reason, issue.expected) for issue in one.issues]


def _kind(pointer: str, reason: str, expected: str) -> tuple[str, str, str]:
    """Return what an issue has in common with those of other patients."""
    return _INDEX.sub("/*", pointer), _PLACE.sub("", reason), expected


def _print_check(
    read: int, refused: int, reasons: Counter[tuple[str, str, str]], repeats: Repeats, language: Language
) -> None:
    zh = language == "zh"
    print(f"读取{read}行，拒绝{refused}行" if zh else f"{counted(read, 'row')} read, {refused} refused")
    for (pointer, reason, expected), count in sorted(reasons.items(), key=lambda one: (-one[1], one[0]))[:_SHOWN]:
        words = (
            refusal_words({"reason": reason, "expected": expected})["zh"] if zh else f"{reason}; expected {expected}"
        )
        print(f"  {count}\t{pointer or '/'}\t{words}")
    if len(reasons) > _SHOWN:
        more = len(reasons) - _SHOWN
        print(f"  另有{more}种原因" if zh else f"  and {more} further reasons")
    if repeats.ids:
        rows = ", ".join(map(str, repeats.first))
        print(
            f"{repeats.ids}个编号出现多次，共{repeats.rows}行（如第{rows}行）：每行各自作答，但按行计数会重复"
            if zh
            else f"{repeats.ids} ids stand more than once, in {repeats.rows} rows (such as {rows}): "
            "each row is answered by itself, but counts of rows count them again"
        )
