"""The HTTP application: its routes, the worker processes behind them, and what surrounds every request."""

from __future__ import annotations

import asyncio
import contextlib
import json
import logging
import sys
from collections.abc import AsyncIterator, Sequence
from functools import partial
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from fastapi import Depends, FastAPI, Request, Response
from fastapi_offline import FastAPIOffline
from starlette.exceptions import HTTPException
from starlette.middleware.cors import CORSMiddleware
from starlette.middleware.gzip import GZipMiddleware

from oncocds import __version__
from oncocds.engine import load_bundled_or, load_tables
from oncocds.profile.lock import locked_settings
from oncocds.profile.policy import merge, policy_digest
from oncocds.profile.reading import read_policy
from oncocds.profile.schema import profile_schema
from oncocds.reference.pages import Reference
from oncocds_api.audit.key import audit_key
from oncocds_api.audit.log import AuditLog
from oncocds_api.audit.on_record import AUDIT_HEADER, DECISION_HEADER, OnRecord
from oncocds_api.audit.routes import audit_routes
from oncocds_api.audit.starting import start_told, warned_of_files
from oncocds_api.cds.error_route import told_twice
from oncocds_api.cds.feedback import Feedback
from oncocds_api.cds.feedback_entries import spool_folder
from oncocds_api.cds.feedback_store import FeedbackStore
from oncocds_api.cds.fetching import Fetcher
from oncocds_api.cds.hooks import Hooks
from oncocds_api.cds.routes import SECURITY, feedback_routes, hook_routes
from oncocds_api.clock import keep_time_of
from oncocds_api.description import abbreviated, describe
from oncocds_api.entrance import Entrance
from oncocds_api.evaluations import evaluation_routes
from oncocds_api.exhaustion import Exhaustion
from oncocds_api.explanations import explanation_routes
from oncocds_api.fhir.example import EXAMPLE as FHIR_EXAMPLE
from oncocds_api.fhir.routes import fhir_routes
from oncocds_api.identity import identity
from oncocds_api.metrics import Metrics, metrics_routes
from oncocds_api.models import EXAMPLE, EXPLANATION_EXAMPLE, Health, explanation_schema, request_schema
from oncocds_api.pages.routes import page_routes
from oncocds_api.problems import documented, problem, status_problem
from oncocds_api.references import reference_routes
from oncocds_api.request_log import RequestLog
from oncocds_api.requests import MOST_FHIR_BYTES
from oncocds_api.security.bearer import Bearer
from oncocds_api.security.callers import Callers
from oncocds_api.security.guards import Answered, key_guard, token_guard
from oncocds_api.security.kept_replays import KeptReplays
from oncocds_api.security.key_sets import KeySets
from oncocds_api.security.signature import ACCESS_KEY, API_KEY, NONCE, SIGNATURE, TIMESTAMP, Keys
from oncocds_api.settings import Settings
from oncocds_api.spool import Spool
from oncocds_api.tracing import REQUEST_ID, TRACEPARENT
from oncocds_api.turns import Overloaded
from oncocds_api.workers import Busy, WorkerLost, Workers, WorkerTimeout

_EXAMPLES = (
    ("/v1/evaluations", "evaluation", EXAMPLE),
    ("/v1/explanations", "explanation", EXPLANATION_EXAMPLE),
    ("/v1/fhir/profile", "fhir-profile", FHIR_EXAMPLE),
    ("/v1/fhir/evaluations", "fhir-evaluation", FHIR_EXAMPLE),
)
_LOG = logging.getLogger("oncocds_api")
_WORTH_COMPRESSING = 1024  # bytes
_CORS: dict[str, Any] = {
    "allow_methods": ["GET", "POST"],
    "allow_headers": [
        "Authorization",
        "Content-Type",
        API_KEY,
        ACCESS_KEY,
        TIMESTAMP,
        NONCE,
        SIGNATURE,
        REQUEST_ID,
        TRACEPARENT,
    ],
    "expose_headers": [SECURITY, REQUEST_ID, TRACEPARENT, "Retry-After", DECISION_HEADER, AUDIT_HEADER],
    "max_age": 600,
}


