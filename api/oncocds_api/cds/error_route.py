"""Errors of hook calls as CDS Hooks 3.0 wants them: the problem holds an OperationOutcome that says the same."""

from __future__ import annotations

import json
from collections.abc import Callable, Coroutine, Mapping
from typing import Any

from fastapi import Request, Response
from fastapi.routing import APIRoute
from starlette.responses import JSONResponse

from oncocds_api.security.guards import Answered
from oncocds_api.web.problems import MEDIA_TYPE

MEMBER = "operationOutcome"
"""The extension member of the problem."""
_CODES = {
    401: "login",
    403: "forbidden",
    404: "not-found",
    408: "timeout",
    413: "too-long",
    415: "not-supported",
    422: "invalid",
    429: "throttled",
}
_LATER = {503: "transient", 504: "timeout"}


class HookRoute(APIRoute):
    """A route whose problems hold an OperationOutcome."""

    def get_route_handler(self) -> Callable[[Request], Coroutine[Any, Any, Response]]:
        """Return what answers a request."""
        answer = super().get_route_handler()

        async def handle(request: Request) -> Response:
            try:
                response = await answer(request)
            except Answered as answered:
                response = answered.response
            return told_twice(response)

        return handle


def told_twice(response: Response) -> Response:
    """Return a problem with an OperationOutcome; anything else as it is."""
    if response.media_type != MEDIA_TYPE:
        return response
    document = json.loads(bytes(response.body))
    kept = {name: value for name, value in response.headers.items() if name not in ("content-length", "content-type")}
    return JSONResponse({**document, MEMBER: _outcome(document)}, response.status_code, kept, MEDIA_TYPE)


def _outcome(document: Mapping[str, Any]) -> dict[str, Any]:
    status: int = document["status"]
    code = _CODES.get(status) or _LATER.get(status, "exception")
    issue = {"severity": "error", "code": code, "details": {"text": f"{document['title']}. {document['detail']}"}}
    places = [f"{one['pointer'] or '/'}: {one['reason']}; expected {one['expected']}" for one in document["errors"]]
    issues = [{**issue, "diagnostics": place} for place in places] or [issue]
    return {"resourceType": "OperationOutcome", "issue": issues}
