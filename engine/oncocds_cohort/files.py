"""Files that are whole or not there: written beside their place and put there when nothing is missing."""

from __future__ import annotations

import contextlib
import os
import tempfile
from collections.abc import Iterable, Iterator, Mapping
from itertools import islice
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet

from oncocds.errors import InputError, Problem
from oncocds.profile.models import Profile
from oncocds.vocabulary.models import Vocabulary
from oncocds_cohort.schema import ID, profile_schema

_ROWS = 16_384  # of a row group, and of what is held at a time
_SUFFIX = ".part"


def whole_path(path: Path | str) -> Path:
    """Return a path from the root on, which means the same in every folder; links in it stay links.

    Raises ``InputError`` for what no file can be called: too long, through links in a circle, out of reach.
    """
    found = Path(path).absolute()
    try:
        found.lstat()
    except (FileNotFoundError, NotADirectoryError):
        pass  # whether a file has to be there, whoever reads it says
    except (OSError, ValueError) as error:
        reason = error.strerror if isinstance(error, OSError) else "a character that no path holds"
        raise InputError(
            [Problem(str(path).replace("\0", "\\0"), f"it cannot be reached: {reason}", "another path")]
        ) from None
    return found


@contextlib.contextmanager
def whole_file(path: Path) -> Iterator[Path]:
    """Give a place beside ``path`` to write to; what was written is moved there at the end, or removed on an error.

    Raises ``InputError`` where nothing can be written there.
    """
    try:
        handle, name = tempfile.mkstemp(prefix=f".{path.name}.", suffix=_SUFFIX, dir=path.parent)
        os.close(handle)
    except OSError as error:
        raise _unwritable(path, error) from error
    beside = Path(name)
    try:
        yield beside
        beside.chmod(0o600)  # patients' data: only for who wrote it
        with beside.open("rb") as written:
            os.fsync(written.fileno())
        beside.replace(path)
    except OSError as error:
        raise _unwritable(path, error) from error
    finally:
        beside.unlink(missing_ok=True)


def write_patients(
    path: Path,
    patients: Iterable[tuple[str, Profile | Mapping[str, Any]]],
    vocabulary: Vocabulary,
    metadata: Mapping[str, str] | None = None,
) -> int:
    """Write ids and profiles as Parquet with the columns of ``profile_schema``; return how many.

    A profile is the engine's own, or plain data that it accepts. ``metadata`` is kept in the file.
    """
    schema, count = profile_schema(vocabulary).with_metadata(dict(metadata or {})), 0
    rest = iter(patients)
    with whole_file(path) as beside, pa.parquet.ParquetWriter(beside, schema, compression="zstd") as writer:
        while some := list(islice(rest, _ROWS)):
            writer.write_batch(pa.RecordBatch.from_pylist([_row(*patient) for patient in some], schema))
            count += len(some)
    return count


def _row(identity: str, profile: Profile | Mapping[str, Any]) -> dict[str, Any]:
    plain = profile.model_dump(by_alias=True, exclude_none=True) if isinstance(profile, Profile) else profile
    return {**plain, ID: identity}


def _unwritable(path: Path, error: OSError) -> InputError:
    return InputError(
        [Problem(str(path), f"the file cannot be written: {error.strerror}", "a folder with room to write in")]
    )
