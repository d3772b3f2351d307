"""The HTTP application: its routes, the worker processes behind them, and what surrounds every request."""

from __future__ import annotations

import asyncio
import contextlib
import json
import sys
from collections.abc import AsyncIterator, Sequence
from pathlib import Path
from typing import Any

from fastapi import FastAPI, Request, Response
from fastapi_offline import FastAPIOffline
from starlette.exceptions import HTTPException

from oncocds import __version__
from oncocds.engine import directories, load_bundled_or
from oncocds.profile.policy import merge
from oncocds.profile.reading import read_policy
from oncocds.profile.schema import profile_schema
from oncocds.vocabulary.code_loader import load_codes
from oncocds_api.description import abbreviated, describe
from oncocds_api.evaluations import evaluation_routes
from oncocds_api.fhir.example import EXAMPLE as FHIR_EXAMPLE
from oncocds_api.fhir.routes import fhir_routes
from oncocds_api.models import EXAMPLE, Health, request_schema
from oncocds_api.pages.routes import page_routes
from oncocds_api.problems import documented, problem, status_problem
from oncocds_api.references import reference_routes
from oncocds_api.request_log import RequestLog
from oncocds_api.workers import Busy, WorkerLost, Workers, WorkerTimeout

_EXAMPLES = (
    ("/v1/evaluations", "evaluation", EXAMPLE),
    ("/v1/fhir/profile", "fhir-profile", FHIR_EXAMPLE),
    ("/v1/fhir/evaluations", "fhir-evaluation", FHIR_EXAMPLE),
)


def create_app(
    knowledge: Path | None = None,
    policy: Path | None = None,
    workers: int = 2,
    time_limit: float = 5.0,
    *,
    frame_ancestors: Sequence[str] = (),
    worker_command: Sequence[str] | None = None,
) -> FastAPI:
    """Make the application.

    ``frame_ancestors`` are the origins that may show its pages in a frame; ``worker_command`` starts another worker
    than the usual one.

    Raises ``KnowledgeError`` or ``PolicyError`` when either does not load.
    """
    loaded = load_bundled_or(knowledge)
    load_codes(directories(knowledge)[0] / "vocabulary" / "codes", loaded.vocabulary)
    if policy is not None:
        merge(read_policy(loaded.policy, loaded.vocabulary), read_policy(policy, loaded.vocabulary))
    usual = [sys.executable, "-m", "oncocds_api.evaluation", str(knowledge or ""), str(policy or "")]
    pool = Workers(worker_command or usual, workers, time_limit)
    profile = profile_schema(loaded.vocabulary)
    example_answers: dict[str, Any] = {}

    async def warm_up() -> None:
        with contextlib.suppress(WorkerLost, WorkerTimeout, Busy):
            for path, kind, example in _EXAMPLES:
                header, content = await pool.work(kind, json.dumps(example).encode())
                if header["outcome"] == "done":
                    example_answers[path] = abbreviated(json.loads(content))
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

    # The description's page comes with its own files: a hospital's network reaches no CDN.
    app = FastAPIOffline(title="oncocds", version=__version__, lifespan=lifespan, redoc_url=None)
    app.add_middleware(RequestLog)

    async def http_error(_request: Request, error: Exception) -> Response:
        assert isinstance(error, HTTPException)
        return status_problem(error.status_code, error.headers)

    app.add_exception_handler(HTTPException, http_error)
    request_body, components = request_schema(profile)
    app.include_router(evaluation_routes(pool, request_body))
    app.include_router(fhir_routes(pool))
    app.include_router(reference_routes(loaded, profile))
    app.include_router(page_routes(pool, loaded, frame_ancestors))

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
            app.openapi_schema = describe(app, components, example_answers)
        return app.openapi_schema

    app.openapi = openapi  # type: ignore[method-assign]
    return app