def create_app(
    knowledge: Path | None = None,
    policy: Path | None = None,
    workers: int = 2,
    time_limit: float = 5.0,
    *,
    settings: Settings | None = None,
    worker_command: Sequence[str] | None = None,
) -> FastAPI:
    """Make the application; ``worker_command`` starts another worker than the usual one.

    Raises ``KnowledgeError``, ``PolicyError`` or ``SettingsError`` when one of them does not load.
    """
    settings = settings or Settings()
    keep_time_of(settings.time_zone)
    loaded = load_bundled_or(knowledge)
    codes = load_tables(knowledge, loaded.vocabulary, settings.vocabulary_overlay)
    site = read_policy(loaded.policy, loaded.vocabulary)
    if policy is not None:
        site = merge(site, read_policy(policy, loaded.vocabulary))
    locked_settings(loaded.vocabulary, site, settings.free_policy)  # refused here, not by every worker
    given = (str(knowledge or ""), str(policy or ""), settings.time_zone or "", str(settings.vocabulary_overlay or ""))
    usual = [sys.executable, "-m", "oncocds_api.evaluation", *given]
    command = worker_command or [*usual, *settings.free_policy]
    answers_from = identity(loaded, site, codes)
    metrics = Metrics()
    pool = Workers(command, workers, time_limit, answers_from, settings.limits.queue, metrics)
    metrics.watched(pool)
    metrics.knowledge(engine=__version__, version=loaded.version, digest=loaded.digest, policy=policy_digest(site))
    store = FeedbackStore(settings.feedback_database, metrics.overridden)
    spool = Spool(spool_folder(settings), settings.feedback_spool_bytes)
    fetcher, feedback = Fetcher(settings), Feedback(store, spool)
    metrics.feedback(feedback.waiting)
    used = KeptReplays(settings.feedback_database)
    keys = Keys(settings)
    bearer = Bearer(settings, KeySets(failed=metrics.key_set_failed), first_use=used.first_use)
    tokens = token_guard(settings, bearer, keys)
    audit: AuditLog | None = None
    if settings.audit_mode != "off":
        key = audit_key(settings)
        audit = AuditLog(settings, key, start_told(settings, key, loaded, site, codes, answers_from))
    _tell_what_is_open(settings, keys)
    warned_of_files(settings)
    profile = profile_schema(loaded.vocabulary)
    reference = Reference(loaded)
    example_answers: dict[str, Any] = {}

    async def warm_up() -> None:
        with contextlib.suppress(WorkerLost, WorkerTimeout, Busy, Overloaded):
            for path, kind, example in _EXAMPLES:
                header, content = await pool.work(kind, json.dumps(example).encode())
                if header["outcome"] == "done":
                    example_answers[path] = abbreviated(json.loads(content))
                    app.openapi_schema = None

    @contextlib.asynccontextmanager
    async def lifespan(_app: FastAPI) -> AsyncIterator[None]:
        exhaustion = Exhaustion()
        asyncio.get_running_loop().set_exception_handler(exhaustion.told)
        if audit is not None:
            audit.start()
        pool.start()
        feedback.start()
        first = asyncio.create_task(warm_up())
        try:
            yield
        finally:
            first.cancel()
            await asyncio.gather(first, return_exceptions=True)
            await pool.stop()
            await fetcher.close()
            feedback.close()
            used.close()
            if audit is not None:
                audit.close()
            exhaustion.close()

    # The description's page comes with its own files: a hospital's network reaches no CDN.
    app = FastAPIOffline(
        title="oncocds", version=__version__, lifespan=lifespan, redoc_url=None, root_path_in_servers=False
    )
    if audit is not None:
        app.add_middleware(OnRecord, log=audit, refusal=_not_recorded)
    app.state.metrics = metrics
    app.state.callers = Callers(settings.limits)
    app.add_middleware(GZipMiddleware, minimum_size=_WORTH_COMPRESSING, compresslevel=5)
    if settings.cors_origins:
        app.add_middleware(CORSMiddleware, allow_origins=settings.cors_origins, **_CORS)
    app.add_middleware(RequestLog, metrics=metrics)
    app.add_middleware(Entrance, prefix=urlsplit(settings.base_url).path)

    async def http_error(_request: Request, error: Exception) -> Response:
        assert isinstance(error, HTTPException)
        return status_problem(error.status_code, error.headers)

    async def answered(_request: Request, answer: Exception) -> Response:
        assert isinstance(answer, Answered)
        return answer.response

    app.add_exception_handler(HTTPException, http_error)
    app.add_exception_handler(Answered, answered)
    request_body, components = request_schema(profile)
    app.include_router(evaluation_routes(pool, request_body), dependencies=[Depends(key_guard(keys))])
    app.include_router(
        explanation_routes(pool, explanation_schema(request_body, loaded.rules)),
        dependencies=[Depends(key_guard(keys))],
    )
    app.include_router(fhir_routes(pool), dependencies=[Depends(key_guard(keys, most=MOST_FHIR_BYTES))])
    app.include_router(hook_routes(settings, Hooks(pool, settings, fetcher, feedback), feedback, tokens))
    app.include_router(feedback_routes(feedback, frozenset(loaded.rules), key_guard(keys, "feedback")))
    app.include_router(audit_routes(audit, key_guard(keys, "audit")))
    app.include_router(reference_routes(loaded, reference, site, profile))
    of_page = partial(key_guard, keys, most=MOST_FHIR_BYTES)
    app.include_router(page_routes(pool, loaded, reference, settings, of_page, feedback))

    if settings.metrics != "off":
        app.include_router(metrics_routes(metrics, key_guard(keys) if settings.metrics == "key" else None))

    @app.get("/health/live")
    async def live() -> Health:
        """Tell that the server runs."""
        return Health(status="live")

    @app.get("/health/ready", response_model=Health, responses=documented("not-ready"))
    async def ready() -> Response:
        """Tell whether evaluations are answered, by asking a worker process; also whether they go on record."""
        if (audit is None or await audit.lets_answer()) and await pool.can_answer():
            return Response(b'{"status":"ready"}', media_type="application/json")
        return problem("not-ready")

    def openapi() -> dict[str, Any]:
        if app.openapi_schema is None:
            app.openapi_schema = describe(app, components, example_answers, settings)
        return app.openapi_schema

    app.openapi = openapi  # type: ignore[method-assign]
    return app


def _not_recorded(route: str) -> Response:
    """Return what is answered where an answer could not be put on record; to a hook call as its errors are."""
    refused = problem("not-recorded")
    return told_twice(refused) if route.startswith("/cds-services") else refused


def _tell_what_is_open(settings: Settings, keys: Keys) -> None:
    if settings.time_zone is None:
        _LOG.warning("time_zone is not set: 'today' is this machine's; set time_zone, such as Asia/Shanghai")
    if settings.development:
        _LOG.warning("DEVELOPMENT: hook calls are not checked. Never with patients' data.")
    elif not settings.issuers:
        _LOG.info("no issuer is accepted: hook calls are refused until settings name one")
    if not keys.asked_for:
        _LOG.info("no API or signing key is set: whoever reaches this server may send patients to /v1")
    elif settings.page_access == "open":
        _LOG.warning("page_access is open: whoever reaches the page may evaluate without a key")
    elif not settings.api_keys:
        _LOG.warning("only signing keys are set: the page cannot evaluate; set 'api_keys', or 'page_access: open'")
