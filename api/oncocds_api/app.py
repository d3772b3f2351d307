"""The HTTP application: its routes, the worker processes behind them, and what surrounds every request."""

from __future__ import annotations

import asyncio
import contextlib
import logging
from collections.abc import AsyncIterator, Sequence
from functools import partial
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from fastapi import APIRouter, Depends, FastAPI, Request, Response
from fastapi_offline import FastAPIOffline
from starlette.exceptions import HTTPException
from starlette.middleware.cors import CORSMiddleware
from starlette.middleware.gzip import GZipMiddleware

from oncocds import __version__
from oncocds.profile.schema import profile_schema
from oncocds.reference.pages import Reference
from oncocds_api.audit.filling import AuditFiller
from oncocds_api.audit.key import audit_key
from oncocds_api.audit.log import AuditLog
from oncocds_api.audit.on_record import AUDIT_HEADER, DECISION_HEADER, OnRecord
from oncocds_api.audit.routes import audit_routes
from oncocds_api.audit.starting import start_told, warned_of_files
from oncocds_api.cds.error_route import told_twice
from oncocds_api.cds.fetching import Fetcher
from oncocds_api.cds.hooks import Hooks
from oncocds_api.cds.routes import SECURITY, feedback_routes, hook_routes
from oncocds_api.editions.editions import Edition, Editions, InService
from oncocds_api.editions.loading import Files, Loaded
from oncocds_api.evaluations.evaluations import evaluation_routes
from oncocds_api.evaluations.explanations import explanation_routes
from oncocds_api.feedback.entries import spool_folder
from oncocds_api.feedback.feedback import Feedback
from oncocds_api.feedback.store import FeedbackStore
from oncocds_api.fhir.routes import fhir_routes
from oncocds_api.monitoring.metrics import Metrics, metrics_routes
from oncocds_api.monitoring.request_log import RequestLog
from oncocds_api.monitoring.telemetry import telemetry_of
from oncocds_api.pages.routes import page_routes
from oncocds_api.reference.references import reference_routes
from oncocds_api.requests.clock import keep_time_of
from oncocds_api.requests.models import explanation_schema, request_schema
from oncocds_api.requests.requests import MOST_FHIR_BYTES
from oncocds_api.security.bearer import Bearer
from oncocds_api.security.callers import Callers
from oncocds_api.security.guards import Answered, key_guard, token_guard
from oncocds_api.security.kept_replays import KeptReplays
from oncocds_api.security.key_sets import KeySets
from oncocds_api.security.signature import ACCESS_KEY, API_KEY, NONCE, SIGNATURE, TIMESTAMP, Keys
from oncocds_api.service.description import describe, example_answers
from oncocds_api.service.docs_page import add_docs_page
from oncocds_api.service.health import HealthOf, health_routes
from oncocds_api.settings.settings import Settings
from oncocds_api.storage.spool import Spool
from oncocds_api.tracing.tracing import REQUEST_ID, TRACEPARENT
from oncocds_api.web.entrance import Entrance
from oncocds_api.web.exhaustion import Exhaustion
from oncocds_api.web.problems import problem, status_problem
from oncocds_api.workers.workers import Workers

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

