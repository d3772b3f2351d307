"""The HTTP application."""

from __future__ import annotations

import asyncio
import contextlib
import hashlib
import json
import logging
import sys
import time
from collections.abc import AsyncIterator, Sequence
from pathlib import Path
from typing import Any

from fastapi import FastAPI, Request, Response
from fastapi.openapi.utils import get_openapi
from pydantic import BaseModel
from starlette.exceptions import HTTPException
from starlette.requests import ClientDisconnect
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from oncocds import __version__
from oncocds.advice.result import Evaluation, KnowledgeId
from oncocds.engine import load_bundled_or
from oncocds.profile.policy import merge
from oncocds.profile.reading import read_policy
from oncocds.profile.schema import profile_schema
from oncocds.reading.strict_json import MAX_BYTES
from oncocds.reference.pages import DocumentPage, DocumentSummary, Reference, RulePage
from oncocds_api.models import EXAMPLE, DocumentList, Health, RuleList, request_schema
from oncocds_api.problems import MEDIA_TYPE, ProblemDocument, documented, problem, status_problem
from oncocds_api.workers import Busy, WorkerLost, Workers, WorkerTimeout

_LOG = logging.getLogger("oncocds_api")
_BODY_SECONDS = 30.0
_EVALUATION_PROBLEMS = (
    "refused", "too-large", "unsupported-media-type", "too-slow", "worker-lost", "worker-timeout", "agenda-fault",
    "readings-disagree", "internal-error", "busy",
)  # fmt: skip


def create_app(
    knowledge: Path | None = None,
    policy: Path | None = None,
    workers: int = 2,
    time_limit: float = 5.0,
    *,
    worker_command: Sequence[str] | None = None,
) -> FastAPI:
    """Make the application; ``worker_command`` starts another worker than the usual one.

    Raises ``KnowledgeError`` or ``PolicyError`` when either does not load.
    """
    loaded = load_bundled_or(knowledge)
    if policy is not None:
        merge(read_policy(loaded.policy, loaded.vocabulary), read_policy(policy, loaded.vocabulary))
    usual = [sys.executable, "-m", "oncocds_api.evaluation", str(knowledge or ""), str(policy or "")]
    pool = Workers(worker_command or usual, workers, time_limit)
    pages = Reference(loaded)
    identity = KnowledgeId(version=loaded.version, digest=loaded.digest)
    profile = profile_schema(loaded.vocabulary)
    summaries = [
        DocumentSummary.model_validate(page.model_dump(exclude={"text", "passages"}))
        for page in pages.documents.values()
    ]
    rule_list = _page(RuleList(knowledge=identity, rules=list(pages.rules.values())))
    document_list = _page(DocumentList(knowledge=identity, documents=summaries))
    rule_pages = {name: _page(page) for name, page in pages.rules.items()}
    document_pages = {name: _page(page) for name, page in pages.documents.items()}
    schema_page = json.dumps(profile, ensure_ascii=False).encode()
    example_answer: dict[str, Any] = {}

    async def warm_up() -> None:
        with contextlib.suppress(WorkerLost, WorkerTimeout, Busy):
            header, content = await pool.evaluate(json.dumps(EXAMPLE).encode())
            if header["outcome"] == "evaluated":
                example_answer.update(json.loads(content))
                example_answer["advice"] = example_answer["advice"][:1]  # abbreviated
                app.openapi_schema = None

    @contextlib.asynccontextmanager
    async def lifespan(_app: FastAPI) -> AsyncIterator[None]:
        pool.start()
        first = asyncio.create_task(warm_up())
        try:
            yield
        finally:
            first.cancel()
            await asyncio.gather(first, return_exceptions=True)
            await pool.stop()

    app = FastAPI(title="oncocds", version=__version__, lifespan=lifespan, redoc_url=None)
    app.add_middleware(_Log)

    async def http_error(_request: Request, error: Exception) -> Response:
        assert isinstance(error, HTTPException)
        return status_problem(error.status_code, error.headers)

    app.add_exception_handler(HTTPException, http_error)

    request_body, components = request_schema(profile)

    @app.post(
        "/v1/evaluations",
        response_model=Evaluation,
        responses=documented(*_EVALUATION_PROBLEMS),
        openapi_extra={
            "requestBody": {
                "required": True,
                "content": {"application/json": {"schema": request_body, "example": EXAMPLE}},
            }
        },
    )
    async def evaluate(request: Request) -> Response:
        """Evaluate one patient. What is refused is refused with its place; a fault is never an empty answer."""
        if not _is_json(request):
            return problem("unsupported-media-type")
        try:
            async with asyncio.timeout(_BODY_SECONDS):
                body = await _body(request)
        except TimeoutError:
            return problem("too-slow")
        except ClientDisconnect:
            return status_problem(400)
        if body is None:
            return problem("too-large")
        try:
            header, content = await pool.evaluate(body)
        except WorkerLost:
            return problem("worker-lost")
        except WorkerTimeout:
            return problem("worker-timeout")
        except Busy:
            return problem("busy")
        if header["outcome"] == "evaluated":
            request.scope["oncocds.digest"] = header["digest"]
            return Response(content, media_type="application/json", headers={"Cache-Control": "no-store"})
        if header["outcome"] == "refused":
            return problem("refused", header["errors"])
        _LOG.error("evaluation fault: %s %s", header["type"], header.get("where", ""))
        return problem(header["type"])

    @app.get("/v1/rules", response_model=RuleList)
    async def rules(request: Request) -> Response:
        """List every rule with its condition in prose, source, flags and revision."""
        return _cached(request, rule_list)

    @app.get("/v1/rules/{identity}", response_model=RulePage, responses=documented("not-found"))
    async def rule(request: Request, identity: str) -> Response:
        """Show one rule."""
        return _cached(request, rule_pages.get(identity))

    @app.get("/v1/documents", response_model=DocumentList)
    async def documents(request: Request) -> Response:
        """List the source documents."""
        return _cached(request, document_list)

    @app.get("/v1/documents/{identity}", response_model=DocumentPage, responses=documented("not-found"))
    async def document(request: Request, identity: str) -> Response:
        """Show one document: its text, its passages, and which rules rest on them."""
        return _cached(request, document_pages.get(identity))

    @app.get("/v1/schema/patient", response_model=dict[str, Any])
    async def schema(request: Request) -> Response:
        """Return the JSON Schema of the patient profile."""
        return _cached(request, schema_page, "application/schema+json")

    @app.get("/health/live")
    async def live() -> Health:
        """Tell that the server runs."""
        return Health(status="live")

    @app.get("/health/ready", response_model=Health, responses=documented("not-ready"))
    async def ready() -> Response:
        """Tell whether evaluations are answered."""
        return Response(b'{"status":"ready"}', media_type="application/json") if pool.ready else problem("not-ready")

    def openapi() -> dict[str, Any]:
        if app.openapi_schema is None:
            made = get_openapi(title=app.title, version=app.version, routes=app.routes)
            schemas = made.setdefault("components", {}).setdefault("schemas", {})
            schemas.update(components)
            problems = ProblemDocument.model_json_schema(ref_template="#/components/schemas/{model}")
            schemas.update(problems.pop("$defs", {}))
            schemas["ProblemDocument"] = problems
            for path in made["paths"].values():  # nothing is read by FastAPI, so nothing is refused in its format
                for operation in path.values():
                    refused = operation["responses"].get("422", {})
                    if MEDIA_TYPE not in refused.get("content", {}):
                        operation["responses"].pop("422", None)
            schemas.pop("HTTPValidationError", None)
            schemas.pop("ValidationError", None)
            if example_answer:
                answer = made["paths"]["/v1/evaluations"]["post"]["responses"]["200"]
                answer["content"]["application/json"]["example"] = example_answer
            app.openapi_schema = made
        return app.openapi_schema

    app.openapi = openapi  # type: ignore[method-assign]
    return app


