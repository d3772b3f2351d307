"""``POST /v1/fhir/profile`` and ``POST /v1/fhir/evaluations``."""

from __future__ import annotations

from typing import Any

from fastapi import APIRouter, Request, Response

from oncocds_api.evaluations.evaluations import WORK_PROBLEMS, worked
from oncocds_api.fhir.example import EXAMPLE
from oncocds_api.fhir.service import FhirEvaluation, FhirProfile
from oncocds_api.requests.models import ANY_OBJECT
from oncocds_api.requests.requests import MOST_FHIR_BYTES
from oncocds_api.security.guards import GUARD_PROBLEMS
from oncocds_api.web.bodies import MEDIA_TYPES
from oncocds_api.web.problems import documented
from oncocds_api.workers.workers import Workers

_BUNDLE = {
    **ANY_OBJECT,
    "required": ["resourceType"],
    "properties": {"resourceType": {"const": "Bundle"}},
    "description": "A FHIR R4 Bundle of one patient's records: collection, searchset, transaction, batch or document.",
}
_ENVELOPE = {
    "type": "object",
    "required": ["bundle"],
    "additionalProperties": False,
    "properties": {
        "bundle": _BUNDLE,
        "policy": {
            **ANY_OBJECT,
            "type": ["object", "null"],
            "description": "Settings laid over the site's, for this patient.",
        },
        "as_of": {"type": ["string", "null"], "format": "date", "description": "Default: today."},
    },
}
# Of one media type: generated clients (openapi-python-client) do not import with two. That the other is taken is said.
_BODY: dict[str, Any] = {
    "requestBody": {
        "required": True,
        "description": "The Bundle in an envelope, or as it is; then also as application/fhir+json. At most 8 MiB.",
        "content": {"application/json": {"schema": {"anyOf": [_ENVELOPE, _BUNDLE]}, "example": EXAMPLE}},
    }
}


def fhir_routes(pool: Workers) -> APIRouter:
    """Return the routes that take FHIR resources."""
    router = APIRouter()
    problems = documented(*WORK_PROBLEMS, *GUARD_PROBLEMS)

    @router.post("/v1/fhir/profile", response_model=FhirProfile, responses=problems, openapi_extra=_BODY)
    async def profile(request: Request) -> Response:
        """Map a Bundle to a profile: what was mapped, from which resources, and what could not be, with the reason."""
        return await worked(request, pool, "fhir-profile", MEDIA_TYPES, MOST_FHIR_BYTES)

    @router.post("/v1/fhir/evaluations", response_model=FhirEvaluation, responses=problems, openapi_extra=_BODY)
    async def evaluate(request: Request) -> Response:
        """Map a Bundle and evaluate the profile; the answer names the resources behind each fact."""
        return await worked(request, pool, "fhir-evaluation", MEDIA_TYPES, MOST_FHIR_BYTES)

    return router
