"""``POST /v1/explanations``: why one rule fires for a patient or does not, and what would change it."""

from __future__ import annotations

from typing import Any

from fastapi import APIRouter, Request, Response

from oncocds.explaining.result import RuleExplanation
from oncocds_api.evaluations.evaluations import WORK_PROBLEMS, worked
from oncocds_api.requests.models import EXPLANATION_EXAMPLE
from oncocds_api.security.guards import GUARD_PROBLEMS
from oncocds_api.web.problems import documented
from oncocds_api.workers.workers import Workers


def explanation_routes(pool: Workers, request_body: dict[str, Any]) -> APIRouter:
    """Return the route; ``request_body`` is the schema of what it takes."""
    router = APIRouter()
    content = {"application/json": {"schema": request_body, "example": EXPLANATION_EXAMPLE}}

    @router.post(
        "/v1/explanations",
        response_model=RuleExplanation,
        responses=documented(*WORK_PROBLEMS, *GUARD_PROBLEMS),
        openapi_extra={"requestBody": {"required": True, "content": content}},
    )
    async def explain(request: Request) -> Response:
        """Explain one rule for one patient: the tree with each leaf true, false or unknown, and what would change it.

        What would change it is searched for as long as about three seconds and needs the extra ``proofs`` on the
        server; without it the answer says so.
        """
        return await worked(request, pool, "explanation")

    return router
