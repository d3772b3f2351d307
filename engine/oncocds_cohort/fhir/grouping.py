"""Records of an export, grouped by patient in a database on disk: memory is bounded, and changes are laid over it.

Whose a record is its ``subject`` or ``patient`` says. What is of nobody and referred to (drugs, their ingredients,
sites of the body) is added to each patient whose records refer to it.
"""

from __future__ import annotations

import datetime
import json
import re
from collections.abc import Iterator
from pathlib import Path

import duckdb

from oncocds_cohort.fhir.export import Export
from oncocds_cohort.fhir.lines import LONGEST_LINE, damaged, deletions, refused, unreadable
from oncocds_fhir.bundle import tells_of_a_loss
from oncocds_fhir.mapping import READ_TYPES, REFERRED_TO

_FETCHED = 2_000  # rows at a time
_ROW_GROUP = 8_192  # rows that are held until they are written; of longer text than others keep
_FORMAT = "1"
_OUTCOME = "OperationOutcome"
_TABLES = """
    create table if not exists records (who varchar, kind varchar, id varchar, js varchar);
    create table if not exists loose (kind varchar, id varchar, js varchar);
    create table if not exists state (name varchar primary key, value varchar);
"""
# Written without the server and the version; nothing where it is no reference to a patient.
_WHO = r"regexp_extract({}, '(?:^|/)Patient/([^/]+?)(?:/_history/[^/]*)?$', 1)"
_REFERENCE = r'"reference"\s*:\s*"(?:[^"]*/)?((?:{})/[^"/]+)'
_PATIENTS = "(select id from records where kind = 'Patient' and id is not null)"
Group = tuple[str, list[tuple[str, str, str]]]
"""A patient's id, and the records: type, id and text of each."""


