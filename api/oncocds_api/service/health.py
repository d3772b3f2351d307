"""Whether the server runs and can answer, why not, and what it answers from. Open to whoever reaches it: no patient."""

from __future__ import annotations

import datetime
import os
from dataclasses import asdict
from typing import Annotated, Literal

from fastapi import APIRouter, Query, Response
from pydantic import BaseModel

from oncocds import __version__
from oncocds.advice.result import KnowledgeId
from oncocds_api.audit.filling import AuditFiller
from oncocds_api.audit.log import AuditLog
from oncocds_api.editions.editions import Editions
from oncocds_api.evaluations.evaluations import NO_STORE
from oncocds_api.feedback.feedback import Feedback
from oncocds_api.web.problems import Reason, documented, not_ready


class Health(BaseModel):
    """The state of the server."""

    status: str


class WorkersHealth(BaseModel):
    """How many evaluation processes there should be, and how many may answer."""

    wanted: int
    able: int


class ReloadHealth(BaseModel):
    """The last attempt to bring other knowledge into service. ``why`` has a line for each thing that hindered it."""

    number: int
    state: Literal["running", "done", "refused"]
    at: datetime.datetime
    why: list[str]


class AuditDatabaseHealth(BaseModel):
    """How the audit database stands to the files that it is filled from. It hinders no answer.

    ``elsewhere``: another process of this machine fills it, and tells. ``left_out`` are lines that are no records.
    """

    state: Literal["filled", "behind", "failing", "elsewhere"]
    waiting_bytes: int
    lag_seconds: float
    left_out: int
    why: str | None


class WholeHealth(BaseModel):
    """The state of the server, what it answers from, and what hinders it."""

    status: Literal["ready", "not-ready"]
    reasons: list[Reason]
    process: int
    engine: str
    knowledge: KnowledgeId
    policy: str
    identity: str
    workers: WorkersHealth
    last_reload: ReloadHealth | None
    audit_database: AuditDatabaseHealth | None


class HealthOf:
    """Looks at what a server needs."""

    def __init__(
        self, editions: Editions, feedback: Feedback, audit: AuditLog | None, filler: AuditFiller | None
    ) -> None:
        self._editions = editions
        self._feedback = feedback
        self._audit = audit
        self._filler = filler

    async def reasons(self) -> list[Reason]:
        """Return why the server is not ready: that of advice first. None: it is."""
        pool = self._editions.current.pool
        found = []
        if not await pool.can_answer():
            found.append(Reason(code="no-worker", of="advice", detail="No evaluation process can answer now."))
        if pool.differ:
            detail = "A worker would answer from something else than is in service: another version, or changed files."
            found.append(Reason(code="digests-differ", of="advice", detail=detail))
        if self._audit is not None and not await self._audit.lets_answer():
            detail = "Answers cannot be put on record, and none leaves without."
            found.append(Reason(code="audit-log", of="advice", detail=detail))
        found += [Reason(code=code, of="feedback", detail=detail) for code, detail in self._feedback.hindrances()]
        return found

    async def whole(self) -> WholeHealth:
        """Return everything that is to be watched."""
        reasons = await self.reasons()
        edition, last = self._editions.current, self._editions.last_reload
        knowledge = edition.loaded.knowledge
        return WholeHealth(
            status="not-ready" if reasons else "ready",
            reasons=reasons,
            process=os.getpid(),
            engine=__version__,
            knowledge=KnowledgeId(version=knowledge.version, digest=knowledge.digest),
            policy=edition.loaded.policy_digest,
            identity=edition.loaded.identity,
            workers=WorkersHealth(wanted=edition.pool.count, able=edition.pool.able),
            last_reload=None if last is None else ReloadHealth.model_validate(asdict(last)),
            audit_database=self._of_database(),
        )

    def _of_database(self) -> AuditDatabaseHealth | None:
        if self._filler is None:
            return None
        told = self._filler.state
        return AuditDatabaseHealth(
            state=told.state,
            waiting_bytes=told.waiting_bytes,
            lag_seconds=round(told.lag_seconds, 1),
            left_out=told.left_out,
            why=told.why,
        )


def health_routes(health: HealthOf) -> APIRouter:
    """Return the routes."""
    router = APIRouter()

    @router.get("/health/live")
    async def live() -> Health:
        """Tell that the server runs."""
        return Health(status="live")

    @router.get("/health/ready", response_model=Health, responses=documented("not-ready"))
    async def ready(only: Annotated[Literal["advice"] | None, Query()] = None) -> Response:
        """Tell whether the server does all it should, by asking a worker process; with ``only=advice`` that alone.

        A balancer before several servers that share a feedback database asks for advice alone: no feedback database
        takes all of them out of service.
        """
        reasons = [one for one in await health.reasons() if only in (None, one.of)]
        if not reasons:
            return Response(b'{"status":"ready"}', media_type="application/json", headers=NO_STORE)
        return not_ready(reasons)

    @router.get("/health", response_model=WholeHealth)
    async def whole() -> Response:
        """Tell what the server answers from, what hinders it, and how the last reload went. Always 200."""
        found = await health.whole()
        return Response(found.model_dump_json(), media_type="application/json", headers=NO_STORE)

    return router
