"""Errors as RFC 9457 problems. No problem ever holds a value of the patient's."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from http import HTTPStatus
from typing import Any, Literal

from pydantic import BaseModel
from starlette.responses import JSONResponse

from oncocds.errors import InputError
from oncocds_api.tracing.tracing import CURRENT, Traced

MEDIA_TYPE = "application/problem+json"
_BASE = "https://oncocds.example/problems/"
_EXAMPLE_ID = "5b8f0c6e2d1a4f7e9c3b6a5d8e7f0a1b"
_FAULT = "The engine could not conclude. This is not an answer without advice."
DETAILS = {
    "refused": (422, "The request is refused", "Each entry of 'errors' names a place and what was expected there."),
    "too-large": (413, "The body is too large", "At most 1048576 bytes; of FHIR and CDS Hooks 8388608."),
    "unsupported-media-type": (
        415,
        "The type of the body is not read",
        "Send application/json or, for FHIR R4, application/fhir+json; UTF-8, not compressed.",
    ),
    "too-slow": (408, "The body did not arrive in time", "Send the whole body within 30 seconds."),
    "worker-lost": (500, "The evaluation process died", _FAULT),
    "worker-memory": (500, "The evaluation needed too much memory", _FAULT),
    "worker-timeout": (504, "The evaluation took too long", _FAULT),
    "agenda-fault": (500, "The rule agenda failed", _FAULT),
    "readings-disagree": (500, "Two readings of the rules disagree", _FAULT),
    "engine-fault": (500, "The engine failed", _FAULT),
    "internal-error": (500, "Internal error", _FAULT),
    "forbidden": (403, "The key may not do this", "The key lacks a role that this needs."),
    "not-recorded": (503, "The answer could not be put on record", "It is not given without. Try again shortly."),
    "unauthorized": (401, "Who calls is not known", "Sign the request, or send a key or token that is accepted."),
    "keys-unavailable": (503, "A client's public keys could not be fetched", "Try again shortly."),
    "no-feedback": (503, "Feedback cannot be kept or read now", "Its database or disk fails. Try again later."),
    "busy": (503, "No evaluation process is free", "Try again shortly."),
    "overloaded": (503, "Too many requests wait", "Nothing was evaluated. Try again shortly."),
    "too-many": (429, "This caller sends too much", "Nothing was evaluated. Send fewer requests, or fewer at once."),
    "not-ready": (503, "Not ready", "'reasons' says why."),
    "not-found": (404, "Not found", "See /v1/rules, /v1/documents and /openapi.json for what there is."),
}


class ProblemError(BaseModel):
    """One place in the request: a JSON pointer, what is wrong there, what would be right."""

    pointer: str
    reason: str
    expected: str


class Reason(BaseModel):
    """Why a server is not ready: a code to watch, whether it is about advice or feedback, and what it means."""

    code: Literal["no-worker", "digests-differ", "audit-log", "feedback-database", "feedback-spool"]
    of: Literal["advice", "feedback"]
    detail: str


class ProblemDocument(BaseModel):
    """An RFC 9457 problem; ``request_id`` names the request in the server's log, ``reasons`` are of ``not-ready``."""

    type: str
    title: str
    status: int
    detail: str
    errors: list[ProblemError]
    reasons: list[Reason] = []
    request_id: str
    traceparent: str | None = None


def problem(
    kind: str,
    errors: Sequence[Mapping[str, str]] = (),
    *,
    reason: str | None = None,
    headers: Mapping[str, str] | None = None,
) -> JSONResponse:
    """Return the response for a known kind of problem; ``reason`` is told instead of its usual detail."""
    status, title, detail = DETAILS[kind]
    if status == HTTPStatus.SERVICE_UNAVAILABLE:
        headers = {"Retry-After": "1", **(headers or {})}
    return _response(_BASE + kind, title, status, reason or detail, errors, headers)


def not_ready(reasons: Sequence[Reason]) -> JSONResponse:
    """Return the response for a server that is not ready, with its reasons."""
    response = problem("not-ready", reason=" ".join(one.detail for one in reasons))
    content = json.loads(bytes(response.body)) | {"reasons": [one.model_dump() for one in reasons]}
    return JSONResponse(content, response.status_code, {"Retry-After": "1", "Cache-Control": "no-store"}, MEDIA_TYPE)


def refused(error: InputError) -> JSONResponse:
    """Return the response for what is refused."""
    return problem(
        "refused", [{"pointer": p.pointer, "reason": p.reason, "expected": p.expected} for p in error.problems]
    )


def status_problem(status: int, headers: Mapping[str, str] | None = None) -> JSONResponse:
    """Return the response for a plain HTTP status."""
    if status == HTTPStatus.NOT_FOUND:
        return problem("not-found")
    phrase = HTTPStatus(status).phrase
    return _response("about:blank", phrase, status, phrase, (), headers)


def documented(*kinds: str) -> dict[int | str, dict[str, Any]]:
    """Return the OpenAPI responses of these kinds."""
    responses: dict[int | str, dict[str, Any]] = {}
    for kind in kinds:
        status, title, detail = DETAILS[kind]
        entry = responses.setdefault(
            status,
            {
                "description": HTTPStatus(status).phrase,
                "content": {MEDIA_TYPE: {"schema": {"$ref": "#/components/schemas/ProblemDocument"}, "examples": {}}},
            },
        )
        value = {"type": _BASE + kind, "title": title, "status": status, "detail": detail, "errors": []}
        value["request_id"] = _EXAMPLE_ID
        entry["content"][MEDIA_TYPE]["examples"][kind] = {"value": value}
    return responses


def _response(
    kind: str,
    title: str,
    status: int,
    detail: str,
    errors: Sequence[Mapping[str, str]],
    headers: Mapping[str, str] | None,
) -> JSONResponse:
    content = {"type": kind, "title": title, "status": status, "detail": detail, "errors": list(errors)}
    content |= (CURRENT.get() or Traced.of(None, None)).told
    return JSONResponse(content, status, dict(headers or {}), MEDIA_TYPE)