class Grouped:
    """The records of all patients. ``path`` keeps them for the next export; they are patients' data."""

    def __init__(self, path: Path, memory: str = "1GB") -> None:
        self._path = path
        try:
            self._db = duckdb.connect()
            if path.exists() and path.stat().st_size and _begin(path)[8:12] != b"DUCK":
                raise OSError
            self._db.execute(f"attach '{_quoted(path)}' as kept (row_group_size {_ROW_GROUP}); use kept")
            path.chmod(0o600)
        except (duckdb.Error, OSError):
            raise refused(path, "it cannot be opened", "a file of grouped records that no other run has open") from None
        self._db.execute(f"set memory_limit = '{memory}'; set preserve_insertion_order = false; set threads = 1")
        self._db.execute(f"set temp_directory = '{_quoted(path)}.spilled'; set enable_progress_bar = false")
        self._db.execute(_TABLES)
        self._loss = False
        self.not_read: dict[str, int] = {}
        """How many records of each type were left aside, as no fact is read from them."""
        if self._told("format") not in (None, _FORMAT):
            raise refused(path, "it is of another version", "a new file, from a complete export")

    def close(self) -> None:
        """Close the database."""
        self._db.close()

    @property
    def taken(self) -> datetime.datetime | None:
        """When the export was taken that the records are of; None of nothing."""
        told = self._told("taken")
        return None if told is None else datetime.datetime.fromisoformat(told)

    @property
    def digest(self) -> str:
        """The digest of the export; of changes, that of what they were laid over stands before it."""
        return self._told("digest") or ""

    @property
    def lossy(self) -> bool:
        """Whether a server said of an export in it that records are missing."""
        return self._told("lossy") == "yes"

    def add(self, export: Export) -> None:
        """Take a complete export in place of what is there, or lay changes over it, wholly or not at all.

        Raises ``InputError``: a damaged file, changes since a time that what is there does not reach, an older export.
        """
        before = self.taken
        self._see_that_it_follows(export, before)
        digest = export.digest if export.since is None else f"{self.digest} {export.digest}"
        if before == export.taken and self.digest.endswith(export.digest):
            return  # it is in there already
        self._read(export)
        self._db.execute("begin")
        try:
            self._lay_over(export)
            lossy = export.lossy or self._loss or (export.since is not None and self.lossy)
            told = {
                "format": _FORMAT,
                "taken": export.taken.isoformat(),
                "digest": digest,
                "lossy": "yes" if lossy else "no",
            }
            for name, value in told.items():
                self._db.execute("insert or replace into state values (?, ?)", [name, value])
            self._db.execute("commit")
        except BaseException:
            self._db.execute("rollback")
            raise
        self._db.execute("drop table seen; checkpoint")

    def _see_that_it_follows(self, export: Export, before: datetime.datetime | None) -> None:
        if before is not None and export.taken < before:
            raise refused(export.folder, f"it was taken before {_shown(before)}", "a later export than the last one")
        if export.since is None:
            return
        if before is None:
            raise refused(export.folder, "it holds only what changed", "a complete export first, kept with --store")
        if export.since > before:
            reason = f"it holds what changed since {_shown(export.since)}"
            raise refused(export.folder, reason, f"changes since {_shown(before)} or earlier: the last export's time")

    def _read(self, export: Export) -> None:
        """Read all lines into ``seen``; text is kept of the types that are read."""
        self._db.execute("create or replace table seen (kind varchar, id varchar, who varchar, js varchar)")
        kept = ", ".join(f"'{kind}'" for kind in sorted((*READ_TYPES, *REFERRED_TO, "Patient", _OUTCOME)))
        kind = "case when json_type(j->'resourceType') = 'VARCHAR' then j->>'resourceType' end"
        subject = "coalesce(j->'subject'->>'reference', j->'patient'->>'reference')"
        who = f"case when kind = 'Patient' then id else {_WHO.format(subject)} end"
        for path in export.files:
            try:
                self._db.execute(
                    f"""insert into seen select kind, id, {who}, case when kind in ({kept}) then j::varchar end from (
                            select j, j->>'id' as id, {kind} as kind
                            from read_ndjson_objects('{_literally(path)}', format = 'newline_delimited',
                                ignore_errors = true, maximum_object_size = {LONGEST_LINE}) as lines(j))"""
                )
            except (
                duckdb.InvalidInputException,
                duckdb.ConversionException,
                duckdb.IOException,
            ):  # its message may show what the file holds
                raise damaged(path) or unreadable(path) from None
        if self._count("select count(*) from seen where kind is null"):
            for path in export.files:
                if (found := damaged(path)) is not None:
                    raise found
            raise unreadable(export.folder)
        counted = dict(self._db.execute("select kind, count(*) from seen group by kind").fetchall())
        for kind, count in (export.counts or {}).items():
            if counted.get(kind, 0) != count:
                reason = f"{counted.get(kind, 0)} records of type {kind} are there"
                raise refused(export.folder, reason, f"the {count} that the manifest tells of")
        outcomes = self._db.execute(f"select js from seen where kind = '{_OUTCOME}'").fetchall()
        self._loss = any(tells_of_a_loss(json.loads(js)) for (js,) in outcomes)
        self._db.execute(f"update seen set js = null where kind = '{_OUTCOME}'")
        aside = self._db.execute(
            "select kind, count(*) from seen where js is null group by kind order by kind"
        ).fetchall()
        self.not_read = dict(aside)

    def _lay_over(self, export: Export) -> None:
        self._db.execute("create or replace table gone (kind varchar, id varchar)")
        if export.since is None:
            self._db.execute("delete from records; delete from loose")
        for path in export.deleted:
            if pairs := [*deletions(path)]:
                self._db.executemany("insert into gone values (?, ?)", pairs)
        self._db.execute("insert into gone select distinct kind, id from seen where id is not null")
        for table in ("records", "loose"):
            self._db.execute(f"delete from {table} where (kind, id) in (select kind, id from gone)")
        loose = ", ".join(f"'{kind}'" for kind in REFERRED_TO)
        self._db.execute(
            f"""insert into loose select kind, id, js from seen where kind in ({loose}) and coalesce(who, '') = '';
                insert into records select coalesce(who, ''), kind, id, js from seen
                    where js is not null and not (kind in ({loose}) and coalesce(who, '') = '')"""
        )

    def patients(self) -> int:
        """Return how many patients there are."""
        return self._count("select count(distinct id) from records where kind = 'Patient'")

    def of_nobody(self) -> dict[str, int]:
        """Count by type the records that name no patient, or one that the export has not."""
        return dict(
            self._db.execute(
                f"select kind, count(*) from records where who not in {_PATIENTS} group by kind order by kind"
            ).fetchall()
        )

    def groups(self) -> Iterator[Group]:
        """Yield each patient's records, in the order of the patients' ids; what they refer to comes last."""
        self._refer()
        found = self._db.execute(
            f"""select who, false as added, kind, id, js from records where who in {_PATIENTS} union all
                select n.who, true, l.kind, l.id, l.js from names n join loose l on n.name = l.kind || '/' || l.id
                order by who, added, kind, id, js"""
        )
        who: str | None = None
        records: list[tuple[str, str, str]] = []
        while rows := found.fetchmany(_FETCHED):
            for whose, _, kind, identity, js in rows:
                if whose != who:
                    if who is not None:
                        yield who, records
                    who, records = whose, []
                records.append((kind, identity, js))
        if who is not None:
            yield who, records

    def _refer(self) -> None:
        """Note for each patient what records refer to that is of nobody, and what that refers to."""
        self._db.execute("create or replace table names (who varchar, name varchar)")
        if not self._count("select count(*) from loose"):
            return
        known = "select 1 from names n where n.who = f.who and n.name = f.name"
        source = f"select who, {_references('js')} as name from records where who in {_PATIENTS}"
        further = (
            f"select n.who, {_references('l.js')} as name from names n join loose l on n.name = l.kind || '/' || l.id"
        )
        before = -1
        while (count := self._count("select count(*) from names")) > before:
            before = count
            self._db.execute(f"insert into names select distinct * from ({source}) f where not exists ({known})")
            source = further

    def _told(self, name: str) -> str | None:
        found = self._db.execute("select value from state where name = ?", [name]).fetchone()
        return None if found is None else str(found[0])

    def _count(self, query: str) -> int:
        found = self._db.execute(query).fetchone()
        return 0 if found is None else int(found[0])


def _references(column: str) -> str:
    pattern = _REFERENCE.format("|".join(REFERRED_TO))
    return f"unnest(regexp_extract_all(replace({column}, '\\/', '/'), '{pattern}', 1))"


def _quoted(path: Path) -> str:
    return str(path).replace("'", "''")


def _begin(path: Path) -> bytes:
    with path.open("rb") as file:
        return file.read(16)


def _literally(path: Path) -> str:
    """Return a path as text of a query that reads a file of this very name."""
    return re.sub(r"[*?\[]", r"[\g<0>]", _quoted(path))


def _shown(time: datetime.datetime) -> str:
    return time.astimezone(datetime.UTC).isoformat().replace("+00:00", "Z")
