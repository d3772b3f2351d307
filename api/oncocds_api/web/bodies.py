"""Request bodies: JSON only, of bounded size and time; what is not so is a problem, never a half-read body."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence

from fastapi import Request, Response
from starlette.requests import ClientDisconnect

from oncocds.reading.strict_json import MAX_BYTES
from oncocds_api.web.problems import problem, status_problem
from oncocds_api.web.streams import read_at_most

MEDIA_TYPES = ("application/json", "application/fhir+json")
BODY_PROBLEMS = ("too-large", "unsupported-media-type", "too-slow")
_SECONDS = 30.0
_READ = "oncocds.body"
_UTF8 = ("utf-8", "utf8")
_R4 = ("4.0", "4.0.0", "4.0.1")


async def json_body(
    request: Request, media_types: Sequence[str] = ("application/json",), most: int = MAX_BYTES
) -> bytes | Response:
    """Return the body of a JSON request of at most so many bytes, or the problem to answer with. May be read again."""
    read: bytes | None = request.scope.get(_READ)
    if not _is_json(request, media_types):
        return problem("unsupported-media-type")
    if read is not None:  # by a guard, which does not know how much the route takes
        return read if len(read) <= most else problem("too-large")
    try:
        async with asyncio.timeout(_SECONDS):
            body = await _body(request, most)
    except TimeoutError:
        return problem("too-slow")
    except ClientDisconnect:
        return status_problem(400)
    if body is None:
        return problem("too-large")
    request.scope[_READ] = body
    return body


def _is_json(request: Request, media_types: Sequence[str]) -> bool:
    """Tell whether the body is said to be JSON in UTF-8; of FHIR, R4. Further parameters are passed over."""
    kind, *parameters = request.headers.get("content-type", "").lower().split(";")
    said = {name.strip(): value.strip().strip('"') for name, _, value in (one.partition("=") for one in parameters)}
    plain = request.headers.get("content-encoding", "identity").lower() == "identity"
    readable = said.get("charset", "utf-8") in _UTF8 and said.get("fhirversion", "4.0") in _R4
    return plain and readable and kind.strip() in media_types


async def _body(request: Request, most: int) -> bytes | None:
    """Return the body, or None as soon as it is known to be too large."""
    declared = request.headers.get("content-length", "")
    if declared.isdecimal() and int(declared[:20]) > most:
        return None
    return await read_at_most(most, request.stream())
