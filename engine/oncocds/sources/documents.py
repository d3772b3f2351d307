"""The source documents, byte for byte as they were read."""

from __future__ import annotations

import datetime
import hashlib
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from types import MappingProxyType
from typing import TYPE_CHECKING, Literal

from oncocds.errors import Issue, KnowledgeError

if TYPE_CHECKING:
    from oncocds.reading.record import Record

Audience = Literal["clinicians", "patients-and-clinicians", "patients", "health-professionals-only"]
AUDIENCES: tuple[Audience, ...] = ("clinicians", "patients-and-clinicians", "patients", "health-professionals-only")
MANIFEST = "seeds/manifest.yaml"
_DIGEST = re.compile(r"[0-9a-f]{64}")


@dataclass(frozen=True, slots=True)
class Document:
    """A source document and what it says of itself.

    ``text`` is what its bytes say, without any translation; offsets count its code points. ``title`` is the document's
    own, ``title_en`` a short English name. ``date`` is a full date (ISO 8601), ``date_as_written`` the document's own
    words for it, possibly without a year; ``signed_as`` is the office that the author signs with. What a document does
    not say is None. ``sha256`` is the digest of its bytes.
    ``patient_education`` tells whether its education may be used with patients, after review by a clinician: our
    decision, which a document for health professionals only leaves no room for.
    """

    id: str
    file: str
    title: str
    title_en: str
    author: str | None
    date: str | None
    date_as_written: str | None
    publisher: str | None
    audience: Audience
    sha256: str
    text: str
    patient_education: bool = False
    signed_as: str | None = None


def load_documents(seeds_dir: Path, unlisted: str = "") -> Mapping[str, Document]:
    """Read ``manifest.yaml`` and the documents it lists, by id, in the order of the manifest.

    Raises ``KnowledgeError`` with every issue: the manifest does not read, a file is missing, its bytes are not the
    ones the manifest was written for, or it does not hold the words the manifest says it holds about itself; a file
    that no entry lists, but for the one named ``unlisted`` (it is about to be).
    """
    from oncocds.reading.record import records  # what reads YAML is imported where YAML is read
    from oncocds.reading.yaml import read_yaml

    issues: list[Issue] = []
    try:
        manifest = read_yaml(seeds_dir / "manifest.yaml", shown_as=MANIFEST)
    except OSError:
        unread = "the file cannot be read; expected the list of the source documents"
        raise KnowledgeError([Issue(MANIFEST, 1, 1, unread)]) from None
    documents: dict[str, Document] = {}
    files: set[str] = set()
    for record in records(manifest, issues, "documents"):
        document = _document(seeds_dir, record)
        for name, known in ((document.id, documents.keys()), (document.file, files)):
            if name and name in known:
                record.issue(record.mark, f"{record.what}: '{name}' stands twice; each document once")
        documents[document.id] = document
        files.add(document.file)
    if not issues:  # where an entry is wrong, it may be the one that a file lacks
        issues.extend(_strays(seeds_dir, {*files, unlisted, "manifest.yaml"}))
    if issues:
        raise KnowledgeError(sorted(issues, key=lambda issue: (issue.path, issue.line, issue.column)))
    return MappingProxyType(documents)


def _strays(seeds_dir: Path, known: set[str]) -> Iterator[Issue]:
    """Refuse what no entry lists: a document that nobody reads would be missing in silence."""
    for path in sorted(seeds_dir.iterdir()):
        if path.name not in known and path.suffix != ".md" and not path.name.startswith("."):
            words = f"no entry of {MANIFEST} lists this file; oncocds new-document ID {path.name} writes one"
            yield Issue(f"seeds/{path.name}", 1, 1, words)


def _document(seeds_dir: Path, record: Record) -> Document:
    file, digest = record.text("file"), record.text("sha256")
    document = Document(
        id=record.text("id"),
        file=file,
        title=record.text("title"),
        title_en=record.text("title_en"),
        author=record.optional_text("author"),
        date=record.optional_text("date"),
        date_as_written=record.optional_text("date_as_written"),
        publisher=record.optional_text("publisher"),
        audience=record.choice("audience", AUDIENCES),
        sha256=digest,
        text=_text(seeds_dir, file, digest, record),
        patient_education=record.boolean("patient_education", default=False),
        signed_as=record.optional_text("signed_as"),
    )
    record.finish()
    if document.text:
        for key in ("title", "author", "signed_as", "date_as_written", "publisher"):
            words = getattr(document, key)
            if words and words not in document.text:
                record.issue(record.mark_of(key), f"{record.what}: '{key}' is not what {file} says; copy its own words")
    if "TODO" in document.title_en:
        record.issue(record.mark_of("title_en"), f"{record.what}: TODO left in 'title_en'; write a short English name")
    if document.patient_education and document.audience == "health-professionals-only":
        wrong = f"{record.what}: 'patient_education' cannot be true of a document for health professionals only"
        record.issue(record.mark_of("patient_education"), wrong)
    if document.date is not None and not _is_date(document.date):
        record.issue(record.mark_of("date"), f"{record.what}: 'date' is no full date; expected YYYY-MM-DD or null")
    return document


def _text(seeds_dir: Path, file: str, digest: str, record: Record) -> str:
    """Return the text of a document, or "" where an issue was noted."""
    if not file:
        return ""
    if Path(file).name != file:
        wrong = f"{record.what}: '{file}' is no plain file name; expected a file in seeds/"
        record.issue(record.mark_of("file"), wrong)
        return ""
    try:
        data = (seeds_dir / file).read_bytes()
    except OSError:
        record.issue(record.mark_of("file"), f"{record.what}: {file} cannot be read; expected a file in seeds/")
        return ""
    if not _DIGEST.fullmatch(digest):
        record.issue(record.mark_of("sha256"), f"{record.what}: 'sha256' is no digest; expected 64 hexadecimal digits")
        return ""
    actual = hashlib.sha256(data).hexdigest()
    if actual != digest:
        record.issue(
            record.mark_of("sha256"),
            f"{record.what}: {file} is not the file this knowledge was written for; its sha256 is {actual}",
        )
        return ""
    try:
        return data.decode("utf-8")
    except UnicodeDecodeError as error:
        wrong = f"{record.what}: {file} is not UTF-8 at byte {error.start}; expected UTF-8"
        record.issue(record.mark_of("file"), wrong)
        return ""


def _is_date(written: str) -> bool:
    try:
        return datetime.date.fromisoformat(written).isoformat() == written
    except ValueError:
        return False