def _page(page: BaseModel) -> bytes:
    return page.model_dump_json().encode()


def _cached(request: Request, content: bytes | None, media_type: str = "application/json") -> Response:
    if content is None:
        return problem("not-found")
    tag = f'"{hashlib.sha256(content).hexdigest()}"'
    headers = {"ETag": tag, "Cache-Control": "no-cache"}
    if tag in request.headers.get("if-none-match", ""):
        return Response(status_code=304, headers=headers)
    return Response(content, media_type=media_type, headers=headers)


def _is_json(request: Request) -> bool:
    kind, _, parameters = request.headers.get("content-type", "").lower().partition(";")
    charset = parameters.replace(" ", "").replace('"', "")
    plain = request.headers.get("content-encoding", "identity").lower() == "identity"
    return plain and kind.strip() == "application/json" and charset in ("", "charset=utf-8")


async def _body(request: Request) -> bytes | None:
    """Return the body, or None as soon as it is known to be too large."""
    declared = request.headers.get("content-length", "")
    if declared.isdecimal() and int(declared[:20]) > MAX_BYTES:
        return None
    body = bytearray()
    async for chunk in request.stream():
        body += chunk
        if len(body) > MAX_BYTES:
            return None
    return bytes(body)


class _Log:
    """Logs each request by its route, never what it holds, and answers what nobody foresaw with a problem."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        start = time.perf_counter()
        status = 0

        async def noted(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
            await send(message)

        try:
            await self._app(scope, receive, noted)
        except Exception as error:
            _LOG.error("unforeseen: %s", type(error).__name__)
            if status == 0:
                await problem("internal-error")(scope, receive, noted)
        finally:
            route = getattr(scope.get("route"), "path", "(no route)")
            took = 1000 * (time.perf_counter() - start)
            _LOG.info("%s %s %d %.1fms %s", scope["method"], route, status, took, scope.get("oncocds.digest", "-"))
