"""A folder of a FHIR Bulk Data ``$export``: its files, when it was taken, what it is the changes since, what it lacks.

``manifest.json`` is what the server answered when the export was done, kept beside its files.
"""

from __future__ import annotations

import datetime
import hashlib
import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

from oncocds.errors import InputError
from oncocds.reading.strict_json import parse_json
from oncocds_cohort.fhir.lines import lines_of, refused
from oncocds_fhir.bundle import tells_of_a_loss
from oncocds_fhir.elements import Element
from oncocds_fhir.times import read_when

MANIFEST = "manifest.json"
_ENDINGS = (".ndjson", ".ndjson.gz")
_LIKE_RECORDS = re.compile(r"ndjson|\.jsonl?(?:\.|$)|\.(?:gz|zst|bz2|xz|zip|tar|tgz)$", re.IGNORECASE)
_CLOCKS_APART = datetime.timedelta(days=1)
_DELETED, _ERRORS = "deleted", ("error", "errors")


@dataclass(frozen=True, slots=True)
class Export:
    """An export: complete, or of what changed since a time; ``lossy`` where the server says that records are missing.

    ``counts`` is how many records of each type the server says it wrote, where it says so of every file.
    """

    folder: Path
    files: tuple[Path, ...]
    deleted: tuple[Path, ...]
    taken: datetime.datetime
    since: datetime.datetime | None
    lossy: bool
    counts: Mapping[str, int] | None
    digest: str

    def name(self, path: Path) -> str:
        """Return how a file is called in messages."""
        return str(path.relative_to(self.folder))


def read_export(folder: Path, taken: str | None = None, since: str | None = None) -> Export:
    """Look through a folder; ``taken`` and ``since`` are told where it holds no manifest. Raises ``InputError``."""
    if not folder.is_dir():
        raise refused(folder, "no such folder", "the folder of an export")
    there = sorted(folder.rglob("*"))
    found = [path for path in there if path.name.endswith(_ENDINGS) and path.is_file()]
    parts = {path: path.relative_to(folder).parts[:-1] for path in found}
    deleted = tuple(path for path in found if _DELETED in parts[path])
    errors = [path for path in found if not set(parts[path]).isdisjoint(_ERRORS)]
    files = tuple(path for path in found if path not in {*deleted, *errors})
    manifest = _manifest(folder)
    if manifest is not None and (taken is not None or since is not None):
        raise refused(folder / MANIFEST, "it tells when the export was taken", "no other time beside it")
    if manifest is None and taken is None:
        raise refused(folder / MANIFEST, "missing", "what the server answered, or --taken TIME (and --since TIME)")
    for path in there:
        if _LIKE_RECORDS.search(path.name) and path not in parts and path != folder / MANIFEST and not path.is_dir():
            raise refused(path, "it looks like records and would not be read", "*.ndjson, *.ndjson.gz or no such file")
    if not files and not deleted:
        raise refused(folder, "no records", "files of records (*.ndjson, *.ndjson.gz)")
    told: Mapping[str, Any] = manifest or {"transactionTime": taken}
    place = folder / MANIFEST if manifest is not None else Path("--taken")
    instant = _instant(told["transactionTime"], place)
    if instant > datetime.datetime.now(datetime.UTC) + _CLOCKS_APART:
        raise refused(place, f"{told['transactionTime']} has not come yet", "when the export was taken")
    if manifest is not None:
        _see_that_it_is_all(manifest, folder)
        since = _since(manifest.get("request"))
        _see_that_all_is_there(manifest, "output", files, folder)
        _see_that_all_is_there(manifest, "deleted", deleted, folder)
    return Export(
        folder=folder,
        files=files,
        deleted=deleted,
        taken=instant,
        since=None if since is None else _instant(since, place),
        lossy=_lossy(errors) or (bool(told.get("error")) and not errors),
        counts=_counts(told.get("output")),
        digest=_digest(folder, [*files, *deleted, *errors], told),
    )


def _manifest(folder: Path) -> dict[str, Any] | None:
    path = folder / MANIFEST
    if not path.exists():
        return None
    try:
        found = parse_json(path.read_bytes(), max_bytes=1 << 28)
    except (OSError, InputError):
        raise refused(path, "it cannot be read", "JSON") from None
    if not isinstance(found, dict) or not isinstance(found.get("transactionTime"), str):
        raise refused(path, "it tells no transactionTime", "what the server answered when the export was done")
    return found


def _since(request: Any) -> str | None:
    """Return what ``_since`` was asked for; a plus sign that nobody escaped is one."""
    if not isinstance(request, str):
        return None
    found = parse_qs(urlsplit(request).query).get("_since")
    return None if not found else found[0].replace(" ", "+")


def _see_that_all_is_there(manifest: Mapping[str, Any], key: str, files: tuple[Path, ...], folder: Path) -> None:
    named = manifest.get(key)
    if isinstance(named, list) and len(files) < len(named):
        reason = f"{key}: {len(named)} files are named and {len(files)} are there"
        raise refused(folder / MANIFEST, reason, "all files of the export")


def _see_that_it_is_all(manifest: Mapping[str, Any], folder: Path) -> None:
    """Raise ``InputError`` where a manifest names no files, or is one of several pages."""
    output, links = manifest.get("output"), manifest.get("link")
    if not isinstance(output, list) or not all(isinstance(one, dict) for one in output):
        raise refused(folder / MANIFEST, "output: it names no files", "a list of the files of the export")
    of_links = links if isinstance(links, list) else [links]
    if any(isinstance(one, dict) and one.get("relation") == "next" for one in of_links):
        raise refused(folder / MANIFEST, "it is a page of several (link: next)", "all pages in one manifest")


def _counts(output: Any) -> dict[str, int] | None:
    counts: dict[str, int] = {}
    for one in output or ():
        kind, count = one.get("type"), one.get("count")
        if not isinstance(kind, str) or not isinstance(count, int) or isinstance(count, bool):
            return None
        counts[kind] = counts.get(kind, 0) + count
    return counts or None


def _lossy(errors: list[Path]) -> bool:
    """Tell whether a file of the server's outcomes says that records are missing; one that cannot be read may."""
    for path in errors:
        for _, line in lines_of(path):
            try:
                if tells_of_a_loss(parse_json(line, max_bytes=1 << 28)):
                    return True
            except InputError:
                return True
    return False


def _instant(text: Any, place: Path) -> datetime.datetime:
    try:
        when = read_when(Element({"time": text}, ""), "time")
    except InputError:
        when = None
    if when is None or when.instant is None:
        raise refused(place, "no instant", "a time with its zone, such as 2026-11-28T06:00:00Z")
    return when.instant


def _digest(folder: Path, files: list[Path], told: Mapping[str, Any]) -> str:
    """Return the digest of an export: of the names and contents of its files, and of when it was taken."""
    whole = hashlib.sha256(f"{told.get('transactionTime')}\0{told.get('request')}\0".encode())
    for path in sorted(files):
        try:
            with path.open("rb") as file:
                one = hashlib.file_digest(file, "sha256")
        except OSError:
            raise refused(path, "it cannot be read", "a file of records") from None
        whole.update(f"{path.relative_to(folder)}\0{one.hexdigest()}\0".encode())
    return f"sha256:{whole.hexdigest()}"
