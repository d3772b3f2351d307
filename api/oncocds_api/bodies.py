"""Request bodies: JSON only, of bounded size and time; what is not so is a problem, never a half-read body."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence

from fastapi import Request, Response
from starlette.requests import ClientDisconnect

from oncocds.reading.strict_json import MAX_BYTES
from oncocds_api.problems import problem, status_problem
from oncocds_api.streams import read_at_most

BODY_PROBLEMS = ("too-large", "unsupported-media-type", "too-slow")
_SECONDS = 30.0
_READ = "oncocds.body"


async def json_body(
    request: Request, media_types: Sequence[str] = ("application/json",), most: int = MAX_BYTES
) -> bytes | Response:
    """Return the body of a JSON request of at most so many bytes, or the problem to answer with. May be read again."""
    read: bytes | None = request.scope.get(_READ)
    if read is not None:
        if not _is_json(request, media_types):
            return problem("unsupported-media-type")
        return read if len(read) <= most else problem("too-large")
    if not _is_json(request, media_types):
        return problem("unsupported-media-type")
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
    kind, _, parameters = request.headers.get("content-type", "").lower().partition(";")
    charset = parameters.replace(" ", "").replace('"', "")
    plain = request.headers.get("content-encoding", "identity").lower() == "identity"
    return plain and kind.strip() in media_types and charset in ("", "charset=utf-8")


async def _body(request: Request, most: int) -> bytes | None:
    """Return the body, or None as soon as it is known to be too large."""
    declared = request.headers.get("content-length", "")
    if declared.isdecimal() and int(declared[:20]) > most:
        return None
    return await read_at_most(most, request.stream())
