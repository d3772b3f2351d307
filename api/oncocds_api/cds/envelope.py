"""What passes between the server and a worker about one hook call: parts of bytes, none of which the server reads."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import asdict, dataclass

from oncocds.text import Language


@dataclass(frozen=True, slots=True)
class Options:
    """What the server tells of itself: which service was called, the language, where links lead, how to fetch.

    ``decision`` is the id under which the answer is put on record, if it is.
    """

    service: str
    language: Language
    base_url: str
    last_round: bool = False
    decision: str | None = None


@dataclass(frozen=True, slots=True)
class Fetched:
    """An answer of a FHIR server to one query, or why there is none."""

    key: str
    url: str
    content: bytes = b""
    failure: str | None = None


def packed(options: Options, body: bytes, fetched: Sequence[Fetched]) -> bytes:
    """Return the parts as bytes."""
    heads = [{"key": one.key, "url": one.url, "failure": one.failure, "size": len(one.content)} for one in fetched]
    head = json.dumps({"options": asdict(options), "size": len(body), "fetched": heads}).encode()
    return b"".join((head, b"\n", body, *(one.content for one in fetched)))


def unpacked(content: bytes) -> tuple[Options, bytes, list[Fetched]]:
    """Return the parts again."""
    head, _, rest = content.partition(b"\n")
    read = json.loads(head)
    body, place, fetched = rest[: read["size"]], read["size"], []
    for one in read["fetched"]:
        size = one.pop("size")
        fetched.append(Fetched(content=rest[place : place + size], **one))
        place += size
    return Options(**read["options"]), body, fetched
