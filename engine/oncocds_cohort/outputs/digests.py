"""The five digests that stand in every output: of the input, the knowledge, the policy, the engine and the output."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

from oncocds import __version__
from oncocds.engine import Engine
from oncocds.errors import InputError, Problem
from oncocds.profile.policy import policy_digest
from oncocds_cohort.reading.checked import check_at_rest
from oncocds_cohort.reading.footer import Footer, UnreadableFooterError

_BLOCK = 1 << 20
PENDING = "sha256:" + "-" * 64
"""Stands where the output's digest will be, as long as it is."""


@dataclass(frozen=True, slots=True)
class InputFile:
    """A file as it was read: its digest, its rows as far as they can be counted, and by what a change is noticed."""

    path: Path
    digest: str
    rows: int | None
    size: int
    changed: int

    @classmethod
    def of(cls, path: Path) -> InputFile:
        """Read a file through once. Raises ``InputError``."""
        digest, lines, first, last = hashlib.sha256(), 0, b"", b"\n"
        check_at_rest(path)
        try:
            with path.open("rb") as file:
                while block := file.read(_BLOCK):
                    first = first or block[:4]
                    digest.update(block)
                    lines += block.count(b"\n")
                    last = block[-1:]
                stat = path.stat()
        except OSError as error:
            raise InputError(
                [Problem(str(path), f"it cannot be read: {error.strerror}", "a file of patients")]
            ) from None
        counted = None if path.suffix in (".gz", ".zst") else lines + (last != b"\n")
        if first == b"PAR1":
            counted = _rows(path)
        return cls(path, f"sha256:{digest.hexdigest()}", counted, stat.st_size, stat.st_mtime_ns)

    def check_unchanged(self) -> None:
        """Raise ``InputError`` where the file is another by now: what was read is not what was digested."""
        try:
            stat = self.path.stat()
            same = (stat.st_size, stat.st_mtime_ns) == (self.size, self.changed)
        except OSError:
            same = False
        if not same:
            raise InputError([Problem(str(self.path), "it changed while it was read", "a file at rest")])


def _rows(path: Path) -> int | None:
    """Return how many rows a Parquet file says it has; None where it cannot be read, which its reader will say."""
    try:
        return sum(Footer.of(path).sizes)
    except (OSError, UnreadableFooterError):
        return None


ANSWERING = ("oncocds", "oncocds_cohort")
"""The packages whose modules answer for a file of patients."""


@cache
def modules_digest(*packages: str) -> str:
    """Return the digest of the modules of some packages of ours: their places and contents."""
    digest = hashlib.sha256()
    home = Path(__file__).resolve().parent.parent.parent
    for package in packages:
        for path in sorted((home / package).rglob("*.py")):
            content = path.read_bytes()
            digest.update(f"{path.relative_to(home)}\0{len(content)}\0".encode() + content)
    return f"sha256:{digest.hexdigest()}"


def identity(source: InputFile, *engines: Engine) -> dict[str, str]:
    """Return what an output was made of and by; of a second engine, whose knowledge and policy are called new."""
    found = {"input": source.digest}
    for engine, prefix in zip(engines, ("", "new "), strict=False):
        found |= {f"{prefix}{name}": value for name, value in _answering(engine).items()}
    return {**found, "engine": _modules()}


def identity_of(engine: Engine) -> dict[str, str]:
    """Return what answers: the knowledge, the policy, the modules."""
    return {**_answering(engine), "engine": _modules()}


def _answering(engine: Engine) -> dict[str, str]:
    knowledge = engine.knowledge
    return {"knowledge": f"{knowledge.version} {knowledge.digest}", "policy": policy_digest(engine.policy)}


def _modules() -> str:
    return f"{__version__} {modules_digest(*ANSWERING)}"


def digest_of(parts: Iterable[bytes]) -> str:
    """Return the digest of an output's content, given in parts."""
    digest = hashlib.sha256()
    for part in parts:
        digest.update(part)
    return f"sha256:{digest.hexdigest()}"


def metadata(told: Mapping[str, Any]) -> dict[str, str]:
    """Return what an output says of itself as metadata of a Parquet file."""
    return {f"oncocds.{name.replace(' ', '_')}": str(value) for name, value in told.items()}
