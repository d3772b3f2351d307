"""``GET /v1/audit/{decision}``: the record of one answer, for a key with the role ``audit``."""

from __future__ import annotations

import asyncio
import re
from typing import Any

from fastapi import APIRouter, Depends, Request, Response
from pydantic import BaseModel, Field
from starlette.responses import JSONResponse

from oncocds_api.audit.finding import records_of
from oncocds_api.audit.log import AuditLog
from oncocds_api.requests.models import ANY_OBJECT
from oncocds_api.requests.noting import caller_of
from oncocds_api.security.guards import GUARD_PROBLEMS, Guard
from oncocds_api.web.problems import documented, problem

_DECISION = re.compile(r"[0-9a-f-]{36}")


class Recorded(BaseModel):
    """The record of an answer as it stands in the log, and whether its seal is right."""

    record: dict[str, Any] = Field(json_schema_extra=ANY_OBJECT)
    sealed: bool
    withdrawn: bool = Field(description="Whether the answer was refused although it was recorded.")


def audit_routes(log: AuditLog | None, guard: Guard) -> APIRouter:
    """Return the route; without keys in the settings nobody may read records."""
    router = APIRouter(dependencies=[Depends(guard)])
    problems = documented(*GUARD_PROBLEMS, "not-found", "not-recorded")

    @router.get("/v1/audit/{decision}", response_model=Recorded, responses=problems)
    async def recorded(request: Request, decision: str) -> Response:
        """Return the record of one answer by its id (header ``Oncocds-Decision``): digests and keyed hashes."""
        if caller_of(request.scope) is None:
            return problem("forbidden", reason="No key is set: records are read with one that has the role 'audit'.")
        if log is None or not _DECISION.fullmatch(decision):
            return problem("not-found")
        try:
            found = await asyncio.to_thread(records_of, log.folder, decision, [log.key])
        except OSError:
            return problem("not-recorded", reason="The records cannot be read.")
        if not found:
            return problem("not-found")
        first, later = found[0], found[1:]
        told = Recorded(record=first.content, sealed=first.sealed, withdrawn=bool(later))
        return JSONResponse(told.model_dump(), headers={"Cache-Control": "no-store"})

    return router