_NO_TELEMETRY = dict.fromkeys(("tracing", "metrics", "logs", "operation_spans", "auto_configure"), False)
"""What FastAPI would tell OpenTelemetry by itself holds addresses, and of exceptions what was sent. Ours does not."""


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
    files = Files(knowledge, policy, settings)
    loaded = files.read()
    command = worker_command or files.worker()
    metrics, telemetry = Metrics(), telemetry_of(settings)
    store = FeedbackStore(settings.feedback_database, metrics.overridden)
    spool = Spool(spool_folder(settings), settings.feedback_spool_bytes)
    fetcher, feedback = Fetcher(settings), Feedback(store, spool, settings.feedback_keep_days)
    metrics.feedback(feedback.waiting)
    used = KeptReplays(settings.feedback_database)
    keys = Keys(settings)
    bearer = Bearer(settings, KeySets(failed=metrics.key_set_failed), first_use=used.first_use)
    tokens = token_guard(settings, bearer, keys)
    audit: AuditLog | None = None
    filler: AuditFiller | None = None
    if settings.audit_mode != "off":
        key = audit_key(settings)
        audit = AuditLog(settings, key, start_told(settings, key, loaded))
        if settings.audit_database is not None:
            filler = AuditFiller(settings.audit_database, settings.audit_log, key)
            metrics.audit_database(filler)
    _tell_what_is_open(settings, keys)
    warned_of_files(settings)

    def new_pool(identity: str | None = None) -> Workers:
        pool = Workers(
            command,
            workers + settings.background_workers,
            time_limit,
            identity,
            settings.limits.queue,
            metrics,
            settings.worker_memory_bytes,
            settings.background_workers,
        )
        metrics.watched(pool)
        return pool

    def in_service(loaded: Loaded) -> None:
        known = loaded.knowledge
        metrics.knowledge(engine=__version__, version=known.version, digest=known.digest, policy=loaded.policy_digest)

    async def on_record(loaded: Loaded) -> None:
        if audit is not None:
            await audit.changed(start_told(settings, audit.key, loaded))

    def edition(loaded: Loaded, pool: Workers) -> Edition:
        if worker_command is None:
            pool.replace_from(files.worker_that_is_given(), loaded.given)
        router = APIRouter()
        knowledge = loaded.knowledge
        profile = profile_schema(knowledge.vocabulary)
        reference = Reference(knowledge)
        request_body, components = request_schema(profile)
        by_rule = explanation_schema(request_body, knowledge.rules)
        by_key, of_records = Depends(key_guard(keys)), Depends(key_guard(keys, most=MOST_FHIR_BYTES))
        of_page = partial(key_guard, keys, most=MOST_FHIR_BYTES)
        router.include_router(evaluation_routes(pool, request_body), dependencies=[by_key])
        router.include_router(explanation_routes(pool, by_rule), dependencies=[by_key])
        router.include_router(fhir_routes(pool), dependencies=[of_records])
        router.include_router(hook_routes(settings, Hooks(pool, settings, fetcher, feedback), feedback, tokens))
        named = frozenset(knowledge.rules) | frozenset(knowledge.notes)
        router.include_router(feedback_routes(feedback, named, key_guard(keys, "feedback")))
        router.include_router(reference_routes(knowledge, reference, loaded.site, profile))
        router.include_router(page_routes(pool, knowledge, reference, settings, of_page, feedback))
        answers: dict[str, Any] = {}
        described: dict[str, Any] = {}

        async def warm_up() -> None:
            answers.update(await example_answers(pool))
            described.clear()

        def description() -> dict[str, Any]:
            if not described:
                described.update(describe([*app.routes, *router.routes], components, answers, settings))
            return described

        return Edition(loaded, pool, router, description, warm_up)

    first = edition(loaded, new_pool(loaded.identity))
    editions = Editions(first, new_pool, lambda pool: edition(files.read_again(), pool), in_service, on_record)
    health = HealthOf(editions, feedback, audit, filler)

    @contextlib.asynccontextmanager
    async def lifespan(_app: FastAPI) -> AsyncIterator[None]:
        exhaustion = Exhaustion()
        asyncio.get_running_loop().set_exception_handler(exhaustion.told)
        if audit is not None:
            audit.start()
        if filler is not None:
            filler.start()
        feedback.start()
        used.start()
        editions.start()
        try:
            yield
        finally:
            await editions.stop()
            await fetcher.close()
            feedback.close()
            used.close()
            if audit is not None:
                audit.close()
            if filler is not None:
                await asyncio.to_thread(filler.close)
            if telemetry is not None:
                await asyncio.to_thread(telemetry.close)
            exhaustion.close()

    # The description's page comes with its own files: a hospital's network reaches no CDN.
    app = FastAPIOffline(
        docs_url=None,
        redoc_url=None,
        title="oncocds",
        version=__version__,
        lifespan=lifespan,
        root_path_in_servers=False,
        telemetry=_NO_TELEMETRY,
    )
    add_docs_page(app)
    if audit is not None:
        app.add_middleware(OnRecord, log=audit, refusal=_not_recorded)
    app.state.metrics = metrics
    app.state.telemetry = telemetry
    app.state.callers = Callers(settings.limits)
    app.add_middleware(GZipMiddleware, minimum_size=_WORTH_COMPRESSING, compresslevel=5)
    if settings.cors_origins:
        app.add_middleware(CORSMiddleware, allow_origins=settings.cors_origins, **_CORS)
    app.add_middleware(RequestLog, metrics=metrics, telemetry=telemetry)
    app.add_middleware(Entrance, prefix=urlsplit(settings.base_url).path)

    async def http_error(_request: Request, error: Exception) -> Response:
        assert isinstance(error, HTTPException)
        return status_problem(error.status_code, error.headers)

    async def answered(_request: Request, answer: Exception) -> Response:
        assert isinstance(answer, Answered)
        return answer.response

    app.add_exception_handler(HTTPException, http_error)
    app.add_exception_handler(Answered, answered)
    app.include_router(health_routes(health))
    app.include_router(audit_routes(audit, key_guard(keys, "audit")))
    if settings.metrics != "off":
        app.include_router(metrics_routes(metrics, key_guard(keys) if settings.metrics == "key" else None))
    app.router.routes.append(InService(editions))
    app.state.editions = editions

    app.openapi = lambda: editions.current.describe()  # type: ignore[method-assign]
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
