"""``POST /v1/evaluations``, and how an answer of a worker process becomes a response."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Mapping, Sequence
from typing import Any

from fastapi import APIRouter, Request, Response

from oncocds.advice.result import Evaluation
from oncocds.reading.strict_json import MAX_BYTES
from oncocds_api.audit.about import RECORDED
from oncocds_api.monitoring.request_log import DIGEST
from oncocds_api.requests.models import EXAMPLE
from oncocds_api.requests.noting import DECISION, caller_of, note_answer
from oncocds_api.security.guards import GUARD_PROBLEMS, Answered
from oncocds_api.web.bodies import BODY_PROBLEMS, json_body
from oncocds_api.web.problems import documented, problem
from oncocds_api.workers.failures import Busy, WorkerLost, WorkerTimeout
from oncocds_api.workers.frames import Frame
from oncocds_api.workers.turns import Overloaded
from oncocds_api.workers.workers import Workers

_LOG = logging.getLogger("oncocds_api")
NO_STORE = {"Cache-Control": "no-store"}
WORK_PROBLEMS = (
    "refused", *BODY_PROBLEMS, "worker-lost", "worker-memory", "worker-timeout", "agenda-fault", "readings-disagree",
    "internal-error", "busy", "overloaded", "not-recorded",
)  # fmt: skip
_CLIENT_GONE = 499  # as proxies log it


async def worked(
    request: Request,
    pool: Workers,
    kind: str,
    media_types: Sequence[str] = ("application/json",),
    most: int = MAX_BYTES,
) -> Response:
    """Have a request's body worked on by a worker process and return its answer, or the problem."""
    body = await json_body(request, media_types, most)
    if isinstance(body, Response):
        return body
    header, content = await asked(pool, kind, body, request)
    if header["outcome"] == "done":
        request.scope[DIGEST] = header["digest"]
        return Response(content, media_type="application/json", headers=NO_STORE)
    return failed(header)


async def asked(pool: Workers, kind: str, body: bytes, request: Request) -> Frame:
    """Ask a worker process for a request; that none could answer is a ``fault`` too.

    What it says of the answer is noted for the request's record. Whether there is one, and whether the caller may
    change the site's safety settings, is told to the worker. Raises ``Answered`` as soon as the client is gone: what
    waits is not begun then. The request's body must be read.
    """
    caller = caller_of(request.scope)
    told = {RECORDED: True} if DECISION in request.scope else {}
    if caller is not None and "change_policy" in caller.roles:
        told["unlocked"] = True
    work, gone = asyncio.create_task(pool.work(kind, body, told)), asyncio.create_task(_gone(request))
    try:
        await asyncio.wait((work, gone), return_when=asyncio.FIRST_COMPLETED)
        if not work.done():
            raise Answered(Response(status_code=_CLIENT_GONE))
        header, content = work.result()
        note_answer(request.scope, header)
        return header, content
    except WorkerLost:
        return {"outcome": "fault", "type": "worker-lost"}, b""
    except WorkerTimeout:
        return {"outcome": "fault", "type": "worker-timeout"}, b""
    except Busy:
        return {"outcome": "fault", "type": "busy"}, b""
    except Overloaded:
        return {"outcome": "fault", "type": "overloaded"}, b""
    finally:
        work.cancel()
        gone.cancel()
        await asyncio.gather(work, gone, return_exceptions=True)


async def _gone(request: Request) -> None:
    while (await request.receive())["type"] != "http.disconnect":
        pass


def failed(header: Mapping[str, Any]) -> Response:
    """Return the problem for an answer that is none: ``refused``, or a ``fault``."""
    if header["outcome"] == "refused":
        return problem("refused", header["errors"])
    if header["type"] != "overloaded":  # which the log need not say for each of a thousand
        _LOG.error("evaluation fault: %s %s", header["type"], header.get("where", ""))
    return problem(header["type"])


def evaluation_routes(pool: Workers, request_body: dict[str, Any]) -> APIRouter:
    """Return the route; ``request_body`` is the schema of what it takes."""
    router = APIRouter()
    content = {"application/json": {"schema": request_body, "example": EXAMPLE}}

    @router.post(
        "/v1/evaluations",
        response_model=Evaluation,
        responses=documented(*WORK_PROBLEMS, *GUARD_PROBLEMS),
        openapi_extra={"requestBody": {"required": True, "content": content}},
    )
    async def evaluate(request: Request) -> Response:
        """Evaluate one patient. What is refused is refused with its place; a fault is never an empty answer."""
        return await worked(request, pool, "evaluation")

    return router
